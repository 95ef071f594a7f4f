"""The physical belt of mode queue: bottles, the pusher, and the clerk's way back when the row is not trusted.

What stands on it is known whatever the station believes.
"""
from __future__ import annotations

import random
import time
from dataclasses import dataclass

from tests.e2e.line.asked import AskedReader
from tests.e2e.line.clerk import Clerk
from tests.e2e.line.floor import LINE_STOP, NG, NUMBER, OK, REJECT, REJECT_ALL, Floor
from tests.e2e.line.goods import Shape
from tests.e2e.line.truth import Truth

POINT = 3                                # bottles between the reader and the pusher
COUNTER, PACKER, SENSOR = "register:1", "input:1", "input:2"


@dataclass
class Bottle:
    """`code` is what stands on it, `reads` what the reader makes of it (None: nothing). `ours`: it may be packed."""

    code: str
    reads: str | None
    ours: bool = True
    refused: bool = False                # the station said so, whatever was read: it stands in the row as bad
    pushed: bool = False                 # it goes off the belt at the pusher though the row has it as good
    trigger: int = 0                     # 0 where the station started again since


class Belt:
    """Next for the packer first. `coil_ms`: trigger → OK/NG coil of each bottle that was read."""

    def __init__(self, floor: Floor, shape: Shape, truth: Truth, dice: random.Random) -> None:
        self.floor, self.shape, self.truth, self.dice = floor, shape, truth, dice
        self.station, self.plc = floor.station, floor.plc
        self.clerk = Clerk(floor, truth, dice)
        self.reader = AskedReader()
        self.coil_ms: list[float] = []
        self.belt: list[Bottle] = []             # next for the packer first
        self.triggers = 0                        # as the PLC counts them
        self._stuck = ""
        self._late = False                       # the reader says it all the same, too late

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
        assert there is not None, f"the pusher is told to push nothing, or another one: {self.station.last()}"
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
        """Taken off the belt by hand."""
        self.belt.remove(bottle)
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

    def _place(self, bottle: Bottle) -> int:
        sql = "SELECT number FROM queue WHERE trigger_number=? ORDER BY number DESC"
        return int(self.station.one(sql, bottle.trigger) if bottle.trigger else
                   self.station.one("SELECT number FROM queue WHERE epc=?", bottle.code))

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
