"""The documents on the dock: units to lines, one truck's documents together, made, changed, opened and cancelled here.

Pure. One pallet may serve several documents of the same partner: then one event names them all.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.decision import Armed, Change, Data, Decision, DocumentState, TaskChosen, Verdict
from app.domain.facts import Content
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.changes import DocumentMade, DocumentsJoined
from app.domain.warehouse.documents import Document, Line
from app.domain.warehouse.kinds import BY_NAME, TASK_OF, PartnerRole

if TYPE_CHECKING:
    from app.domain.warehouse.dock import Dock, Paper

Places = dict[tuple[str, int], int]       # (document, line) → units


def allot(state: Dock, contents: tuple[Content, ...],
          announced_by: str = "") -> tuple[Places, tuple[Change, ...]] | Verdict:
    """Units by document and line: the document that announces the goods before the others of the same partner in their
    order, lines that name the batch before those that take any. A free document gets a line for each product. A verdict
    where something does not fit."""
    mine = [paper for paper in state.papers if paper.state == "open" and paper.partner == state.partner]
    mine.sort(key=lambda each: each.document.id != announced_by)
    given: Places = {}
    made: list[Change] = []
    for content in contents:
        left = content.units
        for paper, line in _fitting(mine, content, announced_by):
            room = left if paper.document.free else paper.left(line, state.station) - given.get(_key(paper, line), 0)
            take = min(left, max(room, 0))
            if take:
                given[_key(paper, line)] = given.get(_key(paper, line), 0) + take
                left -= take
        free = next((each for each in mine if each.document.free), None)
        if left and free:
            paper, line = _grown(free, content)
            mine = [paper if each is free else each for each in mine]
            made.append(DocumentMade(paper.document))
            given[_key(paper, line)] = left
            left = 0
        if left:
            return _no_room(state, mine, content, left)
    return given, tuple(made)


def after(state: Dock, placed: Mapping[tuple[str, int], int]) -> Dock:
    """The dock once these units are on their lines."""
    papers = []
    for paper in state.papers:
        done = dict(paper.done)
        for (id, line), units in placed.items():
            if id == paper.document.id:
                done[line] = done.get(line, 0) + units
        papers.append(replace(paper, done=done))
    return replace(state, papers=tuple(papers))


def _fitting(papers: list[Paper], content: Content, announced_by: str) -> list[tuple[Paper, Line]]:
    found = [(paper, line) for paper in papers for line in paper.by_product.get(content.product, ())
             if line.lot in ("", content.lot)]
    return sorted(found, key=lambda each: (each[0].document.id != announced_by, not each[1].lot))


def _grown(paper: Paper, content: Content) -> tuple[Paper, Line]:
    """A free document with one more line."""
    number = max((line.line for line in paper.document.lines), default=0) + 1
    line = Line(number, content.product, 0)
    return paper.of(replace(paper.document, lines=(*paper.document.lines, line))), line


def _no_room(state: Dock, papers: list[Paper], content: Content, left: int) -> Verdict:
    data: Data = {"product": content.product, "lot": content.lot, "units": content.units,
                  "document": state.document.id}
    lines = [line for paper in papers for line in paper.by_product.get(content.product, ())]
    if not lines:
        return Verdict(Outcome.REJECTED, Reason.NOT_ON_DOCUMENT, data)
    if not any(line.lot in ("", content.lot) for line in lines):
        return Verdict(Outcome.REJECTED, Reason.WRONG_BATCH, {**data, "expected": ", ".join(e.lot for e in lines)})
    elsewhere = sum(line.quantity - paper.share(line, state.station) for paper in papers
                    for line in paper.by_product.get(content.product, ()))
    if elsewhere > 0:
        return Verdict(Outcome.REJECTED, Reason.QUOTA_DONE, {**data, "left": content.units - left, "others": elsewhere})
    return Verdict(Outcome.REJECTED, Reason.SURPLUS, {**data, "left": content.units - left})


def _key(paper: Paper, line: Line) -> tuple[str, int]:
    return paper.document.id, line.line


# --- the life of a document ---------------------------------------------------------------------------------------
def made(argument: str, id: str, partner: Partner | None) -> Decision:
    """A document made here: `argument` is kind:partner:reason, partner and reason where the kind wants them. Without a
    partner the next scan is to name one."""
    name, _, rest = argument.partition(":")
    wanted, _, reason = rest.partition(":")
    kind = BY_NAME.get(name)
    if kind is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_KIND, {"kind": name}))
    data: Data = {"kind": name, "partner": wanted, "document": id}
    if kind.roles and not wanted:
        return Decision(Verdict(Outcome.COMMAND, Reason.PARTNER_NEEDED, data), (),
                        (Armed("new-document", argument=name),))
    if kind.roles and partner is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.PARTNER_NEEDED, data))
    if partner and not may_be_on(partner, name):
        return Decision(Verdict(Outcome.REJECTED, Reason.WRONG_PARTNER, {**data, "role": partner.role}))
    if kind.reasons and reason not in kind.reasons:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, {"name": "NEW-DOCUMENT", **data}))
    document = Document(id, name, partner.id if partner and kind.roles else "", reason=reason)
    return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_OPENED, data), (),
                    (DocumentMade(document), TaskChosen(TASK_OF[kind.direction], id)))


def may_be_on(partner: Partner, kind: str) -> bool:
    """Whether a partner may be named on documents of this kind: by its role, and by what it is allowed itself."""
    roles = BY_NAME[kind].roles
    fits = partner.role in tuple(PartnerRole) and PartnerRole(partner.role) in roles
    return fits and (not partner.kinds or kind in partner.kinds)


def over(paper: Paper) -> Reason:
    """Why nothing goes onto a document that is not open."""
    if paper.withdrawn:
        return Reason.CANCELLED_WITH_GOODS
    return Reason.DOCUMENT_PAUSED if paper.state == "paused" else Reason.DOCUMENT_CLOSED


def opened(document: Document, stage: str, allowed: bool, units: int = 0) -> Decision:
    """Chosen to be worked on. A paused one goes on; a draft is released by one who may; one that was cancelled with
    `units` on it is opened so that they come off."""
    data: Data = {"name": "DOCUMENT", "argument": document.id, "document": document.id}
    chosen = TaskChosen(TASK_OF[document.does.direction], document.id)
    match stage:
        case "draft" if not allowed:
            return Decision(Verdict(Outcome.REJECTED, Reason.DOCUMENT_DRAFT, data))
        case "draft" | "paused":
            return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_OPENED, data), (),
                            (DocumentState(document.id, "open"), chosen))
        case "open":
            return Decision(Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, data), (), (chosen,))
        case "cancelled" if units:
            return Decision(Verdict(Outcome.WARNING, Reason.CANCELLED_WITH_GOODS, {**data, "units": units}), (),
                            (chosen,))
    return Decision(Verdict(Outcome.REJECTED, Reason.DOCUMENT_CLOSED, data))


def joined(state: Dock, document: Document, stage: str) -> Decision:
    """One more document for this truck."""
    data: Data = {"document": document.id, "count": len(state.papers) + 1}
    if document.id in state.ids:
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_JOINED, {**data, "count": len(state.papers)}))
    if document.does.direction is not state.document.does.direction or document.kind != state.document.kind:
        return Decision(Verdict(Outcome.REJECTED, Reason.OTHER_KIND, {**data, "kind": document.kind}))
    if stage not in ("open", "paused"):
        return Decision(Verdict(Outcome.REJECTED, Reason.DOCUMENT_CLOSED, data))
    again = (DocumentState(document.id, "open"),) if stage == "paused" else ()
    return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_JOINED, data), (),
                    (*again, DocumentsJoined((*state.ids, document.id))))


def paused(state: Dock) -> Decision:
    data: Data = {"document": state.document.id}
    if state.state != "open":
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_CLOSED, data))
    return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_PAUSED, data), (),
                    (DocumentState(state.document.id, "paused"),))


def cancelled(state: Dock, reason: str) -> Decision:
    """Only a document that nothing was scanned on; else that is taken back first."""
    data: Data = {"document": state.document.id, "name": "CANCEL-DOCUMENT", "units": sum(state.done.values())}
    if state.state not in ("open", "paused"):
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_CLOSED, data))
    if any(state.done.values()):
        return Decision(Verdict(Outcome.REJECTED, Reason.DOCUMENT_BEGUN, data))
    if not reason:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, data))
    return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_CANCELLED, data), (),
                    (DocumentState(state.document.id, "cancelled", reason),))
