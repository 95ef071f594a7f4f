"""The few widgets that all pages are built of: card, button, meter, rows. Painted: a colour costs one repaint.

None of them takes the focus or a key: keys come from `keys.py` by way of the page. Buttons are at least 64 px.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.ui import icons
from app.ui.text import CENTRE, LEFT, RIGHT, draw_text, draw_wrapped, shown
from app.ui.theme import BLUE, CARD, FAINT, GAP_PX, INK, LINE, QUIET, SUNK, TEAL, TOUCH_PX, WHITE, Look

PRESSED = QColor("#CBD6E0")
CHOSEN = QColor("#DCE9F6")


def paint_card(painter: QPainter, rect: QRect, look: Look, ground: QColor = CARD, edge: QColor = LINE) -> None:
    """A panel with round corners and a hairline edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(ground)
    radius = look.px(10)
    painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), radius, radius)


class Card(QWidget):
    """A white panel that holds other widgets. `set_ground` recolours it without a style sheet."""

    def __init__(self, look: Look, parent: QWidget | None = None, ground: QColor = CARD) -> None:
        super().__init__(parent)
        self.look, self.ground = look, ground

    def set_ground(self, ground: QColor) -> None:
        if ground != self.ground:
            self.ground = ground
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        paint_card(painter, self.rect(), self.look, self.ground, LINE if self.ground == CARD else self.ground)
        painter.end()


