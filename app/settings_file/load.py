"""The layers laid over each other, and where each value came from."""
from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.settings import Settings, TriggerSection
from app.settings_file import checks, shapes
from app.settings_file.error import Problem, SettingsError

FILE_NAME = "station.toml"
BUILT_IN = "built-in"
PREFIX = "ONECODE_"
MAX_BYTES = 1_000_000
SECTIONS = tuple(name for name in Settings.__struct_fields__ if shapes.known_keys(name))


@dataclass(frozen=True, slots=True)
class Loaded:
    """`origin` maps dotted keys ("server.url", "device.cam-1.source") to "built-in", "station.toml" or
    "environment ONECODE_…"; `file` is where station.toml is or would be.
    """

    settings: Settings
    origin: dict[str, str]
    file: Path


def load(home: Path, environ: Mapping[str, str]) -> Loaded:
    """Settings of the station that lives in `home`; without a station.toml the built-in ones. Raises SettingsError."""
    file = home / FILE_NAME
    text = text_of(file)
    raw = parsed(file, text)
    written = {key: dict(table) if isinstance(table, dict) else table for key, table in raw.items()}
    from_environment: dict[tuple[str, str], str] = {}
    try:
        for variable, section, key, value in _variables(environ):
            from_environment[section, key] = variable
            table = raw.setdefault(section, {})
            if isinstance(table, dict):          # anything else is refused below, with its own name
                table[key] = shapes.single(section, key, value)
        settings = shapes.shaped(raw)
        checks.check(settings, raw.get("device", []))
    except Problem as problem:
        raise _located(problem, file, text, raw, from_environment) from None
    return Loaded(settings, _origin(settings, written, from_environment), file)


def dotted(path: shapes.Path, raw: Mapping[str, Any]) -> str:
    """("device", 0, "path") → "device.cam-1.path", or "device[1].path" where the first device has no name of its own.
    """
    steps: list[str] = []
    for place, step in enumerate(path):
        if isinstance(step, int):
            rows = raw.get(str(path[0])) if place == 1 else None
            name = rows[step].get("name") if isinstance(rows, list) and isinstance(rows[step], dict) else None
            single = isinstance(name, str) and name and sum(_name(row) == name for row in rows or ()) == 1
            steps[-1:] = [steps[-1], str(name)] if single else [f"{steps[-1]}[{step + 1}]"]
        elif step != "...":
            steps.append(step)
    return ".".join(steps)


def _name(row: object) -> object:
    return row.get("name") if isinstance(row, dict) else None


def text_of(file: Path) -> str:
    """The file's text, "" where there is none. Raises SettingsError."""
    try:
        about = file.stat()
        if stat.S_ISFIFO(about.st_mode) or stat.S_ISCHR(about.st_mode):       # would be waited for, or never end
            raise SettingsError(str(file), "", Problem((), word="unreadable", problem="a pipe or a device"))
        size = about.st_size
        if size > MAX_BYTES:
            raise SettingsError(str(file), "", Problem((), word="too_long", most=MAX_BYTES, size=size))
        data = file.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        problem = Problem((), word="unreadable", problem=error.strerror or str(error))
        raise SettingsError(str(file), "", problem) from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")      # some Windows editors put a BOM in front
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), "", Problem((), word="not_text", position=error.start)) from None


def parsed(file: Path, text: str) -> dict[str, Any]:
    """TOML as tables. Raises SettingsError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        at = int(line[1]) if line else text.count("\n") + 1
        raise SettingsError(str(file), "", Problem((), word="syntax", problem=str(error)), at) from None
    except RecursionError:
        raise SettingsError(str(file), "", Problem((), word="syntax", problem="nested too deeply")) from None


def _variables(environ: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """(variable, section, key, value) of every ONECODE_ variable that is a setting; near misses are refused."""
    found = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX):
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        if section not in SECTIONS:
            # ONECODE_HOME and the like belong to the installer and the command; ONECODE_STATON_ID is a slip
            if key and difflib.get_close_matches(section, SECTIONS, n=1, cutoff=0.8):
                raise SettingsError(f"environment {variable}", section, shapes.unknown((section,), SECTIONS))
            continue
        if key not in shapes.known_keys(section):
            unknown = shapes.unknown((section, key), shapes.known_keys(section))
            raise SettingsError(f"environment {variable}", f"{section}.{key}", unknown)
        found.append((variable, section, key, environ[variable]))
    return found


def _located(
    problem: Problem, file: Path, text: str, raw: Mapping[str, Any], from_environment: Mapping[tuple[str, str], str]
) -> SettingsError:
    variable = from_environment.get((str(problem.path[0]), str(problem.path[1]))) if len(problem.path) > 1 else None
    where = f"environment {variable}" if variable else str(file)
    line = 0 if variable else _line(text, problem.path)
    return SettingsError(where, dotted(problem.path, raw), problem, line)


def _line(text: str, path: shapes.Path) -> int:
    """The line on which the key is, else its table's; 0 where neither is written the plain way."""
    if not path:
        return 0
    section = re.escape(str(path[0]))
    number = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
    header = re.compile(rf"[ \t]*\[\[?[ \t]*{section}[ \t]*\]\]?[ \t]*(#.*)?")
    key = next((step for step in path[1:] if isinstance(step, str) and step != "..."), None)
    assigned = re.compile(rf"[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=") if key else None
    table = 0
    seen = -1
    for at, line in enumerate(text.split("\n"), 1):
        if header.fullmatch(line):
            seen += 1
            if seen == number:
                table = at
        elif table and seen == number and line.lstrip().startswith("["):
            break
        elif table and seen == number and assigned and assigned.match(line):
            return at
    return table


def _origin(
    settings: Settings, written: Mapping[str, Any], from_environment: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    origin: dict[str, str] = {}
    for section in SECTIONS:
        for key in shapes.known_keys(section):
            variable = from_environment.get((section, key))
            layer = FILE_NAME if key in written.get(section, {}) else BUILT_IN
            origin[f"{section}.{key}"] = f"environment {variable}" if variable else layer
    for section in ("device", "trigger", "rule"):
        for row, table in zip(getattr(settings, section), written.get(section, []), strict=True):
            keys = {"device": ("name", "kind", *checks.KEYS_OF_KIND.get(getattr(row, "kind", ""), ())),
                    "trigger": TriggerSection.__struct_fields__, "rule": shapes.RULE_KEYS}[section]
            for key in dict.fromkeys(keys):
                origin[f"{section}.{row.name}.{key}"] = FILE_NAME if key in table else BUILT_IN
    return origin

