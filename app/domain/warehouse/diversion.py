"""The judge of diversion (窜货): whether goods are where they were meant to be, by whom they were bound to.

Pure: what the store and the signed snapshot know comes in `facts.goods`. What cannot be judged is said, never taken for
right. Several codes tell of one object (itself, its peers, what it is in, what it holds): the worst that any of them
tells counts, so that a code that was cut off, or a case that was filled anew, gives itself away.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.decision import Data
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Known
from app.domain.products import Partner
from app.domain.warehouse import territory
from app.domain.warehouse.goods import Binding, Goods, Sighting
from app.domain.warehouse.kinds import Kind, PartnerRole
from app.domain.warehouse.policy import Measure, Policy, Site, inside

MARGIN_KM = 20.0                 # of a sighting's place, and for what stands beside a road
MOST_TERRITORIES = 5             # that a sentence names
OURSELVES = frozenset({"production_in", "rework_in", "gain"})       # what comes from ourselves was never shipped
HOUSE = frozenset({PartnerRole.OWN, PartnerRole.BRAND})
LOWER = frozenset({PartnerRole.RETAILER, PartnerRole.SALESMAN, PartnerRole.GUIDE})      # they buy from a distributor


class Finding(StrEnum):
    """What the judge says; each that is not right is also a Reason with the same word."""

    RIGHT = "right"
    NOT_JUDGED = "not_judged"
    NEVER_SHIPPED = "never_shipped"
    WRONG_TERRITORY = "wrong_territory"
    WRONG_DEALER = "wrong_dealer"
    SHIPPED_TO_OTHER = "shipped_to_other"
    TWO_PLACES = "two_places"

    @property
    def suspect(self) -> bool:
        return self not in (Finding.RIGHT, Finding.NOT_JUDGED)


GRAVITY = {each: at for at, each in enumerate(Finding)}      # in the order above, the gravest last


@dataclass(frozen=True, slots=True)
class Judged:
    """`why` says what keeps a judgement from being given: "no_snapshot", "snapshot_expired", "not_listed", "no_place".

    Expected and actual are a dealer's id and a territory, either "" where it plays no part. `code` is the one that
    decided and `by` how it belongs to the object: "itself", "peer", "parent", "child". `place` and `at` are those of
    the other sighting, `km` how far that is.
    """

    finding: Finding
    epc: str
    measure: Measure = Measure.STOP
    code: str = ""
    by: str = "itself"
    expected_dealer: str = ""
    expected_territory: str = ""
    actual_dealer: str = ""
    actual_territory: str = ""
    rule: str = ""
    why: str = ""
    source: str = ""             # of the binding: "snapshot" or "station"
    place: str = ""
    at: str = ""
    km: int = 0

    @property
    def expected(self) -> str:
        return both(self.expected_dealer, self.expected_territory)

    @property
    def actual(self) -> str:
        return both(self.actual_dealer, self.actual_territory)

    @property
    def data(self) -> Data:
        """For a sentence, and for the page."""
        return {"code": self.epc, "decided": self.code, "decided_as": self.by, "dealer": self.expected_dealer,
                "territory": self.expected_territory, "actual_dealer": self.actual_dealer,
                "actual_territory": self.actual_territory, "rule": self.rule, "place": self.place, "at": self.at,
                "km": self.km, "unjudged": self.why, "finding": str(self.finding)}


def both(dealer: str, territories: str) -> str:
    """A dealer and a territory in one word, as the evidence and the events have it."""
    return " / ".join(each for each in (dealer, territories) if each)


@dataclass(frozen=True, slots=True)
class Met:
    """Where goods turned up: whose site, who brought them, by which kind of document (None: inspected or looked up)."""

    site: Site
    kind: Kind | None = None
    partner: Partner | None = None

    @property
    def bringer(self) -> str:
        return self.partner.id if self.partner else ""

    @property
    def dealer(self) -> str:
        """Who has the goods: on a return or an inspection whoever shows them, else whose site it is."""
        shown = self.bringer if self.kind is None or self.kind.returns else ""
        return shown or self.site.partner

    @property
    def territory(self) -> str:
        given = self.partner.territory if self.partner and (self.kind is None or self.kind.returns) else ""
        return given or self.site.territory


def judge(epc: str, goods: Goods, met: Met, policy: Policy, product: str = "") -> Judged:
    """One object with all that is known of it. `product` is its id, "" where the code does not tell."""
    brand = goods.brands.get(product, "")
    owner = goods.partners.get(met.site.partner)
    if owner is not None and owner.role in HOUSE:            # another house of the brand's owner is no dealer
        met = replace(met, site=replace(met.site, partner=""))
    found = max(_each(epc, goods, met, policy, product, brand), key=lambda each: GRAVITY[each.finding])
    return replace(found, epc=epc, measure=policy.on_diversion(brand))


def _each(epc: str, goods: Goods, met: Met, policy: Policy, product: str, brand: str) -> Iterator[Judged]:
    """What each code of the object and each sighting of it tells, the object's own first."""
    codes = (epc, *goods.siblings.get(epc, ()))
    bindings: dict[tuple[str, str, str], Binding] = {}       # what is bound alike is judged once, by the nearest code
    for binding in (goods.bindings[each] for each in codes if each in goods.bindings):
        bindings.setdefault((binding.partner, binding.territory, binding.source), binding)
    for binding in bindings.values():
        yield _bound(binding, goods, met, product, brand)
    if not bindings:
        yield _unbound(epc, goods, met)
    for each in codes:
        seen = goods.sightings.get(each)
        found = _seen(epc, each, seen, goods, met, policy) if seen else None
        if found:
            yield found


