"""The dock's tasks: which part of the warehouse a scan or a command is for. Routes and rights only.

receiving, shipping: documents · moving: shelves · counting: stocktake · inspecting: diverted goods.
"""
from __future__ import annotations

from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.decision import Armed, Data, Decision, TaskChosen, Verdict
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Facts
from app.domain.people import Person, Right, may
from app.domain.reasons import Outcome, Reason
from app.domain.session import DOCK_TASKS, State
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import adjusting, checking, corrections, dock, papers, places, stocktake, suspicion, voiding
from app.domain.warehouse.changes import CheckEnded
from app.domain.warehouse.checking import Check
from app.domain.warehouse.kinds import BY_NAME, Direction
from app.domain.warehouse.policy import inside
from app.domain.warehouse.stocktake import Count

TASKS = frozenset({"receiving", "shipping", "moving", "counting", "inspecting"})
RIGHT_OF = {"receiving": Right.DOCK, "shipping": Right.DOCK, "moving": Right.MOVE, "counting": Right.COUNT,
            "inspecting": Right.INSPECT}
# Commands that are the dock's own; those that also mean something on a line are told apart by the task.
OWN = frozenset({"NEW-DOCUMENT", "ALSO", "CANCEL-DOCUMENT", "TAKE-OFF", "RECEIVER", "VOID", "VOID-DOCUMENT",
                 "CORRECT", "RECOUNT", "ADJUST", "AT", "PICK", "CHECK", "CHECKED", "DAMAGED"})
# What a scan is for that takes something back, or that is about an open container.
ARMED = frozenset({"void", "take-off", "check", "checked", "damaged"})
# The list of documents is open over the one at work: the next scan may name one; goods go on as if it were not.
NAMING = frozenset({"document", "also"})
COMMANDS = OWN | {"PAUSE", "UNDO", "DONE"}


def on_code(state: State, code: Code, facts: Facts, who: Person | None, at: Setting, hand: Hand) -> Decision:
    """One code scanned while one of TASKS is at work."""
    task = state.session.task
    if not may(who, RIGHT_OF[task]):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": RIGHT_OF[task]}))
    known = facts.known.get(code.epc)
    if state.check and (task == "shipping" or state.session.moving.document and task == "moving") and (
            known and known.root == state.check.epc):        # what is to be looked into does not leave unseen
        return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_OPEN, _about(state.check)))
    if task == "inspecting":
        whose = facts.goods.partners.get(state.session.inspected)
        found = suspicion.decide(code, facts, at, who, partner=whose)
        assert found is not None             # only goods that leave are not judged
        return found
    if task == "counting" and state.count:
        return stocktake.scan(state.count, code, facts, at)
    if task == "moving":
        return places.scan(state.session.moving, code, facts, at, hand)
    if task == "receiving" and state.check:
        return _inside(state, state.check, code, facts, who, at)
    if task in DOCK_TASKS and state.dock:
        paper = state.dock.document
        arrives = (known is None or known.status in ON_THE_WAY) and code.epc not in facts.on_document
        found = suspicion.decide(code, facts, at, who, kind=paper.does, partner=state.dock.partner,
                                 document=paper.id) if arrives and state.dock.state == "open" else None
        if found is not None and suspicion.stops(found):
            return found
        return suspicion.combined(found, dock.scan(state.dock, code, facts, at, hand))
    word = Reason.NO_DOCUMENT if task in DOCK_TASKS or task == "counting" else Reason.NO_TASK
    return Decision(Verdict(Outcome.REJECTED, word, {"code": code.epc, "task": task}))


def go_on(state: State, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """A code scanned while one of ARMED is asked for; its right was asked for before."""
    working = state.dock if state.session.task in DOCK_TASKS else None
    if state.session.armed.act in ("check", "checked", "damaged") and state.session.task == "receiving":
        if state.check:
            found = _inside(state, state.check, code, facts, None, at, state.session.armed.act == "damaged")
            return replace(found, changes=(*found.changes, Armed())) if found.changes else found
        if working:
            return _opened(working, code, facts, at, hand)
    if state.session.armed.act == "void":
        return voiding.scan(working, code, facts, at, hand, state.session.armed.reason)
    if working is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"code": code.epc, "task": state.session.task}))
    return corrections.take_off(working, code, facts, at, hand, state.session.armed.reason)


