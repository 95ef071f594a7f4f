"""Data Matrix ECC 200: sizes, the frame that every symbol shows, which module carries which bit, soft modules to words.

Modules are (row, column) from the top left of the upright symbol, its solid sides left and below. True is dark.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.vision.symbol import solomon

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """One size. Regions lie `down` x `across`; words are dealt out to `blocks` in turn."""

    size: Size
    down: int
    across: int
    data: int                # words
    checks: int              # check words of all blocks
    blocks: int = 1

    @property
    def matrix(self) -> Size:
        """Modules that carry data, without the frames of the regions."""
        return self.size[0] - 2 * self.down, self.size[1] - 2 * self.across


LAYOUTS = {layout.size: layout for layout in (
    *(Layout((n, n), 1, 1, data, checks) for n, data, checks in (
        (10, 3, 5), (12, 5, 7), (14, 8, 10), (16, 12, 12), (18, 18, 14), (20, 22, 18), (22, 30, 20), (24, 36, 24),
        (26, 44, 28))),
    *(Layout((n, n), 2, 2, data, checks, blocks) for n, data, checks, blocks in (
        (32, 62, 36, 1), (36, 86, 42, 1), (40, 114, 48, 1), (44, 144, 56, 1), (48, 174, 68, 1), (52, 204, 84, 2))),
    *(Layout((n, n), 4, 4, data, checks, blocks) for n, data, checks, blocks in (
        (64, 280, 112, 2), (72, 368, 144, 4), (80, 456, 192, 4), (88, 576, 224, 4), (96, 696, 272, 4),
        (104, 816, 336, 6))),
    *(Layout((n, n), 6, 6, data, checks, blocks) for n, data, checks, blocks in (
        (120, 1050, 408, 6), (132, 1304, 496, 8), (144, 1558, 620, 10))),
    Layout((8, 18), 1, 1, 5, 7), Layout((8, 32), 1, 2, 10, 11), Layout((12, 26), 1, 1, 16, 14),
    Layout((12, 36), 1, 2, 22, 18), Layout((16, 36), 1, 2, 32, 24), Layout((16, 48), 1, 2, 49, 28))}
SIZES: tuple[Size, ...] = tuple(LAYOUTS)
LOST = 0.75              # agreement of a side below which dirt may have taken it and what is next to it is seen instead
LIKELY: tuple[Size, ...] = tuple((n, n) for n in (22, 20, 18, 16, 14, 24, 12, 26, 10, 32, 36, 40))


@lru_cache(maxsize=64)
def frame(size: Size) -> np.ndarray:
    """int8 (rows, columns): 1 dark, -1 light, 0 not known beforehand."""
    layout = LAYOUTS[size]
    high, wide = size[0] // layout.down, size[1] // layout.across
    region = np.zeros((high, wide), np.int8)
    region[0] = 1 - 2 * (np.arange(wide) % 2)
    region[:, -1] = 1 - 2 * (np.arange(high)[::-1] % 2)
    region[-1], region[:, 0] = 1, 1
    return np.tile(region, (layout.down, layout.across))


@lru_cache(maxsize=64)
def parts(size: Size) -> tuple[np.ndarray, ...]:
    """bool (rows, columns) each: the four sides of the frame, without the corners that others have too."""
    sides = []
    for side in (np.s_[0, 1:-1], np.s_[1:-1, -1], np.s_[-1, 1:-1], np.s_[1:-1, 0]):
        part = np.zeros(size, bool)
        part[side] = True
        sides.append(part)
    return tuple(sides)


def behind(size: Size) -> np.ndarray:
    """From modules of a symbol of `size` to those of what `mirrored` makes of it."""
    return np.array([[0, -1, size[0]], [-1, 0, size[1]], [0, 0, 1.0]])


def mirrored(modules: np.ndarray) -> np.ndarray:
    """What is seen of `modules` (rows, columns) from behind, turned until its solid sides are left and below again."""
    return np.ascontiguousarray(modules[::-1, ::-1].T)


@lru_cache(maxsize=64)
def _placement(rows: int, columns: int) -> np.ndarray:
    """int32 (rows, columns): word * 8 + bit, the most significant bit being 0; -1 where no word lies (ISO/IEC 16022,
    annex F: words lie in the shape of an L turned, along diagonals, wrapped round the edges, four special corners)."""
    cells = np.full((rows, columns), -1, np.int32)
    word = 0

    def lay(places: tuple[tuple[int, int], ...]) -> None:
        nonlocal word
        for bit, (row, column) in enumerate(places):
            y, x = (row + rows, column + 4 - (rows + 4) % 8) if row < 0 else (row, column)
            y, x = (y + 4 - (columns + 4) % 8, x + columns) if x < 0 else (y, x)
            cells[y % rows, x % columns] = 8 * word + bit
        word += 1

    def at(row: int, column: int) -> None:
        lay(((row - 2, column - 2), (row - 2, column - 1), (row - 1, column - 2), (row - 1, column - 1),
             (row - 1, column), (row, column - 2), (row, column - 1), (row, column)))

    low, far = rows - 1, columns - 1
    right = ((0, far), (1, far), (2, far), (3, far))
    row, column = 4, 0
    while row < rows or column < columns:
        if (row, column) == (rows, 0):
            lay(((low, 0), (low, 1), (low, 2), (0, far - 1), *right))
        elif (row, column) == (rows - 2, 0) and columns % 4:
            lay(((low - 2, 0), (low - 1, 0), (low, 0), (0, far - 3), (0, far - 2), (0, far - 1), (0, far), (1, far)))
        if (row, column) == (rows - 2, 0) and columns % 8 == 4:
            lay(((low - 2, 0), (low - 1, 0), (low, 0), (0, far - 1), *right))
        elif (row, column) == (rows + 4, 2) and columns % 8 == 0:
            lay(((low, 0), (low, far), (0, far - 2), (0, far - 1), (0, far), (1, far - 2), (1, far - 1), (1, far)))
        while row >= 0 and column < columns:                      # up and to the right
            if row < rows and column >= 0 and cells[row, column] < 0:
                at(row, column)
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < rows and column >= 0:                         # down and to the left
            if row >= 0 and column < columns and cells[row, column] < 0:
                at(row, column)
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    return cells


@lru_cache(maxsize=64)
def places(size: Size) -> np.ndarray:
    """int32 (words, 8): where in the flattened symbol each bit of each word lies, most significant first."""
    layout = LAYOUTS[size]
    rows, columns = layout.matrix
    high, wide = rows // layout.down, columns // layout.across
    cells = _placement(rows, columns)
    row, column = np.mgrid[:rows, :columns]
    flat = (row + 1 + 2 * (row // high)) * size[1] + column + 1 + 2 * (column // wide)
    found = np.zeros((layout.data + layout.checks) * 8, np.int32)
    found[cells[cells >= 0]] = flat[cells >= 0]
    return found.reshape(-1, 8)


@lru_cache(maxsize=64)
def deal(size: Size) -> tuple[tuple[np.ndarray, int], ...]:
    """Of each block the indices of its words, data first, and how many of them are check words."""
    layout = LAYOUTS[size]
    blocks, checks = layout.blocks, layout.checks // layout.blocks
    dealt = []
    for block in range(blocks):
        turn = (block + 2) % blocks if size == (144, 144) else block      # the long blocks' check words come last there
        data, check = np.arange(block, layout.data, blocks), layout.data + turn + blocks * np.arange(checks)
        dealt.append((np.concatenate([data, check]), checks))
    return tuple(dealt)


def words(size: Size, soft: np.ndarray, mend: solomon.Mend = solomon.mend) -> solomon.Mended | None:
    """All words of the symbol whose modules are `soft` (rows, columns), > 0 where dark, with the proof of its weakest
    block. None where one block cannot be mended."""
    bits = soft.ravel()[places(size)]
    right, erased, sure = np.zeros(len(bits), np.uint8), 0, np.inf
    for index, checks in deal(size):
        mended = mend(bits[index], checks, solomon.DATA_MATRIX)
        if mended is None:
            return None
        right[index] = mended.words
        erased, sure = erased + mended.erased, min(sure, mended.proof)
    return solomon.Mended(right, erased, sure)


def perfect(size: Size, soft: np.ndarray, mend: solomon.Mend = solomon.mend) -> solomon.Perfect | None:
    """The symbol as it should be, from modules `soft` (rows, columns), > 0 where dark; None if it cannot be mended."""
    found = words(size, soft, mend)
    return solomon.Perfect(drawn(size, found.words), found.erased, found.proof) if found else None


def drawn(size: Size, right: np.ndarray) -> np.ndarray:
    """bool (rows, columns), dark: the perfect symbol with these words."""
    layout = LAYOUTS[size]
    dark = frame(size) > 0
    dark.ravel()[places(size).ravel()] = np.unpackbits(right)
    if (_placement(*layout.matrix) < 0).any():                    # a corner that no word fills: two dark, two light
        dark[size[0] - 3:size[0] - 1, size[1] - 3:size[1] - 1] = np.eye(2, dtype=bool)
    return dark
