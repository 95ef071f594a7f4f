"""What every page is built from and what it is told. A page shows values and asks for acts; it decides nothing.

A page is built anew when the language or the size changes, so it keeps nothing that it could not be told again:
all state comes in a `Shown`, besides what the operator is typing at this moment.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QWidget

from app.messages import DeviceState, Frame, Published, StationView, SyncStatus
from app.settings import Settings
from app.ui.bridge import Bridge
from app.ui.ports import HumanKey, Ports, WordsLike
from app.ui.theme import Look


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest of everything; a page shows what concerns it."""

    view: StationView | None = None
    published: Published | None = None
    sync: SyncStatus | None = None
    devices: dict[str, DeviceState] = field(default_factory=dict)
    p95_ms: float = 0.0
    silent: bool = False                 # there is no sound on this machine


@dataclass(frozen=True, slots=True)
class Screen:
    """The surroundings of a page. `act` sends a command to the station; `go` opens a page that only shows.

    `memory` outlives the pages: the last answers, so that a page built anew is not empty until the next ones come.
    """

    look: Look
    words: WordsLike
    settings: Settings
    bridge: Bridge
    ports: Ports | None
    act: Callable[[str, str], None]
    go: Callable[[str], None]
    shown: Callable[[], Shown]
    local: Callable[[datetime], datetime]    # the same moment on the site's clock
    memory: dict[str, Any]
    training: bool = False

    @property
    def to(self) -> Ports:
        """The ports, on the pages that exist only once there is a station."""
        assert self.ports is not None
        return self.ports


@dataclass(frozen=True, slots=True)
class BarKey:
    """One key of the bar at the bottom. `press` does it, by key and by touch alike."""

    key: str                             # "F2"
    word: str
    press: Callable[[], None]
    icon: str = ""


class Page(QWidget):
    """One screen between the instruction line and the verdict strip."""

    name = ""
    works = False                        # True where one scans all day: the verdict strip is tall there

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.screen_of = screen
        self.look, self.words = screen.look, screen.words
        self.is_open = True

    def bar(self) -> tuple[BarKey, ...]:
        """Function keys of this page; F1, F10 and F12 are added by the window."""
        return ()

    def instruction(self, shown: Shown) -> str:
        """What to scan or do now, in one line."""
        return self.words(f"ui.do.{self.name}")

    def show_state(self, shown: Shown) -> None:
        """New values; called on each change while the page is the one shown, and once when it is opened."""

    def show_published(self, published: Published) -> None:
        """A verdict that has just been given, after `show_state`."""

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        """A camera's picture."""

    def opened(self) -> None:
        """The page is about to be seen: time to ask for what it lists."""

    def ask(self, what: str, question: Callable[[], Any], then: Callable[[Any], None], key: str = "") -> None:
        """Asks on the bridge's thread. The last answer is shown at once; an answer for a page that is gone is kept."""
        memory, key = self.screen_of.memory, key or what
        if key in memory:
            then(memory[key])

        def answered(answer: Any) -> None:
            memory[key] = answer
            if self.is_open:
                then(answer)

        self.screen_of.bridge.ask(what, question, answered)

    def closed(self) -> None:
        """Another page takes its place."""
        self.is_open = False

    def press(self, key: HumanKey) -> bool:
        """A key that a person pressed; True where the page made use of it."""
        return False

    def bar_command(self, key: str, name: str, argument: str = "", icon: str = "") -> BarKey:
        """A key of the bar that is a command of the station."""
        return BarKey(key, self.words(f"ui.key.{name}"), lambda: self.screen_of.act(name, argument), icon)
