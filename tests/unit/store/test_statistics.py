"""The line page's sums: what counts as what, and that every answer is the one that counting by hand gives."""
from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from app.domain.decision import Change, Closed, Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.store import statistics, tally
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_writer
from app.store.entry import Entry
from app.store.migrations import migrate
from app.store.reader import Reader
from app.store.rows import columns
from tests.blackbox.goods import MASTER, code
from tests.blackbox.shift import Shift

NOW = datetime(2027, 11, 30, 10, 42, 7, tzinfo=UTC)
GOOD = Verdict(Outcome.ACCEPTED, Reason.TAKEN)


class Line:
    """A database with master data, and entries put in as the station does: by hand, so that any moment can be had."""

    def __init__(self, path: Path) -> None:
        self.path, self.seq = path, 0
        self.db: Connection = open_writer(path)
        self.db.execute("PRAGMA synchronous=OFF")        # a test's power never fails
        migrate(self.db)
        for kind, name, data in MASTER:
            Catalogue(self.db).put(kind, name, data)

    def add(self, verdict: Verdict, back: timedelta = timedelta(0), *, kind: str = "scan", order: str = "WO1",
            shift: str = "A", changes: tuple[Change, ...] = (), raws: tuple[bytes, ...] = (b"x",),
            source: str = "cam", times: int = 1) -> int:
        for _ in range(times):
            self.seq += 1
            entry = Entry(NOW - back, kind, source, "lina", raws, (), verdict, changes, (), (), order, shift)
            self.db.execute(
                "INSERT INTO entry(seq, at, kind, source, operator, raw, aim, outcome, reason, data, work_order, shift)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", (self.seq, *columns(entry)))
            tally.count(self.db, self.seq, entry)
        return self.seq

    def looks(self, cell: int, read: int, unread: int, hours_back: int = 0, order: str = "WO1",
              source: str = "cam") -> None:
        hour = (NOW - timedelta(hours=hours_back)).isoformat()[:13]
        self.db.execute("INSERT INTO cell_count(work_order, source, cell, hour, read, unread) VALUES (?,?,?,?,?,?)",
                        (order, source, cell, hour, read, unread))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path / "station.db")
    yield made
    made.db.close()


@pytest.fixture
def reader(line: Line) -> Iterator[Reader]:
    made = Reader(line.path, lambda: "zh_CN")
    yield made
    made.close()


def mark(reason: Reason, index: int = 0, outcome: Outcome = Outcome.REJECTED, cell: int = -1) -> Mark:
    return Mark(index, outcome, reason, cell=cell)


def entry(kind: str, verdict: Verdict) -> Entry:
    return Entry(NOW, kind, "cam", "lina", (b"x",), (), verdict)


# --- what counts as what ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("outcome", "reason", "kind"), [
    (Outcome.ACCEPTED, Reason.TAKEN, "good"), (Outcome.COMPLETE, Reason.SCAN_LABEL, "good"),
    (Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, "good"), (Outcome.ACCEPTED, Reason.QUEUED, "good"),
    (Outcome.REJECTED, Reason.UNREADABLE, "no_read"), (Outcome.REJECTED, Reason.TIMED_OUT, "no_read"),
    (Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, "duplicate"),
    (Outcome.WARNING, Reason.PACKED_BEFORE, "duplicate"),
    (Outcome.REJECTED, Reason.WRONG_BATCH, "wrong"), (Outcome.STOP, Reason.WRONG_BATCH, "wrong"),
    (Outcome.REJECTED, Reason.NOT_ISSUED, "wrong"), (Outcome.REJECTED, Reason.NO_RULE, "wrong"),
    (Outcome.ACCEPTED, Reason.LOOKED_UP, ""), (Outcome.COMMAND, Reason.COMMAND_TAKEN, ""),
    (Outcome.REJECTED, Reason.SIGN_IN_FIRST, ""), (Outcome.REJECTED, Reason.UNKNOWN_BADGE, ""),
    (Outcome.ACCEPTED, Reason.REMOVED, ""),
])
def test_one_scan_is_one_code_of_its_kind(outcome: Outcome, reason: Reason, kind: str) -> None:
    assert dict(tally.counts(entry("scan", Verdict(outcome, reason)))) == ({(kind, str(reason)): 1} if kind else {})
    assert not tally.counts(entry("command", Verdict(outcome, reason)))


def test_a_picture_counts_each_of_its_codes() -> None:
    marks = tuple(mark(Reason.TAKEN, at, Outcome.ACCEPTED) for at in range(22))
    short = Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"unread": 2}, marks)
    assert dict(tally.counts(entry("frame", short))) == {("good", "taken"): 22, ("no_read", "unreadable"): 2}
    told = Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"unread": 2},
                   (*marks, mark(Reason.UNREADABLE, -1, cell=3), mark(Reason.UNREADABLE, -1, cell=17)))
    assert tally.counts(entry("frame", told)) == tally.counts(entry("frame", short))


