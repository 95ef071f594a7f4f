"""The append-only journal: the truth. One record per judged message, chained by hash, on the disk before all else.

File journal-NNNNNN.log: a 48-byte header (magic, format, epoch, chain head of the file before), then records of
`length u32 | crc32 u32 | seq u64 | payload | sha256 chain`, little-endian. The chain is SHA-256 over the previous
chain value (of the header, for a file's first record), seq and payload: a cut, swap or edit anywhere shows. A torn
last append is the only damage a power cut can do; opening trims it, because nothing of it was ever acknowledged.
"""
from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.store.database import DiskFull, JournalGone
from app.store.swap import sync_folder

MAGIC = b"OCSJRNL1"
HEADER = struct.Struct("<8sII32s")       # magic, format, epoch, chain head before the first record
RECORD = struct.Struct("<IIQ")           # payload length, crc32 of seq and payload, seq
CHAIN = 32
GENESIS = bytes(CHAIN)
SEGMENT_BYTES = 64 << 20
MAX_PAYLOAD = 16 << 20
MOST_AT_ONCE = 1000                      # records of one append
# Where a record may begin: the length's top byte is 0, and of seq the lower half is not 0 and the upper half is.
_BEGIN = re.compile(rb"(?=[\s\S]{3}\x00[\s\S]{4}(?!\x00{4})[\s\S]{4}\x00{4})")


DAMAGE = {
    "cut": "at byte {byte}: record {record} is cut short or its length is wrong",
    "changed": "at byte {byte}: record {record} is not what was written",
    "header": "its header does not continue the file before it",
    "format": "expected a journal of format 1",
    "short": "shorter than its header",
    "torn": "{byte} bytes at its end are no record",
    "gone": "the database has {record} entries, the journal only {found}: part of the journal is gone. Bring it back, "
            "or `station restore` a backup",
}


class JournalDamaged(Exception):
    """The journal is not what was written. `word` is one of DAMAGE, and under upkeep.journal of resources/i18n."""

    def __init__(self, word: str, path: Path, byte: int = 0, record: int = 0, found: int = 0) -> None:
        self.word = word
        self.data: dict[str, str | int] = {"file": str(path), "byte": byte, "record": record, "found": found}
        super().__init__(f"{path}: {DAMAGE[word].format_map(self.data)}")


@dataclass(frozen=True, slots=True)
class Record:
    seq: int
    payload: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a journal: its last file, that file's last sound record, how many bytes behind it are no record."""

    path: Path
    epoch: int
    seq: int
    chain: bytes
    end: int             # offset behind the last sound record; 0 where not even the header is whole
    torn: int
    payload: bytes = b""


