"""The line end to end on real transports: a simulated PLC and relay, readers over sockets, verdicts back to coils."""
from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp

from app.devices import Devices
from app.devices.presentation import Presentation
from app.devices.triggers import Answer
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import (
    DeviceState,
    Frame,
    Message,
    PackingView,
    Published,
    QueueView,
    Signal,
    StationView,
    WaitingView,
)
from app.settings import DeviceSection, LineSection, TriggerSection
from app.vision.reading import FrameReading, SeenCode
from drivers.base import Picture
from drivers.signals_bench import BenchPort
from drivers.simulated import SimulatedCamera, SimulatedReader
from drivers.simulated_plc import SimulatedPlc, SimulatedRelay

VIEW = StationView("ST-1", "Station 1", "op", "Op", "operator", "packing", "WO",
                   PackingView("WO", "P", "L", 24, 0, (), "bottle", False))
INPUTS = {"trigger": "input:0", "packer": "input:1", "reject_sensor": "input:2"}
OUTPUTS = {"ok": "coil:0", "ng": "coil:1", "reject": "coil:2", "line_stop": "coil:3", "reject_all": "coil:4",
           "heartbeat": "coil:5", "number": "holding:0", "red": "coil:10", "yellow": "coil:11", "green": "coil:12",
           "blue": "coil:13"}


class Room:
    """The devices of some settings, their inbox, and all they said."""

    def __init__(self, *sections: DeviceSection, **more: Any) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(1000)
        self.said: list[DeviceState] = []
        self.devices = Devices(sections, self.inbox, self.said.append, **more)

    def frame(self) -> Frame:
        message = self.inbox.get(timeout=60)
        assert isinstance(message, Frame), message
        return message

    def signal(self) -> tuple[str, str, int]:
        message = self.inbox.get(timeout=60)
        assert isinstance(message, Signal), message
        return message.source, message.name, message.value

    def wait_for(self, name: str, state: str, problem: str = "") -> None:
        until = time.monotonic() + 60
        while not any((each.name, each.state, each.problem) == (name, state, problem) for each in self.said):
            assert time.monotonic() < until, self.said
            threading.Event().wait(0.005)

    def ready(self, *names: str) -> None:
        for name in names:
            self.wait_for(name, "ready")

    def judge(self, frame: Frame | None, outcome: Outcome, view: StationView = VIEW,
              reason: Reason = Reason.TAKEN) -> None:
        source, trigger = (frame.source, frame.trigger) if frame else ("", 0)
        self.devices.verdict(Published(Verdict(outcome, reason), view, source, datetime.now(UTC), 1, 1.0, (), frame,
                                       trigger))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


@pytest.fixture
def opened() -> Iterator[Callable[..., Room]]:
    rooms: list[Room] = []

    def make(*sections: DeviceSection, **more: Any) -> Room:
        room = Room(*sections, **more)
        rooms.append(room)
        room.devices.start()
        return room

    yield make
    for room in rooms:
        room.devices.stop()
        assert not any(thread.name.startswith("device-") for thread in threading.enumerate())


@pytest.fixture
def plc() -> Iterator[SimulatedPlc]:
    device = SimulatedPlc()
    device.start()
    yield device
    device.stop()


@pytest.fixture
def readers() -> Iterator[list[SimulatedReader]]:
    devices = [SimulatedReader(), SimulatedReader()]
    yield devices
    for device in devices:
        device.close()


def modbus(plc: SimulatedPlc, inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None,
           ) -> DeviceSection:
    return DeviceSection(name="plc", kind="modbus", port=plc.port, poll_ms=2,
                         inputs=INPUTS if inputs is None else inputs, outputs=OUTPUTS if outputs is None else outputs)


def reader(device: SimulatedReader, name: str = "top", **more: Any) -> DeviceSection:
    return DeviceSection(name=name, kind="socket-client", port=device.serve(), separator=";", suffix="\\r\\n", **more)


def codes(frame: Frame) -> list[bytes]:
    return [each.raw for each in frame.seen]


