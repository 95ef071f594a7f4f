"""`station diversion`: the signed list of assignments (import, status), keys and packages for training, evidence."""
from __future__ import annotations

import argparse
import contextlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.cli.common import acts_of, also, home_of, loaded_of, spoken
from app.cli.speech import Speech

DAYS = 30


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    act = acts_of(sub, speech, "diversion")

    def moment(text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(speech("diversion.said.bad_time", text=text)) from None
        return found if found.tzinfo else found.astimezone()

    act("import").add_argument("package", type=Path, metavar="PACKAGE", help=speech("diversion.help.package"))
    act("status").add_argument("--json", action="store_true", help=speech("cli.help.json"))
    act("keys").add_argument("key", type=Path, metavar="FILE", help=speech("diversion.help.key_new"))
    made = act("sign")
    made.add_argument("folder", type=Path, metavar="FOLDER", help=speech("diversion.help.folder"))
    made.add_argument("target", type=Path, metavar="PACKAGE.zip", help=speech("diversion.help.target"))
    made.add_argument("--key", type=Path, required=True, metavar="FILE", help=speech("diversion.help.key"))
    made.add_argument("--id", default="", metavar="ID", help=speech("diversion.help.id"))
    made.add_argument("--issued", type=moment, default=None, metavar="TIME", help=speech("diversion.help.issued"))
    made.add_argument("--days", type=int, default=DAYS, metavar="N", help=speech("diversion.help.days", days=DAYS))
    made.add_argument("--partial", action="store_true", help=speech("diversion.help.partial"))
    made = act("evidence")
    made.add_argument("numbers", nargs="*", metavar="NUMBER", help=speech("diversion.help.numbers"))
    made.add_argument("--output", type=Path, metavar="FILE.zip", help=speech("diversion.help.export"))
    also(made, "--export")
    made.add_argument("--attach", type=Path, metavar="PICTURE", help=speech("diversion.help.attach"))


def run(options: argparse.Namespace) -> int:
    acts = {"import": _import, "status": _status, "keys": _keys, "sign": _sign, "evidence": _evidence}
    return acts[options.act](options)


def _import(options: argparse.Namespace) -> int:
    """Beside a running station, too. 0: in force; 2: refused."""
    from app.importer.assignments import BadPackage, take
    from app.store.snapshot_file import FOLDER

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    home.make()

    def progress(done: int, total: int) -> None:
        speech.progress(speech("diversion.progress", percent=done * 100 // max(total, 1)))

    try:
        if not options.package.exists():
            raise FileNotFoundError(2, os.strerror(2), str(options.package))
        found = take(options.package, home.path / FOLDER, settings.warehouse.snapshot_key, datetime.now(UTC), progress)
    except BadPackage as error:
        speech.end_progress()
        speech.complain(speech(f"diversion.refused.{error.word}", **error.data))
        return 2
    speech.end_progress()
    speech.say(speech("diversion.said.taken", id=found.id, assignments=found.assignments, rules=found.rules,
                      sightings=found.sightings, until=speech.moment(found.valid_until)))
    if not found.complete:
        speech.say(speech("diversion.said.partial"))
    return 0


def _status(options: argparse.Namespace) -> int:
    """1 where goods cannot be judged: there is no list, or it has expired."""
    from app.store.assignments import status

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    found = status(home.database, datetime.now(UTC))
    if options.json:
        speech.say(json.dumps({key: getattr(found, key) for key in found.__slots__}, ensure_ascii=False, indent=1))
        return 0 if found.state == "valid" else 1
    speech.say(speech(f"diversion.status.{found.state}", id=found.id, problem=found.problem,
                      issued=speech.moment(found.issued_at), until=speech.moment(found.valid_until)))
    if found.id:
        speech.say(speech("diversion.status.counts", assignments=found.assignments, rules=found.rules,
                          sightings=found.sightings))
        speech.say(speech("diversion.status.complete" if found.complete else "diversion.status.partial"))
    if not settings.warehouse.snapshot_key:
        speech.say(speech("diversion.status.no_key"))
    return 0 if found.state == "valid" else 1


def _keys(options: argparse.Namespace) -> int:
    """A pair for training: the private one into a file of this user's alone, the public one for the settings."""
    from app.importer.assignments_sign import new_key

    speech = options.speech
    private, public = new_key()
    handle = os.open(options.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(private + "\n")
    speech.say(speech("diversion.said.keys", file=options.key))
    speech.say(f'snapshot_key = "{public}"')
    return 0


def _sign(options: argparse.Namespace) -> int:
    from app.importer.assignments import BadPackage
    from app.importer.assignments_sign import package

    speech = options.speech
    issued = options.issued or datetime.now(UTC)
    name = options.id or f"list-{issued.astimezone(UTC):%Y%m%d-%H%M%S}"
    try:
        made = package(options.folder, options.target, options.key.read_text("ascii").strip(), id=name,
                       issued_at=issued, valid_until=issued + timedelta(days=max(options.days, 1)),
                       complete=not options.partial)
    except BadPackage as error:
        speech.complain(speech(f"diversion.refused.{error.word}", **error.data))
        return 2
    except ValueError:
        speech.complain(speech("diversion.said.bad_private", file=options.key))
        return 2
    speech.say(speech("diversion.said.signed", file=made, id=name))
    return 0


def _evidence(options: argparse.Namespace) -> int:
    """1 where an evidence file is not what was written down."""
    from app.store import evidence
    from app.store.database import open_reader

    home, speech = home_of(options), spoken(options, loaded_of(options).settings)
    folder = home.path / evidence.FOLDER
    with contextlib.closing(open_reader(home.database)) as connection:
        every = evidence.suspects(connection, folder, 1 << 30)
        strange = [each for each in options.numbers if each not in {one.number for one in every}]
        if strange:
            speech.complain(speech("diversion.said.no_case", number=strange[0]))
            return 2
        if options.attach:
            return _attach(options, home.database, speech)
        evidence.write_missing(connection, folder)
        cases = [each for each in every if not options.numbers or each.number in options.numbers]
        if options.output:
            count = evidence.export(connection, folder, options.output, tuple(options.numbers))
            speech.say(speech("diversion.said.exported", count=count, file=options.output))
        else:
            for each in cases:
                speech.say(speech("diversion.said.case", number=each.number, code=each.epc,
                                  at=speech.moment(each.at), finding=speech(f"reason.{each.finding}.title"),
                                  state=speech(f"diversion.state.{each.state}"), pictures=len(each.pictures)))
            if not cases:
                speech.say(speech("diversion.said.no_cases"))
        touched = list(evidence.changed(connection, folder))
    for file in touched:
        speech.complain(speech("diversion.said.touched", file=file))
    return 1 if touched else 0


def _attach(options: argparse.Namespace, database: Path, speech: Speech) -> int:
    from app.store.evidence import Evidence

    if len(options.numbers) != 1:
        speech.complain(speech("diversion.said.one_case"))
        return 2
    try:
        file = Evidence(database).attach(options.numbers[0], options.attach)
    except ValueError as error:
        speech.complain(speech(f"diversion.attach.{error}", file=options.attach))
        return 2
    speech.say(speech("diversion.said.attached", file=file))
    return 0
