"""Where each code is now: applying changes to the tables, and answering what the domain asks about codes.

Plain prepared SQL on the writing connection; the caller holds the transaction. Place and status of a contained object
are those of its outermost parent, so moving a pallet is one row.
"""
from __future__ import annotations

from collections.abc import Iterable

from app.domain.decision import (
    Alarmed,
    Armed,
    Awaiting,
    Change,
    Closed,
    Collected,
    Commissioned,
    DocumentScanned,
    DocumentState,
    Dropped,
    Labelled,
    Opened,
    Packed,
    Placed,
    ReelChecked,
    ShiftChanged,
    Shortened,
    SignedIn,
    TaskChosen,
    Unpacked,
)
from app.domain.facts import DIVERSION, Known, Standing
from app.domain.session import PAPER_TASKS
from app.domain.warehouse.changes import WarehouseChange
from app.store import bindings, warehouse
from app.store import line as work
from app.store.database import Connection, StoreRefused

UPWARDS = """
WITH RECURSIVE up(id, epc, parent, depth) AS (
    SELECT id, epc, parent, 0 FROM object WHERE epc = ?
    UNION ALL SELECT object.id, object.epc, object.parent, depth + 1 FROM object JOIN up ON object.id = up.parent)
SELECT id, epc FROM up ORDER BY depth"""

# Join it as `FROM inside CROSS JOIN object USING(id)`: a plain JOIN may read every object there is.
DOWNWARDS = """
WITH RECURSIVE inside(id) AS (
    SELECT id FROM object WHERE epc = ?
    UNION ALL SELECT object.id FROM object JOIN inside ON object.parent = inside.id)
"""


def apply(connection: Connection, change: Change) -> None:
    """Writes one change. Changes about a session's page, red and operator go to the table `session`."""
    run = connection.execute
    match change:
        case Commissioned(epcs, level, product, lot, expiry, order, status, location):
            release(connection, epcs)
            connection.executemany(
                "INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner)"
                " VALUES (?,?,?,?,?,?,?,?,'') ON CONFLICT(epc) DO UPDATE SET level=excluded.level,"
                " product=excluded.product, lot=excluded.lot, expiry=excluded.expiry, work_order=excluded.work_order,"
                " status=excluded.status, location=excluded.location, parent=NULL, implied=0",
                ((epc, level, product, lot, expiry, order, status, location) for epc in epcs))
        case Packed(parent, children, complete, order, level):
            number = _id(connection, parent)
            if order:
                run("UPDATE object SET work_order=? WHERE id=?", (order, number))
            run("UPDATE object SET status='in_progress', complete=?, implied=0 WHERE id=?", (int(complete), number))
            connection.executemany("UPDATE object SET parent=? WHERE epc=?", ((number, epc) for epc in children))
            work.bound(connection, children)
            if level:
                run("UPDATE work SET children=children+? WHERE work_order=? AND level=?", (len(children), order, level))
        case Unpacked(parent, children, order, level, partly):
            status, location, partner = run(
                "SELECT status, location, partner FROM object WHERE id=?", (root(connection, parent),)).fetchone()
            bindings.come_out(connection, [epc for _, epc in run(UPWARDS, (parent,))], children)
            connection.executemany(
                "UPDATE object SET parent=NULL, status=?, location=?, partner=? WHERE epc=?",
                ((status, location, partner, epc) for epc in children))
            run("UPDATE object SET implied=0, complete=0 WHERE epc=?", (parent,))
            run("UPDATE work SET closed=closed-?, children=children-? WHERE work_order=? AND level=?",
                (0 if partly else 1, len(children), order, level))
            run("UPDATE work_stage SET last_closed='' WHERE last_closed=?", (parent,))
        case Placed(epcs, status, location, partner):
            connection.executemany("UPDATE object SET status=?, location=?, partner=? WHERE epc=?",
                                   ((status, location, partner, epc) for epc in epcs))
        case Opened(number, order, level, target, label, before, step, reason):
            run("INSERT INTO container(number, work_order, level, target, label, already, step, reason)"
                " VALUES (?,?,?,?,?,?,?,?)", (number, order, level, target, label, before, step, reason))
            if label:
                run("UPDATE work SET closed=closed-1, children=children-? WHERE work_order=? AND level=?",
                    (before, order, level))
        case Collected(number, epcs, itself):
            scan = run("SELECT coalesce(max(scan), 0) + 1 FROM collected WHERE container=?", (number,)).fetchone()[0]
            act = 0 if itself else _next_act(connection, number)
            connection.executemany("INSERT INTO collected(container, scan, place, epc, act) VALUES (?,?,?,?,?)",
                                   ((number, scan, place, epc, act) for place, epc in enumerate(epcs)))
            work.bound(connection, epcs)
        case Dropped(number, epcs):
            connection.executemany("DELETE FROM collected WHERE container=? AND epc=?", ((number, epc) for epc in epcs))
        case Labelled(number, epc):
            act = _next_act(connection, number) if epc else 0
            run("UPDATE container SET label=?, labelled=? WHERE number=?", (epc, act, number))
            work.bound(connection, (epc,))
        case Shortened(number, target, reason):
            run("UPDATE container SET target=?, reason=? WHERE number=?", (target, reason, number))
        case Closed(number, order, level):
            units, label = run("SELECT already + (SELECT count(*) FROM collected WHERE container=number), label"
                               " FROM container WHERE number=?", (number,)).fetchone()
            run("DELETE FROM collected WHERE container=?", (number,))
            run("DELETE FROM container WHERE number=?", (number,))
            run("UPDATE container SET labelled=0 WHERE work_order=? AND labelled<>0", (order,))
            run("UPDATE collected SET act=0 WHERE act<>0 AND container IN"
                " (SELECT number FROM container WHERE work_order=?)", (order,))
            run("INSERT INTO work(work_order, level, closed, children) VALUES (?,?,1,?) ON CONFLICT DO UPDATE"
                " SET closed=closed+1, children=children+excluded.children", (order, level, units))
            work.stage(connection, order, last_closed=label)
        case DocumentScanned(document, line, epc, quantity):
            if quantity:
                run("INSERT INTO document_object(document, epc, line, quantity) VALUES (?,?,?,?)"
                    " ON CONFLICT DO UPDATE SET quantity=excluded.quantity", (document, epc, line, quantity))
                run("DELETE FROM picked WHERE document=? AND epc=?", (document, epc))       # it has left by it
            else:
                run("DELETE FROM document_object WHERE document=? AND epc=? AND line=?", (document, epc, line))
        case DocumentState(document, state, reason):
            run("INSERT INTO document_state(document, state, reason) VALUES (?,?,?) ON CONFLICT DO UPDATE"
                " SET state=excluded.state, reason=excluded.reason", (document, state, reason))
        case SignedIn(operator):
            remember(connection, operator=operator, armed="{}", awaiting="{}")
        case TaskChosen(task, subject):
            remember(connection, task=task, armed="{}", awaiting="{}", moving="{}")
            if task == "packing":
                remember(connection, order=subject)
            elif task in PAPER_TASKS:
                remember(connection, document=subject, joined="[]")
            elif task == "sampling":
                remember(connection, reel=subject)
            elif task == "inspecting":
                remember(connection, inspected=subject)
        case ShiftChanged(shift):
            remember(connection, shift=shift)
        case Alarmed() | Armed() | Awaiting():
            pass     # the caller keeps them as JSON beside the session: they have no columns of their own
        case ReelChecked():
            pass     # kept with the set of pairs, beside the database
        case _ if isinstance(change, WarehouseChange):
            warehouse.apply(connection, change)
        case _:
            work.apply(connection, change)


