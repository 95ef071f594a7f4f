"""From the readings of a live camera to presentations: a case held still counts once, when several frames agree.

The frames of one presentation add up: a code that flickers is there as soon as one frame had it. What was told is told
again only after other codes came, or after nothing was to be seen for a while.
"""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from app.vision.reading import Corners, FrameReading, SeenCode, centre, side

FORGOTTEN = 15      # frames without any code after which the same case is a new presentation: a passing hand is shorter

Key = tuple[bytes, int]     # the bytes, and which of the symbols that carry them


class Vote:
    """`settle_frames` frames without a new code, or `expected` codes (0: not known), complete a presentation."""

    def __init__(self, settle_frames: int, expected: int = 0) -> None:
        self._settle, self._expected = max(1, settle_frames), expected
        self._union: dict[Key, SeenCode] = {}
        self._told: frozenset[Key] = frozenset()
        self._quiet = 0          # frames since the union last grew, that one included
        self._blank = 0          # frames without any code

    def add(self, reading: FrameReading) -> FrameReading | None:
        """The union of the frames, once, when it completes a presentation; else None. Pictures without codes never."""
        seen = _keyed(reading.codes)
        if not seen:
            self._blank += 1
            if self._blank >= max(FORGOTTEN, self._settle):
                self._union, self._told, self._quiet = {}, frozenset(), 0
            return None
        self._blank = 0
        kept = seen.keys() & self._union.keys()
        if seen.keys() <= self._union.keys():
            self._quiet += 1
        else:
            self._quiet = 1
            if 2 * len(kept) < len(self._union):       # most of what was there is gone: another picture
                self._union = {}
        self._union.update(seen)
        settled = self._quiet >= self._settle or 0 < self._expected <= len(self._union)
        if not settled or self._union.keys() <= self._told:
            return None
        self._told = frozenset(self._union)
        codes = tuple(self._union.values())
        return replace(reading, codes=codes, unread=tuple(at for at in reading.unread if not _covered(at, codes)))


def _keyed(codes: tuple[SeenCode, ...]) -> dict[Key, SeenCode]:
    """The same bytes on two symbols of one picture stay two."""
    count: Counter[bytes] = Counter()
    keyed = {}
    for code in codes:
        keyed[code.raw, count[code.raw]] = code
        count[code.raw] += 1
    return keyed


def _covered(place: Corners, codes: tuple[SeenCode, ...]) -> bool:
    """Whether a code that another frame read lies there."""
    return any(math.dist(centre(place), centre(code.corners)) < 0.5 * side(code.corners) for code in codes)
