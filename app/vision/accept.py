"""What of the readings may count: never a text that was not on the case, whatever an engine says.

A code is set aside where it breaks what the recipe locks, and doubtful where its engine or its symbology proves too
little; a doubtful one counts once a second frame or engine says the same. What the codes mean is not asked here.
"""
from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from app.domain.codes import gs1
from app.domain.codes.identity import Refusal
from app.domain.codes.text import plain
from app.domain.reasons import Reason
from app.vision.decoders import LINEAR, MATRIX
from app.vision.reading import Point, SeenCode, centre
from app.vision.recipe import Recipe

# One mod-10 digit is no proof, and bars cut short or blurred read as other digits: seen with every engine.
WEAK = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14", "ITF", "Codabar", "Code39"})
ONE_TRY = frozenset({"", "frame"})         # rungs that are one try; `linear` tells itself what two tries read
MENDED = frozenset({"grid", "fused"})      # rungs that put modules right by themselves
STRONG = frozenset({*MATRIX, "DataBarExp", "DataBarExpStk"})      # what these say is printed there, right or wrong
FIT = "fit"                                # rungs that draw a retail code and hold it against the pixels
BESIDE = 8                                 # pixels: an engine may tell one row of the bars that it read
SHORTEST_ITF = 6                           # digits, unless lengths are locked: fewer stand in any bars cut short
RETAIL = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14"})      # names a kind of object: may be there many times
_LAST_PART = re.compile(r"[^/=?&#]*$")


class Aside(StrEnum):
    """Why a reading was set aside."""

    SYMBOLOGY = "symbology"
    LENGTH = "length"
    SYNTAX = "syntax"                # no GS1 element string although it says so
    CHECK_DIGIT = "check_digit"
    GTIN = "gtin"                    # of another product
    ALPHABET = "alphabet"            # a character that no serial has


@dataclass(frozen=True, slots=True)
class Accepted:
    """`codes` may count (those marked doubtful not yet); `aside` may not, whoever confirms them."""

    codes: tuple[SeenCode, ...]
    aside: tuple[tuple[SeenCode, Aside], ...]


def accepted(codes: Iterable[SeenCode], recipe: Recipe) -> Accepted:
    """Applies the recipe's locks, and marks as doubtful what one try alone does not prove.

    A GS1 code of broken syntax is set aside where the recipe locks product or serial. Else it may be printed so: a
    strong code that an engine read is then believed, any other needs a second try that says the same.
    """
    kept, aside = [], []
    locked = bool(recipe.gtins or recipe.alphabet)
    for code in codes:
        why = _locked_out(code, recipe)
        fault = _fault(code.raw, code.aim) if why is None else None
        if why is None and fault is not None and locked:
            why = fault
        if why is not None:
            aside.append((code, why))
        else:
            kept.append(replace(code, doubtful=True) if _unproven(code, fault) else code)
    return Accepted(tuple(kept), tuple(aside))


def foreign(told: Accepted) -> list[SeenCode]:
    """Of what was set aside the codes that surely are printed so: others' codes in a place of the case."""
    return [code for code, why in told.aside
            if why is not Aside.SYMBOLOGY and code.symbology in STRONG and code.rung not in MENDED]


def _unproven(code: SeenCode, fault: Aside | None) -> bool:
    """Whether this try alone is no proof of this code."""
    if fault is not None and (code.symbology not in STRONG or code.rung in MENDED):
        return True
    return code.rung in ONE_TRY and (code.symbology in WEAK or code.symbology in LINEAR and _one_line(code))


def _one_line(code: SeenCode) -> bool:
    """Whether an engine saw it in a single row: what was seen of a code in one row of another was seen so."""
    top_left, top_right, bottom_right, bottom_left = code.corners
    return max(math.dist(top_left, bottom_left), math.dist(top_right, bottom_right)) < 2


def at_one_place(one: SeenCode, other: SeenCode) -> bool:
    """Whether both are read from the same print: the middle of one lies in the other. Two texts there are one too many.

    Not bars and a matrix code: which of them has what corners is another question.
    """
    if (one.symbology in MATRIX) != (other.symbology in MATRIX):
        return False
    return _holds(one, centre(other.corners)) or _holds(other, centre(one.corners))


def contradicted(codes: Sequence[SeenCode], x: np.ndarray, y: np.ndarray, sides: np.ndarray) -> list[SeenCode]:
    """The codes in whose place another of them has another text: all of them. `x`, `y`, `sides`: where they are, in
    pixels, float64 (n,)."""
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= np.maximum(sides[:, None], sides)
    pairs = [(codes[i], codes[j]) for i, j in np.argwhere(np.triu(near, 1))]
    bad = [(one, other) for one, other in pairs if one.raw != other.raw and at_one_place(one, other)
           and not (one.symbology in MATRIX and one.rung == other.rung)]        # one within the other: drawn so
    return [code for code in codes if any(code is each for pair in bad for each in pair)]


