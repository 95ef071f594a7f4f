"""The age of goods: days to the end, the buckets, who wants how much, what is asked and what is refused."""
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import Content
from app.domain.products import Partner
from app.domain.warehouse import age
from app.domain.warehouse.age import BUCKETS, LIFE, NO_DATE, OLDER, Judged
from app.domain.warehouse.goods import Goods, Older
from app.domain.warehouse.kinds import BY_NAME, KINDS
from app.domain.warehouse.policy import Measure, Policy

NOW = "2027-11-30T10:00:00+08:00"
TODAY = date(2027, 11, 30)
SHOP = Partner("S12", "6901234000016", {"en": "Shop"}, min_life_days=90)
ANY = Partner("DC7", "6901234000023", {"en": "Centre"})
SALE, RECEIPT = BY_NAME["sales_out"], BY_NAME["purchase_in"]


def goods(*older: Older) -> Goods:
    return Goods(now=NOW, older=older)


def milk(expiry: str, lot: str = "L1") -> tuple[Content, ...]:
    return (Content("MILK", lot, 24, expiry),)


def word(judged: Judged) -> str:
    return str(judged.verdict.reason) if judged.verdict else ""


def test_days_and_share() -> None:
    assert age.days_left("2027-11-30", TODAY) == 0 and age.days_left("2027-11-29", TODAY) == -1
    assert age.share_left(50, 200) == 0.25 and age.share_left(-3, 200) == 0 and age.share_left(300, 200) == 1
    assert age.share_left(50, 0) is None


@pytest.mark.parametrize(("days", "expected"), [
    ("2027-11-29", "expired"), ("2027-11-30", "days_30"), ("2027-12-30", "days_30"), ("2027-12-31", "days_90"),
    ("2028-02-28", "days_90"), ("2028-02-29", "days_180"), ("2028-11-29", "days_365"), ("2028-11-30", "longer"),
    ("", NO_DATE), ("soon", NO_DATE)])
def test_buckets(days: str, expected: str) -> None:
    assert age.bucket(days, TODAY) == expected


@given(st.integers(-3000, 3000))
def test_each_day_is_in_one_bucket(days: int) -> None:
    expiry = date.fromordinal(TODAY.toordinal() + days).isoformat()
    found = age.bucket(expiry, TODAY)
    least = dict(BUCKETS)[found]
    following = [low for _, low in BUCKETS if low > least]
    assert least <= days and (not following or days < following[0])


@pytest.mark.parametrize(("expiry", "partner", "expected"), [
    ("2027-11-29", ANY, "past_expiry"), ("2027-11-30", ANY, ""), ("2028-02-27", SHOP, "short_life"),
    ("2028-02-28", SHOP, ""), ("", SHOP, ""), ("not a date", SHOP, ""), ("2028-02-28", None, "")])
def test_shipping(expiry: str, partner: Partner | None, expected: str) -> None:
    assert word(age.judge(SALE, partner, milk(expiry), goods(), Policy())) == expected


def test_the_houses_own_minimum_holds_where_the_customer_names_none() -> None:
    strict = Policy(min_life_days=120)
    assert word(age.judge(SALE, ANY, milk("2028-01-30"), goods(), strict)) == "short_life"
    assert word(age.judge(SALE, SHOP, milk("2028-03-20"), goods(), strict)) == ""
    assert word(age.judge(RECEIPT, SHOP, milk("2028-03-20"), goods(), strict)) == "short_life", "we are the customer"
    assert word(age.judge(None, None, milk("2028-03-20"), goods(), strict)) == "short_life", "and at the shelf"
    assert age.first_expiry(SALE, SHOP, strict, NOW) == "2028-02-28"
    assert age.first_expiry(SALE, SHOP, Policy(life=Measure.RECORD), NOW) == "2027-11-30"


def test_older_goods_are_asked_about_once() -> None:
    here = goods(Older("MILK", "L0", "2028-01-01", "https://id.gs1.org/414/1/254/A-1", 48))
    asked = age.judge(SALE, ANY, milk("2028-05-28"), here, Policy())
    assert (word(asked), asked.question) == ("older_here", OLDER) and asked.verdict
    assert asked.verdict.data["older"] == "L0" and asked.verdict.data["place"] == "A-1"
    agreed = age.judge(SALE, ANY, milk("2028-05-28"), here, Policy(), frozenset({OLDER}))
    assert agreed == Judged(extra=(("age", "older_here"), ("olderLot", "L0"), ("olderExpiry", "2028-01-01")))
    assert age.judge(SALE, ANY, milk("2027-12-31"), here, Policy()) == Judged(), "these are older themselves"
    assert age.judge(SALE, ANY, milk("2028-01-01"), here, Policy()) == Judged(), "as old"
    assert age.judge(RECEIPT, ANY, milk("2028-05-28"), here, Policy()) == Judged(), "comes in"
    juice = (Content("JUICE", "J1", 1, "2028-05-28"),)
    assert age.judge(SALE, ANY, juice, here, Policy()) == Judged()


def test_two_questions_are_asked_one_after_the_other() -> None:
    policy = Policy(life=Measure.WARN)
    here = goods(Older("MILK", "L0", "2027-12-20", "", 48))
    first = age.judge(SALE, SHOP, milk("2027-12-24"), here, policy)
    then = age.judge(SALE, SHOP, milk("2027-12-24"), here, policy, frozenset({LIFE}))
    last = age.judge(SALE, SHOP, milk("2027-12-24"), here, policy, frozenset({LIFE, OLDER}))
    assert (first.question, then.question, last.verdict) == (LIFE, OLDER, None)
    assert dict(last.extra) == {"age": "short_life older_here", "lifeDays": 24, "olderLot": "L0",
                                "olderExpiry": "2027-12-20"}


def test_a_refusal_comes_before_any_question() -> None:
    here = goods(Older("MILK", "L0", "2027-12-20", "", 48))
    mixed = (*milk("2027-11-01", "OLD"), *milk("2028-05-28"))
    judged = age.judge(SALE, ANY, mixed, here, Policy())
    assert word(judged) == "past_expiry" and not judged.question and judged.verdict
    assert judged.verdict.data["lot"] == "OLD"


@pytest.mark.parametrize("measure", [Measure.OFF, Measure.RECORD])
def test_what_is_not_stopped_passes(measure: Measure) -> None:
    judged = age.judge(SALE, ANY, milk("2027-11-01"), goods(), Policy(expired=measure))
    assert judged.verdict is None and bool(judged.extra) == (measure is Measure.RECORD)


def test_goods_that_come_back_or_end_may_be_old() -> None:
    free = {kind.name for kind in KINDS if not age.is_judged(kind)}
    assert free == {"return_in", "recall_in", "loan_in", "gain", "return_out", "recall_out", "rework_out", "sample_out",
                    "scrap_out", "destroy_out", "use_out", "loss", "count", "cycle_count"}
    for name in free:
        assert age.judge(BY_NAME[name], SHOP, milk("2020-01-01"), goods(), Policy()) == Judged()
    assert age.judge(SALE, SHOP, milk("2020-01-01"), Goods(), Policy()) == Judged(), "no clock, no judgement"
