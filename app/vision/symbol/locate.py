"""Where about a Data Matrix lies in a cut-out: which way its modules run, and where the four sides of its frame are.

Turned upright, a symbol's sides are rows and columns: solid ones with light beyond them, dashed ones. Means along all
rows and columns, at a few scales each way, are put together to all possible frames; the best go on to be fitted.
"""
from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

COARSE = 2               # pixels of the turned picture for a module of the supposed size
NEAR = (-0.09, -0.03, 0.03, 0.09)                 # logarithms of scales, along rows and along columns, tried first
FAR = (-0.27, -0.21, -0.15, *NEAR, 0.15, 0.21)
LEAN = 0.2               # the most by which the two may differ: a symbol seen at 35 degrees
SOLID, DASHED = 2.5, 1.5      # what the solid and the dashed sides count, where light beyond any side counts 1


@dataclass(frozen=True, slots=True)
class Guess:
    """`homography` takes modules of the upright symbol to pixels of the cut-out."""

    score: float
    dark: bool               # dark modules on light
    homography: np.ndarray


def flattened(picture: np.ndarray, module: float) -> np.ndarray:
    """float32: dark-positive, local brightness and contrast taken off over a few modules of `module` pixels."""
    values = picture.astype(np.float32)
    wide = max(3, round(module * 8)) | 1
    values = cv2.blur(values, (wide, wide), borderType=cv2.BORDER_REFLECT_101) - values
    power = cv2.blur(values * values, (wide, wide), borderType=cv2.BORDER_REFLECT_101)
    return values / (cv2.sqrt(power) + 2.0)


def lean(flat: np.ndarray, centre: tuple[float, float], radius: float, blur: float, pool: float) -> float:
    """The angle (radians, within a quarter turn) in which rows or columns of modules run, from the slopes within the circle.

    `blur` in pixels is taken off first. With `pool` pixels slopes are weighed by how much they run alike round them: that is
    surer on a blurred picture, less exact on a sharp one.
    """
    left, top = max(0, int(centre[0] - radius)), max(0, int(centre[1] - radius))
    part = flat[top:int(centre[1] + radius) + 2, left:int(centre[0] + radius) + 2]
    soft = cv2.GaussianBlur(part, (0, 0), max(0.5, blur))
    gx, gy = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    x2, y2 = gx * gx, gy * gy
    real, imaginary = x2 - y2, 2 * gx * gy                    # twice the slope's angle, its square
    y, x = np.ogrid[top:top + part.shape[0], left:left + part.shape[1]]
    inside = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius ** 2).astype(np.float32)
    if pool:
        real, imaginary, power = (cv2.GaussianBlur(each, (0, 0), pool) for each in (real, imaginary, x2 + y2))
        weight = inside / (power + 1e-6)
    else:
        weight = inside / (cv2.magnitude(real, imaginary) + 1e-6)
    cosine, sine = (weight * (real * real - imaginary * imaginary)).sum(), 2 * (weight * real * imaginary).sum()
    return math.atan2(float(sine), float(cosine)) / 4


def data_matrix(flat: np.ndarray, centre: tuple[float, float], side: float, size: tuple[int, int],
                dark: bool | None, keep: int = 3) -> Iterator[list[Guess]]:
    """The likeliest frames of a symbol of `size` modules whose longer side is about `side` pixels, best first, in lists:
    the longer the search goes on, the farther from what was supposed."""
    longer = max(size)
    module = side / longer
    sharp = lean(flat, centre, 0.62 * side, 0.25 * module, 0)
    yield _guesses(flat, centre, side, size, dark, sharp, NEAR, keep)
    sure = lean(flat, centre, 0.62 * side, 0.8 * module, module)
    if abs(math.remainder(sure - sharp, math.pi / 2)) > 0.02:
        yield _guesses(flat, centre, side, size, dark, sure, NEAR, keep)
    yield _guesses(flat, centre, side, size, dark, sharp, FAR, keep)
    for aside in (-0.07, 0.07):
        yield _guesses(flat, centre, side, size, dark, sure + aside, FAR, keep)


def _guesses(flat: np.ndarray, centre: tuple[float, float], side: float, size: tuple[int, int], dark: bool | None,
             angle: float, scales: tuple[float, ...], keep: int) -> list[Guess]:
    longer = max(size)
    upright, back = _upright(flat, centre, side / longer, angle, longer)
    ways = [(size, (0, 1, 2, 3))] if size[0] == size[1] else [(size, (0, 2)), (size[::-1], (1, 3))]
    grid = np.array([(0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])], np.float32)
    found = [each for (rows, columns), turns in ways
             for each in _frames(_Sides(upright, columns), _Sides(np.ascontiguousarray(upright.T), rows), scales, turns, dark)]
    found.sort(key=lambda each: -each[0])
    guesses: list[Guess] = []
    taken: list[np.ndarray] = []
    for score, is_dark, turn, (left, top, wide, high) in found:
        corners = np.array([(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)])
        inside = cv2.transform(np.roll(corners, -turn, axis=0)[None], back)[0].astype(np.float32)
        if all(np.abs(inside - other).max() > 0.05 * side for other in taken):
            taken.append(inside)
            guesses.append(Guess(score, is_dark, cv2.getPerspectiveTransform(grid, inside)))
            if len(guesses) == keep:
                break
    return guesses


