"""Shifts on the packing line: cases, pallets, wrong goods, undo, unpacking, switching orders."""
from __future__ import annotations

from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:WO1
"""


def test_a_case_bottle_by_bottle_then_its_label(shift: Shift) -> None:
    shift.play("""
        badge lina             -> command signed_in                              | by lina
        do ORDER:WO1           -> command command_taken                          | task packing WO1
        scan m1 m2 m3          -> accepted taken; accepted taken; accepted taken | case 3/4, packed 3, next bottle
        scan m2                -> duplicate duplicate_in_container               | case 3/4, calm
        scan m4                -> complete scan_label                            | case 4/4, case waiting 1, next case
        scan m5                -> rejected container_full                        | red container_full, packed 4
        scan c1                -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | calm, case closed 1, pallet 1/2
        scan m1                -> duplicate packed_before                        | calm
        scan c1                -> duplicate duplicate_in_container               | pallet 1/2
    """)


def test_label_first_and_pallets_both_ways(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan c1                -> accepted labelled                              | case 0/4, case label c1
        scan c2                -> rejected label_used                            | red label_used
        scan m1 m2 m3          -> accepted taken; accepted taken; accepted taken | calm
        scan m4                -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | pallet 1/2
        scan m5 m6 m7 m8       -> accepted taken; accepted taken; accepted taken; complete scan_label
        scan c2                -> complete container_complete > commissioning 4, commissioning c2, packing c2 4 \
                                                                                 | pallet 2/2, pallet waiting 1
        scan p1                -> complete container_complete > commissioning p1, packing p1 2 \
                                                                                 | pallet closed 1, pallet 0/2
        scan p2                -> accepted labelled                              | pallet label p2
        frame m9 m10 m11 m12 c3  -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
        frame m13 m14 m15 m16 c4 -> complete container_complete > commissioning 4, commissioning c4, packing c4 4, \
                                    commissioning p2, packing p2 2               | pallet closed 2, packed 16
        scan m17               -> rejected order_full                            | red order_full
        scan p1                -> duplicate packed_before                        | red order_full
        do CONFIRM             -> command confirmed                              | calm
    """)


def test_a_pallet_may_wait_for_its_label_while_cases_go_on(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4 \
                                                                                 | pallet waiting 1
        frame m9 m10 m11 m12 -> complete scan_label                              | case waiting 1
        frame c3             -> complete container_complete > commissioning 4, commissioning c3, packing c3 4 \
                                                                                 | pallet waiting 1, pallet 1/2
        scan m13 m14 m15 m16 -> accepted taken; accepted taken; accepted taken; complete scan_label
        scan c4              -> complete container_complete > commissioning 4, commissioning c4, packing c4 4 \
                                                                                 | pallet waiting 2
        scan p1              -> complete container_complete > commissioning p1, packing p1 2 | pallet waiting 1
        scan p2              -> complete container_complete > commissioning p2, packing p2 2 | pallet closed 2
    """)


def test_a_known_sscc_is_never_taken_for_the_label_that_is_wanted(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        scan p1              -> complete container_complete > commissioning p1, packing p1 2
        frame m9 m10 m11 m12 -> complete scan_label                              | case waiting 1
        scan p1              -> duplicate packed_before                          | case waiting 1, pallet 0/2
        scan p9              -> complete container_complete > commissioning 4, commissioning p9, packing p9 4 \
                                                                                 | case closed 3, pallet 1/2
    """)