def test_a_picture_with_something_wrong_takes_nothing() -> None:
    wrong = Verdict(Outcome.REJECTED, Reason.WRONG_BATCH, {}, (mark(Reason.WRONG_BATCH), mark(
        Reason.DUPLICATE_IN_FRAME, 3, Outcome.DUPLICATE)))
    assert dict(tally.counts(entry("frame", wrong))) == {
        ("wrong", "wrong_batch"): 1, ("duplicate", "duplicate_in_frame"): 1}
    crowd = Verdict(Outcome.REJECTED, Reason.CONTAINER_FULL, {}, tuple(
        mark(Reason.CONTAINER_FULL, at) for at in range(24)))
    assert dict(tally.counts(entry("frame", crowd))) == {("wrong", "container_full"): 1}


def test_the_same_case_shown_again_counts_nothing() -> None:
    again = Verdict(Outcome.COMPLETE, Reason.SCAN_LABEL, {}, tuple(
        mark(Reason.DUPLICATE_IN_CONTAINER, at, Outcome.DUPLICATE) for at in range(24)))
    assert not tally.counts(entry("frame", again))


def test_a_trigger_without_a_code_is_a_no_read() -> None:
    assert dict(tally.counts(entry("frame", Verdict(Outcome.REJECTED, Reason.UNREADABLE, {"unread": 1})))) == {
        ("no_read", "unreadable"): 1}
    assert dict(tally.counts(entry("frame", Verdict(Outcome.REJECTED, Reason.TIMED_OUT)))) == {
        ("no_read", "timed_out"): 1}


# --- sums ---------------------------------------------------------------------------------------------------------
def test_by_hour_has_the_empty_hours_too(line: Line, reader: Reader) -> None:
    line.add(GOOD, times=5)
    line.add(Verdict(Outcome.REJECTED, Reason.UNREADABLE), timedelta(hours=2), times=2)
    line.add(GOOD, timedelta(hours=30))
    found = reader.by_hour(NOW, 4)
    assert [each.start.hour for each in found] == [7, 8, 9, 10]
    assert [(each.good, each.no_read, each.bad) for each in found] == [(0, 0, 0), (0, 2, 2), (0, 0, 0), (5, 0, 0)]
    assert found[0].read_rate is None and found[1].read_rate == 0 and found[3].read_rate == 1


def test_hours_are_those_of_utc_whatever_clock_a_device_has(line: Line, reader: Reader) -> None:
    here = Entry(NOW.astimezone(timezone(timedelta(hours=8))), "scan", "s", "lina", (b"x",), (), GOOD)
    tally.count(line.db, 1, here)
    assert reader.by_hour(NOW, 1)[0].good == 1


def test_shifts_of_one_name_on_two_days_are_two(line: Line, reader: Reader) -> None:
    for day in (1, 0):
        for hour in range(7, -1, -1):
            line.add(GOOD, timedelta(days=day, hours=hour), shift="A")
    line.add(Verdict(Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER), timedelta(hours=15), shift="B")
    line.add(GOOD, timedelta(days=8), shift="A")                     # out of the week
    found = reader.by_shift(NOW)
    assert [(each.name, each.good, each.duplicate) for each in found] == [("A", 8, 0), ("B", 0, 1), ("A", 8, 0)]
    assert found[-1].start == NOW.replace(hour=3, minute=0, second=0)


def test_orders_keep_their_place_over_a_night(line: Line, reader: Reader) -> None:
    line.add(GOOD, timedelta(hours=30), order="WO0")
    line.add(GOOD, timedelta(hours=20), order="WO1", times=2)
    line.add(GOOD, order="WO1")
    line.add(Verdict(Outcome.REJECTED, Reason.NO_RULE), order="")
    assert [(each.name, each.good) for each in reader.by_order(NOW)] == [("WO0", 1), ("WO1", 3)]


def test_causes_the_commonest_first(line: Line, reader: Reader) -> None:
    line.add(Verdict(Outcome.REJECTED, Reason.UNREADABLE), times=3)
    line.add(Verdict(Outcome.REJECTED, Reason.WRONG_BATCH), times=5, order="WO2")
    line.add(GOOD, times=50)
    line.add(Verdict(Outcome.REJECTED, Reason.WRONG_BATCH), timedelta(days=2))
    since = NOW - timedelta(hours=8)
    assert [(each.kind, each.reason, each.count) for each in reader.pareto(since)] == [
        ("wrong", "wrong_batch", 5), ("no_read", "unreadable", 3)]
    assert [each.reason for each in reader.pareto(since, "WO1")] == ["unreadable"]


