"""A black and white label in the bytes of a printer: ZPL, TSPL or PDF. The picture goes as pixels, never as text.

So no field can reach the command stream: what is sent besides pixels is written here, and pixels are sent as hex digits
(ZPL), or counted and free of the one sequence that acts in the middle of data (TSPL's ESC !).
"""
from __future__ import annotations

import base64
import binascii
import io
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

INCH = 25.4
_REPEATS = "GHIJKLMNOPQRSTUVWXY"          # 1 to 19 times; g to z stand for 20 to 400
_TWENTIES = "ghijklmnopqrstuvwxyz"
_AT_ONCE = b"\x1b!"
_TALL = 24                       # equal rows that are cheaper as bars than as dots


def zpl(image: Image.Image, dpi: int, copies: int = 1) -> bytes:
    """One label; the printer prints it again itself where paper or ribbon ended in the middle of it."""
    return _zpl(image, copies, _run_lengths)


def zpl_z64(image: Image.Image, dpi: int, copies: int = 1) -> bytes:
    """As `zpl` in two fifths of the bytes: Zebra's own printers know Z64, some others that speak ZPL do not."""
    return _zpl(image, copies, _z64)


def _zpl(image: Image.Image, copies: int, packed: Callable[[np.ndarray], str]) -> bytes:
    left, top, rows = _inked(image)
    high, wide = rows.shape
    data = packed(rows)
    return (
        f"^XA^PON^PMN^LRN^LH0,0^LS0^JZY^PW{image.width}^LL{image.height}\r\n"
        f"^FO{left},{top}^GFA,{high * wide},{high * wide},{wide},{data}^FS\r\n^PQ{copies},0,1,N^XZ\r\n"
    ).encode("ascii")


def tspl(image: Image.Image, dpi: int, copies: int = 1) -> bytes:
    """As `zpl`. In TSPL a 0 is a black dot; pieces are cut so that no data holds ESC !"""
    left, top, rows = _inked(image)
    size = f"SIZE {image.width / dpi * INCH:.1f} mm,{image.height / dpi * INCH:.1f} mm"
    out = [f"\r\n{size}\r\nSET REPRINT ON\r\nDIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\n".encode("ascii")]
    for first, last, alike in _bands(rows):
        if alike:
            out += [f"BAR {left + x},{top + first},{wide},{last - first}\r\n".encode("ascii")
                    for x, wide in _bars(rows[first])]
            continue
        for x, y, piece in _without_commands(~rows[first:last]):
            high, wide = piece.shape
            head = f"BITMAP {left + 8 * x},{top + first + y},{wide},{high},0,"
            out += [head.encode("ascii"), piece.tobytes(), b"\r\n"]
    out.append(f"PRINT 1,{copies}\r\n".encode("ascii"))
    return b"".join(out)


def pdf(image: Image.Image, dpi: int, copies: int = 1) -> bytes:
    """A page as large as the label for each copy, for an ordinary printer."""
    file = io.BytesIO()
    image.save(file, "PDF", resolution=float(dpi), save_all=True, append_images=[image] * (copies - 1))
    return file.getvalue()


LANGUAGES: dict[str, Callable[[Image.Image, int, int], bytes]] = {
    "zpl": zpl, "zpl-z64": zpl_z64, "tspl": tspl, "pdf": pdf,
}


def _inked(image: Image.Image) -> tuple[int, int, np.ndarray]:
    """Left and upper edge of the black dots, and the rows from there, packed: (high, bytes) uint8, 1 is black."""
    if image.mode != "1":
        raise ValueError(f"expected a black and white image (mode 1), got mode {image.mode}")
    ink = ~np.asarray(image)
    if not ink.any():
        return 0, 0, np.zeros((1, 1), np.uint8)
    down, across = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    return int(across[0]), int(down[0]), np.packbits(cut, axis=1)


def _z64(rows: np.ndarray) -> str:
    data = base64.b64encode(zlib.compress(rows.tobytes(), 9))
    return f":Z64:{data.decode('ascii')}:{binascii.crc_hqx(data, 0):04X}"


def _run_lengths(rows: np.ndarray) -> str:
    """ZPL's own compression, which every printer knows: counted nibbles, "," and "!" to the end of a row, ":" again."""
    out, before = [], ""
    for row in rows:
        digits = row.tobytes().hex().upper()
        if digits == before:
            out.append(":")
            continue
        before = digits
        body = digits.rstrip("0")
        tail = "," if len(body) < len(digits) else ""
        if not tail and digits[-1] == "F":
            body, tail = digits.rstrip("F"), "!"
        out.append("".join(_counted(body)) + tail)
    return "".join(out)


def _counted(digits: str) -> Iterator[str]:
    at = 0
    while at < len(digits):
        end = at
        while end < len(digits) and digits[end] == digits[at] and end - at < 419:
            end += 1
        count = end - at
        if count > 2:
            yield (_TWENTIES[count // 20 - 1] if count >= 20 else "") + (_REPEATS[count % 20 - 1] if count % 20 else "")
            yield digits[at]
        else:
            yield digits[at:end]
        at = end


def _bands(rows: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    """(first, last, alike) of stretches: `_TALL` equal rows or more, such as bars and white; what is between them."""
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    edges = [0, *changes.tolist(), len(rows)]
    start = 0
    for first, last in zip(edges, edges[1:], strict=False):
        if last - first >= _TALL:
            if start < first:
                yield start, first, False
            yield first, last, True
            start = last
    if start < len(rows):
        yield start, len(rows), False


def _bars(row: np.ndarray) -> list[tuple[int, int]]:
    """(left, width) in dots of the black runs of one packed row."""
    dots = np.concatenate(([0], np.unpackbits(row), [0])).astype(np.int8)
    edges = np.flatnonzero(np.diff(dots))
    return [(int(left), int(right - left)) for left, right in zip(edges[::2], edges[1::2], strict=True)]


def _without_commands(rows: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """(byte column, row, bytes) of pieces that make up `rows`, none with ESC ! in it, few of them."""
    high, wide = rows.shape
    flat = rows.tobytes()
    start = 0
    while start < high:
        at = flat.find(_AT_ONCE, start * wide)
        row = high if at < 0 else at // wide
        if row > start:                  # whole rows before it; where the pair spans two rows, the first is in here
            yield 0, start, rows[start:row]
            start = row
            continue
        if at >= 0:
            cut = at % wide + 1
            yield from ((0, row, rows[row : row + 1, :cut]), *(
                (cut + x, row, piece) for x, _, piece in (
                    _without_commands(rows[row : row + 1, cut:]) if cut < wide else ())))
            start = row + 1
