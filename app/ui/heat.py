"""The case from above with the read rate of each of its places, and a kept picture with the place ringed.

Places that read as they should are grey, whatever their rate; amber and red are for those that do not.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons
from app.ui.text import CENTRE, LEFT, draw_text, draw_wrapped, shown
from app.ui.theme import AMBER_WASH, BAR, BAR_INK, BAR_QUIET, BLUE, CARD, INK, LINE, QUIET, RED, SUNK, WHITE, Look
from app.ui.widgets import paint_card
from app.views import CellRate, CellsView, SavedPicture

LEAST = 3                # unread places before a cell is shown as worse than the others
RING = 1.5               # a ring is so much wider than the code's place


def percent(read: int, unread: int) -> str:
    """"99.4", "100": a rate that is not whole is never shown as such."""
    looked = read + unread
    if not looked:
        return "–"
    return "100" if not unread else f"{min(100 * read / looked, 99.9):.1f}"


def is_high(cell: CellRate, cells: Sequence[CellRate]) -> bool:
    """Whether the cell is read less often than most, by what was seen lately; no alarm yet."""
    unread, looked = sum(each.recent_unread for each in cells), sum(each.recent_read for each in cells)
    mine = cell.recent_read + cell.recent_unread
    return bool(mine) and cell.recent_unread >= LEAST and cell.recent_unread * (looked + unread) > 2 * unread * mine


class CaseHeat(QWidget):
    """One square a cell, as the camera sees them. `chosen` gives the cell touched; arrows move it by `step`."""

    chosen = Signal(int)

    def __init__(self, look: Look, empty: str) -> None:
        super().__init__()
        self.look, self.empty = look, shown(empty)
        self.view: CellsView | None = None
        self.at = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, view: CellsView | None) -> None:
        self.view = view
        count = len(view.cells) if view else 0
        if self.at < 0 or self.at >= count:      # first the one that somebody has to look at
            worst = max(view.cells, key=lambda each: (bool(each.drift), each.recent_unread), default=None) \
                if view else None
            self.at = worst.cell if worst else -1
        self.update()

    def step(self, columns: int, rows: int) -> bool:
        """To the neighbour; False over the rim."""
        if self.view is None or self.at < 0:
            return False
        row, column = divmod(self.at, self.view.columns)
        row, column = row + rows, column + columns
        to = row * self.view.columns + column
        if not (0 <= row < self.view.rows and 0 <= column < self.view.columns and to < len(self.view.cells)):
            return False
        self.at = to
        self.update()
        return True

    def rect_of(self, cell: int) -> QRect:
        """Where the cell is painted."""
        assert self.view is not None
        rows, columns, gap = self.view.rows, self.view.columns, self.look.px(8)
        wide, high = (self.width() - gap * (columns - 1)) // columns, (self.height() - gap * (rows - 1)) // rows
        row, column = divmod(cell, columns)
        return QRect(column * (wide + gap), row * (high + gap), wide, high)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.view is None:
            return
        for cell in self.view.cells:
            if self.rect_of(cell.cell).contains(event.position().toPoint()):
                self.at = cell.cell
                self.update()
                self.chosen.emit(cell.cell)

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look = self.look
        if self.view is None:
            draw_wrapped(painter, self.rect(), self.empty, look.font(36), QUIET, CENTRE)
            painter.end()
            return
        for cell in self.view.cells:
            rect = self.rect_of(cell.cell)
            ground, ink, quiet = SUNK, INK, QUIET
            if cell.drift:
                ground, ink, quiet = RED, WHITE, WHITE
            elif is_high(cell, self.view.cells):
                ground = AMBER_WASH
            paint_card(painter, rect, look, ground, LINE)
            if cell.cell == self.at:
                painter.setPen(QPen(BLUE, look.px(8)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                half = look.px(4)
                painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), look.px(8), look.px(8))
            inner = rect.adjusted(look.px(14), look.px(8), -look.px(14), -look.px(8))
            top = QRect(inner.x(), inner.y(), inner.width(), look.px(38))
            draw_text(painter, top, str(cell.cell + 1), look.font(32), quiet, LEFT)
            if cell.drift:
                side = look.px(36)
                icons.draw(painter, "warning", QRect(inner.right() - side, inner.y(), side, side), ink, 2.4)
            rate = percent(cell.recent_read, cell.recent_unread)
            below = QRect(inner.x(), top.bottom(), inner.width(), inner.bottom() - top.bottom())
            size = min(76.0, below.height() / look.scale * 0.8)
            draw_text(painter, below, rate, look.font(max(size, 32), True), ink, CENTRE, fit=True)
        painter.end()


class RingedPicture(QWidget):
    """A kept picture, as large as there is room, with rings; the ring of `cell` is the thick one.

    `why` gives the word for a guess why a place was not read.
    """

    def __init__(self, look: Look, none_kept: str, why: Callable[[str], str] = str) -> None:
        super().__init__()
        self.look, self.none_kept, self.why = look, shown(none_kept), why
        self.image: QImage | None = None
        self.picture: SavedPicture | None = None
        self.cell = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, picture: SavedPicture | None, image: QImage | None, cell: int = -1) -> None:
        """`image` may be smaller than the picture; `cell` -1: all rings are alike."""
        self.picture, self.image, self.cell = picture, image, cell
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BAR)
        if self.picture is None or self.image is None or self.image.isNull():
            side = self.look.px(110)
            at = self.rect().center()
            icons.draw(painter, "camera", QRectF(at.x() - side / 2, at.y() - side, side, side), BAR_QUIET, 1.5)
            draw_text(painter, self.rect().adjusted(self.look.px(20), side // 2 + self.look.px(40), -self.look.px(20),
                                                    0), self.none_kept, self.look.font(34), BAR_INK, CENTRE, fit=True)
            painter.end()
            return
        image = self.image.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio,
                                  Qt.TransformationMode.SmoothTransformation)
        left, top = (self.width() - image.width()) // 2, (self.height() - image.height()) // 2
        painter.drawImage(left, top, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = image.width() / max(1, self.picture.width)
        alone = sum(cell == self.cell for cell, _ in self.picture.rings)
        causes = self.picture.causes or ("",) * len(self.picture.rings)
        for (cell, corners), cause in zip(self.picture.rings, causes, strict=False):
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            middle = QPointF(left + sum(xs) / len(xs) * scale, top + sum(ys) / len(ys) * scale)
            radius = max(self.look.px(22), max(max(xs) - min(xs), max(ys) - min(ys)) * scale / 2 * RING)
            thick = self.look.px(12 if not alone or cell == self.cell else 5)
            for colour, width in ((WHITE, thick + self.look.px(6)), (RED, thick)):
                painter.setPen(QPen(colour, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(middle, radius, radius)
            told = " ".join([*([str(cell + 1)] if cell >= 0 else []), *([self.why(cause)] if cause else [])])
            if told:
                self._tag(painter, told, middle, radius)
        painter.end()

    def _tag(self, painter: QPainter, text: str, middle: QPointF, radius: float) -> None:
        """The cell's number on its ring, and why it was not read."""
        side, font = self.look.px(46), self.look.font(32, True)
        wide = max(round(side * 1.3), QFontMetrics(font).horizontalAdvance(text) + self.look.px(20))
        at = QRect(round(middle.x() + radius * 0.7), round(middle.y() - radius * 0.7 - side), wide, side)
        at.moveLeft(max(0, min(at.x(), self.width() - at.width())))
        at.moveTop(max(0, at.y()))
        paint_card(painter, at, self.look, CARD, RED)
        draw_text(painter, at, text, font, RED, CENTRE, fit=True)
