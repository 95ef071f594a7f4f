"""A label as the station orders one, and what a printed picture says to a scanner."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from app.domain.packing.labels import Label

LABEL = Label(
    7, "case", "106141412345678908", "P1", {"zh_CN": "五谷浓香型白酒 52%vol 珍藏版", "en": "Strong-aroma baijiu"},
    "06901234567892", "L20261122A", "2026-11-22", "2028-11-21", 24, 24, "WO-7", 128)

FORMATS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode)


@pytest.fixture
def label() -> Callable[..., Label]:
    """A label with some fields changed."""
    return lambda **fields: replace(LABEL, **fields)


@pytest.fixture
def read() -> Callable[[Image.Image], list[tuple[str, str]]]:
    """(AIM identifier, text with <GS>) of every symbol on the picture, from the top down."""

    def read(image: Image.Image) -> list[tuple[str, str]]:
        found: Any = zxingcpp.read_barcodes(np.array(image.convert("L")), formats=FORMATS)
        found = sorted(found, key=lambda each: each.position.top_left.y)
        return [(each.symbology_identifier, each.bytes.decode().replace("\x1d", "<GS>")) for each in found]

    return read
