"""A copy of the whole store beside a working station, and bringing one back.

A backup is a folder: station.db, journal/, pairs/, memory/, evidence/ (the pictures), station.toml, and manifest.json,
written last, with a SHA-256 of each file. The journal in it ends where the database does. What is brought back is
another branch of the station's life: it gets a new epoch, and the server is asked about every event that the backup
does not know as done.
"""
from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from app.store import evidence, journal, memory, pair_sets, rows
from app.store.database import Connection, StoreRefused, open_reader, open_writer, sqlite3
from app.store.journal import JournalDamaged
from app.store.rows import Progress
from app.store.store import Store
from app.store.swap import Move, finish, free_name, moves_aside, swap, sync_file, sync_folder, write
from app.store.upkeep import UpkeepRefused, no_progress

FORMAT = 1
DATABASE, JOURNAL, PAIRS = "station.db", "journal", "pairs"
SETTINGS, MANIFEST = "station.toml", "manifest.json"
PAGES = 2_000              # of SQLite's online backup at a time
CHUNK = 1 << 20


class File(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `files` is by path inside it, "/" between the parts; `chain` is the last entry's, as hex."""

    format: int
    made_at: datetime
    epoch: int
    entries: int
    events: int
    chain: str
    files: dict[str, File]


@dataclass(frozen=True, slots=True)
class Restored:
    """`replayed` entries were in the journal at home but not in the backup; `aside` are old files' new names."""

    manifest: Manifest
    epoch: int
    replayed: int
    aside: tuple[Path, ...]
    settings: bool          # station.toml was brought back as well; False where there was one already, or none


def backup(database: Path, folder: Path, target: Path, *, now: datetime, settings: Path | None = None,
           progress: Progress = no_progress) -> tuple[Path, Manifest]:
    """Makes `target`/backup-<date>; the station may be at work. `progress` counts bytes.

    Raises StoreRefused, JournalDamaged (what is damaged is not copied over a good backup), OSError.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target / ".backup.part"
    shutil.rmtree(part, ignore_errors=True)
    (part / JOURNAL).mkdir(mode=0o700, parents=True)
    # The database first: whatever it knows is in the journal already.
    epoch, entries, events = _copy_database(database, part / DATABASE, progress)
    chain = _copy_journal(folder, part / JOURNAL, entries)
    memory.copy(memory.beside(database), memory.beside(part / DATABASE))     # has what the tables gave away by then
    pair_sets.copy(database.parent / PAIRS, part / PAIRS)
    evidence.copy(database.with_name(evidence.FOLDER), part / evidence.FOLDER)
    if settings and settings.exists():
        write(part / SETTINGS, settings.read_bytes())
    files = {file.relative_to(part).as_posix(): _digest(file) for file in sorted(part.rglob("*")) if file.is_file()}
    manifest = Manifest(FORMAT, now, epoch, entries, events, chain.hex(), files)
    write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    sync_folder(part / JOURNAL)
    sync_folder(part)
    made = free_name(target / f"backup-{now:%Y%m%d-%H%M%S}")
    os.rename(part, made)
    sync_folder(target)
    return made, manifest


def check(source: Path, progress: Progress = no_progress) -> Manifest:
    """The manifest, once every file is found as it was written. Raises UpkeepRefused. `progress` counts bytes."""
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise UpkeepRefused("no_manifest", f"{source / MANIFEST}: {error.strerror}", path=str(source)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UpkeepRefused("bad_manifest", f"{source / MANIFEST}: {error}", path=str(source)) from None
    if manifest.format != FORMAT:
        raise UpkeepRefused("later_format", f"{source}: format {manifest.format}, this program knows {FORMAT}",
                            path=str(source), format=manifest.format)
    there = {file.relative_to(source).as_posix() for file in source.rglob("*") if file.is_file()} - {MANIFEST}
    if DATABASE not in manifest.files or there ^ manifest.files.keys():
        names = ", ".join(sorted(there ^ manifest.files.keys())) or DATABASE
        raise UpkeepRefused("other_files", f"{source}: missing or not in its manifest: {names}", path=str(source),
                            files=names)
    total, done = sum(file.bytes for file in manifest.files.values()), 0
    for name, file in manifest.files.items():
        if _digest(source / name) != file:
            raise UpkeepRefused("changed_file", f"{source / name}: not what was backed up", path=str(source / name))
        done += file.bytes
        progress(done, total)
    return manifest


def restore(source: Path, database: Path, folder: Path, *, now: datetime, settings: Path | None = None,
            force: bool = False, progress: Progress = no_progress) -> Restored:
    """Brings a backup back; the home must be nobody else's (its lock is the caller's).

    A journal at home that goes on from the backup's is kept, and what it has more is replayed. Anything else that is
    newer than the backup, or cannot be read, is replaced only with `force`. What is replaced gets a dated name. Raises
    UpkeepRefused (nothing was changed), OSError (then either the old state is in place or the next start goes on).
    """
    finish(database)
    manifest = check(source, progress)
    home = _home(database, folder, source, manifest)
    if home.loses and not force:
        raise UpkeepRefused(f"here_{home.loses}", f"{database}: {home.entries} entries here, {manifest.entries} in the "
                            f"backup: {home.loses}", path=str(database), here=home.entries, there=manifest.entries)
    # Epochs differ even where one backup is brought back twice on two machines that know nothing of each other.
    epoch = max(manifest.epoch + 1, home.epoch + 1, int(now.timestamp()))
    part = _staged_database(source / DATABASE, database, epoch)
    aside, moves = moves_aside(database, now)
    old = [aside] if moves else []
    if not home.goes_on:
        more, kept = _journal_moves(source / JOURNAL, folder, now)
        moves, old = [*moves, *more], [*old, *kept]
    brought = bool(settings and not settings.exists() and SETTINGS in manifest.files)
    if settings and brought:
        draft = settings.with_name(f"{settings.name}.part")
        write(draft, (source / SETTINGS).read_bytes())
        moves.append((draft, settings))
    more, kept = _memory_moves(memory.beside(source / DATABASE), memory.beside(database), now)
    moves, old = [*moves, *more], [*old, *kept]
    swap(database, [*moves, (part, database)])
    pair_sets.bring(source / PAIRS, database.parent / PAIRS)      # adds what is not here, takes nothing away
    evidence.bring(source / evidence.FOLDER, database.with_name(evidence.FOLDER))
    store = Store(database, folder, progress)      # begins the new epoch's journal file, replays what is more
    store.close()
    return Restored(manifest, epoch, store.replayed, tuple(old), brought)


@dataclass(frozen=True, slots=True)
class _Home:
    """What is at home already, held against a backup. `loses` is "damaged", "cut", "newer", "other" or ""."""

    entries: int
    epoch: int
    goes_on: bool        # the journal here is sound and begins with the backup's
    loses: str           # why it may not be replaced without being asked


def _home(database: Path, folder: Path, source: Path, manifest: Manifest) -> _Home:
    readable, kept, epoch = _entries_of(database)
    epoch = max(epoch, journal.latest_epoch(folder))
    last, there = 0, manifest.entries == 0
    chains: dict[int, bytes] = {}
    try:
        for record in journal.read(folder, settled=kept):
            last, chains = record.seq, {record.seq: record.chain}
            there |= record.seq == manifest.entries and record.chain.hex() == manifest.chain
    except JournalDamaged:
        return _Home(max(kept, last), epoch, False, "damaged")
    goes_on = there and bool(journal.segments(folder))
    older = last == 0 or last < manifest.entries and chains[last] == _chain_at(source / JOURNAL, last)
    if kept > last:
        loses = "cut"
    elif readable and kept >= manifest.entries > 0:
        loses = "newer"
    else:
        loses = "" if goes_on or older else "other"
    return _Home(max(kept, last), epoch, goes_on and kept <= last, loses)


def _entries_of(database: Path) -> tuple[bool, int, int]:
    """(readable, entries, epoch) of the database at home."""
    try:
        connection = open_reader(database)
    except StoreRefused:
        return False, 0, 0
    try:
        entries = connection.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()[0]
        return True, entries, rows.number(connection, "epoch", 1)
    except sqlite3.DatabaseError:
        return False, 0, 0
    finally:
        connection.close()


def _chain_at(folder: Path, seq: int) -> bytes:
    return next((record.chain for record in journal.read(folder, after=seq - 1) if record.seq == seq), b"")


def _copy_database(database: Path, copy: Path, progress: Progress) -> tuple[int, int, int]:
    """SQLite's online backup of one moment: (epoch, entries, events) of the copy."""
    source, target = open_reader(database), None
    try:
        source.execute("BEGIN")                      # holds the moment still, however busy the station is
        size = source.execute("PRAGMA page_size").fetchone()[0]
        source.execute("SELECT count(*) FROM meta").fetchone()
        target = sqlite3.connect(str(copy), isolation_level=None)
        source.backup(target, pages=PAGES,
                      progress=lambda _, left, total: progress((total - left) * size, total * size))
        target.execute("PRAGMA journal_mode=DELETE")
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreRefused(f"{database}: {found}; `station verify` tells more")
        entries, events = target.execute(
            "SELECT (SELECT coalesce(max(seq), 0) FROM entry), (SELECT count(*) FROM event)").fetchone()
        epoch = rows.number(target, "epoch", 1)
    finally:
        source.close()
        if target is not None:
            target.close()
    os.chmod(copy, 0o600)
    sync_file(copy)
    return epoch, entries, events


