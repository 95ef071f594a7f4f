"""Mistakes taken back as recorded corrections, never as edits: undo, remove from a document, another receiver, an event
corrected after closing.

Pure. A shipment is taken back by the event that CBV has for it (void_shipping); everything else by declaring the events
of that scan to be in error. What later events build on stays as it is, and they are named.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.commands import CORRECT_REASONS
from app.domain.decision import (
    Armed,
    Change,
    Data,
    Decision,
    DocumentScanned,
    Packed,
    Placed,
    TaskChosen,
    Verdict,
)
from app.domain.events import DID_NOT_OCCUR, INCORRECT_DATA, Act
from app.domain.facts import Facts
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import age, movement, papers, voiding
from app.domain.warehouse.changes import ACT, Bound, Corrected, DocumentMade, DocumentsJoined, Revived
from app.domain.warehouse.dock import Dock, Paper
from app.domain.warehouse.goods import Deed
from app.domain.warehouse.kinds import BY_NAME, TASK_OF

MOST = 1000              # objects whose events are corrected in one entry of the journal


def undo(state: Dock, epc: str, facts: Facts, at: Setting, voided: str = "") -> Decision:
    """UNDO of what was scanned last on a document that is open: a shipment is voided, anything else declared wrong.

    `voided`: what a VOID or TAKE-OFF took back after that scan. It stands, and the scan before it is not meant.
    """
    if voided:
        return Decision(Verdict(Outcome.WARNING, Reason.VOID_STANDS, {"code": voided, "document": state.document.id}))
    deed, shipment = facts.goods.deeds.get(epc), facts.goods.shipments.get(epc)
    works = state.state == "open" or state.first.withdrawn
    if works and (closed := _closed(state, epc, facts)):
        return _no(Reason.DOCUMENT_CLOSED, {"code": epc, "document": closed})
    if works and state.document.does.away and shipment:
        found = voiding.scan(state, Code(b"", "", epc, ""), facts, at, Hand(), "", Reason.UNDONE)
        if found.acts:
            return replace(found, verdict=replace(found.verdict, data={**found.verdict.data, "count": 1}))
    elif works and not state.document.does.away and deed and not deed.later:
        return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {**_about(deed), "count": 1}), (), taken_back(deed))
    return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))


def take_off(state: Dock, code: Code, facts: Facts, at: Setting, hand: Hand, reason: str) -> Decision:
    """TAKE-OFF and a scan: one object off the open document; of what left in another object, that part."""
    data: Data = {"code": code.epc, "document": state.document.id, "why": reason}
    if state.state != "open" and not state.first.withdrawn:
        return _no(Reason.DOCUMENT_CLOSED, data)
    if closed := _closed(state, code.epc, facts):
        return _no(Reason.DOCUMENT_CLOSED, {**data, "document": closed})
    if state.document.does.away:
        return voiding.scan(state, code, facts, at, hand, reason, Reason.TAKEN_OFF)
    deed = facts.goods.deeds.get(code.epc)
    if deed is None:
        return _no(Reason.NOT_ON_DOCUMENT, data)
    if deed.epc != code.epc:             # it came in inside another object: that one is taken off
        return _no(Reason.INSIDE_PARENT, {**data, "parent": deed.epc, "root": deed.epc})
    if deed.later:
        return _built_on(deed)
    return Decision(Verdict(Outcome.ACCEPTED, Reason.TAKEN_OFF, {**data, **_about(deed)}), (),
                    (*taken_back(deed), Armed()))


def _closed(state: Dock, epc: str, facts: Facts) -> str:
    """A document of the same truck that this is on and that is done with: that takes VOID or CORRECT and its right."""
    deed, shipment = facts.goods.deeds.get(epc), facts.goods.shipments.get(epc)
    told = shipment.documents if state.document.does.away and shipment else deed.documents if deed else ()
    return next((id for id in told if (paper := state.paper(id))
                 and paper.state not in ("open", "paused") and not paper.withdrawn), "")


def named_receiver(argument: str, documents: Sequence[str]) -> tuple[str, str]:
    """(partner, document) of RECEIVER's argument, the document where it names one of these. Both may have colons."""
    document = next((each for each in documents if argument.endswith(f":{each}")), "")
    return (argument.removesuffix(f":{document}"), document) if document else (argument, "")


def of_receiver(state: Dock, argument: str) -> Paper | None:
    """The document whose receiver is to be another one: the one named, or the only one that is not done with."""
    _, document = named_receiver(argument, state.ids)
    going = [paper for paper in state.papers if paper.state in ("open", "paused")]
    if document:
        return state.paper(document)
    return going[0] if len(going) == 1 else state.first if not going else None


