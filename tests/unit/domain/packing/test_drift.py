"""The drift alarm: exact arithmetic, no alarm in many quiet shifts, an alarm soon after a cell gets worse."""
from __future__ import annotations

import math
import random
from statistics import median

import pytest

from app.domain.packing.drift import ALARM, Drift, binomial_tail, chance, drifts

CELLS, CASES_A_MINUTE, LOOK_EVERY = 24, 25, 5
Counts = list[tuple[int, int]]


def first_alarm(chance_: random.Random, rate: float, hours: int, worse: tuple[int, float] | None = None,
                cells: int = CELLS) -> int | None:
    """The minute of the first alarm in a shift that is looked at every few minutes, as the line page does."""
    whole: list[Counts] = []
    now: Counts = [(0, 0)] * cells
    for minute in range(0, hours * 60, LOOK_EVERY):
        for cell in range(cells):
            bad = worse[1] if worse and cell == 3 and minute >= worse[0] else rate
            unread = binomial(chance_, CASES_A_MINUTE * LOOK_EVERY, bad)
            now[cell] = now[cell][0] + CASES_A_MINUTE * LOOK_EVERY - unread, now[cell][1] + unread
        recent, earlier = now, [(0, 0)] * cells
        for at in range(len(whole) - 1, -1, -1):
            if sum(recent[0]) < 500:
                recent = added(recent, whole[at])
            else:
                earlier = added(earlier, whole[at])
        if any(each.against for each in drifts(recent, earlier)):
            return minute + LOOK_EVERY
        if (minute + LOOK_EVERY) % 60 == 0:
            whole.append(now)
            now = [(0, 0)] * cells
    return None


def added(one: Counts, other: Counts) -> Counts:
    return [(a + c, b + d) for (a, b), (c, d) in zip(one, other, strict=True)]


def binomial(chance_: random.Random, count: int, rate: float) -> int:
    """So many of `count` by gaps between hits: quick where hits are rare."""
    hits, at = 0, int(math.log(1 - chance_.random()) / math.log1p(-rate))
    while at < count:
        hits += 1
        at += 1 + int(math.log(1 - chance_.random()) / math.log1p(-rate))
    return hits


@pytest.mark.parametrize(("least", "count", "share"),
                         [(5, 12, 0.2), (1, 3, 0.5), (9, 9, 0.9), (40, 700, 0.04), (0, 4, 0.1)])
def test_the_tail_is_exact(least: int, count: int, share: float) -> None:
    by_hand = sum(math.comb(count, k) * share ** k * (1 - share) ** (count - k) for k in range(least, count + 1))
    assert binomial_tail(least, count, share) == pytest.approx(by_hand, rel=1e-9)


def test_what_is_not_worth_a_word() -> None:
    assert chance((10, 4), (10_000, 0)) == 1.0          # fewer than five, whatever the rate
    assert chance((900, 19), (9_000, 100)) == 1.0       # less than twice as often
    assert chance((900, 50), (0, 0)) == 1.0             # nothing to compare with
    assert chance((950, 50), (9_990, 10)) < ALARM


def test_what_it_is_worse_than() -> None:
    quiet = [(1_490, 3)] * CELLS
    assert drifts(quiet, [(15_000, 30)] * CELLS) == (Drift("", 1.0),) * CELLS
    one_cell = [*quiet[:6], (1_440, 53), *quiet[7:]]
    found = drifts(one_cell, [(15_000, 30)] * CELLS)
    assert [at for at, each in enumerate(found) if each.against] == [6]
    dark = [(1_400, 93)] * CELLS                        # the lamp: all cells alike, and none was so before
    assert {each.against for each in drifts(dark, [(15_000, 30)] * CELLS)} == {"before"}
    corner = [*quiet[:23], (1_440, 53)]                 # it has always been so: worse than the others all the same
    assert drifts(corner, [*[(15_000, 30)] * 23, (14_500, 530)])[23].against == "others"


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.01, 0.03])
def test_no_false_alarm_in_forty_shifts(rate: float) -> None:
    chance_ = random.Random(11)
    alarms = sum(first_alarm(chance_, rate, 8) is not None for _ in range(40))
    assert alarms == 0


def test_a_cell_that_gets_worse_is_told_within_the_hour() -> None:
    """From 2 to 20 in a thousand, two hours into the shift: 1 500 cases an hour."""
    chance_ = random.Random(12)
    found = [first_alarm(chance_, 0.002, 4, (120, 0.02)) for _ in range(20)]
    after = [minute - 120 if minute else 999 for minute in found]
    assert min(after) > 0 and max(after) <= 60
    assert median(after) <= 20
