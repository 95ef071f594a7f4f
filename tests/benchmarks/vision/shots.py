"""Pictures with their truth: drawn crates and labels by seed, and real photographs where they are at hand."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from drivers.pictures import load
from tests.crates import CONDITIONS, LABELS, PRESETS, WAYS, Crate, Drawn, Hand, Label, Pack, Preset, symbols
from tests.crates.hand import KINDS

FOLDER = Path(__file__).parents[4] / "shared" / "vision"
# ITF has no length of its own: who wants ITF-14 must say so; the real ITF pictures hold shorter ones, too.
GROUPS: dict[str, tuple[str, ...]] = {
    "qrcode": ("QRCode",), "qr-wild": ("QRCode",), "datamatrix": ("DataMatrix",), "multi-dm": ("DataMatrix",),
    "multi-dm-count": ("DataMatrix",), "code128": ("Code128",), "itf": ("ITF",), "ean13": ("EAN13", "UPCA"),
    "upca": ("EAN13", "UPCA"), "ean8": ("EAN8",), "rss14": ("DataBar", "DataBarExp", "DataBarExpStk"),
    "rssexpanded": ("DataBarExp",), "rssexpandedstacked": ("DataBarExpStk", "DataBarExp"),
    "microqrcode": ("MicroQRCode",), "falsepositives": (),
}
# What the list has wrong: the first symbol is proven by its check words (and listed rightly elsewhere), the digits of
# the second stand under its bars, the last are four views of one stacked symbol that two engines read alike.
AMENDED = {
    "images/zxing-java/qrcode-2/13.png": "The 2005 USGS aerial photography of the Washington Monument is censored.",
    "images/zxing-cpp/ean13-2/28.webp": "9784872348880",
    **{f"images/zxing-java/rss14-2/{number}.png": "(01)98898765432106(3202)012345(15)991231" for number in range(1, 5)},
}
# One symbol inside another, on the same picture: either is right, where the list knows of one only.
DOUBLE = ("[内側QRコード]\r\n\r\n*ダブルQR*\r\nhttp://d-qr.net/ex/",
          "[外側QRコード]\r\n \r\n*ﾀﾞﾌﾞﾙQR*\r\nhttp://d-qr.net/ex/")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader is told beforehand; `symbologies` () is all of them."""

    symbologies: tuple[str, ...]
    rows: int = 0
    columns: int = 0
    count: int = 0
    modules: int = 0                  # a side of the codes; 0 not told
    budget_s: float = 0.4
    alone: bool = False               # one code held before a camera


@dataclass(frozen=True, slots=True)
class Shot:
    """`frames`: one picture, or several of one layer. `texts`: what may be read; None: anything that fits `pattern`."""

    name: str
    ask: Ask
    frames: tuple[np.ndarray, ...]
    codes: int                                        # how many there are
    texts: tuple[frozenset[bytes], ...] | None        # of each code every spelling that is right
    condition: str = ""
    pattern: str = ""
    drawn: tuple[tuple[Drawn, ...], ...] = field(default=(), compare=False)      # of each frame, where it was drawn


def crates(presets: Sequence[str], conditions: Sequence[str], seeds: Sequence[int], frames: int = 1) -> Iterator[Shot]:
    """Each preset under each condition; the reader knows rows, columns and the size of the codes, as a recipe does."""
    for name in presets:
        for condition in conditions:
            for seed in seeds:
                yield crate(name, condition, seed, frames)


def crate(name: str, condition: str, seed: int, frames: int = 1) -> Shot:
    drawn = Crate(name, CONDITIONS[condition], seed)
    scenes = [drawn.frame(number) for number in range(frames)]
    return Shot(f"{name} {condition} {seed}", _recipe(PRESETS[name]), tuple(scene.pixels for scene in scenes),
                len(scenes[0].raws), tuple(frozenset((raw,)) for raw in scenes[0].raws), condition, "",
                tuple(scene.drawn for scene in scenes))


def _recipe(preset: Preset) -> Ask:
    return Ask((preset.symbology,), preset.rows, preset.columns, preset.count, preset.modules)


