"""The append-only journal: the truth. One record per judged message, chained by hash, on the disk before anything shows.

File journal-NNNNNN.log: a 48-byte header (magic, format, epoch, previous chain head), then records of
`length u32 | crc32 u32 | seq u64 | payload | sha256 chain`, little-endian. The chain is SHA-256 over the previous
chain value, seq and payload, so a cut, swap or edit anywhere shows. A torn last record is the only damage a power
cut can do; opening trims it, because nothing of it was ever acknowledged.
"""
from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.store.database import DiskFull

MAGIC = b"OCSJRNL1"
HEADER = struct.Struct("<8sII32s")       # magic, format, epoch, chain head before the first record
RECORD = struct.Struct("<IIQ")           # payload length, crc32 of seq and payload, seq
CHAIN = 32
GENESIS = bytes(CHAIN)
SEGMENT_BYTES = 64 << 20
MAX_PAYLOAD = 16 << 20


class JournalDamaged(Exception):
    """A record inside the journal is not what was written; the text names file, place and kind of damage."""


@dataclass(frozen=True, slots=True)
class Record:
    seq: int
    payload: bytes
    chain: bytes


class Journal:
    """Open for appending. Not for more than one thread."""

    def __init__(self, folder: Path, epoch: int = 1) -> None:
        """Reads the last segment, trims a torn tail. Raises JournalDamaged, OSError."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.epoch = epoch
        self.seq = 0
        self.chain = GENESIS
        self._before = (0, 0, GENESIS)
        self.trimmed = 0                 # bytes of a torn tail that were cut off on opening
        files = segments(folder)
        if files:
            self._resume(files)
        else:
            self._start(1)

    def append(self, payloads: Sequence[bytes]) -> list[Record]:
        """Writes the payloads and returns when they are on the disk. Raises DiskFull (nothing of them is kept)."""
        if self._size > SEGMENT_BYTES:
            self._file.close()
            self._start(self._number + 1)
        self._before = (self._size, self.seq, self.chain)
        seq, chain, records, out = self.seq, self.chain, [], bytearray()
        for payload in payloads:
            seq += 1
            head = seq.to_bytes(8, "little")
            chain = sha256(chain + head + payload).digest()
            out += RECORD.pack(len(payload), zlib.crc32(payload, zlib.crc32(head)), seq) + payload + chain
            records.append(Record(seq, payload, chain))
        try:
            self._file.write(out)
            os.fdatasync(self._file.fileno()) if hasattr(os, "fdatasync") else os.fsync(self._file.fileno())
        except OSError as error:
            # An fsync that failed is never tried again: what was written in part is cut off, the caller undoes its half.
            self._cut_back()
            raise DiskFull(f"{self._file.name}: {error}") from error
        self._size += len(out)
        self.seq, self.chain = seq, chain
        return records

    def undo_last(self) -> None:
        """Takes back the last append, whose commit the database then refused, so that both stay equal."""
        self._size, self.seq, self.chain = self._before
        self._cut_back()

    def close(self) -> None:
        self._file.close()

    def _cut_back(self) -> None:
        self._file.truncate(self._size)
        self._file.seek(self._size)
        os.fsync(self._file.fileno())

    def _start(self, number: int) -> None:
        path = self.folder / f"journal-{number:06d}.log"
        self._number = number
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - open as long as the journal is
        self._file.write(HEADER.pack(MAGIC, 1, self.epoch, self.chain))
        os.fsync(self._file.fileno())
        _sync_folder(self.folder)
        self._size = HEADER.size

    def _resume(self, files: list[Path]) -> None:
        path = files[-1]
        self._number = _number(path)
        data = path.read_bytes()
        if len(data) < HEADER.size and len(files) > 1:
            # A power cut while the segment was being started: nothing is in it yet.
            path.unlink()
            self._resume(files[:-1])
            return
        if len(data) < HEADER.size:
            path.unlink()
            self._start(self._number)
            return
        magic, version, _, self.chain = HEADER.unpack_from(data)
        if magic != MAGIC or version != 1:
            raise JournalDamaged(f"{path}: expected a journal of format 1, got {magic!r} format {version}")
        if len(files) > 1:
            self.seq = _last_seq(files[:-1])
        place = HEADER.size
        for record, end in scan(data, HEADER.size, self.seq, self.chain, path, torn_ok=True):
            self.seq, self.chain, place = record.seq, record.chain, end
        self.trimmed = len(data) - place
        self._size = place
        self._file = open(path, "r+b", buffering=0)  # noqa: SIM115
        self._cut_back()


def scan(data: bytes, place: int, seq: int, chain: bytes, path: Path, *, torn_ok: bool) -> Iterator[tuple[Record, int]]:
    """Records from `place` on, each with the offset behind it. Raises JournalDamaged; a torn last one ends if allowed."""
    while place < len(data):
        end = place + RECORD.size
        length = RECORD.unpack_from(data, place)[0] if end <= len(data) else MAX_PAYLOAD + 1
        whole = end + length + CHAIN
        if length > MAX_PAYLOAD or whole > len(data):
            if torn_ok and not _later_record(data, place, seq):
                return
            raise JournalDamaged(f"{path}: at byte {place}: record {seq + 1} is cut short or its length is wrong")
        _, crc, number = RECORD.unpack_from(data, place)
        payload = data[end : end + length]
        found = data[end + length : whole]
        head = number.to_bytes(8, "little")
        right = sha256(chain + head + payload).digest()
        sound = zlib.crc32(payload, zlib.crc32(head)) == crc and number == seq + 1 and right == found
        if not sound:
            if torn_ok and whole == len(data) or torn_ok and not _later_record(data, place, seq):
                return
            raise JournalDamaged(f"{path}: at byte {place}: expected record {seq + 1} unchanged, got record {number} "
                                 f"with a wrong {'chain' if number == seq + 1 else 'number'}")
        seq, chain, place = number, found, whole
        yield Record(number, payload, found), whole


def read(folder: Path, after: int = 0) -> Iterator[Record]:
    """Records with seq > after, oldest first, each checked. A torn tail of the last file is left out.

    Files that hold only older records are passed over; with `after` 0 the whole journal is checked.
    """
    files = segments(folder)
    first = 0
    while first + 1 < len(files) and _first_seq(files[first + 1]) <= after + 1:
        first += 1
    chain, seq = GENESIS, 0
    for number, path in enumerate(files[first:]):
        data = path.read_bytes()
        if len(data) < HEADER.size:
            if path == files[-1]:
                return
            raise JournalDamaged(f"{path}: shorter than its header")
        magic, version, _, before = HEADER.unpack_from(data)
        if number == 0 and first > 0:
            chain, seq = before, _first_seq(path) - 1
        if magic != MAGIC or version != 1 or before != chain:
            raise JournalDamaged(f"{path}: its header does not continue the file before it")
        for record, _ in scan(data, HEADER.size, seq, chain, path, torn_ok=path == files[-1]):
            seq, chain = record.seq, record.chain
            if record.seq > after:
                yield record


def segments(folder: Path) -> list[Path]:
    """The journal's files, oldest first."""
    return sorted(folder.glob("journal-*.log"))


