"""Our own signs, drawn as strokes on a 24×24 grid, so that no font or image file is needed. State is shape and colour.

`draw(painter, name, rect, colour)` is all that others call. A name that is not there is a bug and raises KeyError.
"""
from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

Points = list[tuple[float, float]]


def _lines(*strokes: Points) -> QPainterPath:
    path = QPainterPath()
    for stroke in strokes:
        path.moveTo(*stroke[0])
        for point in stroke[1:]:
            path.lineTo(*point)
    return path


def _box(x: float, y: float, width: float, height: float, round_by: float = 1.0) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, width, height), round_by, round_by)
    return path


def _ring(x: float, y: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _arc(x: float, y: float, radius: float, start: float, span: float) -> QPainterPath:
    path = QPainterPath()
    square = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(square, start)
    path.arcTo(square, start, span)
    return path


def _and(*parts: QPainterPath) -> QPainterPath:
    path = QPainterPath()
    for part in parts:
        path.addPath(part)
    return path


def _repeat() -> QPainterPath:
    """Two arrows that chase each other."""
    ends = []
    for start in (20.0, 200.0):
        angle = math.radians(start)
        x, y = 12 + 8 * math.cos(angle), 12 - 8 * math.sin(angle)
        side = 1 if start < 180 else -1
        ends.append(_lines([(x - 4.2 * side, y - 0.4 * side), (x + 0.3 * side, y + 0.6 * side),
                            (x + 1.2 * side, y - 4.0 * side)]))
    return _and(_arc(12, 12, 8, 20, 130), _arc(12, 12, 8, 200, 130), *ends)


def _truck() -> QPainterPath:
    return _and(_lines([(9, 17), (14, 17), (14, 6), (2, 6), (2, 17), (3.6, 17)],
                       [(14, 9.5), (18.5, 9.5), (22, 13), (22, 17), (20.6, 17)]),
                _ring(6.3, 17.6, 2.2), _ring(17.8, 17.6, 2.2), _lines([(11.8, 17), (15.4, 17)]))


def _octagon() -> QPainterPath:
    corners = [(12 + 10 * math.cos(math.radians(a)), 12 + 10 * math.sin(math.radians(a)))
               for a in (22.5 + 45 * i for i in range(9))]
    return _lines(corners)


def _modules(cells: Points, size: float) -> QPainterPath:
    path = QPainterPath()
    for x, y in cells:
        path.addRect(QRectF(x, y, size, size))
    return path


SHAPES: dict[str, Callable[[], QPainterPath]] = {
    "check": lambda: _lines([(4, 12.8), (9.6, 18.4), (20.4, 6.4)]),
    "cross": lambda: _lines([(5.5, 5.5), (18.5, 18.5)], [(18.5, 5.5), (5.5, 18.5)]),
    "repeat": _repeat,
    "full": lambda: _and(_box(3, 3, 18, 18, 2), _box(8, 8, 8, 8, 0.5)),
    "warning": lambda: _and(_lines([(12, 2.8), (22.4, 20.8), (1.6, 20.8), (12, 2.8)]),
                            _lines([(12, 9.4), (12, 14.6)], [(12, 17.6), (12, 17.8)])),
    "bang": lambda: _lines([(12, 4), (12, 14)], [(12, 19.4), (12, 19.6)]),
    "stop": lambda: _and(_octagon(), _lines([(7.2, 12), (16.8, 12)])),
    "play": lambda: _lines([(7, 4.4), (19.6, 12), (7, 19.6), (7, 4.4)]),
    "scan": lambda: _lines([(2.6, 8), (2.6, 3.6), (7, 3.6)], [(17, 3.6), (21.4, 3.6), (21.4, 8)],
                           [(21.4, 16), (21.4, 20.4), (17, 20.4)], [(7, 20.4), (2.6, 20.4), (2.6, 16)],
                           [(7, 8), (7, 16)], [(10.4, 8), (10.4, 16)], [(13.6, 8), (13.6, 16)], [(17, 8), (17, 16)]),
    "pack": lambda: _lines([(12, 2.6), (21, 7.2), (21, 16.8), (12, 21.4), (3, 16.8), (3, 7.2), (12, 2.6)],
                           [(3, 7.2), (12, 11.8), (21, 7.2)], [(12, 11.8), (12, 21.4)], [(7.5, 4.9), (16.5, 9.5)]),
    "receive": lambda: _lines([(12, 2.6), (12, 14)], [(7, 9.4), (12, 14.4), (17, 9.4)],
                              [(3, 14), (3, 20.6), (21, 20.6), (21, 14)]),
    "ship": _truck,
    "lookup": lambda: _and(_ring(10.4, 10.4, 7), _lines([(15.6, 15.6), (21.4, 21.4)])),
    "sync": lambda: _lines([(7.4, 20.4), (7.4, 4)], [(2.8, 8.6), (7.4, 4), (12, 8.6)],
                           [(16.6, 3.6), (16.6, 20)], [(12, 15.4), (16.6, 20), (21.2, 15.4)]),
    "sheet": lambda: _and(_lines([(14.6, 2.6), (5, 2.6), (5, 21.4), (19, 21.4), (19, 7), (14.6, 2.6)],
                                 [(14.6, 2.6), (14.6, 7), (19, 7)]),
                          _lines([(8.4, 11), (8.4, 17.6)], [(10.8, 11), (10.8, 17.6)], [(13.2, 11), (13.2, 17.6)],
                                 [(15.6, 11), (15.6, 17.6)])),
    "help": lambda: _and(_ring(12, 12, 9.6), _arc(12, 9.6, 3, 170, -215), _lines([(12.2, 12.5), (12, 14.4)],
                                                                                [(12, 17.4), (12, 17.5)])),
    "language": lambda: _and(_ring(12, 12, 9.6), _lines([(2.6, 12), (21.4, 12)]),
                             _arc(20.2, 12, 12.6, 130, 100), _arc(3.8, 12, 12.6, 50, -100)),
    "person": lambda: _and(_ring(12, 7.6, 4.6), _arc(12, 22, 8.6, 0, 180), _lines([(3.4, 22), (20.6, 22)])),
    "badge": lambda: _and(_box(3.4, 5.6, 17.2, 15.8, 1.6), _lines([(12, 2.4), (12, 7.6)]), _ring(8.8, 12.6, 2.2),
                          _arc(8.8, 18.6, 3.4, 0, 180), _lines([(14.4, 12), (17.6, 12)], [(14.4, 15.6), (17.6, 15.6)])),
    "undo": lambda: _and(_lines([(8, 3.6), (3, 8.6), (8, 13.6)], [(3, 8.6), (14, 8.6)]), _arc(14, 14.1, 5.5, 90, -180),
                         _lines([(14, 19.6), (7, 19.6)])),
    "close": lambda: _and(_lines([(3, 8), (3, 21), (21, 21), (21, 8)]), _lines([(1.8, 8), (22.2, 8)], [(5, 8), (8, 3),
                          (16, 3), (19, 8)]), _lines([(9.4, 12.4), (14.6, 12.4)])),
    "short": lambda: _and(_box(3, 4, 18, 17, 1), _lines([(3, 13), (21, 13)], [(7, 17), (17, 17)])),
    "unpack": lambda: _lines([(12, 15), (12, 3)], [(7.4, 7.6), (12, 3), (16.6, 7.6)],
                             [(8, 11), (3, 11), (3, 21), (21, 21), (21, 11), (16, 11)]),
    "home": lambda: _lines([(2.6, 11.6), (12, 3), (21.4, 11.6)], [(5.4, 9.4), (5.4, 21), (18.6, 21), (18.6, 9.4)],
                           [(9.6, 21), (9.6, 14.4), (14.4, 14.4), (14.4, 21)]),
    "back": lambda: _lines([(10.4, 4.6), (3, 12), (10.4, 19.4)], [(3, 12), (21, 12)]),
    "exit": lambda: _lines([(13.6, 3), (4, 3), (4, 21), (13.6, 21)], [(9.4, 12), (21, 12)],
                           [(16.6, 7.4), (21.2, 12), (16.6, 16.6)]),
    "keyboard": lambda: _and(_box(2, 5, 20, 14, 1.6), _lines([(8, 15.4), (16, 15.4)], [(6, 9), (6.2, 9)],
                             [(10, 9), (10.2, 9)], [(14, 9), (14.2, 9)], [(18, 9), (18.2, 9)], [(6, 12.2), (6.2, 12.2)],
                             [(10, 12.2), (10.2, 12.2)], [(14, 12.2), (14.2, 12.2)], [(18, 12.2), (18.2, 12.2)])),
    "erase": lambda: _lines([(8, 5), (22, 5), (22, 19), (8, 19), (2, 12), (8, 5)], [(12, 9.4), (17.4, 14.8)],
                            [(17.4, 9.4), (12, 14.8)]),
    "silent": lambda: _lines([(3, 9), (7, 9), (12, 4.6), (12, 19.4), (7, 15), (3, 15), (3, 9)],
                             [(16, 9.4), (21.2, 14.6)], [(21.2, 9.4), (16, 14.6)]),
    "folder": lambda: _lines([(2.6, 19.6), (2.6, 4.6), (9.4, 4.6), (12, 7.6), (21.4, 7.6), (21.4, 19.6), (2.6, 19.6)]),
    "server": lambda: _and(_box(3, 3.4, 18, 7.4, 1.2), _box(3, 13.2, 18, 7.4, 1.2),
                           _lines([(6.6, 7.1), (6.8, 7.1)], [(6.6, 16.9), (6.8, 16.9)], [(11, 7.1), (17, 7.1)],
                                  [(11, 16.9), (17, 16.9)])),
    "station": lambda: _and(_box(2.6, 3.4, 18.8, 13, 1.2), _lines([(8, 21), (16, 21)], [(12, 16.4), (12, 21)],
                            [(7, 7), (7, 12.8)], [(10.2, 7), (10.2, 12.8)], [(13.6, 7), (13.6, 12.8)],
                            [(17, 7), (17, 12.8)])),
    "save": lambda: _lines([(12, 2.6), (12, 14)], [(7.4, 9.6), (12, 14.2), (16.6, 9.6)], [(3.6, 20.6), (20.4, 20.6)]),
    "next": lambda: _lines([(8.4, 4.6), (15.8, 12), (8.4, 19.4)]),
    "previous": lambda: _lines([(15.6, 4.6), (8.2, 12), (15.6, 19.4)]),
    "document": lambda: _and(_lines([(14.6, 2.6), (5, 2.6), (5, 21.4), (19, 21.4), (19, 7), (14.6, 2.6)],
                                    [(14.6, 2.6), (14.6, 7), (19, 7)]),
                             _lines([(8.4, 11.4), (15.6, 11.4)], [(8.4, 14.6), (15.6, 14.6)],
                                    [(8.4, 17.8), (13, 17.8)])),
    "pallet": lambda: _and(_box(4, 3.4, 7.4, 7.4, 0.6), _box(12.6, 3.4, 7.4, 7.4, 0.6),
                           _lines([(2, 14), (22, 14)], [(2, 20.4), (22, 20.4)], [(4, 14), (4, 20.4)],
                                  [(12, 14), (12, 20.4)], [(20, 14), (20, 20.4)])),
    "pause": lambda: _lines([(8, 4.6), (8, 19.4)], [(16, 4.6), (16, 19.4)]),
    "clock": lambda: _and(_ring(12, 12, 9.6), _lines([(12, 6), (12, 12), (16, 14.4)])),
    "camera": lambda: _and(_lines([(2.4, 19.4), (2.4, 7.4), (7, 7.4), (9, 4.4), (15, 4.4), (17, 7.4), (21.6, 7.4),
                                   (21.6, 19.4), (2.4, 19.4)]), _ring(12, 13, 3.8)),
}
# names that the command table and the verdicts use for the same signs
for _other, _name in (("done", "check"), ("confirm", "check"), ("cancel", "cross"), ("logout", "exit")):
    SHAPES[_other] = SHAPES[_name]
_MADE: dict[str, QPainterPath] = {}


def draw(painter: QPainter, name: str, rect: QRect | QRectF, colour: QColor, weight: float = 2.0) -> None:
    """Strokes the sign into the largest square in the middle of `rect`; `weight` is of the 24 grid."""
    if name not in _MADE:
        _MADE[name] = SHAPES[name]()
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
