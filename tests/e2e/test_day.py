"""The day at a distributor in small: two stations, half of it without a network, equal totals at the end.

At full size: python -m tests.e2e.day --documents 3000
"""
from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path

from tests.e2e.day import inbound, outbound
from tests.e2e.day.check import check
from tests.e2e.day.desk import Desk
from tests.e2e.day.goods import STATIONS
from tests.e2e.day.plan import COUNT_TROUBLES, TROUBLE, planned
from tests.e2e.day.play import Day

# What a day has besides scans of documents: picks, spot-checks, a loss after a count, the signed list, the answers of
# the server about what nobody told of.
ACTS = {"pick_for", "check_verified", "check_mismatch", "count_adjusted", "inspected_right", "wrong_territory",
        "shipped_to_other", "known", "unknown"}


def acts(plan: Desk) -> set[str]:
    """Which of ACTS the plan has."""
    plays = (play for phase in plan.plays for each in phase.values() for play in each)
    said = {reason for play in plays for step in play.steps for reason in step.reasons}
    answers = {answer for model in plan.models.values() for answer in model.answers.values()}
    return (said | answers) & ACTS


def test_a_day_ends_with_equal_totals_on_stations_and_server(tmp_path: Path) -> None:
    """More trouble than on most days, so that few documents meet much of it."""
    plan = planned(64, 129, datetime.now().astimezone().date(), 0.6)
    assert len(plan.troubles) >= 18, plan.troubles
    assert acts(plan) == ACTS
    day = Day(tmp_path / "day", plan)
    try:
        day.play()
        found = check(day)
    finally:
        day.close()
    assert found["events"] > 64
    assert found["objects"] > 100


def test_the_whole_day_meets_every_trouble() -> None:
    plan = planned(3000, 1, date(2027, 11, 30))
    every = {*inbound.TROUBLES, *inbound.RETURN_TROUBLES, *outbound.TROUBLES,
             *outbound.TRUCK_TROUBLES, *COUNT_TROUBLES, "quota"}
    assert {*plan.troubles} == every
    assert acts(plan) == ACTS
    assert abs(sum(plan.troubles.values()) / len(plan.documents) - TROUBLE) < 0.002
    assert len(plan.documents) >= 3000
    assert len(plan.kinds) >= 18
    every_play = (play for plays in plan.plays for each in plays.values() for play in each)
    played = Counter(name for play in every_play for name in play.documents)
    assert played.keys() == plan.documents.keys()
    assert max(played.values()) == len(STATIONS), "some documents are played at both stations"


def test_equal_seeds_give_equal_days() -> None:
    one, again, other = (planned(200, seed, date(2027, 11, 30)) for seed in (1, 1, 2))
    assert (one.plays == again.plays, one.records == again.records, one.plays == other.plays) == (True, True, False)
