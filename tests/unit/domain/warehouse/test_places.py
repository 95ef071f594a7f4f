"""What may stand where, and what a move says: on paper."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code
from app.domain.decision import Placed
from app.domain.facts import UNSELLABLE, Content, Facts, Standing
from app.domain.products import Hold, Location
from app.domain.reasons import Outcome, Reason
from app.domain.setting import BY_HAND, Asked, Setting
from app.domain.warehouse import places
from app.domain.warehouse.age import SALEABLE
from app.domain.warehouse.changes import Moving
from app.domain.warehouse.goods import Goods
from tests.unit.domain.line import HERE, facts, known

AT = Setting(HERE)
CASE = Code(b"", "", "c1", "rule", "case")
MILK = {"c1": (Content("MILK", "L1", 24, "2028-05-28"),)}
A1 = Location("A-01", {})
QUARANTINE = Location("Q-01", {}, "quarantine")


def about(*, shelf: Location | None = A1, shelves: tuple[Location, ...] = (A1,), now: str = "2027-11-30T08:00:00+08:00",
          contents: dict[str, tuple[Content, ...]] | None = None, **more: object) -> Facts:
    return facts(known("c1", "case", **more), contents=contents or MILK,
                 goods=Goods(now=now, shelf=shelf, shelves=shelves))


@pytest.mark.parametrize(("code", "wanted"), [
    ("A-01", "A-01"), (f"{HERE}/254/A-01", "A-01"), (f"{HERE}/254/A%2F1", "A/1"), (f"{HERE}/254/", None), (HERE, None),
    ("https://id.gs1.org/414/6901234000016/254/A-01", None)])
def test_a_shelf_is_known_by_its_code_or_its_uri(code: str, wanted: str | None) -> None:
    assert places.shelf_code(code, HERE) == wanted


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20))
def test_a_shelf_s_uri_names_it(code: str) -> None:
    uri = places.shelf_uri(HERE, code)
    assert (places.shelf_of(HERE, uri), places.shelf_code(uri, HERE)) == (code, code)


@pytest.mark.parametrize(("location", "more", "wanted"), [
    (A1, {}, None),
    (A1, {"status": "returned"}, Reason.SHELF_STATUS),
    (A1, {"status": "recalled"}, Reason.SHELF_STATUS),
    (QUARANTINE, {"status": "returned"}, None),
    (QUARANTINE, {}, None),
    (replace(QUARANTINE, statuses=("recalled",)), {"status": "returned"}, Reason.SHELF_STATUS),
    (replace(QUARANTINE, statuses=("recalled",)), {"status": "recalled"}, None),
    (replace(QUARANTINE, statuses=("recalled",)), {}, Reason.SHELF_STATUS),
    (replace(A1, statuses=("sellable_not_accessible",)), {}, None),
    (replace(A1, active=False), {}, Reason.SHELF_CLOSED),
    (replace(A1, products=("JUICE",)), {}, Reason.SHELF_PRODUCT),
    (replace(A1, products=("MILK",), lots=("L1",)), {}, None),
    (replace(A1, lots=("L2",)), {}, Reason.SHELF_LOT),
])
def test_a_gate(location: Location, more: dict[str, object], wanted: Reason | None) -> None:
    assert places.barred(location, "c1", about(**more)) == wanted


def test_held_and_expired_goods_stand_on_no_ordinary_shelf() -> None:
    held = replace(about(), held={"c1": "QC"})
    assert places.barred(A1, "c1", held) is Reason.SHELF_STATUS
    by_lot = replace(about(), holds=(Hold("H", "recall", product="MILK", lot="L1"),))
    assert places.barred(A1, "c1", by_lot) is Reason.SHELF_STATUS
    old = about(now="2028-05-29T08:00:00+08:00")
    assert (places.conditions("c1", old), places.barred(A1, "c1", old)) == (frozenset({"expired"}), Reason.SHELF_STATUS)
    assert places.barred(replace(QUARANTINE, statuses=("expired",)), "c1", old) is None
    assert places.conditions("c1", about(now="2028-05-28T23:00:00+08:00")) == frozenset()      # good on that day


ANY = st.sampled_from(sorted(UNSELLABLE | SALEABLE))


@given(ANY, st.lists(ANY, max_size=3),
       st.sampled_from(["shelf", "picking", "quarantine", "returns", "dock"]), st.booleans())
def test_no_ordinary_shelf_takes_what_cannot_be_sold(status: str, said: list[str], kind: str, held: bool) -> None:
    location = Location("X", {}, kind, tuple(said))
    told = replace(about(status=status), held={"c1": "QC"} if held else {})
    if places.barred(location, "c1", told) is None:
        wrong = places.conditions("c1", told)
        assert not wrong or wrong <= set(said) or kind in places.ANY_STATUS and not said


def test_where_instead() -> None:
    shelves = (replace(A1, id="A-00", products=("JUICE",)), A1, replace(QUARANTINE, id="B-00", kind="returns"),
               QUARANTINE)
    refused = places.gate("c1", "A-01", A1, about(status="returned", shelves=shelves), AT)
    assert refused and (refused.data["instead"], refused.data["status"]) == ("B-00", "returned")
    refused = places.gate("c1", "A-01", A1, about(status="recalled", shelves=shelves), AT)
    assert refused and refused.data["instead"] == "Q-01"
    sound = places.gate("c1", "A-00", shelves[0], about(shelves=shelves), AT)
    assert sound and (sound.reason, sound.data["instead"]) == (Reason.SHELF_PRODUCT, "A-01")


@pytest.mark.parametrize(("told", "wanted"), [
    (facts(), Reason.UNKNOWN_OBJECT),
    (facts(known("c1", status="destroyed")), Reason.END_OF_LIFE),
    (facts(known("c1", status="announced", location="")), Reason.NOT_HERE),
    (facts(known("c1", location="elsewhere")), Reason.NOT_HERE),
    (facts(known("c1", parent="p1", root="p1")), Reason.INSIDE_PARENT),
    (facts(known("c1"), standing={"c1": Standing(1, "WO1", "case")}), Reason.INSIDE_PARENT),
])
def test_what_cannot_be_moved(told: Facts, wanted: Reason) -> None:
    decision = places.scan(Moving(f"{HERE}/254/A-01"), CASE, told, AT, BY_HAND)
    assert (decision.verdict.outcome, decision.verdict.reason) == (Outcome.REJECTED, wanted)
    assert (decision.acts, decision.changes) == ((), ())


def test_put_and_taken_back() -> None:
    place = f"{HERE}/254/A-01"
    put = places.scan(Moving(place), CASE, about(), AT, BY_HAND)
    assert (put.acts[0].biz_step, put.acts[0].disposition, put.acts[0].location) == (
        "storing", "sellable_not_accessible", place)
    assert put.changes[0] == Placed(("c1",), "sellable_not_accessible", place)
    after = put.changes[1]
    assert isinstance(after, Moving) and (after.place, len(after.done)) == (place, 1)
    stands = about(status="sellable_not_accessible", location=place)
    back = places.undo(after, stands)
    assert (back.acts[0].location, back.changes[-1]) == (HERE, replace(after, done=(), moved=0))
    moved_on = places.undo(after, about(location=f"{HERE}/254/B-02"))
    assert (moved_on.verdict.reason, moved_on.acts) == (Reason.NOTHING_TO_UNDO, ())


def test_a_quarantined_case_keeps_what_it_is() -> None:
    put = places.scan(Moving(f"{HERE}/254/Q-01"), CASE, about(status="returned", shelf=QUARANTINE), AT, BY_HAND)
    assert (put.acts[0].disposition, put.changes[0].status) == ("returned", "returned")  # type: ignore[union-attr]


def test_one_of_several_that_wait_keeps_all_waiting() -> None:
    told = facts(known("c1", "case"), known("c2", "case", status="returned"),
                 contents={**MILK, "c2": MILK["c1"]}, goods=Goods(now="2027-11-30T08:00:00+08:00", shelves=(A1,)))
    asked = Asked("AT", "A-01", place=A1, listed=True)
    decision = places.at_shelf(Moving(waiting=("c1", "c2")), asked, told, AT)
    assert (decision.verdict.reason, decision.verdict.data["code"], decision.changes) == (Reason.SHELF_STATUS, "c2", ())
