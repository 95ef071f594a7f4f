"""Mode queue: bottles in single file past a reader, a pusher behind it, a packer at the end; the PLC drives them.

The belt here is the physical one: what stands on it is known whatever the station believes.
"""
from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.line import goods
from tests.e2e.line.asked import NO_READ, AskedReader
from tests.e2e.line.clerk import ACTS, Clerk
from tests.e2e.line.floor import HEART, LINE_STOP, NG, NUMBER, OK, REJECT, REJECT_ALL, Floor
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
POINT = 3                                # bottles between the reader and the pusher
COUNTER, PACKER, SENSOR = "register:1", "input:1", "input:2"
BOTTLES = ("no-read", "silent", "late", "other product", "packed before", "twice in the row")
LINE = ("pusher stuck", "sensor blind", "heartbeat", "jam", "packer restart", "kill at bottle", "kill at stroke",
        "kill at label", "server down", "PLC hangs up", "bottle probed")
FAULTS = (*(("bottle", each) for each in BOTTLES), *(("line", each) for each in LINE),
          *(("rework", each) for each in ACTS))


@dataclass
class Bottle:
    """`code` is what stands on it, `reads` what the reader makes of it (None: nothing). `ours`: it may be packed."""

    code: str
    reads: str | None
    ours: bool = True
    refused: bool = False                # the station said so, whatever was read: it stands in the row as bad
    pushed: bool = False                 # it goes off the belt at the pusher though the row has it as good
    trigger: int = 0                     # of the station's present start


