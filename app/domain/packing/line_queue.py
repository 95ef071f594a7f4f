"""The in-line queue: each bottle that passes the reader takes a place; a sensor, the packer or a person ends it.

Pure: (state, queue, signal, facts) → Decision. No bottle is refused a place: the line moves whatever is decided. What
is not proven is not believed: the queue stops where the row may have shifted. The packer's part is in stroke.py, the
way back in realign.py.

Not to be seen here: a bottle that nobody saw go or come while the queue runs, a pusher that hits a good bottle in
another's name, a packer that loses its signal and does not count. The next probe, a short row or a full one shows them.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import (
    Change,
    Data,
    Decision,
    Doubted,
    Entered,
    HeldBack,
    Left,
    Loosened,
    OrderState,
    Parked,
    QueueStopped,
    Verdict,
)
from app.domain.events import Act, Action, Type
from app.domain.facts import Facts
from app.domain.packing.containers import Packing
from app.domain.packing.frame import names_nothing
from app.domain.packing.packing import ENDED, Draft, barred, level_of, misfit
from app.domain.packing.row import BAD, GOOD, NO_READ, Row, Slot, row
from app.domain.reasons import Outcome, Reason

PACKED, REJECTED, REMOVED = "packed", "rejected", "removed"      # why places leave
JAM, READER, PACKER, REJECT, SHORT, OVERRUN, PROBE, SIGNAL = (   # why the queue stops
    "jam", "reader", "packer", "reject", "short", "overrun", "probe", "signal")
FRONT = frozenset({PACKER, REJECT})      # only how many are gone at the packer's end is in question
MOST_LOST = 100      # triggers without a frame that become places; more is another count
MEMORY = 32          # of the packer's departures that are remembered for signals that come late
PLACES = 1000        # and of places
COUNTS = 0x10000     # a PLC's counter begins anew here
SPREAD = 32          # places over which a sensor may take one rejected bottle for another


@dataclass(frozen=True, slots=True)
class Conveyor:
    """The line between reader and packer, from the settings.

    `rejects`: "confirmed" by a sensor, "assumed" to work where there is none, or "none": bad bottles go into the case.
    `room` is how many bottles fit between reader and packer; `takes` how many a packer's stroke takes, 0 a full case.
    """

    rejects: str = "confirmed"
    room: int = 5000
    takes: int = 0


USUAL = Conveyor()


@dataclass(frozen=True, slots=True)
class Gone:
    """Places that left together: "packed" into `container`, "rejected" or "removed"."""

    why: str
    slots: tuple[Slot, ...]
    container: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """The row of one order. `stopped`: why it is not trusted, "" while it runs."""

    order: str
    row: Row = Row()
    stopped: str = ""
    next_number: int = 1
    last_trigger: int = 0                # of the newest place; 0 where the reader does not count
    since: int = 0                       # the place at which the reader began to count anew
    cycle: int = 0                       # the packer's newest, 0 where it does not count
    probed: tuple[int, ...] = ()         # places found by hand since the stop
    past: tuple[Gone, ...] = ()          # the newest departures, oldest first
    proven: int = 0                      # what was packed of lower numbers was packed right, as far as the row tells
    resumed: bool = field(default=False, compare=False)      # nothing has come since the program took this row up

    @property
    def unproven(self) -> tuple[Gone, ...]:
        """The departures since the order of the row was proven last."""
        return tuple(gone for gone in self.past if gone.slots and gone.slots[-1].number >= self.proven)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All places, next for the packer first. Costs as much as there are; `row.head` gives the first ones."""
        return tuple(self.row)


def kept(order: str, slots: Iterable[Slot], stopped: str, next_number: int, last_trigger: int, cycle: int,
         past: tuple[Gone, ...] = (), since: int = 0, proven: int = 0) -> Queue:
    """The queue as the store kept it; `slots` by number, `past` oldest first."""
    places = row(slots)
    probed = tuple(slot.number for slot in places if not slot.doubtful) if stopped else ()
    return Queue(order, places, stopped, next_number, last_trigger, since, cycle, probed, remembered(past), proven,
                 resumed=True)