# --- triggers ------------------------------------------------------------------------------------------------------
def test_a_trigger_its_reading_and_its_verdict(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    room = opened(modbus(plc), reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), pulse_ms=20)])
    room.ready("plc", "top")
    plc.pulse("input:0")
    readers[0].scan(b"A;B;C")
    frame = room.frame()
    assert (frame.source, frame.trigger, codes(frame), frame.timed_out) == ("top", 1, [b"A", b"B", b"C"], False)
    room.judge(frame, Outcome.COMPLETE)
    plc.wait_written("coil:0", 0, times=2)       # at the opening, and at the end of the pulse
    assert [each.address for each in plc.writes("coil:0", 1) + plc.writes("coil:1", 1)] == ["coil:0"]
    assert plc.get("holding:0") == 1
    assert plc.writes("holding:0", 1)[0].mono <= plc.writes("coil:0", 1)[0].mono
    plc.pulse("input:0")
    readers[0].scan(b"NoRead")
    frame = room.frame()
    assert (frame.trigger, frame.seen, len(frame.unread)) == (2, (), 1)
    room.judge(frame, Outcome.REJECTED)
    plc.wait_written("coil:1", 1)
    assert plc.get("holding:0") == 2 and len(plc.writes("coil:0", 1)) == 1


def test_a_new_verdict_takes_the_last_one_off(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    room = opened(modbus(plc), reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), pulse_ms=10_000)])
    room.ready("plc", "top")
    for outcome, on, off in ((Outcome.ACCEPTED, 0, 1), (Outcome.REJECTED, 1, 0), (Outcome.ACCEPTED, 0, 1)):
        room.judge(read(room, plc, readers[0], b"CODE"), outcome)
        plc.wait(f"coil:{on}", 1)
        plc.wait(f"coil:{off}", 0, timeout_s=5)


def test_a_silent_reader_and_what_it_says_too_late(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    room = opened(modbus(plc), reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), timeout_ms=30, late_ms=10_000)])
    room.ready("plc", "top")
    plc.pulse("input:0")
    frame = room.frame()
    assert (frame.trigger, frame.timed_out, frame.seen, frame.unread) == (1, True, (), ())
    readers[0].scan(b"TOO LATE")
    room.wait_for("line", "fault", "late_reading")
    assert any("TOO LATE" in each.detail for each in room.said) and room.inbox.empty()


def test_a_reading_that_nothing_triggered_is_kept(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    room = opened(modbus(plc), reader(readers[0]), triggers=[TriggerSection(name="case", readers=("top",))])
    room.ready("plc", "top")
    readers[0].scan(b"STRAY")
    frame = room.frame()
    assert (frame.trigger, codes(frame)) == (0, [b"STRAY"])
    room.wait_for("line", "fault", "no_trigger")
    room.judge(frame, Outcome.ACCEPTED)          # the PLC knows of no trigger, so it gets no answer
    plc.pulse("input:0")
    assert not plc.writes("coil:0", 1)
    readers[0].scan(b"TRIGGERED")
    room.judge(room.frame(), Outcome.ACCEPTED)
    plc.wait_written("coil:0", 1)
    assert len(plc.writes("coil:0", 1)) == 1


def test_the_station_makes_the_reader_read_and_the_reader_says_for_what(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    room = opened(modbus(plc), reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), fire="LON{trigger}\\r", timeout_ms=5000,
                       echo=r"(?P<trigger>\d{2}):(?P<code>.*)")])
    room.ready("plc", "top")
    plc.pulse("input:0")
    room.devices.trigger("case")
    room.devices.trigger("top")
    assert readers[0].received(15) == b"LON1\rLON2\rLON3\r"
    readers[0].scan(b"02:]d2TWO;TWO B")
    readers[0].scan(b"03:NoRead")
    readers[0].scan(b"01:ONE")
    first, second, third = room.frame(), room.frame(), room.frame()
    assert (first.trigger, codes(first)) == (1, [b"ONE"])
    assert (second.trigger, codes(second), second.seen[0].aim) == (2, [b"TWO", b"TWO B"], "]d2")
    assert (third.trigger, third.seen, len(third.unread)) == (3, (), 1)


