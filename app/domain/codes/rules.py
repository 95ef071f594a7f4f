"""The one rule table: what was read becomes an identity, a level and a role, or a refusal with its reason.

Commands and badges first, then the rows in order, then the built-in GS1 rows. The first row that accepts wins; a row
that recognises a code and finds it wrong refuses it there and then, and no later row may guess again. A badge may
also be plain text that no rule knows: on NO_RULE the station asks `people.by_badge` before it shows the refusal.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import commands
from app.domain.codes import gs1
from app.domain.codes.identity import BadgeCode, Code, CommandCode, Meaning, Refusal
from app.domain.codes.quick import PLAIN_LINK, Quick, quick_link
from app.domain.codes.rows import PatternRow, Reading
from app.domain.codes.rule import Rule
from app.domain.codes.text import GS, MAX_BYTES, plain, safe, shown, strange_digits
from app.domain.reasons import Reason

BUILT_IN: tuple[Rule, ...] = (
    Rule("gs1-digital-link", "digital-link"),
    Rule("gs1-element-string", "gs1"),
)
Gtins = Mapping[str, tuple[str, str]]      # 14-digit GTIN → (product id, packaging level)


@dataclass(frozen=True, slots=True)
class Tried:
    """What one row said about a sample. `passed` is why it let the code go by: a word under `common.passed`."""

    rule: str
    meaning: Meaning | None
    passed: str = ""


class RuleTable:
    """Read-only once built; any thread may read. Raises ValueError naming the row that is wrong."""

    def __init__(self, rules: Sequence[Rule], gtins: Gtins) -> None:
        self._gtins = dict(gtins)
        self._rows = tuple(_row(rule, self._gtins) for rule in (*rules, *BUILT_IN))
        # Rows by what their texts begin with, so that the codes of a thousand products cost what those of one do.
        # The longest beginning that a text has leads to the rows of the shorter ones, too; "" is one of them.
        own: dict[str, list[int]] = {"": []}
        for place, row in enumerate(self._rows):
            own.setdefault(row.prefix if isinstance(row, PatternRow) else "", []).append(place)
        self._lengths = sorted({len(begin) for begin in own}, reverse=True)
        self._places = {begin: tuple(sorted(place for length in self._lengths if length <= len(begin)
                                            for place in own.get(begin[:length], ()))) for begin in own}

    def read(self, raw: bytes, aim: str = "") -> Meaning:
        """What the bytes mean. `aim` is the AIM identifier ("]d2"), "" where the device sends none. Never raises."""
        reading = _reading(raw, aim)
        if not isinstance(reading, Reading):
            return reading
        for place in self._candidates(reading.text):
            said = self._rows[place].read(reading)
            if not isinstance(said, str):
                return said
        return _no_rule(reading)

    def quick(self, text: str) -> Quick | None:
        """What `read` would make of a plain link without an AIM identifier, a few times quicker; None: ask `read`."""
        if len(text) > MAX_BYTES or PLAIN_LINK.fullmatch(text) is None:
            return None
        for place in self._candidates(text):
            said = self._rows[place].quick(text)
            if not isinstance(said, str):
                return said
        return None

    def _candidates(self, text: str) -> tuple[int, ...]:
        """The places, in order, of the rows that this text can be for."""
        for length in self._lengths:
            places = self._places.get(text[:length])
            if places is not None:
                return places
        return ()

    def explain(self, raw: bytes, aim: str = "") -> tuple[Tried, ...]:
        """What each row said, in order, up to the one that decided: for trying out a sample (see `text.pasted`)."""
        reading = _reading(raw, aim)
        if not isinstance(reading, Reading):
            return (Tried("", reading),)
        tried: list[Tried] = []
        for row in self._rows:
            said = row.read(reading)
            if not isinstance(said, str):
                return (*tried, Tried(row.rule.name, said))
            tried.append(Tried(row.rule.name, None, said))
        return (*tried, Tried("", _no_rule(reading)))


def _reading(raw: bytes, aim: str) -> Reading | Meaning:
    text = plain(raw, aim)
    if isinstance(text, Refusal):
        return text
    if not aim and len(text) > 3 and text[0] == "]" and text[1].isalpha() and text[2].isalnum() and text.isascii():
        aim, text = text[:3], text[3:]       # a device that leaves the identifier in the text
    if commands.is_command(text):
        return _command(raw, aim, text)
    if strange_digits(text):
        return Refusal(raw, aim, Reason.BAD_SYNTAX, {"code": shown(raw), "problem": "digits"})
    marked = aim in gs1.ELEMENT_AIMS or text[0] == GS
    link = text[:4].lower() == "http" and "://" in text[4:8]
    if link:
        slash = text.find("/", text.index("://") + 3)
        host = text if slash < 0 else text[:slash]
        text = host.lower() + text[len(host):]
    elif GS in text:
        marked = True                        # only GS1 symbologies send it; others were refused as control characters
    return Reading(raw, aim, text, marked and not link, link)


def _command(raw: bytes, aim: str, text: str) -> Meaning:
    command = commands.parsed(text)
    if command is None:
        return Refusal(raw, aim, Reason.UNKNOWN_COMMAND, {"code": shown(raw), "name": safe(text[4:], 64)})
    name, argument = command
    return BadgeCode(argument) if name == "BADGE" else CommandCode(name, argument)


def _no_rule(reading: Reading) -> Refusal:
    return Refusal(reading.raw, reading.aim, Reason.NO_RULE, {"code": shown(reading.raw)})


@dataclass(frozen=True, slots=True)
class _LinkRow:
    """GS1 Digital Link of any host."""

    rule: Rule
    gtins: Gtins

    def read(self, reading: Reading) -> Code | CommandCode | Refusal | str:
        if not reading.link:
            return "link"
        if not _for(self.rule, reading.aim):
            return "symbology"
        elements = gs1.digital_link(reading.text)
        return "digital_link" if elements is None else _coded(self.rule, self.gtins, reading, elements)

    def quick(self, text: str) -> Quick | str | None:
        return quick_link(self.rule, self.gtins, text)


@dataclass(frozen=True, slots=True)
class _Gs1Row:
    """GS1 element strings, marked as such, in brackets, or (`unmarked`) by being whole; and bare GTINs by AIM."""

    rule: Rule
    gtins: Gtins

    def read(self, reading: Reading) -> Code | CommandCode | Refusal | str:
        if reading.link:
            return "not_gs1"
        if not _for(self.rule, reading.aim):
            return "symbology"
        if gs1.is_bracketed(reading.text):
            return _coded(self.rule, self.gtins, reading, gs1.bracketed(reading.text))
        if reading.marked:
            return _coded(self.rule, self.gtins, reading, gs1.element_strings(reading.text))
        if reading.aim in gs1.GTIN_AIMS:
            gtin = gs1.gtin14(reading.text)
            if gtin is None:
                return "not_gs1"
            fault = gtin if isinstance(gtin, gs1.Fault) else gs1.Fault(Reason.NO_SERIAL, {"gtin": gtin})
            return _coded(self.rule, self.gtins, reading, fault)
        if not self.rule.unmarked or reading.text[:2] not in ("00", "01"):
            return "not_marked"
        elements = gs1.element_strings(reading.text)
        if isinstance(elements, gs1.Fault) or isinstance(gs1.one_object(elements), gs1.Fault):
            return "not_whole"
        return _coded(self.rule, self.gtins, reading, elements)

    def quick(self, text: str) -> str:
        return "not_gs1"       # a link, always


def _coded(rule: Rule, gtins: Gtins, reading: Reading,
           elements: gs1.Elements | gs1.Fault) -> Code | CommandCode | Refusal | str:
    if not isinstance(elements, gs1.Fault) and (place := gs1.place(elements)):
        return CommandCode("AT", place)      # a shelf's label says the same as %ST:AT
    found = elements if isinstance(elements, gs1.Fault) else gs1.one_object(elements)
    gtin = str(found.data.get("gtin", "")) if isinstance(found, gs1.Fault) else found.gtin
    product, level = gtins.get(gtin, ("", ""))
    if rule.product and gtin and rule.product != product:
        return "product"
    if isinstance(found, gs1.Fault):
        data = {"code": shown(reading.raw), **found.data}
        return Refusal(reading.raw, reading.aim, found.reason, {**data, "product": product} if product else data)
    if gtin and not product:
        data = {"code": shown(reading.raw), "gtin": gtin}
        return Refusal(reading.raw, reading.aim, Reason.UNKNOWN_PRODUCT, data)
    return Code(reading.raw, reading.aim, found.epc, rule.name, level or rule.level, rule.role, product, gtin,
                found.serial, found.lot, found.expiry)


def _for(rule: Rule, aim: str) -> bool:
    return not rule.symbologies or aim.startswith(rule.symbologies)


Row = _LinkRow | _Gs1Row | PatternRow


def _row(rule: Rule, gtins: Gtins) -> Row:
    if rule.kind in ("url", "digits"):
        return PatternRow.of(rule, gtins)
    if rule.unmarked and rule.kind != "gs1":
        raise ValueError(f"rule {rule.name!r}: unmarked is for rows of the kind gs1 only, this one is {rule.kind!r}")
    if rule.kind == "gs1":
        return _Gs1Row(rule, gtins)
    if rule.kind == "digital-link":
        return _LinkRow(rule, gtins)
    raise ValueError(f"rule {rule.name!r}: kind is {rule.kind!r}, expected gs1, digital-link, url or digits")
