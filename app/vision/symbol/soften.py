"""From the brightness of each module to how sure it is that the module is dark: local levels, neighbours' light undone.

Blur, ink growth, smear and dots all show as a module's value depending on its eight neighbours. How much is learnt from
the symbol itself and taken off with what the neighbours were found to be, twice over; the rest is measured in the noise
that remains.
"""
from __future__ import annotations

import cv2
import numpy as np

INSIDE = 5               # samples along a module, of which the inner three count
REACHES = 3.0, 2.2, 1.6  # modules over which dark and light are averaged, pass by pass
SURE = 9.0               # the most that one module can say: no print is free of dirt
UNEVEN = 2.0             # spreads above the usual from which on an uneven module is not believed
BURNT = 250.0            # brightness from which on the sensor tells no more
DAZZLED = 0.003          # what a burnt-out module still counts
SPOILT = -7.2, 1.35, 0.3  # log-odds of being wrong: always; by the logarithm of the misfit; by how many near are alike
ILL = 4e-3               # what counts as no misfit at all, in squared halves of the contrast


def brightness(picture: np.ndarray, homography: np.ndarray, size: tuple[int, int], ring: int = 1,
               ) -> tuple[np.ndarray, np.ndarray]:
    """float32 (rows + 2 ring, columns + 2 ring), twice: each module's middle, and how uneven it is (a deviation);
    `homography` takes modules to pixels."""
    flat = _fine(picture, homography, size, ring)
    inner = (INSIDE - 2, INSIDE - 2)
    middle = cv2.boxFilter(flat, cv2.CV_32F, inner)[INSIDE // 2::INSIDE, INSIDE // 2::INSIDE]
    square = cv2.sqrBoxFilter(flat, cv2.CV_32F, inner)[INSIDE // 2::INSIDE, INSIDE // 2::INSIDE]
    return middle, np.sqrt(np.maximum(square - middle * middle, 0))


def _fine(picture: np.ndarray, homography: np.ndarray, size: tuple[int, int], ring: int) -> np.ndarray:
    """The modules and a ring round them, INSIDE samples along each."""
    rows, columns = size[0] + 2 * ring, size[1] + 2 * ring
    step = 1 / INSIDE
    fine = np.array([[step, 0, step / 2 - ring], [0, step, step / 2 - ring], [0, 0, 1]])
    return cv2.warpPerspective(picture, homography @ fine, (columns * INSIDE, rows * INSIDE),
                               flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def likelihood(values: np.ndarray, uneven: np.ndarray, known: np.ndarray, blind: np.ndarray) -> np.ndarray:
    """float32 (rows, columns): log-likelihood that a module is dark, from `values` of `brightness` with a ring of one.

    `known` int8 (rows, columns) is 1 or -1 where modules must be dark or light, 0 elsewhere; `values` are dark-positive
    (the brightness turned round), `uneven` comes with them; `blind` bool, shaped like them: burnt-out modules.
    """
    ringed = cv2.copyMakeBorder(known, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=-1)
    fixed = ringed != 0
    window = np.ones((7, 7), np.uint8)
    high, low = cv2.blur(cv2.dilate(values, window), (5, 5)), cv2.blur(cv2.erode(values, window), (5, 5))
    belief = np.tanh(4 * (values - (high + low) / 2) / np.maximum(high - low, 1e-3))
    belief[fixed] = ringed[fixed]
    rows, columns = values.shape
    told = ~blind
    told[0], told[-1], told[:, 0], told[:, -1] = False, False, False, False
    if told.sum() < 9:
        return np.zeros((rows - 2, columns - 2), np.float32)
    for reach_of in REACHES:
        seen = _believed(values, belief, blind)
        middle, reach = _levels(values, belief, blind, reach_of)
        flat = (values - middle) / reach
        around = _neighbours(belief)
        inner = (around.reshape(9, rows, columns) * seen)[:, 1:-1, 1:-1].reshape(9, -1)
        target = (flat * seen)[1:-1, 1:-1].ravel()
        square = inner @ inner.T
        taps = np.linalg.solve(square + np.eye(9) * 0.02 * square[0, 0], inner @ target + 0.02 * square[0, 0] * _PRIOR)
        taps = taps.astype(np.float32)
        rest = flat - (taps @ around).reshape(rows, columns)
        noise = max(_median(np.abs(rest)[told]) * 1.48, 0.12)
        gathered = (taps[::-1] @ _neighbours(rest * seen)).reshape(rows, columns) + float(taps @ taps) * belief
        strength = np.minimum(reach / np.float32(_median(reach)), 1.2) ** 2 * seen
        said = 2 / noise ** 2 * gathered * strength * _whole(uneven / reach, belief, told)
        soft = said / (1 + np.abs(said) / SURE)
        belief = np.tanh(soft / 2)
        belief[fixed] = ringed[fixed]
    return soft[1:-1, 1:-1]


_PRIOR = np.array([0, 0.08, 0, 0.08, 0.8, 0.08, 0, 0.08, 0])


def doubted(picture: np.ndarray, homography: np.ndarray, soft: np.ndarray, known: np.ndarray, blind: np.ndarray,
            dark: bool) -> np.ndarray:
    """`soft` float32 (rows, columns), less sure where the picture in a module and next to it is not what the modules as
    they were read explain, and where modules are like those round them: there may be dirt, or the print is gone.
    `homography`, `known` and `blind` as above."""
    rows, columns = known.shape
    high, wide = rows + 2, columns + 2
    fine = _fine(picture, homography, known.shape, 1).astype(np.float32)
    parts = (-fine if dark else fine).reshape(high, INSIDE, wide, INSIDE).swapaxes(1, 2).reshape(high, wide, -1)
    belief = cv2.copyMakeBorder(np.where(known != 0, known, np.tanh(soft / 2)).astype(np.float32), 1, 1, 1, 1,
                                cv2.BORDER_CONSTANT, value=-1)
    middle, reach = _levels(parts.mean(2), belief, blind, REACHES[1])
    seen = ((parts - middle[..., None]) / reach[..., None])[1:-1, 1:-1].reshape(rows * columns, -1)
    around = _neighbours(belief).reshape(9, high, wide)[:, 1:-1, 1:-1].reshape(9, -1)
    around = np.concatenate([around, np.ones((1, rows * columns), np.float32)])
    told = ~blind[1:-1, 1:-1].ravel()
    if told.sum() < 9:
        return soft
    weight = told.astype(np.float32)
    for _ in range(2):                         # each part of a module by its neighbours; then without what fits ill
        weighed = around * weight
        square = weighed @ around.T
        square += np.eye(10, dtype=np.float32) * (0.01 * square[4, 4] + 1e-6)
        taps = np.linalg.solve(square, weighed @ seen)
        ill = ((seen - around.T @ taps) ** 2).mean(1)
        usual = max(_median(ill[told]), ILL)
        weight = told / (1 + (ill / (4 * usual)) ** 2)
    ill = np.where(told, ill / usual, 1).astype(np.float32).reshape(rows, columns)
    near = cv2.GaussianBlur(ill, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT_101)
    alike = (cv2.boxFilter(belief, -1, (3, 3), normalize=False) * belief)[1:-1, 1:-1]      # dirt is larger than one
    always, by_misfit, by_alike = SPOILT
    odds = always + by_misfit * np.log(near + 1e-6) + by_alike * alike
    chance = 1 / (1 + np.exp(np.abs(soft))) + 1 / (1 + np.exp(-odds))
    chance = np.minimum(chance, 0.499)
    return np.copysign(np.log(1 / chance - 1), soft).astype(np.float32)


def dazzled(brightness: np.ndarray, known: np.ndarray, dark: bool) -> np.ndarray:
    """bool: modules burnt out where most of those known to be the bright ones are not; `known` and the ring as above,
    `dark` tells whether the light ones are the bright ones."""
    burnt = brightness >= BURNT
    bright = cv2.copyMakeBorder(known, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=-1) == (-1 if dark else 1)
    return burnt if burnt[bright].mean() < 0.5 else np.zeros_like(burnt)


def _neighbours(grid: np.ndarray) -> np.ndarray:
    """float32 (9, rows * columns): each module's eight neighbours and itself (the fifth), row by row."""
    wide = cv2.copyMakeBorder(grid, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    rows, columns = grid.shape
    return np.lib.stride_tricks.as_strided(wide, (3, 3, rows, columns), wide.strides * 2).reshape(9, -1)


def _median(values: np.ndarray) -> float:
    """About, and much quicker than NumPy's."""
    flat = values.ravel()
    return float(np.partition(flat, flat.size // 2)[flat.size // 2])


def _whole(uneven: np.ndarray, belief: np.ndarray, told: np.ndarray) -> np.ndarray:
    """float32, 0 … 1: less where a module is more uneven than its neighbours explain: the edge of dirt runs there."""
    wide = cv2.copyMakeBorder(belief, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    rows, columns = belief.shape
    edges = sum(np.abs(belief - wide[y:y + rows, x:x + columns]) for y, x in ((0, 1), (1, 0), (2, 1), (1, 2)))
    of = edges[told]
    of = of - of.sum() / of.size
    slope = float(of @ uneven[told]) / max(float(of @ of), 1e-6)
    rest = uneven - slope * edges
    middle = _median(rest[told])
    usual = max(1.48 * _median(np.abs(rest[told] - middle)), 0.03)
    excess = np.maximum(rest - middle, 0) / (UNEVEN * usual)
    return 1 / (1 + excess ** 4)


def _believed(values: np.ndarray, belief: np.ndarray, blind: np.ndarray) -> np.ndarray:
    """float32, 0 … 1: what each module may say. A burnt-out one is bright only as far as others near it are seen not to
    be: in the middle of a glare nothing is."""
    if not blind.any():
        return np.ones_like(values)
    side = 1 if float(values[blind].mean()) < float(values[~blind].mean()) else -1
    dull = np.where(blind, 0, np.clip(side * belief, 0, 1)).astype(np.float32)
    near = np.clip(cv2.GaussianBlur(dull, (0, 0), 1.2) / 0.25, 0, 1) ** 2
    return np.where(blind, np.maximum(near * near, DAZZLED), 1).astype(np.float32)


def _levels(values: np.ndarray, belief: np.ndarray, blind: np.ndarray, sigma: float,
            ) -> tuple[np.ndarray, np.ndarray]:
    """Middle between dark and light, and half their difference, round each module."""
    found = []
    shares = [(1 + belief) / 2, (1 - belief) / 2]
    if blind.any():                            # burnt out, so a level of the bright ones, whichever they are
        bright = int(float(values[blind].mean()) < float(values[~blind].mean()))
        shares[bright] = np.where(blind, np.float32(0.5), shares[bright])
        shares[1 - bright] = np.where(blind, np.float32(0), shares[1 - bright])
    for share in shares:
        mean = float((values * share).sum()) / max(float(share.sum()), 1e-3)
        near = cv2.GaussianBlur(share, (0, 0), sigma)
        found.append((cv2.GaussianBlur(values * share, (0, 0), sigma) + 0.08 * mean) / (near + 0.08))
    high, low = found
    half = (high - low) / 2
    return (high + low) / 2, np.maximum(half, max(0.15 * _median(half), 0.5))
