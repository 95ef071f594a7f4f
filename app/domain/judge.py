"""The one place that decides: (state, what was read, facts) → Decision.

Routes a code or a command to the packing line, to rework or to the dock, and keeps the rules that hold everywhere:
somebody is signed in, a stop waits for a supervisor, a red for an answer, a risky act for a second person, and a right
is asked for before anything is done.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain import acts
from app.domain.codes.identity import Code, Refusal
from app.domain.commands import BY_NAME
from app.domain.decision import Alarmed, Armed, Awaiting, Decision, ShiftChanged, SignedIn, TaskChosen, Verdict
from app.domain.facts import Facts
from app.domain.packing import closing, frame, line_queue, order_life, packing, peers, realign, sampling, stroke
from app.domain.people import Person, Right, may
from app.domain.reasons import Outcome, Reason
from app.domain.session import State
from app.domain.setting import BY_HAND, Asked, Hand, Setting
from app.domain.warehouse import desk

TASK_OF = {"PACK": "packing", "RECEIVE": "receiving", "SHIP": "shipping", "LOOKUP": "lookup", "HOME": "home",
           "MOVE": "moving", "COUNT": "counting", "INSPECT": "inspecting"}
KEEPS_ASKING = frozenset({"BADGE", "PIN", "CONFIRM", "HELP", "LANG", "SYNC"})     # a second person is waited for still
UNDER_STOP = frozenset({"HELP", "LANG", "SYNC", "LOGOUT"})     # harmless while a stop waits for its supervisor


def on_code(state: State, code: Code | Refusal, facts: Facts, who: Person | None, at: Setting,
            hand: Hand = BY_HAND) -> Decision:
    """One scan of something that is no command."""
    blocked = _blocked(state, who)
    if blocked:
        return blocked
    if isinstance(code, Refusal):
        verdict = Verdict(Outcome.REJECTED, code.reason, code.data)
        asks = (Reason.NO_PARTNER, Reason.UNKNOWN_DOCUMENT, Reason.SHOW_ONE)
        if looks_up(state) or code.reason in asks:           # a page goes on asking
            verdict = replace(verdict, outcome=Outcome.WARNING)
        return _withdrawn(state, _answered(state, Decision(verdict)))
    return _withdrawn(state, _answered(state, _route(state, code, facts, who, at, hand)))


def on_frame(state: State, codes: Sequence[Code | Refusal], facts: Facts, who: Person | None, at: Setting,
             unread: int = 0, source: str = "") -> Decision:
    """All codes of one picture. A camera goes on packing while a hand is at rework: it never does an armed act. What it
    shows the dock may be asked about as a scan is."""
    over = (Armed(),) if state.session.armed.act in desk.NAMING else ()      # goods: the list of documents gives way
    state = disarmed(state)
    blocked = _blocked(state, who)
    if blocked:
        return blocked
    if state.session.task == "packing" and state.packing:
        if not may(who, Right.PACK):
            return _answered(state, _not_allowed(Right.PACK))
        still = order_life.standstill(state.packing, at.clearance)
        if still:
            return _answered(state, Decision(still))
        found = frame.frame(state.packing, codes, facts, at.location, unread, at.max_children)
        return _answered(state, order_life.begun(state.packing, found))
    objects = {code.epc: code for code in codes if isinstance(code, Code)}
    wrong = next((code for code in codes if isinstance(code, Refusal) and not frame.names_nothing(code)), None)
    if len(objects) == 1 and not wrong:
        code = next(iter(objects.values()))
        hand = Hand(message=Awaiting("scan", source, code.raw, code.aim))
        found = _route(state, code, facts, who, at, hand)
        return _answered(state, replace(found, changes=(*over, *found.changes)))
    if not objects:
        return on_code(state, wrong or Refusal(b"", "", Reason.UNREADABLE, {"unread": unread}), facts, who, at)
    reason = Reason.NO_TASK if state.session.task in ("home", "packing") else Reason.WRONG_LEVEL      # one at a time
    return _answered(state, Decision(Verdict(Outcome.REJECTED, reason, {"count": len(codes)})))


def on_bottle(state: State, codes: Sequence[Code | Refusal], facts: Facts, who: Person | None, at: Setting,
              trigger: int = 0, timed_out: bool = False) -> Decision:
    """One bottle at the in-line reader takes its place, whatever is decided, whoever is signed in: the line moves."""
    if state.packing is None or state.queue is None:
        return _answered(state, Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task})))
    bottle = peers.one(state.packing, codes, facts)
    still = order_life.standstill(state.packing, at.clearance)
    seen = [Refusal(b"", "", still.reason, still.data)] if still and codes else bottle.codes
    decision = line_queue.enter(state.packing, state.queue, seen, facts, trigger, timed_out, at.conveyor)
    decision = order_life.begun(state.packing, decision)
    if not bottle.acts or not decision.verdict.outcome.good:
        return decision
    acts_, changes = closing.commission(state.packing, (bottle.epc,), state.packing.plan.levels[0].level, facts,
                                        at.location, at.max_children)
    return replace(decision, acts=(*acts_, *bottle.acts, *decision.acts),
                   changes=(*changes, *bottle.changes, *decision.changes))


def disarmed(state: State) -> State:
    """The state without what the next hand scan is for."""
    return replace(state, session=replace(state.session, armed=Armed())) if state.session.armed.act else state


def at_work(state: State) -> State:
    """The state as goods meet it: a list of documents that is open over the work is none of theirs."""
    return disarmed(state) if state.session.armed.act in desk.NAMING else state


def on_signal(state: State, name: str, value: int, facts: Facts, at: Setting) -> Decision:
    """What the line says: the packer took bottles, a bad one was pushed out or was not, the PLC is gone.

    It is a fact and never held up; what has to be seen to raises the red.
    """
    if state.packing is None or state.queue is None or name.startswith("heartbeat"):
        told = _raised(state, acts.signal(name, value))
        if name == "heartbeat_lost" and state.packing and state.queue and len(state.queue.row):
            told = replace(told, changes=(*told.changes, *realign.jam(state.packing, state.queue, "heartbeat").changes))
        return told
    match name:
        case "packer":
            still = order_life.standstill(state.packing, at.clearance)
            because = state.session.alarm.reason if state.session.stopped else still.reason if still else ""
            return _raised(state, stroke.pop(state.packing, state.queue, facts, at.location, at.max_children,
                                             at.conveyor, value, because))
        case "reject_confirmed":
            return _raised(state, line_queue.rejected(state.packing, state.queue, value, facts))
        case "reject_missed":
            return _raised(state, line_queue.missed(state.packing, state.queue, value, facts))
    return acts.signal(name, value)


def _raised(state: State, decision: Decision) -> Decision:
    """The red for what a signal told; a good signal takes none away: nobody has answered it."""
    verdict, alarm = decision.verdict, state.session.alarm
    if verdict.outcome not in (Outcome.REJECTED, Outcome.STOP) or state.session.stopped:
        return decision
    raised = Alarmed(verdict.outcome, verdict.reason, verdict.data, alarm.held + 1 if alarm.reason else 0)
    return replace(decision, changes=(*decision.changes, raised))


def on_command(state: State, asked: Asked, facts: Facts, who: Person | None, at: Setting,
               hand: Hand = BY_HAND) -> Decision:
    """An operator's act; the same whether scanned, pressed or touched. A new one takes an open question back."""
    decision = _commanded(state, asked, facts, who, at, hand)
    return decision if asked.name in KEEPS_ASKING else _withdrawn(state, decision)


