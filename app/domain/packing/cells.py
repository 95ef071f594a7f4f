"""Which cell of the case a code lies in: the places of one picture, in pixels, as numbers row by row from 0.

Geometry only. Cells lie in straight rows and columns; the picture may lean, narrow with distance and lack places.
A place is numbered only where the picture leaves no doubt: what is not on the grid, or could be on either of two
rims, is -1, because a rate by cell that counts the wrong cell is worse than one that lacks a count.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Node = tuple[int, int]           # column, row; their origin means nothing yet
Step = tuple[float, float]

NEAR = 0.35          # of a pitch: so near to a cell's middle a place belongs to it
FAR = 3              # cells over which a place without neighbours is still reckoned from another one
MOST_STRAY = 0.25    # of all places may lie off the grid; with more of them it is no grid
CENTRED = 0.3        # of a pitch that a case may stand off the picture's middle where a whole rim was not found


@dataclass(frozen=True, slots=True)
class Cells:
    """`numbers` has the cell of each place in the order given, -1 where it is not known. 0 × 0: no grid was found."""

    rows: int
    columns: int
    numbers: tuple[int, ...]


def number(places: Sequence[Sequence[Point]], rows: int = 0, columns: int = 0, count: int = 0,
           width: float = 0, height: float = 0) -> tuple[int, ...]:
    """The cell of each place (see `lay_out`)."""
    return lay_out(places, rows, columns, count, width, height).numbers


def lay_out(places: Sequence[Sequence[Point]], rows: int = 0, columns: int = 0, count: int = 0,
            width: float = 0, height: float = 0) -> Cells:
    """The grid through the places of the codes of one case, read and unread. Each place is its corners in pixels.

    `rows` and `columns`, or at least `count`, say what a full case has; 0: not known, and the grid is as large as the
    places show. `width` and `height` of the picture tell which rim is empty where a whole row was not found.
    """
    nothing = Cells(0, 0, (-1,) * len(places))
    middles = [_middle(corners) for corners in places]
    points = {at: middle for at, middle in enumerate(middles) if middle is not None}
    if len(points) < 3:
        return Cells(1, 1, tuple(0 if at in points else -1 for at in range(len(places)))) \
            if count == len(points) == 1 else nothing
    steps = _steps(list(points.values()))
    if steps is None:
        return nothing
    nodes = _walk(points, *steps)
    if len(nodes) < (1 - MOST_STRAY) * len(points):
        return nothing
    window = _window(nodes, steps, points, rows, columns, count, (width / 2, height / 2) if width else None)
    if window is None:
        return nothing
    left, top, wide, high = window
    numbers = [-1] * len(places)
    for at, (column, row) in nodes.items():
        if 0 <= column - left < wide and 0 <= row - top < high:
            numbers[at] = (row - top) * wide + column - left
    return Cells(high, wide, tuple(numbers))


def shapes(count: int) -> list[tuple[int, int]]:
    """All (rows, columns) that make this count, the squarest with more columns than rows first."""
    pairs = [(rows, count // rows) for rows in range(1, count + 1) if count % rows == 0]
    return sorted(pairs, key=lambda pair: (abs(math.log(pair[1] / pair[0] / 1.4)), pair[0]))


def _middle(corners: Sequence[Point]) -> Point | None:
    """None for a place that tells no place: all its corners are one."""
    if not corners or len(corners) > 1 and all(corner == corners[0] for corner in corners):
        return None
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _steps(points: list[Point]) -> tuple[Step, Step] | None:
    """The steps to the neighbour on the right and to the one below; None where there are none."""
    points = sorted(points)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, high, count = xs[-1] - xs[0], max(ys) - min(ys), len(points)
    reach = 2.0 * max(math.sqrt(wide * high / count), max(wide, high) / count)
    hops: list[tuple[float, float, float]] = []
    nearest = [math.inf] * count
    for i, (x, y) in enumerate(points):
        for j in range(i + 1, count):
            dx = xs[j] - x
            if dx > reach:
                break
            dy = ys[j] - y
            if -reach < dy < reach:
                far = math.hypot(dx, dy)
                hops.append((far, dx, dy))
                nearest[i] = min(nearest[i], far)
                nearest[j] = min(nearest[j], far)
    pitch = sorted(nearest)[count // 2]
    if not 0 < pitch < math.inf:
        return None
    turned = 0j
    for far, dx, dy in hops:
        if far < 1.35 * pitch:
            square = complex(dx, dy) / far
            square *= square
            turned += square * square        # four times the angle: rows and columns point the same way
    lean = math.atan2(turned.imag, turned.real) / 4
    cos, sin = math.cos(lean), math.sin(lean)
    across, down = [], []
    for far, dx, dy in hops:
        along, aside = dx * cos + dy * sin, dy * cos - dx * sin
        if abs(along) > 0.9 * far:
            across.append((far, dx, dy) if along > 0 else (far, -dx, -dy))
        elif abs(aside) > 0.9 * far:
            down.append((far, dx, dy) if aside > 0 else (far, -dx, -dy))
    one, other = _shortest(across), _shortest(down)
    if one is None and other is None:
        return None
    if one is None:
        assert other is not None
        one = (other[1], -other[0])
    return one, other or (-one[1], one[0])


def _shortest(hops: Iterable[tuple[float, float, float]]) -> Step | None:
    """The median of the hops that are about as long as the shortest ones: to the next cell, not to the one after."""
    hops = sorted(hops)
    if not hops:
        return None
    limit = 1.45 * hops[len(hops) // 10][0]
    near = [hop for hop in hops if hop[0] <= limit]
    return sorted(x for _, x, _ in near)[len(near) // 2], sorted(y for _, _, y in near)[len(near) // 2]


def _walk(points: dict[int, Point], across: Step, down: Step) -> dict[int, Node]:
    """Numbers the places from neighbour to neighbour, with steps that follow the perspective on the way."""
    cell = min(math.hypot(*across), math.hypot(*down))
    reach, buckets = NEAR * cell, dict[tuple[int, int], list[int]]()
    for at, (x, y) in points.items():
        buckets.setdefault((int(x // cell), int(y // cell)), []).append(at)

    def near(x: float, y: float) -> int | None:
        column, row = int((x - reach) // cell), int((y - reach) // cell)
        columns = (column, column + 1) if (x + reach) // cell > column else (column,)
        rows = (row, row + 1) if (y + reach) // cell > row else (row,)
        best, found = reach, None
        for key in [(c, r) for c in columns for r in rows]:
            for at in buckets.get(key, ()):
                far = math.hypot(points[at][0] - x, points[at][1] - y)
                if far < best:
                    best, found = far, at
        return found

    largest: dict[int, Node] = {}
    steps: dict[int, tuple[Step, Step]] = {}
    tried: set[int] = set()
    for start in _from_the_middle(points):
        if start in tried or len(largest) > len(points) // 2:
            continue
        nodes, local = _reach(start, points, across, down, near)
        tried |= nodes.keys()
        if len(nodes) > len(largest):
            largest, steps = nodes, local
    return _outlying(points, largest, steps)


def _from_the_middle(points: dict[int, Point]) -> list[int]:
    xs, ys = sorted(x for x, _ in points.values()), sorted(y for _, y in points.values())
    x, y = xs[len(xs) // 2], ys[len(ys) // 2]
    return sorted(points, key=lambda at: math.hypot(points[at][0] - x, points[at][1] - y))


def _reach(start: int, points: dict[int, Point], across: Step, down: Step, near: Callable[[float, float], int | None],
           ) -> tuple[dict[int, Node], dict[int, tuple[Step, Step]]]:
    """What hangs together with `start`: its nodes, and the steps as they are there."""
    nodes, taken, local = {start: (0, 0)}, {(0, 0)}, {start: (across, down)}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        (x, y), (column, row), (right, below) = points[here], nodes[here], local[here]
        for sign in (1, -1):
            for axis, (dx, dy) in enumerate((right, below)):
                node = (column + sign, row) if axis == 0 else (column, row + sign)
                if node in taken:
                    continue
                there = near(x + sign * dx, y + sign * dy)
                if there is None or there in nodes:
                    continue
                gone = (sign * (points[there][0] - x) + dx) / 2, (sign * (points[there][1] - y) + dy) / 2
                local[there] = (gone, below) if axis == 0 else (right, gone)
                nodes[there] = node
                taken.add(node)
                waiting.append(there)
    return nodes, local


def _outlying(points: dict[int, Point], nodes: dict[int, Node],
              steps: dict[int, tuple[Step, Step]]) -> dict[int, Node]:
    """The places without neighbours too, reckoned from the nearest one that has a node."""
    nodes, taken = dict(nodes), set(nodes.values())
    for at in [each for each in points if each not in nodes]:
        x, y = points[at]
        base = min(steps, key=lambda each: math.hypot(points[each][0] - x, points[each][1] - y))
        (ax, ay), (bx, by) = steps[base]
        area = ax * by - ay * bx
        if abs(area) < 1e-9:
            continue
        dx, dy = x - points[base][0], y - points[base][1]
        columns, rows = (dx * by - dy * bx) / area, (ax * dy - ay * dx) / area
        node = (nodes[base][0] + round(columns), nodes[base][1] + round(rows))
        off = math.hypot(columns - round(columns), rows - round(rows))
        if off <= NEAR and max(abs(columns), abs(rows)) <= FAR + NEAR and node not in taken:
            nodes[at], steps[at] = node, steps[base]
            taken.add(node)
    return nodes


def _window(nodes: dict[int, Node], steps: tuple[Step, Step], points: dict[int, Point], rows: int, columns: int,
            count: int, middle: Point | None) -> tuple[int, int, int, int] | None:
    """(first column, first row, columns, rows) of the case among the nodes; None where that cannot be told."""
    taken = list(nodes.values())
    first_column, first_row = min(c for c, _ in taken), min(r for _, r in taken)
    wide, high = max(c for c, _ in taken) - first_column + 1, max(r for _, r in taken) - first_row + 1
    wanted = [(rows, columns)] if rows and columns else shapes(count) if count else [(high, wide)]
    if (high, wide) in wanted:
        return first_column, first_row, wide, high
    covers: list[tuple[int, tuple[int, int, int, int]]] = []
    for r, c in wanted:
        for left in _starts(first_column, wide, c):
            for top in _starts(first_row, high, r):
                inside = sum(0 <= x - left < c and 0 <= y - top < r for x, y in taken)
                covers.append((inside, (left, top, c, r)))
    most = max(inside for inside, _ in covers)
    best = [window for inside, window in covers if inside == most]
    if most < (1 - MOST_STRAY) * len(taken):
        return None
    if len(best) == 1:
        return best[0]
    if middle is None or len({window[2:] for window in best}) > 1:
        return None
    at = next(iter(nodes))
    offs = sorted((_off_middle(window, nodes[at], points[at], steps, middle), window) for window in best)
    return offs[0][1] if offs[0][0] <= CENTRED else None


def _starts(first: int, have: int, want: int) -> range:
    """Where a window of `want` can begin that holds, or lies within, `have` from `first` on."""
    return range(first + min(0, have - want), first + max(0, have - want) + 1)


def _off_middle(window: tuple[int, int, int, int], node: Node, point: Point, steps: tuple[Step, Step],
                middle: Point) -> float:
    """How far the middle of the window is from the picture's, in cells."""
    (ax, ay), (bx, by) = steps
    columns, rows = window[0] + (window[2] - 1) / 2 - node[0], window[1] + (window[3] - 1) / 2 - node[1]
    x, y = point[0] + columns * ax + rows * bx, point[1] + columns * ay + rows * by
    return math.hypot(x - middle[0], y - middle[1]) / min(math.hypot(ax, ay), math.hypot(bx, by))
