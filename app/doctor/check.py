"""One finding of the doctor, and how findings are told: what is, and the mend where something is wrong."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

State = Literal["ok", "warning", "fault"]
MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "fault": "✕"}


@dataclass(frozen=True, slots=True)
class Check:
    """`says` and `mend` are keys of resources/i18n/<language>/doctor.toml that `data` fills; `mend` is "" when ok.

    A warning: the station works with something less. A fault: something that was asked for does not work.
    """

    name: str
    state: State
    says: str
    data: dict[str, str | int | float] = field(default_factory=dict)
    mend: str = ""


class Say(Protocol):
    def __call__(self, key: str, /, **data: object) -> str: ...


def ok(name: str, word: str, /, **data: Any) -> Check:
    return Check(name, "ok", f"doctor.{word}", data)


def warning(name: str, word: str, /, **data: Any) -> Check:
    return Check(name, "warning", f"doctor.{word}", data, f"doctor.{word}_mend")


def fault(name: str, word: str, /, **data: Any) -> Check:
    return Check(name, "fault", f"doctor.{word}", data, f"doctor.{word}_mend")


def report(found: Iterable[Check], say: Say) -> tuple[list[str], int]:
    """Lines of plain text in the language of `say` (app.words.Words), and the exit code: 1 where there is a fault."""
    lines: list[str] = []
    counts: dict[State, int] = {"ok": 0, "warning": 0, "fault": 0}
    for check in found:
        counts[check.state] += 1
        lines.append(f"{MARKS[check.state]} {_one_line(say(check.says, **check.data))}")
        if check.mend:
            lines.append(f"    → {_one_line(say(check.mend, **check.data))}")
    lines += ["", say("doctor.summary", **counts)]
    return lines, 1 if counts["fault"] else 0


def _one_line(text: str) -> str:
    """Device and file names come from outside: nothing of theirs may steer a terminal."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
