"""The report of a count and `station count`: what a real count left in a real store, as files and in the terminal."""
from __future__ import annotations

import contextlib
import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.cli import main
from app.reports.count import write_count
from app.store.count_told import CountFiles, CountReader, UnknownCount
from app.store.database import open_reader
from tests.blackbox.goods import SITE
from tests.blackbox.shift import Shift
from tests.blackbox.test_count_shift import CHEN, PACKED, count

NOW = datetime(2027, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    """The database of a shift with a count that was adjusted and one that is open."""
    shift = Shift(tmp_path)
    shift.put(CHEN, count("C1"), count("=C 2/甲", "cycle_count", blind=True))
    shift.play(PACKED + """
        badge wang
        do DOCUMENT:C1
        scan p1
        scan c3
        do RECOUNT
        scan m77
        do ADJUST:THEFT
        badge chen-1 -> complete count_adjusted > unpacking p2 1, unpacking c4 4, decommissioning 5, stock_taking m77
        do DOCUMENT:=C 2/甲
        scan p1
    """)
    shift.end()
    return shift.home / "station.db"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_files_tell_all_of_it(counted: Path, tmp_path: Path, language: str) -> None:
    for name in ("C1", "=C 2/甲"):
        book = write_count(tmp_path / "count.xlsx", counted, SITE, name, language=language, station="DOCK-1", now=NOW)
        sheets = load_workbook(book).worksheets
        assert len(sheets) == 4
        cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell.value for cell in cells if cell.data_type == "f"]
        paper = write_count(tmp_path / "count.pdf", counted, SITE, name, language=language, station="D", now=NOW)
        assert paper.read_bytes().startswith(b"%PDF")
    with write_count(tmp_path / "c.csv", counted, SITE, "C1", language=language, station="D", now=NOW).open(
            encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    told = {row[0]: row for row in rows[1:]}
    missing, unknown = ("Missing", "Extra: not known") if language == "en" else ("缺少", "多出：未知")
    assert told[missing][6] == "4" and told[missing][9].endswith("-LOSS")
    with contextlib.closing(open_reader(counted)) as connection:
        assert CountReader(connection, SITE, lambda name: "").told("C1").booked[1:] == ("wang", "chen")
    assert told[unknown][6] == "1" and told[unknown][9].endswith("-GAIN")


def test_a_count_that_is_not_there(counted: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownCount):
        write_count(tmp_path / "c.pdf", counted, SITE, "C9", language="en", station="D", now=NOW)
    with pytest.raises(ValueError, match="xlsx"):
        write_count(tmp_path / "c.doc", counted, SITE, "C1", language="en", station="D", now=NOW)


def test_the_window_asks(counted: Path) -> None:
    files = CountFiles(counted, SITE, lambda: "en")
    assert [(row.id, row.seen, row.expected) for row in files.open_counts()] == [("=C 2/甲", 8, 0)]
    assert {(row.finding, row.units) for row in files.differences("C1")} == {("missing", 4), ("unknown", 1)}
    assert {(row.finding, row.units) for row in files.differences("=C 2/甲")} == {("missing", 4), ("missing", 1)}
    assert files.shelves() == () and files.differences("C9") == ()


def test_on_the_command_line(counted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(counted, home / "station.db")
    common = ["--home", str(home), "--language", "en"]
    assert main(["count", "list", *common]) == 0
    assert "=C 2/甲" in capsys.readouterr().out
    assert main(["count", "show", "C1", "--json", *common]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "closed" and [each[0] for each in told["rounds"]] == [1, 2]
    assert main(["count", "show", "=C 2/甲", *common]) == 1
    assert main(["count", "show", "C9", *common]) == 2
    assert main(["count", "export", "C1", str(tmp_path / "a.pdf"), *common]) == 0
    assert main(["count", "export", "C1", str(tmp_path / "a.pdf"), *common]) == 2
    assert main(["count", "export", "C1", "--output", str(tmp_path / "a.doc"), *common]) == 2
    assert main(["count", "export", "C1", *common]) == 2
    assert main(["count", "export", "C1", "--output", str(tmp_path / "a.pdf"), "--force", *common]) == 0
    said = capsys.readouterr()
    assert "C9" in said.err and "a.doc" in said.err
