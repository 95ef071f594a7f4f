"""What surrounds every page: status bar, instruction line, verdict strip, function keys. Built anew for each look."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui import banner
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import WordsLike
from app.ui.status import StatusBar
from app.ui.strip import InstructionLine, TroubleLine, VerdictStrip
from app.ui.theme import GAP_PX, Look
from app.ui.verdicts import named
from app.ui.widgets import Button

KEYBAR_GROUND = "#CFD6DC"


class KeyBar(QWidget):
    """The function keys of the page, in the order of the keyboard."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.keys: dict[str, Button] = {}
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        self._line.setSpacing(GAP_PX)
        self.setFixedHeight(look.touch(72) + 2 * GAP_PX)
        ground = self.palette()
        ground.setColor(self.backgroundRole(), KEYBAR_GROUND)
        self.setPalette(ground)
        self.setAutoFillBackground(True)

    def set_keys(self, keys: tuple[BarKey, ...]) -> None:
        while (item := self._line.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.keys = {}
        for key in sorted(keys, key=_on_keyboard):
            button = Button(self.look, key.word, icon=key.icon, key=key.key, act=key.press, size_px=27)
            self.keys[key.key] = button
            button.setMaximumWidth(self.look.px(340))
            self._line.addWidget(button, 1)
            button.show()
        self._line.addStretch(0)      # takes only what the keys leave at their widest


def _on_keyboard(key: BarKey) -> int:
    """Esc stands left of F1."""
    return int(key.key[1:]) if key.key[1:].isdigit() else 0


def troubles(words: WordsLike, shown: Shown) -> list[str]:
    """What is wrong with a device or with the link that somebody here can mend, in sentences."""
    told = []
    for device in sorted(shown.devices.values(), key=lambda each: not each.problem.startswith("set_up")):
        if device.state in ("gone", "fault") or device.problem:
            key = f"device.problem.{device.problem}" if device.problem else f"device.{device.state}"
            told.append(words(key, name=device.name))
    if shown.sync is not None and shown.sync.link in ("refused", "fenced"):
        told.append(words(f"ui.trouble.{shown.sync.link}"))
    return told


class Shell(QWidget):
    """`now` is local time; `common` are the keys that every page has, unless the page has one of its own."""

    def __init__(self, screen: Screen, training: bool, now: Callable[[], datetime],
                 common: Callable[[], tuple[BarKey, ...]], parent: QWidget) -> None:
        super().__init__(parent)
        self.screen_of, self._common = screen, common
        self.status = StatusBar(screen.look, screen.words, screen.settings.station.name, training, now)
        self.line = InstructionLine(screen.look)
        self.trouble = TroubleLine(screen.look)
        self.banner = banner.Banner(screen.look)
        self.strip = VerdictStrip(screen.look, screen.words("ui.nothing_yet"))
        self.bar = KeyBar(screen.look)
        self.page: Page | None = None
        self._told_keys: tuple[tuple[str, str], ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.status)
        column.addWidget(self.line)
        column.addWidget(self.trouble)
        column.addWidget(self.banner)
        self._place = QVBoxLayout()
        column.addLayout(self._place, 1)
        column.addWidget(self.strip)
        column.addWidget(self.bar)

    def set_page(self, page: Page, shown: Shown) -> None:
        """Puts a page in; the one before is gone."""
        if self.page is not None:
            self._place.removeWidget(self.page)
            self.page.closed()
            self.page.hide()
            self.page.deleteLater()
        self.page = page
        self._place.addWidget(page)
        self.strip.set_tall(page.works)
        self.strip.setVisible(page.name != "first")      # nothing is scanned before there is a station
        page.show()
        self._told_keys = ()
        self.set_bar()
        page.opened()
        self.refresh(shown)

    def set_bar(self) -> None:
        """The keys that the page offers now; the bar is made anew only where they are others."""
        if self.page is not None:
            own = self.page.bar()
            taken = {key.key for key in own}
            keys = self.page.alone or own + tuple(key for key in self._common() if key.key not in taken)
            offered = tuple((key.key, key.word) for key in keys)
            if offered != self._told_keys:
                self._told_keys = offered
                self.bar.set_keys(keys)

    def refresh(self, shown: Shown) -> None:
        """New values for everything that is seen."""
        self.status.show_state(shown)
        self.trouble.say(troubles(self.screen_of.words, shown))
        if self.page is not None:
            packing = shown.view.packing if shown.view and self.page.name == "packing" else None
            stage = self.screen_of.stage_of(packing) if packing is not None else ""
            self.banner.say(banner.told(self.screen_of.words, shown.view, stage))
            self.page.show_state(shown)
            self.page.show_rework(shown.view.rework if shown.view else None)
            self.tell(shown)

    def tell(self, shown: Shown) -> None:
        """The keys and the line above the page, as the page is now."""
        if self.page is None:
            return
        self.set_bar()
        view = shown.view
        if self.page.alone:
            text = self.screen_of.words("ui.do.rework")
        elif view is not None and view.armed and self.page.stage is not None:
            text = banner.armed_words(self.screen_of.words, view)
        else:
            text = self.page.instruction(shown)
        self.line.say(text, self._note(shown))

    def _note(self, shown: Shown) -> str:
        """The order or document at hand."""
        view = shown.view
        if view is None:
            return ""
        words, name = self.screen_of.words, self.page.name if self.page else ""
        if view.packing is not None and name == "packing":
            product = named(view.names, view.packing.product, words)
            return words("ui.note.order", product=product, lot=view.packing.lot)
        if view.dock is not None and name == "dock":
            partner = named(view.names, view.dock.partner, words) if view.dock.partner else ""
            return words(f"dock.note.{view.dock.direction}", document=view.dock.document, partner=partner)
        return ""
