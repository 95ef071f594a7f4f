"""Why a place could not be read, guessed right on pictures with one fault each."""
from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from app.vision.cause import cause
from app.vision.reading import Cause, Corners
from tests.unit.vision.pictures import on_paper

MODULE = 4
FAULTS = {
    "none": Cause.DAMAGE, "blur": Cause.BLUR, "motion": Cause.BLUR, "glare": Cause.GLARE, "faint": Cause.CONTRAST,
    "torn": Cause.DAMAGE, "bare": Cause.NO_CODE, "beyond": Cause.CUT_OFF,
}


def place(fault: str, seed: int) -> tuple[np.ndarray, Corners]:
    """A picture as a camera sees it, and the corners of the square about the code in its middle."""
    luck = np.random.default_rng(seed)
    kind, degrees = ("QRCode", "DataMatrix")[seed % 2], float(luck.uniform(0, 90))
    symbol = on_paper(f"https://q.brand.example/{luck.integers(1e9)}", kind, module=MODULE, degrees=degrees)
    inked = 255 - symbol
    reach = 0.5 * np.sqrt(float(cv2.minAreaRect(cv2.findNonZero(inked))[1][0]) ** 2)
    seen = 35 + 165 * (symbol.astype(np.float32) / 255)
    middle = np.array(seen.shape[::-1]) / 2
    y, x = np.mgrid[0:seen.shape[0], 0:seen.shape[1]].astype(np.float32)
    if fault == "bare":
        seen[:] = 200
    elif fault == "faint":
        seen = 100 + 0.2 * (seen - 100)
    elif fault == "torn":
        for _ in range(12):
            at = middle + luck.uniform(-0.8, 0.8, 2) * reach
            seen[np.hypot(x - at[0], y - at[1]) < 1.6 * MODULE] = 200 if luck.random() < 0.5 else 35
    elif fault == "glare":
        at = middle + luck.uniform(-0.3, 0.3, 2) * reach
        seen += 230 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 2 / (0.45 * reach) ** 2)
    sigma = {"blur": 0.6 * MODULE}.get(fault, 0.15 * MODULE)
    seen = cv2.GaussianBlur(seen, (0, 0), sigma)
    if fault == "motion":
        seen = cv2.blur(seen, (round(2.2 * MODULE), 1)) if seed % 3 else cv2.blur(seen, (1, round(2.2 * MODULE)))
    grey = np.clip(seen + luck.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)
    half = reach * 1.15
    left, top = middle - half
    if fault == "beyond":
        grey = np.ascontiguousarray(grey[:, int(left + half * 0.6):])
        left = -0.6 * half
    return grey, ((left, top), (left + 2 * half, top), (left + 2 * half, top + 2 * half), (left, top + 2 * half))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_told(fault: str) -> None:
    guessed = Counter(cause(*place(fault, seed), MODULE)[0] for seed in range(20))
    assert guessed[FAULTS[fault]] >= 18, guessed


def test_sharpness_falls_with_blur() -> None:
    grey, corners = place("none", 4)
    told = [cause(cv2.GaussianBlur(grey, (0, 0), MODULE * part), corners, MODULE)[1] for part in (0.1, 0.3, 0.5, 0.8)]
    assert told == sorted(told, reverse=True)
    assert told[0] > 0.56 > told[2]
    assert all(0 <= each <= 1 for each in told)


def test_any_corners_are_survived() -> None:
    grey = np.zeros((40, 60), np.uint8)
    for corners in (((0, 0), (0, 0), (0, 0), (0, 0)), ((-90, -90), (-50, -90), (-50, -50), (-90, -50)),
                    ((0, 0), (1, 0), (1, 1), (0, 1)), ((0, 0), (5000, 0), (5000, 5000), (0, 5000))):
        found, sharp = cause(grey, corners)
        assert found in (Cause.CUT_OFF, Cause.NO_CODE)
        assert sharp == 0.0
