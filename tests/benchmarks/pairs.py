"""A cap maker's file of millions of pairs: how fast it comes in, what it takes, and how fast a code is found then.

    python -m tests.benchmarks.pairs [--rows 5000000] [--sets 1] [--folder DIR] [--no-beside]

The file has two URL codes a row, of 42 and 49 bytes. While it is imported another process commits to the station's
database as a line of 83 cases a minute does, and tells how long each commit took. Codes are looked up warm.
"""
from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import numpy as np

from app.domain.codes.rule import Rule
from app.importer.pairs import PairImport
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from app.store.pair_sets import PairSets
from app.store.pairs import Pairs

RULES = (
    Rule("outer", "url", r"https://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9A-Z]{14})",
         levels={"b": "bottle", "c": "case", "p": "pallet"}, product="TEA", role="cap_outer"),
    Rule("inner", "url", r"https://win\.brand\.example/c\?k=(?P<serial>[0-9A-Za-z]{20})", level="bottle",
         product="TEA", role="cap_inner"),
)
BIG, SMALL = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
OUTER, INNER = b"https://q.brand.example/b/", b"https://win.brand.example/c?k="
CASE_S = 60 / 83
LOOKED_UP = 20_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--sets", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--no-beside", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="pairs-"))
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "station.db"
    try:
        with contextlib.closing(open_writer(database)) as connection:
            migrate(connection)
            sample: list[tuple[str, str]] = []
            for number in range(options.sets):
                path = folder / f"caps-{number + 1}.csv"
                sample += write(path, options.rows, number)
                print(f"file  : {path.name}, {options.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
                with contextlib.nullcontext() if options.no_beside or number else line(database):
                    bring(database, folder / "pairs", path)
                path.unlink()
            look_up(Pairs(connection, folder / "pairs"), sample, options.rows * options.sets)
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


def write(path: Path, rows: int, seed: int) -> list[tuple[str, str]]:
    """The file; gives some of its pairs."""
    chance = np.random.default_rng(seed)
    big, all_of_them = (np.frombuffer(text, "u1") for text in (BIG, BIG + SMALL))
    parts = (OUTER, (big, 14), b"," + INNER, (all_of_them, 20), b"\r\n")
    sample: list[tuple[str, str]] = []
    with path.open("wb") as file:
        file.write("盖外码,盖内码\r\n".encode())
        for start in range(0, rows, 50_000):
            count = min(50_000, rows - start)
            columns = [np.broadcast_to(np.frombuffer(part, "u1"), (count, len(part))) if isinstance(part, bytes)
                       else part[0][chance.integers(0, len(part[0]), (count, part[1]))] for part in parts]
            block = np.hstack(columns)
            block.tofile(file)
            for row in block[::max(rows // LOOKED_UP, 1)]:
                outer, inner = row.tobytes().decode().strip().split(",")
                sample.append((outer, inner))
        file.flush()
        os.fsync(file.fileno())       # the maker's file is on the disk long before somebody imports it
    return sample


def bring(database: Path, folder: Path, path: Path) -> None:
    """In a process of its own, so that only the import's memory is counted."""
    spawn = multiprocessing.get_context("spawn")
    mine, its = spawn.Pipe()
    process = spawn.Process(target=_import, args=(database, folder, path, its))
    process.start()
    most = 0.0
    while not mine.poll(0.05):
        most = max(most, sum(map(_resident_mb, _family(process.pid or 0))))
    took, worked, good, size = mine.recv()
    process.join()
    print(f"import: {good:,} pairs in {took:.1f} s ({worked:.1f} s of processor time), at most {most:.0f} MB resident "
          f"in all its processes, {size / good:.1f} bytes a pair on the disk", flush=True)


def _import(database: Path, folder: Path, path: Path, pipe: Pipe) -> None:
    began = time.perf_counter()
    made = PairImport(database, folder, RULES, now=lambda: datetime.now(UTC)).take(path, sample=0)
    took = time.perf_counter() - began
    assert made.set is not None and not made.bad
    worked = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    with contextlib.closing(PairSets(folder)) as sets:
        pipe.send((took, worked, made.good, sets.path(made.set.about.id).stat().st_size))


def look_up(pairs: Pairs, sample: list[tuple[str, str]], rows: int) -> None:
    inner = [each[1] for each in sample]
    for _ in range(2):          # the first walk warms
        alias = [timed(pairs, (code,)) for code in inner]
    assert pairs.identities(inner[:100]) == {b: a for a, b in sample[:100]}
    print(f"look up an alias among {rows:,} pairs: {figures(alias)}")
    print(f"look up a code that has no pair:  {figures([timed(pairs, (code + 'x',)) for code in inner])}")
    cases = [[each[0] for each in sample[at:at + 24]] for at in range(0, len(sample) - 24, 24)]
    for _ in range(2):
        frames = [timed(pairs, case) for case in cases]
    print(f"look up 24 identities of a case:  {figures(frames)}")


def timed(pairs: Pairs, codes: tuple[str, ...] | list[str]) -> float:
    began = time.perf_counter()
    pairs.identities(codes)
    return (time.perf_counter() - began) * 1000


def figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49]:.3f} ms, p99 {cuts[98]:.3f} ms, worst {max(took):.2f} ms"


@contextlib.contextmanager
def line(database: Path) -> Iterator[None]:
    """Commits beside the block, in a process of its own."""
    mine, its = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_commit, args=(database, its), daemon=True)
    process.start()
    try:
        yield
    finally:
        mine.send(None)
        took = mine.recv()
        process.join()
        print(f"beside: {len(took):,} cases of a station committed meanwhile: {figures(took)}", flush=True)


def _commit(database: Path, pipe: Pipe) -> None:
    took = []
    with contextlib.closing(open_writer(database)) as connection:
        while not pipe.poll(CASE_S):
            began = time.perf_counter()
            with transaction(connection):
                connection.execute("INSERT INTO meta(key, value) VALUES ('case', '1') ON CONFLICT DO UPDATE"
                                   " SET value = value + 1")
            took.append((time.perf_counter() - began) * 1000)
    pipe.send(took)


def _family(pid: int) -> list[int]:
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())]
    except OSError:
        return []


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
