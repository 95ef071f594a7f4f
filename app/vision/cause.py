"""Why a place could not be read: the best guess from its pixels alone, for the person who looks for the missing code.

Measured are how far the edges are drawn out, how far dark and light are apart, what the light has washed out and where
the pattern of modules is missing. A guess is no verdict: nothing is decided by it.
"""
from __future__ import annotations

import math

import cv2
import numpy as np

from app.vision.reading import Cause, Corners, side

MODULE = 4               # pixels of a module in the picture that is judged
MODULES = 22             # of a side, where their size is not known
MARGIN = 0.06            # of the side that may lie beyond the picture
WASHED = 250             # brightness at which a sensor tells nothing more
GLARE = 0.04             # of the area that is washed out in spots wider than modules
VEIL = 0.45              # of the contrast, by which the darkest near some point is lighter than elsewhere
FAINT = 0.36             # (light - dark) / (light + dark) below which print is faint
EMPTY = 9                # levels between dark and light, grain taken off, below which there is no print at all
SOFT = 0.56              # sharpness below which modules begin to run together
BARE = 0.25              # of the tiles that show a pattern: fewer, and there is no code


def cause(grey: np.ndarray, corners: Corners, px_module: float = 0.0) -> tuple[Cause, float]:
    """The cause and the sharpness (0 … 1) of the place with these corners in grey uint8 (H, W).

    `px_module`: pixels of a module, 0 where not known. Corners may lie outside the picture.
    """
    module = px_module or side(corners) / MODULES
    picture, seen = _upright(grey, corners, module)
    if seen < 1 - MARGIN:
        return Cause.CUT_OFF, 0.0
    sharp = sharpness(picture, MODULE)
    soft = cv2.GaussianBlur(picture, (0, 0), MODULE / 3)
    low, high = (float(each) for each in np.percentile(soft, (3, 97)))
    if _washed(picture) > GLARE:
        return Cause.GLARE, sharp
    if high - low < EMPTY:
        return Cause.NO_CODE, sharp
    if _veil(soft) > VEIL * (high - low):
        return Cause.GLARE, sharp
    if _pattern(soft, high - low) < BARE:
        return Cause.NO_CODE, sharp
    if (high - low) / (high + low) < FAINT:
        return Cause.CONTRAST, sharp
    if sharp < SOFT:
        return Cause.BLUR, sharp
    return Cause.DAMAGE, sharp


def _upright(grey: np.ndarray, corners: Corners, module: float) -> tuple[np.ndarray, float]:
    """The place drawn to MODULE pixels a module, and the part of it that the picture holds."""
    across = max(8, min(200, round(side(corners) / max(module, 0.5))))
    size = across * MODULE
    square = np.float32([[0, 0], [size, 0], [size, size], [0, size]])
    lay = cv2.getPerspectiveTransform(np.float32(corners), square)
    kind = cv2.INTER_LINEAR if module < MODULE else cv2.INTER_AREA
    picture = cv2.warpPerspective(grey, lay, (size, size), flags=kind, borderMode=cv2.BORDER_REPLICATE)
    height, width = grey.shape
    frame = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    inside, _ = cv2.intersectConvexConvex(np.float32(corners), frame)
    return picture, inside / max(cv2.contourArea(np.float32(corners)), 1.0)


def sharpness(picture: np.ndarray, module: float) -> float:
    """How steep the edges are for modules of `module` pixels: 1 sharp, 0.4 blurred by half a module, 0 none seen.

    Edges across the direction of a movement are judged as well as those along it.
    """
    low, high = (float(each) for each in np.percentile(picture, (4, 96)))
    if high - low < 8:
        return 0.0
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, module / 8)).astype(np.float32)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    steep = sorted(float(np.percentile(np.abs(across * math.cos(turn) + down * math.sin(turn)), 97))
             for turn in np.arange(4) * math.pi / 4)
    even = min(1.0, steep[0] / max(steep[-1], 1e-6) / 0.7)          # 0.7: half-way between the axes of the modules
    return min(1.0, steep[-1] * even * module / (high - low) / 2)


def _washed(picture: np.ndarray) -> float:
    """The part of the area that is washed out in spots wider than two modules: paper alone may be as bright."""
    spots = (picture >= WASHED).astype(np.uint8)
    wide = 2 * MODULE + 1
    return float(cv2.morphologyEx(spots, cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8)).mean())


def _veil(picture: np.ndarray) -> float:
    """How much lighter the dark modules are at one place than at most others; the corners may be beside the code."""
    wide = 5 * MODULE
    darkest = cv2.blur(cv2.erode(picture, np.ones((wide, wide), np.uint8)), (wide // 2, wide // 2))
    axis = np.linspace(-1, 1, len(picture))
    inner = darkest[np.hypot(axis, axis[:, None]) < 0.7]
    return float(np.percentile(inner, 99)) - float(np.percentile(inner, 30))


def _pattern(picture: np.ndarray, contrast: float) -> float:
    """The part of the tiles, three modules wide, in which dark and light lie side by side in both directions."""
    tile = 3 * MODULE
    rows, columns = picture.shape[0] // tile, picture.shape[1] // tile
    soft = picture[:rows * tile, :columns * tile].astype(np.float32)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    xx, yy, xy = (cv2.resize(each, (columns, rows), interpolation=cv2.INTER_AREA)
                  for each in (across * across, down * down, across * down))
    less = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return float((np.sqrt(np.maximum(less, 0)) * MODULE > 0.1 * contrast).mean())
