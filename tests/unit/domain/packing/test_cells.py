"""Cells of a case: numbered row by row through lean, perspective, jitter and gaps, and never guessed."""
from __future__ import annotations

import math
import random

import pytest

from app.domain.packing.cells import Cells, lay_out, number, shapes


def grid(rows: int, columns: int, *, pitch: tuple[float, float] = (160, 150), lean: float = 0, narrow: float = 0,
         jitter: float = 0, seed: int = 1) -> list[tuple[float, float]]:
    """Middles of a case's cells in pixels: turned by `lean` degrees, the far side narrower by `narrow`."""
    chance, turned = random.Random(seed), math.radians(lean)
    middle_x, middle_y, high = pitch[0] * (columns - 1) / 2, pitch[1] * (rows - 1) / 2, pitch[1] * rows
    places = []
    for row in range(rows):
        for column in range(columns):
            x, y = column * pitch[0] - middle_x, row * pitch[1] - middle_y
            depth = 1 + narrow * y / high
            x, y = x * depth, y * depth
            places.append((960 + x * math.cos(turned) - y * math.sin(turned) + chance.uniform(-jitter, jitter),
                           540 + x * math.sin(turned) + y * math.cos(turned) + chance.uniform(-jitter, jitter)))
    return places


def corners(x: float, y: float, side: float = 50) -> tuple[tuple[float, float], ...]:
    half = side / 2
    return (x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)


def numbered(places: list[tuple[float, float]], **more: float) -> tuple[int, ...]:
    return number([corners(x, y) for x, y in places], **more)


@pytest.mark.parametrize(("rows", "columns"), [(4, 6), (3, 4), (2, 3), (5, 8), (6, 10), (1, 6), (6, 1), (2, 2)])
def test_a_full_case_is_numbered_row_by_row(rows: int, columns: int) -> None:
    assert numbered(grid(rows, columns), count=rows * columns) == tuple(range(rows * columns))


def test_the_order_of_the_places_does_not_matter() -> None:
    places = grid(4, 6)
    order = random.Random(3).sample(range(24), 24)
    assert numbered([places[at] for at in order], count=24) == tuple(order)


@pytest.mark.parametrize("lean", [-20, -12, -5, 5, 12, 20])
@pytest.mark.parametrize("narrow", [0.0, 0.15, 0.3])
def test_a_leaning_case_seen_from_the_side(lean: float, narrow: float) -> None:
    assert numbered(grid(4, 6, lean=lean, narrow=narrow, jitter=4), count=24) == tuple(range(24))
    assert numbered(grid(6, 10, lean=lean, narrow=narrow, jitter=4), count=60) == tuple(range(60))


@pytest.mark.parametrize("lean", [-12, 0, 12])
def test_a_pallet_layer_seen_from_far_aside(lean: float) -> None:
    """The far row is much narrower than the near one: each step is another one."""
    assert numbered(grid(8, 12, lean=lean, narrow=0.5, jitter=2), count=96) == tuple(range(96))


def test_cells_that_are_wider_than_high() -> None:
    assert numbered(grid(4, 6, pitch=(200, 110)), count=24) == tuple(range(24))
    assert numbered(grid(4, 6, pitch=(110, 200)), count=24) == tuple(range(24))


@pytest.mark.parametrize("seed", range(60))
def test_missing_places_leave_the_others_their_numbers(seed: int) -> None:
    """A third is missing anywhere; the rims stay held by at least one place each."""
    chance = random.Random(seed)
    rows, columns = chance.choice([(4, 6), (3, 4), (5, 8)])
    places = grid(rows, columns, lean=chance.uniform(-10, 10), narrow=chance.uniform(0, 0.2), jitter=5, seed=seed)
    kept = sorted(chance.sample(range(len(places)), len(places) * 2 // 3))
    held = {at // columns for at in kept} >= {0, rows - 1} and {at % columns for at in kept} >= {0, columns - 1}
    found = numbered([places[at] for at in kept], count=len(places))
    wrong = [(at, cell) for at, cell in zip(kept, found, strict=True) if cell not in (at, -1)]
    assert not wrong
    if held:
        assert sum(cell >= 0 for cell in found) >= len(kept) - 1


def test_a_whole_rim_without_a_place_is_told_by_the_picture_or_not_at_all() -> None:
    places = [(x, y) for at, (x, y) in enumerate(grid(4, 6)) if at % 6 != 5]      # the right column
    middle_x, middle_y = (sum(v) / 24 for v in zip(*grid(4, 6), strict=True))
    assert set(numbered(places, count=24)) == {-1}
    told = numbered(places, count=24, width=2 * middle_x, height=2 * middle_y)
    assert told == tuple(at for at in range(24) if at % 6 != 5)
    assert set(numbered(places, count=24, width=2 * middle_x - 160, height=2 * middle_y)) == {-1}


def test_what_lies_beside_the_case_has_no_cell() -> None:
    places = [*grid(4, 6), (2400.0, 130.0)]
    assert numbered(places, count=24) == (*range(24), -1)
    near_a_rim = [*grid(4, 6), (grid(4, 6)[11][0] + 2 * 160, grid(4, 6)[11][1])]      # on the lattice, two cells off
    assert numbered(near_a_rim, count=24) == (*range(24), -1)


def test_scattered_codes_are_no_grid() -> None:
    chance = random.Random(5)
    places = [(chance.uniform(0, 1900), chance.uniform(0, 1000)) for _ in range(24)]
    assert sum(cell >= 0 for cell in numbered(places, count=24)) == 0


def test_places_that_tell_no_place() -> None:
    nowhere = ((0.0, 0.0),) * 4
    assert number([nowhere], count=24) == (-1,)
    assert number([], count=24) == ()
    assert number([corners(5, 5)], count=24) == (-1,)
    assert number([corners(5, 5)], count=1) == (0,)
    assert number([nowhere, *(corners(x, y) for x, y in grid(2, 3))], count=6) == (-1, 0, 1, 2, 3, 4, 5)
    assert numbered([(7.0, 7.0)] * 9) == (-1,) * 9


def test_rows_and_columns_that_are_known_decide() -> None:
    places = grid(3, 8)
    assert lay_out([corners(x, y) for x, y in places], count=24) == Cells(3, 8, tuple(range(24)))
    assert numbered(places, rows=3, columns=8) == tuple(range(24))
    assert numbered(places) == tuple(range(24))


def test_shapes_come_squarest_first() -> None:
    assert shapes(24)[:2] == [(4, 6), (3, 8)]
    assert shapes(12)[0] == (3, 4)
    assert shapes(1) == [(1, 1)]
    assert shapes(7) == [(1, 7), (7, 1)]
