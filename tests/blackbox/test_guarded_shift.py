"""What may not be got round: holds, doubtful cases, closed orders, clearance, second persons, printed labels."""
from __future__ import annotations

from pathlib import Path

from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

FLAT = """
    badge lina
    do ORDER:FLAT1
    frame m1 m2 m3 m4 c1  -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
"""


def test_a_hold_is_not_washed_off(shift: Shift) -> None:
    shift.play(FLAT + """
        do HOLD:DOUBT
        scan c1               -> accepted held_back > holding c1
        do UNDO               -> rejected on_hold
        do RELABEL:DAMAGE
        scan c1               -> rejected on_hold
        do UNPACK:WRONG
        scan c1               -> rejected on_hold
        do REPACK:2:CUSTOMER
        scan c1               -> rejected on_hold
        do REMOVE:WRONG
        scan m1               -> rejected on_hold
        do SWAP:DAMAGE
        scan m1               -> rejected on_hold
    """)


def test_a_case_that_nobody_is_sure_of_wants_a_second_person(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:PRINT1
        queue m1 m2
        do JAM                -> warning queue_stopped
        signal packer         -> warning case_doubtful                           | case parked 1
        do UNPARK             -> warning second_person
        badge wang            -> accepted unparked                               | case expects p5000
        scan p5000            -> complete container_complete > commissioning 2, commissioning p5000, packing p5000 2
    """)


def test_a_closed_order_stays_closed_and_its_goods_can_be_worked_with(shift: Shift) -> None:
    shift.play(FLAT + """
        do LOGOUT
        badge wang
        do PACK
        do CLOSE-ORDER        -> complete order_reconciled                       | stage closed
        do UNDO               -> warning nothing_to_undo
        do RETURN:UNUSED
        scan m31              -> rejected order_closed
        do SCRAP:DAMAGE
        scan m30              -> rejected order_closed
        scan m1               -> accepted scrapped > unpacking c1 1, decommissioning m1
        do CONTINUE:REST-CAME
        scan c1               -> rejected order_closed
        do ORDER:FLAT1        -> rejected unknown_order
    """)
    counts = shift.store.counted("FLAT1")
    assert [(each.packed, each.scrapped, each.difference) for each in counts.levels] == [(4, 0, 0), (1, 0, 0)]


def test_clearance_is_not_got_past_by_pause(tmp_path: Path) -> None:
    shift = Shift(tmp_path, clearance=True)
    shift.play("""
        badge lina
        do ORDER:WO2
        scan m1               -> rejected line_clearance
        frame m1 m2           -> rejected line_clearance
        do PAUSE              -> rejected line_clearance
        queue m1              -> rejected line_clearance
        do START              -> command order_started
        scan m1               -> accepted taken
        do PAUSE              -> command order_paused
        scan m2               -> rejected order_paused
        do PAUSE              -> command order_started
        do FINISH             -> command order_finished
        do START              -> warning second_person
    """)
    shift.end()


def test_an_approval_is_for_the_act_that_was_shown(shift: Shift) -> None:
    shift.play(FLAT + """
        type m7               -> warning second_person                           | waits code
        frame m5 m6 m7 m8 c2  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        badge wang            -> duplicate packed_before                         | by lina
        type m9               -> warning second_person
        do DESTROY:DAMAGE     -> command scan_which
        badge wang            -> command signed_in                               | by wang
    """)


def test_a_camera_does_no_armed_act(shift: Shift) -> None:
    shift.play(FLAT + """
        do SCRAP:DAMAGE       -> command scan_which
        frame m5              -> warning container_short                         | armed scrap, case 1/4
        frame m5 m6 m7 m8 c2  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        scan m5               -> accepted scrapped > unpacking c2 1, decommissioning m5
    """)


def test_a_container_that_is_filled_up_again_stays_here(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        scan m1 m2            -> accepted taken; accepted taken
        do CLOSE:TAIL
        scan c1               -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
        do CLOSE-PALLET:TAIL
        scan p1               -> complete container_complete > commissioning p1, packing p1 1
        do CONTINUE:REST-CAME
        scan c1               -> accepted continued
        do UNPACK:WRONG
        scan c1               -> rejected label_used
        do DOCUMENT:OUT1
        scan p1               -> rejected inside_parent
    """)


def test_the_line_goes_on_whichever_page_is_open(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        queue m1 m2           -> accepted queued; accepted queued
        do LOOKUP
        queue m3              -> accepted queued
        do LOGOUT
        queue m4              -> accepted queued
        signal packer         -> complete scan_label
    """)
    assert shift.station.state.packing and shift.station.state.packing.containers[0].children == tuple(
        epc(f"m{n}") for n in range(1, 5))


def test_both_codes_of_a_bottle_are_one_place_in_the_queue(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:FILED1
        queue y5              -> rejected not_paired
        do ORDER:CAPS1
        queue k1              -> rejected half_read
        do SCRAP:DAMAGE
        scan i21              -> rejected not_paired
    """)


def test_a_label_says_what_is_in_its_own_container(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:PRINT1
        scan m1               -> accepted taken
        do CLOSE:TAIL         -> complete label_ordered
        scan p5000            -> complete container_complete > commissioning m1, commissioning p5000, packing p5000 1
        do ORDER:FLAT1
        do RELABEL:DAMAGE
        scan p5000            -> accepted scan_new
        do CANCEL
        do ORDER:PRINT1
        do RELABEL:DAMAGE
        scan m1               -> accepted label_ordered
        do ORDER:FLAT1
        restart
    """)
    label, = shift.station.unprinted()[-1:]
    assert (label.order, label.level, label.count, label.units) == ("PRINT1", "case", 1, 1)


def test_who_answered_a_stop_goes_by_name(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO1
        scan j1
        badge wang
        do CONFIRM
    """)
    view = shift.station.view(shift.published[-1].verdict)
    assert shift.published[-1].verdict.data["by"] == "wang" and view.names["wang"] == {"": "王强"}
