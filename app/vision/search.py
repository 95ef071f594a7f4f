"""The second tries on one frame: where codes still must be, each such place is cut out and tried rung by rung.

Each code that is read tells more of where and how large the others are, so it goes round until nothing new is read,
all that are expected are there, or the time is up.
"""
from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from app.vision import decoders, grid, places, rungs
from app.vision.decoders import Engine
from app.vision.reading import Corners, Point, SeenCode, centre, merged, side

RETRIED = ("QRCode", "DataMatrix", "Aztec")   # tried on a place of which nothing is known
BLIND_PLACES = 12                             # places tried as long as not one code is read
BLIND_S = 0.12                                # and the time for it: an empty belt must not hold up the next case
RAISED_PIXELS = 25_000_000                    # no second pass over larger frames
SMALLEST = 12                                 # pixels: less than a code of 10 modules needs
CROP = 0.95                                   # of a code's side, each way from the centre
TRUSTED = 8                                   # so many codes make a lattice without the help of guessed places
STRAYS = 6                                    # places off such a lattice that are tried
ALIKE = 3                                     # so many codes of one symbology tell what the others are


class Search:
    """One frame's search. `codes` (those already read) grows; `unread` is told by `run`."""

    def __init__(self, engine: Engine, grey: np.ndarray, codes: list[SeenCode], symbologies: tuple[str, ...],
                 expected: int, started: float, budget_s: float) -> None:
        self.codes, self.unread = codes, list[Corners]()
        self._engine, self._grey, self._asked, self._expected = engine, grey, symbologies, expected
        self._started, self._budget_s = started, budget_s
        self._spots = _spots(codes)
        self._side = 0.0                              # of the codes looked for, in pixels
        self._symbologies: tuple[str, ...] = ()
        self._tried: list[tuple[Point, float]] = []   # places, and the side that they were tried with

    def run(self) -> None:
        field = places.texture(self._grey)
        if field is None:
            return
        few = self._blind() or 2 * len(self.codes) < self._expected
        if few and self._grey.size <= RAISED_PIXELS and not self._done():
            self._add(self._engine.read(rungs.raised(self._grey), self._kinds([])))
        guesses: list[float] | None = None
        told_by = -1
        while not self._done():
            like = _commonest(self.codes)
            if like and len(self.codes) != told_by:
                self._side = float(np.median([side(code.corners) for code in like]))
            elif not like or self._expected and len(like) < ALIKE:
                guesses = places.likely_sides(field) if guesses is None else guesses
                if not guesses:
                    return
                self._side = guesses.pop(0)
                like = [code for code in like if 0.67 < side(code.corners) / self._side < 1.5]
            else:
                return
            told_by = len(self.codes)
            if self._side >= SMALLEST:
                self._round(field, like)

    def _done(self) -> bool:
        late = min(self._budget_s, BLIND_S) if self._blind() else self._budget_s
        return 0 < self._expected <= len(self.codes) or time.perf_counter() > self._started + late

    def _blind(self) -> bool:
        """Whether no code was read yet of the kind that is looked for; a case's linear label tells nothing of it."""
        return not any(code.symbology in decoders.MATRIX for code in self.codes)

    def _kinds(self, like: Sequence[SeenCode]) -> tuple[str, ...]:
        """What to look for. No linear code in cut-outs: bars cut short read as shorter codes that never were."""
        if len(like) >= ALIKE:
            return (like[0].symbology,)
        return tuple(name for name in self._asked if name in RETRIED) or \
            tuple(name for name in self._asked if name in decoders.MATRIX)

    def _round(self, field: places.Texture, like: list[SeenCode]) -> None:
        """Finds the places for the size as it is known now, and climbs the ladder with them."""
        self._symbologies = self._kinds(like)
        smooth, seen = field.smooth(self._side), places.peaks(field, self._side)
        strengths = [field.at(smooth, *centre(code.corners)) for code in like] or \
            [place.strength for place in seen[:BLIND_PLACES]] or [0.0]
        strong = float(np.median(strengths))
        fresh = [(place.x, place.y) for place in seen
                 if place.strength > 0.3 * strong and not self._read((place.x, place.y))]
        fresh = fresh[:self._most() if like else BLIND_PLACES]
        known = [centre(code.corners) for code in like]
        lattice = (grid.fit(known) if len(known) >= TRUSTED else None) or grid.fit(known + fresh)
        height, width = self._grey.shape
        empty = [lattice.pixel(node) for node in lattice.empty()] if lattice else []
        empty = [at for at in empty if 0 <= at[0] < width and 0 <= at[1] < height and not self._read(at)]
        waiting = [at for at in empty if field.at(smooth, *at) > 0.15 * strong]
        waiting += [at for at in fresh if all(math.dist(at, other) > 0.3 * self._side for other in waiting)]
        if lattice:
            inside = [at for at in waiting if lattice.node(at) is not None]
            outside = [at for at in waiting if lattice.node(at) is None]
            waiting = inside + (outside[:STRAYS] if len(known) >= TRUSTED else outside)
        self._climb([at for at in waiting if not self._was_tried(at)])
        if like:
            self._tell(waiting, empty, lattice, len(like))

    def _most(self) -> int:
        """Places worth the time beside the codes already read."""
        return 2 * (self._expected - len(self.codes)) + 6 if self._expected else max(24, 2 * len(self.codes))

    def _climb(self, waiting: list[Point]) -> None:
        """Tries each place with one rung after the other, the cheap ones on all places first."""
        self._tried += [(at, self._side) for at in waiting]
        for rung in rungs.ladder(self._symbologies):
            for at in waiting:
                if self._done():
                    return
                if not self._read(at):
                    self._try(at, rung)

    def _try(self, at: Point, rung: rungs.Rung) -> None:
        """Decodes the cut-out at `at`. A neighbour that shows in its corner counts as well, as itself."""
        reach = self._side * CROP
        x, y = max(0, int(at[0] - reach)), max(0, int(at[1] - reach))
        cut = self._grey[y:int(at[1] + reach) + 1, x:int(at[0] + reach) + 1]
        if min(cut.shape) < SMALLEST:
            return
        picture, back = rung.prepare(rungs.levelled(cut))
        found = self._engine.read(picture, self._symbologies, binary=rung.binary)
        self._add([replace(code, corners=_moved(code.corners, back, x, y)) for code in found])

    def _add(self, found: Sequence[SeenCode]) -> None:
        if found:
            self.codes = merged(found, self.codes)
            self._spots = _spots(self.codes)

    def _read(self, at: Point) -> bool:
        """Whether a code was read there."""
        x, y, sides = self._spots
        return bool((np.hypot(x - at[0], y - at[1]) < 0.55 * np.maximum(sides, self._side)).any())

    def _was_tried(self, at: Point) -> bool:
        """Whether the ladder was climbed there with about this size."""
        return any(math.dist(at, place) < 0.15 * self._side and 0.8 < tried / self._side < 1.25
                   for place, tried in self._tried)

    def _tell(self, waiting: list[Point], empty: list[Point], lattice: grid.Lattice | None, like: int) -> None:
        """What to ring: unread places of a lattice that is full enough to be a case, and of those that must be there,
        also the empty ones. Texture alone is no evidence: dividers, brands and barcodes' texts have it too."""
        lack = self._expected - len(self.codes)
        self.unread = []
        if not lattice or self._expected and lack <= 0:
            return
        read = [node for node, i in lattice.taken.items() if i < like]
        columns, rows = {column for column, _ in read}, {row for _, row in read}
        nodes = dict.fromkeys(lattice.node(at) for at in waiting + (empty if self._expected else []))
        left = [lattice.pixel(node) for node in nodes if node and node[0] in columns and node[1] in rows]
        left = [at for at in left if not self._read(at)]
        cells = len(lattice.taken) + len(lattice.empty())
        if len(read) < 0.3 * cells or not self._expected and len(read) + len(left) < 0.8 * cells:
            return
        left = left[:lack if self._expected else len(left)]
        half = self._side * 0.6
        self.unread = [((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
                       for x, y in left]


def _moved(corners: Corners, back: rungs.Affine, x: int, y: int) -> Corners:
    """From the prepared cut-out to the frame."""
    return tuple((float(px) + x, float(py) + y)
                 for px, py in cv2.transform(np.array([corners], np.float64), back)[0])    # type: ignore[return-value]


def _spots(codes: Sequence[SeenCode]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and side of each code: many places are held against many codes."""
    rows = np.array([(*centre(code.corners), side(code.corners)) for code in codes]).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _commonest(codes: Sequence[SeenCode]) -> list[SeenCode]:
    """The matrix codes of the symbology that most of them have: those on the children, not the one on the label."""
    matrix = [code for code in codes if code.symbology in decoders.MATRIX]
    most = Counter(code.symbology for code in matrix).most_common(1)
    return [code for code in matrix if code.symbology == most[0][0]] if most else []
