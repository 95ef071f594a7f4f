"""The server's own SQLite file: one writer, readers that never write, durable at each commit."""
from __future__ import annotations

import sqlite3 as builtin
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NEEDED = (3, 51, 3)      # older ones can corrupt a WAL database with two connections
TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, finished INTEGER,
    behaviour TEXT NOT NULL, success INTEGER NOT NULL DEFAULT 1, errors TEXT NOT NULL DEFAULT '[]', body BLOB);
CREATE INDEX IF NOT EXISTS job_open ON job(number) WHERE finished IS NULL;
CREATE TABLE IF NOT EXISTS event(
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, declared INTEGER NOT NULL, digest BLOB NOT NULL,
    type TEXT NOT NULL, action TEXT NOT NULL, biz_step TEXT NOT NULL, disposition TEXT NOT NULL,
    read_point TEXT NOT NULL, at INTEGER NOT NULL, recorded INTEGER NOT NULL,
    station TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_id ON event(event_id, declared);
CREATE INDEX IF NOT EXISTS event_at ON event(at);
CREATE INDEX IF NOT EXISTS event_station ON event(station, epoch, seq);
-- what the server thinks of each object: how it was first heard of, whether it lives, what it is in
CREATE TABLE IF NOT EXISTS object(
    id INTEGER PRIMARY KEY, epc TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, alive INTEGER NOT NULL DEFAULT 1,
    disposition TEXT NOT NULL DEFAULT '', parent INTEGER REFERENCES object(id), announced INTEGER NOT NULL DEFAULT 0,
    announced_in INTEGER REFERENCES object(id));
CREATE INDEX IF NOT EXISTS object_parent ON object(parent) WHERE parent IS NOT NULL;
-- role: 1 listed (epcList, childEPCs), 2 parent, 0 released by an unpacking that lists nobody
CREATE TABLE IF NOT EXISTS link(
    object INTEGER NOT NULL, event INTEGER NOT NULL, role INTEGER NOT NULL, PRIMARY KEY(object, event)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change(
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, deleted INTEGER NOT NULL,
    data TEXT NOT NULL, UNIQUE(kind, id));
"""


def _newest() -> Any:
    if builtin.sqlite_version_info >= NEEDED:
        return builtin
    try:
        import pysqlite3
    except ImportError:
        return builtin
    return pysqlite3


sqlite3: Any = _newest()
Connection = Any


class HomeRefused(Exception):
    """The folder cannot be used; the text says why and what to do."""


def claim(home: Path) -> Connection:
    """Holds the folder against a second server until closed. Raises HomeRefused."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = sqlite3.connect(str(home / "central.lock"), timeout=0.5, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except (OSError, sqlite3.Error) as error:
        raise HomeRefused(f"{home}: expected a folder to write in that no other training server uses, got: {error}"
                          ) from error
    return lock


def open_writer(home: Path) -> Connection:
    """Makes the tables where they are missing. Raises HomeRefused."""
    path = home / "central.db"
    try:
        connection = sqlite3.connect(str(path), timeout=10.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        connection.executescript(TABLES)
    except sqlite3.DatabaseError as error:
        raise HomeRefused(f"{path}: expected a training server's database, got: {error}") from error
    return connection


def open_reader(home: Path) -> Connection:
    connection = sqlite3.connect(str(home / "central.db"), timeout=10.0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only=1")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Everything or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
