"""No rework without its reason: asked where it is not given, and recorded in events, journal, tables and report."""
from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from app.reports import account
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

FLAT = """
    badge wang
    do ORDER:FLAT1
"""
ONE = FLAT + "frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4"
TAIL = FLAT + """
    scan m1 m2
    do CLOSE:TAIL
    scan c1               -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
"""


def reasons(shift: Shift, step: str) -> list[str]:
    """Of the events of one business step, as the server gets them."""
    return [str(dict(each.act.extra).get("reason", "")) for each in shift.events() if each.act.biz_step == step]


def kept(shift: Shift, reason: str) -> dict[str, object]:
    """What the journal's last entry that ended so has beside its word."""
    data, = shift.store.connection.execute("SELECT data FROM entry WHERE reason=? ORDER BY seq DESC LIMIT 1",
                                           (reason,)).fetchone()
    return msgspec.json.decode(data)


def acted(shift: Shift, order: str) -> list[tuple[str, str, str, int]]:
    """(step, reason, approver, count) of the order's report."""
    told = account(shift.home / "station.db", order)
    return [(each.step, each.reason, each.approver, each.count) for each in told.acts]


@pytest.mark.parametrize("name", ["UNPACK", "RELEASE", "CONTINUE", "RETURN", "REPACK"])
def test_without_a_reason_it_is_asked_for_and_nothing_is_armed(shift: Shift, name: str) -> None:
    shift.play(TAIL + "do HOLD:QC\nscan c1 -> accepted held_back > holding c1")
    events = len(shift.events())
    shift.play(f"do {name} -> command reason_needed")
    assert shift.published[-1].verdict.data["name"] == name
    assert shift.station.state.session.armed.act == "" and len(shift.events()) == events
    shift.play("scan m9 -> accepted taken | case 1/4")


@pytest.mark.parametrize("name", ["UNPACK:QC", "RELEASE:TAIL", "CONTINUE:UNUSED", "RETURN:CHECKED"])
def test_a_reason_of_another_act_is_none(shift: Shift, name: str) -> None:
    shift.play(FLAT + f"do {name} -> rejected unknown_command")
    assert shift.station.state.session.armed.act == ""


def test_what_is_taken_apart_says_why(shift: Shift) -> None:
    shift.play(ONE + """
        do UNPACK:DAMAGE      -> command scan_which                              | armed unpack
        kill
        scan c1               -> accepted unpacked > unpacking c1 all
    """)
    assert reasons(shift, "unpacking") == ["DAMAGE"] and kept(shift, "unpacked")["why"] == "DAMAGE"
    assert ("unpacking", "DAMAGE", "", 1) in acted(shift, "FLAT1")


def test_what_is_released_says_why(shift: Shift) -> None:
    shift.play(ONE + """
        do HOLD:QC
        scan c1               -> accepted held_back > holding c1
        do RELEASE:CHECKED    -> command scan_which                              | armed release
        scan c1               -> accepted released > inspecting c1
    """)
    assert reasons(shift, "inspecting") == ["CHECKED"] and kept(shift, "released")["why"] == "CHECKED"
    assert ("inspecting", "CHECKED", "", 1) in acted(shift, "FLAT1")


def test_what_is_filled_up_again_says_why_when_it_closes(shift: Shift) -> None:
    shift.play(TAIL + """
        do CONTINUE:REST-CAME -> command scan_which                              | armed continue
        scan c1               -> accepted continued                              | case 2/4
        do UNDO               -> warning nothing_to_undo                         | case 2/4
        kill
        scan m3 m4            -> accepted taken; complete container_complete > commissioning 2, packing c1 2
    """)
    assert reasons(shift, "packing") == ["TAIL", "REST-CAME"] and kept(shift, "continued")["why"] == "REST-CAME"
    assert [each for each in acted(shift, "FLAT1") if "REST-CAME" in each] == [
        ("CONTINUE", "REST-CAME", "", 1), ("packing", "REST-CAME", "", 2)]
    shift.play("""
        do UNPACK:OTHER
        scan c1
        scan m1
        do CLOSE:TAIL
        scan c2
        do CONTINUE:MISTAKE
        scan c2               -> accepted continued
        scan m2               -> accepted taken
        do CLOSE:SHORTAGE     -> complete container_complete > packing c2 1
    """)
    assert reasons(shift, "packing")[-2:] == ["TAIL", "SHORTAGE"], "closed short again: for that reason"


def test_codes_that_go_back_say_why(shift: Shift) -> None:
    shift.play(ONE + """
        do RETURN:UNUSED      -> command scan_which                              | armed return
        scan m21 m22          -> accepted returned; accepted returned            | armed return
        do RETURN:DAMAGE
        kill
        scan m23              -> accepted returned
    """)
    rows = shift.store.connection.execute("SELECT epc, reason FROM ended WHERE fate='returned' ORDER BY epc")
    assert [*rows] == [(epc("m21"), "UNUSED"), (epc("m22"), "UNUSED"), (epc("m23"), "DAMAGE")]
    assert kept(shift, "returned")["why"] == "DAMAGE"
    assert acted(shift, "FLAT1") == [("RETURN", "UNUSED", "", 2), ("RETURN", "DAMAGE", "", 1)]
    causes = account(shift.home / "station.db", "FLAT1").causes
    assert [(each.reason, each.events, each.codes) for each in causes if each.biz_step == "RETURN"] == [
        ("UNUSED", 1, 2), ("DAMAGE", 1, 1)]


