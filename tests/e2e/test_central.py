"""The training server over real sockets: the standard's ways, real servers' ways, and faults on purpose."""
from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest

from tests.e2e.training_server import ROOT, Running, problem, running, wait_for
from tests.unit.central.line import Event, Line, document, wrong

OFFICIAL = ROOT.parent / "shared" / "epcis" / "gs1" / "EPCIS-JSON-Schema.json"
JSON = {"Content-Type": "application/json"}
_starts = count(1)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central") / "home") as server:
        yield server


@pytest.fixture
def server(shared_server: Running) -> Iterator[Running]:
    """The one server of this file, with its switches as at the start; each test has a line of its own."""
    yield shared_server
    assert shared_server.http.delete("/training/mode").status_code == 200


@pytest.fixture
def line() -> Line:
    return Line(10_000 + next(_starts))


# --- the standard -------------------------------------------------------------------------------------------------
def test_options_tell_limits_and_versions(server: Running) -> None:
    answer = server.http.options("/capture")
    assert answer.status_code == 204 and answer.content == b""
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == "500"
    assert answer.headers["GS1-EPCIS-Capture-File-Size-Limit"] == "1000000"
    assert answer.headers["GS1-Capture-Error-Behaviour"] == "all" and answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert "POST" in answer.headers["Allow"] and "date" in answer.headers


def test_a_case_is_captured_and_found(server: Running, line: Line) -> None:
    case, bottles, events = line.case(24)
    answer = server.capture(*events)
    assert answer.headers["Location"].startswith("/capture/") and answer.headers["GS1-CBV-Version"] == "2.0.0"
    job = server.job(answer)
    assert job["success"] and job["captureErrorBehaviour"] == "rollback" and job["finishedAt"] >= job["createdAt"]
    assert [event["bizStep"] for event in server.found(MATCH_anyEPC=bottles[5])] == ["commissioning", "packing"]
    packed = server.found(MATCH_epc=bottles[5], EQ_bizStep="packing")[0]
    assert packed.pop("recordTime").endswith("Z") and packed == events[2]
    state = server.http.get(f"/epcs/{quote(bottles[5], safe='')}/state").json()
    assert state["parent"] == case and state["lastEvent"]["eventID"] == events[2]["eventID"]


@pytest.mark.skipif(not OFFICIAL.is_file(),
                    reason="the official EPCIS schema (../shared/epcis) is not beside this copy of the project")
