"""A reader that reads when it is told to and says which trigger it answers: `T17` → `17,<code>`. On a real socket."""
from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from collections import deque

_ASKED = re.compile(rb"T(\d+)\r")
NO_READ = "NoRead"


class AskedReader:
    """`put` what will stand before it, in order; None: it says nothing. A thread answers, as the line waits."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._line: socket.socket | None = None
        self._before: deque[str | None] = deque()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asked-reader", daemon=True)
        self._thread.start()

    def put(self, text: str | None) -> None:
        self._before.append(text)

    def say(self, trigger: int, text: str) -> None:
        """An answer out of turn."""
        if self._line is not None:
            self._line.sendall(f"{trigger},{text}\r\n".encode())

    def hang_up(self) -> None:
        """The station is gone, and what stood before it is not asked for any more."""
        self._before.clear()

    def close(self) -> None:
        self._over.set()
        self._thread.join(5.0)
        self._listener.close()
        if self._line is not None:
            self._line.close()

    def _run(self) -> None:
        heard = b""
        while not self._over.is_set():
            watched = [self._listener, *([self._line] if self._line else [])]
            for ready in select.select(watched, [], [], 0.05)[0]:
                if ready is self._listener:
                    if self._line is not None:
                        self._line.close()
                    self._line, heard = self._listener.accept()[0], b""
                    self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    break
                heard = self._hear(heard)

    def _hear(self, heard: bytes) -> bytes:
        assert self._line
        try:
            data = self._line.recv(4096)
        except OSError:
            data = b""
        if not data:
            self._line.close()
            self._line = None
            return b""
        heard += data
        while (asked := _ASKED.search(heard)) is not None:
            heard = heard[asked.end():]
            text = self._before.popleft() if self._before else NO_READ
            if text is not None:
                with contextlib.suppress(OSError):
                    self.say(int(asked[1]), text)
        return heard
