"""The report on one or two A4 pages to be signed: arithmetic, first codes of the difference, acts with reasons, people.

PDF with an embedded subset of a Chinese font. What does not fit is counted, and stands whole in the workbook.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from fpdf import FPDF
from fpdf.enums import TextMode

from app.fonts import Font
from app.reports.said import Cell, Said

# Millimetres on A4.
WIDE, HIGH, MARGIN, HEAD_ROW, FOOT, SIGN = 210.0, 297.0, 14.0, 6.0, 12.0, 29.0
ROWS = (5.2, 4.8, 4.3)                   # of a table: closer where all of it, signatures too, then stands on one page
TOP, BOTTOM, TITLE, AFTER, MORE = MARGIN + 15, HIGH - FOOT, 6.4, 1.6, 4.4
INNER = WIDE - 2 * MARGIN
INK, QUIET, LINE, BAND, ACCENT, RED = (16, 24, 32), (92, 104, 116), (200, 207, 214), (236, 239, 242), (0, 107, 94), \
    (176, 0, 32)
FONT = "cjk"
PAGES = 2
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Section:
    """A table under its title. `least` rows always find room; more of the `total` as long as the pages have some."""

    key: str
    heading: Sequence[str]
    widths: tuple[float, ...]
    rows: Callable[[int], Iterable[Sequence[Cell]]]      # so many of them
    total: int
    least: int
    counted: bool = False                # the title tells how many


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows of each section stand there, how high one is, and which section begins a page (-1: none)."""

    rows: tuple[int, ...]
    row: float
    begins: int = -1

    def end(self, sections: Sequence[Section], y: float) -> tuple[int, float]:
        """(page, height) at which the signatures may begin; `y` is where the first section does."""
        page = 1
        for at, (section, rows) in enumerate(zip(sections, self.rows, strict=True)):
            if at == self.begins or not _holds(y, self.row):
                page, y = page + 1, TOP
            y += TITLE + HEAD_ROW
            for _ in range(rows):
                if y + self.row > BOTTOM:
                    page, y = page + 1, TOP + HEAD_ROW
                y += self.row
            y += AFTER + (MORE if rows < section.total else 0)
        return page, y


def planned(sections: Sequence[Section], y: float) -> Plan:
    """All of it on one page where that can be, else as much as two pages hold, with something above the signatures."""
    whole = tuple(each.total for each in sections)
    for row in ROWS:
        page, end = Plan(whole, row).end(sections, y)
        if page == 1 and end + SIGN <= BOTTOM:
            return Plan(whole, row)
    plan = Plan(tuple(min(each.total, each.least) for each in sections), ROWS[0])
    for at in sorted(range(len(sections)), key=lambda at: sections[at].total):
        while plan.rows[at] < sections[at].total:
            longer = replace(plan, rows=(*plan.rows[:at], plan.rows[at] + 1, *plan.rows[at + 1 :]))
            page, end = longer.end(sections, y)
            if page > PAGES or page == PAGES and end + SIGN > BOTTOM:
                break
            plan = longer
    if sections and plan.end(sections, y)[0] == 1:
        plan = replace(plan, begins=len(sections) - 1)
    return plan


def _holds(y: float, row: float) -> bool:
    """Whether a section may begin here: its title and three rows find room."""
    return y + TITLE + HEAD_ROW + 3 * row + AFTER <= BOTTOM


