"""What is told of each place: its state, where it is in the case, how sharp it is."""
from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from app.vision.cells import sharpness
from app.vision.reader import Reader
from app.vision.reading import Cause, CellState, centre
from app.vision.recipe import Recipe
from drivers.crate import layout, render_case
from tests.unit.vision.pictures import on_paper, side_by_side

SIZE = (1280, 720)
PATIENT_S = 30.0


def texts(seed: int) -> list[str]:
    return [f"https://q.brand.example/b/{seed:03d}{i:07d}" for i in range(12)]


def test_cells_are_numbered_from_the_top_left_and_told_row_by_row() -> None:
    picture = render_case(texts(1), None, seed=1, size=SIZE, rows=3, cols=4, missing=[6], damaged=[9],
                          condition="clean")
    plan = layout(12, SIZE, rows=3, cols=4, with_label=False)
    reading = Reader(Recipe(("QRCode",), rows=3, columns=4), budget_s=PATIENT_S).read(picture)
    assert [cell.node for cell in reading.cells] == [(row, column) for row in range(3) for column in range(4)]
    for at, cell in enumerate(reading.cells):
        assert math.dist(centre(cell.corners), plan.centres[at]) < 0.3 * plan.cell
        if at not in (6, 9):
            assert cell.state is CellState.READ and cell.code and cell.code.raw.decode() == texts(1)[at]
            assert cell.code.rung and cell.code.size == (25, 25) or cell.code.size == (29, 29)
            assert 3 < cell.px_module < 8 and cell.sharpness > 0.5
    assert reading.cells[9].state is CellState.UNREAD and reading.cells[9].cause is not Cause.NONE
    assert (reading.cells[6].state, reading.cells[6].cause) == (CellState.EMPTY, Cause.NO_CODE)
    assert set(reading.unread) == {reading.cells[9].corners, reading.cells[6].corners}
    assert len(reading.unread) == 2, "as many as are missing"


def test_the_same_serial_in_two_places_is_suspect_and_still_two_codes() -> None:
    codes = texts(2)
    codes[7] = codes[2]
    picture = render_case(codes, None, seed=2, size=SIZE, rows=3, cols=4)
    reading = Reader(Recipe(("QRCode",), count=12), budget_s=PATIENT_S).read(picture)
    assert len(reading.codes) == 12
    assert [at for at, cell in enumerate(reading.cells) if cell.state is CellState.SUSPECT] == [2, 7]


def test_a_code_that_the_recipe_excludes_is_none() -> None:
    picture = side_by_side(on_paper("SHORT", "QRCode"), on_paper("LONGER-ONE", "QRCode"))
    reading = Reader(Recipe(("QRCode",), lengths=(5,)), budget_s=PATIENT_S).read(picture)
    assert [code.raw for code in reading.codes] == [b"SHORT"]


def test_only_the_region_is_read_and_its_places_are_those_of_the_picture() -> None:
    left, right = on_paper("LEFT", "QRCode"), on_paper("RIGHT", "QRCode")
    picture = side_by_side(left, right)
    reader = Reader(Recipe(("QRCode",), region=(0.5, 0.0, 0.5, 1.0)), budget_s=PATIENT_S)
    for reading in (reader.read(picture), reader.follow(picture)):
        assert [code.raw for code in reading.codes] == [b"RIGHT"]
        assert math.dist(centre(reading.codes[0].corners), (left.shape[1] * 1.5, left.shape[0] / 2)) < 4
        assert centre(reading.cells[0].corners) == centre(reading.codes[0].corners)
        assert (reading.width, reading.height) == picture.shape[::-1]


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix"])
def test_the_softer_the_edges_the_lower_the_sharpness(kind: str) -> None:
    paper = on_paper("0123456789ABCDEF", kind, module=6)
    code, = Reader(Recipe((kind,))).read(paper).codes
    seen = [sharpness(cv2.GaussianBlur(paper, (0, 0), sigma), code.corners, code.size[0])
            for sigma in (0.5, 1, 2, 3, 5)]
    assert seen == sorted(seen, reverse=True) and seen[0] > 0.7 and seen[3] < 0.5
    assert sharpness(np.full((90, 90), 128, np.uint8), ((10, 10), (60, 10), (60, 60), (10, 60)), 20) == 0
    assert sharpness(paper, ((-90, -90), (-60, -90), (-60, -60), (-90, -60)), 20) == 0
