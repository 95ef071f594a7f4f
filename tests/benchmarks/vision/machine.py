"""What the reading costs the machine: memory, the window's tick, and what a second core is worth."""
from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.vision.peers import PEERS, Absent, Look, Read
from tests.benchmarks.vision.shots import Ask, crate

PROBE_S = 300


def memory(engine: str, quick: bool) -> str:
    """Peak of the whole process, MB, after one picture of 60 codes at 4096 x 3000; goal 300"""
    return _run("memory", engine)


def tick(engine: str, quick: bool) -> str:
    """A Qt thread that wants to tick each millisecond, late by (ms), while another thread reads hard frames; goal 10"""
    return _run("tick", engine)


def threads(engine: str, quick: bool) -> str:
    """Frames of the line condition: two cores against one (ours one frame at a time); of its second tries goal 1.7"""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        return "left out: this process has one core"
    took: list[list[float]] = []
    for some in (cores[:1], cores[:2]):
        told = _run("threads", engine, some)
        try:
            took.append([float(each) for each in told.split()])
        except ValueError:
            return told
    told = [f"{one / two:5.2f} times{of} ({one:.0f} ms, {two:.0f} ms)"
            for of, one, two in zip((" whole", " second tries"), *took, strict=False)]
    return ";".join(reversed(told)).replace(" whole", "" if len(told) == 1 else " whole frames")


ROWS: dict[str, Callable[[str, bool], str]] = {"memory": memory, "tick": tick, "threads": threads}


def _run(what: str, engine: str, cores: list[int] | None = None) -> str:
    """In a process of its own, for a clean measure."""
    done = subprocess.run([sys.executable, "-m", "tests.benchmarks.vision", "--probe", what, engine],
                          capture_output=True, text=True, timeout=PROBE_S, check=False,
                          preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)
    return done.stdout.strip() or f"failed: {done.stderr.strip().splitlines()[-1:]}"


def probe(what: str, engine: str) -> int:
    """The process behind a row; what it prints is the row."""
    try:
        print({"memory": _memory, "tick": _tick, "threads": _threads}[what](engine))
    except Absent as e:
        print(e)
    return 0


def _status(field: str, pid: int | str | None = "self") -> float:
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1000
    return float("nan")


def _memory(engine: str) -> str:
    """The picture is drawn by another process, so that the drawing does not count."""
    path = Path(tempfile.gettempdir()) / f"onecode-vision-{os.getpid()}.npy"
    child = os.fork()
    if child == 0:
        np.save(path, crate("big-dm24-60", "typical", 1).frames[0])
        os._exit(0)
    os.waitpid(child, 0)
    try:
        pixels = np.load(path)
    finally:
        path.unlink(missing_ok=True)
    look = PEERS[engine](Ask(("DataMatrix",), 6, 10, 60, 24))
    before = _status("VmRSS")
    look(pixels, False)
    beside = sum(_status("VmHWM", child.pid) for child in multiprocessing.active_children())
    return (f"{_status('VmHWM') + beside:6.0f} MB at most, {before:.0f} MB before the picture was read"
            + (f", {beside:.0f} MB of it a second process" if beside else ""))


def _tick(engine: str) -> str:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from PySide6.QtCore import QCoreApplication, Qt, QTimer
    except ImportError as e:
        return f"left out: no window toolkit ({e})"
    hard = [crate(preset, condition, 1) for preset in ("qr2-24", "dm22-24") for condition in ("typical", "line")]
    looks = [_distant(shot.ask) if engine == "ours" else PEERS[engine](shot.ask) for shot in hard]
    application = QCoreApplication([])
    gaps: list[float] = []
    last = time.perf_counter()

    def ticked() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(ticked)

    alone = 0

    def read() -> None:
        nonlocal alone
        time.sleep(1.5)                          # what the machine itself makes of it, with nobody reading
        alone = len(gaps)
        until = time.perf_counter() + 3.0
        while time.perf_counter() < until:
            for shot, look in zip(hard, looks, strict=True):
                look(shot.frames[0], False)
        application.quit()
    worker = threading.Thread(target=read)
    worker.start()
    last = time.perf_counter()
    timer.start(1)
    application.exec()
    worker.join()
    told = []
    for some in (gaps[alone:], gaps[:alone]):
        ordered = sorted(some) or [0.0]
        told.append(f"p99 {ordered[int(0.99 * len(ordered))]:6.1f}, worst {ordered[-1]:6.1f}")
    return f"{told[0]}   (with nobody reading: {told[1]})"


def _distant(ask: Ask) -> Look:
    """The reader as the station has it: in a process of its own."""
    from app.vision.distant import Distant
    from app.vision.reader import Reader
    from app.vision.recipe import Recipe
    distant = Distant(Reader, Recipe(ask.symbologies, rows=ask.rows, columns=ask.columns, count=ask.count,
                                     sizes=((ask.modules, ask.modules),)))
    return lambda grey, same: Read(tuple((code.raw, code.corners) for code in distant.read(grey).codes))


def _threads(engine: str) -> str:
    """Milliseconds for the same frames; engines other than ours read two frames at once where there are two cores."""
    hard = [crate(preset, "line", seed) for preset in ("qr2-24", "dm22-24") for seed in (1, 2)]
    looks = [PEERS[engine](replace(shot.ask, budget_s=10.0)) for shot in hard]       # all of the work
    at_once = 1 if engine == "ours" or not hasattr(os, "sched_getaffinity") else len(os.sched_getaffinity(0))
    best, spent = float("inf"), [0.0]
    if engine == "ours":
        from app.vision import pool
        each, fewest = pool.each, float("inf")

        def timed(*given: Any, **named: Any) -> list[Any]:
            began = time.perf_counter()
            try:
                return each(*given, **named)
            finally:
                spent[0] += (time.perf_counter() - began) * 1000
        pool.each = timed
    for _ in range(3):
        spent[0], began = 0.0, time.perf_counter()
        crowd = [threading.Thread(target=lambda part: [look(shot.frames[0], False) for shot, look in part],
                                  args=(list(zip(hard, looks, strict=True))[at::at_once],)) for at in range(at_once)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
        best = min(best, (time.perf_counter() - began) * 1000)
        if engine == "ours":
            fewest = min(fewest, spent[0])
    return f"{best:.0f} {fewest:.0f}" if engine == "ours" else f"{best:.0f}"
