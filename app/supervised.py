"""A device kept in use by a thread of its own: open, serve, close, and again, for as long as the station runs.

What is the device's own problem is told and tried again, later each time; anything else is a bug, is told too and ends
the thread. Knows neither readings nor labels: what is done with an open device is its heirs' affair.
"""
from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.messages import DeviceState, Message
from drivers.base import DeviceGone, DeviceProblem

FULL_S = 0.02               # between two tries at a full inbox
FIRST_RETRY_S = 0.2
LAST_RETRY_S = 5.0
STEADY_S = 2.0              # open for so long: the next retry is quick again


class Openable(Protocol):
    def open(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What every device is given: where its messages go, who is told of its health, what time it is."""

    inbox: queue.Queue[Message]
    say: Callable[[DeviceState], None]
    now: Callable[[], datetime]          # aware UTC
    mono: Callable[[], float]            # seconds, steady


class Supervised(ABC):
    """`noun` is what texts and the thread's name call it."""

    noun = "device"

    def __init__(self, name: str, kind: str, driver: Openable, around: Around) -> None:
        self.name, self._kind, self._around = name, kind, around
        self._opened = driver
        self.state = DeviceState(name, kind, "opening", "", around.now())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{self.noun}-{name}", daemon=True)

    # --- from other threads -----------------------------------------------------------------------------------------
    def start(self) -> None:
        self._around.say(self.state)
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stopping.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is None:
            return
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._tell("fault", "hangs", f"the {self.noun}'s driver did not come back when the station stopped")

    # --- its own thread ---------------------------------------------------------------------------------------------
    @abstractmethod
    def _serve(self) -> None:
        """Uses the open device until `_stopping` is set. Raises DeviceProblem where it cannot be used any more."""

    def _pause(self, seconds: float) -> None:
        """Waits before the next try."""
        self._stopping.wait(seconds)

    def _run(self) -> None:
        try:
            self._supervise()
        except BaseException as bug:
            self._tell("fault", "bug", f"the {self.noun}'s thread ended: {type(bug).__name__}: {bug}")
            raise

    def _supervise(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            opened_s = self._around.mono()
            try:
                self._opened.open()
                self._serve()
            except DeviceProblem as problem:
                self._tell_problem(problem)
            finally:
                self._opened.close()
            if self._around.mono() - opened_s >= STEADY_S:
                retry_s = FIRST_RETRY_S
            self._pause(retry_s)
            retry_s = min(2 * retry_s, LAST_RETRY_S)

    # --- health -----------------------------------------------------------------------------------------------------
    def _tell_problem(self, problem: DeviceProblem) -> None:
        self._tell("gone" if isinstance(problem, DeviceGone) else "fault", problem.problem, str(problem))

    def _tell(self, state: str, problem: str, detail: str) -> None:
        """Says a change once."""
        if (state, problem, detail) != (self.state.state, self.state.problem, self.state.detail):
            self.state = DeviceState(self.name, self._kind, state, detail, self._around.now(), problem)
            self._around.say(self.state)
