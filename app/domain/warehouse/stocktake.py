"""Stocktake: each scan is held against the record at once; what differs is counted again, then adjusted by documents.

Pure: (count, code, facts) → Decision. A container that is scanned brings what it holds (inferred), or, to be verified,
its contents are scanned each. Must not move goods by a scan: only `adjust` does, with a reason.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.codes.identity import Code
from app.domain.decision import Change, Data, Decision, DocumentState, TaskChosen, Verdict
from app.domain.events import DID_NOT_OCCUR, Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, UNSELLABLE, Facts, Known
from app.domain.products import Location
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Setting
from app.domain.warehouse import movement
from app.domain.warehouse.changes import Corrected, CountBegun, Counted, CountSet, DocumentMade, Recounted
from app.domain.warehouse.differences import Finding, Found
from app.domain.warehouse.dock import Dock, Paper
from app.domain.warehouse.documents import Document
from app.domain.warehouse.goods import Tallied
from app.domain.warehouse.kinds import BY_NAME
from app.domain.warehouse.policy import inside
from app.domain.warehouse.shelf import AISLE, scope_uri

BLIND, GUIDED = "BLIND", "GUIDED"
KEPT = ("kept", "held")          # seen, or inferred, in an earlier round
REASONS = {Finding.UNKNOWN: Reason.COUNT_UNKNOWN, Finding.AWAY: Reason.COUNT_AWAY, Finding.ENDED: Reason.COUNT_ENDED,
           Finding.ELSEWHERE: Reason.COUNT_ELSEWHERE, Finding.MISPLACED: Reason.COUNT_MISPLACED,
           Finding.ASTRAY: Reason.COUNT_ASTRAY}


@dataclass(frozen=True, slots=True)
class Count:
    """A count at work. `location` is the shelf (URI), "" none in particular; `verify`: contents are scanned each;
    `opened` is then the container whose contents they are. `begun`: what stood in its scope then is written down."""

    document: Document
    state: str = "open"
    round: int = 1
    location: str = ""
    verify: bool = False
    opened: str = ""
    begun: bool = False

    def place(self, site: str) -> str:
        """Where what is scanned now stands (URI); "" where only a shelf's code can tell."""
        scope = self.document.scope
        return self.location or ("" if scope.endswith(AISLE) else scope or site)


def apply(state: Count, change: Change) -> Count:
    """The count after one change."""
    match change:
        case DocumentState(document, now) if document == state.document.id:
            return replace(state, state=now)
        case DocumentMade(document) if document.id == state.document.id:
            return replace(state, document=document)
        case CountBegun(count) if count == state.document.id:
            return replace(state, begun=True)
        case CountSet(count, location, verify, opened) if count == state.document.id:
            return replace(state, location=location, verify=verify, opened=opened)
        case Recounted(count, number, last=False) if count == state.document.id:
            return replace(state, round=number, opened="")
    return state


def covers(scope: str, location: str) -> bool:
    """Whether a place (URI) lies in what a count is about."""
    return location.startswith(scope[:-1]) if scope.endswith(AISLE) else inside(scope, location)


def made(argument: str, id: str, site: str, place: Location | None, listed: bool) -> Decision:
    """A count made here: kind:shelf:BLIND, the last two where they are wanted. `listed`: the house has a list of its
    places, and a shelf must be on it; a shelf that ends in * is every one that begins so."""
    name, _, rest = argument.partition(":")
    shelf, _, way = rest.partition(":")
    if way.upper() not in ("", BLIND, GUIDED):
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_KIND, {"kind": argument}))
    if shelf and listed and place is None and not shelf.endswith(AISLE):
        return Decision(Verdict(Outcome.REJECTED, Reason.COUNT_NO_SHELF, {"place": shelf}))
    assert name in BY_NAME
    scope = scope_uri(site, shelf)
    document = Document(id, name, scope=scope, blind=way.upper() == BLIND)
    data: Data = {"kind": name, "document": id, "partner": ""}
    return Decision(Verdict(Outcome.COMMAND, Reason.DOCUMENT_OPENED, data), (),
                    (DocumentMade(document), TaskChosen("counting", id)))


