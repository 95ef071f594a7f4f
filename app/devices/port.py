"""A signal port under supervision: what changed on its inputs goes to the line, what the line wants to its outputs.

After each opening all outputs are written as they should be now: nothing that was fired while it was away comes late.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from drivers.base import DeviceProblem
from drivers.signals import Level, SignalPort

KEPT = 1000                  # writes that wait for a port; an opening makes them all void
IDLE_S = 0.25                # between two looks at whether an output-only port is still there


class PortDriver:
    """`set` may be called from any thread and never waits. `outputs` are the names in the settings; `full_output` and
    `full_input` make such a name full ("ok" → "ok-case"). `poll_s` is the time between two looks at the inputs.
    """

    def __init__(self, port: SignalPort, outputs: Iterable[str], full_output: Callable[[str], str],
                 full_input: Callable[[str], str], poll_s: float, clock: Callable[[], float]) -> None:
        self._port, self._poll_s, self._clock = port, poll_s if port.watches else IDLE_S, clock
        self._input = full_input
        self._names = {full_output(name): name for name in outputs}       # full → as in the settings
        self._wanted = dict.fromkeys(self._names, 0)
        self._writes: deque[dict[str, int]] = deque(maxlen=KEPT)
        self._awake = threading.Event()
        self._look_s = 0.0
        self._first: list[Level] = []
        self._open = False

    def set(self, outputs: Mapping[str, int]) -> None:
        """Outputs by their full names; those of other ports are left out."""
        mine = {name: value for name, value in outputs.items() if name in self._names}
        if mine:
            self._wanted.update(mine)
            self._writes.append(mine)
            self.wake()

    def open(self) -> None:
        self._port.open()
        self._open = True
        self._writes.clear()
        self._write(dict(self._wanted))
        # Who is told that the port is ready may count on every edge from then on.
        self._first = self._port.read()
        self._look_s = self._clock() + self._poll_s

    def read(self, timeout_s: float) -> list[Level]:
        """Writes what waits, then looks at the inputs when it is time; returns early where something changed."""
        until = self._clock() + timeout_s
        while True:
            self._flush()
            levels, self._first = self._first, []
            now = self._clock()
            if now >= self._look_s and not levels:
                self._look_s = max(self._look_s + self._poll_s, now)       # what was missed is not made good
                levels = self._port.read()
                now = self._clock()
            if levels:
                return [Level(self._input(each.name), each.value, each.mono, each.fresh) for each in levels]
            if now >= until or self._awake.wait(max(0.0, min(until, self._look_s) - now)):
                self._awake.clear()
                self._flush()
                return []

    def _flush(self) -> None:
        while self._writes:
            self._write(self._writes.popleft())

    def _write(self, outputs: dict[str, int]) -> None:
        if outputs:
            self._port.write({self._names[name]: value for name, value in outputs.items()})

    def write(self, data: bytes) -> None:
        """Ports take no bytes."""

    def close(self) -> None:
        if self._open:
            self._open = False
            try:
                self._flush()                    # the last word of a station that stops
            except DeviceProblem:
                pass                             # that is why it is closed
        self._port.close()

    def wake(self) -> None:
        self._awake.set()

    def trouble(self) -> DeviceProblem | None:
        return self._port.trouble()
