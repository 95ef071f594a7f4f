"""The one place that builds and wires everything. Starts bottom-up, stops in reverse; decides nothing itself."""
from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app import __version__, ids
from app.bootstrap.diversion import Diversion
from app.bootstrap.log import NoticeLog, close_log, open_log
from app.devices import Devices
from app.domain.packing.labels import SsccRange
from app.domain.warehouse.policy import Measure, Policy, Site
from app.home import Home, free_mb
from app.messages import Answered, Command, DeviceState, Frame, MasterChanged, Notice, Published, Scan, SyncStatus
from app.reports import OrderDesk
from app.reports.count import CountDesk
from app.settings import Settings
from app.station import Place, Station, Surroundings
from app.store.checkpoint import Checkpoints
from app.store.pictures import Pictures
from app.store.reader import Reader
from app.store.store import Store
from app.store.whereabouts import Whereabouts
from app.sync import Sync
from app.sync.lookup import ServerLook
from app.views import DocumentRow, OrderRow, StockWhere

if TYPE_CHECKING:
    import numpy as np

    from app.domain.packing.labels import Label
    from app.labels import Printing

Listener = Callable[[Notice], None]
Show = Callable[[str, "np.ndarray", Frame], None]


LABELS = 50              # kept for showing


class House:
    """A whole station under one home, without its window. The caller holds the home's lock."""

    def __init__(self, home: Home, settings: Settings, *, show: Show | None = None, language: str = "") -> None:
        """Opens the store (replaying the journal's tail) and wires the rest. Raises StoreRefused, JournalDamaged."""
        self.home, self.settings = home, settings
        home.make()
        self._log = open_log(home)
        spoken = language or settings.station.language
        self.speaks: Callable[[], str] = lambda: spoken      # what the window speaks, once there is one
        self.listeners: list[Listener] = [NoticeLog(self._log).hear]
        self.link = SyncStatus("off" if not settings.server.url else "down", 0, 0, 0, 0)
        journal = Path(settings.store.journal_dir) if settings.store.journal_dir else home.journal
        self.store = Store(home.database, journal)
        self.checkpoints = Checkpoints(home.database, self.store.connection)
        zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
        around = Surroundings(lambda: datetime.now(zone).astimezone(zone), time.monotonic, ids.event_id, pin_matches,
                              lambda: min(free_mb(home.path), free_mb(journal)) >= settings.store.min_free_mb)
        self.station = Station(self.store, place_of(settings), around, [self.tell], home.crashes)
        self.devices = Devices(settings.device, self.station.inbox, self._device, show=show, triggers=settings.trigger,
                               line=settings.line, alive=self.station.alive, home=home.path)
        self.printing = self._printing()
        self._labels: deque[Label] = deque(maxlen=LABELS)    # ordered last, for showing
        self.desk = OrderDesk(home.database, home.path, station=settings.station.id, station_name=settings.station.name,
                              zone=zone)
        self.counts = CountDesk(home.database, settings.location, self._language, home.path,
                                station=settings.station.name, zone=zone)
        self._damaged = ""                                   # what of the memory of archived codes cannot be read
        self._unattended = ""                                # what an unattended line is missing
        self.pictures = Pictures(home.path / "pictures", self.devices.picture, settings.line.pictures_mb,
                                 settings.line.pictures_days)
        self.sync = Sync(home.database, settings.server, self._synced, follow_up=True)
        self.server = ServerLook(settings.server)
        place = place_of(settings)
        whereabouts = Whereabouts(home.database, place.site, place.policy, self._language, around.now, place.location)
        self.diversion = Diversion(home, settings, whereabouts, self.devices.picture, self.tell)
        self.reader = Reader(home.database, self._language, settings.rule, self.diversion.whereabouts.of,
                             settings.station.id)

    def start(self) -> None:
        self._log.info("start", version=__version__, station=self.settings.station.id, epoch=self.store.epoch,
                       replayed=self.store.replayed, torn_bytes=self.store.journal.trimmed)
        unprinted = self.station.unprinted()
        self.checkpoints.start()
        self.station.start()
        self.sync.start()
        self.pictures.start()
        self.diversion.start()
        if self.printing:
            self.printing.start()
            self.printing.print(unprinted)
        self.devices.start()
        self._attended()

    def stop(self) -> None:
        """No more scans; what is in the inbox is committed; the rest ends."""
        self.devices.stop()
        if self.printing:
            self.printing.stop()
        self.station.stop()
        self.checkpoints.stop()
        self.pictures.stop()
        self.sync.stop()
        self.diversion.stop()
        self.reader.close()
        self.store.close()
        self._log.info("stop")
        close_log()

    # --- what the window calls -------------------------------------------------------------------------------------
    def send(self, message: Command | Scan) -> None:
        """Never waits: a full inbox is shown as a fault of the screen, and the gesture has to be made again."""
        try:
            self.station.inbox.put_nowait(message)
        except queue.Full:
            waiting = f"{self.station.inbox.maxsize} messages wait"
            self.tell(DeviceState("screen", "screen", "fault", waiting, message.at, "inbox_full"))

    def command(self, name: str, argument: str = "", source: str = "screen") -> None:
        self.send(Command(name, argument, datetime.now().astimezone(), time.monotonic(), source))

    def command_sheet(self, language: str) -> str:
        """Writes the sheet of command barcodes into the home; gives the file."""
        from app import sheet  # draws PDFs with a library that takes a second to import

        path = self.home.path / f"command-sheet-{language}.pdf"
        sheet.write_sheet(path, station_name=self.settings.station.name, language=language, orders=self.orders(),
                          documents=self.documents())
        return str(path)

    def events(self, language: str) -> str:
        """Exports all events as a table; gives the file."""
        from app import export

        path = self.home.path / f"events-{datetime.now().astimezone():%Y%m%d-%H%M%S}.csv"
        export.export_events(self.home.database, path, "csv")
        return str(path)

    def stock(self, where: StockWhere, language: str) -> str:
        """Writes these goods as a workbook into the home; gives the file."""
        from app.reports.stock import write_stock

        zone = ZoneInfo(self.settings.station.timezone) if self.settings.station.timezone else None
        now = datetime.now(zone).astimezone(zone)
        path = self.home.path / f"stock-{now:%Y%m%d-%H%M%S}-{language}.xlsx"
        return str(write_stock(path, self.home.database, where, language=language, now=now,
                               station=self.settings.station.name))

    def document(self, id: str, kind: str, language: str) -> str:
        """Writes a document as "pdf", "xlsx", "csv" or "epcis" into the home; gives the file."""
        from app import export
        from app.reports import file_name
        from app.reports.papers import write_document

        station = self.settings.station
        zone = ZoneInfo(station.timezone) if station.timezone else None
        now = datetime.now(zone).astimezone(zone)
        name = file_name(id, "json" if kind == "epcis" else kind, language, now).replace("order-", "document-", 1)
        path = self.home.path / name
        if kind == "epcis":
            export.export_events(self.home.database, path, "epcis", document=id)
            return str(path)
        return str(write_document(path, self.home.database, id, language=language, station=station.name,
                                  gln=station.gln, now=now))

    def orders(self) -> tuple[OrderRow, ...]:
        return self.reader.orders()

    def documents(self) -> tuple[DocumentRow, ...]:
        return (*self.reader.documents("in"), *self.reader.documents("out"))

    def label_preview(self, job: int) -> bytes:
        """A label that was ordered lately, as it is printed; b"" for any other."""
        label = next((each for each in self._labels if each.job == job), None)
        if label is None:
            return b""
        from app.labels import Draft, png

        dpi = next((each.dpi for each in self.settings.device if each.kind == "printer"), 203)
        return png(Draft(self.settings.label).image(label, dpi), dpi)

    def say_again(self) -> None:
        """Tells the listeners how the devices and the link are, for one that came late."""
        for notice in (*self.devices.states(), *(self.printing.states() if self.printing else ()), self.link):
            for listener in self.listeners:
                listener(notice)

    def _printing(self) -> Printing | None:
        """The printers, where this station prints: what draws labels takes a second to import and 30 MB to keep."""
        if not (self.settings.label.sscc_prefix or any(each.kind == "printer" for each in self.settings.device)):
            return None
        from app.labels import Printing

        return Printing(self.settings.device, self.settings.label, self.station.inbox, self._device)

    def _language(self) -> str:
        return self.speaks()

    # --- from other threads ----------------------------------------------------------------------------------------
    def tell(self, notice: Notice) -> None:
        """Every notice, from whichever thread: first the device that waits for its OK, then who shows it."""
        if isinstance(notice, Published):
            self.devices.verdict(notice)
            if notice.labels and self.printing:
                self.printing.print(notice.labels)
                self._count_numbers(notice.labels)
                self._labels.extend(notice.labels)
            match notice.verdict.data.get("name"):
                case "RESHOOT":
                    self.devices.trigger()
                case "SYNC":
                    self.sync.sync_now()
                    self.diversion.ask_now()
            if notice.seq:
                self.pictures.keep(notice)
                self.diversion.keep(notice)
                self._look_at_memory()
                self.sync.wake()
        for listener in self.listeners:
            listener(notice)

    def _count_numbers(self, labels: Sequence[Label]) -> None:
        """Says in time that the station's range of SSCCs runs out."""
        numbers = place_of(self.settings).sscc
        fresh = [int(each.sscc[len(numbers.prefix):17]) for each in labels if not each.reprint] if numbers else []
        if numbers and fresh and numbers.running_out(max(fresh) + 1):
            self.tell(DeviceState("SSCC", "printer", "fault", f"{numbers.left(max(fresh) + 1)} numbers are left",
                                  datetime.now().astimezone(), "sscc_low"))

    def _look_at_memory(self) -> None:
        """A damaged block of the memory of archived codes stops no line, so it has to be told."""
        problem = self.store.memory.problem
        if problem != self._damaged:
            self._damaged = problem
            self.tell(DeviceState("memory", "line", "fault" if problem else "ready", problem,
                                  datetime.now().astimezone(), "memory_damaged" if problem else ""))

    def _attended(self) -> None:
        """An unattended line whose order or person the catalogue does not have says so instead of standing still."""
        packing, now = self.settings.packing, datetime.now().astimezone()
        known = {"unknown_operator": not packing.operator or any(each[0] == packing.operator
                                                                 for each in self.reader.people()),
                 "unknown_order": not packing.order or any(each.id == packing.order for each in self.reader.orders())}
        wrong = next((word for word, is_known in known.items() if not is_known), "")
        if wrong or self._unattended:
            detail = f"[packing] operator = {packing.operator!r}, order = {packing.order!r}" if wrong else ""
            self.tell(DeviceState("packing", "line", "fault" if wrong else "ready", detail, now, wrong))
        self._unattended = wrong

    def _device(self, state: DeviceState) -> None:
        try:
            self.station.inbox.put_nowait(state)     # a device's thread waits for nobody: the line's rejects hang on it
        except queue.Full:
            pass                                     # `station status` learns it with the next change
        self.tell(state)

    def _synced(self, notice: SyncStatus | MasterChanged | Answered) -> None:
        if isinstance(notice, Answered):
            self.station.give(notice)
        elif isinstance(notice, MasterChanged):
            self.station.give(notice)
            self._attended()
        else:
            self.link = notice
            self.tell(notice)


def place_of(settings: Settings) -> Place:
    station, label, house = settings.station, settings.label, settings.warehouse
    sscc = SsccRange(label.sscc_prefix, label.sscc_first, label.sscc_last) if label.sscc_prefix else None
    return Place(station.id, station.name, settings.read_point, settings.location,
                 settings.server.max_children, settings.packing.operator,
                 timedelta(minutes=station.lock_after_min), settings.rule, settings.packing.order,
                 settings.packing.clearance and not settings.packing.operator,      # nobody is there who could look
                 sscc, settings.queue_sources,
                 site=Site(house.partner, house.territory, house.latitude, house.longitude),
                 policy=Policy(house.unknown, Measure(house.fefo), Measure(house.expired), Measure(house.life),
                               house.min_life_days, house.check,
                               {"": Measure.STOP, **{brand: Measure(each) for brand, each in house.diversion.items()}},
                               house.speed_km_h, house.break_pallet))


def pin_matches(hashed: str, digits: str) -> bool:
    """argon2id, a third of a second on purpose."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(hashed, digits)
    except (Argon2Error, InvalidHashError):
        return False
