"""What a packing line keeps beside its objects: queue, print jobs, holds, pairs, and the arithmetic of its orders.

Plain prepared SQL on the writing connection; the caller holds the transaction. A change of another kind is a bug.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.domain.codes import identity
from app.domain.decision import (
    Change,
    Doubted,
    Ended,
    Entered,
    HalfRead,
    HeldBack,
    LabelDone,
    LabelOrdered,
    Left,
    Loosened,
    OrderState,
    Paired,
    Parked,
    QueueStopped,
    Returned,
)
from app.domain.facts import DIVERSION
from app.domain.packing.labels import SsccRange
from app.domain.packing.line_queue import Queue, kept
from app.domain.packing.row import GOOD, Slot
from app.store import left
from app.store.database import Connection
from app.store.paired import tie


def apply(connection: Connection, change: Change) -> None:
    """Writes one change."""
    run, many = connection.execute, connection.executemany
    match change:
        case Ended(epcs, status, fate, reason, order):
            many("UPDATE object SET status=?, fate=?, parent=NULL WHERE epc=?", ((status, fate, epc) for epc in epcs))
            many("INSERT OR REPLACE INTO ended(epc, work_order, level, fate, reason)"
                 " SELECT epc, ?, level, ?, ? FROM object WHERE epc=?", ((order, fate, reason, epc) for epc in epcs))
            many("DELETE FROM loose WHERE epc=?", ((epc,) for epc in epcs))
        case HeldBack(epcs, reason) if reason:
            # What two people have to let go stays so, whatever else it is held for.
            many("INSERT INTO held_back(epc, reason) VALUES (?,?) ON CONFLICT DO UPDATE SET reason=excluded.reason"
                 " WHERE reason<>?", ((epc, reason, DIVERSION) for epc in epcs))
        case HeldBack(epcs):
            many("DELETE FROM held_back WHERE epc=?", ((epc,) for epc in epcs))
        case HalfRead(order, level, role, epc) if epc:
            stage(connection, order, half_level=level)
            run("INSERT OR REPLACE INTO half(work_order, role, epc) VALUES (?,?,?)", (order, role, epc))
        case HalfRead(order):
            run("DELETE FROM half WHERE work_order=?", (order,))
        case Paired(epc, role, alias):
            tie(connection, epc, role, alias)
        case Parked(number, reason):
            run("UPDATE container SET parked=? WHERE number=?", (reason, number))
        case LabelOrdered(job, epc, level, _, number, reason, contents):
            run("INSERT INTO print_job(job, epc, level, container, reason, contents, state)"
                " VALUES (?,?,?,?,?,?,'ordered')", (job, epc, level, number, reason, contents))
            run("UPDATE container SET expected=?, job=? WHERE number=?", (epc, job, number))
        case LabelDone(job, outcome):
            run("UPDATE print_job SET state=? WHERE job=? AND state NOT IN ('confirmed', 'void')", (outcome, job))
            if outcome == "void":
                run("UPDATE container SET expected='', job=0 WHERE job=?", (job,))
        case Entered(order, number, epc, state, reason, trigger):
            newest = run("SELECT queue_next, queue_trigger FROM work_stage WHERE work_order=?",
                         (order,)).fetchone() or (1, 0)
            run("INSERT INTO queue(work_order, number, epc, state, reason, trigger_number, doubtful)"
                " VALUES (?,?,?,?,?,?,0) ON CONFLICT DO UPDATE SET epc=excluded.epc, state=excluded.state,"
                " reason=excluded.reason, trigger_number=excluded.trigger_number",
                (order, number, epc, state, reason, trigger))
            if number >= newest[0]:
                counted = {"queue_trigger": trigger, **({"queue_since": number} if trigger <= newest[1] else {})}
                stage(connection, order, queue_next=number + 1, **(counted if trigger else {}))
            if epc and state == GOOD:        # a bad bottle's code is where it was: in another case, in nothing
                bound(connection, (epc,))
        case Left(order, numbers, why, container, cycle):
            if cycle:
                stage(connection, order, queue_cycle=cycle)
            left.keep(connection, order, numbers, why, container)
        case Doubted(order, numbers, doubtful):
            many("UPDATE queue SET doubtful=? WHERE work_order=? AND number=?",
                 ((int(doubtful), order, number) for number in numbers))
        case QueueStopped(order, why):
            stage(connection, order, queue_stopped=why)
            if not why:
                first = run("SELECT min(number) FROM queue WHERE work_order=?", (order,)).fetchone()[0]
                after = run("SELECT queue_next FROM work_stage WHERE work_order=?", (order,)).fetchone()[0]
                stage(connection, order, queue_proven=first or after)
        case Loosened(order, level, epcs, why) if why:
            many("INSERT OR REPLACE INTO loose(epc, work_order, level, why) VALUES (?,?,?,?)",
                 ((epc, order, level, why) for epc in epcs))
        case Loosened(_, _, epcs):
            bound(connection, epcs)
        case Returned(order, level, epcs, reason):
            many("INSERT OR REPLACE INTO ended(epc, work_order, level, fate, reason) VALUES (?,?,?,'returned',?)",
                 ((epc, order, level, reason) for epc in epcs))
            many("DELETE FROM loose WHERE epc=?", ((epc,) for epc in epcs))
        case OrderState(order, now, reason):
            stage(connection, order, stage=now, reason=reason)
            if now == "closed":
                left.forget(connection, order)
        case _:
            raise AssertionError(f"no table for {type(change).__name__}")


def facts(connection: Connection, epcs: Iterable[str]) -> dict[str, Any]:
    """What the line's tables know of these EPCs, as fields of Facts."""
    wanted = list(epcs)
    held = {row[0] for epc in wanted for row in connection.execute("SELECT epc FROM held_back WHERE epc=?", (epc,))}
    queued = {epc: row for epc in wanted for row in connection.execute(
        "SELECT number, work_order FROM queue WHERE epc=? AND epc<>'' AND state='good'", (epc,))}
    jobs = {epc: row[0] for epc in wanted for row in connection.execute(
        "SELECT job FROM print_job WHERE epc=? AND state IN ('ordered', 'printed', 'failed') ORDER BY job", (epc,))}
    return {"held_here": frozenset(held), "queued": {epc: number for epc, (number, _) in queued.items()},
            "queue_of": {epc: order for epc, (_, order) in queued.items()}, "jobs": jobs}


