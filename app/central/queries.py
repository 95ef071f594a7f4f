"""Queries: EPCIS 2.0 parameters to SQL, page by page. A parameter that is not known is refused, never passed over."""
from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.central.answers import CONTEXT, NAMESPACE, Problem, Refused
from app.central.database import Connection
from app.central.jobs import moment
from app.central.ledger import millis

PER_PAGE, MOST_PER_PAGE, MOST_BYTES = 30, 1000, 4_000_000
Clause = tuple[str, object]

_IN = "IN (SELECT value FROM json_each(?))"
_LISTS = {        # parameter → condition over a list of values, split by |
    "eventType": f"type {_IN}", "EQ_action": f"action {_IN}", "EQ_bizStep": f"biz_step {_IN}",
    "EQ_disposition": f"disposition {_IN}", "EQ_readPoint": f"read_point {_IN}", "EQ_eventID": f"event_id {_IN}",
    **{name: f"id IN (SELECT link.event FROM link JOIN object ON object.id = link.object "
             f"WHERE {role} AND object.epc {_IN})"
       for name, role in (("MATCH_epc", "role = 1"), ("MATCH_parentID", "role = 2"), ("MATCH_anyEPC", "role > 0"))},
}
_TIMES = {"GE_eventTime": "at >= ?", "LT_eventTime": "at < ?", "GE_recordTime": "recorded >= ?",
          "LT_recordTime": "recorded < ?"}


@dataclass(frozen=True, slots=True)
class Query:
    clauses: tuple[Clause, ...]
    per_page: int
    after: int           # the row that the page before ended with


def parsed(parameters: Iterable[tuple[str, str]]) -> Query:
    """The query a URL asks. Raises Refused (400) naming the parameter and what was expected."""
    clauses: list[Clause] = []
    paging: dict[str, str] = {}
    for name, value in parameters:
        if name in _LISTS:
            clauses.append((_LISTS[name], json.dumps(value.split("|"))))
        elif name in _TIMES:
            clauses.append((_TIMES[name], _value(name, value, millis, "a time with its zone, 2027-11-30T00:15:30Z")))
        elif name == "EXISTS_errorDeclaration":
            if _value(name, value, {"true": True, "false": False}.__getitem__, "true or false"):
                clauses.append(("declared = ?", 1))
        elif name in ("perPage", "nextPageToken"):
            paging[name] = value
        else:
            raise _unclear(f"{name}: this parameter is not known here; known are "
                           f"{', '.join([*_LISTS, *_TIMES, 'EXISTS_errorDeclaration', 'perPage', 'nextPageToken'])}")
    return Query(tuple(clauses), *page(paging))


def page(parameters: dict[str, str]) -> tuple[int, int]:
    """perPage (a larger one than served is cut) and the place that nextPageToken stands for. Raises Refused."""
    per_page, after = PER_PAGE, 0
    if "perPage" in parameters:
        wanted = _value("perPage", parameters["perPage"], _positive, "a whole number of at least 1")
        per_page = min(wanted, MOST_PER_PAGE)
    if "nextPageToken" in parameters:
        after = _value("nextPageToken", parameters["nextPageToken"], _place, "the token of a Link header")
    return per_page, after


def token(place: int) -> str:
    return base64.urlsafe_b64encode(f"p{place}".encode()).decode().rstrip("=")


def run(connection: Connection, query: Query, lag_s: float) -> tuple[list[dict[str, Any]], int]:
    """One page of events as they were captured, with their recordTime, and the place to go on from (0: no more)."""
    where = ["id > ?", "recorded <= ?", *(sql for sql, _ in query.clauses)]
    values = [query.after, int((time.time() - lag_s) * 1000), *(value for _, value in query.clauses)]
    rows = connection.execute(f"SELECT id, recorded, body FROM event WHERE {' AND '.join(where)} ORDER BY id LIMIT ?",
                              (*values, query.per_page + 1))
    events: list[dict[str, Any]] = []
    size, last = 0, query.after
    for number, recorded, body in rows:
        size += len(body)
        if len(events) == query.per_page or (events and size > MOST_BYTES):
            return events, last
        event = json.loads(body)
        events.append({"type": event["type"], "eventID": event["eventID"], "recordTime": moment(recorded), **event})
        last = number
    return events, 0


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a query, as the standard has it."""
    return {
        "@context": [CONTEXT, {"ocs": NAMESPACE}], "type": "EPCISQueryDocument", "schemaVersion": "2.0",
        "creationDate": moment(int(time.time() * 1000)),
        "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}},
    }


def counts(connection: Connection) -> dict[str, Any]:
    """What is stored, to hold against what stations say they sent. `copies` are equal keys stored again."""
    total, distinct, wrong = connection.execute(
        "SELECT count(*), count(DISTINCT event_id || declared), ifnull(sum(declared), 0) FROM event").fetchone()
    stations = connection.execute(
        "SELECT station, epoch, count(*), count(DISTINCT event_id || declared), min(seq), max(seq) FROM event "
        "GROUP BY station, epoch ORDER BY station, epoch")
    jobs = connection.execute("SELECT count(*), ifnull(sum(finished IS NULL), 0), "
                              "ifnull(sum(finished IS NOT NULL AND NOT success), 0) FROM job").fetchone()
    return {
        "events": total, "distinct": distinct, "copies": total - distinct, "errorDeclarations": wrong,
        "jobs": {"all": jobs[0], "open": jobs[1], "failed": jobs[2]},
        "stations": [{"station": row[0], "epoch": row[1], "events": row[2], "distinct": row[3],
                      "firstSeq": row[4], "lastSeq": row[5]} for row in stations],
    }


def _value(name: str, text: str, read: Callable[[str], Any], expected: str) -> Any:
    try:
        return read(text)
    except (ValueError, KeyError, OverflowError) as error:
        raise _unclear(f"{name}: expected {expected}, got {text[:100]!r}") from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _place(text: str) -> int:
    plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    if not plain.startswith("p") or not 0 < (place := int(plain[1:])) < 2**62:
        raise ValueError(text)
    return place


def _unclear(detail: str) -> Refused:
    return Refused(Problem(400, "QueryParameterException", detail))
