"""The real window on a real X server: first start, training line, sign-in by keys, a scan typed by a wedge."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.database import open_reader
from tests.e2e.training_server import ROOT, wait_for

LINA, PIN = "2", "271828"        # her place in the list, and her PIN in the training line's master data


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of its own, on a number that it finds free."""
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "installer/test installs xvfb and xdotool"
    ours, theirs = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                              pass_fds=(theirs,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(theirs)
    with os.fdopen(ours) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Person:
    """Hands on the keyboard of that X server, and a scanner plugged into it."""

    def __init__(self, display: str) -> None:
        self._environment = {**os.environ, "DISPLAY": display}

    def do(self, *words: str) -> str:
        return subprocess.run(["xdotool", *words], env=self._environment, capture_output=True, text=True, timeout=30,
                              check=False).stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("key", "--delay", "150", key)
            self.do("sleep", "0.2")

    def scan(self, text: str) -> None:
        """As a keyboard scanner types: a few milliseconds a key, then Enter."""
        self.do("type", "--delay", "3", f"{text}\n")


def session(home: Path) -> dict[str, str]:
    if not (home / "station.db").exists():
        return {}
    connection = open_reader(home / "station.db")
    try:
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name='session'").fetchone()
        return dict(connection.execute("SELECT key, value FROM session")) if there else {}
    finally:
        connection.close()


def count(home: Path, question: str) -> int:
    connection = open_reader(home / "station.db")
    try:
        return int(connection.execute(question).fetchone()[0])
    finally:
        connection.close()


def signs_in(person: Person, home: Path) -> bool:
    """One try, from the list of names; a busy machine may not have shown it yet."""
    person.press("Escape", LINA)
    person.press(*PIN, "Return")
    end = time.monotonic() + 6
    while session(home).get("operator") != "op-lina" and time.monotonic() < end:
        person.do("sleep", "0.2")
    return session(home).get("operator") == "op-lina"


def test_a_new_user_reaches_a_packed_case_with_keys_alone(tmp_path: Path, display: str) -> None:
    place, person = tmp_path / "home", Person(display)
    home = place / "training"        # practice has a home of its own
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "LANG": "C.UTF-8"}
    with (tmp_path / "said").open("wb") as said:
        program = subprocess.Popen([sys.executable, "-m", "app", "run", "--home", str(place)], cwd=ROOT,
                                   env=environment, stdout=said, stderr=said)
    try:
        wait_for(lambda: program.poll() is not None or person.do("search", "--onlyvisible", "--name", "OneCode"), 60)
        assert program.poll() is None, (tmp_path / "said").read_text("utf-8", "replace")
        person.do("search", "--onlyvisible", "--name", "OneCode Station", "windowfocus", "--sync")
        wait_for(lambda: (person.press("F2"), (home / "station.db").exists())[1], 90)
        wait_for(lambda: count(home, "SELECT count(*) FROM sqlite_master WHERE name='person'"), 90)
        wait_for(lambda: count(home, "SELECT count(*) FROM person"), 90)
        wait_for(lambda: signs_in(person, home), 60)
        person.scan("%ST:PACK")
        wait_for(lambda: session(home).get("task") == "packing", 90)
        wait_for(lambda: count(home, "SELECT coalesce(sum(closed), 0) FROM work WHERE level='case'"), 90)
        person.scan("%ST:HOME")
        wait_for(lambda: session(home).get("task") == "home", 90)
        assert not (place / "station.db").exists() and not (place / "station.toml").exists()
        assert count(home, "SELECT count(*) FROM entry WHERE raw LIKE '%271828%'") == 0, "a PIN is never kept"
        program.terminate()
        assert program.wait(20) == 0, (tmp_path / "said").read_text("utf-8", "replace")
    finally:
        program.kill()
        program.wait()
