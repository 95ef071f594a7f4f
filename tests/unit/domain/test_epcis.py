"""Events as EPCIS 2.0: every legal act passes our schema and the official one; splitting keeps every object once."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.epcis import document, event_json, instant, same_event, split, zone
from app.domain.events import Act, Action, Declaration, Event, Stamp, Type, event_id

ROOT = Path(__file__).parents[3]
OFFICIAL = ROOT.parent / "shared" / "epcis" / "gs1" / "EPCIS-JSON-Schema.json"
AT = datetime(2027, 11, 30, 0, 15, 32, 123999, tzinfo=UTC)
STAMP = Stamp(
    "urn:uuid:01a9817f-b4b8-7001-8100-264c7298bee4", AT, 480, "LINE-1",
    "https://id.gs1.org/414/6901234000009/254/LINE-1", "https://id.gs1.org/414/6901234000009", "op-lina", 1, 101,
)
PALLET = "https://id.gs1.org/00/069012340000000018"


def bottle(number: int) -> str:
    return f"https://q.brand.example/b/{number:014d}"


def case(number: int) -> str:
    return f"https://id.gs1.org/01/16901234000013/21/{number}"


@cache
def schema(path: Path) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(path.read_text("utf-8")), validate_formats=True)


def complaints(event: Event) -> list[str]:
    """What either schema has against a document with this event; the official one only where it is at hand."""
    paths = [ROOT / "resources/schemas/station-events.schema.json", *([OFFICIAL] if OFFICIAL.exists() else [])]
    written = json.loads(json.dumps(document([event], AT)))
    return [f"{path.name}: {error}" for path in paths for error in schema(path).iter_errors(written)]


EPCS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30, unique=True)
BOTTLES = EPCS.map(lambda numbers: tuple(map(bottle, numbers)))
EXTRA = st.fixed_dictionaries({}, optional={
    "order": st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=50),
    "expected": st.integers(0, 10_000), "level": st.sampled_from(["bottle", "case", "pallet"]),
    "reason": st.sampled_from(["damaged", "short"]),
}).map(lambda found: tuple(found.items()))
TRANSACTIONS = st.lists(
    st.sampled_from([("po", "urn:epcglobal:cbv:bt:6901234000009:PO-1"), ("desadv", "https://brand.example/da/7"),
                     ("prodorder", "urn:epcglobal:cbv:bt:6901234000009:WO-1")]), unique=True, max_size=3).map(tuple)
PARTIES = st.lists(
    st.sampled_from([("owning_party", "https://id.gs1.org/417/6901234000009"),
                     ("location", "https://id.gs1.org/414/6901234000009")]), unique=True, max_size=2).map(tuple)
ILMD = st.sampled_from([(), (("lotNumber", "L1"),), (("lotNumber", "L1"), ("itemExpirationDate", "2028-05-28"))])


def acts() -> st.SearchStrategy[Act]:
    shared = {"transactions": TRANSACTIONS, "extra": EXTRA, "in_place": st.booleans()}
    commissioning = st.builds(Act, st.just(Type.OBJECT), st.just(Action.ADD), st.just("commissioning"), BOTTLES,
                              st.just("active"), ilmd=ILMD, **shared)
    packing = st.builds(Act, st.just(Type.AGGREGATION), st.just(Action.ADD), st.just("packing"), BOTTLES,
                        st.sampled_from(["in_progress", "container_closed"]), parent=st.just(case(1)), **shared)
    unpacking = st.builds(Act, st.just(Type.AGGREGATION), st.just(Action.DELETE), st.just("unpacking"),
                          st.one_of(st.just(()), BOTTLES), st.just("in_progress"), parent=st.just(case(1)), **shared)
    shipping = st.builds(Act, st.just(Type.OBJECT), st.just(Action.OBSERVE), st.just("shipping"), st.just((PALLET,)),
                         st.just("in_transit"), sources=PARTIES, destinations=PARTIES,
                         **{**shared, "in_place": st.just(False)})
    receiving = st.builds(Act, st.just(Type.OBJECT), st.just(Action.OBSERVE), st.just("receiving"),
                          st.just((PALLET,)), st.just("in_progress"), sources=PARTIES, destinations=PARTIES,
                          persistent=st.sampled_from([(), ("completeness_inferred",)]), **shared)
    return st.one_of(commissioning, packing, unpacking, shipping, receiving)


STAMPS = st.builds(
    Stamp, st.uuids(version=4).map(lambda made: f"urn:uuid:{str(made)[:14]}7{str(made)[15:]}"),
    st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1)).map(lambda made: made.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.sampled_from([480, 0, -570, 840, 345]), st.just("LINE-1"), st.just(STAMP.read_point), st.just(STAMP.location),
    st.sampled_from(["op-lina", "工号7"]), st.integers(1, 9), st.integers(1, 10**12),
)


@given(acts(), STAMPS)
def test_every_legal_event_passes_the_schemas_and_is_known_again(act: Act, stamp: Stamp) -> None:
    event = Event(act, stamp)
    assert complaints(event) == []
    assert same_event(event, json.loads(json.dumps(event_json(event))))


def test_the_official_schema_is_at_hand() -> None:
    if not OFFICIAL.exists():
        pytest.skip("the official EPCIS schema (../shared/epcis) is not beside this clone; ours alone was asked")


def test_the_schemas_bite() -> None:
    """The check above would be worth nothing if anything passed."""
    act = Act(Type.OBJECT, Action.OBSERVE, "made_up_step", (PALLET,), "in_transit")
    assert len(complaints(Event(act, STAMP))) >= 1


def test_a_packed_case_word_for_word() -> None:
    act = Act(Type.AGGREGATION, Action.ADD, "packing", (bottle(1), bottle(2)), "container_closed", parent=case(7),
              transactions=(("prodorder", "urn:epcglobal:cbv:bt:6901234000009:WO-1"),),
              extra=(("order", "WO-1"), ("expected", 24)))
    assert event_json(Event(act, STAMP)) == {
        "type": "AggregationEvent", "eventID": STAMP.event_id, "eventTime": "2027-11-30T00:15:32.123Z",
        "eventTimeZoneOffset": "+08:00", "action": "ADD", "bizStep": "packing", "disposition": "container_closed",
        "parentID": case(7), "childEPCs": [bottle(1), bottle(2)],
        "readPoint": {"id": "https://id.gs1.org/414/6901234000009/254/LINE-1"},
        "bizLocation": {"id": "https://id.gs1.org/414/6901234000009"},
        "bizTransactionList": [
            {"type": "prodorder", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000009:WO-1"}],
        "ocs:station": "LINE-1", "ocs:operator": "op-lina", "ocs:epoch": 1, "ocs:seq": 101,
        "ocs:order": "WO-1", "ocs:expected": 24,
    }


@pytest.mark.parametrize(("act", "word"), [
    (Act(Type.AGGREGATION, Action.ADD, "packing", (bottle(1),)), "needs a parent"),
    (Act(Type.AGGREGATION, Action.ADD, "packing", (case(1),), parent=case(1)), "its own child"),
    (Act(Type.AGGREGATION, Action.ADD, "packing", (), parent=case(1)), "can only be a DELETE"),
    (Act(Type.OBJECT, Action.OBSERVE, "storing", ()), "at least one object"),
    (Act(Type.OBJECT, Action.OBSERVE, "storing", (bottle(1),), parent=case(1)), "has no parent"),
    (Act(Type.AGGREGATION, Action.ADD, "packing", (bottle(1),), parent=case(1), persistent=("mismatch_class",)),
     "only in an ObjectEvent"),
    (Act(Type.OBJECT, Action.OBSERVE, "storing", (bottle(1),), ilmd=(("lotNumber", "L"),)), "ilmd is legal only"),
])
def test_what_epcis_forbids_is_never_written(act: Act, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        event_json(Event(act, STAMP))


@given(acts(), st.integers(1, 40))
def test_splitting_keeps_every_object_once_and_in_order(act: Act, most: int) -> None:
    parts = split(act, most)
    assert tuple(epc for part in parts for epc in part.epcs) == act.epcs
    assert all(len(part.epcs) <= most for part in parts)
    assert all(replace(part, epcs=(), disposition="") == replace(act, epcs=(), disposition="") for part in parts)
    assert parts[-1].disposition == act.disposition
    assert all(part.disposition != "container_closed" for part in parts[:-1])
    assert all(complaints(Event(part, STAMP)) == [] for part in parts)


def test_splitting_into_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split(Act(Type.OBJECT, Action.ADD, "commissioning", (bottle(1), bottle(2))), 0)


def test_times_carry_their_zone() -> None:
    assert instant(AT) == "2027-11-30T00:15:32.123Z"
    assert [zone(minutes) for minutes in (480, 0, -210, 345)] == ["+08:00", "+00:00", "-03:30", "+05:45"]
    with pytest.raises(ValueError, match="zone"):
        instant(AT.replace(tzinfo=None))


EVENT = Event(Act(Type.OBJECT, Action.OBSERVE, "shipping", (PALLET,), "in_transit"), STAMP)


@pytest.mark.parametrize("change", [
    {"action": "ADD"}, {"type": "AggregationEvent"}, {"epcList": [PALLET, case(1)]}, {"epcList": "no list"},
    {"epcList": None}, {"eventTime": "2027-11-30T00:15:34Z"}, {"eventTime": "never"}, {"eventTime": 7},
    {"eventTime": "2027-11-30T00:15:32"}, {"ocs:seq": 102}, {"ocs:station": "LINE-2"}, {"ocs:epoch": 2},
])
def test_another_event_under_our_id_is_told_apart(change: dict[str, object]) -> None:
    assert same_event(EVENT, event_json(EVENT))
    assert not same_event(EVENT, {**event_json(EVENT), **change})


def test_a_server_may_spell_our_event_its_own_way() -> None:
    found = event_json(EVENT)
    local = (STAMP.time + timedelta(hours=8)).replace(tzinfo=None).isoformat() + "+08:00"
    found |= {"eventTime": local, "type": "epcis:ObjectEvent", "epcList": ["urn:epc:id:sscc:6901234.0000000001"],
              "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping", "recordTime": "2027-11-30T00:16:00Z",
              "https://ns.onecode-station.example/1.0/seq": 101}
    del found["ocs:seq"]
    assert same_event(EVENT, found)


@pytest.mark.parametrize("path", sorted((ROOT / "tests/data/events").glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_have_the_order_and_names_that_we_write(path: Path) -> None:
    """Each example of the schema is an event we could have written: same keys for the same act."""
    for example in json.loads(path.read_text("utf-8"))["epcisBody"]["eventList"]:
        event = Event(_act(example), _stamp(example), _declaration(example))
        assert event_json(event) == example


@given(acts(), STAMPS, st.booleans())
def test_a_declared_event_says_all_that_it_said_before(act: Act, stamp: Stamp, replaced: bool) -> None:
    correctives = (f"{STAMP.event_id[:-1]}5",) if replaced else ()
    reason = "incorrect_data" if replaced else "did_not_occur"
    wrong = Declaration(AT, reason, correctives, (("declaredBy", "sv-wang"),))
    plain, declared = Event(act, stamp), Event(act, stamp, wrong)
    told = json.loads(json.dumps(event_json(declared)))
    assert complaints(declared) == []
    assert {key: value for key, value in told.items() if key != "errorDeclaration"} == event_json(plain)
    assert same_event(declared, told) and not same_event(plain, told) and not same_event(declared, event_json(plain))
    assert declared.key != plain.key and event_id(declared.key) == event_id(plain.key) == stamp.event_id
    assert msgspec.json.decode(msgspec.json.encode(declared), type=Event) == declared


@pytest.mark.parametrize(("reason", "correctives"), [("did_not_occur", ("urn:uuid:1",)), ("incorrect_data", ())])
def test_only_wrong_data_has_something_in_its_place(reason: str, correctives: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=reason):
        event_json(replace(EVENT, declaration=Declaration(AT, reason, correctives)))


def _declaration(example: dict) -> Declaration | None:
    told = example.get("errorDeclaration")
    return Declaration(
        datetime.fromisoformat(told["declarationTime"]), told["reason"], tuple(told.get("correctiveEventIDs", ())),
        tuple((key[4:], value) for key, value in told.items() if key.startswith("ocs:"))) if told else None


def _act(example: dict) -> Act:
    aggregation = example["type"] == "AggregationEvent"
    own = {"station", "operator", "epoch", "seq"}
    return Act(
        Type(example["type"]), Action(example["action"]), example["bizStep"],
        tuple(example.get("childEPCs" if aggregation else "epcList", ())), example["disposition"],
        example.get("parentID", ""),
        tuple((each["type"], each["bizTransaction"]) for each in example.get("bizTransactionList", ())),
        tuple((each["type"], each["source"]) for each in example.get("sourceList", ())),
        tuple((each["type"], each["destination"]) for each in example.get("destinationList", ())),
        tuple((key.removeprefix("cbvmda:"), value) for key, value in example.get("ilmd", {}).items()),
        tuple(example.get("persistentDisposition", {}).get("set", ())), "bizLocation" in example,
        tuple((key[4:], value) for key, value in example.items() if key.startswith("ocs:") and key[4:] not in own),
    )


def _stamp(example: dict) -> Stamp:
    sign = -1 if example["eventTimeZoneOffset"][0] == "-" else 1
    hours, minutes = map(int, example["eventTimeZoneOffset"][1:].split(":"))
    return Stamp(example["eventID"], datetime.fromisoformat(example["eventTime"]), sign * (60 * hours + minutes),
                 example["ocs:station"], example["readPoint"]["id"], example.get("bizLocation", {}).get("id", ""),
                 example["ocs:operator"], example["ocs:epoch"], example["ocs:seq"])
