"""Hands at the belt: a reject that nobody saw leave, and what is scanned while the row is not trusted."""
from __future__ import annotations

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
