"""A store with events in its outbox as the station leaves them, and a clock that only a test moves."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from app.domain.events import Act, Action, Declaration, Event, Stamp, Type
from app.settings import ServerSection
from app.store.database import Connection, open_writer, transaction
from app.store.migrations import migrate
from app.sync.capture import Capture
from app.sync.outbox import Outbox

START = datetime(2027, 11, 30, 12, 0, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone at this very point."""


@dataclass
class Clock:
    """Moves only when told to; `fuse` counts down the looks at it, and at 0 the process dies."""

    passed_s: float = 0.0
    jump: timedelta = timedelta()
    fuse: int = -1
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        self._burn()
        return START + timedelta(seconds=self.passed_s) + self.jump

    def mono(self) -> float:
        self._burn()
        return 1000.0 + self.passed_s

    def _burn(self) -> None:
        self.fuse -= 1
        if self.fuse == 0:
            raise Killed


def made(path: Path) -> Connection:
    connection = open_writer(path)
    migrate(connection)
    return connection


def bottle(number: int) -> str:
    return f"https://q.brand.example/b/{number:014d}"


def event(number: int, epcs: Sequence[str] = (), parent: str = "") -> Event:
    """Event `number` of the station: bottles that become live, or go into `parent`."""
    stamp = Stamp(f"urn:uuid:01a9817f-b4b8-7001-8100-{number:012d}", START + timedelta(seconds=number), 480, "LINE-1",
                  "https://id.gs1.org/414/6901234000009/254/LINE-1", "https://id.gs1.org/414/6901234000009", "op-lina",
                  1, number)
    epcs = tuple(epcs) or (bottle(number),)
    if parent:
        return Event(Act(Type.AGGREGATION, Action.ADD, "packing", epcs, "in_progress", parent), stamp)
    return Event(Act(Type.OBJECT, Action.ADD, "commissioning", epcs, "active"), stamp)


def declared(event: Event, seq: int, *correctives: str) -> Event:
    """The error declaration of an event, made in entry `seq`."""
    reason = "incorrect_data" if correctives else "did_not_occur"
    return replace(event, declaration=Declaration(START + timedelta(seconds=seq), reason, correctives,
                                                  (("declaredBy", "sv-wang"), ("entry", seq))))


def put(connection: Connection, events: Sequence[Event], state: str = "pending") -> None:
    """Writes events as the station does: entry, event, objects, outbox."""
    with transaction(connection):
        run = connection.execute
        for each in events:
            seq = int(dict(each.declaration.extra)["entry"]) if each.declaration else each.stamp.seq
            run("INSERT INTO entry(seq, at, kind, source, operator, raw, aim, outcome, reason, data)"
                " VALUES (?,?,'scan','s','o',x'',?,'accepted','taken',x'')",
                (seq, each.told_at.isoformat(), ""))
            row = run("INSERT INTO event(entry, event_id, schema_v, biz_step, at, body) VALUES (?,?,1,?,?,?)",
                      (seq, each.key, each.step, each.told_at.isoformat(), msgspec.json.encode(each))).lastrowid
            for epc in (*each.act.epcs, *([each.act.parent] if each.act.parent else [])):
                run("INSERT OR IGNORE INTO object(epc, level, product, lot, expiry, work_order, status, location,"
                    " partner) VALUES (?,'bottle','MILK','L1','','','active','','')", (epc,))
                run("INSERT INTO event_object(object, event) SELECT id, ? FROM object WHERE epc=?", (row, epc))
                if each.act.parent and epc != each.act.parent:
                    run("UPDATE object SET parent=(SELECT id FROM object WHERE epc=?) WHERE epc=?",
                        (each.act.parent, epc))
            run("INSERT INTO outbox(event, state) VALUES (?,?)", (row, state))


def states(connection: Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))


def refusals(connection: Connection) -> dict[int, tuple[str, str]]:
    """Event → (reason, problem) of those in quarantine."""
    return {row[0]: row[1:] for row in connection.execute(
        "SELECT outbox.event, quarantine.reason, quarantine.problem FROM quarantine JOIN outbox USING(event)"
        " WHERE outbox.state='refused'")}


class Bench:
    """An outbox against an address, stepped by hand."""

    def __init__(self, connection: Connection, url: str, clock: Clock | None = None, **server: Any) -> None:
        self.connection, self.clock = connection, clock or Clock()
        self.server = ServerSection(url=url, **{"timeout_s": 5.0, "query_lag_s": 5.0, **server})
        self.client: Capture | None = None
        self.start()

    def start(self) -> None:
        """Also a restart: whatever the old one knew in memory is gone."""
        self.close()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.client = Capture(self.server, self.clock.now)
        self.outbox = Outbox(self.connection, self.client, self.server, now=self.clock.now, mono=self.clock.mono,
                             jitter=lambda most: most)

    def close(self) -> None:
        if self.client:
            self.client.close()

    def step(self) -> float:
        return self.outbox.step()

    def run(self, steps: int = 2000, until_s: float = 10**9) -> None:
        """Steps, with the clock moved on by each wait, until nothing is left to do."""
        end = self.clock.passed_s + until_s
        for _ in range(steps):
            wait = self.step()
            if self.outbox.idle():
                return
            if self.clock.passed_s + wait > end:
                return
            self.clock.passed_s += wait
            self.clock.waits.append(wait)
        raise AssertionError(f"not idle after {steps} steps: {states(self.connection)} {self.outbox.status()}")
