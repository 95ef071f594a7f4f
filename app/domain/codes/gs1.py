"""GS1 element strings and GS1 Digital Link over biip, with the rules that it leaves out.

From text to {application identifier: value}, or a Fault; then what these say about one object. A problem is one of
the words under `common.problem` in resources/i18n. Nothing is looked up or fetched; a link is a text.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, unquote, urlsplit

from biip import ParseError
from biip.gs1_element_strings import GS1ElementString

from app.domain.codes import checks, identity
from app.domain.codes.text import GS, safe
from app.domain.reasons import Reason

ELEMENT_AIMS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]e1", "]J1"})
GTIN_AIMS = frozenset({"]E0", "]E3", "]E4", "]I0", "]I1"})
_HRI = re.compile(r"(?:\(\d{2,4}\)[^()]+)+")
_HRI_PART = re.compile(r"\((\d{2,4})\)([^()]+)")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_RESOLVER_HOST = "id.gs1.org"
_ALPHA_KEYS = frozenset({"gtin", "sscc", "itip"})
# lengths of the keys that a link may lead with; 414 is a place
_PRIMARY = {"00": (18,), "01": (8, 12, 13, 14), "8006": (18,), "414": (13,)}
_TRADE_ITEM = ({"01"}, {"02"}, {"03"}, {"8006"}, {"8026"})
# What an attribute cannot stand without, any one of the alternatives (GS1 General Specifications, 4.13.2).
_NEEDS: dict[str, tuple[set[str], ...]] = {
    "02": ({"00", "37"},), "37": ({"00", "02"}, {"00", "8026"}),
    "10": _TRADE_ITEM, "11": _TRADE_ITEM, "12": ({"8020"},), "13": _TRADE_ITEM, "15": _TRADE_ITEM,
    "16": _TRADE_ITEM, "17": (*_TRADE_ITEM, {"255"}), "20": _TRADE_ITEM, "22": ({"01"},), "30": ({"01"}, {"02"}),
    "235": ({"01"},), "240": _TRADE_ITEM, "241": _TRADE_ITEM, "242": _TRADE_ITEM,
    "250": ({"01", "21"}, {"8006", "21"}), "7003": _TRADE_ITEM, "7006": _TRADE_ITEM, "8005": ({"01"}, {"02"}),
}
_NEVER_TOGETHER = (("01", "02"), ("01", "37"), ("01", "03"), ("02", "03"), ("01", "8006"), ("01", "255"))
_SERIAL_KEYS = frozenset({"01", "03", "8006"})
_KEYS = ("00", "01", "02", "03", "8006")
_EXPIRY = ("17", "15", "16", "7003")     # the first that is there; best-before counts where no expiry is given


@dataclass(frozen=True, slots=True)
class Fault:
    reason: Reason
    data: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Elements:
    """Values by application identifier, in the order read; `expiry` where one is given."""

    values: dict[str, str]
    expiry: date | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """What element strings say about one object. `gtin` has 14 digits; "" for a logistic unit."""

    epc: str
    gtin: str = ""
    serial: str = ""
    lot: str = ""
    expiry: date | None = None


def _bad(problem: str, **data: str | int) -> Fault:
    return Fault(Reason.BAD_SYNTAX, {"problem": problem, **data})


def element_strings(text: str) -> Elements | Fault:
    """Element strings as a scanner sends them: no brackets, GS after what has no fixed length."""
    found: list[GS1ElementString] = []
    rest = text.strip(GS)
    while rest:
        try:
            element = GS1ElementString.extract(rest)
        except ParseError:
            return _bad("element", part=safe(rest, 32))
        rest = rest[len(element):]
        # biip stops a value at the first character that it may not hold and reads on; the standard wants GS there.
        if element.ai.separator_required and rest and rest[0] != GS:
            return _bad("separator", ai=element.ai.ai, part=safe(rest, 32))
        rest = rest.lstrip(GS)
        found.append(element)
    return _elements(found)


def is_bracketed(text: str) -> bool:
    return _HRI.fullmatch(text) is not None


def bracketed(text: str) -> Elements | Fault:
    """Element strings as people write them: (01)…(21)…; `is_bracketed` must hold."""
    return _from_pairs([(ai, value.strip()) for ai, value in _HRI_PART.findall(text)])


def digital_link(text: str) -> Elements | Fault | None:
    """An uncompressed GS1 Digital Link of any host; None where the text is a link of another kind."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    path = parts.path.split("/")
    start = next((at for at in range(len(path) - 1) if _leads(path[at], path[at + 1])), -1)
    if start < 0:
        if any(key in _ALPHA_KEYS and path[at + 1][:8].isdecimal() for at, key in enumerate(path[:-1])):
            return _bad("alpha_key")
        return _not_ours(path) if host == _RESOLVER_HOST else None
    path = path[start:] if path[-1] else path[start:-1]
    if len(path) % 2:
        return _bad("path")
    pairs = list(zip(path[::2], path[1::2], strict=True))
    for part in parts.query.replace(";", "&").split("&"):
        key, equals, value = part.partition("=")
        if key.isascii() and key.isdigit() and equals:
            pairs.append((key, value))
    try:
        decoded = [(key, unquote(value, errors="strict")) for key, value in pairs]
    except UnicodeDecodeError:
        return _bad("percent")
    if any(_BAD_PERCENT.search(value) for _, value in pairs):
        return _bad("percent")
    return _from_pairs([(key, value.zfill(14) if key == "01" else value) for key, value in decoded])


