"""The signed package of assignments: taken whole or not at all, never an older one, seen by a station that runs."""
from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.warehouse.goods import Binding, Sighting, TerritoryRule
from app.importer.assignments import BadPackage, beside, take
from app.importer.assignments_sign import new_key, package, write_rows
from app.store.assignments import Assignments
from app.store.snapshot_file import POINTER, current

NOW = datetime(2027, 11, 30, 2, 0, tzinfo=UTC)
PRIVATE, PUBLIC = new_key()
E1, E2 = "https://q.brand.example/b/000001", "https://q.brand.example/b/000002"


def made(folder: Path, id: str = "S1", *, days: int = 0, valid: int = 30, private: str = PRIVATE, zipped: bool = True,
         assignments: list[tuple[str, ...]] | None = None, complete: bool = True,
         rules: list[tuple[str, ...]] | None = None, sightings: list[tuple[object, ...]] | None = None,
         into: str = "") -> Path:
    """A package issued `days` after NOW."""
    source = folder / f"rows-{into or id}"
    source.mkdir()
    write_rows(source / "assignments.csv", "assignments", assignments if assignments is not None else [
        (E1, "D1", "5101", "2027-11-01"), (E2, "D2", "31", "2027-11-02T10:00:00+08:00"),
        (E1, "D2", "31", "2027-11-05")])
    write_rows(source / "rules.csv", "rules", rules if rules is not None else [
        ("R1", "D1", "51", "", "", "2027-01-01", ""), ("R2", "D1", "5101", "MILK", "", "", "2027-12-31")])
    write_rows(source / "sightings.csv", "sightings", sightings if sightings is not None else [
        (E2, "Shanghai", "2027-11-29T10:00:00+08:00", 31.23, 121.47, "31")])
    issued = NOW + timedelta(days=days)
    return package(source, folder / (f"{into or id}.zip" if zipped else into or id), private, id=id, issued_at=issued,
                   valid_until=issued + timedelta(days=valid), complete=complete)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_package_is_taken_and_asked(tmp_path: Path, zipped: bool) -> None:
    home = tmp_path / "diversion"
    told: list[tuple[int, int]] = []
    taken = take(made(tmp_path, zipped=zipped), home, PUBLIC, NOW, lambda done, total: told.append((done, total)))
    assert (taken.id, taken.assignments, taken.rules, taken.sightings) == ("S1", 3, 2, 1)
    assert told[-1] == (6, 6)
    asked = Assignments(home)
    asked.refresh()
    assert asked.bindings([E1, E2, "x:strange"]) == {E1: Binding(E1, "D2", "31", "2027-11-05"),      # said last
                                                     E2: Binding(E2, "D2", "31", "2027-11-02")}
    rules = (TerritoryRule("R1", "D1", "51", since="2027-01-01"),
             TerritoryRule("R2", "D1", "5101", "MILK", until="2027-12-31"))
    assert asked.rules(["D1", "D9"]) == {"D1": rules} == asked.rules({"D1"}) and asked.rules(()) == {}
    assert asked.sightings([E1, E2]) == {E2: Sighting("Shanghai", "2027-11-29T10:00:00+08:00", 31.23, 121.47, "31")}
    assert (asked.snapshot.id, asked.snapshot.complete) == ("S1", True)
    asked.close()


def test_a_newer_one_is_seen_without_a_restart_and_an_older_one_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    asked = Assignments(home)
    asked.refresh()
    assert asked.snapshot.id == "" and asked.bindings([E1]) == {}
    first, newer = made(tmp_path, "S1"), made(tmp_path, "S2", days=1, assignments=[])
    take(first, home, PUBLIC, NOW)
    asked.refresh()
    assert asked.snapshot.id == "S1" and set(asked.bindings([E1])) == {E1}
    take(newer, home, PUBLIC, NOW)
    asked.refresh()
    assert asked.snapshot.id == "S2" and asked.bindings([E1]) == {}
    with pytest.raises(BadPackage) as refused:
        take(first, home, PUBLIC, NOW)
    assert refused.value.word == "older"
    assert take(newer, home, PUBLIC, NOW).id == "S2"                  # again: nothing happens
    assert len(list(home.glob("*.snapshot"))) == 1
    asked.close()


