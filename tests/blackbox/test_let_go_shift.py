"""Shifts with diverted goods that two people let go, goods still being packed, and lists and clocks that mislead."""
from __future__ import annotations

from app.domain.people import badge_hash
from app.domain.warehouse.policy import Policy, Site
from app.store.whereabouts import Whereabouts
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift
from tests.blackbox.test_diversion_shift import DEALER, at, listed


def released(shift: Shift, name: str) -> None:
    """Two people let it go."""
    shift.play(f"""
        badge wang
        do RELEASE:CHECKED
        scan {name}
        badge CHIEF-1     -> accepted released > inspecting {name}
    """)


def test_a_return_that_was_let_go_is_taken_with_a_word_about_it(shift: Shift) -> None:
    at(shift, Site(territory="51"))
    shift.put(("document", "RET2", {"kind": "return_in", "partner": "D2", "reason": "NOT-SOLD",
                                    "lines": [{"line": 1, "product": "MILK", "quantity": 400}]}))
    listed(shift, ("c1", "D1", "5101"))
    shift.play("""
        badge wang
        do DOCUMENT:RET2
        scan c1           -> stop shipped_to_other > inspecting c1, holding c1
    """)
    shift.play("badge wang")
    released(shift, "c1")
    shift.play("""
        scan c1           -> warning let_go_before > receiving c1
        do INSPECT
        scan c1           -> accepted inspected_right           # given back: now it is where it should be
    """)


def test_a_look_up_says_who_let_the_goods_go_and_when(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("c2", "D2", "31"))
    shift.play("""
        badge wang
        do INSPECT
        scan c2           -> stop wrong_dealer > inspecting c2, holding c2
        badge wang
    """)
    released(shift, "c2")
    looked = Whereabouts(shift.home / "station.db", DEALER, Policy(), lambda: "en", shift.now)
    found = looked.of(epc("c2"))
    looked.close()
    assert found is not None and (found.finding, found.let_go, found.freed_by, found.freed_with) == (
        "wrong_dealer", "DV-LINE-1-000001", "王强 (wang)", "Chief (chief)")


def test_released_goods_are_stopped_anew_when_they_turn_up_with_somebody_else(shift: Shift) -> None:
    at(shift, Site("", "5101", 30.67, 104.07))
    listed(shift, ("c2", "D2", "31"))
    shift.play("""
        badge wang
        do INSPECT
        scan c2           -> stop wrong_territory > inspecting c2, holding c2
        badge wang
    """)
    released(shift, "c2")
    shift.play("""
        scan c2           -> warning let_go_before
        do INSPECT:D1
        scan c2           -> stop shipped_to_other > inspecting c2, holding c2
        badge wang
        do INSPECT
        scan c2           -> warning let_go_before      # for that they were let go: but the other case holds them
        do RELEASE:CHECKED
        scan c2           -> warning second_person
        badge CHIEF-1     -> accepted released > inspecting c2
    """)
    assert dict(shift.store.connection.execute("SELECT number, state FROM suspected")) == {
        "DV-LINE-1-000001": "released", "DV-LINE-1-000002": "released"}


