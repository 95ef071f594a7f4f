"""A reader in a process of its own, so that no picture, however hard, holds up the window or the station's answers.

It reads as the reader itself does. A picture at which the process breaks is tried by a new one; one that breaks that,
too, is told as a picture on which nothing was read.
"""
from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np

from app.vision import pool, tries
from app.vision.apart import Apart, Lost
from app.vision.reader import Reader, grey_of
from app.vision.reading import FrameReading
from app.vision.recipe import Recipe

START_S = 60.0           # that a process may take to begin, on a machine that is busy starting

R = TypeVar("R")
_log = logging.getLogger(__name__)


class Distant:
    """What `make(*given)` makes, in a process that begins now; where the machine gives none, here.

    `read` names its method that takes a picture's pixels and gives a FrameReading. Reading raises what `make` raises.
    """

    def __init__(self, make: Callable[..., Any], *given: object, read: str = "read") -> None:
        self._method = read
        self._here: Callable[[], Any] = cache(lambda: make(*given))
        self._process: Apart | None = Apart("reading pictures", _hold, make, *given)
        self._closed = False
        self._begun()

    def _begun(self) -> bool:
        try:
            if self._process is not None:
                self._process.begin()
        except Lost:
            self._process = None
        return self._process is not None

    def read(self, pixels: np.ndarray) -> FrameReading:
        """One picture. `pixels`: uint8, grey (H, W) or BGR (H, W, 3). Raises ValueError for anything else."""
        grey = grey_of(pixels)
        reading = self._done(_call, grey, self._method)
        if isinstance(reading, str):
            _log.error("nothing was read on a picture of %s: %s", grey.shape, reading)
        return reading if isinstance(reading, FrameReading) else \
            FrameReading((), width=grey.shape[1], height=grey.shape[0])

    def borrow(self, work: Callable[..., R], pixels: np.ndarray, *given: object) -> R | None:
        """`work(pixels, *given)` by the same process, between two pictures; None where that broke it."""
        return self._done(_lent, pixels, work, *given)

    def _done(self, work: Callable[..., R], pixels: np.ndarray, *given: object) -> R | None:
        for _ in range(2):
            if self._closed:
                return None
            if not self._begun():
                return work(pixels, *given, held=self._here())
            try:
                if self._process.ready(START_S):
                    return self._process.do(work, *given, pixels=pixels)[0]
            except Lost:
                continue
        if self._closed:
            return None
        _log.error("a picture of %s broke two processes; nothing was read on it", pixels.shape)
        return None

    def ask(self, name: str) -> Any:
        """An attribute of what reads; None where its process is lost or has not begun to read."""
        if self._process is None:
            return getattr(self._here(), name)
        try:
            return self._process.do(_attribute, name)[0] if self._process.ready() else None
        except Lost:
            return None

    def close(self) -> None:
        """Ends its process; nothing is read any more."""
        self._closed = True
        if self._process is not None:
            self._process.close()


_held: list[Any] = []                                    # in the process: what reads


def _hold(make: Callable[..., Any], *given: object) -> None:
    """The first picture of a process takes 60 ms more than the next: it is a blank one, before any case comes."""
    _held[:] = [make(*given)]
    Reader(Recipe(("QRCode",), count=2)).read(np.full((480, 640), 200, np.uint8))
    pool.prepare(tries.warm)


def _call(pixels: np.ndarray, name: str, held: Any = None) -> FrameReading | str:
    """The reading; an engine that stumbles over this picture may read the next, so that is told and not raised."""
    try:
        return getattr(held or _held[0], name)(pixels)
    except Exception:
        return traceback.format_exc()


def _lent(pixels: np.ndarray, work: Callable[..., R], *given: object, held: Any = None) -> R:
    return work(pixels, *given)


def _attribute(name: str) -> Any:
    return getattr(_held[0], name)
