"""Shifts in which the warehouse is counted: blind and guided, by pallets and by bottles, counted again and adjusted."""
from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.people import badge_hash
from app.store import objects, stock
from app.store.count_told import CountReader
from tests.blackbox.goods import SITE, epc, name_of
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
"""


CHEN = ("person", "chen", {"name": "陈", "role": "supervisor", "badge": badge_hash("chen", "chen-1")})


def count(id: str, kind: str = "count", **more: object) -> tuple[str, str, dict[str, object]]:
    return "document", id, {"kind": kind, **more}


def test_pallets_are_counted_with_what_they_hold(shift: Shift) -> None:
    shift.put(count("C1"))
    shift.play(PACKED + """
        do COUNT            -> command command_taken                             | task counting C1, seen 0/16
        scan p1             -> accepted counted > stock_taking p1                | seen 8/16
        scan p1             -> duplicate counted_before                          | seen 8/16
        scan c1             -> duplicate counted_before
        scan m1             -> duplicate counted_before
        do DONE             -> rejected count_differs
        kill
        scan c3             -> accepted counted > stock_taking c3                | seen 12/16
        scan m13            -> accepted counted > stock_taking m13
        scan m14            -> accepted counted > stock_taking m14
        scan m15            -> accepted counted > stock_taking m15
        scan c4             -> complete count_all_seen > stock_taking c4         | seen 16/16
        scan p2             -> accepted counted > stock_taking p2                | seen 16/16
        do DONE             -> complete count_closed                             | document closed
        scan p1             -> rejected document_closed                          | red document_closed
        do DONE             -> warning document_closed
    """)
    act = shift.events()[-1].act
    assert (act.disposition, act.location, dict(act.extra)["document"]) == ("sellable_not_accessible", SITE, "C1")


def test_a_blind_count_tells_nothing_of_what_should_be_there(shift: Shift) -> None:
    shift.put(count("C1", blind=True))
    shift.play(PACKED + """
        do DOCUMENT:C1
        scan p1             -> accepted counted > stock_taking p1                | seen 8/0
        scan p2             -> accepted counted > stock_taking p2                | seen 16/0
        do DONE             -> complete count_closed
    """)


def test_a_blind_counter_hears_only_that_it_counts(shift: Shift) -> None:
    shift.put(count("C1", blind=True), ("location", "A-1", {"name": {"en": "A 1"}}), CHEN)
    shift.play(PACKED)
    shift.put(("hold", "H1", {"product": "MILK", "lot": "L1", "reason": "QUALITY"}))
    shift.play("""
        do DOCUMENT:C1
        do AT:A-1           -> command count_at
        scan p1             -> accepted counted > stock_taking p1                | seen 8/0, misplaced 0
        scan c77            -> accepted counted                                  | seen 12/0, extra 0
        scan c1             -> duplicate counted_before
        do CHECK            -> command count_verifies
        scan p2             -> accepted count_opened > stock_taking p2           | seen 12/0
        scan c3             -> accepted counted > stock_taking c3                | seen 16/0
        do DONE             -> rejected count_differs
    """)
    told = [each.verdict.data for each in shift.published[-8:] if each.verdict.reason in ("counted", "count_opened")]
    assert len(told) == 4 and all(set(each) <= {"code", "level", "units", "product", "document"} for each in told)
    assert shift.published[-1].verdict.data == {"document": "C1", "round": 1}
    view = shift.station.view().count
    assert view is not None and (view.last_finding, view.opened_have, view.opened_of) == ("", 1, 0)
    found = CountReader(shift.store.connection, SITE, str).told("C1")
    assert {row.finding for row in found.differences} >= {"misplaced", "unknown", "missing"}


def test_what_is_sold_or_comes_while_others_count_is_no_difference(shift: Shift) -> None:
    """The expected is what stood there when it was counted, or stands there uncounted since the count began."""
    shift.put(count("C1"), ("document", "S1", {"kind": "sales_out", "partner": "DC7", "lines": [
        {"line": 1, "product": "MILK", "quantity": 16}]}))
    shift.play(PACKED + """
        do DOCUMENT:C1      -> command command_taken                             | seen 0/16
        scan c1             -> accepted counted > stock_taking c1                | seen 4/16
        do DOCUMENT:S1
        scan c1
        do CONFIRM
        scan c3
        do CONFIRM
        do DOCUMENT:IN1
        scan c910           -> accepted received > receiving c910
        do DOCUMENT:C1      -> command command_taken                             | seen 4/12
        scan c2             -> accepted counted > stock_taking c2                | seen 8/12
        kill
        scan c910           -> accepted counted > stock_taking c910              | seen 12/16
        do UNDO             -> accepted undone > wrong stock_taking c910         | seen 8/12
        scan c910           -> accepted counted > stock_taking c910              | seen 12/16
        scan c4             -> complete count_all_seen > stock_taking c4         | seen 16/16
        do DONE             -> complete count_closed
    """)
    told = CountReader(shift.store.connection, SITE, str).told("C1")
    assert (told.begun, told.row.seen, told.row.expected) == (16, 16, 16)
    assert [(seen, expected) for _, _, seen, expected in told.lines] == [(16, 16)]


def test_contents_are_seen_one_by_one(shift: Shift) -> None:
    shift.put(count("C1"))
    shift.play(PACKED + """
        do DOCUMENT:C1
        do CHECK            -> command count_verifies
        scan p1             -> accepted count_opened > stock_taking p1           | seen 0/16
        scan c1             -> accepted counted > stock_taking c1                | seen 4/16
        scan c3             -> warning count_astray > stock_taking c3            | seen 4/16, misplaced 4
        scan c2             -> accepted counted > stock_taking c2                | seen 8/16
        scan c1             -> duplicate counted_before
        do CHECK            -> command count_infers
        scan p2             -> accepted counted > stock_taking p2                | seen 12/16, misplaced 4
        do UNDO             -> accepted undone > wrong stock_taking p2                       | seen 8/16, misplaced 4
        scan p2             -> accepted counted > stock_taking p2                | seen 12/16, misplaced 4
        do DONE             -> rejected count_differs
        do CONFIRM
        badge wang
        do ADJUST:MISTAKE   -> complete count_adjusted > unpacking p2 1, storing c3
    """)
    assert shift.store.facts([epc("c3")]).known[epc("c3")].parent == ""
    assert dict(shift.events()[-1].act.extra)["count"] == "C1"


def test_what_came_in_is_seen_one_by_one(shift: Shift) -> None:
    shift.put(count("C1"))
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan p900
        do DOCUMENT:C1
        do CHECK            -> command count_verifies
        scan p900           -> accepted count_opened > stock_taking p900         | seen 0/8
        scan c900           -> accepted counted > stock_taking c900              | seen 4/8
        do DONE             -> rejected count_differs
    """)
    assert shift.published[-1].verdict.data["missing"] == 4


