"""Whom goods were bound to here, where they were seen here, and which of them are under suspicion: the tables.

The journal makes them anew. What is asked of them stands in assignments.py and evidence.py. The caller holds the
transaction.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.decision import Change
from app.domain.warehouse.changes import Bound, Cleared, Sighted, Suspected
from app.store.database import Connection

SCHEMA = """
CREATE TABLE binding(epc TEXT PRIMARY KEY, partner TEXT NOT NULL, territory TEXT NOT NULL, route TEXT NOT NULL,
    document TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sighting(epc TEXT PRIMARY KEY, place TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE suspected(id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, epc TEXT NOT NULL, finding TEXT NOT NULL,
    policy TEXT NOT NULL, expected TEXT NOT NULL, actual TEXT NOT NULL, rule TEXT NOT NULL, document TEXT NOT NULL,
    partner TEXT NOT NULL, evidence TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    released_by TEXT NOT NULL DEFAULT '', approver TEXT NOT NULL DEFAULT '', released_at TEXT NOT NULL DEFAULT '');
CREATE INDEX suspected_epc ON suspected(epc);
CREATE TABLE diversion_clock(one INTEGER PRIMARY KEY CHECK(one = 1), at TEXT NOT NULL,
    list TEXT NOT NULL DEFAULT '');
"""


def apply(connection: Connection, change: Change) -> bool:
    """Writes one change of this part; False where it is of another."""
    run, many = connection.execute, connection.executemany
    match change:
        case Bound(epcs, partner, territory, route, document, at):
            at = at or _now(connection)
            many("INSERT OR REPLACE INTO binding(epc, partner, territory, route, document, at) VALUES (?,?,?,?,?,?)",
                 ((epc, partner, territory, route, document, at) for epc in epcs))
        case Suspected(number, epc, finding, policy, expected, actual, rule, document, partner, _, evidence):
            run("INSERT INTO suspected(number, epc, finding, policy, expected, actual, rule, document, partner,"
                " evidence, state) VALUES (?,?,?,?,?,?,?,?,?,?,'open')",
                (number, epc, finding, policy, expected, actual, rule, document, partner, evidence))
        case Cleared(number, _, reason, by, approver):
            run("UPDATE suspected SET state='released', reason=?, released_by=?, approver=?, released_at=?"
                " WHERE number=?", (reason, by, approver, _now(connection), number))
        case Sighted(epcs, place, at, by):
            many("INSERT OR REPLACE INTO sighting(epc, place, at) VALUES (?,?,?)", ((epc, place, at) for epc in epcs))
            run("INSERT INTO diversion_clock(one, at, list) VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET"
                " at=excluded.at, list=excluded.list WHERE list<>excluded.list"
                " OR julianday(excluded.at) > julianday(at)", (at, by))
        case _:
            return False
    return True


def binding_of(connection: Connection, above: Sequence[str]) -> tuple[str, Bound] | None:
    """(of what it was made, the binding) that holds for an object: the last one made of it or of anything it is in, of
    equally old ones the nearest. `above`: the object, what it is in, and on outwards."""
    found = []
    for each in above:
        row = connection.execute("SELECT partner, territory, route, document, at FROM binding WHERE epc=?",
                                 (each,)).fetchone()
        if row:
            found.append((each, Bound((each,), *row)))
    return max(found, key=lambda pair: _moment(pair[1].at), default=None)


def come_out(connection: Connection, above: Sequence[str], children: Iterable[str]) -> None:
    """What leaves a container keeps the binding that it had there. `above`: the container, and what it is in."""
    held = binding_of(connection, above)
    if held is None:
        return
    bound = held[1]
    for each in children:
        own = binding_of(connection, (each,))
        newer = _moment(own[1].at) < _moment(bound.at) if own else bool(bound.partner)
        if newer:
            connection.execute(
                "INSERT OR REPLACE INTO binding(epc, partner, territory, route, document, at) VALUES (?,?,?,?,?,?)",
                (each, bound.partner, bound.territory, bound.route, bound.document, bound.at))


def _moment(at: str) -> float:
    return datetime.fromisoformat(at).timestamp() if at else 0.0


def _now(connection: Connection) -> str:
    """The moment of the entry that a change is part of, which is the last one there is."""
    return (connection.execute("SELECT at FROM entry ORDER BY seq DESC LIMIT 1").fetchone() or ("",))[0]
