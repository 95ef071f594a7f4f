"""Is everything whole, and do journal and database agree; and a new database from the journal alone.

`verify` changes nothing and may run beside the station. `rebuild` needs the home for itself (its lock is the
caller's). Words are under `upkeep` in resources/i18n; the command line says them.
"""
from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from app.domain.events import Event
from app.store import comparison, journal, pair_sets, rows, stock
from app.store.database import Connection, StoreRefused, open_reader, open_writer, sqlite3
from app.store.entry import Entry, decode
from app.store.journal import JournalDamaged, Record
from app.store.memory import Memory, beside
from app.store.migrations import migrate
from app.store.rows import Progress
from app.store.swap import finish, moves_aside, swap, sync_file, waiting

MOST = 20            # findings of one word that are told one by one
DEEP = 200_000       # entries up to which the whole state is compared without being asked


@dataclass(frozen=True, slots=True)
class Finding:
    """`word` is under upkeep.finding of resources/i18n, `data` fills it. Not `damage`: good to know, nothing lost."""

    word: str
    data: dict[str, str | int] = field(default_factory=dict)
    damage: bool = True


class UpkeepRefused(Exception):
    """What was asked cannot be done, and nothing was changed. `word` is under upkeep.refused of resources/i18n."""

    def __init__(self, word: str, text: str, **data: str | int) -> None:
        self.word, self.data = word, data
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`aside` is the old database's new name, None where there was none; `torn` bytes at the end were no record."""

    entries: int
    events: int
    torn: int
    aside: Path | None


def no_progress(done: int, total: int) -> None:
    """For those who do not watch."""


def verify(database: Path, folder: Path, *, deep: bool | None = None,
           progress: Progress = no_progress) -> Iterator[Finding]:
    """What is wrong or worth knowing, the last one "whole" where nothing is damaged.

    `deep` also makes a database anew from the journal and compares where every object is; None does so up to DEEP
    entries. `progress` counts entries.
    """
    told: Counter[str] = Counter()
    damaged = False
    for finding in _found(database, folder, deep, progress):
        told[finding.word] += 1
        damaged |= finding.damage
        if told[finding.word] <= MOST:
            yield finding
    for word, count in told.items():
        if count > MOST:
            yield Finding("more", {"kind": word, "count": count - MOST}, damage=False)
    if not damaged:
        yield Finding("whole", _counts(database), damage=False)


def _found(database: Path, folder: Path, deep: bool | None, progress: Progress) -> Iterator[Finding]:
    if waiting(database):
        yield Finding("swap_waiting", {"file": str(database)})
        return
    for file, source, problem in pair_sets.problems(database.parent / "pairs", deep=deep is not False):
        yield Finding("pairs", {"file": file, "source": source, "problem": problem})
    with contextlib.ExitStack() as stack:
        connection, memory, last = None, None, 0
        try:
            connection = stack.enter_context(contextlib.closing(open_reader(database)))
            anew = _room_for_another(stack, connection, database)
            connection.execute("BEGIN")          # one moment of a station that may be at work
            last = connection.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()[0]
            yield from _sound(connection)
            memory = yield from _remembering(stack, connection, database)
        except (StoreRefused, sqlite3.DatabaseError) as error:
            word = "database_unreadable" if database.exists() else "database_missing"
            yield Finding(word, {"file": str(database), "problem": str(error)})
            connection = None
        if not journal.segments(folder):
            yield Finding("journal_missing", {"file": str(folder)})
            return
        try:
            if connection is None:
                for _ in journal.read(folder):
                    pass
                return
            reached = yield from _agreeing(connection, folder, last, progress)
            if reached and (deep or deep is None and last <= DEEP):
                yield from _same_state(connection, anew, folder, last, memory)
        except sqlite3.DatabaseError as error:
            yield Finding("database_unreadable", {"file": str(database), "problem": str(error)})
        except JournalDamaged as error:
            yield Finding(f"journal_{error.word}", error.data)


