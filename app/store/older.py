"""Older goods that stay while younger ones leave (FEFO), asked of the stock: one look at an index for each product."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from urllib.parse import unquote

from app.domain.facts import Content
from app.domain.packing.closing import units_inside
from app.domain.packing.plan import Plan
from app.domain.products import Hold
from app.domain.warehouse.age import SALEABLE
from app.domain.warehouse.goods import Older
from app.domain.warehouse.policy import inside
from app.store import objects
from app.store.database import Connection

MOST_HELD = 500          # held objects of one product that are looked into
_SALEABLE = "(" + ", ".join(f"'{word}'" for word in sorted(SALEABLE)) + ")"
LEAVING = ("dock", "quarantine", "returns")      # kinds of places: what stands there is on its way, or may not go
PlanOf = Callable[[str], Plan | None]


def older(connection: Connection, contents: Iterable[Content], site: str, plan_of: PlanOf, *, since: str = "",
          at_hand: str = "", holds: Collection[Hold] = (), apart: Collection[str] = ()) -> tuple[Older, ...]:
    """The oldest goods of each product in `contents` that may leave, are still here and are older than these.

    `site` is its URI, `since` the earliest ISO date of expiry that counts, `at_hand` the location of these contents:
    what they are themselves is not told. `apart` are locations whose goods are on their way out already.
    """
    mine: dict[tuple[str, str, str], int] = {}
    for each in contents:
        key = (each.product, each.lot, each.expiry)
        mine[key] = mine.get(key, 0) + each.units
    newest = {product: max(expiry for other, _, expiry in mine if other == product) for product, _, _ in mine}
    found = (_oldest(connection, product, expiry, since, site, at_hand, mine, plan_of, holds, apart)
             for product, expiry in newest.items() if expiry)
    return tuple(each for each in found if each)


def _oldest(connection: Connection, product: str, before: str, since: str, site: str, at_hand: str,
            mine: dict[tuple[str, str, str], int], plan_of: PlanOf, holds: Collection[Hold],
            apart: Collection[str]) -> Older | None:
    plan = plan_of(product)
    if plan is None:
        return None
    rows: dict[tuple[str, str, str], int] = {}
    last = ""
    # By date; as soon as a date is whole and something of it is left, that is the answer.
    for lot, expiry, location, level, implied, leaves in connection.execute(
            "SELECT lot, expiry, location, level, implied, leaves FROM stock INDEXED BY stock_age"
            " WHERE product=? AND expiry<>'' AND location<>'' AND expiry>=? AND expiry<?"
            f" AND status IN {_SALEABLE} ORDER BY expiry", (product, since, before)):
        if expiry != last:
            answer = _left(connection, product, rows, at_hand, mine, plan_of)
            if answer:
                return answer
            rows, last = {}, expiry
        if inside(site, location) and location not in apart and _stands(connection, site, location) and not any(
                not hold.epc and hold.product == product and hold.lot in ("", lot) for hold in holds):
            key = (lot, expiry, location)
            rows[key] = rows.get(key, 0) + units_inside(plan, level, leaves, bool(implied))
    return _left(connection, product, rows, at_hand, mine, plan_of)


def _stands(connection: Connection, site: str, location: str) -> bool:
    """Whether goods there are stock to be taken from."""
    shelf = unquote(location.removeprefix(f"{site}/254/"))
    return location == site or connection.execute(
        f"SELECT 1 FROM location WHERE id=? AND json_extract(CAST(body AS TEXT), '$.kind') IN {LEAVING}",
        (shelf,)).fetchone() is None


def _left(connection: Connection, product: str, rows: dict[tuple[str, str, str], int], at_hand: str,
          mine: dict[tuple[str, str, str], int], plan_of: PlanOf) -> Older | None:
    """Of these goods of one date, the batch and place with most units that are neither at hand nor held back."""
    free = {}
    for (lot, expiry, location), units in rows.items():
        left = units - (mine.get((product, lot, expiry), 0) if location == at_hand else 0)
        if left > 0:
            free[lot, expiry, location] = left
    for key, units in _held(connection, product, plan_of).items() if free else ():
        if key in free:
            free[key] -= units
    free = {key: units for key, units in free.items() if units > 0}
    if not free:
        return None
    (lot, expiry, location), units = max(free.items(), key=lambda each: (each[1], each[0]))
    return Older(product, lot, expiry, location, units)


def _held(connection: Connection, product: str, plan_of: PlanOf) -> Counter[tuple[str, str, str]]:
    """(lot, expiry, location) → units of a product whose outermost object is held back, by itself or for what it
    holds, or was picked for a document already. With very many of them only the first are looked into."""
    held = connection.execute(
        "SELECT object.epc FROM (SELECT epc FROM hold WHERE active=1 AND epc<>'' UNION ALL SELECT epc FROM held_back"
        " UNION ALL SELECT epc FROM picked)"
        " AS held CROSS JOIN object ON object.epc = held.epc WHERE object.product IN (?, '') LIMIT ?",
        (product, MOST_HELD)).fetchall()
    roots = {top[1]: top[0] for (epc,) in held for top in connection.execute(objects.UPWARDS, (epc,)).fetchall()[-1:]}
    plan, found = plan_of(product), Counter[tuple[str, str, str]]()
    for epc, number in roots.items():
        location = connection.execute("SELECT location FROM object WHERE id=?", (number,)).fetchone()[0]
        for name, lot, expiry, level, implied, count in objects.leaves(connection, epc):
            if name == product and plan:
                found[lot, expiry, location] += units_inside(plan, level, count, bool(implied))
    return found
