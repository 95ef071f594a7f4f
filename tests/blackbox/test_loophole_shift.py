"""Ways round a refusal, each closed: goods that may not leave, packed anew, taken in as something else, or not looked
at yet; and what is agreed to in two steps, or taken back on a truck with several documents."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.warehouse.policy import Policy
from app.messages import Answered
from app.store.catalogue import BadRecord
from tests.blackbox.goods import SITE, epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_announced_shift import coming
from tests.blackbox.test_correct_shift import place
from tests.blackbox.test_return_shift import OTHERS, paper
from tests.blackbox.test_void_shift import PACKED, bound, out

RETURNED = PACKED + """
    do DOCUMENT:S1
    scan p1
    do DOCUMENT:B1
    scan p1     -> accepted received > receiving p1
"""
FREE = {"kind": "purchase_in", "partner": "PLANT", "lines": [{"line": 1, "product": "MILK", "quantity": 100}]}


@pytest.fixture(autouse=True)
def _the_server_agrees(shift: Shift, tmp_path: Path) -> Iterator[None]:
    """Whatever is played here, the server has the same goods afterwards."""
    yield
    (tmp_path / "server").mkdir()
    same_goods(shift, tmp_path / "server")


def delivery(id: str, *names: str) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": "receive", "partner": "DC7", "announced": [coming(each) for each in names],
                            "lines": [{"line": 1, "product": "MILK", "quantity": 4 * len(names)}]}


def lenient(shift: Shift, policy: Policy) -> None:
    shift.place = replace(shift.place, policy=policy)
    shift.restart()


def test_returned_goods_do_not_leave_in_a_new_pallet(shift: Shift) -> None:
    shift.put(out("S1"), out("S2"), paper("B1", "return_in", reason="DAMAGE"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1
        do DOCUMENT:B1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted received > unpacking p1 1, receiving c1
        do ORDER:WO2
        frame m51 m52 m53 m54 c51
        scan c1     -> rejected not_sellable                              | pallet 1/2
        do RELEASE:CHECKED
        scan c1     -> accepted released > inspecting c1
        scan c1     -> complete scan_label                                | pallet 2/2, calm
        scan p7     -> complete container_complete > commissioning p7, packing p7 2
        do DOCUMENT:S2
        scan p7     -> accepted shipped > shipping p7
    """)


def test_goods_that_are_not_sold_are_not_made_sound_by_a_paper(shift: Shift) -> None:
    shift.put(out("S1"), paper("B1", "return_in", reason="DAMAGE"), paper("N1", "production_in", ""),
              paper("W1", "rework_out", "", reason="LABEL"), paper("W2", "rework_in", ""))
    shift.play(RETURNED + """
        do DOCUMENT:W1
        scan p2     -> accepted left_stock > repairing p2
        do DOCUMENT:N1
        scan p1     -> rejected here_already                           # it came in once
        scan p2     -> rejected not_sellable                              | red not_sellable
        do DOCUMENT:W2
        scan p1     -> accepted received > receiving p1                   | calm
        scan p2     -> accepted received > receiving p2
    """)