class Button(QAbstractButton):
    """Something to touch: a sign, a word, and the key that does the same. Emits `clicked` on release."""

    def __init__(self, look: Look, word: str, *, icon: str = "", key: str = "", note: str = "", size_px: float = 26,
                 style: str = "bar", act: Callable[[], None] | None = None) -> None:
        """`style`: "bar" (key over word), "tile" (big sign), "act" (sign beside two lines), "pad" (one sign
        or letter), "strong" (blue ground)."""
        super().__init__()
        self.look, self.word, self.icon_name, self.key, self.note = look, shown(word), icon, key, shown(note)
        self.size_px, self.style_name = size_px, style
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.word)
        self.setMinimumSize(TOUCH_PX, TOUCH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if act is not None:
            self.clicked.connect(lambda _checked=False: act())

    def sizeHint(self) -> QSize:
        return QSize(self.look.touch(120), self.look.touch())

    def set_word(self, word: str, note: str = "") -> None:
        self.word, self.note = shown(word), shown(note)
        self.setAccessibleName(self.word)
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        strong = self.style_name == "strong" and self.isEnabled()
        ground = BLUE if strong else CARD
        if self.isDown():
            ground = BLUE.darker(130) if strong else PRESSED
        if not self.isEnabled():
            ground = SUNK
        ink = WHITE if strong else INK if self.isEnabled() else FAINT
        paint_card(painter, self.rect(), self.look, ground, BLUE if strong else LINE)
        paint = {"tile": self._tile, "act": self._act, "pad": self._pad}.get(self.style_name, self._bar)
        across, down = self.look.px(10), self.look.px(6)
        paint(painter, self.rect().adjusted(across, down, -across, -down), ink)
        painter.end()

    def _bar(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        look = self.look
        if not self.key and not self.icon_name:
            draw_text(painter, rect, self.word, look.font(self.size_px, True), ink, CENTRE, fit=True)
            return
        if not self.key:
            side = min(rect.height(), look.px(self.size_px * 1.5))
            font = look.font(self.size_px, True)
            painter.setFont(font)
            wide = min(painter.fontMetrics().horizontalAdvance(self.word), rect.width() - side - look.px(14))
            left = rect.x() + (rect.width() - wide - side - look.px(14)) // 2
            icons.draw(painter, self.icon_name, QRect(left, rect.center().y() - side // 2, side, side), ink)
            draw_text(painter, QRect(left + side + look.px(14), rect.y(), wide + 2, rect.height()), self.word, font,
                      ink, LEFT, fit=True)
            return
        top = QRect(rect.x(), rect.y(), rect.width(), rect.height() * 42 // 100)
        low = QRect(rect.x(), top.bottom(), rect.width(), rect.height() - top.height())
        quiet = ink if self.style_name == "strong" else QUIET if self.isEnabled() else FAINT
        if self.icon_name:
            icons.draw(painter, self.icon_name, QRect(rect.x(), top.y(), top.height(), top.height()), quiet)
            draw_text(painter, top, self.key, look.font(20), quiet, RIGHT)
        else:
            draw_text(painter, top, self.key, look.font(20), quiet, CENTRE)
        draw_text(painter, low, self.word, look.font(self.size_px, True), ink, CENTRE, fit=True)

    def _tile(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        look = self.look
        pad = look.px(18)
        rect = rect.adjusted(pad, pad, -pad, -pad)
        line = look.px(40) if self.note else 0
        side = max(1, min(look.px(104), rect.height() - line - look.px(68)))
        icons.draw(painter, self.icon_name, QRect(rect.x(), rect.y(), side, side), ink, 1.6)
        if self.key:
            font = look.font(26, True)
            painter.setFont(font)
            wide = max(look.px(72), painter.fontMetrics().horizontalAdvance(self.key) + look.px(24))
            chip = QRect(rect.right() - wide, rect.y(), wide, look.px(46))
            paint_card(painter, chip, look, SUNK)
            draw_text(painter, chip, self.key, font, QUIET, CENTRE)
        title = QRect(rect.x(), rect.bottom() - line - look.px(60), rect.width(), look.px(60))
        draw_text(painter, title, self.word, look.font(46, True), ink, LEFT, fit=True)
        if self.note:
            draw_text(painter, QRect(rect.x(), title.bottom(), rect.width(), line), self.note, look.font(26), QUIET,
                      LEFT, fit=True)

    def _act(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        look = self.look
        side = min(look.px(72), rect.height() * 60 // 100)
        icons.draw(painter, self.icon_name, QRect(rect.x() + look.px(8), rect.center().y() - side // 2, side, side),
                   BLUE if self.isEnabled() else FAINT, 1.8)
        left = rect.x() + side + look.px(28)
        chip = QRect(rect.right() - look.px(66), rect.y() + look.px(6), look.px(62), look.px(44))
        paint_card(painter, chip, look, SUNK)
        draw_text(painter, chip, self.key, look.font(26, True), QUIET, CENTRE, fit=True)
        half = rect.height() // 2
        draw_text(painter, QRect(left, rect.y(), chip.x() - left - look.px(8), half + look.px(6)), self.word,
                  look.font(38, True), ink, LEFT, fit=True)
        draw_wrapped(painter, QRect(left, rect.y() + half, rect.right() - left - look.px(8), half), self.note,
                     look.font(24), QUIET, LEFT)

    def _pad(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        if self.icon_name:
            side = min(rect.width(), rect.height(), self.look.px(self.size_px * 1.3))
            icons.draw(painter, self.icon_name, QRect(rect.center().x() - side // 2, rect.center().y() - side // 2,
                                                      side, side), ink)
        else:
            draw_text(painter, rect, self.word, self.look.font(self.size_px, True), ink, CENTRE, fit=True)


class Meter(QWidget):
    """How far: a bar from nothing to `target`."""

    def __init__(self, look: Look, height_px: float = 26, colour: QColor = TEAL) -> None:
        super().__init__()
        self.look, self.value, self.target, self.colour, self.well = look, 0, 0, colour, SUNK
        self.setFixedHeight(look.px(height_px))

    def set(self, value: int, target: int) -> None:
        if (value, target) != (self.value, self.target):
            self.value, self.target = value, target
            self.update()

    def set_colours(self, colour: QColor, well: QColor) -> None:
        if (colour, well) != (self.colour, self.well):
            self.colour, self.well = colour, well
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        paint_meter(painter, self.rect(), self.value, self.target, self.colour, self.well)
        painter.end()


def paint_meter(painter: QPainter, rect: QRect, value: int, target: int, colour: QColor = TEAL,
                well: QColor = SUNK) -> None:
    """A filled bar with round ends in a well."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(LINE, 1) if well == SUNK else Qt.PenStyle.NoPen)
    painter.setBrush(well)
    radius = min(rect.height() / 2, 8)
    painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), radius, radius)
    if target > 0 and value > 0:
        full = QRect(rect)
        full.setWidth(max(int(radius * 2), round(rect.width() * min(value, target) / target)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(full.adjusted(0, 0, -1, -1), radius, radius)


@dataclass(frozen=True, slots=True)
class Row:
    """One line to read or to choose: two texts left, two right, and how far (`value` of `target`; 0 of 0: no bar)."""

    title: str
    note: str = ""
    right: str = ""
    right_note: str = ""
    value: int = 0
    target: int = 0
    icon: str = ""
    colour: QColor = field(default_factory=lambda: INK)
    indent: int = 0


class Rows(QWidget):
    """Rows that fill the space there is, with the number key of each where they can be chosen. Never scrolls: pages."""

    chosen = Signal(int)                 # index into all rows

    def __init__(self, look: Look, *, choosable: bool, row_px: float = 92, empty: str = "",
                 numbered: bool = True, type_px: float = 30) -> None:
        """`numbered` False: chosen by touch or arrows, the number keys are wanted for typing. `type_px`: of the title,
        the other signs and texts in proportion."""
        super().__init__()
        self._scale = type_px / 30
        self.look, self.choosable, self.empty, self.numbered = look, choosable, shown(empty), numbered
        self.row_height = max(TOUCH_PX if choosable else 1, look.px(row_px))
        self.gap = (GAP_PX if numbered else look.px(8)) if choosable else look.px(6)
        self.rows: tuple[Row, ...] = ()
        self.first, self.at = 0, 0
        self._down = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_rows(self, rows: Sequence[Row], keep: bool = True) -> None:
        self.rows = tuple(rows)
        if not keep:
            self.first = self.at = 0
        self.at = max(0, min(self.at, len(self.rows) - 1))
        self._show_at()

    @property
    def per_page(self) -> int:
        room = max(1, (self.height() + self.gap) // (self.row_height + self.gap))
        return min(room, 9) if self.choosable and self.numbered else room

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.rows) // self.per_page))

    @property
    def page(self) -> int:
        return self.first // self.per_page + 1

    def turn(self, by: int) -> None:
        """One page on or back."""
        first = self.first + by * self.per_page
        if 0 <= first < len(self.rows):
            self.first = self.at = first
            self.update()

    def step(self, by: int) -> None:
        if self.rows:
            self.at = max(0, min(len(self.rows) - 1, self.at + by))
            self._show_at()

    def choose_key(self, digit: int) -> bool:
        """The row with this number on the page shown."""
        index = self.first + digit - 1
        if not (1 <= digit <= self.per_page and index < len(self.rows)):
            return False
        self.at = index
        self.update()
        self.chosen.emit(index)
        return True

    def choose_at(self) -> bool:
        if not self.rows:
            return False
        self.chosen.emit(self.at)
        return True

    def _show_at(self) -> None:
        self.first = self.at // self.per_page * self.per_page if self.rows else 0
        self.update()

    def _row_at(self, point: QPoint) -> int:
        place, within = divmod(point.y(), self.row_height + self.gap)
        index = self.first + place
        return index if within < self.row_height and place < self.per_page and index < len(self.rows) else -1

    def resizeEvent(self, _event: object) -> None:
        self._show_at()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._down = self._row_at(event.position().toPoint()) if self.choosable else -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        down, self._down = self._down, -1
        self.update()
        if down >= 0 and down == self._row_at(event.position().toPoint()):
            self.at = down
            self.chosen.emit(down)

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.rows and self.empty:
            draw_text(painter, self.rect(), self.empty, self.look.font(34), QUIET, CENTRE, fit=True)
        for place, index in enumerate(range(self.first, min(self.first + self.per_page, len(self.rows)))):
            rect = QRect(0, place * (self.row_height + self.gap), self.width(), self.row_height)
            self._paint_row(painter, rect, self.rows[index], place + 1, index)
        painter.end()

    def _paint_row(self, painter: QPainter, rect: QRect, row: Row, number: int, index: int) -> None:
        look, scale = self.look, self._scale
        chosen = self.choosable and index == self.at
        ground = PRESSED if index == self._down else CHOSEN if chosen else CARD if self.choosable else SUNK
        paint_card(painter, rect, look, ground, BLUE if chosen else LINE)
        inner = rect.adjusted(look.px(18), look.px(6), -look.px(18), -look.px(6))
        inner.setLeft(inner.x() + row.indent * look.px(28))
        if self.choosable and self.numbered:
            side = look.px(48 * scale)
            chip = QRect(inner.x(), rect.center().y() - side // 2, side, side)
            paint_card(painter, chip, look, SUNK if not chosen else CARD)
            draw_text(painter, chip, str(number), look.font(28 * scale, True), QUIET, CENTRE)
            inner.setLeft(chip.right() + look.px(18))
        if row.icon:
            side = look.px(34 * scale)
            icons.draw(painter, row.icon, QRect(inner.x(), rect.center().y() - side // 2, side, side), row.colour, 2.4)
            inner.setLeft(inner.x() + side + look.px(16))
        right_px = inner.width() * 32 // 100 if row.right or row.right_note else 0
        left = QRect(inner.x(), inner.y(), inner.width() - right_px - (look.px(16) if right_px else 0), inner.height())
        right = QRect(inner.right() - right_px, inner.y(), right_px, inner.height())
        big, small = look.font(30 * scale, True), look.font(23 * scale)
        if row.note:
            half = inner.height() * 54 // 100
            draw_text(painter, QRect(left.x(), left.y(), left.width(), half), row.title, big, INK, LEFT, fit=True)
            draw_text(painter, QRect(left.x(), left.y() + half, left.width(), left.height() - half), row.note, small,
                      QUIET, LEFT)
        else:
            draw_text(painter, left, row.title, big, INK, LEFT, fit=True)
        if not right_px:
            return
        lower = row.right_note or row.target
        upper = QRect(right.x(), right.y(), right.width(), right.height() * 58 // 100 if lower else right.height())
        draw_text(painter, upper, row.right, big, row.colour, RIGHT, fit=True)
        below = QRect(right.x(), upper.bottom(), right.width(), right.height() - upper.height())
        if row.target:
            bar = QRect(below.x(), below.center().y() - look.px(6), below.width(), look.px(14))
            paint_meter(painter, bar, row.value, row.target)
        elif row.right_note:
            draw_text(painter, below, row.right_note, small, QUIET, RIGHT)