class Journal:
    """Open for appending. Not for more than one thread."""

    def __init__(self, folder: Path, epoch: int = 1, settled: int = 0) -> None:
        """Reads the last file and trims a torn tail; a later epoch begins a new file.

        `settled` is the number up to which the database has the entries: so far nothing may be missing. Raises
        JournalDamaged (then nothing was changed), OSError.
        """
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.epoch, self.seq, self.chain = epoch, 0, GENESIS
        self.trimmed = 0                 # bytes of a torn tail that were cut off on opening
        self.last_payload = b""          # of the last record found on opening; b"" where the last file has none
        files = segments(folder)
        found = tail(files, settled) if files else None
        if settled > (found.seq if found else 0):
            raise JournalDamaged("gone", folder, record=settled, found=found.seq if found else 0)
        if found is None:
            self._start(1)
            return
        self.seq, self.chain, self.trimmed, self.last_payload = found.seq, found.chain, found.torn, found.payload
        self.epoch = max(epoch, found.epoch)
        if not found.end:
            # A power cut while the file was being started: nothing is in it yet.
            found.path.unlink()
            self._start(_number(found.path))
            return
        self._number, self._size = _number(found.path), found.end
        self._file = open(found.path, "r+b", buffering=0)  # noqa: SIM115 - open as long as the journal is
        self._before = (self._size, self.seq, self.chain)
        try:
            self._cut_back()
            if self.epoch > found.epoch:
                self._next()
        except BaseException:
            self._file.close()
            raise

    def append(self, payloads: Sequence[bytes]) -> list[Record]:
        """Writes the payloads and returns when they are on the disk. Raises DiskFull (nothing of them is kept)."""
        if len(payloads) > MOST_AT_ONCE:
            raise ValueError(f"{len(payloads)} records at once, expected at most {MOST_AT_ONCE}")
        try:
            if self._size > SEGMENT_BYTES:
                self._next()
        except OSError as error:
            raise DiskFull(f"{self.folder}: {error}") from error
        self._still_there()
        self._before = (self._size, self.seq, self.chain)
        seq, chain, records, out = self.seq, self.chain, [], bytearray()
        for payload in payloads:
            if len(payload) > MAX_PAYLOAD:
                raise ValueError(f"a record of {len(payload)} bytes, expected at most {MAX_PAYLOAD}")
            seq += 1
            head = seq.to_bytes(8, "little")
            chain = sha256(chain + head + payload).digest()
            out += RECORD.pack(len(payload), zlib.crc32(payload, zlib.crc32(head)), seq) + payload + chain
            records.append(Record(seq, payload, chain))
        try:
            _write(self._file.fileno(), out)
            os.fdatasync(self._file.fileno()) if hasattr(os, "fdatasync") else os.fsync(self._file.fileno())
        except OSError as error:
            # An fsync that failed is never tried again: what was written in part is cut off, the caller undoes its own.
            self._cut_back()
            raise DiskFull(f"{self._file.name}: {error}") from error
        self._size += len(out)
        self.seq, self.chain = seq, chain
        return records

    def _still_there(self) -> None:
        """A file that was renamed or deleted can be written to, and nobody would ever read it. Raises JournalGone."""
        try:
            if os.path.samestat(os.fstat(self._file.fileno()), os.stat(self._file.name)):
                return
            problem = "another file is in its place"
        except OSError as error:
            problem = error.strerror or str(error)
        raise JournalGone(f"{self._file.name}: {problem}")

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

    def _next(self) -> None:
        """Goes on in a new file; where that cannot be made the old one stays in use."""
        old = self._file
        self._start(self._number + 1)
        old.close()

    def _start(self, number: int) -> None:
        path = self.folder / f"journal-{number:06d}.log"
        header = HEADER.pack(MAGIC, 1, self.epoch, self.chain)
        file = open(path, "xb", buffering=0)  # noqa: SIM115
        try:
            _write(file.fileno(), header)
            os.fsync(file.fileno())
            sync_folder(self.folder)
        except OSError:
            file.close()
            path.unlink()
            raise
        except BaseException:
            file.close()
            raise
        self._file, self._number, self._size = file, number, HEADER.size
        self.chain = sha256(header).digest()
        self._before = (self._size, self.seq, self.chain)


def tail(files: Sequence[Path], settled: int = 0) -> Tail:
    """The end of the journal in these files; nothing is changed. Raises JournalDamaged where it is not just torn.

    `settled` as for Journal: records the database has are never taken for a torn tail, and with it at hand a torn
    append may have whole records behind the torn one, as a disk that writes out of order leaves them.
    """
    *before, path = files
    data = path.read_bytes()
    if len(data) < HEADER.size:
        last = tail(before, settled) if before else Tail(path, 1, 0, GENESIS, 0, 0)
        if last.torn:
            raise JournalDamaged("torn", last.path, last.torn)
        return Tail(path, last.epoch, last.seq, last.chain, 0, len(data))
    epoch, previous, chain = read_header(path, data)
    seq, place, payload = 0, HEADER.size, b""
    if before:
        seq, head = _end(before)
        if previous != head:
            raise JournalDamaged("header", path)
    for record, end in scan(data, HEADER.size, seq, chain, path, torn_after=settled):
        seq, chain, place, payload = record.seq, record.chain, end, record.payload
    return Tail(path, epoch, seq, chain, place, len(data) - place, payload)


