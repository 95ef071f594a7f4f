"""The sampling check of a reel in the window: chosen by a digit, scanned, and each finding large with sign and word."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.domain.reasons import Outcome, Reason
from app.messages import StationView
from app.ui.theme import Tone
from app.words import LANGUAGES
from tests.ui.sample import BOTTLE, HOME, PEERS, REELS, SAMPLING, in_state, published
from tests.ui.test_packing_line import press, tell

OUTER, INNER = PEERS[1][1], PEERS[0][1]
WAIT_MS = 60_000


def opened(bench, qtbot, view: StationView = SAMPLING, language: str = "en", size: tuple[int, int] = (1280, 800),
           reels=REELS):
    one = bench(replace(HOME), language, size)
    one.shelf.reels = reels
    tell(qtbot, one, published(view, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="PAIRS", argument=""))
    qtbot.waitUntil(lambda: one.window.page.name == "pairs" and len(one.window.page.rows.rows) == len(reels),
                    timeout=WAIT_MS)
    return one


def found(qtbot, one, outcome: Outcome, reason: Reason, reel, *codes: str, **data: str | int) -> None:
    """An answer of the station, and how far the set is then."""
    one.shelf.reels = (reel, *REELS[1:])
    tell(qtbot, one, published(SAMPLING, outcome, reason, *codes, **data))
    qtbot.waitUntil(lambda: one.window.page.reel == reel and not one.bridge.is_asking, timeout=WAIT_MS)


def test_a_key_opens_it_from_the_first_page_from_the_order_and_anywhere(bench, qtbot) -> None:
    one = bench(HOME)
    press(qtbot, one, "F2")
    assert one.station.commands == ["PAIRS"]
    one.type((Qt.Key.Key_F1, ""), modifiers=Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: one.station.commands == ["PAIRS", "PAIRS"], timeout=WAIT_MS)
    two = bench(in_state("started"))
    two.window.go("order")
    press(qtbot, two, "F9")
    assert two.station.commands == ["PAIRS"]


def test_a_set_is_chosen_by_its_digit_or_by_arrows(bench, qtbot) -> None:
    one = opened(bench, qtbot, replace(SAMPLING, subject=""))
    assert "Choose" in one.window.shell.line.text
    assert "set 3" in one.window.page.rows.rows[0].note
    press(qtbot, one, "2")
    press(qtbot, one, "Down")
    press(qtbot, one, "Enter")
    assert one.station.commands == ["PAIRS:2", "PAIRS:1"]
    assert one.station.scans == []


def test_no_pair_file_says_how_to_bring_one_in(bench, qtbot) -> None:
    one = opened(bench, qtbot, replace(SAMPLING, subject=""), reels=())
    assert "station pairs import" in one.window.page.piece.hint
    assert "no pair file" in one.window.shell.line.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_piece_goes_from_wanted_to_half_to_right(bench, qtbot, language: str) -> None:
    one = opened(bench, qtbot, language=language)
    page, reel = one.window.page, REELS[0]
    assert [side.state for side in page.piece.sides] == ["wanted", "wanted"] and page.piece.finding is None
    half = replace(reel, half=(("cap_inner", INNER),))
    found(qtbot, one, Outcome.ACCEPTED, Reason.HALF_READ, half, INNER, role="cap_inner", wanted="cap_outer",
          level="bottle")
    assert [side.state for side in page.piece.sides] == ["wanted", "read"]
    assert page.words.word("common.code_role", "cap_outer") in one.window.shell.line.text
    right = replace(reel, right=(12, 977, 41))
    found(qtbot, one, Outcome.ACCEPTED, Reason.PAIR_RIGHT, right, OUTER, row=41, count=3, planned=5)
    assert [side.state for side in page.piece.sides] == ["read", "read"] and page.piece.finding.tone is Tone.GOOD
    assert page.count.value == 3 and page.count.target == 5 and "41" in " ".join(page.piece.texts())


def test_a_wrong_piece_names_both_rows_and_where_the_file_is_wrong(bench, qtbot) -> None:
    one = opened(bench, qtbot)
    page = one.window.page
    stopped = replace(REELS[0], state="stopped", faults=((5210, 1),), good_row=977, from_row=5210)
    data = {"code": OUTER, "role": "cap_outer", "row": 5210, "other": INNER, "other_role": "cap_inner",
            "other_row": 5211, "level": "bottle", "from_row": 5210, "good_row": 977, "file": REELS[0].file, "shift": ""}
    found(qtbot, one, Outcome.STOP, Reason.PAIR_MISMATCH, stopped, INNER, **data)
    assert [side.state for side in page.piece.sides] == ["wrong", "wrong"]
    assert [side.note for side in page.piece.sides] == ["row 5210", "row 5211"]
    assert page.piece.finding.tone is Tone.BAD and page.piece.finding.icon == "stop"
    assert "5210" in page.fault.title and "977" in page.fault.title and "One more" in page.fault.text
    shifted = replace(stopped, faults=((5210, 1), (9000, 1)), shift=1)
    found(qtbot, one, Outcome.STOP, Reason.PAIR_MISMATCH, shifted, INNER, **{**data, "row": 9000, "other_row": 9001})
    assert "+1" in page.fault.text


def test_a_side_that_the_file_does_not_have_is_said(bench, qtbot) -> None:
    one = opened(bench, qtbot)
    stopped = replace(REELS[0], state="stopped", faults=((5210, None),), good_row=977, from_row=5210)
    found(qtbot, one, Outcome.STOP, Reason.PAIR_MISMATCH, stopped, BOTTLE, code=OUTER, role="cap_outer", row=5210,
          other=BOTTLE, other_role="", other_row="", level="bottle", from_row=5210)
    assert [side.note for side in one.window.page.piece.sides] == ["row 5210", "not in the file"]


def test_only_who_may_approve_is_offered_to_begin_again(bench, qtbot) -> None:
    one = opened(bench, qtbot)
    assert "F4" not in one.window.shell.bar.keys
    two = opened(bench, qtbot, replace(SAMPLING, operator="chen.jing", operator_role="supervisor"))
    press(qtbot, two, "F4")
    assert two.station.commands == ["RECHECK"]
