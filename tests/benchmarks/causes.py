"""How often the cause that is told of an unread place is the right one, fault by fault.

    python -m tests.benchmarks.causes [--seeds 31,32,33] [--presets qr2-24,dm22-24]
"""
from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np

from app.vision.cause import cause
from app.vision.reading import Cause, CellState
from tests.unit.vision.faults import FAULTS, KINDS, confusion, faulty

READ = {str(CellState.READ), str(CellState.SUSPECT)}
WORDS = [str(each) for each in Cause if each]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.causes", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", default="31,32,33")
    parser.add_argument("--presets", default="qr2-24,dm22-24", help="of " + ", ".join(KINDS))
    given = parser.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    print(f"{'places with this fault':24}{'left':>6}{'right %':>9}  " + "".join(f"{word:>10}" for word in WORDS)
          + f"{'nothing':>10}{'read':>6}")
    for fault, (truth, _) in FAULTS.items():
        told: Counter[str] = Counter()
        for preset in given.presets.split(","):
            told += confusion(preset, fault, iter(seeds))
        left = sum(count for word, count in told.items() if word not in READ)
        print(f"{fault:24}{left:6}{100 * told[str(truth)] / max(left, 1):9.0f}  " + "".join(
            f"{told[word]:10}" for word in WORDS) + f"{told['nothing']:10}{sum(told[word] for word in READ):6}",
            flush=True)
    print(f"a place takes {_cost(given.presets.split(',')[0]):.2f} ms (median)")
    return 0


def _cost(preset: str) -> float:
    case, took = faulty(preset, "scratched", 1), []
    for _ in range(10):
        for (x, y), side in case.places:
            half = 0.6 * side
            began = time.perf_counter()
            cause(case.pixels, ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)),
                  side / case.preset.modules)
            took.append(time.perf_counter() - began)
    return float(np.median(took)) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
