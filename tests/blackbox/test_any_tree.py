"""Any sequence of receiving, shipping, moving, breaking, unpacking and undoing goods: one tree, everywhere the same.

What is in what is worked out from the events alone, and from what was announced for goods that come in. After each act
the station has that tree and no object is in two places; at the end the strict server took every event and has it, too.
"""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.events import Act, Action, Type
from app.store import objects
from tests.blackbox.goods import BADGES, epc, name_of
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_void_shift import CHEN, PACKED, out

QUICK = Path("/dev/shm")        # a disk of memory where there is one: thousands of fsyncs, none of them the point here
OURS = ["p1", "c1", "c2", "m1"]
THEIRS = {"p900": "", "c900": "p900", "c901": "p900"}
NAMES = st.sampled_from([*OURS, *OURS, *THEIRS, *THEIRS])
SEVERAL = st.lists(NAMES, min_size=1, max_size=3)
SHELVES = st.sampled_from(["A-01", "B-02"])
RECORDS = (
    out("S1", 100), out("S2", 100), ("document", "B1", {"kind": "return_in", "partner": "DC7", "reason": "DAMAGE"}),
    ("person", "chen", {"name": "陈", "role": "supervisor", "badge": CHEN}))


class AnyTree(RuleBasedStateMachine):
    folder: Path | None = None
    shift: Shift

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="any-tree-", dir=QUICK if QUICK.is_dir() else None))
        self.shift = Shift(self.folder)
        self.shift.put(*RECORDS)
        self.shift.play(PACKED)

    @rule(names=SEVERAL, undone=st.integers(0, 2))
    def receive(self, names: list[str], undone: int) -> None:
        self.work("%ST:DOCUMENT:IN1", names, undone)

    @rule(names=SEVERAL, undone=st.integers(0, 2))
    def take_back(self, names: list[str], undone: int) -> None:
        self.work("%ST:DOCUMENT:B1", names, undone)

    @rule(paper=st.sampled_from(["S1", "S2"]), names=SEVERAL, undone=st.integers(0, 2))
    def ship(self, paper: str, names: list[str], undone: int) -> None:
        self.work(f"%ST:DOCUMENT:{paper}", names, undone)

    @rule(names=SEVERAL, shelf=SHELVES, first=st.booleans(), undone=st.integers(0, 3))
    def move(self, names: list[str], shelf: str, first: bool, undone: int) -> None:
        at = f"%ST:AT:{shelf}"
        self.work("%ST:MOVE", [at, *names] if first else [*names, at], undone)

    @rule(names=SEVERAL, shelf=SHELVES, between=NAMES, undone=st.integers(1, 3))
    def move_and_take_apart(self, names: list[str], shelf: str, between: str, undone: int) -> None:
        """What goods were taken out of is not there any more when the move is taken back."""
        self.work("%ST:MOVE", [f"%ST:AT:{shelf}", *names, "%ST:UNPACK:WRONG", between, "%ST:CANCEL"], undone)

    @rule(paper=st.sampled_from(["S1", "S2"]), names=SEVERAL, undone=st.integers(0, 2))
    def pick(self, paper: str, names: list[str], undone: int) -> None:
        self.work(f"%ST:PICK:{paper}", names, undone)

    @rule(name=NAMES)
    def unpack(self, name: str) -> None:
        self.work("%ST:HOME", ["%ST:UNPACK:WRONG", name, "%ST:CANCEL"], 0)

    @rule(name=NAMES)
    def void(self, name: str) -> None:
        self.work("%ST:HOME", ["%ST:VOID:REFUSED", name, "%ST:CANCEL"], 0)

    @rule(cases=st.lists(st.sampled_from(["c1", "c2", "c900", "c901"]), min_size=1, max_size=2, unique=True),
          pallet=st.sampled_from(["p1", "p3", "p4", "p900"]))
    def pack(self, cases: list[str], pallet: str) -> None:
        self.work("%ST:ORDER:WO1", [*cases, *(["%ST:CLOSE-PALLET:TAIL"] if len(cases) < 2 else []), pallet], 0)

    @rule(back=st.integers(1, 6))
    def correct(self, back: int) -> None:
        event = self.shift.events()[-back:][0].stamp.event_id
        self.work("%ST:HOME", [f"%ST:CORRECT:{event}:MISTAKE"], 0)

    @rule()
    def kill(self) -> None:
        self.shift.kill()

    @rule(last=st.sampled_from(["do UNDO", "do AT:A-01", "do CONFIRM"]))
    def die_before_the_commit(self, last: str) -> None:
        self.shift.play(f"cut {last}")

    def work(self, begin: str, names: list[str], undone: int) -> None:
        for name in (begin, *names, *["%ST:UNDO"] * undone):
            self.shift.scan(name)
            waiting = self.shift.station.state.session.awaiting
            if waiting.question:
                self.shift.scan("%ST:CONFIRM")
            elif waiting.kind:
                self.shift.scan("%ST:BADGE:CHEN-1")
            if self.shift.station.state.session.operator != "wang" or self.shift.station.state.session.stopped:
                self.shift.scan("%ST:BADGE:" + BADGES["wang"], "%ST:CONFIRM", "%ST:BADGE:" + BADGES["wang"])

    @invariant()
    def the_tree_is_what_the_events_tell(self) -> None:
        if self.folder is None:
            return
        told = tree_of(self.shift)
        known = objects.known(self.shift.store.connection, [epc(name) for name in (*OURS, "p2", "p3", "p4", *THEIRS)])
        for each in known.values():
            above = name_of(each.parent) if each.parent else ""
            assert above == told.get(name_of(each.epc), ""), (name_of(each.epc), above, told)

    def teardown(self) -> None:
        if self.folder is None:
            return
        try:
            (self.folder / "server").mkdir()
            same_goods(self.shift, self.folder / "server")
        finally:
            self.shift.end()
            shutil.rmtree(self.folder)


def tree_of(shift: Shift) -> dict[str, str]:
    """Short name → what it is in, from the events that were not declared wrong."""
    events = shift.events()
    wrong = {event.stamp.event_id for event in events if event.declaration}
    inside = {child: parent for child, parent in THEIRS.items() if parent}
    for event in events:
        act: Act = event.act
        if event.declaration or event.stamp.event_id in wrong:
            continue
        if act.type is Type.AGGREGATION and act.action is Action.ADD:
            for child in act.epcs:
                assert name_of(child) not in inside, f"{name_of(child)} is in two places"
                inside[name_of(child)] = name_of(act.parent)
        elif act.type is Type.AGGREGATION:
            named = [name_of(child) for child in act.epcs]
            for child in named or [each for each, parent in inside.items() if parent == name_of(act.parent)]:
                assert inside.pop(child) == name_of(act.parent), f"{child} comes out of what it is not in"
        elif act.biz_step == "commissioning":        # made here: what was announced under its code was something else
            made = {name_of(each) for each in act.epcs}
            inside = {child: parent for child, parent in inside.items() if not {child, parent} & made}
    return inside


AnyTree.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None, derandomize=True,
                                     suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate],
                                     print_blob=False)
TestAnyTree = AnyTree.TestCase
