"""What people are shown of diversion: a case, the list in force, where goods belong. Values only."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SuspectView:
    """A case of suspected diversion. `finding` and `decided_as` are words of the judge, `state` "open" or "released";
    `digest` is the evidence's SHA-256, `pictures` are files, `elsewhere` (place, ISO time) of other sightings."""

    number: str
    epc: str
    finding: str
    policy: str
    expected_dealer: str
    expected_territory: str
    actual_dealer: str
    actual_territory: str
    rule: str
    decided: str
    decided_as: str
    at: str
    operator: str
    document: str
    partner: str
    siblings: tuple[str, ...]
    state: str
    reason: str = ""
    released_by: str = ""
    approver: str = ""
    digest: str = ""
    pictures: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    snapshot: str = ""
    expected_name: str = ""      # of the dealers, in the operator's language
    actual_name: str = ""
    released_at: str = ""        # ISO time; of the people, ids stand in the fields above and names here:
    operator_name: str = ""
    released_by_name: str = ""
    approver_name: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """The signed list of assignments. `state`: "none", "valid", "expired", "damaged"; times are ISO."""

    state: str
    id: str = ""
    issued_at: str = ""
    valid_until: str = ""
    complete: bool = False
    assignments: int = 0
    rules: int = 0
    sightings: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WhereaboutsView:
    """What the diversion judge says of a code that is looked up. `finding` is a word of his, `why` what keeps him from
    one; `source` of the binding is "snapshot" or "station"."""

    finding: str
    dealer: str = ""
    territory: str = ""
    dealer_name: str = ""
    shipped_at: str = ""
    source: str = ""
    decided_as: str = ""
    rule: str = ""
    why: str = ""
    case: str = ""
    case_state: str = ""
    let_go: str = ""             # number of the case in which two people released just this; who, when and why:
    freed_by: str = ""
    freed_with: str = ""
    freed_at: str = ""
    freed_why: str = ""
