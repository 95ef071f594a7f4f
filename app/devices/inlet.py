"""The line's one queue as a driver: the line is supervised like any device, with a thread, a backlog and faults."""
from __future__ import annotations

import queue
from collections.abc import Callable

from app.devices.line import Item, Line
from drivers.base import DeviceProblem

MOST = 1000                  # items at once, so that outputs are written in between


class Inlet:
    """`put` may be called from any thread and never waits; `read` gives what came, [] once something is due."""

    def __init__(self, line: Line, clock: Callable[[], float]) -> None:
        self._line, self._clock = line, clock
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()

    def put(self, item: Item) -> None:
        self._items.put(item)

    def wake(self) -> None:
        self._items.put(None)

    def open(self) -> None:
        pass

    def read(self, timeout_s: float) -> list[Item | None]:
        """At least one item or None: time alone ends triggers, pulses and beats."""
        wait_s = min(timeout_s, self._line.due_s - self._clock())
        items: list[Item | None] = []
        try:
            items.append(self._items.get(timeout=wait_s) if wait_s > 0 else self._items.get_nowait())
            while len(items) < MOST:
                items.append(self._items.get_nowait())
        except queue.Empty:
            items = items or [None]
        return items

    def write(self, data: bytes) -> None:
        """The line takes no bytes."""

    def close(self) -> None:
        pass

    def trouble(self) -> DeviceProblem | None:
        return self._line.trouble(self._clock())
