"""The station behind a window: hands the window its ports, keeps Qt's thread and the others apart.

Everything here may import Qt; a station without it never comes this way.
"""
from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.bootstrap import House
from app.devices import Devices
from app.home import Home
from app.settings import Settings
from app.words import Words

if TYPE_CHECKING:
    from app.ui.bridge import Bridge
    from app.ui.ports import Ports
    from app.ui.window import MainWindow

SIZES = ((1920, 1080), (1280, 800))
LANGUAGES = ("zh_CN", "en")
SETTLE_S = 0.1           # the camera's picture is refreshed twelve times a second


class TrainingGround(Protocol):
    """The training line (`app.demo.first.Training`): a server and devices to learn with."""

    home: Home

    def begin(self, say: Callable[[str], None], language: str) -> Settings: ...
    def attach(self, house: House) -> None: ...
    def end(self) -> None: ...


def window_problem(headless: bool = False) -> str:
    """Why no window can be opened here; "" where one can."""
    try:
        import PySide6.QtNetwork
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt: {error}"
    if sys.platform.startswith("linux") and not headless and not os.environ.get("QT_QPA_PLATFORM"):
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return "DISPLAY: no screen in this session"
    return ""


def show_refusal(title: str, problem: str, todo: str) -> None:
    """What keeps the station from starting, on the screen where there is one; returns when it was read."""
    if not window_problem():
        from app.ui.refusal import show

        show(title, problem, todo)


def run_window(home: Home, settings: Settings, *, training: TrainingGround | None, full_screen: bool) -> int:
    """The station until its window is closed. A home without settings begins by offering the `training` line."""
    from app.ui.application import run

    houses: list[House] = []

    def build(bridge: Bridge, place: Home, chosen: Settings) -> Ports:
        house = House(place, chosen, show=bridge.on_preview)
        house.listeners.append(bridge.on_notice)
        houses.append(house)
        house.start()
        if training:
            training.attach(house)
        if windows:                          # the training line comes to a window that is open already
            house.speaks = lambda: windows[0].language
        house.say_again()
        return ports_of(house)

    def wire(bridge: Bridge) -> Any:
        if training:
            language = settings.station.language
            return _FirstStart(home, lambda say: build(bridge, training.home, training.begin(say, language)))
        return build(bridge, home, settings)

    windows: list[MainWindow] = []

    def opened(window: MainWindow) -> None:
        windows.append(window)
        for house in houses:
            house.speaks = lambda: window.language
            house.say_again()

    try:
        return run(settings, Words, wire, decoder_of(settings), instance=str(home.path), full_screen=full_screen,
                   opened=opened)
    finally:
        for house in houses:
            house.stop()
        if training:
            training.end()


def ports_of(house: House) -> Ports:
    from app.ui.ports import Ports

    view = house.station.view()
    return Ports(house, house.reader, house.sync, house.devices, house, view, house.devices.cameras,
                 house.devices.keyboard, house.desk, house if house.printing else None,
                 counts=house.counts, diversion=house.diversion, server=house.server,
                 said=house.reader.last_said(view),
                 teaching=house.devices.teaching if house.devices.cameras else None, settings=house.settings)


def decoder_of(settings: Settings) -> Any:
    """The decoder of the window's keys; only the keyboards of the settings matter for it."""
    keyboards = tuple(section for section in settings.device if section.kind == "keyboard")
    return Devices(keyboards, queue.Queue(), lambda _state: None).decoder()


class _FirstStart:
    """What the first page needs: where settings would be, and how the training line is begun."""

    def __init__(self, home: Home, begin: Callable[[Callable[[str], None]], Ports]) -> None:
        self.settings_file = str(home.settings_file)
        self._begin = begin

    def begin_training(self, say: Callable[[str], None]) -> Ports:
        return self._begin(say)


class Screens:
    """Pictures of the window, asked for from another thread than Qt's."""

    def __init__(self, window: MainWindow, resize: bool) -> None:
        from PySide6.QtCore import QObject, Signal

        class Crossing(QObject):
            wanted = Signal(object)

        self._window, self._resize = window, resize
        self._crossing = Crossing(window)
        self._crossing.wanted.connect(lambda act: act())

    def take(self, folder: Path, name: str) -> list[str]:
        """The window as it is now, in both languages, and in both sizes where nobody is looking at it."""
        window, taken = self._window, []
        before, size = window.language, window.size()
        for wide, high in SIZES if self._resize else ((size.width(), size.height()),):
            for language in LANGUAGES:
                self._on_qt(lambda w=wide, h=high, each=language: self._turn(w, h, each))
                settled = threading.Event()
                self._on_qt(lambda told=settled.set: window.when_settled(told))
                settled.wait(10.0)
                time.sleep(SETTLE_S)
                file = folder / f"{name}-{language}-{wide}x{high}.png"
                self._on_qt(lambda path=file: window.grab_to(path))
                taken.append(str(file))
        self._on_qt(lambda: self._turn(size.width(), size.height(), before))
        return taken

    def _turn(self, wide: int, high: int, language: str) -> None:
        if self._resize:
            self._window.resize(wide, high)
        self._window.set_language(language)

    def _on_qt(self, act: Callable[[], object]) -> None:
        """Runs it on Qt's thread and waits. Raises what it raised, TimeoutError where Qt does not answer."""
        done: queue.Queue[BaseException | None] = queue.Queue()

        def told() -> None:
            try:
                act()
            except BaseException as error:
                done.put(error)
            else:
                done.put(None)

        self._crossing.wanted.emit(told)
        try:
            error = done.get(timeout=30.0)
        except queue.Empty:
            raise TimeoutError("the window did not answer within 30 s") from None
        if error:
            raise error

    def close(self) -> None:
        """Ends the window's loop."""
        from PySide6.QtWidgets import QApplication

        self._crossing.wanted.emit(QApplication.quit)


def play_in_window(home: Home, settings: Settings, build: Callable[[Any], House], play: Callable[[Screens], None], *,
                   headless: bool) -> None:
    """Opens the window on the house that `build(show)` makes, and runs `play(screens)` beside it until it ends.

    `headless` draws the window without a screen. What `play` raises is raised here.
    """
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.ui.application import run

    houses: list[House] = []
    failed: list[BaseException] = []
    player: list[threading.Thread] = []

    def wire(bridge: Bridge) -> Ports:
        house = build(bridge.on_preview)
        house.listeners.append(bridge.on_notice)
        houses.append(house)
        house.start()
        return ports_of(house)

    def opened(window: MainWindow) -> None:
        houses[0].speaks = lambda: window.language
        houses[0].say_again()
        screens = Screens(window, headless)

        def whole() -> None:
            try:
                play(screens)
            except BaseException as error:
                failed.append(error)
            finally:
                screens.close()

        player.append(threading.Thread(target=whole, name="demo"))
        player[0].start()

    try:
        run(settings, Words, wire, decoder_of(settings), instance=str(home.path), size=SIZES[0] if headless else None,
            opened=opened)
    finally:
        for thread in player:
            thread.join()
        for house in houses:
            house.stop()
    if failed:
        raise failed[0]
