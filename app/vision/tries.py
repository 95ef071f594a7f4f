"""One try of one rung at one place: the cut-out, its preparation, the engine, and the way back into the frame."""
from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from app.vision import apart, decoders, rungs, symbol
from app.vision.decoders import Engine
from app.vision.reading import Corners, Point, SeenCode, centre
from app.vision.rungs import Rung

SMALLEST = 12            # pixels: less than a code of 10 modules needs
CROP = 0.95              # of a code's side, each way from the centre
ROOM = 1.4               # of a code's side, each way from the centre, for our own grid: it cuts out of that itself
FUSED = 6                # pictures of a symbol whose modules are summed
# The core's own time, where it is told finely: what a try costs must not depend on who else is busy.
_clock = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-4 else time.perf_counter

Size = tuple[int, int]
Kind = tuple[str, Size, bool]


@dataclass(slots=True)
class Spot:
    """A place where a code may be. `strength`: of its structure over that of codes already read."""

    at: Point
    side: float
    strength: float
    node: tuple[int, int] | None = None
    tried: set[str] = field(default_factory=set)
    soft: dict[Kind, list[np.ndarray]] = field(default_factory=dict)      # what grids laid on earlier pictures gave
    corners: Corners | None = None               # of the best grid laid
    cut: np.ndarray | None = None                # of this picture, levelled

    @property
    def box(self) -> Corners:
        (x, y), half = self.at, self.side / 2
        return (x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a try looks for: `sizes` and `dark` where they are known."""

    symbologies: tuple[str, ...]
    sizes: tuple[Size, ...] = ()
    dark: bool | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try brought and the milliseconds it took."""

    spot: Spot
    rung: Rung
    codes: list[SeenCode]
    ms: float


class Engines:
    """The engines of the rungs: the reader's own, and the second one where it is installed."""

    def __init__(self, first: Engine) -> None:
        self.first = first
        self.second: Engine | None = None
        self._named: dict[str, Engine] = {"": first}
        self._stumbled: set[str] = set()
        try:
            self.second = decoders.Tapirscan("medium")
            self._named |= {rungs.SECOND: self.second, rungs.SECOND_DEEP: decoders.Tapirscan("high")}
        except decoders.EngineMissing as missing:
            logging.getLogger(__name__).info("%s", missing)

    def have(self, rung: Rung, symbologies: Sequence[str]) -> bool:
        """Whether this rung can be tried here for any of `symbologies`."""
        return bool({*symbologies} & {*symbol.KINDS}) if rung.engine == rungs.FIT else rung.engine in self._named

    def attempt(self, grey: np.ndarray, wanted: Wanted, spot: Spot, rung: Rung, until: float = math.inf) -> Tried:
        """One try; our own grid is given up after `until` (time.perf_counter).

        A neighbour that shows in the cut-out's corner counts as well, as itself.
        """
        began = _clock()
        codes, ms = self._fitted(grey, spot, wanted, until) if rung.engine == rungs.FIT else \
            (self._read(grey, spot, rung, wanted), 0.0)
        return Tried(spot, rung, codes, ms + (_clock() - began) * 1000)

    def _read(self, grey: np.ndarray, spot: Spot, rung: Rung, wanted: Wanted) -> list[SeenCode]:
        reach = spot.side * CROP
        x, y = max(0, int(spot.at[0] - reach)), max(0, int(spot.at[1] - reach))
        cut = grey[y:int(spot.at[1] + reach) + 1, x:int(spot.at[0] + reach) + 1]
        if min(cut.shape) < SMALLEST:
            return []
        if spot.cut is None:
            spot.cut = rungs.levelled(cut)
        picture, back = rung.prepare(spot.cut)
        try:
            found = self._named[rung.engine].read(picture, wanted.symbologies, binary=rung.binary, dark=wanted.dark)
            if found and rung.engine:
                found = self._proven(cut, found, rung, wanted)
        except Exception:
            if not rung.engine:
                raise
            if rung.engine not in self._stumbled:        # the second engine is a help, no need
                logging.getLogger(__name__).exception("the engine %s stumbled; it is told this once", rung.engine)
            self._stumbled.add(rung.engine)
            return []
        return [replace(code, corners=_moved(code.corners, back, x, y), rung=rung.name) for code in found]

    def _proven(self, cut: np.ndarray, found: Sequence[SeenCode], rung: Rung, wanted: Wanted) -> list[SeenCode]:
        """The second engine's word counts when it says the same of other pixels; else it is doubtful."""
        other = cv2.resize(cut, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
        again = {code.raw for code in self._named[rung.engine].read(other, wanted.symbologies, dark=wanted.dark)}
        return [replace(code, doubtful=code.raw not in again) for code in found]

    def _fitted(self, grey: np.ndarray, spot: Spot, wanted: Wanted, until: float) -> tuple[list[SeenCode], float]:
        """Our own grid, its modules summed with those of earlier pictures of this place; and the time elsewhere, ms."""
        reach, elsewhere_ms = ROOM * spot.side + 8, 0.0
        x, y = max(0, int(spot.at[0] - reach)), max(0, int(spot.at[1] - reach))
        cut = grey[y:max(0, int(spot.at[1] + reach)) + 1, x:max(0, int(spot.at[0] + reach)) + 1]
        place = _shifted(spot.box, -x, -y)
        for name in wanted.symbologies:
            if name not in symbol.KINDS:
                continue
            left_s = until - time.perf_counter()
            attempt, ms = apart.elsewhere(_fit, cut, place, name, wanted.sizes, wanted.dark, left_s)
            elsewhere_ms += ms
            if attempt is None:
                continue
            corners = _shifted(attempt.corners, x, y)
            if attempt.code:
                return [replace(attempt.code, corners=corners)], elsewhere_ms
            spot.corners = corners
            kept = spot.soft.setdefault((name, attempt.size, attempt.dark), [])
            kept.append(attempt.soft)
            del kept[:-FUSED]
            if len(kept) > 1 and (code := symbol.decode(name, attempt.size, np.sum(kept, axis=0, dtype=np.float32))):
                return [replace(code, corners=corners, rung="fused")], elsewhere_ms
        return [], elsewhere_ms


def _fit(cut: np.ndarray, place: Corners, symbology: str, sizes: tuple[Size, ...], dark: bool | None,
         left_s: float) -> symbol.Attempt | None:
    """`symbol.read`, with the time that is left instead of its end: clocks of two processes may differ."""
    return symbol.read(cut, place, symbology, sizes, dark, until=time.perf_counter() + left_s)


def warm() -> None:
    """Loads what our own grid needs, before a case waits for it."""
    blank = np.full((80, 80), 200, np.uint8)
    cv2.circle(blank, (40, 40), 20, 30, -1)
    for name in symbol.KINDS:
        _fit(blank, ((15.0, 15.0), (65.0, 15.0), (65.0, 65.0), (15.0, 65.0)), name, (), None, 0.05)


def _shifted(corners: Corners, x: float, y: float) -> Corners:
    return tuple((px + x, py + y) for px, py in corners)               # type: ignore[return-value]


def _moved(corners: Corners, back: rungs.Affine, x: int, y: int) -> Corners:
    """From the prepared cut-out to the frame."""
    return tuple((float(px) + x, float(py) + y)
                 for px, py in cv2.transform(np.array([corners], np.float64), back)[0])    # type: ignore[return-value]


def polarity(grey: np.ndarray, codes: Sequence[SeenCode]) -> bool | None:
    """Whether these codes are dark on light; None where they differ or do not tell.

    The left side of a Data Matrix and the left corners of a QR code are solid, and outside it is quiet.
    """
    votes = set()
    for code in codes:
        (left, top), _, _, (x, y) = code.corners
        middle = centre(code.corners)
        part = 2 / max(code.size[1], 10)               # of the way to the middle: one module
        across, down = (middle[0] - (left + x) / 2) * part, (middle[1] - (top + y) / 2) * part
        inside, outside = 0, 0
        for along in (0.08, 0.14, 0.86, 0.92):
            at = left + (x - left) * along, top + (y - top) * along
            inside += _pixel(grey, at[0] + 0.6 * across, at[1] + 0.6 * down)
            outside += _pixel(grey, at[0] - across, at[1] - down)
        if abs(inside - outside) < 24:
            return None
        votes.add(inside < outside)
    return votes.pop() if len(votes) == 1 else None


def _pixel(grey: np.ndarray, x: float, y: float) -> int:
    """The nearest pixel of the picture."""
    return int(grey[min(max(int(y), 0), grey.shape[0] - 1), min(max(int(x), 0), grey.shape[1] - 1)])
