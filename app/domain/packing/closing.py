"""Closing a container and taking one apart, as EPCIS acts and the changes that go with them.

Order of the acts is causal: what is packed was commissioned before, a parent before its own parent.
"""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import quote

from app.domain.decision import Change, Closed, Commissioned, Packed, Unpacked
from app.domain.events import Act, Action, Type
from app.domain.facts import ON_THE_WAY, Facts, Known
from app.domain.packing.containers import Container, Packing
from app.domain.packing.plan import Plan
from app.domain.products import Order

Extra = tuple[tuple[str, str | int], ...]
KEPT = frozenset({"in_transit", "returned", "recalled", "expired", "damaged", "non_sellable_other"})
ORDER_URI = "urn:onecode:order:"


def close(state: Packing, box: Container, facts: Facts, location: str, max_children: int,
          born: Collection[str] = ()) -> tuple[list[Act], list[Change]]:
    """The acts and changes that turn a labelled open container into a parent. `box.label` must be set.

    `born` are objects that the same decision made live before.
    """
    order, children = state.order, box.children
    lower = state.plan.levels[state.plan.index(box.level) - 1].level
    acts: list[Act] = []
    changes: list[Change] = []

    def live(epcs: tuple[str, ...], level: str) -> None:
        unborn = tuple(epc for epc in epcs if epc not in born)
        made, known = commission(state, unborn, level, facts, location, max_children)
        acts.extend(made)
        changes.extend(known)

    # Outer levels hold closed containers only: those were commissioned when they closed.
    if state.plan.index(lower) == 0:
        live(children, lower)
    live((box.label,), box.level)
    planned = state.plan.levels[state.plan.index(box.level)].count if box.step == "packing" else box.target
    short: Extra = (("expected", planned), ("reason", box.reason or "OTHER")) if box.have < planned else ()
    again: Extra = (("reason", box.reason),) if box.reason and not short else ()       # why it was filled up
    for part in split(children, max_children):
        acts.append(Act(Type.AGGREGATION, Action.ADD, box.step, part, "in_progress", parent=box.label,
                        transactions=business(order), extra=(("order", order.id), ("level", box.level), *short,
                                                             *again)))
    changes.append(Packed(box.label, children, complete=not short, order=order.id))
    changes.append(Closed(box.number, order.id, box.level))
    return acts, changes


def commission(state: Packing, epcs: tuple[str, ...], level: str, facts: Facts, location: str,
               max_children: int) -> tuple[list[Act], list[Change]]:
    """Makes those of these objects live that are not yet, with the batch and dates of the order."""
    return born(state.order, epcs, level, facts, location, max_children)


def born(order: Order, epcs: tuple[str, ...], level: str, facts: Facts, location: str,
         max_children: int) -> tuple[list[Act], list[Change]]:
    """The same without the order being at work; one without an id is no business transaction."""
    # Announced while they were being packed here: that they are here says that the announcement is wrong.
    fresh = tuple(epc for epc in epcs if epc not in facts.known or facts.known[epc].status == "announced")
    named: Extra = (("order", order.id),) if order.id else ()
    acts = [Act(Type.OBJECT, Action.ADD, "commissioning", part, "active",
                transactions=business(order), ilmd=dates(order),
                extra=(("level", level), *named, ("product", order.product)))
            for part in split(fresh, max_children)]
    if not fresh:
        return acts, []
    return acts, [Commissioned(fresh, level, order.product, order.lot, order.expiry, order.id, "active", location)]


def origin(like: Known, facts: Facts) -> Order:
    """What makes an object like this one: its order, with the batch and dates of the object itself."""
    order = facts.orders.get(like.order) or Order(like.order, like.product, "", 0, like.lot, "", like.expiry, 0)
    return replace(order, product=like.product, lot=like.lot, expiry=like.expiry)


def unpack(known: Known, children: tuple[str, ...], parent: Known | None = None, step: str = "unpacking",
           extra: Extra = (), closed: bool = False, max_children: int = 0) -> tuple[list[Act], list[Change]]:
    """Takes a closed container apart; one that stands in a parent (`parent`, where known) is taken out of it first.

    `closed`: its order is closed, so the order's sums stay as they are. With `max_children` what a container holds that
    was packed elsewhere is named: nobody may have told the server of it.
    """
    counted = bool(known.order) and not closed
    acts, changes = take_out(known, parent, extra=extra) if known.parent else ([], [])
    named = split(children, max_children) if max_children and children and not known.order else [()]
    acts += [Act(Type.AGGREGATION, Action.DELETE, step, part, kept(known), parent=known.epc,
                 extra=(("level", known.level), *extra)) for part in named]
    changes.append(Unpacked(known.epc, children, known.order if counted else "", known.level if counted else ""))
    return acts, changes


def take_out(known: Known, parent: Known | None, step: str = "unpacking",
             extra: Extra = ()) -> tuple[list[Act], list[Change]]:
    """Takes one object out of the container that it is in; the container stays, with one less, wherever it is."""
    out = Act(Type.AGGREGATION, Action.DELETE, step, (known.epc,), kept(known), parent=known.parent,
              in_place=known.status not in ON_THE_WAY, extra=extra)
    order, level = (parent.order, parent.level) if parent and parent.order else ("", "")
    return [out], [Unpacked(known.parent, (known.epc,), order, level, partly=bool(level))]


def kept(known: Known) -> str:
    """The disposition of what is taken apart or out of something: nothing becomes good, or comes home, by that."""
    if known.status == "announced":          # a word of ours: it is on its way to here
        return "in_transit"
    return known.status if known.status in KEPT else "in_progress"


def business(order: Order) -> tuple[tuple[str, str], ...]:
    """The order as a business transaction."""
    return (("prodorder", ORDER_URI + quote(order.id, safe="")),) if order.id else ()


def dates(order: Order) -> tuple[tuple[str, str], ...]:
    """Batch and dates of the order as CBV master-data attributes."""
    pairs = (("lotNumber", order.lot), ("productionDate", order.produced), ("itemExpirationDate", order.expiry))
    return tuple((name, value) for name, value in pairs if value)


def split(epcs: tuple[str, ...], most: int) -> list[tuple[str, ...]]:
    """Servers cap an event's size; each part is an event of its own with its own id."""
    return [epcs[at : at + most] for at in range(0, len(epcs), most)]


def units_inside(plan: Plan, level: str, leaves: int, implied: bool) -> int:
    """Innermost units that `leaves` childless objects of this level stand for."""
    if plan.index(level) == 0:
        return leaves
    return leaves * plan.units(level) if implied else 0
