"""Check characters of codes: GS1 mod 10, Luhn, and ISO/IEC 7064 mod 37,36. ASCII only; None for other characters."""
from __future__ import annotations

from collections.abc import Callable

_DIGITS = {character: number for number, character in enumerate("0123456789")}
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: number for number, character in enumerate(_LETTERS)}


def mod10(text: str) -> str | None:
    """The check digit that GTIN, SSCC and GLN carry: weights 3, 1, 3 … from the right."""
    total, weight = 0, 3
    for character in reversed(text):
        number = _DIGITS.get(character)
        if number is None:
            return None
        total += number * weight
        weight = 4 - weight
    return _LETTERS[-total % 10]


def luhn(text: str) -> str | None:
    """The check digit of ISO/IEC 7812: every second digit from the right doubled."""
    total, double = 0, True
    for character in reversed(text):
        number = _DIGITS.get(character)
        if number is None:
            return None
        if double:
            number *= 2
            total += number - 9 if number > 9 else number
        else:
            total += number
        double = not double
    return _LETTERS[-total % 10]


def mod37_36(text: str) -> str | None:
    """The check character of ISO/IEC 7064 mod 37,36 over digits and capital letters."""
    rest = 36
    for character in text:
        number = _VALUES.get(character)
        if number is None:
            return None
        rest = (rest + number) % 36 or 36
        rest = rest * 2 % 37
    return _LETTERS[(37 - rest) % 36]


SCHEMES: dict[str, Callable[[str], str | None]] = {"mod10": mod10, "luhn": luhn, "mod37-36": mod37_36}


def whole(digits: str) -> bool:
    """True where the last digit is the mod-10 check digit of the others."""
    return len(digits) > 1 and mod10(digits[:-1]) == digits[-1]
