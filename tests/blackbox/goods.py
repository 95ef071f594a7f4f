"""The goods, people and papers of every shift played in the tests: short names on one side, codes on the other.

k1 and i1 the outer and the inner code of one cap (read here), y1 the inner code that a pair file ties to k1.
m1 a milk bottle (brand URL) · c1 its case (GS1 Data Matrix) · p1 a pallet (SSCC) · j1 juice · s1 soda, issued codes
only · old1 milk of another batch · x1 a code of nobody · ean the milk's bare EAN-13.
"""
from __future__ import annotations

import re
from typing import Any

from app.domain.codes.checks import mod10
from app.domain.people import badge_hash

SITE = "https://id.gs1.org/414/6901234000009"
CASE_GTIN = "16901234000013"
JUICE_CASE_GTIN = "2690123400001" + str(mod10("2690123400001"))
BOTTLE_GTIN = "06901234000016"
PINS = {"lina": "482913", "wang": "739105"}
BADGES = {"lina": "LINA-7731", "wang": "WANG-0042", "gao": "GAO-9915"}
GS = b"\x1d"


def code(name: str) -> tuple[bytes, str]:
    """(bytes, AIM identifier) that a scanner sends for a short name; anything else is sent as it stands."""
    found = re.fullmatch(r"([a-z]+)(\d+)", name)
    kind, number = (found[1], int(found[2])) if found else (name, 0)
    match kind:
        case "m" | "j" | "s" | "k" | "i" | "y":
            return f"https://q.brand.example/{kind}/{number:06d}".encode(), "]Q1"
        case "old":
            return f"01{BOTTLE_GTIN}21{number}".encode() + GS + b"10L0", "]d2"
        case "c":
            return f"01{CASE_GTIN}21{number}".encode(), "]d2"
        case "jc":
            return f"01{JUICE_CASE_GTIN}21{number}".encode(), "]d2"
        case "p":
            return f"00{_sscc(number)}".encode(), "]C1"
        case "x":
            return f"https://elsewhere.example/{number}".encode(), "]Q1"
        case "ean":
            return BOTTLE_GTIN[1:].encode(), "]E0"
        case "content":
            return f"02{BOTTLE_GTIN}37{8}".encode(), "]C1"
    return name.encode(), ""


def epc(name: str) -> str:
    """The identity behind a short name."""
    kind, number = re.fullmatch(r"([a-z]+)(\d+)", name).groups()  # type: ignore[union-attr]
    match kind:
        case "c":
            return f"https://id.gs1.org/01/{CASE_GTIN}/21/{number}"
        case "jc":
            return f"https://id.gs1.org/01/{JUICE_CASE_GTIN}/21/{number}"
        case "old":
            return f"https://id.gs1.org/01/{BOTTLE_GTIN}/21/{number}"
        case "p":
            return f"https://id.gs1.org/00/{_sscc(int(number))}"
    return code(name)[0].decode()


def name_of(identity: str) -> str:
    """The short name of an identity."""
    if found := re.fullmatch(r"https://q\.brand\.example/(\w)/(\d+)", identity):
        return f"{found[1]}{int(found[2])}"
    if found := re.fullmatch(r"https://id\.gs1\.org/01/(\d{14})/21/(\d+)", identity):
        return {CASE_GTIN: "c", JUICE_CASE_GTIN: "jc", BOTTLE_GTIN: "old"}[found[1]] + found[2]
    if found := re.fullmatch(r"https://id\.gs1\.org/00/069012340(\d{8})\d", identity):
        return f"p{int(found[1])}"
    return identity


def _sscc(number: int) -> str:
    digits = f"069012340{number:08d}"
    return digits + str(mod10(digits))


def _rule(letter: str, product: str, role: str = "label") -> dict[str, Any]:
    return {"name": f"url-{letter}", "kind": "url", "level": "bottle", "product": product, "role": role,
            "pattern": rf"https://q\.brand\.example/{letter}/(?P<serial>[0-9]{{6}})"}


def _order(product: str, lot: str, planned: int, plan: str = "P") -> dict[str, Any]:
    return {"product": product, "plan": plan, "plan_version": 1, "lot": lot, "produced": "2027-11-30",
            "expiry": "2028-05-28", "planned": planned}


