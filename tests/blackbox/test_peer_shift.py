"""Peers: the codes of one object, read here side by side or tied by a pair file; never parent and child."""
from __future__ import annotations

from pathlib import Path

from app.domain.packing.sampling import again
from app.importer.pairs import PairImport
from app.store import upkeep
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


def reel(shift: Shift, folder: Path, *rows: tuple[str, str], sample: int = 2) -> int:
    """The number of a set made of a file with these pairs."""
    caps = folder / "reel.csv"
    caps.write_text("cap_outer,cap_file\n" + "".join(f"{epc(one)},{epc(two)}\n" for one, two in rows), "utf-8")
    made = PairImport(shift.home / "station.db", shift.home / "pairs", now=lambda: START).take(caps, sample=sample)
    assert made.set is not None
    return made.set.number


def test_a_reel_is_checked_at_the_station_and_nothing_is_packed_meanwhile(shift: Shift, tmp_path: Path) -> None:
    reel(shift, tmp_path, *((f"k{n}", f"y{n}") for n in range(1, 6)))
    shift.play("""
        badge lina
        do ORDER:FILED1
        scan y1               -> rejected not_paired
        do PAIRS              -> command command_taken
        scan k1               -> accepted half_read
        kill
        scan y1               -> accepted pair_right
        scan k1               -> duplicate pair_seen
        scan y3               -> accepted half_read
        do CANCEL             -> command confirmed
        scan k2 y2            -> accepted half_read; complete pairs_released
        scan y4               -> accepted half_read
        do CANCEL             -> command confirmed
        scan m1               -> rejected not_paired
        do CONFIRM
        do PACK               -> command command_taken                           | case 0/2
        scan y1               -> accepted taken                                  | case 1/2
    """)
    assert shift.store.pairs.sets()[0].state == "live"
    halves = [each.verdict.data["code"] for each in shift.published if each.verdict.reason == "half_read"]
    assert halves[-1] == epc("y4"), "the side that was scanned, though its piece is known by the other one now"


def test_a_shifted_file_stops_the_reel_and_names_the_row(shift: Shift, tmp_path: Path) -> None:
    number = reel(shift, tmp_path, ("k1", "y1"), ("k2", "y2"), ("k3", "y4"), ("k4", "y5"), ("k5", "y3"), sample=3)
    shift.play(f"""
        badge lina
        do PAIRS:{number}     -> command command_taken
        scan k1 y1            -> accepted half_read; accepted pair_right
        scan k4               -> accepted half_read
        scan y4               -> stop pair_mismatch
        scan k1               -> stop held
        badge wang            -> command confirmed
        scan y5 k5            -> accepted half_read; stop pair_mismatch
        badge wang
        do RECHECK            -> rejected not_allowed
        do CONFIRM
        do PAIRS:77           -> rejected no_pairs
        do CONFIRM
    """)
    stopped = shift.store.pairs.sets()[0]
    assert stopped.state == "stopped" and stopped.sampling.shift == -1 and stopped.sampling.wrong_from == (2, 5)
    said = [each.verdict.data for each in shift.published if each.verdict.reason == "pair_mismatch"]
    assert [(each["row"], each["other_row"], each["shift"]) for each in said] == [(5, 4, ""), (6, 5, -1)]
    shift.play("""
        badge wang
        do LOGOUT
        badge wang
        do RECHECK            -> rejected no_pairs
        do CONFIRM
        do PAIRS
        do RECHECK            -> command command_taken
    """)
    again = shift.store.pairs.sets()[0]
    assert again.state == "to_check" and not again.sampling.right and not again.sampling.faults


def test_scans_without_a_reel_say_so(shift: Shift) -> None:
    shift.play("""
        badge lina
        do PAIRS              -> command command_taken
        scan m1               -> rejected no_pairs
        do CONFIRM
        do HOME
    """)


def test_a_check_is_in_the_register_only_once_the_journal_has_it(shift: Shift, tmp_path: Path) -> None:
    number = reel(shift, tmp_path, *((f"k{n}", f"y{n}") for n in range(1, 6)))
    shift.play(f"""
        badge lina
        do PAIRS:{number}
        full journal
        scan k1               -> stop disk_full
    """)
    assert not shift.store.pairs.sets()[0].sampling.half, "nothing of it was kept"
    shift.play("""
        free
        together k1 y1        -> accepted half_read; accepted pair_right
        scan k2               -> accepted half_read
        cut scan y2                                                  # on the disk is the journal's line, and no more
    """)
    found = shift.store.pairs.sets()[0]
    assert (found.state, len(found.sampling.right)) == ("live", 2)
    assert shift.store.connection.execute("SELECT count(*) FROM meta WHERE key LIKE 'reel:%'").fetchone()[0] == 0


def test_a_journal_read_anew_leaves_what_was_decided_beside_the_station(shift: Shift, tmp_path: Path) -> None:
    """`station pairs check --again` writes no journal; the last check that the journal has is no news."""
    reel(shift, tmp_path, *((f"k{n}", f"y{n}") for n in range(1, 6)))
    shift.play("""
        badge lina
        do PAIRS
        scan k1 y1 k2 y2
    """)
    found = shift.store.pairs.sets()[0]
    assert found.state == "live"
    shift.store.pairs.keep(found, again(found.sampling))
    shift.store.close()
    upkeep.rebuild(shift.home / "journal", shift.home / "station.db", now=shift.now())
    shift._open(shift.home)
    assert shift.store.pairs.sets()[0].state == "to_check"
