"""Sentences with their signs, and figures as bars with their limits: what a camera teaches, how good its set-up is.

Only paints. The type is as large as lets everything fit; a figure that is good is told by its bar alone.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy

from app.ui import icons
from app.ui.text import LEFT, RIGHT, TOP, WRAP, draw_text, shown
from app.ui.theme import AMBER, AMBER_WASH, BLACK, INK, LINE, QUIET, RED, RED_WASH, TEAL, TEAL_WASH, WHITE, Look
from app.ui.widgets import Card

SIGNS = {"good": ("check", TEAL), "care": ("warning", AMBER), "bad": ("cross", RED), "plain": ("", INK),
         "quiet": ("", QUIET)}
LARGEST, SMALLEST, WANTED = 34.0, 20.0, 27.0
HEAD, WELL, AFTER = 1.35, 0.8, 0.42      # of the type's size: a bar's line of text, the bar, the room below


@dataclass(frozen=True, slots=True)
class Scale:
    """A figure on its scale, from 0 to `most`. `limit` must be kept, `plan` is what to aim for; `more` is better or
    less. `value` None: not known, only the limits are shown. `text` says figure and limit."""

    name: str
    text: str
    value: float | None
    limit: float
    plan: float
    most: float
    more: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """`tone` is a key of SIGNS; `scale` stands above the text, which may be empty then."""

    text: str
    tone: str = "plain"
    scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """A sentence with the places of its bar (of no height where it has none) and of its text."""

    sentence: Sentence
    bar: QRect
    text: QRect

    @property
    def bottom(self) -> int:
        return max(self.bar.bottom(), self.text.bottom())


class Sentences(Card):
    """A title and sentences below it, each with its sign."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__(look)
        self.title, self.tone = shown(title), "quiet"
        self.sentences: tuple[Sentence, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, title: str, sentences: Sequence[Sentence], tone: str = "quiet") -> None:
        """`tone` is the title's: a key of SIGNS."""
        self.title, self.tone = shown(title), tone
        self.sentences = tuple(Sentence(shown(each.text), each.tone, each.scale) for each in sentences)
        self.update()

    def laid(self) -> tuple[float, list[Laid]]:
        """The size of the type, and each sentence with its place."""
        size = LARGEST
        while True:
            placed, y = self._placed(size)
            if y <= self.height() - self.look.px(12) or size <= SMALLEST:
                return size, placed
            size -= 1

    def wanted(self) -> int:
        """Pixels of height that the sentences want at this width."""
        return self._placed(WANTED)[1]

    def _placed(self, size: float) -> tuple[list[Laid], int]:
        look, pad = self.look, self.look.px(24)
        metrics, y, placed = QFontMetrics(look.font(size)), pad + look.px(50), []
        for each in self.sentences:
            indent = look.px(size * 1.5) if SIGNS[each.tone][0] else 0
            x, wide = pad + indent, self.width() - 2 * pad - indent
            high = look.px(size * HEAD) + look.px(size * WELL) if each.scale else 0
            bar = QRect(x, y, wide, high)
            y += high + (look.px(size * 0.2) if high and each.text else 0)
            box = metrics.boundingRect(QRect(x, y, wide, 10_000), int(TOP) | WRAP, each.text)
            text = QRect(x, y, wide, box.height() if each.text else 0)
            placed.append(Laid(each, bar, text))
            y += text.height() + look.px(size * AFTER)
        return placed, y

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter, look, pad = QPainter(self), self.look, self.look.px(24)
        head = QRect(pad, look.px(14), self.width() - 2 * pad, look.px(52))
        draw_text(painter, head, self.title, look.font(34, True), RED if self.tone == "bad" else QUIET, LEFT,
                  fit=True)
        size, placed = self.laid()
        for each in placed:
            told = each.sentence
            if told.scale:
                self._bar(painter, told.scale, told.tone, each.bar, size)
            painter.setFont(look.font(size, told.tone == "bad" and not told.scale))
            painter.setPen(RED if told.tone == "bad" else QUIET if told.tone == "quiet" else INK)
            painter.drawText(each.text, int(TOP) | WRAP, told.text)
            self._sign(painter, told.tone, each.bar.y() if told.scale else each.text.y(), size)
        painter.end()

    def _sign(self, painter: QPainter, tone: str, y: int, size: float) -> None:
        sign, colour = SIGNS[tone]
        if not sign:
            return
        look = self.look
        side = look.px(size * 1.1)
        ground = QRectF(look.px(24), y + look.px(size * 0.1), side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(ground)
        inset = side * 0.22
        icons.draw(painter, sign, ground.adjusted(inset, inset, -inset, -inset), BLACK if colour == AMBER else WHITE,
                   3.0)

    def _bar(self, painter: QPainter, scale: Scale, tone: str, rect: QRect, size: float) -> None:
        """Name and figure over a well: zones refused, fair and good, the figure as a bar, the limit as a mark."""
        look = self.look
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(size * HEAD))
        font = look.font(size, True)
        wide = min(QFontMetrics(font).horizontalAdvance(scale.text) + look.px(8), rect.width() * 64 // 100)
        draw_text(painter, QRect(head.x(), head.y(), head.width() - wide - look.px(10), head.height()), scale.name,
                  look.font(size), INK, LEFT, fit=True)
        draw_text(painter, QRect(head.right() - wide, head.y(), wide, head.height()), scale.text, font,
                  RED if tone == "bad" else INK, RIGHT, fit=True)
        well = QRect(rect.x(), head.bottom(), rect.width(), look.px(size * WELL))

        def x(value: float) -> int:
            return well.x() + round(well.width() * min(1.0, value / scale.most))

        low, high = sorted((scale.limit, scale.plan))
        washes = (RED_WASH, AMBER_WASH, TEAL_WASH) if scale.more else (TEAL_WASH, AMBER_WASH, RED_WASH)
        edges = (well.x(), x(low), x(high), well.x() + well.width())
        for wash, left, right in zip(washes, edges, edges[1:], strict=False):
            painter.fillRect(QRect(left, well.y(), right - left, well.height()), wash)
        if scale.value is not None:
            inset = well.height() // 4
            length = max(look.px(4), x(scale.value) - well.x())
            painter.fillRect(QRect(well.x(), well.y() + inset, length, well.height() - 2 * inset), SIGNS[tone][1])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(LINE)
        painter.drawRect(well.adjusted(0, 0, -1, -1))
        mark, over = max(3, look.px(5)), max(2, look.px(4))
        painter.fillRect(QRect(x(scale.limit) - mark // 2, well.y() - over, mark, well.height() + 2 * over), INK)
