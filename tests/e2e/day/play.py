"""Plays the plan: two stations as processes, a scanner on a socket for each, one server, a network that fails."""
from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from app.domain.events import Event
from app.importer.assignments_sign import new_key, package, write_rows
from drivers.simulated import SimulatedReader
from tests.e2e.day.desk import DARK, Desk
from tests.e2e.day.goods import (
    BREWERY,
    ELSEWHERE,
    GLN,
    SITES,
    STATIONS,
    STORES,
    SUPERVISOR,
    TAKES_UNKNOWN,
    records,
)
from tests.e2e.day.script import KILL, Play, Step
from tests.e2e.line.floor import Server
from tests.e2e.line.station import Said, Station, until
from tests.unit.central.line import Line
from tests.unit.central.line import document as epcis

SETTINGS = """
[station]
id = "{id}"
gln = "{gln}"
language = "en"
lock_after_min = 600.0
[server]
url = "{url}"
dedupe = "ignore"
query_lag_s = 0.0
master_every_s = 1.0
[warehouse]
partner = "{site}"
territory = "3301"
unknown = "{unknown}"
snapshot_key = "{key}"
[[device]]
name = "hand"
kind = "socket-client"
port = {port}
suffix = "\\\\r\\\\n"
ok = "OK\\\\n"
ng = "NG\\\\n"
"""
NOWHERE = "https://id.gs1.org/01/16901234899992/21/0"      # a list has a row at least
GOOD = ("accepted", "complete", "command")
START_S = 120.0
FEED_S = 900.0
MOST_ASKED = 3               # questions that one scan may be asked: break the pallet, older goods
PART = 200                   # records of one request


class Clerk:
    """One station, its scanner and who holds it."""

    def __init__(self, folder: Path, id: str, url: str, key: str) -> None:
        self.id, self.home = id, folder / id.lower()
        self.home.mkdir(parents=True)
        self.reader = SimulatedReader()
        (self.home / "station.toml").write_text(SETTINGS.format(
            id=id, gln=GLN[SITES[id]], url=url, site=SITES[id], port=self.reader.serve(), key=key,
            unknown="provisional" if id == TAKES_UNKNOWN else "refuse"), "utf-8")
        self.station = Station(self.home)
        self._heard = 0
        self.times_ms: list[float] = []
        self.confirmed = self.kills = 0

    def run(self) -> None:
        since = datetime.now(UTC)
        self.station.run()
        until(lambda: not self.station.alive or (self.home / "station.db").exists(), self.station.told, START_S)
        until(lambda: self._ready(since), lambda: f"the scanner is ready: {self.station.told()}", START_S)
        self._heard = len(self.reader.received())

    def _ready(self, since: datetime) -> bool:
        try:
            rows = self.station.rows("SELECT state, at FROM device WHERE name='hand'")
        except Exception as error:               # the tables are being made
            if "no such table" in str(error):
                return False
            raise
        return any(state == "ready" and datetime.fromisoformat(at) >= since for state, at in rows)

    def has(self, table: str, id: str) -> bool:
        return bool(self.station.rows(f"SELECT 1 FROM {table} WHERE id=?", id))

    def die(self) -> None:
        """Power goes and comes back."""
        self.kills += 1
        self.station.kill()
        self.reader.hang_up()
        self.run()

    def scan(self, text: str) -> Said:
        """One code; the verdict of it, and the byte that came back for it."""
        after = self.station.seq()
        begun = time.perf_counter()
        self.reader.scan(text.encode())
        self._heard += 3
        answer = self.reader.received(self._heard, 60.0)[self._heard - 3:].decode().strip()
        self.times_ms.append((time.perf_counter() - begun) * 1000)
        said = self.station.said(after, "hand")
        assert answer == ("OK" if said.outcome in GOOD else "NG"), (text, said, answer)
        return said

    def play(self, play: Play) -> None:
        for place, step in enumerate(play.steps):
            if step.text == KILL:
                self.die()
                continue
            text = step.text.format(event=self._event(step.event)) if step.event else step.text
            said, asked = self.scan(text), 0
            while said.reason == "older_here" and "older_here" not in step.reasons and asked < MOST_ASKED:
                self.confirmed += 1              # the clerk may ship younger goods, once he was told
                asked += 1
                said = self.scan("%ST:CONFIRM")
            assert said.reason in step.reasons, self._wrong(play, place, step, said)

    def _event(self, epc: str) -> str:
        """The eventID of an object's last receipt."""
        for (body,) in self.station.rows("SELECT body FROM event WHERE biz_step='receiving' ORDER BY id DESC LIMIT 50"):
            event = msgspec.json.decode(body, type=Event)
            if epc in event.act.epcs and event.declaration is None:
                return event.stamp.event_id
        raise AssertionError(f"{epc} was never received")

    def _wrong(self, play: Play, place: int, step: Step, said: Said) -> str:
        return (f"{self.id}, {play.kind} {play.documents} with {play.trouble or 'no trouble'}, step {place} of "
                f"{[each.text for each in play.steps]}: expected {step.reasons}, got {said}")

    def close(self) -> None:
        self.station.kill()
        self.reader.close()


