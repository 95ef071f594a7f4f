"""The whole line at full size: prints figures, ends non-zero on any difference.

    python -m tests.e2e.line --cases 1000 [--seed 1] [--mode camera|queue] [--keep FOLDER]
"""
from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.e2e.line.camera import CameraLine
from tests.e2e.line.check import check
from tests.e2e.line.conveyor import QueueLine
from tests.e2e.line.goods import Shape


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.line", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--bottles", type=int, default=24)
    parser.add_argument("--pallet", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", choices=("camera", "queue"), action="append", default=[])
    parser.add_argument("--keep", type=Path, help="a new folder that is kept")
    options = parser.parse_args()
    bad = 0
    for mode in options.mode or ["camera", "queue"]:
        folder = Path(tempfile.mkdtemp(prefix=f"line-{mode}-", dir=options.keep))
        shape = Shape(options.cases, options.bottles, 4 if options.bottles % 4 == 0 else 2, options.pallet,
                      mode == "camera")
        if play(mode, folder, shape, options.seed):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            bad += 1
            print(f"{mode}: kept in {folder}")
    return 1 if bad else 0


def play(mode: str, folder: Path, shape: Shape, seed: int) -> bool:
    begun = time.monotonic()
    line = _line(mode, folder, shape, seed)
    try:
        line.play()
        packed = time.monotonic()
        found = check(line.floor, line.truth)
    except (AssertionError, TimeoutError):
        traceback.print_exc()
        print(f"{mode}: seed {seed}: after {dict(line.truth.acts)}")
        return False
    finally:
        line.floor.close()
    times = sorted(line.coil_ms)
    print(f"{mode}: {shape.cases} cases of {shape.bottles} in {packed - begun:.0f} s "
          f"({shape.cases / (packed - begun) * 60:.1f} cases a minute, all faults included), checked in "
          f"{time.monotonic() - packed:.0f} s")
    print(f"{mode}: trigger to coil p50 {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms, "
          f"{len(times)} triggers; station's memory at most {line.station.peak_mb:.0f} MB")
    print(f"{mode}: {found}")
    print(f"{mode}: zero difference; {dict(sorted(line.truth.acts.items()))}")
    return True


def _line(mode: str, folder: Path, shape: Shape, seed: int) -> CameraLine | QueueLine:
    return CameraLine(folder, shape, seed) if mode == "camera" else QueueLine(folder, shape, seed)


if __name__ == "__main__":
    sys.exit(main())
