"""A conveyor of real bottles against the in-line queue: whatever the line does, no case that is not held is wrong.

The model moves bottles; the queue hears only what sensors, the packer and people say, late, twice or not at all.
What people keep to, as no signal could tell otherwise: they say JAM before they touch the row; nothing is put into the
row by hand, it goes before the reader; while they align it the packer stands. They need not say what they take out.
Left out, as nothing shows it: what passed before an order's first bottle and stroke; a pusher that hits another bottle
than it was fired for, or a good one whose signal is lost; a packer without a count whose signal is lost or comes twice;
as many strange bottles in the middle of the row as were taken out of it in silence (`unprovable`).
"""
from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.codes.identity import Code
from app.domain.decision import (
    Change,
    Closed,
    Collected,
    Decision,
    Doubted,
    Entered,
    HeldBack,
    Left,
    Loosened,
    Parked,
    QueueStopped,
)
from app.domain.facts import Facts
from app.domain.packing import containers, line_queue, realign
from app.domain.packing.containers import Packing
from app.domain.packing.line_queue import FRONT, Conveyor, Gone, Queue
from app.domain.packing.packing import scan
from app.domain.packing.row import Slot, row
from app.domain.packing.stroke import pop
from tests.unit.domain.line import HERE, bottle, known, label, line

TAKES = 3


@dataclass(eq=False)
class Bottle:
    """A real one. `code` is what is printed on it; `place` the number that the queue gave it, 0 for none."""

    code: int
    readable: bool = True
    place: int = 0


@dataclass(eq=False)
class Push:
    """A bottle on its way to the pusher, under the trigger that it is told by."""

    trigger: int
    bottle: Bottle


@dataclass(eq=False)
class Stroke:
    """What the packer really took, and its count."""

    bottles: tuple[Bottle, ...]
    cycle: int
    containers: list[int] = field(default_factory=list)


