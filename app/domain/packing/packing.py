"""The verdict on what a packing line scans one by one: child, label, closed container, close short, undo.

Pure: (state, code, facts) → Decision. Whole pictures are judged in frame.py, with the same rules for each code.
"""
from __future__ import annotations

from dataclasses import replace

from app.domain.codes import identity
from app.domain.codes.identity import Code
from app.domain.decision import (
    Change,
    Collected,
    Data,
    Decision,
    Dropped,
    HalfRead,
    LabelDone,
    Labelled,
    LabelOrdered,
    Loosened,
    Opened,
    Parked,
    Shortened,
    Verdict,
)
from app.domain.events import Act
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, UNSELLABLE, Facts
from app.domain.packing import closing, peers
from app.domain.packing.containers import Container, Packing, apply
from app.domain.reasons import Outcome, Reason

TAKEN = Verdict(Outcome.ACCEPTED, Reason.TAKEN)
DOUBTED = frozenset({Reason.CASE_DOUBTFUL, Reason.QUEUE_SHORT})      # why the line puts a case aside by itself
ENDED = frozenset({"finished", "closed"})        # stages of an order that takes nothing new


class Draft:
    """A decision in the making: the state moves on with each change, so later codes see the earlier ones."""

    def __init__(self, state: Packing, facts: Facts, location: str, max_children: int) -> None:
        self.state, self.facts, self.location, self.max_children = state, facts, location, max_children
        self.acts: list[Act] = []
        self.changes: list[Change] = []
        self.closed: list[Container] = []            # innermost first
        self.refused: Verdict | None = None          # then nothing of the draft is done
        self.ordered: list[LabelOrdered] = []
        self.born: set[str] = set()                  # made live in this draft already
        self.alone = False                           # a picture of one object by several readers
        self.no_serial = False                       # a label is wanted and the range is used up

    def do(self, *changes: Change) -> None:
        for change in changes:
            self.state = apply(self.state, change)
            self.changes.append(change)

    def decision(self, verdict: Verdict) -> Decision:
        return Decision(self.refused) if self.refused else Decision(verdict, tuple(self.acts), tuple(self.changes))

    def open(self, level: str) -> Container:
        """The container of this level that takes the next child, opened if there is none."""
        box = self.state.filling(level)
        if box is None:
            count = self.state.plan.levels[self.state.plan.index(level)].count
            self.do(Opened(self.state.next_number, self.state.order.id, level, count))
            box = self.state.filling(level)
        assert box is not None
        return box

    def settle(self, number: int) -> None:
        """Closes a container that is full and labelled, puts it into the next level's, and so on outwards."""
        box = next(each for each in self.state.containers if each.number == number)
        if box.full and not box.label:
            self.order_label(box)
        if not (box.full and box.label and box.children):
            return
        self.refused = self.refused or self._held(box)
        acts, changes = closing.close(self.state, box, self.facts, self.location, self.max_children, self.born)
        self.acts += acts
        self.do(*changes)
        self.closed.append(box)
        outer = self.state.plan.index(box.level) + 1
        known = self.facts.known.get(box.label)
        inside = self.state.holding(box.label) is not None or known is not None and bool(known.parent)
        if outer < len(self.state.plan.levels) and not inside:      # one that was filled up again may be in one already
            parent = self.open(self.state.plan.levels[outer].level)
            self.do(Collected(parent.number, (box.label,), itself=True))
            self.settle(parent.number)

    def joined(self, joined: peers.Joined, level: str) -> None:
        """Takes over what the peers of an object came to; an object whose codes are tied is live."""
        if joined.acts:
            acts, changes = closing.commission(self.state, (joined.code.epc,), level, self.facts, self.location,
                                               self.max_children)
            self.acts += acts
            self.do(*changes)
            self.born.add(joined.code.epc)
        self.acts += joined.acts
        self.do(*joined.changes)

    def order_label(self, box: Container) -> None:
        """Where this station prints the level's labels: the next SSCC of its range, to be printed and scanned back."""
        supply = self.facts.supply
        if self.state.plan.at(box.level).label != "sscc" or box.expected or supply is None:
            return
        serial = supply.serial + len(self.ordered)
        if serial > supply.range.last:
            self.no_serial = True
            return
        job = LabelOrdered(supply.job + len(self.ordered), identity.sscc(supply.range.sscc(serial)), box.level, serial,
                           box.number)
        self.ordered.append(job)
        self.do(job)

    def wanting(self, box: Container, data: Data) -> Verdict:
        """What a full container without its label says: scan one, or wait for the one that is printed now."""
        if self.no_serial:
            return Verdict(Outcome.WARNING, Reason.NO_SSCC_LEFT, data)
        printed = next((each for each in self.ordered if each.container == box.number), None)
        if printed:
            return Verdict(Outcome.COMPLETE, Reason.LABEL_ORDERED, {**data, "label": printed.epc})
        return Verdict(Outcome.COMPLETE, Reason.SCAN_LABEL, data)

    def _held(self, box: Container) -> Verdict | None:
        """A hold that came after the scan: the container stays open as it is."""
        order = self.state.order
        holds = ((epc, self.facts.on_hold(epc, order.product, order.lot)) for epc in (*box.children, box.label))
        return next((Verdict(Outcome.REJECTED, Reason.ON_HOLD, {"code": epc, "level": box.level, "hold": hold})
                     for epc, hold in holds if hold), None)


