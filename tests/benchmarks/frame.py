"""A picture of a full case: how fast and how completely it is read, and how long until it is packed, on one core.

    python -m tests.benchmarks.frame [--frames 20] [--conditions typical,blur,...]

Rendering is not timed. "read %" counts codes, "all %" frames with every code; "wrong" are codes that nobody drew.
"""
from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from app.domain.reasons import Reason
from app.ids import event_id
from app.messages import Frame, Scan, Seen
from app.station import Place, Station, Surroundings
from app.store.store import Store
from app.vision import decoders
from app.vision.reader import FrameReading, Reader
from app.vision.recipe import Recipe
from drivers.crate import render_case
from tests.benchmarks.verdict import SITE, fill

ROWS, COLS = 4, 6
QR = ("QRCode",)
Read = Callable[[np.ndarray], FrameReading]
Case = tuple[set[bytes], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--conditions", default="typical,blur,motion,low light,glare,tilt,line")
    options = parser.parse_args()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    print(f"one core; {options.frames} frames of {ROWS} x {COLS} caps and a case label, QR, 1920 x 1080")
    readers = _readers()
    for condition in options.conditions.split(","):
        cases = list(_cases(options.frames, condition))
        for name, read in readers.items():
            print(f"{condition:10} {name:26} {_figures(cases, read)}", flush=True)
    blank = [(set[bytes](), picture) for picture in _empty()]
    for name, read in readers.items():
        print(f"{'no code':10} {name:26} {_figures(blank, read)}", flush=True)
    print(f"frame of 24 decoded and packed: {_packed(max(options.frames, 20))}", flush=True)


def _readers() -> dict[str, Read]:
    """Ours beside the engines by themselves, on the same pictures."""
    whole = ROWS * COLS + 1
    found: dict[str, Read] = {"zxing whole frame": _alone("zxing")}
    try:
        found["pyzbar whole frame"] = _alone("pyzbar")
    except decoders.EngineMissing as e:
        print(f"without pyzbar: {e}")
    return found | {"ours": Reader(Recipe(QR)).read, f"ours, {whole} expected": Reader(Recipe(QR, count=whole)).read,
                    "ours, every symbology": Reader(Recipe(count=whole)).read}


def _alone(name: str) -> Read:
    """Only the engine's own pass over the grey picture."""
    engine = decoders.engine(name)

    def read(pixels: np.ndarray) -> FrameReading:
        began = time.perf_counter()
        codes = engine.read(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), QR)
        return FrameReading(tuple(codes), ms=(time.perf_counter() - began) * 1000)
    return read


def _cases(count: int, condition: str) -> Iterator[Case]:
    for seed in range(count):
        children, label = _texts(seed)
        picture = render_case(children, label, seed=seed, rows=ROWS, cols=COLS, condition=condition)
        yield {text.encode() for text in (*children, label)}, picture


def _texts(case: int) -> tuple[list[str], str]:
    """As the products of the benchmark's store know them."""
    return ([f"https://q.brand.example/b/1{case * ROWS * COLS + at:09d}" for at in range(ROWS * COLS)],
            f"https://q.brand.example/c/1{case:09d}")


def _empty() -> Iterator[np.ndarray]:
    luck = np.random.default_rng(0)
    yield np.full((1080, 1920, 3), 128, np.uint8)
    yield luck.integers(0, 256, (1080, 1920, 3), np.uint8)
    yield render_case((), None, seed=1, rows=ROWS, cols=COLS)
    yield render_case(_texts(0)[0], None, seed=2, rows=ROWS, cols=COLS, missing=range(ROWS * COLS))


def _figures(cases: list[Case], read: Read) -> str:
    took, codes, of, full, wrong = [], 0, 0, 0, 0
    for texts, picture in cases:
        reading = read(picture)
        seen = {code.raw for code in reading.codes}
        took.append(reading.ms)
        codes, of = codes + len(seen & texts), of + len(texts)
        full, wrong = full + (seen >= texts), wrong + len(seen - texts)
    took.sort()
    rates = f"read {100 * codes / of:5.1f} %  all {100 * full / len(cases):5.1f} %  " if of else " " * 30
    return f"{rates}wrong {wrong}  median {statistics.median(took):6.1f} ms  p90 {took[int(0.9 * len(took))]:6.1f} ms"


def _packed(count: int) -> str:
    """From the picture's pixels to the commit of the closed case, through the real station and store."""
    reader, took = Reader(Recipe(QR, count=ROWS * COLS + 1)), []
    with tempfile.TemporaryDirectory(prefix="frame-") as folder:
        store = Store(Path(folder) / "station.db", Path(folder) / "journal")
        fill(store, 10_000)
        station = Station(store, Place("BENCH-1", "Bench", f"{SITE}/254/BENCH-1", SITE), Surroundings(
            lambda: datetime.now(UTC).astimezone(), time.monotonic, event_id, lambda _hash, _pin: False))
        for text in ("%ST:BADGE:BADGE", "%ST:ORDER:WO"):
            station.handle([Scan("hand", text.encode(), "", datetime.now(UTC), time.monotonic())])
        for _, picture in _cases(count, "typical"):
            began = time.monotonic()
            reading = reader.read(picture)
            seen = tuple(Seen(code.raw, code.aim, code.corners) for code in reading.codes)
            frame = Frame("cam", seen, datetime.now(UTC), began, reading.width, reading.height, reading.unread)
            verdict = station.handle([frame])[0].verdict
            took.append((time.monotonic() - began) * 1000)
            if verdict.reason is not Reason.CONTAINER_COMPLETE:
                raise SystemExit(f"expected {Reason.CONTAINER_COMPLETE}, got {verdict}")
        store.close()
    took.sort()
    return f"median {statistics.median(took):.1f} ms, p90 {took[int(0.9 * len(took))]:.1f} ms, worst {took[-1]:.1f} ms"


if __name__ == "__main__":
    main()
