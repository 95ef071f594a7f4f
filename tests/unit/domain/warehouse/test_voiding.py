"""Voids and corrections on paper: which units stay on which line, and what is refused for which reason."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.codes.identity import Code
from app.domain.decision import Awaiting, Decision, DocumentScanned, DocumentState, Placed
from app.domain.events import Act, Action, Type
from app.domain.facts import Content, Facts, Known
from app.domain.products import Partner
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import corrections, voiding
from app.domain.warehouse.changes import Bound, Corrected, DocumentMade
from app.domain.warehouse.dock import Dock, Paper
from app.domain.warehouse.documents import Document, Line
from app.domain.warehouse.goods import Deed, Goods, Later, Share, Shipment, Stood
from app.domain.warehouse.policy import Policy
from tests.unit.domain.line import HERE, WANG, facts, known

AT = Setting(HERE)
DC7, S8 = Partner("DC7", "6901234000016", {"en": "DC 7"}), Partner("S8", "6901234000030", {"en": "S 8"})
ACT = Act(Type.OBJECT, Action.OBSERVE, "shipping", ("p1",), "in_transit", transactions=(("po", "urn:po:1"),),
          sources=(("location", HERE),), destinations=(("location", "https://id.gs1.org/414/6901234000016"),),
          in_place=False, extra=(("document", "S1"), ("kind", "sales_out"), ("route", "R2")))
MIXED = (Share("S1", 1, 10, "MILK", "L1"), Share("S1", 2, 6, "MILK"), Share("S2", 1, 4, "JUICE"))
OUT = Shipment("p1", "S1", "DC7", "urn:uuid:1", "2027-11-30", {1: 10, 2: 6}, "sales_out", ("S1", "S2"), ACT, MIXED)
YES = Hand(agreed=frozenset({"break"}))


def gone(epc: str = "p1", **more: object) -> Known:
    return known(epc, "pallet", status="in_transit", location="", partner="DC7", **more)


def about(*objects: Known, shipment: Shipment = OUT, progress: dict[str, tuple[str, int]] | None = None,
          **more: object) -> Facts:
    found = facts(*objects, **more)
    return replace(found, goods=Goods(shipments={each.epc: shipment for each in objects}, progress=progress or {}))


def code(epc: str) -> Code:
    return Code(b"", "", epc, "rule")


def scan(epc: str, about_it: Facts, hand: Hand = YES, at: Setting = AT, dock: Dock | None = None) -> Decision:
    return voiding.scan(dock, code(epc), about_it, at, hand, "DAMAGE")


def on(decision: Decision) -> dict[tuple[str, int], int]:
    """Units left on each line that the decision speaks of."""
    return {(each.document, each.line): each.quantity for each in decision.changes if isinstance(each, DocumentScanned)}


def test_the_whole_is_off_all_documents() -> None:
    decision = scan("p1", about(gone(), progress={"S1": ("closed", 16), "S2": ("open", 8)}))
    assert on(decision) == {("S1", 1): 0, ("S1", 2): 0, ("S2", 1): 0}
    assert DocumentState("S1", "cancelled", "DAMAGE") in decision.changes
    assert not any(isinstance(each, DocumentState) and each.document == "S2" for each in decision.changes)
    assert {Placed(("p1",), "in_progress", HERE), Bound(("p1",), "")} <= set(decision.changes)
    void = decision.acts[0]
    assert (void.transactions, void.sources, void.destinations) == (ACT.transactions, ACT.sources, ACT.destinations)
    assert dict(void.extra) == {"document": "S1", "kind": "sales_out", "reason": "DAMAGE"}


@pytest.mark.parametrize(("contents", "left"), [
    ((Content("MILK", "L1", 4),), {("S1", 1): 6, ("S1", 2): 6, ("S2", 1): 4}),
    ((Content("MILK", "L1", 12),), {("S1", 1): 0, ("S1", 2): 4, ("S2", 1): 4}),      # the line of its batch first
    ((Content("MILK", "L9", 6),), {("S1", 1): 10, ("S1", 2): 0, ("S2", 1): 4}),
    ((Content("MILK", "L1", 1), Content("JUICE", "J", 4)), {("S1", 1): 9, ("S1", 2): 6, ("S2", 1): 0}),
])
def test_a_part_is_taken_off_the_lines_that_it_was_on(contents: tuple[Content, ...],
                                                      left: dict[tuple[str, int], int]) -> None:
    case = gone("c1", parent="p1", root="p1")
    decision = scan("c1", about(case, gone(), contents={"c1": contents}))
    assert on(decision) == left
    assert [act.biz_step for act in decision.acts] == ["unpacking", "void_shipping"]
    assert decision.verdict.data["units"] == sum(each.units for each in contents)


@pytest.mark.parametrize("contents", [(Content("MILK", "L1", 17),), (Content("SODA", "S", 1),), ()])
def test_what_is_not_on_the_lines_is_no_part(contents: tuple[Content, ...]) -> None:
    case = gone("c1", parent="p1", root="p1")
    assert scan("c1", about(case, gone(), contents={"c1": contents})).verdict.reason == "inside_parent"


def test_a_part_is_asked_for_first_or_refused_by_policy() -> None:
    case, contents = gone("c1", parent="p1", root="p1"), {"c1": (Content("MILK", "L1", 4),)}
    asked = scan("c1", about(case, gone(), contents=contents), Hand(message=Awaiting("scan")))
    assert (asked.verdict.reason, asked.acts) == ("break_pallet", ())
    assert isinstance(asked.changes[0], Awaiting) and asked.changes[0].question == "break"
    strict = replace(AT, policy=Policy(break_pallet="refuse"))
    assert scan("c1", about(case, gone(), contents=contents), at=strict).verdict.reason == "inside_parent"


@pytest.mark.parametrize(("them", "reason"), [
    (facts(), "unknown_object"),
    (facts(known("p1")), "not_shipped"),
    (replace(facts(gone()), goods=Goods(last_step={"p1": "void_shipping"})), "voided_before"),
    (replace(facts(gone()), goods=Goods(last_step={"p1": "receiving"})), "received_back"),
    (about(known("p1", status="destroyed")), "not_shipped"),
    (about(known("p1", status="in_transit", partner="S8", location="")), "not_shipped"),
])
def test_no_void_without_its_shipment(them: Facts, reason: str) -> None:
    decision = scan("p1", them)
    assert (decision.verdict.reason, decision.acts, decision.changes) == (reason, (), ())


def test_the_document_on_the_screen_must_be_its_own() -> None:
    other = Dock((Paper(Document("S9", "sales_out", "DC7", (Line(1, "MILK", 1),)), DC7),))
    assert scan("p1", about(gone()), dock=other).verdict.reason == "other_shipment"
    for fine in (Dock((replace(other.first, state="closed"),)),
                 Dock((Paper(Document("S2", "sales_out", "DC7", (Line(1, "MILK", 1),)), DC7),)),
                 Dock((Paper(Document("B1", "return_in", "DC7"), DC7),))):
        assert scan("p1", about(gone()), dock=fine).verdict.reason == "voided"


def test_a_document_is_voided_in_as_few_events_as_say_the_same() -> None:
    them = [replace(OUT, epc=f"p{n}", shares=(Share("S1", 1, 8, "MILK"),), documents=("S1",)) for n in range(5)]
    them[4] = replace(them[4], act=replace(ACT, transactions=(("po", "urn:po:2"),)))
    found = facts(*(gone(each.epc) for each in them))
    told = replace(found, goods=Goods(shipments={each.epc: each for each in them}, progress={"S1": ("closed", 40)}))
    asked = Asked("VOID-DOCUMENT", "S1:REFUSED", document=Document("S1", "sales_out", "DC7"))
    assert voiding.whole(asked, told, AT, Hand()).verdict.reason == "second_person"
    decision = voiding.whole(asked, told, replace(AT, max_children=3), Hand(approver=WANG))
    assert [len(act.epcs) for act in decision.acts] == [3, 1, 1]
    assert DocumentState("S1", "cancelled", "REFUSED") in decision.changes
    incoming = replace(asked, document=Document("S1", "receive", "DC7"))
    assert voiding.whole(incoming, told, AT, Hand(approver=WANG)).verdict.reason == "other_kind"


@pytest.mark.parametrize(("argument", "wanted"), [
    ("S1:refused", ("S1", "REFUSED")), ("S1", ("S1", "")), ("A:B", ("A:B", "")), ("A:B:OTHER", ("A:B", "OTHER"))])
def test_a_documents_id_may_have_a_colon(argument: str, wanted: tuple[str, str]) -> None:
    assert voiding.split(argument) == wanted


# --- corrections --------------------------------------------------------------------------------------------------
DEED = Deed("urn:uuid:1", "p1", "sales_out", ("S1",), "2027-11-30", Stood("active", HERE), ("urn:uuid:1",), ACT,
            (Share("S1", 1, 8, "MILK"),))


def dock(**more: object) -> Dock:
    return Dock((Paper(Document("S1", "sales_out", "DC7", (Line(1, "MILK", 8),), route="R2", territory="32"), DC7,
                       **more),))                                           # type: ignore[arg-type]


def receiver(state: Dock, partner: Partner | None, *done: Deed) -> Decision:
    them = replace(facts(), goods=Goods(deeds={each.epc: each for each in done}))
    return corrections.receiver(state, Asked("RECEIVER", "S8", partner=partner), them, AT)


def test_another_receiver_corrects_each_shipment_by_one_of_its_own() -> None:
    decision = receiver(dock(), S8, DEED, replace(DEED, epc="p2", event_id="urn:uuid:2", events=("urn:uuid:2",)))
    corrected = [each for each in decision.changes if isinstance(each, Corrected)]
    assert [(each.event_id, each.reason, each.correctives) for each in corrected] == [
        ("urn:uuid:1", "incorrect_data", ("act:0",)), ("urn:uuid:2", "incorrect_data", ("act:1",))]
    assert [act.epcs for act in decision.acts] == [("p1",), ("p2",)]
    made = next(each.document for each in decision.changes if isinstance(each, DocumentMade))
    assert (made.partner, made.route, made.territory) == ("S8", "", "")


@pytest.mark.parametrize(("state", "partner", "done", "reason"), [
    (dock(state="closed"), S8, (), "document_closed"),
    (Dock((Paper(Document("B1", "return_in", "DC7"), DC7),)), S8, (), "other_kind"),
    (dock(), None, (), "partner_needed"),
    (dock(), replace(S8, role="supplier"), (), "wrong_partner"),
    (dock(), replace(S8, kinds=("return_in",)), (), "wrong_partner"),
    (Dock((dock().first, replace(dock().first, document=Document("S2", "sales_out", "DC7")))), S8, (),
     "which_document"),
    (dock(), S8, (replace(DEED, documents=("S1", "S2")),), "several_documents"),
    (dock(), S8, (replace(DEED, later=(Later("urn:uuid:9", "holding", "2027-12-01"),)),), "later_events"),
    (dock(), S8, tuple(replace(DEED, epc=f"p{n}") for n in range(corrections.MOST + 1)), "too_many"),
])
def test_when_the_receiver_stays(state: Dock, partner: Partner | None, done: tuple[Deed, ...], reason: str) -> None:
    decision = receiver(state, partner, *done)
    assert (decision.verdict.reason, decision.acts, decision.changes) == (reason, (), ())


def test_a_correction_names_what_builds_on_the_event() -> None:
    built = replace(DEED, later=(Later("urn:uuid:9", "receiving", "2027-12-01"), Later("urn:uuid:10", "storing", "")))
    them = replace(facts(), goods=Goods(deeds={"urn:uuid:1": built}))
    decision = corrections.correct(Asked("CORRECT", "urn:uuid:1", last_epc="p1"), them, AT, Hand(approver=WANG))
    assert decision.verdict.reason == "later_events"
    assert {"step": "receiving", "later": "urn:uuid:9", "count": 2}.items() <= decision.verdict.data.items()


def test_a_receipt_taken_back_leaves_nothing_of_itself() -> None:
    bound = Bound(("p1",), "DC7", "32", "R2", "S1")
    back = replace(DEED, kind="return_in", stood=Stood("in_transit", "", "DC7", "", bound),
                   events=("urn:uuid:1", "urn:uuid:2"))
    changes = corrections.taken_back(back)
    assert [each.event_id for each in changes if isinstance(each, Corrected)] == ["urn:uuid:2", "urn:uuid:1"]
    assert {Placed(("p1",), "in_transit", "", "DC7"), bound, DocumentScanned("S1", 1, "p1", 0)} <= set(changes)
    unknown = corrections.taken_back(replace(back, stood=Stood()))
    assert {Placed(("p1",), "announced", ""), Bound(("p1",), "")} <= set(unknown)
