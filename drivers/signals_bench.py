"""Signals on a bench: nothing is fired, each output is noted with its time; inputs are pressed by hand.

What was written stays in a ring of the newest entries and, where a file is given, as lines `time name=value` in it.
"""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from drivers.base import DeviceProblem, DeviceRefused
from drivers.signals import Level

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Fired:
    """One output that was set."""

    name: str
    value: int
    mono: float
    at: datetime


class BenchPort:
    """`press` may be called from any thread; `log` may be read from any. `file` grows by a line an output."""

    def __init__(self, inputs: Iterable[str] = (), outputs: Iterable[str] = (), file: Path | None = None,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._inputs, self._outputs, self._file, self._clock = tuple(inputs), frozenset(outputs), file, clock
        self._pressed: deque[tuple[str, int]] = deque()
        self.log: deque[Fired] = deque(maxlen=KEPT)

    @property
    def watches(self) -> bool:
        return bool(self._inputs)

    def open(self) -> None:
        if self._file is not None:
            try:
                self._file.touch()
            except OSError as error:
                raise DeviceRefused(f"bench file {self._file} cannot be written ({error})") from error

    def press(self, name: str, value: int) -> None:
        """An input's level from now on. Raises KeyError where there is none of this name."""
        if name not in self._inputs:
            raise KeyError(name)
        self._pressed.append((name, value))

    def read(self) -> list[Level]:
        levels, now = [], self._clock()
        while self._pressed:
            name, value = self._pressed.popleft()
            levels.append(Level(name, value, now))
        return levels

    def write(self, outputs: Mapping[str, int]) -> None:
        for name, value in outputs.items():
            if name not in self._outputs:
                raise KeyError(name)
            fired = Fired(name, value, self._clock(), datetime.now(UTC))
            self.log.append(fired)
            if self._file is not None:
                self._note(self._file, f"{fired.at.isoformat(timespec='milliseconds')} {name}={value}\n")

    @staticmethod
    def _note(file: Path, line: str) -> None:
        try:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(line)
        except OSError as error:
            raise DeviceRefused(f"bench file {file} cannot be written ({error})") from error

    def outputs(self) -> dict[str, int]:
        """What each output that was ever set is now."""
        return {each.name: each.value for each in self.log}

    def close(self) -> None:
        pass

    def trouble(self) -> DeviceProblem | None:
        return None
