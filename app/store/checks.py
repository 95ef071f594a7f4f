"""Spot-checks: which container is open, what it should hold, what was seen in it; and those that ended.

Plain SQL on the writing connection; the caller holds the transaction.
"""
from __future__ import annotations

import msgspec

from app.domain.decision import Change
from app.domain.facts import ON_THE_WAY
from app.domain.warehouse.changes import Bound, CheckBegun, CheckEnded, CheckSeen
from app.domain.warehouse.checking import Check
from app.domain.warehouse.goods import Stood
from app.store.database import Connection

SCHEMA = """
CREATE TABLE spot_check(id INTEGER PRIMARY KEY, epc TEXT NOT NULL, document TEXT NOT NULL, hand INTEGER NOT NULL,
    finding TEXT NOT NULL);
CREATE INDEX spot_check_open ON spot_check(id) WHERE finding = '';
-- what it was recorded with when it was opened, whatever becomes of that meanwhile
CREATE TABLE spot_expected(spot INTEGER NOT NULL, place INTEGER NOT NULL, epc TEXT NOT NULL, product TEXT NOT NULL,
    PRIMARY KEY(spot, place)) WITHOUT ROWID;
CREATE TABLE spot_seen(id INTEGER PRIMARY KEY, spot INTEGER NOT NULL, epc TEXT NOT NULL, finding TEXT NOT NULL,
    level TEXT NOT NULL, product TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT NOT NULL, UNIQUE(spot, epc));
"""
STATE = {
    "spot_check": "SELECT id, epc, document, hand, finding FROM {db}.spot_check",
    "spot_expected": "SELECT spot, place, epc, product FROM {db}.spot_expected",
    "spot_seen": "SELECT spot, epc, finding, level, product, lot, expiry FROM {db}.spot_seen",
}
_OPEN = "SELECT id FROM spot_check WHERE finding='' AND epc=?"


def apply(connection: Connection, change: Change) -> bool:
    """Writes one change of this part; False where it is of another."""
    run = connection.execute
    match change:
        case CheckBegun(epc, document, hand):
            spot = run("INSERT INTO spot_check(epc, document, hand, finding) VALUES (?,?,?,'')",
                       (epc, document, int(hand))).lastrowid
            run("INSERT INTO spot_expected(spot, place, epc, product)"
                " SELECT ?, row_number() OVER (ORDER BY child.id), child.epc, child.product FROM object AS child"
                " JOIN object AS above ON above.id = child.parent WHERE above.epc=?", (spot, epc))
        case CheckSeen(epc, child, finding, level, product, lot, expiry):
            row = run(_OPEN, (epc,)).fetchone()
            if row is None:
                return True
            told = run("SELECT level, product, lot, expiry FROM spot_seen WHERE spot=? AND epc=?",
                       (row[0], child)).fetchone()
            run("DELETE FROM spot_seen WHERE spot=? AND epc=?", (row[0], child))
            if finding:
                about = (level, product, lot, expiry) if level or product else told or ("", "", "", "")
                run("INSERT INTO spot_seen(spot, epc, finding, level, product, lot, expiry) VALUES (?,?,?,?,?,?,?)",
                    (row[0], child, finding, *about))
        case CheckEnded(epc, finding):
            run("UPDATE spot_check SET finding=? WHERE finding='' AND epc=?", (finding, epc))
        case _:
            return False
    return True


def at_work(connection: Connection) -> Check | None:
    """The container that is open, the one opened last where there are several."""
    row = connection.execute("SELECT id, epc, document, hand FROM spot_check WHERE finding=''"
                             " ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return None
    spot, epc, document, hand = row
    expected = dict(connection.execute("SELECT epc, product FROM spot_expected WHERE spot=? ORDER BY place", (spot,)))
    seen = dict(connection.execute("SELECT epc, finding FROM spot_seen WHERE spot=? ORDER BY id", (spot,)))
    return Check(epc, document, expected, seen, bool(hand))


def told(connection: Connection, check: Check) -> dict[str, tuple[str, str, str, str]]:
    """(level, product, lot, expiry) of what was found in it that nobody knows, as its code says."""
    return {epc: (level, product, lot, expiry) for epc, level, product, lot, expiry in connection.execute(
        "SELECT spot_seen.epc, spot_seen.level, spot_seen.product, lot, expiry FROM spot_seen JOIN spot_check"
        " ON spot_check.id = spot WHERE spot_check.finding='' AND spot_check.epc=? AND spot_seen.product<>''",
        (check.epc,))}


def stood(connection: Connection, epc: str) -> Stood:
    """Where an object stood before it came in by its last document; as announced where nobody can say."""
    row = connection.execute("SELECT status, location, partner, parent, bound FROM stood WHERE epc=?"
                             " ORDER BY entry DESC LIMIT 1", (epc,)).fetchone()
    if row is None or row[0] not in ON_THE_WAY:
        return Stood("announced")
    status, location, partner, parent, bound = row
    return Stood(status, location, partner, parent, msgspec.json.decode(bound, type=Bound) if bound else None)
