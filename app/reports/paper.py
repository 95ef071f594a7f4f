"""The report on one or two A4 pages to be signed: arithmetic, first codes of the difference, acts with reasons, people.

PDF with an embedded subset of a Chinese font. What does not fit is counted, and stands whole in the workbook.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from fpdf import FPDF
from fpdf.enums import TextMode

from app.fonts import Font
from app.reports.said import Cell, Said

# Millimetres on A4.
WIDE, HIGH, MARGIN, ROW, HEAD_ROW, FOOT, SIGN = 210.0, 297.0, 14.0, 5.2, 6.0, 12.0, 34.0
INNER = WIDE - 2 * MARGIN
INK, QUIET, LINE, BAND, ACCENT, RED = (16, 24, 32), (92, 104, 116), (200, 207, 214), (236, 239, 242), (0, 107, 94), \
    (176, 0, 32)
FONT = "cjk"
MOST_CODES, MOST_CAUSES, MOST_ACTS, MOST_WORKERS = 20, 10, 18, 8
Colour = tuple[int, int, int]


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
        said, apart = self.said, bool(self.said.account.apart)
        self._facts()
        self._band(said.verdict(), RED if apart else ACCENT)
        self._section("order.report.levels")
        self._table(said.level_heading(), (26, *[18.5] * 7, 26), said.levels(), red=7)
        self._text(MARGIN, self.y + 3.6, self.words("order.report.identity"), 7.5, QUIET, INNER)
        self.y += 6
        if apart:
            self._section("order.report.difference", said.account.apart)
            self._table(said.code_heading(), (24, 122, 36), said.codes(MOST_CODES))
            self._more(said.account.apart - min(MOST_CODES, len(said.account.codes)))
        if said.account.acts:
            self._section("order.report.acts", len(said.account.acts))
            self._table(said.act_heading(), (29, 27, 26, 41, 11, 24, 24), said.acts(MOST_ACTS))
            self._more(len(said.account.acts) - MOST_ACTS)
        if said.account.causes:
            self._section("order.report.causes")
            self._table(said.cause_heading(), (70, 52, 30, 30), islice(said.causes(), MOST_CAUSES))
            self._more(len(said.account.causes) - MOST_CAUSES)
        if said.account.workers:
            self._section("order.report.people")
            self._table(said.worker_heading(), (44, 30, 20, 20, 34, 34), islice(said.workers(), MOST_WORKERS))
            self._more(len(said.account.workers) - MOST_WORKERS)
        self._signatures()
        self._feet()
        return bytes(self.pdf.output())

    # --- parts ----------------------------------------------------------------------------------------------------
    def _page(self) -> None:
        self.pdf.add_page()
        self.pdf.set_fill_color(*ACCENT)
        self.pdf.rect(MARGIN, MARGIN, 2.2, 10, style="F")
        self._text(MARGIN + 6, MARGIN + 7.4, f"{self.said.title()} · {self.said.account.order.id}", 17, INK, INNER - 6,
                   strong=True)
        self.y = MARGIN + 15

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

    def _section(self, key: str, count: int = 0) -> None:
        self._room(HEAD_ROW + 3 * ROW + 8)
        text = f"{self.words(key)} ({count})" if count else self.words(key)
        self._text(MARGIN, self.y + 4.6, text, 10.5, ACCENT, INNER, strong=True)
        self.y += 6.4

    def _table(self, heading: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Cell]],
               red: int = -1) -> None:
        """Numbers from column `red` on that are not 0 stand in red."""
        self._heading(heading, widths)
        for cells in rows:
            if self.y + ROW > HIGH - FOOT:
                self._page()
                self._heading(heading, widths)
            self._cells(cells, widths, red)
            self.pdf.set_draw_color(*LINE)
            self.pdf.set_line_width(0.15)
            self.pdf.line(MARGIN, self.y + ROW, WIDE - MARGIN, self.y + ROW)
            self.y += ROW
        self.y += 1.6

    def _heading(self, heading: Sequence[str], widths: Sequence[float]) -> None:
        self.pdf.set_fill_color(*BAND)
        self.pdf.rect(MARGIN, self.y, INNER, HEAD_ROW, style="F")
        self._cells(heading, widths, -1, head=True)
        self.y += HEAD_ROW

    def _cells(self, cells: Sequence[Cell], widths: Sequence[float], red: int, head: bool = False) -> None:
        x = MARGIN
        for at, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            number = isinstance(cell, int)
            text = f"{cell:,}" if isinstance(cell, int) else cell
            colour = RED if number and 0 <= red <= at and cell else QUIET if head else INK
            self._text(x + 1, self.y + (4.1 if head else 3.7), text, 8 if head else 8.5, colour, wide - 2,
                       strong=colour == RED, tail=not head and "://" in text)
            x += wide

    def _more(self, count: int) -> None:
        if count > 0:
            self._text(MARGIN, self.y + 2.4, self.words("order.report.more", count=count), 8, QUIET, INNER)
            self.y += 4.4

    def _signatures(self) -> None:
        """Who answers for the counts: a line for the name, one for the date."""
        self._room(SIGN)
        self.y = max(self.y + 4, HIGH - FOOT - SIGN)
        who = self.said.signatures()
        wide = INNER / len(who)
        for at, text in enumerate(who):
            x = MARGIN + at * wide
            self._text(x, self.y + 4, text, 9.5, INK, wide - 6, strong=True)
            for down, key in ((16, "order.report.sign_name"), (26, "order.report.sign_date")):
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

    def _room(self, high: float) -> None:
        if self.y + high > HIGH - FOOT:
            self._page()

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
