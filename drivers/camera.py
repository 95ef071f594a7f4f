"""Pictures from a USB camera, a video file, a network stream or a folder of pictures.

`camera(source)` picks which. Live cameras give the newest frame; a video gives every frame; a folder gives each picture
once, whole, in natural order of names, and touches nothing in it. What is on the pictures is not known here.
"""
from __future__ import annotations

import os
import re
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2

from drivers import pictures
from drivers.base import DeviceGone, DeviceProblem, DeviceRefused, Picture

STREAM_TIMEOUT_MS = 3_000
MAX_BEHIND = 200                  # frames of a stream thrown away at once to be up to date again
LOOK_EVERY_S = 0.1                # at a watched folder's own time stamp
LIST_EVERY_S = 1.0                # ... and at every name in it: a file written over does not change that stamp
STILL_S = 0.5                     # a file that looks unfinished is tried again once it did not grow for so long
GIVE_UP_S = 5.0                   # ... and told as broken after so long
_STREAM = re.compile(r"(?i)(rtsp|rtsps|http|https|tcp|udp|rtmp)://")
_DIGITS = re.compile(r"(\d+)")


def camera(source: str, *, frame_rate: float = 0.0, width: int = 0, height: int = 0, watch: bool = True,
           clock: Callable[[], float] = time.monotonic) -> VideoCamera | FolderCamera:
    """`source` is an index ("0"), a device path, a video file, a stream address or a folder.

    `frame_rate` in pictures a second: asked of a USB camera, a ceiling for videos and folders; 0 leaves it open.
    """
    if source.isdecimal() or _STREAM.match(source) or _is_device(source):
        return VideoCamera(source, frame_rate, width, height, clock)
    path = Path(source)
    if path.is_dir() or path.suffix == "" or source.endswith(("/", "\\")):     # a folder may come later
        return FolderCamera(path, frame_rate, watch, clock)
    return VideoCamera(source, frame_rate, width, height, clock)


def _is_device(source: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(source).st_mode)
    except (OSError, ValueError):
        return source.startswith("/dev/")


class _Pace:
    """Waits that `wake` ends, and a ceiling on pictures a second."""

    def __init__(self, frame_rate: float, clock: Callable[[], float]) -> None:
        self._every_s = 1 / frame_rate if frame_rate else 0.0
        self._clock = clock
        self._next_s = 0.0
        self.awake = threading.Event()

    def wait(self, timeout_s: float) -> None:
        self.awake.wait(timeout_s)
        self.awake.clear()

    def turn(self, timeout_s: float) -> bool:
        """Waits for the next picture's turn, at most `timeout_s`; False where it has not come."""
        left_s = self._next_s - self._clock()
        if left_s > 0:
            self.wait(min(left_s, timeout_s))
        return self._clock() >= self._next_s

    def taken(self) -> None:
        """A picture was given: the next has its turn one interval later."""
        now = self._clock()
        on_time = now - self._next_s < self._every_s      # then a little delay is made good, so the rate is kept
        self._next_s = (self._next_s if on_time else now) + self._every_s


