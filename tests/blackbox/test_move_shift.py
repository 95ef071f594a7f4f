"""Shifts inside the house: put away, moved and picked, by shelves that say what may stand on them."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.warehouse.policy import Measure, Policy
from tests.blackbox.goods import SITE, epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_void_shift import out

PACKED = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    do ORDER:FLAT1
    frame m9 m10 m11 m12 c3
    frame m13 m14 m15 m16 c4
"""
SHELVES = (
    ("location", "A-01", {"name": {"en": "Aisle A, 1"}}),
    ("location", "A-02", {"name": {"en": "Aisle A, 2"}, "lots": ["L2"]}),
    ("location", "J-01", {"name": {"en": "Juice only"}, "products": ["JUICE"]}),
    ("location", "OLD", {"name": {"en": "Not in use"}, "active": False}),
    ("location", "Q-01", {"name": {"en": "Quarantine"}, "kind": "quarantine", "statuses": ["non_sellable_other"]}),
    ("location", "R-01", {"name": {"en": "Returns"}, "kind": "returns"}),
    ("location", "DOCK-1", {"name": {"en": "Dock"}, "kind": "dock"}),
)


def gs1(code: str) -> str:
    """A shelf's label as people write it."""
    return f"(414)6901234000009(254){code}"


def place_of(shift: Shift, name: str) -> str:
    return shift.store.facts([epc(name)]).known[epc(name)].location.removeprefix(SITE)


def listed(folder: Path, **more: Any) -> Shift:
    shift = Shift(folder)
    shift.place = replace(shift.place, policy=Policy(**more))
    shift.restart()
    shift.put(*SHELVES)
    return shift


def test_goods_and_shelf_in_either_order(shift: Shift) -> None:
    shift.play(PACKED + f"""
        do MOVE              -> command command_taken                   | task moving
        scan p1              -> accepted move_where
        scan c3              -> accepted move_where
        scan c3              -> duplicate move_where
        kill
        do AT:A-01           -> accepted moved > storing 2
        scan c4              -> accepted move_where                     # the next goods wait for their own shelf
        scan {gs1("B-02")}   -> accepted moved > storing c4
        scan https://id.gs1.org/414/6901234000009/254/C-03 -> command shelf_chosen
        scan c3              -> accepted moved > storing c3             # several in a row at one shelf
        scan p1              -> accepted moved > storing p1
        scan p1              -> duplicate already_there
        do UNDO              -> accepted undone > storing p1
        do UNDO              -> accepted undone > storing c3
        scan p77             -> rejected unknown_object
        scan {gs1("C-03").replace("9(254)", "8(254)")} -> rejected bad_check_digit
        scan https://id.gs1.org/414/6901234000016/254/C-03 -> rejected other_site
        do PICK:OUT1
        do HOME
        do AT:A-01           -> rejected no_task
    """)
    assert [place_of(shift, name) for name in ("p1", "c1", "m1", "c3", "c4")] == [
        "/254/A-01", "/254/A-01", "/254/A-01", "/254/A-01", "/254/B-02"]
    put = next(event.act for event in shift.events() if event.act.biz_step == "storing")
    assert (put.location, put.disposition, put.epcs) == (f"{SITE}/254/A-01", "sellable_not_accessible",
                                                         (epc("p1"), epc("c3")))
    same_goods(shift, shift.folder)
    shift.end()


def test_a_case_taken_from_a_pallet_asks_first(shift: Shift) -> None:
    shift.play(PACKED + """
        do MOVE
        do AT:A-01           -> command shelf_chosen
        scan c1              -> warning break_pallet                    | waits break
        do CANCEL
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted moved > unpacking p1 1, storing c1
        scan c1              -> duplicate already_there
        do UNDO              -> accepted undone > storing c1, packing p1 1
        do UNDO              -> warning nothing_to_undo
    """)
    assert next(each.verdict.data["label"] for each in shift.published if each.verdict.reason == "undone") == epc("p1")
    assert (place_of(shift, "c1"), place_of(shift, "p1")) == ("", "")
    known = shift.store.facts([epc("c1"), epc("p1")]).known
    assert (known[epc("c1")].parent, known[epc("p1")].children, known[epc("p1")].complete) == (epc("p1"), 2, True)
    same_goods(shift, shift.folder)
    shift.end()


