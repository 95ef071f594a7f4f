"""EAN-13, UPC-A and EAN-8 from bars too blurred for an engine: the digits whose drawing explains the grey values best.

A code's edges between digits lie on a fixed comb; that gives its place. Then each digit is the pattern nearest to the
pixels, with the check digit and the parity of the left half as constraints, and how much worse the next possible
number would be tells whether to believe it. Numbers only; knows no picture.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_FIRST = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
FINE = 4                         # samples of a module
OUTSIDE = 6                      # modules of the quiet zone that are looked at
BLURS = (0.25, 0.45, 0.65, 0.85, 1.1)      # of an edge, in modules
PLACES, FITTED = 30, 3           # of the comb that are looked at; of these (either way round) that are fitted
_NEAR = np.array([(a, b, c) for a in (-0.5, -0.25, 0, 0.25, 0.5) for b in (-0.5, -0.25, 0, 0.25, 0.5)
                  for c in (-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2)])     # modules: start, end, bend
POOREST = 0.4                    # of the variance that the first drawing must explain
SURE = 12.0                      # margin above which no other place is fitted
LIKELY = 0.8                     # mean correlation of the digits with their patterns, each by itself


@dataclass(frozen=True, slots=True)
class Fit:
    """`digits` and where the first begins and the last ends in the profile (upside down: start > end); `explained`: of
    the variance; `margin`: log-likelihood by which the next best valid number is worse."""

    digits: str
    start: float
    end: float
    explained: float
    margin: float


@dataclass(frozen=True, slots=True)
class _Layout:
    half: int                    # digits of each half
    length: int                  # modules
    edges: np.ndarray            # in modules from the start
    signs: np.ndarray            # +1: from light to dark
    starts: np.ndarray           # first module of each digit
    patterns: np.ndarray         # float32 (2 half, 20, 7): L and G, or R and nothing
    parities: np.ndarray         # int (first digits, half): 0 L, 1 G


@cache
def layout(half: int) -> _Layout:
    """`half`: 6 for EAN-13, 4 for EAN-8."""
    length, middle = 11 + 14 * half, 3 + 7 * half
    left = np.array([[int(c) for c in each] for each in _LEFT], np.float32)
    right = 1 - left
    both = np.concatenate([left, right[:, ::-1]])
    right = np.concatenate([right, np.full_like(right, 0.5)])
    starts = np.concatenate([3 + 7 * np.arange(half), middle + 5 + 7 * np.arange(half)])
    edges = [(0, 1), (1, -1), (2, 1), *((3 + 7 * i, -1) for i in range(half + 1)),
             (middle + 1, 1), (middle + 2, -1), (middle + 3, 1), (middle + 4, -1),
             *((middle + 5 + 7 * i, 1) for i in range(half + 1)), (length - 2, -1), (length - 1, 1), (length, -1)]
    at, signs = (np.array(each, np.float32) for each in zip(*edges, strict=True))
    parities = [[c == "G" for c in each] for each in _FIRST] if half == 6 else [[False] * 4]
    return _Layout(half, length, at, signs, starts, np.stack([both] * half + [right] * half),
                   np.array(parities, np.int64))


def modules(digits: str) -> np.ndarray:
    """The drawing of 13 or 8 digits: float32 modules, 1 dark."""
    plan = layout(6 if len(digits) == 13 else 4)
    first = int(digits[0]) if plan.half == 6 else 0
    drawn = np.zeros(plan.length, np.float32)
    drawn[[0, 2, plan.length - 3, plan.length - 1]] = 1
    drawn[[4 + 7 * plan.half, 6 + 7 * plan.half]] = 1
    for k, digit in enumerate(digits[-2 * plan.half:]):
        kind = plan.parities[first][k] if k < plan.half else 0
        drawn[plan.starts[k]:plan.starts[k] + 7] = plan.patterns[k][int(digit) + 10 * kind]
    return drawn


def fit(profile: np.ndarray, half: int, narrow: float, wide: float) -> Fit | None:
    """The number in a profile of brightness across the bars (float32), read either way round.

    `narrow`, `wide`: least and most samples of a module. None where there is no comb of edges, or no likely number.
    """
    plan = layout(half)
    places = _places(profile, plan, narrow, wide)
    if not len(places):
        return None
    best: Fit | None = None
    for likely, x, sigma in _guessed(profile, plan, places)[:FITTED]:
        if likely < LIKELY:
            break
        found = _fitted(profile, plan, x, sigma)
        if found is not None and (best is None or found.margin > best.margin):
            best = found
        if best is not None and best.margin > SURE:
            break
    return best


def _places(profile: np.ndarray, plan: _Layout, narrow: float, wide: float) -> np.ndarray:
    """(n, 3) start, end and bend of the likeliest places of the comb, in samples of the profile, best first."""
    slope = -np.gradient(np.convolve(profile, _taps(max(0.08, 0.4 * narrow / FINE)), "same")).astype(np.float32)
    slope[[0, 1, -2, -1]] = 0
    window = max(3, int(20 * narrow)) | 1
    power = cv2.blur((slope * slope)[None], (window, 1))[0]
    fine = _sampled(slope / np.sqrt(power + 0.02), np.arange(0, len(slope), 0.25)).astype(np.float32)
    starts, ends = [], []
    for width in np.exp(np.arange(np.log(narrow), np.log(wide), 0.014)):
        room = len(slope) - 1 - plan.length * width
        if room > 0:
            each = np.arange(0, room, 0.6 * width)
            starts.append(each)
            ends.append(each + plan.length * width)
    if not starts:
        return np.empty((0, 3))
    start, end = np.concatenate(starts), np.concatenate(ends)
    score = _comb(fine, plan, start, end, np.zeros_like(start))
    chosen = np.empty((0, 3))
    for i in np.argsort(-score)[:20 * PLACES]:
        if len(chosen) == PLACES or score[i] < 0.15:
            break
        near = (end[i] - start[i]) / plan.length
        if (np.maximum(abs(chosen[:, 0] - start[i]), abs(chosen[:, 1] - end[i])) > near).all():
            chosen = np.append(chosen, [[start[i], end[i], 0.0]], 0)
    tried = chosen[:, None] + _NEAR * ((chosen[:, 1] - chosen[:, 0]) / plan.length)[:, None, None]
    scores = _comb(fine, plan, *tried.reshape(-1, 3).T).reshape(tried.shape[:2])
    return tried[np.arange(len(chosen)), scores.argmax(1)]


def _comb(fine: np.ndarray, plan: _Layout, start: np.ndarray, end: np.ndarray, bend: np.ndarray) -> np.ndarray:
    part = plan.edges / plan.length
    at = start[:, None] + (end - start)[:, None] * part + bend[:, None] * (4 * part * (1 - part))
    index = np.clip(np.rint(at * 4), 0, len(fine) - 1).astype(np.int32)
    return fine[index] @ plan.signs / len(plan.signs)


@cache
def _times(length: int) -> np.ndarray:
    """The middles of the drawing's samples in modules, quiet zones included."""
    return (np.arange(-OUTSIDE * FINE, (length + OUTSIDE) * FINE) + 0.5) / FINE


