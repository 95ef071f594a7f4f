"""Where codes may be: structure in two directions is found, edges and bars are not, however the work is shared."""
from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vision import places, pool
from tests.unit.vision.pictures import on_paper

KINDS = ("QRCode", "DataMatrix")


def sheet(kind: str, module: int, degrees: float, at: list[tuple[int, int]], size: tuple[int, int]) -> np.ndarray:
    """Codes with their centres `at` (x, y) on grey paper."""
    picture = np.full(size, 190, np.uint8)
    for i, (x, y) in enumerate(at):
        paper = on_paper(f"https://q.example/{i:06}", kind, module=module, degrees=degrees)
        high, wide = paper.shape
        into = picture[y - high // 2:y - high // 2 + high, x - wide // 2:x - wide // 2 + wide]
        np.minimum(into, paper, out=into)
    return picture


@settings(max_examples=30, deadline=None)
@given(kind=st.sampled_from(KINDS), module=st.integers(3, 6), degrees=st.floats(0, 90), x=st.integers(220, 800),
       y=st.integers(220, 500))
def test_a_code_is_the_strongest_place_wherever_it_lies(kind: str, module: int, degrees: float, x: int, y: int) -> None:
    side = module * (25 if kind == "QRCode" else 22)
    picture = sheet(kind, module, degrees, [(x, y)], (720, 1020))
    picture[40:44] = 20                                              # an edge, bars, and a ring
    picture[60:180, 20:200:6] = 0
    cv2.circle(picture, (900, 620), 80, 30, 4)
    field = places.texture(picture)
    best = places.peaks(field, side)[0]
    assert math.dist((best.x, best.y), (x, y)) < 0.3 * side
    assert math.dist(field.middle(best.x, best.y, side), (x, y)) < 0.15 * side


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", [3, 5])
def test_the_size_of_many_alike_is_seen(kind: str, module: int) -> None:
    at = [(160 + 270 * i, 160 + 260 * j) for i in range(4) for j in range(3)]
    picture = sheet(kind, module, 0, at, (900, 1200))
    side = module * (25 if kind == "QRCode" else 22)
    assert any(0.75 < seen / side < 1.3 for seen in places.likely_sides(places.texture(picture)))
    found = places.peaks(places.texture(picture), side)[:12]
    assert all(min(math.dist((place.x, place.y), each) for place in found) < 0.25 * side for each in at)


@pytest.mark.parametrize("shape", [(2400, 2000), (1080, 1920), (500, 700), (803, 1117)])
def test_strips_and_cores_change_nothing(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    grain = np.random.default_rng(1).integers(0, 256, (shape[0] // 3, shape[1] // 3), np.uint8)
    picture = cv2.resize(grain, shape[::-1])
    once = places.texture(picture)
    monkeypatch.setattr(pool, "cores", lambda: 2)
    monkeypatch.setattr(places, "SHARED", 0)
    shared = places.texture(picture)
    monkeypatch.setattr(places, "STRIP", 10_000)
    whole = places.texture(picture)
    assert once.step == shared.step == whole.step == 8
    assert np.array_equal(once.values, shared.values) and np.allclose(once.values, whole.values, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (8, 900), (23, 23), (900, 3)])
def test_too_small_a_picture_has_no_map(shape: tuple[int, int]) -> None:
    assert places.texture(np.zeros(shape, np.uint8)) is None


@pytest.mark.parametrize("shade", [0, 127, 255])
def test_nothing_is_on_an_empty_picture(shade: int) -> None:
    field = places.texture(np.full((600, 800), shade, np.uint8))
    assert places.peaks(field, 80) == [] and places.likely_sides(field) == []
    assert field.middle(400, 300, 80) == (400, 300) and field.at(field.smooth(80), -5, 9999) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("contrast", [1.0, 0.25])
def test_a_code_is_told_from_print_rims_and_bars_whatever_its_contrast(kind: str, contrast: float) -> None:
    picture = sheet(kind, 4, 30, [(300, 300)], (600, 1300))
    picture[250:350, 500:600:8] = picture[250:350, 503:600:8] = 30                  # bars
    cv2.circle(picture, (750, 300), 42, 30, 6)
    cv2.putText(picture, "12", (905, 335), cv2.FONT_HERSHEY_SIMPLEX, 2.6, 30, 9)
    picture = np.uint8(190 + contrast * (picture - 190.0))
    at, side = [(300, 300), (550, 300), (750, 300), (960, 300), (1200, 300)], 4 * (25 if kind == "QRCode" else 22)
    code, *others = (places.evenness(picture, each, side) for each in at)
    assert code > 0.25 and max(others) < 0.2
    assert places.evenness(picture, (-500, 9999), side) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", [1.3, 1.7, 2.1])
def test_the_rims_of_caps_are_not_taken_for_the_size_of_codes(kind: str, wrong: float) -> None:
    at = [(200 + 300 * i, 200 + 300 * j) for i in range(4) for j in range(3)]
    picture = sheet(kind, 4, 20, at, (1000, 1300))
    side = 4 * (25 if kind == "QRCode" else 22)
    for each in at:
        cv2.circle(picture, each, round(0.95 * side), 60, 5)
    field = places.texture(picture)
    assert 0.8 < places.closer(picture, field, wrong * side) / side < 1.2


def test_what_has_no_places_keeps_the_supposed_size() -> None:
    blank = np.full((600, 800), 190, np.uint8)
    assert places.closer(blank, places.texture(blank), 77.0) == 77.0
