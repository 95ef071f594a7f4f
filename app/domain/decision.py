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
    cell: int = -1       # place in the case, row by row from 0; -1 where the picture does not tell


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
    level: str = ""      # the parent's, where it was closed before and its children are counted anew (a swapped unit)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Children released from `parent`; they keep the place and status that their outermost parent had.

    `order` and `level` say whose work a container leaves that is taken apart whole, or (`partly`) which of its work
    lost these children only; "" where no work counts it.
    """

    parent: str
    children: tuple[str, ...]
    order: str = ""
    level: str = ""
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where outermost objects are now; what they hold goes with them."""

    epcs: tuple[str, ...]
    status: str
    location: str        # URI, "" while in transit
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A container that is being filled: it has a number of its own until a label names it.

    `label` is a closed container's that is filled up again for this `reason` and holds `before` children already.
    `step` is the CBV business step of its packing event: "packing" or "repackaging".
    """

    container: int
    order: str
    level: str
    target: int
    label: str = ""
    before: int = 0
    step: str = "packing"
    reason: str = ""


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
    """What the station is doing: "home", "packing", "receiving", "shipping", "lookup", "sampling"; and the order, the
    document or the set of pairs."""

    task: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Objects that end their life: `fate` is "scrapped", "destroyed", "sampled", "replaced" or "relabelled"."""

    epcs: tuple[str, ...]
    status: str          # CBV disposition: destroyed or inactive
    fate: str
    reason: str
    order: str = ""      # whose arithmetic it is


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Objects that may not move for a reason found here; `reason` "" releases them."""

    epcs: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Paired:
    """A peer: `alias` is another code of the object known as `epc`, in this role; read here side by side."""

    epc: str
    role: str
    alias: str


@dataclass(frozen=True, slots=True)
class HalfRead:
    """One code of an object whose other codes are still to be read; `epc` "" forgets what was read of it."""

    order: str
    level: str = ""
    role: str = ""
    epc: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """An open container put aside with a reason, so that the line goes on; `reason` "" brings it back."""

    container: int
    reason: str


@dataclass(frozen=True, slots=True)
class LabelOrdered:
    """A label that is to be printed for a container. `serial` is the SSCC's number in the station's range (-1: no new
    one); `reason` is "" for the first print."""

    job: int
    epc: str
    level: str
    serial: int
    container: int = 0   # the open container it is for; 0 for a closed one
    reason: str = ""
    contents: str = ""   # the closed container that it names or will name: labelled anew, or printed again


@dataclass(frozen=True, slots=True)
class LabelDone:
    """How a print job ended: "printed", "failed", "confirmed" (scanned back) or "void"."""

    job: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A place in the in-line queue. `state`: "good", "no_read", "bad" (to be rejected) or "doubtful"."""

    order: str
    number: int          # grows with each bottle that passes the reader
    epc: str
    state: str = "good"
    reason: str = ""     # the Reason word where it is not good
    trigger: int = 0     # the reader's trigger that it is of, 0 where the reader does not count


@dataclass(frozen=True, slots=True)
class Left:
    """Places that are not in the queue any more: "packed", "rejected" or "removed"."""

    order: str
    numbers: tuple[int, ...]
    why: str
    container: int = 0   # "packed": the open container that took them
    cycle: int = 0       # "packed": the packer's own count, 0 where it does not count


@dataclass(frozen=True, slots=True)
class Doubted:
    """Places whose bottle may be another one since the jam; `doubtful` False: known again."""

    order: str
    numbers: tuple[int, ...]
    doubtful: bool = True


@dataclass(frozen=True, slots=True)
class QueueStopped:
    """The queue is not trusted until it is aligned again; `why` "" runs it again."""

    order: str
    why: str


@dataclass(frozen=True, slots=True)
class Loosened:
    """Codes of an order that were taken and are in nothing now: to be packed again or accounted for at its close."""

    order: str
    level: str
    epcs: tuple[str, ...]
    why: str             # "undone", "removed", "unpacked", "rejected"; "" they are in something again


@dataclass(frozen=True, slots=True)
class Returned:
    """Codes of an order that go back unused, and why."""

    order: str
    level: str
    epcs: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where an order is in its life here: "started", "paused", "finished", "closed"."""

    order: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShiftChanged:
    shift: str


@dataclass(frozen=True, slots=True)
class ReelChecked:
    """How far a maker's set of pairs is checked by samples now: what changes of its Sampling (packing/sampling.py)."""

    number: int          # the set's
    state: str           # "to_check", "live", "stopped"
    wanted: int
    right: tuple[int, ...] = ()                          # rows
    half: tuple[tuple[str, int, int], ...] = ()          # (code, row, column) of the piece in hand
    faults: tuple[tuple[int, int | None], ...] = ()      # (row, rows that its other side is away)


@dataclass(frozen=True, slots=True)
class Awaiting:
    """An act that waits for a second person's badge: the message as it came. `kind` "": nothing waits.

    `kind` is "scan" (raw, aim) or "command" (name, argument).
    """

    kind: str = ""
    source: str = ""
    raw: bytes = b""
    aim: str = ""
    name: str = ""
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Alarmed:
    """A red that waits for an answer; `reason` "" clears it. `held` counts the scans made under it."""

    outcome: str = ""
    reason: str = ""
    data: Data = field(default_factory=dict)
    held: int = 0


@dataclass(frozen=True, slots=True)
class Armed:
    """What the next scan is for: the name of a rework command in small letters; "" is the task's own work.

    `reason` is why, `subject` the EPC that was scanned first where an act takes two, `argument` what else it needs.
    """

    act: str = ""
    reason: str = ""
    subject: str = ""
    argument: str = ""


Change = (Commissioned | Packed | Unpacked | Placed | Opened | Collected | Dropped | Shortened | Labelled
          | Closed | DocumentScanned | DocumentState | SignedIn | TaskChosen | Alarmed | Armed
          | Ended | HeldBack | Paired | HalfRead | Parked | LabelOrdered | LabelDone | Entered | Left | Doubted
          | QueueStopped | Loosened | Returned | OrderState | ShiftChanged | Awaiting | ReelChecked)


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    acts: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()
