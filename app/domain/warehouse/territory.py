"""Territories are codes such as 5101: what begins with a code lies inside it. Rules of dealers, and distances.

Pure arithmetic; what is done about a finding is diversion.py's.
"""
from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

from app.domain.warehouse.goods import TerritoryRule

EARTH_KM = 6371.0
MOST_NAMED = 5               # rules that are named where several decide


def inside(territory: str, of: str) -> bool:
    """Whether `territory` lies in `of`, or is it; nothing lies in a territory without a code."""
    return bool(of) and territory.startswith(of)


def apart(one: str, other: str) -> bool:
    """True where two territories have no place in common; what is not known is apart from nothing."""
    return bool(one) and bool(other) and not (inside(one, other) or inside(other, one))


def in_force(rules: Sequence[TerritoryRule], product: str, brand: str, day: str) -> tuple[TerritoryRule, ...]:
    """A dealer's rules that hold for this product on this day (ISO date): those of the product alone where there are
    any, else those of its brand, else the general ones."""
    dated = [each for each in rules if each.since <= day and (not each.until or day <= each.until)]
    for narrow in (lambda each: bool(product) and each.product == product,
                   lambda each: bool(brand) and not each.product and each.brand == brand,
                   lambda each: not each.product and not each.brand):
        found = tuple(each for each in dated if narrow(each))
        if found:
            return found
    return ()


def allowed(rules: Sequence[TerritoryRule], bound: str, own: str) -> tuple[tuple[str, ...], str]:
    """(territories, rule) that goods may be found in.

    `bound` is what the shipment said: it narrows what the rules allow. Without rules it stands alone, and without that
    the dealer's `own`. The rule's id is "" where no rule decides; several are joined by a space.
    """
    codes = tuple(dict.fromkeys(each.territory for each in rules))
    names = " ".join(each.id for each in rules[:MOST_NAMED])
    if not codes:
        return tuple(each for each in (bound or own,) if each), ""
    narrower = [each for each in rules if inside(bound, each.territory)]
    return ((bound,), narrower[0].id) if narrower else (codes, names)


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance between two (latitude, longitude) in degrees."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, each)) for each in (here, there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
