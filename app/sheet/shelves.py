"""Labels for shelves on A4: the shelf's code large, what it is called, and the code that a scanner reads.

The code is a GS1 Digital Link of the place (414, 254): any scanner gives it as it stands. To be cut out and stuck on.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.domain.codes.text import safe
from app.domain.products import Location
from app.domain.warehouse.shelf import shelf_uri
from app.fonts import chinese_font
from app.sheet.paper import LINE, MARGIN, PAGE, Paper, Style
from app.sheet.saved import save
from app.words import LANGUAGES, Words

COLUMNS, LABEL, CODE = 2, (93.0, 54.6), 40.0       # millimetres: five rows of two
BIG, NAME, NOTE, KEY = Style(40, strong=True), Style(14), Style(10), Style(8)


class Labels(Paper):
    """Pages of labels; nothing but labels stands on them."""

    def _page(self) -> None:
        self.pdf.add_page()
        self.y = MARGIN

    def label(self, x: float, y: float, location: Location, uri: str) -> None:
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.25)
        self.pdf.rect(x, y, *LABEL)
        self._code(uri, x + 1, y + 7, CODE)
        left, wide = x + CODE + 3, LABEL[0] - CODE - 5
        points = BIG.points
        while points > 12 and self._wide(location.id, Style(points)) > wide:
            points -= 1
        self._text(left, y + 22, safe(location.id, 24), Style(points, strong=True), wide)
        language = self.words.language
        names = [location.name.get(each, "") for each in (language, *(one for one in LANGUAGES if one != language))]
        names = list(dict.fromkeys(each for each in names if each))
        for at, (name, style) in enumerate(zip(names, (NAME, NOTE), strict=False)):
            self._text(left, y + 31 + at * 6, safe(name, 80), style, wide)
        self._text(left, y + 45, self.words(f"moves.kind.{location.kind}"), NOTE, wide)
        self._text(x + 5, y + LABEL[1] - 3, safe(uri.replace("https://", ""), 80), KEY, LABEL[0] - 8)


def write_shelves(path: Path, locations: Sequence[Location], site: str, language: str) -> int:
    """Writes the PDF whole or not at all and gives how many pages it has; `site` is the URI of the house.

    Raises FontMissing where there is no Chinese font, OSError as the disk does.
    """
    paper = Labels(Words(language), "", date.min, chinese_font())
    for at, each in enumerate(locations):
        row, column = divmod(at % (COLUMNS * 5), COLUMNS)
        if at and not row and not column:
            paper._page()
        across = (PAGE[0] - COLUMNS * LABEL[0]) / 2
        paper.label(across + column * LABEL[0], MARGIN + row * LABEL[1], each, shelf_uri(site, each.id))
    save(path, bytes(paper.pdf.output()))
    return paper.pdf.pages_count
