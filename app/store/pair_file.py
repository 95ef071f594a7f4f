"""The file of one set of peer pairs: written once, never changed, read through a memory map.

Layout: rows as text in deflated blocks (a line a row, its codes parted by tabs, an empty line for a row that is not
there), the table of blocks, the codes' fingerprints in order, for each its row and column, a description as JSON.
What a fingerprint finds is compared with the text, so that no two codes can be taken for one another.
"""
from __future__ import annotations

import mmap
import os
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.store.pair_about import Description, PairsDamaged

MAGIC = b"ONECODE PAIRS 1\n"
BLOCK_ROWS = 32              # 16 µs to unpack; twice as many would save one byte a pair
FLUSH = 8 << 20              # bytes put on the disk at a time: a station's commit never waits for hundreds of MB
KEPT = 32                    # blocks of one set, some 10 kB each
TABLE = np.dtype([("row", "<u4"), ("bytes", "<u4")])      # of each block: its first row, its length
Hashes = NDArray[np.uint64]
_END = struct.Struct("<QI16s")                            # where the description begins, its length, MAGIC


def key(epc: str) -> bytes:
    """8 bytes that a code is found by."""
    return blake2b(epc.encode(), digest_size=8).digest()


def keys(epcs: Iterable[str]) -> Hashes:
    return np.frombuffer(b"".join([key(epc) for epc in epcs]), "<u8")


def packed(rows: Sequence[str]) -> bytes:
    """One block."""
    return zlib.compress("\n".join(rows).encode(), 1)


class Texts:
    """The rows of a set, by number, out of their blocks."""

    def __init__(self, data: mmap.mmap | bytes, table: NDArray[np.void]) -> None:
        self._data = data
        self._first = np.ascontiguousarray(table["row"])
        self._at = np.concatenate(([0], np.cumsum(table["bytes"], dtype=np.uint64))).astype(np.uint64)
        self._kept: dict[int, list[str]] = {}           # the blocks used last: neighbours are asked for together

    def row(self, number: int) -> tuple[str, ...]:
        """The codes of a row; () for one that is not there. Raises PairsDamaged."""
        block = int(np.searchsorted(self._first, np.uint32(number), "right")) - 1
        if block < 0:
            return ()
        lines = self._kept.get(block) or self._unpacked(block)
        at = number - int(self._first[block])
        return tuple(lines[at].split("\t")) if at < len(lines) and lines[at] else ()

    def _unpacked(self, block: int) -> list[str]:
        try:
            lines = zlib.decompress(self._data[int(self._at[block]):int(self._at[block + 1])]).decode().split("\n")
        except (zlib.error, UnicodeDecodeError) as error:
            raise PairsDamaged(f"block {block}: {error}") from None
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[block] = lines
        return lines


class PairFile:
    """An open set. Raises PairsDamaged, OSError. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = path.stat().st_size
            if size < _END.size:
                raise PairsDamaged(f"{path}: too short")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        at, length, magic = _END.unpack(self._map[size - _END.size:])
        if magic != MAGIC or at + length + _END.size != size:
            raise PairsDamaged(f"{path}: the end is not that of a set of pairs")
        try:
            self.about = about = msgspec.json.decode(self._map[at:at + length], type=Description)
            table: NDArray[np.void] = np.frombuffer(self._map, TABLE, about.blocks, about.table_at)
            self.hashes: Hashes = np.frombuffer(self._map, "<u8", about.codes, about.hashes_at)
            self.places: NDArray[np.uint32] = np.frombuffer(self._map, "<u4", about.codes, about.places_at)
        except (msgspec.MsgspecError, ValueError) as error:
            raise PairsDamaged(f"{path}: {error}") from None
        self.texts = Texts(self._map, table)
        self._end = at

    def find(self, epcs: Sequence[str], asked: Hashes) -> dict[str, tuple[int, int]]:
        """(row, column) of each of these codes (`asked` are their keys) that the set has."""
        found: dict[str, tuple[int, int]] = {}
        width, count = len(self.about.roles), len(self.hashes)
        for epc, wanted, start in zip(epcs, asked.tolist(), np.searchsorted(self.hashes, asked).tolist(), strict=True):
            at = start
            while at < count and int(self.hashes[at]) == wanted:
                row, column = divmod(int(self.places[at]), width)
                if self.texts.row(row)[column:column + 1] == (epc,):
                    found[epc] = row, column
                    break
                at += 1
        return found

    def place(self, epc: str) -> tuple[int, int] | None:
        return self.find((epc,), keys((epc,))).get(epc)

    def whole(self) -> bool:
        """True where every byte is as it was written."""
        with self.path.open("rb") as file:
            return digest(file, self._end) == self.about.digest

    def between(self, low: int, high: int) -> tuple[int, Hashes]:
        """(place of the first, all) of the fingerprints from `low` to `high`: read, not mapped, so that a walk through
        them all holds no memory."""
        with self.path.open("rb", buffering=0) as file:
            stored = _Stored(file, self.about.hashes_at, self.about.codes)
            start, end = bisect_left(stored, low), bisect_right(stored, high)
        return start, np.fromfile(self.path, "<u8", end - start, offset=self.about.hashes_at + start * 8)


class _Stored(Sequence[int]):
    """The fingerprints of an open file, one by one."""

    def __init__(self, file: IO[bytes], start: int, count: int) -> None:
        self._file, self._start, self._count = file, start, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> int:      # type: ignore[override]
        self._file.seek(self._start + at * 8)
        return int.from_bytes(self._file.read(8), "little")


def digest(file: IO[bytes], end: int) -> str:
    """Of the first bytes of an open file."""
    made = blake2b(digest_size=16)
    file.seek(0)
    while end and (block := file.read(min(end, 1 << 20))):
        made.update(block)
        end -= len(block)
    return made.hexdigest()


def write_set(path: Path, table: Path, hashes: Path, places: Path, about: Description) -> Description:
    """Makes a set of the file with its blocks of text: puts the other sections and the description behind them."""
    where = []
    with path.open("r+b") as file:
        for part in (table, hashes, places):
            file.write(b"\0" * (-file.seek(0, 2) % 8))
            where.append(file.tell())
            with part.open("rb") as source:
                while block := source.read(FLUSH):
                    file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
        at = file.tell()
        about = msgspec.structs.replace(
            about, blocks=table.stat().st_size // TABLE.itemsize, codes=hashes.stat().st_size // 8,
            table_at=where[0], hashes_at=where[1], places_at=where[2], digest=digest(file, at))
        body = msgspec.json.encode(about)
        file.seek(at)
        file.write(body + _END.pack(at, len(body), MAGIC))
        file.flush()
        os.fsync(file.fileno())
    return about
