"""A label that the domain has ordered, with all that a template can show of its container. Reads the store only."""
from __future__ import annotations

from app.domain.decision import Change, LabelOrdered
from app.domain.packing.containers import Packing
from app.domain.packing.labels import Label, sscc_of
from app.store.store import Store


def labels(store: Store, packing: Packing | None, changes: tuple[Change, ...]) -> tuple[Label, ...]:
    """The labels that these changes ordered, in order; `packing` is the order on the screen, as it is now."""
    made = (label(store, packing, change) for change in changes if isinstance(change, LabelOrdered))
    return tuple(each for each in made if each)


def label(store: Store, packing: Packing | None, wanted: LabelOrdered) -> Label | None:
    """Of the order that the container belongs to, whichever is on the screen. None where it is not known any more."""
    order = store.order_of(wanted)
    found = packing if packing and packing.order.id == order else store.packing(order) if order else None
    if found is None or found.plan.index(wanted.level) < 1:
        return None
    box = next((each for each in found.containers if each.number == wanted.container and wanted.container), None)
    if box:
        held = store.facts([box.label], rework=True).children.get(box.label, ()) if box.before else ()
        inside, number = (*held, *box.children), found.closed.get(box.level, 0) + 1
    else:
        epc = wanted.contents or wanted.epc
        inside, number = store.facts([epc], rework=True).children.get(epc, ()), found.closed.get(wanted.level, 0)
    lower, about = found.plan.levels[found.plan.index(wanted.level) - 1].level, found.order
    return Label(wanted.job, wanted.level, sscc_of(wanted.epc), found.product.id, found.product.name,
                 found.product.gtins.get(lower, ""), about.lot, about.produced, about.expiry, len(inside),
                 store.units(inside), about.id, number, wanted.reason)
