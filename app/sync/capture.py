"""The EPCIS 2.0 client: asks and sends, and says what the answer means in one of a few words (answers.py).

Whatever a server answers (HTML, half a JSON, 200 with rubbish) becomes one of these values; nothing is raised. What
to do about an answer is the outbox's business.
"""
from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from app.domain.codes.text import safe
from app.domain.epcis import NAMESPACE, PREFIX
from app.domain.events import DECLARED, event_id
from app.settings import ServerSection
from app.sync.answers import (
    Accepted,
    Answer,
    Broken,
    Busy,
    Conflict,
    Done,
    Found,
    Gone,
    Job,
    Limits,
    Refused,
    TooLarge,
    Unauthorised,
)
from app.sync.transport import Misdirected, Reply, Transport, Unclear, retry_after_s

ASK_AT_ONCE = 40        # event ids in one query: keeps the address under 2,000 characters
MAX_PAGES = 20
_NEXT = re.compile(r'[?&]nextPageToken=([^&>;,"\s]{1,2000})[^>]*>\s*;\s*rel="?next"?', re.ASCII)
VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0", "GS1-Extensions": f"{PREFIX}={NAMESPACE}"}


class Capture:
    """EPCIS capture and query of one server. Not for more than one thread."""

    def __init__(self, server: ServerSection, now: Callable[[], datetime]) -> None:
        """Raises BadServerSetting."""
        self.transport = Transport(server, server.url, now)
        self._gzip = server.gzip
        self._now = now

    def close(self) -> None:
        self.transport.close()

    def limits(self) -> Answer:
        """OPTIONS /capture: Limits, or why not."""
        reply = self.transport.exchange("OPTIONS", f"{self.transport.base}/capture", headers=VERSIONS)
        if not isinstance(reply, Reply):
            return reply
        return _limits(reply) if reply.status < 300 else otherwise(reply, self._now())

    def send(self, body: bytes) -> Answer:
        """POST /capture with a whole EPCISDocument as UTF-8 JSON, all or nothing."""
        headers = {**VERSIONS, "Content-Type": "application/ld+json", "GS1-Capture-Error-Behaviour": "rollback"}
        if self._gzip:
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        reply = self.transport.exchange("POST", f"{self.transport.base}/capture", body=body, headers=headers)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 202:
            location = reply.headers.get("location", "").strip()
            return Accepted(location) if location else Unclear("202 without the address of its job")
        if reply.status in (200, 201):
            return Done(reply.status == 201)
        if reply.status == 409:
            return Conflict(problem_of(reply))
        if reply.status in (400, 422):
            # An HTML page is some proxy speaking, not a verdict on our events.
            return Unclear(reply.shown()) if _is_html(reply) else Refused(problem_of(reply))
        return otherwise(reply, self._now())

    def poll(self, job_url: str) -> Answer:
        """GET the capture job: Job, Gone, or why not."""
        reply = self.transport.exchange("GET", self._job(job_url), headers=VERSIONS)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in (404, 410):
            return Gone(reply.shown())
        if reply.status != 200:
            return otherwise(reply, self._now())
        told = reply.json()
        if not isinstance(told, dict) or not isinstance(told.get("running"), bool):
            return Unclear(f"expected a capture job, got {reply.shown()}")
        if told["running"]:
            return Job("running")
        if not isinstance(told.get("success"), bool):
            return Unclear(f"expected a capture job, got {reply.shown()}")
        if told["success"]:
            return Job("success")
        return Job("failed", _errors(told.get("errors")), told.get("captureErrorBehaviour") == "proceed")

    def find(self, keys: Sequence[str]) -> Answer:
        """Which of these events the server has: Found, or why it cannot be known.

        Keys are Event.key: an event and its error declaration, which has the same eventID, are never taken for another.
        """
        found: dict[str, dict[str, Any]] = {}
        for at in range(0, len(keys), ASK_AT_ONCE):
            answer = self._ask(keys[at : at + ASK_AT_ONCE])
            if not isinstance(answer, Found):
                return answer
            found.update(answer.events)
        return Found(found)

    def _ask(self, keys: Sequence[str]) -> Answer:
        asked = dict.fromkeys(map(event_id, keys))
        wanted, found = set(keys), dict[str, dict[str, Any]]()
        params = {"EQ_eventID": "|".join(asked), "perPage": str(len(asked) * 2)}
        for _ in range(MAX_PAGES):
            reply = self.transport.exchange("GET", f"{self.transport.base}/events", params=params, headers=VERSIONS)
            if not isinstance(reply, Reply):
                return reply
            if reply.status == 404 and "NoSuchResource" in problem_of(reply):
                return Found(found)
            if reply.status == 400:
                return Misdirected(reply.shown())       # it does not take this question
            if reply.status != 200:
                return otherwise(reply, self._now())
            events = events_of(reply.json())
            if events is None:
                return Unclear(f"expected an EPCISQueryDocument, got {reply.shown()}")
            for event in events:
                if event.get("eventID") not in asked:
                    # It did not understand the question, so what it left out proves nothing.
                    return Misdirected("asked for events by EQ_eventID, the server answered with others")
                key = event["eventID"] + (DECLARED if event.get("errorDeclaration") else "")
                if key in wanted:
                    found[key] = event
            more = _NEXT.search(reply.headers.get("link", ""))
            if more is None or len(found) == len(wanted):
                return Found(found)
            params["nextPageToken"] = httpx.QueryParams(f"t={more[1]}")["t"]
        return Unclear(f"the answer to a question for {len(keys)} events has more than {MAX_PAGES} pages")

    def _job(self, location: str) -> str:
        """The job's address below our own: a server behind a proxy may name one that is not ours to call."""
        base = httpx.URL(self.transport.base + "/")
        if self.transport.ours(location):
            found = base.join(location)
            if found.path.startswith(base.path):
                return str(found)
        name = location.partition("?")[0].rstrip("/").rpartition("/")[2]
        return f"{base}capture/{quote(name, safe='%')}"


