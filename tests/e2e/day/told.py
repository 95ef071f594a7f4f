"""What the server's events come to, folded by somebody who knows only EPCIS and what was announced. Pure."""
from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from urllib.parse import unquote

from tests.e2e.day.goods import BOTTLES, GLN, Record, paper, unannounced
from tests.e2e.day.model import Key, Place

Event = dict[str, Any]
PLACING = ("receiving", "shipping", "void_shipping", "repairing", "storing", "stocking")
COUNTS = {"receiving": 1, "shipping": 1, "repairing": 1, "void_shipping": -1, "destroying": 1, "decommissioning": 1}
BY_GLN = {gln: name for name, gln in GLN.items()}


class Told:
    """One station's goods by the events that the server has of it, in the order in which it stored them."""

    def __init__(self, events: list[Event], documents: dict[str, Record]) -> None:
        self.announced = {name: {each["epc"]: each for each in data["announced"]} for name, data in documents.items()}
        self.about: dict[str, Record] = {}
        self.here: dict[str, Place] = {}
        self.parent: dict[str, str] = {}
        self.children: defaultdict[str, list[str]] = defaultdict(list)
        self.boxes: set[str] = set()                             # what held something when it came
        self.done: Counter[tuple[str, ...]] = Counter()          # units by the documents of an event
        wrong = {event["eventID"] for event in events if "errorDeclaration" in event}
        for event in events:
            if event["eventID"] not in wrong:
                self._follow(event)

    def _follow(self, event: Event) -> None:
        step, delete = event["bizStep"], event["action"] == "DELETE"
        if event["type"] == "AggregationEvent":
            assert delete, event
            if event.get("ocs:reason") == "MISSING":         # a check: they never came
                self._never_came(event)
                return
            for each in event["childEPCs"]:
                assert self.parent.pop(each) == event["parentID"], event
                top = self.here[self.top(event["parentID"])]
                self.children[event["parentID"]].remove(each)
                self.here[each] = Place(top.status, top.location, top.partner)
            return
        papers = self._papers(event)
        for each in event["epcList"]:
            if delete:
                self.done[papers] += self._units(each) if not self.children[each] else 0
                assert each not in self.parent, (each, "ends inside", self.parent.get(each), event)
                del self.here[each]
            elif step in PLACING:
                if step == "receiving" and each not in self.here and each not in self.parent:
                    self._arrive(each, papers[0])
                assert each not in self.parent, (each, "moves by itself inside", self.parent.get(each), event)
                self.done[papers] += COUNTS.get(step, 0) * self._units(each) if papers else 0
                away = step == "shipping"
                self.here[each] = Place("in_transit", "", self._receiver(event)) if away else \
                    Place(event["disposition"], event["bizLocation"]["id"])

    def _never_came(self, event: Event) -> None:
        for each in event["childEPCs"]:
            self.done[self._papers(event)] -= self._units(each)
            assert self.parent.pop(each) == event["parentID"], event
            self.children[event["parentID"]].remove(each)
            self._forget(each)

    def _forget(self, epc: str) -> None:
        for child in self.children.pop(epc, []):
            del self.parent[child]
            self._forget(child)

    def _papers(self, event: Event) -> tuple[str, ...]:
        if several := event.get("ocs:documents"):
            return tuple(paper(unquote(each)) for each in several.split(" "))
        return (paper(event["ocs:document"]),) if "ocs:document" in event else ()

    def _receiver(self, event: Event) -> str:
        told = {each["type"].rpartition(":")[2].rpartition("-")[2]: each["destination"]
                for each in event["destinationList"]}
        return BY_GLN[str(told.get("owning_party") or told["location"])[-13:]]

    def _arrive(self, epc: str, document: str) -> None:
        every = self.announced[document]
        self.about[epc] = every.get(epc) or unannounced(epc)
        for child, told in every.items():
            if told.get("parent") == epc:
                self.parent[child] = epc
                self.children[epc].append(child)
                self.boxes.add(epc)
                self._arrive(child, document)

    def top(self, epc: str) -> str:
        while epc in self.parent:
            epc = self.parent[epc]
        return epc

    def _units(self, epc: str) -> int:
        if held := self.children[epc]:
            return sum(map(self._units, held))
        if epc in self.boxes:                    # what was in it is out of it
            return 0
        return {"bottle": 1, "case": BOTTLES}.get(self.about[epc]["level"], 0)

    def stock(self) -> Counter[Key]:
        found: Counter[Key] = Counter()
        for outer, place in self.here.items():
            inside = [outer]
            while inside:
                each = inside.pop()
                inside += self.children[each]
                if not self.children[each] and (units := self._units(each)):
                    about = self.about[each]
                    found[about["product"], about["lot"], about["expiry"], place.status, place.location,
                          place.partner] += units
        return found
