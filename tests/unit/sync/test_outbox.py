"""Every event reaches the server once and in order, whatever the server, the network or a power cut do."""
from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.epcis import event_json
from app.store.database import Connection, open_reader
from tests.unit.sync.served import Asked, Repository, Served, nobody, reply, served
from tests.unit.sync.stock import Bench, Clock, Killed, bottle, event, made, put, refusals, states

CASE, PALLET = "https://id.gs1.org/01/16901234000013/21/1", "https://id.gs1.org/00/069012340000000018"


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
def benches() -> Iterator[list[Bench]]:
    opened: list[Bench] = []
    yield opened
    for each in opened:
        each.close()


@pytest.fixture
def bench(connection: Connection, server: Served, benches: list[Bench]):
    def make(repository: Repository, count: int = 0, **section: object) -> Bench:
        server.answer(repository)
        put(connection, [event(number) for number in range(1, count + 1)])
        benches.append(Bench(connection, server.url, **section))
        return benches[-1]

    return make


def ids(*numbers: int) -> list[str]:
    return [event(number).stamp.event_id for number in numbers]


def is_event(*numbers: int):
    wanted = set(ids(*numbers))
    return lambda found: found["eventID"] in wanted


# --- the good days --------------------------------------------------------------------------------------------------
def test_everything_arrives_once_and_in_order(bench, connection: Connection) -> None:
    repository = Repository()
    one = bench(repository, 250)
    one.run()
    assert repository.ids == ids(*range(1, 251))
    assert [len(batch) for batch in repository.batches] == [100, 100, 50]
    status = one.outbox.status()
    assert (status.link, status.queued, status.in_flight, status.accepted, status.refused) == ("up", 0, 0, 250, 0)
    assert status.oldest is None and status.last_ack is not None and status.problem == ""
    assert repository.stored[0] == event_json(event(1))


def test_being_sent_is_on_the_disk_before_the_socket_is_used(bench, server: Served, tmp_path: Path) -> None:
    repository, seen = Repository(), []

    def look(asked: Asked) -> object:
        if asked.method == "POST":
            reader = open_reader(tmp_path / "station.db")
            seen.append(states(reader))
            reader.close()
        return repository(asked)

    one = bench(repository, 3)
    server.answer(look)
    one.run()
    assert seen == [{"sending": 3}]


def test_202_is_not_an_acknowledgement(bench, connection: Connection) -> None:
    one = bench(Repository(jobs_take=4), 2)
    one.step()
    one.clock.passed_s += one.step()
    assert states(connection) == {"accepted": 2}
    assert one.outbox.status().in_flight == 2 and one.outbox.status().accepted == 0
    one.run()
    assert states(connection) == {"done": 2}
    assert one.clock.waits == pytest.approx([0.1, 0.2, 0.4, 0.8], rel=0.01)


def test_a_batch_is_no_larger_than_the_settings_say(bench) -> None:
    repository = Repository()
    bench(repository, 20, max_bytes=2_000).run()
    assert repository.ids == ids(*range(1, 21)) and max(map(len, repository.batches)) < 5


def test_the_server_may_ask_for_less(bench) -> None:
    repository = Repository(max_events=7)
    bench(repository, 20).run()
    assert [len(batch) for batch in repository.batches] == [7, 7, 6]


def test_new_events_go_out_in_their_turn(bench, connection: Connection) -> None:
    repository = Repository()
    one = bench(repository, 2)
    one.run()
    put(connection, [event(3)])
    assert not one.outbox.idle()
    one.run()
    assert repository.ids == ids(1, 2, 3)


# --- doubt ----------------------------------------------------------------------------------------------------------
def first(what: str):
    """True for the first request of this kind only."""
    left = [1]

    def chosen(asked: Asked) -> bool:
        if asked.what.startswith(what) and left[0]:
            left[0] = 0
            return True
        return False

    return chosen


def test_an_answer_lost_on_the_way_doubles_nothing(bench) -> None:
    repository = Repository(lose=first("POST /capture"))
    one = bench(repository, 150)
    one.run()
    assert repository.ids == ids(*range(1, 151))


def test_killed_after_the_server_had_it(bench, server: Served, connection: Connection) -> None:
    """The process dies between the request and its answer: what was being sent is unknown then, not unsent."""
    repository = Repository()
    one = bench(repository, 5)

    def deadly(asked: Asked) -> object:
        said = repository(asked)
        if asked.method == "POST":
            one.clock.fuse = 1
            return reply(503)
        return said

    server.answer(deadly)
    with pytest.raises(Killed):
        one.run()
    assert states(connection) == {"sending": 5} and repository.ids == ids(1, 2, 3, 4, 5)
    server.answer(repository)
    one.start()
    assert states(connection) == {"unknown": 5}
    one.run()
    assert repository.ids == ids(1, 2, 3, 4, 5)


