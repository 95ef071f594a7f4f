"""`station stock` as it is typed: sums, objects, files that a spreadsheet opens right, and the check."""
from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from app.cli import main
from app.doctor import checks
from app.domain.decision import Placed
from app.home import Home
from app.reports.tables import Listed, write_lists
from app.settings import Settings
from app.store.catalogue import Catalogue
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from tests.unit.store.goods import SHELF, act, live, pallet, products

ODD = "=cmd|' /C calc'!A0"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    db = open_writer(path / "station.db")
    migrate(db)
    products(db)
    with transaction(db):
        Catalogue(db).put("product", ODD, {"name": {"en": "+1 Milk", "zh_CN": "＝牛奶"}, "gtins": {}, "plan": "P"})
        pallet(db, "p1", "L1", 3, "2020-01-10")
        act(db, Placed(("p1",), "in_progress", SHELF))
        pallet(db, "p2", "0012", 2, "2999-12-31")
        act(db, Placed(("p2",), "in_transit", "", "DC7"))
        act(db, live("b9", lot=ODD, expiry="", product=ODD))
    db.close()
    return path


def stock(home: Path, *words: str, language: str = "en") -> int:
    return main(["stock", "--home", str(home), "--language", language, *words])


def test_sums(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stock(home) == 0
    said = capsys.readouterr().out
    assert "Here: 7 units in 2 outermost objects" in said and "Milk (MILK): 6 units" in said and "L1" not in said
    assert stock(home, "--by", "lot", "--everything") == 0
    assert "0012: 4 units" in capsys.readouterr().out
    assert stock(home, "--by", "location", "--location", "A-1", language="zh_CN") == 0
    assert "库位: A-1: 6 个单品" in capsys.readouterr().out
    assert stock(home, "--objects", "--partner", "DC7") == 0
    assert "p2" in capsys.readouterr().out
    assert stock(home, "--by", "age", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["key"], row["units"]) for row in rows] == [("expired", 6), ("no_date", 1)]


def test_files(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, table = tmp_path / "stock.xlsx", tmp_path / "stock.csv"
    assert stock(home, "--everything", "--output", str(book), "--output", str(table), language="zh_CN") == 0
    raw = table.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert rows[0][:3] == ["产品", "名称", "批号"]
    assert rows[1][:3] == [f"'{ODD}", "'＝牛奶", f"'{ODD}"], "no cell is a formula"
    counts = {row[2]: (row[-2], row[-1]) for row in rows[1:]}
    assert counts == {f"'{ODD}": ("1", "1"), "L1": ("6", "1"), "0012": ("4", "1")}
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["库存", "按产品", "按货龄", "按库位"]
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    lots = [row[2].value for row in sheets["库存"].iter_rows(min_row=2)]
    assert "0012" in lots, "text stays text"
    assert stock(home, "--csv", str(table)) == 2 and stock(home, "--output", str(book.with_suffix(".pdf"))) == 2
    assert "stock.csv" in capsys.readouterr().err
    assert stock(home, "--output", str(table), "--force") == 0


def test_a_list_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[list[str]]:
        """A row, then the disk is gone."""
        yield ["a"]
        raise OSError("gone")

    path = tmp_path / "list.csv"
    path.write_text("before", "utf-8")
    with pytest.raises(OSError, match="gone"):
        write_lists(path, [Listed("x", ["x"], broken())], "x")
    assert path.read_text("utf-8") == "before" and [each.name for each in tmp_path.iterdir()] == ["list.csv"]
    with pytest.raises(ValueError, match="xlsx"):
        write_lists(tmp_path / "list.txt", [], "x")


def test_the_check_finds_what_is_wrong_and_the_recount_mends_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stock(home, "--check") == 0 and _doctor(home) == "ok"
    db = open_writer(home / "station.db")
    db.execute("UPDATE stock SET leaves=leaves+1 WHERE lot='L1'")
    db.close()
    assert stock(home, "--check") == 1 and _doctor(home) == "fault"
    assert "L1" in capsys.readouterr().out
    assert stock(home, "--recount") == 0 and stock(home, "--check") == 0 and _doctor(home) == "ok"


def test_a_home_without_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stock(tmp_path) == 0 and str(tmp_path) in capsys.readouterr().out


def _doctor(home: Path) -> str:
    return next(each.state for each in checks(Home(home), Settings()) if each.name == "stock")
