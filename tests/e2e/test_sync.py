"""The station's sync against the real training server in its own process: each event once, in every weather."""
from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.domain.events import Act, Action, Event, Stamp, Type
from app.messages import MasterChanged
from app.settings import ServerSection
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.registry import Registry
from app.sync import Sync
from tests.e2e.hurried import Hurried
from tests.e2e.training_server import ROOT, Running, running
from tests.unit.central.line import uuid7
from tests.unit.sync.stock import START, put, refusals, states

SITE = "https://id.gs1.org/414/6901234000009"
_numbers = count(1)


def written(connection: Connection, *acts: tuple[Type, Action, str, list[str], str, str]) -> list[Event]:
    """Events in the outbox, as the station leaves them, under numbers that no other test uses."""
    events = []
    for kind, action, step, epcs, disposition, parent in acts:
        number = next(_numbers)
        stamp = Stamp(uuid7(10**9 + number), START, 480, "LINE-1", f"{SITE}/254/LINE-1", SITE, "op-lina", 1, number)
        events.append(Event(Act(kind, action, step, tuple(epcs), disposition, parent), stamp))
    put(connection, events)
    return events


def live(epcs: list[str]) -> tuple[Type, Action, str, list[str], str, str]:
    return Type.OBJECT, Action.ADD, "commissioning", epcs, "active", ""


def cases(connection: Connection, many: int, bottles: int = 6) -> list[Event]:
    """Packed cases: three events each, in the order of the line."""
    acts = []
    for _ in range(many):
        epcs = [f"https://q.brand.example/b/S{next(_numbers):013d}" for _ in range(bottles)]
        label = f"https://q.brand.example/c/S{next(_numbers):013d}"
        acts += [live(epcs), live([label]), (Type.AGGREGATION, Action.ADD, "packing", epcs, "in_progress", label)]
    return written(connection, *acts)


def copies(server: Running, events: list[Event]) -> dict[str, int]:
    """How often the server has each event."""
    ids = [event.stamp.event_id for event in events]
    found: dict[str, int] = dict.fromkeys(ids, 0)
    for at in range(0, len(ids), 100):
        for event in server.found(EQ_eventID="|".join(ids[at : at + 100]), perPage="1000"):
            found[event["eventID"]] += 1
    return found


def each_once(server: Running, events: list[Event]) -> bool:
    return set(copies(server, events).values()) == {1}


# --- the good days --------------------------------------------------------------------------------------------------
def test_cases_and_master_data(tmp_path: Path, connection: Connection, server: Running) -> None:
    events = cases(connection, 20)
    heard: list[object] = []
    status = Sync(tmp_path / "station.db", ServerSection(url=server.url), heard.append).once()
    assert (status.link, status.problem, status.queued, status.accepted, status.refused) == ("up", "", 0, 60, 0)
    assert each_once(server, events) and any(isinstance(each, MasterChanged) for each in heard)
    have = Catalogue(connection)
    assert {each.id for each in have.products()} == {"MILK-250", "JUICE-1L"} and have.count_aside() == 0
    assert have.documents("receive", "open") and have.orders("open") and have.people() and have.gtins()
    assert not Registry(connection).empty()
    assert connection.execute("SELECT count(*) FROM object WHERE status='announced'").fetchone()[0] == 29


def test_a_token_is_asked_for(tmp_path: Path, connection: Connection) -> None:
    cases(connection, 1)
    with running(tmp_path / "home", "--token", "secret-of-the-line") as guarded:
        wrong = Sync(tmp_path / "station.db", ServerSection(url=guarded.url, token="other"), lambda _: None).once()
        assert (wrong.link, wrong.problem, wrong.queued) == ("refused", "unauthorised", 3)
        right = ServerSection(url=guarded.url, token="secret-of-the-line", gzip=True)
        assert Sync(tmp_path / "station.db", right, lambda _: None).once().accepted == 3


