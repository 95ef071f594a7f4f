"""The first page of somebody who is signed in: large tiles, each with its key and what waits behind it."""
from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QGridLayout

from app.domain.warehouse.cases import SnapshotView
from app.ui.count import number
from app.ui.findings import snapshot_words
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.widgets import Button

# The tiles, row by row: command or page, sign, key.
TILES = (("PACK", "pack", "F6"), ("RECEIVE", "receive", "F8"), ("SHIP", "ship", "F7"),
         ("NEW-DOCUMENT", "document", "F11"),
         ("MOVE", "move", "Shift+F8"), ("COUNT", "count", "Shift+F7"), ("INSPECT", "inspect", "Shift+F5"),
         ("LOOKUP", "lookup", "F5"),
         ("STOCK", "stock", "Shift+F12"), ("AGE", "age", "Shift+F1"), ("SYNC", "sync", "F9"), ("SHEET", "sheet", "F4"))
COLUMNS = 4
PLACES = {"SHEET": "sheet", "NEW-DOCUMENT": "new_document"}          # pages that no command opens
NOTED = ("MOVE", "INSPECT", "STOCK", "AGE", "NEW-DOCUMENT", "SHEET", "LOOKUP")


class HomePage(Page):
    name = "home"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        grid = QGridLayout(self)
        margin = look.px(28)
        grid.setContentsMargins(margin, margin, margin, margin)
        grid.setSpacing(look.px(24))
        self.tiles: dict[str, Button] = {}
        for at, (name, icon, key) in enumerate(TILES):
            tile = Button(look, self.words(f"ui.home.{name}"), icon=icon, key=key, style="tile", note=" ",
                          act=partial(self._open, name))
            self.tiles[name] = tile
            grid.addWidget(tile, at // COLUMNS, at % COLUMNS)

    def _open(self, name: str) -> None:
        if name in PLACES:
            self.screen_of.go(PLACES[name])
        else:
            self.screen_of.act(name, "")

    def bar(self) -> tuple[BarKey, ...]:
        keys = [BarKey(key, self.words(f"ui.key.{name}"), partial(self._open, name), icon)
                for name, icon, key in TILES if "+" not in key]
        keys.append(BarKey("F3", self.words("line.key.line"), lambda: self.screen_of.act("LINE", ""), "line"))
        keys.append(self.bar_command("F2", "PAIRS", icon="pair"))
        keys.append(BarKey("F12", self.words("ui.key.LOGOUT"), self._leave, "logout"))
        return tuple(sorted(keys, key=lambda each: int(each.key[1:])))

    def _leave(self) -> None:
        """F12 leads here from everywhere: pressed once more it asks, and signs nobody out."""
        self._question().offer(self.words("ui.home.leave"), self, [("LOGOUT", self.words("ui.key.LOGOUT"))],
                               lambda name: self.screen_of.act(name, ""))
        self._fit_question()

    def opened(self) -> None:
        ask, reader = self.ask, self.screen_of.to.reader
        ask("orders", reader.orders, lambda rows: self._note("PACK", len(rows)))
        ask("documents", lambda: reader.documents("in"), lambda rows: self._note("RECEIVE", len(rows)), "in")
        ask("documents", lambda: reader.documents("out"), lambda rows: self._note("SHIP", len(rows)), "out")
        ask("documents", lambda: reader.documents("count"), lambda rows: self._note("COUNT", len(rows)), "count")
        for name in NOTED:
            self.tiles[name].set_word(self.words(f"ui.home.{name}"), self.words(f"ui.home.{name.lower()}_note"))
        if self.screen_of.to.diversion is not None:
            ask("snapshot", self.screen_of.to.diversion.snapshot, self._listed)

    def _listed(self, found: SnapshotView) -> None:
        """By which list a code that is looked up is judged."""
        if found.state != "none":
            self.tiles["LOOKUP"].set_word(self.words("ui.home.LOOKUP"), snapshot_words(
                self.words, found, lambda iso: f"{self.screen_of.local(datetime.fromisoformat(iso)):%Y-%m-%d}"))

    def _note(self, name: str, count: int) -> None:
        note = self.words(f"ui.home.{name.lower()}_open", count=count) if count else self.words("ui.home.none_open")
        self.tiles[name].set_word(self.words(f"ui.home.{name}"), note)

    def show_state(self, shown: Shown) -> None:
        if shown.sync is not None:
            waiting = shown.sync.queued + shown.sync.in_flight
            note = self.words("ui.home.sync_waiting" if waiting else "ui.home.sync_done", count=number(waiting))
            if shown.sync.refused:
                note = self.words("ui.home.sync_refused", count=number(shown.sync.refused))
            self.tiles["SYNC"].set_word(self.words("ui.home.SYNC"), note)

    def press(self, key: HumanKey) -> bool:
        """Digits for the first nine tiles."""
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            self._open(TILES[int(key.text) - 1][0])
            return True
        return False
