"""What the diversion judge asks: whom goods were bound to, which rules hold, where else they were seen, what is a case.

Goods bound at this station come before the snapshot, unless that one knows of a later shipment. What was bound here is
in the main database (bindings.py); the snapshot is a file of its own (snapshot_file.py) that another process may change
at any moment. Only reads, on the caller's connection.
"""
from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from app.domain.products import Partner
from app.domain.warehouse.cases import SnapshotView
from app.domain.warehouse.goods import Binding, Case, Goods, Sighting, Snapshot, TerritoryRule
from app.store import objects
from app.store.bindings import binding_of
from app.store.database import Connection, StoreRefused, open_reader, sqlite3
from app.store.pairs import Pairs
from app.store.snapshot_file import FOLDER, POINTER, Current, SnapshotFile, current, snapshot_of

MOST_KEPT = 2_000            # dealers whose rules are kept in memory
MOST_CHILDREN = 64           # of an object that are asked: a pallet's cases, a case's bottles


class Assignments:
    """The snapshot in force, looked at anew at each question: another process may have brought a newer one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[int, int] | None = None
        self._file: SnapshotFile | None = None
        self._rules: dict[str, tuple[TerritoryRule, ...]] = {}
        self.current: Current | None = None
        self.problem = ""                # why there is none, where one was imported

    @classmethod
    def beside(cls, database: Path) -> Assignments:
        return cls(database.with_name(FOLDER))

    def close(self) -> None:
        if self._file:
            self._file.close()
        self._file, self._rules, self.current = None, {}, None

    def refresh(self) -> None:
        try:
            about = (self._folder / POINTER).stat()
            stamp: tuple[int, int] | None = (about.st_mtime_ns, about.st_ino)
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return
        self.close()
        self.problem = ""
        try:
            found = current(self._folder)
            if found:
                self._file = SnapshotFile(self._folder / found.file)
                self.current = found
        except (StoreRefused, sqlite3.DatabaseError) as error:
            self.problem = str(error)
        self._stamp = stamp

    @property
    def snapshot(self) -> Snapshot:
        return snapshot_of(self.current)

    def bindings(self, epcs: Iterable[str]) -> dict[str, Binding]:
        return {each.epc: each for each in self._asked(lambda file: list(file.bindings(epcs)))}

    def sightings(self, epcs: Iterable[str]) -> dict[str, Sighting]:
        return dict(self._asked(lambda file: list(file.sightings(epcs))))

    def rules(self, partners: Iterable[str]) -> dict[str, tuple[TerritoryRule, ...]]:
        """By partner, those that have any."""
        wanted = set(partners)
        if len(self._rules) > MOST_KEPT:
            self._rules.clear()
        missing = wanted - self._rules.keys()
        if missing:
            found: dict[str, list[TerritoryRule]] = {each: [] for each in missing}
            for rule in self._asked(lambda file: list(file.rules(missing))):
                found[rule.partner].append(rule)
            self._rules |= {each: tuple(rules) for each, rules in found.items()}
        return {each: self._rules[each] for each in wanted if self._rules[each]}

    def _asked(self, question: Any) -> list[Any]:
        """A damaged file judges nothing, and says so."""
        if self._file is None:
            return []
        try:
            return question(self._file)
        except sqlite3.DatabaseError as error:
            self.problem, self.current = str(error), None
            return []


def goods(connection: Connection, assignments: Assignments, pairs: Pairs | None, epcs: Sequence[str], *, now: str,
          station: str = "", parties: Iterable[str] = (), products: Iterable[str] = ()) -> Goods:
    """All that the judge asks about these codes. `now` is the moment of the scan (ISO), `parties` are ids of partners
    that play a part besides those the goods are bound to, `products` ids that the codes tell."""
    assignments.refresh()
    bindings: dict[str, Binding] = {}
    siblings: dict[str, tuple[str, ...]] = {}
    cases: dict[str, tuple[Case, ...]] = {}
    let_go: dict[str, tuple[Case, ...]] = {}
    sightings: dict[str, Sighting] = {}
    for epc in epcs:
        chain = connection.execute(objects.UPWARDS, (epc,)).fetchall()
        above = [each for _, each in chain] or [epc]
        family = _family(connection, pairs, above)
        siblings[epc] = tuple(each for each in family if each != epc)
        cases[epc] = _cases(connection, epc)
        let_go[epc] = _let_go(connection, chain, cases[epc])
        bindings |= _bindings(connection, assignments, above, family, now)
        sightings |= assignments.sightings(each for each, by in family.items() if by in ("itself", "peer"))
    dealers = {each.partner for each in bindings.values() if each.partner}
    return Goods(
        now=now, latest=_latest(connection, assignments), bindings=bindings, siblings=siblings, sightings=sightings,
        rules=assignments.rules(dealers), snapshot=assignments.snapshot,
        case=next_case(connection, station), cases={epc: found for epc, found in cases.items() if found},
        let_go=let_go, people=_people(connection, let_go),
        partners=_partners(connection, dealers | {each for each in parties if each}),
        brands=_brands(connection, epcs, products))


def next_case(connection: Connection, station: str) -> str:
    """The number that the next evidence file has: the station's own, so that no two stations share one."""
    number = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM suspected").fetchone()[0]
    return f"DV-{station}-{number:06d}" if station else f"DV-{number:06d}"


