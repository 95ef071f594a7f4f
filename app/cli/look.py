"""Commands that look and change nothing: decode, doctor, rules, sheet."""
from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.cli.common import home_of, loaded_of, part_missing, spoken
from app.cli.speech import Speech
from app.domain.codes.identity import Code, Refusal
from app.domain.codes.rules import BUILT_IN, RuleTable
from app.domain.codes.text import pasted, shown
from app.settings_file import SettingsError, read_recipe

MOST_UNASKED = 4         # symbologies; where more were not asked for, few were, and the user knows them
MOST_PLACES = 24         # named in one line; every one of them stands in the JSON


def decode(options: argparse.Namespace) -> int:
    """0 all that was expected was read; 1 a picture could not be read, holds no code, or codes are missing."""
    speech, worst = options.speech, 0
    try:
        from app.decode import decode_paths
    except ImportError as error:
        return part_missing(speech, error)
    recipe = read_recipe(options.recipe) if options.recipe else None
    found = decode_paths([Path(each) for each in options.paths], engine=options.engine,
                         symbologies=tuple(options.symbology), expected=options.expected, recipe=recipe)
    for row in found:
        worst = 1 if "error" in row or row["missing"] or not row["codes"] else worst
        if options.json:
            speech.say(json.dumps(row, ensure_ascii=False))
        elif "error" in row:
            speech.complain(f"{row['file']}: {row['error']}")
        else:
            _say_row(row, speech)
    return worst


def _say_row(row: dict[str, Any], speech: Speech) -> None:
    """The codes, then the places where a person should look, last how many of those expected are missing and where."""
    file = row["file"]
    if not row["codes"]:
        speech.say(speech("cli.decode.no_codes", file=file, ms=row["ms"]))
        if len(row["not_looked_for"]) > MOST_UNASKED:
            speech.say(speech("decode.only_asked", names=", ".join(row["looked_for"])))
        elif row["not_looked_for"]:
            speech.say(speech("decode.unasked", names=", ".join(row["not_looked_for"])))
    for code in row["codes"]:
        speech.say(speech("cli.decode.line", file=file, symbology=code["symbology"], text=code["text"]))
    for cell in row["cells"]:
        if cell["state"] in ("unread", "suspect"):
            why = speech(f"recipe.why.{cell['cause']}") if cell["cause"] else ""
            speech.say(speech(f"cli.decode.{cell['state']}", file=file, place=_at(cell, speech), why=why))
    if row["missing"]:
        _say_missing(row, speech)


def _say_missing(row: dict[str, Any], speech: Speech) -> None:
    places = [_missing_at(cell, speech) for cell in row["cells"] if cell["state"] != "read"]
    more = len(places) - MOST_PLACES
    if not row["codes"]:
        speech.say(speech("decode.none_of", file=row["file"], full=row["full"]))
        return
    speech.say(speech("decode.missing", file=row["file"], read=row["full"] - row["missing"], full=row["full"],
                      missing=row["missing"], places="; ".join(places[:MOST_PLACES]), more=more if more > 0 else ""))


def _missing_at(cell: dict[str, Any], speech: Speech) -> str:
    """Its row and column, where a lattice tells them, and else its pixels; and what is the matter there."""
    why = speech(f"recipe.why.{cell['cause']}") if cell["cause"] and cell["state"] == "unread" else ""
    state = speech(f"decode.state.{cell['state']}", why=why)
    if cell["row"] is None:
        return speech("decode.place", place=_at(cell, speech), state=state)
    return speech("decode.cell", row=cell["row"] + 1, column=cell["column"] + 1, state=state)


def _at(cell: dict[str, Any], speech: Speech) -> str:
    x, y = (round(sum(corner[at] for corner in cell["corners"]) / 4) for at in (0, 1))
    return speech("recipe.at", x=x, y=y, row=cell["row"] is not None and cell["row"] + 1,
                  column=cell["column"] is not None and cell["column"] + 1)


def doctor(options: argparse.Namespace) -> int:
    from app.doctor import checks, report

    home, settings, problem = home_of(options), None, ""
    try:
        settings = loaded_of(options).settings
    except SettingsError as error:
        problem = error.sentence(options.speech.language)
    speech = spoken(options, settings) if settings else options.speech
    lines, code = report(checks(home, settings, problem=problem), speech)
    for line in lines:
        speech.say(line)
    return code


def rules(options: argparse.Namespace) -> int:
    """The table in force: site rules of the settings, then the catalogue's, then the built-in ones."""
    from app.store.catalogue import Catalogue
    from app.store.database import open_reader

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    rows, gtins = [*settings.rule], {}
    if home.database.exists():
        connection = open_reader(home.database)
        catalogue = Catalogue(connection)
        rows += [*catalogue.rules(), *(rule for product in catalogue.products() for rule in product.rules)]
        gtins = catalogue.gtins()
        connection.close()
    if not options.test:
        for rule in (*rows, *BUILT_IN):
            speech.say(speech("cli.rules.row", name=rule.name, kind=rule.kind, pattern=rule.pattern))
        return 0
    table, refused = RuleTable(rows, gtins), False
    for sample in options.test:
        raw = pasted(sample)
        meaning = table.read(raw, options.aim)
        if isinstance(meaning, Refusal):
            refused = True
            said = speech.reason(meaning.reason, dict(meaning.data))
            speech.say(speech("cli.rules.refused", text=shown(raw), title=said.title, detail=said.text))
        elif isinstance(meaning, Code):
            speech.say(speech("cli.rules.means", text=shown(raw), epc=meaning.epc, rule=meaning.rule,
                              level=speech.level(meaning.level), role=meaning.role))
        else:
            speech.say(f"{shown(raw)} → {meaning}")
        for tried in table.explain(raw, options.aim):
            if tried.passed:
                speech.say(speech("cli.rules.said", rule=tried.rule, passed=speech.word("common.passed", tried.passed)))
    return 1 if refused else 0


def sheet(options: argparse.Namespace) -> int:
    from app.sheet import FontMissing, write_sheet
    from app.store.reader import Reader

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    orders, documents = (), ()
    if home.database.exists():
        reader = Reader(home.database, lambda: speech.language)
        orders, documents = reader.orders(), (*reader.documents("in"), *reader.documents("out"))
        reader.close()
    target = options.output or Path("command-sheet.pdf")
    try:
        write_sheet(target, station_name=settings.station.name, language=speech.language, orders=orders,
                    documents=documents)
    except FontMissing as error:
        speech.complain(str(error))
        return 3
    speech.say(speech("cli.sheet.done", file=target))
    return 0
