"""Single presentation: one code held before a webcam by hand, at 30 pictures a second.

The middle of the picture is where the hand aims: it is looked at each time and takes a millisecond or two; the whole
picture, with all second tries, only now and then. A code is told once however long it is held.
"""
from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np

from app.vision import accept, decoders
from app.vision.reader import Reader, grey_of, shifted
from app.vision.reading import FrameReading, SeenCode, centre
from app.vision.recipe import Recipe

MIDDLE = 640             # pixels of the square that is looked at each time
THOROUGH = 3             # of so many pictures one is read whole
THOROUGH_S = 0.03        # for that one's second tries
REMEMBERED = 8           # pictures in which a doubtful code waits for another picture that says the same
EDGE = 6                 # pixels from the edge of the square that linear codes must keep
LEFT = 30                # pictures without it after which a code was taken away: shown again, it counts again


class Single:
    """Reads the pictures of one live camera, one after the other; for one thread. At most one code a picture.

    `symbologies` as `decoders.known` takes them; one is the fastest. Raises VisionRefused when it is made.
    """

    def __init__(self, symbologies: tuple[str, ...] = (), engine: str = "zxing") -> None:
        self._recipe = Recipe(decoders.known(symbologies), count=1)
        self._engine = decoders.engine(engine)
        self._reader = Reader(self._recipe, engine, THOROUGH_S)
        self._pictures = 0
        self._doubts: dict[bytes, int] = {}      # text -> the picture that it was last in
        self._kept = b""                         # of several codes in view the one that was there before is meant

    def read(self, pixels: np.ndarray) -> FrameReading:
        """The code that is held up, or none. Raises ValueError for what is no picture."""
        started = time.perf_counter()
        height, width = pixels.shape[:2] if pixels.ndim in (2, 3) else (0, 0)
        left, top = max(0, (width - MIDDLE) // 2), max(0, (height - MIDDLE) // 2)
        part = grey_of(pixels[top:top + MIDDLE, left:left + MIDDLE])
        read = [code for code in self._engine.read(part, self._recipe.symbologies) if _whole(code, part.shape)]
        found = shifted(FrameReading(tuple(read)), left, top).codes
        if not found and self._pictures % THOROUGH == 0:
            whole = self._reader.read(pixels)
            found = whole.codes + tuple(cell.code for cell in whole.cells if cell.code and cell.code.doubtful)
        codes = self._sure(accept.accepted(found, self._recipe).codes)
        self._pictures += 1
        middle = width / 2, height / 2
        one = min(codes, default=None,
                  key=lambda code: (code.raw != self._kept, math.dist(centre(code.corners), middle)))
        self._kept = one.raw if one else self._kept
        return FrameReading((one,) if one else (), (), width, height, (time.perf_counter() - started) * 1000)

    def _sure(self, codes: tuple[SeenCode, ...]) -> list[SeenCode]:
        """Doubtful codes count from the second picture on that says the same."""
        before = {raw for raw, picture in self._doubts.items() if self._pictures - picture <= REMEMBERED}
        self._doubts = {raw: self._doubts[raw] for raw in before}
        self._doubts |= {code.raw: self._pictures for code in codes if code.doubtful}
        return [replace(code, doubtful=False) for code in codes if not code.doubtful or code.raw in before]


def _whole(code: SeenCode, shape: tuple[int, ...]) -> bool:
    """Bars that go on beyond the edge would read as a shorter code that never was."""
    return code.symbology in decoders.MATRIX or \
        all(EDGE < x < shape[1] - EDGE and EDGE < y < shape[0] - EDGE for x, y in code.corners)


class Held:
    """From the readings of a `Single` to presentations: a code counts once while it is held. Used as a `vote.Vote`."""

    def __init__(self) -> None:
        self._raw = b""
        self._missed = 0         # pictures since it was last seen

    def add(self, reading: FrameReading) -> FrameReading | None:
        """The reading where it shows a code that is not held already; else None."""
        raw = reading.codes[0].raw if reading.codes else b""
        if raw and raw != self._raw:
            self._raw, self._missed = raw, 0
            return reading
        self._missed = 0 if raw else self._missed + 1
        if self._missed >= LEFT:
            self._raw = b""
        return None
