"""Objects taken in before anybody had told of them: asked of the real server and of others, answered in the journal."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.warehouse.policy import Policy
from app.messages import Answered
from app.settings import ServerSection
from app.store import upkeep
from app.store.database import Connection, open_reader, transaction
from app.sync import Sync
from app.sync.answers import Heard
from app.sync.followup import AGAIN_S, BETWEEN_S, LOOK_S, FollowUp
from app.sync.look import Look
from app.sync.lookup import ServerLook
from app.sync.transport import Transport
from app.views import ServerView
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift
from tests.e2e.training_server import Running, running, wait_for
from tests.unit.central.line import Line
from tests.unit.sync.served import Asked, reply, served

LINE = Line()                # one, as its events are numbered
START = datetime(2027, 11, 30, 8, 0, tzinfo=UTC)
SOMEBODY = "https://q.brand.example/b/somebody"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central") / "home") as found:
        yield found


class Steady:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


_open: list[Transport] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while _open:
        _open.pop().close()


def look_at(url: str) -> Look:
    _open.append(Transport(ServerSection(url=url), url, lambda: START))
    return Look(_open[-1], lambda: START)


def follow(connection: Connection, url: str, clock: Steady) -> tuple[FollowUp, list[Answered]]:
    told: list[Answered] = []
    return FollowUp(connection, look_at(url), told.append, now=lambda: START, mono=clock,
                    jitter=lambda most: most), told


def asked(steps: FollowUp, clock: Steady, times: int) -> None:
    for _ in range(times):
        clock.at += steps.step() or 0.001


def taken(connection: Connection, *epcs: str) -> None:
    with transaction(connection):
        connection.executemany("INSERT INTO provisional VALUES (?, 'R1', '')", ((each,) for each in epcs))


def test_what_others_told_of_is_known_and_what_nobody_told_of_is_not(server: Running, connection: Connection) -> None:
    mine, theirs, coming, nobody = (f"https://q.brand.example/b/{word}"
                                    for word in ("mine", "theirs", "coming", "nobody"))
    own = LINE.observe("receiving", "in_progress", [mine])
    assert server.job(server.capture(own, LINE.observe("receiving", "in_progress", [theirs])))["success"]
    with transaction(connection):
        connection.execute("INSERT INTO entry VALUES (1,'2027','scan','s','o',NULL,'','accepted','taken','{}','','')")
        connection.execute("INSERT INTO event(entry, event_id, schema_v, biz_step, at, body)"
                           " VALUES (1, ?, 1, 'receiving', '2027', '{}')", (own["eventID"],))
        connection.execute("INSERT INTO announced VALUES ('R9', '', ?, 'case', '', '', '', '', 0)", (coming,))
    taken(connection, mine, theirs, coming, nobody)
    clock = Steady()
    steps, told = follow(connection, server.url, clock)
    asked(steps, clock, 5)
    assert {each.epc: each.answer for each in told} == {
        mine: "unknown", theirs: "known", coming: "known", nobody: "unknown"}
    assert {each.document for each in told} == {"R1"}


def test_the_server_is_asked_slowly_and_of_the_unknown_again_later(server: Running, connection: Connection) -> None:
    late = "https://q.brand.example/b/late"
    taken(connection, late)
    clock = Steady()
    steps, told = follow(connection, server.url, clock)
    assert steps.step() == pytest.approx(BETWEEN_S)
    assert [each.answer for each in told] == ["unknown"]
    clock.at += BETWEEN_S
    assert steps.step() == pytest.approx(LOOK_S), "it was asked, and the station has not written the answer yet"
    with transaction(connection):
        connection.execute("UPDATE provisional SET answer='unknown'")
    clock.at += LOOK_S
    assert steps.step() == pytest.approx(LOOK_S) and len(told) == 1
    assert server.job(server.capture(LINE.observe("receiving", "in_progress", [late])))["success"]
    clock.at += AGAIN_S
    steps.step()
    assert [each.answer for each in told] == ["unknown", "known"]
    with transaction(connection):
        connection.execute("UPDATE provisional SET answer='known'")
    clock.at += 2 * AGAIN_S
    assert steps.step() == pytest.approx(LOOK_S) and len(told) == 2


def test_a_server_without_an_account_of_objects_is_asked_for_events(connection: Connection) -> None:
    seen = {"eventID": "urn:uuid:1", "type": "ObjectEvent", "epcList": [SOMEBODY], "bizStep": "shipping",
            "eventTime": "2027-11-30T00:00:00.000Z", "disposition": "in_transit"}

    def answering(question: Asked) -> bytes:
        if question.path != "/events":
            return reply(404, b"no such page")
        if question.query["MATCH_anyEPC"] == [SOMEBODY]:
            return reply(200, {"epcisBody": {"queryResults": {"resultsBody": {"eventList": [seen]}}}})
        return reply(404, {"type": "epcisException:NoSuchResourceException"})

    with served(answering) as other:
        look = look_at(other.url)
        assert look.about(SOMEBODY) == Heard(True, disposition="in_transit", step="shipping",
                                             at="2027-11-30T00:00:00.000Z", events=("urn:uuid:1",))
        assert look.about("https://x.example/9") == Heard(False)


@pytest.mark.parametrize("said", [
    reply(500, b"broken"), reply(401, b"who"), reply(404, b"<html>"), reply(400, b"what"), reply(200, b"<html>"),
    reply(200, {"epcisBody": {"eventList": [{"eventID": "urn:uuid:2", "epcList": ["https://x.example/other"]}]}}),
    reply(429, b"later", Retry_After="30"),
])
def test_no_other_answer_settles_anything(connection: Connection, said: bytes) -> None:
    taken(connection, "https://x.example/1")
    clock = Steady()
    with served(lambda _: said) as other:
        steps, told = follow(connection, other.url, clock)
        waits = []
        for _ in range(4):
            waits.append(steps.step())
            clock.at += waits[-1]
        assert not told and waits == sorted(waits) and waits[-1] >= 4, "it waits longer each time"


def test_the_answer_is_journaled_and_survives_a_rebuilt_database(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.restart()
    shift.put(("document", "R1", {"kind": "purchase_in", "partner": "PLANT", "lines": [
        {"line": 1, "product": "MILK", "quantity": 8}]}))
    shift.play("""
        badge lina
        do DOCUMENT:R1
        scan c77    -> accepted received > receiving c77
    """)
    database = shift.home / "station.db"

    def answers(path: Path = database) -> list[tuple[str, str]]:
        connection = open_reader(path)
        found = connection.execute("SELECT epc, answer FROM provisional").fetchall()
        connection.close()
        return found

    assert answers() == [(epc("c77"), "")]
    for answer, word in (("unknown", "settled_unknown"), ("known", "settled_known")):
        (published,) = shift.station.handle([Answered(epc("c77"), "R1", answer, shift.now(), time.monotonic())])
        assert published.verdict.reason == word and answers() == [(epc("c77"), answer)]
    assert shift.station.state.session.document == "R1"
    shift.end()
    upkeep.rebuild(shift.home / "journal", tmp_path / "anew.db", now=shift.now())
    assert answers(tmp_path / "anew.db") == [(epc("c77"), "known")]


def test_the_sync_thread_takes_the_answers_to_the_station(server: Running, connection: Connection,
                                                          tmp_path: Path) -> None:
    taken(connection, "https://x.example/sync")
    told: list[object] = []
    sync = Sync(tmp_path / "station.db", ServerSection(url=server.url), told.append, follow_up=True)
    sync.start()
    try:
        wait_for(lambda: any(isinstance(each, Answered) for each in told), 60)
    finally:
        sync.stop()
    assert next(each for each in told if isinstance(each, Answered)).answer == "unknown"


# --- the look-up page's question --------------------------------------------------------------------------------------
def test_the_server_says_what_it_knows_of_a_code(server: Running) -> None:
    epc_seen = "https://q.brand.example/b/looked-at"
    assert server.job(server.capture(LINE.observe("receiving", "in_progress", [epc_seen])))["success"]
    look = ServerLook(ServerSection(url=server.url), most_s=60)
    said = look.server_says(epc_seen)
    assert (said.state, said.origin, said.step, said.disposition) == ("known", "observed", "receiving", "in_progress")
    assert datetime.fromisoformat(said.at).tzinfo
    assert look.server_says("https://x.example/none") == ServerView("unknown")


def test_nobody_waits_for_a_server_that_is_slow_or_away() -> None:
    gate, clock = threading.Event(), Steady()

    def slow(_: Asked) -> bytes:
        gate.wait(60)
        return reply(500)

    with served(slow) as other:
        look = ServerLook(ServerSection(url=other.url), mono=clock, most_s=0.05)
        assert look.server_says("https://x.example/1") == ServerView("away")
        assert look.server_says("https://x.example/1") == ServerView("away"), "one question at a time"
        assert len(other.asked) == 1
        gate.set()
        wait_for(lambda: not look._asking.locked(), 60)
        assert look.server_says("https://x.example/1") == ServerView("away") and len(other.asked) == 1, "it rests"
        other.answer(lambda _: reply(401))
        clock.at += 60
        look = ServerLook(ServerSection(url=other.url), mono=clock, most_s=60)
        assert look.server_says("https://x.example/1") == ServerView("refused")
        other.answer(lambda _: reply(404, b"<html>"))
        assert look.server_says("https://x.example/1") == ServerView("silent")
        liar = {"epc": "https://x.example/1", "origin": "observed", "alive": 7, "lastEvent": {
            "bizStep": "\x1b[31m", "eventTime": "yesterday"}}
        other.answer(lambda _: reply(200, liar))
        assert look.server_says("https://x.example/1") == ServerView("known", "observed", step="\\x1b[31m")
    assert ServerLook(ServerSection()).server_says("https://x.example/1") == ServerView("off")
