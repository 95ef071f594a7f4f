"""Peers: the codes of one object, read here side by side or tied by a pair file; never parent and child."""
from __future__ import annotations

from pathlib import Path

from app.importer.pairs import PairImport
from tests.blackbox.goods import epc
from tests.blackbox.shift import START, Shift


def test_both_sides_of_a_cap_read_by_hand(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:CAPS1
        scan k1               -> accepted half_read                              | half cap_outer, case 0/2
        kill
        scan i1               -> accepted taken > commissioning k1, assembling k1 1 | case 1/2
        scan i2               -> accepted half_read
        do UNDO               -> accepted undone                                 | case 1/2
        scan i2 k2            -> accepted half_read; complete scan_label > commissioning k2, assembling k2 1
        scan i1               -> duplicate duplicate_in_container
        scan p1               -> complete container_complete > commissioning p1, packing p1 2
        scan i1               -> duplicate packed_before
    """)
    assert shift.store.pairs.peers(epc("k1"))[0].epc == epc("i1")


def test_two_readers_at_once(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:CAPS1
        frame k1 i1           -> accepted taken > commissioning k1, assembling k1 1 | case 1/2
        frame k2 unread=1     -> rejected half_read                              | case 1/2
        frame k2 i2 k3 i3     -> rejected pair_mismatch
        frame i2 k2           -> complete scan_label > commissioning k2, assembling k2 1 | case 2/2
    """)


def test_a_pair_file_says_whose_inner_code_it_is(shift: Shift, tmp_path: Path) -> None:
    caps = tmp_path / "caps.csv"
    caps.write_text("cap_outer,cap_file\n" + "".join(f"{epc(f'k{n}')},{epc(f'y{n}')}\n" for n in (1, 3)), "utf-8")
    made = PairImport(shift.home / "station.db", shift.home / "pairs", now=lambda: START).take(caps, sample=0)
    assert made.set is not None
    shift.play("""
        badge lina
        do ORDER:FILED1
        scan y1               -> accepted taken                                  | case 1/2
        scan k1               -> duplicate duplicate_in_container
        scan y2               -> rejected not_paired
        scan k2               -> complete scan_label
    """)
