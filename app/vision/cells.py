"""The places of a picture with what is known of each, row by row; and which of them a person should look at."""
from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import cv2
import numpy as np

from app.vision import accept, cause
from app.vision.reading import Cause, Cell, CellState, Corners, Point, SeenCode, centre, side
from app.vision.recipe import Recipe
from app.vision.search import BARE, Search, commonest
from app.vision.tries import Spot

Node = tuple[int, int]
MOST_CAUSES = 100        # places whose cause is looked for: half a millisecond each


def cells_of(grey: np.ndarray, search: Search, recipe: Recipe) -> tuple[Cell, ...]:
    """Read cells, unread ones, and empty nodes of the lattice. Texture alone is no evidence of a code: dividers, brands
    and barcodes' texts have it too; so unread is only what lies on a lattice that is full enough to be a case."""
    at = [centre(code.corners) for code in search.codes]
    nodes = search.lattice.nodes(at) if search.lattice else [None] * len(at)
    sizes = Counter(max(code.size) for code in search.codes if code.size != (0, 0))
    usual = sizes.most_common(1)[0][0] if sizes else 0         # not every engine tells it
    twice = {code.corners for code in accept.repeated(search.codes)}
    cells = [(node, _read(grey, code, usual, CellState.SUSPECT if code.corners in twice else CellState.READ))
             for node, code in zip(nodes, search.codes, strict=True)]
    cells += [(None, _read(grey, code, usual, CellState.SUSPECT)) for code in search.doubts]
    known = [cell.px_module for _, cell in cells if cell.px_module]
    module = float(np.median(known)) if known else 0.0
    left = _left(search, recipe)
    lack = recipe.expected - search.counted
    cells += [(node, _foreign(corners, search.refused) or
               _unread(grey, corners, module, state, missing=i < lack) if i < MOST_CAUSES else
               Cell(state, corners, cause=Cause.NO_CODE if state is CellState.EMPTY else Cause.NONE))
              for i, (node, state, corners) in enumerate(left)]
    rows, columns = ([node[i] for node, _ in cells if node] for i in (1, 0))
    if not rows:
        return tuple(cell for _, cell in sorted(cells, key=lambda each: _upright(each[1])))
    top, least = min(rows), min(columns)
    told = [Cell(cell.state, cell.corners, cell.code, node and (node[1] - top, node[0] - least), cell.px_module,
                 cell.sharpness, cell.cause) for node, cell in cells]
    return tuple(sorted(told, key=lambda cell: (cell.node is None, cell.node or _upright(cell))))


def to_ring(cells: Iterable[Cell], read: int, expected: int) -> tuple[Corners, ...]:
    """The places that a person should look at: unread ones, and of those that must be there also empty ones."""
    unread = [cell.corners for cell in cells if cell.state is CellState.UNREAD]
    empty = [cell.corners for cell in cells if cell.state is CellState.EMPTY]
    return tuple(unread + empty[:max(0, expected - read - len(unread))])


def _upright(cell: Cell) -> tuple[float, float]:
    x, y = centre(cell.corners)
    return y, x


def _left(search: Search, recipe: Recipe) -> list[tuple[Node | None, CellState, Corners]]:
    """What was not read: (node, unread or empty, corners)."""
    lattice, lack = search.lattice, recipe.expected - search.counted
    if lattice is None or recipe.expected and lack <= 0:
        return []
    read = {node for node in lattice.nodes([centre(code.corners) for code in commonest(search.codes)]) if node}
    if not read:
        return []
    columns, rows = {column for column, _ in read}, {row for _, row in read}
    spots: dict[Node, Spot] = {}
    for spot in search.spots:
        if spot.node and (spot.node not in spots or spot.strength > spots[spot.node].strength):
            spots[spot.node] = spot
    nodes = [node for node in dict.fromkeys((*spots, *lattice.empty()))
             if node not in read and (lattice.within(node) if lattice.span else node[0] in columns and node[1] in rows)]
    cells = len(lattice.taken) + len(lattice.empty())
    likely = [node for node in nodes if node in spots and spots[node].strength > BARE]
    if not lattice.span and len(read) < 0.3 * cells or not recipe.expected and len(read) + len(likely) < 0.8 * cells:
        return []
    told = []
    for i, node in enumerate(sorted(nodes, key=lambda node: node not in likely)):
        unread = node in likely and (i < lack or not recipe.expected)
        told.append((node, CellState.UNREAD if unread else CellState.EMPTY, _box(lattice.pixel(node), search.side)))
    return told


def _box(at: Point, size: float) -> Corners:
    (x, y), half = at, size * 0.6
    return (x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)


def _read(grey: np.ndarray, code: SeenCode, usual: int, state: CellState) -> Cell:
    modules = max(code.size) or usual
    return Cell(state, code.corners, code, px_module=side(code.corners) / modules if modules else 0.0,
                sharpness=sharpness(grey, code.corners, modules))


def _unread(grey: np.ndarray, corners: Corners, module: float, state: CellState, *, missing: bool) -> Cell:
    """A place that was not read, with the best guess why. One without structure, where a code must be, is empty only
    if there is no trace of a code: a lamp's shine or a lens out of focus leave none of the structure either."""
    if state is CellState.EMPTY and not missing:
        return Cell(state, corners, cause=Cause.NO_CODE)
    why, sharp = cause.cause(grey, corners, module)
    if state is CellState.EMPTY and why is Cause.NO_CODE:
        return Cell(state, corners, cause=why)
    return Cell(CellState.UNREAD, corners, px_module=module, sharpness=sharp, cause=why)


def _foreign(corners: Corners, refused: Iterable[SeenCode]) -> Cell | None:
    """The place where a code stands that the recipe excludes; None where there is none."""
    at = centre(corners)
    return next((Cell(CellState.UNREAD, corners, code, cause=Cause.FOREIGN) for code in refused
                 if math.dist(at, centre(code.corners)) < 0.6 * side(corners)), None)


def sharpness(grey: np.ndarray, corners: Corners, modules: int) -> float:
    """How sharp the edges of a symbol are, as `cause` tells it but in a hundredth of the time; 0 where none shows."""
    x, y = centre(corners)
    half = int(max(4.0, min(side(corners) * 0.3, 20.0)))
    part = grey[max(0, int(y) - half):max(0, int(y) + half), max(0, int(x) - half):max(0, int(x) + half)]
    if min(part.shape, default=0) < 8 or not modules:
        return 0.0
    contrast = _reached(part, 0.97) - _reached(part, 0.03)
    steep = max(_reached(cv2.absdiff(part[:, 2:], part[:, :-2]), 0.97),
                _reached(cv2.absdiff(part[2:], part[:-2]), 0.97)) / 2
    if contrast < 12 or not steep:
        return 0.0
    blur = math.sqrt(max((contrast / steep / 2.5) ** 2 - 0.5, 0.01))       # sigma in pixels, less that of the measure
    return 1 / (1 + 3.2 * blur * modules / side(corners))


def _reached(values: np.ndarray, part: float) -> int:
    """The value that this part of them does not exceed."""
    return int(np.searchsorted(np.cumsum(np.bincount(values.ravel(), minlength=256)), part * values.size))
