"""Ink on a surface: a symbol's modules with what a printer, a scratch and the material make of them."""
from __future__ import annotations

import math

import cv2
import numpy as np

from tests.crates.conditions import Condition

FINE = 8                      # samples a module


def ink(dark: np.ndarray, how: Condition, luck: np.random.Generator) -> np.ndarray:
    """float32 (rows * FINE, columns * FINE): 1 is ink. One module of margin on each side, for ink that grows."""
    modules = np.pad(dark.astype(np.uint8), 1)
    if how.dots:
        axis = np.arange(FINE) - (FINE - 1) / 2
        dot = (np.hypot(axis, axis[:, None]) <= how.dots * FINE / 2).astype(np.uint8)
        laid = np.kron(modules, dot)
    else:
        laid = np.kron(modules, np.ones((FINE, FINE), np.uint8))
    if how.growth:
        laid = _grown(laid, how.growth / 2 * FINE * float(luck.choice((-1, 1))))
    if how.damage:
        laid = _damaged(laid, how.damage, luck)
    return laid.astype(np.float32)


def _grown(laid: np.ndarray, reach: float) -> np.ndarray:
    if reach > 0:
        return (cv2.distanceTransform(1 - laid, cv2.DIST_L2, 5) <= reach + 0.25).astype(np.uint8)
    return (cv2.distanceTransform(laid, cv2.DIST_L2, 5) > -reach + 0.25).astype(np.uint8)


def _damaged(laid: np.ndarray, part: float, luck: np.random.Generator) -> np.ndarray:
    """Scratches and scuffs, where ink is gone or dirt sits, until `part` of the symbol's area is lost."""
    inner = laid.size - 2 * FINE * sum(laid.shape)
    lost = np.zeros_like(laid)
    while cv2.countNonZero(lost) < part * inner:
        x, y = (int(v) for v in luck.uniform(FINE, np.array(laid.shape[::-1]) - FINE))
        tone = int(luck.integers(0, 2))
        if luck.random() < 0.35:
            lean, reach = luck.uniform(0, math.pi), luck.uniform(2.0, 7.0) * FINE / 2
            dx, dy = int(math.cos(lean) * reach), int(math.sin(lean) * reach)
            wide = int(luck.uniform(0.3, 0.9) * FINE) | 1
            for on, shade in ((laid, tone), (lost, 1)):
                cv2.line(on, (x - dx, y - dy), (x + dx, y + dy), shade, wide)
        else:
            axes = tuple(int(v * FINE) for v in luck.uniform(0.5, 1.7, 2))
            lean = float(luck.uniform(0, 180))
            for on, shade in ((laid, tone), (lost, 1)):
                cv2.ellipse(on, (x, y), axes, lean, 0, 360, shade, -1)
    return laid
