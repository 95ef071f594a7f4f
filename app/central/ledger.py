"""The events: stored once under their key, whatever is sent again; what is refused is told with its reason."""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.central import documents, objects, rules
from app.central.answers import Problem
from app.central.database import Connection
from app.central.documents import Event, Stored
from app.central.modes import Mode


@dataclass(slots=True)
class Outcome:
    """What became of one batch. `report` has a row for each event, in order."""

    stored: int = 0
    known: int = 0                                       # equal events that were there already
    problems: list[Problem] = field(default_factory=list)
    report: list[dict[str, Any]] = field(default_factory=list)


def keep(connection: Connection, events: list[Event], mode: Mode) -> Outcome:
    """Stores what can be stored. Inside the caller's transaction, which is rolled back where all or nothing counts."""
    outcome = Outcome()
    seen: set[tuple[str, bool]] = set()
    for event in events:
        name = event.get("eventID")
        named = name if isinstance(name, str) else ""
        problem = event_problem(event) or _twice(event, seen)
        done = "REJECTED"
        if problem is None:
            seen.add((named, "errorDeclaration" in event))
            done, problem = _one(connection, Stored.of(event), mode)
        if problem is not None:
            outcome.problems.append(problem)
        outcome.stored += done == "ACCEPTED"
        outcome.known += done == "DUPLICATE"
        row: dict[str, Any] = {"eventID": named, "status": done}
        outcome.report.append({**row, "problem": problem.body()} if problem and done == "REJECTED" else row)
    return outcome


def event_problem(event: Event) -> Problem | None:
    """What is wrong with an event by itself."""
    fault = documents.event_fault(event) or rules.event_fault(event)
    name = event.get("eventID")
    return Problem(400, "ValidationException", fault, name if isinstance(name, str) else "") if fault else None


def known_ids(connection: Connection, events: list[Event], mode: Mode) -> list[str]:
    """The eventIDs of these that are stored already (as the same kind: event or error declaration)."""
    return [key[0] for key in (_key(event) for event in events) if _stored(connection, _meant(key, mode))]


def _one(connection: Connection, stored: Stored, mode: Mode) -> tuple[str, Problem | None]:
    key, there = stored.key, _stored(connection, _meant(stored.key, mode))
    if there and mode.dedupe == "none":
        _insert(connection, stored)          # a second copy; the objects have been moved by the first
        return "ACCEPTED", None
    if there:
        if there[1] != stored.digest and not (key[1] and mode.blind):
            return "REJECTED", Problem(409, "ResourceAlreadyExistsException",
                                       "another event with other content is stored under this eventID", key[0])
        conflict = mode.dedupe in ("conflict-batch", "conflict-event")
        return "DUPLICATE", Problem(409, "ResourceAlreadyExistsException", "this event is stored already", key[0]) \
            if conflict else None
    fault = _declaration_fault(connection, stored) if key[1] else \
        objects.fault(connection, stored.event) if mode.strict else ""
    if fault:
        return "REJECTED", Problem(400, "ValidationException", fault, key[0])
    objects.apply(connection, stored.event, _insert(connection, stored))
    return "ACCEPTED", None


def _declaration_fault(connection: Connection, stored: Stored) -> str:
    """An error declaration repeats an event that was captured, in every field but the declaration."""
    original = _stored(connection, (stored.key[0], 0))
    if original is None:
        return "this declares an event wrong that was never captured"
    plain = {key: value for key, value in stored.event.items() if key != "errorDeclaration"}
    if Stored.of(plain).digest != original[1]:
        return "an error declaration must repeat its event unchanged; this one says something else"
    return ""


def _insert(connection: Connection, stored: Stored) -> int:
    event = stored.event
    cursor = connection.execute(
        "INSERT INTO event(event_id, declared, digest, type, action, biz_step, disposition, read_point, at, recorded,"
        " station, epoch, seq, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (*stored.key, stored.digest, event["type"], event["action"], event["bizStep"], event["disposition"],
         event["readPoint"]["id"], millis(event["eventTime"]), int(time.time() * 1000),
         event["ocs:station"], event["ocs:epoch"], event["ocs:seq"], stored.body))
    return int(cursor.lastrowid)


def _stored(connection: Connection, key: tuple[str, int]) -> tuple[int, bytes] | None:
    row = connection.execute("SELECT id, digest FROM event WHERE event_id = ? AND declared = ? ORDER BY id LIMIT 1",
                             key).fetchone()
    return (row[0], row[1]) if row else None


def _meant(key: tuple[str, int], mode: Mode) -> tuple[str, int]:
    """What a blind server looks for: it knows an event by its eventID alone."""
    return (key[0], 0) if mode.blind and mode.dedupe != "none" else key


def _key(event: Event) -> tuple[str, int]:
    return str(event.get("eventID")), int("errorDeclaration" in event)


def _twice(event: Event, seen: set[tuple[str, bool]]) -> Problem | None:
    key = (event["eventID"], "errorDeclaration" in event)
    return Problem(400, "ValidationException", "this eventID is in the document twice", key[0]) if key in seen else None


def millis(instant: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time with zone. Raises ValueError."""
    moment = datetime.fromisoformat(instant)
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone, got {instant}")
    return round(moment.timestamp() * 1000)
