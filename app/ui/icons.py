"""Draws the signs of app/signs.py on the screen, and health as a shape. State is shape and colour.

`draw(painter, name, rect, colour)` is all that others call. A name that is not there is a bug and raises KeyError.
"""
from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from app import signs

SHAPES = signs.SIGNS
_MADE: dict[str, QPainterPath] = {}


def _path(sign: signs.Sign) -> QPainterPath:
    path = QPainterPath()
    for first, *others in sign:
        path.moveTo(*first)
        for point in others:
            path.lineTo(*point)
    return path


def draw(painter: QPainter, name: str, rect: QRect | QRectF, colour: QColor, weight: float = 2.0) -> None:
    """Strokes the sign into the largest square in the middle of `rect`; `weight` is of the 24 grid."""
    if name not in _MADE:
        _MADE[name] = _path(SHAPES[name])
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2)
    painter.scale(side / 24, side / 24)
    painter.setPen(QPen(colour, weight, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_MADE[name])
    painter.restore()


def draw_dot(painter: QPainter, state: str, rect: QRect, colours: tuple[QColor, QColor, QColor, QColor]) -> None:
    """Health as a shape and a colour: "good" disc, "care" triangle, "bad" cross, "off" ring; colours in that order."""
    good, care, bad, quiet = colours
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = min(rect.width(), rect.height())
    box = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
    if state == "good":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(good)
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    elif state == "care":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(care)
        painter.drawPolygon([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])
    elif state == "bad":
        painter.setPen(QPen(bad, max(2.0, side / 4.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        inner = box.adjusted(2, 2, -2, -2)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
    else:
        painter.setPen(QPen(quiet, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(2, 2, -2, -2))
    painter.restore()


def app_icon() -> QIcon:
    """The window's icon in the sizes that desktops ask for."""
    icon = QIcon()
    for side in (16, 32, 64, 128, 256):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#006B5E"))
        painter.drawRoundedRect(QRectF(0, 0, side, side), side * 0.2, side * 0.2)
        draw(painter, "scan", QRectF(side * 0.17, side * 0.17, side * 0.66, side * 0.66), QColor("#FFFFFF"), 2.4)
        painter.end()
        icon.addPixmap(picture)
    return icon
