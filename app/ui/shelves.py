"""What the pages of moves and of checks are built of: a shelf as large as it can be, goods, and a container's contents.

Painted; nothing here takes a key.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons
from app.ui.text import CENTRE, LEFT, RIGHT, draw_text, shown
from app.ui.theme import (
    AMBER,
    BLACK,
    BLUE,
    CARD,
    FAINT,
    INK,
    LINE,
    QUIET,
    RED,
    RED_WASH,
    SMALLEST_TYPE_PX,
    SUNK,
    TEAL,
    TEAL_WASH,
    WHITE,
    Look,
)
from app.ui.widgets import Card, paint_card

MOST_CELLS = 120


class ShelfCard(Card):
    """Where the goods go: the shelf's code across the card, what it is called beneath."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.title = self.code = self.note = ""
        self.icon = "place"
        self.setMinimumHeight(look.px(230))

    def set(self, title: str, code: str, note: str, icon: str = "place") -> None:
        self.title, self.code, self.note, self.icon = shown(title), shown(code), shown(note), icon
        self.set_ground(TEAL_WASH if code else CARD)
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter, look = QPainter(self), self.look
        rect = self.rect().adjusted(look.px(28), look.px(18), -look.px(28), -look.px(18))
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(44))
        draw_text(painter, head, self.title, look.font(32, True), QUIET)
        foot = QRect(rect.x(), rect.bottom() - look.px(48), rect.width(), look.px(48))
        draw_text(painter, foot, self.note, look.font(32), QUIET if self.code else INK, LEFT, fit=True)
        middle = QRect(rect.x(), head.bottom(), rect.width(), foot.y() - head.bottom())
        side = min(look.px(130), middle.height() * 8 // 10)
        icons.draw(painter, self.icon, QRect(middle.x(), middle.center().y() - side // 2, side, side),
                   TEAL if self.code else FAINT, 2.2)
        text = middle.adjusted(side + look.px(36), 0, 0, 0)
        draw_text(painter, text, self.code or "—", look.font(150, True), INK if self.code else FAINT, LEFT, fit=True)
        painter.end()


@dataclass(frozen=True, slots=True)
class Goods:
    """One object as people know it. `way`: from where to where."""

    code: str
    what: str
    units: str
    way: str = ""


class GoodsCard(Card):
    """The goods scanned last."""

    def __init__(self, look: Look, title: str, nothing: str, least_px: float = 190) -> None:
        super().__init__(look)
        self._title, self._nothing = title, nothing
        self.goods: Goods | None = None
        self.setMinimumHeight(look.px(least_px))

    def set(self, goods: Goods | None) -> None:
        self.goods = goods
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter, look = QPainter(self), self.look
        rect = self.rect().adjusted(look.px(24), look.px(14), -look.px(24), -look.px(14))
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(44))
        draw_text(painter, head, self._title, look.font(32, True), QUIET)
        rest = rect.adjusted(0, look.px(48), 0, 0)
        if self.goods is None:
            draw_text(painter, rest, self._nothing, look.font(32), QUIET, LEFT, fit=True)
        else:
            below = "   ".join(each for each in (self.goods.units, self.goods.way) if each)
            told = ((self.goods.code, look.font(42, True), INK), (self.goods.what, look.font(32), INK),
                    (below, look.font(32, True), TEAL))
            lines = [each for each in told if each[0]]
            high = rest.height() // max(1, len(lines))
            for at, (text, font, colour) in enumerate(lines):
                font.setPixelSize(max(SMALLEST_TYPE_PX, min(font.pixelSize(), high * 76 // 100)))
                draw_text(painter, QRect(rest.x(), rest.y() + at * high, rest.width(), high), shown(text), font, colour,
                          LEFT, fit=True, middle=at == 0)
        painter.end()


# finding → ground, ink, sign
LOOKS: dict[str, tuple[QColor, QColor, str]] = {
    "right": (TEAL, WHITE, "check"), "damaged": (AMBER, BLACK, "damage"), "extra": (RED, WHITE, "plus"),
    "wrong_serial": (RED, WHITE, "swap"), "wrong_product": (RED, WHITE, "cross"), "missing": (RED_WASH, RED, "warning")}


class Contents(QWidget):
    """What a container should hold, one cell each, and what was found in it besides; seen cells are filled."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.cells: tuple[tuple[str, str], ...] = ()         # (what is written in it, finding; "" not seen yet)
        self.last = -1
        self.more = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, cells: Sequence[tuple[str, str]], last: int, more: str) -> None:
        """`last` is the place of the one scanned last; `more` is said where not all of them can be shown."""
        self.cells, self.last = tuple(cells[:MOST_CELLS]), last
        self.more = more if len(cells) > MOST_CELLS else ""
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, room = self.look, self.rect()
        if self.more:
            draw_text(painter, QRect(0, self.height() - look.px(40), self.width(), look.px(40)), self.more,
                      look.font(26), QUIET, RIGHT)
            room = room.adjusted(0, 0, 0, -look.px(44))
        columns = _columns(len(self.cells), room.width(), room.height())
        rows = -(-len(self.cells) // columns) if self.cells else 1
        wide, high, gap = room.width() / columns, room.height() / rows, look.px(10)
        high = min(high, wide * 1.1, look.px(220))
        for at, (text, finding) in enumerate(self.cells):
            row, column = divmod(at, columns)
            cell = QRect(round(column * wide), round(row * high), round(wide) - gap, round(high) - gap)
            self._paint_cell(painter, cell, text, finding, at == self.last)
        painter.end()

    def _paint_cell(self, painter: QPainter, cell: QRect, text: str, finding: str, last: bool) -> None:
        look = self.look
        ground, ink, sign = LOOKS.get(finding, (SUNK, QUIET, ""))
        paint_card(painter, cell, look, ground, LINE if not finding else ground)
        if not finding:                      # an empty place: it is still to be seen
            painter.setPen(QPen(FAINT, max(1, look.px(3)), Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = look.px(6)
            painter.drawRoundedRect(cell.adjusted(inset, inset, -inset, -inset), look.px(8), look.px(8))
        if last:
            painter.setPen(QPen(BLUE, max(2, look.px(6))))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(2, 2, -3, -3), look.px(10), look.px(10))
        line = min(look.px(40), cell.height() * 35 // 100)
        words = QRect(cell.x() + look.px(8), cell.bottom() - line - look.px(8), cell.width() - look.px(16), line)
        draw_text(painter, words, shown(text), look.font(26, bool(finding)), ink, CENTRE, fit=True)
        side = min(words.y() - cell.y() - look.px(16), cell.width() // 2, look.px(90))
        if sign and side > look.px(14):
            top = cell.y() + look.px(8)
            icons.draw(painter, sign, QRect(cell.center().x() - side // 2, top + (words.y() - top - side) // 2, side,
                                            side), ink, 2.6)


def _columns(count: int, width: int, height: int) -> int:
    """So many columns that the cells come out about square."""
    if not count:
        return 1
    return max(1, min(count, math.ceil(math.sqrt(count * width / max(height, 1) / 1.4))))
