"""What was found on one picture: codes with their places, and places whose code could not be read. Values only."""
from __future__ import annotations

import math
from collections.abc import Iterable
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


def side(corners: Corners) -> float:
    """The mean of the four sides, in pixels."""
    return sum(math.dist(corners[i], corners[i - 1]) for i in range(4)) / 4


def same_symbol(one: SeenCode, other: SeenCode) -> bool:
    """The same bytes at the same place are one symbol read twice; at two places they are two symbols."""
    return one.raw == other.raw and math.dist(centre(one.corners), centre(other.corners)) <= \
        0.5 * max(side(one.corners), side(other.corners))


def merged(codes: Iterable[SeenCode], known: Iterable[SeenCode] = ()) -> list[SeenCode]:
    """`known`, and of `codes` one of each symbol that is not among them: the first reading of it."""
    kept = list(known)
    for code in codes:
        if not any(same_symbol(code, other) for other in kept):
            kept.append(code)
    return kept
