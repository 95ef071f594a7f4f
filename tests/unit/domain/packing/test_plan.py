"""Packaging plans: sound ones, and what is wrong with the others."""
from __future__ import annotations

import pytest

from app.domain.packing.plan import Plan, PlanLevel
from tests.unit.domain.line import PLAN


def test_units_and_places() -> None:
    assert [PLAN.units(level) for level in ("bottle", "case", "pallet")] == [1, 3, 6]
    assert [PLAN.index(level) for level in ("bottle", "pallet", "crate")] == [0, 2, -1]
    assert PLAN.problem() == ""


@pytest.mark.parametrize(("levels", "word"), [
    ((("bottle", 0),), "at least two levels"),
    ((("bottle", 0), ("bottle", 2)), "all different"),
    ((("bottle", 0), ("", 2)), "must be given"),
    ((("bottle", 1), ("case", 2)), "holds nothing"),
    ((("bottle", 0), ("case", 0)), "at least 1"),
])
def test_what_is_wrong_with_a_plan(levels: tuple[tuple[str, int], ...], word: str) -> None:
    assert word in Plan("P", 1, tuple(PlanLevel(*each) for each in levels)).problem()
