"""Documents of the dock: what should come in, go out or be counted, line by line. Data only."""
from __future__ import annotations

from dataclasses import dataclass

from app.domain.warehouse.kinds import BY_NAME, Kind


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
class Announcement:
    """One part of what a document announces: a long list comes in several records. Parents before what is in them."""

    id: str
    document: str
    announced: tuple[Announced, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """What one station may do of a line while several work on one document, each perhaps without a network."""

    station: str
    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Document:
    """`kind` is one of kinds.BY_NAME. `references` are (CBV business-transaction word, URI). Lines without a
    quantity, or none: free work, all that is scanned belongs to it. `announced` is empty where the document comes from
    the store (its table has them; `announces` says that there are some). `quotas` empty: all stations may do all of it.

    `partner` "" where the kind wants none. `route` and `territory` go with what is shipped; a territory "" is the
    partner's own. `check` is how many of a hundred containers are to be opened and counted, -1 what the policy says.
    `scope` is the location (URI prefix) that a count is about; `blind`: the counter is not shown what should be there.
    """

    id: str
    kind: str
    partner: str = ""
    lines: tuple[Line, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    announced: tuple[Announced, ...] = ()
    state: str = "open"
    reason: str = ""
    quotas: tuple[Quota, ...] = ()
    route: str = ""
    territory: str = ""
    check: int = -1
    scope: str = ""
    blind: bool = False
    announces: bool = False

    @property
    def does(self) -> Kind:
        return BY_NAME[self.kind]

    @property
    def free(self) -> bool:
        return not any(line.quantity for line in self.lines)

    def share(self, station: str, line: Line) -> int:
        """How much of a line this station may do."""
        if not self.quotas:
            return line.quantity
        return sum(each.quantity for each in self.quotas if (each.station, each.line) == (station, line.line))
