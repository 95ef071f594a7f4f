"""What must hold in one event beyond the schema: keys with right check digits, objects and not kinds, no loops."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.central.rules import check_digit, event_fault, key_fault
from app.domain.codes.checks import mod10
from tests.unit.central.line import EXAMPLES, Line, example

line = Line(900)


@pytest.mark.parametrize("name", sorted(file.stem for file in EXAMPLES.glob("*.json")))
def test_the_examples_are_sound(name: str) -> None:
    assert [event_fault(event) for event in example(name)["epcisBody"]["eventList"] if event_fault(event)] == []


@pytest.mark.parametrize(("uri", "says"), [
    ("https://id.gs1.org/00/369012340000000010", "check digit of this SSCC must be 7, got 0"),
    ("https://id.gs1.org/00/36901234000000018", "a SSCC has 18 digits"),
    ("https://id.gs1.org/01/06901234100014/21/7", "check digit of this GTIN must be 3, got 4"),
    ("https://id.gs1.org/01/6901234100013/21/7", "a GTIN has 14 digits"),
    ("https://id.gs1.org/01/0690123410001３/21/7", "a GTIN has 14 digits"),
    ("HTTPS://ID.GS1.ORG/01/06901234100014/21/7", "check digit"),
    ("https://q.brand.example/p/01/06901234100014/21/7", "check digit"),
    ("https://id.gs1.org/414/6901234000001/254/LINE-1", "check digit of this GLN must be 9"),
    ("https://id.gs1.org/417/6901234000001", "party GLN"),
    ("https://id.gs1.org/01", ""),
    ("https://id.gs1.org/00/369012340000000017", ""),
    ("https://id.gs1.org/01/06901234100013/21/00", ""),
    ("https://id.gs1.org/01/06901234100013/10/00/21/12345", ""),
    ("https://id.gs1.org/8003/06901234100020A7", ""),
    ("https://id.gs1.org/8004/01/414", ""),
    ("https://q.brand.example/b/00010000001B58N", ""),
    ("https://q.brand.example/01/1234", ""),
    ("urn:epc:id:sgtin:6901234.010001.7", ""),
    ("https://id.gs1.org", ""),
])
def test_a_key_in_a_digital_link(uri: str, says: str) -> None:
    fault = key_fault(uri)
    assert says in fault if says else fault == ""


def test_an_aggregation_is_not_its_own_child() -> None:
    case, bottles = line.epcs("c")[0], line.epcs("b", 2)
    assert "its own child" in event_fault(line.pack(case, [*bottles, case]))


@pytest.mark.parametrize("path", ["01/06901234100013", "01/06901234100013/10/L1", "01/06901234100013/10/21"])
def test_a_kind_of_goods_is_no_object(path: str) -> None:
    event = line.observe("receiving", "in_progress", [f"https://id.gs1.org/{path}"])
    assert "names a kind of goods" in event_fault(event)


@pytest.mark.parametrize("field", ["readPoint", "bizLocation"])
def test_places_are_checked_too(field: str) -> None:
    event = line.commission(line.epcs("b"), **{field: {"id": "https://id.gs1.org/414/6901234000001"}})
    assert "GLN" in event_fault(event)


@pytest.mark.parametrize(("field", "inner"), [("sourceList", "source"), ("destinationList", "destination")])
def test_parties_are_checked_too(field: str, inner: str) -> None:
    event = line.observe("shipping", "in_transit", line.epcs("b"),
                         **{field: [{"type": "owning_party", inner: "https://id.gs1.org/417/6901234000001"}]})
    assert "party GLN" in event_fault(event)


@given(st.text("0123456789", min_size=1, max_size=17))
def test_two_ways_to_the_same_check_digit(digits: str) -> None:
    assert check_digit(digits) == mod10(digits)
