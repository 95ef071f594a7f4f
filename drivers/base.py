"""What every driver is: open, read, write, close. No thread, no callback, no retry; the caller has all three.

A reader gives `Reading`s (bytes of one code) or `Picture`s (frames); `read` blocks at most `timeout_s` and returns
an empty list when nothing came. `DeviceGone` means: close me, wait, open me again.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np


class DeviceProblem(Exception):
    """A device that does not serve. The text is for the log: which device, what was expected and what came.

    `problem` is one word for the sentence an operator reads: "not_found", "unplugged", "no_connection", "no_reader",
    "no_signal", "ended"; "no_permission", "busy", "wrong_setting", "not_taking", "bad_picture".
    """

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text)
        self.problem = problem


class DeviceGone(DeviceProblem):
    """The device is not there (any more). The text says which one, what was expected and what came."""

    def __init__(self, text: str, problem: str = "unplugged") -> None:
        super().__init__(text, problem)


class DeviceRefused(DeviceProblem):
    """The device is there but will not serve us (no right, busy, wrong setting); the text names the mend."""

    def __init__(self, text: str, problem: str = "wrong_setting") -> None:
        super().__init__(text, problem)


@dataclass(frozen=True, slots=True)
class Reading:
    """One code as the device sent it: the bytes without the frame's suffix, and the AIM identifier if it sent one."""

    raw: bytes
    aim: str = ""
    no_read: bool = False        # the device was triggered and saw nothing, or the frame was cut short
    more: bool = field(default=False, compare=False)     # the next one belongs to the same telegram


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame: grey (H, W) or BGR (H, W, 3) uint8. `name` is the file's name where it came from a folder."""

    pixels: np.ndarray
    name: str = ""
    last: bool = False           # no more will come (end of a video, a folder that is not watched)


class Driver(Protocol):
    """`wake` alone may be called from any thread: it ends a blocking `read` within 20 ms, early and empty.

    `trouble` is what is wrong while the driver is open and goes on (no reader connected yet, a picture that cannot
    be read, a video at its end); None where all is well. All but `wake` raise DeviceGone and DeviceRefused.
    """

    def open(self) -> None: ...
    def read(self, timeout_s: float) -> list[Reading] | list[Picture]: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def wake(self) -> None: ...
    def trouble(self) -> DeviceProblem | None: ...
