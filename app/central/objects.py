"""What the server thinks of each object, and whether a new event can be true after the earlier ones.

An object's state is a fold over the events about it. An event that is declared wrong is taken out of the fold.
"""
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.central import rules
from app.central.database import Connection

Event = dict[str, Any]
MUST_BE_KNOWN = frozenset({"shipping", "consigning"})    # Open-SCS: what is shipped was commissioned (or came in)
MOST_LEVELS = 20
_ABOUT = ("FROM link JOIN event ON event.id = link.event WHERE link.object = ? AND declared = 0 "      # but not wrong
          "AND NOT EXISTS (SELECT 1 FROM event AS wrong WHERE wrong.event_id = event.event_id AND wrong.declared)")
# Another station was quicker to tell what it did later: one house received before the other's line was up again.
_TOLD_SINCE = ("SELECT 1 FROM link JOIN event AS later ON later.id = link.event JOIN event AS this ON this.id = ?3 "
               "WHERE link.object = ?2 AND later.at > this.at AND later.station <> this.station")


@dataclass(frozen=True, slots=True)
class Known:
    id: int
    epc: str
    origin: str          # "commissioned", "observed", "announced"; "none" where all was declared wrong
    alive: bool
    disposition: str
    parent: int | None


def fault(connection: Connection, event: Event) -> str:
    """Why this event cannot be true after those stored, in words; "" where it can."""
    listed, parent = rules.objects(event), event.get("parentID", "")
    known = look(connection, [*listed, parent] if parent else listed)
    dead = next((each for each in known.values() if not each.alive), None)
    if dead:
        return f"{dead.epc}: its life ended ({dead.disposition}); no event may follow"
    if event["type"] == "AggregationEvent":
        return _pack_fault(connection, event, listed, known) if event["action"] == "ADD" \
            else _unpack_fault(connection, event, listed, known)
    if event["type"] == "AssociationEvent":
        return _peer_fault(connection, event, listed, known)
    if event["action"] == "ADD":
        twice = next((epc for epc in listed if epc in known and known[epc].origin == "commissioned"), "")
        return f"{twice}: is commissioned already" if twice else ""
    inside = next((each for each in known.values() if each.parent is not None), None)
    if event["bizStep"] in MUST_BE_KNOWN:
        if inside:
            return f"{inside.epc}: is inside {_epc(connection, inside.parent)}; only the outermost can be shipped"
        return next((f"{epc}: was never commissioned, received or announced" for epc in listed if epc not in known), "")
    if event["action"] == "DELETE" and inside:
        return f"{inside.epc}: is inside {_epc(connection, inside.parent)}; it must be unpacked before its life ends"
    return ""


def _peer_fault(connection: Connection, event: Event, listed: list[str], known: dict[str, Known]) -> str:
    """Peers are codes of one object: none is an object of its own, or another's."""
    if event["parentID"] not in known:
        return f"{event['parentID']}: was never commissioned, so no code can be tied to it"
    for epc in listed:
        if epc in known and known[epc].origin == "commissioned":
            return f"{epc}: was commissioned, so it is an object of its own"
        if epc in known:
            rows = connection.execute(f"SELECT event.body {_ABOUT}", (known[epc].id,)).fetchall()
            others = {json.loads(row[0]).get("parentID", "") for row in rows} - {"", event["parentID"]}
            if others:
                return f"{epc}: is tied to {others.pop()} already"
    return ""


def _pack_fault(connection: Connection, event: Event, listed: list[str], known: dict[str, Known]) -> str:
    parent = event["parentID"]
    for epc in (parent, *listed):
        if epc not in known:
            return f"{epc}: was never commissioned, so it cannot be packed"
    for epc in listed:
        if known[epc].parent is not None:
            return f"{epc}: is inside {_epc(connection, known[epc].parent)} already; one parent at a time"
    children, above = {known[epc].id for epc in listed}, known[parent].parent
    for _ in range(MOST_LEVELS):
        if above is None:
            return ""
        if above in children:
            return f"{parent}: is itself inside {_epc(connection, above)}, which cannot go into it"
        above = connection.execute("SELECT parent FROM object WHERE id = ?", (above,)).fetchone()[0]
    return f"{parent}: is nested more than {MOST_LEVELS} deep"


def _unpack_fault(connection: Connection, event: Event, listed: list[str], known: dict[str, Known]) -> str:
    parent = known.get(event["parentID"])
    if parent is None and not listed:
        return f"{event['parentID']}: nothing was ever packed into it"
    if parent is None:          # of a partner who told nothing: it may stay away for ever, what came out of it is here
        packed = next((each for epc in listed if (each := known.get(epc))
                       and (each.parent is not None or each.origin == "commissioned")), None)
        return f"{packed.epc}: is not in {event['parentID']}, of which nothing is known" if packed else ""
    if not listed:
        holds = connection.execute("SELECT 1 FROM object WHERE parent = ? LIMIT 1", (parent.id,)).fetchone()
        return "" if holds or parent.origin != "commissioned" else f"{parent.epc}: holds nothing"
    for epc in listed:
        child = known.get(epc)
        stranger = (child is None or child.parent is None) and parent.origin != "commissioned"
        if not stranger and (child is None or child.parent != parent.id):
            return f"{epc}: is not in {parent.epc}"
    return ""


