"""A small line that writes events as a station does: for tests of the training server."""
from __future__ import annotations

import copy
import json
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

Event = dict[str, Any]
EXAMPLES = Path(__file__).parents[2] / "data" / "events"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
           {"ocs": "https://ns.onecode-station.example/1.0/"}]
SITE = "https://id.gs1.org/414/6901234000009"


def example(name: str) -> Event:
    """An example document; equal to none that another test changes."""
    return copy.deepcopy(json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")))


def document(*events: Event) -> Event:
    return {"@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2027-11-30T00:20:00.000Z", "epcisBody": {"eventList": list(events)}}


def uuid7(number: int) -> str:
    """Equal numbers give equal ids."""
    base = UUID("01a9817f-b4b8-7000-8000-000000000000").int
    return f"urn:uuid:{UUID(int=base + (number >> 48 << 64) + (number & (1 << 48) - 1))}"


class Line:
    """Numbers its events and objects on from `start`, so that two lines never share one."""

    def __init__(self, start: int = 0, station: str = "LINE-1") -> None:
        self.station = station
        self._numbers = count(start * 1_000_000 + 1)

    def epcs(self, level: str, many: int = 1) -> list[str]:
        return [f"https://q.brand.example/{level}/{next(self._numbers):015d}" for _ in range(many)]

    def commission(self, epcs: list[str], **fields: Any) -> Event:
        return self._event("ObjectEvent", "ADD", "commissioning", "active", epcList=epcs, **fields)

    def pack(self, parent: str, children: list[str], **fields: Any) -> Event:
        return self._event("AggregationEvent", "ADD", "packing", "in_progress", parentID=parent, childEPCs=children,
                           **fields)

    def unpack(self, parent: str, children: list[str] | None = None, **fields: Any) -> Event:
        listed = {"childEPCs": children} if children else {}
        return self._event("AggregationEvent", "DELETE", "unpacking", "in_progress", parentID=parent, **listed,
                           **fields)

    def tie(self, identity: str, peers: list[str], **fields: Any) -> Event:
        return self._event("AssociationEvent", "ADD", "assembling", "in_progress", parentID=identity, childEPCs=peers,
                           **fields)

    def observe(self, step: str, disposition: str, epcs: list[str], **fields: Any) -> Event:
        return self._event("ObjectEvent", "OBSERVE", step, disposition, epcList=epcs, **fields)

    def destroy(self, epcs: list[str], **fields: Any) -> Event:
        return self._event("ObjectEvent", "DELETE", "destroying", "destroyed", epcList=epcs, **fields)

    def case(self, many: int = 3) -> tuple[str, list[str], list[Event]]:
        """A packed case: its label, its bottles, and the three events that made it."""
        bottles, label = self.epcs("b", many), self.epcs("c")[0]
        return label, bottles, [self.commission(bottles), self.commission([label]), self.pack(label, bottles)]

    def _event(self, kind: str, action: str, step: str, disposition: str, **fields: Any) -> Event:
        number = next(self._numbers)
        return {
            "type": kind, "eventID": uuid7(number), "eventTime": "2027-11-30T00:15:32.123Z",
            "eventTimeZoneOffset": "+08:00", "action": action, "bizStep": step, "disposition": disposition,
            "readPoint": {"id": f"{SITE}/254/{self.station}"}, "ocs:station": self.station,
            "ocs:operator": "op-lina", "ocs:epoch": 1, "ocs:seq": number, **fields,
        }


def wrong(event: Event, *instead: str) -> Event:
    """The error declaration of an event."""
    declared: Event = {"declarationTime": "2027-11-30T00:30:00.000Z",
                       "reason": "incorrect_data" if instead else "did_not_occur"}
    return {**event, "errorDeclaration": {**declared, "correctiveEventIDs": list(instead)} if instead else declared}
