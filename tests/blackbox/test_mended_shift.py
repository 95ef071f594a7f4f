"""Shifts that once went wrong: two cases in one, an order changed under way, four levels, holds that came late."""
from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from app.bootstrap import House
from app.home import Home
from app.messages import DeviceState, Scan, StationFailed
from app.settings import Settings
from app.store.catalogue import BadRecord
from tests.blackbox.goods import MASTER, epc
from tests.blackbox.shift import Shift

ORDERS = {name: data for kind, name, data in MASTER if kind == "order"}
PLANS = {name: data for kind, name, data in MASTER if kind == "plan"}
BEGIN = """
    badge lina
    do ORDER:WO2
"""


# --- pictures: nothing of two cases is ever mixed -----------------------------------------------------------------
def test_a_picture_that_may_be_another_case_takes_nothing(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 unread=1    -> warning container_short                    | case 3/4
        frame m11 unread=3         -> rejected container_short                   | red container_short, case 3/4
    """)
    assert shift.published[-1].verdict.data["missing"] == 1
    shift.play("""
        frame m11 c2 unread=3      -> rejected container_short                   | case 3/4, case label none
        frame c2 unread=4          -> rejected container_short                   | case 3/4, case label none
        frame m3 m4 unread=2       -> complete scan_label                        | calm, case 4/4
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)


