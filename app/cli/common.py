"""What every command needs: the home, the settings, the language."""
from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

from app.cli.speech import Speech
from app.home import Home
from app.settings import Settings
from app.settings_file import Loaded, load


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
