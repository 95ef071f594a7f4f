"""What the store and the snapshot tell of goods at the dock, beside Facts: bindings, ages, shipments, sightings."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.events import Act
from app.domain.products import Location, Partner
from app.domain.warehouse.changes import Bound

if TYPE_CHECKING:
    from app.domain.warehouse.dock import Dock


@dataclass(frozen=True, slots=True)
class Binding:
    """Whom goods were meant for. `by` says how that is known: the code "itself", a "peer", its "parent", a "child".

    `source` is "snapshot" (the signed list) or "station" (a shipment recorded here).
    """

    epc: str
    partner: str
    territory: str
    at: str = ""             # ISO date or time of the shipment
    by: str = "itself"
    source: str = "snapshot"
    document: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where an object was seen last by somebody else, with the place's coordinates in degrees."""

    place: str
    at: str                  # ISO time
    latitude: float
    longitude: float
    territory: str = ""


@dataclass(frozen=True, slots=True)
class TerritoryRule:
    """Where a dealer may sell: `territory` is a code such as 5101; what begins with it lies inside. `product` "" is
    every product (or a brand's, where `brand` is named)."""

    id: str
    partner: str
    territory: str
    product: str = ""
    brand: str = ""
    since: str = ""          # ISO dates; "" open
    until: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The signed list of assignments and rules that is in force here; `id` "" there is none."""

    id: str = ""
    issued_at: str = ""      # ISO time
    valid_until: str = ""
    complete: bool = False   # it lists all that was ever shipped: what is missing was never shipped

    @property
    def name(self) -> str:
        """What tells it from any other, one issued anew under the same number too."""
        return f"{self.id} {self.issued_at}" if self.id else ""


@dataclass(frozen=True, slots=True)
class Case:
    """An evidence file about an object. `state` is "open", or "released" by two people (ids) with a reason. `expected`
    and `actual` are as Judged has them; `at` is the ISO time of the release."""

    number: str
    finding: str
    state: str = "open"
    expected: str = ""
    actual: str = ""
    reason: str = ""
    by: str = ""
    approver: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Older:
    """The oldest goods of a product that may leave and are still here, other than those at hand."""

    product: str
    lot: str
    expiry: str
    location: str
    units: int


@dataclass(frozen=True, slots=True)
class Share:
    """Units that a scanned object has on a line of a document, and what that line is about."""

    document: str
    line: int
    units: int
    product: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """The shipment that an object left by and that was not voided. `act` is what was told of it; `shares` are known
    only where something is to be taken back."""

    epc: str                 # as it was scanned: the object itself or what it was in
    document: str
    partner: str
    event_id: str
    at: str
    lines: dict[int, int] = field(default_factory=dict)    # units by line
    kind: str = "ship"
    documents: tuple[str, ...] = ()                        # all that it was shipped by, the first one included
    act: Act | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Stood:
    """Where an object stood before a document moved it: "" everywhere for one that nobody had told of."""

    status: str = ""
    location: str = ""
    partner: str = ""
    parent: str = ""         # what it was taken out of for it
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """An event that builds on an earlier one."""

    event_id: str
    step: str
    at: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to one object at one scan of a document, so that it can be taken back as a whole."""

    event_id: str            # of the event that was asked for
    epc: str                 # as it was scanned
    kind: str                # of the documents
    documents: tuple[str, ...]
    at: str
    stood: Stood
    events: tuple[str, ...] = ()                           # ids of all events of that scan, in order
    act: Act | None = None                                 # the movement itself
    shares: tuple[Share, ...] = ()
    apart: tuple[tuple[str, tuple[str, ...]], ...] = ()    # containers taken apart for it, with what was in them
    ended: tuple[str, ...] = ()                            # objects whose life it ended
    later: tuple[Later, ...] = ()
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a count has of the object at hand so far. `how` is "" (nothing), "seen" or "inferred", of an
    earlier round "kept" or "held".

    `above` is the nearest container that it is recorded in and that was counted. `left` are units that are still to be
    found (0 where the counter is not to know), `fresh` those that the object would bring.
    """

    how: str = ""
    location: str = ""
    finding: str = ""
    round: int = 0
    above: str = ""
    above_location: str = ""
    above_finding: str = ""
    left: int = 0
    fresh: int = 0


@dataclass(frozen=True, slots=True)
class Goods:
    """Maps are by EPC; what is missing is not known. `now` is the moment of the scan, ISO with its zone."""

    now: str = ""
    bindings: dict[str, Binding] = field(default_factory=dict)
    rules: dict[str, tuple[TerritoryRule, ...]] = field(default_factory=dict)    # by partner of those bindings
    sightings: dict[str, Sighting] = field(default_factory=dict)
    older: tuple[Older, ...] = ()
    shipments: dict[str, Shipment] = field(default_factory=dict)
    last_step: dict[str, str] = field(default_factory=dict)      # of the last shipping, voiding or receiving of each
    announced_by: dict[str, str] = field(default_factory=dict)   # where documents at work announce goods
    deeds: dict[str, Deed] = field(default_factory=dict)         # by event id or EPC, as it was asked
    progress: dict[str, tuple[str, int]] = field(default_factory=dict)    # of those documents: stage here, units done
    snapshot: Snapshot = Snapshot()
    siblings: dict[str, tuple[str, ...]] = field(default_factory=dict)           # of the EPCs asked: peers, tree
    # for the diversion judge
    latest: str = ""                                                             # newest time known here, ISO
    case: str = ""                                                               # number of the next evidence file
    cases: dict[str, tuple[Case, ...]] = field(default_factory=dict)             # of each EPC asked, newest first
    let_go: dict[str, tuple[Case, ...]] = field(default_factory=dict)    # released: its own and of what it was in then
    people: dict[str, str] = field(default_factory=dict)                         # names of those who released them
    partners: dict[str, Partner] = field(default_factory=dict)                   # those that the bindings name
    brands: dict[str, str] = field(default_factory=dict)                         # by product of the EPCs asked
    # for a count
    tallied: Tallied = Tallied()
    # for moves: the shelf at hand where it is listed, all shelves there are, and what is picked for, with how much
    shelf: Location | None = None
    shelves: tuple[Location, ...] = ()
    picking: Dock | None = None
    picked_for: dict[str, str] = field(default_factory=dict)     # EPCs asked that wait for another document
    # for a check that ends: where the container stood before it came in
    stood: Stood = Stood("announced")
    levels: dict[str, str] = field(default_factory=dict)         # of objects found in it that nobody knows
