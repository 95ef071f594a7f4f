"""The schema of the station's events against the official one: never looser, and stricter where it must be."""
from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.central.line import EXAMPLES, example

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "epcis"
OURS = ROOT / "resources" / "schemas" / "station-events.schema.json"
NAMES = sorted(file.stem for file in EXAMPLES.glob("*.json"))
Event = dict[str, Any]

needs_official = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the official EPCIS files (../shared/epcis) are not beside this copy of the project")


@cache
def ours() -> Any:
    return jsonschema_rs.validator_for(json.loads(OURS.read_text("utf-8")))     # draft-07: formats are on by themselves


@cache
def official() -> Any:
    schema = (SHARED / "gs1" / "EPCIS-JSON-Schema.json").read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(schema), validate_formats=True)


def first(name: str) -> tuple[Event, Event]:
    """An example document and its first event, free to be changed."""
    document = example(name)
    return document, document["epcisBody"]["eventList"][0]


def test_there_is_an_example_of_each_kind_of_event() -> None:
    steps = {(event["type"], event["bizStep"]) for name in NAMES for event in example(name)["epcisBody"]["eventList"]}
    assert steps >= {("ObjectEvent", step) for step in ("commissioning", "shipping", "void_shipping", "receiving",
                                                        "inspecting", "holding", "destroying")}
    assert steps >= {("AggregationEvent", "packing"), ("AggregationEvent", "unpacking")}


@pytest.mark.parametrize("name", NAMES)
def test_our_examples_pass_our_schema(name: str) -> None:
    assert [error.message for error in ours().iter_errors(example(name))] == []


@needs_official
@pytest.mark.parametrize("name", NAMES)
def test_our_examples_pass_the_official_schema(name: str) -> None:
    assert [error.message for error in official().iter_errors(example(name))] == []


def put(place: str, value: object) -> Callable[[Event, Event], None]:
    """Sets a field of the first event, or of the document where the place begins with a slash."""
    def change(document: Event, event: Event) -> None:
        (document if place.startswith("/") else event)[place.lstrip("/")] = value
    return change


def drop(place: str) -> Callable[[Event, Event], None]:
    def change(document: Event, event: Event) -> None:
        del (document if place.startswith("/") else event)[place.lstrip("/")]
    return change


BOTTLE = "https://q.brand.example/b/00010000001B58N"
PARTY = "https://id.gs1.org/417/6901234000009"
PACK, BOTTLES, SHIP, RECEIVE = "03-pack-case", "01-commission-bottles", "06-ship-pallet", "10-receive-inferred"
UNPACK, DECLARED, HOLD = "08-unpack-all", "13-error-with-correction", "12-hold"