def test_two_readers_are_one_frame(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    top, side = readers
    room = opened(modbus(plc), reader(top, ok="+", ng="-"), reader(side, "side", ok="+", ng="-"), triggers=[
        TriggerSection(name="case", readers=("top", "side"), timeout_ms=200)])
    room.ready("plc", "top", "side")
    plc.pulse("input:0")
    side.scan(b"S1")
    top.scan(b"T1")
    frame = room.frame()
    assert [(each.raw, each.view) for each in frame.seen] == [(b"T1", "top"), (b"S1", "side")]
    room.judge(frame, Outcome.ACCEPTED)
    assert top.received(1) == side.received(1) == b"+"
    plc.pulse("input:0")
    side.scan(b"S2")
    frame = room.frame()
    assert (frame.trigger, codes(frame), len(frame.unread), frame.timed_out) == (2, [b"S2"], 1, False)


def test_a_counter_of_triggers_loses_none(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    plc.set("register:0", 65_534)
    room = opened(modbus(plc, {"trigger_counter": "register:0"}), reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), timeout_ms=5000)])
    room.ready("plc", "top")
    plc.seen("register:0")
    plc.add("register:0", 3)                     # all between two looks, and over the end of the register
    plc.seen("register:0")
    readers[0].send(b"A\r\nB\r\nC\r\n")
    assert [(frame.trigger, codes(frame)) for frame in (room.frame(), room.frame(), room.frame())] == [
        (65_535, [b"A"]), (65_536, [b"B"]), (65_537, [b"C"])]        # the PLC's own count, so that a gap is seen


def test_each_bottle_of_the_queue_is_a_frame(opened: Callable[..., Room], readers: list[SimulatedReader]) -> None:
    room = opened(reader(readers[0], feeds="queue"))
    room.ready("top", "line")
    readers[0].send(b"A1;A2\r\nNoRead\r\nB\r\n")
    frames = [room.frame() for _ in range(3)]
    assert [(each.source, each.trigger, codes(each), len(each.unread)) for each in frames] == [
        ("top", 1, [b"A1", b"A2"], 0), ("top", 2, [], 1), ("top", 3, [b"B"], 0)]


# --- cameras ---------------------------------------------------------------------------------------------------------
def symbol(text: str) -> np.ndarray:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return np.pad(np.array(zxingcpp.write_barcode_to_image(made, scale=4)), 30, constant_values=255)


def test_a_camera_shoots_one_picture_a_trigger(opened: Callable[..., Room], tmp_path: Path) -> None:
    picture = cv2.cvtColor(symbol("CODE-1"), cv2.COLOR_GRAY2BGR)
    path = tmp_path / "line.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (picture.shape[1], picture.shape[0]))
    for _ in range(500):
        writer.write(picture)
    writer.release()
    shown: queue.Queue[Frame] = queue.Queue()
    room = opened(
        DeviceSection(name="cam", kind="camera", source=str(path), frame_rate=50, trigger="signal",
                      symbologies=("QRCode",)),
        triggers=[TriggerSection(name="case", readers=("cam",), by="station", timeout_ms=5000)],
        show=lambda name, pixels, frame: shown.put(frame))
    room.devices.preview("cam")
    assert shown.get(timeout=60).seen == ()       # what nobody triggered is shown and not read
    assert room.inbox.empty()
    room.devices.trigger()
    frame = room.frame()
    assert (frame.source, frame.trigger, codes(frame)) == ("cam", 1, [b"CODE-1"]) and frame.seen[0].corners
    room.devices.trigger("cam")
    assert room.frame().trigger == 2
    assert room.inbox.empty()


def test_a_picture_that_was_on_its_way_before_the_trigger_is_not_its() -> None:
    now, answers = 0.0, list[Answer]()
    reading = FrameReading((SeenCode(b"CODE", "]Q1", "QRCode", ((0.0, 0.0),) * 4),), (), 100, 100)
    camera = Presentation("cam", lambda pixels: reading, lambda: now, None, 2, answer=answers.append)

    def picture() -> None:
        assert camera.frames([Picture(np.zeros((100, 100), np.uint8))], datetime.now(UTC), now) == []

    now = 1.0
    picture()                                    # nobody asked
    camera.shoot(1, 1.5)
    camera.shoot(2, 2.5)
    now = 2.0
    picture()                                    # waited for since 1.0
    assert answers == []
    now = 3.0
    picture()                                    # waited for since 2.0
    assert [each.trigger for each in answers] == [1]
    now = 4.0
    picture()
    picture()
    assert [each.trigger for each in answers] == [1, 2] and answers[1].seen[0].raw == b"CODE"


