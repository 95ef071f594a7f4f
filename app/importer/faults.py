"""What can be wrong with a file or with a cell of it: words of import.toml in resources/i18n, with their data."""
from __future__ import annotations

from dataclasses import dataclass, field

MOST_SHOWN = 100


class BadFile(Exception):
    """The file is no table that can be imported. `word` is under import.file, `data` fills its sentence."""

    def __init__(self, word: str, **data: str | int) -> None:
        self.word, self.data = word, data
        super().__init__(f"{word} {data}")


class BadCell(Exception):
    """A cell's text is not what its column wants. `expected` is under import.expected."""

    def __init__(self, expected: str, got: str = "", **data: str | int) -> None:
        self.expected, self.got, self.data = expected, got, data
        super().__init__(expected)


@dataclass(frozen=True, slots=True)
class Fault:
    """A bad row, and where in it. `row` counts from 1 with the heading; `column` is its letters and heading."""

    sheet: str
    row: int
    column: str
    expected: str                    # a word under import.expected
    got: str
    data: dict[str, str | int]


@dataclass(slots=True)
class Faults:
    """The first MOST_SHOWN of them; all are counted."""

    shown: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(fault)
