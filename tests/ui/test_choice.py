"""Why? Every command's reasons as keys: by number, by touch, in both languages."""
from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from app.domain.commands import INSTRUCTIONS
from app.ui.choice import ReasonChoice
from app.ui.ports import HumanKey
from app.ui.theme import Look, known_families
from app.ui.widgets import Button
from app.words import LANGUAGES, Words

WITH_REASONS = [each for each in INSTRUCTIONS if each.choices and each.name != "LANG"]


@pytest.fixture
def page(qtbot) -> QWidget:
    page = QWidget()
    page.resize(720, 900)
    qtbot.addWidget(page)
    page.show()
    return page


def asked(page: QWidget, language: str, chosen: list[str]) -> ReasonChoice:
    return ReasonChoice(Look(1.0, tuple(known_families())), Words(language, strict=True), page, chosen.append)


def keys(choice: ReasonChoice) -> list[Button]:
    """From the top: the reasons, then the one that leads back."""
    choice.grab()
    return sorted((each for each in choice.findChildren(Button) if each.isVisible()), key=QWidget.y)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_shows_its_own_reasons(page: QWidget, qtbot, language: str) -> None:
    chosen: list[str] = []
    choice = asked(page, language, chosen)
    for instruction in WITH_REASONS:
        choice.ask("?", page, instruction.name)
        shown = keys(choice)
        assert choice.command == instruction.name and len(shown) == len(instruction.choices) + 1
        for at, reason in enumerate(instruction.choices):
            assert shown[at].word == f"{at + 1}   {choice._words.word('common.choice', reason)}"
            assert page.rect().contains(shown[at].geometry())
        assert shown[-1].icon_name == "back"
        assert choice.press(HumanKey("", str(len(instruction.choices))))
        assert chosen.pop() == instruction.choices[-1] and choice.isHidden()


def test_keys_that_are_no_reason_do_nothing_and_escape_goes_back(page: QWidget) -> None:
    chosen: list[str] = []
    choice = asked(page, "en", chosen)
    assert not choice.press(HumanKey("", "1"))           # nothing is asked
    choice.ask("?", page, "SAMPLE")
    assert not choice.press(HumanKey("", "5")) and not choice.press(HumanKey("", "0"))
    choice.ask("?", page, "CLOSE")
    keys(choice)[4].click()
    choice.ask("?", page, "SCRAP")
    assert choice.press(HumanKey("escape")) and choice.isHidden()
    assert chosen == ["OTHER"]
    with pytest.raises(KeyError):
        choice.ask("?", page, "NO SUCH COMMAND")


def test_any_question_is_asked_the_same_way_and_reasons_come_back_after_it(page: QWidget) -> None:
    chosen: list[str] = []
    named: list[str] = []
    choice = asked(page, "en", chosen)
    choice.offer("?", page, [(f"P{at}", f"plan {at}") for at in range(12)], named.append)
    assert [each.word for each in keys(choice)[:-1]] == [f"{at + 1}   plan {at}" for at in range(9)]
    assert choice.press(HumanKey("", "2")) and (named, chosen) == (["P1"], [])
    choice.ask("?", page, "SCRAP")
    assert choice.press(HumanKey("", "1")) and (named, chosen) == (["P1"], ["DAMAGE"])
