"""Draws symbols and case labels for the simulated camera and the demo. Not for printing labels.

Content that starts with FNC1 (0x1D), "(" or "[" and an application identifier is a GS1 symbol; a scanner transmits
it without that first character. Everything else is encoded as it stands.
"""
from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import zxingcpp

GS = "\x1d"
INK = (38, 34, 32)      # BGR
_BRACKETS = re.compile(r"[(\[]\d{2,4}[)\]]")
_FIXED = {"00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6,
          "20": 2}     # data characters of the identifiers whose length is predefined


def is_gs1(content: str | bytes) -> bool:
    text = _text(content)
    return text.startswith(GS) or bool(_BRACKETS.match(text))


def modules(content: str | bytes, symbology: str) -> np.ndarray:
    """The symbol without quiet zone, one sample a module: uint8 (rows, columns), 0 dark, 255 light.

    `symbology` is a name as zxing-cpp has it ("QRCode", "DataMatrix", "Code128"). Raises ValueError where the
    content does not fit the symbology.
    """
    try:
        kind = zxingcpp.barcode_format_from_str(symbology)
    except ValueError as e:
        raise ValueError(f"symbology {symbology!r} is not known; expected a name such as QRCode, DataMatrix") from e
    options: dict[str, object] = {"gs1": True} if is_gs1(content) else {}
    if kind == zxingcpp.BarcodeFormat.DataMatrix:
        options["force_square"] = True
    if kind == zxingcpp.BarcodeFormat.QRCode:
        options["ec_level"] = "M"
    data = bracketed(content) if "gs1" in options else content
    try:
        drawn = zxingcpp.create_barcode(data, kind, **options)
    except ValueError as e:
        raise ValueError(f"{content!r} cannot be drawn as {symbology}: {e}") from e
    return np.array(drawn.to_image(scale=1, add_quiet_zones=False))


def bracketed(content: str | bytes) -> str:
    """A GS1 element string with FNC1 in front, as "[01]...[21]...": the form that the symbol writer takes."""
    text = _text(content)
    if not text.startswith(GS):
        return text
    parts, rest = [], text[1:]
    while rest:
        ai = rest[:_identifier_length(rest)]
        length = _FIXED.get(ai, 6 if ai[:2] in ("31", "32", "33", "34", "35", "36") else 13 if ai[:2] == "41" else 0)
        data = rest[len(ai):len(ai) + length] if length else rest[len(ai):].split(GS, 1)[0]
        parts.append(f"[{ai}]{data}")
        rest = rest[len(ai) + len(data):].removeprefix(GS)
    return "".join(parts)


def _identifier_length(text: str) -> int:
    """Digits of the application identifier that `text` starts with (GS1 General Specifications, figure 7.8.5-2)."""
    if text[:2] in ("23", "24", "25", "40", "41", "42", "71"):
        return 3
    return 4 if text[:2] in ("31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82") else 2


def _text(content: str | bytes) -> str:
    return content.decode("latin-1") if isinstance(content, bytes) else content


def render_label(content: str | bytes, symbology: str = "", lines: Sequence[str] = (), *, module: int = 3,
                 width: int = 0) -> np.ndarray:
    """A white paper label: free text above, the symbol, its text beneath. uint8 BGR (H, W, 3).

    `symbology` "" takes Code128 for GS1 content and digits, else QRCode. `module` is in pixels; `width` in pixels
    widens the paper.
    """
    symbol = modules(content, symbology or label_symbology(content))
    linear = bool((symbol == symbol[:1]).all())
    if linear:
        symbol = symbol[:1]                                       # drawn as tall as a label wants it
    tall, wide = (38 if linear else symbol.shape[0]) * module, symbol.shape[1] * module
    quiet, size = (11 if linear else 5) * module, max(12, 6 * module)
    width = max(width, wide + 2 * quiet)
    text_size = min((_fitting(line, size, "uni", width - 2 * quiet) for line in lines), default=size)
    height = len(lines) * int(text_size * 1.5) + 2 * quiet + tall + int(size * 2.2)
    paper = np.full((height, width, 3), (246, 249, 250), np.uint8)
    cv2.rectangle(paper, (1, 1), (width - 2, height - 2), (190, 195, 198), 1)
    y = quiet // 2 + size
    for line in lines:
        cv2.putText(paper, line, (quiet, y), INK, cv2.FontFace("uni"), text_size)
        y += int(text_size * 1.5)
    y += quiet // 2 if lines else 0
    left = (width - wide) // 2
    drawn = cv2.resize(symbol, (wide, tall), interpolation=cv2.INTER_NEAREST)
    paper[y:y + tall, left:left + wide][drawn == 0] = INK
    text = _readable(content)
    cv2.putText(paper, text, (quiet, y + tall + int(size * 1.3)), INK, cv2.FontFace("sans"),
                _fitting(text, size, "sans", width - 2 * quiet))
    return paper


def label_symbology(content: str | bytes) -> str:
    return "Code128" if is_gs1(content) or _text(content).isdigit() else "QRCode"


def _readable(content: str | bytes) -> str:
    text = bracketed(content) if is_gs1(content) else _text(content)
    return "".join(c if c.isprintable() else "?" for c in re.sub(r"\[(\d{2,4})\]", r"(\1)", text))


def _fitting(text: str, size: int, font: str, width: int) -> int:
    """The largest size up to `size`, in pixels, at which one of OpenCV's built-in fonts keeps `text` within `width`."""
    face = cv2.FontFace(font)
    while size > 8 and cv2.getTextSize((1, 1), text, (0, 0), face, size)[2] > width:
        size -= 1
    return size
