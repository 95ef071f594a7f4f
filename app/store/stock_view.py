"""The stock for people: by product, batch, status, place, partner, age; from any number to its objects and events.

Reads only; the connection is the caller's. Units follow from the product's plan; a product that is not known any more
counts its childless objects.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from app.domain.events import event_id
from app.domain.packing.closing import units_inside
from app.domain.packing.plan import Plan
from app.domain.products import Product
from app.domain.warehouse import age
from app.store import objects, who
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.views import StockObject, StockRow, StockWhere, TimelineRow

ALL = StockWhere()
HERE = StockWhere(here=True)
GROUPS = ("product", "lot", "status", "location", "partner", "age")
SHELF = "/254/"                  # before a shelf's code in the URI of a place
MOST_HELD = 5_000                # objects under a hold that are looked into
FEW = 60                         # rows of stock whose objects are gathered by name, more are met on a walk


@dataclass(frozen=True, slots=True)
class Total:
    """All goods that were asked for."""

    units: int
    objects: int


class StockView:
    """`today` is the site's day."""

    def __init__(self, connection: Connection, language: str, today: date) -> None:
        self._connection, self._language, self._today = connection, language, today
        self._catalogue = Catalogue(connection)
        self._products: dict[str, tuple[Product | None, Plan | None]] = {}

    def rows(self, where: StockWhere, group: str) -> tuple[StockRow, ...]:
        """The goods by one of GROUPS, most units first; batches and ages with the shortest life first."""
        key, condition, values = self._key(group), *self._condition(where)
        made: dict[tuple[str, str], list[tuple[int, str]]] = {}
        counts: Counter[tuple[str, str]] = Counter()
        for value, product, expiry, level, implied, leaves, count in self._connection.execute(
                f"SELECT {key}, product, expiry, level, implied, sum(leaves), sum(objects) FROM stock WHERE {condition}"
                " GROUP BY 1, 2, 3, 4, 5", values):
            units = self.units(product, level, leaves, bool(implied))
            if units:
                at = (value, product if group == "lot" else "")
                made.setdefault(at, []).append((units, expiry))
                counts[at] += count
        both = f"{key}, product" if group == "lot" else f"{key}, ''"
        for value, product, twice in self._mixed(both, condition, values):
            counts[value, product] -= twice
        found = [self._row(group, value, product, parts, counts[value, product], where)
                 for (value, product), parts in made.items()]
        if group in ("lot", "age"):
            return tuple(sorted(found, key=lambda row: (row.expiry == "", row.expiry, row.product, row.key)))
        return tuple(sorted(found, key=lambda row: (-row.units, row.key)))

    def total(self, where: StockWhere) -> Total:
        """Units and outermost objects."""
        condition, values = self._condition(where)
        units = sum(self.units(product, level, leaves, bool(implied)) for product, level, implied, leaves
                    in self._connection.execute(f"SELECT product, level, implied, sum(leaves) FROM stock"
                                                f" WHERE {condition} GROUP BY 1, 2, 3", values))
        count = self._connection.execute(f"SELECT coalesce(sum(objects), 0) FROM stock WHERE {condition}",
                                         values).fetchone()[0]
        return Total(units, count - sum(row[-1] for row in self._mixed("1", condition, values)))

    def held(self, where: StockWhere) -> int:
        """Units of these that are under a hold: their batch or product, their outermost object, or something in it."""
        condition, values = self._condition(where)
        broad = [hold for hold in self._catalogue.holds() if not hold.epc]

        def covered(product: str, lot: str) -> bool:
            return any(hold.product == product and hold.lot in ("", lot) for hold in broad)

        units = sum(self.units(product, level, leaves, bool(implied)) for product, lot, level, implied, leaves
                    in self._connection.execute("SELECT product, lot, level, implied, sum(leaves) FROM stock"
                                                f" WHERE {condition} GROUP BY 1, 2, 3, 4", values)
                    if covered(product, lot)) if broad else 0
        tops = {self._connection.execute(objects.UPWARDS, (epc,)).fetchall()[-1][0] for (epc,) in
                self._connection.execute("SELECT object.epc FROM (SELECT epc FROM hold WHERE active=1 AND epc<>'' UNION"
                                         " SELECT epc FROM held_back) AS held JOIN object USING(epc) LIMIT ?",
                                         (MOST_HELD,)).fetchall()}
        return units + sum(
            self.units(product, level, leaves, bool(implied)) for top in tops for product, lot, level, implied, leaves
            in self._connection.execute(
                "SELECT product, lot, level, implied, stock_of.leaves FROM stock_of JOIN stock ON stock.id = stock"
                f" WHERE root=? AND {condition}", (top, *values)) if not covered(product, lot))

    def details(self, where: StockWhere) -> Iterator[tuple[str, str, str, str, str, str, int, int]]:
        """(product, lot, expiry, status, location, partner, units, objects), for lists."""
        condition, values = self._condition(where)
        found: dict[tuple[str, ...], list[int]] = {}
        for *key, level, implied, leaves, count in self._connection.execute(
                "SELECT product, lot, expiry, status, location, partner, level, implied, leaves, objects FROM stock"
                f" WHERE {condition} ORDER BY product, expiry, lot, location, status, partner", values):
            units = self.units(key[0], level, leaves, bool(implied))
            if units:
                both = found.setdefault(tuple(key), [0, 0])
                both[0] += units
                both[1] += count
        for *key, twice in self._mixed("product, lot, expiry, status, location, partner", condition, values):
            if tuple(key) in found:
                found[tuple(key)][1] -= twice
        for key, (units, count) in found.items():
            yield *key, units, count                                              # type: ignore[misc]

    def objects(self, where: StockWhere, after: int = 0, limit: int = 50) -> tuple[StockObject, ...]:
        """Outermost objects with such goods, a page of them with a number above `after`."""
        condition, values = self._condition(where)
        ids = [row[0] for row in self._connection.execute(f"SELECT id FROM stock WHERE {condition} LIMIT ?",
                                                          (*values, FEW + 1))]
        if len(ids) <= FEW:
            roots = self._connection.execute(
                f"SELECT DISTINCT root FROM stock_of WHERE stock IN ({','.join('?' * len(ids))}) AND root>?"
                " ORDER BY root LIMIT ?", (*ids, after, limit)).fetchall()
        else:
            roots = self._connection.execute(
                "SELECT DISTINCT root FROM stock_of CROSS JOIN stock ON stock.id = stock_of.stock"
                f" WHERE root>? AND {condition} ORDER BY root LIMIT ?", (after, *values, limit)).fetchall()
        found = (self._object(root, condition, values) for (root,) in roots)
        return tuple(each for each in found if each and each.units)

    def events(self, epc: str, before: int = 1 << 62, limit: int = 50) -> tuple[TimelineRow, ...]:
        """Events about an object and about all that it holds, newest first, those with a number below `before`."""
        rows = self._connection.execute(
            objects.DOWNWARDS + "SELECT event.id, event.at, event.biz_step, entry.operator, coalesce(outbox.state, ''),"
            " event.event_id, json_extract(event.body, '$.act.action'), json_extract(event.body, '$.act.disposition'),"
            " json_extract(event.body, '$.act.parent'), json_array_length(event.body, '$.act.epcs')"
            " FROM (SELECT DISTINCT event AS number FROM inside CROSS JOIN event_object ON object = inside.id"
            "  WHERE event < ? ORDER BY event DESC LIMIT ?) JOIN event ON event.id = number"
            " JOIN entry ON entry.seq = event.entry LEFT JOIN outbox ON outbox.event = event.id ORDER BY event.id DESC",
            (epc, before, limit)).fetchall()
        name = who.named(self._connection)
        return tuple(TimelineRow(number, datetime.fromisoformat(at), step, action, disposition, name(operator),
                                 parent or "", count or 0, state, event_id(key))
                     for number, at, step, operator, state, key, action, disposition, parent, count in rows)

    def units(self, product: str, level: str, leaves: int, implied: bool) -> int:
        """Units of the innermost level; an empty container that is of no product holds none."""
        plan = self._known(product)[1] if product else None
        return units_inside(plan, level, leaves, implied) if plan else leaves if product else 0

    def name(self, group: str, key: str) -> str:
        """How people call a product, a partner or a place; else the key itself."""
        match group:
            case "product":
                product = self._known(key)[0]
                return self._named(product.name) if product else key
            case "partner":
                partner = self._catalogue.partner(key)
                return self._named(partner.name) if partner else key
            case "location":
                return unquote(key.rpartition(SHELF)[2]) if SHELF in key else key.rpartition("/")[2]
        return key

    # --- parts ----------------------------------------------------------------------------------------------------
    def _row(self, group: str, key: str, product: str, parts: list[tuple[int, str]], count: int,
             where: StockWhere) -> StockRow:
        units = sum(units for units, _ in parts)
        ages: Counter[str] = Counter()
        for some, expiry in parts:
            ages[age.bucket(expiry, self._today)] += some
        expiry = min((expiry for _, expiry in parts if age.day(expiry)), default="")
        days = age.days_left(expiry, self._today) if expiry else None
        told: dict[str, Any] = {group: key, **({"product": product} if product else {})}
        inside = replace(where, **told)
        life = self._known(inside.product)[0] if inside.product is not None else None
        share = age.share_left(days, life.shelf_life_days) if days is not None and life else None
        order = (*(word for word, _ in age.BUCKETS), age.NO_DATE)
        named = self.name("product", product) if product else ""
        return StockRow(key, self.name(group, key), units, count, inside, product, named, expiry, days, share,
                        tuple((word, ages[word]) for word in order if ages[word]))

    def _object(self, root: int, condition: str, values: tuple[Any, ...]) -> StockObject | None:
        row = self._connection.execute("SELECT epc, level, status, location, partner FROM object WHERE id=?",
                                       (root,)).fetchone()
        if row is None:
            return None
        units = sum(self.units(product, level, leaves, bool(implied)) for product, level, implied, leaves
                    in self._connection.execute(
                        "SELECT product, level, implied, stock_of.leaves FROM stock_of JOIN stock ON stock.id = stock"
                        f" WHERE root=? AND {condition}", (root, *values)))
        last = self._connection.execute(
            "SELECT event.at, event.biz_step FROM event WHERE id=(SELECT max(event) FROM event_object WHERE object=?)",
            (root,)).fetchone() or ("", "")
        epc, level, status, location, partner = row
        return StockObject(root, epc, level, units, status, location, partner,
                           datetime.fromisoformat(last[0]) if last[0] else None, last[1])

    def _mixed(self, key: str, condition: str, values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """(*key, how many too many) where mixed objects were counted in more than one row."""
        yield from self._connection.execute(
            f"SELECT {key}, count(*) - count(DISTINCT root) AS twice FROM"
            " (SELECT root FROM stock_of GROUP BY root HAVING count(*) > 1) JOIN stock_of USING(root)"
            f" JOIN stock ON stock.id = stock_of.stock WHERE {condition} GROUP BY {key} HAVING twice > 0", values)

    def _key(self, group: str) -> str:
        """An SQL expression for what the goods have in common."""
        if group != "age":
            assert group in GROUPS, group
            return group
        steps = "".join(f" WHEN expiry < '{self._day(least)}' THEN '{word}'"
                        for (word, _), (_, least) in zip(age.BUCKETS, age.BUCKETS[1:], strict=False))
        return f"CASE WHEN expiry = '' THEN '{age.NO_DATE}'{steps} ELSE '{age.BUCKETS[-1][0]}' END"

    def _condition(self, where: StockWhere) -> tuple[str, tuple[Any, ...]]:
        told = [(name, getattr(where, name)) for name in ("product", "lot", "status", "location", "partner")]
        parts = [f"stock.{name}=?" for name, value in told if value is not None]
        if where.here is not None:
            parts.append("stock.location<>''" if where.here else "stock.location=''")
        if where.age == age.NO_DATE:
            parts.append("stock.expiry=''")
        elif where.age is not None:
            words = [word for word, _ in age.BUCKETS]
            at = words.index(where.age)
            parts.append(f"stock.expiry<>'' AND stock.expiry>='{self._day(age.BUCKETS[at][1])}'")
            if at + 1 < len(words):
                parts.append(f"stock.expiry<'{self._day(age.BUCKETS[at + 1][1])}'")
        return " AND ".join(parts) or "1", tuple(value for _, value in told if value is not None)

    def _day(self, days: int) -> str:
        return (self._today + timedelta(days=days)).isoformat() if days > -10_000 else "0000"

    def _known(self, product: str) -> tuple[Product | None, Plan | None]:
        if product not in self._products:
            found = self._catalogue.product(product)
            self._products[product] = found, self._catalogue.plan(found.plan) if found else None
        return self._products[product]

    def _named(self, name: dict[str, str]) -> str:
        return name.get(self._language) or next(iter(name.values()), "")
