"""The store's read-only side: look-up, lists and the sync page, on a connection of its own. Never writes, never waits.

Each call may come from another thread than the last; one call at a time.
"""
from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from app.domain.codes.identity import Code, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted
from app.domain.events import event_id
from app.domain.products import Name
from app.domain.warehouse.cases import WhereaboutsView
from app.messages import Published, StationView
from app.moves import Unsettled
from app.store import objects, paper_view, pictures, reconcile, statistics, who
from app.store.catalogue import Catalogue
from app.store.database import Connection, StoreRefused, open_reader
from app.store.memory import DEPTH, Memory, beside
from app.store.pairs import Pairs
from app.store.past import last_said
from app.store.stock_view import StockView
from app.store.timeline import timeline
from app.store.trees import tree
from app.store.unsettled import unsettled
from app.views import (
    Cause,
    CellsView,
    DocumentRow,
    LineNow,
    ObjectView,
    OrderRow,
    PairSetRow,
    PartnerRow,
    PlanRow,
    ReconcileRow,
    ReconcileView,
    RefusedRow,
    SavedPicture,
    StockObject,
    StockRow,
    StockWhere,
    Sums,
    SyncRow,
    TimelineRow,
)

Row = TypeVar("Row", TimelineRow, SyncRow, RefusedRow)


