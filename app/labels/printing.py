"""All printers of the settings: which one a level's labels go to, one supervised thread each."""
from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.domain.packing.labels import Label
from app.labels.draft import Draft
from app.labels.printer import KIND, Around, Printer
from app.messages import DeviceState, Message, Printed
from app.settings import DeviceSection, LabelSection
from drivers import printer
from drivers.system_printer import FolderPrinter, QueuePrinter


def driver_of(section: DeviceSection) -> printer.Printer:
    """The driver of one printer of the settings; opens nothing."""
    if section.folder:
        return FolderPrinter(Path(section.folder).expanduser(), section.speaks)
    if section.queue:
        return QueuePrinter(section.queue, section.speaks)
    host = f"[{section.host}]" if ":" in section.host else section.host
    address = section.path or f"socket://{host}:{section.port or printer.PORT}"
    return printer.LinePrinter(address, section.speaks, baud=section.baud, answers=section.answers)


class Printing:
    """The printers among `sections`. `say` is called from their threads and returns at once.

    Each label ends in exactly one `Printed` in the inbox, unless the station stops before: then its job is still open.
    """

    def __init__(
        self, sections: Sequence[DeviceSection], label: LabelSection, inbox: queue.Queue[Message],
        say: Callable[[DeviceState], None], *, now: Callable[[], datetime] = lambda: datetime.now(UTC),
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._around = Around(inbox, say, now, mono)
        self._printers: list[tuple[DeviceSection, Printer]] = []
        for section in sections:
            if section.kind == KIND:
                self._printers.append((section, Printer(section.name, driver_of(section),
                                                        _drawn(Draft(label), section), self._around)))

    def start(self) -> None:
        for _, each in self._printers:
            each.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ends all threads; a label on its way is waited for. A driver that hangs is told as a fault and left."""
        until = time.monotonic() + timeout_s
        for _, each in self._printers:
            each.ask_to_stop()
        for _, each in self._printers:
            each.join(max(0.0, until - time.monotonic()))

    def states(self) -> tuple[DeviceState, ...]:
        """The last word of each printer, in the order of the settings."""
        return tuple(each.state for _, each in self._printers)

    def print(self, labels: Sequence[Label]) -> None:
        """Queues labels, in this order, each for the printer of its level. From any thread; never waits."""
        for label in labels:
            chosen = self._printer(label.level)
            if chosen is not None:
                chosen.print(label)
            else:
                self._failed(label)

    def waiting(self) -> int:
        """Labels that are not out yet."""
        return sum(each.waiting for _, each in self._printers)

    def _printer(self, level: str) -> Printer | None:
        """One that is set for the level, else one for any; where there are several, the least busy that is ready."""
        own = [each for section, each in self._printers if level in section.levels]
        able = own or [each for section, each in self._printers if not section.levels]
        return min(able, key=lambda each: (each.state.state != "ready", each.waiting), default=None)

    def _failed(self, label: Label) -> None:
        message = Printed("", label.job, "failed", self._around.now(), self._around.mono(), "no_printer",
                          f"no printer is set for labels of level {label.level!r}")
        try:
            self._around.inbox.put_nowait(message)
        except queue.Full:                   # whoever calls may be the one who empties it
            threading.Thread(target=self._around.inbox.put, args=(message,), daemon=True).start()


def _drawn(draft: Draft, section: DeviceSection) -> Callable[[Label], bytes]:
    return lambda label: draft.data(label, section.dpi, section.speaks, section.copies)