class QueueLine:
    """`play` runs the whole order; figures in `coil_ms` (trigger → OK/NG coil)."""

    def __init__(self, folder: Path, shape: Shape, seed: int) -> None:
        self.dice = random.Random(seed)
        self.shape, self.truth = shape, Truth()
        self.floor = Floor(folder, shape)
        self.floor.others = ("top", "line")
        self.station, self.plc = self.floor.station, self.floor.plc
        self.clerk = Clerk(self.floor, self.truth, self.dice)
        self.reader = AskedReader()
        self.coil_ms: list[float] = []
        self.belt: list[Bottle] = []             # next for the packer first
        self.triggers = self.all_triggers = 0    # since the station's start; of the whole order
        self.cases = 0
        self._server_back = 0
        self._coming: list[Bottle] = []
        self._kills: set[str] = set()
        self._stuck = ""
        self._late = False                       # the reader says it all the same, too late
        self._hands = 0                          # bottles that the pusher will not find
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

    def _good(self) -> Bottle:
        code = self.clerk.new_bottle()
        return Bottle(code, code)

    # --- one bottle ---------------------------------------------------------------------------------------------------
    def step(self, bottle: Bottle, trusted: bool = True) -> None:
        """The belt moves on by one: this one stands before the reader, the one of three before at the pusher.

        Where not `trusted` the station has to refuse it, whatever is read.
        """
        after = self.station.seq()
        self.belt.append(bottle)
        self.triggers += 1
        self.all_triggers += 1
        bottle.trigger = self.triggers
        self.reader.put(bottle.reads)
        number, edge = self.triggers & 0xFFFF, time.monotonic()
        self.plc.add(COUNTER)
        self.plc.until(lambda: self.plc.get(NUMBER) == number, f"the verdict on {number}", 20.0)
        bottle.pushed, bottle.refused = bool(self.plc.get(REJECT_ALL)), not trusted
        good = self._is_good(bottle) and not bottle.pushed
        self.plc.until(lambda: self.plc.get(OK if good else NG) == 1 or self._rose(OK if good else NG, edge),
                       f"{'OK' if good else 'NG'} for {bottle}: {self.station.last(3)}", 5.0)
        if self._late and bottle.reads is None:
            self._late = False
            self.reader.say(self.triggers, bottle.code)
        if bottle.reads is not None:
            self.coil_ms.append((time.monotonic() - edge) * 1000)
        self._push(number, edge, after)

    @staticmethod
    def _is_good(bottle: Bottle) -> bool:
        return bottle.ours and bottle.reads == bottle.code and not bottle.refused

    def _rose(self, address: str, since: float) -> bool:
        for written in reversed(self.plc.written):
            if written.mono < since:
                return False
            if written.address == address and written.value:
                return True
        return False

    def _push(self, number: int, edge: float, after: int) -> None:
        """What the pusher does with the bottle before it, as the coil says."""
        there = next((each for each in self.belt if each.trigger and each.trigger == self.triggers - POINT), None)
        if there is not None and (there.pushed or not self._is_good(there)):
            self.plc.until(lambda: self._rose(REJECT, edge), f"the pusher is told about {there}")
        if not self._rose(REJECT, edge):
            return
        if there is None:                        # a hand was there before it
            assert self._hands, "the pusher is told to push nothing"
            self._hands -= 1
            self.plc.wait(REJECT, 0)
            return
        stuck, self._stuck = self._stuck, ""
        if stuck != "pusher stuck":
            self.belt.remove(there)
            self._binned(there)
        self.plc.wait(REJECT, 0)
        if stuck:
            self._missed(there, stuck, after)
            return
        self.plc.pulse(SENSOR)
        seen = after
        while True:
            said = self.station.said(seen, "top", kind="signal")
            if said.reason == "reject_confirmed" or said.data["trigger"] == there.trigger:
                break
            seen = said.seq
        if said.reason == "reject_missed":               # the sensor was too late, on a machine with too much to do
            self._missed(there, "sensor too late", after)
            return
        if said.data["trigger"] != there.trigger:        # taken for the one before, which a hand had taken out
            assert said.data.get("again"), (said, there)
            self._missed(there, "sensor taken for another", after)

    def _by_hand(self, bottle: Bottle) -> None:
        """Taken off the belt by hand; the pusher will find nothing where it stood."""
        self.belt.remove(bottle)
        if bottle.trigger > self.triggers - POINT and (bottle.pushed or not self._is_good(bottle)):
            self._hands += 1
        self._binned(bottle)

    def _binned(self, bottle: Bottle) -> None:
        """What may go before the reader once more does; codes of others and copies do not."""
        if bottle.ours:
            self.clerk.loose.append(bottle.code)

    def _missed(self, bottle: Bottle, why: str, after: int) -> None:
        """Nobody saw it leave: the line stands until the clerk has looked, and taken it out where it stands."""
        self.truth.acts[why] += 1
        self.station.said(after, "top", reason="reject_missed", outcome="rejected")
        self.plc.wait(LINE_STOP, 1)
        self.clerk.scan("%ST:CONFIRM", "confirmed")
        self.plc.wait(LINE_STOP, 0)
        place = self.station.one("SELECT number FROM queue WHERE trigger_number=? AND state<>'good'", bottle.trigger)
        self.clerk.scan(f"%ST:TAKEN-OUT:{place}", "queue_removed")
        if bottle in self.belt:
            self.belt.remove(bottle)
            self._binned(bottle)
        self.realign()

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

    def _place(self, bottle: Bottle) -> int:
        sql = "SELECT number FROM queue WHERE trigger_number=? ORDER BY number DESC"
        return int(self.station.one(sql, bottle.trigger) if bottle.trigger else
                   self.station.one("SELECT number FROM queue WHERE epc=?", bottle.code))

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
            self.clerk.scan("%ST:RELEASE", "scan_which")
            self.clerk.scan(self.clerk.raw(epc), "released")
        self.clerk.scan(f"%ST:BADGE:{goods.OPERATOR}", "signed_in")

    # --- the way back -------------------------------------------------------------------------------------------------
    def realign(self) -> None:
        """What the screen says step by step, until the row is trusted again."""
        for _ in range(60):
            said = self.clerk.scan("%ST:ALIGNED", "queue_aligned", "queue_stopped")
            if said.reason == "queue_aligned":
                assert [each.code for each in self.belt] == self._row(), (self.belt, self._row(), said)
                return
            step = str(said.data["next"])
            if not self.belt:
                self._all_out()
            elif step == "remove":
                self._remove_bad()
            else:
                self._probe(step)
        raise AssertionError(f"the row is not aligned: {self.station.last()}")

    def _row(self) -> list[str]:
        return [epc for epc, in self.station.rows("SELECT epc FROM queue ORDER BY number")]

    def _remove_bad(self) -> None:
        for number, in self.station.rows("SELECT number FROM queue WHERE state<>'good' ORDER BY number"):
            self.clerk.scan(f"%ST:TAKEN-OUT:{number}", "queue_removed")
        for each in [each for each in self.belt if not self._is_good(each)]:
            self._by_hand(each)

    def _probe(self, step: str) -> None:
        """Scans the first or the last bottle; one that the station does not know is taken out, and then the next."""
        at = 0 if step == "probe_head" else -1
        while self.belt:
            said = self.clerk.scan(self.belt[at].code, "queued", "not_in_queue")
            if said.reason == "queued":
                break
            self._by_hand(self.belt[at])
        known = self._row()
        if self.belt and step == "probe_tail":
            first, last = known.index(self.belt[0].code), known.index(self.belt[-1].code)
            if known[first : last + 1] != [each.code for each in self.belt]:     # not as many as the screen says
                self._all_out()

    def _all_out(self) -> None:
        """The whole row is taken out and goes before the reader again."""
        rows = self.station.rows("SELECT min(number), max(number) FROM queue")
        if rows[0][0] is not None:
            self.clerk.scan(f"%ST:TAKEN-OUT:{rows[0][0]}-{rows[0][1]}", "queue_removed")
        for each in [*self.belt]:
            self._by_hand(each)

    # --- power cuts ---------------------------------------------------------------------------------------------------
    def _cut(self, bottle: Bottle) -> None:
        """Power goes while this bottle is before the reader."""
        self.truth.acts["kill at bottle"] += 1
        self.belt.append(bottle)
        self.reader.put(bottle.reads)
        self.plc.add(COUNTER)
        self._power_cut()
        self._after_cut()

    def _power_cut(self) -> None:
        self.floor.power_cut(self.reader.hang_up)
        self.clerk.settle_pallets()
        self.triggers = self._hands = 0
        for each in self.belt:
            each.trigger = 0

    def _after_cut(self) -> None:
        """The reader counts anew: the first bottle stops the line, and what stands there is looked at."""
        after = self.station.seq()
        self.step(self._good(), trusted=False)
        said = self.station.said(after, "top", kind="frame")
        assert said.reason == "queue_stopped", said
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