# --- bad days -------------------------------------------------------------------------------------------------------
FAIR: dict[str, Any] = {}
LOST = {"drop": True, "when": "after", "times": 2, "only": ["capture"]}
WAYS: list[dict[str, Any]] = [
    {}, {"dedupe": "none"}, {"dedupe": "conflict-batch"}, {"dedupe": "conflict-event"}, {"dedupe": "per-event-report"},
    {"synchronous": True}, {"check": "request"}, {"lose_jobs": True}, {"job_delay_s": 0.2}, {"absolute_location": True},
    {"max_events": 7}, {"max_bytes": 4000, "announce_limits": False}, {"query_lag_s": 0.03, "dedupe": "none"},
]
WEATHERS: list[dict[str, Any]] = [
    FAIR, LOST, {**LOST, "when": "before"}, {"status": 503, "times": 2},
    {"status": 500, "when": "after", "times": 2, "only": ["capture"]}, {"status": 429, "retry_after": "1", "times": 2},
    {"status": 401, "times": 1}, {"slow_s": 0.7, "times": 2},
    *({"garble": kind, "times": 2} for kind in ("html", "rubbish", "empty")),
    *({"garble": kind, "times": 1} for kind in ("huge", "redirect")),
    {"garble": "truncated", "times": 2, "only": ["job", "events"]},
]
MIXED = [*((ways, weather) for ways in WAYS for weather in (FAIR, LOST)),
         *((ways, weather) for ways in ({"dedupe": "none"}, {"dedupe": "conflict-batch"}) for weather in WEATHERS[2:])]


def _named(value: dict[str, Any]) -> str:
    return ",".join(f"{key}={each}" for key, each in value.items()) or "plain"


@pytest.mark.parametrize(("ways", "weather"), MIXED, ids=_named)
def test_any_way_and_any_weather(
    connection: Connection, server: Running, hurried: Callable[..., Hurried], ways: dict[str, Any],
    weather: dict[str, Any],
) -> None:
    events = cases(connection, 5)
    server.mode(**ways, **weather)
    status = hurried().run()
    assert (status.accepted, status.refused) == (15, 0) and states(connection) == {"done": 15}
    server.http.delete("/training/mode")
    assert each_once(server, events)


@pytest.mark.parametrize("ways", [{}, {"check": "request"}, {"synchronous": True}, {"name_events": False}], ids=_named)
def test_what_the_server_refuses_is_kept_for_a_person(
    connection: Connection, server: Running, hurried: Callable[..., Hurried], ways: dict[str, Any],
) -> None:
    """A case that was never made live: it and what hangs on it waits; the rest of the shift arrives."""
    good = cases(connection, 10)
    label, pallet = (f"https://q.brand.example/c/S{next(_numbers):013d}" for _ in range(2))
    bad = written(connection, (Type.OBJECT, Action.OBSERVE, "no_such_step", [label], "in_progress", ""))
    held = written(connection, (Type.AGGREGATION, Action.ADD, "packing", [label], "in_progress", pallet))
    more = cases(connection, 10)
    server.mode(**ways)
    one = hurried()
    status = one.run()
    assert (status.accepted, status.refused, status.queued) == (60, 1, 1)
    assert each_once(server, good + more) and set(copies(server, bad + held).values()) == {0}
    (reason, problem), = refusals(connection).values()
    assert reason == "refused" and "no_such_step" in problem
    number = connection.execute("SELECT event FROM outbox WHERE state='refused'").fetchone()[0]
    assert one.outbox.resolve(number, "discard", "sv-wangqiang")
    assert states(connection) == {"done": 60, "discarded": 1, "pending": 1}


def test_killed_again_and_again(tmp_path: Path, connection: Connection, server: Running) -> None:
    """The real process, killed without warning, against a server that stores whatever comes, as often as it comes."""
    events = cases(connection, 300, bottles=2)
    server.mode(dedupe="none", job_delay_s=0.01)
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from app.settings import ServerSection
        from app.sync import Sync
        server = ServerSection(url=sys.argv[2], query_lag_s=0.2, max_events=20)
        print("begun", flush=True)
        ended = Sync(Path(sys.argv[1]), server, lambda _notice: None).once(60)
        sys.exit(0 if ended.queued + ended.in_flight == 0 else 1)
    """)
    dice, kills = random.Random(7), 0
    while True:
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "station.db"), server.url], cwd=ROOT,
                                   stdout=subprocess.PIPE)
        assert process.stdout and process.stdout.readline() == b"begun\n"
        try:
            code = process.wait(dice.uniform(0.3, 0.8) if kills < 5 else 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            kills += 1
            continue
        finally:
            process.stdout.close()
        assert code == 0
        break
    assert kills > 1 and states(connection) == {"done": 900}
    assert each_once(server, events)
