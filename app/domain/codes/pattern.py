"""Patterns of the rule table as compiled regular expressions that cannot run away.

Python's `re` has no time limit, so the number of ways in which a pattern can match is bounded when it is built.
What is refused is named: nested or neighbouring open repeats, back references, look-around.
"""
from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from app.domain.codes.text import MAX_BYTES

MAX_WAYS = 10_000        # two open-ended {1,100} side by side, or one `.*`; each way costs 4096 steps at most
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT}
_ONE_WAY = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.AT}


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, \\d and \\w meaning ASCII only. Raises ValueError with what is wrong and what to write instead."""
    if not pattern:
        raise ValueError("a pattern is expected, got an empty text")
    try:
        made = re.compile(pattern, re.ASCII)
        tree = parser.parse(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if made.flags & re.LOCALE or not made.flags & re.ASCII:
        raise ValueError("the flags (?L) and (?u) are not allowed")
    ways = _ways(list(tree), None, bool(made.flags & re.IGNORECASE))
    if ways > MAX_WAYS:
        raise ValueError(
            "the repeats of this pattern can match one text in too many ways; give them an upper bound such as {1,40}, "
            "or part them by a character that they do not match, and nest none"
        )
    return made


@lru_cache(maxsize=8192)
def prefix(pattern: str) -> str:
    """The plain characters that every match of a sound pattern begins with; "" where there are none."""
    if compiled(pattern).flags & re.IGNORECASE:
        return ""
    begun = []
    for code, value in parser.parse(pattern, re.ASCII):
        if code is not op.LITERAL:
            break
        begun.append(chr(value))
    return "".join(begun)


def _ways(items: list[Any], after: Any, fold: bool) -> int:
    """An upper bound of the ways in which a sequence can match one text; `after` is what must follow, or None."""
    ways = 1
    for at, (code, value) in enumerate(items):
        ways *= _ways_of(code, value, items[at + 1] if at + 1 < len(items) else after, fold)
        if ways > MAX_WAYS:
            return MAX_WAYS + 1
    return ways


def _ways_of(code: Any, value: Any, following: Any, fold: bool) -> int:
    if code in _ONE_WAY:
        return 1
    if code is op.SUBPATTERN:
        return _ways(list(value[3]), following, fold or bool(value[1] & re.IGNORECASE))
    if code is op.BRANCH:
        ways = [_ways(list(each), following, fold) for each in value[1]]
        firsts = [each[0][1] for each in value[1] if len(each) and each[0][0] is op.LITERAL]
        alone = not fold and len(set(firsts)) == len(value[1])      # the first character tells which one it is
        return max(ways) if alone else sum(ways)
    if code is op.ATOMIC_GROUP:
        return _ways(list(value), None, fold)
    if code in _REPEATS or code is op.POSSESSIVE_REPEAT:
        least, most, inner = value
        most = MAX_BYTES if most is op.MAXREPEAT else min(most, MAX_BYTES)
        each = _ways(list(inner), None, fold)
        if each == 1:
            fixed = least >= most or code is op.POSSESSIVE_REPEAT
            return 1 if fixed or (not fold and _ends_before(list(inner), following)) else most - least + 1
        if code is op.POSSESSIVE_REPEAT or each ** min(most, 20) > MAX_WAYS:
            return MAX_WAYS + 1
        return sum(each**times for times in range(least, most + 1))
    raise ValueError(f"{str(code).lower().replace('_', ' ')} is not allowed in a pattern")


def _ends_before(inner: list[Any], following: Any) -> bool:
    """True where a repeat of one character class cannot match what must follow it: then it can end in one place."""
    if len(inner) != 1 or following is None or following[0] is not op.LITERAL:
        return False
    code, value = inner[0]
    character = following[1]
    if code is op.LITERAL:
        return bool(value != character)
    if code is op.NOT_LITERAL:
        return bool(value == character)
    if code is op.IN:
        return not _holds(list(value), character)
    return False


def _holds(members: list[Any], character: int) -> bool:
    negated = bool(members) and members[0][0] is op.NEGATE
    inside = False
    for code, value in members:
        if code is op.LITERAL:
            inside |= value == character
        elif code is op.RANGE:
            inside |= value[0] <= character <= value[1]
        elif code is op.CATEGORY:
            if negated:
                return True      # not worked out: taken as overlapping
            inside |= _in_category(value, chr(character))
    return inside != negated


def _in_category(category: Any, character: str) -> bool:
    tests = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_WORD: r"\w", op.CATEGORY_SPACE: r"\s",
             op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_NOT_WORD: r"\W", op.CATEGORY_NOT_SPACE: r"\S"}
    return bool(re.match(tests[category], character, re.ASCII))
