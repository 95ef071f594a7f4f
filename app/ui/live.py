"""The live picture with a mark round each code: teal solid taken, amber dashed seen before, red ✕ not good.

Shows the camera as it comes. When a verdict on a frame arrives, that frame stands still for a moment with its marks,
so that the eye can find what was wrong; then the live picture goes on.
"""
from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.decision import Mark
from app.domain.reasons import Outcome
from app.messages import Frame, Published
from app.ui import icons
from app.ui.pictures import image_of
from app.ui.text import CENTRE, draw_text, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BAR_QUIET, BLACK, RED, TEAL, WHITE, Look

HOLD_MS = 1500
KEPT_PICTURES = 8      # frames seen lately, in which the one of a verdict is looked for
GOOD = (Outcome.ACCEPTED, Outcome.COMPLETE, Outcome.COMMAND)
SEEN = (Outcome.DUPLICATE, Outcome.WARNING)


class LivePicture(QWidget):
    """16:9; a dark ground where there is no picture."""

    def __init__(self, look: Look, no_picture: str) -> None:
        super().__init__()
        self.look, self.no_picture = look, shown(no_picture)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._live: tuple[Any, Frame | None] | None = None
        self._recent: OrderedDict[float, Any] = OrderedDict()
        self._held: tuple[Any, Frame] | None = None
        self._marks: tuple[Mark, ...] = ()
        self._badges: dict[str, QPixmap] = {}
        self._scaled: tuple[Any, QSize, QImage] | None = None
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.timeout.connect(self._release)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(1152), self.look.px(648))

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        """The newest picture of the camera, with what was read in it (None: not looked at)."""
        self._live = (pixels, frame)
        if frame is not None:
            self._recent[frame.mono] = pixels
            while len(self._recent) > KEPT_PICTURES:
                self._recent.popitem(last=False)
            if self._held is not None and self._held[0] is None and self._held[1].mono == frame.mono:
                self._held = (pixels, frame)
        self.update()

    def show_verdict(self, published: Published) -> None:
        """A verdict on a frame: its picture stands still with the marks."""
        if published.frame is None:
            return
        self._held = (self._recent.get(published.frame.mono), published.frame)
        self._marks = published.verdict.marks
        self._hold.start(HOLD_MS)
        self.update()

    def _release(self) -> None:
        """Back to the live picture, unless nothing newer has come: then the last one stays, marks and all."""
        newest = self._live[1] if self._live else None
        if self._held is not None and self._live is not None and newest is not None \
                and newest.mono == self._held[1].mono:
            self._hold.start(HOLD_MS)
            return
        self._held, self._marks = None, ()
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BAR)
        pixels, frame = self._live if self._live else (None, None)
        marked = False
        if self._held is not None and self._held[0] is not None:
            (pixels, frame), marked = self._held, True
        if pixels is None:
            self._paint_nothing(painter)
        else:
            image = self._fitted(pixels)
            target = QRectF((self.width() - image.width()) // 2, (self.height() - image.height()) // 2, image.width(),
                            image.height())
            painter.drawImage(target.topLeft(), image)
            if frame is not None:
                self._paint_marks(painter, pixels.shape[1], target, frame, marked)
        painter.end()

    def _fitted(self, pixels: Any) -> QImage:
        """The picture at the size it is shown; scaled once, so that a verdict only has to draw its marks."""
        size = self.size()
        if self._scaled is None or self._scaled[0] is not pixels or self._scaled[1] != size:
            image = image_of(pixels).scaled(size, Qt.AspectRatioMode.KeepAspectRatio,
                                            Qt.TransformationMode.SmoothTransformation)
            self._scaled = (pixels, size, image.convertToFormat(QImage.Format.Format_RGB32))
        return self._scaled[2]

    def _paint_nothing(self, painter: QPainter) -> None:
        side = self.look.px(110)
        middle = self.rect().center()
        icons.draw(painter, "camera", QRectF(middle.x() - side / 2, middle.y() - side, side, side), BAR_QUIET, 1.5)
        draw_text(painter, self.rect().adjusted(0, side // 2 + self.look.px(40), 0, 0), self.no_picture,
                  self.look.font(30), BAR_INK, CENTRE, fit=True)

    def _paint_marks(self, painter: QPainter, width: int, target: QRectF, frame: Frame, marked: bool) -> None:
        """Corners are pixels of the frame that was read; the picture, `width` pixels wide, may be a smaller copy."""
        scale = target.width() / (frame.width or width)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        verdicts = {mark.index: mark for mark in self._marks} if marked else {}
        for index, seen in enumerate(frame.seen):
            if len(seen.corners) == 4:
                mark = verdicts.get(index)
                self._paint_mark(painter, _around(seen.corners, scale, target), mark.outcome if mark else None)
        for corners in frame.unread:
            if len(set(corners)) == 4:
                self._paint_mark(painter, _around(corners, scale, target), Outcome.REJECTED if marked else None)

    def _paint_mark(self, painter: QPainter, shape: QPolygonF, outcome: Outcome | None) -> None:
        weight = max(3.0, self.look.px(6))
        colour, line, sign = WHITE, Qt.PenStyle.SolidLine, ""
        if outcome in GOOD:
            colour, sign = TEAL, "check"
        elif outcome in SEEN:
            colour, line, sign = AMBER, Qt.PenStyle.DashLine, "repeat"
        elif outcome is not None:
            colour, sign = RED, "cross"
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not _upright(shape))
        painter.setPen(QPen(QColor(255, 255, 255, 190), weight + 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap,
                            Qt.PenJoinStyle.RoundJoin))
        painter.drawPolygon(shape)
        painter.setPen(QPen(colour, weight if sign else 2, line, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolygon(shape)
        if not sign:
            return
        side = max(20, self.look.px(34))
        box = shape.boundingRect()
        at = QPointF(box.right() - side * 0.6, box.top() - side * 0.4).toPoint()
        painter.drawPixmap(at, self._badge(sign, colour, side))

    def _badge(self, sign: str, colour: QColor, side: int) -> QPixmap:
        """The small sign at a mark's corner; drawn once, there are many of them in a picture."""
        if sign not in self._badges:
            badge = QPixmap(side, side)
            badge.fill(Qt.GlobalColor.transparent)
            painter = QPainter(badge)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            whole = QRectF(0, 0, side, side)
            if sign == "cross":
                painter.drawRect(whole)
            else:
                painter.drawEllipse(whole)
            icons.draw(painter, sign, whole.adjusted(side * 0.2, side * 0.2, -side * 0.2, -side * 0.2),
                       BLACK if colour == AMBER else WHITE, 3.4)
            painter.end()
            self._badges[sign] = badge
        return self._badges[sign]


def _upright(shape: QPolygonF) -> bool:
    """Sides along the screen's: smooth edges would cost much and show nothing."""
    first, second = shape.at(0), shape.at(1)
    return abs(first.y() - second.y()) < 1 or abs(first.x() - second.x()) < 1


def _around(corners: tuple[tuple[float, float], ...], scale: float, target: QRectF) -> QPolygonF:
    """The code's outline on the screen, a little wider than the code itself."""
    middle_x = sum(x for x, _ in corners) / 4
    middle_y = sum(y for _, y in corners) / 4
    wider = 1.16
    return QPolygonF([QPointF(target.x() + (middle_x + (x - middle_x) * wider) * scale,
                              target.y() + (middle_y + (y - middle_y) * wider) * scale) for x, y in corners])
