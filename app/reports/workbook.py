"""The report as a workbook: summary, codes of the difference, events by cause, people. Every cell is text or a number:
no formula, no link, whatever a code looks like."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from app.reports.account import MOST_ACTS, MOST_CODES
from app.reports.said import Cell, Said

QUIET = {"in_memory": False, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False}
FONT = "Microsoft YaHei"


class Workbook:
    """Sheets are written row after row: a row that is written is on the disk."""

    def __init__(self, path: Path, said: Said) -> None:
        self.said = said
        self._book = xlsxwriter.Workbook(str(path), {**QUIET, "tmpdir": str(path.parent)})
        self._book.set_properties({"title": said.title(), "author": "OneCode Station"})
        base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
        self._text = self._book.add_format({**base, "num_format": "@"})
        self._number = self._book.add_format({**base, "num_format": "#,##0"})
        self._head = self._book.add_format({**base, "bold": True, "bg_color": "#E8F3F0", "bottom": 1})
        self._title = self._book.add_format({**base, "bold": True, "font_size": 16})
        self._red = self._book.add_format({**base, "bold": True, "font_color": "#B00020", "num_format": "#,##0"})
        self._good = self._book.add_format({**base, "bold": True, "font_color": "#006B5E"})

    def write(self) -> None:
        """Raises OSError."""
        self._summary()
        words, said = self.said.words, self.said
        self._sheet("difference", (12, 70, 26), (said.code_heading(), said.codes(MOST_CODES)))
        self._sheet("causes", (26, 26, 14, 14), (said.cause_heading(), said.causes()),
                    (said.verdict_heading(), said.verdicts()))
        self._sheet("people", (20, 22, 20, 60, 20, 20, 22), (said.worker_heading(), said.workers()),
                    (said.act_heading(), said.acts(MOST_ACTS)))
        self._book.set_custom_property("language", words.language)
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from error

    def _summary(self) -> None:
        said = self.said
        sheet = self._made("summary", (20, 26, 14, 14, 14, 14, 14, 14, 16))
        sheet.write_string(0, 0, f"{said.title()} · {said.account.order.id}", self._title)
        sheet.write_string(1, 0, said.verdict(), self._red if said.account.apart else self._good)
        row = 3
        for name, value in said.facts():
            sheet.write_string(row, 0, name, self._head)
            sheet.write_string(row, 1, value, self._text)
            row += 1
        row = self._table(sheet, row + 1, said.level_heading(), said.levels(), red=7)
        sheet.write_string(row + 1, 0, said.words("order.report.identity"), self._text)

    def _sheet(self, name: str, widths: tuple[int, ...], *tables: tuple[list[str], Iterable[list[Cell]]]) -> None:
        sheet, row = self._made(name, widths), 0
        for heading, rows in tables:
            row = self._table(sheet, row, heading, rows) + 1
        if len(tables) == 1:
            sheet.freeze_panes(1, 0)

    def _made(self, name: str, widths: tuple[int, ...]) -> Worksheet:
        sheet = self._book.add_worksheet(self.said.words(f"order.sheet.{name}"))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _table(self, sheet: Worksheet, row: int, heading: list[str], rows: Iterable[list[Cell]], red: int = -1) -> int:
        """Gives the row after it; numbers from column `red` on that are not 0 stand in red."""
        for column, text in enumerate(heading):
            sheet.write_string(row, column, text, self._head)
        row += 1
        for cells in rows:
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell, self._red if 0 <= red <= column and cell else self._number)
                else:
                    sheet.write_string(row, column, cell, self._text)
            row += 1
        return row
