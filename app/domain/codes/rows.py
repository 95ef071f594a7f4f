"""Rows of the rule table that go by a pattern: a brand's own URLs and plain digits.

Everything that can be wrong with a row is found when it is built and told with the row's name; reading never raises.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote

from app.domain.codes import gs1, pattern
from app.domain.codes.checks import SCHEMES
from app.domain.codes.identity import Code, Refusal, sgtin
from app.domain.codes.quick import Quick
from app.domain.codes.rule import Rule
from app.domain.codes.text import shown
from app.domain.reasons import Reason

GROUPS = frozenset({"level", "serial", "check", "product", "gtin", "lot"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_KEPT = ":/?#[]@!$&'()*+,;=%~"      # what a URL may hold as it is; all else is percent-encoded


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading on its way through the rows. `text` has scheme and host of a link in small letters."""

    raw: bytes
    aim: str
    text: str
    marked: bool        # said to be GS1 element strings, by AIM identifier or FNC1
    link: bool          # begins with http:// or https://


@dataclass(frozen=True, slots=True)
class PatternRow:
    rule: Rule
    compiled: re.Pattern[str]
    gtins: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, rule: Rule, gtins: Mapping[str, tuple[str, str]]) -> PatternRow:
        """Raises ValueError with the row's name, what is wrong with it and what was expected."""
        try:
            return cls(rule, _sound(rule), gtins)
        except ValueError as error:
            raise ValueError(f"rule {rule.name!r}: {error}") from None

    @property
    def prefix(self) -> str:
        """What every text that the row can take begins with."""
        return pattern.prefix(self.rule.pattern)

    def read(self, reading: Reading) -> Code | Refusal | str:
        """A Code, a Refusal, or the word for why the row lets the code go by."""
        rule = self.rule
        if rule.kind == "url" and not reading.link:
            return "link"
        if rule.symbologies:
            if not reading.aim.startswith(rule.symbologies):
                return "symbology"
        elif reading.marked:
            return "marked"       # GS1 by its own mark; a row that wants it all the same names the symbology
        found = self.compiled.fullmatch(reading.text)
        if found is None:
            return "pattern"
        groups = {name: value or "" for name, value in found.groupdict().items()}
        level = rule.level
        if "level" in groups:
            level = (rule.levels or {}).get(groups["level"], "") if rule.levels else groups["level"]
            if not level:
                return "level"
        if rule.check:
            wrong = self._wrong_check(reading, groups)
            if wrong is not None:
                return wrong
        return self._coded(reading, groups, level)

    def quick(self, text: str) -> Quick | str | None:
        """`read` of a plain link (quick.PLAIN_LINK): what it is, the word for letting it go by, or None: not sure."""
        rule = self.rule
        if rule.symbologies:
            return None
        found = self.compiled.fullmatch(text)
        if found is None:
            return "pattern"
        named = self.compiled.groupindex
        if rule.kind != "url" or rule.epc or "gtin" in named:
            return None
        level = rule.level
        if "level" in named:
            told = found["level"] or ""
            level = (rule.levels or {}).get(told, "") if rule.levels else told
            if not level:
                return "level"
        if rule.check:
            checked = "".join([found[name] or "" for name in rule.checked])
            if SCHEMES[rule.check](checked.upper()) != (found["check"] or "").upper():
                return None
        return text, level, rule.role, ("product" in named and found["product"]) or rule.product

    def _wrong_check(self, reading: Reading, groups: dict[str, str]) -> Refusal | None:
        checked = "".join(groups[name] for name in self.rule.checked)
        expected, got = SCHEMES[self.rule.check](checked.upper()), groups["check"].upper()
        if expected == got:
            return None
        code = shown(reading.raw)
        if expected is None:
            return Refusal(reading.raw, reading.aim, Reason.BAD_SYNTAX, {"code": code, "problem": "check_characters"})
        data: dict[str, str | int] = {"code": code, "expected": expected, "found": shown(got.encode("utf-8"), 16)}
        return Refusal(reading.raw, reading.aim, Reason.BAD_CHECK_DIGIT, data)

    def _coded(self, reading: Reading, groups: dict[str, str], level: str) -> Code | Refusal:
        rule = self.rule
        gtin, product = "", groups.get("product") or rule.product
        if groups.get("gtin"):
            made = gs1.gtin14(groups["gtin"])
            code = shown(reading.raw)
            if made is None:
                return Refusal(reading.raw, reading.aim, Reason.BAD_SYNTAX, {"code": code, "problem": "gtin"})
            if isinstance(made, gs1.Fault):
                return Refusal(reading.raw, reading.aim, made.reason, {"code": code, **made.data})
            gtin = made
            known = self.gtins.get(gtin)
            if known is None:
                return Refusal(reading.raw, reading.aim, Reason.UNKNOWN_PRODUCT, {"code": code, "gtin": gtin})
            product, level = product or known[0], level or known[1]
        serial = groups.get("serial", "")
        if rule.epc:
            epc = rule.epc.format(**{name: quote(value, safe="") for name, value in {**groups, "gtin": gtin}.items()})
        elif rule.kind == "url":
            epc = reading.text if _URI.fullmatch(reading.text) else quote(reading.text, safe=_KEPT)
        else:
            epc = sgtin(gtin, serial)
        return Code(reading.raw, reading.aim, epc, rule.name, level, rule.role, product, gtin, serial,
                    groups.get("lot", ""))