def test_a_request_lost_on_the_way_is_sent_again(bench, server: Served) -> None:
    repository, lost = Repository(), first("POST /capture")
    one = bench(repository, 150)
    server.answer(lambda asked: [] if lost(asked) else repository(asked))
    one.run()
    assert repository.ids == ids(*range(1, 151))


def test_a_lagging_server_is_given_its_time(bench, server: Served) -> None:
    """The event shows only 4 s after it was stored: asking at once would send it twice."""
    repository = Repository(lose=first("POST /capture"))
    one = bench(repository, 5)

    def lagging(asked: Asked) -> object:
        repository.hidden = repository._hidden_now = 0 if one.clock.passed_s >= 4 else 1
        return repository(asked)

    server.answer(lagging)
    one.run()
    assert repository.ids == ids(1, 2, 3, 4, 5)


def test_a_job_that_vanishes_is_asked_about(bench) -> None:
    repository = Repository(jobs_vanish=True)
    one = bench(repository, 3)
    one.run()
    assert repository.ids == ids(1, 2, 3) and sum(one.clock.waits) >= 5


def test_a_job_without_end_is_given_up_after_an_hour(bench) -> None:
    repository = Repository(jobs_take=10**6)
    one = bench(repository, 3)
    one.run()
    assert repository.ids == ids(1, 2, 3) and 3600 < sum(one.clock.waits) < 3800
    assert round(max(one.clock.waits)) == 60


def test_201_is_trusted_only_after_it_was_proved(bench, server: Served) -> None:
    repository = Repository(created=True)
    one = bench(repository, 300)
    one.run()
    assert repository.ids == ids(*range(1, 301))
    assert [asked.what for asked in server.asked] == ["OPTIONS /capture", "POST /capture", *["GET /events"] * 3,
                                                      "POST /capture", "POST /capture"]


def test_200_with_rubbish_is_never_an_acknowledgement(bench, connection: Connection, server: Served) -> None:
    repository = Repository()
    one = bench(repository, 2)
    server.answer(lambda asked: reply(200, b"<html>Log in</html>", content_type="text/html"))
    one.run(until_s=600)
    assert states(connection) == {"unknown": 2}
    status = one.outbox.status()
    assert (status.link, status.problem, status.in_flight) == ("down", "unclear", 2)
    server.answer(repository)
    one.run()
    assert repository.ids == ids(1, 2)


def test_a_store_made_anew_asks_before_it_sends(bench, connection: Connection, benches: list[Bench]) -> None:
    """After a rebuild from the journal nobody knows what was sent: what the server has is not sent again."""
    repository = Repository(stored=[event_json(event(number)) for number in range(1, 241)])
    put(connection, [event(number) for number in range(1, 251)], "unknown")
    put(connection, [event(number) for number in range(251, 261)])
    one = bench(repository)
    one.run()
    assert repository.ids == ids(*range(1, 261)) and states(connection) == {"done": 260}


def test_a_server_that_cannot_be_asked(bench, connection: Connection, server: Served) -> None:
    repository, lost = Repository(lose=first("POST /capture")), []

    def mute(asked: Asked) -> object:
        if asked.path == "/events":
            lost.append(asked)
            return reply(404)
        return repository(asked)

    one = bench(repository, 3)
    server.answer(mute)
    one.run(until_s=600)
    assert states(connection) == {"unknown": 3} and repository.ids == ids(1, 2, 3)
    assert one.outbox.status().problem == "cannot_verify" and len(lost) < 10


def test_a_server_that_drops_repeats_need_not_be_asked(bench, server: Served) -> None:
    repository = Repository(lose=first("POST /capture"), dedupe="ignore")
    one = bench(repository, 3, dedupe="ignore")
    server.answer(lambda asked: reply(404) if asked.path == "/events" else repository(asked))
    one.run()
    assert repository.ids == ids(1, 2, 3)


# --- conflicts ------------------------------------------------------------------------------------------------------
def test_409_is_looked_into(bench, connection: Connection) -> None:
    """Part of a batch is there already: the others go on, nothing is lost, nothing is doubled."""
    repository = Repository(dedupe="conflict", stored=[event_json(event(2)), event_json(event(7))])
    bench(repository, 20).run()
    assert sorted(repository.ids) == ids(*range(1, 21)) and states(connection) == {"done": 20}