def test_pictures(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 unread=2     -> warning container_short                      | case 2/4, calm
        frame m1 m2              -> warning container_short                      | case 2/4
        frame m1 m2 m3 m4        -> complete scan_label                          | case 4/4
        frame m1 m2 m3 m4        -> complete scan_label                          | case 4/4
        frame m5 m6 m7 m8 c2     -> rejected container_full                      | red container_full, case 4/4
        frame m1 m2 m3 m4 c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | calm
        frame m1 m2 m3 m4 c1     -> duplicate packed_before                      | calm, case 0/4
        scan m5                  -> accepted taken                               | case 1/4
        frame m1 m2 m3 m4 c1     -> duplicate packed_before                      | calm, case 1/4
        frame m4 m5 m6 m7 m8     -> warning packed_before                        | case 4/4
        frame unread=3           -> rejected unreadable                          | red unreadable
        frame m5 m6 m7 m8 c2     -> complete container_complete > commissioning 4, commissioning c2, packing c2 4 \
                                                                                 | calm
        frame m9 m9 m10 m11      -> warning duplicate_in_frame                   | case 3/4, calm
    """)


def test_a_label_scanned_before_the_picture_closes_with_it(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame c1             -> accepted labelled                                | case label c1
        frame m1 m2 m3 m4 c2 -> rejected label_used                              | red label_used, case 0/4
        frame m1 m2 m3 m4    -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | calm, case closed 1
        scan c2              -> accepted labelled
        frame m5 m6 m7 m8 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
    """)


