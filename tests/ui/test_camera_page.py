"""The engineer's camera page on a real reader: looks, learns by one key, and says what is wrong in both languages."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.devices.presentation import Presentation
from app.devices.teaching import Teaching
from app.messages import DeviceState
from app.settings import DeviceSection, RecipeFile
from app.settings_file import read_recipe, write_recipe
from app.taught import Hopeless
from app.ui.pages.camera import CameraPage
from app.vision.reader import Reader
from app.vision.reading import FrameReading
from app.vision.recipe import Recipe
from app.words import LANGUAGES
from drivers.base import Picture
from drivers.crate import render_case
from tests.ui.sample import PACKING

CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(6)]
ENGINEER = replace(PACKING, operator_role="engineer")
SECTION = DeviceSection(name="line-camera", kind="camera", source="0", symbologies=("QRCode",), expected=6)


def read() -> Callable[[np.ndarray], FrameReading]:
    """A camera's own reader, without a process of its own: it would begin with each test anew."""
    return Reader(Recipe(SECTION.symbologies, count=SECTION.expected)).read


@pytest.fixture
def camera(bench: Callable[..., object], tmp_path: Path) -> Callable[..., CameraPage]:
    def make(pixels: np.ndarray | None, language: str = "en", size: tuple[int, int] = (1920, 1080),
             view: object = ENGINEER) -> CameraPage:
        one = bench(view, language, size)
        presentation = Presentation(SECTION.name, read(), time.monotonic, one.bridge.on_preview, 0)
        teaching = Teaching(tmp_path)
        teaching.add(SECTION, presentation)
        one.window._ports = replace(one.ports, teaching=teaching)
        one.window._build()
        one.window.go("camera")
        page = one.window.page
        assert isinstance(page, CameraPage)
        if pixels is not None:
            presentation.frames([Picture(pixels, "")], datetime.now(UTC), time.monotonic())
            page.show_picture(*presentation._last)
        page.bench, page.presentation = one, presentation
        return page
    return make


def good() -> np.ndarray:
    return render_case(CODES, None, seed=1, size=(960, 640))


def spoilt() -> np.ndarray:
    """One code painted over with noise, so that a place of the lattice is not read."""
    pixels = good()
    seen = read()(pixels).codes
    middle = min((np.mean(code.corners, axis=0) for code in seen), key=lambda at: float(at[0] + at[1]))
    x, y = (int(each) for each in middle)
    part = pixels[y - 34:y + 34, x - 34:x + 34]
    part[:] = cv2.GaussianBlur(part, (0, 0), 7)
    return pixels


def texts(page: CameraPage) -> list[str]:
    return [each.text for card in (page.optics, page.taught) for each in card.sentences]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_full_case_is_learnt_by_two_keys_and_read_by_at_once(camera: Callable[..., CameraPage], qtbot, tmp_path: Path,
                                                              language: str) -> None:
    page = camera(good(), language)
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    told = page.told
    assert not told.faults and {cell.state for cell in told.cells} == {"read"} and len(told.cells) == 6
    assert "6" in " ".join(texts(page)) and "[" not in " ".join(texts(page)), texts(page)
    before = page.presentation._read
    page.bench.type((Qt.Key.Key_F3, ""))
    file = tmp_path / "recipes" / "line-camera.toml"
    qtbot.waitUntil(lambda: str(file) in " ".join(texts(page)))
    recipe = read_recipe(file)
    assert recipe.symbologies == ("QRCode",) and recipe.expected == 6 and recipe.polarity == "dark" and recipe.sizes
    assert page.presentation._read is not before
    assert len(page.presentation._read(good()).codes) == 6
    page.bench.window.set_language(LANGUAGES[1 - LANGUAGES.index(language)])      # what was looked at stays
    assert page.bench.window.page.told is told


def test_what_is_not_whole_is_not_learnt(camera: Callable[..., CameraPage], qtbot, tmp_path: Path) -> None:
    page = camera(spoilt())
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    assert page.told.faults and "unread" in {cell.state for cell in page.told.cells}
    assert [each.tone for each in page.taught.sentences][0] == "bad"
    assert "F3" not in [key.key for key in page.bar()]
    page.learn()
    assert not (tmp_path / "recipes").exists()