# --- pace and stops -----------------------------------------------------------------------------------------------
def closing(line: Line, back: timedelta, level: str = "case", order: str = "WO1") -> None:
    line.add(Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE), back, order=order,
             changes=(Closed(1, order, level),))


def test_the_pace_of_five_minutes_and_the_time_that_is_left(line: Line, reader: Reader) -> None:
    for seconds in range(0, 3600, 10):                               # six cases of four a minute, for an hour
        closing(line, timedelta(seconds=seconds))
    closing(line, timedelta(seconds=5), "pallet")                    # pallets are no cases
    line.db.execute("INSERT INTO work(work_order, level, closed, children) VALUES ('WO1', 'case', 4, 16)")
    now = reader.line_now("WO1", NOW)
    planned = Catalogue(line.db).order("WO1").planned                # type: ignore[union-attr]
    assert now.per_minute == pytest.approx(6, abs=0.3)
    assert now.left_min == pytest.approx((planned - 16) / 24, rel=0.05)
    assert (now.planned, now.packed, now.product_name, now.stops) == (planned, 16, "牛奶", ())
    assert sum(now.cases) == 360 and now.cases[-30] == 6 and now.cases[:100] == (0,) * 100
    assert reader.line_now("", NOW).order == "WO1"


def test_a_line_that_has_just_begun_is_not_slow(line: Line, reader: Reader) -> None:
    for seconds in range(0, 120, 10):
        closing(line, timedelta(seconds=seconds))
    assert reader.line_now("WO1", NOW).per_minute == pytest.approx(6, rel=0.1)


def test_stops_are_gaps_between_closings_and_the_one_that_lasts(line: Line, reader: Reader) -> None:
    for minutes in (60, 59, 40, 39, 38.8, 12):
        closing(line, timedelta(minutes=minutes))
    now = reader.line_now("WO1", NOW)
    assert [(round(start), round(end)) for start, end in now.stops] == [(59, 40), (39, 12), (12, 0)]
    assert round(now.stopped_min) == 12
    closing(line, timedelta(seconds=4))
    now = reader.line_now("WO1", NOW)
    assert now.stopped_min == 0 and len(now.stops) == 3
    assert len(reader.line_now("WO1", NOW, stop_s=1500).stops) == 1


def test_a_line_that_never_ran(reader: Reader) -> None:
    now = reader.line_now("", NOW)
    assert (now.order, now.per_minute, now.stops, now.stopped_min, now.shift) == ("", 0, (), 0, None)
    assert reader.cells("") is None and reader.pareto(NOW - timedelta(days=1)) == ()


# --- cells --------------------------------------------------------------------------------------------------------
def test_cells_of_the_busiest_reader_and_the_one_that_drifts(line: Line, reader: Reader) -> None:
    for cell in range(4):
        line.looks(cell, 20_000, 40, hours_back=9)
        line.looks(cell, 700, 2 if cell != 2 else 30, hours_back=0)
        line.looks(cell, 3, 0, source="hand")
    line.add(GOOD)
    found = reader.cells("WO1")
    assert found is not None
    assert (found.source, found.order, found.rows, found.columns) == ("cam", "WO1", 2, 2)
    assert [each.drift != "" for each in found.cells] == [False, False, True, False]
    assert (found.cells[2].read, found.cells[2].unread) == (20_700, 70)
    assert (found.cells[2].recent_read, found.cells[2].recent_unread) == (700, 30)
    assert reader.cells("") == found


def test_why_a_cell_was_not_read_is_counted_over_all_that_is_recent(line: Line, reader: Reader) -> None:
    """Not over the newest fifty pictures alone: these may show one bad minute."""
    def unread(why: str) -> Verdict:
        return Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"unread_cells": "2 3", "why": f"2:{why} 3:damage"},
                       (mark(Reason.UNREADABLE, -1, cell=2), mark(Reason.UNREADABLE, -1, cell=3)))

    for cell in range(4):
        line.looks(cell, 20_000, 40, hours_back=9)
        line.looks(cell, 700, 2 if cell != 2 else 30, hours_back=0)
    line.add(unread("no_code"), timedelta(hours=9), kind="frame")
    for _ in range(60):
        line.add(unread("blur"), timedelta(minutes=2), kind="frame")
    for _ in range(55):
        line.add(unread("glare"), timedelta(minutes=1), kind="frame")
    found = reader.cells("WO1")
    assert found is not None
    assert found.cells[2].why == (("blur", 60), ("glare", 55)) and found.cells[3].why == (("damage", 115),)
    assert found.cells[2].drift and found.cells[1].why == ()


