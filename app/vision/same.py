"""Whether two pictures show the same matrix code, module by module; only then may a code count on unread.

A code that differs from another in one digit differs in its check words too, and each of these in about half of its
modules; but all else may be alike, so the worst part of it tells, never the mean. Where in doubt it is not the same:
to read it again costs next to nothing.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.reading import Corners

FINE = 3                 # samples a module
ROOM = 2                 # modules round it, in which the next picture's may lie
TILE = 5                 # modules of a part that is compared by itself
SOFTENED = 1.2           # samples: where its pixels fall must not matter
FAINT = 4.0              # variance of grain alone
MARKED = 0.4             # of the contrast round it: a module that is surely dark, or surely light
# Measured on 2,900 pairs of QR 1 … 20 and Data Matrix 10x10 … 52x52 and 8x18 … 16x48 that differ in one letter, under
# blur, glare, grain, JPEG, motion and faint print: the worst part of another code correlates by 0.44 at most, and two
# modules at least are inverted (more than six but for the smallest codes in glare). The same code keeps 0.6 and one at
# most; only with all of that at once one in forty is beyond these bounds, and is read again.
WORST = 0.5
INVERTED = 1


@dataclass(frozen=True, slots=True)
class Print:
    """A code as it was when it was read: upright, FINE samples a module, float32; light and contrast round each."""

    size: tuple[int, int]
    samples: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def taken(grey: np.ndarray, corners: Corners, size: tuple[int, int]) -> Print | None:
    """The code with these corners and modules (rows, columns) on grey uint8; None where it is not whole."""
    drawn = _upright(grey, corners, size)
    if drawn is None:
        return None
    core = np.ascontiguousarray(drawn[0][ROOM * FINE:-ROOM * FINE, ROOM * FINE:-ROOM * FINE])
    return Print(size, core, *_around(core))


def found(grey: np.ndarray, corners: Corners, known: Print) -> Corners | None:
    """The corners, set right, where this code is on `grey`; None where it is another, or it is not sure that it is not.

    `corners`: where it should be, wrong by ROOM modules at most, and neither larger nor turned by more than a little.
    """
    drawn = _upright(grey, corners, known.size)
    if drawn is None:
        return None
    field, to_upright = drawn
    rows, columns = known.samples.shape
    top, left = rows // 4, columns // 4                           # its middle tells where it is
    part = np.s_[top:rows - top, left:columns - left]
    seek = field[top:len(field) - top, left:field.shape[1] - left]
    alike = cv2.matchTemplate(seek - _blurred(seek), known.samples[part] - known.mean[part], cv2.TM_CCOEFF_NORMED)
    _, _, _, (x, y) = cv2.minMaxLoc(alike)
    samples = np.ascontiguousarray(field[y:y + rows, x:x + columns])
    mean, variance = _around(samples)
    both = _blurred(known.samples * samples) - known.mean * mean
    half = TILE * FINE // 2
    whole = np.s_[half:rows - half, half:columns - half]          # parts that reach beyond the symbol say less of it
    if float((both / (cv2.sqrt(known.variance * variance) + FAINT))[whole].min()) < WORST:
        return None
    before, now = _modules(known.samples, known.mean, known.variance), _modules(samples, mean, variance)
    inverted = (before * now < 0) & (np.minimum(np.abs(before), np.abs(now)) > MARKED)
    if np.count_nonzero(inverted) > INVERTED:
        return None
    at = _places(known.size) + np.float32((x - ROOM * FINE, y - ROOM * FINE))
    back = cv2.perspectiveTransform(at[None].astype(np.float64), np.linalg.inv(to_upright))[0]
    return tuple((float(px), float(py)) for px, py in back)               # type: ignore[return-value]


def _places(size: tuple[int, int]) -> np.ndarray:
    """Where the corners lie on the upright picture."""
    rows, columns = size
    return (np.float32([(0, 0), (columns, 0), (columns, rows), (0, rows)]) + ROOM) * FINE


def _upright(grey: np.ndarray, corners: Corners, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """The code with ROOM round it, and the way there from the frame."""
    edges = np.float32(corners)
    low, high = edges.min(0), edges.max(0)
    if (low < 0).any() or high[0] >= grey.shape[1] or high[1] >= grey.shape[0] or \
            cv2.contourArea(edges) < size[0] * size[1]:
        return None
    to_upright = cv2.getPerspectiveTransform(edges, _places(size))
    extent = (size[1] + 2 * ROOM) * FINE, (size[0] + 2 * ROOM) * FINE
    drawn = cv2.warpPerspective(grey, to_upright, extent, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(drawn, (0, 0), SOFTENED).astype(np.float32), to_upright


def _blurred(samples: np.ndarray) -> np.ndarray:
    return cv2.blur(samples, (TILE * FINE, TILE * FINE))


def _around(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the part round each sample."""
    mean = _blurred(samples)
    return mean, np.maximum(_blurred(samples * samples) - mean * mean, 0)


def _modules(samples: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """How light each module is, over the contrast round it."""
    even = (samples - mean) / cv2.sqrt(variance + 4 * FAINT)
    return cv2.resize(even, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
