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
ALIKE = 0.4              # cosine of twice the angle by which a cell's direction may differ from its region's
SMALLEST = 8             # cells of a region
NARROWEST = 60           # pixels across the bars
PALE = 0.03              # weakest change of brightness between neighbours, over brightness, that is no grain
MOST = 12                # regions tried, the largest first
LARGER = 1.5             # bars of 2 pixels are read at 3
WIDEST = 3000            # pixels of an upright cut-out
# Bars are many cells wide across, the edge of a label is one or two; one above the other they are two codes.
_DIRECTIONS = ((0.0, np.ones((1, 5), np.uint8)), (math.pi / 4, np.eye(5, dtype=np.uint8)),
               (math.pi / 2, np.ones((5, 1), np.uint8)), (-math.pi / 4, np.eye(5, dtype=np.uint8)[::-1].copy()))


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
    cell = CELL if grey.size <= 4_000_000 else 2 * CELL
    xx, yy, xy, bright = _structure(grey, cell)
    total = xx + yy
    strong = total > np.maximum((PALE * bright) ** 2, 0.06 * np.percentile(total, 99))
    found: list[tuple[int, Region]] = []
    for towards, line in _DIRECTIONS:
        along = (xx - yy) * math.cos(2 * towards) + 2 * xy * math.sin(2 * towards)
        mask = (strong & (along > COHERENT * ALIKE * total)).astype(np.uint8)
        mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, line), cv2.MORPH_OPEN, line)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        for i in range(1, len(stats)):
            left, top, wide, tall, area = (int(v) for v in stats[i])
            if area < SMALLEST:
                continue
            part = np.s_[top:top + tall, left:left + wide]
            own = labels[part] == i
            tensor = (float(each[part][own].sum()) for each in (xx, yy, xy))
            region = _region(np.argwhere(own)[:, ::-1] + (left + 0.5, top + 0.5), *tensor, cell)
            if region is not None and not any(other.holds(region.at) for _, other in found):
                found.append((area, region))
    return [region for _, region in sorted(found, key=lambda each: -each[0])[:MOST]]


def _region(cells: np.ndarray, xx: float, yy: float, xy: float, cell: int) -> Region | None:
    if math.hypot(xx - yy, 2 * xy) < COHERENT * (xx + yy):
        return None
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    axes = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    own = cells @ axes.T
    low, high = own.min(0), own.max(0)
    x, y = (low + high) / 2 @ axes * cell
    width, height = (high - low + 1) * cell
    return Region((float(x), float(y)), angle, float(width), float(height)) if width >= NARROWEST else None


def _structure(grey: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The structure tensor (xx, yy, xy) and the brightness, one sample a cell, from pixels `step` apart each way."""
    step = 1 if grey.size <= 600_000 else cell // 4
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    if rows < 3 or columns < 3:
        nothing = np.zeros((1, 1), np.float32)
        return nothing, nothing, nothing, nothing + 1
    padded = cv2.copyMakeBorder(grey[:rows * cell, :columns * cell], 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    here = np.s_[1:-1:step]
    across = cv2.subtract(padded[here, 2::step], padded[here, :-2:step], dtype=cv2.CV_32F)
    down = cv2.subtract(padded[2::step, here], padded[:-2:step, here], dtype=cv2.CV_32F)

    def pooled(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA)
    bright = cv2.blur(pooled(grey[:rows * cell:step, :columns * cell:step]), (7, 7))
    return pooled(across * across), pooled(down * down), pooled(across * down), bright.astype(np.float32) + 8


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
