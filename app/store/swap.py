"""New files in the place of old ones, all or nothing over a kill: the renames are written down before the first one.

The note beside the database is the moment of no return. Until it is there the old state is in use, from then on the
new one: whoever opens the store first (`finish`) carries out what a kill has left undone. Old files are never deleted.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
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


def finish(database: Path) -> None:
    """Carries out what is left of a swap that a kill has cut short; nothing where there is none."""
    note = _note(database)
    if not note.exists():
        return
    for old, new in msgspec.json.decode(note.read_bytes(), type=list[tuple[Path, Path]], dec_hook=_path):
        if old.exists() and not new.exists():      # else this one is done: every name it gives away is new
            os.rename(old, new)
            sync_folder(old.parent)
            sync_folder(new.parent)
    note.unlink()
    sync_folder(note.parent)


def write(path: Path, data: bytes) -> None:
    """The file with these bytes, on the disk when this returns; for this user only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
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


def _path(_type: type, text: object) -> Path:
    return Path(str(text))
