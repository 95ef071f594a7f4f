"""Lists as files that a person takes away: a workbook (XLSX) with a sheet a list, or one list as CSV.

Every cell is text or a number: no formula, no link, whatever a code looks like. A CSV begins with a BOM, which Chinese
Excel needs. A file is there whole or not at all.
"""
from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.codes.text import no_formula, safe

KINDS = ("xlsx", "csv")
Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One list. `widths` are in characters; `facts` stand over the heading in a workbook, as (name, value)."""

    name: str
    heading: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()
    facts: Sequence[tuple[str, str]] = ()


def write_lists(path: Path, lists: Sequence[Listed], title: str) -> Path:
    """Writes the lists, or the first one where the name ends in .csv. Raises OSError, ValueError for another ending."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise ValueError(f"{path}: expected a name that ends in .xlsx or .csv")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".list-", suffix=f".{kind}")
    os.close(handle)
    part = Path(name)
    try:
        if kind == "csv":
            _table(part, lists[0])
        else:
            _workbook(part, lists, title)
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _table(path: Path, listed: Listed) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([no_formula(text) for text in listed.heading])
        for row in listed.rows:
            writer.writerow(["" if cell is None else no_formula(safe(cell, 1000)) if isinstance(cell, str) else cell
                             for cell in row])
        file.flush()
        os.fsync(file.fileno())


def _workbook(path: Path, lists: Sequence[Listed], title: str) -> None:
    import xlsxwriter

    from app.reports.workbook import FONT, QUIET

    book = xlsxwriter.Workbook(str(path), {**QUIET, "tmpdir": str(path.parent)})
    book.set_properties({"title": title, "author": "OneCode Station"})
    base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
    text, number = book.add_format({**base, "num_format": "@"}), book.add_format({**base, "num_format": "#,##0"})
    head = book.add_format({**base, "bold": True, "bg_color": "#E8F3F0", "bottom": 1})
    big = book.add_format({**base, "bold": True, "font_size": 16})
    for listed in lists:
        sheet = book.add_worksheet(listed.name)
        for column, width in enumerate(listed.widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        first = len(listed.facts) + 2 if listed.facts else 0
        if listed.facts:
            sheet.write_string(0, 0, title, big)
            for row, (name, value) in enumerate(listed.facts, 1):
                sheet.write_string(row, 0, name, head)
                sheet.write_string(row, 1, safe(value, 1000), text)
        else:
            sheet.freeze_panes(1, 0)
        for column, word in enumerate(listed.heading):
            sheet.write_string(first, column, word, head)
        for row, cells in enumerate(listed.rows, first + 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell, number)
                elif cell is not None:
                    sheet.write_string(row, column, safe(cell, 1000), text)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error