def test_a_picture_is_judged_as_one(shift: Shift) -> None:
    """Anything wrong in it, or more than fits, and nothing of it is taken."""
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 m5       -> rejected container_full                    | case 0/4
        frame m1 m2 j1 m4 c1       -> rejected wrong_product                     | red wrong_product, case 0/4, packed 0
        frame m1 m2 x1 m4 c1       -> rejected no_rule                           | case 0/4
        frame m1 m2 m3 m4 c1 c2    -> rejected label_used                        | case 0/4
        scan m1 m2                 -> accepted taken; accepted taken             | calm
        frame m5 m6 m7 m8          -> rejected container_short                   | case 2/4
        frame m1 m2 m3 m4 c1       -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | calm
        frame m5 old6 m7 m8 c2     -> stop wrong_batch                           | red wrong_batch, case 0/4
        frame m5 m6 m7 m8 c2       -> stop held                                  | held 1, case 0/4
        badge wang                 -> command confirmed                          | calm, by lina
        frame m5 m6 m7 m8 c2       -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        frame m9 m10 m11 m12 c3    -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
        frame m13 m14 m15          -> warning container_short                    | packed 15
        frame m13 m14 m15 m16 m17  -> rejected container_short                   | packed 15
        do UNDO                    -> accepted undone                            | packed 12, case 0/4
        frame c3 c4                -> rejected container_empty                   | pallet 1/2
    """)


def test_the_order_is_full_in_the_middle_of_a_picture(shift: Shift) -> None:
    shift.put(("order", "SHORT", {"product": "MILK", "plan": "P", "plan_version": 1, "lot": "L1",
                                  "produced": "2027-11-30", "expiry": "2028-05-28", "planned": 6}))
    shift.play("""
        badge lina
        do ORDER:SHORT
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2 -> rejected order_full                              | red order_full, packed 4, case 0/4
        frame m5 m6          -> warning container_short                          | packed 6
        do CLOSE:TAIL        -> complete scan_label                              | case 2/2
        frame m5 m6 c2       -> complete container_complete > commissioning 2, commissioning c2, packing c2 2 | calm
        scan m7              -> rejected order_full
    """)
    assert shift.published[-5].verdict.data["left"] == 2
    assert dict(shift.events()[-1].act.extra) == {"order": "SHORT", "level": "case", "expected": 4, "reason": "TAIL"}


def test_codes_that_are_no_object_spoil_no_picture(shift: Shift) -> None:
    """The bottle's EAN, a pallet's content label, a command sheet and a badge that hangs into the picture."""
    shift.play(BEGIN + """
        frame m1 ean m2 content m3 %ST:CLOSE m4 %ST:BADGE:WANG-0042 WANG-0042 c1 \
                 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 | by lina
        frame ean  -> rejected unreadable                                        | red unreadable
        scan ean   -> rejected no_serial                                         | red no_serial
    """)
    marks = shift.published[-3].verdict.marks
    assert [mark.index for mark in marks] == [0, 2, 4, 6, 9], "what is no object has no mark, neither good nor bad"
    assert shift.published[-3].codes.count("WANG-0042") == 0


def test_wrong_goods_one_by_one(shift: Shift) -> None:
    shift.put(("hold", "H1", {"reason": "recall", "epc": "https://q.brand.example/m/000077"}))
    shift.play("""
        scan m1              -> rejected sign_in_first                           | red sign_in_first
        badge lina           -> command signed_in                                | calm
        scan m1              -> rejected no_task
        do ORDER:WO1         -> command command_taken
        scan j1              -> rejected wrong_product                           | red wrong_product
        scan m1              -> accepted taken                                   | calm
        scan x1              -> rejected no_rule                                 | red no_rule
        scan x1              -> rejected no_rule                                 | held 1
        scan m1              -> duplicate duplicate_in_container                 | red no_rule, held 1
        do CONFIRM           -> command confirmed                                | calm
        scan m77             -> rejected on_hold
        touch CANCEL         -> command confirmed
        scan old1            -> stop wrong_batch                                 | red wrong_batch
        scan m2              -> stop held                                        | held 1, packed 1
        together m3 m4       -> stop held; stop held                             | held 3
        do UNDO              -> stop held                                        | held 4, packed 1
        do CONFIRM           -> stop held                                        | held 5
        badge gao            -> stop held                                        | by lina
        badge wang           -> command confirmed                                | calm, by lina, packed 1
        scan m2              -> accepted taken                                   | packed 2
        do CONFIRM           -> command nothing_to_confirm
    """)
    raws = [bytes(raw) for (raw,) in shift.store.connection.execute("SELECT raw FROM entry WHERE reason='held'") if raw]
    assert raws[:3] == [b"https://q.brand.example/m/000002", b"https://q.brand.example/m/000003",
                        b"https://q.brand.example/m/000004"], "what came under a stop is kept with its bytes"


def test_codes_never_issued(shift: Shift) -> None:
    shift.issue("s1", "s2")
    shift.play("""
        badge lina
        do ORDER:WO4
        scan s1 -> accepted taken
        scan s3 -> rejected not_issued                                           | red not_issued
        scan s2 -> accepted taken                                                | calm
        scan p1 -> accepted labelled                                             | pallet label p1
    """)


def test_a_batch_on_hold_is_not_packed_whatever_its_codes_say(shift: Shift) -> None:
    shift.put(("hold", "H2", {"reason": "lab result", "product": "MILK", "lot": "L1"}))
    shift.play(BEGIN + """
        scan m1 -> rejected on_hold
        frame m1 m2 m3 m4 c1 -> rejected on_hold                                 | packed 0
    """)


def test_short_close_and_undo(shift: Shift) -> None:
    shift.play(BEGIN + """
        do CLOSE             -> rejected container_empty
        scan m1 m2 m3        -> accepted taken; accepted taken; accepted taken
        do UNDO              -> accepted undone                                  | case 2/4
        do CLOSE:DAMAGE      -> complete scan_label                              | case 2/2, next case
        do CLOSE             -> warning scan_label                               | case 2/2
        do UNDO              -> accepted undone                                  | case 2/4, next bottle
        do CLOSE:SAMPLE      -> complete scan_label
        scan c1              -> complete container_complete > commissioning 2, commissioning c1, packing c1 2
        do UNDO              -> accepted reopened > unpacking c1 all             | case closed 0, case 2/4, pallet 0/2
        do CLOSE:SAMPLE      -> complete scan_label
        scan c1              -> complete container_complete > packing c1 2       | case closed 1
        scan c2              -> accepted labelled
        do UNDO              -> accepted undone                                  | case label none
        scan c2              -> accepted labelled                                | case label c2
        scan m4              -> accepted taken
        touch CLOSE:OTHER    -> complete container_complete > commissioning m4, commissioning c2, packing c2 1 \
                                                                                 | pallet 2/2
        scan p1              -> complete container_complete > commissioning p1, packing p1 2
        do CLOSE-PALLET:TAIL -> rejected container_empty
        frame m5 m6 m7 m8 c3 -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
        do CLOSE-PALLET:TAIL -> complete scan_label                              | pallet 1/1, next pallet
        scan p2              -> complete container_complete > commissioning p2, packing p2 1
    """)
    assert dict(shift.events()[2].act.extra)["reason"] == "SAMPLE"


def test_undo_takes_back_what_was_done_last(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2           -> accepted taken; accepted taken
        scan c1              -> accepted labelled                                | case label c1
        scan p1              -> accepted labelled                                | pallet label p1
        scan m3              -> accepted taken
        do UNDO              -> accepted undone                                  | case 2/4, case label c1
        do UNDO              -> accepted undone                                  | pallet label none, case label c1
        kill
        do UNDO              -> accepted undone                                  | case label none, case 2/4
        do UNDO              -> accepted undone                                  | case 1/4
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do UNDO              -> accepted reopened > unpacking c1 all             | pallet 0/2, case 4/4
        do UNDO              -> warning nothing_to_undo
        kill
        scan c1              -> complete container_complete > packing c1 4       | pallet 1/2
    """)


