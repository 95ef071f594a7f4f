"""Reed–Solomon with erasures, and how much a mended block proves: soft bits in, codewords out or nothing.

The words are guessed from the signs of their bits; the least certain are declared erased, more with each try: up to
half of the check words, and beyond that only for what a second witness must confirm. What comes out counts only if so
little of the evidence had to be overruled that garbage would not have got there by chance: no misread is worth a code.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

PROVEN = 30.0            # bits: chance made this block once in 2**30 tries
DOUBTFUL = 20.0          # less than this is not told at all, less than PROVEN needs a second witness
BEYOND_HALF = 25.0       # what a proof counts, however strong, where more than half of the check words are erased
TRIES = 6                # numbers of erasures tried, spread evenly from none to half of the check words
_RATES = np.exp2(np.arange(-5.0, 5.5, 0.5))


@dataclass(frozen=True, slots=True)
class Field:
    """GF(256) by its polynomial, and the power of the generator's first root."""

    polynomial: int
    first: int


DATA_MATRIX = Field(0x12D, 1)
QR = Field(0x11D, 0)


@dataclass(frozen=True, slots=True)
class Mended:
    """`words` uint8 (n,), all of them right; `erased` were guessed, `proof` in bits says how unlikely chance is."""

    words: np.ndarray
    erased: int
    proof: float


# (soft float (n, 8), check words, field): how one block is mended
Mend = Callable[[np.ndarray, int, Field], Mended | None]


@dataclass(frozen=True, slots=True)
class Perfect:
    """A mended symbol: `dark` bool (rows, columns), `erased` words, `proof` of its weakest block."""

    dark: np.ndarray
    erased: int
    proof: float


