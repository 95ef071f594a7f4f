"""Shifts with the papers of a truck: what is on which of them, whom it goes to, what comes off again and why."""
from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from app.domain.people import badge_hash
from app.domain.warehouse.policy import Policy
from app.station import Surroundings, brought
from app.store import paper_view
from app.store.database import open_writer
from app.store.orders import add_document
from tests.blackbox.goods import BOTTLE_GTIN, MASTER, epc, name_of
from tests.blackbox.shift import Shift

PACKED = """
    badge lina
    do ORDER:WO1
    frame m1 m2 m3 m4 c1
    frame m5 m6 m7 m8 c2
    scan p1
    frame m9 m10 m11 m12 c3
    frame m13 m14 m15 m16 c4
    scan p2
    do LOGOUT
    badge wang
"""


def out(id: str, quantity: int = 8, partner: str = "DC7", **more: object) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": "sales_out", "partner": partner, **more,
                            "lines": [{"line": 1, "product": "MILK", "quantity": quantity}],
                            "references": [["po", f"urn:epcglobal:cbv:bt:6901234000009:{id}"]]}


def done(shift: Shift, document: str) -> int:
    """Units that are on a document."""
    return int(shift.store.connection.execute(
        "SELECT coalesce(sum(quantity), 0) FROM document_object WHERE document=?", (document,)).fetchone()[0])


# --- what comes off ---------------------------------------------------------------------------------------------------
def test_undo_after_a_void_leaves_the_goods_of_the_other_document(shift: Shift) -> None:
    shift.put(out("S1"), out("S2"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1             -> complete line_done > shipping p1
        scan p2             -> complete document_done > shipping p2
        do VOID:REFUSED
        scan p1             -> accepted voided > void_shipping p1
        do UNDO             -> warning void_stands
        restart
        do UNDO             -> warning void_stands
    """)
    assert (done(shift, "S1"), done(shift, "S2")) == (0, 8)
    shift.play("""
        scan p1             -> complete document_done > shipping p1
        do UNDO             -> accepted undone > void_shipping p1
        do UNDO             -> accepted undone > void_shipping p2
        do UNDO             -> warning nothing_to_undo
    """)


def test_undo_after_a_part_was_voided_leaves_the_pallet(shift: Shift) -> None:
    shift.put(out("S1"), out("S2"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1             -> complete line_done > shipping p1
        do VOID:DAMAGE
        scan c1             -> warning break_pallet
        do CONFIRM          -> accepted voided > unpacking p1 1, void_shipping c1
        do UNDO             -> warning void_stands
    """)
    assert done(shift, "S1") == 4


def test_undo_after_goods_were_taken_off_leaves_what_came_in_before(shift: Shift) -> None:
    shift.play("""
        badge lina
        do RECEIVE
        scan p900           -> accepted received > receiving p900
        scan c910           -> complete document_done > receiving c910
        do TAKE-OFF:MISTAKE
        scan p900           -> accepted taken_off > wrong receiving p900
        do UNDO             -> warning void_stands
    """)
    assert done(shift, "IN1") == 4


BACK = ("document", "B1", {"kind": "return_in", "partner": "DC7", "reason": "NOT-SOLD"})
CHEN = ("person", "chen", {"name": "陈", "role": "supervisor", "badge": badge_hash("chen", "CHEN-1")})


def test_a_pallet_that_was_emptied_since_is_not_voided_with_its_document(shift: Shift) -> None:
    shift.put(out("S1", 16), BACK, CHEN)
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1 p2
        do DONE             -> complete document_closed
        do DOCUMENT:B1
        scan c1             -> warning break_pallet
        do CONFIRM          -> accepted received > unpacking p1 1, receiving c1
        scan c2             -> warning break_pallet
        do CONFIRM          -> accepted received > unpacking p1 1, receiving c2
        do HOME
        do VOID:REFUSED
        scan p1             -> rejected empty_container                          | red empty_container
        do CANCEL
        do VOID-DOCUMENT:S1:REFUSED -> warning second_person
        badge CHEN-1        -> accepted voided > void_shipping p2
    """)
    assert (done(shift, "S1"), shift.published[-1].verdict.data["units"]) == (8, 8)


def test_of_a_pallet_only_what_is_still_in_it_is_voided(shift: Shift) -> None:
    shift.put(out("S1", 16), BACK, CHEN)
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1 p2
        do DONE
        do DOCUMENT:B1
        scan c1             -> warning break_pallet
        do CONFIRM          -> accepted received > unpacking p1 1, receiving c1
        do VOID-DOCUMENT:S1:REFUSED -> warning second_person
        badge CHEN-1        -> accepted voided > void_shipping 2
    """)
    assert (done(shift, "S1"), shift.published[-1].verdict.data["units"]) == (4, 12)


