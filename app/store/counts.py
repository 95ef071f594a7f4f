"""What a count has seen: the tables, its changes as rows, and what the judge asks of the object at hand.

One row an object and round. A row is in effect while it is as recorded, or of the round at work: what differed is kept
for the next round, where it may be scanned anew. Sums are kept by triggers. The caller holds the transaction.
"""
from __future__ import annotations

from collections.abc import Callable

from app.domain.decision import Change
from app.domain.packing.closing import units_inside
from app.domain.packing.plan import Plan
from app.domain.warehouse.changes import Adjusted, CountBegun, Counted, CountSet, Recounted
from app.domain.warehouse.differences import ANSWERED, EXTRA, WRONG_PLACE, Finding
from app.domain.warehouse.goods import Tallied
from app.domain.warehouse.shelf import AISLE
from app.store.database import Connection

PlanOf = Callable[[str], Plan | None]
_SUM = """INSERT INTO count_sum(document, round, finding, product, level, implied, leaves) VALUES
        ({of}.document, {of}.round, {of}.finding, {of}.product, {of}.level, {of}.implied, {by})
        ON CONFLICT DO UPDATE SET leaves=leaves+excluded.leaves"""
# `since` is the entry by which a count began, 0 before; `count_begun` what stood in its scope then.
# `how` is seen or inferred, of an earlier round kept or held. `via` is the scan that a row hangs on, `own` its finding
# by itself, `finding` that of the whole it stands in.
SCHEMA = f"""
CREATE TABLE count(document TEXT PRIMARY KEY, round INTEGER NOT NULL, location TEXT NOT NULL, verify INTEGER NOT NULL,
    opened TEXT NOT NULL, since INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE count_begun(document TEXT NOT NULL, product TEXT NOT NULL, level TEXT NOT NULL, implied INTEGER NOT NULL,
    leaves INTEGER NOT NULL, PRIMARY KEY(document, product, level, implied)) WITHOUT ROWID;
CREATE TABLE counted(id INTEGER PRIMARY KEY, document TEXT NOT NULL, epc TEXT NOT NULL, round INTEGER NOT NULL,
    how TEXT NOT NULL, spread INTEGER NOT NULL, location TEXT NOT NULL, own TEXT NOT NULL, finding TEXT NOT NULL,
    via TEXT NOT NULL, leaf INTEGER NOT NULL, product TEXT NOT NULL, level TEXT NOT NULL, implied INTEGER NOT NULL,
    lot TEXT NOT NULL, expiry TEXT NOT NULL, UNIQUE(document, epc, round));
CREATE INDEX counted_last ON counted(document, round, id) WHERE how = 'seen';
CREATE INDEX counted_differs ON counted(document, finding, round) WHERE finding <> '';
CREATE TABLE count_sum(document TEXT NOT NULL, round INTEGER NOT NULL, finding TEXT NOT NULL, product TEXT NOT NULL,
    level TEXT NOT NULL, implied INTEGER NOT NULL, leaves INTEGER NOT NULL,
    PRIMARY KEY(document, round, finding, product, level, implied)) WITHOUT ROWID;
CREATE TABLE count_round(document TEXT NOT NULL, round INTEGER NOT NULL, right INTEGER NOT NULL,
    missing INTEGER NOT NULL, extra INTEGER NOT NULL, misplaced INTEGER NOT NULL,
    PRIMARY KEY(document, round)) WITHOUT ROWID;
CREATE TABLE adjusted(document TEXT NOT NULL, epc TEXT NOT NULL, what TEXT NOT NULL, paper TEXT NOT NULL,
    PRIMARY KEY(document, epc)) WITHOUT ROWID;
CREATE TRIGGER counted_in AFTER INSERT ON counted WHEN new.leaf BEGIN
    {_SUM.format(of="new", by="1")};
END;
CREATE TRIGGER counted_out AFTER DELETE ON counted WHEN old.leaf BEGIN
    {_SUM.format(of="old", by="-1")};
END;
CREATE TRIGGER counted_anew AFTER UPDATE ON counted WHEN old.leaf BEGIN
    {_SUM.format(of="old", by="-1")};
    {_SUM.format(of="new", by="1")};
END;
"""
STATE = {
    "count": "SELECT document, round, location, verify, opened, since FROM {db}.count",
    "count_begun": "SELECT document, product, level, implied, leaves FROM {db}.count_begun",
    "counted": "SELECT document, epc, round, how, spread, location, own, finding, via, leaf, product, level, implied,"
               " lot, expiry FROM {db}.counted",
    "count_sum": "SELECT document, round, finding, product, level, implied, leaves FROM {db}.count_sum"
                 " WHERE leaves <> 0",
    "count_round": "SELECT document, round, right, missing, extra, misplaced FROM {db}.count_round",
    "adjusted": "SELECT document, epc, what, paper FROM {db}.adjusted",
}
CLASSES = {"extra": tuple(EXTRA - {Finding.ENDED}), "misplaced": tuple(WRONG_PLACE), "ended": (Finding.ENDED,)}
SCOPE = "(location = :scope OR location >= :low AND location < :high)"
IN_EFFECT = "(+finding = '' OR +round = :round)"       # of one object: found by its key, not by these
_UP = """
WITH RECURSIVE up(id, parent, depth) AS (
    SELECT id, parent, 0 FROM object WHERE epc = :epc
    UNION ALL SELECT object.id, object.parent, depth + 1 FROM object JOIN up ON object.id = up.parent)
"""
_INSIDE = """
WITH RECURSIVE inside(id) AS (
    SELECT child.id FROM object AS child JOIN object ON child.parent = object.id WHERE object.epc = :epc
    UNION ALL SELECT object.id FROM object JOIN inside ON object.parent = inside.id)
"""
_HERE = f"counted.document = :document AND {IN_EFFECT}"
# What differed in the round before stands in this one, too: what was seen once is never missing.
_KEEP = """INSERT OR IGNORE INTO counted(document, epc, round, how, spread, location, own, finding, via, leaf, product,
    level, implied, lot, expiry) SELECT document, epc, :round, iif(how IN ('seen', 'kept'), 'kept', 'held'), spread,
    location, own, finding, via, leaf, product, level, implied, lot, expiry FROM counted
    WHERE document = :document AND round = :before AND finding <> ''"""
