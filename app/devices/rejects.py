"""What has to leave the line: from a trigger to the point where it is pushed off, and the sensor that says it is gone.

Pure: time and the encoder's count are arguments. Only what is known to be good by the time it reaches the point goes
on; a verdict that comes later finds it rejected. Knows no outputs; the caller fires and tells.
"""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offset:
    """How far it is from the reader to the reject point, in one of three measures; all 0: rejected at the verdict."""

    after_s: float = 0.0
    after_triggers: int = 0
    after_counts: int = 0        # of the encoder
    confirm_s: float = 0.0       # how long the sensor may take; 0: there is none


@dataclass(slots=True)
class _Pending:
    trigger: int
    mono: float
    count: int
    good: bool | None = None     # None: nobody has said yet


class Rejects:
    """`all_of_them`: nothing goes on, whatever its verdict; for a line whose PLC is not heard of."""

    def __init__(self, offset: Offset) -> None:
        self._offset = offset
        self._pending: deque[_Pending] = deque()         # on their way to the point, oldest first
        self._newest = 0
        self._fired: deque[tuple[int, float]] = deque()  # not confirmed yet: trigger, until when
        self._gone: deque[int] = deque(maxlen=1000)      # fired, newest last
        self.all_of_them = False

    def trigger(self, number: int, mono: float, count: int = 0) -> None:
        """Something is on its way to the point; `count` is the encoder's."""
        self._newest = number
        self._pending.append(_Pending(number, mono, count))

    def verdict(self, number: int, good: bool) -> bool:
        """False where it comes too late: what is good has been rejected already."""
        if number in self._gone:
            return not good
        for pending in self._pending:
            if pending.trigger == number:
                pending.good = good
        return True

    def drop(self, first: int, last: int) -> None:
        """A hand took these triggers' pieces off the line: the pusher would hit another one."""
        self._pending = deque(each for each in self._pending if not first <= each.trigger <= last)

    def due(self, mono: float, count: int = 0) -> list[int]:
        """The triggers that reach the point now and are to be fired, oldest first."""
        there = [each for each in self._pending if self._reached(each, mono, count)]
        fired = []
        for each in there:
            self._pending.remove(each)
            if not each.good or self.all_of_them:
                fired.append(each.trigger)
        self._gone += fired
        if self._offset.confirm_s:
            self._fired += [(number, mono + self._offset.confirm_s) for number in fired]
        return fired

    def _reached(self, pending: _Pending, mono: float, count: int) -> bool:
        offset = self._offset
        if offset.after_s:
            return mono >= pending.mono + offset.after_s
        if offset.after_triggers:
            return self._newest >= pending.trigger + offset.after_triggers
        if offset.after_counts:
            return count - pending.count >= offset.after_counts
        return pending.good is not None

    def sensor(self) -> int:
        """The sensor saw something leave: the trigger it confirms, 0 where nothing was fired."""
        return self._fired.popleft()[0] if self._fired else 0

    def missed(self, mono: float) -> list[int]:
        """Triggers that were fired and whose leaving nobody saw in time."""
        missed = []
        while self._fired and mono >= self._fired[0][1]:
            missed.append(self._fired.popleft()[0])
        return missed

    @property
    def due_s(self) -> float | None:
        """When `due` or `missed` has something to give by time alone."""
        due = [until for _, until in list(self._fired)[:1]]
        if self._pending and self._offset.after_s:
            due.append(self._pending[0].mono + self._offset.after_s)
        return min(due, default=None)
