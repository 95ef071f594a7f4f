"""Rework, each act as a clerk does it: the command's barcode, then what is to be changed; and its events."""
from __future__ import annotations

from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:WO2
"""
PACKED = BEGIN + """
    frame m1 m2 m3 m4 c1  -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    frame m5 m6 m7 m8 c2  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
    scan p1               -> complete container_complete > commissioning p1, packing p1 2 | packed 8
"""


def test_a_unit_is_taken_out_of_a_closed_case_and_of_an_open_one(shift: Shift) -> None:
    shift.play(PACKED + """
        do REMOVE             -> command reason_needed
        do REMOVE:DAMAGE      -> command scan_which                              | armed remove
        scan m99              -> rejected not_inside                             | armed remove
        scan m3               -> accepted removed > unpacking c1 1               | packed 7, calm
        scan m9 m10           -> accepted taken; accepted taken                  | case 2/4
        do REMOVE:WRONG
        scan m9               -> accepted removed                                | case 1/4
        scan m9               -> accepted taken                                  | case 2/4, packed 9
        scan m3               -> accepted taken                                  | case 3/4, packed 10
    """)
    assert shift.station.state.session.armed.act == ""


def test_a_unit_is_swapped_without_touching_the_rest(shift: Shift) -> None:
    shift.play(PACKED + """
        do SWAP:DAMAGE        -> command scan_which
        scan m2               -> accepted scan_new                               | armed swap
        scan m5               -> duplicate packed_before                         | armed swap
        scan j1               -> rejected wrong_product
        kill
        scan m20              -> accepted swapped > unpacking c1 1, destroying m2, commissioning m20, packing c1 1 \
                                                                                 | packed 8
        scan m2               -> rejected end_of_life
        do SWAP:UNREADABLE
        scan m20              -> accepted scan_new
        scan m21              -> accepted swapped > unpacking c1 1, decommissioning m20, commissioning m21, packing c1 1
        scan m9               -> accepted taken
        do SWAP:DAMAGE
        scan m9               -> accepted scan_new
        scan m10              -> accepted swapped > commissioning m9, destroying m9 | case 1/4
    """)
    assert [each.act.epcs for each in shift.events() if each.act.biz_step == "destroying"] == [
        (epc("m2"),), (epc("m9"),)]
    _as_the_order_makes_them(shift, "m20", "m21")


def test_samples_scrap_and_destroyed_units_end_their_life(shift: Shift) -> None:
    shift.play(PACKED + """
        do SAMPLE:QC
        scan m1               -> accepted sampled > unpacking c1 1, sampling m1, destroying m1 | packed 7
        do SCRAP:DAMAGE
        scan m30              -> accepted scrapped > commissioning m30, decommissioning m30
        do DESTROY:EXPIRED
        scan c2               -> accepted destroyed > unpacking p1 1, unpacking c2 all, destroying 4, destroying c2 \
                                                                                 | packed 3, case closed 1
        do SAMPLE:QC
        scan p1               -> rejected wrong_level
        do CANCEL
        scan m30              -> rejected end_of_life
    """)


def test_hold_and_release(shift: Shift) -> None:
    shift.play(PACKED + """
        do HOLD:DOUBT
        scan m50              -> rejected unknown_object                         | armed hold
        scan c1               -> accepted held_back > holding c1
        do DOCUMENT:OUT1
        scan p1               -> rejected on_hold
        do RELEASE:CHECKED    -> rejected not_allowed
        do CONFIRM
        do LOGOUT
        badge wang
        do RELEASE:CHECKED    -> command scan_which
        scan c2               -> rejected not_on_hold
        scan c1               -> accepted released > inspecting c1
        do DOCUMENT:OUT1
        scan p1               -> accepted shipped > shipping p1
    """)


def test_a_damaged_label_gets_another_with_the_same_contents(shift: Shift) -> None:
    shift.play(PACKED + """
        do RELABEL:DAMAGE
        scan m6               -> accepted scan_new                               | armed relabel
        scan c1               -> duplicate packed_before
        scan c7               -> accepted relabelled > unpacking p1 1, unpacking c2 all, decommissioning c2, \
commissioning c7, packing c7 4, packing p1 1                                     | case closed 2, packed 8
        scan c2               -> rejected end_of_life
        do UNPACK:WRONG
        scan p1               -> warning second_person                           | waits UNPACK
        badge lina            -> warning same_person
        badge gao             -> warning not_allowed
        kill
        badge wang            -> accepted unpacked > unpacking p1 all            | by lina
        scan c7 c1            -> accepted taken; complete scan_label
    """)
    told = [dict(each.act.extra) for each in shift.events() if each.act.biz_step == "unpacking" and not each.act.epcs]
    assert told[-1]["approver"] == "wang"
    _as_the_order_makes_them(shift, "c7")


def _as_the_order_makes_them(shift: Shift, *names: str) -> None:
    """What took another's place was made live with the same words as what the order itself made live."""
    born = {each: event.act for event in shift.events() if event.act.biz_step == "commissioning"
            for each in event.act.epcs}
    for name in names:
        act, first = born[epc(name)], born[epc("m1" if name.startswith("m") else "c1")]
        assert dict(first.ilmd).keys() == {"lotNumber", "productionDate", "itemExpirationDate"} and first.transactions
        assert (act.ilmd, act.transactions, act.extra) == (first.ilmd, first.transactions, first.extra)


