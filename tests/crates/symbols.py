"""Module bitmaps of codes with made-up contents, by encoders that share nothing with the decoders under test."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import segno
import zint

_SERIAL = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SQUARES = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48)    # zint numbers the sizes from 1


@dataclass(frozen=True, slots=True)
class Symbol:
    """`dark` (rows, columns) without quiet zone; a linear code is one row. `raw` is what a scanner sends."""

    raw: bytes
    symbology: str
    dark: np.ndarray
    quiet: int               # modules


def qr(luck: np.random.Generator, version: int) -> Symbol:
    """A web address with a serial, error correction M, as long as the version asks for."""
    room = {1: 20, 2: 38, 3: 61, 4: 90, 5: 122}[version]
    stem = "" if version == 1 else "HTTPS://Q.BRAND.EXAMPLE/B/"
    text = (stem + _serial(luck, 90))[:room - int(luck.integers(0, 5))]
    made = segno.make_qr(text, version=version, error="m", boost_error=False)
    return Symbol(text.encode(), "QRCode", np.array(made.matrix, dtype=bool), 4)


def data_matrix(luck: np.random.Generator, size: int) -> Symbol:
    """GS1: a GTIN and a serial, with a lot where there is room. A square of `size` modules; 16 and less: plain text."""
    made = zint.Symbol()
    made.symbology = zint.Symbology.DATAMATRIX
    made.option_2, made.option_3 = _SQUARES.index(size) + 1, zint.DataMatrixOptions.SQUARE
    if size <= 16:
        text = "DF" + _serial(luck, 8)
        made.encode(text)
        return Symbol(text.encode(), "DataMatrix", _bits(made), 1)
    made.input_mode = zint.InputMode.GS1
    gtin, serial, lot = _gtin(luck), _serial(luck, 8), str(luck.integers(10 ** 5, 10 ** 6))
    with_lot = size >= 22
    made.encode(f"[01]{gtin}[21]{serial}" + (f"[10]{lot}" if with_lot else ""))
    text = f"01{gtin}21{serial}" + (f"\x1d10{lot}" if with_lot else "")
    return Symbol(text.encode(), "DataMatrix", _bits(made), 1)


def gs1_128(luck: np.random.Generator, kind: str = "content") -> Symbol:
    """"content": GTIN, best before and lot; "sscc": the number of the logistic unit."""
    made = zint.Symbol()
    made.symbology = zint.Symbology.GS1_128
    if kind == "sscc":
        digits = _checked("0" + _digits(luck, 16))
        made.encode(f"[00]{digits}")
        return Symbol(f"00{digits}".encode(), "Code128", _bits(made)[:1], 10)
    gtin, lot = _gtin(luck), _serial(luck, 6)
    day = f"27{luck.integers(1, 13):02d}{luck.integers(1, 29):02d}"
    made.encode(f"[01]{gtin}[15]{day}[10]{lot}")
    return Symbol(f"01{gtin}15{day}10{lot}".encode(), "Code128", _bits(made)[:1], 10)


def itf14(luck: np.random.Generator) -> Symbol:
    made = zint.Symbol()
    made.symbology = zint.Symbology.ITF14
    gtin = _gtin(luck)
    made.encode(gtin[:13])
    return Symbol(gtin.encode(), "ITF14", _bits(made)[:1], 10)


def retail(luck: np.random.Generator, kind: str) -> Symbol:
    """EAN13, UPCA, EAN8 or UPCE; `raw` as thirteen digits, of EAN-8 eight. A UPC-E stands for a UPC-A with zeros."""
    made = zint.Symbol()
    made.symbology = {"UPCA": zint.Symbology.UPCA, "UPCE": zint.Symbology.UPCE}.get(kind, zint.Symbology.EANX)
    if kind == "UPCE":
        last = int(luck.choice((0, 1, 2, 5, 6, 7, 8, 9)))      # which zeros were left out
        short = "0" + _digits(luck, 4) + str(luck.integers(1, 10)) + str(last)
        made.encode(short)
        raw = _checked("0" + _long(short))
    else:
        raw = _checked({"EAN13": str(luck.integers(1, 10)) + _digits(luck, 11), "UPCA": "0" + _digits(luck, 11),
                        "EAN8": _digits(luck, 7)}[kind])
        made.encode(raw[1:-1] if kind == "UPCA" else raw[:-1])
    return Symbol(raw.encode(), kind, _bits(made)[:1], 7)


def shortened(raw: bytes) -> bytes:
    """The eight digits printed beneath a UPC-E, of the thirteen that it stands for."""
    digits = raw.decode()[1:]
    number = digits[1:3] + digits[8:11] + digits[3] if digits[3] in "012" and digits[4:8] == "0000" else \
        digits[1:6] + digits[10]
    return (digits[0] + number + digits[11]).encode()


def _long(short: str) -> str:
    """The eleven digits of a UPC-A that seven of a UPC-E stand for."""
    system, number, last = short[0], short[1:6], short[6]
    if last in "012":
        return system + number[:2] + last + "0000" + number[2:]
    return system + number + "0000" + last


def _bits(made: zint.Symbol) -> np.ndarray:
    rows = np.array(made.encoded_data, np.uint8)[:made.rows]
    return np.unpackbits(rows, axis=1, bitorder="little")[:, :made.width].astype(bool)


def _serial(luck: np.random.Generator, length: int) -> str:
    return "".join(_SERIAL[i] for i in luck.integers(0, len(_SERIAL), length))


def _digits(luck: np.random.Generator, length: int) -> str:
    return "".join(str(d) for d in luck.integers(0, 10, length))


def _gtin(luck: np.random.Generator) -> str:
    return _checked("0690" + _digits(luck, 9))


def _checked(digits: str) -> str:
    """With the check digit behind: weights 3 and 1 from the right."""
    total = sum(int(d) * (3, 1)[i % 2] for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)