@cache
def _taps(sigma: float) -> np.ndarray:
    reach = int(np.ceil(2.5 * sigma * FINE))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (sigma * FINE)) ** 2)
    return taps / taps.sum()


def _soft(fine: np.ndarray, sigma: float) -> np.ndarray:
    """Samples (…, n) blurred; beyond the ends as at the ends."""
    taps = _taps(sigma)
    rows = fine.reshape(-1, fine.shape[-1])
    return cv2.filter2D(rows, -1, taps[None], borderType=cv2.BORDER_REPLICATE).reshape(fine.shape)


@cache
def _windows(half: int, sigma: float) -> np.ndarray:
    """Each digit's patterns between the modules that always stand beside them, zero mean and unit length."""
    plan = layout(half)
    beside = np.zeros((2 * half, 20, 11))
    beside[..., 2:9] = plan.patterns
    beside[:half, :, :2], beside[:half, :, 9:] = (0.5, 1), (0, 0.5)
    beside[half:, :, :2], beside[half:, :, 9:] = (0.5, 0), (1, 0.5)
    return _unit(_soft(np.repeat(beside, FINE, -1), sigma)[..., FINE:-FINE]).transpose(0, 2, 1)


def _unit(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.mean(-1, keepdims=True)
    return rows / np.maximum(np.sqrt((rows * rows).sum(-1, keepdims=True)), 1e-6)


@cache
def _shifted(half: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of each digit's window, shifted by up to half a module; and what a shift costs."""
    shifts = np.arange(-2, 3)
    at = ((layout(half).starts + OUTSIDE - 1) * FINE)[:, None, None] + shifts[:, None] + np.arange(9 * FINE)
    return at, 0.02 * np.abs(shifts)[:, None]


def _guessed(profile: np.ndarray, plan: _Layout, places: np.ndarray) -> list[tuple[float, np.ndarray, float]]:
    """The places either way round, likeliest first: the mean correlation of each digit by itself with the nearest
    pattern, where in the profile each sample of the drawing lies, and the blur."""
    part = _times(plan.length) / plan.length
    start, end, bend = places.T[..., None]
    x = start + (end - start) * part + bend * 4 * part * (1 - part)
    x = np.concatenate([x, x[:, ::-1]])
    at, cost = _shifted(plan.half)
    seen = _unit(-_sampled(profile, x)[:, at])
    rated = []
    for sigma in BLURS[1::2]:
        score = (seen @ _windows(plan.half, sigma) - cost).max((2, 3)).mean(1)
        rated += [(float(score[i]), i, sigma) for i in range(len(x))]
    best = {i: (likely, x[i], sigma) for likely, i, sigma in sorted(rated)}
    return sorted(best.values(), key=lambda each: -each[0])


def _sampled(profile: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.interp(x, np.arange(len(profile)), profile)


def _fitted(profile: np.ndarray, plan: _Layout, x: np.ndarray, sigma: float) -> Fit | None:
    """The digits each by itself; then the whole drawing laid on the pixels: blur, shades, width of the bars and place
    are mended, and then the digits, until they stay the same."""
    at, cost = _shifted(plan.half)
    score = (_unit(-_sampled(profile, x)[at]) @ _windows(plan.half, sigma) - cost).max(1)
    number, _ = _likeliest(plan, score)
    t = _times(plan.length)
    tau = 2 * t / plan.length - 1
    curve = np.stack([np.ones_like(tau), tau, tau * tau, tau ** 3], 1)
    inner = slice(2 * FINE, -2 * FINE)
    blurs: tuple[float, ...] = BLURS
    for _ in range(4):
        dark = -_sampled(profile, x)
        fine = np.repeat(np.pad(modules(number), OUTSIDE), FINE)
        error, sigma, drawn, basis, weights = min(
            (_shaded(dark, fine, each, curve, inner) for each in blurs), key=lambda one: one[0])
        spread = float(((dark[inner] - dark[inner].mean()) ** 2).sum())
        gain = curve[:, :3] @ weights[3:6]
        if gain.min() <= 0 or error > (1 - POOREST) * spread:
            return None
        blurs = (sigma,)
        lean = curve * (np.gradient(drawn) * gain * FINE)[:, None]     # a drawing beside its place
        moved = np.clip(curve @ _solved(lean[inner], (dark - basis @ weights)[inner]), -0.4, 0.4)
        x = x - moved * (x[-1] - x[0]) / (t[-1] - t[0])
        dark = -_sampled(profile, x)
        weights = _solved(basis[inner], dark[inner])
        rest, gain = dark - basis @ weights, curve[:, :3] @ weights[3:6]
        score = -_worse(plan, number, sigma, rest, gain)
        before, (number, _) = number, _likeliest(plan, score)
        if number == before:
            error = float((rest[inner] ** 2).sum())
            noise = error / (len(dark) - 4 * FINE - 11) * FINE      # neighbouring samples tell the same
            start, end = np.interp([0, plan.length], t, x)
            return Fit(number, float(start), float(end), 1 - error / max(spread, 1e-9),
                       _ahead(plan, score, number) / (2 * noise + 1e-9))
    return None


def _shaded(dark: np.ndarray, fine: np.ndarray, sigma: float, curve: np.ndarray,
            inner: slice) -> tuple[float, float, np.ndarray, np.ndarray, np.ndarray]:
    """The squared error that is left, the blur, the drawing blurred, and what the pixels are made of with its weights:
    light, bars, and how much wider than drawn the bars are."""
    edges = np.zeros_like(fine)
    edges[1:] = np.abs(fine[1:] - fine[:-1])
    drawn, edges = _soft(np.stack([fine, edges]), sigma)
    basis = np.empty((len(fine), 7))
    basis[:, :3], basis[:, 3:6], basis[:, 6] = curve[:, :3], curve[:, :3] * drawn[:, None], edges
    weights = _solved(basis[inner], dark[inner])
    return float(((dark - basis @ weights)[inner] ** 2).sum()), sigma, drawn, basis, weights


def _solved(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Least squares, the normal equations held up a little so that they always have a solution."""
    square = basis.T @ basis
    return np.linalg.solve(square + np.eye(len(square)) * (1e-6 * np.trace(square) + 1e-9), basis.T @ values)


def _worse(plan: _Layout, number: str, sigma: float, rest: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(digits, 20): by how much each other pattern in one digit's place raises the squared error."""
    drawn = _changes(plan.half, sigma)
    now = drawn[np.arange(2 * plan.half), _chosen(plan, number)]
    at = ((plan.starts + OUTSIDE - 3) * FINE)[:, None] + np.arange(13 * FINE)
    change = gain[at][:, None] * (drawn - now[:, None])
    return (change * (change - 2 * rest[at][:, None])).sum(-1)


@cache
def _changes(half: int, sigma: float) -> np.ndarray:
    """Each digit's patterns between nothing."""
    return _soft(np.repeat(np.pad(layout(half).patterns, ((0, 0), (0, 0), (3, 3))), FINE, -1), sigma)


def _chosen(plan: _Layout, number: str) -> np.ndarray:
    """Which of its 20 patterns each digit is drawn with."""
    first = int(number[0]) if plan.half == 6 else 0
    return np.array([int(digit) + (10 * int(plan.parities[first][k]) if k < plan.half else 0)
                     for k, digit in enumerate(number[-2 * plan.half:])])


def _values(plan: _Layout, score: np.ndarray) -> np.ndarray:
    """(first digits, digits, 10): the scores of the ten values under each parity of the left half."""
    left = np.stack([np.where(plan.parities[:, k, None] == 1, score[k, 10:], score[k, :10])
                     for k in range(plan.half)], 1)
    right = np.broadcast_to(score[plan.half:, :10], (len(plan.parities), plan.half, 10))
    return np.concatenate([left, right], 1)


_REST = (np.arange(10)[:, None] - np.arange(10)) % 10, (np.arange(10)[:, None] - 3 * np.arange(10)) % 10


def _likeliest(plan: _Layout, score: np.ndarray) -> tuple[str, float]:
    """The valid number of the highest sum of scores (digits, 20), and that sum."""
    each, count, digits = _values(plan, score), len(plan.parities), 2 * plan.half
    best = np.full((count, 10), -np.inf)
    best[np.arange(count), np.arange(count) % 10] = 0
    back = np.empty((digits, count, 10), np.int64)
    for k in range(digits):
        came = best[:, _REST[(digits - k) % 2 == 0]] + each[:, k, None]
        back[k] = came.argmax(-1)
        best = np.take_along_axis(came, back[k][..., None], -1)[..., 0]
    first = int(best[:, 0].argmax())
    number, rest = "", 0
    for k in range(digits - 1, -1, -1):
        value = int(back[k, first, rest])
        number = str(value) + number
        rest = (rest - (3 if (digits - k) % 2 == 0 else 1) * value) % 10
    return (str(first) if plan.half == 6 else "") + number, float(best[first, 0])


def _ahead(plan: _Layout, score: np.ndarray, number: str) -> float:
    """How far the next best valid number is behind this, the best: it differs in at least one digit or the first."""
    each, count, digits = _values(plan, score), len(plan.parities), 2 * plan.half
    forward = np.full((digits + 1, count, 10), -np.inf)
    forward[0, np.arange(count), np.arange(count) % 10] = 0
    backward = np.full((digits + 1, count, 10), -np.inf)
    backward[digits, :, 0] = 0
    onward = (np.arange(10)[:, None] + np.arange(10)) % 10, (np.arange(10)[:, None] + 3 * np.arange(10)) % 10
    for k in range(digits):
        forward[k + 1] = (forward[k][:, _REST[(digits - k) % 2 == 0]] + each[:, k, None]).max(-1)
        j = digits - 1 - k
        backward[j] = (backward[j + 1][:, onward[(digits - j) % 2 == 0]] + each[:, j, None]).max(-1)
    first = int(number[0]) if plan.half == 6 else 0
    top, others = forward[digits, first, 0], [forward[digits, i, 0] for i in range(count) if i != first]
    for k, digit in enumerate(number[-digits:]):
        through = forward[k][first][:, None] + each[first, k] + backward[k + 1][first][onward[(digits - k) % 2 == 0]]
        through[:, int(digit)] = -np.inf
        others.append(through.max())
    return float(top - max(others))
