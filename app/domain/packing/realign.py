"""The way back after a jam: what may be trusted of the row again, and on what proof.

Pure: (state, queue, act) → Decision. The proof: nothing is put INTO the row by hand (what was taken out goes before the
reader), so the row holds some of the queue's bottles in the queue's order. Its first and its last bottle, probed, say
which places can be there; when as many bottles stand from one to the other as there are places, each is at its own.
Where only the packer's end is in question (its count, a reject that nobody saw), the first bottle proves the rest.

Not to be seen here: bottles put back in another order, or a strange one put in for each one taken out.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.codes.identity import Code
from app.domain.decision import Data, Decision, Doubted, Left, QueueStopped, Verdict
from app.domain.facts import Facts
from app.domain.packing.containers import Packing
from app.domain.packing.line_queue import FRONT, JAM, PACKED, PACKER, PROBE, REJECTED, REMOVED, Gone, Line, Queue
from app.domain.packing.row import GOOD, Slot
from app.domain.reasons import Outcome, Reason

GONE = {PACKED: Reason.PACKED_BEFORE, REJECTED: Reason.REJECT_CONFIRMED, REMOVED: Reason.QUEUE_REMOVED}
PENDING = 1000       # a reject point is not further than so many triggers behind the reader


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do next. `step`: "" while the queue runs, "remove" (take out what stands at `places`, say TAKEN-OUT),
    "probe_head" (scan the packer's first bottle), "probe_tail" (scan the reader's last), "run" (say ALIGNED).

    `count` bottles have to stand from place `first` to place `last` (both 0: none at all) when the operator says so.
    """

    step: str
    first: int = 0
    last: int = 0
    count: int = 0
    places: tuple[int, ...] = ()


def jam(state: Packing, queue: Queue, why: str = JAM) -> Decision:
    """The row is not trusted from now on; first this, then hands on the bottles. Cases that are packed meanwhile are
    held. `why`: a jam, or what else took the trust ("heartbeat", "restart")."""
    line = Line(state, queue, Facts())
    line.halt(why)
    data = {**_data(line.queue), "next": guide(line.queue, state.plan.levels[1].count).step}
    return line.decision(Verdict(Outcome.WARNING, Reason.QUEUE_STOPPED, data))


def remove(state: Packing, queue: Queue, first: int, last: int) -> Decision:
    """The bottles at the places from `first` to `last` were taken out by hand. Stops a queue that runs."""
    slots = queue.row.between(min(first, last), max(first, last))
    if not slots:
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_IN_QUEUE, {"code": ""}))
    line = Line(state, queue, Facts())
    line.halt(JAM)
    line.leave(slots, REMOVED)
    ahead = queue.row.ahead(slots[0].number)         # as the picture has shown them
    data: Data = {"first": ahead + 1, "last": ahead + len(slots), "removed": len(slots),
                  "triggers": triggers(queue, slots)}
    return line.decision(Verdict(Outcome.ACCEPTED, Reason.QUEUE_REMOVED, {**_data(line.queue), **data}))


def probe(state: Packing, queue: Queue, code: Code, facts: Facts, takes: int) -> Decision:
    """One bottle of the row, scanned by hand: its place is known. One that has none does not belong into the row.

    Of a queue that runs the packer's first bottle is probed: another one there means that the row has shifted unseen,
    and the cases packed since it was proven last are held (`facts` as for the packer's stroke).
    """
    slot = queue.row.find(code.epc)
    if slot is None:
        return _strange(Line(state, queue, facts), code.epc)
    line, ahead = Line(state, queue, facts), queue.row.ahead(slot.number)
    found: Data = {"code": code.epc, "number": slot.number, "ahead": ahead, "place": ahead + 1}
    if not queue.stopped and not ahead and slot.sure:
        line.do(QueueStopped(queue.order, ""))
        return line.decision(Verdict(Outcome.ACCEPTED, Reason.QUEUE_ALIGNED, {**_data(queue), **found}))
    if not queue.stopped:
        line.suspect(queue.unproven)
        line.halt(PROBE)
    line.do(Doubted(queue.order, (slot.number,), False))
    if not queue.stopped:
        return line.decision(Verdict(Outcome.REJECTED, Reason.QUEUE_STOPPED, {**_data(line.queue), **found}))
    step = guide(line.queue, takes).step
    return line.decision(Verdict(Outcome.ACCEPTED, Reason.QUEUED, {**_data(line.queue), **found, "next": step}))


