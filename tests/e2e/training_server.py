"""The training server as its own process, and a client of it: for tests."""
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.unit.central.line import Event, document

ROOT = Path(__file__).parents[2]


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain")


class Running:
    """A server process and a client of it."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home, ready, self.said = home, home.with_suffix(".port"), home.with_suffix(".err")
        ready.unlink(missing_ok=True)
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.central", "--home", str(home), "--port", "0", "--ready-file", str(ready),
                 *arguments], cwd=ROOT, stderr=said)
        wait_for(lambda: ready.exists() or self.process.poll() is not None)
        assert self.process.poll() is None
        self.url = f"http://127.0.0.1:{int(ready.read_text('ascii'))}"
        self.http = httpx.Client(base_url=self.url, timeout=60.0)

    def stop(self) -> int:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)

    def mode(self, **switches: object) -> None:
        assert self.http.post("/training/mode", json=switches).status_code == 200

    def capture(self, *events: Event, **headers: str) -> httpx.Response:
        return self.http.post("/capture", json=document(*events), headers=headers)

    def job(self, answer: httpx.Response) -> Event:
        """The finished job of a 202."""
        assert answer.status_code == 202, answer.text

        def finished() -> Event | None:
            told: Event = self.http.get(answer.headers["Location"]).json()
            return None if told["running"] else told
        return dict(wait_for(finished))

    def kept(self, *events: Event, **headers: str) -> None:
        assert self.job(self.capture(*events, **headers))["errors"] == []

    def found(self, **query: str) -> list[Event]:
        answer = self.http.get("/events", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])

    def copies(self, event: Event) -> int:
        return len(self.found(EQ_eventID=event["eventID"]))


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[Running]:
    server = Running(home, *arguments)
    try:
        yield server
    finally:
        server.stop()
    said = server.said.read_text("utf-8")
    assert not said, f"the server is silent unless it has a fault of its own: {said}"


def problem(answer: httpx.Response, status: int, kind: str) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    told = answer.json()
    assert (answer.status_code, told["status"], told["type"]) == (status, status, f"epcisException:{kind}"), told
    return str(told["detail"])
