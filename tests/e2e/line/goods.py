"""The goods of the line's order: codes from numbers, master data for the feed. Pure."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.codes.checks import mod37_36

ORDER, PRODUCT, OTHER, LOT = "WO-LINE-1", "TONIC-1", "MILK-250", "L271130"
OPERATOR, SUPERVISOR = "BADGE-0001", "BADGE-0900"
NUMBERS = {PRODUCT: "7001", OTHER: "0250"}
PREFIX = "069012349"                     # of the station's range of SSCCs


@dataclass(frozen=True, slots=True)
class Shape:
    """How big the order is. `printed`: the station prints the cases' labels too, else they come with their code."""

    cases: int
    bottles: int                         # in a case
    rows: int                            # of a case, seen from above
    pallet: int                          # cases on a pallet
    printed: bool
    cuts: tuple[str, ...] = ()           # of the power: only these; () all kinds

    @property
    def units(self) -> int:
        return self.cases * self.bottles

    def thrown(self, faults: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of these kinds of faults those that this order is played with."""
        return [each for each in faults if not (self.cuts and each[1].startswith("kill")) or each[1] in self.cuts]

    @property
    def issued(self) -> int:
        """How many bottle codes the order is given: some more than it wants."""
        return self.units + self.units // 80 + 40


def bottle(number: int, product: str = PRODUCT) -> str:
    return _code("b", number, product)


def case(number: int) -> str:
    return _code("c", number, PRODUCT)


def _code(level: str, number: int, product: str) -> str:
    text = f"{NUMBERS[product]}{number:010d}"
    return f"https://q.brand.example/{level}/{text}{mod37_36(text)}"


def records(shape: Shape) -> list[dict[str, Any]]:
    """What the training server has to announce."""
    label = "sscc" if shape.printed else ""
    plan = {"id": "LINE-PLAN", "version": 1, "levels": [
        {"level": "bottle", "count": 0},
        {"level": "case", "count": shape.bottles, "label": label},
        {"level": "pallet", "count": shape.pallet, "label": "sscc"}]}
    product = {"id": PRODUCT, "name": {"zh_CN": "朝阳汤力水 330 ml", "en": "Sunrise tonic 330 ml"}, "plan": "LINE-PLAN",
               "gtins": {"bottle": "06901234700015", "case": "16901234700012"}, "issued_only": False,
               "rules": [{
                   "name": "tonic-url", "kind": "url", "product": PRODUCT, "levels": {"b": "bottle", "c": "case"},
                   "pattern": r"https://q\.brand\.example/(?P<level>[bc])/(?P<serial>7001[0-9]{10})(?P<check>[0-9A-Z])",
                   "check": "mod37-36", "checked": ["serial"]}]}
    order = {"id": ORDER, "product": PRODUCT, "plan": "LINE-PLAN", "plan_version": 1, "lot": LOT,
             "produced": "2027-11-30", "expiry": "2028-11-29", "planned": shape.units, "state": "open",
             "materials": [], "qc": []}
    return [{"kind": "plan", "id": "LINE-PLAN", "data": plan}, {"kind": "product", "id": PRODUCT, "data": product},
            {"kind": "order", "id": ORDER, "data": order}]
