"""Picture files to rows of what was read on them: one JSON-able dict a picture, for `station decode`.

Any file is survived: what is no picture gives a row with `error` and `expected`. One picture is in memory at a time.
"""
from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from app.domain.codes.text import shown
from app.domain.optics import Fact, px_module
from app.settings import RecipeFile
from app.vision import learn, optics, tell
from app.vision.decoders import LINEAR, MATRIX, VisionRefused, known
from app.vision.reader import Corners, Reader, grey_of
from app.vision.reading import Cell, CellState
from app.vision.recipe import WHOLE, Recipe, Region, recipe_of, table_of
from drivers.pictures import EXPECTED, SUFFIXES, NotAPicture, load

Row = dict[str, Any]
PATIENCE_S = 2.0     # for the search on one picture: nobody waits for the next case here
MOST_EXPECTED = 1_000       # codes in a picture, as in a recipe


def decode_paths(paths: Sequence[Path], *, engine: str = "zxing", symbologies: Sequence[str] = (),
                 expected: int = 0, recipe: RecipeFile | None = None) -> Iterator[Row]:
    """A row a picture: {file, ms, width, height, full, missing, looked_for, not_looked_for, codes, unread, cells}
    or {file, error, expected}. Folders are walked by name.

    `full` is how many codes should be there, 0 where not known, `missing` how many of them were not read for sure. A
    code is {text, raw (hex), symbology, aim, corners}; `unread` are corners of places that hold a code nobody could
    read; a cell is {state, corners, code, row, column, px_module, sharpness, rung, cause}, `code` its place among the
    codes or null; row and column count from 0 here, from 1 where they are said in words. An engine or symbology that
    is not there, and a folder without a picture, are one row each.
    `symbologies` and `expected` come before what `recipe` says.
    """
    try:
        wish = asked(recipe, symbologies, expected)
        reader = Reader(wish, engine, PATIENCE_S)
    except VisionRefused as e:
        text, _, wanted = str(e).partition("; expected ")
        yield {"file": ", ".join(map(_name, paths)), "error": str(e), "expected": wanted or text}
        return
    for path in paths:
        empty = True
        for file in _fitting(path):
            empty = False
            yield _row(file, reader, wish)
        if empty:
            what = "picture in this folder" if os.path.isdir(path) else "file fits this pattern"
            yield {"file": _name(path), "error": f"no {what}; expected {EXPECTED}", "expected": EXPECTED}


def _fitting(path: Path) -> Iterator[Path]:
    """Files of the path. Where no file has that name it may be a pattern: not every shell fills those in."""
    if glob.has_magic(str(path)) and not os.path.lexists(path):
        for each in sorted(glob.glob(str(path), recursive=True)):
            yield from _files(Path(each))
    else:
        yield from _files(path)


def _files(path: Path) -> Iterator[Path]:
    """The path itself, or what a folder holds of pictures, in the order of the names."""
    if not os.path.isdir(path):        # Path.is_dir raises for names that are too long
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.lower().endswith(SUFFIXES))


def _row(file: Path, reader: Reader, wish: Recipe) -> Row:
    try:
        reading = reader.read(load(file))
    except NotAPicture as e:
        return {"file": _name(file), "error": str(e), "expected": e.expected}
    doubted = {cell.corners for cell in reading.cells if cell.state is CellState.SUSPECT}
    sure = sum(code.corners not in doubted for code in reading.codes)
    return {"file": _name(file), "ms": round(reading.ms, 1), "width": reading.width, "height": reading.height,
            "full": wish.expected, "missing": max(0, wish.expected - sure),
            **looked_for(wish.symbologies),
            "codes": [{"text": shown(code.raw), "raw": code.raw.hex(), "symbology": code.symbology, "aim": code.aim,
                       "corners": _rounded(code.corners)} for code in reading.codes],
            "unread": [_rounded(corners) for corners in reading.unread],
            "cells": [_cell(cell, {code.corners: at for at, code in enumerate(reading.codes)})
                      for cell in reading.cells]}


