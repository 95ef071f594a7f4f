"""Linear codes turned, faint, scratched and blurred are read; and never one that is not there."""
from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from app.vision import linear
from app.vision.decoders import engine
from app.vision.reader import Reader
from app.vision.reading import SeenCode, centre
from app.vision.recipe import Recipe
from tests.crates import symbols
from tests.crates.label import Label
from tests.unit.vision.pictures import on_paper

ZXING = engine("zxing")
LABEL = ("Code128", "ITF14")
RETAIL = ("EAN13", "EAN8", "UPCA", "UPCE")


def read(grey: np.ndarray, kinds: Sequence[str], known: Sequence[SeenCode] = ()) -> list[SeenCode]:
    return linear.read(grey, ZXING, kinds, known, budget_s=60)


def photograph(content: str, kind: str, *, module: int = 4, degrees: float = 0.0, blur: float = 0.2,
               seed: int = 0) -> np.ndarray:
    """`blur` in modules."""
    luck = np.random.default_rng(seed)
    paper = cv2.copyMakeBorder(on_paper(content, kind, module=module, degrees=degrees), *[60] * 4, cv2.BORDER_REPLICATE)
    seen = 40 + 150 * (cv2.GaussianBlur(paper, (0, 0), blur * module).astype(np.float32) / 255)
    return np.clip(seen + luck.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("condition", ["typical", "blur", "low light", "low contrast", "px 2"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_label_turned_anyhow_is_read_whole(condition: str, seed: int) -> None:
    scene = Label("case label", condition, seed).frame()
    wanted = {drawn.raw: drawn for drawn in scene.drawn if drawn.symbology in LABEL}
    codes = [code for code in read(scene.pixels, LABEL) if not code.doubtful]
    assert {code.raw for code in codes} == wanted.keys()
    for code in codes:
        assert math.dist(centre(code.corners), centre(wanted[code.raw].corners)) < 25, "within the bars"
        assert code.rung


def test_scratches_are_read_through() -> None:
    scenes = [Label("case label", "damage", seed).frame() for seed in range(4)]
    found = [{code.raw for code in read(scene.pixels, LABEL) if not code.doubtful} & scene.raws for scene in scenes]
    alone = [{code.raw for code in ZXING.read(scene.pixels, LABEL)} & scene.raws for scene in scenes]
    assert sum(map(len, found)) >= 6 > 3 >= sum(map(len, alone))


@pytest.mark.parametrize("kind, content", [
    ("EAN13", "6901234000009"), ("EAN13", "0012345678905"), ("EAN8", "69012341")])
@pytest.mark.parametrize("degrees", [0, 17, 90, 180, 233])
def test_a_retail_code_too_blurred_for_the_engine_is_read_by_fit(kind: str, content: str, degrees: float) -> None:
    grey = photograph(content, kind, degrees=degrees, blur=0.75)
    assert ZXING.read(grey, RETAIL) == []
    codes = read(grey, RETAIL)
    assert [(code.raw, code.symbology, code.doubtful) for code in codes] == [(content.encode(), kind, False)]
    assert math.dist(centre(codes[0].corners), (grey.shape[1] / 2, grey.shape[0] / 2)) < 20


def test_upc_a_is_told_as_the_engine_tells_it() -> None:
    grey = photograph("0012345678905", "EAN13", blur=0.75)
    assert [code.symbology for code in read(grey, ("UPCA",))] == ["UPCA"]
    assert read(photograph("6901234000009", "EAN13", blur=0.75), ("UPCA",)) == []


def test_one_try_alone_leaves_a_weak_code_doubtful() -> None:
    class Once:
        """An engine that reads what is not there, once."""

        name = "once"
        left = [SeenCode(b"6901234000016", "]E0", "EAN13", ((5, 5), (90, 5), (90, 40), (5, 40)))]

        def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
                 dark: bool | None = None) -> list[SeenCode]:
            return [self.left.pop()] if self.left else []

    grey = photograph("A PICKET FENCE 0123456", "Code128")
    assert [code.doubtful for code in linear.read(grey, Once(), ("EAN13",), budget_s=60)] == [True]


def test_a_known_doubtful_code_is_told_when_a_try_says_the_same_and_a_wrong_one_never() -> None:
    grey = photograph("6901234000009", "EAN13")
    frame = [SeenCode(code.raw, code.aim, code.symbology, code.corners, rung="frame", doubtful=True)
             for code in ZXING.read(grey, RETAIL)]
    assert [(code.raw, code.doubtful) for code in read(grey, RETAIL, frame)] == [(b"6901234000009", False)]
    wrong = [SeenCode(b"6901234000016", "]E0", "EAN13", frame[0].corners, rung="frame", doubtful=True)]
    assert [code.raw for code in read(grey, RETAIL, wrong) if not code.doubtful] == [b"6901234000009"]


class Watched:
    """The engine, and the sizes of what it was given to read."""

    def __init__(self) -> None:
        self.name, self.seen = "watched", list[tuple[int, ...]]()

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        self.seen.append(grey.shape)
        return ZXING.read(grey, symbologies, binary=binary, dark=dark)


def test_the_second_engine_looks_at_the_whole_only_where_nothing_was_read() -> None:
    easy, hard = photograph("6901234000009", "EAN13"), np.full((240, 420), 200, np.uint8)
    for grey, asked in ((easy, False), (hard, True)):
        second = Watched()
        codes = linear.read(grey, ZXING, RETAIL, budget_s=60, second=second)
        assert (bool(codes), grey.shape in second.seen) == (not asked, asked)


def test_where_the_second_engine_points_another_try_must_say_the_same() -> None:
    grey = photograph("6901234000009", "EAN13", degrees=12)
    place = [code.corners for code in read(grey, RETAIL)]

    class Points(Watched):
        says = b"6901234000009"

        def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
                 dark: bool | None = None) -> list[SeenCode]:
            return [SeenCode(self.says, "]E0", "EAN13", place[0])] if grey.shape == blurred.shape else []
    blurred = cv2.GaussianBlur(grey, (0, 0), 3.2)
    blurred[:60] = 90                              # bars alone are no place here: too few cells of them
    for says, sure in ((b"6901234000009", {b"6901234000009"}), (b"6901234000016", {b"6901234000009"})):
        second = Points()
        second.says = says
        codes = linear.read(blurred, ZXING, RETAIL, budget_s=60, second=second)
        assert {code.raw for code in codes if not code.doubtful} <= sure


def test_a_retail_code_within_other_bars_is_not_one() -> None:
    """What is left of a UPC-A without its first digits has the guards of an EAN-8: they are digits of it."""
    grey = photograph("0337621205560", "EAN13", module=4)
    x = int(60 + 4 * (10 + 3 + 7 * 2))              # the first two of its drawn digits are gone
    grey[:, :x] = 180
    for turned in (0, 5, 12):
        turn = cv2.getRotationMatrix2D((grey.shape[1] / 2, grey.shape[0] / 2), turned, 1)
        seen = cv2.warpAffine(grey, turn, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        assert [code.raw for code in read(seen, RETAIL) if not code.doubtful] == []


@pytest.mark.parametrize("seed", [1, 43, 162, 178, 224])
def test_an_itf_that_the_pictures_edge_cuts_is_not_read(seed: int) -> None:
    luck = np.random.default_rng(seed)
    dark = np.repeat(np.pad(symbols.itf14(luck).dark, ((0, 0), (10, 10))), 30, axis=0)
    large = cv2.resize(np.where(dark, 40, 210).astype(np.uint8), None, fx=3, fy=3, interpolation=cv2.INTER_AREA)
    part = large[:, :int(large.shape[1] * luck.uniform(.3, .6))]
    soft = cv2.GaussianBlur(cv2.copyMakeBorder(part, 30, 30, 0, 0, cv2.BORDER_CONSTANT, value=180), (0, 0), 1.2)
    cut = np.clip(soft + luck.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)
    assert Reader(Recipe(("ITF", "ITF14")), budget_s=60).read(cut).codes == ()


def test_what_is_known_is_not_read_again() -> None:
    grey = photograph("CASE-7", "Code128")
    known = ZXING.read(grey, LABEL)
    assert [code.raw for code in known] == [b"CASE-7"]
    assert read(grey, LABEL, known) == []


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (23, 23), (200, 300)])
def test_where_there_are_no_bars_nothing_is_read(shape: tuple[int, int]) -> None:
    luck = np.random.default_rng(4)
    fence = np.tile((np.arange(300) // 3 % 2 * 255).astype(np.uint8), (200, 1))
    for grey in (np.zeros(shape, np.uint8), luck.integers(0, 256, shape).astype(np.uint8), fence[:shape[0], :shape[1]]):
        assert read(np.ascontiguousarray(grey), (*LABEL, *RETAIL)) == []
    assert read(fence, ("QRCode",)) == []