def test_only_an_engineer_teaches(camera: Callable[..., CameraPage]) -> None:
    page = camera(good(), view=replace(PACKING, operator_role="supervisor"))
    assert [key.key for key in page.bar()] == ["Esc"]
    page.look_closer()
    assert not page._busy and page.told is None
    assert "engineer" in page.instruction(page.screen_of.shown())
    page.bench.window.go("line")
    assert "F6" not in [key.key for key in page.bench.window.page.bar()]


def test_a_camera_without_a_picture_is_told(camera: Callable[..., CameraPage], qtbot) -> None:
    page = camera(None)
    qtbot.waitUntil(lambda: bool(page.optics.sentences))
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.optics.sentences[0].tone == "care")
    assert not page._busy


def test_a_full_disk_is_said_on_the_page(camera: Callable[..., CameraPage], qtbot, tmp_path: Path) -> None:
    (tmp_path / "recipes").write_text("in the way")
    page = camera(good())
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: not page._busy and page.optics.sentences[0].tone == "bad")
    assert "recipes" in page.optics.sentences[0].text


def press(page: CameraPage, qtbot, keys: str) -> None:
    """Characters at a person's pace, "\r" is Enter; until the page has heard them all."""
    heard: list[str] = []
    before = page.form.press
    page.form.press = lambda key: heard.append(key.text) or before(key)
    page.bench.type(keys.replace("\r", ""), gap_ms=200)
    qtbot.waitUntil(lambda: "".join(heard) == keys.replace("\r", ""))
    page.form.press = before
    if keys.endswith("\r"):
        page.bench.type((Qt.Key.Key_Return, "\r"))


def type_figures(page: CameraPage, qtbot, *texts: str) -> None:
    """Opens the form and types each figure over what was there, with Enter behind it."""
    page.bench.type((Qt.Key.Key_F7, ""))
    qtbot.waitUntil(lambda: page.is_typing)
    for text in texts:
        page.bench.type((Qt.Key.Key_Delete, ""))
        press(page, qtbot, text + "\r")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_belts_figures_are_typed_kept_and_judged_at_once(camera: Callable[..., CameraPage], qtbot, tmp_path: Path,
                                                             language: str) -> None:
    page = camera(good(), language)
    file = tmp_path / "recipes" / "line-camera.toml"
    type_figures(page, qtbot, "0.36", "500")
    assert "0.36" in " ".join(texts(page)) and not file.exists()        # how long to expose, while one types
    assert [each.scale.value for each in page.optics.sentences if each.scale][-1] is None
    press(page, qtbot, "2")
    assert page.optics.sentences[-1].tone == page.optics.tone == "bad"       # 2 ms: the belt goes much too far
    page.bench.type((Qt.Key.Key_Backspace, ""))
    press(page, qtbot, "0.2")
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: not page.is_typing)
    recipe = read_recipe(file)
    assert (recipe.module_mm, recipe.speed_mm_s, recipe.exposure_ms) == (0.36, 500.0, 0.2)
    assert (recipe.symbologies, recipe.expected) == (("QRCode",), 6)    # as the camera was set: it reads as before
    assert str(file) in page.taught.sentences[0].text
    assert [each.scale.text for each in page.optics.sentences if each.scale][-1].startswith("0.2")
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    assert len([each for each in page.optics.sentences if each.scale]) == 3
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: read_recipe(file).px_module > 0)
    assert read_recipe(file).exposure_ms == 0.2 and read_recipe(file).sizes


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_that_cannot_be_is_told_at_its_field(camera: Callable[..., CameraPage], qtbot, tmp_path: Path,
                                                      language: str) -> None:
    page = camera(good(), language)
    type_figures(page, qtbot, "36", "500")
    press(page, qtbot, "x")
    assert "x" in page.instruction(page.screen_of.shown()) and page.form.texts["exposure_ms"] == ""
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: bool(page.form.wrong))
    said = page.instruction(page.screen_of.shown())
    assert "36" in said and "0.05" in said and "10" in said and "mm" in said and "[" not in said
    assert page.form.wrong == ("module_mm",) and page.form.fields[0].is_wrong and page.form.asked.name == "module_mm"
    assert page.is_typing and not (tmp_path / "recipes").exists()
    page.bench.window.set_language(LANGUAGES[1 - LANGUAGES.index(language)])      # what was typed stays
    page = page.bench.window.page
    assert page.is_typing and page.form.texts["module_mm"] == "36"
    page.leave_belt()
    assert not page.is_typing and not page.stands.belt.module_mm


