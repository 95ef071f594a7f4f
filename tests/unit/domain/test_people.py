"""Badges, PINs, waiting after failures, rights."""

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from app.domain.people import Person, Right, Role, badge_hash, by_badge, by_pin, may, wait_s, weak_pin

HASHER = PasswordHasher(time_cost=1, memory_cost=64)  # small: what is tested is who is asked, not the hash
LI = Person("P1", "Li Na", Role.OPERATOR, badge=badge_hash("P1", "A-17"), pin=HASHER.hash("482913"))
WANG = Person("P2", "Wang Wei", Role.SUPERVISOR, badge=badge_hash("P2", "B-03"))
NOBODY = Person("P3", "New", Role.OPERATOR)
PEOPLE = (LI, WANG, NOBODY)


def verify(made: str, pin: str) -> bool:
    try:
        return HASHER.verify(made, pin)
    except VerificationError:
        return False


def test_a_badge_names_its_person_only() -> None:
    assert by_badge(PEOPLE, "A-17") == LI and by_badge(PEOPLE, "B-03") == WANG
    assert by_badge(PEOPLE, "a-17") is None and by_badge(PEOPLE, "") is None
    twice = Person("P3", "Li Na", Role.SUPERVISOR, badge=badge_hash("P3", "A-17"))
    assert by_badge([*PEOPLE, twice], "A-17") is None, "one card under two ids is nobody's"
    assert badge_hash("P1", "A-17") != badge_hash("P2", "A-17")  # salted: equal badges do not show
    assert badge_hash("P1", "X") != badge_hash("P1X", "")


def test_a_pin_is_asked_of_one_person() -> None:
    assert by_pin(PEOPLE, "P1", "482913", verify) == LI
    assert by_pin(PEOPLE, "P1", "482914", verify) is None
    assert by_pin(PEOPLE, "P2", "482913", verify) is None  # has no PIN
    assert by_pin(PEOPLE, "P9", "482913", verify) is None
    assert by_pin(PEOPLE, "P1", "", verify) is None


def test_failures_cost_time_and_then_lock() -> None:
    waits = [wait_s(failures) for failures in range(11)]
    assert waits == [0, 0, 0, 0, 0, 5, 10, 20, 40, 80, None]


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("482913", ""),
        ("48291", "short"),
        ("abcdef", "digits"),
        ("４８２９１３", "digits"),
        ("", "digits"),
        ("111111", "common"),
        ("123456", "common"),
        ("890123", "common"),
        ("987654", "common"),
        ("123123", "common"),
        ("24680135", ""),
    ],
)
def test_weak_pins(pin: str, why: str) -> None:
    assert weak_pin(pin) == why


def test_nobody_may_do_anything_by_default() -> None:
    assert not any(may(None, right) for right in Right)
    assert all(may(WANG, right) for right in Right if right is not Right.TEACH) and not may(WANG, Right.TEACH)
    assert all(may(Person("P9", "Qian", Role.ENGINEER), right) for right in Right)
    assert not may(LI, Right.CLEAR_STOP) and may(LI, Right.PACK)
