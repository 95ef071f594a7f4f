"""Which reading belongs to which trigger, at one reading position: every trigger ends in exactly one frame.

Pure: time is an argument. Readers answer in the order in which they were triggered, unless an answer tells its trigger.
What comes too late for its trigger is told and given to no other; what nothing triggered becomes a frame of trigger 0.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.messages import Frame, Seen

Place = tuple[tuple[float, float], ...]
NOWHERE: Place = ((0.0, 0.0),) * 4       # the place of a code that a reader could not read: it tells none


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reader said to one trigger. No codes and an unread place is a no-read."""

    reader: str
    seen: tuple[Seen, ...]
    at: datetime
    mono: float
    unread: tuple[Place, ...] = ()
    width: int = 0
    height: int = 0
    trigger: int = 0             # where the answer tells its trigger itself; else 0
    among: int = 0               # it tells only the last digits: 1000 for three of them; 0: all of them
    causes: tuple[str, ...] = ()             # of each unread place, or ()


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. An answer comes from `earliest_s` after its trigger (below 0: it may be known before the trigger is) to
    `timeout_s`; one that was missing then may still come for `late_s` and belongs to nothing."""

    timeout_s: float
    late_s: float = 0.0
    earliest_s: float = 0.0


@dataclass(slots=True)
class _Open:
    number: int
    at: datetime
    mono: float
    answers: dict[str, Answer] = field(default_factory=dict)


class Triggers:
    """`readers` say one frame together, its source is the first. `own`: a reading that finds no trigger makes one."""

    def __init__(self, readers: Sequence[str], timing: Timing, own: bool = False) -> None:
        self._readers, self._timing, self._own = tuple(readers), timing, own
        self._last = 0
        self._open: deque[_Open] = deque()
        self._early: dict[str, deque[Answer]] = {each: deque() for each in readers}
        self._owed: dict[str, deque[float]] = {each: deque() for each in readers}      # until when; oldest first
        self._strays: list[Answer] = []
        self.late: list[Answer] = []             # to be told; the caller empties it

    @property
    def last(self) -> int:
        """The newest trigger's number; 0 before the first."""
        return self._last

    def begin(self, count: int) -> None:
        """Numbers go on from the line's own count, so that a gap in them is a gap on the line. Only before the first.
        """
        self._last = self._last or count

    def skip(self, count: int) -> None:
        """So many came to the readers that nobody looked at: their numbers are nobody's."""
        self._last += count

    def trigger(self, at: datetime, mono: float) -> int:
        """Something came to the readers; its number, from 1."""
        self.expire(mono)
        self._last += 1
        opened = _Open(self._last, at, mono)
        self._open.append(opened)
        for reader, early in self._early.items():
            if early:
                opened.answers[reader] = early.popleft()
        return self._last

    def answer(self, answer: Answer) -> None:
        """Gives it to its trigger, else keeps it as late, early or a stray."""
        reader, mono = answer.reader, answer.mono
        self.expire(mono)
        if answer.trigger or answer.among:
            self._answer_of(answer)
            return
        if self._owed[reader]:
            self._owed[reader].popleft()
            self.late.append(answer)
            return
        waiting = next((each for each in self._open if reader not in each.answers), None)
        if waiting and mono - waiting.mono >= self._timing.earliest_s:
            waiting.answers[reader] = answer
        elif waiting:
            self._strays.append(answer)
        elif self._own:
            self.trigger(answer.at, mono)
            self._open[-1].answers[reader] = answer
        elif self._timing.earliest_s < 0:
            self._early[reader].append(answer)
        else:
            self._strays.append(answer)

    def _answer_of(self, answer: Answer) -> None:
        number = answer.trigger
        if answer.among:                         # the newest trigger that ends in these digits
            number = self._last - (self._last - number) % answer.among
        if not 1 <= number <= self._last:
            self._strays.append(answer)
            return
        mine = next((each for each in self._open if each.number == number), None)
        if mine is None or answer.reader in mine.answers:
            self.late.append(answer)
        else:
            mine.answers[answer.reader] = answer

    def forget(self, reader: str) -> None:
        """The reader was away: what it owed it will not say any more."""
        self._owed[reader].clear()

    def ended(self, at: datetime, mono: float) -> list[Frame]:
        """The frames that are due at `mono`, in the order of their triggers; strays before them."""
        self.expire(mono)
        frames = [self._frame(0, {each.reader: each}, at, mono) for each in self._strays]
        self._strays.clear()
        while self._open:
            first = self._open[0]
            missing = [reader for reader in self._readers if reader not in first.answers]
            until = first.mono + self._timing.timeout_s
            if missing and mono < until:
                break
            self._open.popleft()
            for reader in missing:
                self._owed[reader].append(until + self._timing.late_s)
            frames.append(self._frame(first.number, first.answers, at, mono))
        self.expire(mono)
        return frames

    @property
    def due_s(self) -> float | None:
        """When `ended` has something to give by itself; None where nothing waits."""
        if self._strays:
            return float("-inf")
        due = [early[0].mono - self._timing.earliest_s for early in self._early.values() if early]
        if self._open:
            first = self._open[0]
            due.append(first.mono + self._timing.timeout_s if len(first.answers) < len(self._readers) else first.mono)
        return min(due, default=None)

    def expire(self, mono: float) -> None:
        """Early answers whose trigger did not come are strays; owed ones that did not come are not waited for."""
        for early in self._early.values():
            while early and mono >= early[0].mono - self._timing.earliest_s:
                self._strays.append(early.popleft())
        for owed in self._owed.values():
            while owed and mono > owed[0]:
                owed.popleft()

    def _frame(self, number: int, answers: dict[str, Answer], at: datetime, mono: float) -> Frame:
        source = self._readers[0]
        said = [answers[reader] for reader in self._readers if reader in answers]
        if not said:
            return Frame(source, (), at, mono, trigger=number, timed_out=True)
        several = len(self._readers) > 1
        seen = tuple(replace(each, view=answer.reader) if several else each for answer in said for each in answer.seen)
        unread = tuple(place for answer in said for place in answer.unread)
        causes = tuple(why for answer in said for why in answer.causes or ("",) * len(answer.unread))
        if number:
            unread += (NOWHERE,) * (len(self._readers) - len(said))       # a reader that said nothing
        newest = max(said, key=lambda each: each.mono)
        return Frame(source, seen, newest.at, newest.mono, said[0].width, said[0].height, unread, number,
                     causes=causes if any(causes) else ())
