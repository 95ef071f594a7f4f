"""A second witness for a weak code: what another way than the engine that read it says of the same bars.

An engine that misreads blurred bars misreads them again, in the same picture and in the next. A drawing held against
the pixels and another engine fail in ways of their own; what two of these say alike was never seen wrong.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from app.vision import linear, retail
from app.vision.accept import FIT, WEAK, possible
from app.vision.decoders import Engine
from app.vision.reading import SeenCode

AGAIN, SECOND = "upright", "second"      # the engine itself on bars set upright; another engine
LARGER, WIDEST = 1.5, 2000               # of the cut-out; and its most pixels
BESIDE = 0.10                            # of the bars' width that is cut out with them on either side
BANDS = 3                                # one above the other
NEAR = 1.08                              # by how much the engine may be wrong in the width
QUIET = 4.5                              # modules beside an ITF's bars that must be free: its own spaces have up to 3
OFF = 3.0                                # modules that its ends may lie off where the engine told them


def heard(grey: np.ndarray, code: SeenCode, engine: Engine, second: Engine | None) -> list[SeenCode]:
    """What others read at the place of `code` in grey uint8 (H, W), `rung` telling who: a text like its own or another.

    Of a retail code its drawing is asked first, of any other `engine` on bars set upright; then `second`, where it is
    there; but not who has read it.
    """
    cut, shown = _upright(grey, code)
    by = way(code)
    said = _drawn(cut, shown, code) if by != FIT else []
    if by or code.symbology not in linear.RETAIL_KINDS:
        said += _named(engine.read(cut, (code.symbology,), dark=True), AGAIN)
    if second is not None and by != SECOND and not proven(code, {by, *_ways(code, said)}, 1):
        said += _named(second.read(cut, (code.symbology,), dark=True), SECOND)
    return [replace(other, symbology=code.symbology, corners=code.corners) for other in said]


def way(code: SeenCode) -> str:
    """Who read it: FIT, SECOND, AGAIN, or "" for the engine itself, however it came to its pixels."""
    if code.rung.startswith(FIT):
        return FIT
    return SECOND if SECOND in code.rung else AGAIN if code.rung == AGAIN else ""


def _ways(code: SeenCode, said: Sequence[SeenCode]) -> set[str]:
    return {way(other) for other in said if other.raw == code.raw}


def agrees(grey: np.ndarray, code: SeenCode, before: Sequence[SeenCode], engine: Engine, second: Engine | None) -> bool:
    """Whether `code`, that two tries on grey read, is more than an engine's mistake made twice; `before`: what else was
    read of it. Only retail codes are asked of others, and of an ITF whether it is a whole one."""
    if code.symbology not in linear.RETAIL_KINDS or way(code) == FIT and not code.doubtful:
        return alone(grey, code)
    ways = {way(code), *_ways(code, before)}
    if proven(code, ways, 1):
        return True
    said = heard(grey, code, engine, second)
    if way(code) == SECOND and not code.doubtful and not said:      # it read it twice where all others read nothing
        return True
    return proven(code, ways | _ways(code, said), 1)


def proven(code: SeenCode, ways: set[str], pictures: int) -> bool:
    """Whether these ways, on so many pictures that differ, are enough to believe `code`."""
    if code.symbology not in WEAK or code.symbology == "UPCE":          # no engine is believed of a UPC-E
        return pictures > 1
    if code.symbology not in linear.RETAIL_KINDS and {"", AGAIN} <= ways and pictures > 1:
        return True
    return len({"" if each == AGAIN else each for each in ways}) > 1


def alone(grey: np.ndarray, code: SeenCode) -> bool:
    """Whether nothing like a bar is beside the bars of an ITF: any part of one is an ITF again. Others: True."""
    if code.symbology != "ITF":
        return True
    cut, shown = _upright(grey, code, 2 * BESIDE)
    profile = cv2.reduce(cut[4 * len(cut) // 9:5 * len(cut) // 9 + 1], 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    module, spare = shown / (9 * len(code.raw) + 9), (len(profile) - shown) / 2
    bars = profile[max(0, round(spare)):round(spare + shown)]
    dark = profile < (float(bars.min()) + float(bars.max())) / 2
    return all(_begins(side, spare, module) for side in (dark, dark[::-1]))


def _begins(dark: np.ndarray, at: float, module: float) -> bool:
    """Whether bars begin about `at`, nothing dark being before them."""
    free = round(QUIET * module)
    return any(dark[i] and not dark[i - free:i].any()
               for i in range(max(free, round(at - OFF * module)), min(len(dark), round(at + OFF * module) + 1)))


def _named(codes: list[SeenCode], rung: str) -> list[SeenCode]:
    return [replace(code, rung=rung) for code in codes if possible(code)]


def _upright(grey: np.ndarray, code: SeenCode, beside: float = BESIDE) -> tuple[np.ndarray, float]:
    """The bars with what is beside them, read from left to right, and how many of the cut-out's pixels they take."""
    region = linear.region_of(code)
    wide, tall = max(region.width, 8.0), max(region.height, 0.2 * region.width)
    factor = min(LARGER, WIDEST / wide)
    size = math.ceil(wide * (1 + 2 * beside) * factor), max(3 * BANDS, math.ceil(tall * factor))
    cos, sin = math.cos(region.angle) / factor, math.sin(region.angle) / factor
    back = np.float64([[cos, -sin, 0], [sin, cos, 0]])
    back[:, 2] = np.array(region.at) - back[:, :2] @ ((np.array(size) - 1) / 2)
    return cv2.warpAffine(grey, back, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE), wide * factor


def _drawn(cut: np.ndarray, shown: float, code: SeenCode) -> list[SeenCode]:
    """The number whose drawing explains the pixels of a band, where one does so far better than any other."""
    kind = linear.RETAIL_KINDS.get(code.symbology)
    if kind is None:
        return []
    module = shown / retail.layout(kind).length
    rows = len(cut) // BANDS
    for band in (1, 0, 2):
        profile = cv2.reduce(cut[band * rows:(band + 1) * rows], 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
        fit = retail.fit(profile, kind, module / NEAR, module * NEAR)
        if fit and linear.sure(fit, kind):
            return [replace(code, raw=retail.number(kind, fit.digits).encode(), rung=FIT)]
    return []

