"""The engine: one inbox; parse → decide → commit → publish. Owns the state and the only deciding connection.

`handle` is synchronous and takes a group of messages through one commit; the thread round it is ten lines. A bug is
not caught here: it writes a crash file, tells everybody and ends, so that a dead station is never a quiet one.
"""
from __future__ import annotations

import queue
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from app import panel
from app.domain import judge, people
from app.domain.codes.identity import Code, CommandCode, Meaning, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.secret import badge_text, is_secret
from app.domain.codes.text import shown
from app.domain.decision import Decision, DocumentScanned, TaskChosen, Verdict
from app.domain.events import Act, Event, Stamp
from app.domain.facts import Facts
from app.domain.people import Person
from app.domain.reasons import Outcome, Reason
from app.domain.session import DOCK_TASKS, State, apply
from app.messages import (
    Command,
    DeviceState,
    Frame,
    MasterChanged,
    Message,
    Notice,
    Published,
    Scan,
    StationFailed,
    StationView,
    Stop,
)
from app.store.database import DiskFull
from app.store.entry import Entry
from app.store.pins import PinTries
from app.store.store import Store

INBOX = 1000
FULL_S = 0.2            # between two looks whether anybody still empties a full inbox
ROOM_S = 5.0            # between two looks at the free space
LOOK_S = 2.0            # and at what was imported
GROUP = 64              # messages that share one commit when they wait together


