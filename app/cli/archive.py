"""`station archive`: what left the house long ago goes out of the tables and into the memory; beside a station, too."""
from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from app.cli.common import home_of, loaded_of, spoken
from app.cli.keep import journal_of
from app.cli.speech import Speech

DAYS = 90


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    def days(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 5):
            raise argparse.ArgumentTypeError(speech("upkeep.archive.bad_days", text=text))
        return int(text)

    sub.add_argument("--days", type=days, default=DAYS, metavar="N", help=speech("upkeep.archive.help_days", days=DAYS))
    sub.add_argument("--dry-run", action="store_true", help=speech("upkeep.archive.help_dry_run"))
    sub.add_argument("--rebuild", action="store_true", help=speech("upkeep.archive.help_rebuild"))


def run(options: argparse.Namespace) -> int:
    """1 where it was refused or the memory is damaged; goods that have to stay are no fault."""
    from app.store.archive import archive, rest
    from app.store.memory import Memory, beside
    from app.store.runs import MemoryDamaged
    from app.store.upkeep import UpkeepRefused

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    folder = beside(home.database)
    try:
        if options.rebuild:
            return _rebuild(options, speech)
        # Nobody has to be let through where nobody works.
        pause = rest if home.holder() is not None else _no_rest
        done = archive(home.database, journal_of(home, settings), folder, now=datetime.now(UTC), days=options.days,
                       dry_run=options.dry_run, pause=pause, progress=_progress(speech))
    except UpkeepRefused as error:
        speech.end_progress()
        speech.complain(speech(f"upkeep.refused.{error.word}", **error.data))
        return 1
    except MemoryDamaged as error:
        speech.end_progress()
        speech.complain(speech("upkeep.finding.memory_damaged", problem=error))
        return 1
    speech.end_progress()
    if options.dry_run:
        speech.say(speech("upkeep.archive.would", codes=done.codes))
    else:
        speech.say(speech("upkeep.archive.done", codes=done.codes, events=done.events, entries=done.entries))
    for word, count in sorted(done.waiting.items()):
        speech.say(speech(f"upkeep.archive.{word}", count=count, days=options.days))
    memory = Memory(folder)
    size = memory.size()
    memory.close()
    if size.codes:
        speech.say(speech("upkeep.archive.size", codes=size.codes, mb=-(-size.bytes // 1_000_000), path=folder))
    return 0


def _rebuild(options: argparse.Namespace, speech: Speech) -> int:
    from app.store.archive import rebuild
    from app.store.memory import beside

    home, settings = home_of(options), loaded_of(options).settings
    codes = rebuild(home.database, journal_of(home, settings), beside(home.database), progress=_progress(speech))
    speech.end_progress()
    speech.say(speech("upkeep.archive.rebuilt", codes=codes))
    return 0


def _no_rest(_seconds: float) -> None:
    pass


def _progress(speech: Speech) -> Callable[[int, int], None]:
    return lambda done, total: speech.progress(speech("cli.progress", percent=done * 100 // max(total, 1)))
