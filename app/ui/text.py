"""Text on the screen: always plain, control characters shown as escapes, elided at 256 characters.

Everything a scanner or a server sent goes through `shown`; every label is made by `plain_label`. Nothing in `app/ui`
may use a QLabel, a rich-text widget or a text field of Qt directly: a code could speak HTML or swallow a scan.
"""
from __future__ import annotations

import unicodedata
from functools import cache
from urllib.parse import unquote

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme import INK, SMALLEST_TYPE_PX, Look

LONGEST = 256
GS1_LINK = "https://id.gs1.org/"
LARGE_PX = 64              # from here on Qt draws outlines, and a font without a bold of its own is not made bold
STROKE = 0.028             # what a bold outline is wider by, of its size
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
WRAP = int(Qt.TextFlag.TextWordWrap)


def shown(text: str) -> str:
    r"""What may be shown of a text: controls, bidi and zero-width signs as \x1d or \u202e; at most 256 characters."""
    whole = len(text) <= LONGEST
    some = text if whole else text[: LONGEST - 1]
    if not some.isprintable():
        some = "".join(each if each.isprintable() else _escape(each) for each in some)
    return some[:LONGEST] if whole else some[: LONGEST - 1] + "…"


def _escape(sign: str) -> str:
    if unicodedata.category(sign) == "Zs":
        return " "
    point = ord(sign)
    return f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def readable(epc: str) -> str:
    """A GS1 Digital Link as people read it, "(00) 069012345000001018"; any other code as it is."""
    path = epc.removeprefix(GS1_LINK)
    if path == epc:
        return epc
    parts = path.split("/")
    return " ".join(f"({key}) {unquote(value)}" for key, value in zip(parts[::2], parts[1::2], strict=False))


def short_code(epc: str) -> str:
    """The end of a code that tells it from its neighbours, for narrow places: "…/21/7F3K" → "…7F3K"."""
    tail = epc.rstrip("/").rsplit("/", 1)[-1]
    return f"…{tail[-10:]}" if len(tail) > 10 else tail


def fitted(font: QFont, text: str, width: int, smallest_px: int = SMALLEST_TYPE_PX) -> QFont:
    """The font made smaller, down to `smallest_px`, until the text fits the width."""
    needs = QFontMetrics(font).horizontalAdvance(text)
    if needs <= width or width <= 0:
        return font
    smaller = QFont(font)
    smaller.setPixelSize(max(smallest_px, int(font.pixelSize() * width / needs)))
    while smaller.pixelSize() > smallest_px and QFontMetrics(smaller).horizontalAdvance(text) > width:
        smaller.setPixelSize(smaller.pixelSize() - 1)
    return smaller


