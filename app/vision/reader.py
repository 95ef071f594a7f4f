"""One picture in, all its codes out: a pass over the whole frame, then a search where a code still must be.

Pure: arrays in, readings out. It never guesses: a place that no engine reads is told as unread, so that the window
can ring it. What the codes mean, and whether twice the same text is a fault, others decide.
"""
from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from app.vision import decoders
from app.vision.reading import Corners, FrameReading, SeenCode, merged
from app.vision.search import Search

__all__ = ["Corners", "FrameReading", "Reader", "SeenCode"]

# One frame is one core's work: the frames of several cameras and the window share the machine.
cv2.setNumThreads(1)

WHOLE_PIXELS = 25_000_000     # larger frames are reduced to this for the first pass; places are cut out in full


class Reader:
    """Reads pictures. Keeps nothing between them; one object serves one thread.

    `symbologies`: names as in decoders.MATRIX and LINEAR, none is all of them; fewer are faster and safer.
    `expected`: codes in a full frame, 0 where not known; the search ends as soon as so many are read.
    `budget_s`: no second try is begun later than this after the start. Raises VisionRefused when it is made.
    """

    def __init__(self, symbologies: Sequence[str] = (), expected: int = 0, engine: str = "zxing",
                 budget_s: float = 0.4) -> None:
        self.symbologies = decoders.known(tuple(symbologies))
        self.expected = expected
        self.engine = decoders.engine(engine)
        self.budget_s = budget_s

    def read(self, pixels: np.ndarray) -> FrameReading:
        """`pixels`: uint8, grey (H, W) or BGR (H, W, 3). Raises ValueError for anything else."""
        started = time.perf_counter()
        grey = _grey(pixels)
        height, width = grey.shape
        codes = merged(self._whole(grey))
        unread: list[Corners] = []
        if not 0 < self.expected <= len(codes) and any(name in decoders.MATRIX for name in self.symbologies):
            search = Search(self.engine, grey, codes, self.symbologies, self.expected, started, self.budget_s)
            search.run()
            codes, unread = search.codes, search.unread
        return FrameReading(tuple(codes), tuple(unread), width, height, (time.perf_counter() - started) * 1000)

    def _whole(self, grey: np.ndarray) -> list[SeenCode]:
        """The pass over the frame, reduced where it is huge: noise of 100 megapixels would take half a minute."""
        part = (WHOLE_PIXELS / grey.size) ** 0.5
        if part >= 1:
            return self.engine.read(grey, self.symbologies)
        small = cv2.resize(grey, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        return [replace(code, corners=tuple((x / part, y / part) for x, y in code.corners))    # type: ignore[arg-type]
                for code in self.engine.read(small, self.symbologies)]


def _grey(pixels: np.ndarray) -> np.ndarray:
    """Colour costs the engines twice the time and tells them nothing."""
    if pixels.dtype == np.uint8 and pixels.size:
        if pixels.ndim == 2:
            return np.ascontiguousarray(pixels)
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    raise ValueError(f"picture of shape {pixels.shape} and type {pixels.dtype}; expected uint8 (H, W) or (H, W, 3)")
