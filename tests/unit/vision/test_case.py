"""Cases whose size is known: few codes tell where the others must be, and what lies beside the case fills no place."""
from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from app.vision import case
from app.vision.reader import Reader
from app.vision.reading import Cause, CellState, centre
from app.vision.recipe import Recipe
from drivers.crate import layout, render_case
from tests.unit.vision.pictures import on_paper

SIZE = (1280, 720)


def texts(count: int) -> list[str]:
    return [f"https://q.brand.example/b/{i:010d}" for i in range(count)]


@pytest.mark.parametrize(("rows", "columns", "lost"),
                         [(2, 3, [1]), (2, 3, [0, 5]), (2, 2, [3]), (1, 4, [1]), (3, 2, [2])])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_each_place_of_a_small_case_that_was_not_read_is_a_cell(rows: int, columns: int, lost: list[int],
                                                                how: str) -> None:
    picture = render_case(texts(rows * columns), None, seed=1, size=SIZE, rows=rows, cols=columns, condition="clean",
                          **{how: lost})
    plan = layout(rows * columns, SIZE, rows=rows, cols=columns, with_label=False)
    reading = Reader(Recipe(("QRCode",), rows=rows, columns=columns), budget_s=1).read(picture)
    assert len(reading.codes) == rows * columns - len(lost)
    assert [cell.node for cell in reading.cells] == list(product(range(rows), range(columns)))
    for at in lost:
        cell = reading.cells[at]
        assert cell.state in (CellState.UNREAD, CellState.EMPTY) and cell.cause is not Cause.NONE
        assert math.dist(centre(cell.corners), plan.centres[at]) < 0.3 * plan.cell
    assert len(reading.unread) == len(lost)


def test_a_whole_row_may_be_missing_and_the_number_alone_may_tell_the_case() -> None:
    picture = render_case(texts(6), None, seed=1, size=SIZE, rows=2, cols=3, condition="clean", missing=[0, 1, 2])
    reading = Reader(Recipe(("QRCode",), rows=2, columns=3), budget_s=1).read(picture)
    assert [cell.state for cell in reading.cells] == [CellState.EMPTY] * 3 + [CellState.READ] * 3
    picture = render_case(texts(6), None, seed=1, size=SIZE, rows=2, cols=3, condition="clean", missing=[4])
    reading = Reader(Recipe(("QRCode",), count=6), budget_s=1).read(picture)
    assert [cell.state for cell in reading.cells].index(CellState.EMPTY) == 4 and len(reading.unread) == 1


def test_a_code_beside_the_case_fills_no_place_of_it() -> None:
    picture = render_case(texts(6), None, seed=1, size=SIZE, rows=2, cols=3, condition="clean", missing=[4])
    plan = layout(6, SIZE, rows=2, cols=3, with_label=False)
    (x, y), (over, _) = plan.centres[0], plan.centres[1]
    stray = on_paper("STRAY", "QRCode", module=3)[15:-15, 15:-15]
    left, top = int((x + over) / 2 - stray.shape[1] / 2), int((y + plan.centres[3][1]) / 2 - stray.shape[0] / 2)
    picture[top:top + stray.shape[0], left:left + stray.shape[1]] = \
        stray if picture.ndim == 2 else np.repeat(stray[..., None], 3, axis=2)
    reading = Reader(Recipe(("QRCode",), rows=2, columns=3), budget_s=1).read(picture)
    assert len(reading.codes) == 6 and b"STRAY" in {code.raw for code in reading.codes}
    missing, = reading.unread
    assert math.dist(centre(missing), plan.centres[4]) < 0.3 * plan.cell


def test_the_lattice_of_a_turned_case_from_any_five_of_its_six_points() -> None:
    generator = np.random.default_rng(7)
    for degrees in range(-40, 41, 10):
        turn = np.array([[math.cos(t := math.radians(degrees)), -math.sin(t)], [math.sin(t), math.cos(t)]])
        points = np.array(list(product(range(3), range(2)))) * (90.0, 80.0) @ turn.T + (400, 300)
        kept = generator.permutation(6)[:5]
        noisy = [tuple(each) for each in (points + generator.normal(0, 2, points.shape))[kept].tolist()]
        lattice = case.known(noisy, case.shapes(2, 3, 6), lambda _: 0.0, (720, 1280))
        assert lattice is not None and len(lattice.taken) == 5
        empty, = lattice.empty()
        assert math.dist(lattice.pixel(empty), points[({*range(6)} - {*kept.tolist()}).pop()]) < 15


def test_points_that_are_no_case_make_no_lattice() -> None:
    points = [(10.0, 10.0), (200.0, 37.0), (77.0, 300.0), (411.0, 150.0), (333.0, 390.0), (120.0, 95.0)]
    assert case.fit(points, (3, 2)) is None
    assert case.fit(points[:2], (3, 2)) is None
    assert case.shapes(0, 0, 6) == [(2, 3), (3, 2)]
    assert case.shapes(2, 3, 6) == [(3, 2), (2, 3)]
    assert case.shapes(0, 0, 7) == []


def test_a_case_far_larger_than_what_was_read_is_not_searched_place_by_place() -> None:
    """Twelve codes of a thousand once took two minutes: each window's every place was worked out by itself."""
    asked = 0

    def strength(_at: tuple[float, float]) -> float:
        nonlocal asked
        asked += 1
        return 0.0
    points = [(100.0 + 50 * column, 100.0 + 50 * row) for column in range(4) for row in range(3)]
    for count in (48, 200, 1000):
        case.known(points, case.shapes(0, 0, count), strength, (720, 1280), sure=False)
        case.known(points, case.shapes(25, 40, 1000), strength, (720, 1280))
    assert asked < 10_000
