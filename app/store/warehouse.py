"""The warehouse's tables, and each change of domain/warehouse/changes.py as rows of them. The caller holds the
transaction. What is asked of them stands beside each part: documents here, the others in modules of their own.
"""
from __future__ import annotations

import msgspec

from app.domain.decision import Change
from app.domain.warehouse.changes import DocumentMade, DocumentsJoined, Settled, TakenOn
from app.store.database import Connection

SCHEMA = """
CREATE TABLE announced(document TEXT NOT NULL, epc TEXT NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(document, epc)) WITHOUT ROWID;
CREATE INDEX announced_epc ON announced(epc);
CREATE TABLE provisional(epc TEXT PRIMARY KEY, document TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX provisional_open ON provisional(epc) WHERE answer = '';
"""


def apply(connection: Connection, change: Change) -> None:
    """Writes one change of WarehouseChange."""
    run = connection.execute
    match change:
        case DocumentMade(document):
            run("INSERT INTO document(id, kind, state, body) VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
                " kind=excluded.kind, state=excluded.state, body=excluded.body",
                (document.id, document.kind, document.state, msgspec.json.encode(document)))
        case DocumentsJoined(documents):
            run("INSERT INTO session(key, value) VALUES ('joined', ?) ON CONFLICT DO UPDATE SET value=excluded.value",
                (msgspec.json.encode(documents).decode(),))
        case TakenOn(epcs, document):
            connection.executemany("INSERT OR IGNORE INTO provisional(epc, document, answer) VALUES (?,?,'')",
                                   ((epc, document) for epc in epcs))
        case Settled(epc, answer):
            run("UPDATE provisional SET answer=? WHERE epc=?", (answer, epc))
        case _:
            raise AssertionError(f"no table for {type(change).__name__}")
