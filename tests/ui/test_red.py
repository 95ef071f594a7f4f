"""A red that waits: a look-up answers all the same, and the red stands until somebody answers it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import StationView
from app.ui.banner import told
from app.ui.pages.lookup import LookupPage
from app.words import LANGUAGES, Words
from tests.ui.sample import BOTTLE, PACKING, SIGNED_OUT, published

RED = replace(PACKING, alarm=Verdict(Outcome.REJECTED, Reason.WRONG_BATCH, {"lot": "L2", "expected": "L1"}))
STOP = replace(PACKING, alarm=Verdict(Outcome.STOP, Reason.END_OF_LIFE, {"code": f"{BOTTLE}01"}))
SHIFT = Qt.KeyboardModifier.ShiftModifier


def peek(one: object, qtbot: object, view: StationView) -> None:
    """Shift+F6, and the answer of the station that a scan is looked up now."""
    one.type((Qt.Key.Key_F6, ""), modifiers=SHIFT)
    qtbot.waitUntil(lambda: one.station.commands == ["PEEK"])
    one.tell(published(replace(view, armed="peek"), Outcome.COMMAND, Reason.SCAN_WHICH, name="PEEK", act="PEEK"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_look_up_answers_under_a_red(bench: Callable[..., object], qtbot, language: str) -> None:
    one = bench(RED, language)
    covers = one.window.covers
    assert covers.alarm.isVisible()
    peek(one, qtbot, RED)
    qtbot.waitUntil(lambda: covers.alarm.held == Words(language)("ui.armed.peek_first"))
    assert covers.alarm.isVisible()
    one.tell(published(replace(RED, lookup=f"{BOTTLE}02"), Outcome.ACCEPTED, Reason.LOOKED_UP, f"{BOTTLE}02"))
    qtbot.waitUntil(lambda: isinstance(one.window.page, LookupPage) and not covers.alarm.isVisible())
    said = one.window.shell.banner.told
    assert said is not None and said.key == "F11" and said.title
    one.type((Qt.Key.Key_Escape, ""))                    # read: the red is back
    qtbot.waitUntil(covers.alarm.isVisible)
    one.type((Qt.Key.Key_F11, ""))
    qtbot.waitUntil(lambda: one.station.commands[-1:] == ["CONFIRM"])


def test_the_red_is_answered_beside_the_look_up_too(bench: Callable[..., object], qtbot) -> None:
    one = bench(RED)
    one.tell(published(replace(RED, lookup=f"{BOTTLE}02"), Outcome.ACCEPTED, Reason.LOOKED_UP, f"{BOTTLE}02"))
    qtbot.waitUntil(lambda: isinstance(one.window.page, LookupPage) and not one.window.covers.alarm.isVisible())
    one.type((Qt.Key.Key_F11, ""))
    qtbot.waitUntil(lambda: one.station.commands == ["CONFIRM"])


def test_under_a_stop_nothing_is_looked_up(bench: Callable[..., object], qtbot) -> None:
    one = bench(STOP)
    one.type((Qt.Key.Key_F6, ""), modifiers=SHIFT)
    one.type((Qt.Key.Key_F11, ""))                       # heard after it
    qtbot.waitUntil(lambda: one.station.commands == ["CONFIRM"])


def test_a_red_comes_before_what_is_armed_on_the_banner() -> None:
    words = Words("en", strict=True)
    assert told(words, replace(RED, armed="peek"), "").key == "F11"
    assert told(words, replace(PACKING, armed="peek"), "").key == "Esc"


@pytest.mark.parametrize("size", [(1280, 720), (1280, 800), (1920, 1080)])
def test_every_key_of_the_pin_pad_is_seen(bench: Callable[..., object], qtbot, size: tuple[int, int]) -> None:
    one = bench(SIGNED_OUT, "zh_CN", size)
    page = one.window.page
    qtbot.waitUntil(lambda: bool(page._people))
    page.choose(0)
    qtbot.waitUntil(page.pad.isVisible)
    one.window.shell.layout()
    for key in page.pad.keys:
        corner = key.mapTo(page, QPoint(key.width(), key.height()))
        assert corner.y() <= page.height() and corner.x() <= page.width(), (key.word, corner, page.size())
        assert min(key.width(), key.height()) >= 64
    last = page.pad.keys[-1]
    assert one.window.childAt(last.mapTo(one.window, last.rect().center())) is last
