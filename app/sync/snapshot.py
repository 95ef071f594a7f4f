"""The signed list of assignments from the server: only a newer one, in parts where the line is slow, then taken in.

A thread of its own, so that events never wait for megabytes. What came is kept over a restart and gone on with; who
verifies and imports it is given (`bring`). Nothing here trusts the server: the signature decides.
"""
from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from app.settings import ServerSection
from app.sync.answers import Answer, Broken, Busy, Unauthorised
from app.sync.pace import Pace
from app.sync.transport import Hostile, Misdirected, Reply, Transport, Unclear, Unreachable, retry_after_s

EVERY_S, NONE_S = 300.0, 900.0       # between two looks; where the server has no list
MOST_BYTES = 4_000_000_000
PART, NOTE = "fetched.download", "fetched.json"
LEAST_S = 0.5                        # between two tries where something is wrong


class Note(msgspec.Struct):
    """`part` is the ETag of what is half here, `taken` that of what was brought in or refused last, and why."""

    part: str = ""
    taken: str = ""
    refused: str = ""


class _Download:
    """The file that grows. A server that sends the whole once more begins it anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0
        self.begun, self.etag, self.whole = self.offset, "", -1
        self._file: IO[bytes] | None = None

    def begin(self, status: int, headers: Mapping[str, str]) -> int:
        told = headers.get("content-range", "")
        fits = status == 206 and told.startswith(f"bytes {self.offset}-")
        if not fits:
            self.offset = self.begun = 0
        if status == 206 and not fits:
            return 0                     # another part than was asked for
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | (0 if fits else os.O_TRUNC), 0o600), "wb")
        self._file.seek(self.offset)
        self.etag = headers.get("etag", "")
        length = told.rpartition("/")[2] if fits else headers.get("content-length", "")
        self.whole = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else -1
        return MOST_BYTES - self.offset

    def write(self, piece: bytes) -> None:
        assert self._file is not None
        self._file.write(piece)
        self.offset += len(piece)

    def close(self) -> None:
        if self._file:
            self._file.close()


class Snapshots:
    """`bring(file)` takes a package in and gives "" or the word why it was refused; `told(problem, detail)` is called
    when what there is to say has changed: "" all is well."""

    def __init__(self, folder: Path, server: ServerSection, url: str, *, bring: Callable[[Path], str],
                 told: Callable[[str, str], None], now: Callable[[], datetime], mono: Callable[[], float],
                 jitter: Callable[[float], float]) -> None:
        """`url` is the whole address of the package. Raises BadServerSetting."""
        self._folder, self._url, self._bring, self._told, self._now = folder, url, bring, told, now
        self._transport = Transport(server, url.rpartition("/")[0], now)
        self.pace = Pace(mono, jitter, 0.0, 0.0)
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._said = ("", "")

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="snapshot", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Leaves a request under way behind; what came of it is gone on with at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
        self._transport.close()

    def once(self) -> str:
        """Asks in the caller's thread until nothing newer is left or it is of no use. The problem, "" for none."""
        try:
            while (wait := self.step()) < EVERY_S / 2 and not self.pace.is_over:
                self._wake.wait(wait)
        finally:
            self._transport.close()
        return self.pace.problem or self._said[0]

    def ask_now(self) -> None:
        """A person asks to try now, whatever the pace says. From any thread."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait = self.step()
            if self._wake.wait(max(wait, LEAST_S if self.pace.failures else 0.0)):
                self._wake.clear()
                self.pace.hurry()

    def step(self) -> float:
        """Asks once where it is time. Gives the seconds until the next is due; 0 where a part has come."""
        if wait := self.pace.wait_s():
            return wait
        try:
            return self._step()
        except OSError as error:
            self._say("snapshot_disk", str(error))
            return self.pace.after(EVERY_S)

    def _step(self) -> float:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        note, into = self._note(), _Download(self._folder / PART)
        headers = {"Accept": "application/zip"}
        if into.offset and note.part:
            headers |= {"Range": f"bytes={into.offset}-", "If-Range": note.part}
        elif note.taken:
            headers["If-None-Match"] = note.taken
        before = into.offset
        try:
            reply = self._transport.exchange("GET", self._url, headers=headers, into=into)
        finally:
            into.close()
        if into.etag:
            self._keep(Note(into.etag, note.taken, note.refused))
        if isinstance(reply, Reply) and reply.status == 304:
            return self._same(note)
        if isinstance(reply, Reply) and reply.status in (200, 206) and into.whole in (-1, into.offset):
            return self._taken(into, note)
        if isinstance(reply, Reply) and reply.status == 416:          # what is here is no part of what is there
            self._forget()
            return self.pace.after(1.0)
        if isinstance(reply, Reply) and reply.status in (404, 405, 501):
            self._say("", "")
            self.pace.good()
            return self.pace.after(NONE_S)
        grown = into.offset > (0 if into.begun < before else before) and not isinstance(reply, Unreachable)
        if grown and into.etag and isinstance(reply, Unclear | Reply):
            return 0.0                   # a slow line: the rest comes with the next request
        if not into.etag or isinstance(reply, Hostile):
            self._forget()
        return self.pace.trouble(reply if not isinstance(reply, Reply) else self._meaning(reply))

    def _same(self, note: Note) -> float:
        """It is the one that was brought in, or refused, before."""
        self._say("snapshot_refused" if note.refused else "", note.refused)
        self.pace.good()
        return self.pace.after(EVERY_S)

    def _taken(self, into: _Download, note: Note) -> float:
        if into.etag and into.etag == note.taken:
            refused = note.refused
        else:
            refused = self._bring(into.path)
        self._keep(Note("", into.etag, refused))
        with contextlib.suppress(OSError):
            into.path.unlink()
        self._say("snapshot_refused" if refused else "", refused)
        self.pace.good()
        return self.pace.after(EVERY_S)

    def _meaning(self, reply: Reply) -> Answer:
        if reply.status in (401, 403, 407):
            return Unauthorised(reply.shown())
        wait = retry_after_s(reply.headers.get("retry-after", ""), self._now())
        if reply.status == 429:
            return Busy(reply.shown(), wait)
        return Broken(reply.shown(), wait) if reply.status >= 500 else Misdirected(reply.shown())

    def _say(self, problem: str, detail: str) -> None:
        if (problem, detail) != self._said:
            self._said = problem, detail
            self._told(problem, detail)

    def _note(self) -> Note:
        try:
            return msgspec.json.decode((self._folder / NOTE).read_bytes(), type=Note)
        except (OSError, msgspec.DecodeError):
            return Note()

    def _keep(self, note: Note) -> None:
        part = self._folder / f"{NOTE}.part"
        part.write_bytes(msgspec.json.encode(note))
        os.replace(part, self._folder / NOTE)

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            (self._folder / PART).unlink()
