"""Shipments taken back after the truck has left: one object, part of a pallet, or all that a document shipped.

Pure. A void repeats the references and parties of its shipment and names only what was not shipped; there is none
without its shipment. The documents count less, and a closed one says so.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.commands import VOID_REASONS
from app.domain.decision import Armed, Change, Data, Decision, DocumentScanned, DocumentState, Verdict
from app.domain.events import Act
from app.domain.facts import Content, Facts, Known
from app.domain.packing import closing
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import movement
from app.domain.warehouse.breaking import BREAK, asked
from app.domain.warehouse.dock import Dock
from app.domain.warehouse.goods import Share, Shipment
from app.domain.warehouse.kinds import BY_NAME

Progress = Mapping[str, tuple[str, int]]       # of each document: its stage here and the units done


def begin(name: str, reason: str) -> Decision:
    """VOID and TAKE-OFF: the next scan takes something back, for this reason."""
    if not reason:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, {"name": name}))
    return Decision(Verdict(Outcome.COMMAND, Reason.SCAN_WHICH, {"name": name, "act": name, "why": reason}), (),
                    (Armed(name.lower(), reason),))


def scan(working: Dock | None, code: Code, facts: Facts, at: Setting, hand: Hand, reason: str,
         word: Reason = Reason.VOIDED) -> Decision:
    """What was not shipped after all: an object that was scanned on its document, or one inside such."""
    known, shipment = facts.known.get(code.epc), facts.goods.shipments.get(code.epc)
    data: Data = {"code": code.epc, "why": reason}
    if known is None:
        return _no(Reason.UNKNOWN_OBJECT, data)
    data |= {"level": known.level, "product": known.product}
    if shipment is None:
        return _not_out(known, facts, data)
    data |= {"document": shipment.document, "partner": shipment.partner}
    if working and not working.document.does.incoming and working.state == "open" \
            and not set(working.ids) & set(shipment.documents):
        return _no(Reason.OTHER_SHIPMENT, {**data, "expected": working.document.id})
    if (known.status, known.partner) != ("in_transit", shipment.partner) or shipment.act is None:
        return _no(Reason.NOT_SHIPPED, {**data, "status": known.status})
    if known.parent:
        return _part(known, shipment, facts, at, hand, reason, data, word)
    if _emptied(known.epc, facts):
        return _no(Reason.EMPTY_CONTAINER, data)
    kind, left = BY_NAME[shipment.kind], _left_on(shipment, facts)
    gone = [replace(share, units=share.units - rest) for share, rest in left]
    act = movement.void_of(shipment.act, kind, (known.epc,), reason)
    return _done(word, {**data, "units": sum(share.units for share in gone)}, [act], [
        *_less_on(shipment, left), *movement.here_again(kind, (known.epc,), at.location),
        *true_state(gone, facts.goods.progress, reason)])


def whole(told: Asked, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """VOID-DOCUMENT:document:reason takes back all that is still out; a second person agrees."""
    id, reason = split(told.argument)
    data: Data = {"name": told.name, "document": id, "why": reason}
    if told.document is None:
        return _no(Reason.UNKNOWN_DOCUMENT, data)
    if not told.document.does.away:
        return _no(Reason.OTHER_KIND, {**data, "kind": told.document.kind})
    out = {epc: each for epc, each in facts.goods.shipments.items() if _still(each, facts)}
    left = {epc: _left_on(each, facts) for epc, each in out.items()}
    shares = [replace(share, units=share.units - rest) for each in left.values() for share, rest in each]
    data |= {"count": len(out), "units": sum(share.units for share in shares), "partner": told.document.partner}
    if not out:
        return _no(Reason.NOT_SHIPPED, data)
    if not reason:
        return Decision(Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, data))
    if hand.approver is None:
        return Decision(Verdict(Outcome.WARNING, Reason.SECOND_PERSON, data), (), (hand.message,))
    acts: list[Act] = []
    changes: list[Change] = []
    for kind, shipped, epcs in _alike(out):
        parts = [epcs[first : first + at.max_children] for first in range(0, len(epcs), at.max_children)]
        acts += [movement.void_of(shipped, BY_NAME[kind], part, reason) for part in parts]
        changes += movement.here_again(BY_NAME[kind], epcs, at.location)
    for epc, each in out.items():
        changes += _less_on(each, left[epc])
    return _done(Reason.VOIDED, data, acts, [*changes, *true_state(shares, facts.goods.progress, reason)])


def split(argument: str, reasons: tuple[str, ...] = VOID_REASONS) -> tuple[str, str]:
    """(document, reason) of VOID-DOCUMENT's argument, (event, reason) of CORRECT's; ids may have colons themselves."""
    id, _, reason = argument.rpartition(":")
    return (id, reason.upper()) if id and reason.upper() in reasons else (argument, "")


def off(epc: str, shares: Iterable[Share]) -> list[Change]:
    """A scanned object off its lines."""
    return [DocumentScanned(share.document, share.line, epc, 0) for share in shares]


def true_state(gone: Iterable[Share], progress: Progress, reason: str) -> list[Change]:
    """What a closed document is now that these units are off it: short, or nothing of it is left. An open one stays."""
    less: dict[str, int] = {}
    for share in gone:
        less[share.document] = less.get(share.document, 0) + share.units
    changes: list[Change] = []
    for document, units in less.items():
        stage, done = progress.get(document, ("", 0))
        if stage in ("closed", "closed_short"):
            changes.append(DocumentState(document, "closed_short" if done > units else "cancelled", reason))
    return changes


def _part(known: Known, shipment: Shipment, facts: Facts, at: Setting, hand: Hand, reason: str, data: Data,
          word: Reason) -> Decision:
    """Something that left inside another object: taken out of that one first, where the clerk agrees."""
    data |= {"parent": known.parent, "root": shipment.epc}
    parent = facts.known.get(known.parent)
    if at.policy.break_pallet != "ask" or parent is None or shipment.act is None:
        return _no(Reason.INSIDE_PARENT, data)
    left = _less(shipment.shares, facts.contents.get(known.epc, ()))
    if left is None:
        return _no(Reason.INSIDE_PARENT, data)
    if BREAK not in hand.agreed:
        return Decision(Verdict(Outcome.WARNING, Reason.BREAK_PALLET, data), (), (asked(hand, BREAK),))
    kind = BY_NAME[shipment.kind]
    acts, changes = closing.take_out(known, None, extra=(("reason", reason), ("document", shipment.document)))
    acts.append(movement.void_of(shipment.act, kind, (known.epc,), reason))
    gone = [replace(share, units=share.units - rest) for share, rest in left]
    changes += _less_on(shipment, left)
    changes += movement.here_again(kind, (known.epc,), at.location)
    changes += true_state(gone, facts.goods.progress, reason)
    return _done(word, {**data, "units": sum(share.units for share in gone)}, acts, changes)


def _emptied(epc: str, facts: Facts) -> bool:
    """A container whose contents all came back, or were taken back, one by one: nothing of it is still out."""
    return epc in facts.contents and not sum(content.units for content in facts.contents[epc])


def _left_on(shipment: Shipment, facts: Facts) -> list[tuple[Share, int]]:
    """What stays on its lines once it is taken back as it is now: what came out of it meanwhile was delivered."""
    contents = facts.contents.get(shipment.epc, ())
    left = _less(shipment.shares, contents) if contents else None
    return left if left is not None else [(share, 0) for share in shipment.shares]


def _less_on(shipment: Shipment, left: Iterable[tuple[Share, int]]) -> list[Change]:
    """A scanned object with less on its lines."""
    return [*off(shipment.epc, shipment.shares),
            *(DocumentScanned(share.document, share.line, shipment.epc, rest) for share, rest in left if rest)]


def _less(shares: Iterable[Share], contents: tuple[Content, ...]) -> list[tuple[Share, int]] | None:
    """What stays on each line when these contents are taken off; None where they are not on the lines."""
    left = [(share, share.units) for share in shares]
    for content in contents:
        units = content.units
        fitting = [place for place, (share, _) in enumerate(left)
                   if share.product == content.product and share.lot in ("", content.lot)]
        for place in sorted(fitting, key=lambda each: not left[each][0].lot):
            share, rest = left[place]
            taken = min(units, rest)
            left[place] = (share, rest - taken)
            units -= taken
        if units:
            return None
    return left if contents else None


def _alike(out: Mapping[str, Shipment]) -> list[tuple[str, Act, tuple[str, ...]]]:
    """(kind, shipment, objects) of each group that one event can tell of: same references, same parties."""
    groups: dict[tuple[object, ...], tuple[str, Act, list[str]]] = {}
    for epc, each in out.items():
        assert each.act is not None
        key = (each.kind, each.documents, each.act.transactions, each.act.sources, each.act.destinations)
        groups.setdefault(key, (each.kind, each.act, []))[2].append(epc)
    return [(kind, act, tuple(epcs)) for kind, act, epcs in groups.values()]


def _still(shipment: Shipment, facts: Facts) -> bool:
    known = facts.known.get(shipment.epc)
    return known is not None and shipment.act is not None and not known.parent and not _emptied(known.epc, facts) \
        and (known.status, known.partner) == ("in_transit", shipment.partner)


def _not_out(known: Known, facts: Facts, data: Data) -> Decision:
    """Why there is no shipment to take back."""
    word = {"void_shipping": Reason.VOIDED_BEFORE, "receiving": Reason.RECEIVED_BACK}.get(
        facts.goods.last_step.get(known.epc, ""), Reason.NOT_SHIPPED)
    return _no(word, {**data, "status": known.status})


def _no(reason: Reason, data: Data) -> Decision:
    return Decision(Verdict(Outcome.REJECTED, reason, data))


def _done(word: Reason, data: Data, acts: list[Act], changes: list[Change]) -> Decision:
    return Decision(Verdict(Outcome.ACCEPTED, word, data), tuple(acts), (*changes, Armed()))
