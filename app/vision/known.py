"""What is known of a picture's codes before its search and during it: values, and what they tell of each other."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.vision import decoders
from app.vision.reading import SeenCode, centre, side
from app.vision.tries import Spot


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier pictures of the same layer told, in pixels of this one."""

    codes: Sequence[SeenCode] = ()
    doubts: Sequence[SeenCode] = ()
    spots: Sequence[Spot] = ()
    unsure: Sequence[SeenCode] = ()      # may be others by now: they count only where they are read again
    witness: bool = False                # its pixels are others: the same try reading the same there is a second word


def commonest(codes: Sequence[SeenCode]) -> list[SeenCode]:
    """The matrix codes of the symbology that most of them have: those on the children, not the one on the label."""
    matrix = [code for code in codes if code.symbology in decoders.MATRIX]
    most = Counter(code.symbology for code in matrix).most_common(1)
    return [code for code in matrix if code.symbology == most[0][0]] if most else []


def lying(codes: Sequence[SeenCode]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and side of each code: many places are held against many codes."""
    rows = np.array([(*centre(code.corners), side(code.corners)) for code in codes]).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]
