"""What is open on the line right now: containers being filled, and how each change alters them.

A container has a number of its own until a label names it. Only closed containers become parents.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.domain.decision import (
    Change,
    Closed,
    Collected,
    Dropped,
    HalfRead,
    LabelDone,
    Labelled,
    LabelOrdered,
    Opened,
    OrderState,
    Packed,
    Parked,
    Shortened,
    Unpacked,
)
from app.domain.packing.plan import Plan
from app.domain.products import Order, Product


@dataclass(frozen=True, slots=True)
class Container:
    """`scans` keeps what came together (one scan, one frame) together, so that one undo takes it back together.

    `acts` numbers the scans, and `labelled` the label, in the order in which the operator did them, over all open
    containers of the order; 0 is for what cannot be taken back any more.
    """

    number: int
    level: str
    target: int
    scans: tuple[tuple[str, ...], ...] = ()
    label: str = ""
    reason: str = ""                 # why it will close short, or is filled up again
    acts: tuple[int, ...] = ()       # one for each scan
    labelled: int = 0
    before: int = 0                  # children that a container which is filled up again holds already
    step: str = "packing"            # or "repackaging"
    parked: str = ""                 # why it was put aside; it keeps its content and its place
    expected: str = ""               # EPC of the label that was printed for it: only its scan closes it
    job: int = 0                     # the print job of that label
    print: str = ""                  # how far that job is: ordered, printed, failed

    @property
    def children(self) -> tuple[str, ...]:
        return tuple(epc for scan in self.scans for epc in scan)

    @property
    def full(self) -> bool:
        return self.have >= self.target

    @property
    def have(self) -> int:
        return self.before + sum(map(len, self.scans))


@dataclass(frozen=True, slots=True)
class Packing:
    """One work order being packed. `containers` are open, oldest first; `closed` counts by level.

    `stage` is where the order is in its life here: "open", "started", "paused", "finished", "closed".
    """

    order: Order
    plan: Plan
    product: Product
    containers: tuple[Container, ...] = ()
    closed: dict[str, int] = field(default_factory=dict)
    next_number: int = 1
    stage: str = "open"
    half: tuple[tuple[str, str], ...] = ()      # (role, EPC) read of one object whose other codes are wanted
    half_level: str = ""
    last_closed: str = ""                       # the container that UNDO opens again

    def at(self, level: str) -> tuple[Container, ...]:
        """The open containers of a level that stand on the line; parked ones do not."""
        return tuple(each for each in self.containers if each.level == level and not each.parked)

    @property
    def parked(self) -> tuple[Container, ...]:
        return tuple(each for each in self.containers if each.parked)

    def filling(self, level: str) -> Container | None:
        """The container of this level that takes the next child."""
        return next((each for each in self.at(level) if not each.full), None)

    def expecting(self, epc: str) -> Container | None:
        """The container that this label was printed for."""
        return next((each for each in self.containers if epc and each.expected == epc), None)

    def unlabelled(self, level: str) -> Container | None:
        """The container of this level that the next label is for: full ones first, oldest first."""
        bare = [each for each in self.at(level) if not each.label]
        return next((each for each in bare if each.full), bare[0] if bare else None)

    def holding(self, epc: str) -> Container | None:
        return next((each for each in self.containers if epc in each.children), None)

    def labelled(self, epc: str) -> Container | None:
        return next((each for each in self.containers if each.label == epc), None)

    @property
    def waiting(self) -> Container | None:
        """The full container that the screen asks a label for, and that one is for which does not tell its level.

        Of several, one of a level without codes of its own comes first, then the innermost.
        """
        own = {*self.product.gtins, *(rule.level for rule in self.product.rules)}
        bare = (each for each in self.containers if each.full and not each.label and not each.parked)
        return min(bare, key=lambda each: (each.level in own, self.plan.index(each.level)), default=None)

    def closing_soon(self, coming: int, label: bool) -> tuple[str, ...]:
        """The EPCs that would close with `coming` more codes: to be made live, and perhaps on hold by now.

        Only what has its label closes, or what a coming `label` may name: of many full pallets the oldest.
        """
        closing = [box for box in self.containers if box.have + coming >= box.target
                   and (box.label or label and (box.expected or box is self.unlabelled(box.level)))]
        return (*(box.label or box.expected for box in self.containers if box.label or box.expected),
                *(epc for box in closing for epc in box.children))

    @property
    def packed_units(self) -> int:
        """Innermost units in closed containers of the first packed level and in the open ones of it."""
        level = self.plan.levels[1]
        return self.closed.get("units", 0) + sum(each.have for each in self.containers if each.level == level.level)


def apply(state: Packing, change: Change) -> Packing:
    """The state after one change; changes of other rooms leave it as it is."""
    match change:
        case Opened(number, order, level, target, label, before, step, reason) if order == state.order.id:
            opened = Container(number, level, target, label=label, before=before, step=step, reason=reason)
            state = replace(state, containers=(*state.containers, opened), next_number=number + 1)
            return _count(state, level, -1, -before) if label else state
        case Collected(number, epcs, itself):
            act = 0 if itself else _next_act(state)
            return _with(state, number, lambda box: replace(box, scans=(*box.scans, epcs), acts=(*box.acts, act)))
        case Dropped(number, epcs):
            return _with(state, number, lambda box: _without(box, frozenset(epcs)))
        case Labelled(number, epc):
            act = _next_act(state) if epc else 0
            return _with(state, number, lambda box: replace(box, label=epc, labelled=act))
        case Shortened(number, target, reason):
            return _with(state, number, lambda box: replace(box, target=target, reason=reason))
        case Closed(number, order, level) if order == state.order.id:
            gone = next(each for each in state.containers if each.number == number)
            state = _count(state, level, 1, gone.have)
            # What came before a container closed stays as it is: undo reaches back to there.
            left = (replace(box, acts=(0,) * len(box.acts), labelled=0) for box in state.containers
                    if box.number != number)
            return replace(state, containers=tuple(left), last_closed=gone.label)
        case Unpacked(parent, children, order, level, partly):
            if parent == state.last_closed:
                state = replace(state, last_closed="")
            if level and order == state.order.id:
                return _count(state, level, 0 if partly else -1, -len(children))
        case Packed(_, children, _, order, level) if level and order == state.order.id:
            return _count(state, level, 0, len(children))
        case Parked(number, reason):
            return _with(state, number, lambda box: replace(box, parked=reason))
        case LabelOrdered(job, epc, _, _, number) if number:
            return _with(state, number, lambda box: replace(box, expected=epc, job=job, print="ordered"))
        case LabelDone(job, "void"):
            left = (replace(box, expected="", job=0, print="") if job == box.job else box for box in state.containers)
            return replace(state, containers=tuple(left))
        case LabelDone(job, outcome) if job:
            told = (replace(box, print=outcome) if job == box.job and box.print != "confirmed" else box
                    for box in state.containers)
            return replace(state, containers=tuple(told))
        case HalfRead(order, level, role, epc) if order == state.order.id:
            half = tuple(sorted((*(each for each in state.half if each[0] != role), (role, epc)))) if epc else ()
            return replace(state, half=half, half_level=level if epc else state.half_level)
        case OrderState(order, stage) if order == state.order.id:
            return replace(state, stage=stage)
    return state


def _count(state: Packing, level: str, containers: int, children: int) -> Packing:
    """Closed containers of a level, and for the first packed level the units in them, up or down."""
    closed = {**state.closed, level: state.closed.get(level, 0) + containers}
    if level == state.plan.levels[1].level:
        closed["units"] = closed.get("units", 0) + children
    return replace(state, closed=closed)


def _with(state: Packing, number: int, edit) -> Packing:
    return replace(state, containers=tuple(edit(each) if each.number == number else each for each in state.containers))


def _without(box: Container, gone: frozenset[str]) -> Container:
    left = (tuple(epc for epc in scan if epc not in gone) for scan in box.scans)
    kept = [(scan, act) for scan, act in zip(left, box.acts, strict=True) if scan]
    return replace(box, scans=tuple(scan for scan, _ in kept), acts=tuple(act for _, act in kept))


def _next_act(state: Packing) -> int:
    return 1 + max((act for box in state.containers for act in (*box.acts, box.labelled)), default=0)