def test_the_newest_picture_tells_the_shape_of_the_case(line: Line, reader: Reader) -> None:
    for cell in range(24):
        line.looks(cell, 100, 0)
    verdict = Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"grid": "3x8", "unread_cells": "5"},
                      (mark(Reason.UNREADABLE, -1, cell=5),))
    found = reader.cells("WO1")
    assert found is not None and (found.rows, found.columns) == (4, 6)
    line.add(verdict, kind="frame")
    found = reader.cells("WO1")
    assert found is not None and (found.rows, found.columns) == (3, 8)


# --- what lies behind ---------------------------------------------------------------------------------------------
def test_the_entries_behind_a_cause_newest_first(line: Line, reader: Reader) -> None:
    wrong = Verdict(Outcome.REJECTED, Reason.WRONG_BATCH, {"code": "https://x/1"})
    first = line.add(wrong, timedelta(minutes=3), raws=(b"old \xff\x1d",))
    line.add(GOOD)
    last = line.add(wrong, timedelta(minutes=1), kind="frame", raws=(b"a", b"b"))
    mixed = Verdict(Outcome.WARNING, Reason.DUPLICATE_IN_FRAME, {}, (mark(Reason.WRONG_BATCH), mark(
        Reason.DUPLICATE_IN_FRAME, 1, Outcome.DUPLICATE)))
    hidden = line.add(mixed, kind="frame", raws=(b"[not json",))
    found = reader.refused("wrong_batch")
    assert [row.seq for row in found] == [hidden, last, first]
    assert [row.code for row in found] == ["", "https://x/1", "https://x/1"]
    assert [row.raws for row in found] == [("[not json",), ("a", "b"), ("old \\xff\x1d",)]
    assert found[1].at == NOW - timedelta(minutes=1) and found[1].order == "WO1" and found[1].operator == "李娜 (lina)"
    assert [row.seq for row in reader.refused("wrong_batch", before=last)] == [first]
    assert [row.seq for row in reader.refused("wrong_batch", limit=1)] == [hidden]


def test_the_pictures_on_which_a_cell_was_not_read(line: Line, reader: Reader) -> None:
    def unread(*cells: int) -> Verdict:
        return Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT,
                       {"unread": len(cells), "unread_cells": " ".join(map(str, cells))},
                       tuple(mark(Reason.UNREADABLE, -1, cell=cell) for cell in cells))
    one, two = line.add(unread(3, 17), kind="frame"), line.add(unread(17), kind="frame", order="WO2")
    assert [row.seq for row in reader.no_reads(17)] == [two, one]
    assert [row.seq for row in reader.no_reads(17, "WO1")] == [one]
    assert [row.cells for row in reader.no_reads(3)] == [(3, 17)]
    assert reader.no_reads(4) == ()
    assert reader.picture(reader.no_reads(3)[0]) is None


def test_a_real_shift_leaves_its_sums_and_a_rebuilt_database_has_the_same(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:WO1
        do START
        frame m1 m2 m3 unread=1
        frame m1 m2 m3 m4 c1
        frame m5 m6 j1 m7
        do CONFIRM
        scan m5
        scan m5
        scan x1
    """)
    reader = Reader(shift.home / "station.db", lambda: "zh_CN")
    hour = reader.by_hour(shift.now(), 2)[-1]
    assert (hour.good, hour.no_read, hour.duplicate, hour.wrong) == (6, 1, 1, 2)
    assert reader.line_now("WO1", shift.now()).cases[-1] == 1
    assert [each.reason for each in reader.pareto(hour.start)][0] == "duplicate_in_container"
    assert reader.refused("unreadable")[0].raws == tuple(code(name)[0].decode() for name in ("m1", "m2", "m3"))
    reader.close()
    shift.end()              # made anew from the journal: the same tables


def test_sums_are_the_same_as_counting_the_entries(line: Line) -> None:
    """Nothing is lost on the way: what `tally` holds is what the entries say."""
    kinds: Sequence[Verdict] = (GOOD, Verdict(Outcome.REJECTED, Reason.UNREADABLE),
                                Verdict(Outcome.REJECTED, Reason.NOT_ISSUED))
    for at in range(300):
        line.add(kinds[at % 7 % 3], timedelta(minutes=5 * at), order=f"WO{at % 2}", shift="AB"[at // 90 % 2])
    by_hand = line.db.execute(
        "SELECT reason, count(*) FROM entry GROUP BY reason ORDER BY reason").fetchall()
    assert line.db.execute("SELECT reason, sum(count) FROM tally GROUP BY reason ORDER BY reason").fetchall() == by_hand
    week = statistics.by_order(line.db, NOW)
    assert sum(each.good + each.bad for each in week) == 300
    assert json.loads(msgspec.json.encode(week[0]))["good"] > 0