# kind, id, record: as the feed brings them, what is referred to first
MASTER: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("plan", "P", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 4},
                                            {"level": "pallet", "count": 2}]}),
    ("plan", "FLAT", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 4}]}),
    ("product", "MILK", {"name": {"en": "Milk", "zh_CN": "牛奶"}, "plan": "P", "rules": [_rule("m", "MILK")],
                         "gtins": {"bottle": BOTTLE_GTIN, "case": CASE_GTIN}}),
    ("product", "JUICE", {"name": {"en": "Juice"}, "plan": "P", "rules": [_rule("j", "JUICE")],
                          "gtins": {"case": JUICE_CASE_GTIN}}),
    ("product", "SODA", {"name": {"en": "Soda"}, "plan": "P", "rules": [_rule("s", "SODA")], "gtins": {},
                         "issued_only": True}),
    ("plan", "PRINT", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 2, "label": "sscc"},
                                                {"level": "pallet", "count": 2, "label": "sscc"}]}),
    ("plan", "CAPS", {"version": 1, "levels": [
        {"level": "bottle", "roles": [{"role": "cap_outer"}, {"role": "cap_inner", "joined": "line"}]},
        {"level": "case", "count": 2}]}),
    ("plan", "FILED", {"version": 1, "levels": [
        {"level": "bottle", "roles": [{"role": "cap_outer"}, {"role": "cap_file", "joined": "file"}]},
        {"level": "case", "count": 2}]}),
    ("plan", "TWO", {"version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 2}]}),
    ("product", "COLA", {"name": {"en": "Cola", "zh_CN": "可乐"}, "plan": "CAPS", "gtins": {}, "rules": [
        _rule("k", "COLA", "cap_outer"), _rule("i", "COLA", "cap_inner"), _rule("y", "COLA", "cap_file")]}),
    ("partner", "DC7", {"gln": "6901234000016", "name": {"en": "DC 7"}}),
    ("partner", "PLANT", {"gln": "6901234000023", "name": {"en": "Plant"}, "role": "brand"}),
    ("order", "WO1", _order("MILK", "L1", 16)),
    ("order", "WO2", _order("MILK", "L1", 100)),
    ("order", "WO 3/甲", _order("JUICE", "J1", 100)),
    ("order", "WO4", _order("SODA", "S1", 100)),
    ("order", "PRINT1", _order("MILK", "L1", 100, "PRINT")),
    ("order", "CAPS1", _order("COLA", "K1", 100, "CAPS")),
    ("order", "FILED1", _order("COLA", "K1", 100, "FILED")),
    ("order", "FLAT1", _order("MILK", "L1", 100, "FLAT")),
    ("person", "lina", {"name": "李娜", "role": "operator", "badge": badge_hash("lina", BADGES["lina"]),
                        "pin": f"$argon2id${PINS['lina']}"}),
    ("person", "wang", {"name": "王强", "role": "supervisor", "badge": badge_hash("wang", BADGES["wang"]),
                        "pin": f"$argon2id${PINS['wang']}"}),
    ("person", "gao", {"name": "高山", "role": "shipper", "badge": badge_hash("gao", BADGES["gao"])}),
    ("document", "OUT1", {"kind": "ship", "partner": "DC7", "lines": [{"line": 1, "product": "MILK", "quantity": 16},
                                                                      {"line": 2, "product": "JUICE", "quantity": 4}],
                          "references": [["po", "urn:epcglobal:cbv:bt:6901234000009:PO-1"]]}),
    ("document", "OUT 2/乙", {"kind": "ship", "partner": "DC7",
                             "lines": [{"line": 1, "product": "MILK", "quantity": 8, "lot": "L1"}]}),
    ("document", "IN1", {"kind": "receive", "partner": "DC7", "lines": [{"line": 1, "product": "MILK", "quantity": 12}],
                         "announced": [
                             {"epc": epc("p900"), "level": "pallet"},
                             *({"epc": epc(f"c90{n}"), "level": "case", "product": "MILK", "lot": "L1",
                                "parent": epc("p900")} for n in range(2)),
                             {"epc": epc("c910"), "level": "case", "product": "MILK", "lot": "L1"},
                             {"epc": epc("c911"), "level": "case", "product": "MILK", "lot": "L1"},
                             {"epc": epc("jc912"), "level": "case", "product": "JUICE", "lot": "J1"}]}),
)
