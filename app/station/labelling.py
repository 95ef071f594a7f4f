"""A label that the domain has ordered, with all that a template can show of its container. Reads the store only."""
from __future__ import annotations

from app.domain.decision import Change, LabelOrdered
from app.domain.packing.containers import Packing
from app.domain.packing.labels import Label, sscc_of
from app.domain.packing.plan import Plan
from app.domain.products import Order, Product
from app.store.store import Store


def labels(store: Store, packing: Packing | None, changes: tuple[Change, ...]) -> tuple[Label, ...]:
    """The labels that these changes ordered, in order."""
    made = (label(store, packing, change) for change in changes if isinstance(change, LabelOrdered))
    return tuple(each for each in made if each)


def label(store: Store, packing: Packing | None, wanted: LabelOrdered) -> Label | None:
    """None where the container is not known any more."""
    box = next((each for each in packing.containers if each.number == wanted.container), None) if packing else None
    if packing and box:
        order, plan, product = packing.order, packing.plan, packing.product
        count, number = box.have, packing.closed.get(box.level, 0) + 1
    else:
        epc = wanted.epc
        known = store.facts([epc], rework=True)
        about = known.known.get(epc)
        found = store.packing(about.order) if about and about.order else packing
        if found is None:
            return None
        order, plan, product = found.order, found.plan, found.product
        count = len(known.children.get(epc, ())) or plan.at(wanted.level).count
        number = found.closed.get(wanted.level, 0)
    return _label(wanted, order, plan, product, count, number)


def _label(wanted: LabelOrdered, order: Order, plan: Plan, product: Product, count: int, number: int) -> Label:
    index = plan.index(wanted.level)
    lower = plan.levels[index - 1].level
    return Label(wanted.job, wanted.level, sscc_of(wanted.epc), product.id, product.name, product.gtins.get(lower, ""),
                 order.lot, order.produced, order.expiry, count, count * plan.units(lower), order.id, number,
                 wanted.reason)