def test_only_differences_are_counted_again(shift: Shift) -> None:
    shift.put(count("C1"))
    shift.play(PACKED + """
        do DOCUMENT:C1
        scan c1             -> accepted counted > stock_taking c1
        scan c3             -> accepted counted > stock_taking c3
        scan m77            -> warning count_unknown                             | extra 1
        do RECOUNT          -> command recounting                                | round 2, seen 8/16, extra 1
        scan c1             -> duplicate counted_before
        scan c2             -> accepted counted > stock_taking c2                | seen 12/16
        restart
        do RECOUNT          -> command recounting                                | round 3
        scan c4             -> complete count_all_seen > stock_taking c4         | seen 16/16
        do RECOUNT          -> command recounting                                | round 4, seen 16/16, extra 1
        do DONE             -> rejected count_differs
    """)
    rounds = shift.store.connection.execute(
        "SELECT round, right, missing, extra, misplaced FROM count_round ORDER BY round").fetchall()
    assert rounds == [(1, 8, 8, 1, 0), (2, 12, 4, 1, 0), (3, 16, 0, 1, 0)]


def test_what_was_seen_in_any_round_is_not_written_off(shift: Shift) -> None:
    """Round 2 is about what is missing: goods that stood in a wrong place in round 1 and are not scanned again stay."""
    shift.put(CHEN, *(("location", shelf, {"name": {"en": shelf}}) for shelf in SHELVES))
    shift.play(PACKED + """
        do NEW-DOCUMENT:count:A-*
        do AT:A-2
        scan p1             -> warning count_misplaced > stock_taking p1         | misplaced 8
        badge wang
        do ADJUST:COUNTED   -> complete count_adjusted > storing p1
        do NEW-DOCUMENT:count
        do AT:A-1
        scan p1             -> warning count_misplaced > stock_taking p1         | misplaced 8
        scan c3             -> warning count_misplaced > stock_taking c3         | misplaced 12
        do RECOUNT          -> command recounting                                | round 2, seen 0/16, misplaced 12
        scan c3             -> warning count_misplaced > stock_taking c3         | misplaced 12
        scan c3             -> duplicate counted_before
        do UNDO             -> accepted undone > wrong stock_taking c3           | misplaced 12
        do AT:A-2
        scan p1             -> accepted counted > stock_taking p1                | seen 8/16, misplaced 4
        do UNDO             -> accepted undone > wrong stock_taking p1           | seen 0/16, misplaced 12
        scan c1             -> warning count_astray > stock_taking c1            | seen 0/16, misplaced 12
        do UNDO             -> accepted undone > wrong stock_taking c1           | seen 0/16, misplaced 12
        scan p1             -> accepted counted > stock_taking p1                | seen 8/16, misplaced 4
        kill
        do ADJUST:COUNTED   -> warning second_person
        badge chen-1 -> complete count_adjusted > unpacking p2 2, unpacking c4 4, decommissioning 5, storing c3
    """)
    data = shift.published[-1].verdict.data
    assert (data["missing"], data["misplaced"]) == (4, 4)
    assert _units(shift) == 12


