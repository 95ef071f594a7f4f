"""The memory of codes seen before: a dictionary whatever is added, joined, killed or read meanwhile; damage shows."""
from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store import memory as memories
from app.store import runs
from app.store.database import DiskFull, StoreRefused, sqlite3
from app.store.memory import Batch, Memory, Past, copy, writing
from app.store.registry import fingerprint
from app.store.runs import BLOCK, EACH, MemoryDamaged, Place, Run

NOW = datetime(2027, 11, 30, 8, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def batch(order: str = "WO1", level: str = "bottle", held: bool = False) -> Batch:
    return Batch(order, level, "MILK", "L1", "2028-01-01", "in_transit", "", "SHOP", held)


def past(case: int, order: str = "WO1") -> Past:
    return Past(batch(order), f"https://q.example/c/{case}", NOW + timedelta(seconds=case))


def bottles(first: int, last: int, order: str = "WO1") -> dict[str, Past]:
    return {f"https://q.example/b/{number}": past(number // 24, order) for number in range(first, last)}


def remember(folder: Path, pasts: dict[str, Past], *, tidy: bool = True) -> None:
    with writing(folder) as hand:
        hand.remember(pasts.items())
        if tidy:
            hand.tidy()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("run-*.mem"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


# --- what is remembered -------------------------------------------------------------------------------------------
def test_nothing_is_remembered_where_nothing_was(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    assert memory.seen(["a", "b"]) == {} and memory.known(["a"]) == {} and memory.size().codes == 0
    assert not (tmp_path / "memory").exists()
    with writing(tmp_path / "memory") as hand:
        assert hand.remember([]) == 0
        hand.tidy()
    assert memory.seen(["a"]) == {} and list(memory.check()) == [] and not memory.problem
    memory.close()


def test_a_code_comes_back_with_where_and_when(tmp_path: Path) -> None:
    long = "https://q.example/箱/" + "長" * 1900
    pasts = {"bottle": Past(batch(), long, NOW), "箱": Past(batch(level="case", held=True), "pallet", NOW),
             "pallet": Past(batch("", "pallet", True), "", NOW), long: Past(batch(level="case"), "pallet", NOW)}
    remember(tmp_path, pasts)
    memory = Memory(tmp_path)
    assert memory.seen([*pasts, "other", ""]) == pasts
    known = memory.known(["bottle", "pallet", "箱"])
    assert (known["bottle"].parent, known["bottle"].root, known["bottle"].children) == (long, "pallet", 0)
    assert (known["pallet"].parent, known["pallet"].root, known["pallet"].children) == ("", "pallet", 1)
    assert (known["bottle"].order, known["bottle"].status, known["bottle"].partner) == ("WO1", "in_transit", "SHOP")
    assert datetime.fromisoformat(known["箱"].packed_at) == NOW and known["箱"].root == "pallet"
    memory.close()


def test_what_is_said_last_of_a_code_stands(tmp_path: Path) -> None:
    with writing(tmp_path) as hand:
        hand.remember([("a", past(1)), ("b", past(1)), ("a", past(2))])
    remember(tmp_path, {"b": past(3)}, tidy=False)
    memory = Memory(tmp_path)
    assert memory.seen("ab") == {"a": past(2), "b": past(3)}
    with writing(tmp_path) as hand:
        hand.tidy()
    assert memory.seen("ab") == {"a": past(2), "b": past(3)} and memory.size().codes == 2 and len(files(tmp_path)) == 1
    memory.close()


CODES = st.integers(0, 60).map(str)
ADDED = st.dictionaries(CODES, st.integers(0, 5), max_size=40)


@given(st.lists(st.tuples(ADDED, st.booleans(), st.booleans()), max_size=12))
@settings(max_examples=40, deadline=None)
def test_it_is_a_dictionary_whatever_is_added_and_joined(tmp_path_factory: pytest.TempPathFactory,
                                                         steps: list[tuple[dict[str, int], bool, bool]]) -> None:
    folder = tmp_path_factory.mktemp("memory")
    memory, told = Memory(folder), {}
    for added, tidy, kept in steps:
        pasts = {code: past(case) for code, case in added.items()}
        try:
            with writing(folder) as hand:
                hand.remember(pasts.items())
                if tidy:
                    hand.tidy()
                if not kept:
                    raise InterruptedError
            told |= pasts
        except InterruptedError:
            pass
        assert memory.seen(map(str, range(62))) == told
    again = Memory(folder)
    assert again.seen(map(str, range(62))) == told and list(again.check()) == []
    memory.close()
    again.close()


def test_filters_of_another_width_are_read_and_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = bottles(0, 40), bottles(40, 50)
    monkeypatch.setattr(runs, "IN_A_WORD", 8)             # as it was once
    remember(tmp_path, old, tidy=False)
    monkeypatch.undo()
    remember(tmp_path, new, tidy=False)
    for joined in (False, True):
        if joined:
            with writing(tmp_path) as hand:
                hand.join([2, 1])
        memory = Memory(tmp_path)
        assert memory.seen(old | new) == old | new and not list(memory.check())
        assert memory.size().files == (1 if joined else 2)
        memory.close()


def test_files_stay_few_and_rewriting_little(tmp_path: Path) -> None:
    written = 0
    for part in range(40):
        before = set(files(tmp_path))
        remember(tmp_path, bottles(part * 100, part * 100 + 100))
        written += sum(path.stat().st_size for path in set(files(tmp_path)) - before)
        assert len(files(tmp_path)) <= 4
    memory = Memory(tmp_path)
    assert written < memory.size().bytes * 9
    assert memory.seen(bottles(0, 4000)) == bottles(0, 4000) and memory.seen(bottles(4000, 5000)) == {}
    memory.close()


def test_fingerprints_that_share_their_first_bytes(tmp_path: Path) -> None:
    """Over the edges of blocks too: 8 bytes lead to the block, 12 decide."""
    records = np.empty(5000, runs.record_type())
    records["high"] = np.repeat(np.array([7, 8, 8, 8, (1 << 64) - 1], np.uint64), 1000)
    records["low"], records["place"] = np.arange(5000) * 3, np.arange(5000)
    runs.write(tmp_path / "one", [records[:1], records[1:3000], records[3000:]], [b""], 5000)
    run = Run(tmp_path / "one")
    run.check()
    for high, low, place in records.tolist():
        key = high.to_bytes(8, "big") + low.to_bytes(4, "big")
        assert run.find(key) == place
        assert run.find(key[:11] + bytes([key[11] ^ 1])) is None
    assert run.find(bytes(12)) is None and run.find(b"\xff" * 12) is None
    for low, high in ((0, 8), (8, 9), (9, 1 << 64), (7, 8), (0, 7)):
        inside = (records["high"] >= low) & (records["high"] <= high - 1)
        assert (run.records(low, high) == records[inside]).all()
    runs.join([run, run], tmp_path / "two")
    twice = Run(tmp_path / "two")
    assert twice.codes == 5000
    twice.check()
    run.close()
    twice.close()


def test_a_long_join_goes_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PIECE", 500)
    remember(tmp_path, bottles(0, 3000, "OLD"))
    remember(tmp_path, bottles(2000, 6000, "NEW"))
    memory = Memory(tmp_path)
    assert memory.seen(bottles(0, 6000)) == bottles(0, 2000, "OLD") | bottles(2000, 6000, "NEW")
    assert len(files(tmp_path)) == 1 and memory.size().codes == 6000 and list(memory.check()) == []
    memory.close()


def test_few_new_codes_are_asked_of_the_disk(tmp_path: Path) -> None:
    for part in range(3):
        with writing(tmp_path) as hand:
            hand.remember(bottles(part * 20_000, part * 20_000 + 20_000).items())
            if part:
                hand.join(list(range(part * 2, 0, -1))[:2])
    (path,) = files(tmp_path)
    run = Run(path)
    assert run.codes == 60_000
    run.check()
    keys = [fingerprint(f"new {number}")[:12] for number in range(20_000)]
    assert sum(map(run.likely, keys)) < 20_000 * 0.05
    run.close()


def test_a_code_costs_less_than_35_bytes(tmp_path: Path) -> None:
    remember(tmp_path, bottles(0, 50_000))
    memory = Memory(tmp_path)
    size = memory.size()
    assert size.codes == 50_000 and size.bytes == sum(path.stat().st_size for path in files(tmp_path))
    assert size.bytes / size.codes < 22
    memory.close()


# --- kills, others ------------------------------------------------------------------------------------------------
CHILD = """
import sys
from pathlib import Path
from app.store.memory import writing
from tests.unit.store.test_memory import bottles
part = int(sys.argv[2])
while True:
    with writing(Path(sys.argv[1])) as hand:
        hand.remember(bottles(part * 300, part * 300 + 300).items())
        print("in", part, flush=True)
        hand.tidy()
        print("joined", part, flush=True)
    print("done", part, flush=True)
    part += 1
"""


def test_a_kill_at_any_moment_loses_nothing_that_counted(tmp_path: Path) -> None:
    luck, done = random.Random(3), 0
    memory = Memory(tmp_path)
    for _ in range(4):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), str(done)], stdout=subprocess.PIPE,
                                 text=True, cwd=ROOT)
        assert child.stdout
        for _ in range(luck.randrange(4, 13)):
            word, part = child.stdout.readline().split()
            if word == "done":
                done = int(part) + 1
        child.send_signal(signal.SIGKILL)
        rest = child.communicate()[0].splitlines()       # what it said between the last line read and its end
        done = max([done, *(int(line.split()[1]) + 1 for line in rest if line.startswith("done"))])
        found = memory.seen(bottles(0, done * 300 + 900))
        assert found.items() <= bottles(0, done * 300 + 300).items() and len(found) in (done * 300, done * 300 + 300)
        assert not memory.problem and list(memory.check()) == []
        done = len(found) // 300
    remember(tmp_path, bottles(0, 1))
    counts = {row[0] for row in sqlite3.connect(str(tmp_path / "memory.db")).execute("SELECT number FROM run")}
    assert {int(path.stem[4:]) for path in files(tmp_path)} == counts, "what the kills left behind is swept"
    assert done > 5
    memory.close()


def test_what_never_counted_is_swept(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), writing(tmp_path) as hand:
        hand.remember(bottles(0, 100).items())
        raise InterruptedError
    (tmp_path / "run-00000077.mem").write_bytes(b"rubbish")
    left = files(tmp_path)
    memory = Memory(tmp_path)
    assert len(left) == 2 and memory.seen(bottles(0, 100)) == {} and memory.size().codes == 0
    with writing(tmp_path):
        pass
    assert files(tmp_path) == []
    memory.close()


def test_somebody_looks_up_while_files_are_joined(tmp_path: Path) -> None:
    remember(tmp_path, bottles(0, 100))
    memory, upto, failed = Memory(tmp_path), [100], []

    def write() -> None:
        try:
            for part in range(1, 40):
                remember(tmp_path, bottles(part * 100, part * 100 + 100))
                upto[0] = part * 100 + 100
        except BaseException as error:
            failed.append(error)
            raise
    other = threading.Thread(target=write)
    other.start()
    looks = 0
    while other.is_alive():
        sure = upto[0]
        for number in (0, sure // 2, sure - 1):
            code = f"https://q.example/b/{number}"
            assert memory.seen([code, "new"]) == {code: past(number // 24)}, number
        looks += 1
    other.join()
    assert looks > 10 and not failed and not memory.problem
    memory.close()


def test_a_full_disk_leaves_it_as_it_was(tmp_path: Path) -> None:
    remember(tmp_path, bottles(0, 100))
    memory, before = Memory(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(DiskFull, match="nothing was archived"):
            remember(tmp_path, bottles(100, 9_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert memory.seen(bottles(0, 9_000)) == bottles(0, 100) and not memory.problem
    remember(tmp_path, bottles(100, 9_000))
    assert memory.seen(bottles(0, 9_000)) == bottles(0, 9_000)
    memory.close()


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    remember(tmp_path, bottles(0, 10))
    with writing(tmp_path) as hand, pytest.raises(StoreRefused, match="another process"), writing(tmp_path):
        hand.remember([])
    with writing(tmp_path):
        pass


def test_a_file_of_an_old_number_is_never_made_again(tmp_path: Path) -> None:
    """Somebody may still have it open."""
    remember(tmp_path, bottles(0, 600))
    memory, before = Memory(tmp_path), files(tmp_path)
    with writing(tmp_path) as hand:
        hand.forget()
        hand.remember(bottles(0, 10).items())
    assert not set(files(tmp_path)) & set(before)
    assert memory.seen(bottles(0, 600)) == bottles(0, 10)
    memory.close()


def test_a_copy_is_the_memory_of_one_moment(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    assert not copy(tmp_path / "none", tmp_path / "copy")
    remember(tmp_path / "memory", bottles(0, 600))
    remember(tmp_path / "memory", bottles(600, 700))
    assert copy(tmp_path / "memory", tmp_path / "copy")
    remember(tmp_path / "memory", bottles(700, 900))
    memory = Memory(tmp_path / "copy")
    assert memory.seen(bottles(0, 1000)) == bottles(0, 700)
    assert {path.name for path in (tmp_path / "copy").iterdir()} >= {"memory.db", "run-00000001.mem"}
    memory.close()


# --- damage -------------------------------------------------------------------------------------------------------
def damaged(tmp_path: Path) -> tuple[Path, Run]:
    remember(tmp_path, bottles(0, 2000))
    path = files(tmp_path)[0]
    return path, Run(path)


@pytest.mark.parametrize("at", [3, 9, 20, 36, 44])
def test_a_changed_header_or_index_is_refused_at_the_start(tmp_path: Path, at: int) -> None:
    path, run = damaged(tmp_path)
    run.close()
    flip(path, at)
    with pytest.raises(StoreRefused, match=path.name):
        Memory(tmp_path)
    flip(path, at)
    flip(path, BLOCK * (1 + run.blocks) + 5)
    with pytest.raises(StoreRefused, match="index"):
        Memory(tmp_path)


def test_a_changed_block_shows_and_stops_nobody(tmp_path: Path) -> None:
    path, run = damaged(tmp_path)
    run.close()
    flip(path, BLOCK * 2 + 100)
    memory = Memory(tmp_path)
    found = memory.seen(bottles(0, 2000))
    assert 2000 - EACH - 1 <= len(found) < 2000 and "block 1" in memory.problem and path.name in memory.problem
    assert found.items() <= bottles(0, 2000).items()
    assert len(list(memory.check())) == 1
    with pytest.raises(MemoryDamaged, match="block 1"):
        remember(tmp_path, bottles(2000, 3000))          # what is damaged is not joined to what is sound
    assert len(memory.seen(bottles(0, 2000))) == len(found)
    memory.close()


def test_a_block_at_another_ones_place_shows(tmp_path: Path) -> None:
    path, run = damaged(tmp_path)
    data = path.read_bytes()
    run.close()
    path.write_bytes(data[: BLOCK * 2] + data[BLOCK * 3 : BLOCK * 4] + data[BLOCK * 3 :])
    memory = Memory(tmp_path)
    memory.seen(bottles(0, 2000))
    assert "block 1" in memory.problem
    memory.close()


def test_any_changed_byte_shows_or_changes_nothing(tmp_path: Path) -> None:
    path, run = damaged(tmp_path)
    run.close()
    size, luck = path.stat().st_size, random.Random(9)
    for at in [*(luck.randrange(BLOCK, size) for _ in range(60)), *(luck.randrange(BLOCK) for _ in range(20))]:
        flip(path, at)
        try:
            memory = Memory(tmp_path)
        except StoreRefused:
            pass
        else:
            assert list(memory.check()) or memory.seen(bottles(0, 2000)) == bottles(0, 2000)
            memory.close()
        flip(path, at)


def test_a_file_cut_short_or_gone_shows(tmp_path: Path) -> None:
    path, run = damaged(tmp_path)
    run.close()
    data = path.read_bytes()
    path.write_bytes(data[:-8])
    memory = Memory(tmp_path)
    assert len(memory.seen(bottles(0, 2000))) < 2000 and "cut short" in memory.problem
    assert len(list(memory.check())) == 1
    memory.close()
    for left in (0, 10, BLOCK, len(data) // 2):
        path.write_bytes(data[:left])
        with pytest.raises(StoreRefused, match="cut short"):
            Memory(tmp_path)
    path.unlink()
    with pytest.raises(StoreRefused, match="No such file"):
        Memory(tmp_path)


def test_a_damaged_or_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="missing"):
        Memory(tmp_path / "none", wanted=True)
    remember(tmp_path, bottles(0, 10))
    Memory(tmp_path, wanted=True).close()
    for path in tmp_path.glob("memory.db-*"):
        path.unlink()
    (tmp_path / "memory.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreRefused, match="rebuild"):
        Memory(tmp_path)


def test_a_place_behind_the_end_shows(tmp_path: Path) -> None:
    records = np.zeros(1, runs.record_type())
    records["place"] = 5
    runs.write(tmp_path / "one", [records], [runs.pack(Place(1, 2, "x"))], 1)
    run = Run(tmp_path / "one")
    assert run.place(0) == Place(1, 2, "x") and run.find(bytes(12)) == 5
    with pytest.raises(MemoryDamaged, match="behind the end"):
        run.place(5)
    run.close()


def test_files_too_long_to_join_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path, bottles(0, 100))
    monkeypatch.setattr(memories.runs, "MOST_PLACES", 100)
    with pytest.raises(ValueError, match="at most 100"):
        remember(tmp_path, bottles(100, 200))