def on_command(state: State, asked: Asked, facts: Facts, who: Person | None, at: Setting, hand: Hand) -> Decision:
    """One of COMMANDS; its own right was asked for before."""
    match asked.name:
        case "NEW-DOCUMENT" if is_count(asked.argument):
            return stocktake.made(asked.argument, asked.last_epc, at.location, asked.place, asked.listed)
        case "NEW-DOCUMENT":
            return papers.made(asked.argument, asked.last_epc, asked.partner)
        case "VOID":
            return voiding.begin(asked.name, asked.argument)
        case "VOID-DOCUMENT":
            return voiding.whole(asked, facts, at, hand)
        case "CORRECT":
            return corrections.correct(asked, facts, at, hand)
        case "PICK":
            return places.pick(state.session.moving, asked, facts, at)
    if state.session.task == "counting" and state.count:
        return _counting(state.count, asked, who, at, hand)
    if state.session.task == "moving":
        return _moving(state, asked, facts, who, at)
    if state.check and state.session.task == "receiving" and asked.name in ("CHECKED", "DAMAGED"):
        return _checking(state, asked, facts, at)        # whatever document is at work, or none
    if state.session.task not in DOCK_TASKS or state.dock is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))
    if not may(who, RIGHT_OF[state.session.task]):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": RIGHT_OF[state.session.task]}))
    match asked.name:
        case "ALSO" if not asked.argument:
            return _which(asked.name)
        case "ALSO":
            return _named(state, papers.joined(state.dock, asked.document, asked.stage) if asked.document else
                          _unknown(asked))
        case "CANCEL-DOCUMENT":
            return papers.cancelled(state.dock, asked.argument)
        case "PAUSE":
            return papers.paused(state.dock)
        case "CHECK" | "CHECKED" | "DAMAGED":
            return _checking(state, asked, facts, at)
        case "DONE" if state.check and state.check.document in state.dock.ids:
            return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_OPEN, _about(state.check)))
        case "UNDO" if state.check and state.check.seen:
            return checking.undo(state.check)
        case "UNDO" if state.check and state.check.epc == asked.last_epc:
            found = corrections.undo(state.dock, asked.last_epc, facts, at)
            return replace(found, changes=(*found.changes, CheckEnded(asked.last_epc, "given_up"))) \
                if found.changes else found
        case "UNDO":
            return corrections.undo(state.dock, asked.last_epc, facts, at, asked.voided)
        case "TAKE-OFF":
            return voiding.begin(asked.name, asked.argument)
        case "RECEIVER":
            return corrections.receiver(state.dock, asked, facts, at)
        case "DONE":
            return dock.close(state.dock, asked.argument, may(who, Right.CLOSE_SHORT))
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))


def is_count(argument: str) -> bool:
    """Whether NEW-DOCUMENT asks for a count."""
    kind = BY_NAME.get(argument.partition(":")[0])
    return kind is not None and kind.direction is Direction.COUNT


def _inside(state: State, check: Check, code: Code, facts: Facts, who: Person | None, at: Setting,
            damaged: bool = False) -> Decision:
    """Something in the container that is open. What it was not recorded with may have come a strange way, too."""
    seen = checking.scan(check, code, facts, damaged)
    paper = state.dock.paper(check.document) if state.dock else None
    if paper is None or not seen.changes or code.epc in check.expected:
        return seen
    found = suspicion.decide(code, facts, at, who, kind=paper.document.does, partner=paper.partner,
                             document=check.document)
    if found and suspicion.stops(found):
        return replace(found, changes=(*found.changes, *seen.changes))
    return seen


