"""A database of an earlier version: brought up to this one with everything in it, step by step, once."""
from __future__ import annotations

from pathlib import Path

import pytest

from app.store import migrations
from app.store.database import StoreRefused, open_writer
from app.store.store import Store


def old(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as version 0.1 made it, in the middle of work."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", {"first": migrations.FIRST})
        connection = open_writer(path)
        migrations.migrate(connection)
        for statement in (
                "INSERT INTO session VALUES ('operator', 'lina'), ('task', 'packing'), ('armed', 'unpack')",
                "INSERT INTO container(number, work_order, level, target, label) VALUES (7, 'WO1', 'case', 4, 'c1')",
                "INSERT INTO collected VALUES (7, 1, 0, 'm1', 1)",
                ("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner)"
                " VALUES ('m9', 'bottle', 'MILK', 'L1', '', 'WO1', 'active', 'here', '')")):
            connection.execute(statement)
        connection.close()


def test_an_earlier_database_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old(tmp_path / "station.db", monkeypatch)
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    session = store.session()
    assert (session.operator, session.task, session.armed.act) == ("lina", "packing", ""), "half an act ends"
    assert store.facts(["m9"]).known["m9"].order == "WO1"
    row = store.connection.execute("SELECT number, target, label, already, step, parked, expected FROM container")
    assert row.fetchone() == (7, 4, "c1", 0, "packing", "", "")
    store.close()
    again = Store(tmp_path / "station.db", tmp_path / "journal")
    assert again.session() == session
    again.close()


def test_a_fresh_database_and_an_upgraded_one_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old(tmp_path / "old.db", monkeypatch)
    shapes = []
    for name in ("old.db", "new.db"):
        connection = open_writer(tmp_path / name)
        migrations.migrate(connection)
        shapes.append(connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '_sqlite%'"
                                         " ORDER BY name").fetchall())
        connection.close()
    assert shapes[0] == shapes[1]


def test_a_later_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = open_writer(tmp_path / "station.db")
    migrations.migrate(connection)
    monkeypatch.setattr(migrations, "STEPS", {"first": migrations.FIRST})
    with pytest.raises(StoreRefused, match="newer program"):
        migrations.migrate(connection)
    connection.close()
