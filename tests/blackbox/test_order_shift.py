"""An order's life as shifts: cleared, paused, handed over, finished, closed; and acts that once spoilt its counts."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.decision import OrderState
from app.domain.packing.order_life import LevelCount
from app.domain.people import badge_hash
from app.store import entry, journal, reconcile
from app.store.database import transaction
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

CHEN = ("person", "chen", {"name": "陈", "role": "supervisor", "badge": badge_hash("chen", "CHEN-1111")})
BEGIN = """
    badge wang
    do ORDER:FLAT1
"""


@pytest.fixture
def cleared(tmp_path: Path) -> Iterator[Shift]:
    """A station that asks for line clearance."""
    made = Shift(tmp_path, clearance=True)
    made.put(CHEN)
    yield made
    made.end()


@pytest.fixture
def line(shift: Shift) -> Shift:
    shift.put(CHEN)
    shift.play(BEGIN)
    return shift


def counted(shift: Shift, order: str = "FLAT1") -> dict[str, LevelCount]:
    return {each.level: each for each in shift.store.counted(order).levels}


def told(shift: Shift, order: str = "FLAT1") -> set[tuple[str, str]]:
    known = shift.store.catalogue.order(order)
    plan = shift.store.catalogue.plan(known.plan, known.plan_version)
    found = reconcile.told(shift.store.connection, order, plan)
    assert found.counts.apart == len(found.codes)
    return {(each, why) for _, each, why in found.codes}


def give(shift: Shift, order: str, level: str, *names: str) -> None:
    with transaction(shift.store.connection):
        shift.store.connection.executemany("INSERT INTO order_code(work_order, epc, level) VALUES (?,?,?)",
                                           [(order, epc(name), level) for name in names])


# --- the whole life -----------------------------------------------------------------------------------------------
def test_an_order_from_clearance_to_its_close_at_zero(cleared: Shift) -> None:
    give(cleared, "WO1", "bottle", *(f"m{n}" for n in range(1, 20)))
    cleared.play("""
        badge lina
        do ORDER:WO1
        scan m1                    -> rejected line_clearance                    | red line_clearance, stage open
        do CONFIRM
        do START                   -> command order_started                      | stage started
        do SHIFT:A                 -> command shift_changed
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        scan m5 m6                 -> accepted taken; accepted taken
        do PAUSE                   -> command order_paused                       | stage paused
        scan m7                    -> rejected order_paused                      | case 2/4
        do CONFIRM
        kill
        do PAUSE                   -> command order_started                      | stage started, case 2/4
        do SHIFT:B                 -> command shift_changed
        scan m7 m8 c2              -> accepted taken; complete scan_label; complete container_complete \
                                    > commissioning 4, commissioning c2, packing c2 4
        scan p1                    -> complete container_complete > commissioning p1, packing p1 2
        frame m9 m10 m11 m12 c3    -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
        scan m13                   -> accepted taken
        do FINISH                  -> command order_finished                     | stage finished
        scan m14                   -> rejected order_closed                      | case 1/4
        do CONFIRM
        badge wang
        do CLOSE-ORDER             -> rejected order_unfinished
        do CLOSE:TAIL              -> complete scan_label
        scan c4                    -> complete container_complete > commissioning m13, commissioning c4, packing c4 1
        do CLOSE-ORDER             -> rejected order_unfinished                  | pallet 2/2
        scan p2                    -> complete container_complete > commissioning p2, packing p2 2
        do SAMPLE:QC
        scan m9                    -> accepted sampled > unpacking c3 1, sampling m9, destroying m9
        do SCRAP:DAMAGE
        scan m14                   -> accepted scrapped > commissioning m14, decommissioning m14
        do CLOSE-ORDER             -> warning order_differs
    """)
    assert cleared.published[-1].verdict.data["count"] == 5
    assert told(cleared, "WO1") == {(epc(f"m{n}"), "unseen") for n in range(15, 20)}
    cleared.play("""
        do RETURN:UNUSED
        scan m15 m16 m17 m18 m19   -> accepted returned; accepted returned; accepted returned; accepted returned; \
