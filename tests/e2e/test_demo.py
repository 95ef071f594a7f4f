"""`station demo` as a user runs it; and killed again and again, wherever it happens to be."""
from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from app.demo.report import whole
from app.store.database import open_reader
from tests.e2e.training_server import ROOT

KILLS = int(os.environ.get("ONECODE_DEMO_KILLS", "6"))       # full size: hundreds, see README


def demo(home: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "app", "demo", "--headless", "--home", str(home), "--language", "en",
                             "--report", str(home / "report" / "report.json"), *more], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_the_shift_is_played_and_its_screens_are_kept(tmp_path: Path) -> None:
    run = demo(tmp_path)
    said, _ = run.communicate(timeout=180)
    assert run.returncode == 0, said
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert whole(report)
    assert (report["cases"], report["pallets"]) == (8, 2)
    assert report["events"] == {"written": 31, "accepted": 31, "refused": 0, "waiting": 0, "doubled": 0}
    assert {"p50", "p99"} <= report["scan_to_verdict_ms"].keys() and report["seconds"] > 0
    for page in ("home", "packing", "short", "rejected", "lookup", "receiving", "shipping", "sync"):
        for language in ("zh_CN", "en"):
            for size in ("1920x1080", "1280x800"):
                picture = tmp_path / "report" / f"{page}-{language}-{size}.png"
                assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and picture.stat().st_size > 10_000, picture


def test_killed_anywhere_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """Each kill takes the whole process at a random moment; the next start goes on. The server has each event once."""
    seed = int(os.environ.get("ONECODE_SEED", "20261122"))
    chance = random.Random(seed)
    acknowledged = 0
    for number in range(KILLS):
        run = demo(tmp_path, "--no-pictures")
        try:
            run.communicate(timeout=chance.uniform(0.8, 6.0))
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate()
        if run.returncode == 0:          # it was quicker than the kill
            break
        kept = entries(tmp_path)
        assert kept >= acknowledged, f"kill {number} of seed {seed}: {acknowledged} entries were there, now {kept}"
        acknowledged = kept
    else:
        run = demo(tmp_path, "--no-pictures")
        said, _ = run.communicate(timeout=180)
        assert run.returncode == 0, f"seed {seed}: {said}"
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert whole(report), (seed, report)
    assert (report["cases"], report["pallets"]) == (8, 2), (seed, report)
    connection = open_reader(tmp_path / "station.db")
    parents = connection.execute("SELECT count(*) FROM object WHERE level='case' AND product='MILK-250'").fetchone()[0]
    bottles = connection.execute("SELECT count(*) FROM object WHERE level='bottle' AND product='MILK-250'"
                                 " AND parent IS NOT NULL").fetchone()[0]
    connection.close()
    # One shift; or two, where the kill came between the end of the first one and the end of its program.
    assert parents in (8, 16) and bottles == parents * 6, (seed, parents, bottles)


def entries(home: Path) -> int:
    """How much is in the journal, as a reader in another process sees it."""
    if not (home / "station.db").exists():
        return 0
    from app.store.journal import read

    return sum(1 for _ in read(home / "journal"))
