"""A shift as a script: what is scanned on the left, what comes of it on the right, on the real station and disk.

    scan m1                -> accepted taken                       | case 1/4
    frame m1 m2 m3 m4 c1   -> complete container_complete > commissioning 3, commissioning c1, packing c1 4 | calm

Left: `scan NAMES` one after another · `together NAMES` waiting for one commit · `frame NAMES [unread=N]` · `do COMMAND`
as a barcode · `touch COMMAND` on the screen · `type NAME` typed in · `queue NAMES` past the in-line reader ("-" was
not read) · `signal NAME [N]` · `printer JOB OUTCOME` · `badge WHO` · `card WHO` (plain text) · `pin WHO [DIGITS]` ·
`wait SECONDS` · `restart` · `recount` (the in-line reader, from 1) · `unseen N` (passed it while the station was
away) · `kill` (no close; what is on the disk opens again) · `cut LEFT` (dies between the journal's fsync and the
database's COMMIT of that message) · `full journal|pages|database` and `free` (the disk).
Right: outcome and reason of each message, then `> events` that were written, all of them, and `| state`.
After each line the state in memory is the one that the store would load, and each event passes the schemas.
"""
from __future__ import annotations

import re
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec

from app.domain.events import Event
from app.domain.packing.labels import SsccRange
from app.domain.session import State
from app.messages import Command, Frame, MasterChanged, Message, Printed, Published, Scan, Seen, Signal
from app.station import Place, Station, Surroundings
from app.station.asking import loaded
from app.store import objects, upkeep
from app.store.database import transaction
from app.store.store import Store
from tests.blackbox.account import Account
from tests.blackbox.goods import BADGES, MASTER, PINS, SITE, code, epc
from tests.blackbox.told import complaints, said

START = datetime(2027, 11, 30, 6, 0, tzinfo=timezone(timedelta(hours=8)))


