"""The four sides of a Data Matrix in a picture turned upright: solid ones with light beyond them, and dashed ones.

Means along all rows and columns, at a few scales each way, are put together to all possible frames.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.symbol.locate import COARSE, LEAN, MOST, Found

SOLID, DASHED = 2.5, 1.5      # what the solid and the dashed sides count, where light beyond any side counts 1


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


def frames(upright: np.ndarray, size: tuple[int, int], scales: tuple[float, ...], dark: bool | None) -> list[Found]:
    """The best place of the frame of `size` modules at each two scales, for each way it can be turned."""
    ways = [(size, (0, 1, 2, 3))] if size[0] == size[1] else [(size, (0, 2)), (size[::-1], (1, 3))]
    standing = np.ascontiguousarray(upright.T)
    found = [each for (rows, columns), turns in ways
             for each in _turned(_Sides(upright, columns), _Sides(standing, rows), scales, turns, dark)]
    found.sort(reverse=True)
    return [Found(score, is_dark, np.array([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)])[_TURNS[turn]])
            for score, is_dark, turn, x, y, wide, high in found[:MOST]]


_TURNS = np.array([[(corner + turn) % 4 for corner in range(4)] for turn in range(4)])


def _turned(across: _Sides, down: _Sides, scales: tuple[float, ...], turns: tuple[int, ...], dark: bool | None,
            ) -> list[tuple[float, bool, int, float, float, float, float]]:
    """(score, dark on light, quarter turns clockwise, left, top, width, height)"""
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
                    rows = h.solid_below[bottom] + h.dashed_above[top]
                    columns = v.solid_above[left] + v.turned_below[right]
                elif turn == 1:
                    rows = h.solid_above[top] + h.dashed_below[bottom]
                    columns = v.solid_above[left] + v.dashed_below[right]
                elif turn == 2:
                    rows = h.solid_above[top] + h.turned_below[bottom]
                    columns = v.solid_below[right] + v.dashed_above[left]
                else:
                    rows = h.solid_below[bottom] + h.turned_above[top]
                    columns = v.solid_below[right] + v.turned_above[left]
                least, most, at_least, at_most = cv2.minMaxLoc(rows + columns.T)
                for score, at, is_dark in ((most, at_most, True), (-least, at_least, False)):
                    if dark in (None, is_dark):
                        found.append((score, is_dark, turn, at[0] + COARSE - 0.5, at[1] + COARSE - 0.5,
                                      across.modules * h.module, down.modules * v.module))
    return found
