"""Where about a symbol lies in a cut-out: which way its modules run, and where its frame is in the picture turned so.

What a frame looks like the seekers know (sides.py, finders.py). Nothing here is exact: the best go on to be fitted.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

COARSE = 2               # pixels of the turned picture for a module of the supposed size
NEAR = 4                 # scales tried first, along rows and along columns: about the supposed size
WIDEST = 0.24            # the farthest (logarithm) of those tried when that was not enough
STEP = 1.4               # modules by which the far end may be off from one scale to the next
LEAN = 0.2               # the most by which the two may differ: a symbol seen at 35 degrees
TURN = math.pi / 2 / 36   # from one angle to the next when all are tried
PEAKS = 2                # of these angles, the best
SHEAR = 0.21             # by which rows and columns may be off the right angle: a symbol seen at 35 degrees, askew
ALIKE = 0.02             # angles nearer than that are one
KEPT = 3                 # guesses of each list
MOST = 12                # of what a seeker finds, from which they are taken


@dataclass(frozen=True, slots=True)
class Found:
    """What a seeker finds in the picture turned upright: corners float64 (4, 2), the symbol's top left first."""

    score: float
    dark: bool
    corners: np.ndarray


# (picture turned upright with COARSE pixels a module, size, logarithms of scales, dark on light or either)
Seek = Callable[[np.ndarray, tuple[int, int], tuple[float, ...], bool | None], list[Found]]


Angles = tuple[float, float]     # radians from the x axis to where rows run, and where columns run


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
    return values / (cv2.sqrt(np.maximum(power, 0)) + 2.0)      # sums of floats leave less than nothing on blank paper


