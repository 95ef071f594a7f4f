"""Closing and taking apart: acts in causal order, nothing made live twice, large ones in parts."""
from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Closed, Commissioned, Packed, Unpacked
from app.domain.packing import closing
from tests.unit.domain.line import HERE, PLAN, case, facts, known, line


def test_a_case_word_for_word() -> None:
    state = line(*case(1, "b1", "b2", "b3", label="c1"))
    acts, changes = closing.close(state, state.containers[0], facts(known("b2")), HERE, 1000)
    assert [(act.biz_step, act.action.value, act.epcs, act.parent) for act in acts] == [
        ("commissioning", "ADD", ("b1", "b3"), ""), ("commissioning", "ADD", ("c1",), ""),
        ("packing", "ADD", ("b1", "b2", "b3"), "c1")]
    assert acts[0].ilmd == (("lotNumber", "L1"), ("productionDate", "2027-11-30"), ("itemExpirationDate", "2028-05-28"))
    assert acts[0].transactions == (("prodorder", "urn:onecode:order:WO1"),) and acts[0].disposition == "active"
    assert dict(acts[0].extra) == {"level": "bottle", "order": "WO1", "product": "MILK"}
    assert dict(acts[2].extra) == {"order": "WO1", "level": "case"}, "full as planned: nothing more to say"
    assert changes == [
        Commissioned(("b1", "b3"), "bottle", "MILK", "L1", "2028-05-28", "WO1", "active", HERE),
        Commissioned(("c1",), "case", "MILK", "L1", "2028-05-28", "WO1", "active", HERE),
        Packed("c1", ("b1", "b2", "b3"), True, "WO1"), Closed(1, "WO1", "case")]


def test_a_pallet_of_closed_cases_makes_only_itself_live() -> None:
    state = line(*case(1, "c1", "c2", label="p1", level="pallet"))
    acts, _ = closing.close(state, state.containers[0], facts(), HERE, 1000)
    assert [(act.biz_step, act.epcs) for act in acts] == [("commissioning", ("p1",)), ("packing", ("c1", "c2"))]


def test_an_order_without_dates_and_with_a_name_that_is_no_uri() -> None:
    state = line(*case(1, "b1", label="c1"))
    order = replace(state.order, id="WO 3/甲", produced="", expiry="")
    acts, _ = closing.close(replace(state, order=order), state.containers[0], facts(), HERE, 1000)
    assert acts[0].ilmd == (("lotNumber", "L1"),)
    assert acts[0].transactions == (("prodorder", "urn:onecode:order:WO%203%2F%E7%94%B2"),)
    assert dict(acts[2].extra) == {"order": "WO 3/甲", "level": "case", "expected": 3, "reason": "OTHER"}


@given(st.integers(1, 40), st.integers(1, 12))
def test_no_act_is_larger_than_the_server_takes(count: int, most: int) -> None:
    children = tuple(f"b{n}" for n in range(count))
    state = line(*case(1, *children, label="c1"))
    acts, changes = closing.close(state, state.containers[0], facts(), HERE, most)
    assert all(len(act.epcs) <= most for act in acts)
    for step in ("commissioning", "packing"):
        told = tuple(epc for act in acts if act.biz_step == step for epc in act.epcs if epc != "c1")
        assert told == children
    assert [change.children for change in changes if isinstance(change, Packed)] == [children]


def test_taking_apart_outermost_first() -> None:
    acts, changes = closing.unpack(known("c1", "case", parent="p1", root="p1", children=2), ("b1", "b2"))
    assert [(act.biz_step, act.action.value, act.epcs, act.parent) for act in acts] == [
        ("unpacking", "DELETE", ("c1",), "p1"), ("unpacking", "DELETE", (), "c1")]
    assert changes == [Unpacked("p1", ("c1",)), Unpacked("c1", ("b1", "b2"), "WO1", "case")]
    _, changes = closing.unpack(known("c1", "case", order=""), ("b1",))
    assert changes == [Unpacked("c1", ("b1",))], "what came from elsewhere is on no work's count"


def test_units_that_childless_objects_stand_for() -> None:
    assert closing.units_inside(PLAN, "bottle", 5, False) == 5
    assert closing.units_inside(PLAN, "pallet", 2, True) == 12
    assert closing.units_inside(PLAN, "case", 2, False) == 0, "an empty case holds nothing"


def test_what_takes_anothers_place_is_made_live_as_an_order_makes_it() -> None:
    old = known("c1", "case", lot="L0", expiry="2028-01-01")
    about = facts(known("c8", "case"), known("c9", "case", status="announced"), orders={"WO1": line().order})
    acts, changes = closing.born(closing.origin(old, about), ("c7", "c8", "c9"), "case", about, HERE, 1000)
    assert [act.epcs for act in acts] == [("c7", "c9")], "what is live stays so, what was only announced is made here"
    assert dict(acts[0].ilmd) == {"lotNumber": "L0", "productionDate": "2027-11-30", "itemExpirationDate": "2028-01-01"}
    assert acts[0].transactions == (("prodorder", "urn:onecode:order:WO1"),)
    assert dict(acts[0].extra) == {"level": "case", "order": "WO1", "product": "MILK"}
    assert changes == [Commissioned(("c7", "c9"), "case", "MILK", "L0", "2028-01-01", "WO1", "active", HERE)]
    acts, _ = closing.born(closing.origin(known("x", order=""), facts()), ("y",), "bottle", facts(), HERE, 1000)
    assert acts[0].transactions == () and dict(acts[0].extra) == {"level": "bottle", "product": "MILK"}
