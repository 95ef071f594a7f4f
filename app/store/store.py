"""The station's memory: begin, write, commit; journal first, then SQLite, and only then may anything be shown.

`commit` is the one place where durable is decided. Not for more than one thread.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from app.domain.codes.identity import Code
from app.domain.decision import Alarmed, Armed, Awaiting, Change, DocumentScanned, LabelOrdered
from app.domain.facts import Content, Facts, Known, Supply
from app.domain.packing.closing import units_inside
from app.domain.packing.containers import Container, Packing
from app.domain.packing.labels import SsccRange
from app.domain.packing.line_queue import Queue
from app.domain.packing.order_life import Reconciliation
from app.domain.packing.plan import Plan
from app.domain.products import Hold, Order
from app.domain.session import Session
from app.domain.warehouse.changes import Moving
from app.domain.warehouse.dock import Dock
from app.domain.warehouse.goods import Goods
from app.domain.warehouse.kinds import Direction
from app.domain.warehouse.policy import Policy
from app.messages import DeviceState
from app.store import count_view, goods, line, memory, objects, picked, reconcile, rows
from app.store import entry as entries
from app.store import journal as journals
from app.store.assignments import Assignments
from app.store.catalogue import Catalogue
from app.store.database import DiskFull, StoreRefused, is_full, no_room, open_writer, sqlite3, transaction
from app.store.entry import Entry
from app.store.journal import Journal
from app.store.memory import Memory
from app.store.migrations import migrate
from app.store.pairs import Pairs
from app.store.registry import Registry
from app.store.swap import finish

MOST_LEVELS = 8          # that a plan can have


class Store:
    """Opens or makes the database, replays the journal's tail. Raises StoreRefused, JournalDamaged, DiskFull."""

    def __init__(self, database: Path, journal: Path, progress: rows.Progress = lambda done, total: None) -> None:
        finish(database)
        self.connection = open_writer(database)
        try:
            migrate(self.connection)
            self.catalogue = Catalogue(self.connection)
            self.registry = Registry(self.connection)
            self.pairs = Pairs(self.connection, database.with_name("pairs"))
            self.assignments = Assignments.beside(database)
            self.memory = Memory(memory.beside(database), wanted=rows.number(self.connection, "archived", 0) > 0)
            have = self.connection.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()[0]
            self.journal = Journal(journal, self.epoch, have)
        except BaseException:
            self.connection.close()
            raise
        self._payloads: list[bytes] = []
        self.sscc: SsccRange | None = None       # the numbers that this station may print
        self.house = ("", "")                    # the station's id, and the partner that the site is
        self.ground = ("", Policy())             # the site's URI, and what is done in doubt there
        self._imports = rows.number(self.connection, "catalogue", 0)
        self.forget()
        try:
            self._same_branch(journal, have)
            missing = self.journal.seq - have
            self.replayed = rows.replay(self.connection, journal, have, self.journal.seq, progress) if missing else 0
            if self.journal.epoch > self.epoch:
                rows.put_number(self.connection, "epoch", self.journal.epoch)
            self.pairs.settle(opening=True)
        except BaseException:
            self.rollback()
            self.close()
            raise

    @property
    def epoch(self) -> int:
        """Grows at each restore, so that no number ever names two events."""
        return rows.number(self.connection, "epoch", 1)

    def forget(self) -> None:
        """Master data has changed: what was read of it is read again."""
        self._plans: dict[str, Plan | None] = {}
        self._holds: tuple[Hold, ...] | None = None
        self.expected = count_view.Expected(self.connection, self.plan_of)

    def imported(self) -> bool:
        """True once after each import of master data by another process."""
        before, self._imports = self._imports, rows.number(self.connection, "catalogue", 0)
        return self._imports != before

    def close(self) -> None:
        self.journal.close()
        self.pairs.close()
        self.assignments.close()
        self.memory.close()
        self.connection.close()

    # --- one group of messages ------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Raises DiskFull."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if no_room(error):
                raise DiskFull(f"the database could not be written: {error}") from error
            raise
        self._payloads.clear()

    def next_seq(self) -> int:
        """The number the next entry of this group will have."""
        return self.journal.seq + len(self._payloads) + 1

    def write(self, entry: Entry) -> int:
        """Puts one entry into the open group and gives its number. Raises DiskFull: the group is lost then."""
        seq = self.next_seq()
        entry = replace(entry, objects=rows.announced(self.connection, entry))
        self._payloads.append(entries.encode(entry))
        try:
            rows.insert(self.connection, seq, entry, "pending")
        except sqlite3.OperationalError as error:
            if no_room(error):
                self.rollback()
                raise DiskFull(f"the database could not be written: {error}") from error
            raise
        self.pairs.owes(entry.changes)
        self.expected.told(entry.changes)
        return seq

    def commit(self) -> None:
        """Returns when the group is in the journal and in the database. Raises DiskFull: then nothing of it is kept."""
        try:
            self.journal.append(self._payloads)
        except DiskFull:
            self.rollback()
            raise
        try:
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if not is_full(error):
                # A failed fsync: nobody can say whether it is kept. The journal has it, the next opening brings it in.
                raise
            self.rollback()
            self.journal.undo_last()
            raise DiskFull(f"the database could not be written: {error}") from error
        self._payloads.clear()
        self.pairs.settle()

    def rollback(self) -> None:
        self._payloads.clear()
        self.expected.forget()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.pairs.forget_owed()

    # --- what the domain asks -------------------------------------------------------------------------------------
    def facts(self, epcs: Iterable[str], *, packing: Packing | None = None, dock: Dock | None = None,
              rework: bool = False, codes: Sequence[Code] = (), now: str = "",
              inspected: str | None = None) -> Facts:
        """What is known about these EPCs; contents and document places where the dock asks for them, parents and
        children where something is taken apart. `inspected`: whose goods are held against their bindings, "" nobody's.
        """
        wanted = list(dict.fromkeys(epcs))
        known = self._known(wanted)
        for _ in range(MOST_LEVELS if rework or dock else 0):        # what it is in, and on outwards
            above = [each.parent for each in known.values() if each.parent and each.parent not in known]
            wanted += above
            known |= self._known(above)
        issued = frozenset(self.registry.known(wanted)) if packing and packing.product.issued_only else frozenset()
        children = {}
        if rework:
            children = {epc: objects.children(self.connection, epc) for epc in known}
            inner = [child for epc in wanted for child in children.get(epc, ()) if child not in known]
            known |= objects.known(self.connection, inner)
            children |= {epc: objects.children(self.connection, epc) for epc in inner if known[epc].children}
        if self._holds is None:
            self._holds = tuple(self.catalogue.holds())
        found = Facts(known, issued, self._holds, objects.held(self.connection, wanted), children=children,
                      standing=objects.standing(self.connection, wanted), **line.facts(self.connection, wanted),
                      closed=self._closed(known), roles=self.pairs.roles(wanted), supply=self._supply(),
                      orders=self._orders(known) if rework else {})
        if inspected is not None:
            found = replace(found, goods=self._goods(list(dict.fromkeys(epcs)), codes, now, inspected))
        return self._docked(found, list(dict.fromkeys(epcs)), dock, codes, now) if dock else found

    def _goods(self, epcs: Sequence[str], codes: Sequence[Code], now: str, partner: str) -> Goods:
        station, owner = self.house
        return goods.goods(self.connection, self.assignments, self.pairs, epcs, now=now, station=station,
                           parties=(owner, partner), products=[each.product for each in codes])

    def _docked(self, found: Facts, epcs: list[str], dock: Dock, codes: Sequence[Code], now: str) -> Facts:
        """The same with what the dock asks beside it."""
        contents = {epc: self.contents(epc) for epc in epcs}
        contents |= goods.presumed(codes, found.known, {each.product: self.plan_of(each.product) for each in codes})
        return replace(
            found, contents=contents, on_document=goods.on_documents(self.connection, dock, epcs),
            expected=goods.expected(self.connection, dock, epcs),
            filling=frozenset(epc for epc in epcs if objects.filling(self.connection, epc)),
            children=objects.tree(self.connection, epcs[0]) if epcs and dock.document.does.ends else {},
            goods=replace(self._goods(epcs, codes, now, dock.document.partner),
                          announced_by=goods.announced_by(self.connection, dock, epcs),
                          picked_for=picked.promised(self.connection, dock.ids, epcs) if dock.document.does.away
                          else {},
                          older=goods.left_behind(self.connection, found, epcs[0], contents, dock, self.ground,
                                                    self.plan_of, now) if epcs else ()))

    def identities(self, epcs: Sequence[str]) -> dict[str, str]:
        """Of these codes, the peers: each with the code that its object is known by."""
        return self.pairs.identities(epcs)

    def held_inside(self, order_id: str) -> dict[str, int]:
        """Level of an open container → how many of what it holds may not move."""
        return dict(self.connection.execute(
            "SELECT level, count(*) FROM container CROSS JOIN collected ON collected.container=container.number"
            " WHERE work_order=? AND parked='' AND (collected.epc IN (SELECT epc FROM held_back) OR collected.epc IN"
            " (SELECT epc FROM hold WHERE active=1)) GROUP BY level", (order_id,)))

    def queue(self, order_id: str) -> Queue:
        """The order's in-line queue."""
        return line.queue(self.connection, order_id)

    def _closed(self, known: Mapping[str, Known]) -> frozenset[str]:
        """Of the orders of these objects, those that are closed here."""
        orders = {each.order for each in known.values() if each.order}
        return frozenset(order for order in orders if self.connection.execute(
            "SELECT 1 FROM work_stage WHERE work_order=? AND stage='closed'", (order,)).fetchone())

    def _orders(self, known: Mapping[str, Known]) -> dict[str, Order]:
        """The orders of these objects, those that the catalogue has."""
        found = {id: self.catalogue.order(id) for id in {each.order for each in known.values() if each.order}}
        return {id: order for id, order in found.items() if order}

    def _known(self, epcs: Sequence[str]) -> dict[str, Known]:
        """What is known of these, the archived ones included: those are long gone."""
        known = objects.known(self.connection, epcs)
        missing = [epc for epc in epcs if epc not in known]
        return {**self.memory.known(missing), **known} if missing else known

    def counted(self, order_id: str) -> Reconciliation:
        """The order's arithmetic; empty where the catalogue does not have it whole."""
        order = self.catalogue.order(order_id)
        plan = self.catalogue.plan(order.plan, order.plan_version) if order else None
        return reconcile.counted(self.connection, order_id, plan) if plan else Reconciliation()

    def unprinted(self) -> tuple[LabelOrdered, ...]:
        """Labels that were ordered and that no printer has said anything of: a crash came between."""
        return tuple(LabelOrdered(job, epc, level, -1, container, reason, contents)
                     for job, epc, level, container, reason, contents in self.connection.execute(
                         "SELECT job, epc, level, container, reason, contents FROM print_job"
                         " WHERE state IN ('ordered', 'failed') ORDER BY job"))

    def order_of(self, wanted: LabelOrdered) -> str:
        """The order whose container a label is for, whichever is on the screen; "" where it is not known any more."""
        row = self.connection.execute(
            "SELECT work_order FROM container WHERE number=?1 AND ?1<>0 UNION ALL SELECT work_order FROM object"
            " WHERE epc IN (?2, ?3) LIMIT 1", (wanted.container, wanted.contents, wanted.epc)).fetchone()
        return row[0] if row else ""

    def units(self, epcs: Iterable[str]) -> int:
        """Innermost units in these objects; one that is not known yet is a unit itself."""
        return sum(sum(each.units for each in self.contents(epc)) or 1 for epc in epcs)

    def _supply(self) -> Supply | None:
        """The next numbers of the station's range, where it has one."""
        if self.sscc is None:
            return None
        serial = line.next_serial(self.connection, self.sscc)
        return Supply(self.sscc, serial, rows.number(self.connection, "job", 0) + 1)

    def session(self) -> Session:
        """The session as it was left."""
        words = dict(self.connection.execute("SELECT key, value FROM session"))
        alarm = msgspec.json.decode(words.get("alarm", "{}"), type=Alarmed)
        armed = msgspec.json.decode(words.get("armed", "{}"), type=Armed)
        awaiting = msgspec.json.decode(words.get("awaiting", "{}"), type=Awaiting)
        return Session(words.get("operator", ""), words.get("task", "home"), words.get("order", ""),
                       words.get("document", ""), alarm, armed, awaiting, words.get("shift", ""), words.get("reel", ""),
                       msgspec.json.decode(words.get("joined", "[]"), type=tuple[str, ...]),
                       words.get("inspected", ""), msgspec.json.decode(words.get("moving", "{}"), type=Moving))

    def packing(self, order_id: str) -> Packing | None:
        """The order with its open containers; None where the catalogue does not have it whole."""
        order = self.catalogue.order(order_id)
        plan = self.catalogue.plan(order.plan, order.plan_version) if order else None
        product = self.catalogue.product(order.product) if order else None
        if not (order and plan and product):
            return None
        boxes = []
        for number, level, target, label, reason, labelled, *more in self.connection.execute(
                "SELECT number, level, target, label, reason, labelled, already, step, parked, expected, job,"
                " coalesce((SELECT state FROM print_job WHERE print_job.job=container.job), '')"
                " FROM container WHERE work_order=? ORDER BY number", (order_id,)):
            scans: dict[int, list[str]] = {}
            acts: dict[int, int] = {}
            for scan, epc, act in self.connection.execute(
                    "SELECT scan, epc, act FROM collected WHERE container=? ORDER BY scan, place", (number,)):
                scans.setdefault(scan, []).append(epc)
                acts[scan] = act
            boxes.append(Container(number, level, target, tuple(map(tuple, scans.values())), label, reason,
                                   tuple(acts.values()), labelled, *more))
        closed: dict[str, int] = {}
        for level, count, held in self.connection.execute(
                "SELECT level, closed, children FROM work WHERE work_order=?", (order_id,)):
            closed[level] = count
            if level == plan.levels[1].level:
                closed["units"] = held
        stage, half_level, last_closed = self.connection.execute(
            "SELECT stage, half_level, last_closed FROM work_stage WHERE work_order=?",
            (order_id,)).fetchone() or ("open", "", "")
        half = tuple(self.connection.execute(
            "SELECT role, epc FROM half WHERE work_order=? ORDER BY role", (order_id,)))
        return Packing(order, plan, product, tuple(boxes), closed, self._next_container(), stage, half, half_level,
                       last_closed)

    def dock(self, documents: Sequence[str], station: str = "") -> Dock | None:
        """The documents with what was scanned on them; None where the catalogue does not have the first."""
        return goods.dock(self.connection, self.catalogue, documents, station)

    def open_orders(self) -> tuple[str, ...]:
        """Ids of the work orders that are open, and of others as long as something of theirs can be closed short."""
        return tuple(row[0] for row in self.connection.execute(
            "SELECT id FROM work_order WHERE id NOT IN (SELECT work_order FROM work_stage WHERE stage='closed')"
            " AND (state='open' OR id IN (SELECT work_order FROM container"
            " JOIN collected ON collected.container = container.number)) ORDER BY id"))

    def open_documents(self, direction: Direction) -> tuple[str, ...]:
        """Ids of the documents that can be worked on, this way."""
        return goods.open_documents(self.connection, direction)

    def stage(self, document: str) -> str:
        """Where a document is in its life at this station; "" where nothing was done about it here."""
        return goods.stage(self.connection, document)

    def last_on(self, documents: Sequence[str]) -> tuple[str, dict[int, int]]:
        """The object scanned last on any of these documents and its units by line."""
        return goods.last_on(self.connection, documents)

    def units_on(self, document: str, epc: str) -> dict[int, int]:
        """Units of an object by line of a document."""
        return goods.units_on(self.connection, document, epc)

    def taken_off(self, change: Change) -> dict[tuple[str, int], int]:
        """What an object has on a document's lines that this change takes it off from; {} for any other change."""
        if not isinstance(change, DocumentScanned) or change.quantity:
            return {}
        return {(change.epc, line): units for line, units in self.units_on(change.document, change.epc).items()}

    def device_states(self, states: Iterable[DeviceState]) -> None:
        """The devices' health, for `station status` in another process. Not part of the journal."""
        with transaction(self.connection):
            self.connection.executemany(
                "INSERT INTO device(name, kind, state, detail, at) VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET"
                " kind=excluded.kind, state=excluded.state, detail=excluded.detail, at=excluded.at",
                ((each.name, each.kind, each.state, each.detail, each.at.isoformat() if each.at else "")
                 for each in states))

    def contents(self, epc: str) -> tuple[Content, ...]:
        """Units of the innermost level in an object, by product, batch and expiry."""
        units: dict[tuple[str, str, str], int] = {}
        for product_id, lot, expiry, level, implied, count in objects.leaves(self.connection, epc):
            plan = self.plan_of(product_id)
            inside = units_inside(plan, level, count, bool(implied)) if plan else 0
            units[product_id, lot, expiry] = units.get((product_id, lot, expiry), 0) + inside
        return tuple(Content(product, lot, count, expiry) for (product, lot, expiry), count in units.items() if count)

    def plan_of(self, product_id: str) -> Plan | None:
        if product_id not in self._plans:
            product = self.catalogue.product(product_id)
            self._plans[product_id] = self.catalogue.plan(product.plan) if product else None
        return self._plans[product_id]

    def _next_container(self) -> int:
        return rows.number(self.connection, "container", 0) + 1

    def _same_branch(self, folder: Path, have: int) -> None:
        """Raises StoreRefused where the database's last entry is not the journal's of that number."""
        payload = self.journal.last_payload if have == self.journal.seq else b""
        if 0 < have < self.journal.seq:
            payload = next(journals.read(folder, have - 1)).payload
        if not payload:
            return
        row = self.connection.execute(
            "SELECT at, kind, source, operator, raw, aim, outcome, reason, data, work_order, shift FROM entry"
            " WHERE seq=?", (have,)).fetchone()
        if row != rows.columns(entries.decode(payload)):
            raise StoreRefused(f"entry {have} of the database is not the one in the journal in {folder}: they are of "
                               "different stations or times. Bring back what belongs together, or `station restore`")
