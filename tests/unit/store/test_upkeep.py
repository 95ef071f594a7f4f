"""Verify finds any damage; backups of a working station come back whole; rebuilding loses nothing; kills neither."""
from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from app.domain.events import Event
from app.store import backup, journal, swap, upkeep
from app.store.backup import MANIFEST, restore
from app.store.database import open_reader, open_writer, sqlite3, transaction
from app.store.journal import JournalDamaged
from app.store.store import Store
from app.store.upkeep import UpkeepRefused, rebuild, verify
from app.words import LANGUAGES, Words
from tests.blackbox.goods import MASTER
from tests.blackbox.shift import Shift

NOW = datetime(2027, 12, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
WORK = """
    badge lina
    do RECEIVE
    scan p900
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    scan m9 m10
    do UNPACK:WRONG
    scan c1
"""
MORE = "frame m1 m2 m3 m4 c1"


class Home:
    """A shift's files, closed, for looking at and damaging."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database, self.journal, self.settings = folder / "station.db", folder / "journal", folder / "station.toml"

    def words(self, deep: bool | None = True) -> list[str]:
        return [finding.word for finding in verify(self.database, self.journal, deep=deep)]

    def events(self) -> list[Event]:
        connection = open_reader(self.database)
        try:
            return [msgspec.json.decode(body, type=Event)
                    for (body,) in connection.execute("SELECT body FROM event ORDER BY id")]
        finally:
            connection.close()

    def states(self) -> list[str]:
        connection = open_reader(self.database)
        try:
            return [state for (state,) in connection.execute("SELECT state FROM outbox ORDER BY event")]
        finally:
            connection.close()

    def write(self, *statements: str) -> None:
        connection = sqlite3.connect(str(self.database), isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def copy(self, to: Path) -> Home:
        return Home(Path(shutil.copytree(self.folder, to)))


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    (tmp_path / "shift").mkdir()
    made = Shift(tmp_path / "shift")
    made.play(WORK)
    yield made
    made.store.close()


@pytest.fixture
def home(shift: Shift) -> Home:
    shift.store.close()
    return Home(shift.home)


@pytest.fixture
def more(tmp_path: Path) -> Home:
    """The same station one case later; its backup of before is at tmp_path/backups."""
    (tmp_path / "more").mkdir()
    made = Shift(tmp_path / "more")
    made.seconds, made.ids = 3600.0, 5000          # another station, whatever it scanned
    made.play(WORK)
    (made.home / "station.toml").write_text('[station]\nname = "工位"\n', "utf-8")
    backup.backup(made.home / "station.db", made.home / "journal", tmp_path / "backups", now=NOW,
                  settings=made.home / "station.toml")
    made.play(MORE)
    made.end()
    return Home(made.home)


def made_backup(tmp_path: Path) -> Path:
    return next((tmp_path / "backups").iterdir())


# --- verify -------------------------------------------------------------------------------------------------------
def test_a_whole_store_beside_the_working_station(shift: Shift) -> None:
    seen: list[tuple[int, int]] = []
    home = Home(shift.home)
    found = list(verify(home.database, home.journal, deep=True, progress=lambda *done: seen.append(done)))
    entries = shift.published[-1].seq
    assert [each.word for each in found] == ["whole"]
    assert found[0].data == {"entries": entries, "events": len(shift.events())} and not found[0].damage
    assert seen[-1] == (entries, entries)
    shift.play(MORE)
    assert [file.name for file in shift.home.iterdir() if "verify" in file.name] == []


@pytest.mark.parametrize(("statement", "word"), [
    ("UPDATE object SET status='destroyed' WHERE epc LIKE '%/00/%'", "state"),
    ("UPDATE object SET parent=NULL WHERE epc LIKE '%/b/%' OR epc LIKE '%000005'", "state"),
    ("DELETE FROM collected", "state"),
    ("UPDATE session SET value='wang' WHERE key='operator'", "state"),
    ("UPDATE work SET children=1", "state"),
    ("DELETE FROM event_object", "state"),
    ("DELETE FROM outbox WHERE event=3", "not_queued"),
    ("UPDATE meta SET value='9' WHERE key='epoch'; INSERT OR REPLACE INTO meta VALUES ('epoch', '9')", "epoch"),
    ("DROP TRIGGER event_kept; UPDATE event SET body=replace(CAST(body AS TEXT), 'lina', 'wang') WHERE id=2",
     "event_differs"),
    ("DROP TRIGGER event_kept; UPDATE event SET biz_step='shipping' WHERE id=2", "event_differs"),
    ("DROP TRIGGER entry_kept; UPDATE entry SET operator='wang' WHERE seq=5", "entry_differs"),
    ("DROP TRIGGER entry_kept; UPDATE entry SET raw=x'00' WHERE seq=5", "entry_differs"),
    ("PRAGMA foreign_keys=OFF; DELETE FROM outbox; DELETE FROM event WHERE id=4", "event_missing"),
    ("PRAGMA foreign_keys=OFF; DELETE FROM entry WHERE seq=2", "entry_missing"),
    (("INSERT INTO entry SELECT 500, at, kind, source, operator, raw, aim, outcome, reason, data, '', '' FROM entry"
     " LIMIT 1"), "journal_ends"),
    ("PRAGMA foreign_keys=OFF; UPDATE object SET parent=999 WHERE epc LIKE '%000005'", "reference"),
])
def test_any_difference_is_told(home: Home, statement: str, word: str) -> None:
    home.write(*statement.split("; "))
    found = home.words()
    assert word in found and "whole" not in found


def test_a_flood_of_findings_is_counted(home: Home) -> None:
    home.write("PRAGMA foreign_keys=OFF", "DELETE FROM entry", "DELETE FROM outbox", "DELETE FROM event")
    connection = open_writer(home.database)
    connection.execute("BEGIN")
    for seq in range(1, 60):
        connection.execute("INSERT INTO entry VALUES (?,'','','','',NULL,'','','','','','')", (1000 + seq,))
    connection.execute("COMMIT")
    connection.close()
    found = list(verify(home.database, home.journal))
    assert sum(each.word == "entry_missing" for each in found) <= 20 and "journal_ends" in [each.word for each in found]


@pytest.mark.parametrize("edit", ["flip", "cut", "swap", "gone", "other"])
def test_damage_of_the_journal_is_told(home: Home, edit: str, tmp_path: Path) -> None:
    file = journal.segments(home.journal)[0]
    good = file.read_bytes()
    match edit:
        case "flip":
            file.write_bytes(good[:-40] + bytes([good[-40] ^ 1]) + good[-39:])
        case "cut":
            file.write_bytes(good[: -(len(good) // 3)])
        case "swap":
            records = [record for record, _ in journal.scan(good, 48, 0, journal.read_header(file, good)[2], file,
                                                            torn_after=None)]
            last = journal.RECORD.size + len(records[-1].payload) + journal.CHAIN
            before = journal.RECORD.size + len(records[-2].payload) + journal.CHAIN
            file.write_bytes(good[: -last - before] + good[-last:] + good[-last - before : -last])
        case "gone":
            file.unlink()
        case "other":
            file.write_bytes(b"not a journal at all, but long enough to hold the header of one")
    found = home.words()
    assert any(word.startswith("journal_") for word in found) and "whole" not in found


def test_the_last_record_cut_off_whole(home: Home) -> None:
    """Not a torn tail: the chain is sound to its end, only the database knows that there was more."""
    file = journal.segments(home.journal)[0]
    last = list(journal.read(home.journal))[-1]
    os.truncate(file, file.stat().st_size - journal.RECORD.size - len(last.payload) - journal.CHAIN)
    assert home.words() == ["journal_ends"]
    with pytest.raises(JournalDamaged):
        Store(home.database, home.journal)


def test_a_torn_tail_is_good_to_know(home: Home) -> None:
    with journal.segments(home.journal)[0].open("ab") as file:
        file.write(b"half a record")
    found = list(verify(home.database, home.journal))
    assert [(each.word, each.damage) for each in found] == [("journal_tail", False), ("whole", False)]
    Store(home.database, home.journal).close()
    assert home.words() == ["whole"]


def test_entries_that_the_database_has_not_seen_yet(shift: Shift) -> None:
    homes: list[Path] = []
    shift.store.connection.set_trace_callback(lambda sql: homes.append(shift._copy()) if sql == "COMMIT" else None)
    shift.scan("m2")
    shift.store.connection.set_trace_callback(None)
    home = Home(homes[0])
    found = list(verify(home.database, home.journal))
    assert [each.word for each in found] == ["entry_behind", "whole"] and found[0].data == {"count": 1}


def test_no_database_or_none_that_can_be_read(home: Home) -> None:
    home.database.write_bytes(b"rubbish " * 1000)
    assert home.words() == ["database_unreadable"]
    home.database.unlink()
    assert home.words() == ["database_missing"]
    file = journal.segments(home.journal)[0]
    file.write_bytes(file.read_bytes()[:300] + b"x" + file.read_bytes()[301:])
    assert home.words() == ["database_missing", "journal_changed"]


def test_pages_of_the_database_are_damaged(home: Home) -> None:
    with home.database.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(os.urandom(4096 * 12))
    assert set(home.words()) & {"database_damaged", "database_unreadable"}


def test_a_fork_is_refused_when_the_store_opens(home: Home, shift: Shift, tmp_path: Path) -> None:
    """The database of one morning with the journal of another: the same numbers, other scans."""
    other = home.copy(tmp_path / "other")
    for place, script in ((home, "scan m2"), (other, "scan m3")):
        shift.kill(place.folder)
        shift.play(script)
    shift.store.close()
    shutil.copy(other.database, home.database)
    assert "entry_differs" in home.words()
    with pytest.raises(Exception, match="not the one in the journal"):
        Store(home.database, home.journal)


# --- rebuild ------------------------------------------------------------------------------------------------------
def test_a_database_from_the_journal_alone(home: Home, shift: Shift) -> None:
    events = home.events()
    done = rebuild(home.journal, home.database, now=NOW)
    assert (done.entries, done.events, done.torn) == (shift.published[-1].seq, len(events), 0)
    assert done.aside and done.aside.name == "station-20271201-083000.db" and done.aside.exists()
    assert home.events() == events and home.words() == ["whole"]
    assert set(home.states()) == {"unknown"}
    store = Store(home.database, home.journal)
    assert store.catalogue.products() == []
    feeds = store.connection.execute("SELECT count(*) FROM feed").fetchone()[0]
    assert feeds == 0, "the feed is read from its beginning"
    assert store.replayed == 0 and store.epoch == 1
    store.close()


def test_rebuilding_where_the_database_is_rubbish_or_gone(home: Home, shift: Shift) -> None:
    home.database.write_bytes(b"rubbish " * 1000)
    assert rebuild(home.journal, home.database, now=NOW).aside
    home.database.unlink()
    assert rebuild(home.journal, home.database, now=NOW).aside is None
    home.folder.joinpath("station.db.part").write_bytes(b"left by a kill")
    assert rebuild(home.journal, home.database, now=NOW).aside
    shift.kill(home.folder)
    shift.put(*MASTER)
    shift.play("""
        scan m2              -> accepted taken                                   | case 3/4
        do DOCUMENT:IN1      -> command command_taken                            | line 1 8/12
        scan p900            -> duplicate already_on_document
    """)


def test_the_old_databases_log_goes_aside_with_it(shift: Shift) -> None:
    """A write-ahead log left by a kill must never come to lie beside another database."""
    home = Home(shift._copy())
    assert (home.folder / "station.db-wal").stat().st_size > 0
    events = shift.events()
    done = rebuild(home.journal, home.database, now=NOW)
    assert sorted(file.name for file in home.folder.glob("station*")) == [
        "station-20271201-083000.db", "station-20271201-083000.db-wal", "station.db"]
    assert home.events() == events and home.words() == ["whole"]
    assert done.aside
    old = Home(home.folder)
    old.database = done.aside
    assert old.events() == events, "what is put aside can still be opened"


def test_nothing_is_rebuilt_from_a_damaged_journal(home: Home) -> None:
    before = home.database.read_bytes()
    file = journal.segments(home.journal)[0]
    file.write_bytes(file.read_bytes()[:300] + b"x" + file.read_bytes()[301:])
    with pytest.raises(JournalDamaged):
        rebuild(home.journal, home.database, now=NOW)
    assert home.database.read_bytes() == before
    file.unlink()
    with pytest.raises(UpkeepRefused) as refused:
        rebuild(home.journal, home.database, now=NOW)
    assert refused.value.word == "no_journal"


# --- backup and restore -------------------------------------------------------------------------------------------
def test_a_backup_of_a_station_at_work(shift: Shift, tmp_path: Path) -> None:
    """Scans go on in this thread while another one copies; the copy is of one moment and whole."""
    done = threading.Event()
    made: list[Path] = []

    def copy() -> None:
        for number in range(4):
            made.append(backup.backup(shift.home / "station.db", shift.home / "journal", tmp_path / "backups",
                                      now=NOW + timedelta(seconds=number))[0])
        done.set()

    thread = threading.Thread(target=copy)
    thread.start()
    count = 0
    while not done.is_set() or count < 20:
        shift.scan("m11")
        shift.touch("UNDO")
        count += 1
    thread.join()
    assert [each.name for each in made] == [f"backup-20271201-08300{n}" for n in range(4)]
    for number, each in enumerate(made):
        home = Home(tmp_path / f"restored-{number}")
        home.folder.mkdir()
        done_restore = restore(each, home.database, home.journal, now=NOW)
        assert home.words() == ["whole"] and done_restore.replayed == 0
    assert not list((tmp_path / "backups").glob(".*"))


def test_a_backup_holds_all_and_is_this_users_only(more: Home, tmp_path: Path) -> None:
    made = made_backup(tmp_path)
    manifest = json.loads((made / MANIFEST).read_text("utf-8"))
    assert sorted(manifest["files"]) == ["journal/journal-000001.log", "station.db", "station.toml"]
    assert manifest["entries"] == len(list(journal.read(made / "journal")))
    assert {oct(file.stat().st_mode)[-3:] for file in made.rglob("*") if file.is_file()} == {"600"}
    assert backup.check(made).entries == manifest["entries"]


def test_restored_on_a_new_machine(more: Home, tmp_path: Path) -> None:
    new = Home(tmp_path / "new")
    new.folder.mkdir()
    with transaction(connection := open_writer(made_backup(tmp_path) / "station.db")):
        connection.execute("UPDATE outbox SET state='done' WHERE event<=3")
        connection.execute("UPDATE outbox SET state='discarded' WHERE event=4")
        connection.execute("INSERT INTO batch(id, sent_at, state, first, last) VALUES (1, '', 'sending', 5, 6)")
        connection.execute("UPDATE outbox SET state='sending', batch=1 WHERE event IN (5, 6)")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    again = tmp_path / "again"
    sealed(made_backup(tmp_path), again)
    done = restore(again, new.database, new.journal, now=NOW, settings=new.settings)
    assert done.settings and new.settings.read_text("utf-8") == '[station]\nname = "工位"\n'
    assert new.words() == ["whole"] and done.aside == ()
    assert new.states()[:4] == ["done", "done", "done", "discarded"] and set(new.states()[4:]) == {"unknown"}
    assert done.epoch > done.manifest.epoch and journal.latest_epoch(new.journal) == done.epoch
    store = Store(new.database, new.journal)
    assert store.epoch == done.epoch and len(journal.segments(new.journal)) == 2
    assert store.connection.execute("SELECT state FROM batch").fetchall() == [("settled",)]
    store.close()
    other = restore(again, tmp_path / "third.db", tmp_path / "third", now=NOW + timedelta(seconds=1))
    assert other.epoch != done.epoch, "two machines from one backup are two branches"


def sealed(source: Path, copy: Path) -> None:
    """The backup again with its manifest made to fit what was changed in it."""
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    manifest = json.loads((copy / MANIFEST).read_text("utf-8"))
    for name in manifest["files"]:
        digest = backup._digest(copy / name)
        manifest["files"][name] = {"sha256": digest.sha256, "bytes": digest.bytes}
    (copy / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def test_restored_over_a_broken_database_nothing_is_lost(more: Home, tmp_path: Path) -> None:
    """The journal here goes on from the backup's: it stays, and what it has more comes back with it."""
    events = more.events()
    more.database.write_bytes(b"rubbish " * 1000)
    more.settings.write_text("# changed since", "utf-8")
    done = restore(made_backup(tmp_path), more.database, more.journal, now=NOW, settings=more.settings)
    assert done.replayed == 1 and more.events() == events and more.words() == ["whole"]
    assert not done.settings and more.settings.read_text("utf-8") == "# changed since"
    assert [path.name for path in done.aside] == ["station-20271201-083000.db"]
    store = Store(more.database, more.journal)
    assert len(store.catalogue.products()) == 4, "the backup's master data is there"
    store.close()


def test_what_is_newer_is_never_written_over_without_being_asked(more: Home, tmp_path: Path, home: Home) -> None:
    source = made_backup(tmp_path)
    before = {file: file.read_bytes() for file in more.folder.rglob("*") if file.is_file()}
    with pytest.raises(UpkeepRefused) as refused:
        restore(source, more.database, more.journal, now=NOW)
    assert refused.value.word == "here_newer" and refused.value.data["there"] == refused.value.data["here"] - 1
    assert {file: file.read_bytes() for file in more.folder.rglob("*") if file.is_file()} == before
    events = more.events()
    done = restore(source, more.database, more.journal, now=NOW, force=True)
    assert more.events() == events and done.replayed == 1, "the journal here went on from the backup's"

    with pytest.raises(UpkeepRefused) as refused:
        restore(source, home.database, home.journal, now=NOW)
    assert refused.value.word in ("here_newer", "here_other")
    home.database.unlink()
    with pytest.raises(UpkeepRefused) as refused:
        restore(source, home.database, home.journal, now=NOW)
    assert refused.value.word == "here_other"
    done = restore(source, home.database, home.journal, now=NOW, force=True)
    assert home.words() == ["whole"] and [path.name for path in done.aside] == ["aside-20271201-083000"]
    assert len(journal.segments(done.aside[0])) == 1

    file = journal.segments(more.journal)[0]
    file.write_bytes(file.read_bytes()[:300] + b"x" + file.read_bytes()[301:])
    with pytest.raises(UpkeepRefused) as refused:
        restore(source, more.database, more.journal, now=NOW)
    assert refused.value.word == "here_damaged"
    restore(source, more.database, more.journal, now=NOW, force=True)
    assert more.words() == ["whole"]


def test_an_older_home_of_the_same_station_is_brought_forward(more: Home, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    made, _ = backup.backup(more.database, more.journal, newer, now=NOW)
    old = Home(tmp_path / "old")
    old.folder.mkdir()
    restore(made_backup(tmp_path), old.database, old.journal, now=NOW)
    shutil.rmtree(old.journal)
    shutil.copytree(made_backup(tmp_path) / "journal", old.journal)
    old.database.unlink()
    restore(made, old.database, old.journal, now=NOW)
    assert old.events() == more.events() and old.words() == ["whole"]


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "extra", "manifest", "format", "nothing"])
def test_a_backup_that_is_not_what_it_was_is_refused(more: Home, tmp_path: Path, harm: str) -> None:
    source, new = made_backup(tmp_path), Home(tmp_path / "new")
    new.folder.mkdir()
    database = source / "station.db"
    match harm:
        case "flip":
            data = bytearray(database.read_bytes())
            data[9000] ^= 1
            database.write_bytes(data)
        case "cut":
            os.truncate(source / "journal" / "journal-000001.log", 500)
        case "gone":
            (source / "journal" / "journal-000001.log").unlink()
        case "extra":
            (source / "journal" / "journal-000002.log").write_bytes(b"")
        case "manifest":
            (source / MANIFEST).write_text("{", "utf-8")
        case "format":
            (source / MANIFEST).write_text((source / MANIFEST).read_text("utf-8").replace('"format": 1', '"format": 2'))
        case "nothing":
            (source / MANIFEST).unlink()
    with pytest.raises(UpkeepRefused) as refused:
        restore(source, new.database, new.journal, now=NOW, force=True)
    assert refused.value.word in ("changed_file", "other_files", "bad_manifest", "later_format", "no_manifest")
    assert list(new.folder.iterdir()) == []


