"""A card with one large number: how many of how many, as digits that are read from across the room and as a bar."""
from __future__ import annotations

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.text import LEFT, RIGHT, draw_large, draw_text, fitted, shown
from app.ui.theme import CARD, INK, LINE, QUIET, SUNK, TEAL, WHITE, Look
from app.ui.widgets import paint_card, paint_meter

GROUPED_FROM = 10_000
TALL_PX = 100        # digits from here on have a line of their own


def number(value: int) -> str:
    """Digits in groups of three from five digits on, with a thin gap: 12 345."""
    return f"{value:,}".replace(",", "\u2009") if abs(value) >= GROUPED_FROM else str(value)


class CountCard(QWidget):
    """`size_px` is the height of the digits' type; the card shows a teal ground for a moment when `celebrate`d."""

    def __init__(self, look: Look, size_px: float) -> None:
        super().__init__()
        self.look, self.size_px = look, size_px
        self.title = self.label = self.left = ""
        self.value, self.target = 0, 0
        self._full: tuple[str, int, int] | None = None
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.timeout.connect(self.calm_down)
        self.setMinimumHeight(look.px(150 if size_px >= TALL_PX else 84))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, title: str, value: int, target: int, label: str = "", left: str = "") -> None:
        now = (shown(title), value, target, shown(label), shown(left))
        if now != (self.title, self.value, self.target, self.label, self.left):
            self.title, self.value, self.target, self.label, self.left = now
            self.update()

    def celebrate(self, title: str, value: int, target: int, for_ms: int) -> None:
        """The group is complete: its number on teal, then what is open now."""
        self._full = (shown(title), value, target)
        self._calm.start(for_ms)
        self.update()

    def calm_down(self) -> None:
        """What is open now; a newer verdict replaces the celebration."""
        if self._full is not None:
            self._calm.stop()
            self._full = None
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look = self.look
        title, value, target = self._full or (self.title, self.value, self.target)
        ground, ink, quiet = (TEAL, WHITE, WHITE) if self._full else (CARD, INK, QUIET)
        paint_card(painter, self.rect(), look, ground, LINE if ground == CARD else ground)
        pad = look.px(24)
        inner = self.rect().adjusted(pad, look.px(14), -pad, -look.px(18))
        if self.size_px >= TALL_PX:
            self._paint_tall(painter, inner, (title, value, target), ink, quiet)
        else:
            self._paint_flat(painter, inner, (title, value, target), ink, quiet)
        painter.end()

    def _paint_tall(self, painter: QPainter, rect: QRect, told: tuple[str, int, int], ink: QColor,
                    quiet: QColor) -> None:
        look, (title, value, target) = self.look, told
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(44))
        draw_text(painter, head, title, look.font(32, True), quiet, LEFT)
        draw_text(painter, QRect(head.center().x(), head.y(), head.width() // 2, head.height()), self.label,
                  look.font(26), quiet, RIGHT, middle=True)
        bar = QRect(rect.x(), rect.bottom() - look.px(26), rect.width(), look.px(26))
        digits = QRect(rect.x(), head.bottom(), rect.width(), bar.y() - head.bottom() - look.px(8))
        small, small_text = look.font(self.size_px * 0.42, True), f"/ {number(target)}" if target else ""
        gap, small_px = look.px(20), QFontMetrics(small).horizontalAdvance(small_text)
        left_font = look.font(34)
        left_px = QFontMetrics(left_font).horizontalAdvance(self.left) if not self._full else 0
        big = fitted(look.font(self.size_px, True), number(value), digits.width() - small_px - gap)
        big.setPixelSize(max(1, min(big.pixelSize(), digits.height() * 12 // 10)))    # a digit is 0.73 of its type
        metrics = QFontMetrics(big)
        # Digits have no descent: the base line is what lines up and what is centred.
        base = digits.center().y() + metrics.capHeight() // 2 + look.px(2)
        draw_large(painter, rect.x(), base, number(value), big, ink)
        x = rect.x() + metrics.horizontalAdvance(number(value)) + gap
        draw_large(painter, x, base, small_text, small, quiet)
        room = rect.right() - x - small_px
        if left_px and room > look.px(60):
            draw_text(painter, QRect(x + small_px + look.px(12), base - look.px(60), room - look.px(12), look.px(72)),
                      self.left, left_font, quiet, RIGHT, fit=True)
        if target:
            paint_meter(painter, bar, value, target, WHITE if self._full else TEAL,
                        QColor("#2F8A7E") if self._full else SUNK)

    def _paint_flat(self, painter: QPainter, rect: QRect, told: tuple[str, int, int], ink: QColor,
                    quiet: QColor) -> None:
        look, (title, value, target) = self.look, told
        bar = QRect(rect.x(), rect.bottom() - look.px(16), rect.width(), look.px(18)) if target else QRect()
        line = QRect(rect.x(), rect.y(), rect.width(), (bar.y() if target else rect.bottom()) - rect.y() - look.px(6))
        font = look.font(self.size_px, True)
        font.setPixelSize(max(1, min(font.pixelSize(), line.height() * 8 // 10)))
        text = number(value) + (f" / {number(target)}" if target else "")
        wide = min(QFontMetrics(font).horizontalAdvance(text) + 4, line.width() * 6 // 10)
        draw_text(painter, QRect(line.right() - wide, line.y(), wide, line.height()), text, font, ink, RIGHT, fit=True)
        name_px = line.width() - wide - look.px(16)
        title_px = min(QFontMetrics(look.font(30, True)).horizontalAdvance(title) + 4, name_px)
        draw_text(painter, QRect(line.x(), line.y(), title_px, line.height()), title, look.font(30, True), quiet, LEFT)
        draw_text(painter, QRect(line.x() + title_px + look.px(16), line.y(), name_px - title_px - look.px(16),
                                 line.height()), self.label, look.font(26), quiet, LEFT, middle=True)
        if target:
            paint_meter(painter, bar, value, target, WHITE if self._full else TEAL,
                        QColor("#2F8A7E") if self._full else SUNK)
