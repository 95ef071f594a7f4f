"""Shifts with spot-checks: who is opened, what was seen in it, and what comes of a difference."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.domain.warehouse.checking import drawn
from app.domain.warehouse.policy import Policy
from tests.blackbox.goods import epc, name_of
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift

PALLET = [{"epc": epc("p950"), "level": "pallet"},
          *({"epc": epc(f"c95{n}"), "level": "case", "product": "MILK", "lot": "L1", "parent": epc("p950")}
            for n in range(4)),
          {"epc": epc("p960"), "level": "pallet"},
          *({"epc": epc(f"c96{n}"), "level": "case", "product": "MILK", "lot": "L1", "parent": epc("p960")}
            for n in range(2)),
          {"epc": epc("c970"), "level": "case", "product": "MILK", "lot": "L1"}]

MADE_TRUE = "unpacking p950 2, receiving c970, packing p950 1, inspecting p950, holding c951, holding p950"


def begun(folder: Path, document: dict[str, Any] | None = None, **more: Any) -> Shift:
    shift = Shift(folder)
    shift.place = replace(shift.place, policy=Policy(**more))
    shift.restart()
    shift.put(("document", "IN5", {"kind": "receive", "partner": "DC7", "announced": PALLET,
                                   "lines": [{"line": 1, "product": "MILK", "quantity": 28}], **(document or {})}))
    shift.play("""
        badge gao
        do DOCUMENT:IN5
    """)
    return shift


def last(shift: Shift) -> dict[str, Any]:
    return shift.published[-1].verdict.data


def held(shift: Shift) -> set[str]:
    return {name_of(row[0]) for row in shift.store.connection.execute("SELECT epc FROM held_back")}


def test_all_that_should_be_there_is_there(tmp_path: Path) -> None:
    shift = begun(tmp_path, check=100)
    shift.play("""
        scan p950            -> warning check_this > receiving p950            | line 1 16/28, check 0/4
        scan c950            -> accepted check_right                           | check 1/4
        scan c950            -> duplicate check_seen_before
        scan p960            -> rejected check_open                            | red check_open
        do DONE              -> rejected check_open
        do CHECK             -> rejected check_open
        do CONFIRM
        do HOME
        kill
        do DOCUMENT:IN5
        scan c951 c952       -> accepted check_right; accepted check_right     | check 3/4
        do UNDO              -> accepted undone                                | check 2/4
        scan c952            -> accepted check_right
        scan c953            -> complete check_all_seen
        do CHECKED           -> complete check_verified > inspecting p950      | check none
        do CHECKED           -> rejected check_none
    """)
    told = shift.events()
    assert (told[0].act.persistent, told[1].act.persistent) == ((), ("completeness_verified",))
    assert told[1].act.disposition == "conformant"
    assert not held(shift)
    same_goods(shift, tmp_path)
    shift.end()


def test_what_differs_is_held_and_the_record_is_what_was_seen(tmp_path: Path) -> None:
    shift = begun(tmp_path, check=100)
    shift.play(f"""
        scan p950            -> warning check_this > receiving p950            | line 1 16/28
        scan c950 c951       -> accepted check_right; accepted check_right
        scan c970            -> warning check_wrong_serial                     # told to come by itself
        scan jc9             -> warning check_wrong_product
        do DAMAGED           -> command scan_which                             | armed damaged
        scan c951            -> warning check_damaged
        do CHECKED           -> warning check_differs                          | check 4/4
        restart
        do CHECKED -> warning check_mismatch > {MADE_TRUE} | line 1 12/28, check none
        scan c952            -> accepted received > receiving c952             # it came after all
    """)
    said = next(each.verdict.data for each in shift.published if each.verdict.reason == "check_mismatch")
    assert (said["missing"], said["serials"], said["products"], said["damaged"]) == (2, 1, 1, 1)
    inspected = next(event.act for event in shift.events() if event.act.biz_step == "inspecting")
    assert inspected.persistent == ("mismatch_instance", "mismatch_class")
    assert dict(inspected.extra)["missing"] == 2
    assert held(shift) == {"p950", "c951"}
    assert shift.store.facts([epc("c970")]).known[epc("c970")].parent == epc("p950")
    shift.play("""
        badge wang
        do MOVE
        do AT:A-01
        scan p950            -> accepted moved > storing p950                  # a house without a list has no gates
        do RELEASE:CHECKED
        scan p950            -> accepted released > inspecting p950
        do RELEASE:CHECKED
        scan c951            -> accepted released > inspecting c951
    """)
    assert not held(shift)
    shift.end()


def test_short_and_surplus(tmp_path: Path) -> None:
    shift = begun(tmp_path, check=100)
    shift.play("""
        scan p960            -> warning check_this > receiving p960
        scan c960            -> accepted check_right
        do CHECKED           -> warning check_differs
        scan c961            -> complete check_all_seen                        # it was found: nothing is asked any more
        scan c970            -> warning check_extra
        do CHECKED           -> warning check_differs
      do CHECKED -> warning check_mismatch > receiving c970, packing p960 1, inspecting p960, holding p960| line 1 12/28
        scan p950            -> warning check_this > receiving p950
        do UNDO              -> accepted undone > wrong receiving p950         | check none, line 1 12/28
        scan p950            -> warning check_this > receiving p950
        do CHECKED           -> warning check_differs
        do CHECKED           -> warning check_mismatch > unpacking p950 4, inspecting p950, holding p950 | line 1 12/28
    """)
    words = [event.act.persistent for event in shift.events() if event.act.biz_step == "inspecting"]
    assert words == [("mismatch_quantity",), ("mismatch_quantity",)]
    shift.end()


def test_goods_of_another_pallet_in_it(tmp_path: Path) -> None:
    shift = begun(tmp_path, check=100)
    true = "unpacking p960 1, receiving c960, packing p950 1, inspecting p950, holding p950"
    shift.play(f"""
        scan p950            -> warning check_this > receiving p950
        scan c950 c951 c952 c953
        scan c960            -> warning check_extra                            # told to be on the other pallet
        do CHECKED           -> warning check_differs
        do CHECKED           -> warning check_mismatch > {true} | line 1 20/28
        scan p960            -> warning check_this > receiving p960            | line 1 24/28, check 0/1
    """)
    shift.end()


def test_unknown_goods_in_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    refusing = begun(tmp_path / "a", check=100)
    script = """
        scan p960            -> warning check_this > receiving p960
        scan c960 c961       -> accepted check_right; complete check_all_seen
        scan c999            -> warning check_extra
        do CHECKED           -> warning check_differs
    """
    refusing.play(script + "do CHECKED -> warning check_mismatch > inspecting p960, holding p960 | line 1 8/28")
    refusing.end()
    taking = begun(tmp_path / "b", check=100, unknown="provisional")
    taking.play(script + "do CHECKED -> warning check_mismatch > receiving c999, packing p960 1, inspecting p960, "
                         "holding p960 | line 1 12/28")
    assert taking.store.facts([epc("c999")]).known[epc("c999")].parent == epc("p960")
    taking.end()


def test_who_is_opened(tmp_path: Path) -> None:
    """The document before the partner's product, that before the partner, that before the house; drawn, not chosen."""
    for number, (document, partner, policy, opened) in enumerate((
            ({}, {}, 0, False), ({}, {}, 100, True), ({"check": 0}, {"check": 100}, 100, False),
            ({}, {"check": 0}, 100, False), ({}, {"check": 0, "checks": {"MILK": 100}}, 0, True),
            ({}, {"check": 100, "checks": {"JUICE": 0}}, 0, True))):
        folder = tmp_path / str(number)
        folder.mkdir()
        shift = begun(folder, document, check=policy)
        shift.put(("partner", "DC7", {"gln": "6901234000016", "name": {"en": "DC 7"}, **partner}))
        shift.scan("p950")
        assert (shift.published[-1].verdict.reason == "check_this") is opened, (document, partner, policy)
        shift.end()
    share = sum(drawn("IN5", f"https://id.gs1.org/00/{n}", 10) for n in range(5000)) / 5000
    assert 0.08 < share < 0.12


