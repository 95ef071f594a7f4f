"""The engines in the race, each as a function from grey pixels to what it read. Nothing here is tuned to a picture."""
from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from tests.benchmarks.vision.shots import Ask

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """`left`: corners of what an engine says it saw and could not read, with its guess why."""

    codes: tuple[tuple[bytes, Corners], ...]
    left: tuple[tuple[str, Corners], ...] = ()


Look = Callable[[np.ndarray, bool], Read]      # a picture, and whether it shows the same layer as the one before


class Absent(Exception):
    """This peer cannot take part; the text says why."""


def ours(ask: Ask) -> Look:
    """The station's reader with the recipe a line would have."""
    from app.vision.reader import Reader
    from app.vision.reading import CellState
    from app.vision.recipe import Recipe
    _prepared()
    if ask.alone:
        return _alone(ask)
    recipe = Recipe(symbologies=ask.symbologies, rows=ask.rows, columns=ask.columns, count=ask.count,
                    sizes=((ask.modules, ask.modules),) if ask.modules else ())
    reader = Reader(recipe, budget_s=ask.budget_s)

    def look(grey: np.ndarray, same: bool) -> Read:
        found = reader.follow(grey) if same else reader.read(grey)
        left = tuple((str(cell.cause), cell.corners) for cell in found.cells if cell.state is CellState.UNREAD)
        return Read(tuple((code.raw, code.corners) for code in found.codes), left)
    return look


@cache
def _prepared() -> None:
    """The second process that the station's reader has."""
    from app.vision import pool, tries
    pool.prepare(tries.warm, 60)


def _alone(ask: Ask) -> Look:
    """The station's own way with one code before a webcam; each new code is a new presentation."""
    from app.vision.single import Single
    single = Single(ask.symbologies)

    def look(grey: np.ndarray, same: bool) -> Read:
        nonlocal single
        single = single if same else Single(ask.symbologies)
        return Read(tuple((code.raw, code.corners) for code in single.read(grey).codes))
    return look


def zxing(ask: Ask, larger: int = 1) -> Look:
    """The whole frame, only the formats asked for, with its own defaults else; `larger`: on a cubic upscale."""
    import zxingcpp
    formats = [zxingcpp.barcode_format_from_str(name) for name in ask.symbologies]

    def look(grey: np.ndarray, same: bool) -> Read:
        if larger > 1:
            grey = cv2.resize(grey, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC)
        found = zxingcpp.read_barcodes(grey, formats=formats, text_mode=zxingcpp.TextMode.Plain)
        return Read(tuple((code.bytes, tuple((p.x / larger, p.y / larger) for p in (
            code.position.top_left, code.position.top_right, code.position.bottom_right, code.position.bottom_left)))
            for code in found))
    return look


_ZBAR = {"QRCode": "QRCODE", "Code128": "CODE128", "ITF14": "I25", "ITF": "I25", "EAN13": "EAN13", "UPCA": "UPCA",
         "EAN8": "EAN8", "UPCE": "UPCE", "DataBar": "DATABAR", "DataBarExp": "DATABAR_EXP"}


def pyzbar(ask: Ask) -> Look:
    try:
        from pyzbar import pyzbar as zbar
    except ImportError as e:
        raise Absent(f"not installed ({e})") from e
    kinds = [zbar.ZBarSymbol[_ZBAR[name]] for name in ask.symbologies if name in _ZBAR]
    if ask.symbologies and not kinds:
        raise Absent("does not know the symbology")

    def look(grey: np.ndarray, same: bool) -> Read:
        return Read(tuple((code.data, tuple((p.x, p.y) for p in code.polygon))
                          for code in zbar.decode(grey, kinds or None)))
    return look


_TAPIR = {"ITF14": "ITF", "DataBarExp": "DataBarExpanded", "DataBarExpStk": "DataBarExpanded"}


def tapirscan(ask: Ask) -> Look:
    try:
        import tapirscan as tapir
    except ImportError as e:
        raise Absent(f"not installed ({e})") from e
    formats = sorted({_TAPIR.get(name, name) for name in ask.symbologies})
    scanner = tapir.Scanner(mode="medium", formats=formats or None)

    def look(grey: np.ndarray, same: bool) -> Read:
        return Read(tuple((code.payload_bytes or code.text.encode(), tuple((p.x, p.y) for p in code.polygon))
                          for code in scanner.scan(grey).barcodes))
    return look


def codarascan(ask: Ask) -> Look:
    try:
        import pypdfium2  # noqa: F401
    except ImportError:           # it insists on its reader of PDF files, which no picture needs
        sys.modules["pypdfium2"] = types.ModuleType("pypdfium2")
    try:
        import codarascan as coda
    except ImportError as e:
        raise Absent(f"not installed ({e})") from e
    infos = [info for group in coda.supported_formats().values() for info in group]
    known = {name.casefold().replace("-", ""): info.name for info in infos for name in (info.name, *info.aliases)}
    formats = [known[name.casefold()] for name in ask.symbologies]
    scanner = coda.Scanner(mode="fast", symbols="all", formats=formats or None)

    def look(grey: np.ndarray, same: bool) -> Read:
        return Read(tuple((code.raw_bytes, tuple((p.x, p.y) for p in code.quad))
                          for code in scanner.scan_image(grey).symbols if isinstance(code, coda.DecodedSymbolResult)))
    return look


PEERS: dict[str, Callable[[Ask], Look]] = {
    "zxing": zxing, "zxing 2x": lambda ask: zxing(ask, 2), "pyzbar": pyzbar, "tapirscan": tapirscan,
    "codarascan": codarascan, "ours": ours,
}
