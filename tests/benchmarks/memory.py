"""Was this code seen before? Asked of 10^8 codes: how long for a frame of 24, how many bytes a code.

    python -m tests.benchmarks.memory [--codes 100000000] [--frames 2000] [--home DIR] [--compare]

Cold: before each frame the kernel is told to drop every page of the memory's files, so each code costs a read of the
disk. Busy: another process adds two million codes and joins files meanwhile. --compare puts the same keys into a
WITHOUT ROWID table of SQLite. With --home the memory is kept and used again.
"""
from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.store import runs
from app.store.database import open_reader, open_writer
from app.store.memory import Batch, Memory, Past, writing
from app.store.registry import fingerprint

AT_ONCE = 2_000_000
SAMPLE = 1_000           # codes of each part whose text is known, for asking
IN_A_CASE = 24
BATCH = Batch("WO-2026-0001", "bottle", "MILK", "L1", "2027-05-22", "in_transit", "", "SHOP", False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--codes", type=int, default=100_000_000)
    parser.add_argument("--frames", type=int, default=2_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--add", type=int, metavar="PART", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.home or Path(tempfile.mkdtemp(prefix="memory-"))
    try:
        if options.add is not None:
            grow(folder, [options.add])
        else:
            _measure(folder, options.codes, options.frames, options.compare)
    finally:
        if not options.home:
            shutil.rmtree(folder, ignore_errors=True)


def fill(folder: Path, codes: int) -> list[str]:
    """A memory of this many codes, of which the ones given back have a known text. One that is there is used again."""
    parts = range(max(codes // AT_ONCE, 1))
    size = min(codes, AT_ONCE)
    if not folder.exists():
        grow(folder, parts, size)
    return [_text(part, number) for part in parts for number in range(min(SAMPLE, size))]


def grow(folder: Path, parts: range | list[int], size: int = AT_ONCE) -> None:
    for part in parts:
        with writing(folder) as hand:
            records, places = _part(hand.batch(BATCH), part, size)
            hand.add(records, places)
            hand.tidy()


def _part(batch: int, part: int, size: int) -> tuple[np.ndarray, bytes]:
    """Random fingerprints and a few of known texts, each case of 24 with a label of 56 characters."""
    luck = np.random.default_rng(part)
    places, starts = bytearray(), []
    for number in range(-(-size // IN_A_CASE)):
        starts.append(len(places) // runs.UNIT)
        places += runs.pack(runs.Place(batch, 1_764_000_000 + number,
                                       f"https://id.gs1.org/01/16901234567895/21/{part:04d}{number:012d}"))
    records = np.empty(size, runs.record_type())
    records["high"] = luck.integers(0, 1 << 64, size, np.uint64)
    records["low"] = luck.integers(0, 1 << 32, size, np.uint32)
    records["place"] = np.repeat(np.array(starts, np.uint32), IN_A_CASE)[:size]
    for number in range(min(SAMPLE, size)):
        key = fingerprint(_text(part, number))
        records["high"][number], records["low"][number] = int.from_bytes(key[:8], "big"), int.from_bytes(
            key[8:12], "big")
    return runs.in_order(records), bytes(places)


def _text(part: int, number: int) -> str:
    return f"https://q.brand.example/b/{part:04d}{number:06d}"


def _measure(folder: Path, codes: int, frames: int, compare: bool) -> None:
    began = time.perf_counter()
    sample = fill(folder / "memory", codes)
    seconds = time.perf_counter() - began
    before = _resident_mb()
    memory = Memory(folder / "memory")
    size = memory.size()
    print(f"{size.codes:,} codes in {size.files} files, {_bytes(folder / 'memory') / size.codes:.1f} bytes a code with "
          f"its case's label and time; made in {seconds:.0f} s; open: {_resident_mb() - before:.0f} MB resident",
          flush=True)
    _warm(folder)
    found = memory.seen(sample)
    assert len(found) == len(sample) and not memory.problem, (len(found), memory.problem)
    ask = memory.seen
    for name, drop in (("warm", False), ("cold", True)):
        print(f"{name}, 24 new codes    {_figures(_asked(ask, _new(frames), folder if drop else None))}", flush=True)
        print(f"{name}, 24 seen before  {_figures(_asked(ask, _old(frames, sample), folder if drop else None))}",
              flush=True)
    other = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.memory", "--home", str(folder / "memory"),
                              "--add", "9999"])
    took: list[float] = []
    while other.poll() is None:
        took += _asked(ask, _new(50), None)
    print(f"busy, 24 new codes    {_figures(took)}", flush=True)
    assert not other.returncode and memory.size().codes >= size.codes
    if compare:
        _sqlite(folder, min(codes, 10_000_000), frames)


def _asked(ask: Callable[[list[str]], dict[str, Past]], frames: Iterator[tuple[list[str], int]],
           drop: Path | None) -> list[float]:
    took = []
    for epcs, expected in frames:
        if drop:
            _drop(drop)
        began = time.perf_counter()
        found = ask(epcs)
        took.append((time.perf_counter() - began) * 1000)
        assert len(found) == expected, (len(found), expected)
    return took


def _new(frames: int) -> Iterator[tuple[list[str], int]]:
    luck = random.Random(time.monotonic())
    for _ in range(frames):
        yield [f"https://q.brand.example/b/new{luck.getrandbits(64):020d}" for _ in range(IN_A_CASE)], 0


def _old(frames: int, sample: list[str]) -> Iterator[tuple[list[str], int]]:
    luck = random.Random(5)
    for _ in range(frames):
        yield luck.sample(sample, IN_A_CASE), IN_A_CASE


def _warm(folder: Path) -> None:
    """Reads all once, as weeks of work would, where there is the memory for it; what is being written is written."""
    os.sync()
    for path in folder.rglob("*.mem"):
        with path.open("rb") as file:
            while file.read(1 << 22):
                pass


def _drop(folder: Path) -> None:
    """The kernel forgets what it holds of these files; the next read goes to the disk."""
    for path in folder.rglob("*"):
        if path.suffix in (".mem", ".sqlite"):
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def _sqlite(folder: Path, codes: int, frames: int) -> None:
    """The other way it could be: the same keys and 4 bytes more in a WITHOUT ROWID table, loaded in order."""
    path = folder / "compare.sqlite"
    connection = open_writer(path)
    connection.execute("CREATE TABLE seen(code BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID")
    luck = np.random.default_rng(1)
    keys = np.sort(luck.integers(0, 1 << 64, codes, np.uint64)).astype(">u8").tobytes()
    began = time.perf_counter()
    connection.execute("BEGIN")
    connection.executemany("INSERT OR IGNORE INTO seen VALUES (?,?)", (
        (keys[at : at + 8] + b"1234", at % (1 << 31)) for at in range(0, len(keys), 8)))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    print(f"SQLite WITHOUT ROWID, {codes:,} keys of 12 bytes: {path.stat().st_size / codes:.1f} bytes a code without "
          f"labels; made in {time.perf_counter() - began:.0f} s", flush=True)
    connection = open_reader(path)

    def ask(epcs: list[str]) -> dict[str, Past]:
        run = connection.execute
        return {epc: row for epc in epcs
                if (row := run("SELECT place FROM seen WHERE code=?", (fingerprint(epc)[:12],)).fetchone())}

    for name, drop in (("warm", None), ("cold", folder)):
        if drop:
            connection.execute("PRAGMA cache_size=-64")
        print(f"SQLite {name}, 24 new {_figures(_asked(ask, _new(frames), drop))}", flush=True)
    connection.close()
    path.unlink()


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{len(took):6,} frames  p50 {cuts[49]:6.2f} ms  p99 {cuts[98]:6.2f} ms  worst {max(took):6.2f} ms"


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    print(f"{datetime.now(UTC):%Y-%m-%d}", flush=True)
    main()
