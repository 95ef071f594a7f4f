"""State → what the screens show. Pure over frozen values; sentences are made in the window."""
from __future__ import annotations

from collections.abc import Callable, Mapping

from app.domain.decision import Verdict
from app.domain.packing.containers import Packing
from app.domain.people import Person
from app.domain.products import Product
from app.domain.reasons import Outcome, Reason
from app.domain.session import State
from app.domain.warehouse.dock import Dock
from app.messages import DockView, LevelView, LineView, PackingView, StationView


def view(state: State, *, station: str, name: str, language: str, person: Person | None,
         product: Callable[[str], Product | None], lookup: str, counts: Mapping[str, int],
         last: tuple[str, str, int]) -> StationView:
    """`last` is the object scanned last on the dock: EPC, level, units."""
    session, alarm = state.session, state.session.alarm
    return StationView(
        station, name, session.operator, person.name if person else "", person.role if person else "",
        session.task, session.subject,
        packing_view(state.packing, language) if state.packing and session.task == "packing" else None,
        dock_view(state.dock, product, language, last) if state.dock and session.task in ("receiving", "shipping") else None,
        lookup, Verdict(Outcome(alarm.outcome), Reason(alarm.reason), alarm.data) if alarm.reason else None,
        alarm.held, tuple(sorted(counts.items())), session.armed)


def packing_view(state: Packing, language: str) -> PackingView:
    levels = []
    for plan_level in state.plan.levels[1:]:
        boxes = state.at(plan_level.level)
        box = next((each for each in boxes if not each.full), boxes[0] if boxes else None)
        levels.append(LevelView(plan_level.level, len(box.children) if box else 0, box.target if box else plan_level.count,
                                box.label if box else "", sum(each.full and not each.label for each in boxes),
                                state.closed.get(plan_level.level, 0)))
    waiting = next((each for each in state.containers if each.full and not each.label), None)
    return PackingView(state.order.id, state.product.id, named(state.product, language), state.order.lot,
                       state.order.planned, state.packed_units, tuple(levels),
                       waiting.level if waiting else state.plan.levels[0].level, waiting is not None)


def dock_view(state: Dock, product: Callable[[str], Product | None], language: str,
              last: tuple[str, str, int]) -> DockView:
    lines = tuple(
        LineView(line.line, line.product, named(product(line.product), language) or line.product, line.lot, line.quantity,
                 state.done.get(line.line, 0))
        for line in state.document.lines)
    name = state.partner.name.get(language) or next(iter(state.partner.name.values()), state.partner.id)
    return DockView(state.document.id, state.document.kind, state.partner.id, name, state.state, lines, *last)


def named(product: Product | None, language: str) -> str:
    """The product's name in a language, else in any, else nothing."""
    if product is None:
        return ""
    return product.name.get(language) or next(iter(product.name.values()), product.id)
