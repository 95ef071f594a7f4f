"""Real photographs with known contents: no fewer codes than the first engine alone, and never one that is not there."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import pytest

from app.vision.decoders import engine
from app.vision.reader import Reader
from app.vision.recipe import Recipe
from drivers.pictures import load

FOLDER = Path(__file__).parents[4] / "shared" / "vision"
SAMPLE = 10        # of each group
KINDS = {"qrcode": "QRCode", "qr-wild": "QRCode", "qr-wild-unknown": "QRCode", "datamatrix": "DataMatrix",
         "multi-dm": "DataMatrix", "code128": "Code128", "ean13": "EAN13"}


def photographs(group: str) -> list[dict[str, Any]]:
    if not (FOLDER / "manifest.json").exists():
        pytest.skip(f"the photographs are not here: expected them in {FOLDER}")
    rows = [row for row in json.loads((FOLDER / "manifest.json").read_text())["images"] if row["group"] == group]
    return rows[::max(1, len(rows) // SAMPLE)]


@pytest.mark.parametrize("group", KINDS)
def test_no_fewer_than_the_engine_alone(group: str) -> None:
    ours, alone, reader = 0, 0, Reader(Recipe((KINDS[group],)), budget_s=5.0)
    for row in photographs(group):
        picture = load(FOLDER / row["file"])
        first = {code.raw for code in engine("zxing").read(
            picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), reader.recipe.symbologies)}
        found = {code.raw for code in reader.read(picture).codes}
        assert first <= found, row["file"]
        ours, alone = ours + len(found), alone + len(first)
        for extra in found - first if row["codes"] else ():
            assert any(extra == known.get("text", "").encode() or extra.hex() == known.get("hex")
                       for known in row["codes"]), f"{row['file']}: {extra!r} is not on it"
    assert ours >= alone
    if group in ("multi-dm", "qr-wild-unknown"):
        assert ours > alone, "here the second tries earn their keep"


def test_a_tray_of_etched_caps() -> None:
    ours = alone = 0
    for row in photographs("multi-dm-count"):
        picture = load(FOLDER / row["file"], grey=True)
        reader = Reader(Recipe(("DataMatrix",), count=row["count"]), budget_s=20.0)
        codes = {code.raw for code in reader.read(picture).codes}
        assert all(re.match(row["pattern"], raw.decode()) for raw in codes), row["file"]
        ours, alone = ours + len(codes), alone + len({c.raw for c in engine("zxing").read(picture, ("DataMatrix",))})
    assert ours >= 1.4 * alone, (ours, alone)


def test_nothing_is_read_on_photographs_without_codes() -> None:
    reader = Reader(Recipe())
    for row in photographs("falsepositives"):
        reading = reader.read(load(FOLDER / row["file"]))
        assert reading.codes == (), row["file"]
        assert reading.unread == (), row["file"]
