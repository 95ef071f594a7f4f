"""QR code, model 2: what every version shows, where its bits lie, masks and the format, soft modules to perfect ones.

Modules are (row, column) from the top left of the upright symbol, its finder patterns at three corners, none below on
the right. True is dark. The format is the one of 32 that agrees best with all that is read of its two copies.
"""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.vision.symbol import solomon
from app.vision.symbol.solomon import Perfect

Size = tuple[int, int]

# Per error correction level L, M, Q, H and version 1 … 40: check words of a block, blocks (ISO/IEC 18004, table 9).
_CHECKS = (
    (7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
     28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30),
    (10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
     26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28),
    (13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
     28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30),
    (17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
     30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30))
_BLOCKS = (
    (1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
     8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25),
    (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
     17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49),
    (1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
     23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68),
    (1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
     25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81))
_LEVELS = (1, 0, 3, 2)                       # how L, M, Q, H are written in the format
_MASKS = (lambda r, c: (r + c) % 2, lambda r, c: r % 2, lambda r, c: c % 3, lambda r, c: (r + c) % 3,
          lambda r, c: (r // 2 + c // 3) % 2, lambda r, c: r * c % 2 + r * c % 3,
          lambda r, c: (r * c % 2 + r * c % 3) % 2, lambda r, c: ((r + c) % 2 + r * c % 3) % 2)
FORMATS = 3              # of the likeliest formats that are tried
FORMAT_MARGIN = 0.6      # of the best one's agreement that another must have to be tried
LOST = 0.5               # agreement of a finder pattern below which dirt may have taken it

SIZES: tuple[Size, ...] = tuple((17 + 4 * version, 17 + 4 * version) for version in range(1, 41))
LIKELY: tuple[Size, ...] = tuple(SIZES[version - 1] for version in (2, 3, 1, 4, 5, 6, 7, 8, 9, 10))
BEHIND = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]])


@lru_cache(maxsize=64)
def parts(size: Size) -> tuple[np.ndarray, ...]:
    """bool (rows, columns) each: the three finder patterns."""
    corners = []
    for corner in (np.s_[:8, :8], np.s_[:8, -8:], np.s_[-8:, :8]):
        part = np.zeros(size, bool)
        part[corner] = True
        corners.append(part)
    return tuple(corners)


def behind(size: Size) -> np.ndarray:
    """From modules of the symbol to those of what `mirrored` makes of it."""
    return BEHIND


def mirrored(modules: np.ndarray) -> np.ndarray:
    """What is seen of `modules` (rows, columns) from behind, turned so that the finder patterns lie as they should."""
    return np.ascontiguousarray(modules.T)


def _remainder(value: int, generator: int, checks: int) -> int:
    """`value` with the check bits of a BCH code behind it."""
    rest = value << checks
    for bit in range(rest.bit_length() - 1, checks - 1, -1):
        if rest >> bit & 1:
            rest ^= generator << bit - checks
    return value << checks | rest


