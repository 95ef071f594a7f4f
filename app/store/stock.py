"""What stands where, kept live: childless objects by what they are and by the place of their outermost parent.

The caller holds the transaction: `before` it changes objects and `after`. Units are not kept, they follow from the
product's plan when somebody asks (stock_view.py), so that a database made anew from the journal, without master data,
has the same rows. Announced objects and those whose life has ended are no stock.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.decision import Change, Commissioned, Ended, Packed, Placed, Unpacked
from app.domain.facts import END_OF_LIFE
from app.store.database import Connection

NOT_STOCK = frozenset({"announced", *END_OF_LIFE})
_NOT_STOCK = "(" + ", ".join(f"'{word}'" for word in sorted(NOT_STOCK)) + ")"

# `leaves` counts childless objects, `objects` the outermost ones that they are in: a mixed pallet counts in each row.
TABLES = """
CREATE TABLE stock(id INTEGER PRIMARY KEY, product TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT NOT NULL,
    level TEXT NOT NULL, implied INTEGER NOT NULL, status TEXT NOT NULL, location TEXT NOT NULL, partner TEXT NOT NULL,
    leaves INTEGER NOT NULL, objects INTEGER NOT NULL,
    UNIQUE(product, lot, expiry, level, implied, status, location, partner));
CREATE INDEX stock_age ON stock(product, expiry) WHERE expiry <> '' AND location <> '';
CREATE TABLE stock_of(root INTEGER NOT NULL, stock INTEGER NOT NULL, leaves INTEGER NOT NULL,
    PRIMARY KEY(root, stock)) WITHOUT ROWID;
CREATE INDEX stock_of_stock ON stock_of(stock, root);
"""
_TREES = f"""
WITH RECURSIVE tree(id, root, status, location, partner) AS (
    SELECT id, id, status, location, partner FROM object WHERE parent IS NULL AND status NOT IN {_NOT_STOCK}
    UNION ALL SELECT object.id, root, tree.status, tree.location, tree.partner
    FROM object JOIN tree ON object.parent = tree.id)
"""
_CHILDLESS = "NOT EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id)"
_KEY = """object.product, object.lot, object.expiry, object.level, object.implied,
    tree.status, tree.location, tree.partner"""
_SUMS = f"""{_TREES} SELECT {_KEY}, count(*), count(DISTINCT root)
    FROM tree JOIN object USING(id) WHERE {_CHILDLESS} GROUP BY {_KEY}"""
FILL = f"""
INSERT INTO stock(product, lot, expiry, level, implied, status, location, partner, leaves, objects)
    {_SUMS};
INSERT INTO stock_of(root, stock, leaves)
    {_TREES} SELECT root, stock.id, count(*) FROM tree JOIN object USING(id) JOIN stock
        ON (stock.product, stock.lot, stock.expiry, stock.level, stock.implied, stock.status, stock.location,
            stock.partner) = ({_KEY})
    WHERE {_CHILDLESS} GROUP BY root, stock.id;
"""
SCHEMA = TABLES + FILL       # of the migration step: what an older database has is counted once

_WALK = f"""
WITH RECURSIVE inside(id) AS (
    SELECT ? UNION ALL SELECT object.id FROM object JOIN inside ON object.parent = inside.id)