def test_another_event_under_our_id_is_a_conflict(bench, connection: Connection) -> None:
    foreign = {**event_json(event(3)), "epcList": ["https://q.brand.example/b/1", "https://q.brand.example/b/2"]}
    repository = Repository(dedupe="conflict", stored=[foreign])
    one = bench(repository, 5)
    one.run()
    assert states(connection) == {"done": 4, "refused": 1}
    assert refusals(connection)[3][0] == "conflict"


def test_409_for_what_nobody_has_ends_in_quarantine(bench, connection: Connection, server: Served) -> None:
    repository = Repository()
    one = bench(repository, 4)

    def odd(asked: Asked) -> object:
        if asked.method == "POST" and ids(3)[0].encode() in asked.body:
            return reply(409, {"title": "there already"})
        return repository(asked)

    server.answer(odd)
    one.run()
    assert repository.ids == ids(1, 2, 4) and refusals(connection) == {3: ("conflict", "there already")}


# --- poison ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("created", [False, True], ids=["job", "at once"])
@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize("proceed", [False, True], ids=["rollback", "proceed"])
@pytest.mark.parametrize("bad", [(1,), (100,), (50,), (2, 3, 99), tuple(range(40, 45))])
def test_one_bad_event_never_blocks_the_others(
    bench, connection: Connection, bad: tuple[int, ...], proceed: bool, named: bool, created: bool,
) -> None:
    repository = Repository(poison=is_event(*bad), proceed=proceed, names_offender=named, created=created)
    one = bench(repository, 100)
    one.run()
    assert sorted(repository.ids) == ids(*(number for number in range(1, 101) if number not in bad))
    assert {number: found[0] for number, found in refusals(connection).items()} == dict.fromkeys(bad, "refused")
    assert "the lot" in refusals(connection)[bad[0]][1] and "has expired" in refusals(connection)[bad[0]][1]
    if not proceed:
        assert repository.ids == sorted(repository.ids)
        assert len(repository.batches) <= (3 if named else 14) * len(bad) + 1
    assert one.outbox.status().refused == len(bad)


def test_only_what_hangs_on_a_refused_event_is_held_back(bench, connection: Connection) -> None:
    events = [event(1), event(2), event(3, [bottle(1), bottle(2)], CASE), event(4, [CASE], PALLET), event(5),
              event(6, [PALLET], "https://id.gs1.org/00/069012340000000025"), event(7, [bottle(5)], "urn:x:case:9")]
    put(connection, events)
    repository = Repository(poison=is_event(1))
    one = bench(repository)
    one.run()
    assert repository.ids == ids(2, 5, 7)
    assert states(connection) == {"done": 3, "refused": 1, "held": 3}
    status = one.outbox.status()
    assert (status.queued, status.refused, status.accepted) == (3, 1, 3) and status.oldest is not None
    put(connection, [event(8, [CASE]), event(9, [bottle(9)])])      # what comes later is held back too
    one.run()
    assert repository.ids == ids(2, 5, 7, 9)
    repository.poison = lambda found: False
    assert one.outbox.resolve(1, "resend", "boss") and not one.outbox.resolve(1, "resend", "boss")
    one.run()
    assert repository.ids == ids(2, 5, 7, 9, 1, 3, 4, 6, 8) and states(connection) == {"done": 9}
    row = connection.execute("SELECT resolved_by, resolution FROM quarantine WHERE event=1").fetchone()
    assert row == ("boss", "resend")


def test_what_is_inside_a_refused_pallet_waits_too(bench, connection: Connection) -> None:
    """A case announced inside a pallet: its own events hang on the pallet's, though they share no code."""
    connection.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner)"
                       " VALUES (?,'pallet','','','','','announced','','')", (PALLET,))
    connection.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner,"
                       " parent) VALUES (?,'case','','','','','announced','','',1)", (CASE,))
    put(connection, [event(1, [PALLET]), event(2, [CASE]), event(3)])
    repository = Repository(poison=is_event(1))
    bench(repository).run()
    assert repository.ids == ids(3) and states(connection) == {"refused": 1, "held": 1, "done": 1}


