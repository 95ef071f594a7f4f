"""One label printer under supervision: draw, send, wait until the label is out, tell; and open again when it is gone.

Where it cannot print (no paper, head open, paused) the label waits in the printer or here and goes on by itself. A
label whose printer was lost in the middle is told as failed and not sent again: what follows is for the station to say.
"""
from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable

from app.domain.packing.labels import Label
from app.fonts import FontMissing
from app.labels.fields import LabelProblem
from app.labels.template import TemplateRefused
from app.messages import Printed
from app.supervised import FULL_S, Around, Supervised
from drivers.base import DeviceProblem
from drivers.printer import Printer as Driver
from drivers.printer import Status

__all__ = ["KIND", "Around", "Printer"]
KIND = "printer"
IDLE_S = 2.0                # between two looks at a printer that has nothing to do
POLL_S = 0.05               # while a label is on its way
FAULT_S = 0.25              # while it cannot print
QUIET = 2                   # looks in a row that find nothing left to print, before a label counts as out
END_S = 2.0                 # at the end of the station: a label on its way, a message nobody takes
_WORDS = {LabelProblem: "bad_label", TemplateRefused: "bad_template", FontMissing: "no_font"}


class _Ended(Exception):
    """The station stops while a label is on its way."""


class Printer(Supervised):
    """`drawn` makes a label's bytes; it raises LabelProblem, TemplateRefused or FontMissing."""

    noun = "printer"

    def __init__(self, name: str, driver: Driver, drawn: Callable[[Label], bytes], around: Around) -> None:
        super().__init__(name, KIND, driver, around)
        self._driver, self._drawn = driver, drawn
        self._jobs: deque[Label] = deque()
        self._ready: tuple[int, bytes] | None = None      # the next job, drawn while the printer was busy
        self._woken = threading.Event()

    # --- from other threads -----------------------------------------------------------------------------------------
    def print(self, label: Label) -> None:
        """Queues a label; never waits. A job that waits here already is not queued twice."""
        if all(each.job != label.job for each in tuple(self._jobs)):
            self._jobs.append(label)
        self._woken.set()

    @property
    def waiting(self) -> int:
        """Labels that are not out, the one on its way included."""
        return len(self._jobs)

    def ask_to_stop(self) -> None:
        super().ask_to_stop()
        self._woken.set()

    # --- the printer's thread -----------------------------------------------------------------------------------------
    def _serve(self) -> None:
        """Until the printer is gone or the station stops."""
        while not self._stopping.is_set():
            self._woken.clear()
            status = self._looked()
            if status.problem:
                self._stopping.wait(FAULT_S)
                continue
            try:
                while self._jobs and not self._stopping.is_set():
                    self._one(self._jobs[0])
            except _Ended:
                return
            if not self._stopping.is_set():
                self._woken.wait(IDLE_S)

    def _one(self, label: Label) -> None:
        """Prints one label and tells how it ended; the job is gone from the queue only then."""
        try:
            data = self._data(label)
        except tuple(_WORDS) as problem:
            self._end(label, "failed", _WORDS[type(problem)], str(problem))
            return
        try:
            self._driver.send(data, f"label-{label.job}-{label.sscc}")
            self._wait_for(label)
        except DeviceProblem as problem:
            self._end(label, "failed", "interrupted", str(problem))
            raise
        self._end(label, "printed")

    def _data(self, label: Label) -> bytes:
        ready, self._ready = self._ready, None
        return ready[1] if ready is not None and ready[0] == label.job else self._drawn(label)

    def _draw_next(self) -> None:
        """Draws the label after this one while the printer is busy."""
        if len(self._jobs) > 1 and self._ready is None:
            try:
                self._ready = self._jobs[1].job, self._drawn(self._jobs[1])
            except tuple(_WORDS):
                pass                       # told when it is its turn

    def _wait_for(self, label: Label) -> None:
        self._draw_next()
        quiet, until = 0, float("inf")
        while quiet < QUIET:
            status = self._looked()
            quiet = quiet + 1 if not status.waiting and not status.problem else 0
            if self._stopping.is_set():
                until = min(until, self._around.mono() + END_S)
                if self._around.mono() >= until:
                    self._driver.cancel()          # it is printed anew after the next start, never twice
                    raise _Ended
                threading.Event().wait(POLL_S)
            elif quiet < QUIET:
                self._stopping.wait(FAULT_S if status.problem else POLL_S)

    def _looked(self) -> Status:
        status = self._driver.status()
        if status.problem:
            self._tell("fault", status.problem, status.detail)
        else:
            self._tell("ready", "", "")
        return status

    # --- telling --------------------------------------------------------------------------------------------------
    def _end(self, label: Label, outcome: str, problem: str = "", detail: str = "") -> None:
        around = self._around
        message = Printed(self.name, label.job, outcome, around.now(), around.mono(), problem, detail)
        self._jobs.popleft()               # before it is told: the station may order the same job again at once
        until = float("inf")
        while True:
            try:
                around.inbox.put_nowait(message)
                break
            except queue.Full:
                self._tell("fault", "inbox_full", f"the station's inbox is full ({around.inbox.maxsize} messages)")
                if self._stopping.is_set():
                    until = min(until, around.mono() + END_S)
                    if around.mono() >= until:
                        break
                threading.Event().wait(FULL_S)

    def _tell(self, state: str, problem: str, detail: str) -> None:
        """Says a change once; what a printer adds to the same problem is no change."""
        if (state, problem) != (self.state.state, self.state.problem):
            super()._tell(state, problem, detail)
