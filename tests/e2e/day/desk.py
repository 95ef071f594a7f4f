"""What the planners of goods in, out and inside share: the day's goods, models, records and plays so far. Pure."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

from tests.e2e.day.goods import LOTS, PRODUCTS, SITE_URI, STATIONS, Item, Record, item
from tests.e2e.day.model import Model
from tests.e2e.day.script import Play

PHASES = ("morning", "night of the network", "afternoon")
MORNING, DARK, AFTERNOON = range(3)


class Desk:
    """The plan as it grows. `records` are what the feed brings before the morning and before the afternoon; `carried`
    the goods on their way between the sites, by the station they go to."""

    def __init__(self, seed: int, today: date) -> None:
        self.chance, self.today = Random(seed), today
        self.items: dict[str, Item] = {}
        self.models = {station: Model(station, self.items) for station in STATIONS}
        self.records: tuple[list[Record], list[Record]] = ([], [])
        self.plays: list[dict[str, list[Play]]] = [{station: [] for station in STATIONS} for _ in PHASES]
        self.kinds: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self.carried: dict[str, list[list[str]]] = {station: [] for station in STATIONS}
        self.phase = MORNING
        self.documents: dict[str, Record] = {}
        self.shelves = self.inspections = 0
        self.listed: list[tuple[str, str, str]] = []         # the signed list: code, dealer, territory
        self.known_elsewhere: list[str] = []                 # what others told the server of, and nobody us
        self._numbers = 0

    # --- papers -----------------------------------------------------------------------------------------------------
    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def paper(self, record: Record, late: bool = False) -> None:
        """A document of the feed; `late` comes before the afternoon only."""
        self.records[int(late)].append(record)
        self.documents[record["id"]] = record["data"]
        self.kinds[record["data"]["kind"]] += 1

    def play(self, station: str, kind: str, trouble: str, *documents: str) -> Play:
        made = Play(station, documents, kind, trouble)
        self.plays[self.phase][station].append(made)
        if trouble:
            self.troubles[trouble] += 1
        return made

    # --- goods ------------------------------------------------------------------------------------------------------
    def load(self, station: str, product: str, lot: str, level: str = "", bottles: bool | None = None) -> str:
        """A new pallet or case as a sender announces it; not here yet."""
        model = self.models[station]
        level = level or self.chance.choice(("pallet", "pallet", "pallet", "case"))
        listed = self.chance.random() < 0.4 if bottles is None else bottles

        def made(level: str, parent: str = "") -> str:
            each = item(level, self.number(), product, lot, self.today, parent)
            self.items[each.epc] = each
            inner = {"pallet": self.chance.randint(2, 3), "case": 4 * int(listed), "bottle": 0}[level]
            below = "case" if level == "pallet" else "bottle"
            if inner:
                model.know(each.epc, [made(below, each.epc) for _ in range(inner)])
            return each.epc
        return made(level)

    def announced(self, model: Model, outers: list[str]) -> list[Record]:
        every = [each for outer in outers for each in model.tree(outer)]
        return [self.items[each].announced(model.parent.get(each, "")) for each in every]

    def lines(self, model: Model, epcs: list[str]) -> tuple[list[Record], dict[str, int]]:
        """(lines of a document over these goods, product → line)."""
        units: Counter[str] = Counter()
        for epc in epcs:
            units[self.items[epc].product] += model.units(epc)
        numbers = {product: place for place, product in enumerate(units, 1)}
        return [{"line": numbers[each], "product": each, "quantity": units[each], "lot": ""} for each in units], numbers

    def case(self, product: str) -> Item:
        """A case that nobody tells the station of."""
        return replace(item("case", self.number(), product, "L1", self.today), lot="", expiry="")

    def any_product(self) -> str:
        return self.chance.choice(PRODUCTS)

    def any_lot(self) -> str:
        return self.chance.choice(tuple(LOTS))

    def pick(self, station: str, count: int, least_days: int = 0, level: str = "") -> list[str]:
        """Outermost goods of this house that may leave; fewer where there are not so many."""
        found = [epc for epc in self.models[station].saleable()
                 if LOTS[self.items[epc].lot] >= least_days and level in ("", self.items[epc].level)]
        return self.chance.sample(found, min(count, len(found)))

    def place(self, station: str, shelf: str) -> str:
        return f"{SITE_URI[station]}/254/{shelf}"
