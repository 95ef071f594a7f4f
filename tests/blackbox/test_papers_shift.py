"""Shifts with more than one paper: a truck of documents, shares of several stations, free work, broken pallets."""
from __future__ import annotations

from dataclasses import replace

from app.domain.warehouse.policy import Policy
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

PACKED = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    frame m9 m10 m11 m12 c3
    frame m13 m14 m15 m16 c4
    scan p2
"""


def out(id: str, quantity: int, partner: str = "DC7", **more: object) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": "sales_out", "partner": partner, **more,
                            "lines": [{"line": 1, "product": "MILK", "quantity": quantity}],
                            "references": [["po", f"urn:epcglobal:cbv:bt:6901234000009:{id}"]]}


def test_a_case_is_taken_from_a_pallet_that_stays(shift: Shift) -> None:
    shift.put(out("S1", 8))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan c1     -> warning break_pallet                                      | waits break
        kill
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1           | line 1 4/8
        scan p1     -> complete document_done > shipping p1                      | line 1 8/8
        scan c1     -> duplicate already_on_document
    """)
    assert dict(shift.events()[-2].act.extra)["document"] == "S1"


def test_the_question_is_taken_back_by_the_next_scan_or_by_cancel(shift: Shift) -> None:
    shift.put(out("S1", 100))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan c1     -> warning break_pallet
        scan p2     -> accepted shipped > shipping p2
        do CONFIRM  -> command nothing_to_confirm
        scan c1     -> warning break_pallet
        do CANCEL   -> command confirmed
        do CONFIRM  -> command nothing_to_confirm
        scan m1     -> warning break_pallet
        do CONFIRM  -> accepted shipped > unpacking c1 1, shipping m1           | line 1 9/100
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1           | line 1 12/100
    """)


def test_one_pallet_for_two_orders_is_one_event_with_both(shift: Shift) -> None:
    shift.put(out("S1", 4), out("S2", 4))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1       -> rejected surplus
        do ALSO:S2    -> command document_joined
        kill
        scan p1       -> complete document_done > shipping p1                    | line 1 4/4
        scan p1       -> duplicate already_on_document
        do DONE       -> complete document_closed
        do DONE       -> complete document_closed
        do DONE       -> warning document_closed
    """)
    act = shift.events()[-1].act
    assert [uri.rpartition(":")[2] for _, uri in act.transactions] == ["S1", "S2"]
    assert dict(act.extra)["documents"] == "S1 S2"


def test_what_cannot_be_joined(shift: Shift) -> None:
    shift.put(out("S1", 4), ("document", "G1", {"kind": "gift_out", "partner": "DC7", "reason": "PROMOTION"}))
    shift.play("""
        badge lina
        do ALSO:S1          -> rejected no_task
        do DOCUMENT:S1
        do ALSO:NOWHERE     -> rejected unknown_document
        do ALSO:IN1         -> rejected other_kind
        do ALSO:G1          -> rejected other_kind
        do ALSO:S1          -> warning document_joined
    """)


def test_a_station_does_its_share_while_nobody_can_ask(shift: Shift) -> None:
    shares = [{"station": "LINE-1", "line": 1, "quantity": 8}, {"station": "DOCK-2", "line": 1, "quantity": 8}]
    shift.put(out("S1", 16, quotas=shares))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1     -> complete document_done > shipping p1                      | line 1 8/8
        scan p2     -> rejected quota_done                                       | red quota_done
    """)
    assert shift.published[-1].verdict.data["others"] == 8
    shift.put(out("S1", 16, quotas=[{"station": "LINE-1", "line": 1, "quantity": 16}]))
    shift.play("""
        scan p2     -> complete document_done > shipping p2                      | line 1 16/16
    """)


def test_free_work_makes_its_own_lines(shift: Shift) -> None:
    shift.play(PACKED + """
        do NEW-DOCUMENT:nonsense          -> rejected unknown_kind
        do NEW-DOCUMENT:gift_out          -> command partner_needed                  | armed new-document
        do NEW-DOCUMENT:gift_out:NOBODY   -> rejected partner_needed
        do NEW-DOCUMENT:gift_out:DC7      -> command reason_needed
        do NEW-DOCUMENT:gift_out:DC7:CUSTOMER -> command document_opened
        scan p1     -> accepted shipped > shipping p1                            | line 1 8/0
        kill
        scan p2     -> accepted shipped > shipping p2                            | line 1 16/0
        do DONE     -> complete document_closed
    """)
    assert dict(shift.events()[-1].act.extra)["reason"] == "CUSTOMER"


def test_paused_drafted_and_cancelled(shift: Shift) -> None:
    shift.put(out("S1", 100, state="draft"), out("S2", 8))
    shift.play(PACKED + """
        badge gao
        do DOCUMENT:S1                   -> rejected document_draft
        badge wang
        do DOCUMENT:S1                   -> command document_opened              | document open
        do PAUSE                         -> command document_paused              | document paused
        scan p1                          -> rejected document_paused
        do DOCUMENT:S1                   -> command document_opened              | document open
        do CANCEL-DOCUMENT               -> command reason_needed
        do CANCEL-DOCUMENT:MISTAKE       -> command document_cancelled           | document cancelled
        do DOCUMENT:S1                   -> rejected document_closed
        do DOCUMENT:S2
        scan p1                          -> complete document_done > shipping p1
        do CANCEL-DOCUMENT:MISTAKE       -> rejected document_begun
    """)


def test_a_code_that_nobody_announced(shift: Shift) -> None:
    shift.put(("document", "IN9", {"kind": "purchase_in", "partner": "PLANT", "lines": [
        {"line": 1, "product": "MILK", "quantity": 100}]}))
    shift.play("""
        badge lina
        do DOCUMENT:IN9
        scan c77    -> rejected unknown_object
    """)
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.play("""
        restart
        scan c77    -> accepted received > receiving c77                         | line 1 4/100
        scan m77    -> accepted received > receiving m77                         | line 1 5/100
        scan p77    -> rejected unknown_object                                   # nobody can say what is in it
        scan c77    -> duplicate already_on_document
    """)
    assert dict(shift.events()[0].act.extra)["provisional"] == 1
    assert shift.store.facts([epc("c77")]).known[epc("c77")].implied


def test_what_was_sold_is_not_taken_in_as_lent_and_what_stands_here_not_at_all(shift: Shift) -> None:
    shift.put(out("S1", 8), ("document", "L1", {"kind": "loan_out", "partner": "DC7", "reason": "CUSTOMER"}),
              ("document", "L2", {"kind": "loan_in", "partner": "DC7"}),
              ("document", "R1", {"kind": "return_in", "partner": "DC7", "reason": "NOT-SOLD"}))
    shift.play(PACKED + """
        do DOCUMENT:L2
        scan p1     -> rejected here_already                                     | red here_already
        do DOCUMENT:S1
        scan p1     -> complete document_done > shipping p1                      | calm
        do DOCUMENT:L1
        scan p2     -> accepted shipped > shipping p2
        do DOCUMENT:L2
        scan p1     -> rejected not_lent                                         | red not_lent
        scan p2     -> accepted received > receiving p2                          | calm
        do DOCUMENT:R1
        scan p1     -> accepted received > receiving p1
    """)


def test_nobody_is_asked_to_break_a_pallet_for_goods_that_are_too_old_anyway(shift: Shift) -> None:
    shift.put(("partner", "DC7", {"gln": "6901234000016", "name": {"en": "DC 7"}, "min_life_days": 3650}), out("S1", 8))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan c1     -> rejected short_life                                       | red short_life
    """)
