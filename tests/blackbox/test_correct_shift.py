"""Mistakes at the dock taken back as recorded corrections: undo, take off, another receiver, an event after closing."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.warehouse.policy import Policy
from tests.blackbox.goods import epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift
from tests.blackbox.test_void_shift import CHEN, PACKED, bound, out, stage


@pytest.fixture(autouse=True)
def _the_server_agrees(shift: Shift, tmp_path: Path) -> Iterator[None]:
    """Whatever is played here, the server has the same goods afterwards."""
    yield
    (tmp_path / "server").mkdir()
    same_goods(shift, tmp_path / "server")


def place(shift: Shift, name: str) -> tuple[str, str]:
    """(status, partner) of an object."""
    return shift.store.connection.execute("SELECT status, partner FROM object WHERE epc=?", (epc(name),)).fetchone()


def last_event(shift: Shift, step: str) -> str:
    return next(each.stamp.event_id for each in reversed(shift.events()) if each.act.biz_step == step)


def chen(shift: Shift) -> None:
    shift.put(("person", "chen", {"name": "陈", "role": "supervisor", "badge": CHEN}))


def test_a_receipt_is_undone_by_declaring_it_wrong(shift: Shift) -> None:
    shift.play("""
        badge gao
        do RECEIVE
        scan p900 -> accepted received > receiving p900                   | line 1 8/12
        kill
        do UNDO   -> accepted undone > wrong receiving p900               | line 1 0/12, calm
        do UNDO   -> warning nothing_to_undo
    """)
    assert place(shift, "p900") == ("announced", "")
    wrong = shift.events()[-1]
    assert wrong.declaration is not None and wrong.stamp == shift.events()[0].stamp
    assert dict(wrong.declaration.extra) == {"declaredBy": "gao", "entry": 4}
    shift.play("""
        scan p900 -> accepted received > receiving p900                   | line 1 8/12
        scan c910 -> complete document_done > receiving c910              | line 1 12/12
        do UNDO   -> accepted undone > wrong receiving c910               | line 1 8/12
        do UNDO   -> accepted undone > wrong receiving p900               | line 1 0/12
    """)


def test_what_was_moved_on_stays_received(shift: Shift) -> None:
    shift.put(out("S1", 8))
    shift.play("""
        badge lina
        do RECEIVE
        scan p900
        do DOCUMENT:S1
        scan p900 -> complete document_done > shipping p900
        do DOCUMENT:IN1
        do UNDO   -> warning nothing_to_undo
        do TAKE-OFF:MISTAKE
        scan p900 -> rejected later_events                                | red later_events
        scan c900 -> rejected inside_parent
        do CANCEL
        do DOCUMENT:S1
        do UNDO   -> accepted undone > void_shipping p900
        do DOCUMENT:IN1
        do UNDO   -> warning nothing_to_undo                              # the void built on it, too
    """)
    refused = next(each.verdict for each in shift.published if each.verdict.reason == "later_events")
    assert (refused.data["step"], refused.data["count"]) == ("shipping", 1)


def test_one_object_is_taken_off_an_open_document(shift: Shift) -> None:
    shift.put(out("S1"))
    shift.play(PACKED + """
        do RECEIVE
        scan c910
        scan p900   -> complete document_done > receiving p900
        do TAKE-OFF:MISTAKE -> command scan_which                                 | armed take-off
        scan c910   -> accepted taken_off > wrong receiving c910          | line 1 8/12
        do TAKE-OFF:MISTAKE
        scan c910   -> rejected not_on_document
        do CANCEL
        do DOCUMENT:S1
        scan p1 p2
        do TAKE-OFF:MISTAKE
        scan p1     -> accepted taken_off > void_shipping p1              | line 1 8/16, calm
        do TAKE-OFF:MISTAKE
        scan c3     -> warning break_pallet
        do CONFIRM  -> accepted taken_off > unpacking p2 1, void_shipping c3 | line 1 4/16
        do DONE:SHORTAGE
        do TAKE-OFF:MISTAKE
        scan p2     -> rejected document_closed
    """)


def test_provisional_goods_are_as_unknown_as_before(shift: Shift) -> None:
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.put(("document", "BUY", {"kind": "purchase_in", "partner": "PLANT"}))
    shift.play("""
        restart
        badge lina
        do DOCUMENT:BUY
        scan c77    -> accepted received > receiving c77                  | line 1 4/0
        do UNDO     -> accepted undone > wrong receiving c77              | line 1 0/0
        scan c77    -> accepted received > receiving c77                  | line 1 4/0
    """)


def test_another_receiver_before_closing(shift: Shift) -> None:
    shift.put(out("S1"), ("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}, "role": "retailer",
                                            "territory": "5101"}))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do RECEIVER:NOBODY -> rejected partner_needed
        do RECEIVER:PLANT  -> rejected wrong_partner
        scan p1 p2
        do RECEIVER:S8     -> command receiver_changed > wrong shipping p1, wrong shipping p2, shipping p1, shipping p2
        do RECEIVER:S8     -> command receiver_changed
        kill
        do UNDO            -> accepted undone > void_shipping p2          | line 1 8/16
        do DONE:SHORTAGE
        do RECEIVER:DC7    -> rejected document_closed
    """)
    shipped = [each for each in shift.events() if each.act.biz_step == "shipping"]
    wrong, anew = [[each for each in shipped if bool(each.declaration) == told] for told in (True, False)]
    assert [each.declaration.correctives for each in wrong if each.declaration] == [
        (each.stamp.event_id,) for each in anew[-2:]]
    assert anew[-1].act.destinations != anew[0].act.destinations
    assert place(shift, "p1") == ("in_transit", "S8") and bound(shift, "p1") == "S8"
    assert place(shift, "p2") == ("in_progress", "")


