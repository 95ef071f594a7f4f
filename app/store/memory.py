"""The codes seen before that the tables no longer hold: which one, in what, when; 10^8 of them in some 2 GB.

A folder beside the database: memory.db says which sorted files count (see runs), each change is one transaction.
Whoever looks up never waits: files are only added and joined to longer ones, at most a handful at a time. A code is
known by 12 bytes of its fingerprint: among 10^8 codes one of 2 x 10^6 new ones in a shift is taken for an old one with
a chance of 3 x 10^-15, and then a good bottle is put aside. Knows nothing of orders' rules: `archive` decides.
"""
from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.facts import Known
from app.store import runs
from app.store.database import Connection, DiskFull, StoreRefused, open_reader, open_writer, sqlite3, transaction
from app.store.registry import fingerprint
from app.store.runs import KEY, WIDTH, MemoryDamaged, Place, Run
from app.store.swap import sync_file, sync_folder

TABLES = """
CREATE TABLE IF NOT EXISTS run(
    number INTEGER PRIMARY KEY AUTOINCREMENT, codes INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batch(
    number INTEGER PRIMARY KEY, work_order TEXT NOT NULL, level TEXT NOT NULL, product TEXT NOT NULL, lot TEXT NOT NULL,
    expiry TEXT NOT NULL, status TEXT NOT NULL, location TEXT NOT NULL, partner TEXT NOT NULL, held INTEGER NOT NULL,
    UNIQUE(work_order, level, product, lot, expiry, status, location, partner, held))
"""
STEP = 4              # a run is joined to the next older one until that one is this many times longer
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)
DEPTH = 8             # levels of packaging that a plan can have
PATIENCE_MS = 2000    # a reader that opens or closes holds the catalogue for a moment, another writer for minutes


@dataclass(frozen=True, slots=True)
class Batch:
    """What many codes have in common. `status`, `location` and `partner` are those of their outermost parent."""

    order: str
    level: str
    product: str
    lot: str
    expiry: str
    status: str
    location: str
    partner: str
    held: bool           # held something itself


@dataclass(frozen=True, slots=True)
class Past:
    """Where a code went; `parent` is "" for an outermost one. `at`: when it was packed, else when last seen."""

    batch: Batch
    parent: str
    at: datetime         # aware UTC, whole seconds


@dataclass(frozen=True, slots=True)
class Size:
    codes: int           # a code that was remembered twice may count twice
    bytes: int
    files: int


