"""The cause that is told of places that the reader really leaves unread, on rendered cases with one fault each."""
from __future__ import annotations

import pytest

from app.vision.reading import CellState
from tests.unit.vision.faults import FAULTS, SMALL, confusion

READ = {str(CellState.READ), str(CellState.SUSPECT)}


@pytest.mark.parametrize(("preset", "fault"), [(list(SMALL)[at % 2], fault) for at, fault in enumerate(FAULTS)])
def test_the_cause_of_what_is_left_unread_is_right(preset: str, fault: str) -> None:
    """The whole table: python -m tests.benchmarks.causes"""
    told = confusion(preset, fault, range(21, 23), most=3)
    left = {word: count for word, count in told.items() if word not in READ}
    assert sum(left.values()) >= 3, f"the fault is not bad enough: {told}"
    assert left.get(str(FAULTS[fault][0]), 0) >= 0.8 * sum(left.values()), told
