"""The goods, partners and papers of the day: codes from numbers, master data for the feed. Pure."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.codes.checks import mod10

Record = dict[str, Any]
STATIONS = ("DAY-A", "DAY-B")
SITES = {"DAY-A": "SITE-A", "DAY-B": "SITE-B"}             # the partner that each station's house is
PRODUCTS = tuple(f"DRINK-{number}" for number in range(1, 7))
# Days of life that a lot has on the day of the play.
LOTS = {"L1": 120, "L2": 240, "L3": 365, "L4": 500}
EXPIRED, HELD = "LX", "LH"
DAYS = {**LOTS, EXPIRED: -10, HELD: 200}
STORES = tuple(f"STORE-{number}" for number in range(1, 13))
PICKY, LEAST_DAYS = ("KEY-1", "KEY-2"), 300                # stores that take no short life
BREWERY = "BREWERY"
LOSS = "LOSS"
TAKES_UNKNOWN = "DAY-B"                                    # takes in provisionally what nobody told of
ELSEWHERE = "5101"                                         # a territory that is not ours
BOTTLES = 4                                                # in a case
SUPERVISOR, ENGINEER = "BADGE-0900", "BADGE-0990"          # of the training server


def _checked(digits: str) -> str:
    return digits + str(mod10(digits))


PARTNERS = (BREWERY, *SITES.values(), *STORES, *PICKY)
GLN = {name: _checked(f"69012347{number:04d}") for number, name in enumerate(PARTNERS)}
SITE_URI = {station: f"https://id.gs1.org/414/{GLN[name]}" for station, name in SITES.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """One object: its identity, what a scanner sends for it, and what it is."""

    epc: str
    code: str
    level: str
    product: str
    lot: str
    expiry: str
    parent: str = ""

    def announced(self, parent: str) -> Record:
        about = {} if self.level == "pallet" else {"product": self.product, "lot": self.lot, "expiry": self.expiry}
        return {"epc": self.epc, "level": self.level, **about, "parent": parent}


def gtin(product: str, level: str) -> str:
    number = PRODUCTS.index(product) + 1
    return _checked(f"{int(level == 'case')}69012348{number:04d}")


def item(level: str, number: int, product: str, lot: str, today: date, parent: str = "") -> Item:
    expiry = (today + timedelta(days=DAYS[lot])).isoformat()
    if level == "pallet":
        sscc = _checked(f"069012349{number:08d}")
        return Item(f"https://id.gs1.org/00/{sscc}", f"]C100{sscc}", level, product, lot, expiry, parent)
    key = gtin(product, level)
    epc = f"https://id.gs1.org/01/{key}/21/{number}"
    return Item(epc, f"]d201{key}21{number}", level, product, lot, expiry, parent)


def paper(name: str) -> str:
    """What a document is called in the account: those that a station writes down for a loss have numbers of its own."""
    return LOSS if name.endswith(f"-{LOSS}") else name


def unannounced(epc: str) -> Record:
    """What one knows of a case that nobody told of: what stands in its code."""
    key = epc.rpartition("/21/")[0].rpartition("/")[2]
    return {"level": "case", "product": next(each for each in PRODUCTS if gtin(each, "case") == key), "lot": "",
            "expiry": ""}


def _record(kind: str, name: str, /, **data: Any) -> Record:
    return {"kind": kind, "id": name, "data": {"id": name, **data}}


def records(shelves: int) -> list[Record]:
    """What the feed has besides documents."""
    found = [_record("plan", "DAY-PLAN", version=1, levels=[
        {"level": "bottle", "count": 0}, {"level": "case", "count": BOTTLES}, {"level": "pallet", "count": 3}])]
    for product in PRODUCTS:
        found.append(_record("product", product, name={"zh_CN": f"饮料 {product}", "en": product}, plan="DAY-PLAN",
                             gtins={level: gtin(product, level) for level in ("bottle", "case")}, issued_only=False,
                             brand="DAY", shelf_life_days=540, rules=[]))
        found.append(_record("hold", f"HOLD-{product}", reason="QC", epc="", product=product, lot=HELD, active=True))
    for name in PARTNERS:
        role = "brand" if name == BREWERY else "own" if name in SITES.values() else "retailer"
        more = {"min_life_days": LEAST_DAYS} if name in PICKY else {}
        found.append(_record("partner", name, gln=GLN[name], name={"zh_CN": name, "en": name}, role=role,
                             territory="" if role == "brand" else "3301", **more))
    for number in range(1, shelves + 1):
        found.append(_record("location", shelf(number), name={"zh_CN": shelf(number), "en": shelf(number)},
                             kind="shelf"))
    return found


def shelf(number: int) -> str:
    return f"S-{number:04d}"


def hold(epc: str, number: int) -> Record:
    """The server holds one object back."""
    return _record("hold", f"HOLD-ONE-{number}", reason="QC", epc=epc, product="", lot="", active=True)


def document(name: str, kind: str, partner: str, lines: list[Record], announced: list[Record] | None = None,
             **more: Any) -> Record:
    return _record("document", name, kind=kind, partner=partner, lines=lines, announced=announced or [],
                   references=[], state="open", **more)