def _holds(code: SeenCode, point: Point) -> bool:
    (a, b), (c, d), (e, f), (g, h) = code.corners
    x, y = (c - a + e - g) / 2, (d - b + f - h) / 2
    wide = math.hypot(x, y) or 1.0
    tall = math.hypot(g - a + e - c, h - b + f - d) / 2
    if code.symbology not in MATRIX:
        tall = max(tall + 2 * BESIDE, 0.2 * wide)
    middle = centre(code.corners)
    u, v = point[0] - middle[0], point[1] - middle[1]
    return abs(u * x + v * y) <= wide * wide / 2 and abs(v * x - u * y) <= wide * tall / 2


def possible(code: SeenCode) -> bool:
    """Whether it may be believed at all. A UPC-E only where its drawing was fitted: the left half of any EAN-13 has the
    bars of one of number system 1 (the standard knows 0 only), and of sharp ones that were turned an engine read,
    again and again, other digits."""
    return code.symbology != "UPCE" or code.rung.startswith(FIT) and code.raw.startswith(b"00")


def sensible(code: SeenCode) -> bool:
    """Whether it carries element strings that are right: chance does not write those."""
    return code.aim in gs1.ELEMENT_AIMS and _values(code.raw, code.aim) is not None


def repeated(codes: Iterable[SeenCode]) -> list[SeenCode]:
    """The codes whose text stands in two places though it should name one thing: all of them, none is the right one.

    A product's number (EAN, UPC, ITF-14, or element strings without serial) may well be there many times.
    """
    places: dict[bytes, list[SeenCode]] = defaultdict(list)
    for code in codes:
        places[code.raw].append(code)
    return [code for same in places.values() if len(same) > 1 for code in same if names_one(code)]


def names_one(code: SeenCode) -> bool:
    """Whether it names one object and no other: not a retail code, nor element strings without serial or SSCC."""
    if code.symbology in RETAIL:
        return False
    values = _values(code.raw, code.aim)
    return values is None or bool(values.keys() & {"00", "21", "8003", "8004"})


def _locked_out(code: SeenCode, recipe: Recipe) -> Aside | None:
    if recipe.symbologies and code.symbology not in recipe.symbologies:
        return Aside.SYMBOLOGY
    if not possible(code):
        return Aside.SYNTAX
    if recipe.lengths and len(code.raw) not in recipe.lengths:
        return Aside.LENGTH
    if code.symbology == "ITF" and len(code.raw) < SHORTEST_ITF and not recipe.lengths:
        return Aside.LENGTH
    if recipe.gtins and (gtin := gtin_of(code)) and gtin not in recipe.gtins:
        return Aside.GTIN
    if recipe.alphabet and code.symbology not in RETAIL and not set(_serial(code)) <= set(recipe.alphabet):
        return Aside.ALPHABET
    return None


def _fault(raw: bytes, aim: str) -> Aside | None:
    """What is wrong in a code that carries element strings by its own word; pairing of the elements does not count."""
    if aim not in gs1.ELEMENT_AIMS:
        return None
    found = _parsed(raw, aim)
    if isinstance(found, gs1.Fault) and found.reason is Reason.BAD_CHECK_DIGIT:
        return Aside.CHECK_DIGIT
    if isinstance(found, Refusal) or isinstance(found, gs1.Fault) and \
            found.reason is Reason.BAD_SYNTAX and found.data.get("problem") in ("element", "separator", "repeated"):
        return Aside.SYNTAX
    return None


def gtin_of(code: SeenCode) -> str:
    """14 digits, or "" where the code carries none."""
    if code.symbology in RETAIL or code.aim in gs1.GTIN_AIMS:
        digits = code.raw.decode("ascii", "replace")
        return digits.zfill(14) if digits.isdigit() else ""
    values = _values(code.raw, code.aim) or {}
    return values.get("01") or values.get("02") or values.get("03") or values.get("8006", "")[:14]


def _serial(code: SeenCode) -> str:
    """The characters that tell this object from its like: AI 21, the end of a link, or the whole text."""
    values = _values(code.raw, code.aim)
    if values is not None:
        return values.get("21", "")
    text = code.raw.decode("utf-8", "replace")
    return _LAST_PART.findall(text)[0] if "://" in text else text


def _values(raw: bytes, aim: str) -> dict[str, str] | None:
    """By application identifier; None where the code is neither element strings nor a Digital Link."""
    found = _parsed(raw, aim)
    return found.values if isinstance(found, gs1.Elements) else None


@lru_cache(maxsize=4096)      # the same codes come frame after frame
def _parsed(raw: bytes, aim: str) -> gs1.Elements | gs1.Fault | Refusal | None:
    text = plain(raw, aim)
    if isinstance(text, Refusal):
        return text
    return gs1.element_strings(text) if aim in gs1.ELEMENT_AIMS else gs1.digital_link(text)