def test_one_undo_takes_a_picture_back(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1          -> accepted taken
        frame m1 m2 m3   -> warning container_short                              | case 3/4
        do UNDO          -> accepted undone                                      | case 1/4
        frame m1 m2 m3 m4 -> complete scan_label
        kill
        do UNDO          -> accepted undone                                      | case 1/4
        do UNDO          -> accepted undone                                      | case 0/4
        do UNDO          -> warning nothing_to_undo
    """)


def test_unpack_and_pack_again(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2     -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        scan p1                  -> complete container_complete > commissioning p1, packing p1 2
        frame m9 m10 m11 m12 c3  -> complete container_complete > commissioning 4, commissioning c3, packing c3 4
        frame m13 m14 m15 m16    -> complete scan_label                          | packed 16
        scan c4                  -> complete container_complete > commissioning 4, commissioning c4, packing c4 4
        scan p2                  -> complete container_complete > commissioning p2, packing p2 2 | pallet closed 2
        do UNPACK:WRONG          -> command scan_which                           | armed unpack
        scan m1                  -> rejected container_empty                     | armed unpack
        scan c1                  -> accepted unpacked > unpacking p1 1, unpacking c1 all \
                                                                                 | calm, case closed 3, packed 12
        scan m1 m2               -> accepted taken; accepted taken               | packed 14
        scan m5                  -> duplicate packed_before
        scan m3 m4               -> accepted taken; complete scan_label          | packed 16
        scan c1                  -> complete container_complete > packing c1 4   | case closed 4, pallet 1/2
        do UNPACK:WRONG
        scan p1                  -> warning second_person                        | armed unpack
        badge lina               -> warning same_person
        badge gao                -> warning not_allowed
        badge wang               -> accepted unpacked > unpacking p1 all         | pallet closed 1
        scan c2                  -> complete scan_label                          | pallet 2/2
        scan p1                  -> complete container_complete > packing p1 2   | pallet closed 2
        do UNPACK:WRONG
        scan p77                 -> rejected unknown_object
        do CANCEL                -> command confirmed                            | calm
        scan c2                  -> duplicate packed_before
    """)


def test_a_case_in_an_open_pallet_is_taken_out_of_it(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m5 m6 m7 m8 c2     -> complete container_complete > commissioning 4, commissioning c2, packing c2 4 \
                                                                                 | pallet 2/2, next pallet
        do UNPACK:WRONG
        scan c1                  -> accepted unpacked > unpacking c1 all         | pallet 1/2, next bottle, packed 4
        frame m1 m2 m3 m4 c1     -> complete container_complete > packing c1 4   | pallet 2/2
        scan p1                  -> complete container_complete > commissioning p1, packing p1 2
    """)


def test_a_case_in_another_orders_open_pallet_is_taken_out_of_that(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | pallet 1/2
        do ORDER:WO2
        scan c1                  -> duplicate duplicate_in_container             | pallet 0/2
        do UNPACK:WRONG
        scan c1                  -> accepted unpacked > unpacking c1 all
        frame m1 m2 m3 m4 c1     -> complete container_complete > packing c1 4   | pallet 1/2, packed 4
        do ORDER:WO1             -> command command_taken                        | pallet 0/2, packed 0
        do UNPACK:WRONG
        scan c1                  -> accepted unpacked > unpacking c1 all         | packed 0
        do ORDER:WO2             -> command command_taken                        | pallet 0/2, packed 0
    """)


