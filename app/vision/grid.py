"""The lattice on which the codes of a case lie, and so which of its cells is missing. Geometry only, no pixels."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.reading import Point

Node = tuple[int, int]       # column, row; their origin means nothing

TRUSTED = 8                  # so many codes make a lattice without the help of guessed places
MEMBERS = 0.85               # of the codes read that sit on a lattice, if it is one
HALF_FULL, FULL = 0.4, 0.75  # of a lattice's nodes that hold something: may be, surely is a case
TRIES = 200                  # for a lattice that half of the points sit on; where fewer do, there is none
NEAR = 0.30                  # of a pitch: a point this near to a node sits on it


@dataclass(frozen=True, slots=True)
class Lattice:
    """`homography` takes (column, row) to pixels; `taken` are the nodes that the points given to `fit` sit on."""

    homography: np.ndarray
    taken: dict[Node, int]   # node -> index of the point
    pitch: float             # pixels between neighbours, the median
    inverse: np.ndarray      # of the homography
    span: tuple[int, int, int, int] | None = None      # columns and rows, first and last, where it is known how many

    @property
    def full(self) -> tuple[int, int]:
        """Columns and rows of the rectangle of the taken nodes."""
        columns, rows = zip(*self.taken, strict=True)
        return max(columns) - min(columns) + 1, max(rows) - min(rows) + 1

    def pixel(self, node: tuple[float, float]) -> Point:
        x, y = cv2.perspectiveTransform(np.float64([[node]]), self.homography)[0][0]
        return float(x), float(y)

    def node(self, point: Point) -> Node | None:
        """The node that `point` sits on, None if it sits between nodes."""
        return self.nodes([point])[0]

    def nodes(self, points: Sequence[Point]) -> list[Node | None]:
        """`node` of each of several points."""
        if not len(points):
            return []
        at = cv2.perspectiveTransform(np.float64(points)[None], self.inverse)[0].tolist()
        return [self._near(column, row) for column, row in at]

    @staticmethod
    def _near(column: float, row: float) -> Node | None:
        near = (round(column), round(row)) if math.isfinite(column) and math.isfinite(row) else None
        return near if near and math.hypot(column - near[0], row - near[1]) <= NEAR else None

    def near(self, node: Node | None) -> bool:
        """Whether the node is a taken one's neighbour, or between taken ones: further out the lattice is a guess."""
        if node is None or self.span:
            return node is not None and self.within(node)
        columns, rows = zip(*self.taken, strict=True)
        return min(columns) - 1 <= node[0] <= max(columns) + 1 and min(rows) - 1 <= node[1] <= max(rows) + 1

    def within(self, node: Node) -> bool:
        """Whether the node is inside the case, where its size is known."""
        if self.span is None:
            return True
        left, right, top, bottom = self.span
        return left <= node[0] <= right and top <= node[1] <= bottom

    def empty(self) -> list[Node]:
        """Nodes inside the case, or the rectangle of the taken ones, that nothing sits on."""
        columns, rows = zip(*self.taken, strict=True)
        left, right, top, bottom = self.span or (min(columns), max(columns), min(rows), max(rows))
        return [(column, row) for row in range(top, bottom + 1)
                for column in range(left, right + 1) if (column, row) not in self.taken]


def fit(points: Sequence[Point]) -> Lattice | None:
    """The lattice through points of which some are missing and a few do not belong; None where there is none.

    Needs at least five points on two rows and two columns. Rows may lean and run together (perspective).
    """
    if len(points) < 5:
        return None
    p = np.float64(points)
    apart = p[None] - p[:, None]                            # apart[i, j] leads from i to j
    length = np.hypot(apart[..., 0], apart[..., 1])
    np.fill_diagonal(length, np.inf)
    pitch = float(np.median(length.min(1)))
    if not 2 < pitch < np.inf:
        return None
    across, down = _steps(apart, length, pitch)
    taken = _walk(p, across, down, pitch)
    for _ in range(2):                                      # again, with those that the walk could not reach
        nodes, at = np.float64(list(taken)), p[list(taken.values())]
        if len(taken) < 5 or np.ptp(nodes[:, 0]) < 1 or np.ptp(nodes[:, 1]) < 1:
            return None
        homography, _ = cv2.findHomography(nodes, at, cv2.RANSAC, 0.15 * pitch, maxIters=TRIES)
        if homography is None or abs(np.linalg.det(homography)) < 1e-9:
            return None
        lattice = Lattice(homography, {}, pitch, np.linalg.inv(homography))
        found = {}
        for i, node in enumerate(lattice.nodes(points)):
            if node is not None and node not in found:
                found[node] = i
        taken = _dense(found)
    return Lattice(homography, taken, pitch, lattice.inverse) if len(taken) >= 5 else None


