"""Fixed readers over TCP: the station calls the reader (SocketReader) or the readers call the station (SocketListener).

A trigger string is sent once after each connect. Half-open connections are found by TCP keepalive. What is written
goes to every reader connected; a reader that must hear its own verdicts only has a listener of its own.
"""
from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import DeviceGone, DeviceProblem, DeviceRefused, Reading
from drivers.framing import Framing, Splitter

CONNECT_TIMEOUT_S = 2.0
SEND_TIMEOUT_S = 0.2
MAX_READERS = 32          # of one listener; the one that was silent longest makes room
_CHUNK = 65_536


@dataclass(slots=True)
class _Line:
    """One connection and what has come of a code on it."""

    socket: socket.socket
    peer: str
    splitter: Splitter
    heard_s: float


class _Lines:
    """What both sides share: waiting on several sockets at once, being woken, splitting, sending."""

    def __init__(self, framing: Framing, trigger: bytes, clock: Callable[[], float]) -> None:
        self._framing, self._trigger, self._clock = framing, trigger, clock
        self._lines: list[_Line] = []
        self._selector: selectors.BaseSelector | None = None
        self._waker: socket.socket | None = None
        self._woken: socket.socket | None = None

    def _start(self) -> selectors.BaseSelector:
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        return self._selector

    def _join(self, connection: socket.socket, peer: str) -> None:
        """Takes a new connection in; raises OSError where it is dead already."""
        assert self._selector is not None
        connection.settimeout(SEND_TIMEOUT_S)
        _keep_alive(connection)
        if self._trigger:
            connection.sendall(self._trigger)
        line = _Line(connection, peer, Splitter(self._framing), self._clock())
        self._selector.register(connection, selectors.EVENT_READ, line)
        self._lines.append(line)

    def _drop(self, line: _Line) -> None:
        if self._selector is not None:
            self._selector.unregister(line.socket)
        line.socket.close()
        self._lines.remove(line)

    def _wait(self, timeout_s: float) -> tuple[list[Reading], list[tuple[_Line, str]], bool]:
        """Readings, the lines that ended and why, and whether something else (the listener) wants a look."""
        assert self._selector is not None
        due = min((line.splitter.due_s for line in self._lines if line.splitter.due_s is not None), default=None)
        wait_s = timeout_s if due is None else min(timeout_s, max(0.0, due - self._clock()))
        readings: list[Reading] = []
        ended: list[tuple[_Line, str]] = []
        others, heard = False, []
        for key, _ in self._selector.select(wait_s):
            line = key.data
            if isinstance(line, _Line):
                heard.append(line)
                why = self._hear(line, readings)
                if why:
                    ended.append((line, why))
            elif key.fileobj is self._woken:
                self._woken.recv(_CHUNK)
            else:
                others = True
        now = self._clock()
        for line in self._lines:
            if line not in heard:
                readings += line.splitter.idle(now)
        for line, _ in ended:
            self._drop(line)
        return readings, ended, others

    def _hear(self, line: _Line, readings: list[Reading]) -> str:
        """Adds what a line says to `readings`; why it ended, or ""."""
        try:
            data = line.socket.recv(_CHUNK)
        except TimeoutError:
            return ""
        except OSError as error:
            readings += line.splitter.end(orderly=False)
            return str(error)
        if not data:
            readings += line.splitter.end(orderly=True)
            return "it closed the connection"
        line.heard_s = self._clock()
        readings += line.splitter.feed(data, line.heard_s)
        return ""

    def write(self, data: bytes) -> None:
        """To every reader connected. Raises DeviceGone where one is lost on the way (the others have it then)."""
        lost = []
        for line in list(self._lines):
            try:
                line.socket.sendall(data)
            except OSError as error:       # a time-out too: part of the bytes may be out, so the line is of no use
                lost.append(f"{line.peer} took no bytes ({error})")
                self._drop(line)
        if lost:
            raise DeviceGone("; ".join(lost), "no_connection")

    def close(self) -> None:
        for line in list(self._lines):
            self._drop(line)
        if self._selector is not None:
            self._selector.close()
        for end in (self._waker, self._woken):
            if end is not None:
                end.close()
        self._selector = self._waker = self._woken = None

    def wake(self) -> None:
        waker = self._waker
        if waker is not None:
            try:
                waker.send(b"!")
            except OSError:
                pass                       # closed meanwhile by its own thread, or full: awake already


