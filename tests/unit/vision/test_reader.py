"""All codes of a picture, nothing else, at their places; and places where a code is that nobody can read."""
from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vision.decoders import UnknownSymbology
from app.vision.reader import Reader, SeenCode
from app.vision.reading import centre, side
from app.vision.recipe import Recipe
from drivers.crate import render_case
from tests.unit.vision.pictures import on_paper, side_by_side

QR = ("QRCode",)
PATIENT_S = 30.0     # the tests' machine may be busy; what is read must not hang on it
SHAPES = ((4, 6), (2, 3), (3, 4), (1, 2))


def case(seed: int, count: int) -> tuple[list[str], str]:
    return [f"https://q.brand.example/b/{seed:04d}{at:08d}" for at in range(count)], f"https://q.brand.example/c/{seed:012d}"


def texts(codes: Sequence[SeenCode]) -> list[str]:
    return sorted(code.raw.decode() for code in codes)


@pytest.mark.parametrize("seed", range(20))
def test_a_full_case_is_read_whole(seed: int) -> None:
    rows, cols = SHAPES[seed % len(SHAPES)]
    children, label = case(seed, rows * cols)
    reading = Reader(Recipe(QR), budget_s=PATIENT_S).read(render_case(children, label, seed=seed, rows=rows, cols=cols))
    assert texts(reading.codes) == sorted([*children, label])
    assert not reading.unread
    assert (reading.width, reading.height) == (1920, 1080)


@pytest.mark.parametrize(
    "condition", ["blur", "motion", "low light", "glare", "uneven", "tilt", "light on dark", "mjpeg"])
def test_a_full_case_is_read_whole_in_ordinary_trouble(condition: str) -> None:
    children, label = case(1, 24)
    picture = render_case(children, label, seed=31, rows=4, cols=6, condition=condition)
    assert texts(Reader(Recipe(QR, count=25), budget_s=PATIENT_S).read(picture).codes) == sorted([*children, label])


def test_data_matrix_is_read_whole() -> None:
    children = [f"\x1d0106901234000009212{at:07d}\x1d10L1" for at in range(24)]
    label = "https://q.brand.example/c/1"
    picture = render_case(children, label, seed=5, rows=4, cols=6, symbology="DataMatrix")
    reading = Reader(Recipe(("DataMatrix", "QRCode"), count=25), budget_s=PATIENT_S).read(picture)
    drawn = [*(each[1:].encode() for each in children), label.encode()]
    assert sorted(code.raw for code in reading.codes) == sorted(drawn)
    assert {code.aim for code in reading.codes} == {"]d2", "]Q1"}


@pytest.mark.parametrize("expected", [0, 25])
@pytest.mark.parametrize("seed", range(3))
def test_a_torn_code_is_told_and_never_guessed(seed: int, expected: int) -> None:
    children, label = case(seed, 24)
    torn = 3 + 5 * seed
    picture = render_case(children, label, seed=seed, rows=4, cols=6, damaged=[torn])
    good = render_case(children, label, seed=seed, rows=4, cols=6)
    whole = {code.raw: code for code in Reader(Recipe(QR), budget_s=PATIENT_S).read(good).codes}
    reading = Reader(Recipe(QR, count=expected), budget_s=1.0).read(picture)
    assert texts(reading.codes) == sorted({*children, label} - {children[torn]})
    assert len(reading.unread) == 1
    there = whole[children[torn].encode()].corners
    assert math.dist(centre(reading.unread[0]), centre(there)) < 0.35 * side(there)


def test_an_empty_place_is_no_code_unless_the_number_is_known() -> None:
    children, label = case(8, 24)
    picture = render_case(children, label, seed=8, rows=4, cols=6, missing=[7])
    assert len(Reader(Recipe(QR), budget_s=PATIENT_S).read(picture).codes) == 24
    assert len(Reader(Recipe(QR, count=25)).read(picture).unread) == 1