def own_stock(found: Judged, goods: Goods, known: Known | None, met: Met, location: str) -> bool:
    """Whether it is stock of the brand's owner that stands where it was scanned and that nobody was ever sent: there is
    nothing to judge. `location`: the site's URI. Somebody who shows such goods has what never left."""
    owner = goods.partners.get(met.site.partner)
    ours = not met.site.partner or owner is not None and owner.role in HOUSE
    here = known is not None and known.status not in ON_THE_WAY | END_OF_LIFE and inside(location, known.location)
    unbound = found.finding in (Finding.NEVER_SHIPPED, Finding.NOT_JUDGED) and not goods.bindings
    return met.kind is None and met.partner is None and ours and here and unbound


def stale(goods: Goods) -> str:
    """Why the snapshot says nothing: there is none, or its time is over by the newest clock known here."""
    if not goods.snapshot.id:
        return "no_snapshot"
    now = max(filter(None, (_moment(each) for each in (goods.now, goods.latest))), default=None)
    until = _moment(goods.snapshot.valid_until)
    return "snapshot_expired" if now is None or until is None or now > until else ""


def _unbound(epc: str, goods: Goods, met: Met) -> Judged:
    if met.kind is not None and not met.kind.returns and not met.site.partner:
        return Judged(Finding.RIGHT, epc, code=epc)          # new to the owner of the brand: nobody has it yet
    why = stale(goods) or ("" if goods.snapshot.complete else "not_listed")
    if why:
        return Judged(Finding.NOT_JUDGED, epc, code=epc, why=why)
    return Judged(Finding.NEVER_SHIPPED, epc, code=epc, actual_dealer=met.dealer, actual_territory=met.territory,
                  source="snapshot")


def _bound(binding: Binding, goods: Goods, met: Met, product: str, brand: str) -> Judged:
    about = Judged(Finding.RIGHT, binding.epc, code=binding.epc, by=binding.by, expected_dealer=binding.partner,
                   expected_territory=binding.territory, actual_dealer=met.dealer, actual_territory=met.territory,
                   source=binding.source)
    old = stale(goods) if binding.source == "snapshot" else ""
    if old:
        return replace(about, finding=Finding.NOT_JUDGED, why=old)
    if not binding.partner:                                  # given back, and bound to nobody since
        return about if not met.dealer else replace(about, finding=Finding.NEVER_SHIPPED)
    dealer = goods.partners.get(binding.partner)
    ours = dealer is not None and dealer.role == PartnerRole.OWN
    inward = met.kind is not None and not met.kind.returns
    from_us = inward and met.partner is not None and (met.partner.role in HOUSE or binding.partner == met.bringer)
    if not met.site.partner and (ours or from_us):
        return about
    if not _right_dealer(binding, dealer, met, inward):
        word = Finding.WRONG_DEALER if inward or not met.bringer else Finding.SHIPPED_TO_OTHER
        return replace(about, finding=word, actual_dealer=met.dealer or met.bringer)
    if met.kind is not None and met.kind.returns and binding.partner == met.bringer:
        return about                                         # it comes back from where it was sent to
    if not met.territory and not met.dealer and not inward:
        return replace(about, finding=Finding.NOT_JUDGED, why="no_place")
    rules = territory.in_force(goods.rules.get(binding.partner, ()), product, brand, goods.now[:10])
    codes, rule = territory.allowed(rules, binding.territory, dealer.territory if dealer else "")
    about = replace(about, expected_territory=_several(codes), rule=rule)
    if codes and all(territory.apart(met.territory, each) for each in codes):
        return replace(about, finding=Finding.WRONG_TERRITORY)
    return about


def _right_dealer(binding: Binding, dealer: Partner | None, met: Met, inward: bool) -> bool:
    """Whether the one who has the goods is whom they were shipped to, or buys from that one."""
    if inward:
        own = (met.site.partner, met.bringer) if met.site.partner else (met.bringer,)
        return binding.partner in own
    if not met.bringer:
        return not met.site.partner or binding.partner == met.site.partner
    if binding.partner in (met.bringer, met.site.partner):
        return True
    role = met.partner.role if met.partner else ""
    return dealer is not None and dealer.role == PartnerRole.DISTRIBUTOR and role in LOWER


def _seen(epc: str, code: str, seen: Sighting, goods: Goods, met: Met, policy: Policy) -> Judged | None:
    """The code was elsewhere too short a time ago: one of the two is a copy."""
    here = (met.site.latitude, met.site.longitude)
    now, then = _moment(goods.now), _moment(seen.at)
    if here[0] is None or here[1] is None or now is None or then is None or stale(goods):
        return None
    km = territory.kilometres((here[0], here[1]), (seen.latitude, seen.longitude))
    hours = abs((now - then).total_seconds()) / 3600
    if km - MARGIN_KM <= policy.speed_km_h * hours:
        return None
    return Judged(Finding.TWO_PLACES, epc, code=code, by="itself" if code == epc else "peer",
                  expected_territory=seen.territory, actual_dealer=met.dealer, actual_territory=met.territory,
                  rule=f"{policy.speed_km_h} km/h", place=seen.place, at=seen.at, km=round(km), source="snapshot")


def _several(codes: tuple[str, ...]) -> str:
    more = "…" if len(codes) > MOST_TERRITORIES else ""
    return ", ".join(codes[:MOST_TERRITORIES]) + more


def _moment(text: str) -> datetime | None:
    """An ISO time with its zone; None for anything else: two times without zones cannot be compared."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
