"""The engine's own pass over the whole frame, on another core, in strips where the frame is large.

It can be given up at any time: what is not begun is then not begun. An engine cannot be stopped within a picture, and
grain, screens or mesh take it twenty times as long as a case; so samples tell first what a large frame would take, and
where that is more than there is time, it is read in tiles until the time is up.
"""
from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import product

import cv2
import numpy as np

from app.vision import decoders, pool
from app.vision.decoders import Engine
from app.vision.reading import SeenCode, merged

WHOLE_PIXELS = 25_000_000     # larger frames are reduced to this, and read in tiles as long as there is time:
WHOLE_S = 2.0                 # noise takes an engine a second for each million pixels, and nothing stops it
FIRST, TILE = 2_000_000, 1_400      # pixels of such a frame looked at first as a whole, and of a tile's side
STRIPPED = 4_000_000          # pixels above which matrix codes are looked for in strips
OVERLAP = 320                 # pixels that two strips share; larger codes are read on the reduced frame
SAMPLED = 2_500_000           # pixels above which samples of a frame are read first:
SAMPLES, SAMPLE = (3, 3), 160       # rows and columns of them, and a sample's side; a fiftieth of a frame of 12 MP
SLOWER = 2.0                  # than these: strips share pixels, and other work shares the cores
SMALL_TILE, SMALL_OVERLAP = 1_000, 240      # where the time is short; a tile of grain takes a tenth of a second


class Whole:
    """One pass. `start` lets helpers begin; `codes` waits and works with them; `stop` gives up.

    Of a large frame that takes too long no part is begun later than `until` (time.perf_counter), of a huge one none
    later than WHOLE_S after it.
    """

    def __init__(self, engine: Engine, grey: np.ndarray, symbologies: tuple[str, ...], dark: bool | None,
                 until: float = math.inf) -> None:
        self._engine, self._grey, self._symbologies, self._dark = engine, grey, symbologies, dark
        huge = grey.size > WHOLE_PIXELS
        self._until = until + WHOLE_S if huge else until
        self._bounded = huge
        self._unjudged = not huge and grey.size > SAMPLED and until < math.inf
        self._parts: list[Callable[[], list[SeenCode]]] = self._hurried() if huge else self._cut()
        self._lock, self._judging = threading.Lock(), threading.Lock()
        self._read: list[SeenCode] = []
        self._running: list[Future[None]] = []
        self.started = False

    def _cut(self) -> list[Callable[[], list[SeenCode]]]:
        """The parts of a frame for which there is time."""
        grey = self._grey
        matrix = all(name in decoders.MATRIX for name in self._symbologies)
        if grey.size <= STRIPPED or not matrix or pool.cores() < 2:
            return [lambda: self._strip(grey, 0, grey.shape[0])]
        half = grey.shape[0] // 2
        return [lambda: self._strip(grey, 0, half + OVERLAP // 2),
                lambda: self._strip(grey, half - OVERLAP // 2, grey.shape[0]), lambda: self._scaled(grey, 0.5)]

    def _hurried(self) -> list[Callable[[], list[SeenCode]]]:
        """The parts of one that is huge, or takes too long: reduced as a whole, then in tiles from the middle out."""
        grey = self._grey
        tiles = self._tiles(grey, (WHOLE_PIXELS / grey.size) ** 0.5, TILE, OVERLAP) if grey.size > WHOLE_PIXELS else \
            self._tiles(grey, 1.0, SMALL_TILE, SMALL_OVERLAP)
        return [lambda: self._scaled(grey, min(1.0, (FIRST / grey.size) ** 0.5)), *tiles]

    def _judge(self) -> None:
        """Reads samples once, and changes to tiles where all of it would take longer than there is time."""
        with self._judging:
            if not self._unjudged:
                return
            began = time.perf_counter()
            read = 0
            for row in range(SAMPLES[0]):
                for column in range(SAMPLES[1]):
                    top, left = (round((at + 0.5) / of * length) - SAMPLE // 2 for at, of, length in
                                 zip((row, column), SAMPLES, self._grey.shape, strict=True))
                    part = self._grey[max(0, top):top + SAMPLE, max(0, left):left + SAMPLE]
                    self._engine.read(part, self._symbologies, dark=self._dark)
                    read += part.size
            now = time.perf_counter()
            takes = SLOWER * (now - began) * self._grey.size / read / min(len(self._parts), pool.cores())
            with self._lock:
                if self._parts and now + takes > self._until:
                    self._parts, self._bounded = self._hurried(), True
            self._unjudged = False

    def _tiles(self, grey: np.ndarray, part: float, tile: int, overlap: int) -> list[Callable[[], list[SeenCode]]]:
        """The frame reduced by `part`, in tiles; each is reduced when its turn comes."""
        step, side = round((tile - overlap) / part), round(tile / part)
        rows, columns = (range(0, max(1, length - round(overlap / part)), step) for length in grey.shape)
        middle = (grey.shape[0] - side) / 2, (grey.shape[1] - side) / 2
        at = sorted(product(rows, columns), key=lambda each: math.dist(each, middle))
        return [partial(self._tile, grey, top, left, side, part) for top, left in at]

    def _tile(self, grey: np.ndarray, top: int, left: int, side: int, part: float) -> list[SeenCode]:
        return [replace(code, corners=tuple((x + left, y + top) for x, y in code.corners))     # type: ignore[arg-type]
                for code in self._scaled(grey[top:top + side, left:left + side], part)]

    def _strip(self, grey: np.ndarray, top: int, bottom: int) -> list[SeenCode]:
        return [_moved(code, 1, top) for code in
                self._engine.read(grey[top:bottom], self._symbologies, dark=self._dark)]

    def _scaled(self, grey: np.ndarray, part: float) -> list[SeenCode]:
        small = cv2.resize(grey, None, fx=part, fy=part, interpolation=cv2.INTER_AREA) if part < 1 else grey
        return [_moved(code, part, 0) for code in self._engine.read(small, self._symbologies, dark=self._dark)]

    def start(self) -> None:
        """Begins on the helpers; at once where one is free."""
        if not self.started:
            self.started = True
            most = pool.cores() if self._unjudged else len(self._parts)
            self._running = [pool.begin(self._share) for _ in range(min(most, pool.cores() - 1))]

    def _share(self) -> None:
        if self._unjudged:
            self._judge()
        while True:
            with self._lock:
                if not self._parts or self._bounded and time.perf_counter() > self._until:
                    return
                part = self._parts.pop(0)
            found = part()
            with self._lock:
                self._read += found

    def ready(self) -> bool:
        """Whether `codes` would not wait."""
        return bool(self._running) and all(each.done() for each in self._running)

    def codes(self) -> list[SeenCode]:
        """Everything that it reads, each symbol once. Raises what the engine raises."""
        self.started = True
        self._share()
        for other in self._running:
            if not other.cancel():
                other.result()
        return merged(replace(code, rung="frame") for code in self._read)

    def stop(self) -> None:
        """Nothing more is begun."""
        with self._lock:
            self._parts.clear()
        for other in self._running:
            other.cancel()


def _moved(code: SeenCode, part: float, top: int) -> SeenCode:
    return replace(code, corners=tuple((x / part, y / part + top) for x, y in code.corners))    # type: ignore[arg-type]