def test_what_went_to_a_customer_does_not_come_in_from_our_own_house(shift: Shift) -> None:
    shift.put(*OTHERS, out("S1"), paper("T1", "transfer_in", "WH2"), paper("T2", "transfer_out", "WH2"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1
        do DOCUMENT:T1
        scan p1     -> rejected not_on_document                           | red not_on_document
        do DOCUMENT:T2
        scan p2     -> accepted shipped > shipping p2
        do DOCUMENT:T1
        scan p2     -> accepted received > receiving p2
    """)
    assert place(shift, "p1") == ("in_transit", "DC7") and bound(shift, "p1") == "DC7"


def test_unknown_goods_of_a_recalled_batch_are_not_taken_in(shift: Shift) -> None:
    lenient(shift, Policy(unknown="provisional"))
    shift.put(("document", "IN9", FREE), ("hold", "H9", {"reason": "recall", "product": "MILK", "lot": ""}))
    shift.play("""
        badge lina
        do DOCUMENT:IN9
        scan c77    -> rejected on_hold                                   | red on_hold, line 1 0/100
    """)
    assert shift.published[-1].verdict.data["hold"] == "recall"


def test_what_the_server_does_not_know_stays_until_it_does(shift: Shift) -> None:
    lenient(shift, Policy(unknown="provisional"))
    shift.put(("document", "IN9", FREE), out("S1"))
    shift.play("""
        badge lina
        do DOCUMENT:IN9
        scan c77 c78 -> accepted received; accepted received > receiving c77, receiving c78
    """)

    def server_says(name: str, answer: str) -> None:
        shift.handle(Answered(epc(name), "IN9", answer, shift.now(), time.monotonic()))

    server_says("c77", "unknown")
    shift.play("""
        kill
        do DOCUMENT:S1
        scan c77    -> rejected on_hold                                   | red on_hold
        scan c78    -> accepted shipped > shipping c78
    """)
    assert shift.published[-2].verdict.data["hold"] == "NOT-KNOWN"
    server_says("c78", "unknown")            # it has left: nothing can be held any more, it is only listed
    server_says("c77", "known")
    shift.play("""
        scan c77    -> accepted shipped > shipping c77
    """)
    assert [event.act.biz_step for event in shift.events()] == [
        "receiving", "receiving", "holding", "shipping", "inspecting", "shipping"]


def test_a_pallet_that_is_to_be_looked_into_does_not_leave_unseen(shift: Shift) -> None:
    lenient(shift, Policy(check=100))
    shift.put(out("S1"))
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan p900   -> warning check_this > receiving p900
        do DOCUMENT:S1
        scan p900   -> rejected check_open                                | red check_open
        scan c900   -> rejected check_open
        do PICK:S1
        scan p900   -> rejected check_open
        do DOCUMENT:IN1
        scan c900 c901
        do CHECKED  -> complete check_verified > inspecting p900
        do DOCUMENT:S1
        scan p900   -> accepted shipped > shipping p900
    """)


def test_a_second_person_stands_behind_what_was_asked_about_as_well(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(PACKED + """
        do LOGOUT
        badge lina
        do DOCUMENT:S1
        type c1     -> warning second_person
        badge wang  -> warning break_pallet                               | by lina, waits break
        kill
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1
    """)
    for event in shift.events()[-2:]:
        told = dict(event.act.extra)
        assert told["approver"] == "wang" and told["reason"] in ("TYPED", "SHIPPED"), told
    assert shift.published[-1].verdict.data["approver"] == "wang"


def test_what_was_held_meanwhile_is_not_told_to_another_receiver(shift: Shift) -> None:
    shift.put(*OTHERS, out("S1"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1     -> accepted shipped > shipping p1
    """)
    shift.put(("hold", "H1", {"reason": "recall", "product": "MILK", "lot": "L1"}))
    shift.play("""
        do RECEIVER:S8 -> rejected on_hold
        do UNDO        -> accepted undone > void_shipping p1
        do RECEIVER:S8 -> command receiver_changed
    """)


def test_undo_on_a_truck_takes_back_what_was_scanned_last(shift: Shift) -> None:
    shift.put(delivery("IN3", "c960"), delivery("IN4", "c950", "c951"))
    shift.play("""
        badge wang
        do DOCUMENT:IN3
        do ALSO:IN4
        scan c960   -> complete line_done > receiving c960
        scan c950   -> accepted received > receiving c950
        do UNDO     -> accepted undone > wrong receiving c950
        scan c951   -> accepted received > receiving c951
        do DONE     -> complete document_closed
        do UNDO     -> accepted undone > wrong receiving c951
        do UNDO     -> warning nothing_to_undo                            # the other one is closed
    """)
    assert place(shift, "c960") == ("in_progress", "")


def test_returned_goods_are_counted_as_what_they_are(shift: Shift) -> None:
    shift.put(out("S1"), paper("B1", "return_in", reason="DAMAGE"))
    shift.play(RETURNED + """
        do NEW-DOCUMENT:count
        scan p1     -> accepted counted > stock_taking p1
        do NEW-DOCUMENT:cycle_count
        scan p1     -> accepted counted > cycle_counting p1
    """)
    assert {event.act.disposition for event in shift.events()[-2:]} == {"returned"}


def test_what_came_in_while_others_counted_is_not_missing(shift: Shift) -> None:
    shift.play(PACKED + """
        do NEW-DOCUMENT:count
        scan p1                -> accepted counted > stock_taking p1
        do DOCUMENT:IN1
        scan c910              -> accepted received > receiving c910
        scan c911              -> accepted received > receiving c911
        do UNDO                -> accepted undone > wrong receiving c911
        do COUNT
    """)
    count = shift.store.connection.execute("SELECT id FROM document WHERE kind='count'").fetchone()[0]
    shift.play(f"""
        do DOCUMENT:{count}
        do ADJUST:MISTAKE      -> warning second_person
    """)
    told = shift.published[-1].verdict.data
    assert (told["missing"], told["objects"]) == (8, 1)          # p2 alone
    shift.play("""
        scan p2                -> complete count_all_seen > stock_taking p2
        do DONE                -> complete count_closed
    """)


def test_the_same_goods_are_not_made_twice_nor_gained_while_they_stand_here(shift: Shift) -> None:
    shift.put(paper("N1", "production_in", ""), paper("N2", "production_in", ""),
              paper("G1", "gain", "", reason="COUNTED"))
    shift.play(PACKED + """
        do DOCUMENT:N1
        scan p1     -> accepted received > receiving p1
        do DOCUMENT:N2
        scan p1     -> rejected here_already
        do DOCUMENT:G1
        scan p2     -> rejected here_already                           | red here_already
        do DOCUMENT:N1
        do UNDO     -> accepted undone > wrong receiving p1
        do DOCUMENT:N2
        scan p1     -> accepted received > receiving p1                   | calm
    """)


def test_on_a_truck_goods_go_to_the_document_that_announced_them(shift: Shift) -> None:
    shift.put(delivery("IN3", "c960"), delivery("IN4", "c950", "c951"))
    shift.play("""
        badge wang
        do DOCUMENT:IN3
        do ALSO:IN4
        scan c950   -> accepted received > receiving c950                 | line 1 0/4
        scan c951   -> complete line_done > receiving c951                | line 1 0/4
        do DONE     -> rejected reason_needed
        scan c960   -> complete document_done > receiving c960            | line 1 4/4
        do DONE     -> complete document_closed
        do DONE     -> complete document_closed
    """)


def test_what_was_picked_for_one_document_is_not_picked_for_another(shift: Shift) -> None:
    shift.put(out("S1", 8), out("S2", 8))
    shift.play(PACKED + """
        do PICK:S1
        scan p1     -> complete pick_done > picking p1
        do PICK:S2
        scan p1     -> rejected picked_for_other                          | red picked_for_other
        scan c1     -> rejected picked_for_other
        do DOCUMENT:S2
        scan p1     -> warning picked_elsewhere                           # whoever loads it is asked, and may decide so
        scan c1     -> warning break_pallet
        do CONFIRM  -> warning picked_elsewhere
        scan p1     -> warning picked_elsewhere
        do CONFIRM  -> complete document_done > shipping p1
        do PICK:S1
        scan p2     -> complete pick_done > picking p2                    # so that other goods are picked instead
        do UNDO     -> accepted undone > storing p2
    """)
    asked = next(each.verdict for each in shift.published if each.verdict.reason == "picked_elsewhere")
    assert asked.data["other"] == "S1" and asked.data["document"] == "S2"
    assert [dict(each.act.extra)["pickedFor"] for each in shift.events() if each.act.biz_step == "shipping"] == ["S1"]


def test_a_pallet_that_holds_what_was_picked_for_another_document_asks(shift: Shift) -> None:
    shift.put(out("S1", 8), out("S2", 8), out("S3", 8))
    shift.play(PACKED + """
        do PICK:S1
        scan p1     -> complete pick_done > picking p1
        do DOCUMENT:S1
        do ALSO:S2
        scan p1     -> complete line_done > shipping p1                   # on the same truck it is its own
        do DOCUMENT:S3
        scan p2     -> complete document_done > shipping p2
    """)


def test_held_goods_are_destroyed_but_not_used(shift: Shift) -> None:
    shift.put(paper("U1", "use_out", "", reason="OFFICE"), paper("X1", "destroy_out", "", reason="RECALL"))
    shift.play(PACKED)
    shift.put(("hold", "H1", {"reason": "recall", "product": "MILK", "lot": "L1"}))
    shift.play("""
        do DOCUMENT:U1
        scan c1     -> rejected on_hold                                   | red on_hold
        do DOCUMENT:X1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted left_stock > unpacking p1 1, unpacking c1 4, destroying 5
    """)


def test_the_feed_does_not_give_what_has_left_another_receiver(shift: Shift) -> None:
    shift.put(*OTHERS, out("S1"))
    shift.put(out("S1", partner="S8"))
    shift.put(out("S1"))                     # as long as nothing is on it, the feed may say what it likes
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1     -> accepted shipped > shipping p1
    """)
    for key, value in (("partner", "S8"), ("kind", "ship")):
        with pytest.raises(BadRecord) as bad:
            shift.put(out("S1", **{key: value}))       # type: ignore[arg-type]
        assert (bad.value.key, bad.value.expected) == (key, "document_begun")
    shift.put(out("S1", 20))
    shift.play("""
        scan p2     -> accepted shipped > shipping p2                     | line 1 16/20
    """)
    assert place(shift, "p1") == place(shift, "p2") == ("in_transit", "DC7")


def test_take_off_leaves_the_closed_documents_of_a_truck_alone(shift: Shift) -> None:
    shift.put(out("S1", 8), out("S2", 8))
    shift.play(PACKED + """
        do LOGOUT
        badge lina
        do DOCUMENT:S1
        do ALSO:S2
        scan p1     -> complete line_done > shipping p1
        do DONE     -> complete document_closed
        do TAKE-OFF:MISTAKE
        scan p1     -> rejected document_closed                           | red document_closed
        scan c1     -> rejected document_closed
    """)
    shift.put(delivery("IN3", "c960"), delivery("IN4", "c950"))
    shift.play("""
        do DOCUMENT:IN3
        do ALSO:IN4
        scan c950   -> complete line_done > receiving c950
        do TAKE-OFF:MISTAKE
        scan c950   -> accepted taken_off > wrong receiving c950
        scan c960   -> complete line_done > receiving c960
        do DONE     -> complete document_closed
        do TAKE-OFF:MISTAKE
        scan c960   -> rejected document_closed
    """)


def test_what_is_asked_about_is_looked_up_first(shift: Shift) -> None:
    """The look-up takes the question back; the goods are scanned again after it."""
    shift.put(out("S1"))
    shift.play(PACKED + """
        do SHIP
        scan c1     -> rejected no_document                               | red no_document
        do DOCUMENT:S1
        scan c1     -> warning break_pallet                               | waits break
        do PEEK     -> command scan_which                                 | armed peek
        scan c1     -> accepted looked_up
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted shipped > unpacking p1 1, shipping c1
    """)


def test_a_place_has_its_name_and_what_waits_its_brackets(shift: Shift) -> None:
    shift.put(out("S1"), ("partner", "HQ", {"name": {"en": "House 9"}, "role": "own", "gln": SITE.rpartition("/")[2]}),
              ("location", "A-1", {"name": {"en": "Shelf one"}}), paper("C1", "count", ""))
    shift.play(PACKED + """
        do DOCUMENT:C1
        do AT:A-1
        scan p1     -> warning count_misplaced > stock_taking p1
    """)
    assert shift.published[-1].view.names[SITE] == {"en": "House 9"}
    assert shift.store.catalogue.place_name(f"{SITE}/254/A-1") == {"en": "Shelf one"}
    shift.play("""
        do DOCUMENT:S1
        scan c1     -> warning break_pallet
    """)
    assert shift.published[-1].view.waiting_for.code == epc("c1")