def test_goods_too_old_for_the_other_receiver_stay_with_the_first(shift: Shift) -> None:
    shift.put(out("S1"), ("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}, "min_life_days": 300}))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1            -> accepted shipped > shipping p1
        do RECEIVER:S8     -> rejected short_life
        scan p2            -> complete document_done > shipping p2
    """)
    assert place(shift, "p1") == ("in_transit", "DC7")


def test_the_receiver_of_an_empty_document_is_just_another(shift: Shift) -> None:
    shift.put(out("S1"), ("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}, "role": "retailer"}))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do RECEIVER:S8     -> command receiver_changed
        scan p1            -> accepted shipped > shipping p1
    """)
    assert place(shift, "p1") == ("in_transit", "S8")


def test_a_receipt_is_corrected_after_closing(shift: Shift) -> None:
    chen(shift)
    shift.play("""
        badge wang
        do RECEIVE
        scan p900 c910
        do DONE        -> complete document_closed
    """)
    event = last_event(shift, "receiving")
    first = shift.events()[0].stamp.event_id
    shift.play(f"""
        do CORRECT:urn:uuid:01a9817f-b4b8-7000-8000-ffffffffffff -> rejected unknown_event
        do CORRECT:{event}:WRONG  -> warning second_person                      | waits CORRECT
        badge CHEN-1        -> command corrected > wrong receiving c910   | calm
        do CORRECT:{event}:WRONG  -> rejected corrected_before
        do CORRECT:{first.removeprefix('urn:uuid:')}:WRONG -> warning second_person
        badge CHEN-1        -> command corrected > wrong receiving p900
    """)
    wrong = shift.events()[-2].declaration
    assert wrong is not None and dict(wrong.extra) | {"entry": 0} == {
        "declaredBy": "wang", "approver": "chen", "reason": "WRONG", "entry": 0}
    assert stage(shift, "IN1") == ("cancelled", "WRONG", 0)


def test_a_shipment_is_corrected_by_the_event_that_takes_it_back(shift: Shift) -> None:
    chen(shift)
    shift.put(out("S1"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1 p2
        do DONE
    """)
    event, packed = last_event(shift, "shipping"), last_event(shift, "packing")
    shift.play(f"""
        do CORRECT:{packed} -> rejected not_correctable
        do CORRECT:{event}:WRONG  -> warning second_person
        badge CHEN-1        -> command corrected > void_shipping p2
        do CORRECT:{event}:WRONG  -> rejected later_events
    """)
    assert stage(shift, "S1") == ("closed_short", "WRONG", 8)


ENDED = "unpacking p1 2, unpacking c1 4, unpacking c2 4, destroying 11"
REVIVED = ", ".join(f"wrong {each}" for each in reversed(ENDED.split(", ")))


def test_an_end_of_life_is_taken_back_with_all_that_it_held(shift: Shift) -> None:
    chen(shift)
    shift.put(("document", "X1", {"kind": "scrap_out", "reason": "DAMAGE"}))
    shift.play(PACKED + f"""
        do DOCUMENT:X1
        scan p1   -> accepted left_stock > {ENDED} | line 1 8/0
        scan m1   -> rejected end_of_life
        do UNDO   -> accepted undone > {REVIVED} | line 1 0/0
        scan p1   -> accepted left_stock > {ENDED} | line 1 8/0
        do DONE
    """)
    event = last_event(shift, "destroying")
    shift.play(f"""
        do CORRECT:{event}:WRONG  -> warning second_person
        badge CHEN-1        -> command corrected > {REVIVED}
    """)
    assert place(shift, "p1")[0] == "in_progress"
    shift.put(out("S1", 8))
    shift.play("""
        do DOCUMENT:S1
        scan c1   -> warning break_pallet
        scan p1   -> complete document_done > shipping p1                 | line 1 8/8
    """)


def test_a_case_taken_from_its_pallet_goes_back_into_it(shift: Shift) -> None:
    shift.put(("document", "X1", {"kind": "use_out", "reason": "TEST"}), out("S1", 8))
    shift.play(PACKED + """
        do DOCUMENT:X1
        scan c1     -> warning break_pallet
        do CONFIRM  -> accepted left_stock > unpacking p1 1, unpacking c1 4, decommissioning 5
        do UNDO     -> accepted undone > wrong decommissioning 5, wrong unpacking c1 4, wrong unpacking p1 1
        do DOCUMENT:S1
        scan p1     -> complete document_done > shipping p1
    """)


def test_a_correction_is_whole_or_not_at_all(shift: Shift) -> None:
    """The power goes between the journal and the database: what the journal has is brought in, once."""
    shift.put(out("S1"), ("partner", "S8", {"gln": "6901234000030", "name": {"en": "S 8"}}))
    shift.play(PACKED + """
        do DOCUMENT:IN1
        scan p900
        cut do UNDO
        do UNDO            -> warning nothing_to_undo
        do DOCUMENT:S1
        scan p1 p2
        cut do RECEIVER:S8
        do RECEIVER:S8     -> command receiver_changed
        do TAKE-OFF:MISTAKE
        cut scan p1
        do HOME
        do VOID:OTHER
        cut scan p2
        do VOID:OTHER
        scan p2            -> rejected voided_before
    """)
    assert place(shift, "p1") == place(shift, "p2") == ("in_progress", "")
    assert [each.act.biz_step for each in shift.events() if each.declaration] == ["receiving", "shipping", "shipping"]