def draw_text(painter: QPainter, rect: QRect, text: str, font: QFont, colour: QColor,
              align: Qt.AlignmentFlag = LEFT, *, fit: bool = False, middle: bool = False) -> None:
    """One line of plain text in `rect`: made smaller if `fit`, and elided where it still does not go in."""
    text = shown(text)
    if fit:
        font = fitted(font, text, rect.width())
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    text = QFontMetrics(font).elidedText(text, mode, rect.width())
    if font.bold() and font.pixelSize() >= LARGE_PX and not _has_bold(font.families()[0] if font.families() else ""):
        metrics = QFontMetrics(font)
        spare = rect.width() - metrics.horizontalAdvance(text)
        x = rect.x() + (spare if align & Qt.AlignmentFlag.AlignRight else
                        spare // 2 if align & Qt.AlignmentFlag.AlignHCenter else 0)
        base = rect.y() + (rect.height() - metrics.height()) // 2 + metrics.ascent()
        draw_large(painter, x, base, text, font, colour)
        return
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(rect, int(align) | int(Qt.TextFlag.TextSingleLine), text)


def draw_large(painter: QPainter, x: int, base: int, text: str, font: QFont, colour: QColor) -> None:
    """Text at its base line, as an outline that is as bold as it is asked to be."""
    bold = font.bold() and font.pixelSize() >= LARGE_PX and not _has_bold(font.families()[0] if font.families() else "")
    if not bold:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(x, base, text)
        return
    path = QPainterPath()
    path.addText(x, base, font, text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, font.pixelSize() * STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                        Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(colour)
    painter.drawPath(path)
    painter.setBrush(Qt.BrushStyle.NoBrush)


@cache
def _has_bold(family: str) -> bool:
    return any(QFontDatabase.bold(family, style) for style in QFontDatabase.styles(family))


def wrapped(rect: QRect, text: str, font: QFont, flags: int, smallest_px: int = SMALLEST_TYPE_PX) -> tuple[QFont, bool]:
    """The font made smaller, down to `smallest_px`, until the wrapped text fits `rect`; and whether it does."""
    font = QFont(font)
    while True:
        needs = QFontMetrics(font).boundingRect(QRect(0, 0, rect.width(), 0), flags, text)
        if needs.height() <= rect.height() and needs.width() <= rect.width():
            return font, True
        if font.pixelSize() <= smallest_px:
            return font, False
        font.setPixelSize(font.pixelSize() - 1)


def wrap_flags(text: str, align: Qt.AlignmentFlag) -> int:
    """How plain text is broken into lines."""
    return int(align) | WRAP | int(Qt.TextFlag.TextWrapAnywhere) * _no_space(text)


def draw_wrapped(painter: QPainter, rect: QRect, text: str, font: QFont, colour: QColor,
                 align: Qt.AlignmentFlag = LEFT, smallest_px: int = SMALLEST_TYPE_PX) -> None:
    """Plain text on as many lines as fit in `rect`; made smaller until it does. Of text that is too long even then
    the first lines are shown, whole ones.
    """
    text = shown(text)
    flags = wrap_flags(text, align)
    font, fits = wrapped(rect, text, font, flags, smallest_px)
    if not fits:
        line_px = QFontMetrics(font).lineSpacing()
        rect = QRect(rect.x(), rect.y(), rect.width(), max(line_px, rect.height() // line_px * line_px))
        flags = wrap_flags(text, (align & ~Qt.AlignmentFlag.AlignVertical_Mask) | Qt.AlignmentFlag.AlignTop)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(rect, flags, text)


def _no_space(text: str) -> bool:
    """A long code without a space has no place to break, so it may break anywhere."""
    return max((len(each) for each in text.split()), default=0) > 40


class PlainLabel(QLabel):
    """A label that can only show plain text; one line, elided, unless `wrap`. Made by `plain_label`."""

    def __init__(self, look: Look, size_px: float, bold: bool, colour: QColor, align: Qt.AlignmentFlag,
                 wrap: bool, fit: bool, middle: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(look.font(size_px, bold))
        self.setAlignment(align)
        self.setWordWrap(wrap)
        self._wrap, self._fit, self._middle, self._colour = wrap, fit, middle, colour
        self.setSizePolicy(QSizePolicy.Policy.Ignored if not wrap else QSizePolicy.Policy.Expanding,
                           QSizePolicy.Policy.Fixed if not wrap else QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(shown(text))

    def set_colour(self, colour: QColor) -> None:
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        if self._wrap:
            return super().sizeHint()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self.font()).height())

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        if self._wrap:
            draw_wrapped(painter, self.rect(), self.text(), self.font(), self._colour, self.alignment())
        else:
            draw_text(painter, self.rect(), self.text(), self.font(), self._colour, self.alignment(),
                      fit=self._fit, middle=self._middle)
        painter.end()


def plain_label(look: Look, size_px: float, text: str = "", *, bold: bool = False, colour: QColor = INK,
                align: Qt.AlignmentFlag = LEFT, wrap: bool = False, fit: bool = False, middle: bool = False,
                parent: QWidget | None = None) -> PlainLabel:
    """The only way to make a label. `size_px` in design pixels; `middle` elides in the middle, as codes want."""
    label = PlainLabel(look, size_px, bold, colour, align, wrap, fit, middle, parent)
    label.setText(text)
    return label
