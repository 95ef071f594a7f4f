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
CREATE TEMP TABLE IF NOT EXISTS {name}(epc TEXT PRIMARY KEY, real INTEGER NOT NULL DEFAULT 0,
    here INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"""
# of the scratch table's objects: those whose outermost parent has been seen
_REAL = """
WITH RECURSIVE up(epc, status, parent) AS (
    SELECT object.epc, object.status, object.parent FROM temp.{name} JOIN object USING(epc)
    UNION ALL SELECT up.epc, object.status, object.parent FROM up JOIN object ON object.id = up.parent)
UPDATE temp.{name} SET real=1 WHERE epc IN (SELECT epc FROM up WHERE parent IS NULL AND status<>'announced')"""
_HERE = """
UPDATE temp.ends SET here=1 WHERE epc IN (SELECT epc FROM collected UNION SELECT label FROM container
    UNION SELECT expected FROM container)"""


def put(connection: Connection, document: str, announced: tuple[Announced, ...], plan_of: PlanOf) -> None:
    """What the document announces from now on, instead of what it announced before. Raises BadRecord."""
    run = connection.execute
    if not announced and not run("SELECT 1 FROM announced WHERE document=? LIMIT 1", (document,)).fetchone():
        return
    for name in ("ends", "gone"):
        run(_SCRATCH.format(name=name))
        run(f"DELETE FROM temp.{name}")
    run("INSERT INTO temp.gone(epc) SELECT epc FROM announced WHERE document=?", (document,))
    run("DELETE FROM announced WHERE document=?", (document,))
    connection.executemany(
        f"INSERT INTO announced(document, place, {COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
        sorted(((document, place, each.epc, each.level, each.product, each.lot, each.expiry, each.parent)
                for place, each in enumerate(announced)), key=lambda row: row[2]))
    _announce(connection, document, announced, plan_of)
    _withdraw(connection, document)


def of(connection: Connection, document: str) -> tuple[Announced, ...]:
    """What a document announces, in its order."""
    return tuple(Announced(*row) for row in connection.execute(
        f"SELECT {COLUMNS} FROM announced WHERE document=? ORDER BY place", (document,)))


def _announce(connection: Connection, document: str, announced: tuple[Announced, ...], plan_of: PlanOf) -> None:
    run = connection.execute
    run("INSERT OR IGNORE INTO temp.ends(epc) SELECT epc FROM announced WHERE document=?1"
        " UNION SELECT parent FROM announced WHERE document=?1 AND parent<>''", (document,))
    run(_REAL.format(name="ends"))
    run(_HERE)
    real = {row[0] for row in run("SELECT epc FROM temp.ends WHERE real")}
    here = {row[0] for row in run("SELECT epc FROM temp.ends WHERE here")}
    by_epc = {each.epc: each for each in announced}
    parents = {each.parent for each in announced if each.parent}
    outside = parents - by_epc.keys()
    known = {epc for epc in outside if run("SELECT 1 FROM object WHERE epc=?", (epc,)).fetchone()}
    plans: dict[str, Plan] = {}

    def check(each: Announced) -> None:
        if each.product or each.epc not in parents:      # nothing listed inside: full by its plan
            _level(each, plans, plan_of)
        if not each.parent:
            return
        if each.parent in outside and each.parent not in known:
            raise BadRecord("announced.parent", "parent", each.parent)
        both_real = each.epc in real and each.parent in real
        if not both_real and not ({each.epc, each.parent}.isdisjoint(real)
                                  and {each.epc, each.parent}.isdisjoint(here)):
            raise BadRecord("announced.parent", "parent_coming", each.parent)

    every(announced, check)
    connection.executemany(
        "INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner, implied)"
        " VALUES (?,?,?,?,?,'','announced','','',?) ON CONFLICT(epc) DO UPDATE SET level=excluded.level,"
        " product=excluded.product, lot=excluded.lot, expiry=excluded.expiry, implied=excluded.implied, parent=NULL",
        ((each.epc, each.level, each.product, each.lot, each.expiry, int(_full(each, parents, plans)))
         for each in _outermost_first(by_epc) if each.epc not in real))
    _nest(connection, document, outside)


def _nest(connection: Connection, document: str, outside: set[str]) -> None:
    """Puts what is coming into its parents; those in the list first, as a list has no ring."""
    run = connection.execute
    run("UPDATE object SET parent=above.id FROM announced JOIN object AS above ON above.epc = announced.parent"
        " WHERE announced.document=?1 AND object.epc = announced.epc"
        " AND EXISTS (SELECT 1 FROM announced AS listed WHERE listed.document=?1 AND listed.epc = announced.parent)"
        " AND NOT EXISTS (SELECT 1 FROM temp.ends WHERE ends.epc = object.epc AND real)", (document,))
    for parent in sorted(outside):               # with what another document announced there can be a ring
        number, *_, top = [row[0] for row in run(objects.UPWARDS, (parent,))] * 2
        rows = [row[0] for row in run(
            "SELECT object.id FROM announced JOIN object USING(epc) WHERE announced.document=? AND announced.parent=?"
            " AND NOT EXISTS (SELECT 1 FROM temp.ends WHERE ends.epc = object.epc AND real)", (document, parent))]
        if top in rows:
            raise BadRecord("announced.parent", "parent", parent)
        connection.executemany("UPDATE object SET parent=? WHERE id=?", ((number, row) for row in rows))


def _withdraw(connection: Connection, document: str) -> None:
    """What this document announced and does not any more is forgotten, unless it is real, holds something, or is
    announced by another one that is not done."""
    run = connection.execute
    run("DELETE FROM temp.gone WHERE epc IN (SELECT epc FROM announced WHERE document=?)", (document,))
    if not run("SELECT 1 FROM temp.gone LIMIT 1").fetchone():
        return
    run(_REAL.format(name="gone"))
    run("DELETE FROM temp.gone WHERE real OR EXISTS (SELECT 1 FROM announced JOIN document ON document.id = document"
        " LEFT JOIN document_state ON document_state.document = announced.document WHERE announced.epc = gone.epc"
        " AND announced.document<>? AND coalesce(document_state.state, document.state)"
        " NOT IN ('closed', 'closed_short', 'cancelled'))", (document,))
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
