"""Rows of a pair file to what a set holds: every code by the rule table, blocks of text, fingerprints, faults.

Works on pieces of a file, here or in processes of their own; a piece knows nothing of the others. The rows of what it
makes count from 0.
"""
from __future__ import annotations

import csv
import io
import os
import signal
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from app.domain.codes.identity import Code, Refusal
from app.domain.codes.quick import Quick
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted, safe
from app.store.pair_file import BLOCK_ROWS, TABLE, packed

UNSURE = "\x1b"      # begins a cell of a workbook that has no sure text; no code can begin so
MOST_TOLD = 100_000  # bad rows that are told one by one
NICE = 5


class RowFault(msgspec.Struct, frozen=True, array_like=True):
    """A bad row. `word` is under pairs.row in resources/i18n, or a Reason; `column` -1: it is about the whole row."""

    row: int
    column: int
    word: str
    code: str = ""
    other: str = ""              # the code that it is tied to, the role that was expected
    other_row: int = 0
    source: str = ""             # the file that says otherwise


@dataclass(frozen=True, slots=True)
class How:
    """All that reading needs to know; goes to the processes."""

    path: Path
    encoding: str
    mark: str
    roles: tuple[str, ...]
    places: tuple[int, ...]
    product: str
    rules: tuple[Rule, ...]
    gtins: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """What came of some bytes of the file. `table` is TABLE, `hashes` and `places` are in the hashes' order."""

    rows: int                    # that the bytes hold, bad and empty ones too
    good: int
    text: bytes
    table: bytes
    hashes: bytes
    places: bytes                # row * columns + column
    faults: tuple[RowFault, ...]
    bad: int
    meanings: frozenset[tuple[str, str]]      # (level, product) of the rows
    problem: tuple[int, str] | None = None     # (row, what is wrong): from there on it is no table


class _Bad(Exception):
    def __init__(self, column: int, word: str, code: str = "", other: str = "") -> None:
        self.column, self.word, self.code, self.other = column, word, code, other
        super().__init__(word)


class Rows:
    """Reads pieces. Not for two threads at once."""

    def __init__(self, how: How) -> None:
        self._how, self._table = how, RuleTable(how.rules, how.gtins)
        self._accepted: dict[tuple[tuple[str, str, str], ...], tuple[str, str]] = {}

    def read(self, data: bytes, skip: int = 0) -> Piece:
        """The rows of whole lines; the first `skip` are no pairs."""
        text = data.decode(self._how.encoding)
        lines: list[str] = []
        faults: list[RowFault] = []
        hashes = bytearray()
        places: list[int] = []
        meanings: set[tuple[str, str]] = set()
        row = bad = good = 0
        width, problem = len(self._how.roles), None
        try:
            for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=self._how.mark,
                                                   strict=True), start=1):
                line = ""
                if row > skip and any(cells):
                    try:
                        epcs, meaning = self._row(cells)
                    except _Bad as error:
                        if not "".join(cells).strip():
                            lines.append("")
                            continue
                        bad += 1
                        if len(faults) < MOST_TOLD:
                            faults.append(RowFault(row - 1, error.column, error.word, safe(error.code, 120),
                                                   error.other))
                    else:
                        meanings.add(meaning)
                        good += 1
                        line = "\t".join(epcs)
                        place = (row - 1) * width
                        for epc in epcs:
                            hashes += blake2b(epc.encode(), digest_size=8).digest()
                            places.append(place)
                            place += 1
                lines.append(line)
        except csv.Error as error:
            problem = len(lines) + 1, str(error)
        return self._piece(lines, good, hashes, places, tuple(faults), bad, frozenset(meanings), problem)

    def _row(self, cells: list[str]) -> tuple[list[str], tuple[str, str]]:
        quick = self._table.quick
        epcs, meanings = [], []
        for column, place in enumerate(self._how.places):
            try:
                cell = cells[place].strip()
            except IndexError:
                cell = ""
            said = quick(cell) or self._slow(cell, column)
            epcs.append(said[0])
            meanings.append(said[1:])
        meaning = tuple(meanings)
        agreed = self._accepted.get(meaning)
        if agreed is None:
            agreed = self._accepted[meaning] = self._agreed(meaning, cells)
        if len(set(epcs)) != len(epcs):
            raise _Bad(-1, "both_equal", epcs[0])
        return epcs, agreed

    def _slow(self, cell: str, column: int) -> Quick:
        if not cell:
            raise _Bad(column, "empty")
        if cell[0] == UNSURE:
            word, _, shown = cell[1:].partition(UNSURE)
            raise _Bad(column, word, shown)
        meaning = self._table.read(pasted(cell))
        if isinstance(meaning, Code):
            return meaning.epc, meaning.level, meaning.role, meaning.product
        raise _Bad(column, str(meaning.reason) if isinstance(meaning, Refusal) else "command", cell)

    def _agreed(self, meaning: tuple[tuple[str, str, str], ...], cells: list[str]) -> tuple[str, str]:
        """(level, product) of an object with such codes."""
        levels, products = set(), set()
        for column, (level, role, product) in enumerate(meaning):
            wanted, cell = self._how.roles[column], cells[self._how.places[column]].strip()
            if role not in (wanted, "label"):        # "label" is what a rule says that tells no role
                raise _Bad(column, "wrong_role", cell, role)
            if product and self._how.product and product != self._how.product:
                raise _Bad(column, "wrong_product", cell, product)
            levels |= {level} - {""}
            products |= {product} - {""}
        if len(levels) > 1:
            raise _Bad(-1, "two_levels", "", ", ".join(sorted(levels)))
        if len(products) > 1:
            raise _Bad(-1, "two_products", "", ", ".join(sorted(products)))
        return "".join(levels), "".join(products) or self._how.product

    @staticmethod
    def _piece(lines: list[str], good: int, hashes: bytearray, places: list[int], *more: Any) -> Piece:
        starts = range(0, len(lines), BLOCK_ROWS)
        blocks = [packed(lines[at:at + BLOCK_ROWS]) for at in starts]
        table = np.fromiter(((at, len(block)) for at, block in zip(starts, blocks, strict=True)), TABLE, len(blocks))
        found = np.frombuffer(hashes, "<u8")
        order = np.argsort(found, kind="stable")
        return Piece(len(lines), good, b"".join(blocks), table.tobytes(), found[order].tobytes(),
                     np.array(places, "<u4")[order].tobytes(), *more)


def work(pipe: Pipe, how: How, nice: bool) -> None:
    """A process: (offset, bytes, rows to skip) in, Piece out, until the other end is closed or gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is for the one who gives the work
    if nice and hasattr(os, "nice"):
        os.nice(NICE)
    rows = Rows(how)
    try:
        with how.path.open("rb") as file:
            while True:
                offset, length, skip = pipe.recv()
                file.seek(offset)
                pipe.send(rows.read(file.read(length), skip))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
