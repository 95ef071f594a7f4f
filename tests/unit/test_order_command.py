"""`station order` as it is typed: what it says, what it writes, and what it refuses with the key that is wrong."""
from __future__ import annotations

import io
import subprocess
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from app.cli import main
from app.domain.people import badge_hash
from app.store.database import open_reader, transaction
from app.store.store import Store
from tests.blackbox.goods import CASE_GTIN, MASTER, code, epc

PIN = "482913"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    from argon2 import PasswordHasher

    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
    path = tmp_path / "home"
    path.mkdir()
    store = Store(path / "station.db", path / "journal")
    with transaction(store.connection):
        for kind, name, data in MASTER:
            store.catalogue.put(kind, name, data)
        for id in ("wang", "chen", "lina"):
            role = "operator" if id == "lina" else "supervisor"
            store.catalogue.put("person", id, {"name": id, "role": role, "badge": badge_hash(id, id), "pin": hashed})
    store.close()
    return path


def order(home: Path, act: str, *words: str, language: str = "en") -> int:
    return main(["order", act, "--home", str(home), "--language", language, *words])


def rows(home: Path, sql: str) -> list[tuple]:
    connection = open_reader(home / "station.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def codes_file(path: Path, *texts: str, heading: str = "code") -> Path:
    path.write_text("\n".join([heading, *texts]) + "\n", "utf-8")
    return path


def raw(name: str) -> str:
    return code(name)[0].decode()


# --- new and list -------------------------------------------------------------------------------------------------
def test_an_order_is_written_down_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert order(home, "new", "--id", "A7", "--product", "MILK", "--lot", "L9", "--produced", "2027-11-30", "--expiry",
                 "2028-05-28", "--planned", "1000") == 0
    assert "/A7 is made: Milk (MILK), batch L9, 1000 units" in capsys.readouterr().out
    assert order(home, "list") == 0
    out = capsys.readouterr().out
    assert "/A7  not started  Milk (MILK)  batch L9  0 of 1000" in out and "WO1" in out


@pytest.mark.parametrize(("key", "value", "said"), [
    ("--product", "NONE", "--product: expected the number of a product that is known here, got NONE. Known are: COLA"),
    ("--produced", "30.11.27", "--produced: expected a date as YYYY-MM-DD; got 30.11.27"),
    ("--expiry", "2020-01-01", "--expiry: expected a date not before 2027-11-30"),
    ("--planned", "0", "--planned: expected a whole number from 1"),
    ("--lot", "x" * 30, "--lot: expected"),
])
def test_a_wrong_value_is_named_with_its_key(home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str,
                                             said: str) -> None:
    words = {"--id": "A7", "--product": "MILK", "--lot": "L9", "--produced": "2027-11-30", "--planned": "10",
             key: value}
    assert order(home, "new", *(each for pair in words.items() for each in pair)) == 2
    assert said in capsys.readouterr().err
    assert not rows(home, "SELECT id FROM work_order WHERE id LIKE '%A7'")


def test_a_number_is_given_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("new", "--id", "A7", "--product", "MILK", "--lot", "L9", "--planned", "10")
    assert order(home, *words) == 0 and order(home, *words, language="zh_CN") == 2
    assert "A7，请换一个号" in capsys.readouterr().err


# --- issue --------------------------------------------------------------------------------------------------------
def test_codes_of_all_levels_from_one_file(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = codes_file(tmp_path / "codes.csv", raw("m1"), raw("m2"), f"(01){CASE_GTIN}(21)1", epc("c2"),
                      f"(00){epc('p1')[-18:]}")
    assert order(home, "issue", "WO1", str(file)) == 0
    assert "5 codes are on the list of WO1 (bottle 2, case 2, pallet 1); 0 of them" in capsys.readouterr().out
    assert rows(home, "SELECT level, epc FROM order_code ORDER BY 1, 2") == sorted(
        [("bottle", epc("m1")), ("bottle", epc("m2")), ("case", epc("c1")), ("case", epc("c2")),
         ("pallet", epc("p1"))])
    assert order(home, "issue", "WO1", str(codes_file(tmp_path / "more.csv", raw("m2"), raw("m3")))) == 0
    assert "1 of them were there before" in capsys.readouterr().out


def test_codes_from_a_workbook_and_the_level_of_an_sscc(home: Path, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "codes.xlsx"))
    book.add_worksheet("codes").write_column(0, 0, ["二维码", epc("p1"), epc("p2")])
    book.close()
    assert order(home, "issue", "WO1", str(tmp_path / "codes.xlsx"), "--level", "case") == 0
    assert rows(home, "SELECT level, count(*) FROM order_code GROUP BY 1") == [("case", 2)]


def test_a_product_of_issued_codes_only_takes_what_its_order_was_given(home: Path, tmp_path: Path) -> None:
    assert order(home, "issue", "WO4", str(codes_file(tmp_path / "codes.csv", raw("s1"), raw("s2")))) == 0
    assert rows(home, "SELECT count(*) FROM issued") == [(2,)]
    assert order(home, "issue", "WO1", str(codes_file(tmp_path / "more.csv", raw("m1")))) == 0
    assert rows(home, "SELECT count(*) FROM issued") == [(2,)]


def test_a_bad_row_keeps_all_out_and_is_told(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = codes_file(tmp_path / "codes.csv", raw("m1"), raw("j1"), raw("x1"), raw("m1"),
                      raw("old1").replace("\x1d", "<GS>"), "=1+1")
    assert order(home, "issue", "WO1", str(file)) == 2
    err = capsys.readouterr().err
    assert "nothing was taken: 5 of 6 rows are bad" in err
    assert "row 3" in err and "a code of the order's product MILK" in err
    assert "row 5" in err and "batch L1" in err
    assert rows(home, "SELECT * FROM order_code") == []


@pytest.mark.parametrize(("words", "said"), [
    (("WO99", "codes.csv"), "ORDER: expected the number of an order that is known here, got WO99"),
    (("WO1", "codes.csv", "--level", "box"), "--level: expected one of the order's levels bottle, case, pallet"),
    (("WO1", "empty.csv"), "empty.csv: nothing was taken"),
    (("WO1", "none.csv"), "none.csv"),
])
def test_what_cannot_be_issued(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                               words: tuple[str, ...], said: str) -> None:
    codes_file(tmp_path / "codes.csv", raw("m1"))
    (tmp_path / "empty.csv").write_bytes(b"")
    assert order(home, "issue", words[0], str(tmp_path / words[1]), *words[2:]) == 2
    assert said in capsys.readouterr().err


# --- report -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "said", "sheets"), [
    ("en", "Codes to be explained: 2", ["Summary", "Difference", "Events by cause", "People and reasons"]),
    ("zh_CN", "需要说明的码：2", ["汇总", "差异码", "按原因统计", "人员与原因"])])
