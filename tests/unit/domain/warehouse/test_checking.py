"""Spot-checks on paper: who is opened, and that the record afterwards is what was seen."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code
from app.domain.decision import HeldBack, Packed, Unpacked
from app.domain.facts import Content
from app.domain.products import Partner
from app.domain.reasons import Reason
from app.domain.setting import Setting
from app.domain.warehouse import checking
from app.domain.warehouse.changes import CheckEnded, CheckSeen
from app.domain.warehouse.checking import Check
from app.domain.warehouse.documents import Document
from app.domain.warehouse.policy import Policy
from tests.unit.domain.line import HERE, facts, known

AT = Setting(HERE)
PALLET = Check("p1", "IN1", {f"c{n}": "MILK" for n in range(4)})
PAPER = Document("IN1", "production_in")


def about(*strange: str, **more: object):
    inside = [known(f"c{n}", "case", parent="p1", root="p1") for n in range(4)]
    return facts(known("p1", "pallet", children=4), *inside, *(known(each, "case") for each in strange),
                 contents={each: (Content("MILK", "L1", 24),) for each in (*PALLET.expected, *strange)}, **more)


def seen(*codes: str, state: Check = PALLET, told=None, damaged: tuple[str, ...] = ()) -> Check:
    for epc in codes:
        code = Code(b"", "", epc, "rule", "case", product="JUICE" if epc.startswith("j") else "MILK")
        known_now = told or about(*(each for each in codes if each not in state.expected))
        for change in checking.scan(state, code, known_now, epc in damaged).changes:
            state = checking.apply(state, change)
    return state


@pytest.mark.parametrize(("document", "partner", "policy", "wanted"), [
    (-1, None, 5, 5), (7, None, 5, 7), (0, Partner("P", "", {}, check=100), 100, 0),
    (-1, Partner("P", "", {}, check=30), 5, 30), (-1, Partner("P", "", {}, check=30, checks={"MILK": 80}), 5, 80),
    (-1, Partner("P", "", {}, checks={"JUICE": 80}), 5, 5), (-1, Partner("P", "", {}, check=0), 100, 0)])
def test_how_many_of_a_hundred(document: int, partner: Partner | None, policy: int, wanted: int) -> None:
    paper = Document("IN1", "receive", check=document)
    assert checking.share(paper, partner, ["MILK"], Policy(check=policy)) == wanted


@given(st.text(max_size=40), st.integers(0, 99))
def test_drawing_is_always_the_same_and_grows_with_the_share(epc: str, share: int) -> None:
    assert not checking.drawn("IN1", epc, 0) and checking.drawn("IN1", epc, 100)
    assert checking.drawn("IN1", epc, share) <= checking.drawn("IN1", epc, share + 1)


@given(st.lists(st.sampled_from([*PALLET.expected, "s1", "s2", "s3", "j1"]), unique=True),
       st.sets(st.sampled_from([*PALLET.expected])))
def test_the_record_afterwards_is_what_was_seen(codes: list[str], damaged: set[str]) -> None:
    told = about("s1", "s2", "s3", "j1")
    state = seen(*codes, told=told, damaged=tuple(damaged))
    assert set(state.seen) == set(codes)
    decision = checking.ended(state, PAPER, None, {}, told, AT, sure=True)
    tree = set(PALLET.expected)
    for change in decision.changes:
        match change:
            case Unpacked("p1", children):
                tree -= set(children)
            case Packed("p1", children):
                tree |= set(children)
    assert tree == set(codes)
    held = {epc for change in decision.changes if isinstance(change, HeldBack) for epc in change.epcs}
    assert ("p1" in held) == (set(codes) != set(PALLET.expected))
    assert damaged & set(codes) <= held
    ended = [change for change in decision.changes if isinstance(change, CheckEnded)]
    assert len(ended) == 1 and (ended[0].finding == "verified") == (not state.differs)
    found = checking.differences(state)
    inspected = next(act for act in decision.acts if act.biz_step == "inspecting")
    assert ("mismatch_quantity" in inspected.persistent) == (len(found.missing) != len(found.strange))
    assert ("completeness_verified" in inspected.persistent) == (set(codes) == set(PALLET.expected))


def test_as_many_as_are_missing_are_other_ones_the_rest_is_extra() -> None:
    state = seen("s1", "s2", "c0", "c1", "c2")
    assert [state.seen[each] for each in ("s1", "s2")] == ["wrong_serial", "wrong_serial"]
    found = checking.differences(state)
    assert (found.missing, dict(found.strange)) == (("c3",), {"s1": "wrong_serial", "s2": "extra"})
    decision = checking.ended(state, PAPER, None, {}, about("s1", "s2"), AT, sure=True)
    assert CheckSeen("p1", "s2", "extra") in decision.changes


def test_it_is_said_before_it_is_kept() -> None:
    told = checking.ended(seen("c0"), PAPER, None, {}, about(), AT, sure=False)
    assert (told.verdict.reason, told.acts, told.verdict.data["missing"]) == (Reason.CHECK_DIFFERS, (), 3)
    whole = checking.ended(seen("c0", "c1", "c2", "c3"), PAPER, None, {}, about(), AT, sure=False)
    assert (whole.verdict.reason, whole.acts[0].disposition) == (Reason.CHECK_VERIFIED, "conformant")


def test_only_what_somebody_asked_for_can_be_given_up() -> None:
    assert checking.given_up(PALLET).verdict.reason is Reason.CHECK_OPEN
    mine = Check("p1", "IN1", PALLET.expected, {}, True)
    assert CheckEnded("p1", "given_up") in checking.given_up(mine).changes
    assert checking.given_up(seen("c0", state=mine)).verdict.reason is Reason.CHECK_OPEN


def test_a_bottle_out_of_a_case_is_not_the_case() -> None:
    told = facts(known("p1", "pallet", children=4), known("c0", "case", parent="p1"),
                 known("b1", "bottle", parent="c0", root="p1"))
    said = checking.scan(PALLET, Code(b"", "", "b1", "rule", "bottle", product="MILK"), told)
    assert (said.verdict.reason, said.verdict.data["expected"], said.changes) == (Reason.WRONG_LEVEL, "case", ())


def test_what_was_taken_out_meanwhile_is_not_missing() -> None:
    state = seen("c0", "c1", "c2")
    told = about()
    out = replace(told, known={**told.known, "c3": known("c3", "case")})
    assert checking.ended(state, PAPER, None, {}, out, AT, sure=False).verdict.reason is Reason.CHECK_VERIFIED
    gone = replace(told, known={**told.known, "p1": known("p1", "pallet", status="announced", location="")})
    assert checking.ended(state, PAPER, None, {}, gone, AT, sure=True).verdict.reason is Reason.CHECK_GIVEN_UP
