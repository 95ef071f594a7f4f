"""Lays a drawn grid of modules on a picture of it, to a fraction of a pixel, where it lies about right already.

Alignment by least squares with the gradient of the drawing (inverse compositional): the known modules first, then all of
them as they were read. A homography takes modules (x right, y down, the symbol from 0 to its size) to pixels.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

FINE = 3                 # samples along a module
QUIET = 1                # ring of light modules round the symbol that counts as known


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of known modules, softened, and how it changes when it is moved: all that alignment needs."""

    points: np.ndarray       # float32 (K, 2), module coordinates
    value: np.ndarray        # float32 (K,), -1 light … 1 dark
    weight: np.ndarray       # float32 (K,)
    slope: np.ndarray        # float32 (K, 8), by the eight parameters of the warp
    solve: np.ndarray        # float32 (8, K): what the differences tell of the warp
    solve_affine: np.ndarray     # float32 (6, K), its first six alone
    unit: np.ndarray         # float64 (3, 3), coordinates -1 … 1 to modules


def drawing(known: np.ndarray, soften: float) -> Drawing:
    """`known` float (rows, columns), -1 light … 1 dark, 0 not known; `soften` is the blur in modules."""
    rows, columns = known.shape
    ringed = np.pad(known.astype(np.float32), QUIET, constant_values=-1)
    fine = cv2.resize(ringed, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_NEAREST)
    sigma = soften * FINE
    soft = cv2.GaussianBlur(fine, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    sure = cv2.GaussianBlur((fine != 0).astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    use = np.nonzero((fine != 0) & (sure > 0.35))
    gx = cv2.Scharr(soft, cv2.CV_32F, 1, 0)[use] / 32
    gy = cv2.Scharr(soft, cv2.CV_32F, 0, 1)[use] / 32
    half = max(rows, columns) / 2
    x = ((use[1] + 0.5) / FINE - QUIET - columns / 2).astype(np.float32) / np.float32(half)
    y = ((use[0] + 0.5) / FINE - QUIET - rows / 2).astype(np.float32) / np.float32(half)
    gx, gy = gx * FINE * half, gy * FINE * half
    along = gx * x + gy * y
    slope = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy, -along * x, -along * y], 1)
    weight = sure[use] ** 2
    weighted = slope * weight[:, None]
    square = (weighted.T @ slope).astype(np.float64)
    damp = np.diag(1e-3 * np.diag(square) + 1e-6)
    unit = np.array([[half, 0, columns / 2], [0, half, rows / 2], [0, 0, 1.0]])
    points = np.stack([x * half + columns / 2, y * half + rows / 2], 1).astype(np.float32)
    return Drawing(points, soft[use], weight, slope, (np.linalg.inv(square + damp) @ weighted.T).astype(np.float32),
                   (np.linalg.inv((square + damp)[:6, :6]) @ weighted.T[:6]).astype(np.float32), unit)


@lru_cache(maxsize=128)
def _frame_drawing(known: bytes, size: tuple[int, int], soften: float) -> Drawing:
    return drawing(np.frombuffer(known, np.int8).reshape(size), soften)


def of_frame(known: np.ndarray, soften: float) -> Drawing:
    """The drawing of a symbol's known part, int8, made once."""
    return _frame_drawing(known.tobytes(), known.shape, soften)


def sampled(picture: np.ndarray, homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """float32 (K,): the picture (float32) under the points, between its pixels; its rim goes on outside."""
    at = cv2.perspectiveTransform(points[None], homography)[0]
    found = np.empty(0, np.float32)
    chunks = [cv2.remap(picture, at[None, i:i + 30000, 0], at[None, i:i + 30000, 1], cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)[0] for i in range(0, len(at), 30000)]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks or [found])


def agreement(read: np.ndarray, plan: Drawing) -> float:
    """Correlation -1 … 1 of what was sampled with what is drawn."""
    total = float(plan.weight.sum())
    a, b = read - float(plan.weight @ read) / total, plan.value - float(plan.weight @ plan.value) / total
    spread = float(plan.weight @ (a * a)) * float(plan.weight @ (b * b))
    return float(plan.weight @ (a * b)) / spread ** 0.5 if spread > 1e-9 else 0.0


def aligned(picture: np.ndarray, homography: np.ndarray, plan: Drawing, steps: int, *, affine: bool = False,
            ) -> tuple[np.ndarray, float]:
    """The homography moved to where the dark-positive float32 `picture` agrees best, and how well it agrees."""
    best, at, unit = (homography, -1.0), homography, plan.unit
    back = np.linalg.inv(unit)
    weight = plan.weight / plan.weight.sum()
    mean = float(weight @ plan.value)
    centred = plan.value - mean
    spread = float(weight @ (centred * centred))
    for step in range(steps + 1):
        read = sampled(picture, at, plan.points)
        level = float(weight @ read)
        read = read - level
        both, own = float(weight @ (read * centred)), float(weight @ (read * read))
        agree = both / max(1e-9, (own * spread) ** 0.5)
        if agree > best[1]:
            best = at, agree
        elif agree < best[1] - 0.02:
            break
        if step == steps:
            break
        gain = max(both / spread, 0.6 * (own / spread) ** 0.5, 1e-6)
        apart = np.clip(read / gain - centred, -1.5, 1.5)
        move = np.zeros(8)
        if affine:
            move[:6] = plan.solve_affine @ apart
        else:
            move[:] = plan.solve @ apart
        warp = np.append(move, 0.0).reshape(3, 3) + np.eye(3)
        if abs(np.linalg.det(warp)) < 0.2:
            break
        at = at @ unit @ np.linalg.inv(warp) @ back
        at = at / at[2, 2]
        if np.abs(move).max() < 2e-4:
            break
    return best
