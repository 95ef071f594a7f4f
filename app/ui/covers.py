"""What covers the whole window: a red that waits for its answer, NOT LISTENING, a pause, a station that has failed.

A cover takes touches, never keys; it is painted, so it is there with the next repaint. Scans go on beneath it.
"""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPolygon
from PySide6.QtWidgets import QWidget

from app.ui import icons
from app.ui.text import CENTRE, draw_text, draw_wrapped, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BAR_QUIET, BLACK, BLUE, RED, TOUCH_PX, WHITE, Look
from app.ui.verdicts import Face


class Cover(QWidget):
    """A sheet over its parent; hidden until raised."""

    touched = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)    # what is beneath is not painted first
        self.hide()

    def put_up(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        if not self.isVisible():
            self.show()
        self.raise_()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.touched.emit()


def paint_hatch(painter: QPainter, rect: QRect, step: int, first: QColor, second: QColor) -> None:
    """Slanted bands in two colours over `rect`: danger that is seen without colour."""
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, first)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(second)
    for x in range(rect.x() - rect.height(), rect.right() + step, step * 2):
        painter.drawPolygon(QPolygon([QPoint(x, rect.bottom() + 1), QPoint(x + step, rect.bottom() + 1),
                                      QPoint(x + step + rect.height(), rect.y()), QPoint(x + rect.height(), rect.y())]))
    painter.restore()


class AlarmCover(Cover):
    """The full-screen red. `face` says why and what to do; `held` counts the scans that wait under it."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.face: Face | None = None
        self.code = self.held = self.answer = self.answer_key = self.badge = ""
        self.stop = False
        self.painted: Callable[[], None] | None = None
        self._down = False

    def show_alarm(self, face: Face, *, stop: bool, code: str, held: str, answer: str, answer_key: str,
                   badge: str, painted: Callable[[], None] | None) -> None:
        """`answer` is the word on the big key; "" where only a supervisor's badge helps: then `badge` says so."""
        self.face, self.stop, self.code, self.held, self.badge = face, stop, shown(code), held, badge
        self.answer, self.answer_key, self.painted = answer, answer_key, painted
        self.put_up()

    def answer_rect(self) -> QRect:
        """Where the big key is."""
        wide, high = self.look.px(760), max(TOUCH_PX, self.look.px(120))
        edge = self.look.px(72)
        return QRect((self.width() - wide) // 2, self.height() - edge - high, wide, high)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._down = bool(self.answer) and self.answer_rect().contains(event.position().toPoint())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        down, self._down = self._down, False
        self.update()
        if down and self.answer_rect().contains(event.position().toPoint()):
            self.touched.emit()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, face = self.look, self.face
        if face is not None:
            painter.fillRect(self.rect(), RED)
            edge = look.px(40)
            if self.stop:
                whole = self.rect()
                for band in (QRect(0, 0, whole.width(), edge), QRect(0, whole.height() - edge, whole.width(), edge),
                             QRect(0, 0, edge, whole.height()), QRect(whole.width() - edge, 0, edge, whole.height())):
                    paint_hatch(painter, band, edge, BLACK, AMBER)
            self._paint_words(painter, face, edge + look.px(40))
        painter.end()
        if self.painted is not None:
            done, self.painted = self.painted, None
            done()

    def _paint_words(self, painter: QPainter, face: Face, margin: int) -> None:
        look = self.look
        width = self.width() - 2 * margin
        top = margin + look.px(16)
        side, font = look.px(170), look.font(170, True)
        painter.setFont(font)
        wide = min(painter.fontMetrics().horizontalAdvance(face.word), width - side - look.px(48))
        x = (self.width() - wide - side - look.px(48)) // 2
        icons.draw(painter, face.icon, QRect(x, top + look.px(20), side, side), WHITE, 2.8)
        draw_text(painter, QRect(x + side + look.px(48), top, wide + 4, look.px(214)), face.word, font, WHITE, fit=True)
        y = top + look.px(250)
        draw_wrapped(painter, QRect(margin, y, width, look.px(180)), face.text, look.font(62, True), WHITE, CENTRE)
        y += look.px(190)
        draw_text(painter, QRect(margin, y, width, look.px(48)), self.code, look.font(32), QColor("#F3C9CF"), CENTRE,
                  middle=True)
        y += look.px(68)
        todo = QRect(margin, y, width, look.px(120))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(WHITE)
        painter.drawRoundedRect(todo, look.px(12), look.px(12))
        draw_wrapped(painter, todo.adjusted(look.px(24), look.px(8), -look.px(24), -look.px(8)), face.todo,
                     look.font(50, True), RED, CENTRE)
        y += look.px(132)
        if self.held:
            draw_text(painter, QRect(margin, y, width, look.px(52)), self.held, look.font(36, True), WHITE, CENTRE)
        self._paint_answer(painter)

    def _paint_answer(self, painter: QPainter) -> None:
        """The big key, or who has to come."""
        look, rect = self.look, self.answer_rect()
        if self.answer:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#F6DCE0") if self._down else WHITE)
            painter.drawRoundedRect(rect, look.px(12), look.px(12))
            draw_text(painter, rect.adjusted(look.px(24), 0, -look.px(24), 0), f"{self.answer}   {self.answer_key}",
                      look.font(52, True), RED, CENTRE, fit=True)
        else:
            side = rect.height()
            icons.draw(painter, "badge", QRect(rect.x(), rect.y(), side, side), WHITE, 1.8)
            draw_text(painter, rect.adjusted(side + look.px(32), 0, 0, 0), self.badge,
                      look.font(56, True), WHITE, fit=True)


class NoticeCover(Cover):
    """A dark sheet with one large sentence: nobody listens, the station is paused, or it has failed."""

    def __init__(self, look: Look, parent: QWidget, *, icon: str, ground: QColor = BAR, hatched: bool = False) -> None:
        super().__init__(look, parent)
        self.icon, self.ground, self.hatched = icon, ground, hatched
        self.title = self.text = self.small = ""

    def say(self, title: str, text: str, small: str = "") -> None:
        self.title, self.text, self.small = shown(title), shown(text), shown(small)
        self.put_up()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look = self.look
        painter.fillRect(self.rect(), self.ground)
        if self.hatched:
            edge = look.px(48)
            for y in (0, self.height() - edge):
                paint_hatch(painter, QRect(0, y, self.width(), edge), edge, BLACK, AMBER)
        margin, middle = look.px(96), self.height() // 2
        side = look.px(150)
        ink = AMBER if self.hatched else WHITE
        icons.draw(painter, self.icon, QRect((self.width() - side) // 2, middle - look.px(330), side, side), ink, 1.8)
        width = self.width() - 2 * margin
        draw_text(painter, QRect(margin, middle - look.px(150), width, look.px(180)), self.title, look.font(140, True),
                  ink, CENTRE, fit=True)
        draw_wrapped(painter, QRect(margin, middle + look.px(50), width, look.px(160)), self.text, look.font(52),
                     BAR_INK, CENTRE)
        if self.small:
            draw_wrapped(painter, QRect(margin, middle + look.px(230), width, look.px(180)), self.small, look.font(28),
                         BAR_QUIET if self.ground != RED else WHITE, CENTRE)
        painter.end()


def not_listening(look: Look, parent: QWidget) -> NoticeCover:
    return NoticeCover(look, parent, icon="keyboard", hatched=True)


def paused(look: Look, parent: QWidget) -> NoticeCover:
    return NoticeCover(look, parent, icon="pause", ground=BLUE)


def failed(look: Look, parent: QWidget) -> NoticeCover:
    return NoticeCover(look, parent, icon="stop", ground=RED, hatched=True)