class Line(RuleBasedStateMachine):
    @initialize(counts=st.booleans(), assumed=st.sampled_from(["confirmed", "confirmed", "none"]))
    def begin(self, counts: bool, assumed: str) -> None:
        self.conveyor, self.counts = Conveyor(assumed, room=40), counts
        self.state: Packing = line(planned=10_000)
        self.queue = Queue("WO1")
        self.table: dict[int, Slot] = {}             # as the store keeps the places
        self.gone: list[Gone] = []
        self.stopped = ""
        self.belt: list[Bottle] = []                 # next for the packer first
        self.hands: list[Bottle] = []                # taken out of the row
        self.bin: list[Bottle] = []                  # pushed off
        self.pushes: list[Push] = []
        self.late: list[tuple[str, int]] = []        # signals of the rejecter that are still on the wire
        self.strokes: list[Stroke] = []
        self.wire: list[Stroke] = []                 # the packer's signals that are still on the wire
        self.trigger = self.printed = self.labels = 0
        self.cycle, self.restarts = 9000, 0
        self.first_heard: dict[int, int] = {}        # of each of the packer's counts
        self.wanted: set[Bottle] = set()             # good ones that the line pushed off and whose signal is late
        self.seen: set[str] = set()                  # codes that had a good place
        self.loose: set[str] = set()
        self.closed: dict[int, tuple[str, tuple[str, ...]]] = {}     # container → label and what it says it holds
        self.held: set[str] = set()

    # --- what the station does with a decision ------------------------------------------------------------------------
    def did(self, decision: Decision, stroke: Stroke | None = None) -> Decision:
        before = self.queue
        for change in decision.changes:
            if isinstance(change, Closed):
                box = next(box for box in self.state.containers if box.number == change.container)
                self.closed[box.number] = (box.label, box.children)
            self.keep(change, stroke)
            self.state = containers.apply(self.state, change)
            self.queue = line_queue.apply(self.queue, change)
        assert before.slots == tuple(before.row), "the queue before is still whole"
        return decision

    def keep(self, change: Change, stroke: Stroke | None) -> None:
        match change:
            case Entered(_, number, epc, state, reason, trigger):
                doubtful = number in self.table and self.table[number].doubtful
                self.table[number] = Slot(number, epc, state, reason, trigger, doubtful)
                if state == "good":
                    self.seen.add(epc)
                    self.loose.discard(epc)
            case Left(_, numbers, why, container, cycle):
                self.gone.append(Gone(why, tuple(self.table.pop(number) for number in numbers), container))
                if why == "packed":
                    of = next((each for each in self.strokes if cycle and each.cycle == cycle), None) or stroke
                    assert of is not None
                    of.containers.append(container)
            case Doubted(_, numbers, doubtful):
                for number in numbers:
                    slot = self.table[number]
                    self.table[number] = Slot(slot.number, slot.epc, slot.state, slot.reason, slot.trigger, doubtful)
            case QueueStopped(_, why):
                self.stopped = why
            case Loosened(_, _, epcs):
                assert not self.loose & set(epcs)
                self.loose |= set(epcs)
            case Collected(_, epcs):
                self.loose -= set(epcs)
            case HeldBack(epcs):
                self.held |= set(epcs)
            case Parked() | _:
                pass

    @property
    def facts(self) -> Facts:
        return Facts({epc: known(epc, parent=name) for name, epcs in self.closed.values() for epc in epcs})

    # --- the reader ---------------------------------------------------------------------------------------------------
    def passes(self, one: Bottle, told: bool = True, again: bool = False) -> None:
        self.belt.append(one)
        one.place = 0
        self.trigger += 1
        if not told:
            return
        codes: tuple[Code, ...] = (bottle(one.code),) if one.readable else ()
        for _ in range(1 + again):
            number = self.queue.next_number
            told_by = self.did(line_queue.enter(self.state, self.queue, codes, self.facts, self.trigger,
                                                conveyor=self.conveyor))
        places = [each.number for each in told_by.changes if isinstance(each, Entered)]
        if places:
            one.place = places[-1]
        elif again:
            one.place = number - 1
        if not told_by.verdict.outcome.good and self.conveyor.rejects != "none":
            self.pushes.append(Push(self.trigger, one))

    @rule(many=st.integers(1, 5))
    def new_bottles(self, many: int) -> None:
        for _ in range(many):
            self.printed += 1
            self.passes(Bottle(self.printed))

    @rule(cases=st.integers(1, 3))
    def the_line_runs(self, cases: int) -> None:
        for _ in range(cases):
            self.new_bottles(TAKES)
            self.a_stroke("told", True)

    @rule(data=st.data())
    def the_printer_repeats_itself(self, data: st.DataObject) -> None:
        if self.printed and self.trigger:
            self.passes(Bottle(data.draw(st.integers(max(1, self.printed - 6), self.printed))))

    @rule()
    def an_unreadable_one(self) -> None:
        self.passes(Bottle(0, readable=False))

    @rule(again=st.just(True))
    def the_reader_says_it_twice(self, again: bool) -> None:
        self.printed += 1
        self.passes(Bottle(self.printed), again=again)

    @precondition(lambda self: self.queue.last_trigger)
    @rule(pushed=st.booleans())
    def a_frame_is_lost(self, pushed: bool) -> None:
        self.printed += 1
        lost = Bottle(self.printed)
        self.passes(lost, told=False)
        if pushed and self.conveyor.rejects != "none":      # no verdict came: a careful line rejects
            self.pushes.append(Push(self.trigger, lost))
        self.printed += 1
        number = self.queue.next_number
        self.passes(Bottle(self.printed))
        lost.place = number if self.queue.row.get(number) is not None or number in self.table else lost.place

    @precondition(lambda self: self.trigger > 1 and not self.wanted)
    @rule(unseen=st.integers(0, 2))
    def the_reader_was_away(self, unseen: int) -> None:
        """Its count begins anew, what it had still to say is lost, and bottles may have passed unseen."""
        self.pushes.clear()
        self.late.clear()
        for _ in range(unseen):
            self.printed += 1
            self.belt.append(Bottle(self.printed))
        self.trigger = 0
        self.printed += 1
        self.passes(Bottle(self.printed))

    # --- the rejecter -------------------------------------------------------------------------------------------------
    def tells(self, name: str, trigger: int) -> None:
        act = line_queue.rejected if name == "confirmed" else line_queue.missed
        self.did(act(self.state, self.queue, trigger, self.facts))

    def fires(self, push: Push, moved: bool, how: str) -> None:
        """The pusher moves the bottle or fails; the sensor's signal comes, comes late, comes twice or is lost."""
        self.pushes.remove(push)
        moved = moved and push.bottle in self.belt
        if moved:
            self.belt.remove(push.bottle)
            self.bin.append(push.bottle)
        name = "confirmed" if moved else "missed"
        if how == "late":
            self.late.append((name, push.trigger))
        elif how != "lost":
            self.tells(name, push.trigger)
            if how == "twice":
                self.tells(name, push.trigger)

    @precondition(lambda self: self.pushes)
    @rule(moved=st.sampled_from([True, True, True, False]),
          how=st.sampled_from(["told", "told", "late", "twice", "lost"]))
    def a_reject(self, moved: bool, how: str) -> None:
        self.fires(self.pushes[0], moved, how)

    @precondition(lambda self: len(self.pushes) > 1 and self.pushes[0].bottle in self.belt)
    @rule()
    def the_sensor_takes_one_for_the_other(self) -> None:
        """The first one stays, the second goes; the sensor thinks that the first has gone."""
        first, second = self.pushes[:2]
        if second.bottle in self.belt and second.trigger - first.trigger < 20:
            del self.pushes[:2]
            self.belt.remove(second.bottle)
            self.bin.append(second.bottle)
            self.tells("confirmed", first.trigger)
            self.tells("missed", second.trigger)

    @precondition(lambda self: self.belt and self.belt[-1].place and self.conveyor.rejects == "confirmed")
    @rule(how=st.sampled_from(["told", "late"]))
    def the_line_rejects_a_good_one(self, how: str) -> None:
        one = self.belt[-1]
        trigger = self.table[one.place].trigger if one.place in self.table else 0
        if trigger == self.trigger and not any(push.bottle is one for push in self.pushes):
            self.pushes.append(Push(trigger, one))
            self.fires(self.pushes[-1], True, how)
            if how == "late":
                self.wanted.add(one)

    @precondition(lambda self: self.late)
    @rule(data=st.data())
    def a_late_signal_comes(self, data: st.DataObject) -> None:
        name, trigger = self.late.pop(data.draw(st.integers(0, len(self.late) - 1)))
        self.tells(name, trigger)
        if not self.late:
            self.wanted.clear()

    # --- the packer ---------------------------------------------------------------------------------------------------
    @precondition(lambda self: len(self.belt) >= TAKES)
    @rule(how=st.sampled_from(["told", "told", "told", "told", "late", "lost", "twice"]), moved=st.booleans())
    def a_stroke(self, how: str, moved: bool) -> None:
        for push in [push for push in self.pushes if push.bottle in self.belt[: TAKES + 3]]:
            self.fires(push, moved, "lost" if how == "lost" else "told")     # the pusher stands before the packer
        if len(self.belt) < TAKES:
            return
        self.cycle += 1
        stroke = Stroke(tuple(self.belt[:TAKES]), self.cycle if self.counts else 0)
        del self.belt[:TAKES]
        for each in self.strokes:                    # an older count of a packer that was restarted since
            each.cycle = 0 if each.cycle == stroke.cycle else each.cycle
        self.strokes.append(stroke)
        if not self.counts and how in ("lost", "twice") or self.counts and not self.queue.cycle:
            how = "told"
        if how == "late":
            self.wire.append(stroke)
        elif how != "lost":
            while not self.counts and self.wire:     # without a count the order on the wire is all there is
                self.hears(self.wire.pop(0))
            self.hears(stroke)
            if how == "twice":
                self.hears(stroke)

    def hears(self, stroke: Stroke) -> None:
        self.did(pop(self.state, self.queue, self.facts, HERE, conveyor=self.conveyor, cycle=stroke.cycle), stroke)
        if stroke.cycle:
            first = self.first_heard.setdefault(self.restarts, stroke.cycle)
            counted = range(first, self.queue.cycle + 1)
            assert all(each.containers for each in self.strokes if each.cycle in counted), "a case that nobody knows of"

    @precondition(lambda self: self.wire)
    @rule(newest=st.booleans())
    def a_late_stroke_is_told(self, newest: bool) -> None:
        self.hears(self.wire.pop(-1 if newest and self.counts else 0))

    @precondition(lambda self: self.counts and self.queue.cycle)
    @rule(taken=st.booleans())
    def the_packer_was_restarted(self, taken: bool) -> None:
        """Its count begins anew, not where it stood by chance; it may have taken bottles and told nobody."""
        if taken and len(self.belt) >= TAKES and not self.pushes:
            self.strokes.append(Stroke(tuple(self.belt[:TAKES]), 0))
            del self.belt[:TAKES]
        for stroke in self.wire:
            stroke.cycle = 0
        self.wire.clear()
        self.restarts += 1
        self.cycle = 9000 - 100 * self.restarts

    @rule()
    def a_case_is_labelled(self) -> None:
        self.labels += 1
        self.did(scan(self.state, label(f"c{self.labels}"), self.facts, HERE))

    # --- hands --------------------------------------------------------------------------------------------------------
    @rule(data=st.data(), said=st.booleans())
    def a_jam(self, data: st.DataObject, said: bool) -> None:
        self.did(realign.jam(self.state, self.queue))
        if not self.belt:
            return
        first = data.draw(st.integers(0, len(self.belt) - 1))
        last = data.draw(st.integers(first, min(first + 4, len(self.belt) - 1)))
        out = self.belt[first : last + 1]
        self.out(out)
        places = [one.place for one in out if one.place in self.table]
        if said and places:
            self.did(realign.remove(self.state, self.queue, places[0], places[-1]))

    @precondition(lambda self: self.hands or self.bin)
    @rule(rejected=st.booleans())
    def bottles_go_before_the_reader(self, rejected: bool) -> None:
        source = self.bin if rejected and self.bin and not self.late else self.hands
        if source:
            self.passes(source.pop(0))

    @precondition(lambda self: self.queue.stopped and not self.wire)
    @rule()
    def one_step_of_the_guide(self) -> None:
        self.follows(realign.guide(self.queue, TAKES))

    @precondition(lambda self: self.queue.stopped and not self.wire)
    @rule()
    def the_whole_guide(self) -> None:
        for _ in range(60):
            if not self.queue.stopped:
                return
            self.follows(realign.guide(self.queue, TAKES))
        raise AssertionError("the guide leads nowhere")

    def follows(self, guide: realign.Guide) -> None:
        match guide.step:
            case "remove":
                number = guide.places[0]
                self.out([one for one in self.belt if one.place == number])
                self.did(realign.remove(self.state, self.queue, number, number))
            case "probe_head" | "probe_tail" if self.belt:
                one = self.belt[0 if guide.step == "probe_head" else -1]
                before = self.queue.probed
                if one.readable:
                    self.did(realign.probe(self.state, self.queue, bottle(one.code), self.facts, TAKES))
                if not one.readable or self.queue.row.find(f"b{one.code}") is None:
                    self.out([one])
                elif before == self.queue.probed:    # the only one that is left: start from nothing
                    self.clears()
            case "run":
                strange = [one for one in self.belt if one.place not in self.table]
                unprovable = bool(strange) and self.queue.stopped not in FRONT
                if guide.count and self.queue.stopped in FRONT or len(self.belt) == guide.count and not unprovable:
                    self.did(realign.aligned(self.state, self.queue, TAKES))
                    assert not self.queue.stopped
                else:
                    self.clears()
            case _:
                self.clears()

    def out(self, bottles: list[Bottle]) -> None:
        self.belt = [one for one in self.belt if one not in bottles]
        self.hands += bottles
        for push in self.pushes:
            if push.bottle in bottles:
                push.bottle = Bottle(0)      # the pusher will hit nothing

    def clears(self) -> None:
        """Everything out of the row, and said so."""
        self.out(list(self.belt))
        if self.table:
            self.did(realign.remove(self.state, self.queue, min(self.table), max(self.table)))

    # --- the power fails ----------------------------------------------------------------------------------------------
    @rule()
    def the_station_starts_again(self) -> None:
        slots = [self.table[number] for number in sorted(self.table)]
        was = self.queue
        self.queue = line_queue.kept("WO1", slots, self.stopped, was.next_number, was.last_trigger, was.cycle,
                                     tuple(self.gone[-1000:]), was.since, was.proven)
        assert self.queue == was

    # --- what always holds --------------------------------------------------------------------------------------------
    @invariant()
    def no_case_that_is_not_held_holds_another_bottle(self) -> None:
        if self.wanted:
            return       # the signal that shows it is still on the wire
        says = {box.number: box.children for box in self.state.containers
                if box.level == "case" and box.children and not box.parked}
        says |= {number: epcs for number, (name, epcs) in self.closed.items() if name not in self.held}
        for stroke in self.strokes:
            for number in stroke.containers:
                if number in says:
                    assert [f"b{one.code}" if one.readable else "" for one in stroke.bottles] == list(says[number])
        told = {number for stroke in self.strokes for number in stroke.containers}
        assert says.keys() <= told, "a case that the packer never filled"

    @invariant()
    def no_unit_is_lost_or_in_two_places(self) -> None:
        queued = [slot.epc for slot in self.queue.row if slot.state == "good"]
        boxed = [epc for box in self.state.containers if box.level == "case" for epc in box.children]
        closed = [epc for _, epcs in self.closed.values() for epc in epcs]
        where = [*queued, *boxed, *closed, *self.loose]
        assert len(where) == len(set(where)), "in two places"
        assert set(where) == self.seen, "lost"

    @invariant()
    def the_store_has_the_same_row(self) -> None:
        places = [self.table[number] for number in sorted(self.table)]
        assert list(self.queue.row) == places and self.queue.row == row(places)
        assert self.queue.row.coded == sum(slot.state == "good" for slot in places)
        assert self.queue.stopped == self.stopped
        if self.stopped:
            assert set(self.queue.probed) == {slot.number for slot in places if not slot.doubtful}
        assert not places or self.queue.next_number > places[-1].number


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
