"""`station pairs`: pair files of cap and carton makers: import, list, check, sample, remove; beside a station, too."""
from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.common import acts_of, home_of, loaded_of, spoken
from app.cli.speech import Speech

if TYPE_CHECKING:
    from app.domain.packing.sampling import Sampling
    from app.importer.pairs import Imported, RowFault
    from app.store.pair_about import Description
    from app.store.pair_sets import PairSet

SHOWN = 20                   # bad rows said on the screen; the report has them all
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """What each act takes."""
    act = acts_of(sub, speech, "pairs")
    made = act("import")
    made.add_argument("files", nargs="*", metavar="FILE", help=speech("pairs.help.files"))
    made.add_argument("--roles", default="", metavar="ROLE,ROLE", help=speech("pairs.help.roles"))
    made.add_argument("--product", default="", metavar="ID", help=speech("pairs.help.product"))
    made.add_argument("--sample", type=int, default=5, metavar="N", help=speech("pairs.help.sample_n"))
    made.add_argument("--skip-bad", action="store_true", help=speech("pairs.help.skip_bad"))
    made.add_argument("--resume", action="store_true", help=speech("pairs.help.resume"))
    act("list")
    for name in ("check", "sample", "remove"):
        made = act(name)
        made.add_argument("set", metavar="SET", help=speech("pairs.help.set"))
        if name == "sample":
            made.add_argument("--again", action="store_true", help=speech("pairs.help.again"))


def pairs(options: argparse.Namespace) -> int:
    acts = {"import": _import, "list": _list, "check": _check, "sample": _sample, "remove": _remove}
    return acts[options.act](options)


