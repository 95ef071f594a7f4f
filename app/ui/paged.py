"""A list that says that there is more of it: which page this is, of how many, and two large keys that turn it.

The foot is there only while the rows need more than one page; PageUp and PageDown turn it, too.
"""
from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QMouseEvent, QPainter

from app.ui import icons
from app.ui.text import CENTRE, draw_text
from app.ui.theme import BLUE, CARD, INK, QUIET, SUNK
from app.ui.widgets import PRESSED, Rows, paint_card


class PagedRows(Rows):
    """`Rows` with a foot."""

    _turning = 0

    @property
    def foot_height(self) -> int:
        return self.look.touch()

    @property
    def per_page(self) -> int:
        whole = super().per_page
        if len(self.rows) <= whole:
            return whole
        room = max(1, (self.height() - self.foot_height) // (self.row_height + self.gap))
        return min(room, whole)

    @property
    def sign(self) -> str:
        """"2 / 5", or "" where all rows are seen."""
        return f"{self.page} / {self.pages}" if self.pages > 1 else ""

    def foot(self) -> QRect:
        """Where the foot is; an empty rectangle where there is none."""
        high = self.foot_height
        return QRect(0, self.height() - high, self.width(), high) if self.pages > 1 else QRect()

    def turn_rect(self, by: int) -> QRect:
        """The key that turns one page back (-1) or on (1)."""
        foot = self.foot()
        wide = foot.width() * 36 // 100
        return QRect(foot.x() if by < 0 else foot.right() - wide + 1, foot.y(), wide, foot.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._turning = next((by for by in (-1, 1) if self.turn_rect(by).contains(point)), 0)
        if not self.foot().contains(point):
            super().mousePressEvent(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        by, self._turning = self._turning, 0
        if by and self.turn_rect(by).contains(event.position().toPoint()):
            self.turn(by)
        elif not by:
            super().mouseReleaseEvent(event)
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        if self.pages < 2:
            return
        painter = QPainter(self)
        look = self.look
        for by, sign, key in ((-1, "previous", "PgUp"), (1, "next", "PgDn")):
            rect = self.turn_rect(by)
            ends = self.page == 1 if by < 0 else self.page == self.pages
            paint_card(painter, rect, look, PRESSED if self._turning == by else SUNK if ends else CARD)
            side = look.px(40)
            x = rect.x() + look.px(18) if by < 0 else rect.right() - look.px(18) - side
            icons.draw(painter, sign, QRect(x, rect.center().y() - side // 2, side, side), QUIET if ends else BLUE, 2.6)
            draw_text(painter, rect, key, look.font(28, True), QUIET if ends else INK, CENTRE)
        draw_text(painter, self.foot(), self.sign, look.font(34, True), INK, CENTRE)
        painter.end()
