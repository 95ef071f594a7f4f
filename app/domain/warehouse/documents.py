"""Documents of the dock: what should come in or go out, line by line."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` counts units of the product's innermost level. `lot` "" takes any."""

    line: int
    product: str
    quantity: int
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """An object that the sender says is coming: known before it is seen."""

    epc: str
    level: str
    product: str = ""
    lot: str = ""
    expiry: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """`kind` is "receive" or "ship". `references` are (CBV business-transaction word, URI)."""

    id: str
    kind: str
    partner: str
    lines: tuple[Line, ...]
    references: tuple[tuple[str, str], ...] = ()
    announced: tuple[Announced, ...] = ()
    state: str = "open"
