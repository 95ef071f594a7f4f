"""Goods inside the house: put away, moved, picked. A shelf and goods are scanned in either order.

Pure: (moving, code, facts) → Decision. A shelf says what may stand on it; goods that may not are refused in words, with
a shelf that would take them. Who names a shelf first puts everything that follows there; goods that are scanned first
wait for their shelf. Must not know how a shelf's code came: `shelf_code` takes ours and GS1's alike.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

from app.domain.codes.identity import Code
from app.domain.decision import Alarmed, Change, Data, Decision, Packed, Placed, TaskChosen, Verdict
from app.domain.events import Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, UNSELLABLE, Facts, Known
from app.domain.packing import closing
from app.domain.products import Location
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Asked, Hand, Setting
from app.domain.warehouse import age, breaking, movement, papers
from app.domain.warehouse.changes import Moving, Picked, Step, Taken
from app.domain.warehouse.policy import inside
from app.domain.warehouse.shelf import shelf_of, shelf_uri

STORED = "sellable_not_accessible"
HELD = "non_sellable_other"              # what goods under a hold count as
ANY_STATUS = ("quarantine", "returns", "dock")       # these kinds take what cannot be sold, unless they say what
MOST_WAITING, MOST_DONE = 50, 20


def shelf_code(argument: str, site: str) -> str | None:
    """The code of a shelf as it was scanned: itself, or a place's URI; None for a shelf of another house."""
    if "://" not in argument:
        return argument
    code = unquote(argument.removeprefix(site + "/254/"))
    return code if argument.startswith(site + "/254/") and code else None


