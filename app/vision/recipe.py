"""What is known of a picture beforehand: which codes, how many, how large, where. The more, the faster and safer.

Values only. A recipe is learnt from one good picture (`learn`), written by hand, or made of a camera's settings.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Region = tuple[float, float, float, float]       # left, top, width, height as parts of the picture, 0 … 1
WHOLE: Region = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Anything left out is not known; the reader then looks for it."""

    symbologies: tuple[str, ...] = ()            # as decoders.known gives them; () all
    sizes: tuple[tuple[int, int], ...] = ()      # modules (rows, columns) that the codes have; () any
    rows: int = 0                                # of the lattice, seen with the picture upright
    columns: int = 0
    count: int = 0                               # codes in a full picture; rows x columns where that is known
    dark: bool | None = None                     # True: dark modules on light; None: either
    side: float = 0.0                            # of a code, in pixels
    region: Region = WHOLE
    lengths: tuple[int, ...] = ()                # bytes of a code; () any
    gtins: tuple[str, ...] = ()                  # 14 digits each; () any. Only for codes that carry one
    alphabet: str = ""                           # characters that a serial may have; "" any

    @property
    def expected(self) -> int:
        """Codes in a full picture, 0 where not known."""
        return self.count or self.rows * self.columns


DARK = {"dark": True, "light": False, "either": None}


def recipe_of(table: Mapping[str, Any]) -> Recipe:
    """The recipe that a table tells: sizes as "22x22", `polarity` "dark" (modules on light), "light" or "either"."""
    sizes = tuple((int(rows), int(columns)) for rows, _, columns in
                  (each.partition("x") for each in table.get("sizes", ())))
    same = ("rows", "columns", "count", "side", "alphabet")
    return Recipe(tuple(table.get("symbologies", ())), sizes, dark=DARK[table.get("polarity", "either")],
                  region=tuple(table.get("region", WHOLE)), lengths=tuple(table.get("lengths", ())),
                  gtins=tuple(table.get("gtins", ())), **{key: table[key] for key in same if key in table})


def table_of(recipe: Recipe) -> dict[str, Any]:
    """The same as plain values, for writing."""
    polarity = next(word for word, dark in DARK.items() if dark is recipe.dark)
    return {"symbologies": recipe.symbologies, "sizes": tuple(f"{rows}x{columns}" for rows, columns in recipe.sizes),
            "rows": recipe.rows, "columns": recipe.columns, "count": recipe.count, "polarity": polarity,
            "side": recipe.side, "region": recipe.region, "lengths": recipe.lengths, "gtins": recipe.gtins,
            "alphabet": recipe.alphabet}
