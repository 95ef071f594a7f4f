"""What each kind of document does to goods: events that pass the schemas, and goods where the table says they are."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.decision import Ended, Placed, Unpacked
from app.domain.epcis import event_json
from app.domain.events import Act, Action, Event, Stamp, Type
from app.domain.products import Partner
from app.domain.warehouse.changes import Bound
from app.domain.warehouse.documents import Document
from app.domain.warehouse.goods import Shipment
from app.domain.warehouse.kinds import KINDS, Direction, Kind, PartnerRole
from app.domain.warehouse.movement import moved, voided
from tests.unit.domain.line import HERE
from tests.unit.domain.test_epcis import complaints

PALLET = "https://id.gs1.org/00/069012340000000018"
CASES = tuple(f"https://id.gs1.org/01/16901234000013/21/{number}" for number in (1, 2))
BOTTLES = tuple(f"https://q.brand.example/b/{number:014d}" for number in range(4))
INSIDE = {PALLET: CASES, CASES[0]: BOTTLES[:2], CASES[1]: BOTTLES[2:]}
STORE = Partner("S7", "6901234000016", {"en": "Store 7"}, "retailer", "5101", route="R2")
MOVING = [each for each in KINDS if each.direction is not Direction.COUNT]
SHIPMENT = Shipment(PALLET, "OUT1", "S7", "urn:uuid:1", "2027-11-01")


def paper(kind: Kind, name: str = "D1", **more: Any) -> Document:
    return Document(name, kind.name, "S7" if kind.roles else "", reason=kind.reasons[0] if kind.reasons else "", **more)


def of(kind: Kind, **more: Any) -> tuple[tuple[Act, ...], tuple[Any, ...]]:
    return moved((paper(kind),), STORE if kind.roles else None, PALLET, HERE, inside=INSIDE, **more)


def named(name: str) -> Kind:
    return next(each for each in KINDS if each.name == name)


def stamped(act: Act) -> Event:
    stamp = Stamp("urn:uuid:01a9817f-b4b8-7001-8100-264c7298bee4", datetime(2027, 11, 30, tzinfo=UTC), 480, "LINE-1",
                  f"{HERE}/254/LINE-1", HERE, "gao", 1, 101)
    return Event(act, stamp)


@pytest.mark.parametrize("check", ["", "open", "verified", "mismatch_quantity", "damaged"])
@pytest.mark.parametrize("kind", MOVING, ids=lambda kind: kind.name)
def test_every_event_of_every_kind_passes_the_schemas(kind: Kind, check: str) -> None:
    acts, _ = of(kind, check=check)
    assert acts
    for act in acts:
        assert complaints(stamped(act)) == []
        told = event_json(stamped(act))
        assert (told["ocs:document"], told["ocs:kind"]) == ("D1", kind.name)
        assert told.get("ocs:reason", "") == (kind.reasons[0] if kind.reasons else "")
        assert ("bizLocation" in told) == (not kind.away)


@pytest.mark.parametrize("kind", [each for each in MOVING if not each.ends], ids=lambda kind: kind.name)
def test_goods_are_where_the_kind_puts_them(kind: Kind) -> None:
    acts, changes = of(kind)
    assert len(acts) == 1
    placed = changes[0]
    assert isinstance(placed, Placed)
    assert (placed.epcs, placed.status) == ((PALLET,), kind.status)
    assert (placed.location, placed.partner) == (("", "S7") if kind.away else (HERE, ""))


@pytest.mark.parametrize("kind", [each for each in MOVING if each.ends], ids=lambda kind: kind.name)
def test_a_life_ends_with_all_that_it_holds_taken_apart_first(kind: Kind) -> None:
    acts, changes = of(kind)
    apart = [act.parent for act in acts if act.type is Type.AGGREGATION]
    assert apart == [PALLET, *CASES]
    ended = acts[-1]
    assert (ended.action, ended.disposition) == (Action.DELETE, kind.disposition)
    assert set(ended.epcs) == {PALLET, *CASES, *BOTTLES}
    assert changes == (*(Unpacked(box, INSIDE[box]) for box in apart),
                       Ended(ended.epcs, kind.disposition, kind.ends, kind.reasons[0]))


def test_what_was_sampled_ends_its_life_next() -> None:
    acts, _ = moved((paper(named("sample_out")),), None, BOTTLES[0], HERE)
    assert [(act.action, act.biz_step, act.disposition) for act in acts] == [
        (Action.OBSERVE, "sampling", "non_sellable_other"), (Action.DELETE, "destroying", "destroyed")]
    parts, _ = of(named("sample_out"), max_children=5)
    assert [act.biz_step for act in parts[3:]] == ["sampling", "destroying", "sampling", "destroying"]
    assert max(len(act.epcs) for act in parts) == 5


@pytest.mark.parametrize("kind", [each for each in MOVING if each.away], ids=lambda kind: kind.name)
def test_what_leaves_is_bound_to_its_receiver_unless_it_goes_back_or_stays_ours(kind: Kind) -> None:
    _, changes = of(kind)
    if kind.roles == (PartnerRole.OWN,):
        assert len(changes) == 1                                          # ours still, wherever it is
    elif kind.name in ("return_out", "recall_out"):
        assert changes[1] == Bound((PALLET,), "")
    else:
        assert changes[1] == Bound((PALLET,), "S7", "5101", "R2", "D1")


def test_what_comes_back_is_bound_to_nobody() -> None:
    for kind in MOVING:
        if kind.incoming:
            unbound = Bound((PALLET,), "")
            assert (unbound in of(kind)[1]) == kind.returns
            assert (unbound in of(kind, shipment=SHIPMENT)[1]) == (kind.name != "transfer_in")


def test_a_document_says_another_territory_and_route() -> None:
    acts, changes = moved((paper(named("sales_out"), territory="3201", route="R9"),), STORE, PALLET, HERE)
    assert changes[1] == Bound((PALLET,), "S7", "3201", "R9", "D1")
    assert {"route": "R9", "territory": "3201"}.items() <= dict(acts[0].extra).items()


def test_a_return_comes_from_whom_it_was_shipped_to() -> None:
    shipped, back = of(named("ship"))[0][0], of(named("return_in"))[0][0]
    assert (back.sources, back.destinations) == (shipped.destinations, shipped.sources)
    assert (back.biz_step, back.disposition, back.transactions[0][0]) == ("receiving", "returned", "rma")
    out = of(named("return_out"))[0][0]
    assert (out.biz_step, out.disposition, out.sources) == ("shipping", "returned", shipped.sources)


def test_a_transfer_changes_no_owner() -> None:
    for name in ("transfer_in", "transfer_out"):
        act = of(named(name))[0][0]
        assert {kind for kind, _ in (*act.sources, *act.destinations)} == {"location"}


def test_several_documents_are_one_event_with_all_references() -> None:
    kind = named("sales_out")
    both = (paper(kind, "D 1", references=(("po", "urn:po:1"), ("inv", "urn:inv:1"))),
            paper(kind, "D2", references=(("po", "urn:po:1"),)), paper(kind, "D3"))
    acts, _ = moved(both, STORE, PALLET, HERE)
    assert acts[0].transactions == (("po", "urn:po:1"), ("inv", "urn:inv:1"), ("po", "urn:onecode:document:D3"))
    assert dict(acts[0].extra)["documents"] == "D%201 D2 D3"
    assert len(acts) == 1
    assert complaints(stamped(acts[0])) == []


def test_a_checked_receipt_says_what_was_found() -> None:
    kind = named("receive")
    received, seen = of(kind, check="mismatch_class")[0]
    assert (received.persistent, seen.persistent, seen.disposition) == ((), ("mismatch_class",), "non_conformant")
    assert of(kind)[0][0].persistent == ("completeness_inferred",)
    assert of(kind, check="open")[0][0].persistent == ()


@pytest.mark.parametrize("kind", [each for each in MOVING if each.away], ids=lambda kind: kind.name)
def test_a_void_repeats_the_references_and_parties_of_its_shipment(kind: Kind) -> None:
    shipped, (void,) = of(kind)[0][0], voided((paper(kind),), STORE, PALLET, HERE, reason="NOT-LOADED")[0]
    assert (void.transactions, void.sources, void.destinations) == (
        shipped.transactions, shipped.sources, shipped.destinations)
    assert (void.biz_step, void.in_place, dict(void.extra)["reason"]) == ("void_shipping", True, "NOT-LOADED")
    assert complaints(stamped(void)) == []


def test_voided_goods_are_here_again_and_still_what_they_went_back_for() -> None:
    for name, status in (("ship", "in_progress"), ("return_out", "returned"), ("recall_out", "recalled")):
        _, changes = voided((paper(named(name)),), STORE, PALLET, HERE)
        assert changes == (Placed((PALLET,), status, HERE), Bound((PALLET,), ""))
    assert voided((paper(named("transfer_out")),), STORE, PALLET, HERE)[1] == (Placed((PALLET,), "in_progress", HERE),)
