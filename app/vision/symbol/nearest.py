"""The block of words nearest to soft bits, each bit weighed by itself: for dirt, which spoils a few bits of many words.

Ordered statistics on the code's binary image: the bits believed least are worked out from all others by the check
equations, as what is believed is taken as read, but for any one or two bits of it; what overrules the least evidence is
the answer. Dirt is found nearly always so; chance is, too, so that nothing counts here but the proof (solomon.py).
"""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.vision.symbol import solomon
from app.vision.symbol.solomon import Field, Mended

BELIEVED = 400           # of the bits that are believed, how many may be wrong after all: those believed least
PIECE = 250_000          # multiplications that are done at once


@lru_cache(maxsize=64)
def equations(field: Field, length: int, checks: int) -> np.ndarray:
    """uint8 0 or 1 (8 checks, 8 length): a block's bits times this are the bits of its syndromes."""
    power, log = solomon.tables(field)
    place = np.arange(field.first, field.first + checks)[:, None] * np.arange(length - 1, -1, -1) % 255
    bits = log[128 >> np.arange(8)]
    columns = power[(place[:, :, None] + bits) % 255].reshape(checks, 1, 8 * length)
    return np.unpackbits(columns, axis=1).reshape(8 * checks, 8 * length)


def mend(soft: np.ndarray, checks: int, field: Field) -> Mended | None:
    """The block nearest to `soft` float (n, 8), log-likelihoods of a 1, most significant first, as far as it is found;
    None if chance could well have made it. `erased` are its words that were not as read."""
    weight, read = np.abs(soft).ravel().astype(np.float32), (soft > 0).ravel()
    order = np.argsort(weight, kind="stable")
    solved, worked_out = _solved(equations(field, len(soft), checks)[:, order], read[order])
    believed = np.ones(len(order), bool)
    believed[worked_out] = False
    rest = np.nonzero(believed)[0][:BELIEVED]
    sums = solved[:, -1]
    turned = _least(sums, solved[:, rest], weight[order[worked_out]], weight[order[rest]])
    wrong = np.zeros(len(order), bool)
    wrong[order[rest[turned]]] = True
    wrong[order[worked_out]] = np.bitwise_xor.reduce(solved[:, rest[turned]], axis=1) ^ sums
    bits = read ^ wrong
    words = np.packbits(bits.reshape(-1, 8), axis=1)[:, 0]
    sure = solomon.proof(soft, bits.reshape(-1, 8), checks)
    if sure < solomon.DOUBTFUL or solomon.syndromes(words, checks, field).any():
        return None
    return Mended(words, int(wrong.reshape(-1, 8).any(1).sum()), sure)


def _solved(columns: np.ndarray, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The equations, uint8 (rows, n + 1), what `read` leaves over last, each solved for the first column it can be;
    and these columns, int (rows,)."""
    rows, count = columns.shape
    over = np.bitwise_xor.reduce(columns[:, read], axis=1)
    wide = np.zeros((rows, -(-(count + 1) // 64) * 64), np.uint8)
    wide[:, :count], wide[:, count] = columns, over
    packed = np.packbits(wide, axis=1, bitorder="little").view(np.uint64)
    one, free = np.uint64(1), np.ones(rows, np.uint64)
    taken, found = [], []
    for column in range(count):
        has = packed[:, column >> 6] >> np.uint64(column & 63) & one
        row = int((has & free).argmax())
        if not has[row] or not free[row]:
            continue
        has[row] = free[row] = 0
        packed ^= packed[row] * has[:, None]
        taken.append(row)
        found.append(column)
        if len(found) == rows:
            break
    bits = np.unpackbits(packed.view(np.uint8), axis=1, count=count + 1, bitorder="little")
    return bits[taken], np.array(found)


def _least(sums: np.ndarray, columns: np.ndarray, weight: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Which of `columns` (rows, m), none, one or two, each at its `price`, leave least `weight` (rows,) of `sums`."""
    signs = 1 - 2 * columns.astype(np.float32)
    left = weight * (1 - 2 * sums.astype(np.float32))
    whole = float(weight.sum())
    halves = _product(np.vstack([(signs * left[:, None]).T, left]), signs)
    alone, pairs = (whole - halves[-1]) / 2 + price, (whole - halves[:-1]) / 2 + (price[:, None] + price)
    np.fill_diagonal(pairs, alone)
    one, other = divmod(int(pairs.argmin()), len(price))
    if pairs[one, other] >= (whole - float(left.sum())) / 2:
        return np.zeros(0, np.int64)
    return np.array([one] if one == other else [one, other])


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Of matrices, in pieces: with a larger one NumPy wakes threads, and waits for them long where cores are busy."""
    step = max(1, PIECE // right.size)
    return np.concatenate([left[i:i + step] @ right for i in range(0, len(left), step)])
