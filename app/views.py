"""What the look-up, order and sync pages show: answers of the store's read-only side, as frozen values."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TreeNode:
    """An object and what it holds. `more` counts children left out of `children`."""

    epc: str
    level: str
    status: str
    children: tuple[TreeNode, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One event about an object. `state` is where the report of it is: pending, sending, accepted, done, refused."""

    seq: int
    at: datetime
    biz_step: str
    action: str
    disposition: str
    operator: str
    parent: str
    count: int
    state: str
    event_id: str


@dataclass(frozen=True, slots=True)
class ObjectView:
    """All that the station knows about one object."""

    epc: str
    known: bool
    level: str = ""
    product: str = ""
    product_name: str = ""
    lot: str = ""
    expiry: str = ""
    status: str = ""             # CBV disposition of its outermost parent
    location: str = ""
    partner: str = ""
    order: str = ""
    parents: tuple[str, ...] = ()        # the one it is in, and on outwards
    tree: TreeNode | None = None
    timeline: tuple[TimelineRow, ...] = ()
    rule: str = ""                       # which row of the rule table read it
    refusal: str = ""                    # the reason word where the text is no code of ours


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: str
    product: str
    product_name: str
    lot: str
    planned: int
    packed: int
    state: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    id: str
    kind: str
    partner_name: str
    wanted: int
    done: int
    state: str


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One event in the outbox that is not done, or was refused."""

    seq: int
    event_id: str
    at: datetime
    biz_step: str
    epc: str                     # the parent, or the first object
    count: int
    operator: str
    state: str
    tries: int
    reason: str                  # the server's words, shown as plain text