def test_a_refused_event_may_be_discarded(bench, connection: Connection) -> None:
    put(connection, [event(1), event(2, [bottle(1)], CASE)])
    repository = Repository(poison=is_event(1))
    one = bench(repository)
    one.run()
    assert one.outbox.resolve(1, "discard", "boss")
    one.run()
    assert repository.ids == ids(2) and states(connection) == {"discarded": 1, "done": 1}
    assert one.outbox.status().accepted == 1
    with pytest.raises(ValueError, match="expected 'resend' or 'discard'"):
        one.outbox.resolve(1, "forget", "boss")  # type: ignore[arg-type]


def test_refused_again_after_a_resend_is_in_quarantine_again(bench, connection: Connection) -> None:
    one = bench(Repository(poison=is_event(1)), 1)
    one.run()
    one.outbox.resolve(1, "resend", "boss")
    one.run()
    assert states(connection) == {"refused": 1}
    assert connection.execute("SELECT resolved_by FROM quarantine").fetchone() == (None,)


def test_when_everything_is_refused_it_goes_slowly(bench, connection: Connection) -> None:
    one = bench(Repository(poison=lambda found: True), 60)
    one.run(until_s=300)
    assert 20 <= states(connection)["refused"] < 30
    assert one.outbox.status().problem == "refuses_all"


def test_an_event_that_cannot_be_read_is_set_aside(bench, connection: Connection) -> None:
    one = bench(Repository(), 3)
    connection.execute("DROP TRIGGER event_kept")
    connection.execute("UPDATE event SET schema_v=99 WHERE id=1")
    connection.execute("UPDATE event SET body=x'00' WHERE id=2")
    one.run()
    assert states(connection) == {"refused": 2, "done": 1}
    assert {found[0] for found in refusals(connection).values()} == {"unreadable"}


def test_an_event_that_breaks_the_server_is_found(bench, connection: Connection) -> None:
    repository = Repository(breaks=is_event(33))
    one = bench(repository, 50)
    one.run()
    assert sorted(repository.ids) == ids(*(number for number in range(1, 51) if number != 33))
    assert refusals(connection)[33][0] == "server_error"


def test_a_broken_server_is_no_event_s_fault(bench, connection: Connection) -> None:
    repository = Repository(breaks=lambda found: True)
    one = bench(repository, 50)
    one.run(until_s=3 * 3600)
    assert states(connection)["refused"] < 30 and one.outbox.status().link == "down"
    repository.breaks = lambda found: False
    one.run()
    assert sorted(repository.ids) == ids(*range(1, 51)) and states(connection) == {"done": 50}


def test_several_that_break_the_server_do_not_stop_the_others(bench, connection: Connection) -> None:
    """A server that answers 500 to what it does not like, five times in a row."""
    bad = (1, 2, 3, 4, 5)
    repository = Repository(breaks=is_event(*bad))
    one = bench(repository, 20)
    one.run()
    assert sorted(repository.ids) == ids(*range(6, 21)) and set(refusals(connection)) == set(bad)
    assert one.clock.passed_s < 3600


# --- too large --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("announced", [True, False])
def test_too_large_is_halved_and_remembered(bench, server: Served, announced: bool) -> None:
    repository = Repository(max_events=10)
    one = bench(repository, 100)

    def quiet(asked: Asked) -> object:
        said = repository(asked)
        if asked.method == "OPTIONS":
            return reply(204)
        return reply(413, **{"GS1-EPCIS-Capture-Limit": 10} if announced else {}) if b" 413 " in said[:20] else said

    server.answer(quiet)
    one.run()
    assert repository.ids == ids(*range(1, 101))
    before = len(repository.batches)
    assert before <= (11 if announced else 24)
    put(one.connection, [event(number) for number in range(101, 121)])
    one.start()
    one.run()
    assert max(map(len, repository.batches[before:])) <= 10


def test_a_single_event_that_is_too_large(bench, connection: Connection) -> None:
    put(connection, [event(1), event(2, [bottle(number) for number in range(100, 200)], CASE), event(3)])
    repository = Repository(max_bytes=2_000)
    bench(repository).run()
    assert repository.ids == ids(1, 3) and refusals(connection)[2][0] == "too_large"


# --- the server is away, busy, shut, or not ours ----------------------------------------------------------------------
def test_nobody_there_costs_nothing(connection: Connection, benches: list[Bench]) -> None:
    put(connection, [event(1), event(2)])
    one = Bench(connection, nobody())
    benches.append(one)
    one.run(until_s=3600)
    assert one.clock.waits[:11] == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], rel=0.01)
    assert states(connection) == {"pending": 2}
    assert connection.execute("SELECT max(tries) FROM outbox").fetchone()[0] == 0
    assert (one.outbox.status().link, one.outbox.status().problem) == ("down", "unreachable")


