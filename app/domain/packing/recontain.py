"""Rework of whole containers: unpack, relabel, repack, fill up again, print again, put aside and bring back.

Pure. Contents are never typed in: what a container holds is what was packed into it, and it stays so or is released.
"""
from __future__ import annotations

from app.domain.codes import identity
from app.domain.codes.identity import Code
from app.domain.decision import (
    Armed,
    Closed,
    Collected,
    Data,
    Decision,
    Dropped,
    Ended,
    LabelDone,
    LabelOrdered,
    Loosened,
    Opened,
    Packed,
    Parked,
    Unpacked,
    Verdict,
)
from app.domain.events import Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Facts, Known
from app.domain.packing import closing
from app.domain.packing.containers import Container, Packing
from app.domain.packing.labels import sscc_of
from app.domain.packing.packing import label_used
from app.domain.packing.rework import Chain, Job
from app.domain.reasons import Outcome, Reason


def scan(state: Packing | None, code: Code, facts: Facts, job: Job) -> Decision:
    """One code while a container's act is armed: its label, or any unit in it."""
    if job.armed.act == "unpark":
        return unpark(state, state.holding(code.epc) or state.labelled(code.epc) if state else None, facts)
    if job.armed.act == "relabel" and job.armed.subject:
        return _relabelled(Chain(state, facts, job), code)
    # What is taken apart has to be shown itself; for the rest any unit in it will do where the label is damaged.
    known = facts.known.get(code.epc) if job.armed.act == "unpack" else _meant(code.epc, facts)
    data: Data = {"code": known.epc if known else code.epc, "level": known.level if known else code.level,
                  "why": job.armed.reason}
    if known is None:
        return _no(Reason.UNKNOWN_OBJECT, data)
    if known.status in END_OF_LIFE:
        return _no(Reason.END_OF_LIFE, {**data, "status": known.status})
    if known.status in ON_THE_WAY:
        return _no(Reason.ALREADY_SHIPPED, {**data, "partner": known.partner})
    if not facts.children.get(known.epc):
        return _no(Reason.CONTAINER_EMPTY, data)
    data["count"] = len(facts.children[known.epc])
    if job.armed.act == "continue" and (again := _put_back(state, known, data)):
        return again
    if job.armed.act != "reprint" and known.epc in facts.held_here:      # what is released here is released by RELEASE
        return _no(Reason.ON_HOLD, {**data, "hold": facts.held.get(known.epc, "")})
    if job.armed.act in ("repack", "continue") and known.order in facts.closed:
        return _no(Reason.ORDER_CLOSED, {**data, "order": known.order, "state": "closed"})
    if job.armed.act != "reprint" and (busy := Chain(state, facts, job).busy(known.epc)):
        return Decision(busy)
    match job.armed.act:
        case "unpack":
            return _unpack(Chain(state, facts, job), known, data)
        case "relabel":
            return _relabel(Chain(state, facts, job), known, data)
        case "repack":
            return _repack(Chain(state, facts, job), known, data)
        case "continue":
            return _continue(Chain(state, facts, job), known, data)
    about: Data = {**data, "order": known.order} if state is None and known.order else data
    return reprint(facts, known.epc, known.level, job.armed.reason, about)


def is_mass(known: Known | None, facts: Facts) -> bool:
    """A container that holds containers: taking it apart wants a second person."""
    inside = facts.children.get(known.epc, ()) if known else ()
    return any(facts.known[each].children or facts.known[each].implied for each in inside if each in facts.known)


def meant(epc: str, facts: Facts) -> Known | None:
    """The container that a scanned code stands for: itself where it holds something, else the one that it is in."""
    return _meant(epc, facts)


def _meant(epc: str, facts: Facts) -> Known | None:
    known = facts.known.get(epc)
    if known and not known.children and not known.implied and known.parent:
        return facts.known.get(known.parent)
    return known


def _no(reason: Reason, data: Data) -> Decision:
    return Decision(Verdict(Outcome.REJECTED, reason, data))


def _unpack(chain: Chain, known: Known, data: Data) -> Decision:
    """Takes it apart; its units may be packed again."""
    children = chain.facts.children[known.epc]
    chain.apart(known, children)
    if known.order and known.order not in chain.facts.closed:
        lower = chain.facts.known[children[0]].level if children[0] in chain.facts.known else ""
        if not is_mass(known, chain.facts):
            chain.changes.append(Loosened(known.order, lower, children, "unpacked"))
        chain.changes.append(Loosened(known.order, known.level, (known.epc,), "unpacked"))
    return chain.done(Reason.UNPACKED, data)