def _opened(working: dock.Dock, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """CHECK and a scan: this container is opened, whether it came in already or does so now."""
    known = facts.known.get(code.epc)
    here = known and known.status not in ON_THE_WAY | END_OF_LIFE and inside(at.location, known.location)
    if known is None or not here:
        found = dock.scan(working, code, facts, at, hand, check=True)
        return replace(found, changes=(*found.changes, Armed())) if found.acts else found
    data: Data = {"code": code.epc, "level": known.level}
    if known.parent:
        return Decision(Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, {**data, "parent": known.parent,
                                                                         "root": known.root}))
    if not known.children or code.epc in facts.standing:
        return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_NOTHING_INSIDE, data))
    found = checking.begun(code.epc, working.document.id, known.children, True, data)
    return replace(found, changes=(*found.changes, Armed()))


def _checking(state: State, asked: Asked, facts: Facts, at: Setting) -> Decision:
    """CHECK, CHECKED and DAMAGED on the receiving dock."""
    check = state.check
    if state.session.task != "receiving":
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))
    if asked.name == "CHECK":
        return checking.given_up(check) if check else \
            Decision(Verdict(Outcome.COMMAND, Reason.CHECK_NEXT, {"name": asked.name}), (), (Armed("check"),))
    if check is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_NONE, {"name": asked.name}))
    if asked.name == "DAMAGED":
        return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": asked.name, "act": asked.name}), (),
                        (Armed("damaged"),))
    return checking.ended(check, asked.document, asked.partner, asked.last_lines, facts, at,
                          state.session.armed.act == "checked")


def _about(check: Check) -> Data:
    return {"code": check.epc, "have": len(check.seen), "target": len(check.expected)}


def _moving(state: State, asked: Asked, facts: Facts, who: Person | None, at: Setting) -> Decision:
    """A command while goods are moved."""
    if not may(who, Right.MOVE):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": Right.MOVE}))
    match asked.name:
        case "AT":
            return places.at_shelf(state.session.moving, asked, facts, at)
        case "UNDO":
            return places.undo(state.session.moving, facts)
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": "moving"}))


def _counting(count: Count, asked: Asked, who: Person | None, at: Setting, hand: Hand) -> Decision:
    """A command while goods are counted."""
    if not may(who, Right.COUNT):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": Right.COUNT}))
    match asked.name:
        case "AT":
            return stocktake.at_shelf(count, asked.argument, at.location, asked.place, asked.listed)
        case "CHECK":
            return stocktake.turned(count, at.location)
        case "UNDO":
            return stocktake.undo(count, asked.last_epc, asked.event)
        case "RECOUNT":
            return stocktake.recount(count, asked.found)
        case "ADJUST":
            return adjusting.adjust(count, asked.found, asked.last_epc, asked.argument, at, hand.approver, hand.message)
        case "DONE":
            return stocktake.close(count, asked.found)
        case "PAUSE":
            return papers.paused(stocktake.as_dock(count))
        case "CANCEL-DOCUMENT":
            return papers.cancelled(stocktake.as_dock(count, bool(asked.last_epc)), asked.argument)
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": "counting"}))


def chosen(state: State, asked: Asked, who: Person | None) -> Decision:
    """DOCUMENT: the one to be worked on. Without a number the next scan may name it, whichever is at work."""
    if not asked.argument and state.session.task in DOCK_TASKS and state.dock:
        return _which(asked.name)
    if asked.document is None:
        return _named(state, _unknown(asked))
    return _named(state, papers.opened(asked.document, asked.stage, may(who, Right.CLOSE_SHORT),
                                       sum(asked.last_lines.values())))


def _which(name: str) -> Decision:
    """The next scan may be a document's number."""
    told = Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": name, "act": name})
    return Decision(told, (), (Armed(name.lower()),))


def _unknown(asked: Asked) -> Decision:
    return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_DOCUMENT, {"document": asked.argument}))


def _named(state: State, decision: Decision) -> Decision:
    """A document was named: nobody waits for its number any more."""
    return replace(decision, changes=(*decision.changes, Armed())) if state.session.armed.act in NAMING else decision


def begun(task: str, asked: Asked) -> Decision:
    """MOVE, COUNT, INSPECT: a task without a document of its own. INSPECT may name whose goods are looked at."""
    if task == "inspecting" and asked.argument and asked.partner is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.WRONG_PARTNER, {"partner": asked.argument}))
    taken = Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": asked.name, "argument": asked.argument})
    return Decision(taken, (), (TaskChosen(task, asked.argument if task == "inspecting" else ""),))
