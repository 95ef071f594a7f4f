"""Any sequence of shipments, voids, returns, corrections, kills: no void without a shipment, and the server agrees."""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.events import Act, Action, Event, Type, event_id
from tests.blackbox.goods import BADGES
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_void_shift import CHEN, PACKED, out

QUICK = Path("/dev/shm")        # a disk of memory where there is one: thousands of fsyncs, none of them the point here
NAMES = st.sampled_from(["p1", "p2", "p1", "p2", "c1", "c2", "c3", "m1", "m5", "p900", "c900", "c910"])
OUTGOING, INCOMING = st.sampled_from(["S1", "S1", "S2", "R1", "T1", "X1"]), st.sampled_from(["B1", "B1", "IN1"])
REASONS = st.sampled_from(["REFUSED", "DAMAGE"])
RECORDS = (
    out("S1", 100), out("S2", 100), ("person", "chen", {"name": "陈", "role": "supervisor", "badge": CHEN}),
    ("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}}),
    ("partner", "WH2", {"gln": "6901234000047", "name": {"en": "House 2"}, "role": "own"}),
    ("document", "B1", {"kind": "return_in", "partner": "DC7", "reason": "DAMAGE"}),
    ("document", "R1", {"kind": "return_out", "partner": "PLANT", "reason": "DAMAGE"}),
    ("document", "T1", {"kind": "transfer_out", "partner": "WH2"}),
    ("document", "X1", {"kind": "scrap_out", "reason": "DAMAGE"}))


def still_out(events: list[Event]) -> dict[str, Act]:
    """What is out by which shipment, from the events alone; what was declared wrong never was."""
    wrong = {event.stamp.event_id for event in events if event.declaration}
    gone: dict[str, Act] = {}
    inside: dict[str, str] = {}
    for event in events:
        act = event.act
        if event_id(event.key) in wrong:
            continue
        if act.type is Type.AGGREGATION and act.action is Action.ADD:
            inside |= dict.fromkeys(act.epcs, act.parent)
        elif act.type is Type.AGGREGATION:
            for child in act.epcs or [each for each, parent in inside.items() if parent == act.parent]:
                inside.pop(child, None)
                above = act.parent                       # it may still be deep in what left
                while above not in gone and above in inside:
                    above = inside[above]
                gone |= {child: gone[above]} if above in gone else {}
        elif act.biz_step == "shipping":
            for each in act.epcs:
                assert each not in gone, f"{each} left twice"
                gone[each] = act
        elif act.biz_step == "void_shipping":
            for each in act.epcs:
                shipped = gone.pop(each, None)
                assert shipped is not None, f"a void without its shipment: {each}"
                assert (shipped.transactions, shipped.sources, shipped.destinations) == (
                    act.transactions, act.sources, act.destinations)
        elif act.biz_step == "receiving" or act.action is Action.DELETE:
            for each in act.epcs:
                gone.pop(each, None)
    return gone


class AnyVoid(RuleBasedStateMachine):
    folder: Path | None = None
    shift: Shift

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="any-void-", dir=QUICK if QUICK.is_dir() else None))
        self.shift = Shift(self.folder)
        self.shift.put(*RECORDS)
        self.shift.play(PACKED)

    @rule(paper=OUTGOING, names=st.lists(NAMES, min_size=1, max_size=3))
    def ship(self, paper: str, names: list[str]) -> None:
        self.tell(f"%ST:DOCUMENT:{paper}", *(each for name in names for each in (name, "%ST:CONFIRM")))

    @rule(paper=INCOMING, names=st.lists(NAMES, min_size=1, max_size=2))
    def receive(self, paper: str, names: list[str]) -> None:
        self.tell(f"%ST:DOCUMENT:{paper}", *(each for name in names for each in (name, "%ST:CONFIRM")))

    @rule(paper=st.one_of(OUTGOING, INCOMING), word=st.sampled_from(["UNDO", "UNDO", "DONE:SHORTAGE", "RECEIVER:S8"]))
    def on_paper(self, paper: str, word: str) -> None:
        self.tell(f"%ST:DOCUMENT:{paper}", f"%ST:{word}")

    @rule(paper=st.one_of(OUTGOING, INCOMING), name=NAMES)
    def take_off(self, paper: str, name: str) -> None:
        self.tell(f"%ST:DOCUMENT:{paper}", "%ST:TAKE-OFF:MISTAKE", name, "%ST:CONFIRM", "%ST:CANCEL")

    @rule(reason=REASONS, name=NAMES)
    def void(self, reason: str, name: str) -> None:
        self.tell("%ST:HOME", f"%ST:VOID:{reason}", name, "%ST:CONFIRM", "%ST:CANCEL")

    @rule(paper=st.sampled_from(["S1", "S2", "T1"]), reason=REASONS)
    def void_document(self, paper: str, reason: str) -> None:
        self.tell(f"%ST:VOID-DOCUMENT:{paper}:{reason}", "%ST:BADGE:CHEN-1")

    @rule(back=st.integers(1, 8))
    def correct(self, back: int) -> None:
        event = self.shift.events()[-back:][0].stamp.event_id
        self.tell(f"%ST:CORRECT:{event}", "%ST:BADGE:CHEN-1")

    @rule()
    def kill(self) -> None:
        self.shift.kill()

    @rule(command=st.sampled_from(["do UNDO", "scan p1", "scan c1", "do CONFIRM"]))
    def die_before_the_commit(self, command: str) -> None:
        self.shift.play(f"cut {command}")

    def tell(self, *names: str) -> None:
        for name in names:
            self.shift.scan(name)
            if self.shift.station.state.session.operator != "wang" or self.shift.station.state.session.stopped:
                self.shift.scan("%ST:BADGE:" + BADGES["wang"], "%ST:CONFIRM", "%ST:BADGE:" + BADGES["wang"])

    @invariant()
    def no_void_without_its_shipment(self) -> None:
        if self.folder is None:
            return
        gone = still_out(self.shift.events())
        rows = self.shift.store.connection.execute(
            "SELECT epc FROM object WHERE parent IS NULL AND status='in_transit'").fetchall()
        assert {row[0] for row in rows} == set(gone)

    def teardown(self) -> None:
        if self.folder is None:
            return
        try:
            (self.folder / "server").mkdir()
            same_goods(self.shift, self.folder / "server")
        finally:
            self.shift.end()
            shutil.rmtree(self.folder)


AnyVoid.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None, derandomize=True,
                                     suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate],
                                     print_blob=False)
TestAnyVoid = AnyVoid.TestCase
