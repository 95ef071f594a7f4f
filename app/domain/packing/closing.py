"""Closing a container and taking one apart, as EPCIS acts and the changes that go with them.

Order of the acts is causal: what is packed was commissioned before, a parent before its own parent.
"""
from __future__ import annotations

from urllib.parse import quote

from app.domain.decision import Change, Closed, Commissioned, Packed, Unpacked
from app.domain.events import Act, Action, Type
from app.domain.facts import Facts, Known
from app.domain.packing.containers import Container, Packing
from app.domain.packing.plan import Plan

ORDER_URI = "urn:onecode:order:"


def close(state: Packing, box: Container, facts: Facts, location: str,
          max_children: int) -> tuple[list[Act], list[Change]]:
    """The acts and changes that turn a labelled open container into a parent. `box.label` must be set."""
    order, children = state.order, box.children
    lower = state.plan.levels[state.plan.index(box.level) - 1].level
    said = (("order", order.id), ("product", order.product))
    about = (("prodorder", ORDER_URI + quote(order.id, safe="")),)
    acts: list[Act] = []
    changes: list[Change] = []

    def commission(epcs: tuple[str, ...], level: str) -> None:
        # Announced while they were being packed here: that they are here says that the announcement is wrong.
        fresh = tuple(epc for epc in epcs if epc not in facts.known or facts.known[epc].status == "announced")
        for part in split(fresh, max_children):
            acts.append(Act(Type.OBJECT, Action.ADD, "commissioning", part, "active", transactions=about,
                            ilmd=dates(state), extra=(("level", level), *said)))
        if fresh:
            changes.append(Commissioned(fresh, level, order.product, order.lot, order.expiry, order.id, "active",
                                        location))

    # Outer levels hold closed containers only: those were commissioned when they closed.
    if state.plan.index(lower) == 0:
        commission(children, lower)
    commission((box.label,), box.level)
    planned = state.plan.levels[state.plan.index(box.level)].count
    short = (("expected", planned), ("reason", box.reason or "OTHER")) if len(children) < planned else ()
    for part in split(children, max_children):
        acts.append(Act(Type.AGGREGATION, Action.ADD, "packing", part, "in_progress", parent=box.label,
                        transactions=about, extra=(("order", order.id), ("level", box.level), *short)))
    changes.append(Packed(box.label, children, complete=not short, order=order.id))
    changes.append(Closed(box.number, order.id, box.level))
    return acts, changes


def unpack(known: Known, children: tuple[str, ...]) -> tuple[list[Act], list[Change]]:
    """Takes a closed container apart; one that stands in a parent is taken out of it first."""
    acts: list[Act] = []
    changes: list[Change] = []
    if known.parent:
        acts.append(Act(Type.AGGREGATION, Action.DELETE, "unpacking", (known.epc,), "in_progress", parent=known.parent))
        changes.append(Unpacked(known.parent, (known.epc,)))
    acts.append(Act(Type.AGGREGATION, Action.DELETE, "unpacking", (), "in_progress", parent=known.epc,
                    extra=(("level", known.level),)))
    changes.append(Unpacked(known.epc, children, known.order, known.level if known.order else ""))
    return acts, changes


def dates(state: Packing) -> tuple[tuple[str, str], ...]:
    """Batch and dates of the order as CBV master-data attributes."""
    order = state.order
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