def test_the_second_picture_of_a_case_shows_just_the_rest(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2                -> warning container_short                    | case 2/4
        frame m13 c3               -> rejected container_short                   | case 2/4, case label none
        frame m3 m4 c1             -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | calm
        frame m5 m6 c2             -> warning container_short                    | case 2/4, case label c2
        frame m7 c2 unread=1       -> warning container_short                    | case 3/4
        frame m8 c4                -> rejected container_short                   | case 3/4, case label c2
        frame m8                   -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        frame m9                   -> warning container_short                    | case 1/4
        frame m10                  -> warning container_short                    | case 2/4
    """)


# --- master data that changes under way ---------------------------------------------------------------------------
@pytest.mark.parametrize(("key", "value"), [
    ("product", "JUICE"), ("lot", "L2"), ("plan", "FLAT"), ("plan_version", 2)])
def test_an_order_keeps_what_it_packs_once_work_has_begun(shift: Shift, key: str, value: str | int) -> None:
    shift.put(("plan", "P", {**PLANS["P"], "version": 2}))
    changed = ("order", "WO2", {**ORDERS["WO2"], key: value})
    shift.put(changed, ("order", "WO2", ORDERS["WO2"]))
    shift.play(BEGIN + "scan m1 m2 -> accepted taken; accepted taken")
    with pytest.raises(BadRecord) as bad:
        shift.put(changed)
    assert (bad.value.key, bad.value.expected) == (key, "order_begun")
    shift.play("""
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do UNPACK:WRONG
        scan c1              -> accepted unpacked > unpacking c1 all             | pallet 0/2
        frame m1 m2 m3 m4 c1 -> complete container_complete > packing c1 4
    """)
    with pytest.raises(BadRecord):
        shift.put(changed)
    shift.put(("order", "WO2", {**ORDERS["WO2"], "planned": 4}))
    shift.play("scan m5 -> rejected order_full")


def test_a_plan_that_an_order_packs_by_gets_a_new_version_instead(shift: Shift) -> None:
    levels = [{"level": "bottle"}, {"level": "carton", "count": 4}]
    with pytest.raises(BadRecord) as bad:
        shift.put(("plan", "P", {"version": 1, "levels": levels}))
    assert (bad.value.key, bad.value.expected) == ("levels", "plan_used")
    shift.put(("plan", "P", PLANS["P"]), ("plan", "P", {"version": 2, "levels": levels}))
    shift.put(("plan", "P", {"version": 2, "levels": [*levels, {"level": "pallet", "count": 2}]}))
    shift.play(BEGIN + "frame m1 m2 m3 m4 c1 -> complete container_complete"
                       " > commissioning 4, commissioning c1, packing c1 4")


@pytest.mark.parametrize("state", ["paused", "closed", "cancelled"])
def test_an_order_that_is_not_open_takes_no_more_but_what_is_open_can_be_closed(shift: Shift, state: str) -> None:
    shift.play(BEGIN + "scan m1 m2 -> accepted taken; accepted taken")
    shift.put(("order", "WO2", {**ORDERS["WO2"], "state": state}))
    shift.play("""
        scan m3                    -> rejected order_closed                      | red order_closed, case 2/4
        scan c1                    -> rejected order_closed                      | case label none
        frame m1 m2 m3 m4 c1       -> rejected order_closed                      | case 2/4
        frame c1                   -> rejected order_closed                      | case label none
        scan old1                  -> stop wrong_batch
        badge wang
        do HOME
        kill
        do PACK                    -> command command_taken                      | task packing WO2, case 2/4
        do CLOSE:TAIL              -> complete scan_label                        | case 2/2
        scan c1                    -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
        do CLOSE-PALLET:TAIL       -> complete scan_label
        frame p1                   -> complete container_complete > commissioning p1, packing p1 1
        frame m3                   -> rejected order_closed                      | case 0/4, packed 2
        do HOME
        do ORDER:WO2               -> rejected unknown_order
    """)
    shift.put(("order", "WO2", ORDERS["WO2"]))
    shift.play("""
        do ORDER:WO2               -> command command_taken
        scan m3                    -> accepted taken                             | packed 3
    """)


# --- plans of four levels -----------------------------------------------------------------------------------------
def test_four_levels_from_the_first_bottle_to_the_last_pallet(shift: Shift) -> None:
    shift.put(("plan", "Q", {"version": 1, "levels": [{"level": "bottle"}, {"level": "box", "count": 2},
                                                      {"level": "case", "count": 2}, {"level": "pallet", "count": 2}]}),
              ("order", "WX", {**ORDERS["WO2"], "plan": "Q"}))
    shift.play("""
        badge lina
        do ORDER:WX
        frame m1 m2 p11      -> complete container_complete > commissioning 2, commissioning p11, packing p11 2 \
                                                                                 | box closed 1, case 1/2
        scan m3 m4           -> accepted taken; complete scan_label              | next box
        scan p12             -> complete container_complete > commissioning 2, commissioning p12, packing p12 2 \
                                                                                 | case 2/2, next case
        scan c1              -> complete container_complete > commissioning c1, packing c1 2 | pallet 1/2, next bottle
        scan m5              -> accepted taken                                   | box 1/2
        do CLOSE:TAIL        -> complete scan_label                              | box 1/1, next box
        do CLOSE:TAIL        -> warning scan_label                               | case 0/2, pallet 1/2
        scan p13             -> complete container_complete > commissioning m5, commissioning p13, packing p13 1 \
                                                                                 | case 1/2
        do CLOSE:TAIL        -> complete scan_label                              | case 1/1, next case
        scan c2              -> complete container_complete > commissioning c2, packing c2 1 | pallet 2/2, next pallet
        scan p1              -> complete container_complete > commissioning p1, packing p1 2 | pallet closed 1
        frame m6 m7 p14      -> complete container_complete > commissioning 2, commissioning p14, packing p14 2
        do CLOSE-PALLET:TAIL -> complete scan_label                              | case 1/1, pallet 0/2
        scan c3              -> complete container_complete > commissioning c3, packing c3 1 | pallet 1/2
        do CLOSE             -> rejected container_empty                         | pallet 1/2
        do CLOSE-PALLET:TAIL -> complete scan_label                              | pallet 1/1
        scan p2              -> complete container_complete > commissioning p2, packing p2 1 | pallet closed 2, packed 7
    """)


# --- holds that come after the scan -------------------------------------------------------------------------------
def _hold(name: str, active: bool = True) -> tuple[str, str, dict[str, object]]:
    return "hold", f"H-{name}", {"reason": "recall", "epc": epc(name), "active": active}


def test_a_hold_that_comes_after_the_scan_keeps_the_case_open(shift: Shift) -> None:
    shift.play(BEGIN + "scan m1 m2 m3 -> accepted taken; accepted taken; accepted taken")
    shift.put(_hold("m1"))
    shift.play("""
        scan m4       -> complete scan_label                                     | case 4/4
        scan c1       -> rejected on_hold                                        | red on_hold, case label none
        frame c1      -> rejected on_hold                                        | case 4/4, case closed 0
    """)
    assert shift.published[-1].verdict.data["code"] == epc("m1")
    shift.put(_hold("m1", active=False))
    shift.play("""
        do UNDO       -> accepted undone
        scan c1 p1    -> accepted labelled; accepted labelled
    """)
    shift.put(_hold("c1"))
    shift.play("""
        scan m4       -> rejected on_hold                                        | case 3/4
        frame m4      -> rejected on_hold                                        | case 3/4
        do CLOSE:TAIL -> rejected on_hold                                        | case 3/4
    """)
    shift.put(_hold("c1", active=False), ("hold", "H-lot", {"reason": "lab", "product": "MILK", "lot": "L1"}))
    shift.play("do CLOSE:TAIL -> rejected on_hold | case 3/4, case closed 0")


def test_a_case_held_on_an_open_pallet_keeps_the_pallet_open(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        scan p1              -> accepted labelled
        frame m5 m6 m7 m8    -> complete scan_label
    """)
    shift.put(_hold("m2"))
    shift.play("""
        scan c2              -> rejected on_hold                                 | case 4/4, pallet 1/2
        badge wang
        do UNPACK:WRONG
        scan c1              -> accepted unpacked > unpacking c1 all             | pallet 0/2
        scan c2              -> complete container_complete > commissioning 4, commissioning c2, packing c2 4 \
                                                                                 | pallet 1/2
    """)


