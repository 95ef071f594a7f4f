"""Acts as tiles, each with its own key, over the page: the rework acts, and what can be done with a document.

Any verdict or Escape takes a menu away; scans go on. A rework tile's plain F-key is the one that does the same
everywhere with Ctrl; those without one have a digit.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """The plain key of a rework act's tile: "F4", or a digit."""
    key = next((key for key in BY_NAME[name].keys if key.startswith("Ctrl+")), "")
    return key.removeprefix("Ctrl+") or str(DIGITS.index(name) + 1)


@dataclass(frozen=True, slots=True)
class Tile:
    """One act: what is called with it, its sign, word, what it does, and its key ("F4", or a digit)."""

    name: str
    icon: str
    word: str
    note: str
    key: str


class TileMenu(Card):
    """Calls `chosen(name)` with the act of the tile; `closed()` whenever it goes away."""

    def __init__(self, look: Look, parent: QWidget, tiles: Sequence[Tile], chosen: Callable[[str], None],
                 closed: Callable[[], None], columns: int = COLUMNS) -> None:
        super().__init__(look, parent, ground=SUNK)
        self._chosen, self._closed = chosen, closed
        self._names = {tile.key: tile.name for tile in tiles}
        grid = QGridLayout(self)
        pad = look.px(20)
        grid.setContentsMargins(pad, pad, pad, pad)
        grid.setSpacing(GAP_PX)
        self.tiles: dict[str, Button] = {}
        for at, tile in enumerate(tiles):
            self.tiles[tile.name] = Button(look, tile.word, icon=tile.icon, key=tile.key, note=tile.note, style="act",
                                           act=partial(self.choose, tile.name))
            grid.addWidget(self.tiles[tile.name], at // columns, at % columns)
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
        if self.isHidden() or key.ctrl or key.alt or key.shift:
            return False
        name = self._names.get(key.text or key.key.upper(), "")
        if name:
            self.choose(name)
        elif key.key == "escape":
            self.close_menu()
        else:
            return False
        return True


class ReworkMenu(TileMenu):
    """Every rework act."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget, chosen: Callable[[str], None],
                 closed: Callable[[], None]) -> None:
        super().__init__(look, parent, [Tile(name, BY_NAME[name].icon, words.word("common.command", name),
                                             words.word("common.command_does", name), tile_key(name))
                                        for name in ACTS], chosen, closed)
