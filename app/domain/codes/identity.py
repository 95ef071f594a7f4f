"""What a code turned out to be: an identity, a level and a role; or a refusal with its reason."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from app.domain.reasons import Reason

GS1_RESOLVER = "https://id.gs1.org"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one object. The object's identity is `epc`; a code is never the object itself.

    `level` is the packaging level ("bottle", "case", "pallet", ...; free words of the packaging plan), "" where
    neither the code nor the catalogue tells. `role` says where on the object it sits ("label", "outer_cap", ...).
    `product` is the catalogue's product id, "" where the code does not tell (an SSCC).
    """

    raw: bytes
    aim: str          # AIM symbology identifier, such as "]d2"; "" where the device sends none
    epc: str          # URI: GS1 Digital Link in canonical form, the brand's URL, or what the rule's template gives
    rule: str
    level: str = ""
    role: str = "label"
    product: str = ""
    gtin: str = ""    # 14 digits
    serial: str = ""
    lot: str = ""
    expiry: date | None = None
    alias: str = ""   # URI of the code that was read, where the object is known by another of its codes (a peer)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reading that is no code of ours: why, and what was expected."""

    raw: bytes
    aim: str
    reason: Reason
    data: dict[str, str | int] = field(default_factory=dict)


def sgtin(gtin14: str, serial: str) -> str:
    """Canonical Digital Link of a serialised trade item; the serial is percent-encoded."""
    return f"{GS1_RESOLVER}/01/{gtin14}/21/{quote(serial, safe='')}"


def itip(digits18: str, serial: str) -> str:
    """Canonical Digital Link of one piece of a serialised trade item: GTIN, number of the piece, pieces in all."""
    return f"{GS1_RESOLVER}/8006/{digits18}/21/{quote(serial, safe='')}"


def sscc(digits18: str) -> str:
    """Canonical Digital Link of a logistic unit."""
    return f"{GS1_RESOLVER}/00/{digits18}"


@dataclass(frozen=True, slots=True)
class CommandCode:
    """A command barcode: one of `commands.INSTRUCTIONS` with its argument ("" where there is none)."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class BadgeCode:
    """A badge in its prefix form `%ST:BADGE:<text>`; it names a person and grants nothing."""

    text: str


Meaning = Code | Refusal | CommandCode | BadgeCode
