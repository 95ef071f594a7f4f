"""Master data the station works with, as the server's feed and the import files carry them."""
from __future__ import annotations

from dataclasses import dataclass, field

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
    brand: str = ""                  # whose diversion policy holds for it; "" the site's own
    shelf_life_days: int = 0         # from production to expiry; 0 not known


@dataclass(frozen=True, slots=True)
class Partner:
    """`role` is one of kinds.PartnerRole. A territory is a code such as 5101; what begins with it lies inside."""

    id: str
    gln: str                         # 13 digits
    name: Name
    role: str = "distributor"
    territory: str = ""
    kinds: tuple[str, ...] = ()      # of documents they may be named on; () all that their role may
    min_life_days: int = -1          # what goods must still have when they are shipped there; -1 the site's policy
    check: int = -1                  # of a hundred containers from there how many are opened; -1 the site's policy
    checks: dict[str, int] = field(default_factory=dict)     # the same by product, before `check`
    route: str = ""                  # the tour that serves them, where nothing else is said


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the house with a code of its own. What may stand there: () is anything."""

    id: str                          # the code on the shelf; GLN extension of at most 20 characters
    name: Name
    kind: str = "shelf"              # dock, shelf, picking, quarantine, returns
    statuses: tuple[str, ...] = ()   # dispositions that may stand here
    products: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    active: bool = True


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
