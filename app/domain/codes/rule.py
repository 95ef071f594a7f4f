"""One row of the rule table: data, never code."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """How a family of codes looks and what it means.

    `kind`: "gs1" (element strings), "digital-link", "url" (a brand's own URL) or "digits" (plain text by pattern).
    `pattern` (url, digits) is a regular expression over the whole text; its named groups may be `level`, `serial`,
    `check`, `product`, `gtin`, `lot`. `check` names the check-character scheme of group `check` over `checked`, the
    groups joined in order. `levels` maps what group `level` holds to a packaging level; `level` is used where
    there is no such group. `epc` is a template over the groups ("" takes the text itself, for URLs).
    `unmarked` (gs1) also reads element strings of a device that sends neither AIM identifiers nor FNC1: only
    (00), or (01) with (21), whole, with right check digits. Off, because plain digits can look like that by chance.
    """

    name: str
    kind: str
    pattern: str = ""
    level: str = ""
    levels: dict[str, str] | None = None
    role: str = "label"
    product: str = ""
    check: str = ""                  # "", "mod10", "mod37-36", "luhn"
    checked: tuple[str, ...] = ("serial",)
    epc: str = ""
    symbologies: tuple[str, ...] = ()   # AIM identifiers this row is for, such as "]Q"; empty: any
    unmarked: bool = False
