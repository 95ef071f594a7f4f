"""What stands on the sheet: the commands job by job, those that want a reason with a row of codes, one a reason.

Data only: barcodes and words. `paper.py` draws it.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.codes.text import safe
from app.domain.commands import Instruction, barcode, by_job
from app.views import DocumentRow, OrderRow
from app.words import LANGUAGES, Words

PLAIN = frozenset({"CLOSE", "CLOSE-PALLET", "DONE", "CLOSE-ORDER", "LANG"})     # they do something without a reason too
ROW_CODES = 5                    # codes beside each other in a row


@dataclass(frozen=True, slots=True)
class Tile:
    """One barcode: its text, what it is called, the same in the other language, what it does, the key that does it."""

    barcode: str
    title: str
    other: str = ""
    note: str = ""
    key: str = ""
    icon: str = ""
    secret: bool = False         # the code's text is not written out beside it

    @property
    def caption(self) -> str:
        return "" if self.secret else safe(self.barcode, 44)


@dataclass(frozen=True, slots=True)
class Row:
    """One command and a code for each of its reasons, beside each other; `head` is drawn without its own code."""

    head: Tile
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Tiles first, then rows. `note` says how its codes are used."""

    title: str
    tiles: tuple[Tile, ...] = ()
    rows: tuple[Row, ...] = ()
    note: str = ""

    @property
    def all(self) -> tuple[Tile, ...]:
        """Every tile that carries a code."""
        return (*self.tiles, *(tile for row in self.rows for tile in row.tiles))


class _Both:
    """The words of the sheet's language and of the other one."""

    def __init__(self, language: str) -> None:
        self.words, self.other = Words(language), Words(next(each for each in LANGUAGES if each != language))

    def command(self, each: Instruction) -> Tile:
        name = each.name
        return Tile(barcode(name), self.words(f"common.command.{name}"), self.other(f"common.command.{name}"),
                    self.words(f"common.command_does.{name}"), each.keys[0] if each.keys else "", each.icon)

    def choice(self, name: str, choice: str) -> Tile:
        table = "language" if name == "LANG" else "choice"
        return Tile(barcode(name, choice), self.words.word(f"common.{table}", choice),
                    self.other.word(f"common.{table}", choice))

    def job(self, job: str, commands: Sequence[Instruction], shifts: Sequence[str]) -> Section:
        """What does nothing without a reason has its plain code in front of its row, all else a tile of its own."""
        words, tiles, rows = self.words, [], []
        for each in commands:
            head, choices = self.command(each), tuple(self.choice(each.name, choice) for choice in each.choices)
            if each.name == "SHIFT":
                choices = tuple(Tile(barcode("SHIFT", shift), words("sheet.shift", shift=shift)) for shift in shifts)
            elif each.argument == "required":
                continue
            elif choices and each.name not in PLAIN:
                choices = (Tile(head.barcode, words("sheet.ask"), self.other("sheet.ask")), *choices)
            else:
                tiles.append(head)
            if choices:
                rows += [Row(head, choices[at : at + ROW_CODES]) for at in range(0, len(choices), ROW_CODES)]
        note = words("sheet.rework_how") if job == "rework" else ""
        return Section(words(f"sheet.{job}"), tuple(tiles), tuple(rows), note)


def sections(language: str, commands: Sequence[Instruction], orders: Sequence[OrderRow],
             documents: Sequence[DocumentRow], people: Sequence[tuple[str, str]],
             shifts: Sequence[str] = ()) -> list[Section]:
    """All that stands on the sheet, in order. `people` are (name, badge text)."""
    both = _Both(language)
    words = both.words
    scannable = tuple(each for each in commands if each.scannable)
    made = [both.job(job, found, shifts) for job, found in by_job(scannable)]
    made += [
        Section(words("sheet.orders"), tuple(
            Tile(barcode("ORDER", each.id), each.id, each.product_name, words("sheet.lot", lot=each.lot), icon="pack")
            for each in orders)),
        Section(words("sheet.documents"), tuple(
            Tile(barcode("DOCUMENT", each.id), each.id, each.partner_name, words.word("document.kind", each.kind),
                 icon="document") for each in documents)),
        Section(words("sheet.people"), tuple(
            Tile(barcode("BADGE", text), name, icon="badge", secret=True) for name, text in people)),
    ]
    return [section for section in made if section.all]