accepted returned
        do CANCEL
        do CLOSE-ORDER             -> complete order_reconciled                  | stage closed
        do START                   -> rejected order_closed
        scan m20                   -> rejected order_closed
    """)
    count = counted(cleared, "WO1")["bottle"]
    assert (count.issued, count.packed, count.scrapped, count.sampled, count.returned, count.open) == (
        19, 12, 1, 1, 5, 0)
    shifts = [row[0] for row in cleared.store.connection.execute(
        "SELECT shift FROM entry WHERE work_order='WO1' AND reason='container_complete' ORDER BY seq")]
    assert shifts[0] == "A" and set(shifts[1:]) == {"B"}


def test_a_difference_is_closed_with_a_reason_and_by_two(line: Shift) -> None:
    give(line, "FLAT1", "bottle", *(f"m{n}" for n in range(1, 7)))
    line.play("""
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do REMOVE:DAMAGE
        scan m1                    -> accepted removed > unpacking c1 1
        do CLOSE-ORDER             -> warning order_differs
        do CLOSE-ORDER:LOST        -> warning second_person                      | waits CLOSE-ORDER
        badge wang                 -> warning same_person                        | stage started
        badge CHEN-1111            -> complete order_reconciled                  | stage closed
    """)
    assert line.published[-1].verdict.data["approver"] == "chen"
    assert told(line) == {(epc("m1"), "removed"), (epc("m5"), "unseen"), (epc("m6"), "unseen")}
    assert line.store.connection.execute("SELECT reason FROM work_stage WHERE work_order='FLAT1'").fetchone() == (
        "LOST",)


def test_an_operator_may_run_an_order_and_not_close_it(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START                   -> command order_started
        do CLOSE-ORDER             -> rejected not_allowed                       | stage started
    """)


# --- without clearance --------------------------------------------------------------------------------------------
def test_where_no_clearance_is_asked_the_first_thing_taken_starts_the_order(line: Shift) -> None:
    """What is refused starts nothing; the start is in the entry of what was taken, and there after a power cut."""
    line.play("""
        scan x1                    -> rejected no_rule                           | stage open
        scan m1                    -> accepted taken                             | stage started
        kill
        scan m2                    -> accepted taken                             | stage started
        do UNDO                    -> accepted undone                            | stage started
        do PAUSE                   -> command order_paused                       | stage paused
        scan m3                    -> rejected order_paused                      | stage paused
    """)
    taken = next(each for each in line.published if each.verdict.reason == "taken")
    kept = {each.seq: entry.decode(each.payload) for each in journal.read(line.home / "journal")}
    assert [seq for seq, each in kept.items() if OrderState("FLAT1", "started") in each.changes] == [taken.seq]


def test_a_picture_starts_an_order_too(line: Shift) -> None:
    """PAUSE pauses it then: what is not started it would start."""
    line.play("""
        do ORDER:WO1               -> command command_taken                      | stage open
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do PAUSE                   -> command order_paused                       | stage paused
    """)


# --- lists --------------------------------------------------------------------------------------------------------
def test_a_strange_code_does_not_hide_a_missing_one(line: Shift) -> None:
    give(line, "FLAT1", "bottle", "m1", "m2", "m3", "m9")
    line.play("frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4")
    count = counted(line)["bottle"]
    assert (count.difference, count.missing, count.strange) == (0, 1, 1)
    assert told(line) == {(epc("m9"), "unseen"), (epc("m4"), "not_issued")}
    line.play("do CLOSE-ORDER -> warning order_differs")


def test_a_code_used_in_another_order_is_named_so(line: Shift) -> None:
    give(line, "FLAT1", "bottle", "m1", "m2")
    give(line, "WO2", "case", "c1")
    line.play("""
        do ORDER:WO2
        scan m1                    -> accepted taken
    """)
    assert told(line) == {(epc("m1"), "elsewhere"), (epc("m2"), "unseen")}
    line.play("frame m1 m2 m3 m4 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4")
    assert told(line) == {(epc("m1"), "elsewhere"), (epc("m2"), "elsewhere")}
    assert told(line, "WO2") == {(epc("c1"), "unseen"), (epc("c2"), "not_issued")}


def test_two_codes_of_one_object_count_once(line: Shift) -> None:
    give(line, "CAPS1", "bottle", "k1", "i1", "k2", "i2")
    line.play("do ORDER:CAPS1")
    line.frame("k1", "i1")
    count = counted(line, "CAPS1")["bottle"]
    assert (count.issued, count.open, count.strange) == (3, 1, 0)        # k2 and i2 are two until they are read
    line.play("scan k2 -> accepted half_read")
    assert counted(line, "CAPS1")["bottle"].open == 2
    line.play("scan i2 c1")
    assert told(line, "CAPS1") == set()


def test_a_returned_code_that_is_used_after_all_is_not_returned(line: Shift) -> None:
    line.play("""
        do RETURN:UNUSED
        scan m1                    -> accepted returned
        do CANCEL
        scan m1 m2 m3 m4 c1
    """)
    count = counted(line)["bottle"]
    assert (count.packed, count.returned, count.issued) == (4, 0, 4)


