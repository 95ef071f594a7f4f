"""What was drawn: pixels and, for each code, its text and place. Values only."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Corners = tuple[tuple[float, float], ...]     # top left, top right, bottom right, bottom left of the symbol as printed


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place. `raw` is what a scanner sends; None for a place that holds nothing."""

    raw: bytes | None
    symbology: str
    corners: Corners                          # pixels (centres at whole numbers), without the quiet zone
    px_module: float                          # there, in this picture
    node: tuple[int, int] | None = None       # (row, column)


@dataclass(frozen=True, slots=True)
class Scene:
    pixels: np.ndarray                        # grey uint8 (H, W)
    drawn: tuple[Drawn, ...]

    @property
    def raws(self) -> frozenset[bytes]:
        return frozenset(each.raw for each in self.drawn if each.raw is not None)
