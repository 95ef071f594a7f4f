"""What the window needs from the rest of the station, as small Protocols. bootstrap passes the real parts in.

The window knows nobody else: no store, no device, no server. Whatever can wait for a disk or a network (`Reader`,
`SyncPort`, `Export`, `FirstStart`) is called on the bridge's own thread, never on Qt's.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

from app.domain.optics import Belt, SetUp
from app.domain.products import Name
from app.domain.warehouse.cases import SnapshotView, SuspectView
from app.messages import Command, Frame, Published, Scan, StationView
from app.moves import Unsettled
from app.settings import Settings
from app.taught import InUse, LookedAt
from app.views import (
    Cause,
    CellsView,
    CountDifferenceRow,
    CountRow,
    DocumentRow,
    LineNow,
    NewOrder,
    ObjectView,
    OrderRow,
    PairSetRow,
    PartnerRow,
    PlanRow,
    ReconcileView,
    RefusedRow,
    SavedPicture,
    ServerView,
    StockObject,
    StockRow,
    StockWhere,
    Sums,
    SyncRow,
    TimelineRow,
)

PersonRow = tuple[str, str, str]      # id, name, role


class WordsLike(Protocol):
    """The sentences of one language (`app.words.Words`)."""

    language: str

    def __call__(self, key: str, /, **data: object) -> str: ...
    def word(self, prefix: str, word: str) -> str: ...
    def has(self, key: str) -> bool: ...
    def level(self, level: str) -> str: ...
    def reason(self, reason: str, data: dict[str, str | int]) -> SaidLike: ...


class SaidLike(Protocol):
    """What an operator is told: a short title, what happened and why, and what to do."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def todo(self) -> str: ...


class StationPort(Protocol):
    """The station's inbox. Returns at once; the answer comes as a `Published`."""

    def send(self, message: Command | Scan | Frame) -> None: ...


class Reader(Protocol):
    """The store's read-only side. Each call may take a while and may raise: it runs on the bridge's thread."""

    def look_up(self, text: str) -> ObjectView: ...
    def orders(self) -> Sequence[OrderRow]: ...
    def documents(self, way: str, states: Sequence[str] = ...,
                  find: str = ...) -> Sequence[DocumentRow]: ...              # in, out, count
    def partners(self, kind: str) -> Sequence[PartnerRow]: ...
    def sync_rows(self, state: str, before: int = ..., limit: int = ...) -> Sequence[SyncRow]: ...
    def people(self) -> Sequence[PersonRow]: ...
    def other_plans(self, order: str) -> Sequence[PlanRow]: ...
    def pair_sets(self) -> Sequence[PairSetRow]: ...

    # stock and age: (by a group, by age, units, outermost objects, units held); a page of objects; events behind one
    def stock(self, where: StockWhere, group: str,
              today: date) -> tuple[Sequence[StockRow], Sequence[StockRow], int, int, int]: ...
    def stock_objects(self, where: StockWhere, after: int, today: date, limit: int = ...) -> Sequence[StockObject]: ...
    def unsettled(self) -> Sequence[Unsettled]: ...
    def stock_events(self, epc: str, before: int = ..., limit: int = ...) -> Sequence[TimelineRow]: ...

    # the line page; times are aware
    def line_now(self, order: str, now: datetime, stop_s: float = ...) -> LineNow: ...
    def by_hour(self, now: datetime, hours: int = ...) -> Sequence[Sums]: ...
    def by_shift(self, now: datetime) -> Sequence[Sums]: ...
    def by_order(self, now: datetime) -> Sequence[Sums]: ...
    def cells(self, order: str) -> CellsView | None: ...
    def pareto(self, since: datetime, order: str = ...) -> Sequence[Cause]: ...
    def refused(self, reason: str, before: int = ..., limit: int = ...) -> Sequence[RefusedRow]: ...
    def no_reads(self, cell: int, order: str = ..., before: int = ..., limit: int = ...) -> Sequence[RefusedRow]: ...
    def picture(self, row: RefusedRow) -> SavedPicture | None: ...
    def reconcile(self, order: str) -> ReconcileView: ...


class SyncPort(Protocol):
    """The background sync: try now instead of when its back-off says; what becomes of a refused event.

    `resolve`: `how` is "resend" or "discard", `by` who decided and why. False where it is not refused any more.
    """

    def sync_now(self) -> None: ...
    def resolve(self, event: int, how: Literal["resend", "discard"], by: str) -> bool: ...


class Devices(Protocol):
    """Live pictures: the named camera's are sent to the bridge from now on; "" stops them.

    While one is set up nothing that it shows counts: said again every few seconds; "" ends it.
    """

    def preview(self, name: str) -> None: ...
    def set_up(self, name: str) -> None: ...


