"""Starting the training server: what cannot be is said with its place and what was expected, never with a trace."""
from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from app.central.database import claim
from app.central.server import main


def taken(folder: Path) -> list[str]:
    return ["--home", str(folder), "--port", str(BUSY.getsockname()[1])]


def used(folder: Path) -> list[str]:
    HELD.append(claim(folder))
    return ["--home", str(folder), "--port", "0"]


def text_file(folder: Path) -> list[str]:
    (folder / "text").write_text("no folder", "utf-8")
    return ["--home", str(folder / "text"), "--port", "0"]


def damaged(folder: Path) -> list[str]:
    (folder / "central.db").write_bytes(b"this is no database, not at all" * 100)
    return ["--home", str(folder), "--port", "0"]


def broken_seed(folder: Path) -> list[str]:
    (folder / "seed.json").write_text('[{"kind": "plan", "id": "P", "data": {"id": "P"}}]', "utf-8")
    return ["--home", str(folder), "--seed", str(folder / "seed.json")]


def with_words(*words: str) -> Callable[[Path], list[str]]:
    return lambda folder: ["--home", str(folder), *words]


BUSY = socket.socket()
HELD: list[object] = []


@pytest.fixture(autouse=True, scope="module")
def _busy_port() -> object:
    BUSY.bind(("127.0.0.1", 0))
    BUSY.listen()
    yield None
    BUSY.close()


@pytest.mark.parametrize(("arguments", "code", "says"), [
    (taken, 1, "cannot listen here"),
    (used, 1, "no other training server"),
    (text_file, 1, "expected a folder"),
    (damaged, 1, "expected a training server's database"),
    (broken_seed, 2, "seed.json: records/0/data"),
    (with_words("--seed", "missing.json"), 2, "missing.json"),
    (with_words("--mode", "dedupe=twice"), 2, "dedupe"),
    (with_words("--mode", "colour=red"), 2, "colour"),
    (with_words("--host", "0.0.0.0"), 2, "give a --token"),
    (with_words("--host", "central.example"), 2, "give a --token"),
    (with_words("--port", "70000"), 1, "70000: cannot listen here"),
])
def test_a_start_that_cannot_be_says_why(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: Callable[[Path], list[str]], code: int,
        says: str) -> None:
    try:
        assert main(arguments(tmp_path)) == code
    finally:
        while HELD:
            HELD.pop().close()
    said = capsys.readouterr()
    assert says in said.err and said.err.startswith("station central: ") and said.out == ""


@pytest.mark.parametrize("words", [[], ["--home"], ["--home", "x", "--port", "many"], ["--home", "x", "--colour"]])
def test_wrong_words_end_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and "usage: station central" in capsys.readouterr().err
