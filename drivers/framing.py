"""Bytes to readings: where a code ends, what stands before it, what means "nothing read". Pure; the caller has a clock.

Without a configured suffix a code ends with CR, LF or CRLF (the one in use is learnt), with ETX where it began with
STX, or with silence. Once the ending is known, silence in the middle is no ending: the piece becomes a no-read, for
half a code may look like another code. Nothing is dropped in silence; a code over the cap comes one byte too long.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drivers.base import Reading

MAX_CODE_BYTES = 16_384            # kept whole up to here: four times what the station takes for a code
MAX_TELEGRAM_BYTES = 262_144      # several codes in one frame of a fixed reader
CUT_AFTER_S = 1.0                 # a frame that began and does not end
LEARN_AFTER = 3                   # frames in a row with the same ending
STX, ETX, GS = b"\x02", b"\x03", b"\x1d"
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_BREAK = re.compile(rb"[\r\n]")
_BREAKS = b"\r\n"
_ENDINGS = (b"\r", b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class Framing:
    """How one device frames its codes; the settings' words as bytes."""

    prefix: bytes = b""
    suffix: bytes = b""               # b"" learns
    idle_flush_s: float = 0.1         # silence that ends a code while no ending is known; 0: never
    separator: bytes = b""            # between the codes of one frame
    no_read: bytes = b""              # what stands for "saw nothing"
    group_separator: bytes = b""      # what stands for GS where the device cannot send it


def readings_of(body: bytes, framing: Framing) -> list[Reading]:
    """The codes of one frame whose prefix and suffix are off."""
    parts = body.split(framing.separator) if framing.separator else [body]
    codes = [_reading(part, framing) for part in parts if part]
    return [replace(each, more=True) for each in codes[:-1]] + codes[-1:]


def _reading(part: bytes, framing: Framing) -> Reading:
    if framing.no_read and part == framing.no_read:
        return Reading(part, no_read=True)
    aim = ""
    if _AIM.match(part):
        aim, part = part[:3].decode("ascii"), part[3:]
    if len(part) > MAX_CODE_BYTES:
        return Reading(part[: MAX_CODE_BYTES + 1], aim)    # no GS put in: that could shorten it below the limit
    if framing.group_separator:
        part = part.replace(framing.group_separator, GS)
    return Reading(part, aim)