def test_what_is_missing_is_written_off_by_two(shift: Shift) -> None:
    shift.put(count("C1"))
    shift.play(PACKED + """
        do DOCUMENT:C1
        scan p1             -> accepted counted > stock_taking p1
        scan c3             -> accepted counted > stock_taking c3
        scan m13            -> accepted counted > stock_taking m13
        scan m14            -> accepted counted > stock_taking m14
        do ADJUST:THEFT     -> rejected not_allowed
        do CONFIRM
        badge wang
        do ADJUST           -> command reason_needed
        do ADJUST:THEFT     -> warning second_person                             | waits ADJUST
        kill
        badge wang          -> warning same_person
    """)
    shift.put(CHEN)
    shift.play("""
        badge chen-1        -> complete count_adjusted > unpacking c4 2, decommissioning 2  | document closed
    """)
    act = shift.events()[-1].act
    extra = dict(act.extra)
    assert (extra["reason"], extra["approver"], extra["count"], extra["kind"]) == ("THEFT", "chen", "C1", "loss")
    paper = shift.store.catalogue.document(extra["document"])
    assert (paper.kind, paper.reason, [(line.product, line.lot, line.quantity) for line in paper.lines]) == (
        "loss", "THEFT", [("MILK", "L1", 2)])
    assert shift.store.stage(paper.id) == "closed"
    assert _units(shift) == 14


def test_what_stands_here_against_the_record(shift: Shift) -> None:
    shift.put(count("C1"), ("document", "S1", {"kind": "sales_out", "partner": "DC7", "lines": [
        {"line": 1, "product": "MILK", "quantity": 8}]}))
    shift.play(PACKED + """
        do DOCUMENT:S1
        scan p1             -> complete document_done > shipping p1
        do DOCUMENT:C1      -> command command_taken                             | seen 0/8
        scan p2             -> complete count_all_seen > stock_taking p2         | seen 8/8
        scan c1             -> warning count_away > stock_taking c1              | extra 4
        scan c77            -> warning count_unknown                             | extra 8
        badge wang
        do ADJUST:COUNTED   -> complete count_adjusted > unpacking p1 1, stock_taking c1, stock_taking c77
    """)
    known = shift.store.facts([epc("c1"), epc("c77"), epc("p1")]).known
    assert {name: known[epc(name)].status for name in ("c1", "c77", "p1")} == {
        "c1": "in_progress", "c77": "in_progress", "p1": "in_transit"}
    assert known[epc("c1")].location == SITE and known[epc("c77")].implied
    assert _units(shift) == 16


