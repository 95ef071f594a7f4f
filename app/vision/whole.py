"""The engine's own pass over the whole frame, on another core, in strips where the frame is large.

It can be given up at any time: what is not begun is then not begun.
"""
from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

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


class Whole:
    """One pass. `start` lets helpers begin; `codes` waits and works with them; `stop` gives up.

    Of a huge frame no part is begun later than WHOLE_S after `until` (time.perf_counter).
    """

    def __init__(self, engine: Engine, grey: np.ndarray, symbologies: tuple[str, ...], dark: bool | None,
                 until: float = math.inf) -> None:
        self._until = math.inf
        self._engine, self._symbologies, self._dark = engine, symbologies, dark
        self._parts = self._cut(grey)
        if grey.size > WHOLE_PIXELS:
            self._until = until + WHOLE_S
        self._lock = threading.Lock()
        self._read: list[SeenCode] = []
        self._running: list[Future[None]] = []
        self.started = False

    def _cut(self, grey: np.ndarray) -> list[Callable[[], list[SeenCode]]]:
        part = (WHOLE_PIXELS / grey.size) ** 0.5
        if part < 1:
            return [lambda: self._scaled(grey, (FIRST / grey.size) ** 0.5), *self._tiles(grey, part)]
        matrix = all(name in decoders.MATRIX for name in self._symbologies)
        if grey.size <= STRIPPED or not matrix or pool.cores() < 2:
            return [lambda: self._strip(grey, 0, grey.shape[0])]
        half = grey.shape[0] // 2
        return [lambda: self._strip(grey, 0, half + OVERLAP // 2),
                lambda: self._strip(grey, half - OVERLAP // 2, grey.shape[0]), lambda: self._scaled(grey, 0.5)]

    def _tiles(self, grey: np.ndarray, part: float) -> list[Callable[[], list[SeenCode]]]:
        """The frame reduced by `part`, in tiles; each is reduced when its turn comes."""
        step, side = round((TILE - OVERLAP) / part), round(TILE / part)
        rows, columns = (range(0, max(1, length - round(OVERLAP / part)), step) for length in grey.shape)
        return [partial(self._tile, grey, top, left, side, part) for top in rows for left in columns]

    def _tile(self, grey: np.ndarray, top: int, left: int, side: int, part: float) -> list[SeenCode]:
        return [replace(code, corners=tuple((x + left, y + top) for x, y in code.corners))     # type: ignore[arg-type]
                for code in self._scaled(grey[top:top + side, left:left + side], part)]

    def _strip(self, grey: np.ndarray, top: int, bottom: int) -> list[SeenCode]:
        return [_moved(code, 1, top) for code in
                self._engine.read(grey[top:bottom], self._symbologies, dark=self._dark)]

    def _scaled(self, grey: np.ndarray, part: float) -> list[SeenCode]:
        small = cv2.resize(grey, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        return [_moved(code, part, 0) for code in self._engine.read(small, self._symbologies, dark=self._dark)]

    def start(self) -> None:
        """Begins on the helpers; at once where one is free."""
        if not self.started:
            self.started = True
            self._running = [pool.begin(self._share) for _ in range(min(len(self._parts), pool.cores() - 1))]

    def _share(self) -> None:
        while True:
            with self._lock:
                if not self._parts or time.perf_counter() > self._until:
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
