"""What the engine asks the store before the domain decides: facts about the codes at hand, and what a command needs."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from app.domain import judge, people
from app.domain.codes.identity import Code, Refusal
from app.domain.commands import plan_and_reason
from app.domain.decision import TaskChosen
from app.domain.facts import Facts
from app.domain.packing import line_queue, realign
from app.domain.packing.line_queue import Conveyor
from app.domain.people import Person
from app.domain.products import Name
from app.domain.session import DOCK_TASKS, State
from app.domain.warehouse.changes import CheckBegun, DocumentsJoined
from app.domain.warehouse.kinds import Direction
from app.station import counting, mistakes, moving
from app.store import checks, shipments
from app.store.store import Store

UNDONE = "UNDO"
READ_ANEW = TaskChosen | DocumentsJoined | CheckBegun      # what these changes bring about is read from the store
ON_CHECK = frozenset({"", "checked", "damaged"})           # armed acts of a scan into an open container


def loaded(store: Store, state: State, station: str) -> State:
    """The state with its order and documents as the store has them."""
    order, documents, before = state.session.order, state.session.documents, state.queue
    queue = store.queue(order) if order else None
    if queue and before and before.order == order:
        queue = replace(queue, resumed=before.resumed)       # the program has not been away
    dock = store.dock(documents, station) if documents else None
    count = counting.loaded(store, dock)
    return replace(state, packing=store.packing(order) if order else None, queue=queue,
                   dock=None if count else dock, count=count, check=checks.at_work(store.connection))


def shown(store: Store, state: State, station: str) -> dict[str, Any]:
    """The parts of the screen that are read from the store."""
    return {"count": counting.so_far(store, state), "moving": moving.moves(store, state, station),
            "check": moving.check(store, state), "place": partial(_place, store)}


def _place(store: Store, location: str) -> Name:
    """What a place is called; this house by whose it is where no partner has its GLN."""
    return store.catalogue.place_name(location, store.house[1] if location == store.ground[0] else "")


def held(store: Store, state: State) -> dict[str, int]:
    """How much of what is open on the packing page may not move, by level."""
    on_line = state.packing is not None and state.session.task == "packing"
    return store.held_inside(state.packing.order.id) if on_line and state.packing else {}


def signalled(store: Store, state: State, name: str, takes: int) -> Facts:
    """Facts about what a signal may concern: what the packer takes next, and a code of each case packed lately."""
    if state.queue is None or state.packing is None:
        return facts(store, state, ())
    taken = (takes or state.packing.plan.levels[1].count) if name == "packer" else 0
    return facts(store, state, line_queue.asked(state.queue, taken))


def passed(store: Store, state: State, codes: Sequence[Code], conveyor: Conveyor) -> Facts:
    """Facts about one bottle at the in-line reader; where the row is full, about the cases packed lately, too."""
    full = state.queue is not None and len(state.queue.row) >= conveyor.room
    return facts(store, state, [*codes, *line_queue.asked(state.queue, 0)] if full and state.queue else codes)


def resolved(store: Store, codes: Sequence[Code | Refusal]) -> list[Code | Refusal]:
    """Each code as the object that it is on: a peer stands for the identity that its maker's pair file ties it to."""
    identities = store.identities([code.epc for code in codes if isinstance(code, Code)])
    return [replace(code, epc=identities[code.epc], alias=code.epc)
            if isinstance(code, Code) and code.epc in identities else code for code in codes]


def facts(store: Store, state: State, asked: Sequence[Code | str], now: str = "") -> Facts:
    """Facts about these codes or EPCs, about what would close with them, and about what an armed act is for."""
    state = judge.at_work(state)
    session, packing = state.session, state.packing
    epcs = [each.epc if isinstance(each, Code) else each for each in asked]
    docking = session.task in DOCK_TASKS and session.armed.act in ("", "check")
    inspecting = session.task == "inspecting" or session.armed.act == "release"
    codes = [each for each in asked if isinstance(each, Code)]
    if session.task == "moving" and codes and not session.armed.act:
        return moving.scanned(store, session.moving, codes, now, store.house[0])
    if session.task == "receiving" and state.check and codes and session.armed.act in ON_CHECK:
        return moving.inside(store, state.check, codes, now)
    if packing and session.task == "packing" and not session.armed.act:
        levels = {each.level for each in asked if isinstance(each, Code)}
        epcs += packing.closing_soon(len(epcs), label=bool(levels - {packing.plan.levels[0].level}))
        epcs += [epc for _, epc in packing.half]
        if state.queue and any(realign.probes(state.queue, each.epc) for each in asked if isinstance(each, Code)):
            epcs += line_queue.asked(state.queue, 0)         # a probe that does not fit puts them in doubt
    if session.armed.act:
        epcs += [each for each in (session.armed.subject, session.armed.argument) if "/" in each or ":" in each]
    found = store.facts(epcs, packing=packing, dock=state.dock if docking else None, rework=bool(session.armed.act),
                        codes=codes, now=now, inspected=session.inspected if inspecting else None)
    if session.task == "counting" and state.count and codes and not session.armed.act:
        return counting.scanned(store, state.count, codes, found)
    if session.armed.act:
        return mistakes.scanned(store, state, [each.epc for each in codes], found)
    if session.task != "sampling" or not asked:
        return found
    side = asked[0] if isinstance(asked[0], str) else asked[0].alias or asked[0].epc
    return replace(found, reel=store.pairs.reel(session.reel, side))


