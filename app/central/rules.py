"""What must hold in one event beyond the schema. Pure; what earlier events say is held in objects.py."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]
LENGTHS = {"00": 18, "01": 14, "414": 13, "417": 13}     # Digital Link keys whose last digit is a check digit
NAMES = {"00": "SSCC", "01": "GTIN", "414": "GLN", "417": "party GLN"}
GS1_HOST = "id.gs1.org"
_LINK = re.compile(r"https?://([^/?#]+)/([^?#]*)", re.IGNORECASE)


def event_fault(event: Event) -> str:
    """What is wrong with one event that passed the schema, in words; "" where nothing is."""
    parent, listed = event.get("parentID", ""), objects(event)
    if parent in listed:
        return f"{parent} is its own child"
    for epc in (*listed, parent):
        fault = key_fault(epc) or _class_fault(epc)
        if fault:
            return fault
    return next(filter(None, map(key_fault, _places(event))), "")


def objects(event: Event) -> list[str]:
    """The listed objects: epcList, or the children of an aggregation."""
    return list(event.get("epcList") or event.get("childEPCs") or [])


def key_fault(uri: str) -> str:
    """A GS1 key in a Digital Link of any host: its length and its check digit."""
    link = _LINK.match(uri)
    if link is None:
        return ""
    parts, official = link[2].split("/"), link[1].lower() == GS1_HOST
    for key, value in zip(parts[: 1 if official else None], parts[1:], strict=False):
        if key not in LENGTHS:
            continue
        whole = len(value) == LENGTHS[key] and value.isascii() and value.isdigit()
        if not whole and official:
            return f"{uri}: a {NAMES[key]} has {LENGTHS[key]} digits, got {value!r}"
        if whole and value[-1] != check_digit(value[:-1]):
            return f"{uri}: the check digit of this {NAMES[key]} must be {check_digit(value[:-1])}, got {value[-1]}"
        if whole:
            return ""        # the first key is the identity; what follows are its qualifiers
    return ""


def check_digit(digits: str) -> str:
    """GS1 mod 10: weights 3, 1, 3 … from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _class_fault(epc: str) -> str:
    link = _LINK.match(epc)
    parts = link[2].split("/") if link and link[1].lower() == GS1_HOST else []
    if parts[:1] == ["01"] and "21" not in parts[2::2]:
        return f"{epc}: names a kind of goods, expected one object (a serial number under /21/)"
    return ""


def _places(event: Event) -> Iterator[str]:
    for name in ("readPoint", "bizLocation"):
        if name in event:
            yield event[name]["id"]
    for source in event.get("sourceList", ()):
        yield source["source"]
    for destination in event.get("destinationList", ()):
        yield destination["destination"]