def _copy_journal(folder: Path, copy: Path, entries: int) -> bytes:
    """The journal up to this entry, each record checked on the way; gives the last one's chain value."""
    head, seq, chain = journal.GENESIS, 0, b""
    files = journal.segments(folder)
    for path in files:
        data = path.read_bytes()
        if len(data) < journal.HEADER.size and path == files[-1]:
            break                                    # just being started
        _, before, running = journal.read_header(path, data)
        if before != head:
            raise JournalDamaged("header", path)
        end, more = journal.HEADER.size, False
        for record, place in journal.scan(data, end, seq, running, path,
                                          torn_after=entries if path == files[-1] else None):
            if record.seq > entries:
                more = True
                break
            seq, running, end = record.seq, record.chain, place
            chain = running
        write(copy / path.name, data[:end])
        head = running
        if more:
            break
    if seq != entries:
        raise JournalDamaged("gone", folder, record=entries, found=seq)
    return chain


def _memory_moves(source: Path, here: Path, now: datetime) -> tuple[list[Move], list[Path]]:
    """The backup's memory, staged, and the renames; one that is here gets a dated name. Nothing where it has none."""
    if not source.exists():
        return [], []
    part, aside = here.with_name(f"{here.name}.part"), free_name(here.with_name(f"{here.name}-{now:%Y%m%d-%H%M%S}"))
    shutil.rmtree(part, ignore_errors=True)
    memory.copy(source, part)
    return ([(here, aside)] if here.exists() else []) + [(part, here)], [aside] if here.exists() else []


