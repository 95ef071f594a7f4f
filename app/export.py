"""Events out of the store into a file that a person takes away: EPCIS 2.0 JSON-LD, or a table for Excel.

Streams, so that a year of events needs no more memory than a day. The file is there whole or not at all. Cells that a
spreadsheet would take for a formula get an apostrophe; the table begins with a BOM, which Chinese Excel needs.
"""
from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

import msgspec

from app.domain.codes.text import no_formula
from app.domain.epcis import envelope, event_json, instant
from app.domain.events import Event
from app.store import paper_view, who
from app.store.database import Connection, open_reader

EVERY = 1_000            # events between two words of progress
COLUMNS = ("seq", "eventTime", "type", "action", "bizStep", "disposition", "parent", "count", "epcs", "operator",
           "operatorName", "station", "readPoint", "eventID", "state", "problem")

Row = tuple[Event, str, str]        # the event, its sending state, the server's words where it was refused


def export_events(database: Path, output: Path, format: Literal["epcis", "csv"],
                  progress: Callable[[int], None] = lambda _count: None, document: str = "") -> int:
    """Writes all events, or those that one `document` brought about, oldest first; gives their number.

    Raises StoreRefused, OSError.
    """
    part = output.with_name(f".{output.name}.part")
    connection = open_reader(database)
    try:
        rows = paper_view.events(connection, document) if document else _all(connection)
        with part.open("w", encoding="utf-8-sig" if format == "csv" else "utf-8", newline="") as file:
            count = _table(file, rows, progress, who.names(connection)) if format == "csv" else \
                _document(file, rows, progress)
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    finally:
        connection.close()
        part.unlink(missing_ok=True)
    return count


def _all(connection: Connection) -> Iterator[Row]:
    return ((msgspec.json.decode(body, type=Event), state, problem) for body, state, problem in connection.execute(
        "SELECT event.body, coalesce(outbox.state, ''), coalesce(quarantine.problem, '') FROM event"
        " LEFT JOIN outbox ON outbox.event = event.id LEFT JOIN quarantine ON quarantine.event = event.id"
        " ORDER BY event.id"))


def _document(file: TextIO, rows: Iterator[Row], progress: Callable[[int], None]) -> int:
    """One EPCISDocument; its event list is written one event at a time."""
    before, after = json.dumps(envelope([], datetime.now(UTC)), ensure_ascii=False).split('"eventList": []')
    file.write(f'{before}"eventList": [')
    count = 0
    for event, _, _ in rows:
        file.write(("," if count else "") + "\n" + json.dumps(event_json(event), ensure_ascii=False))
        count += 1
        if count % EVERY == 0:
            progress(count)
    file.write(f"\n]{after}\n")
    return count


def _table(file: TextIO, rows: Iterator[Row], progress: Callable[[int], None], names: dict[str, str]) -> int:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for event, state, problem in rows:
        act, stamp = event.act, event.stamp
        writer.writerow([plain(cell) for cell in (
            stamp.seq, instant(stamp.time), act.type.value, act.action.value, act.biz_step, act.disposition, act.parent,
            len(act.epcs), " ".join(act.epcs), stamp.operator, names.get(stamp.operator, ""), stamp.station,
            stamp.read_point, stamp.event_id, state, problem)])
        count += 1
        if count % EVERY == 0:
            progress(count)
    return count


def plain(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return no_formula(cell) if isinstance(cell, str) else cell
