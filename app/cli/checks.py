"""`station checks`: the spot-checks of what was received, as a list or a file."""
from __future__ import annotations

import argparse
import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from app.cli.common import home_of, loaded_of, spoken
from app.cli.speech import Speech


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    sub.add_argument("document", nargs="?", default="", metavar="DOCUMENT", help=speech("moves.help.document"))
    sub.add_argument("--json", action="store_true", help=speech("cli.help.json_lines"))
    sub.add_argument("--output", type=Path, metavar="FILE", help=speech("moves.help.checks_output"))


def run(options: argparse.Namespace) -> int:
    """1 where something differed or a container is still open; 2: wrong file."""
    from app.reports.checks import FINDINGS, result, write_checks
    from app.store.check_view import checks
    from app.store.database import open_reader

    home, speech = home_of(options), spoken(options, loaded_of(options).settings)
    found = []
    if home.database.exists():
        with closing(open_reader(home.database)) as connection:
            found = list(checks(connection, options.document))
    if options.output:
        if options.output.exists():
            raise FileExistsError(17, speech("moves.said.exists"), str(options.output))
        if options.output.suffix.lower() not in (".xlsx", ".csv"):
            speech.complain(speech("moves.said.ending", file=options.output))
            return 2
        if found:
            write_checks(options.output, home.database, options.document, language=speech.language)
            speech.say(speech("moves.said.checks_written", count=len(found), file=options.output))
    for each in found if not options.output else ():
        if options.json:
            speech.say(json.dumps(asdict(each), ensure_ascii=False))
            continue
        differs = ", ".join(f"{speech(f'moves.finding.{word}')} {each.count(word)}" for word in FINDINGS
                            if each.count(word))
        speech.say(speech("moves.said.check", number=each.number, document=each.document, code=each.epc,
                          result=result(each, speech), seen=each.seen, expected=each.expected, differs=differs,
                          at=speech.moment(each.at) if each.at else "", by=each.by))
    if not found:
        speech.complain(speech("moves.said.no_checks"))
        return 0
    return 1 if any(each.finding not in ("verified", "given_up") for each in found) else 0
