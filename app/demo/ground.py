"""The training ground: one home with its settings, a scanner on a pty, a camera's folder, and the training server as a
process of its own that can be switched off and on. Nothing here knows what a shift is.
"""
from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpx

from app.demo.script import RETIRED
from app.home import Home
from app.settings import RecipeFile
from app.settings_file import write_default, write_recipe
from drivers.simulated import SimulatedCamera, SimulatedScanner

START_S = 20.0
MODULE_MM = 0.5          # of the drawn caps, for the optics check
MARK = "\n# written by the training ground, anew at each start\n"
DEVICES = """
[[device]]
name = "scanner"
kind = "serial"
path = {scanner}
ok = "OK\\\\n"
ng = "NG\\\\n"

[[device]]
name = "camera"
kind = "camera"
source = {camera}
symbologies = ["QRCode"]
expected = {expected}
"""


class HomeTaken(Exception):
    """The folder is a real station's home: nothing of it may be touched for practice. `args[0]` is its station.toml."""


class GroundFailed(Exception):
    """A part of the training ground did not start or did not answer; the text says which and why."""


class Ground:
    """Everything a training station needs, under one folder. Also what `station run` offers on its first start."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.path / "line"
        self.scanner = SimulatedScanner(self.folder / "scanner")
        self.camera = SimulatedCamera(self.folder / "camera")
        self._server: subprocess.Popen[bytes] | None = None
        self.url = ""

    def lay(self, expected: int = 0, language: str = "zh_CN", rows: int = 0, columns: int = 0) -> None:
        """Plugs the devices in, starts the server, writes station.toml. Raises GroundFailed, HomeTaken.

        `expected` codes in a full picture; `rows` and `columns` of the case, beside which the label may lie.
        """
        refuse_taken(self.home)
        self.home.make()
        self.folder.mkdir(exist_ok=True)
        self.camera.plug()
        self.scanner.plug()
        self.server_up()
        self.home.settings_file.unlink(missing_ok=True)
        write_default(self.home.settings_file, {
            "station.id": "TRAINING-1", "station.name": "练习产线 Training line", "station.gln": "6901234000009",
            "station.language": language, "station.training": True, "server.url": self.url, "server.dedupe": "ignore",
            "server.query_lag_s": 0.2, "server.master_every_s": 5.0,
            "packing.clearance": False})
        with self.home.settings_file.open("a", encoding="utf-8") as file:
            file.write(MARK + DEVICES.format(scanner=json.dumps(self.scanner.path), expected=expected,
                                             camera=json.dumps(str(self.camera.folder))))
        write_recipe(self.home.path / "recipes" / "camera.toml", RecipeFile(
            symbologies=("QRCode",), rows=rows, columns=columns, count=expected, module_mm=MODULE_MM))

    def clear_camera(self) -> None:
        """Takes away pictures of an earlier start: what they showed is in the store, or will be shown again."""
        for picture in self.camera.folder.glob("*"):
            picture.unlink()

    def server_up(self) -> None:
        """Starts the training server, on the port it had before. Raises GroundFailed."""
        if self._server:
            return
        ready = self.folder / "server-port"
        port = ready.read_text().strip() if ready.exists() and self.url else "0"
        ready.unlink(missing_ok=True)
        command = [*_station(), "central", "--home", str(self.folder / "central"), "--port", port,
                   "--ready-file", str(ready), "--until-stdin-closes"]
        with (self.folder / "central.log").open("ab") as log:
            self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=_environment())
        until = time.monotonic() + START_S
        while not ready.exists():
            if self._server.poll() is not None or time.monotonic() > until:
                raise GroundFailed(f"the training server did not start; see {self.folder / 'central.log'}")
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{ready.read_text().strip()}"

    def server_down(self) -> None:
        """Pulls the plug: no goodbye, as a broken network says none."""
        if self._server:
            with contextlib.suppress(ProcessLookupError):
                self._server.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            self._server.wait()
            self._server = None

    def announce(self, records: Iterable[tuple[str, str, dict[str, object]]]) -> None:
        """Puts the shift's master data into the server's feed, in place of its own. Raises GroundFailed."""
        gone = [{"kind": kind, "id": id, "deleted": True} for kind, id in RETIRED]
        body = {"records": [*gone, *({"kind": kind, "id": id, "data": data} for kind, id, data in records)]}
        answer = httpx.post(f"{self.url}/master", json=body, timeout=10, trust_env=False)
        if answer.status_code >= 300:
            raise GroundFailed(f"the training server refused the shift's master data: {answer.text[:300]}")

    def stored(self, event_ids: Sequence[str]) -> Counter[str]:
        """How often the server has each of these events."""
        found: Counter[str] = Counter()
        with httpx.Client(timeout=10, trust_env=False) as client:
            for start in range(0, len(event_ids), 40):
                part = event_ids[start : start + 40]
                answer = client.get(f"{self.url}/events", params={"EQ_eventID": "|".join(part), "perPage": "1000"})
                events = json.loads(answer.text)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
                found.update(event["eventID"] for event in events)
        return found

    def clear(self) -> None:
        """Unplugs everything. What was kept stays."""
        self.scanner.close()
        self.server_down()


def refuse_taken(home: Home) -> None:
    """Raises HomeTaken where the folder has settings that no training ground wrote. Touches nothing."""
    written = home.settings_file
    if written.exists() and MARK not in written.read_text("utf-8", "replace"):
        raise HomeTaken(written)


def _station() -> list[str]:
    """How to start this program once more."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]


def _environment() -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))}
