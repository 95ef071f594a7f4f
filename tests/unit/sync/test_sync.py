"""The sync thread: wakes, tells, stops, survives its own store, and does all of it once on request."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.messages import MasterChanged, SyncStatus
from app.settings import ServerSection
from app.store.database import Connection
from app.sync import Sync
from app.words import Words
from tests.unit.sync.served import Asked, Repository, Served, nobody, reply, served
from tests.unit.sync.stock import event, made, put, states
from tests.unit.sync.test_master import PLAN, PRODUCT, Feed, change

ENDS_S = 10.0


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = made(tmp_path / "station.db")
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as opened:
        yield opened


class Both:
    """An EPCIS repository with a master-data feed."""

    def __init__(self, repository: Repository, feed: Callable[[Asked], bytes]) -> None:
        self.repository, self.feed = repository, feed

    def __call__(self, asked: Asked) -> object:
        return (self.feed if asked.path.startswith("/master") else self.repository)(asked)


class Heard:
    def __init__(self) -> None:
        self.statuses: list[SyncStatus] = []
        self.masters = 0
        self._news = threading.Condition()

    def __call__(self, notice: SyncStatus | MasterChanged) -> None:
        with self._news:
            if isinstance(notice, MasterChanged):
                self.masters += 1
            else:
                self.statuses.append(notice)
            self._news.notify_all()

    def wait(self, what: Callable[[SyncStatus], bool]) -> SyncStatus:
        with self._news:
            assert self._news.wait_for(lambda: any(map(what, self.statuses[-1:])), ENDS_S), self.statuses[-3:]
            return self.statuses[-1]

    def wait_master(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.masters >= count, ENDS_S)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def syncs() -> Iterator[list[Sync]]:
    made_ones: list[Sync] = []
    yield made_ones
    for each in made_ones:
        each.stop()


@pytest.fixture
def sync(tmp_path: Path, heard: Heard, syncs: list[Sync]):
    def make(url: str, **section: object) -> Sync:
        server = ServerSection(url=url, **{"timeout_s": 5.0, "query_lag_s": 0.0, **section})
        syncs.append(Sync(tmp_path / "station.db", server, heard))
        return syncs[-1]

    return make


def test_events_go_out_as_they_come(sync, server: Served, connection: Connection, heard: Heard) -> None:
    repository = Repository()
    server.answer(Both(repository, Feed(change("plan", PLAN), change("product", PRODUCT))))
    put(connection, [event(1)])
    one = sync(server.url)
    one.start()
    heard.wait(lambda status: status.accepted == 1)
    heard.wait_master(1)
    put(connection, [event(2), event(3)])
    begun = time.monotonic()
    one.wake()
    heard.wait(lambda status: status.accepted == 3)
    assert time.monotonic() - begun < 3
    assert [len(batch) for batch in repository.batches] == [1, 2]


def test_without_a_server_everything_waits(sync, connection: Connection, heard: Heard) -> None:
    put(connection, [event(1)])
    sync("").start()
    status = heard.wait(lambda status: True)
    assert (status.link, status.problem, status.queued) == ("off", "no_server", 1)


def test_a_wrong_setting_is_told_and_harms_nothing(sync, connection: Connection, heard: Heard) -> None:
    put(connection, [event(1)])
    sync("ftp://x").start()
    status = heard.wait(lambda status: status.problem == "bad_setting")
    assert "server.url: expected" in status.detail and (status.link, status.queued) == ("off", 1)


def test_a_person_may_say_now(sync, server: Served, connection: Connection, heard: Heard) -> None:
    repository = Repository()
    server.answer(lambda asked: reply(401))
    put(connection, [event(1)])
    one = sync(server.url)
    one.start()
    heard.wait(lambda status: status.link == "refused")
    server.answer(repository)
    one.wake()
    one.sync_now()
    heard.wait(lambda status: status.accepted == 1 and status.link == "up")


def test_a_supervisor_may_decide_from_any_thread(sync, server: Served, connection: Connection, heard: Heard) -> None:
    repository = Repository(poison=lambda found: True)
    server.answer(repository)
    put(connection, [event(1)])
    one = sync(server.url)
    one.start()
    heard.wait(lambda status: status.refused == 1)
    repository.poison = lambda found: False
    assert one.resolve(1, "resend", "boss")
    heard.wait(lambda status: status.accepted == 1 and status.refused == 0)


def test_stop_does_not_wait_for_a_server_that_hangs(sync, server: Served, connection: Connection, heard: Heard) -> None:
    release = threading.Event()
    server.answer(lambda asked: [] if release.wait(20) else [])
    put(connection, [event(1)])
    one = sync(server.url)
    one.start()
    assert _soon(lambda: server.asked)
    begun = time.monotonic()
    one.stop(timeout_s=0.2)
    assert time.monotonic() - begun < 2
    release.set()
    assert _soon(lambda: not any(each.name == "sync" for each in threading.enumerate()))


def _soon(what: Callable[[], object]) -> bool:
    end = time.monotonic() + ENDS_S
    while time.monotonic() < end:
        if what():
            return True
        threading.Event().wait(0.01)
    return False


def test_a_store_that_cannot_be_written_is_told_and_tried_again(
    sync, server: Served, connection: Connection, heard: Heard, monkeypatch: pytest.MonkeyPatch,
) -> None:
    import app.sync as module

    monkeypatch.setattr(module, "STORE_WAIT_S", 0.1)
    repository = Repository()
    server.answer(repository)
    put(connection, [event(1)])
    connection.execute("CREATE TRIGGER stuck BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
    sync(server.url).start()
    status = heard.wait(lambda status: status.problem == "store")
    assert "disk I/O error" in status.detail
    connection.execute("DROP TRIGGER stuck")
    heard.wait(lambda status: status.accepted == 1 and status.problem == "")
    assert repository.ids == [event(1).stamp.event_id]


# --- once -------------------------------------------------------------------------------------------------------------
def test_once_sends_and_fetches_everything(sync, server: Served, connection: Connection, heard: Heard) -> None:
    repository = Repository(jobs_take=2)
    server.answer(Both(repository, Feed(change("plan", PLAN), change("product", PRODUCT), page=1)))
    put(connection, [event(number) for number in range(1, 251)])
    status = sync(server.url).once()
    assert (status.link, status.queued, status.accepted) == ("up", 0, 250) and heard.statuses[-1] == status
    assert heard.masters == 2 and len(repository.ids) == 250


@pytest.mark.parametrize(("said", "link"), [
    (None, "down"), (reply(401), "refused"), (reply(302, location="https://evil.example"), "fenced"),
    (reply(404), "down"), (reply(500), "down")])
def test_once_gives_up_where_there_is_no_sense_in_it(
    sync, server: Served, connection: Connection, said: bytes | None, link: str,
) -> None:
    put(connection, [event(1)])
    server.answer(lambda asked: said or b"")
    begun = time.monotonic()
    status = sync(server.url if said else nobody()).once(max_s=30)
    assert status.link == link and status.queued + status.in_flight == 1 and time.monotonic() - begun < 30


def test_once_has_an_end(sync, server: Served, connection: Connection) -> None:
    server.answer(Repository(jobs_take=10**6))
    put(connection, [event(1)])
    status = sync(server.url).once(max_s=0.5)
    assert status.in_flight == 1 and states(connection) == {"accepted": 1}


# --- what is told -----------------------------------------------------------------------------------------------------
def test_a_wrong_clock_is_told(sync, server: Served, connection: Connection) -> None:
    late = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    feed = Feed()
    server.answer(lambda asked: feed(asked) if "master" in asked.path else reply(204, date=late))
    status = sync(server.url).once()
    assert (status.link, status.problem) == ("up", "clock") and status.detail.startswith("+3")
    assert float(connection.execute("SELECT value FROM meta WHERE key='sync.clock_offset_s'").fetchone()[0]) > 3500


def test_bad_master_data_is_told(sync, server: Served, connection: Connection) -> None:
    server.answer(Both(Repository(), Feed(change("product", PRODUCT))))
    status = sync(server.url).once()
    assert (status.link, status.problem, status.detail) == ("up", "bad_master", "1")


def test_every_word_has_its_sentence() -> None:
    problems = ("unreachable", "unclear", "busy", "broken", "not_epcis", "unauthorised", "hostile", "cannot_verify",
                "refuses_all", "no_server", "bad_setting", "store", "stopped", "clock", "bad_master", "no_master")
    for words in (Words("en"), Words("zh_CN")):
        assert all(words.has(f"sync.problem.{each}") for each in problems)
        assert all(words.has(f"sync.reason.{each}") for each in (
            "refused", "conflict", "too_large", "unreadable", "server_error"))
        assert all(words.has(f"sync.link.{each}") for each in ("up", "down", "refused", "off", "fenced"))
        assert all(words.has(f"sync.state.{each}") for each in (
            "pending", "sending", "accepted", "unknown", "done", "refused", "held", "discarded"))
