"""The bottles between the reader and the packer, in their order, as a value that is cheap to change.

A place is added, changed or taken out without copying the others: places stand in short runs, codes in many small
tables, and a new row shares with the old one whatever did not change. So the row before is still whole when a commit
fails. Knows nothing of orders, verdicts or signals.
"""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

GOOD, NO_READ, BAD, DOUBTFUL = "good", "no_read", "bad", "doubtful"
RUN = 64             # places in one run
TABLES = 256         # of codes; a row of 5,000 places has some twenty codes in each


@dataclass(frozen=True, slots=True)
class Slot:
    """One bottle. `state`: "good", "no_read" or "bad" (to be rejected); `reason` a Reason's word where it is not good.

    `doubtful`: another bottle may stand here since the queue stopped.
    """

    number: int              # grows with each bottle that passes the reader
    epc: str = ""
    state: str = GOOD
    reason: str = ""
    trigger: int = 0         # of the reader, 0 where it does not count
    doubtful: bool = False

    @property
    def sure(self) -> bool:
        """True where the bottle at this place is known and may be packed."""
        return self.state == GOOD and not self.doubtful

    @property
    def shown(self) -> str:
        """One word for the screen: "good", "no_read", "bad" or "doubtful"."""
        return DOUBTFUL if self.doubtful and self.state == GOOD else self.state


Run = tuple[Slot, ...]
Codes = tuple[dict[str, int], ...]       # the tables are shared between rows and never changed


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Places in ascending order of their numbers. `coded` counts the good ones; a code is at one good place at most."""

    runs: tuple[Run, ...] = ()
    codes: Codes = ({},) * TABLES
    count: int = 0
    coded: int = 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Slot]:
        return (slot for run in self.runs for slot in run)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.count == other.count and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self.count, self.first, self.last))

    @property
    def first(self) -> Slot | None:
        return self.runs[0][0] if self.runs else None

    @property
    def last(self) -> Slot | None:
        return self.runs[-1][-1] if self.runs else None

    def head(self, count: int) -> tuple[Slot, ...]:
        """The first places, at most `count`."""
        taken: list[Slot] = []
        for run in self.runs:
            if len(taken) >= count:
                break
            taken += run[: count - len(taken)]
        return tuple(taken)

    def get(self, number: int) -> Slot | None:
        """The place of this number."""
        at = self._run(number)
        return next((slot for slot in self.runs[at] if slot.number == number), None) if at < len(self.runs) else None

    def find(self, epc: str) -> Slot | None:
        """The good place of this code."""
        number = self.codes[hash(epc) % TABLES].get(epc)
        return None if number is None else self.get(number)

    def between(self, first: int, last: int) -> tuple[Slot, ...]:
        """The places with numbers from `first` to `last`, both included."""
        found: list[Slot] = []
        for run in self.runs[self._run(first) :]:
            if run[0].number > last:
                break
            found += (slot for slot in run if first <= slot.number <= last)
        return tuple(found)

    def ahead(self, number: int) -> int:
        """How many places come before this one."""
        at = self._run(number)
        before = sum(slot.number < number for slot in self.runs[at]) if at < len(self.runs) else 0
        return sum(map(len, self.runs[:at])) + before

    def put(self, slot: Slot) -> Row:
        """The row with one more place at its end, or with the place of this number changed."""
        last = self.last
        if last is not None and slot.number <= last.number:
            return self.edit((slot.number,), lambda _: slot)
        if self.runs and len(self.runs[-1]) < RUN:
            runs = (*self.runs[:-1], (*self.runs[-1], slot))
        else:
            runs = (*self.runs, (slot,))
        coded = slot.state == GOOD
        codes = self._coded((), (slot,)) if coded else self.codes
        return Row(runs, codes, self.count + 1, self.coded + coded)

    def drop(self, numbers: Collection[int]) -> Row:
        """The row without these places."""
        return self.edit(numbers, lambda _: None)

    def doubt(self, numbers: Collection[int], doubtful: bool) -> Row:
        """The row with these places doubtful, or known again."""
        if not numbers:
            return self
        chosen, begin, end = frozenset(numbers), self._run(min(numbers)), self._run(max(numbers)) + 1
        changed = (tuple(Slot(slot.number, slot.epc, slot.state, slot.reason, slot.trigger, doubtful)
                         if slot.number in chosen else slot for slot in run) for run in self.runs[begin:end])
        return replace(self, runs=(*self.runs[:begin], *changed, *self.runs[end:]))

    def edit(self, numbers: Collection[int], change: Callable[[Slot], Slot | None]) -> Row:
        """The row with each of these places as `change` makes it, None takes it out. Others stay as they are."""
        if not numbers:
            return self
        chosen, high = frozenset(numbers), max(numbers)
        runs, old, new = list(self.runs), list[Slot](), list[Slot]()
        at = begin = self._run(min(numbers))
        while at < len(runs) and runs[at][0].number <= high:
            run = list[Slot]()
            for slot in runs[at]:
                made: Slot | None = slot
                if slot.number in chosen:
                    made = change(slot)
                    old.append(slot)
                    if made is not None:
                        new.append(made)
                if made is not None:
                    run.append(made)
            runs[at] = tuple(run)
            at += 1
        runs[begin:at] = [run for run in runs[begin:at] if run]
        gone, come = [s for s in old if s.state == GOOD], [s for s in new if s.state == GOOD]
        same = [(s.epc, s.number) for s in gone] == [(s.epc, s.number) for s in come]
        codes = self.codes if same else self._coded(gone, come)
        return Row(tuple(runs), codes, self.count - len(old) + len(new), self.coded - len(gone) + len(come))

    def _run(self, number: int) -> int:
        """The first run that may hold this number."""
        return bisect_left(self.runs, number, key=lambda run: run[-1].number)

    def _coded(self, gone: Iterable[Slot], come: Iterable[Slot]) -> Codes:
        tables, own = list(self.codes), set[int]()
        for slots, keep in ((gone, False), (come, True)):
            for slot in slots:
                at = hash(slot.epc) % TABLES
                if at not in own:
                    own.add(at)
                    tables[at] = dict(tables[at])
                if keep:
                    tables[at][slot.epc] = slot.number
                elif tables[at].get(slot.epc) == slot.number:
                    del tables[at][slot.epc]
        return tuple(tables)


def row(slots: Iterable[Slot]) -> Row:
    """A row of these places, in this order; as the store kept them."""
    made = list(slots)
    runs = tuple(tuple(made[at : at + RUN]) for at in range(0, len(made), RUN))
    coded = [slot for slot in made if slot.state == GOOD]
    return Row(runs, Row()._coded((), coded), len(made), len(coded))
