"""The sheet of command barcodes: A4 PDF, a QR code and its name in both languages for everything a clerk can tell.

Knows no Qt. `jobs.py` says what stands on it, `paper.py` draws it, app.fonts finds a font with Chinese.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from app.domain.commands import INSTRUCTIONS, PREFIX, Instruction, parsed
from app.fonts import FontMissing, chinese_font
from app.sheet.jobs import Section, Tile, sections
from app.sheet.paper import Paper
from app.sheet.saved import save
from app.views import DocumentRow, OrderRow
from app.words import Words

__all__ = ["FontMissing", "Printed", "sections", "write_sheet"]
SHIFTS = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of it. `left_out` are orders and documents whose number cannot be a command barcode."""

    path: Path
    pages: int
    barcodes: tuple[str, ...]
    left_out: tuple[str, ...]


def write_sheet(path: Path, *, station_name: str, language: str, commands: Sequence[Instruction] = INSTRUCTIONS,
                orders: Sequence[OrderRow] = (), documents: Sequence[DocumentRow] = (),
                people: Sequence[tuple[str, str]] | None = None, shifts: Sequence[str] = SHIFTS,
                printed: date | None = None) -> Printed:
    """Writes the PDF whole or not at all; `printed` None is today.

    Raises FontMissing where there is no Chinese font, OSError as the disk does, ValueError for an unknown language.
    """
    wanted = sections(language, commands, orders, documents, people or (), shifts)
    made = [each for each in map(_printable, wanted) if each.all]
    paper = Paper(Words(language), station_name, printed or datetime.now().astimezone().date(), chinese_font())
    for section in made:
        paper.section(section)
    paper.finish()
    save(path, bytes(paper.pdf.output()))
    return Printed(path, paper.pdf.pages_count, tuple(tile.barcode for each in made for tile in each.all),
                   tuple(tile.title for each in wanted for tile in each.all if not _readable(tile)))


def _printable(section: Section) -> Section:
    """The section without what the station would not read back."""
    rows = (replace(row, tiles=tuple(filter(_readable, row.tiles))) for row in section.rows)
    return replace(section, tiles=tuple(filter(_readable, section.tiles)), rows=tuple(row for row in rows if row.tiles))


def _readable(tile: Tile) -> bool:
    """True where the station will read back exactly what is printed."""
    text = tile.barcode
    name, _, argument = text.removeprefix(PREFIX).partition(":")
    return text.isprintable() and parsed(text) == (name, argument)
