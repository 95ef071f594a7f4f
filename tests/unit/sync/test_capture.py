"""Whatever a server answers becomes one of a few values, and nothing is ever raised."""
from __future__ import annotations

import gzip
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.settings import ServerSection
from app.sync import answers, transport
from app.sync.answers import Accepted, Broken, Busy, Conflict, Done, Found, Gone, Job, Limits, Refused, TooLarge
from app.sync.capture import Capture
from app.sync.transport import BadServerSetting, Hostile, Misdirected, Unclear, Unreachable, retry_after_s
from tests.unit.sync.served import Asked, Served, nobody, query_document, reply, served

NOW = datetime(2027, 11, 30, 12, 0, 0, tzinfo=UTC)
IDS = [f"urn:uuid:01a9817f-b4b8-7001-8100-{number:012d}" for number in range(100)]


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as made:
        yield made


@pytest.fixture
def client(server: Served, request: pytest.FixtureRequest) -> Iterator[Capture]:
    """Impatient with what never ends by itself; patient enough for a busy machine with all the rest."""
    named = getattr(request.node, "callspec", None)
    slow = named is not None and named.params.get("rubbish") in SLOW
    made = Capture(ServerSection(url=server.url + "/v2", timeout_s=0.15 if slow else 3.0), lambda: NOW)
    yield made
    made.close()


def send(client: Capture) -> answers.Answer:
    return client.send(b'{"type":"EPCISDocument"}')


def poll(client: Capture) -> answers.Answer:
    return client.poll("/v2/capture/7")


def find(client: Capture) -> answers.Answer:
    return client.find(IDS[:2])


CALLS: dict[str, Callable[[Capture], answers.Answer]] = {
    "limits": Capture.limits, "send": send, "poll": poll, "find": find}


# --- what is asked --------------------------------------------------------------------------------------------------
def test_a_capture_is_sent_as_the_standard_says(server: Served, client: Capture) -> None:
    server.answer(lambda asked: reply(202, location="/v2/capture/7"))
    assert send(client) == Accepted("/v2/capture/7")
    asked = server.asked[0]
    assert asked.what == "POST /v2/capture"
    assert asked.headers["gs1-capture-error-behaviour"] == "rollback"
    assert asked.headers["gs1-extensions"] == "ocs=https://ns.onecode-station.example/1.0/"
    assert asked.headers["content-type"] == "application/ld+json"
    assert asked.headers["accept-encoding"] == "identity"
    assert "authorization" not in asked.headers and asked.body == b'{"type":"EPCISDocument"}'


def test_token_and_compression_only_where_set(server: Served) -> None:
    server.answer(lambda asked: reply(201))
    with closing(Capture(ServerSection(url=server.url, token="secret", gzip=True), lambda: NOW)) as client:
        assert send(client) == Done(True)
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert gzip.decompress(server.asked[0].body) == b'{"type":"EPCISDocument"}'


def test_nothing_is_taken_from_the_environment(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody())
    server.answer(lambda asked: reply(204))
    with closing(Capture(ServerSection(url=server.url), lambda: NOW)) as client:
        assert isinstance(client.limits(), Limits)


def test_the_limits(server: Served, client: Capture) -> None:
    server.answer(lambda asked: reply(204, **{"GS1-EPCIS-Capture-Limit": 100,
                                              "GS1-EPCIS-Capture-File-Size-Limit": "lots"}))
    assert client.limits() == Limits(100, 0)


def test_many_ids_are_asked_in_portions(server: Served, client: Capture) -> None:
    server.answer(lambda asked: query_document([{"eventID": each} for each in asked.query["EQ_eventID"][0].split("|")]))
    answer = client.find(IDS)
    assert isinstance(answer, Found) and list(answer.events) == IDS
    assert [len(asked.query["EQ_eventID"][0].split("|")) for asked in server.asked] == [40, 40, 20]