class Memory:
    """For looking up, on a connection of its own. One caller at a time. Sees what others add, at once."""

    def __init__(self, folder: Path, wanted: bool = False) -> None:
        """A folder that is not there is an empty memory, unless one is `wanted`. Raises StoreRefused."""
        self.folder = folder
        self.problem = ""                # why some codes could not be looked up; "" while all can
        self._connection: Connection = None
        self._runs: dict[int, Run] = {}
        self._batches: dict[int, Batch] = {}
        self._seen_version = -1
        if wanted and not _catalogue(folder).exists():
            raise StoreRefused(f"{folder}: the memory of archived codes is missing, duplicates would not be seen. "
                               "Bring the folder back, or `station archive --rebuild`")
        self._refresh()
        if self.problem:
            self.close()
            raise StoreRefused(f"the memory of archived codes cannot be read: {self.problem}. Bring its folder back, "
                               "or `station archive --rebuild`")

    def close(self) -> None:
        for run in self._runs.values():
            run.close()
        self._runs = {}
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def seen(self, epcs: Iterable[str]) -> dict[str, Past]:
        """Of these EPCs, the ones remembered.

        Damage never stops the line: `problem` tells of it, and what stands in sound blocks is found.
        """
        keys = {fingerprint(epc)[:KEY]: epc for epc in epcs}
        self._refresh()
        newest_first = [run for _, run in sorted(self._runs.items(), reverse=True)]
        asked = [(run, [key for key in keys if run.likely(key)]) for run in newest_first]
        for run, likely in asked:
            run.expect(likely)
        hits: dict[str, tuple[Run, int]] = {}
        for run, likely in asked:
            for key in likely:
                epc = keys[key]
                if epc not in hits:
                    try:
                        number = run.find(key)
                    except (MemoryDamaged, OSError) as error:
                        self.problem = str(error)
                    else:
                        if number is not None:
                            run.expect_place(number)             # while the next blocks are still being read
                            hits[epc] = run, number
        return self._pasts(hits)

    def known(self, epcs: Iterable[str]) -> dict[str, Known]:
        """The same as the domain knows objects. All of them have left the house or ended their life."""
        asked = self.seen(epcs)
        pasts, last = dict(asked), asked
        for _ in range(DEPTH):                       # all their parents at once, then all of those
            parents = {past.parent for past in last.values() if past.parent} - pasts.keys()
            if not parents:
                break
            last = self.seen(parents)
            pasts |= last
        found: dict[str, Known] = {}
        for epc, past in asked.items():
            root, above, of = epc, past, past.batch
            for _ in range(DEPTH):
                if not above.parent:
                    break
                root = above.parent
                if root not in pasts:
                    break
                above = pasts[root]
            found[epc] = Known(epc, of.level, of.product, of.lot, of.expiry, of.status, of.location, of.partner,
                               of.order, past.parent, root, int(of.held), past.at.isoformat())
        return found

    def size(self) -> Size:
        self._refresh()
        if self._connection is None:
            return Size(0, 0, 0)
        return Size(*self._connection.execute(
            "SELECT coalesce(sum(codes), 0), coalesce(sum(bytes), 0), count(*) FROM run").fetchone())

    def check(self) -> Iterator[str]:
        """Reads every byte; what is damaged, one text a file."""
        self._refresh()
        for run in self._runs.values():
            try:
                run.check()
            except (MemoryDamaged, OSError) as error:
                yield str(error)

    def _pasts(self, hits: dict[str, tuple[Run, int]]) -> dict[str, Past]:
        """What is kept of the places; what was packed together has one."""
        read: dict[tuple[Run, int], Past] = {}
        for run, number in dict.fromkeys(hits.values()):         # in the order in which the disk was told of them
            try:
                read[run, number] = self._past(run.place(number))
            except (MemoryDamaged, OSError) as error:
                self.problem = str(error)
        return {epc: read[place] for epc, place in hits.items() if place in read}

    def _past(self, place: Place) -> Past:
        batch = self._batches.get(place.batch) or self._batch(place.batch)
        return Past(batch, place.parent, datetime.fromtimestamp(place.at, UTC))

    def _batch(self, number: int) -> Batch:
        """Kept until somebody has written: a batch never changes, and a memory has few."""
        row = self._connection.execute(
            "SELECT work_order, level, product, lot, expiry, status, location, partner, held FROM batch WHERE number=?",
            (number,)).fetchone()
        if row is None:
            raise MemoryDamaged(f"{_catalogue(self.folder)}: batch {number} is not there")
        *texts, held = row
        self._batches[number] = Batch(*texts, bool(held))
        return self._batches[number]

    def _refresh(self) -> None:
        """Opens the files that were added, closes the ones that were joined to others."""
        try:
            if self._connection is None:
                if not _catalogue(self.folder).exists():
                    return
                self._connection = open_reader(_catalogue(self.folder))
            version = self._version()
            while version != self._seen_version:
                self._batches = {}
                self._seen_version, version = version, self._open_files(version)
        except (StoreRefused, sqlite3.DatabaseError) as error:
            self.problem = str(error)

    def _open_files(self, version: int) -> int:
        """Gives the version that the open files are of; another one than was given: look again."""
        wanted = {row[0] for row in self._connection.execute("SELECT number FROM run")}
        for number in self._runs.keys() - wanted:
            self._runs.pop(number).close()
        for number in sorted(wanted - self._runs.keys()):
            try:
                self._runs[number] = Run(_file(self.folder, number))
            except (MemoryDamaged, OSError) as error:
                again = self._version()
                if isinstance(error, FileNotFoundError) and again != version:       # joined to another meanwhile
                    return again
                self.problem = str(error)
        return version

    def _version(self) -> int:
        """Another number after each change of the catalogue."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class Writing:
    """The one writer's hand, as long as the block of `writing` lasts. What it adds counts at the block's end."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder, self._connection = folder, connection
        self._joined: list[Path] = []

    def remember(self, pasts: Iterable[tuple[str, Past]]) -> int:
        """Takes codes in, some 100,000 at once; what is said last of a code stands. Gives how many."""
        import numpy as np

        records, places = bytearray(), bytearray()
        numbers: dict[Past, int] = {}
        for epc, past in pasts:
            known = numbers.get(past)
            if known is None:
                known = numbers[past] = len(places) // runs.UNIT
                places += runs.pack(Place(self.batch(past.batch), int(past.at.timestamp()), past.parent))
            records += fingerprint(epc)[:KEY] + known.to_bytes(WIDTH - KEY, "little")
        if not records:
            return 0
        found = runs.in_order(np.frombuffer(records, runs.record_type())[::-1])
        self.add(found, bytes(places))
        return len(found)

    def add(self, records: Any, places: bytes) -> None:
        """One more file, of sorted records (see `runs.in_order`) and packed places."""
        number = self._next()
        self._put(number, runs.write(_file(self.folder, number), [records], [places], len(records)))

    def tidy(self) -> None:
        """Joins the newest files to the one before while that is not STEP times longer: few files, little rewriting."""
        rows = self._connection.execute("SELECT number, codes FROM run ORDER BY number DESC").fetchall()
        take, total = 1, rows[0][1] if rows else 0
        while take < len(rows) and rows[take][1] < total * STEP:
            total += rows[take][1]
            take += 1
        if take > 1:
            self.join([number for number, _ in rows[:take]])

    def join(self, numbers: list[int]) -> None:
        """These files, newest first and next to each other, become one."""
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(contextlib.closing(Run(_file(self.folder, number)))) for number in numbers]
            number = self._next()
            codes = runs.join(opened, _file(self.folder, number))
        self._connection.executemany("DELETE FROM run WHERE number=?", ((each,) for each in numbers))
        self._put(number, codes)
        self._joined += [_file(self.folder, each) for each in numbers]

    def forget(self) -> None:
        """Everything; for making it anew."""
        self._joined += [_file(self.folder, number) for (number,) in self._connection.execute("SELECT number FROM run")]
        self._connection.execute("DELETE FROM run")

    def batch(self, batch: Batch) -> int:
        """Its number, for the places of `add`."""
        columns = (*astuple(batch)[:-1], int(batch.held))
        self._connection.execute(
            "INSERT OR IGNORE INTO batch(work_order, level, product, lot, expiry, status, location, partner, held)"
            " VALUES (?,?,?,?,?,?,?,?,?)", columns)
        return int(self._connection.execute(
            "SELECT number FROM batch WHERE work_order=? AND level=? AND product=? AND lot=? AND expiry=? AND status=?"
            " AND location=? AND partner=? AND held=?", columns).fetchone()[0])

    def _next(self) -> int:
        """A number that no file ever had: somebody may still have an old one open."""
        return 1 + int(self._connection.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name='run'), 0)").fetchone()[0])

    def _put(self, number: int, codes: int) -> None:
        sync_folder(self.folder)
        self._connection.execute("INSERT INTO run(number, codes, bytes) VALUES (?,?,?)",
                                 (number, codes, _file(self.folder, number).stat().st_size))


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Writing]:
    """Lets one writer at a time add to the memory, made where it is not there. All of the block counts, or nothing.

    Raises StoreRefused (somebody else is writing), DiskFull, MemoryDamaged, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = open_writer(_catalogue(folder))
    try:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        for statement in TABLES.split(";"):
            connection.execute(statement)
        with transaction(connection):
            _sweep(folder, connection)
            hand = Writing(folder, connection)
            yield hand
        for path in hand._joined:
            _remove(path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(f"{folder}: {error.strerror}; nothing was archived") from error
        raise
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreRefused(f"{folder}: another process is writing there; try again when it has ended") from error
        raise
    finally:
        connection.close()


def beside(database: Path) -> Path:
    """The folder of the memory that belongs to a database."""
    return database.with_name("memory")


def copy(folder: Path, target: Path) -> bool:
    """The memory as it is now, in a folder made for it; False where there is none. Others may be at work."""
    if not _catalogue(folder).exists():
        return False
    target.mkdir(mode=0o700, exist_ok=True)
    while True:
        try:
            _copy_moment(folder, target)
            break
        except FileNotFoundError:            # joined to another between the catalogue's copy and its own
            continue
    sync_folder(target)
    return True


def _copy_moment(folder: Path, target: Path) -> None:
    with (contextlib.closing(open_reader(_catalogue(folder))) as source,
          contextlib.closing(sqlite3.connect(str(_catalogue(target)), isolation_level=None)) as taken):
        source.backup(taken)
        taken.execute("PRAGMA journal_mode=DELETE")
        _sweep(target, taken)
        for (number,) in taken.execute("SELECT number FROM run").fetchall():
            _copy_file(_file(folder, number), _file(target, number))
    os.chmod(_catalogue(target), 0o600)
    sync_file(_catalogue(target))


def _copy_file(source: Path, target: Path) -> None:
    if target.exists():
        return
    with source.open("rb") as read, open(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        while piece := read.read(1 << 20):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _sweep(folder: Path, connection: Connection) -> None:
    """What a kill has left behind: files that never counted, or do not any more."""
    counts = {_file(folder, number).name for (number,) in connection.execute("SELECT number FROM run")}
    for path in folder.glob("run-*.mem"):
        if path.name not in counts:
            _remove(path)


def _remove(path: Path) -> None:
    """Windows keeps a file that somebody has open: the next writer sweeps it."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        path.unlink()


def _catalogue(folder: Path) -> Path:
    return folder / "memory.db"


def _file(folder: Path, number: int) -> Path:
    return folder / f"run-{number:08d}.mem"
