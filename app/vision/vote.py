"""From the readings of a live camera to presentations: a case held still counts once, when several frames agree.

The frames of one presentation add up: a code that flickers is there as soon as one frame had it. A picture that moves
starts anew with each step, so that two cases on a belt are never mixed. What was told is told again only after other
codes came, or after nothing was to be seen for a while.
"""
from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.vision.reading import FrameReading, Point, SeenCode, centre, side

FORGOTTEN = 15      # frames after which what is not seen any more is gone; a passing hand is quicker

Key = tuple[bytes, int]     # the bytes, and which of the symbols that carry them


@dataclass(slots=True)
class _Member:
    """A code of the presentation: its newest reading, where it first was, and how many frames ago it was last seen."""

    code: SeenCode
    first: Point
    age: int = 0


class Vote:
    """`settle_frames` frames without a new code, or `expected` codes (0: not known), complete a presentation."""

    def __init__(self, settle_frames: int, expected: int = 0) -> None:
        self._settle, self._expected = max(1, settle_frames), expected
        self._union: dict[Key, _Member] = {}
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
        if self._moved(seen):
            self._union = {}
        grown = not seen.keys() <= self._union.keys()
        self._take(seen)
        self._quiet = 1 if grown else self._quiet + 1
        codes = tuple(member.code for member in self._union.values())
        left = tuple(place for place in reading.unread if not any(_lies(centre(place), code) for code in codes))
        # As many codes as are expected, and yet a place without one: then one of them lies beside the case.
        settled = self._quiet >= self._settle or 0 < self._expected <= len(self._union) and not left
        if not settled or self._union.keys() <= self._told:
            return None
        self._told = frozenset(self._union)
        return replace(reading, codes=codes, unread=left)

    def _moved(self, seen: dict[Key, SeenCode]) -> bool:
        """Whether this is another picture: no code in common, or those in common have left their places."""
        shifts = [math.dist(centre(seen[key].corners), self._union[key].first) / max(1.0, side(seen[key].corners))
                  for key in seen.keys() & self._union.keys()]
        return not shifts or statistics.median(shifts) > 0.5

    def _take(self, seen: dict[Key, SeenCode]) -> None:
        """Adds what is seen; drops what was not seen for long, and what another code has taken the place of."""
        for key, member in list(self._union.items()):
            member.age += 1
            taken = key not in seen and any(_lies(centre(code.corners), member.code) for code in seen.values())
            if taken or member.age > FORGOTTEN:
                del self._union[key]
        for key, code in seen.items():
            known = self._union.get(key)
            self._union[key] = _Member(code, known.first if known else centre(code.corners))


def _keyed(codes: Iterable[SeenCode]) -> dict[Key, SeenCode]:
    """The same bytes on two symbols of one picture stay two."""
    count: Counter[bytes] = Counter()
    keyed = {}
    for code in codes:
        keyed[code.raw, count[code.raw]] = code
        count[code.raw] += 1
    return keyed


def _lies(at: Point, code: SeenCode) -> bool:
    return math.dist(at, centre(code.corners)) < 0.5 * side(code.corners)
