"""Reed–Solomon with erasures, and how much a mended block proves: soft bits in, codewords out or nothing.

The words are guessed from the signs of their bits; the least certain are declared erased, two more with each try, at most
half of the check words. What comes out counts only if so little of the evidence had to be overruled that garbage would
not have got there by chance: no misread is worth a code more.
"""
from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import reedsolo

PROVEN = 30.0            # bits: chance made this block once in 2**30 tries
DOUBTFUL = 20.0          # less than this is not told at all, less than PROVEN needs a second witness
TRIES = 6                # numbers of erasures tried, spread evenly from none to half of the check words
_LIBRARY = threading.Lock()      # the library keeps the field of the last call in globals of its own
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


@dataclass(frozen=True, slots=True)
class Perfect:
    """A mended symbol: `dark` bool (rows, columns), `erased` words, `proof` of its weakest block."""

    dark: np.ndarray
    erased: int
    proof: float


@lru_cache(maxsize=8)
def _tables(field: Field) -> tuple[np.ndarray, np.ndarray]:
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


@lru_cache(maxsize=128)
def _library(field: Field, checks: int) -> reedsolo.RSCodec:
    return reedsolo.RSCodec(checks, nsize=255, fcr=field.first, prim=field.polynomial)


@lru_cache(maxsize=256)
def _exponents(field: Field, length: int, checks: int) -> np.ndarray:
    places = np.arange(length - 1, -1, -1, dtype=np.int32)
    return np.arange(field.first, field.first + checks, dtype=np.int32)[:, None] * places % 255


def syndromes(words: np.ndarray, checks: int, field: Field) -> np.ndarray:
    """uint8 (checks,) of one block of uint8 words, its check words last. All zero where the block is right."""
    power, log = _tables(field)
    terms = power[log[words] + _exponents(field, len(words), checks)]
    return np.bitwise_xor.reduce(np.where(words > 0, terms, 0), axis=1)


def encoded(data: bytes, checks: int, field: Field) -> bytes:
    """`data` with its check words behind."""
    with _LIBRARY:
        return bytes(_library(field, checks).encode(data))


def proof(soft: np.ndarray, bits: np.ndarray, checks: int) -> float:
    """Bits by which chance is beaten: how few of all blocks are right, against how many lie as near to `soft` as this one.

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
    """Logarithm of how many patterns of wrong places weigh no more than `wrong` does, at most; `kinds`: the logarithm of
    in how many ways one place can be wrong."""
    scaled = weight / max(float(weight.mean()), 1e-9)
    overruled = float(scaled[wrong].sum())
    if not wrong.any():
        return float((weight < 1e-6).sum() * np.logaddexp(0, kinds))
    return float((_RATES * overruled + np.logaddexp(0, kinds - _RATES * scaled[:, None]).sum(0)).min())


def mend(soft: np.ndarray, checks: int, field: Field, tries: int = TRIES) -> Mended | None:
    """The block whose bits are `soft` float (n, 8), log-likelihoods of a 1, most significant first; None if it cannot
    be mended or chance could well have made it."""
    read = np.packbits(soft > 0, axis=1)[:, 0]
    if not syndromes(read, checks, field).any():
        sure = proof(soft, np.unpackbits(read[:, None], axis=1), checks)
        return Mended(read, 0, sure) if sure >= DOUBTFUL else None
    worst = [int(i) for i in np.argsort(-_doubt(np.abs(soft)), kind="stable")]
    for erased in _steps(checks, tries):
        try:
            with _LIBRARY:
                words = _library(field, checks).decode(bytes(read), erase_pos=worst[:erased] or None)[1]
        except (reedsolo.ReedSolomonError, ZeroDivisionError, IndexError):
            continue
        right = np.frombuffer(bytes(words), np.uint8)
        if len(right) != len(read) or syndromes(right, checks, field).any():
            continue
        sure = proof(soft, np.unpackbits(right[:, None], axis=1), checks)
        if sure >= DOUBTFUL:
            return Mended(right, erased, sure)
    return None


@lru_cache(maxsize=64)
def _steps(checks: int, tries: int) -> tuple[int, ...]:
    """Numbers of erasures; each leaves an even number of check words, for an odd one is wasted."""
    useful = range(checks % 2, checks // 2 + 1, 2)
    return tuple(sorted({0, *(useful[round(i)] for i in np.linspace(len(useful) - 1, 0, tries))}))
