"""What the command line says: sentences in the user's language, on standard output, complaints on standard error."""
from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from app.words import LANGUAGES, Words


class Speech(Words):
    """The words of one language, and where they go."""

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def complain(self, text: str) -> None:
        print(f"station: {text}", file=sys.stderr, flush=True)

    def progress(self, text: str) -> None:
        """One line that the next one overwrites; whole lines where nobody watches."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def end_progress(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def guessed_language(arguments: Sequence[str]) -> str:
    """--language where it is given, else what the machine speaks."""
    for at, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--language=") else ""
        if argument == "--language" and at + 1 < len(arguments):
            value = arguments[at + 1]
        if value in LANGUAGES:
            return value
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh_CN" if spoken.lower().startswith("zh") else "en"
