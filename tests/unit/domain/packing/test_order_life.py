"""An order's life by itself: which step may follow which, and what closing asks for."""
from __future__ import annotations

import pytest

from app.domain.decision import OrderState
from app.domain.packing import order_life
from app.domain.packing.containers import Container, Packing
from app.domain.packing.order_life import LevelCount, Reconciliation
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.products import Order, Product
from app.domain.reasons import Outcome, Reason

PLAN = Plan("P", 1, (PlanLevel("bottle"), PlanLevel("case", 4)))
ORDER = Order("WO1", "MILK", "P", 1, "L1", "2027-11-30", "2028-05-28", 16)
PRODUCT = Product("MILK", {"en": "Milk"}, {}, "P")
EVEN = Reconciliation((LevelCount("bottle", 8, 4, 1, 1, 2, 0), LevelCount("case", 1, 1, 0, 0, 0, 0)))


def packing(stage: str = "started", *boxes: Container, state: str = "open") -> Packing:
    order = Order("WO1", "MILK", "P", 1, "L1", "2027-11-30", "2028-05-28", 16, state=state)
    return Packing(order, PLAN, PRODUCT, boxes, stage=stage)


def test_what_is_left_over_is_the_difference() -> None:
    count = LevelCount("bottle", 100, 80, 3, 2, 5, 4)
    assert (count.used, count.difference, count.missing, count.strange) == (94, 6, 6, 0)
    assert EVEN.apart == 0 and not EVEN.differs and EVEN.open == 0


def test_codes_that_nobody_issued_never_make_up_for_missing_ones() -> None:
    count = LevelCount("bottle", 10, 10, 0, 0, 0, 0, strange=3)
    assert (count.difference, count.missing) == (0, 3)
    assert Reconciliation((count,)).apart == 6 and Reconciliation((count,)).differs


@pytest.mark.parametrize(("stage", "act", "reason", "becomes"), [
    ("open", order_life.start, Reason.ORDER_STARTED, "started"),
    ("started", order_life.pause, Reason.ORDER_PAUSED, "paused"),
    ("paused", order_life.pause, Reason.ORDER_STARTED, "started"),
    ("paused", order_life.start, Reason.ORDER_STARTED, "started"),
    ("started", order_life.finish, Reason.ORDER_FINISHED, "finished"),
    ("finished", order_life.start, Reason.ORDER_STARTED, "started"),
    ("finished", order_life.pause, Reason.ORDER_CLOSED, ""),
    ("closed", order_life.start, Reason.ORDER_CLOSED, ""),
    ("closed", order_life.pause, Reason.ORDER_CLOSED, ""),
    ("closed", order_life.finish, Reason.ORDER_CLOSED, ""),
])
def test_which_step_follows_which(stage, act, reason: Reason, becomes: str) -> None:
    decision = act(packing(stage))
    assert decision.verdict.reason is reason
    assert decision.changes == ((OrderState("WO1", becomes),) if becomes else ())


def test_an_order_that_the_server_has_closed_does_not_start() -> None:
    assert order_life.start(packing("open", state="cancelled")).verdict.reason is Reason.ORDER_CLOSED


@pytest.mark.parametrize(("stage", "clearance", "reason"), [
    ("open", True, Reason.LINE_CLEARANCE), ("open", False, None), ("started", True, None),
    ("paused", False, Reason.ORDER_PAUSED), ("paused", True, Reason.ORDER_PAUSED)])
def test_why_nothing_is_taken_now(stage: str, clearance: bool, reason: Reason | None) -> None:
    still = order_life.standstill(packing(stage), clearance)
    assert (still.reason if still else None) is reason


def test_an_even_order_closes() -> None:
    decision = order_life.close(packing("finished"), EVEN, "")
    assert decision.verdict.outcome is Outcome.COMPLETE and decision.changes == (OrderState("WO1", "closed"),)


@pytest.mark.parametrize(("boxes", "found"), [
    ((), Reconciliation((LevelCount("bottle", 4, 0, 0, 0, 0, 4),))),
    ((Container(1, "case", 4, (("m1",),), acts=(1,)),), EVEN),
    ((Container(1, "case", 4, label="c1"),), EVEN),
    ((Container(1, "case", 4, expected="c1", job=1),), EVEN)])
def test_what_is_open_is_finished_first(boxes: tuple[Container, ...], found: Reconciliation) -> None:
    decision = order_life.close(packing("finished", *boxes), found, "LOST")
    assert decision.verdict.reason is Reason.ORDER_UNFINISHED and not decision.changes
    assert decision.verdict.data["have"] == len(boxes)


def test_an_empty_container_keeps_nobody() -> None:
    assert order_life.close(packing("finished", Container(1, "case", 4)), EVEN, "").changes


def test_a_difference_needs_a_reason() -> None:
    found = Reconciliation((LevelCount("bottle", 8, 4, 1, 1, 0, 0),))
    asked = order_life.close(packing("finished"), found, "")
    assert asked.verdict.reason is Reason.ORDER_DIFFERS and asked.verdict.data["count"] == 2 and not asked.changes
    told = order_life.close(packing("finished"), found, "LOST")
    assert told.changes == (OrderState("WO1", "closed", "LOST"),)


def test_closed_is_closed() -> None:
    assert order_life.close(packing("closed"), EVEN, "").verdict.reason is Reason.ORDER_CLOSED
