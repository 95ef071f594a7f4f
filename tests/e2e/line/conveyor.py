"""Mode queue: bottles in single file past a reader, a pusher behind it, a packer at the end; the PLC drives them."""
from __future__ import annotations

import random
import time
from pathlib import Path

from tests.e2e.line import goods
from tests.e2e.line.asked import NO_READ
from tests.e2e.line.belt import COUNTER, PACKER, POINT, Belt, Bottle
from tests.e2e.line.clerk import ACTS
from tests.e2e.line.floor import HEART, LINE_STOP, REJECT_ALL, Floor
from tests.e2e.line.goods import Shape
from tests.e2e.line.station import Box
from tests.e2e.line.truth import Case, Truth

INPUTS = 'trigger_counter = "register:1", packer = "input:1", reject_sensor = "input:2"'
MORE = """
[[device]]
name = "top"
kind = "socket-client"
port = {port}
suffix = "\\\\r\\\\n"
feeds = "queue"
[[trigger]]
name = "bottle"
readers = ["top"]
fire = "T{{trigger}}\\\\r"
echo = '(?P<trigger>\\d+),(?P<code>.*)'
timeout_ms = {timeout_ms}
pulse_ms = 3000
reject_after_triggers = 3
reject_pulse_ms = 15
confirm_ms = 400
"""
BOTTLES = ("no-read", "silent", "late", "other product", "packed before", "twice in the row")
LINE = ("pusher stuck", "sensor blind", "heartbeat", "jam", "packer restart", "kill at bottle", "kill at stroke",
        "kill at label", "server down", "PLC hangs up", "bottle probed")
FAULTS = (*(("bottle", each) for each in BOTTLES), *(("line", each) for each in LINE),
          *(("rework", each) for each in ACTS))


