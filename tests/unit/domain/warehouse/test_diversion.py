"""The judge of diversion: each finding from its facts, and what cannot be judged is said."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.products import Partner
from app.domain.warehouse.diversion import Finding, Judged, Met, judge
from app.domain.warehouse.goods import Binding, Goods, Sighting, Snapshot, TerritoryRule
from app.domain.warehouse.kinds import BY_NAME
from app.domain.warehouse.policy import Measure, Policy, Site

NOW = "2027-11-30T10:00:00+08:00"
SNAPSHOT = Snapshot("S1", "2027-11-29T00:00:00+00:00", "2027-12-29T00:00:00+00:00", complete=True)
PARTNERS = {each.id: each for each in (
    Partner("D1", "6901234000016", {}, "distributor", "5101"), Partner("D2", "6901234000023", {}, "distributor", "31"),
    Partner("R1", "6901234000030", {}, "retailer", "510104"), Partner("DC", "6901234000047", {}, "own"))}
GOODS = Goods(now=NOW, snapshot=SNAPSHOT, partners=PARTNERS)
DEALER, OWN, ROAD = Site("D1", "5101", 30.67, 104.07), Site("", "", 30.67, 104.07), Site("", "310115", 31.23, 121.47)


def found(goods: Goods = GOODS, site: Site = DEALER, kind: str = "", partner: str = "", product: str = "P",
          policy: Policy | None = None) -> Judged:
    met = Met(site, BY_NAME[kind] if kind else None, PARTNERS.get(partner))
    return judge("e:1", goods, met, policy or Policy(), product)


def bound(partner: str, territory: str = "", by: str = "itself", epc: str = "e:1", source: str = "snapshot",
          goods: Goods = GOODS) -> Goods:
    siblings = {"e:1": (*goods.siblings.get("e:1", ()), *((epc,) if epc != "e:1" else ()))}
    return replace(goods, bindings={**goods.bindings, epc: Binding(epc, partner, territory, "2027-11-01", by, source)},
                   siblings=siblings)


@pytest.mark.parametrize(("goods", "site", "kind", "partner", "finding"), [
    (bound("D1", "5101"), DEALER, "purchase_in", "", Finding.RIGHT),
    (bound("D1", "5101"), DEALER, "", "", Finding.RIGHT),
    (bound("D2", "31"), DEALER, "purchase_in", "", Finding.WRONG_DEALER),
    (bound("D2", "31"), DEALER, "", "", Finding.WRONG_DEALER),
    (bound("D1", "31"), DEALER, "purchase_in", "", Finding.WRONG_TERRITORY),
    (bound("D1", "5101"), ROAD, "", "", Finding.WRONG_TERRITORY),
    (bound("D2", "31"), ROAD, "", "", Finding.RIGHT),
    (bound("D1", ""), ROAD, "", "", Finding.WRONG_TERRITORY),                   # the dealer's own territory
    (bound("D1", "5101"), OWN, "return_in", "D1", Finding.RIGHT),
    (bound("D1", "5101"), OWN, "return_in", "D2", Finding.SHIPPED_TO_OTHER),
    (bound("D1", "5101"), OWN, "return_in", "R1", Finding.RIGHT),               # a store buys from a distributor
    (bound("D2", "31"), OWN, "return_in", "R1", Finding.WRONG_TERRITORY),       # but not from one far away
    (bound("D1", "5101"), OWN, "receive", "D1", Finding.RIGHT),
    (bound("D1", "5101"), OWN, "receive", "D2", Finding.WRONG_DEALER),
    (bound("D1", "5101"), OWN, "transfer_in", "DC", Finding.RIGHT),
    (bound("DC"), OWN, "receive", "", Finding.RIGHT),
    (bound("DC"), DEALER, "receive", "", Finding.WRONG_DEALER),
    (bound("R1", "510104"), DEALER, "", "R1", Finding.RIGHT),
    (bound("D2", "31"), DEALER, "", "R1", Finding.WRONG_TERRITORY),
    (bound("R1", "510104"), OWN, "", "D2", Finding.SHIPPED_TO_OTHER),
    (GOODS, DEALER, "purchase_in", "", Finding.NEVER_SHIPPED),
    (GOODS, OWN, "return_in", "D1", Finding.NEVER_SHIPPED),
    (GOODS, ROAD, "", "", Finding.NEVER_SHIPPED),
    (GOODS, OWN, "receive", "DC", Finding.RIGHT),                               # new: nobody has it yet
    (bound("", source="station"), OWN, "receive", "", Finding.RIGHT),           # given back and here
    (bound("", source="station"), DEALER, "receive", "", Finding.NEVER_SHIPPED),
])
def test_each_finding(goods: Goods, site: Site, kind: str, partner: str, finding: Finding) -> None:
    assert found(goods, site, kind, partner).finding is finding


def test_a_finding_says_what_was_expected_what_is_and_by_which_rule() -> None:
    goods = replace(bound("D1", "5101"), rules={"D1": (TerritoryRule("T-7", "D1", "51"),)})
    judged = found(goods, ROAD)
    assert (judged.expected, judged.actual, judged.rule) == ("D1 / 5101", "310115", "T-7")
    assert (judged.code, judged.by, judged.source) == ("e:1", "itself", "snapshot")


def test_another_house_of_the_owner_is_no_dealer() -> None:
    assert found(bound("D1", "5101"), Site("DC", "51"), "return_in", "D1").finding is Finding.RIGHT
    assert found(bound("DC"), Site("DC", "51"), "transfer_in", "").finding is Finding.RIGHT


@pytest.mark.parametrize("by", ["peer", "parent", "child"])
def test_where_the_code_was_cut_off_another_one_decides(by: str) -> None:
    judged = found(bound("D2", "31", by, "e:other"))
    assert (judged.finding, judged.epc, judged.code, judged.by) == (Finding.WRONG_DEALER, "e:1", "e:other", by)


def test_a_case_that_was_filled_anew_gives_itself_away() -> None:
    goods = bound("D2", "31", "child", "e:bottle", goods=bound("D1", "5101"))
    judged = found(goods)
    assert (judged.finding, judged.code, judged.by) == (Finding.WRONG_DEALER, "e:bottle", "child")


@pytest.mark.parametrize(("snapshot", "latest", "why"), [
    (Snapshot(), "", "no_snapshot"),
    (replace(SNAPSHOT, valid_until="2027-11-29T12:00:00+00:00"), "", "snapshot_expired"),
    (replace(SNAPSHOT, valid_until="2027-12-01T00:00:00+00:00"), "2027-12-02T00:00:00+08:00", "snapshot_expired"),
    (replace(SNAPSHOT, valid_until="nonsense"), "", "snapshot_expired"),
    (replace(SNAPSHOT, complete=False), "", "not_listed"),
])
def test_what_cannot_be_judged_is_never_right(snapshot: Snapshot, latest: str, why: str) -> None:
    goods = replace(GOODS, snapshot=snapshot, latest=latest)
    judged = found(goods)
    assert (judged.finding, judged.why) == (Finding.NOT_JUDGED, why)
    if why != "not_listed":
        for each in (bound("D1", "5101", goods=goods), bound("D2", "31", goods=goods)):
            assert (found(each).finding, found(each).why) == (Finding.NOT_JUDGED, why)


def test_what_was_bound_here_is_judged_without_any_list() -> None:
    goods = replace(GOODS, snapshot=Snapshot())
    assert found(bound("D2", "31", source="station", goods=goods), OWN, "return_in", "D1").finding is \
        Finding.SHIPPED_TO_OTHER


def test_a_station_without_dealer_and_territory_judges_no_place() -> None:
    judged = found(bound("D1", "5101"), Site())
    assert (judged.finding, judged.why) == (Finding.NOT_JUDGED, "no_place")


def seen(minutes: int, latitude: float = 31.23, longitude: float = 121.47) -> Goods:
    hour, rest = divmod(10 * 60 - minutes, 60)
    return replace(bound("D1", "5101"), sightings={"e:1": Sighting(
        "Shanghai", f"2027-11-30T{hour:02d}:{rest:02d}:00+08:00", latitude, longitude, "31")})


def test_the_same_code_too_far_away_for_the_time() -> None:
    judged = found(seen(60))
    assert (judged.finding, judged.place, judged.expected_territory) == (Finding.TWO_PLACES, "Shanghai", "31")
    assert 1640 < judged.km < 1680
    assert found(seen(0, 30.7, 104.2)).finding is Finding.RIGHT                  # round the corner
    assert found(seen(9 * 60), policy=Policy(speed_km_h=200)).finding is Finding.RIGHT
    assert found(seen(60), Site("D1", "5101")).finding is Finding.RIGHT          # nobody knows where this is


def test_the_measure_is_the_brands() -> None:
    goods = replace(bound("D2", "31"), brands={"P": "GOLD"})
    policy = Policy(diversion={"": Measure.STOP, "GOLD": Measure.RECORD})
    assert found(goods, policy=policy).measure is Measure.RECORD
    assert found(goods, policy=policy, product="Q").measure is Measure.STOP
