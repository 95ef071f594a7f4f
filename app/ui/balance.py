"""An order's arithmetic as a picture: for each level issued = packed + scrapped + sampled + returned + open, and a bar.

What does not come out even stands in red with its sign; nothing else is red here.
"""
from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.ui import icons
from app.ui.count import number
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, draw_text
from app.ui.theme import AMBER, BLUE, INK, QUIET, RED, RED_WASH, SUNK, TEAL, TEAL_WASH, Look
from app.ui.widgets import Card, paint_card
from app.views import ReconcileRow

PARTS = ("packed", "scrapped", "sampled", "returned", "open")
COLOURS = {"packed": TEAL, "scrapped": QColor("#7A4B00"), "sampled": QColor("#6A4C93"), "returned": BLUE,
           "open": QColor("#9AA5AF"), "difference": RED}
TALLEST_PX = 230


class BalanceCard(Card):
    """One block for each level."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.words = words
        self.rows: tuple[ReconcileRow, ...] = ()

    def set(self, rows: tuple[ReconcileRow, ...]) -> None:
        if rows != self.rows:
            self.rows = rows
            self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(24)
        rect = self.rect().adjusted(pad, look.px(16), -pad, -look.px(16))
        if not self.rows:
            draw_text(painter, rect, self.words("ui.balance.nothing"), look.font(34), QUIET, CENTRE, fit=True)
            painter.end()
            return
        gap = look.px(18)
        high = min(look.px(TALLEST_PX), (rect.height() - gap * (len(self.rows) - 1)) // len(self.rows))
        for at, row in enumerate(self.rows):
            self._paint_level(painter, QRect(rect.x(), rect.y() + at * (high + gap), rect.width(), high), row)
        painter.end()

    def _paint_level(self, painter: QPainter, rect: QRect, row: ReconcileRow) -> None:
        look, words = self.look, self.words
        head = QRect(rect.x(), rect.y(), rect.width(), rect.height() * 26 // 100)
        name = words.level(row.level)
        draw_text(painter, head, name[:1].upper() + name[1:], look.font(36, True), INK, fit=True)
        even = not row.difference
        said = words("ui.balance.even") if even else words("ui.balance.differs", count=number(abs(row.difference)))
        side = min(head.height() - look.px(6), look.px(44))
        font = look.font(32, True)
        painter.setFont(font)
        wide = min(painter.fontMetrics().horizontalAdvance(said) + 4, head.width() * 6 // 10)
        draw_text(painter, QRect(head.right() - wide, head.y(), wide, head.height()), said, font, TEAL if even else RED,
                  fit=True)
        icons.draw(painter, "check" if even else "bang",
                   QRect(head.right() - wide - side - look.px(10), head.y() + (head.height() - side) // 2, side, side),
                   TEAL if even else RED, 3)
        cells = QRect(rect.x(), head.bottom() + look.px(4), rect.width(), rect.height() * 52 // 100)
        self._paint_sum(painter, cells, row)
        bar = QRect(rect.x(), cells.bottom() + look.px(8), rect.width(), max(look.px(14), rect.bottom() - cells.bottom()
                                                                            - look.px(12)))
        _paint_bar(painter, bar, row)

    def _paint_sum(self, painter: QPainter, rect: QRect, row: ReconcileRow) -> None:
        """issued = packed + scrapped + … (+ difference): a box for each, the sign between."""
        look, words = self.look, self.words
        told: list[tuple[str, str, int]] = [("", "issued", row.issued)]
        told += [("=" if at == 0 else "+", name, getattr(row, name)) for at, name in enumerate(PARTS)]
        if row.difference:
            told.append(("+" if row.difference > 0 else "−", "difference", abs(row.difference)))
        sign_px = look.px(34)
        wide = (rect.width() - sign_px * (len(told) - 1)) // len(told)
        for at, (sign, name, value) in enumerate(told):
            box = QRect(rect.x() + at * (wide + sign_px), rect.y(), wide, rect.height())
            if sign:
                draw_text(painter, QRect(box.x() - sign_px, box.y(), sign_px, box.height()), sign, look.font(38, True),
                          QUIET, CENTRE)
            wrong = name == "difference"
            paint_card(painter, box, look, RED_WASH if wrong else TEAL_WASH if name == "packed" else SUNK)
            inner = box.adjusted(look.px(8), look.px(4), -look.px(8), -look.px(4))
            upper = inner.height() * 58 // 100
            draw_text(painter, QRect(inner.x(), inner.y(), inner.width(), upper), number(value), look.font(46, True),
                      RED if wrong else INK, CENTRE, fit=True)
            draw_text(painter, QRect(inner.x(), inner.y() + upper, inner.width(), inner.height() - upper),
                      words(f"ui.account.{name}"), look.font(26), RED if wrong else QUIET, CENTRE, fit=True)


def _paint_bar(painter: QPainter, rect: QRect, row: ReconcileRow) -> None:
    """The parts of what was issued, side by side."""
    whole = max(row.issued, sum(getattr(row, name) for name in PARTS) + abs(row.difference), 1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(rect, SUNK)
    x = rect.x()
    for name in (*PARTS, "difference"):
        value = abs(getattr(row, name))
        if value:
            wide = max(3, round(rect.width() * value / whole))
            x = min(x, rect.right() + 1 - wide)          # a small part keeps its three pixels
            painter.fillRect(QRect(x, rect.y(), wide, rect.height()), COLOURS[name])
            x += wide
    painter.fillRect(QRect(rect.x(), rect.bottom() + 1, rect.width(), 1), AMBER if row.difference else SUNK)
