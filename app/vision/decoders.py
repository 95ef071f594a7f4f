"""The decoding engines behind one small seam: a grey picture in, the codes that one engine reads out.

`raw` is always what a scanner would send: no FNC1 in front (the AIM identifier stands for it), GS (0x1D) between
GS1 elements. An engine or a symbology that is not there is a VisionRefused when the engine is made, never later.
"""
from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any, Protocol

import cv2
import numpy as np
import zxingcpp

from app.vision.reading import Corners, SeenCode

MATRIX = ("QRCode", "DataMatrix", "MicroQRCode", "RMQRCode", "Aztec", "MaxiCode")
LINEAR = ("Code128", "ITF14", "EAN13", "EAN8", "UPCA", "UPCE", "DataBar", "DataBarExp", "DataBarExpStk", "DataBarLtd",
          "Code39", "Code93", "Codabar", "PDF417", "MicroPDF417", "ITF")
# Plain ITF and Codabar have no check digit and are found in any picket fence: only who asks for them gets them.
EVERYTHING = tuple(name for name in MATRIX + LINEAR if name not in ("ITF", "Codabar"))
_WANTED_AS = {"EANUPC": ("EAN13", "EAN8", "UPCA", "UPCE")}
_PLAIN = {name.replace("-", "").replace(" ", "").casefold(): name for name in (*MATRIX, *LINEAR, *_WANTED_AS)}
ENGINES = ("zxing", "pyzbar", "tapirscan")


class VisionRefused(Exception):
    """What was asked for cannot serve; the text says what it was and, after "; expected ", what would do."""


class EngineMissing(VisionRefused):
    """The engine, or the system library that it needs, is not on this machine."""


class UnknownSymbology(VisionRefused):
    """No such symbology."""


class Engine(Protocol):
    name: str

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        """Reads uint8 (H, W). `binary`: it is black and white already. `dark`: modules are dark on light (True), light
        on dark (False) or either (None, slower). [] where nothing is read."""


def known(symbologies: tuple[str, ...]) -> tuple[str, ...]:
    """The names as written here ("qr code" is "QRCode"); none asked for is EVERYTHING. Raises UnknownSymbology."""
    names: list[str] = []
    for asked in symbologies:
        name = _PLAIN.get(asked.replace("-", "").replace(" ", "").replace("_", "").casefold())
        if name is None:
            raise UnknownSymbology(f"no symbology {asked!r}; expected one of {', '.join(sorted(_PLAIN.values()))}")
        names += _WANTED_AS.get(name, (name,))
    return tuple(dict.fromkeys(names)) or EVERYTHING


def engine(name: str) -> Engine:
    """The engine of that name. Raises EngineMissing."""
    if name == "zxing":
        return Zxing()
    if name == "pyzbar":
        return Pyzbar()
    if name == "tapirscan":
        return Tapirscan()
    raise EngineMissing(f"no engine {name!r}; expected one of {', '.join(ENGINES)}")


class Zxing:
    """zxing-cpp. Releases the interpreter lock while it reads."""

    name = "zxing"
    _names = {zxingcpp.barcode_format_from_str(name): name for name in MATRIX + LINEAR}

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        found = zxingcpp.read_barcodes(
            np.ascontiguousarray(grey) if dark is not False else cv2.bitwise_not(grey), formats=_formats(symbologies),
            text_mode=zxingcpp.TextMode.Plain, try_invert=dark is None,
            binarizer=zxingcpp.Binarizer.FixedThreshold if binary else zxingcpp.Binarizer.LocalAverage)
        seen = []
        for barcode in found:
            name = self._names.get(barcode.format) or self._names.get(barcode.symbology) or str(barcode.format)
            if name == "ITF" and "ITF" not in symbologies:       # it calls ITF-14 so, and lets shorter ones through
                if not _is_itf14(barcode.bytes):
                    continue
                name = "ITF14"
            if barcode.bytes:
                seen.append(SeenCode(barcode.bytes, barcode.symbology_identifier, name, _quad(barcode.position),
                                     _size(name, barcode.extra or {})))
        return seen


@lru_cache(maxsize=64)
def _formats(symbologies: tuple[str, ...]) -> list[zxingcpp.BarcodeFormat]:
    return [zxingcpp.barcode_format_from_str(name) for name in symbologies]


def _size(name: str, extra: dict[str, Any]) -> tuple[int, int]:
    """Modules (rows, columns) by the version that the engine tells; (0, 0) where it tells none."""
    version = str(extra.get("Version", ""))
    if name == "DataMatrix" and (sides := re.fullmatch(r"(\d+)x(\d+)", version)):
        return int(sides[1]), int(sides[2])
    if name == "QRCode" and version.isdigit():
        return (17 + 4 * int(version),) * 2
    return 0, 0


def _is_itf14(digits: bytes) -> bool:
    """Fourteen digits, the last of them the check digit (weights 3 and 1 from the left)."""
    if len(digits) != 14 or not digits.isdigit():
        return False
    return sum(int(chr(d)) * (3, 1)[i % 2] for i, d in enumerate(digits)) % 10 == 0


def _quad(position: zxingcpp.Position) -> Corners:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(p.x), float(p.y)) for p in points)      # type: ignore[return-value]