SELECT product, lot, expiry, level, implied, count(*) FROM inside CROSS JOIN object USING(id)
WHERE {_CHILDLESS} GROUP BY product, lot, expiry, level, implied"""
_CHILDREN = f"""
SELECT id, {_CHILDLESS}, product, lot, expiry, level, implied FROM object WHERE parent = ?"""

Goods = tuple[str, str, str, str, int]                          # product, lot, expiry, level, implied
Key = tuple[str, str, str, str, int, str, str, str]             # and status, location, partner of the outermost


@dataclass(slots=True)
class Moving:
    """Goods about to be changed: the trees that are touched, what is known to be in them, what that stays true of."""

    outer: list[str]                        # EPCs that may be outermost afterwards
    roots: dict[int, dict[int, int]]        # outermost objects before: rows of `stock` → childless objects in them
    changed: set[int]                       # objects that will not hold the same any more


def before(connection: Connection, changes: Iterable[Change]) -> Moving | None:
    """To be called before these changes are applied; None where they move no goods."""
    touched: dict[str, bool] = {}           # whether what it holds, or what it is, changes
    outer: dict[str, None] = {}
    for change in changes:
        match change:
            case Commissioned():
                touched |= dict.fromkeys(change.epcs, True)
                outer |= dict.fromkeys(change.epcs)
            case Packed() | Unpacked():
                touched |= {epc: False for epc in change.children if epc not in touched}
                touched[change.parent] = True
                outer[change.parent] = None
                if isinstance(change, Packed):
                    for epc in change.children:
                        outer.pop(epc, None)
                else:
                    outer |= dict.fromkeys(change.children)
            case Placed() | Ended():
                touched |= {epc: False for epc in change.epcs if epc not in touched}
                outer |= dict.fromkeys(change.epcs)
    if not touched:
        return None
    moving = Moving(list(outer), {}, set())
    seen: dict[int, int | None] = {}
    for epc, itself in touched.items():
        row = connection.execute("SELECT id, parent FROM object WHERE epc=?", (epc,)).fetchone()
        if row is None:
            continue
        number, parent = row
        if itself:
            moving.changed.add(number)
        while parent is not None:
            moving.changed.add(parent)
            number, parent = parent, _parent(connection, parent, seen)
        if number not in moving.roots:
            moving.roots[number] = _rows(connection, number)
    return moving


def after(connection: Connection, moving: Moving | None) -> None:
    """To be called when the changes are applied: brings the tables to what is there now."""
    if moving is None:
        return
    seen: dict[int, int | None] = {}
    tops: dict[int, None] = {}
    for epc in moving.outer:
        row = connection.execute("SELECT id, parent FROM object WHERE epc=?", (epc,)).fetchone()
        if row:
            seen[row[0]] = row[1]
            tops[_top(connection, row[0], seen)] = None
    for number in moving.roots:
        tops[_top(connection, number, seen)] = None
    known = {number: rows for number, rows in moving.roots.items() if rows and number not in moving.changed}
    old = {(root, row): leaves for root, rows in moving.roots.items() for row, leaves in rows.items()}
    new: dict[tuple[int, int], int] = {}
    for root in tops:
        if root not in moving.roots:
            old |= {(root, row): leaves for row, leaves in _rows(connection, root).items()}
        for row, leaves in _now(connection, root, known).items():
            new[root, row] = leaves
    _write(connection, old, new)


def settle(connection: Connection, root: int) -> None:
    """Counts one outermost object anew: some of what it holds was taken out of the tables, or it was itself."""
    old = {(root, row): leaves for row, leaves in _rows(connection, root).items()}
    _write(connection, old, {(root, row): leaves for row, leaves in _now(connection, root, {}).items()})


def recounted(connection: Connection) -> dict[Key, tuple[int, int]]:
    """(leaves, objects) by key, counted anew from the objects. Some microseconds an object."""
    return {tuple(row[:8]): (row[8], row[9]) for row in connection.execute(_SUMS)}      # type: ignore[misc]


def kept(connection: Connection) -> dict[Key, tuple[int, int]]:
    """(leaves, objects) by key, as they are kept."""
    return {tuple(row[:8]): (row[8], row[9]) for row in connection.execute(             # type: ignore[misc]
        "SELECT product, lot, expiry, level, implied, status, location, partner, leaves, objects FROM stock")}


def differences(connection: Connection) -> Iterator[tuple[Key, tuple[int, int], tuple[int, int]]]:
    """(key, kept, counted anew) where the two differ, or where what is kept does not add up; none where all is well."""
    mine, anew = kept(connection), recounted(connection)
    wrong = [key for key in sorted(mine.keys() | anew.keys()) if mine.get(key, (0, 0)) != anew.get(key, (0, 0))]
    for key in wrong:
        yield key, mine.get(key, (0, 0)), anew.get(key, (0, 0))
    for row in connection.execute(
            "SELECT product, lot, expiry, level, implied, status, location, partner, stock.leaves, stock.objects,"
            " coalesce(sum(stock_of.leaves), 0), count(stock_of.root) FROM stock LEFT JOIN stock_of ON stock = stock.id"
            " GROUP BY stock.id HAVING stock.leaves <> coalesce(sum(stock_of.leaves), 0)"
            " OR stock.objects <> count(stock_of.root)"):
        key = tuple(row[:8])
        if key not in wrong:
            yield key, (row[8], row[9]), (row[10], row[11])                             # type: ignore[misc]


def remake(connection: Connection) -> None:
    """Throws the counts away and counts all objects anew."""
    connection.execute("DELETE FROM stock_of")
    connection.execute("DELETE FROM stock")
    for statement in FILL.split(";\n")[:-1]:
        connection.execute(statement)


def _rows(connection: Connection, root: int) -> dict[int, int]:
    return dict(connection.execute("SELECT stock, leaves FROM stock_of WHERE root=?", (root,)))


def _parent(connection: Connection, number: int, seen: dict[int, int | None]) -> int | None:
    if number not in seen:
        row = connection.execute("SELECT parent FROM object WHERE id=?", (number,)).fetchone()
        seen[number] = row[0] if row else None
    return seen[number]


def _top(connection: Connection, number: int, seen: dict[int, int | None]) -> int:
    while (parent := _parent(connection, number, seen)) is not None:
        number = parent
    return number


def _now(connection: Connection, root: int, known: dict[int, dict[int, int]]) -> dict[int, int]:
    """Rows of `stock` → childless objects in this outermost one as it is now; {} where it is no stock."""
    place = connection.execute("SELECT status, location, partner FROM object WHERE id=? AND parent IS NULL",
                               (root,)).fetchone()
    if place is None or place[0] in NOT_STOCK:
        return {}
    found: dict[int, int] = {}
    for goods, leaves in _goods(connection, root, known).items():
        row = _row(connection, (*goods, *place))
        found[row] = found.get(row, 0) + leaves
    return found


def _goods(connection: Connection, number: int, known: dict[int, dict[int, int]]) -> Counter[Goods]:
    """What an object holds, or is. `known` are objects whose rows are still right: those are not walked through."""
    if number in known:
        return _named(connection, known[number])
    if not known:
        return Counter({row[:5]: row[5] for row in connection.execute(_WALK, (number,))})
    children = connection.execute(_CHILDREN, (number,)).fetchall()
    if not children:
        return Counter(connection.execute("SELECT product, lot, expiry, level, implied FROM object WHERE id=?",
                                          (number,)).fetchall())
    found: Counter[Goods] = Counter(row[2:] for row in children if row[1])
    rows: Counter[int] = Counter()
    for child, childless, *_ in children:
        if not childless and child in known:
            rows.update(known[child])
        elif not childless:
            found += _goods(connection, child, known)
    return found + _named(connection, rows)


def _named(connection: Connection, rows: Mapping[int, int]) -> Counter[Goods]:
    found: Counter[Goods] = Counter()
    for row, leaves in rows.items():
        found[connection.execute("SELECT product, lot, expiry, level, implied FROM stock WHERE id=?",
                                 (row,)).fetchone()] += leaves
    return found


def _row(connection: Connection, key: tuple[object, ...]) -> int:
    found = connection.execute(
        "SELECT id FROM stock WHERE product=? AND lot=? AND expiry=? AND level=? AND implied=? AND status=?"
        " AND location=? AND partner=?", key).fetchone()
    if found:
        return found[0]
    return connection.execute(
        "INSERT INTO stock(product, lot, expiry, level, implied, status, location, partner, leaves, objects)"
        " VALUES (?,?,?,?,?,?,?,?,0,0)", key).lastrowid


def _write(connection: Connection, old: dict[tuple[int, int], int], new: dict[tuple[int, int], int]) -> None:
    leaves: Counter[int] = Counter()
    objects: Counter[int] = Counter()
    gone, here = [], []
    for (root, row), count in old.items():
        if new.get((root, row)) != count:
            leaves[row] -= count
            objects[row] -= 1
            if (root, row) not in new:
                gone.append((root, row))
    for (root, row), count in new.items():
        if old.get((root, row)) != count:
            leaves[row] += count
            objects[row] += 1
            here.append((root, row, count))
    connection.executemany("DELETE FROM stock_of WHERE root=? AND stock=?", gone)
    connection.executemany("INSERT INTO stock_of(root, stock, leaves) VALUES (?,?,?)"
                           " ON CONFLICT DO UPDATE SET leaves=excluded.leaves", here)
    connection.executemany("UPDATE stock SET leaves=leaves+?, objects=objects+? WHERE id=?",
                           ((leaves[row], objects[row], row) for row in leaves if leaves[row] or objects[row]))
    connection.executemany("DELETE FROM stock WHERE id=? AND objects=0",
                           ((row,) for row in leaves if leaves[row] < 0 or objects[row] < 0))
