"""Scanners on a serial line: USB-COM and RS-232 by path, by-id link or vid:pid, and any pyserial URL (socket://...).

Finds the port anew at each `open`, so a scanner that comes back under another ttyUSB number is found by its vid:pid.
Knows nothing of what the codes mean; when to try again is the caller's business.
"""
from __future__ import annotations

import errno
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import serial
from serial.tools import list_ports

from drivers.base import DeviceGone, DeviceProblem, DeviceRefused, Reading
from drivers.framing import Framing, Splitter

# A read is cut into slices this short: where a read cannot be woken (Windows, URLs), OK/NG bytes wait no longer.
SLICE_S = 0.02
WRITE_TIMEOUT_S = 0.2
_VID_PID = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?::(.*))?")
_NO_RIGHT = {errno.EACCES, errno.EPERM}
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}
_NOT_A_LINE = {errno.ENOTTY, errno.EINVAL, errno.EISDIR}


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One serial port of this machine. `address` finds the same device again after replugging."""

    path: str
    address: str
    description: str


def serial_ports() -> tuple[SerialPort, ...]:
    """What is plugged in now: USB devices by vid:pid[:serial], others by their path."""
    return tuple(
        SerialPort(port.device, _address(port), port.description or "")
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    )


def _address(port: list_ports.ListPortInfo) -> str:
    if port.vid is None or port.pid is None:
        return port.device
    return f"{port.vid:04x}:{port.pid:04x}" + (f":{port.serial_number}" if port.serial_number else "")


def _find(address: str) -> str:
    """The path or URL to open. Raises DeviceGone where nothing with this vid:pid is plugged in."""
    wanted = _VID_PID.fullmatch(address)
    if not wanted:
        return address
    ids, number = (int(wanted[1], 16), int(wanted[2], 16)), wanted[3]
    for port in list_ports.comports():
        if (port.vid, port.pid) == ids and number in (None, "", port.serial_number):
            return port.device
    found = ", ".join(f"{port.path} ({port.address})" for port in serial_ports()) or "none"
    raise DeviceGone(f"no serial device {address} is plugged in; serial ports found: {found}", "not_found")


class SerialScanner:
    """`address` is a path, a by-id path, "vid:pid[:serial]" or a pyserial URL; `clock` any steady clock in seconds."""

    def __init__(self, address: str, framing: Framing, baud: int = 115_200,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._framing, self._baud, self._clock = address, framing, baud, clock
        self._port: serial.SerialBase | None = None
        self._splitter = Splitter(framing)
        self._wake: Callable[[], None] | None = None

    def open(self) -> None:
        if not self._address:
            raise DeviceRefused("serial device: expected a path, vid:pid or a URL, got nothing: set its path")
        path = _find(self._address)
        self._splitter = Splitter(self._framing)
        try:
            self._port = serial.serial_for_url(
                path, self._baud, timeout=SLICE_S, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        except (OSError, ValueError) as error:        # SerialException is an OSError
            raise _why_not(self._address, error) from error
        # cancel_read is level-triggered on POSIX (a pipe), so a wake between two reads is not lost there.
        self._wake = getattr(self._port, "cancel_read", None) if sys.platform != "win32" else None

    def read(self, timeout_s: float) -> list[Reading]:
        until = self._clock() + timeout_s
        while True:
            try:
                with self._line() as port:
                    data = port.read(1)
                    if data:
                        data += port.read(min(port.in_waiting, 65_536))
            except DeviceGone:
                if cut := self._splitter.end(orderly=False):
                    return cut                 # the next read raises again
                raise
            now = self._clock()
            readings = self._splitter.feed(data, now) if data else self._splitter.idle(now)
            # No data before the slice was over: somebody woke us. The caller looks what for.
            if readings or now >= until or not data:
                return readings

    def write(self, data: bytes) -> None:
        with self._line() as port:
            port.write(data)

    def close(self) -> None:
        port, self._port, self._wake = self._port, None, None
        if port is not None:
            try:
                port.close()
            except OSError:
                pass                                   # it is gone; the descriptor is free all the same

    def wake(self) -> None:
        wake = self._wake
        if wake is not None:
            try:
                wake()
            except (OSError, TypeError):
                pass                                   # closed meanwhile by its own thread

    def trouble(self) -> DeviceProblem | None:
        return None

    @contextmanager
    def _line(self) -> Iterator[serial.SerialBase]:
        port = self._port
        if port is None:
            raise DeviceGone(f"serial device {self._address} is not open")
        try:
            yield port
        except serial.SerialTimeoutException as error:
            raise DeviceRefused(f"serial device {self._address} takes no bytes: expected it to accept them within "
                                f"{WRITE_TIMEOUT_S} s; look at its cable and flow control", "not_taking") from error
        except OSError as error:
            raise DeviceGone(f"serial device {self._address} was unplugged ({error})") from error


def _why_not(address: str, error: Exception) -> DeviceProblem:
    """Why a port did not open, with the mend."""
    number, text = getattr(error, "errno", None), str(error)
    # pyserial on Windows keeps the number in its text only; "access denied" there means another program has the port.
    windows_busy = sys.platform == "win32" and "PermissionError" in text
    if windows_busy or number in _BUSY or "exclusively lock" in text:
        return DeviceRefused(f"serial device {address} is used by another program (or ModemManager or brltty): "
                             f"end it there ({text})", "busy")
    if number in _NO_RIGHT:
        return DeviceRefused(f"no right to open serial device {address}: add this account to the group that owns it "
                             f"(usually dialout) and sign in again ({text})", "no_permission")
    if isinstance(error, ValueError) or number in _NOT_A_LINE or "configure port" in text:
        return DeviceRefused(f"serial device {address}: expected a serial port, a vid:pid or a URL such as "
                             f"socket://host:port, with a speed it knows ({text})")
    return DeviceGone(f"serial device {address} is not there ({text})",
                      "no_connection" if "://" in address else "not_found")
