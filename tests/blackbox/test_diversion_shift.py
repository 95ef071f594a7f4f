"""Shifts at a dealer, at the owner and on the road: goods that are where they should not be, and how they get free."""
from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain.people import badge_hash
from app.domain.warehouse.policy import Measure, Policy, Site
from app.importer.assignments import take
from app.importer.assignments_sign import new_key, package, write_rows
from app.store.assignments import Assignments
from app.store.snapshot_file import FOLDER
from tests.blackbox.goods import epc
from tests.blackbox.shift import START, Shift

PRIVATE, PUBLIC = new_key()
DEALER = Site("D1", "5101", 30.67, 104.07)
PARTNERS = (
    ("partner", "D1", {"gln": "6901234000030", "name": {"en": "Dealer 1"}, "role": "distributor", "territory": "5101"}),
    ("partner", "D2", {"gln": "6901234000047", "name": {"en": "Dealer 2"}, "role": "distributor", "territory": "31"}),
    ("person", "chief", {"name": "Chief", "role": "supervisor", "badge": badge_hash("chief", "CHIEF-1")}))


def listed(shift: Shift, *rows: tuple[str, str, str], sightings: tuple[tuple[str, ...], ...] = (), number: int = 1,
           valid_h: float = 240, complete: bool = True, on: str = "2027-11-01") -> None:
    """A list of assignments (name, dealer, territory) comes beside the station."""
    folder = shift.folder / f"list-{number}"
    folder.mkdir()
    write_rows(folder / "assignments.csv", "assignments",
               [(epc(name), dealer, territory, on) for name, dealer, territory in rows])
    write_rows(folder / "rules.csv", "rules", [("T-1", "D1", "5101", "", "", "", ""),
                                               ("T-2", "D2", "31", "", "", "", "")])
    write_rows(folder / "sightings.csv", "sightings", sightings)
    issued = START.astimezone(UTC) - timedelta(hours=10 - number)
    made = package(folder, shift.folder / f"list-{number}.zip", PRIVATE, id=f"L{number}", issued_at=issued,
                   valid_until=issued + timedelta(hours=valid_h), complete=complete)
    take(made, shift.home / FOLDER, PUBLIC, issued)


def at(shift: Shift, site: Site, policy: Policy | None = None) -> None:
    """The station stands there from now on."""
    shift.put(*PARTNERS, ("document", "PO1", {"kind": "purchase_in", "partner": "PLANT",
                                              "lines": [{"line": 1, "product": "MILK", "quantity": 400}]}),
              ("document", "RET1", {"kind": "return_in", "partner": "D1", "reason": "NOT-SOLD",
                                    "lines": [{"line": 1, "product": "MILK", "quantity": 400}]}))
    shift.place = replace(shift.place, site=site, policy=policy or Policy(unknown="provisional"))
    shift.restart()


def test_a_stop_holds_the_goods_until_two_people_release_them(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("c1", "D1", "5101"), ("c2", "D2", "31"))
    shift.play("""
        badge lina
        do DOCUMENT:PO1
        scan c1           -> accepted received > receiving c1
        scan c2           -> stop wrong_dealer > inspecting c2, holding c2         | red wrong_dealer, last c1
        scan c1           -> stop held
        kill
        badge wang        -> command confirmed                                    | calm, by lina, last none
        scan c2           -> rejected wrong_dealer
        do CONFIRM
        badge wang
        do RELEASE:CHECKED -> command scan_which
        scan c2           -> warning second_person                                | waits RELEASE
        badge wang        -> warning same_person
        badge CHIEF-1       -> accepted released > inspecting c2
        scan c2           -> warning let_go_before > receiving c2   | line 1 8/400
        do INSPECT
        scan c2           -> warning let_go_before
    """)
    told = shift.published[-1].verdict.data
    assert (told["by"], told["approver"], told["case"]) == ("王强 (wang)", "Chief (chief)", "DV-LINE-1-000001")
    assert datetime.fromisoformat(str(told["at"])) < shift.now() and told["finding"] == "wrong_dealer"
    events = [each.act for each in shift.events()]
    told = dict(next(each for each in events if each.biz_step == "holding").extra)
    assert {key: told[key] for key in ("finding", "policy", "expectedDealer", "actualDealer", "decidedBy", "snapshot",
                                       "document")} == {
        "finding": "wrong_dealer", "policy": "stop", "expectedDealer": "D2", "actualDealer": "D1",
        "decidedBy": "itself", "snapshot": "L1", "document": "PO1"}
    number, text, state, approver = shift.store.connection.execute(
        "SELECT number, evidence, state, approver FROM suspected").fetchone()
    assert (number, state, approver) == ("DV-LINE-1-000001", "released", "chief") and told["evidence"] == number
    assert hashlib.sha256(text.encode()).hexdigest() == told["evidenceDigest"]
    evidence = json.loads(text)
    assert (evidence["operator"], evidence["operator_name"], evidence["code"]) == ("lina", "李娜", epc("c2"))
    assert evidence["brought_by"] == "PLANT"
    assert "李娜" not in " ".join(map(str, shift.events())), "no event has a name"
    freed = dict(next(each for each in reversed(events) if each.disposition == "conformant").extra)
    assert (freed["approver"], freed["reason"], freed["evidence"]) == ("chief", "CHECKED", number)


