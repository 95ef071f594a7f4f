"""Error declarations at the real training server: each once behind its event, in every way of it; the goods follow."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

from app.domain.events import Act, Action, Declaration, Event, Stamp, Type
from app.store.database import Connection
from tests.e2e.hurried import Hurried
from tests.e2e.test_sync import SITE, _named
from tests.e2e.training_server import Running
from tests.unit.central.line import uuid7
from tests.unit.sync.stock import START, put, refusals, states

LOST = {"drop": True, "when": "after", "times": 2, "only": ["capture"]}
WAYS: list[dict[str, Any]] = [
    {}, {"dedupe": "none"}, {"dedupe": "conflict-batch"}, {"dedupe": "conflict-event"}, {"dedupe": "per-event-report"},
    {"synchronous": True}, {"lose_jobs": True}]
_numbers = count(1)


def mistaken(connection: Connection) -> tuple[str, list[Event]]:
    """An object made live, shipped by mistake, the shipment declared wrong, and shipped to whom it was meant for."""
    epc = f"https://q.brand.example/c/E{next(_numbers):013d}"

    def event(step: str, action: Action, disposition: str, document: str) -> Event:
        number = next(_numbers)
        stamp = Stamp(uuid7(2 * 10**9 + number), START + timedelta(seconds=number), 480, "LINE-1",
                      f"{SITE}/254/LINE-1", SITE, "op-lina", 1, number)
        return Event(Act(Type.OBJECT, action, step, (epc,), disposition, in_place=step != "shipping",
                         extra=(("document", document),)), stamp)

    live, wrong = (event("commissioning", Action.ADD, "active", "S1"),
                   event("shipping", Action.OBSERVE, "in_transit", "S1"))
    right = event("shipping", Action.OBSERVE, "in_transit", "S2")
    told = Declaration(START + timedelta(seconds=next(_numbers)), "incorrect_data", (right.stamp.event_id,),
                       (("declaredBy", "sv-wang"), ("entry", right.stamp.seq + 10**6)))
    events = [live, wrong, replace(wrong, declaration=told), right]
    put(connection, events)
    return epc, events


def state(server: Running, epc: str) -> dict[str, Any]:
    answer = server.http.get(f"/epcs/{quote(epc, safe='')}/state")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("weather", [{}, LOST], ids=_named)
@pytest.mark.parametrize("ways", WAYS, ids=_named)
def test_a_declaration_is_stored_once_beside_its_event(
    connection: Connection, server: Running, hurried: Callable[..., Hurried], ways: dict[str, Any],
    weather: dict[str, Any],
) -> None:
    epc, (live, wrong, declared, right) = mistaken(connection)
    server.mode(**ways, **weather)
    status = hurried().run()
    assert (status.accepted, status.refused) == (4, 0) and states(connection) == {"done": 4}
    server.http.delete("/training/mode")
    both = server.found(EQ_eventID=wrong.stamp.event_id)
    assert ["errorDeclaration" in each for each in both] == [False, True]
    assert both[1]["errorDeclaration"]["correctiveEventIDs"] == [right.stamp.event_id]
    plain = {key: value for key, value in both[1].items() if key not in ("errorDeclaration", "recordTime")}
    assert plain == {key: value for key, value in both[0].items() if key != "recordTime"}
    assert server.copies({"eventID": live.stamp.event_id}) == server.copies({"eventID": right.stamp.event_id}) == 1
    told = state(server, epc)
    assert told["lastEvent"]["eventID"] == right.stamp.event_id and told["disposition"] == "in_transit"


def test_without_anything_in_its_place_the_goods_are_as_before(
    connection: Connection, server: Running, hurried: Callable[..., Hurried],
) -> None:
    epc, events = mistaken(connection)
    never = replace(events[3], declaration=Declaration(START + timedelta(days=1), "did_not_occur", (),
                                                       (("declaredBy", "sv-wang"), ("entry", 10**7 + next(_numbers)))))
    put(connection, [never])
    assert hurried().run().accepted == 5
    told = state(server, epc)
    assert (told["disposition"], told["lastEvent"]["bizStep"]) == ("active", "commissioning")


@pytest.mark.parametrize(("ways", "reason"), [({}, "declaration_lost"), ({"dedupe": "conflict-batch"}, "conflict"),
                                              ({"dedupe": "per-event-report"}, "declaration_lost")])
def test_a_server_that_knows_no_declarations_is_told_to_a_person(
    connection: Connection, server: Running, hurried: Callable[..., Hurried], ways: dict[str, Any], reason: str,
) -> None:
    _, events = mistaken(connection)
    server.mode(blind=True, **ways)
    status = hurried().run()
    assert status.refused == 1 and [found[0] for found in refusals(connection).values()] == [reason]
    assert len(server.found(EQ_eventID=events[1].stamp.event_id)) == 1
