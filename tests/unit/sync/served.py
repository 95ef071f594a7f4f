"""A real HTTP server in a thread that answers whatever a test wants, down to the byte; and a small EPCIS repository.

The repository knows the behaviours that real ones have: jobs that take a while, no dedupe, 409, lagging queries,
limits, poison, answers lost on the way.
"""
from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"


Said = bytes | Iterable[bytes]
Answering = Callable[[Asked], Said]


def reply(status: int, body: object = b"", **headers: object) -> bytes:
    """A whole answer; a dict or list becomes JSON."""
    kind = "text/plain"
    if isinstance(body, dict | list):
        kind, body = "application/problem+json" if status >= 400 else "application/json", json.dumps(body).encode()
    told = {"content-type": kind, "content-length": len(body), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = "".join(f"{key}: {value}\r\n" for key, value in told.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.connection.settimeout(10)
        try:
            while asked := self._read():
                self.server.asked.append(asked)             # type: ignore[attr-defined]
                said = self.server.answering(asked)         # type: ignore[attr-defined]
                for piece in (said,) if isinstance(said, bytes) else said:
                    self.wfile.write(piece)
                    self.wfile.flush()
                if not isinstance(said, bytes):
                    return                                  # pieces end with the connection
        except OSError:
            return

    def _read(self) -> Asked | None:
        line = self.rfile.readline(65_536).decode("latin-1").split()
        if len(line) != 3:
            return None
        headers: dict[str, str] = {}
        while (header := self.rfile.readline(65_536).decode("latin-1").strip()):
            key, _, value = header.partition(":")
            headers[key.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        address = urlsplit(line[1])
        return Asked(line[0], address.path, parse_qs(address.query), headers, body)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.answering: Answering = lambda asked: reply(404)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Shown by the thread hook: a broken test server must not look like a network error.
        raise AssertionError("the test's own server") from sys.exception()


class Served:
    """`url` answers by `answering(asked)`, which may be exchanged at any time; `asked` keeps what came."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    @property
    def asked(self) -> list[Asked]:
        return self._server.asked

    def answer(self, answering: Answering) -> None:
        self._server.answering = answering


@contextmanager
def served(answering: Answering | None = None) -> Iterator[Served]:
    with _Server() as server:
        if answering:
            server.answering = answering
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Served(server)
        finally:
            server.shutdown()
            thread.join(5)


def nobody() -> str:
    """An address where nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@dataclass
class Repository:
    """An EPCIS repository to be used as an answering. `stored` is everything it has, repeats included."""

    dedupe: str = "none"                       # none, ignore, conflict
    blind: bool = False                        # a known eventID is a repeat, whatever the event declares
    created: bool = False                      # answers 201 at once instead of 202 and a job
    proceed: bool = False                      # stores what it can of a bad batch
    names_offender: bool = False
    max_events: int = 10**9
    max_bytes: int = 10**9
    jobs_take: int = 0                         # polls that say "running"
    hidden: int = 0                            # questions that do not show the newest batch yet
    jobs_vanish: bool = False
    poison: Callable[[dict], bool] = lambda event: False
    breaks: Callable[[dict], bool] = lambda event: False    # 500 for a batch with such an event
    lose: Callable[[Asked], bool] = lambda asked: False     # does its work, the answer never arrives
    stored: list[dict] = field(default_factory=list)
    jobs: dict[str, dict] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)
    _hidden_now: int = 0
    _new: set[str] = field(default_factory=set)

    @property
    def ids(self) -> list[str]:
        return [event["eventID"] for event in self.stored]

    def __call__(self, asked: Asked) -> Said:
        said = self._answer(asked)
        return [] if self.lose(asked) else said

    def _answer(self, asked: Asked) -> bytes:
        if asked.what == "OPTIONS /capture":
            limits = {"GS1-EPCIS-Capture-Limit": self.max_events} if self.max_events < 10**9 else {}
            return reply(204, **limits)
        if asked.what == "POST /capture":
            return self._capture(asked)
        if asked.method == "GET" and asked.path.startswith("/capture/"):
            return self._job(asked.path.rpartition("/")[2])
        if asked.what == "GET /events":
            return self._events(asked)
        return reply(404, {"type": "epcisException:NoSuchResourceException", "title": "no such path"})

    def _capture(self, asked: Asked) -> bytes:
        events = json.loads(asked.body)["epcisBody"]["eventList"]
        self.batches.append([event["eventID"] for event in events])
        if len(events) > self.max_events or len(asked.body) > self.max_bytes:
            return reply(413, {"type": "epcisException:CaptureLimitExceededException", "title": "too large"})
        if any(map(self.breaks, events)):
            return reply(500, {"type": "epcisException:ImplementationException", "title": "it broke"})
        have = {self._key(event) for event in self.stored}
        repeats = [event["eventID"] for event in events if self._key(event) in have]
        if repeats and self.dedupe == "conflict":
            return reply(409, {"type": "epcisException:ResourceAlreadyExistsException", "title": "there already"})
        bad = [event["eventID"] for event in events if self.poison(event)]
        fresh = [event for event in events if self.dedupe == "none" or self._key(event) not in have]
        if bad and self.created:
            return reply(400, _problem(bad, self.names_offender))
        if not bad or self.proceed:
            self.stored += [event for event in fresh if event["eventID"] not in bad]
            self._new, self._hidden_now = {event["eventID"] for event in fresh}, self.hidden
        if self.created:
            return reply(201)
        number = str(len(self.batches))
        self.jobs[number] = {"captureID": number, "running": True, "success": not bad, "polls": self.jobs_take,
                             "captureErrorBehaviour": "proceed" if self.proceed else "rollback",
                             "errors": [_problem(bad, self.names_offender)] if bad else []}
        return reply(202, location=f"/capture/{number}")

    def _key(self, event: dict) -> tuple[str, bool]:
        return event["eventID"], "errorDeclaration" in event and not self.blind

    def _job(self, number: str) -> bytes:
        job = self.jobs.get(number)
        if job is None or self.jobs_vanish:
            return reply(404, {"type": "epcisException:NoSuchResourceException", "title": "no such job"})
        job["polls"] -= 1
        job["running"] = job["polls"] >= 0
        return reply(200, job)

    def _events(self, asked: Asked) -> bytes:
        wanted = asked.query["EQ_eventID"][0].split("|")
        self._hidden_now -= 1
        unseen = self._new if self._hidden_now >= 0 else set()
        found = [event for event in self.stored if event["eventID"] in wanted and event["eventID"] not in unseen]
        return query_document(found)


def query_document(events: list[dict], **headers: object) -> bytes:
    return reply(200, {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": {"resultsBody": {
        "eventList": events}}}}, **headers)


def _problem(bad: list[str], named: bool) -> dict:
    return {"type": "epcisException:ValidationException", "title": "not valid",
            "detail": f"the lot of {bad[0]} has expired" if named else "the lot has expired"}
