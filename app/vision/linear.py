"""Linear codes that the pass over the frame missed: bars are found by their one direction, set upright, and read again.

An engine scans along rows and columns only, so a code turned by more than its height allows is never crossed whole.
What a second try reads of a weak symbology counts only when two tries say the same; else it is doubtful.
"""
from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import cv2
import numpy as np

from app.vision import retail
from app.vision.accept import FIT, WEAK, possible, sensible
from app.vision.decoders import LINEAR, Engine
from app.vision.reading import Corners, Point, SeenCode, centre, merged, same_symbol

CELL = 8                 # pixels of the picture to one sample of the map
COHERENT = 0.72          # of a cell's structure that must run in one direction
ALIKE = 0.6              # cosine of twice the angle by which a cell's direction may differ from its region's
SMALLEST = 8             # cells of a region
NARROWEST = 60           # pixels across the bars
PALE = 0.03              # weakest change of brightness between neighbours, over brightness, that is no grain
POINTED = 2_500_000      # pixels of a picture that the second engine looks at as a whole
GRAINY = 1_000_000       # pixels of a picture that is smoothed where nothing shows
MOST, MOST_DEEP = 12, 4  # regions tried, the largest first, and of these by more than the first try
LARGER = 1.5             # bars of 2 pixels are read at 3
WIDEST = 3000            # pixels of an upright cut-out
COVERED = 0.6            # of a region's width: so much of a known code in it, and nothing else is looked for
FEWEST = 16              # changes between dark and light across the bars; an EAN-8 has 43
UNDONE = ((0.0, 1.0), (2.0, 6.0), (5.0, 4.0), (8.0, 7.0))      # how much of the blur of how many pixels is taken off
ACROSS = 0.6             # as much change from row to row as along the rows at most: letters have more
LOWEST = 24              # pixels of the bars' height
SMALLER = 0.6            # of the width of a code already read
THINNEST = 4             # rows of a band that is fitted
LEAST_LEAN, MOST_LEAN = 0.012, 0.2         # radians by which a cut-out is turned once more
EDGE = 6                 # modules from the picture's edge that the bars of an ITF must keep
BESIDE, BARS_BESIDE = 12, 3      # modules beside an EAN-8, and edges in them that are no label's border
LEAST_MARGIN, LEAST_EXPLAINED = 25.0, 0.9       # of a fit; wrong ones were seen up to a margin of 15, and of UPC-E,
SHORT = 2.0                                     # whose check digit is in its bars' order, of 28: times as much of these
ROWS, SECOND, SECOND_PLAIN, POINTER = "upright rows", "upright second", "upright second plain", "second"
UNPROVEN = frozenset({ROWS, SECOND, SECOND_PLAIN})     # tries that put much into the picture, or of another engine
RETAIL_KINDS = {"EAN13": "EAN13", "UPCA": "EAN13", "EAN8": "EAN8", "UPCE": "UPCE"}      # and how they are drawn
FIT_AIMS = {"EAN8": "]E4"}               # else ]E0: thirteen digits
# Bars are many cells wide across, the edge of a label is one or two; one above the other they are two codes.
_DIRECTIONS = tuple((turn, cv2.line(
    np.zeros((5, 5), np.uint8), *((round(2 + side * 2 * math.cos(turn)), round(2 + side * 2 * math.sin(turn)))
                                  for side in (-1, 1)), 1)) for turn in np.arange(8) * math.pi / 8)


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
         budget_s: float = 0.3, second: Engine | None = None, everywhere: bool = True) -> list[SeenCode]:
    """The linear codes of grey uint8 (H, W) that are not yet sure: corners in its pixels, `rung` told.

    Of `known`, those marked doubtful are tried again and among the answer if they are sure now. `second` is tried where
    `engine` reads nothing. No region is begun later than `budget_s` after the start. Not `everywhere`: only where those
    doubtful ones are.
    """
    wanted = tuple(name for name in symbologies if name in LINEAR)
    until = time.perf_counter() + budget_s
    bars = [code for code in known if code.symbology in LINEAR]
    found: list[SeenCode] = []
    left = MOST_DEEP
    doubtful = [_round(code) for code in bars if code.doubtful and code.symbology in wanted]
    places = chain(doubtful, _likely(grey) if everywhere and wanted else (),
                   _pointed(grey, wanted, engine, second, bars, found, doubtful) if everywhere else ())
    for region in places:
        if time.perf_counter() > until:
            break
        here = [code for code in (*bars, *found) if region.holds(centre(code.corners))]
        if any(not code.doubtful and region_of(code).width > COVERED * region.width for code in here):
            continue
        factor = min(LARGER, WIDEST / region.width)
        cut, back = _upright(grey, region, factor)
        if region not in doubtful and not _has_bars(cut):
            continue
        if LEAST_LEAN < abs(lean := _lean(cut)) < MOST_LEAN:
            cut, back = _upright(grey, replace(region, angle=region.angle + lean), factor)
        there = cv2.invertAffineTransform(back)
        # Lines of text and supplements are not worth the time, nor is a wall of stripes.
        widths = [region_of(code).width for code in (*bars, *found) if not code.doubtful]
        deep = left > 0 and (not widths or region.width > SMALLER * min(widths) and region.height > LOWEST)
        left -= deep
        said = [replace(code, corners=_moved(code.corners, there)) for code in here if code.doubtful]
        codes = [replace(code, corners=_moved(code.corners, back))
                 for code in _tried(cut, region, factor, engine, wanted, said, second, until if deep else 0.0)]
        sure = {code.raw for code in here if not code.doubtful}
        found[:] = merged((code for code in codes if code.raw not in sure and not _cut_off(code, grey.shape)), found)
    strong = [_round(code) for code in (*bars, *found) if code.symbology not in WEAK and not code.doubtful]
    return [code for code in found if code.symbology not in WEAK       # a part of another code's bars
            or not any(region.holds(centre(code.corners)) for region in strong)]


