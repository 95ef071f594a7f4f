"""The training server's master-data feed, and the process itself: pages, kill and restart, token, signals."""
from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.e2e.training_server import ROOT, Running, problem, running
from tests.unit.central.line import Event, Line, example

MASTER = json.loads((ROOT / "resources" / "schemas" / "master-data.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central") / "home") as server:
        yield server


# --- master data --------------------------------------------------------------------------------------------------
def shape(name: str) -> Any:
    return jsonschema_rs.validator_for({"$ref": f"#/definitions/{name}", "definitions": MASTER["definitions"],
                                        "$schema": MASTER["$schema"]}, validate_formats=True)


def feed(server: Running, cursor: int = 0, limit: int = 5) -> tuple[list[Event], int]:
    """All changes after a cursor, read in steps as a station does; each answer as the description says."""
    found: list[Event] = []
    while True:
        answer = server.http.get("/master/changes", params={"cursor": cursor, "limit": limit}).json()
        assert [error.message for error in shape("Changes").iter_errors(answer)] == []
        assert len(answer["changes"]) <= limit
        found, cursor = found + answer["changes"], answer["cursor"]
        if not answer["more"]:
            return found, cursor


def test_the_feed_begins_with_the_training_line(server: Running) -> None:
    found, _ = feed(server)
    kinds = {change["kind"] for change in found}
    assert kinds >= {"product", "plan", "partner", "order", "document", "issued", "hold", "person"}
    cursors = [change["cursor"] for change in found]
    assert cursors == sorted(set(cursors)) and not any(change["deleted"] for change in found)


def test_a_change_comes_after_the_cursor_and_only_the_newest(server: Running) -> None:
    _, cursor = feed(server)
    hold = {"id": "H-77", "reason": "QC retest 复检", "product": "JUICE-1L", "lot": "L1"}
    for active in (True, False):
        record = {"kind": "hold", "id": "H-77", "data": {**hold, "active": active}}
        answer = server.http.post("/master", json={"records": [record]}).json()
    found, now = feed(server, cursor)
    assert [(change["id"], change["data"]["active"]) for change in found] == [("H-77", False)]
    assert now == answer["cursor"] and feed(server, now) == ([], now)
    server.http.post("/master", json={"records": [{"kind": "hold", "id": "H-77", "deleted": True}]})
    assert [(change["deleted"], change["data"]) for change in feed(server, now)[0]] == [(True, {})]


@pytest.mark.parametrize(("record", "says"), [
    ({"kind": "colour", "id": "1", "data": {}}, "records/0/kind"),
    ({"kind": "hold", "id": "H-1", "data": {"id": "H-2", "reason": "x"}}, "not the one inside"),
    ({"kind": "hold", "id": "H-1", "data": {"id": "H-1"}}, "reason"),
    ({"kind": "plan", "id": "P", "data": {"id": "P", "version": 1, "levels": []}}, "records/0/data/levels"),
    ({"kind": "partner", "id": "D", "data": {"id": "D", "gln": "12", "name": {"en": "x"}}}, "records/0/data/gln"),
    ({"kind": "issued", "id": "I", "data": {"id": "I", "product": "P", "epcs": ["urn:x:1"] * 5001}}, "epcs"),
    ({"kind": "hold", "id": "H-1"}, "expected kind, id and data"), ("hold", "expected kind, id and data"),
])
def test_a_wrong_record_is_named_and_none_is_taken(server: Running, record: object, says: str) -> None:
    good = {"kind": "hold", "id": "H-1", "data": {"id": "H-1", "reason": "x"}}
    _, cursor = feed(server)
    answer = server.http.post("/master", json={"records": [record, good]})
    assert says in problem(answer, 400, "ValidationException") and feed(server, cursor)[0] == []


def test_rubbish_can_be_fed_on_purpose(server: Running) -> None:
    _, cursor = feed(server)
    record = {"kind": "document", "id": "D-9", "data": {"announced": [{}]}}
    assert server.http.post("/master?unchecked=true", json={"records": [record]}).status_code == 200
    changes = server.http.get("/master/changes", params={"cursor": cursor}).json()["changes"]
    assert changes[0]["data"] == record["data"]
    server.http.post("/master", json={"records": [{"kind": "document", "id": "D-9", "deleted": True}]})


def test_a_foreign_cursor_starts_the_reader_again(server: Running) -> None:
    assert "start again from 0" in problem(server.http.get("/master/changes?cursor=99999999"), 410,
                                           "NoSuchResourceException")
    for query in ("cursor=x", "cursor=-1", "limit=²", "colour=red"):
        problem(server.http.get(f"/master/changes?{query}"), 400, "QueryParameterException")


