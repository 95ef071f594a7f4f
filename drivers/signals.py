"""Signals of a line by name: levels in, levels out, behind one small port. What a name means is not known here.

A port has no thread, no edge, no pulse and no time-out: the caller has all four. Drivers: `signals_modbus`,
`signals_relay`, `signals_bench`. `DeviceGone` and `DeviceRefused` mean what they mean for every driver.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drivers.base import DeviceProblem

READ_BITS, WRITE_BITS = ("coil", "input"), "coil"
READ_WORDS, WRITE_WORDS = ("holding", "register"), "holding"
_ADDRESS = re.compile(r"(!?)(coil|input|holding|register):(\d{1,5})(?:\.(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Level:
    """An input that is not what it was. `fresh`: the first look after opening, so that nobody takes it for an edge."""

    name: str
    value: int                   # 0 or 1, or 0 to 65535 of a register
    mono: float                  # when it was asked for
    fresh: bool = False


class SignalPort(Protocol):
    """`read` looks once at all inputs and gives what changed; `write` sets outputs by name, in the order given.

    `watches` says whether there are inputs to look at again and again. All but `watches` raise DeviceGone,
    DeviceRefused; a name that the port does not have raises KeyError.
    """

    @property
    def watches(self) -> bool: ...
    def open(self) -> None: ...
    def read(self) -> list[Level]: ...
    def write(self, outputs: Mapping[str, int]) -> None: ...
    def close(self) -> None: ...
    def trouble(self) -> DeviceProblem | None: ...


@dataclass(frozen=True, slots=True)
class Address:
    """One bit or word of a PLC. `at` counts from 0, as on the wire. `bit` is a word's bit, -1 the whole word."""

    table: str                   # coil, input (discrete), holding, register (input register)
    at: int
    bit: int = -1
    inverted: bool = False

    @property
    def is_word(self) -> bool:
        return self.table in READ_WORDS

    def value(self, raw: int) -> int:
        """What the address says where its bit or word is `raw`."""
        level = raw if self.bit < 0 else raw >> self.bit & 1
        return int(not level) if self.inverted else int(level)


def address(text: str) -> Address:
    """ "coil:0", "!input:3" (inverted), "holding:10", "register:7.3" (its bit 3). Raises ValueError."""
    found = _ADDRESS.fullmatch(text)
    word = found is not None and found[2] in READ_WORDS
    if found is None or int(found[3]) > 65_535 or (found[4] and (not word or int(found[4]) > 15)):
        raise ValueError(f"expected an address such as coil:0, input:3, holding:10, register:7.3 or !input:3, "
                         f"got {text!r}")
    if found[1] and word and not found[4]:
        raise ValueError(f"a whole register cannot be inverted: {text!r}")
    return Address(found[2], int(found[3]), int(found[4]) if found[4] else -1, bool(found[1]))
