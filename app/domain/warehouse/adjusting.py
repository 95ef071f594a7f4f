"""What a count found becomes the record: losses and gains by documents with a reason, misplaced goods where they are.

Pure. Nothing is written off by one person alone, and nothing whose life had ended comes back: the event that ended it
is declared in error instead.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.domain.decision import (
    Awaiting,
    Change,
    Commissioned,
    Data,
    Decision,
    DocumentScanned,
    DocumentState,
    Ended,
    Placed,
    Unpacked,
    Verdict,
)
from app.domain.epcis import split
from app.domain.events import Act, Action, Type
from app.domain.facts import UNSELLABLE
from app.domain.packing import closing
from app.domain.people import Person
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Setting
from app.domain.warehouse import movement, stocktake
from app.domain.warehouse.changes import Adjusted, Bound, DocumentMade, TakenOn
from app.domain.warehouse.differences import EXTRA, WRONG_PLACE, Difference, Finding, Found
from app.domain.warehouse.documents import Document, Line
from app.domain.warehouse.stocktake import Count, figures

LOSS, GAIN = "loss", "gain"


def adjust(state: Count, found: Found, id: str, reason: str, at: Setting, approver: Person | None,
           message: Awaiting) -> Decision:
    """Answers every difference of a count and closes it. `id` begins the numbers of the documents that are made."""
    data: Data = {**figures(state, found), "name": "ADJUST", "why": reason}
    if state.state not in ("open", "paused"):
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_CLOSED, data))
    if not found.objects:
        return Decision(Verdict(Outcome.WARNING, Reason.COUNT_EQUAL, data))
    if not reason:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, data))
    missing = [each for each in found.rows if each.finding == Finding.MISSING]
    extra = [each for each in found.rows if each.finding in EXTRA and each.finding != Finding.ENDED]
    ended = [each for each in found.rows if each.finding == Finding.ENDED]
    misplaced = [each for each in found.rows if each.finding in WRONG_PLACE]
    if missing and approver is None:
        return Decision(Verdict(Outcome.WARNING, Reason.SECOND_PERSON, data), (), (message,))
    acts: list[Act] = []
    changes: list[Change] = [stocktake.ended(state, found)]
    for kind, rows in ((LOSS, missing), (GAIN, extra)):
        if rows:
            paper = _paper(state, f"{id}-{kind.upper()}", kind, rows, reason)
            data[kind] = paper.id
            changes += [DocumentMade(replace(paper, state="open")), *_scanned(paper, rows)]
            for each in rows:
                more = _lost(each, paper, state, at) if kind == LOSS else _gained(each, paper, state, at)
                acts += more[0]
                changes += more[1]
            changes.append(DocumentState(paper.id, "closed"))
            changes.append(Adjusted(state.document.id, tuple(each.epc for each in rows),
                                    "missing" if kind == LOSS else "extra", paper.id))
    for each in misplaced:
        more = _moved(each, state, reason)
        acts += more[0]
        changes += more[1]
    for what, rows in (("misplaced", misplaced), ("ended", ended)):
        if rows:
            changes.append(Adjusted(state.document.id, tuple(each.epc for each in rows), what, state.document.id))
    changes.append(DocumentState(state.document.id, "closed", reason))
    data["ended"] = len(ended)
    every = tuple(part for act in _gathered_acts(acts) for part in split(act, at.max_children))
    return Decision(Verdict(Outcome.COMPLETE, Reason.COUNT_ADJUSTED, data), every, _gathered(changes))


def _paper(state: Count, id: str, kind: str, rows: Sequence[Difference], reason: str) -> Document:
    """The document of a loss or a gain: a line for each product and batch."""
    units: dict[tuple[str, str], int] = {}
    for each in rows:
        for content in each.contents:
            key = content.product, content.lot
            units[key] = units.get(key, 0) + content.units
    lines = tuple(Line(number, product, count, lot)
                  for number, ((product, lot), count) in enumerate(sorted(units.items()), 1))
    return Document(id, kind, lines=lines, reason=reason, scope=state.document.scope)


def _scanned(paper: Document, rows: Iterable[Difference]) -> Iterator[DocumentScanned]:
    lines = {(line.product, line.lot): line.line for line in paper.lines}
    for each in rows:
        units: dict[int, int] = {}
        for content in each.contents:
            line = lines[content.product, content.lot]
            units[line] = units.get(line, 0) + content.units
        yield from (DocumentScanned(paper.id, line, each.epc, count) for line, count in units.items())


def _from_parent(each: Difference, why: movement.Extra) -> tuple[list[Act], list[Change]]:
    """It is not in the container that the record has it in."""
    if each.known is None or not each.known.parent:
        return [], []
    return closing.take_out(each.known, each.parent, extra=why)


def _about(state: Count, reason: str) -> movement.Extra:
    return (*movement.about((state.document,), reason), ("count", state.document.id))


def _lost(each: Difference, paper: Document, state: Count, at: Setting) -> tuple[list[Act], list[Change]]:
    acts, changes = _from_parent(each, _about(state, paper.reason))
    moved, then = movement.moved((paper,), None, each.epc, at.location, inside=each.inside,
                                 max_children=at.max_children, extra=(("count", state.document.id),))
    return [*acts, *moved], [*changes, *then]


def _gained(each: Difference, paper: Document, state: Count, at: Setting) -> tuple[list[Act], list[Change]]:
    acts, changes = _from_parent(each, _about(state, paper.reason))
    extra: movement.Extra = (("count", state.document.id),)
    if each.known is None:
        extra = (*extra, ("provisional", 1))
        changes += [Commissioned((each.epc,), each.level, each.product, each.lot, each.expiry, "", "in_progress",
                                 each.location), TakenOn((each.epc,), paper.id)]
    moved, then = movement.moved((paper,), None, each.epc, each.location, extra=extra, max_children=at.max_children)
    changes += then
    if each.known is not None and (each.known.partner or each.finding == Finding.AWAY):
        changes.append(Bound((each.epc,), ""))           # it was meant for somebody and stands here
    return [*acts, *(replace(act, location=each.location) for act in moved)], changes


def _moved(each: Difference, state: Count, reason: str) -> tuple[list[Act], list[Change]]:
    """It stays what it is, at the place where it was seen."""
    acts, changes = _from_parent(each, _about(state, reason))
    status = each.known.status if each.known else "in_progress"
    stored = Act(Type.OBJECT, Action.OBSERVE, "storing", (each.epc,),
                 status if status in UNSELLABLE else "sellable_not_accessible",
                 extra=_about(state, reason), location=each.location)
    return [*acts, stored], [*changes, Placed((each.epc,), status, each.location)]


def _gathered_acts(acts: Iterable[Act]) -> Iterator[Act]:
    """Acts that are the same but for their objects, as one. Containers are taken apart before what was in them ends."""
    found: dict[Act, list[str]] = {}
    for act in sorted(acts, key=lambda act: act.type is Type.OBJECT):
        found.setdefault(replace(act, epcs=()), []).extend(act.epcs)
    for act, epcs in found.items():
        yield replace(act, epcs=tuple(dict.fromkeys(epcs)))


def _gathered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The same of changes; papers first, then what is taken apart, then the rest in its order."""
    found: dict[object, Change] = {}
    for change in sorted(changes, key=lambda change: 0 if isinstance(change, DocumentMade) else
                         1 if isinstance(change, Unpacked) else 2):
        match change:
            case Unpacked(_, children):
                key: object = replace(change, children=())
                had = found.get(key)
                found[key] = replace(change, children=(*(had.children if isinstance(had, Unpacked) else ()), *children))
            case Placed() | Ended() | Bound() | Commissioned():
                key = replace(change, epcs=())
                had = found.get(key)
                mine = had.epcs if isinstance(had, Placed | Ended | Bound | Commissioned) else ()
                found[key] = replace(change, epcs=(*mine, *change.epcs))
            case _:
                found[change] = change
    return tuple(found.values())
