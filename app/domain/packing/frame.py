"""The verdict on a whole picture of a packing line: children and perhaps their container's label, judged as one.

Pure: (state, codes, facts) → Decision. A picture with anything wrong in it, or with more in it than fits, takes
nothing at all: so nothing of two containers is ever mixed, and what was put right is simply shown again.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import Collected, Data, Decision, Mark, Verdict
from app.domain.facts import Facts
from app.domain.packing import peers
from app.domain.packing.containers import Packing
from app.domain.packing.packing import (
    ENDED,
    TAKEN,
    Draft,
    barred,
    is_child,
    label,
    label_used,
    level_of,
    misfit,
    queued,
)
from app.domain.reasons import Outcome, Reason

RETAIL_AIM = "]E"      # EAN/UPC: a kind of goods, never one object


def names_nothing(code: Code | Refusal) -> bool:
    """True for what may lie in every picture and is no object: the product's EAN, a content label, a command sheet."""
    return isinstance(code, Refusal) and (
        code.reason in (Reason.NO_SERIAL, Reason.UNKNOWN_COMMAND) or code.aim.startswith(RETAIL_AIM))


@dataclass(slots=True)
class _Sorted:
    """What the picture shows, by what it is for; places are those in the frame's readings."""

    marks: dict[int, Mark] = field(default_factory=dict)
    children: list[tuple[int, Code]] = field(default_factory=list)       # new ones, all of one level
    labels: list[tuple[int, Code, str]] = field(default_factory=list)    # new ones, innermost first, with their level
    inner: int = 0                                                       # index of the children's level

    def mark(self, at: int, verdict: Verdict, epc: str = "") -> None:
        self.marks[at] = Mark(at, verdict.outcome, verdict.reason, epc, verdict.data)

    def red(self, counts: Data) -> Verdict | None:
        """The verdict where anything is wrong, the worst first; what is good has no mark then: it was not taken."""
        worst = next((mark for outcome in (Outcome.STOP, Outcome.REJECTED) for mark in self.done()
                      if mark.outcome is outcome), None)
        if worst is None:
            return None
        marks = tuple(mark for mark in self.done() if not mark.outcome.good)
        return Verdict(worst.outcome, worst.reason, {**counts, **worst.data}, marks)

    def repeated(self, *reasons: Reason) -> Mark | None:
        return next((mark for mark in self.done() if mark.outcome is Outcome.DUPLICATE
                     and (not reasons or mark.reason in reasons)), None)

    def done(self) -> tuple[Mark, ...]:
        return tuple(self.marks[at] for at in sorted(self.marks))


def frame(state: Packing, codes: Sequence[Code | Refusal], facts: Facts, location: str, unread: int = 0,
          max_children: int = 1000) -> Decision:
    """All codes of one picture. `unread` counts places where a code is but was not read."""
    draft = Draft(state, facts, location, max_children)
    codes, halved = _whole(draft, codes, facts)
    if halved:
        return Decision(halved)
    state = draft.state
    seen = _sorted(state, codes, facts)
    level = state.plan.levels[min(seen.inner + 1, len(state.plan.levels) - 1)].level
    count = sum(not names_nothing(code) for code in codes)
    counts = _counts(state, level, count, unread)
    refused = seen.red(counts) or _crowd(state, seen, level, count, unread)
    if refused:
        return Decision(refused)
    if seen.children:
        box = draft.open(level)
        draft.do(Collected(box.number, tuple(code.epc for _, code in seen.children)))
        for at, code in seen.children:
            seen.mark(at, Verdict(TAKEN.outcome, TAKEN.reason, {"code": code.epc}), code.epc)
    labelled = None
    for at, code, of in seen.labels:
        labelled = label(draft, code, of)
        seen.mark(at, labelled, code.epc)
    for box in draft.state.at(level):
        draft.settle(box.number)         # labelled before its children were shown
    refused = seen.red(counts) or draft.refused      # an outer level's label that is not wanted now; a late hold
    if refused:
        return Decision(refused)
    return draft.decision(_verdict(draft, seen, level, count, unread, labelled))


