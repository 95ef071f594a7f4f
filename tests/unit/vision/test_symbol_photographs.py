"""Etched metal caps, photographed by others: our decoder alone reads them all, and nothing that is not there."""
from __future__ import annotations

import re
from pathlib import Path

import cv2
import pytest

from app.vision import places, symbol
from tests.unit.vision import symbols

FOLDER = Path(__file__).parents[4] / "shared" / "vision" / "images" / "pucks" / "puck-tray"
CAP = 50.0               # pixels of a code's side, about


@pytest.mark.parametrize("name", ["3.png", "4.png", "8.png", "9.png"])
def test_sixteen_caps_of_a_tray(name) -> None:
    if not (FOLDER / name).exists():
        pytest.skip(f"the photographs are not here: expected them in {FOLDER}")
    picture = cv2.imread(str(FOLDER / name), cv2.IMREAD_GRAYSCALE)
    read = set()
    for place in places.peaks(places.texture(picture), CAP)[:24]:
        found = symbol.read(picture, symbols.box((place.x, place.y), CAP), "DataMatrix", ((14, 14),))
        if found is not None and found.code is not None and not found.code.doubtful:
            read.add(found.code.raw.decode())
    assert all(re.fullmatch(r"DF\d{3}[A-Z]\d{4}", text) for text in read), read
    assert len(read) >= 15
