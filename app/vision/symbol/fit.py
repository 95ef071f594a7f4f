"""Lays a drawn grid of modules on a picture of it, to a fraction of a pixel, where it lies about right already.

Alignment by least squares with the gradient of the drawing (inverse compositional): the known modules first, then all
of them as they were read. A homography takes modules (x right, y down, the symbol from 0 to its size) to pixels.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

FINE = 3                 # samples along a module
QUIET = 1                # ring of light modules round the symbol that counts as known
LONGEST = 30_000         # points that OpenCV samples at once


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of known modules, softened, and how it changes when it is moved: all that alignment needs."""

    points: np.ndarray       # float32 (K, 2), in units: -1 … 1 along the longer side
    value: np.ndarray        # float32 (K,), -1 light … 1 dark, its weighted mean taken off
    share: np.ndarray        # float32 (K,), weights that sum to 1
    spread: float            # weighted mean of the squared values
    solve: np.ndarray        # float32 (8, K): what the differences tell of the warp
    solve_affine: np.ndarray     # float32 (6, K), of its first six parameters alone
    unit: np.ndarray         # float64 (3, 3), units to modules


def drawing(known: np.ndarray, soften: float, fine: int = FINE) -> Drawing:
    """`known` float (rows, columns), -1 light … 1 dark, less where that is not sure; `soften` is the blur in modules,
    `fine` the samples along a module."""
    rows, columns = known.shape
    ringed = cv2.copyMakeBorder(known.astype(np.float32), *[QUIET] * 4, cv2.BORDER_CONSTANT, value=-1)
    drawn = cv2.resize(ringed, None, fx=fine, fy=fine, interpolation=cv2.INTER_NEAREST)
    sigma = soften * fine
    soft = cv2.GaussianBlur(drawn, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    sure = cv2.GaussianBlur(np.abs(drawn), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    use = np.nonzero((np.abs(drawn) > 0.3) & (sure > 0.35))
    half = max(rows, columns) / 2
    gx, gy = (cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx, scale=fine * half / 8)[use] for dx in (1, 0))
    x = ((use[1] + 0.5) / fine - QUIET - columns / 2).astype(np.float32) / np.float32(half)
    y = ((use[0] + 0.5) / fine - QUIET - rows / 2).astype(np.float32) / np.float32(half)
    along = gx * x + gy * y
    slope = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy, -along * x, -along * y])
    weight = sure[use] ** 2
    weighted = slope * weight
    square = (weighted @ slope.T).astype(np.float64)
    square[np.diag_indices(8)] *= 1.001
    unit = np.array([[half, 0, columns / 2], [0, half, rows / 2], [0, 0, 1.0]])
    share, value = weight / weight.sum(), soft[use]
    value = value - share @ value
    return Drawing(np.stack([x, y], 1), value, share, float(share @ (value * value)),
                   (np.linalg.inv(square) @ weighted).astype(np.float32),
                   (np.linalg.inv(square[:6, :6]) @ weighted[:6]).astype(np.float32), unit)


@lru_cache(maxsize=128)
def _frame_drawing(known: bytes, size: tuple[int, int], soften: float) -> Drawing:
    return drawing(np.frombuffer(known, np.int8).reshape(size), soften)


def of_frame(known: np.ndarray, soften: float) -> Drawing:
    """The drawing of a symbol's known part, int8, made once."""
    return _frame_drawing(known.tobytes(), known.shape, soften)


def sampled(picture: np.ndarray, homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """float32 (K,): the picture (float32) under the points, between its pixels; its rim goes on outside."""
    at = cv2.perspectiveTransform(points[None], homography)[0]
    found = [cv2.remap(picture, at[None, i:i + LONGEST], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
             for i in range(0, len(at), LONGEST)]
    return found[0] if len(found) == 1 else np.concatenate(found)


def aligned(picture: np.ndarray, homography: np.ndarray, plan: Drawing, steps: int, *, affine: bool = False,
            ) -> tuple[np.ndarray, float]:
    """The homography moved to where the dark-positive float32 `picture` agrees best, and how well it agrees."""
    at = homography @ plan.unit                              # from here on in units of the drawing
    best, best_agree, solve = at, -1.0, plan.solve_affine if affine else plan.solve
    for step in range(steps + 1):
        read = sampled(picture, at, plan.points)
        read -= plan.share @ read
        weighted = plan.share * read
        both, own = float(weighted @ plan.value), float(weighted @ read)
        agree = both / max(1e-9, (own * plan.spread) ** 0.5)
        if agree > best_agree:
            best, best_agree = at, agree
        elif agree < best_agree - 0.02:
            break
        if step == steps:
            break
        gain = max(both / plan.spread, 0.6 * (own / plan.spread) ** 0.5, 1e-6)
        apart = read / gain - plan.value
        np.clip(apart, -1.5, 1.5, out=apart)
        move = (solve @ apart).tolist()
        back = _undo(move if len(move) == 8 else [*move, 0.0, 0.0])
        if back is None:
            break
        at = at @ back
        if max(map(abs, move)) < 3e-4:
            break
    best = best @ np.linalg.inv(plan.unit)
    return best / best[2, 2], best_agree


def lost(picture: np.ndarray, homography: np.ndarray, known: np.ndarray, parts: Sequence[np.ndarray],
         below: float) -> list[np.ndarray]:
    """Those of `parts`, bool (rows, columns), of the frame that agree less than `below` (of 1), the worst first."""
    row, column = np.mgrid[:known.shape[0], :known.shape[1]].reshape(2, -1)
    seen = sampled(picture, homography, np.stack([column + 0.5, row + 0.5], 1).astype(np.float32)).reshape(known.shape)
    agree = np.clip(seen / max(float(np.median(np.abs(seen))), 1e-6), -1, 1) * known
    by_part = [float(agree[part].mean()) for part in parts]
    return [parts[i] for i in np.argsort(by_part) if by_part[i] < below]


def _undo(p: list[float]) -> np.ndarray | None:
    """The inverse of the warp with parameters `p`, up to scale; None where it is none."""
    a, b, c, d, e, f, g, h = p
    a, e = a + 1, e + 1
    if not 0.2 < abs(a * (e - f * h) - b * (d - f * g) + c * (d * h - e * g)) < 5:
        return None
    return np.array([[e - f * h, c * h - b, b * f - c * e], [f * g - d, a - c * g, c * d - a * f],
                     [d * h - e * g, b * g - a * h, a * e - b * d]])
