"""`station document`: list and show the documents of the dock, write one down, take one away as a file."""
from __future__ import annotations

import argparse
import getpass
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.cli.common import acts_of, home_of, loaded_of, options_of, quiet, spoken
from app.cli.speech import Speech
from app.domain.codes.text import safe
from app.domain.warehouse.kinds import KINDS, Direction
from app.domain.warehouse.shelf import scope_uri
from app.store.papers import STATES, TRANSACTIONS

if TYPE_CHECKING:
    from app.home import Home
    from app.settings import Settings
    from app.store.records import BadRecord

SHOWN = 20
ENDINGS = (".pdf", ".xlsx", ".csv", ".json")


class _BadOption(Exception):
    """`expected` is a word under document.expected."""

    def __init__(self, key: str, expected: str, got: str, **data: str) -> None:
        self.key, self.expected, self.got, self.data = key, expected, got, data
        super().__init__(key)


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    act, option = acts_of(sub, speech, "document"), options_of(speech, "document")
    made = act("list")
    option(made, "--way", "way", choices=tuple(map(str, Direction)), default="")
    option(made, "--all", "all", action="store_true")
    option(made, "--json", "json", action="store_true")
    made = act("show")
    option(made, "document", "document", metavar="DOCUMENT")
    option(made, "--json", "json", action="store_true")
    made = act("new")
    for name in ("kind", "id"):
        option(made, f"--{name}", name, required=name == "kind", default="", metavar=name.upper())
    for name in ("partner", "reason", "route", "territory", "scope"):
        option(made, f"--{name}", name, default="", metavar=name.upper())
    option(made, "--line", "line", action="append", default=[], metavar="PRODUCT=UNITS[=BATCH]")
    option(made, "--quota", "quota", action="append", default=[], metavar="STATION=LINE=UNITS")
    option(made, "--reference", "reference", action="append", default=[], metavar="WORD=NUMBER")
    option(made, "--blind", "blind", action="store_true")
    option(made, "--state", "state", choices=("open", "draft"), default="open")
    made = act("unsettled")
    option(made, "--all", "all_answers", action="store_true")
    option(made, "--output", "list_output", type=Path, metavar="FILE")
    option(made, "--force", "force", action="store_true")
    made = act("export")
    option(made, "document", "document", metavar="DOCUMENT")
    option(made, "--output", "output", type=Path, required=True, metavar="FILE")
    option(made, "--force", "force", action="store_true")


def run(options: argparse.Namespace) -> int:
    """0: done; 2: wrong arguments or file."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    acts = {"list": _list, "show": _show, "new": _new, "export": _export, "unsettled": _unsettled}
    return acts[options.act](options, home, settings, speech)


def _list(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.store import paper_view
    from app.store.database import open_reader

    rows: Sequence[Any] = ()
    if home.database.exists():
        with closing(open_reader(home.database)) as connection:
            rows = paper_view.listed(connection, lambda name: _named(name, speech), options.way,
                                     STATES if options.all else paper_view.OPEN, settings.station.id, 100_000)
    for row in rows:
        if options.json:
            speech.say(json.dumps(asdict(row), ensure_ascii=False))
            continue
        speech.say(speech("document.said.free" if row.free else "document.said.row", document=safe(row.id, 60),
                          state=speech.word("document.state", row.state), done=row.done, wanted=row.wanted,
                          kind=speech.word("document.kind", row.kind), partner=safe(row.partner_name, 60) or "–"))
    if not rows and not options.json:
        speech.say(speech("document.said.none"))
    return 0


def _show(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.reports.papers import Said
    from app.store import paper_view
    from app.store.database import open_reader

    told = None
    if home.database.exists():
        with closing(open_reader(home.database)) as connection:
            told = paper_view.paper(connection, options.document, settings.station.id)
    if told is None:
        return _unknown(options, speech)
    if options.json:
        speech.say(json.dumps(asdict(told), ensure_ascii=False))
        return 0
    said = Said(told, speech, station=settings.station.name, gln=settings.station.gln, now=_now(settings))
    speech.say(speech("document.said.head", document=safe(told.document.id, 60), why=said.why(),
                      kind=speech.word("document.kind", told.document.kind),
                      state=speech.word("document.state", told.state)))
    for name, value in said.facts()[2:-1]:
        speech.say(speech("document.said.fact", name=name, value=value))
    for line in told.lines:
        name = _named(line.name, speech)
        speech.say(speech("document.said.line", line=line.line, lot=line.lot, done=line.done, wanted=line.wanted,
                          mine=str(line.mine) if line.mine != line.wanted else "",
                          product=safe(f"{name} ({line.product})" if name else line.product, 80)))
    for each in told.objects[:SHOWN]:
        speech.say(speech("document.said.object", code=safe(each.epc, 200), level=said.level(each.level), lot=each.lot,
                          units=sum(each.units.values()), at=said.at(each.at)))
    if len(told.objects) > SHOWN:
        speech.say(speech("document.said.more", count=len(told.objects) - SHOWN))
    return 0


# --- new --------------------------------------------------------------------------------------------------------------
def _new(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    """Beside a running station, too: it sees the document within seconds, as it sees `station import`."""
    from app.store.catalogue import BadRecord, Catalogue
    from app.store.database import open_writer
    from app.store.orders import add_document, local_id

    if options.kind == "help":
        _kinds(speech)
        return 0
    try:
        data = _data(options, settings)
    except _BadOption as error:
        speech.complain(speech("document.said.bad_key", key=error.key, got=safe(error.got, 120) or "–",
                               expected=speech(f"document.expected.{error.expected}", **error.data)))
        return 2
    with ExitStack() as stack:
        quiet(home, stack)
        connection = stack.enter_context(closing(open_writer(home.database)))
        try:
            id = add_document(connection, options.id, data, settings.station.id, _account(),
                              datetime.now(UTC))
        except BadRecord as error:
            speech.complain(speech("document.said.bad_key", key=_option(error), got=error.got or "–",
                                   expected=speech(f"import.expected.{error.expected}", **error.data)))
            return 2
        except ValueError:
            speech.complain(speech("document.said.taken", document=safe(local_id(settings.station.id, options.id), 80)))
            return 2
        partner = Catalogue(connection).partner(options.partner)
    speech.say(speech("document.said.made", document=id, kind=speech.word("document.kind", options.kind),
                      partner=_named(partner.name, speech) if partner else ""))
    return 0


def _account() -> str:
    """Whose account of this computer it is: the journal says so."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):          # an account without a name
        return str(os.getuid()) if hasattr(os, "getuid") else "?"


