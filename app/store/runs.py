"""One sorted file of codes seen before: a 12-byte fingerprint each, and the place where the code went.

Written once, never changed. Header · blocks of 255 records of 16 bytes and a checksum, 4096 bytes each · the first
8 bytes of every block · a filter of 13 bits a code · the places, each once however many codes went there. Index and
filter are read into memory: 99 of 100 new codes are told from old ones without the disk, the others and the old ones
by one read of 4096 bytes. All that is read is under a checksum. Knows no tables, no orders, no clock.
"""
from __future__ import annotations

import os
import struct
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAGIC, FORMAT = b"OCMEMRY1", 1
# magic, format, blocks, codes, places at, places bytes, words of the filter, crc of index and filter, of the header
HEADER = struct.Struct("<8sIIQQQQII")
BLOCK, KEY, WIDTH = 4096, 12, 16
EACH = 255                               # records of a block; what is left holds their number and the checksum
TAIL = struct.Struct("<H10xI")
PLACE = struct.Struct("<HIII")           # bytes of the parent, crc32 of what follows, batch, at (seconds since 1970)
UNIT = 8                                 # places begin at multiples of it, so that 4 bytes reach 32 GiB of them
MOST_PLACES = UNIT << 32
IN_A_WORD = 5                            # codes that share a 64-bit word of the filter: 9 new ones in 1,000 cost a read
BITS = (0, 6, 12, 18, 24)                # where the bits of a code are told in the last 4 bytes of its fingerprint
PIECE = 500_000                          # records put in order at a time when files are joined
LIKELY = 512                             # bytes read for one place, more only where its parent is longer


class MemoryDamaged(Exception):
    """A file of the memory is not what was written; the text names it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code went: the parent's EPC ("" for none), when, and the number of what else is known of it."""

    batch: int
    at: int              # whole seconds since 1970, UTC
    parent: str