_HANGS = f"DELETE FROM counted WHERE {_HERE} AND via=:epc AND how"
_LEAF = "NOT EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id)"


def scope_of(scope: str) -> dict[str, object]:
    """A count's scope as bounds of locations, for SCOPE."""
    if scope.endswith(AISLE):
        return {"scope": scope, "low": scope[:-1], "high": scope[:-1] + "\U0010ffff"}
    return {"scope": scope, "low": scope + "/254/", "high": scope + "/2540"}


def apply(connection: Connection, change: Change) -> bool:
    """Writes one change of this part; False where it is of another."""
    run = connection.execute
    match change:
        case Counted(document, epcs, how):
            number = begin(connection, document)
            for epc in epcs:
                key = {"document": document, "epc": epc, "round": number}
                if how:
                    _put(connection, change, key)
                else:
                    _take(connection, key)
        case CountBegun(document, scope):
            begin(connection, document)
            run("UPDATE count SET since=(SELECT max(seq) FROM entry) WHERE document=?", (document,))
            run("INSERT INTO count_begun SELECT :document, product, level, implied, sum(leaves) FROM stock"
                f" WHERE {SCOPE} GROUP BY 2, 3, 4", {"document": document, **scope_of(scope)})
        case CountSet(document, location, verify, opened):
            begin(connection, document)
            run("UPDATE count SET location=?, verify=?, opened=? WHERE document=?",
                (location, int(verify), opened, document))
        case Recounted(document, number, right, missing, extra, misplaced, last):
            now = begin(connection, document)
            run("INSERT OR REPLACE INTO count_round(document, round, right, missing, extra, misplaced)"
                " VALUES (?,?,?,?,?,?)", (document, now, right, missing, extra, misplaced))
            if not last:
                run("UPDATE count SET round=?, opened='' WHERE document=?", (number, document))
                run(f"{_KEEP} AND finding <> '{ANSWERED}'", {"document": document, "before": now, "round": number})
        case Adjusted(document, epcs, what, paper):
            number = begin(connection, document)
            connection.executemany("INSERT OR REPLACE INTO adjusted(document, epc, what, paper) VALUES (?,?,?,?)",
                                   ((document, epc, what, paper) for epc in epcs))
            words = CLASSES.get(what, ())
            run(f"UPDATE counted SET finding='{ANSWERED}' WHERE document=? AND round=? AND finding IN"
                f" ({','.join('?' * len(words))})", (document, number, *words))
        case _:
            return False
    return True


