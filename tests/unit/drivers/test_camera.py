"""Pictures from folders, videos and streams: each once, whole, in order; what cannot be read is told and skipped."""
from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.base import DeviceGone, DeviceRefused, Picture
from drivers.camera import FolderCamera, VideoCamera, camera
from drivers.simulated import SimulatedCamera


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shade(value: int) -> np.ndarray:
    return np.full((8, 10), value, np.uint8)


def take(read: Callable[[float], list[Picture]], count: int) -> list[Picture]:
    until, got = time.monotonic() + 5, []
    while len(got) < count:
        assert time.monotonic() < until, f"expected {count} pictures, got {len(got)}"
        got += read(0.05)
    return got


@pytest.fixture
def shown(tmp_path: Path) -> SimulatedCamera:
    device = SimulatedCamera(tmp_path / "pictures")
    device.plug()
    return device


def test_a_folder_once_in_natural_order_then_what_comes(shown: SimulatedCamera) -> None:
    for number in (10, 9, 1):
        shown.show(shade(number), f"case {number}.png")
    driver = camera(str(shown.folder))
    driver.open()
    pictures = take(driver.read, 3)
    assert [picture.name for picture in pictures] == ["case 1.png", "case 9.png", "case 10.png"]
    assert [int(picture.pixels[0, 0]) for picture in pictures] == [1, 9, 10]
    assert not any(picture.last for picture in pictures)
    shown.show(shade(2), "case 2.png")
    assert [picture.name for picture in take(driver.read, 1)] == ["case 2.png"]
    driver.close()
    driver.open()                              # a folder that was away for a while does not begin anew
    assert driver.read(0.2) == []
    assert driver.trouble() is None


def test_a_file_written_over_is_a_new_picture(shown: SimulatedCamera) -> None:
    driver = camera(str(shown.folder))
    driver.open()
    for value in (1, 2, 3):
        shown.show(shade(value), "latest.png")
        assert int(take(driver.read, 1)[0].pixels[0, 0]) == value
    with (shown.folder / "latest.png").open("r+b") as file:      # same inode: the folder's stamp does not change
        data = cv2.imencode(".png", shade(4))[1].tobytes()
        file.write(data)
        file.truncate(len(data))
        os.utime(file.fileno(), ns=(1, 1))
    assert int(take(driver.read, 1)[0].pixels[0, 0]) == 4


def test_a_folder_that_is_not_watched_ends(shown: SimulatedCamera) -> None:
    shown.show(shade(1))
    shown.show(shade(2))
    driver = camera(str(shown.folder), watch=False)
    driver.open()
    assert [picture.last for picture in take(driver.read, 2)] == [False, True]
    assert driver.read(0.01) == []
    trouble = driver.trouble()
    assert isinstance(trouble, DeviceGone) and trouble.problem == "ended"


