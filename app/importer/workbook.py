"""XLSX to rows of text, through openpyxl's streaming reader. No formula is evaluated, no macro file is taken.

A workbook is a zip of XML, so its size unpacked is looked at before anything is unpacked.
"""
from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from app.domain.codes.text import safe
from app.importer.faults import BadCell, BadFile
from app.importer.tables import MAX_CELL, Cell, Row, Sheet, with_heading

MAX_UNPACKED = 600 << 20
MAX_PART = 200 << 20                 # of what is no sheet: shared texts, styles
MAX_RATIO = 200                      # real workbooks reach some 30
_SMALL = 10 << 20
MAX_PARTS = 5_000
MAX_BLANK = 10_000                   # so many empty rows end a sheet
_EXACT = 10**15                      # Excel keeps 15 digits of a number


def open_workbook(path: Path) -> Iterator[Sheet | None]:
    """The visible sheets. Raises BadFile."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _look(path)
        # The file is opened here because openpyxl forgets to close one that it cannot read.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)      # openpyxl tells of styles that it does not know
            book = load_workbook(file, read_only=True, keep_links=False)
            try:
                for sheet in book.worksheets:
                    if sheet.sheet_state == "visible":
                        sheet.reset_dimensions()              # some writers give wrong ones
                        yield with_heading(safe(sheet.title, 60), _rows(sheet))
            finally:
                book.close()
    except (zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
            AttributeError, IndexError, EOFError, NotImplementedError, RuntimeError, SyntaxError) as error:
        # openpyxl has no error of its own for a broken workbook: these are what foreign bytes were seen to raise.
        raise BadFile("broken_workbook", problem=safe(f"{type(error).__name__}: {error}", 120)) from error


def refuse_old(path: Path) -> Iterator[Sheet | None]:
    """OLE files: old XLS, or XLSX behind a password. Raises BadFile always."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
    raise BadFile("password" if "EncryptedPackage".encode("utf-16-le") in start else "old_excel")


def _look(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        names = {each.filename for each in parts}
        if any(name.endswith("vbaProject.bin") for name in names):
            raise BadFile("macros")
        if any(each.flag_bits & 1 for each in parts):
            raise BadFile("password")
        if "xl/workbook.xml" not in names:
            raise BadFile("other_zip")
        total = sum(each.file_size for each in parts)
        bomb = (total > MAX_UNPACKED or len(parts) > MAX_PARTS
                or any(each.file_size > _SMALL and each.file_size > MAX_RATIO * max(each.compress_size, 1)
                       for each in parts)
                or any(each.file_size > MAX_PART for each in parts if not each.filename.startswith("xl/worksheets/")))
        if bomb:
            raise BadFile("bomb", mb=total >> 20, most=MAX_UNPACKED >> 20)
        for each in parts:
            if each.filename.endswith((".xml", ".rels")):
                with archive.open(each) as part:
                    start = part.read(4096).replace(b"\0", b"")
                if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                    raise BadFile("broken_workbook", problem="DOCTYPE")


def _rows(sheet: Any) -> Iterator[Row]:
    blank = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in cells]
        blank = 0 if any(texts) else blank + 1
        if blank > MAX_BLANK:
            return
        yield number, texts


def _text(cell: Any) -> Cell:
    """What a person sees in the cell, as text; what has no sure text is a BadCell."""
    value = cell.value
    match value:
        case None:
            return ""
        case str() if cell.data_type in {"s", "inlineStr"}:
            return value.strip() if len(value) <= MAX_CELL else BadCell("huge", value[:40], most=MAX_CELL)
        case _ if cell.data_type == "f":
            return BadCell("no_formula", str(getattr(value, "text", value)))
        case bool():
            return "true" if value else "false"
        case str() if cell.data_type == "e":
            return BadCell("no_error", value)
        case int() | float() if abs(value) >= _EXACT:
            return BadCell("as_text", f"{value:.15g}", most=15)
        case float() if value == int(value):
            return str(int(value))
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date():
            return value.isoformat()
    return str(value).strip()
