"""Trigger to OK/NG coil over real Modbus TCP on this machine, with a bare answer and with the whole station behind it.

    python -m tests.benchmarks.signals [--cases 300] [--bottles 3000] [--poll-ms 10]

The PLC, the reader and the station share this process; the reader answers at once. Times run from the input's edge to
the PLC having the coil, so the wait for the next look at the inputs is in them.
"""
from __future__ import annotations

import argparse
import queue
import shutil
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from app.devices import Devices
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.ids import event_id
from app.messages import DeviceState, Frame, Message, Published, StationView
from app.settings import DeviceSection, TriggerSection
from app.station import Place, Station, Surroundings
from app.store.store import Store
from drivers.simulated import SimulatedReader
from drivers.simulated_plc import SimulatedPlc
from tests.benchmarks.verdict import SITE, fill

VIEW = StationView("BENCH-1", "Bench", "op", "Op", "operator", "packing", "WO")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--bottles", type=int, default=3_000)
    parser.add_argument("--poll-ms", type=int, default=10)
    options = parser.parse_args()
    Bare(options.poll_ms).run("line alone   ", options.cases)
    folder = Path(tempfile.mkdtemp(prefix="signals-"))
    try:
        Whole(options.poll_ms, folder).run("whole station", options.cases)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    single_file(options.bottles)


class Bare:
    """A line whose verdict is good at once."""

    def __init__(self, poll_ms: int) -> None:
        self.plc, self.reader = SimulatedPlc(), SimulatedReader()
        self.ready = threading.Semaphore(0)
        sections = [
            DeviceSection(name="plc", kind="modbus", port=self.plc.start(), poll_ms=poll_ms,
                          inputs={"trigger": "input:0"},
                          outputs={"ok": "coil:0", "ng": "coil:1", "number": "holding:0", "heartbeat": "coil:5"}),
            DeviceSection(name="cam", kind="socket-client", port=self.reader.serve(), separator=";", suffix="\\r\\n")]
        self.devices = Devices(sections, self.inbox(), self._said, triggers=[
            TriggerSection(name="case", readers=("cam",), pulse_ms=5, timeout_ms=2000)])

    def inbox(self) -> queue.Queue[Message]:
        inbox: queue.Queue[Message] = queue.Queue(1000)

        def judge() -> None:
            while isinstance(frame := inbox.get(), Frame):
                good = Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE)
                self.devices.verdict(Published(good, VIEW, frame.source, datetime.now(UTC), 1, 0.0, (), frame,
                                               frame.trigger))

        threading.Thread(target=judge, daemon=True).start()
        return inbox

    def _said(self, state: DeviceState) -> None:
        if state.state == "ready" and state.name in ("plc", "cam"):
            self.ready.release()

    def run(self, title: str, cases: int) -> None:
        self.devices.start()
        for _ in range(2):
            self.ready.acquire()
        triggered = []
        for case in range(cases):
            telegram = ";".join([f"https://q.brand.example/b/1{case * 24 + n:09d}" for n in range(24)]
                                + [f"https://q.brand.example/c/1{case:09d}"])
            edge = time.monotonic()
            self.plc.set("input:0", 1)
            self.reader.scan(telegram.encode())
            written = self.plc.wait_written("coil:0", 1, times=case + 1)
            triggered.append((written.mono - edge) * 1000)
            self.plc.set("input:0", 0)
            self.plc.wait_written("coil:0", 0, times=case + 2)
            self.plc.seen("input:0")
            # the edge falls anywhere between two looks
            threading.Event().wait(case * 7 % 20 / 1000)
        assert not self.plc.writes("coil:1", 1)
        print(f"{title}: trigger → OK coil  {figures(triggered)}")
        self.devices.stop()
        self.plc.stop()
        self.reader.close()


class Whole(Bare):
    """The same with the engine and its journal and database behind it: frames of 24 bottles and their case."""

    def __init__(self, poll_ms: int, folder: Path) -> None:
        self.store = Store(folder / "station.db", folder / "journal")
        fill(self.store, 100_000)
        place = Place("BENCH-1", "Bench", f"{SITE}/254/BENCH-1", SITE, operator="op", order="WO")
        around = Surroundings(lambda: datetime.now(UTC).astimezone(), time.monotonic, event_id,
                              lambda _hash, _pin: False)
        self.station = Station(self.store, place, around, [self._published])
        super().__init__(poll_ms)

    def inbox(self) -> queue.Queue[Message]:
        return self.station.inbox

    def _published(self, notice: object) -> None:
        if isinstance(notice, Published):
            self.devices.verdict(notice)

    def run(self, title: str, cases: int) -> None:
        self.station.start()
        super().run(title, cases)
        self.station.stop()
        self.store.close()


def single_file(bottles: int) -> None:
    """Bottles at 120,000 an hour into the queue: none lost, none shifted."""
    reader, inbox = SimulatedReader(), queue.Queue[Message](10_000)
    ready = threading.Event()

    def said(state: DeviceState) -> None:
        if (state.name, state.state) == ("cap", "ready"):
            ready.set()

    section = DeviceSection(name="cap", kind="socket-client", port=reader.serve(), suffix="\\r\\n", feeds="queue")
    devices = Devices([section], inbox, said)
    devices.start()
    ready.wait(10)
    start, took = time.monotonic(), []
    for number in range(bottles):
        due = start + number * 0.030 / 10        # ten times the speed of the line
        threading.Event().wait(max(0.0, due - time.monotonic()))
        sent = time.monotonic()
        reader.scan(b"NoRead" if number % 500 == 499 else b"https://q.brand.example/b/%010d" % number)
        frame = inbox.get(timeout=5)
        took.append((time.monotonic() - sent) * 1000)
        assert isinstance(frame, Frame) and frame.trigger == number + 1
        assert bool(frame.unread) if number % 500 == 499 else frame.seen[0].raw.endswith(b"%010d" % number)
    print(f"single file  : {bottles:,} bottles in {time.monotonic() - start:.1f} s, none lost, none shifted; "
          f"telegram → frame  {figures(took)}")
    devices.stop()
    reader.close()


def figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{len(took):5,}   p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms   worst {max(took):6.2f} ms"


if __name__ == "__main__":
    main()