class Splitter:
    """Feed it bytes as they come; call `idle` when `due_s` has passed; call `end` when the line is gone."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._buffer = bytearray()
        self._last_s = 0.0               # when the last byte came
        self._learnt = b""
        self._same = (b"", 0)            # the last ending and how often it came in a row
        self._run: bytes | None = None   # CR and LF seen since the last code, while they still may grow
        self._skipping: bytes | None = None    # inside the rest of a frame over the cap: what will end it
        single = MAX_CODE_BYTES + 3 + len(framing.prefix)
        self._cap = MAX_TELEGRAM_BYTES if framing.separator else single

    @property
    def due_s(self) -> float | None:
        """The time at which `idle` has something to do, on the clock of `feed`; None where nothing waits."""
        flush_s = self._framing.idle_flush_s
        if not self._buffer and self._skipping is None:
            return None
        if self._learnt and self._buffer[-1:] in _ENDINGS:
            return self._last_s + flush_s
        if self._known or (self._skipping is not None and not flush_s):
            return self._last_s + CUT_AFTER_S
        return self._last_s + flush_s if flush_s else None

    @property
    def _known(self) -> bytes:
        return self._framing.suffix or self._learnt

    def feed(self, data: bytes, t_s: float) -> list[Reading]:
        """Bytes that came at `t_s` (seconds of any steady clock)."""
        self._buffer += data
        self._last_s = t_s
        readings: list[Reading] = []
        while (frame := self._next()) is not None:
            readings += frame
        return readings

    def idle(self, t_s: float) -> list[Reading]:
        """What silence until `t_s` ends. Call it only after a look at the line that found nothing."""
        due = self.due_s
        if due is None or t_s < due:
            return []
        rest, skipping, known, learnt = bytes(self._buffer), self._skipping, self._known, self._learnt
        self._buffer.clear()
        self._skipping, self._learnt, self._same, self._run = None, b"", (b"", 0), None
        if skipping is not None:
            return []                     # its beginning was given already
        if not known:
            return self._read(rest)
        if learnt and rest[-1:] in _ENDINGS:   # the device was set to another ending
            return [reading for part in _BREAK.split(rest) for reading in self._read(part)]
        return self._cut(rest)

    def end(self, orderly: bool) -> list[Reading]:
        """The line is gone. What had come of a code is one only if the other side ended the line in order."""
        rest, skipping, known = bytes(self._buffer), self._skipping, self._known
        self._buffer.clear()
        self._skipping = None
        if skipping is not None:
            return []
        return self._read(rest) if orderly and not known and rest[:1] != STX else self._cut(rest)

    # --- finding the end ----------------------------------------------------------------------------------------
    def _next(self) -> list[Reading] | None:
        """What the next whole frame says; None where more bytes are wanted."""
        buffer = self._buffer
        begun = False
        if self._skipping is not None:
            suffix = self._skipping
        else:
            self._skip_breaks()
            begun = buffer[:1] == STX and not (self._framing.prefix or self._framing.suffix)
            suffix = ETX if begun else self._known
        if suffix:
            at, length = buffer.find(suffix), len(suffix)
        else:
            found = _BREAK.search(buffer)
            at, length = (found.start() if found else -1), 0     # the break stays, to be learnt from
        if at < 0:
            return self._overflow(suffix)
        frame = bytes(buffer[:at])
        del buffer[: at + length]
        if not length:
            self._run = b""
        if self._skipping is not None:
            self._skipping = None
            return []
        return self._read(frame[1:] if begun else frame)

    def _overflow(self, suffix: bytes) -> list[Reading] | None:
        """A frame over the cap is given at once, one byte too long; its rest is skipped up to the ending."""
        buffer = self._buffer
        if self._skipping is not None:
            del buffer[: max(0, len(buffer) - max(0, len(suffix) - 1))]
            return None
        if len(buffer) <= self._cap + len(suffix):
            return None
        frame = bytes(buffer)
        buffer[:] = frame[len(frame) - max(0, len(suffix) - 1):]    # the ending may have begun
        self._skipping = suffix
        if self._framing.separator:
            return self._cut(frame)       # which of its codes is the broken one cannot be told
        return [_reading(frame.removeprefix(self._framing.prefix), self._framing)]

    def _skip_breaks(self) -> None:
        """CR and LF before a code belong to the ending of the one before; while none is known they are counted."""
        code = self._buffer.lstrip(_BREAKS)
        breaks = bytes(self._buffer[: len(self._buffer) - len(code)])
        self._buffer[:] = code
        if self._run is None:
            return
        self._run = (self._run + breaks)[:3]
        if code:
            known, times = self._same
            self._same = (self._run, times + 1 if self._run == known else 1)
            if self._same[1] >= LEARN_AFTER and self._run in _ENDINGS and self._framing.idle_flush_s:
                self._learnt = self._run
            self._run = None

    # --- what a frame says --------------------------------------------------------------------------------------
    def _read(self, frame: bytes) -> list[Reading]:
        prefix = self._framing.prefix
        body = frame.removeprefix(prefix)
        if prefix and prefix[0] < 0x20 and prefix in body:
            # A second beginning inside a frame: the line lost the end of the first, or made noise before it.
            lost, _, body = body.rpartition(prefix)
            return self._cut(lost) + readings_of(body, self._framing)
        return readings_of(body, self._framing)

    @staticmethod
    def _cut(piece: bytes) -> list[Reading]:
        """A piece of a code: counted as a no-read, never taken for a code; line noise alone is nothing."""
        return [Reading(piece[: MAX_CODE_BYTES + 1], no_read=True)] if piece.strip(b"\0\r\n") else []
