"""What happens in the demo's shift: every crate, scan and expected verdict, from a shift number alone.

Pure. The same number gives the same codes, so a shift that was killed goes on where its objects say it was.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.codes.checks import mod10, mod37_36
from app.domain.codes.identity import sscc
from app.domain.reasons import Reason

COMPANY = "6901234"
BADGE = "BADGE-0001"
# The training server's own orders and documents: nobody brings goods for them here.
RETIRED = (("order", "WO-271130-A"), ("order", "WO-271130-B"), ("order", "WO-271130-T"), *(
    ("document", each) for each in ("SO-8841", "SO-8842", "PO-3307", "SO-8820", "SO-8850", "SO-8851", "TR-0031",
                                    "RT-0207", "GF-0012", "SM-0405", "SC-0009", "RC-0001", "ST-2711")))
MILK, JUICE = "MILK-250", "JUICE-1L"
SUPPLIER, DEALER = "SUP-03", "DC-07"
NUMBERS = {MILK: "0250", JUICE: "1000"}


@dataclass(frozen=True, slots=True)
class Shape:
    """How big a shift is."""

    name: str
    plan: str
    bottles: int             # in a case
    cases: int               # on a pallet
    pallets: int
    rows: int                # of a case, seen from above
    columns: int


SHAPES = {"SMALL": Shape("SMALL", "P6-4", 6, 4, 2, 2, 3), "FULL": Shape("FULL", "P24-48", 24, 48, 2, 4, 6)}


class Goal(NamedTuple):
    """How to see in the store that a step is done: `kind` is "closed", "shipped" or "received" (an EPC), "document"."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Crate:
    """One picture of a case from above. `hidden` is the place of a bottle whose code cannot be read."""

    bottles: tuple[str, ...]
    label: str               # "" where the case is still bare
    expects: Reason
    goal: Goal | None        # what is reached once this is done; None means: do it again after a restart
    hidden: int = -1
    shows: str = ""          # the screen to take a picture of afterwards


@dataclass(frozen=True, slots=True)
class Scanned:
    """One code through the serial scanner."""

    text: str
    expects: Reason
    goal: Goal | None = None
    shows: str = ""          # the screen to take a picture of afterwards


@dataclass(frozen=True, slots=True)
class Network:
    """The network goes down or comes back."""

    up: bool


Step = Crate | Scanned | Network


@dataclass(frozen=True, slots=True)
class Shift:
    number: int
    shape: Shape
    order: str = ""
    ship: str = ""
    receive: str = ""
    records: tuple[tuple[str, str, dict[str, object]], ...] = field(default=())    # (kind, id, data) for the feed

    def bottle(self, case: int, place: int) -> str:
        return brand_code("b", f"{self.number:03d}{case:04d}{place:03d}")

    def case(self, case: int) -> str:
        return brand_code("c", f"{self.number:03d}{case:07d}")

    def pallet(self, pallet: int) -> str:
        """The element string of a pallet's SSCC, as a scanner with AIM identifiers sends it."""
        return f"]C100{pallet_digits(self.number, pallet)}"

    def steps(self) -> Iterator[Step]:
        """The whole shift in order."""
        yield Scanned(f"%ST:BADGE:{BADGE}", Reason.SIGNED_IN, shows="home")
        yield Scanned("%ST:PACK", Reason.COMMAND_TAKEN)
        yield Scanned(f"%ST:ORDER:{self.order}", Reason.COMMAND_TAKEN)
        for pallet in range(self.shape.pallets):
            if pallet == 1:
                yield Network(False)
            yield from self._pallet(pallet)
        yield Scanned("%ST:LOOKUP", Reason.COMMAND_TAKEN)
        yield Scanned(self.bottle(0, 1), Reason.LOOKED_UP, shows="lookup")
        yield Network(True)
        yield from self._dock()

    def _pallet(self, pallet: int) -> Iterator[Step]:
        first = pallet * self.shape.cases
        for case in range(first, first + self.shape.cases):
            yield from self._case(case)
        closed = Goal("closed", sscc(pallet_digits(self.number, pallet)))
        yield Scanned(self.pallet(pallet), Reason.CONTAINER_COMPLETE, closed, "pallet" if pallet == 0 else "")

    def _case(self, case: int) -> Iterator[Step]:
        bottles = tuple(self.bottle(case, place) for place in range(self.shape.bottles))
        label, closed = self.case(case), Goal("closed", self.case(case))
        match case:
            case 1:      # one code cannot be read: the handheld fills it in
                yield Crate(bottles, label, Reason.CONTAINER_SHORT, closed, 4, "short")
                yield Scanned(bottles[4], Reason.CONTAINER_COMPLETE, closed)
                yield Scanned(self.bottle(0, 0), Reason.PACKED_BEFORE, closed)
            case 2:      # the label comes from the handheld; before it, somebody else's bottle
                stranger = brand_code("b", f"{self.number:03d}0000001", JUICE)
                yield Crate(bottles, "", Reason.SCAN_LABEL, closed)
                yield Scanned(stranger, Reason.WRONG_PRODUCT, closed, "rejected")
                yield Scanned("%ST:CONFIRM", Reason.CONFIRMED, closed)
                yield Scanned(label, Reason.CONTAINER_COMPLETE, closed)
            case _:
                yield Crate(bottles, label, Reason.CONTAINER_COMPLETE, closed, shows="packing" if case == 0 else "")

    def _dock(self) -> Iterator[Step]:
        received, shipped = Goal("document", self.receive), Goal("document", self.ship)
        yield Scanned(f"%ST:DOCUMENT:{self.receive}", Reason.COMMAND_TAKEN, received)
        arrived = Goal("received", sscc(pallet_digits(self.number, 900)))
        yield Scanned(self.pallet(900), Reason.DOCUMENT_DONE, arrived, "receiving")
        yield Scanned("%ST:DONE", Reason.DOCUMENT_CLOSED, received)
        yield Scanned(f"%ST:DOCUMENT:{self.ship}", Reason.COMMAND_TAKEN, shipped)
        for pallet in range(self.shape.pallets):
            last = pallet == self.shape.pallets - 1
            yield Scanned(self.pallet(pallet), Reason.DOCUMENT_DONE if last else Reason.SHIPPED,
                          Goal("shipped", sscc(pallet_digits(self.number, pallet))), "" if last else "shipping")
            if pallet == 0:
                yield Scanned(self.pallet(900), Reason.NOT_ON_DOCUMENT, shipped)
                yield Scanned("%ST:CONFIRM", Reason.CONFIRMED, shipped)
        yield Scanned("%ST:DONE", Reason.DOCUMENT_CLOSED, shipped)
        yield Scanned("%ST:SYNC", Reason.COMMAND_TAKEN)


