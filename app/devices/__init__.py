"""Devices: settings to drivers, one supervised thread each; scans and frames in, OK/NG bytes and signals out.

The one room that knows drivers and vision. It decides nothing about codes. A keyboard scanner has no thread: the window
asks its decoder. A camera's OK/NG bytes go out over the serial line or URL of its `path`. Readers of a [[trigger]] and
all signals meet in the line (`line.py`), which is one more device.
"""
from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.devices.device import Around, Device
from app.devices.kinds import DRIVERS, framing, serial, wire
from app.devices.presentation import Presentation
from app.devices.readers import answers_of, codes_of
from app.devices.teaching import Read, Teaching
from app.devices.wiring import NAME, Wiring
from app.devices.withheld import LENT_S
from app.domain.optics import ALARM
from app.messages import DeviceState, Frame, Message, Published
from app.settings import DeviceSection, LineSection, TriggerSection
from drivers.framing import Framing
from drivers.keyboard import KeyboardDecoder

if TYPE_CHECKING:
    import numpy as np

    from drivers.signals import SignalPort

__all__ = ["Devices", "wire"]


class Devices:
    """All devices of the settings. `say` and `show` are called from the devices' threads and return at once.

    `say(DeviceState)` tells each change of health. `show(camera, pixels, frame)` brings the live picture of the camera
    chosen by `preview`, at most 12 a second; the pixels are never written to again. `triggers` and `line` are the
    settings' [[trigger]] and [line]; `alive()` is whether the station's engine still answers: while it does not, our
    heartbeat stands still. Cameras have their recipes from `home` where their settings name none; raises SettingsError
    where one is wrong.
    """

    def __init__(
        self, sections: Sequence[DeviceSection], inbox: queue.Queue[Message], say: Callable[[DeviceState], None], *,
        show: Callable[[str, np.ndarray, Frame], None] | None = None,
        read: Callable[[DeviceSection], Read] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC), mono: Callable[[], float] = time.monotonic,
        triggers: Sequence[TriggerSection] = (), line: LineSection | None = None,
        alive: Callable[[], bool] = lambda: True, home: Path | None = None,
    ) -> None:
        self._wiring = Wiring.of(sections, triggers, line or LineSection(), alive, mono)
        self._say = say
        self._around = Around(inbox, self._told if self._wiring else say, now, mono)
        self._show, self._read = show, read
        self._order = tuple(section.name for section in sections)
        self._devices: dict[str, Device] = {}
        self._answers: dict[str, tuple[Device, bytes, bytes]] = {}      # source: where to, OK, NG
        self._presentations: dict[str, Presentation] = {}
        self.teaching = Teaching(home)
        self._keyboards = tuple(section for section in sections if section.kind == "keyboard")
        for section in sections:
            if section.kind in DRIVERS:
                self._add(section)
        if self._wiring:
            self._devices |= self._wiring.devices(self._around)

    def _add(self, section: DeviceSection) -> None:
        answers = bool(section.ok or section.ng)
        if section.kind == "camera":
            device = self._add_camera(section)
            if answers and section.path:
                device = self._add_output(section)
            elif answers:
                device.remark = ("no_output", "OK/NG bytes have nowhere to go: set path to a serial port or a URL")
                answers = False
        else:
            device = self._add_reader(section)
        if answers:
            self._answers[section.name] = device, wire(section.ok), wire(section.ng)

    def _add_reader(self, section: DeviceSection) -> Device:
        wiring, take = self._wiring, codes_of(section.name)
        group = wiring.group(section.name) if wiring else None
        if wiring and group:
            take = answers_of(section.name, wiring.inlet.put, group.echo, framing(section))
        device = Device(section.name, section.kind, DRIVERS[section.kind](section), take, self._around)
        self._devices[section.name] = device
        if wiring and group and group.fire:
            text = group.fire
            wiring.fire(section.name, lambda number, _mono: device.send(wire(text.replace("{trigger}", str(number)))))
        return device

    def _add_camera(self, section: DeviceSection) -> Device:
        from drivers.camera import FolderCamera

        driver = DRIVERS["camera"](section)
        wiring = self._wiring
        triggered = wiring if wiring and wiring.group(section.name) else None
        live = not isinstance(driver, FolderCamera)
        single = section.single and live and not triggered
        settle_frames = section.settle_frames if live else 0
        seen_as = replace(section, single=single, settle_frames=0 if triggered else settle_frames)
        recipe = self.teaching.recipe_of(section)
        presentation = Presentation(
            section.name, self._read(seen_as) if self._read and not recipe else self.teaching.read(seen_as),
            self._around.mono, self._show, settle_frames,
            expected=recipe.expected if recipe else section.expected,
            answer=triggered.inlet.put if triggered else None, single=single)
        if triggered and live:
            triggered.fire(section.name, presentation.shoot)
        # While the inbox is full no more pictures are read: a folder keeps its own, live ones are soon out of date.
        device = Device(section.name, section.kind, driver, presentation.frames, self._around,
                        lambda: self._idle(presentation, device), backlog=1)
        self._presentations[section.name] = presentation
        self.teaching.add(seen_as, presentation)
        self._devices[section.name] = device
        return device

    @staticmethod
    def _idle(presentation: Presentation, device: Device) -> None:
        """Shows the newest picture; tells of a set-up, and where codes have become too small to be relied on."""
        presentation.refresh()
        word = presentation.withheld.word
        if device.remark[0] in ("", "small_modules", "set_up", "set_up_over"):
            small = 0 < presentation.px_module < ALARM
            told = ("small_modules", f"the codes have less than {ALARM} pixels a module") if small else ("", "")
            device.remark = (word, "its pictures count for nothing") if word else told

    def _add_output(self, section: DeviceSection) -> Device:
        """The line beside a camera that its OK/NG bytes go to; what it says itself (a relay's echo) is no code."""
        name = f"{section.name}.out"
        device = Device(name, "serial", serial(section), lambda results, at, mono: [], self._around)
        self._devices[name] = device
        return device

    def start(self) -> None:
        for section in self._keyboards:
            self._around.say(self._keyboard_state(section))
        for device in self._devices.values():
            device.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ends all threads. A device whose driver hangs in the system is told as a fault and left behind.

        Readers first, then the line, then the ports, which take the line's last word with them.
        """
        until = time.monotonic() + timeout_s
        ports = self._wiring.ports if self._wiring else {}
        readers = [device for name, device in self._devices.items() if name not in ports and name != NAME]
        last = [[self._devices[NAME]], [self._devices[name] for name in ports]] if self._wiring else []
        for stage in (readers, *last):
            for device in stage:
                device.ask_to_stop()
            for device in stage:
                device.join(max(0.0, until - time.monotonic()))
            if self._wiring and stage == last[0]:
                self._wiring.line.farewell(self._around.mono())
        self.teaching.close()

    def states(self) -> tuple[DeviceState, ...]:
        """The last word of each device, in the order of the settings; a camera's output line after its camera."""
        keyboards = {section.name: self._keyboard_state(section) for section in self._keyboards}
        names = [name for each in self._order for name in (each, f"{each}.out")] + [NAME]
        return tuple(
            keyboards[name] if name in keyboards else self._devices[name].state
            for name in names if name in keyboards or name in self._devices
        )

    def _keyboard_state(self, section: DeviceSection) -> DeviceState:
        return DeviceState(section.name, section.kind, "ready", "", self._around.now())

    def _told(self, state: DeviceState) -> None:
        if self._wiring:
            self._wiring.inlet.put(state)
        self._say(state)

    def verdict(self, published: Published) -> None:
        """Sends the configured OK or NG bytes to the devices that the scan came from, and the verdict to the line.

        From any thread; never waits.
        """
        group = self._wiring.group(published.source) if self._wiring else None
        for source in group.readers if group else (published.source,):
            answer = self._answers.get(source)
            if answer is not None:
                device, good, bad = answer
                device.send(good if published.verdict.outcome.good else bad)
        if self._wiring:
            self._wiring.inlet.put(published)

    def trigger(self, position: str = "") -> None:
        """Makes the readers of a position (its name or a reader's; "" the first) read once more, as a new trigger.

        Nothing where the reader triggers itself.
        """
        if self._wiring:
            self._wiring.ask(position)

    @property
    def ports(self) -> Mapping[str, SignalPort]:
        """The signal ports by name; a bench's `log` and `press` are there."""
        return self._wiring.ports if self._wiring else {}

    def preview(self, name: str) -> None:
        """Live pictures of this camera from now on, its last one at once; "" stops them."""
        for each, presentation in self._presentations.items():
            presentation.watch(each == name)

    def set_up(self, name: str) -> None:
        """This camera is set up for the next seconds (`withheld.LENT_S`), to be said again until then; "" ends it.

        Nothing that it shows meanwhile reaches the inbox, nor what lies under it then until that was taken away.
        """
        for each, presentation in self._presentations.items():
            presentation.withheld.lend(LENT_S if each == name else 0)

    def picture(self, frame: Frame) -> np.ndarray | None:
        """The pixels that a frame was read from, while they are still here; from any thread."""
        found = (presentation.picture(frame) for presentation in self._presentations.values())
        return next((pixels for pixels in found if pixels is not None), None)

    @property
    def cameras(self) -> tuple[str, ...]:
        return tuple(self._presentations)

    @property
    def keyboard(self) -> str:
        """The source of what the keyboard scanner scans: the first keyboard of the settings, else "keyboard"."""
        return self._keyboards[0].name if self._keyboards else "keyboard"

    def decoder(self) -> KeyboardDecoder:
        """A decoder for the window's keys, set as the first keyboard of the settings. For one thread."""
        if not self._keyboards:
            return KeyboardDecoder()
        section = self._keyboards[0]
        endings = {"\r": ("enter",), "\n": ("enter",), "\t": ("tab",)}.get(wire(section.suffix).decode("latin-1"))
        keys = Framing(wire(section.prefix), group_separator=wire(section.group_separator),
                       no_read=wire(section.no_read))
        return KeyboardDecoder(keys, endings) if endings else KeyboardDecoder(keys)
