"""Exports: whole, valid, and harmless in a spreadsheet."""
from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest

from app.domain.events import Act, Action, Event, Stamp, Type
from app.export import COLUMNS, export_events, plain
from app.ids import event_id
from app.store.database import open_writer, transaction
from app.store.migrations import migrate

ROOT = Path(__file__).parents[2]
NOW = datetime(2027, 11, 30, 2, 42, tzinfo=UTC)
SITE = "https://id.gs1.org/414/6901234000009"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "station.db"
    connection = open_writer(path)
    migrate(connection)
    with transaction(connection):
        for number in range(1, 4):
            act = Act(Type.OBJECT, Action.ADD, "commissioning", (f"https://q.brand.example/b/{number}",), "active",
                      extra=(("order", "=cmd|' /C calc'!A0"),))
            event = Event(act, Stamp(event_id(NOW), NOW, 480, "L1", f"{SITE}/254/L1", SITE, "=1+1", 1, number))
            connection.execute("INSERT INTO entry VALUES (?,?,'scan','s','op',NULL,'','accepted','taken','{}','','')",
                               (number, NOW.isoformat()))
            connection.execute("INSERT INTO event(id, entry, event_id, schema_v, biz_step, at, body)"
                               " VALUES (?,?,?,1,?,?,?)",
                               (number, number, event.stamp.event_id, act.biz_step, NOW.isoformat(),
                                msgspec.json.encode(event)))
            connection.execute("INSERT INTO outbox(event, state) VALUES (?, 'pending')", (number,))
    connection.close()
    return path


def test_the_epcis_file_passes_the_schema(database: Path, tmp_path: Path) -> None:
    assert export_events(database, tmp_path / "out.json", "epcis") == 3
    schema = json.loads((ROOT / "resources" / "schemas" / "station-events.schema.json").read_text("utf-8"))
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(written)


def test_the_table_holds_no_formula_and_opens_in_excel(database: Path, tmp_path: Path) -> None:
    assert export_events(database, tmp_path / "out.csv", "csv") == 3
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 4
    assert rows[1][COLUMNS.index("operator")] == "'=1+1"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "\r@"])
def test_every_way_to_begin_a_formula_is_closed(cell: str) -> None:
    assert str(plain(cell)).startswith("'")


def test_a_failed_export_leaves_nothing(database: Path, tmp_path: Path) -> None:
    connection = open_writer(database)
    connection.execute("DROP TRIGGER event_kept")
    connection.execute("UPDATE event SET body = x'00' WHERE id = 3")
    connection.close()
    with pytest.raises(msgspec.DecodeError):
        export_events(database, tmp_path / "out.csv", "csv")
    assert [each.name for each in tmp_path.iterdir() if "out.csv" in each.name] == []
