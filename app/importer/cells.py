"""A cell's text to the value its column wants: numbers, dates, yes and no, lists; people's words to the program's."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.domain.codes.text import safe
from app.importer import columns
from app.importer.faults import BadCell

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.0*)?|[+-]?[0-9]{1,3}([,，][0-9]{3}){1,4}", re.ASCII)
_DATE = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?( 00:00(:00)?)?", re.ASCII)
_EIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]{1,3}", re.ASCII)
_LIST = re.compile(r"[;；、\n]")


def value(type: str, text: str) -> Any:
    """Raises BadCell. A type without conversion takes the text as it is."""
    if type not in {"text", "secret"} and _SCIENTIFIC.fullmatch(text):
        raise BadCell("as_text", text, most=15)
    words = columns.tables().words.get(type)
    if words is not None:
        return _word(words, type, text)
    codes = columns.tables().codes.get(type)
    if codes is not None:
        return _code(codes, text)
    convert = _TYPES.get(type)
    return convert(text) if convert else text


def _word(words: dict[str, Any], type: str, text: str) -> Any:
    found = words.get(text.casefold(), text)
    if isinstance(found, str):
        found = found.casefold()
    if found not in words.values():
        choices = ", ".join(sorted(str(each) for each in set(words.values())))
        raise BadCell("boolean" if type == "boolean" else "choice", safe(text, 60), choices=choices)
    return found


def _code(codes: dict[str, str], text: str) -> str:
    found = codes.get(text.casefold(), text.upper())
    if found not in codes.values():
        raise BadCell("choice", safe(text, 60), choices=", ".join(sorted(set(codes.values()))))
    return found


def _words(type: str) -> Callable[[str], list[str]]:
    return lambda text: [_word(columns.tables().words[type], type, each) for each in _list(text)]


def _shares(text: str) -> dict[str, int]:
    return {left: _number(right) for left, right in _pairs(text)}


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadCell("whole", safe(text, 60))
    return int(text.partition(".")[0].replace(",", "").replace("，", ""))


def _date(text: str) -> str:
    """ISO where it is a date in the order year, month, day; anything else is told from by the record's check."""
    found = _DATE.fullmatch(text) or _EIGHT.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text


def _gtin(text: str) -> str:
    """14 digits; shorter GTINs, and those whose zeros Excel has eaten, are filled up."""
    digits = text.replace(" ", "").replace("-", "")
    return digits.zfill(14) if digits.isascii() and digits.isdigit() and 8 <= len(digits) < 14 else digits


def _list(text: str) -> list[str]:
    return [each.strip() for each in _LIST.split(text) if each.strip()]


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for each in _list(text):
        left, mark, right = each.replace("＝", "=").partition("=")
        if not mark or not left.strip() or not right.strip():
            raise BadCell("pairs", safe(text, 120))
        found.append((left.strip(), right.strip()))
    return found


def _map(text: str) -> dict[str, str]:
    return {left: columns.level(right) for left, right in _pairs(text)}


_TYPES: dict[str, Callable[[str], Any]] = {
    "number": _number, "date": _date, "gtin": _gtin, "list": _list, "pairs": _pairs, "map": _map,
    "shares": _shares, "directions": _words("direction"),
    "level": lambda text: columns.level(text.casefold()), "code": lambda text: text.replace(" ", ""),
}