def _pointed(grey: np.ndarray, wanted: tuple[str, ...], engine: Engine, second: Engine | None, bars: list[SeenCode],
             found: list[SeenCode], doubtful: list[Region]) -> Iterator[Region]:
    """Where nothing was read at all: the places of what the second engine sees in the whole, and where the first saw a
    UPC-E. What they read there is one try, added to `bars` as a doubt."""
    if not wanted or grey.size > POINTED or any(not code.doubtful for code in (*bars, *found)):
        return
    for other, kinds in ((second, wanted), (engine, tuple(name for name in wanted if name == "UPCE"))):
        for code in other.read(grey, kinds) if other is not None and kinds else ():
            bars.append(replace(code, rung=POINTER, doubtful=True))
            doubtful.append(_round(code))
            yield doubtful[-1]


def _likely(grey: np.ndarray) -> list[Region]:
    """The regions, of a grainy picture the smoothed one's."""
    found = regions(grey)
    return found or regions(cv2.GaussianBlur(grey, (0, 0), 1.5)) if grey.size <= GRAINY else found


def _round(code: SeenCode) -> Region:
    """Where a code's bars are: an engine tells the rows that it read, which may be a few of them."""
    region = region_of(code)
    return replace(region, width=1.05 * region.width, height=max(region.height, 0.2 * region.width))


def regions(grey: np.ndarray) -> list[Region]:
    """Places of bars, the largest first."""
    cell = CELL if grey.size <= 4_000_000 else 2 * CELL
    xx, yy, xy, bright = _structure(grey, cell)
    total, lean = xx + yy, np.hypot(xx - yy, 2 * xy)
    strong = (total > np.maximum((PALE * bright) ** 2, 0.06 * np.percentile(total, 99))) & (lean > COHERENT * total)
    found: list[tuple[int, Region]] = []
    for towards, line in _DIRECTIONS:
        along = (xx - yy) * math.cos(2 * towards) + 2 * xy * math.sin(2 * towards)
        mask = (strong & (along > ALIKE * lean)).astype(np.uint8)
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
    if math.hypot(xx - yy, 2 * xy) < 0.8 * COHERENT * (xx + yy):
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
    step = 1 if grey.size <= 150_000 else cell // 4
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
    size = max(8, round((region.width + 2 * margin) * factor)), max(8, round((region.height + 2 * CELL) * factor))
    cos, sin = math.cos(region.angle) / factor, math.sin(region.angle) / factor
    back = np.float64([[cos, -sin, 0], [sin, cos, 0]])
    back[:, 2] = np.array(region.at) - back[:, :2] @ ((np.array(size) - 1) / 2)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grey, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE), back


