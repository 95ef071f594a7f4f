"""What each scan of a document did to its object, and where that stood before: what a correction takes back.

`stood` has a row for each object scanned on a document, written with the entry. The caller holds the transaction.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from app.domain.decision import DocumentScanned
from app.domain.events import DECLARED, Action, Event, Type, event_id
from app.domain.warehouse.changes import Bound, Corrected
from app.domain.warehouse.goods import Deed, Later, Stood
from app.store import objects
from app.store.bindings import binding_of
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.entry import Entry
from app.store.shipments import NOT_DECLARED, documents_of, shares

NEAR = 5_000          # events of one entry stand so near each other
FOUND = ("inspecting", "holding")        # what was seen at a scan, beside what was done
TOLD = 5              # later events that are told
_COLUMNS = "status, location, partner, parent, bound"
_LATER = objects.DOWNWARDS.replace("epc = ?", "epc IN (SELECT value FROM json_each(?1))") + f"""
, every(id) AS (SELECT id FROM inside UNION
    SELECT object.parent FROM object JOIN every USING(id) WHERE object.parent IS NOT NULL)
SELECT DISTINCT event.id, event.event_id, event.biz_step, event.at
FROM every CROSS JOIN event_object ON event_object.object = every.id AND event_object.event > ?2
CROSS JOIN event ON event.id = event_object.event
WHERE event.event_id NOT LIKE '%{DECLARED}' AND {NOT_DECLARED} ORDER BY event.id LIMIT {TOLD}"""


def remember(connection: Connection, seq: int, entry: Entry) -> None:
    """Where the objects stand that this entry puts on documents. To be called before its changes are applied."""
    put = dict.fromkeys(each.epc for each in entry.changes if isinstance(each, DocumentScanned) and each.quantity)
    if not put:
        return
    again = {each.epc for each in entry.changes if isinstance(each, DocumentScanned) and not each.quantity}
    corrected = [each.event_id for each in entry.changes if isinstance(each, Corrected)]
    for epc in put:
        if epc in again and not corrected:
            continue                     # it has less on its lines than before, and was not moved
        earlier = (row for each in corrected if (row := _of_event(connection, each, epc))) if epc in again else ()
        row = next(iter(earlier), None) or _now(connection, epc)
        connection.execute(f"INSERT INTO stood(entry, epc, {_COLUMNS}) VALUES (?,?,?,?,?,?,?)", (seq, epc, *row))


def deed(connection: Connection, catalogue: Catalogue, asked: str, epc: str = "") -> Deed | None:
    """What the scan did of which this event tells; None where no scan of a document told of it. `epc`: of which object,
    where the scan moved several."""
    row = connection.execute("SELECT id, entry, at FROM event WHERE event_id=?", (asked,)).fetchone()
    if row is None:
        return None
    number, entry, at = row
    every = connection.execute(
        "SELECT id, event_id, body FROM event WHERE id BETWEEN ? AND ? AND entry=? ORDER BY id",
        (number - NEAR, number + NEAR, entry)).fetchall()
    events = [(each[1], msgspec.json.decode(each[2], type=Event)) for each in every if DECLARED not in each[1]]
    own = next(event for key, event in events if key == asked)
    stood = dict((row[0], row[1:]) for row in connection.execute(
        f"SELECT epc, {_COLUMNS} FROM stood WHERE entry=?", (entry,)))
    several = len(stood) > 1
    epc = epc or next((each for each in stood if not several or each in own.act.epcs), "")
    if epc not in stood:
        return None
    mine = [(key, event) for key, event in events if not several or epc in event.act.epcs]
    moves = [event for _, event in mine if "kind" in dict(event.act.extra) and event.act.type is Type.OBJECT
             and event.act.biz_step not in FOUND]
    if not moves:
        return None
    told = documents_of(moves[0].act)
    apart = tuple((event.act.parent, event.act.epcs) for _, event in mine if event.act.type is Type.AGGREGATION
                  and event.act.parent != stood[epc][3])
    ended = tuple(dict.fromkeys(each for _, event in mine if event.act.action is Action.DELETE
                                and event.act.type is Type.OBJECT for each in event.act.epcs))
    return Deed(asked, epc, str(dict(moves[0].act.extra)["kind"]), told, at, _stood(stood[epc]),
                tuple(key for key, _ in mine), moves[0].act, shares(connection, catalogue, told, epc), apart, ended,
                tuple(_later(connection, (epc, stood[epc][3], *ended), every[-1][0])), _declared(connection, asked))


def last_deed(connection: Connection, catalogue: Catalogue, document: str, epc: str) -> Deed | None:
    """What the last scan of this object on this document did, where it was not declared wrong since."""
    for (key,) in connection.execute(
            "SELECT event.event_id FROM object CROSS JOIN event_object ON event_object.object = object.id"
            " CROSS JOIN event ON event.id = event_object.event CROSS JOIN stood ON stood.entry = event.entry"
            f" AND stood.epc = object.epc WHERE object.epc=? AND {NOT_DECLARED} AND event.event_id NOT LIKE ?"
            " ORDER BY event_object.event DESC", (epc, f"%{DECLARED}")):
        found = deed(connection, catalogue, event_id(key), epc)
        if found and document in found.documents:
            return found
    return None


def _now(connection: Connection, epc: str) -> tuple[str, ...]:
    known = objects.known(connection, [epc]).get(epc)
    above = [each for _, each in connection.execute(objects.UPWARDS, (epc,))] or [epc]
    bound = binding_of(connection, above)        # in what it is taken out of, where it has none of its own
    told = msgspec.json.encode(replace(bound[1], epcs=(epc,))).decode() if bound else ""
    return (known.status, known.location, known.partner, known.parent, told) if known else ("", "", "", "", told)


def _of_event(connection: Connection, key: str, epc: str) -> tuple[str, ...] | None:
    return connection.execute(f"SELECT {_COLUMNS} FROM stood JOIN event ON event.entry = stood.entry"
                              " WHERE event.event_id=? AND stood.epc=?", (key, epc)).fetchone()


def _stood(row: tuple[str, ...]) -> Stood:
    status, location, partner, parent, bound = row
    return Stood(status, location, partner, parent, msgspec.json.decode(bound, type=Bound) if bound else None)


def _later(connection: Connection, epcs: tuple[str, ...], after: int) -> Iterator[Later]:
    """The first events behind this one about these objects, what they hold and what they are in now."""
    rows = connection.execute(_LATER, (msgspec.json.encode(epcs).decode(), after))
    return (Later(key, step, at) for _, key, step, at in rows)


def _declared(connection: Connection, asked: str) -> bool:
    return connection.execute("SELECT 1 FROM event WHERE event_id=?", (asked + DECLARED,)).fetchone() is not None
