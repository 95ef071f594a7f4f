"""Takes goods that have left long ago out of the tables: their codes go into the memory first, then the rows go.

Only whole trees whose outermost object was shipped or ended its life, long enough ago, with everything about them
stored at the server, their work order closed, no hold and no open document about them. The journal keeps all of it.
May run beside the station: rows go a few at a time. A kill leaves rows that the next run takes. Also makes the memory
anew from the journal. Decides nothing about scans.
"""
from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from app.domain.facts import END_OF_LIFE
from app.store import journal, objects, rows, stock, upkeep
from app.store.database import Connection, open_reader, open_writer, transaction
from app.store.memory import Batch, Past, writing
from app.store.migrations import migrate
from app.store.rows import Progress
from app.store.swap import waiting
from app.store.upkeep import UpkeepRefused, no_progress

DAYS = 90                # goods are left alone until nothing has happened to them for so long
CODES = 100_000          # codes that are remembered at a time
SLICE = 100              # rows that go in one transaction: a few milliseconds
LOOK = 500               # entries looked at together
GONE = tuple(sorted({"in_transit", *END_OF_LIFE}))
DONE_ORDERS = ("closed", "cancelled")
DONE_DOCUMENTS = ("closed", "closed_short", "cancelled")

TREE = """
WITH RECURSIVE inside(id, depth) AS (
    SELECT ?, 0 UNION ALL SELECT object.id, depth + 1 FROM object JOIN inside ON object.parent = inside.id)
SELECT object.id, object.epc, object.level, object.product, object.lot, object.expiry, object.work_order,
    object.implied OR EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id), coalesce(above.epc, ''),
    (SELECT unixepoch(event.at) FROM event_object JOIN event ON event.id = event_object.event
     WHERE event_object.object = object.id AND event.biz_step IN ('packing', 'repackaging')
     ORDER BY event.id DESC LIMIT 1)
FROM inside CROSS JOIN object USING(id) LEFT JOIN object AS above ON above.id = object.parent ORDER BY depth DESC"""
# of a tree: when something last happened, what is not at the server, the outermost object's last event
LATEST = """
WITH RECURSIVE inside(id) AS (
    SELECT ?1 UNION ALL SELECT object.id FROM object JOIN inside ON object.parent = inside.id)
SELECT max(unixepoch(event.at)), count(*) FILTER (WHERE outbox.state IS NOT 'done')
FROM inside CROSS JOIN event_object ON event_object.object = inside.id JOIN event ON event.id = event_object.event
    LEFT JOIN outbox ON outbox.event = event.id"""
LAST_ENTRY = "SELECT coalesce(max(seq), 0) FROM entry"
LAST_EVENT = "SELECT coalesce(max(event), 0) FROM event_object WHERE object=?"


@dataclass(slots=True)
class Archived:
    """What a run did, or would do. `waiting` counts outermost objects that stay, by why: young, unsent, held,
    document, order."""

    codes: int = 0
    events: int = 0
    entries: int = 0
    waiting: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Tree:
    """An outermost object with all that it holds, innermost first."""

    root: int
    status: str
    last_event: int
    ids: tuple[int, ...]
    pasts: tuple[tuple[str, Past], ...]


def rest(seconds: float) -> None:
    """Lets the station have the database four times as long as it was taken from it."""
    time.sleep(min(4 * seconds, 0.5))


def archive(database: Path, folder: Path, memory: Path, *, now: datetime, days: int = DAYS, dry_run: bool = False,
            pause: Callable[[float], None] = rest, progress: Progress = no_progress) -> Archived:
    """`folder` is the journal's. `pause` is called after each few rows, with the seconds they took.

    Raises UpkeepRefused (nothing was done), StoreRefused, DiskFull, MemoryDamaged, OSError.
    """
    if not database.exists():
        raise UpkeepRefused("no_database", f"{database}: there is no database here", path=str(database))
    if waiting(database):
        raise UpkeepRefused("swap_waiting", f"{database}: a restore was cut short", path=str(database))
    done, before = Archived(), int((now - timedelta(days=days)).timestamp())
    with contextlib.closing(open_writer(database)) as connection:
        # Nothing here has to outlive a power cut by itself: what comes back is taken again.
        connection.execute("PRAGMA synchronous=NORMAL")
        migrate(connection)
        connection.execute("PRAGMA foreign_keys=OFF")      # each entry that goes would look through all events
        _in_step(connection, folder)
        if not dry_run:
            with writing(memory):            # from now on it has to be there
                pass
        batch: list[_Tree] = []
        for tree in _trees(connection, before, done.waiting, progress):
            batch.append(tree)
            if sum(len(each.ids) for each in batch) >= CODES:
                _take(connection, memory, batch, done, dry_run, pause)
                batch = []
        _take(connection, memory, batch, done, dry_run, pause)
        if not dry_run:
            _take_entries(connection, before, done, pause)
    return done