def test_what_was_written_off_and_is_found(shift: Shift) -> None:
    shift.put(count("C1"), count("C2", "cycle_count"), CHEN)
    shift.play(PACKED + """
        badge wang
        do DOCUMENT:C1
        scan p2             -> accepted counted > stock_taking p2
        do ADJUST:COUNTED   -> warning second_person
        badge chen-1 -> complete count_adjusted > unpacking p1 2, unpacking c1 4, unpacking c2 4, decommissioning 11
        do DOCUMENT:C2
        scan p2             -> complete count_all_seen > cycle_counting p2       | seen 8/8
        scan m1             -> warning count_ended                               | extra 1
        do DONE             -> rejected count_differs
        do ADJUST:COUNTED   -> complete count_adjusted                           | document closed
    """)
    assert shift.published[-1].verdict.data["ended"] == 1
    assert _units(shift) == 8


def test_a_shelf_is_named_and_what_stands_wrong_is_put_right(shift: Shift) -> None:
    shift.put(("location", "A-1", {"name": {"en": "A 1"}}), ("location", "A-2", {"name": {"en": "A 2"}}),
              ("location", "B-1", {"name": {"en": "B 1"}}))
    shift.play(PACKED + """
        do NEW-DOCUMENT:count:Q-9            -> rejected count_no_shelf
        do NEW-DOCUMENT:count:A-1:SIDEWAYS   -> rejected unknown_kind
        do NEW-DOCUMENT:cycle_count:A-*      -> command document_opened          | seen 0/0
        scan p1             -> rejected count_where
        do AT:B-1           -> rejected count_outside                            | red count_outside
        do AT:Q-9           -> rejected count_no_shelf
        scan %ST:AT:https://id.gs1.org/414/6901234000009/254/A-1 -> command count_at
        scan p1             -> warning count_misplaced > cycle_counting p1       | misplaced 8
        do AT:A-2           -> command count_at
        scan p1             -> duplicate counted_before                          | misplaced 8
        scan c1             -> warning count_astray > cycle_counting c1          | misplaced 8
        kill
        do DONE             -> rejected count_differs
        badge wang
        do ADJUST:MISTAKE   -> complete count_adjusted > unpacking p1 1, storing p1, storing c1
    """)
    known = shift.store.facts([epc("p1"), epc("c1"), epc("c2")]).known
    assert [known[epc(name)].location for name in ("p1", "c1", "c2")] == [
        f"{SITE}/254/A-1", f"{SITE}/254/A-2", f"{SITE}/254/A-1"]
    assert shift.events()[-1].act.location == f"{SITE}/254/A-2"
    shift.play("""
        do NEW-DOCUMENT:cycle_count:A-*:BLIND -> command document_opened         | seen 0/0
        do AT:A-1
        scan p1             -> accepted counted > cycle_counting p1              | seen 4/0
        do AT:A-2
        scan m1             -> accepted counted > cycle_counting m1
        scan m2             -> accepted counted > cycle_counting m2
        scan m3             -> accepted counted > cycle_counting m3              | seen 7/0
        scan m1             -> duplicate counted_before
        do DONE             -> rejected count_differs
        scan m4             -> accepted counted > cycle_counting m4              | seen 8/0
        do DONE             -> complete count_closed
    """)


def test_a_scan_is_taken_back(shift: Shift) -> None:
    shift.put(count("C1"), ("location", "A-1", {"name": {"en": "A 1"}}))
    shift.play(PACKED + """
        do DOCUMENT:C1
        do UNDO             -> warning nothing_to_undo
        scan m1             -> accepted counted > stock_taking m1
        scan c1             -> accepted counted > stock_taking c1
        scan p1             -> accepted counted > stock_taking p1                | seen 8/16
        do UNDO             -> accepted undone > wrong stock_taking p1                       | seen 4/16
        do UNDO             -> accepted undone > wrong stock_taking c1                       | seen 1/16
        kill
        scan p1             -> accepted counted > stock_taking p1                | seen 8/16
        do AT:A-1           -> command count_at
        scan m2             -> warning count_astray > stock_taking m2            | seen 7/16, misplaced 1
        do UNDO             -> accepted undone > wrong stock_taking m2                       | seen 8/16, misplaced 0
        scan p2             -> warning count_misplaced > stock_taking p2         | seen 8/16, misplaced 8
        do UNDO             -> accepted undone > wrong stock_taking p2                       | seen 8/16, misplaced 0
        do PAUSE            -> command document_paused                           | document paused
        scan p2             -> rejected document_paused
        do CANCEL-DOCUMENT:MISTAKE -> rejected document_begun
    """)


