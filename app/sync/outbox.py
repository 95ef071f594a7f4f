"""Every event to the server, in order, stored there once: batches, doubt, splitting, quarantine. `step()` by `step()`.

"Being sent" is on the disk before the socket is used; what may have been sent is asked for before it is sent again.
Only a job that succeeded, or the event itself shown by the server, counts as done. Deletes nothing, decides nothing
that is a person's to decide.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from app.domain.epcis import envelope, event_json, same_event
from app.domain.events import event_id
from app.messages import SyncStatus
from app.settings import ServerSection
from app.store.database import Connection
from app.store.queue import Batch, Queue, Queued, UnreadableEvent
from app.sync.answers import (
    Accepted,
    Answer,
    Broken,
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
from app.sync.capture import Capture
from app.sync.pace import SLOW_S, Pace
from app.sync.transport import Hostile, Misdirected, Unreachable

IDLE_S, QUIET_S = 5.0, 60.0
FIRST_POLL_S, LAST_POLL_S, JOB_S = 0.05, 60.0, 3600.0
ENVELOPE_BYTES = 400
STUMBLES = 3            # so often the same batch may fail inside the server before it is split
SUSPECTS = 3            # from so many single failures in a row on it may be the server, not the events
REFUSED_IN_ROW = 20     # from here on refusals are taken slowly: perhaps the server refuses everything


class Outbox:
    """One server, one request in flight. Not for more than one thread."""

    def __init__(self, connection: Connection, client: Capture, server: ServerSection, *,
                 now: Callable[[], datetime], mono: Callable[[], float], jitter: Callable[[float], float]) -> None:
        """`mono()` gives seconds that never go back, `jitter(x)` a random number from 0 to x."""
        self._client, self._server, self._now, self._mono = client, server, now, mono
        self._queue = Queue(connection)
        self.pace = Pace(mono, jitter, server.query_lag_s, server.timeout_s)
        self._queue.recover()
        self._batch = self._queue.open_batch()
        self._limits = self._remembered_limits()
        self._asked = False              # whether the server was asked for its limits since it was last away …
        self._asked_at = 0.0             # … and when; with nothing to send this also shows that it is there
        self._prompt = False             # the server's 201 has proved to mean stored
        self._doubted: Answer | None = None      # the answer that left the batch in doubt; None after a restart
        self._failure = ""               # why the batch in doubt failed, where the server said so
        self._conflict = False           # … because one of its ids was there already
        self._confirmed = False          # … though the server said that all is stored: it holds error declarations
        self._cuts: list[int] = []       # no batch goes past the first of these events: a bad one is being looked for
        self._stumbles = 0
        self._suspects: list[int] = []   # blamed one after another, with nothing stored in between
        self._tried_again: set[int] = set()
        self._refused_in_row = 0
        self._polls, self._accepted_at = 0, mono()
        self.pace.settle_first()         # a request of the run before may still be at work over there

    # --- what others ask ----------------------------------------------------------------------------------------------
    def status(self) -> SyncStatus:
        """Cheap enough for twice a second, whatever the length of the queue."""
        counts = self._queue.counts()
        return SyncStatus(self.pace.link, counts.queued, counts.in_flight, counts.accepted, counts.refused,
                          counts.oldest, counts.last_ack, self.pace.problem, self.pace.detail)

    def idle(self) -> bool:
        """True where nothing waits and nothing is in flight."""
        return self._queue.idle()

    def resolve(self, event: int, how: Literal["resend", "discard"], by: str) -> bool:
        """What a supervisor decided about a refused event; False where it is not refused any more."""
        return self._queue.resolve(event, how, by, self._now())

    def step(self) -> float:
        """One small piece of work, at most one exchange with the server. Gives the seconds until the next is due."""
        if wait := self.pace.wait_s():
            return wait
        if self._batch is None:
            self._batch = self._queue.adopt(self._limits.max_events, self._now())
        if self._batch is None:
            return self._send()
        if self._batch.state == "accepted":
            return self._poll(self._batch)
        return self.pace.sure_wait_s() or self._verify(self._batch)

    # --- sending ------------------------------------------------------------------------------------------------------
    def _send(self) -> float:
        if not self._asked:
            answer = self._client.limits()
            if isinstance(answer, Unreachable | Hostile | Unauthorised):
                return self.pace.trouble(answer)
            self._asked, self._asked_at = True, self._mono()
            if isinstance(answer, Limits):
                self._keep_limits(answer.max_events, answer.max_bytes, remember=False)
        events, body = self._parcel()
        if not events:
            self.pace.good()
            self._asked = self._mono() - self._asked_at < QUIET_S
            return IDLE_S
        self._batch = self._queue.claim(events, self._now())
        return self._sent(self._batch, body, self._client.send(body))

    def _parcel(self) -> tuple[list[Queued], bytes]:
        """The next events in order that fit, as one document; none where nothing may go out."""
        while True:
            waiting = self._queue.waiting(self._limits.max_events, self._cuts[0] if self._cuts else None)
            if not waiting and not self._cuts:
                return [], b""
            if not waiting:
                self._cuts.pop(0)
                continue
            events: list[Queued] = []
            pieces: list[msgspec.Raw] = []
            size = ENVELOPE_BYTES
            refused = self._queue.anything_refused()
            for queued in waiting:
                try:
                    event = queued.read()
                    piece = msgspec.json.encode(event_json(event))
                except (UnreadableEvent, ValueError) as error:
                    self._queue.quarantine(queued, "unreadable", str(error), self._now())
                    refused = True
                    continue
                if refused and self._queue.held_back(queued, event):
                    self._queue.hold([queued])
                    continue
                if queued.declares and event.stamp.event_id in (each.key for each in events):
                    break                # no document has an eventID twice: the event first, then its declaration
                size += len(piece) + 1
                if events and size > self._limits.max_bytes:
                    break
                events.append(queued)
                pieces.append(msgspec.Raw(piece))
            if events:
                return events, msgspec.json.encode(envelope(pieces, self._now()))

    def _sent(self, batch: Batch, body: bytes, answer: Answer) -> float:
        if isinstance(answer, Accepted | Done | Refused | Conflict | TooLarge):
            self.pace.good()
        match answer:
            case Accepted(job_url):
                self._queue.accepted(batch, job_url)
                self._batch = replace(batch, state="accepted", job_url=job_url)
                self._polls, self._accepted_at = 0, self._mono()
                return self.pace.after(FIRST_POLL_S)
            case Done(created):
                return self._done(batch, answer) if created and self._prompt else self._doubt(batch, answer)
            case Refused(problem):
                self._stumbles = 0
                return self._refuse(batch, batch.events, "refused", problem)
            case Conflict(problem):
                self._failure, self._conflict, self._stumbles = problem, True, 0
                return self._doubt(batch, answer)
            case TooLarge(limits, why):
                self._stumbles = 0
                return self._too_large(batch, len(body), limits, why)
            case Unreachable() | Misdirected() | Unauthorised():
                self._asked = False
                self._settle(batch)
                return self.pace.trouble(answer)
            case _:
                self._asked = False
                self.pace.trouble(answer)
                return self._doubt(batch, answer)

    def _too_large(self, batch: Batch, size: int, limits: Limits, why: str) -> float:
        count = len(batch.events)
        if count == 1:
            return self._refuse(batch, batch.events, "too_large", why)
        if 0 < limits.max_events < count:
            self._keep_limits(limits.max_events, 0)
        elif 0 < limits.max_bytes < size:
            self._keep_limits(0, limits.max_bytes)
        else:
            self._keep_limits(count // 2, size // 2)
        return self._settle(batch)

    # --- finding out --------------------------------------------------------------------------------------------------
    def _poll(self, batch: Batch) -> float:
        answer = self._client.poll(batch.job_url)
        late = self._mono() - self._accepted_at > JOB_S
        match answer:
            case Job("success"):
                return self._done(batch, answer)
            case Job("running") if not late:
                self.pace.good()
                self._polls += 1
                return self.pace.after(min(FIRST_POLL_S * 2**min(self._polls, 20), LAST_POLL_S))
            case Job("failed", problem, proceed):
                self.pace.good()
                self._stumbles = 0
                if not proceed:
                    return self._refuse(batch, batch.events, "refused", problem)
                self._failure = problem
                return self._doubt(batch, answer)
            case Gone() | Job("running"):
                return self._doubt(batch, answer)
            case _:
                self._asked = False
                self.pace.trouble(answer)
                return self._doubt(batch, answer) if late else self.pace.wait_s()

    def _doubt(self, batch: Batch, answer: Answer) -> float:
        """Asked for, after the server's lag, before anything is sent again."""
        self._doubted = answer
        self._queue.unknown(batch)
        self._batch = replace(batch, state="unknown")
        return self.pace.settle_first(answer)

    def _verify(self, batch: Batch) -> float:
        answer = self._client.find([each.key for each in batch.events])
        if isinstance(answer, Found):
            return self._verified(batch, answer)
        if isinstance(answer, Misdirected) and self._confirmed:
            self._well()
            return self._settle(batch, batch.events)
        if isinstance(answer, Misdirected) and self._server.dedupe == "ignore":
            return self._settle(batch)       # a server that drops repeats by itself need not be asked
        self._asked = False
        return self.pace.trouble(answer, "cannot_verify" if isinstance(answer, Misdirected) else "")

    def _verified(self, batch: Batch, answer: Found) -> float:
        stored: list[Queued] = []
        absent: list[Queued] = []
        other: dict[int, tuple[str, str]] = {}
        for queued in batch.events:
            found = answer.events.get(queued.key)
            if found is None and queued.declares and self._confirmed:
                other[queued.event] = ("declaration_lost", "the server took the error declaration and has it not")
            elif found is None:
                absent.append(queued)
            elif _ours(queued, found):
                stored.append(queued)
            else:
                other[queued.event] = ("conflict", self._failure or "another event is stored under this id")
        created = isinstance(self._doubted, Done) and self._doubted.created
        self._prompt = self._prompt or created and not absent
        if stored:
            self._well()
        elif self._doubted and absent and not self._failure:
            self._stumble(len(absent))
        failure, conflict = self._failure, self._conflict
        # A conflict is explained by what is there already; then the others are simply sent again.
        if failure and absent and not (conflict and (stored or other)):
            reason = "conflict" if conflict else "refused"
            return self._refuse(batch, absent, reason, failure, stored=stored, other=other)
        return self._settle(batch, stored, other)

    def _stumble(self, absent: int) -> None:
        """Sent, and not there. What fails so again and again is split; one alone is never blamed for the network."""
        self._stumbles += 1
        answer = self._doubted
        blame = isinstance(answer, Done | Gone | Job) or isinstance(answer, Broken) and answer.inside
        if self._stumbles >= STUMBLES and (absent > 1 or blame):
            self._failure = getattr(answer, "why", "") or "the server took it and does not have it"

    # --- ending a batch -----------------------------------------------------------------------------------------------
    def _done(self, batch: Batch, answer: Answer) -> float:
        """The server says that all is stored. Some drop a declaration as a repeat of its event: that is asked."""
        if any(each.declares for each in batch.events):
            self._confirmed = True
            return self._doubt(batch, answer)
        self._well()
        return self._settle(batch, batch.events)

    def _well(self) -> None:
        """Something was stored. Had everything failed before it, then the server was broken, not the events."""
        self.pace.good()
        self._stumbles = self._refused_in_row = 0
        if len(self._suspects) >= SUSPECTS:
            for event in self._suspects:
                self._queue.resolve(event, "resend", "station", self._now())
            self._tried_again.update(self._suspects)
        self._suspects.clear()

    def _refuse(self, batch: Batch, events: Sequence[Queued], reason: str, problem: str, *,
                stored: Sequence[Queued] = (), other: dict[int, tuple[str, str]] | None = None) -> float:
        """The server will not have these together. One alone is the offender; of several each half is tried."""
        refused = dict(other or {})
        if len(events) > 1:
            self._cuts = sorted({*self._cuts, *_cuts(events, problem)})
            return self._settle(batch, stored, refused)
        event = events[0].event
        suspect = self._stumbles >= STUMBLES
        lost = suspect and events[0].declares
        refused[event] = ("declaration_lost" if lost else "server_error" if suspect else reason, problem)
        self._settle(batch, stored, refused)
        self._refused_in_row += 1
        if suspect and not lost and event not in self._tried_again:
            self._suspects.append(event)
        if len(self._suspects) >= SUSPECTS:
            self.pace.trouble(Broken(problem))
            return self.pace.after(SLOW_S)
        if self._refused_in_row >= REFUSED_IN_ROW:
            self.pace.say("refuses_all", problem)
            return self.pace.after(SLOW_S)
        return 0.0

    def _settle(self, batch: Batch, stored: Sequence[Queued] = (),
                refused: dict[int, tuple[str, str]] | None = None) -> float:
        """The batch is over: some may be stored, some refused, the rest waits again."""
        self._queue.settle(batch, self._now(), done=stored, refused=refused)
        self._batch = None
        self._failure, self._conflict, self._confirmed, self._doubted = "", False, False, None
        return self.pace.wait_s()

    # --- limits -------------------------------------------------------------------------------------------------------
    def _remembered_limits(self) -> Limits:
        """What the settings say, or less where this server has refused as much before."""
        asked = Limits(self._server.max_events, self._server.max_bytes)
        kept = self._queue.recall("limits") or '["",0,0]'
        try:
            url, events, size = msgspec.json.decode(kept, type=tuple[str, int, int])
        except msgspec.DecodeError:
            return asked
        if url != self._server.url or events < 1 or size < 1:
            return asked
        return Limits(min(events, asked.max_events), min(size, asked.max_bytes))

    def _keep_limits(self, events: int, size: int, *, remember: bool = True) -> None:
        """Takes the smaller ones; 0 says nothing."""
        now = self._limits
        self._limits = Limits(min(events or now.max_events, now.max_events), min(size or now.max_bytes, now.max_bytes))
        if remember:
            kept = (self._server.url, self._limits.max_events, self._limits.max_bytes)
            self._queue.remember("limits", msgspec.json.encode(kept).decode())


def _ours(queued: Queued, found: dict[str, Any]) -> bool:
    """Whether what the server shows is our event; one that this program cannot read is taken for it by its id."""
    try:
        return same_event(queued.read(), found)
    except UnreadableEvent:
        return True


def _cuts(events: Sequence[Queued], problem: str) -> list[int]:
    """Where to cut a refused batch: round the event that the problem names, else in the middle."""
    named = next((at for at, each in enumerate(events) if event_id(each.key) in problem), None)
    if named is None:
        return [events[len(events) // 2 - 1].event, events[-1].event]
    return [*([events[named - 1].event] if named else []), events[named].event, events[-1].event]