# --- goods --------------------------------------------------------------------------------------------------------
def scan(state: Moving, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision:
    """Goods: put on the shelf that was named, picked for the document, or kept until a shelf is named."""
    def refused(about: Facts) -> Verdict | None:
        return _refused(code, about, at) or _bound_for(state, code, about, at)

    why = "PICKED" if state.document else "MOVED"
    about = (("document", state.document),) if state.document else ()
    opened = breaking.taken_out(code, facts, at, hand, refused, (("reason", why), *about))
    if isinstance(opened, Decision):
        return opened
    before = facts.known
    acts, changes, facts = opened
    verdict = refused(facts)
    if verdict:
        return Decision(verdict)
    if acts:
        above = before[code.epc].parent
        state = replace(state, taken=(*state.taken, Taken(code.epc, above, before[above].complete)))
    if state.document:
        done = _picked(state, code, facts, at, hand)
    elif state.place:
        done = _put(state, (code.epc,), state.place, facts, at)
    else:
        known = facts.known[code.epc]
        if len(state.waiting) == MOST_WAITING:
            return Decision(Verdict(Outcome.REJECTED, Reason.TOO_MANY, {"code": code.epc, "count": MOST_WAITING + 1,
                                                                        "most": MOST_WAITING}))
        waits = replace(state, waiting=(*state.waiting, code.epc))
        done = Decision(Verdict(Outcome.ACCEPTED, Reason.MOVE_WHERE, {
            **_told(code.epc, known, facts), "count": len(waits.waiting)}), (), (waits,))
    if not done.changes or done.verdict.outcome is Outcome.WARNING:      # refused, or a question is asked
        return done
    return replace(done, acts=(*acts, *done.acts), changes=(*changes, *done.changes))


def _refused(code: Code, facts: Facts, at: Setting) -> Verdict | None:
    """Why these goods cannot be moved by anybody here."""
    known = facts.known.get(code.epc)
    data: Data = {"code": code.epc, "level": known.level if known else code.level}
    if known is None:
        return Verdict(Outcome.REJECTED, Reason.UNKNOWN_OBJECT, data)
    if known.status in END_OF_LIFE:
        return Verdict(Outcome.REJECTED, Reason.END_OF_LIFE, {**data, "status": known.status})
    if known.status in ON_THE_WAY or not inside(at.location, known.location):
        return Verdict(Outcome.REJECTED, Reason.NOT_HERE, {**data, "place": known.location, "partner": known.partner})
    standing = facts.standing.get(code.epc)
    if known.parent or standing and (not standing.label or known.children):
        return Verdict(Outcome.REJECTED, Reason.INSIDE_PARENT, {**data, "parent": known.parent, "root": known.root})
    return None


def _bound_for(state: Moving, code: Code, facts: Facts, at: Setting) -> Verdict | None:
    """Why these goods are not for where they are to go."""
    known = facts.known[code.epc]
    if code.epc in state.waiting:
        return Verdict(Outcome.DUPLICATE, Reason.MOVE_WHERE, {**_told(code.epc, known, facts),
                                                              "count": len(state.waiting)})
    if state.document:
        return _not_picked(code, facts)
    if not state.place:
        return None
    if known.location == state.place:
        return Verdict(Outcome.DUPLICATE, Reason.ALREADY_THERE, {
            **_told(code.epc, known, facts), "place": shelf_of(at.location, state.place)})
    return gate(code.epc, shelf_of(at.location, state.place), facts.goods.shelf, facts, at)


# --- what may stand where -----------------------------------------------------------------------------------------
def conditions(epc: str, facts: Facts) -> frozenset[str]:
    """Why these goods cannot be sold, as dispositions; empty for sound goods."""
    known, contents = facts.known.get(epc), facts.contents.get(epc, ())
    found = {known.status} & UNSELLABLE if known else set()
    if epc in facts.held or facts.hold_in(epc):
        found |= {HELD} - ({HELD} if found else set())
    today = age.day(facts.goods.now)
    if today and any(_past(each.expiry, today) for each in contents):
        found.add("expired")
    return frozenset(found)


def gate(epc: str, shelf: str, location: Location | None, facts: Facts, at: Setting) -> Verdict | None:
    """Why these goods may not stand on this shelf; a house without a list of its shelves has no gates."""
    if location is None or (why := barred(location, epc, facts)) is None:
        return None
    known, contents = facts.known[epc], facts.contents.get(epc, ())
    word = sorted(conditions(epc, facts))
    data: Data = {**_told(epc, known, facts), "place": shelf, "instead": _instead(epc, facts),
                  "status": word[0] if word else known.status}
    if why is Reason.SHELF_PRODUCT:
        data |= {"expected": ", ".join(location.products),
                 "product": next(each.product for each in contents if each.product not in location.products)}
    if why is Reason.SHELF_LOT:
        data |= {"expected": ", ".join(location.lots),
                 "lot": next(each.lot for each in contents if each.lot not in location.lots)}
    return Verdict(Outcome.REJECTED, why, data)


def barred(location: Location, epc: str, facts: Facts) -> Reason | None:
    """What a shelf has against these goods. One that names no status takes sound goods; quarantine, returns and the
    dock take all."""
    contents, wrong = facts.contents.get(epc, ()), conditions(epc, facts)
    if not location.active:
        return Reason.SHELF_CLOSED
    said = frozenset(location.statuses)
    if wrong:
        takes = wrong <= said if said else location.kind in ANY_STATUS
    else:
        takes = not said or not said.isdisjoint(age.SALEABLE)
    if not takes:
        return Reason.SHELF_STATUS
    if location.products and any(each.product not in location.products for each in contents):
        return Reason.SHELF_PRODUCT
    if location.lots and any(each.lot not in location.lots for each in contents):
        return Reason.SHELF_LOT
    return None


def _instead(epc: str, facts: Facts) -> str:
    """A shelf that would take these goods: one made for them before one that takes anything."""
    wrong = conditions(epc, facts)
    kinds = ("returns", "quarantine") if "returned" in wrong else ("quarantine", "returns") if wrong else ("shelf",)
    fits = [each for each in facts.goods.shelves if barred(each, epc, facts) is None]
    return min(fits, key=lambda each: (kinds.index(each.kind) if each.kind in kinds else len(kinds),
                                       not each.products, each.id)).id if fits else ""


def _past(expiry: str, today: date) -> bool:
    last = age.day(expiry)
    return last is not None and last < today


# --- put --------------------------------------------------------------------------------------------------------
def _put(state: Moving, epcs: Sequence[str], place: str, facts: Facts, at: Setting) -> Decision:
    """These goods stand there from now on: one event for those that are alike."""
    alike: dict[tuple[str, str], list[str]] = {}
    steps: list[Step] = []
    for epc in epcs:
        known, wrong = facts.known[epc], conditions(epc, facts)
        says = STORED if not wrong else known.status if known.status in UNSELLABLE else sorted(wrong)[0]
        alike.setdefault((says, known.status if wrong else STORED), []).append(epc)
        steps.append(_out_of(state, Step((epc,), known.status, known.location, place)))
    step = "stocking" if facts.goods.shelf and facts.goods.shelf.kind == "picking" else "storing"
    acts = tuple(Act(Type.OBJECT, Action.OBSERVE, step, tuple(group), says, location=place)
                 for (says, _), group in alike.items())
    placed = tuple(Placed(tuple(group), status, place) for (_, status), group in alike.items())
    known, waited = facts.known[epcs[-1]], bool(state.waiting)
    after = Moving("" if waited else state.place, "", (), (*state.done, *steps)[-MOST_DONE:],
                   state.moved + len(steps))
    data: Data = {**_told(epcs[-1], known, facts), "place": shelf_of(at.location, place), "count": len(epcs),
                  "from": shelf_of(at.location, known.location)}
    data["units"] = sum(each.units for epc in epcs for each in facts.contents.get(epc, ()))
    return Decision(Verdict(Outcome.ACCEPTED, Reason.MOVED, data), acts, (*placed, after))


# --- pick -------------------------------------------------------------------------------------------------------
def _not_picked(code: Code, facts: Facts) -> Verdict | None:
    """Why these goods are not picked for the document."""
    dock, known = facts.goods.picking, facts.known[code.epc]
    data: Data = {"code": code.epc, "level": known.level, "document": dock.document.id if dock else ""}
    if dock is None or dock.state != "open":
        return Verdict(Outcome.REJECTED, Reason.DOCUMENT_CLOSED, data)
    if code.epc in facts.on_document:
        return Verdict(Outcome.DUPLICATE, Reason.ALREADY_ON_DOCUMENT, {**data, "scanned": facts.on_document[code.epc]})
    if other := facts.goods.picked_for.get(code.epc):
        return Verdict(Outcome.REJECTED, Reason.PICKED_FOR_OTHER, {**data, "other": other})
    contents = facts.contents.get(code.epc, ())
    if not sum(each.units for each in contents):
        return Verdict(Outcome.REJECTED, Reason.EMPTY_CONTAINER, data)
    if hold := facts.hold_in(code.epc):
        return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {**data, "hold": hold})
    if known.status in UNSELLABLE and not dock.document.does.ends and dock.document.does.transaction != "rma":
        return Verdict(Outcome.REJECTED, Reason.NOT_SELLABLE, {**data, "status": known.status})
    allotted = None if dock.document.free else papers.allot(dock, contents)
    return replace(allotted, data={**allotted.data, "code": code.epc}) if isinstance(allotted, Verdict) else None


