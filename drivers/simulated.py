"""Devices that are not there, on real transports: what a scanner, a fixed reader or a camera would send, byte for byte.

For the demo, the training line and the tests. Each has a hand that plugs, unplugs and scans, and an ear for the OK/NG
bytes that came back. No threads; nothing here knows the station.
"""
from __future__ import annotations

import os
import select
import socket
import time
from pathlib import Path

import cv2
import numpy as np

_CHUNK = 65_536


class SimulatedScanner:
    """A serial scanner on a pty (POSIX). `link` is a path that stays the same when it is plugged in again."""

    def __init__(self, link: Path, suffix: bytes = b"\r\n") -> None:
        self.link, self._suffix = link, suffix
        self._ours = self._theirs = -1
        self._heard = bytearray()

    @property
    def path(self) -> str:
        """What the station's settings call `path`."""
        return str(self.link)

    def plug(self) -> None:
        # Not on Windows, where a serial scanner is a COM port and cannot be played.
        import pty
        import tty

        if self._ours >= 0:
            return
        # Their end stays open here too, so that the station may close and open the line and the pty lives on.
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)                 # a scanner has no echo and no line editing
        target = os.ttyname(self._theirs)
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(self.link)

    def unplug(self) -> None:
        if self._ours < 0:
            return
        self.link.unlink(missing_ok=True)
        os.close(self._theirs)
        os.close(self._ours)
        self._ours = -1

    def scan(self, code: bytes) -> None:
        """Sends one code and the suffix."""
        self.send(code + self._suffix)

    def send(self, data: bytes) -> None:
        """Sends exactly these bytes; waits while the line is full."""
        while data:
            data = data[os.write(self._ours, data):]

    def received(self, least: int = 0, timeout_s: float = 2.0) -> bytes:
        """All that the station sent so far; waits for `least` bytes. Raises TimeoutError where they do not come."""
        until = time.monotonic() + timeout_s
        while self._ours >= 0:
            left = until - time.monotonic() if len(self._heard) < least else 0.0
            if not select.select([self._ours], [], [], max(0.0, left))[0]:
                break
            self._heard += os.read(self._ours, _CHUNK)
        if len(self._heard) < least:
            raise TimeoutError(f"expected {least} bytes from the station, got {bytes(self._heard)!r}")
        return bytes(self._heard)

    def close(self) -> None:
        self.unplug()


class SimulatedReader:
    """A fixed reader. As a server (`serve`) the station calls it; as a client (`call`) it calls the station."""

    def __init__(self, suffix: bytes = b"\r\n") -> None:
        self._suffix = suffix
        self._listener: socket.socket | None = None
        self._line: socket.socket | None = None
        self._heard = bytearray()

    def serve(self, port: int = 0) -> int:
        """Listens on 127.0.0.1 from now on; the port taken."""
        self._listener = socket.create_server(("127.0.0.1", port))
        return int(self._listener.getsockname()[1])

    def call(self, port: int, host: str = "127.0.0.1", timeout_s: float = 2.0) -> None:
        self._line = socket.create_connection((host, port), timeout_s)

    def scan(self, code: bytes) -> None:
        self.send(code + self._suffix)

    def send(self, data: bytes) -> None:
        self._connected().sendall(data)

    def received(self, least: int = 0, timeout_s: float = 2.0) -> bytes:
        """All that the station sent so far; waits for `least` bytes. Raises TimeoutError where they do not come."""
        until = time.monotonic() + timeout_s
        line = self._connected(timeout_s)
        while True:
            left = until - time.monotonic() if len(self._heard) < least else 0.0
            if not select.select([line], [], [], max(0.0, left))[0]:
                break
            data = line.recv(_CHUNK)
            if not data:
                break
            self._heard += data
        if len(self._heard) < least:
            raise TimeoutError(f"expected {least} bytes from the station, got {bytes(self._heard)!r}")
        return bytes(self._heard)

    def hang_up(self, listening: bool = True) -> None:
        """Ends the connection; where not `listening`, the whole reader is off and refuses calls."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._listener is not None and not listening:
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        self.hang_up(listening=False)

    def _connected(self, timeout_s: float = 10.0) -> socket.socket:
        """The line to the station; the newest call is answered where several wait."""
        wait_s = timeout_s if self._line is None else 0.0
        while self._listener is not None and select.select([self._listener], [], [], wait_s)[0]:
            fresh, _ = self._listener.accept()
            self.hang_up()
            self._line, wait_s = fresh, 0.0
        if self._line is None:
            raise TimeoutError("nobody is connected to the simulated reader")
        return self._line


class SimulatedCamera:
    """A camera that writes its pictures into a folder, each under a temporary name first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shown = 0

    def plug(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def show(self, pixels: np.ndarray, name: str = "") -> Path:
        """One picture, grey (H, W) or BGR (H, W, 3) uint8; the file it is in. Names count up by themselves."""
        self._shown += 1
        path = self.folder / (name or f"picture {self._shown}.png")
        good, data = cv2.imencode(path.suffix, pixels)
        if not good:
            raise ValueError(f"{path.name}: expected a name that ends in .png, .jpg or .bmp")
        draft = path.with_name(f".{path.name}.part")
        draft.write_bytes(data.tobytes())
        draft.replace(path)
        return path
