"""`station import`: master data from CSV and XLSX files; says what came of each, row by row where it is bad."""
from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app.cli.common import home_of, loaded_of, spoken
from app.cli.speech import Speech
from app.domain.codes.text import safe
from app.importer import BadFile, Fault, Importer, Result, template_of
from app.store.database import open_writer, sqlite3
from app.store.migrations import migrate
from app.store.swap import finish

_BUSY = 5


def import_file(options: argparse.Namespace) -> int:
    """0: all files are in (or right, with --dry-run); 2: at least one is not."""
    speech: Speech = options.speech
    try:
        if options.template:
            sys.stdout.buffer.write(template_of(options.template, speech.language).encode("utf-8-sig"))
            sys.stdout.buffer.flush()
            return 0
        home, settings = home_of(options), loaded_of(options).settings
        speech = spoken(options, settings)
        if not options.files:
            speech.complain(speech("cli.import.nothing"))
            return 2
        beside = home.holder() is not None
        with ExitStack() as stack:
            database = home.database
            if options.dry_run and not database.exists():
                database = Path(stack.enter_context(TemporaryDirectory())) / database.name
            elif not beside:
                stack.enter_context(home.lock())
                finish(database)
            connection = open_writer(database)
            try:
                migrate(connection)
                importer = Importer(
                    connection, hash_pin=_hash_pin, site=settings.rule, beside=beside,
                    progress=lambda path, count: speech.progress(speech("cli.import.progress", file=path.name,
                                                                        rows=count)))
                results = importer.take([Path(each) for each in options.files], options.kind or "",
                                        dry_run=options.dry_run)
            finally:
                speech.end_progress()
                connection.close()
    except BadFile as error:
        speech.complain(_problem(speech, error))
        return 2
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != _BUSY:
            raise
        speech.complain(speech("cli.import.busy"))
        return 3
    for result in results:
        _tell(speech, result, dry_run=options.dry_run)
    if beside and not options.dry_run and any(each.good for each in results):
        speech.say(speech("cli.import.beside"))
    return 0 if all(each.good for each in results) else 2


def _tell(speech: Speech, result: Result, *, dry_run: bool) -> None:
    if result.problem:
        speech.complain(speech("cli.import.refused", file=result.path, problem=_problem(speech, result.problem)))
        return
    if not result.good:
        speech.complain(speech("cli.import.bad", file=result.path, count=result.faults.count))
        for fault in result.faults.shown:
            speech.complain(_fault(speech, result.path, fault))
        more = result.faults.count - len(result.faults.shown)
        if more:
            speech.complain(speech("cli.import.others", file=result.path, count=more))
        return
    for kind, count in result.rows.items():
        speech.say(speech("cli.import.dry" if dry_run else "cli.import.done", file=result.path,
                          kind=speech(f"import.kind.{kind}"), rows=count))
    if "issued" in result.rows and not dry_run:
        speech.say(speech("cli.import.new_codes", file=result.path, count=result.new_codes))
    if result.secrets and not dry_run:
        speech.say(speech("cli.import.secrets", file=result.path))


def _problem(speech: Speech, error: BadFile) -> str:
    return speech(f"import.file.{error.word}", **error.data)


def _fault(speech: Speech, path: Path, fault: Fault) -> str:
    data = dict(fault.data)
    if fault.expected == "code":
        data["problem"] = speech(f"reason.{data['problem']}.title")
    return speech("import.fault", file=path, sheet=fault.sheet, row=fault.row, column=fault.column,
                  expected=speech(f"import.expected.{fault.expected}", **data),
                  got=safe(fault.got, 120) or speech("import.nothing"))


def _hash_pin(pin: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(pin)
