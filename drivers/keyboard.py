"""Keyboard-wedge scanners: timestamped key presses in, codes and a person's own keys out. Pure; knows no window.

A scanner types at least four characters with a median gap of 30 ms or less and then Enter or Tab. Keys that could be
such a burst are held back until it is known, at most 100 ms; so no text field ever gets a piece of a scan, and a person
loses no key. Bytes that are no US-ASCII text stay in the reading, for the station to refuse.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median

from drivers.base import Reading
from drivers.framing import GS, MAX_CODE_BYTES, Framing, readings_of

MIN_CHARACTERS = 4
MEDIAN_GAP_S = 0.030
RESET_S = 0.100
CUT_CHARACTERS = 8            # so many at a scanner's speed and no Enter: a cut scan, not a hand on the keys
MAX_KEYS = 50_000
ENDINGS = ("enter", "tab")
_SILENT = ("shift", "ctrl", "alt", "altgr", "meta", "capslock", "numlock")
_ALT_DIGITS = re.compile(r"alt\+(\d{3,4})")


@dataclass(frozen=True, slots=True)
class Key:
    """One key press. `key` is "enter", "tab", "up", "f3", "backspace" …, or "" where `text` says all.

    `text` is what the press types under the active layout ("\\x1d" or "]" with `ctrl` for Ctrl+]). Key repeats of a
    key that is held down, and releases, are not given.
    """

    key: str = ""
    text: str = ""
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """What is known now: codes scanned, and keys that a person pressed, oldest first, for the field in focus."""

    readings: tuple[Reading, ...] = ()
    typed: tuple[Key, ...] = ()


@dataclass(slots=True)
class _Burst:
    """Keys that may be a scan: the presses as they came, the bytes they mean, the gaps between them."""

    keys: list[Key] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    gaps_s: list[float] = field(default_factory=list)
    last_s: float = 0.0
    alt: str = ""                 # digits typed while Alt is down: one character by its number

    @property
    def quick(self) -> bool:
        return bool(self.gaps_s) and median(self.gaps_s) <= MEDIAN_GAP_S + 1e-6


class KeyboardDecoder:
    """Give it every key press first (`press`), and call `flush` when `due_s` has passed.

    `framing` counts prefix, no-read word, separator and group separator. The group separator may also be the name of a
    key ("down", "f8", "ctrl+]", "alt+029"); Ctrl+] and Alt+029 are understood always.
    """

    def __init__(self, framing: Framing | None = None, endings: tuple[str, ...] = ENDINGS) -> None:
        framing = framing or Framing()
        name = framing.group_separator.decode("utf-8", "replace").strip().lower()
        self._gs_key = name if _is_key_name(name) else ""
        if self._gs_key:
            framing = Framing(framing.prefix, separator=framing.separator, no_read=framing.no_read)
        self._framing = framing
        self._endings = endings
        self._burst = _Burst()

    @property
    def due_s(self) -> float | None:
        """When `flush` has something to do, on the clock of `press`; None where no key is held back."""
        return self._burst.last_s + RESET_S if self._burst.keys else None

    def press(self, key: Key, t_s: float) -> Decoded:
        """`t_s`: when the key went down, in seconds of any steady clock (the event's own time, not "now")."""
        before = self.flush(t_s)
        if key.key in _SILENT and not key.text:
            if key.key == "alt":
                self._settle_alt()               # the next character by number begins
            return Decoded(before.readings, (*before.typed, key))
        if key.key in self._endings and not key.ctrl and not key.alt:
            after = self._end(key, t_s)
        elif self._may_be_scanned(key):
            after = self._hold(key, t_s)
        else:                                    # an arrow, F3, Ctrl+C: a person's, at once
            after = Decoded((), (*self._release(), key))
        return Decoded(before.readings + after.readings, before.typed + after.typed)

    def flush(self, t_s: float) -> Decoded:
        """What silence until `t_s` tells: held keys were a person's, or a scan that lost its end."""
        burst = self._burst
        if self.due_s is None or t_s < self.due_s:
            return Decoded()
        self._settle_alt()
        if len(burst.data) >= CUT_CHARACTERS and burst.quick:
            raw = bytes(burst.data[: MAX_CODE_BYTES + 1])
            self._burst = _Burst()
            return Decoded((Reading(raw, no_read=True),))
        return Decoded((), self._release())

    def _end(self, ending: Key, t_s: float) -> Decoded:
        """Enter or Tab: of a scan, or of a person."""
        burst = self._burst
        self._settle_alt()
        if burst.keys:
            burst.gaps_s.append(t_s - burst.last_s)
        if len(burst.data) < MIN_CHARACTERS or not burst.quick:
            return Decoded((), (*self._release(), ending))
        self._burst = _Burst()
        body = bytes(burst.data).removeprefix(self._framing.prefix)
        return Decoded(tuple(readings_of(body, self._framing)))

    def _hold(self, key: Key, t_s: float) -> Decoded:
        burst = self._burst
        if burst.keys:
            burst.gaps_s.append(t_s - burst.last_s)
        burst.last_s = t_s
        burst.keys.append(key)
        if len(burst.keys) > MAX_KEYS:           # a broken device that types for ever
            self._burst = _Burst()
            return Decoded((Reading(bytes(burst.data[: MAX_CODE_BYTES + 1]), no_read=True),))
        if key.alt and key.text.isascii() and key.text.isdigit():
            burst.alt += key.text
            return Decoded()
        if burst.alt and key.text.encode("utf-8", "replace") == _by_number(burst.alt):
            burst.alt = ""                       # the system made the character itself
        self._settle_alt()
        burst.data += self._bytes(key)
        return Decoded()

    def _settle_alt(self) -> None:
        """Alt and digits came to their end: the character with that number."""
        if self._burst.alt:
            self._burst.data += _by_number(self._burst.alt)
            self._burst.alt = ""

    def _release(self) -> tuple[Key, ...]:
        keys = tuple(self._burst.keys)
        self._burst = _Burst()
        return keys

    def _may_be_scanned(self, key: Key) -> bool:
        if key.alt:
            return key.text.isdigit() or self._is_gs(key)
        if self._is_gs(key):
            # A key that a person uses too counts only inside a burst; Ctrl+] may begin one.
            return bool(self._burst.keys) or not key.key
        if key.ctrl:
            return bool(self._burst.keys) and bool(_control(key.text))
        return bool(key.text) and (key.key in ("", "space") or bool(self._burst.keys and _control(key.text)))

    def _is_gs(self, key: Key) -> bool:
        name = ("ctrl+" if key.ctrl else "") + ("alt+" if key.alt else "") + (key.key or key.text.lower())
        return key.text == "\x1d" or (key.ctrl and key.text == "]") or (bool(self._gs_key) and name == self._gs_key)

    def _bytes(self, key: Key) -> bytes:
        if self._is_gs(key):
            return GS
        text = _control(key.text) if key.ctrl else key.text
        return text.encode("utf-8", "surrogatepass")


def _control(text: str) -> str:
    """The control character that Ctrl and this key type; "" where there is none."""
    if len(text) != 1:
        return ""
    if ord(text) < 0x20:
        return text
    return chr(ord(text.upper()) & 0x1F) if text.upper() in "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_" else ""


def _by_number(digits: str) -> bytes:
    """Alt+029 is GS. Numbers over 127 depend on the code page: as a byte that is no text, so that it is refused."""
    return bytes((int(digits[:6]) & 0xFF,))


def _is_key_name(name: str) -> bool:
    if _ALT_DIGITS.fullmatch(name):
        return True
    return bool(re.fullmatch(r"f\d{1,2}|up|down|left|right|home|end|insert|delete|pageup|pagedown|ctrl\+.", name))