# --- kills --------------------------------------------------------------------------------------------------------
class Killed(BaseException):
    """The process ends here."""


def killed_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """So many renames and fsyncs, and not one more."""
    left = iter(range(steps))

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            if next(left, None) is None:
                raise Killed
            real(*arguments)
        return call

    for name in ("rename", "replace", "fsync"):
        patch.setattr(swap.os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("what", ["restore", "rebuild"])
def test_killed_at_any_step_either_the_old_or_the_new_state_is_in_use(
        more: Home, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Before each rename and each fsync of a folder in turn; then the store is opened as the station would."""
    source, old, new = made_backup(tmp_path), home.events(), more.events()
    new = new[: backup.check(source).events] if what == "restore" else old
    steps, outcomes = 0, set()
    while True:
        place = home.copy(tmp_path / f"kill-{what}-{steps}")
        with monkeypatch.context() as patch:
            killed_after(patch, steps)
            try:
                if what == "restore":
                    restore(source, place.database, place.journal, now=NOW, force=True)
                else:
                    rebuild(place.journal, place.database, now=NOW)
                finished = True
            except Killed:
                finished = False
        Store(place.database, place.journal).close()
        found = place.events()
        assert found in (old, new), f"step {steps}: neither the old nor the new state"
        assert place.words() == ["whole"], f"step {steps}"
        outcomes.add("old" if found == old else "new")
        if finished:
            break
        steps += 1
        shutil.rmtree(place.folder)
    assert steps > 8 and (what == "rebuild" or outcomes == {"old", "new"})


def test_a_backup_that_is_killed_leaves_no_backup(more: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "killed"
    for steps in range(100):
        with monkeypatch.context() as patch:
            killed_after(patch, steps)
            try:
                made, _ = backup.backup(more.database, more.journal, target, now=NOW)
                break
            except Killed:
                whole = [each for each in target.iterdir() if not each.name.startswith(".")]
        for each in whole:
            assert backup.check(each)
            shutil.rmtree(each)
    assert steps > 4 and backup.check(made)


# --- words --------------------------------------------------------------------------------------------------------
def test_everything_told_has_its_sentence_in_both_languages() -> None:
    source = "".join((Path(upkeep.__file__).parent / name).read_text("utf-8") for name in ("upkeep.py", "backup.py",
                     "archive.py"))
    for language in LANGUAGES:
        words = Words(language, strict=True)
        for word in journal.DAMAGE:
            assert words.has(f"upkeep.finding.journal_{word}")
        known = [key for key in words._sentences if key.startswith(("upkeep.finding.", "upkeep.refused."))]
        for key in known:
            word = key.rpartition(".")[2]
            told = f'"{word}"' in source or word.startswith(("journal_", "here_", "database_"))
            assert told, f"{key}: nobody says this"