def test_somebody_wants_one_opened(tmp_path: Path) -> None:
    shift = begun(tmp_path)
    shift.play("""
        do DAMAGED           -> rejected check_none
        do CONFIRM
        do CHECK             -> command check_next                             | armed check
        scan p950            -> warning check_this > receiving p950            | check 0/4, calm
        do CHECK             -> command check_given_up                         | check none
        scan p960            -> accepted received > receiving p960
        do CHECK
        scan p960            -> warning check_this                             | check 0/2
        scan c960            -> accepted check_right
        do CHECK             -> rejected check_open
        scan c961            -> complete check_all_seen
        do CHECKED           -> complete check_verified > inspecting p960
        do CHECK
        scan c970            -> complete document_done > receiving c970        # nothing is listed in it
        do CHECK
        scan c970            -> rejected check_nothing_inside
        scan c960            -> rejected inside_parent
        do SHIP
        do CHECK             -> rejected no_task
    """)
    shift.end()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_was_found_can_be_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    shift = begun(tmp_path, check=100)
    shift.play("""
        scan p950
        scan c950 c951 c952 c953
        do CHECKED           -> complete check_verified > inspecting p950
        scan p960
        scan c960 jc9
        do CHECKED
        do CHECKED           -> warning check_mismatch > unpacking p960 1, inspecting p960, holding p960
        do CHECK
        scan p950            -> warning check_this
        scan c950            -> accepted check_right
    """)
    shift.store.close()
    home = ["--home", str(shift.home), "--language", language]
    assert main(["checks", *home, "--json"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(name_of(row["epc"]), row["finding"], row["by"], row["hand"]) for row in rows] == [
        ("p950", "verified", "高山 (gao)", False), ("p960", "mismatch_class", "高山 (gao)", False),
        ("p950", "", "", True)]
    assert [(name_of(epc), word) for epc, word in rows[1]["differences"]] == [
        ("c961", "missing"), ("jc9", "wrong_product")]
    assert rows[0]["at"].startswith("2027-11-") and not rows[2]["at"]
    assert main(["checks", "IN5", *home]) == 1
    said = capsys.readouterr().out
    assert said.count("\n") == 3 and "[" not in said
    assert main(["checks", "NONE", *home]) == 0
    capsys.readouterr()
    for name in ("checks.xlsx", "checks.csv"):
        assert main(["checks", *home, "--output", str(tmp_path / name)]) == 1
        assert (tmp_path / name).stat().st_size > 200
    assert (tmp_path / "checks.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert main(["checks", *home, "--output", str(tmp_path / "checks.csv")]) == 2
    assert main(["checks", *home, "--output", str(tmp_path / "checks.txt")]) == 2


def test_what_came_back_and_was_not_all_there(tmp_path: Path) -> None:
    """The missing case is still at the customer's; what was found in it came back, too."""
    shift = Shift(tmp_path)
    shift.place = replace(shift.place, policy=Policy())
    shift.restart()
    shift.put(("document", "BACK", {"kind": "return_in", "partner": "DC7", "reason": "DAMAGE", "check": 100}),
              ("document", "AGAIN", {"kind": "return_in", "partner": "DC7", "reason": "OTHER", "check": 0}))
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do ORDER:FLAT1
        frame m9 m10 m11 m12 c3
        do DOCUMENT:OUT1
        scan p1 c3
        badge gao
        do DOCUMENT:BACK
        scan p1              -> warning check_this > receiving p1              | check 0/2
        scan c1 c3           -> accepted check_right; warning check_wrong_serial
        do CHECKED
      do CHECKED -> warning check_mismatch > unpacking p1 1, receiving c3, packing p1 1, inspecting p1, holding p1
    """)
    known = shift.store.facts([epc("c2"), epc("p1"), epc("c3")]).known
    assert (known[epc("c2")].status, known[epc("c2")].partner) == ("in_transit", "DC7")
    assert (known[epc("p1")].status, known[epc("c3")].parent) == ("returned", epc("p1"))
    bound = dict(shift.store.connection.execute("SELECT epc, partner FROM binding WHERE partner<>''"))
    assert bound.get(epc("c2")) == "DC7"
    shift.play("""
        do DOCUMENT:AGAIN
        scan c2              -> accepted received > receiving c2
        do MOVE
        do AT:A-01
        scan c1              -> rejected on_hold                               # out of a pallet that is held
    """)
    same_goods(shift, tmp_path)
    shift.end()


def test_a_receipt_taken_back_ends_its_check(tmp_path: Path) -> None:
    shift = begun(tmp_path, check=100)
    shift.play("""
        scan p950            -> warning check_this > receiving p950
        scan c950            -> accepted check_right
        do TAKE-OFF:MISTAKE
        scan p950            -> accepted taken_off > wrong receiving p950
        do CHECKED           -> command check_given_up                         | check none, line 1 0/28
        scan p950            -> warning check_this > receiving p950
    """)
    shift.end()