def remembered(past: tuple[Gone, ...]) -> tuple[Gone, ...]:
    """The newest departures: so many of the packer's, and so many places."""
    packed = places = 0
    for at in range(len(past) - 1, -1, -1):
        packed += past[at].why == PACKED
        places += max(len(past[at].slots), 1)
        if packed > MEMORY or places > PLACES:
            return past[at + 1 :]
    return past


def apply(queue: Queue, change: Change) -> Queue:
    """The queue after one change; changes of other rooms and orders leave it as it is."""
    match change:
        case Entered(order, number, epc, state, reason, trigger) if order == queue.order:
            slot = Slot(number, epc, state, reason, trigger)
            if number < queue.next_number:           # it became another thing; what is doubtful of it stays so
                return replace(queue, row=queue.row.edit((number,), lambda old: replace(slot, doubtful=old.doubtful)))
            places = queue.row.put(slot)
            since = number if trigger and trigger <= queue.last_trigger else queue.since
            return replace(queue, row=places, next_number=number + 1, since=since,
                           last_trigger=trigger or queue.last_trigger, resumed=False)
        case Left(order, numbers, why, container, cycle) if order == queue.order:
            slots = queue.row.between(numbers[0], numbers[-1]) if numbers else ()
            if len(slots) != len(numbers):
                slots = tuple(slot for slot in slots if slot.number in frozenset(numbers))
            return replace(queue, row=queue.row.drop(numbers), cycle=cycle or queue.cycle,
                           past=remembered((*queue.past, Gone(why, slots, container))),
                           probed=tuple(sorted(set(queue.probed).difference(numbers))))
        case Doubted(order, numbers, doubtful) if order == queue.order:
            probed = set(queue.probed).difference(numbers)
            if queue.stopped and not doubtful:
                probed.update(numbers)
            return replace(queue, row=queue.row.doubt(numbers, doubtful), probed=tuple(sorted(probed)))
        case QueueStopped(order, why) if order == queue.order:
            first = queue.row.first.number if queue.row.first else queue.next_number
            return replace(queue, stopped=why, probed=(), proven=queue.proven if why else first)
        case OrderState(order, "closed") if order == queue.order:
            return replace(queue, past=())
    return queue


def halting(queue: Queue, why: str) -> tuple[Change, ...]:
    """The changes that end the trust in the row: every place is doubtful until it is aligned.

    A stop that only the packer's end is in question for becomes one for the whole row, never the other way round.
    """
    sure = tuple(slot.number for slot in queue.row if not slot.doubtful)
    if why in FRONT and not queue.stopped and len(sure) < len(queue.row):
        why = SIGNAL         # what was doubtful before for a reason of its own is not proven by the first bottle
    doubted = (Doubted(queue.order, sure),) if sure else ()
    if queue.stopped and (queue.stopped not in FRONT or why in FRONT):
        return doubted
    return (*doubted, QueueStopped(queue.order, why))


def voided(queue: Queue) -> tuple[Change, ...]:
    """While the queue is stopped, what moves makes void what was found by hand before."""
    return (Doubted(queue.order, queue.probed),) if queue.probed else ()


def place(queue: Queue, epc: str) -> int:
    """Where this code stands, as the picture shows it: 1 is next to the packer; 0 where it is not in the row."""
    slot = queue.row.find(epc)
    return queue.row.ahead(slot.number) + 1 if slot else 0


def asked(queue: Queue, takes: int) -> tuple[str, ...]:
    """The EPCs that the packer's next stroke needs facts of: what it takes, and one of each case packed lately."""
    packed = (next((slot.epc for slot in gone.slots if slot.state == GOOD), "") for gone in queue.past
              if gone.why == PACKED)
    return tuple(filter(None, (*(slot.epc for slot in queue.row.head(takes)), *packed)))