class Day:
    """`play` it, then check.py looks at what came of it; `close` whatever happened."""

    def __init__(self, folder: Path, plan: Desk) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.plan = folder, plan
        self.server = Server(folder / "central")
        self._private, public = new_key()
        self.clerks = {id: Clerk(folder, id, self.server.url, public) for id in STATIONS}
        self._stop = threading.Event()

    def play(self) -> None:
        self._feed(records(self.plan.shelves) + self.plan.records[0])
        self._tell()
        with ThreadPoolExecutor(len(STATIONS)) as both:
            list(both.map(Clerk.run, self.clerks.values()))
        self._fed(self.plan.records[0])
        for clerk in self.clerks.values():
            until(lambda clerk=clerk: (clerk.home / "diversion" / "current.json").exists(),
                  lambda clerk=clerk: f"the signed list comes: {clerk.station.told()}", FEED_S)
            assert clerk.scan(f"%ST:BADGE:{SUPERVISOR}").reason == "signed_in"
        for phase, plays in enumerate(self.plan.plays):
            if phase == DARK:
                self.server.down()
            self._both(plays)
            if phase == DARK:
                self.server.up()
                self._feed(self.plan.records[1])
                for clerk in self.clerks.values():
                    clerk.scan("%ST:SYNC")
                self._fed(self.plan.records[1])

    def _tell(self) -> None:
        """The signed list of who was sent what, and what the brewery told the server of and nobody else."""
        source = self.folder / "list"
        source.mkdir()
        write_rows(source / "assignments.csv", "assignments", [
            (*each, "2026-01-01") for each in self.plan.listed] or [(NOWHERE, STORES[0], ELSEWHERE, "2026-01-01")])
        write_rows(source / "rules.csv", "rules", [])
        issued = datetime.now(UTC) - timedelta(days=1)
        signed = package(source, self.folder / "list.zip", self._private, id="DAY", issued_at=issued,
                         valid_until=issued + timedelta(days=30), complete=False)
        brewery = Line(station=BREWERY)
        with httpx.Client(base_url=self.server.url, timeout=60, trust_env=False) as client:
            assert client.put("/snapshot", content=signed.read_bytes()).status_code == 200
            for first in range(0, len(self.plan.known_elsewhere), PART):
                told = brewery.commission(self.plan.known_elsewhere[first:first + PART])
                assert client.post("/capture", json=epcis(told)).status_code in (201, 202)

    def _feed(self, found: list[dict[str, object]]) -> None:
        for first in range(0, len(found), PART):
            self.server.announce(found[first:first + PART])

    def _fed(self, found: list[dict[str, object]]) -> None:
        """Both stations have all of it: the feed keeps its order."""
        last = [each for each in found if each["kind"] in ("document", "hold")][-1:]
        for each in last:
            for clerk in self.clerks.values():
                until(lambda clerk=clerk, each=each: clerk.has(str(each["kind"]), str(each["id"])),
                      lambda clerk=clerk: f"the feed comes: {clerk.station.told()}", FEED_S)

    def _both(self, plays: dict[str, list[Play]]) -> None:
        """Both stations at once; the first that fails ends the other after its document."""
        with ThreadPoolExecutor(len(STATIONS)) as both:
            shifts = [both.submit(self._shift, self.clerks[id], plays[id]) for id in STATIONS]
            try:
                for done in shifts:
                    done.result()
            except BaseException:                # Ctrl-C as well
                self._stop.set()
                raise

    def _shift(self, clerk: Clerk, plays: list[Play]) -> None:
        try:
            for play in plays:
                if self._stop.is_set():
                    return
                clerk.play(play)
        except BaseException:
            self._stop.set()
            raise

    def close(self) -> None:
        for clerk in self.clerks.values():
            clerk.close()
        self.server.down()
