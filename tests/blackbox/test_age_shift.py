"""Age at the dock: oldest first is asked for, what is expired or too old for a customer stays, and it is told."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.warehouse.policy import Measure, Policy
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

PACKED = """
    badge lina
    do ORDER:WOA
    frame m1 m2 m3 m4 c1
    do ORDER:WOB
    frame m5 m6 m7 m8 c2
    do ORDER:WOX
    frame m9 m10 m11 m12 c3
    badge gao
"""
AS_USUAL = Policy()


def order(lot: str, expiry: str) -> dict[str, Any]:
    return {"product": "MILK", "plan": "FLAT", "plan_version": 1, "lot": lot, "produced": "2027-05-30",
            "expiry": expiry, "planned": 100}


def paper(kind: str, partner: str = "DC7", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "partner": partner, "lines": [{"line": 1, "product": "MILK", "quantity": 100}], **more}


def begun(folder: Path, policy: Policy = AS_USUAL) -> Shift:
    """Batches A (31 days left), B (180 days) and X (expired yesterday), a case of each in the house."""
    shift = Shift(folder)
    shift.place = replace(shift.place, policy=policy)
    shift.restart()
    announced = [{"epc": epc("c920"), "level": "case", "product": "MILK", "lot": "LY", "expiry": "2027-11-01"}]
    for record in (
            ("order", "WOA", order("LA", "2027-12-31")), ("order", "WOB", order("LB", "2028-05-28")),
            ("order", "WOX", {**order("LX", "2027-11-29"), "produced": "2027-05-29"}),
            ("partner", "PICKY", {"gln": "6901234000023", "name": {"en": "Picky"}, "min_life_days": 90}),
            ("partner", "BRAND", {"gln": "6901234000030", "name": {"en": "Brand"}, "role": "brand"}),
            ("document", "OUT8", paper("sales_out")), ("document", "OUT9", paper("sales_out", "PICKY")),
            ("document", "BACK", paper("return_out", "BRAND", reason="EXPIRED")),
            ("document", "IN8", paper("receive", announced=announced))):
        shift.put(record)
    shift.play(PACKED)
    return shift


def extra(shift: Shift) -> dict[str, str | int]:
    """The station's own fields of the last event that are about age."""
    told = dict(shift.events()[-1].act.extra)
    return {key: told[key] for key in ("age", "lifeDays", "olderLot", "olderExpiry") if key in told}


def test_younger_goods_leave_only_once_it_is_confirmed(tmp_path: Path) -> None:
    shift = begun(tmp_path)
    shift.play("""
        do DOCUMENT:OUT8
        scan c2       -> warning older_here                   | waits older, line 1 0/100
        do CANCEL
        scan c2       -> warning older_here                   | waits older
        do CONFIRM    -> accepted shipped > shipping c2       | line 1 4/100
    """)
    asked = next(each.verdict.data for each in shift.published if each.verdict.reason == "older_here")
    assert (asked["older"], asked["units"], asked["lot"]) == ("LA", 4, "LB")
    assert extra(shift) == {"age": "older_here", "olderLot": "LA", "olderExpiry": "2027-12-31"}
    shift.play("""
        do UNDO       -> accepted undone > void_shipping c2
        scan c1       -> accepted shipped > shipping c1       # the oldest that may leave: X is expired
        scan c2       -> accepted shipped > shipping c2
    """)
    assert extra(shift) == {}
    shift.end()


def test_what_is_expired_or_too_short_lived_stays(tmp_path: Path) -> None:
    shift = begun(tmp_path)
    shift.play("""
        do DOCUMENT:OUT9
        scan c3       -> rejected past_expiry
        scan c1       -> rejected short_life                  | line 1 0/100
        scan c2       -> accepted shipped > shipping c2       # A is older, and too old for this customer
        do DOCUMENT:BACK
        scan c3       -> accepted shipped > shipping c3       # that is where such goods go
        do DOCUMENT:IN8
        scan c920     -> rejected past_expiry
    """)
    late = next(each.verdict.data for each in shift.published if each.verdict.reason == "past_expiry")
    assert (late["days"], late["late"], late["lot"]) == (-1, 1, "LX")
    short = next(each.verdict.data for each in shift.published if each.verdict.reason == "short_life")
    assert (short["days"], short["least"], short["partner"]) == (31, 90, "PICKY")
    shift.end()


def test_a_house_may_ask_or_only_record(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    asking = begun(tmp_path / "a", Policy(expired=Measure.WARN, life=Measure.WARN, fefo=Measure.STOP))
    asking.play("""
        do DOCUMENT:OUT9
        scan c3       -> warning past_expiry                  | waits life
        do CONFIRM    -> accepted shipped > shipping c3
        scan c1       -> warning short_life                   | waits life
        do CONFIRM    -> accepted shipped > shipping c1
        scan c2       -> accepted shipped > shipping c2
    """)
    asking.end()
    recording = begun(tmp_path / "b", Policy(fefo=Measure.RECORD, life=Measure.RECORD, expired=Measure.OFF))
    recording.play("""
        do DOCUMENT:OUT9
        scan c1       -> accepted shipped > shipping c1
    """)
    assert extra(recording) == {"age": "short_life", "lifeDays": 31}
    recording.end()


def test_held_goods_are_not_passed_over(tmp_path: Path) -> None:
    shift = begun(tmp_path)
    shift.put(("hold", "H1", {"reason": "QC", "epc": epc("m1")}))
    shift.play("""
        do DOCUMENT:OUT8
        scan c2       -> accepted shipped > shipping c2       # the only case of A holds a held bottle
        do UNDO
    """)
    shift.put(("hold", "H1", {"reason": "QC", "epc": epc("m1"), "active": False}),
              ("hold", "H2", {"reason": "QC", "product": "MILK", "lot": "LA"}))
    shift.play("""
        scan c2       -> accepted shipped > shipping c2
    """)
    shift.end()
