"""Master data the station works with, as the server's feed and the import files carry them."""
from __future__ import annotations

from dataclasses import dataclass

from app.domain.codes.rule import Rule

Name = dict[str, str]    # {"zh_CN": …, "en": …}


@dataclass(frozen=True, slots=True)
class Product:
    """A trade item. `gtins` maps each packaging level that has one to its 14-digit GTIN."""

    id: str
    name: Name
    gtins: dict[str, str]
    plan: str                        # id of the packaging plan in force
    rules: tuple[Rule, ...] = ()     # how this product's own codes look
    issued_only: bool = False        # True: a code that was never issued is refused


@dataclass(frozen=True, slots=True)
class Partner:
    id: str
    gln: str                         # 13 digits
    name: Name
    role: str = "distributor"
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A work order for the packing line."""

    id: str
    product: str
    plan: str
    plan_version: int
    lot: str
    produced: str                    # ISO date
    expiry: str                      # ISO date
    planned: int                     # units of the lowest level
    materials: tuple[str, ...] = ()  # raw-material references (lots, delivery notes)
    qc: tuple[str, ...] = ()         # quality-control references
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Hold:
    """Goods that may not move: one object, a whole lot of a product, or a whole product."""

    id: str
    reason: str
    epc: str = ""
    product: str = ""
    lot: str = ""
    active: bool = True
