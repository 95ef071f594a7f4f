"""What was found on one picture: codes with their places, and places whose code could not be read. Values only."""
from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]      # reading order of the symbol: top left, then clockwise as printed


@dataclass(frozen=True, slots=True)
class SeenCode:
    """One symbol. `raw` is what a scanner would send after the AIM identifier: GS as 0x1D, no leading FNC1."""

    raw: bytes
    aim: str                     # "]d2"; "" where the engine cannot tell
    symbology: str               # as zxing-cpp names it: "QRCode", "DataMatrix", "Code128", "ITF14"
    corners: Corners             # pixels of the picture
    size: tuple[int, int] = (0, 0)      # modules (rows, columns) without the quiet zone; (0, 0) where not known
    rung: str = ""               # which try read it: "frame", or a rung of the ladder
    doubtful: bool = False       # counts only when a second frame or engine says the same


class CellState(StrEnum):
    """What is known of one place of the case."""

    READ = "read"
    UNREAD = "unread"            # a code evidently is there
    EMPTY = "empty"              # nothing like a code is there
    SUSPECT = "suspect"          # read, but not to be believed: doubtful, or the same text elsewhere


class Cause(StrEnum):
    """The best guess why a place could not be read."""

    NONE = ""
    NO_CODE = "no_code"
    BLUR = "blur"
    GLARE = "glare"
    CONTRAST = "contrast"
    DAMAGE = "damage"
    CUT_OFF = "cut_off"
    FOREIGN = "foreign"          # a code is there and was read; the recipe excludes it


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the case on one picture."""

    state: CellState
    corners: Corners
    code: SeenCode | None = None             # of an unread place the one that the recipe excludes
    node: tuple[int, int] | None = None      # (row, column) of the lattice, from the top left; None without one
    px_module: float = 0.0                   # 0 where not known
    sharpness: float = 0.0                   # width of an edge over a module, 0 (none seen) … 1 (sharp)
    cause: Cause = Cause.NONE


@dataclass(frozen=True, slots=True)
class FrameReading:
    """All codes of one picture. `unread`: corners of places where a code evidently is but was not read."""

    codes: tuple[SeenCode, ...]
    unread: tuple[Corners, ...] = ()
    width: int = 0
    height: int = 0
    ms: float = 0.0              # time it took
    cells: tuple[Cell, ...] = ()             # every place that was looked at, row by row; read ones too


def centre(corners: Corners) -> Point:
    (a, b), (c, d), (e, f), (g, h) = corners
    return (a + c + e + g) / 4, (b + d + f + h) / 4


def side(corners: Corners) -> float:
    """The mean of the four sides, in pixels."""
    a, b, c, d = corners
    return (math.dist(a, b) + math.dist(b, c) + math.dist(c, d) + math.dist(d, a)) / 4


def same_symbol(one: SeenCode, other: SeenCode) -> bool:
    """The same bytes at the same place are one symbol read twice; at two places they are two symbols."""
    return one.raw == other.raw and math.dist(centre(one.corners), centre(other.corners)) <= \
        0.5 * max(side(one.corners), side(other.corners))


def merged(codes: Iterable[SeenCode], known: Iterable[SeenCode] = ()) -> list[SeenCode]:
    """`known`, and of `codes` one of each symbol that is not among them: the first reading of it."""
    kept = list(known)
    alike: dict[bytes, list[SeenCode]] = {}
    for code in kept:
        alike.setdefault(code.raw, []).append(code)
    for code in codes:
        same = alike.setdefault(code.raw, [])
        if not any(same_symbol(code, other) for other in same):
            same.append(code)
            kept.append(code)
    return kept