def test_what_comes_off_says_why(shift: Shift) -> None:
    shift.put(out("S1", 16), CHEN)
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1 p2
        do TAKE-OFF         -> command reason_needed
        do TAKE-OFF:DAMAGE  -> command scan_which                                | armed take-off
        kill
        scan p1             -> accepted taken_off > void_shipping p1
    """)
    assert dict(shift.events()[-1].act.extra)["reason"] == "DAMAGE"
    event = next(each.stamp.event_id for each in shift.events() if "p2" in map(name_of, each.act.epcs)
                 and each.act.biz_step == "shipping")
    shift.play(f"""
        do CORRECT:{event}         -> command reason_needed
        do CORRECT:{event}:NONSENSE -> rejected unknown_event
        do CORRECT:{event}:TEST    -> warning second_person
        badge CHEN-1               -> command corrected > void_shipping p2
    """)
    assert dict(shift.events()[-1].act.extra)["reason"] == "TEST"
    shift.play("""
        do RECEIVE
        scan c910           -> accepted received > receiving c910
        do TAKE-OFF:WRONG   -> command scan_which
        scan c910           -> accepted taken_off > wrong receiving c910
    """)
    assert dict(shift.events()[-1].declaration.extra)["reason"] == "WRONG"


def test_sold_goods_come_back_by_a_return_only(shift: Shift) -> None:
    shift.put(out("S1", 16), BACK, ("document", "R1", {"kind": "receive", "partner": "DC7"}),
              ("document", "O1", {"kind": "other_in", "partner": "DC7", "reason": "OTHER"}))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1 p2
        do DONE             -> complete document_closed
        do DOCUMENT:R1
        scan p1             -> rejected return_needed                            | red return_needed
        scan c1             -> rejected return_needed
        do DOCUMENT:O1
        scan p1             -> rejected return_needed
        do DOCUMENT:B1
        scan p1             -> accepted received > receiving p1                  | calm
    """)
    refused = next(each for each in shift.published if each.verdict.reason == "return_needed")
    assert refused.verdict.data["back"] == "return_in"


def cancel(shift: Shift, kind: str, id: str, record: dict[str, object]) -> None:
    shift.put((kind, id, {**record, "state": "cancelled"}))


def test_goods_come_off_a_document_that_the_feed_cancelled(shift: Shift) -> None:
    paper = out("S1", 16)
    shift.put(paper)
    shift.play(PACKED + """
        do DOCUMENT:S1
        do PAUSE
        do DOCUMENT:S1      -> command document_opened
        scan p1 c3
    """)
    cancel(shift, *paper)
    shift.play("""
        scan p2             -> rejected cancelled_with_goods                     | red cancelled_with_goods
        do CONFIRM
        do DONE             -> warning cancelled_with_goods                      | document cancelled
        do UNDO             -> accepted undone > void_shipping p1                | line 1 0/16
        do UNDO             -> warning nothing_to_undo
        scan p2             -> rejected document_closed
        do DOCUMENT:S1      -> rejected document_closed
    """)


