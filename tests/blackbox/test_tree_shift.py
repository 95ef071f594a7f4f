"""Shifts that take trees apart and put them together: the server has the same tree after each."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.decision import Unpacked
from app.store import objects
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


def test_what_came_in_a_pallet_that_the_server_never_heard_of_is_shipped(shift: Shift, tmp_path: Path) -> None:
    """Announced on paper only: the unpacking names what comes out, or the server would not know what is shipped."""
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan p900   -> accepted received > receiving p900
        do UNPACK:WRONG
        scan p900   -> warning second_person
        badge wang  -> accepted unpacked > unpacking p900 2
        do DOCUMENT:OUT1
        scan c900   -> accepted shipped > shipping c900
    """)
    for place, announced in enumerate([[], [[]]]):
        folder = tmp_path / f"server-{place}"
        folder.mkdir()
        told = same_goods(shift, folder, *announced)
        assert [told[each]["parent"] for each in ("c900", "c901")] == ["", ""]


# --- whom goods are meant for, through the tree ---------------------------------------------------------------------
PALLETS = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
"""


def sale(id: str, partner: str = "DC7", kind: str = "sales_out") -> tuple[str, str, dict[str, Any]]:
    return "document", id, {"kind": kind, "partner": partner, **({} if kind == "sales_out" else {"reason": "DAMAGE"})}


def meant_for(shift: Shift, name: str) -> str:
    """The partner that the judge of diverted goods has for an object; "" nobody."""
    found = shift.store.facts([epc(name)], inspected="").goods.bindings.get(epc(name)) or next(
        iter(shift.store.facts([epc(name)], inspected="").goods.bindings.values()), None)
    return found.partner if found else ""


def test_what_comes_out_of_a_pallet_that_left_is_still_meant_for_whom_it_left(shift: Shift) -> None:
    shift.put(sale("S1"), sale("R1", kind="return_in"))
    shift.play(PALLETS + """
        do DOCUMENT:S1
        scan p1     -> accepted shipped > shipping p1
    """)
    connection = shift.store.connection
    connection.execute("BEGIN IMMEDIATE")
    objects.apply(connection, Unpacked(epc("p1"), (epc("c1"),)))         # while it is away
    assert connection.execute("SELECT partner, document FROM binding WHERE epc=?", (epc("c1"),)).fetchone() == (
        "DC7", "S1")
    connection.execute("ROLLBACK")
    shift.play("""
        do DOCUMENT:R1
        scan c1
        do CONFIRM  -> accepted received > unpacking p1 1, receiving c1
    """)
    assert [meant_for(shift, name) for name in ("c1", "m1", "p1", "c2", "m5")] == ["", "", "DC7", "DC7", "DC7"]
    shift.play("""
        do UNDO     -> accepted undone > wrong receiving c1, wrong unpacking p1 1
    """)
    assert [meant_for(shift, name) for name in ("c1", "m1", "p1", "c2")] == ["DC7"] * 4


def test_what_a_container_was_bound_to_last_counts_for_all_that_it_holds(shift: Shift) -> None:
    """Rows of their own that goods have from before they were packed here do not outlive a shipment of the whole."""
    shift.put(("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}}), sale("S1"), sale("S2", "S8"),
              sale("R2", "S8", "return_in"))
    shift.play(PALLETS + """
        do DOCUMENT:S1
        scan c1
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1
        do UNDO     -> accepted undone > void_shipping c1
        do ORDER:WO1
        scan c1     -> accepted taken
        do CLOSE-PALLET:TAIL
        scan p2     -> complete container_complete > commissioning p2, packing p2 1
        do DOCUMENT:S2
        scan p2     -> accepted shipped > shipping p2
    """)
    assert [meant_for(shift, name) for name in ("p2", "c1", "m1", "c2")] == ["S8", "S8", "S8", ""]
    shift.play("""
        do DOCUMENT:R2
        scan p2     -> accepted received > receiving p2
        do UNPACK:WRONG
        scan p2     -> warning second_person
        badge wang  -> accepted unpacked > unpacking p2 all
    """)
    assert [meant_for(shift, name) for name in ("p2", "c1", "m1")] == ["", "", ""]
