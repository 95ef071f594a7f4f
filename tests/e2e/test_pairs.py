"""`station pairs`: kill -9 and Ctrl-C in mid-import, beside a writer, in little memory; a reel's sample; a backup."""
from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import main
from app.importer.pairs import all_staged
from app.store.database import open_writer
from app.store.migrations import migrate
from app.store.pair_sets import PairSets, there
from app.store.pairs import Pairs
from tests.e2e.test_import import peak_mb
from tests.e2e.training_server import ROOT, wait_for

RULES = r"""
[[rule]]
name = "outer"
kind = "url"
pattern = 'https://q\.brand\.example/b/(?P<serial>[0-9A-Z]{12})'
level = "bottle"
role = "cap_outer"
[[rule]]
name = "inner"
kind = "url"
pattern = 'https://win\.brand\.example/c\?k=(?P<serial>[0-9A-Za-z]{16})'
level = "bottle"
role = "cap_inner"
"""
ROWS = 200_000


def outer(number: int) -> str:
    return f"https://q.brand.example/b/A{number * 7919 % 10**11:011}"


def inner(number: int) -> str:
    return f"https://win.brand.example/c?k=k{number * 104729 % 10**15:015}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    (made / "station.toml").write_text(RULES, "utf-8")
    return made


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("makers") / "caps.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write("盖外码,盖内码,卷号\r\n")
        file.writelines(f"{outer(number)},{inner(number)},第{number // 10_000}卷\r\n" for number in range(ROWS))
    return path


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "app", "pairs", *arguments, "--home", str(home), "--language", "en"],
                            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def station(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """One command, by the command line's own function: (exit code, said, complained)."""
    def run(*arguments: str, scans: str = "", home: Path = home) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(scans))
        capsys.readouterr()
        code = main([*arguments, "--home", str(home), "--language", "en"])
        return code, *capsys.readouterr()
    return run


def begun(home: Path) -> bool:
    return any(0 < each.offset < each.size and each.rows for each in all_staged(home / "pairs"))


def sets(home: Path) -> int:
    if not there(home / "pairs"):
        return 0
    with closing(PairSets(home / "pairs")) as found:
        return len(found.all())