class Pyzbar:
    """ZBar, a second opinion on request. It knows no Data Matrix, and no GS1 flag: no AIM identifier where that counts.

    DataBar Expanded is left out: it was seen to give a wrong letter for a group separator.
    """

    name = "pyzbar"
    _kinds = {"QRCode": "QRCODE", "Code128": "CODE128", "ITF14": "I25", "ITF": "I25", "EAN13": "EAN13", "EAN8": "EAN8",
              "UPCA": "UPCA", "DataBar": "DATABAR", "Code39": "CODE39", "Code93": "CODE93", "Codabar": "CODABAR"}
    _aims = {"ITF14": "]I1", "EAN13": "]E0", "UPCA": "]E0", "EAN8": "]E4", "DataBar": "]e0"}

    def __init__(self) -> None:
        try:
            from pyzbar import pyzbar
        except ImportError as e:      # the package is there but its system library is not, or neither
            raise EngineMissing("the engine pyzbar needs its system library zbar (libzbar0 on Debian and Ubuntu); "
                                "expected it installed, or engine zxing") from e
        self._zbar = pyzbar

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        kinds = {self._kinds[name] for name in symbologies if name in self._kinds}
        if not kinds:
            return []
        seen = []
        picture = grey if dark is not False else cv2.bitwise_not(grey)
        for found in self._zbar.decode(picture, [self._zbar.ZBarSymbol[kind] for kind in kinds]):
            name = next(n for n in (*symbologies, *self._kinds) if self._kinds.get(n) == found.type)
            if name == "ITF14" and not _is_itf14(found.data):
                continue
            raw = b"0" + found.data if name == "UPCA" else found.data      # "]E0" stands for 13 digits
            seen.append(SeenCode(raw, self._aims.get(name, ""), name, self._corners(found)))
        return seen

    @staticmethod
    def _corners(found: Any) -> Corners:
        """ZBar gives a hull of any number of points and one of four directions; a box where it is not four."""
        left, top, width, height = found.rect
        points = [(p.x, p.y) for p in found.polygon] if len(found.polygon) == 4 else \
            [(left, top), (left, top + height), (left + width, top + height), (left + width, top)]
        clockwise = [points[0], *reversed(points[1:])]
        turn = {"UP": 0, "RIGHT": 1, "DOWN": 2, "LEFT": 3}.get(found.orientation, 0)
        return tuple((float(x), float(y)) for x, y in clockwise[turn:] + clockwise[:turn])  # type: ignore[return-value]


class Tapirscan:
    """tapirscan, strong on cut-outs and slow on whole frames. `effort`: low, medium, high. An extra; it may be missing.

    A text of matrix codes is taken with its bytes only, so that nothing depends on guessed character sets.
    """

    name = "tapirscan"
    _names = {"QRCode": "QRCode", "DataMatrix": "DataMatrix", "Aztec": "Aztec", "Code128": "Code128", "EAN13": "EAN13",
              "EAN8": "EAN8", "UPCA": "UPCA", "ITF14": "ITF", "ITF": "ITF"}
    _aims = {"QRCode": ("]Q1", "]Q3"), "DataMatrix": ("]d1", "]d2"), "Aztec": ("]z0", "]z1"), "Code128": ("]C0", "]C1"),
             "EAN13": ("]E0",) * 2, "EAN8": ("]E4",) * 2, "UPCA": ("]E0",) * 2, "ITF14": ("]I1",) * 2,
             "ITF": ("]I0",) * 2}

    def __init__(self, effort: str = "medium") -> None:
        try:
            import tapirscan
        except (ImportError, OSError) as e:
            raise EngineMissing("the engine tapirscan is not installed; expected the extra \"engines\" installed, "
                                "or engine zxing") from e
        self._make = lambda: tapirscan.Scanner(mode=effort, parallel=False)     # type: ignore[arg-type]
        self._own = threading.local()          # a scanner is for one thread

    def read(self, grey: np.ndarray, symbologies: tuple[str, ...], *, binary: bool = False,
             dark: bool | None = None) -> list[SeenCode]:
        wanted = tuple(dict.fromkeys(self._names[name] for name in symbologies if name in self._names))
        if not wanted or min(grey.shape) < 8:
            return []
        if not hasattr(self._own, "scanner"):
            self._own.scanner = self._make()
        picture = np.ascontiguousarray(grey) if dark is not False else cv2.bitwise_not(grey)
        seen = []
        for found in self._own.scanner.scan(picture, formats=wanted).barcodes:
            name = str(found.format)
            raw = bytes(found.payload_bytes or b"") if name in MATRIX else found.text.encode("latin-1", "replace")
            if name == "ITF" and "ITF" not in symbologies:
                if not _is_itf14(raw):
                    continue
                name = "ITF14"
            if name == "UPCA":
                raw = b"0" + raw               # "]E0" stands for 13 digits
            corners = tuple((float(point.x), float(point.y)) for point in found.polygon)
            if raw and len(corners) == 4 and name in self._aims:
                seen.append(SeenCode(raw, self._aims[name][bool(found.gs1)], name, corners))
        return seen
