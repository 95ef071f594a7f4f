"""What is known of a picture beforehand: which codes, how many, how large, where. The more, the faster and safer.

Values only. A recipe is learnt from one good picture (`learn`), written by hand, or made of a camera's settings.
"""
from __future__ import annotations

from dataclasses import dataclass

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