def lean(flat: np.ndarray, centre: tuple[float, float], radius: float, blur: float, pool: float) -> float:
    """The angle (radians, within a quarter turn) in which rows or columns of modules run, by slopes in the circle.

    `blur` pixels of grain are taken off first. With `pool` pixels slopes are weighed by how much they run alike round
    them: that is surer on a blurred picture, less exact on a sharp one.
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


def search(seek: Seek, flat: np.ndarray, centre: tuple[float, float], side: float, size: tuple[int, int],
           dark: bool | None) -> Iterator[list[Guess]]:
    """The likeliest frames of a symbol of `size` modules whose longer side is about `side` pixels, best first, in
    lists: the longer the search goes on, the farther from what was supposed."""
    longer = max(size)
    module, step = side / longer, min(0.06, STEP / longer)
    near = tuple(step * (i - (NEAR - 1) / 2) for i in range(NEAR))
    reach = math.ceil(WIDEST / step - 0.5)
    far = tuple(step * (i + 0.5) for i in range(-reach, reach))

    def guesses(angles: Angles, scales: tuple[float, ...]) -> list[Guess]:
        upright, back = _upright(flat, centre, module, angles, longer)
        return _best(seek(upright, size, scales, dark), back, size, 0.05 * side)

    sharp = square(lean(flat, centre, 0.62 * side, 0.25 * module, 0))
    yield guesses(sharp, near)
    tried = [sharp]
    for angles in (*_edges(flat, centre, module, longer),
                   square(lean(flat, centre, 0.62 * side, 0.8 * module, module))):
        if len(tried) == 1 or all(_apart(angles, other) > ALIKE for other in tried):
            tried.append(angles)
            yield guesses(angles, far if len(tried) == 2 else near)      # the strongest edges may be trusted
    yield guesses(sharp, far)


def square(angle: float) -> Angles:
    return angle, angle + math.pi / 2


def _apart(one: Angles, other: Angles) -> float:
    """How far two ways to turn the picture differ, whichever of them are called rows."""
    return min(max(abs(math.remainder(one[i] - other[i - swap], math.pi)) for i in (0, 1)) for swap in (0, 1))


def _edges(flat: np.ndarray, centre: tuple[float, float], module: float, longer: int) -> list[Angles]:
    """The few ways to turn the picture that have the strongest long edges along its rows and along its columns."""
    round_ = np.zeros(flat.shape, np.float32)
    cv2.circle(round_, (round(centre[0]), round(centre[1])), round(0.85 * longer * module), 1.0, -1)
    masked, length = flat * round_, round(0.7 * longer * COARSE)
    quarter = round(math.pi / 2 / TURN)
    strength = np.zeros(2 * quarter)                          # by the angle of the edge, half a turn
    for step in range(quarter):
        upright, _ = _upright(masked, centre, module, square(step * TURN), longer)
        for lines, at in ((upright, step), (upright.T, step + quarter)):
            sums = cv2.boxFilter(lines, -1, (length, COARSE), borderType=cv2.BORDER_CONSTANT)
            least, most, _, _ = cv2.minMaxLoc(sums[COARSE:] - sums[:-COARSE])
            strength[at] = max(most, -least)
    across = np.arange(-round(SHEAR / TURN), round(SHEAR / TURN) + 1) + quarter
    sums = np.array([strength[top] + strength[(top + across) % (2 * quarter)].max() for top in range(2 * quarter)])
    tops = np.nonzero((strength >= np.roll(strength, 1)) & (strength >= np.roll(strength, -1)))[0]
    found: list[Angles] = []
    for top in tops[np.argsort(-sums[tops])].tolist():
        partner = (top + int(across[strength[(top + across) % (2 * quarter)].argmax()])) % (2 * quarter)
        angle, other = _between(strength, top) * TURN, _between(strength, partner) * TURN
        angles = angle, angle + math.pi / 2 + math.remainder(other - angle - math.pi / 2, math.pi)
        if all(_apart(angles, each) > ALIKE for each in found):
            found.append(angles)
            if len(found) == PEAKS:
                break
    return found


def _between(strength: np.ndarray, top: int) -> float:
    """Where the peak is that has its highest sample at `top`."""
    before, at, after = (float(strength[(top + i) % len(strength)]) for i in (-1, 0, 1))
    bend = before + after - 2 * at
    return top + (max(-0.5, min(0.5, 0.5 * (before - after) / bend)) if bend < 0 else 0.0)


def _best(found: list[Found], back: np.ndarray, size: tuple[int, int], apart: float) -> list[Guess]:
    """Those few of `found` that differ by more than `apart` pixels, taken `back` to the cut-out."""
    grid = np.array([(0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])], np.float32)
    guesses: list[Guess] = []
    taken: list[np.ndarray] = []
    for each in sorted(found, key=lambda each: -each.score):
        corners = cv2.transform(each.corners[None], back)[0].astype(np.float32)
        if all(np.abs(corners - other).max() > apart for other in taken):
            taken.append(corners)
            guesses.append(Guess(each.score, each.dark, cv2.getPerspectiveTransform(grid, corners)))
            if len(guesses) == KEPT:
                break
    return guesses


def _upright(flat: np.ndarray, centre: tuple[float, float], module: float, angles: Angles, longer: int,
             ) -> tuple[np.ndarray, np.ndarray]:
    """The surroundings with rows and columns of modules made horizontal and vertical, and the way back (2, 3)."""
    reach = math.ceil(COARSE * longer * 0.88) + 2 * COARSE
    step = module / COARSE
    (ax, ay), (bx, by) = ((math.cos(angle) * step, math.sin(angle) * step) for angle in angles)
    back = np.array([[ax, bx, 0.0], [ay, by, 0.0]])
    back[:, 2] = np.array(centre) - back[:, :2] @ np.full(2, reach)
    source = cv2.GaussianBlur(flat, (0, 0), 0.35 * step) if step > 1.25 else flat
    turned = cv2.warpAffine(source, back, (2 * reach + 1, 2 * reach + 1), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                            borderMode=cv2.BORDER_REPLICATE)
    return turned, back