class SocketReader(_Lines):
    """A client: the reader at host:port is called. DeviceGone where it does not answer or hangs up."""

    def __init__(self, host: str, port: int, framing: Framing, trigger: bytes = b"",
                 clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(framing, trigger, clock)
        self._host, self._port = host, port
        self._ended = ""

    @property
    def address(self) -> str:
        return f"{self._host}:{self._port}"

    def open(self) -> None:
        self._start()
        self._ended = ""
        try:
            connection = socket.create_connection((self._host, self._port), CONNECT_TIMEOUT_S)
        except (OSError, OverflowError, UnicodeError) as error:     # the last two: a port or a host that cannot be
            self.close()
            raise DeviceGone(f"reader {self.address} does not answer: expected it to listen there ({error})",
                             "no_connection") from error
        try:
            self._join(connection, self.address)
        except OSError as error:
            connection.close()
            self.close()
            raise DeviceGone(f"reader {self.address} hung up at once ({error})", "no_connection") from error

    def read(self, timeout_s: float) -> list[Reading]:
        if not self._lines:
            raise DeviceGone(f"reader {self.address} is not connected: {self._ended or 'not open'}", "no_connection")
        readings, ended, _ = self._wait(timeout_s)
        if ended:
            self._ended = ended[0][1]
            if not readings:
                raise DeviceGone(f"reader {self.address}: {self._ended}", "no_connection")
        return readings

    def trouble(self) -> DeviceProblem | None:
        return None


class SocketListener(_Lines):
    """A server: readers call host:port, one or more, and come and go as they like. Port 0 takes a free one."""

    def __init__(self, host: str, port: int, framing: Framing, trigger: bytes = b"",
                 clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(framing, trigger, clock)
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._left = ""                    # why the last reader is no longer there

    @property
    def address(self) -> str:
        """host:port; the port really taken while open."""
        return f"{self._host}:{self._listener.getsockname()[1] if self._listener else self._port}"

    def open(self) -> None:
        self._left = ""
        try:
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            self._listener = socket.create_server((self._host, self._port), family=family, backlog=MAX_READERS)
        except (OSError, OverflowError, UnicodeError) as error:
            raise self._why_not(error) from error
        self._listener.setblocking(False)
        self._start().register(self._listener, selectors.EVENT_READ)

    def read(self, timeout_s: float) -> list[Reading]:
        if self._listener is None:
            raise DeviceGone(f"the listener on {self.address} is not open", "no_connection")
        readings, ended, called = self._wait(timeout_s)
        for line, why in ended:
            self._left = f"; {line.peer} left: {why}"
        if called:
            self._answer(self._listener)
        return readings

    def _answer(self, listener: socket.socket) -> None:
        try:
            connection, (host, port, *_) = listener.accept()
        except OSError:
            return                         # it hung up before we answered
        try:
            self._join(connection, f"{host}:{port}")
        except OSError as error:
            connection.close()
            self._left = f"; {host}:{port} left: {error}"
        if len(self._lines) > MAX_READERS:
            self._drop(min(self._lines, key=lambda line: line.heard_s))

    def close(self) -> None:
        super().close()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def write(self, data: bytes) -> None:
        try:
            super().write(data)
        except DeviceGone as lost:         # one reader less is no reason to hang up on the others
            self._left = f"; {lost}"

    def trouble(self) -> DeviceProblem | None:
        if self._lines:
            return None
        return DeviceGone(f"listening on {self.address}, no reader is connected{self._left}", "no_reader")

    def _why_not(self, error: Exception) -> DeviceProblem:
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            return DeviceRefused(f"port {self.address} is used by another program: end it or set another port", "busy")
        if number in (errno.EACCES, errno.EPERM):
            return DeviceRefused(f"no right to listen on {self.address}: set a port above 1023", "no_permission")
        return DeviceRefused(f"cannot listen on {self.address}: expected an address of this machine and a port of "
                             f"0 to 65535 ({error})")


def _keep_alive(connection: socket.socket) -> None:
    """A reader whose cable was pulled is found after about 11 s, though nobody sends."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):          # each system has its own few
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
