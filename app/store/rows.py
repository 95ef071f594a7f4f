"""One journal entry as rows of the tables: at its commit, when the tail is replayed, when a database is made anew.

Always the same way, so that all three give the same state. The caller holds the transaction.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from app.domain.decision import Alarmed, Armed, Awaiting, Change, LabelOrdered, Opened, Placed, ReelChecked, Unpacked
from app.domain.events import Action, Event
from app.domain.reasons import Reason
from app.store import deeds, objects, stock, tally, trees
from app.store import entry as entries
from app.store import journal as journals
from app.store.database import Connection
from app.store.entry import Entry, ObjectRow
from app.store.pairs import owe
from app.store.shipments import documents_of

EVENT_SCHEMA = 1
AT_ONCE = 5_000                             # entries of one transaction when many are replayed
Progress = Callable[[int, int], None]       # done, of how many


def insert(connection: Connection, seq: int, entry: Entry, state: str) -> None:
    """The entry, what it changes, its events and their place in the outbox in this sending state."""
    connection.execute(
        "INSERT INTO entry(seq, at, kind, source, operator, raw, aim, outcome, reason, data, work_order, shift) VALUES"
        " (?,?,?,?,?,?,?,?,?,?,?,?)", (seq, *columns(entry)))
    moving = stock.before(connection, entry.changes)
    _learn(connection, entry.objects)
    deeds.remember(connection, seq, entry)
    for change in entry.changes:
        objects.apply(connection, change)
        match change:
            case Alarmed() | Armed() | Awaiting():
                word = {Alarmed: "alarm", Armed: "armed", Awaiting: "awaiting"}[type(change)]
                objects.remember(connection, **{word: msgspec.json.encode(change).decode()})
            case Opened(number):
                put_number(connection, "container", number)
            case LabelOrdered(job):
                put_number(connection, "job", job)
            case ReelChecked():
                owe(connection, change, entry.at.isoformat())
    stock.after(connection, moving)
    _count_cells(connection, entry)
    tally.count(connection, seq, entry)
    for event in entry.events:
        _report(connection, seq, event, state, entry.changes)


def columns(entry: Entry) -> tuple[object, ...]:
    """The entry's columns but its number. Raw bytes of one code are kept as they are, those of a frame as JSON."""
    raw = entry.raws[0] if len(entry.raws) == 1 else msgspec.json.encode(entry.raws) if entry.raws else None
    return (entry.at.isoformat(), entry.kind, entry.source, entry.operator, raw, " ".join(entry.aims),
            str(entry.verdict.outcome), str(entry.verdict.reason), msgspec.json.encode(entry.verdict.data), entry.order,
            entry.shift)


def announced(connection: Connection, entry: Entry) -> tuple[ObjectRow, ...]:
    """The announced objects that this entry makes real, takes something out of or tells of, outermost first."""
    rows: list[ObjectRow] = []
    tops: list[str] = []
    for change in entry.changes:
        match change:
            case Placed(epcs):
                tops += epcs
            case Unpacked(parent):
                tops.append(trees.root_of(connection, parent))
    for event in entry.events:           # a stop of goods that are not taken in, what a count saw of them
        if event.act.action is Action.OBSERVE:
            tops += (trees.root_of(connection, epc) for epc in event.act.epcs)
    for epc in dict.fromkeys(tops):
        rows += connection.execute(objects.DOWNWARDS + """
            SELECT object.epc, object.level, object.product, object.lot, object.expiry, coalesce(above.epc, ''),
                   object.implied
            FROM inside CROSS JOIN object USING(id) LEFT JOIN object AS above ON above.id = object.parent
            WHERE EXISTS (SELECT 1 FROM object AS top WHERE top.epc=? AND top.status='announced')
            ORDER BY object.id""", (epc, epc)).fetchall()
    return tuple((*row[:6], bool(row[6])) for row in rows)


def replay(connection: Connection, folder: Path, have: int, last: int, progress: Progress) -> int:
    """Brings the tables from entry `have` up to entry `last` of the journal; gives how many were missing.

    Nobody can say here whether their events were sent before, so they are "unknown": the outbox asks the server.
    """
    done = 0
    for record in journals.read(folder, after=have):
        if record.seq > last:
            break
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")
        insert(connection, record.seq, entries.decode(record.payload), "unknown")
        done += 1
        if done % AT_ONCE == 0:
            connection.execute("COMMIT")
            progress(have + done, last)
    if connection.in_transaction:
        connection.execute("COMMIT")
        progress(have + done, last)
    return done


def _count_cells(connection: Connection, entry: Entry) -> None:
    """Which places of the case were read and which were not, by hour: what the camera's drift is seen from."""
    cells = [(mark.cell, mark.reason is Reason.UNREADABLE) for mark in entry.verdict.marks if mark.cell >= 0]
    hour = entry.at.isoformat()[:13]
    connection.executemany(
        "INSERT INTO cell_count(work_order, source, cell, hour, read, unread) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT DO UPDATE SET read=read+excluded.read, unread=unread+excluded.unread",
        ((entry.order, entry.source, cell, hour, int(not unread), int(unread)) for cell, unread in cells))


def number(connection: Connection, key: str, missing: int) -> int:
    """A number kept in `meta`."""
    row = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return int(row[0]) if row else missing


def put_number(connection: Connection, key: str, value: int) -> None:
    connection.execute("INSERT INTO meta(key, value) VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value",
                       (key, str(value)))


def _report(connection: Connection, seq: int, event: Event, state: str, changes: Sequence[Change]) -> None:
    """The event, its objects for the time-line, and its place in the outbox."""
    made = connection.execute(
        "INSERT INTO event(entry, event_id, schema_v, biz_step, at, body) VALUES (?,?,?,?,?,?)",
        (seq, event.key, EVENT_SCHEMA, event.step, event.told_at.isoformat(), msgspec.json.encode(event))).lastrowid
    about = (*event.act.epcs, event.act.parent) if event.act.parent else event.act.epcs
    if event.act.parent and not event.act.epcs:      # taken apart whole: it is about all that came out
        about += tuple(epc for each in changes if isinstance(each, Unpacked) and each.parent == event.act.parent
                       for epc in each.children)
    connection.executemany(
        "INSERT OR IGNORE INTO event_object(object, event) SELECT id, ? FROM object WHERE epc=?",
        ((made, epc) for epc in about))
    connection.executemany("INSERT OR IGNORE INTO event_document(document, event) VALUES (?,?)",
                           ((each, made) for each in documents_of(event.act)))
    connection.execute("INSERT INTO outbox(event, state) VALUES (?,?)", (made, state))


def _learn(connection: Connection, rows: tuple[ObjectRow, ...]) -> None:
    """Announced objects as they were when they became real, whatever an older database has of them."""
    objects.release(connection, (row[0] for row in rows))
    for epc, level, product, lot, expiry, _, implied in rows:
        connection.execute(
            "INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner, implied)"
            " VALUES (?,?,?,?,?,'','announced','','',?) ON CONFLICT(epc) DO UPDATE SET level=excluded.level,"
            " product=excluded.product, lot=excluded.lot, expiry=excluded.expiry, implied=excluded.implied,"
            " parent=NULL",
            (epc, level, product, lot, expiry, int(implied)))
    for epc, _, _, _, _, parent, _ in rows:
        if parent:
            connection.execute("UPDATE object SET parent=(SELECT id FROM object WHERE epc=?) WHERE epc=?",
                               (parent, epc))
