"""Any sequence of scans, pictures, commands and kills: the promises hold after each (Shift.check, Shift.end)."""
from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from app.domain.reasons import Outcome, Reason
from app.messages import Published
from app.store import objects
from app.store.catalogue import BadRecord
from tests.blackbox.goods import BADGES, epc
from tests.blackbox.shift import Shift

BOTTLES = [f"m{n}" for n in range(1, 11)]
CASES, PALLETS = ["c1", "c2", "c3"], ["p1", "p2"]
OUTER = st.sampled_from(["", "", "", "", "p60", "p60", "p61", "p900", "c1", "p1", "c60"])
COMING = st.sampled_from(["c60", "c60", "c61", "c62", "c900", "c1", "c3", *BOTTLES[:3]])
LISTS = st.lists(st.tuples(COMING, OUTER).filter(lambda pair: pair[0] != pair[1]), max_size=4)
LEVELS = {"m": "bottle", "c": "case", "p": "pallet"}
OTHERS = ["j1", "j2", "jc1", "s1", "old1", "x1", "ean", "content", "p900", "c900", "c910", "c911", "c60", "p60", "p60"]
CODES = st.sampled_from([*BOTTLES, *CASES, *CASES, *PALLETS, *OTHERS])
COMMANDS = st.sampled_from([
    "UNDO", "UNDO", "CLOSE:TAIL", "CLOSE", "CLOSE-PALLET:DAMAGE", "UNPACK:WRONG", "UNPACK:REPACK", "UNPACK", "CONFIRM",
    "CANCEL", "DONE", "DONE:SHORTAGE", "HOME", "LOOKUP", "PACK", "RECEIVE", "SHIP", "ORDER:WO1", "ORDER:WO2",
    "ORDER:WO 3/甲", "ORDER:FLAT1", "DOCUMENT:OUT1", "DOCUMENT:OUT 2/乙", "DOCUMENT:IN1", "DOCUMENT:IN2", "LOGOUT",
    "HELP", "ORDER:NONE", "NONSENSE"])
PACKING = st.sampled_from(["ORDER:WO1", "ORDER:WO2", "ORDER:FLAT1"])
CASE_OF_FOUR = st.tuples(st.sampled_from([0, 4]), st.sampled_from(CASES)).map(
    lambda made: [*BOTTLES[made[0]:made[0] + 4], made[1]])
QUICK = Path("/dev/shm")        # a disk of memory where there is one: thousands of fsyncs, none of them the point here
UNDER_STOP = ("%ST:HELP", "%ST:LOGOUT", "%ST:BADGE", "%ST:CONFIRM", "%ST:CANCEL")


