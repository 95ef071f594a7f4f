"""The printed sheet: every barcode on it is read back from the pixels and is what the station understands."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import cv2
import pytest
import zxingcpp

from app.domain.codes.identity import BadgeCode, CommandCode
from app.domain.codes.rules import RuleTable
from app.domain.commands import INSTRUCTIONS, JOBS, barcode
from app.fonts import chinese_font
from app.sheet import SHIFTS, FontMissing, Printed, sections, write_sheet
from app.sheet.jobs import ROW_CODES
from app.signs import SIGNS
from app.views import DocumentRow, OrderRow

ORDERS = (
    OrderRow("WO-2026-1123-0001", "MILK", "纯牛奶 250 ml", "271130A", 1152, 0, "open"),
    OrderRow("工单７", "JUICE", "A very long name of a product that needs more than two lines", "B" * 40, 1, 0, "open"),
)
DOCUMENTS = (
    DocumentRow("SO-8841", "ship", "Chengdu distribution centre 07", 480, 0, "open"),
    DocumentRow("RC:17/9", "receive", "华东工厂", 480, 0, "open"),
)
PEOPLE = (("李娜", "A-17-5533"),)
EVERYTHING = (
    {barcode(each.name) for each in INSTRUCTIONS if each.scannable and each.argument != "required"}
    | {barcode(each.name, choice) for each in INSTRUCTIONS for choice in each.choices}
    | {barcode("SHIFT", shift) for shift in SHIFTS}
)


def written(folder: Path, language: str, **more: object) -> Printed:
    return write_sheet(
        folder / "sheet.pdf", station_name="3号线 <b>", language=language, printed=date(2026, 11, 22), **more
    )  # type: ignore[arg-type]


def read_back(pdf: Path) -> list[str]:
    """What a scanner sees on the pages, printed at 200 dots an inch; no symbol is under 22 mm wide."""
    subprocess.run(["pdftoppm", "-r", "200", "-gray", str(pdf), str(pdf.with_suffix(""))], check=True, timeout=60)
    texts = []
    for page in sorted(pdf.parent.glob("sheet-*.pgm")):
        pixels = cv2.imread(str(page), cv2.IMREAD_GRAYSCALE)
        for each in zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode):
            assert each.position.top_right.x - each.position.top_left.x > 22 / 25.4 * 200, each.text
            texts.append(each.bytes.decode())
    return texts


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_barcode_is_read_back_from_the_pixels(tmp_path: Path, language: str) -> None:
    printed = written(tmp_path, language, orders=ORDERS, documents=DOCUMENTS, people=PEOPLE)
    assert len(printed.barcodes) == len(EVERYTHING) + 5 and printed.left_out == ()
    assert sorted(read_back(printed.path)) == sorted(printed.barcodes)
    table = RuleTable((), {})
    for text in printed.barcodes:
        assert isinstance(table.read(text.encode(), "]Q1"), CommandCode | BadgeCode), text


def test_text_and_font_are_in_the_file(tmp_path: Path) -> None:
    printed = written(tmp_path, "zh_CN", orders=ORDERS, people=PEOPLE)
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed.path), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    for part in (
        "3号线 <b>",
        "封箱",
        "Close case",
        "%ST:CLOSE",
        "F3",
        "未结工单",
        "纯牛奶 250 ml",
        "李娜",
        f"1 / {printed.pages}",
    ):
        assert part in text, part
    assert "A-17-5533" not in text  # a badge's text is not written out beside its code
    fonts = subprocess.run(["pdffonts", str(printed.path)], capture_output=True, check=True, timeout=60).stdout.decode()
    assert "TrueType" in fonts and printed.path.stat().st_size < 300_000


def test_all_commands_that_can_be_scanned_stand_on_it_once_and_by_job() -> None:
    made = sections("en", INSTRUCTIONS, (), (), (), SHIFTS)
    codes = [tile.barcode for section in made for tile in section.all]
    assert set(codes) == EVERYTHING and len(codes) == len(EVERYTHING)
    assert [section.title for section in made] == [
        "Packing", "In-line queue", "Receiving and shipping", "Order", "Rework", "This station"]
    assert {name for _, names in JOBS for name in names} <= {each.name for each in INSTRUCTIONS}
    scrap = next(row for section in made for row in section.rows if row.head.title == "Scrap")
    assert [tile.barcode for tile in scrap.tiles] == [
        "%ST:SCRAP", "%ST:SCRAP:DAMAGE", "%ST:SCRAP:UNREADABLE", "%ST:SCRAP:TEST", "%ST:SCRAP:OTHER"]
    assert scrap.head.key == "Ctrl+F8" and scrap.head.icon == "scrap"
    assert all(len(row.tiles) <= ROW_CODES for section in made for row in section.rows)
    plain = {tile.barcode for section in made for tile in section.tiles}
    assert {"%ST:CLOSE-ORDER", "%ST:CLOSE", "%ST:START"} <= plain and "%ST:SCRAP" not in plain


def test_every_command_has_a_sign_that_both_screen_and_paper_draw() -> None:
    assert {each.icon for each in INSTRUCTIONS} <= set(SIGNS)
    for name, sign in SIGNS.items():
        assert sign and all(len(stroke) > 1 for stroke in sign), name
        assert all(0.9 <= x <= 23.1 and 0.9 <= y <= 23.1 for stroke in sign for x, y in stroke), name


def test_many_orders_take_more_pages(tmp_path: Path) -> None:
    many = tuple(OrderRow(f"WO-{at:04}", "MILK", "Milk", "L1", 1, 0, "open") for at in range(40))
    printed = written(tmp_path, "en", commands=(), orders=many)
    assert printed.pages == 3
    assert sorted(read_back(printed.path)) == [f"%ST:ORDER:WO-{at:04}" for at in range(40)]


def test_a_number_that_cannot_be_scanned_is_left_out_and_told(tmp_path: Path) -> None:
    odd = tuple(
        OrderRow(name, "MILK", "Milk", "L1", 1, 0, "open") for name in ("A\x1dB", "9" * 201, "A\u202eB", " ", "GOOD")
    )
    printed = written(tmp_path, "en", commands=(), orders=odd)
    assert printed.barcodes == ("%ST:ORDER:GOOD",) and len(printed.left_out) == 4


def test_a_sheet_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = written(tmp_path, "en")
    before = printed.path.read_bytes()
    with pytest.raises(FileNotFoundError):
        write_sheet(tmp_path / "nowhere" / "sheet.pdf", station_name="x", language="en")
    monkeypatch.setattr("app.sheet.chinese_font", lambda: chinese_font(known=(), ask_system=False))
    with pytest.raises(FontMissing, match="fonts-wqy-microhei"):
        written(tmp_path, "en")
    assert printed.path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["sheet.pdf"]


def test_fonts_that_do_not_serve_are_named(tmp_path: Path) -> None:
    broken, collection = tmp_path / "broken.ttf", tmp_path / "broken.ttc"
    broken.write_bytes(b"\x00\x01\x00\x00 no font")
    collection.write_bytes(b"ttcf")
    with pytest.raises(FontMissing, match=r"broken\.ttf, .*broken\.ttc.*fonts-wqy-microhei"):
        chinese_font(known=(str(broken), str(collection), str(tmp_path / "absent.ttf")), ask_system=False)


def test_the_system_is_asked_where_the_known_places_are_empty() -> None:
    assert shutil.which("fc-list"), "fontconfig belongs to the set-up"
    assert chinese_font(known=()).path.is_file()
