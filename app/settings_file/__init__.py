"""station.toml and the environment become Settings; each value knows its layer. Later wins:

built-in < station.toml < ONECODE_<SECTION>_<KEY>. Nothing is guessed and nothing ignored: an unknown key or a wrong
value is a SettingsError with file, line, key, what was expected and what came. Reads files; starts and opens nothing.
"""
from __future__ import annotations

from app.settings_file.error import SettingsError
from app.settings_file.load import FILE_NAME, Loaded, load
from app.settings_file.recipe import read_recipe, write_recipe
from app.settings_file.show import print_config, write_default

__all__ = ["FILE_NAME", "Loaded", "SettingsError", "load", "print_config", "read_recipe", "write_default",
           "write_recipe"]
