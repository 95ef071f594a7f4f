"""Any sequence of packing, rework, receipts, shipments, moves, returns and kills: the stock is the sum of the events.

The model below knows nothing of the store's tables: it reads each event as somebody outside would and keeps where every
object is. After each message the stock must be its sum, and no object may be in two places; at the end the strict
server takes every event and has the same trees.
"""
from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.events import Action, Event, Type
from app.domain.warehouse.policy import Policy
from app.store import objects, stock
from app.store.stock_view import ALL, StockView
from tests.blackbox.goods import BADGES, MASTER
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift

QUICK = Path("/dev/shm")        # a disk of memory where there is one: thousands of fsyncs, none of them the point here
FOREIGN = ("p900", "p900", "c900", "c901", "c910", "c911", "jc912")
WHICH = st.integers(0, 1_000_000)            # of the codes there are by then
REWORK = st.sampled_from([
    "UNPACK:WRONG", "UNPACK:WRONG", "REMOVE:DAMAGE", "SWAP:DAMAGE", "SCRAP:DAMAGE", "DESTROY:DAMAGE", "SAMPLE:QC",
    "HOLD:QC", "RELEASE:CHECKED", "CONTINUE:REST-CAME", "RELABEL:DAMAGE", "VOID:MISTAKE", "VOID:MISTAKE", "UNDO",
    "UNDO", "CLOSE:TAIL", "CLOSE-PALLET:DAMAGE", "CANCEL", "DONE:SHORTAGE"])
PAPERS = st.sampled_from([
    "DOCUMENT:IN1", "DOCUMENT:IN1", "DOCUMENT:OUT1", "DOCUMENT:OUT 2/乙", "NEW-DOCUMENT:sales_out:DC7",
    "NEW-DOCUMENT:sales_out:DC7", "NEW-DOCUMENT:return_in:DC7:DAMAGE", "NEW-DOCUMENT:return_in:DC7:DAMAGE",
    "NEW-DOCUMENT:scrap_out::DAMAGE", "NEW-DOCUMENT:sample_out::QC", "NEW-DOCUMENT:rework_out::LABEL",
    "NEW-DOCUMENT:loss::COUNTED", "NEW-DOCUMENT:return_out:BRAND:QUALITY"])
BETWEEN = ("UNPACK:WRONG", "RELABEL:DAMAGE", "CONTINUE:REST-CAME", "SWAP:DAMAGE", "HOLD:QC")
PLACING = {"receiving", "shipping", "void_shipping", "repairing", "storing", "stocking", "picking", "stock_taking"}
SHELVING = {"storing", "stocking"}
PARTNERS = {"6901234000016": "DC7", "6901234000030": "BRAND"}
ANNOUNCED = {each["epc"]: each for kind, name, data in MASTER if name == "IN1" for each in data["announced"]}


@dataclass(frozen=True)
class Thing:
    product: str
    lot: str
    expiry: str
    units: int               # that it stands for while nothing is in it
    status: str = ""
    location: str = ""
    partner: str = ""


