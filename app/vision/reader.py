"""One picture in, all its codes out: a pass over the whole frame, then tries at the places where a code still is.

Pure: arrays in, readings out. It never guesses: a place that no engine reads is told as unread, so that the window
can ring it. What the codes mean, and whether twice the same text is a fault, others decide.
"""
from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision import decoders, grid, places, rungs
from app.vision.reading import Corners, FrameReading, Point, SeenCode, centre

# One frame is one core's work: the frames of several cameras and the window share the machine.
cv2.setNumThreads(1)

RETRIED = ("QRCode", "DataMatrix", "Aztec")   # where nothing is known of the picture, tried on every place
BLIND_PLACES = 12                             # places tried where not one code was read
SMALLEST = 12                                 # pixels: less than a code of 10 modules needs
CROP = 0.95                                   # of a code's side, each way from the centre


@dataclass(slots=True)
class _Search:
    """The state of one frame's second part."""

    grey: np.ndarray
    codes: list[SeenCode]
    side: float               # of a code, in pixels
    symbologies: tuple[str, ...]
    deadline: float           # of time.perf_counter()
    tried: list[tuple[Point, float]]     # places and the side that they were tried with


class Reader:
    """Reads pictures. Keeps nothing between them; one object serves one thread.

    `symbologies`: names as in decoders.MATRIX and LINEAR, none is all of them; fewer are faster and safer.
    `expected`: codes in a full frame, 0 where not known; the search ends as soon as so many are read.
    `budget_s`: no second try is begun later than this after the start. Raises VisionRefused.
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
        codes = merged(self.engine.read(grey, self.symbologies))
        unread: list[Corners] = []
        if not self._enough(codes) and any(name in decoders.MATRIX for name in self.symbologies):
            codes, unread = self._second_tries(grey, codes, started + self.budget_s)
        return FrameReading(tuple(codes), tuple(unread), width, height, (time.perf_counter() - started) * 1000)

    def _enough(self, codes: Sequence[SeenCode]) -> bool:
        return 0 < self.expected <= len(codes)

    def _second_tries(self, grey: np.ndarray, codes: list[SeenCode], deadline: float,
                      ) -> tuple[list[SeenCode], list[Corners]]:
        """Rounds over the places: each code that is read tells more of where and how large the others are."""
        field = places.texture(grey)
        if field is None:
            return codes, []
        if not _commonest(codes):
            codes = merged([*codes, *self.engine.read(rungs.raised(grey), self._symbologies_of_places([]))])
        unread: list[Corners] = []
        guesses = places.likely_sides(field)
        search = _Search(grey, codes, 0.0, (), deadline, [])
        while not self._enough(search.codes) and time.perf_counter() < deadline:
            like, before = _commonest(search.codes), len(search.codes)
            if not like and not guesses:
                break
            search.side = float(np.median([_side(code.corners) for code in like])) if like else guesses.pop(0)
            search.symbologies = self._symbologies_of_places(like)
            if search.side >= SMALLEST:
                unread = self._round(search, field, like)
            if like and len(search.codes) == before:
                break
        return search.codes, unread

    def _round(self, search: _Search, field: places.Texture, like: list[SeenCode]) -> list[Corners]:
        """One round with the size as it is known now: finds the places, climbs the ladder, gives what stays unread."""
        smooth, seen = field.smooth(search.side), places.peaks(field, search.side)
        strong = float(np.median([field.at(smooth, *centre(code.corners)) for code in like])) if like else \
            float(np.median([place.strength for place in seen[:BLIND_PLACES]] or [0.0]))
        fresh = [(place.x, place.y) for place in seen
                 if place.strength > 0.3 * strong and not _read(search, (place.x, place.y))]
        fresh = fresh[:self._most(len(search.codes))] if like else fresh[:BLIND_PLACES]
        lattice = grid.fit([centre(code.corners) for code in like] + fresh)
        height, width = search.grey.shape
        empty = [lattice.pixel(node) for node in lattice.empty()] if lattice else []
        empty = [at for at in empty if 0 <= at[0] < width and 0 <= at[1] < height and not _read(search, at)]
        if lattice:
            fresh.sort(key=lambda at: lattice.node(at) is None)
        waiting = fresh + [at for at in empty if field.at(smooth, *at) > 0.15 * strong]
        self._climb(search, [at for at in waiting if not _tried(search, at)])
        return self._unread(search, waiting, empty, lattice)

    def _symbologies_of_places(self, like: Sequence[SeenCode]) -> tuple[str, ...]:
        """No linear code is looked for in cut-outs: bars cut short read as shorter codes that never were."""
        if like:
            return (like[0].symbology,)
        return tuple(name for name in self.symbologies if name in RETRIED) or \
            tuple(name for name in self.symbologies if name in decoders.MATRIX)

    def _most(self, read: int) -> int:
        return 2 * (self.expected - read) + 6 if self.expected else max(24, 2 * read)

    def _climb(self, search: _Search, waiting: list[Point]) -> None:
        """Tries each place with one rung after the other, the cheap ones on all places first."""
        search.tried += [(at, search.side) for at in waiting]
        for rung in rungs.ladder(search.symbologies):
            for at in waiting:
                if self._enough(search.codes) or time.perf_counter() > search.deadline:
                    return
                if not _read(search, at):
                    self._try(search, at, rung)

    def _try(self, search: _Search, at: Point, rung: rungs.Rung) -> None:
        """Decodes the cut-out at `at`. A neighbour that shows in its corner counts as well, as itself."""
        reach = search.side * CROP
        x, y = max(0, int(at[0] - reach)), max(0, int(at[1] - reach))
        cut = search.grey[y:int(at[1] + reach) + 1, x:int(at[0] + reach) + 1]
        if min(cut.shape) < SMALLEST:
            return
        picture, back = rung.prepare(rungs.levelled(cut))
        for code in self.engine.read(picture, search.symbologies, binary=rung.binary):
            corners = tuple((float(px) + x, float(py) + y)
                            for px, py in cv2.transform(np.float64([code.corners]), back)[0])
            search.codes = merged([*search.codes, replace(code, corners=corners)])

    def _unread(self, search: _Search, waiting: list[Point], empty: list[Point],
                lattice: grid.Lattice | None) -> list[Corners]:
        """The places to ring. Off the lattice only what could be the expected rest; empty cells only if some lack."""
        if self._enough(search.codes):
            return []
        evident = [at for at in waiting if not _read(search, at)]
        if lattice:
            evident = [at for at in evident if lattice.node(at) is not None]
        elif not search.codes:
            return []
        if self.expected:
            evident += [at for at in empty if at not in evident and not _read(search, at)]
            evident = evident[:self.expected - len(search.codes)]
        half = search.side * 0.6
        return [((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
                for x, y in evident]


def merged(codes: Sequence[SeenCode]) -> list[SeenCode]:
    """One of each symbol: the same bytes at the same place are one symbol, at two places they are two."""
    kept: list[SeenCode] = []
    for code in codes:
        x, y = centre(code.corners)
        near = 0.5 * _side(code.corners)
        if not any(code.raw == other.raw and math.dist((x, y), centre(other.corners)) <= max(
                near, 0.5 * _side(other.corners)) for other in kept):
            kept.append(code)
    return kept


def _grey(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8 and pixels.size:
        if pixels.ndim == 2:
            return pixels
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    raise ValueError(f"picture of shape {pixels.shape} and type {pixels.dtype}; expected uint8 (H, W) or (H, W, 3)")


def _side(corners: Corners) -> float:
    """The mean of the four sides, in pixels."""
    return sum(math.dist(corners[i], corners[i - 1]) for i in range(4)) / 4


def _commonest(codes: Sequence[SeenCode]) -> list[SeenCode]:
    """The matrix codes of the symbology that most of them have: those on the children, not the one on the label."""
    matrix = [code for code in codes if code.symbology in decoders.MATRIX]
    most = Counter(code.symbology for code in matrix).most_common(1)
    return [code for code in matrix if code.symbology == most[0][0]] if most else []


def _read(search: _Search, at: Point) -> bool:
    """Whether a code was read there."""
    return any(math.dist(at, centre(code.corners)) < 0.55 * max(search.side, _side(code.corners))
               for code in search.codes)


def _tried(search: _Search, at: Point) -> bool:
    """Whether the whole ladder was climbed there with about this size."""
    return any(math.dist(at, place) < 0.15 * search.side and 0.8 < side / search.side < 1.25
               for place, side in search.tried)
