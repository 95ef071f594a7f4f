"""`station order`: list the work orders, write one down, give it its codes, report on it, close it by arithmetic."""
from __future__ import annotations

import argparse
import getpass
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.cli.common import acts_of, also, home_of, loaded_of, options_of, quiet, spoken
from app.cli.speech import Speech
from app.domain.codes.text import safe
from app.domain.commands import ORDER_REASONS

if TYPE_CHECKING:
    from app.home import Home
    from app.importer.faults import Fault
    from app.importer.order_codes import Result
    from app.messages import Published
    from app.settings import Settings
    from app.store.catalogue import Catalogue
    from app.store.records import BadRecord

SHOWN = 20


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    act, option = acts_of(sub, speech, "order"), options_of(speech, "order")
    option(act("list"), "--all", "all", action="store_true")
    made = act("new")
    for name in ("id", "product", "lot"):
        option(made, f"--{name}", name, required=True, metavar=name.upper())
    for name in ("produced", "expiry"):
        option(made, f"--{name}", name, default="", metavar="DATE")
    option(made, "--planned", "planned", required=True, type=int, metavar="N")
    made = act("issue")
    option(made, "order", "order", metavar="ORDER")
    option(made, "files", "files", nargs="+", type=Path, metavar="FILE")
    option(made, "--level", "level", default="", metavar="LEVEL")
    made = act("report")
    option(made, "order", "order", metavar="ORDER")
    option(made, "--output", "output", type=Path, metavar="FILE", action="append", default=[])
    also(made, "--xlsx", "--pdf", action="append")
    option(made, "--force", "force", action="store_true")
    made = act("close")
    option(made, "order", "order", metavar="ORDER")
    option(made, "--by", "by", required=True, metavar="PERSON")
    option(made, "--reason", "reason", choices=ORDER_REASONS, default="")
    option(made, "--approver", "approver", default="", metavar="PERSON")