class VideoCamera:
    """Whatever OpenCV opens: an index or device by V4L2 or DirectShow, a file or a stream by FFmpeg."""

    def __init__(self, source: str, frame_rate: float = 0.0, width: int = 0, height: int = 0,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._source, self._rate, self._width, self._height, self._clock = source, frame_rate, width, height, clock
        self._stream = bool(_STREAM.match(source))
        self._usb = source.isdecimal() or (not self._stream and _is_device(source))
        self._pace = _Pace(frame_rate if not (self._usb or self._stream) else 0.0, clock)
        self._capture: cv2.VideoCapture | None = None
        self._stream_rate = 25.0
        self._read_s = 0.0                     # when the last frame of a stream was taken
        self._ahead: Picture | None = None     # of a file: the frame after, to know which one is the last
        self._ended = False

    def open(self) -> None:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)     # the exception says it better
        try:
            self._capture = self._open_usb() if self._usb else self._open_file()
        finally:
            cv2.utils.logging.setLogLevel(level)
        self._ahead, self._ended, self._read_s = None, False, self._clock()

    def _open_usb(self) -> cv2.VideoCapture:
        windows = sys.platform == "win32"
        path = f"/dev/video{self._source}" if self._source.isdecimal() else self._source
        if sys.platform == "linux":
            if not os.path.exists(path):
                raise DeviceGone(f"camera {self._source}: expected {path}, which is not there", "not_found")
            if not os.access(path, os.R_OK | os.W_OK):
                raise DeviceRefused(f"no right to open camera {path}: add this account to the group that owns it "
                                    "(usually video) and sign in again", "no_permission")
        backend = cv2.CAP_DSHOW if windows else cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
        capture = cv2.VideoCapture(int(self._source) if self._source.isdecimal() else os.path.realpath(path), backend)
        if not capture.isOpened():
            capture.release()
            if sys.platform == "linux":
                raise DeviceRefused(f"camera {path} gives no pictures: another program uses it, or it is no camera; "
                                    "end that program or set another source", "busy")
            raise DeviceGone(f"camera {self._source} is not there or another program uses it", "not_found")
        # MJPG first: without it most USB cameras fall to a few frames a second above 640 x 480.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        for wanted, value in ((cv2.CAP_PROP_FRAME_WIDTH, self._width), (cv2.CAP_PROP_FRAME_HEIGHT, self._height),
                              (cv2.CAP_PROP_FPS, self._rate), (cv2.CAP_PROP_BUFFERSIZE, 1)):
            if value:
                capture.set(wanted, value)
        return capture

    def _open_file(self) -> cv2.VideoCapture:
        if not self._stream:
            try:
                with open(self._source, "rb"):
                    pass
            except PermissionError as error:
                raise DeviceRefused(f"no right to read video {self._source} ({error.strerror})",
                                    "no_permission") from error
            except (OSError, ValueError) as error:
                raise DeviceGone(f"video {self._source} is not there ({error})", "not_found") from error
        capture = cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, STREAM_TIMEOUT_MS])
        if capture.isOpened():
            self._stream_rate = min(240.0, capture.get(cv2.CAP_PROP_FPS) or 25.0)
            return capture
        capture.release()
        if self._stream:
            raise DeviceGone(f"stream {self._source} does not answer within {STREAM_TIMEOUT_MS / 1000:g} s",
                             "no_connection")
        raise DeviceRefused(f"{self._source}: expected a video that FFmpeg can read, a folder, an index or a stream")

    def read(self, timeout_s: float) -> list[Picture]:
        capture = self._capture
        if capture is None:
            raise DeviceGone(f"camera {self._source} is not open")
        if self._ended:
            self._pace.wait(timeout_s)
            return []
        if self._usb or self._stream:
            return [self._newest(capture)]
        if not self._pace.turn(timeout_s):
            return []
        return self._next(capture)

    def _newest(self, capture: cv2.VideoCapture) -> Picture:
        if self._stream:
            # FFmpeg queues what nobody fetched: skip what came while the last picture was looked at.
            behind = int((self._clock() - self._read_s) * self._stream_rate)
            for _ in range(min(behind - 1, MAX_BEHIND)):
                capture.grab()
        good, pixels = capture.read()
        self._read_s = self._clock()
        if not good:
            raise DeviceGone(f"camera {self._source} gave no more pictures",
                             "no_connection" if self._stream else "unplugged")
        return Picture(pixels)

    def _next(self, capture: cv2.VideoCapture) -> list[Picture]:
        now = self._ahead or self._frame(capture)
        self._ahead = self._frame(capture) if now else None
        self._ended = self._ahead is None
        self._pace.taken()
        return [Picture(now.pixels, last=self._ended)] if now else []

    @staticmethod
    def _frame(capture: cv2.VideoCapture) -> Picture | None:
        good, pixels = capture.read()
        return Picture(pixels) if good else None

    def write(self, data: bytes) -> None:
        raise DeviceRefused(f"camera {self._source} takes no bytes: send OK/NG to a serial or socket device")

    def close(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def wake(self) -> None:
        self._pace.awake.set()

    def trouble(self) -> DeviceProblem | None:
        return DeviceGone(f"video {self._source} has ended", "ended") if self._ended else None


@dataclass(slots=True)
class _File:
    """What is known of one name in the folder. `stamp`: time of change, size, inode; another stamp, another file."""

    stamp: tuple[int, int, int]
    changed_s: float                  # on the driver's clock, when the stamp was new
    tried_s: float = -1.0
    done: bool = False

    def note(self, stamp: tuple[int, int, int], now_s: float) -> bool:
        """Whether it is another file than before."""
        changed = stamp != self.stamp
        if changed:
            self.stamp, self.changed_s = stamp, now_s
        return changed


class FolderCamera:
    """Every picture of a folder once, then new ones as they come (`watch`). Survives open and close without repeating.

    A file counts when it is whole: names that begin with "." or end with ".part" or ".tmp" are not looked at, and what
    looks cut short is tried again until it stopped growing. What cannot be read is told once, by name, and skipped.
    """

    def __init__(self, folder: Path, frame_rate: float = 0.0, watch: bool = True,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._watch, self._clock = folder, watch, clock
        self._pace = _Pace(frame_rate, clock)
        self._files: dict[str, _File] = {}
        self._looked_s = self._listed_s = -LIST_EVERY_S
        self._stamp = 0
        self._trouble: DeviceProblem | None = None

    def open(self) -> None:
        self._looked_s = self._listed_s = self._clock() - LIST_EVERY_S
        self._trouble = None
        self._list()

    def read(self, timeout_s: float) -> list[Picture]:
        if not self._pace.turn(timeout_s):
            return []
        self._look()
        for name in self._open_names():
            picture = self._try(name)
            if picture is not None:
                self._pace.taken()
                return [picture]
        if not self._watch and not self._open_names():
            self._trouble = self._trouble or DeviceGone(f"all pictures of folder {self._folder} were shown", "ended")
        self._pace.wait(min(timeout_s, LOOK_EVERY_S))
        return []

    def _open_names(self) -> list[str]:
        return [name for name, file in self._files.items() if not file.done]

    def _look(self) -> None:
        now = self._clock()
        if now - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now
        try:
            stamp = os.stat(self._folder).st_mtime_ns
        except OSError as error:
            raise self._why_not(error) from error
        if stamp != self._stamp or now - self._listed_s >= LIST_EVERY_S:
            self._list()

    def _list(self) -> None:
        """Brings `_files` up to date, in natural order of names."""
        now, found = self._clock(), {}
        try:
            self._stamp = os.stat(self._folder).st_mtime_ns
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if _counts(entry.name):
                        found[entry.name] = _File(_stamp(entry.path), now)
        except OSError as error:
            raise self._why_not(error) from error
        self._listed_s = now
        known = self._files
        self._files = {
            name: known[name] if name in known and known[name].stamp == found[name].stamp else found[name]
            for name in sorted(found, key=_natural)
        }

    def _try(self, name: str) -> Picture | None:
        file, path, now = self._files[name], self._folder / name, self._clock()
        # The first look is at once: most writers rename, and then the file is whole. Later ones wait for stillness.
        if file.tried_s >= 0 and (now - file.changed_s < STILL_S or now - file.tried_s < STILL_S):
            return None
        file.tried_s = now
        file.note(_stamp(path), now)
        try:
            pixels = pictures.load(path)
        except pictures.NotAPicture as error:
            growing = self._watch and error.reason in ("empty", "cut_short", "unknown_format", "damaged")
            if growing and now - file.changed_s < GIVE_UP_S:
                return None
            file.done = True
            if os.path.lexists(path):             # else: taken away meanwhile, which is nobody's fault
                self._trouble = DeviceRefused(f"picture {path}: {error}", "bad_picture")
            return None
        if file.note(_stamp(path), now):
            return None                           # written over while it was read: which half is which, nobody knows
        file.done = True
        self._trouble = None
        return Picture(pixels, name, last=not self._watch and not self._open_names())

    def write(self, data: bytes) -> None:
        raise DeviceRefused(f"folder {self._folder} takes no bytes: send OK/NG to a serial or socket device")

    def close(self) -> None:
        pass

    def wake(self) -> None:
        self._pace.awake.set()

    def trouble(self) -> DeviceProblem | None:
        return self._trouble

    def _why_not(self, error: OSError) -> DeviceProblem:
        if isinstance(error, PermissionError):
            return DeviceRefused(f"no right to read folder {self._folder}: give this account the right to it",
                                 "no_permission")
        if isinstance(error, NotADirectoryError):
            return DeviceRefused(f"{self._folder}: expected a folder of pictures, this is a file")
        return DeviceGone(f"folder {self._folder} is not there ({error.strerror})", "not_found")


def _counts(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(pictures.SUFFIXES)


def _stamp(path: str | Path) -> tuple[int, int, int]:
    try:
        about = os.stat(path)
    except OSError:
        return (0, 0, 0)          # gone again, or no right: `load` says which
    return about.st_mtime_ns, about.st_size, about.st_ino


def _natural(name: str) -> tuple[Iterable[str | int], str]:
    """"case 9" before "case 10"."""
    return [int(part) if part.isdecimal() else part.casefold() for part in _DIGITS.split(name)], name
