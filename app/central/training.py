"""The master data of the training line, and the codes on its goods. Pure but for reading resources/samples/training.

What the station takes its master data from is JSON there. Issued codes and announced goods are made here: equal seeds
give equal codes. Badges and PINs: BADGE-0001 271828 (operator), BADGE-0007 141421 (shipper), BADGE-0900 314159
(supervisor), BADGE-0990 161803 (engineer).
"""
from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from app.central.rules import check_digit

Record = dict[str, Any]
NUMBERS = {"MILK-250": "0250", "JUICE-1L": "1000"}       # a product's number in its brand URLs
PREFIX = "6901234"                                       # GS1 company prefix
HOST = "https://q.brand.example"
ISSUED = {"b": 2_400, "c": 400}                          # juice codes handed to the printer: numbers 1 to this
ANNOUNCED_FROM = 900_001                                 # numbers of the goods on PO-3307
MOST_IN_RECORD = 5_000
_FILES = (("product", "products"), ("plan", "plans"), ("partner", "partners"), ("location", "locations"),
          ("order", "orders"), ("document", "documents"), ("hold", "holds"), ("person", "persons"))
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"           # 32 characters nobody mixes up
_ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def training_master(seed: int = 0) -> list[Record]:
    """All records of the training line: what a feed begins with."""
    records = [{"kind": kind, "id": data["id"], "data": data} for kind, name in _FILES for data in _read(name)]
    for record in records:
        if record["id"] == "PO-3307":
            record["data"] = {**record["data"], "announced": announced(seed)}
    return records + issued(seed)


def bottle(product: str, number: int, seed: int = 0) -> str:
    """The brand URL on a bottle. `number` from 1; another number, another code."""
    return _url("b", product, number, seed)


def case(product: str, number: int, seed: int = 0) -> str:
    """The brand URL on a case."""
    return _url("c", product, number, seed)


def pallet(number: int, extension: int = 3) -> str:
    """The 18 digits of a pallet's SSCC."""
    body = f"{extension}{PREFIX}{number:09d}"
    return body + check_digit(body)


def issued(seed: int = 0) -> list[Record]:
    """The codes that were handed to the printer for juice; a code beyond them is refused by the station."""
    records = []
    for level, count in ISSUED.items():
        epcs = [_url(level, "JUICE-1L", number, seed) for number in range(1, count + 1)]
        for at in range(0, count, MOST_IN_RECORD):
            name = f"IS-JUICE-1L-{level}-{at // MOST_IN_RECORD + 1}"
            part = epcs[at : at + MOST_IN_RECORD]
            records.append({"kind": "issued", "id": name, "data": {"id": name, "product": "JUICE-1L", "epcs": part}})
    return records


def announced(seed: int = 0) -> list[Record]:
    """What PO-3307 says is coming: one pallet of 4 cases of 6 juice bottles."""
    about = {"product": "JUICE-1L", "lot": "J271125", "expiry": "2028-08-21"}
    outer = f"https://id.gs1.org/00/{pallet(ANNOUNCED_FROM, extension=1)}"
    found: list[Record] = [{"epc": outer, "level": "pallet", **about, "parent": ""}]
    for at in range(4):
        inner = case("JUICE-1L", ANNOUNCED_FROM + at, seed)
        found.append({"epc": inner, "level": "case", **about, "parent": outer})
        for place in range(6):
            epc = bottle("JUICE-1L", ANNOUNCED_FROM + at * 6 + place, seed)
            found.append({"epc": epc, "level": "bottle", **about, "parent": inner})
    return found


def check_character(text: str) -> str:
    """ISO/IEC 7064 mod 37,36 over digits and capital letters."""
    rest = 36
    for character in text:
        rest = (rest + _ALL.index(character)) % 36 or 36
        rest = rest * 2 % 37
    return _ALL[(37 - rest) % 36]


def _url(level: str, product: str, number: int, seed: int) -> str:
    code = NUMBERS[product] + _serial(number, _start(level, product, seed))
    return f"{HOST}/{level}/{code}{check_character(code)}"


def _serial(number: int, start: int) -> str:
    """Ten characters that look drawn by lot: an odd factor modulo 2^50 never gives one twice."""
    mixed = (number * 0x1F3D5B79A6E35 + start) % 2**50
    return "".join(_ALPHABET[mixed >> shift & 31] for shift in range(45, -1, -5))


@cache
def _start(level: str, product: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{level}:{product}:{seed}".encode()).digest()[:6], "big")


def _read(name: str) -> list[Record]:
    text = (files("resources") / "samples" / "training" / f"{name}.json").read_text("utf-8")
    found: list[Record] = json.loads(text)
    return found
