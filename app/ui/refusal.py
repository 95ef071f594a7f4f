"""A station that cannot start says so on the screen: a launcher shows nobody what stands on its error output.

Red, one sentence, and whom to call. It ends with Enter, Esc or a touch, and touches nothing of the station.
"""
from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app.ui import icons
from app.ui.application import prepare
from app.ui.text import CENTRE, draw_text, draw_wrapped, shown
from app.ui.theme import BLACK, RED, WHITE, look_for


class Refusal(QWidget):
    """`title`, `problem` and `todo` are sentences; what is in them of the system is shown as plain text."""

    def __init__(self, title: str, problem: str, todo: str) -> None:
        super().__init__()
        self._title, self._problem, self._todo = title, shown(problem), todo
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, _event: object) -> None:
        painter, rect = QPainter(self), self.rect()
        look = look_for(self.size())
        painter.fillRect(rect, RED)
        edge, sign = look.px(60), look.px(160)
        icons.draw(painter, "cross", QRect(rect.center().x() - sign // 2, edge, sign, sign), WHITE, 4)
        head = QRect(edge, edge + sign + look.px(20), rect.width() - 2 * edge, look.px(120))
        draw_text(painter, head, self._title, look.font(72, True), WHITE, CENTRE, fit=True)
        foot = look.px(170)
        top = head.bottom() + look.px(20)
        told = QRect(edge, top, head.width(), rect.height() - top - foot - look.px(20))
        draw_wrapped(painter, told, self._problem, look.font(44), WHITE, CENTRE)
        low = QRect(0, rect.height() - foot, rect.width(), foot)
        painter.fillRect(low, BLACK)
        draw_wrapped(painter, low.adjusted(edge, 0, -edge, 0), self._todo, look.font(44, True), WHITE, CENTRE)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.close()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.close()


def show(title: str, problem: str, todo: str) -> None:
    """Returns when it has been read and closed."""
    app = QApplication.instance() or QApplication(["station"])
    assert isinstance(app, QApplication)
    prepare(app)
    window = Refusal(title, problem, todo)
    window.setGeometry(app.primaryScreen().availableGeometry())
    window.showMaximized()
    app.exec()
