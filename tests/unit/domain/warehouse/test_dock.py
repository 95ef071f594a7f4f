"""The dock: what may move, on which line it counts, and back again."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code
from app.domain.decision import DocumentScanned, DocumentState, Placed, SignedIn
from app.domain.facts import Content, Facts, Standing
from app.domain.products import Hold, Partner
from app.domain.reasons import Outcome, Reason
from app.domain.setting import BY_HAND, Setting
from app.domain.warehouse import dock
from app.domain.warehouse.changes import Bound
from app.domain.warehouse.dock import Dock, Paper, apply
from app.domain.warehouse.documents import Document, Line
from tests.unit.domain.line import HERE, facts, known

DC7 = Partner("DC7", "6901234000016", {"en": "DC 7"})
PALLET = Code(b"", "", "p1", "rule", "pallet")
MILK24 = {"p1": (Content("MILK", "L1", 24),)}


AT = Setting(HERE)


def ship(*lines: Line, **more: object) -> Dock:
    paper = Paper(Document("OUT1", "ship", "DC7", lines or (Line(1, "MILK", 100),)), DC7, **more)  # type: ignore[arg-type]
    return Dock((paper,), "LINE-1")


def receive(*lines: Line) -> Dock:
    return Dock((Paper(Document("IN1", "receive", "DC7", lines or (Line(1, "MILK", 100),)), DC7),), "LINE-1")


def told(state: Dock, about: Facts) -> tuple[str, str]:
    decision = dock.scan(state, PALLET, about, AT, BY_HAND)
    if not decision.verdict.outcome.good:
        assert (decision.acts, decision.changes) == ((), ())
    return str(decision.verdict.outcome), str(decision.verdict.reason)


@pytest.mark.parametrize(("state", "about", "wanted"), [
    (ship(), facts(known("p1", "pallet"), contents=MILK24), ("accepted", "shipped")),
    (ship(), facts(contents=MILK24), ("rejected", "unknown_object")),
    (ship(), facts(known("p1", parent="x", root="x"), contents=MILK24), ("rejected", "inside_parent")),
    (ship(), facts(known("p1"), contents=MILK24, standing={"p1": Standing(1, "WO1", "pallet")}),
     ("rejected", "inside_parent")),
    (ship(), facts(known("p1"), contents=MILK24, standing={"p1": Standing(1, "WO1", "pallet", True)}),
     ("accepted", "shipped")),
    (ship(), facts(known("p1", status="destroyed"), contents=MILK24), ("rejected", "end_of_life")),
    (ship(), facts(known("p1", status="in_transit", location=""), contents=MILK24), ("rejected", "already_shipped")),
    (ship(), facts(known("p1", status="announced", location=""), contents=MILK24), ("rejected", "not_here")),
    (ship(), facts(known("p1", location="elsewhere"), contents=MILK24), ("rejected", "not_here")),
    (ship(), facts(known("p1")), ("rejected", "empty_container")),
    (ship(), facts(known("p1"), contents=MILK24, held={"p1": "wet"}), ("rejected", "on_hold")),
    (ship(), facts(known("p1"), contents=MILK24, holds=(Hold("H", "recall", product="MILK", lot="L1"),)),
     ("rejected", "on_hold")),
    (ship(), facts(known("p1"), contents=MILK24, on_document={"p1": "p1"}), ("duplicate", "already_on_document")),
    (ship(Line(1, "JUICE", 24)), facts(known("p1"), contents=MILK24), ("rejected", "not_on_document")),
    (ship(Line(1, "MILK", 24, "L2")), facts(known("p1"), contents=MILK24), ("rejected", "wrong_batch")),
    (ship(Line(1, "MILK", 23)), facts(known("p1"), contents=MILK24), ("rejected", "surplus")),
    (ship(Line(1, "MILK", 24)), facts(known("p1"), contents=MILK24), ("complete", "document_done")),
    (ship(Line(1, "MILK", 24), Line(2, "JUICE", 1)), facts(known("p1"), contents=MILK24), ("complete", "line_done")),
    (ship(state="closed"), facts(known("p1"), contents=MILK24), ("rejected", "document_closed")),
    (receive(), facts(known("p1", status="announced", location=""), contents=MILK24), ("accepted", "received")),
    (receive(), facts(known("p1", status="in_transit", location=""), contents=MILK24), ("accepted", "received")),
    (receive(), facts(known("p1"), contents=MILK24), ("rejected", "here_already")),
])
def test_one_pallet(state: Dock, about: Facts, wanted: tuple[str, str]) -> None:
    assert told(state, about) == wanted


LINES = st.lists(st.builds(Line, st.just(0), st.sampled_from(["MILK", "JUICE"]), st.integers(1, 30),
                           st.sampled_from(["", "L1", "L2"])), min_size=1, max_size=4).map(
    lambda lines: tuple(replace(line, line=number) for number, line in enumerate(lines, 1)))
CONTENTS = st.dictionaries(st.tuples(st.sampled_from(["MILK", "JUICE"]), st.sampled_from(["L1", "L2"])),
                           st.integers(1, 30), min_size=1, max_size=3).map(
    lambda found: tuple(Content(product, lot, units) for (product, lot), units in found.items()))


@given(LINES, CONTENTS)
def test_units_go_to_lines_whole_or_not_at_all(lines: tuple[Line, ...], contents: tuple[Content, ...]) -> None:
    state = ship(*lines)
    decision = dock.scan(state, PALLET, facts(known("p1"), contents={"p1": contents}), AT, BY_HAND)
    given_to = {change.line: change.quantity for change in decision.changes if isinstance(change, DocumentScanned)}
    if not given_to:
        assert decision.verdict.outcome is Outcome.REJECTED and not decision.changes
        return
    assert sum(given_to.values()) == sum(content.units for content in contents)
    by_number = {line.line: line for line in lines}
    for number, units in given_to.items():
        assert 0 < units <= by_number[number].quantity
    for product in ("MILK", "JUICE"):
        wanted = sum(content.units for content in contents if content.product == product)
        assert sum(units for number, units in given_to.items() if by_number[number].product == product) == wanted
    after = state
    for change in decision.changes:
        after = apply(after, change)
    assert dict(after.done) == given_to
    assert (decision.verdict.reason is Reason.DOCUMENT_DONE) == after.first.complete(after.station)


def test_lines_that_name_the_batch_come_first() -> None:
    state = ship(Line(1, "MILK", 24), Line(2, "MILK", 20, "L1"))
    decision = dock.scan(state, PALLET, facts(known("p1"), contents=MILK24), AT, BY_HAND)
    assert {change.line: change.quantity for change in decision.changes if isinstance(change, DocumentScanned)} == {
        2: 20, 1: 4}


def test_a_shipment_word_for_word() -> None:
    decision = dock.scan(ship(), PALLET, facts(known("p1"), contents=MILK24), AT, BY_HAND)
    act = decision.acts[0]
    assert (act.biz_step, act.disposition, act.epcs, act.in_place) == ("shipping", "in_transit", ("p1",), False)
    assert act.transactions == (("desadv", "urn:onecode:document:OUT1"),)
    assert act.sources == (("location", HERE),)
    assert act.destinations == (("owning_party", "https://id.gs1.org/417/6901234000016"),
                                ("location", "https://id.gs1.org/414/6901234000016"))
    assert decision.changes[-2:] == (Placed(("p1",), "in_transit", "", "DC7"), Bound(("p1",), "DC7", "", "", "OUT1"))


def test_closing_a_document() -> None:
    short = ship(Line(1, "MILK", 24))
    assert dock.close(short, "").verdict.reason is Reason.REASON_NEEDED
    assert dock.close(short, "TAIL").changes == (DocumentState("OUT1", "closed_short", "TAIL"),)
    done = ship(Line(1, "MILK", 24), done={1: 24})
    assert dock.close(done, "").changes == (DocumentState("OUT1", "closed"),)
    again = dock.close(apply(done, DocumentState("OUT1", "closed")), "TAIL")
    assert (again.verdict.outcome, again.changes) == (Outcome.WARNING, ())
    assert apply(done, DocumentState("OTHER", "closed")) == done and apply(done, SignedIn("lina")) == done
