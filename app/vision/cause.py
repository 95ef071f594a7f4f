"""Why a place could not be read: the best guess from its pixels alone, for the person who looks for the missing code.

Measured are how far the edges are drawn out, how far dark and light are apart, whether there are two tones at all, what
the light has washed out and where the pattern of modules is missing. A guess is no verdict: nothing is decided by it.
"""
from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from app.vision.reading import Cause, Corners, side

MODULE = 4               # pixels of a module in the picture that is judged
MODULES = 22             # of a side, where their size is not known
MARGIN = 0.06            # of the side that may lie beyond the picture
INNER = 0.8              # of the way from the middle to the sides: what surely lies in a code turned anyhow
WASHED = 250             # brightness at which a sensor tells nothing more
GLARE = 0.04             # of the area that is washed out in spots wider than modules
VEIL = 0.45              # of the contrast, by which the darkest near some point is lighter than elsewhere
MISTED = 24              # levels between dark and light where light lies over a part of the print at least
PLAIN = 0.8              # levels by which the inner part varies at least where anything is printed
SHADES = 2.66            # kurtosis of the tones: 3 of any surface, 1 of two tones, 1.9 of a code, 2.6 of a faint one
BLOTCHES = 0.06          # of the brightness, by which a surface never varies over several modules
FAINT = 0.36             # (light - dark) / (light + dark) below which print is faint
RUN, SOFT = 0.42, 0.56   # sharpness below which modules have run together, and begin to
BARE = 0.25              # of the tiles that show a pattern: fewer, and there is no code
PARTLY = 0.5             # and fewer, where the tones are not two: a part of a code may be covered
_TURNS = tuple((math.cos(turn), math.sin(turn)) for turn in np.arange(4) * math.pi / 4)


def cause(grey: np.ndarray, corners: Corners, px_module: float = 0.0) -> tuple[Cause, float]:
    """The cause and the sharpness (0 … 1) of the place with these corners in grey uint8 (H, W).

    `px_module`: pixels of a module, 0 where not known. Corners may lie outside the picture.
    """
    module = px_module or side(corners) / MODULES
    if _seen(grey, corners) < 1 - MARGIN:
        return Cause.CUT_OFF, 0.0
    picture = _upright(grey, corners, module)
    inner = _disc(len(picture), INNER)
    if _washed(picture) > GLARE:
        return Cause.GLARE, sharpness(picture, MODULE)
    soft = cv2.GaussianBlur(picture, (0, 0), MODULE / 3)
    tones = soft[inner]
    low, high = _reached(tones, 0.03), _reached(tones, 0.97)
    varies, shades = _tones(soft, inner)
    if varies < PLAIN:
        return Cause.NO_CODE, 0.0
    sharp = sharpness(picture, MODULE)
    blotchy = varies > BLOTCHES * float(tones.mean())
    if sharp < RUN and blotchy:
        return Cause.BLUR, sharp
    pattern, faint = _pattern(soft, high - low), high - low < FAINT * (high + low)
    if pattern < BARE or shades > SHADES and (faint or not blotchy or pattern < PARTLY):
        return Cause.NO_CODE, sharp
    if high - low > MISTED and _veil(soft) > VEIL * (high - low):
        return Cause.GLARE, sharp
    if faint:
        return Cause.CONTRAST, sharp
    return (Cause.BLUR if sharp < SOFT else Cause.DAMAGE), sharp


def _seen(grey: np.ndarray, corners: Corners) -> float:
    """The part of the place that the picture holds."""
    height, width = grey.shape
    if all(0 <= x <= width and 0 <= y <= height for x, y in corners):
        return 1.0
    frame = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    inside, _ = cv2.intersectConvexConvex(np.float32(corners), frame)
    return inside / max(cv2.contourArea(np.float32(corners)), 1.0)


def _upright(grey: np.ndarray, corners: Corners, module: float) -> np.ndarray:
    """The place drawn to MODULE pixels a module."""
    across = max(8, min(200, round(side(corners) / max(module, 0.5))))
    size = across * MODULE
    square = np.float32([[0, 0], [size, 0], [size, size], [0, size]])
    lay = cv2.getPerspectiveTransform(np.float32(corners), square)
    return cv2.warpPerspective(grey, lay, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=32)
def _disc(size: int, part: float) -> np.ndarray:
    """bool (size, size): what lies no further from the middle than `part` of the way to the sides."""
    axis = np.linspace(-1, 1, size)
    return np.hypot(axis, axis[:, None]) < part


def _tones(soft: np.ndarray, inner: np.ndarray) -> tuple[float, float]:
    """By how many levels the inner part varies from the brightness about it, and the kurtosis of that: a surface has
    all shades and a print has two, however faint it is."""
    wide = 7 * MODULE + 1
    beside = cv2.subtract(soft, cv2.blur(soft, (wide, wide)), dtype=cv2.CV_32F)[inner]
    beside -= beside.mean()
    square = beside * beside
    spread = float(square.mean())
    return math.sqrt(spread), float((square * square).mean()) / max(spread * spread, 1e-6)


def sharpness(picture: np.ndarray, module: float) -> float:
    """How steep the edges are for modules of `module` pixels: 1 sharp, 0.4 blurred by half a module, 0 none seen.

    Edges across the direction of a movement are judged as well as those along it.
    """
    low, high = _reached(picture, 0.04), _reached(picture, 0.96)
    if high - low < 8:
        return 0.0
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, module / 8))
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.5), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.5)
    steep = sorted(_reached(cv2.convertScaleAbs(cv2.addWeighted(across, cos, down, sin, 0)), 0.97) / 4
                   for cos, sin in _TURNS)
    even = min(1.0, steep[0] / max(steep[-1], 1e-6) / 0.7)          # 0.7: half-way between the axes of the modules
    return min(1.0, steep[-1] * even * module / (high - low) / 2)


def _reached(values: np.ndarray, part: float) -> int:
    """The value that this part of them (uint8) does not exceed."""
    return int(np.searchsorted(np.cumsum(np.bincount(values.ravel(), minlength=256)), part * values.size))


def _washed(picture: np.ndarray) -> float:
    """The part of the area that is washed out in spots wider than two modules: paper alone may be as bright."""
    spots = (picture >= WASHED).astype(np.uint8)
    if cv2.countNonZero(spots) <= GLARE * spots.size:
        return 0.0
    wide = 2 * MODULE + 1
    return cv2.countNonZero(cv2.morphologyEx(spots, cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8))) / spots.size


def _veil(picture: np.ndarray) -> float:
    """How much lighter the dark modules are at one place than at most others; the corners may be beside the code."""
    wide = 5 * MODULE
    darkest = cv2.blur(cv2.erode(picture, np.ones((wide, wide), np.uint8)), (wide // 2, wide // 2))
    inner = darkest[_disc(len(darkest), 0.7)]
    return _reached(inner, 0.99) - _reached(inner, 0.3)


def _pattern(picture: np.ndarray, contrast: float) -> float:
    """The part of the tiles, three modules wide, in which dark and light lie side by side in both directions."""
    tile = 3 * MODULE
    rows, columns = picture.shape[0] // tile, picture.shape[1] // tile
    soft = picture[:rows * tile, :columns * tile]
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    xx, yy, xy = (cv2.resize(each, (columns, rows), interpolation=cv2.INTER_AREA)
                  for each in (across * across, down * down, across * down))
    less = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return float((np.sqrt(np.maximum(less, 0)) * MODULE > 0.1 * contrast).mean())
