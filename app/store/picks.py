"""What was picked for which document, and what the clerk who moves goods is at. The caller holds the transaction."""
from __future__ import annotations

import msgspec

from app.domain.decision import Change
from app.domain.warehouse.changes import Moving, Picked
from app.store.database import Connection

SCHEMA = """
CREATE TABLE picked(document TEXT NOT NULL, epc TEXT NOT NULL, line INTEGER NOT NULL, units INTEGER NOT NULL,
    PRIMARY KEY(document, epc, line)) WITHOUT ROWID;
CREATE INDEX picked_epc ON picked(epc);
INSERT INTO session(key, value) SELECT 'moving', '{}' WHERE EXISTS (SELECT 1 FROM session WHERE key='task');
"""
STATE = {"picked": "SELECT document, epc, line, units FROM {db}.picked"}


def apply(connection: Connection, change: Change) -> bool:
    """Writes one change of this part; False where it is of another."""
    match change:
        case Moving():
            connection.execute("INSERT INTO session(key, value) VALUES ('moving', ?) ON CONFLICT DO UPDATE"
                               " SET value=excluded.value", (msgspec.json.encode(change).decode(),))
        case Picked(document, _, epc, 0):
            connection.execute("DELETE FROM picked WHERE document=? AND epc=?", (document, epc))
        case Picked(document, line, epc, units):
            connection.execute("INSERT OR REPLACE INTO picked(document, epc, line, units) VALUES (?,?,?,?)",
                               (document, epc, line, units))
        case _:
            return False
    return True