# --- import -----------------------------------------------------------------------------------------------------------
def _import(options: argparse.Namespace) -> int:
    """0: every file is in; 1: bad rows were left out; 2: at least one file is not in; 130: stopped."""
    from app.importer.faults import BadFile
    from app.importer.pairs import ImportRuns, PairImport, all_staged
    from app.importer.pairs_pieces import WorkerEnded

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    folder = home.path / "pairs"
    files = [Path(each) for each in options.files]
    if options.resume and not files:
        files = [Path(each.source) for each in all_staged(folder) if not each.refused]
    if not files or not 0 <= options.sample <= 1000:
        speech.complain(speech("pairs.said.nothing" if not files else "pairs.said.sample"))
        return 2
    home.make()
    worst, done = 0, [0, 0]

    def progress(what: str, at: int, total: int) -> None:
        done[:] = at, total
        speech.progress(speech(f"pairs.progress.{what}", file=path.name, percent=at * 100 // total if total else 0,
                               rows=at))

    importer = PairImport(home.database, folder, settings.rule, now=lambda: datetime.now(UTC),
                          beside=home.holder() is not None, progress=progress)
    for path in files:
        try:
            made = importer.take(path, roles=tuple(each.strip() for each in options.roles.split(",") if options.roles),
                                 product=options.product, sample=options.sample, skip_bad=options.skip_bad)
        except BadFile as error:
            speech.end_progress()
            speech.complain(speech("pairs.said.refused", file=path, problem=_problem(speech, error)))
            worst = 2
            continue
        except ImportRuns:
            speech.complain(speech("pairs.said.runs"))
            return 2
        except (KeyboardInterrupt, WorkerEnded) as error:
            speech.end_progress()
            stopped = isinstance(error, KeyboardInterrupt)
            speech.complain(speech("pairs.said.interrupted" if stopped else "pairs.said.worker", file=path,
                                   percent=done[0] * 100 // done[1] if done[1] else 0))
            return 130 if stopped else 3
        speech.end_progress()
        worst = max(worst, _tell(speech, made))
    return worst


def _tell(speech: Speech, made: Imported) -> int:
    if made.resumed_at:
        speech.say(speech("pairs.said.resumed", file=made.path, row=made.resumed_at))
    if made.known and made.set:
        speech.say(speech("pairs.said.known", file=made.path, number=made.set.number,
                          state=speech(f"pairs.state.{made.set.state}")))
        return 0
    if made.bad:
        _tell_bad(speech, made)
    elif made.set is None:
        speech.complain(speech("pairs.said.empty", file=made.path))
    if made.set is None:
        return 2
    about = made.set.about
    speech.say(speech("pairs.said.done", file=made.path, rows=made.good, number=made.set.number,
                      roles=", ".join(speech.word("common.code_role", role) for role in about.roles),
                      identity=speech.word("common.code_role", about.roles[about.identity])))
    speech.say(speech(f"pairs.said.{made.set.state}", number=made.set.number, count=made.set.sampling.wanted))
    return 1 if made.bad else 0


def _tell_bad(speech: Speech, made: Imported) -> None:
    assert made.about is not None
    speech.complain(speech("pairs.said.left_out" if made.set else "pairs.said.bad", file=made.path, count=made.bad,
                           rows=made.rows))
    counts: dict[str, int] = {}
    for fault in made.faults:
        counts[fault.word] = counts.get(fault.word, 0) + 1
    for word, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        speech.complain(speech("pairs.said.count", reason=_reason(speech, word), count=count))
    for line in list(_lines(speech, made.faults[:SHOWN], made.about)):
        speech.complain(speech("pairs.said.row", row=line[0], sheet=line[1], column=line[2], code=line[3],
                               reason=line[4]))
    report = _report(speech, made)
    if report:
        speech.complain(speech("pairs.said.report", report=report))
    if made.bad > len(made.faults):
        speech.complain(speech("pairs.said.more", count=made.bad - len(made.faults)))


def _report(speech: Speech, made: Imported) -> Path | None:
    """Beside the file; None where nothing may be written there."""
    assert made.about is not None
    path = made.path.with_name(f"{made.path.stem}.bad-rows.csv")
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([speech(f"pairs.report.{key}") for key in ("row", "sheet", "column", "code", "reason")])
            writer.writerows(_lines(speech, made.faults, made.about))
    except OSError as error:
        speech.complain(speech("pairs.said.no_report", file=path, detail=error.strerror or ""))
        return None
    return path


def _lines(speech: Speech, faults: Iterable[RowFault], about: Description) -> Iterable[tuple[object, ...]]:
    """(row, sheet, column, code, reason) of each bad row, in words; no cell is a formula."""
    for fault in faults:
        sheet, row = about.place(fault.row)
        role = about.roles[fault.column] if fault.column >= 0 else ""
        other = fault.other
        if fault.word == "wrong_role":
            other = speech.word("common.code_role", other)
        reason = _reason(speech, fault.word, other=other, other_row=about.place(fault.other_row)[1] or "",
                         source="" if fault.source == "line" else fault.source)
        code = f"'{fault.code}" if fault.code.lstrip().startswith(_FORMULA) else fault.code
        yield row, sheet, speech.word("common.code_role", role) if role else "", code, reason


def _reason(speech: Speech, word: str, **data: str | int) -> str:
    for key in (f"pairs.row.{word}", f"import.expected.{word}"):
        if speech.has(key):
            return speech(key, **data)
    return speech(f"reason.{word}.title")


def _problem(speech: Speech, error: Exception) -> str:
    from app.importer.faults import BadFile

    assert isinstance(error, BadFile)
    own = f"pairs.file.{error.word}"
    return speech(own if speech.has(own) else f"import.file.{error.word}", **error.data)


# --- the sets ---------------------------------------------------------------------------------------------------------
def _list(options: argparse.Namespace) -> int:
    from app.importer.pairs import all_staged

    home, speech = home_of(options), _speech(options)
    staged = all_staged(home.path / "pairs")
    rows = _sets(options, lambda sets: sets.all()) or ()
    for each in rows:
        speech.say(speech("pairs.list.set", number=each.number, state=speech(f"pairs.state.{each.state}"),
                          rows=each.about.rows, file=each.about.source, product=each.about.product,
                          level=speech.level(each.about.level) if each.about.level else "",
                          roles=", ".join(speech.word("common.code_role", role) for role in each.about.roles)))
    for part in staged:
        speech.say(speech("pairs.list.refused" if part.refused else "pairs.list.staged", id=part.id, file=part.source,
                          percent=part.offset * 100 // part.size if part.size else 0))
    if not rows and not staged:
        speech.say(speech("pairs.list.none"))
    return 0


def _check(options: argparse.Namespace) -> int:
    """Is the set's file whole, and what is in it."""
    from app.store.pair_about import PairsDamaged

    speech, home = _speech(options), home_of(options)
    found = _named(options, speech)
    if found is None:
        return 2
    about, sampling = found.about, found.sampling
    path = home.path / "pairs" / f"{about.id}.pairs"
    speech.say(speech("pairs.check.set", number=found.number, id=about.id, file=about.source, rows=about.rows,
                      skipped=about.skipped or "", state=speech(f"pairs.state.{found.state}"),
                      time=f"{about.imported_at.astimezone():%Y-%m-%d %H:%M}"))
    _tell_rows(speech, sampling)
    try:
        from app.store.pair_file import PairFile

        whole = PairFile(path).whole()
        size = path.stat().st_size
    except (PairsDamaged, OSError) as error:
        speech.complain(speech("pairs.check.broken", file=path, problem=error))
        return 1
    if not whole:
        speech.complain(speech("pairs.check.broken", file=path, problem=speech("pairs.check.changed")))
        return 1
    speech.say(speech("pairs.check.whole", file=path, mb=f"{size / 1e6:.1f}", each=f"{size / max(about.rows, 1):.1f}"))
    return 0


def _tell_rows(speech: Speech, sampling: Sampling) -> None:
    """How far the set is checked, and which of its rows are right and wrong."""
    good, wrong = sampling.wrong_from
    speech.say(speech("pairs.check.sample", count=len(sampling.right), wanted=sampling.wanted or "",
                      faults=len(sampling.faults) or "", good_row=good or "", from_row=wrong or "",
                      shift=sampling.shift or ""))


def _remove(options: argparse.Namespace) -> int:
    """A set, or an import that was not ended."""
    import shutil

    from app.importer.pairs import all_staged

    speech, home = _speech(options), home_of(options)
    for part in all_staged(home.path / "pairs"):
        if len(options.set) >= 4 and part.id.startswith(options.set):
            shutil.rmtree(home.path / "pairs" / "staged" / part.id)
            speech.say(speech("pairs.said.removed", number=part.id, file=part.source))
            return 0
    found = _named(options, speech)
    if found is None:
        return 2
    _sets(options, lambda sets: sets.remove(found.number), writing=True)
    speech.say(speech("pairs.said.removed", number=found.number, file=found.about.source))
    return 0


def _sample(options: argparse.Namespace) -> int:
    """Scans from the lines of standard input, up to the first wrong piece. 0: the set counts; 1: it does not (yet)."""
    from app.domain.codes.identity import Code, Refusal
    from app.domain.codes.text import pasted
    from app.domain.packing import sampling as check
    from app.store.catalogue import Catalogue
    from app.store.database import open_reader

    speech, home, settings = _speech(options), home_of(options), loaded_of(options).settings
    found = _named(options, speech)
    if found is None:
        return 2
    from app.domain.codes.rules import RuleTable
    from app.store.pairs import Pairs

    rows, gtins, connection = [*settings.rule], {}, None
    if home.database.exists():
        connection = open_reader(home.database)
        catalogue = Catalogue(connection)
        rows += [*catalogue.rules(), *(rule for product in catalogue.products() for rule in product.rules)]
        gtins = catalogue.gtins()
        connection.close()
    table, known = RuleTable(rows, gtins), Pairs(None, home.path / "pairs")
    state = check.again(found.sampling) if options.again else found.sampling
    if options.again:
        known.keep(found, state)
    ends = state.state != check.STOPPED      # a set that is stopped is scanned to learn by how many rows it is shifted
    speech.say(speech("pairs.sample.begin" if ends else "pairs.sample.stopped", number=found.number,
                      file=found.about.source,
                      roles=", ".join(speech.word("common.code_role", role) for role in found.about.roles)))
    for line in sys.stdin:
        text = line.strip()
        if not text:
            continue
        meaning = table.read(pasted(text))
        if isinstance(meaning, Code):
            state, verdict = known.sample(found.number, meaning.epc)
            said = speech.reason(verdict.reason, verdict.data)
        elif isinstance(meaning, Refusal):
            said = speech.reason(meaning.reason, dict(meaning.data))
        else:
            continue
        speech.say(speech("pairs.sample.line", title=said.title, text=said.text, todo=said.todo))
        if ends and state.state == check.STOPPED:
            break
    if state.faults:
        _tell_rows(speech, state)
    speech.say(speech(f"pairs.said.{state.state}", number=found.number, count=max(state.wanted - len(state.right), 0)))
    return 0 if state.state == check.LIVE else 1


def _speech(options: argparse.Namespace) -> Speech:
    return spoken(options, loaded_of(options).settings)


def _named(options: argparse.Namespace, speech: Speech) -> PairSet | None:
    found = _sets(options, lambda sets: sets.get(options.set))
    if found is None:
        speech.complain(speech("pairs.said.no_set", set=options.set))
    return found


def _sets(options: argparse.Namespace, ask: Callable[..., Any], *, writing: bool = False) -> Any:
    """An answer of the register; None where there is none yet."""
    from app.store.pair_sets import PairSets, there

    folder = home_of(options).path / "pairs"
    if not there(folder):
        return None
    sets = PairSets(folder, writing=writing)
    try:
        return ask(sets)
    finally:
        sets.close()