def _commanded(state: State, asked: Asked, facts: Facts, who: Person | None, at: Setting, hand: Hand) -> Decision:
    instruction = BY_NAME.get(asked.name)
    if instruction is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_COMMAND, {"name": asked.name}))
    if asked.name in ("BADGE", "PIN"):
        return _sign_in(state, asked)
    if asked.name in ("CONFIRM", "CANCEL"):
        return _confirm(state, asked.name, who, facts.reel)
    if state.session.stopped and asked.name not in UNDER_STOP:
        return _held(state)
    if asked.name == "LOGOUT":           # also ends the session of somebody who is no longer in the list of people
        return Decision(Verdict(Outcome.COMMAND, Reason.SIGNED_OUT), (), (SignedIn(""), TaskChosen("home")))
    if instruction.signed_in and who is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.SIGN_IN_FIRST))
    for right in (instruction.right, instruction.argument_right if asked.argument else None):
        if right and not may(who, right) and not (asked.name == "PAUSE" and state.session.task in desk.TASKS):
            return _not_allowed(right)
    if asked.name in desk.OWN or asked.name in desk.COMMANDS and state.session.task in desk.TASKS:
        decision = desk.on_command(state, asked, facts, who, at, hand)
        # A shelf is scanned like goods: a wrong one is a red, the right one takes it away.
        shelf = asked.name == "AT" and state.session.task in ("moving", "counting")
        return _answered(state, decision) if shelf else decision
    taken = Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": asked.name, "argument": asked.argument})
    match asked.name:
        case "HOME" | "LOOKUP":
            return Decision(taken, (), (TaskChosen(TASK_OF[asked.name]),))
        case "PACK" | "RECEIVE" | "SHIP" | "COUNT":
            return _begin(state, asked, taken)
        case "ORDER":
            return _choose(asked, taken)
        case "DOCUMENT":
            return desk.chosen(state, asked, who)
        case "MOVE" | "INSPECT":
            return desk.begun(TASK_OF[asked.name], asked)
        case "PAIRS":
            return sampling.opened(taken, asked.argument, asked.subjects, state.session.reel)
        case "RECHECK":
            return sampling.check_anew(facts.reel)
        case "PEEK":
            verdict = Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": asked.name, "act": asked.name})
            return Decision(verdict, (), (Armed("peek"),))
        case "SHIFT":
            return Decision(Verdict(Outcome.COMMAND, Reason.SHIFT_CHANGED, {"name": asked.argument}), (),
                            (ShiftChanged(asked.argument),))
        case "JAM" | "TAKEN-OUT" | "ALIGNED":
            return _row(state, asked, at)
        case "CLOSE" | "CLOSE-PALLET" | "UNDO" | "DONE":
            return _work(state, asked, facts, who, at)
    if asked.name in acts.NAMES:
        return acts.begin(state, asked.name, asked.argument, facts, hand.approver, hand.message, size=asked.size,
                          counted=asked.counted, clearance=at.clearance)
    return Decision(taken)     # SYNC, HELP, LANG, RESHOOT, STOCK …: the window and the devices act, the journal knows


