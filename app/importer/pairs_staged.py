"""A pair file on its way in: what has been read of it, in a folder that a kill leaves as it was at the last checkpoint.

Nothing of it counts anywhere before it is registered. The same file with the same rules goes on where it was.
"""
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import numpy as np

from app.importer.pairs_rows import MOST_TOLD, Piece, RowFault
from app.store.database import StoreRefused
from app.store.database import sqlite3 as sqlite
from app.store.pair_file import FLUSH, TABLE
from app.store.swap import sync_folder, write

PROGRESS, PLAIN = "progress.json", "plain.csv"
PARTS = ("text", "table", "hashes", "places", "faults")


class Progress(msgspec.Struct, kw_only=True):
    """How far an import is. `sizes` are the bytes of PARTS that belong to it, `runs` the codes of each piece."""

    id: str
    source: str                  # path
    sha256: str
    signature: str               # of the rules and whatever else the result depends on
    offset: int = 0              # bytes of the file that are read
    size: int = 0                # of how many
    rows: int = 0
    good: int = 0
    bad: int = 0
    told: int = 0                # of the bad rows, those in the part faults
    sheets: list[tuple[str, int]] = []
    meanings: list[tuple[str, str]] = []
    sizes: dict[str, int] = {}
    runs: list[int] = []
    refused: bool = False        # read to its end, and rows of it are bad: it waits for --skip-bad


class Staged:
    """The folder of one import; `folder` is that of all sets. Opening one takes off what came after its checkpoint."""

    def __init__(self, folder: Path, fresh: Progress) -> None:
        """Goes on with what is there of the same id and signature, else begins anew."""
        self.path = folder / "staged" / fresh.id
        found = read_progress(self.path)
        self.resumed = found is not None and found.signature == fresh.signature
        if found is None or not self.resumed:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(mode=0o700, parents=True)
            found = fresh
        self.progress = found
        self.progress.source = fresh.source
        self._files: dict[str, IO[bytes]] = {}
        self._unsafe = 0                 # bytes that are not on the disk yet
        for name in PARTS:
            file = (self.path / name).open("ab")
            if file.tell() < found.sizes.get(name, 0):      # the disk lost what it had promised: nothing can be trusted
                raise StoreRefused(f"{self.path / name}: shorter than it was; remove this import and begin anew")
            file.truncate(found.sizes.get(name, 0))
            self._files[name] = file

    def put(self, piece: Piece, offset: int) -> None:
        """Adds the rows up to this offset of the file."""
        progress, width = self.progress, 0
        table = np.frombuffer(piece.table, TABLE).copy()
        table["row"] += progress.rows + 1                # rows count from 1
        self._files["text"].write(piece.text)
        self._files["table"].write(table.tobytes())
        self._files["hashes"].write(piece.hashes)
        if piece.good:
            width = len(piece.hashes) // 8 // piece.good
            places = np.frombuffer(piece.places, "<u4") + np.uint32((progress.rows + 1) * width)
            self._files["places"].write(places.astype("<u4").tobytes())
            progress.runs.append(piece.good * width)
        for fault in piece.faults[:max(MOST_TOLD - progress.told, 0)]:
            moved = msgspec.structs.replace(fault, row=fault.row + progress.rows + 1)
            self._files["faults"].write(msgspec.json.encode(moved) + b"\n")
            progress.told += 1
        self._unsafe += len(piece.text) + len(piece.hashes) + len(piece.places)
        if self._unsafe > FLUSH:
            self._sync()
        progress.rows += piece.rows
        progress.good += piece.good
        progress.bad += piece.bad
        progress.offset = offset
        progress.meanings = sorted({*progress.meanings, *piece.meanings})

    def checkpoint(self) -> None:
        """All of it is on the disk when this returns. Raises OSError."""
        self._sync()
        self.progress.sizes = {name: file.tell() for name, file in self._files.items()}
        draft = self.path / f"{PROGRESS}.draft"
        write(draft, msgspec.json.encode(self.progress))
        os.replace(draft, self.path / PROGRESS)
        sync_folder(self.path)

    def _sync(self) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        self._unsafe = 0

    def faults(self) -> Iterator[RowFault]:
        """The bad rows, in order."""
        self._files["faults"].flush()
        with (self.path / "faults").open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=RowFault)

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def discard(self) -> None:
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)


def read_progress(path: Path) -> Progress | None:
    try:
        return msgspec.json.decode((path / PROGRESS).read_bytes(), type=Progress)
    except (OSError, msgspec.MsgspecError):
        return None


def all_staged(folder: Path) -> list[Progress]:
    """Imports that were begun and not ended."""
    found = [read_progress(path) for path in sorted((folder / "staged").glob("*"))]
    return [each for each in found if each]


def discard_refused(folder: Path, but: str) -> None:
    """Forgets what waits for --skip-bad, except of this id: somebody has gone on to another file."""
    for each in all_staged(folder):
        if each.refused and each.id != but:
            shutil.rmtree(folder / "staged" / each.id, ignore_errors=True)


class ImportLock:
    """One import at a time; the lock goes with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises ImportRuns."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = sqlite.connect(str(folder / "import.lock"), timeout=0.5, isolation_level=None)
        try:
            self._held.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._held.execute("BEGIN EXCLUSIVE")
        except sqlite.OperationalError:
            self._held.close()
            raise ImportRuns(str(folder)) from None

    def close(self) -> None:
        self._held.close()


class ImportRuns(Exception):
    """Another import is at work here."""
