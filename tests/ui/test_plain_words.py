"""What is said in full: what a command opened, languages by their names, that a list goes on."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.commands import INSTRUCTIONS
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.ui.verdicts import face
from app.words import LANGUAGES, Words
from tests.ui.sample import BOTTLE, in_state
from tests.ui.test_packing_line import press


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_command_is_answered_with_done_only(language: str) -> None:
    words = Words(language, strict=True)
    for each in INSTRUCTIONS:
        said = face(words, Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": each.name, "argument": ""}), {})
        assert said.text == words(f"common.command_does.{each.name}"), each.name
    said = face(words, Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": "ORDER", "argument": "WO-1"}), {})
    assert said.text.endswith(" · WO-1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_go_by_their_names(language: str) -> None:
    words = Words(language, strict=True)
    for code, name in (("zh_CN", "中文"), ("en", "English")):
        said = face(words, Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": "LANG", "argument": code}), {})
        assert said.text.endswith(name) and code not in said.text.split(" · ")


def test_a_difference_that_does_not_fit_says_that_it_goes_on(bench, qtbot) -> None:
    one = bench(in_state("finished"), "en", (1280, 800))
    counted = one.shelf.reconcile("WO-2711-01")
    codes = tuple(("bottle", f"{BOTTLE}{at:02d}", "unseen") for at in range(40))
    one.window.go("order")
    page = one.window.page
    qtbot.waitUntil(lambda: not one.bridge.is_asking, timeout=60_000)
    assert not page._pages.isVisible()
    page._show_counted(replace(counted, codes=codes, total=40))
    pages = page.codes.pages
    assert pages > 1 and page._pages.isVisible()
    assert page._pages.text().startswith(f"Page 1 of {pages}") and "40" in page._pages.text()
    press(qtbot, one, "Right")
    assert page._pages.text().startswith(f"Page 2 of {pages}")