class Reader:
    def __init__(self, database: Path, language: Callable[[], str], rules: tuple[Rule, ...] = (),
                 whereabouts: Callable[[str, str], WhereaboutsView | None] = lambda epc, product: None,
                 station: str = "") -> None:
        """`rules` are the site's own, tried before those of the products; `whereabouts` (of an EPC and a product) says
        whom goods are meant for; `station` is for its share of documents. Raises StoreRefused."""
        self._whereabouts, self._station = whereabouts, station
        self._language, self._rules = language, rules
        self._pictures = database.parent / "pictures"
        self._lock = threading.Lock()      # sqlite connections serve one caller at a time
        self._connection: Connection = open_reader(database)
        self._catalogue = Catalogue(self._connection)
        self._archive = beside(database)
        self._pairs = Pairs(self._connection, database.with_name("pairs"))

    def close(self) -> None:
        with self._lock:
            self._pairs.close()
            self._connection.close()

    def look_up(self, text: str) -> ObjectView:
        """All about the object that this text names: an EPC, or anything that a scanner could have read."""
        found = self._looked_up(text)
        return replace(found, whereabouts=self._whereabouts(found.epc, found.product)) if ":" in found.epc else found

    def _looked_up(self, text: str) -> ObjectView:
        with self._lock:
            epc, rule, refusal = self._meaning(text)
            epc = self._pairs.identities((epc,)).get(epc, epc)
            peers = tuple((each.role, each.epc, each.source) for each in self._pairs.peers(epc))
            known = objects.known(self._connection, [epc]).get(epc)
            if known is None:
                return self._archived(epc, rule) or ObjectView(epc, False, rule=rule, refusal=refusal, peers=peers)
            product = self._catalogue.product(known.product)
            parents = tuple(row[1] for row in self._connection.execute(objects.UPWARDS, (epc,)).fetchall()[1:])
            return ObjectView(epc, True, known.level, known.product, self._named(product.name if product else {}),
                              known.lot, known.expiry, known.status, known.location, self._partner(known.partner),
                              known.order, parents, tree(self._connection, epc),
                              self._by_name(timeline(self._connection, epc)), rule, peers=peers,
                              place=self._named(self._catalogue.place_name(known.location)))

    def reconcile(self, order: str) -> ReconcileView:
        """The order counted: its levels, and the first codes of the difference. An unknown one has no levels."""
        with self._lock:
            known = self._catalogue.order(order)
            plan = self._catalogue.plan(known.plan, known.plan_version) if known else None
            if known is None or plan is None:
                return ReconcileView(order, "open", "", "", ())
            stage = self._connection.execute("SELECT stage FROM work_stage WHERE work_order=?", (order,)).fetchone()
            with self._remembering() as memory:
                told = reconcile.told(self._connection, order, plan, archived=memory.known)
            levels = tuple(ReconcileRow(each.level, each.issued, each.packed, each.scrapped, each.sampled,
                                        each.returned, each.open, each.difference) for each in told.counts.levels)
            return ReconcileView(order, stage[0] if stage else "open", known.product, known.lot, levels, told.codes,
                                 told.counts.apart)

    def orders(self) -> tuple[OrderRow, ...]:
        """Open work orders and how far each is; those that were closed here are left out."""
        with self._lock:
            rows = []
            stages = dict(self._connection.execute("SELECT work_order, stage FROM work_stage"))
            for order in self._catalogue.orders("open"):
                if stages.get(order.id) == "closed":
                    continue
                product = self._catalogue.product(order.product)
                plan = self._catalogue.plan(order.plan, order.plan_version)
                packed = self._connection.execute(
                    "SELECT coalesce(sum(children), 0) FROM work WHERE work_order=? AND level=?",
                    (order.id, plan.levels[1].level if plan else "")).fetchone()[0]
                rows.append(OrderRow(order.id, order.product, self._named(product.name if product else {}), order.lot,
                                     order.planned, packed, stages.get(order.id, order.state)))
            return tuple(rows)

    def other_plans(self, order: str) -> tuple[PlanRow, ...]:
        """The plans that containers of this order can be packed anew to, the smallest containers first."""
        with self._lock:
            known = self._catalogue.order(order)
            own = self._catalogue.plan(known.plan, known.plan_version) if known else None
            if own is None:
                return ()
            unit = own.levels[0].level
            found = [PlanRow(each.id, each.levels[1].count, unit, each.levels[1].level)
                     for each in self._catalogue.plans() if each.id != own.id and each.levels[0].level == unit]
            return tuple(sorted(found, key=lambda row: (row.count, row.id)))

    def pair_sets(self) -> tuple[PairSetRow, ...]:
        """The sets of pairs from makers' files with their sampling checks, those to be checked first."""
        with self._lock:
            rows = []
            for each in self._pairs.sets():
                sampling, about = each.sampling, each.about
                product = self._catalogue.product(about.product) if about.product else None
                half = tuple((about.roles[side.column], side.epc) for side in sampling.half)
                good, wrong = sampling.wrong_from
                rows.append(PairSetRow(
                    each.number, about.source, about.level, self._named(product.name) if product else about.product,
                    about.rows, each.state, about.roles, sampling.wanted, sampling.right, half, sampling.faults,
                    sampling.shift or 0, good, wrong))
            return tuple(sorted(rows, key=lambda row: (row.state != "to_check", row.state != "stopped", -row.number)))

    def documents(self, way: str, states: Sequence[str] = paper_view.OPEN, find: str = "") -> tuple[DocumentRow, ...]:
        """Documents that come "in", go "out" or "count", worked on first; a kind's name means its way. `find` is a part
        of a number or a partner's name."""
        with self._lock:
            return paper_view.listed(self._connection, self._named, way, states, self._station, find=find)

    def partners(self, kind: str) -> tuple[PartnerRow, ...]:
        """Whom a document of this kind may name."""
        with self._lock:
            return paper_view.partners(self._connection, self._named, kind)

    def document(self, id: str) -> paper_view.Paper | None:
        """One document with its lines and what was scanned on it."""
        with self._lock:
            return paper_view.paper(self._connection, id, self._station)

    def sync_rows(self, state: str, before: int = 1 << 62, limit: int = 100) -> tuple[SyncRow, ...]:
        """Events of one sending state, newest first, at most `limit` with a number below `before`."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT event.id, event.event_id, event.at, event.biz_step, entry.operator, outbox.state, outbox.tries,"
                " coalesce(quarantine.problem, ''), coalesce(nullif(json_extract(event.body, '$.act.parent'), ''),"
                " json_extract(event.body, '$.act.epcs[0]')), json_array_length(event.body, '$.act.epcs')"
                " FROM outbox JOIN event ON event.id = outbox.event JOIN entry ON entry.seq = event.entry"
                " LEFT JOIN quarantine ON quarantine.event = event.id"
                " WHERE outbox.state <> 'done' AND outbox.state = ? AND event.id < ? ORDER BY event.id DESC LIMIT ?",
                (state, before, limit))
            return self._by_name(tuple(
                SyncRow(number, event_id(key), datetime.fromisoformat(at), step, epc or "", count, operator, state,
                        tries, problem)
                for number, key, at, step, operator, state, tries, problem, epc, count in rows))

    def waiting(self) -> int:
        """Events that the server has not answered for yet."""
        with self._lock:
            return int(self._connection.execute(
                "SELECT count(*) FROM outbox WHERE state<>'done' AND state NOT IN ('refused', 'discarded')"
            ).fetchone()[0])

    def last_said(self, view: StationView, limit: int = 30) -> tuple[Published, ...]:
        """What was said of the last codes that were read, newest first."""
        with self._lock:
            return last_said(self._connection, view, limit)

    def people(self) -> tuple[tuple[str, str, str], ...]:
        """(id, name, role) of everybody who may sign in."""
        with self._lock:
            return tuple((each.id, each.name, str(each.role)) for each in self._catalogue.people())

    # --- stock ----------------------------------------------------------------------------------------------------
    def stock(self, where: StockWhere, group: str,
              today: date) -> tuple[Sequence[StockRow], Sequence[StockRow], int, int, int]:
        """(goods by a group of stock_view.GROUPS, the same goods by age, units, outermost objects, units held)."""
        with self._lock:
            view = StockView(self._connection, self._language(), today)
            total = view.total(where)
            return view.rows(where, group), view.rows(where, "age"), total.units, total.objects, view.held(where)

    def stock_objects(self, where: StockWhere, after: int, today: date, limit: int = 50) -> Sequence[StockObject]:
        """A page of the outermost objects with such goods, behind the one with the number `after`."""
        with self._lock:
            return StockView(self._connection, self._language(), today).objects(where, after, limit)

    def unsettled(self) -> Sequence[Unsettled]:
        """What somebody still has to see to."""
        with self._lock:
            return unsettled(self._connection)

    def stock_events(self, epc: str, before: int = 1 << 62, limit: int = 50) -> Sequence[TimelineRow]:
        """Events about an object and all it holds, newest first."""
        with self._lock:
            return StockView(self._connection, self._language(), date.min).events(epc, before, limit)

    # --- the line page --------------------------------------------------------------------------------------------
    def line_now(self, order: str, now: datetime, stop_s: float = 60) -> LineNow:
        """Pace, stops and progress; `order` "": the one that something was closed of last."""
        with self._lock:
            run = self._connection.execute
            if not order:
                last = run("SELECT work_order FROM pace ORDER BY slot DESC LIMIT 1").fetchone()
                order = last[0] if last else ""
            known = self._catalogue.order(order)
            product = self._catalogue.product(known.product) if known else None
            packed = run("SELECT coalesce(sum(children), 0) FROM work WHERE work_order=? AND level=?",
                         (order, self._outer(order)[0])).fetchone()[0]
            planned = known.planned if known else 0
            told = statistics.line_now(self._connection, now, order, max(planned - packed, 0), cache(self._outer),
                                       stop_s=stop_s)
            return replace(told, product_name=self._named(product.name) if product else "", planned=planned,
                           packed=packed, lot=known.lot if known else "", state=known.state if known else "")

    def by_hour(self, now: datetime, hours: int = 12) -> tuple[Sums, ...]:
        with self._lock:
            return statistics.by_hour(self._connection, now, hours)

    def by_shift(self, now: datetime) -> tuple[Sums, ...]:
        with self._lock:
            return statistics.by_shift(self._connection, now)

    def by_order(self, now: datetime) -> tuple[Sums, ...]:
        with self._lock:
            return statistics.by_order(self._connection, now)

    def cells(self, order: str) -> CellsView | None:
        """Read rates by place of the case; None where no reader told places."""
        with self._lock:
            return statistics.cells(self._connection, order, self._outer(order)[1] if order else 0)

    def pareto(self, since: datetime, order: str = "") -> tuple[Cause, ...]:
        with self._lock:
            return statistics.pareto(self._connection, since, order)

    def refused(self, reason: str, before: int = 1 << 62, limit: int = 50) -> tuple[RefusedRow, ...]:
        """Entries in which something was not good for this reason, newest first."""
        with self._lock:
            return self._by_name(statistics.refused(self._connection, reason, before, limit))

    def no_reads(self, cell: int, order: str = "", before: int = 1 << 62, limit: int = 50) -> tuple[RefusedRow, ...]:
        """Entries in which this place of the case was not read, newest first."""
        with self._lock:
            return self._by_name(statistics.no_reads(self._connection, cell, before, limit, order))

    def picture(self, row: RefusedRow) -> SavedPicture | None:
        """The picture kept of an entry; None where none was."""
        return pictures.find(self._pictures, row.seq, row.at)

    def _outer(self, order: str) -> tuple[str, int]:
        """The level above the units, and how many units it holds; ("", 1) where the order's plan is not known."""
        known = self._catalogue.order(order)
        plan = self._catalogue.plan(known.plan, known.plan_version) if known else None
        return (plan.levels[1].level, plan.levels[1].count) if plan else ("", 1)

    def _meaning(self, text: str) -> tuple[str, str, str]:
        """(EPC, name of the rule, refusal) of a text; an EPC already known stands for itself."""
        if self._connection.execute("SELECT 1 FROM object WHERE epc=?", (text,)).fetchone():
            return text, "", ""
        products = self._catalogue.products()
        rules = (*self._rules, *self._catalogue.rules(), *(rule for product in products for rule in product.rules))
        meaning = RuleTable(rules, self._catalogue.gtins()).read(pasted(text))
        if isinstance(meaning, Code):
            return meaning.epc, meaning.rule, ""
        return text, "", str(meaning.reason) if isinstance(meaning, Refusal) else ""

    @contextlib.contextmanager
    def _remembering(self) -> Iterator[Memory]:
        """The memory of archived codes, opened for one question: its filters are large, and few ask."""
        try:
            memory = Memory(self._archive)
        except StoreRefused:
            memory = Memory(self._archive / "damaged")       # an empty one; `station verify` tells why
        with contextlib.closing(memory):
            yield memory

    def _archived(self, epc: str, rule: str) -> ObjectView | None:
        """What the memory knows of an object that left long ago: where it was packed, and when."""
        with self._remembering() as memory:
            known = memory.known([epc]).get(epc)
            if known is None:
                return None
            parents = [known.parent] if known.parent else []
            while parents and parents[-1] != known.root and len(parents) < DEPTH:
                above = memory.seen([parents[-1]]).get(parents[-1])
                parents.append(above.parent if above and above.parent else known.root)
        product = self._catalogue.product(known.product)
        packed = TimelineRow(0, datetime.fromisoformat(known.packed_at), "packing", "ADD", "", "", known.parent, 1,
                             "done", "")
        return ObjectView(epc, True, known.level, known.product, self._named(product.name if product else {}),
                          known.lot, known.expiry, known.status, known.location, self._partner(known.partner),
                          known.order, tuple(parents), None, (packed,) if known.parent else (), rule)

    def _by_name(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """The same rows, with people by their names."""
        name = who.named(self._connection)
        return tuple(replace(row, operator=name(row.operator)) for row in rows)

    def _partner(self, id: str) -> str:
        """What a partner is called; its id where nobody has told."""
        partner = self._catalogue.partner(id) if id else None
        return self._named(partner.name) or id if partner else id

    def _named(self, name: Name) -> str:
        return name.get(self._language()) or next(iter(name.values()), "")
