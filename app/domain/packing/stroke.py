"""The packer's stroke: the first places of the in-line queue go into the next case, in their order.

Pure: (state, queue, signal, facts) → Decision. The packer has taken the bottles whatever is decided, so a stroke is
never refused: a case that is not proven to hold what its codes say is put aside by itself. Where the number of places
and the number of bottles do not agree the row has shifted, and the queue stops.
"""
from __future__ import annotations

from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.decision import Collected, Data, Decision, Left, Mark, Opened, Parked, Verdict
from app.domain.facts import Facts
from app.domain.packing.containers import Container, Packing
from app.domain.packing.line_queue import PACKED, PACKER, REJECT, SHORT, USUAL, Conveyor, Line, Queue, voided
from app.domain.packing.packing import TAKEN, barred, misfit
from app.domain.packing.row import GOOD, Slot
from app.domain.reasons import Outcome, Reason

MOST_UNHEARD = 8     # strokes whose signal was lost, that become held cases; more is another count


def pop(state: Packing, queue: Queue, facts: Facts, location: str, max_children: int = 1000,
        conveyor: Conveyor = USUAL, cycle: int = 0, because: str = "") -> Decision:
    """The packer's signal: it took the first places into the next case. `facts` about what `asked` names.

    Held by itself: a case with a place that is unread, bad or doubtful, or with fewer places than it took. `cycle` is
    the packer's own count, 0 where it has none: with it a signal that was lost or came twice is seen. `because`: the
    Reason why nothing may be packed now (a stop, a pause). The packer has done it all the same: its case is held.
    """
    if cycle and cycle == queue.cycle:
        return Decision(Verdict(Outcome.COMMAND, Reason.QUEUED, {"count": len(queue.row), "again": 1}))
    line = _Stroke(state, queue, facts, location, max_children)
    takes = conveyor.takes or state.plan.levels[1].count
    strange = bool(cycle and queue.cycle and cycle != queue.cycle + 1)
    line.do(*voided(queue))
    for unheard in range(queue.cycle + 1, cycle) if strange and cycle - queue.cycle <= MOST_UNHEARD + 1 else ():
        line.take(takes, unheard, trusted=False)
    box, slots, weak = line.take(takes, cycle, trusted=not (queue.stopped or strange or because))
    data: Data = {"level": box.level, "container": box.number, "have": box.have, "target": box.target,
                  "count": len(weak), "places": ", ".join(str(mark.cell + 1) for mark in weak)}
    pending = any(slot.state != GOOD for slot in slots) and conveyor.rejects == "confirmed"
    short = takes - len(slots)
    why = SHORT if short else PACKER if strange else REJECT if pending else ""
    if short and not queue.stopped:      # nothing had explained it: nobody knows since when the row is shifted
        line.suspect(queue.unproven)
    if why:
        line.halt(why)
    if short:
        data = {**data, "missing": short, "why": line.queue.stopped}
        return line.decision(Verdict(Outcome.REJECTED, Reason.QUEUE_SHORT, data, weak))
    if line.queue.stopped != queue.stopped:
        data = {**data, "count": len(line.queue.row), "why": line.queue.stopped}
        return line.decision(Verdict(Outcome.REJECTED, Reason.QUEUE_STOPPED, data, weak))
    if box.parked:
        told: Data = {**data, "because": because} if because else data
        return line.decision(Verdict(Outcome.WARNING, Reason.CASE_DOUBTFUL, told, weak))
    if line.draft.closed:
        return line.decision(Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, data))
    return line.decision(line.draft.wanting(box, data) if box.full else replace(TAKEN, data=data))


class _Stroke(Line):
    """What one stroke, or one whose signal was lost, does to the queue and to the cases."""

    def take(self, takes: int, cycle: int, trusted: bool) -> tuple[Container, tuple[Slot, ...], tuple[Mark, ...]]:
        """Puts the first places into the packer's case: the case, the places and those that it is held for."""
        state, slots = self.draft.state, self.queue.row.head(takes)
        number, inner = self._case(takes), state.plan.levels[0].level
        inside = {epc for box in self.draft.state.containers for epc in box.children}
        bare = replace(state, containers=())         # what is in an open container is looked up once, above
        marks, codes = list[Mark](), list[str]()
        for cell, slot in enumerate(slots):
            wrong: Reason | None = None if slot.sure else Reason(slot.reason or Reason.CASE_DOUBTFUL)
            if slot.state == GOOD:
                code = Code(b"", "", slot.epc, "", inner)
                refused = barred(bare, code, 0, self.facts)
                if slot.epc in inside:
                    wrong = Reason.DUPLICATE_IN_CONTAINER
                elif refused:
                    wrong = refused.reason
                else:
                    late = misfit(state, code, inner, self.facts)
                    wrong = late.reason if late else wrong
                    codes.append(slot.epc)
            if wrong:
                marks.append(Mark(-1, Outcome.WARNING, wrong, slot.epc, {"number": slot.number}, cell))
        if codes:
            self.do(Collected(number, tuple(codes)))
        self.do(Left(self.queue.order, tuple(slot.number for slot in slots), PACKED, number, cycle))
        if marks or not trusted or len(slots) < takes:
            self.do(Parked(number, Reason.QUEUE_SHORT if len(slots) < takes else Reason.CASE_DOUBTFUL))
        else:
            self._settle(number)
        closed = next((box for box in self.draft.closed if box.number == number), None)
        box = closed or next(each for each in self.draft.state.containers if each.number == number)
        return box, slots, tuple(marks)

    def _case(self, takes: int) -> int:
        """The case that the packer fills: the one of its last stroke if there is room, an empty one, or a new one."""
        state, level = self.draft.state, self.draft.state.plan.levels[1]
        same: Container | None = None
        if takes < level.count:                      # several strokes fill one case
            last = next((gone.container for gone in reversed(self.queue.past) if gone.why == PACKED), 0)
            had = sum(takes for gone in self.queue.past if gone.why == PACKED and gone.container == last)
            same = next((each for each in state.containers if each.number == last and had + takes <= each.target), None)
            if not last:
                same = next((each for each in state.at(level.level) if 0 < each.have <= each.target - takes), None)
        box = same or next((each for each in state.at(level.level) if not each.have), None)
        if box is None:
            self.do(Opened(state.next_number, state.order.id, level.level, level.count))
        return box.number if box else state.next_number

    def _settle(self, number: int) -> None:
        """Closes or labels a full case. A hold that came late keeps it open: the bottles are in it all the same."""
        draft = self.draft
        before = draft.state, len(draft.acts), len(draft.changes), len(draft.ordered)
        draft.settle(number)
        if draft.refused:
            reason, draft.refused = draft.refused.reason, None
            draft.state, draft.closed = before[0], []
            del draft.acts[before[1] :], draft.changes[before[2] :], draft.ordered[before[3] :]
            self.do(Parked(number, reason))
