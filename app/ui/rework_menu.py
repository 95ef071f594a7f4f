"""Every rework act as one tile with its own key, over the page. Any verdict or Escape takes it away; scans go on.

A tile's plain F-key is the one that does the same everywhere with Ctrl; those without one have a digit.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.commands import BY_NAME
from app.ui.ports import HumanKey, WordsLike
from app.ui.theme import GAP_PX, SUNK, Look
from app.ui.widgets import Button, Card

COLUMNS = 4
# By their Ctrl-keys F1 to F12, then those with a digit.
ACTS = ("REPRINT", "REMOVE", "SWAP", "UNPACK", "RELABEL", "REPACK", "SAMPLE", "SCRAP", "DESTROY", "HOLD", "RELEASE",
        "CONTINUE", "PARK", "UNPARK", "RETURN", "JAM")
DIGITS = tuple(name for name in ACTS if not any(key.startswith("Ctrl+") for key in BY_NAME[name].keys))


def tile_key(name: str) -> str:
    """The plain key of an act's tile: "F4", or a digit."""
    key = next((key for key in BY_NAME[name].keys if key.startswith("Ctrl+")), "")
    return key.removeprefix("Ctrl+") or str(DIGITS.index(name) + 1)


class ReworkMenu(Card):
    """Calls `chosen(name)` with the command of the tile; `closed()` whenever it goes away."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget, chosen: Callable[[str], None],
                 closed: Callable[[], None]) -> None:
        super().__init__(look, parent, ground=SUNK)
        self._chosen, self._closed = chosen, closed
        grid = QGridLayout(self)
        pad = look.px(20)
        grid.setContentsMargins(pad, pad, pad, pad)
        grid.setSpacing(GAP_PX)
        self.tiles: dict[str, Button] = {}
        for at, name in enumerate(ACTS):
            tile = Button(look, words.word("common.command", name), icon=BY_NAME[name].icon, key=tile_key(name),
                          note=words.word("common.command_does", name), style="act", act=partial(self.choose, name))
            self.tiles[name] = tile
            grid.addWidget(tile, at // COLUMNS, at % COLUMNS)
        self.hide()

    def open(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()

    def close_menu(self) -> None:
        """Nothing was chosen, or something has happened meanwhile."""
        if not self.isHidden():
            self.hide()
            self._closed()

    def choose(self, name: str) -> None:
        self.close_menu()
        self._chosen(name)

    def press(self, key: HumanKey) -> bool:
        """The tiles' keys; takes nothing while it is hidden."""
        if self.isHidden() or key.ctrl or key.alt:
            return False
        pressed = key.text or key.key.upper()
        name = next((each for each in ACTS if tile_key(each) == pressed), "")
        if name:
            self.choose(name)
        elif key.key == "escape":
            self.close_menu()
        else:
            return False
        return True
