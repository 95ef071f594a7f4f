"""Acts that a command begins: rework, parking, reprints, the order's life. With reasons, and a second person for the
risky ones.

Pure; the judge has asked for the right before. A command whose reason is missing asks for it and arms nothing.
"""
from __future__ import annotations

from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.commands import BY_NAME, REWORK, plan_and_reason
from app.domain.decision import Armed, Awaiting, Data, Decision, HeldBack, LabelDone, Verdict
from app.domain.events import Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Facts
from app.domain.packing import order_life, recontain, rework
from app.domain.packing.order_life import Reconciliation
from app.domain.packing.packing import DOUBTED
from app.domain.packing.rework import Job
from app.domain.people import Person
from app.domain.reasons import Outcome, Reason
from app.domain.session import State
from app.domain.warehouse import suspicion
from app.domain.warehouse.changes import Settled

NAMES = REWORK | {"PARK", "UNPARK", "START", "PAUSE", "FINISH", "CLOSE-ORDER"}
ON_AN_ORDER = frozenset({"PARK", "UNPARK", "START", "PAUSE", "FINISH", "CLOSE-ORDER", "REPACK", "CONTINUE", "RETURN"})
UNIT_ACTS = frozenset({"remove", "swap", "sample", "scrap", "destroy", "hold", "release", "return"})
TYPED = "TYPED"                                                  # why: a code that somebody typed in
NOT_KNOWN = "NOT-KNOWN"                                          # why goods are held that the server does not know
NO_REASON = frozenset({"REPACK", "UNPARK", "CLOSE-ORDER"})       # their argument is something else, or asked for later


def begin(state: State, name: str, argument: str, facts: Facts, approver: Person | None, message: Awaiting, *,
          size: int = 0, counted: Reconciliation | None = None, clearance: bool = False) -> Decision:
    """One of NAMES, as the operator gave it. `size`: what a plan named by REPACK takes; `counted`: for CLOSE-ORDER."""
    state_of = state.packing if state.session.task == "packing" else None
    if BY_NAME[name].choices and not argument and name not in NO_REASON:
        return reason_needed(name)
    if state_of is None and name in ON_AN_ORDER:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))
    if state_of is not None:
        match name:
            case "PARK":
                return recontain.park(state_of, argument)
            case "UNPARK":
                return _unpark(state, argument, facts, approver, message)
            case "START":
                if state_of.stage == order_life.FINISHED and approver is None:
                    return second_person(message, {"name": name, "order": state_of.order.id})
                return order_life.start(state_of)
            case "PAUSE":
                return order_life.pause(state_of, clearance)
            case "FINISH":
                return order_life.finish(state_of)
            case "CLOSE-ORDER":
                return _close(state, argument, approver, message, counted or Reconciliation())
            case "REPRINT":
                box = state_of.waiting
                fresh = recontain.first_label(state_of, facts, box) if box else ()
                if box and fresh:                # none was printed yet: nothing is printed twice
                    data: Data = {"level": box.level, "label": fresh[0].epc, "act": name}
                    return Decision(Verdict(Outcome.ACCEPTED, Reason.LABEL_ORDERED, data), (), fresh)
                if box and box.expected:         # the label that the screen asks for
                    if approver is None:
                        return second_person(message, {"name": name, "code": box.expected})
                    return recontain.reprint(facts, box.expected, box.level, argument, {"level": box.level}, box.number)
            case "REPACK":
                return _repack(argument, size)
    return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": name, "act": name, "why": argument}), (),
                    (Armed(name.lower(), argument),))


def go_on(state: State, code: Code, facts: Facts, location: str, max_children: int, approver: Person | None,
          message: Awaiting) -> Decision:
    """A code scanned while an act is armed."""
    armed = state.session.armed
    packing = state.packing if state.session.task == "packing" else None
    job = Job(armed, location, max_children, approver.id if approver else "")
    if not armed.reason and BY_NAME[armed.act.upper()].choices:      # a plan without its reason
        return reason_needed(armed.act.upper(), Outcome.WARNING)
    suspected = suspicion.held(code.epc, facts) if armed.act == "release" else None
    if suspected and approver is None:       # a diversion stop is nobody's alone to lift
        return second_person(message, {"name": "RELEASE", "code": code.epc})
    if suspected and approver:
        return suspicion.release(code, facts, suspected, armed.reason, state.session.operator, approver.id)
    if armed.act in UNIT_ACTS:
        return rework.scan(packing, code, facts, job)
    known = facts.known.get(code.epc) if armed.act == "unpack" else recontain.meant(code.epc, facts)
    mass = armed.act == "unpack" and recontain.is_mass(known, facts)
    again = armed.act == "reprint" and known is not None
    if (mass or again) and approver is None and known is not None:
        return second_person(message, {"name": armed.act.upper(), "code": known.epc, "level": known.level})
    box = packing.holding(code.epc) or packing.labelled(code.epc) if packing and armed.act == "unpark" else None
    if box and box.parked in DOUBTED and approver is None:
        return second_person(message, {"name": "UNPARK", "code": code.epc, "level": box.level})
    return recontain.scan(packing, code, facts, job)


def reason_needed(name: str, outcome: Outcome = Outcome.COMMAND) -> Decision:
    """Asks why; nothing is armed by it."""
    return Decision(Verdict(outcome, Reason.REASON_NEEDED, {"name": name}))


