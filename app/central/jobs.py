"""Capture jobs: accepted durably, done one after the other, told to whoever asks. A restart finishes what is open."""
from __future__ import annotations

import json
import secrets
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from app.central import ledger
from app.central.answers import Problem
from app.central.database import Connection, transaction
from app.central.documents import Event
from app.central.ledger import Outcome
from app.central.modes import Mode

MOST_PROBLEMS = 100      # kept of one job


def accept(connection: Connection, events: list[Event], behaviour: str) -> str:
    """A job that is on the disk. Gives its id."""
    job = secrets.token_hex(8)
    with transaction(connection):
        connection.execute("INSERT INTO job(id, created, behaviour, body) VALUES (?, ?, ?, ?)",
                           (job, int(time.time() * 1000), behaviour, json.dumps(events, ensure_ascii=False)))
    return job


def capture(connection: Connection, events: list[Event], behaviour: str, mode: Mode) -> Outcome:
    """The events of one request in one transaction: all or nothing by `rollback`, what is sound by `proceed`."""
    with transaction(connection):
        outcome = ledger.keep(connection, events, mode)
        _undo_if_wanted(connection, outcome, behaviour, mode)
    return outcome


def work(connection: Connection, job: str, mode: Mode) -> None:
    """Does one open job. Its events and its end are committed together, so a kill does it never or once."""
    with transaction(connection):
        row = connection.execute("SELECT behaviour, body FROM job WHERE id = ? AND finished IS NULL", (job,)).fetchone()
        if row is None:
            return
        try:
            outcome = ledger.keep(connection, json.loads(row[1]), mode)
            _undo_if_wanted(connection, outcome, row[0], mode)
        except Exception:     # a bug of ours must not leave the sender waiting for ever: it is told, and shown here
            traceback.print_exc()
            _start_anew(connection)
            outcome = Outcome(problems=[Problem(500, "ImplementationException", "see the training server's output")])
        problems = [problem.body() for problem in outcome.problems]
        if not mode.name_events:
            problems = [{key: value for key, value in each.items() if key != "instance"} for each in problems]
        connection.execute("UPDATE job SET finished = ?, success = ?, errors = ?, body = NULL WHERE id = ?",
                           (int(time.time() * 1000), not problems, json.dumps(problems[:MOST_PROBLEMS]), job))


def open_jobs(connection: Connection) -> list[str]:
    """Jobs that were accepted and not done, oldest first."""
    return [row[0] for row in connection.execute("SELECT id FROM job WHERE finished IS NULL ORDER BY number")]


def told(connection: Connection, job: str) -> dict[str, Any] | None:
    """The job as the standard shows it; None where there is none."""
    row = connection.execute("SELECT id, created, finished, behaviour, success, errors FROM job WHERE id = ?",
                             (job,)).fetchone()
    return _shown(row) if row else None


def listed(connection: Connection, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Jobs in order of arrival after that number, and the number to go on from (0: no more)."""
    rows = connection.execute(
        "SELECT id, created, finished, behaviour, success, errors, number FROM job WHERE number > ? "
        "ORDER BY number LIMIT ?", (after, limit + 1)).fetchall()
    return [_shown(row) for row in rows[:limit]], rows[limit - 1][6] if len(rows) > limit else 0


def _undo_if_wanted(connection: Connection, outcome: Outcome, behaviour: str, mode: Mode) -> None:
    if outcome.problems and (behaviour == "rollback" or mode.dedupe == "conflict-batch") \
            and mode.dedupe != "per-event-report":
        _start_anew(connection)
        outcome.stored = 0


def _start_anew(connection: Connection) -> None:
    connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")


def _shown(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"captureID": row[0], "createdAt": moment(row[1])}
    if row[2] is not None:
        found["finishedAt"] = moment(row[2])
    return {**found, "running": row[2] is None, "success": bool(row[4]), "captureErrorBehaviour": row[3],
            "errors": json.loads(row[5])}


def moment(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
