"""Draws sections on A4 pages: PDF with an embedded subset of a Chinese font; QR codes and signs as vectors."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import segno
from fpdf import FPDF
from fpdf.enums import TextMode

from app.domain.codes.text import safe
from app.fonts import Font
from app.sheet.jobs import ROW_CODES, Row, Section, Tile
from app.signs import SIGNS
from app.words import Words

# Millimetres on A4. A tile's code with its quiet zone is CODE wide: at least 1 mm a module for all our commands.
PAGE, MARGIN, COLUMNS, TILE, CODE, HEAD, HEADING, FOOT = (210, 297), 12.0, 3, (62.0, 40.0), 35.0, 19.0, 9.0, 12.0
ROW, ROW_TOP, ROW_CODE = 48.5, 7.0, 33.0       # a row of reasons: its height, where its codes begin, their side
SIGN, GRID = 6.0, 24.0                         # a sign's side, and that of the grid it is drawn on
QUIET_MODULES = 4
POINT = 25.4 / 72
INK, QUIET, LINE, CHIP, ACCENT = (16, 24, 32), (92, 104, 116), (200, 207, 214), (236, 239, 242), (0, 107, 94)
FONT = "cjk"


@dataclass(frozen=True, slots=True)
class Style:
    points: float
    ink: tuple[int, int, int] = INK
    strong: bool = False


TITLE, HOW = Style(20, INK, True), Style(9.5, QUIET)
HEAD_LINE, FOOT_LINE = Style(12, ACCENT, True), Style(8, QUIET)
NAME, OTHER, NOTE = Style(17, INK, True), Style(10), Style(8.5, QUIET)
KEY, CAPTION = Style(10, INK, True), Style(6.5, QUIET)
ACT, REASON = Style(14, INK, True), Style(11, INK, True)


class Paper:
    """The pages as they fill: a cursor, three tiles to a row, a section's heading never alone at the foot."""

    def __init__(self, words: Words, station_name: str, printed: date, font: Font) -> None:
        self.words, self.station_name, self.printed = words, safe(station_name, 80), printed
        self.pdf = FPDF("portrait", "mm", "A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_title(f"{words('sheet.title')} · {self.station_name}")
        self.pdf.set_creator("OneCode Station")
        self.pdf.add_font(FONT, fname=str(font.path), collection_font_number=font.index)
        self._page()

    def section(self, section: Section) -> None:
        """Starts a new page where the section does not fit on this one, unless it is a short page's rest that is left.

        Tiles and rows are never broken over two pages; each page that goes on with a section has its heading.
        """
        high = HEADING + -(-len(section.tiles) // COLUMNS) * TILE[1] + len(section.rows) * ROW
        if high > PAGE[1] - FOOT - self.y and self.y > MARGIN + HEAD:
            self._page()
        self._heading(section)
        for at in range(0, len(section.tiles), COLUMNS):
            self._room(TILE[1], section)
            for column, tile in enumerate(section.tiles[at : at + COLUMNS]):
                self._tile(tile, MARGIN + column * TILE[0], self.y)
            self.y += TILE[1]
        for row in section.rows:
            self._room(ROW, section)
            self._row(row)
            self.y += ROW

    def finish(self) -> None:
        """Feet last, when the number of pages is known."""
        for page in range(1, self.pdf.pages_count + 1):
            self.pdf.page = page
            said = self.words("sheet.footer", station=self.station_name, date=self.printed.isoformat(), page=page,
                              pages=self.pdf.pages_count)
            self._text(MARGIN, PAGE[1] - 6, said, FOOT_LINE, PAGE[0] - 2 * MARGIN)

    def _page(self) -> None:
        self.pdf.add_page()
        self.y = MARGIN + HEAD
        self.pdf.set_fill_color(*ACCENT)
        self.pdf.rect(MARGIN, MARGIN, 2.2, HEAD - 5, style="F")
        self._text(MARGIN + 6, MARGIN + 6.5, f"{self.words('sheet.title')} · {self.station_name}", TITLE, 176)
        self._text(MARGIN + 6, MARGIN + 13, self.words("sheet.how"), HOW, 176)

    def _room(self, high: float, section: Section) -> None:
        """A new page where so much does not fit any more."""
        if self.y + high > PAGE[1] - FOOT:
            self._page()
            self._heading(section)

    def _heading(self, section: Section) -> None:
        across = self._text(MARGIN, self.y + 5.6, section.title, HEAD_LINE, PAGE[0] - 2 * MARGIN) + 5
        self._text(MARGIN + across, self.y + 5.6, section.note, HOW, PAGE[0] - 2 * MARGIN - across)
        self.y += HEADING

    def _row(self, row: Row) -> None:
        """The command on a line of its own, below it a code for each reason with its word in both languages."""
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.25)
        self.pdf.line(MARGIN, self.y + 0.4, PAGE[0] - MARGIN, self.y + 0.4)
        x, base, end = MARGIN, self.y + 6, PAGE[0] - MARGIN
        self._sign(row.head.icon, x, self.y + 1.2, SIGN)
        x += SIGN + 1.5
        for text, style in ((row.head.title, ACT), (row.head.other, OTHER)):
            x += self._text(x, base, text, style, end - x) + 2.5
        if row.head.key:
            x += self._key(x, self.y + 1.4, row.head.key) + 2.5
        self._text(x, base, row.head.note, NOTE, end - x)
        wide = (PAGE[0] - 2 * MARGIN) / ROW_CODES
        for at, tile in enumerate(row.tiles):
            left, below = MARGIN + at * wide, self.y + ROW_TOP + ROW_CODE
            self._code(tile.barcode, left, self.y + ROW_TOP, ROW_CODE)
            share = min(1.0, (wide - 5.5) / max(1.0, self._wide(tile.title, REASON) + self._wide(tile.other, NOTE)))
            name, other = (replace(style, points=style.points * share) for style in (REASON, NOTE))
            across = self._text(left + 3, below + 2.6, tile.title, name, wide - 4)
            self._text(left + 4.3 + across, below + 2.6, tile.other, other, wide - 4.4 - across)
            self._text(left + 3, below + 6, tile.caption, CAPTION, wide - 4)

    def _tile(self, tile: Tile, x: float, y: float) -> None:
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.25)
        self.pdf.rect(x + 0.75, y + 0.75, TILE[0] - 1.5, TILE[1] - 1.5, style="D", round_corners=True, corner_radius=2)
        self._code(tile.barcode, x + 1.2, y + 1.0, CODE)
        left, width = x + CODE + 1.2, TILE[0] - CODE - 4.2
        low = bool(tile.key or tile.icon)
        foot = y + (29.5 if low else 38.5)
        down = self._flow(left, y + 4.5, tile.title, NAME, width=width, foot=foot)
        down = self._flow(left, down + 0.6, tile.other, OTHER, width=width, foot=foot)
        self._flow(left, down + 1.2, tile.note, NOTE, width=width, foot=foot)
        if tile.key:
            self._key(left, y + 30.5, tile.key)
        if tile.icon:
            self._sign(tile.icon, x + TILE[0] - 2.4 - SIGN, y + 30.5, SIGN)
        self._text(x + 4.5, y + TILE[1] - 2.6, tile.caption, CAPTION, (CODE if low else TILE[0]) - 9)

    def _key(self, x: float, y: float, name: str) -> float:
        """The key on a chip that is as wide as it needs. Returns its width."""
        wide = max(8.0, self._wide(name, KEY) + 2)
        self.pdf.set_fill_color(*CHIP)
        self.pdf.rect(x, y, wide, 6, style="F", round_corners=True, corner_radius=1.2)
        self._text(x + 1, y + 4.2, name, KEY, wide)
        return wide

    def _sign(self, name: str, x: float, y: float, side: float) -> None:
        """The same sign that the screen shows; nothing for a command without one."""
        if name not in SIGNS:
            return
        scale = side / GRID
        with self.pdf.local_context(draw_color=INK, line_width=1.8 * scale, stroke_cap_style="round",
                                    stroke_join_style="round"):
            for stroke in SIGNS[name]:
                self.pdf.polyline([(x + across * scale, y + down * scale) for across, down in stroke])

    def _code(self, text: str, x: float, y: float, side: float) -> None:
        """The QR code, runs of dark modules as one rectangle; white round it for four modules."""
        code = segno.make(text, error="m", micro=False, encoding=None if text.isascii() else "utf-8")
        rows = [bytes(row) for row in code.matrix]
        module = side / (len(rows) + 2 * QUIET_MODULES)
        self.pdf.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            start = 0
            for across in range(len(row) + 1):
                dark = across < len(row) and row[across]
                if not dark and start < across:
                    self.pdf.rect(x + (QUIET_MODULES + start) * module, y + (QUIET_MODULES + down) * module,
                                  (across - start) * module, module * 1.02, style="F")
                if not dark:
                    start = across + 1

    def _flow(self, x: float, top: float, text: str, style: Style, *, width: float, foot: float) -> float:
        """At most two lines of a name or three of a note, above `foot`. Returns where the next may begin."""
        text, size, most, lines = safe(text, 120), style.points, 1, [text]
        small = style.points < NAME.points
        for share, most in ((1, 3), (0.8, 3)) if small else ((1, 1), (0.8, 1), (0.7, 2), (0.55, 2)):
            size = style.points * share
            lines = self._broken(text, size, width)
            if len(lines) <= most:
                break
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1] + "…"]
        for line in lines:
            step = size * POINT * 1.25
            if top + step > foot or not line:
                break
            self._text(x, top + size * POINT * 0.95, line, replace(style, points=size), width)
            top += step
        return top

    def _broken(self, text: str, points: float, width: float) -> list[str]:
        """Lines that fit the width, broken after a space or hyphen where there is one, anywhere else otherwise."""
        self.pdf.set_font(FONT, size=points)
        lines, rest = [], text
        while rest:
            fits = len(rest)
            while fits > 1 and self.pdf.get_string_width(rest[:fits]) > width:
                fits -= 1
            if fits < len(rest):
                fits = next((at for at in range(fits, 0, -1) if _may_break(rest, at)), fits)
            lines.append(rest[:fits].strip())
            rest = rest[fits:].strip()
        return lines

    def _wide(self, text: str, style: Style) -> float:
        self.pdf.set_font(FONT, size=style.points)
        return float(self.pdf.get_string_width(text))

    def _text(self, x: float, base: float, text: str, style: Style, width: float) -> float:
        """One line on its base line, cut short where it is too wide. Returns how wide it came."""
        self.pdf.set_font(FONT, size=style.points)
        while len(text) > 1 and self.pdf.get_string_width(text) > width:
            text = text.rstrip("…")[:-1] + "…"
        self.pdf.set_text_color(*style.ink)
        with self.pdf.local_context():
            if style.strong:      # the font has one weight; an outline of the same ink makes the other
                self.pdf.set_draw_color(*style.ink)
                self.pdf.set_line_width(style.points * 0.012)
                self.pdf.text_mode = TextMode.FILL_STROKE
            self.pdf.text(x, base, text)
        return self._wide(text, style)


def _may_break(text: str, at: int) -> bool:
    """True after a space or hyphen, before a space, and on either side of a Chinese character."""
    return text[at - 1] in " -" or text[at] == " " or text[at - 1] >= "\u2e80" or text[at] >= "\u2e80"
