"""Frozen messages between threads. In: what devices saw and what the operator asked. Out: verdicts and views."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.decision import Verdict
from app.domain.packing.labels import Label
from app.domain.products import Name
from app.moves import CheckView, LineView, MovingView
from app.views import TreeNode

MAX_SCAN_BYTES = 4096


# --- into the station's inbox -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Scan:
    """One code from a scanner, a reader or the keyboard. `raw` is exactly what came, without the suffix."""

    source: str                  # the device's name in the settings; "screen" for a typed code
    raw: bytes
    aim: str                     # "]d2"; "" where the device sends none
    at: datetime                 # aware UTC
    mono: float                  # time.monotonic() when the last byte was in


@dataclass(frozen=True, slots=True)
class Seen:
    """One code of a frame. `corners` are four (x, y) in pixels of the frame, in reading order of the symbol."""

    raw: bytes
    aim: str
    corners: tuple[tuple[float, float], ...] = ()
    view: str = ""               # which of several readers that looked at the same moment saw it


@dataclass(frozen=True, slots=True)
class Frame:
    """All codes of one picture of one case or layer, or of one trigger of a reader.

    Every trigger ends in exactly one frame: with codes (read), with none but an unread place (no-read), or
    `timed_out` where the reader said nothing at all.
    """

    source: str
    seen: tuple[Seen, ...]
    at: datetime
    mono: float
    width: int = 0
    height: int = 0
    unread: tuple[tuple[tuple[float, float], ...], ...] = ()   # corners of places where a code is but was not read
    trigger: int = 0             # the trigger's number, from 1; 0 where nothing triggered
    timed_out: bool = False
    causes: tuple[str, ...] = ()     # best guess why each unread place was not read: "blur" …, "" none; or () for all
    foreign: tuple[Seen, ...] = ()   # at unread places with the cause "foreign": what the recipe excludes
    single: bool = False             # one code is shown by hand: a scan, as a scanner's; with more of them none


@dataclass(frozen=True, slots=True)
class Command:
    """An operator's act from the screen or a key; a command barcode becomes the same message. NAME or NAME:ARGUMENT."""

    name: str
    argument: str
    at: datetime
    mono: float
    source: str = "screen"


@dataclass(frozen=True, slots=True)
class Signal:
    """What the line says: "packer" (a case was filled from the queue), "reject_confirmed", "reject_missed",
    "heartbeat_lost", "heartbeat_back". `value` is the trigger it is about, 0 for none."""

    source: str
    name: str
    at: datetime
    mono: float
    value: int = 0


@dataclass(frozen=True, slots=True)
class Printed:
    """How a print job ended at the printer: "printed" or "failed" with a word under device.problem."""

    source: str
    job: int
    outcome: str
    at: datetime
    mono: float
    problem: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Health of one device, told by its supervisor: "opening", "ready", "gone", "fault"."""

    name: str
    kind: str
    state: str
    detail: str = ""             # technical, English: what was expected and what came
    at: datetime | None = None
    problem: str = ""            # one of the words under device.problem in resources/i18n


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server says of an object that was taken in before anybody had told of it: "known" or "unknown"."""

    epc: str
    document: str
    answer: str
    at: datetime
    mono: float
    source: str = "server"


@dataclass(frozen=True, slots=True)
class Typed:
    """A document that somebody wrote down on the command line; `by` is whose account of this computer."""

    document: str
    by: str
    at: datetime
    mono: float
    source: str = "command line"


@dataclass(frozen=True, slots=True)
class MasterChanged:
    """The catalogue has new products, rules, people or documents; the station reads what it holds in memory anew."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The last message: the station commits what it has and ends."""


Message = Scan | Frame | Command | Signal | Printed | Answered | Typed | DeviceState | MasterChanged | Stop


# --- out of the station, after the commit -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LevelView:
    """One packaging level on the packing page: what is open and how far."""

    level: str
    have: int
    target: int
    label: str                   # EPC of the label already scanned, else ""
    waiting: int                 # full containers that wait for their label
    closed: int                  # closed in this order
    parked: int = 0              # put aside with a reason, their place kept
    to_scan_back: str = ""       # EPC of the label that was ordered for the next container and is not scanned yet
    held: int = 0                # of what the open one holds, so many may not move
    printing: str = "printed"    # how far that label is: ordered (the printer has said nothing yet), printed, failed


