"""`station run --headless` as its own process: a fixed reader on a socket, the real store, the training server."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.central.training import bottle, case, pallet
from app.store.database import open_reader
from drivers.simulated import SimulatedReader
from tests.e2e.training_server import ROOT, Running, running, wait_for

JUICE = "JUICE-1L"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "central") as server:
        yield server


@pytest.fixture
def reader() -> Iterator[SimulatedReader]:
    reader = SimulatedReader()
    yield reader
    reader.close()


def settings(url: str, port: int) -> str:
    return f"""
[station]
id = "LINE-9"
language = "en"
[server]
url = "{url}"
dedupe = "ignore"
query_lag_s = 0.0
master_every_s = 1.0
[packing]
clearance = false
[[device]]
name = "reader"
kind = "socket-client"
port = {port}
ok = "OK\\\\n"
ng = "NG\\\\n"
"""


def station(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    return subprocess.run([sys.executable, "-m", "app", *arguments, "--home", str(home), "--language", "en"], cwd=ROOT,
                          text=True, capture_output=True, timeout=60, check=False,
                          env={**os.environ, "LANG": "C.UTF-8"})


class Line:
    """A running headless station and the reader that it listens to."""

    def __init__(self, home: Path, reader: SimulatedReader, heard: bytes = b"") -> None:
        self.home, self._reader, self._answers = home, reader, heard
        with (home / "said").open("ab") as said:
            self.process = subprocess.Popen([sys.executable, "-m", "app", "run", "--headless", "--home", str(home)],
                                            cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)

    def scan(self, text: str) -> str:
        """What the station answers this code with, once the event is on the disk."""
        self._reader.scan(text.encode())
        now = self._reader.received(len(self._answers) + 3, 20.0)
        fresh, self._answers = now[len(self._answers):], now
        return fresh.decode().strip()

    def counts(self) -> dict[str, int]:
        connection = open_reader(self.home / "station.db")
        try:
            return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
        finally:
            connection.close()

    def has_master(self) -> bool:
        if not (self.home / "station.db").exists():
            return False
        connection = open_reader(self.home / "station.db")
        try:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='document'").fetchone():
                return False
            return connection.execute("SELECT count(*) FROM document WHERE id='PO-3307'").fetchone()[0] == 1
        finally:
            connection.close()

    def end(self, how: int) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


def test_a_case_and_a_pallet_reach_the_server(tmp_path: Path, server: Running, reader: SimulatedReader) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "station.toml").write_text(settings(server.url, reader.serve()), "utf-8")
    line = Line(home, reader)
    try:
        wait_for(line.has_master, 90)
        assert wait_for(lambda: line.scan("%ST:BADGE:BADGE-0001") == "OK"), (home / "said").read_text()
        assert line.scan("%ST:ORDER:WO-271130-T") == "OK"
        for number in range(4):
            for place in range(6):
                assert line.scan(bottle(JUICE, number * 6 + place + 1)) == "OK"
            assert line.scan(case(JUICE, number + 1)) == "OK"
        assert line.scan(bottle(JUICE, 1)) == "NG", "packed before"
        assert line.end(signal.SIGKILL) == -signal.SIGKILL, "killed before the pallet has its label"
        heard = reader.received()
        reader.hang_up()

        line = Line(home, reader, heard)
        assert line.scan(f"]C100{pallet(1)}") == "OK", "it goes on where it was"
        wait_for(lambda: set(line.counts()) == {"done"}, 90)
        assert line.end(signal.SIGTERM) == 0
    finally:
        line.process.kill()
        line.process.wait()
    written = sum(line.counts().values())
    assert written == 14, "bottles, label and packing of each case; label and packing of the pallet"
    for packed in [case(JUICE, number + 1) for number in range(4)]:
        steps = [each["bizStep"] for each in server.found(MATCH_anyEPC=packed)]
        assert steps == ["commissioning", "packing", "packing"]
    told = json.loads(station(home, "status", "--json").stdout)
    assert (told["queued"], told["in_flight"], told["accepted"], told["refused"]) == (0, 0, written, 0)
    assert told["devices"][0]["name"] == "reader"
    checked = station(home, "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr
