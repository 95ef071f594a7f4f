"""The stock follows each change, holds nothing that is no stock, and is found out where it is wrong."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.decision import Change, Commissioned, Ended, Packed, Placed, Unpacked
from app.store import migrations, objects, stock, upkeep
from app.store.database import Connection, open_writer
from app.store.migrations import migrate
from app.store.stock_view import ALL, StockView
from tests.blackbox.shift import Shift
from tests.unit.store.goods import HERE, SHELF, TODAY, act, live, pallet, products


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    products(made)
    yield made
    assert not list(stock.differences(made)), "kept and counted anew agree, whatever was done"
    made.close()


def told(db: Connection) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    """(lot, status, place, partner) → (units, outermost objects)."""
    found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for _, lot, _, status, location, partner, units, count in StockView(db, "en", TODAY).details(ALL):
        found[lot, status, location.removeprefix(HERE), partner] = (units, count)
    return found


def test_a_case_a_pallet_a_shelf_a_truck(db: Connection) -> None:
    act(db, live("b1", "b2", "b3", "b4"), live("c1", "c2", level="case"), Packed("c1", ("b1", "b2")),
        Packed("c2", ("b3", "b4")))
    assert told(db) == {("L1", "in_progress", "", ""): (4, 2)}
    act(db, live("p1", level="pallet"), Packed("p1", ("c1", "c2")))
    assert told(db) == {("L1", "in_progress", "", ""): (4, 1)}
    act(db, Placed(("p1",), "in_progress", SHELF))
    assert told(db) == {("L1", "in_progress", "/254/A-1", ""): (4, 1)}
    act(db, Placed(("p1",), "in_transit", "", "DC7"))
    assert told(db) == {("L1", "in_transit", "", "DC7"): (4, 1)}
    act(db, Placed(("p1",), "returned", HERE))
    act(db, Unpacked("p1", ("c1",)), Placed(("c1",), "in_progress", SHELF))
    assert told(db) == {("L1", "in_progress", "/254/A-1", ""): (2, 1), ("L1", "returned", "", ""): (2, 1)}


def test_a_mixed_pallet_counts_in_each_batch_and_once_in_all(db: Connection) -> None:
    act(db, live("b1"), live("b2", lot="L2"), live("b3", lot="L2"), live("p1", level="pallet"),
        Packed("p1", ("b1", "b2", "b3")))
    assert told(db) == {("L1", "in_progress", "", ""): (1, 1), ("L2", "in_progress", "", ""): (2, 1)}
    assert StockView(db, "en", TODAY).total(ALL).objects == 1
    act(db, Unpacked("p1", ("b2",)))
    assert told(db) == {("L1", "in_progress", "", ""): (1, 1), ("L2", "in_progress", "", ""): (2, 2)}


def test_what_ends_its_life_is_no_stock(db: Connection) -> None:
    pallet(db, "p1", "L1", 2)
    act(db, Unpacked("p1/c0", ("p1/c0/b0",), partly=True), Ended(("p1/c0/b0",), "destroyed", "scrapped", "BROKEN"))
    assert told(db) == {("L1", "in_progress", "", ""): (3, 1)}
    act(db, Ended(("p1/c1/b0",), "inactive", "lost", "THEFT"))
    assert told(db) == {("L1", "in_progress", "", ""): (2, 1)}, "even out of a container that nobody took apart"
    act(db, Ended(("p1",), "destroyed", "destroyed", "RECALL"))
    assert told(db) == {}


def test_what_is_announced_is_no_stock_before_it_is_here(db: Connection) -> None:
    announce(db, "p9", "pallet")
    announce(db, "c9", "case", "p9", implied=1)
    announce(db, "b9", "bottle", "p9")
    act(db, Placed(("p1",), "in_progress", HERE))
    assert told(db) == {}
    act(db, Placed(("p9",), "in_progress", HERE))
    assert told(db) == {("L1", "in_progress", "", ""): (3, 1)}, "a case of two by its plan, and a bottle"
    act(db, Placed(("p9",), "announced", ""))
    assert told(db) == {}, "a receipt that is taken back"


def test_announced_goods_that_are_packed_here(db: Connection) -> None:
    announce(db, "p9", "pallet")
    announce(db, "b9", "bottle", "p9")
    act(db, live("b9"), live("c1", level="case"), Packed("c1", ("b9",)))
    act(db, Placed(("p9",), "in_progress", HERE))
    assert told(db) == {("L1", "in_progress", "", ""): (1, 1)}


def test_known_trees_are_not_walked_through(db: Connection) -> None:
    """A pallet that closes takes what its cases were counted as; only what changed in itself is looked into."""
    pallet(db, "p1", "L1", 3)
    pallet(db, "p2", "L2", 2)
    act(db, Unpacked("p1", ("p1/c0", "p1/c1", "p1/c2")))
    act(db, live("x1", level="pallet"), Packed("x1", ("p1/c0", "p1/c1", "p2")), Unpacked("p2/c0", ("p2/c0/b0",)))
    assert told(db) == {("L1", "in_progress", "", ""): (6, 2), ("L2", "in_progress", "", ""): (4, 2)}


def test_contents_of_an_outermost_object_are_known_without_a_walk(db: Connection) -> None:
    pallet(db, "p1", "L1", 2)
    assert objects.leaves(db, "p1") == [("MILK", "L1", "2028-05-28", "bottle", 0, 4)]
    assert objects.leaves(db, "p1/c0") == [("MILK", "L1", "2028-05-28", "bottle", 0, 2)]
    assert objects.leaves(db, "nothing") == []


def test_a_difference_is_named_and_counted_anew(db: Connection) -> None:
    pallet(db, "p1", "L1", 2)
    db.execute("UPDATE stock SET leaves=leaves+5")
    ((key, kept, counted),) = stock.differences(db)
    assert (key[1], kept[0], counted[0]) == ("L1", 9, 4)
    db.execute("UPDATE stock SET leaves=leaves-5")
    db.execute("DELETE FROM stock_of")
    ((key, kept, counted),) = stock.differences(db)
    assert (kept, counted) == ((4, 1), (0, 0)), "the sums are right, and nobody knows of what"
    stock.remake(db)
    assert not list(stock.differences(db))


def test_an_earlier_database_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = open_writer(tmp_path / "old.db")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", {"first": migrations.FIRST})
        migrate(made)
        made.execute("INSERT INTO object(id, epc, level, product, lot, expiry, work_order, status, location, partner)"
                     " VALUES (1,'c1','case','MILK','L1','','','in_progress','here','')")
        made.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner,"
                     " parent) VALUES ('b1','bottle','MILK','L1','','','active','','',1)")
    migrate(made)
    assert stock.kept(made) == {("MILK", "L1", "", "bottle", 0, "in_progress", "here", ""): (1, 1)}
    assert not list(stock.differences(made))
    made.close()


def announce(db: Connection, epc: str, level: str, parent: str = "", implied: int = 0) -> None:
    db.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner, implied,"
               " parent) VALUES (?,?,'MILK','L1','2028-05-28','','announced','','',?,"
               "(SELECT id FROM object WHERE epc=?))", (epc, level, implied, parent))


def test_changes_that_move_nothing_cost_nothing(db: Connection) -> None:
    assert stock.before(db, ()) is None
    stock.after(db, None)
    nothing: tuple[Change, ...] = (Commissioned((), "bottle", "MILK", "L1", "", "", "active", HERE),)
    assert stock.before(db, nothing) is None


def test_verify_tells_of_a_stock_that_is_wrong_while_all_else_is_right(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:FLAT1
        frame m1 m2 m3 m4 c1
    """)
    shift.store.connection.execute("UPDATE stock SET leaves=7")
    shift.store.close()
    found = list(upkeep.verify(shift.home / "station.db", shift.home / "journal", deep=True))
    assert [(each.word, each.data["kept"], each.data["counted"]) for each in found] == [("stock", 7, 4)]


def test_the_journal_alone_gives_the_same_stock(tmp_path: Path) -> None:
    """Without master data: units follow from the plan when somebody asks."""
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do DOCUMENT:IN1
        scan c910
    """)
    before = stock.kept(shift.store.connection)
    shift.store.close()
    upkeep.rebuild(shift.home / "journal", shift.home / "station.db", now=shift.now())
    again = open_writer(shift.home / "station.db")
    assert stock.kept(again) == before and len(before) == 2 and not list(stock.differences(again))
    again.close()
