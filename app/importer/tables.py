"""Files to rows of text: CSV here, XLSX in workbook.py. Streams; whatever is no table is a BadFile.

Guards against what a file can do to its reader: any encoding, endless lines and cells, no text at all.
"""
from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.importer import columns
from app.importer.faults import BadCell, BadFile

MAX_CELL = 32_767                    # what Excel can hold
_LINE = 1_000_000
_BLOCK = 1 << 20
_STARTS = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole", b"%PDF": "pdf",
    b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture", b"{\\rtf": "text_document",
}
Cell = str | BadCell                 # what cannot be taken as text is only a fault where its column is wanted
Row = tuple[int, Sequence[Cell]]     # number from 1 as Excel counts, cells


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table; `name` is "" in a file that has only one. `rows` are what follows the heading."""

    name: str
    heading: tuple[str, ...]
    rows: Iterator[Row]
    row: int = 1                     # of the heading


def open_sheets(path: Path) -> Iterator[Sheet]:
    """The file's tables, one after the other: read one before taking the next. Raises BadFile, OSError."""
    if path.is_dir():
        raise BadFile("folder")
    if path.exists() and not path.is_file():
        raise BadFile("not_file")
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise BadFile("empty")
    what = what_begins(start)
    if what in ("zip", "ole"):
        from app.importer import workbook  # openpyxl takes its time

        found = workbook.open_workbook(path) if what == "zip" else workbook.refuse_old(path)
    elif what:
        raise BadFile("other_file", what=what)
    else:
        found = _csv(path)
    return _not_none(found)


def what_begins(start: bytes) -> str:
    """The kind of file that begins with these bytes: "zip" (workbooks), "ole", "pdf" …; "" for what may be text."""
    return next((name for first, name in _STARTS.items() if start.startswith(first)), "")


def with_heading(name: str, rows: Iterator[Row]) -> Sheet | None:
    """The sheet whose heading is the first row that holds anything; None for one without."""
    for number, cells in rows:
        texts = [each if isinstance(each, str) else "" for each in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            return Sheet(name, tuple(texts), rows, number)
    return None


def _not_none(sheets: Iterator[Sheet | None]) -> Iterator[Sheet]:
    found = False
    for sheet in sheets:
        if sheet:
            found = True
            yield sheet
    if not found:
        raise BadFile("empty")


def _csv(path: Path) -> Iterator[Sheet | None]:
    encoding = encoding_of(path)
    with path.open("r", encoding=encoding, newline="") as file:
        first = next((line for line in _lines(file) if line.strip(" \t\r\n,;\"")), "")
    if not first:
        return
    told = first.strip().strip('"')
    marked = told[4:] if told.casefold().startswith("sep=") and len(told) == 5 else ""
    with path.open("r", encoding=encoding, newline="") as file:
        lines = _lines(file)
        if marked:
            next(lines)
        rows = _rows(csv.reader(lines, delimiter=marked or _delimiter(first), strict=True), 2 if marked else 1)
        yield with_heading("", rows)


def encoding_of(path: Path) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM (Excel's "Unicode text"), else GB18030."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and start[2:] != b"\0\0":
        candidates = ["utf-16"]
    elif b"\0" in start:
        raise BadFile("not_text")
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    position = 0
    for name in candidates:
        decoder = codecs.getincrementaldecoder(name)()
        done = 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    text = decoder.decode(block)
                    if "\0" in text:
                        raise BadFile("not_text")
                    done += len(block)
                decoder.decode(b"", final=True)
            return name
        except UnicodeDecodeError as error:
            position = position or done + error.start + 1
    raise BadFile("encoding", position=position)


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(_LINE):
        if len(line) == _LINE:
            raise BadFile("long_line")
        yield line


def _delimiter(heading: str) -> str:
    """The one by which the heading has the most known names, else the most names."""
    def names(mark: str) -> list[str]:
        try:
            return [text.strip() for text in next(csv.reader([heading], delimiter=mark), [])]
        except csv.Error:
            return []

    return max(",;\t", key=lambda mark: (columns.known(names(mark)), len(names(mark))))


def _rows(reader: Iterator[list[str]], number: int) -> Iterator[Row]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile("csv", row=number, problem=str(error)) from error
        yield number, [each.strip() if len(each) <= MAX_CELL else BadCell("huge", each[:40], most=MAX_CELL)
                       for each in cells]
        number += 1
