"""One code at a time: why it may not be packed, what level an SSCC has, what a label names."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.codes.identity import Code
from app.domain.decision import Collected, Dropped, Labelled, Loosened, Shortened
from app.domain.facts import Facts, Known, Standing
from app.domain.packing import packing
from app.domain.packing.containers import apply
from app.domain.products import Hold
from app.domain.reasons import Outcome, Reason
from tests.unit.domain.line import HERE, MILK, bottle, case, closed, facts, known, label, line

SSCC = label("p1", "", product="")


def verdict(state: packing.Packing, code: Code, about: Facts | None = None) -> tuple[str, str]:
    decision = packing.scan(state, code, about or facts(), HERE)
    if decision.verdict.outcome in (Outcome.REJECTED, Outcome.STOP, Outcome.DUPLICATE):
        assert (decision.acts, decision.changes) == ((), ()), "what is refused changes nothing"
    return str(decision.verdict.outcome), str(decision.verdict.reason)


@pytest.mark.parametrize(("code", "about", "wanted"), [
    (bottle(1), facts(), ("accepted", "taken")),
    (replace(bottle(1), product="JUICE"), facts(), ("rejected", "wrong_product")),
    (replace(bottle(1), product=""), facts(known("b1", product="JUICE")), ("rejected", "wrong_product")),
    (bottle(1, lot="L0"), facts(), ("stop", "wrong_batch")),
    (bottle(1), facts(known("b1", lot="L0")), ("stop", "wrong_batch")),
    (bottle(1, lot="L1"), facts(), ("accepted", "taken")),
    (replace(bottle(1), level="crate"), facts(), ("rejected", "wrong_level")),
    (bottle(1), facts(holds=(Hold("H", "recall", product="MILK"),)), ("rejected", "on_hold")),
    (bottle(1), facts(holds=(Hold("H", "recall", product="MILK", lot="L1"),)), ("rejected", "on_hold")),
    (bottle(1), facts(holds=(Hold("H", "recall", product="MILK", lot="L9"),)), ("accepted", "taken")),
    (bottle(1), facts(held={"b1": "wet"}), ("rejected", "on_hold")),
    (SSCC, facts(holds=(Hold("H", "recall", product="MILK", lot="L1"),)), ("rejected", "on_hold")),
    *((bottle(1), facts(known("b1", status=status)), ("rejected", "end_of_life"))
      for status in ("destroyed", "inactive", "disposed")),
    *((bottle(1), facts(known("b1", status=status)), ("rejected", "already_shipped"))
      for status in ("in_transit", "announced")),
    (bottle(1), facts(known("b1", parent="c9", root="p9")), ("duplicate", "packed_before")),
    (bottle(1), facts(known("b1")), ("accepted", "taken")),
    (bottle(1), facts(standing={"b1": Standing(7, "WO2", "case")}), ("duplicate", "duplicate_in_container")),
    (label("c1"), facts(), ("accepted", "labelled")),
    (label("c1"), facts(known("c1", "case", children=3)), ("accepted", "taken")),
    (label("c1"), facts(known("c1", "case", implied=True)), ("accepted", "taken")),
    (label("c1"), facts(known("c1", "case")), ("accepted", "labelled")),
    (label("c1"), facts(known("c1", "case", children=3, parent="p1")), ("duplicate", "packed_before")),
    (label("c1"), facts(standing={"c1": Standing(7, "WO2", "case", True)}), ("duplicate", "duplicate_in_container")),
    (label("p1", "pallet"), facts(known("p1", "pallet", children=2)), ("duplicate", "packed_before")),
    (label("p1", "pallet"), facts(known("p1", "pallet", implied=True)), ("duplicate", "packed_before")),
])
def test_one_code_on_an_empty_line(code: Code, about: Facts, wanted: tuple[str, str]) -> None:
    assert verdict(line(), code, about) == wanted


def test_only_codes_of_a_product_that_lists_them_need_to_be_issued() -> None:
    state = line(product=replace(MILK, issued_only=True))
    assert verdict(state, bottle(1)) == ("rejected", "not_issued")
    assert verdict(state, replace(bottle(1), product="")) == ("rejected", "not_issued")
    assert verdict(state, bottle(1), facts(issued=frozenset({"b1"}))) == ("accepted", "taken")
    assert verdict(state, bottle(1), facts(known("b1"))) == ("accepted", "taken")
    assert verdict(state, SSCC) == ("accepted", "labelled"), "an SSCC comes from the station's own range"


def test_the_order_is_full_at_its_plan() -> None:
    state = line(*closed(1, "b1", "b2", "b3"), planned=3)
    assert verdict(state, bottle(4)) == ("rejected", "order_full")
    assert verdict(line(*case(1, "b1", "b2"), planned=3), bottle(4)) == ("complete", "scan_label")


@pytest.mark.parametrize(("state", "about", "level"), [
    (line(), facts(), "pallet"),
    (line(*case(1, "b1", "b2", "b3")), facts(), "case"),
    (line(*case(1, "b1", "b2", "b3")), facts(known("p1", "pallet", children=2)), "pallet"),
    (line(*case(1, "b1", "b2", "b3")), facts(standing={"p1": Standing(2, "WO1", "pallet", True)}), "pallet"),
    (line(*case(1, "c1", "c2", level="pallet"), *case(2, "b1")), facts(), "pallet"),
])
def test_the_level_of_a_code_that_does_not_say(state: packing.Packing, about: Facts, level: str) -> None:
    assert packing.level_of(state, SSCC, about) == level
    assert packing.level_of(state, label("c9"), about) == "case", "one that says it is believed"


def test_a_label_is_never_used_twice() -> None:
    state = line(*case(1, "b1", label="c1"))
    assert verdict(state, label("c1")) == ("duplicate", "duplicate_in_container")
    assert verdict(state, label("c2")) == ("rejected", "label_used")
    inside = line(*case(1, "c1", level="pallet"))
    assert verdict(inside, label("c1")) == ("duplicate", "duplicate_in_container")


def test_a_second_case_does_not_fill_while_the_first_has_no_name() -> None:
    state = line(*case(1, "b1", "b2", "b3"))
    assert verdict(state, bottle(4)) == ("rejected", "container_full")
    assert verdict(state, label("c1")) == ("complete", "container_complete")


def test_close_short_in_words() -> None:
    asked = packing.close_short(line(*case(1, "b1", label="c1")), "case", "", facts(), HERE)
    assert (asked.verdict.reason, asked.changes) == (Reason.REASON_NEEDED, ())
    decision = packing.close_short(line(*case(1, "b1", label="c1")), "case", "OTHER", facts(), HERE)
    assert decision.verdict.reason is Reason.CONTAINER_COMPLETE
    assert dict(decision.acts[-1].extra)["reason"] == "OTHER" and dict(decision.acts[-1].extra)["expected"] == 3
    assert packing.close_short(line(*case(1)), "case", "TAIL", facts(), HERE).verdict.reason is Reason.CONTAINER_EMPTY
    full = packing.close_short(line(*case(1, "b1", "b2", "b3")), "case", "TAIL", facts(), HERE)
    assert (full.verdict.outcome, full.verdict.reason, full.changes) == (Outcome.WARNING, Reason.SCAN_LABEL, ())


def test_undo_goes_back_step_by_step() -> None:
    state = line(*case(1, "b1", "b2", label="c1"), Shortened(1, 2, "TAIL"))
    assert packing.undo(state, facts()).changes == (Shortened(1, 3, ""),)
    state = line(*case(1, "b1", "b2", label="c1"), Collected(1, ("b3",)), *case(2, label="p1", level="pallet"))
    undone = []
    while (decision := packing.undo(state, facts())).changes:
        undone += decision.changes
        state = apply(state, decision.changes[0])
    assert undone == [Labelled(2, ""), Dropped(1, ("b3",)), Loosened("WO1", "bottle", ("b3",), "undone"),
                      Labelled(1, ""), Dropped(1, ("b1", "b2")), Loosened("WO1", "bottle", ("b1", "b2"), "undone")]
    assert decision.verdict.reason is Reason.NOTHING_TO_UNDO


def test_undo_reaches_back_to_where_a_container_closed() -> None:
    state = line(*case(1, label="p1", level="pallet"), *case(2, "b1", "b2", "b3"))
    for change in packing.scan(state, label("c1"), facts(), HERE).changes:
        state = apply(state, change)
    assert state.containers[0].children == ("c1",)
    assert packing.undo(state, facts()).verdict.reason is Reason.NOTHING_TO_UNDO, "neither case nor pallet label"
    by_hand = line(*case(1, level="pallet"), Collected(1, ("c8",)))
    assert packing.undo(by_hand, facts()).changes == (Dropped(1, ("c8",)),), "a closed case put on by hand"


def test_a_known_child_is_not_made_live_again() -> None:
    about = Facts({"b1": Known("b1", "bottle", "MILK", "L1", "", "active", HERE, "", "WO1", "", "b1", 0)})
    decision = packing.scan(line(*case(1, "b1", "b2", "b3")), label("c1"), about, HERE)
    assert [act.epcs for act in decision.acts] == [("b2", "b3"), ("c1",), ("b1", "b2", "b3")]