def _not_ours(path: list[str]) -> Fault | None:
    """Why a link to the GS1 resolver itself does not lead with one of our keys."""
    first = path[1] if len(path) > 1 else ""
    if first in _PRIMARY:
        return _bad("element", part=safe("/".join(path[1:3]), 32))
    if first.isdecimal():
        return Fault(Reason.NO_SERIAL)
    return _bad("compressed") if first else None


def _leads(key: str, value: str) -> bool:
    return key in _PRIMARY and len(value) in _PRIMARY[key] and value.isascii() and value.isdigit()


def _from_pairs(pairs: list[tuple[str, str]]) -> Elements | Fault:
    found = []
    for ai, value in pairs:
        try:
            element = GS1ElementString.parse(f"{ai}{value}")
        except ParseError:
            return _bad("element", part=safe(f"({ai}){value}", 32))
        if element.ai.ai != ai or element.value != value:
            return _bad("element", part=safe(f"({ai}){value}", 32))
        found.append(element)
    return _elements(found)


def _elements(found: list[GS1ElementString]) -> Elements | Fault:
    """Check digits, repeats and pairing. The check digits come first: they tell of a misread code."""
    values: dict[str, str] = {}
    expiry: dict[str, date] = {}
    for element in found:
        ai, value = element.ai.ai, element.value
        if not value.isascii():
            return _bad("element", part=safe(f"({ai}){value}", 32))
        if values.setdefault(ai, value) != value:
            return _bad("repeated", ai=ai)
        if ai in _EXPIRY and element.date is not None:
            expiry[ai] = element.date
    for ai, length in (("00", 18), ("01", 14), ("02", 14), ("03", 14), ("8006", 14), ("414", 13)):
        fault = wrong_check_digit(values[ai][:length]) if ai in values else None
        if fault is not None:
            return fault
    if not values:
        return _bad("element", part="")
    if {"414", "254"} <= values.keys() and not values.keys() & set(_KEYS):
        return Elements(values)              # the label of a shelf
    return _unpaired(values) or Elements(values, next((expiry[ai] for ai in _EXPIRY if ai in expiry), None))


def wrong_check_digit(digits: str) -> Fault | None:
    expected = checks.mod10(digits[:-1])
    if expected is None or expected == digits[-1]:
        return None
    return Fault(Reason.BAD_CHECK_DIGIT, {"expected": expected, "found": digits[-1], "digits": digits})


def _unpaired(values: dict[str, str]) -> Fault | None:
    for one, other in _NEVER_TOGETHER:
        if one in values and other in values:
            return _bad("together", ai=one, other=other)
    if "21" in values and not _SERIAL_KEYS & values.keys():
        return Fault(Reason.SERIAL_WITHOUT_GTIN, {"serial": values["21"]})
    if not values.keys() & set(_KEYS):
        return Fault(Reason.NO_SERIAL)      # attributes alone: the other barcode of the label names the object
    if "02" in values and "37" in values and "00" not in values:
        return Fault(Reason.NO_SERIAL)      # the content barcode of a pallet label; the SSCC stands in its own
    for ai, alternatives in _NEEDS.items():
        if ai in values and not any(each <= values.keys() for each in alternatives):
            missing = min((each - values.keys() for each in alternatives), key=len)
            return _bad("needs", ai=ai, needs=", ".join(sorted(missing)))
    return None


def one_object(elements: Elements) -> Object | Fault:
    """The single object that the elements name; NO_SERIAL (with the GTIN) where they name a kind of object only."""
    values = elements.values
    lot, serial = values.get("10", ""), values.get("21", "")
    if "00" in values:
        return Object(identity.sscc(values["00"]), lot=lot, expiry=elements.expiry)
    if "8006" in values:
        piece, gtin = values["8006"], values["8006"][:14]
        if serial:
            return Object(identity.itip(piece, serial), gtin, serial, lot, elements.expiry)
        return Fault(Reason.NO_SERIAL, {"gtin": gtin})
    gtin = values.get("01", "")
    if gtin and serial:
        return Object(identity.sgtin(gtin, serial), gtin, serial, lot, elements.expiry)
    return Fault(Reason.NO_SERIAL, {"gtin": gtin} if gtin else {})


def place(elements: Elements) -> str:
    """The URI of the place that the elements name, where they name one and no object; "" otherwise."""
    values = elements.values
    if not {"414", "254"} <= values.keys() or values.keys() & set(_KEYS):
        return ""
    return f"{identity.GS1_RESOLVER}/414/{values['414']}/254/{quote(values['254'], safe='')}"


def gtin14(text: str) -> str | Fault | None:
    """A bare GTIN of 8, 12, 13 or 14 digits in its 14-digit form; None where the text is none."""
    if len(text) not in _PRIMARY["01"] or not (text.isascii() and text.isdigit()):
        return None
    return wrong_check_digit(text) or text.zfill(14)
