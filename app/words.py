"""Sentences: resources/i18n/<language>/<table>.toml by dotted keys, "<table>.<key>", with {named} fields.

A part in [[double brackets]] is left out where one of its fields is missing or empty. A missing word never stops
the station: it shows as [key], and as a KeyError where `strict` (the tests). Knows no Qt; says, decides nothing.
"""
from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from string import Formatter
from urllib.parse import unquote

from app.domain.codes.text import safe

LANGUAGES = ("zh_CN", "en")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
# Fields of a verdict's data whose values are words themselves, and the tables that say them, the first that can.
_SPOKEN = {
    "level": ("level",), "status": ("status",), "task": ("task",), "right": ("right",), "argument": ("choice",),
    "reason": ("choice", "queue_stop"), "hold": ("choice",), "state": ("order_state", "state"),
    "unjudged": ("unjudged",), "finding": ("choice",), "decided_as": ("decided_as",),
    "role": ("code_role",), "wanted": ("code_role",), "next": ("queue_step",),
}
# EPCs and places: their last part is enough
_CODES = ("code", "other", "old", "parent", "root", "label", "scanned", "place", "scope")
_ONE_BY_NAME = ("undone", "sampled", "scrapped", "destroyed", "returned")     # their code says it: no count of 1
_BETWEEN = {"zh_CN": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Said:
    """What an operator is told: a short title, what happened and why, and what to do ("" where nothing is)."""

    title: str
    text: str
    todo: str


@cache
def sentences(language: str) -> dict[str, str]:
    """All keys of one language. Raises ValueError naming the file and the key of anything that is no text."""
    found: dict[str, str] = {}
    folder = files("resources") / "i18n" / language
    if not folder.is_dir():
        raise ValueError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            table = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"i18n/{language}/{file.name}: {error}") from error
        _flatten(f"i18n/{language}/{file.name}", file.name.removesuffix(".toml"), table, found)
    return found


def _flatten(file: str, path: str, table: dict[str, object], found: dict[str, str]) -> None:
    for key, value in table.items():
        name = f"{path}.{key}"
        if isinstance(value, dict):
            _flatten(file, name, value, found)
        elif isinstance(value, str):
            found[name] = value
        else:
            raise ValueError(f"{file}: {name}: expected a text, got {type(value).__name__}")


def fields(sentence: str) -> frozenset[str]:
    """The {named} fields of a sentence, those of optional parts included."""
    plain = _OPTIONAL.sub(r"\1", sentence)
    return frozenset(name for _, name, _, _ in Formatter().parse(plain) if name)


class Words:
    """`Words("zh_CN")("reason.wrong_batch.title", lot="L1")`. Cheap to make: the files are read once."""

    def __init__(self, language: str, strict: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` is for times in sentences; None is the machine's own. Raises ValueError for an unknown language."""
        self.language = language
        self._zone = zone
        self._strict = strict
        self._sentences = sentences(language)

    @property
    def languages(self) -> tuple[str, ...]:
        return LANGUAGES

    def has(self, key: str) -> bool:
        return key in self._sentences

    def __call__(self, key: str, /, **data: object) -> str:
        """The sentence of `key`, or of `key`.text; fields that it does not have are ignored."""
        sentence = self._sentences.get(key) or self._sentences.get(f"{key}.text")
        if sentence is None:
            if self._strict and key not in self._sentences:
                raise KeyError(f"{self.language}: {key}")
            return "" if key in self._sentences else f"[{key}]"
        if "{" not in sentence:
            return sentence
        given = {name: value for name, value in data.items() if value is not None}
        full = {name for name, value in given.items() if value not in ("", 0)}
        sentence = _OPTIONAL.sub(lambda part: part[1] if fields(part[1]) <= full else "", sentence)
        missing = fields(sentence) - given.keys()
        if missing and self._strict:
            raise KeyError(f"{self.language}: {key}: field {', '.join(sorted(missing))}")
        return sentence.format_map({**{name: f"[{name}]" for name in missing}, **given})

    def word(self, prefix: str, word: str) -> str:
        """`prefix.word` where there is such a key, else the word itself: levels, states and other free words."""
        return self._sentences.get(f"{prefix}.{word}", word)

    def level(self, level: str) -> str:
        return self.word("common.level", level)

    def reason(self, reason: str, data: dict[str, str | int]) -> Said:
        """All that is said about a Reason; levels, rights, problems … in `data` are words of this language then."""
        told: dict[str, object] = {**data, "level": data.get("level") or "container"}
        told.setdefault("reason", told.get("why", ""))
        told.setdefault("act", told.get("name", "") if self.has(f"common.command.{told.get('name')}") else "")
        if reason in _ONE_BY_NAME and told.get("count") == 1 and told.get("code"):
            del told["count"]
        if reason == "not_judged":
            self._remedied(told)
        for field, tables in _SPOKEN.items():
            if told.get(field):
                told[field] = self._spoken(tables, str(told[field]))
        for field in ("kind", "back"):
            if told.get(field):
                told[field] = self.word("document.kind", str(told[field]))
        for field in _CODES:
            if told.get(field):
                told[field] = short(str(told[field]))
        if "://" in str(told.get("expected", "")):
            told["expected"] = short(str(told["expected"]))
        if told["act"] or reason == "second_person":
            told["act"] = self.word("common.command", str(told["act"]).upper()) or self("common.typed")
        if self.has(f"common.problem.{told.get('problem')}"):
            told["problem"] = self(f"common.problem.{told['problem']}", **told)
        elif self.has(f"device.problem.{told.get('problem')}"):
            told["problem"] = self(f"device.problem.{told['problem']}", **{**told, "name": told.get("printer", "")})
        if told.get("because"):
            told["because"] = self(f"reason.{told['because']}.title", level=told["level"])
        if told.get("at"):
            told["at"] = self.moment(str(told["at"]))
        if reason == "wrong_level":
            told["expected"] = self.level(str(told.get("expected", "")))
        if reason == "command_taken":
            told["name"] = self.word("common.command", str(told.get("name", "")))
        key = f"reason.{reason}"
        return Said(*(_begun(self(f"{key}.{part}", **told)) for part in ("title", "text", "todo")))

    def _remedied(self, told: dict[str, object]) -> None:
        """What to do depends on why it could not be judged."""
        why = told.get("unjudged")
        told["remedy"] = self(f"common.remedy.{why if self.has(f'common.remedy.{why}') else 'no_snapshot'}")

    def _spoken(self, tables: tuple[str, ...], value: str) -> str:
        """A word of the data as the first table that has it says it, or a Reason's title; roles may be several."""
        if tables == ("code_role",) and len(several := value.replace(",", " ").split()) > 1:
            return _BETWEEN[self.language].join(self._spoken(tables, each) for each in several)
        for table in tables:
            if self.has(f"common.{table}.{value}"):
                return self(f"common.{table}.{value}")
        if tables[0] == "choice" and self.has(f"reason.{value}.title"):
            return self(f"reason.{value}.title", level=self.level("container"))
        return value

    def moment(self, iso: str) -> str:
        """An ISO time as minutes of the local clock; anything else as it is."""
        try:
            return datetime.fromisoformat(iso).astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
        except ValueError:
            return iso


def short(epc: str) -> str:
    """The last part of an EPC, for a sentence: its serial, or the SSCC."""
    return safe(unquote(epc.rstrip("/").rsplit("/", 1)[-1]), 64)


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
