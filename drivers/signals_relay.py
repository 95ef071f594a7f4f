"""Relay boards on a CH340 serial line: four bytes a relay (0xA0, number, 0 or 1, sum). Outputs only.

The boards tell nothing back, so a relay that does not click is not found out here; one that is unplugged is.
"""
from __future__ import annotations

from collections.abc import Mapping

from drivers.base import DeviceProblem
from drivers.framing import Framing
from drivers.serial_scanner import SerialScanner
from drivers.signals import Level

START = 0xA0
BAUD = 9600
RELAYS = range(1, 17)


def command(relay: int, on: bool) -> bytes:
    """The four bytes that switch one relay, counted from 1."""
    return bytes((START, relay, int(on), (START + relay + int(on)) & 0xFF))


class RelayPort:
    """`outputs` map names to "1" … "16", with "!" before it where the relay is on for 0. Raises ValueError."""

    def __init__(self, path: str, outputs: Mapping[str, str], baud: int = BAUD) -> None:
        self._outputs: dict[str, tuple[int, bool]] = {}
        for name, text in outputs.items():
            digits = text.removeprefix("!")
            if not (digits.isdecimal() and int(digits) in RELAYS):
                raise ValueError(f"output {name}: expected a relay from 1 to {RELAYS[-1]}, got {text!r}")
            self._outputs[name] = int(digits), text.startswith("!")
        self._line = SerialScanner(path, Framing(), baud)       # the same ports, found and explained the same way

    @property
    def watches(self) -> bool:
        return False

    def open(self) -> None:
        self._line.open()

    def read(self) -> list[Level]:
        """Nothing, but it finds out whether the board is still there, and takes away what some boards echo."""
        self._line.read(0.0)
        return []

    def write(self, outputs: Mapping[str, int]) -> None:
        for name, value in outputs.items():
            relay, inverted = self._outputs[name]
            self._line.write(command(relay, bool(value) is not inverted))

    def close(self) -> None:
        self._line.close()

    def trouble(self) -> DeviceProblem | None:
        return None