def test_a_large_feed_comes_in_small_answers(server: Running) -> None:
    _, cursor = feed(server)
    epcs = [f"https://q.brand.example/b/{place:044d}" for place in range(5_000)]
    records = [{"kind": "issued", "id": name, "data": {"id": name, "product": "MILK-250", "epcs": epcs}}
               for name in (f"BIG-{number}" for number in range(8))]
    for record in records:
        assert server.http.post("/master", json={"records": [record]}).status_code == 200
    first = server.http.get("/master/changes", params={"cursor": cursor, "limit": 1000})
    assert first.json()["more"] and len(first.content) < 1_500_000
    assert [change["id"] for change in feed(server, cursor, 1000)[0]] == [record["id"] for record in records]
    server.http.post("/master", json={"records": [
        {"kind": "issued", "id": record["id"], "deleted": True} for record in records]})


def test_the_description_names_what_there_is() -> None:
    text = (ROOT / "resources" / "master-data.openapi.yaml").read_text("utf-8")
    assert text.startswith("openapi: 3.1.0\n")
    references = re.findall(r'\$ref: "([^"]+)"', text)
    assert len(references) > 15
    for reference in references:
        file, _, place = reference.partition("#")
        if file:
            assert file == "schemas/master-data.schema.json" and place.split("/")[-1] in MASTER["definitions"]
        else:
            assert re.search(rf"^ +{place.split('/')[-1]}:$", text, re.MULTILINE)
    kinds = MASTER["definitions"]["Record"]["properties"]["kind"]["enum"]
    assert {kind.capitalize() for kind in kinds} <= set(MASTER["definitions"])


# --- the process --------------------------------------------------------------------------------------------------
def test_the_front_page_says_what_it_is(server: Running) -> None:
    answer = server.http.get("/")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "仅供培训和测试使用" in answer.text and "for training and tests only" in answer.text
    assert "src=" not in answer.text and server.http.get("/health").json()["training"] is True


def test_counts_tell_what_each_station_has_stored(server: Running) -> None:
    line = Line(20_000, station="LINE-9")
    *_, events = line.case()
    server.kept(*events)
    counts = server.http.get("/training/counts").json()
    station = next(each for each in counts["stations"] if each["station"] == "LINE-9")
    seqs = [event["ocs:seq"] for event in events]
    assert station == {"station": "LINE-9", "epoch": 1, "events": 3, "distinct": 3, "firstSeq": min(seqs),
                       "lastSeq": max(seqs)}
    assert counts["events"] >= counts["distinct"] and counts["requests"]["capture"] > 0


def test_what_was_accepted_is_done_after_a_kill(tmp_path: Path) -> None:
    lines = [Line(30_000 + number) for number in range(5)]
    with running(tmp_path / "home", "--mode", "job_delay_s=600", "--seed", "none") as server:
        accepted = [server.capture(*line.case()[2]) for line in lines]
        feed_name = server.http.get("/master/changes").json()["feed"]
        server.process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        server.process.wait(10)
    with running(tmp_path / "home", "--seed", "none") as server:
        assert all(server.job(answer)["success"] for answer in accepted)
        counts = server.http.get("/training/counts").json()
        assert (counts["events"], counts["copies"], counts["jobs"]["open"]) == (15, 0, 0)
        again = server.http.get("/master/changes").json()
        assert again == {"feed": feed_name, "changes": [], "cursor": 0, "more": False}
        assert server.stop() == 0


def test_a_token_is_asked_of_every_request(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    hold = {"kind": "hold", "id": "H", "data": {"id": "H", "reason": "复检"}}
    seed.write_text(json.dumps({"records": [hold]}), "utf-8")
    with running(tmp_path / "home", "--token", "s3cret", "--seed", str(seed)) as server:
        other = {"Authorization": "Bearer x"}
        for answer in (server.http.get("/events"), server.http.get("/master/changes", headers=other), server.capture(),
                       server.http.get("/training/mode")):
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            problem(answer, 401, "SecurityException")
        allowed = server.http.get("/master/changes", headers={"Authorization": "Bearer s3cret"})
        assert [change["id"] for change in allowed.json()["changes"]] == ["H"]
        assert server.http.get("/health").status_code == 200 and server.http.get("/").status_code == 200


def test_without_a_ready_file_one_line_tells_the_address(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "app.central", "--home", str(tmp_path), "--port", "0"], cwd=ROOT,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
    assert found and "training" in said
    with socket.create_connection(("127.0.0.1", int(found[1])), timeout=60):
        pass
    process.send_signal(signal.SIGINT)
    with process:
        assert process.wait(10) == 0 and process.stdout.read() == ""


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "app.central", "--home", str(tmp_path), "--port", "0",
                                "--until-stdin-closes"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None and process.stdin is not None
        assert b"http://" in process.stdout.readline()
        process.stdin.write(b"still here\n")
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_examples_are_taken_over_http(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server:
        for name in ("01-commission-bottles", "02-commission-case", "03-pack-case"):
            answer = server.http.post("/capture", json=example(name))
            assert server.job(answer)["errors"] == []
