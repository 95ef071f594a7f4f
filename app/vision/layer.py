"""One layer of a case over several pictures: whether a picture shows the same codes still, and where they have moved.

Each code keeps a small picture of itself. A code counts on for a new picture only where it still looks the same; one
that does not must be read again. When most do not, it is another layer.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision import pool
from app.vision.reading import Corners, Point, SeenCode, centre, side
from app.vision.search import Known
from app.vision.tries import Spot

SMALL = 320              # pixels of the longer side of the picture that tells how all has moved
GRAIN = 32               # samples of a code's side in the picture that it keeps
SLACK = 6                # samples that a code may lie off the common movement
SOFTENED = 0.9           # samples: where its pixels fall must not matter
EVENED = 9               # samples round each over which light and contrast are evened out
# Correlations: codes under moving glare and noise keep 0.8 … 0.95, others in their place give 0.2 … 0.5, at worst,
# turned alike and differing in few letters, 0.75. The median tells the layer; a code in between must be read again.
SURE = 0.78
SAME = 0.68
GONE = 0.35
STILL = 2.5              # mean difference of two small pictures in which nothing has moved


@dataclass(frozen=True, slots=True)
class Look:
    """How a code looked when it was read."""

    code: SeenCode
    picture: np.ndarray      # float32 (GRAIN, GRAIN), upright as in the frame, evened


@dataclass(frozen=True, slots=True)
class _Match:
    """A code at its place on the next picture, how alike it looks, and how far it has moved."""

    code: SeenCode
    alike: float
    step: Point


class Layer:
    """What is known of a layer. `pictures` counts those that it was looked for in, `quiet` those without news."""

    def __init__(self, grey: np.ndarray, known: Known) -> None:
        self.pictures, self.quiet = 1, 0
        self._grey, self._known = grey, known

    def followed(self, grey: np.ndarray) -> Known | None:
        """What of it is on this picture, in its pixels; None where the picture shows something else."""
        before, small = _small(self._grey), _small(grey)
        if grey.shape != self._grey.shape:
            return None
        looks = [look for code in self._known.codes if (look := _look(self._grey, code))]
        if not looks:
            still = float(cv2.absdiff(small, before).mean()) < STILL
            known = self._known
            return Known(spots=known.spots, doubts=known.doubts, witness=self._other(grey)) if still else None
        scale = max(grey.shape) / max(small.shape)
        best: list[_Match] = []
        for shift in ((0.0, 0.0), _shift(before, small)):
            moved = (shift[0] * scale, shift[1] * scale)
            found = pool.each(lambda look, moved=moved: _found(grey, look, moved), looks)         # type: ignore[misc]
            matches = [match for match in found if match]
            if not best or _alike(matches) > _alike(best):
                best = matches
            if _alike(best) > SURE:
                break
        if _alike(best) < SAME or len(best) < len(looks) / 2:
            return None
        step = tuple(np.median([match.step for match in best if match.alike > SAME], axis=0).tolist())
        there = [match for match in best if match.alike >= GONE]
        return Known([match.code for match in there if match.alike >= SURE],
                     [replace(code, corners=_moved(code.corners, step)) for code in self._known.doubts],
                     [_carried(spot, step) for spot in self._known.spots],
                     [match.code for match in there if match.alike < SURE], self._other(grey))

    def _other(self, grey: np.ndarray) -> bool:
        """Whether this is another picture: one that was sent twice says nothing new of what is doubtful."""
        return bool(self._known.doubts) and not np.array_equal(grey, self._grey)

    def take(self, grey: np.ndarray, known: Known) -> None:
        """The same layer on its next picture."""
        news = len(known.codes) > len(self._known.codes)
        self.pictures, self.quiet = self.pictures + 1, 0 if news else self.quiet + 1
        self._grey, self._known = grey, known


def _carried(spot: Spot, step: Sequence[float]) -> Spot:
    """The place on the next picture: its pixels are new, so everything may be tried again."""
    at = spot.at[0] + step[0], spot.at[1] + step[1]
    return Spot(at, spot.side, spot.strength, spot.node, soft=spot.soft)


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


def _look(grey: np.ndarray, code: SeenCode) -> Look | None:
    picture = _patch(grey, centre(code.corners), _extent(code), GRAIN)
    return Look(code, picture) if picture is not None else None


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


def _found(grey: np.ndarray, look: Look, moved: Point) -> _Match | None:
    """How far this code has moved, about `moved`, and how much it looks the same; None beyond the picture's edge."""
    x, y = centre(look.code.corners)
    extent = _extent(look.code)
    sample = extent / GRAIN
    field = _patch(grey, (x + moved[0], y + moved[1]), extent + 2 * SLACK * sample, GRAIN + 2 * SLACK)
    if field is None:
        return None
    alike = cv2.matchTemplate(field, look.picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(alike)
    step = (moved[0] + (column + _between(alike[row], column) - SLACK) * sample,
            moved[1] + (row + _between(alike[:, column], row) - SLACK) * sample)
    return _Match(replace(look.code, corners=_moved(look.code.corners, step)), best, step)


def _between(values: np.ndarray, at: int) -> float:
    """The top of the parabola through a sample and its neighbours, from that sample."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(each) for each in values[at - 1:at + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < -1e-9 else 0.0


def _moved(corners: Corners, step: Sequence[float]) -> Corners:
    return tuple((x + step[0], y + step[1]) for x, y in corners)      # type: ignore[return-value]
