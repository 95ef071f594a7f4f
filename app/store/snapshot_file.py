"""The file of one snapshot: who was sent which goods, which rules hold, where goods were seen. Written once, read only.

One SQLite file of its own, opened immutable: it never locks, and a look-up reads a handful of pages. A code is found by
96 bits of its fingerprint; the text itself is not kept. Which file is in force says `current.json` beside it.
"""
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from app.domain.warehouse.goods import Binding, Sighting, Snapshot, TerritoryRule
from app.store.database import Connection, StoreRefused, sqlite3
from app.store.swap import sync_file, sync_folder, write

FOLDER, POINTER, ENDING, PART = "diversion", "current.json", ".snapshot", ".part"
VERSION = 1
KEY, MARK = 8, 4                     # bytes of the fingerprint: the row's number, and what must agree besides
AT_ONCE = 500
EPOCH = date(1970, 1, 1)
SCHEMA = """
CREATE TABLE holder(id INTEGER PRIMARY KEY, partner TEXT NOT NULL, territory TEXT NOT NULL);
CREATE TABLE assignment(key INTEGER PRIMARY KEY, mark INTEGER NOT NULL, holder INTEGER NOT NULL, day INTEGER NOT NULL);
CREATE TABLE rule(partner TEXT NOT NULL, id TEXT NOT NULL, territory TEXT NOT NULL, product TEXT NOT NULL,
    brand TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY(partner, id)) WITHOUT ROWID;
CREATE TABLE sighting(key INTEGER PRIMARY KEY, mark INTEGER NOT NULL, place TEXT NOT NULL, at TEXT NOT NULL,
    latitude REAL NOT NULL, longitude REAL NOT NULL, territory TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Current:
    """Which snapshot is in force. `newest` is the latest `issued_at` ever taken: nothing older comes after it."""

    id: str
    file: str
    issued_at: str
    valid_until: str
    complete: bool
    assignments: int
    rules: int
    sightings: int
    newest: str
    taken_at: str


def fingerprint(epc: str) -> bytes:
    return blake2b(epc.encode("utf-8", "surrogatepass"), digest_size=KEY + MARK).digest()


def numbers(epc: str) -> tuple[int, int]:
    """(key, mark) of a code as the tables have them."""
    found = fingerprint(epc)
    return int.from_bytes(found[:KEY], "little", signed=True), int.from_bytes(found[KEY:], "little")


def current(folder: Path) -> Current | None:
    """What is in force; None where nothing ever came. Raises StoreRefused where the note cannot be read."""
    try:
        return msgspec.json.decode((folder / POINTER).read_bytes(), type=Current)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise StoreRefused(f"{folder / POINTER}: {error}. Bring a snapshot in again with `station diversion import`"
                           ) from error


class SnapshotFile:
    """An open snapshot. Raises StoreRefused. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise StoreRefused(f"{path}: the snapshot of assignments is gone; import it again")
        try:
            self._connection: Connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise StoreRefused(f"{path}: {error}") from error
        if version != VERSION:
            self._connection.close()
            raise StoreRefused(f"{path}: version {version}, this program knows {VERSION}")
        self._connection.execute("PRAGMA cache_size=-4096")

    def close(self) -> None:
        self._connection.close()

    def bindings(self, epcs: Iterable[str]) -> Iterator[Binding]:
        for epc, partner, territory, day in self._found(
                epcs, "SELECT key, mark, partner, territory, day FROM assignment JOIN holder ON holder.id = holder"):
            yield Binding(epc, partner, territory, _iso(day))

    def sightings(self, epcs: Iterable[str]) -> Iterator[tuple[str, Sighting]]:
        for epc, *about in self._found(
                epcs, "SELECT key, mark, place, at, latitude, longitude, territory FROM sighting"):
            yield epc, Sighting(*about)

    def _found(self, epcs: Iterable[str], select: str) -> Iterator[tuple[Any, ...]]:
        """Rows of these codes with the code in front, many at once: one question costs as much as ten keys."""
        asked = list(epcs)
        for at in range(0, len(asked), AT_ONCE):
            wanted = {key: (epc, mark) for epc in asked[at:at + AT_ONCE] for key, mark in (numbers(epc),)}
            marks = ",".join("?" * len(wanted))
            for key, mark, *about in self._connection.execute(f"{select} WHERE key IN ({marks})", tuple(wanted)):
                epc, right = wanted[key]
                if mark == right:
                    yield epc, *about

    def rules(self, partners: Iterable[str]) -> Iterator[TerritoryRule]:
        asked = list(partners)
        for at in range(0, len(asked), AT_ONCE):
            some = asked[at:at + AT_ONCE]
            yield from (TerritoryRule(*row) for row in self._connection.execute(
                "SELECT id, partner, territory, product, brand, since, until FROM rule"
                f" WHERE partner IN ({','.join('?' * len(some))}) ORDER BY partner, id", some))


