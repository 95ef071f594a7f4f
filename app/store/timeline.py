"""What happened to an object: its own events, and those of the containers it was in while it was in them.

A pallet is received and shipped by its own code only; what stood in it went along, and its time-line has to say so.
Reads only.
"""
from __future__ import annotations

from datetime import datetime

from app.domain.events import event_id
from app.store.database import Connection
from app.views import TimelineRow

EVER = 1 << 62
MOST_LEVELS = 8              # of containers in one another
MOST = 500                   # newest events that are told
_EVENTS = """
SELECT event.id, json_extract(event.body, '$.act.type'), json_extract(event.body, '$.act.action'),
    coalesce(json_extract(event.body, '$.act.parent'), ''), json_array_length(event.body, '$.act.epcs')
FROM object CROSS JOIN event_object ON event_object.object = object.id CROSS JOIN event ON event.id = event_object.event
WHERE object.epc=? AND event.id > ? AND event.id < ? ORDER BY event.id"""
_ROWS = """
SELECT event.id, event.at, event.biz_step, entry.operator, outbox.state, event.event_id,
    json_extract(event.body, '$.act.action'), json_extract(event.body, '$.act.disposition'),
    json_extract(event.body, '$.act.parent'), json_array_length(event.body, '$.act.epcs')
FROM event JOIN entry ON entry.seq = event.entry JOIN outbox ON outbox.event = event.id WHERE event.id=?"""


def timeline(connection: Connection, epc: str) -> tuple[TimelineRow, ...]:
    """Oldest first; `via` names the container that an event was about."""
    found: dict[int, str] = {}
    spans, seen = [(epc, 0, EVER, 0)], set()
    while spans:
        about, after, before, depth = spans.pop()
        if (about, after, before) in seen or depth > MOST_LEVELS:
            continue
        seen.add((about, after, before))
        told = connection.execute(_EVENTS, (about, after, before)).fetchall()
        for number, kind, _, parent, _ in told:
            # What is put into a container, or taken out of it, is no news of the others in it.
            if about == epc or not (kind == "AggregationEvent" and parent == about):
                found[number] = min(found.get(number, about), about, key=lambda each: each != epc)
        spans += [(parent, max(start, after), min(end, before), depth + 1)
                  for parent, start, end in _inside(connection, about, told)]
    rows = []
    for number in sorted(found)[-MOST:]:
        _, at, step, operator, state, key, action, disposition, parent, count = connection.execute(
            _ROWS, (number,)).fetchone()
        via = "" if found[number] == epc else found[number]
        rows.append(TimelineRow(number, datetime.fromisoformat(at), step, action, disposition, operator, parent or "",
                                count or 0, state, event_id(key), via))
    return tuple(rows)


def _inside(connection: Connection, epc: str, told: list[tuple[int, str, str, str, int]]) -> list[tuple[str, int, int]]:
    """(container, event it was put in by, event it left by): those it was in, by events or by what was announced."""
    row = connection.execute("SELECT above.epc FROM object JOIN object AS above ON above.id = object.parent"
                             " WHERE object.epc=?", (epc,)).fetchone()
    now, spans = row[0] if row else "", []
    open_since: dict[str, int] = {}
    for number, kind, action, parent, _ in told:
        if kind != "AggregationEvent" or parent == epc:
            continue
        if action == "ADD":
            open_since[parent] = number
        elif action == "DELETE":                  # one that came in with it, announced, was never put in here
            spans.append((parent, open_since.pop(parent, 0), number))
    for parent, start in open_since.items():
        spans.append((parent, start, EVER if parent == now else _emptied(connection, parent, start)))
    if now and now not in open_since:
        spans.append((now, 0, EVER))
    return spans


def _emptied(connection: Connection, container: str, after: int) -> int:
    """The event that took a container apart whole, which names nothing that was in it."""
    for number, kind, action, parent, count in connection.execute(_EVENTS, (container, after, EVER)):
        if kind == "AggregationEvent" and action == "DELETE" and parent == container and not count:
            return int(number)
    return after + 1