def test_a_report_is_said_and_written(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str,
                                      said: str, sheets: list[str]) -> None:
    order(home, "issue", "WO1", str(codes_file(tmp_path / "codes.csv", raw("m1"), raw("m2"))))
    files = [tmp_path / "report.xlsx", tmp_path / "report.pdf"]
    words = ("report", "WO1", "--output", str(files[0]), "--output", str(files[1]))
    assert order(home, *words, language=language) == 1
    out = capsys.readouterr().out
    assert said in out and epc("m2") in out
    assert openpyxl.load_workbook(files[0]).sheetnames == sheets
    text = subprocess.run(["pdftotext", "-layout", str(files[1]), "-"], capture_output=True, check=True,
                          timeout=60).stdout.decode()
    assert epc("m2") in text
    assert order(home, *words) == 2 and "report.xlsx: there is a file of this name" in capsys.readouterr().err
    assert order(home, *words, "--force") == 1


@pytest.mark.parametrize(("words", "said"), [
    (("WO99",), "ORDER: expected"), (("WO1", "--output", "nowhere/x.pdf"), "expected a file in a folder that is there"),
    (("WO1", "--output", "x.doc"), "expected a name that ends in .xlsx or .pdf")])
def test_what_cannot_be_reported(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                 words: tuple[str, ...], said: str) -> None:
    assert order(home, "report", *(each.replace("nowhere", str(tmp_path / "nowhere")) for each in words)) == 2
    assert said in capsys.readouterr().err


# --- close --------------------------------------------------------------------------------------------------------
def typed(monkeypatch: pytest.MonkeyPatch, *pins: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(pins) + "\n"))


def test_an_even_order_is_closed_by_one(home: Path, capsys: pytest.CaptureFixture[str],
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PIN)
    assert order(home, "close", "WO1", "--by", "wang") == 0
    assert "WO1 is closed" in capsys.readouterr().out
    assert rows(home, "SELECT stage FROM work_stage WHERE work_order='WO1'") == [("closed",)]
    assert rows(home, "SELECT reason FROM entry ORDER BY seq")[-1] == ("signed_out",)


def test_a_difference_is_closed_by_two_with_a_reason(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    order(home, "issue", "WO1", str(codes_file(tmp_path / "codes.csv", raw("m1"))))
    for words, pins in ((("--by", "wang"), (PIN,)), (("--by", "wang", "--reason", "LOST"), (PIN,)),
                        (("--by", "lina", "--reason", "LOST"), (PIN,)),
                        (("--by", "wang", "--reason", "LOST", "--approver", "wang"), (PIN, PIN)),
                        (("--by", "wang", "--reason", "LOST", "--approver", "chen"), (PIN, "000000")),
                        (("--by", "wang", "--reason", "LOST"), ("000000",))):
        typed(monkeypatch, *pins)
        assert order(home, "close", "WO1", *words) == 1, words
        assert "WO1 is not closed" in capsys.readouterr().err
    typed(monkeypatch, PIN, PIN)
    assert order(home, "close", "WO1", "--by", "wang", "--reason", "LOST", "--approver", "chen") == 0
    assert rows(home, "SELECT stage, reason FROM work_stage") == [("closed", "LOST")]


def test_who_closes_has_to_be_known(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert order(home, "close", "WO1", "--by", "nobody") == 2
    assert "--by: expected the number of a person known here, got nobody" in capsys.readouterr().err
