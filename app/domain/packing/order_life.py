"""The life of an order at this station: started after line clearance, paused, finished, closed by arithmetic.

Pure. The arithmetic itself, per level: issued = packed + scrapped + sampled + returned + open; what is left over is the
difference, and its codes have names.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.decision import Data, Decision, OrderState, Verdict
from app.domain.packing.containers import Packing
from app.domain.reasons import Outcome, Reason

OPEN, STARTED, PAUSED, FINISHED, CLOSED = "open", "started", "paused", "finished", "closed"


@dataclass(frozen=True, slots=True)
class LevelCount:
    """What became of the codes of one level of one order. `issued` is what the order was given, or what it took."""

    level: str
    issued: int
    packed: int
    scrapped: int            # scrapped, destroyed, replaced and relabelled: ended
    sampled: int
    returned: int
    open: int                # in open containers, in the queue, read by half
    strange: int = 0         # of what was used, codes that were not on the order's list

    @property
    def used(self) -> int:
        """Codes of which is known what became."""
        return self.packed + self.scrapped + self.sampled + self.returned + self.open

    @property
    def difference(self) -> int:
        """Issued less used; negative where more was used than issued."""
        return self.issued - self.used

    @property
    def missing(self) -> int:
        """Issued codes that nobody can say of where they are. Strange ones do not make up for them."""
        return self.difference + self.strange


@dataclass(frozen=True, slots=True)
class Reconciliation:
    levels: tuple[LevelCount, ...] = ()

    @property
    def open(self) -> int:
        return sum(each.open for each in self.levels)

    @property
    def apart(self) -> int:
        """Codes that have to be explained: issued and nowhere, or used and never issued."""
        return sum(each.missing + each.strange for each in self.levels)

    @property
    def differs(self) -> bool:
        return self.apart > 0


def start(state: Packing) -> Decision:
    """The line is cleared; also goes on after a pause."""
    if state.stage == CLOSED or state.order.state != "open":
        return Decision(Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {"order": state.order.id}))
    return Decision(Verdict(Outcome.COMMAND, Reason.ORDER_STARTED, {"order": state.order.id}), (),
                    (OrderState(state.order.id, STARTED),))


def begun(state: Packing, decision: Decision) -> Decision:
    """Where no clearance is asked for, the first thing that is taken starts the order, in the same entry."""
    if state.stage != OPEN or not decision.verdict.outcome.good or not decision.changes:
        return decision
    return replace(decision, changes=(OrderState(state.order.id, STARTED), *decision.changes))


def pause(state: Packing, clearance: bool = False) -> Decision:
    """The same command pauses and goes on; an order that wants its clearance first cannot be got past it."""
    if state.stage == PAUSED:
        return start(state)
    if clearance and state.stage == OPEN:
        return Decision(Verdict(Outcome.REJECTED, Reason.LINE_CLEARANCE, {"order": state.order.id,
                                                                          "lot": state.order.lot}))
    if state.stage in (FINISHED, CLOSED):
        return Decision(Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {"order": state.order.id}))
    return Decision(Verdict(Outcome.COMMAND, Reason.ORDER_PAUSED, {"order": state.order.id}), (),
                    (OrderState(state.order.id, PAUSED),))


def finish(state: Packing) -> Decision:
    """Nothing new is taken; what is full may still get its label, what is open may be closed short or taken apart."""
    if state.stage == CLOSED:
        return Decision(Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {"order": state.order.id}))
    return Decision(Verdict(Outcome.COMMAND, Reason.ORDER_FINISHED, {"order": state.order.id}), (),
                    (OrderState(state.order.id, FINISHED),))


def close(state: Packing, found: Reconciliation, reason: str) -> Decision:
    """Closes at zero difference; with one only with a reason. The second person is the judge's."""
    order = state.order.id
    if state.stage == CLOSED:
        return Decision(Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {"order": order}))
    standing = [box for box in state.containers if box.have or box.label or box.expected]
    if found.open or standing:
        data: Data = {"order": order, "count": found.open, "have": len(standing)}
        return Decision(Verdict(Outcome.REJECTED, Reason.ORDER_UNFINISHED, data))
    counts: Data = {"order": order, "count": found.apart}
    if found.differs and not reason:
        return Decision(Verdict(Outcome.WARNING, Reason.ORDER_DIFFERS, counts))
    return Decision(Verdict(Outcome.COMPLETE, Reason.ORDER_RECONCILED, counts), (),
                    (OrderState(order, CLOSED, reason),))


def standstill(state: Packing, clearance: bool) -> Verdict | None:
    """Why nothing is taken now: not started, or paused."""
    if clearance and state.stage == OPEN:
        return Verdict(Outcome.REJECTED, Reason.LINE_CLEARANCE, {"order": state.order.id, "lot": state.order.lot})
    if state.stage == PAUSED:
        return Verdict(Outcome.REJECTED, Reason.ORDER_PAUSED, {"order": state.order.id})
    return None
