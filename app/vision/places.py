"""Where in a picture matrix codes may be: places whose fine structure runs in two directions, like modules do.

Edges, bars and the rims of caps run in one direction and are left out. Nothing here decodes.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

POOL = 8                 # pixels of the (possibly reduced) picture that make one sample of the map
HALVED, QUARTERED = 600_000, 26_000_000     # pixels above which a picture is reduced: modules of 3 still show at 1.5
FAINT = 0.03             # below this there is only grain; a code of 20 % contrast gives a little more
MOST = 400               # places looked at in one picture


@dataclass(frozen=True, slots=True)
class Place:
    """A square that looks like a code: centre in pixels of the picture, and how strong its structure is."""

    x: float
    y: float
    strength: float


@dataclass(frozen=True, slots=True)
class Texture:
    """Strength of two-directional structure over local brightness, one sample each `step` pixels of the picture."""

    values: np.ndarray       # float32 (rows, columns)
    step: int

    def smooth(self, side: float) -> np.ndarray:
        """The mean over squares of `side` pixels; the strongest specks are levelled so that none outshines a code."""
        width = max(1, round(side / self.step)) | 1
        return cv2.blur(np.minimum(self.values, self.high(90)), (width, width))

    def high(self, percent: float) -> float:
        """The percentile of what is no mere grain: a few codes on a large empty field count as much as a full case."""
        strong = self.values[self.values > FAINT]
        return float(np.percentile(strong, percent)) if strong.size else FAINT

    def at(self, smooth: np.ndarray, x: float, y: float) -> float:
        row, column = int(y / self.step), int(x / self.step)
        if not (0 <= row < smooth.shape[0] and 0 <= column < smooth.shape[1]):
            return 0.0
        return float(smooth[row, column])


def texture(grey: np.ndarray) -> Texture | None:
    """The map of a grey uint8 picture (smaller eigenvalue of the structure tensor); None where it is too small."""
    reduce = 4 if grey.size > QUARTERED else 2 if grey.size > HALVED else 1
    small = grey if reduce == 1 else cv2.resize(grey, (grey.shape[1] // reduce, grey.shape[0] // reduce),
                                                interpolation=cv2.INTER_AREA)
    pool = max(2, POOL // reduce)
    rows, columns = small.shape[0] // pool, small.shape[1] // pool
    if rows < 3 or columns < 3:
        return None
    small = small[:rows * pool, :columns * pool]
    across, down = cv2.spatialGradient(small)
    across, down = across.astype(np.float32), down.astype(np.float32)

    def pooled(values: np.ndarray) -> np.ndarray:
        return cv2.blur(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), (3, 3))
    xx, yy, xy = pooled(across * across), pooled(down * down), pooled(across * down)
    bright = cv2.blur(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32), (7, 7)) + 8
    less = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return Texture(np.sqrt(np.maximum(less, 0)) / (8 * bright), reduce * pool)


def peaks(field: Texture, side: float) -> list[Place]:
    """Places about `side` pixels wide, strongest first, none nearer to another than 0.6 sides."""
    smooth = field.smooth(side)
    reach = max(3, round(side * 0.8 / field.step)) | 1
    top = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    rows, columns = np.nonzero((smooth >= top) & (smooth > FAINT))
    places: list[Place] = []
    for i in np.argsort(-smooth[rows, columns])[:MOST]:
        place = Place((columns[i] + 0.5) * field.step, (rows[i] + 0.5) * field.step, float(smooth[rows[i], columns[i]]))
        if all(math.hypot(place.x - other.x, place.y - other.y) > 0.6 * side for other in places):
            places.append(place)
    return places


def likely_sides(field: Texture, most: int = 3) -> list[float]:
    """Sides in pixels that many structured islands of the picture share, the likeliest first; [] where none is."""
    low, high = float(np.median(field.values)), field.high(98)
    weights: list[tuple[float, float]] = []
    for part in (0.5, 0.35, 0.22, 0.13):
        mask = cv2.morphologyEx((field.values > max(FAINT, low + (high - low) * part)).astype(np.uint8),
                                cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        stats = cv2.connectedComponentsWithStats(mask, connectivity=4)[2][1:].astype(float)
        wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
        square = (area > 9) & (wide < 2.2 * tall) & (tall < 2.2 * wide) & (area > 0.4 * wide * tall)
        sides = np.sqrt(area[square])
        for one in sides:
            alike = int(((sides > one / 1.25) & (sides < one * 1.25)).sum())
            weights.append((alike * float(one) ** 0.5, float(one) * field.step))
    found: list[float] = []
    for _, side in sorted(weights, reverse=True):
        if len(found) < most and all(not 0.7 < side / other < 1.43 for other in found):
            found.append(side)
    return found
