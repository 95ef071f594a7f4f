"""The number whose drawing explains the grey values: right through blur, bend and uneven light, or not sure."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.codes.checks import mod10, whole
from app.vision import retail
from app.vision.linear import LEAST_EXPLAINED, LEAST_MARGIN

SURE = LEAST_MARGIN


def profile(digits: str, module: float, blur: float, luck: np.random.Generator, *, growth: float = 0.0,
            bend: float = 0.0, noise: float = 1.0) -> np.ndarray:
    """Brightness across the bars, one float32 a pixel; `blur`, `growth` and `bend` in modules."""
    fine = 16
    bars = np.pad(retail.modules(digits), 12)
    drawn = np.repeat(bars, fine)
    if growth:
        drawn = np.convolve(drawn, np.ones(1 + round(growth * fine)), "same").clip(0, 1)
    reach = np.arange(-4 * fine, 4 * fine + 1)
    taps = np.exp(-0.5 * (reach / (blur * fine)) ** 2)
    drawn = np.convolve(drawn, taps / taps.sum(), "same")
    part = np.linspace(0, 1, round(len(bars) * module))
    at = (part * len(bars) + bend * 4 * part * (1 - part)) * fine
    light = 1 - 0.3 * np.linspace(-1, 1, len(part)) * luck.uniform(-1, 1)
    seen = (200 - 150 * np.interp(at, np.arange(len(drawn)), drawn)) * light
    return (seen + luck.normal(0, noise, len(part))).astype(np.float32)


def numbers(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length - 1, max_size=length - 1).map(lambda text: text + str(mod10(text)))


@settings(max_examples=40, deadline=None)
@given(digits=numbers(13) | numbers(8), module=st.floats(1.8, 6), blur=st.floats(0.3, 0.8), growth=st.floats(0, 0.25),
       bend=st.floats(-1, 1), turned=st.booleans(), seed=st.integers(0, 10**6))
def test_a_blurred_number_is_read_either_way_round(
    digits: str, module: float, blur: float, growth: float, bend: float, turned: bool, seed: int,
) -> None:
    seen = profile(digits, module, blur, np.random.default_rng(seed), growth=growth, bend=bend)
    fit = retail.fit(seen[::-1].copy() if turned else seen, 6 if len(digits) == 13 else 4, 0.8 * module, 1.2 * module)
    assert fit is not None and fit.digits == digits
    assert fit.margin > SURE and fit.explained > LEAST_EXPLAINED
    assert (fit.start > fit.end) == turned
    assert abs(abs(fit.end - fit.start) / (len(retail.modules(digits)) * module) - 1) < 0.03


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), module=st.floats(1.5, 5), blur=st.floats(0.3, 1.5), noise=st.floats(1, 30))
def test_what_is_too_blurred_or_too_noisy_is_not_sure(seed: int, module: float, blur: float, noise: float) -> None:
    luck = np.random.default_rng(seed)
    text = "".join(str(luck.integers(10)) for _ in range(12))
    digits = text + str(mod10(text))
    fit = retail.fit(profile(digits, module, blur, luck, noise=noise), 6, 0.8 * module, 1.2 * module)
    assert fit is None or fit.digits == digits or fit.margin < SURE
    assert fit is None or whole(fit.digits)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), module=st.floats(1.5, 4), blur=st.floats(0.3, 1.0))
def test_bars_that_are_no_such_code_are_not_sure(seed: int, module: float, blur: float) -> None:
    luck = np.random.default_rng(seed)
    widths = luck.integers(1, 5, 70)
    bars = np.repeat(np.arange(70) % 2, widths).astype(np.float32)
    taps = np.exp(-0.5 * (np.arange(-30, 31) / (blur * 8)) ** 2)
    drawn = np.convolve(np.pad(np.repeat(bars, 8), 80), taps / taps.sum(), "same")
    at = np.linspace(0, len(drawn) - 1, round(len(drawn) / 8 * module))
    seen = (200 - 150 * np.interp(at, np.arange(len(drawn)), drawn) + luck.normal(0, 1, len(at))).astype(np.float32)
    for half in (6, 4):
        fit = retail.fit(seen, half, 0.4 * module, 1.3 * module)
        assert fit is None or fit.margin < SURE or fit.explained < LEAST_EXPLAINED, fit


@pytest.mark.parametrize("seen", [np.zeros(300), np.full(300, 200.0), np.zeros(4), np.linspace(0, 255, 300)])
def test_nothing_is_read_where_nothing_is(seen: np.ndarray) -> None:
    assert retail.fit(seen.astype(np.float32), 6, 1.0, 3.0) is None


def test_the_drawing_is_the_standards() -> None:
    assert "".join(str(int(m)) for m in retail.modules("6901234000009")).startswith("101" + "0001011" + "0100111")
    assert len(retail.modules("6901234000009")) == 95 and len(retail.modules("69012341")) == 67