def run(options: argparse.Namespace) -> int:
    """0: done; 1: refused or something differs; 2: wrong arguments or file."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    acts = {"list": _list, "new": _new, "issue": _issue, "report": _report, "close": _close}
    return acts[options.act](options, home, settings, speech)


def _list(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.store.catalogue import Catalogue
    from app.store.database import open_reader

    if not home.database.exists():
        speech.say(speech("order.said.none"))
        return 0
    connection = open_reader(home.database)
    try:
        catalogue = Catalogue(connection)
        stages = dict(connection.execute("SELECT work_order, stage FROM work_stage"))
        shown = 0
        for each in catalogue.orders("" if options.all else "open"):
            plan = catalogue.plan(each.plan, each.plan_version)
            stage = stages.get(each.id, "open")
            if not options.all and stage == "closed":
                continue
            packed = connection.execute("SELECT coalesce(sum(children), 0) FROM work WHERE work_order=? AND level=?",
                                        (each.id, plan.levels[1].level if plan else "")).fetchone()[0]
            state = speech.word("common.order_state", stage) if each.state == "open" else each.state
            speech.say(speech("order.said.row", order=each.id, state=state, lot=each.lot,
                              product=_product(catalogue, each.product, speech),
                              packed=packed, planned=each.planned))
            shown += 1
    finally:
        connection.close()
    if not shown:
        speech.say(speech("order.said.none"))
    return 0


def _product(catalogue: Catalogue, id: str, speech: Speech) -> str:
    """Its name in this language and its number; the number alone where the catalogue knows no more."""
    known = catalogue.product(id)
    name = (known.name.get(speech.language) or next(iter(known.name.values()), "")) if known else ""
    return safe(f"{name} ({id})" if name and name != id else id, 80)


def _new(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.store.catalogue import BadRecord, Catalogue
    from app.store.database import open_writer
    from app.store.orders import add_order, local_id
    from app.views import NewOrder

    with ExitStack() as stack:
        quiet(home, stack)
        connection = open_writer(home.database)
        stack.callback(connection.close)
        wanted = NewOrder(options.id, options.product, options.lot, options.produced, options.expiry, options.planned)
        try:
            id = add_order(connection, wanted, settings.station.id)
        except BadRecord as error:
            speech.complain(speech("order.said.bad_key", key=error.key, expected=_expected(speech, error),
                                   got=error.got or "–"))
            return 2
        except ValueError as error:
            known = ", ".join(each.id for each in Catalogue(connection).products()) or "–"
            speech.complain(speech(f"order.said.{error}", order=local_id(settings.station.id, options.id),
                                   product=safe(options.product, 60), choices=known))
            return 2
        product = _product(Catalogue(connection), options.product, speech)
    speech.say(speech("order.said.made", order=id, product=product, lot=options.lot, planned=options.planned))
    return 0


def _expected(speech: Speech, error: BadRecord) -> str:
    return speech(f"import.expected.{error.expected}", **error.data)


# --- codes ------------------------------------------------------------------------------------------------------------
def _issue(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    from app.importer.order_codes import OrderCodes
    from app.store.database import open_writer
    from app.store.orders import TooManyBeside

    beside, worst = home.holder() is not None, 0
    with ExitStack() as stack:
        quiet(home, stack)
        connection = open_writer(home.database)
        stack.callback(connection.close)
        at = [options.files[0]]
        try:
            codes = OrderCodes(connection, options.order, settings.rule, home.path / "pairs", level=options.level,
                               progress=lambda rows: speech.progress(speech("order.said.progress", file=at[0].name,
                                                                            rows=rows)))
        except LookupError:
            speech.complain(speech("order.said.unknown", order=safe(options.order, 60)))
            return 2
        stack.callback(codes.close)
        if options.level and options.level not in codes.levels:
            speech.complain(speech("order.said.level_unknown", level=safe(options.level, 60),
                                   choices=", ".join(codes.levels)))
            return 2
        for path in options.files:
            at[0] = path
            try:
                result = codes.take(path, beside)
            except TooManyBeside as error:
                speech.end_progress()
                speech.complain(speech("order.said.issue_beside", file=path, count=error.count))
                worst = 2
                continue
            speech.end_progress()
            worst = max(worst, _tell(speech, options.order, result))
    return worst


def _tell(speech: Speech, order: str, result: Result) -> int:
    if result.problem:
        problem = speech(f"import.file.{result.problem.word}", **result.problem.data)
        speech.complain(speech("order.said.issue_file", file=result.path, problem=problem))
        return 2
    if result.faults.count:
        speech.complain(speech("order.said.issue_bad", file=result.path, count=result.faults.count, rows=result.rows))
        for fault in result.faults.shown[:SHOWN]:
            speech.complain(_fault(speech, result.path, fault))
        if result.faults.count > SHOWN:
            speech.complain(speech("order.said.issue_more", file=result.path, count=result.faults.count - SHOWN))
        return 2
    if result.issued is None or not result.issued.levels:
        speech.complain(speech("order.said.issue_empty", file=result.path))
        return 2
    levels = ", ".join(f"{speech.level(level)} {count}" for level, count in result.issued.levels.items())
    speech.say(speech("order.said.issued", file=result.path, order=order, levels=levels, known=result.issued.known,
                      count=sum(result.issued.levels.values())))
    return 0


def _fault(speech: Speech, path: Path, fault: Fault) -> str:
    data = dict(fault.data)
    if fault.expected == "code":
        data["problem"] = speech(f"reason.{data['problem']}.title")
    key = f"order.expected.{fault.expected}"
    expected = speech(key if speech.has(key) else f"import.expected.{fault.expected}", **data)
    return speech("import.fault", file=path, sheet=fault.sheet, row=fault.row, column=fault.column, expected=expected,
                  got=safe(fault.got, 120) or speech("import.nothing"))


# --- report -----------------------------------------------------------------------------------------------------------
def _report(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    """1 where codes have to be explained."""
    from app.fonts import FontMissing
    from app.reports import UnknownOrder, account, write_report
    from app.reports.said import Said

    for path in options.output:
        if path.suffix.lower() not in (".xlsx", ".pdf"):
            speech.complain(speech("order.said.ending", file=path))
            return 2
        if path.exists() and not options.force:
            speech.complain(speech("order.said.exists", file=path))
            return 2
        if path.is_dir() or not path.absolute().parent.is_dir():
            speech.complain(speech("order.said.folder", file=path))
            return 2
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    try:
        if not home.database.exists():
            raise UnknownOrder(options.order)
        told = account(home.database, options.order, zone)
    except UnknownOrder:
        speech.complain(speech("order.said.unknown", order=safe(options.order, 60)))
        return 2
    now = datetime.now(zone).astimezone(zone)
    said = Said(told, speech, settings.station.name, now)
    speech.say(speech("order.said.head", order=told.order.id, lot=told.order.lot,
                      state=speech.word("common.order_state", told.stage)))
    for each in told.levels:
        speech.say(speech("order.said.level", level=speech.level(each.level), issued=each.issued, packed=each.packed,
                          scrapped=each.scrapped, sampled=each.sampled, returned=each.returned, open=each.open,
                          difference=each.difference))
    speech.say(speech("order.said.apart" if told.apart else "order.said.even", count=told.apart))
    for level, epc, why in said.codes(SHOWN):
        speech.say(speech("order.said.code", level=level, code=epc, why=why))
    if told.apart > SHOWN:
        speech.say(speech("order.said.more", count=told.apart - SHOWN))
    for path in options.output:
        try:
            write_report(path.absolute(), told, kind=path.suffix.lower().removeprefix("."), language=speech.language,
                         station=settings.station.name, printed=now)
        except FontMissing as error:
            speech.complain(speech("order.said.no_font", detail=error))
            return 3
        speech.say(speech("order.said.report", order=told.order.id, file=path))
    return 1 if told.apart else 0


# --- close ------------------------------------------------------------------------------------------------------------
def _close(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> int:
    """As at the screen: signed in by PIN, judged by the same rules, a second person where there is a difference."""
    from app.bootstrap.once import engine
    from app.domain.reasons import Reason
    from app.messages import Command

    if home.holder() is not None:
        speech.complain(speech("order.said.close_runs"))
        return 1
    home.make()
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    with home.lock(), engine(home, settings) as (station, store):
        for who in filter(None, (options.by, options.approver)):
            if store.catalogue.person(who) is None:
                speech.complain(speech("order.said.who", who=safe(who, 60)))
                return 2

        def tell(name: str, argument: str = "") -> Published:
            at = datetime.now(zone).astimezone(zone)
            return station.handle([Command(name, argument, at, time.monotonic(), "command-line")])[0]

        before = store.session()
        told = tell("PIN", f"{options.by}:{_pin(speech, options.by)}")
        if told.verdict.reason is Reason.SIGNED_IN:
            told = tell("ORDER", options.order)
        if told.verdict.reason is Reason.COMMAND_TAKEN:
            told = tell("CLOSE-ORDER", options.reason)
        if told.verdict.reason is Reason.SECOND_PERSON and options.approver:
            told = tell("PIN", f"{options.approver}:{_pin(speech, options.approver)}")
        closed = told.verdict.reason is Reason.ORDER_RECONCILED
        if station.state.session.operator and station.state.session.operator != before.operator:
            tell("LOGOUT")
    if closed:
        speech.say(speech("order.said.closed", order=options.order))
        return 0
    said = speech.reason(told.verdict.reason, told.verdict.data)
    speech.complain(speech("order.said.not_closed", order=safe(options.order, 60), title=said.title, text=said.text,
                           todo=said.todo))
    return 1


def _pin(speech: Speech, who: str) -> str:
    """Typed without being shown; from a pipe a line of it."""
    if sys.stdin.isatty():
        return getpass.getpass(speech("order.said.pin", who=who))
    return sys.stdin.readline().strip()