def test_a_folder_of_a_triggered_camera_answers_in_order(
    opened: Callable[..., Room], plc: SimulatedPlc, tmp_path: Path,
) -> None:
    camera = SimulatedCamera(tmp_path / "in")
    camera.plug()
    room = opened(modbus(plc), DeviceSection(name="cam", kind="camera", source=str(camera.folder), trigger="signal"),
                  triggers=[TriggerSection(name="case", readers=("cam",), timeout_ms=5000)])
    room.ready("plc", "cam")
    plc.pulse("input:0")
    plc.pulse("input:0")
    camera.show(symbol("CODE-1"))
    camera.show(np.full((200, 200), 255, np.uint8))
    first, second = room.frame(), room.frame()
    assert (first.trigger, codes(first)) == (1, [b"CODE-1"])
    assert (second.trigger, second.seen, len(second.unread)) == (2, (), 1)


# --- rejects ---------------------------------------------------------------------------------------------------------
def line_of(plc: SimulatedPlc, device: SimulatedReader, **more: Any) -> tuple[list[DeviceSection], TriggerSection]:
    group = TriggerSection(**{"name": "case", "readers": ("top",), "timeout_ms": 5000, "reject_pulse_ms": 10,
                              "pulse_ms": 10, **more})
    return [modbus(plc), reader(device)], group


def read(room: Room, plc: SimulatedPlc, device: SimulatedReader, code: bytes) -> Frame:
    plc.pulse("input:0")
    device.scan(code)
    return room.frame()


