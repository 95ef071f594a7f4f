"""The master-data feed: records of eleven kinds, each change under a growing cursor. See master-data.openapi.yaml.

Only the newest state of a record is kept, so a reader that starts at cursor 0 gets each record once.
"""
from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from app.central import objects
from app.central.answers import Problem, Refused
from app.central.database import Connection, transaction

MOST_CHANGES, MOST_BYTES = 1000, 1_000_000
Record = dict[str, Any]      # kind, id, data, and deleted where it is gone


@cache
def _validator() -> Any:
    schema = json.loads((files("resources") / "schemas" / "master-data.schema.json").read_text("utf-8"))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "$ref": "#/definitions/Record", "definitions": schema["definitions"]},
        validate_formats=True)


def changes(connection: Connection, cursor: int, limit: int) -> dict[str, Any]:
    """What changed after `cursor`, oldest first; fewer than `limit` where the answer would grow large.

    Raises Refused (410) for a cursor that this feed never gave: the reader has to start at 0 again.
    """
    feed, head = _feed(connection), _head(connection)
    if cursor > head:
        raise Refused(Problem(410, "NoSuchResourceException",
                              f"cursor {cursor} was never given here (the last is {head}); start again from 0"))
    rows = connection.execute(
        "SELECT cursor, kind, id, deleted, data FROM change WHERE cursor > ? ORDER BY cursor LIMIT ?",
        (cursor, limit + 1))
    found: list[dict[str, Any]] = []
    size = 0
    for number, kind, name, deleted, data in rows:
        size += len(data)
        if len(found) == limit or (found and size > MOST_BYTES):
            return {"feed": feed, "changes": found, "cursor": found[-1]["cursor"], "more": True}
        found.append({"cursor": number, "kind": kind, "id": name, "deleted": bool(deleted), "data": json.loads(data)})
    return {"feed": feed, "changes": found, "cursor": found[-1]["cursor"] if found else cursor, "more": False}


def put(connection: Connection, records: Iterable[Record], *, sound: bool = True) -> int:
    """Takes records in, all or none; gives the cursor after them. `sound` says that they were checked."""
    with transaction(connection):
        for record in records:
            deleted = bool(record.get("deleted", False))
            data = {} if deleted else record["data"]
            connection.execute("DELETE FROM change WHERE kind = ? AND id = ?", (record["kind"], record["id"]))
            connection.execute("INSERT INTO change(kind, id, deleted, data) VALUES (?, ?, ?, ?)",
                               (record["kind"], record["id"], deleted, json.dumps(data, ensure_ascii=False)))
            if sound and record["kind"] in ("document", "announced"):
                objects.announce(connection, data.get("announced", ()))
    return _head(connection)


def unchecked(value: object) -> list[Record]:
    """Records as they come, for tests that want to feed a station rubbish. Raises Refused (400)."""
    records = value.get("records") if isinstance(value, dict) else value
    if not isinstance(records, list):
        raise _unclear(f'expected {{"records": […]}}, got {type(value).__name__}')
    for place, record in enumerate(records):
        if not (isinstance(record, dict) and isinstance(record.get("kind"), str) and isinstance(record.get("id"), str)
                and ("data" in record or record.get("deleted"))):
            raise _unclear(f"records/{place}: expected kind, id and data")
    return records


def checked(value: object) -> list[Record]:
    """The records of a request or a seed file: `{"records": […]}` or a bare list. Raises Refused (400)."""
    records = unchecked(value)
    for place, record in enumerate(records):
        for error in _validator().iter_errors(record):
            path = "/".join(map(str, error.instance_path))
            raise _unclear(f"records/{place}{'/' + path if path else ''}: {error.message[:300]}")
        if not record.get("deleted") and record["data"]["id" if record["kind"] != "rule" else "name"] != record["id"]:
            raise _unclear(f"records/{place}: the id {record['id']!r} is not the one inside the data")
    return records


def is_empty(connection: Connection) -> bool:
    return _head(connection) == 0


def make_feed(connection: Connection) -> None:
    """Gives the feed its name, once: a reader that meets another name starts again from 0."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('feed', ?)", (secrets.token_hex(8),))


def _feed(connection: Connection) -> str:
    return str(connection.execute("SELECT value FROM meta WHERE key = 'feed'").fetchone()[0])


def _head(connection: Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()
    return int(row[0]) if row else 0


def _unclear(detail: str) -> Refused:
    return Refused(Problem(400, "ValidationException", detail))
