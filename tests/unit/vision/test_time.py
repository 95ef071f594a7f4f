"""No picture takes for ever: our own grid and the pass over a huge picture end when the time is up."""
from __future__ import annotations

import math
import time

import numpy as np
import pytest

from app.vision import symbol
from app.vision.decoders import Zxing
from app.vision.reader import Reader
from app.vision.reading import SeenCode, centre
from app.vision.recipe import Recipe
from app.vision.whole import Whole
from tests.unit.vision.pictures import on_paper

PLACE = ((50.0, 50.0), (150.0, 50.0), (150.0, 150.0), (50.0, 150.0))


class Counted:
    """The engine, and how often it was asked."""

    name = "counted"

    def __init__(self) -> None:
        self.asked = 0

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        self.asked += 1
        return Zxing().read(grey, symbologies, binary=binary, dark=dark)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("kind", symbol.KINDS)
def test_our_own_grid_ends_when_the_time_is_up(kind: str) -> None:
    started = time.perf_counter()
    symbol.read(noise(200, 200), PLACE, kind)
    unbounded = time.perf_counter() - started
    started = time.perf_counter()
    assert symbol.read(noise(200, 200), PLACE, kind, until=started) is None
    assert time.perf_counter() - started < unbounded / 4


def test_a_reader_of_anything_keeps_to_its_time_where_nothing_can_be_read() -> None:
    picture = np.pad(noise(46, 50), 40, constant_values=255)
    patient = Reader(Recipe(), budget_s=60).read(picture).ms
    assert Reader(Recipe(), budget_s=0.02).read(picture).ms < patient / 2


def test_of_a_huge_picture_what_has_not_been_begun_in_time_is_left() -> None:
    huge = np.full((5200, 5200), 230, np.uint8)
    code = on_paper("IN A HUGE PICTURE", "QRCode", module=4)
    huge[3000:3000 + code.shape[0], 4000:4000 + code.shape[1]] = code
    engine = Counted()
    assert Whole(engine, huge, ("QRCode",), True, until=time.perf_counter() - 60).codes() == []
    assert engine.asked == 0
    found, = Whole(engine, huge, ("QRCode",), True).codes()
    assert found.raw == b"IN A HUGE PICTURE" and engine.asked > 4
    assert math.dist(centre(found.corners), (4000 + code.shape[1] / 2, 3000 + code.shape[0] / 2)) < 6
