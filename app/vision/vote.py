"""From the readings of a live camera to presentations: a case held still counts once, when several frames agree.

The frames of one presentation add up: a code that flickers is there as soon as one frame had it. A picture that moves
starts anew with each step, and one with another code in the place of one of the case keeps only what it shows itself,
so that two cases are never mixed. What was told is told again only after other codes came, or after nothing was to be
seen for a while.
"""
from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.vision.accept import names_one
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
        self._blank = 0          # frames that say nothing of the case

    def add(self, reading: FrameReading) -> FrameReading | None:
        """The union of the frames, once, when it completes a presentation; else None. Pictures without codes never.

        A place that is unread on this picture stays so, whatever an earlier one showed there: it may be another bottle.
        """
        seen = _keyed(reading.codes)
        if not self._tells(seen):
            self._blank += 1
            if self._blank >= max(FORGOTTEN, self._settle):
                self._union, self._told, self._quiet = {}, frozenset(), 0
            return None
        self._blank = 0
        if self._moved(seen):
            self._union = {}
        elif self._replaced(seen):
            self._union = {key: member for key, member in self._union.items() if key in seen}
        grown = not seen.keys() <= self._union.keys()
        self._take(seen)
        self._quiet = 1 if grown else self._quiet + 1
        left = tuple(place for place in reading.unread if not any(_lies(centre(place), code) for code in reading.codes))
        there = {key: member.code for key, member in self._union.items()
                 if key in seen or not any(_lies(centre(place), member.code) for place in left)}
        # As many codes as are expected, and yet a place without one: then one of them lies beside the case.
        settled = self._quiet >= self._settle or 0 < self._expected <= len(there) and not left
        if not settled or there.keys() <= self._told:
            return None
        self._told = frozenset(there)
        return replace(reading, codes=tuple(there.values()), unread=left)

    def _tells(self, seen: dict[Key, SeenCode]) -> bool:
        """Whether the picture says which case it shows: a product's number stands on every case of that product."""
        return bool(_telling(seen)) or bool(seen) and not _telling(
            {key: member.code for key, member in self._union.items()})

    def _moved(self, seen: dict[Key, SeenCode]) -> bool:
        """Whether this is another picture: no code in common, or those in common have left their places."""
        common = (_telling(seen) or seen.keys()) & self._union.keys()
        shifts = [math.dist(centre(seen[key].corners), self._union[key].first) / max(1.0, side(seen[key].corners))
                  for key in common]
        return not shifts or statistics.median(shifts) > 0.5

    def _replaced(self, seen: dict[Key, SeenCode]) -> bool:
        """Whether another code is in the place of one that is not seen: then nothing proves that the rest is there."""
        return any(key not in seen and any(code.raw != member.code.raw and _lies(centre(code.corners), member.code)
                                           for code in seen.values()) for key, member in self._union.items())

    def _take(self, seen: dict[Key, SeenCode]) -> None:
        """Adds what is seen; drops what was not seen for long."""
        for key, member in list(self._union.items()):
            member.age += 1
            if member.age > FORGOTTEN:
                del self._union[key]
        for key, code in seen.items():
            known = self._union.get(key)
            self._union[key] = _Member(code, known.first if known else centre(code.corners))


def _telling(seen: dict[Key, SeenCode]) -> set[Key]:
    """Those that name one object."""
    return {key for key, code in seen.items() if names_one(code)}


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
