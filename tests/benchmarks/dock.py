"""The dock with large goods, large papers and a full store: time from the scan to its durable verdict.

    python -m tests.benchmarks.dock [--pallets 200] [--minutes 1] [--objects 1000000] [--home DIR]
    python -m tests.benchmarks.dock --minutes 60 --only rate         (50 scans a second for an hour)
    python -m tests.benchmarks.dock --objects 50000000 --home DIR    (a store that knows 50 million objects)

pallets : received and shipped on, each 48 cases of 24 known one by one, by one scan each.
papers  : a document of 5,000 lines that announces 200,000 objects: put into the store, opened, its cases scanned.
rate    : 50 scans a second, bottles out of a document, as a clerk's scanner and a tunnel reader give them.
store   : opening it, and looking up codes anywhere in it.
With --home what was made stays there and is used again.
"""
from __future__ import annotations

import argparse
import queue
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.domain.people import badge_hash
from app.domain.reasons import Outcome
from app.ids import event_id
from app.messages import Command, Message, Notice, Published, Scan
from app.station import Place, Station, Surroundings
from app.store.checkpoint import Checkpoints
from app.store.store import Store

SITE = "https://id.gs1.org/414/6901234000009"
PER_SECOND = 50
PRODUCTS, LOTS = 200, 25              # 5,000 lines
CASES = 8_000                         # and their 192,000 bottles: 200,000 objects
EXPIRY = "2028-05-22"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pallets", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", choices=("lookup", "pallets", "papers", "rate"), help="one part of it")
    options = parser.parse_args()
    folder = options.home or Path(tempfile.mkdtemp(prefix="dock-"))
    try:
        fill(folder, options.objects, options.pallets, round(options.minutes * 60 * PER_SECOND))
        bench = Bench(folder)
        try:
            parts = {"lookup": lambda: bench.look_up(options.objects), "papers": bench.papers,
                     "pallets": lambda: bench.pallets(options.pallets), "rate": lambda: bench.rate(options.minutes)}
            for name, part in parts.items():
                if options.only in (None, name):
                    part()
        finally:
            bench.end()
        print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB at most", flush=True)
    finally:
        if not options.home:
            shutil.rmtree(folder, ignore_errors=True)


# --- the goods ----------------------------------------------------------------------------------------------------
def bottle(number: int) -> str:
    return f"https://q.brand.example/b/{number:012d}"


def case(number: int) -> str:
    return f"https://q.brand.example/c/{number:012d}"


def pallet(number: int) -> str:
    return f"https://q.brand.example/p/{number:012d}"


def fill(folder: Path, objects: int, pallets: int, singles: int) -> None:
    """The store with master data, full cases that stand here, pallets on their way, and loose bottles to be shipped."""
    if (folder / "station.db").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "station.db", folder / "journal")
    run, many = store.connection.execute, store.connection.executemany
    run("BEGIN IMMEDIATE")
    began = time.perf_counter()
    for kind, id, data in _master():
        store.catalogue.put(kind, id, {"id": id, **data})
    columns = "INSERT INTO object(id, epc, level, product, lot, expiry, work_order, status, location, partner, parent)"
    many(f"{columns} VALUES (?,?,?,'P0','L0','{EXPIRY}','',?,?,'',?)", _goods(objects, pallets, singles))
    store.connection.execute("COMMIT")
    recount(store)
    store.close()
    size = (folder / "station.db").stat().st_size
    print(f"store : {objects:,} objects known and {pallets} pallets on their way, {size / 1e6:,.0f} MB, made in "
          f"{time.perf_counter() - began:.0f} s", flush=True)


def recount(store: Store) -> None:
    """The stock of goods that were put into the table beside the journal."""
    from app.store import stock

    store.connection.execute("BEGIN IMMEDIATE")
    stock.remake(store.connection)
    store.connection.execute("COMMIT")