def test_a_reject_is_fired_at_its_point_and_confirmed(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    sections, group = line_of(plc, readers[0], reject_after_ms=150, confirm_ms=5000)
    room = opened(*sections, triggers=[group])
    room.ready("plc", "top")
    room.judge(read(room, plc, readers[0], b"GOOD"), Outcome.ACCEPTED)
    frame = read(room, plc, readers[0], b"BAD")
    triggered = time.monotonic()
    room.judge(frame, Outcome.DUPLICATE)
    fired = plc.wait_written("coil:2", 1)
    assert 0.05 < fired.mono - triggered < 1.0   # about 150 ms after its trigger, not at once
    plc.wait_written("coil:2", 0, times=2)
    plc.pulse("input:2")
    assert room.signal() == ("top", "reject_confirmed", 2)
    assert len(plc.writes("coil:2", 1)) == 1
    plc.pulse("input:2")                         # something else left the line
    room.wait_for("line", "fault", "unexpected_reject")


def test_a_verdict_that_is_late_finds_it_rejected(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    sections, group = line_of(plc, readers[0], reject_after_ms=30)
    room = opened(*sections, triggers=[group])
    room.ready("plc", "top")
    frame = read(room, plc, readers[0], b"SLOW")
    plc.wait_written("coil:2", 1)                # nobody has judged it and it is at the point
    room.judge(frame, Outcome.ACCEPTED)
    plc.wait_written("coil:1", 1)
    assert not plc.writes("coil:0", 1)
    room.wait_for("line", "fault", "late_verdict")


def test_a_queue_reader_is_never_asked_for_a_bottle_that_is_not_there(
    opened: Callable[..., Room], readers: list[SimulatedReader],
) -> None:
    room = opened(reader(readers[0], feeds="queue"), triggers=[
        TriggerSection(name="cap", readers=("top",), by="reader", timeout_ms=1)])
    room.ready("top", "line")
    for _ in range(10):
        for name in ("", "top", "cap"):
            room.devices.trigger(name)
    for number in (1, 2, 3):
        readers[0].scan(b"BOTTLE-%d" % number)
        frame = room.frame()
        assert (frame.trigger, codes(frame)) == (number, [b"BOTTLE-%d" % number])


def test_what_is_shot_again_is_on_its_way_already(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    sections, group = line_of(plc, readers[0])
    room = opened(*sections, triggers=[group])
    room.ready("plc", "top")
    room.devices.trigger()
    readers[0].scan(b"AGAIN")
    frame = room.frame()
    assert frame.trigger == 1
    room.judge(frame, Outcome.REJECTED)
    plc.wait_written("coil:1", 1)
    room.judge(read(room, plc, readers[0], b"BAD"), Outcome.REJECTED)
    plc.wait_written("coil:2", 1)
    plc.wait_written("coil:2", 0, times=2)
    assert len(plc.writes("coil:2", 1)) == 1


def test_a_reject_that_nobody_saw_leave_stops_the_line(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    sections, group = line_of(plc, readers[0], confirm_ms=30)
    room = opened(*sections, triggers=[group])
    room.ready("plc", "top")
    room.judge(read(room, plc, readers[0], b"BAD"), Outcome.REJECTED)
    assert room.signal() == ("top", "reject_missed", 1)
    plc.wait("coil:3", 1)
    plc.wait("coil:10", 1)
    room.wait_for("line", "fault", "reject_missed")
    alarm = Verdict(Outcome.STOP, Reason.REJECT_MISSED)
    room.judge(None, Outcome.ACCEPTED)           # the work before it goes on
    room.judge(None, Outcome.STOP, replace(VIEW, alarm=alarm), Reason.REJECT_MISSED)
    plc.wait("coil:12", 0)
    assert plc.get("coil:3") == 1
    room.judge(None, Outcome.COMMAND, VIEW, Reason.CONFIRMED)
    plc.wait("coil:3", 0)
    plc.wait("coil:12", 1)


def test_a_reject_that_a_hand_took_out_before_lets_the_line_go_on(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    sections, group = line_of(plc, readers[0], confirm_ms=30)
    room = opened(*sections, triggers=[group])
    room.ready("plc", "top")
    room.judge(read(room, plc, readers[0], b"BAD"), Outcome.REJECTED)
    assert room.signal() == ("top", "reject_missed", 1)
    plc.wait("coil:3", 1)
    room.judge(None, Outcome.COMMAND, VIEW, Reason.REJECT_MISSED)
    plc.wait("coil:3", 0)


def test_the_point_by_the_encoder(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    plc.set("register:5", 65_500)
    group = TriggerSection(name="case", readers=("top",), timeout_ms=5000, reject_after_counts=100)
    room = opened(modbus(plc, {"trigger": "input:0", "encoder": "register:5"}), reader(readers[0]), triggers=[group])
    room.ready("plc", "top")
    room.judge(read(room, plc, readers[0], b"BAD"), Outcome.REJECTED)
    plc.wait_written("coil:1", 1)
    plc.add("register:5", 99)                    # over the end of the register
    plc.seen("register:5")
    assert not plc.writes("coil:2", 1)
    plc.add("register:5", 1)
    plc.wait_written("coil:2", 1)


def test_what_is_triggered_at_a_look_is_at_the_encoders_count_of_that_look(
    opened: Callable[..., Room], readers: list[SimulatedReader],
) -> None:
    bench = DeviceSection(name="bench", kind="bench", poll_ms=2, inputs={"trigger": "", "encoder": ""},
                          outputs={"reject": "", "ng": ""})
    room = opened(bench, reader(readers[0]), triggers=[
        TriggerSection(name="case", readers=("top",), timeout_ms=5000, reject_after_counts=100)])
    room.ready("bench", "top")
    port = room.devices.ports["bench"]
    assert isinstance(port, BenchPort)
    port.press("encoder", 0)
    port.press("trigger", 1)
    port.press("encoder", 500)
    readers[0].scan(b"BAD")
    room.judge(room.frame(), Outcome.REJECTED)
    until(lambda: port.outputs().get("ng") == 1)
    port.press("encoder", 599)
    port.press("encoder", 600)
    until(lambda: port.outputs().get("reject") == 1)
    assert [each.name for each in port.log if each.value] == ["ng", "reject"]


# --- heartbeats ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wired", [True, False])
def test_without_the_plcs_heartbeat_everything_is_rejected(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader], wired: bool,
) -> None:
    outputs = OUTPUTS if wired else {name: place for name, place in OUTPUTS.items() if name != "reject_all"}
    section = modbus(plc, {**INPUTS, "heartbeat": "holding:255"}, outputs)
    plc.beat(every_s=0.02)
    group = TriggerSection(name="case", readers=("top",), timeout_ms=5000, reject_pulse_ms=10)
    room = opened(section, reader(readers[0]), triggers=[group], line=LineSection(heartbeat_timeout_ms=300))
    room.ready("plc", "top")
    room.judge(read(room, plc, readers[0], b"GOOD"), Outcome.ACCEPTED)
    plc.wait_written("coil:0", 1)
    plc.beat(False)
    assert room.signal() == ("line", "heartbeat_lost", 0)
    plc.wait("coil:4" if wired else "coil:2", 1)
    room.wait_for("line", "fault", "no_heartbeat")
    room.judge(read(room, plc, readers[0], b"GOOD TOO"), Outcome.ACCEPTED)
    plc.wait_written("coil:1", 1)
    plc.wait_written("coil:2", 1)
    assert len(plc.writes("coil:0", 1)) == 1
    plc.beat(every_s=0.02)
    assert room.signal() == ("line", "heartbeat_back", 0)
    plc.wait("coil:4" if wired else "coil:2", 0)
    room.judge(read(room, plc, readers[0], b"GOOD AGAIN"), Outcome.ACCEPTED)
    plc.wait_written("coil:0", 1, times=2)
    plc.beat(False)


def test_our_heartbeat_stands_still_when_the_engine_does(opened: Callable[..., Room], plc: SimulatedPlc) -> None:
    answers = threading.Event()
    answers.set()
    room = opened(modbus(plc), line=LineSection(heartbeat_ms=50), alive=answers.is_set)
    room.ready("plc")
    plc.wait_written("coil:5", 1, times=3)
    plc.wait("coil:10", 0)
    answers.clear()
    plc.wait("coil:10", 1)                       # and the light is red
    beats = len(plc.writes("coil:5"))
    for _ in range(100):                         # many times the 50 ms of a beat
        plc.seen("input:0")
    answers.set()
    plc.wait("coil:10", 0)
    assert len(plc.writes("coil:5")) <= beats + 2
    plc.wait_written("coil:5", 1, times=beats + 2)


# --- the packer ------------------------------------------------------------------------------------------------------
def test_each_cycle_of_the_packer_is_a_signal(opened: Callable[..., Room], plc: SimulatedPlc) -> None:
    plc.set("input:1", 1)
    room = opened(modbus(plc))
    room.ready("plc")
    plc.seen("input:1")                          # it was on already: no edge
    plc.set("input:1", 0)
    plc.seen("input:1")
    plc.pulse("input:1")
    plc.pulse("input:1")
    assert [room.signal() for _ in range(2)] == [("plc", "packer", 0)] * 2
    assert room.inbox.empty()


def test_a_counter_loses_no_cycle_even_while_the_plc_is_away(opened: Callable[..., Room], plc: SimulatedPlc) -> None:
    plc.set("holding:7", 100)
    room = opened(modbus(plc, {"packer_counter": "holding:7"}))
    room.ready("plc")
    plc.seen("holding:7")
    plc.add("holding:7", 2)
    assert [room.signal()[1] for _ in range(2)] == ["packer"] * 2
    plc.hang_up()
    plc.add("holding:7", 3)
    assert [room.signal()[1] for _ in range(3)] == ["packer"] * 3
    plc.set("holding:7", 0)                      # the PLC began anew: nobody knows how many those were
    room.wait_for("line", "fault", "counter_jumped")
    plc.add("holding:7")
    assert room.signal() == ("plc", "packer", 0)
    assert room.inbox.empty()


def test_the_line_goes_on_while_the_plc_restarts(
    opened: Callable[..., Room], plc: SimulatedPlc, readers: list[SimulatedReader],
) -> None:
    """Bottles read meanwhile enter the queue in their order; the packer's cycles come when the PLC is there again; and
    what was triggered meanwhile takes no reading that came later."""
    room = opened(
        modbus(plc, {"packer_counter": "holding:7", "trigger_counter": "holding:8"}), reader(readers[0], feeds="queue"),
        reader(readers[1], "case-top"), triggers=[TriggerSection(name="case", readers=("case-top",), timeout_ms=5000)])
    room.ready("plc", "top", "case-top")
    plc.seen("holding:7")
    readers[0].scan(b"BOTTLE-1")
    assert (room.frame().trigger, plc.stop()) == (1, None)
    room.wait_for("plc", "gone", "no_connection")
    readers[0].send(b"BOTTLE-2\r\nNoRead\r\nBOTTLE-4\r\n")
    assert [(frame.trigger, codes(frame)) for frame in (room.frame(), room.frame(), room.frame())] == [
        (2, [b"BOTTLE-2"]), (3, []), (4, [b"BOTTLE-4"])]
    readers[1].scan(b"CASE-1")                   # its trigger was never seen
    frame = room.frame()
    assert (frame.source, frame.trigger, codes(frame)) == ("case-top", 0, [b"CASE-1"])
    plc.add("holding:7", 2)
    plc.add("holding:8", 1)
    plc.start()
    assert [room.signal() for _ in range(2)] == [("plc", "packer", 0)] * 2
    readers[1].scan(b"CASE-2")
    frame = room.frame()
    assert (frame.trigger, codes(frame)) == (0, [b"CASE-2"])
    plc.add("holding:8")
    plc.seen("holding:8")
    readers[1].scan(b"CASE-3")
    frame = room.frame()
    assert (frame.trigger, codes(frame)) == (2, [b"CASE-3"])      # one passed that nobody looked at
    assert room.inbox.empty()


# --- outputs ---------------------------------------------------------------------------------------------------------
def test_a_plc_that_comes_back_is_set_as_things_are_now(opened: Callable[..., Room], plc: SimulatedPlc) -> None:
    room = opened(modbus(plc))
    room.ready("plc")
    room.judge(None, Outcome.ACCEPTED)
    plc.wait("coil:12", 1)
    plc.stop()
    for at in range(20):
        plc.set(f"coil:{at}", 0)                 # it lost its memory with its power
    room.wait_for("plc", "gone", "no_connection")
    plc.start()
    plc.wait("coil:12", 1)


def test_a_station_that_stops_leaves_everything_rejected(plc: SimulatedPlc) -> None:
    room = Room(modbus(plc))
    room.devices.start()
    room.ready("plc")
    room.judge(None, Outcome.ACCEPTED)
    plc.wait("coil:12", 1)
    room.devices.stop()
    assert plc.get("coil:4") == 1 and plc.get("coil:12") == 0


@pytest.mark.parametrize(("view", "on"), [
    (VIEW, {"green"}),
    (replace(VIEW, task="home", packing=None), set()),
    (replace(VIEW, alarm=Verdict(Outcome.STOP, Reason.WRONG_BATCH)), {"red", "blue"}),
    (replace(VIEW, waiting_for=WaitingView("UNPACK")), {"green", "blue"}),
    (replace(VIEW, packing=replace(VIEW.packing, state="paused")), set()),           # type: ignore[type-var]
    (replace(VIEW, packing=replace(VIEW.packing, label_wanted=True)), {"green", "blue"}),       # type: ignore[type-var]
    (replace(VIEW, packing=replace(VIEW.packing, queue=QueueView((), 24, "jam"))), {"red", "blue"}),  # type: ignore
])
def test_the_stack_light_says_how_it_stands(opened: Callable[..., Room], view: StationView, on: set[str]) -> None:
    lamps = dict.fromkeys(["red", "yellow", "green", "blue"], "")
    room = opened(DeviceSection(name="bench", kind="bench", outputs=lamps))
    room.ready("bench", "line")
    bench = room.devices.ports["bench"]
    assert isinstance(bench, BenchPort)
    room.judge(None, Outcome.WARNING, view)
    until(lambda: {name for name, value in bench.outputs().items() if value} == on | {"yellow"})


def test_a_lamp_on_a_relay_tells_a_faulty_device(
    opened: Callable[..., Room], readers: list[SimulatedReader], tmp_path: Path,
) -> None:
    board = SimulatedRelay(tmp_path / "relay")
    board.plug()
    top = reader(readers[0])
    room = opened(DeviceSection(name="light", kind="relay", path=board.path, outputs={"yellow": "2"}), top)
    room.ready("light", "top", "line")
    board.wait(0)
    while board.relays.get(2) is not False:
        board.wait()
    readers[0].hang_up(listening=False)
    while not board.relays[2]:
        board.wait()
    room.wait_for("top", "gone", "no_connection")
    board.close()


def test_a_bench_has_inputs_for_a_hand(opened: Callable[..., Room]) -> None:
    room = opened(DeviceSection(name="bench", kind="bench", inputs={"packer": ""}))
    room.ready("bench")
    bench = room.devices.ports["bench"]
    assert isinstance(bench, BenchPort)
    bench.press("packer", 1)
    assert room.signal() == ("bench", "packer", 0)
