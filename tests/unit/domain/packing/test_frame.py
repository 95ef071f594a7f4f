"""Whole pictures: whatever is in them, a red one takes nothing and no container ever holds too much."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import Collected
from app.domain.facts import Facts, Standing
from app.domain.packing.containers import Packing, apply
from app.domain.packing.frame import frame, names_nothing
from app.domain.reasons import Outcome, Reason
from tests.unit.domain.line import HERE, bottle, case, closed, facts, known, label, line, refusal

EAN = refusal(Reason.NO_SERIAL, "]E0")
PACKED = facts(*(known(f"b{n}", parent="c7", root="p7") for n in (7, 8)), known("c7", "case", children=2, parent="p7"),
               known("c8", "case", children=3), known("c9", "case", children=3),
               standing={"b9": Standing(99, "WO2", "case")}, held={"b6": "wet"})
CODES = st.sampled_from([
    *(bottle(n) for n in range(1, 10)), label("c1"), label("c2"), label("c7"), label("c8"), label("c9"),
    label("p1", "pallet"), label("s1", "", ""), replace(bottle(1), epc="j1", product="JUICE"),
    replace(bottle(1), epc="old", lot="L0"), EAN, refusal(Reason.NO_RULE), refusal(Reason.UNKNOWN_COMMAND, "")])
STATES = st.sampled_from([
    line(), line(*case(1, "b1")), line(*case(1, "b1", "b2", "b3")), line(*case(1, label="c1")),
    line(*case(1, "b1", "b2", label="c1")), line(*closed(1, "b7", "b8"), *case(2, "c8", level="pallet")),
    line(*case(1, "c8", "c9", level="pallet"), *case(2, "b1", "b2")), line(planned=2),
    line(*case(1, "c8", label="p1", level="pallet"))])


@given(STATES, st.lists(CODES, max_size=7), st.integers(0, 2))
def test_any_picture(state: Packing, codes: list[Code | Refusal], unread: int) -> None:
    decision = frame(state, codes, PACKED, HERE, unread)
    verdict, after = decision.verdict, state
    for change in decision.changes:
        after = apply(after, change)
    assert all(len(box.children) <= box.target for box in after.containers), "more than fits"
    assert after.packed_units <= max(state.order.planned, state.packed_units), "more than the order wants"
    collected = [epc for change in decision.changes if isinstance(change, Collected) for epc in change.epcs]
    assert len(collected) == len(set(collected)) and not set(collected) & {"b6", "b7", "b8", "b9", "j1", "old", "c7"}
    assert sum(isinstance(change, Collected) and change.epcs[0][0] == "b" for change in decision.changes) <= 1
    if verdict.outcome in (Outcome.REJECTED, Outcome.STOP):
        assert (decision.acts, decision.changes) == ((), ()), "a red picture takes nothing"
        assert not any(mark.outcome.good for mark in verdict.marks), "and marks nothing as taken"
    else:
        assert not any(mark.outcome in (Outcome.REJECTED, Outcome.STOP) for mark in verdict.marks)
    indexes = [mark.index for mark in verdict.marks]
    assert indexes == sorted(set(indexes)) and all(0 <= at < len(codes) for at in indexes)
    assert not any(names_nothing(codes[at]) for at in indexes), "what names nothing has no mark"
    if all(names_nothing(code) for code in codes):
        assert verdict.reason is Reason.UNREADABLE


@given(STATES, st.permutations(range(6)))
def test_the_order_of_codes_in_a_picture_does_not_matter(state: Packing, order: list[int]) -> None:
    codes = [bottle(1), bottle(2), bottle(3), label("c1"), EAN, bottle(2)]
    straight, mixed = frame(state, codes, facts(), HERE), frame(state, [codes[at] for at in order], facts(), HERE)
    assert (straight.verdict.outcome, straight.verdict.reason) == (mixed.verdict.outcome, mixed.verdict.reason)
    assert {epc for act in straight.acts for epc in act.epcs} == {epc for act in mixed.acts for epc in act.epcs}


@pytest.mark.parametrize(("reason", "aim", "nothing"), [
    (Reason.NO_SERIAL, "]E0", True), (Reason.NO_SERIAL, "]d2", True), (Reason.NO_SERIAL, "", True),
    (Reason.NO_RULE, "]E0", True), (Reason.NO_RULE, "]E4", True), (Reason.BAD_CHECK_DIGIT, "]E0", True),
    (Reason.UNKNOWN_COMMAND, "]Q1", True),
    (Reason.NO_RULE, "]Q1", False), (Reason.NO_RULE, "", False), (Reason.UNKNOWN_PRODUCT, "]d2", False),
    (Reason.BAD_CHECK_DIGIT, "]Q1", False), (Reason.NOT_TEXT, "", False),
])
def test_what_names_no_object_and_what_is_a_strange_code(reason: Reason, aim: str, nothing: bool) -> None:
    assert names_nothing(refusal(reason, aim)) is nothing
    codes = [bottle(1), bottle(2), bottle(3), label("c1"), refusal(reason, aim)]
    assert (frame(line(), codes, facts(), HERE).verdict.outcome is Outcome.COMPLETE) is nothing


def test_the_worst_is_told_first() -> None:
    codes = [refusal(Reason.NO_RULE), replace(bottle(1), product="JUICE"), replace(bottle(2), lot="L0"), bottle(3)]
    verdict = frame(line(), codes, facts(), HERE, unread=1).verdict
    assert (verdict.outcome, verdict.reason, verdict.data["lot"]) == (Outcome.STOP, Reason.WRONG_BATCH, "L0")
    assert [(mark.index, str(mark.outcome)) for mark in verdict.marks] == [
        (0, "rejected"), (1, "rejected"), (2, "stop")]
    assert verdict.data["count"] == 4 and verdict.data["unread"] == 1


def test_closed_cases_come_in_ones_and_layers() -> None:
    about = facts(known("c8", "case", children=3), known("c9", "case", children=3))
    one = frame(line(), [label("c8")], about, HERE)
    assert (one.verdict.outcome, one.verdict.reason) == (Outcome.ACCEPTED, Reason.TAKEN)
    layer = frame(line(), [label("c8"), label("c9"), label("p1", "pallet")], about, HERE)
    assert layer.verdict.reason is Reason.CONTAINER_COMPLETE and [act.parent for act in layer.acts] == ["", "p1"]
    unsure = frame(line(), [label("c8")], about, HERE, unread=1)
    assert (unsure.verdict.outcome, unsure.verdict.reason) == (Outcome.WARNING, Reason.CONTAINER_SHORT)


def test_a_label_of_the_pallet_that_is_not_wanted_spoils_the_picture() -> None:
    state = line(*case(1, "c8", label="p1", level="pallet"))
    decision = frame(state, [bottle(1), bottle(2), bottle(3), label("p2", "pallet")], facts(), HERE)
    assert (decision.verdict.reason, decision.changes) == (Reason.LABEL_USED, ())


def test_facts_of_nothing() -> None:
    assert frame(line(), [], Facts(), HERE).verdict.reason is Reason.UNREADABLE
