"""A line of 120,000 bottles an hour: 83 cases of 24 a minute through the real station, its store and a full memory.

    python -m tests.benchmarks.line_hour [--codes 1000000] [--cases 5000] [--minutes 1] [--paced] [--home DIR]
    python -m tests.benchmarks.line_hour --paced --minutes 60 --codes 100000000 --home DIR      (the whole hour)

Each case is one frame of 24 bottle codes and its label, as a camera or fixed reader hands it over, put into the inbox
of the station's running thread; after 48 cases comes the pallet's label. First --cases as fast as they go (0: none),
then paced for --minutes. Times run from the frame's arrival to its verdict, on the disk in journal and database; one
frame in a hundred shows bottles that the memory knows, and has to be refused. Every ten minutes say what they were.
With --home the memory is used again.
"""
from __future__ import annotations

import argparse
import os
import queue
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from app.ids import event_id
from app.messages import Command, Frame, Message, Notice, Published, Scan, Seen
from app.station import Place, Station, Surroundings
from app.store.checkpoint import Checkpoints
from app.store.memory import beside
from app.store.store import Store
from tests.benchmarks.memory import fill as fill_memory
from tests.benchmarks.verdict import SITE, fill

A_MINUTE = 83            # cases of 24: 120,000 bottles an hour
WAIT_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--paced", action="store_true", help="only the paced part")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    folder = options.home or Path(tempfile.mkdtemp(prefix="line-hour-"))
    try:
        for left in (folder / "station.db", folder / "journal"):         # of an earlier run, not the memory
            shutil.rmtree(left, ignore_errors=True)
            for end in ("", "-wal", "-shm"):
                left.with_name(left.name + end).unlink(missing_ok=True)
        old = fill_memory(beside(folder / "station.db"), options.codes)
        line = Line(folder, options.objects, old)
        try:
            if not options.paced and options.cases:
                line.run(options.cases, 0.0)
            line.run(round(options.minutes * A_MINUTE), 60 / A_MINUTE)
        finally:
            line.end()
    finally:
        if not options.home:
            shutil.rmtree(folder, ignore_errors=True)


class Line:
    """The station at work, and what comes out of it."""

    def __init__(self, folder: Path, objects: int, old: list[str]) -> None:
        self.folder, self.old, self.case = folder, old, 0
        self.answers: queue.Queue[Published] = queue.Queue()
        self.store = Store(folder / "station.db", folder / "journal")
        fill(self.store, objects)
        self.station = Station(self.store, Place("BENCH-1", "Bench", f"{SITE}/254/BENCH-1", SITE), Surroundings(
            lambda: datetime.now(UTC).astimezone(), time.monotonic, event_id, lambda _hash, _pin: False), [self._hear])
        self.checkpoints = Checkpoints(self.folder / "station.db", self.store.connection)      # as bootstrap has it
        self.checkpoints.start()
        self.station.start()
        for text in ("%ST:BADGE:BADGE", "%ST:ORDER:WO"):
            self.ask(self._scan(text))
        print(f"memory {self.store.memory.size().codes:,} codes, database {objects:,} objects", flush=True)

    def _hear(self, notice: Notice) -> None:
        if isinstance(notice, Published):
            self.answers.put(notice)

    def ask(self, message: Message) -> Published:
        self.station.give(message)
        return self.answers.get(timeout=WAIT_S)

    def run(self, cases: int, every_s: float) -> None:
        """One frame each `every_s` seconds, whatever the one before took; 0: as soon as it is answered."""
        sizes, took, late = self._sizes(), [], 0
        self.disk: list[float] = []
        began = time.monotonic()
        for number in range(cases):
            if every_s and number and number % (10 * A_MINUTE) == 0:
                last = -10 * A_MINUTE
                seen = [took[each] for each in range(number + last, number) if _knows(each)]
                print(f"after {number // A_MINUTE} minutes, of the last ten: {_figures(took[last:])}; of them with "
                      f"bottles seen before {_figures(seen)}; the disk itself {_figures(self.disk[last:])}", flush=True)
            due = began + number * every_s
            while every_s and time.monotonic() < due:
                time.sleep(max(due - time.monotonic(), 0))
            late += bool(every_s) and time.monotonic() > due + every_s
            took.append(self._pack(number))
            self.disk.append(self._bare())
        seconds = time.monotonic() - began
        grown = [(after - before) / cases for before, after in zip(sizes, self._sizes(), strict=True)]
        pace = f"{cases / seconds * 60:,.0f} a minute, {late} behind" if every_s else "as fast as they go"
        print(f"{cases:,} cases of 24, {pace}: verdict {_figures(took)}; database {grown[0] / 1000:.1f} kB and journal "
              f"{grown[1] / 1000:.1f} kB a case; {_resident_mb():.0f} MB resident", flush=True)
        print(f"this disk meanwhile, 15 kB written and synchronised by itself: {_figures(self.disk)}", flush=True)

    def _pack(self, number: int) -> float:
        """One case, and its pallet's label where it is the last one on it."""
        if _knows(number):
            published = self.ask(self._frame([self.old[(self.case * 24 + n) % len(self.old)] for n in range(24)], ""))
            assert published.verdict.reason in ("packed_before", "already_shipped"), published.verdict.reason
            return published.took_ms
        self.case += 1
        codes = [f"https://q.brand.example/b/1{self.case * 24 + n:09d}" for n in range(24)]
        published = self.ask(self._frame(codes, f"https://q.brand.example/c/1{self.case:09d}"))
        assert published.verdict.reason == "container_complete", published.verdict
        if self.case % 48 == 0:
            pallet = self.ask(self._scan(f"https://q.brand.example/p/1{self.case:09d}"))
            assert pallet.verdict.reason == "container_complete", pallet.verdict
        return published.took_ms

    def _frame(self, codes: list[str], label: str) -> Frame:
        seen = tuple(Seen(text.encode(), "]Q1") for text in (*codes, *filter(None, [label])))
        return Frame("cam", seen, datetime.now(UTC), time.monotonic())

    def _scan(self, text: str) -> Scan | Command:
        return Scan("hand", text.encode(), "", datetime.now(UTC), time.monotonic())

    def _bare(self) -> float:
        """The yardstick: a verdict waits for two of these, the journal's and the database's."""
        began = time.monotonic()
        with open(self.folder / "yardstick", "ab", buffering=0) as file:
            file.write(bytes(15_000))
            os.fsync(file.fileno())
        return (time.monotonic() - began) * 1000

    def _sizes(self) -> tuple[int, int]:
        pages, size = (self.store.connection.execute(f"PRAGMA {name}").fetchone()[0]
                       for name in ("page_count", "page_size"))
        return pages * size, sum(file.stat().st_size for file in (self.folder / "journal").iterdir())

    def end(self) -> None:
        self.station.stop()
        self.checkpoints.stop()
        assert not self.store.memory.problem, self.store.memory.problem
        self.store.close()


def _knows(number: int) -> bool:
    """Whether the memory knows this frame's bottles."""
    return number % 100 == 99


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49]:.2f} ms  p95 {cuts[94]:.2f} ms  p99 {cuts[98]:.2f} ms  worst {max(took):.2f} ms"


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
