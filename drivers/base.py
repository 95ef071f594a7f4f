"""What every driver is: open, read, write, close. No thread, no callback, no retry; the caller has all three.

A reader gives `Reading`s (bytes of one code) or `Picture`s (frames); `read` blocks at most `timeout_s` and returns
an empty list when nothing came. `DeviceGone` means: close me, wait, open me again.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class DeviceGone(Exception):
    """The device is not there (any more). The text says which one, what was expected and what came."""


class DeviceRefused(Exception):
    """The device is there but will not serve us (no right, busy, wrong setting); the text names the mend."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One code as the device sent it: the bytes without the frame's suffix, and the AIM identifier if it sent one."""

    raw: bytes
    aim: str = ""
    no_read: bool = False        # the device was triggered and saw nothing


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame: grey (H, W) or BGR (H, W, 3) uint8. `name` is the file's name where it came from a folder."""

    pixels: np.ndarray
    name: str = ""
    last: bool = False           # no more will come (end of a video, a folder that is not watched)


class Driver(Protocol):
    def open(self) -> None: ...
    def read(self, timeout_s: float) -> list[Reading] | list[Picture]: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