class Shift:
    """One station, its disk and its clock."""

    def __init__(self, folder: Path, operator: str = "", order: str = "", max_children: int = 1000,
                 clearance: bool = False) -> None:
        self.folder, self.homes = folder, 0
        self.seconds, self.ids = 0.0, 0
        self.published: list[Published] = []
        self.place = Place("LINE-1", "Line 1", f"{SITE}/254/LINE-1", SITE, max_children=max_children, operator=operator,
                           order=order, clearance=clearance, sscc=SsccRange("069012340", 5000, 5009),
                           queued=frozenset({"inline"}))
        self.triggers = 0
        self.home = folder / "home-0"
        self.home.mkdir()
        self.limit: str = ""
        self.account = Account()
        self.counted = 0
        self.store = Store(self.home / "station.db", self.home / "journal")
        self.put(*MASTER)
        self.station = self._station()

    # --- the station and its disk ---------------------------------------------------------------------------------
    def put(self, *records: tuple[str, str, dict[str, Any]]) -> None:
        """Master data comes in, as from the feed."""
        with transaction(self.store.connection):
            for kind, name, data in records:
                self.store.catalogue.put(kind, name, data)
        if hasattr(self, "station"):
            self.station.handle([MasterChanged(self.now())])

    def issue(self, *names: str) -> None:
        with transaction(self.store.connection):
            self.store.registry.add(map(epc, names))

    def end(self) -> None:
        """The shift is over: journal, database, and a database made anew from the journal tell the same."""
        self.store.close()
        found = list(upkeep.verify(self.home / "station.db", self.home / "journal", deep=True))
        assert [each.word for each in found] == ["whole"], found

    def restart(self) -> None:
        self.store.close()
        self._open(self.home)

    def kill(self, home: Path | None = None) -> None:
        """The process is gone: only what is in the files is there. SQLite's -shm is memory and dies with it."""
        home = home or self._copy()
        self.store.close()
        self._open(home)

    def _copy(self) -> Path:
        self.homes += 1
        home = self.folder / f"home-{self.homes}"
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("*-shm"))
        return home

    def _open(self, home: Path) -> None:
        self.home = home
        self.store = Store(home / "station.db", home / "journal")
        self.station = self._station()

    def _station(self) -> Station:
        return Station(self.store, self.place, Surroundings(self.now, lambda: self.seconds, self._id, _pin_matches))

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def _id(self, _at: datetime) -> str:
        self.ids += 1
        return f"urn:uuid:01a9817f-b4b8-7000-8000-{self.ids:012x}"

    # --- messages -------------------------------------------------------------------------------------------------
    def scan(self, *names: str) -> list[Published]:
        return [each for name in names for each in self.handle(self._scan(name))]

    def together(self, *names: str) -> list[Published]:
        return self.handle(*(self._scan(name) for name in names))

    def frame(self, *names: str, unread: int = 0) -> list[Published]:
        return self.handle(self._frame(names, unread))

    def typed(self, name: str) -> list[Published]:
        return self.handle(replace(self._scan(name), source="screen"))

    def queue(self, *names: str) -> list[Published]:
        """One bottle after another passes the in-line reader; "-" is one that could not be read."""
        published = []
        for name in names:
            self.triggers += 1
            frame = self._frame(() if name == "-" else (name,), int(name == "-"))
            published += self.handle(replace(frame, source="inline", trigger=self.triggers))
        return published

    def signal(self, name: str, value: int = 0) -> list[Published]:
        return self.handle(Signal("plc", name, self.now().astimezone(UTC), self.seconds, value))

    def printer(self, job: int, outcome: str) -> list[Published]:
        problem = "paper_out" if outcome == "failed" else ""
        return self.handle(Printed("printer", job, outcome, self.now().astimezone(UTC), self.seconds, problem))

    def touch(self, name: str, argument: str = "") -> list[Published]:
        return self.handle(self._command(name, argument))

    def handle(self, *messages: Message) -> list[Published]:
        """One group through the station, its verdicts kept; then the promises that always hold are looked at."""
        self.seconds += 0.25
        with self._disk():
            published = self.station.handle(messages)
        self.published += published
        self.check()
        return published

    def _scan(self, name: str) -> Scan:
        raw, aim = code(name)
        return Scan("hand", raw, aim, self.now().astimezone(UTC), self.seconds)

    def _frame(self, names: tuple[str, ...], unread: int) -> Frame:
        corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
        seen = tuple(Seen(*code(name), corners) for name in names)
        return Frame("cam", seen, self.now().astimezone(UTC), self.seconds, 100, 100, (corners,) * unread)

    def _command(self, name: str, argument: str) -> Command:
        return Command(name, argument, self.now().astimezone(UTC), self.seconds)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """A disk that takes no more: no file of this process may grow beyond what the journal or the database has."""
        if not self.limit:
            yield
            return
        if self.limit == "pages":
            pages = self.store.connection.execute("PRAGMA page_count").fetchone()[0]
            self.store.connection.execute(f"PRAGMA max_page_count={pages}")
            try:
                yield
            finally:
                self.store.connection.execute("PRAGMA max_page_count=1073741823")
            return
        sizes = {"journal": max(file.stat().st_size for file in (self.home / "journal").iterdir()),
                 "database": (self.home / "station.db-wal").stat().st_size}
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (sizes[self.limit] + 100, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    # --- the script -----------------------------------------------------------------------------------------------
    def play(self, script: str) -> None:
        """Lines of `left -> right`; a line without an arrow only happens."""
        for line in script.strip().splitlines():
            left, arrow, right = " ".join(line.partition("#")[0].split()).partition("->")
            if not left:
                continue
            events = len(self.events())
            try:
                published = self._act(left.strip())
                if arrow:
                    self._expect(published, events, right.strip())
            except AssertionError as error:
                raise AssertionError(f"in the line: {line.strip()}\n{error}") from error

    def _act(self, left: str) -> list[Published]:
        verb, *words = left.split()
        match verb:
            case "scan":
                return self.scan(*words)
            case "together":
                return self.together(*words)
            case "frame":
                unread = [word for word in words if word.startswith("unread=")]
                names = [word for word in words if word not in unread]
                return self.frame(*names, unread=int(unread[0].partition("=")[2]) if unread else 0)
            case "do":
                return self.scan(f"%ST:{' '.join(words)}")
            case "type":
                return self.typed(words[0])
            case "queue":
                return self.queue(*words)
            case "signal":
                return self.signal(words[0], int(words[1]) if len(words) > 1 else 0)
            case "printer":
                return self.printer(int(words[0]), words[1])
            case "touch":
                name, _, argument = " ".join(words).partition(":")
                return self.touch(name, argument)
            case "badge":
                return self.scan(f"%ST:BADGE:{BADGES.get(words[0], words[0])}")
            case "card":
                return self.scan(BADGES[words[0]])
            case "pin":
                digits = words[1] if len(words) > 1 else PINS[words[0]]
                return self.touch("PIN", f"{words[0]}:{digits}")
            case "wait":
                self.seconds += float(words[0])
            case "restart":
                self.restart()
            case "recount":
                self.triggers = 0
            case "unseen":
                self.triggers += int(words[0])
            case "kill":
                self.kill()
            case "cut":
                self._cut(" ".join(words))
            case "full":
                self.limit = words[0]
            case "free":
                self.limit = ""
            case _:
                raise AssertionError(f"no such verb: {verb}")
        self.check()
        return []

    def _cut(self, left: str) -> None:
        """The message's last file operation is the journal's fsync: the files are as they are before COMMIT."""
        homes: list[Path] = []
        self.store.connection.set_trace_callback(
            lambda sql: homes.append(self._copy()) if sql == "COMMIT" and not homes else None)
        before = self.account, self.counted
        self.account = self.account.copy()
        self._act(left)
        self.account, self.counted = before
        self.kill(homes[0])

    def _expect(self, published: list[Published], events: int, right: str) -> None:
        right, _, state = right.partition("|")
        verdicts, _, told = right.partition(">")
        found = "; ".join(f"{each.verdict.outcome} {each.verdict.reason}" for each in published)
        assert found == verdicts.strip(), f"verdicts: {found}\n{[each.verdict.data for each in published]}"
        written = ", ".join(map(said, self.events()[events:]))
        assert written == told.strip(), f"events: {written}"
        for wanted in filter(None, (each.strip() for each in state.split(","))):
            assert self._holds(wanted), f"state: {wanted}; {self.station.view()}"

    def _holds(self, wanted: str) -> bool:
        view = self.station.view()
        match wanted.split():
            case ["calm"]:
                return view.alarm is None and view.held == 0
            case ["red", reason]:
                return view.alarm is not None and view.alarm.reason == reason
            case ["held", number]:
                return view.held == int(number)
            case ["by", who]:
                return view.operator == who
            case ["nobody"]:
                return view.operator == ""
            case ["task", task, *subject]:
                return (view.task, view.subject) == (task, " ".join(subject))
            case ["armed", *act]:
                return view.armed == " ".join(act)
            case ["packed", number]:
                return bool(view.packing and view.packing.packed == int(number))
            case ["next", level]:
                return bool(view.packing and view.packing.scan_next == level)
            case [level, "parked", number]:
                return self._level(level).parked == int(number)
            case ["queue", places]:
                return bool(view.packing and view.packing.queue and len(view.packing.queue.slots) == int(places))
            case ["stage", now]:
                return bool(view.packing and view.packing.state == now)
            case ["waits", name]:
                waits = view.waiting_for
                return bool(waits and (waits.question or waits.name) == ("" if name == "code" else name))
            case ["half", *roles]:
                return bool(view.packing and [role for role, _ in view.packing.half] == roles)
            case [level, "expects", name]:
                return self._level(level).to_scan_back == (epc(name) if name != "none" else "")
            case [level, "closed", number]:
                return self._level(level).closed == int(number)
            case [level, "waiting", number]:
                return self._level(level).waiting == int(number)
            case [level, "label", name]:
                return self._level(level).label == (epc(name) if name != "none" else "")
            case ["line", number, done]:
                lines = {each.line: f"{each.done}/{each.wanted}" for each in view.dock.lines
                         if each.document in ("", view.dock.document)} if view.dock else {}
                return lines[int(number)] == done
            case ["paper", id, done, *last]:
                papers = {each.document: each for each in view.dock.papers} if view.dock else {}
                return f"{papers[id].done}/{papers[id].wanted}" == done and papers[id].last == (last == ["last"])
            case ["truck", done]:
                return bool(view.dock and f"{view.dock.done}/{view.dock.wanted}" == done)
            case ["last", name]:
                return bool(view.dock) and view.dock.last_epc == (epc(name) if name != "none" else "")
            case ["document", now]:
                return (view.dock or view.count).state == now
            case ["seen", counts]:
                return f"{view.count.seen}/{view.count.expected}" == counts
            case ["extra" | "misplaced" | "round" as what, number]:
                return getattr(view.count, what) == int(number)
            case ["check", counts]:
                check = view.check
                return counts == (f"{sum(bool(each.finding) for each in check.lines)}/{check.expected}" if check
                                  else "none")
            case [level, counts] if re.fullmatch(r"\d+/\d+", counts):
                return f"{self._level(level).have}/{self._level(level).target}" == counts
        raise AssertionError(f"no such state: {wanted}")

    def _level(self, level: str) -> Any:
        packing = self.station.view().packing
        assert packing, "nothing is being packed"
        return next(each for each in packing.levels if each.level == level)

    # --- what always holds ----------------------------------------------------------------------------------------
    def check(self) -> None:
        """The state in memory is the stored one; each new event is sound in itself and after those before it."""
        session = self.store.session()
        if self.place.operator:                # signed in by the settings, not by an entry
            mine = self.station.state.session
            session = replace(session, operator=mine.operator, task=mine.task, order=mine.order)
        stored = loaded(self.store, State(session), self.place.station)
        mine = self.station.state
        assert mine == stored, f"\nin memory: {self.station.state}\nstored:    {stored}"
        fresh = self.events(self.counted)
        self.counted += len(fresh)
        for event in fresh:
            assert not complaints(event), complaints(event)
            self.account.follow(event, self.events, lambda outer: objects.children(self.store.connection, outer))

    def events(self, after: int = 0) -> list[Event]:
        return [msgspec.json.decode(body, type=Event) for (body,) in self.store.connection.execute(
            "SELECT body FROM event WHERE id > ? ORDER BY id", (after,))]


def _pin_matches(kept: str, digits: str) -> bool:
    return kept == f"$argon2id${digits}"