def test_pages_are_followed_by_their_token_only(server: Served, client: Capture) -> None:
    def pages(asked: Asked) -> bytes:
        if "nextPageToken" in asked.query:
            assert asked.query["nextPageToken"] == ["a b&c"]
            return query_document([{"eventID": IDS[1]}])
        return query_document([{"eventID": IDS[0]}],
                              link='<https://evil.example/events?nextPageToken=a%20b%26c&perPage=1>; rel="next"')

    server.answer(pages)
    answer = find(client)
    assert isinstance(answer, Found) and set(answer.events) == set(IDS[:2])


def test_pages_without_end_prove_nothing(server: Served, client: Capture) -> None:
    server.answer(lambda asked: query_document([], link='<?nextPageToken=x>; rel="next"'))
    assert isinstance(find(client), Unclear)


def test_an_error_declaration_is_not_the_event(server: Served, client: Capture) -> None:
    declared = {"eventID": IDS[0], "errorDeclaration": {"declarationTime": "2027-11-30T00:00:00Z"}}
    server.answer(lambda asked: query_document([declared, {"eventID": IDS[1]}]))
    answer = find(client)
    assert isinstance(answer, Found) and list(answer.events) == [IDS[1]]


def test_a_server_that_does_not_understand_the_question(server: Served, client: Capture) -> None:
    server.answer(lambda asked: query_document([{"eventID": "urn:uuid:somebody-else"}]))
    assert isinstance(find(client), Misdirected)


@pytest.mark.parametrize(("location", "path"), [
    ("/v2/capture/7", "/v2/capture/7"), ("capture/7", "/v2/capture/7"), ("/capture/7", "/v2/capture/7"),
    ("https://inside.example:8443/other/capture/7?a=b", "/v2/capture/7"), ("//[bad", "/v2/capture/%5Bbad"),
    ("/v2/jobs/7", "/v2/jobs/7"), ("../../x y", "/v2/capture/x%20y"),
])
def test_a_job_is_asked_for_on_our_server_whatever_it_says(
    server: Served, client: Capture, location: str, path: str,
) -> None:
    server.answer(lambda asked: reply(200, {"running": True}))
    assert client.poll(location) == Job("running")
    assert server.asked[0].path == path


# --- what is answered -----------------------------------------------------------------------------------------------
PROBLEM = {"type": "epcisException:ValidationException", "title": "bad", "detail": "lot\x00 <b>"}


@pytest.mark.parametrize(("call", "said", "answer"), [
    ("send", reply(200), Done(False)),
    ("send", reply(202), Unclear("202 without the address of its job")),
    ("send", reply(400, PROBLEM), Refused("epcisException:ValidationException: bad: lot\\x00 <b>")),
    ("send", reply(422, b"no such lot"), Refused("422 no such lot")),
    ("send", reply(409, PROBLEM), Conflict("epcisException:ValidationException: bad: lot\\x00 <b>")),
    ("send", reply(413, b"", **{"GS1-EPCIS-Capture-Limit": 10}), TooLarge(Limits(10, 0), "413")),
    ("send", reply(429, b"", retry_after="120"), Busy("429", 120.0)),
    ("send", reply(425), Busy("425")),
    ("send", reply(503, b"", retry_after="Tue, 30 Nov 2027 12:00:30 GMT"), Broken("503", 30.0)),
    ("send", reply(500), Broken("500", None, True)),
    ("send", reply(408), Broken("408")),
    ("send", reply(401), answers.Unauthorised("401")),
    ("send", reply(403), answers.Unauthorised("403")),
    ("send", reply(404), Misdirected("404")),
    ("send", reply(405), Misdirected("405")),
    ("send", reply(415), Misdirected("415")),
    ("send", reply(418), Unclear("418")),
    ("poll", reply(200, {"running": False, "success": True}), Job("success")),
    ("poll", reply(200, {"running": True, "success": False}), Job("running")),
    ("poll", reply(200, {"running": False, "success": False, "errors": [PROBLEM, 7, {"title": "x"}]}),
     Job("failed", "epcisException:ValidationException: bad: lot\\x00 <b>; x")),
    ("poll", reply(200, {"running": False, "success": False, "captureErrorBehaviour": "proceed", "errors": "?"}),
     Job("failed", "the capture job failed and does not say why", True)),
    ("poll", reply(404), Gone("404")),
    ("poll", reply(410), Gone("410")),
    ("find", reply(404, {"type": "epcisException:NoSuchResourceException"}), Found({})),
    ("find", reply(404), Misdirected("404")),
    ("find", reply(400), Misdirected("400")),
    ("find", reply(200, {"epcisBody": {"eventList": []}}), Found({})),
    ("limits", reply(200), Limits()),
    ("limits", reply(401), answers.Unauthorised("401")),
])
def test_an_answer_and_what_it_means(
    server: Served, client: Capture, call: str, said: bytes, answer: answers.Answer,
) -> None:
    server.answer(lambda asked: said)
    assert CALLS[call](client) == answer


def endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65_536 + b"\r\n"


def dripping() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        time.sleep(0.05)
        yield b"x: y\r\n"


def silent() -> Iterator[bytes]:
    time.sleep(0.5)
    yield b""


SLOW = {"dripping", "silent", "empty", "ftp", "continue", "half a line", "no http"}
HTML = reply(200, b"<!DOCTYPE html><html>Log in to the shop's network</html>", content_type="text/html")
RUBBISH: dict[str, Any] = {
    "html": HTML, "html 400": HTML.replace(b" 200 ", b" 400 "), "empty": b"", "closed": [],
    "no http": b"\x00\xff\x00 rubbish\r\n\r\n", "ftp": b"220 FTP ready\r\n", "half a line": [b"HTTP/1.1 2"],
    "half a body": [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
    "half a chunk": [b"HTTP/1.1 202 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
    "20 MB": reply(200, b"[" + b" " * 20_000_000 + b"]"), "endless": endless, "dripping": dripping, "silent": silent,
    "packed": reply(200, gzip.compress(b"{}"), content_encoding="gzip"),
    "badly packed": reply(200, b"{}", content_encoding="gzip"),
    "half json": reply(200, b'{"running": tr'), "null": reply(200, b"null"), "number": reply(200, b"7"),
    "list": reply(200, [1, 2]), "deep": reply(200, b"[" * 100_000), "not utf-8": reply(200, b'{"a": "\xff"}'),
    "surrogate": reply(200, b'{"eventList": "\\ud800"}'), "huge number": reply(200, b"1" * 100_000),
    "wrong types": reply(200, {"running": "no", "success": 1, "errors": {}, "epcisBody": {"eventList": [1]}}),
    "no list": reply(200, {"epcisBody": {"queryResults": 7}}), "half a job": reply(200, {"running": False}),
    "odd status": b"HTTP/1.1 999 ?\r\ncontent-length: 0\r\n\r\n", "status 99": b"HTTP/1.1 99 ?\r\n\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
    "long header": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",
    "odd headers": reply(202, location="http://[::::/\xe4", retry_after="\xb2", date="never", link="<>;;;"),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 3, "switch": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "loop": reply(302, location="/v2/capture"), "away": reply(307, location="https://evil.example/"),
    "nowhere": reply(301), "not modified": reply(304),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_never_taken_for_an_answer(server: Served, client: Capture, call: str, rubbish: str) -> None:
    said = RUBBISH[rubbish]
    server.answer(lambda asked: said() if callable(said) else said)
    begun = time.monotonic()
    answer = CALLS[call](client)
    assert time.monotonic() - begun < 5
    # A bare 200 or 202 is asked about again before anything counts as stored; limits may be missing.
    harmless = (Unclear, Hostile, Misdirected, Broken, Done, Accepted, *((Limits,) if call == "limits" else ()))
    assert isinstance(answer, harmless), answer
    assert not isinstance(answer, Done) or not answer.created


@pytest.mark.parametrize(("rubbish", "kind"), [
    ("20 MB", Hostile), ("endless", Hostile), ("away", Hostile), ("loop", Misdirected), ("dripping", Unclear),
    ("silent", Unclear), ("half a body", Unclear), ("html 400", Unclear)])
def test_what_is_hostile_and_what_is_only_unclear(server: Served, client: Capture, rubbish: str, kind: type) -> None:
    said = RUBBISH[rubbish]
    server.answer(lambda asked: said() if callable(said) else said)
    answer = send(client)
    assert isinstance(answer, kind)
    assert isinstance(answer, Unclear) is False or answer.timed_out is (rubbish in ("dripping", "silent"))


@pytest.mark.parametrize("url", [nobody(), "http://no-such-host.invalid"])
def test_nobody_there(url: str) -> None:
    with closing(Capture(ServerSection(url=url), lambda: NOW)) as client:
        assert isinstance(client.limits(), Unreachable)


def test_a_server_that_cannot_prove_who_it_is(server: Served) -> None:
    server.answer(lambda asked: reply(204))
    with closing(Capture(ServerSection(url=server.url.replace("http", "https")), lambda: NOW)) as client:
        # a busy machine may be too slow to shake hands, which proves nothing
        answers = (client.limits() for _ in range(20))
        answer = next(each for each in answers if not isinstance(each, Unreachable))
    assert isinstance(answer, Hostile) and answer.why.startswith("TLS: ")


def test_the_connection_is_kept(server: Served, client: Capture) -> None:
    server.answer(lambda asked: reply(204))
    begun = time.monotonic()
    for _ in range(100):
        client.limits()
    assert time.monotonic() - begun < 1 and len(server.asked) == 100


# --- clock and settings ---------------------------------------------------------------------------------------------
def test_the_clock_is_compared_by_the_quickest_answer(server: Served, client: Capture) -> None:
    assert client.transport.clock_offset_s is None
    server.answer(lambda asked: reply(204, date="Tue, 30 Nov 2027 12:05:00 GMT"))
    client.limits()
    server.answer(lambda asked: reply(204, date="never"))
    client.limits()
    assert client.transport.clock_offset_s == pytest.approx(300.5, abs=0.3)


@pytest.mark.parametrize(("value", "seconds"), [
    ("0", 0.0), ("90", 90.0), ("9999999999999", 3600.0), ("-5", None), ("²", None), ("", None), ("soon", None),
    ("Tue, 30 Nov 2027 12:00:10 GMT", 10.0), ("Tue, 30 Nov 2027 11:00:00 GMT", 0.0),
    ("Tue, 30 Nov 2037 12:00:00 GMT", 3600.0), ("Tue, 30 Nov 2027 12:00:10", 10.0),
    ("Tue, 99 Nov 2027 12:00:10 GMT", None),
])
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(("section", "key"), [
    ({"url": "ftp://x"}, "server.url"), ({"url": "http://"}, "server.url"), ({"url": "http://[::1"}, "server.url"),
    ({"url": "no address"}, "server.url"), ({"url": "http://x", "token": "a\nb"}, "server.token"),
    ({"url": "http://x", "ca_file": "/nowhere.pem"}, "server.ca_file"),
    ({"url": "http://x", "ca_file": __file__}, "server.ca_file"),
])
def test_a_wrong_setting_is_named(section: dict[str, Any], key: str) -> None:
    with pytest.raises(BadServerSetting, match=f"{key}: expected"):
        Capture(ServerSection(**section), lambda: NOW)


def test_only_our_host_is_ours(client: Capture, server: Served) -> None:
    assert client.transport.ours("/x") and client.transport.ours(server.url + "/y")
    assert not any(map(client.transport.ours, ("http://evil.example/", "//evil.example/x", "https://127.0.0.1/",
                                               server.url + "0/", "http://[")))


def test_json_depth_does_not_end_the_program() -> None:
    assert transport.Reply(200, {}, b"[" * 1_000_000).json() is None
    assert json.loads("[]") == transport.Reply(200, {}, b"[]").json()


def test_times_are_all_bounded() -> None:
    assert timedelta(seconds=transport.MAX_RETRY_AFTER_S) <= timedelta(hours=1)
    assert ssl.create_default_context().check_hostname