# --- acts that once spoilt the counts -----------------------------------------------------------------------------
def test_a_container_whose_last_unit_goes_is_no_container(line: Shift) -> None:
    line.play("""
        do ORDER:WO2
        scan m1
        do CLOSE:TAIL
        scan c1                    -> complete container_complete > commissioning m1, commissioning c1, packing c1 1
        do CLOSE-PALLET:TAIL
        scan p1                    -> complete container_complete > commissioning p1, packing p1 1
        do REMOVE:DAMAGE
        scan m1                    -> accepted removed > unpacking p1 all, unpacking c1 all
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 3, packing c1 4
    """)
    assert counted(line, "WO2")["case"].packed == 1 and counted(line, "WO2")["pallet"].packed == 0
    assert told(line, "WO2") == {(epc("p1"), "unpacked")}


def test_the_last_unit_of_a_container_is_swapped_where_it_stands(line: Shift) -> None:
    line.play("""
        scan m1
        do CLOSE:TAIL
        scan c1
        do SWAP:DAMAGE
        scan m1 m2 -> accepted scan_new; accepted swapped \
                    > unpacking c1 1, destroying m1, commissioning m2, packing c1 1
    """)
    count = counted(line)["bottle"]
    assert (count.packed, count.scrapped) == (1, 1)


def test_a_container_that_is_filled_up_again_is_let_alone_until_it_is_closed(line: Shift) -> None:
    line.play("""
        scan m1 m2
        do CLOSE:TAIL
        scan c1                    -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
        do CONTINUE:REST-CAME
        scan c1                    -> accepted continued                         | case 2/4
        do UNDO                    -> warning nothing_to_undo
        do UNPACK:WRONG
        scan c1                    -> rejected label_used
        do CANCEL
        do SCRAP:DAMAGE
        scan m1                    -> rejected label_used
        do CANCEL
    """)
    assert (counted(line)["bottle"].open, counted(line)["case"].open) == (2, 1)
    line.play("""
        do CONTINUE:REST-CAME
        scan c1                    -> accepted container_complete                | case closed 1
        do CONTINUE:REST-CAME
        scan m1                    -> accepted continued
        scan m3 m4                 -> accepted taken; complete container_complete > commissioning 2, packing c1 2
    """)
    assert (counted(line)["bottle"].packed, counted(line)["case"].packed) == (4, 1)
    assert told(line) == set()


def test_a_unit_is_swapped_with_a_unit(line: Shift) -> None:
    line.play("""
        do ORDER:WO2
        scan m1
        do SWAP:DAMAGE
        scan m1 c1                 -> accepted scan_new; rejected wrong_level    | case 1/4
        do CANCEL
        scan m2 m3 m4 c1
        do SWAP:DAMAGE
        scan c1                    -> rejected wrong_level                       | pallet 1/2
        do CANCEL
        queue m8
        do SWAP:DAMAGE
        scan m1 m8                 -> accepted scan_new; duplicate duplicate_in_container
    """)


def test_the_label_of_one_taken_apart_is_put_on_another(line: Shift) -> None:
    line.play("""
        frame m1 m2 m3 m4 c1
        do UNPACK:WRONG
        scan c1
        frame m1 m2 m3 m4 c2
        do RELABEL:DAMAGE
        scan c2 c1                 -> accepted scan_new; accepted relabelled \
                                    > unpacking c2 all, decommissioning c2, packing c1 4
    """)
    count = counted(line)["case"]
    assert (count.issued, count.packed, count.scrapped) == (2, 1, 1) and told(line) == set()


def test_a_code_in_another_orders_queue_is_taken_out_of_that(line: Shift) -> None:
    line.play("""
        queue m1 m2
        do ORDER:WO2
        queue m5
        do SCRAP:DAMAGE
        scan m2                    -> accepted scrapped > commissioning m2, decommissioning m2 | queue 1
        do ORDER:FLAT1
    """)
    assert line.station.state.queue is not None and len(line.station.state.queue.row) == 1
    assert counted(line)["bottle"].open == 1


def test_a_bad_bottle_does_not_make_a_loose_code_found(line: Shift) -> None:
    line.play("""
        frame m1 m2 m3 m4 c1
        do REMOVE:DAMAGE
        scan m1
        do FINISH
        queue m1                   -> rejected order_closed
    """)
    assert told(line) == {(epc("m1"), "removed")}
