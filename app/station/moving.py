"""What moves inside the house and spot-checks ask of the store before the domain decides, and what the screen shows."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.facts import Content, Facts
from app.domain.products import Location
from app.domain.session import State
from app.domain.setting import Asked
from app.domain.warehouse import age, checking, places
from app.domain.warehouse.changes import Moving
from app.domain.warehouse.checking import Check
from app.domain.warehouse.dock import Dock
from app.domain.warehouse.kinds import Direction
from app.domain.warehouse.policy import Measure
from app.domain.warehouse.shelf import shelf_of
from app.moves import CheckLine, CheckView, LineView, MovedView, MovingView
from app.store import checks, goods, picked
from app.store.older import older
from app.store.store import Store

MOST_SHELVES = 500           # that are looked at for one that would take the goods
MOST_SHOWN = 60


# --- moves ----------------------------------------------------------------------------------------------------------
def scanned(store: Store, moving: Moving, codes: Sequence[Code], now: str, station: str) -> Facts:
    """Facts about goods that are moved, with the shelf they are to stand on and what they are picked for."""
    code = codes[0]
    found = store.facts([each.epc for each in codes], rework=True)
    contents = {code.epc: store.contents(code.epc)} if code.epc in found.known else {}
    site, policy = store.ground
    known = replace(found.goods, now=now, shelves=_shelves(store),
                    shelf=store.catalogue.location(shelf_of(site, moving.place)) if moving.place else None)
    found = replace(found, contents=contents)
    if moving.document:
        dock = _picking(store, moving.document, station)
        partner = dock.partner if dock else None
        place = found.known[code.epc].location if code.epc in found.known else ""
        since = age.first_expiry(None, partner, policy, now)
        known = replace(known, picking=dock, picked_for=picked.elsewhere(
            store.connection, moving.document, code.epc), older=() if policy.fefo is Measure.OFF else older(
            store.connection, contents.get(code.epc, ()), site, store.plan_of, since=since, at_hand=place,
            holds=found.holds, apart=(moving.place,) if moving.place else ()))
        found = replace(found, on_document=picked.picked_for(store.connection, moving.document, [code.epc]))
    return replace(found, goods=known)


def asks(state: State, name: str) -> bool:
    """Whether a command is about moving goods."""
    return name == "PICK" or state.session.task == "moving" and name in ("AT", "UNDO")


def commanded(store: Store, state: State, asked: Asked, now: str, station: str) -> tuple[Asked, Facts]:
    moving, site = state.session.moving, store.ground[0]
    match asked.name:
        case "PICK":
            asked = replace(asked, subjects=store.open_documents(Direction.OUT))
            only = asked.subjects[0] if len(asked.subjects) == 1 and not moving.document else ""
            dock = _picking(store, asked.argument or only, station)
            return asked, Facts(goods=replace(Facts().goods, picking=dock, shelves=_shelves(store)))
        case "AT":
            code = places.shelf_code(asked.argument, site)
            asked = replace(asked, place=store.catalogue.location(code) if code else None, listed=_listed(store))
            epcs = moving.waiting
        case _:
            epcs = places.undone(moving)
    found = store.facts(epcs, rework=True)
    wanted = [picked.elsewhere(store.connection, "", epc) for epc in found.known] if asked.name == "UNDO" else []
    return asked, replace(found, contents={epc: store.contents(epc) for epc in epcs}, goods=replace(
        found.goods, now=now, shelves=_shelves(store), picked_for={k: v for each in wanted for k, v in each.items()}))


def _listed(store: Store) -> bool:
    return bool(store.connection.execute("SELECT 1 FROM location LIMIT 1").fetchone())


def _shelves(store: Store) -> tuple[Location, ...]:
    return tuple(store.catalogue.locations(MOST_SHELVES))


def _picking(store: Store, document: str, station: str) -> Dock | None:
    """The document with what was picked for it as done, as well as what left by it already."""
    dock = store.dock((document,), station) if document else None
    if dock is None:
        return None
    done = dict(dock.first.done)
    for line, units in picked.waiting(store.connection, document).items():
        done[line] = done.get(line, 0) + units
    return replace(dock, papers=(replace(dock.first, done=done),))


# --- checks -------------------------------------------------------------------------------------------------------
def inside(store: Store, check: Check, codes: Sequence[Code], now: str) -> Facts:
    """Facts about one thing in the open container."""
    code = codes[0]
    document = store.catalogue.document(check.document)
    found = store.facts([code.epc, check.epc], rework=True, codes=codes, now=now,
                        inspected=document.partner if document else "")
    contents = {code.epc: store.contents(code.epc)} if code.epc in found.known else \
        goods.presumed(codes, found.known, {code.product: store.plan_of(code.product)})
    return replace(found, contents=contents)


def checked(store: Store, check: Check, asked: Asked) -> tuple[Asked, Facts]:
    """CHECKED, with all that is in the container or should be."""
    document = store.catalogue.document(check.document)
    partner = store.catalogue.partner(document.partner) if document and document.partner else None
    asked = replace(asked, document=document, partner=partner,
                    last_lines=store.units_on(check.document, check.epc))
    epcs = [check.epc, *check.expected, *(epc for epc in check.seen if epc not in check.expected)]
    found = store.facts(epcs, rework=True)
    contents = {epc: store.contents(epc) for epc in epcs if epc in found.known}
    told, levels = checks.told(store.connection, check), {}
    for epc, (tells, product, lot, expiry) in told.items():
        plan = store.plan_of(product)
        level = tells or (plan.levels[0].level if plan else "")
        levels[epc] = level
        if epc not in found.known and plan and plan.index(level) >= 0:
            contents[epc] = (Content(product, lot, plan.units(level), expiry),)
    return asked, replace(found, contents=contents, goods=replace(
        found.goods, levels=levels, stood=checks.stood(store.connection, check.epc)))


# --- the screen -----------------------------------------------------------------------------------------------------
def moves(store: Store, state: State, station: str) -> MovingView | None:
    """What the page of moves shows."""
    moving, site = state.session.moving, store.ground[0]
    if state.session.task != "moving":
        return None
    shelf = shelf_of(site, moving.place)
    place = store.catalogue.location(shelf) if shelf else None
    dock = _picking(store, moving.document, station) if moving.document else None
    lines = tuple(LineView(line.line, line.product, line.lot, line.quantity, dock.done.get(line.line, 0))
                  for line in dock.document.lines[:MOST_SHOWN]) if dock else ()
    last = moving.done[-1] if moving.done else None
    return MovingView(
        shelf, place.name if place else {}, place.kind if place else "", moving.document,
        tuple(_moved(store, epc) for epc in moving.waiting[-6:]), len(moving.waiting), lines,
        _moved(store, last.epcs[-1]) if last else None, shelf_of(site, last.place) if last else "",
        shelf_of(site, last.location) if last else "", moving.moved)


def _moved(store: Store, epc: str) -> MovedView:
    row = store.connection.execute("SELECT level FROM object WHERE epc=?", (epc,)).fetchone()
    contents = store.contents(epc)
    return MovedView(epc, row[0] if row else "", contents[0].product if contents else "",
                     contents[0].lot if contents else "", sum(each.units for each in contents))


def check(store: Store, state: State) -> CheckView | None:
    """What the page of a check shows."""
    at_work = state.check
    if at_work is None or state.session.task != "receiving":
        return None
    row = store.connection.execute("SELECT level, product FROM object WHERE epc=?", (at_work.epc,)).fetchone()
    found = checking.differences(at_work)
    seen = {epc: found.strange.get(epc, finding) for epc, finding in at_work.seen.items()}
    lines = [CheckLine(epc, seen.get(epc, "")) for epc in at_work.expected]
    lines += [CheckLine(epc, finding) for epc, finding in seen.items() if epc not in at_work.expected]
    last = tuple(at_work.seen)[-1] if at_work.seen else ""
    product = next(iter(at_work.expected.values()), "") or (row[1] if row else "")
    return CheckView(at_work.epc, row[0] if row else "", product, at_work.document, len(at_work.expected),
                     tuple(lines), last, at_work.hand, state.session.armed.act == "checked")
