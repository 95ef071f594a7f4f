"""What the store knows about the codes of one message, handed to the domain so that it stays pure."""
from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.packing.labels import SsccRange
from app.domain.packing.sampling import Reel
from app.domain.products import Hold, Order
from app.domain.warehouse.goods import Goods

END_OF_LIFE = frozenset({"destroyed", "inactive", "disposed"})
DIVERSION = "DIVERSION"      # why goods are held that were stopped as diverted: two people let them go
ON_THE_WAY = frozenset({"in_transit", "announced"})
UNSELLABLE = frozenset({"returned", "recalled", "damaged", "expired", "non_sellable_other", "non_conformant",
                        "unknown"})


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
    complete: bool = True    # a container that was closed with all that it should hold


@dataclass(frozen=True, slots=True)
class Standing:
    """The open container that an object is in, or is the label of; of whichever order."""

    container: int
    order: str
    level: str
    label: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Units of the innermost level that an object holds (or is), by product, lot and date of expiry."""

    product: str
    lot: str
    units: int
    expiry: str = ""     # ISO date; "" none is known


@dataclass(frozen=True, slots=True)
class Supply:
    """What the next printed label may use: the station's range, its next serial and the next print job's number."""

    range: SsccRange
    serial: int
    job: int


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
    closed: frozenset[str] = frozenset()       # of the orders of the EPCs asked, those that are closed here
    orders: dict[str, Order] = field(default_factory=dict)               # of the EPCs asked, for rework, by id
    filling: frozenset[str] = frozenset()      # of the EPCs asked, those that hold what is being filled up again
    held_here: frozenset[str] = frozenset()    # of the EPCs asked, those held back at this station
    roles: dict[str, dict[str, str]] = field(default_factory=dict)       # of the EPCs asked: role → peer code known
    queued: dict[str, int] = field(default_factory=dict)                 # EPCs asked that are in the queue → place
    queue_of: dict[str, str] = field(default_factory=dict)               # those same EPCs → the order of the queue
    jobs: dict[str, int] = field(default_factory=dict)                   # EPCs asked that are printed → print job
    reel: Reel | None = None                   # the set of pairs that is checked by samples, where that is the task
    supply: Supply | None = None                                         # None: this station has no range of SSCCs
    goods: Goods = Goods()                                               # where the dock asks for more

    def on_hold(self, epc: str, product: str, lot: str) -> str:
        """The reason of the hold that covers this object; "" where none does."""
        if epc in self.held:
            return self.held[epc]
        for hold in self.holds:
            if not hold.epc and hold.product == product and hold.lot in ("", lot):
                return hold.reason
        return ""

    def hold_in(self, epc: str) -> str:
        """The reason of a hold on this object or on any of what it holds; "" where there is none."""
        found = (self.on_hold(epc, each.product, each.lot) for each in self.contents.get(epc, ()))
        return next(filter(None, found), "")

    def stopped(self, epc: str) -> bool:
        """Whether this object, something in it or what it is in was stopped as diverted and nobody let it go."""
        above = self.known[epc].parent if epc in self.known else ""
        while above:
            if above in self.held_here and self.held.get(above) == DIVERSION:
                return True
            above = self.known[above].parent if above in self.known else ""
        return self.held.get(epc) == DIVERSION