def test_what_a_query_gives_passes_the_official_schema(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    server.kept(event, line.commission(line.epcs("c")))
    server.kept(wrong(event))
    check = jsonschema_rs.validator_for(json.loads(OFFICIAL.read_text("utf-8")), validate_formats=True)
    for answer in (server.http.get("/events"), server.http.get(f"/events/{event['eventID']}")):
        assert [error.message for error in check.iter_errors(answer.json())] == []


def test_an_error_declaration_stands_beside_its_event(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    server.kept(event)
    server.kept(wrong(event))
    answer = server.http.get(f"/events/{event['eventID']}")
    both = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in each for each in both] == [False, True]
    assert len(server.found(EQ_eventID=event["eventID"], EXISTS_errorDeclaration="true")) == 1
    assert len(server.found(EQ_eventID=event["eventID"], EXISTS_errorDeclaration="false")) == 2


def test_rollback_and_proceed(server: Running, line: Line) -> None:
    good, bad = line.commission(line.epcs("b")), line.pack(line.epcs("c")[0], line.epcs("b"))
    job = server.job(server.capture(good, bad))
    assert not job["success"] and job["errors"][0]["instance"] == bad["eventID"] and server.copies(good) == 0
    job = server.job(server.capture(good, bad, **{"GS1-Capture-Error-Behaviour": "proceed"}))
    assert not job["success"] and job["captureErrorBehaviour"] == "proceed" and server.copies(good) == 1
    assert "rollback or proceed" in problem(server.capture(good, **{"GS1-Capture-Error-Behaviour": "all"}), 400,
                                            "ValidationException")


def test_one_event_at_a_time(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    bare = {"@context": document()["@context"], **event}
    answer = server.http.post("/events", json=bare)
    assert answer.status_code == 201 and answer.json() == event
    assert server.http.get(answer.headers["Location"]).status_code == 200
    assert "stored already" in problem(server.http.post("/events", json=bare), 409, "ResourceAlreadyExistsException")
    assert "@context" in problem(server.http.post("/events", json=event), 400, "ValidationException")
    problem(server.http.get("/events/urn:uuid:01a9817f-b4b8-7fff-8fff-264c7298bee4"), 404, "NoSuchResourceException")
    problem(server.http.get("/epcs/urn%3Ax%3A1/state"), 404, "NoSuchResourceException")


def test_pages_by_the_link_header(server: Running, line: Line) -> None:
    events = [line.commission(line.epcs("b")) for _ in range(5)]
    server.kept(*events)
    url, seen = f"/events?perPage=2&EQ_eventID={quote('|'.join(each['eventID'] for each in events))}", []
    while url:
        answer = server.http.get(url)
        seen += [each["eventID"] for each in answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        url = link[1] if link else ""
    assert seen == [each["eventID"] for each in events]


def test_jobs_are_listed_in_pages(server: Running, line: Line) -> None:
    for _ in range(3):
        server.kept(line.commission(line.epcs("b")))
    url, jobs = "/capture?perPage=2", []
    while url:
        answer = server.http.get(url)
        jobs += answer.json()
        url = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert len(jobs) >= 3 and len({job["captureID"] for job in jobs}) == len(jobs)


@pytest.mark.parametrize("query", [{"EQ_station": "1"}, {"perPage": "x"}, {"GE_eventTime": "2027"}])
def test_a_query_that_is_not_understood_is_refused(server: Running, query: dict[str, str]) -> None:
    assert next(iter(query)) in problem(server.http.get("/events", params=query), 400, "QueryParameterException")


def test_a_query_that_is_too_long_is_refused(server: Running) -> None:
    problem(server.http.get("/events", params={"EQ_eventID": "x" * 33_000}), 414, "URITooLongException")


def test_queries_by_time_place_and_kind(server: Running, line: Line) -> None:
    early = line.commission(line.epcs("b"), eventTime="2020-01-01T00:00:00.000Z")
    late = line.observe("holding", "damaged", early["epcList"], eventTime="2020-01-02T00:00:00.000Z")
    server.kept(early, late)
    window = {"GE_eventTime": "2020-01-01T00:00:00Z", "LT_eventTime": "2020-01-02T00:00:00Z"}
    assert [each["eventID"] for each in server.found(**window)] == [early["eventID"]]
    assert [each["eventID"] for each in server.found(LT_eventTime="2020-02-01T00:00:00Z", EQ_action="OBSERVE",
            EQ_disposition="damaged", eventType="ObjectEvent|AggregationEvent",
            EQ_readPoint=late["readPoint"]["id"])] == [late["eventID"]]
    assert server.found(LT_recordTime="2020-01-01T00:00:00Z") == []


def test_objects_are_matched_in_the_part_they_play(server: Running, line: Line) -> None:
    case, bottles, events = line.case()
    opened = line.unpack(case)
    server.kept(*events, opened)

    def steps(name: str, epc: str) -> list[str]:
        return [each["bizStep"] for each in server.found(**{name: epc})]
    assert steps("MATCH_epc", case) == ["commissioning"]
    assert steps("MATCH_parentID", case) == ["packing", "unpacking"]
    assert steps("MATCH_anyEPC", case) == ["commissioning", "packing", "unpacking"]
    assert steps("MATCH_parentID", bottles[0]) == []
    assert steps("MATCH_anyEPC", bottles[0]) == ["commissioning", "packing"]     # an unpacking of all lists nobody
    assert server.found(MATCH_epc=f"urn:x:0|{bottles[1]}", EQ_bizStep="packing|shipping")[0]["parentID"] == case


# --- what comes in broken -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"type": NaN}', b'"\\ud800"', b"<html></html>",
    json.dumps({**document(), "type": "EPCISQueryDocument"}).encode(), json.dumps(document()).encode(),
    json.dumps({**document({}), "epcisBody": {"eventList": ["x"]}}).encode(),
])
def test_a_body_that_is_no_document_is_refused(server: Running, body: bytes) -> None:
    detail = problem(server.http.post("/capture", content=body, headers=JSON), 400, "ValidationException")
    assert "expected" in detail and len(detail) < 3_000


@pytest.mark.parametrize("event", [
    {}, {"type": 7}, {"type": "ObjectEvent", "eventID": 7}, {"type": "TransactionEvent"},
])
def test_an_event_that_is_none_fails_the_job(server: Running, event: Event) -> None:
    job = server.job(server.capture(event))
    assert not job["success"] and job["errors"][0]["status"] == 400


def test_a_deep_event_fails_the_job(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    for _ in range(300):
        event = {**line.commission(line.epcs("b")), "ocs:x": event}
    job = server.job(server.capture(event))
    assert [error["type"] for error in job["errors"]] == ["epcisException:ValidationException"]


def test_faulty_events_can_be_told_at_once(server: Running, line: Line) -> None:
    server.mode(check="request")
    event = {**line.commission(line.epcs("b")), "bizStep": "boxing"}
    answer = server.capture(line.commission(line.epcs("b")), event)
    assert "boxing" in problem(answer, 400, "ValidationException") and answer.json()["instance"] == event["eventID"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "application/json2"])
def test_another_content_type_is_refused(server: Running, kind: str) -> None:
    answer = server.http.post("/capture", content=b"{}", headers={"Content-Type": kind})
    assert "application/json" in problem(answer, 415, "UnsupportedMediaTypeException")


def test_another_version_is_refused(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    problem(server.capture(event, **{"GS1-EPCIS-Version": "1.2"}), 406, "NotAcceptableException")
    server.kept(event, **{"GS1-EPCIS-Version": "2.0.1", "Content-Type": "application/ld+json; charset=utf-8"})


def test_limits_are_kept_and_told(server: Running, line: Line) -> None:
    events = [line.commission(line.epcs("b")) for _ in range(3)]
    server.mode(max_events=2)
    answer = server.capture(*events)
    assert "got 3" in problem(answer, 413, "CaptureLimitExceededException")
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == "2"
    server.mode(max_bytes=1_500, max_events=500)
    problem(server.capture(*events), 413, "CaptureLimitExceededException")
    server.mode(announce_limits=False)
    assert "GS1-EPCIS-Capture-Limit" not in server.capture(*events).headers
    assert "GS1-EPCIS-Capture-Limit" not in server.http.options("/capture").headers
    server.kept(events[0])


def test_gzip(server: Running, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    packed, headers = gzip.compress(json.dumps(document(event)).encode()), {**JSON, "Content-Encoding": "gzip"}
    server.job(server.http.post("/capture", content=packed, headers=headers))
    assert server.copies(event) == 1
    for damaged in (packed[:-4], b"\x1f\x8b" + packed[5:], b"no gzip"):
        problem(server.http.post("/capture", content=damaged, headers=headers), 400, "ValidationException")
    bomb = gzip.compress(b" " * 100_000_000)
    problem(server.http.post("/capture", content=bomb, headers=headers), 413, "CaptureLimitExceededException")
    status = Path(f"/proc/{server.process.pid}/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))
        assert peak and int(peak[1]) < 110_000, "the bomb was unpacked"
    problem(server.http.post("/capture", content=packed, headers={**JSON, "Content-Encoding": "br"}), 415,
            "UnsupportedMediaTypeException")
    server.mode(gzip=False)
    problem(server.http.post("/capture", content=packed, headers=headers), 415, "UnsupportedMediaTypeException")


# --- the ways of real servers -------------------------------------------------------------------------------------
def test_ignore_stores_once(server: Running, line: Line) -> None:
    *_, events = line.case()
    server.kept(*events)
    server.kept(*events)
    assert server.copies(events[2]) == 1
    job = server.job(server.capture({**events[2], "ocs:operator": "op-else"}))
    assert job["errors"][0]["status"] == 409 and server.copies(events[2]) == 1


def test_none_stores_again(server: Running, line: Line) -> None:
    server.mode(dedupe="none", synchronous=True)
    event = line.commission(line.epcs("b"))
    assert [server.capture(event).status_code for _ in range(2)] == [201, 201] and server.copies(event) == 2


@pytest.mark.parametrize("synchronous", [False, True])
def test_conflict_of_the_whole_batch(server: Running, line: Line, synchronous: bool) -> None:
    server.mode(dedupe="conflict-batch", synchronous=synchronous)
    first, second = line.commission(line.epcs("b")), line.commission(line.epcs("b"))
    assert server.capture(first).status_code in (201, 202)
    wait_for(lambda: server.copies(first))
    detail = problem(server.capture(first, second), 409, "ResourceAlreadyExistsException")
    assert first["eventID"] in detail and server.copies(second) == 0


@pytest.mark.parametrize(("behaviour", "others"), [("rollback", 0), ("proceed", 1)])
def test_conflict_of_one_event(server: Running, line: Line, behaviour: str, others: int) -> None:
    server.mode(dedupe="conflict-event")
    first, second = line.commission(line.epcs("b")), line.commission(line.epcs("b"))
    server.kept(first)
    job = server.job(server.capture(first, second, **{"GS1-Capture-Error-Behaviour": behaviour}))
    assert [error["status"] for error in job["errors"]] == [409] and server.copies(second) == others
    server.mode(synchronous=True)
    problem(server.capture(first), 409, "ResourceAlreadyExistsException")


def test_a_report_of_each_event(server: Running, line: Line) -> None:
    server.mode(dedupe="per-event-report")
    first, second = line.commission(line.epcs("b")), line.commission(line.epcs("b"))
    assert server.capture(first).json()["results"] == [{"eventID": first["eventID"], "status": "ACCEPTED"}]
    results = server.capture(first, {**second, "bizStep": "x"}).json()["results"]
    assert [row["status"] for row in results] == ["DUPLICATE", "REJECTED"] and "problem" in results[1]


def test_a_slow_job_and_a_lagging_query(server: Running, line: Line) -> None:
    server.mode(job_delay_s=0.2, query_lag_s=0.4, absolute_location=True)
    event = line.commission(line.epcs("b"))
    answer = server.capture(event)
    assert answer.headers["Location"].startswith(server.url)
    told = server.http.get(answer.headers["Location"]).json()
    assert told["running"] and told["success"] and "finishedAt" not in told
    assert server.job(answer)["success"] and server.copies(event) == 0
    wait_for(lambda: server.copies(event))


def test_a_lost_job(server: Running, line: Line) -> None:
    server.mode(lose_jobs=True)
    event = line.commission(line.epcs("b"))
    problem(server.http.get(server.capture(event).headers["Location"]), 404, "NoSuchResourceException")
    wait_for(lambda: server.copies(event))


# --- faults on purpose --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [401, 403, 408, 425, 429, 500, 503])
def test_a_status_on_purpose(server: Running, line: Line, status: int) -> None:
    server.mode(status=status, retry_after="7", only=["capture"], times=2, when="before")
    event = line.commission(line.epcs("b"))
    for _ in range(2):
        answer = server.capture(event)
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert server.copies(event) == 0
    server.kept(event)


@pytest.mark.parametrize(("when", "copies"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}])
def test_an_unknown_outcome(server: Running, line: Line, when: str, copies: int, fault: dict[str, object]) -> None:
    server.mode(**fault, when=when, times=1, synchronous=True)
    event = line.commission(line.epcs("b"))
    if "drop" in fault:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):       # closed or reset, as the system has it
            server.capture(event)
    else:
        assert server.capture(event).status_code == 502
    assert server.copies(event) == copies
    assert server.capture(event).status_code == 201 and server.copies(event) == 1


@pytest.mark.parametrize(("garble", "says"), [
    ("html", b"<!DOCTYPE html>"), ("rubbish", b'"running": "perhaps"'), ("empty", b""),
    ("truncated", b'{"captureID"'),
])
def test_an_answer_that_makes_no_sense(server: Running, line: Line, garble: str, says: bytes) -> None:
    event = line.commission(line.epcs("b"))
    answer = server.capture(event)
    server.job(answer)
    server.mode(garble=garble, only=["job"])
    got = server.http.get(answer.headers["Location"])
    assert got.status_code == 200 and says in got.content
    if garble == "truncated":
        with pytest.raises(json.JSONDecodeError):
            got.json()


def test_an_answer_without_end_and_a_redirect(server: Running, line: Line) -> None:
    server.mode(garble="huge", times=1, only=["events"])
    assert len(server.http.get("/events").content) > 20_000_000
    server.mode(garble="redirect", only=["capture"])
    answer = server.capture(line.commission(line.epcs("b")))
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://elsewhere.example/capture")


def test_a_server_that_takes_its_time(server: Running, line: Line) -> None:
    server.mode(slow_s=0.4, only=["capture"], times=1)
    with pytest.raises(httpx.ReadTimeout):
        server.http.post("/capture", json=document(line.commission(line.epcs("b"))), timeout=0.1)


def test_a_wrong_switch_is_named(server: Running) -> None:
    assert "dedupe" in problem(server.http.post("/training/mode", json={"dedupe": "twice"}), 400, "ValidationException")
    assert server.http.get("/training/mode").json()["dedupe"] == "ignore"
