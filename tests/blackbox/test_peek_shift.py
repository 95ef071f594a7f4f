"""A code is looked up in the middle of anything: nothing of the work changes, and it goes on with the next scan."""
from __future__ import annotations

from app.domain.decision import Armed
from app.domain.judge import looks_up
from app.domain.session import Session, State
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift


def test_looked_up_over_a_receipt(shift: Shift) -> None:
    shift.play("""
        badge gao
        do RECEIVE           -> command command_taken                            | task receiving IN1, line 1 0/12
        do PEEK              -> command scan_which
        scan p5              -> accepted looked_up                               | task receiving IN1, line 1 0/12
        scan p900            -> accepted received > receiving p900               | line 1 8/12
        do PEEK              -> command scan_which
        scan c900            -> accepted looked_up                               | line 1 8/12
        scan c900            -> duplicate already_on_document
        do PEEK
        do CANCEL            -> command confirmed
        scan c910            -> complete document_done > receiving c910
        do PEEK
        restart
        scan c910            -> accepted looked_up
    """)
    assert shift.published[-1].view.lookup == epc("c910") and shift.published[-1].view.armed == ""


def test_a_camera_looks_up_and_is_asked_as_a_scanner_is(shift: Shift) -> None:
    """What it reads is on the screen, and CONFIRM answers what it was asked."""
    shift.play("""
        badge wang
        do LOOKUP
        frame m7             -> accepted looked_up
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do DOCUMENT:OUT1
        frame c1             -> warning break_pallet                             | waits break
        kill
        do CONFIRM           -> accepted shipped > unpacking p1 1, shipping c1   | line 1 4/16
        frame p1             -> accepted shipped > shipping p1                   | line 1 8/16
    """)
    views = [each.view for each in shift.published]
    assert [each.lookup for each in views if each.task == "lookup"][-1] == epc("m7")
    assert (views[-1].dock.last_epc, views[-1].dock.last_quantity) == (epc("p1"), 4)


def test_looked_up_over_packing_and_by_hand(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:WO1
        scan m1              -> accepted taken                                   | case 1/4
        do PEEK
        type m2              -> accepted looked_up                               | case 1/4
        scan m2              -> accepted taken                                   | case 2/4
    """)


def test_a_look_up_answers_under_a_red_and_leaves_it_standing(shift: Shift) -> None:
    """Only CONFIRM or the right item take a red away."""
    shift.play("""
        badge lina
        do ORDER:WO1
        scan m1              -> accepted taken                                   | case 1/4
        scan x1              -> rejected no_rule                                 | red no_rule
        do PEEK              -> command scan_which                               | red no_rule
        scan m1              -> accepted looked_up                               | red no_rule, case 1/4
        scan m2              -> accepted taken                                   | calm, case 2/4
    """)
    assert [each.view.lookup for each in shift.published][-2] == epc("m1")


def test_what_is_only_looked_up() -> None:
    def state(task: str, act: str = "") -> State:
        return State(Session(task=task, armed=Armed(act)))

    assert looks_up(state("lookup")) and looks_up(state("shipping", "peek")) and looks_up(state("lookup", "peek"))
    assert not looks_up(state("lookup", "unpack")) and not looks_up(state("shipping")) \
        and not looks_up(state("packing", "scrap"))
