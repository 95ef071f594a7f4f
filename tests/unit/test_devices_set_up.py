"""A camera that is set up packs nothing: what it sees goes nowhere, and what lies there then must be shown anew."""
from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.devices import Devices
from app.devices.presentation import Presentation
from app.devices.triggers import Answer
from app.devices.withheld import EMPTY, LENT_S, OTHERS
from app.messages import DeviceState, Frame, Message
from app.settings import DeviceSection
from app.vision.reading import FrameReading, SeenCode
from drivers.base import Picture
from drivers.crate import render_case
from drivers.simulated import SimulatedCamera

SETTLE = 3
NOTHING = FrameReading((), (), 100, 100)


def case(*texts: str) -> FrameReading:
    """The codes of a case, each at its own place."""
    return FrameReading(tuple(
        SeenCode(text.encode(), "]Q1", "QRCode", ((x, 0.0), (x + 9, 0.0), (x + 9, 9.0), (x, 9.0)))
        for text in texts for x in [20.0 * (ord(text[-1]) % 5)]), (), 100, 100)


class Live:
    """A live camera on a clock of its own; `see` gives what its pictures made of the case before it."""

    def __init__(self, settle: int = SETTLE, *, single: bool = False, answers: list[Answer] | None = None) -> None:
        self.now, self.reading = 100.0, NOTHING
        self.camera = Presentation("cam", lambda _pixels: self.reading, lambda: self.now, None, settle,
                                   answer=answers.append if answers is not None else None, single=single)

    def see(self, reading: FrameReading, pictures: int) -> list[Message]:
        self.reading, told = reading, list[Message]()
        for _ in range(pictures):
            self.now += 0.03
            told += self.camera.frames([Picture(np.zeros((100, 100), np.uint8))], datetime.now(UTC), self.now)
        return told


def raws(messages: list[Message]) -> list[list[str]]:
    return [[seen.raw.decode() for seen in each.seen] for each in messages if isinstance(each, Frame)]


@pytest.mark.parametrize("single", [False, True])
def test_nothing_of_a_set_up_is_told_and_the_case_must_be_shown_anew(single: bool) -> None:
    live = Live(single=single)
    a, b = (case("A1"), case("B2")) if single else (case("A1", "A2"), case("B3", "B4"))
    codes = [["A1"]] if single else [["A1", "A2"]]
    live.camera.withheld.lend(LENT_S)
    assert live.camera.withheld.word == "set_up"
    assert live.see(a, 40) == live.see(b, 40) == live.see(a, 40) == []
    live.camera.withheld.lend(0)
    assert live.camera.withheld.word == "set_up_over"
    assert live.see(a, 100) == live.see(NOTHING, EMPTY - 1) == live.see(a, 100) == []     # a hand passed over it
    assert live.see(NOTHING, EMPTY) == [] and live.camera.withheld.word == ""
    assert raws(live.see(a, 40)) == codes
    assert raws(live.see(b, 40))[-1] == (["B2"] if single else ["B3", "B4"])


def test_another_case_put_in_its_place_counts() -> None:
    live = Live()
    live.camera.withheld.lend(LENT_S)
    live.see(case("A1", "A2"), 9)
    live.see(case("A2"), 9)
    live.camera.withheld.lend(0)
    assert live.see(case("A1"), 20) == [] and live.camera.withheld.word == "set_up_over"
    assert raws(live.see(case("B1", "B2"), OTHERS + SETTLE)) == [["B1", "B2"]]


def test_a_case_put_down_at_the_moment_of_leaving_does_not_count() -> None:
    live = Live()
    live.camera.withheld.lend(LENT_S)
    live.see(NOTHING, 5)
    live.camera.withheld.lend(0)
    assert live.see(case("A1", "A2"), 50) == []
    live.see(NOTHING, EMPTY)
    assert raws(live.see(case("A1", "A2"), 10)) == [["A1", "A2"]]


def test_an_empty_place_after_a_set_up_is_no_set_up_any_more() -> None:
    live = Live()
    live.camera.withheld.lend(LENT_S)
    live.see(NOTHING, 5)
    live.camera.withheld.lend(0)
    live.see(NOTHING, 1)
    assert live.camera.withheld.word == ""
    assert raws(live.see(case("A1", "A2"), 10)) == [["A1", "A2"]]


def test_a_set_up_that_nobody_goes_on_with_ends_by_itself() -> None:
    live = Live()
    live.camera.withheld.lend(LENT_S)
    live.see(case("A1", "A2"), 5)
    live.now += LENT_S
    assert live.see(case("A1", "A2"), 30) == [] and live.camera.withheld.word == "set_up_over"
    live.see(NOTHING, EMPTY)
    assert raws(live.see(case("A1", "A2"), 10)) == [["A1", "A2"]]


def test_a_half_seen_case_is_not_joined_to_what_is_seen_after_the_set_up() -> None:
    live = Live()
    assert live.see(case("A1", "A2"), SETTLE - 1) == []
    live.camera.withheld.lend(LENT_S)
    live.see(case("C1"), 2)
    live.camera.withheld.lend(0)
    live.see(NOTHING, EMPTY)
    assert live.see(case("A1", "A2"), SETTLE - 1) == []
    assert raws(live.see(case("A1", "A2"), 1)) == [["A1", "A2"]]


def test_a_triggered_camera_answers_nothing_while_it_is_set_up() -> None:
    answers: list[Answer] = []
    live = Live(answers=answers)
    live.see(NOTHING, 1)
    for number, lent in enumerate((LENT_S, 0), 1):
        live.camera.withheld.lend(lent)
        live.camera.shoot(number, live.now + 0.01)
        live.see(case("A1"), 2)
    assert [each.trigger for each in answers] == [2]      # the first one ends as not read: what passed is rejected


def test_a_folders_pictures_of_a_set_up_go_nowhere_and_it_is_said(tmp_path: Path) -> None:
    folder = SimulatedCamera(tmp_path / "in")
    folder.plug()
    inbox: queue.Queue[Message] = queue.Queue()
    states: queue.Queue[DeviceState] = queue.Queue()
    seen: queue.Queue[Frame] = queue.Queue()
    devices = Devices([DeviceSection(name="cam", kind="camera", source=str(folder.folder), symbologies=("QRCode",))],
                      inbox, states.put, home=tmp_path, show=lambda _name, _pixels, frame: seen.put(frame))

    def until(problem: str) -> None:
        while states.get(timeout=60).problem != problem:
            pass
    devices.preview("cam")
    devices.start()
    try:
        until("")
        devices.set_up("cam")
        until("set_up")
        folder.show(render_case(["SET-UP-1", "SET-UP-2"], None, seed=1, size=(640, 480)))
        deadline = time.monotonic() + 60
        while seen.empty() and time.monotonic() < deadline:      # as the page does: a machine may be slow
            devices.set_up("cam")
            threading.Event().wait(0.05)
        assert len(seen.get(timeout=1).seen) == 2                # the page shows what the camera makes of it
        devices.set_up("")
        folder.show(render_case(["CODE-1", "CODE-2"], None, seed=1, size=(640, 480)))
        told = inbox.get(timeout=60)
        assert isinstance(told, Frame) and sorted(each.raw for each in told.seen) == [b"CODE-1", b"CODE-2"]
        until("")
        assert inbox.empty()
    finally:
        devices.stop()
