"""Label + template + dots an inch → one black and white image. The preview and the printer get this same image.

Bars are drawn in whole dots, upright, never scaled; everything else gives way to them.
"""
from __future__ import annotations

import io
import math
from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from app.domain.packing.labels import Label
from app.labels import symbols, text
from app.labels.fields import LabelProblem, element, fields_of, filled, names_in
from app.labels.symbols import Symbol
from app.labels.template import Barcode, Box, Picture, Template, Text

INCH = 25.4
HRI_GAP = 0.25                   # between bars and text, of the text's height


def preview(label: Label, template: Template, dpi: int, company: str = "") -> Image.Image:
    """The label as it is printed: mode "1", black is 0. Raises LabelProblem, FontMissing."""
    return _Page(template, dpi, fields_of(label, company)).image()


def png(image: Image.Image, dpi: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


class _Page:
    """The label while it is drawn. All sizes in pixels, black is True."""

    def __init__(self, template: Template, dpi: int, told: Mapping[str, str]) -> None:
        self._template, self._dpi, self._told = template, dpi, told
        sheet = template.sheet
        self._ink = np.zeros((self._dots(sheet.height), self._dots(sheet.width)), bool)

    def image(self) -> Image.Image:
        sheet = self._template.sheet
        for picture in sheet.image:
            if self._wanted(picture.needs):
                self._picture(picture)
        for line in sheet.line:
            if self._wanted(line.needs):
                self._fill(line.x, line.y, line.width, line.height)
        for box in sheet.box:
            if self._wanted(box.needs):
                self._box(box)
        for each in sheet.text:
            if self._wanted(each.needs):
                self._text(each)
        for barcode in sheet.barcode:
            if self._wanted(barcode.needs):
                self._barcode(barcode)
        return Image.fromarray(~self._ink)

    def _dots(self, millimetres: float) -> int:
        return round(millimetres * self._dpi / INCH)

    def _wanted(self, needs: tuple[str, ...]) -> bool:
        return all(self._told.get(name) for name in needs)

    def _put(self, x: int, y: int, ink: np.ndarray) -> None:
        high, wide = (max(0, min(size, room)) for size, room in
                      zip(ink.shape, (self._ink.shape[0] - y, self._ink.shape[1] - x), strict=True))
        self._ink[y : y + high, x : x + wide] |= ink[:high, :wide]

    def _fill(self, x: float, y: float, width: float, height: float) -> None:
        self._put(self._dots(x), self._dots(y),
                  np.ones((max(1, self._dots(height)), max(1, self._dots(width))), bool))

    def _box(self, box: Box) -> None:
        self._fill(box.x, box.y, box.width, box.line)
        self._fill(box.x, box.y + box.height - box.line, box.width, box.line)
        self._fill(box.x, box.y, box.line, box.height)
        self._fill(box.x + box.width - box.line, box.y, box.line, box.height)

    def _text(self, each: Text) -> None:
        drawn = text.drawn(
            filled(each.text, self._told).strip(), self._dots(each.width), self._dots(each.height),
            size=math.ceil(each.size * self._dpi / INCH), least=math.ceil(each.smallest * self._dpi / INCH),
            lines=each.lines, narrow=each.narrow, align=each.align, bold=each.bold)
        self._put(self._dots(each.x), self._dots(each.y), np.asarray(drawn) < text.DARK)

    def _picture(self, picture: Picture) -> None:
        try:
            with Image.open(io.BytesIO(self._template.pictures[picture.file])) as opened:
                box = self._dots(picture.width), self._dots(picture.height)
                grey = ImageOps.contain(opened.convert("RGBA"), box)
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise LabelProblem(f"{picture.file}: expected a picture: {error}") from None
        white = Image.new("RGBA", grey.size, "white")
        self._put(self._dots(picture.x), self._dots(picture.y),
                  ~np.asarray(Image.alpha_composite(white, grey).convert("1")))

    # --- symbols ------------------------------------------------------------------------------------------------
    def _barcode(self, barcode: Barcode) -> None:
        symbol, module = self._fitting(barcode)
        tall = self._dots_up(barcode.height)
        dark = np.repeat(symbol.modules, module, axis=1)
        dark = np.repeat(dark, tall if len(symbol.modules) == 1 else module, axis=0)
        across = symbol.width * module
        room = self._dots(barcode.width) - across
        left = self._dots(barcode.x) + {"left": 0, "center": room // 2, "right": room}[barcode.align]
        top, quiet = self._dots(barcode.y), symbols.QUIET[symbol.kind] * module
        self._clear(left, top, across, dark.shape[0])
        self._put(left + quiet, top, dark)
        if barcode.hri and symbol.kind == "gs1-128":
            size = math.ceil(barcode.hri_size * self._dpi / INCH)
            line = text.drawn(symbol.hri, across, round(1.35 * size), size=size, least=size, lines=1, narrow=0.6,
                              align="center", bold=False)
            self._put(left, top + tall + round(HRI_GAP * size), np.asarray(line) < text.DARK)

    def _fitting(self, barcode: Barcode) -> tuple[Symbol, int]:
        """The first content that is there and fits, and its module in dots. Raises LabelProblem with every reason."""
        why = []
        least, most = barcode.module
        narrowest = math.ceil(least * self._dpi / INCH - 1e-9)
        widest = math.floor(most * self._dpi / INCH + 1e-9)
        for pattern in barcode.holds:
            if not self._wanted(names_in(pattern)):
                why.append(f"{pattern}: the label lacks a field of it")
                continue
            try:
                symbol = self._symbol(barcode.symbology, pattern)
            except LabelProblem as problem:
                why.append(f"{pattern}: {problem}")
                continue
            modules = symbol.width
            high = len(symbol.modules) + 2 * symbols.QUIET[symbol.kind] if len(symbol.modules) > 1 else 0
            room = min(self._dots(barcode.width) // modules, self._dots(barcode.height) // high if high else widest)
            module = min(room, widest)
            if module >= max(1, narrowest):
                return symbol, module
            why.append(f"{pattern}: {modules} modules do not fit into {barcode.width:g} x {barcode.height:g} mm at "
                       f"{self._dpi} dots an inch with modules of {least:g} to {most:g} mm")
        raise LabelProblem(f"template {self._template.name}: {barcode.symbology} cannot be drawn: {'; '.join(why)}")

    def _symbol(self, kind: str, pattern: str) -> Symbol:
        if kind == "qr":
            return symbols.plain_qr(filled(pattern, self._told))
        return symbols.gs1(kind, tuple(
            (ai, element(ai, filled(value, self._told))) for ai, value in symbols.pairs(pattern)))

    def _dots_up(self, millimetres: float) -> int:
        return math.ceil(millimetres * self._dpi / INCH)

    def _clear(self, x: int, y: int, width: int, height: int) -> None:
        """Nothing else stands in a symbol or its quiet zones."""
        self._ink[y : y + height, max(0, x) : x + width] = False
