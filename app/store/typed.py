"""Documents that were written down on the command line and that the journal does not tell of yet.

The station is the only one that writes the journal: it takes them from here, in the transaction that writes the entry.
Kept in `meta`; whoever calls holds the transaction.
"""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from app.store.database import Connection

MARK = "typed:"


def keep(connection: Connection, document: str, by: str, at: datetime) -> None:
    """`by`: whose account of this computer; `at` is aware."""
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?,?)",
                       (MARK + document, msgspec.json.encode((by, at)).decode()))


def waiting(connection: Connection) -> Iterator[tuple[str, str, datetime]]:
    """(document, by, at), the oldest number first."""
    for key, value in connection.execute("SELECT key, value FROM meta WHERE key >= ? AND key < ? ORDER BY key",
                                         (MARK, MARK[:-1] + ";")).fetchall():
        by, at = msgspec.json.decode(value, type=tuple[str, datetime])
        yield key.removeprefix(MARK), by, at


def taken(connection: Connection, document: str) -> None:
    """The journal has it now."""
    connection.execute("DELETE FROM meta WHERE key=?", (MARK + document,))
