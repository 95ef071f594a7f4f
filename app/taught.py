"""What the window shows of a camera's picture and of the recipe that it teaches; frozen, made by the devices' room.

And the figures of the belt as a person types them: which there are, in which unit, from where to where.
"""
from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.optics import Belt, Fact, SetUp


@dataclass(frozen=True, slots=True)
class TaughtCell:
    """A place on a picture: `state` "read", "unread", "empty" or "suspect"; `why` it was not read, "" for no guess."""

    state: str
    corners: tuple[tuple[float, float], ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A camera's picture and what it teaches. `faults`: why it may not be kept; `set_up`: for the optics check;
    `file`: the recipe that it would replace, "" for none. `pixels` as a Frame's, uint8 grey or BGR."""

    camera: str
    pixels: Any
    cells: tuple[TaughtCell, ...]
    facts: tuple[Fact, ...]
    faults: tuple[Fact, ...]
    set_up: SetUp
    file: str = ""

    @property
    def refused(self) -> bool:
        """Whether the set-up is hopeless."""
        return self.set_up.hopeless


@dataclass(frozen=True, slots=True)
class InUse:
    """The recipe that a camera reads by: what it holds, its file ("" for none yet), and whether it locks codes out."""

    facts: tuple[Fact, ...] = ()
    file: str = ""
    locked: bool = False


class Hopeless(Exception):
    """A recipe of a set-up that will not read every code is kept only where somebody insists; the text is the camera's
    name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of the belt: its name in `Belt` and in the recipe, its unit, the least and the most that it may be.

    Nothing typed is 0: not known."""

    name: str
    unit: str
    least: float
    most: float


BELT = (Asked("module_mm", "mm", 0.05, 10.0), Asked("speed_mm_s", "mm/s", 0.0, 10_000.0),
        Asked("exposure_ms", "ms", 0.001, 1_000.0))
SIGNS = "0123456789."
LONGEST = 8              # characters of one figure


def typed(sign: str) -> str:
    """A typed character as it stands in a figure: full-width digits and commas too; "" for what has no place there."""
    plain = unicodedata.normalize("NFKC", sign).replace(",", ".").replace("\u3002", ".")
    return plain if len(plain) == 1 and plain in SIGNS else ""


def figure(text: str, asked: Asked) -> float | None:
    """The figure that was typed, 0.0 for nothing; None for no number or one that cannot be."""
    if not text:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == 0 == asked.least or asked.least <= value <= asked.most else None


def belt_of(texts: Mapping[str, str]) -> tuple[Belt, tuple[str, ...]]:
    """The belt of the typed texts, and the names of the figures that will not do (as 0 in it)."""
    found = {each.name: figure(texts.get(each.name, ""), each) for each in BELT}
    return (Belt(**{name: value or 0.0 for name, value in found.items()}),
            tuple(name for name, value in found.items() if value is None))
