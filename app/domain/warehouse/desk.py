"""The dock's tasks: which part of the warehouse a scan or a command is for. Routes and rights only.

receiving, shipping: documents · moving: shelves · counting: stocktake · inspecting: diverted goods.
"""
from __future__ import annotations

from app.domain.codes.identity import Code
from app.domain.decision import Armed, Decision, TaskChosen, Verdict
from app.domain.facts import ON_THE_WAY, Facts
from app.domain.people import Person, Right, may
from app.domain.reasons import Outcome, Reason
from app.domain.session import DOCK_TASKS, State
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import adjusting, corrections, dock, papers, stocktake, suspicion, voiding
from app.domain.warehouse.kinds import BY_NAME, Direction
from app.domain.warehouse.stocktake import Count

TASKS = frozenset({"receiving", "shipping", "moving", "counting", "inspecting"})
RIGHT_OF = {"receiving": Right.DOCK, "shipping": Right.DOCK, "moving": Right.MOVE, "counting": Right.COUNT,
            "inspecting": Right.INSPECT}
# Commands that are the dock's own; those that also mean something on a line are told apart by the task.
OWN = frozenset({"NEW-DOCUMENT", "ALSO", "CANCEL-DOCUMENT", "TAKE-OFF", "RECEIVER", "VOID", "VOID-DOCUMENT",
                 "CORRECT", "RECOUNT", "ADJUST"})
ARMED = frozenset({"void", "take-off"})      # what a scan is for that takes something back
COMMANDS = OWN | {"PAUSE", "UNDO", "DONE", "AT", "CHECK"}


def on_code(state: State, code: Code, facts: Facts, who: Person | None, at: Setting, hand: Hand) -> Decision:
    """One code scanned while one of TASKS is at work."""
    task = state.session.task
    if not may(who, RIGHT_OF[task]):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": RIGHT_OF[task]}))
    if task == "inspecting":
        whose = facts.goods.partners.get(state.session.inspected)
        found = suspicion.decide(code, facts, at, who, partner=whose)
        assert found is not None             # only goods that leave are not judged
        return found
    if task == "counting" and state.count:
        return stocktake.scan(state.count, code, facts, at)
    if task in DOCK_TASKS and state.dock:
        paper, known = state.dock.document, facts.known.get(code.epc)
        arrives = (known is None or known.status in ON_THE_WAY) and code.epc not in facts.on_document
        found = suspicion.decide(code, facts, at, who, kind=paper.does, partner=state.dock.partner,
                                 document=paper.id) if arrives and state.dock.state == "open" else None
        if found is not None and suspicion.stops(found):
            return found
        return suspicion.combined(found, dock.scan(state.dock, code, facts, at, hand))
    return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"code": code.epc, "task": task}))


def go_on(state: State, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """A code scanned while one of ARMED is asked for; its right was asked for before."""
    working = state.dock if state.session.task in DOCK_TASKS else None
    if state.session.armed.act == "void":
        return voiding.scan(working, code, facts, at, hand, state.session.armed.reason)
    if working is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"code": code.epc, "task": state.session.task}))
    return corrections.take_off(working, code, facts, at, hand)


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
    if state.session.task == "counting" and state.count:
        return _counting(state.count, asked, who, at, hand)
    if state.session.task not in DOCK_TASKS or state.dock is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_TASK, {"task": state.session.task}))
    if not may(who, RIGHT_OF[state.session.task]):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": RIGHT_OF[state.session.task]}))
    match asked.name:
        case "ALSO":
            if asked.document is None:
                return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_DOCUMENT, {"document": asked.argument}))
            return papers.joined(state.dock, asked.document, asked.stage)
        case "CANCEL-DOCUMENT":
            return papers.cancelled(state.dock, asked.argument)
        case "PAUSE":
            return papers.paused(state.dock)
        case "UNDO":
            return corrections.undo(state.dock, asked.last_epc, facts, at)
        case "TAKE-OFF":
            return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": asked.name, "act": asked.name}), (),
                            (Armed("take-off"),))
        case "RECEIVER":
            return corrections.receiver(state.dock, asked, facts, at)
    return dock.close(state.dock, asked.argument)


def is_count(argument: str) -> bool:
    """Whether NEW-DOCUMENT asks for a count."""
    kind = BY_NAME.get(argument.partition(":")[0])
    return kind is not None and kind.direction is Direction.COUNT


def _counting(count: Count, asked: Asked, who: Person | None, at: Setting, hand: Hand) -> Decision:
    """A command while goods are counted."""
    if not may(who, Right.COUNT):
        return Decision(Verdict(Outcome.REJECTED, Reason.NOT_ALLOWED, {"right": Right.COUNT}))
    match asked.name:
        case "AT":
            return stocktake.at_shelf(count, asked.argument, at.location, asked.place, asked.listed)
        case "CHECK":
            return stocktake.turned(count)
        case "UNDO":
            return stocktake.undo(count, asked.last_epc)
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


def chosen(asked: Asked, who: Person | None) -> Decision:
    """DOCUMENT: the one to be worked on."""
    if asked.document is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_DOCUMENT, {"document": asked.argument}))
    return papers.opened(asked.document, asked.stage, may(who, Right.CLOSE_SHORT))


def begun(task: str, asked: Asked) -> Decision:
    """MOVE, COUNT, INSPECT: a task without a document of its own. INSPECT may name whose goods are looked at."""
    if task == "inspecting" and asked.argument and asked.partner is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.WRONG_PARTNER, {"partner": asked.argument}))
    taken = Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": asked.name, "argument": asked.argument})
    return Decision(taken, (), (TaskChosen(task, asked.argument if task == "inspecting" else ""),))