def rebuild(database: Path, folder: Path, memory: Path, progress: Progress = no_progress) -> int:
    """The memory anew: every code that the journal knows and the tables do not. Gives how many.

    Needs room for a database made from the journal, beside the old one. Raises like `archive`, and JournalDamaged.
    """
    if not journal.segments(folder):
        raise UpkeepRefused("no_journal", f"{folder}: there is no journal here", path=str(folder))
    total = 0
    with tempfile.TemporaryDirectory(prefix="archive-", dir=database.parent) as place, contextlib.ExitStack() as stack:
        upkeep.fill(Path(place) / "anew.db", folder, None, progress)
        here = stack.enter_context(contextlib.closing(open_reader(database)))
        anew = stack.enter_context(contextlib.closing(open_reader(Path(place) / "anew.db")))
        hand = stack.enter_context(writing(memory))
        hand.forget()
        some: list[tuple[str, Past]] = []
        roots = anew.execute("SELECT id, status, location, partner FROM object WHERE parent IS NULL AND"
                             f" status IN {GONE}")
        for root, status, location, partner in roots:
            latest = anew.execute(LATEST, (root,)).fetchone()[0] or 0
            _, pasts = _read(anew, root, status, location, partner, latest)
            some += [(epc, past) for epc, past in pasts if not _here(here, epc)]
            if len(some) >= CODES:
                total += hand.remember(some)
                hand.tidy()
                some = []
        total += hand.remember(some)
        hand.tidy()
    return total


def _in_step(connection: Connection, folder: Path) -> None:
    """An entry that is in the journal only may be about goods that look long gone here."""
    files = journal.segments(folder)
    if not files:
        raise UpkeepRefused("no_journal", f"{folder}: there is no journal here", path=str(folder))
    last = journal.tail(files, connection.execute(LAST_ENTRY).fetchone()[0]).seq
    with transaction(connection):            # what a working station has just put into the journal is here as well now
        have = connection.execute(LAST_ENTRY).fetchone()[0]
    if last > have:
        raise UpkeepRefused("behind", f"{folder}: entry {last}, the database has {have}", entries=last - have)


# --- which goods ------------------------------------------------------------------------------------------------------
def _trees(connection: Connection, before: int, waits: Counter[str], progress: Progress) -> Iterator[_Tree]:
    finished = {row[0] for row in connection.execute(
        f"SELECT id FROM work_order WHERE state IN {DONE_ORDERS} UNION SELECT work_order FROM work_stage"
        " WHERE stage='closed' EXCEPT SELECT work_order FROM container")} | {""}
    wanted = {row[0] for row in connection.execute(
        "SELECT epc FROM document_object LEFT JOIN document_state USING(document) LEFT JOIN document"
        " ON document.id = document_object.document WHERE coalesce(document_state.state, document.state, 'open')"
        f" NOT IN {DONE_DOCUMENTS}")}
    wanted |= {row[0] for row in connection.execute(
        "SELECT epc FROM announced LEFT JOIN document_state USING(document) JOIN document ON document.id ="
        f" announced.document WHERE coalesce(document_state.state, document.state) NOT IN {DONE_DOCUMENTS}")}
    last = connection.execute("SELECT coalesce(max(id), 0) FROM object").fetchone()[0]
    for first in range(0, last + 1, 10_000):
        progress(first, last)
        for root, epc, status, location, partner in connection.execute(
                "SELECT id, epc, status, location, partner FROM object WHERE id>=? AND id<? AND parent IS NULL"
                f" AND status IN {GONE} ORDER BY id", (first, first + 10_000)).fetchall():
            last_event = connection.execute(LAST_EVENT, (root,)).fetchone()[0]
            latest, unsent = connection.execute(LATEST, (root,)).fetchone()
            if latest is None or latest >= before:
                waits["young"] += 1
                continue
            ids, pasts = _read(connection, root, status, location, partner, latest)
            if unsent:
                waits["unsent"] += 1
            elif any(past.batch.order not in finished for _, past in pasts):
                waits["order"] += 1
            elif not wanted.isdisjoint(epc for epc, _ in pasts):
                waits["document"] += 1
            elif objects.held(connection, (epc,)):
                waits["held"] += 1
            else:
                yield _Tree(root, status, last_event, ids, pasts)
    progress(last, last)


