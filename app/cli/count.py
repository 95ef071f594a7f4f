"""`station count`: the counts of this house, one with its differences, and its report as a file."""
from __future__ import annotations

import argparse
import contextlib
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.cli.common import acts_of, home_of, loaded_of, options_of, spoken
from app.cli.speech import Speech
from app.domain.codes.text import safe

if TYPE_CHECKING:
    from app.home import Home
    from app.settings import Settings

SHOWN = 40


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    act, option = acts_of(sub, speech, "count"), options_of(speech, "count")
    option(act("list"), "--all", "all", action="store_true")
    made = act("show")
    option(made, "count", "count", metavar="COUNT")
    option(made, "--json", "json", action="store_true")
    option(made, "--all", "every", action="store_true")
    made = act("export")
    option(made, "count", "count", metavar="COUNT")
    option(made, "--output", "file", type=Path, metavar="FILE", default=None)
    made.add_argument("file", type=Path, nargs="?", help=argparse.SUPPRESS)       # an earlier spelling of --output
    option(made, "--force", "force", action="store_true")


def run(options: argparse.Namespace) -> int:
    """0: done; 1: the count differs; 2: wrong arguments or file."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if not home.database.exists():
        speech.say(speech("count.said.none"))
        return 0
    return {"list": _list, "show": _show, "export": _export}[options.act](options, home, settings, speech)


def _list(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.store.count_told import CountReader
    from app.store.database import open_reader

    with contextlib.closing(open_reader(home.database)) as connection:
        rows = CountReader(connection, settings.location, lambda name: "").rows(options.all)
    for row in rows:
        speech.say(speech("count.said.row", count=row.id, kind=speech.word("count.kind", row.kind),
                          state=speech.word("count.state", row.state), scope=_place(row.scope), round=row.round,
                          seen=row.seen, expected=row.expected))
    if not rows:
        speech.say(speech("count.said.none"))
    return 0


def _show(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.store.count_told import CountReader, UnknownCount
    from app.store.database import open_reader

    def named(name: dict[str, str]) -> str:
        return name.get(speech.language) or next(iter(name.values()), "")

    with contextlib.closing(open_reader(home.database)) as connection:
        try:
            told = CountReader(connection, settings.location, named).told(options.count)
        except UnknownCount:
            speech.complain(speech("count.said.unknown", count=safe(options.count, 80)))
            return 2
    row = told.row
    if options.json:
        speech.say(json.dumps({**asdict(row), "rounds": told.rounds, "adjusted": told.adjusted,
                               "differences": [asdict(each) for each in told.differences]}, ensure_ascii=False))
        return 1 if told.differences and row.state != "closed" else 0
    speech.say(speech("count.said.row", count=row.id, kind=speech.word("count.kind", row.kind),
                      state=speech.word("count.state", row.state), scope=_place(row.scope), round=row.round,
                      seen=row.seen, expected=row.expected))
    for number, right, missing, extra, misplaced in told.rounds:
        speech.say(speech("count.said.round", round=number, right=right, missing=missing, extra=extra,
                          misplaced=misplaced))
    shown = told.differences if options.all else told.differences[:SHOWN]
    for each in shown:
        speech.say(speech("count.said.difference", finding=speech.word("count.finding", each.finding),
                          code=safe(each.epc, 120), product=safe(each.product_name or each.product, 60),
                          units=each.units, seen=_place(each.seen_at), recorded=_place(each.recorded_at),
                          paper=told.adjusted.get(each.epc, "")))
    if len(told.differences) > len(shown):
        speech.say(speech("count.said.more", count=len(told.differences) - len(shown)))
    return 1 if told.differences and row.state != "closed" else 0


def _export(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.fonts import FontMissing
    from app.reports.count import KINDS, write_count
    from app.store.count_told import UnknownCount

    path: Path | None = options.output or options.file
    if path is None:
        speech.complain(speech("count.said.where"))
        return 2
    if path.suffix.lower().removeprefix(".") not in KINDS:
        speech.complain(speech("count.said.ending", file=path))
        return 2
    if path.exists() and not options.force:
        speech.complain(speech("count.said.exists", file=path))
        return 2
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    try:
        write_count(path, home.database, settings.location, options.count, language=speech.language,
                    station=settings.station.name, now=datetime.now(zone).astimezone(zone))
    except UnknownCount:
        speech.complain(speech("count.said.unknown", count=safe(options.count, 80)))
        return 2
    except FontMissing as error:
        speech.complain(str(error))
        return 3
    speech.say(speech("count.said.written", file=path))
    return 0


def _place(uri: str) -> str:
    from app.words import short

    return short(uri) if uri else ""
