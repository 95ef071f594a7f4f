"""A cap or carton maker's pair file into a set of pairs: all of it or nothing, in a minute for millions of rows.

Read and judged in a staging folder, kept at checkpoints, held against all that is known, and registered in one short
transaction of the register. The station's own database is only read. Says nothing to people: faults are words.
"""
from __future__ import annotations

import csv
import errno
import hashlib
import heapq
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import msgspec

from app.domain.codes.identity import Code
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted
from app.importer.faults import BadFile
from app.importer.pairs_end import Index
from app.importer.pairs_heading import Columns, columns, delimiter
from app.importer.pairs_pieces import SMALL, alone, spans, together
from app.importer.pairs_rows import How, RowFault
from app.importer.pairs_staged import (
    PLAIN,
    ImportLock,
    ImportRuns,
    Progress,
    Staged,
    all_staged,
    discard_refused,
)
from app.importer.pairs_tables import Opened, open_table
from app.store.catalogue import Catalogue
from app.store.database import DiskFull, open_reader
from app.store.pair_about import Description, PairsDamaged
from app.store.pair_file import PairFile, write_set
from app.store.pair_sets import PairSet, PairSets
from app.store.swap import sync_folder

__all__ = ["Imported", "ImportRuns", "PairImport", "RowFault", "all_staged"]

VERSION = 1                  # of what is staged: a later program begins anew
FIRST_CHECKPOINT_S, CHECKPOINT_S = 0.3, 3.0
PROCESSES = 2
Told = Callable[[str, int, int], None]       # what is done ("read", "sort"), how far, of how many


@dataclass(slots=True)
class Imported:
    """What came of a file. `set` is None where nothing of it counts; `known`: it had been imported before."""

    path: Path
    set: PairSet | None
    rows: int = 0
    good: int = 0
    bad: int = 0
    faults: tuple[RowFault, ...] = ()
    known: bool = False
    resumed_at: int = 0          # the row at which an earlier import had stopped
    about: Description | None = None


@dataclass(frozen=True, slots=True)
class _Master:
    rules: tuple[Rule, ...]
    gtins: dict[str, tuple[str, str]]
    plans: dict[str, dict[str, str]]      # product → level → role of its identity
    roles: frozenset[str]


