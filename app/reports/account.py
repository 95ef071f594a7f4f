"""All that a report of an order says, read from the store at one moment: arithmetic, codes, causes, people.

Draws nothing and speaks no language.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from app.domain.events import Event
from app.domain.packing.order_life import LevelCount
from app.domain.products import Order, Product
from app.domain.reasons import Reason
from app.store import reconcile
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_reader
from app.store.memory import Memory, beside

MOST_CODES = 1_000_000           # of a difference, more than a sheet can hold with its heading
MOST_ACTS = 100_000
SILENT = tuple(str(each) for each in (Reason.LABEL_ORDERED, Reason.RETURNED, Reason.CONTINUED, Reason.PARKED))
LIFE = tuple(str(each) for each in (Reason.ORDER_STARTED, Reason.ORDER_PAUSED, Reason.ORDER_FINISHED,
                                    Reason.ORDER_RECONCILED))


class UnknownOrder(LookupError):
    """The catalogue does not have this order, or not its plan."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Events of one business step, or acts that write none, with one reason: how many, and about how many codes."""

    biz_step: str
    reason: str
    events: int
    codes: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How often a message ended so."""

    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who worked on the order in one shift. Times are aware."""

    id: str
    name: str
    role: str
    shift: str
    entries: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Acted:
    """An act with a reason or a second person. `step` is a CBV business step or, where no event tells of it, the
    command or a Reason."""

    at: datetime
    who: str
    step: str
    code: str
    count: int
    reason: str
    approver: str


@dataclass(frozen=True, slots=True)
class Account:
    """One order as its report tells it. `people` are names by id."""

    order: Order
    product: Product | None
    stage: str                       # open, started, paused, finished, closed
    levels: tuple[LevelCount, ...]
    codes: tuple[tuple[str, str, str], ...]      # (level, EPC, why) of the difference
    apart: int                       # how many there are
    causes: tuple[Cause, ...]
    verdicts: tuple[Verdicts, ...]
    workers: tuple[Worker, ...]
    acts: tuple[Acted, ...]          # oldest first
    people: dict[str, str] = field(default_factory=dict)


def account(database: Path, order_id: str, zone: Any = None) -> Account:
    """Reads the order as it stands now; times in `zone` (None: the machine's). Raises UnknownOrder, StoreRefused."""
    connection = open_reader(database)
    memory = Memory(beside(database))
    try:
        connection.execute("BEGIN")              # one moment, whatever the station writes meanwhile
        catalogue = Catalogue(connection)
        order = catalogue.order(order_id)
        plan = catalogue.plan(order.plan, order.plan_version) if order else None
        if order is None or plan is None:
            raise UnknownOrder(order_id)
        told = reconcile.told(connection, order_id, plan, MOST_CODES, memory.known)
        stage = connection.execute("SELECT stage FROM work_stage WHERE work_order=?", (order_id,)).fetchone()
        people = {each.id: each for each in catalogue.people()}
        names = {each.id: each.name for each in people.values()}
        causes, acts, told_by = _events(connection, order_id, zone)
        silent = _silent(connection, order_id, zone, told_by)
        causes = (*causes, *_causes(silent))
        acts = sorted((*acts, *silent, *_life(connection, order_id, zone)), key=lambda each: each.at)
        verdicts = tuple(Verdicts(*row) for row in connection.execute(
            "SELECT outcome, reason, count(*) FROM entry WHERE work_order=? GROUP BY 1, 2 ORDER BY 3 DESC",
            (order_id,)))
        workers = tuple(
            Worker(id, names.get(id, id), str(people[id].role) if id in people else "", shift, count,
                   _time(first, zone), _time(last, zone))
            for id, shift, count, first, last in connection.execute(
                "SELECT operator, shift, count(*), min(at), max(at) FROM entry WHERE work_order=? AND operator<>''"
                " GROUP BY 1, 2 ORDER BY 4", (order_id,)))
        return Account(order, catalogue.product(order.product), stage[0] if stage else "open", told.counts.levels,
                       told.codes, told.counts.apart, causes, verdicts, workers, tuple(acts[:MOST_ACTS]), names)
    finally:
        memory.close()
        connection.close()


