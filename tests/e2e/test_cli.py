"""The command line as a user meets it: each error names the file, the key and what was expected."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_headless import station
from tests.e2e.training_server import ROOT

COMMANDS = ("run", "demo", "decode", "import", "export", "sync", "status", "verify", "backup", "restore", "sheet",
            "rules", "central", "doctor")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_help_names_every_command(language: str) -> None:
    from app.cli.speech import Speech
    from app.cli.tree import build

    text = build(Speech(language, strict=True)).format_help()
    assert all(command in text for command in COMMANDS)
    assert "[cli." not in text


def test_an_unknown_key_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text('[server]\nurll = "http://x"\n', "utf-8")
    done = station(tmp_path, "status")
    assert done.returncode == 2 and done.stdout == ""
    for part in ("station.toml", "server.urll", "url"):
        assert part in done.stderr


def test_print_config_says_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text('[station]\nid = "L3-P1"\n[server]\ntoken = "very-secret"\n', "utf-8")
    done = station(tmp_path, "run", "--print-config")
    assert done.returncode == 0, done.stderr
    line = next(each for each in done.stdout.splitlines() if "L3-P1" in each)
    assert "station.toml" in line and "very-secret" not in done.stdout


def test_a_station_that_never_worked_has_an_empty_queue(tmp_path: Path) -> None:
    done = station(tmp_path / "nothing", "status", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["queued"] == 0
    (tmp_path / "nothing" / "crashes").mkdir(parents=True)
    (tmp_path / "nothing" / "crashes" / "native.txt").write_text("Fatal Python error", "utf-8")
    assert "native.txt" in station(tmp_path / "nothing", "status").stdout
    (crash,) = json.loads(station(tmp_path / "nothing", "status", "--json").stdout)["crashes"]
    assert crash["file"].endswith("native.txt") and crash["at"]


def test_headless_without_settings_leaves_a_sample(tmp_path: Path) -> None:
    done = station(tmp_path, "run", "--headless")
    assert done.returncode == 2 and (tmp_path / "station.toml.sample").exists() and "station.toml" in done.stderr


def test_a_rule_is_tried_on_a_pasted_sample(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("""
[[rule]]
name = "brand"
kind = "url"
pattern = 'https://q\\.brand\\.example/(?P<level>[bc])/(?P<serial>[0-9A-Z]{6})'
levels = { b = "bottle", c = "case" }
""", "utf-8")
    good = station(tmp_path, "rules", "--test", "https://q.brand.example/b/A1B2C3")
    assert good.returncode == 0 and "brand" in good.stdout and "bottle" in good.stdout
    bad = station(tmp_path, "rules", "--test", "]d22112345")
    assert bad.returncode == 1


@pytest.mark.parametrize("arguments", [["nonsense"], ["decode"], ["export", "events"], ["status", "--wrong"], []])
def test_wrong_words_end_with_2(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "app", *arguments], cwd=ROOT, text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr


def test_two_stations_cannot_share_a_home(tmp_path: Path) -> None:
    from app.home import Home

    with Home(tmp_path).lock():
        (tmp_path / "station.toml").write_text('[server]\nurl = "http://127.0.0.1:1"\n', "utf-8")
        done = station(tmp_path, "sync", "--once")
    assert done.returncode == 4 and str(tmp_path) in done.stderr


def test_the_demo_leaves_a_real_station_alone(tmp_path: Path) -> None:
    mine = '[station]\nid = "LINE-9"\n[server]\nurl = "http://127.0.0.1:1"\n'
    (tmp_path / "station.toml").write_text(mine, "utf-8")
    done = station(tmp_path, "demo", "--headless", "--no-pictures")
    assert done.returncode == 2 and "station.toml" in done.stderr and "--home" in done.stderr
    assert (tmp_path / "station.toml").read_text("utf-8") == mine
    assert [each.name for each in tmp_path.iterdir()] == ["station.toml"]


def test_a_broken_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"this is no database" * 100)
    done = station(tmp_path, "status")
    assert done.returncode == 3 and "station.db" in done.stderr and "Traceback" not in done.stderr


def test_a_page_of_the_database_that_went_bad_is_a_sentence_too(tmp_path: Path) -> None:
    table = tmp_path / "plans.csv"
    table.write_text(station(tmp_path, "import", "--template", "plans").stdout, "utf-8")
    assert station(tmp_path, "import", str(table)).returncode == 0
    whole = (tmp_path / "station.db").read_bytes()
    (tmp_path / "station.db").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    for words in (("order", "list"), ("run", "--headless")):
        (tmp_path / "station.toml").write_text("", "utf-8")
        done = station(tmp_path, *words)
        assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
        assert "station.db" in done.stderr and "restore --rebuild" in done.stderr


def test_status_tells_the_devices_in_the_users_language(tmp_path: Path) -> None:
    from app.store.database import open_writer
    from app.store.migrations import migrate

    connection = open_writer(tmp_path / "station.db")
    migrate(connection)
    with connection:
        connection.execute("INSERT INTO device VALUES('hand', 'serial', 'gone', '', '2027-11-30T08:00:00+00:00')")
    connection.close()
    for language, said in (("en", "hand (serial): not there"), ("zh_CN", "hand（serial）：没有连上")):
        done = station(tmp_path, "status", "--language", language)
        assert any(line.endswith(said) for line in done.stdout.splitlines()), done.stdout + done.stderr
