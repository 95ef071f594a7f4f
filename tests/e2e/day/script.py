"""What somebody scans for one document and what the station has to say to it. Pure."""
from __future__ import annotations

from dataclasses import dataclass, field

from tests.e2e.day.goods import Item

IN = ("received", "line_done", "document_done")
OUT = ("shipped", "left_stock", "line_done", "document_done")
KILL = "kill"                # instead of a scan: the station dies and starts again


@dataclass(frozen=True, slots=True)
class Step:
    """`text` is what the scanner sends; `event` names an object whose last receipt's eventID goes into it."""

    text: str
    reasons: tuple[str, ...]
    event: str = ""


@dataclass(slots=True)
class Play:
    """One document (or two on a truck) at one station, from the first scan to the last."""

    station: str
    documents: tuple[str, ...]
    kind: str
    trouble: str = ""
    steps: list[Step] = field(default_factory=list)

    def do(self, command: str, *reasons: str, event: str = "") -> None:
        self.steps.append(Step(f"%ST:{command}", reasons or ("command_taken",), event))

    def scan(self, item: Item, *reasons: str) -> None:
        self.steps.append(Step(item.code, reasons))

    def die(self) -> None:
        self.steps.append(Step(KILL, ()))

    def open(self, document: str) -> None:
        self.do(f"DOCUMENT:{document}", "command_taken", "document_opened")

    def close(self, short: str = "") -> None:
        if short:
            self.do("DONE", "reason_needed")
        self.do(f"DONE:{short}" if short else "DONE", "document_closed")
