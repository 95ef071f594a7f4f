"""Orders written down here, and the codes that an order is given: checked like the feed's, all or nothing."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.store.catalogue import BadRecord, Catalogue
from app.store.database import Connection, open_writer, transaction
from app.store.orders import Stage, TooManyBeside, add_order, local_id
from app.store.store import Store
from app.views import NewOrder
from tests.blackbox.goods import MASTER

NEW = NewOrder("A7", "MILK", "L1", "2027-11-30", "2028-05-28", 1000)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    with transaction(store.connection):
        for kind, name, data in MASTER:
            store.catalogue.put(kind, name, data)
    yield store.connection
    store.close()


def test_an_order_made_here_is_whole_and_has_the_stations_name(connection: Connection) -> None:
    assert add_order(connection, NEW, "LINE-1") == "LINE-1/A7"
    order = Catalogue(connection).order("LINE-1/A7")
    assert order and (order.product, order.plan, order.plan_version, order.lot, order.planned, order.state) == (
        "MILK", "P", 1, "L1", 1000, "open")
    assert local_id("LINE-1", "LINE-1/A7") == "LINE-1/A7"


def test_a_running_station_sees_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    with transaction(store.connection):
        for kind, name, data in MASTER:
            store.catalogue.put(kind, name, data)
    other = open_writer(tmp_path / "station.db")
    assert not store.imported()
    add_order(other, NEW, "LINE-1")
    assert store.imported() and not store.imported() and "LINE-1/A7" in store.open_orders()
    other.close()
    store.close()


@pytest.mark.parametrize(("change", "word"), [
    ({"product": "NONE"}, "no_product"), ({"id": "B1"}, "id_taken"), ({"id": "LINE-1/B1"}, "id_taken")])
def test_what_is_wrong_is_a_word(connection: Connection, change: dict[str, str], word: str) -> None:
    add_order(connection, replace(NEW, id="B1"), "LINE-1")
    with pytest.raises(ValueError, match=f"^{word}$"):
        add_order(connection, replace(NEW, **change), "LINE-1")


def test_a_product_without_its_plan(connection: Connection) -> None:
    with transaction(connection):
        Catalogue(connection).delete("plan", "CAPS")
    with pytest.raises(ValueError, match="^no_plan$"):
        add_order(connection, replace(NEW, product="COLA"), "LINE-1")


@pytest.mark.parametrize(("change", "key"), [
    ({"id": " "}, "id"), ({"lot": ""}, "lot"), ({"lot": "x" * 21}, "lot"), ({"produced": "30.11.2027"}, "produced"),
    ({"expiry": "2026-01-01"}, "expiry"), ({"planned": 0}, "planned"), ({"id": "a\u202eb"}, "id")])
def test_a_bad_value_is_refused_and_nothing_is_kept(connection: Connection, change: dict[str, object],
                                                    key: str) -> None:
    before = len(Catalogue(connection).orders())
    with pytest.raises(BadRecord) as bad:
        add_order(connection, replace(NEW, **change), "LINE-1")  # type: ignore[arg-type]
    assert bad.value.key in (key, "data") and len(Catalogue(connection).orders()) == before
    assert not connection.in_transaction


# --- codes --------------------------------------------------------------------------------------------------------
def listed(connection: Connection) -> list[tuple[str, str, str]]:
    return connection.execute("SELECT work_order, level, epc FROM order_code ORDER BY 1, 2, 3").fetchall()


def test_codes_go_in_together(connection: Connection) -> None:
    stage = Stage(connection, "WO1")
    assert stage.add([("bottle", "u:1", 2), ("case", "u:c", 3)]) == []
    assert stage.add([("bottle", "u:2", 4)]) == [] and listed(connection) == []
    done = stage.take()
    assert (done.levels, done.known) == ({"bottle": 2, "case": 1}, 0) and len(listed(connection)) == 3
    again = Stage(connection, "WO1")
    again.add([("bottle", "u:2", 2), ("bottle", "u:3", 3)])
    assert (again.take().known, len(listed(connection))) == (1, 4)


def test_a_code_that_stands_twice_is_told_with_both_rows(connection: Connection) -> None:
    stage = Stage(connection, "WO1")
    assert stage.add([("bottle", "u:1", 2), ("bottle", "u:2", 3), ("bottle", "u:1", 4)]) == [("u:1", 4, 2)]
    assert stage.add([("bottle", "u:2", 9)]) == [("u:2", 9, 3)] and stage.count == 2


def test_so_many_would_keep_a_running_station_waiting(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.orders.MOST_BESIDE", 1)
    stage = Stage(connection, "WO1")
    stage.add([("bottle", "u:1", 2), ("bottle", "u:2", 3)])
    with pytest.raises(TooManyBeside) as error:
        stage.take(beside=True)
    assert error.value.count == 2 and listed(connection) == []
    assert stage.take().levels == {"bottle": 2}
