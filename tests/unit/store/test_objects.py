"""Where each object is: place and status of the outermost one, contents, holds, what stands in open containers."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.decision import (
    Change,
    Closed,
    Collected,
    Commissioned,
    DocumentScanned,
    Dropped,
    Labelled,
    Opened,
    Packed,
    Placed,
    Shortened,
    Unpacked,
)
from app.domain.facts import Standing
from app.store import objects
from app.store.database import Connection, open_writer
from app.store.migrations import migrate

HERE = "https://id.gs1.org/414/6901234000009"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    yield made
    made.close()


def do(db: Connection, *changes: Change) -> None:
    for change in changes:
        objects.apply(db, change)


def live(*epcs: str, level: str = "bottle") -> Commissioned:
    return Commissioned(epcs, level, "MILK", "L1", "2028-05-28", "WO1", "active", HERE)


def pallet_of_two_cases(db: Connection) -> None:
    do(db, live("b1", "b2", "b3"), live("c1", "c2", level="case"), live("p1", level="pallet"),
       Packed("c1", ("b1", "b2")), Packed("c2", ("b3",), complete=False), Packed("p1", ("c1", "c2")))


def test_what_is_inside_goes_with_the_outermost(db: Connection) -> None:
    pallet_of_two_cases(db)
    do(db, Placed(("p1",), "in_transit", "", "DC7"))
    known = objects.known(db, ["b1", "c1", "p1", "nothing"])
    assert "nothing" not in known
    assert {epc: (each.status, each.partner, each.parent, each.root, each.children) for epc, each in known.items()} == {
        "b1": ("in_transit", "DC7", "c1", "p1", 0), "c1": ("in_transit", "DC7", "p1", "p1", 2),
        "p1": ("in_transit", "DC7", "", "p1", 2)}
    assert objects.children(db, "p1") == ("c1", "c2") and objects.children(db, "b1") == ()


def test_what_comes_out_keeps_the_place(db: Connection) -> None:
    pallet_of_two_cases(db)
    do(db, Placed(("p1",), "sellable_accessible", "https://elsewhere"), Unpacked("p1", ("c1",)))
    case, bottle, other = (objects.known(db, [epc])[epc] for epc in ("c1", "b1", "c2"))
    assert (case.parent, case.status, case.location) == ("", "sellable_accessible", "https://elsewhere")
    assert (bottle.root, bottle.location) == ("c1", "https://elsewhere")
    assert other.parent == "p1"
    do(db, Placed(("c1",), "in_transit", ""))
    assert objects.known(db, ["c2"])["c2"].status == "sellable_accessible"


def test_taking_a_container_apart_takes_it_off_its_works_count(db: Connection) -> None:
    do(db, Opened(1, "WO1", "case", 2), Collected(1, ("b1", "b2")), Labelled(1, "c1"), live("b1", "b2"),
       live("c1", level="case"), Packed("c1", ("b1", "b2"), order="WO1"), Closed(1, "WO1", "case"))
    assert db.execute("SELECT * FROM work").fetchall() == [("WO1", "case", 1, 2)]
    do(db, Unpacked("c1", ("b1", "b2"), "WO1", "case"))
    assert db.execute("SELECT * FROM work").fetchall() == [("WO1", "case", 0, 0)]
    do(db, Packed("c1", ("b1",), order="WO2"))
    assert objects.known(db, ["c1"])["c1"].order == "WO2", "the work that packed it last counts it"


def test_units_and_who_is_implied(db: Connection) -> None:
    pallet_of_two_cases(db)
    db.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner, parent,"
               " implied) SELECT 'c9','case','MILK','L1','','','announced','','',id,1 FROM object WHERE epc='p1'")
    assert sorted(objects.leaves(db, "p1")) == [
        ("MILK", "L1", "", "case", 1, 1), ("MILK", "L1", "2028-05-28", "bottle", 0, 3)]
    assert objects.leaves(db, "b1") == [("MILK", "L1", "2028-05-28", "bottle", 0, 1)]
    assert objects.known(db, ["c9"])["c9"].implied and not objects.known(db, ["c1"])["c1"].implied


def test_holds_reach_outwards_with_their_reason(db: Connection) -> None:
    pallet_of_two_cases(db)
    assert objects.held(db, ["p1", "b1"]) == {}
    db.execute("""INSERT INTO hold VALUES
        ('H1','b1','','',1,'{"reason":"recall"}'), ('H2','p1','','',1,'{"reason":"wet"}'),
        ('H3','b3','','',0,'{"reason":"old"}'), ('H4','','MILK','',1,'{"reason":"all"}')""")
    assert objects.held(db, ["b1", "c1", "p1", "b2", "c2", "b3"]) == {"b1": "recall", "c1": "recall", "p1": "wet"}


def test_what_stands_in_open_containers_of_any_order(db: Connection) -> None:
    do(db, Opened(1, "WO1", "case", 4), Collected(1, ("b1", "b2")), Opened(2, "WO2", "pallet", 2), Labelled(2, "p1"),
       Collected(1, ("b3",)), Dropped(1, ("b2",)), Shortened(1, 2, "TAIL"))
    assert objects.standing(db, ["b1", "b2", "b3", "p1", ""]) == {
        "b1": Standing(1, "WO1", "case"), "b3": Standing(1, "WO1", "case"), "p1": Standing(2, "WO2", "pallet", True)}
    assert db.execute("SELECT target, reason FROM container WHERE number=1").fetchone() == (2, "TAIL")
    assert db.execute("SELECT scan, place, epc FROM collected").fetchall() == [(1, 0, "b1"), (2, 0, "b3")]


def test_an_object_is_on_a_document_by_itself_by_its_parents_and_by_what_it_holds(db: Connection) -> None:
    pallet_of_two_cases(db)
    do(db, DocumentScanned("OUT1", 1, "c1", 2))
    assert {epc: objects.on_document(db, "OUT1", epc) for epc in ("c1", "b1", "p1", "c2", "b3", "x")} == {
        "c1": "c1", "b1": "c1", "p1": "c1", "c2": "", "b3": "", "x": ""}
    assert objects.on_document(db, "OUT2", "c1") == ""
    do(db, DocumentScanned("OUT1", 1, "c1", 0))
    assert objects.on_document(db, "OUT1", "c1") == ""