def otherwise(reply: Reply, now: datetime) -> Answer:
    """What the statuses mean that mean the same everywhere."""
    wait = retry_after_s(reply.headers.get("retry-after", ""), now)
    if reply.status in (401, 403, 407):
        return Unauthorised(reply.shown())
    if reply.status == 413:
        return TooLarge(_limits(reply), reply.shown())
    if reply.status in (425, 429):
        return Busy(reply.shown(), wait)
    if reply.status in (404, 405, 406, 410, 415, 421, 501, 505):
        return Misdirected(reply.shown())
    if reply.status == 408 or reply.status >= 500:
        return Broken(reply.shown(), wait, reply.status == 500)
    return Unclear(reply.shown())


def _limits(reply: Reply) -> Limits:
    def number(name: str) -> int:
        text = reply.headers.get(name, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0

    return Limits(number("gs1-epcis-capture-limit"), number("gs1-epcis-capture-file-size-limit"))


def problem_of(reply: Reply) -> str:
    """An RFC 7807 body, or any other, as one safe line."""
    told = reply.json()
    return _told(told) if isinstance(told, dict) and _told(told) else reply.shown()


def _told(problem: Mapping[str, Any]) -> str:
    parts = [problem[key] for key in ("type", "title", "detail") if isinstance(problem.get(key), str)]
    return safe(": ".join(parts), 1000) if parts else ""


def _errors(errors: object) -> str:
    told = [_told(each) for each in errors[:20] if isinstance(each, dict)] if isinstance(errors, list) else []
    return safe("; ".join(filter(None, told)), 2000) or "the capture job failed and does not say why"


def events_of(told: object) -> list[dict[str, Any]] | None:
    """The event list of a query document; None where it is none."""
    body: Any = told.get("epcisBody") if isinstance(told, dict) else None
    for key in ("queryResults", "resultsBody"):
        if isinstance(body, dict) and key in body:
            body = body[key]
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
        return None
    return events


def _is_html(reply: Reply) -> bool:
    return "html" in reply.headers.get("content-type", "").lower() or reply.body[:200].lstrip()[:1] == b"<"
