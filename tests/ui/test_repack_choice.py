"""Packed anew, but how? The plans are asked for first, then the reason; by tile, by key and by barcode alike."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.domain.reasons import Outcome, Reason
from tests.ui.sample import PACKING, published
from tests.ui.test_packing_line import press, tell

WAIT_MS = 60_000


def title(one) -> str:
    choice = one.window.page.choice
    return choice._title.text() if choice is not None and choice.isVisible() else ""


def test_the_tile_asks_for_the_plan_and_then_why(bench, qtbot) -> None:
    one = bench(PACKING)
    press(qtbot, one, "F9")
    press(qtbot, one, "F6")
    qtbot.waitUntil(lambda: title(one) == "To which plan?", timeout=WAIT_MS)
    press(qtbot, one, "2")
    qtbot.waitUntil(lambda: "12 in a case · MILK12" in title(one), timeout=WAIT_MS)
    assert one.station.commands == []
    press(qtbot, one, "1")
    assert one.station.commands == ["REPACK:MILK12:CUSTOMER"]


@pytest.mark.parametrize("by", ["barcode", "key"])
def test_a_barcode_without_a_plan_asks_the_same(bench, qtbot, by: str) -> None:
    one = bench(PACKING)
    if by == "key":
        one.type((Qt.Key.Key_F6, ""), modifiers=Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: one.station.commands == ["REPACK"], timeout=WAIT_MS)
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.REASON_NEEDED, name="REPACK"))
    qtbot.waitUntil(lambda: title(one) == "To which plan?", timeout=WAIT_MS)


def test_a_plan_that_was_named_is_not_asked_for_again(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, published(replace(PACKING, armed="repack"), Outcome.COMMAND, Reason.REASON_NEEDED, name="REPACK"))
    assert "say why" in title(one) and not one.bridge.is_asking
    press(qtbot, one, "2")
    assert one.station.commands == ["REPACK:DAMAGE"]


def test_one_plan_is_not_asked_for_but_named(bench, qtbot) -> None:
    one = bench(PACKING)
    one.shelf.plans = one.shelf.plans[:1]
    press(qtbot, one, "F9")
    press(qtbot, one, "F6")
    qtbot.waitUntil(lambda: "6 in a case · SIX" in title(one), timeout=WAIT_MS)
    press(qtbot, one, "4")
    assert one.station.commands == ["REPACK:SIX:OTHER"]


def test_without_any_plan_the_station_says_what_to_do(bench, qtbot) -> None:
    one = bench(PACKING)
    one.shelf.plans = ()
    press(qtbot, one, "F9")
    press(qtbot, one, "F6")
    qtbot.waitUntil(lambda: one.station.commands == ["REPACK:OTHER"], timeout=WAIT_MS)


def test_who_goes_on_meanwhile_is_not_asked(bench, qtbot) -> None:
    one = bench(PACKING)
    page = one.window.page
    page._asks_plan = True
    tell(qtbot, one, published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, "7F3K"))
    page._offer_plans(one.shelf.plans)
    assert title(one) == ""
