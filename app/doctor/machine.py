"""The machine and what is installed on it: Python, SQLite, Qt and its libraries, fonts, screen, sound.

Imports no Qt: whether it would start is read from its libraries, so that a broken Qt cannot take the doctor along.
"""
from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from app.doctor.check import Check, fault, ok, warning
from app.doctor.engines import engines, version_of
from app.settings import Settings
from app.store.database import NEEDED, sqlite3

NEEDED_PYTHON = (3, 11)
NEEDED_MODULES = (
    "PIL", "argon2", "biip", "cryptography", "cv2", "defusedxml", "fontTools", "fpdf", "httpcore", "httpx",
    "jsonschema_rs", "msgspec", "numpy", "openpyxl", "platformdirs", "pymodbus", "segno", "serial", "sqlite_utils",
    "starlette", "structlog", "tzdata", "uvicorn", "xlsxwriter", "zxingcpp",
)
OPENCV = ("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless")
DEBIAN_PACKAGES = {
    "libglib-2.0": "libglib2.0-0", "libgthread-2.0": "libglib2.0-0", "libGL": "libgl1", "libOpenGL": "libopengl0",
    "libEGL": "libegl1", "libfontconfig": "libfontconfig1", "libdbus-1": "libdbus-1-3", "libbrotlidec": "libbrotli1",
    "libxkbcommon": "libxkbcommon0", "libxkbcommon-x11": "libxkbcommon-x11-0", "libX11-xcb": "libx11-xcb1",
    "libxcb-cursor": "libxcb-cursor0", "libxcb-icccm": "libxcb-icccm4", "libxcb-image": "libxcb-image0",
    "libxcb-keysyms": "libxcb-keysyms1", "libxcb-randr": "libxcb-randr0", "libxcb-render-util": "libxcb-render-util0",
    "libxcb-render": "libxcb-render0", "libxcb-shape": "libxcb-shape0", "libxcb-shm": "libxcb-shm0",
    "libxcb-sync": "libxcb-sync1", "libxcb-xfixes": "libxcb-xfixes0", "libxcb-xkb": "libxcb-xkb1", "libX11": "libx11-6",
    "libxcb": "libxcb1",
}
PLAYERS = ("aplay", "paplay", "pw-play", "afplay")
CHINESE_FONTS = re.compile(
    r"wqy|notosans(mono)?cjk|notoserifcjk|notosanssc|sourcehan|droidsansfallback|uming|ukai|simsun|simhei|msyh|deng"
    r"|pingfang|heiti|songti|fangzheng|fzst|hanazono|unifont",
    re.IGNORECASE,
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts",
                "/System/Library/Fonts", "C:\\Windows\\Fonts")


def machine(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[Check]:
    yield python()
    yield sqlite()
    yield packages()
    yield opencv(_installed())
    yield qt()
    yield from engines()
    yield fonts()
    yield display(environ)
    if settings is not None:             # whether any sound is wanted, and by which player, stands there
        yield sound(settings)


def python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < NEEDED_PYTHON:
        return fault("python", "python_old", version=version, needed=".".join(map(str, NEEDED_PYTHON)))
    return ok("python", "python", version=version)


def sqlite() -> Check:
    data = {"version": sqlite3.sqlite_version, "module": sqlite3.__name__, "needed": ".".join(map(str, NEEDED))}
    return (fault if sqlite3.sqlite_version_info < NEEDED else ok)(
        "sqlite", "sqlite_old" if sqlite3.sqlite_version_info < NEEDED else "sqlite", **data
    )


def packages() -> Check:
    missing = [name for name in NEEDED_MODULES if importlib.util.find_spec(name) is None]
    if missing:
        return fault("packages", "packages_missing", names=", ".join(missing), python=sys.executable)
    return ok("packages", "packages", count=len(NEEDED_MODULES))


def opencv(installed: frozenset[str]) -> Check:
    """Two OpenCV packages write into one folder, and the full one brings a second Qt."""
    found = [name for name in OPENCV if name in installed]
    if len(found) > 1:
        return fault("opencv", "opencv_two", names=", ".join(found))
    if found and "headless" not in found[0]:
        return warning("opencv", "opencv_full", names=found[0])
    return ok("opencv", "opencv", names=", ".join(found))


def _installed() -> frozenset[str]:
    return frozenset((each.metadata["Name"] or "").lower().replace("_", "-") for each in metadata.distributions())


def qt() -> Check:
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return warning("qt", "qt_none")
    folder = Path(next(iter(spec.submodule_search_locations)))
    missing = missing_libraries([*folder.glob("QtWidgets*.so"), *folder.glob("Qt/plugins/platforms/libqxcb.so")])
    if missing:
        wanted = sorted({DEBIAN_PACKAGES.get(name.partition(".so")[0], "") for name in missing} - {""})
        return warning("qt", "qt_libraries", names=", ".join(missing), packages=" ".join(wanted))
    return ok("qt", "qt", version=version_of("PySide6_Essentials"))


def missing_libraries(files: list[Path]) -> list[str]:
    """System libraries that these libraries want and the linker does not find; [] where it cannot be asked."""
    ldd = shutil.which("ldd")
    missing: dict[str, None] = {}
    for file in files if ldd else ():
        said = subprocess.run([str(ldd), str(file)], capture_output=True, text=True, check=False, timeout=30)
        for line in (said.stdout + said.stderr).splitlines():
            absent = re.match(r"\s*(\S+) => not found", line) or re.search(r"version `(GLIBC_[\d.]+)' not found", line)
            if absent:
                missing[absent[1]] = None
    return list(missing)


def fonts() -> Check:
    listed = shutil.which("fc-list")
    if listed:
        query = [listed, ":lang=zh-cn", "family"]
        said = subprocess.run(query, capture_output=True, text=True, check=False, timeout=30)
        names = sorted({line.split(",")[0].strip() for line in said.stdout.splitlines() if line.strip()})
    else:
        names = [file.name for folder in FONT_FOLDERS for file in Path(folder).expanduser().rglob("*.[to]t[fc]")
                 if CHINESE_FONTS.match(file.name)]
    if not names:
        return warning("fonts", "fonts_none")
    return ok("fonts", "fonts", name=names[0])


def display(environ: Mapping[str, str]) -> Check:
    if sys.platform in ("win32", "darwin"):
        return ok("display", "display", name=sys.platform)
    name = environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY")
    return ok("display", "display", name=name) if name else warning("display", "display_none")


def sound(settings: Settings) -> Check:
    if not settings.sound.on:
        return ok("sound", "sound_off")
    if sys.platform == "win32":
        return ok("sound", "sound", name="winsound")
    wanted = settings.sound.command.split()
    player = next((name for name in (wanted[:1] or PLAYERS) if shutil.which(name)), None)
    if player is None:
        return warning("sound", "sound_none", names=", ".join(wanted[:1] or PLAYERS))
    cards = Path("/proc/asound/cards")
    quiet = sys.platform == "linux" and (not cards.exists() or "no soundcards" in cards.read_text("utf-8"))
    if quiet and not os.environ.get("PULSE_SERVER"):
        return warning("sound", "sound_no_card", name=player)
    return ok("sound", "sound", name=player)
