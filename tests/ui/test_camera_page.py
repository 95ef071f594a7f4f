"""The engineer's camera page on a real reader: looks, learns by one key, and says what is wrong in both languages."""
from __future__ import annotations

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
from app.devices.teaching import Teaching, read_with_vision
from app.settings import DeviceSection
from app.settings_file import read_recipe
from app.ui.pages.camera import CameraPage
from app.words import LANGUAGES
from drivers.base import Picture
from drivers.crate import render_case
from tests.ui.sample import PACKING

CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(6)]
ENGINEER = replace(PACKING, operator_role="engineer")
SECTION = DeviceSection(name="line-camera", kind="camera", source="0", symbologies=("QRCode",), expected=6)


@pytest.fixture
def camera(bench: Callable[..., object], tmp_path: Path) -> Callable[..., CameraPage]:
    def make(pixels: np.ndarray | None, language: str = "en", size: tuple[int, int] = (1920, 1080),
             view: object = ENGINEER) -> CameraPage:
        one = bench(view, language, size)
        presentation = Presentation(SECTION.name, read_with_vision(SECTION), time.monotonic, one.bridge.on_preview, 0)
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
    seen = read_with_vision(SECTION)(pixels).codes
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
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.optics.sentences[0].tone == "care")
    assert not page._busy


def test_a_full_disk_is_said_on_the_page(camera: Callable[..., CameraPage], qtbot, tmp_path: Path) -> None:
    (tmp_path / "recipes").write_text("in the way")
    page = camera(good())
    page.bench.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: page.told is not None)
    page.bench.type((Qt.Key.Key_F3, ""))
    qtbot.waitUntil(lambda: not page._busy and page.taught.sentences[0].tone == "bad")
    assert "recipes" in page.taught.sentences[0].text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_every_sentence_has_its_room(camera: Callable[..., CameraPage], qtbot, language: str,
                                    size: tuple[int, int]) -> None:
    small = cv2.resize(spoilt(), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    for pixels in (good(), small):
        page = camera(pixels, language, size)
        page.bench.type((Qt.Key.Key_F2, ""))
        qtbot.waitUntil(lambda page=page: page.told is not None)
        for card in (page.optics, page.taught):
            _, placed = card.laid()
            assert placed and placed[-1][1].bottom() <= card.height()
