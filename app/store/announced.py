"""What documents say is coming: objects that are known before they are seen, each in the table `announced`.

Sets of rows, never one object at a time: a document may announce some hundred thousand. Goods that are here, or in an
open container here, stay as they are; only what is still coming is put into what is still coming. The caller holds the
transaction.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable

from app.domain.packing.plan import Plan
from app.domain.warehouse.documents import Announced
from app.store import objects
from app.store.database import Connection
from app.store.fields import BadRecord, every

PlanOf = Callable[[str], Plan | None]       # a product's plan; None where the product is not known

COLUMNS = "epc, level, product, lot, expiry, parent"
_SCRATCH = """
CREATE TEMP TABLE IF NOT EXISTS {name}(epc TEXT PRIMARY KEY, parent TEXT NOT NULL DEFAULT '',
    real INTEGER NOT NULL DEFAULT 0, here INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"""
_BY_PARENT = "CREATE INDEX IF NOT EXISTS temp.said_parent ON said(parent)"
# of the scratch table's objects: those whose outermost parent has been seen
_REAL = """
WITH RECURSIVE up(epc, status, parent) AS (
    SELECT object.epc, object.status, object.parent FROM temp.{name} JOIN object USING(epc)
    UNION ALL SELECT up.epc, object.status, object.parent FROM up JOIN object ON object.id = up.parent)
UPDATE temp.{name} SET real=1 WHERE epc IN (SELECT epc FROM up WHERE parent IS NULL AND status<>'announced')"""
_HERE = """
UPDATE temp.{name} SET here=1 WHERE epc IN (SELECT epc FROM collected UNION SELECT label FROM container
    UNION SELECT expected FROM container)"""
# what held them and is announced by nobody any more: it could not go before they do
_ORPHANED = """
WITH RECURSIVE up(id) AS (
    SELECT object.parent FROM temp.gone JOIN object USING(epc) WHERE object.parent IS NOT NULL
    UNION SELECT object.parent FROM object JOIN up USING(id) WHERE object.parent IS NOT NULL)
INSERT OR IGNORE INTO temp.gone(epc) SELECT epc FROM object JOIN up USING(id)
    WHERE NOT EXISTS (SELECT 1 FROM announced WHERE announced.epc = object.epc)"""
_LISTED = "EXISTS (SELECT 1 FROM temp.said AS listed WHERE listed.epc = said.parent)"


def put(connection: Connection, document: str, announced: tuple[Announced, ...], plan_of: PlanOf,
        part: str = "") -> None:
    """What the document, or one part of its list, announces from now on instead of before. Raises BadRecord."""
    run = connection.execute
    if not announced and not run("SELECT 1 FROM announced WHERE document=? AND part=? LIMIT 1",
                                 (document, part)).fetchone():
        return
    for name in ("said", "outside", "gone"):
        run(_SCRATCH.format(name=name))
        run(f"DELETE FROM temp.{name}")
    run(_BY_PARENT)
    run("INSERT INTO temp.gone(epc) SELECT epc FROM announced WHERE document=? AND part=?", (document, part))
    run("DELETE FROM announced WHERE document=? AND part=?", (document, part))
    by_code = sorted(range(len(announced)), key=lambda at: announced[at].epc)      # tables are filled in their order
    connection.executemany("INSERT INTO temp.said(epc, parent) VALUES (?,?)",
                           ((announced[at].epc, announced[at].parent) for at in by_code))
    twice = run("SELECT epc FROM temp.said JOIN announced USING(epc) WHERE document=? LIMIT 1", (document,)).fetchone()
    if twice:
        raise BadRecord("announced.epc", "once", twice[0])
    connection.executemany(
        f"INSERT INTO announced(document, part, place, {COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",
        ((document, part, place, each.epc, each.level, each.product, each.lot, each.expiry, each.parent)
         for place in by_code for each in (announced[place],)))
    del by_code
    _announce(connection, announced, plan_of)
    _withdraw(connection, document)


def forget(connection: Connection, document: str) -> None:
    """The document announces nothing any more, in whatever parts it did."""
    run = connection.execute
    run(_SCRATCH.format(name="gone"))
    run("DELETE FROM temp.gone")
    run("INSERT OR IGNORE INTO temp.gone(epc) SELECT epc FROM announced WHERE document=?", (document,))
    run("DELETE FROM announced WHERE document=?", (document,))
    run("DELETE FROM announcement WHERE document=?", (document,))
    _withdraw(connection, document)


def of(connection: Connection, document: str) -> tuple[Announced, ...]:
    """What a document announces, in its order."""
    return tuple(Announced(*row) for row in connection.execute(
        f"SELECT {COLUMNS} FROM announced WHERE document=? ORDER BY part, place", (document,)))


def _announce(connection: Connection, announced: tuple[Announced, ...], plan_of: PlanOf) -> None:
    run = connection.execute
    run("INSERT INTO temp.outside(epc) SELECT DISTINCT parent FROM temp.said WHERE parent<>''"
        f" AND NOT {_LISTED} AND EXISTS (SELECT 1 FROM object WHERE object.epc = said.parent)")
    for name in ("said", "outside"):
        run(_REAL.format(name=name))
        run(_HERE.format(name=name))
    both = "SELECT epc FROM temp.{0} WHERE {1} UNION SELECT epc FROM temp.{2} WHERE {1}"
    real, here = ({row[0] for row in run(both.format("said", word, "outside"))} for word in ("real", "here"))
    outside = [row[0] for row in run("SELECT epc FROM temp.outside")]
    by_epc, beside = {each.epc: each for each in announced}, frozenset(outside)
    parents = {each.parent for each in announced if each.parent}
    plans: dict[str, Plan] = {}

    def check(each: Announced) -> None:
        if each.product or each.epc not in parents:      # nothing listed inside: full by its plan
            _level(each, plans, plan_of)
        if not each.parent:
            return
        if each.parent not in by_epc and each.parent not in beside:
            raise BadRecord("announced.parent", "parent", each.parent)
        ends = {each.epc, each.parent}
        if not ends <= real and not (ends.isdisjoint(real) and ends.isdisjoint(here)):
            raise BadRecord("announced.parent", "parent_coming", each.parent)

    every(announced, check)
    # Row by row, and never all rows at once: a list of 200,000 objects takes enough room by itself.
    connection.executemany(
        "INSERT INTO object(level, product, lot, expiry, implied, epc, work_order, status, location, partner)"
        " VALUES (?,?,?,?,?,?,'','announced','','') ON CONFLICT(epc) DO UPDATE SET level=excluded.level,"
        " product=excluded.product, lot=excluded.lot, expiry=excluded.expiry, implied=excluded.implied"
        " WHERE (level, product, lot, expiry, implied)"
        " IS NOT (excluded.level, excluded.product, excluded.lot, excluded.expiry, excluded.implied)",
        ((each.level, each.product, each.lot, each.expiry, int(_full(each, parents, plans)), each.epc)
         for each in _outermost_first(by_epc) if each.epc not in real))
    _nest(connection, outside)


def _nest(connection: Connection, outside: list[str]) -> None:
    """Puts what is coming into its parents; those in the list first, as a list has no ring."""
    run = connection.execute
    run("UPDATE object SET parent=NULL FROM temp.said WHERE object.epc = said.epc AND NOT said.real"
        f" AND object.parent IS NOT NULL AND (NOT {_LISTED}"
        " OR object.parent IS NOT (SELECT above.id FROM object AS above WHERE above.epc = said.parent))")
    run("UPDATE object SET parent=above.id FROM temp.said JOIN object AS above ON above.epc = said.parent"
        f" WHERE object.epc = said.epc AND NOT said.real AND {_LISTED} AND object.parent IS NOT above.id")
    for parent in outside:                       # with what is announced elsewhere there can be a ring
        chain = [row[0] for row in run(objects.UPWARDS, (parent,))]
        rows = [row[0] for row in run("SELECT object.id FROM temp.said JOIN object USING(epc)"
                                      " WHERE said.parent=? AND NOT said.real", (parent,))]
        if chain[-1] in rows:
            raise BadRecord("announced.parent", "parent", parent)
        connection.executemany("UPDATE object SET parent=? WHERE id=?", ((chain[0], row) for row in rows))


def _withdraw(connection: Connection, document: str) -> None:
    """What was announced and is not any more is forgotten, unless it is real, holds something, or is announced by
    another document that is not done."""
    run = connection.execute
    run("DELETE FROM temp.gone WHERE EXISTS (SELECT 1 FROM announced WHERE announced.epc = gone.epc AND document=?)",
        (document,))
    if not run("SELECT 1 FROM temp.gone LIMIT 1").fetchone():
        return
    run(_ORPHANED)
    run(_REAL.format(name="gone"))
    run("DELETE FROM temp.gone WHERE real OR EXISTS (SELECT 1 FROM announced JOIN document ON document.id ="
        " announced.document LEFT JOIN document_state ON document_state.document = announced.document"
        " WHERE announced.epc = gone.epc AND announced.document<>?"
        " AND coalesce(document_state.state, document.state) NOT IN ('closed', 'closed_short', 'cancelled'))",
        (document,))
    while run("DELETE FROM object WHERE epc IN (SELECT epc FROM temp.gone) AND NOT EXISTS"
              " (SELECT 1 FROM object AS child WHERE child.parent = object.id)").rowcount:
        pass                                     # what is inside goes first


def _full(each: Announced, parents: set[str], plans: dict[str, Plan]) -> bool:
    """Whether it is full by its plan, though nothing that it holds is listed."""
    plan = plans.get(each.product)
    return each.epc not in parents and plan is not None and plan.index(each.level) > 0


def _level(each: Announced, plans: dict[str, Plan], plan_of: PlanOf) -> None:
    """What nothing is listed in must be countable: a known product, and a level of its plan."""
    if each.product not in plans:
        plan = plan_of(each.product)
        if plan is None:
            raise BadRecord("announced.product", "product_known", each.product)
        plans[each.product] = plan
    if plans[each.product].index(each.level) < 0:
        raise BadRecord("announced.level", "plan_level", each.level,
                        choices=", ".join(level.level for level in plans[each.product].levels))


def _outermost_first(by_epc: dict[str, Announced]) -> Iterable[Announced]:
    """Parents before their children. Raises BadRecord for objects that hold one another in a ring."""
    placed: set[str] = set()
    for start in by_epc.values():
        chain: list[Announced] = []
        at: Announced | None = start
        while at and at.epc not in placed:
            if at in chain:
                raise BadRecord("announced.parent", "parent", at.epc)
            chain.append(at)
            at = by_epc.get(at.parent)
        for each in reversed(chain):
            placed.add(each.epc)
            yield each