# --- an SSCC while two labels are wanted --------------------------------------------------------------------------
def test_an_sscc_is_for_the_level_that_has_no_codes_of_its_own(shift: Shift) -> None:
    shift.play("""
        badge wang
        do ORDER:WO2
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        scan p1              -> complete container_complete > commissioning p1, packing p1 2
        do UNPACK:WRONG
        scan p1              -> warning second_person
        badge wang           -> warning same_person
        do CANCEL
        do LOGOUT
        badge lina
        do PACK
        do UNPACK:WRONG
        scan p1              -> warning second_person
        badge wang           -> accepted unpacked > unpacking p1 all
        scan m9 m10 m11 m12  -> accepted taken; accepted taken; accepted taken; complete scan_label | next case
        scan c1 c2           -> accepted taken; complete scan_label              | next pallet, case waiting 1
        scan p7              -> complete container_complete > commissioning p7, packing p7 2 | next case, case waiting 1
        scan c3              -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
    """)


def test_of_two_levels_that_take_sscc_the_inner_one_comes_first_and_the_screen_says_so(shift: Shift) -> None:
    shift.issue(*(f"s{n}" for n in range(1, 13)))
    shift.play("""
        badge lina
        do ORDER:WO4
        frame s1 s2 s3 s4 p1 -> complete container_complete > commissioning 4, commissioning p1, packing p1 4
        frame s5 s6 s7 s8 p2 -> complete container_complete > commissioning 4, commissioning p2, packing p2 4 \
                                                                                 | next pallet
        scan s9 s10 s11 s12  -> accepted taken; accepted taken; accepted taken; complete scan_label | next case
        scan p3              -> complete container_complete > commissioning 4, commissioning p3, packing p3 4 \
                                                                                 | next pallet, pallet waiting 1
        scan p4              -> complete container_complete > commissioning p4, packing p4 2 | next bottle, pallet 1/2
    """)


# --- the end ------------------------------------------------------------------------------------------------------
def test_a_house_ends_though_its_station_died_with_a_full_inbox(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)
    house, dead = House(Home(tmp_path), Settings()), threading.Event()
    house.listeners.append(lambda notice: dead.set() if isinstance(notice, StationFailed) else None)
    house.station._readings = None                 # type: ignore[assignment]  # as good a bug as any
    house.start()
    now = datetime.now().astimezone()
    scan = Scan("hand", b"1", "", now, time.monotonic())
    house.send(scan)
    assert dead.wait(20.0)
    while not house.station.inbox.full():
        house.station.inbox.put_nowait(scan)
    state = DeviceState("hand", "serial", "fault", "gone", now, "gone")
    telling = threading.Thread(target=house._device, args=(state,), daemon=True)      # a device's own thread
    ending = threading.Thread(target=house.stop, daemon=True)
    for thread in (telling, ending):
        thread.start()
        thread.join(20.0)
        assert not thread.is_alive()