def _master() -> Iterator[tuple[str, str, dict[str, object]]]:
    yield "plan", "P", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 24},
                                                 {"level": "pallet", "count": 48}]}
    for number in range(PRODUCTS):
        rule = {"name": "url", "kind": "url", "product": "P0",
                "pattern": r"https://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9]{12})",
                "levels": {"b": "bottle", "c": "case", "p": "pallet"}}
        yield "product", f"P{number}", {"name": {"en": f"Product {number}"}, "gtins": {}, "plan": "P",
                                        "rules": [rule] if not number else []}
    yield "partner", "DC7", {"gln": "6901234000016", "name": {"en": "DC 7"}, "role": "distributor", "territory": "51"}
    yield "partner", "PLANT", {"gln": "6901234000023", "name": {"en": "Plant"}, "role": "brand"}
    yield "person", "op", {"name": "Op", "role": "operator", "badge": badge_hash("op", "BADGE")}
    yield "document", "IN", {"kind": "purchase_in", "partner": "PLANT"}
    yield "document", "OUT", {"kind": "sales_out", "partner": "DC7"}
    yield "document", "SINGLES", {"kind": "sales_out", "partner": "DC7"}


def _goods(objects: int, pallets: int, singles: int) -> Iterator[tuple[object, ...]]:
    """Rows of the table `object`: cases that stand here, pallets on their way, loose bottles."""
    number = 0
    for full in range(objects // 25):
        number += 1
        mine = number
        yield number, case(10**9 + full), "case", "in_progress", SITE, None
        for place in range(24):
            number += 1
            yield number, bottle(10**10 + full * 24 + place), "bottle", "active", "", mine
    for each in range(pallets):
        number += 1
        above = number
        yield number, pallet(each), "pallet", "in_transit", "", None
        for at in range(48):
            number += 1
            mine = number
            yield number, case(each * 48 + at), "case", "active", "", above
            for place in range(24):
                number += 1
                yield number, bottle((each * 48 + at) * 24 + place), "bottle", "active", "", mine
    for each in range(singles):
        number += 1
        yield number, bottle(5 * 10**10 + each), "bottle", "in_progress", SITE, None


# --- the work -----------------------------------------------------------------------------------------------------
class Bench:
    """A station at work on that store, as bootstrap builds it."""

    def __init__(self, folder: Path) -> None:
        began = time.perf_counter()
        self.store = Store(folder / "station.db", folder / "journal")
        self.station = Station(self.store, Place("BENCH-1", "Bench", f"{SITE}/254/BENCH-1", SITE), Surroundings(
            lambda: datetime.now(UTC).astimezone(), time.monotonic, event_id, lambda _hash, _pin: False), [self._hear])
        print(f"open  : {time.perf_counter() - began:.2f} s until the first scan can be judged", flush=True)
        self.answers: queue.Queue[Published] = queue.Queue()
        self.checkpoints = Checkpoints(folder / "station.db", self.store.connection)
        self.checkpoints.start()
        self.station.start()
        self.do("BADGE", "BADGE")

    def _hear(self, notice: Notice) -> None:
        if isinstance(notice, Published):
            self.answers.put(notice)

    def give(self, message: Message) -> Published:
        self.station.give(message)
        return self.answers.get(timeout=120)

    def do(self, name: str, argument: str = "") -> Published:
        return self.give(Command(name, argument, datetime.now(UTC), time.monotonic()))

    def scan(self, text: str) -> float:
        published = self.give(Scan("hand", text.encode(), "", datetime.now(UTC), time.monotonic()))
        assert published.verdict.outcome in (Outcome.ACCEPTED, Outcome.COMPLETE), published.verdict
        return published.took_ms

    def look_up(self, objects: int) -> None:
        dice, cases = random.Random(7), max(objects // 25, 1)
        self.do("LOOKUP")
        codes = [bottle(10**10 + dice.randrange(cases * 24)) for _ in range(2_000)]
        cold = [self.scan(each) for each in codes]
        warm = [self.scan(each) for each in codes]
        facts = []
        for each in codes:
            began = time.perf_counter()
            found = self.store.facts([each])
            facts.append((time.perf_counter() - began) * 1000)
            assert each in found.known
        print(f"lookup: durable {_figures(cold)} at first, {_figures(warm)} again; in the store {_figures(facts)}",
              flush=True)

    def pallets(self, many: int) -> None:
        self.do("DOCUMENT", "IN")
        received = [self.scan(pallet(each)) for each in range(many)]
        self.do("DOCUMENT", "OUT")
        shipped = [self.scan(pallet(each)) for each in range(many)]
        print(f"pallet: 48 cases of 24 received {_figures(received)}; shipped {_figures(shipped)}", flush=True)

    def papers(self) -> None:
        """A document with 5,000 lines and 200,000 objects."""
        lines = [{"line": at + 1, "product": f"P{at % PRODUCTS}", "lot": f"L{at // PRODUCTS}", "quantity": 24 * CASES}
                 for at in range(PRODUCTS * LOTS)]
        about = [{"product": f"P{at % PRODUCTS}", "lot": f"L{at // PRODUCTS % LOTS}", "expiry": EXPIRY}
                 for at in range(CASES)]
        coming: list[dict[str, object]] = []
        for at in range(CASES):
            coming.append({"epc": case(7 * 10**10 + at), "level": "case", "parent": "", **about[at]})
            coming += [{"epc": bottle(7 * 10**10 + at * 24 + place), "level": "bottle", "parent": case(7 * 10**10 + at),
                        **about[at]} for place in range(24)]
        began = time.perf_counter()
        self.station.stop()
        self.store.connection.execute("BEGIN IMMEDIATE")
        self.store.catalogue.put("document", "BIG", {"id": "BIG", "kind": "purchase_in", "partner": "PLANT",
                                                     "lines": lines, "announced": coming})
        self.store.connection.execute("COMMIT")
        put = time.perf_counter() - began
        self.again()
        opened = self.do("DOCUMENT", "BIG").took_ms
        took = [self.scan(case(7 * 10**10 + at)) for at in range(CASES)]
        print(f"papers: 5,000 lines and 200,000 objects put in {put:.1f} s, opened in {opened:.0f} ms, scans "
              f"{_figures(took)}", flush=True)

    def again(self) -> None:
        """The same station anew: a thread cannot be started twice."""
        place, around = self.station._place, self.station._around
        self.station = Station(self.store, place, around, [self._hear])
        self.station.start()

    def rate(self, minutes: float) -> None:
        """50 scans a second, each answered once."""
        self.do("DOCUMENT", "SINGLES")
        wanted = round(minutes * 60 * PER_SECOND)
        began, took, good = time.monotonic(), [], 0        # the answers themselves would be 350 MB after an hour

        def heard(answer: Published) -> None:
            nonlocal good
            took.append(answer.took_ms)
            good += answer.verdict.outcome in (Outcome.ACCEPTED, Outcome.COMPLETE)
        for number in range(wanted):
            due = began + number / PER_SECOND
            time.sleep(max(due - time.monotonic(), 0))
            raw = bottle(5 * 10**10 + number).encode()
            self.station.give(Scan("hand", raw, "", datetime.now(UTC), time.monotonic()))
            while not self.answers.empty():
                heard(self.answers.get())
        while len(took) < wanted:
            heard(self.answers.get(timeout=60))
        seconds = time.monotonic() - began
        kept = self.store.connection.execute(
            "SELECT count(*) FROM document_object WHERE document='SINGLES'").fetchone()[0]
        print(f"rate  : {wanted / seconds:.1f} scans a second for {seconds / 60:.1f} minutes, {good} of {wanted} good, "
              f"{kept} on the document; {_figures(took)}", flush=True)

    def end(self) -> None:
        self.station.stop()
        self.checkpoints.stop()
        self.store.close()


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, worst {max(took):.1f} ms"


if __name__ == "__main__":
    main()
