"""Commands that guard what the station keeps: verify, backup, restore."""
from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.cli.common import home_of, loaded_of, spoken
from app.cli.speech import Speech
from app.home import Home
from app.settings import Settings
from app.store.backup import backup as write_backup
from app.store.backup import restore as bring_back
from app.store.upkeep import UpkeepRefused, rebuild
from app.store.upkeep import verify as findings


def verify(options: argparse.Namespace) -> int:
    """Beside a running station too."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    damaged = False
    for finding in findings(home.database, journal_of(home, settings), progress=_progress(speech)):
        speech.end_progress()
        damaged |= finding.damage and finding.word != "whole"
        speech.say(speech(f"upkeep.finding.{finding.word}", **finding.data))
    return 1 if damaged else 0


def backup(options: argparse.Namespace) -> int:
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    target = options.target or (Path(settings.store.backup_dir) if settings.store.backup_dir else home.backups)
    path, manifest = write_backup(home.database, journal_of(home, settings), target, now=datetime.now(UTC),
                                  settings=home.settings_file, progress=_progress(speech))
    speech.end_progress()
    speech.say(speech("upkeep.done.backup", path=path, entries=manifest.entries, events=manifest.events))
    return 0


def restore(options: argparse.Namespace) -> int:
    """The home must be nobody else's."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if options.rebuild == bool(options.source):
        speech.complain(speech("cli.restore.what"))
        return 2
    with home.lock():
        try:
            lines = (_rebuilt if options.rebuild else _restored)(options, home, settings, speech)
        except UpkeepRefused as error:
            speech.end_progress()
            speech.complain(speech(f"upkeep.refused.{error.word}", **error.data))
            return 1
    speech.end_progress()
    for line in lines:
        speech.say(line)
    return 0


def _rebuilt(_options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> list[str]:
    done = rebuild(journal_of(home, settings), home.database, now=datetime.now(UTC), progress=_progress(speech))
    lines = [speech("upkeep.done.rebuilt", entries=done.entries, events=done.events)]
    if done.torn:
        lines.append(speech("upkeep.done.torn", bytes=done.torn))
    if done.aside:
        lines.append(speech("upkeep.done.aside", path=done.aside))
    return [*lines, speech("upkeep.done.asked"), speech("upkeep.done.master")]


def _restored(options: argparse.Namespace, home: Home, settings: Settings, speech: Speech) -> list[str]:
    done = bring_back(options.source, home.database, journal_of(home, settings), now=datetime.now(UTC),
                      settings=home.settings_file, force=options.force, progress=_progress(speech))
    lines = [speech("upkeep.done.restored", entries=done.manifest.entries, replayed=done.replayed,
                    epoch=done.epoch)]
    lines += [speech("upkeep.done.aside", path=path) for path in done.aside]
    if done.settings:
        lines.append(speech("upkeep.done.settings", path=home.settings_file))
    return [*lines, speech("upkeep.done.asked")]


def journal_of(home: Home, settings: Settings) -> Path:
    return Path(settings.store.journal_dir) if settings.store.journal_dir else home.journal


def _progress(speech: Speech) -> Callable[[int, int], None]:
    return lambda done, total: speech.progress(speech("cli.progress", percent=done * 100 // max(total, 1)))