def _sound(rule: Rule) -> re.Pattern[str]:
    """The row's compiled pattern, once everything the row says has been held against it."""
    made = pattern.compiled(rule.pattern)
    named = frozenset(made.groupindex)
    if named - GROUPS:
        raise ValueError(f"group {_listed(named - GROUPS)}: expected groups of {_listed(GROUPS)}")
    if rule.unmarked:
        raise ValueError(f"unmarked is for rows of the kind gs1 only, this one is {rule.kind!r}")
    if rule.check:
        if rule.check not in SCHEMES:
            raise ValueError(f"check is {rule.check!r}, expected one of {_listed(SCHEMES)}")
        if "check" not in named:
            raise ValueError("check is given, so the pattern needs a group (?P<check>…)")
        if not rule.checked or set(rule.checked) - (named - {"check"}):
            raise ValueError(f"checked is {_listed(rule.checked) or 'empty'}, expected groups of the pattern")
    elif "check" in named:
        raise ValueError(f"the pattern has a group check, so check must be one of {_listed(SCHEMES)}")
    if rule.levels is not None and "level" not in named:
        raise ValueError("levels is given, so the pattern needs a group (?P<level>…)")
    if rule.levels is not None and not all(rule.levels.values()):
        raise ValueError("levels: expected a level for each word, got an empty one")
    _sound_template(rule, named)
    return made


def _sound_template(rule: Rule, named: frozenset[str]) -> None:
    if not rule.epc:
        if rule.kind == "digits" and not {"gtin", "serial"} <= named:
            raise ValueError("epc is empty, so the pattern of a digits row needs the groups gtin and serial")
        return
    try:
        parts = [part for part in Formatter().parse(rule.epc) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"epc {rule.epc!r}: {error}") from None
    used = {name for _, name, _, _ in parts if name is not None}
    if used - named:
        raise ValueError(f"epc uses {{{_listed(used - named)}}}, which is no group of the pattern")
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError(f"epc {rule.epc!r}: expected plain fields such as {{serial}}")
    sample = rule.epc.format(**dict.fromkeys(used, "1"))
    if "serial" not in used:
        raise ValueError("epc must hold {serial}: without it all codes would be one object")
    if _URI.fullmatch(sample) is None:
        raise ValueError(f"epc must give a URI such as https://… or urn:…, got {sample!r}")


def _listed(names: object) -> str:
    return ", ".join(sorted(names)) if names else ""  # type: ignore[call-overload]
