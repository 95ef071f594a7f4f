"""A stocktake to take away: what was seen, missing, extra and in the wrong place, by round, and what was adjusted.

Reads the store at one moment on a connection of its own; changes nothing. A file is there whole or not at all.
"""
from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from app.domain.codes.text import safe
from app.domain.products import Name
from app.fonts import Font
from app.reports.pages import ACCENT, RED, Pages
from app.reports.symbols import readable
from app.reports.tables import Listed, write_lists
from app.store.count_told import CountFiles, CountReader, CountTold
from app.store.database import open_reader
from app.words import Words, short

KINDS = ("xlsx", "csv", "pdf")
DIFFERENCES = ("finding", "level", "code", "product", "name", "lot", "units", "seen_at", "recorded_at", "paper")
ROUNDS = ("round", "right", "missing", "extra", "misplaced")
LINES = ("product", "name", "seen", "expected", "apart")
PEOPLE = ("who", "scans", "first", "last")
ON_PAPER = ("finding", "level", "code", "product", "lot", "units", "seen_at", "recorded_at", "paper")
MOST_ON_PAPER = 400
ROW = 5.2
Row = list[Any]             # texts and numbers


class Said:
    """A count in the words of one language. `now` is on the site's clock."""

    def __init__(self, told: CountTold, words: Words, site: str, station: str, now: datetime) -> None:
        self.told, self.words, self.site, self.station, self.now = told, words, site, safe(station, 80), now

    def title(self) -> str:
        return f"{self.words('count.report.title')} · {safe(self.told.document.id, 60)}"

    @property
    def apart(self) -> bool:
        return bool(self.told.differences) and self.told.row.state != "closed"

    def verdict(self) -> str:
        """Whether it adds up, as one sentence."""
        if not self.told.differences:
            return self.words("count.report.even", units=f"{self.told.row.seen:,}")
        key = "adjusted" if self.told.row.state == "closed" else "apart"
        return self.words(f"count.report.{key}", count=f"{len(self.told.differences):,}")

    def facts(self) -> list[tuple[str, str]]:
        words, row = self.words, self.told.row
        way = words(f"count.way.{'blind' if row.blind else 'guided'}")
        every = [("kind", f"{words.word('count.kind', row.kind)} · {way}"),
                 ("state", words.word("count.state", row.state)), ("scope", self.place(row.scope)),
                 ("begun", f"{self.told.begun:,}" if self.told.begun is not None else ""),
                 ("seen", f"{row.seen:,}"), ("rounds", str(row.round)),
                 ("reason", words.word("common.choice", self.told.why) if self.told.why else ""),
                 ("booked", "  ".join(filter(None, (self.at(self.told.booked[0]), self.person(self.told.booked[1]))))
                  if self.told.booked[0] else ""), ("approver", self.person(self.told.booked[2])),
                 ("station", self.station), ("printed", self.at(self.now))]
        return [(words(f"count.fact.{key}"), safe(value, 200)) for key, value in every if value]

    def heading(self, keys: tuple[str, ...]) -> list[str]:
        return [self.words(f"count.column.{key}") for key in keys]

    def rounds(self) -> Iterator[Row]:
        for each in self.told.rounds:
            yield list(each)

    def lines(self) -> Iterator[Row]:
        for product, name, seen, expected in self.told.lines:
            yield [safe(product, 60), self.named(name), seen, expected, seen - expected]

    def differences(self) -> Iterator[Row]:
        for each in self.told.differences:
            yield [self.words.word("count.finding", each.finding), self.words.level(each.level) if each.level else "",
                   safe(readable(each.epc), 500), safe(each.product, 60), safe(each.product_name, 100), each.lot,
                   each.units, self.place(each.seen_at), self.place(each.recorded_at),
                   safe(self.told.adjusted.get(each.epc, ""), 100)]

    def on_paper(self) -> Iterator[Row]:
        keep = [DIFFERENCES.index(key) for key in ON_PAPER]
        for row in islice(self.differences(), MOST_ON_PAPER):
            yield [row[at] for at in keep]

    def people(self) -> Iterator[Row]:
        for each in self.told.counters:
            yield [self.person(each.operator), each.scans, self.at(each.first), self.at(each.last)]

    def lists(self) -> list[Listed]:
        words = self.words
        return [
            Listed(words("count.sheet.differences"), self.heading(DIFFERENCES), self.differences(),
                   (18, 10, 48, 14, 28, 12, 10, 20, 20, 24)),
            Listed(words("count.sheet.summary"), self.heading(ROUNDS), self.rounds(), (28, 30, 14, 14, 16),
                   self.facts()),
            Listed(words("count.sheet.products"), self.heading(LINES), self.lines(), (16, 30, 14, 14, 14)),
            Listed(words("count.sheet.people"), self.heading(PEOPLE), self.people(), (28, 12, 22, 22)),
        ]

    def person(self, id: str) -> str:
        name = self.told.people.get(id, "")
        return safe(f"{name} ({id})" if name and name != id else id, 80)

    def place(self, uri: str) -> str:
        if uri == self.site:
            return self.words("count.report.house")
        return short(uri.removesuffix("*")) + ("*" if uri.endswith("*") else "") if uri else ""

    def named(self, name: Name) -> str:
        return safe(name.get(self.words.language) or next(iter(name.values()), ""), 100)

    def at(self, moment: datetime | str) -> str:
        when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{when.astimezone(self.now.tzinfo):%Y-%m-%d %H:%M:%S}"


