"""F1 opens the topic of the page it is pressed on, and every answer of the station is explained somewhere in it."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from app.domain.commands import INSTRUCTIONS
from app.domain.reasons import Reason
from app.ui.pages.help import topics, whole
from app.ui.routes import OF_TASK, OWN, PLACES
from app.ui.topics import CHOOSING, SAID, TOPIC_OF, UNSAID, answers, topic_of
from app.words import LANGUAGES, Words
from tests.ui.move_sample import BEGUN
from tests.ui.sample import DOCK, HOME, LOOKUP, PACKING

VIEWS = {"home": HOME, "packing": PACKING, "dock": DOCK, "lookup": LOOKUP,
         "choose receiving": replace(HOME, task="receiving"), "choose counting": replace(HOME, task="counting"),
         "inspecting": replace(HOME, task="inspecting"), "moving": BEGUN,
         "sampling": replace(HOME, task="sampling"), "signed out": replace(HOME, operator="")}
TOPICS = {"home": "commands", "packing": "packing", "dock": "dock", "lookup": "lookup", "choose receiving": "dock",
          "choose counting": "count", "inspecting": "diversion", "moving": "moves", "sampling": "pairs",
          "signed out": "people"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_and_each_task_has_a_topic_and_it_is_there(language: str) -> None:
    there = {each.name for each in topics(language)}
    assert len(there) == len(topics(language))
    pages = {*PLACES, *OWN, *OF_TASK, "first", "receiving", "shipping"}      # "choose" is asked by its task
    assert {*TOPIC_OF} == pages
    assert {*TOPIC_OF.values(), *CHOOSING.values(), *SAID} <= there
    assert {topic_of("choose", task) for task in ("packing", "receiving", "shipping", "counting")} <= there


@pytest.mark.parametrize("name", VIEWS)
def test_help_opens_at_the_page_it_was_asked_from(bench, qtbot, name: str) -> None:
    one = bench(VIEWS[name])
    one.window.go("help")
    assert one.window.page.reading.topic.name == TOPICS[name]


@pytest.mark.parametrize(("place", "topic"), [("sync", "sync"), ("stock", "stock"), ("line", "line"),
                                              ("evidence", "diversion"), ("new_document", "documents")])
def test_help_of_a_page_that_lies_over_the_work(bench, qtbot, place: str, topic: str) -> None:
    one = bench(DOCK)
    one.window.go(place)
    one.window.go("help")
    assert one.window.page.reading.topic.name == topic


def test_another_language_stays_at_the_topic_that_is_read(bench, qtbot) -> None:
    one = bench(DOCK)
    one.window.go("help")
    read = topics("en")[2].name
    one.window.page.show_topic(2)
    one.window.set_language("zh_CN")
    assert (one.window.page.reading.topic.name, one.window.page.words.language) == (read, "zh_CN")
    one.window.go("back")
    one.window.go("help")
    assert one.window.page.reading.topic.name == "dock"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_answer_and_each_command_is_explained_in_the_help(language: str) -> None:
    named = Counter(reason for topic in topics(language) for reason in answers(topic.name))
    assert {*named} == {*Reason} - UNSAID
    assert set(named.values()) == {1}
    words = Words(language, strict=True)
    texts = {each.name: "\n".join(block.text for block in each.blocks) for each in whole(words)}
    for topic, text in texts.items():
        for reason in answers(topic):
            said = words.reason(reason, {})
            assert all(part in text for part in (said.title, said.text, said.todo)), (topic, reason)
    assert "[" not in "".join(texts[topic].replace("[[trigger]]", "").replace("[label]", "").replace("[warehouse]", "")
                              for topic in SAID)
    for each in INSTRUCTIONS:
        assert words(f"common.command_does.{each.name}") in texts["commands"]