def _cell(cell: Cell, codes: dict[Corners, int]) -> Row:
    row, column = cell.node or (None, None)
    return {"state": str(cell.state), "corners": _rounded(cell.corners), "code": codes.get(cell.corners), "row": row,
            "column": column, "px_module": round(cell.px_module, 2), "sharpness": round(cell.sharpness, 2),
            "rung": cell.code.rung if cell.code else "", "cause": str(cell.cause)}


def looked_for(symbologies: Sequence[str]) -> dict[str, list[str]]:
    """`looked_for` and `not_looked_for`: a code of these is not found, as nobody asked for them."""
    wanted = known(tuple(symbologies))
    return {"looked_for": list(wanted), "not_looked_for": [name for name in MATRIX + LINEAR if name not in wanted]}


def asked(recipe: RecipeFile | None, symbologies: Sequence[str] = (), expected: int = 0) -> Recipe:
    """The recipe with what is wished for besides. Raises VisionRefused for a number that no case has."""
    if not 0 <= expected <= MOST_EXPECTED:
        raise VisionRefused(f"{expected} codes in a picture; expected a number from 1 to {MOST_EXPECTED:,}, "
                            "or 0 where it is not known")
    wish = recipe_of(msgspec.structs.asdict(recipe)) if recipe else Recipe()
    if symbologies:
        wish = replace(wish, symbologies=tuple(symbologies))
    if expected:
        wish = replace(wish, count=expected, **({} if wish.rows * wish.columns == expected else
                                                {"rows": 0, "columns": 0}))
    return wish


@dataclass(frozen=True, slots=True)
class Taught:
    """What a picture taught: the recipe, and what is said of it. `faults`: why it may not be kept; `refused`: the
    set-up is hopeless. Facts are keys of recipe.toml with their fields."""

    recipe: RecipeFile
    read: int
    facts: tuple[Fact, ...]
    faults: tuple[Fact, ...]
    findings: tuple[Fact, ...]
    refused: bool


def learn_picture(file: Path, before: RecipeFile, *, symbologies: Sequence[str] = (), expected: int = 0,
                  region: Region | None = None, whole: bool = False, lock: bool = False) -> Taught:
    """Learns from one picture. `before` has what is known of module, belt and exposure, which is kept.

    Raises NotAPicture (a ValueError with `expected`) and VisionRefused.
    """
    lesson = learn.learn(load(file), replace(asked(None, symbologies, expected), region=region or WHOLE), lock=lock,
                         whole=whole)
    kept = msgspec.structs.replace(before, **table_of(lesson.recipe), px_module=round(lesson.px_module, 2),
                                   blur=round(lesson.blur, 3))
    told = _checked(kept, len(lesson.reading.codes))
    return replace(told, facts=tuple(recipe_facts(kept)), faults=(*tell.fault_facts(lesson), *tell.place_facts(lesson)))


def check_picture(file: Path, recipe: RecipeFile) -> Taught:
    """How good the set-up is that took a picture. Raises as `learn_picture` does."""
    grey = grey_of(load(file))
    codes = Reader(asked(recipe), budget_s=PATIENCE_S).read(grey).codes
    pixels, blur = optics.measured(grey, codes)
    return _checked(msgspec.structs.replace(recipe, px_module=pixels, blur=blur), len(codes))


def check_figures(recipe: RecipeFile, sensor_px: float = 0.0, field_mm: float = 0.0) -> Taught:
    """The same of a set-up that is only planned: so many pixels see so many millimetres; 0 where that is not asked,
    and the figures that the recipe was learnt with count."""
    if field_mm:
        recipe = msgspec.structs.replace(recipe, px_module=px_module(sensor_px, field_mm, recipe.module_mm), blur=0.0)
    return _checked(recipe, 0)


def _checked(recipe: RecipeFile, read: int) -> Taught:
    stands = recipe.set_up
    return Taught(recipe, read, (), (), tuple(tell.finding_facts(stands.findings)), stands.hopeless)


def recipe_facts(recipe: RecipeFile) -> list[Fact]:
    """What a recipe holds."""
    return [*tell.recipe_facts(asked(recipe)), *tell.belt_facts(recipe.set_up.belt)]


def _name(path: Path) -> str:
    """The path as it is, but what would move the cursor, hide or be no text at all as escapes."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else ascii(c)[1:-1]
                   for c in str(path))


def _rounded(corners: Corners) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in corners]
