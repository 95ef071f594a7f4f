"""The places that left the in-line queue last, so that a signal that comes late is understood after a restart, too.

At most PLACES departures of an order, none of a closed one. Plain SQL on the writing connection; the caller holds the
transaction.
"""
from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from app.domain.packing.line_queue import PLACES, Gone
from app.domain.packing.row import Slot
from app.store.database import Connection

# A departure that took no place has one row of number 0.
SCHEMA = """
CREATE TABLE queue_left(
    work_order TEXT NOT NULL, departure INTEGER NOT NULL, number INTEGER NOT NULL, epc TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, trigger_number INTEGER NOT NULL, doubtful INTEGER NOT NULL,
    why TEXT NOT NULL, container INTEGER NOT NULL, PRIMARY KEY(work_order, departure, number)) WITHOUT ROWID;
ALTER TABLE work_stage ADD COLUMN queue_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE work_stage ADD COLUMN queue_proven INTEGER NOT NULL DEFAULT 0;
"""


def keep(connection: Connection, order: str, numbers: Sequence[int], why: str, container: int) -> None:
    """Takes these places out of the queue, together, and remembers them."""
    run = connection.execute
    newest = run("SELECT coalesce(max(departure), 0) + 1 FROM queue_left WHERE work_order=?", (order,)).fetchone()[0]
    for number in numbers:
        run("INSERT INTO queue_left SELECT work_order, ?, number, epc, state, reason, trigger_number, doubtful, ?, ?"
            " FROM queue WHERE work_order=? AND number=?", (newest, why, container, order, number))
        run("DELETE FROM queue WHERE work_order=? AND number=?", (order, number))
    if not numbers:
        run("INSERT INTO queue_left VALUES (?,?,0,'','','',0,0,?,?)", (order, newest, why, container))
    # Each departure has a row at least, so these hold all that are to be remembered.
    run("DELETE FROM queue_left WHERE work_order=? AND departure<=?", (order, newest - PLACES))


def forget(connection: Connection, order: str) -> None:
    connection.execute("DELETE FROM queue_left WHERE work_order=?", (order,))


def newest(connection: Connection, order: str) -> tuple[Gone, ...]:
    """The last departures, oldest first."""
    rows = connection.execute(
        "SELECT departure, why, container, number, epc, state, reason, trigger_number, doubtful FROM queue_left"
        " WHERE work_order=? ORDER BY departure DESC, number DESC LIMIT ?", (order, 2 * PLACES)).fetchall()
    rows = [(*row[:-1], bool(row[-1])) for row in rows]
    return tuple(Gone(why, tuple(Slot(*row[3:]) for row in each if row[3]), container)
                 for (_, why, container), each in groupby(reversed(rows), key=lambda row: row[:3]))