@lru_cache(maxsize=64)
def frame(size: Size) -> np.ndarray:
    """int8 (rows, columns): 1 dark, -1 light, 0 data or format."""
    n = size[0]
    version = (n - 17) // 4
    known = np.zeros(size, np.int8)
    known[6, :], known[:, 6] = 1 - 2 * (np.arange(n) % 2), 1 - 2 * (np.arange(n) % 2)
    finder = -np.ones((9, 9), np.int8)
    finder[1:8, 1:8], finder[2:7, 2:7], finder[3:6, 3:6] = 1, -1, 1
    centres = _alignments(version)
    for row in centres:
        for column in centres:
            if (row, column) not in ((6, 6), (6, n - 7), (n - 7, 6)):
                known[row - 2:row + 3, column - 2:column + 3] = 1
                known[row - 1:row + 2, column - 1:column + 2] = -1
                known[row, column] = 1
    for top, left in ((0, 0), (0, n - 7), (n - 7, 0)):
        t, f = max(0, top - 1), max(0, left - 1)
        part = known[t:top + 8, f:left + 8]
        part[:] = finder[t - top + 1:t - top + 1 + part.shape[0], f - left + 1:f - left + 1 + part.shape[1]]
    known[n - 8, 8] = 1
    if version >= 7:
        bits = _remainder(version, 0x1F25, 12)
        for i in range(18):
            value = 1 if bits >> i & 1 else -1
            known[i // 3, n - 11 + i % 3] = known[n - 11 + i % 3, i // 3] = value
    return known


def _alignments(version: int) -> list[int]:
    """Rows and columns of the centres of the alignment patterns."""
    if version == 1:
        return []
    count, far = version // 7 + 2, 10 + 4 * version
    step = 26 if version == 32 else (4 * version + 2 * count + 1) // (2 * count - 2) * 2
    return sorted([6, *(far - step * i for i in range(count - 1))])


@lru_cache(maxsize=64)
def _format_places(size: Size) -> np.ndarray:
    """int32 (2, 15): where in the flattened symbol the bits of the two copies lie, least significant first."""
    n = size[0]
    first = [(i, 8) for i in range(6)] + [(7, 8), (8, 8), (8, 7)] + [(8, 14 - i) for i in range(9, 15)]
    second = [(8, n - 1 - i) for i in range(8)] + [(n - 15 + i, 8) for i in range(8, 15)]
    return np.array([[row * n + column for row, column in copy] for copy in (first, second)], np.int32)


@lru_cache(maxsize=1)
def _format_bits() -> np.ndarray:
    """float32 (32, 15): each format's bits, -1 or 1, least significant first; level * 8 + mask, levels L, M, Q, H."""
    words = [_remainder(_LEVELS[level] << 3 | mask, 0x537, 10) ^ 0x5412 for level in range(4) for mask in range(8)]
    return np.array([[1 if word >> i & 1 else -1 for i in range(15)] for word in words], np.float32)


@lru_cache(maxsize=64)
def places(size: Size) -> np.ndarray:
    """int32 (words, 8): where in the flattened symbol the bits lie, in the order that words are laid."""
    n = size[0]
    taken = frame(size) != 0
    taken.ravel()[_format_places(size).ravel()] = True
    order = []
    columns = [column for column in range(n - 1, -1, -1) if column != 6]
    for pair in range(0, n - 1, 2):
        rows = range(n - 1, -1, -1) if pair % 4 == 0 else range(n)
        order += [row * n + column for row in rows for column in columns[pair:pair + 2] if not taken[row, column]]
    return np.array(order[:len(order) // 8 * 8], np.int32).reshape(-1, 8)


@lru_cache(maxsize=256)
def _mask(size: Size, mask: int) -> np.ndarray:
    """bool (rows, columns): where data is turned round."""
    row, column = np.ogrid[:size[0], :size[1]]
    return np.broadcast_to(np.asarray(_MASKS[mask](row, column)) == 0, size)


@lru_cache(maxsize=256)
def deal(size: Size, level: int) -> tuple[tuple[np.ndarray, int], ...]:
    """Of each block the indices of its words, data first, and how many of them are check words."""
    version = (size[0] - 17) // 4
    total, checks, blocks = len(places(size)), _CHECKS[level][version - 1], _BLOCKS[level][version - 1]
    short = total // blocks - checks                              # data words of the short blocks, which come first
    longer = blocks - total % blocks
    dealt = []
    for block in range(blocks):
        data = [block + blocks * i for i in range(short)]
        if block >= longer:
            data.append(blocks * short + block - longer)
        first = total - checks * blocks + block
        dealt.append((np.array([*data, *(first + blocks * i for i in range(checks))]), checks))
    return tuple(dealt)


def formats(size: Size, soft: np.ndarray) -> list[tuple[int, int]]:
    """(level, mask) of the likeliest formats, best first."""
    read = soft.ravel()[_format_places(size)].sum(0)
    agree = _format_bits() @ read
    best = np.argsort(-agree)[:FORMATS]
    return [(int(i) // 8, int(i) % 8) for i in best if agree[i] >= max(FORMAT_MARGIN * agree[best[0]], 1e-6)]


def words(size: Size, soft: np.ndarray, level: int, mask: int,
          mend: solomon.Mend = solomon.mend) -> solomon.Mended | None:
    """All words, as they are laid, of the symbol whose modules are `soft` (rows, columns), > 0 where dark."""
    bits = np.where(_mask(size, mask), -soft, soft).ravel()[places(size)]
    right, erased, sure = np.zeros(len(bits), np.uint8), 0, np.inf
    for index, checks in deal(size, level):
        mended = mend(bits[index], checks, solomon.QR)
        if mended is None:
            return None
        right[index] = mended.words
        erased, sure = erased + mended.erased, min(sure, mended.proof)
    return solomon.Mended(right, erased, sure)


def drawn(size: Size, right: np.ndarray, level: int, mask: int) -> np.ndarray:
    """bool (rows, columns), dark: the perfect symbol with these words."""
    data = np.zeros(size, bool)
    data.ravel()[places(size).ravel()] = np.unpackbits(right)
    known = frame(size)
    dark = np.where(known != 0, known > 0, data ^ _mask(size, mask))
    dark.ravel()[_format_places(size)] = _format_bits()[level * 8 + mask] > 0
    return dark


def perfect(size: Size, soft: np.ndarray, mend: solomon.Mend = solomon.mend) -> Perfect | None:
    """The symbol as it should be, from modules `soft` (rows, columns), > 0 where dark; None if it cannot be mended."""
    for level, mask in formats(size, soft):
        found = words(size, soft, level, mask, mend)
        if found:
            return Perfect(drawn(size, found.words, level, mask), found.erased, found.proof)
    return None
