"""Start and memory: the window from a warm start, idle memory with it and without it.

    python -m tests.benchmarks.window [--starts 5]

Each start is a process of its own, timed from the moment it is asked for (interpreter included) to the window being
painted on Qt's offscreen platform. Memory is resident, after 3 s idle.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WITH_WINDOW = """
import json, sys, time
from pathlib import Path
asked = float(sys.argv[2])
from app.bootstrap import House
from app.bootstrap.window import play_in_window
from app.home import Home
from app.settings_file import load
home = Home(Path(sys.argv[1])); home.make()
settings = load(home.path, {}).settings
def ready(screens):
    from threading import Event
    painted = Event()
    screens._crossing.wanted.emit(painted.set)
    painted.wait()
    ms = (time.time() - asked) * 1000
    time.sleep(3)
    rss = int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
    print(json.dumps({"ms": ms, "mb": rss}))
play_in_window(home, settings, lambda show: House(home, settings, show=show), ready, headless=True)
"""
WITHOUT = """
import json, sys, time
from pathlib import Path
asked = float(sys.argv[2])
from app.bootstrap import House
from app.home import Home
from app.settings_file import load
home = Home(Path(sys.argv[1])); home.make()
house = House(home, load(home.path, {}).settings); house.start()
ms = (time.time() - asked) * 1000
time.sleep(3)
rss = int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
print(json.dumps({"ms": ms, "mb": rss, "qt": any(name.startswith("PySide6") for name in sys.modules)}))
house.stop()
"""
SETTINGS = """
[station]
id = "BENCH-1"
[[device]]
name = "camera"
kind = "camera"
source = "{camera}"
[[device]]
name = "reader"
kind = "socket-server"
port = 0
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="window-") as folder:
        home = Path(folder)
        (home / "camera").mkdir()
        (home / "station.toml").write_text(SETTINGS.format(camera=home / "camera"), "utf-8")
        _started(WITHOUT, home)           # warms the caches and makes the database
        for name, code in (("with window", WITH_WINDOW), ("without    ", WITHOUT)):
            runs = [_started(code, home) for _ in range(options.starts)]
            ms, mb = [run["ms"] for run in runs], [run["mb"] for run in runs]
            qt = "  Qt loaded: " + str(any(run.get("qt") for run in runs)) if "qt" in runs[0] else ""
            print(f"{name}: ready median {statistics.median(ms):6.0f} ms, worst {max(ms):6.0f} ms; "
                  f"idle median {statistics.median(mb):5.0f} MB, worst {max(mb):5.0f} MB{qt}")


def _started(code: str, home: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", code, str(home), repr(time.time())], capture_output=True, text=True,
                          check=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


if __name__ == "__main__":
    main()
