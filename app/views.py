"""What the look-up, order and sync pages show: answers of the store's read-only side, as frozen values."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TreeNode:
    """An object and what it holds. `more` counts children left out of `children`; `held` is why it may not move itself,
    `whole` is False for a container that has lost something since it was closed, or closed with less."""

    epc: str
    level: str
    status: str
    children: tuple[TreeNode, ...] = ()
    more: int = 0
    held: str = ""
    whole: bool = True


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
    peers: tuple[tuple[str, str, str], ...] = ()     # other codes of the SAME object: (role, code, source)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan that what an order packs could be packed to instead: so many `unit` into its first container."""

    id: str
    count: int
    unit: str
    level: str


@dataclass(frozen=True, slots=True)
class PairSetRow:
    """A set of pairs from a maker's file and how far its sampling check is. Rows count as the file does, 0 for none."""

    number: int
    file: str
    level: str
    product: str                 # its name, "" where the file is of no product alone
    rows: int
    state: str                   # to_check, live, stopped
    roles: tuple[str, ...]
    wanted: int
    right: tuple[int, ...] = ()                  # rows found right
    half: tuple[tuple[str, str], ...] = ()       # (role, code) of the piece in hand
    faults: tuple[tuple[int, int | None], ...] = ()      # (row, rows that its other side is away, None: not there)
    shift: int = 0               # rows by which the file is shifted, once two wrong pieces agree
    good_row: int = 0            # the last row known to be right before the first wrong one
    from_row: int = 0            # the first row known to be wrong


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


# --- the line page ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sums:
    """Codes of one hour, shift or order. `name` is the shift's or the order's, "" for an hour; `start` is aware UTC."""

    start: datetime
    name: str = ""
    good: int = 0
    no_read: int = 0
    duplicate: int = 0
    wrong: int = 0

    @property
    def bad(self) -> int:
        return self.no_read + self.duplicate + self.wrong

    @property
    def read_rate(self) -> float | None:
        """Share of the codes looked at that could be read, 0 … 1; None where nothing was looked at."""
        looked = self.good + self.bad
        return 1 - self.no_read / looked if looked else None


@dataclass(frozen=True, slots=True)
class LineNow:
    """How the line runs: cases closed by minute up to `now`, its stops, the order at hand and how far it is.

    `cases` counts each of the last minutes, the newest last; `stops` are (start, end) as minutes before now, a stop
    that lasts still ends at 0. `per_minute` rolls over five minutes. `left_min` is 0 where it cannot be told.
    """

    now: datetime
    order: str = ""
    product_name: str = ""
    lot: str = ""
    planned: int = 0
    packed: int = 0
    state: str = ""
    cases: tuple[int, ...] = ()
    stops: tuple[tuple[float, float], ...] = ()
    per_minute: float = 0.0
    left_min: float = 0.0
    shift: Sums | None = None            # of the shift that runs

    @property
    def stopped_min(self) -> float:
        """For how long nothing has been closed, 0 while the line runs."""
        return self.stops[-1][0] if self.stops and self.stops[-1][1] == 0 else 0.0


@dataclass(frozen=True, slots=True)
class CellRate:
    """One place of the case. `drift` is "others" or "before" where it reads worse than it should, else ""."""

    cell: int
    read: int
    unread: int
    recent_read: int
    recent_unread: int
    drift: str = ""


@dataclass(frozen=True, slots=True)
class CellsView:
    """The case as its reader sees it: `cells` row by row from 0, as many as `rows` × `columns`."""

    order: str
    source: str
    rows: int
    columns: int
    cells: tuple[CellRate, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Codes that were not good for one reason. `kind` is "no_read", "duplicate" or "wrong"."""

    kind: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One entry that was not good. `raws` are the bytes that came, as text for showing; `code` the EPC that it is
    about, "" for none or several; `cells` those not read."""

    seq: int
    at: datetime
    source: str
    operator: str
    order: str
    reason: str
    raws: tuple[str, ...] = ()
    cells: tuple[int, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """A picture kept of an entry. `rings` are (cell, corners) of what was not read or not taken, in its own pixels."""

    file: str
    width: int
    height: int
    rings: tuple[tuple[int, tuple[tuple[float, float], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A work order that a person writes down at the station. Dates are ISO, "" where there is none."""

    id: str
    product: str
    lot: str
    produced: str
    expiry: str
    planned: int                 # units of the lowest level


@dataclass(frozen=True, slots=True)
class ReconcileRow:
    """One level's arithmetic: issued = packed + scrapped + sampled + returned + open + difference."""

    level: str
    issued: int
    packed: int
    scrapped: int
    sampled: int
    returned: int
    open: int
    difference: int


@dataclass(frozen=True, slots=True)
class ReconcileView:
    """An order counted. `codes` are the first 200 (level, EPC, why) of the difference, `total` how many there are."""

    order: str
    state: str                   # open, started, paused, finished, closed
    product: str
    lot: str
    levels: tuple[ReconcileRow, ...]
    codes: tuple[tuple[str, str, str], ...] = ()
    total: int = 0
