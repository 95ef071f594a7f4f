"""Symbols drawn by encoders that share nothing with our decoder, and quick pictures of them, for tests."""
from __future__ import annotations

import cv2
import numpy as np
import segno
import zint

SQUARES = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144)
RECTANGLES = ((8, 18), (8, 32), (12, 26), (12, 36), (16, 36), (16, 48))
SIZES = (*((n, n) for n in SQUARES), *RECTANGLES)            # as zint numbers them, from 1


def data_matrix(text: str, size: tuple[int, int]) -> np.ndarray:
    """bool (rows, columns), dark."""
    made = zint.Symbol()
    made.symbology, made.option_2 = zint.Symbology.DATAMATRIX, SIZES.index(size) + 1
    made.encode(text)
    dark = np.unpackbits(np.array(made.encoded_data), axis=1, bitorder="little")[:made.rows, :made.width] > 0
    assert dark.shape == size
    return dark


def qr(text: str, version: int, level: str = "m", mask: int | None = None) -> np.ndarray:
    """bool (rows, columns), dark."""
    made = segno.make_qr(text, version=version, error=level, mask=mask, boost_error=False)
    return np.array(made.matrix, dtype=bool)


def seen(dark: np.ndarray, homography: np.ndarray, shape: tuple[int, int], *, ink: float = 40, paper: float = 200,
         blur: float = 0.6, noise: float = 2.0, luck: np.random.Generator | None = None) -> np.ndarray:
    """uint8 `shape`: paper with the symbol where `homography` (modules to pixels) puts it, twice as fine drawn."""
    fine = cv2.resize(np.pad(dark, 4).astype(np.float32), None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    to_modules = np.array([[1 / 8, 0, 0.5 / 8 - 4], [0, 1 / 8, 0.5 / 8 - 4], [0, 0, 1]])
    twice = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]])
    big = cv2.warpPerspective(fine, twice @ homography @ to_modules, (shape[1] * 2, shape[0] * 2))
    cover = cv2.resize(big, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    picture = cv2.GaussianBlur(paper + (ink - paper) * cover, (0, 0), blur)
    if luck is not None:
        picture = picture + luck.normal(0, noise, shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def turned(size: tuple[int, int], module: float, degrees: float, at: tuple[float, float], *, squeezed: float = 1.0,
           behind: bool = False) -> np.ndarray:
    """Modules to pixels: the middle of the symbol at `at`, turned clockwise, its columns `squeezed`."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]]) @ np.diag([module * (-1 if behind else 1), module * squeezed])
    home = np.array(at) - turn @ (np.array(size[::-1]) / 2)
    return np.array([[*turn[0], home[0]], [*turn[1], home[1]], [0, 0, 1.0]])


def corners(homography: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    grid = np.array([[(0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])]], np.float64)
    return cv2.perspectiveTransform(grid, homography)[0]


def box(centre: tuple[float, float], side: float) -> tuple[tuple[float, float], ...]:
    (x, y), half = centre, side / 2
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def soft(dark: np.ndarray, sure: float = 6.0) -> np.ndarray:
    return np.where(dark, sure, -sure).astype(np.float32)