class Paper:
    """The pages as they fill."""

    def __init__(self, said: Said, font: Font) -> None:
        self.said, self.words = said, said.words
        self.pdf = FPDF("portrait", "mm", "A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_title(f"{said.title()} · {said.account.order.id}")
        self.pdf.set_creator("OneCode Station")
        self.pdf.add_font(FONT, fname=str(font.path), collection_font_number=font.index)
        self._page()

    def draw(self) -> bytes:
        said, sections = self.said, self._sections()
        self._facts()
        self._band(said.verdict(), RED if said.account.apart else ACCENT)
        self._title("order.report.levels")
        self._table(said.level_heading(), (22, 17, 17, 18.5, 17.5, 24, 15.5, 20, 30.5), said.levels(), ROWS[0], red=7)
        self._text(MARGIN, self.y + 3.6, self.words("order.report.identity"), 7.5, QUIET, INNER)
        self.y += 6
        plan = planned(sections, self.y)
        for at, (section, rows) in enumerate(zip(sections, plan.rows, strict=True)):
            if at == plan.begins or not _holds(self.y, plan.row):
                self._page()
            self._title(section.key, section.total if section.counted else 0)
            self._table(section.heading, section.widths, section.rows(rows), plan.row)
            self._more(section.total - rows)
        self._signatures()
        self._feet()
        return bytes(self.pdf.output())

    def _sections(self) -> list[Section]:
        said, told = self.said, self.said.account
        every = (
            Section("order.report.difference", said.code_heading(), (24, 122, 36), said.codes, told.apart, 20, True),
            Section("order.report.acts", said.act_heading(), (29, 27, 26, 41, 11, 24, 24), said.acts,
                    len(told.acts), 18, True),
            Section("order.report.causes", said.cause_heading(), (70, 52, 30, 30),
                    lambda most: islice(said.causes(), most), len(told.causes), 10),
            Section("order.report.people", said.worker_heading(), (44, 30, 20, 20, 34, 34),
                    lambda most: islice(said.workers(), most), len(told.workers), 8),
        )
        return [each for each in every if each.total]

    # --- parts ----------------------------------------------------------------------------------------------------
    def _page(self) -> None:
        self.pdf.add_page()
        self.pdf.set_fill_color(*ACCENT)
        self.pdf.rect(MARGIN, MARGIN, 2.2, 10, style="F")
        self._text(MARGIN + 6, MARGIN + 7.4, f"{self.said.title()} · {self.said.account.order.id}", 17, INK, INNER - 6,
                   strong=True)
        self.y = TOP

    def _facts(self) -> None:
        facts, half = self.said.facts(), INNER / 2
        for at, (name, value) in enumerate(facts):
            x, y = MARGIN + (at % 2) * half, self.y + (at // 2) * 6
            self._text(x, y + 4, name, 8.5, QUIET, 30)
            self._text(x + 31, y + 4, value, 9.5, INK, half - 33, strong=True)
        self.y += -(-len(facts) // 2) * 6 + 2

    def _band(self, text: str, colour: Colour) -> None:
        self.pdf.set_fill_color(*colour)
        self.pdf.rect(MARGIN, self.y, INNER, 9, style="F", round_corners=True, corner_radius=1.5)
        self._text(MARGIN + 4, self.y + 6.2, text, 12, (255, 255, 255), INNER - 8, strong=True)
        self.y += 12

    def _title(self, key: str, count: int = 0) -> None:
        text = f"{self.words(key)} ({count})" if count else self.words(key)
        self._text(MARGIN, self.y + 4.6, text, 10.5, ACCENT, INNER, strong=True)
        self.y += TITLE

    def _table(self, heading: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Cell]], high: float,
               red: int = -1) -> None:
        """Rows `high` mm apart; numbers from column `red` on that are not 0 stand in red."""
        self._heading(heading, widths)
        for cells in rows:
            if self.y + high > BOTTOM:
                self._page()
                self._heading(heading, widths)
            self._cells(cells, widths, high, red)
            self.pdf.set_draw_color(*LINE)
            self.pdf.set_line_width(0.15)
            self.pdf.line(MARGIN, self.y + high, WIDE - MARGIN, self.y + high)
            self.y += high
        self.y += AFTER

    def _heading(self, heading: Sequence[str], widths: Sequence[float]) -> None:
        self.pdf.set_fill_color(*BAND)
        self.pdf.rect(MARGIN, self.y, INNER, HEAD_ROW, style="F")
        self._cells(heading, widths, HEAD_ROW, head=True)
        self.y += HEAD_ROW

    def _cells(self, cells: Sequence[Cell], widths: Sequence[float], high: float, red: int = -1,
               head: bool = False) -> None:
        x = MARGIN
        for at, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            number = isinstance(cell, int)
            text = f"{cell:,}" if isinstance(cell, int) else cell
            colour = RED if number and 0 <= red <= at and cell else QUIET if head else INK
            self._text(x + 1, self.y + (4.1 if head else high - 1.5), text, 8 if head else 8.5, colour, wide - 2,
                       strong=colour == RED, tail=not head and "://" in text)
            x += wide

    def _more(self, count: int) -> None:
        if count > 0:
            self._text(MARGIN, self.y + 2.4, self.words("order.report.more", count=count), 8, QUIET, INNER)
            self.y += MORE

    def _signatures(self) -> None:
        """Who answers for the counts: a line for the name, one for the date."""
        if self.y + SIGN > BOTTOM:
            self._page()
        self.y = BOTTOM - SIGN + 3
        who = self.said.signatures()
        wide = INNER / len(who)
        for at, text in enumerate(who):
            x = MARGIN + at * wide
            self._text(x, self.y + 4, text, 9.5, INK, wide - 6, strong=True)
            for down, key in ((13, "order.report.sign_name"), (22, "order.report.sign_date")):
                self.pdf.set_draw_color(*QUIET)
                self.pdf.set_line_width(0.25)
                self.pdf.line(x, self.y + down, x + wide - 6, self.y + down)
                self._text(x, self.y + down + 3.4, self.words(key), 7.5, QUIET, wide - 6)

    def _feet(self) -> None:
        for page in range(1, self.pdf.pages_count + 1):
            self.pdf.page = page
            said = self.words("order.report.foot", station=self.said.station, at=self.said.at(self.said.printed),
                              page=page, pages=self.pdf.pages_count)
            self._text(MARGIN, HIGH - 6, said, 7.5, QUIET, INNER)

    def _text(self, x: float, base: float, text: str, points: float, ink: Colour, width: float, *,
              strong: bool = False, tail: bool = False) -> None:
        """One line on its base line, made smaller, then cut where it is too wide; of a code (`tail`) the end stays."""
        self.pdf.set_font(FONT, size=points)
        for _ in range(4):
            if self.pdf.get_string_width(text) <= width:
                break
            points *= 0.93
            self.pdf.set_font(FONT, size=points)
        while len(text) > 1 and self.pdf.get_string_width(text) > width:
            text = "…" + text.lstrip("…")[1:] if tail else text.rstrip("…")[:-1] + "…"
        self.pdf.set_text_color(*ink)
        with self.pdf.local_context():
            if strong:       # the font has one weight; an outline of the same ink makes the other
                self.pdf.set_draw_color(*ink)
                self.pdf.set_line_width(points * 0.012)
                self.pdf.text_mode = TextMode.FILL_STROKE
            self.pdf.text(x, base, text)
