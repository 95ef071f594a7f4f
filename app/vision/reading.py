"""What was found on one picture: codes with their places, and places whose code could not be read. Values only."""
from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]      # reading order of the symbol: top left, then clockwise as printed


@dataclass(frozen=True, slots=True)
class SeenCode:
    """One symbol. `raw` is what a scanner would send after the AIM identifier: GS as 0x1D, no leading FNC1."""

    raw: bytes
    aim: str                     # "]d2"; "" where the engine cannot tell
    symbology: str               # as zxing-cpp names it: "QRCode", "DataMatrix", "Code128", "ITF14"
    corners: Corners             # pixels of the picture


@dataclass(frozen=True, slots=True)
class FrameReading:
    """All codes of one picture. `unread`: corners of places where a code evidently is but was not read."""

    codes: tuple[SeenCode, ...]
    unread: tuple[Corners, ...] = ()
    width: int = 0
    height: int = 0
    ms: float = 0.0              # time it took


def centre(corners: Corners) -> Point:
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
