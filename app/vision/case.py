"""The lattice of a case whose size is known: few codes are enough for it, and it tells where the others must be.

Geometry only. Where less is known, grid.py finds a lattice by itself, from more codes.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import product

import cv2
import numpy as np

from app.vision.grid import Lattice, Node
from app.vision.reading import Point

FEWEST = 3               # points that tell a lattice of known rows and columns
COUNTED = 4              # and one of which only the number of codes is known
MOST = 16                # points of which steps are taken; with more, grid.py serves
STEPS = 4                # of them each way
OFF = 0.45               # of a pitch: a code farther from every node is not of the case
SHOWS = 0.4              # of a code's structure: so much in the mean where none was read
SPARSE = 24              # times as many places as codes read, and they tell nothing of where the case lies
UPRIGHT = 0.35           # the most by which the cosine of the steps' angle may differ from a right angle's
UNEVEN = 2.6             # the most by which one step may be longer than the other
NEAR = 0.22              # of a pitch: a point this near to a node sits on it; perspective needs some
ALIKE = 0.12             # steps that differ by less of their length are one

Shape = tuple[int, int]      # columns, rows


def shapes(rows: int, columns: int, count: int) -> list[Shape]:
    """What the case may measure; a lattice of one row is told by nothing but its row."""
    if rows and columns:
        return [(columns, rows)] + [(rows, columns)] * (rows != columns)
    return [(wide, count // wide) for wide in range(2, count // 2 + 1) if count % wide == 0]


def fit(points: Sequence[Point], shape: Shape) -> Lattice | None:
    """The lattice of at most `shape` nodes on which most of the points sit; None where less than three quarters do.

    Its steps are steps between points. Of two lattices that hold as many points the coarser is right: a finer one
    through the same points always is.
    """
    if not FEWEST <= len(points) <= MOST:
        return None
    p = np.float64(points)
    enough = max(FEWEST, math.ceil(0.75 * len(points)))
    best: tuple[tuple[float, ...], np.ndarray, dict[Node, int]] | None = None
    pairs = sorted(_pairs(p), key=lambda pair: -abs(float(pair[0][0] * pair[1][1] - pair[0][1] * pair[1][0])))
    for across, down in pairs:                   # the coarsest first: one that holds every point is the best
        step = np.column_stack([across, down])
        if abs(np.linalg.det(step)) < 4:
            continue
        numbered = _numbered(p, step, shape, enough)
        if numbered is None:
            continue
        origin, taken = numbered
        worth = (len(taken), round(math.log(abs(np.linalg.det(step))), 1))
        if best is None or worth > best[0]:
            best = worth, np.column_stack([step, origin]), taken
        if len(taken) == len(p):
            break
    if best is None:
        return None
    _, affine, taken = best
    affine = _settled(p, affine, taken)
    homography = np.vstack([affine, (0.0, 0.0, 1.0)])
    pitch = float(np.hypot(*affine[:, :2]).mean())
    return Lattice(homography, taken, pitch, np.linalg.inv(homography))


def _pairs(p: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Steps to the right and down about at right angles; where all points are in one line, square ones."""
    apart = (p[None] - p[:, None]).reshape(-1, 2)
    apart = apart[np.hypot(*apart.T) > 4]
    apart = apart[np.argsort(np.hypot(*apart.T), kind="stable")]
    kept: tuple[list[np.ndarray], list[np.ndarray]] = [], []
    for step in apart:
        flat = abs(step[0]) >= abs(step[1])
        if step[0 if flat else 1] > 0 and len(kept[not flat]) < STEPS and \
                all(np.hypot(*(step - other)) > ALIKE * np.hypot(*step) for other in kept[not flat]):
            kept[not flat].append(step)
    pairs = []
    for across, down in product(*kept):
        wide, high = float(np.hypot(*across)), float(np.hypot(*down))
        if abs(float(across @ down)) < UPRIGHT * wide * high and 1 / UNEVEN < wide / high < UNEVEN:
            pairs.append((across, down))
    return pairs or [(across, np.array([-across[1], across[0]])) for across in kept[0]] + \
        [(np.array([down[1], -down[0]]), down) for down in kept[1]]


def _numbered(p: np.ndarray, step: np.ndarray, shape: Shape, enough: int) -> tuple[np.ndarray, dict[Node, int]] | None:
    """Origin and nodes of the points that sit on the lattice of these steps, of the window that holds the most.

    None where no window holds `enough`.
    """
    at = (p[None] - p[:, None]) @ np.linalg.inv(step).T           # of each point, seen from each
    node = np.rint(at)
    on = np.hypot(*np.moveaxis(at - node, 2, 0)) < NEAR * (1 + 0.15 * np.hypot(*np.moveaxis(node, 2, 0)))
    best: tuple[np.ndarray, dict[Node, int]] | None = None
    for origin in np.argsort(-on.sum(1), kind="stable").tolist():
        if on[origin].sum() < enough:
            break
        found: dict[Node, int] = {}
        for i in np.nonzero(on[origin])[0].tolist():
            found.setdefault((int(node[origin, i, 0]), int(node[origin, i, 1])), i)
        if len(found) < enough:
            continue
        corner = window(found, shape)
        inside = {each: i for each, i in found.items() if _in(each, corner, shape)}
        if len(inside) >= enough:
            best, enough = (p[origin], inside), len(inside) + 1
        if len(inside) == len(p):
            break
    return best