class Model:
    """Where everything is, from the events alone (and from what was announced, for goods that come in)."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self._forget()

    def _forget(self) -> None:
        self.things: dict[str, Thing] = {}
        self.parent: dict[str, str] = {}
        self.coming = {each: told["parent"] for each, told in ANNOUNCED.items() if told.get("parent")}

    def follow(self, event: Event) -> None:
        """One more event; one that is declared to be in error never was."""
        if event.declaration is None:
            self.told.append(event)
            self._add(event)
            return
        self.told = [each for each in self.told if each.stamp.event_id != event.stamp.event_id]
        self._forget()
        for each in self.told:
            self._add(each)

    def _add(self, event: Event) -> None:
        act, stamp = event.act, event.stamp
        extra, ilmd = dict(act.extra), dict(act.ilmd)
        match act.type, act.action:
            case Type.OBJECT, Action.ADD:
                for each in act.epcs:
                    self.things[each] = Thing(str(extra["product"]), ilmd.get("lotNumber", ""),
                                              ilmd.get("itemExpirationDate", ""), int(extra["level"] == "bottle"),
                                              act.disposition, stamp.location)
                    self.coming = {child: parent for child, parent in self.coming.items()
                                   if each not in (child, parent)}
            case Type.OBJECT, Action.DELETE:
                for each in act.epcs:
                    del self.things[each]
                    self.parent.pop(each, None)
            case Type.OBJECT, Action.OBSERVE if act.biz_step in PLACING:
                for each in act.epcs:
                    self.arrive(each)
                    assert each not in self.parent, f"{each} moves by itself and is inside {self.parent[each]}"
                    away = act.biz_step == "shipping"
                    owner = dict(act.destinations).get("owning_party", "")[-13:]
                    was = self.things[each].status
                    # What may not be sold stays so on a shelf, whatever hold or date the shelf's event tells of.
                    kept = act.biz_step in SHELVING and act.disposition not in ("sellable_not_accessible", was)
                    now = "in_transit" if away else was if kept else act.disposition
                    self.things[each] = replace(
                        self.things[each], status=now, partner=PARTNERS[owner] if away else "",
                        location="" if away else act.location or stamp.location)
            case Type.AGGREGATION, Action.ADD:
                self.things[act.parent] = replace(self.things[act.parent], status=act.disposition, units=0)
                for each in act.epcs:
                    assert each not in self.parent, f"{each} is in {self.parent[each]} already"
                    self.parent[each] = act.parent
            case Type.AGGREGATION, Action.DELETE:
                if act.parent not in self.things:        # of goods on their way: the one arrives without the other
                    for each in act.epcs:
                        del self.coming[each]
                        self.arrive(each)
                    return
                top = self.things[self.top(act.parent)]
                for each in act.epcs or [child for child, above in self.parent.items() if above == act.parent]:
                    assert self.parent.pop(each) == act.parent
                    self.things[each] = replace(self.things[each], status=top.status, location=top.location,
                                                partner=top.partner)

    def arrive(self, each: str) -> None:
        """Announced goods come in with all that was announced inside them."""
        if each in self.things or each not in ANNOUNCED:
            return
        told = ANNOUNCED[each]
        inside = [child for child, parent in self.coming.items() if parent == each]
        self.things[each] = Thing(told.get("product", ""), told.get("lot", ""), told.get("expiry", ""),
                                  4 if told["level"] == "case" and not inside else 0)
        for child in inside:
            if child not in self.things:
                self.arrive(child)
                self.parent[child] = each

    def top(self, each: str) -> str:
        seen = {each}
        while each in self.parent:
            each = self.parent[each]
            assert each not in seen, f"{each} is inside itself"
            seen.add(each)
        return each

    def stock(self) -> Counter[tuple[str, ...]]:
        found: Counter[tuple[str, ...]] = Counter()
        holding = set(self.parent.values())
        for each, thing in self.things.items():
            if each not in holding and thing.units:
                top = self.things[self.top(each)]
                found[thing.product, thing.lot, thing.expiry, top.status, top.location, top.partner] += thing.units
        return found


class AnyStock(RuleBasedStateMachine):
    folder: Path | None = None
    shift: Shift

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="any-stock-", dir=QUICK if QUICK.is_dir() else None))
        self.shift = Shift(self.folder)
        self.shift.place = replace(self.shift.place, policy=Policy())
        self.shift.put(("partner", "BRAND", {"gln": "6901234000030", "name": {"en": "Brand"}, "role": "brand"}))
        self.shift.restart()
        self.model, self.seen = Model(), 0
        self.cases = self.pallets = 0
        self.sign_in("wang")

    def sign_in(self, who: str) -> None:
        self.shift.scan(f"%ST:BADGE:{BADGES[who]}", "%ST:CONFIRM", f"%ST:BADGE:{BADGES[who]}")

    def name(self, which: int) -> str:
        """One of the codes there are: outer ones and the goods that are announced as often as bottles."""
        outer = [f"p{n + 1}" for n in range(self.pallets)] + [f"c{n + 1}" for n in range(self.cases)]
        bottles = [f"m{n + 1}" for n in range(4 * self.cases)]
        groups = [each for each in (outer, outer, FOREIGN, bottles) if each]
        group = groups[which % len(groups)]
        return group[which // 4 % len(group)]

    @rule(order=st.sampled_from(["WO1", "WO2", "FLAT1"]), cases=st.integers(1, 4), again=st.booleans())
    def pack(self, order: str, cases: int, again: bool = False) -> None:
        self.shift.scan(f"%ST:ORDER:{order}")
        for _ in range(cases):
            bottles = [f"m{4 * self.cases + n}" for n in range(1, 5)]
            self.cases += 1
            self.shift.frame(*bottles, f"c{self.cases}")
            if self.cases % 2 == 0 and order != "FLAT1":
                self.pallets += 1
                self.shift.scan(f"p{self.pallets}")
        if again:
            self.shift.frame(*bottles, f"c{self.cases}")

    @rule(command=PAPERS, names=st.lists(WHICH, min_size=1, max_size=4), agree=st.booleans())
    def move(self, command: str, names: list[int], agree: bool) -> None:
        self.dock(command, [self.name(which) for which in names], agree)

    def dock(self, command: str, names: list[str], agree: bool = True) -> None:
        self.shift.scan(f"%ST:{command}")
        for name in names:
            self.shift.scan(name)
            if agree and self.shift.station.state.session.awaiting.question:
                self.shift.scan("%ST:CONFIRM")

    @rule(command=REWORK, name=WHICH, new=WHICH, second=st.booleans())
    def rework(self, command: str, name: int, new: int, second: bool) -> None:
        self.sign_in("lina" if second else "wang")
        self.shift.scan(f"%ST:{command}")
        if self.shift.station.state.session.armed.act:
            self.shift.scan(self.name(name))
            if second:
                self.shift.scan(f"%ST:BADGE:{BADGES['wang']}")
            if self.shift.station.state.session.armed.subject:
                self.shift.scan(self.name(new))
        self.sign_in("wang")

    @rule(names=st.lists(WHICH, min_size=1, max_size=3), shelf=st.sampled_from(["A-01", "B-02"]),
          first=st.booleans(), undone=st.integers(0, 3), between=st.sampled_from(["", "", "", *BETWEEN]))
    def shelve(self, names: list[int], shelf: str, first: bool, undone: int, between: str = "") -> None:
        self.dock("MOVE", [*([f"%ST:AT:{shelf}"] if first else []), *map(self.name, names)])
        self.shift.scan(*([] if undone == 3 else [f"%ST:AT:{shelf}"]))       # what still waits is taken back, too
        if between:
            self.rework(between, names[0] + 4, names[-1] + 2, second=False)
        self.shift.scan(*["%ST:UNDO"] * undone)

    @rule(names=st.lists(WHICH, min_size=1, max_size=3), document=st.sampled_from(["OUT1", "OUT 2/乙"]),
          undone=st.integers(0, 2))
    def pick(self, names: list[int], document: str, undone: int) -> None:
        self.dock(f"PICK:{document}", [self.name(which) for which in names])
        self.shift.scan(*["%ST:UNDO"] * undone)

    @rule(which=WHICH)
    def scan(self, which: int) -> None:
        self.shift.scan(self.name(which))

    @rule()
    def kill(self) -> None:
        self.shift.kill()

    @rule(which=WHICH)
    def die_before_the_commit(self, which: int) -> None:
        self.shift.play(f"cut scan {self.name(which)}")

    @invariant()
    def the_stock_is_the_sum_of_the_events(self) -> None:
        if self.folder is None:
            return
        fresh = self.shift.events(self.seen)
        self.seen += len(fresh)
        for event in fresh:
            self.model.follow(event)
        connection = self.shift.store.connection
        assert not list(stock.differences(connection))
        told = Counter({tuple(row[:6]): row[6] for row in StockView(connection, "en", date(2027, 11, 30)).details(ALL)})
        assert told == self.model.stock(), (told - self.model.stock(), self.model.stock() - told)
        known = objects.known(connection, self.model.things)
        for each, thing in self.model.things.items():
            top = self.model.things[self.model.top(each)]
            assert (known[each].root, known[each].status, known[each].location, known[each].partner) == (
                self.model.top(each), top.status, top.location, top.partner), (each, thing, known[each])

    def teardown(self) -> None:
        if self.folder is None:
            return
        try:
            (self.folder / "server").mkdir()
            same_goods(self.shift, self.folder / "server")
            self.shift.end()
        finally:
            shutil.rmtree(self.folder)


AnyStock.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None, derandomize=True,
                                      suppress_health_check=[HealthCheck.too_slow], print_blob=False)
TestAnyStock = AnyStock.TestCase


def test_the_model_meets_what_it_is_about(tmp_path: Path) -> None:
    """Goods that are packed, received, shipped, given back, broken up and scrapped: the rules above do reach them."""
    machine = AnyStock()
    machine.begin()
    try:
        check = machine.the_stock_is_the_sum_of_the_events
        for act in (
                lambda: machine.pack("WO1", 2),
                lambda: machine.dock("DOCUMENT:IN1", ["p900", "c910"]),
                lambda: machine.dock("NEW-DOCUMENT:sales_out:DC7", ["p1", "c900"]),
                lambda: machine.dock("NEW-DOCUMENT:return_in:DC7:DAMAGE", ["p1"]),
                lambda: machine.dock("NEW-DOCUMENT:scrap_out::DAMAGE", ["c1"]),
                machine.kill):
            act()
            check()
        statuses = {key[3] for key in machine.model.stock()}
        assert {"in_progress", "in_transit", "returned"} <= statuses, statuses
        steps = {event.act.biz_step for event in machine.shift.events()}
        assert {"commissioning", "packing", "receiving", "shipping", "unpacking", "destroying"} <= steps, steps
    finally:
        machine.teardown()
