"""No picture takes for ever: our own grid and the pass over a huge picture end when the time is up."""
from __future__ import annotations

import math
import time

import numpy as np
import pytest

from app.vision import symbol, whole
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


class Clock:
    """Time that only passes where an engine reads."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


class Slow(Counted):
    """The engine on grain: time for each pixel that nobody would wait for, by a clock of its own."""

    def __init__(self, clock: Clock, s_per_megapixel: float) -> None:
        super().__init__()
        self._clock, self._s, self.largest = clock, s_per_megapixel, 0

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        self.largest = max(self.largest, grey.size)
        self._clock.now += self._s * grey.size / 1e6
        return super().read(grey, symbologies, binary=binary, dark=dark)


@pytest.mark.parametrize("kinds", [("QRCode",), ("QRCode", "Code128")])
def test_a_large_frame_that_takes_too_long_is_read_in_tiles_until_the_time_is_up(
        kinds: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(whole, "time", clock)
    monkeypatch.setattr(whole.pool, "cores", lambda: 1)
    frame = np.full((3000, 4000), 230, np.uint8)
    code = on_paper("IN THE MIDDLE", "QRCode", module=4)
    frame[1400:1400 + code.shape[0], 1900:1900 + code.shape[1]] = code
    slow = Slow(clock, 0.2)
    found, = Whole(slow, frame, kinds, True, until=0.4).codes()
    assert found.raw == b"IN THE MIDDLE"
    assert clock.now < 0.4 + 0.2 * 2.1, "one part at most goes beyond the time"
    assert slow.largest < 2_100_000
    clock.now = 0.0
    quick = Slow(clock, 0.005)
    found, = Whole(quick, frame, kinds, True, until=0.4).codes()
    assert found.raw == b"IN THE MIDDLE" and quick.largest > 5_000_000, "there is time for all of it"


def test_a_frame_of_anything_is_not_held_up_by_a_part_of_it() -> None:
    """The real engine on grain: a frame that it would take much longer for ends soon after its time."""
    grain = noise(3000, 4096)
    symbologies = ("DataMatrix", "QRCode", "Aztec", "Code128", "EAN13", "PDF417", "MaxiCode")
    started = time.perf_counter()
    Zxing().read(grain, symbologies)
    unbounded = time.perf_counter() - started
    started = time.perf_counter()
    Whole(Zxing(), grain, symbologies, None, until=started + unbounded / 20).codes()
    assert time.perf_counter() - started < 0.6 * unbounded
