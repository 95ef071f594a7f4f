"""Single presentation: one code held before a webcam by hand, at 30 pictures a second.

The middle of the picture is where the hand aims: it is looked at each time and takes a millisecond or two; the whole
picture, with all second tries, only now and then. A code is told once however long it is held.
What one engine says of weak bars counts only when a witness of another kind says the same, and nothing counts while two
texts stand at one place.
"""
from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.vision import accept, decoders, linear, witness
from app.vision.reader import Reader, grey_of, shifted
from app.vision.reading import Cell, CellState, FrameReading, SeenCode, centre
from app.vision.recipe import Recipe

MIDDLE = 640             # pixels of the square that is looked at each time
THOROUGH = 3             # of so many pictures one is read whole
THOROUGH_S = 0.03        # for that one's second tries
REMEMBERED = 8           # pictures in which a doubtful code waits for a witness, and speaks against another text
EDGE = 6                 # pixels from the edge of the square that linear codes must keep
ALONE = 10               # pictures in which one of several is alone: then it is the one that is held up
LEFT = 30                # pictures without it after which a code was taken away: shown again, it counts again


@dataclass(frozen=True, slots=True)
class _Said:
    """What one way of reading made of a doubtful code: on which of the pictures, and which that differ it was."""

    code: SeenCode
    way: str                 # witness.way
    picture: int
    view: int


class Single:
    """Reads the pictures of one live camera, one after the other; for one thread. At most one code a picture; where
    several are in view, all of them are its cells.

    `symbologies` as `decoders.known` takes them; one is the fastest. Raises VisionRefused when it is made.
    """

    def __init__(self, symbologies: tuple[str, ...] = (), engine: str = "zxing") -> None:
        self._recipe = Recipe(decoders.known(symbologies), count=1)
        self._engine = decoders.engine(engine)
        self._reader = Reader(self._recipe, engine, THOROUGH_S)
        self._pictures = self._views = 0
        self._part = np.empty((0, 0), np.uint8)  # that was looked at last: the same once more tells nothing new
        self._said: list[_Said] = []             # of doubtful codes, in the last pictures
        self._proven: dict[bytes, int] = {}      # those that counted, and the picture that they last did in
        self._kept = b""                         # of several codes in view the one that was there before is meant

    def read(self, pixels: np.ndarray) -> FrameReading:
        """The code that is held up, or none. Raises ValueError for what is no picture."""
        started = time.perf_counter()
        height, width = pixels.shape[:2] if pixels.ndim in (2, 3) else (0, 0)
        left, top = max(0, (width - MIDDLE) // 2), max(0, (height - MIDDLE) // 2)
        part = grey_of(pixels[top:top + MIDDLE, left:left + MIDDLE])
        self._views += not np.array_equal(part, self._part)
        self._part = part.copy() if np.may_share_memory(part, pixels) else part
        found: Sequence[SeenCode] = [code for code in self._engine.read(part, self._recipe.symbologies)
                                     if _whole(code, part)]
        if not found and self._pictures % THOROUGH == 0:
            part, left, top = grey_of(pixels), 0, 0
            whole = self._reader.read(part)
            found = whole.codes + tuple(cell.code for cell in whole.cells if cell.code and cell.code.doubtful)
            found = [code for code in found if witness.alone(part, code)]
        codes = self._sure(part, accept.accepted(found, self._recipe).codes, left, top)
        self._pictures += 1
        middle = width / 2, height / 2
        one = min(codes, default=None,
                  key=lambda code: (code.raw != self._kept, math.dist(centre(code.corners), middle)))
        self._kept = one.raw if one else self._kept
        several = codes if len({code.raw for code in codes}) > 1 else ()
        return FrameReading((one,) if one else (), (), width, height, (time.perf_counter() - started) * 1000,
                            tuple(Cell(CellState.READ, code.corners, code) for code in several))

    def _sure(self, grey: np.ndarray, codes: Sequence[SeenCode], left: int, top: int) -> list[SeenCode]:
        """Those that count, moved by `left`, `top`: strong ones, and doubtful ones that were proven, as long as no
        other text stands in their place."""
        first = self._pictures - REMEMBERED
        self._said = [said for said in self._said if said.picture >= first]
        self._proven = {raw: picture for raw, picture in self._proven.items() if picture >= first}
        for code in codes:
            said = [code] if code.doubtful or code.symbology in accept.WEAK else []
            if said and not code.doubtful and code.symbology not in linear.RETAIL_KINDS:
                said.append(replace(code, rung=witness.AGAIN))       # two tries of the reader said so
            if code.symbology in accept.WEAK and code.raw not in self._proven:
                said += witness.heard(grey, code, self._engine, self._reader.engines.second)
            self._said += [_Said(each, witness.way(each), self._pictures, self._views)
                           for each in _moved(said, left, top)]
        sure = []
        for code in _moved(codes, left, top):
            if code.symbology not in accept.WEAK and not code.doubtful:
                sure.append(code)
            elif self._believed(code):
                self._proven[code.raw] = self._pictures
                sure.append(replace(code, doubtful=False))
        return sure

    def _believed(self, code: SeenCode) -> bool:
        """Whether it was proven in the last pictures, and nothing else was read there."""
        same = [said for said in self._said if said.code.raw == code.raw]
        if any(said.code.raw != code.raw and any(accept.at_one_place(said.code, other.code) for other in same)
               for said in self._said):
            return False
        return code.raw in self._proven or \
            witness.proven(code, {said.way for said in same}, len({said.view for said in same}))


def _moved(codes: Sequence[SeenCode], left: int, top: int) -> tuple[SeenCode, ...]:
    return shifted(FrameReading(tuple(codes)), left, top).codes


def _whole(code: SeenCode, grey: np.ndarray) -> bool:
    """Bars that go on beyond the edge, or beside what was read, would read as a shorter code that never was."""
    return code.symbology in decoders.MATRIX or witness.alone(grey, code) and \
        all(EDGE < x < grey.shape[1] - EDGE and EDGE < y < grey.shape[0] - EDGE for x, y in code.corners)


class Held:
    """From the readings of a `Single` to presentations: a code counts once while it is held. Used as a `vote.Vote`.

    Several at once are told once, all of them; one of them is told by itself when the others have gone.
    """

    def __init__(self) -> None:
        self._raw = b""
        self._missed = 0         # pictures since it was last seen
        self._several: frozenset[bytes] = frozenset()
        self._alone = 0          # pictures since several were last seen

    def add(self, reading: FrameReading) -> FrameReading | None:
        """The reading where it shows a code that is not held already, or several codes; else None."""
        together = tuple(cell.code for cell in reading.cells if cell.code)
        if together:
            news = not {code.raw for code in together} <= self._several
            self._several, self._alone = frozenset(code.raw for code in together) | self._several, 0
            return replace(reading, codes=together) if news else None
        raw = reading.codes[0].raw if reading.codes else b""
        self._alone += 1
        if self._several and (self._alone >= ALONE or raw and raw not in self._several):
            self._several = frozenset()
        if raw in self._several:
            return None
        if raw and raw != self._raw:
            self._raw, self._missed = raw, 0
            return reading
        self._missed = 0 if raw else self._missed + 1
        if self._missed >= LEFT:
            self._raw = b""
        return None
