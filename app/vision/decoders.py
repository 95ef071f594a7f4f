"""The engines behind one seam: a grey picture and symbology names in, codes out. No filters, no search of its own.

zxing-cpp is the first; pyzbar serves where somebody asks for it. An engine or a symbology that is not there is a
`VisionRefused` in words, raised when the engine is made, never while a frame is read.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from app.vision.reading import Corners, SeenCode

# Without a recipe: what goods and cases carry. Never plain ITF (it reads short pieces of other codes), nor the
# letters-only and add-on formats that see codes in woven bags.
USUAL = ("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417", "Code128", "Code39", "Code93", "ITF14", "EAN13",
         "EAN8", "UPCA", "UPCE", "DataBar", "DataBarLtd", "DataBarExp")
GS = b"\x1d"


class VisionRefused(Exception):
    """The engine cannot serve; the text says what was asked for and what would do."""


class EngineMissing(VisionRefused):
    """The engine, or the system library that it needs, is not on this machine."""


class UnknownSymbology(VisionRefused):
    """No such symbology, or one that this engine does not know."""


class Decoder(Protocol):
    """`decode` takes (H, W) uint8, C-contiguous, and gives every symbol it sees; thread-safe, never raises on pixels."""

    name: str

    def decode(self, grey: np.ndarray, *, invert: bool = True, whole: bool = True) -> list[SeenCode]: ...


def decoder(engine: str = "zxing", symbologies: Sequence[str] = ()) -> Decoder:
    """The named engine, locked to the named symbologies (none: the usual ones). Raises VisionRefused."""
    if engine not in ENGINES:
        raise EngineMissing(f"no engine {engine!r}; expected one of {', '.join(ENGINES)}")
    return ENGINES[engine](tuple(symbologies))


class Zxing:
    """zxing-cpp. Gives back the GIL while it reads."""

    name = "zxing"

    def __init__(self, symbologies: Sequence[str] = ()) -> None:
        import zxingcpp

        self._read = zxingcpp.read_barcodes
        self._plain = zxingcpp.TextMode.Plain
        known = {each.lower(): each for each in zxingcpp.BarcodeFormat.__members__ if each not in ("NONE", "ITF")}
        names = [known.get("itf14" if each.lower() == "itf" else each.lower(), "") for each in symbologies or USUAL]
        for asked, name in zip(symbologies, names, strict=False):
            if not name:
                raise UnknownSymbology(f"no symbology {asked!r}; expected one of {', '.join(sorted(known.values()))}")
        formats = getattr(zxingcpp.BarcodeFormat, names[0])
        for name in names[1:]:
            formats = formats | getattr(zxingcpp.BarcodeFormat, name)
        self._formats: Any = formats

    def decode(self, grey: np.ndarray, *, invert: bool = True, whole: bool = True) -> list[SeenCode]:
        found = self._read(grey, formats=self._formats, try_invert=invert, try_downscale=whole, text_mode=self._plain)
        return [_from_zxing(each) for each in found if each.bytes]


def _from_zxing(found: Any) -> SeenCode:
    at = found.position
    corners = tuple((float(each.x), float(each.y)) for each in
                    (at.top_left, at.top_right, at.bottom_right, at.bottom_left))
    return SeenCode(bytes(found.bytes), found.symbology_identifier, found.format.name, corners)     # type: ignore[arg-type]


class Zbar:
    """pyzbar: a named option. It tells no AIM identifier, so the plain one of the symbology is given where sure."""

    name = "pyzbar"
    _NAMES: Mapping[str, str] = {
        "QRCode": "QRCODE", "Code128": "CODE128", "Code39": "CODE39", "Code93": "CODE93", "EAN13": "EAN13",
        "EAN8": "EAN8", "UPCA": "UPCA", "UPCE": "UPCE", "ITF14": "I25", "DataBar": "DATABAR", "DataBarExp": "DATABAR_EXP",
        "Codabar": "CODABAR", "PDF417": "PDF417",
    }

    def __init__(self, symbologies: Sequence[str] = ()) -> None:
        try:
            from pyzbar import pyzbar
        except ImportError as e:
            raise EngineMissing("the engine pyzbar needs its system library zbar (libzbar0 on Debian and Ubuntu); "
                                "expected it installed, or engine zxing") from e
        self._read = pyzbar.decode
        known = {each.lower(): each for each in self._NAMES}
        names = [known.get("itf14" if each.lower() == "itf" else each.lower(), "") for each in symbologies]
        for asked, name in zip(symbologies, names, strict=True):
            if not name:
                raise UnknownSymbology(f"pyzbar reads no {asked!r}; expected one of {', '.join(self._NAMES)}")
        chosen = names or [each for each in USUAL if each in self._NAMES and each != "PDF417"]
        self._symbols = [pyzbar.ZBarSymbol[self._NAMES[each]] for each in chosen]
        self._ours = {self._NAMES[each]: each for each in chosen}

    def decode(self, grey: np.ndarray, *, invert: bool = True, whole: bool = True) -> list[SeenCode]:
        codes = []
        for found in self._read(grey, symbols=self._symbols):
            name = self._ours.get(found.type, "")
            if not found.data or not name or name == "ITF14" and len(found.data) != 14:
                continue
            codes.append(SeenCode(bytes(found.data), "", name, _four(found)))
        return codes


def _four(found: Any) -> Corners:
    """A polygon of any number of points, or only a box, as four corners."""
    if len(found.polygon) == 4:
        return tuple((float(x), float(y)) for x, y in found.polygon)     # type: ignore[return-value]
    x, y, w, h = (float(each) for each in found.rect)
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


ENGINES: Mapping[str, Callable[[Sequence[str]], Decoder]] = {"zxing": Zxing, "pyzbar": Zbar}
