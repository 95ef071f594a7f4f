"""Module by module: another code is never taken for the same, whatever the picture; the same mostly is."""
from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from app.vision import same
from app.vision.reading import Corners
from tests.unit.vision.symbols import corners, data_matrix, qr, seen, turned

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
KINDS = [*(((size, size), lambda text, n=size: data_matrix(text, (n, n)), length)
           for size, length in ((10, 3), (12, 6), (16, 16), (22, 43), (36, 120), (52, 290))),
         ((8, 18), lambda text: data_matrix(text, (8, 18)), 6),
         ((16, 48), lambda text: data_matrix(text, (16, 48)), 70),
         *((((17 + 4 * version,) * 2), lambda text, v=version, level=level: qr(text, v, level, 0), length)
           for version, level, length in ((1, "l", 17), (1, "h", 7), (4, "l", 78), (7, "l", 150), (10, "m", 210),
                                          (20, "l", 850)))]
WAYS = ("plain", "defocus", "noise", "light", "jpeg", "glare")


def picture(dark: np.ndarray, way: str, luck: random.Random, module: float, turn: float,
            shift: tuple[float, float] = (0, 0)) -> tuple[np.ndarray, Corners]:
    extent = int((1.45 * max(dark.shape) + 6) * module)
    place = turned(dark.shape, module, turn, (extent / 2 + shift[0], extent / 2 + shift[1]))
    drawn = seen(dark, place, (extent, extent), blur=(0.45 if way == "defocus" else 0.2) * module).astype(np.float32)
    if way == "glare":
        down, across = np.mgrid[:extent, :extent]
        drawn += 120 * np.exp(-((across - 0.4 * extent) ** 2 + (down - 0.6 * extent) ** 2) / (0.08 * extent ** 2))
    drawn *= luck.uniform(0.5, 1.1) if way == "light" else 1
    grain = np.random.default_rng(luck.randrange(10 ** 9)).normal(0, 10 if way == "noise" else 2, drawn.shape)
    grey = np.clip(drawn + grain, 0, 255).astype(np.uint8)
    if way == "jpeg":
        grey = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_GRAYSCALE)
    return grey, tuple((float(x), float(y)) for x, y in corners(place, dark.shape))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("which", range(len(KINDS)))
def test_one_letter_makes_another_code(which: int, way: str) -> None:
    size, make, length = KINDS[which]
    luck = random.Random(100 * which + WAYS.index(way))
    for _ in range(2):
        text = "".join(luck.choices(LETTERS, k=length))
        last = luck.choice(LETTERS.replace(text[-1], ""))
        module, turn = luck.uniform(2.5, 5), luck.uniform(0, 360)
        shift = luck.uniform(-1, 1), luck.uniform(-1, 1)
        before, at = picture(make(text), way, luck, module, turn)
        known = same.taken(before, at, size)
        assert known is not None
        assert same.found(picture(make(text[:-1] + last), way, luck, module, turn, shift)[0], at, known) is None
        again, truth = picture(make(text), way, luck, module, turn, shift)
        where = same.found(again, at, known)
        assert where is not None
        assert np.abs(np.subtract(where, truth)).max() < 0.4 * module


@pytest.mark.parametrize("apart", [0, 5])
def test_modules_that_differ_far_apart_make_another_code(apart: int) -> None:
    """No part of it differs by much, and yet there are more of them than grain or dirt inverts."""
    luck, dark = random.Random(1), qr("https://q.brand.example/b/1000001", 3)
    other = dark.copy()
    if apart:
        other[10:22:apart, 10:22:apart] ^= True
    grey, at = picture(dark, "plain", luck, 4.0, 20.0)
    found = same.found(picture(other, "plain", luck, 4.0, 20.0)[0], at, same.taken(grey, at, dark.shape))
    assert (found is None) == bool(apart)


def test_bare_paper_and_places_beyond_the_edge_are_not_the_same() -> None:
    luck = random.Random(3)
    grey, at = picture(data_matrix("A1", (10, 10)), "plain", luck, 4.0, 0.0)
    known = same.taken(grey, at, (10, 10))
    assert same.found(np.full_like(grey, 200), at, known) is None
    gone = tuple((x - 30, y) for x, y in at)
    assert same.found(grey, gone, known) is None and same.taken(grey, gone, (10, 10)) is None
    assert same.taken(grey, (at[0],) * 4, (10, 10)) is None, "corners in one point"
