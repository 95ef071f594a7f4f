"""Archiving: what left long ago is remembered and goes, what may be asked for stays, and a check finds all whole."""
from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.domain.facts import Known
from app.domain.reasons import Outcome
from app.store import objects, upkeep
from app.store.archive import Archived, archive, rebuild
from app.store.backup import MANIFEST, backup, restore
from app.store.database import StoreRefused, open_reader, sqlite3, transaction
from app.store.memory import Memory, beside
from app.store.queue import Queue
from app.store.reader import Reader
from app.store.upkeep import UpkeepRefused
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift
from tests.unit.store.test_memory import files, flip

WORK = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    frame m9 m10 m11 m12 c3
    frame m13 m14 m15 m16 c4
    scan p2
    do ORDER:WO2
    frame m21 m22 m23 m24 c5
    do SHIP
    do DOCUMENT:OUT1
    scan p1 p2
    scan x1 x2 x3
    do DONE:SHORTAGE
"""
SHIPPED = (*(f"m{n}" for n in range(1, 17)), "c1", "c2", "c3", "c4", "p1", "p2")
HERE = ("m21", "m22", "m23", "m24", "c5")
ORDER = {"product": "MILK", "plan": "P", "plan_version": 1, "lot": "L1", "produced": "2027-11-30",
         "expiry": "2028-05-28", "planned": 16, "state": "closed"}
LONG = timedelta(days=100)


class Line:
    """A station whose pallets p1 and p2 left a hundred days ago; the case c5 is still here."""

    def __init__(self, folder: Path) -> None:
        self.shift = Shift(folder)
        self.shift.play(WORK)
        self.shift.put(("order", "WO1", ORDER))
        self.sent()
        self.shift.seconds += LONG.total_seconds()
        self.shift.play("badge wang")

    @property
    def database(self) -> Path:
        return self.shift.home / "station.db"

    @property
    def journal(self) -> Path:
        return self.shift.home / "journal"

    @property
    def memory(self) -> Path:
        return beside(self.database)

    def run(self, sql: str, *values: object) -> list[Any]:
        with transaction(self.shift.store.connection):
            return self.shift.store.connection.execute(sql, values).fetchall()

    def sent(self) -> None:
        """The server has everything."""
        self.run("UPDATE outbox SET state='done', done_at='2027-11-30'")

    def archive(self, days: int = 90, *, dry_run: bool = False,
                pause: Callable[[float], None] = lambda _seconds: None) -> Archived:
        return archive(self.database, self.journal, self.memory, now=self.shift.now(), days=days, dry_run=dry_run,
                       pause=pause)

    def found(self) -> list[str]:
        return [finding.word for finding in upkeep.verify(self.database, self.journal, deep=True)]

    def known(self) -> dict[str, Known]:
        return objects.known(self.shift.store.connection, map(epc, (*SHIPPED, *HERE)))

    def remembered(self) -> dict[str, Known]:
        memory = Memory(self.memory)
        try:
            return memory.known(map(epc, (*SHIPPED, *HERE)))
        finally:
            memory.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.shift.store.close()


def test_what_left_is_remembered_as_it_was_known_and_goes(line: Line) -> None:
    before, seqs = line.known(), line.run("SELECT count(*) FROM entry")[0][0]
    journal = [path.read_bytes() for path in line.journal.iterdir()]
    counts = Queue(line.shift.store.connection).counts()
    done = line.archive()
    assert Queue(line.shift.store.connection).counts() == counts and counts.accepted > 10
    assert done.codes == len(SHIPPED) and done.events > 10 and done.entries > 5 and not done.waiting
    after = line.known()
    assert after.keys() == set(map(epc, HERE))
    assert {name: after[name] for name in after} == {name: before[name] for name in after}
    for name, known in line.remembered().items():
        was = before.pop(name)
        at = datetime.fromisoformat(was.packed_at) if was.packed_at else None
        assert replace(known, packed_at="") == replace(was, packed_at="", children=min(was.children, 1)), name
        assert at is None or timedelta() <= at - datetime.fromisoformat(known.packed_at) < timedelta(seconds=1)
    assert before.keys() == after.keys()
    assert [path.read_bytes() for path in line.journal.iterdir()] == journal
    assert line.run("SELECT count(*) FROM entry")[0][0] == seqs - done.entries
    assert line.run("SELECT count(*) FROM event_object WHERE object NOT IN (SELECT id FROM object)") == [(0,)]
    assert line.run("SELECT count(*) FROM event WHERE entry NOT IN (SELECT seq FROM entry)") == [(0,)]
    assert line.run("SELECT count(*) FROM outbox WHERE event NOT IN (SELECT id FROM event)") == [(0,)]
    assert line.found() == ["whole"]


def test_work_goes_on_and_nothing_goes_twice(line: Line) -> None:
    line.archive()
    line.shift.play("""
        do ORDER:WO2
        frame m31 m32 m33 m34 c6     -> complete container_complete > commissioning 4, commissioning c6, packing c6 4
        restart
        kill
        scan m35                     -> accepted taken
    """)
    assert line.found() == ["whole"]
    again = line.archive()
    assert (again.codes, again.events, again.entries) == (0, 1, 1), "the event that was the last one"
    line.sent()
    assert line.archive(days=-1).codes == 0, "what is in the house stays"
    assert line.found() == ["whole"]
    assert len(line.remembered()) == len(SHIPPED)


def test_look_up_says_where_and_when_it_went(line: Line) -> None:
    reader = Reader(line.database, lambda: "en")
    before = [reader.look_up(epc(name)) for name in ("m1", "c1", "p1")]
    line.archive()
    after = [reader.look_up(epc(name)) for name in ("m1", "c1", "p1")]
    for was, now in zip(before, after, strict=True):
        assert replace(now, timeline=(), rule="") == replace(was, tree=None, timeline=(), rule="")
    assert after[0].parents == (epc("c1"), epc("p1")) and [row.parent for row in after[0].timeline] == [epc("c1")]
    assert after[2].timeline == () and not reader.look_up(epc("m99")).known
    flip(files(line.memory)[0], 5)
    assert not reader.look_up(epc("m1")).known, "a damaged memory stops no look-up"
    reader.close()


ACTS = ("", "UNPACK:WRONG", "REMOVE:DAMAGE", "SWAP:DAMAGE", "RELABEL:DAMAGE", "REPACK:FLAT:OTHER", "SAMPLE:QC",
        "SCRAP:DAMAGE", "DESTROY:DAMAGE", "HOLD:QC", "RELEASE:CHECKED", "CONTINUE:MISTAKE", "REPRINT:DAMAGE",
        "RETURN:UNUSED")


@pytest.mark.parametrize("task", ["ORDER:WO2", "DOCUMENT:IN1", "LOOKUP"])
def test_no_act_takes_what_was_archived_for_new(tmp_path: Path, task: str) -> None:
    """The same scans on two stations, only one has archived: neither takes anything, and it is refused alike."""
    told: list[list[tuple[str, str]]] = []
    for archived in (False, True):
        (tmp_path / str(archived)).mkdir()
        line = Line(tmp_path / str(archived))
        line.shift.play(f"do {task}")
        if archived:
            line.archive()
        said = []
        for act in ACTS:
            for names in (("m1",), ("c1",), ("p1",), ("m21", "m2"), ("m3", "m22")):
                line.shift.touch("CANCEL")
                if act:
                    line.shift.touch(*act.split(":", 1))
                events = len(line.shift.events())
                verdict = [each.verdict for name in names for each in line.shift.scan(name)][-1]
                about = {code for event in line.shift.events()[events:] for code in (*event.act.epcs, event.act.parent)}
                assert not about & set(map(epc, SHIPPED)), f"{act} {names}: {verdict}"
                said.append((f"{act} {names}", str(verdict.reason)))
        assert line.shift.frame("m1", "m2", "m3", "m4", "c1")[0].verdict.outcome is not Outcome.COMPLETE
        assert line.found() == ["whole"]
        line.shift.store.close()
        told.append(said)
    if "DOCUMENT" not in task:           # the dock cannot count what it no longer has
        differ = [(one, two) for one, two in zip(*told, strict=True) if one != two and one[1] != "second_person"]
        assert not differ, "refused before a second person is asked for, otherwise the same"


def test_a_dry_run_only_counts(line: Line) -> None:
    before = line.run("SELECT count(*) FROM object")
    assert line.archive(dry_run=True).codes == len(SHIPPED)
    assert line.run("SELECT count(*) FROM object") == before and not line.memory.exists()


def _unsent(line: Line) -> None:
    line.run("UPDATE outbox SET state='pending' WHERE event=(SELECT max(event) FROM event_object JOIN object"
             " ON object.id = object WHERE epc=?)", epc("m1"))


def _open_order(line: Line) -> None:
    line.run("UPDATE work_order SET state='open' WHERE id='WO1'")


def _open_document(line: Line) -> None:
    line.run("UPDATE document_state SET state='open' WHERE document='OUT1'")


def _coming_back(line: Line) -> None:
    line.shift.put(("document", "BACK", {
        "kind": "receive", "partner": "DC7", "lines": [{"line": 1, "product": "MILK", "quantity": 4}],
        "announced": [{"epc": epc(name), "level": "case", "product": "MILK", "lot": "L1"} for name in ("c1", "c3")]}))


def _held(line: Line) -> None:
    for name in ("m2", "c4"):
        line.shift.put(("hold", name, {"epc": epc(name), "reason": "smells"}))


@pytest.mark.parametrize(("word", "days", "count", "because"), [
    ("young", 101, 2, lambda line: None), ("unsent", 90, 1, _unsent), ("order", 90, 2, _open_order),
    ("document", 90, 2, _open_document), ("document", 90, 2, _coming_back), ("held", 90, 2, _held)])
def test_what_may_be_asked_for_again_stays(line: Line, word: str, days: int, count: int,
                                           because: Callable[[Line], None]) -> None:
    because(line)
    done = line.archive(days)
    assert dict(done.waiting) == {word: count}
    assert done.codes == (0 if count == 2 else len(SHIPPED) // 2)
    assert len(line.known()) == len(SHIPPED) + len(HERE) - done.codes and len(line.remembered()) == done.codes
    assert because is _open_document or line.found() == ["whole"]


def test_goods_that_move_meanwhile_stay(line: Line) -> None:
    """p2 comes back between the moment it is remembered and the moment its rows would go."""
    calls = []

    def pause(seconds: float) -> None:
        if not calls:
            line.run("UPDATE object SET status='in_progress' WHERE epc=?", epc("p2"))
        calls.append(seconds)
    assert line.archive(pause=pause).codes == len(SHIPPED) // 2
    assert epc("p2") in line.known() and epc("m16") in line.known() and epc("m1") not in line.known()
    line.run("UPDATE object SET status='in_transit' WHERE epc=?", epc("p2"))
    assert line.archive().codes == len(SHIPPED) // 2 and line.found() == ["whole"]


def test_a_kill_at_any_step_forgets_no_code(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.archive.SLICE", 3)
    everything, steps, finished = set(map(epc, (*SHIPPED, *HERE))), 0, False

    class Killed(Exception):
        pass

    def pause(_seconds: float) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    while not finished:
        left, steps = 2, steps + 1
        try:
            line.archive(pause=pause)
            finished = True
        except Killed:
            pass
        assert line.known().keys() | line.remembered().keys() == everything
        assert line.found() == ["whole"]
    assert steps > 4 and line.known().keys() == set(map(epc, HERE))


def test_beside_a_working_station(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.archive.SLICE", 1)
    line.shift.play("do ORDER:WO2")
    failed: list[BaseException] = []
    moments: list[float] = []

    def run() -> None:
        try:
            line.archive(pause=lambda seconds: moments.append(seconds))
        except BaseException as error:
            failed.append(error)
    other = threading.Thread(target=run)
    other.start()
    case = 0
    while other.is_alive() and case < 20:
        case += 1
        names = [f"m{1000 + case * 4 + n}" for n in range(4)]
        assert line.shift.frame(*names, f"c{100 + case}")[0].verdict.outcome.good
    other.join()
    assert not failed and len(moments) >= len(SHIPPED) and max(moments) < 1
    assert len(line.remembered()) == len(SHIPPED) and line.found() == ["whole"]


def test_entries_that_only_the_journal_has_are_waited_for(line: Line, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(line.shift.home, old, ignore=shutil.ignore_patterns("*-shm", "journal"))
    line.shift.play("do ORDER:WO2")
    with pytest.raises(UpkeepRefused) as refused:
        archive(old / "station.db", line.journal, old / "memory", now=line.shift.now())
    assert refused.value.word == "behind" and refused.value.data == {"entries": 1} and not (old / "memory").exists()
    with pytest.raises(UpkeepRefused) as refused:
        archive(old / "station.db", tmp_path / "none", old / "memory", now=line.shift.now())
    assert refused.value.word == "no_journal"
    (old / "station.db.swap").write_text("[]")
    with pytest.raises(UpkeepRefused) as refused:
        archive(old / "station.db", line.journal, old / "memory", now=line.shift.now())
    assert refused.value.word == "swap_waiting"


# --- the journal is the truth -------------------------------------------------------------------------------------
def test_a_database_made_anew_has_all_again_and_gives_it_back(line: Line) -> None:
    before = line.known()
    line.archive()
    line.shift.store.close()
    upkeep.rebuild(line.journal, line.database, now=line.shift.now())
    assert line.found() == ["whole"]
    line.shift._open(line.shift.home)
    after = line.known()
    assert after.keys() == before.keys()
    assert dict(line.archive().waiting) == {"unsent": 2}
    line.sent()
    assert dict(line.archive().waiting) == {"order": 2}, "the order is not known to be closed before the feed says so"
    with transaction(line.shift.store.connection):
        for kind, name, data in (("plan", "P", {"version": 1, "levels": [{"level": "bottle"},
                                                                         {"level": "case", "count": 4}]}),
                                 ("product", "MILK", {"name": {"en": "Milk"}, "plan": "P", "rules": [], "gtins": {}}),
                                 ("order", "WO1", ORDER)):
            line.shift.store.catalogue.put(kind, name, data)
    assert line.archive().codes == len(SHIPPED) and line.known().keys() == set(map(epc, HERE))
    memory = Memory(line.memory)
    assert memory.size().codes == len(SHIPPED)
    memory.close()


def test_a_lost_memory_is_made_anew_from_the_journal(line: Line) -> None:
    line.archive()
    before = line.remembered()
    shutil.rmtree(line.memory)
    assert line.found()[0] == "memory_refused" and "state" in line.found()
    with pytest.raises(StoreRefused, match="archive --rebuild"):
        Memory(line.memory, wanted=True)
    assert rebuild(line.database, line.journal, line.memory) == len(SHIPPED)
    assert line.remembered() == before and line.found() == ["whole"]
    flip(files(line.memory)[0], 5000)
    assert line.found()[0] == "memory_damaged"
    assert rebuild(line.database, line.journal, line.memory) == len(SHIPPED)
    assert line.remembered() == before and line.found() == ["whole"] and len(files(line.memory)) == 1


def test_a_row_that_nobody_remembers_is_missed(line: Line) -> None:
    line.archive()
    connection = sqlite3.connect(str(line.database), isolation_level=None)
    for table in ("event_object WHERE object=", "object WHERE id="):
        connection.execute(f"DELETE FROM {table}(SELECT id FROM object WHERE epc=?)", (epc("m21"),))
    assert "state" in line.found()
    connection.execute("DELETE FROM event WHERE entry=(SELECT min(entry) FROM event)")
    assert "event_missing" in line.found()
    connection.close()


def test_a_backup_has_the_memory_and_brings_it_back(line: Line, tmp_path: Path) -> None:
    line.archive()
    before = line.remembered()
    made, manifest = backup(line.database, line.journal, tmp_path / "backups", now=line.shift.now())
    assert "memory/memory.db" in manifest.files and (made / MANIFEST).exists()
    new = tmp_path / "new"
    new.mkdir()
    restore(made, new / "station.db", new / "journal", now=line.shift.now())
    memory = Memory(new / "memory")
    assert memory.known(before) == before
    memory.close()
    assert [each.word for each in upkeep.verify(new / "station.db", new / "journal", deep=True)] == ["whole"]
    (new / "memory" / "mine").write_text("here before")
    restore(made, new / "station.db", new / "journal", now=line.shift.now() + LONG, force=True)
    aside = [path for path in new.iterdir() if path.name.startswith("memory-")]
    assert [(path / "mine").exists() for path in aside] == [True] and not (new / "memory" / "mine").exists()
    memory = Memory(new / "memory")
    assert memory.known(before) == before
    memory.close()


def test_the_database_gives_its_room_to_what_comes(line: Line) -> None:
    line.archive()
    connection = open_reader(line.database)
    assert connection.execute("PRAGMA freelist_count").fetchone()[0] >= 0
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    with pytest.raises(sqlite3.DatabaseError):
        line.run("UPDATE entry SET at=''")


# --- station archive ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_command_says_what_it_did_and_what_stays(line: Line, language: str,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["archive", "--home", str(line.shift.home), "--language", language, "--days", "0", *arguments])
        out = capsys.readouterr()
        return code, out.out + out.err

    # The shift's clock is ahead of this machine's: the goods are young to the command.
    code, said = run("--dry-run")
    assert code == 0 and "0" in said and "2" in said and "[upkeep" not in said and not line.memory.exists()
    line.archive()
    code, said = run()
    assert code == 0 and str(line.memory) in said and str(len(SHIPPED)) in said
    flip(files(line.memory)[0], 5000)
    assert run("--rebuild")[0] == 0
    shutil.rmtree(line.journal)
    code, said = run()
    assert code == 1 and str(line.journal) in said
    code, said = run("--rebuild")
    assert code == 1 and str(line.journal) in said
    with pytest.raises(SystemExit):
        run("--days", "soon")
    assert "soon" in capsys.readouterr().err


def test_no_database_is_made_where_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "--home", str(tmp_path)]) == 1
    assert "station.db" in capsys.readouterr().err and not (tmp_path / "station.db").exists()
