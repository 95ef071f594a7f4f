"""The report of an order: what it counts, and that no cell of it is a formula whatever a code or a name looks like."""
from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest

from app.domain.packing.order_life import LevelCount
from app.domain.people import badge_hash
from app.domain.products import Order, Product
from app.reports import Account, OrderDesk, UnknownOrder, account, file_name, write_report
from app.reports.account import Acted, Cause, Verdicts, Worker
from app.reports.said import Said
from app.store.database import transaction
from app.views import NewOrder
from app.words import Words
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

ZONE = timezone(timedelta(hours=8))
NOW = datetime(2027, 11, 30, 16, 0, tzinfo=ZONE)
EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    """The database of an order that was worked on by two people in two shifts, and closed with a difference."""
    shift = Shift(tmp_path)
    shift.put(("person", "chen", {"name": "陈静", "role": "supervisor", "badge": badge_hash("chen", "CHEN-1111")}))
    with transaction(shift.store.connection):
        shift.store.connection.executemany("INSERT INTO order_code VALUES ('FLAT1', ?, 'bottle')",
                                           [(epc(f"m{n}"),) for n in range(1, 12) if n != 3])
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        do SHIFT:A
        frame m1 m2 m3 m4 c1
        do SHIFT:B
        badge wang
        frame m5 m6 m7 m8 c2
        do SAMPLE:QC
        scan m1
        do SCRAP:DAMAGE
        scan m2
        do REMOVE:DAMAGE
        scan m5
        do RETURN:UNUSED
        scan m9
        do CANCEL
        do CLOSE-ORDER:LOST
        badge CHEN-1111 -> complete order_reconciled
    """)
    shift.end()
    return shift.home / "station.db"


def test_the_account_of_an_order(worked: Path) -> None:
    told = account(worked, "FLAT1", ZONE)
    count = told.levels[0]
    assert (count.issued, count.packed, count.scrapped, count.sampled, count.returned) == (10, 5, 1, 1, 1)
    assert (count.difference, count.missing, count.strange, told.apart, told.stage) == (2, 3, 1, 4, "closed")
    assert told.codes == (("bottle", epc("m5"), "removed"), ("bottle", epc("m10"), "unseen"),
                          ("bottle", epc("m11"), "unseen"), ("bottle", epc("m3"), "not_issued"))
    assert {(each.id, each.shift) for each in told.workers} >= {("lina", "A"), ("wang", "B")}
    assert [(each.step, each.who, each.reason, each.approver) for each in told.acts if each.step.startswith("order")] \
        == [("order_started", "lina", "", ""), ("order_reconciled", "wang", "LOST", "chen")]
    assert Cause("sampling", "QC", 1, 1) in told.causes and Cause("packing", "", 2, 8) in told.causes
    assert Verdicts("complete", "container_complete", 2) in told.verdicts
    assert told.acts[0].at.utcoffset() == timedelta(hours=8)


def test_an_order_that_nobody_knows(worked: Path) -> None:
    with pytest.raises(UnknownOrder):
        account(worked, "WO99")


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Order reconciliation · FLAT1", "Codes not explained by the count: 4", "used, not on the list",
            "never seen", "Quality check", "Lost")),
    ("zh_CN", ("工单对账报告 · FLAT1", "对不上账的码：4", "没见过", "质检", "陈静 (chen)"))])
def test_the_workbook_says_it_all(worked: Path, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    path = write_report(tmp_path / "r.xlsx", account(worked, "FLAT1", ZONE), kind="xlsx", language=language,
                        station="1 号线", printed=NOW)
    book = openpyxl.load_workbook(path)
    cells = [each.value for sheet in book for row in sheet.iter_rows() for each in row if each.value is not None]
    for word in words:
        assert any(word in str(each) for each in cells), word
    levels = [[each.value for each in row] for row in book.worksheets[0].iter_rows() if row[1].value == 10]
    assert levels and levels[0][1:] == [10, 5, 1, 1, 1, 0, 2, 1]
    assert [row[1].value for row in book.worksheets[1].iter_rows(min_row=2)] == [
        epc("m5"), epc("m10"), epc("m11"), epc("m3")]
    assert not any("[" in str(each) and "]" in str(each) for each in cells), "a word is missing"


@pytest.mark.parametrize(("language", "rows"), [
    ("en", (("Taken", "Typed in by hand", "王强 (wang)"), ("Reprint", "Damage", "王强 (wang)"),
            ("Return", "Not used", ""), ("Put aside", "Not readable", ""))),
    ("zh_CN", (("已扫", "手工输入", "王强 (wang)"), ("补打标签", "破损", "王强 (wang)"), ("退码", "没用上", ""),
               ("已搁置", "读不出", "")))])
def test_acts_without_an_event_are_told_with_why_and_who_approved(tmp_path: Path, language: str,
                                                                  rows: tuple[tuple[str, str, str], ...]) -> None:
    shift = Shift(tmp_path)
    shift.play("""
        badge lina
        do ORDER:PRINT1
        type m1
        badge wang            -> accepted taken
        scan m2 p5000
        do REPRINT:DAMAGE
        scan m2
        badge wang            -> accepted label_ordered
        badge wang
        do RETURN:UNUSED
        scan m8 m9            -> accepted returned; accepted returned
        do CANCEL
        scan m3
        do PARK:UNREADABLE    -> accepted parked
    """)
    shift.end()
    said = Said(account(shift.home / "station.db", "PRINT1", ZONE), Words(language, strict=True), "1", NOW)
    told = [(str(step), str(reason), str(second)) for _, _, step, _, _, reason, second in said.acts(100)]
    found = [each for each in told if each in rows]
    assert found == [*rows], told
    assert rows[2][:2] in [(str(step), str(reason)) for step, reason, *_ in said.causes()]


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Order reconciliation", "4", "Supervisor", "Name, signature", "taken out", "chen")),
    ("zh_CN", ("工单对账报告", "质检", "主管", "姓名、签字", "已取出", "陈静", "牛奶", "第 1 页"))])
def test_the_paper_is_signed_by_three(worked: Path, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    path = write_report(tmp_path / "r.pdf", account(worked, "FLAT1", ZONE), kind="pdf", language=language,
                        station="1 号线", printed=NOW)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True,
                          timeout=60).stdout.decode()
    for word in words:
        assert word in text, word
    assert text.count("\f") <= 2 and epc("m10") in text and "[" not in text
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, timeout=60).stdout.decode()
    assert "yes yes yes" in fonts, "the font is embedded"


def evil() -> Account:
    order = Order(EVIL, "MILK", "P", 1, EVIL, "", "", 10)
    codes = tuple(("bottle", text, "unseen")
                  for text in (EVIL, "+1", "-1", "@x", "http://x/" + "y" * 3000, "\tx", "1E5"))
    acts = tuple(Acted(NOW, "lina", "scrapping", EVIL, 1, EVIL, "chen") for _ in range(60))
    return Account(order, Product("MILK", {"en": EVIL}, {}, "P"), "started", (LevelCount("bottle", 7, 0, 0, 0, 0, 0),),
                   codes * 20, 140, (Cause(EVIL, EVIL, 1, 1),), (Verdicts("accepted", EVIL, 1),),
                   (Worker("lina", EVIL, "operator", EVIL, 1, NOW, NOW),), acts, {"lina": EVIL})


def test_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.xlsx", evil(), kind="xlsx", language="en", station=EVIL, printed=NOW)
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "inlineStr") and cell.hyperlink is None, cell.value
                assert cell.data_type != "n" or cell.value is None or isinstance(cell.value, int)


def test_a_long_account_stays_on_two_pages(tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.pdf", evil(), kind="pdf", language="zh_CN", station=EVIL, printed=NOW)
    pages = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True, timeout=60).stdout.decode()
    assert "Pages:           2" in pages
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True,
                          timeout=60).stdout.decode()
    assert "还有 120 条" in text


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one of xlsx, pdf"):
        write_report(tmp_path / "r.doc", evil(), kind="doc", language="en", station="", printed=NOW)
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path / "nowhere" / "r.pdf", evil(), kind="pdf", language="en", station="", printed=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_every_system_takes() -> None:
    assert file_name("WO 3/甲:*?", "pdf", "en", NOW) == "order-WO_3_甲-20271130-160000-en.pdf"
    assert file_name("/..", "xlsx", "en", NOW).startswith("order-order-")


# --- the window's port --------------------------------------------------------------------------------------------
def test_the_desk_makes_an_order_and_reports_on_it(worked: Path, tmp_path: Path) -> None:
    desk = OrderDesk(worked, tmp_path, station="LINE-1", station_name="Line 1")
    assert ("MILK", {"en": "Milk", "zh_CN": "牛奶"}) in desk.products()
    id = desk.new_order(NewOrder("A7", "MILK", "L9", "2027-11-30", "2028-05-28", 100))
    assert id == "LINE-1/A7"
    for kind in ("xlsx", "pdf"):
        assert Path(desk.report(id, kind, "zh_CN")).stat().st_size > 4000


@pytest.mark.parametrize(("change", "word"), [
    ({"id": "A7"}, "id_taken"), ({"product": "NONE"}, "no_product"), ({"expiry": "2020-01-01"}, "dates")])
def test_the_desk_refuses_in_the_windows_words(worked: Path, tmp_path: Path, change: dict[str, str],
                                               word: str) -> None:
    desk = OrderDesk(worked, tmp_path, station="LINE-1", station_name="Line 1")
    made = {"id": "A7", "product": "MILK", "lot": "L9", "produced": "2027-11-30", "expiry": "2028-05-28",
            "planned": 100}
    desk.new_order(NewOrder(**made))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"^{word}$"):
        desk.new_order(NewOrder(**{**made, "id": "B8", **change}))  # type: ignore[arg-type]
