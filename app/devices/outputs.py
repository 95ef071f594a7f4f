"""The line's outputs as they are to be: levels that hold and pulses that end. Pure; the ports write what is given here.

A pulse begins when it is given to the ports and not before, so that none is over before anybody saw it.
"""
from __future__ import annotations

from collections.abc import Iterable

WORDS = ("number",)          # registers; they are written before the bits that say they are new


class Outputs:
    """`names` are the outputs that some port has; all others are taken without a word and go nowhere."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._held: dict[str, int] = {}
        self._asked: dict[str, float] = {}       # pulses that have not begun: how long
        self._until: dict[str, float] = {}       # pulses that are on
        self._given: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def hold(self, name: str, value: int) -> None:
        if name in self._names:
            self._held[name] = int(value)

    def pulse(self, name: str, for_s: float) -> None:
        """On for so long from when it is given; one that is on already goes on for so long."""
        if name in self._names:
            self._asked[name] = for_s

    def end(self, name: str) -> None:
        """A pulse that is not wanted any more."""
        self._asked.pop(name, None)
        self._until.pop(name, None)

    def changes(self, mono: float) -> dict[str, int]:
        """What is to be written now, in this order: registers, what goes off, what comes on."""
        for name, for_s in self._asked.items():
            self._until[name] = mono + for_s
        self._asked.clear()
        self._until = {name: until for name, until in self._until.items() if until > mono}
        wanted = {name: self._held.get(name) or int(name in self._until) for name in {*self._held, *self._until}
                  | self._given.keys()}
        changed = {name: value for name, value in wanted.items() if self._given.get(name, 0) != value}
        self._given |= changed
        return dict(sorted(changed.items(), key=lambda each: (each[0].partition("-")[0] not in WORDS, each[::-1])))

    @property
    def due_s(self) -> float | None:
        """When the next pulse ends; long ago where one waits to begin."""
        return float("-inf") if self._asked else min(self._until.values(), default=None)
