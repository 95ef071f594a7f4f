"""Rework of single units: take out, swap, sample, scrap, destroy, hold, release, return. Whole ones: recontain.

Pure: what a scan does while a rework command has armed it. Each act writes its chain of events in causal order and
nothing is edited: what was packed is unpacked, what ends its life is deleted, what is new is made live first.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.codes.identity import Code
from app.domain.decision import (
    Armed,
    Change,
    Collected,
    Data,
    Decision,
    Dropped,
    Ended,
    HeldBack,
    LabelDone,
    Left,
    Loosened,
    Packed,
    Placed,
    Returned,
    Verdict,
)
from app.domain.events import Act, Action, Type
from app.domain.facts import DIVERSION, END_OF_LIFE, ON_THE_WAY, UNSELLABLE, Facts, Known
from app.domain.packing import closing
from app.domain.packing.closing import Extra
from app.domain.packing.containers import Packing
from app.domain.packing.packing import barred, level_of, misfit
from app.domain.reasons import Outcome, Reason

# act → (fate, CBV business step, disposition, the reason word of the verdict)
LOSING = frozenset({"remove", "sample", "scrap", "destroy"})      # what takes a unit out for good
ENDS: dict[str, tuple[str, str, str, Reason]] = {
    "sample": ("sampled", "destroying", "destroyed", Reason.SAMPLED),
    "scrap": ("scrapped", "decommissioning", "inactive", Reason.SCRAPPED),
    "destroy": ("destroyed", "destroying", "destroyed", Reason.DESTROYED),
}


@dataclass(frozen=True, slots=True)
class Job:
    """What the scan is for, and with what."""

    armed: Armed
    location: str
    max_children: int = 1000
    approver: str = ""           # id of the second person, where one was asked

    @property
    def extra(self) -> Extra:
        pairs = (("reason", self.armed.reason), ("approver", self.approver))
        return tuple((key, value) for key, value in pairs if value)


class Chain:
    """Acts and changes in the making; what a unit is taken out of comes before what happens to it."""

    def __init__(self, state: Packing | None, facts: Facts, job: Job) -> None:
        self.state, self.facts, self.job = state, facts, job
        self.acts: list[Act] = []
        self.changes: list[Change] = []

    def add(self, made: tuple[list[Act], list[Change]]) -> None:
        self.acts += made[0]
        self.changes += made[1]

    def live(self, epc: str, level: str) -> None:
        """Makes a code live that never was; the order's batch is the unit's."""
        if self.state and epc not in self.facts.known:
            self.add(closing.commission(self.state, (epc,), level, self.facts, self.job.location,
                                        self.job.max_children))

    def live_like(self, epc: str, like: Known) -> None:
        """Makes a code live that was not, with the order, batch and dates of the one whose place it takes."""
        self.add(closing.born(closing.origin(like, self.facts), (epc,), like.level, self.facts, self.job.location,
                              self.job.max_children))

    def pack(self, epcs: tuple[str, ...], parent: str, like: Known | None, extra: Extra = ()) -> None:
        """Into a closed container; `like` is it, or what stood in its place: the event names the order of that."""
        order = closing.origin(like, self.facts) if like else None
        named: Extra = tuple((name, value) for name, value in (
            ("order", order.id if order else ""), ("level", like.level if like else "")) if value)
        self.acts.append(Act(Type.AGGREGATION, Action.ADD, "packing", epcs, "in_progress", parent=parent,
                             transactions=closing.business(order) if order else (),
                             extra=(*named, *extra, *self.job.extra)))

    def take_out(self, epc: str, again: bool = False) -> bool:
        """Out of the open container, the in-line queue or the closed container that it is in; False where in none.

        `again`: something else takes its place at once, so the container keeps its label, and is never empty.
        """
        known, inside = self.facts.known.get(epc), self.facts.standing.get(epc)
        if inside and not inside.label:              # in an open container, of whichever order
            self.drop(inside.container, epc, again)
        elif epc in self.facts.queued:
            self.changes.append(Left(self.facts.queue_of[epc], (self.facts.queued[epc],), "removed"))
        elif known and known.parent:
            parent = self.facts.known.get(known.parent)
            if parent and not again and self.facts.children.get(parent.epc) == (epc,):
                self.emptied(parent)
            else:
                done = parent is not None and parent.order in self.facts.closed
                self.add(closing.take_out(known, None if done else parent, extra=self.job.extra))
        else:
            return False
        return True

    def drop(self, container: int, epc: str, again: bool = False) -> None:
        """Out of an open container; one that is not full any more has no use for the label printed for it."""
        self.changes.append(Dropped(container, (epc,)))
        box = next((each for each in self.state.containers if each.number == container), None) if self.state else None
        if box and box.job and not box.label and not again:
            self.changes.append(LabelDone(box.job, "void"))

    def apart(self, known: Known, children: tuple[str, ...], step: str = "unpacking") -> None:
        """A closed container taken apart whole, and out of what it is in; its own label stays with nobody."""
        self.take_out(known.epc)
        self.add(closing.unpack(replace(known, parent=""), children, None, step, self.job.extra,
                                known.order in self.facts.closed, self.job.max_children))

    def emptied(self, known: Known) -> None:
        """The last of what it holds is taken out: nothing is a container of nothing."""
        self.apart(known, self.facts.children[known.epc])
        if known.order and known.order not in self.facts.closed:
            self.changes.append(Loosened(known.order, known.level, (known.epc,), "unpacked"))

    def busy(self, epc: str) -> Verdict | None:
        """Why nothing may be done to this object now: it is, or is in, what is being filled up again and has to be
        closed first."""
        known, own = self.facts.known.get(epc), self.facts.standing.get(epc)
        data: Data = {"code": epc, "level": known.level if known else ""}
        above = self.facts.standing.get(known.parent) if known and known.parent else None
        again = next((each for each in (own, above) if each and each.label), None)
        if again and known and (known.children or above):
            return Verdict(Outcome.REJECTED, Reason.LABEL_USED, {**data, "level": again.level,
                                                                 "label": known.parent if above else epc})
        return None

    def end(self, epcs: tuple[str, ...], act: str, level: str, order: str) -> None:
        """The life of these objects is over."""
        fate, step, disposition, _ = ENDS[act]
        if act == "sample":
            self.acts.append(Act(Type.OBJECT, Action.OBSERVE, "sampling", epcs, "non_sellable_other",
                                 extra=(("level", level), *self.job.extra)))
        for part in closing.split(epcs, self.job.max_children):
            self.acts.append(Act(Type.OBJECT, Action.DELETE, step, part, disposition,
                                 extra=(("level", level), *self.job.extra)))
        self.changes.append(Ended(epcs, disposition, fate, self.job.armed.reason, order))

    def done(self, reason: Reason, data: Data, armed: Armed | None = None) -> Decision:
        """The act is done; `armed` is what the next scan is for then, None: the task's own work. Away from the line
        it names the order that its goods are of."""
        known = self.facts.known.get(str(data.get("old") or data.get("code", "")))
        if self.state is None and known and known.order:
            data = {**data, "order": known.order}
        if known and self.job.armed.act in LOSING and len(self.facts.children.get(known.parent, ())) > 1:
            data = {**data, "label": known.parent}       # a closed container that is not whole any more
        return Decision(Verdict(Outcome.ACCEPTED, reason, {**data, "act": self.job.armed.act.upper()}),
                        tuple(self.acts), (*self.changes, armed or Armed()))


def scan(state: Packing | None, code: Code, facts: Facts, job: Job) -> Decision:
    """One code while a unit's act is armed."""
    level, known = level_of_unit(state, code, facts), facts.known.get(code.epc)
    data: Data = {"code": code.epc, "level": level, "why": job.armed.reason}
    if known and known.status in END_OF_LIFE:
        return _no(Reason.END_OF_LIFE, {**data, "status": known.status})
    if known and known.status in ON_THE_WAY:
        return _no(Reason.ALREADY_SHIPPED, {**data, "partner": known.partner})
    refused = _apart(state, code, level, known, facts, job) or Chain(state, facts, job).busy(
        job.armed.subject or code.epc)
    if refused and job.armed.act not in ("hold", "release"):
        return Decision(refused)
    match job.armed.act:
        case "remove":
            return _remove(Chain(state, facts, job), code, level, data)
        case "swap":
            return _swap(Chain(state, facts, job), code, level, data)
        case "sample" | "scrap" | "destroy":
            return _end(Chain(state, facts, job), code, level, data)
        case "hold":
            return _hold(Chain(state, facts, job), code, data)
        case "release":
            return _release(Chain(state, facts, job), code, data)
    return _return(Chain(state, facts, job), code, level, data)


