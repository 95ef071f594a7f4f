"""Kinds of tables and their columns (resources/import.toml): which heading is which column, which table of which kind.

Knows headings only, never what stands below them.
"""
from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from app.domain.codes.text import safe
from app.importer.faults import BadFile

_GTIN = re.compile(r"gtin[\s_:：-]*(.+?)\s*|(.+?)[\s_:：-]*gtin", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    type: str
    en: tuple[str, ...]
    zh_CN: tuple[str, ...]
    needed: bool = False
    member: bool = False
    each_level: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    names: tuple[str, ...]
    column: tuple[Column, ...]
    example: tuple[tuple[str, ...], ...]
    group: tuple[str, ...] = ()
    members: str = ""
    free: bool = False                  # a record may have no members: its row leaves their cells empty


@dataclass(frozen=True, slots=True)
class Tables:
    kind: tuple[Kind, ...]
    levels: dict[str, str]
    words: dict[str, dict[str, Any]]
    codes: dict[str, dict[str, str]]    # the same for values of capital letters


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as it stands in a file; `key` may differ from the column's where it is one of several levels."""

    place: int                      # from 0
    text: str
    column: Column
    key: str = field(default="")


@cache
def tables() -> Tables:
    text = (files("resources") / "import.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Tables)


def kinds() -> tuple[str, ...]:
    return tuple(each.name for each in tables().kind)


def plain(text: str) -> str:
    """What counts of a heading or a name: letters and digits, small."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def kind_named(name: str) -> Kind:
    """Raises BadFile for a name that no kind has."""
    for each in tables().kind:
        if plain(name) in (plain(known) for known in each.names):
            return each
    raise BadFile("no_kind", got=safe(name, 60), choices=", ".join(kinds()))


def kind_in(name: str) -> Kind | None:
    """The kind that a file's or a sheet's name tells of: the one with the longest name in it."""
    found = [(len(plain(known)), each) for each in tables().kind for known in each.names if plain(known) in plain(name)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def template(kind: Kind, language: str) -> str:
    """A table with heading and example, as CSV text."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(getattr(column, language)[0] for column in kind.column)
    writer.writerows(kind.example)
    return made.getvalue()


def guess(texts: Sequence[str], named: Kind | None) -> Kind:
    """Of which kind a table with this heading is. Raises BadFile where that cannot be told."""
    fitting = [each for each in tables().kind if _fits(each, texts)]
    if named and (named in fitting or not fitting):
        return named
    if len(fitting) == 1:
        return fitting[0]
    heading = ", ".join(safe(text, 30) for text in texts[:12])
    if fitting:
        raise BadFile("which_kind", got=heading, choices=", ".join(each.name for each in fitting))
    scores = Counter({kind: sum(bool(_column(kind, text)) for text in texts) for kind in tables().kind})
    (best, most), (_, second) = scores.most_common(2)
    if most > max(second, 1, len(texts) // 2):
        return best                       # a heading with a slip in it: headings() names it
    raise BadFile("strange_heading", got=heading, choices=", ".join(kinds()))


def known(texts: Sequence[str]) -> int:
    """How many of these headings the best-fitting kind knows."""
    return max(sum(bool(_column(kind, text)) for text in texts) for kind in tables().kind)


def headings(kind: Kind, texts: Sequence[str]) -> tuple[Heading, ...]:
    """The columns of a table of this kind. Raises BadFile for strange, repeated and missing headings."""
    found = []
    for place, text in enumerate(texts):
        if text:
            match = _column(kind, text)
            if match is None:
                raise BadFile("strange_column", got=safe(text, 60), near=_near(kind, text),
                              choices=", ".join(each.en[0] for each in kind.column))
            found.append(Heading(place, safe(text, 60), *match))
    twice = [key for key, count in Counter(each.key for each in found).items() if count > 1]
    if twice:
        raise BadFile("column_twice", got=", ".join(each.text for each in found if each.key in twice))
    for column in kind.column:
        if column.needed and column.key not in (each.key for each in found):
            raise BadFile("column_missing", column=column.en[0], also=column.zh_CN[0])
    return tuple(found)


def level(text: str) -> str:
    """A level's own word for what people write: 瓶 is "bottle". What is not known stays as it is."""
    return tables().levels.get(text, text)


def _fits(kind: Kind, texts: Sequence[str]) -> bool:
    try:
        return bool(headings(kind, texts))
    except BadFile:
        return False


def _column(kind: Kind, text: str) -> tuple[Column, str] | None:
    """(column, key) of a heading."""
    wanted = plain(text)
    for column in kind.column:
        if wanted in (plain(known) for known in (*column.en, *column.zh_CN)):
            return column, column.key
    for column in kind.column:
        if column.each_level and (match := _GTIN.fullmatch(unicodedata.normalize("NFKC", text))):
            return column, f"gtins.{level((match[1] or match[2]).casefold())}"
    return None


def _near(kind: Kind, text: str) -> str:
    names = [name for column in kind.column for name in (*column.en, *column.zh_CN)]
    return ", ".join(get_close_matches(text.casefold(), names, n=1))
