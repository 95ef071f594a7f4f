"""The signed package of a snapshot, verified whole and made into the file that the station judges by.

A package is a folder or a ZIP: manifest.json (what, when, how much, the digest of each file), manifest.sig (Ed25519
over the manifest's bytes, base64), and the files as CSV in UTF-8. Nothing of it counts before all of it was read and
found as the manifest says; an older one than was ever taken is refused, so nobody can put back a list that was
withdrawn.
"""
from __future__ import annotations

import base64
import binascii
import contextlib
import csv
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec

from app.domain.warehouse.goods import Sighting, TerritoryRule
from app.store.snapshot_file import EPOCH, KEY, MARK, Current, Maker, current, day_number

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FORMAT = 1
MOST_MANIFEST = 100_000
MOST_ROWS = 50_000_000
MOST_BYTES = 20_000_000_000          # of one file, unpacked
AT_ONCE = 100_000
MOST_CODE = 500
COLUMNS = {
    "assignments": ("epc", "partner", "territory", "at"),
    "rules": ("id", "partner", "territory", "product", "brand", "since", "until"),
    "sightings": ("epc", "place", "at", "latitude", "longitude", "territory"),
}
Progress = Callable[[int, int], None]        # rows done, of how many


class BadPackage(Exception):
    """The package is not taken and nothing has changed. `word` stands under diversion.refused in resources/i18n."""

    def __init__(self, word: str, **data: str | int) -> None:
        self.word, self.data = word, data
        super().__init__(f"{word}: {data}")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the package. `kind` is one of COLUMNS; `rows` without the heading."""

    kind: str
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,40}\.csv$")]
    rows: Annotated[int, msgspec.Meta(ge=0, le=MOST_ROWS)]
    bytes: Annotated[int, msgspec.Meta(ge=0, le=MOST_BYTES)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")]
    issued_at: datetime
    valid_until: datetime
    complete: bool
    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
    files: tuple[Part, ...]


class Package:
    """Opens a folder or a ZIP; its files are read as streams. Raises BadPackage, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise BadPackage("no_package", file=str(path), problem=str(error)) from error

    def close(self) -> None:
        if self._zip:
            self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        """Raises BadPackage where it is not there."""
        try:
            return self._zip.open(name) if self._zip else (self.path / name).open("rb")
        except (KeyError, FileNotFoundError):
            raise BadPackage("missing", file=str(self.path), name=name) from None
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise BadPackage("no_package", file=str(self.path), problem=str(error)) from error

    def length(self, name: str) -> int:
        """As the ZIP's table or the disk has it: not to be relied upon, but what is wrong here need not be read."""
        return self._zip.getinfo(name).file_size if self._zip else (self.path / name).stat().st_size

    def whole(self, name: str) -> bytes:
        with self.open(name) as file:
            found = file.read(MOST_MANIFEST + 1)
        if len(found) > MOST_MANIFEST:
            raise BadPackage("too_long", file=str(self.path), name=name, most=MOST_MANIFEST)
        return found


def key_id(public: bytes) -> str:
    """By which a manifest names the key that it was signed with."""
    return hashlib.sha256(public).hexdigest()[:16]


