"""The register of the sets of peer pairs that came from files: which there are, which count, how far each is sampled.

A small database of its own beside the sets' files, so that an import never keeps the station's own one from writing,
and a database made anew from the journal loses no pair. A set's file is on the disk before its row is here.
"""
from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.domain.packing.sampling import Sampling, begun
from app.store.database import Connection, StoreRefused, open_reader, open_writer, sqlite3, transaction
from app.store.pair_about import Description, PairsDamaged
from app.store.swap import sync_file, sync_folder

if TYPE_CHECKING:
    from app.store.pair_file import PairFile  # with numpy: imported where it is wanted, a quarter of a second

VERSION = 1
REGISTER, STAGED, ENDING = "pairs.db", "staged", ".pairs"
# until which entry of the journal (its moment) a set has what the checks at the station came to
_CHECKED = "CREATE TABLE IF NOT EXISTS checked(number INTEGER PRIMARY KEY, at TEXT NOT NULL)"
_SCHEMA = """CREATE TABLE pair_set(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, about BLOB NOT NULL,
    sampling BLOB NOT NULL)"""


@dataclass(frozen=True, slots=True)
class PairSet:
    """`state` is "to_check" (a sample is wanted first), "live" or "stopped"; only the pairs of live sets count."""

    number: int
    state: str
    about: Description
    sampling: Sampling


class PairSets:
    """Opens the register (`writing` makes it where there is none). Raises StoreRefused."""

    def __init__(self, folder: Path, *, writing: bool = False) -> None:
        self.folder = folder
        if writing:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.connection: Connection = (open_writer if writing else open_reader)(folder / REGISTER)
        try:
            if writing:
                self._make()
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                raise StoreRefused(f"{folder / REGISTER}: version {version}, this program knows {VERSION}")
        except BaseException:
            self.connection.close()
            raise

    def _make(self) -> None:
        if self.connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            with transaction(self.connection):
                if self.connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                    self.connection.execute(_SCHEMA)
                    self.connection.execute(f"PRAGMA user_version={VERSION}")

    def close(self) -> None:
        self.connection.close()

    def version(self) -> int:
        """Changes whenever another connection has changed the register."""
        return self.connection.execute("PRAGMA data_version").fetchone()[0]

    def all(self) -> tuple[PairSet, ...]:
        return tuple(self._row(row) for row in self.connection.execute(
            "SELECT number, state, about, sampling FROM pair_set ORDER BY number"))

    def get(self, name: str) -> PairSet | None:
        """By its number, or by its id or the beginning of it (4 characters at least)."""
        for each in self.all():
            if name in (str(each.number), each.about.id) or (len(name) >= 4 and each.about.id.startswith(name)):
                return each
        return None

    def add(self, about: Description, sample: int) -> PairSet:
        """Registers a set whose file is there: live at once where no sample is wanted. The one moment that counts."""
        sampling = begun(about.id, about.roles, sample, about.source)
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO pair_set(id, state, about, sampling) VALUES (?,?,?,?) ON CONFLICT(id) DO NOTHING",
                (about.id, sampling.state, msgspec.json.encode(about), msgspec.json.encode(sampling)))
        made = self.get(about.id)
        assert made is not None
        return made

    def keep(self, number: int, sampling: Sampling) -> None:
        """Keeps how far a set is sampled; its state is the sampling's. Raises DiskFull."""
        with transaction(self.connection):
            self.connection.execute("UPDATE pair_set SET state=?, sampling=? WHERE number=?",
                                    (sampling.state, msgspec.json.encode(sampling), number))

    def check(self, number: int, sampling: Sampling, at: str) -> None:
        """`keep` for what an entry of the journal made at this moment says. Raises DiskFull."""
        with transaction(self.connection):
            self.connection.execute(_CHECKED)
            self.connection.execute("INSERT OR REPLACE INTO checked(number, at) VALUES (?,?)", (number, at))
            self.connection.execute("UPDATE pair_set SET state=?, sampling=? WHERE number=?",
                                    (sampling.state, msgspec.json.encode(sampling), number))

    def checked_at(self, number: int) -> str:
        """The moment of the last entry that `check` was told of; "" for none."""
        if self.connection.execute("SELECT 1 FROM sqlite_master WHERE name='checked'").fetchone() is None:
            return ""
        row = self.connection.execute("SELECT at FROM checked WHERE number=?", (number,)).fetchone()
        return row[0] if row else ""

    def remove(self, number: int) -> None:
        """The set's pairs count no more from now on; its file goes as soon as nobody has it open."""
        with transaction(self.connection):
            self.connection.execute("DELETE FROM pair_set WHERE number=?", (number,))
        self.clean()

    def clean(self) -> None:
        """Deletes files that no set needs; one that another process has open (Windows) waits for the next time."""
        wanted = {self.path(each.about.id) for each in self.all()}
        for path in self.folder.glob(f"*{ENDING}"):
            if path not in wanted and not (self.folder / STAGED / path.stem).exists():
                with contextlib.suppress(OSError):
                    path.unlink()

    def path(self, id: str) -> Path:
        return self.folder / f"{id}{ENDING}"

    def open(self, wanted: PairSet) -> PairFile:
        """Raises PairsDamaged, OSError."""
        from app.store.pair_file import PairFile

        return PairFile(self.path(wanted.about.id))

    @staticmethod
    def _row(row: tuple[int, str, bytes, bytes]) -> PairSet:
        return PairSet(row[0], row[1], msgspec.json.decode(row[2], type=Description),
                       msgspec.json.decode(row[3], type=Sampling))


