"""installer/run and installer/test on machines that miss things: what they ask the system for, say, and then start.

The scripts are the real ones. The machine is a folder of tools: Debian's own where they only look, written down where
they would change something. What a really fresh system does was tried by hand; see installer/README.md.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
INSTALLER = ROOT / "installer"
TOOLS = ("sh", "dirname", "readlink", "cat", "sha256sum", "cut", "awk", "sed", "tr", "env", "grep", "tail", "head",
         "sort", "mv", "uname", "find", "mktemp", "rm", "flock", "getconf", "ls", "chmod", "true")
NAMES = re.findall(r"^([a-z0-9.|+-]+) {2,}\S", (INSTALLER / "prepare").read_text("utf-8"), re.MULTILINE)


class Machine:
    """A PATH of its own. `log` holds what was asked of apt-get; `installed` is what dpkg knows."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.installed = folder / "installed"
        self.venv = folder / "venv"
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool, path="/usr/bin:/bin:/usr/local/bin")))
        self.tool("id", "echo 0")
        self.install(*(name.partition("|")[0] for name in NAMES))

    def tool(self, name: str, script: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def install(self, *names: str) -> None:
        self.installed.write_text("".join(f"ii {name}\n" for name in names))

    def debian(self, candidates: str = "*", apt_fails: bool = False) -> None:
        """apt-get that writes down its arguments; apt-cache that knows `candidates` ("*": everything)."""
        self.tool("dpkg-query", f'shift 3; while read -r state name; do for want in "$@"; do [ "$want" = "$name" ] && '
                                f'echo "$state $name"; done; done <{self.installed}; exit 1')
        self.tool("apt-get", f'echo "$DEBIAN_FRONTEND: $*" >>{self.log}; echo "E: no route"; exit {int(apt_fails)}')
        self.tool("apt-cache", 'shift; for name in "$@"; do case " ' + candidates + ' " in '
                               '" * "|*" $name "*) printf "%s:\\n  Candidate: 1\\n" "$name";; esac; done')

    def ready(self) -> None:
        """An environment that is up to date, whose Python says what it was started with."""
        (self.venv / "bin").mkdir(parents=True)
        python = self.venv / "bin" / "python"
        python.write_text('#!/bin/sh\necho "started: $*"\n')
        python.chmod(0o755)
        for kind in ("run", "headless", "test"):
            stamp = self.call("sh", "-c", f'ROOT={ROOT}; . "$ROOT/installer/prepare"; stamp_of {kind}').stdout
            (self.venv / f".station-{kind}").write_text(stamp)

    def call(self, *command: str | Path, **environ: str) -> subprocess.CompletedProcess:
        own = {"PATH": str(self.bin), "HOME": str(self.bin.parent), "ONECODE_VENV": str(self.venv), "LANG": "C.UTF-8"}
        return subprocess.run([*map(str, command)], env={**own, **environ}, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
        return self.call(INSTALLER / "run", *arguments, **environ)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_when_nothing_is_missing_it_only_starts(machine: Machine) -> None:
    machine.debian()
    machine.ready()
    before = time.monotonic()
    ran = machine.run("status", "--json", "a b")
    took = time.monotonic() - before
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "started: -P -m app status --json a b\n", "")
    assert machine.asked == []
    assert took < 3, "the promise of the README"


@pytest.mark.parametrize(
    ("environ", "started"),
    [
        ({"DISPLAY": ":0"}, "run"), ({"WAYLAND_DISPLAY": "wayland-0"}, "run"), ({}, "demo --headless"),
        ({"DISPLAY": ":0", "ONECODE_HEADLESS": "1"}, "demo --headless"),
    ],
)
def test_without_arguments_the_screen_decides(machine: Machine, environ: dict[str, str], started: str) -> None:
    machine.debian()
    machine.ready()
    assert machine.run(**environ).stdout == f"started: -P -m app {started}\n"


def test_missing_packages_are_installed_under_the_name_this_release_has(machine: Machine) -> None:
    machine.install(*(name.partition("|")[0] for name in NAMES if name not in ("libzbar0|libzbar0t64", "libgl1")))
    machine.debian(candidates="libzbar0t64 libgl1")
    machine.ready()
    ran = machine.run("doctor")
    assert ran.stdout == "started: -P -m app doctor\n"
    update, install = machine.asked
    assert update.startswith("noninteractive: ")
    assert update.endswith(" update")
    assert install.endswith(" install libzbar0t64 libgl1")
    assert "--no-install-recommends" in install
    assert re.search(r"libzbar0 +second decoder", ran.stderr), "each package is told with what it is for"


def test_the_newer_name_counts_as_installed(machine: Machine) -> None:
    machine.install(*(name.rpartition("|")[2] for name in NAMES))
    machine.debian()
    machine.ready()
    machine.run("doctor")
    assert machine.asked == []


def test_no_window_needs_no_libraries_for_one(machine: Machine) -> None:
    machine.install("libzbar0", "fontconfig", "fonts-wqy-microhei")
    machine.debian()
    machine.ready()
    assert machine.run("doctor", ONECODE_HEADLESS="1").stdout
    assert machine.asked == []


def test_without_root_it_says_what_to_install_and_goes_on(machine: Machine) -> None:
    machine.install(*(name.partition("|")[0] for name in NAMES if name != "fonts-wqy-microhei"))
    machine.debian()
    machine.tool("id", "echo 1000")
    machine.ready()
    ran = machine.run("doctor")
    assert ran.stdout == "started: -P -m app doctor\n"
    assert "needs root or sudo. By hand: apt-get install --no-install-recommends fonts-wqy-microhei" in ran.stderr
    assert "需要 root 权限或 sudo" in ran.stderr
    tests = machine.call(INSTALLER / "test")
    assert tests.returncode == 3, "the tests need everything"


def test_without_a_network_it_goes_on_and_does_not_try_again_all_day(machine: Machine) -> None:
    machine.install(*(name.partition("|")[0] for name in NAMES if name != "alsa-utils"))
    machine.debian(apt_fails=True)
    machine.ready()
    first = machine.run("doctor")
    assert (first.returncode, first.stdout) == (0, "started: -P -m app doctor\n")
    assert "is there a network?" in first.stderr
    assert "E: no route" in first.stderr
    asked = len(machine.asked)
    second = machine.run("doctor")
    assert "still missing: alsa-utils" in second.stderr
    assert len(machine.asked) == asked


def test_another_linux_is_left_alone(machine: Machine) -> None:
    machine.ready()
    assert machine.run("doctor").stdout == "started: -P -m app doctor\n"


def test_a_python_too_old_asks_for_a_newer_one_beside_it(machine: Machine) -> None:
    """Ubuntu 22.04: python3 is 3.10, and 3.11 is in its own repositories."""
    machine.debian(apt_fails=True)
    machine.tool("python3", 'case "$*" in *version_info*) exit 1;; esac')
    ran = machine.run("doctor")
    assert ran.returncode == 3
    assert machine.asked[-1].endswith(" install python3.11 python3.11-venv")
    assert "needs Python 3.11 or newer" in ran.stderr
    assert "需要 Python 3.11 或更新版本" in ran.stderr


def test_a_machine_without_python_asks_for_it(machine: Machine) -> None:
    machine.debian()
    assert machine.run("doctor").returncode == 3
    assert machine.asked[-1].endswith(" install python3 python3-venv")


def test_an_index_that_does_not_answer_is_named(machine: Machine) -> None:
    machine.debian()
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    ran = machine.run("doctor", ONECODE_PYTHON=sys.executable, **nowhere)
    assert ran.returncode == 3
    assert "the package index could not be reached" in ran.stderr
    assert "无法连接软件包索引" in ran.stderr
    assert not list(machine.venv.glob(".station-*")), "a half-made environment must not look ready"


def test_an_update_that_fails_half_way_is_taken_up_again(machine: Machine) -> None:
    """The environment is neither the old nor the new one then, so going back to the old lock must not trust it."""
    machine.debian()
    machine.tool("python3", "exit 0")
    machine.ready()
    fails = '#!/bin/sh\ncase "$*" in *"pip install"*) echo ERROR: disk; exit 1;; esac\n'
    (machine.venv / "bin" / "python").write_text(fails)
    (machine.venv / ".station-run").write_text("of an older lock")
    ran = machine.run("doctor")
    assert ran.returncode == 3
    assert "ERROR: disk" in ran.stderr
    assert not list(machine.venv.glob(".station-*"))


def test_a_package_that_went_away_is_put_back(machine: Machine) -> None:
    """`station doctor` says to run installer/run where a library is missing: that has to mend it."""
    machine.debian()
    machine.ready()
    site = machine.venv / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    for requirements in pins("requirements.lock").values():
        name = re.sub(r"[-_.]+", "_", requirements[0].name).lower()
        (site / f"{name}-{str(requirements[0].specifier).removeprefix('==')}.dist-info").mkdir()
    assert machine.run("doctor").stdout == "started: -P -m app doctor\n"
    for gone in ("zxing_cpp-*", "pyzbar-*", "numpy-*"):
        folder, = site.glob(gone)
        folder.rename(machine.venv / "away")
        machine.tool("python3", "exit 0")
        (machine.venv / "bin" / "python").write_text(
            f'#!/bin/sh\ncase "$*" in *"pip install"*) mv {machine.venv}/away {folder};; '
            f'*sysconfig*) echo {site};; *"-m app"*) echo "started: $*";; esac\n')
        ran = machine.run("doctor")
        assert (ran.returncode, folder.exists()) == (0, True), ran.stderr
        assert "making the environment" in ran.stderr and ran.stdout == "started: -P -m app doctor\n"
        assert machine.run("doctor").stderr == "", "and it is whole again"


def test_a_folder_in_the_way_is_not_deleted(machine: Machine) -> None:
    machine.debian()
    machine.venv.mkdir()
    (machine.venv / "thesis.txt").write_text("x")
    ran = machine.run("doctor", ONECODE_PYTHON=sys.executable)
    assert ran.returncode == 3
    assert "is in the way" in ran.stderr
    assert (machine.venv / "thesis.txt").exists()


def pins(lock: str) -> dict[str, list[Requirement]]:
    text = (INSTALLER / lock).read_text("utf-8").replace("\\\n", " ")
    found: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            spec, *hashes = line.split(" --hash=")
            assert hashes, f"{lock}: {spec} has no hash"
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", each) for each in hashes)
            requirement = Requirement(spec)
            assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(requirement.specifier)), f"{lock}: {spec}"
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements-headless.lock", ()),
        ("requirements.lock", ("gui",)),
        ("requirements-test.lock", ("gui", "test")),
        ("requirements-build.lock", ("gui", "build")),
    ],
)
def test_the_locks_hold_what_the_project_asks_for_and_no_address(lock: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    pinned = pins(lock)
    for line in wanted:
        requirement = Requirement(line)
        for pin in pinned[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), f"{lock}: {line}"
    assert "://" not in (INSTALLER / lock).read_text("utf-8")
    for name, run in pins("requirements-headless.lock").items():
        assert [pin.specifier for pin in pinned[name]] == [pin.specifier for pin in run], "one version for all locks"


def test_no_second_qt_is_locked() -> None:
    for lock in INSTALLER.glob("*.lock"):
        names = set(pins(lock.name))
        assert not names & {"opencv-python", "pyside6", "pyside6-addons"}
        assert "pyside6-essentials" not in names or "headless" not in lock.name