def test_a_case_that_waited_for_its_shelf_goes_back_into_its_pallet(shift: Shift) -> None:
    shift.play(PACKED + """
        do MOVE
        scan c3              -> accepted move_where
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted move_where > unpacking p1 1
        kill
        scan c2              -> warning break_pallet
        do CONFIRM           -> accepted move_where > unpacking p1 1
        do UNDO              -> accepted undone > packing p1 1
        do AT:A-01           -> accepted moved > storing 2
        scan c2              -> warning break_pallet
        do UNDO              -> accepted undone > storing c1, packing p1 1
        do UNDO              -> accepted undone > storing c3
    """)
    known = shift.store.facts([epc("c1"), epc("c2"), epc("p1")]).known
    assert [known[epc(each)].root for each in ("c1", "c2")] == [epc("p1")] * 2
    same_goods(shift, shift.folder)
    shift.end()


def test_moves_of_a_pallet_and_of_a_case_out_of_it_are_undone_one_after_another(shift: Shift) -> None:
    shift.play(PACKED + """
        do MOVE
        do AT:A-01
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted moved > unpacking p1 1, storing c1
        do AT:B-02
        scan p1              -> accepted moved > storing p1
        do UNDO              -> accepted undone > storing p1                    # where it stood
        do UNDO              -> accepted undone > storing c1, packing p1 1
        do MOVE
        scan p1              -> accepted move_where
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted move_where > unpacking p1 1
        do AT:A-01           -> accepted moved > storing 2
        do UNDO              -> accepted undone > packing p1 1                  # they stand side by side
        do UNDO              -> accepted undone > storing p1
    """)
    assert (place_of(shift, "c1"), place_of(shift, "p1")) == ("", "")
    same_goods(shift, shift.folder)
    shift.end()


def test_a_picked_case_goes_back_into_its_pallet(shift: Shift) -> None:
    shift.play(PACKED + """
        do PICK:OUT1
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted picked > unpacking p1 1, picking c1
        do UNDO              -> accepted undone > packing p1 1                  # it was picked where it stood
        scan p1              -> accepted picked > picking p1
    """)
    assert shift.store.connection.execute("SELECT epc FROM picked").fetchall() == [(epc("p1"),)]
    same_goods(shift, shift.folder)
    shift.end()


def test_undo_says_why_a_case_stays_out_of_what_it_was_taken_out_of(shift: Shift) -> None:
    shift.play(PACKED + """
        do MOVE
        do AT:A-01
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted moved > unpacking p1 1, storing c1
        badge wang
        do RELABEL:DAMAGE
        scan p1              -> accepted scan_new
        scan p9
        do UNDO              -> warning not_put_back
        do UNDO              -> warning nothing_to_undo
    """)
    assert place_of(shift, "c1") == "/254/A-01"
    assert shift.published[-2].verdict.data["parent"] == epc("p1")
    shift.end()


def test_a_shelf_says_what_may_stand_on_it(tmp_path: Path) -> None:
    shift = listed(tmp_path)
    shift.play(PACKED + """
        do HOLD:QC
        scan c4
        do MOVE
        do AT:NOWHERE        -> rejected no_shelf                       | red no_shelf
        do AT:OLD            -> rejected shelf_closed
        scan c3              -> accepted move_where
        do AT:J-01           -> rejected shelf_product
        do AT:A-02           -> rejected shelf_lot
        do AT:A-01           -> accepted moved > storing c3             | calm
        scan c4              -> accepted move_where
        do AT:A-01           -> rejected shelf_status
        do AT:Q-01           -> accepted moved > storing c4
        do AT:Q-01           -> command shelf_chosen
        scan c3              -> rejected shelf_status                   # sound goods do not belong there
    """)
    said = {str(each.verdict.reason): each.verdict.data for each in shift.published}
    assert (said["shelf_lot"]["place"], said["shelf_lot"]["expected"], said["shelf_lot"]["lot"]) == ("A-02", "L2", "L1")
    refused = [each.verdict.data for each in shift.published if each.verdict.reason == "shelf_status"]
    assert (refused[0]["code"], refused[0]["instead"]) == (epc("c4"), "Q-01")
    assert (refused[1]["code"], refused[1]["instead"]) == (epc("c3"), "A-01")
    assert shift.events()[-1].act.disposition == "non_sellable_other"
    shift.end()