def _apart(state: Packing | None, code: Code, level: str, known: Known | None, facts: Facts,
           job: Job) -> Verdict | None:
    """Why the unit is not this order's to rework: another order's open container, a peer that nobody knows the object
    of, an order that is closed, or a container that is on hold."""
    data: Data = {"code": code.epc, "level": level}
    inside = facts.standing.get(code.epc)
    if inside and not inside.label and not (state and inside.order == state.order.id):
        return Verdict(Outcome.REJECTED, Reason.UNKNOWN_ORDER, {**data, "order": inside.order})
    index = state.plan.index(level) if state else -1
    roles = state.plan.levels[index].roles if state and index >= 0 else ()
    if roles and not code.alias and code.role != roles[0].role:
        return Verdict(Outcome.REJECTED, Reason.NOT_PAIRED, {**data, "role": code.role})
    if known is None and state and state.stage == "closed":
        return Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {**data, "order": state.order.id, "state": "closed"})
    parent = known.parent if known else ""
    if job.armed.act in ("remove", "swap") and parent in facts.held_here:
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": facts.held.get(parent, "")})
    if job.armed.act in (*ENDS, "swap") and facts.stopped(code.epc):
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": DIVERSION})
    return None


def level_of_unit(state: Packing | None, code: Code, facts: Facts) -> str:
    """Its level as known, as the code says, or as the order's plan makes of it."""
    known = facts.known.get(code.epc)
    if known and known.level:
        return known.level
    return level_of(state, code, facts) if state else code.level


