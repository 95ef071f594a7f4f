"""`station location`: the shelves of the house as a list, and their labels as a PDF to print."""
from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path

from app.cli.common import acts_of, home_of, loaded_of, spoken
from app.cli.speech import Speech
from app.domain.products import Location

SHEET = "shelf-labels.pdf"


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    begun = acts_of(sub, speech, "moves")

    def act(name: str) -> argparse.ArgumentParser:
        made = begun(name)
        made.add_argument("codes", nargs="*", metavar="CODE", help=speech("moves.help.codes"))
        return made

    act("list").add_argument("--json", action="store_true", help=speech("cli.help.json_lines"))
    act("sheet").add_argument("--output", type=Path, metavar="FILE.pdf", default=Path(SHEET),
                              help=speech("moves.help.output", file=SHEET))


def run(options: argparse.Namespace) -> int:
    """1 where there is no such shelf, or none at all."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    found = _locations(home.database)
    strange = sorted({*options.codes} - {each.id for each in found})
    if strange:
        speech.complain(speech("moves.said.no_such", codes=", ".join(strange)))
        return 1
    chosen = [each for each in found if not options.codes or each.id in options.codes]
    if not chosen:
        speech.complain(speech("moves.said.none"))
        return 1
    return _sheet(options, chosen, settings.location, speech) if options.act == "sheet" else \
        _list(options, chosen, speech)


def _locations(database: Path) -> list[Location]:
    from app.store.catalogue import Catalogue
    from app.store.database import open_reader

    if not database.exists():
        return []
    with closing(open_reader(database)) as connection:
        return Catalogue(connection).locations()


def _list(options: argparse.Namespace, found: list[Location], speech: Speech) -> int:
    for each in found:
        if options.json:
            speech.say(json.dumps({key: getattr(each, key) for key in each.__slots__}, ensure_ascii=False))
            continue
        name = each.name.get(speech.language) or next(iter(each.name.values()), "")
        speech.say(speech("moves.said.row", code=each.id, name=name, kind=speech(f"moves.kind.{each.kind}"),
                          statuses=", ".join(speech.word("common.status", word) for word in each.statuses),
                          products=", ".join(each.products), lots=", ".join(each.lots),
                          closed="" if each.active else speech("moves.said.closed")))
    return 0


def _sheet(options: argparse.Namespace, found: list[Location], site: str, speech: Speech) -> int:
    from app.sheet import FontMissing
    from app.sheet.shelves import write_shelves

    try:
        pages = write_shelves(options.output, [each for each in found if each.active], site, speech.language)
    except FontMissing as error:
        speech.complain(str(error))
        return 3
    speech.say(speech("moves.said.written", file=options.output, pages=pages,
                      count=sum(each.active for each in found)))
    return 0