def _later_record(data: bytes, place: int, seq: int) -> bool:
    """True when a sound record of a later number stands behind `place`: then it is damage, not a torn tail."""
    for number in range(seq + 2, seq + 6):
        head = number.to_bytes(8, "little")
        at = data.find(head, place + RECORD.size)
        while at >= 8:
            length, crc, _ = RECORD.unpack_from(data, at - 8)
            payload = data[at + 8 : at + 8 + length]
            if len(payload) == length and zlib.crc32(payload, zlib.crc32(head)) == crc:
                return True
            at = data.find(head, at + 1)
    return False


def _last_seq(files: list[Path]) -> int:
    """Number of the last record in finished files; an empty one passes the question on."""
    for path in reversed(files):
        data = path.read_bytes()
        place, seq = HEADER.size, 0
        while place + RECORD.size <= len(data):
            length, _, seq = RECORD.unpack_from(data, place)
            place += RECORD.size + length + CHAIN
        if seq:
            return seq
    return 0


def _first_seq(path: Path) -> int:
    """Number of the first record; beyond any number where the file has none yet."""
    with path.open("rb") as file:
        head = file.read(HEADER.size + RECORD.size)
    return RECORD.unpack_from(head, HEADER.size)[2] if len(head) == HEADER.size + RECORD.size else 1 << 63


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])


def _sync_folder(folder: Path) -> None:
    """Makes a new file's name durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
