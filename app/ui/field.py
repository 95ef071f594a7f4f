"""One field of a form: its name and what was typed. Never has the focus; characters come from the page."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from app.ui.text import LEFT, RIGHT, draw_text, shown
from app.ui.theme import BLUE, CARD, INK, LINE, QUIET, RED, Look
from app.ui.widgets import Button, paint_card


class Field(Button):
    """One field: its name and what was typed. Touching it chooses it."""

    def __init__(self, look: Look, name: str, hint: str, act: Callable[[], None], name_part: int = 36) -> None:
        super().__init__(look, name, note=hint, style="pad", act=act)
        self.name_part = name_part       # of the width, in per cent
        self.typed = ""
        self.is_chosen = self.is_wrong = False

    def show_text(self, text: str, chosen: bool, wrong: bool) -> None:
        self.typed, self.is_chosen, self.is_wrong = shown(text), chosen, wrong
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        edge = RED if self.is_wrong else BLUE if self.is_chosen else LINE
        paint_card(painter, rect, look, CARD, edge)
        if self.is_chosen:
            painter.fillRect(QRect(0, look.px(8), look.px(10), rect.height() - 2 * look.px(8)), BLUE)
        inner = rect.adjusted(look.px(28), 0, -look.px(24), 0)
        name_px = inner.width() * self.name_part // 100
        draw_text(painter, QRect(inner.x(), 0, name_px, rect.height()), self.word, look.font(30, True),
                  RED if self.is_wrong else QUIET, LEFT, fit=True)
        value = QRect(inner.x() + name_px, 0, inner.width() - name_px, rect.height())
        if self.typed:
            draw_text(painter, value, self.typed, look.font(36, True), INK, RIGHT, fit=True)
        else:
            draw_text(painter, value, self.note, look.font(28), RED if self.is_wrong else QUIET, RIGHT, fit=True)
        painter.end()
