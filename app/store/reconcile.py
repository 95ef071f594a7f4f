"""What became of the codes of an order, per level: counted from the tables, and the codes of a difference by name.

Reads only; the connection is the caller's. An order that was given a list of codes is held against that list, code by
code: codes that nobody issued never make up for issued ones that are nowhere. One without was given what it took.
"""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app.domain.packing.order_life import LevelCount, Reconciliation
from app.domain.packing.plan import Plan
from app.store.database import Connection

ENDED = ("scrapped", "destroyed", "replaced", "relabelled", "repacked")
UNSEEN, ELSEWHERE, STRANGE = "unseen", "elsewhere", "not_issued"     # why, besides those of Loosened
AT_ONCE = 1_000
Archived = Callable[[Sequence[str]], Collection[str]]                # of these EPCs, those that left long ago

# Codes that were issued, each as the object that it is on; what was read as a pair here is one object.
_LISTED = """
WITH listed(epc) AS (
    SELECT DISTINCT coalesce((SELECT paired.epc FROM paired WHERE alias=order_code.epc), order_code.epc)
    FROM order_code WHERE work_order=:order AND level=:level)
"""
_ACCOUNTED = """
(EXISTS (SELECT 1 FROM object JOIN object AS above ON above.id = object.parent
    WHERE :unit AND object.epc = listed.epc AND above.work_order=:order)
OR EXISTS (SELECT 1 FROM object WHERE NOT :unit AND object.epc = listed.epc AND work_order=:order
    AND EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id))
OR EXISTS (SELECT 1 FROM ended WHERE ended.epc = listed.epc AND work_order=:order)
OR EXISTS (SELECT 1 FROM collected JOIN container ON number = container
    WHERE :unit AND collected.epc = listed.epc AND work_order=:order)
OR EXISTS (SELECT 1 FROM queue WHERE :unit AND queue.epc = listed.epc AND queue.epc<>'' AND state='good'
    AND work_order=:order)
OR EXISTS (SELECT 1 FROM container WHERE NOT :unit AND work_order=:order
    AND (label = listed.epc OR expected = listed.epc))
OR EXISTS (SELECT 1 FROM half WHERE half.epc = listed.epc AND work_order=:order))
"""
_MISSING = _LISTED + f"""
SELECT epc, coalesce((SELECT why FROM loose WHERE loose.epc = listed.epc),
    CASE WHEN EXISTS (SELECT 1 FROM object WHERE object.epc = listed.epc AND status<>'announced')
        OR EXISTS (SELECT 1 FROM ended WHERE ended.epc = listed.epc)
        OR EXISTS (SELECT 1 FROM collected WHERE collected.epc = listed.epc)
        OR EXISTS (SELECT 1 FROM queue WHERE queue.epc = listed.epc AND queue.epc<>'' AND state='good')
        THEN '{ELSEWHERE}' ELSE '{UNSEEN}' END)
FROM listed WHERE NOT {_ACCOUNTED} ORDER BY epc
"""
# Used in this order; looked for among all objects, so only where the counts say that there are such codes.
_USED = """
SELECT object.epc FROM object LEFT JOIN object AS above ON above.id = object.parent
    WHERE object.level=:level AND CASE WHEN :unit THEN above.work_order=:order ELSE object.work_order=:order
        AND EXISTS (SELECT 1 FROM object AS child WHERE child.parent = object.id) END
UNION SELECT epc FROM ended WHERE work_order=:order AND level=:level
UNION SELECT epc FROM collected JOIN container ON number = container
    WHERE :unit AND work_order=:order AND container.level=:outer
UNION SELECT epc FROM queue WHERE :unit AND work_order=:order AND epc<>'' AND state='good'
UNION SELECT coalesce(nullif(label, ''), expected) FROM container
    WHERE NOT :unit AND work_order=:order AND level=:level AND (label<>'' OR expected<>'')
"""
_STRANGE = _LISTED + f"SELECT epc FROM ({_USED}) AS used WHERE epc NOT IN (SELECT epc FROM listed) ORDER BY epc"
_LOOSE = "SELECT epc, why FROM loose WHERE work_order=:order AND level=:level ORDER BY epc"


@dataclass(frozen=True, slots=True)
class Told:
    """An order's arithmetic, and the first codes of its difference: (level, EPC, why)."""

    counts: Reconciliation
    codes: tuple[tuple[str, str, str], ...] = ()


def nobody(_epcs: Sequence[str]) -> Collection[str]:
    """Nothing is archived."""
    return ()


