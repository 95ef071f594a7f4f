"""The pages of stock and age: by keys alone from a sum to the events of one pallet and back; in both languages."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QGraphicsView

from app.domain.commands import parsed
from app.domain.reasons import Outcome, Reason
from app.ui.goods import GoodsPage
from app.ui.pages.age import AgePage
from app.ui.pages.stock import StockPage
from app.ui.ports import HumanKey
from app.ui.theme import Tone
from app.views import StockWhere
from tests.ui.sample import HOME, published

SIZES = [(1920, 1080), (1280, 800)]
PATIENCE_MS = 60_000


@pytest.fixture
def goods(bench: Callable[..., object], qtbot) -> Callable[..., GoodsPage]:
    """Opens the page with its chart and its first answer there."""
    def make(name: str = "stock", language: str = "en", size: tuple[int, int] = (1920, 1080)) -> GoodsPage:
        one = bench(HOME, language, size)
        one.window.go(name)
        page = one.window.page
        assert isinstance(page, GoodsPage)
        page.bench = one
        wait(qtbot, page)
        return page
    return make


def wait(qtbot, page: GoodsPage) -> None:
    qtbot.waitUntil(lambda: not page.bench.bridge.is_asking and bool(page.found) and page.chart is not None,
                    timeout=PATIENCE_MS)


def press(qtbot, page: GoodsPage, *keys: str) -> None:
    for key in keys:
        digit = key.isdigit()
        page.bench.window.press(HumanKey("" if digit else key, key if digit else ""))
        wait(qtbot, page)


def titles(page: GoodsPage) -> list[str]:
    return [row.title for row in page.rows.rows]


def test_from_a_sum_to_the_events_and_back(goods, qtbot) -> None:
    page = goods()
    assert titles(page)[:2] == ["原味酸奶 100 g", "Cola 330 ml with a name that is rather long"]
    assert page.figures[0].value == "167 040" and "by product" in page._head.text()
    press(qtbot, page, "down", "enter")
    assert page.here.where == StockWhere(product="COLA", here=True) and page.here.group == "lot"
    assert titles(page)[0] == "271130D"
    press(qtbot, page, "2")
    assert page.here.group == "location" and page.here.where.lot == "271129D"
    press(qtbot, page, "enter")
    assert page.here.what == "objects" and "pallet" in page.rows.rows[0].note
    press(qtbot, page, "enter")
    assert page.here.what == "events" and page.here.epc.startswith("https://id.gs1.org/00/")
    assert [row.title for row in page.rows.rows][0] == page.words("common.biz_step.storing")
    assert "(00)" in page.instruction(page.bench.window.shown)
    press(qtbot, page, "escape", "escape", "escape")
    assert (page.here.group, page.rows.at) == ("lot", 1), "back where one was"
    press(qtbot, page, "escape")
    assert page.rows.at == 1 and len(page.path) == 1
    page.bench.window.press(HumanKey("escape"))
    assert page.bench.window.page.name == "home"


def test_the_same_goods_by_something_else(goods, qtbot) -> None:
    page = goods()
    seen = []
    for _ in page.groups:
        seen.append(page.here.group)
        press(qtbot, page, "f2")
    assert tuple(seen) == page.groups and page.here.group == "product"
    press(qtbot, page, "enter", "f2")
    assert page.here.group == "location", "what is fixed is not offered again"
    press(qtbot, page, "f3")
    assert page.path == [page.here] and page.here.where == StockWhere(here=False)
    assert page.words("stock.scope.away") in page._head.text() and len(page.rows.rows) == 1
    press(qtbot, page, "f4")
    assert page.here.what == "objects"


def test_objects_come_page_by_page(goods, qtbot) -> None:
    page = goods()
    press(qtbot, page, "f4")
    assert len(page.found) == 50
    for _ in range(12):
        press(qtbot, page, "pagedown")
    assert len(page.found) == 70 and page.rows.page == page.rows.pages
    press(qtbot, page, "f7")
    assert page.rows.page == page.rows.pages - 1


def test_they_are_saved_as_a_workbook(goods, qtbot) -> None:
    page = goods()
    press(qtbot, page, "enter", "f5")
    assert page.bench.outside.calls == ["stock:YOG100:en"]
    qtbot.waitUntil(lambda: "stock-2027-11-30.xlsx" in page.instruction(page.bench.window.shown), timeout=PATIENCE_MS)


def test_age_shows_the_shortest_life_first(goods, qtbot) -> None:
    page = goods("age")
    assert isinstance(page, AgePage)
    assert [figure.tone for figure in page.figures] == [Tone.BAD, Tone.CARE, Tone.CALM]
    assert page.rows.rows[0].right == "-22 d" and "Orange juice 1 L" in page.rows.rows[0].title
    rights = [int(row.right.split()[0]) for row in page.rows.rows if row.right]
    assert rights == sorted(rights)
    assert [name for name, _ in page.bars()[0]][:2] == ["expired", "≤ 30 d"]
    press(qtbot, page, "f6")
    assert isinstance(page.bench.window.page, StockPage)


def test_a_scan_leads_back_to_the_work_and_a_language_does_not(goods, qtbot) -> None:
    page = goods()
    press(qtbot, page, "enter")
    page.bench.window.set_language("zh_CN")
    again = page.bench.window.page
    assert again is not page and isinstance(again, StockPage) and again.here.group == "lot"
    page.bench.tell(published(HOME, Outcome.REJECTED, Reason.NO_TASK))
    qtbot.waitUntil(lambda: not isinstance(page.bench.window.page, StockPage), timeout=PATIENCE_MS)


@pytest.mark.parametrize(("key", "command", "page"), [("f12", "STOCK", StockPage), ("f1", "AGE", AgePage)])
def test_a_key_and_a_barcode_open_it(bench, qtbot, key: str, command: str, page: type[GoodsPage]) -> None:
    one = bench(HOME)
    one.window.press(HumanKey(key, shift=True))
    assert one.station.commands[-1] == command
    one.tell(published(HOME, Outcome.COMMAND, Reason.COMMAND_TAKEN, name=command))
    qtbot.waitUntil(lambda: isinstance(one.window.page, page) and not one.bridge.is_asking, timeout=PATIENCE_MS)
    assert parsed(f"%ST:{command}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_step_can_be_painted(goods, qtbot, language: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Missing words are errors; the pictures are for whoever wants to look (--basetemp)."""
    for name in ("stock", "age"):
        page = goods(name, language, size)
        for step in ("rows", "enter", "f4", "enter"):
            if step != "rows":
                press(qtbot, page, step)
            page.bench.window.grab_to(tmp_path / f"{name}-{len(page.path)}-{language}-{size[0]}.png")
        for chart in page.findChildren(QGraphicsView):
            assert chart.isVisible() and chart.height() > 100
