"""Cameras and their recipes: the one that is there is read by, a wrong one stops the start, a new one works at once."""
from __future__ import annotations

import queue
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from app.devices import Devices
from app.devices.learnt import file_beside, read_learnt, write_learnt
from app.devices.teaching import Teaching
from app.devices.triggers import Answer, Timing, Triggers
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import DeviceState, Frame, Message, Seen
from app.settings import DeviceSection, RecipeFile
from app.settings_file import SettingsError, read_recipe, write_recipe
from app.station.celled import celled
from app.vision.experience import Learnt
from app.vision.ladder import Tally
from app.vision.reader import Reader
from app.vision.recipe import Recipe
from drivers.crate import render_case
from drivers.simulated import SimulatedCamera
from tests.crates import PRESETS, Crate
from tests.unit.domain.line import line, refusal
from tests.unit.vision.pictures import on_paper

CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> SimulatedCamera:
    camera = SimulatedCamera(tmp_path / "in")
    camera.plug()
    return camera


def frame_of(inbox: queue.Queue[Message]) -> Frame:
    message = inbox.get(timeout=60)
    assert isinstance(message, Frame)
    return message


def test_the_homes_recipe_is_read_by_and_a_new_one_at_once(folder: SimulatedCamera, tmp_path: Path) -> None:
    file = write_recipe(tmp_path / "recipes" / "cam.toml", RecipeFile(symbologies=("DataMatrix",), count=6))
    inbox: queue.Queue[Message] = queue.Queue()
    devices = Devices([DeviceSection(name="cam", kind="camera", source=str(folder.folder))], inbox, lambda _state: None,
                      home=tmp_path)
    devices.start()
    try:
        case = render_case(CODES, None, seed=1, size=(960, 640))
        folder.show(case)
        assert not frame_of(inbox).seen                    # QR codes are none of that recipe's
        told = devices.teaching.look("cam")
        assert told.faults == () and told.file == str(file) and len(told.cells) == 6
        assert devices.teaching.keep("cam") == str(file) and read_recipe(file).symbologies == ("QRCode",)
        folder.show(case)
        assert sorted(seen.raw.decode() for seen in frame_of(inbox).seen) == CODES
    finally:
        devices.stop()


@pytest.mark.parametrize("named", [True, False])
def test_a_wrong_recipe_stops_the_start(folder: SimulatedCamera, tmp_path: Path, named: bool) -> None:
    file = tmp_path / "own.toml" if named else tmp_path / "recipes" / "cam.toml"
    section = DeviceSection(name="cam", kind="camera", source=str(folder.folder), recipe=str(file) if named else "")

    def start() -> Devices:
        return Devices([section], queue.Queue(), lambda _state: None, home=tmp_path)
    if named:
        with pytest.raises(SettingsError, match="own.toml"):
            start()                                        # it is named and not there
    else:
        start()
    file.parent.mkdir(exist_ok=True)
    file.write_text("count = 'many'")
    with pytest.raises(SettingsError, match="count: expected a whole number"):
        start()


def test_why_a_place_was_not_read_comes_with_the_frame(folder: SimulatedCamera, tmp_path: Path) -> None:
    write_recipe(tmp_path / "recipes" / "cam.toml", RecipeFile(symbologies=("DataMatrix",), rows=3, columns=4))
    inbox: queue.Queue[Message] = queue.Queue()
    devices = Devices([DeviceSection(name="cam", kind="camera", source=str(folder.folder))], inbox, lambda _state: None,
                      home=tmp_path)
    devices.start()
    try:
        scene = Crate(replace(PRESETS["dm22-24"], name="small", size=(1280, 960), rows=3, columns=4), "typical",
                      seed=11).frame()
        case = scene.pixels.copy()
        x, y = (int(sum(corner[at] for corner in scene.drawn[6].corners) / 4) for at in (0, 1))
        part = case[y - 62:y + 62, x - 62:x + 62]
        part[:] = cv2.GaussianBlur(part, (0, 0), 2.6)
        folder.show(case)
        frame = frame_of(inbox)
        assert (len(frame.seen), len(frame.unread), frame.causes) == (11, 1, ("blur",))
        folder.show(case * 0 + 90)
        assert frame_of(inbox).causes == ("no_code",)
    finally:
        devices.stop()


def test_what_a_camera_learnt_is_there_at_the_next_start(folder: SimulatedCamera, tmp_path: Path,
                                                          caplog: pytest.LogCaptureFixture) -> None:
    recipe = RecipeFile(symbologies=("QRCode",), rows=2, columns=3)
    file = write_recipe(tmp_path / "recipes" / "cam.toml", recipe)
    beside = file_beside(file)
    assert beside.name == "cam.learnt.json" and read_learnt(beside, recipe) is None and not caplog.records
    inbox: queue.Queue[Message] = queue.Queue()
    section = DeviceSection(name="cam", kind="camera", source=str(folder.folder))
    devices = Devices([section], inbox, lambda _state: None, home=tmp_path)
    devices.start()
    try:
        folder.show(render_case(CODES, None, seed=1, size=(960, 640)))
        assert len(frame_of(inbox).seen) == 6
    finally:
        devices.stop(60)
    learnt = read_learnt(beside, recipe)
    assert learnt is not None and learnt.side > 20
    assert not list(beside.parent.glob("*.part"))
    teaching = Teaching(tmp_path)
    teaching.read(section)
    teaching.close()                                       # nothing read since: what was there stays
    assert read_learnt(beside, recipe) == learnt


