"""Master-data records at the edge: from the feed's or a file's JSON to the domain's frozen values, or a BadRecord.

What can be said of a record by itself is checked here; whether what it refers to exists is the catalogue's question.
"""
from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import msgspec

from app.domain.codes.checks import whole
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import safe
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.people import Person
from app.domain.products import Hold, Order, Partner, Product
from app.domain.warehouse.documents import Announced, Document, Line

KINDS: dict[str, type] = {
    "plan": Plan, "product": Product, "partner": Partner, "order": Order, "document": Document, "hold": Hold,
    "person": Person, "rule": Rule,
}
Record = Plan | Product | Partner | Order | Document | Hold | Person | Rule

# What can be expected, in English for logs and errors of the feed; resources/i18n has the same words for people.
EXPECTED = {
    "object": "a JSON object",
    "shape": "{detail}",
    "unknown_key": "one of the keys {keys}",
    "id": "1 to {most} visible characters",
    "text": "visible characters only, {most} at most",
    "number": "a whole number from {least} to {most}",
    "date": "a date as YYYY-MM-DD",
    "date_order": "a date not before {date}",
    "gtin": "a GTIN of 14 digits with its right check digit",
    "gtin_free": "a GTIN that product {product} does not have",
    "gln": "a GLN of 13 digits with its right check digit",
    "uri": "a web address or URN without spaces",
    "choice": "one of {choices}",
    "name": "a name in at least one language",
    "level": "a level name of small letters, digits, - and _",
    "plan_level": "one of the plan's levels {choices}",
    "plan": "a sound plan: {detail}",
    "plan_known": "a plan that is known",
    "plan_used": "another version number: work orders pack by this one, so it stays as it is",
    "order_begun": "{detail} as before: work on this order has begun",
    "product_known": "a product that is known",
    "partner_known": "a partner that is known",
    "rule": "a sound rule: {detail}",
    "line": "line numbers from 1, each once",
    "lines": "at least one line",
    "once": "each object once",
    "parent": "a parent that is announced or known",
    "parent_coming": "a parent that is still on its way together with what is in it",
    "badge": "64 hexadecimal digits (SHA-256), or nothing",
    "pin": "an argon2id hash, or nothing",
    "target": "an object, a product, or a product and a lot",
}
DOCUMENT_KINDS = ("receive", "ship")
ORDER_STATES = ("open", "paused", "closed", "cancelled")
DOCUMENT_STATES = ("draft", "open", "paused", "closed", "closed_short", "cancelled")
TRANSACTIONS = ("bol", "cert", "desadv", "inv", "pedigree", "po", "poc", "prodorder", "recadv", "rma", "testprd",
                "testres", "upevt")
MAX_NUMBER = 10**15
MOST_TOLD = 100                      # bad members of one record
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]{1,1990}", re.ASCII)
_EPC = re.compile(r"(https?://|urn:)[^\s<>\"{}|\\^`]{1,1990}", re.ASCII | re.IGNORECASE)
_LEVEL = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class BadRecord(Exception):
    """A record that is not taken. `key` is where in it, `expected` a word of EXPECTED, `got` what was there.

    `place` tells which member of a list it is (-1: none), `more` what is wrong with other members.
    """

    def __init__(self, key: str, expected: str, got: object = "", **data: str | int) -> None:
        self.key = key
        self.expected = expected
        self.got = safe(got if isinstance(got, str) else repr(got), 200)
        self.data = data
        self.place = -1
        self.more: tuple[BadRecord, ...] = ()
        super().__init__(f"{key}: expected {EXPECTED[expected].format(**data)}, got {self.got!r}")


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
    _visible("data", data)
    try:
        made: Any = msgspec.convert(data, shape)
    except (msgspec.ValidationError, OverflowError) as error:
        text, _, path = str(error).partition(" - at `$.")
        raise BadRecord(path.rstrip("`") or "data", "shape", data, detail=text) from error
    _CHECKS[kind](made)
    return made


def every(members: Sequence[Any], check: Callable[[Any], None]) -> None:
    """Checks all members of a list. Raises the first BadRecord, with the others in its `more`."""
    bad: list[BadRecord] = []
    for place, member in enumerate(members):
        try:
            check(member)
        except BadRecord as error:
            error.place = place
            bad.append(error)
            if len(bad) > MOST_TOLD:
                break
    if bad:
        bad[0].more = tuple(bad[1:])
        raise bad[0]


def _visible(key: str, value: object) -> None:
    """No text with control characters or of absurd length gets in anywhere, as key or as value."""
    if isinstance(value, str):
        # isprintable is quick, but knows no blank except the space
        if len(value) > 2000 or (not value.isprintable()
                                 and any(unicodedata.category(each) in _UNSEEN for each in value)):
            raise BadRecord(key, "text", value, most=2000)
    elif isinstance(value, bool) or value is None:
        pass
    elif isinstance(value, int | float):
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise BadRecord(key, "number", str(value)[:30], least=0, most=MAX_NUMBER)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            _visible(key, str(name))
            _visible(str(name) if key == "data" else f"{key}.{name}", each)
    elif isinstance(value, list | tuple):
        for each in value:
            _visible(key, each)


