"""The training line's master data: right check digits, readable codes, shapes that the station's own types take."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import argon2
import msgspec
import pytest

from app.central import master
from app.central.rules import event_fault, key_fault
from app.central.training import announced, bottle, case, pallet, training_master
from app.domain.codes.checks import whole
from app.domain.codes.identity import Code, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.packing.plan import Plan
from app.domain.people import Person, by_badge, by_pin
from app.domain.products import Hold, Location, Order, Partner, Product
from app.domain.reasons import Reason
from app.domain.warehouse.documents import Document
from app.domain.warehouse.kinds import PartnerRole
from app.store.catalogue import Catalogue
from app.store.database import open_writer
from app.store.migrations import migrate
from tests.unit.central.line import Line

SHAPES = {"product": Product, "plan": Plan, "partner": Partner, "location": Location, "order": Order,
          "document": Document, "hold": Hold, "person": Person}


def of(kind: str) -> list[Any]:
    shape = SHAPES[kind]
    return [msgspec.convert(record["data"], shape) for record in training_master() if record["kind"] == kind]


def table() -> RuleTable:
    products: list[Product] = of("product")
    gtins = {gtin: (product.id, level) for product in products for level, gtin in product.gtins.items()}
    return RuleTable([rule for product in products for rule in product.rules], gtins)


def test_every_record_passes_the_schema() -> None:
    records = training_master()
    assert master.checked({"records": records}) == records
    assert {record["kind"] for record in records} == {*SHAPES, "issued"}


@pytest.mark.parametrize("kind", SHAPES)
def test_the_station_has_a_type_for_each_record(kind: str) -> None:
    assert of(kind)


def test_the_station_takes_every_record(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "station.db")
    migrate(connection)
    catalogue = Catalogue(connection)
    order = ["plan", "product", "partner", "location", "order", "document", "hold", "person"]
    for record in sorted((each for each in training_master() if each["kind"] in order),
                         key=lambda each: order.index(each["kind"])):
        catalogue.put(record["kind"], record["id"], record["data"], strict_keys=True)
    kinds = {document.kind for document in catalogue.documents()}
    assert {"receive", "ship", "sales_out", "transfer_out", "return_in", "recall_in", "gift_out", "sample_out",
            "scrap_out", "count"} <= kinds
    assert {partner.role for partner in catalogue.partners()} == {str(role) for role in PartnerRole}
    connection.close()


def test_equal_seeds_give_equal_codes_and_others_others() -> None:
    assert training_master() == training_master(0) != training_master(1)
    assert bottle("MILK-250", 1) != bottle("MILK-250", 1, seed=1) != bottle("JUICE-1L", 1)


def test_no_code_comes_twice() -> None:
    numbers = range(1, 20_001)
    assert len({bottle("MILK-250", number) for number in numbers}) == len(numbers)


def test_what_refers_to_something_finds_it() -> None:
    plans, products, partners = ({each.id for each in of(kind)} for kind in ("plan", "product", "partner"))
    assert all(order.product in products and order.plan in plans for order in of("order"))
    assert all(order.expiry > order.produced for order in of("order"))
    assert all(product.plan in plans for product in of("product"))
    assert all(document.partner in partners for document in of("document") if document.does.roles)
    assert all(line.product in products for document in of("document") for line in document.lines)


def test_check_digits_and_plans_are_sound() -> None:
    assert all(whole(partner.gln) and partner.name["en"] and partner.name["zh_CN"] for partner in of("partner"))
    assert all(whole(gtin) for product in of("product") for gtin in product.gtins.values())
    assert [plan.problem() for plan in of("plan")] == ["", "", ""]
    milk = next(plan for plan in of("plan") if plan.id == "P24-48")
    assert milk.units("pallet") == 24 * 48


@pytest.mark.parametrize(("url", "product", "level"), [
    (bottle("MILK-250", 7), "MILK-250", "bottle"), (case("MILK-250", 7), "MILK-250", "case"),
    (bottle("JUICE-1L", 7), "JUICE-1L", "bottle"), (case("JUICE-1L", 7), "JUICE-1L", "case"),
])
def test_the_station_reads_the_codes(url: str, product: str, level: str) -> None:
    code = table().read(url.encode(), "]Q1")
    assert isinstance(code, Code)
    assert (code.epc, code.product, code.level, code.role) == (url, product, level, "label")


def test_one_wrong_character_is_noticed() -> None:
    url = bottle("MILK-250", 7)
    spoilt = url[:-3] + ("0" if url[-3] != "0" else "1") + url[-2:]
    refused = table().read(spoilt.encode(), "]Q1")
    assert isinstance(refused, Refusal) and refused.reason is Reason.BAD_CHECK_DIGIT


def test_a_pallet_is_an_sscc() -> None:
    code = table().read(f"00{pallet(1)}".encode(), "]C1")
    assert isinstance(code, Code) and code.epc == f"https://id.gs1.org/00/{pallet(1)}"
    assert key_fault(code.epc) == "" and whole(pallet(999))


def test_the_announced_goods_are_what_the_order_asks_for() -> None:
    order = next(document for document in of("document") if document.id == "PO-3307")
    levels = [each.level for each in order.announced]
    assert (levels.count("pallet"), levels.count("case"), levels.count("bottle")) == (1, 4, 24)
    assert order.lines[0].quantity == 24 and {each.lot for each in order.announced} == {order.lines[0].lot}
    before: set[str] = {""}
    for each in order.announced:
        assert each.parent in before
        before.add(each.epc)
    assert len(before) == len(announced()) + 1
    assert event_fault(Line().observe("receiving", "in_progress", [order.announced[0].epc])) == ""


def test_juice_is_issued_and_the_first_codes_are_among_it() -> None:
    epcs = {epc for record in training_master() if record["kind"] == "issued" for epc in record["data"]["epcs"]}
    assert {bottle("JUICE-1L", 1), bottle("JUICE-1L", 2400), case("JUICE-1L", 400)} <= epcs
    assert bottle("JUICE-1L", 2401) not in epcs


@pytest.mark.parametrize(("badge", "pin", "name", "role"), [
    ("BADGE-0001", "271828", "李娜", "operator"), ("BADGE-0900", "314159", "王强", "supervisor"),
    ("BADGE-0007", "141421", "陈浩", "shipper"), ("BADGE-0990", "161803", "赵敏", "engineer"),
])
def test_badges_and_pins_open(badge: str, pin: str, name: str, role: str) -> None:
    people = of("person")
    person = by_badge(people, badge)
    assert person is not None and (person.name, person.role) == (name, role)
    assert by_pin(people, person.id, pin, argon2.PasswordHasher().verify) is person


def test_a_site_rule_is_a_record_too() -> None:
    rule = Rule("old-tag", "digits", pattern=r"PLT(?P<serial>[0-9]{8})(?P<check>[0-9])", level="pallet", check="mod10",
                epc="urn:onecode:tag:{serial}")
    record = {"kind": "rule", "id": "old-tag", "data": msgspec.to_builtins(rule)}
    assert master.checked([record]) == [record]