def test_two_orders_of_one_batch_never_share_a_bottle_or_a_label(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 c1           -> accepted taken; accepted labelled                | case 1/4, case label c1
        do ORDER:WO2         -> command command_taken                            | case 0/4
        scan m1              -> duplicate duplicate_in_container                 | case 0/4, calm
        scan c1              -> duplicate duplicate_in_container                 | case label none
        frame m1 m2 m3 m4 c1 -> warning container_short                          | case 3/4, case label none
        do ORDER:WO1         -> command command_taken                            | case 1/4
        scan m2              -> duplicate duplicate_in_container
        frame m1 m5 m6 m7    -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        do ORDER:WO2         -> command command_taken                            | case 3/4
        scan m1              -> duplicate packed_before
    """)


def test_tasks_are_switched_in_the_middle_of_a_case(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2            -> accepted taken; accepted taken
        do DOCUMENT:OUT1      -> command command_taken                           | task shipping OUT1
        scan m3               -> rejected unknown_object                         | red unknown_object
        do LOOKUP             -> command command_taken                           | task lookup
        scan m1               -> accepted looked_up                              | red unknown_object
        scan x9               -> warning no_rule
        do PACK               -> command command_taken                           | task packing WO1, case 2/4
        scan m3 m4            -> accepted taken; complete scan_label             | calm
        badge wang            -> command signed_in                               | by wang, case 4/4
        scan c1               -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        touch HOME            -> command command_taken                           | task home
        do PACK               -> command command_taken                           | task packing WO1
        do ORDER:WO 3/甲       -> command command_taken                           | task packing WO 3/甲
        frame j1 j2 j3 j4 jc1 -> complete container_complete > commissioning 4, commissioning jc1, packing jc1 4
        badge gao             -> command signed_in
        scan j5               -> rejected not_allowed
        do UNDO               -> rejected not_allowed
        do ORDER:WO1          -> rejected not_allowed
        do LOGOUT             -> command signed_out                              | nobody, task home
    """)
    who = {event.stamp.operator for event in shift.events()[:3]}
    assert who == {"wang"}, "who closes the case answers for it"
    assert shift.events()[-1].act.transactions == (("prodorder", "urn:onecode:order:WO%203%2F%E7%94%B2"),)


def test_a_plan_of_two_levels(shift: Shift) -> None:
    shift.play("""
        badge lina
        do ORDER:FLAT1
        frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
        frame m1 m2 m3 m4 c1 -> duplicate packed_before
        scan c1              -> duplicate packed_before
        scan p1              -> accepted labelled                                | case label p1
        scan m5 m6 m7 m8     -> accepted taken; accepted taken; accepted taken; complete container_complete \
                                > commissioning 4, commissioning p1, packing p1 4
        do CLOSE-PALLET      -> rejected container_empty
        frame m9 m10 m11 m12 p2 -> complete container_complete > commissioning 4, commissioning p2, packing p2 4
    """)


def test_a_case_label_that_does_not_say_what_it_is(shift: Shift) -> None:
    """An SSCC beside bottles is their case's, whatever else SSCCs stand for here."""
    shift.play(BEGIN + """
        frame m1 m2 m3 m4 p1 -> complete container_complete > commissioning 4, commissioning p1, packing p1 4 \
                                                                                 | case closed 1, pallet 1/2
        frame m5 m6 m7 m8 c2 p5 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4, \
                                   commissioning p5, packing p5 2                | pallet closed 1
    """)