def own_binding(connection: Connection, above: Sequence[str]) -> Binding | None:
    """The binding made here that holds for an object: of itself or of what it is in; partner "" was unbound here.
    `above`: the object, what it is in, and on outwards."""
    found = binding_of(connection, above)
    if found is None:
        return None
    epc, bound = found
    return Binding(epc, bound.partner, bound.territory, bound.at, by="itself" if epc == above[0] else "parent",
                   source="station", document=bound.document)


def _family(connection: Connection, pairs: Pairs | None, above: Sequence[str]) -> dict[str, str]:
    """The codes that tell of an object, itself first: code → "itself", "peer", "parent", "child"."""
    found = {above[0]: "itself"}
    for peer in pairs.peers(above[0]) if pairs else ():
        found.setdefault(peer.epc, "peer")
    for each in above[1:]:
        found.setdefault(each, "parent")
    for (child,) in connection.execute(
            "SELECT child.epc FROM object AS child JOIN object ON child.parent = object.id WHERE object.epc=?"
            " ORDER BY child.id LIMIT ?", (above[0], MOST_CHILDREN)):
        found.setdefault(child, "child")
    return found


def _bindings(connection: Connection, assignments: Assignments, above: Sequence[str],
              family: dict[str, str], now: str) -> dict[str, Binding]:
    """What is bound of a family: here, or by the snapshot where it knows of a later shipment than any here."""
    own = own_binding(connection, above)
    found = {each: replace(binding, by=family[each]) for each, binding in assignments.bindings(family).items()}
    if own is not None:
        later = {each: binding for each, binding in found.items() if own.at and binding.at > _day(own.at, now)}
        return later or {own.epc: own}
    children = [each for each, by in family.items() if by == "child"]
    marks = ",".join("?" * len(children))
    for epc, partner, territory, at, document in connection.execute(
            f"SELECT epc, partner, territory, at, document FROM binding WHERE epc IN ({marks})", children):
        if epc not in found or found[epc].at <= _day(at, now):
            found[epc] = Binding(epc, partner, territory, at, by="child", source="station", document=document)
    return found


def _day(iso: str, now: str) -> str:
    """The date of a moment on the clock of the scan: the list's shipments have days of the place, not of UTC."""
    try:
        return datetime.fromisoformat(iso).astimezone(datetime.fromisoformat(now).tzinfo).date().isoformat()
    except ValueError:
        return iso[:10]


