"""Where a count stands: seen and expected by product, and what differs, worked out in SQL from objects and rows.

Reads only; the connection is the caller's. No list of all serials is ever held: only of what differs.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from app.domain.decision import Change
from app.domain.facts import Content
from app.domain.warehouse.changes import Counted
from app.domain.warehouse.differences import EXTRA, WRONG_PLACE, Difference, Finding, Found
from app.domain.warehouse.stocktake import covers
from app.store import counts, objects
from app.store.counts import PlanOf
from app.store.database import Connection
from app.store.shipments import NOT_DECLARED

ContentsOf = Callable[[str], tuple[Content, ...]]
# `up` has what was counted and all that it is in: such a container is here. What else stands in scope is missing, but
# not what somebody scanned here since the count began: it came, or was moved, while others counted.
_CAME = f"""EXISTS (SELECT 1 FROM event_object CROSS JOIN event ON event.id = event_object.event
    WHERE event_object.object = root AND event.entry > (SELECT since FROM count WHERE document = :document)
    AND event.biz_step IN ('receiving', 'void_shipping', 'storing', 'stocking', 'picking', 'commissioning')
    AND {NOT_DECLARED})"""
_MISSING = f"""
WITH RECURSIVE
up(id, parent) AS (
    SELECT object.id, object.parent FROM counted CROSS JOIN object ON object.epc = counted.epc
        WHERE counted.document = :document AND {counts.IN_EFFECT}
    UNION SELECT object.id, object.parent FROM up CROSS JOIN object ON object.id = up.parent),
have(id) AS MATERIALIZED (SELECT id FROM up),
walk(id, here) AS (
    SELECT DISTINCT root, root IN (SELECT id FROM have) FROM stock JOIN stock_of ON stock_of.stock = stock.id
        WHERE {counts.SCOPE} AND (root IN (SELECT id FROM have) OR NOT {_CAME})
    UNION ALL SELECT object.id, object.id IN (SELECT id FROM have)
        FROM walk CROSS JOIN object ON object.parent = walk.id WHERE walk.here)"""
_TOPS = f"{_MISSING} SELECT object.epc FROM walk CROSS JOIN object USING(id) WHERE NOT here ORDER BY object.id"
_LEAVES = f"""{_MISSING}, gone(id, top) AS (
    SELECT id, id FROM walk WHERE NOT here
    UNION ALL SELECT object.id, top FROM gone CROSS JOIN object ON object.parent = gone.id)
