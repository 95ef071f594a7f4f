"""What keeping the stock costs: a case of 24 packed, a pallet of 48 cases closed, moved, broken; with it and without.

    python -m tests.benchmarks.stock [--objects 1000000] [--cases 960]

Times are of the entry's rows in the open transaction, without fsync, each act on the same full store. Then the view:
every question that the pages and `station stock` ask, of that store.
"""
from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from app.domain.decision import Change, Commissioned, Packed, Placed, Unpacked, Verdict
from app.domain.facts import Content
from app.domain.reasons import Outcome, Reason
from app.store import rows, stock
from app.store.entry import Entry
from app.store.older import older
from app.store.stock_view import ALL, GROUPS, StockView
from app.store.store import Store

SITE = "https://id.gs1.org/414/6901234000009"
NOW = datetime(2027, 11, 30, 2, 0, tzinfo=UTC)
LOTS, SHELVES, PRODUCTS = 40, 300, 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=960)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stock-") as folder:
        store = Store(Path(folder) / "station.db", Path(folder) / "journal")
        took = fill(store, options.objects)
        print(f"store: {options.objects:,} objects in {_count(store, 'object WHERE parent IS NULL'):,} pallets, "
              f"{_count(store, 'stock'):,} rows of stock, filled in {took:.0f} s")
        for name, kept in (("without", False), ("with", True)):
            with stock_kept(kept):
                store.begin()
                for act, times in acts(store, options.cases, name).items():
                    print(f"{name:>8}  {act:18} {_figures(times)}")
                store.rollback()
        view(store)
        began = time.perf_counter()
        assert not list(stock.differences(store.connection))
        print(f"counted anew and compared in {time.perf_counter() - began:.1f} s")
        store.close()


@contextmanager
def stock_kept(kept: bool) -> Iterator[None]:
    before, after = stock.before, stock.after
    if not kept:
        stock.before, stock.after = lambda *_: None, lambda *_: None      # type: ignore[assignment]
    try:
        yield
    finally:
        stock.before, stock.after = before, after                         # type: ignore[assignment]


def acts(store: Store, cases: int, name: str) -> dict[str, list[float]]:
    """Milliseconds of each act: `cases` cases packed onto pallets of 48, each pallet put away, shipped, one broken."""
    took: dict[str, list[float]] = {}

    def do(act: str, *changes: Change) -> None:
        entry = Entry(NOW, "scan", "hand", "lina", (b"x",), ("",), Verdict(Outcome.ACCEPTED, Reason.TAKEN), changes)
        began = time.perf_counter()
        rows.insert(store.connection, store.next_seq() + sum(map(len, took.values())), entry, "pending")
        took.setdefault(act, []).append((time.perf_counter() - began) * 1000)

    for pallet in range(cases // 48):
        labels = [f"https://q.brand.example/c/{name}{pallet}-{case}" for case in range(48)]
        for label in labels:
            bottles = tuple(f"{label}/b/{n}" for n in range(24))
            do("case of 24", _live(bottles, "bottle"), _live((label,), "case"), Packed(label, bottles))
        outer = f"https://q.brand.example/p/{name}{pallet}"
        do("pallet of 48", _live((outer,), "pallet"), Packed(outer, tuple(labels)))
        do("put away", Placed((outer,), "in_progress", f"{SITE}/254/A-1"))
        do("ship", Placed((outer,), "in_transit", "", "DC7"))
        do("receive", Placed((outer,), "in_progress", SITE))
        do("take a case off", Unpacked(outer, (labels[0],)))
    return took


def _live(epcs: tuple[str, ...], level: str) -> Commissioned:
    return Commissioned(epcs, level, "P1", "L1", "2028-05-28", "WO", "active", SITE)


def fill(store: Store, count: int) -> float:
    """Master data, and pallets of 48 × 24 of many products and batches on many shelves; one in four is shipped."""
    began = time.perf_counter()
    run, many = store.connection.execute, store.connection.executemany
    run("BEGIN IMMEDIATE")
    store.catalogue.put("plan", "P", {"version": 1, "levels": [
        {"level": "bottle"}, {"level": "case", "count": 24}, {"level": "pallet", "count": 48}]})
    for number in range(PRODUCTS):
        store.catalogue.put("product", f"P{number}", {"name": {"en": f"Product {number}"}, "gtins": {}, "plan": "P",
                                                      "shelf_life_days": 365})
    store.catalogue.put("partner", "DC7", {"gln": "6901234000016", "name": {"en": "DC 7"}})
    made = ("INSERT INTO object(id, epc, level, product, lot, expiry, work_order, status, location, partner, parent)"
            " VALUES (?,?,?,?,?,?,'OLD',?,?,?,?)")
    for pallet in range(count // (1 + 48 + 48 * 24)):
        product, lot = f"P{pallet % PRODUCTS}", pallet * 7 % LOTS
        what = (product, f"L{lot}", date.fromordinal(date(2027, 11, 1).toordinal() + lot * 9).isoformat())
        gone = pallet % 4 == 3
        place = ("in_transit", "", "DC7") if gone else ("in_progress", f"{SITE}/254/S{pallet * 13 % SHELVES}", "")
        first = pallet * 1201 + 1
        many(made, [(first, f"https://q.brand.example/p/{first}", "pallet", *what, *place, None)])
        many(made, ((first + 1 + case, f"https://q.brand.example/c/{first + case}", "case", *what, *place, first)
                    for case in range(48)))
        many(made, ((first + 49 + n, f"https://q.brand.example/b/{first + n}", "bottle", *what, *place,
                     first + 1 + n // 24) for n in range(48 * 24)))
    stock.remake(store.connection)
    run("COMMIT")
    return time.perf_counter() - began


def view(store: Store) -> None:
    shown = StockView(store.connection, "en", NOW.date())
    row = shown.rows(ALL, "lot")[0]
    newest, outer = (Content("P1", "NEW", 24, "2029-01-01"),), shown.objects(ALL, limit=1)[0].epc
    questions: dict[str, Callable[[], object]] = {f"by {group}": lambda group=group: shown.rows(ALL, group)
                                                  for group in GROUPS}
    questions |= {
        "one product": lambda: shown.rows(row.where, "location"),
        "objects, a page": lambda: shown.objects(row.where),
        "events of one": lambda: shown.events(shown.objects(row.where)[0].epc),
        "older goods": lambda: older(store.connection, newest, SITE, store.plan_of, since="2027-11-30"),
        "what a pallet holds": lambda: store.contents(outer),
    }
    for name, question in questions.items():
        print(f"    view  {name:18} {_figures(list(_timed(question, 30)))}")


def _timed(question: Callable[[], object], times: int) -> Iterable[float]:
    for _ in range(times):
        began = time.perf_counter()
        question()
        yield (time.perf_counter() - began) * 1000


def _count(store: Store, what: str) -> int:
    return int(store.connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{len(took):6,} times   p50 {cuts[49]:7.3f} ms   p99 {cuts[98]:7.3f} ms   worst {max(took):7.3f} ms"


if __name__ == "__main__":
    main()
