"""The engine: one inbox; parse → decide → commit → publish. Owns the state and the only deciding connection.

`handle` is synchronous and takes a group of messages through one commit; the thread round it is ten lines. A bug is
not caught here: it writes a crash file, tells everybody and ends, so that a dead station is never a quiet one.
"""
from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from app import panel
from app.domain import acts, judge
from app.domain.codes.identity import Code, CommandCode, Meaning, Refusal
from app.domain.codes.text import shown
from app.domain.decision import Awaiting, Decision, Verdict
from app.domain.events import Act, Event, Stamp
from app.domain.facts import Facts
from app.domain.packing.labels import Label
from app.domain.people import Person
from app.domain.reasons import Outcome, Reason
from app.domain.session import State, apply
from app.messages import (
    Answered,
    Command,
    DeviceState,
    Frame,
    MasterChanged,
    Message,
    Notice,
    Printed,
    Published,
    Scan,
    Signal,
    StationView,
    Stop,
    Typed,
)
from app.station import asking, brought, held_up, mistakes, naming, redone
from app.station.celled import celled
from app.station.crash import crashed
from app.station.labelling import labels
from app.station.noted import noted
from app.station.onscreen import NOTHING, OnScreen
from app.station.place import Place, Surroundings
from app.station.reading import WORK, Judged, Readings, Work
from app.store.database import DiskFull
from app.store.entry import Entry
from app.store.pins import PinTries
from app.store.store import Store

__all__ = ["GROUP", "INBOX", "Place", "Station", "Surroundings"]

INBOX = 1000
FULL_S = 0.2            # between two looks whether anybody still empties a full inbox
ROOM_S = 5.0            # between two looks at the free space
LOOK_S = 2.0            # and at what was imported
DEAD_S = 5.0            # a turn of the engine's thread takes a second where nothing happens
GROUP = 64              # messages that share one commit when they wait together

TYPED = "screen"        # the source of a code that a person typed in


