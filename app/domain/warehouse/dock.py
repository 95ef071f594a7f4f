"""Receive and ship against a document: one scan of an outermost object moves all that it holds.

Pure: (state, code, facts) → Decision. Goods that are wrong, surplus, held, elsewhere or inside something are refused.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import quote

from app.domain.codes.identity import Code
from app.domain.decision import Change, Decision, DocumentScanned, DocumentState, Placed, Verdict
from app.domain.events import Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Content, Facts, Known
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.documents import Document, Line

DOCUMENT_URI = "urn:onecode:document:"


@dataclass(frozen=True, slots=True)
class Dock:
    """One document being worked on. `done` counts units by line."""

    document: Document
    partner: Partner
    done: dict[int, int] = field(default_factory=dict)
    state: str = "open"

    @property
    def complete(self) -> bool:
        return all(self.done.get(line.line, 0) >= line.quantity for line in self.document.lines)


def apply(state: Dock, change: Change, before: dict[tuple[str, int], int] | None = None) -> Dock:
    """The state after one change. `before` tells what an object had on a line, for taking it off again."""
    match change:
        case DocumentScanned(document, line, epc, quantity) if document == state.document.id:
            had = (before or {}).get((epc, line), 0)
            done = {**state.done, line: state.done.get(line, 0) + quantity - had}
            return replace(state, done={line: units for line, units in done.items() if units})
        case DocumentState(document, now) if document == state.document.id:
            return replace(state, state=now)
    return state


def scan(state: Dock, code: Code, facts: Facts, location: str) -> Decision:
    """An object that comes in or goes out, with all that it holds."""
    refused = _refused(state, code, facts, location)
    if refused:
        return Decision(refused)
    known, contents = facts.known[code.epc], facts.contents.get(code.epc, ())
    units = sum(content.units for content in contents)
    placed = _allot(state, contents)
    if isinstance(placed, Verdict):
        return Decision(replace(placed, data={**placed.data, "code": code.epc}))
    after = dict(state.done)
    for line, quantity in placed.items():
        after[line] = after.get(line, 0) + quantity
    changes: list[Change] = [DocumentScanned(state.document.id, line, code.epc, quantity)
                             for line, quantity in placed.items()]
    act, moved = _moved(state, code.epc, location)
    data: dict[str, str | int] = {"code": code.epc, "level": known.level, "units": units,
                                  "product": contents[0].product, "partner": state.partner.id}
    finished = [line for line in state.document.lines
                if line.line in placed and after.get(line.line, 0) >= line.quantity]
    if all(after.get(line.line, 0) >= line.quantity for line in state.document.lines):
        verdict = Verdict(Outcome.COMPLETE, Reason.DOCUMENT_DONE, {**data, "document": state.document.id})
    elif finished:
        verdict = Verdict(Outcome.COMPLETE, Reason.LINE_DONE, {**data, "line": finished[0].line})
    else:
        word = Reason.RECEIVED if state.document.kind == "receive" else Reason.SHIPPED
        verdict = Verdict(Outcome.ACCEPTED, word, data)
    return Decision(verdict, (act,), (*changes, moved))


def close(state: Dock, reason: str) -> Decision:
    """The clerk says that the document is done; with something missing a reason is needed."""
    data: dict[str, str | int] = {"document": state.document.id, "done": sum(state.done.values()),
                                  "wanted": sum(line.quantity for line in state.document.lines)}
    if state.state != "open":
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_CLOSED, data))
    if not state.complete and not reason:
        return Decision(Verdict(Outcome.REJECTED, Reason.REASON_NEEDED, data))
    now = "closed" if state.complete else "closed_short"
    return Decision(Verdict(Outcome.COMPLETE, Reason.DOCUMENT_CLOSED, data), (),
                    (DocumentState(state.document.id, now, "" if state.complete else reason),))


def undo(state: Dock, known: Known | None, lines: dict[int, int], location: str) -> Decision:
    """Takes the last shipped object off the document again, as a recorded void of its shipment.

    Receipts are not undone here: goods that are in the house leave it by a document of their own.
    """
    if known is None or not lines or state.document.kind != "ship" or state.state != "open":
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    if known.parent or (known.status, known.partner) != ("in_transit", state.partner.id):      # moved on since
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    act = replace(_moved(state, known.epc, location)[0], biz_step="void_shipping", disposition="in_progress",
                  in_place=True)
    off = tuple(DocumentScanned(state.document.id, line, known.epc, 0) for line in lines)
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"code": known.epc, "count": 1}), (act,),
                    (*off, Placed((known.epc,), "in_progress", location)))


def _refused(state: Dock, code: Code, facts: Facts, location: str) -> Verdict | None:
    """Why this object may not go onto this document, whatever it holds."""
    known = facts.known.get(code.epc)
    data: dict[str, str | int] = {"code": code.epc, "document": state.document.id}
    if state.state != "open":
        return Verdict(Outcome.REJECTED, Reason.DOCUMENT_CLOSED, data)
    if code.epc in facts.on_document:
        return Verdict(Outcome.DUPLICATE, Reason.ALREADY_ON_DOCUMENT, {**data, "scanned": facts.on_document[code.epc]})
    if known is None:
        return Verdict(Outcome.REJECTED, Reason.UNKNOWN_OBJECT, data)
    if known.parent:
        return Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, {**data, "parent": known.parent, "root": known.root})
    standing = facts.standing.get(code.epc)
    again = code.epc in facts.filling or standing and standing.label and known.children     # it is being filled up
    if again or standing and (not standing.label or state.document.kind == "receive"):
        # In a container that is still open: it goes with that one. What names one here is not on its way.
        return Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, data)
    if known.status in END_OF_LIFE:
        return Verdict(Outcome.REJECTED, Reason.END_OF_LIFE, {**data, "status": known.status})
    away = known.status in ON_THE_WAY
    if state.document.kind == "ship" and (away or known.location != location):
        word = Reason.NOT_HERE if known.status == "announced" or not away else Reason.ALREADY_SHIPPED
        return Verdict(Outcome.REJECTED, word, {**data, "place": known.location, "partner": known.partner})
    strange = state.document.announced and code.epc not in facts.expected
    if state.document.kind == "receive" and (not away or strange):
        return Verdict(Outcome.REJECTED, Reason.NOT_ON_DOCUMENT, {**data, "product": known.product})
    contents = facts.contents.get(code.epc, ())
    if not sum(content.units for content in contents):
        return Verdict(Outcome.REJECTED, Reason.EMPTY_CONTAINER, data)
    for content in contents:
        hold = facts.on_hold(code.epc, content.product, content.lot)
        if hold:
            return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    return None


def _allot(state: Dock, contents: tuple[Content, ...]) -> dict[int, int] | Verdict:
    """Units by line; lines that name the batch first. A verdict where something does not fit whole."""
    given: dict[int, int] = {}
    for content in contents:
        lines = [line for line in state.document.lines if line.product == content.product]
        data: dict[str, str | int] = {"product": content.product, "lot": content.lot, "units": content.units,
                                      "document": state.document.id}
        if not lines:
            return Verdict(Outcome.REJECTED, Reason.NOT_ON_DOCUMENT, data)
        fitting = sorted((line for line in lines if line.lot in ("", content.lot)), key=lambda line: not line.lot)
        if not fitting:
            expected = ", ".join(line.lot for line in lines)
            return Verdict(Outcome.REJECTED, Reason.WRONG_BATCH, {**data, "expected": expected})
        left = content.units
        for line in fitting:
            take = min(left, _open(state, line, given))
            if take:
                given[line.line] = given.get(line.line, 0) + take
                left -= take
        if left:
            return Verdict(Outcome.REJECTED, Reason.SURPLUS, {**data, "left": content.units - left})
    return given


def _open(state: Dock, line: Line, given: dict[int, int]) -> int:
    return max(line.quantity - state.done.get(line.line, 0) - given.get(line.line, 0), 0)


def _moved(state: Dock, epc: str, location: str) -> tuple[Act, Placed]:
    """The event of the move and where the object is afterwards."""
    partner, here = f"https://id.gs1.org/414/{state.partner.gln}", location
    owner = f"https://id.gs1.org/417/{state.partner.gln}"
    references = state.document.references or (("desadv", DOCUMENT_URI + quote(state.document.id, safe="")),)
    extra = (("document", state.document.id),)
    if state.document.kind == "receive":
        act = Act(Type.OBJECT, Action.OBSERVE, "receiving", (epc,), "in_progress", transactions=references,
                  sources=(("owning_party", owner), ("location", partner)), destinations=(("location", here),),
                  persistent=("completeness_inferred",), extra=extra)
        return act, Placed((epc,), "in_progress", here)
    act = Act(Type.OBJECT, Action.OBSERVE, "shipping", (epc,), "in_transit", transactions=references,
              sources=(("location", here),), destinations=(("owning_party", owner), ("location", partner)),
              in_place=False, extra=extra)
    return act, Placed((epc,), "in_transit", "", state.partner.id)
