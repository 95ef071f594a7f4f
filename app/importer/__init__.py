"""Master data from CSV and XLSX files into the catalogue, all of a file or nothing of it.

First every file is read whole and judged row by row, then it goes in, in one transaction each. Says nothing to people:
faults are words (import.toml of resources/i18n) with data and places.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.codes.rule import Rule
from app.importer import columns
from app.importer.codes import Codes, Issued
from app.importer.columns import kinds, template
from app.importer.faults import BadCell, BadFile, Fault, Faults
from app.importer.gather import Gathered, Table, gather
from app.importer.put import Hash, hash_secrets, put
from app.importer.tables import open_sheets
from app.store import rows
from app.store.catalogue import Catalogue
from app.store.database import Connection, transaction
from app.store.registry import Registry

__all__ = ["BadCell", "BadFile", "Fault", "Faults", "Importer", "Result", "kinds", "template_of"]

Progress = Callable[[Path, int], None]     # file, rows read
AT_ONCE, AT_ONCE_BESIDE = 100_000, 5_000   # issued codes
MOST_BESIDE_S, MOST_ROWS_BESIDE = 3.0, 20_000     # so long a running station may be kept from writing; of one record


@dataclass(slots=True)
class Result:
    """What came of one file. `rows` counts by kind; `new_codes` are those of the issued ones that were not known."""

    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    problem: BadFile | None = None
    new_codes: int = 0
    secrets: bool = False            # the file holds badges or PINs

    @property
    def good(self) -> bool:
        return self.problem is None and not self.faults.count


@dataclass(slots=True)
class _File:
    result: Result
    tables: list[tuple[Table, list[Gathered]]] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)

    def place(self) -> int:
        """Plans go before products, products before orders, whatever the files' order."""
        return min((kinds().index(name) for name in self.result.rows), default=0)


class _Undone(Exception):
    """Takes a transaction back."""


class Importer:
    """On the caller's writing connection. `beside` is True where a station is running on the same database."""

    def __init__(self, connection: Connection, *, hash_pin: Hash, site: Sequence[Rule] = (), beside: bool = False,
                 progress: Progress = lambda path, count: None) -> None:
        self._connection, self._hash, self._beside, self._progress = connection, hash_pin, beside, progress
        self._catalogue, self._registry = Catalogue(connection), Registry(connection)
        self._codes = Codes(self._catalogue, site)
        self._end = 0.0

    def take(self, paths: Sequence[Path], kind: str = "", *, dry_run: bool = False) -> list[Result]:
        """Imports the files, in the order in which they build on one another; `dry_run` changes nothing.

        Raises BadFile for a strange kind, OSError, DiskFull.
        """
        wanted = columns.kind_named(kind) if kind else None
        files = sorted([self._read(path, wanted) for path in paths], key=_File.place)
        if dry_run:
            self._undone(files)
        else:
            for each in files:
                self._bring(each)
        for each in files:
            for codes in each.issued:
                codes.close()
        return [each.result for each in files]

    # --- reading ----------------------------------------------------------------------------------------------------
    def _read(self, path: Path, wanted: columns.Kind | None) -> _File:
        file = _File(Result(path))
        try:
            for sheet in open_sheets(path):
                named = columns.kind_in(sheet.name) or columns.kind_in(path.stem)
                kind = wanted or columns.guess(sheet.heading, named)
                table = Table(sheet, kind, file.result.faults, self._codes.epc)
                self._table(file, table)
        except BadFile as error:
            file.result.problem = error
        return file

    def _table(self, file: _File, table: Table) -> None:
        result, kind = file.result, table.kind.name
        before = sum(result.rows.values())
        done = 0

        def progress(count: int) -> None:
            nonlocal done
            done = count
            if count % 1000 == 0:
                self._progress(result.path, before + count)

        if kind == "issued":
            issued = Issued()
            file.issued.append(issued)
            issued.fill(table, progress)
        else:
            file.tables.append((table, gather(table, progress)))
        result.rows[kind] = result.rows.get(kind, 0) + done
        result.secrets |= any(record.data.get(key) for _, records in file.tables for record in records
                              for key in ("badge", "pin") if kind == "person")

    # --- taking in --------------------------------------------------------------------------------------------------
    def _judge(self, file: _File) -> None:
        """Puts the records of a file that is not to be taken in; the good ones stay for the files after it."""
        if file.result.problem:
            return
        self._hash_secrets(file, lambda pin: "$argon2id$")
        self._connection.execute("SAVEPOINT file")
        try:
            self._put(file)
        except BadFile as error:
            file.result.problem = error
        if not file.result.good:
            self._connection.execute("ROLLBACK TO file")
        self._connection.execute("RELEASE file")

    def _bring(self, file: _File) -> None:
        if file.result.problem:
            return
        if file.result.faults.count:
            # What the catalogue would say of the other rows is worth knowing too.
            self._undone([file])
            return
        self._hash_secrets(file, self._hash)
        try:
            with transaction(self._connection):
                self._end = time.monotonic() + MOST_BESIDE_S
                self._put(file)
                if file.result.faults.count:
                    raise _Undone
                if not self._beside:
                    self._issue(file, AT_ONCE, None)
                self._count_change()
            if self._beside:
                self._issue(file, AT_ONCE_BESIDE, transaction)
        except BadFile as error:
            file.result.problem = error
        except _Undone:
            pass

    def _undone(self, files: Sequence[_File]) -> None:
        try:
            with transaction(self._connection):
                self._end = time.monotonic() + MOST_BESIDE_S
                for each in files:
                    self._judge(each)
                raise _Undone
        except _Undone:
            pass

    def _put(self, file: _File) -> None:
        """Raises BadFile where a running station has waited long enough."""
        for table, records in sorted(file.tables, key=lambda pair: kinds().index(pair[0].kind.name)):
            for record in records:
                if self._beside and (len(record.rows) > MOST_ROWS_BESIDE or time.monotonic() > self._end):
                    raise BadFile("too_long_beside", most=int(MOST_BESIDE_S))
                if record.whole and (record.rows or not table.kind.members or table.kind.free):
                    put(self._catalogue, table, record)

    def _hash_secrets(self, file: _File, hash_pin: Hash) -> None:
        for table, records in file.tables:
            if table.kind.name == "person":
                hash_secrets(self._catalogue, table, records, hash_pin,
                             lambda count: self._progress(file.result.path, count))

    def _issue(self, file: _File, at_once: int, each_in: Callable[[Connection], AbstractContextManager[None]] | None,
               ) -> None:
        """Issued codes: in the file's transaction, or beside a running station in many short ones.

        A kill between two of those leaves some codes known, all of them right; importing again completes them.
        """
        for issued in file.issued:
            for keys in issued.keys(at_once):
                if each_in:
                    with each_in(self._connection):
                        file.result.new_codes += self._registry.add_fingerprints(keys)
                    time.sleep(0.005)      # the station's turn
                else:
                    file.result.new_codes += self._registry.add_fingerprints(keys)

    def _count_change(self) -> None:
        """By this number a running station sees that its catalogue has changed."""
        rows.put_number(self._connection, "catalogue", rows.number(self._connection, "catalogue", 0) + 1)


def template_of(kind: str, language: str) -> str:
    """An empty table of this kind with an example, as CSV text. Raises BadFile for a strange kind."""
    return template(columns.kind_named(kind), language)
