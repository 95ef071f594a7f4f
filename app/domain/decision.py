"""What the station made of a message: the verdict to show, the acts to report, the changes to keep.

A verdict is a value: an outcome, a reason and data, never a sentence. Changes are small facts; the same change is
applied to the state in memory and to the store, so a restart or a rebuild from the journal gives the same state.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.events import Act
from app.domain.reasons import Outcome, Reason

Data = dict[str, str | int]    # what the sentence of a reason needs: names, counts, codes; never changed once made


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on one code of a frame; `index` is its place in the frame's readings, -1 for a missing one."""

    index: int
    outcome: Outcome
    reason: Reason
    epc: str = ""
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: Reason
    data: Data = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()


# --- changes -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Commissioned:
    """Objects that are live from now on. `status` is a CBV disposition."""

    epcs: tuple[str, ...]
    level: str
    product: str
    lot: str
    expiry: str          # ISO date or ""
    order: str
    status: str
    location: str        # URI


@dataclass(frozen=True, slots=True)
class Packed:
    """Children whose parent is `parent` until unpacked. `complete` is False while more may follow."""

    parent: str
    children: tuple[str, ...]
    complete: bool = True
    order: str = ""      # the work that counts it from now on


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Children released from `parent`; they keep the place and status that their outermost parent had.

    `order` and `level` say whose work a container leaves that is taken apart whole; "" where it only lost a child.
    """

    parent: str
    children: tuple[str, ...]
    order: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where outermost objects are now; what they hold goes with them."""

    epcs: tuple[str, ...]
    status: str
    location: str        # URI, "" while in transit
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A container that is being filled: it has a number of its own until a label names it."""

    container: int
    order: str
    level: str
    target: int


@dataclass(frozen=True, slots=True)
class Collected:
    """Children taken into an open container, in this order. `itself`: a container that closed, no act of anybody."""

    container: int
    epcs: tuple[str, ...]
    itself: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """Children taken out of an open container again (undo)."""

    container: int
    epcs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The label that an open container will close under; "" takes it off again."""

    container: int
    epc: str


@dataclass(frozen=True, slots=True)
class Shortened:
    """An open container that will close with fewer than planned; its reason goes into the packing event."""

    container: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """An open container that is closed now and known by its label."""

    container: int
    order: str
    level: str


@dataclass(frozen=True, slots=True)
class DocumentScanned:
    """An object put on a document's line; `quantity` 0 takes it off again. A mixed pallet is on several lines."""

    document: str
    line: int
    epc: str
    quantity: int        # in the line's unit (the product's lowest packaging level)


@dataclass(frozen=True, slots=True)
class DocumentState:
    document: str
    state: str           # draft, open, paused, closed, closed_short, cancelled
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    operator: str        # "" signs out


@dataclass(frozen=True, slots=True)
class TaskChosen:
    """What the station is doing: "home", "packing", "receiving", "shipping", "lookup"; and the order or document."""

    task: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Alarmed:
    """A red that waits for an answer; `reason` "" clears it. `held` counts the scans made under it."""

    outcome: str = ""
    reason: str = ""
    data: Data = field(default_factory=dict)
    held: int = 0


@dataclass(frozen=True, slots=True)
class Armed:
    """What the next scan is for ("unpack"); "" is the task's own work."""

    act: str = ""


Change = (Commissioned | Packed | Unpacked | Placed | Opened | Collected | Dropped | Shortened | Labelled
          | Closed | DocumentScanned | DocumentState | SignedIn | TaskChosen | Alarmed | Armed)


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    acts: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()