def children(pid: int) -> list[int]:
    """The processes of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = path.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(told[1]) == pid and told[0] != "Z":
            found.append(int(path.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def identities(home: Path, *epcs: str) -> dict[str, str]:
    with closing(open_writer(home / "station.db")) as connection:
        migrate(connection)
        with closing(Pairs(connection, home / "pairs")) as pairs:
            return pairs.identities(epcs)


def test_killed_and_stopped_in_mid_import_it_goes_on_and_nothing_counts_before_its_end(home: Path, big: Path,
                                                                                       station: Run) -> None:
    killed = start(home, "import", str(big), "--sample", "0")
    wait_for(lambda: begun(home), 60)
    workers = children(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert workers, "the reading is done by processes"
    wait_for(lambda: not any(alive(pid) for pid in workers))
    assert sets(home) == 0 and identities(home, inner(1)) == {}
    assert all_staged(home / "pairs")[0].rows
    stopped = start(home, "import", "--resume", "--sample", "0")
    wait_for(lambda: children(stopped.pid), 60)
    os.killpg(stopped.pid, signal.SIGINT)       # as a terminal does: to all of them
    _, complained = stopped.communicate(timeout=120)
    assert "Traceback" not in complained
    if not sets(home):                          # else the rest was so little that it had ended before the signal came
        assert stopped.returncode == 130 and "the same command goes on there" in complained
        code, said, _ = station("pairs", "list")
        assert code == 0 and "not finished" in said
        code, said, complained = station("pairs", "import", str(big), "--sample", "0")
        assert code == 0 and "went on after row" in said and f"{ROWS} pairs" in said, complained
    assert stopped.returncode in (0, 130) and sets(home) == 1
    wanted = {inner(number): outer(number) for number in range(0, ROWS, 9_973)}
    assert identities(home, *wanted) == wanted
    code, said, _ = station("pairs", "check", "1")
    assert code == 0 and "is whole" in said
    code, said, _ = station("pairs", "import", str(big))
    assert code == 0 and "is here already as set 1" in said


def test_it_imports_while_another_process_holds_the_stations_database_and_takes_little_memory(home: Path, big: Path,
                                                                                              ) -> None:
    with closing(open_writer(home / "station.db")) as writer:
        migrate(writer)
        writer.execute("BEGIN IMMEDIATE")
        process = start(home, "import", str(big), "--sample", "0")
        most = 0.0
        while process.poll() is None:
            most = max(most, sum(peak_mb(pid) for pid in (process.pid, *children(process.pid))))
            time.sleep(0.05)
        said, complained = process.communicate()
        writer.execute("ROLLBACK")
    assert process.returncode == 0 and "its pairs count from now on" in said, complained
    assert 50 < most < 300, f"{most:.0f} MB"


def test_a_reel_is_sampled_and_a_shifted_one_is_stopped(home: Path, tmp_path: Path, station: Run) -> None:
    good, shifted = tmp_path / "good.csv", tmp_path / "shifted.csv"
    good.write_text("".join(f"{outer(n)},{inner(n)}\n" for n in range(100)), "utf-8")
    # The inner code of row 41 is missing, so that all below it stand one row too high.
    shifted.write_text("".join(f"{outer(n)},{inner(n if n < 140 else n + 1)}\n" for n in range(100, 200)), "utf-8")
    code, said, complained = station("pairs", "import", str(good), str(shifted), "--sample", "2")
    assert code == 0 and "Check 2 pieces of the reel: station pairs sample 2" in said, complained
    assert identities(home, inner(5)) == {}
    code, said, _ = station("pairs", "sample", "1", scans=f"{outer(5)}\n{inner(5)}\nnonsense\n{inner(9)}\n{outer(9)}\n")
    assert code == 0 and "Unknown code" in said and "its pairs count from now on" in said, said
    assert identities(home, inner(5)) == {inner(5): outer(5)}
    def scans(*pieces: int) -> str:
        return "".join(f"{outer(n)}\n{inner(n)}\n" for n in pieces)

    code, said, _ = station("pairs", "sample", "2", scans=scans(120, 150, 170))
    assert code == 1 and "set 2 is stopped" in said and "sample 2 --again" in said, said
    assert "right up to row 21; wrong from row 51" in said and "1 wrong" in said, "the first wrong piece stops the reel"
    code, said, _ = station("pairs", "sample", "2", scans=scans(160, 165))
    assert code == 1 and "set 2 is stopped" in said and "3 wrong" in said and "shifted by -1 rows" in said, said
    assert identities(home, inner(120)) == {}
    code, said, _ = station("pairs", "check", "2")
    assert "right up to row 21; wrong from row 51 at the latest; the file is shifted by -1 rows" in said
    code, said, _ = station("pairs", "sample", "2", "--again", scans=f"{outer(120)}\n{inner(120)}\n")
    assert code == 1 and "do not count yet. Check 1 pieces" in said
    assert station("pairs", "remove", "2")[0] == 0 and station("pairs", "remove", "2")[0] == 2
    assert "shifted.csv" not in station("pairs", "list")[1]


def test_a_bad_file_ends_with_2_and_a_report_beside_it(home: Path, tmp_path: Path, station: Run) -> None:
    path = tmp_path / "caps.csv"
    path.write_text(f"盖外码,盖内码\n{outer(1)},{inner(1)}\n{outer(2)},{outer(3)}\n=cmd,{inner(3)}\n", "gb18030")
    code, said, complained = station("pairs", "import", str(path))
    assert code == 2 and not said and sets(home) == 0
    for part in ("2 of 3 rows are bad", "row 3, inner cap code", "columns may be exchanged", "caps.bad-rows.csv"):
        assert part in complained
    report = (tmp_path / "caps.bad-rows.csv").read_text("utf-8-sig").splitlines()
    assert report[0] == "Row,Sheet,Column,Code,Reason" and len(report) == 3 and "'=cmd" in report[2]
    code, said, complained = station("pairs", "import", str(path), "--skip-bad", "--sample", "0")
    assert code == 1 and "1 pairs" in said and "were left out" in complained
    assert identities(home, inner(1)) == {inner(1): outer(1)}
    for arguments in (["import"], ["import", str(tmp_path)], ["import", str(tmp_path / "none.csv")],
                      ["import", str(path), "--sample", "-1"], ["check", "99"], ["sample", "99"]):
        code, said, complained = station("pairs", *arguments)
        assert code == 2 and complained.startswith("station: ") and "[" not in complained, (arguments, complained)


def test_sets_go_with_a_backup(home: Path, tmp_path: Path, station: Run) -> None:
    path, new = tmp_path / "caps.csv", tmp_path / "new"
    path.write_text("".join(f"{outer(n)},{inner(n)}\n" for n in range(50)), "utf-8")
    assert station("pairs", "import", str(path), "--sample", "0")[0] == 0
    assert identities(home, inner(7)) == {inner(7): outer(7)}
    assert station("backup", str(tmp_path / "kept"))[0] == 0
    (made,) = (tmp_path / "kept").glob("backup-*")
    assert station("restore", str(made), home=new)[0] == 0
    assert identities(new, inner(7)) == {inner(7): outer(7)}
    (file,) = (new / "pairs").glob("*.pairs")
    assert file.name not in station("verify", home=new)[1]
    file.write_bytes(file.read_bytes()[:-1])
    code, said, _ = station("verify", home=new)
    assert code == 1 and file.name in said and "import the maker's file again" in said
