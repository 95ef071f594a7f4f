"""Shifts that leave something open: what has to be seen to is listed, and leaves the list once somebody has."""
from __future__ import annotations

from dataclasses import replace

from app.domain.warehouse.policy import Policy
from app.moves import Unsettled
from app.store.unsettled import unsettled
from tests.blackbox.goods import name_of
from tests.blackbox.shift import Shift
from tests.blackbox.test_diversion_shift import DEALER, at, listed


def told(shift: Shift) -> list[tuple[str, str, str]]:
    return [(each.kind, name_of(each.epc), each.word) for each in found(shift)]


def found(shift: Shift) -> tuple[Unsettled, ...]:
    return unsettled(shift.store.connection)


def test_what_is_open_is_listed_until_it_is_settled(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("c1", "D1", "5101"), ("c2", "D2", "31"))
    assert told(shift) == []
    shift.play("""
        badge lina
        do DOCUMENT:PO1
        scan c1           -> accepted received > receiving c1
        scan c2           -> stop wrong_dealer > inspecting c2, holding c2
        badge wang
    """)
    assert told(shift) == [("diversion", "c2", "wrong_dealer"), ("provisional", "c1", "")]
    assert found(shift)[0].number == "DV-LINE-1-000001" and found(shift)[1].by == "李娜 (lina)"
    shift.play("""
        badge wang
        do RELEASE:CHECKED
        scan c2
        badge CHIEF-1     -> accepted released > inspecting c2
    """)
    assert told(shift) == [("provisional", "c1", "")]


def test_a_check_is_open_until_it_ends_and_differs_until_it_is_released(shift: Shift) -> None:
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.restart()
    shift.play("""
        badge gao
        do DOCUMENT:IN1
        do CHECK
        scan p900
        kill
    """)
    assert told(shift) == [("check", "p900", "")]
    shift.play("""
        scan c900
        do CHECKED
        do CHECKED
    """)
    assert told(shift) == [("check", "p900", "mismatch_quantity")]
    assert found(shift)[0].differs == 1
    shift.play("""
        badge wang
        do RELEASE:CHECKED
        scan p900
    """)
    assert told(shift) == []
