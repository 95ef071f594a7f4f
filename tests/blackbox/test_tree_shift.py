"""Shifts that take trees apart and put them together: the server has the same tree after each, the time-line knows why."""
from __future__ import annotations

from pathlib import Path

from tests.blackbox.goods import epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift


def test_a_case_comes_in_from_a_pallet_that_never_does(shift: Shift, tmp_path: Path) -> None:
    """The partner's aggregation stands at the server: the case is taken out of it, then received."""
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan c900   -> warning break_pallet
        do CONFIRM  -> accepted received > unpacking p900 1, receiving c900       | line 1 4/12
    """)
    apart, received = (event.act for event in shift.events())
    assert (apart.disposition, apart.in_place, dict(apart.extra)["reason"]) == ("in_transit", False, "RECEIVED")
    assert received.disposition == "in_progress" and received.in_place
    for place, announced in enumerate([None, ()]):           # the server was told of the pallet, or never was
        folder = tmp_path / f"server-{place}"
        folder.mkdir()
        told = same_goods(shift, folder, *([] if announced is None else [announced]))
        assert (told["c900"]["parent"], told["p900"]["disposition"]) == ("", "in_transit")


def test_what_came_out_of_a_pallet_nobody_told_the_server_of_is_taken_back(shift: Shift, tmp_path: Path) -> None:
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan c900
        do CONFIRM  -> accepted received > unpacking p900 1, receiving c900
        do UNDO     -> accepted undone > wrong receiving c900, wrong unpacking p900 1
        scan p900   -> accepted received > receiving p900
    """)
    assert shift.store.facts([epc("c900")]).known[epc("c900")].parent == epc("p900")
    same_goods(shift, tmp_path)
