"""The store: durable means both logs; what does not belong together is refused; readers never stand in the way."""
from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.decision import Alarmed, Opened, SignedIn, Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import DeviceState
from app.store import journal
from app.store.database import StoreRefused, open_reader, open_writer, sqlite3, transaction
from app.store.entry import Entry, decode, encode
from app.store.journal import JournalDamaged
from app.store.migrations import migrate
from app.store.store import Store
from tests.blackbox.shift import Shift

NOW = datetime(2027, 11, 30, 8, 0, tzinfo=UTC)


def entry(number: int, *changes: object) -> Entry:
    return Entry(NOW, "scan", "hand", "lina", (f"raw {number}".encode(),), ("]Q1",),
                 Verdict(Outcome.ACCEPTED, Reason.TAKEN, {"code": "x", "have": number}), changes)  # type: ignore[arg-type]


def committed(store: Store, *entries: Entry) -> None:
    store.begin()
    for each in entries:
        store.write(each)
    store.commit()


def test_an_entry_is_json_for_ever_and_comes_back_equal() -> None:
    whole = entry(7, SignedIn("lina"), Alarmed("stop", "wrong_batch", {"lot": "批次", "n": 3}, 2),
                  Opened(1, "WO1", "case", 24))
    assert decode(encode(whole)) == whole
    with pytest.raises(ValueError, match="version 2"):
        decode(encode(whole).replace(b'{"v":1', b'{"v":2'))
    for rubbish in (b"", b"{", b"[]", b'{"v":1}', encode(whole).replace(b"SignedIn", b"SignedUp")):
        with pytest.raises(ValueError):
            decode(rubbish)


def test_both_logs_have_it_when_commit_returns(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    committed(store, entry(1), entry(2, SignedIn("lina")))
    assert [decode(record.payload) for record in journal.read(tmp_path / "journal")] == [
        entry(1), entry(2, SignedIn("lina"))]
    reader = open_reader(tmp_path / "station.db")
    assert reader.execute("SELECT seq, raw, reason FROM entry").fetchall() == [
        (1, b"raw 1", "taken"), (2, b"raw 2", "taken")]
    assert store.session().operator == "lina"
    reader.close()
    store.close()


def test_a_group_that_is_rolled_back_leaves_nothing_in_either(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    store.begin()
    store.write(entry(1, SignedIn("lina")))
    assert store.next_seq() == 2
    store.rollback()
    assert store.next_seq() == 1 and store.session().operator == ""
    committed(store, entry(5))
    assert [record.seq for record in journal.read(tmp_path / "journal")] == [1]
    store.close()


def test_the_tables_keep_what_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    committed(store, entry(1))
    store.connection.execute(
        "INSERT INTO event(entry, event_id, schema_v, biz_step, at, body) VALUES (1,'e',1,'','','')")
    for table in ("entry", "event"):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            store.connection.execute(f"UPDATE {table} SET at='x'")
    store.close()


def test_settings_of_sqlite_are_what_durable_needs(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "station.db")
    read = {name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
    assert read == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    migrate(connection)
    connection.close()
    reader = open_reader(tmp_path / "station.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly|read-only"):
        reader.execute("INSERT INTO meta VALUES ('a', 'b')")
    reader.close()


def test_what_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"no database " * 100)
    with pytest.raises(StoreRefused, match="expected a SQLite database.*--rebuild"):
        Store(tmp_path / "station.db", tmp_path / "journal")
    with pytest.raises(StoreRefused, match="there is no station database"):
        open_reader(tmp_path / "other.db")


def test_a_database_of_a_later_program_is_refused(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "station.db")
    migrate(connection)
    connection.execute("INSERT INTO _sqlite_migrations SELECT max(id)+1, migration_set, 'of_the_future', applied_at"
                       " FROM _sqlite_migrations")
    connection.close()
    with pytest.raises(StoreRefused, match="of_the_future.*newer program"):
        Store(tmp_path / "station.db", tmp_path / "journal")


def test_a_journal_that_is_behind_the_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    committed(store, entry(1))
    size = journal.segments(tmp_path / "journal")[0].stat().st_size
    committed(store, entry(2))
    store.close()
    file = journal.segments(tmp_path / "journal")[0]
    data = file.read_bytes()
    for damaged in (data[:size], data[:-1], data[:-5] + b"x" + data[-4:]):
        file.write_bytes(damaged)
        with pytest.raises(JournalDamaged):
            Store(tmp_path / "station.db", tmp_path / "journal")
        assert file.read_bytes() == damaged
    file.write_bytes(data)
    Store(tmp_path / "station.db", tmp_path / "journal").close()


def test_a_journal_alone_gives_the_whole_state(tmp_path: Path) -> None:
    """A lost database is made anew by simply starting; progress is told."""
    (tmp_path / "shift").mkdir()
    shift = Shift(tmp_path / "shift")
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        scan m5 m6
    """)
    session, packing = shift.store.session(), shift.store.packing("WO1")
    shift.store.close()
    seen: list[tuple[int, int]] = []
    (shift.home / "station.db").unlink()
    store = Store(shift.home / "station.db", shift.home / "journal", lambda *done: seen.append(done))
    assert (store.replayed, seen) == (5, [(5, 5)])
    assert store.session() == session
    assert {state for (state,) in store.connection.execute("SELECT state FROM outbox")} == {"unknown"}
    assert packing and store.connection.execute("SELECT count(*) FROM collected").fetchone()[0] == 3
    store.close()


def test_reading_and_sending_beside_the_station_stand_in_nobodys_way(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    committed(store, entry(1))
    reader, sender = open_reader(tmp_path / "station.db"), open_writer(tmp_path / "station.db")
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM entry").fetchone() == (1,)
    store.begin()
    store.write(entry(2))
    waiting = threading.Thread(target=lambda: _remember(sender))
    waiting.start()
    store.commit()
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert reader.execute("SELECT count(*) FROM entry").fetchone() == (1,), "one moment, however long it is looked at"
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM entry").fetchone() == (2,)
    for connection in (reader, sender):
        connection.close()
    store.close()


def _remember(sender: object) -> None:
    with transaction(sender):
        sender.execute("INSERT INTO meta VALUES ('sent', '1')")  # type: ignore[attr-defined]


def test_device_states_are_kept_outside_the_journal(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    store.device_states([DeviceState("hand", "serial", "ready", "", NOW)])
    store.device_states([DeviceState("hand", "serial", "gone", "unplugged", NOW)])
    found = store.connection.execute("SELECT name, state, detail FROM device").fetchall()
    assert found == [("hand", "gone", "unplugged")]
    assert list(journal.read(tmp_path / "journal")) == []
    store.close()
