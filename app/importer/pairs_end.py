"""The end of an import: the codes of all pieces in order, held against one another and against what is known.

Reads and sorts a share of the fingerprints at a time, so that any number of rows takes the same memory.
"""
from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.importer.pairs_rows import MOST_TOLD, RowFault
from app.importer.pairs_staged import Progress
from app.store.database import Connection
from app.store.pair_file import FLUSH, TABLE, PairFile, Texts, keys

SHARE = 400_000              # codes sorted at a time
Told = Callable[[int, int], None]


@dataclass(slots=True)
class Ended:
    """`rows` says of each row whether it cannot count; `faults` are the first MOST_TOLD of them, one a row."""

    codes: int
    rows: NDArray[np.bool_]
    bad: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def add(self, fault: RowFault) -> None:
        if self.rows[fault.row]:
            return
        self.rows[fault.row] = True
        self.bad += 1
        if len(self.faults) < MOST_TOLD:
            self.faults.append(fault)


class Index:
    """The sorted index of a staged import, written into two files: hashes and, for each, row * columns + column."""

    def __init__(self, folder: Path, progress: Progress, roles: Sequence[str], identity: int) -> None:
        self._folder, self._runs = folder, progress.runs
        self._width, self._roles, self._identity = len(roles), tuple(roles), identity
        self.ended = Ended(sum(progress.runs), np.zeros(progress.rows + 1, bool))

    def build(self, others: Sequence[PairFile], progress: Told) -> Ended:
        """Sorts, and finds the codes that stand in several rows or in another set otherwise. Raises PairsDamaged."""
        total = sum(self._runs)
        with (self._folder / "text").open("rb") as file, \
                (self._folder / "sorted").open("wb") as hashes_out, (self._folder / "sorted_places").open("wb") as out:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if total else b""
            texts = Texts(data, np.fromfile(self._folder / "table", TABLE))
            done = unsafe = 0
            for low, hashes, places in self._shares(total):
                self._repeated(hashes, places, texts)
                for other in others:
                    self._otherwise(hashes, places, texts, other, low)
                hashes_out.write(hashes.tobytes())
                out.write(places.tobytes())
                done += len(hashes)
                unsafe += len(hashes) * 12
                if unsafe > FLUSH:
                    unsafe = 0
                    for part in (hashes_out, out):
                        part.flush()
                        os.fsync(part.fileno())
                progress(done, total)
        return self.ended

    def without_bad(self) -> None:
        """Takes the bad rows off the sorted index."""
        with (self._folder / "sorted").open("r+b") as hashes, (self._folder / "sorted_places").open("r+b") as places:
            kept = at = 0
            while True:
                found = np.frombuffer(_at(places, at * 4, SHARE * 4), "<u4")
                if not len(found):
                    break
                good = ~self.ended.rows[found // self._width]
                shares = (np.frombuffer(_at(hashes, at * 8, SHARE * 8), "<u8")[good], found[good])
                at += len(found)
                for file, share in zip((hashes, places), shares, strict=True):
                    file.seek(kept * share.itemsize)
                    file.write(share.tobytes())
                kept += len(shares[0])
            hashes.truncate(kept * 8)
            places.truncate(kept * 4)
            self.ended.codes = kept

    def _shares(self, total: int) -> Iterator[tuple[int, NDArray[np.uint64], NDArray[np.uint32]]]:
        """(lowest hash, hashes, places) of one share after the other; in a share rows of equal hash are in order."""
        count = total // SHARE + 1
        bounds = np.array([(number << 64) // count for number in range(1, count)], np.uint64)
        starts = np.concatenate(([0], np.cumsum(self._runs))).astype(np.int64)
        with (self._folder / "hashes").open("rb") as hash_file, (self._folder / "places").open("rb") as place_file:
            cuts = [np.searchsorted(np.frombuffer(_at(hash_file, int(start) * 8, run * 8), "<u8"), bounds)
                    for start, run in zip(starts[:-1], self._runs, strict=True)]
            edges = [np.concatenate(([0], cut, [run])) for cut, run in zip(cuts, self._runs, strict=True)]
            for share in range(count):
                spans = [(int(start + edge[share]), int(edge[share + 1] - edge[share]))
                         for start, edge in zip(starts[:-1], edges, strict=True)]
                hashes = np.frombuffer(b"".join([_at(hash_file, at * 8, many * 8) for at, many in spans]), "<u8")
                places = np.frombuffer(b"".join([_at(place_file, at * 4, many * 4) for at, many in spans]), "<u4")
                order = np.argsort(hashes, kind="stable")
                yield int(bounds[share - 1]) if share else 0, hashes[order], places[order]

    def _repeated(self, hashes: NDArray[np.uint64], places: NDArray[np.uint32], texts: Texts) -> None:
        """A code in two rows: the later one is bad; the earlier one too where its other codes are not the same."""
        same = np.flatnonzero(hashes[1:] == hashes[:-1])
        first: dict[tuple[int, str], tuple[int, int]] = {}
        for at in sorted({*same.tolist(), *(same + 1).tolist()}, key=lambda at: int(places[at])):
            row, column = divmod(int(places[at]), self._width)
            codes = texts.row(row)
            before, place = first.setdefault((int(hashes[at]), codes[column]), (row, column))
            if before != row:
                self.ended.add(RowFault(row, column, "twice", codes[column], "", before))
                if texts.row(before) != codes:
                    self.ended.add(RowFault(before, place, "twice", codes[column], "", row))

    def _otherwise(self, hashes: NDArray[np.uint64], places: NDArray[np.uint32], texts: Texts, other: PairFile,
                   low: int) -> None:
        """Codes that another set ties otherwise."""
        if not len(hashes):
            return
        start, theirs = other.between(low, int(hashes[-1]))
        if not len(theirs):
            return
        at = np.searchsorted(hashes, theirs)
        at[at == len(hashes)] = 0
        found = np.flatnonzero(hashes[at] == theirs)
        # In the order of our rows, so that a block of text is unpacked once.
        for one in sorted(found.tolist(), key=lambda one: int(places[at[one]])):
            their_row, their_column = divmod(int(other.places[start + one]), len(other.about.roles))
            theirs_told = other.texts.row(their_row)
            mine = int(at[one])
            while mine < len(hashes) and hashes[mine] == theirs[one]:
                row, column = divmod(int(places[mine]), self._width)
                codes = texts.row(row)
                if codes[column] == theirs_told[their_column]:
                    self._compare(row, column, codes, other, their_row, their_column)
                mine += 1

    def _compare(self, row: int, column: int, codes: tuple[str, ...], other: PairFile, their_row: int,
                 their_column: int) -> None:
        theirs = dict(zip(other.about.roles, other.texts.row(their_row), strict=True))
        same_role = other.about.roles[their_column] == self._roles[column]
        differing = next((role for role, code in zip(self._roles, codes, strict=True)
                          if role in theirs and theirs[role] != code), "")
        if not same_role or differing:
            self.ended.add(RowFault(row, column, "paired", codes[column], theirs.get(differing, ""),
                                    other.about.place(their_row)[1], other.about.source))

    def against_line(self, connection: Connection) -> None:
        """Codes that were paired otherwise on this line; `sorted` must be whole."""
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='paired'").fetchone():
            return
        with (self._folder / "text").open("rb") as file:
            if not self.ended.codes:
                return
            texts = Texts(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ),
                          np.fromfile(self._folder / "table", TABLE))
            hashes = np.memmap(self._folder / "sorted", "<u8", "r")
            places = np.memmap(self._folder / "sorted_places", "<u4", "r")
            rows = connection.execute("SELECT alias, epc, role FROM paired")
            while some := rows.fetchmany(10_000):
                for alias, epc, role in self._maybe(some, hashes):
                    self._line(alias, epc, role, hashes, places, texts)

    @staticmethod
    def _maybe(some: list[tuple[str, str, str]], hashes: Any) -> list[tuple[str, str, str]]:
        hit = np.zeros(len(some), bool)
        for column in (0, 1):
            asked = keys(row[column] for row in some)
            at = np.searchsorted(hashes, asked)
            at[at == len(hashes)] = 0
            hit |= hashes[at] == asked
        return [row for row, wanted in zip(some, hit.tolist(), strict=True) if wanted]

    def _line(self, alias: str, epc: str, role: str, hashes: Any, places: Any, texts: Texts) -> None:
        mine, whole = self._rows_of(alias, hashes, places, texts), self._rows_of(epc, hashes, places, texts)
        for row, column in mine:
            codes = texts.row(row)
            if self._roles[column] != role or (column != self._identity and codes[self._identity] != epc):
                self.ended.add(RowFault(row, column, "paired", alias, epc, 0, "line"))
        for row, column in whole:
            codes = texts.row(row)
            if role in self._roles and codes[self._roles.index(role)] != alias:
                self.ended.add(RowFault(row, column, "paired", epc, alias, 0, "line"))

    def _rows_of(self, epc: str, hashes: Any, places: Any, texts: Texts) -> list[tuple[int, int]]:
        wanted = keys((epc,))
        found = []
        for at in range(int(np.searchsorted(hashes, wanted)[0]), int(np.searchsorted(hashes, wanted, "right")[0])):
            row, column = divmod(int(places[at]), self._width)
            if texts.row(row)[column] == epc:
                found.append((row, column))
        return found


def _at(file: Any, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)