def there(folder: Path) -> bool:
    """True where sets were ever imported."""
    return (folder / REGISTER).exists()


def problems(folder: Path, *, deep: bool) -> Iterator[tuple[str, str, str]]:
    """(file, source, problem) of each registered set whose file cannot be used; `deep` reads every byte of them."""
    if not there(folder):
        return
    try:
        with contextlib.closing(PairSets(folder)) as sets:
            for each in sets.all():
                path = sets.path(each.about.id)
                try:
                    file = sets.open(each)
                    if deep and not file.whole():
                        yield str(path), each.about.source, "it is not what was written"
                except (PairsDamaged, OSError) as error:
                    yield str(path), each.about.source, str(error)
    except (StoreRefused, sqlite3.DatabaseError) as error:
        yield str(folder / REGISTER), "", str(error)


def copy(folder: Path, target: Path) -> None:
    """The register and the files of all its sets, for a backup; staged imports stay behind. Raises OSError."""
    if not there(folder):
        return
    target.mkdir(mode=0o700)
    with contextlib.closing(PairSets(folder)) as sets, contextlib.closing(PairSets(target, writing=True)) as copies:
        for each in sets.all():
            _copy_file(sets.path(each.about.id), copies.path(each.about.id))
            _register(copies, each)
        copies.connection.execute("PRAGMA journal_mode=DELETE")
    sync_folder(target)


def bring(source: Path, folder: Path) -> int:
    """Adds the sets of a backup that are not here; those that are here stay as they are. Gives how many were added."""
    if not there(source):
        return 0
    added = 0
    with contextlib.closing(PairSets(source)) as old, contextlib.closing(PairSets(folder, writing=True)) as sets:
        have = {each.about.id for each in sets.all()}
        for each in old.all():
            path = sets.path(each.about.id)
            if each.about.id not in have or not path.exists():
                part = path.with_suffix(".part")
                _copy_file(old.path(each.about.id), part)
                part.replace(path)
                sync_folder(folder)
            if each.about.id not in have:
                _register(sets, each)
                added += 1
    return added


def _register(sets: PairSets, each: PairSet) -> None:
    with transaction(sets.connection):
        sets.connection.execute("INSERT INTO pair_set(id, state, about, sampling) VALUES (?,?,?,?)",
                                (each.about.id, each.state, msgspec.json.encode(each.about),
                                 msgspec.json.encode(each.sampling)))


def _copy_file(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.touch(0o600)
    shutil.copyfile(source, target)
    sync_file(target)
