"""What is wrong with a setting, in both languages. Values of secrets never get into the text."""
from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

SECRETS = frozenset({"token", "password", "secret"})
MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Expected:
    """A phrase under `expect` of resources/i18n/<language>/settings.toml, and what fills it."""

    word: str
    data: dict[str, object] = field(default_factory=dict)


class Problem(Exception):
    """A wrong setting before it is known where it came from. `path` is ("device", 0, "kind"); `got` is the value.

    `word` is a sentence of settings.toml: wrong_value, unknown_key, missing_key, not_for_kind, repeated, syntax, ...
    `data` fills the fields that the sentence has besides file, key, expected and got.
    """

    def __init__(
        self, path: tuple[str | int, ...], expected: Expected | None = None, got: object = None,
        word: str = "wrong_value", **data: object,
    ) -> None:
        self.path = path
        self.expected = expected or Expected("nothing")
        self.got = got
        self.word = word
        self.data = data
        super().__init__(path, word)


class SettingsError(ValueError):
    """`str()` is English; `sentence("zh_CN")` the same in Chinese. `file` may be "environment ONECODE_…"."""

    def __init__(self, file: str, key: str, problem: Problem, line: int = 0) -> None:
        self.file = file
        self.key = key
        self.line = line
        self.problem = problem
        self.got = shown(masked(key.rpartition(".")[2], problem.got))
        super().__init__(file, key)

    @property
    def expected(self) -> str:
        return self._phrase("en")

    def sentence(self, language: str = "en") -> str:
        texts = _texts(language)
        where = self.file + (texts["line"].format(line=self.line) if self.line else "")
        data = dict(self.problem.data)
        if self.problem.word == "unknown_key":
            data["near"] = texts["unknown_near"].format(names=data["near"]) if data["near"] else ""
        return texts[self.problem.word].format(
            file=where, key=self.key, expected=self._phrase(language), got=self.got, **data
        )

    def _phrase(self, language: str) -> str:
        phrase = _texts(language)["expect." + self.problem.expected.word]
        return phrase.format(**self.problem.expected.data)

    def __str__(self) -> str:
        return self.sentence("en")


def masked(key: str, value: object) -> object:
    """The value without what is secret in it."""
    if key in SECRETS and value:
        return "***"
    if isinstance(value, str) and "://" in value and "@" in value:
        try:
            password = urlsplit(value).password       # a camera's address often has one
        except ValueError:
            return "***"
        return value.replace(f":{password}@", ":***@", 1) if password else value
    return value


def shown(value: object) -> str:
    """The value as TOML would write it, escaped, cut at 80 characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = toml_text(value)
    elif isinstance(value, dict):
        text = "{…}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(shown(each) for each in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def toml_text(value: str) -> str:
    """A basic TOML string; everything that does not print is escaped."""
    out = []
    for sign in value:
        if sign in '"\\':
            out.append("\\" + sign)
        elif sign.isprintable():
            out.append(sign)
        elif ord(sign) <= 0xFFFF:
            out.append(f"\\u{ord(sign):04X}")
        else:
            out.append(f"\\U{ord(sign):08X}")
    return '"' + "".join(out) + '"'


@cache
def _texts(language: str) -> dict[str, str]:
    # Read here and not through app.words: settings come first, and what is wrong with them must be tellable alone.
    table = tomllib.loads((files("resources") / "i18n" / language / "settings.toml").read_text("utf-8"))
    return {**{key: text for key, text in table.items() if isinstance(text, str)},
            **{f"expect.{key}": text for key, text in table["expect"].items()}}