class AnyShift(RuleBasedStateMachine):
    folder: Path | None = None
    shift: Shift

    @initialize(order=PACKING)
    def begin(self, order: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="any-shift-", dir=QUICK if QUICK.is_dir() else None))
        self.shift = Shift(self.folder)
        self.tell("%ST:BADGE:" + BADGES["lina"], f"%ST:{order}")

    @rule(name=CODES)
    def scan(self, name: str) -> None:
        self.tell(name)

    @rule(names=st.lists(CODES, min_size=2, max_size=5))
    def wait_together(self, names: list[str]) -> None:
        self.shift.together(*names)

    @rule(names=st.one_of(CASE_OF_FOUR, CASE_OF_FOUR, st.lists(st.sampled_from(BOTTLES), max_size=5),
                          st.lists(CODES, max_size=6)), unread=st.integers(0, 1))
    def show(self, names: list[str], unread: int) -> None:
        before = self.shift.station.state
        published = self.shift.frame(*names, unread=unread)[0]
        if published.verdict.outcome in (Outcome.REJECTED, Outcome.STOP) and not before.session.armed.act:
            assert self.shift.station.state.packing == before.packing, "a red picture takes nothing"
        self.always(published, before.session.stopped, before.session.alarm.reason, "")

    @rule(command=COMMANDS)
    def command(self, command: str) -> None:
        self.tell(f"%ST:{command}")

    @rule(command=PACKING)
    def go_on_packing(self, command: str) -> None:
        self.tell("%ST:BADGE:" + BADGES["wang"], "%ST:CONFIRM", "%ST:BADGE:" + BADGES["lina"], f"%ST:{command}")

    @rule(who=st.sampled_from(["lina", "wang", "gao"]))
    def badge(self, who: str) -> None:
        self.tell("%ST:BADGE:" + BADGES[who])

    @rule(id=st.sampled_from(["IN1", "IN2", "IN2"]), pairs=LISTS, lot=st.sampled_from(["L1", "L1", "L2"]),
          named=st.sampled_from([True, True, False]), case=st.one_of(st.just([]), CASE_OF_FOUR))
    def announce(self, id: str, pairs: list[tuple[str, str]], lot: str, named: bool, case: list[str]) -> None:
        """At any time, and in the middle of a case."""
        if case:
            self.go_on_packing("ORDER:FLAT1")
        self.tell(*case[:3])
        listed = {**{parent: "" for _, parent in pairs if parent and named}, **dict(pairs),
                  **{name: "" for name in case[:1]}}
        announced = [{"epc": epc(name), "level": LEVELS[name[0]], "product": "MILK", "lot": lot,
                      "parent": epc(parent) if parent else ""} for name, parent in listed.items()]
        places = self.places()
        with suppress(BadRecord):
            self.shift.put(("document", id, {"kind": "receive", "partner": "DC7", "announced": announced,
                                             "lines": [{"line": 1, "product": "MILK", "quantity": 40}]}))
            self.shift.check()
        assert self.places() >= places, "an announcement changes nothing that is real"
        self.tell(*case[3:])

    def places(self) -> set[tuple[str, str]]:
        """All that is known of each real object."""
        every = [row[0] for row in self.shift.store.connection.execute("SELECT epc FROM object")]
        known = objects.known(self.shift.store.connection, every)
        return {(each.epc, repr(each)) for each in known.values() if each.status != "announced"}

    @rule(who=st.sampled_from(["IN1", "IN2"]), names=st.lists(st.sampled_from(["p60", "p61", "c60", "p900", "p1"]),
                                                              min_size=1, max_size=2))
    def receive(self, who: str, names: list[str]) -> None:
        self.tell("%ST:BADGE:" + BADGES["wang"], "%ST:CONFIRM", "%ST:BADGE:" + BADGES["lina"], f"%ST:DOCUMENT:{who}",
                  *names)

    @rule()
    def kill(self) -> None:
        self.shift.kill()

    @rule(name=CODES)
    def die_before_the_commit(self, name: str) -> None:
        self.shift.play(f"cut scan {name}")

    @rule()
    def restart(self) -> None:
        self.shift.restart()

    def tell(self, *names: str) -> None:
        for name in names:
            session = self.shift.station.state.session
            self.always(self.shift.scan(name)[0], session.stopped, session.alarm.reason, name)

    def always(self, published: Published, stopped: bool, red: str, name: str) -> None:
        verdict, alarm = published.verdict, self.shift.station.state.session.alarm
        if verdict.outcome in (Outcome.DUPLICATE, Outcome.WARNING):
            assert alarm.reason == red, "a duplicate neither raises a red nor takes one away"
        if stopped and not name.startswith(UNDER_STOP):
            assert verdict.reason is Reason.HELD
        if verdict.outcome in (Outcome.ACCEPTED, Outcome.COMPLETE) and not name.startswith("%ST"):
            assert not alarm.reason, "the right item takes the red away"
        last = self.shift.store.connection.execute("SELECT max(seq), count(*) FROM entry").fetchone()
        assert last == (published.seq, published.seq), "one entry for each message"

    def teardown(self) -> None:
        if self.folder is None:
            return
        try:
            self.shift.end()
        finally:
            shutil.rmtree(self.folder)


AnyShift.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None, derandomize=True,
                                      suppress_health_check=[HealthCheck.too_slow], print_blob=False)
TestAnyShift = AnyShift.TestCase
