"""GS1 symbols as whole modules: what they say, how they look, and that they read back before anything is printed.

Element strings come as (AI, value) pairs; a bracket in a value can open no new AI, it is refused.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import zxingcpp

from app.labels.fields import LabelProblem

KINDS = {"gs1-128": "Code128", "gs1-datamatrix": "DataMatrix", "gs1-qr": "QRCode", "qr": "QRCode"}
AIMS = {"gs1-128": "]C1", "gs1-datamatrix": "]d2", "gs1-qr": "]Q3", "qr": "]Q1"}
QUIET = {"gs1-128": 10, "gs1-datamatrix": 2, "gs1-qr": 4, "qr": 4}      # modules; GS1 asks 1 of Data Matrix
MOST = 48                        # characters of a GS1-128, AIs and separators included
_GS1_TEXT = re.compile(r"[!\"%&'*+,\-./0-9:;<=>?A-Z_a-z]+")             # character set 82 without the brackets
_PARTS = re.compile(r"\((\d{2,4})\)([^()]+)")
# Predefined lengths need no separator behind them (GS1 General Specifications, figure 7.8.5-2).
_FIXED = frozenset({"00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"})
_PROOF_DOTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """`modules` is (1, N) for bars or (N, M), True is dark; `hri` the line to print under it."""

    kind: str
    modules: np.ndarray
    hri: str
    raw: bytes

    @property
    def width(self) -> int:
        """Modules across with both quiet zones."""
        return self.modules.shape[1] + 2 * QUIET[self.kind]


def pairs(pattern: str) -> tuple[tuple[str, str], ...]:
    """"(02){gtin}(37){count}" as (AI, pattern) pairs. Raises ValueError where it is something else."""
    found = tuple((each[1], each[2]) for each in _PARTS.finditer(pattern))
    if not found or "".join(f"({ai}){value}" for ai, value in found) != pattern:
        raise ValueError(f"{pattern!r} is not of the form \"(00){{sscc}}\"")
    return found


def gs1(kind: str, elements: Sequence[tuple[str, str]]) -> Symbol:
    """A symbol that says exactly these. Raises LabelProblem where it cannot."""
    for ai, value in elements:
        if not _GS1_TEXT.fullmatch(value):
            raise LabelProblem(f"({ai}): a GS1 symbol cannot hold {value!r}")
    joined = "".join(
        ai + value + ("" if ai in _FIXED or number == len(elements) else "\x1d")
        for number, (ai, value) in enumerate(elements, 1)
    )
    if kind == "gs1-128" and len(joined) > MOST:
        raise LabelProblem(f"a GS1-128 holds {MOST} characters, {joined!r} has {len(joined)}")
    return _drawn(kind, "".join(f"({ai}){value}" for ai, value in elements), joined.encode("ascii"))


def plain_qr(text: str) -> Symbol:
    """A QR code of any printable ASCII text, such as a link. Raises LabelProblem."""
    if not (text and text.isascii() and text.isprintable()):
        raise LabelProblem(f"a QR code holds printable ASCII here, not {text!r}: write a link percent-encoded")
    return _drawn("qr", text, text.encode())


@lru_cache(maxsize=64)
def _drawn(kind: str, hri: str, raw: bytes) -> Symbol:
    try:
        if kind == "qr":
            made = zxingcpp.create_barcode(hri, _format(kind))
        else:
            more = {"forceSquare": True} if kind == "gs1-datamatrix" else {}
            made = zxingcpp.create_barcode(hri, _format(kind), gs1=True, **more)
    except ValueError as error:
        raise LabelProblem(f"{hri!r} cannot be a {kind}: {error}") from None
    pixels = np.array(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False))
    modules = pixels[:1] == 0 if kind == "gs1-128" else pixels == 0
    read = _read_back(kind, modules)
    if read != (AIMS[kind], raw):
        raise LabelProblem(f"the {kind} of {raw!r} reads back as {read!r}")
    return Symbol(kind, modules, "" if kind == "qr" else hri, raw)


def _read_back(kind: str, modules: np.ndarray) -> tuple[str, bytes] | None:
    tall = np.repeat(modules, 20, axis=0) if modules.shape[0] == 1 else modules
    pixels = np.where(np.kron(tall, np.ones((_PROOF_DOTS, _PROOF_DOTS), bool)), 0, 255).astype(np.uint8)
    quiet = QUIET[kind] * _PROOF_DOTS
    found = zxingcpp.read_barcodes(np.pad(pixels, quiet, constant_values=255), formats=_format(kind))
    return (found[0].symbology_identifier, found[0].bytes) if len(found) == 1 else None


@cache
def _format(kind: str) -> zxingcpp.BarcodeFormat:
    return zxingcpp.barcode_format_from_str(KINDS[kind])