def test_a_cancelled_document_with_goods_is_found_again(shift: Shift) -> None:
    paper = out("S1", 16)
    shift.put(paper, out("S2"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1
        do HOME
    """)
    cancel(shift, *paper)
    rows = paper_view.listed(shift.store.connection, lambda name: name["en"], "out")
    assert [(row.id, row.state) for row in rows if row.id in ("S1", "S2")] == [("S2", "open"), ("S1", "cancelled")]
    shift.play("""
        do DOCUMENT:S1      -> warning cancelled_with_goods                      | task shipping S1
        do TAKE-OFF:OTHER
        scan p1             -> accepted taken_off > void_shipping p1             | line 1 0/16
        do DOCUMENT:S1      -> rejected document_closed
    """)


def test_what_came_in_by_a_cancelled_document_comes_off(shift: Shift) -> None:
    shift.play("""
        badge lina
        do RECEIVE
        scan p900           -> accepted received > receiving p900
    """)
    record = next(data for kind, id, data in MASTER if id == "IN1")
    cancel(shift, "document", "IN1", record)
    shift.play("""
        scan c910           -> rejected cancelled_with_goods
        do UNDO             -> accepted undone > wrong receiving p900
    """)
    assert done(shift, "IN1") == 0


# --- whom they go to --------------------------------------------------------------------------------------------------
DC8 = ("partner", "DC8", {"gln": "6901234000030", "name": {"en": "DC 8"}})


def receiver(shift: Shift, document: str) -> str:
    paper = shift.store.catalogue.document(document)
    return paper.partner if paper else ""


def test_of_several_documents_the_receiver_of_the_one_named_is_changed(shift: Shift) -> None:
    shift.put(DC8, out("S1"), out("S2"), out("S3"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1                 -> complete line_done > shipping p1
        scan p2                 -> complete document_done > shipping p2
        do RECEIVER:DC8         -> command which_document
        do RECEIVER:DC8:S3      -> command which_document                        # not on this truck
        do RECEIVER:DC8:S2      -> command receiver_changed > wrong shipping p2, shipping p2 | task shipping S1
        kill
        do ALSO:S2              -> warning document_joined                       # still on this truck
    """)
    assert (receiver(shift, "S1"), receiver(shift, "S2")) == ("DC7", "DC8")
    assert shift.events()[-1].act.destinations[0][1].endswith("6901234000030")


def test_what_is_on_two_documents_stays_with_its_receiver(shift: Shift) -> None:
    shift.put(DC8, out("S1", 4), out("S2", 4))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        scan p1                 -> complete document_done > shipping p1
        do RECEIVER:DC8:S1      -> rejected several_documents
        do DONE
        do RECEIVER:DC8         -> rejected several_documents                    # S2 is the only one left
        do RECEIVER:DC8:S1      -> rejected document_closed
    """)


# --- what the dock shows of a truck -----------------------------------------------------------------------------------
def test_a_truck_shows_all_its_documents_and_where_the_last_scan_went(shift: Shift) -> None:
    shift.put(out("S1", 8), out("S2", 4), out("S3", 4))
    shift.play(PACKED + """
        do DOCUMENT:S1      -> command command_taken         | paper S1 0/8, truck 0/8
        do ALSO:S2          -> command document_joined
        do ALSO:S3          -> command document_joined       | truck 0/16, paper S2 0/4, paper S3 0/4
        scan p1             -> complete line_done > shipping p1     | truck 8/16, paper S1 8/8 last, paper S2 0/4
        scan p2             -> complete document_done > shipping p2 | truck 16/16, paper S2 4/4 last, paper S3 4/4 last
        do DONE             -> complete document_closed      | paper S1 8/8, truck 16/16
    """)
    dock = shift.station.view().dock
    assert dock is not None and {each.document for each in dock.lines} == {"S1", "S2", "S3"}
    assert {each.document: each.state for each in dock.papers}["S1"] == "closed"


# --- what is scanned that is no goods ---------------------------------------------------------------------------------
def test_a_document_is_opened_by_its_own_number_where_none_is_open(shift: Shift) -> None:
    shift.put(out("SO-2026-0815"), out("SO-2026-0816"), out(BOTTLE_GTIN[1:]))
    shift.play(PACKED + """
        scan SO-2026-0815   -> rejected document_number                          # at home: nothing is asked
        do CONFIRM
        do SHIP             -> command command_taken                             | task shipping
        scan SO-2026-0817   -> rejected no_rule
        do CONFIRM
        scan SO-2026-0815   -> command command_taken                             | task shipping SO-2026-0815, calm
        scan SO-2026-0816   -> rejected document_number                          | red document_number
        scan p1             -> complete document_done > shipping p1              | calm
        do DONE
        do HOME
        do SHIP             -> command command_taken                             | task shipping
        scan ean1           -> rejected no_serial                                # a product's code, too
        do CONFIRM
        do MOVE
        scan SO-2026-0816   -> command pick_for                                  | task moving SO-2026-0816
        scan SO-2026-0815   -> rejected document_number
    """)


def test_a_documents_number_never_becomes_a_product(shift: Shift) -> None:
    shift.place = replace(shift.place, policy=Policy(unknown="provisional"))
    shift.put(("document", "https://q.brand.example/m/000077", {"kind": "receive", "partner": "DC7"}))
    shift.restart()
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan m77            -> rejected document_number
        do DOCUMENT:https://q.brand.example/m/000077 -> command command_taken
        scan m77            -> rejected document_number
        scan m78            -> accepted received > receiving m78
    """)
    assert not shift.store.facts([epc("m77")]).known


