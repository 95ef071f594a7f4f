"""What every command needs: the home, the settings, the language."""
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app.cli.speech import Speech
from app.home import Home
from app.settings import Settings
from app.settings_file import Loaded, load
from app.words import LANGUAGES


def acts_of(sub: argparse.ArgumentParser, speech: Speech, room: str) -> Callable[[str], argparse.ArgumentParser]:
    """Declares one act of a command by its name; its sentence stands under `<room>.help.<name>`."""
    acts = sub.add_subparsers(dest="act", required=True, metavar=speech(f"{room}.help.act"))

    def act(name: str) -> argparse.ArgumentParser:
        made = acts.add_parser(name, help=speech(f"{room}.help.{name}"), description=speech(f"{room}.help.{name}"))
        made.add_argument("--home", type=Path, metavar="DIR", help=speech("cli.help.home"), default=argparse.SUPPRESS)
        made.add_argument("--language", choices=LANGUAGES, help=speech("cli.help.language"), default=argparse.SUPPRESS)
        return made

    return act


def options_of(speech: Speech, room: str) -> Callable[..., None]:
    """Declares one argument: `option(made, "--lot", "lot", metavar="LOT")`, its sentence under `<room>.help.lot`."""
    def option(made: argparse.ArgumentParser, name: str, word: str, **more: Any) -> None:
        made.add_argument(name, help=speech(f"{room}.help.{word}"), **more)

    return option


def also(made: argparse.ArgumentParser, *names: str, **more: Any) -> None:
    """An earlier spelling of what --output says now: taken, but not shown."""
    for name in names:
        made.add_argument(name, help=argparse.SUPPRESS, default=argparse.SUPPRESS, dest="output", type=Path, **more)


def home_of(options: argparse.Namespace) -> Home:
    return Home(options.home.absolute()) if options.home else Home.default()


def loaded_of(options: argparse.Namespace) -> Loaded:
    """The settings of the home; built-in ones where there is no station.toml. Raises SettingsError."""
    return load(home_of(options).path, os.environ)


def spoken(options: argparse.Namespace, settings: Settings) -> Speech:
    """The language asked for, else the station's, once it has settings of its own."""
    if options.language or not home_of(options).settings_file.exists():
        return options.speech
    return Speech(settings.station.language)


def part_missing(speech: Speech, error: ImportError) -> int:
    """Says which library is not to be had and what to do; gives the exit code."""
    speech.complain(speech("decode.part_missing", problem=error, python=sys.executable))
    return 3


def quiet(home: Home, stack: ExitStack) -> None:
    """Beside a running station as it is; else the home is ours meanwhile, and its tables are made."""
    from app.store.database import open_writer
    from app.store.migrations import migrate
    from app.store.swap import finish

    if home.holder() is None:
        stack.enter_context(home.lock())
        finish(home.database)
        connection = open_writer(home.database)
        migrate(connection)
        connection.close()
