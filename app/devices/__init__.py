"""Devices: settings to drivers, one supervised thread each; scans and frames in, OK/NG bytes out after the commit.

The one room that knows drivers and vision. It decides nothing about codes. A keyboard scanner has no thread: the window
asks its decoder. A camera's OK/NG bytes go out over the serial line or URL of its `path`.
"""
from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.devices.device import Around, Device, codes_of
from app.devices.presentation import Presentation
from app.messages import DeviceState, Frame, Message, Published
from app.settings import DeviceSection
from drivers.base import Driver
from drivers.framing import Framing
from drivers.keyboard import KeyboardDecoder

if TYPE_CHECKING:
    import numpy as np

    from app.vision.reading import FrameReading

Read = Callable[["np.ndarray"], "FrameReading"]
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|[nrt0\\])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def wire(text: str) -> bytes:
    """A setting's text as the bytes on the wire: UTF-8, with \\xNN, \\r, \\n, \\t, \\0 and \\\\ as one byte each."""
    return _ESCAPE.sub(lambda each: _ESCAPED.get(each[1]) or bytes.fromhex(each[1][1:].decode()), text.encode())


def _framing(section: DeviceSection) -> Framing:
    return Framing(wire(section.prefix), wire(section.suffix), section.idle_flush_ms / 1000, wire(section.separator),
                   wire(section.no_read), wire(section.group_separator))


# Each kind's libraries are imported where one is configured: OpenCV alone takes 40 MB that a scanner desk never needs.
def _serial(section: DeviceSection) -> Driver:
    from drivers.serial_scanner import SerialScanner
    return SerialScanner(section.path, _framing(section), section.baud)


def _socket_client(section: DeviceSection) -> Driver:
    from drivers.socket_reader import SocketReader
    return SocketReader(section.host, section.port, _framing(section), wire(section.trigger))


def _socket_server(section: DeviceSection) -> Driver:
    from drivers.socket_reader import SocketListener
    return SocketListener(section.host, section.port, _framing(section), wire(section.trigger))


def _camera(section: DeviceSection) -> Driver:
    from drivers.camera import camera
    return camera(section.source, frame_rate=section.frame_rate, width=section.width, height=section.height,
                  watch=section.watch)


DRIVERS: Mapping[str, Callable[[DeviceSection], Driver]] = {
    "serial": _serial, "socket-client": _socket_client, "socket-server": _socket_server, "camera": _camera,
}


def _read_with_vision(section: DeviceSection) -> Read:
    from app.vision.reader import Reader
    return Reader(section.symbologies, section.expected).read


class Devices:
    """All devices of the settings. `say` and `show` are called from the devices' threads and return at once.

    `say(DeviceState)` tells each change of health. `show(camera, pixels, frame)` brings the live picture of the camera
    chosen by `preview`, at most 12 a second; the pixels are never written to again.
    """

    def __init__(
        self, sections: Sequence[DeviceSection], inbox: queue.Queue[Message], say: Callable[[DeviceState], None], *,
        show: Callable[[str, np.ndarray, Frame], None] | None = None,
        read: Callable[[DeviceSection], Read] = _read_with_vision,
        now: Callable[[], datetime] = lambda: datetime.now(UTC), mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._around = Around(inbox, say, now, mono)
        self._show, self._read = show, read
        self._order = tuple(section.name for section in sections)
        self._devices: dict[str, Device] = {}
        self._answers: dict[str, tuple[Device, bytes, bytes]] = {}      # source: where to, OK, NG
        self._presentations: dict[str, Presentation] = {}
        self._keyboards = tuple(section for section in sections if section.kind == "keyboard")
        for section in sections:
            if section.kind in DRIVERS:
                self._add(section)

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
            device = Device(section.name, section.kind, DRIVERS[section.kind](section), codes_of(section.name),
                            self._around)
            self._devices[section.name] = device
        if answers:
            self._answers[section.name] = device, wire(section.ok), wire(section.ng)

    def _add_camera(self, section: DeviceSection) -> Device:
        from drivers.camera import FolderCamera

        driver = DRIVERS["camera"](section)
        presentation = Presentation(
            section.name, self._read(section), self._around.mono, self._show,
            settle_frames=0 if isinstance(driver, FolderCamera) else section.settle_frames, expected=section.expected)
        # While the inbox is full no more pictures are read: a folder keeps its own, live ones are soon out of date.
        device = Device(section.name, section.kind, driver, presentation.frames, self._around, presentation.refresh,
                        backlog=1)
        self._presentations[section.name] = presentation
        self._devices[section.name] = device
        return device

    def _add_output(self, section: DeviceSection) -> Device:
        """The line beside a camera that its OK/NG bytes go to; what it says itself (a relay's echo) is no code."""
        name = f"{section.name}.out"
        device = Device(name, "serial", _serial(section), lambda results, at, mono: [], self._around)
        self._devices[name] = device
        return device

    def start(self) -> None:
        for section in self._keyboards:
            self._around.say(self._keyboard_state(section))
        for device in self._devices.values():
            device.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ends all threads. A device whose driver hangs in the system is told as a fault and left behind."""
        until = time.monotonic() + timeout_s
        for device in self._devices.values():
            device.ask_to_stop()
        for device in self._devices.values():
            device.join(max(0.0, until - time.monotonic()))

    def states(self) -> tuple[DeviceState, ...]:
        """The last word of each device, in the order of the settings; a camera's output line after its camera."""
        keyboards = {section.name: self._keyboard_state(section) for section in self._keyboards}
        names = [name for each in self._order for name in (each, f"{each}.out")]
        return tuple(
            keyboards[name] if name in keyboards else self._devices[name].state
            for name in names if name in keyboards or name in self._devices
        )

    def _keyboard_state(self, section: DeviceSection) -> DeviceState:
        return DeviceState(section.name, section.kind, "ready", "", self._around.now())

    def verdict(self, published: Published) -> None:
        """Sends the configured OK or NG bytes to the device that the scan came from. From any thread; never waits."""
        answer = self._answers.get(published.source)
        if answer is not None:
            device, good, bad = answer
            device.send(good if published.verdict.outcome.good else bad)

    def preview(self, name: str) -> None:
        """Live pictures of this camera from now on, its last one at once; "" stops them."""
        for each, presentation in self._presentations.items():
            presentation.watch(each == name)

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
        framing = Framing(wire(section.prefix), group_separator=wire(section.group_separator),
                          no_read=wire(section.no_read))
        return KeyboardDecoder(framing, endings) if endings else KeyboardDecoder(framing)