def scan(data: bytes, place: int, seq: int, chain: bytes, path: Path, *,
         torn_after: int | None) -> Iterator[tuple[Record, int]]:
    """Records from `place` on, each with the offset behind it. Raises JournalDamaged.

    `torn_after` None: the file has to be whole. Else what is no record ends the file where it can be a torn append:
    no record up to number `torn_after` is missing, and no sound one behind it is too late to be of the same append.
    """
    while place < len(data):
        end = place + RECORD.size
        length = RECORD.unpack_from(data, place)[0] if end <= len(data) else MAX_PAYLOAD + 1
        whole = end + length + CHAIN
        cut = length > MAX_PAYLOAD or whole > len(data)
        if not cut:
            _, crc, number = RECORD.unpack_from(data, place)
            payload, found = data[end : end + length], data[end + length : whole]
            head = number.to_bytes(8, "little")
            if (number == seq + 1 and zlib.crc32(payload, zlib.crc32(head)) == crc
                    and sha256(chain + head + payload).digest() == found):
                seq, chain, place = number, found, whole
                yield Record(number, payload, found), whole
                continue
        if torn_after is not None and seq >= torn_after and not _sound_beyond(
                data, place, seq + 1 if torn_after == 0 else torn_after + MOST_AT_ONCE):
            return
        raise JournalDamaged("cut" if cut else "changed", path, place, seq + 1)


def read(folder: Path, after: int = 0, settled: int = 0) -> Iterator[Record]:
    """Records with seq > after, oldest first, each checked. A torn tail of the last file is left out (`settled`: tail).

    Files that hold only older records are passed over; with `after` 0 the whole journal is checked.
    """
    files = segments(folder)
    first = 0
    while first + 1 < len(files) and _first_seq(files[first + 1]) <= after + 1:
        first += 1
    head, seq, settled = GENESIS, 0, max(after, settled)
    for number, path in enumerate(files[first:]):
        data = path.read_bytes()
        if len(data) < HEADER.size:
            if path == files[-1]:
                return
            raise JournalDamaged("short", path)
        _, before, chain = read_header(path, data)
        if number == 0 and first > 0:
            head, seq = before, _first_seq(path) - 1
        if before != head:
            raise JournalDamaged("header", path)
        for record, _ in scan(data, HEADER.size, seq, chain, path, torn_after=settled if path == files[-1] else None):
            seq, chain = record.seq, record.chain
            if record.seq > after:
                yield record
        head = chain


def latest_epoch(folder: Path) -> int:
    """The latest epoch that a file's header tells, whether or not the rest is sound; 0 for no journal."""
    found = 0
    for path in segments(folder):
        with path.open("rb") as file:
            head = file.read(HEADER.size)
        found = max(found, HEADER.unpack(head)[2] if len(head) == HEADER.size else 0)
    return found


def segments(folder: Path) -> list[Path]:
    """The journal's files, oldest first."""
    return sorted(folder.glob("journal-*.log"))


def _write(handle: int, data: bytes | bytearray) -> None:
    """All of it: a disk that is nearly full takes a part and says so only by the count."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left):]


def read_header(path: Path, data: bytes) -> tuple[int, bytes, bytes]:
    """(epoch, chain head of the file before, chain value that the first record goes on from)."""
    magic, version, epoch, before = HEADER.unpack_from(data)
    if magic != MAGIC or version != 1:
        raise JournalDamaged("format", path)
    return epoch, before, sha256(data[: HEADER.size]).digest()


def _sound_beyond(data: bytes, place: int, above: int) -> bool:
    """True when a sound record with a number above this one stands behind `place`: then it is damage, no torn tail."""
    for found in _BEGIN.finditer(data, place + 1):
        length, crc, number = RECORD.unpack_from(data, found.start())
        begin = found.start() + RECORD.size
        if number <= above or begin + length > len(data):
            continue
        if zlib.crc32(data[begin : begin + length], zlib.crc32(number.to_bytes(8, "little"))) == crc:
            return True
    return False


def _end(files: Sequence[Path]) -> tuple[int, bytes]:
    """(number, chain value) of the last record in finished files; an empty one passes the number on."""
    path = files[-1]
    data = path.read_bytes()
    if len(data) < HEADER.size:
        raise JournalDamaged("short", path)
    place, seq, chain = HEADER.size, 0, read_header(path, data)[2]
    while place < len(data):
        if place + RECORD.size > len(data):
            raise JournalDamaged("cut", path, place, seq + 1)
        length, _, seq = RECORD.unpack_from(data, place)
        place += RECORD.size + length + CHAIN
        chain = data[place - CHAIN : place]
    return seq or (_end(files[:-1])[0] if len(files) > 1 else 0), chain


def _first_seq(path: Path) -> int:
    """Number of the first record; beyond any number where the file has none yet."""
    with path.open("rb") as file:
        head = file.read(HEADER.size + RECORD.size)
    return RECORD.unpack_from(head, HEADER.size)[2] if len(head) == HEADER.size + RECORD.size else 1 << 63


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])
