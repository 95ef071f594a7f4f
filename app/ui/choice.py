"""Why is it closed short? Five large keys over a part of the page; any scan or Escape takes them away again.

Not a dialog: it has no focus, holds up no scan, and the page beneath goes on working.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.commands import SHORT_REASONS
from app.ui.ports import HumanKey, WordsLike
from app.ui.text import plain_label
from app.ui.theme import GAP_PX, SUNK, Look
from app.ui.widgets import Button, Card


class ReasonChoice(Card):
    """Shown over `place`; calls `chosen(reason)` with one of the domain's words."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget, chosen: Callable[[str], None]) -> None:
        super().__init__(look, parent, ground=SUNK)
        self._chosen = chosen
        column = QVBoxLayout(self)
        pad = look.px(24)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(GAP_PX)
        self._title = plain_label(look, 34, bold=True, wrap=True)
        column.addWidget(self._title)
        for at, reason in enumerate(SHORT_REASONS):
            column.addWidget(Button(look, f"{at + 1}   {words(f'common.short.{reason}')}", size_px=34,
                                    act=partial(self.choose, reason)), 1)
        column.addWidget(Button(look, words("ui.key.back"), icon="back", size_px=28, act=self.hide), 1)
        self.hide()

    def ask(self, title: str, over: QWidget) -> None:
        self._title.setText(title)
        self.setGeometry(over.geometry())
        self.show()
        self.raise_()

    def choose(self, reason: str) -> None:
        self.hide()
        self._chosen(reason)

    def press(self, key: HumanKey) -> bool:
        """Number keys choose; Escape goes back. Takes nothing while it is hidden."""
        if not self.isVisible():
            return False
        if key.key == "escape":
            self.hide()
            return True
        if key.text in tuple(str(at + 1) for at in range(len(SHORT_REASONS))):
            self.choose(SHORT_REASONS[int(key.text) - 1])
            return True
        return False
