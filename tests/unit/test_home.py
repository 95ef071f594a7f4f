"""The home belongs to one process, to one user, and lies on a disk of this machine."""
from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.home import Home, HomeInUse, HomeRefused, file_system, free_mb, refuse_unsafe, synced_by

HOLD = """
import sys
from pathlib import Path
from app.home import Home
with Home(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""
LOOK = """
import sys
from pathlib import Path
from app.home import Home
home = Home(Path(sys.argv[1]))
print("looking", flush=True)
while True:
    home.holder()
"""
ASK_AS_NOBODY = """
import os, sys
from pathlib import Path
from app.home import Home, HomeRefused
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    Home(Path(sys.argv[1])).make()
except HomeRefused as error:
    print(error.word, error)
"""
ROOT = str(Path(__file__).parents[2])


def python(code: str, *arguments: str, **options: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, text=True, **options,
                            env={**os.environ, "PYTHONPATH": ROOT})


@pytest.fixture
def held(tmp_path: Path) -> Iterator[subprocess.Popen]:
    """A process that holds the home `tmp_path/home`."""
    process = python(HOLD, str(tmp_path / "home"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_what_is_made_is_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    home.make()
    home.make()
    for folder in (home.path.parent, home.path, home.journal, home.pictures, home.crashes, home.logs, home.backups):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    assert home.database.parent == home.settings_file.parent == home.path
    assert not home.open_to_others()
    home.path.chmod(0o755)
    assert home.open_to_others()


def test_a_second_process_is_told_who_works_here(tmp_path: Path, held: subprocess.Popen) -> None:
    home = Home(tmp_path / "home")
    with pytest.raises(HomeInUse, match=f"process {held.pid} is working here") as caught, home.lock():
        pytest.fail("two processes in one home")
    assert caught.value.pid == held.pid
    assert home.holder() == held.pid


def test_a_killed_process_leaves_the_home_free(tmp_path: Path, held: subprocess.Popen) -> None:
    held.kill()
    held.wait()
    home = Home(tmp_path / "home")
    assert home.holder() is None
    with home.lock():
        assert home.holder() == os.getpid()
    assert home.holder() is None


def test_a_look_never_keeps_a_station_from_starting(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    home.lock_file.touch()
    looker = python(LOOK, str(tmp_path), stdout=subprocess.PIPE)
    assert looker.stdout.readline() == "looking\n"
    for _ in range(50):
        with home.lock():
            pass
    looker.kill()
    looker.communicate()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("x")
    with pytest.raises(HomeRefused, match="expected a folder, found a file"):
        Home(file).make()


def test_a_folder_that_we_may_not_use_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:                        # nothing is closed to root: ask as somebody else
        tmp_path.chmod(0o755)
        tmp_path.parent.chmod(0o755)
    else:
        home.chmod(0)
    asked = python(ASK_AS_NOBODY, str(home), stdout=subprocess.PIPE)
    assert asked.communicate()[0].startswith("no_right ")


MOUNTS = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /srv/share rw - nfs4 server:/share rw
31 22 0:41 / /mnt/with\040space rw - cifs //server/x rw
32 30 8:2 / /srv/share/local rw shared:1 master:2 - xfs /dev/sdb1 rw
33 22 0:44 / /home/u/remote rw - fuse.sshfs u@host: rw
34 22 0:45 / /mnt/over rw - nfs server:/a rw
35 22 8:3 / /mnt/over rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/srv/data", "ext4"), ("/srv/share", "nfs4"), ("/srv/share/a/b", "nfs4"), ("/srv/shared", "ext4"),
        ("/mnt/with space/x", "cifs"), ("/srv/share/local/x", "xfs"), ("/home/u/remote/st", "fuse.sshfs"),
        ("/mnt/over/x", "ext4"),
    ],
)
def test_the_file_system_is_the_innermost_mount(tmp_path: Path, path: str, system: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.lstrip())
    assert file_system(Path(path), mounts) == system


def test_the_real_machine(tmp_path: Path) -> None:
    assert file_system(tmp_path, tmp_path / "none") == "", "a machine that does not tell"
    refuse_unsafe(tmp_path)


def test_a_network_drive_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"{MOUNTS.lstrip()}36 22 0:46 / {tmp_path}/share rw - nfs4 server:/share rw\n")
    with pytest.raises(HomeRefused, match="found the network file system nfs4") as caught:
        refuse_unsafe(tmp_path / "share" / "home", mounts)
    assert (caught.value.word, caught.value.data["system"]) == ("network", "nfs4")
    refuse_unsafe(tmp_path / "local", mounts)


@pytest.mark.parametrize("folder", ["OneDrive - Brand Ltd", "Dropbox", "坚果云", "Google Drive", "dropbox (Work)"])
def test_a_cloud_folder_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(HomeRefused, match="no cloud copies") as caught:
        Home(tmp_path / folder / "station").make()
    assert caught.value.data["cloud"] == folder
    assert not (tmp_path / folder).exists()


def test_a_mark_of_a_synchroniser_is_seen(tmp_path: Path) -> None:
    assert synced_by(tmp_path / "dropboxes" / "onedriver") == ""
    (tmp_path / ".stfolder").mkdir()
    assert synced_by(tmp_path / "deep" / "er") == str(tmp_path / ".stfolder")


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert free_mb(tmp_path / "a" / "b") == pytest.approx(free_mb(tmp_path), abs=200)
