"""Settings for people to read: each value with its layer, and a commented station.toml for a new station."""
from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from app.settings_file.error import masked, toml_text
from app.settings_file.load import FILE_NAME, SECTIONS, Loaded

COLUMN = 44


def print_config(loaded: Loaded) -> str:
    """TOML with `# from: <layer>` after each value; tokens and passwords are shown as "***"."""
    tables = msgspec.to_builtins(loaded.settings)
    out = [f"# {loaded.file}"]
    for section in SECTIONS:
        out += ["", f"[{section}]"]
        out += _lines(tables[section], f"{section}.", loaded.origin)
    for section in ("device", "trigger", "rule"):
        for row in tables[section]:
            prefix = f"{section}.{row['name']}."
            known = {key: value for key, value in row.items() if prefix + key in loaded.origin}
            out += ["", f"[[{section}]]"]
            out += _lines(known, prefix, loaded.origin)
    return "\n".join(out) + "\n"


def _lines(table: Mapping[str, Any], prefix: str, origin: Mapping[str, str]) -> list[str]:
    lines = []
    for key, value in table.items():
        if value is None:
            continue
        said = f"{key} = {toml(masked(key, value))}"
        lines.append(f"{said:<{COLUMN}} # from: {origin[prefix + key]}")
    return lines


def toml(value: Any) -> str:
    """The value as TOML writes it: text, number, true/false, or an inline list or table of these."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    return repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_text(key)


def sample() -> str:
    """station.toml with every key, its built-in value and what it is for, all commented out."""
    return (files("resources") / "samples" / FILE_NAME).read_text("utf-8")


def write_default(path: Path, values: Mapping[str, object] | None = None) -> None:
    """A commented station.toml at `path` (mode 0600); `values` ("station.id": "L3-P1") are filled in.

    Raises FileExistsError where there is one already, KeyError for a key that the sample does not have.
    """
    text = sample()
    for name, value in (values or {}).items():
        section, _, key = name.partition(".")
        line = re.compile(
            rf"(^\[{re.escape(section)}\]\n(?:(?!\[).*\n)*?)# ({re.escape(key)}) = [^\n#]*?( *(?:#.*)?)$", re.MULTILINE
        )
        text, found = line.subn(lambda match, v=value: f"{match[1]}{match[2]} = {toml(v)}{match[3]}", text, count=1)
        if not found:
            raise KeyError(name)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