def scan(state: Packing, code: Code, facts: Facts, location: str, max_children: int = 1000) -> Decision:
    """One code from a scanner: a child of the innermost level, a label, or a closed container put into its parent."""
    draft = Draft(state, facts, location, max_children)
    level = level_of(state, code, facts)
    index = state.plan.index(level)
    wrong = misfit(state, code, level, facts)
    if wrong:
        return draft.decision(wrong)
    joined = peers.join(state, code, level, facts)
    draft.joined(joined, level)
    if joined.verdict:
        return draft.decision(joined.verdict)
    state, code = draft.state, joined.code
    if index > 0 and not is_child(state, code, index, facts):
        return draft.decision(label(draft, code, level))
    refused = queued(code, level, facts) or barred(state, code, index, facts) or _no_room(state, code, index)
    if refused:
        return Decision(refused)
    box = draft.open(state.plan.levels[index + 1].level)
    draft.do(Collected(box.number, (code.epc,)))
    return draft.decision(_progress(draft, code.epc, box.level))


def to_close(state: Packing, outer: bool) -> str:
    """The level that CLOSE is for, or CLOSE-PALLET (`outer`): the innermost, or the outermost, with something in it.

    CLOSE leaves the outermost level of several alone, CLOSE-PALLET the innermost: a command that is given twice must
    not close the pallet as well.
    """
    levels = [each.level for each in state.plan.levels[1:]]
    levels = (levels[1:] or levels)[::-1] if outer else levels[:-1] or levels
    return next((level for level in levels if any(each.children for each in state.at(level))), levels[0])


def close_short(state: Packing, level: str, reason: str, facts: Facts, location: str,
                max_children: int = 1000) -> Decision:
    """The clerk closes the open container of a level with what is in it."""
    draft = Draft(state, facts, location, max_children)
    box = next((each for each in state.at(level) if each.children and not each.full), None)
    if box is None:
        waiting = next((each for each in state.at(level) if each.full), None)
        if waiting:
            data: Data = {"level": level, "have": waiting.have, "target": waiting.target}
            return draft.decision(Verdict(Outcome.WARNING, Reason.SCAN_LABEL, data))
        return draft.decision(Verdict(Outcome.REJECTED, Reason.CONTAINER_EMPTY, {"level": level}))
    if not reason:
        data = {"name": "CLOSE" if state.plan.index(level) == 1 else "CLOSE-PALLET", "level": level, "have": box.have,
                "target": box.target}
        return draft.decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, data))
    draft.do(Shortened(box.number, box.have, reason))
    draft.settle(box.number)
    data = {"level": level, "have": box.have, "target": state.plan.at(level).count, "short": 1}
    if draft.closed:
        return draft.decision(Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, data))
    return draft.decision(draft.wanting(box, data))


def undo(state: Packing, facts: Facts) -> Decision:
    """Takes back a short close that waits for its label, or the last scan or label since a container closed.

    When nothing of that is left, the container that closed last is opened again: `facts` tell what is in it.
    """
    if state.half:
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": len(state.half), "code": state.half[-1][1]}),
                        (), (HalfRead(state.order.id),))
    short = [each for each in state.containers if each.reason and not each.before and not each.parked]
    if short:
        box, planned = short[-1], state.plan.at(short[-1].level).count
        void = (LabelDone(box.job, "void"),) if box.job else ()
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": 1, "level": box.level}), (),
                        (Shortened(box.number, planned, ""), *void))
    last = max((act for box in state.containers if not box.parked for act in (*box.acts, box.labelled)), default=0)
    if not last:
        return _reopen(state, facts)
    box = next(each for each in state.containers if last in (*each.acts, each.labelled))
    if box.labelled == last:
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": 1, "code": box.label}), (),
                        (Labelled(box.number, ""),))
    scan = box.scans[box.acts.index(last)]
    void = (LabelDone(box.job, "void"),) if box.job else ()      # a container that is not full any more needs another
    lower = state.plan.levels[state.plan.index(box.level) - 1].level
    loose = (Loosened(state.order.id, lower, scan, "undone"),) if state.plan.index(lower) == 0 else ()
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": len(scan), "code": scan[-1]}), (),
                    (Dropped(box.number, scan), *void, *loose))


