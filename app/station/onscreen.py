"""What the screens show beside the state. One value, so that a group that could not be written takes all of it back."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.decision import Change, DocumentScanned
from app.domain.facts import Content, Facts
from app.messages import ReworkView
from app.panel import Last
from app.store import statistics, tally
from app.store.database import Connection
from app.store.entry import Entry

NOTHING: Last = ("", "", 0, "", "", "", ())


@dataclass(frozen=True, slots=True)
class OnScreen:
    """`last` is the object scanned last on the dock: EPC, level, units, product, lot, the earliest expiry, and the
    documents that it went onto. `counts`: codes of `order` by reason, all that the store knows of, whenever the program
    was started.
    """

    lookup: str = ""
    last: Last = NOTHING
    rework: ReworkView | None = None
    order: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def told(self, entry: Entry, rework: ReworkView | None) -> OnScreen:
        """With what one entry was, and the rework that it did."""
        found = tally.counts(entry) if entry.order and entry.order == self.order else {}
        if not found:
            return replace(self, rework=rework)
        counts = Counter(self.counts)
        for (_, reason), count in found.items():
            counts[reason] += count
        return replace(self, rework=rework, counts=counts)

    def scanned(self, epc: str, facts: Facts, changes: Sequence[Change]) -> OnScreen:
        """With an object that has just come in or gone out. What only stopped is not it; what went off is nothing."""
        moved = [each for each in changes if isinstance(each, DocumentScanned)]
        on = dict.fromkeys(each.document for each in moved if each.quantity and each.epc == epc)
        if not on:
            return replace(self, last=NOTHING) if moved else self
        known, inside = facts.known.get(epc), facts.contents.get(epc, ())
        first = min(inside, key=lambda each: (not each.expiry, each.expiry), default=Content("", "", 0))
        return replace(self, last=(epc, known.level if known else "", sum(each.units for each in inside), first.product,
                                   first.lot, first.expiry, tuple(on)))

    def of(self, connection: Connection, order: str) -> OnScreen:
        """The counts of this order; read where it is another one than before."""
        if order == self.order:
            return self
        return replace(self, order=order, counts=statistics.of_order(connection, order) if order else {})