def _relabel(chain: Chain, known: Known, data: Data) -> Decision:
    """Asks for the new label, printed here or already at hand."""
    supply, state = chain.facts.supply, chain.state
    level = state.plan.at(known.level) if state and state.plan.index(known.level) >= 0 else None
    armed = Armed("relabel", chain.job.armed.reason, known.epc)
    if supply and level and level.label == "sscc":
        if supply.serial > supply.range.last:
            return Decision(Verdict(Outcome.WARNING, Reason.NO_SSCC_LEFT, data))
        epc = identity.sscc(supply.range.sscc(supply.serial))
        order = LabelOrdered(supply.job, epc, known.level, supply.serial, contents=known.epc)
        armed = Armed("relabel", chain.job.armed.reason, known.epc, epc)
        return Decision(Verdict(Outcome.ACCEPTED, Reason.LABEL_ORDERED, {**data, "label": epc, "act": "RELABEL"}), (),
                        (order, armed))
    return Decision(Verdict(Outcome.ACCEPTED, Reason.SCAN_NEW, {**data, "parent": known.epc, "act": "RELABEL"}), (),
                    (armed,))


def _relabelled(chain: Chain, code: Code) -> Decision:
    """The new label: the same contents under another name, in the same place."""
    facts, old = chain.facts, chain.facts.known[chain.job.armed.subject]
    children, printed = facts.children.get(old.epc, ()), chain.job.armed.argument
    data: Data = {"code": code.epc, "level": old.level, "old": old.epc, "count": len(children),
                  "why": chain.job.armed.reason}
    if printed and code.epc != printed:
        return _no(Reason.LABEL_SWAPPED, {**data, "label": printed})
    if code.level and code.level != old.level:
        return _no(Reason.WRONG_LEVEL, {**data, "expected": old.level})
    if code.product and code.product != old.product:
        return _no(Reason.WRONG_PRODUCT, {**data, "product": code.product, "expected": old.product})
    if code.epc in facts.jobs and code.epc != printed:           # printed for another container
        return _no(Reason.LABEL_SWAPPED, {**data, "label": printed or old.epc})
    used = label_used(chain.state, code, old.level, facts) if chain.state else None
    known = facts.known.get(code.epc)
    if used or known and (known.parent or known.children or known.implied or known.status in END_OF_LIFE):
        return Decision(used or Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": code.epc}))
    if known and known.status == "in_transit":
        return _no(Reason.ALREADY_SHIPPED, {**data, "partner": known.partner})
    parent, extra = facts.known.get(old.parent), chain.job.extra
    inside = facts.standing.get(old.epc)
    if inside and not inside.label:
        chain.changes.append(Dropped(inside.container, (old.epc,)))
    if old.parent:
        chain.add(closing.take_out(old, parent, extra=extra))
    chain.acts.append(Act(Type.AGGREGATION, Action.DELETE, "unpacking", (), "in_progress", parent=old.epc,
                          extra=(("level", old.level), *extra)))
    chain.acts.append(Act(Type.OBJECT, Action.DELETE, "decommissioning", (old.epc,), "inactive",
                          extra=(("level", old.level), *extra)))
    chain.changes += [Unpacked(old.epc, children),
                      Ended((old.epc,), "inactive", "relabelled", chain.job.armed.reason, old.order)]
    chain.live_like(code.epc, old)
    for part in closing.split(children, chain.job.max_children):
        chain.pack(part, code.epc, old, (("replaces", old.epc),))
    chain.changes += [Packed(code.epc, children, old.complete, old.order),
                      Loosened(old.order, old.level, (code.epc,), "")]        # the label of one taken apart, used again
    if old.parent:
        chain.pack((code.epc,), old.parent, parent)
        order, level = (parent.order, parent.level) if parent and parent.order else ("", "")
        chain.changes.append(Packed(old.parent, (code.epc,), parent.complete if parent else True, order, level))
    if inside and not inside.label:
        chain.changes.append(Collected(inside.container, (code.epc,), itself=True))
    if printed:
        chain.changes.append(LabelDone(facts.jobs.get(printed, 0), "confirmed"))
    return chain.done(Reason.RELABELLED, data)


def _repack(chain: Chain, known: Known, data: Data) -> Decision:
    """Its units go into containers of another size, which wait for their labels; the old label's life ends."""
    state, children = chain.state, chain.facts.children[known.epc]
    if state is None or known.order != state.order.id:
        return _no(Reason.UNKNOWN_ORDER, {**data, "order": known.order})
    if state.plan.index(known.level) != 1:
        return _no(Reason.WRONG_LEVEL, {**data, "expected": state.plan.levels[1].level})
    size = int(chain.job.armed.argument)
    chain.apart(known, children, "repackaging")
    chain.acts.append(Act(Type.OBJECT, Action.DELETE, "decommissioning", (known.epc,), "inactive",
                          extra=(("level", known.level), *chain.job.extra)))
    chain.changes.append(Ended((known.epc,), "inactive", "repacked", chain.job.armed.reason, known.order))
    number = state.next_number
    for at in range(0, len(children), size):
        part = children[at : at + size]
        chain.changes += [Opened(number, state.order.id, known.level, len(part), step="repackaging"),
                          Collected(number, part, itself=True)]
        number += 1
    chain.changes += _labels(chain, known.level, range(state.next_number, number))
    return chain.done(Reason.REPACKING, {**data, "target": size, "containers": number - state.next_number})


def _labels(chain: Chain, level: str, containers: range) -> list[LabelOrdered]:
    """Labels for new containers, where this station prints them; what the range has none for waits for others."""
    supply, state = chain.facts.supply, chain.state
    if supply is None or state is None or state.plan.at(level).label != "sscc":
        return []
    left = supply.range.last - supply.serial + 1
    return [LabelOrdered(supply.job + at, identity.sscc(supply.range.sscc(supply.serial + at)), level,
                         supply.serial + at, container)
            for at, container in enumerate(containers) if at < left]


def _continue(chain: Chain, known: Known, data: Data) -> Decision:
    """A container that closed with fewer than planned takes more, under its label and where it stands."""
    state = chain.state
    if state is None or known.order != state.order.id or state.plan.index(known.level) < 1:
        return _no(Reason.UNKNOWN_ORDER, {**data, "order": known.order})
    planned, have = state.plan.at(known.level).count, len(chain.facts.children[known.epc])
    if have >= planned:
        return _no(Reason.CONTAINER_FULL, {**data, "have": have, "target": planned})
    filling = state.filling(known.level)
    if filling and (filling.have or filling.label):      # never stop for it: what is on the line goes aside
        chain.changes.append(Parked(filling.number, "CONTINUE"))
    # Nothing is released: UNDO must not take apart what is open again.
    chain.changes += [Unpacked(known.epc, ()),
                      Opened(state.next_number, state.order.id, known.level, planned, known.epc, have,
                             reason=chain.job.armed.reason)]
    return chain.done(Reason.CONTINUED, {**data, "have": have, "target": planned})


def _put_back(state: Packing | None, known: Known, data: Data) -> Decision | None:
    """The same command again on a container that is filled up again and got nothing yet: closed as it was."""
    box = state.labelled(known.epc) if state else None
    if state is None or box is None or not box.before or box.children:
        return None
    counts: Data = {**data, "have": box.have, "target": box.target, "short": 1, "act": "CONTINUE"}
    return Decision(Verdict(Outcome.ACCEPTED, Reason.CONTAINER_COMPLETE, counts), (),
                    (Closed(box.number, state.order.id, box.level), Armed()))


def reprint(facts: Facts, epc: str, level: str, reason: str, data: Data, container: int = 0) -> Decision:
    """The same label once more; its number stays."""
    if facts.supply is None or not sscc_of(epc):
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_PRINT, data))
    order = LabelOrdered(facts.supply.job, epc, level, -1, container, reason or "OTHER", "" if container else epc)
    before = (LabelDone(facts.jobs[epc], "void"),) if container and epc in facts.jobs else ()
    return Decision(Verdict(Outcome.ACCEPTED, Reason.LABEL_ORDERED, {**data, "label": epc, "act": "REPRINT",
                                                                          "why": reason}), (),
                    (*before, order, Armed()))


