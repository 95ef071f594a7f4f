"""EAN-13, UPC-A, EAN-8 and UPC-E from blurred bars: the digits whose drawing explains the grey values best.

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
_UPCE = ("GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG")
# What each digit of a UPC-E weighs in the check, by its last digit: the zeros left out lie elsewhere.
_SHORT = (((1, 3, 3, 1, 3, 1), range(3)), ((1, 3, 1, 1, 3, 0), range(3, 4)), ((1, 3, 1, 3, 3, 0), range(4, 5)),
          ((1, 3, 1, 3, 1, 3), range(5, 10)))
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
    """`digits` (of a UPC-E the six drawn and the check digit) and where the first begins and the last ends in the
    profile (upside down: start > end); `explained`: of the variance; `margin`: log-likelihood by which the next best
    valid number is worse."""

    digits: str
    start: float
    end: float
    explained: float
    margin: float


@dataclass(frozen=True, slots=True)
class _Layout:
    kind: str
    left: int                    # digits of the left half
    digits: int                  # that are drawn
    length: int                  # modules
    edges: np.ndarray            # in modules from the start
    signs: np.ndarray            # +1: from light to dark
    starts: np.ndarray           # first module of each digit
    patterns: np.ndarray         # float32 (digits, 20, 7): L and G, or R and nothing
    parities: np.ndarray         # int (10 or 1, left): 0 L, 1 G; by the digit that is not drawn, the first or the check
    ways: tuple[tuple[tuple[int, ...], np.ndarray], ...]      # weights of the digits, and which last digits have them


@cache
def layout(kind: str) -> _Layout:
    """`kind`: EAN13 (a UPC-A is one with a 0 in front), EAN8 or UPCE."""
    half = 4 if kind == "EAN8" else 6
    length, middle = 11 + 14 * half, 3 + 7 * half
    left = np.array([[int(c) for c in each] for each in _LEFT], np.float32)
    right = 1 - left
    both = np.concatenate([left, right[:, ::-1]])
    right = np.concatenate([right, np.full_like(right, 0.5)])
    starts = np.concatenate([3 + 7 * np.arange(half), middle + 5 + 7 * np.arange(half)])
    if kind == "UPCE":
        edges = [(0, 1), (1, -1), (2, 1), *((3 + 7 * i, -1) for i in range(7)),
                 (46, 1), (47, -1), (48, 1), (49, -1), (50, 1), (51, -1)]
        return _made(kind, 6, 51, edges, starts[:6], np.stack([both] * 6), _UPCE, _SHORT)
    edges = [(0, 1), (1, -1), (2, 1), *((3 + 7 * i, -1) for i in range(half + 1)),
             (middle + 1, 1), (middle + 2, -1), (middle + 3, 1), (middle + 4, -1),
             *((middle + 5 + 7 * i, 1) for i in range(half + 1)), (length - 2, -1), (length - 1, 1), (length, -1)]
    weights = tuple((1, 3)[(2 * half - k) % 2 == 0] for k in range(2 * half))
    return _made(kind, half, length, edges, starts, np.stack([both] * half + [right] * half),
                 _FIRST if half == 6 else ("LLLL",), ((weights, range(10)),))


def _made(kind: str, left: int, length: int, edges: list[tuple[int, int]], starts: np.ndarray, patterns: np.ndarray,
          parities: tuple[str, ...], ways: tuple[tuple[tuple[int, ...], range], ...]) -> _Layout:
    at, signs = (np.array(each, np.float32) for each in zip(*edges, strict=True))
    return _Layout(kind, left, len(starts), length, at, signs, starts, patterns,
                   np.array([[c == "G" for c in each] for each in parities], np.int64),
                   tuple((weights, np.isin(np.arange(10), last)) for weights, last in ways))


def modules(kind: str, digits: str) -> np.ndarray:
    """The drawing of the digits that a Fit has: float32 modules, 1 dark."""
    plan = layout(kind)
    drawn = np.zeros(plan.length, np.float32)
    drawn[[0, 2, plan.length - 3, plan.length - 1]] = 1
    drawn[[4 + 7 * plan.left, 6 + 7 * plan.left]] = 1
    for start, patterns, chosen in zip(plan.starts, plan.patterns, _chosen(plan, digits), strict=True):
        drawn[start:start + 7] = patterns[chosen]
    return drawn


def number(kind: str, digits: str) -> str:
    """What an engine would say: of a UPC-E the thirteen digits that it stands for."""
    if kind != "UPCE":
        return digits
    drawn, last, check = digits[:5], digits[5], digits[6]
    if last in "012":
        return f"00{drawn[:2]}{last}0000{drawn[2:]}{check}"
    if last in "34":
        return f"00{drawn[:int(last)]}00000{drawn[int(last):]}{check}"
    return f"00{drawn}0000{last}{check}"


def fit(profile: np.ndarray, kind: str, narrow: float, wide: float) -> Fit | None:
    """The number in a profile of brightness across the bars (float32), read either way round.

    `narrow`, `wide`: least and most samples of a module. None where there is no comb of edges, or no likely number.
    """
    plan = layout(kind)
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
    if plan.kind == "UPCE":                      # the other combs are the same from either side
        start, end = np.concatenate([start, end]), np.concatenate([end, start])
    score = _comb(fine, plan, start, end, np.zeros_like(start))
    chosen = np.empty((0, 3))
    for i in np.argsort(-score)[:20 * PLACES]:
        if len(chosen) == PLACES or score[i] < 0.15:
            break
        near = abs(end[i] - start[i]) / plan.length
        if (np.maximum(abs(chosen[:, 0] - start[i]), abs(chosen[:, 1] - end[i])) > near).all():
            chosen = np.append(chosen, [[start[i], end[i], 0.0]], 0)
    tried = chosen[:, None] + _NEAR * ((chosen[:, 1] - chosen[:, 0]) / plan.length)[:, None, None]
    scores = _comb(fine, plan, *tried.reshape(-1, 3).T).reshape(tried.shape[:2])
    return tried[np.arange(len(chosen)), scores.argmax(1)]


def _comb(fine: np.ndarray, plan: _Layout, start: np.ndarray, end: np.ndarray, bend: np.ndarray) -> np.ndarray:
    part = plan.edges / plan.length
    at = start[:, None] + (end - start)[:, None] * part + bend[:, None] * (4 * part * (1 - part))
    index = np.clip(np.rint(at * 4), 0, len(fine) - 1).astype(np.int32)
    return np.sign(end - start) * (fine[index] @ plan.signs) / len(plan.signs)


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
def _windows(kind: str, sigma: float) -> np.ndarray:
    """Each digit's patterns between the modules that always stand beside them, zero mean and unit length."""
    plan = layout(kind)
    beside = np.zeros((plan.digits, 20, 11))
    beside[..., 2:9] = plan.patterns
    beside[:plan.left, :, :2], beside[:plan.left, :, 9:] = (0.5, 1), (0, 0.5)
    beside[plan.left:, :, :2], beside[plan.left:, :, 9:] = (0.5, 0), (1, 0.5)
    return _unit(_soft(np.repeat(beside, FINE, -1), sigma)[..., FINE:-FINE]).transpose(0, 2, 1)