def at_shelf(state: Count, shelf: str, site: str, place: Location | None, listed: bool) -> Decision:
    """AT: what is scanned from now on stands there."""
    if state.state != "open":
        return Decision(_still(state))
    if listed and place is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.COUNT_NO_SHELF, {"place": shelf}))
    where = scope_uri(site, shelf)
    if not covers(state.document.scope or site, where):
        data: Data = {"place": where, "scope": state.document.scope}
        return Decision(Verdict(Outcome.REJECTED, Reason.COUNT_OUTSIDE, data))
    return Decision(Verdict(Outcome.COMMAND, Reason.COUNT_AT, {"place": where}), (),
                    (*_begins(state, site), CountSet(state.document.id, where, state.verify),))


def turned(state: Count, site: str) -> Decision:
    """CHECK: from now on contents are seen one by one, or taken from the record again."""
    if state.state != "open":
        return Decision(_still(state))
    word = Reason.COUNT_INFERS if state.verify else Reason.COUNT_VERIFIES
    return Decision(Verdict(Outcome.COMMAND, word), (),
                    (*_begins(state, site), CountSet(state.document.id, state.location, not state.verify),))


def scan(state: Count, code: Code, facts: Facts, at: Setting) -> Decision:
    """One object seen. What is wrong with it is said at once, and counted all the same."""
    known, had, place = facts.known.get(code.epc), facts.goods.tallied, state.place(at.location)
    if state.state != "open":
        return Decision(_still(state))
    if not place:
        return Decision(Verdict(Outcome.REJECTED, Reason.COUNT_WHERE, {"code": code.epc}))
    found = finding(state, known, had, place, at.location)
    if had.how not in ("", *KEPT) and not (had.how == "inferred" and found == Finding.ASTRAY):
        return Decision(Verdict(Outcome.DUPLICATE, Reason.COUNTED_BEFORE, {
            "code": code.epc, "place": had.location, "round": had.round, "parent": had.above}))
    opens = state.verify and known is not None and known.children > 0 and not known.parent
    expiry = code.expiry.isoformat() if code.expiry else ""
    tells = (code.level, code.product, code.lot, expiry) if known is None else ("", "", "", "")
    seen = Counted(state.document.id, (code.epc,), "seen", place, state.round, not opens, found, *tells)
    changes: list[Change] = [*_begins(state, at.location), seen]
    if opens or state.opened and known is not None and known.root != state.opened and found != Finding.ASTRAY:
        changes.append(CountSet(state.document.id, state.location, state.verify, code.epc if opens else ""))
    return Decision(_told(state, code, facts, found, opens), _observed(state, code.epc, known, place, found),
                    tuple(changes))


def finding(state: Count, known: Known | None, had: Tallied, place: str, site: str) -> str:
    """How an object seen at this place differs from its record; "" where it does not."""
    if known is None:
        return Finding.UNKNOWN
    if known.status in END_OF_LIFE:
        return Finding.ENDED
    if known.status in ON_THE_WAY:
        return Finding.AWAY
    if not inside(site, known.location):
        return Finding.ELSEWHERE
    if state.opened and known.parent and known.root != state.opened:
        return Finding.ASTRAY
    if had.above:
        return had.above_finding if had.above_location == place else Finding.ASTRAY
    return "" if covers(place, known.location) else Finding.MISPLACED


def undo(state: Count, last: str, event: str) -> Decision:
    """Takes the last scan of this round out of the count; its event, where it brought one about, is declared wrong."""
    if state.state != "open" or not last:
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    closed = (CountSet(state.document.id, state.location, state.verify),) if state.opened == last else ()
    wrong = (Corrected(event, DID_NOT_OCCUR),) if event else ()
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"code": last, "count": 1}), (),
                    (*wrong, Counted(state.document.id, (last,), "", "", state.round), *closed))


def recount(state: Count, found: Found) -> Decision:
    """The next round: only what differs is scanned again. What was seen stays seen, as it was found."""
    if state.state != "open":
        return Decision(_still(state))
    data = figures(state, found)
    if not found.objects:
        return Decision(Verdict(Outcome.WARNING, Reason.COUNT_EQUAL, data))
    return Decision(Verdict(Outcome.COMMAND, Reason.RECOUNTING, {**data, "round": state.round + 1}), (),
                    (Recounted(state.document.id, state.round + 1, found.right, found.missing, found.extra,
                               found.misplaced),))


