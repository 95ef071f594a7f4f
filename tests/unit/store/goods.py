"""Goods in a store for tests: bottles in cases of two on pallets, made live and moved as an entry would."""
from __future__ import annotations

from datetime import date

from app.domain.decision import Change, Commissioned, Packed
from app.store import objects, stock
from app.store.catalogue import Catalogue
from app.store.database import Connection, transaction

HERE = "https://id.gs1.org/414/6901234000009"
SHELF = f"{HERE}/254/A-1"
TODAY = date(2027, 11, 30)


def products(db: Connection) -> None:
    """Milk and juice, two bottles a case; one dealer."""
    with transaction(db):
        put = Catalogue(db).put
        put("plan", "P", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 2},
                                                   {"level": "pallet", "count": 10}]})
        for name in ("MILK", "JUICE"):
            put("product", name, {"name": {"en": name.title(), "zh_CN": "牛奶"}, "gtins": {}, "plan": "P",
                                  "shelf_life_days": 200})
        put("partner", "DC7", {"gln": "6901234000016", "name": {"en": "Centre 7"}})


def live(*epcs: str, level: str = "bottle", lot: str = "L1", expiry: str = "2028-05-28",
         product: str = "MILK") -> Commissioned:
    return Commissioned(epcs, level, product, lot, expiry, "WO1", "active", HERE)


def act(db: Connection, *changes: Change) -> None:
    """As one entry."""
    moving = stock.before(db, changes)
    for change in changes:
        objects.apply(db, change)
    stock.after(db, moving)


def pallet(db: Connection, epc: str, lot: str, cases: int, expiry: str = "2028-05-28", product: str = "MILK") -> None:
    """A pallet of so many cases of two: "p1/c0/b1" is a bottle of it."""
    told = {"lot": lot, "expiry": expiry, "product": product}
    for case in range(cases):
        bottles = (f"{epc}/c{case}/b0", f"{epc}/c{case}/b1")
        act(db, live(*bottles, **told), live(f"{epc}/c{case}", level="case", **told),
            Packed(f"{epc}/c{case}", bottles))
    act(db, live(epc, level="pallet", **told), Packed(epc, tuple(f"{epc}/c{case}" for case in range(cases))))
