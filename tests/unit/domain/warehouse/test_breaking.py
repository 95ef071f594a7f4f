"""Taking something out of a container that stays: asked first, never out of one that is held."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.codes.identity import Code
from app.domain.decision import Awaiting, Decision
from app.domain.facts import Facts, Standing
from app.domain.products import Hold
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Hand, Setting
from app.domain.warehouse import breaking
from app.domain.warehouse.policy import Policy
from tests.unit.domain.line import HERE, facts, known

BOTTLE = Code(b"", "", "b1", "rule", "bottle")
AT = Setting(HERE)
TREE = facts(known("b1", parent="c1", root="p1"), known("c1", "case", parent="p1", root="p1", children=6),
             known("p1", "pallet", children=4))


def out(told: Facts, *agreed: str, at: Setting = AT) -> Decision | breaking.Opened:
    return breaking.taken_out(BOTTLE, told, at, Hand(message=Awaiting("scan"), agreed=frozenset(agreed)),
                              lambda loose: None, (("reason", "MOVED"),))


def test_it_is_asked_then_done() -> None:
    asked = out(TREE)
    assert isinstance(asked, Decision)
    assert (asked.verdict.reason, asked.changes[0].question) == (Reason.BREAK_PALLET, "break")  # type: ignore[union-attr]
    done = out(TREE, "break")
    assert not isinstance(done, Decision)
    acts, changes, loose = done
    assert (acts[0].parent, acts[0].epcs, len(changes)) == ("c1", ("b1",), 1)
    assert (loose.known["b1"].parent, TREE.known["b1"].parent) == ("", "c1")


@pytest.mark.parametrize("told", [
    replace(TREE, held_here=frozenset({"p1"}), held={"p1": "MISMATCH"}),
    replace(TREE, held_here=frozenset({"c1"}), held={"c1": "QC", "p1": "QC"}),
    replace(TREE, holds=(Hold("H", "recall", epc="p1"),), held={"p1": "recall"})])
def test_nothing_is_taken_out_of_what_is_held(told: Facts) -> None:
    refused = out(told, "break")
    assert isinstance(refused, Decision)
    assert (refused.verdict.outcome, refused.verdict.reason) == (Outcome.REJECTED, Reason.ON_HOLD)


def test_a_sound_one_comes_out_of_what_is_held_for_another() -> None:
    assert not isinstance(out(replace(TREE, held={"p1": "QC", "c1": "QC"}), "break"), Decision)


@pytest.mark.parametrize("told", [
    facts(known("b1")), facts(), facts(known("b1", parent="c1", root="c1")),
    replace(TREE, standing={"p1": Standing(1, "WO1", "pallet")})])
def test_what_is_in_nothing_that_stays(told: Facts) -> None:
    assert out(told) == ([], [], told)


def test_a_house_may_never_break_pallets() -> None:
    assert out(TREE, "break", at=Setting(HERE, policy=Policy(break_pallet="refuse"))) == ([], [], TREE)