class Sheet(Pages):
    """On paper, to be signed."""

    def __init__(self, said: Said, font: Font) -> None:
        super().__init__(said.title(), font)
        self.said, self.words = said, said.words

    def draw(self) -> bytes:
        said, words = self.said, self.words
        self.facts(said.facts())
        self.band(said.verdict(), RED if said.apart else ACCENT)
        self.head(words("count.sheet.rounds"))
        self.table(said.heading(ROUNDS), (32, 37, 37, 38, 38), said.rounds(), ROW, red=2)
        self.head(words("count.sheet.products"))
        self.table(said.heading(LINES), (32, 78, 24, 24, 24), said.lines(), ROW, red=4)
        if said.told.differences:
            self.head(f"{words('count.sheet.differences')} ({len(said.told.differences):,})")
            self.table(said.heading(ON_PAPER), (28, 12, 50, 16, 14, 9, 16, 16, 21), said.on_paper(), ROW)
            if len(said.told.differences) > MOST_ON_PAPER:
                self.more(words("order.report.more", count=len(said.told.differences) - MOST_ON_PAPER))
        self.head(words("count.sheet.people"))
        self.table(said.heading(PEOPLE), (62, 30, 45, 45), said.people(), ROW)
        self.signatures([words(f"count.sign.{each}") for each in ("counted", "checked", "approved")],
                        words("order.report.sign_name"), words("order.report.sign_date"))
        self.feet(lambda page, pages: words("order.report.foot", station=said.station, at=said.at(said.now), page=page,
                                            pages=pages))
        return bytes(self.pdf.output())


def write_count(path: Path, database: Path, site: str, document: str, *, language: str, station: str,
                now: datetime) -> Path:
    """Writes a .xlsx, .csv or .pdf. Raises UnknownCount, StoreRefused, FontMissing, OSError, ValueError."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise ValueError(f"{path}: expected a name that ends in .xlsx, .csv or .pdf")
    connection, words = open_reader(database), Words(language)
    try:
        connection.execute("BEGIN")              # one moment, whatever the station writes meanwhile
        told = CountReader(connection, site,
                           lambda name: name.get(language) or next(iter(name.values()), "")).told(document)
    finally:
        connection.close()
    said = Said(told, words, site, station, now)
    if kind != "pdf":
        return write_lists(path, said.lists(), said.title())
    from app.fonts import chinese_font

    drawn = Sheet(said, chinese_font()).draw()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".count-", suffix=".pdf")
    with os.fdopen(handle, "wb") as file:
        file.write(drawn)
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return path


class CountDesk(CountFiles):
    """The window's port `Counts`. `folder` is where reports go."""

    def __init__(self, database: Path, site: str, language: Callable[[], str], folder: Path, *, station: str,
                 zone: tzinfo | None = None) -> None:
        super().__init__(database, site, language)
        self._folder, self._station, self._zone = folder, station, zone

    def count_report(self, document: str, kind: str, language: str) -> str:
        """Writes the report and gives the file. Raises UnknownCount, FontMissing, OSError, StoreRefused."""
        now = datetime.now(self._zone).astimezone(self._zone)
        plain = re.sub(r"[^\w.-]+", "_", document).strip("._")[:60] or "count"
        path = self._folder / f"count-{plain}-{now:%Y%m%d-%H%M%S}-{language}.{kind}"
        return str(write_count(path, self._database, self._site, document, language=language, station=self._station,
                               now=now))
