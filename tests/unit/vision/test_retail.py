"""The number whose drawing explains the grey values: right through blur, bend and uneven light, or not sure."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.codes.checks import mod10, whole
from app.vision import retail
from app.vision.linear import LEAST_EXPLAINED, LEAST_MARGIN, sure
from tests.crates import symbols

SURE = LEAST_MARGIN
KINDS = ("EAN13", "EAN8", "UPCE")


def profile(kind: str, digits: str, module: float, blur: float, luck: np.random.Generator, *, growth: float = 0.0,
            bend: float = 0.0, noise: float = 1.0) -> np.ndarray:
    """Brightness across the bars, one float32 a pixel; `blur`, `growth` and `bend` in modules."""
    fine = 16
    bars = np.pad(retail.modules(kind, digits), 12)
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


def numbers(kind: str) -> st.SearchStrategy[str]:
    """Not those of one digit again and again: their bars look alike from one digit to the next."""
    length = {"EAN13": 12, "EAN8": 7, "UPCE": 6}[kind]
    texts = st.text("0123456789", min_size=length, max_size=length)
    return texts.filter(lambda text: len(set(text)) > 2).map(lambda text: checked(kind, text))


def checked(kind: str, text: str) -> str:
    """With the check digit; that of a UPC-E is that of the number it stands for."""
    return text + str(mod10(retail.number(kind, text + "0")[:-1] if kind == "UPCE" else text))


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(KINDS), data=st.data(), module=st.floats(1.8, 6), blur=st.floats(0.3, 0.75),
       growth=st.floats(0, 0.25), bend=st.floats(-1, 1), turned=st.booleans(), seed=st.integers(0, 10**6))
def test_a_blurred_number_is_read_either_way_round(
    kind: str, data: st.DataObject, module: float, blur: float, growth: float, bend: float, turned: bool, seed: int,
) -> None:
    digits = data.draw(numbers(kind))
    seen = profile(kind, digits, module, blur, np.random.default_rng(seed), growth=growth, bend=bend)
    fit = retail.fit(seen[::-1].copy() if turned else seen, kind, 0.8 * module, 1.2 * module)
    assert fit is not None and fit.digits == digits
    assert fit.margin > SURE and fit.explained > LEAST_EXPLAINED
    assert (fit.start > fit.end) == turned
    assert abs(abs(fit.end - fit.start) / (retail.layout(kind).length * module) - 1) < 0.03


@example(kind="UPCE", seed=50358, module=4.671875, blur=1.0, noise=3.0)
@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10**6), module=st.floats(1.5, 5), blur=st.floats(0.3, 1.5),
       noise=st.floats(1, 30))
def test_what_is_too_blurred_or_too_noisy_is_not_sure(kind: str, seed: int, module: float, blur: float,
                                                      noise: float) -> None:
    luck = np.random.default_rng(seed)
    free = retail.layout(kind).digits - (kind == "EAN8")
    digits = checked(kind, "".join(str(luck.integers(10)) for _ in range(free)))
    fit = retail.fit(profile(kind, digits, module, blur, luck, noise=noise), kind, 0.8 * module, 1.2 * module)
    assert fit is None or fit.digits == digits or not sure(fit, kind)
    assert fit is None or whole(retail.number(kind, fit.digits))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), module=st.floats(1.5, 4), blur=st.floats(0.3, 1.0))
def test_bars_that_are_no_such_code_are_not_sure(seed: int, module: float, blur: float) -> None:
    luck = np.random.default_rng(seed)
    widths = luck.integers(1, 5, 70)
    bars = np.repeat(np.arange(70) % 2, widths).astype(np.float32)
    taps = np.exp(-0.5 * (np.arange(-30, 31) / (blur * 8)) ** 2)
    drawn = np.convolve(np.pad(np.repeat(bars, 8), 80), taps / taps.sum(), "same")
    at = np.linspace(0, len(drawn) - 1, round(len(drawn) / 8 * module))
    seen = (200 - 150 * np.interp(at, np.arange(len(drawn)), drawn) + luck.normal(0, 1, len(at))).astype(np.float32)
    for kind in KINDS:
        fit = retail.fit(seen, kind, 0.4 * module, 1.3 * module)
        assert fit is None or not sure(fit, kind), fit


@pytest.mark.parametrize("seen", [np.zeros(300), np.full(300, 200.0), np.zeros(4), np.linspace(0, 255, 300)])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_read_where_nothing_is(seen: np.ndarray, kind: str) -> None:
    assert retail.fit(seen.astype(np.float32), kind, 1.0, 3.0) is None


def test_the_drawing_is_the_one_that_others_draw() -> None:
    luck = np.random.default_rng(5)
    for name in ("EAN13", "UPCA", "EAN8", "UPCE"):
        for _ in range(25):
            symbol = symbols.retail(luck, name)
            kind = "EAN13" if name == "UPCA" else name
            digits = symbols.shortened(symbol.raw).decode()[1:] if kind == "UPCE" else symbol.raw.decode()
            assert (retail.modules(kind, digits) == symbol.dark[0]).all()
            assert retail.number(kind, digits).encode() == symbol.raw


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), blur=st.floats(0.3, 0.8), module=st.floats(1.8, 4), turned=st.booleans())
def test_a_part_of_one_code_is_never_another(seed: int, blur: float, module: float, turned: bool) -> None:
    """The left half of an EAN-13 has the bars of a UPC-E, either of both nearly those of an EAN-8."""
    luck = np.random.default_rng(seed)
    digits = checked("EAN13", "".join(str(luck.integers(10)) for _ in range(12)))
    seen = profile("EAN13", digits, module, blur, luck)
    seen = seen[::-1].copy() if turned else seen
    for kind in ("EAN8", "UPCE"):
        fit = retail.fit(seen, kind, 0.45 * module, 1.9 * module)
        assert fit is None or not sure(fit, kind), fit
