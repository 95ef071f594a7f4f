"""Opening SQLite the one right way: new enough, WAL, FULL, one writer; and giving back what was really set.

The built-in module is used where its SQLite is 3.51.3 or newer, pysqlite3 otherwise: older ones can corrupt a WAL
database when two connections write and checkpoint (fixed in 3.51.3).
"""
from __future__ import annotations

import sqlite3 as builtin
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.domain.reasons import Reason

NEEDED = (3, 51, 3)


def _newest() -> Any:
    if builtin.sqlite_version_info >= NEEDED:
        return builtin
    try:
        import pysqlite3
    except ImportError:
        return builtin
    return pysqlite3


sqlite3: Any = _newest()
Connection = Any    # sqlite3.Connection of whichever module serves


class StoreRefused(Exception):
    """The store cannot be used as it is; the text says why and what to do."""


class DiskFull(Exception):
    """Nothing more can be written; everything acknowledged so far is safe. `reason` is the word for the operator."""

    reason = Reason.DISK_FULL


class JournalGone(DiskFull):
    """The file that the journal is written to is not in its folder any more: somebody moved or deleted it."""

    reason = Reason.JOURNAL_GONE


FULL, IO_ERROR = 13, 10


def is_full(error: BaseException) -> bool:
    """True where the disk is full: nothing of the transaction can be there as committed."""
    return isinstance(error, sqlite3.OperationalError) and getattr(error, "sqlite_errorcode", 0) & 0xFF == FULL


def no_room(error: BaseException) -> bool:
    """True where SQLite could not write. In a COMMIT that may be a failed fsync, and then nobody knows (see Store)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, sqlite3.OperationalError) and code in (FULL, IO_ERROR)


def open_writer(path: Path) -> Connection:
    """A connection that may write, durable at each COMMIT. Raises StoreRefused."""
    if sqlite3.sqlite_version_info < NEEDED:
        raise StoreRefused(
            f"SQLite {'.'.join(map(str, NEEDED))} or newer is needed, this Python has {sqlite3.sqlite_version}: "
            "install the package pysqlite3"
        )
    connection = _connect(path, read_only=False)
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA fullfsync=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA cache_size=-16384")
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or level != 2:
        raise StoreRefused(f"{path}: expected journal_mode wal and synchronous 2, got {mode} and {level}; "
                           "is the folder on a network drive?")
    return connection


def open_reader(path: Path) -> Connection:
    """A connection that can only read and never checkpoints."""
    connection = _connect(path, read_only=True)
    connection.execute("PRAGMA query_only=1")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _connect(path: Path, *, read_only: bool) -> Connection:
    if read_only and not path.exists():
        raise StoreRefused(f"{path}: there is no station database here")
    try:
        connection = sqlite3.connect(str(path), timeout=10.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreRefused(f"{path}: expected a SQLite database, got: {error}. "
                           "`station verify` tells more; `station restore --rebuild` makes it anew from the journal"
                           ) from error
    return connection


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; everything or nothing. Raises DiskFull where the disk is."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if no_room(error):
            raise DiskFull(str(error)) from error
        raise
