"""The live picture with a mark round each code: teal solid taken, amber dashed seen before, red ✕ with a word not good.

Shows the camera as it comes. When a verdict on a frame arrives, that frame stands still for a moment with its marks,
so that the eye can find what was wrong; then the live picture goes on.
"""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.messages import Frame, Published
from app.ui import icons
from app.ui.causes import GOOD, MISSING, SEEN, UNREAD, Cause, badge, cause_of, is_unread, marks_of
from app.ui.cells import Cells, Corners, cells_of, square
from app.ui.cells import middle as middle_of
from app.ui.pictures import image_of
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, draw_text, fitted, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BAR_QUIET, BLACK, WHITE, Look

HOLD_MS = 1500
KEPT_PICTURES = 8      # frames seen lately, in which the one of a verdict is looked for
SMALLEST_TAG_PX = 14
RING = 0.56            # radius of the ring round an unread bottle, of the distance to the next one


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the picture that is marked. `ring` is the radius of the large ring in pixels of the frame, 0: none."""

    corners: Corners
    cause: Cause | None          # None: read, but nothing is said about it
    ring: float = 0.0
    cell: int = -1
    why: str = ""                # best guess why it was not read
    said: str = ""               # of a foreign code what it says


def spots_of(published: Published, cells: Cells | None) -> tuple[Spot, ...]:
    """What to mark in the frame of a verdict: every code with its cause, and a ring round each place not read."""
    frame, marks = published.frame, marks_of(published)
    if frame is None:
        return ()
    verdicts = {mark.index: mark for mark in marks if mark.index >= 0}
    spots = []
    for at, seen in enumerate(frame.seen):
        if len(seen.corners) == 4:
            mark = verdicts.get(at)
            cell = cells.seen[at] if cells else -1
            spots.append(Spot(seen.corners, cause_of(mark) if mark else None, cell=cell))
    ringed, foreign = set(), {each.corners: each.raw for each in frame.foreign}
    for at, corners in enumerate(frame.unread):
        if len(set(corners)) == 4:
            cell = cells.unread[at] if cells else -1
            ringed.add(cell)
            side = max(x for x, _ in corners) - min(x for x, _ in corners)
            place = cells.corners(cell) if cells and cell >= 0 else square(middle_of(corners), side)
            why = frame.causes[at] if at < len(frame.causes) else ""
            spots.append(Spot(place, UNREAD, RING * cells.pitch if cells else side, cell, why,
                              shown(foreign.get(corners, b"").decode("utf-8", "replace"))))
    for mark in marks:
        told = is_unread(mark) and bool(frame.unread)        # the same place, which has its ring already
        if mark.index < 0 and not told and cells and 0 <= mark.cell < cells.rows * cells.columns \
                and mark.cell not in ringed:
            ringed.add(mark.cell)
            spots.append(Spot(cells.corners(mark.cell), cause_of(mark), RING * cells.pitch, mark.cell))
    if cells is not None:
        missing = int(published.verdict.data.get("missing", 0)) - len(frame.unread)
        empty = [cell for cell in cells.empty() if cell not in ringed]
        if 0 < len(empty) <= missing:          # nothing at all was seen there: a gap in the case
            spots += [Spot(cells.corners(cell), MISSING, RING * cells.pitch, cell) for cell in empty]
    return tuple(spots)


class LivePicture(QWidget):
    """16:9; a dark ground where there is no picture."""

    def __init__(self, look: Look, words: WordsLike) -> None:
        super().__init__()
        self.look, self.words = look, words
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._live: tuple[Any, Frame | None] | None = None
        self._recent: OrderedDict[float, Any] = OrderedDict()
        self._held: tuple[Any, Frame] | None = None
        self.spots: tuple[Spot, ...] = ()
        self.cells: Cells | None = None
        self.keeps = False           # the picture of a case with a gap stays until the gap is filled
        self._badges: dict[tuple[Cause, int], QPixmap] = {}
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
        marks = published.verdict.marks
        labels = {mark.index for mark in marks if cause_of(mark).name == "label"}
        self.cells = cells_of(published.frame, int(published.verdict.data.get("target", 0)), labels)
        self.spots = spots_of(published, self.cells)
        self._hold.start(HOLD_MS)
        self.update()

    def _release(self) -> None:
        """Back to the live picture, unless nothing newer has come: then the last one stays, marks and all."""
        if self.keeps:
            self._hold.start(HOLD_MS)
            return
        newest = self._live[1] if self._live else None
        if self._held is not None and self._live is not None and newest is not None \
                and newest.mono == self._held[1].mono:
            self._hold.start(HOLD_MS)
            return
        self._held, self.spots = None, ()
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
        side = min(self.look.px(110), self.height() * 36 // 100)
        middle = self.rect().center()
        icons.draw(painter, "camera", QRectF(middle.x() - side / 2, middle.y() - side, side, side), BAR_QUIET, 1.5)
        draw_text(painter, self.rect().adjusted(0, side // 2 + self.look.px(40), 0, 0),
                  self.words("ui.packing.no_picture"), self.look.font(30), BAR_INK, CENTRE, fit=True)

    def _paint_marks(self, painter: QPainter, width: int, target: QRectF, frame: Frame, marked: bool) -> None:
        """Corners are pixels of the frame that was read; the picture, `width` pixels wide, may be a smaller copy."""
        scale = target.width() / (frame.width or width)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(target)
        if not marked:
            for corners in (*(seen.corners for seen in frame.seen), *frame.unread):
                if len(set(corners)) == 4:
                    self._paint_outline(painter, _around(corners, scale, target), None)
            return
        for spot in self.spots:
            shape = _around(spot.corners, scale, target)
            if spot.ring and spot.cause is not None:
                self._paint_ring(painter, shape, spot.ring * scale, spot.cause)
            else:
                self._paint_outline(painter, shape, spot.cause)
        for spot in self.spots:                # words over all rings, so that none is covered
            if spot.cause is not None and spot.cause.outcome not in GOOD:
                self._paint_tag(painter, _around(spot.corners, scale, target), spot, scale)

    def _paint_outline(self, painter: QPainter, shape: QPolygonF, cause: Cause | None) -> None:
        weight = max(3.0, self.look.px(6))
        colour = cause.colour if cause else WHITE
        line = Qt.PenStyle.DashLine if cause and cause.outcome in SEEN else Qt.PenStyle.SolidLine
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not _upright(shape))
        painter.setPen(QPen(QColor(255, 255, 255, 190), weight + 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap,
                            Qt.PenJoinStyle.RoundJoin))
        painter.drawPolygon(shape)
        painter.setPen(QPen(colour, weight if cause else 2, line, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolygon(shape)
        if cause is not None:
            self._paint_badge(painter, shape, cause)

    def _paint_ring(self, painter: QPainter, shape: QPolygonF, radius: float, cause: Cause) -> None:
        """A large ring round a bottle whose code was not read: what the hand has to go to."""
        weight = max(5.0, self.look.px(11))
        middle = shape.boundingRect().center()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = Qt.PenStyle.DotLine if cause.name == "missing" else Qt.PenStyle.SolidLine
        for colour, wide, style in ((WHITE, weight + 6, Qt.PenStyle.SolidLine), (cause.colour, weight, line)):
            painter.setPen(QPen(colour, wide, style, Qt.PenCapStyle.FlatCap))
            painter.drawEllipse(middle, radius, radius)

    def _paint_badge(self, painter: QPainter, shape: QPolygonF, cause: Cause) -> None:
        side = max(20, self.look.px(38 if cause.outcome not in GOOD else 32))
        if (cause, side) not in self._badges:
            self._badges[cause, side] = badge(cause, side)
        box = shape.boundingRect()
        painter.drawPixmap(QPointF(box.right() - side * 0.6, box.top() - side * 0.4).toPoint(),
                           self._badges[cause, side])

    def _paint_tag(self, painter: QPainter, shape: QPolygonF, spot: Spot, scale: float) -> None:
        """The cause's short word under the code, no wider than its cell."""
        assert spot.cause is not None
        word = self.words(f"recipe.why.{spot.why}") if spot.why else self.words(f"ui.cause.{spot.cause.name}")
        box = shape.boundingRect()
        room = int(max(box.width() * 1.5, self.cells.pitch * scale * 0.96 if self.cells else 0))
        font = fitted(self.look.font(26, True), word, room - 8, SMALLEST_TAG_PX)
        metrics = QFontMetrics(font)
        wide, high = min(room, metrics.horizontalAdvance(word) + 10), metrics.height() + 2
        low = box.bottom() + 2 if not spot.ring else box.center().y() - high / 2
        tag = QRect(round(box.center().x() - wide / 2), round(low), wide, high)
        painter.fillRect(tag.adjusted(-2, -2, 2, 2), WHITE)
        painter.fillRect(tag, spot.cause.colour)
        draw_text(painter, tag, word, font, BLACK if spot.cause.colour == AMBER else WHITE, CENTRE)


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
