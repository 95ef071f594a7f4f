"""The catalogue: good records come out as they went in, bad ones are named by key and leave nothing behind."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.codes.rule import Rule
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.people import Role
from app.store.catalogue import TABLES, BadRecord, Catalogue
from app.store.database import Connection, open_reader, open_writer
from app.store.migrations import migrate
from app.store.records import EXPECTED, KINDS
from app.store.registry import Registry

PLAN = {"id": "P24", "version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 24},
                                              {"level": "pallet", "count": 48}]}
PRODUCT = {"id": "MILK", "name": {"en": "Milk 250 ml", "zh_CN": "牛奶　250毫升"}, "plan": "P24",
           "gtins": {"bottle": "06901234000016", "case": "16901234000013"}}
PARTNER = {"id": "DC7", "gln": "6901234000016", "name": {"en": "DC 7"}}
ORDER = {"id": "WO1", "product": "MILK", "plan": "P24", "plan_version": 1, "lot": "L1", "produced": "2027-11-30",
         "expiry": "2028-05-28", "planned": 4800}
PALLET = "https://id.gs1.org/00/069012340000000018"
CASES = [f"https://id.gs1.org/01/16901234000013/21/{number}" for number in range(3)]
DOCUMENT: dict[str, Any] = {
    "id": "IN1", "kind": "receive", "partner": "DC7", "lines": [{"line": 1, "product": "MILK", "quantity": 72}],
    "references": [["desadv", "urn:epcglobal:cbv:bt:6901234000009:DA1"]],
    "announced": [{"epc": CASES[0], "level": "case", "product": "MILK", "lot": "L1", "parent": PALLET},
                  {"epc": CASES[1], "level": "case", "product": "MILK", "lot": "L1", "parent": PALLET},
                  {"epc": PALLET, "level": "pallet"}]}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def catalogue(connection: Connection) -> Catalogue:
    made = Catalogue(connection)
    for kind, data in (("plan", PLAN), ("product", PRODUCT), ("partner", PARTNER)):
        made.put(kind, data["id"], data)
    return made


def test_records_come_out_typed(catalogue: Catalogue) -> None:
    catalogue.put("order", "WO1", ORDER)
    catalogue.put("document", "IN1", DOCUMENT)
    catalogue.put("hold", "H1", {"reason": "recall", "product": "MILK", "lot": "L0"})
    catalogue.put("person", "lina", {"name": "李娜", "role": "operator", "badge": "ab" * 32})
    catalogue.put("rule", "brand", {"kind": "url", "pattern": r"https://q\.brand\.example/b/(?P<serial>[0-9A-Z]{14})",
                                    "level": "bottle", "product": "MILK"})
    plan = catalogue.plan("P24")
    assert plan == Plan("P24", 1, (PlanLevel("bottle"), PlanLevel("case", 24), PlanLevel("pallet", 48)))
    assert catalogue.gtins() == {"06901234000016": ("MILK", "bottle"), "16901234000013": ("MILK", "case")}
    order = catalogue.order("WO1")
    assert order and (order.planned, order.state) == (4800, "open")
    assert [each.id for each in catalogue.orders("open")] == ["WO1"] and catalogue.orders("closed") == []
    document = catalogue.document("IN1")
    assert document and document.references == (("desadv", "urn:epcglobal:cbv:bt:6901234000009:DA1"),)
    assert [each.reason for each in catalogue.holds()] == ["recall"]
    person = catalogue.person("lina")
    assert person and person.role is Role.OPERATOR and catalogue.people() == [person]
    assert isinstance(catalogue.rules()[0], Rule) and catalogue.rules()[0].name == "brand"
    assert catalogue.product("nothing") is None and catalogue.plan("P24", 9) is None
    assert catalogue.partner("DC7") and catalogue.products()[0].name["zh_CN"] == "牛奶　250毫升"


def test_the_newest_version_of_a_plan_is_the_one_asked_for(catalogue: Catalogue) -> None:
    levels = [{"level": "bottle"}, {"level": "case", "count": 12}]
    catalogue.put("plan", "P24", {**PLAN, "version": 10, "levels": levels})
    plan, first = catalogue.plan("P24"), catalogue.plan("P24", 1)
    assert plan and first and (plan.version, first.levels[1].count) == (10, 24)


def test_a_closed_document_is_no_longer_open(catalogue: Catalogue, connection: Connection) -> None:
    catalogue.put("document", "IN1", DOCUMENT)
    assert [each.id for each in catalogue.documents("receive", "open")] == ["IN1"]
    assert catalogue.documents("ship", "open") == []
    connection.execute("INSERT INTO document_state VALUES ('IN1', 'closed', '')")
    assert catalogue.documents("receive", "open") == []
    assert [each.id for each in catalogue.documents("receive", "closed")] == ["IN1"]


def test_inactive_holds_do_not_hold(catalogue: Catalogue) -> None:
    catalogue.put("hold", "H1", {"reason": "recall", "epc": PALLET})
    catalogue.put("hold", "H1", {"reason": "recall", "epc": PALLET, "active": False})
    assert catalogue.holds() == []


def test_a_product_gives_its_gtins_back(catalogue: Catalogue) -> None:
    catalogue.put("product", "MILK", {**PRODUCT, "gtins": {"case": "16901234000013"}})
    catalogue.put("product", "JUICE", {**PRODUCT, "id": "JUICE", "gtins": {"bottle": "06901234000016"}})
    assert catalogue.gtins() == {"06901234000016": ("JUICE", "bottle"), "16901234000013": ("MILK", "case")}
    catalogue.delete("product", "JUICE")
    assert list(catalogue.gtins()) == ["16901234000013"]


def test_delete_forgets(catalogue: Catalogue) -> None:
    catalogue.delete("partner", "DC7")
    catalogue.delete("partner", "DC7")
    assert catalogue.partner("DC7") is None


def objects(connection: Connection) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in connection.execute(
        "SELECT object.epc, object.level, object.status, object.implied, above.epc FROM object"
        " LEFT JOIN object AS above ON above.id = object.parent")}


def test_announced_objects_are_known_before_they_are_seen(catalogue: Catalogue, connection: Connection) -> None:
    catalogue.put("document", "IN1", DOCUMENT)
    assert objects(connection) == {
        PALLET: ("pallet", "announced", 0, None),
        CASES[0]: ("case", "announced", 1, PALLET), CASES[1]: ("case", "announced", 1, PALLET)}
    ids = dict(connection.execute("SELECT epc, id FROM object"))
    assert ids[PALLET] < ids[CASES[0]]      # outermost first


def test_what_is_here_already_is_not_announced_away(catalogue: Catalogue, connection: Connection) -> None:
    connection.execute("INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner)"
                       " VALUES (?,'case','MILK','L1','','','in_progress','https://here.example','')", (CASES[0],))
    before = everything(connection)
    with pytest.raises(BadRecord) as raised:
        catalogue.put("document", "IN1", DOCUMENT)
    assert (raised.value.key, raised.value.expected) == ("announced.parent", "parent_coming")
    assert everything(connection) == before
    alone = [{key: value for key, value in each.items() if key != "parent"} for each in DOCUMENT["announced"]
             if each["epc"] in CASES]
    for _ in range(2):
        catalogue.put("document", "IN1", {**DOCUMENT, "announced": alone})
    assert objects(connection)[CASES[0]] == ("case", "in_progress", 0, None)
    assert connection.execute("SELECT count(*) FROM object").fetchone()[0] == 2



def everything(connection: Connection) -> list[tuple[Any, ...]]:
    tables = (*TABLES.values(), "gtin", "object")
    return [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]


@pytest.mark.parametrize(("kind", "base", "change", "key", "expected"), [
    ("plan", PLAN, {"levels": [{"level": "bottle"}]}, "levels", "plan"),
    ("plan", PLAN, {"levels": [{"level": "Bottle!"}, {"level": "case", "count": 2}]}, "levels", "level"),
    ("plan", PLAN, {"version": 0}, "version", "number"),
    ("plan", PLAN, {"version": "1"}, "version", "shape"),
    ("plan", PLAN, {"levels": 7}, "levels", "shape"),
    ("product", PRODUCT, {"plan": "P99"}, "plan", "plan_known"),
    ("product", PRODUCT, {"gtins": {"bottle": "06901234000017"}}, "gtins.bottle", "gtin"),
    ("product", PRODUCT, {"gtins": {"bottle": "0690123400001６"}}, "gtins.bottle", "gtin"),
    ("product", PRODUCT, {"gtins": {"crate": "06901234000016"}}, "gtins.crate", "plan_level"),
    ("product", PRODUCT, {"id": "JUICE"}, "gtins.bottle", "gtin_free"),
    ("product", PRODUCT, {"name": {}}, "name", "name"),
    ("product", PRODUCT, {"name": {"en": "Milk\x07"}}, "name.en", "text"),
    ("product", PRODUCT, {"name": {"en": "\u202eMilk"}}, "name.en", "text"),
    ("product", PRODUCT, {"rules": [{"name": "r", "kind": "url", "pattern": "(a+)+$"}]}, "rules.r", "rule"),
    ("partner", PARTNER, {"gln": "6901234000017"}, "gln", "gln"),
    ("partner", PARTNER, {"gln": 6901234000016}, "gln", "shape"),
    ("partner", PARTNER, {"id": ""}, "id", "id"),
    ("order", ORDER, {"product": "WINE"}, "product", "product_known"),
    ("order", ORDER, {"plan_version": 2}, "plan", "plan_known"),
    ("order", ORDER, {"produced": "30.11.2027"}, "produced", "date"),
    ("order", ORDER, {"expiry": "2027-11-29"}, "expiry", "date_order"),
    ("order", ORDER, {"planned": 0}, "planned", "number"),
    ("order", ORDER, {"planned": 10**40}, "planned", "number"),
    ("order", ORDER, {"lot": "L" * 21}, "lot", "id"),
    ("order", ORDER, {"state": "done"}, "state", "choice"),
    ("document", DOCUMENT, {"kind": "send"}, "kind", "choice"),
    ("document", DOCUMENT, {"partner": "DC8"}, "partner", "partner_known"),
    ("document", DOCUMENT, {"lines": [{"line": 1, "product": "X", "quantity": 1}]}, "lines.product", "product_known"),
    ("document", DOCUMENT, {"lines": [{"line": 1, "product": "MILK", "quantity": 1}] * 2}, "lines.line", "line"),
    ("document", DOCUMENT, {"references": [["po", "no uri"]]}, "references", "uri"),
    ("document", DOCUMENT, {"references": [["order", "urn:x:1"]]}, "references", "choice"),
    ("document", DOCUMENT, {"announced": [{"epc": "123", "level": "case"}]}, "announced.epc", "uri"),
    ("document", DOCUMENT, {"announced": [{"epc": PALLET, "level": "pallet"}] * 2}, "announced.epc", "once"),
    ("document", DOCUMENT, {"announced": [{"epc": CASES[0], "level": "case"}]}, "announced.product", "product_known"),
    ("document", DOCUMENT, {"announced": [{"epc": CASES[0], "level": "crate", "product": "MILK"}]},
     "announced.level", "plan_level"),
    ("document", DOCUMENT, {"announced": [{"epc": CASES[0], "level": "case", "product": "MILK", "parent": PALLET}]},
     "announced.parent", "parent"),
    ("document", DOCUMENT, {"announced": [{"epc": CASES[0], "level": "case", "parent": CASES[1]},
                                          {"epc": CASES[1], "level": "case", "parent": CASES[0]}]},
     "announced.parent", "parent"),
    ("hold", {"id": "H"}, {"reason": "r"}, "product", "target"),
    ("hold", {"id": "H"}, {"reason": "r", "product": "WINE"}, "product", "product_known"),
    ("hold", {"id": "H"}, {"reason": "r", "epc": "x y"}, "epc", "uri"),
    ("person", {"id": "p", "name": "P"}, {"role": "boss"}, "role", "shape"),
    ("person", {"id": "p", "name": "P", "role": "operator"}, {"badge": "123"}, "badge", "badge"),
    ("person", {"id": "p", "name": "P", "role": "operator"}, {"pin": "1234"}, "pin", "pin"),
    ("rule", {"name": "r", "kind": "url"}, {"pattern": "("}, "r", "rule"),
    ("rule", {"name": "r"}, {"kind": "magic"}, "r", "rule"),
])
def test_a_bad_record_is_named_and_leaves_nothing(
    catalogue: Catalogue, connection: Connection, kind: str, base: dict, change: dict, key: str, expected: str,
) -> None:
    before = everything(connection)
    with pytest.raises(BadRecord) as caught:
        catalogue.put(kind, "fallback", {**base, **change})
    assert (caught.value.key, caught.value.expected) == (key, expected), str(caught.value)
    assert f"{key}: expected " in str(caught.value)
    assert everything(connection) == before


@pytest.mark.parametrize("data", [None, 7, "x", [], {"id": {"a": 1}}, {"id": "\ud800"}, {"levels": {"$.": 1}}])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_rubbish_gets_in(catalogue: Catalogue, kind: str, data: object) -> None:
    with pytest.raises(BadRecord):
        catalogue.put(kind, "x", data)


def test_strange_keys_are_passed_over_in_the_feed_and_refused_in_files(catalogue: Catalogue) -> None:
    catalogue.put("partner", "DC7", {**PARTNER, "colour": "red"})
    with pytest.raises(BadRecord, match="colour: expected one of the keys id, gln"):
        catalogue.put("partner", "DC7", {**PARTNER, "colour": "red"}, strict_keys=True)


def test_what_was_set_aside_is_kept_until_a_good_one_comes(catalogue: Catalogue) -> None:
    catalogue.set_aside("order", "WO1", {"id": "WO1"}, "product: expected …", "2027-11-30T00:00:00+00:00")
    assert catalogue.aside() == [("order", "WO1", {"id": "WO1"}, "product: expected …")]
    catalogue.take_back("order", "WO1")
    assert catalogue.aside() == []


def test_the_feed_is_remembered_by_its_address(catalogue: Catalogue) -> None:
    catalogue.set_feed("https://a.example", "one", 7)
    assert (catalogue.feed("https://a.example"), catalogue.feed("https://b.example")) == (("one", 7), ("", 0))


def test_every_expectation_can_be_written() -> None:
    fields = {"most": 1, "least": 0, "detail": "d", "keys": "k", "date": "d", "product": "p", "choices": "c",
              "kind": "k", "partner": "p", "line": 1}
    assert all(text.format(**fields) for text in EXPECTED.values())


def test_the_registry_knows_what_was_issued(connection: Connection, tmp_path: Path) -> None:
    registry = Registry(connection)
    assert registry.empty()
    assert registry.add(CASES[:2]) == 2
    assert registry.add([CASES[1], CASES[2], CASES[2]]) == 1
    assert Registry(open_reader(tmp_path / "station.db")).known([*CASES, PALLET]) == set(CASES)
    assert not registry.empty()