def apply(connection: Connection, event: Event, number: int) -> None:
    """Links the event (stored under `number`) to its objects and moves their state on."""
    listed, parent = rules.objects(event), event.get("parentID", "")
    every = [*listed, parent] if parent else listed
    origin = "commissioned" if event["bizStep"] == "commissioning" else "observed"
    connection.executemany("INSERT INTO object(epc, origin) VALUES (?, ?) ON CONFLICT(epc) "
                           "DO UPDATE SET origin = excluded.origin WHERE origin = 'none'",
                           [(epc, origin) for epc in every])
    known = look(connection, every)
    ids = [known[epc].id for epc in listed]
    links = [(each, number, 1) for each in ids]
    if parent:
        links.append((known[parent].id, number, 2))
    if "errorDeclaration" in event:
        connection.executemany("INSERT INTO link VALUES (?, ?, ?)", links)
        was = connection.execute("SELECT link.object FROM link JOIN event ON event.id = link.event "
                                 "WHERE event.event_id = ? AND event.declared = 0", (event["eventID"],)).fetchall()
        rebuild(connection, [row[0] for row in was])
        return
    if parent and event["action"] == "DELETE" and not listed:
        rows = connection.execute("SELECT id FROM object WHERE parent = ?", (known[parent].id,)).fetchall()
        ids = [row[0] for row in rows]
        links += [(each, number, 0) for each in ids]
    connection.executemany("INSERT INTO link VALUES (?, ?, ?)", links)
    if event["type"] == "AssociationEvent":          # another name of the object moves nothing
        return
    alive, disposition = int(event["action"] != "DELETE" or bool(parent)), event["disposition"]
    if parent:
        inside = known[parent].id if event["action"] == "ADD" else None
        connection.executemany("UPDATE object SET disposition = ?, parent = ? WHERE id = ?",
                               [(disposition, inside, each) for each in ids])
        connection.execute("UPDATE object SET disposition = ? WHERE id = ?", (disposition, known[parent].id))
    else:
        connection.executemany(
            f"UPDATE object SET disposition = iif(EXISTS({_TOLD_SINCE}), disposition, ?1), alive = iif(EXISTS("
            f"{_TOLD_SINCE}), alive, ?4), origin = iif(?5, 'commissioned', origin) WHERE id = ?2",
            [(disposition, each, number, alive, origin == "commissioned") for each in ids])


def rebuild(connection: Connection, ids: Iterable[int]) -> None:
    """Folds the events about these objects anew, without those that are declared wrong."""
    for each in ids:
        epc, announced, parent = connection.execute(
            "SELECT epc, announced, announced_in FROM object WHERE id = ?", (each,)).fetchone()
        alive, disposition = 1, ""
        rows = connection.execute(f"SELECT event.body {_ABOUT} ORDER BY event.id", (each,)).fetchall()
        origin = "announced" if announced else "observed" if rows else "none"
        for row in rows:
            event = json.loads(row[0])
            if event["type"] == "AssociationEvent":          # another name of the object moves nothing
                continue
            disposition = event["disposition"]
            if event["type"] == "ObjectEvent":
                alive = int(event["action"] != "DELETE")
                origin = "commissioned" if event["bizStep"] == "commissioning" else origin
            elif event["type"] == "AggregationEvent" and event["parentID"] != epc:
                parent = _id(connection, event["parentID"]) if event["action"] == "ADD" else None
        connection.execute("UPDATE object SET origin = ?, alive = ?, disposition = ?, parent = ? WHERE id = ?",
                           (origin, alive, disposition, parent, each))


def announce(connection: Connection, announced: Iterable[dict[str, Any]]) -> None:
    """Objects that a master-data document says are coming: known, in their parents. Events seen before win."""
    every = list(announced)
    connection.executemany("INSERT INTO object(epc, origin) VALUES (?, 'announced') ON CONFLICT(epc) DO NOTHING",
                           [(each["epc"],) for each in every])
    connection.executemany("UPDATE object SET announced = 1 WHERE epc = ?", [(each["epc"],) for each in every])
    connection.executemany(
        "UPDATE object SET announced_in = parent.id, parent = parent.id FROM object AS parent "
        "WHERE object.epc = ? AND parent.epc = ? AND NOT EXISTS (SELECT 1 FROM link WHERE link.object = object.id)",
        [(each["epc"], each["parent"]) for each in every if each.get("parent")])


def look(connection: Connection, epcs: list[str]) -> dict[str, Known]:
    rows = connection.execute(
        "SELECT id, epc, origin, alive, disposition, parent FROM object "
        "WHERE origin <> 'none' AND epc IN (SELECT value FROM json_each(?))", (json.dumps(epcs),))
    return {row[1]: Known(row[0], row[1], row[2], bool(row[3]), row[4], row[5]) for row in rows}


def state(connection: Connection, epc: str) -> dict[str, Any] | None:
    """What the server thinks of one object; None where it never heard of it."""
    known = look(connection, [epc]).get(epc)
    if known is None:
        return None
    outer = known
    for _ in range(MOST_LEVELS):
        if outer.parent is None:
            break
        above = _epc(connection, outer.parent)
        outer = look(connection, [above])[above]
    children = connection.execute("SELECT count(*) FROM object WHERE parent = ?", (known.id,)).fetchone()[0]
    last = connection.execute(f"SELECT event.event_id, biz_step, body {_ABOUT} ORDER BY event.at DESC, event.id DESC "
                              "LIMIT 1", (known.id,)).fetchone()
    return {
        "epc": epc, "origin": known.origin, "alive": known.alive, "disposition": known.disposition,
        "parent": _epc(connection, known.parent) if known.parent else "", "children": children,
        "outermost": outer.epc, "outermostDisposition": outer.disposition,
        "lastEvent": {"eventID": last[0], "bizStep": last[1], "eventTime": json.loads(last[2])["eventTime"]}
        if last else None,
    }


def _epc(connection: Connection, number: int | None) -> str:
    return str(connection.execute("SELECT epc FROM object WHERE id = ?", (number,)).fetchone()[0])


def _id(connection: Connection, epc: str) -> int:
    return int(connection.execute("SELECT id FROM object WHERE epc = ?", (epc,)).fetchone()[0])
