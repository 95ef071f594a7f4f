"""The three finder patterns of a QR code in a picture turned upright: nested squares at three corners of four."""
from __future__ import annotations

import math

import cv2
import numpy as np

from app.vision.symbol.locate import COARSE, LEAN, MOST, Found

_RINGS = ((9, -1), (7, 2), (5, -2), (3, 2))      # modules across, and the sign each square brings over the one round it
_DARK, _LIGHT = 33, 48                           # modules of a finder pattern with the light round it
WINDOW = 3                                       # pixels that a finder pattern may lie off from where the others put it
_NEAR = np.ones((2 * WINDOW - 1, 2 * WINDOW - 1), np.uint8)


def frames(upright: np.ndarray, size: tuple[int, int], scales: tuple[float, ...], dark: bool | None) -> list[Found]:
    """The best place of three finder patterns at each two scales, for each way that the symbol can be turned."""
    modules, extent = size[0], upright.shape[0]
    signs = (1, -1) if dark is None else (1,) if dark else (-1,)
    maps: dict[float, list[np.ndarray]] = {}      # of each scale and sign, how well each pixel suits
    loose: dict[float, list[np.ndarray]] = {}     # the best near each pixel, for neither angle nor scale is exact
    found = []
    for i, along in enumerate(scales):
        for upward in scales[i % 2::2]:                           # every other pair: what is near is found as well
            if abs(along - upward) > LEAN:
                continue
            mean = round((along + upward) / 2, 3)
            if mean not in maps:
                likeness = _likeness(upright, COARSE * math.exp(mean))
                maps[mean] = [likeness * sign for sign in signs]
                loose[mean] = [cv2.dilate(each, _NEAR) for each in maps[mean]]
            across = round((modules - 7) * COARSE * math.exp(along))
            down = round((modules - 7) * COARSE * math.exp(upward))
            wide, high = extent - across, extent - down
            if wide < 8 or high < 8:
                continue
            for which, near in enumerate(loose[mean]):
                corner = (near[:high, :wide], near[:high, across:], near[down:, across:], near[down:, :wide])
                total = corner[0] + corner[1] + corner[2] + corner[3]
                for turn in range(4):
                    _, score, _, at = cv2.minMaxLoc(total - corner[(2 + turn) % 4])    # none is at the lower right
                    found.append((score, which, turn, mean, *at, across, down))
    best = []
    for score, which, turn, mean, left, top, across, down in sorted(found, reverse=True)[:MOST]:
        ends = [(left, top), (left + across, top), (left + across, top + down), (left, top + down)]
        best.append(Found(score, signs[which] > 0, _corners(maps[mean][which], ends[turn:] + ends[:turn], modules)))
    return best


def _likeness(upright: np.ndarray, module: float) -> np.ndarray:
    """How much it looks like a finder pattern round each pixel: the mean of its dark modules less that of its light."""
    sums = {across: cv2.boxFilter(upright, -1, (width, width), normalize=True, borderType=cv2.BORDER_REPLICATE)
            * np.float32(across * across) for across, _ in _RINGS for width in [round(across * module) | 1]}
    dark = sums[7] - sums[5] + sums[3]
    light = sums[9] - dark
    return dark / _DARK - light / _LIGHT


def _corners(likeness: np.ndarray, ends: list[tuple[int, int]], modules: int) -> np.ndarray:
    """The symbol's corners from about where its finder patterns' centres are (top left, top right, any, lower left)."""
    exact = []
    for x, y in (ends[0], ends[1], ends[3]):
        left, top = max(0, x - WINDOW), max(0, y - WINDOW)
        _, _, _, at = cv2.minMaxLoc(likeness[top:y + WINDOW + 1, left:x + WINDOW + 1])
        exact.append((left + at[0], top + at[1]))
    home, right, low = np.array(exact, np.float64)
    across, down = (right - home) / (modules - 7), (low - home) / (modules - 7)
    first = home - 3.5 * (across + down)
    return np.array([first, first + modules * across, first + modules * (across + down), first + modules * down])
