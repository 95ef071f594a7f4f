"""Devices under supervision, on real ptys, sockets and folders: nothing lost, everything told, answers in time."""
from __future__ import annotations

import queue
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp

from app.devices import Devices
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import DeviceState, Frame, Message, Published, Scan, StationView
from app.settings import DeviceSection
from drivers.keyboard import Key
from drivers.simulated import SimulatedCamera, SimulatedReader, SimulatedScanner

CODE = b"https://q.brand.example/B/0001A"
VIEW = StationView("ST-1", "Station 1", "", "", "", "home", "")


class Room:
    """The devices of some settings, their inbox, and all they said."""

    def __init__(self, *sections: DeviceSection, size: int = 100, **more: Any) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(size)
        self.said: list[DeviceState] = []
        self.devices = Devices(sections, self.inbox, self.said.append, **more)

    def get(self) -> Message:
        return self.inbox.get(timeout=60)

    def raw(self) -> bytes:
        message = self.get()
        assert isinstance(message, Scan)
        return message.raw

    def wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until, self.said
            threading.Event().wait(0.005)

    def wait_for(self, name: str, state: str, problem: str = "") -> DeviceState:
        def now() -> DeviceState:
            return next(each for each in self.devices.states() if each.name == name)

        self.wait(lambda: (now().state, now().problem) == (state, problem))
        return now()

    def words(self, name: str) -> list[str]:
        return [each.state for each in self.said if each.name == name]


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
        start = time.monotonic()
        room.devices.stop()
        assert time.monotonic() - start < 30
        assert not any(thread.name.startswith("device-") for thread in threading.enumerate())


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[SimulatedScanner]:
    device = SimulatedScanner(tmp_path / "scanner")
    device.plug()
    yield device
    device.close()


def published(source: str, outcome: Outcome) -> Published:
    return Published(Verdict(outcome, Reason.COMMAND_TAKEN), VIEW, source, datetime.now(UTC), 1, 1.0)


def serial(scanner: SimulatedScanner, **more: Any) -> DeviceSection:
    return DeviceSection(name="hand", kind="serial", path=scanner.path, **more)