def labels(name: str, seeds: Sequence[int], condition: str = "typical", turned: float = 20.0) -> Iterator[Shot]:
    """`turned`: degrees at most, to either side."""
    ask = Ask(("Code128", "ITF14", "QRCode", "DataMatrix"), count=4)
    for seed in seeds:
        scene = Label(LABELS[name], CONDITIONS[condition], seed, turned).frame()
        yield Shot(f"{name} {condition} {seed}", ask, (scene.pixels,), len(scene.raws),
                   tuple(frozenset((raw,)) for raw in scene.raws), f"{name}, {condition}", "", (scene.drawn,))


def packs(kind: str, ways: Sequence[str], seeds: Sequence[int]) -> Iterator[Shot]:
    """One retail code a picture; the reader knows that it is one of the four kinds."""
    ask = Ask(("EAN13", "UPCA", "EAN8", "UPCE"))
    for way in ways:
        for seed in seeds:
            scene = Pack(kind, WAYS[way], seed).frame()
            raw, = scene.raws
            spelt = {raw, raw[1:]} if raw[:1] == b"0" and len(raw) == 13 else {raw}
            spelt |= {symbols.shortened(raw)} if kind == "UPCE" else set()
            yield Shot(f"{kind} {way} {seed}", ask, (scene.pixels,), 1, (frozenset(spelt),), way, "", (scene.drawn,))


def hands(seeds: Sequence[int]) -> Iterator[Shot]:
    """One code held up: its pictures at thirty a second."""
    for symbology in KINDS:
        for seed in seeds:
            hand = Hand(symbology, seed)
            scenes = list(hand.frames())
            yield Shot(f"{symbology} in a hand {seed}", Ask((symbology,), count=1, alone=True),
                       tuple(scene.pixels for scene in scenes), 1, (frozenset((hand.symbol.raw,)),), symbology, "",
                       tuple(scene.drawn for scene in scenes))


def missing() -> str:
    """Why there are no photographs, "" where there are."""
    path = FOLDER / "manifest.json"
    return "" if path.is_file() else f"the photographs are not here: expected {path}"


@cache
def _listed() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((FOLDER / "manifest.json").read_text("utf-8"))["images"])


def photographs(group: str, most: int = 0, ask: Ask | None = None) -> Iterator[Shot]:
    """The group's pictures, or an even sample of `most`. In groups of many codes their number is told."""
    rows = [row for row in _listed() if row["group"] == group and not row.get("unknown")]
    for row in rows[::max(1, -(-len(rows) // most))] if most else rows:
        count = row.get("count") or len(row["codes"])
        told = replace(ask or Ask(GROUPS[group]), count=count if group.startswith("multi") else 0)
        amended = {"text": AMENDED[row["file"]]} if row["file"] in AMENDED else {}
        texts = None if row["codes"] is None else tuple(_spellings(code | amended) for code in row["codes"])
        yield Shot(row["file"], told, (load(FOLDER / row["file"], grey=True),), count, texts, group,
                   row.get("pattern", ""))


def _spellings(code: dict[str, str]) -> frozenset[bytes]:
    """The truth is text; the same bytes may stand for it in several encodings."""
    if "hex" in code:
        return frozenset((bytes.fromhex(code["hex"]),))
    text, spelt = code["text"], set[bytes]()
    for written in DOUBLE if text in DOUBLE else (text,):
        for encoding in ("utf-8", "latin-1", "shift_jis", "gb18030", "cp1252", "iso8859-2", "iso8859-5"):
            try:
                spelt.add(written.encode(encoding))
            except UnicodeEncodeError:
                continue
    if code["format"] in ("EAN13", "UPCA") and text.isdigit():
        spelt |= {text.zfill(13).encode(), text.removeprefix("0").encode()}
    if code["format"].startswith("DataBar"):          # written with brackets, or without the identifier
        spelt |= {re.sub(r"[()]", "", text).encode(), b"01" + text.encode()}
    return frozenset(spelt)
