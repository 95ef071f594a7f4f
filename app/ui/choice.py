"""Why? The reasons of a command as large keys over a part of the page; any scan or Escape takes them away again. What
else has to be chosen from a few (to which plan?) is asked the same way.

Not a dialog: it has no focus, holds up no scan, and the page beneath goes on working.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.commands import BY_NAME
from app.ui.ports import HumanKey, WordsLike
from app.ui.text import plain_label
from app.ui.theme import GAP_PX, SUNK, Look
from app.ui.widgets import Button, Card

MOST = 9                 # number keys


class ReasonChoice(Card):
    """Shown over a part of the page by `ask`; calls `chosen(reason)` with one of the command's choices.

    `command` is the one that was asked about last. There are at most nine choices: the number keys.
    """

    def __init__(self, look: Look, words: WordsLike, parent: QWidget, chosen: Callable[[str], None]) -> None:
        super().__init__(look, parent, ground=SUNK)
        self.command = ""
        self._words, self._chosen, self._then = words, chosen, chosen
        self._offered: tuple[tuple[str, str], ...] = ()
        self._keys: list[Button] = []
        self._column = QVBoxLayout(self)
        pad = look.px(24)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(GAP_PX)
        self._title = plain_label(look, 34, bold=True, wrap=True)
        self._column.addWidget(self._title)
        self._column.addWidget(Button(look, words("ui.key.back"), icon="back", size_px=28, act=self.hide), 1)
        self.hide()

    def ask(self, title: str, over: QWidget, command: str = "CLOSE",
            choices: Sequence[str] = ()) -> None:
        """`choices`: of the command's own, () all of them. Raises KeyError for a command that is none of ours."""
        word = self._words.word
        self.command = command
        self.offer(title, over, [(each, word("common.choice", each)) for each in choices or BY_NAME[command].choices],
                   self._chosen)

    def offer(self, title: str, over: QWidget, choices: Sequence[tuple[str, str]], then: Callable[[str], None]) -> None:
        """Any question: (value, its word) of each choice; `then(value)` is called with the one that is chosen."""
        self._then = then
        self._show_keys(tuple(choices[:MOST]))
        self._title.setText(title)
        self.setGeometry(over.geometry())
        self.show()
        self.raise_()

    def _show_keys(self, choices: tuple[tuple[str, str], ...]) -> None:
        """A key for each choice, above the one that leads back."""
        if choices == self._offered:
            return
        self._offered = choices
        for key in self._keys:
            self._column.removeWidget(key)
            key.hide()
            key.deleteLater()
        self._keys = [Button(self.look, f"{at + 1}   {text}", size_px=34, act=partial(self.choose, value))
                      for at, (value, text) in enumerate(choices)]
        for at, key in enumerate(self._keys):
            self._column.insertWidget(1 + at, key, 1)
            key.show()

    def choose(self, reason: str) -> None:
        self.hide()
        self._then(reason)

    def press(self, key: HumanKey) -> bool:
        """Number keys choose; Escape goes back. Takes nothing while it is hidden."""
        if not self.isVisible():
            return False
        if key.key == "escape":
            self.hide()
            return True
        if key.text in tuple(str(at + 1) for at in range(len(self._offered))):
            self.choose(self._offered[int(key.text) - 1][0])
            return True
        return False
