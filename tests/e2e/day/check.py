"""The end of the day: stations, server and the script's own account have to say the same of everything."""
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx

from app.domain.events import DECLARED
from app.store.database import open_reader
from app.store.stock_view import ALL, StockView
from tests.e2e.day.goods import BREWERY, SITES, paper
from tests.e2e.day.model import Model
from tests.e2e.day.play import Clerk, Day
from tests.e2e.day.told import Told
from tests.e2e.line.station import until

Event = dict[str, Any]
STALL_S = 360.0              # longer than a station ever waits between two tries
ENDED = ("destroyed", "inactive")
TOLD = ("in_transit", "returned", "recalled", "non_sellable_other", *ENDED)
FOUND = ("non_sellable_other", "conformant", "non_conformant")     # what an inspection says, wherever the goods are


def check(day: Day) -> dict[str, int]:
    """Raises AssertionError for the first difference; else what was compared, in numbers. Ends the stations."""
    for clerk in day.clerks.values():
        _synced(clerk, day.plan.models[clerk.id])
    events = [each for each in day.server.events() if BREWERY not in str(each["readPoint"]["id"])]
    told: dict[str, Told] = {}
    found = Counter({"events": len(events)})
    for id, clerk in day.clerks.items():
        assert clerk.station.end() == 0, clerk.station.told()
        mine = [event for event in events if str(event["readPoint"]["id"]).endswith(f"/254/{id}")]
        _once(clerk, mine)
        told[id] = Told(mine, day.plan.documents)
        model = day.plan.models[id]
        _stock(clerk, model, told[id])
        _documents(clerk, model, told[id])
        found["units"] += sum(model.stock().values())
    assert sum(len(clerk.station.look("SELECT 1 FROM event")) for clerk in day.clerks.values()) == len(events)
    _whole(day)
    _totals(day, told)
    _one_place(told)
    found["objects"] = _states(day)
    return dict(found)


def _synced(clerk: Clerk, model: Model) -> None:
    """All is at the server, and it has answered; a station that was away for long tries seldom, so the clerk says
    SYNC."""
    clerk.scan("%ST:SYNC")
    until(lambda: not clerk.station.rows("SELECT 1 FROM provisional WHERE answer=''"),
          lambda: str(clerk.station.rows("SELECT * FROM provisional")), STALL_S)
    assert dict(clerk.station.rows("SELECT epc, answer FROM provisional")) == model.answers

    def left() -> list[int]:
        return [int(clerk.station.one("SELECT count(*) FROM outbox WHERE state<>'done'"))]
    count = left()
    while count != [0]:
        before = count
        count = until(lambda before=before: fewer if (fewer := left()) < before else None,
                      lambda: str(clerk.station.rows("SELECT state, count(*) FROM outbox GROUP BY state")), STALL_S)
    assert not clerk.station.rows("SELECT event, reason, problem FROM quarantine")


def _whole(day: Day) -> None:
    """What the stations say of themselves."""
    asked = [(clerk, words) for clerk in day.clerks.values() for words in (("verify",), ("stock", "--check"))]
    with ThreadPoolExecutor(2) as both:
        for (clerk, words), said in zip(asked, both.map(lambda each: each[0].station.command(*each[1]), asked),
                                        strict=True):
            assert said.returncode == 0, (clerk.id, words, said.stdout + said.stderr)


def _once(clerk: Clerk, stored: list[Event]) -> None:
    """Each event and each declaration of the station is at the server exactly once, and no other."""
    ours = [key for key, in clerk.station.look("SELECT event_id FROM event")]
    counts = Counter(each["eventID"] + (DECLARED if "errorDeclaration" in each else "") for each in stored)
    assert counts == Counter(ours), (Counter(ours) - counts, counts - Counter(ours))


def _stock(clerk: Clerk, model: Model, told: Told) -> None:
    """By product, batch, date, status, place and partner: the script, the station and the server's events."""
    expected = model.stock()
    connection = open_reader(clerk.home / "station.db")
    try:
        view = StockView(connection, "en", datetime.now().astimezone().date())
        said = Counter({tuple(row[:6]): row[6] for row in view.details(ALL)})
    finally:
        connection.close()
    assert said == expected, ("station", clerk.id, "more", said - expected, "less", expected - said)
    assert told.stock() == expected, ("server", clerk.id, "more", told.stock() - expected,
                                      "less", expected - told.stock())


def _documents(clerk: Clerk, model: Model, told: Told) -> None:
    """Line by line what the script says; document by document what the server's events say."""
    expected = +model.done
    lines: Counter[tuple[str, int]] = Counter()
    for name, line, units in clerk.station.look(
            "SELECT document, line, sum(quantity) FROM document_object GROUP BY 1, 2"):
        lines[paper(name), line] += units
    lines = Counter({key: units for key, units in lines.items() if units})
    assert lines == expected, (clerk.id, "more", lines - expected, "less", expected - lines)
    joint = {name: names for names in told.done for name in names}
    sums: Counter[tuple[str, ...]] = Counter()
    for (name, _), units in expected.items():
        sums[joint.get(name, (name,))] += units
    assert +told.done == sums, (clerk.id, "more", +told.done - sums, "less", sums - told.done)


def _totals(day: Day, told: dict[str, Told]) -> None:
    """Both stations together never did more of a line than the document asks for, and the server knows it all."""
    both: Counter[tuple[str, int]] = Counter()
    for model in day.plan.models.values():
        both += +model.done
    for (name, line), units in both.items():
        asked = day.plan.documents.get(name, {"lines": ()})              # for a loss nobody asked
        lines = {each["line"]: each["quantity"] for each in asked["lines"]}
        assert not lines or units <= lines[line], (name, line, units, lines)
    at_server = sum(sum((+each.done).values()) for each in told.values())
    assert at_server == sum(both.values()), (at_server, sum(both.values()))


def _one_place(told: dict[str, Told]) -> None:
    """No object stands in two houses."""
    seen: dict[str, str] = {}
    for id, each in told.items():
        for epc in (*each.here, *each.parent):
            if each.here[each.top(epc)].location:
                assert seen.setdefault(epc, id) == id, (epc, seen[epc], id)


def _states(day: Day) -> int:
    """What the server answers for each object that was ever moved: life, parent and whereabouts. How many."""
    count = 0
    with httpx.Client(base_url=day.server.url, timeout=60, trust_env=False) as client:
        for model in day.plan.models.values():
            for outer, place in model.here.items():
                if place.partner in SITES.values():      # the other house tells
                    continue
                for epc in model.tree(outer):
                    state = client.get(f"/epcs/{epc}/state").json()
                    assert (state["parent"], state["outermost"], state["alive"]) == (
                        model.parent.get(epc, ""), outer, True), (epc, state)
                    count += 1
                    if epc == outer:
                        left = state["lastEvent"]["bizStep"] == "shipping"
                        said = "in_transit" if left else state["disposition"]
                        # A diverted return was inspected; what the server does not know, or was not whole, is held.
                        held = said in FOUND and (place.status == "in_transit" or epc in model.held)
                        assert held or said == place.status or not {said, place.status} & {*TOLD}, (epc, state, place)
            for epc, fate in model.ended.items():
                state = client.get(f"/epcs/{epc}/state").json()
                if state.get("lastEvent"):
                    assert (state["alive"], state["disposition"]) == (False, fate), (epc, state)
                    count += 1
    return count
