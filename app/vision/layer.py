"""One layer of a case over several pictures: whether a picture shows the same codes still, and where they have moved.

Each code keeps a picture of itself from when it was read. It counts on for a new picture only where it still is the
same, module by module; one that is not, and every code whose modules are not known (bars among them), must be read
again. When most are not, it is another layer.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision import pool, same
from app.vision.decoders import MATRIX
from app.vision.reading import Corners, Point, SeenCode, centre, side
from app.vision.search import Known
from app.vision.tries import Spot

SMALL = 320              # pixels of the longer side of the picture that tells how all has moved
GRAIN = 32               # samples of a code's side in the picture that it keeps
SLACK = 6                # samples that a code may lie off the common movement
SOFTENED = 0.9           # samples: where its pixels fall must not matter
EVENED = 9               # samples round each over which light and contrast are evened out
# Correlations of whole codes tell where they lie now, not which they are: another code in the same place may well look
# more alike than the same under moving glare.
FOUND = 0.78
SAME = 0.68
GONE = 0.35
FEW = 3                  # codes compared, of which less than half being the same is no proof of another layer
PROBES = 6               # codes that tell first whether the case has moved
FIND_MS, COMPARE_MS = 0.15, 0.4          # a code, to find its place and to compare it
AS_LARGE = 0.85          # of a code's side: so large is another of its kind at least, and has as many modules
STILL = 2.5              # mean difference of two small pictures in which nothing has moved


@dataclass(frozen=True, slots=True)
class Look:
    """How a code looked when it was read."""

    picture: np.ndarray              # float32 (GRAIN, GRAIN), upright as in the frame, evened
    print: same.Print | None         # None where its modules are not known


@dataclass(frozen=True, slots=True)
class _Match:
    """A code at its place on the next picture, how alike it looks, and how far it has moved."""

    code: SeenCode
    look: Look
    alike: float
    step: Point


class Layer:
    """What is known of a layer. `pictures` counts those that it was looked for in, `quiet` those without news."""

    def __init__(self, grey: np.ndarray, known: Known) -> None:
        self.pictures, self.quiet = 1, 0
        self._grey, self._known = grey, known
        self._looks: dict[SeenCode, Look] = {}       # of codes that count on, from the picture that they were read in

    def followed(self, grey: np.ndarray) -> Known | None:
        """What of it is on this picture, in its pixels; None where the picture shows something else."""
        if grey.shape != self._grey.shape:
            return None
        before, small = _small(self._grey), _small(grey)
        codes = self._known.codes
        if not codes:
            still = float(cv2.absdiff(small, before).mean()) < STILL
            known = self._known
            return Known(spots=known.spots, doubts=known.doubts, witness=self._other(grey)) if still else None
        looks = {code: self._looks.get(code) or self._look(code) for code in codes}
        seen = [(code, look) for code, look in looks.items() if look]
        best = self._nearest(grey, seen, before, small)
        if _alike(best) < SAME or len(best) < len(seen) / 2:
            return None
        step = tuple(np.median([match.step for match in best if match.alike > SAME], axis=0).tolist())
        there = [match for match in best if match.alike >= GONE]
        corners = pool.each(lambda match: match.look.print and same.found(grey, match.code.corners, match.look.print),
                            there, ms=COMPARE_MS * len(there))
        sure = {replace(match.code, corners=at): match.look for match, at in zip(there, corners, strict=True) if at}
        compared = sum(match.look.print is not None for match in best)
        if compared >= FEW and len(sure) < compared / 2:
            return None
        if len(there) < len(seen):
            self.quiet = 0
        self._looks = sure
        unsure = [match.code for match, at in zip(there, corners, strict=True) if not at]
        unsure += [replace(code, corners=_moved(code.corners, step)) for code, look in looks.items() if not look]
        return Known(list(sure), [replace(code, corners=_moved(code.corners, step)) for code in self._known.doubts],
                     [_carried(spot, step, alone=compared > 0 and not sure) for spot in self._known.spots],
                     unsure, self._other(grey))

    def _nearest(self, grey: np.ndarray, seen: Sequence[tuple[SeenCode, Look]], before: np.ndarray,
                 small: np.ndarray) -> list[_Match]:
        """Each code where the picture looks most like it, about where it was or where the whole has moved to."""
        scale = max(grey.shape) / max(small.shape)

        def looked(some: Sequence[tuple[SeenCode, Look]], shift: Point) -> list[_Match]:
            moved = shift[0] * scale, shift[1] * scale
            found = pool.each(lambda pair: _found(grey, *pair, moved), some, ms=FIND_MS * len(some))
            return [match for match in found if match]

        few, still = seen[::len(seen) // PROBES + 1], (0.0, 0.0)
        if (there := _alike(looked(few, still))) <= FOUND:
            far = _shift(before, small)
            gone = _alike(looked(few, far))
            if max(there, gone) > FOUND or len(few) == len(seen):
                return looked(seen, far if gone > there else still)
            return max(looked(seen, still), looked(seen, far), key=_alike)
        return looked(seen, still)

    def _look(self, code: SeenCode) -> Look | None:
        """How it looks on the layer's last picture; None at the picture's edge."""
        picture = _patch(self._grey, centre(code.corners), _extent(code), GRAIN)
        if picture is None:
            return None
        size = self._size(code)
        return Look(picture, same.taken(self._grey, code.corners, size) if size else None)

    def _size(self, code: SeenCode) -> tuple[int, int] | None:
        """Its modules; of one whose engine does not tell them those of the others of its kind that are as large."""
        if code.symbology not in MATRIX or code.size != (0, 0):
            return code.size if code.symbology in MATRIX else None
        sizes = Counter(other.size for other in self._known.codes
                        if other.symbology == code.symbology and other.size != (0, 0) and
                        AS_LARGE < side(other.corners) / max(side(code.corners), 1) < 1 / AS_LARGE)
        return sizes.most_common(1)[0][0] if sizes else None

    def _other(self, grey: np.ndarray) -> bool:
        """Whether this is another picture: one that was sent twice says nothing new of what is doubtful."""
        return bool(self._known.doubts) and not np.array_equal(grey, self._grey)

    def take(self, grey: np.ndarray, known: Known) -> None:
        """The same layer on its next picture."""
        news = Counter(code.raw for code in known.codes) != Counter(code.raw for code in self._known.codes)
        self.pictures, self.quiet = self.pictures + 1, 0 if news else self.quiet + 1
        self._grey, self._known = grey, known


def _carried(spot: Spot, step: Sequence[float], *, alone: bool) -> Spot:
    """The place on the next picture: its pixels are new, so everything may be tried again.

    Modules of earlier pictures are not kept where nothing else says that it is the same case.
    """
    at = spot.at[0] + step[0], spot.at[1] + step[1]
    return Spot(at, spot.side, spot.strength, spot.node, soft={} if alone else spot.soft)


def _small(grey: np.ndarray) -> np.ndarray:
    part = min(1.0, SMALL / max(grey.shape))
    return cv2.resize(grey, (max(1, round(grey.shape[1] * part)), max(1, round(grey.shape[0] * part))),
                      interpolation=cv2.INTER_AREA if grey.size < 4_000_000 else cv2.INTER_LINEAR)


def _shift(before: np.ndarray, now: np.ndarray) -> Point:
    """How far the picture has moved."""
    if min(now.shape) < 16:
        return 0.0, 0.0
    window = cv2.createHanningWindow(now.shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(before.astype(np.float32), now.astype(np.float32), window)
    return x, y


def _extent(code: SeenCode) -> float:
    """The side of the square round a code that is compared."""
    return max(8.0, 1.1 * side(code.corners))


def _patch(grey: np.ndarray, at: Point, extent: float, grain: int) -> np.ndarray | None:
    """The square of `extent` pixels at `at`, drawn to `grain` samples; None where the picture does not hold it."""
    left, top, wide = round(at[0] - extent / 2), round(at[1] - extent / 2), round(extent)
    part = grey[max(0, top):top + wide, max(0, left):left + wide]
    if part.shape != (wide, wide):
        return None
    drawn = cv2.resize(part, (grain, grain), interpolation=cv2.INTER_AREA).astype(np.float32)
    drawn = cv2.GaussianBlur(drawn, (0, 0), SOFTENED)
    drawn -= cv2.blur(drawn, (EVENED, EVENED))
    return drawn / (cv2.sqrt(cv2.blur(drawn * drawn, (EVENED, EVENED))) + 4)


def _alike(matches: Sequence[_Match]) -> float:
    return float(np.median([match.alike for match in matches])) if matches else 0.0


def _found(grey: np.ndarray, code: SeenCode, look: Look, moved: Point) -> _Match | None:
    """How far this code has moved, about `moved`, and how much it looks the same; None beyond the picture's edge."""
    x, y = centre(code.corners)
    extent = _extent(code)
    sample = extent / GRAIN
    field = _patch(grey, (x + moved[0], y + moved[1]), extent + 2 * SLACK * sample, GRAIN + 2 * SLACK)
    if field is None:
        return None
    alike = cv2.matchTemplate(field, look.picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(alike)
    step = (moved[0] + (column + _between(alike[row], column) - SLACK) * sample,
            moved[1] + (row + _between(alike[:, column], row) - SLACK) * sample)
    return _Match(replace(code, corners=_moved(code.corners, step)), look, best, step)


def _between(values: np.ndarray, at: int) -> float:
    """The top of the parabola through a sample and its neighbours, from that sample."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(each) for each in values[at - 1:at + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < -1e-9 else 0.0


def _moved(corners: Corners, step: Sequence[float]) -> Corners:
    return tuple((x + step[0], y + step[1]) for x, y in corners)      # type: ignore[return-value]