class Maker:
    """Writes one snapshot file under another name; it counts from `finish` on. Whatever goes wrong, `leave` it."""

    def __init__(self, folder: Path, id: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._id = folder, id
        for old in folder.glob(f"*{PART}"):              # what a kill has left behind
            with contextlib.suppress(OSError):
                old.unlink()
        self.path = folder / f"{id}{ENDING}{PART}"
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._connection: Connection = sqlite3.connect(str(self.path), isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        for statement in SCHEMA.strip().split(";\n"):
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def holders(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._connection.executemany("INSERT INTO holder VALUES (?,?,?)", rows)

    def assignments(self, rows: Iterable[Sequence[int]]) -> None:
        """(key, mark, holder, day), by rising key."""
        self._connection.executemany("INSERT INTO assignment VALUES (?,?,?,?)", rows)

    def rules(self, rows: Iterable[TerritoryRule]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO rule VALUES (?,?,?,?,?,?,?)",
            ((each.partner, each.id, each.territory, each.product, each.brand, each.since, each.until)
             for each in rows))

    def sightings(self, rows: Iterable[tuple[str, Sighting]]) -> None:
        self._connection.executemany(
            "INSERT INTO sighting VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET mark=excluded.mark,"
            " place=excluded.place, at=excluded.at, latitude=excluded.latitude, longitude=excluded.longitude,"
            " territory=excluded.territory WHERE julianday(excluded.at) >= julianday(at)",        # the newest stands
            ((*numbers(epc), seen.place, seen.at, seen.latitude, seen.longitude, seen.territory)
             for epc, seen in rows))

    def finish(self, about: dict[str, Any]) -> Current:
        """On the disk and in force when this returns. The one moment that counts is the note's renaming."""
        self._connection.execute(f"PRAGMA user_version={VERSION}")
        self._connection.execute("COMMIT")
        self._connection.close()
        sync_file(self.path)
        file = f"{self._id}{ENDING}"
        os.replace(self.path, self._folder / file)
        found = Current(**about, file=file)
        draft = self._folder / f"{POINTER}.draft"
        write(draft, msgspec.json.encode(found))
        os.replace(draft, self._folder / POINTER)
        sync_folder(self._folder)
        for old in self._folder.glob(f"*{ENDING}"):
            if old.name != file:
                with contextlib.suppress(OSError):       # Windows keeps one that is open: the next import takes it
                    old.unlink()
        return found

    def leave(self) -> None:
        self._connection.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


def snapshot_of(found: Current | None) -> Snapshot:
    """As the domain knows it."""
    return Snapshot(found.id, found.issued_at, found.valid_until, found.complete) if found else Snapshot()


def day_number(iso: str) -> int:
    """Days since 1970 of an ISO date or time. Raises ValueError."""
    return (date.fromisoformat(iso[:10]) - EPOCH).days


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
