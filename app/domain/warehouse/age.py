"""Age of goods (货龄): remaining life, oldest first (FEFO), expired, and the least that a customer takes.

Pure: dates of expiry come with the contents, older goods that are still here in `goods.older`. Goods without a date of
expiry never block. What is found is stopped, asked about, or passed and recorded in the event, as the policy says.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import unquote

from app.domain.decision import Data, Verdict
from app.domain.facts import Content
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.goods import Goods
from app.domain.warehouse.kinds import Kind
from app.domain.warehouse.policy import Measure, Policy

LIFE, OLDER = "life", "older"        # the questions that CONFIRM answers
# What may be sold: the rest of the house's goods is not what should leave first.
SALEABLE = frozenset({"active", "in_progress", "conformant", "container_closed", "available", "sellable_accessible",
                      "sellable_not_accessible"})
# Remaining days from … on, the least first; below 0 it is expired.
BUCKETS: tuple[tuple[str, int], ...] = (("expired", -100_000), ("days_30", 0), ("days_90", 31), ("days_180", 91),
                                        ("days_365", 181), ("longer", 366))
NO_DATE = "no_date"
Extra = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """`verdict` None: it may go. Otherwise it is a refusal, or, with a `question`, one that CONFIRM answers.

    `extra` are the event's own fields where something was found and passed all the same.
    """

    verdict: Verdict | None = None
    question: str = ""
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the age of goods, and what the policy wants done about it."""

    word: str            # past_expiry, short_life, older_here
    measure: Measure
    question: str
    data: Data


def judge(kind: Kind | None, partner: Partner | None, contents: Iterable[Content], goods: Goods, policy: Policy,
          agreed: frozenset[str] = frozenset()) -> Judged:
    """Whether goods of this age may come in or leave by a document of this kind, or be picked (`kind` None).

    `agreed` are the questions that were answered with CONFIRM.
    """
    found = [each for each in findings(kind, partner, contents, goods, policy) if each.measure is not Measure.OFF]
    for each in found:
        if each.measure is Measure.STOP:
            return Judged(Verdict(Outcome.REJECTED, Reason(each.word), each.data))
    for each in found:
        if each.measure is Measure.WARN and each.question not in agreed:
            return Judged(Verdict(Outcome.WARNING, Reason(each.word), each.data), each.question)
    if not found:
        return Judged()
    extra: list[tuple[str, str | int]] = [("age", " ".join(dict.fromkeys(each.word for each in found)))]
    for name, key in (("lifeDays", "days"), ("olderLot", "older"), ("olderExpiry", "older_expiry")):
        extra += [(name, each.data[key]) for each in found if key in each.data][:1]
    return Judged(extra=tuple(extra))


def findings(kind: Kind | None, partner: Partner | None, contents: Iterable[Content], goods: Goods,
             policy: Policy) -> list[Finding]:
    """All that is to be said of the age of these contents, the gravest first."""
    today = day(goods.now)
    if today is None or not is_judged(kind):
        return []
    dated = sorted((content for content in contents if day(content.expiry)), key=lambda content: content.expiry)
    expired, short = [], []
    for content in dated:
        days, least = days_left(content.expiry, today), least_days(kind, partner, policy)
        data: Data = {"product": content.product, "lot": content.lot, "expiry": content.expiry, "days": days}
        if days < 0:
            expired.append(Finding("past_expiry", policy.expired, LIFE, {**data, "late": -days}))
        elif days < least:
            data |= {"least": least, "partner": partner.id if partner else ""}
            short.append(Finding("short_life", policy.life, LIFE, data))
    passed_over = list(_passed_over(dated, goods, policy)) if kind is None or kind.away else []
    return [*expired, *short, *passed_over]


def _passed_over(dated: list[Content], goods: Goods, policy: Policy) -> Iterator[Finding]:
    """Older goods of the same product that stay while these leave, the oldest of each product once."""
    for older in goods.older:
        after = [content for content in dated if content.product == older.product and content.expiry > older.expiry]
        if after:
            data: Data = {"product": older.product, "lot": after[-1].lot, "expiry": after[-1].expiry,
                          "older": older.lot, "older_expiry": older.expiry, "units": older.units}
            shelf = unquote(older.location.partition("/254/")[2])
            yield Finding("older_here", policy.fefo, OLDER, {**data, "place": shelf} if shelf else data)


def is_judged(kind: Kind | None) -> bool:
    """Goods that come back, go back or end here may be as old as they are."""
    if kind is None:
        return True
    return kind.step == "receiving" and not kind.returns if kind.incoming else kind.away and kind.transaction != "rma"


def least_days(kind: Kind | None, partner: Partner | None, policy: Policy) -> int:
    """Days that goods must still have: the customer's where there is one who says so, else the house's own."""
    customer = partner if kind is None or not kind.incoming else None
    return customer.min_life_days if customer and customer.min_life_days >= 0 else policy.min_life_days


def first_expiry(kind: Kind | None, partner: Partner | None, policy: Policy, now: str) -> str:
    """The earliest ISO date of expiry with which goods may go there: what is older than that is not passed over."""
    today = day(now)
    if today is None:
        return ""
    least = least_days(kind, partner, policy) if policy.life in (Measure.STOP, Measure.WARN) else 0
    return (today + timedelta(days=max(least, 0))).isoformat()


def day(text: str) -> date | None:
    """The day of an ISO date or time; None where there is none."""
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        return None


def days_left(expiry: str, today: date) -> int:
    """Days to the date of expiry; the goods are good on that day itself, so 0 is not expired."""
    return (date.fromisoformat(expiry[:10]) - today).days


def share_left(days: int, shelf_life_days: int) -> float | None:
    """What is left of the shelf life, 0 … 1; None where the product's is not known."""
    return min(1.0, max(0.0, days / shelf_life_days)) if shelf_life_days > 0 else None


def bucket(expiry: str, today: date) -> str:
    """The word of BUCKETS that goods fall into, or NO_DATE."""
    if day(expiry) is None:
        return NO_DATE
    days = days_left(expiry, today)
    return next(word for word, least in reversed(BUCKETS) if days >= least)
