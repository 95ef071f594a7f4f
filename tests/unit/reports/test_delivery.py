"""Documents to take away: the note's codes read back from its picture, tables without formulas, EPCIS files."""
from __future__ import annotations

import csv
import json
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema_rs
import openpyxl
import pytest
import zxingcpp
from PIL import Image

from app.domain.warehouse.documents import Document
from app.export import export_events
from app.fonts import chinese_font
from app.reports import symbols
from app.reports.delivery import MOST_OBJECTS, Note
from app.reports.papers import Said, UnknownDocument, write_document
from app.store.paper_view import Paper, PaperLine, PaperObject
from app.words import Words
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

ROOT = Path(__file__).parents[3]
NOW = datetime(2027, 11, 30, 16, 0, tzinfo=timezone(timedelta(hours=8)))
GLN = "6901234000009"
EVIL = "=1+1"
STORE = {"gln": "6901234000023", "name": {"en": "Lakeside Mart", "zh_CN": "湖滨便利店"}, "role": "retailer",
         "territory": "330106", "route": "T-3301"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shift that shipped two of three cases to a store."""
    shift = Shift(tmp_path_factory.mktemp("home"))
    shift.put(("partner", "R1", STORE),
              ("document", "SO-8850", {
                  "kind": "sales_out", "partner": "R1", "lines": [{"line": 1, "product": "MILK", "quantity": 12}],
                  "references": [["po", "urn:epcglobal:cbv:bt:6901234000009:PO-118"]]}))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        do DOCUMENT:SO-8850
        scan c1     -> accepted shipped > shipping c1
        scan c2     -> accepted shipped > shipping c2
    """)
    shift.end()
    return shift.home


def write(home: Path, path: Path, language: str = "en", document: str = "SO-8850") -> Path:
    return write_document(path, home / "station.db", document, language=language, station="Dock 1", gln=GLN, now=NOW)


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True,
                          timeout=60).stdout.decode()


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Delivery note · SO-8850", "Sale", "Lakeside Mart", "8 of 12 units", "T-3301", "330106", "PO-118", "Store",
            "Received by", "page 1 of 1", "(01)16901234000013(21)1", "case")),
    ("zh_CN", ("送货单 · SO-8850", "销售出库", "湖滨便利店", "门店", "收货人", "第 1 页，共 1 页", "箱", "牛奶"))])
