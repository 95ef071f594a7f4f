"""Hands at the belt: a reject that nobody saw leave, and what is scanned while the row is not trusted."""
from __future__ import annotations

from app.messages import MasterChanged
from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:WO2
"""


def test_a_missed_reject_is_red_until_somebody_answers(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 - m3            -> accepted queued; warning unreadable; accepted queued | calm
        signal reject_missed 2   -> rejected reject_missed                       | red reject_missed
        queue m4                 -> accepted queued                              | red reject_missed
        kill
        do CONFIRM               -> command confirmed                            | calm, queue 4
    """)


def test_nobody_looks_for_what_a_hand_took_out(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 -               -> accepted queued; warning unreadable
        do TAKEN-OUT:2           -> accepted queue_removed
        signal reject_missed 2   -> command reject_missed                        | calm, queue 1
    """)


def test_a_bottle_that_is_not_of_the_row_is_not_packed_by_its_probe(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2
        do JAM                   -> warning queue_stopped
        scan m9                  -> rejected not_in_queue                        | red not_in_queue, packed 0, queue 2
        scan m1 m2               -> accepted queued; accepted queued             | calm
        do ALIGNED               -> accepted queue_aligned
    """)


def test_a_case_may_be_filled_by_hand_while_the_row_stands(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m5                  -> accepted taken                               | case 1/4
        queue m1
        do JAM
        scan m6                  -> accepted taken                               | case 2/4
        scan m1                  -> accepted queued                              | case 2/4, queue 1
    """)


def test_a_late_reject_finds_its_case_after_a_restart(shift: Shift) -> None:
    """It was packed before the station started again: that case and those since are held, not the one before."""
    shift.play(BEGIN + """
        queue m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 m13
        signal packer            -> complete scan_label
        scan c1                  -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        signal packer            -> complete scan_label
        scan c2                  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        signal packer            -> complete scan_label                          | queue 1, case waiting 1
        restart
        signal reject_missed 6   -> rejected queue_stopped > holding c2          | case parked 1, queue 1
    """)


def test_a_reject_told_twice_is_no_news_after_a_restart(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 - m3
        signal reject_confirmed 2 -> command reject_confirmed                    | queue 2
        kill
        signal reject_confirmed 2 -> command reject_confirmed                    | queue 2, calm
        do TAKEN-OUT:3           -> accepted queue_removed
        scan m1                  -> accepted queued
        do ALIGNED               -> accepted queue_aligned
        restart
        signal reject_missed 3   -> command reject_missed                        | queue 1, calm
    """)


def test_after_a_restart_nobody_is_asked_about_what_cannot_have_moved(shift: Shift) -> None:
    """The PLC counted no bottle meanwhile, and the packer cannot have taken as few as there are."""
    shift.play(BEGIN + """
        queue m1 m2 m3
        restart
        queue m4                 -> accepted queued                              | queue 4, calm
        signal packer            -> complete scan_label                          | queue 0
        restart
        queue m5                 -> accepted queued                              | queue 1, calm
    """)


def test_an_empty_row_is_looked_at_too_where_nobody_counts(shift: Shift) -> None:
    """A bottle may have passed while nobody was there; one gesture later the line goes on."""
    shift.play(BEGIN + """
        queue m1 m2 m3 m4
        signal packer            -> complete scan_label                          | queue 0
        restart
        recount
        queue m5 m6              -> rejected queue_stopped; accepted queued      | queue 2
        signal reject_confirmed 1                                               # it was pushed off: nothing is wrong
        scan m6
        do ALIGNED               -> accepted queue_aligned                       | queue 1
    """)


def test_after_a_restart_the_row_is_looked_at_where_nobody_knows(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3
        restart
        recount                  # this line does not count: bottles may have passed
        queue m4                 -> rejected queue_stopped                       | queue 4
    """)


def test_a_bottle_that_passed_meanwhile_is_missed(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3 m4
        signal packer            -> complete scan_label                          | queue 0
        restart
        unseen 1
        queue m6                 -> rejected queue_stopped                       | queue 1
    """)


def test_a_stroke_may_have_been_missed_where_the_row_had_a_case_full(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3 m4 m5
        restart
        queue m6                 -> rejected queue_stopped                       | queue 6
    """)


def test_the_rejecter_is_told_what_a_hand_took_out(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 - m3 - - m6
        do TAKEN-OUT:2           -> accepted queue_removed
        do TAKEN-OUT:4-5         -> accepted queue_removed
        scan m3                  -> accepted queued
        scan m6                  -> accepted queued
        do ALIGNED               -> accepted queue_aligned                       | queue 2
    """)
    told = [each.verdict.data["triggers"] for each in shift.published if "triggers" in each.verdict.data]
    assert told == ["2-2", "4-5", "1-1"]


def test_a_bottle_on_the_belt_that_is_said_to_be_packed_puts_its_case_in_doubt(shift: Shift) -> None:
    """It is known after a restart, too; a bottle that a hand took out is none of that."""
    shift.play(BEGIN + """
        queue m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 m13 m14
        signal packer            -> complete scan_label
        scan c1                  -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        signal packer            -> complete scan_label
        scan c2                  -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        signal packer            -> complete scan_label                          | queue 2, case waiting 1
        do JAM                   -> warning queue_stopped
        do TAKEN-OUT:13          -> accepted queue_removed
        restart
        scan m13                 -> rejected not_in_queue                        | case parked 0
        scan m7                  -> rejected not_in_queue > holding c2           | case parked 1, queue 1
    """)
    said = [each.verdict.data["because"] for each in shift.published if each.verdict.reason == "not_in_queue"]
    assert said == ["queue_removed", "packed_before"]


def test_new_master_data_are_no_restart(shift: Shift) -> None:
    """The row is read anew; the program was not away, so a count that begins again tells what it always tells."""
    shift.play(BEGIN + """
        queue m1 m2 m3
    """)
    shift.station.handle([MasterChanged(shift.now())])
    queue = shift.station.state.queue
    assert queue is not None and not queue.resumed and len(queue.row) == 3
    shift.play("""
        restart
    """)
    assert shift.station.state.queue is not None and shift.station.state.queue.resumed
