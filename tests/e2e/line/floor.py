"""The factory floor round the station: server, handheld, case reader, printer, PLC. Things that can be unplugged."""
from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import zxingcpp
from PIL import Image

from drivers.simulated import SimulatedReader, SimulatedScanner
from drivers.simulated_plc import SimulatedPlc
from drivers.simulated_printer import SimulatedPrinter
from tests.e2e.line import goods
from tests.e2e.line.goods import Shape
from tests.e2e.line.station import ROOT, Said, Station, until

SETTINGS = """
[station]
id = "LINE-7"
language = "en"
[server]
url = "{url}"
dedupe = "ignore"
query_lag_s = 0.0
master_every_s = 1.0
[line]
heartbeat_timeout_ms = 1000
pictures_mb = 0
[label]
sscc_prefix = "{prefix}"
sscc_first = 1
sscc_last = 9999999
[[device]]
name = "hand"
kind = "serial"
path = "{hand}"
ok = "OK\\\\n"
ng = "NG\\\\n"
[[device]]
name = "case-reader"
kind = "socket-client"
port = {case_reader}
suffix = "\\\\r\\\\n"
[[device]]
name = "printer"
kind = "printer"
host = "127.0.0.1"
port = {printer}
[[device]]
name = "plc"
kind = "modbus"
host = "127.0.0.1"
port = {plc}
poll_ms = 4
inputs = {{ {inputs}, heartbeat = "holding:100" }}
outputs = {{ ok = "coil:0", ng = "coil:1", reject = "coil:2", line_stop = "coil:3", reject_all = "coil:4", \
heartbeat = "coil:5", red = "coil:10", yellow = "coil:11", green = "coil:12", number = "holding:0" }}
{more}
"""
OK, NG, REJECT, LINE_STOP, REJECT_ALL, NUMBER = "coil:0", "coil:1", "coil:2", "coil:3", "coil:4", "holding:0"
HEART = "holding:100"
_SSCC = re.compile(r"(?:\]C1)?\(?00\)?(\d{18})")


class Server:
    """The training server as its own process, on one port however often it starts."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.up()

    def up(self) -> None:
        ready = self._home.with_suffix(".port")
        ready.unlink(missing_ok=True)
        with self._home.with_suffix(".err").open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.central", "--home", str(self._home), "--port", str(self.port),
                 "--ready-file", str(ready), "--until-stdin-closes"], cwd=ROOT, stdin=subprocess.PIPE, stderr=said)
        until(ready.exists, "the training server starts")

    def down(self) -> None:
        """Pulls the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin
            self._process.stdin.close()
            self._process = None

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def announce(self, records: list[dict[str, Any]]) -> None:
        answer = httpx.post(f"{self.url}/master", json={"records": records}, timeout=30, trust_env=False)
        assert answer.status_code < 300, answer.text

    def events(self) -> list[dict[str, Any]]:
        """All that it has, in the order in which it stored them."""
        found: list[dict[str, Any]] = []
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            link = "/events?perPage=500"
            while link:
                answer = client.get(link)
                assert answer.status_code == 200, answer.text
                found += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
                link = answer.links.get("next", {}).get("url", "")
        return found


