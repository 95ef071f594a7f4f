"""Labels that the station prints: taken from its range, printed, scanned back, and only then they count."""
from __future__ import annotations

from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:PRINT1
"""


def test_printed_scanned_back_confirmed(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1               -> accepted taken
        scan m2               -> complete label_ordered                          | case expects p5000
        printer 1 printed     -> command print_done
        scan p5000            -> complete container_complete > commissioning 2, commissioning p5000, packing p5000 2 \
                                                                                 | case closed 1, pallet 1/2
        frame m3 m4           -> complete label_ordered                          | case expects p5001
        scan p5001            -> complete container_complete > commissioning 2, commissioning p5001, packing p5001 2 \
                                                                                 | pallet expects p5002
        scan p5002            -> complete container_complete > commissioning p5002, packing p5002 2
    """)
    first = next(each for each in shift.published if each.labels).labels[0]
    assert (first.level, first.sscc, first.count, first.units, first.lot, first.order, first.number) == (
        "case", epc("p5000")[-18:], 2, 2, "L1", "PRINT1", 1)


def test_a_label_of_another_case_or_of_nobody_is_caught(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2            -> accepted taken; complete label_ordered
        scan p77              -> rejected label_swapped                          | case expects p5000
        scan m3               -> rejected container_full
        kill
        scan p5000            -> complete container_complete > commissioning 2, commissioning p5000, packing p5000 2
        scan m3 m4            -> accepted taken; complete label_ordered
        scan p5000            -> duplicate duplicate_in_container
        scan p5001            -> complete container_complete > commissioning 2, commissioning p5001, packing p5001 2
        scan p5001            -> duplicate duplicate_in_container
    """)


def test_a_printer_without_paper_and_a_label_printed_again(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2            -> accepted taken; complete label_ordered
        printer 1 failed      -> warning print_failed                            | case expects p5000
        do REPRINT            -> command reason_needed
        do REPRINT:NOT-PRINTED -> warning second_person                          | waits REPRINT
        badge wang            -> accepted label_ordered                          | case expects p5000
        kill
        printer 2 printed     -> command print_done
        scan p5000            -> complete container_complete > commissioning 2, commissioning p5000, packing p5000 2
        do REPRINT:DAMAGE     -> command scan_which
        scan m1               -> warning second_person
        badge wang            -> accepted label_ordered
    """)
    jobs = [(each.job, each.sscc, each.reprint) for published in shift.published for each in published.labels]
    sscc = epc("p5000")[-18:]
    assert jobs == [(1, sscc, ""), (2, sscc, "NOT-PRINTED"), (3, sscc, "DAMAGE")]
    assert [label.job for label in shift.station.unprinted()] == [3], "a crash before the printer: printed again"


def test_undo_voids_a_label_that_is_printed_already(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2            -> accepted taken; complete label_ordered          | case expects p5000
        do UNDO               -> accepted undone                                 | case 1/2, case expects none
        scan p5000            -> rejected label_swapped
        scan m3               -> complete label_ordered                          | case expects p5001
        scan p5000            -> rejected label_swapped
        do CANCEL
        do REMOVE:DAMAGE
        scan m3               -> accepted removed                                | case 1/2, case expects none
    """)


def test_the_range_is_used_up(shift: Shift) -> None:
    shift.play(BEGIN)
    number = 0
    while not any(each.verdict.reason == "no_sscc_left" for each in shift.published):
        number += 2
        found = shift.scan(f"m{number - 1}", f"m{number}")
        while found and found[-1].labels:          # the case's, and with every second case the pallet's
            found = shift.scan(f"p{int(found[-1].labels[0].sscc[9:17])}")
    assert sum(len(each.labels) for each in shift.published) == 10
    shift.play("scan p77 -> complete container_complete > commissioning 2, commissioning p77, packing p77 2")


def test_a_damaged_label_is_printed_new(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2 p5000      -> accepted taken; complete label_ordered; complete container_complete \
> commissioning 2, commissioning p5000, packing p5000 2
        do RELABEL:DAMAGE
        scan m2               -> accepted label_ordered                          | armed relabel
        scan p5000            -> rejected label_swapped
        kill
        scan p5001            -> accepted relabelled > unpacking p5000 all, decommissioning p5000, \
commissioning p5001, packing p5001 2
    """)
