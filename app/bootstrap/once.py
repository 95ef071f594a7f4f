"""The station's engine for a command that acts once: no devices, no threads, no window.

The caller holds the home's lock. What is done here goes through the same rules and the same journal as at the screen.
"""
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app import ids
from app.bootstrap import pin_matches, place_of
from app.bootstrap.diversion import bring, snapshots_of
from app.domain.warehouse.cases import SnapshotView
from app.home import Home
from app.messages import Answered, MasterChanged, SyncStatus
from app.settings import Settings
from app.station import Station, Surroundings
from app.store import assignments
from app.store.store import Store
from app.sync import Sync


@contextmanager
def engine(home: Home, settings: Settings) -> Iterator[tuple[Station, Store]]:
    """`Station.handle` does the acts. Raises StoreRefused, JournalDamaged."""
    home.make()
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    store = Store(home.database, Path(settings.store.journal_dir) if settings.store.journal_dir else home.journal)
    try:
        around = Surroundings(lambda: datetime.now(zone).astimezone(zone), time.monotonic, ids.event_id, pin_matches)
        yield Station(store, place_of(settings), around), store
    finally:
        store.close()


@dataclass(slots=True)
class Done:
    """What one sync did. `unanswered` and `problem` (of the list) are words under sync.problem or device.problem;
    `snapshot` is None where no list is set up, `is_new` says that another one is in force than before."""

    status: SyncStatus
    records: int
    answers: Counter[str] = field(default_factory=Counter)       # "known", "unknown" → objects
    unanswered: str = ""
    snapshot: SnapshotView | None = None
    is_new: bool = False
    problem: str = ""

    @property
    def good(self) -> bool:
        """All was sent and fetched, and nothing was refused."""
        link = self.status
        return link.link == "up" and not (link.queued or link.refused or self.unanswered or self.problem)


def sync_once(home: Home, settings: Settings, tell: Callable[[SyncStatus], None]) -> Done:
    """Events out; master data, answers to what was asked, and the signed list in: once what a running station does."""
    answers: Counter[str] = Counter()
    with ExitStack() as stack:
        opened: list[Station] = []

        def hear(notice: SyncStatus | MasterChanged | Answered) -> None:
            if isinstance(notice, SyncStatus):
                tell(notice)
            elif isinstance(notice, Answered):
                if not opened:
                    opened.append(stack.enter_context(engine(home, settings))[0])
                opened[0].handle([notice])
                answers[notice.answer] += 1

        sync = Sync(home.database, settings.server, hear, follow_up=True)
        status = sync.once()
    done = Done(status, sync.records, answers, sync.unanswered)
    before = assignments.status(home.database, datetime.now(UTC)).id
    snapshots = snapshots_of(home, settings, lambda file: bring(home, settings, file), _nobody)
    if snapshots is not None:
        done.problem = snapshots.once()
        done.snapshot = assignments.status(home.database, datetime.now(UTC))
        done.is_new = done.snapshot.id != before
    return done


def _nobody(_problem: str, _detail: str) -> None:
    """The problem is told by what `once` gives."""