def test_the_partner_of_a_new_document_is_scanned(shift: Shift) -> None:
    shift.put(DC8)
    shift.play(PACKED + """
        do NEW-DOCUMENT:sales_out       -> command partner_needed                | armed new-document
        scan p1                         -> warning no_partner                    | armed new-document, calm
        scan 6901234000030              -> command document_opened               | task shipping LINE-1-1-13
        do NEW-DOCUMENT:gift_out        -> command partner_needed
        scan 4146901234000030           -> command reason_needed
        do CANCEL
        do NEW-DOCUMENT:sales_out
        scan https://id.gs1.org/414/6901234000030 -> command document_opened
        do NEW-DOCUMENT:sales_out
        scan (414)6901234000030         -> command document_opened
        do NEW-DOCUMENT:sales_out
        kill
        scan DC8                        -> command document_opened
        scan p1                         -> accepted shipped > shipping p1
        do RECEIVER                     -> command partner_needed                | armed receiver
        scan 6901234000016              -> command receiver_changed > wrong shipping p1, shipping p1
        scan p2                         -> accepted shipped > shipping p2
    """)


def test_the_receiver_of_one_of_several_is_scanned(shift: Shift) -> None:
    shift.put(DC8, out("S1"), out("S2"))
    shift.play(PACKED + """
        do DOCUMENT:S1
        do ALSO:S2
        do RECEIVER                     -> command which_document
        touch RECEIVER::S2              -> command partner_needed                | armed receiver
        scan 6901234000030              -> command receiver_changed
        scan p1                         -> complete line_done > shipping p1
    """)
    assert receiver(shift, "S2") == "DC8"


def test_a_shipper_is_not_asked_for_a_reason_that_he_may_not_give(shift: Shift) -> None:
    shift.put(out("S1", 16))
    shift.play(PACKED + """
        do LOGOUT
        badge gao
        do DOCUMENT:S1
        scan p1             -> accepted shipped > shipping p1
        do DONE             -> rejected not_allowed                              | document open
        scan p2             -> complete document_done > shipping p2
        do DONE             -> complete document_closed                          | document closed
    """)


# --- what is written down beside the station --------------------------------------------------------------------------
def test_a_document_typed_on_the_command_line_is_in_the_journal_once(shift: Shift) -> None:
    shift.play("badge gao")
    with closing(open_writer(shift.home / "station.db")) as connection:
        id = add_document(connection, "", {"kind": "scrap_out", "reason": "LEAK"}, "LINE-1", "alice", shift.now())
    around = Surroundings(shift.now, lambda: shift.seconds, lambda at: "", lambda hash, pin: False)
    told = brought.messages(shift.store, around)
    assert [type(each).__name__ for each in told] == ["MasterChanged", "Typed"]
    shift.kill()                                             # before it came to the journal
    told = brought.messages(shift.store, around)
    (made,) = shift.handle(*told)
    assert made.verdict.reason == "document_made" and made.verdict.data["document"] == id
    assert brought.messages(shift.store, around) == []
    row = shift.store.connection.execute(
        "SELECT kind, source, operator, raw FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    assert row[:3] == ("typed", "command line", "alice") and f"document new {id}" in str(row[3])
    shift.play(f"do DOCUMENT:{id} -> command command_taken | by gao, task shipping {id}")