def _read(connection: Connection, root: int, status: str, location: str, partner: str,
          latest: int) -> tuple[tuple[int, ...], tuple[tuple[str, Past], ...]]:
    """(row numbers, what to remember) of a tree, innermost first."""
    ids, pasts = [], []
    for number, epc, level, product, lot, expiry, order, held, parent, packed in connection.execute(TREE, (root,)):
        ids.append(number)
        at = datetime.fromtimestamp(packed if packed is not None and parent else latest, UTC)
        pasts.append((epc, Past(Batch(order, level, product, lot, expiry, status, location, partner, bool(held)),
                                parent, at)))
    return tuple(ids), tuple(pasts)


# --- taking them out --------------------------------------------------------------------------------------------------
def _take(connection: Connection, memory: Path, trees: Sequence[_Tree], done: Archived, dry_run: bool,
          pause: Callable[[float], None]) -> None:
    """Remembered first, all of them; only then the rows go."""
    if not trees:
        return
    if dry_run:
        done.codes += sum(len(tree.ids) for tree in trees)
        return
    with writing(memory) as hand:
        hand.remember(pair for tree in trees for pair in tree.pasts)
        hand.tidy()
    for tree in trees:
        for at in range(0, len(tree.ids), SLICE):
            some = [(number,) for number in tree.ids[at : at + SLICE]]
            began = time.monotonic()
            with transaction(connection):
                row = connection.execute("SELECT status FROM object WHERE id=? AND parent IS NULL",
                                         (tree.root,)).fetchone()
                if row != (tree.status,) or connection.execute(
                        LAST_EVENT, (tree.root,)).fetchone()[0] != tree.last_event:
                    break                        # it has moved since: it stays, and what is in the tables counts
                connection.executemany("DELETE FROM event_object WHERE object=?", some)
                connection.executemany("DELETE FROM object WHERE id=?", some)
                stock.settle(connection, tree.root)
            done.codes += len(some)
            pause(time.monotonic() - began)


class _Act(msgspec.Struct):
    epcs: tuple[str, ...]
    parent: str = ""


class _Body(msgspec.Struct):
    """The part of an event that says what it is about."""

    act: _Act


def _take_entries(connection: Connection, before: int, done: Archived, pause: Callable[[float], None]) -> None:
    """Old entries whose events are all stored and about nothing that is still in the tables, with their events.

    The last entry and the last event stay: numbers go on from them. `archived` in `meta` says up to where rows may be
    missing that the journal has.
    """
    last = connection.execute(LAST_ENTRY).fetchone()[0]
    newest = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0]
    seq = event = 0
    while True:
        page = connection.execute("SELECT seq, coalesce(unixepoch(at), ?) FROM entry WHERE seq>? AND seq<? ORDER BY seq"
                                  " LIMIT ?", (before, seq, last, LOOK)).fetchall()
        old = [number for number, _ in itertools.takewhile(lambda row: row[1] < before, page)]
        if not old:
            return
        seq = old[-1]
        events = _events(connection, event, seq)
        event = events[-1][0] if events else event
        stay = {entry for number, entry, body, settled in events
                if not settled or number == newest or _about(connection, body)}
        gone = [number for number in old if number not in stay]
        sent = {entry: [(each[0],) for each in group] for entry, group in itertools.groupby(events, lambda row: row[1])}
        for at in range(0, len(gone), SLICE):
            began = time.monotonic()
            with transaction(connection):
                rows.put_number(connection, "archived", max(seq, rows.number(connection, "archived", 0)))
                for entry in gone[at : at + SLICE]:
                    for table, key in (("outbox", "event"), ("event_document", "event"), ("event", "id")):
                        connection.executemany(f"DELETE FROM {table} WHERE {key}=?", sent.get(entry, []))
                    connection.execute("DELETE FROM stood WHERE entry=?", (entry,))
                    connection.execute("DELETE FROM entry WHERE seq=?", (entry,))
            done.entries += len(gone[at : at + SLICE])
            done.events += sum(len(sent.get(entry, [])) for entry in gone[at : at + SLICE])
            pause(time.monotonic() - began)


def _events(connection: Connection, after: int, entry: int) -> list[tuple[int, int, bytes, bool]]:
    """(number, entry, body, at the server for good) of the events behind one, up to an entry; both grow together."""
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(
            "SELECT event.id, event.entry, event.body, outbox.state='done' AND quarantine.event IS NULL FROM event"
            " LEFT JOIN outbox ON outbox.event = event.id LEFT JOIN quarantine ON quarantine.event = event.id"
            " WHERE event.id>? ORDER BY event.id", (after,))
        return list(itertools.takewhile(lambda row: row[1] <= entry, cursor))


def _about(connection: Connection, body: bytes) -> bool:
    """Whether the event is about something that is still in the tables."""
    act = msgspec.json.decode(body, type=_Body).act
    return any(_here(connection, epc) for epc in (*act.epcs, act.parent))


def _here(connection: Connection, epc: str) -> Any:
    return connection.execute("SELECT 1 FROM object WHERE epc=?", (epc,)).fetchone()
