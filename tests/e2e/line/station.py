"""The real program as its own process, and eyes on what its store says: what a clerk would see on the screen."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.store.database import Connection, open_reader

ROOT = Path(__file__).parents[3]
WAIT_S = 60.0
LOOK_S = 0.004


def until(what: Callable[[], Any], why: str | Callable[[], object], seconds: float = WAIT_S) -> Any:
    """What `what` gives once it gives something. Raises AssertionError with `why`."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {why() if callable(why) else why}"
        threading.Event().wait(LOOK_S)
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """One verdict, as the journal has it."""

    seq: int
    kind: str
    source: str
    outcome: str
    reason: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """An open container. `have` counts what it holds already, too."""

    number: int
    level: str
    have: int
    target: int
    label: str
    expected: str
    job: int
    parked: str
    content: tuple[str, ...]

    @property
    def full(self) -> bool:
        return self.have >= self.target


class Station:
    """`station run --headless` under this home; `run`, `kill` and `end` as often as one likes."""

    def __init__(self, home: Path) -> None:
        self.home, self.starts = home, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: Connection | None = None
        self.peak_mb = 0.0

    def run(self) -> None:
        self.starts += 1
        with (self.home / "said").open("ab") as said:
            self._process = subprocess.Popen([sys.executable, "-m", "app", "run", "--headless", "--home",
                                              str(self.home)], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "app", *words, "--home", str(self.home), "--language", "en"],
                              cwd=ROOT, text=True, capture_output=True, timeout=120, check=False,
                              env={**os.environ, "LANG": "C.UTF-8"})

    def kill(self) -> None:
        """Power goes: no goodbye."""
        self._end(signal.SIGKILL)

    def end(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        self.note_memory(process.pid)
        if process.poll() is None:
            process.send_signal(how)
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        return process.wait(30)

    def note_memory(self, pid: int = 0) -> float:
        """The process's resident memory in MB, its highest so far."""
        if not pid and self._process:
            pid = self._process.pid
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return self.peak_mb
        peak = next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM")), 0.0)
        self.peak_mb = max(self.peak_mb, peak)
        return self.peak_mb

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def told(self) -> str:
        return (self.home / "said").read_text("utf-8", "replace")[-3000:]

    # --- eyes -------------------------------------------------------------------------------------------------------
    def rows(self, sql: str, *values: Any) -> list[Any]:
        assert self.alive, self.told()
        return self.look(sql, *values)

    def look(self, sql: str, *values: Any) -> list[Any]:
        """Also of a station that has ended."""
        if self._reader is None:
            self._reader = open_reader(self.home / "station.db")
        return list(self._reader.execute(sql, values).fetchall())

    def one(self, sql: str, *values: Any) -> Any:
        found = self.rows(sql, *values)
        return found[0][0] if found else None

    def ready(self, order: str) -> bool:
        """Whether it has the order from the feed."""
        if not (self.home / "station.db").exists():
            return False
        try:
            return bool(self.rows("SELECT 1 FROM work_order WHERE id=?", order))
        except Exception as error:       # the tables are being made
            if "no such table" not in str(error):
                raise
            return False

    def seq(self) -> int:
        return int(self.one("SELECT coalesce(max(seq), 0) FROM entry"))

    def said(self, after: int, source: str = "", seconds: float = WAIT_S, **wanted: str) -> Said:
        """The first verdict after this one, of a source; `kind` and `reason` where wanted."""
        sql = "SELECT seq, kind, source, outcome, reason, data FROM entry WHERE seq > ?"
        values: list[Any] = [after]
        for column, value in {"source": source, **wanted}.items():
            if value:
                sql += f" AND {column} = ?"
                values.append(value)
        row = until(lambda: next(iter(self.rows(sql + " ORDER BY seq LIMIT 1", *values)), None),
                    lambda: f"a verdict of {source} {wanted} after {after}; the last ones: {self.last()}", seconds)
        return Said(*row[:5], json.loads(row[5]))

    def last(self, count: int = 6) -> list[Any]:
        return self.rows("SELECT seq, kind, source, outcome, reason, data FROM entry ORDER BY seq DESC LIMIT ?", count)

    def boxes(self, level: str) -> list[Box]:
        """The open containers of a level, oldest first."""
        found = []
        for number, target, label, expected, job, parked, already in self.rows(
                "SELECT number, target, label, expected, job, parked, already FROM container WHERE level=?"
                " ORDER BY number", level):
            content = tuple(epc for epc, in self.rows(
                "SELECT epc FROM collected WHERE container=? ORDER BY scan, place", number))
            found.append(Box(number, level, already + len(content), target, label, expected, job, parked, content))
        return found

    def parent(self, epc: str) -> str:
        return str(self.one("SELECT p.epc FROM object o JOIN object p ON p.id = o.parent WHERE o.epc=?", epc) or "")

    def setting(self, key: str) -> dict[str, Any]:
        """What the session says: alarm, armed, awaiting."""
        found: dict[str, Any] = json.loads(self.one("SELECT value FROM session WHERE key=?", key) or "{}")
        return found
