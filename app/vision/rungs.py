"""The second tries on the cut-out of one place: ways to prepare its pixels, each with the engine that reads them.

Which of them help which symbology was measured on rendered crates and real photographs: raising the contrast to the
full range alone brings the faint codes back, for the engine's own threshold gives up on small differences.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Affine = np.ndarray          # float64 (2, 3): from pixels of the prepared picture back to those of the cut-out


@dataclass(frozen=True, slots=True)
class Rung:
    """`prepare` takes a levelled cut-out and gives the picture to decode and the way back.

    `rate` (of the cells that the rungs before leave unread) and `ms` are what was measured; the ladder learns on.
    """

    name: str
    prepare: Callable[[np.ndarray], tuple[np.ndarray, Affine]]
    rate: float
    ms: float
    engine: str = ""             # "" the reader's own
    binary: bool = False


def levelled(cut: np.ndarray) -> np.ndarray:
    """The grey cut-out with the brightness of its middle stretched over the whole range, a few extremes clipped."""
    height, width = cut.shape
    middle = cut[height // 4:height - height // 4, width // 4:width - width // 4]
    below = np.cumsum(np.bincount(middle.ravel(), minlength=256))
    low, high = (int(each) for each in np.searchsorted(below, (0.04 * middle.size, 0.96 * middle.size)))
    part = 255 / max(high - low, 8)
    return cv2.convertScaleAbs(cv2.subtract(cut, low), alpha=part)


def raised(grey: np.ndarray) -> np.ndarray:
    """A whole frame with four times the contrast round each neighbourhood's brightness, for faint print."""
    return cv2.addWeighted(grey, 4, cv2.blur(grey, (31, 31)), -4, 128)


def _scaled(factor: float) -> Affine:
    """The way back from a picture resized by `factor` (pixel centres, as OpenCV resizes)."""
    shift = (1 / factor - 1) / 2
    return np.float64([[1 / factor, 0, shift], [0, 1 / factor, shift]])


def _resized(grey: np.ndarray, factor: float) -> np.ndarray:
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(grey, None, fx=factor, fy=factor, interpolation=kind)


def _plain(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    return grey, _scaled(1)


def _softer(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """Joins the dots of an inkjet or a dot-peened symbol."""
    return cv2.GaussianBlur(grey, (0, 0), 1.0), _scaled(1)


def _softest(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    return cv2.GaussianBlur(grey, (0, 0), 1.6), _scaled(1)


def _larger(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    return _resized(grey, 3), _scaled(3)


def _sharper(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """Twice as large and unsharp-masked; the grain is taken off first."""
    big = _resized(cv2.GaussianBlur(grey, (0, 0), 0.7), 2)
    return cv2.addWeighted(big, 2.5, cv2.GaussianBlur(big, (0, 0), 3.0), -1.5, 0), _scaled(2)


def _smaller(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    return _resized(grey, 0.75), _scaled(0.75)


def _turned(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """By 45 degrees: the finder search runs along rows and columns and misses some slopes."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), 45, 1)
    turned = cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.invertAffineTransform(turn)


def _stark(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """Black and white by the neighbourhood's own brightness."""
    big = _resized(grey, 2)
    return cv2.adaptiveThreshold(big, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 41, 4), _scaled(2)


def _paper(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """Whatever is not as light as paper is ink: modules drawn in grey, in outline, or in a picture's own shades."""
    return cv2.threshold(grey, 224, 255, cv2.THRESH_BINARY)[1], _scaled(1)


def _keen(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    """Unsharp-masked as it is."""
    return cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 1.5), -1.5, 0), _scaled(1)


def _doubled(grey: np.ndarray) -> tuple[np.ndarray, Affine]:
    return _resized(grey, 2), _scaled(2)


SECOND, SECOND_DEEP, FIT = "tapirscan", "tapirscan deep", "fit"
GRID = Rung("grid", _plain, 0.9, 4.0, FIT)
GRID_AGAIN = Rung("grid again", _plain, 0.2, 30.0, FIT)      # where the time for the first was not enough
LADDERS: dict[str, tuple[Rung, ...]] = {
    "QRCode": (
        Rung("levelled", _plain, 0.8, 0.15), Rung("softer", _softer, 0.3, 0.3), Rung("keen", _keen, 0.3, 0.3),
        Rung("larger", _larger, 0.3, 0.9), Rung("sharper", _sharper, 0.2, 1.2),
        Rung("second", _plain, 0.6, 7.0, SECOND), GRID, GRID_AGAIN,
        Rung("paper", _paper, 0.05, 0.3, binary=True), Rung("stark", _stark, 0.1, 1.6, binary=True),
        Rung("second deep", _plain, 0.15, 25.0, SECOND_DEEP)),
    "DataMatrix": (
        Rung("levelled", _plain, 0.7, 0.2), Rung("keen", _keen, 0.35, 0.35), Rung("softer", _softer, 0.3, 0.3),
        Rung("smaller", _smaller, 0.2, 0.25), Rung("turned", _turned, 0.25, 0.5), Rung("sharper", _sharper, 0.3, 1.1),
        Rung("softest", _softest, 0.05, 0.3),
        Rung("second", _plain, 0.6, 9.0, SECOND), GRID, GRID_AGAIN,
        Rung("stark", _stark, 0.05, 1.3, binary=True), Rung("second deep", _doubled, 0.3, 25.0, SECOND_DEEP)),
}
DEAR = frozenset(rung.name for rungs in LADDERS.values() for rung in rungs if rung.engine)
OTHERS = (Rung("levelled", _plain, 0.5, 0.5), Rung("sharper", _sharper, 0.2, 1.5), Rung("turned", _turned, 0.1, 1.0))


def ladder(symbologies: tuple[str, ...]) -> tuple[Rung, ...]:
    """The rungs for places that may hold any of `symbologies`, each once."""
    named = {rung.name: rung for name in symbologies for rung in LADDERS.get(name, OTHERS)}
    return tuple(named.values())
