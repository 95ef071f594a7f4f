"""Small pictures with one symbol each, for tests."""
from __future__ import annotations

import cv2
import numpy as np

from drivers.symbols import modules


def on_paper(content: str | bytes, symbology: str, *, module: int = 4, degrees: float = 0.0) -> np.ndarray:
    """Grey (H, W): the symbol turned by `degrees` in the middle of white paper."""
    symbol = modules(content, symbology)
    if (symbol == symbol[:1]).all():
        symbol = np.repeat(symbol[:1], 40, axis=0)
    drawn = np.kron(np.pad(symbol, 10, constant_values=255), np.ones((module, module), np.uint8))
    high, wide = drawn.shape
    across = int(np.hypot(high, wide)) if degrees else 0
    turn = cv2.getRotationMatrix2D((wide / 2 - 0.5, high / 2 - 0.5), degrees, 1)
    size = max(wide, across), max(high, across)
    turn[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    return cv2.warpAffine(drawn, turn, size, borderValue=255)


def side_by_side(*pictures: np.ndarray) -> np.ndarray:
    height = max(each.shape[0] for each in pictures)
    return np.hstack([np.pad(each, ((0, height - each.shape[0]), (0, 0)), constant_values=255) for each in pictures])
