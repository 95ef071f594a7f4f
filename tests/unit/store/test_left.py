"""The places that left the in-line queue last are known after a restart, no more of them than are of use."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.decision import Change, Entered, Left, OrderState
from app.domain.packing.line_queue import PACKED, PLACES, REJECTED, Gone
from app.domain.packing.row import BAD, GOOD, Slot
from app.store import left, line
from app.store.database import Connection, open_writer
from app.store.migrations import migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = open_writer(tmp_path / "station.db")
    migrate(connection)
    yield connection
    connection.close()


def do(db: Connection, *changes: Change) -> None:
    for change in changes:
        line.apply(db, change)


def kept(db: Connection) -> int:
    return int(db.execute("SELECT count(*) FROM queue_left").fetchone()[0])


def test_what_left_together_is_told_together_and_a_closed_order_needs_none(db: Connection) -> None:
    do(db, Entered("WO1", 1, "b1", GOOD, "", 7), Entered("WO1", 2, "b2", GOOD, "", 8),
       Entered("WO1", 3, "", BAD, "unreadable", 9), Entered("WO2", 1, "x1", GOOD, "", 1),
       Left("WO1", (1, 2), PACKED, 5, 1), Left("WO1", (3,), REJECTED), Left("WO1", (), PACKED, 6, 2),
       Left("WO2", (1,), REJECTED))
    assert left.newest(db, "WO1") == (
        Gone(PACKED, (Slot(1, "b1", GOOD, "", 7), Slot(2, "b2", GOOD, "", 8)), 5),
        Gone(REJECTED, (Slot(3, "", BAD, "unreadable", 9),), 0), Gone(PACKED, (), 6))
    assert line.queue(db, "WO1").past == left.newest(db, "WO1")
    do(db, OrderState("WO1", "finished", ""))
    assert kept(db) == 5
    do(db, OrderState("WO1", "closed", ""))
    assert left.newest(db, "WO1") == () and kept(db) == 1, "the other order's stay"


def test_only_the_newest_are_kept(db: Connection) -> None:
    for number in range(1, PLACES + 50):
        do(db, Entered("WO1", number, f"b{number}", GOOD, "", number), Left("WO1", (number,), REJECTED))
    assert kept(db) == PLACES
    assert left.newest(db, "WO1")[-1].slots[0].number == PLACES + 49
