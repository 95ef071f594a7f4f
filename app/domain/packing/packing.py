"""The verdict on every code of a packing line: child, label, whole frame, command.

Pure: (state, code, facts) → Decision. A frame is judged as one: when it would overfill a case, nothing of it is taken.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import (
    Change, Collected, Decision, Dropped, Labelled, Mark, Opened, Shortened, Verdict,
)
from app.domain.events import Act
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Facts
from app.domain.packing import closing
from app.domain.packing.containers import Container, Packing, apply
from app.domain.reasons import Outcome, Reason

TAKEN = Verdict(Outcome.ACCEPTED, Reason.TAKEN)


class Draft:
    """A decision in the making: the state moves on with each change, so later codes see the earlier ones."""

    def __init__(self, state: Packing, facts: Facts, location: str, max_children: int) -> None:
        self.state, self.facts, self.location, self.max_children = state, facts, location, max_children
        self.acts: list[Act] = []
        self.changes: list[Change] = []
        self.closed: list[Container] = []            # innermost first

    def do(self, *changes: Change) -> None:
        for change in changes:
            self.state = apply(self.state, change)
            self.changes.append(change)

    def decision(self, verdict: Verdict) -> Decision:
        return Decision(verdict, tuple(self.acts), tuple(self.changes))

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
        if not (box.full and box.label and box.children):
            return
        acts, changes = closing.close(self.state, box, self.facts, self.location, self.max_children)
        self.acts += acts
        self.do(*changes)
        self.closed.append(box)
        outer = self.state.plan.index(box.level) + 1
        if outer < len(self.state.plan.levels):
            parent = self.open(self.state.plan.levels[outer].level)
            self.do(Collected(parent.number, (box.label,)))
            self.settle(parent.number)


def scan(state: Packing, code: Code, facts: Facts, location: str, max_children: int = 1000) -> Decision:
    """One code from a scanner: a child of the innermost level, a label, or a closed container put into its parent."""
    draft = Draft(state, facts, location, max_children)
    level = level_of(state, code)
    index = state.plan.index(level)
    wrong = misfit(state, code, level, facts)
    if wrong:
        return draft.decision(wrong)
    if index > 0 and not _is_child(state, code, index, facts):
        return draft.decision(_label(draft, code, level))
    refused = _child(draft, code, index)
    if refused:
        return draft.decision(refused)
    return draft.decision(_progress(draft, code.epc, state.plan.levels[index + 1].level))


def frame(state: Packing, codes: Sequence[Code | Refusal], facts: Facts, location: str, unread: int = 0,
          max_children: int = 1000) -> Decision:
    """All codes of one picture: children and perhaps the parent's label."""
    draft = Draft(state, facts, location, max_children)
    marks: list[Mark | None] = [None] * len(codes)
    levels = [level_of(state, code) if isinstance(code, Code) else "" for code in codes]
    indexes = [state.plan.index(level) for level in levels]
    inner = min((index for index in indexes if index >= 0), default=0)
    box_level = state.plan.levels[min(inner + 1, len(state.plan.levels) - 1)].level
    crowd = _overfull(state, codes, indexes, inner, box_level)
    if crowd:
        return draft.decision(crowd)
    seen: set[str] = set()
    # Children before labels: a label closes the case that the children have filled.
    for at in sorted(range(len(codes)), key=lambda at: indexes[at]):
        code = codes[at]
        if isinstance(code, Refusal):
            marks[at] = Mark(at, Outcome.REJECTED, code.reason, "", code.data)
            continue
        verdict = _in_frame(draft, code, levels[at], indexes[at], inner, seen)
        seen.add(code.epc)
        marks[at] = Mark(at, verdict.outcome, verdict.reason, code.epc, verdict.data)
    done = tuple(mark for mark in marks if mark)
    merged = _merge(draft)
    return merged.decision(_frame_verdict(merged, done, box_level, unread))


def close_short(state: Packing, level: str, reason: str, facts: Facts, location: str,
                max_children: int = 1000) -> Decision:
    """The clerk closes the open container of a level with what is in it."""
    draft = Draft(state, facts, location, max_children)
    box = next((each for each in state.at(level) if each.children and not each.full), None)
    if box is None:
        return draft.decision(Verdict(Outcome.REJECTED, Reason.CONTAINER_EMPTY, {"level": level}))
    draft.do(Shortened(box.number, len(box.children), reason or "OTHER"))
    draft.settle(box.number)
    data: dict[str, str | int] = {"level": level, "have": len(box.children), "target": box.target}
    word = Reason.CONTAINER_COMPLETE if draft.closed else Reason.SCAN_LABEL
    return draft.decision(Verdict(Outcome.COMPLETE, word, data))