def queue(connection: Connection, order: str) -> Queue:
    """The order's in-line queue as it stands."""
    stopped, following, trigger, cycle, since, proven = connection.execute(
        "SELECT queue_stopped, queue_next, queue_trigger, queue_cycle, queue_since, queue_proven FROM work_stage"
        " WHERE work_order=?", (order,)).fetchone() or ("", 1, 0, 0, 0, 0)
    slots = (Slot(number, epc, state, reason, at, bool(doubtful)) for number, epc, state, reason, at, doubtful
             in connection.execute("SELECT number, epc, state, reason, trigger_number, doubtful FROM queue"
                                   " WHERE work_order=? ORDER BY number", (order,)))
    return kept(order, slots, stopped, following, trigger, cycle, left.newest(connection, order), since, proven)


def next_serial(connection: Connection, numbers: SsccRange) -> int:
    """The first number of the range after all that were ever printed, that names nothing yet. Beyond `last`: none."""
    head = identity.sscc(numbers.prefix)
    newest = connection.execute("SELECT max(epc) FROM print_job WHERE epc BETWEEN ? AND ?", (
        f"{head}{numbers.first:0{numbers.width}d}", f"{head}{numbers.last:0{numbers.width}d}:")).fetchone()[0]
    serial = int(newest[len(head):-1]) + 1 if newest else numbers.first
    while serial <= numbers.last and connection.execute(
            "SELECT 1 FROM object WHERE epc=?", (identity.sscc(numbers.sscc(serial)),)).fetchone():
        serial += 1
    return serial


def bound(connection: Connection, epcs: Iterable[str]) -> None:
    """Codes that are in something again: not loose any more, nor given back unused."""
    each = [(epc,) for epc in epcs]
    connection.executemany("DELETE FROM loose WHERE epc=?", each)
    connection.executemany("DELETE FROM ended WHERE epc=? AND fate='returned'", each)


def stage(connection: Connection, order: str, **values: str | int) -> None:
    """Keeps words about an order's life here."""
    connection.execute("INSERT OR IGNORE INTO work_stage(work_order, stage, reason, half_level, last_closed,"
                       " queue_stopped, queue_next, queue_trigger, queue_cycle)"
                       " VALUES (?, 'open', '', '', '', '', 1, 0, 0)", (order,))
    for name, value in values.items():
        connection.execute(f"UPDATE work_stage SET {name}=? WHERE work_order=?", (value, order))   # names are ours
