"""Dirt, scratches and lost print are read through: on the modules, on a side of the frame, on a finder pattern."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.vision import symbol
from app.vision.symbol import datamatrix, fit, soften
from tests.unit.vision import symbols
from tests.unit.vision.test_symbol_read import DM, MIDDLE, MODULE, QR, TEXT, place, shown

INK, PAPER = 40, 200
WEB = "HTTPS://EXAMPLE.COM/7Q2"


def dirty(picture: np.ndarray, dark: np.ndarray, degrees: float, part: float, seed: int) -> np.ndarray:
    """The picture with spots and scratches, of ink or of paper, on so much of the symbol's area."""
    luck = np.random.default_rng(seed)
    home = symbols.turned(dark.shape, MODULE, degrees, MIDDLE)
    laid = picture.copy()
    lost = np.zeros_like(picture)
    while cv2.countNonZero(lost) < part * dark.size * MODULE ** 2:
        at = cv2.perspectiveTransform(luck.uniform(0, dark.shape[0], (1, 1, 2)), home)[0, 0]
        tone = (INK, PAPER)[int(luck.integers(2))]
        centre = tuple(int(v * 16) for v in at)
        if luck.random() < 0.35:
            reach = luck.uniform(1, 3.5) * MODULE * 16 * np.array([np.cos(a := luck.uniform(0, np.pi)), np.sin(a)])
            ends = [tuple(int(v) for v in centre + side * reach) for side in (-1, 1)]
            for on, shade in ((laid, tone), (lost, 1)):
                cv2.line(on, *ends, shade, 2, cv2.LINE_AA if on is laid else cv2.LINE_8, 4)
        else:
            axes = tuple(int(v * MODULE * 16) for v in luck.uniform(0.5, 1.6, 2))
            lean = float(luck.uniform(0, 180))
            for on, shade in ((laid, tone), (lost, 1)):
                cv2.ellipse(on, centre, axes, lean, 0, 360, shade, -1, cv2.LINE_AA if on is laid else cv2.LINE_8, 4)
    return cv2.GaussianBlur(laid, (0, 0), 0.5)


@pytest.mark.parametrize(("kind", "dark", "text"), [("DataMatrix", DM, TEXT), ("QRCode", QR, WEB)])
def test_a_twelfth_of_the_symbol_is_spoilt(kind, dark, text) -> None:
    for seed in range(16):
        degrees = 23.0 * seed
        picture = dirty(shown(dark, degrees, seed=seed), dark, degrees, 1 / 12, seed)
        found = symbol.read(picture, place(dark, 0.05, 1.03, seed), kind, (dark.shape,))
        assert found is not None and found.code is not None, seed
        assert found.code.raw == text.encode() and not found.code.doubtful


def test_a_side_of_the_frame_is_lost() -> None:
    """Under ink or worn off, whichever side, turned anyhow: one in sixteen may stay unread, none is read wrong."""
    low, far = 86, 174                                   # the symbol is there, 88 pixels a side
    read = 0
    for number, strip in enumerate((np.s_[low - 2:low + 5, low + 4:far - 4], np.s_[low + 4:far - 4, far - 5:far + 2],
                                    np.s_[far - 5:far + 2, low + 4:far - 4], np.s_[low + 4:far - 4, low - 2:low + 5])):
        for tone in (INK, PAPER):
            picture = shown(DM, 0)
            picture[strip] = tone
            for turn in range(4):
                turned = np.ascontiguousarray(np.rot90(picture, turn))
                found = symbol.read(turned, place(DM, 0.03, 1.02, number), "DataMatrix", (DM.shape,))
                assert found is not None and (found.code is None or found.code.raw == TEXT.encode())
                read += found.code is not None
    assert read >= 30


@pytest.mark.parametrize("corner", [(80, 80), (80, 145), (145, 80)])
def test_a_finder_pattern_is_half_gone(corner) -> None:
    picture = shown(QR, 0)
    row, column = corner
    picture[row + 8:row + 22, column + 4:column + 30] = PAPER
    found = symbol.read(picture, place(QR, 0.03, 1.02), "QRCode", (QR.shape,))
    assert found is not None and found.code is not None and found.code.raw == WEB.encode()


def test_what_does_not_look_like_modules_is_doubted() -> None:
    picture = shown(DM, 0)
    cv2.circle(picture, (130, 130), 7, INK, -1, cv2.LINE_AA)
    home, known = symbols.turned(DM.shape, MODULE, 0, MIDDLE), datamatrix.frame(DM.shape)
    values, uneven = soften.brightness(picture, home, DM.shape)
    blind = np.zeros(values.shape, bool)
    soft = soften.likelihood(-values, uneven, known, blind)
    less = soften.doubted(picture, home, soft, known, blind, dark=True)
    wrong = (soft > 0) != DM
    assert wrong.sum() >= 2 and ((less > 0) == (soft > 0)).all()
    near = np.zeros(DM.shape, bool)
    near[9:13, 9:13] = True
    assert np.median(np.abs(less[near])) < 0.5 * np.median(np.abs(less[~near]))
    assert np.abs(less[wrong]).max() < np.median(np.abs(less)) < np.median(np.abs(soft))


def test_the_lost_part_of_a_frame_is_told() -> None:
    picture = np.where(shown(DM, 0) > 120, -1, 1).astype(np.float32)
    home, known = symbols.turned(DM.shape, MODULE, 0, MIDDLE), datamatrix.frame(DM.shape)
    parts = datamatrix.parts(DM.shape)
    assert fit.lost(picture, home, known, parts, datamatrix.LOST) == []
    picture[86:174, 86:90] = -1
    assert [each is parts[3] for each in fit.lost(picture, home, known, parts, datamatrix.LOST)] == [True]
