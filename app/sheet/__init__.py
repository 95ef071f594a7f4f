"""The sheet of command barcodes: A4 PDF, a QR code and its name in both languages for everything a clerk can tell.

Knows no Qt. `sections` says what stands on it, `paper.py` draws it, app.fonts finds a font with Chinese.
"""
from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.domain.commands import INSTRUCTIONS, PREFIX, SHORT_REASONS, Instruction, barcode, parsed
from app.fonts import FontMissing, chinese_font
from app.sheet.paper import Paper, Section, Tile
from app.views import DocumentRow, OrderRow
from app.words import LANGUAGES, Words

__all__ = ["FontMissing", "Printed", "sections", "write_sheet"]


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of it. `left_out` are orders and documents whose number cannot be a command barcode."""

    path: Path
    pages: int
    barcodes: tuple[str, ...]
    left_out: tuple[str, ...]


def sections(language: str, commands: Sequence[Instruction], orders: Sequence[OrderRow],
             documents: Sequence[DocumentRow], people: Sequence[tuple[str, str]]) -> list[Section]:
    """All tiles in order. `people` are (name, badge text)."""
    words, other = Words(language), Words(next(each for each in LANGUAGES if each != language))
    plain = tuple(
        Tile(barcode(each.name), words(f"common.command.{each.name}"), other(f"common.command.{each.name}"),
             words(f"common.command_does.{each.name}"), each.keys[0] if each.keys else "")
        for each in commands if each.scannable and each.argument != "required"
    )
    made = [Section(words("sheet.commands"), plain)]
    for name, heading in (("CLOSE", "short_case"), ("CLOSE-PALLET", "short_pallet"), ("DONE", "short_document")):
        if any(each.name == name for each in commands):
            made.append(Section(words(f"sheet.{heading}"), tuple(
                Tile(barcode(name, reason), words(f"common.choice.{reason}"), other(f"common.choice.{reason}"),
                     words(f"common.command.{name}"))
                for reason in SHORT_REASONS)))
    made.append(Section(words("sheet.orders"), tuple(
        Tile(barcode("ORDER", each.id), each.id, each.product_name, words("sheet.lot", lot=each.lot))
        for each in orders)))
    made.append(Section(words("sheet.documents"), tuple(
        Tile(barcode("DOCUMENT", each.id), each.id, each.partner_name,
             words.word("common.kind", each.kind)) for each in documents)))
    made.append(Section(words("sheet.people"), tuple(
        Tile(barcode("BADGE", text), name, secret=True) for name, text in people)))
    return [section for section in made if section.tiles]


def write_sheet(path: Path, *, station_name: str, language: str, commands: Sequence[Instruction] = INSTRUCTIONS,
                orders: Sequence[OrderRow] = (), documents: Sequence[DocumentRow] = (),
                people: Sequence[tuple[str, str]] | None = None, printed: date | None = None) -> Printed:
    """Writes the PDF whole or not at all; `printed` None is today.

    Raises FontMissing where there is no Chinese font, OSError as the disk does, ValueError for an unknown language.
    """
    made, left_out = [], []
    for section in sections(language, commands, orders, documents, people or ()):
        good = tuple(tile for tile in section.tiles if _readable(tile.barcode))
        left_out += [tile.title for tile in section.tiles if not _readable(tile.barcode)]
        if good:
            made.append(Section(section.title, good))
    paper = Paper(Words(language), station_name, printed or datetime.now().astimezone().date(), chinese_font())
    for section in made:
        paper.section(section)
    paper.finish()
    _save(path, bytes(paper.pdf.output()))
    return Printed(path, paper.pdf.pages_count, tuple(tile.barcode for each in made for tile in each.tiles),
                   tuple(left_out))


def _readable(text: str) -> bool:
    """True where the station will read back exactly what is printed."""
    name, _, argument = text.removeprefix(PREFIX).partition(":")
    return text.isprintable() and parsed(text) == (name, argument)


def _save(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".sheet-", suffix=".pdf")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
