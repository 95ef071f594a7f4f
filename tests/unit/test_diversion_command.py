"""`station diversion`: keys, sign, import, status, evidence, as a person uses them; every refusal has its sentence."""
from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.importer import assignments
from app.importer.assignments_sign import write_rows
from app.store import bindings
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from app.words import Words, sentences
from tests.unit.store.test_evidence import NUMBER, suspicion

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "home").mkdir()

    def command(*words: object, language: str = "en") -> tuple[int, str, str]:
        act, *rest = map(str, words)
        code = main(["diversion", "--home", str(tmp_path / "home"), "--language", language, act, *rest])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def signed(run: Run, folder: Path, *more: str) -> Path:
    """A key, a package signed with it, and the station that trusts it."""
    code, out, _ = run("keys", folder / "private.key")
    assert code == 0
    (folder / "home" / "station.toml").write_text(f"[warehouse]\n{out.splitlines()[-1]}\n")
    write_rows(folder / "assignments.csv", "assignments", [("e:1", "D1", "5101", "2027-11-01")])
    write_rows(folder / "rules.csv", "rules", [])
    assert run("sign", folder, folder / "list.zip", "--key", folder / "private.key", *more)[0] == 0
    return folder / "list.zip"


def test_a_list_is_made_signed_brought_in_and_told(run: Run, tmp_path: Path) -> None:
    assert run("status")[0] == 1
    path = signed(run, tmp_path, "--id", "L7")
    assert (tmp_path / "private.key").stat().st_mode & 0o077 == 0
    code, out, _ = run("import", path)
    assert code == 0 and "L7" in out and "1 assignments" in out
    code, out, _ = run("status")
    assert code == 0 and "L7" in out and "never shipped" in out
    code, out, _ = run("status", "--json")
    assert code == 0 and json.loads(out)["assignments"] == 1
    assert run("import", path)[0] == 0                                   # once more does no harm


def test_a_partial_old_or_strange_list_is_told(run: Run, tmp_path: Path) -> None:
    path = signed(run, tmp_path, "--id", "L7", "--partial")
    assert "not complete" in run("import", path)[1]
    old = tmp_path / "old.zip"
    assert run("sign", tmp_path, old, "--key", tmp_path / "private.key", "--issued", "2020-01-01", "--id", "L1")[0] == 0
    code, _, err = run("import", old)
    assert code == 2 and "older" in err
    (tmp_path / "other.key").unlink(missing_ok=True)
    run("keys", tmp_path / "other.key")
    assert run("sign", tmp_path, old, "--key", tmp_path / "other.key")[0] == 0
    code, _, err = run("import", old, language="zh_CN")
    assert code == 2 and "签名" in err
    assert run("import", tmp_path / "none.zip")[0] == 2
    assert run("sign", tmp_path / "home", old, "--key", tmp_path / "other.key")[0] == 2
    (tmp_path / "bad.key").write_text("abc")
    assert run("sign", tmp_path, old, "--key", tmp_path / "bad.key")[0] == 2
    assert run("keys", tmp_path / "other.key")[0] == 2                   # never over one that is there


def test_evidence_is_listed_handed_over_and_looked_after(run: Run, tmp_path: Path) -> None:
    with contextlib.closing(open_writer(tmp_path / "home" / "station.db")) as connection:
        migrate(connection)
        assert "no evidence" in run("evidence")[1]
        with transaction(connection):
            bindings.apply(connection, suspicion())
    code, out, _ = run("evidence")
    assert code == 0 and NUMBER in out and "Wrong dealer" in out and "held" in out
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    assert run("evidence", NUMBER, "--attach", picture)[0] == 0
    assert run("evidence", "--attach", picture)[0] == 2
    assert run("evidence", NUMBER, "--attach", tmp_path / "home" / "station.db")[0] == 2
    assert run("evidence", NUMBER, "--attach", tmp_path / "none.png")[0] == 2
    assert run("evidence", "DV-9")[0] == 2
    code, out, _ = run("evidence", "--output", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        assert code == 0 and f"{NUMBER}/photo-1.png" in made.namelist()
    (tmp_path / "home" / "evidence" / NUMBER / "evidence.json").write_text("{}")
    code, _, err = run("evidence", NUMBER)
    assert code == 1 and "evidence.json" in err


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_refusal_has_its_sentence(language: str) -> None:
    source = Path(assignments.__file__).read_text("utf-8")
    words = {each for each in re.findall(r'BadPackage\("([a-z_]+)"', source)} | {"no_key", "bad_key"}
    told = {key.split(".")[2] for key in sentences(language) if key.startswith("diversion.refused.")}
    assert words == told
    fields = {"file": "f", "name": "n", "key": "k", "most": 1, "got": 2, "known": 1, "issued": "i", "newest": "n",
              "until": "u", "row": 3, "problem": "p"}
    for word in told:
        assert Words(language, strict=True)(f"diversion.refused.{word}", **fields)
