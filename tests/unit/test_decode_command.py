"""`station decode` in words: what is missing, where and why; what nobody looked for; a reader that cannot start."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.cli import main
from app.decode import decode_paths
from app.vision import decoders
from app.vision.reading import CellState
from app.words import LANGUAGES
from drivers.crate import render_case

ROOT = Path(__file__).parents[2]
CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(6)]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of 2 x 3 whose place in row 2, column 2 is empty."""
    file = tmp_path_factory.mktemp("case") / "case.png"
    cv2.imwrite(str(file), render_case(CODES, None, seed=1, size=(960, 640), missing=(4,)))
    return file


def decode(*arguments: object, language: str = "en") -> int:
    return main(["decode", *map(str, arguments), "--language", language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by_recipe", [True, False])
def test_an_empty_place_is_said_and_is_no_success(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                  language: str, by_recipe: bool) -> None:
    (tmp_path / "r.toml").write_text('rows = 2\ncolumns = 3\nsymbologies = ["QRCode"]\n')
    how = ["--recipe", tmp_path / "r.toml"] if by_recipe else ["--expected", 6]
    assert decode(case, *how, language=language) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    for told in {"en": ("5 of 6 codes read", "1 missing", "row 2, column 2 (empty)"),
                 "zh_CN": ("应有 6 个", "读到 5 个", "缺 1 个", "第 2 行第 2 列（空位）")}[language]:
        assert told in last
    assert decode(case, *how, "--json", language=language) == 1
    row = json.loads(capsys.readouterr().out)
    assert (row["full"], row["missing"]) == (6, 1)
    assert [(cell["row"], cell["column"]) for cell in row["cells"] if cell["state"] == "empty"] == [(1, 1)]


def test_where_nothing_is_expected_or_all_is_there_it_is_a_success(case: Path, tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    assert decode(case) == 0
    cv2.imwrite(str(tmp_path / "full.png"), render_case(CODES, None, seed=1, size=(960, 640)))
    assert decode(tmp_path / "full.png", "--expected", 6) == 0
    assert "missing" not in capsys.readouterr().out


def test_no_code_says_what_to_do_and_what_nobody_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((480, 640), 180, np.uint8))
    assert decode(tmp_path / "grey.png") == 1
    said = capsys.readouterr().out
    assert "Codabar, ITF" in said and "--symbology" in said
    assert decode(tmp_path / "grey.png", "--expected", 24, "--symbology", "QRCode") == 1
    said = capsys.readouterr().out
    assert "none of the 24" in said and "focus" in said and "light" in said and "nearer" in said
    assert "Only this was looked for" in said and "DataMatrix" not in said


@pytest.mark.parametrize("arguments", [["decode", "a.png"], ["recipe", "learn", "a.png"]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_library_the_reader_says_what_to_do(tmp_path: Path, arguments: list[str], language: str) -> None:
    (tmp_path / "zxingcpp.py").write_text("raise ImportError('libstdc++ is too old')")
    done = subprocess.run([sys.executable, "-m", "app", *arguments, "--language", language], cwd=ROOT,
                          capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert "libstdc++ is too old" in done.stderr and "installer/run doctor" in done.stderr


def test_every_engine_can_be_chosen_and_is_explained(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in decoders.ENGINES:
        assert decode(case, "--engine", name) == 0
    assert capsys.readouterr().out.count(CODES[0]) == len(decoders.ENGINES)
    pages = [ROOT / "README.md", *(ROOT / "resources" / "help" / each / "13b-cameras.md" for each in LANGUAGES)]
    for page in pages:
        text = page.read_text("utf-8")
        for told in ("zxing-cpp", "tapirscan", "pyzbar", "--engine", "engines", "station doctor", "pip install"):
            assert told in text, (page, told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_explains_every_field_of_the_json(case: Path, language: str) -> None:
    row, = decode_paths([case], expected=6)
    text = (ROOT / "resources" / "help" / language / "13b-cameras.md").read_text("utf-8")
    for field in (*row, *row["codes"][0], *row["cells"][0], *CellState):
        assert re.search(rf"\b{field}\b", text, re.ASCII), field
    assert "frame_rate" in text


def test_the_commands_of_the_readme_run_in_the_environment_of_the_tests() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "./installer/test --version" in readme and "../shared/vision" in readme
    named = re.findall(r"`(\S*)python -m (tests\.[\w.]+)", readme)
    assert len(named) >= 3 and {before for before, _ in named} == {".venv/bin/"}
    assert all(find_spec(module) for _, module in named)