def begin(connection: Connection, document: str) -> int:
    """The count's round; it gets its row with the first thing that is done."""
    connection.execute("INSERT OR IGNORE INTO count(document, round, location, verify, opened) VALUES (?,1,'',0,'')",
                       (document,))
    return connection.execute("SELECT round FROM count WHERE document=?", (document,)).fetchone()[0]


def at_work(connection: Connection, document: str) -> tuple[int, str, bool, str, bool]:
    """(round, shelf, verify, opened, begun) of a count."""
    row = connection.execute("SELECT round, location, verify, opened, since FROM count WHERE document=?",
                             (document,)).fetchone()
    return (row[0], row[1], bool(row[2]), row[3], row[4] > 0) if row else (1, "", False, "", False)


def tallied(connection: Connection, document: str, round: int, epc: str) -> Tallied:
    """What the count has of this object, and of the nearest container that it is in."""
    key = {"document": document, "epc": epc, "round": round}
    itself = connection.execute(
        f"SELECT how, location, finding, round FROM counted WHERE {_HERE} AND epc=:epc", key).fetchone()
    above = _above(connection, key)
    how, location, finding, number = itself or ("", "", "", 0)
    return Tallied(how, location, finding, number, *(above[:3] if above else ("", "", "")))


def last(connection: Connection, document: str, round: int) -> tuple[str, str, str]:
    """(EPC, level, finding) of what was scanned last in this round."""
    row = connection.execute(
        "SELECT epc, level, own FROM counted WHERE document=? AND round=? AND how='seen' ORDER BY id DESC LIMIT 1",
        (document, round)).fetchone()
    return row or ("", "", "")


def event_of(connection: Connection, document: str, epc: str) -> str:
    """Id of the last event that tells that this object was counted; "" where none does."""
    row = connection.execute(
        "SELECT event.event_id FROM object CROSS JOIN event_object ON event_object.object = object.id"
        " CROSS JOIN event ON event.id = event_object.event"
        " CROSS JOIN event_document ON event_document.event = event.id AND event_document.document = ?"
        " WHERE object.epc = ? AND event.biz_step IN ('stock_taking', 'cycle_counting') ORDER BY event.id DESC LIMIT 1",
        (document, epc)).fetchone()
    return row[0] if row else ""


def fresh(connection: Connection, document: str, round: int, epc: str, plan_of: PlanOf) -> int:
    """Units in this object that are not counted yet."""
    inside = _INSIDE.replace("SELECT child.id FROM object AS child JOIN object ON child.parent = object.id WHERE",
                             "SELECT object.id FROM object WHERE")
    rows = connection.execute(
        f"{inside} SELECT product, level, implied, count(*) FROM inside CROSS JOIN object USING(id) WHERE {_LEAF}"
        f" AND NOT EXISTS (SELECT 1 FROM counted WHERE {_HERE} AND counted.epc = object.epc"
        " AND NOT (how IN ('kept', 'held') AND via = :epc)) GROUP BY 1, 2, 3",
        {"document": document, "epc": epc, "round": round})
    return sum(units(plan_of, *row) for row in rows)


def units(plan_of: PlanOf, product: str, level: str, implied: int, leaves: int) -> int:
    """Innermost units that childless objects stand for; themselves where no plan tells."""
    plan = plan_of(product) if product else None
    if plan is None or plan.index(level) < 0:
        return leaves if product else 0
    return units_inside(plan, level, leaves, bool(implied))


# --- rows ---------------------------------------------------------------------------------------------------------
def _above(connection: Connection, key: dict[str, object], *how: str) -> tuple[str, str, str, int] | None:
    """(EPC, location, finding, spread) of the nearest counted container that an object is recorded in."""
    among = f"AND how IN ({','.join(repr(each) for each in how)})" if how else ""
    return connection.execute(
        f"{_UP} SELECT counted.epc, counted.location, counted.finding, counted.spread FROM up"
        f" CROSS JOIN object USING(id) CROSS JOIN counted ON counted.epc = object.epc AND {_HERE}"
        f" WHERE depth > 0 {among} ORDER BY depth LIMIT 1", key).fetchone()


