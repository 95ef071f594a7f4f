"""A believable house for the pages of stock and age: a reader's answers without a store."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.domain.warehouse import age
from app.views import StockObject, StockRow, StockWhere, TimelineRow

TODAY = date(2027, 11, 30)
WORDS = (*(word for word, _ in age.BUCKETS), age.NO_DATE)
PRODUCTS = {"MILK250": ("鲜牛奶 250 ml", 180), "YOG100": ("原味酸奶 100 g", 28), "JUICE1L": ("Orange juice 1 L", 365),
            "COLA": ("Cola 330 ml with a name that is rather long", 365), "WATER": ("Spring water 550 ml", 0)}
SITE = "https://id.gs1.org/414/6901234000009"
# product, batch, days left, place, units
GOODS = tuple(
    (product, f"2711{30 - at:02d}{'ABCDE'[number]}", None if not life else round(life * (at * 0.13 - 0.06)),
     f"{SITE}/254/{'ABC'[at % 3]}-{at + 1:02d}" if at % 4 else SITE, 24 * 48 * (2 + (at * 7 + number * 3) % 6))
    for number, (product, (_, life)) in enumerate(PRODUCTS.items()) for at in range(8 if life else 2))


class StockShelf:
    """The stock's questions, answered from the values above."""

    def stock(self, where: StockWhere, group: str,
              today: date) -> tuple[Sequence[StockRow], Sequence[StockRow], int, int, int]:
        goods = [each for each in GOODS if _fits(each, where)]
        units = sum(each[4] for each in goods)
        return self._rows(goods, where, group), self._rows(goods, where, "age"), units, units // 1152, units // 40

    def stock_objects(self, where: StockWhere, after: int, today: date, limit: int = 50) -> Sequence[StockObject]:
        at = datetime(2027, 11, 30, 2, 42, tzinfo=UTC)
        every = [StockObject(n + 1, f"https://id.gs1.org/00/0690123450{n:07d}8", "pallet", 1152, "in_progress",
                             f"{SITE}/254/A-{n % 9 + 1:02d}" if n % 3 else SITE, "", at - timedelta(hours=n), "storing")
                 for n in range(70)]
        return every[after:after + limit]

    def stock_events(self, epc: str, before: int = 1 << 62, limit: int = 50) -> Sequence[TimelineRow]:
        at, steps = datetime(2027, 11, 30, 2, 42, tzinfo=UTC), ("storing", "packing", "packing", "commissioning")
        return tuple(TimelineRow(4 - n, at - timedelta(minutes=9 * n), step, "ADD", "in_progress", "li.na",
                                 "https://id.gs1.org/00/069012345000000108" if step == "packing" else "",
                                 (1, 48, 24, 24)[n], "done", f"urn:uuid:{n}")
                     for n, step in enumerate(steps) if 4 - n < before)

    def _rows(self, goods: Sequence[tuple], where: StockWhere, group: str) -> tuple[StockRow, ...]:
        parts: dict[str, list[tuple]] = {}
        for each in goods:
            parts.setdefault(_key(each, group), []).append(each)
        rows = []
        for key, some in parts.items():
            days = min((each[2] for each in some if each[2] is not None), default=None)
            ages: dict[str, int] = {}
            for each in some:
                ages[_key(each, "age")] = ages.get(_key(each, "age"), 0) + each[4]
            inside = replace(where, **{group: key}, **({"product": some[0][0]} if group == "lot" else {}))
            name = PRODUCTS[key][0] if group == "product" else key
            life = PRODUCTS[some[0][0]][1]
            rows.append(StockRow(
                key, name, sum(each[4] for each in some), len(some) * 4, inside,
                some[0][0] if group == "lot" else "", PRODUCTS[some[0][0]][0] if group == "lot" else "",
                (TODAY + timedelta(days=days)).isoformat() if days is not None else "", days,
                age.share_left(days, life) if days is not None else None,
                tuple((word, ages[word]) for word in WORDS if word in ages)))
        by_life = group in ("lot", "age")
        return tuple(sorted(rows, key=lambda row: (row.expiry == "", row.expiry) if by_life else (False, -row.units)))


def _key(each: tuple, group: str) -> str:
    product, lot, days, place, _ = each
    expiry = (TODAY + timedelta(days=days)).isoformat() if days is not None else ""
    return {"product": product, "lot": lot, "location": place, "status": "in_progress", "partner": "",
            "age": age.bucket(expiry, TODAY)}[group]


def _fits(each: tuple, where: StockWhere) -> bool:
    if where.here is False:
        return each[0] == "COLA"
    return all(value is None or _key(each, group) == value for group, value in (
        ("product", where.product), ("lot", where.lot), ("location", where.location), ("age", where.age)))