@pytest.mark.parametrize(("content", "why"), [
    (b"{", "cannot be read"), (b"[]", "cannot be read"), (b"\xff\x00" * 200_000, "cannot be read"),
    (b'{"version":0,"recipe":{},"side":1,"tallies":{}}', "version 0"),
    (b'{"version":1,"recipe":{"count":9},"side":1,"tallies":{}}', "another recipe"),
    (b'{"version":1,"recipe":{},"side":-1,"tallies":{}}', "cannot be"),
    (b'{"version":1,"recipe":{},"side":1,"tallies":{"QRCode":{"plain":[1e9,0,1]}}}', "cannot be"),
])
def test_a_wrong_or_old_file_of_what_was_learnt_is_ignored_with_a_word(
        tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, why: str) -> None:
    file = tmp_path / "cam.learnt.json"
    file.write_bytes(content)
    assert read_learnt(file, RecipeFile()) is None
    assert why in caplog.text and str(file) in caplog.text


def test_a_folder_that_cannot_be_written_loses_nothing_but_that(tmp_path: Path,
                                                                caplog: pytest.LogCaptureFixture) -> None:
    write_learnt(tmp_path / "none" / "cam.learnt.json", RecipeFile(), Learnt(80.0))
    assert "cannot be written" in caplog.text
    file = tmp_path / "cam.learnt.json"
    learnt = Learnt(80.0, {"QRCode+DataMatrix": {"no such rung any more": Tally(3.0, 1.0, 2.5)}})
    write_learnt(file, RecipeFile(), learnt)
    assert read_learnt(file, RecipeFile()) == learnt
    assert Reader(Recipe(("QRCode", "DataMatrix")), learnt=learnt).read(render_case(CODES, None, seed=1)).codes


def test_the_reader_is_warm_before_the_first_picture_comes(folder: SimulatedCamera, tmp_path: Path) -> None:
    devices = Devices([DeviceSection(name="cam", kind="camera", source=str(folder.folder))], queue.Queue(),
                      lambda _state: None)
    try:
        eyes = devices.teaching._eyes["cam"]
        assert eyes._process is not None and eyes._process.ready(60) and eyes.ask("learnt") is not None
    finally:
        devices.stop()


def test_codes_that_have_become_too_small_are_told_until_they_are_large_again(folder: SimulatedCamera) -> None:
    inbox: queue.Queue[Message] = queue.Queue()
    said: queue.Queue[DeviceState] = queue.Queue()
    devices = Devices([DeviceSection(name="cam", kind="camera", source=str(folder.folder), symbologies=("QRCode",))],
                      inbox, said.put)
    large = cv2.copyMakeBorder(on_paper(CODES[0], "QRCode", module=6), 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    small = cv2.resize(large, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    problems = []
    devices.start()
    try:
        for case in [small] * 3 + [large] * 5:
            folder.show(case)
            assert frame_of(inbox).seen
        while problems[-2:] != ["small_modules", ""]:
            state = said.get(timeout=60)
            if state.state == "ready":
                problems.append(state.problem)
    finally:
        devices.stop()
    assert problems == ["", "small_modules", ""]


def test_two_readers_causes_are_those_of_one_frame() -> None:
    at, place = datetime.now(UTC), ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    triggers = Triggers(("a", "b"), Timing(1.0))
    triggers.trigger(at, 1.0)
    triggers.answer(Answer("a", (), at, 1.1, (place,)))
    triggers.answer(Answer("b", (), at, 1.2, (place, place), causes=("glare", "blur")))
    frame, = triggers.ended(at, 1.3)
    assert len(frame.unread) == 3 and frame.causes == ("", "glare", "blur")


def test_the_verdict_tells_the_cause_of_each_cell() -> None:
    def square(at: int) -> tuple[tuple[float, float], ...]:
        x, y = 100.0 + 100 * (at % 3), 100.0 + 100 * (at // 3)
        return (x - 30, y - 30), (x + 30, y - 30), (x + 30, y + 30), (x - 30, y + 30)
    frame = Frame("cam", tuple(Seen(b"x", "]Q1", square(at)) for at in range(2)), datetime.now(UTC), 1.0, 400, 300,
                  (square(2),), causes=("glare",))
    codes = [refusal(Reason.NO_RULE)] * 2
    verdict = celled(Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT), frame, codes, line())
    assert verdict.data["why"] == "2:glare"