def _no(reason: Reason, data: Data) -> Decision:
    """Refused; the act stays armed, so that the right one can be scanned."""
    return Decision(Verdict(Outcome.REJECTED, reason, data))


def _remove(chain: Chain, code: Code, level: str, data: Data) -> Decision:
    known, parent = chain.facts.known.get(code.epc), _container(chain, code.epc)
    if not chain.take_out(code.epc):
        return _no(Reason.NOT_INSIDE, data)
    if not (known and known.children) and (order := _order(chain, known)):
        chain.changes.append(Loosened(order, level, (code.epc,), "removed"))
    return chain.done(Reason.REMOVED, {**data, "parent": parent})


def _swap(chain: Chain, code: Code, level: str, data: Data) -> Decision:
    """First the unit that goes, then the one that takes its place."""
    subject, facts, state = chain.job.armed.subject, chain.facts, chain.state
    parent, inside = _container(chain, subject or code.epc), facts.standing.get(subject or code.epc)
    if inside and not inside.label and not (state and state.holding(subject or code.epc)):
        return _no(Reason.UNKNOWN_ORDER, {**data, "order": inside.order})
    if not subject:
        if not parent:
            return _no(Reason.NOT_INSIDE, data)
        if code.epc in facts.queued:          # its place is between others: take it out and let another pass the reader
            return _no(Reason.NOT_INSIDE, data)
        if facts.children.get(code.epc) or known_full(facts.known.get(code.epc)):      # units only
            return _no(Reason.WRONG_LEVEL, {**data, "expected": _inner(state, level)})
        armed = Armed("swap", chain.job.armed.reason, code.epc)
        return Decision(Verdict(Outcome.ACCEPTED, Reason.SCAN_NEW, {**data, "parent": parent, "act": "SWAP"}), (),
                        (armed,))
    old = facts.known.get(subject)
    refused = _unfit(chain, code, level, old)
    if refused:
        return Decision(refused)
    box = state.holding(subject) if state else None
    level = old.level if old else level
    if state and not old:
        chain.live(subject, level)
    chain.take_out(subject, again=True)
    act = "scrap" if chain.job.armed.reason in ("UNREADABLE", "TEST") else "destroy"
    chain.end((subject,), act, level, _order(chain, old))
    if box:
        chain.changes.append(Collected(box.number, (code.epc,)))
    elif old:
        chain.live_like(code.epc, old)
        about = facts.known.get(old.parent)
        chain.pack((code.epc,), old.parent, about)
        order, upper = (about.order, about.level) if about and about.order else ("", "")
        chain.changes.append(Packed(old.parent, (code.epc,), about.complete if about else True, order, upper))
    return chain.done(Reason.SWAPPED, {**data, "old": subject, "parent": parent})


