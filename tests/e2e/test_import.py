"""`station import` as its own process: templates, exit codes, memory, a kill, and beside a running station."""
from __future__ import annotations

import codecs
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import main
from app.home import Home
from app.importer import template_of
from app.store.database import open_reader
from drivers.simulated import SimulatedReader
from tests.e2e.test_headless import Line, settings, station
from tests.e2e.training_server import ROOT, wait_for

KINDS = ("plan", "product", "partner", "order", "document", "issued", "hold", "person", "rule")


def start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app", "import", *arguments, "--home", str(home)], cwd=ROOT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def issued(home: Path) -> int:
    if not (home / "station.db").exists():
        return 0
    connection = open_reader(home / "station.db")
    try:
        return int(connection.execute("SELECT count(*) FROM issued").fetchone()[0])
    finally:
        connection.close()


def ready(home: Path) -> bool:
    """The station has its reader."""
    if Home(home).holder() is None or not (home / "station.db").exists():
        return False
    connection = open_reader(home / "station.db")
    try:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name='device'").fetchone()
                    and connection.execute("SELECT 1 FROM device WHERE state='ready'").fetchone())
    finally:
        connection.close()


def codes(path: Path, count: int) -> Path:
    with path.open("w", encoding="ascii") as file:
        file.write("epc\n")
        file.writelines(f"https://id.gs1.org/01/06901234250015/21/A{number:09}\n" for number in range(count))
    return path


def test_templates_are_for_excel_and_go_in_as_they_are(tmp_path: Path) -> None:
    home, files = tmp_path / "home", [tmp_path / f"{kind}.csv" for kind in KINDS]
    for file in files:
        file.write_text(template_of(file.stem, "zh_CN"), "utf-8-sig")
    done = subprocess.run([sys.executable, "-m", "app", "import", "--template", "products", "--language", "zh_CN"],
                          cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout.startswith(codecs.BOM_UTF8) and done.stdout == files[1].read_bytes()
    dry = station(home, "import", "--dry-run", *map(str, reversed(files)))
    assert dry.returncode == 0 and not home.exists(), dry.stderr
    done = station(home, "import", *map(str, reversed(files)))
    assert done.returncode == 0, done.stderr
    assert all(f"{kind}.csv: " in done.stdout for kind in KINDS) and "[" not in done.stdout


def test_a_bad_row_is_named_with_file_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_text("plan,version,level,count\nP1,1,bottle,0\nP1,1,case,many\n", "utf-8")
    done = station(tmp_path / "home", "import", str(path))
    assert done.returncode == 2 and done.stdout == ""
    for part in ("plans.csv", "row 3", "D count", "whole number", "many"):
        assert part in done.stderr


def test_wrong_files_and_words_end_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plans.csv"
    path.write_text("plan,version,level,count\nP1,1,bottle,0\nP1,1,case,6\n", "utf-8")
    for arguments in ([], [tmp_path], [tmp_path / "none.csv"], ["--template", "nonsense"], [path, "--kind", "nonsense"],
                      [path, "/dev/null"]):
        assert main(["import", "--home", str(tmp_path / "home"), *map(str, arguments)]) == 2, arguments
        said = capsys.readouterr().err
        assert said.startswith("station: ") and "[" not in said, arguments


def test_many_codes_take_little_memory_and_a_kill_leaves_all_or_nothing(tmp_path: Path) -> None:
    home, count = tmp_path / "home", 150_000
    path = codes(tmp_path / "codes.csv", count)
    killed = start(home, str(path))
    # The write-ahead log grows inside the one transaction: that is where the kill falls.
    log = home / "station.db-wal"
    wait_for(lambda: killed.poll() is not None or (log.exists() and log.stat().st_size > 1_000_000), 60)
    killed.send_signal(signal.SIGKILL)
    killed.wait(20)
    assert issued(home) in (0, count)
    again = start(home, str(path))
    megabytes = 0.0
    while again.poll() is None:
        megabytes = max(megabytes, peak_mb(again.pid))
        time.sleep(0.005)
    assert again.returncode == 0 and issued(home) == count
    assert 10 < megabytes < 150, f"{megabytes:.0f} MB"


def peak_mb(pid: int) -> float:
    """Most memory so far, by the process itself: what wait4 tells counts the test's own before the exec as well."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def test_a_running_station_takes_over_what_is_imported_beside_it(tmp_path: Path) -> None:
    home, reader = tmp_path / "home", SimulatedReader()
    home.mkdir()
    text = settings("http://127.0.0.1:9", reader.serve()).replace("clearance = false",
                                                                  'operator = "li"\norder = "WO-271130-A"')
    (home / "station.toml").write_text(text, "utf-8")
    line = Line(home, reader)
    try:
        wait_for(lambda: ready(home), 90)
        code = "https://id.gs1.org/01/06901234250015/21/A1"
        assert line.scan(code) == "NG", "nobody is signed in, nothing is known"
        tables = {kind: template_of(kind, "en") for kind in ("order", "product", "plan")}
        for name, table in {**tables, "people": "person,name,role\nli,Li,operator\n"}.items():
            (tmp_path / f"{name}.csv").write_text(table, "utf-8")
        done = station(home, "import", *map(str, sorted(tmp_path.glob("*.csv"))))
        assert done.returncode == 0 and "a station is running here" in done.stdout, done.stderr
        wait_for(lambda: line.scan(code) == "OK", 90)
        assert line.end(signal.SIGTERM) == 0
    finally:
        line.process.kill()
        line.process.wait()
        reader.close()
    assert station(home, "verify").returncode == 0
