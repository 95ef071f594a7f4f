"""Bytes to text, at the edge: what may be a code at all, and how any bytes are shown without harm.

Nothing that a code holds may move the cursor, turn the writing round or hide: such characters are shown as escapes.
"""
from __future__ import annotations

import re
import unicodedata
from itertools import chain

from app.domain.codes.identity import Refusal
from app.domain.reasons import Reason

MAX_BYTES = 4096
GS = "\x1d"
_ASCII_CONTROL = re.compile(rb"[\x00-\x1c\x1e\x1f\x7f]")
# Control, format, surrogate, private, unassigned; line and paragraph separators; marks that stack on their neighbour.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")      # how a spreadsheet's formula begins
_PASTED = re.compile(
    r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|(<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\[FNC1\]|\^\]|␝)"
)


def plain(raw: bytes, aim: str) -> str | Refusal:
    """The text of a reading, strict UTF-8 without anything unseen but GS; or why it is no text."""
    if not raw:
        return Refusal(raw, aim, Reason.EMPTY)
    if len(raw) > MAX_BYTES:
        return Refusal(raw, aim, Reason.TOO_LONG, {"code": shown(raw, 64), "length": len(raw), "limit": MAX_BYTES})
    if raw.isascii():
        found = _ASCII_CONTROL.search(raw)
        return _unseen(raw, aim, chr(raw[found.start()]), found.start()) if found else raw.decode("ascii")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return Refusal(raw, aim, Reason.NOT_TEXT, {"code": shown(raw)})
    for at, character in enumerate(text):
        if character != GS and (unicodedata.category(character) in _UNSEEN or character in _BLANK_LETTERS):
            return _unseen(raw, aim, character, at)
    return text


def _unseen(raw: bytes, aim: str, character: str, at: int) -> Refusal:
    data: dict[str, str | int] = {"code": shown(raw), "character": f"U+{ord(character):04X}", "position": at + 1}
    return Refusal(raw, aim, Reason.CONTROL_CHARACTERS, data)


def strange_digits(text: str) -> bool:
    """True where a digit is no ASCII digit, such as full-width ２３: it looks right and is another code."""
    return not text.isascii() and any(each.isdigit() and not each.isascii() for each in text)


def shown(raw: bytes, limit: int = 256) -> str:
    """Any bytes as one safe line of at most `limit` characters (not fewer than 16), the middle elided.

    Tries strict UTF-8, then GB18030, which is for reading by people only; else each byte by itself.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            text = raw.decode("ascii", "backslashreplace")
    return safe(text, limit)


def safe(text: str, limit: int = 256) -> str:
    """`shown` for what is text already, such as a server's answer."""
    limit = max(limit, 16)
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    ends = (text,) if len(text) <= 2 * limit else (text[:limit], text[-limit:])   # a megabyte is not walked through
    pieces = [_escaped(each) for each in chain.from_iterable(ends)]
    if len(ends) == 1 and sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    head = _taken(pieces, limit - limit // 3 - 1)
    tail = _taken(pieces[::-1], limit // 3)[::-1]
    return "".join(chain(head, "…", tail))


def _taken(pieces: list[str], room: int) -> list[str]:
    taken = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken


def _escaped(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    category = unicodedata.category(character)
    if category not in _UNSEEN and category != "Zs" and character not in _BLANK_LETTERS:
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def pasted(text: str) -> bytes:
    r"""A sample typed or pasted by a person as the bytes a device would send: \x1d, <GS>, {GS}, ^], ␝ become GS."""
    def raw(found: re.Match[str]) -> str:
        number = found[1] or found[2]
        return chr(int(number, 16)) if number else GS

    return _PASTED.sub(raw, text.strip(" \t\r\n")).encode("utf-8", "surrogatepass")


def no_formula(text: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
