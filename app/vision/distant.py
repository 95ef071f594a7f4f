"""A reader in a process of its own, so that no picture, however hard, holds up the window or the station's answers.

It reads as the reader itself does. A picture at which the process breaks is tried by a new one; one that breaks that,
too, is told as a picture on which nothing was read.
"""
from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from app.vision import pool, tries
from app.vision.apart import Apart, Lost
from app.vision.reader import Reader, grey_of
from app.vision.reading import FrameReading
from app.vision.recipe import Recipe

START_S = 60.0           # that a process may take to begin, on a machine that is busy starting

_log = logging.getLogger(__name__)


class Distant:
    """What `make(*given)` makes, in a process that begins now; where the machine gives none, here.

    `read` names its method that takes a picture's pixels and gives a FrameReading. Reading raises what `make` raises.
    """

    def __init__(self, make: Callable[..., Any], *given: object, read: str = "read") -> None:
        self._method = read
        self._here: Callable[[], Any] = cache(lambda: make(*given))
        self._process: Apart | None = Apart("reading pictures", _hold, make, *given)
        self._begun()

    def _begun(self) -> bool:
        try:
            self._process.begin()
        except Lost:
            self._process = None
        return self._process is not None

    def read(self, pixels: np.ndarray) -> FrameReading:
        """One picture. `pixels`: uint8, grey (H, W) or BGR (H, W, 3). Raises ValueError for anything else."""
        grey = grey_of(pixels)
        for _ in range(2):
            if not self._begun():
                return getattr(self._here(), self._method)(grey)
            try:
                if self._process.ready(START_S):
                    return self._process.do(_call, self._method, pixels=grey)[0]
            except Lost:
                continue
        _log.error("a picture of %s broke two processes; nothing was read on it", pixels.shape)
        return FrameReading((), width=pixels.shape[1], height=pixels.shape[0])

    def ask(self, name: str) -> Any:
        """An attribute of what reads; None where its process is lost or has not begun to read."""
        if self._process is None:
            return getattr(self._here(), name)
        try:
            return self._process.do(_attribute, name)[0] if self._process.ready() else None
        except Lost:
            return None

    def close(self) -> None:
        """Ends its process; the next picture begins another."""
        if self._process is not None:
            self._process.close()


_held: list[Any] = []                                    # in the process: what reads


def _hold(make: Callable[..., Any], *given: object) -> None:
    """The first picture of a process takes 60 ms more than the next: it is a blank one, before any case comes."""
    _held[:] = [make(*given)]
    Reader(Recipe(("QRCode",), count=2)).read(np.full((480, 640), 200, np.uint8))
    pool.prepare(tries.warm)


def _call(pixels: np.ndarray, name: str) -> FrameReading:
    return getattr(_held[0], name)(pixels)


def _attribute(name: str) -> Any:
    return getattr(_held[0], name)