def _room_for_another(stack: contextlib.ExitStack, connection: Connection, database: Path) -> Path | None:
    """Where a database can be made for comparing, known to the connection as `anew`; None where there is no place."""
    try:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verify-", dir=database.parent)))
    except OSError:
        return None
    connection.execute("ATTACH ? AS anew", (str(place / "anew.db"),))
    return place / "anew.db"


def _sound(connection: Connection) -> Iterator[Finding]:
    """SQLite's own checks."""
    for (text,) in connection.execute(f"PRAGMA main.quick_check({MOST})"):
        if text != "ok":
            yield Finding("database_damaged", {"problem": text})
    for table, row, parent, _ in connection.execute("PRAGMA main.foreign_key_check"):
        yield Finding("reference", {"table": table, "row": row or 0, "parent": parent})


def _remembering(stack: contextlib.ExitStack, connection: Connection,
                 database: Path) -> Generator[Finding, None, Memory | None]:
    """The memory of archived codes, every byte of it looked at; None where it cannot be used."""
    try:
        memory = Memory(beside(database), wanted=rows.number(connection, "archived", 0) > 0)
    except StoreRefused as error:
        yield Finding("memory_refused", {"problem": str(error)})
        return None
    stack.callback(memory.close)
    for problem in memory.check():
        yield Finding("memory_damaged", {"problem": problem})
    return memory


def _agreeing(connection: Connection, folder: Path, last: int,
              progress: Progress) -> Generator[Finding, None, bool]:
    """Each entry and event of the journal beside the one in the tables, in one walk through both.

    Gives in the end whether the journal reaches as far as the tables.
    """
    end = journal.tail(journal.segments(folder), last)
    if end.torn:
        yield Finding("journal_tail", {"file": str(end.path), "bytes": end.torn}, damage=False)
    epoch = rows.number(connection, "epoch", 1)
    if end.epoch != epoch:
        yield Finding("epoch", {"database": epoch, "journal": end.epoch})
    stored = connection.execute(
        "SELECT seq, at, kind, source, operator, raw, aim, outcome, reason, data, work_order, shift FROM entry"
        " ORDER BY seq")
    events = itertools.groupby(connection.execute(
        "SELECT event.entry, event.event_id, event.biz_step, event.at, event.body, outbox.event FROM event"
        " LEFT JOIN outbox ON outbox.event = event.id ORDER BY event.entry, event.id"), key=lambda row: row[0])
    row, group = next(stored, None), next(events, None)
    seq, behind, archived = 0, 0, rows.number(connection, "archived", 0)
    for record in journal.read(folder, settled=last):
        seq = record.seq
        if seq > last:
            behind += 1
            continue
        while row is not None and row[0] < seq:
            yield Finding("entry_extra", {"entry": row[0]})
            row = next(stored, None)
        while group is not None and group[0] < seq:
            yield Finding("event_extra", {"entry": group[0]})
            group = next(events, None)
        if seq <= archived and (row is None or row[0] != seq) and (group is None or group[0] != seq):
            continue                         # an archived entry goes with all its events
        entry = _entry(record)
        if entry is None:
            yield Finding("entry_unreadable", {"entry": seq})
        if row is None or row[0] != seq:
            yield Finding("entry_missing", {"entry": seq})
        elif entry and row[1:] != rows.columns(entry):
            yield Finding("entry_differs", {"entry": seq})
        kept = list(group[1]) if group is not None and group[0] == seq else []
        if entry:
            yield from _same_events(seq, entry.events, kept)
        row = next(stored, None) if row is not None and row[0] == seq else row
        group = next(events, None) if group is not None and group[0] == seq else group
        if seq % 1000 == 0:
            progress(seq, last)
    progress(min(seq, last), last)
    if seq < last:
        yield Finding("journal_ends", {"first": seq + 1, "last": last, "file": str(folder)})
    if behind:
        yield Finding("entry_behind", {"count": behind}, damage=False)
    return seq >= last


