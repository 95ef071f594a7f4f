"""What a key that a person pressed does: covers come first, then a question, the bar, the page, the command table.

Plain keys mean what the bar under the page says; with Ctrl, Alt or Shift a function key means the same command
everywhere.
"""
from __future__ import annotations

from typing import Protocol

from app.domain.commands import BY_KEY, BY_NAME
from app.ui.keys import chord
from app.ui.overlays import Overlays
from app.ui.page import Page
from app.ui.ports import HumanKey
from app.ui.shell import Shell

LANGUAGES = ("zh_CN", "en")
PEEKS = BY_NAME["PEEK"].keys


def other(language: str) -> str:
    """The language that is not this one."""
    return LANGUAGES[1 - LANGUAGES.index(language)]


class Handled(Protocol):
    """The window, as far as keys are concerned."""

    language: str
    place: str

    @property
    def page(self) -> Page: ...
    @property
    def shell(self) -> Shell: ...
    @property
    def covers(self) -> Overlays: ...
    def act(self, name: str, argument: str) -> None: ...
    def go(self, place: str) -> None: ...
    def resume(self) -> None: ...


def press(on: Handled, key: HumanKey) -> None:
    """Does what the key means with what is on the screen now. A station that has failed hears no key."""
    name, covers = chord(key), on.covers
    if covers.failed.isVisible():
        return
    if covers.pause.isVisible():
        on.resume()
    elif covers.is_red or covers.second.isVisible() or covers.question.isVisible():
        _answer(on, name, covers.is_red or covers.question.isVisible(), covers.second.isVisible())
        if name in PEEKS and (covers.is_red or covers.question.isVisible()) and not covers.is_stop:
            on.act("PEEK", "")               # what is it that is red, or that I am asked about?
    elif any(over is not None and over.press(key) for over in (on.page.choice, on.page.menu)):
        return
    elif (button := on.shell.bar.keys.get(name)) is not None:
        button.click()
    elif "+" in name and name in BY_KEY:
        command(on, BY_KEY[name].name)
    elif not on.page.press(key):
        _beside(on, name)


def command(on: Handled, name: str) -> None:
    """A command of the table. What is started is looked over first: that page sends the command itself."""
    if name == "START" and on.page.wants_clearance():
        on.go("clearance")
    else:
        on.act(name, "")


def _answer(on: Handled, name: str, confirms: bool, second: bool) -> None:
    """Keys while the red, a question or the wait for a second person lies over everything."""
    if confirms and name in ("Enter", "F11"):
        on.act("CONFIRM", "")
    elif name == "Esc":
        on.act("CANCEL", "")
    elif name == "F2" and second and not confirms:
        on.go("approve")
    elif name == "F10":
        on.act("LANG", other(on.language))


def _beside(on: Handled, name: str) -> None:
    """Keys that nothing on the page made use of."""
    if name == "Esc" and on.place:
        on.go("back")
    elif name == "Esc":
        on.act("CANCEL", "")
    elif name in ("Enter", "F11"):
        on.act("CONFIRM", "")
