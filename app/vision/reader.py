"""One picture to all its codes: the whole frame first, then a closer look where a code should be and none was read.

Pure: an array in, a `FrameReading` out. Knows no device, no Qt, no product.
"""
from __future__ import annotations

import time
from collections.abc import Sequence

import cv2
import numpy as np

from app.vision.decoders import decoder
from app.vision.reading import Corners, FrameReading, SeenCode, centre

__all__ = ["Corners", "FrameReading", "Reader", "SeenCode"]


def grey_of(pixels: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3|4) BGR uint8 as contiguous grey: a colour array costs the engine twice the time."""
    if pixels.ndim == 3:
        code = cv2.COLOR_BGRA2GRAY if pixels.shape[2] == 4 else cv2.COLOR_BGR2GRAY
        return cv2.cvtColor(pixels, code) if pixels.shape[2] > 1 else np.ascontiguousarray(pixels[:, :, 0])
    return np.ascontiguousarray(pixels)


def side_of(corners: Corners) -> float:
    """Length of the shorter pair of sides, in pixels."""
    points = np.array(corners)
    edges = np.hypot(*(points - np.roll(points, -1, axis=0)).T)
    return float(min(edges[0] + edges[2], edges[1] + edges[3]) / 2)


def distinct(codes: Sequence[SeenCode]) -> list[SeenCode]:
    """One code a symbol: the same bytes with centres closer than half a side are one symbol read twice."""
    kept: list[SeenCode] = []
    for code in codes:
        x, y = centre(code.corners)
        if not any(code.raw == other.raw and _near((x, y), other) for other in kept):
            kept.append(code)
    return kept


def _near(point: tuple[float, float], other: SeenCode) -> bool:
    x, y = centre(other.corners)
    reach = max(side_of(other.corners), 8.0) * 0.5
    return (point[0] - x) ** 2 + (point[1] - y) ** 2 < reach ** 2


class Reader:
    """`expected` codes in a full frame (0: not known). Raises VisionRefused when made; never while it reads."""

    def __init__(self, symbologies: tuple[str, ...] = (), expected: int = 0, engine: str = "zxing") -> None:
        self._decoder = decoder(engine, symbologies)
        self._expected = expected

    def read(self, pixels: np.ndarray) -> FrameReading:
        """(H, W) or (H, W, 3) BGR uint8 to codes, in reading order of the engine."""
        began = time.perf_counter()
        height, width = pixels.shape[:2]
        codes = distinct(self._decoder.decode(grey_of(pixels)))
        return FrameReading(tuple(codes), (), width, height, (time.perf_counter() - began) * 1000)