def _whole(draft: Draft, codes: Sequence[Code | Refusal],
           facts: Facts) -> tuple[Sequence[Code | Refusal], Verdict | None]:
    """Codes of ONE object, read at one moment by several readers, stand for that object from here on."""
    found = list(codes)
    for plan_level in draft.state.plan.levels:
        if not plan_level.on_line:
            continue
        at = [place for place, code in enumerate(codes) if isinstance(code, Code) and not code.alias
              and level_of(draft.state, code, facts) == plan_level.level]
        if not at:
            continue
        roles = {_code(codes, place).role for place in at}
        joined = peers.join_all(draft.state, [_code(codes, place) for place in at], plan_level.level, facts)
        verdict = joined.verdict
        if len(roles) < len(at):         # of several objects nobody can say which two codes are one's
            verdict = Verdict(Outcome.REJECTED, Reason.PAIR_MISMATCH, {"count": len(at), "level": plan_level.level})
        if verdict:
            marks = tuple(Mark(place, verdict.outcome, verdict.reason, _code(codes, place).epc, verdict.data)
                          for place in at)
            return codes, replace(verdict, marks=marks)
        draft.joined(joined, plan_level.level)
        draft.alone = True
        for place in at:
            found[place] = joined.code if place == at[0] else Refusal(b"", "", Reason.NO_SERIAL)
    return found, None


def _sorted(state: Packing, codes: Sequence[Code | Refusal], facts: Facts) -> _Sorted:
    """Each code's place in the picture: wrong, seen before, a child or a label."""
    levels = _levels(state, codes, facts)
    indexes = {at: state.plan.index(level) for at, level in levels.items()}
    children = {at for at, index in indexes.items()
                if index >= 0 and is_child(state, _code(codes, at), index, facts)}
    shown = children or {at for at, index in indexes.items() if index > 0}
    inner = min((indexes[at] for at in shown), default=0)
    found, epcs = _Sorted(inner=inner if children else max(inner - 1, 0)), set[str]()
    for at, code in enumerate(codes):
        if isinstance(code, Refusal):
            if not names_nothing(code):
                found.mark(at, Verdict(Outcome.REJECTED, code.reason, code.data))
            continue
        if code.epc in epcs and code.alias:          # the other side of an object that is in the picture
            continue
        if code.epc in epcs:
            found.mark(at, Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_FRAME, {"code": code.epc}), code.epc)
            continue
        epcs.add(code.epc)
        child = at in children and indexes[at] == inner
        verdict = misfit(state, code, levels[at], facts) or (
            queued(code, levels[at], facts) or barred(state, code, indexes[at], facts) if child
            else label_used(state, code, levels[at], facts))
        if verdict:
            found.mark(at, verdict, code.epc)
        elif child:
            found.children.append((at, code))
        elif children and indexes[at] == inner:      # among closed containers one that was never closed
            data: Data = {"code": code.epc, "level": levels[at]}
            found.mark(at, Verdict(Outcome.REJECTED, Reason.CONTAINER_EMPTY, data), code.epc)
        else:
            found.labels.append((at, code, levels[at]))
    found.labels.sort(key=lambda each: indexes[each[0]])
    return found


def _levels(state: Packing, codes: Sequence[Code | Refusal], facts: Facts) -> dict[int, str]:
    """Levels by place. A code that does not tell its level, beside children, is the label of what they are in."""
    levels = {at: level_of(state, code, facts) for at, code in enumerate(codes) if isinstance(code, Code)}
    told = {at for at in levels if _code(codes, at).level or _code(codes, at).epc in facts.known}
    indexes = {at: state.plan.index(levels[at]) for at in told}
    children = [index for at, index in indexes.items()
                if index >= 0 and is_child(state, _code(codes, at), index, facts)]
    outer = min(children, default=len(state.plan.levels)) + 1
    if outer < len(state.plan.levels):
        level = state.plan.levels[outer].level
        box = next(iter(state.at(level)), None)
        named = any(levels[at] == level for at in told) or bool(box and box.label)
        for at in levels.keys() - told:
            if not named or (box and box.label == _code(codes, at).epc):
                levels[at] = level
    return levels


