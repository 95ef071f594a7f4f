"""The end of the day: what the station wrote and what the server stored, against what is physically there."""
from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.e2e.line import goods
from tests.e2e.line.floor import Floor
from tests.e2e.line.station import ROOT, until
from tests.e2e.line.truth import Truth
from tests.unit.central.line import document

OURS = ROOT / "resources" / "schemas" / "station-events.schema.json"
OFFICIAL = ROOT.parent / "shared" / "epcis" / "gs1" / "EPCIS-JSON-Schema.json"
Event = dict[str, Any]
STALL_S = 360.0      # longer than the station ever waits between two tries


@cache
def _validator(file: Path) -> Any:
    return jsonschema_rs.validator_for(json.loads(file.read_text("utf-8")), validate_formats=True)


def check(floor: Floor, truth: Truth) -> dict[str, int]:
    """Raises AssertionError for the first difference; else what was compared, in numbers. Ends the station."""
    station = floor.station
    _synced(floor)
    _order(floor)
    assert station.end() == 0, station.told()
    ours = [event for event, in station.look("SELECT event_id FROM event")]
    events = floor.server.events()
    station_id = [each for each in events if str(each["readPoint"]["id"]).endswith("/254/LINE-7")]
    _once(ours, station_id)
    for event in station_id:
        _schema(event)
    parents, live, gone = folded(station_id)
    physical = truth.parents()
    assert parents == physical, _difference(parents, physical)
    assert not live & gone.keys(), "what ended lives"
    assert {*truth.ended} == {*gone}, ({*truth.ended} ^ {*gone})
    _labels(floor, truth)
    checked = station.command("verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return {"events": len(events), "bottles": sum(len(each.bottles) for each in truth.cases if not each.gone),
            "cases": sum(not each.gone for each in truth.cases), "pallets": len(truth.pallets), "ended": len(gone),
            "labels printed": len(floor.stickers), "station starts": station.starts}


def _synced(floor: Floor) -> None:
    """All is at the server. After outages the station tries seldom (5 min at most): the clerk says SYNC, and waits as
    long as fewer and fewer are left."""
    floor.scan("%ST:SYNC", "command_taken")

    def left() -> list[int]:
        return [int(floor.station.one("SELECT count(*) FROM outbox WHERE state<>'done'"))]

    count = left()
    while count != [0]:
        before = count
        count = until(lambda before=before: fewer if (fewer := left()) < before else None,
                      lambda: str(floor.station.rows("SELECT state, count(*) FROM outbox GROUP BY state")), STALL_S)


def _order(floor: Floor) -> None:
    stage = floor.station.rows("SELECT stage, reason FROM work_stage WHERE work_order=?", goods.ORDER)
    assert stage == [("closed", "")], f"closed at zero difference, without a reason: {stage}"
    for table in ("container", "queue", "loose"):
        left = floor.station.rows(f"SELECT * FROM {table} WHERE work_order=?", goods.ORDER)
        assert not left, (table, left)


def _once(ours: list[str], stored: list[Event]) -> None:
    """Each event of the station is at the server exactly once, and no other."""
    assert len(ours) == len({*ours})
    counts = Counter(event["eventID"] for event in stored)
    assert {*counts} == {*ours}, (len({*ours} - {*counts}), "are missing,", len({*counts} - {*ours}), "are strange")
    assert not [each for each, count in counts.items() if count > 1]


def _schema(event: Event) -> None:
    """Ours says what a station may send; the official one also takes the time at which the server stored it."""
    sent = {key: value for key, value in event.items() if key != "recordTime"}
    for file, told in ((OURS, sent), (OFFICIAL, event)):
        if file.is_file():
            errors = [error.message for error in _validator(file).iter_errors(document(told))]
            assert not errors, (file.name, errors, event)


def folded(events: list[Event]) -> tuple[dict[str, str], set[str], dict[str, str]]:
    """(child → parent, live objects, ended objects → step) that these events come to, in the order of the station."""
    parents: dict[str, str] = {}
    live: set[str] = set()
    gone: dict[str, str] = {}
    for event in events:
        add = event["action"] == "ADD"
        if event["type"] == "AggregationEvent":
            parent, children = event["parentID"], event.get("childEPCs", [])
            if add:
                assert children and parent in live, (parent, "holds something and never lived", event)
                for child in children:
                    assert child in live, (child, "is packed and never lived", event)
                    assert child not in parents, (child, "is in", parents[child], event)
                    parents[child] = parent
            else:
                children = children or [child for child, of in parents.items() if of == parent]
                for child in children:
                    assert parents.pop(child, None) == parent, (child, "was not in", parent, event)
        elif event["type"] == "ObjectEvent" and event["action"] != "OBSERVE":
            for epc in event["epcList"]:
                if add:
                    assert epc not in live and epc not in gone, (epc, "is made live twice", event)
                    live.add(epc)
                else:
                    assert epc in live, (epc, "ends and never lived", event)
                    assert epc not in parents, (epc, "ends inside of", parents.get(epc), event)
                    live.discard(epc)
                    gone[epc] = event["bizStep"]
    return parents, live, gone


def _difference(server: dict[str, str], physical: dict[str, str]) -> str:
    return str([(child, server.get(child), physical.get(child)) for child in {*server, *physical}
                if server.get(child) != physical.get(child)][:10])


def _labels(floor: Floor, truth: Truth) -> None:
    """Each label that came out of the printer was ordered here; each order is confirmed or void by now."""
    jobs = floor.station.look("SELECT epc, state FROM print_job")
    open_jobs = [each for each in jobs if each[1] not in ("confirmed", "void")]
    assert not open_jobs, open_jobs
    known = {epc.rpartition("/")[2] for epc, _ in jobs}
    assert {each for each in floor.stickers if each} <= known, "a label that nobody ordered"
    stuck = [each.label for each in truth.cases if not each.gone] + [each.label for each in truth.pallets]
    confirmed = {epc for epc, state in jobs if state == "confirmed"}
    printed = [each for each in stuck if "/00/" in each]
    assert {*printed} <= confirmed, "a label counts that was never scanned back"