@dataclass(frozen=True, slots=True)
class Place:
    """Which station this is; the same in every event."""

    station: str
    name: str
    read_point: str
    location: str
    max_children: int = 1000
    operator: str = ""                           # signed in by itself on an unattended line
    lock_after: timedelta = timedelta(minutes=10)
    rules: tuple[Rule, ...] = ()                 # of the site, before those of the products
    order: str = ""                              # packed from the start on an unattended line


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the engine must not reach for by itself."""

    now: Callable[[], datetime]                  # aware, with the local offset
    mono: Callable[[], float]
    new_id: Callable[[datetime], str]
    pin_matches: Callable[[str, str], bool]      # (argon2 hash, digits)
    room: Callable[[], bool] = lambda: True      # False: the disk is so full that new work has to stop


class Station:
    def __init__(self, store: Store, place: Place, around: Surroundings,
                 listeners: Sequence[Callable[[Notice], None]] = (), crashes: Path | None = None) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(INBOX)
        self._store, self._place, self._around = store, place, around
        self._listeners, self._crashes = tuple(listeners), crashes
        self._pins = PinTries(store.connection)
        self._counts: Counter[str] = Counter()
        self._lookup, self._last = "", ("", "", 0)
        self._touched, self._has_room, self._room_until, self._look_at = around.mono(), True, 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name="station")
        session = store.session()
        self.state = State(session, store.packing(session.order) if session.order else None,
                           store.dock(session.document) if session.document else None)
        self._read_master()

    # --- the thread -----------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commits what is waiting and ends."""
        self.give(Stop())
        self._thread.join()

    def give(self, message: Message) -> None:
        """Puts a message into the inbox and waits for room as long as there is a thread that makes some."""
        while self._thread.is_alive() or self._thread.ident is None:
            try:
                return self.inbox.put(message, timeout=FULL_S)
            except queue.Full:
                continue

    def _run(self) -> None:
        try:
            while True:
                messages = [*self._waiting(), *self._imported()]
                self.handle([each for each in messages if not isinstance(each, Stop)])
                if any(isinstance(each, Stop) for each in messages):
                    return
        except BaseException:
            text = traceback.format_exc()
            file = self._crashes / f"station-{self._around.now():%Y%m%d-%H%M%S}.txt" if self._crashes else None
            try:
                if file:
                    file.write_text(text)
            except OSError as error:         # a full disk must not keep anybody from being told
                file, text = None, f"{text}\n{error}"
            self._tell(StationFailed(text, str(file or "")))
            raise

    def _waiting(self) -> list[Message]:
        """At least one message, and all that wait behind it; a locking one when nobody has touched anything."""
        try:
            messages = [self.inbox.get(timeout=1.0)]
        except queue.Empty:
            return self._idle()
        while len(messages) < GROUP and not self.inbox.empty():
            messages.append(self.inbox.get_nowait())
        return messages

    def _idle(self) -> list[Message]:
        idle = timedelta(seconds=self._around.mono() - self._touched)
        if self._place.operator or not self.state.session.operator or idle < self._place.lock_after:
            return []
        return [Command("LOGOUT", "", self._around.now(), self._around.mono(), "idle")]

    def _imported(self) -> list[Message]:
        """`station import` beside this station is seen here."""
        if self._around.mono() < self._look_at:
            return []
        self._look_at = self._around.mono() + LOOK_S
        return [MasterChanged(self._around.now())] if self._store.imported() else []

    # --- one group ------------------------------------------------------------------------------------------------
    def handle(self, messages: Sequence[Message]) -> list[Published]:
        """Judges the messages in order, commits them together, publishes the verdicts. The heart of the station."""
        work = [each for each in messages if isinstance(each, Scan | Frame | Command)]
        if any(isinstance(each, MasterChanged) for each in messages):
            self._read_master()
        self._remember_devices([each for each in messages if isinstance(each, DeviceState)])
        if not work:
            if any(isinstance(each, MasterChanged) for each in messages):
                verdict = Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": "MASTER"})
                self._tell(Published(verdict, self.view(), "", self._around.now(), 0, 0.0))
            return []
        self._touched = self._around.mono()
        before = self.state
        judged: list[tuple[Scan | Frame | Command, Verdict, int, StationView, tuple[bytes, ...]]] = []
        try:
            if not self._room():
                raise DiskFull("less room is left on the disk than [store] min_free_mb")
            free = [self._may_try(message) for message in work]
            self._store.begin()
            for message, may_try in zip(work, free, strict=True):
                verdict, seq, raws = self._judge(message, may_try)
                judged.append((message, verdict, seq, self.view(verdict), raws))
            self._store.commit()
        except DiskFull as error:
            self._store.rollback()
            self.state = before
            verdict = Verdict(Outcome.STOP, Reason.DISK_FULL, {"problem": str(error)})
            judged = [(each, verdict, 0, self.view(), self._kept(each, self._read(each))[0]) for each in work]
        except BaseException:
            self._store.rollback()
            raise
        published = [self._published(*each) for each in judged]
        for each in published:
            self._counts[each.verdict.reason] += 1
            self._tell(each)
        return published

    def _room(self) -> bool:
        """Whether new work may be taken; the disk is looked at every few seconds only."""
        now = self._around.mono()
        if now >= self._room_until:
            self._has_room, self._room_until = self._around.room(), now + ROOM_S
        return self._has_room

    def _judge(self, message: Scan | Frame | Command, may_try: bool) -> tuple[Verdict, int, tuple[bytes, ...]]:
        """One message: read it, decide, write its entry into the open group, move the state on."""
        who = self._people.get(self.state.session.operator)
        meanings = self._read(message)
        raws, aims = self._kept(message, meanings)
        kind = type(message).__name__.lower()
        match message:
            case Scan():
                meaning = meanings[0]
                badge = badge_text(meaning, self._is_badge)
                if badge:
                    decision, kind = self._command("BADGE", badge, who), "command"
                elif isinstance(meaning, CommandCode):
                    decision, kind = self._command(meaning.name, meaning.argument, who), "command"
                elif isinstance(meaning, Refusal) and not raws:
                    decision = self._code(Refusal(b"", message.aim, meaning.reason, {"name": "…"}), who)
                else:
                    decision = self._code(meaning, who)
            case Frame():
                decision = self._frame(message, meanings, who)
            case Command("PIN"):
                asked = self._pin(message.argument, may_try)
                decision = judge.on_command(self.state, asked, Facts(), who, self._setting)
            case Command():
                decision = self._command(message.name, message.argument, who)
        seq = self._store.next_seq()
        # The clock is asked once for an entry, so that its events cannot disagree.
        at = self._around.now()
        events = tuple(self._stamped(act, at, seq, self._signer(decision)) for act in decision.acts)
        entry = Entry(message.at, kind, message.source, self._signer(decision), raws, aims, decision.verdict,
                      decision.changes, events)
        for change in decision.changes:
            taken_off = isinstance(change, DocumentScanned) and not change.quantity
            epc, lines = self._store.last_on(change.document) if taken_off else ("", {})
            self.state = apply(self.state, change, {(epc, line): units for line, units in lines.items()})
        self._store.write(entry)
        self._load(decision)
        return decision.verdict, seq, raws

    def _code(self, meaning: Code | Refusal, who: Person | None) -> Decision:
        state = self.state
        facts = self._facts([meaning]) if isinstance(meaning, Code) else Facts()
        decision = judge.on_code(state, meaning, facts, who, self._setting)
        if state.session.task == "lookup" and decision.verdict.outcome in (Outcome.ACCEPTED, Outcome.WARNING):
            self._lookup = meaning.epc if isinstance(meaning, Code) else shown(meaning.raw)
        elif isinstance(meaning, Code) and state.session.task in DOCK_TASKS.values() and decision.acts:
            known = facts.known[meaning.epc]
            self._last = (meaning.epc, known.level, sum(each.units for each in facts.contents.get(meaning.epc, ())))
        return decision

    def _frame(self, frame: Frame, meanings: Sequence[Meaning], who: Person | None) -> Decision:
        # A command sheet or a badge in the camera's view must not command anything, nor spoil the picture.
        codes = [each if isinstance(each, Code | Refusal) and not badge_text(each, self._is_badge)
                 else Refusal(b"", seen.aim, Reason.UNKNOWN_COMMAND)
                 for each, seen in zip(meanings, frame.seen, strict=True)]
        facts = self._facts([each for each in codes if isinstance(each, Code)])
        return judge.on_frame(self.state, codes, facts, who, self._setting, len(frame.unread))

    def _command(self, name: str, argument: str, who: Person | None) -> Decision:
        asked, facts = judge.Asked(name, argument), Facts()
        match name:
            case "BADGE":
                asked = replace(asked, person=people.by_badge(self._people.values(), argument))
            case "ORDER" | "PACK":
                asked = replace(asked, subjects=self._store.open_orders())
            case "RECEIVE" | "SHIP":
                asked = replace(asked, subjects=self._store.open_documents(name.lower()))
            case "DOCUMENT":
                document = self._store.catalogue.document(argument)
                kind = document.kind if document else ""
                asked = replace(asked, kind=kind, subjects=self._store.open_documents(kind) if kind else ())
            case "UNDO" if self.state.dock and self.state.session.task != "packing":
                epc, lines = self._store.last_on(self.state.dock.document.id)
                asked, facts = replace(asked, last_epc=epc, last_lines=lines), self._facts([epc])
            case "CLOSE" | "CLOSE-PALLET" if self.state.packing:
                facts = self._facts(self.state.packing.closing_soon(sys.maxsize, True))
        return judge.on_command(self.state, asked, facts, who, self._setting)

    # --- what surrounds a decision --------------------------------------------------------------------------------
    def _facts(self, asked: Sequence[Code | str]) -> Facts:
        """Facts about these codes or EPCs and about what would close with them."""
        session, packing = self.state.session, self.state.packing
        epcs = [each.epc if isinstance(each, Code) else each for each in asked]
        docking = session.task in ("receiving", "shipping") and not session.armed
        if packing and session.task == "packing":
            levels = {each.level for each in asked if isinstance(each, Code)}
            epcs += packing.closing_soon(len(epcs), label=bool(levels - {packing.plan.levels[0].level}))
        return self._store.facts(epcs, packing=packing, dock=self.state.dock if docking else None,
                                 unpacking=session.armed == "unpack")

    def _read(self, message: Scan | Frame | Command) -> tuple[Meaning, ...]:
        match message:
            case Scan(_, raw, aim):
                return (self._rules.read(raw, aim),)
            case Frame(_, seen):
                return tuple(self._rules.read(each.raw, each.aim) for each in seen)
        return ()

    def _kept(self, message: Scan | Frame | Command,
              meanings: Sequence[Meaning]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        """(raw bytes, AIM identifiers): what the journal keeps. A PIN or a badge is never written down."""
        match message:
            case Scan(_, raw, aim):
                return ((), ()) if is_secret(raw, meanings[0], self._is_badge) else ((raw,), (aim,))
            case Frame(_, seen):
                return (tuple(b"" if is_secret(each.raw, meaning, self._is_badge) else each.raw
                              for each, meaning in zip(seen, meanings, strict=True)),
                        tuple(each.aim for each in seen))
            case Command(name, argument):
                text = f"%ST:{name}:{argument}" if argument else f"%ST:{name}"
                return ((), ()) if name in ("PIN", "BADGE") else ((text.encode(),), ("",))

    def _is_badge(self, text: str) -> bool:
        return people.by_badge(self._people.values(), text) is not None

    def _may_try(self, message: Scan | Frame | Command) -> bool:
        """A PIN try is on the disk before the PIN is looked at; False where it may not be looked at."""
        if not isinstance(message, Command) or message.name != "PIN":
            return True
        person = message.argument.partition(":")[0]
        return person not in self._people or self._pins.attempt(person, self._around.now())

    def _pin(self, argument: str, may_try: bool) -> judge.Asked:
        name, _, digits = argument.partition(":")
        person = self._people.get(name)
        if not may_try:
            return judge.Asked("PIN", locked_s=self._pins.wait_s(name, self._around.now()))
        if person and person.pin and self._around.pin_matches(person.pin, digits):
            self._pins.forget(name)
            return judge.Asked("PIN", person=person)
        return judge.Asked("PIN")

    def _signer(self, decision: Decision) -> str:
        """Who answers for the entry: a supervisor who cleared a stop, else whoever is signed in."""
        return str(decision.verdict.data.get("by", "")) or self.state.session.operator

    def _stamped(self, act: Act, at: datetime, seq: int, operator: str) -> Event:
        offset = at.utcoffset() or timedelta()
        return Event(act, Stamp(self._around.new_id(at), at, int(offset.total_seconds() // 60), self._place.station,
                                self._place.read_point, self._place.location, operator, self._store.epoch, seq))

    def _load(self, decision: Decision) -> None:
        """Choosing a task brings its order or document in from the store."""
        if any(isinstance(change, TaskChosen) for change in decision.changes):
            session = self.state.session
            self._last = ("", "", 0)
            self.state = replace(self.state, packing=self._store.packing(session.order) if session.order else None,
                                 dock=self._store.dock(session.document) if session.document else None)

    def _read_master(self) -> None:
        """Rules, people, the order and the document anew from the catalogue."""
        catalogue = self._store.catalogue
        self._store.forget()
        products = catalogue.products()
        rules = (*self._place.rules, *catalogue.rules(), *(rule for product in products for rule in product.rules))
        self._rules = RuleTable(rules, catalogue.gtins())
        self._people: dict[str, Person] = {each.id: each for each in catalogue.people()}
        self._products = {each.id: each for each in products}
        self._setting = judge.Setting(self._place.location, self._place.max_children)
        session = self.state.session
        self.state = replace(self.state, packing=self._store.packing(session.order) if session.order else None,
                             dock=self._store.dock(session.document) if session.document else None)

        self._attend()

    def _attend(self) -> None:
        """An unattended line signs in its person and takes its order by itself, as soon as the catalogue has them."""
        session = self.state.session
        if self._place.operator in self._people and session.operator != self._place.operator:
            self.state = replace(self.state, session=replace(session, operator=self._place.operator))
        session = self.state.session
        packing = self._store.packing(self._place.order) if self._place.order and session.operator else None
        if packing and session.order != self._place.order:
            self.state = replace(self.state, packing=packing,
                                 session=replace(session, task="packing", order=self._place.order))

    def _remember_devices(self, states: list[DeviceState]) -> None:
        if states:
            try:
                self._store.device_states(states)
            except DiskFull:
                pass     # the screen knows them all the same; the next scan says what is wrong with the disk

    # --- telling --------------------------------------------------------------------------------------------------
    def view(self, verdict: Verdict | None = None) -> StationView:
        """What the screens show now, with the names that a verdict needs."""
        return panel.view(self.state, station=self._place.station, name=self._place.name,
                          person=self._people.get(self.state.session.operator), product=self._products.get,
                          lookup=self._lookup, counts=self._counts, last=self._last, verdict=verdict)

    def _published(self, message: Scan | Frame | Command, verdict: Verdict, seq: int, view: StationView,
                   raws: tuple[bytes, ...]) -> Published:
        took_ms = (self._around.mono() - message.mono) * 1000
        frame = message if isinstance(message, Frame) else None
        codes = tuple(shown(raw) for raw in raws if raw)
        return Published(verdict, view, message.source, self._around.now(), seq, took_ms, codes, frame)

    def _tell(self, notice: Notice) -> None:
        for listener in self._listeners:
            listener(notice)