def test_a_plan_waits_for_its_reason(shift: Shift) -> None:
    shift.play(FLAT.replace("FLAT1", "WO2") + """
        frame m1 m2 m3 m4 c1
        do REPACK:TWO         -> command reason_needed                           | armed repack
        scan c1               -> warning reason_needed                           | armed repack
        kill
        touch REPACK:CUSTOMER -> command scan_which                              | armed repack
        scan c1               -> accepted repacking > repackaging c1 all, decommissioning c1 | case waiting 2
    """)
    assert reasons(shift, "repackaging") == ["CUSTOMER"] == reasons(shift, "decommissioning")
    assert shift.published[-1].verdict.data["target"] == 2


def test_a_number_is_a_plan_and_the_only_other_plan_needs_no_name(shift: Shift) -> None:
    plan = {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 6}]}
    shift.play(FLAT + """
        frame m1 m2 m3 m4 c1
        do REPACK:NOPLAN:DAMAGE -> rejected no_plan
        do REPACK:0:DAMAGE    -> rejected no_plan
        do REPACK:3           -> command reason_needed                           | armed repack
        touch REPACK:DAMAGE   -> command scan_which
        scan c1               -> accepted repacking > repackaging c1 all, decommissioning c1 | case waiting 2
        scan c11 c12
        do REPACK:CUSTOMER    -> command scan_which                              | armed repack
        scan c11              -> accepted repacking > repackaging c11 all, decommissioning c11 | case waiting 2
        do CANCEL
    """)
    targets = [each.verdict.data["target"] for each in shift.published if each.verdict.reason == "repacking"]
    assert targets == [3, 2] and reasons(shift, "decommissioning") == ["DAMAGE", "CUSTOMER"]
    shift.put(("plan", "SIX", plan))
    shift.play("do REPACK:CUSTOMER -> rejected no_plan")


def test_a_label_printed_again_stands_in_the_report_with_both_people(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:PRINT1
        scan m1 m2 p5000      -> accepted taken; complete label_ordered; complete container_complete \
> commissioning 2, commissioning p5000, packing p5000 2
        do REPRINT:DAMAGE     -> command scan_which
        scan m1               -> warning second_person
        badge wang            -> accepted label_ordered                          | by lina
        scan m3 m4            -> accepted taken; complete label_ordered
        do REPRINT:LOST       -> warning second_person
        badge wang            -> accepted label_ordered
    """)
    assert acted(shift, "PRINT1") == [("REPRINT", "DAMAGE", "wang", 1), ("REPRINT", "LOST", "wang", 1)]
    told = account(shift.home / "station.db", "PRINT1").acts
    assert [(each.who, each.code) for each in told] == [("lina", epc("p5000")), ("lina", epc("p5001"))]


def test_rework_away_from_the_line_stands_in_the_report_of_the_order(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:PRINT1
        scan m1 m2 p5000
        scan m3
        do LOOKUP
        do REPRINT:LOST
        scan p5000            -> warning second_person
        badge wang            -> accepted label_ordered
        scan m1               -> accepted looked_up
        do UNPACK:DAMAGE
        scan p5000            -> accepted unpacked > unpacking p5000 all
        do HOLD:QC
        scan m1               -> accepted held_back > holding m1
        do DOCUMENT:IN1
        do REPRINT:LOST
    """)
    assert acted(shift, "PRINT1") == [
        ("REPRINT", "LOST", "wang", 1), ("unpacking", "DAMAGE", "", 1), ("holding", "QC", "", 1)]
    kept_for = shift.store.connection.execute("SELECT reason, work_order FROM entry WHERE reason='looked_up'")
    assert [*kept_for] == [("looked_up", "")]


def test_a_typed_in_code_and_a_case_put_aside_stand_in_the_report(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:FLAT1
        type m1               -> warning second_person
        badge wang            -> accepted taken
        do PARK:UNREADABLE    -> accepted parked
        do UNPARK             -> accepted unparked
        scan m2 m3 m4         -> accepted taken; accepted taken; complete scan_label
        type c1               -> warning second_person
        badge wang            -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do HOLD:DOUBT
        type c1               -> warning second_person
        badge wang            -> accepted held_back > holding c1
    """)
    assert acted(shift, "FLAT1") == [
        ("taken", "TYPED", "wang", 1), ("parked", "UNREADABLE", "", 1), ("commissioning", "TYPED", "wang", 4),
        ("commissioning", "TYPED", "wang", 1), ("packing", "TYPED", "wang", 4), ("holding", "DOUBT", "wang", 1)]


def test_an_act_armed_by_the_version_before_asks_for_its_reason(shift: Shift, tmp_path: Path) -> None:
    """It armed without one; the file of the store outlives the version."""
    shift.play(ONE)
    shift.store.connection.execute("UPDATE session SET value='{\"act\":\"unpack\"}' WHERE key='armed'")
    shift.play("""
        kill
        scan c1               -> warning reason_needed                           | armed unpack
        do UNPACK:WRONG
        scan c1               -> accepted unpacked > unpacking c1 all
    """)