class Run:
    """Open for looking up. Raises MemoryDamaged, OSError (also later, from each question)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - open as long as the run is in use
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        head = self._read(0, HEADER.size)
        magic, version, self.blocks, self.codes, self._places, self.places_bytes, words, crc, own = HEADER.unpack(head)
        if magic != MAGIC or version != FORMAT:
            raise MemoryDamaged(f"{self.path}: expected a memory file of format {FORMAT}")
        if zlib.crc32(head[:-4]) != own:
            raise MemoryDamaged(f"{self.path}: the header is not what was written")
        index = self._read(BLOCK * (1 + self.blocks), 8 * self.blocks)
        self._words, self._filter = words, self._read(BLOCK * (1 + self.blocks) + len(index), 8 * words)
        if zlib.crc32(self._filter, zlib.crc32(index)) != crc:
            raise MemoryDamaged(f"{self.path}: the index is not what was written")
        self._index = array("Q", index)
        if sys.byteorder == "big":
            self._index.byteswap()
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)

    def close(self) -> None:
        self._file.close()

    # --- one message's codes ------------------------------------------------------------------------------------------
    def likely(self, key: bytes) -> bool:
        """False where this fingerprint is surely not in here; asks no disk."""
        at = (int.from_bytes(key[:4], "big") * self._words >> 32) * 8
        word, low = int.from_bytes(self._filter[at : at + 8], "little"), int.from_bytes(key[8:KEY], "big")
        for shift in BITS:           # noqa: SIM110 - all(…) takes twice as long, and nothing is asked more often
            if not word >> (low >> shift & 63) & 1:
                return False
        return True

    def expect(self, keys: Iterable[bytes]) -> None:
        """Tells the disk which blocks will be asked for, so that a cold one fetches them side by side."""
        for block in {block for key in keys for block in self._blocks_of(key)}:
            self._will_need(BLOCK * (1 + block), BLOCK)

    def expect_place(self, number: int) -> None:
        self._will_need(self._places + number * UNIT, LIKELY)

    def find(self, key: bytes) -> int | None:
        """The number of the place of this fingerprint; None where it is not in here."""
        for block in self._blocks_of(key):
            data, count = self._block(block)
            at = data.find(key)
            while 0 <= at < count * WIDTH:
                if at % WIDTH == 0:
                    return int.from_bytes(data[at + KEY : at + WIDTH], "little")
                at = data.find(key, at + 1)
        return None

    def place(self, number: int) -> Place:
        begin = number * UNIT
        if begin + PLACE.size > self.places_bytes:
            raise MemoryDamaged(f"{self.path}: place {number} is behind the end")
        data = self._read(self._places + begin, min(LIKELY, self.places_bytes - begin))
        size, crc, batch, at = PLACE.unpack_from(data)
        end = PLACE.size + size
        if end > len(data) and begin + end <= self.places_bytes:
            data = self._read(self._places + begin, end)
        if zlib.crc32(data[6:end]) != crc:
            raise MemoryDamaged(f"{self.path}: place {number} is not what was written")
        return Place(batch, at, data[PLACE.size : end].decode())

    def _blocks_of(self, key: bytes) -> range:
        """Blocks that can hold the key: nearly always one. Fingerprints can share their first 8 bytes."""
        high = int.from_bytes(key[:8], "big")
        first = max(bisect_left(self._index, high) - 1, 0)
        return range(first, max(bisect_right(self._index, high), first + 1)) if self.blocks else range(0)

    def _block(self, number: int) -> tuple[bytes, int]:
        data = self._read(BLOCK * (1 + number), BLOCK)
        count, crc = TAIL.unpack_from(data, EACH * WIDTH)
        if zlib.crc32(data[:-4], number) != crc or count > EACH:
            raise MemoryDamaged(f"{self.path}: block {number} is not what was written")
        return data, count

    # --- all of it ----------------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Reads everything. Raises MemoryDamaged at the first thing that is wrong."""
        import numpy as np

        words, codes, before = np.zeros(self._words, np.uint64), 0, np.empty(0, record_type())
        for first in range(0, self.blocks, PIECE // EACH):
            last = min(first + PIECE // EACH, self.blocks)
            found = self._blocks(first, last)
            both = np.concatenate((before, found))
            high, low = both["high"], both["low"]
            rising = (high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))
            if not rising.all() or found["high"][::EACH].tolist() != self._index[first:last].tolist():
                raise MemoryDamaged(f"{self.path}: blocks {first} to {last - 1} are out of order")
            _sift(words, found)
            codes, before = codes + len(found), found[-1:]
        if codes != self.codes or words.astype("<u8", copy=False).tobytes() != self._filter:
            raise MemoryDamaged(f"{self.path}: {self.codes} codes and their filter expected, found {codes} or others")
        at = 0
        while at < self.places_bytes:
            at += len(pack(self.place(at // UNIT)))

    def records(self, low: int, high: int) -> Any:
        """Records (`record_type`) whose first 8 bytes, as a number, are in low … high-1. Each block is checked."""
        first = max(bisect_left(self._index, low) - 1, 0)
        found = self._blocks(first, max(bisect_left(self._index, high), first))
        return found[(found["high"] >= low) & (found["high"] <= high - 1)]

    def _blocks(self, first: int, last: int) -> Any:
        """Records of the blocks first … last-1, each block checked."""
        import numpy as np

        data = self._read(BLOCK * (1 + first), BLOCK * (last - first))
        view, parts = memoryview(data), []
        for number in range(first, last):
            at = (number - first) * BLOCK
            count, crc = TAIL.unpack_from(data, at + EACH * WIDTH)
            if zlib.crc32(view[at : at + BLOCK - 4], number) != crc or count > EACH:
                raise MemoryDamaged(f"{self.path}: block {number} is not what was written")
            parts.append(view[at : at + count * WIDTH])
        return np.frombuffer(b"".join(parts), record_type())

    def places(self) -> Iterator[bytes]:
        """All places as they stand in the file, in pieces."""
        for at in range(0, self.places_bytes, 1 << 20):
            yield self._read(self._places + at, min(1 << 20, self.places_bytes - at))

    def _will_need(self, at: int, size: int) -> None:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), at, size, os.POSIX_FADV_WILLNEED)

    def _read(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            data = os.pread(self._file.fileno(), size, at)
            while len(data) < size and (more := os.pread(self._file.fileno(), size - len(data), at + len(data))):
                data += more
        else:
            self._file.seek(at)
            data = self._file.read(size)
        if len(data) < size:
            raise MemoryDamaged(f"{self.path}: cut short at byte {at + len(data)}")
        return data


def record_type() -> Any:
    """A record as numpy sees it."""
    import numpy as np

    return np.dtype([("high", ">u8"), ("low", ">u4"), ("place", "<u4")])


def pack(place: Place) -> bytes:
    """A place as it stands in the file; its number is its offset among the places divided by UNIT."""
    parent = place.parent.encode("utf-8", "surrogatepass")
    rest = struct.pack("<II", place.batch, place.at) + parent
    data = struct.pack("<HI", len(parent), zlib.crc32(rest)) + rest
    return data + bytes(-len(data) % UNIT)


def in_order(records: Any) -> Any:
    """Sorted by fingerprint; of equal ones only the first is kept."""
    import numpy as np

    found = records[np.lexsort((records["low"], records["high"]))]
    if len(found) < 2:
        return found
    again = (found["high"][1:] == found["high"][:-1]) & (found["low"][1:] == found["low"][:-1])
    return found[np.concatenate(([True], ~again))]


def write(path: Path, chunks: Iterable[Any], places: Iterable[bytes], most: int) -> int:
    """Makes the file from at most so many sorted records, each fingerprint once; gives their number when it is on the
    disk."""
    import numpy as np

    index, codes, left = array("Q"), 0, b""
    words = np.zeros(max(most // IN_A_WORD, 1), np.uint64)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(bytes(BLOCK))
        for chunk in chunks:
            _sift(words, chunk)
            left += chunk.astype(record_type(), copy=False).tobytes()      # numpy joins arrays in its own byte order
            codes += len(chunk)
            whole = len(left) - len(left) % (EACH * WIDTH)
            _write_blocks(file, left[:whole], index)
            left = left[whole:]
        _write_blocks(file, left, index)
        if sys.byteorder == "big":
            index.byteswap()
        told, sieve = index.tobytes(), words.astype("<u8", copy=False).tobytes()
        file.write(told)
        file.write(sieve)
        at, size = file.tell(), 0
        for piece in places:
            file.write(piece)
            size += len(piece)
        crc = zlib.crc32(sieve, zlib.crc32(told))
        head = HEADER.pack(MAGIC, FORMAT, len(index), codes, at, size, len(words), crc, 0)[:-4]
        file.seek(0)
        file.write(head + zlib.crc32(head).to_bytes(4, "little"))
        file.flush()
        os.fsync(file.fileno())
    return codes


def join(runs: Sequence[Run], path: Path) -> int:
    """One file of several, the newest first: what it says of a code stands. Needs some 50 MB, and the filters."""
    import numpy as np

    begins, total = [], 0
    for run in runs:
        begins.append(total // UNIT)
        total += run.places_bytes
    if total > MOST_PLACES:
        raise ValueError(f"{total} bytes of places in one file, expected at most {MOST_PLACES}")

    def chunks() -> Iterator[Any]:
        parts = max(sum(run.codes for run in runs) // PIECE, 1)
        bounds = [(1 << 64) * part // parts for part in range(parts + 1)]
        for low, high in zip(bounds, bounds[1:], strict=False):
            found = []
            for run, begin in zip(runs, begins, strict=True):
                records = run.records(low, high).copy()
                records["place"] += np.uint32(begin)
                found.append(records)
            yield in_order(np.concatenate(found))

    return write(path, chunks(), (piece for run in runs for piece in run.places()), sum(run.codes for run in runs))


def _sift(words: Any, records: Any) -> None:
    """Takes sorted records into the filter: those of one word stand together."""
    import numpy as np

    if not len(records):
        return
    at = (records["high"].astype(np.uint64) >> np.uint64(32)) * np.uint64(len(words)) >> np.uint64(32)
    low, bits = records["low"].astype(np.uint64), np.zeros(len(records), np.uint64)
    for shift in BITS:
        bits |= np.uint64(1) << (low >> np.uint64(shift) & np.uint64(63))
    starts = np.concatenate(([0], np.flatnonzero(at[1:] != at[:-1]) + 1))
    words[at[starts]] |= np.bitwise_or.reduceat(bits, starts)


def _write_blocks(file: Any, records: bytes, index: array[int]) -> None:
    for at in range(0, len(records), EACH * WIDTH):
        block = records[at : at + EACH * WIDTH]
        data = block.ljust(EACH * WIDTH, b"\0") + (len(block) // WIDTH).to_bytes(2, "little") + bytes(10)
        file.write(data + zlib.crc32(data, len(index)).to_bytes(4, "little"))
        index.append(int.from_bytes(block[:8], "big"))
