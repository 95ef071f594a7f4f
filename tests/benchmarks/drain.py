"""How fast a backlog reaches the training server on this machine, and what a long queue costs.

    python -m tests.benchmarks.drain [--events 20000] [--batch 100] [--children 12]
"""
from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from app.messages import MasterChanged, SyncStatus
from app.settings import ServerSection
from app.store.queue import Queue
from app.sync import Sync
from tests.e2e.training_server import running
from tests.unit.sync.stock import bottle, event, made, put


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--children", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drain-") as folder, running(Path(folder) / "central") as server:
        path = Path(folder) / "station.db"
        connection = made(path)
        many = options.children
        put(connection, [event(number, [bottle(number * many + each) for each in range(many)])
                         for number in range(1, options.events + 1)])
        queue = Queue(connection)
        for name, work in (("claim", lambda: queue.waiting(500)), ("counts", queue.counts)):
            begun = time.perf_counter()
            for _ in range(20):
                work()
            print(f"{name}: {(time.perf_counter() - begun) / 20 * 1000:.2f} ms")
        section = ServerSection(url=server.url, max_events=options.batch, max_bytes=50_000_000)
        begun = time.perf_counter()
        ended = Sync(path, section, _nothing).once(600)
        seconds = time.perf_counter() - begun
        print(f"{ended.accepted} of {options.events} events of {many} objects in {seconds:.1f} s: "
              f"{ended.accepted / seconds:.0f} events/s in batches of {options.batch}")
        connection.close()


def _nothing(_notice: SyncStatus | MasterChanged) -> None:
    pass


if __name__ == "__main__":
    main()
