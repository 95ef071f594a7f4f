"""Moves and checks in the window: what to scan now, the shelf large, contents as a picture; keys alone."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.domain.reasons import Outcome, Reason
from app.words import LANGUAGES
from tests.ui.move_sample import AT_SHELF, BEGUN, DAMAGED, DIFFERS, HALF, OPENED, PICKING, WAITING
from tests.ui.sample import DOCK, HOME, SSCC, published
from tests.ui.test_packing_line import press, tell

WAIT_MS = 60_000
VIEWS = {"begun": BEGUN, "waiting": WAITING, "shelf": AT_SHELF, "picking": PICKING, "opened": OPENED, "half": HALF,
         "differs": DIFFERS, "damaged": DAMAGED}


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_each_page_is_painted_and_says_what_to_scan(bench, tmp_path, name: str, language: str,
                                                    size: tuple[int, int]) -> None:
    one = bench(VIEWS[name], language, size)
    assert one.window.page.name == ("moving" if VIEWS[name].moving else "checking")
    assert one.window.shell.line.text
    picture = one.window.grab_to(tmp_path / f"{name}.png")
    assert picture.stat().st_size > 10_000


def test_a_key_opens_moves_from_anywhere(bench, qtbot) -> None:
    one = bench(HOME)
    one.type((Qt.Key.Key_F8, ""), modifiers=Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: one.station.commands == ["MOVE"], timeout=WAIT_MS)
    tell(qtbot, one, published(BEGUN, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="MOVE", argument=""))
    assert one.window.page.name == "moving"


def test_goods_wait_and_the_shelf_is_asked_for(bench, qtbot) -> None:
    one = bench(BEGUN)
    page = one.window.page
    assert (page.shelf.code, page.total.value) == ("", 0)
    tell(qtbot, one, published(WAITING, Outcome.ACCEPTED, Reason.MOVE_WHERE, "C0043", count=3))
    assert (len(page.rows.rows), page.total.value) == (3, 3)
    assert "shelf" in one.window.shell.line.text
    tell(qtbot, one, published(AT_SHELF, Outcome.ACCEPTED, Reason.MOVED, SSCC, place="A-03-12"))
    assert page.shelf.code == "A-03-12"
    assert page.last.goods is not None and "A-03-12" in page.last.goods.way
    press(qtbot, one, "F2")
    press(qtbot, one, "F3")
    assert one.station.commands == ["UNDO", "MOVE"]


def test_picking_is_for_a_document_that_is_chosen_by_its_digit(bench, qtbot) -> None:
    one = bench(BEGUN)
    press(qtbot, one, "F4")
    qtbot.waitUntil(lambda: not one.bridge.is_asking, timeout=WAIT_MS)
    assert one.window.place == "pick" and one.shelf.asked[-1] == "documents:out:"
    press(qtbot, one, "1")
    assert one.station.commands == ["PICK:SO-8841"]
    tell(qtbot, one, published(PICKING, Outcome.COMMAND, Reason.PICK_FOR, document="SO-8841"))
    page = one.window.page
    assert (page.total.value, page.total.target, page.rows.rows[0].value) == (1632, 2688, 0)
    press(qtbot, one, "F4")
    assert one.station.commands == ["PICK:SO-8841", "PICK"]


def test_a_refused_shelf_stands_over_the_page(bench, qtbot) -> None:
    one = bench(AT_SHELF)
    from app.domain.decision import Verdict
    said = {"code": SSCC, "place": "A-03-12", "status": "returned", "instead": "R-01"}
    red = replace(AT_SHELF, alarm=Verdict(Outcome.REJECTED, Reason.SHELF_STATUS, said))
    tell(qtbot, one, published(red, Outcome.REJECTED, Reason.SHELF_STATUS, SSCC, **said))
    assert one.window.covers.alarm.isVisible()
    text = one.window.words.reason("shelf_status", said).text
    assert "A-03-12" in text and "R-01" in text and "returned" in text


def test_what_is_open_takes_the_place_of_the_document(bench, qtbot) -> None:
    one = bench(replace(DOCK, task="receiving"))
    assert one.window.page.name == "dock"
    tell(qtbot, one, published(OPENED, Outcome.WARNING, Reason.CHECK_THIS, SSCC, count=48))
    page = one.window.page
    assert (page.name, page.total.value, page.total.target) == ("checking", 0, 48)
    tell(qtbot, one, published(HALF, Outcome.WARNING, Reason.CHECK_WRONG_PRODUCT, "J0012"))
    assert (page.total.value, len(page.rows.rows), page.contents.last) == (29, 3, 49)
    assert [finding for _, finding in page.contents.cells].count("right") == 28
    for key, command in (("F2", "UNDO"), ("F4", "DAMAGED"), ("F3", "CHECKED"), ("F6", "CHECK")):
        press(qtbot, one, key)
        assert one.station.commands[-1] == command
    tell(qtbot, one, published(DIFFERS, Outcome.WARNING, Reason.CHECK_DIFFERS, missing=2))
    page = one.window.page
    assert page.rows.rows[0].right == "2" and "CHECKED" in one.window.shell.line.text
    assert [finding for _, finding in page.contents.cells].count("missing") == 2
    tell(qtbot, one, published(replace(DOCK, task="receiving"), Outcome.WARNING, Reason.CHECK_MISMATCH, missing=2))
    assert one.window.page.name == "dock"
