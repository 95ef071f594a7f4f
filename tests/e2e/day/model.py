"""Where all goods of one station are and what its documents have, told by the script alone. Knows nothing of the
program: the other side of every comparison.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.day.goods import BOTTLES, SITE_URI, Item

Key = tuple[str, str, str, str, str, str]      # product, lot, expiry, status, place, partner
SALEABLE = ("in_progress", "sellable_not_accessible")


@dataclass(slots=True)
class Place:
    status: str
    location: str
    partner: str = ""


class Model:
    """`items` are all objects there are; those in `here` are outermost and known to be somewhere."""

    def __init__(self, station: str, items: dict[str, Item]) -> None:
        self.station, self.items, self.site = station, items, SITE_URI[station]
        self.here: dict[str, Place] = {}
        self.parent: dict[str, str] = {}
        self.children: dict[str, list[str]] = {}
        self.ended: dict[str, str] = {}
        self.done: Counter[tuple[str, int]] = Counter()        # (document, line) → units
        self.held: set[str] = set()            # by the server
        self.diverted: set[str] = set()        # stopped and held here
        self.answers: dict[str, str] = {}      # of what was taken in provisionally: what the server says in the end

    def know(self, epc: str, children: list[str]) -> None:
        """What an announced object holds."""
        self.children[epc] = list(children)
        for child in children:
            self.parent[child] = epc

    def inside(self, epc: str) -> list[str]:
        return self.children.get(epc, [])

    def tree(self, epc: str) -> Iterator[str]:
        yield epc
        for child in self.inside(epc):
            yield from self.tree(child)

    def units(self, epc: str) -> int:
        if held := self.inside(epc):
            return sum(map(self.units, held))
        return {"bottle": 1, "case": BOTTLES, "pallet": 0}[self.items[epc].level]

    # --- what happens -----------------------------------------------------------------------------------------------
    def stand(self, epc: str, status: str, place: str = "") -> None:
        """An outermost object is in the house (on a shelf) from now on."""
        assert epc not in self.parent, epc
        self.here[epc] = Place(status, place or self.site)

    def leave(self, epc: str, partner: str) -> None:
        assert epc not in self.parent and self.here[epc].location, epc
        self.here[epc] = Place("in_transit", "", partner)

    def forget(self, epc: str) -> None:
        """It never came: announced as before."""
        del self.here[epc]

    def take_out(self, epc: str) -> None:
        """Out of its parent, which stays where it is."""
        parent = self.parent.pop(epc)
        self.children[parent].remove(epc)
        top = self.here[self.top(parent)]
        self.here[epc] = Place(top.status, top.location, top.partner)

    def missing(self, epc: str) -> None:
        """It was not in the container that it was told to be in, and never came."""
        self.children[self.parent.pop(epc)].remove(epc)

    def end(self, epc: str, fate: str) -> None:
        for each in list(self.tree(epc)):
            self.ended[each] = fate
            for child in self.children.pop(each, []):
                self.parent.pop(child)
        del self.here[epc]

    def top(self, epc: str) -> str:
        while epc in self.parent:
            epc = self.parent[epc]
        return epc

    # --- what is asked ----------------------------------------------------------------------------------------------
    def stock(self) -> Counter[Key]:
        found: Counter[Key] = Counter()
        for outer, place in self.here.items():
            for each in self.tree(outer):
                if not self.inside(each) and (units := self.units(each)):
                    about = self.items[each]
                    found[about.product, about.lot, about.expiry, place.status, place.location, place.partner] += units
        return found

    def saleable(self) -> list[str]:
        """Outermost objects that may leave, in the order in which they came."""
        return [epc for epc, place in self.here.items()
                if place.status in SALEABLE and place.location and epc not in self.held and self.units(epc)]

    def of_status(self, status: str) -> list[str]:
        return [epc for epc, place in self.here.items() if place.status == status and epc not in self.diverted]
