"""The strip below the page: whole sentences in any room, and the answer to a badge at once."""
from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

import resources
from app.domain.reasons import Outcome, Reason
from app.ui.passing import Answer, is_passing
from app.ui.strip import SPLITS, VerdictStrip, share_of
from app.ui.text import LEFT, draw_wrapped, wrap_flags, wrapped
from app.ui.theme import SMALLEST_TYPE_PX, Tone, look_for
from app.words import LANGUAGES, Words
from tests.ui.sample import BOTTLE, PACKING, published

LONG = {"code": "069012340000000016", "label": "069012340000000016", "order": "WO-271130-A",
        "product": "Sunrise milk 250 ml", "expected": "Sunrise orange juice 1 L"}


def filled(sentence: str) -> str:
    """A sentence with all that may stand in it."""
    plain = sentence.replace("[[", "").replace("]]", "")
    return re.sub(r"\{(\w+)\}", lambda field: LONG.get(field[1], "24"), plain)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tall", [True, False])
def test_every_refusal_and_what_to_do_fit_a_small_screen(bench, language: str, tall: bool) -> None:
    strip = bench(PACKING, language, (1280, 800)).window.shell.strip
    look, words = strip.look, Words(language)
    strip.set_tall(tall)
    word_px = QFontMetrics(look.font(120 * strip.share, True)).horizontalAdvance(words("ui.verdict.rejected"))
    left = look.px(32) + look.px(120 * strip.share) + look.px(28)
    room = QRect(0, 0, 1280 - left - word_px - look.px(8 + 24 + 36), strip.height() - look.px(24))
    reasons = tomllib.loads((Path(resources.__file__).parent / f"i18n/{language}/reason.toml").read_text("utf-8"))
    for name, said in reasons.items():
        if isinstance(said, dict) and said.get("todo"):
            text, todo = filled(said["text"]), filled(said["todo"])
            assert any(
                wrapped(QRect(0, 0, room.width(), room.height() * part // 100), text, look.font(40, True),
                        wrap_flags(text, LEFT))[1]
                and wrapped(QRect(0, 0, room.width(), room.height() - room.height() * part // 100), todo, look.font(32),
                            wrap_flags(todo, LEFT))[1] for part in SPLITS), (name, text, todo)


def test_the_longer_sentence_gets_more_of_the_height(bench) -> None:
    look = bench(PACKING, "en", (1280, 800)).window.look
    fonts, room = (look.font(40, True), look.font(32)), QRect(0, 0, 600, 60)
    long = "A long sentence that says what has to be done, and then some more of it. "
    assert share_of(room, ("Short.", "Short."), fonts) == 60 * SPLITS[0] // 100
    assert share_of(room, ("Short.", long * 2), fonts) < share_of(room, (long * 2, "Short."), fonts)


def test_text_that_is_too_long_shows_its_first_lines_whole(bench) -> None:
    look = look_for(bench().window.size())
    words = "every word of it is wanted " * 30

    def rows(height: int) -> list[int]:
        image = QImage(300, 100, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        draw_wrapped(painter, QRect(0, 0, 300, height), words, look.font(30), QColor("black"))
        painter.end()
        return [y for y in range(100) if any(image.pixelColor(x, y).lightness() < 128 for x in range(300))]

    font = look.font(1)
    assert font.pixelSize() == SMALLEST_TYPE_PX
    line_px = QFontMetrics(font).lineSpacing()
    assert rows(line_px * 2 + line_px // 2) == rows(line_px * 2), "no half of a third line"
    assert rows(line_px)[0] >= 1, "and the first one is not cut"


def test_a_badge_is_a_persons_answer_although_no_code_of_it_is_shown() -> None:
    asked = published(PACKING, Outcome.WARNING, Reason.SECOND_PERSON, BOTTLE, name="REPRINT")
    signed = published(PACKING, Outcome.COMMAND, Reason.SIGNED_IN, name="李娜")
    done = published(PACKING, Outcome.ACCEPTED, Reason.LABEL_ORDERED, by="lina", approver="wang", level="case")
    printed = published(PACKING, Outcome.ACCEPTED, Reason.LABEL_ORDERED, level="case", source="printer-1")
    assert is_passing(printed) and not is_passing(signed) and not is_passing(done)
    answer = Answer()
    assert answer.heard(asked) and answer.heard(signed) and answer.heard(done) and not answer.heard(printed)


@pytest.mark.parametrize("reason", [Reason.SIGNED_IN, Reason.LABEL_ORDERED])
def test_what_a_badge_brought_replaces_the_refusal_on_the_strip(bench, reason: Reason) -> None:
    one = bench(PACKING)
    strip: VerdictStrip = one.window.shell.strip
    one.tell(published(PACKING, Outcome.WARNING, Reason.SAME_PERSON, name="李娜", seq=1))
    more = {"name": "王强"} if reason is Reason.SIGNED_IN else {"approver": "wang", "level": "case"}
    outcome = Outcome.COMMAND if reason is Reason.SIGNED_IN else Outcome.ACCEPTED
    one.tell(published(PACKING, outcome, reason, seq=2, **more))
    assert strip.face is not None and strip.face.tone in (Tone.GOOD, Tone.ACT)
