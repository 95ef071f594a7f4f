"""A weak code counts when somebody who fails in other ways says the same; of two texts at one place neither does."""
from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from app.vision import decoders, witness
from app.vision.reader import Reader
from app.vision.reading import SeenCode
from app.vision.recipe import Recipe
from app.vision.search import Known, Search
from tests.unit.vision.pictures import on_paper
from tests.unit.vision.test_single import MISREAD, soft

ZXING = decoders.engine("zxing")
TEXT = MISREAD[0][0]


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return soft(*MISREAD[0], seed=1)


@pytest.fixture(scope="module")
def misread(picture: np.ndarray) -> SeenCode:
    code, = ZXING.read(picture, ("EAN13",))
    assert code.raw != TEXT.encode(), "the engine reads it right today: the picture is no test any more"
    return replace(code, rung="frame", doubtful=True)


def searched(grey: np.ndarray, *kinds: str) -> Search:
    reader = Reader(Recipe(kinds, count=2))
    return Search(reader.engines, grey, reader.recipe, reader.experience, time.perf_counter(), 60.0, Known())


def test_the_drawing_says_what_the_engine_misread(picture: np.ndarray, misread: SeenCode) -> None:
    heard = witness.heard(picture, misread, ZXING, None)
    assert [(code.raw, code.rung) for code in heard] == [(TEXT.encode(), "fit")]
    for code in (misread, replace(misread, rung="upright", doubtful=False)):
        assert not witness.agrees(picture, code, [misread], ZXING, None)
        assert witness.agrees(picture, replace(code, raw=TEXT.encode()), [], ZXING, None)


def test_an_engine_twice_is_no_proof_in_a_search_either(picture: np.ndarray, misread: SeenCode) -> None:
    search = searched(picture, "EAN13")
    search.add([misread])
    search.add([replace(misread, rung="upright", doubtful=False)])
    assert not search.codes and [code.raw for code in search.doubts] == [misread.raw]
    search.add([replace(misread, raw=TEXT.encode(), rung="fit middle", doubtful=False)])
    assert [code.raw for code in search.codes] == [TEXT.encode()]


def test_two_texts_at_one_place_wait_until_one_is_said_again() -> None:
    grey = on_paper("A1B2C3", "DataMatrix")
    search = searched(grey, "DataMatrix")
    one, = ZXING.read(grey, ("DataMatrix",))
    other = replace(one, raw=b"A1B2C4", rung="grid")
    search.add([replace(one, rung="frame")])
    search.add([other])
    assert not search.codes and {code.raw for code in search.doubts} == {b"A1B2C3", b"A1B2C4"}
    search.add([replace(one, rung="levelled")])
    assert [code.raw for code in search.codes] == [b"A1B2C3"]


@pytest.mark.parametrize("symbology, ways, pictures, enough", [
    ("EAN13", {""}, 9, False), ("EAN13", {"", witness.AGAIN}, 9, False), ("EAN13", {"", "fit"}, 1, True),
    ("EAN13", {"fit"}, 9, False), ("EAN13", {"", witness.SECOND}, 1, True), ("Code39", {"", witness.AGAIN}, 1, False),
    ("Code39", {"", witness.AGAIN}, 2, True), ("ITF14", {"", witness.SECOND}, 1, True), ("UPCE", {"fit"}, 2, True),
    ("ITF", {witness.AGAIN, witness.SECOND}, 1, True), ("Code128", {""}, 2, True), ("Code128", {""}, 1, False)])
def test_who_must_say_it(symbology: str, ways: set[str], pictures: int, enough: bool) -> None:
    code = SeenCode(b"1", "", symbology, ((0.0, 0.0),) * 4)
    assert witness.proven(code, ways, pictures) is enough