def park(state: Packing, reason: str) -> Decision:
    """The container on the line goes aside with what is in it, and the line goes on with the next."""
    level = state.plan.levels[1].level
    box = next((each for each in state.at(level) if each.have), None)
    if box is None:
        return Decision(Verdict(Outcome.WARNING, Reason.CONTAINER_EMPTY, {"level": level}))
    data: Data = {"level": level, "have": box.have, "target": box.target, "number": box.number, "why": reason}
    return Decision(Verdict(Outcome.ACCEPTED, Reason.PARKED, data), (), (Parked(box.number, reason),))


def first_label(state: Packing, facts: Facts, box: Container) -> tuple[LabelOrdered, ...]:
    """The label of a full container that has none, because it was aside or the range was used up."""
    supply = facts.supply
    wanted = box.full and not box.label and not box.expected and state.plan.at(box.level).label == "sscc"
    if not wanted or supply is None or supply.serial > supply.range.last:
        return ()
    return (LabelOrdered(supply.job, identity.sscc(supply.range.sscc(supply.serial)), box.level, supply.serial,
                         box.number),)


def unpark(state: Packing | None, box: Container | None, facts: Facts) -> Decision:
    """Brings a container back to the line; what stands there half filled goes aside for it."""
    if state is None or box is None or not box.parked:
        return Decision(Verdict(Outcome.WARNING, Reason.NOT_PARKED))
    aside = tuple(Parked(each.number, "UNPARK") for each in state.at(box.level) if each.have and not each.full)
    data: Data = {"level": box.level, "have": box.have, "target": box.target, "number": box.number}
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNPARKED, data), (),
                    (*aside, Parked(box.number, ""), *first_label(state, facts, box), Armed()))
