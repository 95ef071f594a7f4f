"""A document to take away: a delivery note (PDF), a workbook (XLSX), a table (CSV). In the words of one language.

Reads the store at one moment on a connection of its own; changes nothing. A file is there whole or not at all.
"""
from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from app.domain.codes.text import safe
from app.domain.products import Name
from app.domain.warehouse.kinds import Direction
from app.reports.symbols import readable
from app.reports.tables import Cell, Listed, write_lists
from app.store import who
from app.store.database import Connection, open_reader
from app.store.paper_view import Paper, events, paper
from app.words import Words

KINDS = ("pdf", "xlsx", "csv")
LINES = ("line", "product", "name", "lot", "wanted", "done", "left")
OBJECTS = ("document", "line", "level", "code", "product", "name", "lot", "expiry", "units", "at", "operator")
EVENTS = ("at", "step", "objects", "operator", "sent", "problem", "event")


class UnknownDocument(LookupError):
    """There is no document of this number here."""


class Said:
    """A document in the words of one language. `now` is on the site's clock."""

    def __init__(self, told: Paper, words: Words, *, station: str, gln: str, now: datetime) -> None:
        self.told, self.words, self.station, self.gln, self.now = told, words, safe(station, 80), gln, now
        self._names = {line.product: line.name for line in told.lines}

    def title(self) -> str:
        return f"{self.words(f'document.note.{self.told.document.does.direction}')} · {self.told.document.id}"

    def facts(self) -> list[tuple[str, str]]:
        """Name and value of what is said of the document; what is empty is left out."""
        document, words, partner = self.told.document, self.words, self.told.partner
        out = document.does.direction is Direction.OUT
        here = f"{self.station} ({self.gln})"
        there = f"{self.named(partner.name)} · {partner.id} · {partner.gln}" if partner else ""
        state = words.word("document.state", self.told.state)
        every = [
            ("kind", words.word("document.kind", document.kind)),
            ("state", f"{state} · {self.why()}" if self.why() and self.told.state in ("closed_short", "cancelled")
             else state),
            ("from", here if out else there), ("to", there if out else here),
            ("role", words.word("document.partner_role", partner.role) if partner else ""),
            ("territory", document.territory or (partner.territory if partner else "")),
            ("route", document.route or (partner.route if partner else "")),
            ("reason", words.word("document.reason", document.reason) if document.reason else ""),
            ("references", "; ".join(f"{word} {uri.rpartition(':')[2]}" for word, uri in document.references)),
            ("units", f"{self.told.done:,}" + (f" / {self.told.wanted:,}" if self.told.wanted else "")),
            ("objects", f"{len(self.told.objects):,}"),
            ("times", self.times()), ("printed", self.at(self.now)),
        ]
        return [(words(f"document.fact.{key}"), safe(value, 200)) for key, value in every if value]

    def why(self) -> str:
        table = "common.choice" if self.words.has(f"common.choice.{self.told.why}") else "document.reason"
        return self.words.word(table, self.told.why) if self.told.why else ""

    def times(self) -> str:
        seen = sorted(each.at for each in self.told.objects if each.at)
        return f"{self.at(seen[0])} – {self.at(seen[-1])}" if seen else ""

    def line_heading(self) -> list[str]:
        return [self.words(f"document.column.{key}") for key in LINES]

    def lines(self) -> Iterator[list[Cell]]:
        for line in self.told.lines:
            yield [line.line, safe(line.product, 60), self.named(line.name), line.lot, line.wanted, line.done,
                   line.wanted - line.done if line.wanted else 0]

    def objects(self) -> Iterator[list[Cell]]:
        """A row for each object and line that it is on."""
        for each in self.told.objects:
            for line, units in each.units.items():
                yield [safe(self.told.document.id, 100), line, self.level(each.level), safe(readable(each.epc), 500),
                       each.product or self.product(line), self.named(self._names.get(each.product or
                                                                                        self.product(line), {})),
                       each.lot, each.expiry, units, self.at(each.at), safe(each.operator, 80)]

    def product(self, number: int) -> str:
        """Of a line, "" where there is none."""
        return next((line.product for line in self.told.lines if line.line == number), "")

    def lists(self, connection: Connection) -> list[Listed]:
        words = self.words
        return [
            Listed(words("document.sheet.objects"), [words(f"document.column.{key}") for key in OBJECTS],
                   self.objects(), (16, 6, 10, 48, 14, 28, 12, 12, 10, 20, 14)),
            Listed(words("document.sheet.lines"), self.line_heading(), self.lines(), (12, 30, 28, 14, 12, 12, 12),
                   self.facts()),
            Listed(words("document.sheet.events"), [words(f"document.column.{key}") for key in EVENTS],
                   self.events(connection), (20, 16, 10, 14, 12, 40, 40)),
        ]

    def events(self, connection: Connection) -> Iterator[list[Cell]]:
        name = who.named(connection)
        for event, state, problem in events(connection, self.told.document.id):
            act = event.act
            yield [self.at(event.stamp.time), self.words.word("common.biz_step", act.biz_step), len(act.epcs),
                   safe(name(event.stamp.operator), 80), self.words.word("document.sent", state or "done"),
                   safe(problem, 300), event.stamp.event_id]

    def level(self, level: str) -> str:
        return self.words.level(level) if level else ""

    def named(self, name: Name) -> str:
        return safe(name.get(self.words.language) or next(iter(name.values()), ""), 100)

    def at(self, moment: datetime | str) -> str:
        """On the site's clock."""
        when = datetime.fromisoformat(moment) if isinstance(moment, str) and moment else moment
        return f"{when.astimezone(self.now.tzinfo):%Y-%m-%d %H:%M:%S}" if isinstance(when, datetime) else ""


def write_document(path: Path, database: Path, document: str, *, language: str, station: str, gln: str,
                   now: datetime) -> Path:
    """Writes a .pdf, .xlsx or .csv. Raises UnknownDocument, StoreRefused, FontMissing, OSError, ValueError."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise ValueError(f"{path}: expected a name that ends in .pdf, .xlsx or .csv")
    connection = open_reader(database)
    try:
        connection.execute("BEGIN")              # one moment, whatever the station writes meanwhile
        told = paper(connection, document)
        if told is None:
            raise UnknownDocument(document)
        said = Said(told, Words(language), station=station, gln=gln, now=now)
        if kind != "pdf":
            return write_lists(path, said.lists(connection), said.title())
    finally:
        connection.close()
    from app.fonts import chinese_font
    from app.reports.delivery import Note

    drawn = Note(said, chinese_font()).draw()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".note-", suffix=".pdf")
    with os.fdopen(handle, "wb") as file:
        file.write(drawn)
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return path


def write_unsettled(path: Path, rows: Sequence[tuple[str, str, str]], *, language: str) -> Path:
    """What was taken in provisionally, as an .xlsx or .csv. Raises OSError, ValueError for another ending."""
    words = Words(language)
    title = words("document.sheet.unsettled")
    heading = [words(f"document.column.{key}") for key in ("document", "code", "epc", "answer")]
    told = ([document, safe(readable(epc), 500), safe(epc, 1000), words(f"document.answer.{answer or 'open'}")]
            for epc, document, answer in rows)
    return write_lists(path, [Listed(title, heading, told, (20, 48, 60, 20))], title)
