"""What the dock asks of the store about the objects at hand: contents, the document that has them, who told of them.

Plain SQL on the writing connection. Each part of the warehouse answers for its own tables; here they come together.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.facts import Content, Facts, Known
from app.domain.packing.plan import Plan
from app.domain.warehouse import age
from app.domain.warehouse.dock import Dock, Paper
from app.domain.warehouse.goods import Goods, Older
from app.domain.warehouse.kinds import Direction, of
from app.domain.warehouse.policy import Measure, Policy
from app.store import assignments, objects, shipments
from app.store.assignments import Assignments
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.older import older
from app.store.pairs import Pairs
from app.store.warehouse import NOW

WORKED_ON = ("open", "paused")


def dock(connection: Connection, catalogue: Catalogue, ids: Sequence[str], station: str) -> Dock | None:
    """The documents with what was scanned on them, the first served first; None where the first cannot be had."""
    papers = [paper for each in ids if (paper := _paper(connection, catalogue, each))]
    return Dock(tuple(papers), station) if papers and papers[0].document.id == ids[0] else None


def _paper(connection: Connection, catalogue: Catalogue, id: str) -> Paper | None:
    document = catalogue.document(id)
    partner = catalogue.partner(document.partner) if document and document.partner else None
    if document is None or document.partner and partner is None:
        return None
    done = dict(connection.execute(
        "SELECT line, sum(quantity) FROM document_object WHERE document=? GROUP BY line", (id,)))
    return Paper(document, partner, done, stage(connection, id) or document.state)


def stage(connection: Connection, document: str) -> str:
    """Where a document is in its life at this station; "" where nothing was done about it here."""
    row = connection.execute(f"SELECT {NOW} FROM document_state LEFT JOIN document"
                             " ON document.id = document_state.document WHERE document_state.document=?",
                             (document,)).fetchone()
    return row[0] if row else ""


def open_documents(connection: Connection, direction: Direction) -> tuple[str, ...]:
    """Ids of the documents that can be worked on, this way."""
    kinds = of(direction)
    return tuple(row[0] for row in connection.execute(
        "SELECT id FROM document LEFT JOIN document_state ON document_state.document = document.id"
        f" WHERE kind IN ({','.join('?' * len(kinds))}) AND {NOW} IN ('open', 'paused') ORDER BY id", kinds))


def last_on(connection: Connection, documents: Sequence[str]) -> tuple[str, dict[int, int]]:
    """The object scanned last on any of these documents and its units by line there; ("", {}) for none."""
    rows = (connection.execute("SELECT id, document, epc FROM document_object WHERE document=?"
                               " ORDER BY id DESC LIMIT 1", (each,)).fetchone() for each in documents)
    last = max(filter(None, rows), default=None)
    return (last[2], units_on(connection, last[1], last[2])) if last else ("", {})


def units_on(connection: Connection, document: str, epc: str) -> dict[int, int]:
    """Units of an object by line of a document."""
    return dict(connection.execute(
        "SELECT line, quantity FROM document_object WHERE document=? AND epc=?", (document, epc)))


def expected(connection: Connection, work: Dock, epcs: Iterable[str]) -> frozenset[str]:
    """Of these EPCs, those that one of the documents announces, or that hold such."""
    announcing = [paper.document.id for paper in work.papers if paper.document.announces]
    marks = ",".join("?" * len(announcing))
    return frozenset(epc for epc in epcs if announcing and (connection.execute(
        f"SELECT 1 FROM announced WHERE epc=? AND document IN ({marks})", (epc, *announcing)).fetchone()
        or connection.execute(
            objects.DOWNWARDS + "SELECT 1 FROM inside CROSS JOIN object USING(id) JOIN announced"
            f" ON announced.epc = object.epc WHERE announced.document IN ({marks}) LIMIT 1",
            (epc, *announcing)).fetchone()))


def announced_by(connection: Connection, work: Dock, epcs: Sequence[str]) -> dict[str, str]:
    """The document that announces each of these EPCs: of several at work the one that does, or that announces what it
    holds; else one that is not at work."""
    announcing = [paper for paper in work.papers if paper.document.announces]
    found = ((epc, next((paper.document.id for paper in announcing
                         if expected(connection, replace(work, papers=(paper,)), (epc,))), "") if len(announcing) > 1
              else "") for epc in epcs)
    named = {epc: document or _announced_at(connection, epc) for epc, document in found} if announcing else {}
    return {epc: document for epc, document in named.items() if document}


def _announced_at(connection: Connection, epc: str) -> str:
    row = connection.execute("SELECT document FROM announced WHERE epc=? ORDER BY document LIMIT 1", (epc,)).fetchone()
    return row[0] if row else ""


def on_documents(connection: Connection, work: Dock, epcs: Iterable[str]) -> dict[str, str]:
    """EPC → the EPC by which it is on one of the documents: itself, its parent, or something in it."""
    found = {epc: next(filter(None, (objects.on_document(connection, id, epc) for id in work.ids)), "") for epc in epcs}
    return {epc: scanned for epc, scanned in found.items() if scanned}


def presumed(codes: Iterable[Code], known: Mapping[str, Known],
             plans: Mapping[str, Plan | None]) -> dict[str, tuple[Content, ...]]:
    """What codes that nobody told this station of hold by themselves: a full container by their product's plan."""
    found: dict[str, tuple[Content, ...]] = {}
    for code in codes:
        plan = plans.get(code.product)
        level = code.level or (plan.levels[0].level if plan else "")
        if code.epc not in known and plan and plan.index(level) >= 0:
            expiry = code.expiry.isoformat() if code.expiry else ""
            found[code.epc] = (Content(code.product, code.lot, plan.units(level), expiry),)
    return found


def goods(connection: Connection, known: Assignments, pairs: Pairs, epcs: Sequence[str], *, now: str, station: str,
          parties: Iterable[str], products: Iterable[str]) -> Goods:
    """All that the warehouse's parts know of these EPCs."""
    moved = shipments.moves(connection, epcs)
    bound = assignments.goods(connection, known, pairs, epcs, now=now, station=station, parties=parties,
                              products=products)
    return replace(bound, shipments=shipments.of(connection, moved),
                   last_step={epc: move.step for epc, move in moved.items()})


def left_behind(connection: Connection, found: Facts, epc: str, contents: Mapping[str, tuple[Content, ...]], work: Dock,
                ground: tuple[str, Policy], plan_of: Callable[[str], Plan | None], now: str) -> tuple[Older, ...]:
    """Older goods that would stay when this object leaves by the first document. `ground`: the site and its policy."""
    (site, policy), kind = ground, work.document.does
    if policy.fefo is Measure.OFF or not (kind.away and age.is_judged(kind)):
        return ()
    since = age.first_expiry(kind, work.partner, policy, now)
    place = found.known[epc].location if epc in found.known else ""
    return older(connection, contents.get(epc, ()), site, plan_of, since=since, at_hand=place, holds=found.holds)
