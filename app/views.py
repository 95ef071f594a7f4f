"""What the look-up, order and sync pages show: answers of the store's read-only side, as frozen values."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.warehouse.cases import WhereaboutsView


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
    via: str = ""                # EPC of the container that the event was about, "" for the object itself


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
    whereabouts: WhereaboutsView | None = None       # whom it is meant for, and whether it is there
    place: str = ""                                  # what its location is called; "" where nobody has told


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan that what an order packs could be packed to instead: so many `unit` into its first container."""

    id: str
    count: int
    unit: str
    level: str


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """Somebody whom a document may name. `role` is one of kinds.PartnerRole."""

    id: str
    name: str
    role: str
    territory: str = ""


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
class ServerView:
    """What the server says of a code. `state`: known, unknown, away (no answer in time), off (no server is set),
    refused (it does not admit us), silent (it does not take such questions). `at` is ISO time, `step` the last event's.
    """

    state: str
    origin: str = ""
    alive: bool = True
    disposition: str = ""
    parent: str = ""
    step: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """`wanted` is this station's share. `free`: no quantity is wanted. `made`: made or changed at this station."""

    id: str
    kind: str
    partner_name: str
    wanted: int
    done: int
    state: str
    partner: str = ""
    made: bool = False
    free: bool = False


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
    """One place of the case. `drift` is "others" or "before" where it reads worse than it should, else "". `why`: the
    guesses why it was not read lately, the commonest first."""

    cell: int
    read: int
    unread: int
    recent_read: int
    recent_unread: int
    drift: str = ""
    why: tuple[tuple[str, int], ...] = ()


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
    why: tuple[tuple[int, str], ...] = ()        # (cell, best guess) of cells not read: "blur", "glare" …


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """A picture kept of an entry. `rings` are (cell, corners) of what was not read or not taken, in its own pixels."""

    file: str
    width: int
    height: int
    rings: tuple[tuple[int, tuple[tuple[float, float], ...]], ...] = ()
    causes: tuple[str, ...] = ()         # of each ring the best guess why it was not read, "" none; or ()


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


# --- stock --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StockWhere:
    """Which goods: None is any. `age` is a word of domain/warehouse/age.py BUCKETS; `here` False: on their way."""

    product: str | None = None
    lot: str | None = None
    status: str | None = None
    location: str | None = None          # URI
    partner: str | None = None
    age: str | None = None
    here: bool | None = None


@dataclass(frozen=True, slots=True)
class StockRow:
    """Goods that have one thing in common. `key` is that thing's value and `name` how people call it; `objects` are
    outermost ones. `expiry` is the earliest; `days` to it and `share` of the shelf life (0 … 1) are None where not
    known. `ages` are (bucket, units), oldest first, without the empty ones. `where` asks for what is in the row.
    """

    key: str
    name: str
    units: int
    objects: int
    where: StockWhere
    product: str = ""                    # of a batch: whose
    product_name: str = ""
    expiry: str = ""
    days: int | None = None
    share: float | None = None
    ages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StockObject:
    """An outermost object with goods that were asked for. `number` is where the next page goes on; `at` and `biz_step`
    are of its last event, None and "" where there was none."""

    number: int
    epc: str
    level: str
    units: int
    status: str
    location: str
    partner: str
    at: datetime | None = None
    biz_step: str = ""


# --- counts -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CountDifferenceRow:
    """One object that differs in a count. `finding` is a word of domain/warehouse/differences.py; `seen_at` and
    `recorded_at` are URIs, "" where it was not seen, or is not recorded anywhere."""

    epc: str
    finding: str
    level: str
    product: str
    product_name: str
    lot: str
    units: int
    seen_at: str = ""
    recorded_at: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CountRow:
    """One count in a list. `scope` is a URI; units."""

    id: str
    kind: str                    # count, cycle_count
    state: str
    scope: str
    round: int
    seen: int
    expected: int
    blind: bool = False
