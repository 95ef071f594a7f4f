"""What readers say, as messages or as answers to triggers. One telegram is one answer, however many codes are in it."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from app.devices.device import Take
from app.devices.triggers import NOWHERE, Answer
from app.messages import Frame, Message, Scan, Seen
from drivers.base import Picture, Reading
from drivers.framing import Framing, readings_of

Results = Sequence[Reading] | Sequence[Picture]


def codes_of(source: str) -> Take:
    """A reader's codes as messages; a no-read becomes a frame with one unread place, so that it is counted."""

    def take(readings: Results, at: datetime, mono: float) -> list[Message]:
        return [
            Frame(source, (), at, mono, unread=(NOWHERE,)) if each.no_read
            else Scan(source, each.raw, each.aim, at, mono)
            for each in readings if isinstance(each, Reading)
        ]

    return take


def answers_of(reader: str, put: Callable[[Answer], None], echo: str, framing: Framing) -> Take:
    """A reader's telegrams as answers, given to `put`. `echo` finds the trigger that a telegram names; "" for none."""
    pattern = re.compile(echo.encode(), re.DOTALL) if echo else None
    telegram: list[Reading] = []

    def take(readings: Results, at: datetime, mono: float) -> list[Message]:
        for each in readings:
            if isinstance(each, Reading):
                telegram.append(each)
                if not each.more:
                    put(_answer(reader, telegram, at, mono, pattern, framing))
                    telegram.clear()
        return []

    return take


def _answer(reader: str, telegram: list[Reading], at: datetime, mono: float, pattern: re.Pattern[bytes] | None,
            framing: Framing) -> Answer:
    found = pattern.fullmatch(telegram[0].raw) if pattern else None
    digits = found["trigger"] if found else b""
    codes = telegram
    if found and digits.isdigit():
        codes = [*readings_of(found["code"], framing), *telegram[1:]]
    seen = tuple(Seen(each.raw, each.aim) for each in codes if not each.no_read)
    unread = sum(each.no_read for each in codes)
    if not seen and not unread:                      # a number and nothing after it
        unread = 1
    counted = digits.isdigit()
    return Answer(reader, seen, at, mono, (NOWHERE,) * unread, trigger=int(digits) if counted else 0,
                  among=10 ** len(digits) if counted else 0)
