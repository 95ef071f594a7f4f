"""What voids and corrections ask of the store, and the error declarations that corrections bring about.

A declaration is the event as it was stored, once more under its own id: nothing of it may differ, so it is never made
from anything else.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

import msgspec

from app.domain.commands import CORRECT_REASONS
from app.domain.decision import Decision
from app.domain.events import Declaration, Event
from app.domain.facts import Facts
from app.domain.session import DOCK_TASKS, State
from app.domain.setting import Asked
from app.domain.warehouse import corrections
from app.domain.warehouse.changes import ACT, Corrected
from app.domain.warehouse.goods import Deed
from app.domain.warehouse.voiding import split
from app.store import deeds, objects, shipments
from app.store.store import Store

ARMED = frozenset({"void", "take-off"})
UUID = "urn:uuid:"


def scanned(store: Store, state: State, epcs: Sequence[str], found: Facts) -> Facts:
    """The facts about codes that are scanned to be taken back, with what they left or came in by."""
    if state.session.armed.act not in ARMED:
        return found
    done: dict[str, Deed] = {}
    if state.session.armed.act == "take-off" and state.dock and not state.dock.document.does.away:
        for epc, document in product(epcs, state.dock.ids):
            on = objects.on_document(store.connection, document, epc)
            deed = deeds.last_deed(store.connection, store.catalogue, document, on) if on else None
            done |= {epc: deed} if deed else {}
    return replace(_out(store, found, epcs, done), contents={epc: store.contents(epc) for epc in epcs})


def commanded(store: Store, state: State, asked: Asked, now: str) -> tuple[Asked, Facts]:
    """A command that takes something back, with what it is about."""
    catalogue, connection = store.catalogue, store.connection
    dock = state.dock if state.session.task in DOCK_TASKS else None
    match asked.name:
        case "VOID-DOCUMENT":
            id, _ = split(asked.argument)
            document = catalogue.document(id)
            out = shipments.still_out(connection, catalogue, id) if document else {}
            found = store.facts(out)
            told = replace(found.goods, shipments=out, progress=shipments.progress(
                connection, catalogue, [each for one in out.values() for each in one.documents]))
            return replace(asked, document=document), replace(
                found, goods=told, contents={epc: store.contents(epc) for epc in out})
        case "CORRECT":
            named, reason = split(asked.argument, CORRECT_REASONS)
            id = named if named.startswith(UUID) else UUID + named.lower()
            deed = deeds.deed(connection, catalogue, id)
            there = connection.execute("SELECT 1 FROM event WHERE event_id=?", (id,)).fetchone()
            found = Facts() if deed is None else _out(store, store.facts([deed.epc]), [deed.epc], {id: deed})
            last = deed.epc if deed else id if there else ""
            return replace(asked, argument=f"{id}:{reason}".rstrip(":"), last_epc=last), found
        case "RECEIVER" if dock:
            paper = corrections.of_receiver(dock, asked.argument)
            id = paper.document.id if paper else ""
            on = [row[0] for row in connection.execute(
                "SELECT DISTINCT epc FROM document_object WHERE document=? ORDER BY id", (id,))]
            every = ((epc, deeds.last_deed(connection, catalogue, id, epc)) for epc in on)
            named, _ = corrections.named_receiver(asked.argument, dock.ids)
            asked = replace(asked, partner=catalogue.partner(named))
            found = _out(store, store.facts(on), (), {epc: deed for epc, deed in every if deed})
            return asked, replace(found, contents={epc: store.contents(epc) for epc in on},
                                  goods=replace(found.goods, now=now))
        case "UNDO" if dock and asked.last_epc:
            last = (deeds.last_deed(connection, catalogue, each, asked.last_epc) for each in dock.ids)
            newest = max(filter(None, last), key=lambda each: each.at, default=None)
            return asked, _out(store, store.facts([asked.last_epc]), [asked.last_epc],
                               {asked.last_epc: newest} if newest else {})
    return asked, Facts()


def declared(store: Store, decision: Decision, events: tuple[Event, ...], at: datetime, seq: int,
             signer: str) -> tuple[Decision, tuple[Event, ...]]:
    """The decision with the ids of what stands in the place of what it corrects, and its events: first the error
    declarations, then the new ones (`events`: those of its acts)."""
    if not any(isinstance(change, Corrected) for change in decision.changes):
        return decision, events
    data = decision.verdict.data
    told = (("approver", str(data.get("approver", ""))), ("reason", str(data.get("why", ""))))
    extra = (("declaredBy", signer), *((key, value) for key, value in told if value), ("entry", seq))
    changes = tuple(_named(change, events) if isinstance(change, Corrected) else change for change in decision.changes)
    wrongs = []
    for change in changes:
        if isinstance(change, Corrected):
            body = store.connection.execute("SELECT body FROM event WHERE event_id=?", (change.event_id,)).fetchone()[0]
            wrong = Declaration(at, change.reason, change.correctives, extra)
            wrongs.append(replace(msgspec.json.decode(body, type=Event), declaration=wrong))
    return replace(decision, changes=changes), (*wrongs, *events)


def _named(change: Corrected, events: tuple[Event, ...]) -> Corrected:
    """With eventIDs for the acts that stand in the place of what it corrects."""
    return replace(change, correctives=tuple(
        events[int(each.removeprefix(ACT))].stamp.event_id if each.startswith(ACT) else each
        for each in change.correctives))


def _out(store: Store, found: Facts, epcs: Sequence[str], done: dict[str, Deed]) -> Facts:
    """The facts with the shipments of these objects, what is to be taken back, and how far their documents are."""
    left = shipments.to_take_back(store.connection, store.catalogue, epcs)
    papers = [each for one in (*left.values(), *done.values()) for each in one.documents]
    told = replace(found.goods, shipments=left, deeds=done,
                   last_step=shipments.last_steps(store.connection, [epc for epc in epcs if epc not in left]),
                   progress=shipments.progress(store.connection, store.catalogue, papers))
    return replace(found, goods=told)
