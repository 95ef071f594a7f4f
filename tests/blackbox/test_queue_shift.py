"""The in-line queue: bottles one by one past a reader, the packer's signal, a reject, a jam and the way back."""
from __future__ import annotations

from app.words import Words
from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:WO2
"""


def test_the_packer_takes_the_first_of_the_queue(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3        -> accepted queued; accepted queued; accepted queued | queue 3
        kill
        queue m4 m5           -> accepted queued; accepted queued                | queue 5
        signal packer         -> complete scan_label                             | queue 1, case 4/4
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        queue m6 m7 m8        -> accepted queued; accepted queued; accepted queued
        signal packer         -> complete scan_label                             | queue 0
        queue m9 m10 m11 m12  -> accepted queued; accepted queued; accepted queued; accepted queued
        signal packer         -> complete scan_label                             | case waiting 2
        scan c2               -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        scan c3               -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
    """)


def test_what_is_bad_is_rejected_and_its_place_goes_with_it(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 - m3         -> accepted queued; warning unreadable; accepted queued | queue 3
        queue j1              -> rejected wrong_product                          | queue 4
        signal reject_confirmed 2 -> command reject_confirmed                    | queue 3
        signal reject_confirmed 4 -> command reject_confirmed                    | queue 2
        queue m5 m1           -> accepted queued; duplicate on_the_belt | queue 4
        signal reject_confirmed 6 -> command reject_confirmed                    | queue 3
        queue m7              -> accepted queued
        signal packer         -> complete scan_label                             | queue 0, case 4/4
    """)
    assert shift.station.state.packing and [name[-2:] for name in shift.station.state.packing.containers[0].children] \
        == ["01", "03", "05", "07"]


def test_a_jam_and_the_way_back(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3 m4 m5 m6
        do JAM                -> warning queue_stopped                           | queue 6
        do TAKEN-OUT:2-3      -> accepted queue_removed                          | queue 4
        kill
        scan m1               -> accepted queued
        do ALIGNED            -> rejected queue_stopped
        scan m6               -> accepted queued
        do ALIGNED            -> accepted queue_aligned                          | queue 4
        signal packer         -> complete scan_label                             | case 4/4, queue 0
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        queue m2 m3           -> accepted queued; accepted queued                | queue 2
        signal packer         -> rejected queue_short > holding c1               | case parked 1
    """)


def test_what_the_packer_takes_under_a_stop_is_put_aside(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3 m4 m5 m6 m7 m8
        scan old9             -> stop wrong_batch                                | red wrong_batch
        signal packer         -> warning case_doubtful             | case parked 1, queue 4, red wrong_batch
        kill
        pin wang              -> command confirmed                               | calm
        signal packer         -> complete scan_label                             | case waiting 1, case parked 1
        scan c2               -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        do UNPARK             -> warning second_person
        badge wang            -> accepted unparked                               | case parked 0, case 4/4
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)


def test_what_the_packer_takes_of_a_paused_order_is_put_aside(shift: Shift) -> None:
    shift.play(BEGIN + """
        queue m1 m2 m3 m4
        do PAUSE              -> command order_paused                            | stage paused
        signal packer         -> warning case_doubtful                           | case parked 1, queue 0
        do START              -> command order_started
        do UNPARK             -> warning second_person
        badge wang            -> accepted unparked                               | case 4/4
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)
    told = [each.verdict.data for each in shift.published if each.verdict.reason == "case_doubtful"]
    assert [each["because"] for each in told] == ["order_paused"]


def test_words_count_from_the_packer_as_the_picture_does(shift: Shift) -> None:
    """Bottle 5 of the order is the first on the belt by then."""
    shift.play(BEGIN + """
        queue m1 m2 m3 m4
        signal packer         -> complete scan_label
        queue m5 m6 -         -> accepted queued; accepted queued; warning unreadable
        queue m6              -> duplicate on_the_belt
        scan m6               -> duplicate on_the_belt                           | queue 4
        signal reject_missed 7 -> rejected reject_missed
        do CONFIRM
        do TAKEN-OUT:7-8      -> accepted queue_removed
        scan m5 m6            -> accepted queued; accepted queued                | queue 2
    """)
    said = [each.verdict.data for each in shift.published]
    places = [data["place"] for data in said if data.get("place")]
    assert places == [1, 2, 3, 4, 1, 2, 3, 2, 2, 3, 1, 2]
    removed = next(data for data in said if "removed" in data)
    assert (removed["first"], removed["last"]) == (3, 4)
    again = next(each.verdict.data for each in shift.published if each.verdict.reason == "on_the_belt")
    for language, told in (("en", "no. 2 from the packer"), ("zh_CN", "从装箱机数第 2 瓶")):
        assert told in Words(language, strict=True).reason("on_the_belt", again).text