def _events(connection: Connection, order: str, zone: Any) -> tuple[tuple[Cause, ...], list[Acted], set[int]]:
    """What was reported of the order, by step and reason; each act that has a reason; the entries that these are of."""
    decoder: Any = msgspec.json.Decoder(Event)
    events, codes = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    acts: list[Acted] = []
    told_by: set[int] = set()
    for (body,) in connection.execute("SELECT event.body FROM event CROSS JOIN entry ON entry.seq = event.entry"
                                      " WHERE entry.work_order=? ORDER BY event.id", (order,)):
        event: Event = decoder.decode(body)
        act, extra = event.act, dict(event.act.extra)
        reason, approver = str(extra.get("reason", "")), str(extra.get("approver", ""))
        events[act.biz_step, reason] += 1
        codes[act.biz_step, reason] += max(1, len(act.epcs))
        if reason or approver:
            told_by.add(event.stamp.seq)
        if (reason or approver) and len(acts) < MOST_ACTS:
            code = act.parent if act.parent and len(act.epcs) != 1 else act.epcs[0] if act.epcs else act.parent
            acts.append(Acted(event.stamp.time.astimezone(zone), event.stamp.operator, act.biz_step, code,
                              max(1, len(act.epcs)), reason, approver))
    causes = (Cause(step, reason, count, codes[step, reason]) for (step, reason), count in events.most_common())
    return tuple(causes), acts, told_by


def _silent(connection: Connection, order: str, zone: Any, told_by: set[int]) -> list[Acted]:
    """Acts with a reason or a second person that write no event: labels printed again, codes that go back, what is
    put aside or filled up again, codes typed in. Codes that go back one after another are one act."""
    found: list[Acted] = []
    for seq, at, who, reason, data in connection.execute(
            "SELECT seq, at, operator, reason, data FROM entry WHERE work_order=? AND outcome IN"
            f" ('accepted', 'complete') AND reason NOT IN {LIFE} AND (reason IN {SILENT}"
            " OR instr(data, '\"approver\":') > 0) ORDER BY seq", (order,)):
        told = msgspec.json.decode(data)
        act, approver = str(told.get("act", "")), str(told.get("approver", ""))
        why = str(told.get("why", ""))
        if seq in told_by or not (why or approver) or reason == Reason.LABEL_ORDERED and act != "REPRINT":
            continue
        made = Acted(_time(at, zone), who, act or reason, str(told.get("label") or told.get("code") or ""), 1, why,
                     approver)
        last = found[-1] if found and reason == Reason.RETURNED else made
        same = (last.step, last.who, last.reason, last.approver) == (made.step, made.who, made.reason, made.approver)
        if last is not made and same:
            found[-1] = replace(last, count=last.count + 1)
        elif len(found) < MOST_ACTS:
            found.append(made)
    return found


def _causes(silent: list[Acted]) -> list[Cause]:
    times, codes = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in silent:
        times[each.step, each.reason] += 1
        codes[each.step, each.reason] += each.count
    return [Cause(step, reason, count, codes[step, reason]) for (step, reason), count in times.most_common()]


def _life(connection: Connection, order: str, zone: Any) -> list[Acted]:
    """The order's starts, pauses and its end, with who stood behind them."""
    closed = connection.execute("SELECT reason FROM work_stage WHERE work_order=? AND stage='closed'",
                                (order,)).fetchone()
    found = []
    for at, who, reason, data in connection.execute(
            f"SELECT at, operator, reason, data FROM entry WHERE work_order=? AND reason IN {LIFE} ORDER BY seq",
            (order,)):
        told = msgspec.json.decode(data)
        ended = reason == Reason.ORDER_RECONCILED
        found.append(Acted(_time(at, zone), who, reason, "", int(told.get("count", 0)) if ended else 0,
                           closed[0] if ended and closed else "", str(told.get("approver", ""))))
    return found


def _time(text: str, zone: Any) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)