def command(store: Store, state: State, name: str, argument: str,
            persons: dict[str, Person], station: str = "", now: str = "") -> tuple[judge.Asked, Facts]:
    """A command with what has to be looked up for it."""
    asked, packing = judge.Asked(name, argument), state.packing
    on_line = packing is not None and state.session.task == "packing"
    if counting.asks(state, name, argument):
        return counting.commanded(store, state.count, asked, station), Facts()
    if moving.asks(state, name):
        return moving.commanded(store, state, asked, now, station)
    match name:
        case "CHECKED" if state.check:
            return moving.checked(store, state.check, asked)
        case "BADGE":
            asked = replace(asked, person=people.by_badge(persons.values(), argument))
        case "ORDER" | "PACK":
            asked = replace(asked, subjects=store.open_orders())
        case "RECEIVE" | "SHIP":
            asked = replace(asked, subjects=store.open_documents(Direction.IN if name == "RECEIVE" else Direction.OUT))
        case "COUNT":
            asked = replace(asked, subjects=store.open_documents(Direction.COUNT))
        case "DOCUMENT" | "ALSO":
            document = store.catalogue.document(argument)
            stage = store.stage(argument) or document.state if document else ""
            on = store.dock((argument,), station) if stage == "cancelled" else None
            asked = replace(asked, document=document, stage=stage, last_lines=dict(on.done) if on else {})
        case "NEW-DOCUMENT":
            partner = argument.split(":")[1] if ":" in argument else ""
            asked = replace(asked, last_epc=f"{station}-{store.epoch}-{store.next_seq()}",
                            partner=store.catalogue.partner(partner) if partner else None)
        case "INSPECT":
            asked = replace(asked, partner=store.catalogue.partner(argument) if argument else None)
        case "UNDO" if on_line and packing:
            return asked, store.facts([packing.last_closed] if packing.last_closed else [], packing=packing,
                                      rework=True)
        case "UNDO" if state.dock and state.session.task in DOCK_TASKS:
            epc, lines = store.last_on(state.dock.undo_ids)
            asked = replace(asked, last_epc=epc, last_lines=lines,
                            voided=shipments.taken_back_last(store.connection, state.dock.ids))
            return mistakes.commanded(store, state, asked, now)
        case "VOID-DOCUMENT" | "CORRECT" | "RECEIVER":
            return mistakes.commanded(store, state, asked, now)
        case "CLOSE" | "CLOSE-PALLET" if packing:
            return asked, facts(store, state, packing.closing_soon(sys.maxsize, True))
        case "REPRINT" | "UNPARK" if on_line and packing:
            return asked, store.facts([box.expected for box in packing.containers if box.expected], packing=packing)
        case "PAIRS":
            return replace(asked, subjects=tuple(str(each.number) for each in store.pairs.sets())), Facts()
        case "RECHECK" | "CANCEL" if state.session.task == "sampling":
            return asked, Facts(reel=store.pairs.reel(state.session.reel))
        case "REPACK":
            return replace(asked, size=_size(store, state, plan_and_reason(argument)[0])), Facts()
        case "CLOSE-ORDER" if packing:
            return replace(asked, counted=store.counted(packing.order.id)), Facts()
    return asked, Facts()


def _size(store: Store, state: State, named: str) -> int:
    """How many units a container of another plan takes: a plan's id, or a number; 0 where that tells none.

    With neither it is the one that was named before, else the only other plan there is for such units.
    """
    packing, armed = state.packing, state.session.armed
    if named.isascii() and named.isdigit():
        return int(named) if 0 < int(named) <= 1000 else 0
    if not named and armed.act == "repack":
        return int(armed.argument)
    if packing is None:
        return 0
    unit = packing.plan.levels[0].level
    plans = [plan for plan in store.catalogue.plans() if plan.levels[0].level == unit and named in ("", plan.id)]
    sizes = {plan.levels[1].count for plan in plans} - (set() if named else {packing.plan.levels[1].count})
    return sizes.pop() if len(sizes) == 1 else 0