def counted(connection: Connection, order: str, plan: Plan, archived: Archived = nobody) -> Reconciliation:
    """The order's arithmetic now. An order with a list of codes costs some microseconds a listed code."""
    return told(connection, order, plan, 0, archived).counts


def told(connection: Connection, order: str, plan: Plan, limit: int = 200, archived: Archived = nobody) -> Told:
    """The arithmetic, and at most `limit` codes of the difference with why: what Loosened says ("undone", "removed",
    "unpacked", "rejected"), or "unseen", "elsewhere" (in another order) or "not_issued" (used, not on the list)."""
    levels: list[LevelCount] = []
    codes: list[tuple[str, str, str]] = []
    for index in range(len(plan.levels)):
        count, some = _level(connection, order, plan, index, limit - len(codes), archived)
        levels.append(count)
        codes += some
    return Told(Reconciliation(tuple(levels)), tuple(codes))


def _level(connection: Connection, order: str, plan: Plan, index: int, limit: int,
           archived: Archived) -> tuple[LevelCount, list[tuple[str, str, str]]]:
    level = plan.levels[index].level
    asked = {"order": order, "level": level, "unit": index == 0, "outer": plan.levels[1].level}
    packed, here = _packed(connection, order, plan, index)
    fates = dict(connection.execute(
        "SELECT fate, count(*) FROM ended WHERE work_order=? AND level=? GROUP BY fate", (order, level)))
    scrapped = sum(fates.get(fate, 0) for fate in ENDED)
    sampled, returned = fates.get("sampled", 0), fates.get("returned", 0)
    used = packed + scrapped + sampled + returned + here
    one = _counter(connection)
    if not one("SELECT count(*) FROM (SELECT 1 FROM order_code WHERE work_order=? AND level=? LIMIT 1)", order, level):
        loose = one("SELECT count(*) FROM loose WHERE work_order=? AND level=?", order, level)
        named = [(level, epc, why) for epc, why in islice(connection.execute(_LOOSE, asked), max(0, limit))]
        return LevelCount(level, used + loose, packed, scrapped, sampled, returned, here), named
    issued = connection.execute(_LISTED + "SELECT count(*) FROM listed", asked).fetchone()[0]
    missing, named = 0, []
    for epc, why in _missing(connection, asked, archived):
        missing += 1
        if missing <= limit:
            named.append((level, epc, why))
    strange = max(0, used - (issued - missing))
    if strange and missing < limit:
        named += [(level, epc, STRANGE) for (epc,) in
                  islice(connection.execute(_STRANGE, asked), min(strange, limit - missing))]
    return LevelCount(level, issued, packed, scrapped, sampled, returned, here, strange), named


def _missing(connection: Connection, asked: dict[str, object], archived: Archived) -> Iterator[tuple[str, str]]:
    """Issued codes that are nowhere, those left out that left the house long ago."""
    rows = connection.execute(_MISSING, asked)
    while some := rows.fetchmany(AT_ONCE):
        gone = archived([epc for epc, why in some if why == UNSEEN])
        yield from ((epc, why) for epc, why in some if epc not in gone)


def _packed(connection: Connection, order: str, plan: Plan, index: int) -> tuple[int, int]:
    """(in closed containers, open) of one level."""
    one, level, outer = _counter(connection), plan.levels[index].level, plan.levels[1].level
    half = one("SELECT count(*) FROM work_stage WHERE work_order=? AND half_level=?"
               " AND EXISTS (SELECT 1 FROM half WHERE half.work_order = work_stage.work_order)", order, level)
    if index:
        packed = one("SELECT coalesce(sum(closed), 0) FROM work WHERE work_order=? AND level=?", order, level)
        here = one("SELECT count(*) FROM container WHERE work_order=? AND level=? AND (label<>'' OR expected<>'')",
                   order, level)
        return packed, here + half
    packed = one("SELECT coalesce(sum(children), 0) FROM work WHERE work_order=? AND level=?", order, outer)
    here = one("SELECT count(*) FROM collected JOIN container ON number = container WHERE work_order=? AND level=?",
               order, outer)
    here += one("SELECT count(*) FROM queue WHERE work_order=? AND epc<>'' AND state='good'", order)
    # A container that is filled up again holds what it held: those are not counted as packed while it is open.
    here += one("SELECT coalesce(sum(already), 0) FROM container WHERE work_order=? AND level=?", order, outer)
    return packed, here + half


def _counter(connection: Connection) -> Callable[..., int]:
    def one(query: str, *values: str) -> int:
        return int(connection.execute(query, values).fetchone()[0])

    return one