def _upright(flat: np.ndarray, centre: tuple[float, float], module: float, angle: float, longer: int,
             ) -> tuple[np.ndarray, np.ndarray]:
    """The surroundings with rows and columns of modules made horizontal and vertical, and the way back (2, 3)."""
    reach = math.ceil(COARSE * longer * 0.92) + 2 * COARSE
    step = module / COARSE
    x, y = math.cos(angle) * step, math.sin(angle) * step
    back = np.array([[x, -y, 0.0], [y, x, 0.0]])
    back[:, 2] = np.array(centre) - back[:, :2] @ np.full(2, reach)
    source = cv2.GaussianBlur(flat, (0, 0), 0.35 * step) if step > 1.25 else flat
    turned = cv2.warpAffine(source, back, (2 * reach + 1, 2 * reach + 1), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                            borderMode=cv2.BORDER_REPLICATE)
    return turned, back


@dataclass(frozen=True, slots=True)
class _Lines:
    """What speaks for sides of one length that begin at each pixel, the light beyond above or below them."""

    module: float
    length: int
    solid_above: np.ndarray      # solid, light above
    solid_below: np.ndarray
    dashed_above: np.ndarray     # beginning with dark; light above
    dashed_below: np.ndarray
    turned_above: np.ndarray     # beginning with light
    turned_below: np.ndarray


class _Sides:
    """Lines of so many modules along the rows of a picture; each scale's are made when they are asked for."""

    def __init__(self, flat: np.ndarray, modules: int) -> None:
        self.extent, self.modules = flat.shape[1], modules
        self._thick = cv2.boxFilter(flat, -1, (1, COARSE), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
        self._x = np.arange(flat.shape[1], dtype=np.float32)
        self._made: dict[float, _Lines | None] = {}

    def at(self, scale: float) -> _Lines | None:
        """None where the picture is too small for them."""
        if scale not in self._made:
            self._made[scale] = self._lines(COARSE * math.exp(scale))
        return self._made[scale]

    def _lines(self, module: float) -> _Lines | None:
        length = round(self.modules * module)
        if length + 4 * COARSE > self.extent:
            return None
        phase, begin = self._x * np.float32(np.pi / module), np.float32(np.pi * (module / 2 - 0.5) / module)
        wave = self._thick * np.cos(phase), self._thick * np.sin(phase)
        real, imaginary = (cv2.boxFilter(each, -1, (length, 1), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
                           for each in wave)
        dashed = DASHED * (real * np.cos(phase + begin) + imaginary * np.sin(phase + begin))
        solid = cv2.boxFilter(self._thick, -1, (length, 1), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        above, below = solid.copy(), solid.copy()
        above[COARSE:] -= solid[:-COARSE]
        below[:-COARSE] -= solid[COARSE:]
        return _Lines(module, length, SOLID * above, SOLID * below, above + dashed, below + dashed,
                      above - dashed, below - dashed)


def _frames(across: _Sides, down: _Sides, scales: tuple[float, ...], turns: tuple[int, ...], dark: bool | None,
            ) -> list[tuple[float, bool, int, tuple[float, float, float, float]]]:
    """(score, dark on light, quarter turns clockwise, (left, top, width, height)) of the best frame at each two scales."""
    found = []
    for along in scales:
        h = across.at(along)
        for upward in scales:
            v = down.at(upward)
            if h is None or v is None or abs(along - upward) > LEAN:
                continue
            high, wide = across.extent - v.length - 2 * COARSE, across.extent - h.length - 2 * COARSE
            far = round((across.modules - 1) * h.module) + COARSE
            low = round((down.modules - 1) * v.module) + COARSE
            top, bottom = np.s_[COARSE:COARSE + high, COARSE:COARSE + wide], np.s_[low:low + high, COARSE:COARSE + wide]
            left, right = np.s_[COARSE:COARSE + wide, COARSE:COARSE + high], np.s_[far:far + wide, COARSE:COARSE + high]
            for turn in turns:
                if turn == 0:
                    rows, columns = h.solid_below[bottom] + h.dashed_above[top], v.solid_above[left] + v.turned_below[right]
                elif turn == 1:
                    rows, columns = h.solid_above[top] + h.dashed_below[bottom], v.solid_above[left] + v.dashed_below[right]
                elif turn == 2:
                    rows, columns = h.solid_above[top] + h.turned_below[bottom], v.solid_below[right] + v.dashed_above[left]
                else:
                    rows, columns = h.solid_below[bottom] + h.turned_above[top], v.solid_below[right] + v.turned_above[left]
                least, most, at_least, at_most = cv2.minMaxLoc(rows + columns.T)
                for score, at, is_dark in ((most, at_most, True), (-least, at_least, False)):
                    if dark in (None, is_dark):
                        found.append((score, is_dark, turn, (at[0] + COARSE - 0.5, at[1] + COARSE - 0.5,
                                                             across.modules * h.module, down.modules * v.module)))
    return found
