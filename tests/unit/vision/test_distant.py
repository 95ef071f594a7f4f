"""A reader in a process of its own reads what the reader reads here, and outlives what breaks it."""
from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from app.vision.distant import Distant
from app.vision.reader import Reader
from app.vision.reading import FrameReading
from app.vision.recipe import Recipe
from tests.crates import CONDITIONS, Crate

RECIPE = Recipe(("QRCode",), rows=4, columns=6)
KILLED = signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM


class Fragile:
    """Breaks at dark pictures, tells the brightness of the others as their width."""

    learnt = 7

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def read(self, grey: np.ndarray) -> FrameReading:
        if grey.max() < 10:
            os.kill(os.getpid(), KILLED)
        if grey.max() == 13:
            raise ZeroDivisionError("thirteen")
        return FrameReading((), width=int(grey.max()), height=os.getpid())


def refused(mark: str) -> None:
    raise ValueError(mark)


@pytest.fixture
def fragile() -> Iterator[Distant]:
    one = Distant(Fragile, "x")
    yield one
    one.close()


def test_it_reads_what_a_reader_reads_and_learns() -> None:
    scenes = [Crate("qr2-24", CONDITIONS["typical"], 5).frame(number).pixels for number in range(2)]
    distant, near = Distant(Reader, RECIPE, "zxing", 20.0, read="follow"), Reader(RECIPE, budget_s=20.0)
    try:
        for scene in scenes:
            far, here = distant.read(scene), near.follow(scene)
            assert sorted(code.raw for code in far.codes) == sorted(code.raw for code in here.codes)
            assert len(far.codes) == 24 and (far.width, far.height, far.unread) == (1920, 1080, here.unread)
            assert [cell.state for cell in far.cells] == [cell.state for cell in here.cells]
        assert distant.ask("learnt").side == pytest.approx(near.learnt.side, rel=0.05)
    finally:
        distant.close()


def test_colours_are_read_too(fragile: Distant) -> None:
    assert fragile.read(np.full((4, 5, 3), 90, np.uint8)).width == 90
    with pytest.raises(ValueError, match="expected uint8"):
        fragile.read(np.zeros((4, 5), np.uint16))
    with pytest.raises(ValueError, match="expected uint8"):
        fragile.read(np.zeros((0, 5), np.uint8))


def test_a_process_that_was_killed_is_followed_by_another(fragile: Distant) -> None:
    light = np.full((4, 5), 90, np.uint8)
    before = fragile.read(light).height
    assert before != os.getpid()
    os.kill(before, KILLED)
    after = fragile.read(light)
    assert after.width == 90 and after.height != before and fragile.ask("mark") == "x"


def test_a_picture_that_breaks_every_process_is_told_as_nothing_read(
        fragile: Distant, caplog: pytest.LogCaptureFixture) -> None:
    dark = np.zeros((4, 5), np.uint8)
    assert fragile.read(dark) == FrameReading((), width=5, height=4)
    assert "broke two processes" in caplog.text
    assert fragile.read(np.full((4, 5), 80, np.uint8)).width == 80


def test_an_engine_that_stumbles_over_a_picture_reads_the_next(
        fragile: Distant, caplog: pytest.LogCaptureFixture) -> None:
    light = np.full((4, 5), 90, np.uint8)
    before = fragile.read(light)
    assert fragile.read(np.full((4, 5), 13, np.uint8)) == FrameReading((), width=5, height=4)
    assert "ZeroDivisionError: thirteen" in caplog.text
    assert fragile.read(light) == before, "by the same process"


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(ValueError, match="no such thing"):
        Distant(refused, "no such thing").read(np.full((4, 5), 80, np.uint8))


def brightness(pixels: np.ndarray, more: int) -> tuple[int, int]:
    return int(pixels.max()) + more, os.getpid()


def test_its_process_is_lent_between_two_pictures(fragile: Distant) -> None:
    light = np.full((4, 5), 70, np.uint8)
    assert fragile.borrow(brightness, light, 5) == (75, fragile.read(light).height)


def test_a_closed_one_reads_nothing_more(fragile: Distant) -> None:
    light = np.full((4, 5), 70, np.uint8)
    assert fragile.read(light).width == 70 and fragile.ask("learnt") == 7
    fragile.close()
    assert fragile.ask("learnt") is None and fragile.borrow(brightness, light, 5) is None
    assert fragile.read(light) == FrameReading((), width=5, height=4)


def test_where_no_process_can_be_had_it_reads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*given: object) -> None:
        raise OSError("no more processes")
    monkeypatch.setattr("app.vision.apart._started", none)
    one, light = Distant(Fragile, "x"), np.full((4, 5), 70, np.uint8)
    assert one.read(light) == FrameReading((), width=70, height=os.getpid())
    assert one.borrow(brightness, light, 5) == (75, os.getpid()) and one.ask("mark") == "x"
