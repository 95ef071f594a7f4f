"""Brings what the write-ahead log has into the database file, on a thread and a connection of its own.

SQLite would do it inside a COMMIT whenever the log has 1,000 pages: a pause of up to half a second on a slow disk, in
the middle of a scan. Here it is passive and waits for nobody. But a commit waits for the disk while the disk is busy
with this, so it is done when the line pauses, and while the line runs so seldom that fewer than one case in a hundred
meets it. The engine's own limit stays as a backstop, far out.
"""
from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from app.store.database import Connection, open_writer, sqlite3

LOOK_S = 2.0             # between two looks whether anything is written
LONGEST_S = 240.0        # without a pause: at 83 cases a minute some 12,000 pages
BACKSTOP = 50_000        # pages of the log (200 MB) after which a COMMIT does it all the same
AT_ONCE = 128 * 1024     # bytes asked for at a time: of a longer wish systems grant the beginning only


class Checkpoints:
    """`start` takes the pause out of this engine's commits; `stop` before its connection is closed."""

    def __init__(self, database: Path, engine: Connection) -> None:
        self._database, self._engine = database, engine
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)

    def start(self) -> None:
        self._engine.execute(f"PRAGMA wal_autocheckpoint={BACKSTOP}")
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        connection = open_writer(self._database)
        taken = seen = -1                        # versions of the database: taken in, and at the last look
        since = time.monotonic()
        try:
            while not self._stopping.wait(LOOK_S):
                self._keep_at_hand()
                now = connection.execute("PRAGMA data_version").fetchone()[0]
                pause, seen = now == seen, now
                if now == taken or not pause and time.monotonic() - since < LONGEST_S:
                    continue
                try:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                except sqlite3.OperationalError:     # a full or failing disk: the next commit says so
                    continue
                taken, since = now, time.monotonic()
        finally:
            connection.close()

    def _keep_at_hand(self) -> None:
        """The log's pages stay in memory. It is written over from its start, in frames that fit no page: a page that
        the system has let go would be read from the disk in the middle of a commit."""
        if not hasattr(os, "posix_fadvise"):
            return
        try:
            log = os.open(f"{self._database}-wal", os.O_RDONLY)
        except OSError:
            return
        try:
            for at in range(0, os.fstat(log).st_size, AT_ONCE):
                os.posix_fadvise(log, at, AT_ONCE, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(log)