def _latest(connection: Connection, assignments: Assignments) -> str:
    """The newest moment that this station knows of: a clock that was put back makes no old list valid. One that was
    ahead once is forgotten with the next list, or no list would ever be valid again."""
    told = [each for each in (_clock(connection, assignments.snapshot), assignments.snapshot.issued_at) if each]
    return max(told, key=lambda each: connection.execute("SELECT julianday(?)", (each,)).fetchone()[0] or 0, default="")


def _clock(connection: Connection, snapshot: Snapshot) -> str:
    """The newest moment of a scan that was judged by this list, ISO; "" for none."""
    row = connection.execute("SELECT at FROM diversion_clock WHERE list=?", (snapshot.name,)).fetchone()
    return row[0] if row else ""


def _cases(connection: Connection, epc: str) -> tuple[Case, ...]:
    return tuple(Case(*row) for row in connection.execute(
        "SELECT number, finding, state, expected, actual, reason, released_by, approver, released_at"
        " FROM suspected WHERE epc=? ORDER BY id DESC", (epc,)))


def _let_go(connection: Connection, chain: Sequence[tuple[int, str]], own: Iterable[Case]) -> tuple[Case, ...]:
    """Released cases of an object, and of what it was in when that was released. `chain`: (row, EPC), outwards."""
    found, since = [each for each in own if each.state == "released"], ""
    for (inner, _), (_, epc) in pairwise(chain):
        since = max(since, objects.packed_at_of(connection, inner), key=_utc)
        found += [each for each in _cases(connection, epc)
                  if each.state == "released" and _utc(since) <= _utc(each.at)]
    return tuple(found)


def _utc(iso: str) -> datetime:
    return datetime.fromisoformat(iso) if iso else datetime.min.replace(tzinfo=UTC)


def _people(connection: Connection, cases: dict[str, tuple[Case, ...]]) -> dict[str, str]:
    """Names of those who released any of these."""
    asked = list({each for found in cases.values() for case in found for each in (case.by, case.approver) if each})
    return dict(connection.execute("SELECT id, json_extract(CAST(body AS TEXT), '$.name') FROM person"
                                   f" WHERE id IN ({','.join('?' * len(asked))})", asked)) if asked else {}


def _partners(connection: Connection, ids: Iterable[str]) -> dict[str, Partner]:
    asked = list(ids)
    return {id: msgspec.json.decode(body, type=Partner) for id, body in connection.execute(
        f"SELECT id, body FROM partner WHERE id IN ({','.join('?' * len(asked))})", asked)}


def _brands(connection: Connection, epcs: Iterable[str], products: Iterable[str]) -> dict[str, str]:
    known = (connection.execute("SELECT product FROM object WHERE epc=?", (epc,)).fetchone() for epc in epcs)
    ids = dict.fromkeys((*products, *(row[0] for row in known if row)))
    rows = ((each, connection.execute("SELECT json_extract(CAST(body AS TEXT), '$.brand') FROM product WHERE id=?",
                                      (each,)).fetchone()) for each in ids if each)
    return {each: row[0] for each, row in rows if row and row[0]}


def status(database: Path, now: datetime) -> SnapshotView:
    """The list in force as people are told of it; beside a running station, too. `now` is aware."""
    assignments = Assignments.beside(database)
    assignments.refresh()
    found, problem = assignments.current, assignments.problem
    assignments.close()
    if found is None:
        return SnapshotView("damaged" if problem else "none", problem=problem)
    latest = ""
    with contextlib.suppress(StoreRefused), contextlib.closing(open_reader(database)) as connection:
        latest = _clock(connection, snapshot_of(found))
    newest = max(now, *(datetime.fromisoformat(each) for each in (latest, found.issued_at) if each))
    old = newest > datetime.fromisoformat(found.valid_until)
    return SnapshotView("expired" if old else "valid", found.id, found.issued_at, found.valid_until, found.complete,
                        found.assignments, found.rules, found.sightings)