def enter(state: Packing, queue: Queue, codes: Sequence[Code | Refusal], facts: Facts, trigger: int = 0,
          timed_out: bool = False, conveyor: Conveyor = USUAL) -> Decision:
    """One bottle at the reader with what was read of it, nothing included: it takes the last place.

    A trigger that is missing was a bottle too. One that is not newer than the last: the reader counts anew, and nobody
    knows how many bottles passed meanwhile.
    """
    objects = {code.epc for code in codes if isinstance(code, Code)}
    newest = queue.row.last
    if newest and trigger and trigger == newest.trigger and objects == {newest.epc}:
        return Decision(_said(newest, queue))                        # the same message once more
    if not trigger and queue.last_trigger and len(objects) == 1 and queue.row.find(*objects):
        code = objects.pop()
        return Decision(Verdict(Outcome.DUPLICATE, Reason.ON_THE_BELT, {"code": code, "place": place(queue, code)}))
    line = Line(state, queue, facts)
    lost = trigger - queue.last_trigger - 1 if trigger and queue.last_trigger else 0
    if queue.resumed and trigger and queue.last_trigger:
        lost = _meanwhile(queue, trigger, conveyor.takes or state.plan.levels[1].count)
    for missing in range(trigger - lost, trigger) if 0 < lost <= MOST_LOST else ():
        line.place(Slot(line.queue.next_number, "", NO_READ, Reason.TIMED_OUT, missing), conveyor)
    epc, verdict = _judged(line, codes, timed_out)
    strange = READER if not 0 <= lost <= MOST_LOST or (queue.last_trigger and not trigger) else ""
    if not strange and len(line.queue.row) >= conveyor.room:
        strange = OVERRUN
    if strange and queue.stopped in ("", *FRONT):
        if strange == OVERRUN:
            line.suspect(queue.unproven)
        line.halt(strange)
        # The line rejects what is not accepted: so its place must not be a good one, whatever was read.
        verdict = Verdict(Outcome.REJECTED, Reason.QUEUE_STOPPED, {"code": epc, "why": strange})
    number = line.queue.next_number
    if verdict is None:
        slot = Slot(number, epc, trigger=trigger)
        line.place(slot, conveyor)
        verdict = _said(slot, line.queue)
    else:
        blank = verdict.reason in (Reason.UNREADABLE, Reason.TIMED_OUT)
        line.place(Slot(number, epc, NO_READ if blank else BAD, verdict.reason, trigger), conveyor)
        count = len(line.queue.row)
        verdict = replace(verdict, data={"place": count, **verdict.data, "number": number, "count": count})
    return line.decision(replace(verdict, data={**verdict.data, "lost": lost}) if lost > 0 else verdict)


def rejected(state: Packing, queue: Queue, trigger: int, facts: Facts) -> Decision:
    """The sensor saw this trigger's bottle leave: exactly its place is gone.

    Where the packer has taken the place, that case and all since hold another bottle than their codes say.
    """
    line, data = Line(state, queue, facts), _about(queue, trigger)
    slot, gone = _of(queue, trigger)
    if slot and gone is None:
        line.leave((slot,), REJECTED)
        return line.decision(Verdict(Outcome.COMMAND, Reason.REJECT_CONFIRMED, data))
    if gone and gone.why != PACKED:      # the same signal once more, or one for a bottle that was taken out by hand
        return Decision(Verdict(Outcome.COMMAND, Reason.REJECT_CONFIRMED, {**data, "again": 1}))
    return line.late(trigger, gone, data)


def missed(state: Packing, queue: Queue, trigger: int, facts: Facts) -> Decision:
    """Nobody saw this trigger's bottle leave: it may go into a case, and the case it falls in will be held.

    Of bottles fired shortly one after another the sensor cannot tell which one it saw: places between are doubtful.
    """
    line, data = Line(state, queue, facts), _about(queue, trigger)
    slot, gone = _of(queue, trigger)
    if gone and gone.why == REMOVED:
        return Decision(Verdict(Outcome.COMMAND, Reason.REJECT_MISSED, {**data, "again": 1}))
    if slot is None or gone:
        return line.late(trigger, gone if gone and gone.why == PACKED else None, data)
    line.do(*voided(queue), Entered(queue.order, slot.number, slot.epc, BAD, Reason.REJECT_MISSED, slot.trigger))
    line.loosen((slot,), REJECTED)
    others = [each.number for left in queue.past if left.why == REJECTED for each in left.slots
              if slot.number - SPREAD <= each.number < slot.number]
    between = queue.row.between(min(others, default=slot.number), slot.number - 1)
    doubted = tuple(each.number for each in between if each.sure)
    if doubted:
        line.do(Doubted(queue.order, doubted))
    if others and queue.stopped in FRONT:
        line.halt(SIGNAL)
    return line.decision(Verdict(Outcome.REJECTED, Reason.REJECT_MISSED, data))


