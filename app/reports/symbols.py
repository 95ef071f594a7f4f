"""Codes to be printed beside what they name: a GS1 DataMatrix where it is a GS1 key, else a QR code of the text.

Whole modules, drawn as vectors, so that any printer gives them sharp. Knows no report.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

import numpy as np
import zxingcpp
from fpdf import FPDF

GS1_HOST = "https://id.gs1.org/"
QUIET_MODULES = 2
_TEXT = re.compile(r"[!\"%&'*+,\-./0-9:;<=>?A-Z_a-z]+")            # GS1's character set 82 without the brackets
Elements = tuple[tuple[str, str], ...]


def elements(epc: str) -> Elements:
    """(AI, value) pairs of a GS1 Digital Link such as an EPC is here; () for anything else."""
    if not epc.startswith(GS1_HOST):
        return ()
    parts = [unquote(each) for each in epc.removeprefix(GS1_HOST).partition("?")[0].split("/")]
    pairs = tuple(zip(parts[::2], parts[1::2], strict=False))
    sound = len(parts) % 2 == 0 and all(ai.isascii() and ai.isdigit() and _TEXT.fullmatch(value) for ai, value in pairs)
    return pairs if sound else ()


def document_key(gln: str, document: str) -> str:
    """GDTI of a document: the number that its issuer's GLN makes it part of, and its own; "" where it is too long."""
    fits = len(gln) == 13 and len(document) <= 17 and _TEXT.fullmatch(document)
    return gln + document if fits else ""


def readable(epc: str) -> str:
    """As it stands under a code: (00)069… for a GS1 key, else the text itself."""
    return "".join(f"({ai}){value}" for ai, value in elements(epc)) or epc


@lru_cache(maxsize=512)
def modules(text: str, pairs: Elements = ()) -> np.ndarray | None:
    """Dark modules as (rows, columns); None where the text cannot be a code."""
    try:
        if pairs:
            said = "".join(f"({ai}){value}" for ai, value in pairs)
            made = zxingcpp.create_barcode(said, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, forceSquare=True)
        elif text and text.isascii() and text.isprintable():
            made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        else:
            return None
    except ValueError:
        return None
    return np.array(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)) == 0


def draw(pdf: FPDF, dark: np.ndarray, x: float, y: float, size: float) -> None:
    """Draws it with its quiet zone into a square of `size` mm."""
    module = size / (max(dark.shape) + 2 * QUIET_MODULES)
    pdf.set_fill_color(0, 0, 0)
    for row, first, last in _runs(dark):
        pdf.rect(x + (first + QUIET_MODULES) * module, y + (row + QUIET_MODULES) * module, (last - first) * module,
                 module, style="F")


def _runs(dark: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """(row, first, behind the last) of dark modules that touch."""
    for row, line in enumerate(dark):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            yield row, int(first), int(last)
