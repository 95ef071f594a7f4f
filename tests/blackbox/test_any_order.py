"""Any sequence of acts on a packing line, on the real station: no code is lost or twice, the arithmetic is right.

What became of each code is worked out here from the events that were written and from what stands open, as sets, and
held against the order's own arithmetic after each act. Shift.check looks at every event's schema and at its parents.
"""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from app.domain.events import Action, Type
from app.domain.people import badge_hash
from app.store import reconcile
from app.store.database import transaction
from tests.blackbox.goods import BADGES, epc, name_of
from tests.blackbox.shift import Shift

QUICK = Path("/dev/shm")
BOTTLES = [f"m{n}" for n in range(1, 13)]
CASES, PALLETS = ["c1", "c2", "c3"], ["p1", "p2", "p3"]
ORDERS = ["WO2", "PRINT1", "FLAT1"]
CODES = st.sampled_from([*BOTTLES, *CASES, *CASES, *PALLETS])
BOTTLE = st.sampled_from(BOTTLES)
REASONS = {"REMOVE": "DAMAGE", "SWAP": "DAMAGE", "SAMPLE": "QC", "SCRAP": "DAMAGE", "DESTROY": "EXPIRED", "HOLD": "QC",
           "RELABEL": "DAMAGE", "REPRINT": "LOST", "REPACK": "2:CUSTOMER", "RELEASE": "CHECKED",
           "CONTINUE": "REST-CAME", "UNPACK": "WRONG", "RETURN": "UNUSED"}
ACTS = st.sampled_from([*REASONS, "CONTINUE", "UNPACK", "REMOVE", "SWAP"])
SIMPLE = st.sampled_from([
    "UNDO", "UNDO", "UNDO", "CLOSE:TAIL", "CLOSE:TAIL", "CLOSE-PALLET:TAIL", "PARK:DAMAGE", "UNPARK", "JAM", "ALIGNED",
    "TAKEN-OUT:1-2", "TAKEN-OUT:2", "PAUSE", "START", "FINISH", "SHIFT:B", "CANCEL", "CLOSE-ORDER", "LOOKUP", "PACK"])
SIGNALS = st.sampled_from(["packer", "packer", "packer", "reject_confirmed", "reject_missed", "heartbeat_lost"])
FATES = {"destroying": "scrapped", "decommissioning": "scrapped"}


