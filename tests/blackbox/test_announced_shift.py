"""Shifts with announcements that come in the middle, grow, and are corrected; and what they must leave alone."""
from __future__ import annotations

from typing import Any

import pytest

from app.domain.decision import Packed, Unpacked
from app.store import objects, upkeep
from app.store.catalogue import BadRecord
from app.store.database import StoreRefused
from app.store.store import Store
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

LINE = {"line": 1, "product": "MILK", "quantity": 100}


def coming(name: str, parent: str = "", level: str = "case", lot: str = "L1") -> dict[str, str]:
    """One announced object: a case, unless it is said to be something else."""
    return {"epc": epc(name), "level": level, **({"product": "MILK", "lot": lot} if level != "pallet" else {}),
            **({"parent": epc(parent)} if parent else {})}


def pallet(name: str, *cases: str) -> list[dict[str, str]]:
    return [coming(name, level="pallet"), *(coming(case, name) for case in cases)]


def receipt(*announced: dict[str, str], lot: str = "", id: str = "INX",
            partner: str = "DC7") -> tuple[str, str, dict[str, Any]]:
    line = {**LINE, "lot": lot} if lot else LINE
    return "document", id, {"kind": "receive", "partner": partner, "lines": [line], "announced": list(announced)}


def shipment(id: str, partner: str = "DC7") -> tuple[str, str, dict[str, Any]]:
    return "document", id, {"kind": "ship", "partner": partner, "lines": [LINE]}


def own(id: str, gln: str) -> tuple[str, str, dict[str, Any]]:
    """Another site of ours: what comes back from there was never sold."""
    return "partner", id, {"gln": gln, "name": {"en": id}, "role": "own"}


def from_journal(shift: Shift) -> None:
    """The station opens on its journal alone, before the feed has brought anything again."""
    shift.store.close()
    upkeep.rebuild(shift.home / "journal", shift.home / "station.db", now=shift.now())
    shift.store = Store(shift.home / "station.db", shift.home / "journal")


# --- goods that are being packed here and are announced meanwhile ---------------------------------------------------
def test_a_child_announced_while_its_case_is_open_is_made_live_when_it_closes(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        scan m1 m2 m3
    """)
    shift.put(receipt(coming("m1", level="bottle", lot="L9")))
    shift.play("""
        scan m4     -> complete scan_label
        scan c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)
    assert shift.store.facts([epc("m1")]).known[epc("m1")].lot == "L1"
    from_journal(shift)


def test_a_label_announced_while_its_case_is_open_is_made_live_when_it_closes(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        scan c1 m1 m2 m3
    """)
    shift.put(receipt(coming("c1")))
    shift.play("""
        do RECEIVE
        do DOCUMENT:INX
        scan c1     -> rejected inside_parent                                # it names an open container here
        do ORDER:WO2
        cut scan m4
        scan m4     -> duplicate packed_before
    """)
    from_journal(shift)


@pytest.mark.parametrize("announced", [pallet("p60", "c1"), [coming("c1"), coming("m50", "c1", "bottle")]])
def test_goods_in_an_open_container_are_not_announced_inside_something(shift: Shift,
                                                                       announced: list[dict[str, str]]) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        scan c1 m1
    """)
    with pytest.raises(BadRecord, match=r"announced\.parent.* still on its way"):
        shift.put(receipt(*announced))
    shift.play("""
        scan m2 m3
        scan m4     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)


def test_a_change_about_nothing_is_a_named_error(shift: Shift) -> None:
    for change in (Packed(epc("p77"), (epc("c1"),)), Unpacked(epc("p77"), ())):
        with pytest.raises(StoreRefused, match=r"00/0690123400000007\d+.*journal"):
            objects.apply(shift.store.connection, change)


# --- goods that are real ----------------------------------------------------------------------------------------------
def test_nothing_is_announced_into_a_pallet_that_was_received(shift: Shift) -> None:
    shift.put(receipt(*pallet("p60", "c60")))
    shift.play("""
        badge lina
        do DOCUMENT:INX
        scan p60    -> accepted received > receiving p60                     | line 1 4/100
    """)
    with pytest.raises(BadRecord, match=r"announced\.parent"):
        shift.put(receipt(*pallet("p60", "c60", "c61")))
    shift.put(receipt(*pallet("p60", "c60"), coming("c61")))
    shift.play("""
        scan c61    -> accepted received > receiving c61                     | line 1 8/100
        do UNPACK:WRONG
        scan p60    -> warning second_person
        badge wang  -> accepted unpacked > unpacking p60 1
        do ORDER:WO2
        scan c60    -> accepted taken
    """)
    shift.put(receipt(*pallet("p60", "c60"), coming("c61")))                 # said once more: nothing moves
    assert not shift.store.facts([epc("c60")]).known[epc("c60")].parent
    from_journal(shift)


def test_nothing_is_announced_into_what_was_packed_here(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO2
        frame m1 m2 m3 m4 c1
    """)
    for announced in ([coming("m77", "c1", "bottle")], pallet("p60", "c1")):
        with pytest.raises(BadRecord, match=r"announced\.parent"):
            shift.put(receipt(*announced))


