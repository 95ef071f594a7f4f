"""Sizes, contrast and room: read from 1.5 m, touched with gloves, in both languages, on both usual screens."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.ui import icons, theme
from app.ui.entry import PinPad
from app.ui.theme import GAP_PX, TOUCH_PX, Look, Tone, look_for
from app.ui.widgets import Button, Rows
from app.words import LANGUAGES
from tests.ui.sample import DOCK, HOME, LOOKUP, PACKING, SIGNED_OUT
from tests.ui.test_count_page import GUIDED
from tests.ui.test_count_page import view as counting

SIZES = [(1920, 1080), (1280, 800)]
VIEWS = {"home": HOME, "packing": PACKING, "dock": DOCK, "count": counting(GUIDED), "lookup": LOOKUP,
         "sign_in": SIGNED_OUT, "choose": replace(HOME, task="packing"), "help": HOME, "sync": HOME, "sheet": HOME}
RED = Verdict(Outcome.REJECTED, Reason.WRONG_PRODUCT, {"product": "JUICE1L", "expected": "MILK250", "code": "x"})


def open_page(bench, name: str, language: str, size: tuple[int, int]):
    one = bench(VIEWS[name], language, size)
    if name in ("help", "sync", "sheet"):
        one.window.go(name)
    return one


def contrast(one: QColor, two: QColor) -> float:
    """WCAG 2: from 1 to 21."""
    def light(colour: QColor) -> float:
        parts = [(c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for c in
                 (colour.redF(), colour.greenF(), colour.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_colours_are_those_of_the_contract() -> None:
    assert [tone.ground.name() for tone in (Tone.GOOD, Tone.CARE, Tone.BAD, Tone.ACT)] == [
        "#006b5e", "#ffb000", "#a8001c", "#005fb8"]
    for tone in Tone:
        assert contrast(tone.ground, tone.ink) >= 6.0, tone


def test_all_text_reads_on_its_ground() -> None:
    for ink, ground in ((theme.INK, theme.CARD), (theme.QUIET, theme.CARD), (theme.QUIET, theme.SUNK),
                        (theme.QUIET, theme.GROUND), (theme.BAR_INK, theme.BAR), (theme.BAR_QUIET, theme.BAR),
                        (theme.TEAL, theme.SUNK), (theme.RED, theme.SUNK), (theme.BLUE, theme.CARD),
                        (theme.INK, theme.AMBER_WASH)):
        assert contrast(ink, ground) >= 4.5, (ink.name(), ground.name())


def test_type_sizes_at_1080p(bench) -> None:
    one = bench(PACKING)
    look = one.window.look
    assert look.scale == 1.0
    assert one.window.page.first.size_px >= 200
    assert look.font(120).pixelSize() == 120
    strip = one.window.shell.strip
    assert strip.share == 1.0
    assert strip.height() >= QFontMetrics(look.font(120, True)).height()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_word_keeps_its_size_at_1080p(bench, language: str) -> None:
    """120 px without being made smaller, in the room that the strip gives it beside a sentence."""
    one = bench(PACKING, language)
    words, look = one.window.words, one.window.look
    room = (1920 - look.px(32 + 120 + 28 + 24)) * 62 // 100
    for outcome in Outcome:
        if outcome is not Outcome.COMMAND:
            word = words(f"ui.verdict.{outcome}")
            assert QFontMetrics(look.font(120, True)).horizontalAdvance(word) <= room, word


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_everything_one_touches_is_large_and_apart(bench, name: str, size: tuple[int, int]) -> None:
    one = open_page(bench, name, "en", size)
    one.window.grab()
    buttons = [each for each in one.window.findChildren(Button) if each.isVisible()]
    places = [QRect(each.mapTo(one.window, QPoint(0, 0)), each.size()) for each in buttons]
    for button, place in zip(buttons, places, strict=True):
        assert min(place.width(), place.height()) >= TOUCH_PX, button.word
        assert one.window.rect().contains(place), button.word
    for at, one_place in enumerate(places):
        for other in places[at + 1 :]:
            assert not one_place.intersects(other)
    for rows in one.window.findChildren(Rows):
        if rows.choosable and rows.isVisible():
            assert rows.row_height >= TOUCH_PX
            assert rows.gap >= GAP_PX or not rows.numbered


@pytest.mark.parametrize("size", SIZES)
def test_the_pin_pad_has_keys_of_80_pixels(bench, qtbot, size: tuple[int, int]) -> None:
    one = bench(SIGNED_OUT, "en", size)
    qtbot.waitUntil(lambda: bool(one.window.page._people))
    one.window.page.choose(0)
    one.window.grab()
    pad = one.window.findChild(PinPad)
    assert len(pad.keys) == 12
    for key in pad.keys:
        assert min(key.width(), key.height()) >= 80
        assert pad.rect().contains(key.geometry())
    assert one.window.page.rect().contains(QRect(pad.mapTo(one.window.page, QPoint(0, 0)), pad.size()))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_no_word_on_a_key_is_cut(bench, name: str, language: str, size: tuple[int, int]) -> None:
    one = open_page(bench, name, language, size)
    one.window.grab()
    for button in one.window.findChildren(Button):
        if button.isVisible() and button.word and button.style_name == "bar":
            smallest = one.window.look.font(1, True)
            room = button.width() - 2 * one.window.look.px(10)
            assert QFontMetrics(smallest).horizontalAdvance(button.word) <= room, button.word


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_nothing_stands_outside_its_parent(bench, name: str, size: tuple[int, int]) -> None:
    one = open_page(bench, name, "zh_CN", size)
    one.window.grab()
    for widget in one.window.findChildren(QWidget):
        parent = widget.parentWidget()
        if widget.isVisible() and parent is not None and not widget.isWindow():
            assert parent.rect().contains(widget.geometry()), (widget, widget.geometry(), parent.rect())


def test_a_new_size_builds_the_window_anew_and_keeps_the_page(bench, qtbot) -> None:
    one = bench(PACKING)
    one.window.resize(QSize(1280, 800))
    qtbot.waitUntil(lambda: one.window.look.scale < 0.7)
    assert one.window.page.name == "packing"
    assert one.window.page.first.value == 18
    assert one.window.shell.geometry() == one.window.rect()


def test_a_red_on_a_small_screen_keeps_its_words_apart(bench) -> None:
    one = bench(replace(PACKING, alarm=RED, held=2), "en", (1280, 800))
    cover = one.window._covers.alarm
    image = cover.grab().toImage()
    rect = cover.answer_rect()
    assert cover.rect().contains(rect)
    assert image.pixelColor(rect.x() + 8, rect.center().y()).name() == "#ffffff"
    assert image.pixelColor(rect.x() + 8, rect.y() - 6).name() == "#a8001c"


def test_looks_come_in_steps() -> None:
    assert look_for(QSize(1920, 1080)).scale == 1.0
    assert look_for(QSize(1921, 1084)).scale == 1.0
    assert look_for(QSize(100, 100)).scale == 0.5
    assert look_for(QSize(9000, 9000)).scale == 2.4
    assert Look(0.5, ("x",)).touch() == TOUCH_PX
    assert theme.known_families()


@pytest.mark.parametrize("name", icons.SHAPES)
def test_every_sign_is_drawn_inside_its_square(name: str) -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    icons.draw(painter, name, QRect(16, 16, 32, 32), QColor("#000000"))
    painter.end()
    dark = [(x, y) for x in range(64) for y in range(64) if image.pixelColor(x, y).lightness() < 128]
    assert len(dark) > 10
    assert all(13 <= x <= 51 and 13 <= y <= 51 for x, y in dark)


def test_health_is_a_shape_and_a_colour() -> None:
    drawn = set()
    black = (QColor("#000000"),) * 4
    for state in ("good", "care", "bad", "off"):
        image = QImage(40, 40, QImage.Format.Format_Mono)
        image.fill(1)
        painter = QPainter(image)
        icons.draw_dot(painter, state, QRect(4, 4, 32, 32), black)
        painter.end()
        drawn.add(bytes(image.constBits()))
    assert len(drawn) == 4


def test_the_windows_icon_comes_in_all_sizes() -> None:
    assert {size.width() for size in icons.app_icon().availableSizes()} == {16, 32, 64, 128, 256}
