"""A sharp code that the recipe excludes, in a place of the case: told as what it is, never as an unreadable one."""
from __future__ import annotations

import math

import pytest

from app.vision.reader import Reader
from app.vision.reading import Cause, CellState, centre
from app.vision.recipe import Recipe
from drivers.crate import render_case

PATIENT_S = 30.0
OURS = [f"https://q.brand.example/b/{at:010d}" for at in range(12)]
FOREIGN = "https://other.example/item/4711"


@pytest.mark.parametrize("place", [0, 6])
def test_a_foreign_code_in_a_place_of_the_case_is_told_with_its_text(place: int) -> None:
    texts = [*OURS[:place], FOREIGN, *OURS[place + 1:]]
    picture = render_case(texts, None, seed=3, rows=3, cols=4, size=(1280, 960))
    free = Reader(Recipe(("QRCode",)), budget_s=PATIENT_S).read(picture)
    where = next(centre(code.corners) for code in free.codes if code.raw == FOREIGN.encode())
    recipe = Recipe(("QRCode",), rows=3, columns=4, lengths=(len(OURS[0]),))
    reader = Reader(recipe, budget_s=PATIENT_S)
    for reading in (reader.read(picture), reader.follow(picture), reader.follow(picture)):
        assert sorted(code.raw.decode() for code in reading.codes) == sorted(set(OURS) - {OURS[place]})
        left = [cell for cell in reading.cells if cell.state is not CellState.READ]
        assert [(cell.cause, cell.code and cell.code.raw) for cell in left] == [(Cause.FOREIGN, FOREIGN.encode())]
        assert reading.unread == (left[0].corners,) and math.dist(centre(left[0].corners), where) < 20


def test_a_foreign_code_beside_the_case_is_left_alone() -> None:
    picture = render_case(OURS, FOREIGN, seed=3, rows=3, cols=4, size=(1280, 960))
    reading = Reader(Recipe(("QRCode",), rows=3, columns=4, lengths=(len(OURS[0]),)), budget_s=PATIENT_S).read(picture)
    assert len(reading.codes) == 12 and not reading.unread
