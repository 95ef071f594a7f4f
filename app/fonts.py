"""Finds a TrueType font with Chinese on this machine, for what is printed (the window has Qt's own search)."""
from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

PACKAGE = "fonts-wqy-microhei"
_SAMPLE = "命令条码箱垛"
_KNOWN = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "/System/Library/Fonts/STHeiti Light.ttc",
)


class FontMissing(Exception):
    """No usable Chinese font; the text names the package to install."""


@dataclass(frozen=True, slots=True)
class Font:
    """`index` is the font's place in a collection (.ttc), 0 elsewhere."""

    path: Path
    index: int = 0


def chinese_font(known: Sequence[str] = _KNOWN, ask_system: bool = True) -> Font:
    """The first font that has outlines we can embed and Chinese in it. Raises FontMissing."""
    tried = []
    for path in (*map(Path, known), *(_asked() if ask_system else ())):
        if path.is_file():
            index = _usable(path)
            if index is not None:
                return Font(path, index)
            tried.append(str(path))
    looked = f" (not usable: {', '.join(tried)})" if tried else ""
    raise FontMissing(f"no Chinese font found{looked}: install {PACKAGE}, or any TrueType font with Chinese")


def _asked() -> Iterator[Path]:
    """What fontconfig knows of, TrueType with simplified Chinese; nothing where there is no fontconfig."""
    try:
        asked = subprocess.run(["fc-list", ":lang=zh-cn:fontformat=TrueType", "file"], capture_output=True, timeout=10,
                               check=False)
    except (OSError, subprocess.TimeoutExpired):
        return
    for line in sorted(asked.stdout.decode("utf-8", "replace").splitlines()):
        yield Path(line.strip().rstrip(":").strip())


def _usable(path: Path) -> int | None:
    """The index of a font in the file that has TrueType outlines and Chinese; None where none has."""
    try:
        with open(path, "rb") as file:
            collection = file.read(4) == b"ttcf"
            file.seek(0)
            fonts = TTCollection(file, lazy=True).fonts if collection else [TTFont(file, lazy=True)]
            for index, font in enumerate(fonts):
                if "glyf" in font and all(ord(each) in font.getBestCmap() for each in _SAMPLE):
                    return index
    except (OSError, TTLibError, AssertionError, KeyError, struct.error):
        return None
    return None