def _crowd(state: Packing, seen: _Sorted, level: str, count: int, unread: int) -> Verdict | None:
    """A picture of the next container while this one is not finished, or of more than the order still wants."""
    box = next(iter(state.at(level)), None)
    have, target = (box.have, box.target) if box else (0, state.plan.levels[state.plan.index(level)].count)
    names = {code.epc for _, code, of in seen.labels if of == level}
    other_label = len(names) > 1 or bool(box and box.label and names)
    new = len(seen.children)
    # Nothing of what is in the container can be seen. It may be another one, unless the picture shows just the rest.
    strange = bool(box and 0 < have < target and not {mark.epc for mark in seen.done()} & {*box.children, box.label})
    another = strange and bool(unread and (new or names) or names and 0 < new < target - have)
    data: Data = {"level": level, "have": have, "target": target, "missing": max(target - have, 0), "count": count}
    if box and box.label:
        data["label"] = box.label
    if new and (state.order.state != "open" or state.stage in ENDED):
        reason = Reason.ORDER_CLOSED
        data["order"] = state.order.id
    elif another:
        reason, data["unread"] = Reason.CONTAINER_SHORT, unread
    elif new and have + new > target or other_label and (new or len(names) > 1):
        reason = Reason.CONTAINER_FULL
        if other_label and have in (0, target):
            reason = Reason.LABEL_USED
        elif 0 < have < target:
            reason = Reason.CONTAINER_SHORT
    elif new and seen.inner == 0 and state.packed_units + new > state.order.planned:
        reason = Reason.ORDER_FULL
        data = {**data, "planned": state.order.planned, "left": max(state.order.planned - state.packed_units, 0)}
    else:
        return None
    for at, code in (*seen.children, *((at, code) for at, code, _ in seen.labels)):
        seen.mark(at, Verdict(Outcome.REJECTED, reason, {"code": code.epc}), code.epc)
    return Verdict(Outcome.REJECTED, reason, data, seen.done())


def _verdict(draft: Draft, seen: _Sorted, level: str, count: int, unread: int, labelled: Verdict | None) -> Verdict:
    """One verdict for a picture with nothing wrong in it: what its container has come to, or what was seen before."""
    marks, data = seen.done(), _counts(draft.state, level, count, unread)
    have, target = int(data["have"]), int(data["target"])
    if draft.closed:
        outermost = draft.closed[-1]
        return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, {
            **data, "level": outermost.level, "code": outermost.label, "have": outermost.have,
            "target": outermost.target, "missing": 0}, marks)
    if not marks:
        return Verdict(Outcome.REJECTED, Reason.UNREADABLE, data, marks)
    repeated = seen.repeated()
    if repeated and not draft.changes:
        again = all(mark.reason is Reason.DUPLICATE_IN_CONTAINER and "order" not in mark.data for mark in marks)
        if not (again and have and seen.inner == 0):     # the same case shown again: say once more what it waits for
            return Verdict(Outcome.DUPLICATE, repeated.reason, {**data, **repeated.data}, marks)
    doubtful = seen.repeated(Reason.DUPLICATE_IN_FRAME, Reason.PACKED_BEFORE)
    if doubtful:
        return Verdict(Outcome.WARNING, doubtful.reason, {**data, **doubtful.data}, marks)
    if labelled and not seen.children:
        return Verdict(labelled.outcome, labelled.reason, labelled.data, marks)
    if have < target:
        # Closed containers come in ones and layers, an object that several readers looked at comes alone.
        if seen.children and not unread and (seen.inner > 0 or draft.alone):
            return Verdict(Outcome.ACCEPTED, Reason.TAKEN, data, marks)
        return Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, data, marks)
    box = next(each for each in draft.state.at(level))
    return replace(draft.wanting(box, data), marks=marks)


def _counts(state: Packing, level: str, count: int, unread: int) -> Data:
    box = next(iter(state.at(level)), None)
    have, target = (box.have, box.target) if box else (0, 0)
    return {"level": level, "have": have, "target": target, "missing": max(target - have, 0), "unread": unread,
            "count": count}


def _code(codes: Sequence[Code | Refusal], at: int) -> Code:
    code = codes[at]
    assert isinstance(code, Code)
    return code
