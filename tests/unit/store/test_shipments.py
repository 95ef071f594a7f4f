"""By which shipment goods left: of itself or of what held it, the last movement that was not declared wrong."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.decision import Commissioned, DocumentScanned, Packed, Placed, Unpacked, Verdict
from app.domain.events import Act, Action, Declaration, Event, Stamp, Type
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse import movement
from app.domain.warehouse.changes import Bound
from app.domain.warehouse.documents import Document
from app.domain.warehouse.kinds import BY_NAME
from app.store import deeds, shipments
from app.store.entry import Entry
from app.store.store import Store

HERE = "https://id.gs1.org/414/6901234000009"
AT = datetime(2027, 11, 30, 6, 0, tzinfo=UTC)
PAPER = Document("S1", "sales_out", "DC7")


class Book:
    """A store whose entries are written by hand."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "station.db", folder / "journal")
        self.count = 0

    def write(self, *changes: object, acts: tuple[Act, ...] = (), events: tuple[Event, ...] = ()) -> list[Event]:
        self.store.begin()
        seq, made = self.store.next_seq(), list(events)
        for act in acts:
            self.count += 1
            made.append(Event(act, Stamp(f"urn:uuid:01a9817f-b4b8-7001-8100-{self.count:012d}",
                                         AT + timedelta(seconds=self.count), 480, "LINE-1", HERE, HERE, "gao", 1, seq)))
        self.store.write(Entry(AT, "scan", "hand", "gao", (b"x",), ("",), Verdict(Outcome.ACCEPTED, Reason.SHIPPED),
                               tuple(changes), tuple(made)))                          # type: ignore[arg-type]
        self.store.commit()
        return made

    def live(self, *epcs: str, level: str = "case") -> None:
        self.write(Commissioned(epcs, level, "MILK", "L1", "", "", "active", HERE))

    def ship(self, epc: str, units: int = 4) -> Event:
        act = Act(Type.OBJECT, Action.OBSERVE, "shipping", (epc,), "in_transit",
                  extra=movement.about((PAPER,)))
        return self.write(DocumentScanned("S1", 1, epc, units), Placed((epc,), "in_transit", "", "DC7"),
                          Bound((epc,), "DC7"), acts=(act,))[0]

    def void(self, epc: str, shipped: Event) -> Event:
        act = movement.void_of(shipped.act, BY_NAME["sales_out"], (epc,), "OTHER")
        return self.write(DocumentScanned("S1", 1, epc, 0), *movement.here_again(BY_NAME["sales_out"], (epc,), HERE),
                          acts=(act,))[0]

    def left(self, *epcs: str) -> dict[str, str]:
        return {epc: each.epc for epc, each in shipments.left_by(self.store.connection, epcs).items()}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    made.store.close()


def test_an_object_leaves_by_itself_or_in_what_holds_it(book: Book) -> None:
    book.live("p1", level="pallet")
    book.live("c1", "c2", "c3")
    book.write(Packed("p1", ("c1", "c2")))
    assert book.left("p1", "c1", "c3", "nobody") == {}
    shipped = book.ship("p1", 8)
    assert book.left("p1", "c1", "c2", "c3") == {"p1": "p1", "c1": "p1", "c2": "p1"}
    found = shipments.left_by(book.store.connection, ["c1"])["c1"]
    assert (found.document, found.documents, found.partner, found.kind, found.lines, found.event_id, found.act) == (
        "S1", ("S1",), "DC7", "sales_out", {1: 8}, shipped.stamp.event_id, shipped.act)
    book.void("p1", shipped)
    assert book.left("p1", "c1") == {}
    assert shipments.last_steps(book.store.connection, ["c1", "c3"]) == {"c1": "void_shipping"}


def test_what_was_taken_out_and_voided_is_back_and_the_rest_is_not(book: Book) -> None:
    book.live("p1", level="pallet")
    book.live("c1", "c2")
    book.write(Packed("p1", ("c1", "c2")))
    shipped = book.ship("p1", 8)
    book.write(Unpacked("p1", ("c1",)), acts=(
        Act(Type.AGGREGATION, Action.DELETE, "unpacking", ("c1",), "in_transit", parent="p1"),))
    book.void("c1", shipped)
    assert book.left("p1", "c1", "c2") == {"p1": "p1", "c2": "p1"}


def test_the_last_movement_counts_and_none_that_was_declared_wrong(book: Book) -> None:
    book.live("c1")
    first = book.ship("c1")
    received = book.write(Placed(("c1",), "returned", HERE), acts=(
        Act(Type.OBJECT, Action.OBSERVE, "receiving", ("c1",), "returned"),))[0]
    assert book.left("c1") == {}
    wrong = replace(received, declaration=Declaration(AT, "did_not_occur"))
    book.write(Placed(("c1",), "in_transit", "", "DC7"), events=(wrong,))
    assert book.left("c1") == {"c1": "c1"}
    book.write(Placed(("c1",), "active", HERE), events=(replace(first, declaration=Declaration(AT, "did_not_occur")),))
    assert book.left("c1") == {} and shipments.last_steps(book.store.connection, ["c1"]) == {}


def test_where_goods_stood_is_kept_with_the_scan_that_moved_them(book: Book) -> None:
    book.live("c1")
    shipped = book.ship("c1")
    deed = deeds.deed(book.store.connection, book.store.catalogue, shipped.stamp.event_id)
    assert deed is not None
    assert (deed.epc, deed.documents, deed.events, deed.later, deed.declared) == (
        "c1", ("S1",), (shipped.stamp.event_id,), (), False)
    assert (deed.stood.status, deed.stood.location, deed.stood.bound) == ("active", HERE, None)
    void = book.void("c1", shipped)
    deed = deeds.deed(book.store.connection, book.store.catalogue, shipped.stamp.event_id)
    assert deed is not None and [(each.event_id, each.step) for each in deed.later] == [
        (void.stamp.event_id, "void_shipping")]
    assert deeds.deed(book.store.connection, book.store.catalogue, void.stamp.event_id) is None
    assert deeds.deed(book.store.connection, book.store.catalogue, "urn:uuid:none") is None


def test_it_is_quick_however_much_was_moved(book: Book) -> None:
    """Some indexed steps an object: a long history must not be read through."""
    book.live("p1", level="pallet")
    book.live("c1")
    book.write(Packed("p1", ("c1",)))
    for _ in range(60):
        book.void("p1", book.ship("p1"))
    book.ship("p1")
    began = time.perf_counter()
    for _ in range(100):
        assert book.left("c1") == {"c1": "p1"}
    assert time.perf_counter() - began < 1.0           # some 0.1 ms each; ten times that on a busy machine
    plans = [row[-1] for row in book.store.connection.execute("EXPLAIN QUERY PLAN " + shipments._LAST, (1,))]
    assert not any(each.startswith("SCAN") or "TEMP" in each for each in plans), plans