def looks_up(state: State) -> bool:
    """Whether the next scan is only looked up: on the look-up page, or once over any other task (PEEK)."""
    armed = state.session.armed.act
    return armed == "peek" or state.session.task == "lookup" and not armed


def _route(state: State, code: Code, facts: Facts, who: Person | None, at: Setting, hand: Hand) -> Decision:
    session = state.session
    if looks_up(state):
        over = (Armed(),) if session.armed.act else ()       # looked up over the task: then the task goes on
        return Decision(Verdict(Outcome.ACCEPTED, Reason.LOOKED_UP, {"code": code.epc}), (), over)
    if session.armed.act in desk.NAMING:                     # goods after all: the work goes on
        found = _route(disarmed(state), code, facts, who, at, hand)
        return replace(found, changes=(Armed(), *found.changes))
    if hand.typed and not hand.approver:
        return acts.second_person(hand.message, {"code": code.epc})
    if session.armed.act:
        right = BY_NAME[session.armed.act.upper()].right
        if right and not may(who, right):
            return _not_allowed(right)
        if session.armed.act in desk.ARMED:
            return desk.go_on(state, code, facts, at, hand)
        return acts.go_on(state, code, facts, at.location, at.max_children, hand.approver, hand.message)
    if session.task == "sampling":       # a side of a piece as it is on the reel, whatever its peers are known as
        return sampling.check(facts.reel, code.alias or code.epc) if may(who, Right.PACK) else _not_allowed(Right.PACK)
    if session.task == "packing" and state.packing:
        if not may(who, Right.PACK):
            return _not_allowed(Right.PACK)
        if _probes(state, code, facts):
            return realign.probe(state.packing, state.queue, code, facts, _takes(state, at))
        still = order_life.standstill(state.packing, at.clearance)
        if still:
            return Decision(still)
        decision = packing.scan(state.packing, code, facts, at.location, at.max_children)
        if decision.verdict.reason is Reason.ON_THE_BELT and state.queue:
            stands = {"place": line_queue.place(state.queue, code.epc)}
            decision = replace(decision, verdict=replace(decision.verdict, data={**decision.verdict.data, **stands}))
        return order_life.begun(state.packing, decision)
    if session.task in desk.TASKS:
        return desk.on_code(state, code, facts, who, at, hand)
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"code": code.epc, "task": session.task}))