def _lean(cut: np.ndarray) -> float:
    """By how many radians its bars are not upright yet: of their middle alone, what lies around does not tell."""
    high, wide = cut.shape
    part = cv2.GaussianBlur(cut[high // 4:high - high // 4, wide // 8:wide - wide // 8], (0, 0), 1.0)
    across, down = cv2.Sobel(part, cv2.CV_32F, 1, 0), cv2.Sobel(part, cv2.CV_32F, 0, 1)
    return 0.5 * math.atan2(2 * cv2.sumElems(across * down)[0], cv2.norm(across) ** 2 - cv2.norm(down) ** 2)


def _has_bars(cut: np.ndarray) -> bool:
    """Whether the brightness goes up and down often enough along the middle rows, and not from row to row."""
    rows = cv2.GaussianBlur(cut[len(cut) * 2 // 5:len(cut) * 3 // 5 + 2], (0, 0), 1.5)      # grain is no letter
    if cv2.norm(rows[1:], rows[:-1], cv2.NORM_L1) > ACROSS * cv2.norm(rows[:, 1:], rows[:, :-1], cv2.NORM_L1):
        return False
    profile = cv2.reduce(rows, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    beside = profile[0] - cv2.blur(profile, (31, 1))[0]
    beside = beside[np.abs(beside) > 0.1 * np.abs(beside).max()]
    return int(np.count_nonzero(np.diff(np.sign(beside)))) >= FEWEST


def _tried(cut: np.ndarray, region: Region, factor: float, engine: Engine, wanted: tuple[str, ...],
           said: Sequence[SeenCode], second: Engine | None, until: float) -> list[SeenCode]:
    """What the tries on an upright cut-out read, cheapest first, until all that was read is sure.

    `said` is what others read here and is not sure of: it counts as one try. Where the cheapest reads nothing, no other
    is begun after `until` (of the performance counter).
    """
    reads, bars = [(code, "") for code in said], _bars(cut)
    twice = bool(said) or not WEAK.isdisjoint(wanted)
    for rung, codes in _tries(cut, bars, region, factor, engine, wanted, second, twice):
        named = (replace(code, rung=rung) for code in codes)
        reads += [(_tall(code, bars), rung) for code in named if possible(code) and not _runs_on(cut, bars, code)]
        if reads and all(_sure(code, reads) for code, _ in reads) or not reads and time.perf_counter() > until:
            break
    found: list[SeenCode] = []
    for code, rung in reads:
        if rung and not any(same_symbol(code, other) for other in found):
            found.append(replace(code, doubtful=not _sure(code, reads)))
    return found


def _runs_on(cut: np.ndarray, bars: tuple[int, int] | None, code: SeenCode) -> bool:
    """Whether bars go on beyond an EAN-8: then it is a part of another code. Longer ones have supplements there."""
    (left, y), (right, _), (_, z), _ = code.corners
    if code.symbology != "EAN8" or abs(left - right) < abs(y - z):
        return False
    top, tall = bars or (int(min(y, z)), 1)
    rows = cut[max(0, top + tall // 4):top + tall - tall // 4 + 1]
    if not rows.size:
        return False
    profile = cv2.reduce(rows, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    left, right = sorted((left, right))
    module = (right - left) / retail.layout("EAN8").length
    inside = profile[max(0, int(left)):int(right) + 1]
    if not inside.size:
        return False
    dark = profile < (np.percentile(inside, 5) + np.percentile(inside, 95)) / 2
    for start, end in ((left - BESIDE * module, left - 2 * module), (right + 2 * module, right + BESIDE * module)):
        if np.count_nonzero(np.diff(dark[max(0, int(start)):max(0, int(end))])) >= BARS_BESIDE:
            return True
    return False


def _cut_off(code: SeenCode, shape: tuple[int, ...]) -> bool:
    """Of an ITF the picture's edge would be the quiet zone: it has any length, and ends in any of its bars."""
    region = region_of(code)
    reach = region.width / 2 + EDGE * region.width / (8 * len(code.raw) + 9)
    cos, sin = math.cos(region.angle), math.sin(region.angle)
    return code.symbology == "ITF" and any(
        abs(part) > 0.5 and not 0 <= at + side * part <= length - 1 for side in (-reach, reach)
        for at, part, length in zip(region.at, (cos, sin), shape[::-1], strict=True))


def _sure(code: SeenCode, reads: Sequence[tuple[SeenCode, str]]) -> bool:
    """Strong by itself; or read by two tries, with no other text that two tries read at the same place."""
    if code.symbology not in WEAK and not code.doubtful and (code.rung not in UNPROVEN or sensible(code)):
        return True
    tries: dict[bytes, set[str]] = {}
    for other, rung in reads:
        if other.raw == code.raw or region_of(other).holds(centre(code.corners)):
            tries.setdefault(other.raw, set()).add(rung)
    return len(tries[code.raw]) > 1 and all(len(each) < 2 for raw, each in tries.items() if raw != code.raw)


def _tall(code: SeenCode, bars: tuple[int, int] | None) -> SeenCode:
    """An engine tells the rows that it read; the bars are as high as the region's."""
    (left, y), (right, _), (_, z), _ = code.corners
    if bars is None or abs(left - right) < abs(y - z) or not bars[0] <= (y + z) / 2 <= sum(bars):
        return code
    top, bottom = (float(bars[0]), float(sum(bars)))[::1 if left < right else -1]
    return replace(code, corners=((left, top), (right, top), (right, bottom), (left, bottom)))


def _tries(cut: np.ndarray, bars: tuple[int, int] | None, region: Region, factor: float, engine: Engine,
           wanted: tuple[str, ...], second: Engine | None, twice: bool) -> Iterator[tuple[str, list[SeenCode]]]:
    yield "upright", engine.read(cut, wanted, dark=True)
    soft = cv2.GaussianBlur(cut, (0, 0), 2.0)
    yield "upright sharper", engine.read(cv2.addWeighted(cut, 2.5, soft, -1.5, 0), wanted, dark=True)
    if bars is not None:
        yield ROWS, _without_noise(cut, bars, engine, wanted)
        if RETAIL_KINDS.keys() & set(wanted):
            yield from _fits(cut, bars, region.width * factor, wanted)
    if twice:
        yield "upright plain", _smaller(cut, 1 / factor, engine, wanted)
    if second is not None:
        yield SECOND, second.read(cut, wanted, dark=True)
        yield SECOND_PLAIN, _smaller(cut, 1 / factor, second, wanted)


def _smaller(cut: np.ndarray, factor: float, engine: Engine, wanted: tuple[str, ...]) -> list[SeenCode]:
    small = cv2.resize(cut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return [replace(code, corners=tuple((x / factor, y / factor) for x, y in code.corners))      # type: ignore[arg-type]
            for code in engine.read(small, wanted, dark=True)]


def _bars(cut: np.ndarray) -> tuple[int, int] | None:
    """The first row of the bars and how many there are; None for too few."""
    change = cv2.reduce(cv2.absdiff(cut[:, 1:], cut[:, :-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]
    rows = np.nonzero(change > 0.6 * np.percentile(change, 80))[0]
    return (int(rows[0]), int(rows[-1]) + 1 - int(rows[0])) if len(rows) >= 3 * THINNEST else None


def _without_noise(cut: np.ndarray, bars: tuple[int, int], engine: Engine, wanted: tuple[str, ...]) -> list[SeenCode]:
    """All rows of a band are one: grain goes with the mean, scratches with the median, and then blur can be undone."""
    top, tall = bars
    part = max(THINNEST, tall // 3)
    rows = [cut[low:low + part].mean(0) for low in range(top, top + tall - part + 1, part)]
    rows.append(np.median(cut[top + tall // 8:top + tall - tall // 8], axis=0))
    clean = cv2.resize(np.float32(rows), None, fx=2, fy=1, interpolation=cv2.INTER_CUBIC)
    sharper = [np.repeat(clean + more * (clean - cv2.GaussianBlur(clean, (0, 0), wide, sigmaY=0.01)), 4, axis=0)
               for more, wide in UNDONE]
    picture = np.clip(np.concatenate(sharper), 0, 255).astype(np.uint8)
    found = []
    for code in engine.read(picture, wanted, dark=True):
        left, right = code.corners[0][0] / 2, code.corners[1][0] / 2
        middle = top + tall / 2
        found.append(replace(code, corners=((left, middle), (right, middle), (right, middle), (left, middle))))
    return merged(found)


def _fits(cut: np.ndarray, bars: tuple[int, int], width: float,
          wanted: tuple[str, ...]) -> Iterator[tuple[str, list[SeenCode]]]:
    """EAN and UPC by fit, a band of the bars at a time: bands are tries of their own."""
    top, tall = bars
    kinds = list(dict.fromkeys(RETAIL_KINDS[name] for name in RETAIL_KINDS if name in wanted))
    modules = {kind: width / retail.layout(kind).length for kind in kinds}
    spans = {kind: (module / 2.3, module * 1.1) for kind, module in modules.items()}
    for name, band in (("middle", 1), ("above", 0), ("below", 2)):
        low, high = top + tall * band // 3, top + tall * (band + 1) // 3
        profile = cv2.reduce(cut[low:high], 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
        codes, likely = [], False
        for kind in kinds:
            fit = retail.fit(profile, kind, *spans[kind])
            likely = likely or fit is not None
            if fit is not None and sure(fit, kind):
                kinds = [kind]
                module = abs(fit.end - fit.start) / retail.layout(kind).length
                spans[kind] = 0.94 * module, 1.06 * module
                codes = _told(fit, kind, float(low), float(high), wanted)
                break
        yield f"{FIT} {name}", codes
        if not likely or not codes and band == 0:
            return


def sure(fit: retail.Fit, kind: str) -> bool:
    """Whether this fit alone is one reading of the number."""
    return fit.margin >= LEAST_MARGIN * (SHORT if kind == "UPCE" else 1) and fit.explained >= LEAST_EXPLAINED


def _told(fit: retail.Fit, drawn: str, low: float, high: float, wanted: tuple[str, ...]) -> list[SeenCode]:
    """As the engine would tell it: UPC-A where that was asked for before EAN-13, or alone."""
    kind = next(name for name in wanted if RETAIL_KINDS.get(name) == drawn)
    if kind == "UPCA" and fit.digits[0] != "0":
        if "EAN13" not in wanted:
            return []
        kind = "EAN13"
    y, z = (low, high) if fit.start < fit.end else (high, low)
    corners = ((fit.start, y), (fit.end, y), (fit.end, z), (fit.start, z))
    return [SeenCode(retail.number(kind, fit.digits).encode(), FIT_AIMS.get(kind, "]E0"), kind, corners, rung=FIT)]


def region_of(code: SeenCode) -> Region:
    """The region that a code covers by its corners."""
    corners = np.float64(code.corners)
    along = max(corners[1] - corners[0], corners[2] - corners[3], key=lambda edge: float(np.hypot(*edge)))
    angle = math.atan2(along[1], along[0])
    axes = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    own = corners @ axes.T
    low, high = own.min(0), own.max(0)
    x, y = (low + high) / 2 @ axes
    return Region((float(x), float(y)), angle, *(float(extent) for extent in high - low))


def _moved(corners: Corners, there: np.ndarray) -> Corners:
    return tuple((float(x), float(y)) for x, y in cv2.transform(np.float64([corners]), there)[0])  # type: ignore[return-value]