def _steps(apart: np.ndarray, length: np.ndarray, pitch: float) -> tuple[np.ndarray, np.ndarray]:
    """The two steps to the neighbours, about at right angles."""
    near = apart[length < 1.35 * pitch]
    angle = np.arctan2(near[:, 1], near[:, 0])
    lean = math.atan2(np.sin(4 * angle).sum(), np.cos(4 * angle).sum()) / 4
    steps = []
    for towards in (lean, lean + math.pi / 2):
        unit = np.array([math.cos(towards), math.sin(towards)])
        along = apart @ unit
        ahead = np.where((along > 0.85 * length) & (length < 4 * pitch), length, np.inf)
        nearest = ahead.argmin(1)
        reached = np.isfinite(ahead.min(1))
        hops = apart[np.arange(len(apart)), nearest][reached]
        steps.append(np.median(hops, axis=0) if len(hops) else unit * pitch)
    return steps[0], steps[1]


def _walk(p: np.ndarray, across: np.ndarray, down: np.ndarray, pitch: float) -> dict[Node, int]:
    """Numbers the points by walking from neighbour to neighbour, starting nearest to the middle."""
    start = int(np.hypot(*(p - np.median(p, axis=0)).T).argmin())
    taken, seen, waiting = {(0, 0): start}, {start}, [((0, 0), start)]
    while waiting:
        (column, row), i = waiting.pop(0)
        for step, dc, dr in ((across, 1, 0), (-across, -1, 0), (down, 0, 1), (-down, 0, -1)):
            gap = np.hypot(*(p - (p[i] + step)).T)
            j, node = int(gap.argmin()), (column + dc, row + dr)
            if gap[j] < 0.33 * pitch and j not in seen and node not in taken:
                taken[node] = j
                seen.add(j)
                waiting.append((node, j))
    return taken


def _dense(found: dict[Node, int]) -> dict[Node, int]:
    """Leaves out rows and columns at the rim that hold a single point far from the others: they are no case."""
    while found:
        columns, rows = zip(*found, strict=True)
        for axis, values in ((0, columns), (1, rows)):
            order = sorted(set(values))
            gaps = [b - a for a, b in zip(order, order[1:], strict=False)]
            if gaps and max(gaps) > 2:
                cut = order[gaps.index(max(gaps))]
                low = {n: i for n, i in found.items() if n[axis] <= cut}
                high = {n: i for n, i in found.items() if n[axis] > cut}
                found = max(low, high, key=len)
                break
        else:
            return found
    return found


def fullest(known: Sequence[Point], strong: Sequence[Point], fresh: Sequence[Point]) -> Lattice | None:
    """Of the codes read, or with the help of places: the lattice that is fullest and leaves out few of the codes."""
    known, strong, fresh = list(known), list(strong), list(fresh)
    best, most = None, HALF_FULL
    for points in (known + strong, known, known + fresh):
        if points is known and len(known) < TRUSTED or points is not known and len(points) == len(known):
            continue
        lattice = fit(points)
        if lattice is None or sum(i < len(known) for i in lattice.taken.values()) < MEMBERS * len(known):
            continue
        on = {node for node in lattice.nodes(known + strong) if lattice.near(node)}
        full = len(on) / max(1, len(lattice.taken) + len(lattice.empty()))
        if full > most:
            best, most = lattice, full
        if full > FULL:
            break
    return best
