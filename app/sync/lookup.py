"""What the server says of a code that somebody looks at now. Never longer than a moment: what is not there by then is
"away", and a server that was away is left alone for some seconds. Never raises; any thread."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from app.domain.codes.text import safe
from app.settings import ServerSection
from app.sync.answers import Heard, Unauthorised
from app.sync.look import Look
from app.sync.transport import BadServerSetting, Hostile, Misdirected, Transport
from app.views import ServerView

MOST_S = 2.5                  # that somebody waits for the answer
REST_S = 15.0                 # after no answer
TIMEOUT_S = 5.0               # of the question itself, which goes on behind the back of who asked


class ServerLook:
    """One question at a time, on a thread of its own."""

    def __init__(self, server: ServerSection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC),
                 mono: Callable[[], float] = time.monotonic, most_s: float = MOST_S) -> None:
        self._server = msgspec.structs.replace(server, timeout_s=min(server.timeout_s, TIMEOUT_S))
        self._now, self._mono, self._most_s = now, mono, most_s
        self._asking = threading.Lock()
        self._rest_until = float("-inf")

    def server_says(self, epc: str) -> ServerView:
        """What is known by the end of `most_s`."""
        if not self._server.url:
            return ServerView("off")
        if self._mono() < self._rest_until or not self._asking.acquire(blocking=False):
            return ServerView("away")
        told: list[ServerView] = []
        try:
            thread = threading.Thread(target=self._ask, args=(epc, told), name="look-up", daemon=True)
            thread.start()
        except BaseException:
            self._asking.release()
            raise
        thread.join(self._most_s)
        return told[0] if told else ServerView("away")

    def _ask(self, epc: str, told: list[ServerView]) -> None:
        try:
            view = self._answer(epc)
            if view.state == "away":
                self._rest_until = self._mono() + REST_S
            told.append(view)
        finally:
            self._asking.release()

    def _answer(self, epc: str) -> ServerView:
        try:
            transport = Transport(self._server, self._server.url, self._now)
        except BadServerSetting:
            return ServerView("off")
        try:
            heard = Look(transport, self._now).about(epc)
        finally:
            transport.close()
        if isinstance(heard, Heard):
            words = (safe(each, 300) for each in (heard.disposition, heard.parent, heard.step))
            return ServerView("known" if heard.known else "unknown", heard.origin, heard.alive, *words, _time(heard.at))
        if isinstance(heard, Unauthorised | Hostile):
            return ServerView("refused")
        return ServerView("silent" if isinstance(heard, Misdirected) else "away")


def _time(text: str) -> str:
    """A server may say anything."""
    try:
        return text if datetime.fromisoformat(text).tzinfo else ""
    except ValueError:
        return ""