def _picked(state: Moving, code: Code, facts: Facts, at: Setting, hand: Hand) -> Decision:
    dock, known, contents = facts.goods.picking, facts.known[code.epc], facts.contents.get(code.epc, ())
    assert dock is not None
    document = dock.document
    aged = age.judge(None, dock.partner, contents, facts.goods, at.policy, hand.agreed)
    if aged.verdict:
        verdict = replace(aged.verdict, data={**aged.verdict.data, "code": code.epc, "document": document.id})
        return Decision(verdict, (), (breaking.asked(hand, aged.question),) if aged.question else ())
    place = state.place or at.location
    units = sum(each.units for each in contents)
    allotted = {(document.id, 0): units} if document.free else papers.allot(dock, contents)
    assert not isinstance(allotted, Verdict)
    lines = allotted if isinstance(allotted, dict) else allotted[0]
    act = Act(Type.OBJECT, Action.OBSERVE, "picking", (code.epc,), "in_progress",
              transactions=movement.references((document,)), extra=(*movement.about((document,)), *aged.extra),
              location=place)
    step = _out_of(state, Step((code.epc,), known.status, known.location, place, document.id))
    after = replace(state, done=(*state.done, step)[-MOST_DONE:], moved=state.moved + 1, taken=())
    data: Data = {**_told(code.epc, known, facts), "document": document.id, "place": shelf_of(at.location, place),
                  "from": shelf_of(at.location, known.location)}
    full = not document.free and papers.after(dock, lines).first.complete(dock.station)
    told = Verdict(Outcome.COMPLETE, Reason.PICK_DONE, data) if full else \
        Verdict(Outcome.ACCEPTED, Reason.PICKED, data)
    picked = tuple(Picked(document.id, line, code.epc, count) for (_, line), count in lines.items())
    return Decision(told, (act,), (Placed((code.epc,), "in_progress", place), *picked, after))


