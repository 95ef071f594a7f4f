"""Goods that come back or go back, and goods on their way between houses of our own."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.warehouse.policy import Measure, Policy
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_correct_shift import place
from tests.blackbox.test_void_shift import SHIPPED, bound, out

OTHERS = (("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}, "role": "retailer", "territory": "5101"}),
          ("partner", "D9", {"gln": "6901234000054", "name": {"en": "D 9"}, "territory": "3201"}),
          ("partner", "WH2", {"gln": "6901234000047", "name": {"en": "House 2"}, "role": "own"}))


@pytest.fixture(autouse=True)
def _the_server_agrees(shift: Shift, tmp_path: Path) -> Iterator[None]:
    """Whatever is played here, the server has the same goods afterwards."""
    yield
    (tmp_path / "server").mkdir()
    same_goods(shift, tmp_path / "server")


def paper(id: str, kind: str, partner: str = "DC7", **more: object) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": kind, "partner": partner, **more}


def lax(shift: Shift, measure: Measure) -> None:
    """Another policy about diverted goods; the next restart takes it."""
    shift.place = replace(shift.place, policy=Policy(diversion={"": measure}))


def test_a_return_comes_from_whom_it_was_shipped_to(shift: Shift) -> None:
    shift.put(*OTHERS, out("S1"), paper("B1", "return_in", reason="NOT-SOLD"),
              paper("B2", "return_in", "D9", reason="NOT-SOLD"))
    shift.play(SHIPPED + """
        do DOCUMENT:B2
        scan p1     -> stop shipped_to_other > inspecting p1, holding p1
        badge wang
        do DOCUMENT:B1
        scan p2     -> accepted received > receiving p2                   | line 1 8/0
        scan p2     -> duplicate already_on_document
    """)
    back = shift.events()[-1].act
    assert (back.biz_step, back.disposition, back.transactions[0][0]) == ("receiving", "returned", "rma")
    shipped = next(each.act for each in shift.events() if each.act.biz_step == "shipping")
    assert (back.sources, back.destinations) == (shipped.destinations, shipped.sources)
    assert dict(back.extra)["reason"] == "NOT-SOLD"
    assert place(shift, "p2") == ("returned", "") and bound(shift, "p2") == ""


def test_a_case_of_a_pallet_comes_back_alone(shift: Shift) -> None:
    shift.put(out("S1"), paper("B1", "return_in", reason="DAMAGE"), paper("B3", "recall_in", reason="QUALITY"))
    shift.play(SHIPPED + """
        do DOCUMENT:B1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted received > unpacking p1 1, receiving c1   | line 1 4/0
        do DOCUMENT:B3
        scan p1     -> accepted received > receiving p1                   | line 1 4/0
    """)
    assert place(shift, "c1") == ("returned", "") and place(shift, "p1") == ("recalled", "")


def test_a_return_that_is_undone_is_out_with_its_customer_again(shift: Shift) -> None:
    shift.put(out("S1"), paper("B1", "return_in", reason="DAMAGE"))
    shift.play(SHIPPED + """
        do DOCUMENT:B1
        scan p1     -> accepted received > receiving p1
        do UNDO     -> accepted undone > wrong receiving p1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted received > unpacking p1 1, receiving c1
        do UNDO     -> accepted undone > wrong receiving c1, wrong unpacking p1 1
    """)
    assert place(shift, "p1") == ("in_transit", "DC7") and bound(shift, "p1") == "DC7"
    shift.play("""
        do VOID:OTHER
        scan p1     -> accepted voided > void_shipping p1
    """)


def test_what_came_back_goes_back_to_its_maker_and_not_to_a_customer(shift: Shift) -> None:
    shift.put(out("S1"), out("S2"), paper("B1", "return_in", reason="DAMAGE"),
              paper("R1", "return_out", "PLANT", reason="DAMAGE"))
    shift.play(SHIPPED + """
        do DOCUMENT:B1
        scan p1     -> accepted received > receiving p1
        do DOCUMENT:S2
        scan p1     -> rejected not_sellable
        do DOCUMENT:R1
        scan p1     -> accepted shipped > shipping p1
    """)
    gone = shift.events()[-1].act
    assert (gone.disposition, gone.transactions[0][0], gone.in_place) == ("returned", "rma", False)
    assert place(shift, "p1") == ("in_transit", "PLANT") and bound(shift, "p1") == ""
    shift.play("""
        do UNDO     -> accepted undone > void_shipping p1
    """)
    assert place(shift, "p1") == ("returned", "")


def test_a_loan_comes_back(shift: Shift) -> None:
    shift.put(*OTHERS, paper("L1", "loan_out", "S8", reason="EXHIBITION"), paper("L2", "loan_in", "S8"))
    shift.play(SHIPPED.partition("do DOCUMENT:S1")[0] + """
        do DOCUMENT:L1
        scan p1     -> accepted shipped > shipping p1
        do DOCUMENT:L2
        scan p1     -> accepted received > receiving p1
    """)
    assert place(shift, "p1") == ("in_progress", "") and bound(shift, "p1") == ""


def test_goods_between_our_own_houses_stay_ours(shift: Shift) -> None:
    shift.put(*OTHERS, paper("T1", "transfer_out", "WH2"), paper("T2", "transfer_in", "WH2"))
    shift.play(SHIPPED.partition("do DOCUMENT:S1")[0] + """
        do DOCUMENT:T1
        scan p1     -> accepted shipped > shipping p1
    """)
    assert place(shift, "p1") == ("in_transit", "WH2")
    on_the_way = shift.store.connection.execute(
        "SELECT sum(leaves) FROM stock WHERE status='in_transit' AND partner='WH2'").fetchone()[0]
    assert on_the_way == 8
    assert {kind for kind, _ in shift.events()[-1].act.destinations} == {"location"}
    shift.play("""
        do DOCUMENT:T2
        scan p1     -> accepted received > receiving p1                   | line 1 8/0
    """)
    assert place(shift, "p1") == ("in_progress", "")
    assert {name for name in ("p1", "c1", "m1") if bound(shift, name)} == set()


def test_goods_out_to_be_reworked_stay_here_and_are_not_sold(shift: Shift) -> None:
    shift.put(out("S1", 8), paper("W1", "rework_out", "", reason="LABEL"), paper("W2", "rework_in", ""))
    shift.play(SHIPPED.partition("do DOCUMENT:S1")[0] + """
        do DOCUMENT:W1
        scan p1     -> accepted left_stock > repairing p1
        do DOCUMENT:S1
        scan p1     -> rejected not_sellable
        do DOCUMENT:W2
        scan p1     -> accepted received > receiving p1
        do DOCUMENT:S1
        scan p1     -> complete document_done > shipping p1
    """)


def test_a_policy_that_only_records_lets_a_stranger_give_goods_back(shift: Shift) -> None:
    lax(shift, Measure.RECORD)
    shift.put(*OTHERS, out("S1"), paper("B2", "return_in", "D9", reason="NOT-SOLD"))
    shift.play("restart" + SHIPPED + """
        do DOCUMENT:B2
        scan p1     -> accepted received > inspecting p1, receiving p1
    """)
    assert bound(shift, "p1") == ""
