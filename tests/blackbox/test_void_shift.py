"""Shipments taken back after the truck has left: whole, in part, by document; and what is refused."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.people import badge_hash
from tests.blackbox.goods import epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift

CHEN = badge_hash("chen", "CHEN-1")

PACKED = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    frame m9 m10 m11 m12 c3
    frame m13 m14 m15 m16 c4
    scan p2
    do LOGOUT
    badge wang
"""
SHIPPED = PACKED + """
    do DOCUMENT:S1
    scan p1 p2
    do DONE      -> complete document_closed | document closed
    do HOME
"""


@pytest.fixture(autouse=True)
def _the_server_agrees(shift: Shift, tmp_path: Path) -> Iterator[None]:
    """Whatever is played here, the server has the same goods afterwards."""
    yield
    (tmp_path / "server").mkdir()
    same_goods(shift, tmp_path / "server")


def out(id: str, quantity: int = 16, kind: str = "sales_out", **more: object) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": kind, "partner": "DC7", **more,
                            "lines": [{"line": 1, "product": "MILK", "quantity": quantity}],
                            "references": [["po", f"urn:epcglobal:cbv:bt:6901234000009:{id}"]]}


def stage(shift: Shift, document: str) -> tuple[str, str, int]:
    """(state, reason, units done) of a document at the station."""
    return shift.store.connection.execute(
        "SELECT state, reason, (SELECT coalesce(sum(quantity), 0) FROM document_object WHERE document=?1)"
        " FROM document_state WHERE document=?1", (document,)).fetchone()


def bound(shift: Shift, name: str) -> str:
    row = shift.store.connection.execute("SELECT partner FROM binding WHERE epc=?", (epc(name),)).fetchone()
    return row[0] if row else ""