SELECT top, product, level, implied, count(*) FROM gone CROSS JOIN object USING(id)
    WHERE NOT EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id) GROUP BY 1, 2, 3, 4"""

_DIFFERS = f"""SELECT epc, finding, location, level, product, lot, expiry FROM counted WHERE document = :document
    AND round = :round AND how IN ('seen', 'kept') AND via = epc
    AND finding IN ({','.join(f"'{word}'" for word in sorted((*EXTRA, *WRONG_PLACE)))})"""
_ASTRAY = f"""SELECT via, product, level, implied, count(*) FROM counted WHERE document = :document
    AND {counts.IN_EFFECT} AND leaf AND finding IN ({','.join(f"'{word}'" for word in sorted(WRONG_PLACE))})
    GROUP BY 1, 2, 3, 4"""


def standing(connection: Connection, scope: str, plan_of: PlanOf) -> dict[str, int]:
    """Units by product that the record has in this scope just now."""
    return _units(plan_of, connection.execute(
        f"SELECT product, level, implied, sum(leaves) FROM stock WHERE {counts.SCOPE} GROUP BY 1, 2, 3",
        counts.scope_of(scope)))


def begun(connection: Connection, document: str, plan_of: PlanOf) -> dict[str, int] | None:
    """Units by product that stood in its scope when a count began; None before."""
    if not counts.at_work(connection, document)[4]:
        return None
    return _units(plan_of, connection.execute(
        "SELECT product, level, implied, leaves FROM count_begun WHERE document=?", (document,)))


def expected(connection: Connection, document: str, round: int, scope: str, plan_of: PlanOf) -> dict[str, int]:
    """Units by product that a count should come to: what stood there when it was counted and, of what was not counted
    yet, what has stood there since the count began. What left before it was counted is not wanted any more, what came
    only once it is seen."""
    first, now = begun(connection, document, plan_of), standing(connection, scope, plan_of)
    if first is None or first == now:
        return now
    found = dict(seen(connection, document, round, plan_of).get("", {}))
    key = {"document": document, "round": round}
    rows = [(product, level, implied, leaves) for _, product, level, implied, leaves in
            connection.execute(_LEAVES, {**key, **counts.scope_of(scope)})]
    place = cache(lambda epc: objects.known(connection, (epc,)))
    for via, *row in connection.execute(_ASTRAY, key).fetchall():
        if any(covers(scope, each.location) for each in place(via).values()):
            rows.append(tuple(row))      # recorded here, though counted at another shelf of this scope
    for product, units in _units(plan_of, rows).items():
        found[product] = found.get(product, 0) + units
    return {product: units for product, units in found.items() if units}


class Expected:
    """What `expected` says of the count at work, kept while nothing but scans of that count happens."""

    def __init__(self, connection: Connection, plan_of: PlanOf) -> None:
        self._connection, self._plan_of = connection, plan_of
        self._kept: dict[tuple[str, int, str], dict[str, int]] = {}

    def of(self, document: str, round: int, scope: str) -> dict[str, int]:
        key = (document, round, scope)
        if key not in self._kept:
            self._kept = {key: expected(self._connection, *key, self._plan_of)}
        return self._kept[key]

    def told(self, changes: Sequence[Change]) -> None:
        """What an entry changed. Goods that came since the count began are wanted once they are seen."""
        for change in changes:
            if not isinstance(change, Counted) or not change.how or any(
                    came(self._connection, change.count, epc) for epc in change.epcs):
                self.forget()
                return

    def forget(self) -> None:
        self._kept = {}


def came(connection: Connection, document: str, epc: str) -> bool:
    """Whether an object, or what it stands in, came since the count began."""
    above = connection.execute(objects.UPWARDS, (epc,)).fetchall()
    return bool(above) and connection.execute(
        f"SELECT {_CAME} FROM (SELECT :root AS root)", {"root": above[-1][0], "document": document}).fetchone()[0] == 1


def _units(plan_of: PlanOf, rows: Iterable[Sequence[Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for product, level, implied, leaves in rows:
        found[product] = found.get(product, 0) + counts.units(plan_of, product, level, implied, leaves)
    return {product: units for product, units in found.items() if units}


def seen(connection: Connection, document: str, round: int, plan_of: PlanOf) -> dict[str, dict[str, int]]:
    """Finding ("" as recorded) → product → units counted, as far as it is in effect."""
    found: dict[str, dict[str, int]] = {}
    for finding, product, level, implied, leaves in connection.execute(
            "SELECT finding, product, level, implied, sum(leaves) FROM count_sum"
            f" WHERE document = :document AND {counts.IN_EFFECT} GROUP BY 1, 2, 3, 4",
            {"document": document, "round": round}):
        units = counts.units(plan_of, product, level, implied, leaves)
        if units:
            of = found.setdefault(finding, {})
            of[product] = of.get(product, 0) + units
    return found


def found(connection: Connection, document: str, round: int, scope: str, plan_of: PlanOf, contents_of: ContentsOf, *,
          rows: bool = False) -> Found:
    """The figures of a count and, where they are wanted, each object that differs."""
    key = {"document": document, "round": round}
    sums = seen(connection, document, round, plan_of)
    every = [_whole(connection, each) for each in differing(connection, document, round, scope, contents_of)] \
        if rows else []
    gone: dict[int, int] = {}
    for top, product, level, implied, leaves in connection.execute(_LEAVES, {**key, **counts.scope_of(scope)}):
        gone[top] = gone.get(top, 0) + counts.units(plan_of, product, level, implied, leaves)
    others = connection.execute(f"SELECT count(*) FROM ({_DIFFERS})", key).fetchone()[0]
    several = sum(1 for units in gone.values() if units) + others
    return Found(total(sums, ("",)), sum(gone.values()), total(sums, EXTRA), total(sums, WRONG_PLACE), several,
                 tuple(every))


def differing(connection: Connection, document: str, round: int, scope: str,
              contents_of: ContentsOf) -> Iterator[Difference]:
    """Outermost objects of each difference: missing ones that hold anything, extra ones, those in a wrong place."""
    key = {"document": document, "round": round}
    for (epc,) in connection.execute(_TOPS, {**key, **counts.scope_of(scope)}).fetchall():
        contents = contents_of(epc)
        if contents:
            known = objects.known(connection, (epc,))[epc]
            yield Difference(epc, Finding.MISSING, known.location, known, None, contents)
    for epc, finding, location, level, product, lot, expiry in connection.execute(
            f"{_DIFFERS} ORDER BY id", key).fetchall():
        here = objects.known(connection, (epc,)).get(epc)
        contents = contents_of(epc) if here else ()
        yield Difference(epc, finding, location, here, None, contents, {}, level, product, lot, expiry)


def units_of(plan_of: PlanOf, each: Difference) -> int:
    """Units that an object nobody knows stands for: a full one by its product's plan."""
    return counts.units(plan_of, each.product, each.level, 1, 1)


def _whole(connection: Connection, each: Difference) -> Difference:
    """With its parent and what it holds."""
    parent = objects.known(connection, (each.known.parent,)).get(each.known.parent) \
        if each.known and each.known.parent else None
    inside = objects.tree(connection, each.epc) if each.finding == Finding.MISSING else {}
    return Difference(each.epc, each.finding, each.location, each.known, parent, each.contents, inside, each.level,
                      each.product, each.lot, each.expiry)


def total(sums: dict[str, dict[str, int]], words: Iterable[str]) -> int:
    return sum(units for word in words for units in sums.get(str(word), {}).values())