def test_the_note_says_who_what_and_how_much(home: Path, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    text = text_of(write(home, tmp_path / "note.pdf", language))
    for word in words:
        assert word in text, word
    assert "[" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["note.pdf"]


def test_every_code_on_the_note_can_be_scanned(home: Path, tmp_path: Path) -> None:
    path = write(home, tmp_path / "note.pdf")
    subprocess.run(["pdftoppm", "-r", "250", "-png", "-singlefile", str(path), str(tmp_path / "page")], check=True,
                   timeout=120)
    found = {code.text for code in zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"))}
    assert found == {"%ST:DOCUMENT:SO-8850", "(253)6901234000009SO-8850(410)6901234000023",
                     "(01)16901234000013(21)1", "(01)16901234000013(21)2"}


def test_the_workbook_and_the_table(home: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(home, tmp_path / "d.xlsx", "zh_CN"))
    assert book.sheetnames == ["物品", "明细", "事件"]
    assert [cell.value for cell in book["物品"][2]][:9] == [
        "SO-8850", 1, "箱", "(01)16901234000013(21)1", "MILK", "牛奶", "L1", "2028-05-28", 4]
    facts = {row[0].value: row[1].value for row in book["明细"].iter_rows(min_row=2, max_row=14)}
    assert facts["收货方"].startswith("湖滨便利店 · R1") and facts["线路"] == "T-3301"
    assert [row[1].value for row in book["事件"].iter_rows(min_row=2)] == ["发货", "发货"]
    path = write(home, tmp_path / "d.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0][3] == "Code" and [row[8] for row in rows[1:]] == ["4", "4"] and rows[1][10] == "李娜 (lina)"


def test_the_events_of_a_document_are_a_whole_epcis_file(home: Path, tmp_path: Path) -> None:
    count = export_events(home / "station.db", tmp_path / "d.json", "epcis", document="SO-8850")
    told = json.loads((tmp_path / "d.json").read_text("utf-8"))
    events = told["epcisBody"]["eventList"]
    assert count == 2 and [each["epcList"] for each in events] == [[epc("c1")], [epc("c2")]]
    official = ROOT.parent / "shared" / "epcis" / "gs1" / "EPCIS-JSON-Schema.json"
    for path in (ROOT / "resources" / "schemas" / "station-events.schema.json", official):
        if path.exists():
            schema = json.loads(path.read_text("utf-8"))
            assert not list(jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(told)), path


def test_what_cannot_be_written_is_said(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownDocument):
        write(home, tmp_path / "d.pdf", document="NO")
    with pytest.raises(ValueError, match="expected a name that ends in"):
        write(home, tmp_path / "d.doc")
    assert not list(tmp_path.iterdir())


def big(count: int) -> Paper:
    document = Document(EVIL, "scrap_out", reason="LEAK")
    made = tuple(PaperObject(epc(f"c{at}") if at % 2 else f"{EVIL}{at}", "case", EVIL, EVIL, "", {1: 4},
                             NOW.astimezone(UTC).isoformat(), EVIL) for at in range(count))
    return Paper(document, None, "closed_short", EVIL, (PaperLine(1, EVIL, {"en": EVIL}, EVIL, 0, 4 * count, 0),), made)


def test_many_objects_fill_many_pages_and_the_rest_is_counted(tmp_path: Path) -> None:
    said = Said(big(MOST_OBJECTS + 7), Words("en", strict=True), station=EVIL, gln=GLN, now=NOW)
    (tmp_path / "n.pdf").write_bytes(Note(said, chinese_font()).draw())
    text = text_of(tmp_path / "n.pdf")
    pages = text.count("\f")
    assert pages > 50 and f"page {pages} of {pages}" in text and "and 7 more objects" in text
    assert f"{MOST_OBJECTS:,}" in text and "Wanted" in text


def test_a_container_of_one_product_has_its_name(tmp_path: Path) -> None:
    """A pallet is of no product; the lines that it is on say whose it is."""
    made = (PaperObject(epc("p1"), "pallet", "", "L1", "", {1: 8, 2: 4}),)
    lines = (PaperLine(1, "MILK-9", {"en": "Milk"}, "", 8, 8, 0), PaperLine(2, "TEA-9", {"en": "Tea"}, "", 4, 4, 0))
    said = Said(Paper(Document("D1", "scrap_out"), None, "closed", "", lines, made), Words("en", strict=True),
                station="S", gln=GLN, now=NOW)
    (tmp_path / "n.pdf").write_bytes(Note(said, chinese_font()).draw())
    assert "MILK-9, TEA-9" in text_of(tmp_path / "n.pdf")


@pytest.mark.parametrize("cell", [EVIL, "+1", "-1", "@x", "\tx", "＝1"])
def test_no_cell_is_a_formula(home: Path, tmp_path: Path, cell: str) -> None:
    said = Said(big(3), Words("zh_CN", strict=True), station=cell, gln=GLN, now=NOW)
    from app.reports.tables import Listed, write_lists

    heading = [cell] * 11
    for name in ("x.csv", "x.xlsx"):
        write_lists(tmp_path / name, [Listed("a", heading, said.objects(), (), said.facts())], cell)
    rows = list(csv.reader((tmp_path / "x.csv").read_text("utf-8-sig").splitlines()))
    assert all(not each.lstrip().startswith(("=", "+", "-", "@", "＝")) for row in rows for each in row)
    for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows():
        assert all(each.data_type in ("s", "n", "inlineStr") and each.hyperlink is None for each in row)


def test_keys_are_told_as_element_strings() -> None:
    assert symbols.readable("https://id.gs1.org/00/069012340000000018") == "(00)069012340000000018"
    assert symbols.readable("https://q.brand.example/b/1") == "https://q.brand.example/b/1"
    assert symbols.elements("https://id.gs1.org/01/x y") == () and symbols.elements("https://id.gs1.org/01") == ()
    assert symbols.document_key(GLN, "A" * 18) == "" and symbols.document_key(GLN, "甲") == ""
    assert symbols.modules("甲") is None