# --- commands ---------------------------------------------------------------------------------------------------
def at_shelf(state: Moving, asked: Asked, facts: Facts, at: Setting) -> Decision:
    """A shelf was scanned: what waits is put there; where nothing waits, what is scanned next will be."""
    code = shelf_code(asked.argument, at.location)
    if code is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.OTHER_SITE, {"place": asked.argument}))
    data: Data = {"place": code, "name": asked.name}
    if asked.listed and asked.place is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_SHELF, data))
    if asked.place and not asked.place.active:
        return Decision(Verdict(Outcome.REJECTED, Reason.SHELF_CLOSED, data))
    place = shelf_uri(at.location, code)
    if not state.waiting:
        return Decision(Verdict(Outcome.COMMAND, Reason.SHELF_CHOSEN, {**data, "document": state.document}), (),
                        (replace(state, place=place), Alarmed()))
    for epc in state.waiting:
        refused = _refused(Code(b"", "", epc, ""), facts, at) or gate(epc, code, asked.place, facts, at)
        if refused:
            return Decision(refused)
    return _put(state, state.waiting, place, replace(facts, goods=replace(facts.goods, shelf=asked.place)), at)


def pick(state: Moving, asked: Asked, facts: Facts, at: Setting) -> Decision:
    """PICK:document: from now on goods are picked for it. PICK alone ends that, or takes the only document there is."""
    dock = facts.goods.picking
    named = asked.argument or (asked.subjects[0] if len(asked.subjects) == 1 and not state.document else "")
    data: Data = {"name": asked.name, "document": named or state.document}
    if not named and state.document:
        return Decision(Verdict(Outcome.COMMAND, Reason.PICK_ENDED, data), (),
                        (Moving(done=state.done, moved=state.moved),))
    if dock is None or not named:
        return Decision(Verdict(Outcome.REJECTED, Reason.UNKNOWN_DOCUMENT, data))
    if dock.document.does.incoming or dock.document.does.step in ("stock_taking", "cycle_counting"):
        return Decision(Verdict(Outcome.REJECTED, Reason.OTHER_KIND, {**data, "kind": dock.document.kind}))
    if dock.state != "open":
        return Decision(Verdict(Outcome.REJECTED, Reason.DOCUMENT_CLOSED, data))
    door = next((each.id for each in facts.goods.shelves if each.active and each.kind == "dock"), "")
    staging = shelf_uri(at.location, door) if door else at.location
    return Decision(Verdict(Outcome.COMMAND, Reason.PICK_FOR, {**data, "place": door}), (),
                    (TaskChosen("moving"), Moving(staging, named, (), state.done, state.moved)))


def undone(state: Moving) -> tuple[str, ...]:
    """What UNDO is about: the goods, and what they were taken out of."""
    last = Step((state.waiting[-1],), "", "", "") if state.waiting else state.done[-1] if state.done else None
    step = _out_of(state, last) if last else None
    return (*step.epcs, *((step.out_of,) if step.out_of else ())) if step else ()


