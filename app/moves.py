"""What the screens show of moves inside the house and of spot-checks; frozen, made by the station after each commit."""
from __future__ import annotations

from dataclasses import dataclass

from app.domain.products import Name


@dataclass(frozen=True, slots=True)
class LineView:
    line: int
    product: str
    lot: str
    wanted: int
    done: int
    document: str = ""           # where lines of several documents are shown together


@dataclass(frozen=True, slots=True)
class MovedView:
    """Goods that were moved, or wait for their shelf."""

    epc: str
    level: str
    product: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True)
class MovingView:
    """Moves inside the house. Shelves are codes, "" none. `lines`: of the document that is picked for."""

    shelf: str
    shelf_name: Name
    shelf_kind: str
    document: str
    waiting: tuple[MovedView, ...]           # the last of them; `waits` is how many
    waits: int
    lines: tuple[LineView, ...] = ()
    last: MovedView | None = None
    last_to: str = ""
    last_from: str = ""
    done: int = 0                            # objects moved since the page was opened


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One object of an open container. `finding` "" it was not seen yet; else a word of checking.py."""

    epc: str
    finding: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """A container whose contents are seen one by one: what should be in it first, then what was found besides."""

    epc: str
    level: str
    product: str
    document: str
    expected: int
    lines: tuple[CheckLine, ...]
    last: str = ""               # what was scanned last
    hand: bool = False           # somebody asked for it, not the policy
    asked: bool = False          # it differs and CHECKED was given once


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A spot-check for a list. `finding` "" it is still open; `differences` are (EPC, a word of checking.py or
    "missing"). `at` is an ISO time, `by` who saw it; "" while it is open."""

    number: int
    document: str
    epc: str
    level: str
    finding: str
    expected: int
    seen: int
    hand: bool
    at: str
    by: str
    differences: tuple[tuple[str, str], ...] = ()

    def count(self, finding: str) -> int:
        return sum(word == finding for _, word in self.differences)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Goods that somebody still has to see to. `kind` is "provisional" (taken in, and the server has not answered, or
    does not know them), "diversion" (held) or "check" (a container that differed, or is still open).

    `word` says more: an answer ("" or "unknown"), a diversion finding, how a check ended ("" still open). `number` is
    of the evidence or the check, `at` the ISO time of the last event, `by` who brought that about.
    """

    kind: str
    epc: str
    level: str
    word: str
    document: str
    number: str = ""
    at: str = ""
    by: str = ""
    differs: int = 0             # objects of a check that differ