def _end(chain: Chain, code: Code, level: str, data: Data) -> Decision:
    """Sampled, scrapped or destroyed: out of what it is in, then its life ends. A case ends with all its units."""
    known, act = chain.facts.known.get(code.epc), chain.job.armed.act
    children = chain.facts.children.get(code.epc, ())
    if known is None:
        if chain.state is None or (refused := misfit(chain.state, code, level, chain.facts)):
            return Decision(refused) if chain.state and refused else _no(Reason.UNKNOWN_OBJECT, data)
        if chain.state.plan.index(level) != 0:
            return _no(Reason.UNKNOWN_OBJECT, data)
    if children and (act == "sample" or any(chain.facts.children.get(each) for each in children)):
        return _no(Reason.WRONG_LEVEL, {**data, "expected": _inner(chain.state, level)})
    chain.live(code.epc, level)
    parent = _container(chain, code.epc)
    order = _order(chain, known)
    if known and children:
        chain.apart(known, children)
        inner = next((chain.facts.known[each].level for each in children if each in chain.facts.known), "")
        chain.end(children, act, inner, order)
    else:
        chain.take_out(code.epc)
    chain.end((code.epc,), act, level, order)
    return chain.done(ENDS[act][3], {**data, "parent": parent, "count": max(1, len(children))})


def _hold(chain: Chain, code: Code, data: Data) -> Decision:
    """It may not move from here on, nor anything that holds it."""
    two = code.epc in chain.facts.held_here and chain.facts.held.get(code.epc) == DIVERSION     # not one alone
    if two or code.epc not in chain.facts.known:
        return _no(Reason.ON_HOLD if two else Reason.UNKNOWN_OBJECT, {**data, "hold": DIVERSION} if two else data)
    chain.acts.append(Act(Type.OBJECT, Action.OBSERVE, "holding", (code.epc,), "non_sellable_other",
                          extra=chain.job.extra))
    chain.changes.append(HeldBack((code.epc,), chain.job.armed.reason))
    return chain.done(Reason.HELD_BACK, data)


def _release(chain: Chain, code: Code, data: Data) -> Decision:
    """A hold is lifted first; goods not sold for what they are (returned, damaged …) are sound from then on."""
    known, held = chain.facts.known.get(code.epc), code.epc in chain.facts.held_here
    if not held and not (known and known.status in UNSELLABLE):
        return _no(Reason.NOT_ON_HOLD, data)
    if not held and known and known.parent:
        return _no(Reason.INSIDE_PARENT, {**data, "parent": known.parent, "root": known.root})
    place = known.location if known and known.location != chain.job.location else ""
    chain.acts.append(Act(Type.OBJECT, Action.OBSERVE, "inspecting", (code.epc,), "conformant",
                          extra=chain.job.extra, location=place))
    if held:
        chain.changes.append(HeldBack((code.epc,), ""))
    elif known:
        chain.changes.append(Placed((code.epc,), "conformant", known.location))
        data["status"] = known.status
    return chain.done(Reason.RELEASED, data)


