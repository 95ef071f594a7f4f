"""`station stock`: what is here, by product, batch, status, place, partner or age; as a file; and whether it is so."""
from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.cli.common import also, home_of, loaded_of, options_of, spoken
from app.cli.speech import Speech
from app.domain.codes.text import safe
from app.domain.warehouse.age import BUCKETS, NO_DATE

if TYPE_CHECKING:
    from app.home import Home
    from app.views import StockWhere

GROUPS = ("product", "lot", "status", "location", "partner", "age")
SHOWN = 40


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    option = partial(options_of(speech, "stock"), sub)
    option("--by", "by", choices=GROUPS, default="product")
    for name in ("product", "lot", "status", "location", "partner"):
        option(f"--{name}", name, default=None, metavar=name.upper())
    option("--age", "age", default=None, choices=(*(word for word, _ in BUCKETS), NO_DATE))
    option("--away", "away", action="store_true")
    option("--everything", "everything", action="store_true")
    option("--objects", "objects", action="store_true")
    option("--all", "all", action="store_true")
    option("--json", "json", action="store_true")
    option("--output", "output", type=Path, metavar="FILE", action="append", default=[])
    also(sub, "--xlsx", "--csv", action="append")
    option("--force", "force", action="store_true")
    option("--check", "check", action="store_true")
    option("--recount", "recount", action="store_true")


def run(options: argparse.Namespace) -> int:
    """0: done; 1: the stock is not what the objects say; 2: wrong file."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if not home.database.exists():
        speech.say(speech("cli.status.none", home=home.path))
        return 0
    if options.recount:
        return _recount(home, speech)
    if options.check:
        return _check(home, speech)
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    where, now = _where(options, settings.location), datetime.now(zone).astimezone(zone)
    if options.output:
        return _files(options, home, where, speech, settings.station.name, now)
    return _tell(options, home, where, speech, now)


def _where(options: argparse.Namespace, site: str) -> StockWhere:
    """A place may be named by its shelf's code."""
    from app.store.stock_view import SHELF
    from app.views import StockWhere

    place = options.location
    if place and "://" not in place:
        place = site if place == site.rpartition("/")[2] else f"{site}{SHELF}{quote(place, safe='')}"
    here = None if options.everything or options.partner or options.status == "in_transit" else not options.away
    return StockWhere(options.product, options.lot, options.status, place, options.partner, options.age, here)


def _tell(options: argparse.Namespace, home: Home, where: StockWhere, speech: Speech, now: datetime) -> int:
    from app.reports.stock import Said
    from app.store.database import open_reader

    connection = open_reader(home.database)
    try:
        said = Said(connection, speech, "", now)
        rows = () if options.objects else said.view.rows(where, options.by)
        most = 1_000_000 if options.all or options.json else SHOWN
        objects = said.view.objects(where, limit=most) if options.objects else ()
        if options.json:
            every: list[Any] = [*rows, *objects]
            for each in every:
                told = {key: value for key, value in asdict(each).items() if key != "where"}
                speech.say(json.dumps(told, default=str, ensure_ascii=False))
            return 0
        total = said.view.total(where)
        speech.say(f"{said.which(where)}: {speech('stock.said.total', units=total.units, objects=total.objects)}")
        for row in rows[:most]:
            name = safe(said.named(options.by, row), 60)
            if options.by == "lot":
                name = f"{safe(said.view.name('product', row.product), 40)}  {name}"
            speech.say(speech("stock.said.row", name=name, units=row.units, objects=row.objects, expiry=row.expiry,
                              days=str(row.days) if row.days is not None and options.by in ("lot", "product") else ""))
        for each in objects:
            speech.say(speech("stock.said.object", epc=safe(each.epc, 200), level=speech.level(each.level),
                              units=each.units, status=speech.word("common.status", each.status),
                              place=said.place(each.location)))
        left = (total.objects if options.objects else len(rows)) - most
        if left > 0:
            speech.say(speech("stock.said.more", count=left))
        return 0
    finally:
        connection.close()


def _files(options: argparse.Namespace, home: Home, where: StockWhere, speech: Speech, station: str,
           now: datetime) -> int:
    from app.reports.stock import write_stock

    for path in options.output:
        if path.suffix.lower() not in (".xlsx", ".csv"):
            speech.complain(speech("stock.said.ending", file=path, ending=".xlsx, .csv"))
            return 2
        if path.exists() and not options.force:
            speech.complain(speech("cli.export.exists", file=path))
            return 2
        write_stock(path, home.database, where, language=speech.language, station=station, now=now)
        speech.say(speech("stock.said.written", file=path))
    return 0


def _check(home: Home, speech: Speech) -> int:
    """Beside a running station, too: one moment of it."""
    from app.store import stock
    from app.store.database import open_reader

    connection = open_reader(home.database)
    try:
        connection.execute("BEGIN")
        found = list(stock.differences(connection))
        rows = connection.execute("SELECT count(*) FROM stock").fetchone()[0]
    finally:
        connection.close()
    for key, kept, counted in found[:SHOWN]:
        speech.say(speech("upkeep.finding.stock", row=safe(" ".join(map(str, key)), 300), kept=kept[0],
                          counted=counted[0]))
    speech.say(speech("stock.said.differs" if found else "stock.said.right", count=len(found) or rows))
    return 1 if found else 0


def _recount(home: Home, speech: Speech) -> int:
    from app.store import stock
    from app.store.database import open_writer, transaction
    from app.store.migrations import migrate

    connection = open_writer(home.database)
    try:
        migrate(connection)
        with transaction(connection):
            found = len(list(stock.differences(connection)))
            stock.remake(connection)
    finally:
        connection.close()
    speech.say(speech("stock.said.recounted", count=found))
    return 0