def approved(decision: Decision, operator: str, approver: str, typed: bool = False) -> Decision:
    """The decision with who asked and who stood behind it, in the verdict and in each event; a code that was typed in
    says so where no other reason does."""
    def told(act: Act) -> Act:
        has = dict(act.extra)
        more = {"approver": approver, **({"reason": TYPED} if typed else {})}
        return replace(act, extra=(*act.extra, *((key, value) for key, value in more.items() if key not in has)))

    data: Data = {**decision.verdict.data, "by": operator, "approver": approver}
    if typed:
        data.setdefault("why", TYPED)
    return replace(decision, verdict=replace(decision.verdict, data=data), acts=tuple(map(told, decision.acts)),
                   changes=(Awaiting(), *decision.changes))


def agreed(decision: Decision, operator: str, approver: str, typed: bool = False) -> Decision:
    """The decision after CONFIRM; whoever stood behind the scan before it was asked about ("" nobody) still does."""
    if approver:
        return approved(decision, operator, approver, typed)
    return replace(decision, changes=(Awaiting(), *decision.changes))


def worked_on(act: str, verdict: Verdict) -> str:
    """The order whose goods were reworked away from the line, so that its report tells of it."""
    return str(verdict.data.get("order", "")) if act and verdict.outcome.good else ""


def second_person(message: Awaiting, data: Data) -> Decision:
    """The act waits for the badge of somebody else who may approve it; any other scan takes it back."""
    return Decision(Verdict(Outcome.WARNING, Reason.SECOND_PERSON, data), (), (message,))


def _repack(argument: str, size: int) -> Decision:
    """To which plan, and why: given together, or the plan first and then the reason that is asked for."""
    plan, why = plan_and_reason(argument)
    if not size and (plan or why):
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_PLAN, {"plan": plan}))
    if not why:
        kept = (Armed("repack", argument=str(size)),) if plan else ()
        return replace(reason_needed("REPACK"), changes=kept)
    return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": "REPACK", "act": "REPACK", "why": why}), (),
                    (Armed("repack", why, argument=str(size)),))


def _unpark(state: State, argument: str, facts: Facts, approver: Person | None, message: Awaiting) -> Decision:
    """The container of this number, the only one that is aside, or the one that the next scan shows.

    One that was put aside because nobody can be sure what is in it wants a second person.
    """
    assert state.packing is not None
    parked = state.packing.parked
    chosen = [each for each in parked if str(each.number) == argument] if argument else list(parked)
    if len(chosen) == 1 and chosen[0].parked in DOUBTED and approver is None:
        return second_person(message, {"name": "UNPARK", "level": chosen[0].level, "count": chosen[0].have})
    if argument:
        return recontain.unpark(state.packing, chosen[0] if chosen else None, facts)
    if len(parked) > 1:
        return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": "UNPARK", "act": "UNPARK"}), (),
                        (Armed("unpark"),))
    return recontain.unpark(state.packing, parked[0] if parked else None, facts)


def _close(state: State, reason: str, approver: Person | None, message: Awaiting, counted: Reconciliation) -> Decision:
    """An order that does not come out even closes only with a reason and a second person."""
    assert state.packing is not None
    decision = order_life.close(state.packing, counted, reason)
    if decision.changes and counted.differs and approver is None:
        return second_person(message, {"name": "CLOSE-ORDER", **decision.verdict.data})
    return decision


def printed(job: int, outcome: str, problem: str, printer: str) -> Decision:
    """What the printer says of a label. A failed one is not lost: it is printed when the printer serves again."""
    data: Data = {"job": job, "printer": printer, "problem": problem}
    word = Reason.PRINT_DONE if outcome == "printed" else Reason.PRINT_FAILED
    colour = Outcome.COMMAND if outcome == "printed" else Outcome.WARNING
    return Decision(Verdict(colour, word, data), (), (LabelDone(job, outcome),))


def answered(epc: str, document: str, answer: str, facts: Facts) -> Decision:
    """What the server says of an object that was taken in provisionally. One that it does not know stays here until a
    supervisor frees it, or until the server knows it after all."""
    word = Reason.SETTLED_KNOWN if answer == "known" else Reason.SETTLED_UNKNOWN
    data: Data = {"code": epc, "document": document}
    known, held = facts.known.get(epc), facts.held.get(epc, "")
    now = NOT_KNOWN if answer != "known" and not held else "" if answer == "known" and held == NOT_KNOWN else held
    if now == held:
        return Decision(Verdict(Outcome.COMMAND, word, data), (), (Settled(epc, answer),))
    step, disposition = ("holding", "non_sellable_other") if now else ("inspecting", "conformant")
    here = known is not None and known.status not in ON_THE_WAY | END_OF_LIFE
    act = Act(Type.OBJECT, Action.OBSERVE, step, (epc,), disposition, extra=(("reason", NOT_KNOWN),))
    return Decision(Verdict(Outcome.COMMAND, word, data), (act,) if here else (),
                    (Settled(epc, answer), HeldBack((epc,), now)))


def signal(name: str, value: int) -> Decision:
    """What the line says of itself, where it is about no bottle of the queue."""
    words = {"heartbeat_lost": (Outcome.WARNING, Reason.HEARTBEAT_LOST),
             "heartbeat_back": (Outcome.COMMAND, Reason.HEARTBEAT_BACK),
             "reject_confirmed": (Outcome.COMMAND, Reason.REJECT_CONFIRMED),
             "reject_missed": (Outcome.REJECTED, Reason.REJECT_MISSED)}
    outcome, word = words.get(name, (Outcome.WARNING, Reason.UNKNOWN_COMMAND))
    return Decision(Verdict(outcome, word, {"trigger": value, "name": name}))