def undo(state: Packing) -> Decision:
    """Takes back the last scan into an open container, or its label. Closed containers are unpacked instead."""
    filled = [each for each in state.containers if each.scans and state.plan.index(each.level) == 1]
    if filled:
        box, last = filled[-1], filled[-1].scans[-1]
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": len(last), "code": last[-1]}), (),
                        (Dropped(box.number, last),))
    labelled = [each for each in state.containers if each.label]
    if labelled:
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"count": 1, "code": labelled[-1].label}), (),
                        (Labelled(labelled[-1].number, ""),))
    return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))


def level_of(state: Packing, code: Code) -> str:
    """The code's level; an SSCC that does not say takes the container that waits for a label, else the outermost."""
    if code.level:
        return code.level
    waiting = next((each.level for each in state.containers if each.full and not each.label), "")
    return waiting or state.plan.levels[-1].level


def misfit(state: Packing, code: Code, level: str, facts: Facts) -> Verdict | None:
    """Why this code does not belong to this order at all; None where it does."""
    order, known = state.order, facts.known.get(code.epc)
    data: dict[str, str | int] = {"code": code.epc, "level": level}
    product = code.product or (known.product if known else "")
    lot = code.lot or (known.lot if known else "")
    if product and product != order.product:
        return Verdict(Outcome.REJECTED, Reason.WRONG_PRODUCT, {**data, "product": product, "expected": order.product})
    if lot and lot != order.lot:
        return Verdict(Outcome.STOP, Reason.WRONG_BATCH, {**data, "lot": lot, "expected": order.lot})
    if state.plan.index(level) < 0:
        return Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": state.plan.levels[0].level})
    hold = facts.on_hold(code.epc, product, lot)
    if hold:
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    if known and known.status in END_OF_LIFE:
        return Verdict(Outcome.REJECTED, Reason.END_OF_LIFE, {**data, "status": known.status})
    if known and known.status in ON_THE_WAY:
        return Verdict(Outcome.REJECTED, Reason.ALREADY_SHIPPED, data)
    if state.product.issued_only and code.product and not known and code.epc not in facts.issued:
        return Verdict(Outcome.REJECTED, Reason.NOT_ISSUED, data)
    return None


def _is_child(state: Packing, code: Code, index: int, facts: Facts) -> bool:
    """A container's code is a child when that container is closed already (or waits in an open parent)."""
    known = facts.known.get(code.epc)
    has_outer = index + 1 < len(state.plan.levels)
    return has_outer and bool(known and known.children or state.holding(code.epc))


def _child(draft: Draft, code: Code, index: int) -> Verdict | None:
    """Takes a child into the open container of the level above; a verdict when it may not go in."""
    state, known = draft.state, draft.facts.known.get(code.epc)
    level = state.plan.levels[index + 1].level if index + 1 < len(state.plan.levels) else ""
    data: dict[str, str | int] = {"code": code.epc, "level": level}
    inside = state.holding(code.epc)
    if inside:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    if known and known.parent:
        return Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": known.parent, "at": known.packed_at})
    if not level:
        return Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {**data, "expected": state.plan.levels[0].level})
    if state.filling(level) is None and any(each.full for each in state.at(level)):
        # Children are scanned here: a second case must not fill while the first has no name.
        return Verdict(Outcome.REJECTED, Reason.CONTAINER_FULL, data)
    if index == 0 and state.packed_units >= state.order.planned:
        return Verdict(Outcome.REJECTED, Reason.ORDER_FULL, {**data, "planned": state.order.planned})
    draft.do(Collected(draft.open(level).number, (code.epc,)))
    return None


def _label(draft: Draft, code: Code, level: str) -> Verdict:
    """Names the open container of this level, or opens one that is labelled first."""
    state, known = draft.state, draft.facts.known.get(code.epc)
    data: dict[str, str | int] = {"code": code.epc, "level": level}
    if state.labelled(code.epc):
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, data)
    if known and (known.children or known.parent):
        return Verdict(Outcome.DUPLICATE, Reason.PACKED_BEFORE, {**data, "parent": known.parent or code.epc, "at": known.packed_at})
    box = state.unlabelled(level)
    if box is None and state.filling(level) is not None:
        return Verdict(Outcome.REJECTED, Reason.LABEL_USED, {**data, "label": state.filling(level).label})
    box = box or draft.open(level)
    draft.do(Labelled(box.number, code.epc))
    draft.settle(box.number)
    if draft.closed:
        return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, {**data, "have": len(box.children), "target": box.target})
    return Verdict(Outcome.ACCEPTED, Reason.LABELLED, {**data, "have": len(box.children), "target": box.target})


