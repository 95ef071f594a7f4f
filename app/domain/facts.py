"""What the store knows about the codes of one message, handed to the domain so that it stays pure."""
from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.products import Hold

END_OF_LIFE = frozenset({"destroyed", "inactive", "disposed"})
ON_THE_WAY = frozenset({"in_transit", "announced"})


@dataclass(frozen=True, slots=True)
class Known:
    """One object. Place and status are those of its outermost parent; `parent` is "" for an outermost object."""

    epc: str
    level: str
    product: str
    lot: str
    expiry: str
    status: str
    location: str
    partner: str
    order: str
    parent: str
    root: str
    children: int
    packed_at: str = ""      # ISO time of the event that put it into its parent
    implied: bool = False    # full by its plan though what it holds was never listed


@dataclass(frozen=True, slots=True)
class Standing:
    """The open container that an object is in, or is the label of; of whichever order."""

    container: int
    order: str
    level: str
    label: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Units of the innermost level that an object holds (or is), by product and lot."""

    product: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Maps are by EPC; an EPC that is missing is not known."""

    known: dict[str, Known] = field(default_factory=dict)
    issued: frozenset[str] = frozenset()                       # of the EPCs asked, those on the list of issued codes
    holds: tuple[Hold, ...] = ()                               # all that are active
    held: dict[str, str] = field(default_factory=dict)         # EPCs held by themselves or for what they hold → why
    contents: dict[str, tuple[Content, ...]] = field(default_factory=dict)
    on_document: dict[str, str] = field(default_factory=dict)  # EPC, its parents and what it holds → EPC scanned
    expected: frozenset[str] = frozenset()     # of the EPCs asked, those that the document announces or that hold such
    children: dict[str, tuple[str, ...]] = field(default_factory=dict)   # immediate children of the EPCs asked
    standing: dict[str, Standing] = field(default_factory=dict)          # of the EPCs asked, those in open containers

    def on_hold(self, epc: str, product: str, lot: str) -> str:
        """The reason of the hold that covers this object; "" where none does."""
        if epc in self.held:
            return self.held[epc]
        for hold in self.holds:
            if not hold.epc and hold.product == product and hold.lot in ("", lot):
                return hold.reason
        return ""