def test_one_pallet_is_voided_after_closing(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(SHIPPED + """
        do VOID              -> command reason_needed
        do VOID:REFUSED      -> command scan_which                        | armed void
        kill
        scan p1              -> accepted voided > void_shipping p1        | calm
        scan p1              -> rejected no_task
        do VOID:REFUSED
        scan p1              -> rejected voided_before                    | red voided_before
        scan p99             -> rejected unknown_object
        scan p2              -> accepted voided > void_shipping p2        | calm
    """)
    shipped, void = (next(each.act for each in shift.events() if each.act.biz_step == step)
                     for step in ("shipping", "void_shipping"))
    assert (void.transactions, void.sources, void.destinations) == (
        shipped.transactions, shipped.sources, shipped.destinations)
    assert dict(void.extra) == {"document": "S1", "kind": "sales_out", "reason": "REFUSED"}
    assert stage(shift, "S1") == ("cancelled", "REFUSED", 0)
    assert bound(shift, "p1") == ""


def test_undo_leaves_what_another_document_of_the_truck_was_closed_with(shift: Shift) -> None:
    shift.put(out("S1", 4), out("S2", 4))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1  -> complete document_done > shipping p1
        do DONE  -> complete document_closed
        do UNDO  -> rejected document_closed
    """)
    assert stage(shift, "S1")[0] == "closed"


def test_a_closed_document_is_short_of_what_was_voided(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(SHIPPED + """
        do VOID:NOT-LOADED
        scan p2 -> accepted voided > void_shipping p2
    """)
    assert stage(shift, "S1") == ("closed_short", "NOT-LOADED", 8)
    assert bound(shift, "p1") == "DC7"


def test_goods_of_a_voided_shipment_leave_again(shift: Shift) -> None:
    shift.put(out("S1"), out("S2", 8))
    shift.play(SHIPPED + """
        do VOID:NOT-LOADED
        scan p2 -> accepted voided > void_shipping p2
        do DOCUMENT:S2
        scan p2 -> complete document_done > shipping p2                   | line 1 8/8
        do VOID:MISTAKE
        scan p1 -> rejected other_shipment                                | red other_shipment
        scan p2 -> accepted voided > void_shipping p2                     | line 1 0/8, document open, calm, last none
        scan p2 -> complete document_done > shipping p2                   | line 1 8/8
    """)
    assert bound(shift, "p2") == "DC7"


def test_part_of_a_pallet_is_voided_after_a_question(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(SHIPPED + """
        do VOID:DAMAGE
        scan c1    -> warning break_pallet                                | waits break
        kill
        do CONFIRM -> accepted voided > unpacking p1 1, void_shipping c1
        do VOID:DAMAGE
        scan m5    -> warning break_pallet
        do CONFIRM -> accepted voided > unpacking c2 1, void_shipping m5
        do VOID:DAMAGE
        scan c1    -> rejected voided_before
        scan p1    -> accepted voided > void_shipping p1
    """)
    assert stage(shift, "S1") == ("closed_short", "DAMAGE", 8)


def test_the_units_on_the_line_go_down_by_what_was_taken_out(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(SHIPPED + """
        do VOID:DAMAGE
        scan m1    -> warning break_pallet
        do CONFIRM -> accepted voided > unpacking c1 1, void_shipping m1
    """)
    assert stage(shift, "S1") == ("closed_short", "DAMAGE", 15)
    assert shift.published[-1].verdict.data["units"] == 1


def test_what_cannot_be_voided(shift: Shift) -> None:
    shift.put(out("S1"), ("document", "B1", {"kind": "return_in", "partner": "DC7", "reason": "NOT-SOLD"}))
    shift.play(PACKED + """
        do VOID:REFUSED
        scan p1             -> rejected not_shipped                       | red not_shipped
        do CANCEL
        do DOCUMENT:S1
        scan p1
        scan p2
        do DONE
        do DOCUMENT:B1
        scan p1             -> accepted received > receiving p1
        do VOID:REFUSED
        scan p1             -> rejected received_back                     | red received_back
        scan c1             -> rejected received_back
        do CANCEL
        do LOGOUT
        badge lina
        do VOID:REFUSED     -> rejected not_allowed
        do VOID-DOCUMENT:S1 -> rejected not_allowed
    """)


def test_a_whole_document_is_voided_by_two(shift: Shift) -> None:
    shift.put(out("S1"), ("person", "chen", {"name": "陈", "role": "supervisor", "badge": CHEN}))
    shift.play(SHIPPED + """
        do VOID-DOCUMENT:S9                -> rejected unknown_document
        do VOID-DOCUMENT:S1                -> command reason_needed
        do VOID-DOCUMENT:S1:REFUSED        -> warning second_person      | waits VOID-DOCUMENT
        badge wang                         -> warning same_person
        do VOID-DOCUMENT:S1:REFUSED        -> warning second_person
        restart
        badge CHEN-1                       -> accepted voided > void_shipping 2 | calm
        do VOID-DOCUMENT:S1:REFUSED        -> rejected not_shipped
    """)
    assert stage(shift, "S1") == ("cancelled", "REFUSED", 0)
    assert dict(shift.events()[-1].act.extra)["approver"] == "chen"


def test_of_a_document_only_what_is_still_out_is_voided(shift: Shift) -> None:
    shift.put(out("S1"), ("person", "chen", {"name": "陈", "role": "supervisor", "badge": CHEN}),
              ("document", "B1", {"kind": "return_in", "partner": "DC7", "reason": "NOT-SOLD"}))
    shift.play(SHIPPED + """
        do DOCUMENT:B1
        scan p1                            -> accepted received > receiving p1
        do VOID-DOCUMENT:S1:OTHER          -> warning second_person
        badge CHEN-1                       -> accepted voided > void_shipping p2
    """)
    assert stage(shift, "S1") == ("closed_short", "OTHER", 8)


def test_one_pallet_of_two_documents_is_voided_for_both(shift: Shift) -> None:
    shift.put(out("S1", 4), out("S2", 4))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1             -> complete document_done > shipping p1
        do UNDO             -> accepted undone > void_shipping p1         | line 1 0/4
        scan p1             -> complete document_done > shipping p1
        do DONE
        do DONE
        do HOME
        do VOID:REFUSED
        scan p1             -> accepted voided > void_shipping p1
    """)
    assert stage(shift, "S1") == stage(shift, "S2") == ("cancelled", "REFUSED", 0)
    assert dict(shift.events()[-1].act.extra)["documents"] == "S1 S2"
