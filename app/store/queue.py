"""The table side of sending: which events wait, are on their way, are done or were refused. No network here.

States of an event: pending → sending (committed before the socket is used) → accepted (202) → done; unknown where
nobody can say what became of it; refused (quarantined until a person decides); held (waits for a refused one about
the same goods); discarded (by a person). Nothing is ever deleted.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.domain.events import DECLARED, Event
from app.store.database import Connection, transaction

SCHEMA_V = 1            # newest form of event.body this program reads
COUNTED = 10_000        # queues up to this long are counted, longer ones reckoned from first and last
IN_FLIGHT = ("sending", "accepted", "unknown")
# Every question names the index's own condition: SQLite does not see by itself that state='pending' implies it.
OPEN = "state<>'done' AND state"


class UnreadableEvent(Exception):
    """The stored event is not one this program can read; the text says what came."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One event that waits. `body` is as the journal wrote it; `key` is Event.key."""

    event: int
    key: str
    schema_v: int
    body: bytes

    @property
    def declares(self) -> bool:
        """Whether it is an error declaration, which has its event's eventID."""
        return self.key.endswith(DECLARED)

    def read(self) -> Event:
        """Raises UnreadableEvent."""
        if self.schema_v > SCHEMA_V:
            raise UnreadableEvent(f"event form {self.schema_v}, this program reads up to {SCHEMA_V}")
        try:
            return msgspec.json.decode(self.body, type=Event)
        except (msgspec.DecodeError, ValueError) as error:
            raise UnreadableEvent(str(error)) from error


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that went out together and are not settled. `state` is one of IN_FLIGHT."""

    id: int
    state: str
    job_url: str
    events: tuple[Queued, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    queued: int
    in_flight: int
    accepted: int
    refused: int
    oldest: datetime | None
    last_ack: datetime | None


class Queue:
    """The sending side's view of the store, on its own writing connection. One per database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._run = connection.execute

    # --- taking events out ------------------------------------------------------------------------------------------
    def recover(self) -> None:
        """After a start nobody knows what became of what was being sent."""
        with transaction(self._connection):
            self._run(f"UPDATE outbox SET state='unknown' WHERE {OPEN}='sending'")
            self._run("UPDATE batch SET state='unknown' WHERE state='sending'")

    def open_batch(self) -> Batch | None:
        """The batch that is not settled: the last one or none, because one goes out at a time."""
        row = self._run("SELECT id, state, job_url, first, last FROM batch ORDER BY id DESC LIMIT 1").fetchone()
        if row is None or row[1] not in IN_FLIGHT:
            return None
        number, state, job_url, first, last = row
        events = self._events("outbox.event BETWEEN ? AND ? AND outbox.batch=?", (first, last, number), -1)
        return Batch(number, state, job_url, events)

    def adopt(self, limit: int, at: datetime) -> Batch | None:
        """Unknown events of no batch (a store rebuilt from its journal), as one batch to ask the server about."""
        events = self._events(f"outbox.{OPEN}='unknown' AND outbox.batch IS NULL", (), limit)
        if not events:
            return None
        with transaction(self._connection):
            batch = self._new_batch("unknown", events, at)
            self._set(events, "unknown", batch)
        return Batch(batch, "unknown", "", events)

    def waiting(self, limit: int, up_to: int | None = None) -> tuple[Queued, ...]:
        """Pending events in order, at most `limit`, none after event `up_to`."""
        last = 1 << 62 if up_to is None else up_to
        return self._events(f"outbox.{OPEN}='pending' AND outbox.event<=?", (last,), limit)

    def held_back(self, queued: Queued, event: Event) -> bool:
        """True where an earlier event about the same goods, or what they are in, was refused or is held itself."""
        epcs = [*event.act.epcs, event.act.parent] if event.act.parent else [*event.act.epcs]
        return self._run(
            "WITH RECURSIVE mine(id) AS (SELECT id FROM object WHERE epc IN (SELECT value FROM json_each(?))"
            " UNION SELECT object.parent FROM object JOIN mine USING(id) WHERE object.parent IS NOT NULL)"
            " SELECT 1 FROM mine CROSS JOIN event_object ON event_object.object = mine.id AND event_object.event < ?"
            " CROSS JOIN outbox ON outbox.event = event_object.event WHERE outbox.state IN ('refused','held') LIMIT 1",
            (msgspec.json.encode(epcs).decode(), queued.event)).fetchone() is not None

    def anything_refused(self) -> bool:
        return self._run(f"SELECT 1 FROM outbox WHERE {OPEN}='refused' LIMIT 1").fetchone() is not None

    def hold(self, events: Iterable[Queued]) -> None:
        with transaction(self._connection):
            self._set(events, "held")

    def claim(self, events: Sequence[Queued], at: datetime) -> Batch:
        """Marks the events as being sent, durably; only then may the socket be used."""
        with transaction(self._connection):
            batch = self._new_batch("sending", events, at)
            self._connection.executemany("UPDATE outbox SET state='sending', tries=tries+1, batch=? WHERE event=?",
                                         ((batch, each.event) for each in events))
        return Batch(batch, "sending", "", tuple(events))

    # --- what became of them ----------------------------------------------------------------------------------------
    def accepted(self, batch: Batch, job_url: str) -> None:
        with transaction(self._connection):
            self._set(batch.events, "accepted")
            self._run("UPDATE batch SET state='accepted', job_url=? WHERE id=?", (job_url, batch.id))

    def unknown(self, batch: Batch) -> None:
        with transaction(self._connection):
            self._set(batch.events, "unknown")
            self._run("UPDATE batch SET state='unknown' WHERE id=?", (batch.id,))

    def settle(self, batch: Batch, at: datetime, *, done: Sequence[Queued] = (),
               refused: Mapping[int, tuple[str, str]] | None = None) -> None:
        """Ends a batch: `done` ones are stored at the server, `refused` ones (event → reason, problem) go to
        quarantine, the rest waits again."""
        refused, stored = refused or {}, {each.event for each in done}
        with transaction(self._connection):
            self._connection.executemany("UPDATE outbox SET state='done', done_at=? WHERE event=?",
                                         ((at.isoformat(), event) for event in stored))
            ended = stored | refused.keys()
            self._set((each for each in batch.events if each.event not in ended), "pending")
            for event, (reason, problem) in refused.items():
                self._quarantine(event, reason, problem, at)
            self._run("UPDATE batch SET state='settled', done_at=? WHERE id=?",
                      (at.isoformat() if stored else None, batch.id))

    def quarantine(self, queued: Queued, reason: str, problem: str, at: datetime) -> None:
        """Sets one event aside that never went out."""
        with transaction(self._connection):
            self._quarantine(queued.event, reason, problem, at)

    def _quarantine(self, event: int, reason: str, problem: str, at: datetime) -> None:
        self._run("UPDATE outbox SET state='refused' WHERE event=?", (event,))
        self._run("INSERT INTO quarantine(event, at, reason, problem) VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
                  " at=excluded.at, reason=excluded.reason, problem=excluded.problem, resolved_at=NULL,"
                  " resolved_by=NULL, resolution=NULL", (event, at.isoformat(), reason, problem))

    # --- what a person decides --------------------------------------------------------------------------------------
    def resolve(self, event: int, how: str, by: str, at: datetime) -> bool:
        """A supervisor's word on a refused event: "resend" or "discard". False where it is not refused (any more).

        What was held back for it is looked at again, in order. Who may do this is the station's question.
        """
        if how not in ("resend", "discard"):
            raise ValueError(f"how: expected 'resend' or 'discard', got {how!r}")
        with transaction(self._connection):
            changed = self._run("UPDATE outbox SET state=? WHERE event=? AND state='refused'",
                                ("pending" if how == "resend" else "discarded", event)).rowcount
            if changed:
                self._run("UPDATE quarantine SET resolved_at=?, resolved_by=?, resolution=? WHERE event=?",
                          (at.isoformat(), by, how, event))
                self._run(f"UPDATE outbox SET state='pending' WHERE {OPEN}='held'")
        return bool(changed)

    # --- how far ------------------------------------------------------------------------------------------------------
    def counts(self) -> Counts:
        """Cheap at any length: long queues are reckoned from their first and last event."""
        pending = self._one(f"SELECT count(*) FROM (SELECT 1 FROM outbox WHERE {OPEN}='pending' LIMIT ?)", COUNTED + 1)
        by_state = {state: self._one(f"SELECT count(*) FROM outbox WHERE {OPEN}=?", state)
                    for state in ("held", "refused", "discarded", *IN_FLIGHT)}
        if pending > COUNTED:
            first = self._one(f"SELECT min(event) FROM outbox WHERE {OPEN}='pending'")
            last = self._one(f"SELECT max(event) FROM outbox WHERE {OPEN}='pending'")
            others = sum(self._one(f"SELECT count(*) FROM outbox WHERE {OPEN}=? AND event>?", state, first)
                         for state in by_state)
            pending = last - first + 1 - others
        total = self._one("SELECT coalesce(max(event), 0) FROM outbox")     # from 1 on: archived ones count
        firsts = [self._one(f"SELECT min(event) FROM outbox WHERE {OPEN}=?", state)
                  for state in ("pending", "held", *IN_FLIGHT)]
        oldest = min((first for first in firsts if first is not None), default=None)
        return Counts(
            pending + by_state["held"], sum(by_state[state] for state in IN_FLIGHT),
            max(total - pending - sum(by_state.values()), 0), by_state["refused"],
            _time(self._one("SELECT at FROM event WHERE id=?", oldest)) if oldest is not None else None,
            _time(self._one("SELECT (SELECT done_at FROM batch WHERE done_at IS NOT NULL ORDER BY id DESC LIMIT 1)")))

    def idle(self) -> bool:
        """True where nothing waits and nothing is in flight."""
        return self._run(f"SELECT 1 FROM outbox WHERE {OPEN} IN ('pending','sending','accepted','unknown') LIMIT 1"
                         ).fetchone() is None

    # --- small things that outlive a restart ------------------------------------------------------------------------
    def recall(self, key: str) -> str:
        row = self._run("SELECT value FROM meta WHERE key=?", (f"sync.{key}",)).fetchone()
        return row[0] if row else ""

    def remember(self, key: str, value: str) -> None:
        with transaction(self._connection):
            self._run("INSERT OR REPLACE INTO meta(key, value) VALUES (?,?)", (f"sync.{key}", value))

    def _events(self, where: str, arguments: tuple[Any, ...], limit: int) -> tuple[Queued, ...]:
        return tuple(Queued(*row) for row in self._run(
            "SELECT event.id, event.event_id, event.schema_v, event.body FROM outbox CROSS JOIN event"
            f" ON event.id = outbox.event WHERE {where} ORDER BY outbox.event LIMIT ?", (*arguments, limit)))

    def _new_batch(self, state: str, events: Sequence[Queued], at: datetime) -> int:
        return self._run("INSERT INTO batch(sent_at, state, first, last) VALUES (?,?,?,?)",
                         (at.isoformat(), state, events[0].event, events[-1].event)).lastrowid

    def _set(self, events: Iterable[Queued], state: str, batch: int | None = None) -> None:
        self._connection.executemany("UPDATE outbox SET state=?, batch=coalesce(?, batch) WHERE event=?",
                                     ((state, batch, each.event) for each in events))

    def _one(self, sql: str, *arguments: object) -> Any:
        return self._run(sql, arguments).fetchone()[0]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
