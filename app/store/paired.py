"""Pairs read on this line, in the main database: the journal makes them anew. `Pairs` (pairs.py) answers from them."""
from __future__ import annotations

from app.store.database import Connection

# A step of the main database (migrations).
PAIRS = """
CREATE TABLE paired(alias TEXT PRIMARY KEY, epc TEXT NOT NULL, role TEXT NOT NULL, source TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX paired_epc ON paired(epc, role);
"""
LINE = "line"


def tie(connection: Connection, epc: str, role: str, alias: str, source: str = LINE) -> None:
    """Keeps a pair, inside the caller's transaction. The last word counts, as in the journal."""
    connection.execute("INSERT OR REPLACE INTO paired(alias, epc, role, source) VALUES (?,?,?,?)",
                       (alias, epc, role, source))


def untie(connection: Connection, alias: str) -> None:
    """Forgets a pair, inside the caller's transaction; one that is not there is no error."""
    connection.execute("DELETE FROM paired WHERE alias=?", (alias,))