def symbol(text: str, format_: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> np.ndarray:
    made = zxingcpp.create_barcode(text, format_)
    return np.pad(np.array(zxingcpp.write_barcode_to_image(made, scale=4)), 30, constant_values=255)


# --- scanners ------------------------------------------------------------------------------------------------------
def test_a_scan_comes_into_the_inbox_as_it_was_sent(opened: Callable[..., Room], scanner: SimulatedScanner) -> None:
    room = opened(serial(scanner))
    state = room.wait_for("hand", "ready")
    assert state.kind == "serial" and state.at is not None and state.at.tzinfo is UTC
    scanner.scan(b"]d20106901234567892\x1d21\xff")
    message = room.get()
    assert isinstance(message, Scan)
    assert (message.source, message.raw, message.aim) == ("hand", b"0106901234567892\x1d21\xff", "]d2")
    assert message.at.tzinfo is UTC and 0 <= time.monotonic() - message.mono < 5


def test_unplugging_is_told_and_survived(opened: Callable[..., Room], scanner: SimulatedScanner) -> None:
    room = opened(serial(scanner))
    for turn in range(2):
        room.wait_for("hand", "ready")
        scanner.scan(b"CODE-%d" % turn)
        assert room.raw() == b"CODE-%d" % turn
        scanner.unplug()
        room.wait(lambda: room.devices.states()[0].state == "gone")
        scanner.plug()
    room.wait_for("hand", "ready")
    scanner.scan(b"AFTER")
    assert room.raw() == b"AFTER"
    assert [word for word in room.words("hand") if word != "gone"] == ["opening", "ready", "ready", "ready"]
    assert {each.problem for each in room.said if each.state == "gone"} <= {"unplugged", "not_found"}


def test_what_is_not_there_is_told_once_and_found_later(
    opened: Callable[..., Room], scanner: SimulatedScanner, tmp_path: Path,
) -> None:
    scanner.unplug()
    room = opened(serial(scanner))
    assert "not there" in room.wait_for("hand", "gone", "not_found").detail
    scanner.plug()
    room.wait_for("hand", "ready")
    assert room.words("hand") == ["opening", "gone", "ready"]


@pytest.mark.parametrize(("outcome", "answer"), [
    (Outcome.ACCEPTED, b"\x06OK\r\n"), (Outcome.COMPLETE, b"\x06OK\r\n"), (Outcome.COMMAND, b"\x06OK\r\n"),
    (Outcome.DUPLICATE, b"\x15NG\\"), (Outcome.REJECTED, b"\x15NG\\"), (Outcome.STOP, b"\x15NG\\"),
    (Outcome.WARNING, b"\x15NG\\"),
])
def test_ok_and_ng_bytes_reach_the_scanner(
    opened: Callable[..., Room], scanner: SimulatedScanner, outcome: Outcome, answer: bytes,
) -> None:
    room = opened(serial(scanner, ok="\\x06OK\\r\\n", ng="\\x15NG\\\\"))
    room.wait_for("hand", "ready")
    room.devices.verdict(published("somebody else", outcome))
    room.devices.verdict(published("hand", outcome))
    assert scanner.received(len(answer)) == answer


def test_an_answer_does_not_wait_for_the_read(opened: Callable[..., Room], scanner: SimulatedScanner) -> None:
    reader = SimulatedReader()
    fixed = DeviceSection(name="fixed", kind="socket-client", port=reader.serve(), ok="!")
    room = opened(serial(scanner, ok="!"), fixed)
    room.wait_for("hand", "ready")
    room.wait_for("fixed", "ready")
    for source, device in (("hand", scanner), ("fixed", reader)):
        took = []
        for turn in range(20):
            start = time.monotonic()
            room.devices.verdict(published(source, Outcome.ACCEPTED))
            device.received(turn + 1)
            took.append(time.monotonic() - start)
        assert statistics.median(took) < 0.020
    reader.close()


def test_a_late_answer_is_not_sent_to_a_device_that_was_away(
    opened: Callable[..., Room], scanner: SimulatedScanner,
) -> None:
    room = opened(serial(scanner, ok="OLD", ng="NEW"))
    room.wait_for("hand", "ready")
    scanner.unplug()
    room.wait(lambda: room.devices.states()[0].state == "gone")
    room.devices.verdict(published("hand", Outcome.ACCEPTED))
    scanner.plug()
    room.wait_for("hand", "ready")
    room.devices.verdict(published("hand", Outcome.REJECTED))
    assert scanner.received(3) == b"NEW"


def test_a_full_inbox_is_seen_and_nothing_is_lost(opened: Callable[..., Room], scanner: SimulatedScanner) -> None:
    room = opened(serial(scanner, ok="+"), size=2)
    room.wait_for("hand", "ready")
    for number in range(6):
        scanner.scan(b"CODE-%d" % number)
    assert "2 messages" in room.wait_for("hand", "fault", "inbox_full").detail
    room.devices.verdict(published("hand", Outcome.ACCEPTED))      # answers go out all the same
    assert scanner.received(1) == b"+"
    assert [room.raw() for _ in range(6)] == [b"CODE-%d" % number for number in range(6)]
    room.wait_for("hand", "ready")


def test_readings_survive_an_unplugging_while_the_inbox_is_full(
    opened: Callable[..., Room], scanner: SimulatedScanner,
) -> None:
    room = opened(serial(scanner, ng="x" * 100_000), size=1)
    room.wait_for("hand", "ready")
    scanner.send(b"CODE-0\rCODE-1\rCODE-2\r")
    room.wait_for("hand", "fault", "inbox_full")
    scanner.unplug()
    room.devices.verdict(published("hand", Outcome.REJECTED))      # the write finds out that it is gone
    assert [room.raw() for _ in range(3)] == [b"CODE-0", b"CODE-1", b"CODE-2"]
    room.wait(lambda: room.devices.states()[0].state == "gone")


def test_what_was_never_taken_is_told_at_the_end(opened: Callable[..., Room], scanner: SimulatedScanner) -> None:
    room = opened(serial(scanner), size=1)
    room.wait_for("hand", "ready")
    scanner.send(b"A1\rB2\r")
    room.wait_for("hand", "fault", "inbox_full")
    room.devices.stop()
    assert room.said[-1].detail.endswith("did not take: 1")


# --- readers -------------------------------------------------------------------------------------------------------
def test_a_fixed_reader_that_the_station_calls(opened: Callable[..., Room]) -> None:
    reader = SimulatedReader()
    port = reader.serve()
    room = opened(DeviceSection(name="tunnel", kind="socket-client", port=port, trigger="LON\\r", separator=";",
                                suffix="\\r\\n", no_read="ERROR"))
    room.wait_for("tunnel", "ready")
    assert reader.received(4) == b"LON\r"
    reader.scan(b"A1;ERROR;B2")
    assert room.raw() == b"A1"
    frame = room.get()
    assert isinstance(frame, Frame) and frame.source == "tunnel" and frame.seen == () and len(frame.unread) == 1
    assert room.raw() == b"B2"
    reader.hang_up(listening=False)
    room.wait_for("tunnel", "gone", "no_connection")
    reader.serve(port)
    room.wait_for("tunnel", "ready")
    reader.scan(b"AFTER")
    assert room.raw() == b"AFTER"
    reader.close()


def test_readers_that_call_the_station(opened: Callable[..., Room]) -> None:
    room = opened(DeviceSection(name="gate", kind="socket-server", port=0, ok="\\x06"))
    port = int(room.wait_for("gate", "gone", "no_reader").detail.split(":")[1].split(",")[0])
    reader = SimulatedReader()
    for turn in range(2):
        reader.call(port)
        room.wait_for("gate", "ready")
        reader.scan(b"CODE-%d" % turn)
        assert room.raw() == b"CODE-%d" % turn
        room.devices.verdict(published("gate", Outcome.ACCEPTED))
        assert reader.received(turn + 1) == b"\x06" * (turn + 1)
        reader.hang_up()
        room.wait_for("gate", "gone", "no_reader")
    reader.close()


def test_a_port_in_use_is_a_fault_until_it_is_free(opened: Callable[..., Room]) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    room = opened(DeviceSection(name="gate", kind="socket-server", port=other.getsockname()[1]))
    room.wait_for("gate", "fault", "busy")
    other.close()
    room.wait_for("gate", "gone", "no_reader")


# --- cameras -------------------------------------------------------------------------------------------------------
def test_a_folder_of_symbols_is_read(opened: Callable[..., Room], tmp_path: Path) -> None:
    camera = SimulatedCamera(tmp_path / "in")
    camera.plug()
    camera.show(np.hstack([symbol("CODE-1"), symbol("CODE-2")]))
    room = opened(DeviceSection(name="cam", kind="camera", source=str(camera.folder), symbologies=("QRCode",)))
    frame = room.get()
    assert isinstance(frame, Frame) and frame.source == "cam"
    assert {seen.raw for seen in frame.seen} == {b"CODE-1", b"CODE-2"}
    assert all(seen.aim.startswith("]Q") and len(seen.corners) == 4 for seen in frame.seen)
    assert frame.width > frame.height > 0
    camera.show(symbol("CODE-3"))
    frame = room.get()
    assert isinstance(frame, Frame) and [seen.raw for seen in frame.seen] == [b"CODE-3"]
    camera.show(np.full((200, 200), 255, np.uint8))
    frame = room.get()
    assert isinstance(frame, Frame) and frame.seen == () and len(frame.unread) == 1      # nothing read is counted too


def test_a_camera_that_goes_and_comes_and_a_picture_that_is_none(opened: Callable[..., Room], tmp_path: Path) -> None:
    camera = SimulatedCamera(tmp_path / "in")
    room = opened(DeviceSection(name="cam", kind="camera", source=str(camera.folder)))
    room.wait_for("cam", "gone", "not_found")
    camera.plug()
    room.wait_for("cam", "ready")
    draft = camera.folder / "broken.png"
    draft.mkdir()
    assert "broken.png" in room.wait_for("cam", "fault", "bad_picture").detail
    camera.show(symbol("CODE-1"))
    assert isinstance(room.get(), Frame)
    room.wait_for("cam", "ready")


def test_the_live_picture_goes_to_who_watches(opened: Callable[..., Room], tmp_path: Path) -> None:
    camera = SimulatedCamera(tmp_path / "in")
    camera.plug()
    shown: queue.Queue[tuple[str, np.ndarray, Frame]] = queue.Queue()
    room = opened(DeviceSection(name="cam", kind="camera", source=str(camera.folder)),
                  show=lambda *picture: shown.put(picture))
    assert room.devices.cameras == ("cam",)
    camera.show(symbol("CODE-1"))
    room.get()
    assert shown.empty()
    room.devices.preview("cam")
    name, pixels, frame = shown.get(timeout=60)
    assert name == "cam" and pixels.shape[:2] == (frame.height, frame.width) and len(frame.seen) == 1
    room.devices.preview("")
    camera.show(symbol("CODE-2"))
    room.get()
    assert shown.empty()
    for _ in range(2):                           # who looks again sees the last picture, shown before or not
        room.devices.preview("cam")
        assert [seen.raw for seen in shown.get(timeout=60)[2].seen] == [b"CODE-2"]
        room.devices.preview("")


@pytest.mark.parametrize("single", [False, True])
def test_a_video_gives_each_case_once(opened: Callable[..., Room], tmp_path: Path, single: bool) -> None:
    one, two = symbol("CODE-1"), symbol("CODE-2")
    size = max(one.shape[0], two.shape[0]) + 40
    path = tmp_path / "line.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (size, size))
    for picture in [one] * 8 + [None] * 8 + [two] * 8 + [None] * 8:
        frame = np.full((size, size), 255, np.uint8)
        if picture is not None:
            frame[20:20 + picture.shape[0], 20:20 + picture.shape[1]] = picture
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    room = opened(DeviceSection(name="cam", kind="camera", source=str(path), symbologies=("QRCode",),
                                single=single))
    room.wait_for("cam", "gone", "ended")
    frames = [room.inbox.get_nowait() for _ in range(room.inbox.qsize())]
    assert [[seen.raw for seen in frame.seen] for frame in frames if isinstance(frame, Frame)] == [
        [b"CODE-1"], [b"CODE-2"]]


def test_a_cameras_answers_go_out_over_its_path(
    opened: Callable[..., Room], scanner: SimulatedScanner, tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    room = opened(DeviceSection(
        name="cam", kind="camera", source=str(folder), path=scanner.path, ok="\\xa0\\x01", ng="-"))
    room.wait_for("cam", "ready")
    room.wait_for("cam.out", "ready")
    scanner.scan(b"ECHO OF A RELAY")
    room.devices.verdict(published("cam", Outcome.ACCEPTED))
    for turn in range(1, 5):                     # the loop reads between two answers
        assert scanner.received(2 * turn) == b"\xa0\x01" * turn
        room.devices.verdict(published("cam", Outcome.ACCEPTED))
    assert room.inbox.empty()


def test_answers_with_nowhere_to_go_are_remarked(opened: Callable[..., Room], tmp_path: Path) -> None:
    room = opened(DeviceSection(name="cam", kind="camera", source=str(tmp_path), ok="OK"))
    room.wait_for("cam", "ready", "no_output")
    room.devices.verdict(published("cam", Outcome.ACCEPTED))


# --- keyboards and bugs --------------------------------------------------------------------------------
def test_a_keyboard_is_ready_and_has_a_decoder(opened: Callable[..., Room]) -> None:
    room = opened(DeviceSection(name="wedge", kind="keyboard", group_separator="|", suffix="\t"))
    assert [(each.name, each.kind, each.state) for each in room.said] == [("wedge", "keyboard", "ready")]
    assert room.devices.states()[0].state == "ready" and room.devices.keyboard == "wedge"
    decoder = room.devices.decoder()
    for number, letter in enumerate("]d20106|21"):
        decoder.press(Key("", letter), number * 0.007)
    assert decoder.press(Key("tab", "\t"), 0.08).readings[0].raw == b"0106\x1d21"
    assert opened().devices.keyboard == "keyboard"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_ends_the_device_visibly(opened: Callable[..., Room], tmp_path: Path) -> None:
    def broken(pixels: np.ndarray) -> Any:
        raise RuntimeError("no idea")

    camera = SimulatedCamera(tmp_path)
    camera.show(symbol("CODE-1"))
    room = opened(DeviceSection(name="cam", kind="camera", source=str(tmp_path)), read=lambda section: broken)
    assert "RuntimeError: no idea" in room.wait_for("cam", "fault", "bug").detail