@lru_cache(maxsize=8)
def tables(field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Powers (510,) and logarithms (256,) of the field; the logarithm of 0 is not used."""
    power, log = np.zeros(510, np.uint8), np.zeros(256, np.int32)
    value = 1
    for i in range(255):
        power[i] = power[i + 255] = value
        log[value] = i
        value <<= 1
        if value & 0x100:
            value ^= field.polynomial
    return power, log


@lru_cache(maxsize=8)
def _lists(field: Field) -> tuple[list[int], list[int]]:
    power, log = tables(field)
    return power.tolist(), log.tolist()


@lru_cache(maxsize=256)
def _exponents(field: Field, length: int, checks: int) -> np.ndarray:
    places = np.arange(length - 1, -1, -1, dtype=np.int32)
    return np.arange(field.first, field.first + checks, dtype=np.int32)[:, None] * places % 255


def syndromes(words: np.ndarray, checks: int, field: Field) -> np.ndarray:
    """uint8 (checks,) of one block of uint8 words, its check words last. All zero where the block is right."""
    power, log = tables(field)
    terms = power[log[words] + _exponents(field, len(words), checks)]
    return np.bitwise_xor.reduce(np.where(words > 0, terms, 0), axis=1)


def solved(words: np.ndarray, erased: list[int], checks: int, field: Field, sums: np.ndarray) -> np.ndarray | None:
    """The block (uint8) that is right and differs from `words` in the `erased` indices and in as few more as the check
    words still tell (Berlekamp and Massey's locator, Forney's values); None if there is none. `sums`: its syndromes."""
    power, log = tables(field)
    size = len(words)
    gone = np.array([1], np.uint8)                           # the polynomial whose roots are the erased places
    for index in erased:
        shifted = _times(gone, int(power[size - 1 - index]), field)
        gone = np.append(gone, np.uint8(0))
        gone[1:] ^= shifted
    locator = _shortest(_product(gone, sums, checks, field)[len(erased):].tolist(), field)
    if locator is None:
        return None
    errata = _product(gone, np.array(locator, np.uint8), len(erased) + len(locator), field)
    places = np.arange(size - 1, -1, -1)
    at = _values(errata, -places, field)
    wrong = np.nonzero(at == 0)[0]
    if len(wrong) != len(errata) - 1:
        return None
    weights = _product(errata, sums, checks, field)
    slope = errata[1:].copy()
    slope[1::2] = 0                                          # the derivative: even powers vanish
    above, below = _values(weights, -places[wrong], field), _values(slope, -places[wrong], field)
    right = words.copy()
    logs = log[above] - log[below] + (1 - field.first) * places[wrong]
    right[wrong] ^= np.where(above > 0, power[logs % 255], 0).astype(np.uint8)
    return right if below.all() else None


def _times(coefficients: np.ndarray, factor: int, field: Field) -> np.ndarray:
    power, log = tables(field)
    return np.where(coefficients > 0, power[log[coefficients] + log[factor]], 0).astype(np.uint8)


def _product(one: np.ndarray, other: np.ndarray, length: int, field: Field) -> np.ndarray:
    """The first coefficients of two polynomials' product, lowest first."""
    found = np.zeros(length, np.uint8)
    for i, factor in enumerate(one.tolist()[:length]):
        if factor:
            part = other[:length - i]
            found[i:i + len(part)] ^= _times(part, factor, field)
    return found


def _values(coefficients: np.ndarray, logs: np.ndarray, field: Field) -> np.ndarray:
    """The polynomial, lowest coefficient first, at the powers `logs` of the field's generator."""
    power, log = tables(field)
    used = np.nonzero(coefficients)[0]
    terms = power[(log[coefficients[used]][:, None] + used[:, None] * logs) % 255]
    return np.bitwise_xor.reduce(terms, axis=0, initial=0, dtype=np.uint8)


def _shortest(sums: list[int], field: Field) -> list[int] | None:
    """The shortest recurrence that makes `sums`, lowest coefficient first; None if it is longer than half of them."""
    power, log = _lists(field)
    now, before, length, since, last = [1], [1], 0, 1, 1
    for n, value in enumerate(sums):
        off = value
        for i in range(1, min(length, len(now) - 1) + 1):
            if now[i] and sums[n - i]:
                off ^= power[log[now[i]] + log[sums[n - i]]]
        if not off:
            since += 1
            continue
        factor = log[off] - log[last] + 255
        longer = now + [0] * (len(before) + since - len(now))
        for i, value_before in enumerate(before):
            if value_before:
                longer[i + since] ^= power[(log[value_before] + factor) % 255]
        if 2 * length <= n:
            length, before, last, since = n + 1 - length, now, off, 1
            if 2 * length > len(sums):
                return None
        else:
            since += 1
        now = longer
    while now[-1] == 0:
        now.pop()
    return now if len(now) == length + 1 else None


def proof(soft: np.ndarray, bits: np.ndarray, checks: int) -> float:
    """Bits by which chance is beaten: how few of all blocks are right, and how many lie as near to `soft` as this one.

    `soft` float (n, 8), > 0 for a 1; `bits` (n, 8). Nearness is taken bit by bit (grain) and word by word (dirt covers
    whole words), by the weights of what had to be overruled; Chernoff's bound counts what is nearer. The better counts.
    """
    weight, wrong = np.abs(soft), (soft > 0) != (bits > 0)
    by_word = -np.log(-np.expm1(-_doubt(weight)))
    nearer = min(_nearer(weight.ravel(), wrong.ravel(), 0.0), _nearer(by_word, wrong.any(1), np.log(255)))
    return 8.0 * checks - nearer / float(np.log(2))


def _doubt(weight: np.ndarray) -> np.ndarray:
    """Per word, from how sure its bits are: minus the logarithm of the chance that all are right."""
    return np.logaddexp(0, -weight).sum(1) + 1e-12


def _nearer(weight: np.ndarray, wrong: np.ndarray, kinds: float) -> float:
    """Logarithm of how many patterns of wrong places weigh no more than `wrong` does, at most; `kinds`: the logarithm
    of in how many ways one place can be wrong."""
    scaled = weight / max(float(weight.mean()), 1e-9)
    overruled = float(scaled[wrong].sum())
    if not wrong.any():
        return float((weight < 1e-6).sum() * np.logaddexp(0, kinds))
    return float((_RATES * overruled + np.logaddexp(0, kinds - _RATES * scaled[:, None]).sum(0)).min())


def mend(soft: np.ndarray, checks: int, field: Field, tries: int = TRIES) -> Mended | None:
    """The block whose bits are `soft` float (n, 8), log-likelihoods of a 1, most significant first; None if it cannot
    be mended or chance could well have made it."""
    read = np.packbits(soft > 0, axis=1)[:, 0]
    sums = syndromes(read, checks, field)
    if not sums.any():
        sure = proof(soft, np.unpackbits(read[:, None], axis=1), checks)
        return Mended(read, 0, sure) if sure >= DOUBTFUL else None
    worst = [int(i) for i in np.argsort(-_doubt(np.abs(soft)), kind="stable")]
    for erased in _steps(checks, tries):
        right = solved(read, worst[:erased], checks, field, sums)
        if right is None or syndromes(right, checks, field).any():
            continue
        sure = proof(soft, np.unpackbits(right[:, None], axis=1), checks)
        if erased > checks // 2:
            sure = BEYOND_HALF if sure >= PROVEN else 0.0
        if sure >= DOUBTFUL:
            return Mended(right, erased, sure)
    return None


@lru_cache(maxsize=64)
def _steps(checks: int, tries: int) -> tuple[int, ...]:
    """Numbers of erasures; each leaves an even number of check words, for an odd one is wasted."""
    useful = range(checks % 2, checks // 2 + 1, 2)
    within = sorted({0, *(useful[round(i)] for i in np.linspace(len(useful) - 1, 0, tries))})
    if tries < TRIES or checks < 10:
        return tuple(within)
    beyond = {checks - left // 2 * 2 for left in (checks // 3, checks // 5)}
    return (*within, *sorted(each for each in beyond if checks // 2 < each <= checks - 2))
