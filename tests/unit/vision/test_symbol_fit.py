"""Geometry: a grid laid on a picture of a symbol gives back its modules, under any homography a camera makes."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vision.symbol import datamatrix, fit, locate, qr, soften
from tests.unit.vision import symbols

TEXT = "0123456789ABCDEFGHIJ"
CODES = {"dm": (datamatrix, symbols.data_matrix(TEXT, (22, 22))), "qr": (qr, symbols.qr(TEXT, 2)),
         "wide": (datamatrix, symbols.data_matrix("0123456789AB", (12, 26)))}

views = st.tuples(st.sampled_from(sorted(CODES)), st.floats(2.6, 6), st.floats(0, 360), st.floats(0.85, 1),
                  st.floats(-0.0008, 0.0008), st.floats(-0.0008, 0.0008), st.booleans(), st.integers(0, 2 ** 32))


def view(drawn) -> tuple:
    """kind, modules, homography, picture, whether light on dark"""
    name, module, degrees, squeezed, tilt_x, tilt_y, light, seed = drawn
    kind, dark = CODES[name]
    lean = np.array([[1, 0, 0], [0, 1, 0], [tilt_x, tilt_y, 1]])
    flat = symbols.turned(dark.shape, module, degrees, (0, 0), squeezed=squeezed)
    reach = 1.1 * module * max(dark.shape)
    to_picture = np.array([[1, 0, reach], [0, 1, reach], [0, 0, 1.0]])
    grid = to_picture @ lean @ flat
    side = int(2 * reach)
    picture = symbols.seen(dark, grid, (side, side), luck=np.random.default_rng(seed), ink=200 if light else 40,
                           paper=40 if light else 200)
    return kind, dark, grid, picture, light


@settings(max_examples=60)
@given(views)
def test_sampling_gives_back_the_drawn_modules(drawn) -> None:
    kind, dark, grid, picture, light = view(drawn)
    values, uneven = soften.brightness(picture, grid, dark.shape)
    frame = kind.frame(dark.shape)
    read = soften.likelihood(values if light else -values, uneven, frame, soften.dazzled(values, frame, not light))
    assert read.shape == dark.shape and ((read > 0) == dark).all()


@settings(max_examples=60)
@given(views, st.lists(st.floats(-0.45, 0.45), min_size=8, max_size=8))
def test_a_grid_laid_about_right_is_laid_exactly(drawn, off) -> None:
    kind, dark, grid, picture, light = view(drawn)
    at = symbols.corners(grid, dark.shape)
    module = np.linalg.norm(at[1] - at[0]) / dark.shape[1]
    moved = (at + module * np.reshape(off, (4, 2))).astype(np.float32)
    rows, columns = dark.shape
    start = fit.cv2.getPerspectiveTransform(np.float32([(0, 0), (columns, 0), (columns, rows), (0, rows)]), moved)
    flat = locate.flattened(picture, module) * (-1 if light else 1)
    frame = kind.frame(dark.shape)
    found = start
    for soften_by in (0.8, 0.5, 0.3):
        found, agree = fit.aligned(flat, found, fit.of_frame(frame, soften_by), 6)
    assert agree > 0.85
    assert np.abs(symbols.corners(found, dark.shape) - at).max() < 0.3 * module


def test_an_empty_field_agrees_with_nothing() -> None:
    luck = np.random.default_rng(4)
    flat = locate.flattened(luck.normal(120, 6, (120, 120)).astype(np.uint8), 4.0)
    start = symbols.turned((22, 22), 4.0, 12, (60, 60))
    _, agree = fit.aligned(flat, start, fit.of_frame(datamatrix.frame((22, 22)), 0.3), 6)
    assert abs(agree) < 0.4


@pytest.mark.parametrize("degrees", range(0, 90, 7))
def test_the_way_that_modules_run(degrees) -> None:
    dark = CODES["dm"][1]
    picture = symbols.seen(dark, symbols.turned(dark.shape, 3.2, degrees, (80, 80)), (160, 160))
    flat = locate.flattened(picture, 3.2)
    for angle in (locate.lean(flat, (80, 80), 44, 0.8, 0), locate._edges(flat, (80, 80), 3.2, 22)[0][0]):
        assert abs((np.degrees(angle) - degrees + 45) % 90 - 45) < 3


def test_a_burnt_out_patch_says_next_to_nothing_and_the_rest_stays_sure() -> None:
    dark = CODES["dm"][1]
    grid = symbols.turned(dark.shape, 4, 20, (80, 80))
    picture = symbols.seen(dark, grid, (160, 160), luck=np.random.default_rng(1))
    burnt = picture.copy()
    fit.cv2.circle(burnt, (80, 80), 12, 255, -1)
    values, uneven = soften.brightness(burnt, grid, dark.shape)
    frame = datamatrix.frame(dark.shape)
    read = soften.likelihood(-values, uneven, frame, soften.dazzled(values, frame, True))
    row, column = np.mgrid[:22, :22] - 10.5
    away = np.hypot(row, column)
    assert np.abs(read[away < 2]).max() < 3 < np.abs(read[away > 6]).min()
    assert ((read > 0) == dark)[away > 6].all()
