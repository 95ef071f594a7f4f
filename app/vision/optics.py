"""Whether lens, light and belt let codes be read at all: pixels a module, blur and motion against the module.

Pure. The limits were measured: below them no engine and no enlarging reads a code. What to do, others say.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from app.vision.reading import SeenCode, side

PLAN, ACCEPT, ALARM = 3.5, 2.5, 2.0      # pixels a module: to plan for, to accept, below which the line must be told
BLUR_GOOD, BLUR_MOST = 0.3, 0.45         # sigma of the blur in modules
MOTION_GOOD, MOTION_MOST = 0.25, 0.5     # modules that the case moves while the shutter is open
CODES = 60               # looked at for the blur
SOFTENED = 0.6           # pixels by which grain is evened out before edges are measured
OWN_BLUR = SOFTENED ** 2 + 2 * 2 / 12 + 1 / 12      # of that, of the difference over two pixels, and of a pixel itself


class Grade(StrEnum):
    GOOD = "good"
    FAIR = "fair"            # reads, but leaves nothing for a bad day
    REFUSED = "refused"      # cannot be relied on


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of the set-up. `what` is "px_module", "blur" or "motion", `value` in pixels or modules.

    `most` is the limit that is accepted; `better` what would make it good: how many times as many pixels a module,
    the blur in modules, or the exposure in ms (0 where it cannot be told).
    """

    what: str
    grade: Grade
    value: float
    most: float
    better: float = 0.0


def px_module(sensor_px: float, field_mm: float, module_mm: float) -> float:
    """Pixels a module where so many pixels of the sensor see so many millimetres. All above 0."""
    return sensor_px / field_mm * module_mm


def judged(pixels: float = 0.0, blur: float = 0.0, *, module_mm: float = 0.0, speed_mm_s: float = 0.0,
           exposure_ms: float = 0.0) -> tuple[Finding, ...]:
    """A finding for each figure that is known (above 0). `pixels` a module, `blur` its sigma in modules.

    The belt needs all three of the last; without the exposure the finding tells the longest that will do.
    """
    found = []
    if pixels > 0:
        grade = Grade.GOOD if pixels >= PLAN else Grade.FAIR if pixels >= ACCEPT else Grade.REFUSED
        found.append(Finding("px_module", grade, pixels, ACCEPT, PLAN / pixels))
    if blur > 0:
        grade = Grade.GOOD if blur <= BLUR_GOOD else Grade.FAIR if blur <= BLUR_MOST else Grade.REFUSED
        found.append(Finding("blur", grade, blur, BLUR_MOST, BLUR_GOOD))
    if speed_mm_s > 0 and module_mm > 0:
        motion = exposure_ms / 1000 * speed_mm_s / module_mm
        grade = Grade.GOOD if motion <= MOTION_GOOD else Grade.FAIR if motion <= MOTION_MOST else Grade.REFUSED
        longest = MOTION_MOST * module_mm / speed_mm_s * 1000
        found.append(Finding("motion", grade, motion, MOTION_MOST, longest))
    return tuple(found)


def hopeless(found: Sequence[Finding]) -> bool:
    """Whether the set-up is to be refused."""
    return any(finding.grade is Grade.REFUSED for finding in found)


def measured(grey: np.ndarray, codes: Sequence[SeenCode]) -> tuple[float, float]:
    """(pixels a module, sigma of the blur in modules) of codes that were read; 0 where it cannot be told.

    grey uint8 (H, W). The blur is that of the softer direction of each code, the median of all; the lens's and the
    movement's together.
    """
    sized = [code for code in codes if min(code.size) > 0][:CODES]
    if not sized:
        return 0.0, 0.0
    pixels = [side(code.corners) / max(code.size) for code in sized]
    blurs = [blur / module for code, module in zip(sized, pixels, strict=True)
             if (blur := _blur(grey, code)) is not None]
    return float(np.median(pixels)), float(np.median(blurs)) if blurs else 0.0


def _blur(grey: np.ndarray, code: SeenCode) -> float | None:
    """Sigma in pixels of the softer of the two directions; None where the code has no contrast to measure by."""
    points = np.float32(code.corners)
    (left, top), (right, bottom) = points.min(0) - 2, points.max(0) + 3
    x, y = max(0, int(left)), max(0, int(top))
    part = grey[y:max(y, int(bottom)), x:max(x, int(right))]
    if min(part.shape, default=0) < 8:
        return None
    soft = cv2.GaussianBlur(part, (0, 0), SOFTENED).astype(np.float32)
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.int32(np.round(points - (x, y))), 1)
    inside[0] = inside[-1] = 0
    inside[:, 0] = inside[:, -1] = 0
    mask = inside.astype(bool)
    if mask.sum() < 64:
        return None
    low, high = np.percentile(soft[mask], (3, 97))
    if high - low < 12:
        return None
    across = (np.roll(soft, -1, 1) - np.roll(soft, 1, 1))[mask] / 2
    down = (np.roll(soft, -1, 0) - np.roll(soft, 1, 0))[mask] / 2
    widths = []
    for begin, end in ((0, 1), (0, 3)):
        (ux, uy) = (points[end] - points[begin]) / max(1e-6, math.dist(points[end], points[begin]))
        steep = float(np.percentile(np.abs(across * ux + down * uy), 98))
        widths.append((high - low) / max(steep, 1e-6) / math.sqrt(2 * math.pi))
    return math.sqrt(max(0.01, max(widths) ** 2 - OWN_BLUR))
