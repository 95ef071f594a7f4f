"""New files in the place of old ones, all or nothing over a kill: the renames are written down before the first one.

The note beside the database is the moment of no return. Until it is there the old state is in use, from then on the
new one: whoever opens the store first (`finish`) carries out what a kill has left undone. Old files are never deleted.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

Move = tuple[Path, Path]        # from, to; the name it gets must be free when its turn comes


def swap(database: Path, moves: Sequence[Move]) -> None:
    """Carries out the renames, in order. Every new file must be on the disk already. Raises OSError."""
    note = _note(database)
    draft = note.with_suffix(".draft")
    write(draft, msgspec.json.encode([(str(old), str(new)) for old, new in moves]))
    os.replace(draft, note)
    sync_folder(note.parent)
    finish(database)


def waiting(database: Path) -> bool:
    """True where a swap was cut short and waits to be finished."""
    return _note(database).exists()


def finish(database: Path) -> None:
    """Carries out what is left of a swap that a kill has cut short; nothing where there is none."""
    note = _note(database)
    if not note.exists():
        return
    for old, new in msgspec.json.decode(note.read_bytes(), type=list[tuple[str, str]]):
        if Path(old).exists() and not Path(new).exists():      # else this one is done: every new name was free
            os.rename(old, new)
            sync_folder(Path(old).parent)
            sync_folder(Path(new).parent)
    note.unlink()
    sync_folder(note.parent)


def moves_aside(database: Path, now: datetime) -> tuple[Path, list[Move]]:
    """The dated name of a database that makes room, and the renames; its write-ahead log goes with it."""
    aside = free_name(database.with_name(f"{database.stem}-{now:%Y%m%d-%H%M%S}{database.suffix}"))
    parts = [(database.with_name(database.name + end), aside.with_name(aside.name + end))
             for end in ("", "-wal", "-shm")]
    return aside, [(old, new) for old, new in parts if old.exists()]


def free_name(path: Path) -> Path:
    """The path, or the first of path-2, path-3 … that nothing has."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def write(path: Path, data: bytes) -> None:
    """The file with these bytes, on the disk when this returns; for this user only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """The file's bytes are on the disk when this returns."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes names in a folder durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _note(database: Path) -> Path:
    return database.with_name(f"{database.name}.swap")
