"""Master-data records at the edge: from the feed's or a file's JSON to the domain's frozen values, or a BadRecord.

What can be said of a record by itself is checked here; whether what it refers to exists is the catalogue's question.
"""
from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgspec

from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.people import Person
from app.domain.products import Hold, Location, Order, Partner, Product
from app.domain.warehouse.documents import Announcement, Document
from app.store import papers
from app.store.fields import (
    EXPECTED,
    LEVEL,
    BadRecord,
    check_epc,
    choice,
    day,
    digits,
    every,
    name_of,
    named,
    number,
    visible,
)

__all__ = ["EXPECTED", "KINDS", "BadRecord", "Record", "check_epc", "every", "record"]

KINDS: dict[str, type] = {
    "plan": Plan, "product": Product, "partner": Partner, "location": Location, "order": Order, "document": Document,
    "announced": Announcement, "hold": Hold, "person": Person, "rule": Rule,
}
Record = Plan | Product | Partner | Location | Order | Document | Announcement | Hold | Person | Rule

ORDER_STATES = ("open", "paused", "closed", "cancelled")

# msgspec learns a shape at its first use, and two threads at once end the program: all are learnt here, by one.
for _shape in KINDS.values():
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.convert({}, _shape)


def record(kind: str, data: object, *, strict_keys: bool = False) -> Any:
    """A record of one of KINDS from JSON. Raises BadRecord; unknown keys are passed over unless `strict_keys`."""
    shape = KINDS[kind]
    if not isinstance(data, Mapping):
        raise BadRecord("data", "object", data)
    if strict_keys:
        known = [each.name for each in fields(shape)]
        for key in data:
            if key not in known:
                raise BadRecord(str(key), "unknown_key", key, keys=", ".join(known))
    visible("data", data)
    try:
        made: Any = msgspec.convert(data, shape)
    except (msgspec.ValidationError, OverflowError) as error:
        text, _, path = str(error).partition(" - at `$.")
        raise BadRecord(path.rstrip("`") or "data", "shape", data, detail=text) from error
    _CHECKS[kind](made)
    return papers.before(made) if kind == "partner" else made


def _plan(plan: Plan) -> None:
    name_of("id", plan.id)
    number("version", plan.version, 1)
    every(plan.levels, _plan_level)
    if plan.problem():
        raise BadRecord("levels", "plan", "; ".join(f"{each.level}={each.count}" for each in plan.levels),
                        detail=plan.problem())


def _plan_level(each: PlanLevel) -> None:
    if not LEVEL.fullmatch(each.level):
        raise BadRecord("levels", "level", each.level)
    number("levels", each.count, 0, 100_000)


def _product(product: Product) -> None:
    name_of("id", product.id)
    named(product.name)
    for level, gtin in product.gtins.items():
        digits(f"gtins.{level}", gtin, "gtin", 14)
    for rule in product.rules:
        _rule(rule, "rules.")
    if product.brand:
        name_of("brand", product.brand)
    number("shelf_life_days", product.shelf_life_days, 0, 100_000)


def _order(order: Order) -> None:
    name_of("id", order.id)
    name_of("lot", order.lot, 20)
    day("produced", order.produced)
    day("expiry", order.expiry)
    if order.produced and order.expiry and order.expiry < order.produced:
        raise BadRecord("expiry", "date_order", order.expiry, date=order.produced)
    number("planned", order.planned, 1)
    choice("state", order.state, ORDER_STATES)


def _hold(hold: Hold) -> None:
    name_of("id", hold.id)
    name_of("reason", hold.reason, 200)
    if hold.epc:
        check_epc("epc", hold.epc)
    if not hold.epc and not hold.product:
        raise BadRecord("product", "target", hold.lot)


def _person(person: Person) -> None:
    name_of("id", person.id)
    name_of("name", person.name)
    if person.badge and not re.fullmatch(r"[0-9a-f]{64}", person.badge, re.ASCII):
        raise BadRecord("badge", "badge", "…")
    if person.pin and not person.pin.startswith("$argon2id$"):
        raise BadRecord("pin", "pin", "…")


def _rule(rule: Rule, at: str = "") -> None:
    name_of(f"{at}name", rule.name)
    try:
        RuleTable((rule,), {})
    except ValueError as error:
        raise BadRecord(f"{at}{rule.name}", "rule", rule.pattern or rule.kind, detail=str(error)) from error


_CHECKS: dict[str, Any] = {
    "plan": _plan, "product": _product, "partner": papers.check_partner, "location": papers.check_location,
    "order": _order, "document": papers.check_document, "announced": papers.check_announcement, "hold": _hold,
    "person": _person, "rule": _rule,
}
