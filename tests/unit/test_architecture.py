"""The house keeps its rules: imports, the size of a room, purity of the domain, no Qt without a window.

The contracts are in pyproject.toml. Each one is also broken on purpose in a copy: a rule that cannot bite is no rule.
"""
from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application.use_cases import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
MODULES = sorted(file for room in ("app", "drivers") for file in (ROOT / room).rglob("*.py"))
BREACHES = {
    "floors": ("app/store/breach.py", "import app.station"),
    "floors (siblings)": ("app/sync/breach.py", "import app.doctor"),
    "floors (a room without a floor)": ("app/annexe.py", ""),
    "sentences": ("app/sync/breach.py", "from app.words import Words"),
    "qt": ("app/sync/breach.py", "def late():\n    from PySide6.QtCore import QTimer"),
    "drivers-used": ("app/store/breach.py", "from drivers.base import Reading"),
    "vision-used": ("app/sheet/breach.py", "import app.vision"),
    "drivers-alone": ("drivers/breach.py", "import sqlite3"),
    "central-used": ("app/sync/breach.py", "import app.central"),
    "central-alone": ("app/central/breach.py", "from app.domain.events import Event"),
    "domain-pure": ("app/domain/breach.py", "def later():\n    import time"),
}
BREAK_EACH = f"""
import json, pathlib
from importlinter import configuration
from importlinter.application.use_cases import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
configuration.configure()
kept = lint_imports(cache_dir=None, is_debug_mode=True, no_logo=True)
bitten = {{}}
for name, (file, text) in {BREACHES!r}.items():
    breach = pathlib.Path(file)
    breach.write_text(text + "\\n")
    bitten[name] = not lint_imports(None, (name.partition(" ")[0],), None, is_debug_mode=True, no_logo=True)
    breach.unlink()
print(json.dumps([kept, bitten]))
"""


def test_every_contract_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    configuration.configure()
    kept = lint_imports(cache_dir=None, is_debug_mode=True, no_logo=True)
    assert kept, capsys.readouterr().out


def test_every_contract_bites(tmp_path: Path) -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    ids = {contract["id"] for contract in linter["contracts"]}
    assert {name.partition(" ")[0] for name in BREACHES} == ids, "a contract that nobody breaks"
    for room in ("app", "drivers", "resources"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ran = subprocess.run([sys.executable, "-c", BREAK_EACH], cwd=tmp_path, capture_output=True, text=True, check=False,
                         env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert ran.returncode == 0, ran.stderr
    kept, bitten = json.loads(ran.stdout.splitlines()[-1])
    assert kept, ran.stdout
    assert bitten == dict.fromkeys(BREACHES, True)


def test_the_line_works_without_qt() -> None:
    """Everything but the window can be imported, and nothing of it brings Qt along."""
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in MODULES]
    names = [name for name in names if not name.startswith("app.ui") and not name.endswith("__main__")]
    code = ("import importlib, sys\nsys.modules['PySide6'] = None\n"
            f"for name in {names!r}: importlib.import_module(name)\n")
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
                         env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert ran.returncode == 0, ran.stderr


def test_what_is_imported_is_asked_for_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = {canonicalize_name(Requirement(line).name)
             for line in (*project["dependencies"], *extras["gui"], *extras["engines"])}
    imported = {name.partition(".")[0] for file in MODULES for name in imports(ast.parse(file.read_text("utf-8")))}
    known = packages_distributions()
    foreign = imported - sys.stdlib_module_names - {"app", "drivers", "resources"}
    used = {canonicalize_name(known.get(name, [name])[0]) for name in foreign - {"PySide6"}} | {"pyside6-essentials"}
    # read by openpyxl and by zoneinfo, where they find it
    assert used | {"defusedxml", "tzdata"} == asked


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_is_one_room(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.count("\n") <= 400, "too long: find the noun that wants a file of its own"
    assert file.stem not in {"utils", "util", "misc", "helpers", "manager", "controller", "service"}
    tree = ast.parse(text)
    if tree.body:
        said = ast.get_docstring(tree) or ""
        assert said, "a module says what it is for"
        assert said.count("\n") < 10
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            assert not node.name.endswith(("Manager", "Controller", "Helper", "Service", "Utils")), node.name


@pytest.mark.parametrize(
    "file", [file for file in MODULES if "domain" in file.parts], ids=lambda file: str(file.relative_to(ROOT))
)
def test_the_domain_asks_nobody_for_time_chance_or_files(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"now", "utcnow", "today"}, f"line {node.lineno}: .{node.func.attr}()"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = node.func.id
            assert called not in {"open", "print", "input", "exec", "eval"}, f"line {node.lineno}: {called}()"
        if isinstance(node, ast.ImportFrom):
            assert node.module != "urllib.request", "the domain only quotes URLs (urllib.parse)"


def test_the_linter_has_nothing_to_say() -> None:
    ran = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "app", "drivers", "tests", "resources"],
                         cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
