"""What the clerk does with the handheld: labels, rework, the end of the order. The truth moves on with each act."""
from __future__ import annotations

import random

from tests.e2e.line import goods
from tests.e2e.line.floor import Floor
from tests.e2e.line.station import Box, Said, until
from tests.e2e.line.truth import Case, Pallet, Truth

STRANGE = ("packed_before", "label_swapped", "label_skipped", "duplicate_in_container")
SSCC = "https://id.gs1.org/00/"


class Clerk:
    """`loose` are good bottles that stand beside the line, to be packed next."""

    def __init__(self, floor: Floor, truth: Truth, dice: random.Random) -> None:
        self.floor, self.truth, self.dice = floor, truth, dice
        self.station, self.shape = floor.station, floor.shape
        self.loose: list[str] = []
        self.pallet = Pallet()                   # that is being filled
        self._bottles = self._codes = 0

    def scan(self, text: str, *reasons: str) -> Said:
        return self.floor.scan(text, *reasons)

    def new_bottle(self) -> str:
        """The next one: from beside the line, else from the filler."""
        return self.loose.pop(0) if self.loose else self.fresh()

    def fresh(self) -> str:
        self._bottles += 1
        return goods.bottle(self._bottles)

    def new_case_code(self) -> str:
        self._codes += 1
        return goods.case(self._codes)

    # --- printed labels ---------------------------------------------------------------------------------------------
    def sticker(self, epc: str) -> str:
        """The printed label of this container in the clerk's hand: waits for it, mends the printer, asks for another.
        """
        digits, floor = epc.removeprefix(SSCC), self.floor

        def found() -> bool:
            if floor.take_sticker(digits):
                return True
            if self._printer_stands():
                floor.mend_printer()
                return False
            state = self.station.one("SELECT state FROM print_job WHERE epc=? ORDER BY job DESC LIMIT 1", epc)
            if floor.take_sticker(digits):               # it came out meanwhile
                return True
            if state in ("failed", "printed"):
                self.reprint("NOT-PRINTED" if state == "printed" else "DAMAGE")
            return False

        until(found, lambda: f"a label {digits} comes out; {floor.stickers[-5:]}, {self.station.last()}")
        return f"]C100{digits}"

    def _printer_stands(self) -> bool:
        row = self.station.rows("SELECT state FROM device WHERE name='printer'")
        return not self.floor.printer.on or bool(row and row[0][0] == "fault")

    def reprint(self, reason: str) -> None:
        """The same label once more; a supervisor stands by."""
        self.truth.acts[f"reprint {reason}"] += 1
        said = self.scan(f"%ST:REPRINT:{reason}", "second_person", "scan_which")
        assert said.reason == "second_person", (said, self.station.boxes("case"), self.station.boxes("pallet"))
        self.scan(f"%ST:BADGE:{goods.SUPERVISOR}", "label_ordered")

    def wrong_label_first(self, right: str) -> None:
        """A label that lies about is taken for the right one."""
        stray = self.floor.stray_sticker(right.removeprefix(SSCC))
        if stray:
            self.truth.acts["wrong label scanned"] += 1
            said = self.floor.read_case(f"]C100{stray}")
            assert said.reason in STRANGE, (said, right)

    def unpark(self) -> None:
        """Brings the case that is aside back; one that the line itself put aside with a supervisor's word."""
        if self.scan("%ST:UNPARK", "unparked", "second_person").reason == "second_person":
            self.scan(f"%ST:BADGE:{goods.SUPERVISOR}", "unparked")

    # --- pallets ------------------------------------------------------------------------------------------------------
    def stack(self, case: Case) -> None:
        """Puts a closed case on the pallet; a full pallet gets its label."""
        self.pallet.cases.append(case)
        self.finish_pallets()

    def finish_pallets(self) -> None:
        """Labels every pallet that is full and lets the next one begin."""
        for box in self.station.boxes("pallet"):
            if box.full and not box.parked:
                self.label_pallet(box)

    def label_pallet(self, box: Box) -> None:
        full = self.pallet
        assert {*box.content} == {each.label for each in full.cases}, (box, full)
        assert box.expected, box
        label = self.sticker(box.expected)
        self.scan(label, "container_complete")
        full.label = box.expected
        self.truth.pallets.append(full)
        self.pallet = Pallet()

    def settle_pallets(self) -> None:
        """After a power cut: a pallet that was closed meanwhile is closed."""
        if self.pallet.cases and (parent := self.station.parent(self.pallet.cases[0].label)):
            self.pallet.label = parent
            self.truth.pallets.append(self.pallet)
            self.pallet = Pallet()

    # --- rework of what is packed -----------------------------------------------------------------------------------
    def packed(self) -> Case | None:
        """Some closed case that stands on the open pallet or on a closed one."""
        there = [case for case in self.truth.cases if case.label and not case.gone and len(case.bottles) > 2]
        return self.dice.choice(there[-8:]) if there else None

    def rework(self, act: str) -> None:
        """One of `ACTS` on some packed case."""
        case = self.packed()
        if case is None:
            return
        self.truth.acts[act] += 1
        ACTS[act](self, case)

    def swap(self, case: Case) -> None:
        at = self.dice.randrange(len(case.bottles))
        old, new = case.bottles[at], self.fresh()
        self.scan("%ST:SWAP:DAMAGE", "scan_which")
        self.scan(old, "scan_new")
        self.scan(new, "swapped")
        case.bottles[at] = new
        self.truth.ended[old] = "destroyed"

    def take_sample(self, case: Case) -> None:
        epc = case.bottles.pop(self.dice.randrange(len(case.bottles)))
        self.scan("%ST:SAMPLE:QC", "scan_which")
        self.scan(epc, "sampled")
        self.truth.ended[epc] = "sampled"

    def remove(self, case: Case) -> None:
        """Taken out and put beside the line: it goes into a later case."""
        epc = case.bottles.pop(self.dice.randrange(len(case.bottles)))
        self.scan("%ST:REMOVE:WRONG", "scan_which")
        self.scan(epc, "removed")
        self.loose.append(epc)

    def scrap(self, case: Case) -> None:
        epc = case.bottles.pop(self.dice.randrange(len(case.bottles)))
        self.scan("%ST:SCRAP:DAMAGE", "scan_which")
        self.scan(epc, "scrapped")
        self.truth.ended[epc] = "scrapped"

    def hold(self, case: Case) -> None:
        """Held and set free again by a supervisor."""
        self.scan("%ST:HOLD:QC", "scan_which")
        self.scan(self.raw(case.label), "held_back")
        self.scan(f"%ST:BADGE:{goods.SUPERVISOR}", "signed_in")
        self.scan("%ST:RELEASE:CHECKED", "scan_which")
        self.scan(self.raw(case.label), "released")
        self.scan(f"%ST:BADGE:{goods.OPERATOR}", "signed_in")

    def relabel(self, case: Case) -> None:
        """Its label is damaged: any bottle in it says which case it is."""
        self.scan("%ST:RELABEL:DAMAGE", "scan_which")
        if self.shape.printed:
            said = self.scan(case.bottles[0], "label_ordered")
            label, epc = self.sticker(str(said.data["label"])), str(said.data["label"])
        else:
            self.scan(case.bottles[0], "scan_new")
            label = epc = self.new_case_code()
        self.scan(label, "relabelled")
        self.truth.ended[case.label] = "relabelled"
        case.label = epc

    def unpack(self, case: Case) -> None:
        """Taken apart: its bottles stand beside the line, its label is scrapped."""
        self.scan("%ST:UNPACK:WRONG", "scan_which")
        self.scan(self.raw(case.label), "unpacked")
        self.scan("%ST:SCRAP:DAMAGE", "scan_which")
        self.scan(self.raw(case.label), "scrapped")
        self.truth.ended[case.label] = "scrapped"
        self.loose += case.bottles
        case.gone = True
        for pallet in (self.pallet, *self.truth.pallets):
            if case in pallet.cases:
                pallet.cases.remove(case)

    def go_on_filling(self, case: Case) -> None:
        """A case that is not full any more is filled up where it stands."""
        if len(case.bottles) >= self.shape.bottles:
            self.take_sample(case)
        self.scan("%ST:CONTINUE:REST-CAME", "scan_which")
        self.scan(self.raw(case.label), "continued")
        while len(case.bottles) < self.shape.bottles:
            case.bottles.append(self.fresh())
            self.scan(case.bottles[-1], "taken", "container_complete")

    def raw(self, epc: str) -> str:
        return f"]C100{epc.removeprefix(SSCC)}" if epc.startswith(SSCC) else epc

    # --- the end ------------------------------------------------------------------------------------------------------
    def finish_order(self) -> None:
        """Nothing new; what is loose is scrapped; unused codes go back; the supervisor closes the order at zero."""
        if self.pallet.cases:
            self.scan("%ST:CLOSE-PALLET:TAIL", "label_ordered")
            self.finish_pallets()
        self.scan("%ST:FINISH", "order_finished")
        for epc in [*self.loose]:
            self.scan("%ST:SCRAP:DAMAGE", "scan_which")
            self.scan(epc, "scrapped")
            self.truth.ended[epc] = "scrapped"
        self.loose.clear()
        self.scan(f"%ST:BADGE:{goods.SUPERVISOR}", "signed_in")
        self.scan("%ST:CLOSE-ORDER", "order_differs")
        self.scan("%ST:RETURN:UNUSED", "scan_which")
        assert self._bottles < self.shape.issued, "the filler ran out of codes"
        for number in range(self._bottles, self.shape.issued):
            self.scan(goods.bottle(number + 1), "returned")
        self.scan("%ST:CANCEL", "confirmed")
        self.scan("%ST:CLOSE-ORDER", "order_reconciled")


ACTS = {"swap": Clerk.swap, "sample": Clerk.take_sample, "remove": Clerk.remove, "scrap": Clerk.scrap,
        "hold": Clerk.hold, "relabel": Clerk.relabel, "unpack": Clerk.unpack, "continue": Clerk.go_on_filling}
