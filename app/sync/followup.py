"""Objects that were taken in before anybody had told of them: the server is asked of each, now and again.

What it says goes to the station's inbox, for the station alone writes its journal. Slow on purpose: one question at a
time, behind everything else that the link is for.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from app.messages import Answered
from app.store.database import Connection
from app.sync.answers import Answer, Heard
from app.sync.look import Look
from app.sync.pace import Pace

BETWEEN_S = 0.2               # questions
LOOK_S = 30.0                 # between two looks for objects to ask of
AGAIN_S = 6 * 3600.0          # what the server did not know is asked again: its own news may come late
MOST = 500                    # asked of between two looks


class FollowUp:
    """On the sync's connection and thread. `tell` takes each answer to the station."""

    def __init__(self, connection: Connection, look: Look, tell: Callable[[Answered], None], *,
                 now: Callable[[], datetime], mono: Callable[[], float], jitter: Callable[[float], float]) -> None:
        self._connection, self._look, self._tell, self._now, self._mono = connection, look, tell, now, mono
        self.pace = Pace(mono, jitter, 0.0, 0.0)
        self.done = False        # True once there was nothing left to ask
        self._due: deque[tuple[str, str, str]] = deque()
        self._asked: dict[str, float] = {}

    def step(self) -> float:
        """Asks of one object where it is time. Gives the seconds until the next is due."""
        if wait := self.pace.wait_s():
            return wait
        if not self._due:
            self._due.extend(self._wanted())
        self.done = not self._due
        if self.done:
            return self.pace.after(LOOK_S)
        epc, document, before = self._due[0]
        answer = self._answer(epc)
        if isinstance(answer, str):
            self._due.popleft()
            self._asked[epc] = self._mono()
            self.pace.good()
            if answer != before:
                self._tell(Answered(epc, document, answer, self._now(), self._mono()))
            return self.pace.after(BETWEEN_S)
        return self.pace.trouble(answer)

    def _wanted(self) -> list[tuple[str, str, str]]:
        """(EPC, document, answer so far) of what is to be asked now."""
        rows = self._connection.execute(
            "SELECT epc, document, answer FROM provisional WHERE answer IN ('', 'unknown')").fetchall()
        self._asked = {epc: self._asked[epc] for epc, _, _ in rows if epc in self._asked}
        now = self._mono()
        return [row for row in rows if now - self._asked.get(row[0], float("-inf")) >= (
            AGAIN_S if row[2] else LOOK_S)][:MOST]

    def _answer(self, epc: str) -> str | Answer:
        """"known" where somebody else than this station has told of the object, "unknown" where nobody has."""
        if self._connection.execute("SELECT 1 FROM announced WHERE epc=?", (epc,)).fetchone():
            return "known"
        heard = self._look.about(epc)
        if isinstance(heard, Heard) and heard.origin == "observed":      # by us alone?
            heard = self._look.events(epc)
        if not isinstance(heard, Heard):
            return heard
        if heard.origin in ("commissioned", "announced"):
            return "known"
        return "known" if any(not self._ours(event) for event in heard.events) else "unknown"

    def _ours(self, event: str) -> bool:
        return self._connection.execute("SELECT 1 FROM event WHERE event_id=?", (event,)).fetchone() is not None
