"""What surrounds one decision: the unchanging setting, the hand behind an act, a command with its look-ups."""
from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.decision import Awaiting
from app.domain.packing.line_queue import USUAL, Conveyor
from app.domain.packing.order_life import Reconciliation
from app.domain.people import Person
from app.domain.products import Location, Partner
from app.domain.warehouse.differences import Found
from app.domain.warehouse.documents import Document
from app.domain.warehouse.policy import Policy, Site


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change from scan to scan."""

    location: str                        # URI of the site
    max_children: int = 1000
    clearance: bool = False              # an order takes nothing before somebody has started it
    conveyor: Conveyor = USUAL           # between the in-line queue's reader and the packer
    station: str = ""                    # id, for its share of a document
    site: Site = Site()
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Hand:
    """How an act came: who stands behind it besides the one who is signed in."""

    approver: Person | None = None       # the second person, whose badge was asked for and given
    typed: bool = False                  # read by a person and typed in, not by a device
    message: Awaiting = Awaiting()       # the act as it came, to be kept while a question is asked
    agreed: frozenset[str] = frozenset()      # questions about this act that were answered with CONFIRM


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with what the caller has looked up for it."""

    name: str
    argument: str = ""
    person: Person | None = None         # BADGE and PIN: whom it names; None for nobody
    locked_s: int = 0                    # PIN: too many tries; free again in so many seconds
    subjects: tuple[str, ...] = ()       # ORDER and PACK: open orders; documents: those that can be worked on
    document: Document | None = None     # the one that the argument names
    stage: str = ""                      # where that document is in its life here
    partner: Partner | None = None       # NEW-DOCUMENT, RECEIVER: whom the argument names
    last_epc: str = ""                   # UNDO on the dock: the object scanned last on this document
    voided: str = ""                     # UNDO on the dock: what was taken off after the last scan
    last_lines: dict[int, int] = field(default_factory=dict)     # and its units by line
    size: int = 0                        # REPACK: how many go into the new container; 0 where no plan says
    counted: Reconciliation = Reconciliation()                   # CLOSE-ORDER
    event: str = ""                      # UNDO of a count: id of the event that the scan brought about
    found: Found = Found()               # DONE, RECOUNT and ADJUST of a count
    place: Location | None = None        # AT and NEW-DOCUMENT of a count: the shelf that the argument names
    listed: bool = False                 # whether this house has a list of its shelves


BY_HAND = Hand()
