"""What the warehouse changes: small facts, applied alike to the state in memory and to the store (see decision.py)."""
from __future__ import annotations

from dataclasses import dataclass

from app.domain.warehouse.documents import Document


@dataclass(frozen=True, slots=True)
class DocumentMade:
    """A document made at this station, or one whose receiver or lines were changed here before it was closed."""

    document: Document


@dataclass(frozen=True, slots=True)
class DocumentsJoined:
    """Documents that are worked on together (one truck); the first one is served first."""

    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenOn:
    """Objects nobody had told this station of, taken in provisionally: the server is asked about them."""

    epcs: tuple[str, ...]
    document: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What the server said of an object that was taken provisionally: "known" or "unknown"."""

    epc: str
    answer: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Goods that are meant for this partner and territory from now on, by this document; partner "" unbinds them."""

    epcs: tuple[str, ...]
    partner: str
    territory: str = ""
    route: str = ""
    document: str = ""
    at: str = ""           # ISO time, "" not known


@dataclass(frozen=True, slots=True)
class CheckBegun:
    """A container whose contents are to be seen one by one; `epc` is outermost. `hand`: somebody asked for it, not
    the policy."""

    epc: str
    document: str
    hand: bool = False


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """One thing found in it: "right", "extra", "wrong_serial", "wrong_product", "damaged"; "" was a mistake. Of what
    nobody knows it says what its code tells."""

    epc: str
    child: str
    finding: str = "right"
    level: str = ""
    product: str = ""
    lot: str = ""
    expiry: str = ""


@dataclass(frozen=True, slots=True)
class CheckEnded:
    """`finding`: "verified", "mismatch_quantity", "mismatch_instance", "mismatch_class", "damaged" or "given_up"."""

    epc: str
    finding: str


@dataclass(frozen=True, slots=True)
class Step:
    """One move: where these objects stood before, and where they were put (URIs). `document`: picked for it. `out_of`:
    what they were taken out of for it, which `whole` says held all that it should."""

    epcs: tuple[str, ...]
    status: str
    location: str
    place: str
    document: str = ""
    out_of: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Goods that were taken out of something so that they can be moved."""

    epc: str
    out_of: str
    whole: bool = False    # it held all that it should


@dataclass(frozen=True, slots=True)
class Moving:
    """What a clerk who moves goods is at: the shelf that goods are put on (URI, "" none named yet), the document that
    they are picked for, the goods that wait for their shelf, the last moves, the newest last, how many objects were
    moved in all, and which of those that wait were taken out of something."""

    place: str = ""
    document: str = ""
    waiting: tuple[str, ...] = ()
    done: tuple[Step, ...] = ()
    moved: int = 0
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Picked:
    """Units of an object that was picked for a line of a document; `units` 0 takes it off again."""

    document: str
    line: int
    epc: str
    units: int


@dataclass(frozen=True, slots=True)
class Counted:
    """An object seen in a count, at a place (URI). `how` is "seen"; "" takes it off again.

    `spread`: what it holds and was not counted yet is counted with it, inferred. `finding` is a word of
    differences.Finding, "" where it is as recorded. An object that nobody knows says what its code tells.
    """

    count: str
    epcs: tuple[str, ...]
    how: str
    location: str
    round: int = 1
    spread: bool = False
    finding: str = ""
    level: str = ""
    product: str = ""
    lot: str = ""
    expiry: str = ""


@dataclass(frozen=True, slots=True)
class CountBegun:
    """A count begins: what the record has at this moment in its scope (URI, or the beginning of one with a *) is what
    it will be held against."""

    count: str
    scope: str


@dataclass(frozen=True, slots=True)
class CountSet:
    """What a count is at: the shelf (URI, "" none in particular), whether contents are seen one by one, and the
    container whose contents they are just now."""

    count: str
    location: str = ""
    verify: bool = False
    opened: str = ""


@dataclass(frozen=True, slots=True)
class Recounted:
    """A round of a count is over: what differs is counted again, unless it was the `last`. The figures are units at its
    end: right, missing, extra, in the wrong place."""

    count: str
    round: int
    right: int = 0
    missing: int = 0
    extra: int = 0
    misplaced: int = 0
    last: bool = False


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A difference of a count that is answered: missing goods written off, or strange ones taken in, by a document."""

    count: str
    epcs: tuple[str, ...]
    what: str              # "missing", "extra", "misplaced"
    document: str = ""


@dataclass(frozen=True, slots=True)
class Suspected:
    """A finding of the diversion judge, kept as evidence. `finding` and `policy` are words of diversion.py."""

    case: str              # number of the evidence file
    epc: str
    finding: str
    policy: str
    expected: str          # dealer and territory it was bound to
    actual: str            # those it turned up with
    rule: str = ""
    document: str = ""
    partner: str = ""      # who brought it, where somebody did
    siblings: tuple[str, ...] = ()
    evidence: str = ""     # what evidence.json holds, byte for byte


@dataclass(frozen=True, slots=True)
class Cleared:
    """A diversion stop that two people released: the object may move, and is not stopped for the same again."""

    case: str
    epc: str
    reason: str
    by: str
    approver: str


@dataclass(frozen=True, slots=True)
class Sighted:
    """Where and when objects were seen last, for goods that turn up in two places too soon."""

    epcs: tuple[str, ...]
    place: str             # URI
    at: str                # ISO time
    by: str = ""           # the list that they were judged by: its number and when it was issued


ACT = "act:"


@dataclass(frozen=True, slots=True)
class Corrected:
    """An event that is declared to be in error; what it had changed is taken back by the changes beside this one."""

    event_id: str
    reason: str            # CBV error reason: did_not_occur or incorrect_data
    correctives: tuple[str, ...] = ()      # eventIDs; ACT and a number for that act of the same decision


@dataclass(frozen=True, slots=True)
class Revived:
    """Objects whose end of life is declared not to have been; where they stand is told by the changes beside this."""

    epcs: tuple[str, ...]


WarehouseChange = (DocumentMade | DocumentsJoined | TakenOn | Settled | Bound | CheckBegun | CheckSeen | CheckEnded
                   | Moving | Picked | CountBegun | Counted | CountSet | Recounted | Adjusted | Suspected | Cleared
                   | Sighted | Corrected | Revived)
