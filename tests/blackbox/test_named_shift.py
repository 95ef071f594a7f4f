"""The list of documents is open over the one at work: a scanned number chooses from it, goods go on as ever."""
from __future__ import annotations

from tests.blackbox.shift import Shift
from tests.blackbox.test_documents_shift import PACKED, out


def test_a_number_scanned_on_the_list_opens_that_document(shift: Shift) -> None:
    shift.put(out("SO-1"), out("SO-2"))
    shift.play(PACKED + """
        do DOCUMENT:SO-1
        scan SO-2           -> rejected document_number                          # no list is open
        do CONFIRM
        touch DOCUMENT      -> command scan_which                                | armed document
        scan SO-9           -> warning unknown_document                          | armed document, calm
        restart
        scan SO-2           -> command command_taken                             | task shipping SO-2, armed
        touch DOCUMENT
        scan p1             -> complete document_done > shipping p1              | task shipping SO-2, armed
        scan SO-1           -> rejected document_number
        do CONFIRM
        touch DOCUMENT
        do CANCEL           -> command confirmed                                 | armed
        do HOME
        touch DOCUMENT      -> rejected unknown_document                         # no document is at work
    """)


def test_goods_that_ask_something_close_the_list_and_the_question_stands(shift: Shift) -> None:
    shift.put(out("SO-1"))
    shift.play(PACKED + """
        do DOCUMENT:SO-1
        touch DOCUMENT
        frame c1            -> warning break_pallet                              | waits break, armed
        do CONFIRM          -> accepted shipped > unpacking p1 1, shipping c1
        touch DOCUMENT
        scan c2             -> warning break_pallet                              | waits break, armed
        kill
        do CONFIRM          -> complete document_done > unpacking p1 1, shipping c2
    """)


def test_a_number_scanned_on_the_list_joins_the_truck(shift: Shift) -> None:
    shift.put(out("SO-1"), out("SO-2"), ("document", "R1", {"kind": "return_out", "partner": "DC7",
                                                            "reason": "EXPIRED"}))
    shift.play(PACKED + """
        do DOCUMENT:SO-1
        touch ALSO          -> command scan_which                                | armed also
        scan SO-2           -> command document_joined                           | truck 0/16, armed
        touch ALSO
        scan R1             -> rejected other_kind                               | armed
        scan p1             -> complete line_done > shipping p1
        touch ALSO
        type p2             -> warning second_person                             | waits code
    """)
