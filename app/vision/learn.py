"""A recipe from one good picture: what its codes are, how many, how large, where. Pure: a picture in, a lesson out.

Only a picture on which every place was read teaches; what is wrong with any other is told, not guessed over.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.vision import accept, optics
from app.vision.reader import Reader, grey_of
from app.vision.reading import Cell, CellState, FrameReading, SeenCode, centre, side
from app.vision.recipe import WHOLE, Recipe, Region
from app.vision.search import commonest
from app.vision.tries import polarity

PATIENCE_S = 4.0         # for one look: nobody waits for the next case here
LOOKS = 3                # at the same picture, each knowing what the one before has told
ROOM = 1.5               # sides of a code that the region goes beyond the codes
NEARLY_WHOLE = 0.85      # of the picture's area, above which the whole is looked at


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one picture taught. `faults` are () where the recipe may be used, else words of these:

    "nothing" no code was read; "unread" places were not read; "empty" places of the lattice hold nothing, and nobody
    said how many codes there are; "fewer", "more" than were said to be there; "suspect" a text stands in two places,
    or a code was read doubtfully.
    """

    recipe: Recipe
    reading: FrameReading
    px_module: float         # 0 where not known
    blur: float              # sigma in modules; 0 where not known
    faults: tuple[str, ...]
    asked: int = 0           # codes that were said to be there

    @property
    def unread(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.reading.cells if cell.state is CellState.UNREAD)


def learn(pixels: np.ndarray, asked: Recipe | None = None, *, lock: bool = False, engine: str = "zxing",
          whole: bool = False) -> Lesson:
    """Reads the picture patiently and says what it holds. `asked` is what is known already and is kept.

    `lock` also keeps the lengths and products of these codes: others are then never taken. `whole` looks at the whole
    picture, else only round the codes. `pixels` as for Reader.read; raises what that does.
    """
    asked = asked or Recipe()
    grey = grey_of(pixels)
    reader = Reader(asked, engine, PATIENCE_S)
    reading = reader.read(grey)
    for _ in range(LOOKS - 1):
        again = reader.read(grey)
        reading = again if len(again.codes) >= len(reading.codes) else reading
    like = commonest(reading.codes) or list(reading.codes)
    known, blur = optics.measured(grey, like)
    return Lesson(_recipe(asked, grey, reading, like, lock=lock, whole=whole), reading, known, blur,
                  tuple(_faults(reading, asked.expected)), asked.expected)


def _faults(reading: FrameReading, expected: int) -> list[str]:
    states = {cell.state for cell in reading.cells}
    found = []
    if not reading.codes:
        found.append("nothing")
    elif CellState.UNREAD in states:
        found.append("unread")
    elif expected and len(reading.codes) < expected:
        found.append("fewer")
    elif not expected and CellState.EMPTY in states:
        found.append("empty")
    if expected and len(reading.codes) > expected:
        found.append("more")
    if CellState.SUSPECT in states:
        found.append("suspect")
    return found


def _recipe(asked: Recipe, grey: np.ndarray, reading: FrameReading, like: Sequence[SeenCode], *, lock: bool,
            whole: bool) -> Recipe:
    codes = reading.codes
    if not codes:
        return asked
    rows, columns = _shape(reading)
    full = rows * columns == sum(cell.node is not None for cell in reading.cells)        # a label may lie beside it
    kinds = tuple(name for name, _ in Counter(code.symbology for code in codes).most_common())
    sizes = tuple(size for size, _ in Counter(code.size for code in codes if min(code.size) > 0).most_common())
    learnt = replace(
        asked, symbologies=asked.symbologies or kinds, sizes=asked.sizes or sizes,
        rows=asked.rows or (rows if full else 0), columns=asked.columns or (columns if full else 0),
        count=asked.count or len(codes), dark=asked.dark if asked.dark is not None else polarity(grey, like),
        side=round(float(np.median([side(code.corners) for code in like])), 1),
        region=asked.region if asked.region != WHOLE else WHOLE if whole else _region(reading))
    if lock:
        learnt = replace(learnt, lengths=tuple(sorted({len(code.raw) for code in codes})),
                         gtins=tuple(sorted({gtin for code in codes if (gtin := accept.gtin_of(code))})))
    return learnt


def _shape(reading: FrameReading) -> tuple[int, int]:
    """Rows and columns of the lattice; (0, 0) where there is none."""
    nodes = [cell.node for cell in reading.cells if cell.node and cell.state is CellState.READ]
    return (max(row for row, _ in nodes) + 1, max(column for _, column in nodes) + 1) if nodes else (0, 0)


def _region(reading: FrameReading) -> Region:
    """Round all codes, with room for a case that stands a little off; WHOLE where that is nearly all."""
    at = np.array([centre(code.corners) for code in reading.codes])
    room = max(side(code.corners) for code in reading.codes) * (0.5 + ROOM)
    if len(at) > 1:                              # half the way to where the next row would be
        steps = np.sort(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)), axis=1)[:, 1]
        room = max(room, float(np.median(steps)))
    (left, top), (right, bottom) = np.maximum(at.min(0) - room, 0), at.max(0) + room
    right, bottom = min(right, reading.width), min(bottom, reading.height)
    region = (left / reading.width, top / reading.height, (right - left) / reading.width,
              (bottom - top) / reading.height)
    if region[2] * region[3] > NEARLY_WHOLE:
        return WHOLE
    return tuple(round(float(each), 3) for each in region)       # type: ignore[return-value]
