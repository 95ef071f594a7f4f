"""How quickly diverted goods are known: 3,000,000 assignments and 100,000 rules, signed, imported, judged.

    python -m tests.benchmarks.diversion [--codes 3000000] [--rules 100000] [--scans 20000] [--folder DIR]

Prints the time and the memory of an import in a process of its own, the sizes, and p50/p99 of a whole judgement: what
the store and the list know of a scanned case with its pallet and its 24 bottles, the judge's word, and the decision.
Goals: a judgement ≤ 5 ms at p99, memory ≤ 400 MB.
"""
from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from app.domain.codes.identity import Code
from app.domain.facts import Facts
from app.domain.setting import Setting
from app.domain.warehouse.kinds import BY_NAME
from app.domain.warehouse.policy import Policy, Site
from app.domain.warehouse.suspicion import decide
from app.importer.assignments import take
from app.importer.assignments_sign import new_key, package, write_rows
from app.store.assignments import Assignments, goods
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from app.store.pairs import Pairs
from app.store.snapshot_file import FOLDER, current

DEALERS = 20_000
NOW = datetime(2027, 11, 30, 2, 0, tzinfo=UTC)
SHIPMENT = 40 * 24                   # bottles that went to one dealer together
CASES, BOTTLES = 2_000, 24           # of the station's own objects; as many again are filled from everywhere


def code(number: int) -> str:
    return f"https://q.brand.example/b/0250{number * 7_919 % 10**10:010d}X"


def dealer(number: int) -> tuple[str, str]:
    at = number * 31 % DEALERS
    return f"D-{at:05d}", f"{1000 + at % 9000}{at % 100:02d}"


def assignments(count: int) -> Iterator[tuple[str, str, str, str]]:
    for number in range(count):
        yield code(number), *dealer(number // SHIPMENT), f"2027-{number % 11 + 1:02d}-{number % 28 + 1:02d}"


def rules(count: int) -> Iterator[tuple[str, ...]]:
    for number in range(count):
        at, (who, where) = number % 7, dealer(number)
        yield (f"R-{number}", who, where[:4], f"P-{at}" if at < 3 else "", f"B-{at}" if at == 3 else "", "2027-01-01",
               "2027-12-31" if at == 4 else "")


def imported(path: Path, folder: Path, key: str, told: object) -> None:
    begun = time.perf_counter()
    take(path, folder, key, NOW)
    told.send((time.perf_counter() - begun,                  # type: ignore[attr-defined]
               resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def made(folder: Path, codes: int, count: int) -> tuple[Path, str]:
    private, public = new_key()
    source = folder / "rows"
    source.mkdir()
    begun = time.perf_counter()
    write_rows(source / "assignments.csv", "assignments", assignments(codes))
    write_rows(source / "rules.csv", "rules", rules(count))
    path = package(source, folder / "list.zip", private, id="L1", issued_at=NOW - timedelta(days=1),
                   valid_until=NOW + timedelta(days=30), complete=True)
    print(f"package      {path.stat().st_size / 1e6:8.1f} MB   made and signed in {time.perf_counter() - begun:.1f} s")
    return path, public


def stocked(database: Path, codes: int) -> object:
    """Cases of bottles that the list knows, on pallets; nothing of them was bound here."""
    connection = open_writer(database)
    migrate(connection)
    put = ("INSERT OR IGNORE INTO object(id, epc, level, product, lot, expiry, work_order, status, location, partner,"
           " parent) VALUES (?,?,?,'P-1','L1','','','in_transit','','',?)")
    with transaction(connection):
        for at in range(2 * CASES):
            pallet, case = 10_000_000 + at // 48, 1_000_000 + at
            if at % 48 == 0:
                connection.execute(put, (pallet, f"urn:pallet:{pallet}", "pallet", None))
            connection.execute(put, (case, f"urn:case:{case}", "case", pallet))
            apart = 1 if at < CASES else SHIPMENT + 1        # the bottles of a mixed one are of so many shipments
            connection.executemany(put, ((at * BOTTLES + each, code((at * BOTTLES + each * apart) % codes), "bottle",
                                          case) for each in range(BOTTLES)))
    return connection


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--codes", type=int, default=3_000_000)
    words.add_argument("--rules", type=int, default=100_000)
    words.add_argument("--scans", type=int, default=20_000)
    words.add_argument("--folder", type=Path, default=None)
    options = words.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        path, key = made(folder, options.codes, options.rules)
        here, there = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=imported, args=(path, folder / FOLDER, key, there))
        process.start()
        process.join()
        took, memory = here.recv()
        found = current(folder / FOLDER)
        assert found is not None
        print(f"import       {took:8.1f} s    {memory:.0f} MB at most (goal 400)   "
              f"file {(folder / FOLDER / found.file).stat().st_size / 1e6:.1f} MB")
        judged(folder, options)


def judged(folder: Path, options: argparse.Namespace) -> None:
    connection = stocked(folder / "station.db", options.codes)
    pairs, asked = Pairs(connection, None), Assignments.beside(folder / "station.db")
    at = Setting("https://id.gs1.org/414/6901234000009", station="DOCK-1", policy=Policy(),
                 site=Site("", "1000", 30.67, 104.07))
    lot, receive = random.Random(7), BY_NAME["receive"]
    for what in ("bottle", "case", "mixed case", "unknown"):
        times, spent, words = [], [], dict[str, int]()
        for scan in range(options.scans):
            epc = {"bottle": lambda: code(lot.randrange(options.codes)),
                   "case": lambda: f"urn:case:{1_000_000 + lot.randrange(CASES)}",
                   "mixed case": lambda: f"urn:case:{1_000_000 + CASES + lot.randrange(CASES)}",
                   "unknown": lambda n=scan: f"https://q.brand.example/b/none{n}"}[what]()
            begun, mine = time.perf_counter(), time.thread_time()
            known = goods(connection, asked, pairs, (epc,), now=NOW.isoformat(), station="DOCK-1",
                          parties=("",), products=("P-1",))
            decision = decide(Code(b"", "]Q1", epc, "r", product="P-1"), Facts(goods=known), at, None,
                              kind=None if scan % 2 else receive)
            times.append(time.perf_counter() - begun)
            spent.append(time.thread_time() - mine)          # on a machine that others use, too
            assert decision is not None
            words[decision.verdict.reason] = words.get(decision.verdict.reason, 0) + 1
        last, cpu = (sorted(each)[len(each) * 99 // 100] * 1000 for each in (times, spent))
        print(f"{what:12} p50 {statistics.median(times) * 1000:6.2f} ms   p99 {last:6.2f} ms (goal 5)   "
              f"p99 of the processor alone {cpu:6.2f} ms   {words}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory       {memory:8.0f} MB of the process that judged (goal 400)")
    asked.close()
    connection.close()                                       # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
