"""Shifts on the dock: receive what was announced, ship what was packed, refuse the rest."""
from __future__ import annotations

from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

PACKED = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    frame m9 m10 m11 m12 c3
    do ORDER:WO 3/甲
    frame j1 j2 j3 j4 jc1
    frame j5 j6 j7 j8 jc2
    do CLOSE-PALLET:TAIL
    scan p3
"""


def test_ship(shift: Shift) -> None:
    shift.play(PACKED + """
        do SHIP              -> command command_taken                            | task shipping
        do DOCUMENT:OUT1     -> command command_taken                            | line 1 0/16, line 2 0/4
        scan p99             -> rejected unknown_object                          | red unknown_object
        scan m1              -> warning break_pallet                             | waits break
        scan c1              -> warning break_pallet                             # not answered: the pallet stays whole
        scan c3              -> rejected inside_parent                           # in the order's open pallet
        scan p1              -> accepted shipped > shipping p1                   | calm, line 1 8/16
        scan p1              -> duplicate already_on_document                    | calm
        scan c2              -> duplicate already_on_document
        scan m5              -> duplicate already_on_document
        scan p3              -> rejected surplus                                 | red surplus, line 2 0/4
        do UNPACK:WRONG
        scan p3              -> warning second_person
        badge wang           -> accepted unpacked > unpacking p3 all
        scan jc1             -> complete line_done > shipping jc1                | calm, line 2 4/4
        scan jc2             -> rejected surplus
        do DONE              -> rejected reason_needed                           | document open
        do DONE:SHORTAGE     -> complete document_closed                         | document closed_short
        do DONE              -> warning document_closed
        do UNDO              -> warning nothing_to_undo                          | line 1 8/16
        scan jc2             -> rejected document_closed
        do DOCUMENT:OUT1     -> rejected document_closed
        do DOCUMENT:OUT 2/乙  -> command command_taken                            | line 1 0/8
        scan p1              -> rejected already_shipped
    """)
    shipped = next(event for event in shift.events() if event.act.biz_step == "shipping")
    assert shipped.act.transactions == (("po", "urn:epcglobal:cbv:bt:6901234000009:PO-1"),)


def test_a_shipment_is_voided_by_undo(shift: Shift) -> None:
    shift.play(PACKED + """
        do DOCUMENT:OUT 2/乙  -> command command_taken
        scan jc1             -> rejected not_on_document
        scan p3              -> rejected not_on_document
        scan p1              -> complete document_done > shipping p1             | line 1 8/8
        kill
        do UNDO              -> accepted undone > void_shipping p1               | line 1 0/8
        do UNDO              -> warning nothing_to_undo
        scan p1              -> complete document_done > shipping p1             | line 1 8/8
        do DONE              -> complete document_closed                         | document closed
    """)
    assert shift.events()[-1].act.transactions == (("desadv", "urn:onecode:document:OUT%202%2F%E4%B9%99"),)


def test_receive_what_was_announced(shift: Shift) -> None:
    shift.play("""
        badge gao
        do RECEIVE           -> command command_taken                            | task receiving IN1, line 1 0/12
        scan p5              -> rejected unknown_object                          | red unknown_object
        scan c901            -> warning break_pallet                             | waits break
        scan jc912           -> rejected not_on_document
        do UNPACK:WRONG      -> rejected not_allowed
        scan p900            -> accepted received > receiving p900               | calm, line 1 8/12
        scan p900            -> duplicate already_on_document
        scan c900            -> duplicate already_on_document
        do UNDO              -> accepted undone > wrong receiving p900           | line 1 0/12
        do UNDO              -> warning nothing_to_undo
        scan p900            -> accepted received > receiving p900               | line 1 8/12
        restart
        scan c910            -> complete document_done > receiving c910          | line 1 12/12
        scan c911            -> rejected surplus                                 | red surplus
        do CONFIRM
        do DONE              -> complete document_closed                         | document closed
    """)
    assert shift.events()[0].act.persistent == ("completeness_inferred",)


def test_received_goods_are_repacked_and_shipped_on(shift: Shift) -> None:
    shift.play("""
        badge lina
        do RECEIVE
        scan p900                -> accepted received > receiving p900
        do DOCUMENT:OUT 2/乙
        do UNPACK:WRONG
        scan p900                -> warning second_person
        badge wang               -> accepted unpacked > unpacking p900 2
        do ORDER:WO1
        scan c900                -> accepted taken                               | pallet 1/2, case 0/4
        scan c901                -> complete scan_label                          | pallet 2/2
        do DOCUMENT:OUT 2/乙
        scan c900                -> rejected inside_parent                       # it stands in the open pallet
        do ORDER:WO1
        scan p7                  -> complete container_complete > commissioning p7, packing p7 2
        do DOCUMENT:OUT 2/乙
        scan p7                  -> complete document_done > shipping p7         | line 1 8/8
    """)


def test_held_goods_stay(shift: Shift) -> None:
    shift.play(PACKED)
    shift.put(("hold", "H1", {"reason": "recall", "epc": epc("m5")}))
    shift.play("""
        do DOCUMENT:OUT1
        scan p1 -> rejected on_hold                                              | red on_hold
    """)
    assert shift.published[-1].verdict.data["hold"] == "recall"
    shift.put(("hold", "H1", {"reason": "recall", "epc": epc("m5"), "active": False}))
    shift.play("""
        scan p1 -> accepted shipped > shipping p1                                | calm
    """)


def test_the_wrong_batch_is_not_shipped(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO 3/甲
        frame j1 j2 j3 j4 jc1
        do CLOSE-PALLET:TAIL
        scan p4
    """)
    shift.put(("document", "OUT3", {"kind": "ship", "partner": "DC7", "lines": [
        {"line": 1, "product": "JUICE", "quantity": 4, "lot": "J0"}, {"line": 2, "product": "MILK", "quantity": 4}]}))
    shift.play("""
        do DOCUMENT:OUT3
        scan p4 -> rejected wrong_batch                                          | red wrong_batch, line 1 0/4
    """)


def test_a_camera_on_the_dock_sees_one_pallet_label(shift: Shift) -> None:
    shift.play(PACKED + """
        do DOCUMENT:OUT1
        frame content p1 ean p1 -> accepted shipped > shipping p1                | line 1 8/16
        frame content           -> rejected unreadable
        frame p3 c3             -> rejected wrong_level
        frame x1                -> rejected no_rule
    """)