def test_an_unfinished_file_waits_until_it_is_whole(shown: SimulatedCamera) -> None:
    clock = Clock()
    driver = FolderCamera(shown.folder, clock=clock)
    driver.open()
    data = cv2.imencode(".jpg", cv2.resize(shade(90), (400, 300)))[1].tobytes()
    path = shown.folder / "slow.jpg"
    for size in (0, 10, len(data) // 2, len(data) - 2):
        path.write_bytes(data[:size])
        clock.now += 1.0
        assert driver.read(0.0) == []
        clock.now += 1.0
        assert driver.read(0.0) == [] and driver.trouble() is None
    path.write_bytes(data)
    clock.now += 1.0
    assert [picture.name for picture in driver.read(0.0)] == ["slow.jpg"]


def test_what_is_no_picture_is_told_once_and_skipped_and_left_alone(shown: SimulatedCamera) -> None:
    clock = Clock()
    driver = FolderCamera(shown.folder, clock=clock)
    (shown.folder / "bad.png").write_bytes(b"<html>no picture</html>")
    (shown.folder / "dir.png").mkdir()
    os.mkfifo(shown.folder / "pipe.png")
    for ignored in (".hidden.png", "half.png.part", "notes.txt"):
        (shown.folder / ignored).write_bytes(b"x")
    driver.open()
    told = []
    for _ in range(12):
        clock.now += 1.0
        assert driver.read(0.0) == []
        trouble = driver.trouble()
        if trouble is not None and str(trouble) not in told:
            assert isinstance(trouble, DeviceRefused) and trouble.problem == "bad_picture"
            told.append(str(trouble))
    assert any("bad.png" in text for text in told)
    assert all(name not in "".join(told) for name in (".hidden", "half", "notes"))
    assert (shown.folder / "bad.png").read_bytes() == b"<html>no picture</html>"
    shown.show(shade(7), "good.png")
    clock.now += 1.0
    assert [picture.name for picture in driver.read(0.0)] == ["good.png"]
    assert driver.trouble() is None


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(shown: SimulatedCamera) -> None:
    clock = Clock()
    good = bytearray(cv2.imencode(".bmp", shade(1))[1].tobytes())
    good[18:26] = (60_000).to_bytes(4, "little") * 2
    (shown.folder / "bomb.bmp").write_bytes(good)
    driver = FolderCamera(shown.folder, clock=clock)
    driver.open()
    assert driver.read(0.0) == []
    assert "60000 x 60000" in str(driver.trouble())


def test_a_folder_that_goes_and_comes(shown: SimulatedCamera) -> None:
    clock = Clock()
    driver = FolderCamera(shown.folder, clock=clock)
    driver.open()
    shown.folder.rmdir()
    clock.now += 1
    with pytest.raises(DeviceGone, match="is not there"):
        driver.read(0.0)
    with pytest.raises(DeviceGone):
        driver.open()
    shown.plug()
    driver.open()
    file = shown.folder / "file"
    file.touch()
    with pytest.raises(DeviceRefused, match="expected a folder"):
        FolderCamera(file).open()
    me = os.geteuid()
    shown.folder.chmod(0)
    if me == 0:
        os.seteuid(65534)                      # root may read everything
    try:
        with pytest.raises(DeviceRefused, match="no right") as refused:
            driver.open()
    finally:
        os.seteuid(me)
        shown.folder.chmod(0o700)
    assert refused.value.problem == "no_permission"


def test_a_ceiling_on_pictures_a_second(shown: SimulatedCamera) -> None:
    clock = Clock()
    for number in range(3):
        shown.show(shade(number))
    driver = FolderCamera(shown.folder, frame_rate=2.0, clock=clock)
    driver.open()
    assert len(driver.read(0.0)) == 1
    assert driver.read(0.0) == []
    clock.now += 0.5
    assert len(driver.read(0.0)) == 1


def test_a_folders_wait_is_woken(shown: SimulatedCamera) -> None:
    driver = FolderCamera(shown.folder, frame_rate=0.01)
    driver.open()
    shown.show(shade(1))
    take(driver.read, 1)
    timer = threading.Timer(0.05, driver.wake)
    timer.start()
    start = time.monotonic()
    assert driver.read(30.0) == []
    assert time.monotonic() - start < 10
    timer.join()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "line.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for value in range(0, 200, 20):
        writer.write(np.full((48, 64, 3), value, np.uint8))
    writer.release()
    return path


def test_every_frame_of_a_video_and_then_the_end(video: Path) -> None:
    driver = camera(str(video))
    driver.open()
    pictures = take(driver.read, 10)
    assert [round(float(picture.pixels.mean()) / 20) for picture in pictures] == list(range(10))
    assert [picture.last for picture in pictures] == [False] * 9 + [True]
    assert driver.read(0.0) == []
    trouble = driver.trouble()
    assert isinstance(trouble, DeviceGone) and trouble.problem == "ended"
    driver.close()
    with pytest.raises(DeviceGone):
        driver.read(0.0)


def test_a_video_at_a_pace(video: Path) -> None:
    clock = Clock()
    driver = VideoCamera(str(video), frame_rate=5.0, clock=clock)
    driver.open()
    assert len(driver.read(0.0)) == 1 and driver.read(0.0) == []
    clock.now += 0.2
    assert len(driver.read(0.0)) == 1
    driver.close()


def serve_frames(listener: socket.socket) -> None:
    """A network camera: MJPEG over HTTP, 30 frames, then it hangs up."""
    line, _ = listener.accept()
    with line:
        line.recv(4096)
        line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=B\r\n\r\n")
        for number in range(30):
            data = cv2.imencode(".jpg", np.full((48, 64, 3), number * 8, np.uint8))[1].tobytes()
            line.sendall(b"--B\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n")


def test_a_stream_gives_frames_and_is_gone_when_it_hangs_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve_frames, args=(listener,))
    thread.start()
    driver = camera(f"http://127.0.0.1:{listener.getsockname()[1]}/video.mjpg")
    driver.open()
    assert driver.read(0.1)[0].pixels.shape == (48, 64, 3)
    with pytest.raises(DeviceGone, match="no more pictures") as gone:
        while True:
            driver.read(0.1)
    assert gone.value.problem == "no_connection"
    thread.join()
    listener.close()
    driver.close()
    with pytest.raises(DeviceGone, match="does not answer"):
        driver.open()


@pytest.mark.parametrize(("source", "kind", "problem"), [
    ("987", DeviceGone, "not_found"),
    ("/dev/video987", DeviceGone, "not_found"),
    ("/dev/null", DeviceRefused, "busy"),
    ("nothing.mp4", DeviceGone, "not_found"),
    ("a\0b.mp4", DeviceGone, "not_found"),
    (__file__, DeviceRefused, "wrong_setting"),
    ("no-such-folder", DeviceGone, "not_found"),
])
@pytest.mark.skipif(os.name == "nt", reason="paths of Linux")
def test_sources_that_lead_nowhere(source: str, kind: type[Exception], problem: str) -> None:
    driver = camera(source)
    with pytest.raises(kind) as why:
        driver.open()
    assert why.value.problem == problem
    driver.close()


def test_cameras_take_no_bytes(shown: SimulatedCamera) -> None:
    for driver in (FolderCamera(shown.folder), VideoCamera("0")):
        with pytest.raises(DeviceRefused, match="takes no bytes"):
            driver.write(b"OK")
