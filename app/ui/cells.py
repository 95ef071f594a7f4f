"""Where the cells of a case lie in its picture, so that a ring stands round the bottle and not beside it. No pixels.

A place that was not read is told by the reader about as well as it could guess; here it is moved to the cell that the
codes which were read leave free for it.
"""
from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from app.domain.packing.cells import lay_out
from app.messages import Frame

Point = tuple[float, float]
Corners = tuple[Point, ...]

REACH = 0.85             # of a pitch: so far from the middle of its cell a guess may lie
RIDGE = 1e-6             # keeps the fit of a single row or column from being unsolvable


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells count row by row from 0. `seen` and `unread`: the cell of each of the frame's readings and unread places,
    -1 where it is in none. `origin`, `right` and `down` lead from one cell's middle to the next, in pixels."""

    rows: int
    columns: int
    seen: tuple[int, ...]
    unread: tuple[int, ...]
    origin: Point
    right: Point
    down: Point
    side: float                  # of one code, in pixels

    @property
    def pitch(self) -> float:
        """Pixels between neighbours, the nearer of the two directions."""
        steps = [math.hypot(*step) for step, many in ((self.right, self.columns), (self.down, self.rows)) if many > 1]
        return min(steps, default=self.side * 2)

    def place(self, cell: int) -> tuple[int, int]:
        """(row, column), both from 1."""
        return cell // self.columns + 1, cell % self.columns + 1

    def centre(self, cell: int) -> Point:
        """In pixels of the frame."""
        row, column = divmod(cell, self.columns)
        return (self.origin[0] + column * self.right[0] + row * self.down[0],
                self.origin[1] + column * self.right[1] + row * self.down[1])

    def corners(self, cell: int) -> Corners:
        """A square of a code's size round the cell's middle."""
        return square(self.centre(cell), self.side)

    def empty(self) -> list[int]:
        """Cells in which nothing was seen, not even a place that could not be read."""
        full = {*self.seen, *self.unread}
        return [cell for cell in range(self.rows * self.columns) if cell not in full]


def square(middle: Point, side: float) -> Corners:
    """Four corners round a point."""
    (x, y), half = middle, side / 2
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def cells_of(frame: Frame, count: int = 0, others: Collection[int] = ()) -> Cells | None:
    """The case in a frame, `count` cells when it is full (0: not known); None where its codes lie in no grid.

    `others` are the readings that are no child of the case: its label.
    """
    seen = [() if at in others else each.corners for at, each in enumerate(frame.seen)]
    unread = list(frame.unread)
    sides = [_side(corners) for corners in seen if _is_place(corners)]
    if len(sides) < 3:
        return None
    # The guesses are left out at first: what was read says best where the cells are.
    laid = lay_out(seen, count=count, width=frame.width, height=frame.height)
    if not laid.rows:
        laid = lay_out([*seen, *unread], count=count, width=frame.width, height=frame.height)
    numbers = laid.numbers[: len(seen)]
    known = {at: number for at, number in enumerate(numbers) if number >= 0}
    if not laid.rows or len(known) < 3:
        return None
    places = [(divmod(number, laid.columns), middle(seen[at])) for at, number in known.items()]
    x, y = (_fit([(column, row, point[axis]) for (row, column), point in places]) for axis in (0, 1))
    found = Cells(laid.rows, laid.columns, numbers, (), (x[0], y[0]), (x[1], y[1]), (x[2], y[2]), median(sides))
    return Cells(laid.rows, laid.columns, numbers, _settled(found, unread), found.origin, found.right, found.down,
                 found.side)


def _settled(cells: Cells, unread: Sequence[Corners]) -> tuple[int, ...]:
    """Each unread place in the free cell nearest to it, within reach; the surest first."""
    free = [cell for cell in range(cells.rows * cells.columns) if cell not in cells.seen]
    pairs = sorted((math.dist(middle(corners), cells.centre(cell)), at, cell)
                   for at, corners in enumerate(unread) if _is_place(corners) for cell in free)
    settled: dict[int, int] = {}
    for far, at, cell in pairs:
        if far <= REACH * cells.pitch and at not in settled and cell not in settled.values():
            settled[at] = cell
    return tuple(settled.get(at, -1) for at in range(len(unread)))


def middle(corners: Corners) -> Point:
    """The mean of the corners."""
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _is_place(corners: Corners) -> bool:
    return len(set(corners)) == 4


def _side(corners: Corners) -> float:
    return max(math.dist(a, b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))


def _fit(points: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """(a, b, c) of value = a + b·column + c·row, least squares."""
    n = len(points)
    columns, rows, values = (sum(each[axis] for each in points) / n for axis in range(3))
    cc = sum((c - columns) ** 2 for c, _, _ in points) + RIDGE
    rr = sum((r - rows) ** 2 for _, r, _ in points) + RIDGE
    cr = sum((c - columns) * (r - rows) for c, r, _ in points)
    cv = sum((c - columns) * (v - values) for c, _, v in points)
    rv = sum((r - rows) * (v - values) for _, r, v in points)
    whole = cc * rr - cr * cr
    b, c = (cv * rr - rv * cr) / whole, (rv * cc - cv * cr) / whole
    return values - b * columns - c * rows, b, c
