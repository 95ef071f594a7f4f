"""The order of the rungs: what brings most for its time first, and learnt from every try."""
from __future__ import annotations

import math

import pytest

from app.vision.ladder import Ladder, Tally
from app.vision.rungs import LADDERS, Rung


def rung(name: str, rate: float, ms: float) -> Rung:
    return Rung(name, lambda grey: (grey, grey), rate, ms)


CHEAP, DEAR, WEAK = rung("cheap", 0.5, 0.2), rung("dear", 0.9, 5.0), rung("weak", 0.01, 0.4)


def order(ladder: Ladder, left_ms: float = math.inf, most_ms: float = math.inf) -> list[str]:
    names: list[str] = []
    while offer := ladder.next(names, left_ms, most_ms):
        names.append(offer[1].name)
    return names


def test_what_brings_most_for_its_time_comes_first() -> None:
    assert order(Ladder([WEAK, DEAR, CHEAP])) == ["cheap", "dear", "weak"]


def test_what_has_no_time_left_and_what_is_too_dear_is_not_offered() -> None:
    assert order(Ladder([CHEAP, DEAR, WEAK]), left_ms=1.0) == ["cheap", "weak"]
    assert order(Ladder([CHEAP, DEAR, WEAK]), most_ms=0.3) == ["cheap"]


@pytest.mark.parametrize("kind", LADDERS)
def test_a_rung_that_wins_is_tried_first_after_a_frame(kind: str) -> None:
    ladder = Ladder(LADDERS[kind])
    usual = ladder.rungs[0]
    winner = next(each for each in ladder.rungs if each.name == "softer")
    assert order(ladder)[0] == usual.name
    for _ in range(24):                              # a case printed in dots
        ladder.tell(usual, False, usual.ms)
        ladder.tell(winner, True, winner.ms)
    assert order(ladder)[0] == winner.name
    for _ in range(100):                             # and one that is not, again
        ladder.tell(winner, False, winner.ms)
        ladder.tell(usual, True, usual.ms)
    assert order(ladder)[0] == usual.name


def test_one_slow_try_spoils_nothing_and_a_slow_machine_changes_no_order() -> None:
    ladder = Ladder([CHEAP, DEAR])
    ladder.tell(CHEAP, True, 900.0)
    assert ladder.ms(CHEAP) < 2 * CHEAP.ms
    for _ in range(200):
        ladder.tell(CHEAP, True, 4 * CHEAP.ms)
    assert ladder.ms(DEAR) > 3 * DEAR.ms and order(ladder) == ["cheap", "dear"]


def test_what_was_learnt_is_kept() -> None:
    ladder = Ladder([CHEAP, WEAK])
    for _ in range(30):
        ladder.tell(CHEAP, False, 0.2)
        ladder.tell(WEAK, True, 0.4)
    again = Ladder([CHEAP, WEAK], dict(ladder.tallies))
    assert order(again) == order(ladder) == ["weak", "cheap"]


def test_what_cannot_be_true_of_a_rung_is_not_believed() -> None:
    """A rung thought to take longer than a picture has would never be tried, and so never be known better."""
    ladder = Ladder([DEAR], {"dear": Tally(tried=3.0, won=9.0, ms=90_000.0)})
    assert ladder.rate(DEAR) <= 1 and ladder.next((), 50.0, math.inf) is not None
    for _ in range(200):
        ladder.tell(DEAR, True, DEAR.ms)
    assert ladder.ms(DEAR) < 1.5 * DEAR.ms
