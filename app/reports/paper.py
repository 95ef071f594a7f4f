"""The report on one or two A4 pages to be signed: arithmetic, first codes of the difference, acts with reasons, people.

PDF with an embedded subset of a Chinese font. What does not fit is counted, and stands whole in the workbook.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from app.fonts import Font
from app.reports.pages import ACCENT, AFTER, BOTTOM, HEAD_ROW, INNER, MARGIN, MORE, QUIET, RED, SIGN, TITLE, TOP, Pages
from app.reports.said import Cell, Said

# Millimetres of a table's rows: closer where all of it, signatures too, then stands on one page.
ROWS = (5.2, 4.8, 4.3)
PAGES = 2


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


class Paper(Pages):
    """The report on its pages."""

    def __init__(self, said: Said, font: Font) -> None:
        super().__init__(f"{said.title()} · {said.account.order.id}", font)
        self.said, self.words = said, said.words

    def draw(self) -> bytes:
        said, sections = self.said, self._sections()
        self.facts(said.facts())
        self.band(said.verdict(), RED if said.account.apart else ACCENT)
        self.head(self.words("order.report.levels"))
        self.table(said.level_heading(), (22, 17, 17, 18.5, 17.5, 24, 15.5, 20, 30.5), said.levels(), ROWS[0], red=7)
        self.text(MARGIN, self.y + 3.6, self.words("order.report.identity"), 7.5, QUIET, INNER)
        self.y += 6
        plan = planned(sections, self.y)
        for at, (section, rows) in enumerate(zip(sections, plan.rows, strict=True)):
            if at == plan.begins or not _holds(self.y, plan.row):
                self.page()
            named = self.words(section.key)
            self.head(f"{named} ({section.total})" if section.counted else named)
            self.table(section.heading, section.widths, section.rows(rows), plan.row)
            if section.total > rows:
                self.more(self.words("order.report.more", count=section.total - rows))
        self.signatures(said.signatures(), self.words("order.report.sign_name"), self.words("order.report.sign_date"))
        self.feet(lambda page, pages: self.words("order.report.foot", station=said.station, at=said.at(said.printed),
                                                 page=page, pages=pages))
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