class AnyOrder(RuleBasedStateMachine):
    folder: Path | None = None
    shift: Shift

    @initialize(order=st.sampled_from(ORDERS), listed=st.sampled_from([0, 0, 6, 12]))
    def begin(self, order: str, listed: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="any-order-", dir=QUICK if QUICK.is_dir() else None))
        self.shift = Shift(self.folder)
        self.shift.put(("person", "chen", {"name": "陈", "role": "supervisor",
                                           "badge": badge_hash("chen", "CHEN-1111")}))
        with transaction(self.shift.store.connection):
            self.shift.store.connection.executemany(
                "INSERT INTO order_code VALUES (?,?,'bottle')", [(order, epc(each)) for each in BOTTLES[:listed]])
        self.seen: set[str] = set()
        self.told = 0
        self.parent: dict[str, str] = {}
        self.work: dict[str, str] = {}           # container → the order that counts it
        self.level: dict[str, str] = {}
        self.ended: dict[str, str] = {}
        self.do("%ST:BADGE:" + BADGES["wang"], f"%ST:ORDER:{order}", "%ST:START")

    # --- acts -----------------------------------------------------------------------------------------------------
    @rule(name=CODES)
    def scan(self, name: str) -> None:
        self.do(name)

    @rule(first=st.integers(0, 8), count=st.integers(1, 4), case=st.sampled_from(["", *CASES]),
          unread=st.integers(0, 1))
    def show(self, first: int, count: int, case: str, unread: int) -> None:
        names = [each for each in BOTTLES[first:first + count]]
        self.shift.frame(*names, *([case] if case else []), unread=unread)
        self.after()

    @rule(first=st.sampled_from([0, 4, 8]), case=st.sampled_from(CASES))
    def pack(self, first: int, case: str) -> None:
        self.do(*BOTTLES[first:first + 4], case)

    @rule()
    def scan_back(self) -> None:
        """The label that was printed is put on and scanned."""
        packing = self.shift.station.state.packing
        for box in packing.containers if packing else ():
            if box.expected and not box.label:
                self.do(name_of(box.expected))
                return

    @rule(names=st.lists(st.one_of(BOTTLE, st.just("-")), min_size=1, max_size=5))
    def pass_by(self, names: list[str]) -> None:
        for name in names:
            self.shift.queue(name)
            self.after()

    @rule(name=SIGNALS, back=st.integers(0, 4))
    def signal(self, name: str, back: int) -> None:
        self.shift.signal(name, max(0, self.shift.triggers - back) if name.startswith("reject") else 0)
        self.after()

    @rule(act=ACTS, name=CODES, other=CODES)
    def rework(self, act: str, name: str, other: str) -> None:
        self.do(f"%ST:{act}:{REASONS[act]}" if act in REASONS else f"%ST:{act}")
        self.do(name)
        armed = self.shift.station.state.session.armed
        if armed.act in ("swap", "relabel") and armed.subject:
            self.do(name_of(armed.argument) if armed.argument.startswith("https") else other)
        self.do("%ST:CANCEL")

    @rule(command=SIMPLE)
    def command(self, command: str) -> None:
        self.do(f"%ST:{command}")

    @rule()
    def close(self) -> None:
        self.do("%ST:CLOSE-ORDER:COUNTED")

    @rule(order=st.sampled_from(ORDERS))
    def go_to(self, order: str) -> None:
        self.do(f"%ST:ORDER:{order}", "%ST:START")

    @rule()
    def kill(self) -> None:
        self.shift.kill()
        self.after()

    def queued(self, name: str) -> str:
        """The order in whose queue this bottle stands: it cannot be anywhere else meanwhile."""
        row = self.shift.store.connection.execute("SELECT work_order FROM queue WHERE epc=? AND state='good'",
                                                  (epc(name),)).fetchone() if name in BOTTLES else None
        return row[0] if row else ""

    def do(self, *names: str) -> None:
        for name in names:
            self.shift.scan(name)
            if self.shift.station.state.session.awaiting.kind:
                self.shift.scan("%ST:BADGE:CHEN-1111")
            self.after()

    def stopped(self) -> bool:
        queue = self.shift.station.state.queue
        return bool(queue and queue.stopped)

    def after(self) -> None:
        if self.shift.station.state.session.alarm.reason:
            self.shift.scan("%ST:CONFIRM")
        self.follow()
        self.promises()

    # --- what always holds ----------------------------------------------------------------------------------------
    def follow(self) -> None:
        """The world as the events tell it."""
        for event in self.shift.events(self.told):
            self.told += 1
            act, extra = event.act, dict(event.act.extra)
            if act.type is Type.OBJECT:
                sampled = act.biz_step == "sampling"
                for each in act.epcs:
                    if act.action is Action.ADD:
                        self.level[each] = str(extra["level"])
                    if sampled:
                        self.ended[each] = "sampled"
                    elif act.action is Action.DELETE:
                        self.ended.setdefault(each, FATES[act.biz_step])
            elif act.type is Type.AGGREGATION and act.action is Action.ADD:
                if act.parent not in self.parent.values():
                    self.work[act.parent] = str(extra.get("order") or self.work[str(extra["replaces"])])
                for each in act.epcs:
                    self.parent[each] = act.parent
            elif act.type is Type.AGGREGATION:
                for each in act.epcs or [child for child, parent in self.parent.items() if parent == act.parent]:
                    assert self.parent.pop(each) == act.parent

    def promises(self) -> None:
        run = self.shift.store.connection.execute
        standing = run("SELECT epc, work_order, level FROM collected JOIN container ON number = container").fetchall()
        queued = run("SELECT epc, work_order FROM queue WHERE state='good'").fetchall()
        named = run("SELECT coalesce(nullif(label, ''), expected), work_order, level, already FROM container"
                    " WHERE label<>'' OR expected<>''").fetchall()
        loose = {each[0]: each[1:] for each in run("SELECT epc, work_order, level, why FROM loose")}
        returned = {each[0]: each[1:] for each in run(
            "SELECT epc, work_order, level FROM ended WHERE fate='returned'")}
        full = set(self.parent.values())
        self.seen |= {each[0] for each in (*standing, *queued)} | set(self.level)
        where: dict[str, list[str]] = {}
        for each, _, _ in standing:
            where.setdefault(each, []).append("open")
        for each, _ in queued:
            where.setdefault(each, []).append("queue")
        for each in self.parent:
            where.setdefault(each, []).append("in")
        for each in self.seen:
            places = where.get(each, [])
            assert len(places) <= 1, f"{name_of(each)} is in two places: {places}"
            inside = [*places] if self.is_unit(each) else ["full"] * (each in full)
            found = [*inside, *["loose"] * (each in loose), *["ended"] * (each in self.ended),
                     *["returned"] * (each in returned)]
            # A label is also what an open container will be known by, and one that was taken off again is nothing's.
            assert len(found) == 1 or not self.is_unit(each) and not found, f"{name_of(each)}: {found or 'lost'}"
        for order in ORDERS:
            self.arithmetic(order, standing, queued, named, loose, returned, full)

    def is_unit(self, each: str) -> bool:
        return name_of(each)[0] == "m"

    def arithmetic(self, order: str, standing, queued, named, loose, returned, full) -> None:
        store = self.shift.store
        known = store.catalogue.order(order)
        plan = store.catalogue.plan(known.plan, known.plan_version)
        told = reconcile.told(store.connection, order, plan, 10_000)
        again = {label for label, of, _, already in named if already and of == order}
        fates = {each: of for each, of in store.connection.execute("SELECT epc, work_order FROM ended")}
        for count in told.counts.levels:
            if count.level == "bottle":
                packed = {each for each, box in self.parent.items() if self.is_unit(each) and self.work[box] == order}
                inside = {each for each in packed if self.parent[each] in again}
                here = inside | {each for each, of, level in standing if of == order and self.is_unit(each)}
                here |= {each for each, of in queued if of == order}
                packed -= inside
            else:
                packed = {box for box in full if self.level[box] == count.level and self.work[box] == order} - again
                here = {label for label, of, level, _ in named if of == order and level == count.level}
            mine = {each: fate for each, fate in self.ended.items()
                    if self.level[each] == count.level and fates[each] == order}
            back = {each for each, (of, level) in returned.items() if (of, level) == (order, count.level)}
            free = {each for each, (of, level, _) in loose.items() if (of, level) == (order, count.level)}
            sampled = {each for each, fate in mine.items() if fate == "sampled"}
            scrapped = set(mine) - sampled
            assert (count.packed, count.scrapped, count.sampled, count.returned, count.open) == (
                len(packed), len(scrapped), len(sampled), len(back), len(here)), (order, count)
            used = packed | scrapped | sampled | back | here
            listed = {row[0] for row in store.connection.execute(
                "SELECT epc FROM order_code WHERE work_order=? AND level=?", (order, count.level))}
            apart = {(each, why) for level, each, why in told.codes if level == count.level}
            issued = listed or used | free
            assert count.issued == len(issued)
            assert {each for each, _ in apart} == (issued - used) | (used - issued if listed else set())
            assert count.missing + count.strange == len(apart)
            assert {each for each, why in apart if why == "not_issued"} == (used - listed if listed else set())

    def teardown(self) -> None:
        if self.folder is None:
            return
        try:
            self.shift.end()
        finally:
            shutil.rmtree(self.folder)


AnyOrder.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None, derandomize=True,
                                      suppress_health_check=[HealthCheck.too_slow], print_blob=False)
TestAnyOrder = AnyOrder.TestCase