@dataclass(frozen=True, slots=True)
class ParkedView:
    """One container that was put aside. `reason` is one of PARK's."""

    number: int
    level: str
    have: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class SlotView:
    """One bottle between the reader and the packer."""

    number: int
    code: str                    # EPC, "" where it was not read
    state: str                   # good, no_read, bad, doubtful
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QueueView:
    """The in-line queue, next for the packer first. `stopped`: why it is to be aligned, "" while it runs.

    `step` is what to do next then: "remove", "probe_head", "probe_tail" or "run". `places` are the numbers that it is
    about: those to take out, or the first and the last that stand; `count` how many stand from the one to the other.
    """

    slots: tuple[SlotView, ...]
    takes: int                   # how many the packer takes next
    stopped: str = ""
    step: str = ""
    places: tuple[int, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class ReworkView:
    """What a rework act did: the outermost containers that it touched, before and after, and its business steps."""

    act: str                     # the command's name
    before: tuple[TreeNode, ...]
    after: tuple[TreeNode, ...]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingView:
    """An act that waits for a second person: the command's name, or "" for a code that was typed in."""

    name: str
    argument: str = ""
    code: str = ""
    question: str = ""           # "" a second person's badge is wanted; else what CONFIRM agrees to, e.g. "break"


@dataclass(frozen=True, slots=True)
class PackingView:
    order: str
    product: str
    lot: str
    planned: int                 # units of the lowest level
    packed: int
    levels: tuple[LevelView, ...]
    scan_next: str               # the level that is wanted next: a child's, or the label's
    label_wanted: bool
    state: str = "started"       # open (not started), started, paused, finished, closed
    queue: QueueView | None = None
    half: tuple[tuple[str, str], ...] = ()      # (role, code) read of an object whose other codes are wanted
    half_wanted: tuple[str, ...] = ()           # the roles that are still to be read of it
    parked: tuple[ParkedView, ...] = ()         # what was put aside, oldest first
    produced: str = ""                          # ISO dates of the batch, "" where there is none
    expiry: str = ""


@dataclass(frozen=True, slots=True)
class PaperView:
    """One of the documents on a truck: how far it is, and whether the last scan went onto it."""

    document: str
    partner: str
    state: str
    wanted: int                  # units that this station is to do; 0 for a free document
    done: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class DockView:
    """The document served first, with what all documents on the truck have together: lines, `wanted`, `done`, `count`,
    `others` and `free` are theirs; `papers` tells them apart."""

    document: str
    kind: str                    # one of domain/warehouse/kinds.py
    partner: str                 # "" where the kind has none
    state: str
    lines: tuple[LineView, ...]  # of a long document those to do first
    last_epc: str = ""
    last_level: str = ""
    last_quantity: int = 0
    direction: str = "in"        # "in", "out" or "count"
    wanted: int = 0              # units of all lines that this station is to do; 0 for a free document
    done: int = 0
    count: int = 0               # lines in all
    free: bool = False
    joined: tuple[str, ...] = ()            # the other documents on this truck
    blind: bool = False
    role: str = ""               # the partner's; one of kinds.PartnerRole
    territory: str = ""          # that the goods are meant for
    route: str = ""
    reason: str = ""             # why there is such a document, where its kind wants one
    others: int = 0              # units of it that are other stations'
    last_product: str = ""       # of the object scanned last
    last_lot: str = ""
    last_expiry: str = ""        # ISO date
    papers: tuple[PaperView, ...] = ()      # all documents of the truck, the first one served first


@dataclass(frozen=True, slots=True)
class CountLine:
    """Units of a product: seen as recorded, and what the record has. In a blind count all that was seen, and 0."""

    product: str
    seen: int
    expected: int


@dataclass(frozen=True, slots=True)
class CountView:
    """A stocktake at work. Units; `extra` and `misplaced` are of this round. Places are URIs."""

    document: str
    kind: str                    # "count" or "cycle_count"
    state: str
    round: int
    blind: bool                  # nothing is told of the record: `expected`, `extra`, `misplaced`, `opened_of` are 0
    verify: bool                 # contents are scanned each
    scope: str
    place: str                   # where what is scanned now stands; "" a shelf must be named first
    seen: int
    expected: int
    extra: int
    misplaced: int
    lines: tuple[CountLine, ...] = ()        # those to be found first
    last_epc: str = ""
    last_level: str = ""
    last_units: int = 0
    last_finding: str = ""       # a word of differences.Finding, "" as recorded
    opened: str = ""             # the container whose contents are scanned now: so many of so many
    opened_have: int = 0
    opened_of: int = 0


@dataclass(frozen=True, slots=True)
class StationView:
    """All that the screens show of the station's state; a new one after each commit."""

    station: str
    station_name: str
    operator: str                # id, "" when nobody is signed in
    operator_name: str
    operator_role: str
    task: str
    subject: str
    packing: PackingView | None = None
    dock: DockView | None = None
    lookup: str = ""             # EPC to show on the look-up page
    alarm: Verdict | None = None
    held: int = 0                # scans recorded under a red that nobody has answered yet
    counts: tuple[tuple[str, int], ...] = ()    # codes of the order in work, by reason
    armed: str = ""              # a rework act in small letters: what the next scan is for
    armed_subject: str = ""      # what was scanned first for it
    armed_reason: str = ""
    waiting_for: WaitingView | None = None      # a second person's badge is asked for
    rework: ReworkView | None = None            # of the last act, until the next scan
    shift: str = ""
    names: dict[str, Name] = field(default_factory=dict)   # of the products and partners meant here, in each language
    count: CountView | None = None
    moving: MovingView | None = None
    check: CheckView | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A verdict that is on the disk. `took_ms` runs from the last byte to the commit."""

    verdict: Verdict
    view: StationView
    source: str
    at: datetime
    seq: int
    took_ms: float
    codes: tuple[str, ...] = ()              # what was read, escaped and elided for showing
    frame: Frame | None = None
    trigger: int = 0                         # of the message that was judged
    labels: tuple[Label, ...] = ()           # to be printed now; each is on the disk


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the status bar and the sync page show. Counts are events."""

    link: str                    # "up", "down", "refused" (credentials), "off" (no server set), "fenced"
    queued: int
    in_flight: int
    accepted: int
    refused: int
    oldest: datetime | None = None
    last_ack: datetime | None = None
    problem: str = ""            # one of the words under sync.problem in resources/i18n
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StationFailed:
    """The station thread has ended with a bug: the screen turns red and says so."""

    text: str
    crash_file: str


Notice = Published | SyncStatus | DeviceState | StationFailed
