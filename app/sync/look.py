"""What a server says of one object: by its account of objects where it keeps one, else by the events about it.

The account (`GET /epcs/{epc}/state`) is our own server's; every EPCIS 2.0 server takes the question for events. A
server that takes neither is asked no more for a while; that is the caller's pace.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.sync.answers import Answer, Heard
from app.sync.capture import VERSIONS, events_of, otherwise, problem_of
from app.sync.transport import Misdirected, Reply, Transport, Unclear

MOST_EVENTS = 30
_NOT_HERE = (404, 405, 406, 410, 501)


class Look:
    """On the caller's transport; not for more than one thread."""

    def __init__(self, transport: Transport, now: Callable[[], datetime]) -> None:
        self._transport, self._now = transport, now
        self._keeps_states: bool | None = None       # None: not known yet

    def about(self, epc: str) -> Answer:
        """Heard, or why it cannot be known."""
        if self._keeps_states is not False:
            answer = self._state(epc)
            if answer is not None:
                return answer
        return self.events(epc)

    def events(self, epc: str) -> Answer:
        """What the first page of events about it tells."""
        reply = self._transport.exchange(
            "GET", f"{self._transport.base}/events", headers=VERSIONS,
            params={"MATCH_anyEPC": epc, "perPage": str(MOST_EVENTS)})
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 404 and "NoSuchResource" in problem_of(reply):
            return Heard(False)
        if reply.status == 400:
            return Misdirected(reply.shown())        # it does not take this question
        if reply.status != 200:
            return otherwise(reply, self._now())
        found = events_of(reply.json())
        if found is None:
            return Unclear(f"expected an EPCISQueryDocument, got {reply.shown()}")
        if any(epc not in _named(event) for event in found):
            return Misdirected("asked for events by MATCH_anyEPC, the server answered with others")
        last: Mapping[str, Any] = max(found, key=lambda event: str(event.get("eventTime", "")), default={})
        return Heard(bool(found), disposition=_text(last, "disposition"), step=_text(last, "bizStep"),
                     at=_text(last, "eventTime"), events=tuple(_text(event, "eventID") for event in found))

    def _state(self, epc: str) -> Answer | None:
        """None where the server keeps no such account, or may not."""
        reply = self._transport.exchange("GET", f"{self._transport.base}/epcs/{quote(epc, safe='')}/state",
                                         headers=VERSIONS)
        if not isinstance(reply, Reply):
            return reply
        told = reply.json() if reply.status == 200 else None
        if isinstance(told, dict) and told.get("epc") == epc and isinstance(told.get("origin"), str):
            self._keeps_states = True
            event = told.get("lastEvent")
            last = event if isinstance(event, dict) else {}
            return Heard(True, told["origin"], told.get("alive") is not False, _text(told, "disposition"),
                         _text(told, "parent"), _text(told, "outermost"), _text(last, "bizStep"),
                         _text(last, "eventTime"))
        if reply.status == 404 and self._keeps_states:
            return Heard(False)
        if reply.status == 200 or reply.status in _NOT_HERE or reply.status == 400:
            self._keeps_states = None if reply.status == 404 else False
            return None
        return otherwise(reply, self._now())


def _named(event: Mapping[str, Any]) -> set[str]:
    """The objects that an event names."""
    found = {_text(event, "parentID")}
    for key in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        listed = event.get(key)
        found.update(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else None
    return found


def _text(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key)
    return found[:2000] if isinstance(found, str) else ""
