"""The page of what somebody has to see to: by keys alone from the stock, each kind with what is to be done."""
from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.moves import Unsettled
from app.ui.pages.unsettled import UnsettledPage
from tests.ui.sample import CASE, HOME, SSCC

AT = "2027-11-30T10:42:00+08:00"
OPEN = (
    Unsettled("diversion", CASE, "case", "wrong_dealer", "PO-2711", "DV-DOCK-1-000007", AT, "李娜 (li.na)"),
    Unsettled("check", SSCC, "pallet", "mismatch_instance", "ASN-88120", "12", AT, "王伟 (wang.wei)", 3),
    Unsettled("check", f"{SSCC[:-1]}5", "pallet", "", "ASN-88121", "13", AT, "王伟 (wang.wei)"),
    *(Unsettled("provisional", f"{CASE}{n}", "case", "unknown" if n % 3 else "", "RET-00317", "", AT, "李娜 (li.na)")
      for n in range(14)))


def opened(bench, qtbot, language: str = "en", size: tuple[int, int] = (1920, 1080), rows=OPEN) -> tuple:
    one = bench(HOME, language, size)
    one.shelf.unsettled = lambda: rows
    one.window.go("stock")
    qtbot.waitUntil(lambda: not one.bridge.is_asking, timeout=60_000)
    one.type((Qt.Key.Key_F9, ""))
    qtbot.waitUntil(lambda: isinstance(one.window.page, UnsettledPage) and not one.bridge.is_asking, timeout=60_000)
    return one, one.window.page


def test_each_kind_says_what_is_to_be_done(bench, qtbot) -> None:
    one, page = opened(bench, qtbot)
    assert [page.figures[kind].value for kind in page.figures] == ["1", "2", "14"]
    assert page.facts.head == "Wrong dealer" and "second one's badge" in page.instruction(one.window.shown)
    one.type((Qt.Key.Key_Down, ""))
    qtbot.waitUntil(lambda: page.facts.head == "other ones than told", timeout=60_000)
    one.type("3")
    qtbot.waitUntil(lambda: page.facts.head == "still open", timeout=60_000)
    assert "CHECKED" in page.instruction(one.window.shown)
    for kind, count in (("diversion", 1), ("check", 2), ("provisional", 14)):
        one.type((Qt.Key.Key_F2, ""))
        qtbot.waitUntil(lambda kind=kind, count=count: page.kind == kind and len(page.rows.rows) == count,
                        timeout=60_000)
    one.type((Qt.Key.Key_Escape, ""))
    qtbot.waitUntil(lambda: one.window.page is not page, timeout=60_000)


def test_nothing_open_is_said(bench, qtbot) -> None:
    one, page = opened(bench, qtbot, rows=())
    assert "Nothing" in page.instruction(one.window.shown) and page.figures["check"].value == "0"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_looks_right_everywhere(bench, qtbot, language: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Missing words are errors; the pictures are for whoever wants to look (--basetemp)."""
    one, _ = opened(bench, qtbot, language, size)
    assert one.window.grab().save(str(tmp_path / f"unsettled-{language}-{size[0]}.png"))
