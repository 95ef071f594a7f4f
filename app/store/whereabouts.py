"""Where goods belong, for people: the judge's word on a code that is looked up, the cases, the list in force.

A connection of its own that only reads. Each call may come from another thread than the last; one call at a time.
"""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.domain.people import told
from app.domain.products import Name
from app.domain.warehouse.cases import SnapshotView, SuspectView, WhereaboutsView
from app.domain.warehouse.diversion import Finding, Met, judge, own_stock
from app.domain.warehouse.policy import Policy, Site
from app.domain.warehouse.suspicion import let_go
from app.store import evidence, objects, who
from app.store.assignments import Assignments, goods, status
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_reader
from app.store.pairs import Pairs


class Whereabouts:
    """`now` gives aware times; `location` is the site's URI. Raises StoreRefused."""

    def __init__(self, database: Path, site: Site, policy: Policy, language: Callable[[], str],
                 now: Callable[[], datetime], location: str = "") -> None:
        self._database, self._site, self._policy, self._language, self._now = database, site, policy, language, now
        self._location = location
        self._folder = database.with_name(evidence.FOLDER)
        self._lock = threading.Lock()
        self._connection: Connection = open_reader(database)
        self._catalogue = Catalogue(self._connection)
        self._pairs = Pairs(self._connection, database.with_name("pairs"))
        self._assignments = Assignments.beside(database)

    def close(self) -> None:
        with self._lock:
            self._pairs.close()
            self._assignments.close()
            self._connection.close()

    def of(self, epc: str, product: str = "") -> WhereaboutsView | None:
        """None where there is nothing to say: no list here, and nobody it was bound to."""
        with self._lock:
            known = goods(self._connection, self._assignments, self._pairs, (epc,), now=self._now().isoformat(),
                          parties=(self._site.partner,), products=(product,))
            standing = objects.standing(self._connection, (epc,))
            binding = known.bindings.get(epc) or next(iter(known.bindings.values()), None)
            if not (binding or known.snapshot.id or epc in known.cases or standing):
                return None
            found = judge(epc, known, Met(self._site), self._policy, product)
            word, why = found.finding, found.why
            if word is Finding.NEVER_SHIPPED and not self._site.partner and not self._site.territory:
                word, why = Finding.NOT_JUDGED, "no_place"       # at the owner's: it may simply not have left yet
            if epc in standing and (not word.suspect or word is Finding.NEVER_SHIPPED):
                return WhereaboutsView("still_packed")
            case = next(iter(known.cases.get(epc, ())), None)
            held = objects.known(self._connection, (epc,)).get(epc)
            if own_stock(found, known, held, Met(self._site), self._location) and not (case and case.state == "open"):
                return WhereaboutsView("own_stock")
            view = WhereaboutsView(str(word), why=why, case=case.number if case else "",
                                   case_state=case.state if case else "")
            freed = let_go(found, known) if word.suspect else None
            if freed:
                by, approver = (told(known.people.get(each, ""), each) for each in (freed.by, freed.approver))
                view = replace(view, let_go=freed.number, freed_by=by, freed_with=approver, freed_at=freed.at,
                               freed_why=freed.reason)
            if binding is None:
                return view
            dealer = known.partners.get(binding.partner)
            return replace(
                view, dealer=binding.partner, territory=found.expected_territory or binding.territory,
                dealer_name=self._named(dealer.name) if dealer else "", shipped_at=binding.at, source=binding.source,
                decided_as=found.by, rule=found.rule)

    def suspects(self, limit: int = 200) -> tuple[SuspectView, ...]:
        """The cases, newest first."""
        with self._lock:
            return tuple(map(self._with_names, evidence.suspects(self._connection, self._folder, limit)))

    def suspect(self, number: str) -> SuspectView | None:
        with self._lock:
            found = evidence.suspect(self._connection, self._folder, number)
            return self._with_names(found) if found else None

    def snapshot(self) -> SnapshotView:
        return status(self._database, self._now())

    def dealers(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of all partners, by name: whose goods can be inspected."""
        with self._lock:
            found = [(each.id, self._named(each.name) or each.id) for each in self._catalogue.partners()]
            return tuple(sorted(found, key=lambda pair: pair[1]))

    def _with_names(self, found: SuspectView) -> SuspectView:
        found = evidence.named(found, who.names(self._connection))
        return replace(found, expected_name=self._dealer(found.expected_dealer),
                       actual_name=self._dealer(found.actual_dealer))

    def _dealer(self, id: str) -> str:
        dealer = self._catalogue.partner(id) if id else None
        return self._named(dealer.name) if dealer else ""

    def _named(self, name: Name) -> str:
        return name.get(self._language()) or next(iter(name.values()), "")
