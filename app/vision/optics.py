"""What a picture tells of lens and light: pixels a module and blur, measured on codes that were read.

Pure. Whether these figures will do is judged by `app.domain.optics`.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from app.vision.reading import SeenCode, side

CODES = 60               # looked at for the blur
SOFTENED = 0.6           # pixels by which grain is evened out before edges are measured
OWN_BLUR = SOFTENED ** 2 + 2 * 2 / 12 + 1 / 12      # of that, of the difference over two pixels, and of a pixel itself


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