def _entry(record: Record) -> Entry | None:
    try:
        return decode(record.payload)
    except ValueError:
        return None


def _same_events(seq: int, wanted: tuple[Event, ...], kept: list[tuple]) -> Iterator[Finding]:
    for event, (_, event_id, step, at, body, queued) in zip(wanted, kept, strict=False):
        try:
            same = msgspec.json.decode(body, type=Event) == event
        except (msgspec.MsgspecError, ValueError):
            same = False
        if not same or (event_id, step, at) != (event.key, event.step, event.told_at.isoformat()):
            yield Finding("event_differs", {"entry": seq, "event": event.stamp.event_id})
        if queued is None:
            yield Finding("not_queued", {"entry": seq, "event": event.stamp.event_id})
    for event in wanted[len(kept):]:
        yield Finding("event_missing", {"entry": seq, "event": event.stamp.event_id})
    for _ in kept[len(wanted):]:
        yield Finding("event_extra", {"entry": seq})


def _same_state(connection: Connection, anew: Path | None, folder: Path, last: int,
                memory: Memory | None) -> Iterator[Finding]:
    """The state in the tables beside that of a database made anew, as far as the tables have come."""
    try:
        if anew is None:
            raise OSError("no right to write beside the database")
        fill(anew, folder, last)
    except (OSError, sqlite3.OperationalError) as error:
        yield Finding("state_skipped", {"problem": str(error)}, damage=False)
        return
    def remembered(epc: str) -> bool:
        return memory is not None and bool(memory.seen((epc,)))

    found = False
    for table, row in itertools.islice(comparison.differences(connection, remembered), MOST + 1):
        found = True
        yield Finding("state", {"table": table, "row": row})
    if not found:                # sums of what has just been compared
        for key, kept, counted in itertools.islice(stock.differences(connection), MOST + 1):
            yield Finding("stock", {"row": " ".join(map(str, key)), "kept": kept[0], "counted": counted[0]})


def fill(database: Path, folder: Path, last: int | None = None, progress: Progress = no_progress) -> tuple[int, int]:
    """A new database at this path with all that the journal tells (up to entry `last`): (entries, events) in it."""
    end = journal.tail(journal.segments(folder), last or 0)
    connection = open_writer(database)
    try:
        connection.execute("PRAGMA synchronous=OFF")      # nothing of it counts before it is whole and on the disk
        migrate(connection)
        entries = rows.replay(connection, folder, 0, end.seq if last is None else last, progress)
        rows.put_number(connection, "epoch", end.epoch)
        events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
    sync_file(database)
    return entries, events


def rebuild(folder: Path, database: Path, *, now: datetime, progress: Progress = no_progress) -> Rebuilt:
    """A new database from the journal alone, in the place of the old one, which is kept under a dated name.

    All events are "unknown": the server is asked which it has. Master data comes again: the feed is read from its
    beginning, files have to be imported again. Raises UpkeepRefused, JournalDamaged (nothing was changed), OSError.
    """
    finish(database)
    files = journal.segments(folder)
    if not files:
        raise UpkeepRefused("no_journal", f"{folder}: there is no journal here", path=str(folder))
    part = database.with_name(f"{database.name}.part")
    for left in (part, part.with_name(f"{part.name}-wal"), part.with_name(f"{part.name}-shm")):
        left.unlink(missing_ok=True)
    entries, events = fill(part, folder, None, progress)
    aside, moves = moves_aside(database, now)
    swap(database, [*moves, (part, database)])
    return Rebuilt(entries, events, journal.tail(files).torn, aside if moves else None)


def _counts(database: Path) -> dict[str, str | int]:
    connection = open_reader(database)
    try:
        entries, events = connection.execute(
            "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM event)").fetchone()
    finally:
        connection.close()
    return {"entries": entries, "events": events}
