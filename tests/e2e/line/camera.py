"""Mode camera: each case is filled by hand and shown to the camera over it; its label is printed and scanned back."""
from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from drivers.crate import render_case
from drivers.simulated import SimulatedCamera
from tests.e2e.line import goods
from tests.e2e.line.clerk import ACTS, Clerk
from tests.e2e.line.floor import HEART, NG, OK, REJECT_ALL, Floor
from tests.e2e.line.goods import Shape
from tests.e2e.line.station import Box, until
from tests.e2e.line.truth import Case, Truth

MORE = """
[[device]]
name = "camera"
kind = "camera"
source = "{camera}"
symbologies = ["QRCode"]
expected = {expected}
trigger = "signal"
[[trigger]]
name = "case"
readers = ["camera"]
timeout_ms = {timeout_ms}
late_ms = 1
pulse_ms = 30
"""
SIZE = (1280, 720)
# what is wrong in the picture → the reason the station gives
PICTURES = {"unreadable": ("container_short",), "twice in it": ("duplicate_in_frame",),
            "other product": ("wrong_product",), "bottle packed before": ("packed_before",),
            "case packed before": ("packed_before",), "empty": ("container_short",), "no picture": ("timed_out",),
            "no code at all": ("unreadable",)}
LABELS = ("twice", "skipped", "paper out", "power loss", "ribbon out")
DISTURBED = ("kill at picture", "kill at print", "kill at label", "server down", "heartbeat", "PLC hangs up",
             "handheld out", "park", "undo", "reshoot")
SLOW = ("kill", "no picture")            # thrown once
FAULTS = (*(("picture", each) for each in PICTURES), *(("label", each) for each in LABELS),
          *(("disturbed", each) for each in DISTURBED), *(("rework", each) for each in (*ACTS, "repack")))


