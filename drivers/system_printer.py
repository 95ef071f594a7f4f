"""Printers without a line of their own: a queue of this computer (CUPS, by `lp`), or a folder that gets files."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from drivers.base import DeviceGone, DeviceRefused
from drivers.printer import Status

COMMAND_TIMEOUT_S = 10.0
_REQUEST = re.compile(r"request id is (\S+)")
_STOPPED = re.compile(r"disabled|not accepting", re.IGNORECASE)


class QueuePrinter:
    """A queue of `lpstat -e`. What is out of the queue is printed, as far as the system can tell."""

    def __init__(self, queue: str, speaks: str) -> None:
        self._queue, self._raw = queue, speaks != "pdf"
        self._sent = ""

    def open(self) -> None:
        self._run("lpstat", "-p", self._queue)

    def send(self, data: bytes, title: str = "") -> None:
        options = ("-o", "raw") if self._raw else ("-o", "print-scaling=none")
        said = self._run("lp", "-d", self._queue, *options, "-t", title or "label", data=data)
        found = _REQUEST.search(said)
        if found is None:
            raise DeviceGone(f"queue {self._queue}: expected lp to say \"request id is …\", got {said!r}", "not_taking")
        self._sent = found[1]

    def status(self) -> Status:
        state = self._run("lpstat", "-p", self._queue)
        waiting = int(any(line.split()[:1] == [self._sent] for line in self._run("lpstat", "-o").splitlines()))
        return Status("paused" if _STOPPED.search(state) else "", waiting, " ".join(state.split())[:200])

    def cancel(self) -> None:
        if self._sent:
            self._run("cancel", self._sent)

    def close(self) -> None:
        self._sent = ""

    def _run(self, *command: str, data: bytes = b"") -> str:
        try:
            ran = subprocess.run(command, input=data, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=False,
                                 env={**os.environ, "LC_ALL": "C"})
        except FileNotFoundError:
            raise DeviceRefused(f"queue {self._queue}: this computer has no `{command[0]}`; install cups-client",
                                "wrong_setting") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceGone(f"queue {self._queue}: {error}", "not_taking") from error
        if ran.returncode:
            said = ran.stderr.decode("utf-8", "replace").strip()
            raise DeviceGone(f"queue {self._queue}: `{command[0]}` failed: {said}", "not_found")
        return ran.stdout.decode("utf-8", "replace")


class FolderPrinter:
    """Each label as a file of its own, whole or not at all: for programs that print what they find, and for trying."""

    def __init__(self, folder: Path, speaks: str) -> None:
        self._folder, self._suffix = folder, "pdf" if speaks == "pdf" else speaks.partition("-")[0]

    def open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DeviceRefused(f"folder {self._folder}: expected a folder to put labels in ({error})") from error

    def send(self, data: bytes, title: str = "") -> None:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", title) or "label"
        path = self._folder / f"{name}.{self._suffix}"
        draft = path.with_name(f".{path.name}.part")
        try:
            draft.write_bytes(data)
            draft.replace(path)
        except OSError as error:
            raise DeviceGone(f"folder {self._folder}: {error}", "not_taking") from error

    def status(self) -> Status:
        return Status()

    def cancel(self) -> None:
        pass                               # a file is out at once

    def close(self) -> None:
        pass
