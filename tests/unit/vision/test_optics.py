"""Optics: what is measured on drawn crates is what they were drawn with; the limits, and what would help."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain import optics
from app.domain.optics import Grade, hopeless, judged, px_module
from app.vision.optics import measured
from app.vision.reader import Reader
from app.vision.recipe import Recipe
from tests.crates import CONDITIONS, PRESETS, Crate

SMALL = replace(PRESETS["dm22-24"], name="small", size=(960, 720), rows=2, columns=3)


@pytest.mark.parametrize(("blur", "pixels"), [(0.6, 4.0), (1.3, 4.0), (1.0, 3.0), (1.7, 5.0)])
def test_what_is_measured_is_what_was_drawn(blur: float, pixels: float) -> None:
    how = replace(CONDITIONS["typical"], name=f"b{blur}{pixels}", blur=blur, px_module=pixels)
    picture = Crate(replace(SMALL, px_module=pixels), how, seed=5).frame().pixels
    codes = Reader(Recipe(("DataMatrix",), count=6), budget_s=4.0).read(picture).codes
    assert len(codes) >= 4
    known, sigma = measured(picture, codes)
    assert known == pytest.approx(pixels, rel=0.05)
    assert sigma * known == pytest.approx(blur, abs=0.2)


def test_movement_is_measured_in_its_direction() -> None:
    how = replace(CONDITIONS["typical"], name="moved", motion=5.0)
    picture = Crate(SMALL, how, seed=5).frame().pixels
    codes = Reader(Recipe(("DataMatrix",), count=6), budget_s=4.0).read(picture).codes
    known, sigma = measured(picture, codes)
    assert 1.2 < sigma * known < 2.2                   # a smear of 5 pixels has a sigma of 1.44, and the lens's 0.6


def test_codes_without_a_size_or_contrast_tell_nothing() -> None:
    picture = Crate(SMALL, "typical", seed=5).frame().pixels
    codes = Reader(Recipe(("DataMatrix",), count=6), budget_s=4.0).read(picture).codes
    assert measured(picture, [replace(code, size=(0, 0)) for code in codes]) == (0.0, 0.0)
    known, sigma = measured(np.full_like(picture, 120), codes)
    assert known > 3 and sigma == 0.0
    assert measured(picture[:3, :3], codes)[1] == 0.0


@pytest.mark.parametrize(("pixels", "blur", "exposure_ms", "grades"), [
    (3.5, 0.3, 0.18, "good good good"), (3.49, 0.31, 0.19, "fair fair fair"), (2.5, 0.45, 0.36, "fair fair fair"),
    (2.49, 0.46, 0.37, "refused refused refused"), (1.7, 0.2, 0.1, "refused good good"),
])
def test_the_limits(pixels: float, blur: float, exposure_ms: float, grades: str) -> None:
    found = judged(pixels, blur, module_mm=0.36, speed_mm_s=500, exposure_ms=exposure_ms)
    assert [each.what for each in found] == ["px_module", "blur", "motion"]
    assert " ".join(each.grade for each in found) == grades
    assert hopeless(found) == ("refused" in grades)


def test_only_what_is_known_is_judged_and_what_would_help_is_told() -> None:
    assert judged() == () and not hopeless(())
    assert judged(0, 0, module_mm=0.36) == ()
    longest, = judged(module_mm=0.36, speed_mm_s=500)
    assert (longest.grade, longest.value) == (Grade.GOOD, 0.0) and longest.better == pytest.approx(0.36)
    few, = judged(px_module(1920, 400, 0.36))
    assert few.value == pytest.approx(1.73, abs=0.01) and few.better == pytest.approx(optics.PLAN / few.value)