class Line:
    """A decision in the making, for the queue and for the containers at once."""

    def __init__(self, state: Packing, queue: Queue, facts: Facts, location: str = "",
                 max_children: int = 1000) -> None:
        self.queue, self.facts, self.draft = queue, facts, Draft(state, facts, location, max_children)

    def do(self, *changes: Change) -> None:
        self.draft.do(*changes)
        for change in changes:
            self.queue = apply(self.queue, change)

    def decision(self, verdict: Verdict) -> Decision:
        return Decision(verdict, tuple(self.draft.acts), tuple(self.draft.changes))

    def halt(self, why: str) -> None:
        self.do(*halting(self.queue, why))

    def place(self, slot: Slot, conveyor: Conveyor) -> None:
        self.do(Entered(self.queue.order, slot.number, slot.epc, slot.state, slot.reason, slot.trigger))
        if slot.state != GOOD and conveyor.rejects == "assumed":
            self.leave((slot,), REJECTED)
        elif self.queue.stopped:
            again = () if self.queue.stopped in FRONT else self.queue.probed
            self.do(Doubted(self.queue.order, (*again, slot.number)))

    def leave(self, slots: tuple[Slot, ...], why: str) -> None:
        """Takes places out; the codes of good ones are in nothing then."""
        self.do(*voided(self.queue), Left(self.queue.order, tuple(slot.number for slot in slots), why))
        self.loosen(slots, why)

    def loosen(self, slots: tuple[Slot, ...], why: str) -> None:
        epcs = tuple(slot.epc for slot in slots if slot.state == GOOD)
        if epcs:
            self.do(Loosened(self.queue.order, self.draft.state.plan.levels[0].level, epcs, why))

    def suspect(self, past: tuple[Gone, ...]) -> None:
        """Holds cases that may not be what their codes say: open ones are put aside, closed ones held back."""
        numbers = {gone.container for gone in past if gone.why == PACKED}
        for box in self.draft.state.containers:
            if box.number in numbers and not box.parked:
                self.do(Parked(box.number, Reason.CASE_DOUBTFUL))
        open_now = {box.number for box in self.draft.state.containers}
        epcs = (next((slot.epc for slot in gone.slots if slot.state == GOOD), "") for gone in past
                if gone.why == PACKED and gone.container not in open_now)
        known = (self.facts.known.get(epc) for epc in epcs)
        labels = tuple(dict.fromkeys(each.parent for each in known if each and each.parent))
        if labels:
            self.draft.acts.append(Act(Type.OBJECT, Action.OBSERVE, "holding", labels, "non_sellable_other",
                                       extra=(("order", self.queue.order), ("reason", str(Reason.CASE_DOUBTFUL)))))
            self.do(HeldBack(labels, Reason.CASE_DOUBTFUL))

    def late(self, trigger: int, gone: Gone | None, data: Data) -> Decision:
        """A reject of a place that is in a case by now, or of none that is known: the row has shifted."""
        past, inner = self.queue.past, self.draft.state.plan.levels[1].level
        if gone:
            self.suspect(past[past.index(gone) :])
        elif 0 < trigger <= self.queue.last_trigger:     # it had a place, nobody remembers in which case
            self.suspect(tuple(Gone(PACKED, (), box.number) for box in self.draft.state.at(inner) if box.have))
        self.halt(REJECT if gone else SIGNAL)
        data = {**data, "why": self.queue.stopped, "count": len(self.queue.row)}
        return self.decision(Verdict(Outcome.REJECTED, Reason.QUEUE_STOPPED, data))


