"""Opening a pair file: text of any encoding, or a workbook that becomes plain text first. Tables of other kinds are in
tables.py; here only what is needed to read a file of millions of rows in pieces."""
from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.importer.faults import BadCell, BadFile
from app.importer.pairs_heading import Columns
from app.importer.pairs_rows import UNSURE
from app.importer.tables import Cell, encoding_of, open_sheets, what_begins

_LINE = 1_000_000
Convert = Callable[[Path, Columns, Callable[[int], None]], list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Opened:
    """`line` is the first line that holds anything (text files), `first` its cells (workbooks); `before` rows go before
    it. `convert` writes the file as plain UTF-8 and gives the sheets; in `plain_mark` there are the pairs only."""

    path: Path
    encoding: str = "utf-8"
    bom: int = 0
    mark: str = ""
    line: str = ""
    first: tuple[str, ...] = ()
    before: int = 0
    convert: Convert | None = None
    plain_mark: str = ""


def open_table(path: Path) -> Opened:
    """Raises BadFile, OSError."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise BadFile("empty")
    what = what_begins(start)
    if what in ("zip", "ole"):
        first = next(open_sheets(path)).heading
        return Opened(path, first=first, convert=partial(_from_workbook, path), plain_mark=",")
    if what:
        raise BadFile("other_file", what=what)
    return _text(path, start)


def _text(path: Path, start: bytes) -> Opened:
    encoding = encoding_of(path)
    line, before, mark = "", 0, ""
    with path.open("r", encoding=encoding, newline="") as file:
        while text := file.readline(_LINE):
            if len(text) == _LINE:
                raise BadFile("long_line")
            told = text.strip().strip('"')
            if told.casefold().startswith("sep=") and len(told) == 5 and not before:
                mark = told[4:]
            elif text.strip(" \t\r\n,;\""):
                line = text
                break
            before += 1
    if not line:
        raise BadFile("empty")
    if encoding == "utf-16":
        return Opened(path, mark=mark, line=line, before=before, convert=partial(_from_utf16, path))
    bom = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    return Opened(path, "utf-8" if bom else encoding, bom, mark, line, (), before)


def _from_utf16(path: Path, target: Path, _found: Columns, told: Callable[[int], None]) -> list[tuple[str, int]]:
    part = target.with_suffix(".part")
    with path.open("r", encoding="utf-16", newline="") as source, part.open("w", encoding="utf-8", newline="") as out:
        while block := source.read(1 << 20):
            out.write(block)
    os.replace(part, target)
    return []


def _from_workbook(path: Path, target: Path, found: Columns, told: Callable[[int], None]) -> list[tuple[str, int]]:
    """The pairs of all sheets, one below the other, headings and what is above them as empty lines."""
    sheets: list[tuple[str, int]] = []
    first: tuple[str, ...] = ()
    part = target.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        rows = 0
        for sheet in open_sheets(path):
            names = tuple(sheet.heading[place] if place < len(sheet.heading) else "" for place in found.places)
            if found.heading and sheets and names != first or not found.heading and "" in names:
                raise BadFile("pair_sheet", sheet=sheet.name)
            first = first if sheets else names
            before = rows
            sheets.append((sheet.name, before))
            rows += _blank(out, sheet.row - 1)
            if found.heading:
                rows += _blank(out, 1)
            else:
                writer.writerow(names)
                rows += 1
            for number, cells in sheet.rows:
                rows += _blank(out, before + number - 1 - rows)
                writer.writerow([_shown(cells[place]) if place < len(cells) else "" for place in found.places])
                rows += 1
                if rows % 1000 == 0:
                    told(rows)
    os.replace(part, target)
    return sheets


def _blank(out: object, count: int) -> int:
    out.write("\n" * max(count, 0))      # type: ignore[attr-defined]
    return max(count, 0)


def _shown(cell: Cell) -> str:
    return f"{UNSURE}{cell.expected}{UNSURE}{cell.got}" if isinstance(cell, BadCell) else cell
