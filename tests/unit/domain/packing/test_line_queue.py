"""The in-line queue in words: what the reader, the rejecter, the packer and a pair of hands do to it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import (
    Decision,
    Doubted,
    Entered,
    HeldBack,
    Labelled,
    Left,
    Loosened,
    Opened,
    QueueStopped,
    Verdict,
)
from app.domain.facts import Facts
from app.domain.packing import containers, line_queue, realign
from app.domain.packing.containers import Packing
from app.domain.packing.line_queue import Conveyor, Queue
from app.domain.packing.packing import scan
from app.domain.packing.row import Row, Slot, row
from app.domain.packing.stroke import pop
from app.domain.products import Hold
from app.domain.reasons import Outcome, Reason
from tests.unit.domain.line import HERE, MILK, bottle, case, facts, known, label, line, refusal

CONFIRMED, NONE, ASSUMED = Conveyor(), Conveyor(rejects="none"), Conveyor(rejects="assumed")


class Belt:
    """A queue and its order, moved on by decisions as the station does it."""

    def __init__(self, conveyor: Conveyor = CONFIRMED, state: Packing | None = None) -> None:
        self.state, self.queue, self.conveyor = state or line(planned=1000), Queue("WO1"), conveyor
        self.trigger, self.facts, self.last = 0, facts(), Decision(refused())

    def did(self, decision: Decision) -> tuple[str, str]:
        for change in decision.changes:
            self.state = containers.apply(self.state, change)
            self.queue = line_queue.apply(self.queue, change)
        self.last = decision
        return str(decision.verdict.outcome), str(decision.verdict.reason)

    def reads(self, *codes: Code | Refusal, trigger: int | None = None, timed_out: bool = False) -> tuple[str, str]:
        self.trigger = self.trigger + 1 if trigger is None else trigger
        return self.did(line_queue.enter(self.state, self.queue, codes, self.facts, self.trigger, timed_out,
                                         self.conveyor))

    def bottles(self, first: int, last: int) -> Belt:
        for number in range(first, last + 1):
            assert self.reads(bottle(number)) == ("accepted", "queued")
        return self

    def pops(self, cycle: int = 0) -> tuple[str, str]:
        return self.did(pop(self.state, self.queue, self.facts, HERE, conveyor=self.conveyor, cycle=cycle))

    def rejected(self, trigger: int) -> tuple[str, str]:
        return self.did(line_queue.rejected(self.state, self.queue, trigger, self.facts))

    def missed(self, trigger: int) -> tuple[str, str]:
        return self.did(line_queue.missed(self.state, self.queue, trigger, self.facts))

    def jam(self) -> tuple[str, str]:
        return self.did(realign.jam(self.state, self.queue))

    def takes_out(self, first: int, last: int) -> tuple[str, str]:
        return self.did(realign.remove(self.state, self.queue, first, last))

    def probes(self, number: int) -> tuple[str, str]:
        return self.did(realign.probe(self.state, self.queue, bottle(number), self.facts, 3))

    def is_aligned(self) -> tuple[str, str]:
        return self.did(realign.aligned(self.state, self.queue, 3))

    @property
    def step(self) -> str:
        return realign.guide(self.queue, 3).step

    @property
    def shown(self) -> list[str]:
        return [slot.epc if slot.shown == "good" else f"{slot.shown} {slot.epc}".strip() for slot in self.queue.slots]

    @property
    def cases(self) -> list[tuple[tuple[str, ...], str]]:
        return [(box.children, box.parked) for box in self.state.containers if box.level == "case"]


def refused() -> Verdict:
    return Verdict(Outcome.COMMAND, Reason.HELD)


# --- the line as it should run ----------------------------------------------------------------------------------------
def test_bottles_go_into_cases_in_the_order_of_the_reader() -> None:
    belt = Belt().bottles(1, 7)
    assert belt.last.changes == (Entered("WO1", 7, "b7", "good", "", 7),)
    assert belt.last.verdict.data == {"code": "b7", "number": 7, "place": 7, "count": 7}
    assert belt.pops() == ("complete", "scan_label")
    assert belt.last.changes[0] == Opened(1, "WO1", "case", 3)
    assert belt.last.changes[2] == Left("WO1", (1, 2, 3), "packed", 1)
    assert belt.pops() == ("complete", "scan_label")
    assert belt.cases == [(("b1", "b2", "b3"), ""), (("b4", "b5", "b6"), "")] and belt.shown == ["b7"]
    assert belt.did(scan(belt.state, label("c1"), belt.facts, HERE)) == ("complete", "container_complete")
    assert [slot.epc for slot in realign.upcoming(belt.queue, 5)] == ["b7"] and belt.step == ""


def test_a_case_that_was_labelled_first_closes_with_the_packers_stroke() -> None:
    belt = Belt(state=line(*case(1, label="c1"), planned=1000)).bottles(1, 3)
    assert belt.pops() == ("complete", "container_complete")
    assert [act.biz_step for act in belt.last.acts] == ["commissioning", "commissioning", "packing"]
    assert belt.state.closed == {"case": 1, "units": 3} and belt.shown == []


def test_a_packer_with_several_strokes_for_one_case() -> None:
    belt = Belt(Conveyor(takes=1)).bottles(1, 4)
    assert [belt.pops() for _ in range(4)] == [("accepted", "taken"), ("accepted", "taken"), ("complete", "scan_label"),
                                               ("accepted", "taken")]
    assert belt.cases == [(("b1", "b2", "b3"), ""), (("b4",), "")]
    belt = Belt(Conveyor("none", takes=1))
    belt.reads()
    belt.bottles(1, 3)
    assert belt.pops() == ("warning", "case_doubtful")
    assert [belt.pops(), belt.pops(), belt.pops()][2] == ("accepted", "taken"), "a held case takes its other strokes"
    assert belt.cases == [(("b1", "b2"), "case_doubtful"), (("b3",), "")]


def test_a_case_filled_by_hand_is_left_alone() -> None:
    belt = Belt(state=line(*case(1, "b90"), planned=1000)).bottles(1, 3)
    belt.pops()
    assert belt.cases == [(("b90",), ""), (("b1", "b2", "b3"), "")]


# --- at the reader ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("read", "about", "wanted", "state"), [
    ((), facts(), ("warning", "unreadable"), "no_read"),
    ((refusal(Reason.UNREADABLE),), facts(), ("warning", "unreadable"), "no_read"),
    ((bottle(1), bottle(2)), facts(), ("warning", "unreadable"), "no_read"),
    ((bottle(1), bottle(1)), facts(), ("accepted", "queued"), "good"),
    ((refusal(Reason.NO_RULE),), facts(), ("rejected", "no_rule"), "bad"),
    ((bottle(1), refusal(Reason.BAD_CHECK_DIGIT)), facts(), ("rejected", "bad_check_digit"), "bad"),
    ((bottle(1), refusal(Reason.NO_SERIAL)), facts(), ("accepted", "queued"), "good"),
    ((replace(bottle(1), product="JUICE"),), facts(), ("rejected", "wrong_product"), "bad"),
    ((bottle(1, lot="L0"),), facts(), ("stop", "wrong_batch"), "bad"),
    ((label("c1"),), facts(), ("rejected", "wrong_level"), "bad"),
    ((replace(bottle(1), level="crate"),), facts(), ("rejected", "wrong_level"), "bad"),
    ((bottle(1),), facts(known("b1", parent="c9")), ("duplicate", "packed_before"), "bad"),
    ((bottle(1),), facts(known("b1", status="destroyed")), ("rejected", "end_of_life"), "bad"),
    ((bottle(1),), facts(held={"b1": "wet"}), ("rejected", "on_hold"), "bad"),
    ((bottle(8),), facts(), ("duplicate", "on_the_belt"), "bad"),
    ((bottle(9),), facts(), ("duplicate", "duplicate_in_container"), "bad"),
])
def test_whatever_passes_the_reader_takes_a_place(read: Sequence[Code | Refusal], about: Facts, wanted: tuple[str, str],
                                                  state: str) -> None:
    belt = Belt(state=line(*case(1, "b9"), planned=1000)).bottles(8, 8)
    belt.facts = about
    assert belt.reads(*read) == wanted
    assert len(belt.queue.row) == 2 and belt.queue.slots[-1].state == state
    assert belt.queue.row.coded == 1 + (state == "good")
    assert belt.last.verdict.outcome.good == (state == "good"), "the line is told to reject exactly what is not good"
    assert belt.last.verdict.data["number"] == 2


def test_time_out_unissued_and_more_than_the_order_wants() -> None:
    belt = Belt()
    assert belt.reads(timed_out=True) == ("warning", "timed_out")
    issued = Belt(state=line(planned=1000, product=replace(MILK, issued_only=True)))
    assert issued.reads(bottle(1)) == ("rejected", "not_issued")
    full = Belt(state=line(*case(1, "b9"), planned=3)).bottles(1, 2)
    assert full.reads(bottle(3)) == ("rejected", "order_full")
    over = Belt(state=replace(line(), order=replace(line().order, state="closed")))
    assert over.reads(bottle(1)) == ("rejected", "order_closed")


def test_the_same_message_once_more_changes_nothing() -> None:
    belt = Belt().bottles(1, 2)
    assert belt.reads(bottle(2), trigger=2) == ("accepted", "queued") and belt.last.changes == ()
    belt.reads(refusal(Reason.NO_RULE))
    assert belt.shown == ["b1", "b2", "bad"]


def test_a_trigger_without_its_frame_was_a_bottle_too() -> None:
    belt = Belt().bottles(1, 1)
    assert belt.reads(bottle(4), trigger=4) == ("accepted", "queued")
    assert belt.last.verdict.data["lost"] == 2
    assert belt.shown == ["b1", "no_read", "no_read", "b4"] and belt.queue.stopped == ""
    assert [slot.trigger for slot in belt.queue.slots] == [1, 2, 3, 4]


@pytest.mark.parametrize("trigger", [1, 3, 500, 0])
def test_a_reader_that_counts_anew_stops_the_queue(trigger: int) -> None:
    belt = Belt().bottles(1, 3)
    assert belt.reads(bottle(4), trigger=trigger) == ("rejected", "queue_stopped")
    assert belt.queue.stopped == "reader"
    assert belt.shown == ["doubtful b1", "doubtful b2", "doubtful b3", "bad b4"], "not accepted: the line rejects it"
    assert belt.reads(bottle(5)) == ("accepted", "queued") and belt.shown[-1] == "doubtful b5"
    assert belt.last.verdict.data["why"] == "reader"


def test_the_rejecter_is_told_what_a_hand_took_out_by_its_present_count() -> None:
    belt = Belt()
    for number, trigger in ((1, 41), (2, 42), (3, 1), (4, 2), (5, 3)):
        belt.reads(bottle(number), trigger=trigger)
    belt.takes_out(1, 3)
    assert belt.last.verdict.data["triggers"] == "1-1", "41 and 42 are other bottles now"
    belt.takes_out(4, 5)
    assert belt.last.verdict.data["triggers"] == "2-3"


def test_triggers_of_another_count_are_other_bottles() -> None:
    belt = Belt().bottles(1, 3)
    belt.reads(bottle(4), trigger=1)
    assert belt.rejected(1)[1] == "reject_confirmed"
    assert belt.shown == ["doubtful b1", "doubtful b2", "doubtful b3"], "the newest of this number"
    assert belt.rejected(1)[1] == "reject_confirmed" and belt.last.changes == (), "never the one before"
    belt.bottles(5, 5)
    assert belt.queue.since == 4
    kept = line_queue.kept("WO1", belt.queue.slots, "reader", 6, 2, 0, since=4)
    assert kept.since == 4 and kept.probed == () and kept.slots == belt.queue.slots


def test_a_reading_that_nothing_triggered_is_no_bottle_where_its_code_has_its_place() -> None:
    belt = Belt().bottles(1, 3)
    assert belt.reads(bottle(3), trigger=0) == ("duplicate", "on_the_belt") and belt.last.changes == ()
    free = Belt()
    assert [free.reads(bottle(n), trigger=0) for n in (1, 2, 2)][2] == ("duplicate", "on_the_belt")
    assert free.shown == ["b1", "b2", "bad b2"], "a reader that never counts: each reading is a bottle"


def test_more_places_than_bottles_fit() -> None:
    belt = Belt(Conveyor(room=5)).bottles(1, 4)
    belt.pops()
    belt.bottles(5, 8)
    assert belt.reads(bottle(9)) == ("rejected", "queue_stopped") and belt.queue.stopped == "overrun"
    assert belt.cases == [(("b1", "b2", "b3"), "case_doubtful")], "a stroke was not heard: nobody knows since when"


# --- the rejecter -----------------------------------------------------------------------------------------------------
def test_a_confirmed_reject_takes_exactly_its_place() -> None:
    belt = Belt().bottles(1, 2)
    belt.reads()
    belt.bottles(3, 4)
    assert belt.rejected(3) == ("command", "reject_confirmed")
    assert belt.last.changes == (Left("WO1", (3,), "rejected"),)
    assert belt.shown == ["b1", "b2", "b3", "b4"]
    assert belt.rejected(3) == ("command", "reject_confirmed") and belt.last.changes == (), "said twice"
    assert belt.rejected(4)[1] == "reject_confirmed", "by the line's own will, a good one"
    assert belt.last.changes[1:] == (Loosened("WO1", "bottle", ("b3",), "rejected"),)
    assert belt.reads(bottle(3)) == ("accepted", "queued"), "it was put before the reader again"


def test_a_reject_that_nobody_saw_holds_its_case_and_asks_for_the_first_bottle() -> None:
    belt = Belt().bottles(1, 1)
    belt.reads()
    belt.bottles(2, 5)
    assert belt.pops() == ("rejected", "queue_stopped")
    assert belt.last.verdict.data["places"] == "2" and belt.queue.stopped == "reject"
    assert [(mark.cell, str(mark.reason), mark.data) for mark in belt.last.verdict.marks] == [
        (1, "unreadable", {"number": 2})]
    assert belt.cases == [(("b1", "b2"), "case_doubtful")]
    assert belt.step == "probe_head" and belt.is_aligned() == ("rejected", "queue_stopped")
    assert belt.probes(4) == ("accepted", "queued") and belt.step == "run"
    assert belt.is_aligned() == ("accepted", "queue_aligned")
    assert belt.shown == ["b4", "b5"] and belt.queue.stopped == "", "b3 was in the case: the bad one had been rejected"
    assert belt.state.containers[0].parked, "what was packed in doubt stays held"


def test_a_missed_reject_stays_in_its_place() -> None:
    belt = Belt().bottles(1, 1)
    belt.reads(bottle(1))
    belt.bottles(2, 8)
    assert belt.missed(2) == ("rejected", "reject_missed")
    assert belt.last.changes == (Entered("WO1", 2, "b1", "bad", "reject_missed", 2),)
    assert belt.pops() == ("rejected", "queue_stopped") and belt.last.verdict.data["places"] == "2"
    belt.probes(3)
    belt.is_aligned()
    assert belt.pops() == ("complete", "scan_label") and belt.cases[1] == (("b3", "b4", "b5"), "")


def test_a_good_one_that_the_line_wanted_out_and_missed() -> None:
    belt = Belt().bottles(1, 2)
    belt.missed(1)
    assert belt.last.changes[1] == Loosened("WO1", "bottle", ("b1",), "rejected")
    assert belt.shown == ["bad b1", "b2"] and belt.queue.row.find("b1") is None


def test_of_two_rejects_the_sensor_may_take_one_for_the_other() -> None:
    belt = Belt().bottles(1, 2)
    belt.reads()
    belt.bottles(3, 3)
    belt.reads()
    belt.bottles(4, 6)
    belt.rejected(3)
    belt.missed(5)
    assert belt.shown == ["b1", "b2", "doubtful b3", "bad", "b4", "b5", "b6"] and belt.queue.stopped == ""
    assert belt.pops() == ("warning", "case_doubtful"), "it may hold the other bad one instead of b3"
    assert belt.pops() == ("rejected", "queue_stopped")
    assert [parked for _, parked in belt.cases] == ["case_doubtful"] * 2


def test_the_first_bottle_does_not_prove_what_two_rejects_left_in_doubt() -> None:
    for told_first in (True, False):
        belt = Belt().bottles(1, 1)
        belt.reads()
        belt.bottles(2, 4)
        belt.reads()
        belt.bottles(5, 5)
        belt.reads()
        if told_first:
            belt.rejected(6)
            belt.missed(8)
        assert belt.pops() == ("rejected", "queue_stopped")
        if not told_first:
            assert belt.queue.stopped == "reject"
            belt.rejected(6)
            belt.missed(8)
        assert belt.queue.stopped == "signal", "b5 may stand one place further"
        assert belt.step == "remove"


def test_a_line_without_a_rejecter_and_one_without_a_sensor() -> None:
    belt = Belt(NONE).bottles(1, 1)
    belt.reads()
    belt.bottles(2, 5)
    assert belt.pops() == ("warning", "case_doubtful") and belt.queue.stopped == ""
    assert belt.pops() == ("complete", "scan_label") and belt.cases[1] == (("b3", "b4", "b5"), "")
    belt = Belt(ASSUMED).bottles(1, 1)
    assert belt.reads() == ("warning", "unreadable")
    assert belt.last.changes[1] == Left("WO1", (2,), "rejected")
    belt.bottles(2, 3)
    assert belt.pops() == ("complete", "scan_label") and belt.cases == [(("b1", "b2", "b3"), "")]


@pytest.mark.parametrize("trigger", [0, 99])
def test_a_reject_of_nothing_that_is_known_stops_the_queue(trigger: int) -> None:
    for signal in (Belt.rejected, Belt.missed):
        belt = Belt().bottles(1, 2)
        assert signal(belt, trigger) == ("rejected", "queue_stopped") and belt.queue.stopped == "signal"


def test_a_reject_that_is_told_after_the_stroke_holds_what_was_packed_since() -> None:
    belt = Belt().bottles(1, 9)
    belt.pops()
    belt.pops()
    belt.did(scan(belt.state, label("c1"), belt.facts, HERE))
    belt.did(scan(belt.state, label("c2"), belt.facts, HERE))
    belt.pops()
    belt.facts = facts(*(known(f"b{n}", parent="c1" if n < 4 else "c2") for n in range(1, 7)))
    assert set(line_queue.asked(belt.queue, 3)) == {"b1", "b4", "b7"}
    assert belt.rejected(5) == ("rejected", "queue_stopped") and belt.queue.stopped == "reject"
    assert HeldBack(("c2",), "case_doubtful") in belt.last.changes, "closed: held back"
    assert belt.last.acts[0].biz_step == "holding" and belt.last.acts[0].epcs == ("c2",)
    assert belt.cases == [(("b7", "b8", "b9"), "case_doubtful")], "open: put aside"
    assert Belt.missed(belt, 5) == ("rejected", "queue_stopped")
    assert belt.missed(1)[0] == "rejected"


def test_a_late_reject_after_the_power_failed_and_nothing_is_remembered() -> None:
    belt = Belt().bottles(1, 7)
    belt.pops()
    belt.queue = line_queue.kept("WO1", belt.queue.slots, "", 8, 7, 0)
    assert belt.rejected(2) == ("rejected", "queue_stopped") and belt.queue.stopped == "signal"
    assert belt.cases == [(("b1", "b2", "b3"), "case_doubtful")]
    assert belt.shown == [f"doubtful b{number}" for number in range(4, 8)]


def test_rejects_told_of_what_was_taken_out_by_hand_are_no_news() -> None:
    belt = Belt().bottles(1, 3)
    belt.jam()
    belt.takes_out(2, 2)
    assert belt.rejected(2) == ("command", "reject_confirmed") and belt.last.changes == ()
    assert belt.missed(2) == ("command", "reject_missed") and belt.last.changes == ()


# --- the packer -------------------------------------------------------------------------------------------------------
def test_fewer_places_than_the_packer_took() -> None:
    belt = Belt().bottles(1, 5)
    belt.pops()
    assert belt.pops() == ("rejected", "queue_short")
    assert belt.last.verdict.data["missing"] == 1 and belt.queue.stopped == "short"
    assert belt.cases == [(("b1", "b2", "b3"), "case_doubtful"), (("b4", "b5"), "queue_short")]
    assert belt.step == "run" and belt.is_aligned() == ("accepted", "queue_aligned")
    assert belt.pops() == ("rejected", "queue_short") and belt.cases[2] == ((), "queue_short"), "a case all the same"
    belt.is_aligned()
    belt.bottles(6, 8)
    assert belt.pops() == ("complete", "scan_label") and belt.cases[3] == (("b6", "b7", "b8"), "")


def test_a_packer_that_counts_loses_and_repeats_no_stroke_unseen() -> None:
    belt = Belt().bottles(1, 12)
    belt.pops(cycle=7)
    assert belt.pops(cycle=7) == ("command", "queued") and belt.last.changes == ()
    assert belt.pops(cycle=9) == ("rejected", "queue_stopped") and belt.queue.stopped == "packer"
    assert belt.cases == [(("b1", "b2", "b3"), ""), (("b4", "b5", "b6"), "case_doubtful"),
                          (("b7", "b8", "b9"), "case_doubtful")]
    assert belt.probes(11) == ("accepted", "queued") and belt.step == "probe_tail", "no stroke takes one bottle alone"
    assert belt.probes(10) == ("accepted", "queued") and belt.step == "run"
    belt.is_aligned()
    assert belt.pops(cycle=10) == ("complete", "scan_label") and belt.queue.cycle == 10


def test_a_packer_that_was_restarted() -> None:
    for cycle in (1, 90):
        belt = Belt().bottles(1, 9)
        belt.pops(cycle=7)
        assert belt.pops(cycle=cycle) == ("rejected", "queue_stopped") and belt.queue.stopped == "packer"
        assert [parked for _, parked in belt.cases] == ["", "case_doubtful"]
        assert belt.probes(7)[0] == "accepted" and belt.step == "run"


def test_what_came_to_light_after_the_reader() -> None:
    belt = Belt().bottles(1, 3)
    belt.state = containers.apply(containers.apply(belt.state, case(1, "b2")[0]), case(1, "b2")[1])   # by hand
    belt.facts = facts(known("b3", parent="c9"))
    assert belt.pops() == ("warning", "case_doubtful")
    assert belt.cases == [(("b2",), ""), (("b1",), "case_doubtful")]
    assert [str(mark.reason) for mark in belt.last.verdict.marks] == ["duplicate_in_container", "packed_before"]
    belt = Belt().bottles(1, 3)
    belt.facts = facts(holds=(Hold("H", "recall", product="MILK"),))
    assert belt.pops() == ("warning", "case_doubtful") and belt.cases == [(("b1", "b2", "b3"), "case_doubtful")]


def test_a_label_that_is_on_hold_stops_no_stroke() -> None:
    belt = Belt(state=line(*case(1, label="c1"), planned=1000)).bottles(1, 3)
    belt.facts = facts(held={"c1": "recall"})
    assert belt.pops() == ("warning", "case_doubtful") and belt.cases == [(("b1", "b2", "b3"), "on_hold")]
    assert belt.last.acts == () and belt.shown == []


# --- a jam ------------------------------------------------------------------------------------------------------------
def test_the_way_back_from_a_jam() -> None:
    belt = Belt().bottles(1, 9)
    assert belt.jam() == ("warning", "queue_stopped") and belt.queue.stopped == "jam"
    assert belt.last.changes == (Doubted("WO1", tuple(range(1, 10))), QueueStopped("WO1", "jam"))
    assert belt.last.verdict.data == {"why": "jam", "count": 9, "next": "probe_head"}
    assert belt.pops() == ("warning", "case_doubtful") and belt.cases == [(("b1", "b2", "b3"), "case_doubtful")]
    assert belt.takes_out(6, 5) == ("accepted", "queue_removed")
    assert belt.last.changes[1] == Loosened("WO1", "bottle", ("b5", "b6"), "removed")
    assert belt.step == "probe_head" and belt.probes(7) == ("accepted", "queued")
    assert belt.step == "probe_tail" and belt.probes(7) == ("accepted", "queued"), "a scanner may say it twice"
    assert belt.step == "probe_tail" and belt.is_aligned() == ("rejected", "queue_stopped")
    assert belt.probes(8)[0] == "accepted" and belt.step == "run"
    assert realign.guide(belt.queue, 3) == realign.Guide("run", 7, 8, 2)
    assert belt.is_aligned() == ("accepted", "queue_aligned")
    assert belt.last.changes[:2] == (Left("WO1", (4, 9), "removed"), Loosened("WO1", "bottle", ("b4", "b9"), "removed"))
    assert belt.shown == ["b7", "b8"] and belt.queue.stopped == "" and belt.step == ""
    assert belt.is_aligned() == ("accepted", "queue_aligned") and belt.last.changes == ()
    belt.bottles(9, 9)
    assert belt.pops() == ("complete", "scan_label") and belt.cases[1] == (("b7", "b8", "b9"), "")


def test_what_cannot_be_read_does_not_stay_in_a_row_that_jammed() -> None:
    belt = Belt().bottles(1, 2)
    belt.reads()
    belt.bottles(3, 4)
    belt.jam()
    assert realign.guide(belt.queue, 3) == realign.Guide("remove", places=(3,))
    belt.probes(1)
    belt.probes(2)
    assert belt.step == "run", "it stands behind the last one that was shown: it is gone"
    belt.probes(4)
    assert belt.step == "remove" and belt.takes_out(3, 3) == ("accepted", "queue_removed")
    assert belt.step == "probe_head", "hands were on the row: it is shown anew"
    alone = Belt()
    alone.reads()
    alone.jam()
    assert alone.step == "remove" and alone.takes_out(1, 1)[0] == "accepted" and alone.step == "run"


def test_what_moves_while_it_is_stopped_makes_void_what_was_probed() -> None:
    for moves in (lambda belt: belt.bottles(7, 7), Belt.pops, lambda belt: belt.rejected(3),
                  lambda belt: belt.missed(3), lambda belt: belt.takes_out(3, 3)):
        belt = Belt().bottles(1, 6)
        belt.jam()
        belt.probes(1)
        belt.probes(6)
        assert belt.step == "run"
        moves(belt)
        assert belt.step in ("probe_head", "remove") and belt.queue.probed == ()
        assert belt.is_aligned() == ("rejected", "queue_stopped")


def test_bottles_from_the_jam_come_round_again() -> None:
    belt = Belt().bottles(1, 4)
    belt.jam()
    assert belt.reads(bottle(2)) == ("accepted", "queued"), "taken out, not said, and put before the reader"
    assert belt.shown == ["doubtful b1", "doubtful b3", "doubtful b4", "doubtful b2"]
    assert belt.last.changes[0] == Left("WO1", (2,), "removed")


def test_a_stop_at_the_packers_end_becomes_one_of_the_whole_row_when_hands_are_on_it() -> None:
    belt = Belt().bottles(1, 20)
    belt.pops(cycle=1)
    belt.pops(cycle=3)
    assert belt.queue.stopped == "packer"
    assert belt.reads(bottle(20)) == ("duplicate", "on_the_belt"), "nobody took anything out"
    belt.jam()
    assert belt.queue.stopped == "jam"
    belt.pops(cycle=9)
    assert belt.queue.stopped == "jam", "and never the other way round"


def test_a_probe_while_it_runs() -> None:
    belt = Belt().bottles(1, 9)
    belt.pops()
    assert belt.probes(4) == ("accepted", "queue_aligned") and belt.queue.stopped == ""
    belt.pops()
    assert belt.probes(9) == ("rejected", "queue_stopped") and belt.queue.stopped == "probe"
    assert [parked for _, parked in belt.cases] == ["", "case_doubtful"], "what was packed before the proof is right"
    assert belt.probes(50) == ("rejected", "not_in_queue") and belt.takes_out(70, 80) == ("rejected", "not_in_queue")
    taken = Belt().bottles(1, 3)
    assert taken.takes_out(2, 2)[0] == "accepted" and taken.queue.stopped == "jam", "hands on a row that runs"


# --- the row itself ---------------------------------------------------------------------------------------------------
def test_changes_of_other_orders_and_rooms_are_none_of_it() -> None:
    queue = Belt().bottles(1, 2).queue
    for other in (Entered("WO2", 9, "b9"), Left("WO2", (1,), "packed"), Doubted("WO2", (1,)),
                  QueueStopped("WO2", "jam"), Labelled(1, "c1")):
        assert line_queue.apply(queue, other) == queue


def test_the_queue_before_is_whole_after_a_commit_that_failed() -> None:
    belt = Belt().bottles(1, 200)
    before, slots = belt.queue, belt.queue.slots
    belt.pops()
    belt.rejected(100)
    belt.jam()
    assert before.slots == slots and before.row.find("b1") and before.row.coded == 200 and before.stopped == ""
    assert belt.queue.row.find("b1") is None and belt.queue.row.find("b100") is None and len(belt.queue.row) == 196


EDITS = st.lists(st.tuples(st.sampled_from(["put", "drop", "doubt", "turn"]), st.integers(0, 300), st.integers(1, 90)),
                 max_size=25)


@given(EDITS, st.integers(0, 400))
def test_a_row_is_what_a_plain_list_would_be(edits: list[tuple[str, int, int]], begun: int) -> None:
    plain = {number: Slot(number, f"b{number}") for number in range(1, begun + 1)}
    places, number = row(plain.values()), begun
    for act, at, count in edits:
        some = [each for each in plain if at <= each < at + count]
        if act == "put":
            for _ in range(count):
                number += 1
                plain[number] = Slot(number, f"b{number}")
                places = places.put(plain[number])
        elif act == "drop":
            places = places.drop(some)
            plain = {each: slot for each, slot in plain.items() if each not in some}
        elif act == "doubt":
            places = places.doubt(some, True)
            plain |= {each: replace(plain[each], doubtful=True) for each in some}
        elif some:
            plain[some[0]] = replace(plain[some[0]], state="bad")
            places = places.put(plain[some[0]])
    same(places, list(plain.values()))


def same(places: Row, plain: Sequence[Slot]) -> None:
    """The row says of itself what a list of its places says."""
    good = [slot for slot in plain if slot.state == "good"]
    assert list(places) == list(plain) and (len(places), places.coded) == (len(plain), len(good))
    assert {epc: number for table in places.codes for epc, number in table.items()} == {s.epc: s.number for s in good}
    assert all(places.find(slot.epc) == slot for slot in good) and places == row(plain) and places.find("x") is None
    assert places.head(7) == tuple(plain[:7]) and (places.first, places.last) == (
        (plain[0], plain[-1]) if plain else (None, None))
    for at, slot in list(enumerate(plain))[::17]:
        assert places.get(slot.number) == slot and places.ahead(slot.number) == at
        assert places.between(slot.number, slot.number + 40) == tuple(
            each for each in plain if slot.number <= each.number <= slot.number + 40)
