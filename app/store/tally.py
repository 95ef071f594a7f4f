"""Sums that the line page reads, kept entry by entry: what was good and what was not, containers closed, cells unread.

A week has a million entries, its sums a few thousand rows. They are written in the entry's own transaction and again
when the journal is replayed, so they always agree with it. Reading them is `app.store.statistics`.
"""
from __future__ import annotations

from collections import Counter
from datetime import UTC

from app.domain.decision import Closed, Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.store.database import Connection
from app.store.entry import Entry

SLOT_S = 10          # containers closed are kept by so many seconds: fine enough to see a stop of half a minute

# For the migration step "line". `hour` is UTC, "2027-11-30T02"; `slot` is seconds since 1970 over SLOT_S.
SCHEMA = """
CREATE TABLE tally(hour TEXT NOT NULL, shift TEXT NOT NULL, work_order TEXT NOT NULL, kind TEXT NOT NULL,
    reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(hour, shift, work_order, kind, reason)) WITHOUT ROWID;
CREATE TABLE pace(slot INTEGER NOT NULL, work_order TEXT NOT NULL, level TEXT NOT NULL, closed INTEGER NOT NULL,
    PRIMARY KEY(slot, work_order, level)) WITHOUT ROWID;
CREATE TABLE refusal(reason TEXT NOT NULL, seq INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY(reason, seq)) WITHOUT ROWID;
CREATE TABLE unread_cell(cell INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(cell, seq)) WITHOUT ROWID;
"""

GOOD, NO_READ, DUPLICATE, WRONG = KINDS = ("good", "no_read", "duplicate", "wrong")
_TAKEN = frozenset({
    Reason.TAKEN, Reason.CONTAINER_COMPLETE, Reason.CONTAINER_SHORT, Reason.SCAN_LABEL, Reason.LABELLED,
    Reason.LABEL_ORDERED, Reason.HALF_READ, Reason.QUEUED, Reason.RECEIVED, Reason.SHIPPED, Reason.LINE_DONE,
    Reason.DOCUMENT_DONE})
_UNREAD = frozenset({Reason.UNREADABLE, Reason.TIMED_OUT})
_AGAIN = frozenset({
    Reason.DUPLICATE_IN_FRAME, Reason.DUPLICATE_IN_CONTAINER, Reason.PACKED_BEFORE, Reason.PAIRED_BEFORE,
    Reason.ON_THE_BELT, Reason.LABEL_USED, Reason.ALREADY_ON_DOCUMENT, Reason.ALREADY_SHIPPED})
_MISFIT = frozenset({
    Reason.EMPTY, Reason.TOO_LONG, Reason.CONTROL_CHARACTERS, Reason.NOT_TEXT, Reason.NO_RULE, Reason.BAD_CHECK_DIGIT,
    Reason.SERIAL_WITHOUT_GTIN, Reason.NO_SERIAL, Reason.BAD_SYNTAX, Reason.UNKNOWN_PRODUCT, Reason.WRONG_PRODUCT,
    Reason.WRONG_BATCH, Reason.WRONG_LEVEL, Reason.NOT_ISSUED, Reason.ON_HOLD, Reason.END_OF_LIFE, Reason.NOT_PAIRED,
    Reason.PAIR_MISMATCH, Reason.LABEL_SWAPPED, Reason.LABEL_SKIPPED, Reason.CONTAINER_FULL, Reason.CONTAINER_SHORT,
    Reason.CONTAINER_EMPTY, Reason.ORDER_FULL, Reason.NOT_ON_DOCUMENT, Reason.SURPLUS, Reason.UNKNOWN_OBJECT,
    Reason.NOT_HERE, Reason.INSIDE_PARENT, Reason.EMPTY_CONTAINER})
# Said of a whole picture, whatever number of codes is on it.
_OF_THE_CASE = frozenset({Reason.CONTAINER_FULL, Reason.CONTAINER_SHORT, Reason.ORDER_FULL, Reason.LABEL_USED})


def count(connection: Connection, seq: int, entry: Entry) -> None:
    """Adds what this entry was to the sums; the caller holds the transaction."""
    at = entry.at.astimezone(UTC)
    found = counts(entry)
    if found:
        hour = at.isoformat()[:13]
        connection.executemany(
            "INSERT INTO tally(hour, shift, work_order, kind, reason, count) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET count=count+excluded.count",
            ((hour, entry.shift, entry.order, kind, reason, number) for (kind, reason), number in found.items()))
        refused = [(reason, seq, number) for (kind, reason), number in found.items() if kind != GOOD]
        if refused:
            connection.executemany("INSERT OR REPLACE INTO refusal(reason, seq, count) VALUES (?,?,?)", refused)
    closed = Counter((change.order, change.level) for change in entry.changes if isinstance(change, Closed))
    if closed:
        slot = int(at.timestamp()) // SLOT_S
        connection.executemany(
            "INSERT INTO pace(slot, work_order, level, closed) VALUES (?,?,?,?)"
            " ON CONFLICT DO UPDATE SET closed=closed+excluded.closed",
            ((slot, order, level, number) for (order, level), number in closed.items()))
    unread = {mark.cell for mark in entry.verdict.marks if mark.cell >= 0 and _unread(mark)}
    if unread:
        connection.executemany("INSERT OR IGNORE INTO unread_cell(cell, seq) VALUES (?,?)",
                               ((cell, seq) for cell in unread))


def counts(entry: Entry) -> Counter[tuple[str, str]]:
    """(kind, reason) of each code of this entry. Commands, people and rework are no codes of the line."""
    verdict, found = entry.verdict, Counter[tuple[str, str]]()
    if entry.kind == "scan":
        kind = _kind(verdict.outcome, verdict.reason)
        if kind:
            found[kind, str(verdict.reason)] = 1
        return found
    if entry.kind != "frame":
        return found
    of_the_case: set[Reason] = set()
    for mark in verdict.marks:
        # The same case shown once more, because it waits for its label, is no double.
        kind = NO_READ if _unread(mark) else _kind(mark.outcome, mark.reason)
        if not kind or mark.reason is Reason.DUPLICATE_IN_CONTAINER or mark.reason in of_the_case:
            continue
        if kind != GOOD and mark.reason in _OF_THE_CASE:
            of_the_case.add(mark.reason)
        found[kind, str(mark.reason if kind != NO_READ or mark.reason in _UNREAD else Reason.UNREADABLE)] += 1
    if not any(kind == NO_READ for kind, _ in found):
        missed = _missed(verdict)
        if missed:
            reason = verdict.reason if verdict.reason in _UNREAD else Reason.UNREADABLE
            found[NO_READ, str(reason)] = missed
    if not found:
        kind = _kind(verdict.outcome, verdict.reason)
        if kind in (DUPLICATE, WRONG) and verdict.reason is not Reason.DUPLICATE_IN_CONTAINER:
            found[kind, str(verdict.reason)] = 1
    return found


def _unread(mark: Mark) -> bool:
    return mark.index < 0 or mark.reason in _UNREAD


def _missed(verdict: Verdict) -> int:
    """Places that were not read, of a picture whose marks do not say."""
    unread = verdict.data.get("unread", 0)
    return max(unread if isinstance(unread, int) else 0, int(verdict.reason in _UNREAD))


def _kind(outcome: Outcome, reason: Reason) -> str:
    if reason in _UNREAD:
        return NO_READ
    if outcome.good:
        return GOOD if reason in _TAKEN else ""
    if reason in _AGAIN:
        return DUPLICATE
    return WRONG if reason in _MISFIT else ""