def _id(key: str, value: str, most: int = 100) -> None:
    if not 1 <= len(value) <= most or value != value.strip():
        raise BadRecord(key, "id", value, most=most)


def _number(key: str, value: int, least: int = 0, most: int = MAX_NUMBER) -> None:
    if not least <= value <= most:
        raise BadRecord(key, "number", value, least=least, most=most)


def _date(key: str, value: str) -> None:
    try:
        if value and date.fromisoformat(value).isoformat() != value:
            raise ValueError(value)
    except ValueError as error:
        raise BadRecord(key, "date", value) from error


def _name(name: Mapping[str, str]) -> None:
    if not any(each.strip() for each in name.values()):
        raise BadRecord("name", "name", dict(name))


def _choice(key: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadRecord(key, "choice", value, choices=", ".join(choices))


def _digits(key: str, value: str, expected: str, length: int) -> None:
    if len(value) != length or not value.isascii() or not value.isdigit() or not whole(value):
        raise BadRecord(key, expected, value)


def check_epc(key: str, epc: str) -> None:
    """An object's identity has to be a web address or a URN. Raises BadRecord."""
    if not _EPC.fullmatch(epc):
        raise BadRecord(key, "uri", epc)


def _plan(plan: Plan) -> None:
    _id("id", plan.id)
    _number("version", plan.version, 1)
    every(plan.levels, _plan_level)
    if plan.problem():
        raise BadRecord("levels", "plan", "; ".join(f"{each.level}={each.count}" for each in plan.levels),
                        detail=plan.problem())


def _plan_level(each: PlanLevel) -> None:
    if not _LEVEL.fullmatch(each.level):
        raise BadRecord("levels", "level", each.level)
    _number("levels", each.count, 0, 100_000)


def _product(product: Product) -> None:
    _id("id", product.id)
    _name(product.name)
    for level, gtin in product.gtins.items():
        _digits(f"gtins.{level}", gtin, "gtin", 14)
    for rule in product.rules:
        _rule(rule, "rules.")


def _partner(partner: Partner) -> None:
    _id("id", partner.id)
    _name(partner.name)
    _digits("gln", partner.gln, "gln", 13)
    _id("role", partner.role)


def _order(order: Order) -> None:
    _id("id", order.id)
    _id("lot", order.lot, 20)
    _date("produced", order.produced)
    _date("expiry", order.expiry)
    if order.produced and order.expiry and order.expiry < order.produced:
        raise BadRecord("expiry", "date_order", order.expiry, date=order.produced)
    _number("planned", order.planned, 1)
    _choice("state", order.state, ORDER_STATES)


def _document(document: Document) -> None:
    _id("id", document.id)
    _choice("kind", document.kind, DOCUMENT_KINDS)
    _choice("state", document.state, DOCUMENT_STATES)
    if not document.lines:
        raise BadRecord("lines", "lines")
    numbers: set[int] = set()

    def check_line(line: Line) -> None:
        if line.line < 1 or line.line in numbers:
            raise BadRecord("lines.line", "line", line.line)
        numbers.add(line.line)
        _number("lines.quantity", line.quantity, 1)
        if line.lot:
            _id("lines.lot", line.lot, 20)

    every(document.lines, check_line)
    for kind, uri in document.references:
        _choice("references", kind, TRANSACTIONS)
        if not _URI.fullmatch(uri):
            raise BadRecord("references", "uri", uri)
    _announced(document.announced)


def _announced(announced: tuple[Announced, ...]) -> None:
    seen: set[str] = set()

    def check(each: Announced) -> None:
        check_epc("announced.epc", each.epc)
        if each.epc in seen or each.parent == each.epc:
            raise BadRecord("announced.epc", "once", each.epc)
        seen.add(each.epc)
        if not _LEVEL.fullmatch(each.level):
            raise BadRecord("announced.level", "level", each.level)
        if each.lot:
            _id("announced.lot", each.lot, 20)
        _date("announced.expiry", each.expiry)

    every(announced, check)


def _hold(hold: Hold) -> None:
    _id("id", hold.id)
    _id("reason", hold.reason, 200)
    if hold.epc:
        check_epc("epc", hold.epc)
    if not hold.epc and not hold.product:
        raise BadRecord("product", "target", hold.lot)


def _person(person: Person) -> None:
    _id("id", person.id)
    _id("name", person.name)
    if person.badge and not re.fullmatch(r"[0-9a-f]{64}", person.badge, re.ASCII):
        raise BadRecord("badge", "badge", "…")
    if person.pin and not person.pin.startswith("$argon2id$"):
        raise BadRecord("pin", "pin", "…")


def _rule(rule: Rule, at: str = "") -> None:
    _id(f"{at}name", rule.name)
    try:
        RuleTable((rule,), {})
    except ValueError as error:
        raise BadRecord(f"{at}{rule.name}", "rule", rule.pattern or rule.kind, detail=str(error)) from error


_CHECKS: dict[str, Any] = {
    "plan": _plan, "product": _product, "partner": _partner, "order": _order, "document": _document, "hold": _hold,
    "person": _person, "rule": _rule,
}
