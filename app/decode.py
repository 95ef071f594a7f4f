"""Picture files to rows of what was read on them: one JSON-able dict a picture, for `station decode`.

Any file is survived: what is no picture gives a row with `error` and `expected`. One picture is in memory at a time.
"""
from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.domain.codes.text import shown
from app.vision.decoders import VisionRefused
from app.vision.reader import Corners, Reader
from app.vision.recipe import Recipe
from drivers.pictures import EXPECTED, SUFFIXES, NotAPicture, load

Row = dict[str, Any]
PATIENCE_S = 2.0     # for the search on one picture: nobody waits for the next case here


def decode_paths(paths: Sequence[Path], *, engine: str = "zxing", symbologies: Sequence[str] = (),
                 expected: int = 0) -> Iterator[Row]:
    """A row a picture: {file, ms, width, height, codes, unread} or {file, error, expected}. Folders are walked by name.

    A code is {text, raw (hex), symbology, aim, corners}; `unread` are corners of places that hold a code nobody could
    read. An engine or symbology that is not there, and a folder without a picture, are one row each.
    """
    try:
        reader = Reader(Recipe(tuple(symbologies), count=expected), engine, PATIENCE_S)
    except VisionRefused as e:
        text, _, wanted = str(e).partition("; expected ")
        yield {"file": ", ".join(map(_name, paths)), "error": str(e), "expected": wanted or text}
        return
    for path in paths:
        empty = True
        for file in _files(path):
            empty = False
            yield _row(file, reader)
        if empty:
            yield {"file": _name(path), "error": f"no picture in this folder; expected {EXPECTED}",
                   "expected": EXPECTED}


def _files(path: Path) -> Iterator[Path]:
    """The path itself, or what a folder holds of pictures, in the order of the names."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.lower().endswith(SUFFIXES))


def _row(file: Path, reader: Reader) -> Row:
    try:
        reading = reader.read(load(file))
    except NotAPicture as e:
        return {"file": _name(file), "error": str(e), "expected": e.expected}
    return {"file": _name(file), "ms": round(reading.ms, 1), "width": reading.width, "height": reading.height,
            "codes": [{"text": shown(code.raw), "raw": code.raw.hex(), "symbology": code.symbology, "aim": code.aim,
                       "corners": _rounded(code.corners)} for code in reading.codes],
            "unread": [_rounded(corners) for corners in reading.unread]}


def _name(path: Path) -> str:
    """The path as it is, but what would move the cursor, hide or be no text at all as escapes."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else ascii(c)[1:-1]
                   for c in str(path))


def _rounded(corners: Corners) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in corners]