def left(queue: Queue, epc: str) -> Gone | None:
    """With what the good bottle of this code left the row, of the newest departures."""
    return next((gone for gone in reversed(queue.past) if any(
        slot.epc == epc and slot.state == GOOD for slot in gone.slots)), None)


def probes(queue: Queue, epc: str) -> bool:
    """Whether a hand scan of this code may put cases in doubt."""
    return bool(left(queue, epc) if queue.stopped else queue.row.find(epc))


def _strange(line: Line, epc: str) -> Decision:
    """A bottle without a place. One that is on the belt though it is said to be in a case: the row had shifted by then,
    so that case and those since are held. A copy of it that was read as one is none."""
    queue, gone = line.queue, left(line.queue, epc)
    data: Data = {"code": epc, "because": GONE.get(gone.why, "") if gone else ""}
    known = line.facts.known.get(epc)
    inside = bool(known and known.parent) or line.draft.state.holding(epc) is not None
    if gone and gone.why == PACKED and inside and not any(slot.epc == epc for slot in queue.row):
        line.suspect(queue.past[queue.past.index(gone) :])
    return line.decision(Verdict(Outcome.REJECTED, Reason.NOT_IN_QUEUE, data))


def aligned(state: Packing, queue: Queue, takes: int) -> Decision:
    """The operator says that the row is as the guide shows it: the places outside are gone, the others are known."""
    shown = guide(queue, takes)
    if not queue.stopped:
        return Decision(Verdict(Outcome.ACCEPTED, Reason.QUEUE_ALIGNED, _data(queue)))
    if shown.step != "run":
        return Decision(Verdict(Outcome.REJECTED, Reason.QUEUE_STOPPED, {**_data(queue), "next": shown.step}))
    line = Line(state, queue, Facts())
    gone = tuple(slot for slot in queue.row if not shown.first <= slot.number <= shown.last)
    if gone:
        # Not by `leave`: what was probed is the proof here.
        line.do(Left(queue.order, tuple(slot.number for slot in gone), REMOVED))
        line.loosen(gone, REMOVED)
    doubtful = tuple(slot.number for slot in line.queue.row if slot.doubtful)
    if doubtful:
        line.do(Doubted(queue.order, doubtful, False))
    line.do(QueueStopped(queue.order, ""))
    data: Data = {"removed": len(gone), "triggers": triggers(queue, gone)}
    return line.decision(Verdict(Outcome.ACCEPTED, Reason.QUEUE_ALIGNED, {**_data(line.queue), **data}))


def guide(queue: Queue, takes: int) -> Guide:
    """The next step; `takes` is how many a stroke of the packer takes."""
    if not queue.stopped:
        return Guide("")
    first, last = queue.row.first, queue.row.last
    if first is None or last is None:
        return Guide("run")
    head, tail = (queue.probed[0], queue.probed[-1]) if queue.probed else (0, 0)
    if queue.stopped in FRONT:
        if not head:
            return Guide("probe_head")
        ahead = queue.row.ahead(head)
        if ahead % takes == 0 if queue.stopped == PACKER else ahead <= takes:
            return Guide("run", head, last.number, len(queue.row) - ahead)
        # So many cannot be missing by a lost signal or reject alone: the rest of the row is in question too.
    both = head != tail or bool(head) and len(queue.row) == 1
    bad = [slot.number for slot in queue.row if slot.state != GOOD and (not both or head < slot.number < tail)]
    if bad:
        return Guide("remove", places=tuple(bad))
    if not head:
        return Guide("probe_head")
    if not both:
        return Guide("probe_tail", head)
    return Guide("run", head, tail, queue.row.ahead(tail) - queue.row.ahead(head) + 1)


def triggers(queue: Queue, slots: Sequence[Slot]) -> str:
    """The triggers of these places, of the reader's present count, for the rejecter: "3-5,9-9". The newest ones only:
    what stands far behind the pusher is not on its way to it."""
    spans: list[tuple[int, int]] = []
    for slot in slots[-PENDING:]:
        if slot.trigger and slot.number >= queue.since:
            first = spans.pop()[0] if spans and spans[-1][1] + 1 == slot.trigger else slot.trigger
            spans.append((first, slot.trigger))
    return ",".join(f"{first}-{last}" for first, last in spans)


def upcoming(queue: Queue, most: int) -> tuple[Slot, ...]:
    """The places that the screen shows, next for the packer first."""
    return queue.row.head(most)


def _data(queue: Queue) -> Data:
    return {"why": queue.stopped, "count": len(queue.row)}