def _unit(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.mean(-1, keepdims=True)
    return rows / np.maximum(np.sqrt((rows * rows).sum(-1, keepdims=True)), 1e-6)


@cache
def _shifted(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Samples of each digit's window, shifted by up to half a module; and what a shift costs."""
    shifts = np.arange(-2, 3)
    at = ((layout(kind).starts + OUTSIDE - 1) * FINE)[:, None, None] + shifts[:, None] + np.arange(9 * FINE)
    return at, 0.02 * np.abs(shifts)[:, None]


def _guessed(profile: np.ndarray, plan: _Layout, places: np.ndarray) -> list[tuple[float, np.ndarray, float]]:
    """The places either way round, likeliest first: the mean correlation of each digit by itself with the nearest
    pattern, where in the profile each sample of the drawing lies, and the blur."""
    part = _times(plan.length) / plan.length
    start, end, bend = places.T[..., None]
    x = start + (end - start) * part + bend * 4 * part * (1 - part)
    x = x if plan.kind == "UPCE" else np.concatenate([x, x[:, ::-1]])
    at, cost = _shifted(plan.kind)
    seen = _unit(-_sampled(profile, x)[:, at])
    rated = []
    for sigma in BLURS[1::2]:
        score = (seen @ _windows(plan.kind, sigma) - cost).max((2, 3)).mean(1)
        rated += [(float(score[i]), i, sigma) for i in range(len(x))]
    best = {i: (likely, x[i], sigma) for likely, i, sigma in sorted(rated)}
    return sorted(best.values(), key=lambda each: -each[0])


def _sampled(profile: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.interp(x, np.arange(len(profile)), profile)


def _fitted(profile: np.ndarray, plan: _Layout, x: np.ndarray, sigma: float) -> Fit | None:
    """The digits each by itself; then the whole drawing laid on the pixels: blur, shades, width of the bars and place
    are mended, and then the digits, until they stay the same."""
    at, cost = _shifted(plan.kind)
    score = (_unit(-_sampled(profile, x)[at]) @ _windows(plan.kind, sigma) - cost).max(1)
    digits, _ = _likeliest(plan, score)
    t = _times(plan.length)
    tau = 2 * t / plan.length - 1
    curve = np.stack([np.ones_like(tau), tau, tau * tau, tau ** 3], 1)
    inner = slice(2 * FINE, -2 * FINE)
    blurs: tuple[float, ...] = BLURS
    for _ in range(4):
        dark = -_sampled(profile, x)
        fine = np.repeat(np.pad(modules(plan.kind, digits), OUTSIDE), FINE)
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
        score = -_worse(plan, digits, sigma, rest, gain)
        before, (digits, _) = digits, _likeliest(plan, score)
        if digits == before:
            error = float((rest[inner] ** 2).sum())
            noise = error / (len(dark) - 4 * FINE - 11) * FINE      # neighbouring samples tell the same
            start, end = np.interp([0, plan.length], t, x)
            return Fit(digits, float(start), float(end), 1 - error / max(spread, 1e-9),
                       _ahead(plan, score, digits) / (2 * noise + 1e-9))
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


def _worse(plan: _Layout, digits: str, sigma: float, rest: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(drawn digits, 20): by how much each other pattern in one digit's place raises the squared error."""
    drawn = _changes(plan.kind, sigma)
    now = drawn[np.arange(plan.digits), _chosen(plan, digits)]
    at = ((plan.starts + OUTSIDE - 3) * FINE)[:, None] + np.arange(13 * FINE)
    change = gain[at][:, None] * (drawn - now[:, None])
    return (change * (change - 2 * rest[at][:, None])).sum(-1)


@cache
def _changes(kind: str, sigma: float) -> np.ndarray:
    """Each digit's patterns between nothing."""
    return _soft(np.repeat(np.pad(layout(kind).patterns, ((0, 0), (0, 0), (3, 3))), FINE, -1), sigma)


def _split(plan: _Layout, digits: str) -> tuple[int, str]:
    """Which parities the left half has, and the digits that are drawn."""
    if plan.kind == "UPCE":
        return int(digits[-1]), digits[:-1]
    return (int(digits[0]), digits[1:]) if plan.kind == "EAN13" else (0, digits)


def _chosen(plan: _Layout, digits: str) -> np.ndarray:
    """Which of its 20 patterns each digit is drawn with."""
    row, drawn = _split(plan, digits)
    return np.array([int(digit) + (10 * int(plan.parities[row][k]) if k < plan.left else 0)
                     for k, digit in enumerate(drawn)])


def _values(plan: _Layout, score: np.ndarray, last: np.ndarray) -> np.ndarray:
    """(parities, digits, 10): the scores of the ten values under each parity of the left half; not of those that are
    no `last` digit."""
    left = np.stack([np.where(plan.parities[:, k, None] == 1, score[k, 10:], score[k, :10])
                     for k in range(plan.left)], 1)
    right = np.broadcast_to(score[plan.left:, :10], (len(plan.parities), plan.digits - plan.left, 10))
    each = np.concatenate([left, right], 1)
    each[:, -1, ~last] = -np.inf
    return each


_REST = {weight: (np.arange(10)[:, None] - weight * np.arange(10)) % 10 for weight in (0, 1, 3, -1, -3)}


def _likeliest(plan: _Layout, score: np.ndarray) -> tuple[str, float]:
    """The valid number of the highest sum of scores (drawn digits, 20), and that sum."""
    return max((_of_way(plan, score, *way) for way in plan.ways), key=lambda each: each[1])


def _of_way(plan: _Layout, score: np.ndarray, weights: tuple[int, ...], last: np.ndarray) -> tuple[str, float]:
    each, count = _values(plan, score, last), len(plan.parities)
    best = np.full((count, 10), -np.inf)
    best[np.arange(count), np.arange(count)] = 0
    back = np.empty((plan.digits, count, 10), np.int64)
    for k, weight in enumerate(weights):
        came = best[:, _REST[weight]] + each[:, k, None]
        back[k] = came.argmax(-1)
        best = np.take_along_axis(came, back[k][..., None], -1)[..., 0]
    row = int(best[:, 0].argmax())
    drawn, rest = "", 0
    for k in range(plan.digits - 1, -1, -1):
        value = int(back[k, row, rest])
        drawn = str(value) + drawn
        rest = (rest - weights[k] * value) % 10
    digits = drawn + str(row) if plan.kind == "UPCE" else (str(row) if plan.kind == "EAN13" else "") + drawn
    return digits, float(best[row, 0])


def _ahead(plan: _Layout, score: np.ndarray, digits: str) -> float:
    """How far the next best valid number is behind this, the best: it differs in at least one digit or the first."""
    row, drawn = _split(plan, digits)
    top, others = -np.inf, []
    for weights, last in plan.ways:
        if not last[int(drawn[-1])]:
            others.append(_of_way(plan, score, weights, last)[1])
            continue
        each, count = _values(plan, score, last), len(plan.parities)
        forward = np.full((plan.digits + 1, count, 10), -np.inf)
        forward[0, np.arange(count), np.arange(count)] = 0
        backward = np.full((plan.digits + 1, count, 10), -np.inf)
        backward[plan.digits, :, 0] = 0
        for k, weight in enumerate(weights):
            forward[k + 1] = (forward[k][:, _REST[weight]] + each[:, k, None]).max(-1)
            j = plan.digits - 1 - k
            backward[j] = (backward[j + 1][:, _REST[-weights[j]]] + each[:, j, None]).max(-1)
        top = forward[plan.digits, row, 0]
        others += [forward[plan.digits, i, 0] for i in range(count) if i != row]
        for k, digit in enumerate(drawn):
            through = forward[k][row][:, None] + each[row, k] + backward[k + 1][row][_REST[-weights[k]]]
            through[:, int(digit)] = -np.inf
            others.append(through.max())
    return float(top - max(others))
