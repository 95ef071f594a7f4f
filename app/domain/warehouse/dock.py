"""Goods come in or go out against documents: one scan of an outermost object moves all that it holds.

Pure: (state, code, facts) → Decision. Goods that are wrong, surplus, held, elsewhere or already gone are refused; a
case taken from a pallet that stays asks first. How a kind of document moves goods stands in movement.py.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from app.domain.codes.identity import Code
from app.domain.decision import Change, Commissioned, Data, Decision, DocumentScanned, DocumentState, Verdict
from app.domain.facts import DIVERSION, END_OF_LIFE, ON_THE_WAY, UNSELLABLE, Facts, Known
from app.domain.people import Right
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Hand, Setting
from app.domain.warehouse import age, breaking, checking, movement, papers
from app.domain.warehouse.changes import DocumentMade, DocumentsJoined, TakenOn
from app.domain.warehouse.documents import Document, Line
from app.domain.warehouse.kinds import BY_NAME, PartnerRole
from app.domain.warehouse.policy import inside

PICKED = "picked"            # the question whether goods that were picked for another document leave by this one


@dataclass(frozen=True, slots=True)
class Paper:
    """One document being worked on. `done` counts units by line; `by_product` are its lines, `shares` the stations'
    parts of them, `units` all that each station is to do, "" all of all: made once, as a document may have thousands
    of lines."""

    document: Document
    partner: Partner | None = None
    done: Mapping[int, int] = field(default_factory=dict)
    state: str = "open"
    by_product: Mapping[str, tuple[Line, ...]] = field(default_factory=dict, repr=False)
    shares: Mapping[tuple[str, int], int] = field(default_factory=dict, repr=False)
    units: Mapping[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.document.lines and not self.by_product:
            lines: dict[str, tuple[Line, ...]] = {}
            for product, found in groupby(sorted(self.document.lines, key=_product), key=_product):
                lines[product] = tuple(found)
            shares: Counter[tuple[str, int]] = Counter()
            units = Counter({"": sum(line.quantity for line in self.document.lines)})
            for each in self.document.quotas:
                shares[each.station, each.line] += each.quantity
                units[each.station] += each.quantity
            object.__setattr__(self, "by_product", lines)
            object.__setattr__(self, "shares", shares)
            object.__setattr__(self, "units", units)

    def complete(self, station: str) -> bool:
        """Whether this station has done all that is its share; a free document never is."""
        return not self.document.free and not any(self.left(line, station) for line in self.document.lines)

    def share(self, line: Line, station: str) -> int:
        """How much of a line this station may do."""
        return self.shares.get((station, line.line), 0) if self.document.quotas else line.quantity

    def left(self, line: Line, station: str) -> int:
        """Units that this station may still put on a line."""
        return max(self.share(line, station) - self.done.get(line.line, 0), 0)

    @property
    def withdrawn(self) -> bool:
        """Cancelled with goods on it: they come off again, and nothing goes on."""
        return self.state == "cancelled" and any(self.done.values())

    def wanted(self, station: str) -> int:
        """Units of all lines that this station is to do, "" all of them; 0 for a free document."""
        return self.units.get(station if self.document.quotas else "", 0)

    def of(self, document: Document) -> Paper:
        """The same work on a document that has changed."""
        return replace(self, document=document, by_product={}, shares={}, units={})


@dataclass(frozen=True, slots=True)
class Dock:
    """The documents worked on together (one truck), the first of them served first."""

    papers: tuple[Paper, ...]
    station: str = ""

    @property
    def first(self) -> Paper:
        return self.papers[0]

    @property
    def document(self) -> Document:
        return self.first.document

    @property
    def partner(self) -> Partner | None:
        return self.first.partner

    @property
    def done(self) -> Mapping[int, int]:
        return self.first.done

    @property
    def state(self) -> str:
        return self.first.state

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(paper.document.id for paper in self.papers)

    @property
    def undo_ids(self) -> tuple[str, ...]:
        """Those that the last scan may be taken back from."""
        return tuple(paper.document.id for paper in self.papers if paper.state == "open" or paper.withdrawn)

    def paper(self, document: str) -> Paper | None:
        return next((each for each in self.papers if each.document.id == document), None)


def apply(state: Dock, change: Change, before: dict[tuple[str, int], int] | None = None) -> Dock:
    """The state after one change. `before` tells what an object had on a line, for taking it off again."""
    match change:
        case DocumentScanned(document, line, epc, quantity) if paper := state.paper(document):
            done = {**paper.done, line: paper.done.get(line, 0) + quantity - (before or {}).get((epc, line), 0)}
            if not done[line]:
                del done[line]
            return _with(state, replace(paper, done=done))
        case DocumentState(document, now) if paper := state.paper(document):
            return _with(state, replace(paper, state=now))
        case DocumentMade(document) if paper := state.paper(document.id):
            return _with(state, paper.of(document))
        case DocumentsJoined(documents) if documents and set(documents) <= set(state.ids):
            return replace(state, papers=tuple(paper for id in documents if (paper := state.paper(id))))
    return state


def scan(state: Dock, code: Code, facts: Facts, at: Setting, hand: Hand, check: bool = False) -> Decision:
    """An object that comes in or goes out, with all that it holds. `check`: somebody wants what comes in opened."""
    opened = _taken_from_parent(state, code, facts, at, hand)
    if isinstance(opened, Decision):
        return opened
    acts, changes, facts = opened
    fresh = _taken_on(state, code, facts, at)
    if isinstance(fresh, Verdict):
        return Decision(fresh)
    changes += fresh
    refused = _refused(state, code, facts, at, provisional=bool(fresh))
    if refused:
        return Decision(refused)
    contents = facts.contents.get(code.epc, ())
    allotted = papers.allot(state, contents, facts.goods.announced_by.get(code.epc, ""))
    if isinstance(allotted, Verdict):
        return Decision(replace(allotted, data={**allotted.data, "code": code.epc}))
    placed, made = allotted
    other = facts.goods.picked_for.get(code.epc, "")
    if other and PICKED not in hand.agreed:
        asks: Data = {"code": code.epc, "document": state.document.id, "other": other}
        return Decision(Verdict(Outcome.WARNING, Reason.PICKED_ELSEWHERE, asks), (), (breaking.asked(hand, PICKED),))
    aged = age.judge(state.document.does, state.partner, contents, facts.goods, at.policy, hand.agreed)
    if aged.verdict:
        verdict = replace(aged.verdict, data={**aged.verdict.data, "code": code.epc, "document": state.document.id})
        return Decision(verdict, (), (breaking.asked(hand, aged.question),) if aged.question else ())
    on = tuple(paper.document for paper in state.papers if any(id == paper.document.id for id, _ in placed))
    extra = (*aged.extra, *((("provisional", 1),) if fresh else ()), *((("pickedFor", other),) if other else ()))
    known = facts.known.get(code.epc)
    opens = known is not None and known.children > 0 and state.document.does.step == "receiving" and (
        check or checking.due(on[0], state.partner, code.epc, contents, at.policy))
    moved, then = movement.moved(on, state.partner, code.epc, at.location, check=movement.OPEN if opens else "",
                                 shipment=facts.goods.shipments.get(code.epc),
                                 inside=facts.children, max_children=at.max_children, extra=extra)
    scanned = tuple(DocumentScanned(id, line, code.epc, units) for (id, line), units in placed.items())
    verdict = _told(state, code, facts, placed)
    if opens and known:
        begun = checking.begun(code.epc, on[0].id, known.children, check, verdict.data)
        verdict, then = begun.verdict, (*then, *begun.changes)
    return Decision(verdict, (*acts, *moved), (*changes, *made, *scanned, *then))


def close(state: Dock, reason: str, allowed: bool = True) -> Decision:
    """The clerk says that the first document is done; with something missing a reason is needed, and somebody who is
    `allowed` to close short. The next of the truck is served then."""
    paper = state.first
    data: Data = {"document": paper.document.id, "done": sum(paper.done.values()),
                  "wanted": paper.wanted(state.station)}
    if paper.state not in ("open", "paused"):
        return Decision(Verdict(Outcome.WARNING, papers.over(paper), {**data, "units": data["done"]}))
    short = not (paper.complete(state.station) or paper.document.free and sum(paper.done.values()) > 0)
    if short and not allowed:
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {**data, "right": Right.CLOSE_SHORT}))
    if short and not reason:
        return Decision(Verdict(Outcome.REJECTED, Reason.REASON_NEEDED, data))
    now = "closed_short" if short else "closed"
    rest = (*state.ids[1:], state.ids[0]) if len(state.papers) > 1 else ()
    return Decision(Verdict(Outcome.COMPLETE, Reason.DOCUMENT_CLOSED, data), (),
                    (DocumentState(paper.document.id, now, reason if short else ""),
                     *((DocumentsJoined(rest),) if rest else ())))


# --- before it is taken -------------------------------------------------------------------------------------------
def _taken_from_parent(state: Dock, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision | breaking.Opened:
    """What a closed parent that stays has to be told of, once the clerk has agreed to break it."""
    if code.epc in facts.on_document:
        return [], [], facts

    def refused(loose: Facts) -> Verdict | None:
        contents = facts.contents.get(code.epc, ())
        allotted = papers.allot(state, contents)
        aged = age.judge(state.document.does, state.partner, contents, facts.goods, at.policy, hand.agreed)
        no_room, too_old = isinstance(allotted, Verdict), aged.verdict is not None and not aged.question
        why = allotted if no_room else aged.verdict if too_old else None
        return _refused(state, code, loose, at) or (
            replace(why, data={**why.data, "code": code.epc}) if isinstance(why, Verdict) else None)

    why = "RECEIVED" if state.document.does.incoming else "SHIPPED"
    return breaking.taken_out(code, facts, at, hand, refused, (("reason", why), ("document", state.document.id)))


def _taken_on(state: Dock, code: Code, facts: Facts, at: Setting) -> list[Change] | Verdict:
    """What takes an object in that nobody announced, where the policy lets it."""
    if code.epc in facts.known or not state.document.does.incoming or at.policy.unknown != "provisional":
        return []
    if state.first.state != "open" or code.epc in facts.on_document or not facts.contents.get(code.epc):
        return []
    expiry = code.expiry.isoformat() if code.expiry else ""
    born = Commissioned((code.epc,), code.level, code.product, code.lot, expiry, "", "in_progress", at.location)
    return [born, TakenOn((code.epc,), state.document.id)]


def _refused(state: Dock, code: Code, facts: Facts, at: Setting, provisional: bool = False) -> Verdict | None:
    """Why this object may not go onto these documents, whatever it holds."""
    known, kind = facts.known.get(code.epc), state.document.does
    data: Data = {"code": code.epc, "document": state.document.id}
    if state.state != "open":
        units = sum(state.done.values())
        return Verdict(Outcome.REJECTED, papers.over(state.first), {**data, "units": units} if units else data)
    if code.epc in facts.on_document:
        return Verdict(Outcome.DUPLICATE, Reason.ALREADY_ON_DOCUMENT, {**data, "scanned": facts.on_document[code.epc]})
    if known is None and provisional:
        hold = "" if kind.returns else facts.hold_in(code.epc)
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold}) if hold else None
    if known is None:
        return Verdict(Outcome.REJECTED, Reason.UNKNOWN_OBJECT, data)
    if known.parent:
        return Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, {**data, "parent": known.parent, "root": known.root})
    standing = facts.standing.get(code.epc)
    again = code.epc in facts.filling or standing and standing.label and known.children     # it is being filled up
    if again or standing and (not standing.label or kind.incoming):
        # In a container that is still open: it goes with that one. What names one here is not on its way.
        return Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, data)
    if known.status in END_OF_LIFE:
        return Verdict(Outcome.REJECTED, Reason.END_OF_LIFE, {**data, "status": known.status})
    data = {**data, "place": known.location, "partner": known.partner, "product": known.product}
    return _misplaced(state, code, known, facts, at, data) or _unfit(state, code, known, facts, data)


def _misplaced(state: Dock, code: Code, known: Known, facts: Facts, at: Setting, data: Data) -> Verdict | None:
    """It is not where this kind of document takes it from."""
    kind, away = state.document.does, known.status in ON_THE_WAY
    if not kind.incoming:
        if away or not inside(at.location, known.location):
            word = Reason.NOT_HERE if known.status == "announced" or not away else Reason.ALREADY_SHIPPED
            return Verdict(Outcome.REJECTED, word, data)
        return None
    strange = state.document.announces and code.epc not in facts.expected
    # What is on its way to somebody else does not come in as if it had never been his.
    others = movement.stays_ours(kind) and known.status == "in_transit" and \
        state.partner is not None and known.partner != state.partner.id
    here = not away and inside(at.location, known.location)
    # What stands in the house is nothing gained, and what came in once was not made since.
    again = here and (kind.step != "receiving" or kind.name == "production_in"
                      and facts.goods.last_step.get(code.epc) == "receiving")
    if here and not strange and (again or kind.roles):
        return Verdict(Outcome.REJECTED, Reason.HERE_ALREADY, data)
    if strange or others or again or kind.roles and not away:
        other = facts.goods.announced_by.get(code.epc, "") if strange else ""
        return Verdict(Outcome.REJECTED, Reason.NOT_ON_DOCUMENT, {**data, "announced": other} if other else data)
    left = facts.goods.shipments.get(code.epc)
    if kind.lent and left and left.kind != kind.lent:
        return Verdict(Outcome.REJECTED, Reason.NOT_LENT, {**data, "kind": left.kind})
    ours = state.partner is not None and state.partner.role == PartnerRole.OWN and known.partner == state.partner.id
    if left and not kind.returns and not ours and (back := movement.comes_back_by(BY_NAME[left.kind])):
        return Verdict(Outcome.REJECTED, Reason.RETURN_NEEDED, {**data, "kind": kind.name, "back": back})
    return None


def _unfit(state: Dock, code: Code, known: Known, facts: Facts, data: Data) -> Verdict | None:
    """Empty, held, or of a status that nobody buys."""
    kind, contents = state.document.does, facts.contents.get(code.epc, ())
    if not sum(content.units for content in contents):
        return Verdict(Outcome.REJECTED, Reason.EMPTY_CONTAINER, data)
    if not kind.incoming and facts.stopped(code.epc):          # by no door
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": DIVERSION})
    if kind.ends and kind.ends != "used" or kind.returns or kind.name in ("return_out", "recall_out"):
        return None                       # that is where such goods go
    if hold := facts.hold_in(code.epc):
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    if known.status in UNSELLABLE and (kind.away or kind.incoming and kind.name != "rework_in"):
        return Verdict(Outcome.REJECTED, Reason.NOT_SELLABLE, {**data, "status": known.status})
    return None


# --- once it is taken ---------------------------------------------------------------------------------------------
def _told(state: Dock, code: Code, facts: Facts, placed: Mapping[tuple[str, int], int]) -> Verdict:
    contents = facts.contents.get(code.epc, ())
    known, kind = facts.known.get(code.epc), state.document.does
    data: Data = {"code": code.epc, "level": known.level if known else code.level,
                  "units": sum(content.units for content in contents), "product": contents[0].product,
                  "partner": state.partner.id if state.partner else "", "document": state.document.id}
    after = papers.after(state, placed)
    if all(paper.complete(state.station) for paper in after.papers):
        return Verdict(Outcome.COMPLETE, Reason.DOCUMENT_DONE, data)
    product = {content.product for content in contents}
    finished = [line for paper in after.papers for each in product for line in paper.by_product.get(each, ())
                if (paper.document.id, line.line) in placed and line.quantity
                and not paper.left(line, state.station)]
    if finished:
        return Verdict(Outcome.COMPLETE, Reason.LINE_DONE, {**data, "line": finished[0].line})
    word = Reason.RECEIVED if kind.incoming else Reason.SHIPPED if kind.away else Reason.LEFT_STOCK
    return Verdict(Outcome.ACCEPTED, word, data)


def _product(line: Line) -> str:
    return line.product


def _with(state: Dock, paper: Paper) -> Dock:
    return replace(state, papers=tuple(paper if each.document.id == paper.document.id else each
                                       for each in state.papers))