class QueueLine(Belt):
    """`play` runs the whole order; figures in `coil_ms` (trigger → OK/NG coil)."""

    def __init__(self, folder: Path, shape: Shape, seed: int) -> None:
        super().__init__(Floor(folder, shape), shape, Truth(), random.Random(seed))
        self.floor.others = ("top", "line")
        self.cases = 0
        self._server_back = 0
        self._coming: list[Bottle] = []
        self._kills: set[str] = set()
        self.plan = self._faults()

    def _faults(self) -> dict[int, list[tuple[str, str]]]:
        """What goes wrong while which case is filled: each kind at least once, then one in five."""
        plan: dict[int, list[tuple[str, str]]] = {number: [] for number in range(self.shape.cases)}
        last = max(2, self.shape.cases - 2)
        kinds = self.shape.thrown(FAULTS)
        self.dice.shuffle(kinds)
        for at, fault in enumerate(kinds):
            plan[1 + at * (last - 1) // len(kinds)].append(fault)
        for number in range(2, last):
            if self.shape.cases > 100 and self.dice.random() < 0.2:
                plan[number].append(self.dice.choice([each for each in FAULTS if not each[1].startswith("kill")]))
        return plan

    # --- the order ----------------------------------------------------------------------------------------------------
    def play(self) -> None:
        self.floor.open(INPUTS, MORE.format(port=self.reader.port, timeout_ms=250))
        try:
            while self.cases < self.shape.cases - 1:
                faults = self.plan[self.cases]
                for what, kind in faults:
                    self._throw(what, kind)
                self._fill_one()
                for what, kind in faults:
                    if what == "rework":
                        self.clerk.rework(kind)
                if self._server_back == self.cases and not self.floor.server.is_up:
                    self.floor.server.up()
                self.station.note_memory()
            if not self.floor.server.is_up:
                self.floor.server.up()
            self._tail()
            self.clerk.finish_order()
        finally:
            self.reader.close()

    def _fill_one(self) -> None:
        """Bottles pass until the packer has filled one more case."""
        before = self.cases
        while self.cases == before:
            bottle = self._coming.pop(0) if self._coming else self._good()
            if "kill at bottle" in self._kills and len(self.belt) > self.shape.bottles // 2:
                self._kills.discard("kill at bottle")
                self._cut(bottle)
                continue
            self.step(bottle)
            self._maybe_pack()

    # --- the packer ---------------------------------------------------------------------------------------------------
    def _maybe_pack(self) -> None:
        ready = [each for each in self.belt if not each.trigger or each.trigger <= self.triggers - POINT]
        if len(ready) >= self.shape.bottles:
            self._stroke()

    def _stroke(self) -> None:
        taken, self.belt = self.belt[: self.shape.bottles], self.belt[self.shape.bottles :]
        assert all(each.ours for each in taken)
        case = Case(self.cases, [each.code for each in taken])
        after = self.station.seq()
        if "kill at stroke" in self._kills:
            self._kills.discard("kill at stroke")
            self.truth.acts["kill at stroke"] += 1
            self.plc.pulse(PACKER)
            self._power_cut()
            if not self._box_of(case):
                self._packer_signal()
            self._label(case)
            self.cases += 1
            self._after_cut()
            return
        self._packer_signal()
        said = self.station.said(after, "plc", kind="signal")
        assert said.reason == "scan_label", (said, case, self.station.last())
        self._label(case)
        self.cases += 1

    def _packer_signal(self) -> None:
        after = self.station.seq()
        self.plc.pulse(PACKER)
        self.station.said(after, "plc", kind="signal")

    def _box_of(self, case: Case) -> Box | None:
        return next((box for box in self.station.boxes("case") if {*box.content} & {*case.bottles}), None)

    def _label(self, case: Case) -> None:
        """The case comes with its code; the reader over it says which."""
        box = self._box_of(case)
        assert box and {*box.content} == {*case.bottles}, (box, case)
        case.label = self.clerk.new_case_code()
        if "kill at label" in self._kills:
            self._kills.discard("kill at label")
            self.truth.acts["kill at label"] += 1
            self.floor.case_reader.scan(case.label.encode())
            self._power_cut()
            if self._box_of(case):
                self._read_label(case)
            self._after_cut()
        else:
            self._read_label(case)
        self.truth.cases.append(case)
        self.clerk.stack(case)

    def _read_label(self, case: Case) -> None:
        said = self.floor.read_case(case.label)
        assert said.reason == "container_complete", (said, case, self.station.last())

    # --- faults -----------------------------------------------------------------------------------------------------
    def _throw(self, what: str, kind: str) -> None:
        if what == "bottle":
            self.truth.acts[kind] += 1
            self._coming.append(self._odd(kind))
        elif kind in ("pusher stuck", "sensor blind"):
            self._stuck = kind
            self._coming.append(self._odd("no-read"))
        elif kind.startswith("kill"):
            self._kills.add(kind)
        elif what == "line":
            self.truth.acts[kind] += 1
            self._disturb(kind)

    def _odd(self, kind: str) -> Bottle:
        packed = next((case.bottles[0] for case in reversed(self.truth.cases) if case.bottles and not case.gone), "")
        if kind == "packed before" and packed:
            return Bottle(packed, packed, ours=False)
        if kind == "twice in the row" and self.belt:
            return Bottle(self.belt[-1].code, self.belt[-1].code, ours=False)
        if kind == "other product":
            strange = goods.bottle(self.cases + 1, goods.OTHER)
            return Bottle(strange, strange, ours=False)
        code = self.clerk.new_bottle()
        self._late = self._late or kind == "late"
        return Bottle(code, NO_READ if kind == "no-read" else None)

    def _disturb(self, kind: str) -> None:
        floor, station = self.floor, self.station
        match kind:
            case "server down":
                floor.server.down()
                self._server_back = self.cases + max(2, self.shape.cases // 20)
            case "heartbeat":
                after = station.seq()
                floor.plc.beat(False)
                station.said(after, "line", reason="heartbeat_lost")
                floor.plc.wait(REJECT_ALL, 1)
                for _ in range(2):               # the belt runs out; all that passes now is rejected
                    self.step(self._good())
                floor.plc.beat(True, HEART)
                station.said(after, "line", reason="heartbeat_back")
                floor.plc.wait(REJECT_ALL, 0)
                self.realign()                   # nobody knows what the PLC did meanwhile
            case "PLC hangs up":
                floor.plc.hang_up()
                since = time.monotonic()
                floor.plc.until(lambda: any(each.mono > since for each in reversed(floor.plc.written)), "it dials")
                floor.plc.seen(COUNTER)
            case "jam":
                self._jam()
            case "packer restart":
                self._packer_restarts()
            case "bottle probed" if self.belt:
                self.clerk.scan("%ST:JAM", "queue_stopped")
                self.realign()

    def _jam(self) -> None:
        """Bottles lie across the belt: some are taken out by hand, the rest is aligned."""
        for _ in range(max(0, 8 - len(self.belt))):
            self.step(self._good())
        self.clerk.scan("%ST:JAM", "queue_stopped")
        self.plc.wait(LINE_STOP, 1)
        out = self.belt[2:5]
        numbers = [self._place(each) for each in out]
        for each in out:
            self._by_hand(each)
        self.clerk.scan(f"%ST:TAKEN-OUT:{min(numbers)}-{max(numbers)}", "queue_removed")
        self.realign()
        self.plc.wait(LINE_STOP, 0)

    def _packer_restarts(self) -> None:
        """Its signal comes though it took nothing: the case it speaks of is put aside, what was packed is looked at."""
        for _ in range(max(0, 3 - len(self.belt))):
            self.step(self._good())
        after = self.station.seq()
        self.plc.pulse(PACKER)
        said = self.station.said(after, "plc", kind="signal")
        assert said.reason == "queue_short", (said, self.belt)
        self.clerk.unpark()
        self.clerk.scan("%ST:UNDO", "undone")
        # Nothing of it was packed: all that stands on the belt goes before the reader again.
        for each in [*self.belt]:
            self._by_hand(each)
        self.realign()
        self.clerk.scan(f"%ST:BADGE:{goods.SUPERVISOR}", "signed_in")
        for epc, in self.station.rows("SELECT epc FROM held_back"):
            self.clerk.scan("%ST:RELEASE:CHECKED", "scan_which")
            self.clerk.scan(self.clerk.raw(epc), "released")
        self.clerk.scan(f"%ST:BADGE:{goods.OPERATOR}", "signed_in")

    # --- power cuts ---------------------------------------------------------------------------------------------------
    def _cut(self, bottle: Bottle) -> None:
        """Power goes while this bottle is before the reader."""
        self.truth.acts["kill at bottle"] += 1
        self.belt.append(bottle)
        self.reader.put(bottle.reads)
        self.plc.add(COUNTER)
        self.triggers += 1
        self._power_cut()
        self._after_cut()

    def _power_cut(self) -> None:
        self.floor.power_cut(self.reader.hang_up)
        self.clerk.settle_pallets()
        for each in self.belt:
            each.trigger = 0

    def _after_cut(self) -> None:
        """Where a bottle, a reject or a stroke may be missing the first one stops the line, and what stands there is
        looked at."""
        row = self.station.rows("SELECT state, doubtful FROM queue")
        newest, stopped = self.station.rows("SELECT queue_trigger, queue_stopped FROM work_stage")[0]
        trusted = newest == self.triggers and len(row) < self.shape.bottles and {*row} <= {("good", 0)} and not stopped
        self.truth.acts["goes on by itself" if trusted else "aligned after a cut"] += 1
        after = self.station.seq()
        self.step(self._good(), trusted=trusted)
        said = self.station.said(after, "top", kind="frame")
        assert said.reason == ("queued" if trusted else "queue_stopped"), said
        if trusted:
            assert [each.code for each in self.belt] == self._row(), (self.belt, self._row())
        else:
            self.realign()

    # --- the end ------------------------------------------------------------------------------------------------------
    def _tail(self) -> None:
        """What is left on the belt is packed by hand, with less than planned."""
        if self._row():
            self._all_out()
            self.realign()
        case = Case(self.cases, [])
        while self.clerk.loose and len(case.bottles) < self.shape.bottles - 1:
            case.bottles.append(self.clerk.new_bottle())
            self.clerk.scan(case.bottles[-1], "taken")
        if case.bottles:
            self.clerk.scan("%ST:CLOSE:TAIL", "scan_label")
            case.label = self.clerk.new_case_code()
            self._read_label(case)
            self.truth.cases.append(case)
            self.clerk.stack(case)