def test_what_stood_in_goods_that_were_let_go_went_with_them_but_not_what_came_later(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("c1", "D2", "31"), ("m9", "D2", "31"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        badge wang
        do INSPECT
        scan c1           -> stop wrong_dealer > inspecting c1, holding c1
        badge wang
    """)
    released(shift, "c1")
    shift.play("""
        scan m1           -> warning let_go_before      # in the case that two people let go
        scan m9           -> stop wrong_dealer > inspecting m9, holding m9
        kill
        badge wang
        scan m2           -> warning let_go_before
    """)


def test_what_is_still_being_packed_is_neither_right_nor_never_shipped(shift: Shift) -> None:
    at(shift, Site("", "5101"))
    listed(shift, ("m2", "D1", "5101"), ("m3", "D2", "31"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        scan m1 m2 m3
        do INSPECT
        scan m1           -> warning still_packed
        scan m2           -> warning still_packed
        scan m3           -> stop wrong_territory > inspecting m3, holding m3     # somebody was sent this one
    """)
    looked = Whereabouts(shift.home / "station.db", Site("", "5101"), Policy(), lambda: "en", shift.now)
    found = looked.of(epc("m1"))
    looked.close()
    assert found is not None and found.finding == "still_packed"


def test_own_stock_that_never_left_is_no_diversion_but_in_somebodys_hands_it_is(shift: Shift) -> None:
    at(shift, Site(territory="51"))
    shift.put(("document", "SO1", {"kind": "sales_out", "partner": "D1", "lines": [
        {"line": 1, "product": "MILK", "quantity": 4}]}))
    listed(shift, ("c9", "D1", "5101"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        do INSPECT
        scan c1           -> warning own_stock
        scan m1           -> warning own_stock
        do DOCUMENT:SO1
        scan c1           -> complete document_done > shipping c1
        do INSPECT
        scan c1           -> accepted inspected_right       # sent to D1, and still within its territory
        scan m9           -> stop never_shipped > inspecting m9, holding m9       # nobody knows this one
        badge wang
        do INSPECT:D1
        scan c2           -> stop never_shipped > inspecting c2, holding c2       # D1 has what never left
    """)
    looked = Whereabouts(shift.home / "station.db", Site(territory="51"), Policy(), lambda: "en", shift.now,
                         shift.place.location)
    found = [looked.of(epc(name)) for name in ("m5", "c2", "m9", "c1")]
    looked.close()
    assert [each.finding for each in found if each] == ["own_stock", "never_shipped", "never_shipped", "right"]


def test_what_is_stopped_leaves_by_no_door_until_two_people_let_it_go(shift: Shift) -> None:
    """Not sent back, not destroyed, not sampled, not written off, and not inside of anything either."""
    at(shift, Site("", "5101"))
    listed(shift, ("c1", "D2", "31"))
    shift.put(("document", "R1", {"kind": "return_out", "partner": "PLANT", "reason": "DAMAGE"}),
              ("document", "X1", {"kind": "destroy_out", "reason": "DAMAGE"}),
              ("document", "L1", {"kind": "loss", "reason": "THEFT"}))
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do INSPECT
        scan c1           -> stop wrong_territory > inspecting c1, holding c1
        badge wang
        do HOLD:DAMAGE
        scan p1           -> accepted held_back > holding p1
        do DOCUMENT:R1
        scan p1           -> rejected on_hold
        scan c1           -> rejected on_hold
        do DOCUMENT:X1
        scan p1           -> rejected on_hold
        do DOCUMENT:L1
        scan p1           -> rejected on_hold
        do CONFIRM
        do DESTROY:DAMAGE
        scan c1           -> rejected on_hold
        do CONFIRM
        do SAMPLE:QC
        scan m1           -> rejected on_hold
        do CONFIRM
        do CANCEL
        do HOLD:DAMAGE
        scan c1           -> rejected on_hold                # held for less, one alone could let it go
        do CONFIRM
        do CANCEL
        badge wang
        do RELEASE:CHECKED
        scan p1           -> accepted released > inspecting p1
    """)
    released(shift, "c1")
    shift.play("""
        do DOCUMENT:X1
        scan p1           -> accepted left_stock > unpacking p1 2, unpacking c1 4, unpacking c2 4, destroying 11
    """)


def test_one_person_is_one_however_many_badges_and_pins_they_have(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("c2", "D2", "31"))
    shift.play("""
        badge wang
        do INSPECT
        scan c2           -> stop wrong_dealer > inspecting c2, holding c2
        badge wang
        do RELEASE:CHECKED
        scan c2           -> warning second_person
        pin wang          -> warning same_person                              | waits RELEASE
    """)
    second = ("person", "wang", {"name": "王强", "role": "supervisor", "badge": badge_hash("wang", "WANG-NEW")})
    shift.put(second)
    shift.play("""
        badge WANG-NEW    -> warning same_person                              | waits RELEASE
        badge wang        -> rejected unknown_badge
        kill
        badge WANG-NEW    -> warning same_person
    """)
    shift.put(("person", "double", {"name": "王强", "role": "supervisor", "badge": badge_hash("double", "WANG-NEW")}))
    shift.play("""
        badge WANG-NEW    -> rejected unknown_badge         # one card under two ids is no second person
        badge CHIEF-1     -> accepted released > inspecting c2
    """)
    assert shift.store.connection.execute("SELECT released_by, approver FROM suspected").fetchone() == ("wang", "chief")


def test_a_clock_that_was_ahead_once_does_not_silence_the_next_list(shift: Shift) -> None:
    at(shift, Site("", "5101"))
    listed(shift, ("m1", "D1", "5101"), ("m2", "D2", "31"), valid_h=10 * 24)
    shift.play("""
        badge lina
        do INSPECT
        scan m1           -> accepted inspected_right
        wait 315360000
        scan m1           -> warning not_judged             # ten years ahead
        wait -315360000
        scan m1           -> warning not_judged
    """)
    listed(shift, ("m1", "D1", "5101"), ("m2", "D2", "31"), number=2)
    shift.play("""
        scan m1           -> accepted inspected_right
        kill
        scan m2           -> stop wrong_territory > inspecting m2, holding m2
        badge wang
        wait 2000000
        badge lina
        scan m1           -> warning not_judged
        wait -2000000
        scan m1           -> warning not_judged             # put back under the same list: it stays old
    """)


def test_what_was_bound_here_on_the_same_day_comes_before_the_list(shift: Shift) -> None:
    """At 06:00 here it is still yesterday in UTC."""
    at(shift, Site(territory="51"))
    shift.put(("document", "SO1", {"kind": "sales_out", "partner": "D1", "lines": [
        {"line": 1, "product": "MILK", "quantity": 4}]}))
    listed(shift, ("c1", "D2", "31"), on="2027-11-30")
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        do DOCUMENT:SO1
        scan c1           -> complete document_done > shipping c1
        do INSPECT:D1
        scan c1           -> accepted inspected_right
    """)