class Floor:
    """Everything round the line of one order. `inputs` and `more` are what the line's own devices add to the settings.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, shape
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.server = Server(folder / "central")
        self.server.announce(goods.records(shape))
        self.station = Station(self.home)
        self.hand = SimulatedScanner(folder / "hand")
        self.hand.plug()
        self.case_reader = SimulatedReader()
        self.plc = SimulatedPlc()
        self.stickers: list[str] = []            # SSCCs that came out, in order; "" where half a label did
        self.pile: Counter[str] = Counter()      # of these, those that stick nowhere yet
        self._sticking = threading.Lock()
        self.printer = SimulatedPrinter("zpl", on_printed=self._printed)
        self._heard = 0

    def open(self, inputs: str, more: str) -> None:
        """Switches all on and waits until the station has its order and is signed in."""
        ports = {"case_reader": self.case_reader.serve(), "printer": self.printer.serve(), "plc": self.plc.start()}
        self.plc.beat(True, HEART)
        (self.home / "station.toml").write_text(SETTINGS.format(
            url=self.server.url, hand=self.hand.path, prefix=goods.PREFIX, inputs=inputs, more=more, **ports), "utf-8")
        self.run()
        until(lambda: self.station.ready(goods.ORDER), lambda: f"the order comes: {self.station.told()}")
        self._issue()
        self.scan(f"%ST:BADGE:{goods.OPERATOR}", "signed_in")
        self.scan(f"%ST:ORDER:{goods.ORDER}", "command_taken")
        self.scan("%ST:START", "order_started")

    def _issue(self) -> None:
        """The order gets the codes of its bottles, so that one that nobody saw would be missed."""
        file = self.folder / "issued.csv"
        codes = [goods.bottle(number + 1) for number in range(self.shape.issued)]
        file.write_text("\n".join(["code", *codes]) + "\n", "utf-8")
        issued = self.station.command("order", "issue", goods.ORDER, str(file), "--level", "bottle")
        assert issued.returncode == 0, issued.stdout + issued.stderr

    def close(self) -> None:
        self.station.kill()
        self.server.down()
        self.plc.stop()
        self.printer.stop()
        self.case_reader.close()
        self.hand.close()

    def run(self) -> None:
        """Starts the station and waits until all devices are there."""
        since = datetime.now(UTC)
        self.station.run()
        until(lambda: not self.station.alive or (self.home / "station.db").exists(), self.station.told)
        assert self.station.alive, self.station.told()
        until(lambda: self._ready(since), lambda: f"all devices are ready: {self.station.told()}")
        self._heard = len(self.hand.received())

    def _ready(self, since: datetime) -> bool:
        try:
            rows = self.station.rows("SELECT name, state, at FROM device")
        except Exception as error:               # the tables are being made
            if "no such table" in str(error):
                return False
            raise
        fresh = {name for name, state, at in rows if datetime.fromisoformat(at) >= since
                 and (state == "ready" or name == "printer" and state == "fault")}       # it may be out of paper
        return fresh >= {"hand", "case-reader", "plc", "printer", *self.others}

    others: tuple[str, ...] = ()                 # the line's own devices

    def power_cut(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Power goes and comes back; sockets of the old process are gone."""
        self.station.kill()
        self.case_reader.hang_up()
        meanwhile()
        self.run()

    # --- the handheld -----------------------------------------------------------------------------------------------
    def scan(self, text: str, *reasons: str) -> Said:
        """One code through the handheld; its verdict, which has to be one of these, and the byte that came back."""
        after = self.station.seq()
        self.hand.scan(text.encode())
        said = self.station.said(after, "hand")
        self._heard += 3
        answer = self.hand.received(self._heard, 20.0)[self._heard - 3:].decode().strip()
        assert answer == ("OK" if said.outcome in ("accepted", "complete", "command") else "NG"), (said, answer)
        assert not reasons or said.reason in reasons, (text, said, reasons, self.station.last())
        return said

    def read_case(self, text: str) -> Said:
        """One code through the reader over the case."""
        after = self.station.seq()
        self.case_reader.scan(text.encode())
        return self.station.said(after, "case-reader")

    # --- the printer --------------------------------------------------------------------------------------------------
    def _printed(self, image: Image.Image) -> None:
        """What comes out is read from its dots."""
        found = [match[1] for each in zxingcpp.read_barcodes(image.convert("L"))
                 if (match := _SSCC.fullmatch(each.text))]
        with self._sticking:
            self.stickers.append(found[0] if found else "")
            if found:
                self.pile[found[0]] += 1

    def take_sticker(self, sscc: str) -> bool:
        """One label of this number from what lies at the printer; False where there is none."""
        with self._sticking:
            if not self.pile[sscc]:
                return False
            self.pile[sscc] -= 1
            return True

    def stray_sticker(self, but: str) -> str:
        """A label that lies about and is not this one; "" where there is none."""
        with self._sticking:
            return next((sscc for sscc, count in self.pile.items() if count and sscc != but), "")

    def mend_printer(self) -> None:
        self.printer.load_paper()
        self.printer.end_ribbon(False)
        if not self.printer.on:
            self.printer.power_on()