def test_credentials_refused_stop_everything_but_loses_nothing(bench, connection: Connection, server: Served) -> None:
    repository = Repository()
    one = bench(repository, 5)
    server.answer(lambda asked: reply(401, {"title": "token expired"}))
    one.run(until_s=3600)
    assert states(connection) == {"pending": 5} and len(server.asked) < 10
    status = one.outbox.status()
    assert (status.link, status.problem) == ("refused", "unauthorised") and "token expired" in status.detail
    server.answer(repository)
    assert one.step() > 0
    one.outbox.pace.hurry()
    one.run()
    assert repository.ids == ids(1, 2, 3, 4, 5) and one.outbox.status().link == "up"


@pytest.mark.parametrize(("said", "link", "problem"), [
    (reply(302, location="https://evil.example/"), "fenced", "hostile"),
    (reply(404), "down", "not_epcis"), (reply(405), "down", "not_epcis"),
    (reply(308, location="/x"), "down", "not_epcis"),
])
def test_not_our_server(bench, connection: Connection, server: Served, said: bytes, link: str, problem: str) -> None:
    repository = Repository()
    one = bench(repository, 5)
    server.answer(lambda asked: said)
    one.run(until_s=3600)
    assert (one.outbox.status().link, one.outbox.status().problem) == (link, problem)
    assert len(server.asked) < 20 and refusals(connection) == {}
    server.answer(repository)
    one.run()
    assert repository.ids == ids(1, 2, 3, 4, 5)


def test_a_busy_server_is_left_alone_as_long_as_it_asks(bench, server: Served) -> None:
    repository = Repository()
    one = bench(repository, 5)
    busy = iter([reply(429, retry_after="77"), reply(503, retry_after="99999")])
    server.answer(lambda asked: next(busy, None) or repository(asked) if asked.method == "POST" else repository(asked))
    one.run()
    assert repository.ids == ids(1, 2, 3, 4, 5)
    assert 77 in [round(wait) for wait in one.clock.waits] and max(one.clock.waits) == pytest.approx(3600)


def test_a_wrong_clock_changes_nothing(bench) -> None:
    repository = Repository(lose=first("POST /capture"))
    one = bench(repository, 10)
    one.step()
    for years in (10, -20, 3):
        one.clock.jump += timedelta(days=365 * years)
        one.clock.passed_s += one.step()
    one.run()
    assert repository.ids == ids(*range(1, 11)) and one.clock.passed_s < 60


# --- any mixture, killed anywhere -----------------------------------------------------------------------------------
@given(st.integers(0, 10**9))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_server_any_weather_killed_anywhere(tmp_path: Path, seed: int) -> None:
    """No event is lost, none is doubled, and only the bad ones are refused."""
    dice = random.Random(seed)
    bad = {number for number in range(1, 31) if dice.random() < 0.05}
    repository = Repository(
        dedupe=dice.choice(["none", "ignore", "conflict"]), created=dice.random() < 0.3, proceed=dice.random() < 0.3,
        names_offender=dice.random() < 0.5, jobs_take=dice.choice([0, 0, 2]), jobs_vanish=dice.random() < 0.1,
        poison=is_event(*bad) if bad else lambda found: False, max_events=dice.choice([3, 10, 10**9]))
    weather = dice.choice([0.0, 0.1, 0.3])

    def stormy(asked: Asked) -> object:
        if dice.random() < weather:
            return dice.choice([[], reply(503), reply(500), reply(429), reply(200, b"<html>"), b"\x00\r\n\r\n"])
        said = repository(asked)
        return [] if dice.random() < weather else said

    path = tmp_path / f"{len(list(tmp_path.glob('*.db')))}.db"
    connection = made(path)
    put(connection, [event(number) for number in range(1, 31)])
    clock = Clock()
    with served(stormy) as server:
        one = Bench(connection, server.url, clock, max_events=8)
        try:
            for _ in range(dice.randrange(4)):
                clock.fuse = dice.randrange(1, 120)
                try:
                    one.run()
                except Killed:
                    pass
                finally:
                    clock.fuse = -1
                    one.start()
            weather = 0.0
            one.run()
            # A whole storm of 500 may have blamed a good event: a person sends it again.
            for number in refusals(connection):
                if number not in bad:
                    one.outbox.resolve(number, "resend", "boss")
            one.run()
        finally:
            one.close()
            connection.close()
    assert sorted(repository.ids) == ids(*(number for number in range(1, 31) if number not in bad)), seed
