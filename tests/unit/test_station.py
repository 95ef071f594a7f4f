"""The engine: groups, the thread, what is told and when, and how it dies visibly."""
from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.reasons import Outcome, Reason
from app.messages import Command, Frame, MasterChanged, Notice, Published, Scan, Seen, StationFailed, Stop
from app.station import GROUP, Place, Station, Surroundings
from app.store.database import open_reader, transaction
from app.store.store import Store
from tests.blackbox.goods import BADGES, MASTER, SITE, code, epc
from tests.blackbox.shift import Shift

WAIT_S = 20.0


class Bench:
    """A station on its own thread, with a clock that only moves when it is told to."""

    def __init__(self, folder: Path, **place: Any) -> None:
        self.folder, self.seconds = folder, 0.0
        self.notices: queue.Queue[Notice] = queue.Queue()
        self.store = Store(folder / "station.db", folder / "journal")
        with transaction(self.store.connection):
            for kind, name, data in MASTER:
                self.store.catalogue.put(kind, name, data)
        self.ids = iter(range(1, 1 << 40))
        self.room = True
        around = Surroundings(self.now, lambda: self.seconds, self._id, lambda _hash, _pin: False, lambda: self.room)
        (folder / "crashes").mkdir()
        self.station = Station(self.store, Place("LINE-1", "Line 1", f"{SITE}/254/LINE-1", SITE, **place), around,
                               (self.notices.put,), folder / "crashes")

    def now(self) -> datetime:
        return datetime(2027, 11, 30, 8, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def _id(self, _at: datetime) -> str:
        return f"urn:uuid:01a9817f-b4b8-7000-8000-{next(self.ids):012x}"

    def scan(self, name: str) -> Scan:
        return Scan("hand", *code(name), self.now(), self.seconds)

    def told(self) -> Notice:
        return self.notices.get(timeout=WAIT_S)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_the_thread_takes_what_waits_and_ends_when_told(bench: Bench) -> None:
    bench.station.start()
    names = [f"%ST:BADGE:{BADGES['lina']}", "%ST:ORDER:WO2", *(f"m{n}" for n in range(1, 4))]
    for name in names:
        bench.station.inbox.put(bench.scan(name))
    found = [bench.told() for _ in names]
    assert [each.verdict.reason for each in found if isinstance(each, Published)] == [
        "signed_in", "command_taken", "taken", "taken", "taken"]
    assert [each.seq for each in found if isinstance(each, Published)] == [1, 2, 3, 4, 5]
    bench.station.inbox.put(bench.scan("m4"))
    bench.station.stop()
    last = bench.told()
    assert isinstance(last, Published) and last.verdict.reason == "scan_label", "what waits is done before the end"


def test_a_verdict_is_told_only_when_another_process_can_read_it(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    bench = Bench(tmp_path)
    reader = open_reader(tmp_path / "station.db")

    def look(notice: Notice) -> None:
        assert isinstance(notice, Published)
        seen.append((notice.seq, reader.execute("SELECT max(seq) FROM entry").fetchone()[0]))

    bench.station._listeners = (look,)
    bench.station.handle([bench.scan("x1"), bench.scan("x2")])
    bench.station.handle([bench.scan("x3")])
    assert seen == [(1, 2), (2, 2), (3, 3)]
    reader.close()
    bench.store.close()


def test_no_more_than_a_group_shares_a_commit(bench: Bench) -> None:
    for number in range(GROUP + 10):
        bench.station.inbox.put(bench.scan(f"x{number}"))
    assert len(bench.station._waiting()) == GROUP
    assert len(bench.station._waiting()) == 10


def test_a_bug_ends_the_station_visibly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks: a crash file, a notice to everybody, and nothing of the group in either log."""
    bench, hooked = Bench(tmp_path), threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: hooked.set())
    bench.station._readings = None                 # type: ignore[assignment]  # as good a bug as any
    bench.station.start()
    bench.station.inbox.put(bench.scan("m1"))
    failed = bench.told()
    assert isinstance(failed, StationFailed) and "AttributeError" in failed.text
    assert Path(failed.crash_file).read_text("utf-8") == failed.text
    assert Path(failed.crash_file).parent.name == "crashes"
    bench.station._thread.join(WAIT_S)
    assert hooked.wait(WAIT_S) and bench.store.journal.seq == 0 and not bench.store.connection.in_transaction
    bench.store.close()


def test_a_bug_is_told_even_where_no_crash_file_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)
    (tmp_path / "crashes").rmdir()
    bench.station._readings = None                 # type: ignore[assignment]
    bench.station.start()
    bench.station.inbox.put(bench.scan("m1"))
    failed = bench.told()
    assert isinstance(failed, StationFailed) and failed.crash_file == "" and "AttributeError" in failed.text
    bench.station._thread.join(WAIT_S)
    bench.store.close()


def test_new_master_data_is_used_at_once_and_open_work_stays(bench: Bench) -> None:
    handle = bench.station.handle
    handle([bench.scan(f"%ST:BADGE:{BADGES['lina']}"), bench.scan("%ST:ORDER:WO2"), bench.scan("m1")])
    rule = {"kind": "url", "level": "bottle", "product": "MILK", "pattern": r"https://elsewhere\.example/(?P<serial>\d)"}
    with transaction(bench.store.connection):
        bench.store.catalogue.put("rule", "new", rule)
    assert handle([bench.scan("x1")])[0].verdict.reason == "no_rule"
    assert handle([MasterChanged(bench.now())]) == []
    assert handle([bench.scan("x1")])[0].verdict.reason == "taken"
    view = bench.station.view()
    assert view.packing and view.packing.levels[0].have == 2 and view.alarm is None


def test_the_lock_counts_from_the_last_touch(bench: Bench) -> None:
    bench.station.handle([bench.scan(f"%ST:BADGE:{BADGES['lina']}")])
    bench.seconds = 599.0
    assert bench.station._idle() == []
    bench.station.handle([bench.scan("x1")])
    bench.seconds = 1198.0
    assert bench.station._idle() == []
    bench.seconds = 1199.0
    assert [each.name for each in bench.station._idle() if isinstance(each, Command)] == ["LOGOUT"]
    bench.station.handle(bench.station._idle())
    assert bench.station.view().operator == "" and bench.station._idle() == []


def test_a_disk_with_too_little_room_takes_no_new_work(bench: Bench) -> None:
    bench.room = False
    bench.seconds = 10.0
    assert bench.station.handle([bench.scan("x1")])[0].verdict.reason is Reason.DISK_FULL
    bench.room = True
    bench.seconds = 20.0
    assert bench.station.handle([bench.scan("x1")])[0].verdict.reason is Reason.SIGN_IN_FIRST
    assert bench.store.journal.seq == 1


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved on Windows")
def test_no_scan_is_green_once_the_journal_was_moved_away(bench: Bench) -> None:
    kept, moved = bench.store.journal.folder, bench.store.journal.folder.with_name("moved")
    assert bench.station.handle([bench.scan("x1")])[0].verdict.reason is Reason.SIGN_IN_FIRST
    kept.rename(moved)
    for _ in range(2):
        verdict = bench.station.handle([bench.scan("x2")])[0].verdict
        assert (verdict.outcome, verdict.reason) == (Outcome.STOP, Reason.JOURNAL_GONE)
        assert str(kept) in str(verdict.data["problem"])
    moved.rename(kept)
    assert bench.station.handle([bench.scan("x2")])[0].verdict.reason is Reason.SIGN_IN_FIRST
    assert bench.store.journal.seq == 2
    assert bench.store.connection.execute("SELECT count(*) FROM entry").fetchone()[0] == 2


def test_what_could_not_be_written_is_not_shown(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:WO1
        scan m1 m1
        do LOOKUP
        scan m1
        full journal
    """)
    before = shift.station.view()
    assert before.lookup == epc("m1")
    shift.play("together m2 m3 -> stop disk_full; stop disk_full")
    assert shift.station.view() == before
    shift.play("""
        free
        scan m2
    """)
    assert shift.station.view().lookup == epc("m2")
    shift.end()


def test_the_counts_of_an_order_outlive_the_program(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:WO1
        scan m1 m2 m1
        frame m3 m4 m4 c1
    """)
    counted = dict(shift.station.view().counts)
    assert counted["duplicate_in_container"] == 1 and counted["taken"] >= 2
    shift.kill()
    assert dict(shift.station.view().counts) == counted
    shift.play("do ORDER:FLAT1")
    assert shift.station.view().counts == ()
    shift.play("do ORDER:WO1")
    assert dict(shift.station.view().counts) == counted
    shift.end()


def test_what_was_read_is_shown_without_harm(bench: Bench) -> None:
    raws = [b"<b>bold</b>\x1b[2J", "批次\u202e".encode(), b"\xff\xfe", b"x" * 5000, b""]
    found = bench.station.handle([Scan("hand", raw, "", bench.now(), 0.0) for raw in raws])
    assert all(text.isprintable() and len(text) <= 300 for each in found for text in each.codes)
    kept = [raw for (raw,) in bench.store.connection.execute("SELECT raw FROM entry ORDER BY seq")]
    assert kept == raws, "kept as it came, byte for byte"


def test_took_ms_runs_from_the_last_byte(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    scan = shift._scan("x1")
    assert shift.handle(scan)[0].took_ms == 250.0
    shift.end()


def test_stop_alone_ends_an_idle_station(bench: Bench) -> None:
    bench.station.start()
    bench.station.inbox.put(Stop())
    bench.station._thread.join(WAIT_S)
    assert not bench.station._thread.is_alive()


def test_one_code_held_up_to_a_camera_is_a_scan_and_several_are_none(bench: Bench) -> None:
    def held(*names: str) -> Frame:
        seen = tuple(Seen(*code(name), ((x, 0.0), (x + 9.0, 0.0), (x + 9.0, 9.0), (x, 9.0)))
                     for x, name in zip((0.0, 50.0), names, strict=False))
        return Frame("webcam", seen, bench.now(), bench.seconds, 100, 100, single=True)

    bench.station.handle([bench.scan(f"%ST:BADGE:{BADGES['lina']}"), bench.scan("%ST:ORDER:WO2")])
    said = bench.station.handle([held("m1"), held("m2", "m3"), bench.scan("m2"), held("m2"), held("m3")])
    assert [(each.verdict.outcome, each.verdict.reason) for each in said] == [
        (Outcome.ACCEPTED, Reason.TAKEN), (Outcome.WARNING, Reason.SHOW_ONE), (Outcome.ACCEPTED, Reason.TAKEN),
        (Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER), (Outcome.ACCEPTED, Reason.TAKEN)]
    assert [each.view.packing and each.view.packing.packed for each in said] == [1, 1, 2, 2, 3]
    assert all(each.frame for each in said if each.source == "webcam"), "its picture is shown"
    ean = Seen(b"6901234567892", "]E0", ((70.0, 0.0), (90.0, 0.0), (90.0, 9.0), (70.0, 9.0)))
    beside = held("m4")
    told, = bench.station.handle([replace(beside, seen=(ean, *beside.seen))])
    assert told.verdict.reason is Reason.SCAN_LABEL, "the product's number beside it is no second object"
    signed, = bench.station.handle([held("%ST:LOGOUT")])
    assert signed.verdict.reason is Reason.SIGNED_OUT
