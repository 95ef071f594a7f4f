"""The home of one station: all that it keeps, under one folder that belongs to one process at a time.

Knows paths, rights, the lock and which folders are no place for a journal. Opens no database and reads no settings.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from platformdirs import user_data_dir

APP_NAME = "onecode-station"
LOOK_S = 0.5             # how long a look at the lock may stand in the way
NETWORK_SYSTEMS = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gfs2", "ocfs2", "beegfs", "davfs",
    "fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "fuse.gvfsd-fuse",
    "fuse.gcsfuse", "fuse.onedriver", "fuse.google-drive-ocamlfuse", "fuse.smbnetfs", "fuse.curlftpfs",
})
SYNCED_FOLDERS = (
    "onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "com~apple~clouddocs",
    "nextcloud", "owncloud", "nutstore", "坚果云", "baidusyncdisk", "baidunetdisk", "百度网盘", "百度云同步盘",
    "wpsdrive", "wps云盘", "synologydrive",
)
MOUNTS = Path("/proc/self/mountinfo")
SYNC_MARKS = (".stfolder", ".dropbox", ".dropbox.cache", ".nextcloudsync.log", ".owncloudsync.log")


class HomeRefused(Exception):
    """The folder cannot be a station's home. `word` is under doctor.home_… of resources/i18n, `data` fills it."""

    def __init__(self, word: str, text: str, **data: str | int) -> None:
        self.word = word
        self.data = data
        super().__init__(text)


class HomeInUse(HomeRefused):
    """Another process works here. `pid` is 0 where it cannot be told."""

    def __init__(self, path: Path, pid: int) -> None:
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            "in_use", f"{path}: {who} is working here already; end it first, or choose another folder with --home",
            path=str(path), pid=pid or "?",
        )


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one station. `Home.default()` is the user's own data folder."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        return cls(Path(user_data_dir(APP_NAME, appauthor=False)))

    @property
    def settings_file(self) -> Path:
        return self.path / "station.toml"

    @property
    def database(self) -> Path:
        return self.path / "station.db"

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def pictures(self) -> Path:
        return self.path / "pictures"

    @property
    def crashes(self) -> Path:
        return self.path / "crashes"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    def make(self) -> None:
        """Creates what is missing, for this user only (0700). Raises HomeRefused."""
        refuse_unsafe(self.path)
        try:
            missing = [folder for folder in self.path.parents if not folder.exists()]
            for folder in (*reversed(missing), self.path, self.journal, self.pictures, self.crashes, self.logs,
                           self.backups):
                folder.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as error:
            raise HomeRefused("no_folder", f"{error.filename}: expected a folder, found a file",
                              path=str(error.filename)) from None
        except OSError as error:
            raise HomeRefused("no_right", f"{self.path}: cannot make the station's folders: {error.strerror}",
                              path=str(self.path), problem=error.strerror or "") from None
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise HomeRefused("no_right", f"{self.path}: expected the right to read and write here",
                              path=str(self.path), problem="read-only")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """This process alone works here until the block ends or the process does. Raises HomeInUse, HomeRefused."""
        self.make()
        try:
            handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise HomeRefused("no_right", f"{self.lock_file}: {error.strerror}", path=str(self.lock_file),
                              problem=error.strerror or "") from None
        try:
            waited_until = time.monotonic() + LOOK_S
            while not _take(handle):
                if time.monotonic() > waited_until:
                    raise HomeInUse(self.path, _holder(handle))
                time.sleep(0.01)         # somebody may only have been looking, see holder()
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, b"%d\n" % os.getpid())
            yield
        finally:
            os.close(handle)             # gives the lock back; so does the end of the process, however it ends

    def holder(self) -> int | None:
        """The process that works here (0: some process), or None. For looking only: it may change at once."""
        try:
            handle = os.open(self.lock_file, os.O_RDWR)
        except OSError:
            return None
        try:
            return None if _take(handle) else _holder(handle)
        finally:
            os.close(handle)

    def crash_files(self) -> list[tuple[Path, datetime]]:
        """What the program wrote when it died of a bug, the newest first, with the time (aware UTC).

        native.txt is there from the start: it counts once something stands in it.
        """
        try:
            found = [(each, each.stat()) for each in self.crashes.iterdir()]
        except OSError:
            return []
        told = [(each, datetime.fromtimestamp(about.st_mtime, UTC)) for each, about in found
                if stat.S_ISREG(about.st_mode) and about.st_size]
        return sorted(told, key=lambda one: one[1], reverse=True)

    def open_to_others(self) -> bool:
        """True where other users of this machine may look in."""
        return os.name == "posix" and bool(stat.S_IMODE(self.path.stat().st_mode) & 0o077)

    def free_mb(self) -> int:
        """Free space for this user on the home's disk, in MiB."""
        return free_mb(self.path)


def free_mb(path: Path) -> int:
    """Free space in MiB where `path` is, or would be once it is made."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free // (1024 * 1024)


def refuse_unsafe(path: Path, mounts: Path = MOUNTS) -> None:
    """Raises HomeRefused for a folder on a network drive or one that a cloud copies behind the station's back.

    SQLite's WAL needs memory shared by one machine's processes, and a half-copied journal is no journal.
    """
    if not path.is_absolute():
        path = Path.cwd() / path
    system = file_system(path, mounts)
    if system in NETWORK_SYSTEMS:
        raise HomeRefused(
            "network", f"{path}: expected a folder on a disk of this machine, found the network file system {system}",
            path=str(path), system=system,
        )
    cloud = synced_by(path)
    if cloud:
        raise HomeRefused(
            "synced", f"{path}: expected a folder that no cloud copies, found {cloud}; choose another with --home",
            path=str(path), cloud=cloud,
        )


def synced_by(path: Path) -> str:
    """The part of the path, or the mark beside it, that tells of a cloud's folder; "" where nothing does."""
    for part in PurePath(path).parts:
        small = part.casefold()
        if any(small == name or small.startswith((f"{name} -", f"{name} (")) for name in SYNCED_FOLDERS):
            return part                  # "OneDrive - Company Ltd", "Dropbox (Work)"
    for folder in (path, *path.parents):
        for mark in SYNC_MARKS:
            with contextlib.suppress(OSError):
                if folder != Path.home() and (folder / mark).exists():
                    return str(folder / mark)
    return ""


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system that holds `path` ("ext4", "nfs4", …); "" where the machine does not tell."""
    if sys.platform == "win32":
        return _windows_drive(path)
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    here = os.path.realpath(path)
    best, found = -1, ""
    for line in lines:
        # "36 35 98:0 /root /mount/point options … - type source options"; spaces are \040
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        inside = point in ("/", here) or here.startswith(point + "/")
        if inside and len(point) >= best:        # the later of two on one point lies on top
            best, found = len(point), right.split(" ", 1)[0]
    return found


def _windows_drive(path: Path) -> str:
    import ctypes

    anchor = path.resolve().anchor
    remote = anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == 4  # type: ignore[attr-defined]
    return "smb3" if remote else ""


def _holder(handle: int) -> int:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        return int(os.read(handle, 32).strip() or b"0")
    except (OSError, ValueError):
        return 0


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        # Windows locks bytes against reading too: one far behind the process number, so that others can read it
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