def _reopen(state: Packing, facts: Facts) -> Decision:
    """The container that closed last, taken apart and open again with all that it held, without its label."""
    known = facts.known.get(state.last_closed)
    children = facts.children.get(state.last_closed, ())
    if known and known.epc in facts.held:
        return Decision(Verdict(Outcome.REJECTED, Reason.ON_HOLD, {"code": known.epc, "level": known.level,
                                                                   "hold": facts.held[known.epc]}))
    if known is None or not children or known.parent or known.status in ON_THE_WAY or state.stage == "closed":
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    outer = state.holding(known.epc)
    acts, changes = closing.unpack(known, children)
    dropped = (Dropped(outer.number, (known.epc,)),) if outer else ()
    target = max(state.plan.at(known.level).count, len(children))
    opened = Opened(state.next_number, state.order.id, known.level, target)
    data: Data = {"code": known.epc, "level": known.level, "count": len(children)}
    return Decision(Verdict(Outcome.ACCEPTED, Reason.REOPENED, data), tuple(acts),
                    (*dropped, *changes, Loosened(state.order.id, known.level, (known.epc,), "undone"), opened,
                     Collected(opened.container, children, itself=True)))


def level_of(state: Packing, code: Code, facts: Facts) -> str:
    """The code's level. An SSCC does not say: it has the level it is known by, else that of the container whose label
    the screen asks for, else the outermost."""
    if code.level:
        return code.level
    known, standing = facts.known.get(code.epc), facts.standing.get(code.epc)
    if known and known.level:
        return known.level
    if standing and standing.label:
        return standing.level
    return state.waiting.level if state.waiting else state.plan.levels[-1].level


def misfit(state: Packing, code: Code, level: str, facts: Facts) -> Verdict | None:
    """Why this code does not belong to this order at all; None where it does."""
    order, known, index = state.order, facts.known.get(code.epc), state.plan.index(level)
    data: Data = {"code": code.epc, "level": level}
    product = code.product or (known.product if known else "")
    lot = code.lot or (known.lot if known else "")
    if product and product != order.product:
        return Verdict(Outcome.REJECTED, Reason.WRONG_PRODUCT, {**data, "product": product, "expected": order.product})
    if lot and lot != order.lot:
        return Verdict(Outcome.STOP, Reason.WRONG_BATCH, {**data, "lot": lot, "expected": order.lot})
    if index < 0:
        return Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": state.plan.levels[0].level})
    # What a code does not say of product and batch it gets from the order, a hold on them included.
    hold = facts.on_hold(code.epc, product or order.product, lot or order.lot)
    if hold:
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    if known and known.status in END_OF_LIFE:
        return Verdict(Outcome.REJECTED, Reason.END_OF_LIFE, {**data, "status": known.status})
    if known and known.status in ON_THE_WAY:
        where: Data = {"parent": known.parent, "at": known.packed_at, "partner": known.partner}
        said: Data = {key: word for key, word in where.items() if word}
        return Verdict(Outcome.REJECTED, Reason.ALREADY_SHIPPED, {**data, **said})
    if known and known.status in UNSELLABLE and not known.parent:        # in a sound container it would pass for sound
        return Verdict(Outcome.REJECTED, Reason.NOT_SELLABLE, {**data, "status": known.status})
    if state.product.issued_only and (code.product or index == 0) and not known and code.epc not in facts.issued:
        return Verdict(Outcome.REJECTED, Reason.NOT_ISSUED, data)
    return None


def is_child(state: Packing, code: Code, index: int, facts: Facts) -> bool:
    """The innermost level's codes are children; a container's is one when it is closed (or waits in an open parent)."""
    if index == 0:
        return True
    known = facts.known.get(code.epc)
    has_outer = index + 1 < len(state.plan.levels)
    return has_outer and bool(known and (known.children or known.implied) or state.holding(code.epc))