def remember(connection: Connection, **values: str) -> None:
    """Keeps words of the session over a restart."""
    connection.executemany(
        "INSERT INTO session(key, value) VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value", values.items())


def known(connection: Connection, epcs: Iterable[str]) -> dict[str, Known]:
    """What is known of these EPCs, each with the place of its outermost parent."""
    found: dict[str, Known] = {}
    for epc in epcs:
        row = connection.execute(
            "SELECT id, level, product, lot, expiry, work_order, status, location, partner, parent, implied, complete,"
            " (SELECT count(*) FROM object AS child WHERE child.parent = object.id) FROM object WHERE epc=?",
            (epc,)).fetchone()
        if row is None:
            continue
        number, level, product, lot, expiry, order, status, location, partner, parent, implied, whole, children = row
        parent_epc, root_epc, packed_at = "", epc, ""
        if parent is not None:
            above = connection.execute(UPWARDS, (epc,)).fetchall()
            parent_epc, root_epc = above[1][1], above[-1][1]
            status, location, partner = connection.execute(
                "SELECT status, location, partner FROM object WHERE id=?", (above[-1][0],)).fetchone()
            packed_at = packed_at_of(connection, number)
        found[epc] = Known(epc, level, product, lot, expiry, status, location, partner, order, parent_epc, root_epc,
                           children, packed_at, bool(implied), bool(whole))
    return found


def standing(connection: Connection, epcs: Iterable[str]) -> dict[str, Standing]:
    """Of these EPCs, the ones in an open container of any order, and the ones that are such a container's label."""
    found: dict[str, Standing] = {}
    for epc in epcs:
        row = connection.execute(
            "SELECT number, work_order, level, 1 FROM container WHERE ?1<>'' AND (label=?1 OR expected=?1)"
            " UNION ALL SELECT number, work_order, level, 0 FROM collected JOIN container ON number = container"
            " WHERE epc=?1 LIMIT 1", (epc,)).fetchone()
        if row:
            found[epc] = Standing(row[0], row[1], row[2], bool(row[3]))
    return found


def leaves(connection: Connection, epc: str) -> list[tuple[str, str, str, str, bool, int]]:
    """(product, lot, expiry, level, implied, count) of the childless objects in this one, itself where it holds
    nothing. Of an outermost object in stock that is known without looking at what it holds."""
    kept = connection.execute(
        "SELECT stock.product, stock.lot, stock.expiry, stock.level, stock.implied, stock_of.leaves FROM object"
        " JOIN stock_of ON root = object.id JOIN stock ON stock.id = stock WHERE epc=?", (epc,)).fetchall()
    return kept or connection.execute(DOWNWARDS + """
        SELECT product, lot, expiry, level, implied, count(*) FROM inside CROSS JOIN object USING(id)
        WHERE NOT EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id)
        GROUP BY product, lot, expiry, level, implied""", (epc,)).fetchall()