class CameraLine:
    """`play` runs the whole order; figures in `coil_ms` (trigger → OK/NG coil)."""

    def __init__(self, folder: Path, shape: Shape, seed: int) -> None:
        self.dice = random.Random(seed)
        self.shape, self.truth = shape, Truth()
        self.floor = Floor(folder, shape)
        self.floor.others = ("camera",)
        self.station, self.plc = self.floor.station, self.floor.plc
        self.clerk = Clerk(self.floor, self.truth, self.dice)
        self.camera = SimulatedCamera(folder / "camera")
        self.camera.plug()
        self.coil_ms: list[float] = []
        self.triggers = 0                        # given by the PLC
        self._server_back = 0
        self.late: list[tuple[str, str]] = []    # faults that are for the next case
        self.kills: list[str] = []
        self.plan = self._faults()

    def _faults(self) -> dict[int, list[tuple[str, str]]]:
        """What goes wrong at which case: each kind at least once, then one in six."""
        plan: dict[int, list[tuple[str, str]]] = {number: [] for number in range(self.shape.cases)}
        last = max(1, self.shape.cases - 2)
        kinds = self.shape.thrown(FAULTS)
        self.dice.shuffle(kinds)
        for at, fault in enumerate(kinds):
            plan[1 + at * (last - 1) // len(kinds)].append(fault)
        for number in range(2, last):
            if self.shape.cases > 100 and self.dice.random() < 0.17:
                plan[number].append(self.dice.choice([each for each in FAULTS if not each[1].startswith(SLOW)]))
        return plan

    # --- the order ----------------------------------------------------------------------------------------------------
    def play(self) -> None:
        more = MORE.format(camera=self.camera.folder, expected=self.shape.bottles,
                           timeout_ms=6000 if self.shape.cases > 100 else 2500)
        self.floor.open('trigger = "input:0"', more)
        for number in range(self.shape.cases):
            self._one(number)
        if not self.floor.server.is_up:
            self.floor.server.up()
        self.clerk.finish_order()

    def _one(self, number: int) -> None:
        left = self.shape.units - sum(len(each.bottles) for each in self.truth.cases if not each.gone)
        count = min(self.shape.bottles - (2 if number == self.shape.cases - 1 else 0), left)
        if count < 2:                            # a parked case was one more
            return
        case = Case(number, [self.clerk.new_bottle() for _ in range(count)])
        faults = self.late + self.plan[number] if count == self.shape.bottles else []
        self.late = []
        self.kills += [kind for _, kind in faults if kind.startswith("kill")]
        for what, kind in faults:
            if what == "disturbed" and kind in ("park", "undo", "reshoot") and (box := self._standing()) and box.have:
                self.late.append((what, kind))
            elif what == "disturbed":
                self._disturb(case, kind)
        for what, kind in faults:
            if what == "picture" and (box := self._standing()) and box.have:
                self.late.append((what, kind))           # something of this case was taken: another case's fault
            elif what == "picture":
                self._spoil(case, kind)
        for what, kind in faults:
            if what == "label":
                self._upset_printer(kind)
        self.pack(case)
        for what, kind in faults:
            if what == "rework":
                self._repack() if kind == "repack" else self.clerk.rework(kind)
        if self._server_back == number and not self.floor.server.is_up:
            self.floor.server.up()
        self.station.note_memory()

    def pack(self, case: Case) -> None:
        """Whatever the screen asks for, until the case is closed; goes on after a power cut where it was."""
        for _ in range(40):
            box = self._standing()
            if not (box and box.have) and (parent := self.station.parent(case.bottles[0])):
                if not case.label:               # closed in the moment of a power cut
                    case.label = parent
                assert parent == case.label, (case, parent)
                self.truth.cases.append(case)
                self.clerk.stack(case)
                return
            if box is None or not box.have:
                self._shoot(case)
            elif not box.full:
                self._complete(case, box)
            else:
                self._stick(case, box)
        raise AssertionError(f"case {case.number} is not closed: {self.station.last()}")

    def _standing(self) -> Box | None:
        return next((box for box in self.station.boxes("case") if not box.parked), None)

    # --- the picture ------------------------------------------------------------------------------------------------
    def _spoil(self, case: Case, kind: str) -> None:
        """The next picture of this case shows something else than its bottles; then the reason it is refused for."""
        self.truth.acts[kind] += 1
        caps, place = [*case.bottles], self.dice.randrange(len(case.bottles))
        before = next((each for each in reversed(self.truth.cases) if not each.gone), None)
        hidden: tuple[int, ...] = ()
        match kind:
            case "unreadable":
                hidden = (place,)
            case "empty":
                hidden = (-1 - place,)
            case "twice in it":
                caps[place] = caps[place - 1]
            case "other product":
                caps[place] = goods.bottle(case.number + 1, goods.OTHER)
            case "bottle packed before" if before:
                caps[place] = before.bottles[0]
            case "case packed before" if before:
                caps = [*before.bottles]
            case "no picture":
                self._trigger(case, None, PICTURES[kind])
                return
            case "no code at all":
                hidden = tuple(range(len(caps)))
            case _:
                return
        self._trigger(case, self._drawn(caps, hidden, case.number), PICTURES[kind])

    def _drawn(self, caps: Sequence[str], hidden: Sequence[int], seed: int) -> np.ndarray:
        """`hidden` are torn caps; below 0 cells without a bottle (-1 is the first)."""
        return render_case(caps, None, seed=seed, rows=self.shape.rows, size=SIZE, condition="clean",
                           damaged=[at for at in hidden if at >= 0], missing=[-1 - at for at in hidden if at < 0])

    def _shoot(self, case: Case) -> None:
        """A picture of the case as it is."""
        pixels = self._drawn(case.bottles, (), case.number)
        if "kill at picture" in self.kills:
            self.kills.remove("kill at picture")
            self.truth.acts["kill at picture"] += 1
            self._cut_in(lambda: (self.plc.set("input:0", 1), self.camera.show(pixels)))
            return
        wanted = ("label_ordered",) if len(case.bottles) == self.shape.bottles else ("container_short",)
        self._trigger(case, pixels, wanted)

    def _trigger(self, case: Case, pixels: np.ndarray | None, wanted: Sequence[str],
                 by_hand: bool = False) -> None:
        """The PLC says that a case is there, the camera sees it; the coils say what the station says.

        `by_hand`: the clerk has it shot again, and the PLC says nothing.
        """
        after = self.station.seq()
        self.plc.set("input:0", 0)
        self.plc.seen("input:0")
        edge = time.monotonic()
        if by_hand:
            self.clerk.scan("%ST:RESHOOT", "command_taken")
        else:
            self.plc.set("input:0", 1)
            self.plc.seen("input:0")             # a case is there before it is on a picture
        self.triggers += 1
        if pixels is not None:
            self.camera.show(pixels, f"case {self.triggers:06d}.png")
        said = self.station.said(after, "camera")
        good = said.outcome in ("accepted", "complete", "command")
        written = until(lambda: next((each for each in self.plc.writes(OK if good else NG, 1) if each.mono > edge),
                                     None), lambda: f"a coil for {said}", 10.0)
        assert not [each for each in self.plc.writes(NG if good else OK, 1) if each.mono > edge], said
        self.coil_ms.append((written.mono - edge) * 1000)
        self._clear_folder()
        if said.reason == "timed_out" and pixels is not None:        # a machine with too much to do
            self.truth.acts["shot again after a time-out"] += 1
            self._trigger(case, pixels, wanted)
            return
        assert said.reason in wanted, (case, said, wanted, self.station.last())

    def _complete(self, case: Case, box: Box) -> None:
        """What the camera did not see is scanned by hand; a case with less than planned is closed as the tail."""
        assert {*box.content} <= {*case.bottles}, (box, case)
        missing = [epc for epc in case.bottles if epc not in box.content]
        for epc in missing:
            self.clerk.scan(epc, "taken", "label_ordered")
        if not missing:
            self.clerk.scan("%ST:CLOSE:TAIL", "label_ordered")

    def _upset_printer(self, kind: str) -> None:
        printer = self.floor.printer
        self.truth.acts[f"label {kind}"] += 1
        match kind:
            case "twice":
                printer.repeat_next()
            case "skipped":
                printer.skip_next()
            case "paper out":
                printer.load_paper(0)
            case "power loss":
                printer.lose_power_in(1)
            case "ribbon out":
                printer.end_ribbon()

    # --- the label --------------------------------------------------------------------------------------------------
    def _stick(self, case: Case, box: Box) -> None:
        assert {*box.content} == {*case.bottles}, (box, case)
        assert box.expected, (box, self.station.last())
        if "kill at print" in self.kills:
            self.kills.remove("kill at print")
            self.truth.acts["kill at print"] += 1
            self._cut_in(lambda: None)
            return
        label = self.clerk.sticker(box.expected)
        self.clerk.wrong_label_first(box.expected)
        case.label = box.expected
        if "kill at label" in self.kills:
            self.kills.remove("kill at label")
            self.truth.acts["kill at label"] += 1
            self._cut_in(lambda: self.floor.case_reader.scan(label.encode()))
            box_now = next((each for each in self.station.boxes("case") if each.number == box.number), None)
            if box_now is None:
                return
        said = self.floor.read_case(label)
        assert said.reason == "container_complete", (said, case, self.station.last())

    # --- what disturbs ------------------------------------------------------------------------------------------------
    def _cut_in(self, act: Callable[[], object]) -> None:
        """Power goes a moment after this."""
        act()
        self.floor.plc.seen("input:0")
        self.floor.power_cut(self._clear_folder)
        self.clerk.settle_pallets()

    def _clear_folder(self) -> None:
        """What was shown before the cut is not before the camera any more."""
        for picture in self.camera.folder.glob("*.png"):
            picture.unlink()

    def _disturb(self, case: Case, kind: str) -> None:
        floor = self.floor
        match kind:
            case "server down":
                floor.server.down()
                self._server_back = case.number + max(2, self.shape.cases // 20)
            case "heartbeat":
                floor.plc.beat(False)
                after = self.station.seq()
                self.station.said(after, "line", reason="heartbeat_lost")
                floor.plc.wait(REJECT_ALL, 1)
                floor.plc.beat(True, HEART)
                self.station.said(after, "line", reason="heartbeat_back")
                floor.plc.wait(REJECT_ALL, 0)
            case "PLC hangs up":
                floor.plc.hang_up()
            case "handheld out":
                floor.hand.unplug()
                until(lambda: self.station.one("SELECT state FROM device WHERE name='hand'") != "ready", "it is gone")
                floor.hand.plug()
                until(lambda: self.station.one("SELECT state FROM device WHERE name='hand'") == "ready", "it is back")
            case "park":
                self._park(case)
            case "undo":
                self._undo(case)
            case "reshoot":                      # nothing comes of the PLC's trigger, the clerk asks for another
                self._trigger(case, self._drawn(case.bottles, range(len(case.bottles)), case.number), ("unreadable",))
                self._trigger(case, self._drawn(case.bottles, (), case.number), ("label_ordered",), by_hand=True)
            case _:
                return
        self.truth.acts[kind] += 1

    def _park(self, case: Case) -> None:
        """A case with a bottle too few goes aside while another is packed, and comes back."""
        hidden = (0,)
        self._trigger(case, self._drawn(case.bottles, hidden, case.number), ("container_short",))
        self.clerk.scan("%ST:PARK:SHORTAGE", "parked")
        between = Case(case.number, [self.clerk.new_bottle() for _ in case.bottles])
        case.bottles, between.bottles = between.bottles, case.bottles
        self._trigger(case, self._drawn(case.bottles, (), case.number), ("label_ordered",))
        box = self._standing()
        assert box
        self._stick(case, box)
        self.truth.cases.append(Case(case.number, case.bottles, case.label))
        self.clerk.stack(self.truth.cases[-1])
        case.bottles, case.label = between.bottles, ""
        self.clerk.unpark()

    def _undo(self, case: Case) -> None:
        """The full picture is taken back: its label counts no more."""
        self._trigger(case, self._drawn(case.bottles, (), case.number), ("label_ordered",))
        self.clerk.scan("%ST:UNDO", "undone")

    def _repack(self) -> None:
        """Into two cases of half the size; each gets a label."""
        old = self.clerk.packed()
        if old is None:
            return
        self.truth.acts["repack"] += 1
        half = -(-len(old.bottles) // 2)
        bottles = list(self.station.rows(
            "SELECT epc FROM object WHERE parent=(SELECT id FROM object WHERE epc=?)", old.label))
        assert {epc for epc, in bottles} == {*old.bottles}
        self.clerk.scan(f"%ST:REPACK:{half}:CUSTOMER", "scan_which")
        self.clerk.scan(self.clerk.raw(old.label), "repacking")
        self.truth.ended[old.label] = "repacked"
        old.gone = True
        for pallet in (self.clerk.pallet, *self.truth.pallets):
            if old in pallet.cases:
                pallet.cases.remove(old)
        for box in [each for each in self.station.boxes("case") if each.full and not each.parked]:
            case = Case(old.number, [*box.content])
            self._stick(case, box)
            self.truth.cases.append(case)
            self.clerk.stack(case)

