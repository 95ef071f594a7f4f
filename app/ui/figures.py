"""Parts that are read from three metres: a card with one figure, what the colours mean with their sums, bars of causes.

The ground is grey; a card takes a colour only where something is not as it should be.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.count import number
from app.ui.text import CENTRE, LEFT, RIGHT, draw_text, shown
from app.ui.theme import BLUE, CARD, INK, LINE, QUIET, SUNK, TOUCH_PX, Look, Tone
from app.ui.widgets import CHOSEN, paint_card

FIGURE_PX = 132          # type of a figure
TEXT_PX = 33             # smallest type beside it


class Figure(QWidget):
    """A title, one figure, one line under it."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.look, self.title = look, shown(title)
        self.value = self.unit = self.note = ""
        self.tone = Tone.CALM
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, value: str, note: str, tone: Tone = Tone.CALM, unit: str = "") -> None:
        """`unit` stands behind the figure, smaller."""
        told = (shown(value), shown(note), tone, shown(unit))
        if told != (self.value, self.note, self.tone, self.unit):
            self.value, self.note, self.tone, self.unit = told
            self.update()

    def set_title(self, title: str) -> None:
        if shown(title) != self.title:
            self.title = shown(title)
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, tone = self.look, self.tone
        calm = tone is Tone.CALM
        paint_card(painter, self.rect(), look, tone.ground, LINE if calm else tone.ground)
        pad = look.px(22)
        inner = self.rect().adjusted(pad, look.px(12), -pad, -look.px(12))
        line = look.px(46)
        quiet = QUIET if calm else tone.ink
        draw_text(painter, QRect(inner.x(), inner.y(), inner.width(), line), self.title, look.font(TEXT_PX, True),
                  quiet, LEFT, fit=True)
        foot = QRect(inner.x(), inner.bottom() - line, inner.width(), line)
        draw_text(painter, foot, self.note, look.font(TEXT_PX), tone.ink, LEFT, fit=True)
        small = look.font(FIGURE_PX * 0.4, True)
        wide = QFontMetrics(small).horizontalAdvance(self.unit) + look.px(14) if self.unit else 0
        middle = QRect(inner.x(), inner.y() + line, inner.width() - wide, foot.y() - inner.y() - line)
        font = look.font(FIGURE_PX, True)
        font.setPixelSize(max(1, min(font.pixelSize(), middle.height() * 112 // 100)))      # digits have no descent
        draw_text(painter, middle, self.value, font, tone.ink, LEFT, fit=True)
        if self.unit:
            left = middle.x() + min(QFontMetrics(font).horizontalAdvance(self.value), middle.width()) + look.px(14)
            draw_text(painter, QRect(left, middle.y() + look.px(22), wide, middle.height() - look.px(22)), self.unit,
                      small, quiet, LEFT)
        painter.end()


@dataclass(frozen=True, slots=True)
class Key:
    """One colour of a chart: what it stands for and how many there are."""

    name: str
    count: int
    colour: QColor


class Keys(QWidget):
    """What the colours of the bars mean, one below the other, each with its sum in large figures."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self.keys = look, tuple[Key, ...]()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, gap = self.look, self.look.px(12)
        high = (self.height() - gap * (len(self.keys) - 1)) // max(1, len(self.keys))
        for at, key in enumerate(self.keys):
            rect = QRect(0, at * (high + gap), self.width(), high)
            paint_card(painter, rect, look)
            swatch = QRect(rect.x() + look.px(18), rect.y() + look.px(16), look.px(30), look.px(30))
            painter.fillRect(swatch, key.colour)
            head = QRect(swatch.right() + look.px(14), rect.y() + look.px(8), rect.right() - swatch.right()
                         - look.px(32), look.px(46))
            draw_text(painter, head, key.name, look.font(TEXT_PX, True), QUIET, LEFT, fit=True)
            figure = QRect(rect.x() + look.px(18), head.bottom(), rect.width() - look.px(36),
                           rect.bottom() - head.bottom() - look.px(4))
            font = look.font(FIGURE_PX, True)
            font.setPixelSize(max(1, min(font.pixelSize(), figure.height() * 128 // 100)))     # digits have no descent
            draw_text(painter, figure, number(key.count), font, INK, RIGHT, fit=True)
        painter.end()


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    count: int
    colour: QColor


class Bars(QWidget):
    """Causes, the commonest first: name and number over a bar. `choosable`: by touch, or by `step` and the arrows."""

    chosen = Signal(int)

    def __init__(self, look: Look, *, choosable: bool, empty: str) -> None:
        super().__init__()
        self.look, self.choosable, self.empty = look, choosable, shown(empty)
        self.bars: tuple[Bar, ...] | None = None         # nothing is known yet
        self.at = self.first = 0
        self.row = max(TOUCH_PX if choosable else 1, look.px(84 if choosable else 74))
        self.gap = look.px(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, bars: Sequence[Bar]) -> None:
        if tuple(bars) != self.bars:
            self.bars = tuple(bars)
            self.at = max(0, min(self.at, len(bars) - 1))
            self._follow()

    @property
    def per_page(self) -> int:
        return max(1, (self.height() + self.gap) // (self.row + self.gap))

    def step(self, by: int) -> bool:
        """The next or the previous one; False at the end."""
        to = self.at + by
        if not 0 <= to < len(self.bars or ()):
            return False
        self.at = to
        self._follow()
        return True

    def _follow(self) -> None:
        self.first = self.at // self.per_page * self.per_page if self.choosable else 0
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().toPoint())
        if self.choosable and index >= 0:
            self.at = index
            self.update()
            self.chosen.emit(index)

    def _at(self, point: QPoint) -> int:
        place, within = divmod(point.y(), self.row + self.gap)
        index = self.first + place
        return index if within < self.row and place < self.per_page and index < len(self.bars or ()) else -1

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look = self.look
        bars = self.bars or ()
        if self.bars == ():
            draw_text(painter, self.rect(), self.empty, look.font(TEXT_PX + 1), QUIET, CENTRE, fit=True)
        most = max((bar.count for bar in bars), default=1)
        for place, bar in enumerate(bars[self.first : self.first + self.per_page]):
            rect = QRect(0, place * (self.row + self.gap), self.width(), self.row)
            if self.choosable:
                chosen = self.first + place == self.at
                paint_card(painter, rect, look, CHOSEN if chosen else CARD, BLUE if chosen else LINE)
                rect = rect.adjusted(look.px(16), look.px(6), -look.px(16), -look.px(8))
            figure = number(bar.count)
            font = look.font(TEXT_PX + 3, True)
            wide = QFontMetrics(font).horizontalAdvance(figure) + look.px(4)
            high = rect.height() - look.px(24)
            draw_text(painter, QRect(rect.x(), rect.y(), rect.width() - wide - look.px(16), high), bar.name,
                      look.font(TEXT_PX), INK, LEFT, fit=True)
            draw_text(painter, QRect(rect.right() - wide, rect.y(), wide, high), figure, font, INK, RIGHT)
            well = QRect(rect.x(), rect.y() + high + look.px(2), rect.width(), look.px(16))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(well, SUNK)
            painter.fillRect(QRect(well.x(), well.y(), max(look.px(4), well.width() * bar.count // most),
                                   well.height()), bar.colour)
        painter.end()
