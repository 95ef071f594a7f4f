"""A real window on a recording station, shown offscreen. Words are strict: a missing sentence or field is an error."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.messages import Published, StationView
from app.settings import PackingSection, Settings, StationSection
from app.ui import application
from app.ui.bridge import Bridge
from app.ui.feedback import Sounder
from app.ui.ports import Counts, FirstStart, Ports, Server
from app.ui.window import MainWindow
from app.words import Words
from drivers.keyboard import KeyboardDecoder
from tests.ui.sample import HOME, Outside, RecordingStation, Shelf


class Bench:
    """A window with everything round it."""

    def __init__(self, view: StationView = HOME, language: str = "en", size: tuple[int, int] = (1920, 1080), *,
                 training: bool = False, clearance: bool = True, cameras: tuple[str, ...] = ("line-camera",),
                 first: FirstStart | None = None, sounder: Sounder | None = None, server: Server | None = None,
                 counts: Counts | None = None, said: tuple[Published, ...] = ()) -> None:
        self.station, self.shelf, self.outside, self.bridge = RecordingStation(), Shelf(), Outside(), Bridge()
        self.ports = Ports(self.station, self.shelf, self.outside, self.outside, self.outside, view, cameras,
                           orders=self.outside, labels=self.outside, server=server, counts=counts, said=said)
        settings = Settings(station=StationSection(id="L3-P1", name="三号线 包装", language=language, training=training,
                                                   timezone="Asia/Shanghai"),
                            packing=PackingSection(clearance=clearance))
        self.window = MainWindow(None if first else self.ports, self.bridge, lambda name: Words(name, strict=True),
                                 settings, KeyboardDecoder(), first=first, sounder=sounder)
        self.window.resize(QSize(*size))
        self.window._refit()
        self._clock_ms = 100_000

    def tell(self, notice: object) -> None:
        """What another thread would say."""
        self.bridge.on_notice(notice)

    def type(self, *keys: tuple[int, str] | str, gap_ms: int = 8, to: QWidget | None = None,
             modifiers: object = None) -> None:
        """Key presses with times of their own; a text is its characters, "\\r" is Return."""
        from PySide6.QtCore import QEvent, Qt
        self._clock_ms += 1000
        for key in keys:
            for code, text in [key] if isinstance(key, tuple) else [
                    (Qt.Key.Key_Return if each == "\r" else ord(each.upper()), each) for each in key]:
                for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    event = QKeyEvent(kind, int(code), modifiers or Qt.KeyboardModifier.NoModifier, text)
                    event.setTimestamp(self._clock_ms)
                    QApplication.sendEvent(to or self.window, event)
                self._clock_ms += gap_ms

    def close(self) -> None:
        self.window.close()
        self.bridge.close()
        self.window.deleteLater()


@pytest.fixture(scope="session", autouse=True)
def plain_look(qapp: QApplication) -> None:
    application.prepare(qapp)


@pytest.fixture
def qtbot(qtbot):
    """pytest-qt's, with time for a slow and busy machine."""
    for name in ("waitUntil", "waitExposed", "waitActive", "waitSignal"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=60_000))
    return qtbot


@pytest.fixture
def bench(qtbot) -> Iterator[Callable[..., Bench]]:
    """Makes windows that are shown, active and closed again; the first questions are answered."""
    made: list[Bench] = []

    def make(*args: object, **more: object) -> Bench:
        one = Bench(*args, **more)
        made.append(one)
        with qtbot.waitExposed(one.window):
            one.window.show()
        qtbot.waitUntil(one.window.isActiveWindow)
        qtbot.waitUntil(lambda: not one.bridge.is_asking)
        return one

    yield make
    for one in made:
        one.close()