def test_what_is_announced_holds_itself_by_no_detour(shift: Shift) -> None:
    shift.put(receipt(*pallet("p60", "p61"), id="INX"))
    with pytest.raises(BadRecord, match=r"announced\.parent"):
        shift.put(receipt(coming("p60", "p61", "pallet"), coming("c60", "p60"), id="INY"))


# --- corrections ------------------------------------------------------------------------------------------------------
def test_a_corrected_announcement_is_what_is_received(shift: Shift) -> None:
    shift.put(receipt(coming("c50", lot="L1"), *pallet("p60", "c60", "c61"), lot="L2"))
    shift.put(receipt(coming("c50", "p60", lot="L2"), coming("p60", level="pallet"), coming("c60", lot="L2"),
                      lot="L2"))
    shift.play("""
        badge lina
        do DOCUMENT:INX
        scan c61    -> rejected unknown_object                               # it never left the sender
        scan p60    -> accepted received > receiving p60                     | line 1 4/100
        scan c60    -> accepted received > receiving c60                     | line 1 8/100
        scan c50    -> duplicate already_on_document
    """)


def test_what_is_no_longer_announced_can_be_packed_here(shift: Shift) -> None:
    shift.put(receipt(*pallet("p1", "c1")), receipt(coming("c2"), id="INY"))
    shift.put(receipt(coming("c2")))
    shift.put(receipt(coming("c3")))
    shift.play("""
        badge lina
        do ORDER:WO2
        scan c2                 -> rejected already_shipped                  # INY still says that it comes
        frame m1 m2 m3 m4 c1    -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)


def test_a_corrected_announcement_over_an_older_database(shift: Shift) -> None:
    """The journal's tail on tables that have the announcement as it was first."""
    shift.put(receipt(*pallet("p60", "c60", "c61")))
    older = shift._copy() / "station.db"
    shift.put(receipt(*pallet("p60", "c60"), coming("c61", lot="L2")))
    shift.play("""
        badge lina
        do DOCUMENT:INX
        scan p60    -> accepted received > receiving p60                     | line 1 4/100
    """)
    shift.store.close()
    for file in shift.home.glob("station.db*"):
        file.unlink()
    older.rename(shift.home / "station.db")
    (older.parent / "station.db-wal").rename(shift.home / "station.db-wal")
    shift._open(shift.home)


# --- the dock ---------------------------------------------------------------------------------------------------------
def test_only_what_the_document_announces_is_received_on_it(shift: Shift) -> None:
    shift.put(own("DC7", "6901234000016"), shipment("S1"), receipt(coming("c50"), id="INX"),
              receipt(coming("c51"), id="INY"), receipt(id="INZ"))
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do DOCUMENT:S1
        scan p1
        do DOCUMENT:INX
        scan c51    -> rejected not_on_document                              | red not_on_document, line 1 0/100
    """)
    assert shift.published[-1].verdict.data["announced"] == "INY"        # where the clerk is to take it
    shift.play("""
        scan p1     -> rejected not_on_document
        scan c50    -> accepted received > receiving c50                     | calm, line 1 4/100
        do DOCUMENT:INZ
        scan c51    -> accepted received > receiving c51                     # it announces nothing: its lines count
    """)
    shift.put(receipt(coming("c50"), coming("c1")))
    shift.play("""
        do DOCUMENT:INX
        scan p1     -> accepted received > receiving p1                      # around c1
    """)


def test_a_shipment_that_came_back_is_not_voided(shift: Shift) -> None:
    shift.put(own("DC7", "6901234000016"), own("DC8", "6901234000023"), shipment("S1"),
              shipment("S2", "DC8"), shipment("S3"), receipt(id="R1"), receipt(id="R2", partner="DC8"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        frame m1 m2 m3 m4 c1
        do DOCUMENT:S1
        scan c1     -> accepted shipped > shipping c1
        do DOCUMENT:R1
        scan c1     -> accepted received > receiving c1
        do DOCUMENT:S1
        do UNDO     -> warning nothing_to_undo                               | line 1 4/100
        do DOCUMENT:S2
        scan c1     -> accepted shipped > shipping c1
        do DOCUMENT:S1
        do UNDO     -> warning nothing_to_undo                               | line 1 4/100
        do DOCUMENT:R2
        scan c1     -> accepted received > receiving c1
        do DOCUMENT:S3
        scan c1     -> accepted shipped > shipping c1
        do DOCUMENT:S1
        do UNDO     -> warning nothing_to_undo                               # on its way to DC7 by S3
        do DOCUMENT:S3
        do UNDO     -> accepted undone > void_shipping c1                    | line 1 0/100
    """)


def test_a_shipped_case_that_was_packed_since_is_not_voided(shift: Shift) -> None:
    shift.put(own("DC7", "6901234000016"), shipment("S1"), receipt(id="R1"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        frame m1 m2 m3 m4 c1
        do DOCUMENT:S1
        scan c1
        do DOCUMENT:R1
        scan c1
        do ORDER:WO2
        scan c1
        do CLOSE-PALLET:TAIL
        scan p1     -> complete container_complete > commissioning p1, packing p1 1
        do DOCUMENT:S1
        do UNDO     -> warning nothing_to_undo
    """)