def test_an_empty_case_and_an_empty_belt_hold_nothing() -> None:
    luck = np.random.default_rng(3)
    pictures = [np.full((1080, 1920, 3), shade, np.uint8) for shade in (0, 128, 255)]
    pictures += [luck.integers(0, 256, (1080, 1920), np.uint8), luck.integers(0, 256, (480, 640, 3), np.uint8)]
    pictures.append(render_case(case(1, 24)[0], None, seed=1, rows=4, cols=6, missing=range(24)))
    for picture in pictures:
        for reader in (Reader(Recipe(QR)), Reader(Recipe(QR, count=25)), Reader(Recipe())):
            reading = reader.read(picture)
            assert reading.codes == reading.unread == ()


def test_the_same_text_twice_is_two_codes() -> None:
    picture = side_by_side(on_paper("TWICE", "QRCode"), on_paper("TWICE", "QRCode"))
    codes = Reader(Recipe(QR)).read(picture).codes
    assert [code.raw for code in codes] == [b"TWICE"] * 2
    assert math.dist(centre(codes[0].corners), centre(codes[1].corners)) > side(codes[0].corners)


def test_only_what_was_asked_for_is_read() -> None:
    picture = side_by_side(on_paper("ONE", "QRCode"), on_paper("TWO", "DataMatrix"), on_paper("6901234000009", "EAN13"))
    assert {(code.symbology, code.raw) for code in Reader(Recipe()).read(picture).codes} == {
        ("QRCode", b"ONE"), ("DataMatrix", b"TWO"), ("EAN13", b"6901234000009")}
    for name, raw in (("QRCode", b"ONE"), ("DataMatrix", b"TWO"), ("EAN13", b"6901234000009")):
        assert [code.raw for code in Reader(Recipe((name,))).read(picture).codes] == [raw]
    assert Reader(Recipe(("Aztec",))).read(picture).codes == ()


def test_an_unknown_symbology_is_refused_by_name() -> None:
    with pytest.raises(UnknownSymbology, match=r"'QRKode'; expected one of .*QRCode"):
        Reader(Recipe(("QRKode",)))


@pytest.mark.parametrize(
    "shape, kind", [((0, 0), np.uint8), ((3, 3, 4), np.uint8), ((3, 3), np.uint16), ((3,), np.uint8)])
def test_an_array_that_is_no_picture_is_refused(shape: tuple[int, ...], kind: type) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        Reader(Recipe(QR)).read(np.zeros(shape, kind))


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 4000), (4000, 1), (2, 2), (9, 9), (23, 31)])
def test_a_tiny_picture_holds_nothing(shape: tuple[int, ...]) -> None:
    assert Reader(Recipe(QR, count=5)).read(np.zeros(shape, np.uint8)).codes == ()


@settings(max_examples=40, deadline=None)
@given(raw=st.binary(min_size=1, max_size=40), kind=st.sampled_from(["QRCode", "DataMatrix"]),
       degrees=st.floats(0, 360), dark=st.booleans())
def test_any_bytes_at_any_angle_come_back_as_they_are(raw: bytes, kind: str, degrees: float, dark: bool) -> None:
    raw = raw.replace(b"\x1d", b"-").lstrip(b"([") or b"-"       # those would make it a GS1 symbol
    picture = on_paper(raw, kind, module=5, degrees=degrees)
    reading = Reader(Recipe((kind,), count=1), budget_s=PATIENT_S).read(255 - picture if dark else picture)
    assert [code.raw for code in reading.codes] == [raw]
    assert math.dist(centre(reading.codes[0].corners), (picture.shape[1] / 2, picture.shape[0] / 2)) < 5


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 2**32 - 1), st.sampled_from([1, 7, 256]))
def test_any_pixels_are_survived(height: int, width: int, seed: int, step: int) -> None:
    luck = np.random.default_rng(seed)
    picture = (luck.integers(0, 256, (height, width)) // step * step).astype(np.uint8)
    assert Reader(Recipe(count=3), budget_s=0.05).read(picture).codes == ()
