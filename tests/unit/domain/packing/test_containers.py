"""Open containers: each change, and what the next code is for."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Closed, Collected, Dropped, Labelled, Opened, Shortened, SignedIn, Unpacked
from app.domain.packing.containers import apply
from tests.unit.domain.line import case, closed, line


def test_filling_and_naming() -> None:
    state = line(*case(1, "b1", "b2"))
    box = state.filling("case")
    assert box and box.children == ("b1", "b2") and not box.full and state.packed_units == 2
    state = apply(state, Collected(1, ("b3",)))
    assert state.filling("case") is None and state.unlabelled("case") == state.containers[0]
    assert state.containers[0].full and state.holding("b3") == state.containers[0] and state.holding("b9") is None
    state = apply(state, Labelled(1, "c1"))
    assert state.labelled("c1") and state.unlabelled("case") is None
    assert apply(state, Labelled(1, "")).labelled("c1") is None


def test_the_label_is_for_the_oldest_full_one_then_for_the_open_one() -> None:
    state = line(*case(1, "b1"), *case(2, "b2", "b3", "b4"), *case(3, "b5", "b6", "b7"))
    box = state.unlabelled("case")
    assert box and box.number == 2
    box = apply(state, Labelled(2, "c2")).unlabelled("case")
    assert box and box.number == 3
    box = line(*case(1, "b1"), *case(2)).unlabelled("case")
    assert box and box.number == 1


def test_closing_counts_and_taking_apart_takes_off() -> None:
    state = line(*closed(1, "b1", "b2", "b3"), *closed(2, "b4"))
    assert state.closed == {"case": 2, "units": 4} and state.packed_units == 4 and state.next_number == 3
    assert apply(state, Unpacked("c2", ("b4",), "WO1", "case")).closed == {"case": 1, "units": 3}
    assert apply(state, Unpacked("p1", ("c1", "c2"), "WO1", "pallet")).packed_units == 4
    for other in (Unpacked("c2", ("b4",), "WO2", "case"), Unpacked("p1", ("c2",)), Closed(9, "WO2", "case"),
                  Opened(9, "WO2", "case", 3), SignedIn("lina")):
        assert apply(state, other) == state


def test_a_short_one_is_full_with_less() -> None:
    state = line(*case(1, "b1", "b2"), Shortened(1, 2, "TAIL"))
    assert state.containers[0].full and state.containers[0].reason == "TAIL"


SCANS = st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=3, unique=True), max_size=4)


@given(SCANS, st.sets(st.integers(0, 8)))
def test_dropping_takes_out_just_that_and_keeps_scans_together(scans: list[list[int]], gone: set[int]) -> None:
    state = line(Opened(1, "WO1", "case", 30))
    for scan in scans:
        state = apply(state, Collected(1, tuple(f"b{n}" for n in scan)))
    left = apply(state, Dropped(1, tuple(f"b{n}" for n in gone))).containers[0].scans
    assert [[int(epc[1:]) for epc in scan] for scan in left] == [
        kept for scan in scans if (kept := [n for n in scan if n not in gone])]


def test_only_what_may_close_is_looked_up() -> None:
    state = line(*case(1, "b1", "b2"), *case(2, "c8", "c9", label="p1", level="pallet"))
    assert set(state.closing_soon(1, label=True)) == {"p1", "b1", "b2", "c8", "c9"}
    assert set(state.closing_soon(1, label=False)) == {"p1", "c8", "c9"}, "a case without a label stays open"
    assert set(line(*case(1, "b1", "b2"), *case(2, "c8", level="pallet")).closing_soon(0, label=True)) == set()
    assert line(*case(1, "b1")).closing_soon(1, label=True) == ()
    waiting = line(*case(1, "c1", "c2", "c3", level="pallet"), *case(2, "c4", "c5", "c6", level="pallet"))
    assert waiting.closing_soon(1, label=False) == (), "bottles go on while pallets wait"
    assert waiting.closing_soon(1, label=True) == ("c1", "c2", "c3"), "a label is for the oldest"