def _probes(state: State, code: Code, facts: Facts) -> bool:
    """Whether a hand scan says what stands on the belt. While the row is not trusted every single bottle does, known or
    not, but for one that goes into a case that is being filled by hand."""
    work, queue = state.packing, state.queue
    if work is None or queue is None or not queue.stopped:
        return False
    box = work.filling(work.plan.levels[1].level)
    by_hand = box is not None and box.have > 0
    inner = packing.level_of(work, code, facts) == work.plan.levels[0].level
    return queue.row.find(code.epc) is not None or inner and not by_hand


def _work(state: State, asked: Asked, facts: Facts, who: Person | None, at: Setting) -> Decision:
    """Commands that act on what is open, for those who may do the work itself."""
    session = state.session
    if session.task == "packing" and state.packing:
        if not may(who, Right.PACK):
            return _not_allowed(Right.PACK)
        if asked.name == "UNDO":
            return packing.undo(state.packing, facts)
        if asked.name in ("CLOSE", "CLOSE-PALLET"):
            level = packing.to_close(state.packing, outer=asked.name == "CLOSE-PALLET")
            return packing.close_short(state.packing, level, asked.argument, facts, at.location, at.max_children)
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": session.task}))


def _row(state: State, asked: Asked, at: Setting) -> Decision:
    """Commands about the in-line queue."""
    if state.packing is None or state.queue is None or state.session.task != "packing":
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))
    match asked.name:
        case "JAM":
            return realign.jam(state.packing, state.queue)
        case "ALIGNED":
            return realign.aligned(state.packing, state.queue, _takes(state, at))
    first, _, last = asked.argument.partition("-")
    if not (first.isascii() and first.isdigit() and (not last or last.isascii() and last.isdigit())):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_IN_QUEUE, {"code": asked.argument}))
    return realign.remove(state.packing, state.queue, int(first), int(last or first))


def _takes(state: State, at: Setting) -> int:
    """How many a stroke of the packer takes."""
    return at.conveyor.takes or (state.packing.plan.levels[1].count if state.packing else 1)


def approves(state: State, person: Person | None) -> bool:
    """True where this badge is the second person's that an act waits for."""
    awaiting = state.session.awaiting
    waiting = awaiting.kind and not awaiting.question and not state.session.stopped
    return bool(waiting) and may(person, Right.APPROVE) and person is not None and person.id != state.session.operator


def _sign_in(state: State, asked: Asked) -> Decision:
    """A badge or PIN signs in; under a stop, one that may clear it clears it and leaves the operator signed in.

    While an act waits for a second person nobody is signed in: the badge is an answer, and here it is the wrong one
    (the right one makes the station judge the act again).
    """
    if asked.locked_s:
        return Decision(Verdict(Outcome.REJECTED, Reason.LOCKED_OUT, {"wait": asked.locked_s}))
    if asked.person is None:
        word = Reason.UNKNOWN_BADGE if asked.name == "BADGE" else Reason.WRONG_PIN
        return Decision(Verdict(Outcome.REJECTED, word))
    if state.session.stopped:
        if may(asked.person, Right.CLEAR_STOP):
            return Decision(Verdict(Outcome.COMMAND, Reason.CONFIRMED, {"by": asked.person.id}), (), (Alarmed(),))
        return _held(state)
    if state.session.awaiting.kind:
        if asked.person.id == state.session.operator:
            return Decision(Verdict(Outcome.WARNING, Reason.SAME_PERSON, {"name": asked.person.name}))
        return Decision(Verdict(Outcome.WARNING, Reason.NOT_ALLOWED, {"right": Right.APPROVE}))
    answered = (Alarmed(),) if state.session.alarm.reason == Reason.SIGN_IN_FIRST else ()
    return Decision(Verdict(Outcome.COMMAND, Reason.SIGNED_IN, {"name": asked.person.name}), (),
                    (SignedIn(asked.person.id), *answered))


