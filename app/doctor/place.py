"""The home and the disk under it: rights, lock, kind of file system, free space, the second folders."""
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.doctor.check import Check, fault, ok, warning
from app.home import Home, HomeRefused, free_mb, refuse_unsafe
from app.settings import Settings, StoreSection
from app.store import stock
from app.store.database import StoreRefused, open_reader, sqlite3

MOST_COUNTED = 1_000_000         # objects: a few seconds


def place(home: Home, settings: Settings | None) -> Iterator[Check]:
    store = settings.store if settings else StoreSection()
    yield owned(home)
    yield from crashed(home)
    yield from stocked(home)
    yield disk("disk", home.path, store)
    for name, folder in (("journal_dir", store.journal_dir), ("backup_dir", store.backup_dir)):
        if folder:
            yield second(name, Path(folder).expanduser())
            yield disk(f"{name}_disk", Path(folder).expanduser(), store)


def owned(home: Home) -> Check:
    path = str(home.path)
    try:
        refuse_unsafe(home.path)
    except HomeRefused as refused:
        return fault("home", f"home_{refused.word}", **refused.data)
    if not home.path.exists():
        return ok("home", "home_new", path=path)
    if not home.path.is_dir():
        return fault("home", "home_no_folder", path=path)
    if not os.access(home.path, os.R_OK | os.W_OK | os.X_OK):
        return fault("home", "home_no_right", path=path, problem="r/w")
    if home.open_to_others():
        return warning("home", "home_open", path=path)
    pid = home.holder()
    return ok("home", "home", path=path) if pid is None else ok("home", "home_busy", path=path, pid=pid or "?")


def crashed(home: Home) -> Iterator[Check]:
    """A bug of ours, as long as its file lies there."""
    found = home.crash_files()
    if found:
        newest, at = found[0]
        yield warning("crashes", "crashed", path=str(newest), folder=str(home.crashes), count=len(found),
                      at=f"{at.astimezone():%Y-%m-%d %H:%M}")


def stocked(home: Home) -> Iterator[Check]:
    """Whether the stock is what the objects say. Of a huge store `station stock --check` tells: it takes minutes."""
    if not home.database.exists():
        return
    try:
        connection = open_reader(home.database)
    except StoreRefused:
        return                               # a database of an earlier program, or damaged: `station verify` tells
    try:
        connection.execute("BEGIN")
        if connection.execute("SELECT coalesce(max(id), 0) FROM object").fetchone()[0] <= MOST_COUNTED:
            wrong = sum(1 for _ in stock.differences(connection))
            rows = connection.execute("SELECT count(*) FROM stock").fetchone()[0]
            yield fault("stock", "stock_wrong", count=wrong) if wrong else ok("stock", "stock", count=rows)
    except sqlite3.DatabaseError:
        return
    finally:
        connection.close()


def disk(name: str, path: Path, store: StoreSection) -> Check:
    free = free_mb(path)
    data = {"path": str(path), "free": free, "least": store.min_free_mb, "warn": store.warn_free_mb}
    if free < store.min_free_mb:
        return fault(name, "disk_full", **data)
    return warning(name, "disk_low", **data) if free < store.warn_free_mb else ok(name, "disk", **data)


def second(name: str, folder: Path) -> Check:
    try:
        refuse_unsafe(folder)
    except HomeRefused as refused:
        if name == "journal_dir":            # backups may well lie on a server
            return fault(name, f"home_{refused.word}", **refused.data)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return fault(name, "folder_none", key=f"store.{name}", path=str(folder))
    return ok(name, "folder", key=f"store.{name}", path=str(folder))
