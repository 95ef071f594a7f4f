"""`station sync --once` does once all that a running station does: events, master data, questions, the signed list."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from app.domain.warehouse.policy import Policy
from app.importer.assignments_sign import new_key
from app.store.database import open_reader
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift
from tests.e2e.test_snapshot import listed
from tests.e2e.training_server import running


def provisional_shift(folder: Path) -> Shift:
    """A station that took something in which nobody had told of, and has not been online since."""
    shift = Shift(folder)
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.restart()
    shift.put(("document", "R1", {"kind": "purchase_in", "partner": "PLANT", "lines": [
        {"line": 1, "product": "MILK", "quantity": 8}]}))
    shift.play("""
        badge lina
        do DOCUMENT:R1
        scan c77    -> accepted received > receiving c77
    """)
    shift.end()
    return shift


def write(home: Path, url: str, public: str) -> None:
    (home / "station.toml").write_text(f'[station]\nlanguage = "en"\n[server]\nurl = "{url}"\n'
                                       f'[warehouse]\nsnapshot_key = "{public}"\n', "utf-8")


def test_once_sends_reads_asks_and_fetches_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = new_key()
    home = provisional_shift(tmp_path).home
    with running(tmp_path / "central") as server:
        server.http.put("/snapshot", content=listed(tmp_path, private, "S1", "D1", 2))
        write(home, server.url, public)
        assert main(["sync", "--once", "--home", str(home)]) == 0, capsys.readouterr()
        said = capsys.readouterr().out
        assert "0 known to the server, 1 not" in said
        assert "a newer list of assignments has come" in said and "List S1" in said
        assert "master data: " in said and "master data: 0" not in said
        assert server.found(MATCH_epc=epc("c77"), EQ_bizStep="receiving")
        assert server.found(MATCH_epc=epc("c77"), EQ_bizStep="holding"), "what the answer caused goes out, too"
        assert main(["sync", "--once", "--home", str(home), "--language", "zh_CN"]) == 0
        assert "没有更新的货物流向清单" in capsys.readouterr().out
    connection = open_reader(home / "station.db")
    assert connection.execute("SELECT epc, answer FROM provisional").fetchall() == [(epc("c77"), "unknown")]
    connection.close()
    assert (home / "diversion" / "current.json").exists()
    assert main(["verify", "--home", str(home)]) == 0


def test_a_list_that_is_refused_or_cannot_be_had_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, _ = new_key()
    _, other = new_key()
    home = tmp_path / "home"
    home.mkdir()
    with running(tmp_path / "central") as server:
        server.http.put("/snapshot", content=listed(tmp_path, private, "S1", "D1", 2))
        write(home, server.url, other)
        assert main(["sync", "--once", "--home", str(home)]) == 1
        assert "A new list of assignments was refused" in capsys.readouterr().out
    assert main(["sync", "--once", "--home", str(home)]) == 1
    assert "list of assignments: The server cannot be reached" in capsys.readouterr().out
