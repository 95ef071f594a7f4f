"""The stock as lists to take away: every batch at every place, then sums by product, by age and by place.

Reads the store at one moment on a connection of its own; changes nothing.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from app.domain.codes.text import safe
from app.domain.warehouse import age
from app.reports.tables import Cell, Listed, write_lists
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_reader
from app.store.stock_view import StockView
from app.views import StockRow, StockWhere
from app.words import Words

COLUMNS = ("product", "name", "lot", "expiry", "days", "share", "status", "location", "partner", "partner_name",
           "units", "objects")
WIDTHS = (16, 28, 14, 12, 10, 10, 16, 20, 14, 24, 12, 12)


def write_stock(path: Path, database: Path, where: StockWhere, *, language: str, station: str, now: datetime) -> Path:
    """Writes the goods that are asked for to an .xlsx (four sheets) or a .csv (the first of them).

    `now` is on the site's clock. Raises StoreRefused, OSError, ValueError for another ending.
    """
    connection = open_reader(database)
    try:
        connection.execute("BEGIN")              # one moment, whatever the station writes meanwhile
        said = Said(connection, Words(language), station, now)
        return write_lists(path, said.lists(where), said.words("stock.report.title"))
    finally:
        connection.close()


class Said:
    """The stock in the words of one language."""

    def __init__(self, connection: Connection, words: Words, station: str, now: datetime) -> None:
        self.words, self.station, self.now = words, safe(station, 80), now
        self.view = StockView(connection, words.language, now.date())
        self._catalogue = Catalogue(connection)

    def lists(self, where: StockWhere) -> list[Listed]:
        words, total = self.words, self.view.total(where)
        facts = [(words("stock.report.station"), self.station),
                 (words("stock.report.printed"), f"{self.now:%Y-%m-%d %H:%M:%S}"),
                 (words("stock.report.which"), self.which(where)),
                 (words("stock.column.units"), f"{total.units:,}"),
                 (words("stock.column.objects"), f"{total.objects:,}")]
        return [
            Listed(words("stock.sheet.all"), [words(f"stock.column.{each}") for each in COLUMNS], self.details(where),
                   WIDTHS),
            Listed(words("stock.sheet.product"), self.heading("product"), self.sums(where, "product"),
                   (28, 14, 14, *[14] * 7), facts),
            Listed(words("stock.sheet.age"), [words(f"stock.column.{each}") for each in ("age", "units", "objects")],
                   self.ages(where), (28, 14, 14)),
            Listed(words("stock.sheet.location"), self.heading("location"), self.sums(where, "location"),
                   (28, 14, 14, *[14] * 7))]

    def heading(self, group: str) -> list[str]:
        return [self.words(f"stock.column.{each}") for each in (group, "units", "objects")] + [
            self.words(f"stock.age.{word}") for word in (*(word for word, _ in age.BUCKETS), age.NO_DATE)]

    def details(self, where: StockWhere) -> Iterator[list[Cell]]:
        """One row for each batch, status, place and partner."""
        lives: dict[str, int] = {}
        for product, lot, expiry, status, location, partner, units, count in self.view.details(where):
            if product not in lives:
                found = self._catalogue.product(product)
                lives[product] = found.shelf_life_days if found else 0
            days = age.days_left(expiry, self.now.date()) if age.day(expiry) else None
            share = age.share_left(days, lives[product]) if days is not None else None
            yield [product, self.view.name("product", product), lot, expiry, days,
                   None if share is None else round(share * 100), self.words.word("common.status", status),
                   self.place(location), partner, self.view.name("partner", partner), units, count]

    def sums(self, where: StockWhere, group: str) -> Iterator[list[Cell]]:
        for row in self.view.rows(where, group):
            ages = dict(row.ages)
            yield [self.named(group, row), row.units, row.objects,
                   *(ages.get(word, 0) for word in (*(word for word, _ in age.BUCKETS), age.NO_DATE))]

    def ages(self, where: StockWhere) -> Iterable[list[Cell]]:
        return ([self.words(f"stock.age.{row.key}"), row.units, row.objects] for row in self.view.rows(where, "age"))

    def named(self, group: str, row: StockRow) -> str:
        """What a row is about."""
        match group:
            case "status":
                return self.words.word("common.status", row.key)
            case "age":
                return self.words(f"stock.age.{row.key}")
            case "location":
                return self.place(row.key)
            case "partner":
                return f"{row.name} ({row.key})" if row.key else self.words("stock.none.partner")
            case "lot":
                return row.key or self.words("stock.none.lot")
        return row.name if row.name == row.key else f"{row.name} ({row.key})"

    def place(self, location: str) -> str:
        """A shelf by its code, the site by its number, goods on their way as such."""
        return self.view.name("location", location) if location else self.words("stock.none.location")

    def which(self, where: StockWhere) -> str:
        """What was asked for, in words."""
        parts = []
        if where.here is not None:
            parts.append(self.words("stock.scope.here" if where.here else "stock.scope.away"))
        for group in ("product", "lot", "status", "location", "partner", "age"):
            value = getattr(where, group)
            if value is not None:
                row = StockRow(value, self.view.name(group, value), 0, 0, where)
                parts.append(f"{self.words(f'stock.column.{group}')}: {self.named(group, row)}")
        return " · ".join(parts) or self.words("stock.scope.all")
