"""The stock for people: sums by anything, down to objects and their events; older goods that stay."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from app.domain.decision import Packed, Placed
from app.domain.events import Act, Action, Event, Stamp, Type
from app.domain.facts import Content
from app.domain.products import Hold
from app.domain.warehouse.goods import Older
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_writer
from app.store.migrations import migrate
from app.store.older import older
from app.store.reader import Reader
from app.store.stock_view import ALL, GROUPS, HERE, StockView
from app.views import StockWhere
from tests.unit.store.goods import HERE as SITE
from tests.unit.store.goods import SHELF, TODAY, act, live, pallet, products


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    """Milk L1 (expires first) on a shelf and L2 on the floor, juice on its way to a dealer, a bottle without a date."""
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    products(made)
    pallet(made, "p1", "L1", 3, "2028-01-10")
    act(made, Placed(("p1",), "in_progress", SHELF))
    pallet(made, "p2", "L2", 2, "2028-05-28")
    pallet(made, "p3", "J1", 1, "2027-11-01", "JUICE")
    act(made, Placed(("p3",), "in_transit", "", "DC7"))
    act(made, live("b9", lot="", expiry=""))
    yield made
    made.close()


def view(db: Connection) -> StockView:
    return StockView(db, "en", TODAY)


def sums(db: Connection, group: str, where: StockWhere = ALL) -> dict[str, tuple[int, int]]:
    return {row.key: (row.units, row.objects) for row in view(db).rows(where, group)}


def test_sums_by_anything(db: Connection) -> None:
    assert sums(db, "product") == {"MILK": (11, 3), "JUICE": (2, 1)}
    assert sums(db, "lot") == {"J1": (2, 1), "L1": (6, 1), "L2": (4, 1), "": (1, 1)}
    assert sums(db, "status") == {"in_progress": (10, 2), "in_transit": (2, 1), "active": (1, 1)}
    assert sums(db, "location", HERE) == {SHELF: (6, 1), SITE: (5, 2)}
    assert sums(db, "partner", StockWhere(here=False)) == {"DC7": (2, 1)}
    assert sums(db, "age") == {"expired": (2, 1), "days_90": (6, 1), "days_180": (4, 1), "no_date": (1, 1)}
    for group in GROUPS:
        assert sum(units for units, _ in sums(db, group).values()) == view(db).total(ALL).units == 13


def test_a_row_tells_its_life_and_asks_for_what_is_in_it(db: Connection) -> None:
    first, *_ = view(db).rows(StockWhere(product="MILK"), "lot")
    assert (first.key, first.expiry, first.days, first.share) == ("L1", "2028-01-10", 41, 0.205)
    assert first.ages == (("days_90", 6),) and first.where == StockWhere(product="MILK", lot="L1")
    milk = next(row for row in view(db).rows(ALL, "product") if row.key == "MILK")
    assert milk.name == "Milk" and milk.ages == (("days_90", 6), ("days_180", 4), ("no_date", 1))
    for row in view(db).rows(ALL, "age"):
        assert view(db).total(row.where).units == row.units


def test_from_a_number_to_its_objects(db: Connection) -> None:
    found = view(db).objects(StockWhere(product="MILK"))
    assert [(each.epc, each.units, each.level) for each in found] == [
        ("p1", 6, "pallet"), ("p2", 4, "pallet"), ("b9", 1, "bottle")]
    assert view(db).objects(StockWhere(product="MILK"), limit=1) == found[:1]
    assert view(db).objects(StockWhere(product="MILK"), after=found[0].number, limit=1) == found[1:2]
    assert [each.epc for each in view(db).objects(StockWhere(location=SHELF))] == ["p1"]
    act(db, live("x", level="pallet"), Packed("x", ("b9",)))
    assert [each.epc for each in view(db).objects(StockWhere(lot=""))] == ["x"]
    for each in found[:2]:
        assert view(db).total(StockWhere(lot={"p1": "L1", "p2": "L2"}[each.epc])).units == each.units


def test_many_rows_are_met_on_a_walk(db: Connection) -> None:
    for number in range(70):
        act(db, live(f"n{number}", lot=f"N{number:02}"))
    found = view(db).objects(StockWhere(product="MILK"), limit=1000)
    assert len(found) == 73
    pages, after = [], 0
    while page := view(db).objects(StockWhere(product="MILK"), after=after, limit=20):
        pages += page
        after = page[-1].number
    assert tuple(pages) == found


def test_events_of_an_object_and_of_what_it_holds(db: Connection) -> None:
    told = [("p1", "storing"), ("p1/c0", "packing"), ("p1/c0/b0", "commissioning"), ("p2", "storing")]
    for number, (epc, step) in enumerate(told, 1):
        at = datetime(2027, 11, 30, 8, number, tzinfo=UTC)
        stamp = Stamp(f"urn:uuid:{number}", at, 480, "S", SITE, SITE, "lina", 1, number)
        event = Event(Act(Type.OBJECT, Action.OBSERVE, step, (epc,), "in_progress"), stamp)
        db.execute("INSERT INTO entry VALUES (?,?,'scan','s','lina',NULL,'','accepted','taken','{}','','')",
                   (number, stamp.time.isoformat()))
        db.execute("INSERT INTO event(id, entry, event_id, schema_v, biz_step, at, body) VALUES (?,?,?,1,?,?,?)",
                   (number, number, stamp.event_id, step, stamp.time.isoformat(), msgspec.json.encode(event)))
        db.execute("INSERT INTO event_object SELECT id, ? FROM object WHERE epc=?", (number, epc))
    assert [(each.seq, each.biz_step) for each in view(db).events("p1")] == [
        (3, "commissioning"), (2, "packing"), (1, "storing")]
    assert [each.seq for each in view(db).events("p1", before=3, limit=1)] == [2]
    assert view(db).objects(StockWhere(lot="L1"))[0].biz_step == "storing"


def test_goods_under_a_hold(db: Connection) -> None:
    assert view(db).held(ALL) == 0
    db.execute("INSERT INTO held_back VALUES ('p1/c0/b0', 'QUALITY'), ('p1/c1', 'QUALITY')")
    assert view(db).held(ALL) == 6, "all that stands on the pallet, once"
    Catalogue(db).put("hold", "H1", {"reason": "QC", "product": "MILK", "lot": "L1"})
    Catalogue(db).put("hold", "H2", {"reason": "QC", "product": "MILK"})
    assert view(db).held(ALL) == 11 and view(db).held(StockWhere(lot="L2")) == 4
    assert view(db).held(StockWhere(product="JUICE")) == 0


# --- oldest first -------------------------------------------------------------------------------------------------
def passed(db: Connection, expiry: str = "2028-05-28", lot: str = "L2", **more: object) -> tuple[Older, ...]:
    catalogue = Catalogue(db)
    return older(db, (Content("MILK", lot, 4, expiry),), SITE, lambda _: catalogue.plan("P"),
                 **{"at_hand": SITE, **more})      # type: ignore[arg-type]


def test_older_goods_that_stay(db: Connection) -> None:
    assert passed(db) == (Older("MILK", "L1", "2028-01-10", SHELF, 6),)
    assert passed(db, "2028-01-10", "L1") == (), "nothing is older than the oldest"
    assert passed(db, "") == ()
    assert passed(db, since="2028-02-01") == (), "too old for this customer"
    assert passed(db, apart={SHELF}) == (), "on its way out already"
    for kind, told in (("dock", ()), ("picking", (Older("MILK", "L1", "2028-01-10", SHELF, 6),))):
        Catalogue(db).put("location", "A-1", {"name": {"en": "A 1"}, "kind": kind})
        assert passed(db) == told
    assert passed(db, holds=(Hold("H", "QC", product="MILK", lot="L1"),)) == ()
    assert passed(db, holds=(Hold("H", "QC", product="MILK", lot="L2"), Hold("I", "QC", product="JUICE"))) != ()


def test_goods_at_hand_are_not_passed_over_by_themselves(db: Connection) -> None:
    pallet(db, "p4", "L1", 1, "2028-01-10")
    act(db, live("x", level="pallet"), Packed("x", ("p4", "p2")))
    mixed = (Content("MILK", "L1", 2, "2028-01-10"), Content("MILK", "L2", 4, "2028-05-28"))
    act(db, Placed(("p1",), "in_transit", "", "DC7"))
    plan = Catalogue(db).plan("P")
    assert older(db, mixed, SITE, lambda _: plan, at_hand=SITE) == ()


def test_what_may_not_leave_is_not_passed_over(db: Connection) -> None:
    db.execute("INSERT INTO held_back VALUES ('p1/c0/b0', 'QUALITY')")
    assert passed(db) == (), "a held bottle holds its pallet"
    pallet(db, "p5", "L1", 1, "2028-01-10")
    act(db, Placed(("p5",), "in_progress", SHELF))
    assert passed(db) == (Older("MILK", "L1", "2028-01-10", SHELF, 2),)
    act(db, Placed(("p5",), "returned", SHELF))
    assert passed(db) == ()
    act(db, Placed(("p5",), "in_progress", "https://id.gs1.org/414/4000001000005"))
    assert passed(db) == (), "in another house"


def test_the_windows_reader_asks_the_same(db: Connection, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "station.db", lambda: "zh_CN")
    try:
        rows, ages, units, count, held = reader.stock(HERE, "product", TODAY)
        assert held == 0
        assert [(row.name, row.units) for row in rows] == [("牛奶", 11)] and (units, count) == (11, 3)
        assert [row.key for row in ages] == ["days_90", "days_180", "no_date"]
        first, *_ = reader.stock_objects(rows[0].where, 0, TODAY)
        assert first.epc == "p1" and reader.stock_events(first.epc) == ()
    finally:
        reader.close()
