"""The line page after a week of 1,000,000 entries: each question, one whole look, opening and refreshing, memory.

    python -m tests.benchmarks.line_page [--entries 1000000]

The page is opened twice: the first time brings the charts' library. `stall` is the longest that Qt's thread did nothing
else meanwhile; a verdict has to be painted within 100 ms. Writing a sum is timed too, it is in every commit.
"""
from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics as stat
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.domain.decision import Closed, Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.store import tally
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_writer
from app.store.entry import Entry
from app.store.migrations import migrate
from app.store.reader import Reader
from tests.blackbox.goods import MASTER

NOW = datetime(2027, 11, 30, 10, 42, 7, tzinfo=UTC)
BAD = (("unreadable", "no_read"), ("duplicate_in_frame", "duplicate"), ("packed_before", "duplicate"),
       ("wrong_batch", "wrong"), ("not_issued", "wrong"), ("no_rule", "wrong"))


def week(db: Connection, entries: int) -> None:
    """Entries and their sums, spread evenly: a case each, one in fifty not whole."""
    chance, start, step = random.Random(1), NOW - timedelta(days=7), timedelta(days=7) / entries
    db.execute("BEGIN")

    def rows() -> Any:
        for seq in range(1, entries + 1):
            bad = seq % 50 == 0
            reason = BAD[seq // 50 % len(BAD)][0] if bad else "taken"
            data = b'{"unread_cells":"%d"}' % (seq // 50 % 24) if bad else b"{}"
            yield (seq, (start + step * seq).isoformat(), "frame", "cam", "lina", b'["YQ=="]', "",
                   "rejected" if bad else "accepted", reason, data, f"WO{seq * 9 // entries}",
                   "ABC"[seq * 21 // entries % 3])
    db.executemany("INSERT INTO entry(seq, at, kind, source, operator, raw, aim, outcome, reason, data, work_order,"
                   " shift) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows())
    refused = [(BAD[seq // 50 % len(BAD)][0], seq, 1) for seq in range(50, entries + 1, 50)]
    db.executemany("INSERT INTO refusal VALUES (?,?,?)", refused)
    db.executemany("INSERT INTO unread_cell VALUES (?,?)", ((seq // 50 % 24, seq) for _, seq, _ in refused))
    for hour in range(168):
        at = (start + timedelta(hours=hour + 1)).isoformat()[:13]
        order, shift = f"WO{hour * 9 // 168}", "ABC"[hour * 21 // 168 % 3]
        db.execute("INSERT INTO tally VALUES (?,?,?,'good','taken',?)", (at, shift, order, 140_000))
        db.executemany("INSERT INTO tally VALUES (?,?,?,?,?,?)",
                       ((at, shift, order, kind, reason, chance.randint(1, 90)) for reason, kind in BAD))
        db.executemany("INSERT INTO cell_count(work_order, source, cell, hour, read, unread) VALUES (?,'cam',?,?,?,?)",
                       (("WO1", cell, at, 5900, chance.randint(0, 30)) for cell in range(24)))
    last = int(NOW.timestamp()) // tally.SLOT_S
    db.executemany("INSERT INTO pace VALUES (?,'WO1','case',?)",
                   ((slot, 4) for slot in range(last - 7 * 8640, last) if slot % 700 > 12))
    db.execute("COMMIT")
    db.execute("ANALYZE")


def ms(act: Callable[[], Any], times: int = 20) -> dict[str, float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return {"median": round(stat.median(took), 2), "worst": round(max(took), 2)}


def questions(reader: Reader) -> dict[str, dict[str, float]]:
    from app.ui.pages.line import look_at

    since = NOW - timedelta(hours=8)
    return {
        "line_now": ms(lambda: reader.line_now("WO1", NOW)), "by_hour": ms(lambda: reader.by_hour(NOW)),
        "by_shift": ms(lambda: reader.by_shift(NOW)), "by_order": ms(lambda: reader.by_order(NOW)),
        "cells": ms(lambda: reader.cells("WO1")), "pareto": ms(lambda: reader.pareto(since)),
        "refused": ms(lambda: reader.refused("unreadable")), "no_reads": ms(lambda: reader.no_reads(7, "WO1")),
        "no_reads of one order": ms(lambda: reader.no_reads(7, "WO0")),
        "a whole look": ms(lambda: look_at(reader, "WO1", NOW, 60)),
    }


def writing(db: Connection) -> dict[str, dict[str, float]]:
    """What the sums add to one entry's commit."""
    marks = tuple(Mark(at, Outcome.ACCEPTED, Reason.TAKEN, cell=at) for at in range(23))
    verdict = Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"unread": 1},
                      (*marks, Mark(-1, Outcome.REJECTED, Reason.UNREADABLE, cell=23)))
    case = Entry(NOW, "frame", "cam", "lina", (b"x",), (), verdict, (Closed(1, "WO1", "case"),), (), (), "WO1", "A")
    scan = Entry(NOW, "scan", "s", "lina", (b"x",), (), Verdict(Outcome.ACCEPTED, Reason.TAKEN), (), (), (), "WO1", "A")
    db.execute("BEGIN")
    made = {"a case of 24, one unread": ms(lambda: tally.count(db, 1, case), 2000),
            "a scan": ms(lambda: tally.count(db, 2, scan), 2000)}
    db.execute("ROLLBACK")
    return made


def page(path: Path) -> dict[str, Any]:
    """Opening the page in a window of 1920×1080, offscreen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    from app.ui import application
    application.prepare(app)  # type: ignore[arg-type]
    from tests.ui.conftest import Bench
    from tests.ui.sample import PACKING

    one = Bench(PACKING)
    reader = Reader(path, lambda: "en")
    for name in ("line_now", "by_hour", "by_shift", "by_order", "cells", "pareto", "refused", "no_reads", "picture"):
        setattr(one.shelf, name, getattr(reader, name))
    one.window.show()
    QTest.qWait(300)
    last, gaps = [time.perf_counter()], [0.0]

    def tick() -> None:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now
    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(tick)
    found: dict[str, Any] = {}
    memory = rss()
    for name in ("first", "again"):
        gaps[:], last[0] = [0.0], time.perf_counter()
        timer.start()
        began = time.perf_counter()
        one.window.go("line")
        built = time.perf_counter() - began
        shown = one.window.page
        while shown.told is None or shown.now.chart is None or one.bridge.is_asking:
            QTest.qWait(1)
        one.window.grab()
        found[f"{name} open"] = {"page built": round(built * 1000, 1), "all there": round(
            (time.perf_counter() - began) * 1000, 1), "stall": round(max(gaps) * 1000, 1)}
        timer.stop()
        for view in ("now", "counts", "cells", "causes"):
            shown.show_view(view)
            QTest.qWait(60)
            found[f"{name} refresh {view}"] = ms(
                lambda page=shown: (page._show(page.told), one.window.grab()), 10)["median"]
        shown.show_view("now")
        one.window.go("back")
        QTest.qWait(50)
    found["memory of the page, MB"] = round(rss() - memory, 1)
    one.close()
    return found


def rss() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "station.db"
        db = open_writer(path)
        migrate(db)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name='tally'").fetchone():
            db.executescript(tally.SCHEMA)
        for kind, name, data in MASTER:
            Catalogue(db).put(kind, name, data)
        week(db, entries)
        reader = Reader(path, lambda: "en")
        asked = questions(reader)
        reader.close()
        print(json.dumps({"entries": entries, "questions, ms": asked, "writing, ms": writing(db),
                          "page, ms": page(path)}, indent=1))
        db.close()


if __name__ == "__main__":
    main()
