"""A4 pages that fill from the top: title, facts, bands, tables that go on on the next page, lines to sign, feet.

PDF with an embedded subset of a Chinese font. Knows no report.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fpdf import FPDF
from fpdf.enums import TextMode

from app.fonts import Font

Cell = str | int

# Millimetres on A4.
WIDE, HIGH, MARGIN, HEAD_ROW, FOOT, SIGN = 210.0, 297.0, 14.0, 6.0, 12.0, 29.0
TOP, BOTTOM, TITLE, AFTER, MORE = MARGIN + 15, HIGH - FOOT, 6.4, 1.6, 4.4
INNER = WIDE - 2 * MARGIN
INK, QUIET, LINE, BAND, ACCENT, RED = (16, 24, 32), (92, 104, 116), (200, 207, 214), (236, 239, 242), (0, 107, 94), \
    (176, 0, 32)
FONT = "cjk"
Colour = tuple[int, int, int]


class Pages:
    """The pages as they fill; `y` is how far. `title` stands on top of each, `room` mm of it are free for it."""

    def __init__(self, title: str, font: Font, room: float = INNER) -> None:
        self.title, self.room = title, room
        self.pdf = FPDF("portrait", "mm", "A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_title(title)
        self.pdf.set_creator("OneCode Station")
        self.pdf.add_font(FONT, fname=str(font.path), collection_font_number=font.index)
        self.page()

    def page(self) -> None:
        self.pdf.add_page()
        self.pdf.set_fill_color(*ACCENT)
        self.pdf.rect(MARGIN, MARGIN, 2.2, 10, style="F")
        self.text(MARGIN + 6, MARGIN + 7.4, self.title, 17, INK, self.room - 6, strong=True)
        self.y = TOP

    def facts(self, facts: Sequence[tuple[str, str]], width: float = INNER, columns: int = 2) -> None:
        """Names and values, side by side."""
        part = width / columns
        for at, (name, value) in enumerate(facts):
            x, y = MARGIN + (at % columns) * part, self.y + (at // columns) * 6
            self.text(x, y + 4, name, 8.5, QUIET, 30)
            self.text(x + 31, y + 4, value, 9.5, INK, part - 33, strong=True)
        self.y += -(-len(facts) // columns) * 6 + 2

    def band(self, text: str, colour: Colour) -> None:
        self.pdf.set_fill_color(*colour)
        self.pdf.rect(MARGIN, self.y, INNER, 9, style="F", round_corners=True, corner_radius=1.5)
        self.text(MARGIN + 4, self.y + 6.2, text, 12, (255, 255, 255), INNER - 8, strong=True)
        self.y += 12

    def head(self, text: str) -> None:
        """The title of what follows."""
        self.text(MARGIN, self.y + 4.6, text, 10.5, ACCENT, INNER, strong=True)
        self.y += TITLE

    def table(self, heading: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Cell]], high: float,
               red: int = -1) -> None:
        """Rows `high` mm apart; numbers from column `red` on that are not 0 stand in red."""
        self.heading(heading, widths)
        for cells in rows:
            if self.y + high > BOTTOM:
                self.page()
                self.heading(heading, widths)
            self.cells(cells, widths, high, red)
            self.pdf.set_draw_color(*LINE)
            self.pdf.set_line_width(0.15)
            self.pdf.line(MARGIN, self.y + high, WIDE - MARGIN, self.y + high)
            self.y += high
        self.y += AFTER

    def heading(self, heading: Sequence[str], widths: Sequence[float]) -> None:
        self.pdf.set_fill_color(*BAND)
        self.pdf.rect(MARGIN, self.y, INNER, HEAD_ROW, style="F")
        self.cells(heading, widths, HEAD_ROW, head=True)
        self.y += HEAD_ROW

    def cells(self, cells: Sequence[Cell], widths: Sequence[float], high: float, red: int = -1,
               head: bool = False) -> None:
        x = MARGIN
        for at, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            number = isinstance(cell, int)
            text = f"{cell:,}" if isinstance(cell, int) else cell
            colour = RED if number and 0 <= red <= at and cell else QUIET if head else INK
            self.text(x + 1, self.y + (4.1 if head else high - 1.5), text, 8 if head else 8.5, colour, wide - 2,
                       strong=colour == RED, tail=not head and "://" in text)
            x += wide

    def more(self, text: str) -> None:
        self.text(MARGIN, self.y + 2.4, text, 8, QUIET, INNER)
        self.y += MORE

    def signatures(self, who: Sequence[str], name: str, date: str) -> None:
        """For each of them a line for the name, one for the date; at the foot of the page."""
        if self.y + SIGN > BOTTOM:
            self.page()
        self.y = BOTTOM - SIGN + 3
        wide = INNER / len(who)
        for at, text in enumerate(who):
            x = MARGIN + at * wide
            self.text(x, self.y + 4, text, 9.5, INK, wide - 6, strong=True)
            for down, said in ((13, name), (22, date)):
                self.pdf.set_draw_color(*QUIET)
                self.pdf.set_line_width(0.25)
                self.pdf.line(x, self.y + down, x + wide - 6, self.y + down)
                self.text(x, self.y + down + 3.4, said, 7.5, QUIET, wide - 6)

    def feet(self, said: Callable[[int, int], str]) -> None:
        """`said` of (page, pages) stands at the foot of each."""
        for page in range(1, self.pdf.pages_count + 1):
            self.pdf.page = page
            self.text(MARGIN, HIGH - 6, said(page, self.pdf.pages_count), 7.5, QUIET, INNER)

    def text(self, x: float, base: float, text: str, points: float, ink: Colour, width: float, *,
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
