"""State → what the screens show. Pure over frozen values; sentences and the choice of language are the window's."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from app.domain.codes import gs1
from app.domain.codes.text import shown
from app.domain.decision import Verdict
from app.domain.packing import realign
from app.domain.packing.containers import Packing
from app.domain.people import Person
from app.domain.products import Name, Partner, Product
from app.domain.reasons import Outcome, Reason
from app.domain.session import Session, State
from app.domain.warehouse.dock import Dock, Paper
from app.domain.warehouse.documents import Line
from app.messages import (
    CheckView,
    CountView,
    DockView,
    LevelView,
    LineView,
    MovingView,
    PackingView,
    PaperView,
    ParkedView,
    QueueView,
    ReworkView,
    SlotView,
    StationView,
    WaitingView,
)

Last = tuple[str, str, int, str, str, str, tuple[str, ...]]
PERSONS = ("by", "approver")      # of a verdict's data: who did it
MOST_SLOTS = 120       # bottles of the queue that a screen is told of
MOST_LINES = 60        # of a document, likewise


def view(state: State, *, station: str, name: str, person: Person | None, product: Callable[[str], Product | None],
         lookup: str, counts: Mapping[str, int], last: Last,
         verdict: Verdict | None = None, rework: ReworkView | None = None,
         held: Mapping[str, int] | None = None, people: Mapping[str, Person] | None = None,
         partner: Callable[[str], Partner | None] = lambda _id: None, count: CountView | None = None,
         moving: MovingView | None = None, check: CheckView | None = None,
         place: Callable[[str], Name] = lambda _location: {}) -> StationView:
    """`last` is the object scanned last on the dock: EPC, level, units, product, lot, expiry, and the documents that it
    went onto. `verdict` is the one this view comes with; `held` is by level how much of what is open may not move."""
    session, alarm = state.session, state.session.alarm
    red = Verdict(Outcome(alarm.outcome), Reason(alarm.reason), alarm.data) if alarm.reason else None
    on_line = state.packing if session.task == "packing" else None
    packing = packing_view(on_line, queue_view(state), held) if on_line else None
    dock = dock_view(state.dock, last) if state.dock and session.task in ("receiving", "shipping") else None
    said = [each.data for each in (red, verdict) if each]
    ids = {str(data[key]) for data in said for key in ("product", "expected") if key in data}
    ids |= {packing.product} if packing else set()
    ids |= {*(line.product for line in dock.lines), dock.last_product} if dock else set()
    ids |= {line.product for line in count.lines} if count else set()
    ids |= {check.product} if check else set()
    if moving:
        ids |= {each.product for each in (*moving.lines, *moving.waiting, *((moving.last,) if moving.last else ()))}
    names: dict[str, Name] = {each: found.name for each in ids if (found := product(each))}
    for data in said:
        for by in (people[str(data[key])] for key in PERSONS if people and str(data.get(key, "")) in people):
            names[by.id] = {"": by.name}
        if data.get("partner") and (known := partner(str(data["partner"]))):
            names[known.id] = known.name
        if "://" in (where := str(data.get("place", ""))) and (called := place(where)):
            names[where] = called
    for paper in state.dock.papers if state.dock else ():
        if paper.partner:
            names[paper.partner.id] = paper.partner.name
    return StationView(
        station, name, session.operator, person.name if person else "", person.role if person else "",
        session.task, session.subject, packing, dock, lookup, red, alarm.held, tuple(sorted(counts.items())),
        session.armed.act, session.armed.subject, session.armed.reason, waiting_view(session), rework,
        session.shift, names, count, moving, check)


def waiting_view(session: Session) -> WaitingView | None:
    """The act that a second person is asked for."""
    awaiting = session.awaiting
    if not awaiting.kind:
        return None
    return WaitingView(awaiting.name or session.armed.act.upper(), awaiting.argument or session.armed.reason,
                       _told(awaiting.raw) if awaiting.raw else "", awaiting.question.rpartition(" ")[2])


def _told(raw: bytes) -> str:
    """What was scanned: the EPC of a GS1 element string, which screens show with its brackets; else as it is."""
    text = shown(raw)
    found = gs1.element_strings(raw.decode("ascii", "replace"))
    one = gs1.one_object(found) if isinstance(found, gs1.Elements) else None
    return one.epc if isinstance(one, gs1.Object) else text


def queue_view(state: State) -> QueueView | None:
    """The in-line queue as far as a screen can show it; None where the line has none."""
    queue, packing = state.queue, state.packing
    if queue is None or packing is None or not (queue.next_number > 1 or queue.stopped):
        return None
    takes = packing.plan.levels[1].count
    shown = tuple(SlotView(slot.number, slot.epc, slot.shown, slot.reason)
                  for slot in realign.upcoming(queue, MOST_SLOTS))
    guide = realign.guide(queue, takes)
    places = guide.places or tuple(each for each in (guide.first, guide.last) if each)
    return QueueView(shown, takes, queue.stopped, guide.step, places, guide.count)


def packing_view(state: Packing, queue: QueueView | None = None,
                 held: Mapping[str, int] | None = None) -> PackingView:
    levels = []
    for plan_level in state.plan.levels[1:]:
        boxes = state.at(plan_level.level)
        box = next((each for each in boxes if not each.full), boxes[0] if boxes else None)
        have, target, label = (box.have, box.target, box.label) if box else (0, plan_level.count, "")
        waiting = sum(each.full and not each.label for each in boxes)
        parked = sum(each.level == plan_level.level for each in state.parked)
        asked = next((each for each in boxes if each.full and not each.label and each.expected), None)
        levels.append(LevelView(plan_level.level, have, target, label, waiting, state.closed.get(plan_level.level, 0),
                                parked, asked.expected if asked else "", (held or {}).get(plan_level.level, 0),
                                (asked and asked.print) or "printed"))
    bare = state.waiting
    wanted = tuple(role for role in state.plan.at(state.half_level).on_line
                   if role not in dict(state.half)) if state.half else ()
    return PackingView(state.order.id, state.product.id, state.order.lot, state.order.planned, state.packed_units,
                       tuple(levels), bare.level if bare else state.plan.levels[0].level, bare is not None,
                       state.stage, queue, state.half, wanted,
                       tuple(ParkedView(each.number, each.level, each.have, each.target, each.parked)
                             for each in state.parked), state.order.produced, state.order.expiry)


def _to_show(state: Dock) -> list[tuple[Paper, Line]]:
    """Asked at each scan, and a document may have thousands of lines: never all of them in a list."""
    def lines(to_do: bool) -> Iterator[tuple[Paper, Line]]:
        return ((paper, line) for paper in state.papers for line in paper.document.lines
                if bool(paper.left(line, state.station) or paper.document.free) == to_do)
    found = list(islice(lines(True), MOST_LINES))
    return found + list(islice(lines(False), MOST_LINES - len(found)))


def dock_view(state: Dock, last: Last) -> DockView:
    """All documents of the truck, with as many of their lines as a screen has room for: those to do before those
    done."""
    document, station, partner = state.document, state.station, state.partner
    several = len(state.papers) > 1
    order = {id: at for at, id in enumerate(state.ids)}
    found = sorted(_to_show(state), key=lambda each: (order[each[0].document.id], each[1].line))
    lines = tuple(LineView(line.line, line.product, line.lot, paper.share(line, station), paper.done.get(line.line, 0),
                           paper.document.id if several else "") for paper, line in found)
    papers = tuple(PaperView(paper.document.id, paper.document.partner, paper.state, paper.wanted(station),
                             sum(paper.done.values()), paper.document.id in last[6]) for paper in state.papers)
    wanted, whole = sum(each.wanted for each in papers), sum(paper.wanted("") for paper in state.papers)
    return DockView(document.id, document.kind, partner.id if partner else "", state.state, lines, *last[:3],
                    direction=document.does.direction, wanted=wanted, done=sum(each.done for each in papers),
                    count=sum(len(paper.document.lines) for paper in state.papers),
                    free=all(paper.document.free for paper in state.papers),
                    joined=state.ids[1:], blind=document.blind, role=partner.role if partner else "",
                    route=document.route or (partner.route if partner else ""),
                    territory=document.territory or (partner.territory if partner else ""), reason=document.reason,
                    others=whole - wanted, last_product=last[3], last_lot=last[4], last_expiry=last[5], papers=papers)