def _return(chain: Chain, code: Code, level: str, data: Data) -> Decision:
    """A code that was never used goes back; one after another until the act is ended."""
    state = chain.state
    if state is None:
        return _no(Reason.NO_TASK, data)
    refused = misfit(state, code, level, chain.facts)
    if refused:
        return Decision(refused)
    if state.stage == "closed":
        return _no(Reason.ORDER_CLOSED, {**data, "order": state.order.id, "state": "closed"})
    half = code.epc in dict(state.half).values()
    if half or code.epc in chain.facts.known or chain.facts.standing.get(code.epc) or code.epc in chain.facts.queued:
        return _no(Reason.PACKED_BEFORE, {**data, "parent": _container(chain, code.epc)})
    chain.changes.append(Returned(state.order.id, level, (code.epc,), chain.job.armed.reason))
    return chain.done(Reason.RETURNED, data, chain.job.armed)


def _unfit(chain: Chain, code: Code, level: str, old: Known | None) -> Verdict | None:
    """Why this unit may not take the other's place."""
    data: Data = {"code": code.epc, "level": level}
    if code.epc == chain.job.armed.subject:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    inside = chain.facts.standing.get(code.epc)
    if inside or code.epc in chain.facts.queued:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    box = chain.state.holding(chain.job.armed.subject) if chain.state else None
    wanted = old.level if old else _inner(chain.state, box.level) if box else level
    if level != wanted:
        return Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": wanted})
    if chain.state and (old is None or old.order == chain.state.order.id):
        return (misfit(chain.state, code, level, chain.facts)
                or barred(chain.state, code, chain.state.plan.index(level), chain.facts))
    known = chain.facts.known.get(code.epc)
    if old and old.order and old.order not in chain.facts.closed:
        return Verdict(Outcome.REJECTED, Reason.UNKNOWN_ORDER, {**data, "order": old.order})
    if old and code.lot and code.lot != old.lot:
        return Verdict(Outcome.STOP, Reason.WRONG_BATCH, {**data, "lot": code.lot, "expected": old.lot})
    hold = chain.facts.on_hold(code.epc, code.product, code.lot)
    if hold:
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    if old and code.product != old.product:
        return Verdict(Outcome.REJECTED, Reason.WRONG_PRODUCT, {**data, "product": code.product,
                                                                "expected": old.product})
    if known and known.parent:
        return Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": known.parent, "at": known.packed_at})
    return None


def known_full(known: Known | None) -> bool:
    """A container that was packed, whether what it holds is listed or not."""
    return known is not None and bool(known.children or known.implied)


def _container(chain: Chain, epc: str) -> str:
    """What it is in, for people: the parent's EPC, or the open container's label or number."""
    known, box = chain.facts.known.get(epc), chain.state.holding(epc) if chain.state else None
    if box:
        return box.label or box.expected or f"#{box.number}"
    if epc in chain.facts.queued:
        return f"#{chain.facts.queued[epc]}"
    return known.parent if known else ""


def _order(chain: Chain, known: Known | None) -> str:
    """Whose arithmetic it is."""
    if known and known.order:
        return "" if known.order in chain.facts.closed else known.order      # closed: the warehouse's, no order's sums
    return chain.state.order.id if chain.state else ""


def _inner(state: Packing | None, level: str) -> str:
    index = state.plan.index(level) if state else -1
    return state.plan.levels[index - 1].level if state and index > 0 else ""
