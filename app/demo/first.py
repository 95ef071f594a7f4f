"""The training line: what a new user gets on the first start, with nothing else installed.

The ground is laid as for the demo, but the person at the window does the work: signs in, chooses the order, answers the
reds. The line brings the next crate, label or pallet by itself a few seconds after the last one, as a real line does.
"""
from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack

from app.bootstrap import House
from app.demo.ground import Ground
from app.demo.player import hash_of
from app.demo.script import Shape, Shift, pallet_digits, plan
from app.domain.codes.identity import sscc
from app.home import Home
from app.messages import Notice, Published, StationView
from app.settings import Settings
from app.settings_file import load
from app.store.database import StoreRefused, open_reader
from drivers.crate import render_case

SHAPE = Shape("TRAINING", "P6-4", 6, 4, 6, 2, 3)
PACE_S = 6.0             # between two crates: time to look


class Training:
    """One per start of the window. It has a home of its own inside the station's, so that practice stays practice."""

    def __init__(self, home: Home) -> None:
        self.home = Home(home.path / "training")
        self._ground = Ground(self.home)
        self._shift = plan(_number(self.home), SHAPE)
        self._line: Line | None = None
        self._locked = ExitStack()           # the home of the practice is nobody else's meanwhile

    def begin(self, say: Callable[[str], None], language: str) -> Settings:
        """Lays the ground and gives its settings. Raises GroundFailed. `say` gets words under demo.training."""
        say("server")
        self._locked.enter_context(self.home.lock())
        self._ground.lay(SHAPE.bottles + 1, language, SHAPE.rows, SHAPE.columns)
        self._ground.clear_camera()
        say("master")
        self._ground.announce(self._shift.records)
        return load(self.home.path, os.environ).settings

    def attach(self, house: House) -> None:
        """The line runs from now on."""
        self._line = Line(self._ground, self._shift, lambda epc: house.reader.look_up(epc).known)
        house.listeners.append(self._line.hear)
        self._line.start()

    def end(self) -> None:
        if self._line:
            self._line.stop()
        self._ground.clear()
        self._locked.close()


class Line:
    """Brings goods, at the pace of somebody who learns."""

    def __init__(self, ground: Ground, shift: Shift, known: Callable[[str], bool], pace_s: float = PACE_S) -> None:
        """`known` says whether there is such an object: only what was packed is brought to the dock."""
        self._ground, self._shift, self._known, self._pace_s = ground, shift, known, pace_s
        self._view: StationView | None = None
        self._changed, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="training-line", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._changed.set()
        self._thread.join(5.0)

    def hear(self, notice: Notice) -> None:
        if isinstance(notice, Published):
            self._view = notice.view
            self._changed.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.clear()
            if not self._changed.wait(self._pace_s) and self._view:      # quiet for a while: the next thing comes
                self.bring(self._view)

    def bring(self, view: StationView) -> None:
        """The next thing that this page waits for, if it waits for goods of the training shift."""
        if not view.operator or view.alarm or view.armed:
            return
        if view.packing and view.packing.order == self._shift.order:
            self._pack(view)
        elif view.dock and view.dock.document == self._shift.receive and not _done(view):
            self._ground.scanner.scan(self._shift.pallet(900).encode())
        elif view.dock and view.dock.document == self._shift.ship and not _done(view):
            shipped = sum(line.done for line in view.dock.lines) // (SHAPE.bottles * SHAPE.cases)
            if self._known(sscc(pallet_digits(self._shift.number, shipped))):
                self._ground.scanner.scan(self._shift.pallet(shipped).encode())

    def _pack(self, view: StationView) -> None:
        assert view.packing is not None
        case, pallet = view.packing.levels[0], view.packing.levels[-1]
        at = case.closed
        if pallet.waiting:
            self._ground.scanner.scan(self._shift.pallet(pallet.closed).encode())
        elif case.waiting:
            self._ground.scanner.scan(self._shift.case(at).encode())
        elif case.have:          # one was not read: the handheld fills it in
            self._ground.scanner.scan(self._shift.bottle(at, at % SHAPE.bottles).encode())
        elif view.packing.packed < view.packing.planned:
            bottles = [self._shift.bottle(at, place) for place in range(SHAPE.bottles)]
            label = "" if at % 4 == 2 else self._shift.case(at)
            damaged = (at % SHAPE.bottles,) if at % 4 == 1 else ()
            pixels = render_case(bottles, label or None, seed=hash_of(bottles[0]), rows=SHAPE.rows, cols=SHAPE.columns,
                                 damaged=damaged)
            self._ground.camera.show(pixels, f"case {at:05d} {hash_of(str(view.counts))}.png")


def _done(view: StationView) -> bool:
    return view.dock is not None and all(line.done >= line.wanted for line in view.dock.lines)


def _number(home: Home) -> int:
    """The training shift's number; grows once its order is done, so that there is always something to pack."""
    try:
        connection = open_reader(home.database)
    except StoreRefused:
        return 1
    try:
        full = SHAPE.cases * SHAPE.pallets
        return 1 + connection.execute(
            "SELECT count(*) FROM work WHERE level='case' AND work_order LIKE 'WO-TRAIN-%' AND closed>=?",
            (full,)).fetchone()[0]
    finally:
        connection.close()