def receiver(state: Dock, asked: Asked, facts: Facts, at: Setting) -> Decision:
    """RECEIVER:partner, of several documents RECEIVER:partner:document, before it is closed: what was shipped already
    is told anew, in the place of what was told wrong."""
    paper, partner = of_receiver(state, asked.argument), asked.partner
    named, _ = named_receiver(asked.argument, state.ids)
    data: Data = {"name": asked.name, "partner": named, "kind": state.document.kind}
    deeds = tuple(facts.goods.deeds.values())
    if not state.document.does.away:
        return _no(Reason.OTHER_KIND, {**data, "document": state.document.id})
    if paper is None:
        going = ", ".join(each.document.id for each in state.papers if each.state in ("open", "paused"))
        return Decision(Verdict(Outcome.COMMAND, Reason.WHICH_DOCUMENT, {**data, "documents": going}))
    data["document"] = paper.document.id
    if paper.state not in ("open", "paused"):
        return _no(Reason.DOCUMENT_CLOSED, data)
    if not named:
        _, of = named_receiver(asked.argument, state.ids)
        return Decision(Verdict(Outcome.COMMAND, Reason.PARTNER_NEEDED, data), (),
                        (Armed("receiver", argument=of),))
    if partner is None:
        return _no(Reason.PARTNER_NEEDED, data)
    if not papers.may_be_on(partner, paper.document.kind):
        return _no(Reason.WRONG_PARTNER, {**data, "role": partner.role})
    if any(len(each.documents) > 1 for each in deeds):
        return _no(Reason.SEVERAL_DOCUMENTS, data)
    if len(deeds) > MOST:
        return _no(Reason.TOO_MANY, {**data, "count": len(deeds), "most": MOST})
    built_on = next((each for each in deeds if each.later), None)
    if built_on:
        return _built_on(built_on)
    told = Verdict(Outcome.COMMAND, Reason.RECEIVER_CHANGED, {**data, "count": len(deeds)})
    if partner.id == paper.document.partner:
        return Decision(told, (), (Armed(),))
    # Route and territory were the other one's.
    document = replace(paper.document, partner=partner.id, route="", territory="")
    acts: list[Act] = []
    changes: list[Change] = [DocumentMade(document)]
    for deed in deeds:
        if hold := facts.hold_in(deed.epc):          # it was put on hold since: it is taken off first
            return _no(Reason.ON_HOLD, {**data, "code": deed.epc, "hold": hold})
        aged = age.judge(document.does, partner, facts.contents.get(deed.epc, ()), facts.goods, at.policy,
                         frozenset({age.LIFE, age.OLDER}))
        if aged.verdict:                 # too short a life for this one
            return Decision(replace(aged.verdict, data={**data, "code": deed.epc, **aged.verdict.data}))
        anew = movement.moved((document,), partner, deed.epc, at.location, extra=aged.extra)
        _shipped_anew(deed, anew, acts, changes)
    again: Change = DocumentsJoined(state.ids) if len(state.papers) > 1 else \
        TaskChosen(TASK_OF[document.does.direction], document.id)
    return Decision(told, tuple(acts), (*changes, again, Armed()))


def correct(asked: Asked, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """CORRECT:eventID:reason by one who may, with a second person: the scan that the event is of is taken back."""
    event, reason = voiding.split(asked.argument, CORRECT_REASONS)
    data: Data = {"name": asked.name, "event": event}
    deed = facts.goods.deeds.get(event)
    if deed is None:
        return _no(Reason.NOT_CORRECTABLE if asked.last_epc else Reason.UNKNOWN_EVENT, data)
    data |= _about(deed)
    if deed.declared:
        return _no(Reason.CORRECTED_BEFORE, data)
    if deed.later:
        return _built_on(deed)
    if not reason:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, data))
    data["why"] = reason
    if hand.approver is None:
        return Decision(Verdict(Outcome.WARNING, Reason.SECOND_PERSON, data), (), (hand.message,))
    told = Verdict(Outcome.COMMAND, Reason.CORRECTED, data)
    state = voiding.true_state(deed.shares, facts.goods.progress, reason)
    kind = BY_NAME[deed.kind]
    if not kind.away or deed.act is None:
        return Decision(told, (), (*taken_back(deed), *state))
    act = movement.void_of(deed.act, kind, (deed.epc,), reason)
    return Decision(told, (act,), (*voiding.off(deed.epc, deed.shares),
                                   *movement.here_again(kind, (deed.epc,), at.location), *state))


def taken_back(deed: Deed) -> tuple[Change, ...]:
    """All events of a scan declared not to have occurred, and the object where it was before."""
    stood = deed.stood
    changes: list[Change] = [Corrected(each, DID_NOT_OCCUR) for each in reversed(deed.events)]
    changes += voiding.off(deed.epc, deed.shares)
    if deed.ended:
        changes.append(Revived(deed.ended))
    changes += [Packed(box, children) for box, children in reversed(deed.apart)]
    # One that nobody had told of is no stock and not here: as if announced, until it is seen again.
    changes.append(Placed((deed.epc,), stood.status or "announced", stood.location, stood.partner))
    if stood.parent:
        changes.append(Packed(stood.parent, (deed.epc,)))
        changes.append(Placed((stood.parent,), stood.status, stood.location, stood.partner))
    if stood.bound:
        changes.append(stood.bound)
    elif not deed.ended:
        changes.append(Bound((deed.epc,), ""))
    return tuple(changes)


def _shipped_anew(deed: Deed, anew: tuple[tuple[Act, ...], tuple[Change, ...]], acts: list[Act],
                  changes: list[Change]) -> None:
    """One object to the right receiver: its event stands in the place of the one that named another."""
    moved, then = anew
    wrong = next((each for each in reversed(deed.events) if each == deed.event_id), deed.events[-1])
    changes.append(Corrected(wrong, INCORRECT_DATA, tuple(f"{ACT}{len(acts) + at}" for at in range(len(moved)))))
    changes += voiding.off(deed.epc, deed.shares)
    changes += [DocumentScanned(share.document, share.line, deed.epc, share.units) for share in deed.shares]
    changes += then
    acts += moved


def _built_on(deed: Deed) -> Decision:
    first = deed.later[0]
    return _no(Reason.LATER_EVENTS, {**_about(deed), "step": first.step, "later": first.event_id, "at": first.at,
                                     "count": len(deed.later)})


def _about(deed: Deed) -> Data:
    return {"code": deed.epc, "document": deed.documents[0] if deed.documents else "", "kind": deed.kind,
            "units": sum(share.units for share in deed.shares), "event": deed.event_id}


def _no(reason: Reason, data: Data) -> Decision:
    return Decision(Verdict(Outcome.REJECTED, reason, data))


