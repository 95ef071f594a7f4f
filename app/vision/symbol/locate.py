"""Where about a Data Matrix lies in a cut-out: which way its modules run, and where the four sides of its frame are.

Turned upright, a symbol's sides are rows and columns: solid ones with light beyond them, dashed ones. Means along all
rows and columns, at a few scales each way, are put together to all possible frames; the best go on to be fitted.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

COARSE = 2               # pixels of the turned picture for a module of the supposed size
SCALES = np.exp(np.linspace(-0.24, 0.24, 9))      # of that size, along rows and along columns
LEAN = 0.19              # the most by which the two may differ (their logarithms): a symbol seen at 35 degrees


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


def directions(flat: np.ndarray, centre: tuple[float, float], radius: float) -> tuple[float, float]:
    """Angles (radians, from the x axis) in which rows and columns of modules run, from the slopes within the circle."""
    soft = cv2.GaussianBlur(flat, (0, 0), 1.0)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    rows, columns = flat.shape
    y, x = np.ogrid[:rows, :columns]
    inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius ** 2
    gx, gy = gx[inside], gy[inside]
    square = (gx + 1j * gy) ** 2
    fourth = square * square / np.maximum(np.abs(square), 1e-9)       # angle four times, weight the slope squared
    lean = np.angle(fourth.sum()) / 4
    turned = square * np.exp(-2j * lean)
    across = turned.real > 0                                          # slopes along the rows: they bound columns
    tilts = []
    for part in (across, ~across):
        own = fourth[part] * np.exp(-4j * lean)
        tilts.append(float(np.clip(np.angle(own.sum()) / 4, -0.25, 0.25)) if part.any() else 0.0)
    # a slope across the columns' bounds stands at right angles to the columns
    return lean + tilts[1], lean + math.pi / 2 + tilts[0]


def data_matrix(flat: np.ndarray, centre: tuple[float, float], side: float, size: tuple[int, int],
                dark: bool | None, keep: int = 3) -> list[Guess]:
    """The likeliest frames of a symbol of `size` modules whose longer side is about `side` pixels, best first."""
    longer = max(size)
    upright, back = _upright(flat, centre, side / longer, directions(flat, centre, 0.62 * side), longer)
    found: list[tuple[float, bool, int, tuple[float, float, float, float]]] = []
    for turns, (rows, columns) in (((0, 2), size), ((1, 3), size[::-1])):
        if size[0] == size[1]:
            turns = (0, 1, 2, 3)
        found += _frames(upright, rows, columns, turns, dark)
        if size[0] == size[1]:
            break
    found.sort(key=lambda each: -each[0])
    guesses: list[Guess] = []
    for score, is_dark, turn, (left, top, wide, high) in found:
        corners = np.array([(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)])
        inside = cv2.transform(np.roll(corners, -turn, axis=0)[None], back)[0].astype(np.float32)
        grid = np.float32([(0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])])
        if all(np.abs(inside - cv2.perspectiveTransform(grid[None], other.homography)[0]).max() > 0.05 * side
               for other in guesses):
            guesses.append(Guess(score, is_dark, cv2.getPerspectiveTransform(grid, inside)))
            if len(guesses) == keep:
                break
    return guesses


def _upright(flat: np.ndarray, centre: tuple[float, float], module: float, angles: tuple[float, float], longer: int,
             ) -> tuple[np.ndarray, np.ndarray]:
    """The surroundings with rows and columns of modules made horizontal and vertical, and the way back (2, 3)."""
    reach = math.ceil(COARSE * longer * 0.92) + 2 * COARSE
    step = module / COARSE
    (ax, ay), (bx, by) = ((math.cos(a) * step, math.sin(a) * step) for a in angles)
    back = np.array([[ax, bx, 0.0], [ay, by, 0.0]])
    back[:, 2] = np.array(centre) - back[:, :2] @ np.full(2, reach)
    source = cv2.GaussianBlur(flat, (0, 0), 0.35 * step) if step > 1.4 else flat
    turned = cv2.warpAffine(source, back, (2 * reach + 1, 2 * reach + 1), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                            borderMode=cv2.BORDER_REPLICATE)
    return turned, back


@dataclass(frozen=True, slots=True)
class _Lines:
    """Means along lines of one length that start at each pixel: how dark, and how well dashed from dark to light."""

    module: float
    length: int
    solid: np.ndarray
    dashed: np.ndarray


def _lines(flat: np.ndarray, modules: int) -> list[_Lines]:
    """Of rows, at every scale; the line is a module thick and begins at the pixel's top left."""
    thick = cv2.boxFilter(flat, -1, (1, COARSE), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    x = np.arange(flat.shape[1], dtype=np.float32)
    found = []
    for scale in SCALES:
        module = COARSE * float(scale)
        length = round(modules * module)
        if length + 2 > flat.shape[1]:
            continue
        wave, start = np.exp(1j * np.pi * x / module), np.exp(-1j * np.pi * (x + module / 2 - 0.5) / module)
        real, imaginary = (cv2.boxFilter(thick * part.astype(np.float32), -1, (length, 1), anchor=(0, 0),
                                         borderType=cv2.BORDER_CONSTANT) for part in (wave.real, wave.imag))
        dashed = real * start.real.astype(np.float32) - imaginary * start.imag.astype(np.float32)
        solid = cv2.boxFilter(thick, -1, (length, 1), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        found.append(_Lines(module, length, solid, dashed))
    return found


def _frames(flat: np.ndarray, rows: int, columns: int, turns: tuple[int, ...], dark: bool | None,
            ) -> list[tuple[float, bool, int, tuple[float, float, float, float]]]:
    """(score, dark on light, quarter turns clockwise, (left, top, width, height)) of the best frame at each pair of scales."""
    across = _lines(flat, columns)
    down = [_Lines(each.module, each.length, each.solid.T, each.dashed.T)
            for each in _lines(np.ascontiguousarray(flat.T), rows)]
    extent, gap = flat.shape[0], COARSE
    found = []
    for h in across:
        for v in down:
            if abs(math.log(h.module / v.module)) > LEAN:
                continue
            low, far = round((rows - 1) * v.module), round((columns - 1) * h.module)
            ys, xs = extent - v.length - 2 * gap, extent - h.length - 2 * gap
            if ys <= 0 or xs <= 0:
                continue

            def part(of: np.ndarray, y: int, x: int, ys: int = ys, xs: int = xs) -> np.ndarray:
                return of[gap + y:gap + y + ys, gap + x:gap + x + xs]

            top, bottom = part(h.solid, 0, 0) - part(h.solid, -gap, 0), part(h.solid, low, 0) - part(h.solid, low + gap, 0)
            left, right = part(v.solid, 0, 0) - part(v.solid, 0, -gap), part(v.solid, 0, far) - part(v.solid, 0, far + gap)
            every = top + bottom + left + right
            top_d, bottom_d = part(h.dashed, 0, 0), part(h.dashed, low, 0)
            left_d, right_d = part(v.dashed, 0, 0), part(v.dashed, 0, far)
            sums = {0: bottom + left + top_d - right_d, 1: top + left + right_d + bottom_d,
                    2: top + right - bottom_d + left_d, 3: bottom + right - left_d - top_d}
            for turn in turns:
                total = every + 1.5 * sums[turn]
                least, most, at_least, at_most = cv2.minMaxLoc(total)
                for score, at, is_dark in ((most, at_most, True), (-least, at_least, False)):
                    if dark in (None, is_dark):
                        found.append((score, is_dark, turn, (at[0] + gap - 0.5, at[1] + gap - 0.5,
                                                             columns * h.module, rows * v.module)))
    return found
