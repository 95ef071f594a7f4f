"""One device under supervision: open, read, deliver, answer, and open again for as long as the station runs.

A full inbox is told as a fault and nothing is thrown away: the device waits with what it has. OK/NG bytes that are too
old are not sent; a late green is worse than none. Anything but a device's own problem is a bug and ends the thread.
"""
from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from app.messages import Message
from app.supervised import FULL_S, Around, Supervised
from drivers.base import DeviceProblem

__all__ = ["Around", "Device", "Take"]

READ_S = 0.25               # a read that nobody wakes; also how late a changed `trouble` is told
BACKLOG = 10_000            # readings kept here while the inbox is full
STALE_S = 2.0               # OK/NG bytes older than this are not sent any more

Take = Callable[[Any, datetime, float], list[Message]]


class Driver(Protocol):
    """What is served here: a reader's driver, a signal port, the line. As `drivers.base.Driver`, whatever it reads."""

    def open(self) -> None: ...
    def read(self, timeout_s: float) -> Sequence[object]: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def wake(self) -> None: ...
    def trouble(self) -> DeviceProblem | None: ...


class Device(Supervised):
    """`take` makes messages of what the driver read; `idle` is called between reads; `remark` is (problem, detail).

    While the inbox is full the device is read on, until `backlog` messages wait here: what stays in a scanner's line
    would be lost with its plug.
    """

    def __init__(self, name: str, kind: str, driver: Driver, take: Take, around: Around,
                 idle: Callable[[], None] = lambda: None, backlog: int = BACKLOG) -> None:
        super().__init__(name, kind, driver, around)
        self._driver, self._take, self._idle, self._backlog = driver, take, idle, backlog
        self.remark = ("", "")
        self._answers: deque[tuple[bytes, float]] = deque(maxlen=1000)
        self._undelivered: deque[Message] = deque()

    # --- from other threads -----------------------------------------------------------------------------------------
    def send(self, data: bytes) -> None:
        """Queues bytes for the device and wakes it; never waits."""
        if data:
            self._answers.append((data, self._around.mono()))
            self._driver.wake()

    def ask_to_stop(self) -> None:
        super().ask_to_stop()
        self._driver.wake()

    # --- the device's thread ----------------------------------------------------------------------------------------
    def _supervise(self) -> None:
        super()._supervise()
        if self._undelivered and not self._deliver():
            self._tell("fault", "inbox_full", f"readings that the station did not take: {len(self._undelivered)}")

    def _serve(self) -> None:
        """Until the device is gone or the station stops."""
        self._answers.clear()                            # verdicts on what was scanned before it went away
        while not self._stopping.is_set():
            self._answer()
            delivered = self._deliver()
            if delivered:
                self._tell_health()
            elif len(self._undelivered) >= self._backlog:
                self._stopping.wait(FULL_S)
                continue
            results = self._driver.read(READ_S if delivered else FULL_S)
            if results:
                self._undelivered += self._take(results, self._around.now(), self._around.mono())
            self._idle()

    def _answer(self) -> None:
        while self._answers:
            data, queued_s = self._answers.popleft()
            if self._around.mono() - queued_s <= STALE_S:
                self._driver.write(data)

    def _deliver(self) -> bool:
        """Hands over what was read; False while the inbox is full."""
        while self._undelivered:
            try:
                self._around.inbox.put_nowait(self._undelivered[0])
            except queue.Full:
                size = self._around.inbox.maxsize
                self._tell("fault", "inbox_full", f"the station's inbox is full ({size} messages): readings wait here")
                return False
            self._undelivered.popleft()
        return True

    def _pause(self, seconds: float) -> None:
        """Waits before the next try; what was read before goes on being delivered."""
        until = self._around.mono() + seconds
        while not self._stopping.is_set() and (left := until - self._around.mono()) > 0:
            self._stopping.wait(left if self._deliver() else min(left, FULL_S))

    # --- health -------------------------------------------------------------------------------------------------
    def _tell_health(self) -> None:
        trouble = self._driver.trouble()
        if trouble is None:
            self._tell("ready", *self.remark)
        else:
            self._tell_problem(trouble)