def barred(state: Packing, code: Code, index: int, facts: Facts) -> Verdict | None:
    """Why this child may not go into anything now: it is in something already."""
    known, standing = facts.known.get(code.epc), facts.standing.get(code.epc)
    level = state.plan.levels[index + 1].level if index + 1 < len(state.plan.levels) else ""
    data: Data = {"code": code.epc, "level": level}
    if state.holding(code.epc):
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    if standing and standing.order != state.order.id:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, {**data, "order": standing.order})
    if facts.queue_of.get(code.epc, state.order.id) != state.order.id:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, {**data, "order": facts.queue_of[code.epc]})
    if known and known.parent:
        return Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": known.parent, "at": known.packed_at})
    if not level:
        return Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": state.plan.levels[0].level})
    return None


def queued(code: Code, level: str, facts: Facts) -> Verdict | None:
    """Why a hand or a camera may not put this code into a case: its bottle stands in an in-line queue."""
    if code.epc not in facts.queued:
        return None
    return Verdict(Outcome.DUPLICATE, Reason.ON_THE_BELT,
                   {"code": code.epc, "level": level, "order": facts.queue_of[code.epc]})


def label(draft: Draft, code: Code, level: str) -> Verdict:
    """Names the open container of this level, or opens one that is labelled first."""
    state, data = draft.state, {"code": code.epc, "level": level}
    used = label_used(state, code, level, draft.facts)
    if used:
        return used
    box, filling = state.unlabelled(level), state.filling(level)
    printed = state.expecting(code.epc)
    if box and box.expected and printed is not box and not (printed and printed.parked):
        counts: Data = {**data, "label": box.expected}
        return Verdict(Outcome.REJECTED, Reason.LABEL_SKIPPED if printed else Reason.LABEL_SWAPPED, counts)
    supply = draft.facts.supply
    prints = state.plan.at(level).label == "sscc" and supply is not None and supply.serial <= supply.range.last
    if prints and not printed or printed and printed.parked in DOUBTED:
        # Only the label that was printed for it closes it: none of a stranger's, of another level's, or that is void.
        return Verdict(Outcome.REJECTED, Reason.LABEL_SWAPPED, {**data, "label": box.expected if box else ""})
    box = printed or box
    # What is full or closed short may still get its label.
    if (state.order.state != "open" or state.stage in ENDED) and not (box and box.full):
        return Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {**data, "order": state.order.id})
    if box is None and filling is not None:
        return Verdict(Outcome.REJECTED, Reason.LABEL_USED, {**data, "label": filling.label})
    box = box or draft.open(level)
    back = (Parked(box.number, ""),) if box.parked else ()
    confirmed = (LabelDone(box.job, "confirmed"),) if printed else ()
    draft.do(*back, Labelled(box.number, code.epc), *confirmed)
    draft.settle(box.number)
    counts = {**data, "have": box.have, "target": box.target}
    if box.reason:
        counts |= {"short": 1, "target": state.plan.at(level).count}
    if draft.closed:
        return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, counts)
    return Verdict(Outcome.ACCEPTED, Reason.LABELLED, counts)


def label_used(state: Packing, code: Code, level: str, facts: Facts) -> Verdict | None:
    """Why this label names something already: an open container, here or of another order, or a closed one."""
    known, standing = facts.known.get(code.epc), facts.standing.get(code.epc)
    data: Data = {"code": code.epc, "level": level}
    if state.labelled(code.epc) or state.holding(code.epc):
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    if standing and standing.order != state.order.id:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, {**data, "order": standing.order})
    if known and (known.children or known.implied or known.parent):
        parent = known.parent or code.epc
        return Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": parent, "at": known.packed_at})
    return None


def _no_room(state: Packing, code: Code, index: int) -> Verdict | None:
    level = state.plan.levels[index + 1].level
    data: Data = {"code": code.epc, "level": level}
    if state.order.state != "open" or state.stage in ENDED:
        return Verdict(Outcome.REJECTED, Reason.ORDER_CLOSED, {**data, "order": state.order.id})
    if state.filling(level) is None and any(each.full for each in state.at(level)):
        # Children are scanned here: a second case must not fill while the first has no name.
        return Verdict(Outcome.REJECTED, Reason.CONTAINER_FULL, data)
    if index == 0 and state.packed_units >= state.order.planned:
        return Verdict(Outcome.REJECTED, Reason.ORDER_FULL, {**data, "planned": state.order.planned})
    return None


def _progress(draft: Draft, epc: str, level: str) -> Verdict:
    """The verdict after a child went in: taken, full and waiting for its label, or closed."""
    box = draft.state.holding(epc)
    assert box is not None
    data: Data = {"code": epc, "level": level, "have": box.have, "target": box.target}
    draft.settle(box.number)
    if draft.closed:
        return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, data)
    return draft.wanting(box, data) if box.full else replace(TAKEN, data=data)
