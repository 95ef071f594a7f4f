"""What the window shows of a camera's picture and of the recipe that it teaches; frozen, made by the devices' room."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Fact = tuple[str, dict[str, str | int]]          # a key of recipe.toml and its fields


@dataclass(frozen=True, slots=True)
class TaughtCell:
    """A place on a picture: `state` "read", "unread", "empty" or "suspect"; `why` it was not read, "" for no guess."""

    state: str
    corners: tuple[tuple[float, float], ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A camera's picture and what it teaches. `faults`: why it may not be kept; `refused`: the set-up is hopeless;
    `file`: the recipe that it would replace, "" for none. `pixels` as a Frame's, uint8 grey or BGR."""

    camera: str
    pixels: Any
    cells: tuple[TaughtCell, ...]
    facts: tuple[Fact, ...]
    faults: tuple[Fact, ...]
    findings: tuple[Fact, ...]
    refused: bool
    file: str = ""
