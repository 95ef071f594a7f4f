"""`station document` as it is typed: what it says, what it writes, and what it refuses with the key that is wrong."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from app.domain.warehouse.kinds import KINDS
from app.store.catalogue import Catalogue
from app.store.database import open_reader, open_writer, transaction
from app.store.store import Store
from app.words import Words
from tests.blackbox.goods import MASTER

STORE = {"gln": "6901234000023", "name": {"en": "Lakeside Mart", "zh_CN": "湖滨便利店"}, "role": "retailer"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    store = Store(path / "station.db", path / "journal")
    with transaction(store.connection):
        for kind, name, data in (*MASTER, ("partner", "R1", STORE)):
            store.catalogue.put(kind, name, data)
    store.close()
    return path


def document(home: Path, act: str, *words: str, language: str = "en") -> int:
    return main(["document", act, "--home", str(home), "--language", language, *words])


def test_a_document_is_written_down_shown_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(home, "new", "--kind", "sales_out", "--partner", "R1", "--line", "MILK=48", "--line", "MILK=24=L1",
                    "--quota", "STATION-1=1=30", "--quota", "B=1=18", "--reference", "po=118", "--route", "T7") == 0
    assert "Document STATION-1/D0001 is made: Sale for Lakeside Mart" in capsys.readouterr().out
    assert document(home, "new", "--kind", "scrap_out", "--reason", "LEAK", "--id", "S1") == 0
    assert document(home, "new", "--kind", "cycle_count", "--scope", "A-01", "--blind", "--state", "draft") == 0
    connection = open_reader(home / "station.db")
    made, count = (Catalogue(connection).document(f"STATION-1/D000{number}") for number in (1, 2))
    assert made and made.lines[1].lot == "L1" and made.route == "T7" and made.references == (
        ("po", "urn:epcglobal:cbv:bt:6901234000009:118"),)
    assert count and count.scope == "https://id.gs1.org/414/6901234000009/254/A-01" and count.blind
    assert connection.execute("SELECT made FROM document WHERE id='STATION-1/D0001'").fetchone() == (1,)
    connection.close()
    capsys.readouterr()
    assert document(home, "list") == 0
    out = capsys.readouterr().out
    assert "STATION-1/D0001  open  Sale  Lakeside Mart  0 of 30" in out and "OUT1" in out and "IN1" in out
    assert "STATION-1/S1  open  Scrap  –  0 units, free work" in out and "D0002" not in out
    assert document(home, "list", "--all", "--way", "count", "--json") == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["id"], row["state"], row["kind"]) == ("STATION-1/D0002", "draft", "cycle_count")
    assert document(home, "show", "STATION-1/D0001", language="zh_CN") == 0
    out = capsys.readouterr().out
    assert "销售出库" in out and "第 1 行：牛奶 (MILK)  0 / 48，本工位 30" in out and "线路：T7" in out
    assert document(home, "show", "STATION-1/D0001", "--json") == 0
    assert json.loads(capsys.readouterr().out)["lines"][0]["mine"] == 30


@pytest.mark.parametrize(("words", "said"), [
    (("--kind", "sales_out", "--partner", "R9"), "--partner: expected a partner that is known; got R9"),
    (("--kind", "sales_out"), "--partner: expected a partner, as every document of this kind (sales_out) has one"),
    (("--kind", "transfer_out", "--partner", "R1"), "--partner: expected a partner whose role goes with this kind"),
    (("--kind", "party"), "--kind: expected one of receive, purchase_in"),
    (("--kind", "scrap_out", "--reason", "FUN"), "--reason: expected one of DAMAGE, EXPIRED, LEAK, OTHER; got FUN"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--line", "MILK"), "--line: expected a line as product=units"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--line", "WINE=1"), "--line: expected a product that is known"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--line", "MILK=0"), "--line: expected a whole number from 1"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--line", "MILK=1", "--quota", "A=1=2"), "--quota: expected quotas"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--quota", "A=1"), "--quota: expected a share as station=line=units"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--reference", "order=1"), "--reference: expected a reference"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--reference", "po=x y"), "--reference: expected a web address or"),
    (("--kind", "scrap_out", "--reason", "LEAK", "--territory", "51 01"), "--territory: expected a territory's code"),
])
def test_a_wrong_value_is_named_with_its_key(home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...],
                                             said: str) -> None:
    assert document(home, "new", *words) == 2
    assert said in capsys.readouterr().err
    connection = open_reader(home / "station.db")
    assert not [row for row in connection.execute("SELECT id FROM document WHERE made=1")]
    connection.close()


def test_a_number_is_taken_once_and_the_next_free_one_is_given(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for id, code in (("D0001", 0), ("D0001", 2), ("", 0)):
        assert document(home, "new", "--kind", "scrap_out", "--reason", "LEAK", "--id", id) == code
    told = capsys.readouterr()
    assert "--id: there is a document STATION-1/D0001 already" in told.err and "STATION-1/D0002 is made" in told.out


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_kinds_are_told(home: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    assert document(home, "new", "--kind", "help", language=language) == 0
    out, words = capsys.readouterr().out, Words(language, strict=True)
    for kind in KINDS:
        assert f"{kind.name}  {words.word('document.kind', kind.name)}" in out
    assert "[" not in out


def test_a_document_is_taken_away_as_a_file(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending in ("pdf", "xlsx", "csv", "json"):
        path = tmp_path / f"note.{ending}"
        assert document(home, "export", "OUT1", "--output", str(path)) == 0
        assert path.stat().st_size > 70 and str(path) in capsys.readouterr().out
        assert document(home, "export", "OUT1", "--output", str(path)) == 2
        assert "--force" in capsys.readouterr().err
        assert document(home, "export", "OUT1", "--output", str(path), "--force") == 0
        assert document(home, "export", "NO", "--output", str(path), "--force") == 2
        assert "expected the number of a document that is known here, got NO" in capsys.readouterr().err
    for path, said in ((tmp_path / "note.doc", "expected a name that ends in"), (tmp_path / "no" / "x.pdf", "folder")):
        assert document(home, "export", "OUT1", "--output", str(path)) == 2
        assert said in capsys.readouterr().err


def test_what_was_taken_provisionally_is_listed(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(home, "unsettled") == 0
    assert "Nothing is here" in capsys.readouterr().out
    connection = open_writer(home / "station.db")
    for epc, answer in (("https://id.gs1.org/00/069012340000000018", "unknown"), ("=evil", ""), ("https://x.example/1",
                                                                                              "known")):
        connection.execute("INSERT INTO provisional VALUES (?, 'IN1', ?)", (epc, answer))
    connection.close()
    assert document(home, "unsettled", language="zh_CN") == 1
    out = capsys.readouterr().out
    assert "069012340000000018  IN1  不认识" in out and "尚未查询" in out and "x.example" not in out
    assert main(["status", "--home", str(home), "--language", "en"]) == 0
    assert "the server does not know: 1;" in capsys.readouterr().out
    assert main(["status", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unsettled"] == 1
    assert document(home, "unsettled", "--all", "--output", str(tmp_path / "u.csv")) == 1
    text = (tmp_path / "u.csv").read_text("utf-8-sig")
    assert "(00)069012340000000018" in text and "x.example" in text and "'=evil" in text
    assert document(home, "unsettled", "--output", str(tmp_path / "u.pdf")) == 2
    assert "expected a name that ends in one of .xlsx, .csv" in capsys.readouterr().err


def test_a_home_without_a_station_has_no_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(tmp_path, "list") == 0
    assert "There are no such documents here" in capsys.readouterr().out
    assert document(tmp_path, "show", "D1") == 2
    assert document(tmp_path, "export", "D1", "--output", str(tmp_path / "x.pdf")) == 2