def window(nodes: Collection[Node], shape: Shape) -> Node:
    """The first column and row of the part of a lattice that is as large as the case and holds most of `nodes`."""
    return max(product({column for column, _ in nodes}, {row for _, row in nodes}),
               key=lambda corner: sum(_in(each, corner, shape) for each in nodes))


def counted(points: Sequence[Point], lattice: Lattice, shape: Shape) -> int:
    """Places of the case that one of `points` is at; what lies between or beyond its places is not of it."""
    at = cv2.perspectiveTransform(np.float64(points)[None], lattice.inverse)[0]
    near = np.rint(at)
    on = {(int(column), int(row)) for column, row in near[np.hypot(*(at - near).T) < OFF]}
    corner = window(on, shape) if on else (0, 0)
    return sum(_in(node, corner, shape) for node in on)


def _in(node: Node, corner: Node, shape: Shape) -> bool:
    return 0 <= node[0] - corner[0] < shape[0] and 0 <= node[1] - corner[1] < shape[1]


def _settled(p: np.ndarray, affine: np.ndarray, taken: dict[Node, int]) -> np.ndarray:
    """The steps by all points that sit on the lattice; as they were where these are all in one line."""
    nodes = np.float64([(*node, 1.0) for node in taken])
    if np.linalg.matrix_rank(nodes) < 3:
        return affine
    solved, *_ = np.linalg.lstsq(nodes, p[list(taken.values())], rcond=None)
    return solved.T


def spanned(lattice: Lattice, shape: Shape, strength: Callable[[Point], float], size: tuple[int, int],
            ) -> tuple[float, Lattice] | None:
    """The lattice with its place in the case told, and how well that fits; None where it does not fit in `shape`.

    Where whole rows or columns are missing, they are where the picture shows most and that is in the picture, which
    has `size` (height, width); nearest to its middle where nothing shows.
    """
    columns, rows = zip(*lattice.taken, strict=True)
    spare = shape[0] - (max(columns) - min(columns) + 1), shape[1] - (max(rows) - min(rows) + 1)
    if min(spare) < 0 or shape[0] * shape[1] > SPARSE * len(lattice.taken):
        return None
    left, top = min(columns) - spare[0], min(rows) - spare[1]
    node = np.stack(np.meshgrid(np.arange(left, max(columns) + spare[0] + 1.0),
                                np.arange(top, max(rows) + spare[1] + 1.0), indexing="ij"), 2)
    at = cv2.perspectiveTransform(node, lattice.homography)
    inside = (at >= 0).all(2) & (at[..., 0] < size[1]) & (at[..., 1] < size[0])
    shows = np.where(inside, 0.0, -2.0)
    for column, row in zip(*(each.tolist() for each in np.nonzero(inside)), strict=True):
        shows[column, row] = min(1.0, strength((float(at[column, row, 0]), float(at[column, row, 1]))))
    for column, row in lattice.taken:
        shows[column - left, row - top] = 0.0
    sums = cv2.integral(shows)
    whole = sums[shape[0]:, shape[1]:] - sums[:-shape[0], shape[1]:] - sums[shape[0]:, :-shape[1]] + \
        sums[:-shape[0], :-shape[1]]
    middle = cv2.perspectiveTransform(node[:spare[0] + 1, :spare[1] + 1] + (np.float64(shape) - 1) / 2,
                                      lattice.homography)
    worth = whole - 0.1 * np.hypot(middle[..., 0] - size[1] / 2, middle[..., 1] - size[0] / 2) / max(size)
    column, row = (int(each) for each in np.unravel_index(np.argmax(worth), worth.shape))
    span = left + column, left + column + shape[0] - 1, top + row, top + row + shape[1] - 1
    return float(worth[column, row]), replace(lattice, span=span)


def known(points: Sequence[Point], may: Sequence[Shape], strength: Callable[[Point], float], size: tuple[int, int],
          *, sure: bool = True) -> Lattice | None:
    """Of the shapes that the case may have, the lattice that holds most points and shows most where none was read.

    Not `sure` of rows and columns: then only one that reaches from end to end, or whose empty places show something.
    """
    best: tuple[tuple[float, ...], Lattice] | None = None
    for shape in may:
        lattice = fit(points, shape)
        placed = spanned(lattice, shape, strength, size) if lattice else None
        if placed is None or not sure and placed[1].full != shape and placed[0] < SHOWS * len(placed[1].empty()):
            continue
        worth = len(placed[1].taken), round(placed[0], 2)
        if best is None or worth > best[0]:
            best = worth, placed[1]
        if sure and len(placed[1].taken) == len(points):
            break                                # as the recipe says it lies, and nothing is left over
    return best[1] if best else None


def placed(lattice: Lattice | None, points: Sequence[Point], shape: Shape, count: int,
           strength: Callable[[Point], float], size: tuple[int, int]) -> Lattice | None:
    """`lattice` (of these points and guessed ones) with its place in a case of `shape`, (0, 0) where only the `count`
    is known; one of the few points by themselves where that says more."""
    told = shape[0] * shape[1] > 0
    may = shapes(shape[1], shape[0], count)
    if not may or told and shape[0] * shape[1] > count:          # a label may lie beside the case
        return lattice
    whole = spanned(lattice, lattice.full, strength, size) if lattice and lattice.full in may else None
    if (FEWEST if told else COUNTED) <= len(points) <= MOST:
        small = known(points, may, strength, size, sure=told)
        if small and not (whole and None not in lattice.nodes(points)):
            return small
    if whole:
        return whole[1]
    fits = [spanned(lattice, each, strength, size) for each in may] if lattice and told else []
    return next((each[1] for each in fits if each), lattice)
