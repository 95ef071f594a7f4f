"""The read-only side: any code's tree and time-line, lists of orders and documents, the sync page."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.warehouse.kinds import BY_NAME
from app.store import trees
from app.store.database import open_writer
from app.store.paired import tie, untie
from app.store.reader import Reader
from tests.blackbox.goods import code, epc
from tests.blackbox.shift import Shift


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    made = Shift(tmp_path)
    made.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        scan m9
        do DOCUMENT:OUT1
        scan p1
    """)
    yield made
    made.end()


@pytest.fixture
def reader(shift: Shift) -> Iterator[Reader]:
    made = Reader(shift.home / "station.db", lambda: "zh_CN")
    yield made
    made.close()


def test_a_bottle_by_its_identity_or_by_what_a_scanner_reads(reader: Reader) -> None:
    bottle = reader.look_up(epc("m1"))
    assert bottle == reader.look_up(code("m1")[0].decode())
    assert (bottle.known, bottle.level, bottle.product, bottle.product_name) == (True, "bottle", "MILK", "牛奶")
    assert bottle.parents == (epc("c1"), epc("p1"))
    assert (bottle.status, bottle.partner, bottle.location) == ("in_transit", "DC 7", "")
    assert [(row.biz_step, row.via) for row in bottle.timeline] == [
        ("commissioning", ""), ("packing", ""), ("packing", epc("c1")), ("shipping", epc("p1"))]
    assert {row.state for row in bottle.timeline} == {"pending"} and bottle.timeline[0].operator == "李娜 (lina)"
    case = reader.look_up("(01)16901234000013(21)1")
    assert case.epc == epc("c1") and case.tree and [each.epc for each in case.tree.children] == [
        epc(f"m{n}") for n in range(1, 5)]
    assert [row.biz_step for row in case.timeline] == ["commissioning", "packing", "packing", "shipping"]


def test_a_pallets_tree_and_what_is_too_much_to_show(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    pallet = reader.look_up(epc("p1"))
    assert pallet.tree and [len(case.children) for case in pallet.tree.children] == [4, 4]
    assert [row.biz_step for row in pallet.timeline] == ["commissioning", "packing", "shipping"]
    monkeypatch.setattr(trees, "MOST_CHILDREN", 3)
    case = reader.look_up(epc("c1"))
    assert case.tree and (len(case.tree.children), case.tree.more) == (3, 1)


def test_what_is_not_known(reader: Reader) -> None:
    assert not reader.look_up(epc("m99")).known and reader.look_up(epc("m99")).rule == "url-m"
    assert reader.look_up("nonsense").refusal == "no_rule"
    assert reader.look_up("").refusal == "empty"
    assert reader.look_up("(01)16901234000014(21)1").refusal == "bad_check_digit"


def test_lists(reader: Reader, shift: Shift) -> None:
    orders = {row.id: row.packed for row in reader.orders()}
    assert orders == {"WO1": 8, "WO2": 0, "WO 3/甲": 0, "WO4": 0, "FLAT1": 0, "PRINT1": 0, "CAPS1": 0, "FILED1": 0}
    assert [(row.id, row.wanted, row.done) for row in reader.documents("ship")] == [("OUT1", 20, 8), ("OUT 2/乙", 8, 0)]
    assert [row.id for row in reader.documents("receive")] == ["IN1"]
    shift.play("do DONE:OTHER")
    assert [row.id for row in reader.documents("ship")] == ["OUT 2/乙"]
    assert ("gao", "高山", "shipper") in reader.people()


@pytest.mark.parametrize(("typed", "found"), [
    ("out1", ["OUT1"]), ("乙", ["OUT 2/乙"]), (" OUT ", ["OUT1", "OUT 2/乙"]), ("%", []), ("_", []), ("~", []),
    ("no such", []), ("", ["OUT1", "OUT 2/乙"])])
def test_documents_are_found_by_a_part_of_their_number(reader: Reader, typed: str, found: list[str]) -> None:
    assert [row.id for row in reader.documents("out", find=typed)] == found


def test_documents_are_found_by_their_partner(reader: Reader) -> None:
    row = reader.documents("out")[0]
    assert row.partner and row.id in [each.id for each in reader.documents("out", find=row.partner.lower())]
    assert row.id in [each.id for each in reader.documents("out", find=row.partner_name[-4:])]


def test_only_those_are_offered_whom_a_document_may_name(reader: Reader) -> None:
    for kind, does in BY_NAME.items():
        found = reader.partners(kind)
        assert all(each.role in does.roles for each in found), kind
        assert [each.name for each in found] == sorted(each.name for each in found)
    assert reader.partners("sales_out") and not reader.partners("scrap_out")


def test_the_sync_page(reader: Reader) -> None:
    rows = reader.sync_rows("pending")
    assert [row.biz_step for row in rows][:2] == ["shipping", "packing"] and len(rows) == 9
    assert rows[0].epc == epc("p1") and rows[0].operator == "李娜 (lina)"
    page = reader.sync_rows("pending", before=rows[3].seq, limit=2)
    assert [row.seq for row in page] == [row.seq for row in rows[4:6]]
    assert reader.sync_rows("refused") == ()


def test_an_object_is_found_by_any_of_its_codes_and_shows_them_all(shift: Shift) -> None:
    with closing(open_writer(shift.home / "station.db")) as connection:
        tie(connection, epc("m1"), "cap_inner", "urn:cap:1")
        tie(connection, "urn:bottle:9", "cap_outer", "urn:cap:9")
    with closing(Reader(shift.home / "station.db", lambda: "en")) as reader:
        for text in (epc("m1"), "urn:cap:1"):
            found = reader.look_up(text)
            assert found.known and found.epc == epc("m1") and found.peers == (("cap_inner", "urn:cap:1", "line"),)
        found = reader.look_up("urn:cap:9")
        assert not found.known and found.epc == "urn:bottle:9" and found.peers[0][1] == "urn:cap:9"
    with closing(open_writer(shift.home / "station.db")) as connection:       # the journal knows nothing of them
        for alias in ("urn:cap:1", "urn:cap:9"):
            untie(connection, alias)


def test_what_was_said_last_is_told_newest_first(shift: Shift, reader: Reader) -> None:
    shift.scan("m9")
    view = shift.station.view()
    said = reader.last_said(view)
    assert [(str(each.verdict.outcome), len(each.codes)) for each in said[:3]] == [
        ("rejected", 1), ("accepted", 1), ("command", 1)]
    assert [each.seq for each in said] == sorted((each.seq for each in said), reverse=True)
    frame = next(each for each in said if len(each.codes) == 5)
    assert (str(frame.verdict.reason), frame.verdict.data["have"], frame.view) == ("container_complete", 4, view)
    assert len(reader.last_said(view, 2)) == 2