def close(state: Count, found: Found) -> Decision:
    """DONE: a count that comes out even is closed. Another one is counted again, or adjusted with a reason."""
    if state.state not in ("open", "paused"):
        return Decision(Verdict(Outcome.WARNING, Reason.DOCUMENT_CLOSED, {"document": state.document.id}))
    data = figures(state, found)
    if found.objects:
        told: Data = {"document": state.document.id, "round": state.round} if state.document.blind else data
        return Decision(Verdict(Outcome.REJECTED, Reason.COUNT_DIFFERS, told))
    return Decision(Verdict(Outcome.COMPLETE, Reason.COUNT_CLOSED, data), (),
                    (ended(state, found), DocumentState(state.document.id, "closed")))


def ended(state: Count, found: Found) -> Recounted:
    """The last round is over, and this is how it stood."""
    return Recounted(state.document.id, state.round, found.right, found.missing, found.extra, found.misplaced, True)


def figures(state: Count, found: Found) -> Data:
    """A count's figures as the sentences about it want them."""
    return {"document": state.document.id, "right": found.right, "missing": found.missing, "extra": found.extra,
            "misplaced": found.misplaced, "objects": found.objects, "round": state.round}


def as_dock(state: Count, begun: bool = False) -> Dock:
    """The count as a document on the dock, for what holds of all documents."""
    return Dock((Paper(state.document, None, {0: 1} if begun else {}, state.state),))


def _begins(state: Count, site: str) -> tuple[CountBegun, ...]:
    return () if state.begun else (CountBegun(state.document.id, state.document.scope or site),)


def _still(state: Count) -> Verdict:
    word = Reason.DOCUMENT_PAUSED if state.state == "paused" else Reason.DOCUMENT_CLOSED
    return Verdict(Outcome.REJECTED, word, {"document": state.document.id})


def _observed(state: Count, epc: str, known: Known | None, place: str, found: str) -> tuple[Act, ...]:
    """The event of what was seen. None of what nobody knows or what has ended: no event may follow its end."""
    if known is None or found == Finding.ENDED:
        return ()
    kind = state.document.does
    extra: list[tuple[str, str | int]] = [*movement.about((state.document,)), ("round", state.round)]
    if found:
        extra.append(("countFinding", found))
    disposition = known.status if known.status in UNSELLABLE else kind.disposition
    return (Act(Type.OBJECT, Action.OBSERVE, kind.step, (epc,), disposition, extra=tuple(extra), location=place),)


def _told(state: Count, code: Code, facts: Facts, found: str, opens: bool) -> Verdict:
    """The answer to a scan. A blind counter is told that it counts, and nothing of what the record has: what differs
    stands in the differences, once the round is over."""
    known, had = facts.known.get(code.epc), facts.goods.tallied
    contents = facts.contents.get(code.epc, ())
    units = sum(content.units for content in contents)
    data: Data = {"code": code.epc, "level": known.level if known else code.level, "units": units,
                  "product": contents[0].product if contents else code.product, "document": state.document.id,
                  "place": known.location if known else "", "parent": known.parent if known else "",
                  "status": known.status if known else ""}
    if state.document.blind:
        data = {key: data[key] for key in ("code", "level", "units", "product", "document")}
        return Verdict(Outcome.ACCEPTED, Reason.COUNT_OPENED if opens else Reason.COUNTED, data)
    if found:
        return Verdict(Outcome.WARNING, REASONS[Finding(found)], data)
    if opens:
        return Verdict(Outcome.ACCEPTED, Reason.COUNT_OPENED, {**data, "count": known.children if known else 0})
    if hold := facts.hold_in(code.epc):
        return Verdict(Outcome.WARNING, Reason.COUNTED_HELD, {**data, "hold": hold})
    if had.left and had.fresh >= had.left:
        return Verdict(Outcome.COMPLETE, Reason.COUNT_ALL_SEEN, data)
    return Verdict(Outcome.ACCEPTED, Reason.COUNTED, data)