SHELVES = ("A-1", "A-2")
GONE = ""


@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.integers(0, 1 << 32))
def test_after_an_adjusted_count_the_stock_is_what_was_seen(seed: int) -> None:
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="count-") as folder:
        shift = Shift(Path(folder))
        shift.put(CHEN, *(("location", shelf, {"name": {"en": shelf}}) for shelf in SHELVES))
        shift.play(PACKED + """
            badge wang
            do NEW-DOCUMENT:count
        """)
        _count(shift, random, _truth(random))
        where = {name: place for name, place in _truth(random).items() if _is_alive(shift, name)}
        shift.play("do NEW-DOCUMENT:count")  # everything was moved about, and is counted again
        _count(shift, random, where)
        shift.play("do NEW-DOCUMENT:count:A-*:BLIND")
        _scan_all(shift, random, where)
        shift.play("do DONE -> complete count_closed" if any(where.values()) else "do DONE")
        shift.end()


def _truth(random: Random) -> dict[str, str]:
    """Where each bottle really stands: most with their case, some by themselves, some nowhere."""
    places = {}
    for pallet in (0, 1):
        on = random.choice(SHELVES)
        for case in (2 * pallet, 2 * pallet + 1):
            at = on if random.random() < 0.6 else random.choice((*SHELVES, GONE))
            for bottle in range(4 * case + 1, 4 * case + 5):
                places[f"m{bottle}"] = at if random.random() < 0.85 else random.choice((*SHELVES, GONE))
    return places


def _scan_all(shift: Shift, random: Random, places: dict[str, str]) -> None:
    """Shelf by shelf: a container where all that the record has in it stands there, else what it holds."""
    for shelf in SHELVES:
        shift.play(f"do AT:{shelf}")
        here = [name for name, place in places.items() if place == shelf]
        known = shift.store.facts([epc(name) for name in places]).known
        scans: list[str] = []
        for name in here:
            tops = [epc(name), *filter(None, (known[epc(name)].parent, known[epc(name)].root))]
            wholes = [top for top in tops if _held(shift, top) <= set(here)]
            scans.append(name_of(random.choice(wholes)))
        random.shuffle(scans)
        for name in scans:
            outcome = shift.scan(name)[0].verdict.outcome
            if outcome != "duplicate" and random.random() < 0.15:
                shift.play("do UNDO")
                shift.scan(name)
            if random.random() < 0.05:
                shift.kill()


def _held(shift: Shift, top: str) -> set[str]:
    children = objects.children(shift.store.connection, top)
    return {bottle for child in children for bottle in _held(shift, child)} if children else {name_of(top)}


def _count(shift: Shift, random: Random, places: dict[str, str]) -> None:
    """All of it is scanned, in two rounds, and adjusted by two; then the record is what is there."""
    first = {name for name in places if random.random() < 0.6}
    _scan_all(shift, random, {name: place if name in first else GONE for name, place in places.items()})
    shift.play("do RECOUNT")             # round 2 sees the others, and some of the same where they are as they were
    _scan_all(shift, random, {name: place if name not in first or random.random() < 0.3 else GONE
                              for name, place in places.items()})
    for published in shift.touch("ADJUST", "COUNTED"):
        if published.verdict.reason == "second_person":
            shift.scan("%ST:BADGE:chen-1")
    view = shift.station.view().count
    if view and view.state != "closed":
        shift.play("do DONE -> complete count_closed")
    connection = shift.store.connection
    assert not list(stock.differences(connection))
    known = shift.store.facts([epc(name) for name in places]).known
    for name, place in places.items():
        found = known[epc(name)]
        assert found.status == "inactive" if place == GONE else found.location == f"{SITE}/254/{place}", name


def _is_alive(shift: Shift, name: str) -> bool:
    return shift.store.facts([epc(name)]).known[epc(name)].status != "inactive"


def _units(shift: Shift) -> int:
    """Of what stands in this house."""
    plans = {"bottle": 1, "case": 4, "pallet": 8}
    return sum(leaves * (plans[key[3]] if key[4] else key[3] == "bottle")
               for key, (leaves, _) in stock.kept(shift.store.connection).items() if key[6].startswith(SITE))