def test_a_full_disk_keeps_what_was_typed(camera: Callable[..., CameraPage], qtbot, tmp_path: Path) -> None:
    (tmp_path / "recipes").write_text("in the way")
    page = camera(good())
    type_figures(page, qtbot, "0.36", "500", "0.2")
    qtbot.waitUntil(lambda: page.optics.sentences[0].tone == "bad")
    assert page.is_typing and page.form.texts["module_mm"] == "0.36"
    assert "recipes" in page.optics.sentences[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hopeless_set_up_is_kept_only_where_somebody_insists(camera: Callable[..., CameraPage], qtbot,
                                                              tmp_path: Path, language: str) -> None:
    page = camera(good(), language)
    file = tmp_path / "recipes" / "line-camera.toml"
    type_figures(page, qtbot, "0.36", "500", "5")
    qtbot.waitUntil(lambda: not page.is_typing)
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    assert page.told.refused and not page.told.faults
    assert "F3" not in [key.key for key in page.bar()] and "F8" in [key.key for key in page.bar()]
    page.bench.type((Qt.Key.Key_Return, "\r"))
    qtbot.waitUntil(lambda: "F8" in page.optics.sentences[0].text)
    assert page.optics.sentences[0].tone == "bad" and "F8" in page.optics.sentences[0].text
    with pytest.raises(Hopeless):
        page.screen_of.to.teaching.keep("line-camera")
    assert not read_recipe(file).sizes
    page.bench.type((Qt.Key.Key_F8, ""))
    qtbot.waitUntil(lambda: bool(read_recipe(file).sizes))
    qtbot.waitUntil(lambda: page.taught.sentences[0].tone == "good")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_every_sentence_has_its_room(camera: Callable[..., CameraPage], qtbot, language: str,
                                    size: tuple[int, int]) -> None:
    small = cv2.resize(spoilt(), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    for pixels, exposure in ((good(), "0.2"), (small, "5")):
        page = camera(pixels, language, size)
        type_figures(page, qtbot, "0.36", "500", exposure)
        qtbot.waitUntil(lambda page=page: not page.is_typing)
        page.bench.type((Qt.Key.Key_F2, ""))
        qtbot.waitUntil(lambda page=page: page.told is not None)
        for card in (page.optics, page.taught):
            qtbot.waitUntil(lambda card=card: bool(card.laid()[1]) and card.laid()[1][-1].bottom <= card.height())


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_the_page_is_open_its_camera_is_set_up(camera: Callable[..., CameraPage], qtbot, language: str) -> None:
    page = camera(good(), language)
    calls = page.bench.outside.calls
    assert [each for each in calls if each.startswith("set_up")][-1] == "set_up:line-camera"
    page._lent.setInterval(1)
    before = calls.count("set_up:line-camera")
    qtbot.waitUntil(lambda: calls.count("set_up:line-camera") > before + 2)      # said again as long as it lasts
    page.bench.tell(DeviceState("scanner-1", "serial", "gone", problem="unplugged"))
    page.bench.tell(DeviceState("line-camera", "camera", "ready", problem="set_up"))
    line = page.bench.window.shell.trouble
    qtbot.waitUntil(lambda: "line-camera" in line.texts[0])
    assert not line.isHidden() and len(line.texts) == 2
    for leave in (lambda: page.bench.window.go("back"), lambda: page.bench.window.go("help"), page.bench.window.close):
        leave()
        assert [each for each in calls if each.startswith("set_up")][-1] == "set_up:"
        page.bench.window.go("camera")


def test_nobody_else_sets_a_camera_up_and_who_signs_out_ends_it(camera: Callable[..., CameraPage], qtbot) -> None:
    page = camera(good(), view=replace(PACKING, operator_role="supervisor"))
    calls = page.bench.outside.calls
    assert "set_up:line-camera" not in calls
    page = camera(good())
    calls = page.bench.outside.calls
    assert "set_up:line-camera" in calls
    page.bench.window.shown = replace(page.bench.window.shown, view=replace(PACKING, operator_role="operator"))
    page.bench.window.go("")
    assert [each for each in calls if each.startswith("set_up")][-1] == "set_up:"


def test_a_page_that_nobody_uses_gives_the_camera_back(camera: Callable[..., CameraPage], qtbot) -> None:
    page = camera(good())
    page._idle.start(1)
    qtbot.waitUntil(lambda: page.bench.window.page.name == "line")
    calls = page.bench.outside.calls
    assert [each for each in calls if each.startswith("set_up")][-1] == "set_up:"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_is_kept_where_it_is_said_to_be(camera: Callable[..., CameraPage], qtbot, tmp_path: Path,
                                              language: str) -> None:
    page = camera(good(), language)
    words, file = page.words, tmp_path / "recipes" / "line-camera.toml"
    assert "F5" not in [key.key for key in page.bar()]                       # nothing was looked at yet
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    page.bench.type((Qt.Key.Key_F5, ""))
    qtbot.waitUntil(lambda: page.told is not None and page.locks)
    assert words("recipe.page.lock_unkept") in texts(page) and not file.exists()
    assert words("recipe.page.length_only") in texts(page)                   # its codes are links without a number
    page.bench.type((Qt.Key.Key_F5, ""))
    qtbot.waitUntil(lambda: page.told is not None and not page.locks)
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: words("recipe.page.open") in texts(page))
    assert read_recipe(file).lengths == ()
    page.bench.type((Qt.Key.Key_F5, ""))                                     # after F3 it is kept at once
    qtbot.waitUntil(lambda: words("recipe.page.locked") in texts(page))
    assert read_recipe(file).lengths == (len(CODES[0]),)
    page.bench.type((Qt.Key.Key_F4, ""))
    qtbot.waitUntil(lambda: page.told is None and words("recipe.page.locked") in texts(page))
    page.screen_of.memory.pop("camera.place")                                # as after a restart
    page.bench.window.go("line")
    page.bench.window.go("camera")
    one, last, page = page.bench, page.presentation._last, page.bench.window.page
    qtbot.waitUntil(lambda: words("recipe.page.locked") in texts(page))
    page.show_picture(*last)
    one.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    one.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: words("recipe.page.locked") in texts(page))
    assert read_recipe(file).lengths == (len(CODES[0]),)                     # looking anew unlocks nothing


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_recipe_in_use_is_shown(camera: Callable[..., CameraPage], qtbot, tmp_path: Path, language: str) -> None:
    page = camera(good(), language)
    qtbot.waitUntil(lambda: page.words("recipe.page.no_recipe") in texts(page))
    assert "QRCode" in " ".join(texts(page)) and "6" in " ".join(texts(page))
    write_recipe(tmp_path / "recipes" / "line-camera.toml", RecipeFile(
        symbologies=("DataMatrix",), sizes=("16x16",), rows=4, columns=6, polarity="dark"))
    page.bench.window.go("line")
    page.bench.window.go("camera")
    page = page.bench.window.page
    qtbot.waitUntil(lambda: "DataMatrix" in " ".join(texts(page)))
    said = " ".join(texts(page))
    assert all(each in said for each in ("16×16", "24", "line-camera.toml", page.words("recipe.page.open"))), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_look_outlives_a_change_of_the_language(camera: Callable[..., CameraPage], qtbot, language: str) -> None:
    page = camera(spoilt(), language)
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    first, port, go_on = page.told, page.screen_of.to.teaching, threading.Event()
    look = port.look
    port.look = lambda *args, **more: go_on.wait(60) and look(*args, **more)
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.words("recipe.page.looking") in texts(page))
    assert page.told is None and "F3" not in [key.key for key in page.bar()]      # nothing old is offered meanwhile
    page.bench.window.set_language(LANGUAGES[1 - LANGUAGES.index(language)])
    page = page.bench.window.page
    qtbot.waitUntil(lambda: page.words("recipe.page.looking") in texts(page))
    page.look_closer()                                                            # one at a time
    go_on.set()
    qtbot.waitUntil(lambda: page.told is not None)
    assert page.told is not first and page.picture.cells == page.told.cells
    assert page.words("recipe.page.looking") not in texts(page) and not page._busy
    assert "F2" in [key.key for key in page.bar()] and [each.tone for each in page.taught.sentences][0] == "bad"
