"""Counts for people: their list, one with its rounds, products, differences, adjustments, counters. Reads only.

A count at work is told as it stands; a closed one by what was adjusted. The connection is the caller's.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from app.domain.facts import Content
from app.domain.packing.plan import Plan
from app.domain.products import Name
from app.domain.warehouse.differences import EXTRA, WRONG_PLACE, Difference, Finding
from app.domain.warehouse.documents import Document
from app.domain.warehouse.kinds import Direction, of
from app.domain.warehouse.shelf import scope_uri
from app.store import count_view, counts, goods, objects
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_reader
from app.views import CountDifferenceRow, CountRow

Named = Callable[[Name], str]
CLASSES = {"missing": Finding.MISSING, "extra": Finding.UNKNOWN, "misplaced": Finding.MISPLACED, "ended": Finding.ENDED}


@dataclass(frozen=True, slots=True)
class Counter:
    """Somebody who counted; ISO times of the first and the last scan."""

    operator: str
    scans: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class CountTold:
    """One count. `rounds` are (round, right, missing, extra, misplaced), the last one as it stands now; `lines` are
    (product, name, seen, expected); `adjusted` tells the paper by EPC of each difference that was answered."""

    document: Document
    row: CountRow
    why: str
    rounds: tuple[tuple[int, int, int, int, int], ...]
    lines: tuple[tuple[str, Name, int, int], ...]
    differences: tuple[CountDifferenceRow, ...]
    adjusted: dict[str, str]
    counters: tuple[Counter, ...]
    people: dict[str, str]
    begun: int | None = None         # units that stood in its scope when it began
    booked: tuple[str, str, str] = ("", "", "")      # ISO time of the adjustment, who did it, who stood behind it


class UnknownCount(LookupError):
    """There is no count of this number here."""


class CountReader:
    """`site` is the URI that a count without a scope is about."""

    def __init__(self, connection: Connection, site: str, named: Named) -> None:
        self._connection, self._site, self._named = connection, site, named
        self._catalogue = Catalogue(connection)
        self._plan_of = cache(self._plan)

    def rows(self, everything: bool = False) -> tuple[CountRow, ...]:
        """Counts that can be worked on, or all."""
        kinds, found = of(Direction.COUNT), []
        for kind in kinds:
            for document in self._catalogue.documents(kind):
                state = goods.stage(self._connection, document.id) or document.state
                if everything or state in ("open", "paused", "draft"):
                    found.append(self._row(document, state))
        return tuple(sorted(found, key=lambda row: (row.state != "open", row.seen == 0, row.id)))

    def told(self, id: str) -> CountTold:
        """Raises UnknownCount."""
        run, document = self._connection.execute, self._catalogue.document(id)
        if document is None or document.does.direction is not Direction.COUNT:
            raise UnknownCount(id)
        stage = run("SELECT state, reason FROM document_state WHERE document=?", (id,)).fetchone()
        row = self._row(document, stage[0] if stage else document.state)
        adjusted = dict(run("SELECT epc, paper FROM adjusted WHERE document=? ORDER BY what, epc", (id,)))
        rounds = {each[0]: each for each in run(
            "SELECT round, right, missing, extra, misplaced FROM count_round WHERE document=? ORDER BY round", (id,))}
        if row.round not in rounds:
            found = count_view.found(self._connection, id, row.round, self._scope(document), self._plan_of,
                                     self._contents)
            rounds[row.round] = (row.round, found.right, found.missing, found.extra, found.misplaced)
        differences = self.differences(id)
        begun = count_view.begun(self._connection, id, self._plan_of)
        right, expected = self._figures(document, row, differences)
        lines = tuple((product, self._name(product), right.get(product, 0), expected.get(product, 0))
                      for product in sorted({*right, *expected}))
        return CountTold(document, row, stage[1] if stage else "", tuple(rounds.values()), lines, differences,
                         adjusted, self._counters(id), {each.id: each.name for each in self._catalogue.people()},
                         sum(begun.values()) if begun is not None else None, self._booked(id))

    def differences(self, id: str) -> tuple[CountDifferenceRow, ...]:
        """What differs now or, of a closed count, what differed. None of a count that is not here."""
        document = self._catalogue.document(id)
        if document is None:
            return ()
        state = goods.stage(self._connection, id) or document.state
        if state in ("closed", "closed_short", "cancelled"):
            return tuple(self._answered(id))
        round = counts.at_work(self._connection, id)[0]
        return tuple(self._difference(each) for each in count_view.differing(
            self._connection, id, round, self._scope(document), self._contents))

    # --- parts ----------------------------------------------------------------------------------------------------
    def _figures(self, document: Document, row: CountRow,
                 differences: Sequence[CountDifferenceRow]) -> tuple[dict[str, int], dict[str, int]]:
        """Units by product: seen as recorded, and recorded; of a count that was adjusted as it was before that."""
        right = count_view.seen(self._connection, document.id, row.round, self._plan_of).get("", {})
        if row.state != "closed":
            return right, count_view.expected(self._connection, document.id, row.round, self._scope(document),
                                              self._plan_of)
        expected = dict(right)
        for each in differences:
            if each.finding == Finding.MISSING or each.finding in WRONG_PLACE:
                expected[each.product] = expected.get(each.product, 0) + each.units
        return right, expected

    def _row(self, document: Document, state: str) -> CountRow:
        round = counts.at_work(self._connection, document.id)[0]
        sums = count_view.seen(self._connection, document.id, round, self._plan_of)
        ended = self._connection.execute("SELECT right + missing + misplaced FROM count_round WHERE document=? AND"
                                         " round=?", (document.id, round)).fetchone() if state == "closed" else None
        expected = ended[0] if ended else sum(count_view.expected(
            self._connection, document.id, round, self._scope(document), self._plan_of).values())
        return CountRow(document.id, document.kind, state, self._scope(document), round,
                        sum(sums.get("", {}).values()), expected, document.blind)

    def _difference(self, each: Difference) -> CountDifferenceRow:
        known = each.known
        product = each.contents[0].product if each.contents else known.product if known else each.product
        missing = each.finding == Finding.MISSING
        units = each.units if known else count_view.units_of(self._plan_of, each)
        return CountDifferenceRow(each.epc, each.finding, known.level if known else each.level, product,
                                  self._named(self._name(product)), known.lot if known else each.lot, units,
                                  "" if missing else each.location, known.location if known else "",
                                  known.parent if known else "")

    def _answered(self, id: str) -> list[CountDifferenceRow]:
        rows = []
        for epc, what in self._connection.execute(
                "SELECT epc, what FROM adjusted WHERE document=? ORDER BY what DESC, epc", (id,)).fetchall():
            seen = self._connection.execute(
                "SELECT own, location, level, product, lot FROM counted WHERE document=? AND epc=? ORDER BY round DESC"
                " LIMIT 1", (id, epc)).fetchone()
            finding = seen[0] if seen and seen[0] in {*EXTRA, *WRONG_PLACE} and what != "missing" else CLASSES[what]
            known = objects.known(self._connection, (epc,)).get(epc)
            product = known.product if known else seen[3] if seen else ""
            units = self._connection.execute(
                "SELECT coalesce(sum(quantity), 0) FROM adjusted JOIN document_object"
                " ON document_object.document = paper AND document_object.epc = adjusted.epc"
                " WHERE adjusted.document=? AND adjusted.epc=?", (id, epc)).fetchone()[0]
            rows.append(CountDifferenceRow(
                epc, finding, known.level if known else seen[2] if seen else "", product,
                self._named(self._name(product)), known.lot if known else "",
                units or sum(content.units for content in self._contents(epc)),
                seen[1] if seen and what != "missing" else "", known.location if known and what == "missing" else ""))
        return rows

    def _counters(self, id: str) -> tuple[Counter, ...]:
        return tuple(Counter(*row) for row in self._connection.execute(
            "SELECT entry.operator, count(*), min(event.at), max(event.at) FROM event_document"
            " JOIN event ON event.id = event_document.event JOIN entry ON entry.seq = event.entry"
            " WHERE event_document.document=? GROUP BY 1 ORDER BY 3", (id,)))

    def _booked(self, id: str) -> tuple[str, str, str]:
        row = self._connection.execute(
            "SELECT entry.at, entry.operator, coalesce(json_extract(CAST(entry.data AS TEXT), '$.by'), ''),"
            " coalesce(json_extract(CAST(entry.data AS TEXT), '$.approver'), '')"
            " FROM (SELECT DISTINCT paper FROM adjusted WHERE document=?) JOIN event_document"
            " ON event_document.document = paper JOIN event ON event.id = event_document.event"
            " JOIN entry ON entry.seq = event.entry ORDER BY event.id DESC LIMIT 1", (id,)).fetchone()
        return (row[0], row[2] or row[1], row[3]) if row else ("", "", "")

    def _scope(self, document: Document) -> str:
        return scope_uri(self._site, document.scope)

    def _name(self, product: str) -> Name:
        known = self._catalogue.product(product) if product else None
        return known.name if known else {}

    def _plan(self, product: str) -> Plan | None:
        known = self._catalogue.product(product)
        return self._catalogue.plan(known.plan) if known else None

    def _contents(self, epc: str) -> tuple[Content, ...]:
        found = [Content(product, lot, counts.units(self._plan_of, product, level, implied, leaves), expiry)
                 for product, lot, expiry, level, implied, leaves in objects.leaves(self._connection, epc)]
        return tuple(each for each in found if each.units)


class CountFiles:
    """The window's port `Counts`, but for the report. Any thread; each call its own connection."""

    def __init__(self, database: Path, site: str, language: Callable[[], str]) -> None:
        self._database, self._site, self._language = database, site, language

    def open_counts(self) -> Sequence[CountRow]:
        with contextlib.closing(open_reader(self._database)) as connection:
            return tuple(replace(each, expected=0) if each.blind else each
                         for each in CountReader(connection, self._site, self._said).rows())

    def differences(self, document: str) -> Sequence[CountDifferenceRow]:
        with contextlib.closing(open_reader(self._database)) as connection:
            return CountReader(connection, self._site, self._said).differences(document)

    def shelves(self) -> Sequence[tuple[str, str]]:
        """(code, name) of the shelves of this house."""
        with contextlib.closing(open_reader(self._database)) as connection:
            return tuple((each.id, self._said(each.name)) for each in Catalogue(connection).locations() if each.active)

    def _said(self, name: Name) -> str:
        return name.get(self._language()) or next(iter(name.values()), "")
