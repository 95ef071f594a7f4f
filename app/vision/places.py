"""Where in a picture matrix codes may be: places whose fine structure runs in two directions, like modules do.

Edges, bars and the rims of caps run in one direction and are left out. Nothing here decodes.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision import pool
from app.vision.reading import Point

SAMPLE = 8               # pixels that make one sample of the map, more in huge pictures
HALVED, QUARTERED = 600_000, 26_000_000     # pixels above which a picture is reduced: modules of 3 still show at 1.5
SHARED = 4_000_000       # pixels above which more than one core works at the map
STRIP = 16               # rows of samples done at once: their pixels stay in the core's cache
GRAIN = 20.0             # squared slope that is no edge yet
FAINT = 0.03             # below this there is only grain; a code of 20 % contrast gives a little more
ROUND = 42               # samples of a neighbourhood above which it is square: a large round one takes seconds
LOOKED, CLOSER = 28, 40  # samples of a square's side when it is looked at more closely
ISLAND, LEAST = 0.2, 0.35       # evenness inside a code; part of the supposed side that it may be
TOLD_BY = 9              # places that tell the side
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
        if not strong.size:
            return FAINT
        rank = min(strong.size - 1, int(strong.size * percent / 100))
        return float(np.partition(strong, rank)[rank])

    def at(self, smooth: np.ndarray, x: float, y: float) -> float:
        row, column = int(y / self.step), int(x / self.step)
        if not (0 <= row < smooth.shape[0] and 0 <= column < smooth.shape[1]):
            return 0.0
        return float(smooth[row, column])

    def middle(self, x: float, y: float, side: float) -> Point:
        """The centre of the structure round a point, no further off than a quarter of `side`."""
        reach = side * 0.75 / self.step
        left, top = max(0, round(x / self.step - reach)), max(0, round(y / self.step - reach))
        part = self.values[top:round(y / self.step + reach), left:round(x / self.step + reach)]
        if not part.size:
            return x, y
        part = np.maximum(part - 0.4 * part.max(), 0)
        down, across, total = part.sum(1), part.sum(0), float(part.sum())
        if total <= 0:
            return x, y
        at_x = (left + float(across @ np.arange(across.size)) / total + 0.5) * self.step
        at_y = (top + float(down @ np.arange(down.size)) / total + 0.5) * self.step
        far = side / 4
        return min(max(at_x, x - far), x + far), min(max(at_y, y - far), y + far)


def texture(grey: np.ndarray) -> Texture | None:
    """The map of a grey uint8 picture (smaller eigenvalue of the structure tensor); None where it is too small."""
    reduce = 4 if grey.size > QUARTERED else 2 if grey.size > HALVED else 1
    step = max(2 * reduce, SAMPLE)
    rows, columns = grey.shape[0] // step, grey.shape[1] // step
    if rows < 3 or columns < 3:
        return None
    tensor = np.empty((4, rows, columns), np.float32)

    def strip(first: int) -> None:
        _fill(tensor, grey, first, min(rows, first + STRIP), step, reduce)
    firsts = range(0, rows, STRIP)
    if grey.size > SHARED:
        pool.each(strip, firsts)
    else:
        for first in firsts:
            strip(first)
    xx, yy, xy = (cv2.blur(each, (3, 3)) for each in tensor[:3])
    bright = cv2.blur(tensor[3], (7, 7)) + 8
    half = (xx - yy) * 0.5
    less = (xx + yy) * 0.5 - cv2.sqrt(half * half + xy * xy)
    return Texture(cv2.sqrt(np.maximum(less, 0)) / (8 * bright), step)


def _fill(tensor: np.ndarray, grey: np.ndarray, first: int, last: int, step: int, reduce: int) -> None:
    """Rows `first` to `last` of the tensor's samples (xx, yy, xy) and of the brightness."""
    columns = tensor.shape[2]
    above = max(0, first * step - reduce)          # one row of pixels more on either side for the gradient
    below = min(grey.shape[0] // reduce * reduce, last * step + reduce)
    part = grey[above:below, :columns * step]
    while reduce > 1:                              # by two each time: OpenCV has a fast way for that
        part, reduce, above, step = _halved(part), reduce // 2, above // 2, step // 2
    own = slice(first * step - above, last * step - above)
    across, down = cv2.spatialGradient(part)
    across, down = across[own].astype(np.float32), down[own].astype(np.float32)
    into = tensor[:, first:last]
    size = (columns, last - first)
    for plane, values in ((0, across * across), (1, down * down), (2, across * down), (3, part[own])):
        half = _halved(values) if step % 2 == 0 else values
        into[plane] = cv2.resize(half, size, interpolation=cv2.INTER_AREA)


def _halved(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values, (values.shape[1] // 2, values.shape[0] // 2), interpolation=cv2.INTER_AREA)


def peaks(field: Texture, side: float, smooth: np.ndarray | None = None) -> list[Place]:
    """Places about `side` pixels wide, strongest first, none nearer to another than 0.6 sides."""
    smooth = field.smooth(side) if smooth is None else smooth
    reach = max(3, round(side * 0.8 / field.step)) | 1
    shape = cv2.MORPH_ELLIPSE if reach < ROUND else cv2.MORPH_RECT
    top = cv2.dilate(smooth, cv2.getStructuringElement(shape, (reach, reach)))
    rows, columns = np.nonzero((smooth >= top) & (smooth > FAINT))
    strongest = np.argsort(-smooth[rows, columns], kind="stable")[:MOST]
    at = np.column_stack([columns[strongest], rows[strongest]]) * float(field.step) + field.step / 2
    strength = smooth[rows[strongest], columns[strongest]]
    free = np.ones(len(at), bool)
    for i in range(len(at)):
        if free[i]:
            free[i + 1:] &= ((at[i + 1:] - at[i]) ** 2).sum(1) > (0.6 * side) ** 2
    return [Place(float(x), float(y), float(value)) for (x, y), value in zip(at[free], strength[free], strict=True)]


def evenness(grey: np.ndarray, at: Point, side: float) -> float:
    """How evenly the edges in a square of `side` pixels run both ways, 0 … 0.5, whatever its contrast.

    Codes give 0.25 … 0.35, where they lie askew or blurred 0.18; rims, print and dividers 0.05 … 0.2, grain 0.15.
    """
    cut = _cut(grey, at, side)
    return float(_even(cut, LOOKED).mean()) if min(cut.shape) >= 4 else 0.0


def closer(grey: np.ndarray, field: Texture, side: float) -> float:
    """The side in pixels that the strongest places have, where about `side` was supposed; what is round codes, such as
    the rims of caps, is not counted. `side` itself where they do not tell."""
    found = []
    for place in peaks(field, side)[:TOLD_BY]:
        cut = _cut(grey, field.middle(place.x, place.y, side), side)
        if min(cut.shape) < 8:
            continue
        islands = cv2.connectedComponentsWithStats((_even(cut, CLOSER) > ISLAND).astype(np.uint8), connectivity=4)[2]
        found.append(math.sqrt(float(islands[1:, 4].max(initial=0)) * cut.size) / CLOSER)
    return max(float(np.median(found)), LEAST * side) if found else side


def _cut(grey: np.ndarray, at: Point, side: float) -> np.ndarray:
    (x, y), half = at, side / 2
    return grey[max(0, int(y - half)):max(0, int(y + half)), max(0, int(x - half)):max(0, int(x + half))]


def _even(cut: np.ndarray, samples: int) -> np.ndarray:
    """The weaker of both ways' share of the squared slopes round each of `samples` x `samples`."""
    small = cv2.resize(cut, (samples, samples), interpolation=cv2.INTER_AREA)
    across, down = (each.astype(np.float32) for each in cv2.spatialGradient(small))
    xx, yy, xy = (cv2.blur(each, (7, 7)) for each in (across * across, down * down, across * down))
    apart = (xx - yy) * 0.5
    return ((xx + yy) * 0.5 - cv2.sqrt(apart * apart + xy * xy)) / (xx + yy + GRAIN)


def likely_sides(field: Texture, most: int = 3) -> list[float]:
    """Sides in pixels that many structured islands of the picture share, the likeliest first; [] where none is."""
    low, high = float(np.median(field.values[::2, ::2])), field.high(98)
    weights: list[tuple[float, float]] = []
    for part in (0.5, 0.35, 0.22, 0.13):
        mask = cv2.morphologyEx((field.values > max(FAINT, low + (high - low) * part)).astype(np.uint8),
                                cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        stats = cv2.connectedComponentsWithStats(mask, connectivity=4)[2][1:].astype(float)
        wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
        square = (area > 9) & (wide < 2.2 * tall) & (tall < 2.2 * wide) & (area > 0.4 * wide * tall)
        sides = np.sort(np.sqrt(area[square]))
        alike = np.searchsorted(sides, sides * 1.25) - np.searchsorted(sides, sides / 1.25, "right")
        weights += zip((alike * sides ** 0.5).tolist(), (sides * field.step).tolist(), strict=True)
    found: list[float] = []
    for _, side in sorted(weights, reverse=True):
        if len(found) < most and all(not 0.7 < side / other < 1.43 for other in found):
            found.append(side)
    return found