def test_returned_goods_are_released_by_a_supervisor(tmp_path: Path) -> None:
    shift = listed(tmp_path)
    shift.put(("document", "BACK", {"kind": "return_in", "partner": "DC7", "reason": "DAMAGE", "announced": [
        {"epc": epc("c950"), "level": "case", "product": "MILK", "lot": "L1"}]}))
    shift.play("""
        badge lina
        do DOCUMENT:BACK
        scan c950            -> accepted received > receiving c950
        do MOVE
        do AT:A-01
        scan c950            -> rejected shelf_status
        do AT:R-01           -> command shelf_chosen
        scan c950            -> accepted moved > storing c950
        do RELEASE:CHECKED   -> rejected not_allowed
        badge wang
        do RELEASE:CHECKED   -> command scan_which
        scan c950            -> accepted released > inspecting c950
        scan c950            -> duplicate already_there
        do AT:A-01
        scan c950            -> accepted moved > storing c950
        do RELEASE:CHECKED
        scan c950            -> rejected not_on_hold
    """)
    assert [event.act.disposition for event in shift.events()] == [
        "returned", "returned", "conformant", "sellable_not_accessible"]
    shift.end()


def test_picked_for_a_document_oldest_first(tmp_path: Path) -> None:
    shift = listed(tmp_path, fefo=Measure.WARN)
    shift.put(("order", "WOOLD", {"product": "MILK", "plan": "FLAT", "plan_version": 1, "lot": "L0",
                                  "produced": "2027-06-01", "expiry": "2028-03-01", "planned": 100}))
    shift.play(PACKED + """
        do ORDER:WOOLD
        frame m21 m22 m23 m24 c21
        do PICK:NONE         -> rejected unknown_document
        do CONFIRM
        do PICK:IN1          -> rejected other_kind
        do CONFIRM
        do PICK:OUT1         -> command pick_for                        | task moving OUT1
        scan c3              -> warning older_here                      | waits older
        scan c21             -> accepted picked > picking c21
        scan c21             -> duplicate already_on_document
        scan m21             -> duplicate already_on_document
        kill
        scan c3              -> accepted picked > picking c3            # the older goods are on their way out already
        scan p1              -> accepted picked > picking p1
        scan c4              -> rejected surplus
        do UNDO              -> accepted undone > storing p1
        scan c4              -> accepted picked > picking c4
        do PICK              -> command pick_ended                      | task moving
        do DOCUMENT:OUT1
        scan c21             -> accepted shipped > shipping c21
        do PICK:OUT1
        scan c1              -> warning break_pallet
        do CONFIRM           -> accepted picked > unpacking p1 1, picking c1
    """)
    pick = next(event.act for event in shift.events() if event.act.biz_step == "picking")
    assert pick.transactions == (("po", "urn:epcglobal:cbv:bt:6901234000009:PO-1"),)
    assert (pick.location, dict(pick.extra)["document"]) == (f"{SITE}/254/DOCK-1", "OUT1")
    assert (place_of(shift, "c3"), place_of(shift, "p1")) == ("/254/DOCK-1", "")
    shift.end()


def test_goods_picked_for_somebody_are_not_older_goods_that_stay(tmp_path: Path) -> None:
    shift = listed(tmp_path, fefo=Measure.STOP)
    shift.put(("order", "WOOLD", {"product": "MILK", "plan": "FLAT", "plan_version": 1, "lot": "L0",
                                  "produced": "2027-06-01", "expiry": "2028-03-01", "planned": 100}))
    shift.play(PACKED + """
        do ORDER:WOOLD
        frame m21 m22 m23 m24 c21
        do DOCUMENT:OUT 2/乙
        scan c3              -> rejected older_here
        do CONFIRM
        do PICK:OUT1
        scan c21             -> accepted picked > picking c21
        do DOCUMENT:OUT 2/乙
        scan c3              -> accepted shipped > shipping c3
        do DOCUMENT:OUT1
        scan c21             -> accepted shipped > shipping c21
        do PICK:OUT1
        scan c21             -> rejected not_here
    """)
    assert shift.store.connection.execute("SELECT count(*) FROM picked").fetchone()[0] == 0
    shift.end()


def test_held_goods_are_not_picked(tmp_path: Path) -> None:
    shift = listed(tmp_path)
    shift.play(PACKED + """
        do HOLD:QC
        scan c3
        do PICK:OUT1
        scan c3              -> rejected on_hold
        do CONFIRM
        do PICK:OUT 2/乙
        scan p1              -> complete pick_done > picking p1
        badge gao
        do PICK
        do DOCUMENT:OUT 2/乙
        scan p1              -> complete document_done > shipping p1
    """)
    shift.end()


def test_two_questions_about_one_scan_are_answered_one_by_one_over_a_power_cut(shift: Shift) -> None:
    shift.put(out("S1", 8), out("S2", 8))
    shift.play(PACKED + """
        do PICK:S1
        scan p1     -> complete pick_done > picking p1
        do DOCUMENT:S2
        scan c1     -> warning break_pallet
        do CONFIRM  -> warning picked_elsewhere
        kill
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1
    """)