def manifest_of(package: Package, key: str) -> Manifest:
    """The manifest once its signature is found right. `key` is [warehouse] snapshot_key. Raises BadPackage."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name = str(package.path)
    try:
        public = base64.b64decode(key, validate=True)
        trusted = Ed25519PublicKey.from_public_bytes(public)
    except (ValueError, binascii.Error):
        raise BadPackage("no_key" if not key else "bad_key", file=name, key=key) from None
    body = package.whole(MANIFEST)
    try:
        trusted.verify(base64.b64decode(package.whole(SIGNATURE).strip(), validate=True), body)
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadPackage("signature", file=name, key=key_id(public)) from None
    try:
        found = msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadPackage("manifest", file=name, problem=str(error)) from error
    kinds = [part.kind for part in found.files]
    if found.format != FORMAT:
        raise BadPackage("format", file=name, got=found.format, known=FORMAT)
    if found.issued_at.tzinfo is None or found.valid_until.tzinfo is None or found.valid_until <= found.issued_at:
        raise BadPackage("manifest", file=name, problem="issued_at, valid_until")
    if found.key != key_id(public) or sorted(kinds) != sorted(set(kinds)) or not {*kinds} <= COLUMNS.keys() or not {
            "assignments", "rules"} <= {*kinds}:
        raise BadPackage("manifest", file=name, problem="key, files")
    return found


def take(path: Path, folder: Path, key: str, now: datetime, progress: Progress = lambda done, total: None) -> Current:
    """Verifies a package and puts it in force; the station beside sees it at its next scan. The one that is in force
    already is given back as it is. Raises BadPackage (nothing has changed), StoreRefused, OSError."""
    package = Package(path)
    try:
        manifest = manifest_of(package, key)
        before = current(folder)
        issued = manifest.issued_at.astimezone(UTC)
        again = before is not None and before.id == manifest.id
        if before and again and issued.isoformat() == before.issued_at and (folder / before.file).exists():
            return before
        newest = datetime.fromisoformat(before.newest) if before else issued
        if issued < newest:
            raise BadPackage("older", file=str(path), issued=issued.isoformat(), newest=newest.isoformat())
        if manifest.valid_until < max(now, newest):
            raise BadPackage("expired", file=str(path), until=manifest.valid_until.isoformat())
        name = f"{manifest.id}-{int(issued.timestamp())}" if again else manifest.id      # never over one that is read
        return _made(package, manifest, folder, name, now, progress)
    finally:
        package.close()


def _made(package: Package, manifest: Manifest, folder: Path, name: str, now: datetime,
          progress: Progress) -> Current:
    total = sum(part.rows for part in manifest.files)
    counts = dict.fromkeys(COLUMNS, 0)
    maker = Maker(folder, name)
    try:
        done = 0
        for part in sorted(manifest.files, key=lambda each: each.kind):
            def told(rows: int, before: int = done) -> None:
                progress(before + rows, total)

            rows = Rows(package, part, told)
            with contextlib.closing(rows):
                {"assignments": _assignments, "rules": _rules, "sightings": _sightings}[part.kind](maker, rows)
                rows.check()
            counts[part.kind] = part.rows
            done += part.rows
        issued = manifest.issued_at.astimezone(UTC).isoformat()
        return maker.finish({
            "id": manifest.id, "issued_at": issued, "valid_until": manifest.valid_until.astimezone(UTC).isoformat(),
            "complete": manifest.complete, **counts, "newest": issued, "taken_at": now.isoformat()})
    except (zipfile.BadZipFile, EOFError) as error:
        maker.leave()
        raise BadPackage("no_package", file=str(package.path), problem=str(error)) from error
    except BaseException:
        maker.leave()
        raise


class Rows:
    """The rows of one file, counted and digested as they pass; `check` says whether they were what was signed."""

    def __init__(self, package: Package, part: Part, told: Callable[[int], None]) -> None:
        self._package, self._part, self._told = package, part, told
        self.number = 0                   # of the row at hand, the heading is 1
        self._stream = _Digested(package.open(part.name), part.bytes)
        self._buffer = io.BufferedReader(self._stream, 1 << 20)
        if package.length(part.name) != part.bytes:
            self.close()
            raise self._changed()

    def __iter__(self) -> Iterator[list[str]]:
        part, columns = self._part, list(COLUMNS[self._part.kind])
        text = io.TextIOWrapper(self._buffer, "utf-8", newline="")
        reader = csv.reader(text)
        try:
            self.number = 1
            if next(reader, None) != columns:
                raise self.bad(f"{','.join(columns)}")
            width = len(columns)
            for row in reader:
                self.number += 1
                if len(row) != width:
                    raise self.bad(f"{width} columns")
                yield row
                if not self.number % AT_ONCE:
                    self._told(self.number)
        except (csv.Error, UnicodeDecodeError) as error:
            raise self.bad(str(error)) from error
        finally:
            with contextlib.suppress(ValueError):        # closed already, where a row was refused
                text.detach()
        self._told(part.rows)

    def check(self) -> None:
        """Raises BadPackage where the file is not the one that the manifest describes."""
        while self._buffer.read(1 << 20):
            pass
        got = (self._stream.digest.hexdigest(), self._stream.length, self.number - 1)
        if got != (self._part.sha256, self._part.bytes, self._part.rows):
            raise self._changed()

    def close(self) -> None:
        self._buffer.close()

    def _changed(self) -> BadPackage:
        return BadPackage("changed", file=str(self._package.path), name=self._part.name)

    def bad(self, problem: str) -> BadPackage:
        return BadPackage("row", file=str(self._package.path), name=self._part.name, row=self.number, problem=problem)


class _Digested(io.RawIOBase):
    """Reads no more than was promised, whatever a compressed file would unpack to."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source, self._most = source, most
        self.digest, self.length = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._source.read(min(len(buffer), self._most - self.length + 1))
        self.length += len(piece)
        self.digest.update(piece)
        if self.length > self._most:
            return 0                      # `check` finds the length wrong
        buffer[:len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._source.close()
        super().close()


# --- the three kinds of rows ------------------------------------------------------------------------------------------
def _assignments(maker: Maker, rows: Rows) -> None:
    """Sorted by key in memory, 18 bytes a code, so that the file is written from its beginning to its end."""
    import numpy as np

    shape = np.dtype([("key", "<i8"), ("mark", "<u4"), ("holder", "<u4"), ("day", "<i2")])
    holders: dict[tuple[str, str], int] = {}
    days: dict[str, int] = {}
    pieces: list[Any] = []
    digests = bytearray()
    whose: list[int] = []
    when: list[int] = []
    blake = hashlib.blake2b

    def put() -> None:
        prints = np.frombuffer(bytes(digests), np.dtype([("key", "<i8"), ("mark", "<u4")]))
        piece = np.empty(len(prints), shape)
        piece["key"], piece["mark"], piece["holder"], piece["day"] = prints["key"], prints["mark"], whose, when
        pieces.append(piece)
        digests.clear()
        whose.clear()
        when.clear()

    for epc, partner, territory, at in rows:
        holder = holders.get((partner, territory))
        if holder is None:
            if not (_plain(partner, 100) and partner and _plain(territory, 40)):
                raise rows.bad("partner, territory")
            holder = holders[partner, territory] = len(holders) + 1
        day = days.get(at)
        if day is None:
            try:
                day = days[at] = day_number(at)
            except ValueError:
                raise rows.bad(f"at: {at!r}") from None
            if not -32_000 < day < 32_000:
                raise rows.bad(f"at: {at!r}, {EPOCH}")
        if not 0 < len(epc) <= MOST_CODE or ":" not in epc or not epc.isprintable():
            raise rows.bad("epc")
        digests += blake(epc.encode(), digest_size=KEY + MARK).digest()
        whose.append(holder)
        when.append(day)
        if len(whose) == AT_ONCE:
            put()
    put()
    whole = np.concatenate(pieces)
    pieces.clear()
    whole = whole[np.lexsort((whole["day"], whole["key"]))]      # stable: of one day, what is said last stands
    last = np.append(whole["key"][1:] != whole["key"][:-1], True)[:len(whole)]     # the newest shipment of a code
    whole = whole[last]
    maker.holders((number, *each) for each, number in holders.items())
    for at_ in range(0, len(whole), AT_ONCE):
        maker.assignments(whole[at_:at_ + AT_ONCE].tolist())


def _rules(maker: Maker, rows: Rows) -> None:
    told: dict[tuple[str, str], TerritoryRule] = {}

    def each() -> Iterator[TerritoryRule]:
        for id, partner, territory, product, brand, since, until in rows:
            if not (id and partner and territory) or not all(map(_plain, (id, partner, territory, product, brand))):
                raise rows.bad("id, partner, territory")
            for day in filter(None, (since, until)):
                try:
                    day_number(day)
                except ValueError:
                    raise rows.bad(f"since, until: {day!r}") from None
            rule = TerritoryRule(id, partner, territory, product, brand, *map(_day, (since, until)))
            if told.setdefault((partner, id), rule) != rule:     # which of the two holds, nobody can say
                raise rows.bad(f"one rule {id!r} of {partner!r}")
            yield rule

    maker.rules(each())


def _sightings(maker: Maker, rows: Rows) -> None:
    def each() -> Iterator[tuple[str, Sighting]]:
        for epc, place, at, latitude, longitude, territory in rows:
            try:
                moment = datetime.fromisoformat(at)
                where = float(latitude), float(longitude)
            except ValueError:
                raise rows.bad(f"at, latitude, longitude: {at!r}") from None
            if moment.tzinfo is None or not (-90 <= where[0] <= 90 and -180 <= where[1] <= 180):
                raise rows.bad(f"at, latitude, longitude: {at!r}")
            if not epc or not all(map(_plain, (epc, place, territory))):
                raise rows.bad("epc, place, territory")
            yield epc, Sighting(place, at, *where, territory)

    maker.sightings(each())


def _day(iso: str) -> str:
    """As days are compared, YYYY-MM-DD, however it was written; "" for none."""
    return date.fromisoformat(iso[:10]).isoformat() if iso else ""


def _plain(text: str, most: int = MOST_CODE) -> bool:
    return len(text) <= most and (not text or text.isprintable())


def beside(path: Path, folder: Path, key: str, now: datetime) -> Current:
    """`take` in a process of its own, of low priority: a station that scans meanwhile does not feel it."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_gently) as pool:
        done = pool.submit(_taken, path, folder, key, now).result()
    if isinstance(done, Current):
        return done
    raise BadPackage(done[0], **done[1])


def _gently() -> None:
    if hasattr(os, "nice"):
        os.nice(10)


def _taken(path: Path, folder: Path, key: str, now: datetime) -> Current | tuple[str, dict[str, str | int]]:
    try:
        return take(path, folder, key, now)
    except BadPackage as error:           # an exception with keywords does not come through a pipe whole
        return error.word, error.data