def undo(state: Moving, facts: Facts) -> Decision:
    """The last move is told the other way round, as long as the goods are where it put them; goods that wait for their
    shelf do not wait any more. What was taken out of something for it goes back in, where that is as it was left."""
    if state.waiting:
        last = state.waiting[-1]
        step = _out_of(state, Step((last,), "", facts.known[last].location if last in facts.known else "", ""))
        left = replace(state, waiting=state.waiting[:-1], taken=tuple(e for e in state.taken if e.epc != last))
    elif state.done:
        step = state.done[-1]
        left = replace(state, done=state.done[:-1], moved=state.moved - len(step.epcs))
        if any((now := facts.known.get(epc)) is None or now.parent or now.location != step.place for epc in step.epcs):
            return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO), (), (left,))
    else:
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    about = (("reason", "UNDO"), *((("document", step.document),) if step.document else ()))
    data: Data = {"code": step.epcs[-1], "count": len(step.epcs)}
    put_in = _put_in(step, facts, about) if step.out_of else ((), ())
    if put_in is None:
        return Decision(Verdict(Outcome.WARNING, Reason.NOT_PUT_BACK, {**data, "parent": step.out_of}), (), (left,))
    box = facts.known.get(step.out_of)
    beside = box is not None and box.location == step.place      # it was moved to the same shelf
    acts, changes = _moved_back(step, about, beside) if step.place else ((), ())
    data |= {"label": step.out_of} if step.out_of else {}
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, data), (*acts, *put_in[0]), (*changes, *put_in[1], left))


def _moved_back(step: Step, about: closing.Extra, beside: bool) -> tuple[tuple[Act, ...], tuple[Change, ...]]:
    """To where the goods stood; those `beside` what they go back into are only not picked any more."""
    off = tuple(Picked(step.document, 0, epc, 0) for epc in step.epcs) if step.document else ()
    if beside:
        return (), off
    says = step.status if step.status in UNSELLABLE else STORED
    act = Act(Type.OBJECT, Action.OBSERVE, "storing", step.epcs, says, location=step.location, extra=about)
    return (act,), (*off, Placed(step.epcs, says, step.location))


def _put_in(step: Step, facts: Facts, about: closing.Extra) -> tuple[tuple[Act, ...], tuple[Change, ...]] | None:
    """Back into what it was taken out of; None where that went elsewhere, ended, was opened or is wanted elsewhere."""
    box, goods = facts.known.get(step.out_of), [facts.known.get(epc) for epc in step.epcs]
    if box is None or any(each is None or each.parent or each.epc in facts.standing for each in goods):
        return None
    if box.status in END_OF_LIFE | ON_THE_WAY or box.location not in (step.location, step.place) or any(
            each in facts.standing or each in facts.goods.picked_for for each in (box.epc, box.root)):
        return None
    order, level = (box.order, box.level) if box.order else ("", "")
    named = (*((("order", order),) if order else ()), ("level", box.level))
    act = Act(Type.AGGREGATION, Action.ADD, "packing", step.epcs, box.status, parent=box.epc, location=box.location,
              transactions=closing.business(closing.origin(box, facts)), extra=(*named, *about))
    return (act,), (Packed(box.epc, step.epcs, step.whole, order, level), Placed((box.epc,), box.status, box.location))


def _out_of(state: Moving, step: Step) -> Step:
    """A move with what its goods were taken out of for it."""
    taken = next((each for each in state.taken if each.epc in step.epcs), None)
    return replace(step, out_of=taken.out_of, whole=taken.whole) if taken else step


def _told(epc: str, known: Known, facts: Facts) -> Data:
    contents = facts.contents.get(epc, ())
    return {"code": epc, "level": known.level, "units": sum(each.units for each in contents),
            "product": contents[0].product if contents else known.product, "lot": contents[0].lot if contents else ""}
