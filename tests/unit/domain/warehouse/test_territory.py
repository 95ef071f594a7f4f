"""Territories are prefixes: what begins with a code lies inside it; rules are dated, the narrowest of them counts."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.warehouse.goods import TerritoryRule
from app.domain.warehouse.territory import allowed, apart, in_force, inside, kilometres

CODE = st.text("0123456789", max_size=8)
DAY = st.dates().map(lambda each: each.isoformat())


@given(CODE, CODE, CODE)
def test_lying_inside_is_an_order(one: str, two: str, three: str) -> None:
    assert inside(one, one) or not one
    assert inside(one + two, one) or not one
    if inside(one, two) and inside(two, one):
        assert one == two
    if inside(one, two) and inside(two, three):
        assert inside(one, three)


@given(CODE, CODE, CODE)
def test_apart_is_mutual_and_is_inherited_by_all_inside(one: str, two: str, more: str) -> None:
    assert apart(one, two) == apart(two, one)
    if apart(one, two):
        assert apart(one + more, two) and not inside(one + more, two)
    if inside(one, two):
        assert not apart(one, two)
    assert not apart(one, "") and not apart("", two)


@given(CODE.filter(bool), CODE.filter(bool), CODE)
def test_what_is_allowed_never_grows_by_what_the_shipment_says(rule: str, bound: str, own: str) -> None:
    codes, _ = allowed((TerritoryRule("R", "D", rule),), bound, own)
    assert codes in ((rule,), (bound,))
    assert all(inside(each, rule) for each in codes)


@given(st.lists(st.tuples(CODE.filter(bool), st.sampled_from(["", "P", "Q"]), st.sampled_from(["", "B"]),
                          DAY, DAY), max_size=8), DAY)
def test_only_rules_of_the_day_and_of_the_narrowest_kind(rows: list[tuple[str, str, str, str, str]], day: str) -> None:
    rules = [TerritoryRule(str(at), "D", *row) for at, row in enumerate(rows)]
    found = in_force(rules, "P", "B", day)
    assert all(each.since <= day <= each.until and each.product in ("", "P") for each in found)
    if any(each.product for each in found):
        assert all(each.product == "P" for each in found)
    dated = [each for each in rules if each.since <= day <= each.until]
    assert found or not any(each.product == "P" or not each.product for each in dated)


def test_rules_of_another_product_say_nothing() -> None:
    rules = (TerritoryRule("R1", "D", "51", product="P"), TerritoryRule("R2", "D", "5101", brand="B"),
             TerritoryRule("R3", "D", "31", until="2027-12-31"))
    assert [each.id for each in in_force(rules, "P", "B", "2027-11-30")] == ["R1"]
    assert [each.id for each in in_force(rules, "Q", "B", "2027-11-30")] == ["R2"]
    assert [each.id for each in in_force(rules, "Q", "", "2027-11-30")] == ["R3"]
    assert in_force(rules, "Q", "", "2028-01-01") == ()


def test_without_rules_the_shipment_and_then_the_dealer_tell() -> None:
    assert allowed((), "5101", "51") == (("5101",), "")
    assert allowed((), "", "51") == (("51",), "")
    assert allowed((), "", "") == ((), "")


def test_distances_are_those_of_the_globe() -> None:
    chengdu, shanghai = (30.67, 104.07), (31.23, 121.47)
    assert kilometres(chengdu, shanghai) == pytest.approx(1660, rel=0.02)
    assert kilometres(chengdu, chengdu) == 0
    assert kilometres((0, 179.9), (0, -179.9)) == pytest.approx(22.2, rel=0.02)
    assert kilometres((90, 0), (-90, 0)) == pytest.approx(20015, rel=0.001)
