"""Label printers on a network or serial line, in ZPL or TSPL: send a label's bytes, ask how it goes.

Open, send, ask, close; waiting for paper and trying again is the caller's. What an earlier connection left in the
printer's memory is cancelled on opening, so a label that was told as not printed never comes out later.
"""
from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.base import DeviceGone, DeviceProblem, DeviceRefused
from drivers.printer_line import Line, line

PORT = 9100
ANSWER_S = 2.5                   # a printer that says nothing for so long is off, or starting again
BEGINS_S = 1.0                   # within so long after a label came a TSPL printer says that it prints
MOST_UNASKED = 100               # pieces of what it says unasked
_SLICE_S = 0.05
_STRING = re.compile(rb"\x02([^\x02\x03]*)\x03")
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}
# TSPL's status byte, bit by bit, the gravest first (TSPL/TSPL2 Programming Language, <ESC>!?)
_TSPL_BITS = ((0x01, "head_open"), (0x02, "paper_jam"), (0x04, "paper_out"), (0x08, "ribbon_out"), (0x10, "paused"),
              (0x80, "printer_fault"))
_TSPL_PRINTING = 0x20


@dataclass(frozen=True, slots=True)
class Status:
    """`problem` is a word for the operator, "" where it can print: "paper_out", "head_open", "ribbon_out", "paused",
    "paper_jam", "printer_fault". `waiting` are labels that it has and that are not out yet."""

    problem: str = ""
    waiting: int = 0
    detail: str = ""


class _Silent(DeviceGone):
    """It is connected and does not answer."""


class Printer(Protocol):
    """`open`, `send`, `status` and `cancel` raise DeviceGone and DeviceRefused. All from one thread.

    `cancel` takes back what was sent and is not out, as far as the printer can.
    """

    def open(self) -> None: ...
    def send(self, data: bytes, title: str) -> None: ...
    def status(self) -> Status: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...


class LinePrinter:
    """`address` is a serial path or a pyserial URL, socket://host:9100 for the network; `speaks` zpl, tspl or pdf.

    Where it does not answer (`answers` False, and always in PDF), what was sent is all that can be known.
    """

    def __init__(self, address: str, speaks: str, *, baud: int = 115_200, answers: bool = True,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._baud, self._clock = address, baud, clock
        self._language = speaks.partition("-")[0]
        self._answers = answers and self._language in ("zpl", "tspl")
        self._line: Line | None = None
        self._begins_by = 0.0

    def open(self) -> None:
        try:
            # ZPL is text: a serial printer may stop us by XOFF. In TSPL and PDF such a byte may be a dot.
            self._line = line(self._address, self._baud, flow=self._language == "zpl" and "://" not in self._address)
        except (OSError, ValueError) as error:
            raise self._why_not(error) from error
        if self._answers:
            self._begin()

    def _begin(self) -> None:
        try:
            self.status()
        except _Silent as silent:
            raise DeviceRefused(
                f"printer {self._address} does not say how it is: expected an answer to {self._language.upper()}'s "
                f"status request; set speaks to its language, or answers = false ({silent})", "no_status") from None
        self.cancel()
        self.status()

    def cancel(self) -> None:
        if self._answers:
            self._write(b"~JA" if self._language == "zpl" else b"\x1b!.")
            self._begins_by = 0.0

    def send(self, data: bytes, title: str = "") -> None:
        """Hands over one label. DeviceGone after a part of it: the printer has not got it whole."""
        self._write(data)
        if self._language == "tspl":
            self._begins_by = self._clock() + BEGINS_S

    def status(self) -> Status:
        """Asks and waits for the answer. DeviceGone where none comes."""
        self._drain()
        if not self._answers:
            return Status()
        if self._language == "zpl":
            self._write(b"~HS")
            return self._asked(zpl_status)
        self._write(b"\x1b!?")
        status = self._asked(tspl_status)
        # A TSPL printer that has not begun to print says the same as one that is done.
        if status.waiting or self._clock() >= self._begins_by:
            self._begins_by = 0.0
            return status
        return replace(status, waiting=1)

    def _asked(self, parsed: Callable[[bytes], Status | None]) -> Status:
        until, heard = self._clock() + ANSWER_S, b""
        while (status := parsed(heard)) is None:
            if self._clock() >= until:
                raise _Silent(f"printer {self._address} gave no whole status within {ANSWER_S} s, got {heard!r}: "
                              f"it is off, starting, or its cable is out", "no_connection")
            heard += self._read()
        return status

    def close(self) -> None:
        ended, self._line = self._line, None
        if ended is not None:
            try:
                ended.close()
            except OSError:
                pass                                   # it is gone; the descriptor is free all the same

    def _read(self, timeout_s: float = _SLICE_S) -> bytes:
        with self._open_line() as opened:
            return opened.read(timeout_s)

    def _drain(self) -> None:
        """Forgets what it said unasked, or too late. Raises DeviceGone where it hung up."""
        for _ in range(MOST_UNASKED):
            if not self._read(0.0):
                break

    def _write(self, data: bytes) -> None:
        with self._open_line() as opened:
            opened.write(data)

    @contextmanager
    def _open_line(self) -> Iterator[Line]:
        if self._line is None:
            raise DeviceGone(f"printer {self._address} is not open", "no_connection")
        try:
            yield self._line
        except TimeoutError as error:
            raise DeviceGone(f"printer {self._address} took no bytes in time ({error})", "not_taking") from error
        except OSError as error:
            raise DeviceGone(f"printer {self._address} hung up ({error})",
                             "no_connection" if "://" in self._address else "unplugged") from error

    def _why_not(self, error: Exception) -> DeviceProblem:
        number, text = getattr(error, "errno", None), str(error)
        if number in _BUSY or "exclusively lock" in text or "PermissionError" in text:
            return DeviceRefused(f"printer {self._address} is used by another program: end it there ({text})", "busy")
        if number in (errno.EACCES, errno.EPERM):
            return DeviceRefused(f"no right to open printer {self._address}: add this account to the group that owns "
                                 f"it (usually dialout) and sign in again ({text})", "no_permission")
        if isinstance(error, ValueError) or number in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
            return DeviceRefused(f"printer {self._address}: expected a serial port or a network address ({text})")
        return DeviceGone(f"printer {self._address} is not there ({text})",
                          "no_connection" if "://" in self._address else "not_found")


def zpl_status(heard: bytes) -> Status | None:
    """The three strings of ~HS as one Status; None until they are whole."""
    fields = [each.split(b",") for each in _STRING.findall(heard)]
    first = next((each for each in fields if len(each) == 12), None)
    second = next((each for each in fields if len(each) == 11), None)
    if first is None or second is None or fields[-1] in (first, second):
        return None
    try:
        flags = {"head_open": second[2], "paper_out": first[1], "ribbon_out": second[3], "paused": first[2],
                 "printer_fault": first[9]}
        problem = next((word for word, flag in flags.items() if int(flag)), "")
        waiting = int(first[4]) + int(second[8]) + int(first[7])   # formats received, labels of a batch, half a format
    except ValueError:
        return Status("printer_fault", 0, f"expected numbers in the answer to ~HS, got {heard!r}")
    return Status(problem, waiting, b" ".join(b",".join(each) for each in (first, second)).decode("ascii", "replace"))


def tspl_status(heard: bytes) -> Status | None:
    """The last byte heard as a Status; None before there is one."""
    if not heard:
        return None
    byte = heard[-1]
    problem = next((word for bit, word in _TSPL_BITS if byte & bit), "")
    return Status(problem, int(bool(byte & _TSPL_PRINTING)), f"status 0x{byte:02x}")
