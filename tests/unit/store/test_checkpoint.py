"""The write-ahead log is brought into the database beside the engine, and nothing of it is lost."""
from __future__ import annotations

import time
from pathlib import Path

from app.store.checkpoint import BACKSTOP, Checkpoints
from app.store.store import Store


def test_the_log_is_taken_in_while_the_engine_has_its_connection_open(tmp_path: Path) -> None:
    store = Store(tmp_path / "station.db", tmp_path / "journal")
    beside = Checkpoints(tmp_path / "station.db", store.connection)
    beside.start()
    try:
        assert store.connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == BACKSTOP
        store.connection.execute("CREATE TABLE much(text TEXT)")
        before, until = (tmp_path / "station.db").stat().st_size, time.monotonic() + 60
        store.connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                                 " INSERT INTO much SELECT hex(randomblob(2000)) FROM n")
        while (tmp_path / "station.db").stat().st_size < before + 1_000_000:
            assert time.monotonic() < until, "nothing was taken in"
            time.sleep(0.05)
    finally:
        beside.stop()
    assert store.connection.execute("SELECT count(*) FROM much").fetchone()[0] == 500
    store.close()
