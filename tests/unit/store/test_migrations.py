"""A database of an earlier version: brought up to this one with everything in it, step by step, once."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.store import migrations
from app.store.catalogue import Catalogue
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


def test_the_documents_of_an_earlier_database_keep_all_they_said(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    old(tmp_path / "station.db", monkeypatch)
    body = {"id": "IN1", "kind": "receive", "partner": "DC7", "references": [], "state": "open",
            "lines": [{"line": 1, "product": "MILK", "quantity": 4, "lot": ""}, {"line": 2, "product": "JUICE",
                                                                                "quantity": 2, "lot": ""}],
            "announced": [{"epc": "p1", "level": "pallet", "product": "", "lot": "", "expiry": "", "parent": ""},
                          {"epc": "c1", "level": "case", "product": "MILK", "lot": "L1", "expiry": "", "parent": "p1"}]}
    event = {"act": {"extra": [["kind", "ship"], ["document", "SO 1"]]}}
    connection = open_writer(tmp_path / "station.db")
    connection.execute("INSERT INTO document VALUES ('IN1', 'receive', 'open', ?)", (json.dumps(body).encode(),))
    connection.execute("INSERT INTO entry VALUES (1,'2027','scan','s','o',NULL,'','accepted','shipped','{}')")
    connection.execute("INSERT INTO event VALUES (1,1,'e1',1,'shipping','2027',?)", (json.dumps(event).encode(),))
    migrations.migrate(connection)
    catalogue = Catalogue(connection)
    document = catalogue.document("IN1")
    assert document and document.announces and (document.announced, len(document.lines)) == ((), 2)
    assert [(each.epc, each.parent) for each in catalogue.announced("IN1")] == [("p1", ""), ("c1", "p1")]
    assert connection.execute("SELECT partner, wanted, made FROM document").fetchall() == [("DC7", 6, 0)]
    assert connection.execute("SELECT document, event FROM event_document").fetchall() == [("SO 1", 1)]
    connection.close()


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