class PairImport:
    """Imports into `folder`, beside a running station too (`beside` lets it go first)."""

    def __init__(self, database: Path, folder: Path, site: Sequence[Rule] = (), *, now: Callable[[], datetime],
                 beside: bool = False, processes: int = PROCESSES,
                 progress: Told = lambda what, done, total: None) -> None:
        self._database, self._folder, self._site, self._now = database, folder, tuple(site), now
        self._beside, self._processes, self._progress = beside, processes, progress

    def take(self, path: Path, *, roles: Sequence[str] = (), product: str = "", sample: int = 5,
             skip_bad: bool = False) -> Imported:
        """Nothing of a file with a bad row counts, unless `skip_bad` leaves such rows out.

        Raises BadFile, ImportRuns, WorkerEnded, StoreRefused, DiskFull, OSError; what was read by then is kept.
        """
        with ExitStack() as stack:
            stack.enter_context(closing(ImportLock(self._folder)))
            try:
                return self._take(path, tuple(roles), product, sample, skip_bad)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise DiskFull(str(error)) from error
                raise

    def _take(self, path: Path, roles: tuple[str, ...], product: str, sample: int, skip_bad: bool) -> Imported:
        stamp = _stamp(path)
        sha256 = self._content(path)
        master = self._master()
        table = RuleTable(master.rules, master.gtins)

        def told(cell: str) -> str | None:
            meaning = table.read(pasted(cell))
            return meaning.role if isinstance(meaning, Code) else None

        opened = open_table(path)
        mark = opened.mark or delimiter(opened.line, told, master.roles)
        first: Sequence[str] = opened.first or next(csv.reader([opened.line], delimiter=mark), [])
        found = columns(first, told, roles, master.roles)
        id = blake2b(msgspec.json.encode([sha256, found.roles, product]), digest_size=6).hexdigest()
        with closing(PairSets(self._folder, writing=True)) as sets:
            there = sets.get(id)
            if there:
                return Imported(path, there, there.about.rows, there.about.rows, known=True, about=there.about)
            signature = blake2b(msgspec.json.encode([VERSION, master.rules, sorted(master.gtins.items()), found,
                                                     mark, opened.encoding, product]), digest_size=16).hexdigest()
            made = self._left(sets, id)
            if made:      # all was done but the register when the power went
                done = sets.add(made, sample)
                shutil.rmtree(self._folder / "staged" / id, ignore_errors=True)
                return Imported(path, done, made.rows + made.skipped, made.rows, made.skipped, about=made)
            discard_refused(self._folder, id)
            staged = Staged(self._folder, Progress(id=id, source=str(path.absolute()), sha256=sha256,
                                                   signature=signature))
            try:
                progress = staged.progress
                resumed_at = progress.rows if progress.offset < progress.size else 0
                self._read(staged, opened, found, mark, master, product)
                if _stamp(path) != stamp:
                    raise BadFile("pair_changed")
                imported = self._end(sets, staged, found, master, path, sample, skip_bad)
                imported.resumed_at = resumed_at
                return imported
            finally:
                staged.close()

    # --- reading ----------------------------------------------------------------------------------------------------
    def _content(self, path: Path) -> str:
        if path.is_dir():
            raise BadFile("folder")
        if path.exists() and not path.is_file():
            raise BadFile("not_file")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _master(self) -> _Master:
        """Rules and plans as the station has them; the site's own rules alone where there is no database yet."""
        if not self._database.exists():
            return _Master(self._site, {}, {}, frozenset(rule.role for rule in self._site))
        with closing(open_reader(self._database)) as connection:
            catalogue = Catalogue(connection)
            products = catalogue.products()
            rules = (*self._site, *catalogue.rules(), *(rule for product in products for rule in product.rules))
            plans, roles = {}, {rule.role for rule in rules} - {"label"}
            for product in products:
                plan = catalogue.plan(product.plan)
                levels = plan.levels if plan else ()
                plans[product.id] = {level.level: level.identity for level in levels}
                roles |= {role.role for level in levels for role in level.roles}
            return _Master(rules, catalogue.gtins(), plans, frozenset(roles))

    def _read(self, staged: Staged, opened: Opened, found: Columns, mark: str, master: _Master, product: str) -> None:
        progress, path, encoding, places, skip = staged.progress, opened.path, opened.encoding, found.places, 0
        if opened.convert:
            path, encoding = staged.path / PLAIN, "utf-8"
            if not progress.size:
                progress.sheets = opened.convert(path, found, lambda rows: self._progress("open", rows, 0))
        if opened.plain_mark:                # nothing is in it but the pairs, in their columns
            mark, places = opened.plain_mark, tuple(range(len(found.places)))
        elif not progress.rows:
            skip = opened.before + found.heading
        if not progress.size:
            progress.offset, progress.size = opened.bom, path.stat().st_size
            staged.checkpoint()
        how = How(path, encoding, mark, found.roles, places, product, master.rules, master.gtins)
        every = FIRST_CHECKPOINT_S
        due = time.monotonic() + every
        with path.open("rb") as file:
            parts = spans(file, progress.offset, progress.size)
            small = progress.size - progress.offset < SMALL or not self._processes
            pieces = (alone(how, parts, skip) if small
                      else together(how, parts, skip, self._processes, nice=self._beside))
            with closing(pieces):
                for offset, piece in pieces:
                    if piece.problem:
                        row, problem = piece.problem
                        raise BadFile("csv", row=progress.rows + row, problem=problem)
                    staged.put(piece, offset)
                    self._progress("read", offset, progress.size)
                    if time.monotonic() > due:
                        staged.checkpoint()
                        every = min(every * 2, CHECKPOINT_S)
                        due = time.monotonic() + every
        staged.checkpoint()

    # --- the end ----------------------------------------------------------------------------------------------------
    def _end(self, sets: PairSets, staged: Staged, found: Columns, master: _Master, path: Path, sample: int,
             skip_bad: bool) -> Imported:
        progress = staged.progress
        identity = self._identity(found, progress, master)
        index = Index(staged.path, progress, found.roles, identity)
        others = self._others(sets)
        index.build(others, lambda done, total: self._progress("sort", done, total))
        if self._database.exists():
            with closing(open_reader(self._database)) as connection:
                index.against_line(connection)
        ended = index.ended
        bad, good = progress.bad + ended.bad, progress.good - ended.bad
        faults = tuple(heapq.merge(staged.faults(), sorted(ended.faults, key=lambda fault: fault.row),
                                   key=lambda fault: fault.row))
        levels, products = ({each[at] for each in progress.meanings} for at in (0, 1))
        about = Description(
            id=progress.id, roles=found.roles, identity=identity, rows=good, last_row=progress.rows, source=path.name,
            sha256=progress.sha256, level="".join(levels) if len(levels) == 1 else "",
            product="".join(products) if len(products) == 1 else "", skipped=bad,
            sheets=tuple(progress.sheets) if len(progress.sheets) > 1 else (), imported_at=self._now())
        if (bad and not skip_bad) or not good:
            for name in ("sorted", "sorted_places"):
                (staged.path / name).unlink(missing_ok=True)
            progress.refused = True
            staged.checkpoint()
            if not good:
                staged.discard()
            return Imported(path, None, good + bad, good, bad, faults, about=about)
        if ended.bad:
            index.without_bad()
        text = staged.path / "text"
        about = write_set(text, staged.path / "table", staged.path / "sorted", staged.path / "sorted_places", about)
        staged.close()
        os.chmod(text, 0o600)
        os.replace(text, sets.path(about.id))
        sync_folder(self._folder)
        made = sets.add(about, sample)
        shutil.rmtree(staged.path, ignore_errors=True)
        return Imported(path, made, good + bad, good, bad, faults, about=about)

    def _left(self, sets: PairSets, id: str) -> Description | None:
        """The set's file, whole, of an import that was killed before its last step."""
        try:
            file = PairFile(sets.path(id))
            return file.about if file.whole() else None
        except (PairsDamaged, OSError):
            return None

    @staticmethod
    def _others(sets: PairSets) -> list[PairFile]:
        """The sets that a new one must not contradict; one whose file is broken contradicts nothing."""
        found = []
        for each in sets.all():
            if each.state != "stopped":
                try:
                    found.append(sets.open(each))
                except (PairsDamaged, OSError):
                    continue
        return found

    @staticmethod
    def _identity(found: Columns, progress: Progress, master: _Master) -> int:
        """The column by which the plans know the object; the first one where they do not tell or do not agree."""
        told = {master.plans.get(product, {}).get(level, "") for level, product in progress.meanings}
        role = told.pop() if len(told) == 1 else ""
        return found.roles.index(role) if role in found.roles else 0


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def described(faults: Sequence[RowFault], about: Description) -> Iterator[tuple[RowFault, str, int, str]]:
    """(fault, sheet, row in it, heading of the column) of each."""
    for fault in faults:
        sheet, row = about.place(fault.row)
        yield fault, sheet, row, about.roles[fault.column] if fault.column >= 0 else ""