def test_an_expired_one_is_refused_even_where_the_clock_was_put_back(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    with pytest.raises(BadPackage) as refused:
        take(made(tmp_path, "OLD", days=-40), home, PUBLIC, NOW)
    assert refused.value.word == "expired"
    take(made(tmp_path, "S1"), home, PUBLIC, NOW)
    short = made(tmp_path, "SHORT", days=0, valid=1)
    assert take(short, home, PUBLIC, NOW - timedelta(days=300)).id == "SHORT"


def signed_anew(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    """The manifest in a folder changed, and signed again with the right key."""
    from app.importer.assignments_sign import sign

    body = json.loads((path / "manifest.json").read_text())
    change(body)
    (path / "manifest.json").write_text(json.dumps(body))
    (path / "manifest.sig").write_text(sign(PRIVATE, (path / "manifest.json").read_bytes())[0])


def spoil(path: Path, how: str) -> None:
    match how:
        case "row":
            (path / "assignments.csv").write_text((path / "assignments.csv").read_text().replace("5101", "5102"))
        case "longer":
            with (path / "assignments.csv").open("a") as file:
                file.write("e:9,D1,5101,2027-11-01\n")
        case "manifest":
            body = (path / "manifest.json").read_text()
            (path / "manifest.json").write_text(body.replace('"complete": true', '"complete": false'))
        case "gone":
            (path / "rules.csv").unlink()
        case "unsigned":
            (path / "manifest.sig").unlink()
        case "format":
            signed_anew(path, lambda body: body.update(format=2))
        case "outside":
            signed_anew(path, lambda body: body["files"][0].update(name="../assignments.csv"))    # type: ignore[index]
        case "huge":
            (path / "manifest.json").write_bytes(b" " * 200_000)
        case "counts":
            signed_anew(path, lambda body: body["files"][1].update(rows=3))                       # type: ignore[index]


@pytest.mark.parametrize(("how", "word"), [
    ("row", "changed"), ("longer", "changed"), ("manifest", "signature"), ("gone", "missing"), ("unsigned", "missing"),
    ("format", "format"), ("outside", "manifest"), ("huge", "too_long"), ("counts", "changed")])
def test_a_spoiled_package_is_refused_and_what_is_in_force_stays(tmp_path: Path, how: str, word: str) -> None:
    home = tmp_path / "diversion"
    before = take(made(tmp_path, "S0"), home, PUBLIC, NOW)
    path = made(tmp_path, "S1", days=1, zipped=False)
    spoil(path, how)
    with pytest.raises(BadPackage) as refused:
        take(path, home, PUBLIC, NOW)
    assert refused.value.word == word
    assert current(home) == before and (home / before.file).exists()
    assert not list(home.glob("*.part"))


@pytest.mark.parametrize("row", [
    (E1, "D1", "5101"), ("", "D1", "5101", "2027-11-01"), (E1, "", "5101", "2027-11-01"), (E1, "D1", "5101", "soon"),
    ("no-uri", "D1", "5101", "2027-11-01"), (E1 + "\x07", "D1", "5101", "2027-11-01")])
def test_a_bad_row_is_named(tmp_path: Path, row: tuple[str, ...]) -> None:
    path = made(tmp_path, assignments=[(E2, "D1", "5101", "2027-11-01"), row])
    with pytest.raises(BadPackage) as refused:
        take(path, tmp_path / "diversion", PUBLIC, NOW)
    assert (refused.value.word, refused.value.data["row"]) == ("row", 3)


@pytest.mark.parametrize(("key", "word"), [("", "no_key"), ("abc", "bad_key"), (new_key()[1], "signature")])
def test_only_the_key_of_the_settings_counts(tmp_path: Path, key: str, word: str) -> None:
    with pytest.raises(BadPackage) as refused:
        take(made(tmp_path), tmp_path / "diversion", key, NOW)
    assert refused.value.word == word


def test_a_zip_that_is_none_or_is_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(BadPackage) as refused:
        take(path, tmp_path / "diversion", PUBLIC, NOW)
    assert refused.value.word == "no_package"
    whole = made(tmp_path)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-30])
    with pytest.raises(BadPackage):
        take(cut, tmp_path / "diversion", PUBLIC, NOW)


