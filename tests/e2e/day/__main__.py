"""A day at a distributor at full size: prints figures, ends non-zero on any difference.

    python -m tests.e2e.day [--documents 3000] [--seed 1] [--keep FOLDER]
"""
from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from datetime import datetime
from pathlib import Path

from tests.e2e.day.check import check
from tests.e2e.day.plan import TROUBLE, planned
from tests.e2e.day.play import Day


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.day", description=__doc__)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trouble", type=float, default=TROUBLE, help="share of the documents with trouble")
    parser.add_argument("--keep", type=Path, help="an existing folder for what is kept")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="day-", dir=options.keep))
    good = play(folder, options.documents, options.seed, options.trouble)
    if good and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"kept in {folder}")
    return 0 if good else 1


def play(folder: Path, documents: int, seed: int, trouble: float) -> bool:
    plan = planned(documents, seed, datetime.now().astimezone().date(), trouble)
    begun = time.monotonic()
    day = Day(folder, plan)
    try:
        day.play()
        played = time.monotonic()
        found = check(day)
    except (AssertionError, TimeoutError):
        traceback.print_exc()
        return False
    finally:
        day.close()
    times = sorted(each for clerk in day.clerks.values() for each in clerk.times_ms)
    clerks = day.clerks.values()
    print(f"{len(plan.documents)} documents of {len(plan.kinds)} kinds, {sum(plan.troubles.values())} with trouble, "
          f"seed {seed}: {len(times)} scans at two stations in {(played - begun) / 60:.1f} minutes, the network down "
          f"for half of them, sent and checked in {(time.monotonic() - played) / 60:.1f}")
    print(f"scan to answer p50 {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms; "
          f"{sum(each.kills for each in clerks)} kills; older goods confirmed {sum(each.confirmed for each in clerks)} "
          f"times; memory at most {max(each.station.peak_mb for each in clerks):.0f} MB")
    print(f"equal on stations, server and script: {found}")
    print(f"kinds {dict(plan.kinds.most_common())}")
    print(f"troubles {dict(plan.troubles.most_common())}")
    return True


if __name__ == "__main__":
    sys.exit(main())