def held(connection: Connection, epcs: Iterable[str]) -> dict[str, str]:
    """Of these EPCs, the ones under a hold of their own and the ones that hold such an object, with its reason:
    that it was stopped as diverted before any other.

    Holds come from the server (`hold`) or were found here (`held_back`).
    """
    if connection.execute("SELECT 1 WHERE EXISTS (SELECT 1 FROM hold WHERE active=1 AND epc<>'')"
                          " OR EXISTS (SELECT 1 FROM held_back)").fetchone() is None:
        return {}
    found = ((epc, connection.execute(
        DOWNWARDS + ", every(epc, reason) AS (SELECT epc, json_extract(CAST(body AS TEXT), '$.reason') FROM hold"
        " WHERE active=1 AND epc<>'' UNION ALL SELECT epc, reason FROM held_back)"
        " SELECT reason FROM every WHERE every.epc=?"
        " OR every.epc IN (SELECT object.epc FROM inside CROSS JOIN object USING(id))"
        " ORDER BY reason<>?, every.epc<>? LIMIT 1", (epc, epc, DIVERSION, epc)).fetchone()) for epc in epcs)
    return {epc: row[0] for epc, row in found if row}


def children(connection: Connection, epc: str) -> tuple[str, ...]:
    return tuple(row[0] for row in connection.execute(
        "SELECT child.epc FROM object AS child JOIN object ON child.parent = object.id WHERE object.epc=?"
        " ORDER BY child.id", (epc,)))


def tree(connection: Connection, epc: str) -> dict[str, tuple[str, ...]]:
    """The children of this object and of each container in it."""
    found: dict[str, list[str]] = {}
    for child, parent in connection.execute(
            DOWNWARDS + "SELECT object.epc, above.epc FROM inside CROSS JOIN object USING(id)"
            " JOIN object AS above ON above.id = object.parent WHERE object.epc<>?", (epc, epc)):
        found.setdefault(parent, []).append(child)
    return {parent: tuple(children) for parent, children in found.items()}


def on_document(connection: Connection, document: str, epc: str) -> str:
    """The EPC scanned on the document that is this object, holds it, or is inside it; "" for none."""
    for _, above in connection.execute(UPWARDS, (epc,)).fetchall() or [(0, epc)]:
        if connection.execute("SELECT 1 FROM document_object WHERE document=? AND epc=?", (document, above)).fetchone():
            return above
    row = connection.execute(
        DOWNWARDS + "SELECT object.epc FROM inside CROSS JOIN object USING(id) JOIN document_object"
        " ON document_object.document=? AND document_object.epc=object.epc LIMIT 1", (epc, document)).fetchone()
    return row[0] if row else ""


def root(connection: Connection, epc: str) -> int:
    _id(connection, epc)
    return connection.execute(UPWARDS, (epc,)).fetchall()[-1][0]


def release(connection: Connection, epcs: Iterable[str]) -> None:
    """Announced objects lose what was announced inside them, before they become real with what is inside them."""
    connection.executemany("UPDATE object SET parent=NULL WHERE parent=(SELECT id FROM object WHERE epc=?)",
                           ((epc,) for epc in epcs))


def _next_act(connection: Connection, number: int) -> int:
    """The number of what the operator does next with the open containers of this one's order."""
    return connection.execute(
        "SELECT 1 + max(max(labelled), coalesce(max((SELECT max(act) FROM collected WHERE container=number)), 0))"
        " FROM container WHERE work_order=(SELECT work_order FROM container WHERE number=?)", (number,)).fetchone()[0]


def _id(connection: Connection, epc: str) -> int:
    row = connection.execute("SELECT id FROM object WHERE epc=?", (epc,)).fetchone()
    if row is None:
        raise StoreRefused(f"{epc} is packed or taken apart, but no entry of the journal made it live before: the "
                           "journal is not whole. Nothing was changed; bring back a good copy with `station restore`")
    return row[0]


def packed_at_of(connection: Connection, number: int) -> str:
    """ISO time of the last event that packed the object of this row; "" for none."""
    row = connection.execute(
        "SELECT event.at FROM event_object JOIN event ON event.id = event_object.event"
        " WHERE event_object.object=? AND event.biz_step='packing' ORDER BY event.id DESC LIMIT 1",
        (number,)).fetchone()
    return row[0] if row else ""


def filling(connection: Connection, epc: str) -> bool:
    """Whether this object is, or holds, a container that is open again to be filled up."""
    return connection.execute(
        DOWNWARDS + "SELECT 1 FROM container WHERE already > 0 AND label IN"
        " (SELECT object.epc FROM inside CROSS JOIN object USING(id)) LIMIT 1", (epc,)).fetchone() is not None