def test_a_return_from_another_dealer_is_stopped_and_its_own_goes_through(shift: Shift) -> None:
    at(shift, Site(territory="51"))
    shift.put(("document", "SO1", {"kind": "sales_out", "partner": "D1", "lines": [
        {"line": 1, "product": "MILK", "quantity": 4}]}), ("document", "SO2", {"kind": "sales_out", "partner": "D2",
        "lines": [{"line": 1, "product": "MILK", "quantity": 4}]}))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        do DOCUMENT:SO1
        scan c1
        do DOCUMENT:SO2
        scan c2
        do DOCUMENT:RET1
        scan c1           -> accepted received > receiving c1
        scan c1           -> duplicate already_on_document
        scan c2           -> stop shipped_to_other > inspecting c2, holding c2
    """)
    assert json.loads(shift.store.connection.execute("SELECT evidence FROM suspected").fetchone()[0])["expected"] == {
        "dealer": "D2", "territory": "31"}


def test_a_stop_of_announced_goods_is_told_by_a_database_made_anew(shift: Shift) -> None:
    """Alone and inside of an announced pallet: the journal has what the events are about."""
    at(shift, DEALER)
    listed(shift, ("c910", "D2", "31"), ("c900", "D2", "31"))
    shift.play("""
        badge lina
        do DOCUMENT:IN1
        scan c910         -> stop wrong_dealer > inspecting c910, holding c910
        badge wang        -> command confirmed
        scan c900         -> stop wrong_dealer > inspecting c900, holding c900
    """)


def test_policies_per_brand_warn_and_pass(shift: Shift) -> None:
    at(shift, DEALER, Policy(unknown="provisional", diversion={"": Measure.WARN, "GOLD": Measure.RECORD}))
    listed(shift, ("c1", "D2", "31"), ("jc2", "D2", "31"))
    shift.put(("document", "PO2", {"kind": "purchase_in", "partner": "PLANT", "lines": [
        {"line": 1, "product": "JUICE", "quantity": 400}]}))
    brand = dict(shift.store.connection.execute("SELECT id, body FROM product"))
    product = json.loads(brand["JUICE"])
    shift.put(("product", "JUICE", {"name": product["name"], "plan": "P", "gtins": product["gtins"], "brand": "GOLD"}))
    shift.play("""
        badge lina
        do DOCUMENT:PO1
        scan c1           -> warning wrong_dealer > inspecting c1, receiving c1
        do DOCUMENT:PO2
        scan jc2          -> accepted received > inspecting jc2, receiving jc2
    """)
    assert dict(shift.store.connection.execute("SELECT policy, count(*) FROM suspected GROUP BY policy")) == {
        "warn": 1, "record": 1}
    assert shift.published[-1].verdict.data["case"] == "DV-LINE-1-000002"      # its evidence is written, too


def test_an_inspection_judges_every_code_by_itself_its_peers_and_what_it_is_in(shift: Shift) -> None:
    at(shift, Site("", "5101", 30.67, 104.07))
    listed(shift, ("m1", "D1", "5101"), ("m2", "D2", "31"), ("i5", "D2", "31"), ("c3", "D2", "31"),
           ("m6", "D1", "5101"),
           sightings=((epc("m6"), "Shanghai", "2027-11-30T05:30:00+08:00", "31.23", "121.47", "31"),))
    shift.play("""
        badge lina
        do ORDER:CAPS1
        do START
        scan k5 i5
        do LOGOUT
        badge gao
        do INSPECT        -> command command_taken                          | task inspecting
        scan m1           -> accepted inspected_right
        scan m2           -> stop wrong_territory > inspecting m2, holding m2
        badge wang
        scan m3           -> stop never_shipped > inspecting m3, holding m3
        badge wang
        scan k5           -> stop wrong_territory > inspecting k5, holding k5
        badge wang
        scan m6           -> stop two_places > inspecting m6, holding m6
        badge wang
        do INSPECT:D2     -> command command_taken                          | task inspecting D2
        scan m2           -> accepted inspected_right
        scan m1           -> stop shipped_to_other > inspecting m1, holding m1
        do INSPECT:D9     -> stop held
    """)
    decided = dict(shift.store.connection.execute(
        "SELECT epc, json_extract(evidence, '$.decided_by.as') FROM suspected"))
    assert decided[epc("k5")] == "peer" and decided[epc("m2")] == "itself"


def test_without_a_list_or_with_an_old_one_nothing_is_called_right(shift: Shift) -> None:
    at(shift, Site("", "5101"))
    shift.play("""
        badge gao
        do INSPECT
        scan m1           -> warning not_judged
    """)
    listed(shift, ("m1", "D1", "5101"), valid_h=10)
    shift.play("""
        scan m1           -> accepted inspected_right
        wait 7200
        badge gao
        scan m1           -> warning not_judged
        wait -7200
        scan m1           -> warning not_judged         # the clock was put back: the list stays old
        kill
        scan m1           -> warning not_judged
    """)
    assert shift.published[-1].verdict.data["unjudged"] == "snapshot_expired"
    listed(shift, ("m1", "D2", "31"), number=2)
    shift.play("scan m1  -> stop wrong_territory > inspecting m1, holding m1      # a new one, without a restart")


def test_what_was_bound_here_comes_before_an_older_list(shift: Shift) -> None:
    at(shift, Site(territory="51"))
    shift.put(("document", "SO1", {"kind": "sales_out", "partner": "D1", "lines": [
        {"line": 1, "product": "MILK", "quantity": 4}]}))
    listed(shift, ("c1", "D2", "31"), ("m1", "D2", "31"))
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        do DOCUMENT:SO1
        scan c1           -> complete document_done > shipping c1
        do INSPECT:D1
        scan c1           -> accepted inspected_right
        scan m1           -> accepted inspected_right
    """)
    asked = Assignments(shift.home / FOLDER)
    asked.refresh()
    assert asked.bindings([epc("c1")])[epc("c1")].partner == "D2"
    asked.close()


