"""The spot-checks as a list to take away: each container that was opened, then every object that differed."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from app.moves import CheckRow
from app.reports.tables import Cell, Listed, write_lists
from app.store.check_view import checks
from app.store.database import open_reader
from app.words import Words

FINDINGS = ("missing", "extra", "wrong_serial", "wrong_product", "damaged")
COLUMNS = ("number", "document", "code", "level", "result", "expected", "seen", *FINDINGS, "hand", "at", "by")
WIDTHS = (8, 18, 46, 10, 22, 10, 10, 10, 10, 16, 16, 10, 14, 22, 14)


def write_checks(path: Path, database: Path, document: str, *, language: str) -> Path:
    """An .xlsx of two sheets, or a .csv of the first. Raises StoreRefused, OSError, ValueError for another ending."""
    words = Words(language)
    with closing(open_reader(database)) as connection:
        found = list(checks(connection, document))
    heading = [words(f"moves.finding.{each}" if each in FINDINGS else f"moves.column.{each}") for each in COLUMNS]
    lists = [Listed(words("moves.checks"), heading, (_row(each, words) for each in found), WIDTHS),
             Listed(words("moves.differences"), [words(f"moves.column.{each}") for each in (
                 "number", "document", "container", "code", "result")], _differences(found, words),
                    (8, 18, 46, 46, 22))]
    return write_lists(path, lists, words("moves.checks"))


def _row(each: CheckRow, words: Words) -> list[Cell]:
    why = words("moves.check.by_hand" if each.hand else "moves.check.drawn")
    return [each.number, each.document, each.epc, words.level(each.level), result(each, words), each.expected,
            each.seen, *(each.count(word) for word in FINDINGS), why, words.moment(each.at) if each.at else "", each.by]


def _differences(found: list[CheckRow], words: Words) -> Iterator[list[Cell]]:
    for each in found:
        for epc, word in each.differences:
            yield [each.number, each.document, each.epc, epc, words(f"moves.finding.{word}")]


def result(each: CheckRow, words: Words) -> str:
    """How it ended, in words."""
    return words(f"moves.ended.{each.finding or 'open'}")
