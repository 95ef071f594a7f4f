"""`station location`: the list, and labels whose code the station reads back from the paper."""
from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import cv2
import pytest
import zxingcpp

from app.cli import main
from app.domain.codes.identity import CommandCode
from app.domain.codes.rules import RuleTable
from app.domain.warehouse.places import shelf_code
from app.home import Home
from app.store.catalogue import Catalogue
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from app.words import LANGUAGES

SHELVES = {
    "A-01": {"name": {"en": "Aisle A", "zh_CN": "A 巷"}},
    "R/01": {"name": {"en": "Returns"}, "kind": "returns", "statuses": ["returned"]},
    "OLD": {"name": {"en": "Old"}, "active": False},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    database = Home(folder).database
    with closing(open_writer(database)) as connection:
        migrate(connection)
        with transaction(connection):
            for code, record in SHELVES.items():
                Catalogue(connection).put("location", code, record)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list(home: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    assert main(["location", "list", "--home", str(home), "--language", language]) == 0
    said = capsys.readouterr().out
    assert all(code in said for code in SHELVES) and "[" not in said
    assert main(["location", "list", "A-01", "--json", "--home", str(home)]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "A-01"
    assert main(["location", "list", "B-99", "--home", str(home), "--language", language]) == 1
    assert "B-99" in capsys.readouterr().err


def test_without_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["location", "sheet", "--home", str(tmp_path), "--language", "en"]) == 1
    assert "station import" in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_read_back(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    paper = tmp_path / "shelves.pdf"
    assert main(["location", "sheet", "--output", str(paper), "--home", str(home), "--language", language]) == 0
    assert "2" in capsys.readouterr().out
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not there, so no page can be looked at")
    subprocess.run(["pdftoppm", "-r", "150", "-gray", str(paper), str(tmp_path / "page")], check=True)
    read = [code.text for page in sorted(tmp_path.glob("page*.pgm"))
            for code in zxingcpp.read_barcodes(cv2.imread(str(page), cv2.IMREAD_GRAYSCALE))]
    meanings = [RuleTable((), {}).read(text.encode()) for text in read]
    assert all(isinstance(each, CommandCode) and each.name == "AT" for each in meanings)
    site = meanings[0].argument.partition("/254/")[0]
    assert {shelf_code(each.argument, site) for each in meanings} == {"A-01", "R/01"}
