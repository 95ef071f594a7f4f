"""Peers in the store: identities from files and from the line, conflicts, sets that come, go, stop and break."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.domain.packing.sampling import Place
from app.domain.reasons import Reason
from app.store import pair_sets
from app.store.database import Connection, StoreRefused, open_writer
from app.store.pair_about import Description, PairsDamaged
from app.store.pair_file import BLOCK_ROWS, TABLE, PairFile, keys, packed, write_set
from app.store.pair_sets import PairSet, PairSets
from app.store.paired import PAIRS, tie, untie
from app.store.pairs import Pairs, Peer, Tied

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
Make = Callable[..., PairSet]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pairs"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    made.executescript(PAIRS)
    yield made
    made.close()


@pytest.fixture
def pairs(db: Connection, folder: Path) -> Iterator[Pairs]:
    with closing(Pairs(db, folder)) as made:
        yield made


@pytest.fixture
def make(folder: Path) -> Make:
    """Registers a set of these rows, live at once."""
    def made(name: str, *rows: Sequence[str], roles: tuple[str, ...] = ("outer", "inner"), identity: int = 0,
             sample: int = 0) -> PairSet:
        with closing(PairSets(folder, writing=True)) as sets:
            about = write(sets.path(name), rows, Description(
                id=name, roles=roles, identity=identity, rows=len(rows), last_row=len(rows), source=f"{name}.csv",
                sha256="", imported_at=NOW))
            return sets.add(about, sample)
    return made


def write(path: Path, rows: Sequence[Sequence[str]], about: Description) -> Description:
    """Row n of the file is rows[n - 1]; an empty one is not there."""
    lines = ["\t".join(row) for row in rows]
    starts = range(0, len(lines), BLOCK_ROWS)
    blocks = [packed(lines[at:at + BLOCK_ROWS]) for at in starts]
    codes = [(code, (row + 1) * len(about.roles) + column) for row, codes in enumerate(rows)
             for column, code in enumerate(codes)]
    hashes = keys(code for code, _ in codes)
    order = np.argsort(hashes, kind="stable")
    parts = [path.with_name(f"{path.name}.{part}") for part in ("table", "hashes", "places")]
    path.write_bytes(b"".join(blocks))
    np.array([(at + 1, len(block)) for at, block in zip(starts, blocks, strict=True)], TABLE).tofile(parts[0])
    hashes[order].tofile(parts[1])
    np.array([place for _, place in codes], "<u4")[order].tofile(parts[2])
    about = write_set(path, *parts, about)
    for part in parts:
        part.unlink()
    return about


# --- identities -------------------------------------------------------------------------------------------------------
def test_without_any_pairs_every_code_is_its_own_identity(pairs: Pairs, folder: Path) -> None:
    assert pairs.identities(["a", "b"]) == {} and pairs.identities([]) == {}
    assert pairs.peers("a") == () and pairs.roles(["a"]) == {} and pairs.before("a", "inner", "b") is None
    assert not folder.exists(), "asking makes nothing"
    with closing(Pairs(pairs._connection, None)) as nowhere:
        assert nowhere.identities(["a"]) == {} and nowhere.sets() == ()


def test_an_alias_leads_to_its_identity(pairs: Pairs, make: Make) -> None:
    make("caps", *((f"o{n}", f"i{n}") for n in range(1, 201)))
    assert pairs.identities(["i1", "o2", "i200", "x", "i64", "i65"]) == {
        "i1": "o1", "i200": "o200", "i64": "o64", "i65": "o65"}
    assert pairs.peers("o7") == (Peer("inner", "i7", "caps.csv"),)
    assert pairs.roles(["o7", "o9", "x"]) == {"o7": {"inner": "i7"}, "o9": {"inner": "i9"}}


def test_the_identity_may_be_any_column(pairs: Pairs, make: Make) -> None:
    make("cartons", ("in1", "out1", "lid1"), roles=("inside", "outside", "lid"), identity=1)
    assert pairs.identities(["in1", "out1", "lid1"]) == {"in1": "out1", "lid1": "out1"}
    assert {each.role: each.epc for each in pairs.peers("out1")} == {"inside": "in1", "lid": "lid1"}


def test_sets_that_come_and_go_are_seen_at_once(pairs: Pairs, make: Make, folder: Path) -> None:
    assert pairs.identities(["i1"]) == {}
    first = make("first", ("o1", "i1"))
    assert pairs.identities(["i1", "i2"]) == {"i1": "o1"}
    make("second", ("o2", "i2"))
    assert pairs.identities(["i1", "i2"]) == {"i1": "o1", "i2": "o2"}
    with closing(PairSets(folder, writing=True)) as sets:
        sets.remove(first.number)
        assert [path.name for path in folder.glob("*.pairs")] == ["second.pairs"]
    assert pairs.identities(["i1", "i2"]) == {"i2": "o2"}


def test_only_live_sets_count(pairs: Pairs, make: Make) -> None:
    found = make("caps", ("o1", "i1"), ("o2", "i2"), sample=1)
    assert found.state == "to_check" and pairs.identities(["i1"]) == {}
    assert pairs.place(found, "i2") == Place(2, 1, ("o2", "i2")) and pairs.place(found, "x") is None
    for code in ("o2", "i2"):
        state, verdict = pairs.sample(found.number, code)
    assert verdict.reason == Reason.PAIRS_RELEASED
    assert pairs.sets()[0].state == "live" and pairs.sets()[0].sampling == state
    assert pairs.identities(["i1"]) == {"i1": "o1"}
    for code in ("o1", "i2"):
        pairs.sample(found.number, code)
    with pytest.raises(KeyError):
        pairs.sample(99, "o1")
    assert pairs.sets()[0].state == "stopped" and pairs.identities(["i1"]) == {}


def test_equal_fingerprints_are_told_apart_by_the_text(pairs: Pairs, make: Make, monkeypatch: pytest.MonkeyPatch,
                                                       ) -> None:
    monkeypatch.setattr("app.store.pair_file.key", lambda epc: b"\1" * 8)      # every code the same
    make("caps", ("o1", "i1"), ("o2", "i2"))
    assert pairs.identities(["i1", "i2", "o2", "x"]) == {"i1": "o1", "i2": "o2"}


# --- the line ---------------------------------------------------------------------------------------------------------
def test_pairs_of_the_line(pairs: Pairs, db: Connection) -> None:
    pairs.add("b1", "cap", "c1")
    assert pairs.identities(["c1", "b1"]) == {"c1": "b1"}
    assert pairs.peers("b1") == (Peer("cap", "c1", "line"),) and pairs.roles(["b1"]) == {"b1": {"cap": "c1"}}
    tie(db, "b1", "cap", "c1")
    assert len(pairs.peers("b1")) == 1
    untie(db, "c1")
    assert pairs.peers("b1") == () and pairs.identities(["c1"]) == {}


def test_file_and_line_together_lead_to_the_last_identity(pairs: Pairs, make: Make) -> None:
    make("caps", ("o1", "i1"), ("o2", "i2"))
    pairs.add("b1", "outer", "o1")
    assert pairs.identities(["i1", "o1", "i2"]) == {"i1": "b1", "o1": "b1", "i2": "o2"}
    assert {each.role: each.epc for each in pairs.peers("b1")} == {"outer": "o1", "inner": "i1"}


def test_a_ring_ends(pairs: Pairs) -> None:
    pairs.add("a", "x", "b")
    pairs.add("b", "x", "a")
    assert set(pairs.identities(["a", "b"])) <= {"a", "b"}


def test_what_cannot_be_tied(pairs: Pairs, make: Make) -> None:
    make("caps", ("o1", "i1"))
    pairs.add("b1", "cap", "c1")
    assert pairs.before("b1", "cap", "c1") is None and pairs.before("b2", "cap", "c2") is None
    assert pairs.before("b2", "cap", "c1") == Tied("c1", "cap", "b1", "line")
    assert pairs.before("b1", "cap", "c2") == Tied("b1", "cap", "c1", "line")
    assert pairs.before("o2", "inner", "i1") == Tied("i1", "inner", "o1", "caps.csv")
    assert pairs.before("o1", "inner", "i2") == Tied("o1", "inner", "i1", "caps.csv")
    assert pairs.before("o1", "inner", "i1") is None


# --- what can break ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("harm", ["gone", "cut", "other", "block"])
def test_a_broken_set_counts_as_none_and_is_told(pairs: Pairs, make: Make, folder: Path, harm: str) -> None:
    make("good", ("o1", "i1"))
    make("bad", ("o2", "i2"))
    path = folder / "bad.pairs"
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": data[:-5], "other": b"x" * 500, "block": b"\0" * 10 + data[10:]}[harm])
    assert pairs.identities(["i1", "i2"]) == {"i1": "o1"}
    assert list(pairs.problems) == [str(path)]
    assert [each[0] for each in pair_sets.problems(folder, deep=True)] == [str(path)]
    assert len(list(pair_sets.problems(folder, deep=False))) == (harm != "block")


def test_a_register_that_is_no_database_stops_no_scan(pairs: Pairs, folder: Path) -> None:
    folder.mkdir()
    (folder / "pairs.db").write_bytes(b"nothing of the kind" * 100)
    assert pairs.identities(["i1"]) == {} and pairs.problems
    assert len(list(pair_sets.problems(folder, deep=False))) == 1


def test_a_later_register_is_refused(folder: Path) -> None:
    with closing(PairSets(folder, writing=True)) as sets:
        sets.connection.execute("PRAGMA user_version=2")
    with pytest.raises(StoreRefused, match="version 2"):
        PairSets(folder)


def test_a_file_knows_when_a_byte_has_changed(make: Make, folder: Path) -> None:
    make("caps", *((f"o{n}", f"i{n}") for n in range(500)))
    path = folder / "caps.pairs"
    assert PairFile(path).whole()
    with path.open("r+b") as file:
        file.seek(-2000, os.SEEK_END)
        byte = file.read(1)
        file.seek(-2000, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
    assert not PairFile(path).whole()
    path.write_bytes(b"")
    with pytest.raises(PairsDamaged):
        PairFile(path)


# --- backup -----------------------------------------------------------------------------------------------------------
def test_sets_go_into_a_backup_and_come_back_where_they_are_missing(make: Make, folder: Path, tmp_path: Path) -> None:
    make("a", ("o1", "i1"))
    stopped = make("b", ("o2", "i2"), sample=3)
    (folder / "staged" / "zzz").mkdir(parents=True)
    pair_sets.copy(folder, tmp_path / "copy")
    assert sorted(each.name for each in (tmp_path / "copy").iterdir()) == ["a.pairs", "b.pairs", "pairs.db"]
    assert pair_sets.bring(tmp_path / "copy", tmp_path / "new") == 2
    assert not list(pair_sets.problems(tmp_path / "new", deep=True))
    with closing(PairSets(tmp_path / "new")) as sets:
        assert [(each.state, each.about.id) for each in sets.all()] == [("live", "a"), ("to_check", "b")]
    make("c", ("o3", "i3"))
    with closing(PairSets(folder, writing=True)) as sets:
        sets.remove(stopped.number)
    assert pair_sets.bring(tmp_path / "copy", folder) == 1
    with closing(PairSets(folder)) as sets:
        assert [each.about.id for each in sets.all()] == ["a", "c", "b"]
    (folder / "a.pairs").unlink()
    assert pair_sets.bring(tmp_path / "copy", folder) == 0
    assert not list(pair_sets.problems(folder, deep=True)), "the lost file came back"
    pair_sets.copy(tmp_path / "nothing", tmp_path / "none")
    assert not (tmp_path / "none").exists() and pair_sets.bring(tmp_path / "none", folder) == 0