def test_a_case_is_repacked_to_another_plan(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1  -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do REPACK:NOPLAN      -> rejected no_plan
        do REPACK:TWO:CUSTOMER -> command scan_which                             | armed repack
        scan c1               -> accepted repacking > repackaging c1 all, decommissioning c1 | case waiting 2
        kill
        scan m9               -> rejected container_full
        scan c11              -> complete container_complete > commissioning c11, repackaging c11 2
        scan c12              -> complete container_complete > commissioning c12, repackaging c12 2 | packed 4
        do REPACK:3:CUSTOMER
        scan c11              -> accepted repacking > repackaging c11 all, decommissioning c11 | case waiting 1
    """)


def test_a_tail_is_continued_later(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2            -> accepted taken; accepted taken
        do CLOSE:TAIL         -> complete scan_label
        scan c1               -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
        scan m3               -> accepted taken                                  | case 1/4, packed 3
        do CONTINUE:REST-CAME -> command scan_which
        scan m1               -> accepted continued                              | case 2/4, case parked 1, packed 3
        scan m4               -> accepted taken                                  | case 3/4, packed 4
        kill
        scan m5               -> complete container_complete > commissioning 2, packing c1 2 | case closed 1, packed 5
        do UNPARK             -> accepted unparked                               | case 1/4, case parked 0
        do CONTINUE:REST-CAME
        scan c1               -> rejected container_full
    """)


def test_a_case_is_put_aside_and_keeps_its_place(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 unread=1 -> warning container_short
        do PARK               -> command reason_needed
        do PARK:UNREADABLE    -> accepted parked                                 | case 0/4, case parked 1, packed 3
        frame m5 m6 m7 m8 c2  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        kill
        scan m9               -> accepted taken                                  | case 1/4
        do UNPARK             -> accepted unparked                               | case 3/4, case parked 1
        scan m4               -> complete scan_label                             | case 4/4
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do UNPARK             -> accepted unparked                               | case 1/4, case parked 0
        do UNPARK             -> warning not_parked
    """)


def test_a_typed_in_code_wants_a_second_person(shift: Shift) -> None:
    shift.play(BEGIN + """
        type m1               -> warning second_person                           | waits code, packed 0
        scan m2               -> accepted taken                                  | packed 1
        badge wang            -> command signed_in                               | by wang
        badge lina
        type m1               -> warning second_person
        badge wang            -> accepted taken                                  | by lina, packed 2
        do LOOKUP
        type m1               -> accepted looked_up
    """)


def test_rework_shows_before_and_after(shift: Shift) -> None:
    shift.play(PACKED + """
        do REMOVE:DAMAGE
        scan m3
    """)
    shown = shift.station.view().rework
    assert shown is not None and (shown.act, shown.steps) == ("REMOVE", ("unpacking",))
    before, after = shown.before[0], {each.epc: each for each in shown.after}
    assert (before.epc, len(before.children[0].children)) == (epc("p1"), 4)
    assert len(after[epc("p1")].children[0].children) == 3 and epc("m3") in after
    shift.play("scan m40 -> accepted taken")
    assert shift.station.view().rework is None


def test_a_case_that_lost_a_bottle_says_so_and_a_held_one_is_marked_where_it_is(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        do HOLD:QC            -> command scan_which
        scan c1
    """)
    view = shift.station.view().packing
    assert view is not None and [(each.level, each.held) for each in view.levels] == [("case", 0), ("pallet", 1)]
    done = shift.station.view().rework
    assert done is not None and [each.held for each in (*done.before, *done.after)] == ["", "QC"]
    shift.play("""
        pin wang
        do RELEASE:CHECKED
        scan c1
        do REMOVE:DAMAGE      -> command scan_which
        scan m1
    """)
    view, done = shift.station.view().packing, shift.station.view().rework
    assert view is not None and view.levels[1].held == 0
    assert done is not None and [(each.level, each.whole) for each in done.after][0] == ("case", False)
    assert shift.published[-1].verdict.data["label"] == epc("c1")


def test_each_packing_event_names_its_order_whatever_packed(shift: Shift) -> None:
    """Swap and relabel pack as closing does: the same business transaction and the same fields."""
    shift.play(PACKED + """
        do SWAP:DAMAGE
        scan m2 m20
        do RELABEL:DAMAGE
        scan c1 c9
        do RELABEL:DAMAGE
        scan p1 p9
    """)
    packing = [each.act for each in shift.events() if each.act.biz_step == "packing"]
    assert [(act.parent, len(act.epcs)) for act in packing[3:]] == [
        (epc("c1"), 1), (epc("c9"), 4), (epc("p1"), 1), (epc("p9"), 2)]
    levels = {epc("c1"): "case", epc("c2"): "case", epc("c9"): "case", epc("p1"): "pallet", epc("p9"): "pallet"}
    for act in packing:
        said = dict(act.extra)
        assert (said["order"], said["level"]) == ("WO2", levels[act.parent]), act
        assert [kind for kind, _ in act.transactions] == ["prodorder"] and act.transactions == packing[0].transactions