class Station:
    def __init__(self, store: Store, place: Place, around: Surroundings,
                 listeners: Sequence[Callable[[Notice], None]] = (), crashes: Path | None = None) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(INBOX)
        self._store, self._place, self._around = store, place, around
        self._listeners, self._crashes = tuple(listeners), crashes
        self._pins = PinTries(store.connection)
        self._screen = OnScreen()
        store.sscc, store.house, store.ground = place.sscc, (place.station, place.site.partner), place.ground
        self._turned = around.mono()
        self._touched, self._has_room, self._room_until, self._look_at = around.mono(), True, 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name="station")
        self.state = State(store.session())
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

    def alive(self) -> bool:
        """Whether the engine's thread still turns; the line's heartbeat stands still where it does not."""
        return self._thread.is_alive() and self._around.mono() - self._turned < DEAD_S

    def _run(self) -> None:
        try:
            while True:
                self._turned = self._around.mono()
                messages = [*self._waiting(), *self._imported()]
                self.handle([each for each in messages if not isinstance(each, Stop)])
                if any(isinstance(each, Stop) for each in messages):
                    return
        except BaseException:
            self._tell(crashed(self._crashes, self._around.now()))
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
        return brought.messages(self._store, self._around)

    # --- one group ------------------------------------------------------------------------------------------------
    def handle(self, messages: Sequence[Message]) -> list[Published]:
        """Judges the messages in order, commits them together, publishes the verdicts. The heart of the station."""
        work = [each for each in messages if isinstance(each, WORK)]
        if any(isinstance(each, MasterChanged) for each in messages):
            self._read_master()
        self._remember_devices([each for each in messages if isinstance(each, DeviceState)])
        if not work:
            if any(isinstance(each, MasterChanged) for each in messages):
                verdict = Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": "MASTER"})
                self._tell(Published(verdict, self.view(), "", self._around.now(), 0, 0.0))
            return []
        self._touched = self._touched if {type(each) for each in work} <= {Answered, Typed} else self._around.mono()
        before, screen = self.state, self._screen
        judged: list[tuple[Work, Judged, StationView]] = []
        try:
            if not self._room():
                raise DiskFull("less room is left on the disk than [store] min_free_mb")
            free = [self._may_try(message) for message in work]
            self._store.begin()
            for message, may_try in zip(work, free, strict=True):
                found = self._judge(message, may_try)
                judged.append((message, found, self.view(found.verdict)))
            self._store.commit()
        except DiskFull as error:
            self._store.rollback()
            self.state, self._screen = before, screen
            verdict = Verdict(Outcome.STOP, error.reason, {"problem": str(error)})
            judged = [(each, Judged(verdict, 0, self._readings.kept(each, self._readings.read(each))[0]), self.view())
                      for each in work]
        except BaseException:
            self._store.rollback()
            raise
        published = [self._published(*each) for each in judged]
        for each in published:
            self._tell(each)
        return published

    def _room(self) -> bool:
        """Whether new work may be taken; the disk is looked at every few seconds only."""
        now = self._around.mono()
        if now >= self._room_until:
            self._has_room, self._room_until = self._around.room(), now + ROOM_S
        return self._has_room

    def _judge(self, message: Work, may_try: bool) -> Judged:
        """One message: read it, decide, write its entry into the open group, move the state on."""
        session = self.state.session
        message, meanings = held_up.scanned(message, self._readings.read(message))
        raws, aims = self._readings.kept(message, meanings)
        kind, hand = type(message).__name__.lower(), judge.BY_HAND
        match message:
            case Scan():
                meaning = meanings[0]
                badge = self._readings.badge(meaning)
                meaning = meaning if badge else naming.named(self._store, self.state, meaning)
                kept = Awaiting("scan", message.source, message.raw, message.aim)
                hand = judge.Hand(None, message.source == TYPED, kept)
                if badge:
                    decision, kind = self._badge(badge), "command"
                elif isinstance(meaning, CommandCode):
                    decision, kind = self._command(meaning.name, meaning.argument, message.source), "command"
                elif message.source in self._place.queued:
                    decision = self._bottle([meaning] if isinstance(meaning, Code | Refusal) else [])
                elif isinstance(meaning, Refusal) and not raws:
                    decision = self._code(Refusal(b"", message.aim, meaning.reason, {"name": "…"}), hand)
                else:
                    decision = self._code(meaning, hand)
            case Frame():
                decision = self._frame(message, meanings)
            case Signal():
                decision = self._signal(message)
            case Printed():
                decision = acts.printed(message.job, message.outcome, message.problem, message.source)
            case Answered() | Typed():
                decision = brought.judged(self._store, message)
            case Command("PIN"):
                decision = self._named(self._pin(message.argument, may_try))
            case Command("BADGE"):
                decision = self._badge(message.argument)
            case Command():
                decision = self._command(message.name, message.argument, message.source)
        seq, at = self._store.next_seq(), self._around.now()      # asked once, so that its events cannot disagree
        signer = self._signer(decision)
        events = tuple(self._stamped(act, at, seq, signer) for act in decision.acts)
        decision, events = mistakes.declared(self._store, decision, events, at, seq, signer)
        order = session.order if session.task == "packing" else acts.worked_on(session.armed.act, decision.verdict)
        entry = Entry(message.at, kind, message.source, signer, raws, aims, decision.verdict, decision.changes, events,
                      order=order, shift=session.shift)
        stood = redone.before(self._store.connection, session, decision)
        for change in decision.changes:
            self.state = apply(self.state, change, self._store.taken_off(change))
        self._store.write(entry)
        self._load(decision)
        redo = redone.after(self._store.connection, decision, stood, session.armed.act)
        self._screen = self._screen.told(entry, redo).of(self._store.connection, self.state.session.order)
        return Judged(decision.verdict, seq, raws, labels(self._store, self.state.packing, decision.changes))

    @property
    def _person(self) -> Person | None:
        return self._readings.people.get(self.state.session.operator)

    def _code(self, meaning: Code | Refusal, hand: judge.Hand) -> Decision:
        state = self.state
        meaning = asking.resolved(self._store, [meaning])[0]
        now = self._around.now().isoformat()
        facts = asking.facts(self._store, state, [meaning], now) if isinstance(meaning, Code) else Facts()
        decision = judge.on_code(state, meaning, facts, self._person, self._setting, hand)
        self._screen = noted(self._screen, state, meaning, facts, decision)
        return decision

    def _frame(self, frame: Frame, meanings: Sequence[Meaning]) -> Decision:
        codes = asking.resolved(self._store, self._readings.framed(frame, meanings))
        if frame.source in self._place.queued:
            return self._bottle(codes, frame.trigger, frame.timed_out)
        if unfit := held_up.unfit(frame):
            return judge.on_code(self.state, unfit, Facts(), self._person, self._setting)
        objects = [each for each in codes if isinstance(each, Code)]
        state, now, unread = judge.disarmed(self.state), self._around.now().isoformat(), len(frame.unread)
        facts = asking.facts(self._store, state, objects, now)
        decision = judge.on_frame(self.state, codes, facts, self._person, self._setting, unread, frame.source)
        if len({each.epc for each in objects}) == 1:
            self._screen = noted(self._screen, state, objects[0], facts, decision)
        return replace(decision, verdict=celled(decision.verdict, frame, codes, self.state.packing))

    def _bottle(self, codes: Sequence[Code | Refusal], trigger: int = 0, timed_out: bool = False) -> Decision:
        """What the in-line reader said of one bottle."""
        found = [each for each in codes if isinstance(each, Code)]
        facts = asking.passed(self._store, self.state, found, self._setting.conveyor)
        return judge.on_bottle(self.state, codes, facts, self._person, self._setting, trigger, timed_out)

    def _signal(self, signal: Signal) -> Decision:
        facts = asking.signalled(self._store, self.state, signal.name, self._setting.conveyor.takes)
        return judge.on_signal(self.state, signal.name, signal.value, facts, self._setting)

    def _command(self, name: str, argument: str, source: str, approver: Person | None = None) -> Decision:
        asked, facts = asking.command(self._store, self.state, name, argument, self._readings.people,
                                      self._place.station, self._around.now().isoformat())
        if name == "CONFIRM" and self.state.session.awaiting.question and not self.state.session.stopped:
            waiting = self.state.session.awaiting
            return self._again(waiting, self._readings.people.get(waiting.approver), waiting.question.split())
        hand = judge.Hand(approver, False, Awaiting("command", source, name=name, argument=argument))
        decision = judge.on_command(self.state, asked, facts, self._person, self._setting, hand)
        if name == "UNDO" and decision.changes:
            self._screen = replace(self._screen, last=NOTHING)
        return decision

    def _badge(self, text: str) -> Decision:
        """A badge signs in, clears a stop, or is the second person's that an act waits for."""
        asked, _ = asking.command(self._store, self.state, "BADGE", text, self._readings.people)
        return self._named(asked)

    def _named(self, asked: judge.Asked) -> Decision:
        """A badge or PIN that names somebody. The act that waited for them is judged once more, with them behind it."""
        if not judge.approves(self.state, asked.person):
            return judge.on_command(self.state, asked, Facts(), self._person, self._setting)
        waiting = self.state.session.awaiting
        typed = waiting.kind == "scan" and waiting.source == TYPED
        return acts.approved(self._again(waiting, asked.person), self.state.session.operator, asked.person.id, typed)

    def _again(self, waiting: Awaiting, approver: Person | None, agreed: Sequence[str] = ()) -> Decision:
        """The act that waited is judged once more, with who and what stands behind it now."""
        self.state = replace(self.state, session=replace(self.state.session, awaiting=Awaiting()))
        if waiting.kind == "command":
            return self._command(waiting.name, waiting.argument, waiting.source, approver)
        meaning = self._readings.again(waiting.raw, waiting.aim)
        if not isinstance(meaning, Code | Refusal):
            return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_COMMAND))
        kept = replace(waiting, question="", approver=approver.id if approver else "")
        decision = self._code(meaning, judge.Hand(approver, False, kept, frozenset(agreed)))
        mine = acts.agreed(decision, self.state.session.operator, kept.approver, waiting.source == TYPED)
        return mine if agreed else decision

    # --- what surrounds a decision --------------------------------------------------------------------------------
    def _may_try(self, message: Work) -> bool:
        """A PIN try is on the disk before the PIN is looked at; False where it may not be looked at."""
        if not isinstance(message, Command) or message.name != "PIN":
            return True
        person = message.argument.partition(":")[0]
        return person not in self._readings.people or self._pins.attempt(person, self._around.now())

    def _pin(self, argument: str, may_try: bool) -> judge.Asked:
        name, _, digits = argument.partition(":")
        person = self._readings.people.get(name)
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

    def unprinted(self) -> tuple[Label, ...]:
        """Labels that were ordered before a crash and never told of: to be printed again."""
        return labels(self._store, self.state.packing, self._store.unprinted())

    def _load(self, decision: Decision) -> None:
        """Choosing a task brings its order or document in from the store."""
        if any(isinstance(change, asking.READ_ANEW) for change in decision.changes):
            self._screen = replace(self._screen, last=NOTHING)
            self.state = asking.loaded(self._store, self.state, self._place.station)

    def _read_master(self) -> None:
        """Rules, people, the order and the document anew from the catalogue."""
        catalogue = self._store.catalogue
        self._store.forget()
        products = catalogue.products()
        rules = (*self._place.rules, *catalogue.rules(), *(rule for product in products for rule in product.rules))
        self._readings = Readings(rules, catalogue.gtins(), catalogue.people())
        self._products = {each.id: each for each in products}
        self._setting = judge.Setting(self._place.location, self._place.max_children, self._place.clearance,
                                      self._place.conveyor, self._place.station, self._place.site, self._place.policy)
        self.state = asking.loaded(self._store, self.state, self._place.station)
        self._attend()
        self._screen = self._screen.of(self._store.connection, self.state.session.order)

    def _attend(self) -> None:
        """An unattended line signs in its person and takes its order by itself, as soon as the catalogue has them."""
        session = self.state.session
        if self._place.operator in self._readings.people and session.operator != self._place.operator:
            self.state = replace(self.state, session=replace(session, operator=self._place.operator))
        session = self.state.session
        packing = self._store.packing(self._place.order) if self._place.order and session.operator else None
        if packing and session.order != self._place.order:
            self.state = replace(self.state, packing=packing, queue=self._store.queue(self._place.order),
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
        return panel.view(self.state, station=self._place.station, name=self._place.name, person=self._person,
                          product=self._products.get, lookup=self._screen.lookup, counts=self._screen.counts,
                          last=self._screen.last, verdict=verdict, rework=self._screen.rework,
                          held=asking.held(self._store, self.state), people=self._readings.people,
                          partner=self._store.catalogue.partner,
                          **asking.shown(self._store, self.state, self._place.station))

    def _published(self, message: Work, judged: Judged, view: StationView) -> Published:
        took_ms = (self._around.mono() - message.mono) * 1000
        frame = message if isinstance(message, Frame) else None
        told = judged.raws if isinstance(message, Scan | Frame | Command) else ()
        return Published(judged.verdict, view, message.source, self._around.now(), judged.seq, took_ms,
                         tuple(shown(raw) for raw in told if raw), frame, frame.trigger if frame else 0, judged.labels)

    def _tell(self, notice: Notice) -> None:
        for listener in self._listeners:
            listener(notice)