def plan(number: int, shape: Shape) -> Shift:
    """The shift with the master data that the training server has to announce for it."""
    shift = Shift(number, shape, f"WO-TRAIN-{number}", f"SO-TRAIN-{number}", f"PO-TRAIN-{number}")
    units = shape.bottles * shape.cases * shape.pallets
    order: dict[str, object] = {
        "id": shift.order, "product": MILK, "plan": shape.plan, "plan_version": 1, "lot": f"T{number:05d}",
        "produced": "2026-11-20", "expiry": "2027-05-20", "planned": units,
        "materials": [f"RAW-{number}-MILK", f"RAW-{number}-CAPS"], "qc": [f"QC-{number}"]}
    ship: dict[str, object] = {
        "id": shift.ship, "kind": "ship", "partner": DEALER, "references": [["po", f"urn:onecode:po:{number}"]],
        "lines": [{"line": 1, "product": MILK, "quantity": units}]}
    receive: dict[str, object] = {
        "id": shift.receive, "kind": "receive", "partner": SUPPLIER, "announced": announced(number),
        "references": [["desadv", f"urn:onecode:desadv:{number}"]],
        "lines": [{"line": 1, "product": JUICE, "quantity": 24}]}
    records = (("order", shift.order, order), ("document", shift.ship, ship), ("document", shift.receive, receive))
    return Shift(number, shape, shift.order, shift.ship, shift.receive, records)


def announced(number: int) -> list[dict[str, object]]:
    """What the supplier says is coming: a pallet of 4 cases of 6 bottles of juice."""
    about: dict[str, object] = {"product": JUICE, "lot": f"J{number:05d}", "expiry": "2027-08-01"}
    pallet = sscc(pallet_digits(number, 900))
    rows: list[dict[str, object]] = [{"epc": pallet, "level": "pallet", **about, "parent": ""}]
    for case in range(4):
        outer = brand_code("c", f"{number:03d}9{case:06d}", JUICE)
        rows.append({"epc": outer, "level": "case", **about, "parent": pallet})
        rows += [{"epc": brand_code("b", f"{number:03d}9{case:04d}{place:02d}", JUICE), "level": "bottle", **about,
                  "parent": outer} for place in range(6)]
    return rows


def brand_code(level: str, serial: str, product: str = MILK) -> str:
    """A brand URL code as the training line's products have them: product, serial of ten, check character."""
    text = NUMBERS[product] + serial
    return f"https://q.brand.example/{level}/{text}{mod37_36(text)}"


def pallet_digits(shift: int, pallet: int) -> str:
    """18 digits: extension 0, company prefix, serial, check digit."""
    body = f"0{COMPANY}{shift:05d}{pallet:04d}"
    return f"{body}{mod10(body)}"
