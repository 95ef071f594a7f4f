"""What a stocktake asks of the store before the domain decides, and what the screen shows of it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from app.domain.codes.identity import Code
from app.domain.facts import Facts
from app.domain.session import State
from app.domain.setting import Asked
from app.domain.warehouse import places
from app.domain.warehouse.desk import is_count
from app.domain.warehouse.dock import Dock
from app.domain.warehouse.kinds import Direction
from app.domain.warehouse.shelf import scope_uri
from app.domain.warehouse.stocktake import KEPT, Count
from app.messages import CountLine, CountView
from app.store import count_view, counts, goods, objects
from app.store.store import Store

ASKED = frozenset({"AT", "UNDO", "DONE", "RECOUNT", "ADJUST", "CANCEL-DOCUMENT", "CHECK", "PAUSE"})
MOST_LINES = 60


def loaded(store: Store, work: Dock | None) -> Count | None:
    """The count, where the first document at work is one."""
    if work is None or work.document.does.direction is not Direction.COUNT:
        return None
    document = work.document
    document = replace(document, scope=scope_uri(store.ground[0], document.scope))
    return Count(document, work.state, *counts.at_work(store.connection, document.id))


def scanned(store: Store, count: Count, codes: Sequence[Code], found: Facts) -> Facts:
    """Facts about the object that was scanned, with what the count has of it."""
    code, document = codes[0], count.document
    contents = {code.epc: store.contents(code.epc)} if code.epc in found.known else \
        goods.presumed(codes, found.known, {code.product: store.plan_of(code.product)})
    tallied = counts.tallied(store.connection, document.id, count.round, code.epc)
    left = 0
    if not document.blind and tallied.how in ("", *KEPT):
        right = count_view.seen(store.connection, document.id, count.round, store.plan_of).get("", {})
        left = max(sum(store.expected.of(document.id, count.round, document.scope).values()) - sum(right.values()), 0)
        units = sum(each.units for each in contents.get(code.epc, ()))
        if 0 < left <= units and not count_view.came(store.connection, document.id, code.epc):
            tallied = replace(tallied, left=left, fresh=counts.fresh(store.connection, document.id, count.round,
                                                                     code.epc, store.plan_of))
    return replace(found, contents=contents, goods=replace(found.goods, tallied=tallied))


def asks(state: State, name: str, argument: str) -> bool:
    """Whether a command is about a count."""
    if name == "NEW-DOCUMENT":
        return is_count(argument)
    return state.session.task == "counting" and state.count is not None and name in ASKED


def commanded(store: Store, count: Count | None, asked: Asked, station: str) -> Asked:
    """A command about a count with what has to be looked up for it."""
    new_id = f"{station}-{store.epoch}-{store.next_seq()}"
    match asked.name:
        case "NEW-DOCUMENT":
            shelf = (asked.argument.split(":") + [""])[1]
            return replace(asked, last_epc=new_id, **_shelf(store, shelf))
        case "AT":
            return replace(asked, **_shelf(store, asked.argument))
    assert count is not None
    match asked.name:
        case "UNDO" | "CANCEL-DOCUMENT":
            epc = counts.last(store.connection, count.document.id, count.round)[0]
            return replace(asked, last_epc=epc, event=counts.event_of(store.connection, count.document.id, epc))
        case "DONE" | "RECOUNT" | "ADJUST":
            found = count_view.found(store.connection, count.document.id, count.round, count.document.scope,
                                     store.plan_of, store.contents,
                                     rows=asked.name == "ADJUST" and bool(asked.argument))
            return replace(asked, found=found, last_epc=new_id)
    return asked


def _shelf(store: Store, argument: str) -> dict[str, Any]:
    """The shelf that a code, or the place's URI on its label, names; and whether there is a list of shelves."""
    code = places.shelf_code(argument, store.ground[0])
    place = store.catalogue.location(code) if code else None
    return {"place": place, "listed": bool(store.connection.execute("SELECT 1 FROM location LIMIT 1").fetchone())}


def so_far(store: Store, state: State) -> CountView | None:
    """What the screen shows of the count at work. A blind one does not tell what should be there."""
    count = state.count
    if count is None or state.session.task != "counting":
        return None
    document = count.document
    sums = count_view.seen(store.connection, document.id, count.round, store.plan_of)
    expected = {} if document.blind else store.expected.of(document.id, count.round, document.scope)
    right = sums.get("", {})
    if document.blind:                   # all that was seen, whatever the record says of it
        right = {product: sum(each.get(product, 0) for each in sums.values()) for product in {*chain(*sums.values())}}
    lines = tuple(CountLine(product, right.get(product, 0), expected.get(product, 0))
                  for product in sorted({*right, *expected}, key=lambda each: (
                      right.get(each, 0) >= expected.get(each, 0), -expected.get(each, 0), each)))
    epc, level, finding = counts.last(store.connection, document.id, count.round)
    units = sum(each.units for each in store.contents(epc)) if epc else 0
    opened = objects.children(store.connection, count.opened) if count.opened else ()
    have = sum(bool(counts.tallied(store.connection, document.id, count.round, child).how) for child in opened)
    extra, misplaced = count_view.total(sums, count_view.EXTRA), count_view.total(sums, count_view.WRONG_PLACE)
    of = len(opened)
    if document.blind:
        extra, misplaced, finding, of = 0, 0, "", 0
    return CountView(
        document.id, document.kind, count.state, count.round, document.blind, count.verify, document.scope,
        count.place(store.ground[0]), sum(right.values()), sum(expected.values()),
        extra, misplaced, lines[:MOST_LINES], epc, level, units, finding, count.opened, have, of)
