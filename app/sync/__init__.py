"""Between the station and its server, in a thread of its own: events out, master data in. Never in a scan's way.

Everything that matters is in the store; killing the thread at any point loses and doubles nothing.
"""
from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from app.messages import Answered, MasterChanged, SyncStatus
from app.settings import ServerSection
from app.store.database import Connection, DiskFull, StoreRefused, open_writer, sqlite3
from app.store.queue import Queue
from app.sync.capture import Capture
from app.sync.followup import FollowUp
from app.sync.look import Look
from app.sync.master import Master
from app.sync.outbox import Outbox
from app.sync.pace import TRIES
from app.sync.transport import BadServerSetting

TELL_S = 0.5              # the status is told at most so often …
QUIET_TELL_S = 5.0        # … and looked at no less often
LINGER_S = 0.2            # events that come close together go out together
STORE_WAIT_S = 5.0
CLOCK_OFF_S = 120.0

Notify = Callable[[SyncStatus | MasterChanged | Answered], None]


class Sync:
    """`start()` and `stop()`, or `once()`. `notify` is called from the sync thread whenever the status has changed.

    `follow_up`: the server is asked of objects that were taken in provisionally, and `notify` takes its answers on.
    """

    def __init__(self, database: Path, server: ServerSection, notify: Notify, *, follow_up: bool = False,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC), mono: Callable[[], float] = time.monotonic,
                 jitter: Callable[[float], float] = lambda most: random.uniform(0, most)) -> None:
        self._database, self._server, self._notify, self._follows = database, server, notify, follow_up
        self._now, self._mono, self._jitter = now, mono, jitter
        self._wake, self._stopping, self._hurry = threading.Event(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._told: SyncStatus | None = None
        self._told_at = float("-inf")
        self._connection: Connection | None = None
        self._outbox: Outbox | None = None
        self._master: Master | None = None
        self._capture: Capture | None = None
        self._follow_up: FollowUp | None = None
        self._fault = ("", "")           # (problem, detail) of settings or store
        self._offset_s: float | None = None
        # What `once` did besides sending: master data that came, and why a question could not be asked ("" is well).
        self.records, self.unanswered = 0, ""

    # --- from any thread --------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends after the request under way, or leaves it behind: what became of it is asked at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def wake(self) -> None:
        """There are new events."""
        self._wake.set()

    def sync_now(self) -> None:
        """A person asks to try now, whatever the back-off says."""
        self._hurry.set()
        self._wake.set()

    def resolve(self, event: int, how: Literal["resend", "discard"], by: str) -> bool:
        """A supervisor's word on a refused event; False where it is not refused any more. Asks nobody's rights."""
        connection = open_writer(self._database)
        try:
            done = Queue(connection).resolve(event, how, by, self._now())
        finally:
            connection.close()
        self._wake.set()
        return done

    def once(self, max_s: float = 600.0) -> SyncStatus:
        """Sends and fetches what there is, in the caller's thread, and gives up early where the server is away."""
        end = self._mono() + max_s
        try:
            while True:
                wait = self._turn()
                if self._is_over() or self._mono() + wait > end:
                    status = self._status()
                    self._tell(status)
                    return status
                self._tell_sometimes()
                self._wake.wait(min(wait, 1.0))
        finally:
            self.records = self._master.records if self._master else 0
            self.unanswered = self._follow_up.pace.problem if self._follow_up else ""
            self._close()

    # --- the thread -------------------------------------------------------------------------------------------------
    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                wait = self._turn()
                look = QUIET_TELL_S if self._tell_sometimes() else TELL_S
                if self._wake.wait(min(wait, look)) and wait > 0 and not self._hurry.is_set():
                    self._stopping.wait(LINGER_S)
                self._wake.clear()
        except BaseException as error:
            self._notify(SyncStatus("down", 0, 0, 0, 0, problem="stopped", detail=f"{type(error).__name__}: {error}"))
            raise
        finally:
            self._close()

    def _open(self) -> None:
        """Raises StoreRefused; a wrong setting is kept to be told."""
        self._connection = open_writer(self._database)
        chances: dict[str, Any] = {"now": self._now, "mono": self._mono, "jitter": self._jitter}
        try:
            if self._server.url:
                self._capture = Capture(self._server, self._now)
                self._outbox = Outbox(self._connection, self._capture, self._server, **chances)
                if self._follows:
                    look = Look(self._capture.transport, self._now)
                    self._follow_up = FollowUp(self._connection, look, self._notify, **chances)
            if self._server.url or self._server.master_url:
                self._master = Master(self._connection, self._server, changed=self._master_changed, **chances)
        except BadServerSetting as error:
            self._fault = ("bad_setting", str(error))

    def _close(self) -> None:
        for each in (self._capture, self._master, self._connection):
            if each is not None:
                each.close()
        self._capture = self._outbox = self._master = self._follow_up = self._connection = None

    def _turn(self) -> float:
        """One step each way. Gives the seconds until the next is due."""
        try:
            if self._connection is None:
                self._fault = ("", "")
                self._open()
            if self._hurry.is_set():
                self._hurry.clear()
                for each in self._workers():
                    each.pace.hurry()
                if self._follow_up is not None:
                    self._follow_up.pace.hurry()
            waits = [each.step() for each in self._workers()]
            if self._follow_up is not None:
                waits.append(self._follow_up.step())
            self._keep_offset()
            return min(waits, default=QUIET_TELL_S)
        except (DiskFull, StoreRefused, sqlite3.Error) as error:
            # What was in memory may not be what is on the disk: everything is opened anew.
            self._close()
            self._fault = ("store", str(error))
            return STORE_WAIT_S

    def _workers(self) -> list[Outbox | Master]:
        return [each for each in (self._outbox, self._master) if each is not None]

    def _is_over(self) -> bool:
        """`once` is done, or there is no sense in going on."""
        if self._fault[0] or any(each.pace.failures >= TRIES for each in self._workers()):
            return True
        if self._outbox is not None and (self._outbox.pace.link in ("refused", "fenced")
                                         or self._outbox.pace.problem == "refuses_all"):
            return True
        if self._follow_up is not None and not (self._follow_up.done or self._follow_up.pace.is_over):
            return False
        sent = self._outbox is None or self._outbox.idle() and self._outbox.pace.link == "up"
        return sent and (self._master is None or self._master.read)

    def _keep_offset(self) -> None:
        offset = self._capture.transport.clock_offset_s if self._capture else None
        if offset is not None and (self._offset_s is None or abs(offset - self._offset_s) > 1):
            self._offset_s = offset
            Queue(self._connection).remember("clock_offset_s", f"{offset:.1f}")

    def _master_changed(self) -> None:
        self._notify(MasterChanged(self._now()))

    # --- what is told -----------------------------------------------------------------------------------------------
    def _status(self) -> SyncStatus:
        if self._outbox is not None:
            return self._with_problem(self._outbox.status())
        if self._connection is None:
            return SyncStatus("down", 0, 0, 0, 0, problem=self._fault[0], detail=self._fault[1])
        counts = Queue(self._connection).counts()
        return self._with_problem(SyncStatus("off", counts.queued, counts.in_flight, counts.accepted, counts.refused,
                                             counts.oldest, counts.last_ack, "" if self._fault[0] else "no_server"))

    def _with_problem(self, status: SyncStatus) -> SyncStatus:
        """The worst thing there is to say, where the outbox has nothing to say itself."""
        if self._fault[0]:
            return replace(status, problem=self._fault[0], detail=self._fault[1])
        if status.problem:
            return status
        if self._master is not None and self._master.pace.problem:
            return replace(status, problem=self._master.pace.problem, detail=self._master.pace.detail)
        if self._master is not None and (aside := self._master.aside()):
            return replace(status, problem="bad_master", detail=str(aside))
        if self._offset_s is not None and abs(self._offset_s) > CLOCK_OFF_S:
            return replace(status, problem="clock", detail=f"{self._offset_s:+.0f} s")
        return status

    def _tell_sometimes(self) -> bool:
        """False where it is too early to look again."""
        if self._mono() - self._told_at < TELL_S:
            return False
        self._tell(self._status())
        return True

    def _tell(self, status: SyncStatus) -> None:
        self._told_at = self._mono()
        if status != self._told:
            self._told = status
            self._notify(status)
