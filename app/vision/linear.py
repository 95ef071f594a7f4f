"""Linear codes that the pass over the frame missed: bars are found by their one direction, set upright, and read again.

An engine scans along rows and columns only, so a code turned by more than its height allows is never crossed whole.
What a second try reads of a weak symbology counts only when two tries say the same; else it is doubtful.
"""
from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.accept import WEAK
from app.vision.decoders import LINEAR, Engine
from app.vision.reading import Corners, Point, SeenCode, centre, merged

CELL = 8                 # pixels of the picture to one sample of the map
COHERENT = 0.72          # of a cell's structure that must run in one direction
PALE = 0.03              # weakest change of brightness between neighbours, over brightness, that is no grain
MOST = 12                # regions tried, the largest first
LARGER = 1.5             # bars of 2 pixels are read at 3
WIDEST = 3000            # pixels of an upright cut-out


@dataclass(frozen=True, slots=True)
class Region:
    """Bars: centre in pixels, direction across the bars in radians, extent across and along them in pixels."""

    at: Point
    angle: float
    width: float
    height: float

    def holds(self, point: Point) -> bool:
        x, y = point[0] - self.at[0], point[1] - self.at[1]
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return abs(x * cos + y * sin) <= self.width / 2 and abs(y * cos - x * sin) <= self.height / 2 + CELL


def read(grey: np.ndarray, engine: Engine, symbologies: Sequence[str], known: Sequence[SeenCode] = (),
         budget_s: float = 0.3, second: Engine | None = None) -> list[SeenCode]:
    """The linear codes of grey uint8 (H, W) that are not among `known`: corners in its pixels, `rung` told.

    `second` is tried where `engine` reads nothing. No region is begun later than `budget_s` after the start.
    """
    wanted = tuple(name for name in symbologies if name in LINEAR)
    until = time.perf_counter() + budget_s
    found: list[SeenCode] = []
    for region in regions(grey) if wanted else ():
        if time.perf_counter() > until:
            break
        if not any(region.holds(centre(code.corners)) for code in (*known, *found) if code.symbology in LINEAR):
            found = merged(_tried(grey, region, engine, wanted, second), found)
    return [code for code in found if not any(code.raw == other.raw for other in known)]


def regions(grey: np.ndarray) -> list[Region]:
    """Places of bars, the largest first."""
    xx, yy, xy, bright = _structure(grey)
    total = xx + yy
    coherent = np.hypot(xx - yy, 2 * xy) > COHERENT * total
    strong = total > np.maximum((PALE * bright) ** 2, 0.06 * np.percentile(total, 99))
    mask = cv2.morphologyEx((coherent & strong).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for i in range(1, len(stats)):
        left, top, wide, tall, area = (int(v) for v in stats[i])
        if area < 12 or max(wide, tall) < 5:
            continue
        part = np.s_[top:top + tall, left:left + wide]
        own = labels[part] == i
        a, b, c = (float(each[part][own].sum()) for each in (xx, yy, xy))
        if math.hypot(a - b, 2 * c) < 0.6 * (a + b):
            continue
        angle = 0.5 * math.atan2(2 * c, a - b)
        rows, columns = np.nonzero(own)
        x, y = columns + left + 0.5, rows + top + 0.5
        along, aside = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        middle, offset = (along.min() + along.max()) / 2, (aside.min() + aside.max()) / 2
        at = (middle * math.cos(angle) - offset * math.sin(angle), middle * math.sin(angle) + offset * math.cos(angle))
        found.append((area, Region((at[0] * CELL, at[1] * CELL), angle, (np.ptp(along) + 1) * CELL,
                                   (np.ptp(aside) + 1) * CELL)))
    return [region for _, region in sorted(found, key=lambda each: -each[0])[:MOST]]


def _structure(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The structure tensor (xx, yy, xy) and the brightness, one sample a cell, from pixels `step` apart each way."""
    step = 1 if grey.size <= 600_000 else 2 if grey.size <= 4_000_000 else 4
    rows, columns = grey.shape[0] // CELL, grey.shape[1] // CELL
    if rows < 3 or columns < 3:
        nothing = np.zeros((1, 1), np.float32)
        return nothing, nothing, nothing, nothing + 1
    padded = cv2.copyMakeBorder(grey[:rows * CELL, :columns * CELL], 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    here = np.s_[1:-1:step]
    right, left = padded[here, 2::step], padded[here, :-2:step]
    below, above = padded[2::step, here], padded[:-2:step, here]
    across = cv2.subtract(right, left, dtype=cv2.CV_32F)
    down = cv2.subtract(below, above, dtype=cv2.CV_32F)

    def pooled(values: np.ndarray) -> np.ndarray:
        return cv2.blur(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), (3, 3))
    bright = cv2.blur(cv2.resize(grey[::step, ::step], (columns, rows), interpolation=cv2.INTER_AREA), (7, 7))
    return (pooled(across * across), pooled(down * down), pooled(across * down), bright.astype(np.float32) + 8)


def _upright(grey: np.ndarray, region: Region, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """The region cut out with its bars upright and a quiet zone round it; and the way back to the frame."""
    margin = max(2.0 * CELL, 0.05 * region.width)
    wide, tall = region.width + 2 * margin, region.height + 2 * CELL
    factor = min(factor, WIDEST / wide)
    size = max(8, round(wide * factor)), max(8, round(tall * factor))
    cos, sin = math.cos(region.angle) / factor, math.sin(region.angle) / factor
    back = np.float64([[cos, -sin, 0], [sin, cos, 0]])
    back[:, 2] = np.array(region.at) - back[:, :2] @ ((np.array(size) - 1) / 2)
    cut = cv2.warpAffine(grey, back, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return cut, back


def _tried(grey: np.ndarray, region: Region, engine: Engine, wanted: tuple[str, ...],
           second: Engine | None) -> list[SeenCode]:
    """What the tries read, cheapest first, until one has read something that is sure."""
    doubtful: list[SeenCode] = []
    for name, picture, back, reader in _tries(grey, region, engine, second):
        for code in reader.read(picture, wanted):
            code = replace(code, corners=_moved(code.corners, back), rung=name)
            if code.symbology not in WEAK or any(code.raw == other.raw for other in doubtful):
                return [replace(code, doubtful=False)]
            doubtful.append(replace(code, doubtful=True))
    return doubtful if len({code.raw for code in doubtful}) == 1 else []


def _tries(grey: np.ndarray, region: Region, engine: Engine,
           second: Engine | None) -> Iterator[tuple[str, np.ndarray, np.ndarray, Engine]]:
    larger, back = _upright(grey, region, LARGER)
    yield "upright", larger, back, engine
    soft = cv2.GaussianBlur(larger, (0, 0), 2.0)
    yield "upright sharper", cv2.addWeighted(larger, 2.5, soft, -1.5, 0), back, engine
    plain, back_plain = _upright(grey, region, 1.0)
    yield "upright plain", plain, back_plain, engine
    if second is not None:
        yield "upright second", larger, back, second
        yield "upright second plain", plain, back_plain, second


def _moved(corners: Corners, back: np.ndarray) -> Corners:
    return tuple((float(x), float(y)) for x, y in cv2.transform(np.float64([corners]), back)[0])  # type: ignore[return-value]
