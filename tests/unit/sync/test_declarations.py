"""Error declarations on their way: they have the id of their event and are stored beside it, once, come what may."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.database import Connection
from tests.unit.sync.served import Asked, Repository, Served, reply, served
from tests.unit.sync.stock import Bench, Killed, declared, event, made, put, refusals, states

WAYS = {"202": {}, "201": {"created": True}, "lost jobs": {"jobs_vanish": True}, "proceed": {"proceed": True}}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = made(tmp_path / "station.db")
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as opened:
        yield opened


@pytest.fixture
def bench(connection: Connection, server: Served) -> Iterator[object]:
    opened: list[Bench] = []

    def make(repository: Repository, **section: object) -> Bench:
        server.answer(repository)
        put(connection, SOLD)
        opened.append(Bench(connection, server.url, **section))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


# Four events, the second one declared wrong by the fifth and replaced by the sixth, the third one never happened.
SOLD = [event(1), event(2), event(3), event(4), declared(event(2), 5, event(6).stamp.event_id), event(6),
        declared(event(3), 7)]
KEYS = [each.key for each in SOLD]


def keys(repository: Repository) -> list[str]:
    return [each["eventID"] + ("#declared" if "errorDeclaration" in each else "") for each in repository.stored]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dedupe", ["none", "ignore", "conflict"])
def test_a_declaration_arrives_once_behind_its_event(bench, connection: Connection, dedupe: str, way: str) -> None:
    repository = Repository(dedupe=dedupe, **WAYS[way])
    bench(repository).run()
    assert keys(repository) == KEYS
    assert states(connection) == {"done": 7}
    assert all(len(set(batch)) == len(batch) for batch in repository.batches)      # no id twice in one document
    told = repository.stored[4]["errorDeclaration"]
    assert (told["reason"], told["correctiveEventIDs"]) == ("incorrect_data", [event(6).stamp.event_id])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dedupe", ["none", "ignore", "conflict"])
def test_killed_at_any_moment_it_is_stored_once_all_the_same(bench, connection: Connection, dedupe: str,
                                                             way: str) -> None:
    repository = Repository(dedupe=dedupe, **WAYS[way])
    one = bench(repository)
    kills = 0
    for fuse in range(2, 60, 3):
        one.clock.fuse = fuse
        try:
            one.run()
        except Killed:
            kills += 1
            one.clock.fuse = -1
            one.start()
    one.clock.fuse = -1
    one.run()
    assert kills >= 3
    assert keys(repository) == KEYS
    assert states(connection) == {"done": 7}


@pytest.mark.parametrize("lost", ["POST", "GET"])
@pytest.mark.parametrize("dedupe", ["none", "ignore", "conflict"])
def test_answers_lost_on_the_way_double_nothing(bench, connection: Connection, server: Served, dedupe: str,
                                                lost: str) -> None:
    repository, seen = Repository(dedupe=dedupe), [0]

    def losing(asked: Asked) -> bool:
        seen[0] += asked.method == lost
        return asked.method == lost and seen[0] % 2 == 1

    one = bench(repository)
    repository.lose = losing
    one.run()
    assert keys(repository) == KEYS and states(connection) == {"done": 7}


@pytest.mark.parametrize(("dedupe", "reason"), [("ignore", "declaration_lost"), ("conflict", "conflict")])
def test_a_server_that_takes_a_declaration_for_a_repeat_is_found_out(bench, connection: Connection, dedupe: str,
                                                                     reason: str) -> None:
    """Its 202 or 409 is no proof: the event is there, its declaration is not. A person is told, the rest goes on."""
    repository = Repository(dedupe=dedupe, blind=True)
    one = bench(repository)
    one.run()
    assert keys(repository) == [key for key in KEYS if "#" not in key]
    assert {number: found[0] for number, found in refusals(connection).items()} == {5: reason, 7: reason}
    assert states(connection) == {"done": 5, "refused": 2}
    repository.blind = False                             # somebody has mended the server
    for number in (5, 7):
        assert one.outbox.resolve(number, "resend", "boss")
    one.run()
    assert sorted(keys(repository)) == sorted(KEYS) and states(connection) == {"done": 7}


def test_a_server_that_answers_no_questions_is_believed(bench, connection: Connection, server: Served) -> None:
    repository = Repository()
    one = bench(repository)
    server.answer(lambda asked: reply(404) if asked.what == "GET /events" else repository(asked))
    one.run()
    assert keys(repository) == KEYS and states(connection) == {"done": 7}


def test_a_declaration_waits_for_its_refused_event(bench, connection: Connection) -> None:
    repository = Repository(poison=lambda found: found["eventID"] == event(3).stamp.event_id)
    one = bench(repository)
    one.run()
    assert states(connection) == {"done": 5, "refused": 1, "held": 1}
    repository.poison = lambda found: False
    assert one.outbox.resolve(3, "resend", "boss")
    one.run()
    assert states(connection) == {"done": 7} and keys(repository)[-2:] == [KEYS[2], KEYS[6]]
