"""Whether one cell of the case is read worse than it should be: exact tests on counts, no thresholds in per cent.

A cell is compared with the other cells of the same time, and with its own earlier time. Under "no difference" the
unread places of both sides fall on this cell by the share of looks it had, which is binomial; so the chance of a
false alarm is known without knowing the rate. Repeated looks are allowed for in ALARM (see the tests for both rates).
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ALARM = 1e-5         # chance of so many by accident, for one cell at one look; a shift has thousands of looks
LEAST = 5            # unread places before anything is said
TIMES = 2.0          # as often as it should be; less is not worth a walk to the camera

Looks = tuple[int, int]          # (read, unread)


@dataclass(frozen=True, slots=True)
class Drift:
    """`against`: "others" (the cell is worse than the rest of the case), "before" (worse than it was), "" neither.

    `chance` is how likely so many unread places are by accident.
    """

    against: str = ""
    chance: float = 1.0


def drifts(recent: Sequence[Looks], earlier: Sequence[Looks]) -> tuple[Drift, ...]:
    """One answer a cell; `recent` and `earlier` hold the counts of each cell in the same order."""
    read, unread = sum(each[0] for each in recent), sum(each[1] for each in recent)
    found = []
    for mine, before in zip(recent, earlier, strict=True):
        others = chance(mine, (read - mine[0], unread - mine[1]))
        past = chance(mine, before)
        low = min(others, past)
        found.append(Drift(("others" if others <= past else "before") if low <= ALARM else "", low))
    return tuple(found)


def chance(mine: Looks, other: Looks) -> float:
    """How likely it is by accident that `mine` is so much worse than `other`; 1.0 where it is not worth a word."""
    looks, unread = sum(mine), mine[1]
    other_looks, other_unread = sum(other), other[1]
    if unread < LEAST or not other_looks or unread / looks < TIMES * other_unread / other_looks:
        return 1.0
    return binomial_tail(unread, unread + other_unread, looks / (looks + other_looks))


def binomial_tail(least: int, count: int, share: float) -> float:
    """P(X >= least) for X binomial (count, share), exact."""
    if least <= 0:
        return 1.0
    if share >= 1.0:
        return 1.0
    term = math.exp(math.lgamma(count + 1) - math.lgamma(least + 1) - math.lgamma(count - least + 1)
                    + least * math.log(share) + (count - least) * math.log1p(-share))
    total, odds = term, share / (1 - share)
    for hits in range(least, count):
        term *= (count - hits) / (hits + 1) * odds
        total += term
        if term < total * 1e-12:
            break
    return min(1.0, total)