def _progress(draft: Draft, epc: str, level: str) -> Verdict:
    """The verdict after a child went in: taken, full and waiting for its label, or closed."""
    box = draft.state.holding(epc)
    assert box is not None
    data: dict[str, str | int] = {"code": epc, "level": level, "have": len(box.children), "target": box.target}
    draft.settle(box.number)
    if draft.closed:
        return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, data)
    if box.full:
        return Verdict(Outcome.COMPLETE, Reason.SCAN_LABEL, data)
    return replace(TAKEN, data=data)


def _in_frame(draft: Draft, code: Code, level: str, index: int, inner: int, seen: set[str]) -> Verdict:
    if code.epc in seen:
        return Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_FRAME, {"code": code.epc})
    wrong = misfit(draft.state, code, level, draft.facts)
    if wrong:
        return wrong
    if index > inner or index > 0 and not _is_child(draft.state, code, index, draft.facts):
        return _label(draft, code, level)
    return _child(draft, code, index) or replace(TAKEN, data={"code": code.epc})


def _overfull(state: Packing, codes: Sequence[Code | Refusal], indexes: list[int], inner: int,
              box_level: str) -> Verdict | None:
    """A frame of the next case while this one is not finished: nothing may be mixed."""
    box = next(iter(state.at(box_level)), None)
    children = {code.epc for code, index in zip(codes, indexes, strict=True) if isinstance(code, Code) and index == inner}
    labels = {code.epc for code, index in zip(codes, indexes, strict=True) if isinstance(code, Code) and index == inner + 1}
    have = set(box.children) if box else set()
    target = box.target if box else state.plan.levels[min(inner + 1, len(state.plan.levels) - 1)].count
    if not children or len(have | children) <= target and not (box and box.label and labels - {box.label}):
        return None
    data: dict[str, str | int] = {"level": box_level, "have": len(have), "target": target, "missing": max(target - len(have), 0),
                                  "count": len(children)}
    other_label = bool(box and box.label and labels - {box.label})
    reason = Reason.CONTAINER_SHORT if have else Reason.LABEL_USED if other_label else Reason.CONTAINER_FULL
    if box and box.label:
        data["label"] = box.label
    marks = tuple(Mark(at, Outcome.REJECTED, reason, code.epc) if isinstance(code, Code)
                  else Mark(at, Outcome.REJECTED, code.reason) for at, code in enumerate(codes))
    return Verdict(Outcome.REJECTED, reason, data, marks)


def _merge(draft: Draft) -> Draft:
    """One Collected a frame instead of one a code, so that one undo takes the frame back."""
    merged: list[Change] = []
    for change in draft.changes:
        last = merged[-1] if merged else None
        if isinstance(change, Collected) and isinstance(last, Collected) and change.container == last.container:
            merged[-1] = Collected(last.container, last.epcs + change.epcs)
        else:
            merged.append(change)
    draft.changes = merged
    return draft


def _frame_verdict(draft: Draft, marks: tuple[Mark, ...], box_level: str, unread: int) -> Verdict:
    """One verdict for the whole picture: the worst thing first, else what the case has come to."""
    worst = next((mark for outcome in (Outcome.STOP, Outcome.REJECTED) for mark in marks if mark.outcome is outcome), None)
    box = next(iter(draft.state.at(box_level)), None)
    have, target = (len(box.children), box.target) if box else (0, 0)
    data: dict[str, str | int] = {"level": box_level, "have": have, "target": target, "missing": max(target - have, 0),
                                  "unread": unread, "count": len(marks)}
    if draft.closed:
        outermost = draft.closed[-1]
        data = {**data, "level": outermost.level, "code": outermost.label, "have": len(outermost.children),
                "target": outermost.target, "missing": 0}
        if not worst:
            return Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, data, marks)
    if worst:
        return Verdict(worst.outcome, worst.reason, {**data, **worst.data}, marks)
    if not marks:
        return Verdict(Outcome.REJECTED, Reason.UNREADABLE, data, marks)
    repeated = next((mark for mark in marks if mark.outcome is Outcome.DUPLICATE), None)
    if repeated and not draft.changes:
        again = all(mark.reason is Reason.DUPLICATE_IN_CONTAINER for mark in marks)
        if not (again and have):     # the same case shown again: say once more what it waits for
            return Verdict(Outcome.DUPLICATE, repeated.reason, {**data, **repeated.data}, marks)
    if repeated and repeated.reason in (Reason.DUPLICATE_IN_FRAME, Reason.PACKED_BEFORE):
        return Verdict(Outcome.WARNING, repeated.reason, {**data, **repeated.data}, marks)
    if have < target:
        return Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, data, marks)
    return Verdict(Outcome.COMPLETE, Reason.SCAN_LABEL, data, marks)
