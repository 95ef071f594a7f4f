"""A time-line has what happened to an object while it stood in something, and nothing else."""
from __future__ import annotations

from pathlib import Path

from app.store.timeline import timeline
from tests.blackbox.goods import epc, name_of
from tests.blackbox.shift import Shift

SALE = ("document", "S1", {"kind": "sales_out", "partner": "DC7", "lines": [
    {"line": 1, "product": "MILK", "quantity": 100}]})
BACK = ("document", "R1", {"kind": "return_in", "partner": "DC7", "reason": "NOT-SOLD"})


def steps(shift: Shift, name: str) -> list[str]:
    """"shipping in p1" for what was told of the container, the bare step for the object's own events."""
    return [row.biz_step + (f" in {name_of(row.via)}" if row.via else "")
            for row in timeline(shift.store.connection, epc(name))]


def test_a_bottle_goes_with_its_case_and_its_pallet(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.put(SALE, BACK)
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do DOCUMENT:S1
        scan p1     -> accepted shipped > shipping p1
        do DOCUMENT:R1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted received > unpacking p1 1, receiving c1
        scan p1     -> accepted received > receiving p1
    """)
    assert steps(shift, "m1") == ["commissioning", "packing", "packing in c1", "shipping in p1", "unpacking in c1",
                                  "receiving in c1"]
    assert steps(shift, "m5") == ["commissioning", "packing", "packing in c2", "shipping in p1", "receiving in p1"]
    assert steps(shift, "c1") == ["commissioning", "packing", "packing", "shipping in p1", "unpacking", "receiving"]
    assert steps(shift, "p1") == ["commissioning", "packing", "shipping", "unpacking", "receiving"]
    shift.store.close()


def test_what_came_in_with_what_was_announced(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do RECEIVE
        scan p900   -> accepted received > receiving p900
    """)
    assert steps(shift, "c900") == ["receiving in p900"]
    assert steps(shift, "p900") == ["receiving"]
    shift.store.close()


def test_what_came_out_of_a_pallet_that_was_taken_apart_whole(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.put(SALE)
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan p900   -> accepted received > receiving p900
        do UNPACK:WRONG
        scan p900   -> warning second_person
        badge wang  -> accepted unpacked > unpacking p900 2
        do DOCUMENT:S1
        scan c900   -> accepted shipped > shipping c900
    """)
    assert steps(shift, "c900") == ["receiving in p900", "unpacking", "shipping"]
    assert steps(shift, "c901") == ["receiving in p900", "unpacking"]
    assert steps(shift, "p900") == ["receiving", "unpacking"]
    shift.end()