def test_a_later_shipment_by_the_list_comes_before_what_was_bound_here(shift: Shift) -> None:
    at(shift, Site(territory="51"))
    shift.put(("document", "SO1", {"kind": "sales_out", "partner": "D1", "lines": [
        {"line": 1, "product": "MILK", "quantity": 4}]}))
    listed(shift, ("c1", "D2", "31"), on="2027-12-24")
    shift.play("""
        badge lina
        do ORDER:FLAT1
        do START
        frame m1 m2 m3 m4 c1
        do DOCUMENT:SO1
        scan c1           -> complete document_done > shipping c1
        do INSPECT:D2
        scan c1           -> accepted inspected_right
    """)
    assert shift.store.connection.execute("SELECT substr(at, 1, 10) FROM binding").fetchone() == ("2027-11-29",)


def test_a_camera_inspects_as_a_scanner_does(shift: Shift) -> None:
    at(shift, DEALER)
    listed(shift, ("m1", "D1", "5101"), ("m2", "D2", "31"))
    shift.play("""
        badge lina
        do INSPECT
        frame m1          -> accepted inspected_right
        frame m2          -> stop wrong_dealer > inspecting m2, holding m2
    """)


def test_the_evidence_is_there_again_after_the_database_is_made_anew(shift: Shift, tmp_path: Path) -> None:
    at(shift, DEALER)
    listed(shift, ("c2", "D2", "31"))
    shift.play("""
        badge lina
        do DOCUMENT:PO1
        cut scan c2
    """)
    rows = shift.store.connection.execute("SELECT number, state FROM suspected").fetchall()
    assert rows == [("DV-LINE-1-000001", "open")]
    assert datetime.fromisoformat(json.loads(shift.store.connection.execute(
        "SELECT evidence FROM suspected").fetchone()[0])["at"]).tzinfo
