"""Diversion round the station: evidence written, the list of assignments fetched, and both shown to the window."""
from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.warehouse.cases import SnapshotView, SuspectView
from app.home import Home
from app.messages import DeviceState, Frame, Published
from app.settings import Settings
from app.store import evidence
from app.store.database import StoreRefused, open_reader
from app.store.evidence import Evidence
from app.store.snapshot_file import FOLDER
from app.store.whereabouts import Whereabouts
from app.sync.snapshot import Snapshots
from app.sync.transport import BadServerSetting

if TYPE_CHECKING:
    import numpy as np

LOOK_S = 60.0            # between two looks whether the list in force has expired
NAME = "assignments"


class Diversion:
    """`told` is given what the screen has to say of the list; `picture_of` gives the pixels of a frame."""

    def __init__(self, home: Home, settings: Settings, whereabouts: Whereabouts,
                 picture_of: Callable[[Frame], np.ndarray | None], told: Callable[[DeviceState], None]) -> None:
        self._home, self._settings, self._told = home, settings, told
        self.whereabouts = whereabouts
        self.evidence = Evidence(home.database, picture_of)
        self._problem, self._state = ("", ""), ""
        self.snapshots = snapshots_of(home, settings, self._bring, self._fetched)
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._run, name="assignments", daemon=True)

    def start(self) -> None:
        self.evidence.start()
        if self.snapshots:
            self.snapshots.start()
        if self._settings.warehouse.snapshot_key:
            self._watch.start()

    def stop(self) -> None:
        self._ended.set()
        if self.snapshots:
            self.snapshots.stop()
        if self._watch.is_alive():
            self._watch.join(5.0)
        self.evidence.stop()
        self.whereabouts.close()

    def ask_now(self) -> None:
        """Somebody wants to know now whether there is a newer list."""
        if self.snapshots:
            self.snapshots.ask_now()

    def keep(self, published: Published) -> None:
        """Every verdict."""
        self.evidence.keep(published)

    # --- what the window asks; each call may take a while -----------------------------------------------------------
    def suspects(self) -> Sequence[SuspectView]:
        return self.whereabouts.suspects()

    def suspect(self, number: str) -> SuspectView | None:
        return self.whereabouts.suspect(number)

    def snapshot(self) -> SnapshotView:
        return self.whereabouts.snapshot()

    def dealers(self) -> Sequence[tuple[str, str]]:
        return self.whereabouts.dealers()

    def photograph(self, number: str, pixels: np.ndarray) -> str:
        return self.evidence.photograph(number, pixels)

    def attach(self, number: str, file: str) -> str:
        return self.evidence.attach(number, Path(file))

    def export_evidence(self, number: str) -> str:
        """One case, or all of them, as a ZIP in the home; gives the file."""
        name = number or f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        path = self._home.path / f"evidence-{name}.zip"
        connection = open_reader(self._home.database)
        try:
            evidence.export(connection, self.evidence.folder, path, (number,) if number else ())
        finally:
            connection.close()
        return str(path)

    # --- the list --------------------------------------------------------------------------------------------------
    def _bring(self, file: Path) -> str:
        refused = bring(self._home, self._settings, file)
        self._look()
        return refused

    def _fetched(self, problem: str, detail: str) -> None:
        self._problem = problem, detail
        self._tell()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._look()
            self._ended.wait(LOOK_S)

    def _look(self) -> None:
        state = self.whereabouts.snapshot().state
        if state != self._state:
            self._state = state
            self._tell()

    def _tell(self) -> None:
        problem, detail = self._problem
        if self._state not in ("valid", "") and not problem:
            problem = f"snapshot_{self._state}"
        self._told(DeviceState(NAME, "line", "fault" if problem else "ready", detail, datetime.now().astimezone(),
                               problem))


def snapshots_of(home: Home, settings: Settings, bring: Callable[[Path], str],
                 told: Callable[[str, str], None]) -> Snapshots | None:
    """Who fetches the list; None where none is set up."""
    house, server = settings.warehouse, settings.server
    base = (server.master_url or server.url).rstrip("/")
    url = house.snapshot_url or (f"{base}/snapshot" if base else "")
    if not (house.snapshot_key and url):
        return None
    try:
        return Snapshots(home.path / FOLDER, server, url, bring=bring, told=told, now=lambda: datetime.now(UTC),
                         mono=time.monotonic, jitter=lambda most: random.uniform(0, most))
    except BadServerSetting:
        return None                              # the sync says so


def bring(home: Home, settings: Settings, file: Path) -> str:
    """Verified and imported in a process of its own; "" where it is in force now. Raises OSError: tried again."""
    from concurrent.futures.process import BrokenProcessPool

    from app.importer.assignments import BadPackage, beside

    try:
        beside(file, home.path / FOLDER, settings.warehouse.snapshot_key, datetime.now(UTC))
    except BadPackage as error:
        return error.word
    except (StoreRefused, BrokenProcessPool) as error:
        raise OSError(str(error)) from error
    return ""
