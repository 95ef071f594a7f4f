"""What became of the codes of an order, per level: counted from the tables, and the codes of a difference by name.

Reads only; the connection is the caller's. Counting is quick; naming goes through the list of codes that the order was
given, where it has one, and is for the screen and the report.
"""
from __future__ import annotations

from app.domain.packing.order_life import LevelCount, Reconciliation
from app.domain.packing.plan import Plan
from app.store.database import Connection

ENDED = ("scrapped", "destroyed", "replaced", "relabelled", "repacked")


def counted(connection: Connection, order: str, plan: Plan) -> Reconciliation:
    """The order's arithmetic now."""
    return Reconciliation(tuple(_level(connection, order, plan, index) for index in range(len(plan.levels))))


def differing(connection: Connection, order: str, level: str, limit: int = 200) -> list[tuple[str, str]]:
    """(code, why) of a level's difference: loose ones with why they are, and issued ones that nobody saw."""
    loose = connection.execute("SELECT epc, why FROM loose WHERE work_order=? AND level=? ORDER BY epc LIMIT ?",
                               (order, level, limit)).fetchall()
    unseen = connection.execute(
        "SELECT epc, 'unseen' FROM order_code WHERE work_order=?1 AND level=?2"
        " AND NOT EXISTS (SELECT 1 FROM object WHERE object.epc = order_code.epc)"
        " AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.epc = order_code.epc)"
        " AND NOT EXISTS (SELECT 1 FROM collected WHERE collected.epc = order_code.epc)"
        " AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.epc = order_code.epc AND queue.epc <> '')"
        " AND NOT EXISTS (SELECT 1 FROM loose WHERE loose.epc = order_code.epc)"
        " ORDER BY epc LIMIT ?3", (order, level, max(0, limit - len(loose)))).fetchall()
    return [*loose, *unseen]


def _level(connection: Connection, order: str, plan: Plan, index: int) -> LevelCount:
    one = _counter(connection)
    level = plan.levels[index].level
    fates = dict(connection.execute(
        "SELECT fate, count(*) FROM ended WHERE work_order=? AND level=? GROUP BY fate", (order, level)))
    if index == 0:
        packed = one("SELECT coalesce(sum(children), 0) FROM work WHERE work_order=? AND level=?",
                     order, plan.levels[1].level)
        here = one("SELECT count(*) FROM collected JOIN container ON number = container WHERE work_order=? AND level=?",
                   order, plan.levels[1].level)
        here += one("SELECT count(*) FROM queue WHERE work_order=? AND epc<>'' AND state='good'", order)
        # A container that is filled up again holds what it held: those are not counted as packed while it is open.
        here += one("SELECT coalesce(sum(already), 0) FROM container WHERE work_order=? AND level=?",
                    order, plan.levels[1].level)
    else:
        packed = one("SELECT coalesce(sum(closed), 0) FROM work WHERE work_order=? AND level=?", order, level)
        here = one("SELECT count(*) FROM container WHERE work_order=? AND level=? AND (label<>'' OR expected<>'')",
                   order, level)
    scrapped = sum(fates.get(fate, 0) for fate in ENDED)
    sampled, returned = fates.get("sampled", 0), fates.get("returned", 0)
    loose = one("SELECT count(*) FROM loose WHERE work_order=? AND level=?", order, level)
    given = one("SELECT count(*) FROM order_code WHERE work_order=? AND level=?", order, level)
    taken = packed + scrapped + sampled + returned + here + loose
    return LevelCount(level, given or taken, packed, scrapped, sampled, returned, here)


def _counter(connection: Connection):
    def one(query: str, *values: str) -> int:
        return int(connection.execute(query, values).fetchone()[0])

    return one
