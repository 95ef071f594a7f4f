"""PIN tries: counted before they are looked at, over restarts, whatever the clock is set to."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.domain.people import FREE_TRIES, MOST_TRIES
from app.store.database import Connection, open_writer
from app.store.migrations import migrate
from app.store.pins import LOCK, PinTries

NOW = datetime(2027, 11, 30, 8, 0, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    yield made
    made.close()


def waits(connection: Connection, count: int) -> list[int]:
    """Seconds to wait after each of so many wrong tries, each made as soon as it may be."""
    now, found = NOW, []
    for _ in range(count):
        pins = PinTries(connection)              # nothing is kept in memory
        assert pins.attempt("lina", now)
        wait = pins.wait_s("lina", now)
        if wait:
            assert not pins.attempt("lina", now + timedelta(seconds=wait - 1))
        now += timedelta(seconds=wait)
        found.append(wait)
    return found


def test_the_waits_grow_and_end_in_an_hour(connection: Connection) -> None:
    found = waits(connection, MOST_TRIES + 3)
    assert found[: FREE_TRIES - 1] == [0] * (FREE_TRIES - 1)
    assert found[FREE_TRIES - 1 : MOST_TRIES - 1] == [5, 10, 20, 40, 80]
    assert found[MOST_TRIES - 1 :] == [int(LOCK.total_seconds())] * 4
    assert PinTries(connection).wait_s("wang", NOW) == 0


def test_a_right_pin_begins_anew(connection: Connection) -> None:
    pins = PinTries(connection)
    for _ in range(FREE_TRIES):
        assert pins.attempt("lina", NOW)
    assert not pins.attempt("lina", NOW)
    pins.forget("lina")
    assert pins.attempt("lina", NOW)


@pytest.mark.parametrize("back", [timedelta(days=-400), timedelta(seconds=-1)])
def test_a_clock_set_back_gives_no_try_more(connection: Connection, back: timedelta) -> None:
    pins = PinTries(connection)
    for _ in range(FREE_TRIES):
        pins.attempt("lina", NOW)
    assert not pins.attempt("lina", NOW + back)
    assert pins.locked_until("lina", NOW + back) == NOW + timedelta(seconds=5)


def test_another_time_zone_is_the_same_moment(connection: Connection) -> None:
    """The later of two moments is kept, not the later of two texts."""
    pins = PinTries(connection)
    for hours in (8, -8, 8, -8, 8):
        assert pins.attempt("lina", NOW.astimezone(timezone(timedelta(hours=hours))))
    assert pins.locked_until("lina", NOW) == NOW + timedelta(seconds=5)