def _meanwhile(queue: Queue, trigger: int, takes: int) -> int:
    """Of the first bottle after the program was away: 0 where the row is what it was, -1 where nobody knows.

    A count that goes on is the PLC's: no bottle passed. With fewer places than a stroke takes the packer took none, and
    with good ones only none was thrown out. A count from 1 tells nothing, not even of an empty row: what passed
    meanwhile stands on the belt all the same.
    """
    if trigger == 1:
        return -1
    still = len(queue.row) < takes and all(slot.sure for slot in queue.row)
    return 0 if still and (trigger - queue.last_trigger) % COUNTS == 1 else -1


def _of(queue: Queue, trigger: int) -> tuple[Slot | None, Gone | None]:
    """The place of a trigger, and with what it left; of the reader's present count."""
    if not trigger or trigger > queue.last_trigger:
        return None, None
    for run in reversed(queue.row.runs):
        for slot in reversed(run):
            if slot.trigger == trigger and slot.number >= queue.since:
                return slot, None
    for gone in reversed(queue.past):
        for slot in gone.slots:
            if slot.trigger == trigger and slot.number >= queue.since:
                return slot, gone
    return None, None


def _about(queue: Queue, trigger: int) -> Data:
    slot, gone = _of(queue, trigger)
    return {"trigger": trigger, "number": slot.number if slot else 0, "code": slot.epc if slot else "",
            "place": queue.row.ahead(slot.number) + 1 if slot and not gone else 0}


def _said(slot: Slot, queue: Queue) -> Verdict:
    """The verdict on a bottle that has its place."""
    ahead = queue.row.ahead(slot.number)
    data: Data = {"code": slot.epc, "number": slot.number, "place": ahead + 1, "count": len(queue.row)}
    if slot.state != GOOD:
        return Verdict(Outcome.WARNING, Reason(slot.reason), data)
    return Verdict(Outcome.ACCEPTED, Reason.QUEUED, {**data, "why": queue.stopped} if queue.stopped else data)


def _judged(line: Line, codes: Sequence[Code | Refusal], timed_out: bool) -> tuple[str, Verdict | None]:
    """What was read, and why the bottle may not be packed; None where it may."""
    state, queue, level = line.draft.state, line.queue, line.draft.state.plan.levels[1].level
    said = [code for code in codes if not names_nothing(code)]
    refusal = next((code for code in said if isinstance(code, Refusal)), None)
    found = {code.epc: code for code in said if isinstance(code, Code)}
    if refusal or len(found) != 1:
        if refusal and refusal.reason is not Reason.UNREADABLE:
            return "", Verdict(Outcome.REJECTED, refusal.reason, refusal.data)
        return "", Verdict(Outcome.WARNING, Reason.TIMED_OUT if timed_out else Reason.UNREADABLE, {"count": len(found)})
    epc, code = found.popitem()
    inner, data = state.plan.levels[0].level, Data(code=epc, level=level)
    at = level_of(state, code, line.facts)
    wrong = misfit(state, code, at, line.facts)
    if not wrong and at != inner:
        wrong = Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": inner})
    wrong = wrong or barred(state, code, 0, line.facts)
    before = queue.row.find(epc)
    back = before is not None and before.doubtful and queue.stopped not in ("", *FRONT)
    if not wrong and before and not back:
        wrong = Verdict(Outcome.DUPLICATE, Reason.ON_THE_BELT, {**data, "place": place(queue, epc)})
    if not wrong and (state.order.state != "open" or state.stage in ENDED):
        wrong = Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {**data, "order": state.order.id})
    if not wrong and state.packed_units + queue.row.coded - back >= state.order.planned:
        wrong = Verdict(Outcome.REJECTED, Reason.ORDER_FULL, {**data, "planned": state.order.planned})
    if not wrong and before:             # it was taken out of the row and put before the reader
        line.leave((before,), REMOVED)
    return epc, wrong
