"""Checks of single fields of a master-data record, and the error that names what is wrong. Knows no kind of record."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.codes.checks import whole
from app.domain.codes.text import safe

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
    "document_begun": "{detail} as before: something is on this document (RECEIVER changes it at the station)",
    "product_known": "a product that is known",
    "document_known": "a document that is known",
    "partner_known": "a partner that is known",
    "partner_wanted": "a partner, as every document of kind {kind} has one",
    "no_partner": "no partner: a document of kind {kind} has none",
    "role_fits": "a partner whose role goes with kind {kind}: {choices}",
    "kind_allowed": "a kind that {partner} may be named on: {choices}",
    "no_reason": "no reason: a document of kind {kind} has none",
    "quota_line": "a line of the document, once for each station",
    "quota_sum": "quotas of line {line} of {most} together at most",
    "territory": "a territory's code without blanks, 40 characters at most",
    "extension": "a location code of 1 to 20 letters, digits and signs that a GS1 label can carry",
    "rule": "a sound rule: {detail}",
    "line": "line numbers from 1, each once",
    "once": "each object once",
    "parent": "a parent that is announced or known",
    "parent_coming": "a parent that is still on its way together with what is in it",
    "badge": "64 hexadecimal digits (SHA-256), or nothing",
    "pin": "an argon2id hash, or nothing",
    "target": "an object, a product, or a product and a lot",
}
MAX_NUMBER = 10**15
MOST_TOLD = 100                      # bad members of one record
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]{1,1990}", re.ASCII)
_EPC = re.compile(r"(https?://|urn:)[^\s<>\"{}|\\^`]{1,1990}", re.ASCII | re.IGNORECASE)
LEVEL = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
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


def visible(key: str, value: object) -> None:
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
            visible(key, str(name))
            visible(str(name) if key == "data" else f"{key}.{name}", each)
    elif isinstance(value, list | tuple):
        for each in value:
            visible(key, each)


def name_of(key: str, value: str, most: int = 100) -> None:
    if not 1 <= len(value) <= most or value != value.strip():
        raise BadRecord(key, "id", value, most=most)


def number(key: str, value: int, least: int = 0, most: int = MAX_NUMBER) -> None:
    if not least <= value <= most:
        raise BadRecord(key, "number", value, least=least, most=most)


def day(key: str, value: str) -> None:
    try:
        if value and date.fromisoformat(value).isoformat() != value:
            raise ValueError(value)
    except ValueError as error:
        raise BadRecord(key, "date", value) from error


def named(name: Mapping[str, str]) -> None:
    if not any(each.strip() for each in name.values()):
        raise BadRecord("name", "name", dict(name))


def choice(key: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadRecord(key, "choice", value, choices=", ".join(choices))


def digits(key: str, value: str, expected: str, length: int) -> None:
    if len(value) != length or not value.isascii() or not value.isdigit() or not whole(value):
        raise BadRecord(key, expected, value)


def check_epc(key: str, epc: str) -> None:
    """An object's identity has to be a web address or a URN. Raises BadRecord."""
    if not _EPC.fullmatch(epc):
        raise BadRecord(key, "uri", epc)
