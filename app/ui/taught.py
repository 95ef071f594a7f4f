"""A camera's picture with every place marked as it was read. Only paints."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.taught import TaughtCell
from app.ui import icons
from app.ui.pictures import image_of
from app.ui.text import CENTRE, draw_text, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BAR_QUIET, RED, TEAL, WHITE, Look


class MarkedPicture(QWidget):
    """The picture with teal outlines round what was read, red rings round what was not, amber for what is doubtful."""

    def __init__(self, look: Look, none: str, why: Callable[[str], str]) -> None:
        super().__init__()
        self.look, self.none, self.why = look, shown(none), why
        self.pixels: Any = None
        self.cells: tuple[TaughtCell, ...] = ()
        self._scaled: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, pixels: Any, cells: Sequence[TaughtCell]) -> None:
        if pixels is not self.pixels:
            self._scaled = None
        self.pixels, self.cells = pixels, tuple(cells)
        self.update()

    def resizeEvent(self, _event: object) -> None:
        self._scaled = None

    def paintEvent(self, _event: object) -> None:
        painter, look = QPainter(self), self.look
        painter.fillRect(self.rect(), BAR)
        if self.pixels is None:
            side = look.px(110)
            middle = self.rect().center()
            icons.draw(painter, "camera", QRectF(middle.x() - side / 2, middle.y() - side, side, side), BAR_QUIET, 1.5)
            draw_text(painter, self.rect().adjusted(look.px(20), side // 2 + look.px(40), -look.px(20), 0), self.none,
                      look.font(32), BAR_INK, CENTRE, fit=True)
            painter.end()
            return
        if self._scaled is None:
            self._scaled = image_of(self.pixels).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio,
                                                        Qt.TransformationMode.SmoothTransformation)
        image = self._scaled
        left, top = (self.width() - image.width()) // 2, (self.height() - image.height()) // 2
        painter.drawImage(left, top, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = image.width() / self.pixels.shape[1]
        shapes = [(cell, QPolygonF([QPointF(left + x * scale, top + y * scale) for x, y in cell.corners]))
                  for cell in self.cells]
        for cell, shape in shapes:
            self._mark(painter, cell, shape)
        for cell, shape in shapes:
            if cell.state == "unread" and cell.why:
                self._tag(painter, self.why(cell.why), shape)
        painter.end()

    def _mark(self, painter: QPainter, cell: TaughtCell, shape: QPolygonF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        weight = max(2.0, self.look.px(5))
        if cell.state == "unread":
            box = shape.boundingRect()
            radius = max(box.width(), box.height()) * 0.62
            for colour, wide in ((WHITE, 2 * weight + 4), (RED, 2 * weight)):
                painter.setPen(QPen(colour, wide))
                painter.drawEllipse(box.center(), radius, radius)
            return
        colour = {"read": TEAL, "suspect": AMBER}.get(cell.state, BAR_QUIET)
        line = Qt.PenStyle.SolidLine if cell.state == "read" else Qt.PenStyle.DashLine
        under = (QColor(255, 255, 255, 190), weight + 3, Qt.PenStyle.SolidLine)
        for ink, wide, style in (under, (colour, weight, line)):
            painter.setPen(QPen(ink, wide, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin))
            painter.drawPolygon(shape)

    def _tag(self, painter: QPainter, word: str, shape: QPolygonF) -> None:
        font = self.look.font(28, True)
        metrics = QFontMetrics(font)
        wide, high = metrics.horizontalAdvance(word) + 12, metrics.height() + 2
        middle = shape.boundingRect().center()
        left = min(max(2.0, middle.x() - wide / 2), self.width() - wide - 2.0)
        tag = QRect(round(left), round(middle.y() - high / 2), wide, high)
        painter.fillRect(tag.adjusted(-2, -2, 2, 2), WHITE)
        painter.fillRect(tag, RED)
        draw_text(painter, tag, word, font, WHITE, CENTRE)
