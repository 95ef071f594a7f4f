"""What may become the new label of a container, and what it is made live with."""
from __future__ import annotations

import pytest

from app.domain.codes.identity import Code
from app.domain.decision import Armed, Commissioned, Decision
from app.domain.facts import Facts, Known
from app.domain.packing import recontain
from app.domain.packing.rework import Job
from app.domain.reasons import Reason
from tests.unit.domain.line import HERE, facts, known, label, line


def relabel(code: Code, *more: Known) -> Decision:
    """Case c1 with two bottles gets this label, away from any order's line."""
    about: Facts = facts(known("c1", "case", children=2), known("b1", parent="c1", root="c1"),
                         known("b2", parent="c1", root="c1"), *more, children={"c1": ("b1", "b2")},
                         orders={"WO1": line().order})
    return recontain.scan(None, code, about, Job(Armed("relabel", "DAMAGE", "c1"), HERE))


def born(decision: Decision) -> list[Commissioned]:
    return [each for each in decision.changes if isinstance(each, Commissioned)]


@pytest.mark.parametrize(("status", "more", "reason"), [
    ("in_transit", {}, Reason.ALREADY_SHIPPED), ("inactive", {}, Reason.PACKED_BEFORE),
    ("active", {"implied": True}, Reason.PACKED_BEFORE), ("active", {"children": 3}, Reason.PACKED_BEFORE),
    ("active", {"parent": "p9"}, Reason.PACKED_BEFORE)])
def test_what_names_something_already_is_no_new_label(status: str, more: dict[str, object], reason: Reason) -> None:
    decision = relabel(label("c7"), known("c7", "case", status=status, **more))
    assert decision.verdict.reason is reason and not decision.acts and not decision.changes


def test_a_label_that_was_only_announced_is_made_live_as_a_new_one_is() -> None:
    new, coming = relabel(label("c7")), relabel(label("c7"), known("c7", "case", status="announced"))
    assert new.verdict.reason is Reason.RELABELLED and new.acts == coming.acts
    assert born(new) == born(coming) == [Commissioned(("c7",), "case", "MILK", "L1", "", "WO1", "active", HERE)]
    act = next(each for each in new.acts if each.biz_step == "commissioning")
    assert dict(act.ilmd)["productionDate"] == "2027-11-30" and dict(act.transactions) == {
        "prodorder": "urn:onecode:order:WO1"}


def test_a_label_that_is_live_and_names_nothing_is_not_made_live_again() -> None:
    decision = relabel(label("c7"), known("c7", "case"))
    assert decision.verdict.reason is Reason.RELABELLED and born(decision) == []
