"""The in-line queue at the speed of the fastest line: an hour of bottles through reader, rejecter and packer.

    python -m tests.benchmarks.queue [--bottles 120000] [--rows 240,5000] [--unread 0.001]

The domain alone: what a bottle's place, a reject and a stroke cost until the state after it is there. The bottles that
went into each case are compared with its codes. Looking up facts and writing to the disk are in the other benchmarks.
"""
from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import deque

from app.domain.codes.identity import Code
from app.domain.decision import Closed, Decision
from app.domain.facts import Facts
from app.domain.packing import containers, line_queue, realign
from app.domain.packing.containers import Packing
from app.domain.packing.line_queue import Conveyor, Queue
from app.domain.packing.packing import scan
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.packing.stroke import pop
from app.domain.products import Order, Product

CASE, PALLET = 24, 60
HERE = "https://id.gs1.org/414/6901234000009"
PLAN = Plan("P", 1, (PlanLevel("bottle"), PlanLevel("case", CASE), PlanLevel("pallet", PALLET)))
NOTHING = Facts()


class Line:
    """The order and its queue, and the bottles that really are on the belt."""

    def __init__(self, bottles: int, row: int) -> None:
        order = Order("WO1", "MILK", "P", 1, "L1", "2027-11-30", "2028-05-28", bottles)
        self.state = Packing(order, PLAN, Product("MILK", {"en": "Milk"}, {}, "P"))
        self.queue, self.conveyor, self.row = Queue("WO1"), Conveyor(room=row + CASE), row
        self.belt: deque[str] = deque()
        self.took: dict[str, list[float]] = {"bottle": [], "reject": [], "stroke": [], "label": []}
        self.packed = self.shifted = self.rejected = self.labels = 0

    def timed(self, what: str, work: object, *about: object, **more: object) -> Decision:
        began = time.perf_counter()
        decision: Decision = work(*about, **more)          # type: ignore[operator]
        for change in decision.changes:
            self.state = containers.apply(self.state, change)
            self.queue = line_queue.apply(self.queue, change)
        self.took[what].append((time.perf_counter() - began) * 1e6)
        return decision

    def bottle(self, number: int, read: bool) -> None:
        epc = f"https://q.brand.example/b/1{number:09d}"
        codes = (Code(b"", "", epc, "rule", "bottle", product="MILK"),) if read else ()
        self.timed("bottle", line_queue.enter, self.state, self.queue, codes, NOTHING, number, conveyor=self.conveyor)
        if read:
            self.belt.append(epc)
        else:
            self.timed("reject", line_queue.rejected, self.state, self.queue, number, NOTHING)
            self.rejected += 1

    def stroke(self) -> None:
        taken = tuple(self.belt.popleft() for _ in range(CASE))
        self.timed("stroke", pop, self.state, self.queue, NOTHING, HERE, conveyor=self.conveyor)
        box = next(box for box in self.state.containers if box.level == "case")
        self.shifted += box.children != taken or bool(box.parked)
        self.packed += len(taken)
        done = self.label("case")
        if any(box.full for box in self.state.at("pallet")):
            done = self.label("pallet")
        assert any(isinstance(change, Closed) for change in done.changes)

    def label(self, level: str) -> Decision:
        self.labels += 1
        code = Code(b"", "", f"https://q.brand.example/{level}/{self.labels}", "rule", level, product="MILK")
        return self.timed("label", scan, self.state, code, NOTHING, HERE)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bottles", type=int, default=120_000)
    parser.add_argument("--rows", default="240,5000")
    parser.add_argument("--unread", type=float, default=0.001)
    options = parser.parse_args()
    for row in map(int, options.rows.split(",")):
        line, luck = Line(options.bottles, row), random.Random(1)
        began = time.perf_counter()
        for number in range(1, options.bottles + 1):
            line.bottle(number, luck.random() >= options.unread)
            while len(line.belt) >= row:
                line.stroke()
        while len(line.belt) >= CASE:
            line.stroke()
        seconds = time.perf_counter() - began
        left = [slot.epc for slot in line.queue.slots]
        lost = options.bottles - line.packed - line.rejected - len(left) + (left != list(line.belt))
        each_us = seconds / options.bottles * 1e6
        print(f"row of {row:,}: {options.bottles:,} bottles in {seconds:.1f} s, {each_us:.0f} us each, all told: "
              f"{each_us / 30_000:.2%} of the time that a line of 120,000 an hour has")
        print(f"  packed {line.packed:,}, rejected {line.rejected:,}, still in the row {len(left)}; lost {lost}, cases "
              f"shifted or held {line.shifted}")
        for what, took in line.took.items():
            print(f"  {what:7} {_figures(took)}")
        print(f"  jam and back with {row:,} places: {_jam(line, row)}")


def _jam(line: Line, row: int) -> str:
    """The dearest acts of all: every place becomes doubtful, and known again."""
    first = line.queue.last_trigger + 1
    line.state = containers.Packing(line.state.order, PLAN, line.state.product)
    for number in range(first, first + row - len(line.queue.row)):
        line.bottle(number, True)
    line.took = {what: [] for what in ("jam", "probe", "aligned")}
    ends = [Code(b"", "", slot.epc, "", "bottle") for slot in (line.queue.slots[0], line.queue.slots[-1])]
    line.timed("jam", realign.jam, line.state, line.queue)
    for code in ends:
        line.timed("probe", realign.probe, line.state, line.queue, code, NOTHING, CASE)
    line.timed("aligned", realign.aligned, line.state, line.queue, CASE)
    assert not line.queue.stopped and len(line.queue.row) == row
    return ", ".join(f"{what} {max(took) / 1000:.1f} ms" for what, took in line.took.items())


def _figures(took: list[float]) -> str:
    if len(took) < 2:
        return f"{len(took)}"
    cuts = statistics.quantiles(took, n=100)
    return f"{len(took):7,} x  p50 {cuts[49]:6.1f} us  p99 {cuts[98]:6.1f} us  max {max(took) / 1000:.1f} ms"


if __name__ == "__main__":
    main()