def _confirm(state: State, name: str, who: Person | None, reel: sampling.Reel | None) -> Decision:
    """Answers a red; a stop needs the right. Cancel also forgets what the next scan was for, and what was asked."""
    session = state.session
    if session.stopped and not may(who, Right.CLEAR_STOP):
        return _held(state)
    pending = name == "CANCEL" and (session.armed.act or session.awaiting.kind)
    if name == "CANCEL" and reel and reel.sampling.half and not session.alarm.reason and not pending:
        return sampling.forgotten(reel)
    if not session.alarm.reason and not pending:
        return Decision(Verdict(Outcome.COMMAND, Reason.NOTHING_TO_CONFIRM))
    verdict = Verdict(Outcome.COMMAND, Reason.CONFIRMED, {"by": who.id if who else ""})
    forgotten = (Armed(), Awaiting()) if name == "CANCEL" else ()
    return Decision(verdict, (), (Alarmed(), *forgotten))


def _begin(state: State, asked: Asked, taken: Verdict) -> Decision:
    """Opens a page: with the order or document it had, with the only one there is, or with the list."""
    session = state.session
    before = session.order if asked.name == "PACK" else session.document
    subject = before if before in asked.subjects else asked.subjects[0] if len(asked.subjects) == 1 else ""
    return Decision(taken, (), (TaskChosen(TASK_OF[asked.name], subject),))


def _choose(asked: Asked, taken: Verdict) -> Decision:
    if asked.argument not in asked.subjects:
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_ORDER, {"order": asked.argument}))
    return Decision(taken, (), (TaskChosen("packing", asked.argument),))


def _blocked(state: State, who: Person | None) -> Decision | None:
    """Scans under a stop are held, scans by nobody are refused; both are in the journal with their bytes."""
    if state.session.stopped:
        return _held(state)
    if who is None:
        return _answered(state, Decision(Verdict(Outcome.REJECTED, Reason.SIGN_IN_FIRST)))
    return None


def _held(state: State) -> Decision:
    alarm = replace(state.session.alarm, held=state.session.alarm.held + 1)
    return Decision(Verdict(Outcome.STOP, Reason.HELD, {"held": alarm.held, "because": alarm.reason}), (), (alarm,))


def _answered(state: State, decision: Decision) -> Decision:
    """A bad scan raises the red, or is counted under the one that stands; the right item ends it, no look-up does."""
    verdict, alarm = decision.verdict, state.session.alarm
    if verdict.outcome in (Outcome.REJECTED, Outcome.STOP):
        held = alarm.held + 1 if alarm.reason else 0
        raised = Alarmed(verdict.outcome, verdict.reason, verdict.data, held)
        return replace(decision, changes=(*decision.changes, raised))
    if alarm.reason and verdict.outcome in (Outcome.ACCEPTED, Outcome.COMPLETE) and \
            verdict.reason is not Reason.LOOKED_UP:
        return replace(decision, changes=(*decision.changes, Alarmed()))
    return decision


def _withdrawn(state: State, decision: Decision) -> Decision:
    """A hand's scan or command while a second person is asked for takes that question back: nobody waits for it. What
    the line does by itself does not."""
    if state.session.awaiting.kind and not any(isinstance(change, Awaiting) for change in decision.changes):
        return replace(decision, changes=(*decision.changes, Awaiting()))
    return decision


def _not_allowed(right: Right) -> Decision:
    return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": right}))