def _staged_database(source: Path, database: Path, epoch: int) -> Path:
    """A copy beside the database, of the new epoch, whose open events are all to be asked about."""
    part = database.with_name(f"{database.name}.part")
    for end in ("", "-wal", "-shm"):
        part.with_name(part.name + end).unlink(missing_ok=True)
    write(part, b"")
    shutil.copyfile(source, part)
    connection: Connection = open_writer(part)
    try:
        connection.execute("BEGIN IMMEDIATE")
        rows.put_number(connection, "epoch", epoch)
        connection.execute("UPDATE outbox SET state='unknown', batch=NULL WHERE state NOT IN ('done', 'discarded')")
        connection.execute("UPDATE batch SET state='settled' WHERE state<>'settled'")
        connection.execute("DELETE FROM device")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
    sync_file(part)
    return part


def _journal_moves(source: Path, folder: Path, now: datetime) -> tuple[list[Move], list[Path]]:
    """The backup's files, staged on the journal's own disk, and the renames; old files go into a dated folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, old = folder / ".restore.part", journal.segments(folder)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    for file in journal.segments(source):
        write(part / file.name, file.read_bytes())
    sync_folder(part)
    aside = free_name(folder / f"aside-{now:%Y%m%d-%H%M%S}")
    if old:
        aside.mkdir(mode=0o700)
    moves = [(file, aside / file.name) for file in old]
    moves += [(part / file.name, folder / file.name) for file in journal.segments(part)]
    return moves, [aside] if old else []


def _digest(file: Path) -> File:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return File(digest.hexdigest(), file.stat().st_size)
