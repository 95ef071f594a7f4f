"""What the server says of a code, beside what is known here; the page does not wait for it."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.ui.pages.lookup import server_word
from app.views import ServerView
from app.words import Words
from tests.ui.conftest import Bench
from tests.ui.sample import LOOKUP


class Slow:
    """A server that says nothing until it may."""

    def __init__(self, said: ServerView) -> None:
        self.said, self.asked, self.may = said, list[str](), threading.Event()

    def server_says(self, epc: str) -> ServerView:
        self.asked.append(epc)
        assert self.may.wait(60)
        return self.said


def test_the_server_s_word_comes_when_it_comes(qtbot, bench: Callable[..., Bench]) -> None:
    server = Slow(ServerView("known", "observed", True, "in_progress", "", "receiving", "2027-11-30T02:42:00.000Z"))
    one = bench(replace(LOOKUP, lookup=""), server=server)
    page = one.window.page
    page.look_up("https://x.example/1")
    qtbot.waitUntil(lambda: bool(server.asked))
    assert not any("2027-11-30 10:42" in text for text in page.facts.texts())
    server.may.set()
    qtbot.waitUntil(lambda: any("2027-11-30 10:42" in text for text in page.facts.texts()))
    assert server.asked == [page._found]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_answer_has_its_words(language: str) -> None:
    words = Words(language, strict=True)
    said = [server_word(words, ServerView(state), "") for state in ("known", "unknown", "away", "off", "refused",
                                                                   "silent")]
    said += [server_word(words, ServerView("known", "announced"), ""),
             server_word(words, ServerView("known", "observed", False, "destroyed", "", "destroying"), "2027-11-30")]
    assert len(set(said)) == len(said) and "2027-11-30" in said[-1]