def test_a_zip_that_unpacks_without_end_is_read_no_further_than_promised(tmp_path: Path) -> None:
    path = made(tmp_path)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data + b"x" * 50_000_000 if name == "assignments.csv" else data)
    with pytest.raises(BadPackage) as refused:
        take(bomb, tmp_path / "diversion", PUBLIC, NOW)
    assert refused.value.word in ("row", "changed")


def _die(path: Path, home: Path) -> None:
    def at(done: int, total: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    take(path, home, PUBLIC, NOW, at)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill a process that way")
def test_a_kill_leaves_what_was_in_force(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    before = take(made(tmp_path, "S0"), home, PUBLIC, NOW)
    newer = made(tmp_path, "S1", days=1)
    process = multiprocessing.get_context("fork").Process(target=_die, args=(newer, home))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert current(home) == before and list(home.glob("*.part"))
    assert take(newer, home, PUBLIC, NOW).id == "S1"
    assert not list(home.glob("*.part"))


def test_a_process_beside_takes_it_and_tells_what_was_wrong(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    assert beside(made(tmp_path), home, PUBLIC, NOW).id == "S1"
    with pytest.raises(BadPackage) as refused:
        beside(made(tmp_path, "S2", days=-1), home, PUBLIC, NOW)
    assert refused.value.word == "older"


def test_a_damaged_file_judges_nothing_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    taken = take(made(tmp_path), home, PUBLIC, NOW)
    shutil.copy(home / POINTER, tmp_path / "kept")
    (home / taken.file).write_bytes(b"rubbish" * 1000)
    asked = Assignments(home)
    asked.refresh()
    assert asked.snapshot.id == "" and asked.problem and asked.bindings([E1]) == {}
    asked.close()
    (home / POINTER).write_text("{")
    asked.refresh()
    assert asked.problem and asked.snapshot.id == ""


def test_a_code_that_is_listed_twice_belongs_where_it_was_shipped_last(tmp_path: Path) -> None:
    """Whatever the order of the rows is; of one day the last row stands. So do sightings."""
    path = made(tmp_path, assignments=[
        (E1, "D2", "31", "2027-11-05"), (E1, "D1", "5101", "2027-11-01"), (E2, "D1", "5101", "2027-11-02"),
        (E2, "D2", "31", "2027-11-02")], sightings=[
        (E1, "Shanghai", "2027-11-29T10:00:00+08:00", 31.23, 121.47, "31"),
        (E1, "Chengdu", "2027-11-29T01:00:00+00:00", 30.67, 104.07, "51")])
    take(path, tmp_path / "diversion", PUBLIC, NOW)
    asked = Assignments(tmp_path / "diversion")
    asked.refresh()
    assert {epc: found.partner for epc, found in asked.bindings([E1, E2]).items()} == {E1: "D2", E2: "D2"}
    assert asked.sightings([E1])[E1].place == "Shanghai"
    asked.close()


def test_rules_that_contradict_each_other_are_refused_and_days_are_days_however_they_are_written(
        tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    path = made(tmp_path, rules=[("R1", "D1", "51", "", "", "20270101", "2027-W52-7"),
                                 ("R1", "D2", "31", "", "", "", ""),
                                 ("R1", "D1", "51", "", "", "2027-01-01", "2028-01-02")])
    take(path, home, PUBLIC, NOW)
    asked = Assignments(home)
    asked.refresh()
    assert asked.rules(["D1"])["D1"] == (TerritoryRule("R1", "D1", "51", since="2027-01-01", until="2028-01-02"),)
    asked.close()
    twice = made(tmp_path, "S2", days=1, rules=[("R1", "D1", "51", "", "", "", ""), ("R1", "D1", "31", "", "", "", "")])
    with pytest.raises(BadPackage) as refused:
        take(twice, home, PUBLIC, NOW)
    assert (refused.value.word, refused.value.data["row"]) == ("row", 3) and current(home).id == "S1"


def test_a_list_issued_anew_under_its_number_is_taken(tmp_path: Path) -> None:
    home = tmp_path / "diversion"
    take(made(tmp_path), home, PUBLIC, NOW)
    again = made(tmp_path, days=1, assignments=[(E1, "D9", "", "2027-11-09")], into="again")
    assert take(again, home, PUBLIC, NOW).assignments == 1
    asked = Assignments(home)
    asked.refresh()
    assert asked.bindings([E1])[E1].partner == "D9" and len(list(home.glob("*.snapshot"))) == 1
    asked.close()