def _kinds(speech: Speech) -> None:
    for kind in KINDS:
        speech.say(speech(
            "document.said.kinds", name=kind.name, word=speech.word("document.kind", kind.name),
            roles=", ".join(speech.word("document.partner_role", role) for role in kind.roles),
            reasons=", ".join(f"{each} {speech.word('document.reason', each)}" for each in kind.reasons)))


def _data(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """The record that the options say. Raises _BadOption."""
    lines, quotas, references = [], [], []
    for number, text in enumerate(options.line, 1):
        product, units, lot = (*text.split("="), "", "")[:3]
        if not product or not units.isdecimal() or text.count("=") > 2:
            raise _BadOption("line", "line_shape", text)
        lines.append({"line": number, "product": product, "quantity": int(units), **({"lot": lot} if lot else {})})
    for text in options.quota:
        parts = text.split("=")
        if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
            raise _BadOption("quota", "quota_shape", text)
        quotas.append({"station": parts[0], "line": int(parts[1]), "quantity": int(parts[2])})
    for text in options.reference:
        word, mark, value = text.partition("=")
        if not mark or not value or word not in TRANSACTIONS:
            raise _BadOption("reference", "reference_shape", text, choices=", ".join(TRANSACTIONS))
        references.append([word, value if ":" in value else f"urn:epcglobal:cbv:bt:{settings.station.gln}:{value}"])
    found = {"kind": options.kind, "partner": options.partner, "lines": lines, "references": references,
             "quotas": quotas, "reason": options.reason, "route": options.route, "territory": options.territory,
             "blind": options.blind, "state": options.state}
    if options.scope:
        found["scope"] = scope_uri(settings.location, options.scope)
    return {key: value for key, value in found.items() if value}


def _option(error: BadRecord) -> str:
    """The option that a record's key came from."""
    head, _, _ = error.key.partition(".")
    return {"lines": "line", "quotas": "quota", "references": "reference"}.get(head, head)


# --- export -----------------------------------------------------------------------------------------------------------
def _export(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.export import export_events
    from app.fonts import FontMissing
    from app.reports.papers import UnknownDocument, write_document
    from app.store import paper_view
    from app.store.database import open_reader

    path: Path = options.output.absolute()
    if not _writable(options, ENDINGS, speech):
        return 2
    if not home.database.exists():
        return _unknown(options, speech)
    if path.suffix.lower() == ".json":
        with closing(open_reader(home.database)) as connection:
            if paper_view.paper(connection, options.document) is None:
                return _unknown(options, speech)
        count = export_events(home.database, path, "epcis", document=options.document)
        speech.say(speech("document.said.events", document=safe(options.document, 80), count=count,
                          file=options.output))
        return 0
    try:
        write_document(path, home.database, options.document, language=speech.language, station=settings.station.name,
                       gln=settings.station.gln, now=_now(settings))
    except UnknownDocument:
        return _unknown(options, speech)
    except FontMissing as error:
        speech.complain(speech("document.said.no_font", detail=error))
        return 3
    speech.say(speech("document.said.export", document=safe(options.document, 80), file=options.output))
    return 0


def _writable(options: argparse.Namespace, endings: Sequence[str], speech: Speech) -> bool:
    path: Path = options.output.absolute()
    problem = ("ending" if path.suffix.lower() not in endings else
               "folder" if path.is_dir() or not path.parent.is_dir() else
               "exists" if path.exists() and not options.force else "")
    if problem:
        speech.complain(speech(f"document.said.{problem}", file=options.output, choices=", ".join(endings)))
    return not problem


def _unsettled(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    """1 where there is something that the server does not know."""
    from app.reports.papers import write_unsettled
    from app.store import paper_view
    from app.store.database import open_reader

    rows: Sequence[tuple[str, str, str]] = ()
    if home.database.exists():
        with closing(open_reader(home.database)) as connection:
            rows = paper_view.unsettled(connection, all=options.all)
    if options.output:
        if not _writable(options, (".xlsx", ".csv"), speech):
            return 2
        write_unsettled(options.output.absolute(), rows, language=speech.language)
        speech.say(speech("document.said.written", count=len(rows), file=options.output))
    else:
        for epc, document, answer in rows:
            speech.say(speech("document.said.settled", code=safe(epc, 200), document=safe(document, 60),
                              answer=speech(f"document.answer.{answer or 'open'}")))
        if not rows:
            speech.say(speech("document.said.nothing_open"))
    return 1 if any(answer == "unknown" for _, _, answer in rows) else 0


def _unknown(options: argparse.Namespace, speech: Speech) -> int:
    speech.complain(speech("document.said.unknown", document=safe(options.document, 60)))
    return 2


def _named(name: dict[str, str], speech: Speech) -> str:
    return name.get(speech.language) or next(iter(name.values()), "")


def _now(settings: Settings) -> datetime:
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    return datetime.now(zone).astimezone(zone)