# name: (example, change, what the official schema says of it: True lets it pass)
MUTANTS: dict[str, tuple[str, Callable[[Event, Event], None], bool]] = {
    "a bizStep that nobody knows": (PACK, put("bizStep", "boxing"), False),
    "a bizStep of CBV that the station never writes": (PACK, put("bizStep", "assembling"), True),
    "a bizStep as a URI": (PACK, put("bizStep", "https://example.com/boxing"), True),
    "packing in an ObjectEvent": (BOTTLES, put("bizStep", "packing"), True),
    "a disposition that does not go with the bizStep": (BOTTLES, put("disposition", "sellable_accessible"), True),
    "no disposition": (BOTTLES, drop("disposition"), True),
    "no bizStep": (BOTTLES, drop("bizStep"), True),
    "an action that does not go with the bizStep": (SHIP, put("action", "ADD"), True),
    "an aggregation that only observes": (PACK, put("action", "OBSERVE"), True),
    "ADD without a parent": (PACK, drop("parentID"), True),
    "DELETE without a parent": (UNPACK, drop("parentID"), True),
    "a parent as a list": (PACK, put("parentID", ["https://q.brand.example/c/1"]), False),
    "a parent that is no URI": (PACK, put("parentID", "case 7"), False),
    "ADD without children": (PACK, drop("childEPCs"), False),
    "ADD of no children": (PACK, put("childEPCs", []), False),
    "a child twice": (PACK, put("childEPCs", [BOTTLE, BOTTLE]), True),
    "an object twice": (BOTTLES, put("epcList", [BOTTLE, BOTTLE]), False),
    "no objects at all": (BOTTLES, put("epcList", []), True),
    "an object that is no URI": (BOTTLES, put("epcList", ["0690123400001521A7"]), False),
    "an object that is a mail address": (BOTTLES, put("epcList", ["mailto:a@b.example"]), True),
    "persistentDisposition in an aggregation": (PACK, put("persistentDisposition", {"set": ["completeness_verified"]}),
                                                False),
    "persistentDisposition while shipping": (SHIP, put("persistentDisposition", {"set": ["completeness_verified"]}),
                                             True),
    "contents verified by receiving": (RECEIVE, put("persistentDisposition", {"set": ["completeness_verified"]}), True),
    "master data in an observation": (SHIP, put("ilmd", {"cbvmda:lotNumber": "L1"}), False),
    "master data in an aggregation": (PACK, put("ilmd", {"cbvmda:lotNumber": "L1"}), False),
    "a lot of 21 characters": (BOTTLES, put("ilmd", {"cbvmda:lotNumber": "L" * 21}), True),
    "an expiry that is no date": (BOTTLES, put("ilmd", {"cbvmda:itemExpirationDate": "2027-02-30"}), True),
    "master data with a bare name": (BOTTLES, put("ilmd", {"lotNumber": "L1"}), False),
    "no station": (PACK, drop("ocs:station"), True),
    "no operator": (PACK, drop("ocs:operator"), True),
    "no epoch": (PACK, drop("ocs:epoch"), True),
    "no entry of the journal": (PACK, drop("ocs:seq"), True),
    "entry 0 of the journal": (PACK, put("ocs:seq", 0), True),
    "an entry as text": (PACK, put("ocs:seq", "103"), True),
    "an entry larger than a database holds": (PACK, put("ocs:seq", 2**63), True),
    "an extension that is a list": (PACK, put("ocs:reason", ["wet"]), True),
    "an extension of somebody else": (PACK, put("acme:field", "x"), True),
    "a bare field that nobody knows": (PACK, put("colour", "red"), False),
    "a recordTime, which is the server's": (PACK, put("recordTime", "2027-11-30T00:15:36.123Z"), True),
    "a time without a zone": (PACK, put("eventTime", "2027-11-30T00:15:36.123"), False),
    "a time that is not UTC": (PACK, put("eventTime", "2027-11-30T08:15:36.123+08:00"), True),
    "a time without milliseconds": (PACK, put("eventTime", "2027-11-30T00:15:36Z"), True),
    "the 31st of November": (PACK, put("eventTime", "2027-11-31T00:15:36.123Z"), False),
    "a zone of 15 hours": (PACK, put("eventTimeZoneOffset", "+15:00"), False),
    "no zone": (PACK, drop("eventTimeZoneOffset"), False),
    "no eventID": (PACK, drop("eventID"), True),
    "an eventID that is no URI": (PACK, put("eventID", "{374d95fc-9457-7a51-bd6a-0bba133845a8}"), False),
    "an eventID of UUID version 4": (PACK, put("eventID", "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"), True),
    "an eventID in capitals": (PACK, put("eventID", "urn:uuid:01A9817F-BC88-7003-8300-70E050C030A0"), True),
    "an eventID that is a hash": (PACK, put("eventID", "ni:///sha-256;" + "a" * 64 + "?ver=CBV2.0"), True),
    "no readPoint": (PACK, drop("readPoint"), True),
    "a readPoint as text": (PACK, put("readPoint", "https://id.gs1.org/414/6901234000009"), False),
    "goods on the road with a place": (SHIP, put("bizLocation", {"id": "https://id.gs1.org/414/6901234000009"}), True),
    "an unknown kind of transaction": (SHIP, put("bizTransactionList", [
        {"type": "receipt", "bizTransaction": "urn:x:1"}]), False),
    "a transaction without a kind": (SHIP, put("bizTransactionList", [{"bizTransaction": "urn:x:1"}]), True),
    "an unknown kind of party": (SHIP, put("sourceList", [{"type": "seller", "source": PARTY}]), False),
    "an error without a reason": (DECLARED, put("errorDeclaration", {
        "declarationTime": "2027-11-30T00:20:00.000Z"}), True),
    "wrong data without what replaces it": (DECLARED, put("errorDeclaration", {
        "declarationTime": "2027-11-30T00:20:00.000Z", "reason": "incorrect_data"}), True),
    "a replacement of what never was": (DECLARED, put("errorDeclaration", {
        "declarationTime": "2027-11-30T00:20:00.000Z", "reason": "did_not_occur",
        "correctiveEventIDs": ["urn:uuid:01a9817f-bc88-7003-8300-70e050c030a0"]}), True),
    "a TransactionEvent": (HOLD, put("type", "TransactionEvent"), False),
    "an event type of one's own": (HOLD, put("type", "https://example.com/HoldEvent"), True),
    "an unknown version": (PACK, put("/schemaVersion", "3.1"), True),
    "no events": (PACK, put("/epcisBody", {"eventList": []}), True),
    "no context": (PACK, drop("/@context"), False),
    "a context that declares no prefix of ours": (PACK, put("/@context", [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]), True),
    "a sender": (PACK, put("/sender", "urn:x:1"), True),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_our_schema_refuses(name: str) -> None:
    base, change, _ = MUTANTS[name]
    document, event = first(base)
    change(document, event)
    assert not ours().is_valid(document)


@needs_official
@pytest.mark.parametrize("name", MUTANTS)
def test_the_official_schema_says_what_we_think_it_says(name: str) -> None:
    base, change, passes = MUTANTS[name]
    document, event = first(base)
    change(document, event)
    assert official().is_valid(document) == passes


WORDS = st.sampled_from([
    "ADD", "OBSERVE", "DELETE", "packing", "receiving", "commissioning", "in_progress", "active", "", "+08:00",
    "2027-11-30T00:15:36.123Z", "2027-11-30", BOTTLE, "urn:x:1", "urn:uuid:01a9817f-bc88-7003-8300-70e050c030a0",
])
VALUES = st.recursive(WORDS | st.text(max_size=8) | st.integers() | st.booleans() | st.none(),
                      lambda inner: st.lists(inner, max_size=3)
                      | st.dictionaries(st.sampled_from(["id", "set", "type", "source", "ocs:x"]), inner, max_size=2),
                      max_leaves=4)


@needs_official
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_whatever_passes_ours_passes_the_official_one(name: str, data: st.DataObject) -> None:
    document, event = first(name)
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.sampled_from([*event, "ilmd", "persistentDisposition", "bizLocation", "ocs:note"]))
        if data.draw(st.booleans()):
            event[field] = data.draw(VALUES)
        else:
            event.pop(field, None)
    if ours().is_valid(document):
        assert official().is_valid(document)


@needs_official
def test_many_mutants_would_get_past_the_official_schema() -> None:
    assert sum(passes for _, _, passes in MUTANTS.values()) >= 20


@needs_official
def test_what_others_publish_is_no_event_of_ours() -> None:
    """Official and OpenEPCIS files, documents and bare events: none passes ours, whatever the official one says."""
    files = [*(SHARED / "gs1" / "examples").rglob("*.json*"), *(SHARED / "openepcis").rglob("*.json*"),
             *(SHARED / "event-hash").rglob("*.jsonld")]
    assert len(files) > 100
    passed = []
    for file in files:
        try:
            document = json.loads(file.read_text("utf-8"))
        except ValueError:
            continue
        passed += [file.name] * ours().is_valid(document)
    assert passed == []
