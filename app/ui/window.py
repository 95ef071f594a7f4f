"""The main window: shows the page that the station's state asks for, and every verdict the moment it is known.

Keeps the newest of everything that was said; what the operator does goes to the station as a command, and only its
answer changes what is seen. Pages that only show (help, sync, sheet) are opened by the same answers.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.domain.reasons import Reason
from app.messages import Command, DeviceState, Frame, Notice, Published, Scan, StationFailed, SyncStatus
from app.settings import Settings
from app.ui import hand, pictures
from app.ui.attention import Attention
from app.ui.bridge import Bridge
from app.ui.covers import Cover
from app.ui.feedback import Sounder
from app.ui.hand import other
from app.ui.icons import app_icon
from app.ui.keys import KeyDoor
from app.ui.latency import Latency
from app.ui.overlays import Overlays, red
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.first_start import FirstStartPage
from app.ui.passing import Answer, changes_language, clock, is_routine, last_told, with_rework
from app.ui.ports import FirstStart, HumanKey, KeyDecoder, Ports, ReadingLike, WordsLike
from app.ui.routes import OWN, PLACES, make_page, place_after, wanted
from app.ui.shell import Shell
from app.ui.theme import Look, Tone, look_for
from app.ui.verdicts import FLASH_MS, Face, face

SMALLEST = QSize(1024, 700)
NO_READ = (((0.0, 0.0),) * 4,)
ACTIVE_WITHIN_MS = 2000     # a window that is not active by then does not hear a keyboard scanner


class MainWindow(QWidget):
    """Either `ports` of a running station, or `first` for a station that has no settings yet."""

    def __init__(self, ports: Ports | None, bridge: Bridge, words_for: Callable[[str], WordsLike], settings: Settings,
                 decoder: KeyDecoder, *, first: FirstStart | None = None, sounder: Sounder | None = None) -> None:
        super().__init__()
        self._ports, self._bridge, self._words_for, self._settings = ports, bridge, words_for, settings
        self._first, self._training = first, settings.station.training
        self._zone: tzinfo | None = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
        self.language: str = settings.station.language      # read by other threads: a plain word
        self.shown = Shown(ports.view if ports else None)
        self.place = ""                                      # a page that only shows, over the task's own
        self._memory: dict[str, Any] = {}
        self._latency = Latency()
        self._paused = self._was_active = False      # paused: where the station has no pause of its own
        self._failure: StationFailed | None = None
        self._key = ("", "")
        self.setWindowTitle("OneCode Station")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(SMALLEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._door = KeyDoor(decoder, self._on_reading, self.press)
        _app().installEventFilter(self._door)
        bridge.noticed.connect(self._on_notice)
        bridge.pictured.connect(self._on_picture)
        bridge.sounded.connect(self._on_sound)
        bridge.failed.connect(self._on_failed)
        self._look = look_for(self.size())
        self._second = self._timer(1000, self._tick)
        self._second.start()
        self._attention, self._answer = Attention(sounder, self), Answer()
        self._fit = self._timer(60, self._refit, once=True)
        self._listen = self._timer(ACTIVE_WITHIN_MS, self._check_active, once=True)
        self._shell: Shell | None = None
        self._build()

    def _timer(self, every_ms: int, act: Callable[[], None], once: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.setSingleShot(once)
        timer.timeout.connect(act)
        return timer

    # --- building -------------------------------------------------------------------------------------------------
    @property
    def look(self) -> Look:
        return self._look

    @property
    def page(self) -> Page:
        assert self._shell is not None and self._shell.page is not None
        return self._shell.page

    @property
    def shell(self) -> Shell:
        assert self._shell is not None
        return self._shell

    @property
    def covers(self) -> Overlays:
        return self._covers

    def _build(self) -> None:
        """Everything anew in this language and at this size; nothing but half-typed text is lost."""
        self.words = self._words_for(self.language)
        self._screen = Screen(self._look, self.words, self._settings, self._bridge, self._ports, self.act, self.go,
                              lambda: self.shown, self.local, self._memory, self._training)
        flashing = self._shell is not None and not self._shell.strip.calm
        if self._shell is not None and self._shell.page is not None:
            self._shell.page.closed()
        old = [self._shell, *self.findChildren(Cover, options=Qt.FindChildOption.FindDirectChildrenOnly)]
        self._shell = Shell(self._screen, self._training, lambda: self.local(datetime.now(UTC)), self._common_keys,
                            self)
        self._shell.setGeometry(self.rect())
        self._covers = Overlays(self._look, self.words, self, confirm=lambda: self.act("CONFIRM", ""),
                                cancel=lambda: self.act("CANCEL", ""), type_pin=lambda: self.go("approve"),
                                resume=self.resume, listen=self.take_focus, screen=self._screen)
        for widget in old:
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._shell.show()
        self._key = ("", "")
        self._show_page()
        self._show_last(flashing)
        self._show_covers()
        self._latency.built()

    def _show_last(self, flashing: bool) -> None:
        """The last verdict on a window built anew: as far as it had come."""
        published = self.shown.published or next(iter(self._ports.said if self._ports else ()), None)
        if published is None:
            return
        said, note = face(self.words, published.verdict, published.view.names), self._note_of(published)
        if flashing:
            self.shell.strip.flash(said, note, FLASH_MS.get(published.verdict.outcome))
            self.page.show_published(published)
        else:
            self.shell.strip.set_calm(said, note)

    def _common_keys(self) -> tuple[BarKey, ...]:
        words, language = self.words, other(self.language)
        keys = [BarKey("F10", words("ui.key.LANG"), lambda: self.act("LANG", language), "language")]
        helping, back = self.place == "help", self.place in PLACES
        keys.append(BarKey("F1", words("ui.key.back" if helping else "ui.key.HELP"), self._help,
                           "back" if helping else "help"))
        if self._first is None:
            if self.shown.view and self.shown.view.operator:
                keys.append(BarKey("F12", words("ui.key.HOME"), lambda: self.act("HOME", ""), "home"))
                if self.place in OWN:
                    keys.append(BarKey("Esc", words("ui.key.back"), lambda: self.go("back"), "back"))
            elif not back:
                keys.append(BarKey("F9", words("ui.key.SYNC"), lambda: self.act("SYNC", ""), "sync"))
            elif not helping:
                keys.append(BarKey("F12", words("ui.key.back"), lambda: self.go("back"), "back"))
        return tuple(keys)

    def _help(self) -> None:
        if self.place == "help":
            self.go("back")
        else:
            self.act("HELP", "")

    def _show_page(self) -> None:
        key = wanted(self.shown.view, self.place, self._first is not None)
        if key != self._key:
            self._key = key
            self.shell.set_page(make_page(*key, self._screen, self._first, self._on_ready), self.shown)
        else:
            self.shell.refresh(self.shown)

    def go(self, place: str) -> None:
        """Opens "help", "sync", "sheet", "choose" …; "back" leaves it, "" only repaints the lines round the page."""
        if place == "back":
            if not self.place and self.shown.view and self.shown.view.operator:
                self.act("HOME", "")
            self.place = ""
        elif place:
            self.place = place
        self._show_page()
        if place:
            self._show_covers()

    def set_language(self, language: str) -> None:
        """The whole window in another language; the task goes on."""
        if language in hand.LANGUAGES and language != self.language:
            self.language = language
            self._build()

    def _on_ready(self, ports: Ports) -> None:
        """The training line stands: from now on there is a station."""
        self._first, self._ports, self._training = None, ports, True
        self._settings = ports.settings or self._settings
        self.shown = replace(self.shown, view=ports.view)
        self._build()

    # --- out: what the operator does ------------------------------------------------------------------------------
    def act(self, name: str, argument: str) -> None:
        """A command to the station; without one only help and language are there."""
        if self._ports is None:
            if name == "LANG":
                self.set_language(argument or other(self.language))
            elif name == "HELP":
                self.go("help")
            return
        self._ports.station.send(Command(name, argument, datetime.now(UTC), time.monotonic()))

    def _on_reading(self, reading: ReadingLike) -> None:
        """A code of the keyboard scanner; one that was cut short counts as a no-read, as with every other reader."""
        if self._ports is None:
            return
        source, at, mono = self._ports.keyboard, datetime.now(UTC), time.monotonic()
        self._ports.station.send(Frame(source, (), at, mono, unread=NO_READ) if reading.no_read
                                 else Scan(source, reading.raw, reading.aim, at, mono))

    def press(self, key: HumanKey) -> None:
        """A key that a person pressed, whatever is on the screen."""
        hand.press(self, key)

    def resume(self) -> None:
        """The window's own pause is over."""
        self._paused = False
        self._show_covers()

    # --- in: what is said -----------------------------------------------------------------------------------------
    def _on_notice(self, notice: Notice, mono: float) -> None:
        match notice:
            case Published():
                self._on_published(notice, mono)
            case SyncStatus():
                self.shown = replace(self.shown, sync=notice)
                self.shell.refresh(self.shown)
            case DeviceState():
                self.shown = replace(self.shown, devices={**self.shown.devices, notice.name: notice})
                self.shell.refresh(self.shown)
            case StationFailed():
                self._failure = notice
                self._show_covers()

    def _on_published(self, published: Published, mono: float) -> None:
        verdict, before = published.verdict, self.shown.view
        view = with_rework(before, published)
        self.shown = replace(self.shown, view=view, published=last_told(self.shown.published, published))
        if verdict.reason is Reason.COMMAND_TAKEN and verdict.data.get("name") == "MASTER":
            self._show_page()
            self.page.opened()
            return
        if verdict.reason is Reason.SETTLED_KNOWN:       # good news of something else than what is at hand
            return
        self.place = place_after(self.place, before, published)
        self._paused = False
        if verdict.reason is Reason.COMMAND_TAKEN:
            self._obey(str(verdict.data.get("name", "")), str(verdict.data.get("argument", "")))
        self._show_page()
        self.page.heard(published)
        self.shell.tell(self.shown)

        def painted() -> None:
            self._latency.painted(published, mono)
            self.shown = replace(self.shown, p95_ms=self._latency.p95_ms)

        self._show_covers(painted)
        if changes_language(published) and self.shown.published is not published or not self._answer.heard(published):
            return
        said, note = face(self.words, verdict, view.names), self._note_of(published)
        if is_routine(published):
            self.shell.strip.set_calm(said, note)
            return
        self.shell.strip.flash(said, note, FLASH_MS.get(verdict.outcome), None if self._covers.up else painted)
        self._attention.verdict(published)

    def _obey(self, name: str, argument: str) -> None:
        """Commands that are the window's: the language, and a pause where there is no order to pause."""
        if name == "LANG" and argument:
            self.set_language(argument)
        elif name == "LANG":
            self.act("LANG", other(self.language))
        elif name == "PAUSE":
            self._paused = self.shown.view is None or self.shown.view.packing is None

    def _note_of(self, published: Published) -> str:
        """What was read, and when."""
        codes = published.codes
        text = codes[0] if len(codes) == 1 else self.words("ui.packing.codes", count=len(codes)) if codes else ""
        return f"{clock(self.local(published.at))}   {text}".rstrip()

    def _show_covers(self, painted: Callable[[], None] | None = None) -> None:
        """Raises and lowers the sheets over the page; the red one calls `painted`."""
        self._attention.waiting(red(self.shown), self._failure is not None)
        deaf = self._was_active and not self.isActiveWindow()
        self._covers.show_state(self.shown, is_paused=self._paused, is_deaf=deaf, failure=self._failure,
                                is_approving=self.place == "approve", is_looking=self._key[0] in ("peek", "lookup"),
                                painted=painted)
        # What lies beneath a cover must not paint: on some screens it would come out over it.
        self.shell.setUpdatesEnabled(not self._covers.up)

    def _on_picture(self, camera: str) -> None:
        picture = self._bridge.picture_of(camera)
        if picture is not None:
            self._memory["picture"] = picture
            self.page.show_picture(*picture)
            self._covers.diversion.show_picture(picture[0])

    def _on_failed(self, what: str, why: str) -> None:
        """A question without an answer: said on the strip, nothing else stops."""
        if isinstance(self.page, FirstStartPage):
            self.page.failed(why)
            return
        said = Face(Tone.CARE, "warning", self.words("ui.failed.title"),
                    self.words("ui.failed.text", what=self.words.word("ui.asked", what), why=why),
                    self.words("ui.failed.todo"))
        self.shell.strip.flash(said, "", None)

    # --- sound, time, focus, size ---------------------------------------------------------------------------------
    def _on_sound(self, heard: bool) -> None:
        self.shown = replace(self.shown, silent=not heard)
        self.shell.status.show_state(self.shown)

    def _tick(self) -> None:
        self.shell.status.show_state(self.shown)

    def local(self, at: datetime) -> datetime:
        """The site's clock."""
        return at.astimezone(self._zone)

    def take_focus(self) -> None:
        """Comes to the front and listens."""
        self.raise_()
        self.activateWindow()
        self.setFocus()

    def _check_active(self) -> None:
        self._was_active = True
        self._show_covers()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._was_active = True
                self.setFocus()
            self._show_covers()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.activateWindow()
        self.setFocus()
        self._listen.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.shell.setGeometry(self.rect())
        for cover in self.findChildren(Cover):
            cover.setGeometry(self.rect())
        if look_for(self.size()) != self._look:
            self._fit.start()

    def _refit(self) -> None:
        look = look_for(self.size())
        if look != self._look:
            self._look = look
            self._build()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._fit.stop()
        self.page.closed()
        _app().removeEventFilter(self._door)
        super().closeEvent(event)

    def when_settled(self, act: Callable[[], None], within_s: float = 5.0) -> None:
        """Calls `act` once no question is open and what was asked is on the screen; at the latest after `within_s`."""
        until = time.monotonic() + within_s

        def look() -> None:
            if (self._bridge.is_asking or self._fit.isActive()) and time.monotonic() < until:
                QTimer.singleShot(20, look)
            else:
                act()

        QTimer.singleShot(20, look)

    def grab_to(self, path: Path) -> Path:
        """A picture of the window as it is."""
        self._refit()
        picture = pictures.grab(self, path)
        self._latency.built()
        return picture


def _app() -> QCoreApplication:
    app = QCoreApplication.instance()
    assert app is not None
    return app
