"""What a count finds that is not as recorded: the words for it, and what the store tells of it. Data only."""
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.facts import Content, Known


class Finding(StrEnum):
    """How an object that was seen, or was not, differs from its record."""

    MISSING = "missing"          # recorded here, not seen
    UNKNOWN = "unknown"          # no record at all
    AWAY = "away"                # shipped, or announced and never received
    ENDED = "ended"              # its life had ended: written off, scrapped, destroyed
    ELSEWHERE = "elsewhere"      # recorded at another site
    MISPLACED = "misplaced"      # recorded elsewhere in the house
    ASTRAY = "astray"            # not with the container that it is recorded in


EXTRA = frozenset({Finding.UNKNOWN, Finding.AWAY, Finding.ENDED, Finding.ELSEWHERE})
WRONG_PLACE = frozenset({Finding.MISPLACED, Finding.ASTRAY})
ANSWERED = "answered"            # a finding that an adjustment has dealt with


@dataclass(frozen=True, slots=True)
class Difference:
    """One object of a difference: outermost of what differs alike. `location` is where it was seen, of a missing one
    where it should be. `inside` has the children of each container in it. Of an unknown one only its code tells."""

    epc: str
    finding: str
    location: str
    known: Known | None = None
    parent: Known | None = None
    contents: tuple[Content, ...] = ()
    inside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    level: str = ""
    product: str = ""
    lot: str = ""
    expiry: str = ""

    @property
    def units(self) -> int:
        return sum(each.units for each in self.contents)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a count stands: units right, missing, extra and in the wrong place; how many objects differ, and which
    (`rows` only where somebody asked for them)."""

    right: int = 0
    missing: int = 0
    extra: int = 0
    misplaced: int = 0
    objects: int = 0
    rows: tuple[Difference, ...] = ()