class TeachingPort(Protocol):
    """Recipes of cameras. Each call may take a second and may raise; `keep` keeps what the last look taught.

    `keep` raises Hopeless where the set-up will not do, unless `anyway`; `set_belt` gives the recipe's file, too.
    """

    def look(self, camera: str, *, lock: bool = ...) -> LookedAt: ...
    def keep(self, camera: str, *, anyway: bool = ...) -> str: ...
    def in_use(self, camera: str) -> InUse: ...
    def set_up(self, camera: str) -> SetUp: ...
    def set_belt(self, camera: str, belt: Belt) -> tuple[SetUp, str]: ...


class Export(Protocol):
    """Files that a person takes away. Each returns where the file now is."""

    def command_sheet(self, language: str) -> str: ...
    def events(self, language: str) -> str: ...
    def stock(self, where: StockWhere, language: str) -> str: ...
    def document(self, id: str, kind: str, language: str) -> str: ...     # pdf, xlsx, csv, epcis


class Orders(Protocol):
    """What a person does to orders besides working on them. Each call may take a while.

    `new_order` raises ValueError with a word under ui.new_order.problem ("id_taken", "no_product", "no_plan", "dates").
    `report` writes a file of `kind` "xlsx" or "pdf" and returns where it is.
    """

    def products(self) -> Sequence[tuple[str, Name]]: ...
    def new_order(self, order: NewOrder) -> str: ...
    def report(self, order: str, kind: str, language: str) -> str: ...


class Diversion(Protocol):
    """Where goods belong: cases of suspected diversion with their evidence, the list of assignments. Each call may take
    a while and may raise.

    `photograph` keeps a camera's picture, `attach` a copy of a file (ValueError with a word under diversion.attach);
    `export_evidence` writes one case, or all for "", and gives the file.
    """

    def suspects(self) -> Sequence[SuspectView]: ...
    def suspect(self, number: str) -> SuspectView | None: ...
    def snapshot(self) -> SnapshotView: ...
    def dealers(self) -> Sequence[tuple[str, str]]: ...
    def photograph(self, number: str, pixels: Any) -> str: ...
    def attach(self, number: str, file: str) -> str: ...
    def export_evidence(self, number: str) -> str: ...


class Server(Protocol):
    """What the server says of an object: within a few seconds, "away" where it says nothing by then."""

    def server_says(self, epc: str) -> ServerView: ...


class Labels(Protocol):
    """A label as it will be printed, as a PNG; b"" where there is none for this job."""

    def label_preview(self, job: int) -> bytes: ...


class Counts(Protocol):
    """What a stocktake asks. `report` writes a file of `kind` "xlsx", "csv" or "pdf" and returns where it is."""

    def open_counts(self) -> Sequence[CountRow]: ...
    def differences(self, document: str) -> Sequence[CountDifferenceRow]: ...
    def shelves(self) -> Sequence[tuple[str, str]]: ...
    def count_report(self, document: str, kind: str, language: str) -> str: ...


@dataclass(frozen=True, slots=True)
class HumanKey:
    """One key press: `key` is "enter", "up", "f3", "backspace" …, or "" where `text` says all. `t_s`: when, steady."""

    key: str
    text: str = ""
    ctrl: bool = False
    alt: bool = False
    t_s: float = 0.0
    shift: bool = False


class ReadingLike(Protocol):
    """One code as the keyboard scanner typed it."""

    @property
    def raw(self) -> bytes: ...
    @property
    def aim(self) -> str: ...
    @property
    def no_read(self) -> bool: ...


class DecodedLike(Protocol):
    """Codes scanned, and keys that are not part of a scan, oldest first."""

    @property
    def readings(self) -> Sequence[ReadingLike]: ...
    @property
    def typed(self) -> Sequence[HumanKey]: ...


class KeyDecoder(Protocol):
    """Tells a keyboard-wedge scanner from a hand (`drivers.keyboard.KeyboardDecoder`). Seconds of one steady clock."""

    @property
    def due_s(self) -> float | None: ...
    def press(self, key: HumanKey, t_s: float) -> DecodedLike: ...
    def flush(self, t_s: float) -> DecodedLike: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All that the window talks to."""

    station: StationPort
    reader: Reader
    sync: SyncPort
    devices: Devices
    export: Export
    view: StationView                    # what the station was doing when the window came
    cameras: tuple[str, ...] = ()        # names of the cameras in the settings; the first one is shown
    keyboard: str = "keyboard"           # the keyboard scanner's name in the settings
    orders: Orders | None = None         # None: orders come from the server only
    labels: Labels | None = None         # None: this station prints no labels
    diversion: Diversion | None = None
    counts: Counts | None = None
    server: Server | None = None
    said: Sequence[Published] = ()       # what was said last before the window came, newest first
    teaching: TeachingPort | None = None
    settings: Settings | None = None     # the station's; None: those that the window was opened with


class FirstStart(Protocol):
    """A station without settings: what the first page tells and offers. `begin_training` may take seconds."""

    settings_file: str

    def begin_training(self, say: Callable[[str], None]) -> Ports: ...