def _put(connection: Connection, change: Counted, key: dict[str, object]) -> None:
    run = connection.execute
    epc, above = str(key["epc"]), _above(connection, key)
    known = run(f"SELECT {_LEAF}, product, level, implied, lot, expiry FROM object WHERE epc=:epc", key).fetchone()
    # An object that nobody knows may be a full container: as many units as its plan says.
    what = known or (1, change.product, change.level, 1, change.lot, change.expiry)
    with_above = above is not None and above[1] == change.location and change.finding != Finding.ASTRAY
    run(f"DELETE FROM counted WHERE {_HERE} AND epc=:epc", key)
    run(f"{_HANGS} IN ('inferred', 'held')", key)
    run(f"UPDATE counted SET location=:location, own=:own WHERE {_HERE} AND via=:epc AND how='kept'",
        {**key, "location": change.location, "own": change.finding})          # it goes where its container went
    run("INSERT INTO counted(document, epc, round, how, spread, location, own, finding, via, leaf, product, level,"
        " implied, lot, expiry) VALUES (?,?,?,'seen',?,?,?,?,?,?,?,?,?,?,?)",
        (key["document"], epc, key["round"], int(change.spread), change.location, change.finding, change.finding,
         above[0] if with_above and above else epc, *what))
    if known and not known[0]:
        inside = f"{_INSIDE} SELECT object.epc FROM inside CROSS JOIN object USING(id)"
        run(f"DELETE FROM counted WHERE {_HERE} AND how IN ('inferred', 'held') AND epc IN ({inside}) AND via <> :epc"
            f" AND via NOT IN ({inside})", key)              # what was inferred from further out goes with this one
        _hold(connection, key, change.location, change.finding, change.spread)


def _hold(connection: Connection, key: dict[str, object], location: str, finding: str, spread: bool | int) -> None:
    """What a counted container holds: at the same place it shares what is found of it, elsewhere it is not with it;
    what was not counted is, where it is inferred."""
    more = {**key, "location": location, "finding": finding}
    inside = f"{_INSIDE} SELECT object.epc FROM inside CROSS JOIN object USING(id)"
    held = f"document = :document AND {IN_EFFECT} AND own <> '{Finding.ASTRAY}' AND epc IN ({inside})"
    run = connection.execute
    if run(f"SELECT 1 FROM counted WHERE {held} LIMIT 1", key).fetchone():
        run(f"UPDATE counted SET finding='{Finding.ASTRAY}', round=:round WHERE {held} AND location <> :location", more)
        run(f"UPDATE counted SET finding=:finding, round=iif(:finding='', round, :round),"
            f" via=iif(how IN ('seen', 'kept'), :epc, via) WHERE {held} AND location = :location", more)
    if spread:
        run(f"{_INSIDE} INSERT INTO counted(document, epc, round, how, spread, location, own, finding, via, leaf,"
            " product, level, implied, lot, expiry)"
            f" SELECT :document, object.epc, :round, 'inferred', 0, :location, :finding, :finding, :epc, {_LEAF},"
            " product, level, implied, lot, expiry FROM inside CROSS JOIN object USING(id)"
            f" WHERE NOT EXISTS (SELECT 1 FROM counted WHERE {_HERE} AND counted.epc = object.epc)", more)


def _take(connection: Connection, key: dict[str, object]) -> None:
    """A scan is taken back: what hung on it is as it was before, or as the container above it says."""
    run = connection.execute
    run(f"DELETE FROM counted WHERE {_HERE} AND epc=:epc", key)
    kept = run(f"SELECT epc FROM counted WHERE {_HERE} AND via=:epc AND how='kept'", key).fetchall()
    run(f"{_HANGS} <> 'seen'", key)
    for (each,) in ((key["epc"],), *kept):                   # as the round before left them
        run(f"{_KEEP} AND :each IN (epc, via)", {**key, "each": each, "before": int(str(key["round"])) - 1})
    run(f"UPDATE counted SET finding=own, via=iif(how IN ('seen', 'kept'), epc, via) WHERE {_HERE}"
        f" AND epc IN ({_INSIDE} SELECT object.epc FROM inside CROSS JOIN object USING(id))", key)
    above = _above(connection, key, "seen", "kept")
    if above:
        _hold(connection, {**key, "epc": above[0]}, above[1], above[2], above[3])
