"""A stocktake of many serials: time from the scan to its durable verdict, and until the differences are there.

    python -m tests.benchmarks.count [--serials 10000] [--others 1000000]

singly  : each bottle on the shelf is scanned by itself; one in a hundred is missing, one in a hundred stands wrong.
pallets : the same serials by their pallets, what they hold inferred.
Then the differences are worked out (RECOUNT), and all of them adjusted by documents with a second person. `--others`
are objects elsewhere in the store. Each scan is committed on its own, with fsync: "work" is the processor's time in it.
"""
from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from app.domain.people import badge_hash
from app.ids import event_id
from app.messages import Command, CountView, Published, Scan
from app.station import Place, Station, Surroundings
from app.store import stock
from app.store.store import Store

SITE = "https://id.gs1.org/414/6901234000009"
HERE, THERE = f"{SITE}/254/A-1", f"{SITE}/254/B-1"
CASES, BOTTLES = 40, 24


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serials", type=int, default=10_000)
    parser.add_argument("--others", type=int, default=1_000_000)
    options = parser.parse_args()
    for way in ("singly", "pallets"):
        with tempfile.TemporaryDirectory(prefix="count-") as folder:
            bench = Bench(Path(folder), options.serials, options.others, packed=way == "pallets")
            bench.play(way)
            bench.store.close()
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB at most")


def code(kind: str, number: int) -> str:
    return f"https://q.brand.example/{kind}/{number:09d}"


class Bench:
    """A station whose house has `serials` bottles on one shelf and `others` objects on others."""

    def __init__(self, folder: Path, serials: int, others: int, packed: bool) -> None:
        self.store = Store(folder / "station.db", folder / "journal")
        self.numbers, self.work = range(1, serials + 1), list[float]()
        self._master()
        self._goods(others, packed)
        self.station = Station(self.store, Place("S1", "S1", SITE, SITE), Surroundings(
            lambda: datetime.now(UTC), time.monotonic, event_id, lambda *_: False))
        self.scan("%ST:BADGE:one")

    def _master(self) -> None:
        put, run = self.store.catalogue.put, self.store.connection.execute
        run("BEGIN IMMEDIATE")
        put("plan", "P", {"version": 1, "levels": [
            {"level": "bottle"}, {"level": "case", "count": BOTTLES}, {"level": "pallet", "count": CASES}]})
        put("product", "MILK", {"name": {"en": "Milk"}, "plan": "P", "gtins": {}, "rules": [
            {"name": f"url-{kind}", "kind": "url", "level": level, "product": "MILK",
             "pattern": rf"https://q\.brand\.example/{kind}/(?P<serial>[0-9]{{9}})"}
            for kind, level in (("b", "bottle"), ("c", "case"), ("p", "pallet"))]})
        for shelf in ("A-1", "B-1"):
            put("location", shelf, {"name": {"en": shelf}})
        for person in ("one", "two"):
            put("person", person, {"name": person, "role": "supervisor", "badge": badge_hash(person, person)})
        run("COMMIT")

    def _goods(self, others: int, packed: bool) -> None:
        run, many = self.store.connection.execute, self.store.connection.executemany
        made = ("INSERT INTO object"
                "(id, epc, level, product, lot, expiry, work_order, status, location, partner, parent)"
                " VALUES (?,?,?,'MILK','L1','2028-05-28','W','in_progress',?,'',?)")
        run("BEGIN IMMEDIATE")
        run("PRAGMA defer_foreign_keys=ON")
        top = max(self.numbers)
        many(made, ((number, code("b", number), "bottle", HERE if packed or number % 100 != 50 else THERE, None)
                    for number in self.numbers))
        cases = top // BOTTLES if packed else 0
        self.pallets = range(1, -(-cases // CASES) + 1)
        many(made, ((2 * top + n, code("p", n), "pallet", HERE, None) for n in self.pallets))
        many(made, ((top + n, code("c", n), "case", HERE, 2 * top + 1 + (n - 1) // CASES)
                    for n in range(1, cases + 1)))
        run("UPDATE object SET parent=? + (id - 1) / ? WHERE id <= ?", (top + 1, BOTTLES, cases * BOTTLES))
        first = 10 * top
        for pallet in range(others // (CASES * BOTTLES)):
            run(made, (first, code("p", first), "pallet", f"{SITE}/254/S-{pallet % 300}", None))
            many(made, ((first + n, code("b", first + n), "bottle", "", first) for n in range(1, CASES * BOTTLES)))
            first += CASES * BOTTLES
        stock.remake(self.store.connection)
        run("COMMIT")

    @property
    def view(self) -> CountView:
        found = self.station.view().count
        assert found is not None
        return found

    def play(self, way: str) -> None:
        self.scan("%ST:NEW-DOCUMENT:count:A-1")
        self.work.clear()
        if way == "pallets":
            took = [self.scan(code("p", number)) for number in self.pallets if number % 10]
        else:
            took = [self.scan(code("b", number)) for number in self.numbers if number % 100]
        print(f"{way:8} {len(took):6,} scans   {_figures(took)}   work {_figures(self.work)}")
        print(f"{'':8} {self.view.seen:,} of {self.view.expected:,} seen, {self.view.misplaced:,} misplaced")
        print(f"{'':8} differences in {self.act('RECOUNT'):.0f} ms", end=", ")
        if way == "singly":
            again = [self.scan(code("b", number)) for number in self.numbers if number % 100 == 50]
            print(f"counted again {_figures(again)}", end=", ")
        self.act("ADJUST", "COUNTED")
        took_ms = self.scan("%ST:BADGE:two")
        print(f"adjusted in {took_ms:.0f} ms: {self.view.state}")

    def scan(self, text: str) -> float:
        began = time.process_time()
        published = self.station.handle([Scan("hand", text.encode(), "", datetime.now(UTC), time.monotonic())])
        self.work.append((time.process_time() - began) * 1000)
        return _ms(published)

    def act(self, name: str, argument: str = "") -> float:
        return _ms(self.station.handle([Command(name, argument, datetime.now(UTC), time.monotonic())]))


def _ms(published: Iterable[Published]) -> float:
    return sum(each.took_ms for each in published)


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else took * 100
    return f"p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, worst {max(took):.2f} ms"


if __name__ == "__main__":
    main()
